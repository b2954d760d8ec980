//! The explanation in English sentences, for the command line. The app shows the same data in its
//! own languages.

use super::{
    Adjustment, AdjustmentReason, Candidate, CandidateVerdict, Lost, NoSource, Offer, Outcome,
    RankKey, Rejection, Resolution,
};
use crate::calendar::{Date, Validity};
use crate::catalogue::Catalogue;
use crate::contract::{ContractStatus, Preference};
use crate::ids::SupplierId;
use crate::quantity::Quantity;

/// The answer as a sentence, then one sentence for each candidate in the order of the candidates.
#[must_use]
pub fn explain(catalogue: &Catalogue, resolution: &Resolution<'_>) -> Vec<String> {
    let mut sentences = vec![headline(catalogue, &resolution.outcome)];
    let best = resolution.best();
    sentences
        .extend(resolution.candidates.iter().map(|candidate| sentence(catalogue, candidate, best)));
    sentences
}

fn headline(catalogue: &Catalogue, outcome: &Outcome<'_>) -> String {
    match outcome {
        Outcome::Selected(selected) => format!(
            "{} from {} on contract {}: {} at {}, delivered {}.",
            selected.quantity,
            name(catalogue, selected.supplier),
            selected.contract,
            selected.amount,
            price(selected.unit_price, selected.base_quantity, selected.currency),
            day(selected.delivery_date),
        ),
        Outcome::AdjustmentNeeded(selected, adjustment) => {
            format!(
                "{} can supply it, but {}.",
                name(catalogue, selected.supplier),
                adjustment_clause(adjustment, &selected.quantity)
            )
        }
        Outcome::NoSource(no_source) => match no_source {
            NoSource::UnknownItem => "The catalogue has no such item.",
            NoSource::AmbiguousItemNumber => {
                "Several suppliers use this number for different items: use the organisation's own \
                 item number."
            }
            NoSource::UnknownSite => "There is no such site.",
            NoSource::QuantityNotPositive => "The quantity must be greater than zero.",
            NoSource::NotOnContract => "No contract mentions this item.",
            NoSource::AllRejected => {
                "Contracts mention this item, but none can supply it here on this date."
            }
        }
        .to_owned(),
    }
}

/// One sentence that says why a candidate won, lost against `best`, or was rejected.
#[must_use]
pub fn sentence(
    catalogue: &Catalogue,
    candidate: &Candidate<'_>,
    best: Option<&RankKey<'_>>,
) -> String {
    let who = format!(
        "{} ({}, line {})",
        name(catalogue, candidate.supplier),
        candidate.contract,
        candidate.line
    );
    match &candidate.verdict {
        CandidateVerdict::Eligible { rank: 1, offer, .. } => {
            format!("{who} is chosen{}.", offer_clause(offer))
        }
        CandidateVerdict::Eligible { key, offer, .. } => {
            let reason = best.map_or("ranks lower", |best| lost_clause(key.lost_to(best)));
            format!("{who} {reason}{}.", offer_clause(offer))
        }
        CandidateVerdict::Rejected(rejection) => {
            format!("{who} is skipped: {}.", rejection_clause(rejection))
        }
    }
}

fn name<'c>(catalogue: &'c Catalogue, supplier: &'c SupplierId) -> &'c str {
    catalogue.supplier(supplier).map_or(supplier.as_str(), |supplier| &supplier.name)
}

fn price(
    amount: rust_decimal::Decimal,
    base_quantity: rust_decimal::Decimal,
    currency: crate::money::Currency,
) -> String {
    if base_quantity == rust_decimal::Decimal::ONE {
        format!("{amount} {currency}")
    } else {
        format!("{amount} {currency} per {}", base_quantity.normalize())
    }
}

fn offer_clause(offer: &Offer) -> String {
    let price = price(offer.unit_price, offer.base_quantity, offer.currency);
    match &offer.adjustment {
        None => format!(" at {price}"),
        Some(adjustment) => {
            format!(" at {price}, but {}", adjustment_clause(adjustment, &offer.quantity))
        }
    }
}

fn adjustment_clause(adjustment: &Adjustment, to: &Quantity) -> String {
    let Adjustment { requested, remainder, .. } = adjustment;
    match adjustment.reason {
        AdjustmentReason::BelowMinimum => {
            format!("{requested} is below its minimum: {to} can be ordered")
        }
        AdjustmentReason::AboveMaximum => {
            format!(
                "{requested} is above its maximum: {to} can be ordered, and {remainder} on a line \
                 of its own"
            )
        }
        AdjustmentReason::AboveAllotment => format!(
            "{requested} is more than this site's remaining allotment: {to} can be ordered here, \
             and {remainder} elsewhere"
        ),
        AdjustmentReason::NotOnIncrement => {
            format!("it is not sold in a quantity of {requested}: {to} can be ordered")
        }
    }
}

fn lost_clause(lost: Lost) -> &'static str {
    match lost {
        Lost::Substitute => "is a substitute that comes later",
        Lost::Preference => "is allowed here, but another supplier is preferred",
        Lost::Scope => "has a contract with a wider scope than the chosen one",
        Lost::Priority => "has a contract with a later priority",
        Lost::Price => "costs more per base unit",
        Lost::LeadTime => "takes longer to deliver",
        Lost::Settled => "is equal in everything, but a person chose the other contract",
        Lost::Identifier => {
            "is equal in everything; the smaller contract and line number goes first"
        }
    }
}

fn rejection_clause(rejection: &Rejection) -> String {
    match rejection {
        Rejection::NotPublished(ContractStatus::Ended) => "its contract has ended".into(),
        Rejection::NotPublished(_) => "its contract is not published".into(),
        Rejection::Suspended => "its contract is suspended".into(),
        Rejection::Superseded { by_version } => {
            format!("version {by_version} of its contract is in force")
        }
        Rejection::OutsideContractValidity { validity, tested } => {
            outside("its contract", validity, *tested)
        }
        Rejection::OutsideLineValidity { validity, tested } => {
            outside("its price", validity, *tested)
        }
        Rejection::OutOfScope => "its contract is not for this site".into(),
        Rejection::Blocked => "the source list blocks this supplier for this item here".into(),
        Rejection::UnitNotConvertible { from, to } => {
            format!(
                "it is ordered in {to}, and this quantity of {from} does not convert to it exactly"
            )
        }
        Rejection::NoOrderableQuantity => {
            "its minimum, maximum and increment leave no quantity to order".into()
        }
        Rejection::NoPriceAtDate { tested } => {
            format!("it has no price for this quantity on {}", day(*tested))
        }
        Rejection::CapExhausted { left } if left.amount() <= rust_decimal::Decimal::ZERO => {
            "nothing is left of this site's allotment".into()
        }
        Rejection::CapExhausted { left } => {
            format!("only {left} is left of this site's allotment, less than can be ordered")
        }
        Rejection::NoDelivery => "its delivery schedule has no day within a year".into(),
        Rejection::NotComputable => "its amount is too large to compute exactly".into(),
    }
}

fn outside(what: &str, validity: &Validity, tested: Date) -> String {
    match validity.end {
        Some(end) if end < tested => format!("{what} ended on {}", day(end)),
        _ => format!("{what} starts on {}", day(validity.start)),
    }
}

/// A date for people, for example "30 June 2025".
fn day(date: Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

/// The word for a preference in messages.
impl std::fmt::Display for Preference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Preferred => "preferred",
            Self::Allowed => "allowed",
            Self::Blocked => "blocked",
        })
    }
}
