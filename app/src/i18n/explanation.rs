//! "Why this supplier?" in every language: the data of a resolution as sentences.

use calloff_core::calendar::{Date, Validity};
use calloff_core::contract::ContractStatus;
use calloff_core::quantity::Quantity;
use calloff_core::resolve::{
    Adjustment, AdjustmentReason, Candidate, CandidateVerdict, Lost, NoSource, Outcome, RankKey,
    Rejection,
};
use calloff_core::unit::Unit;
use rust_decimal::Decimal;

use super::{Language, Names, Text, day, fill, measure, quantity, unit_name};

/// What a person must know beside the chosen line. `None` if resolution simply chose a line.
#[must_use]
pub fn headline(outcome: &Outcome<'_>, language: Language, names: &impl Names) -> Option<String> {
    match outcome {
        Outcome::Selected(_) => None,
        Outcome::AdjustmentNeeded(selected, needed) => {
            let supplier =
                names.supplier(selected.supplier).unwrap_or_else(|| selected.supplier.to_string());
            let adjustment = adjustment(needed, selected.quantity.unit, language);
            let text = Text::ExplainAdjusted.in_language(language);
            Some(fill(text, &[("supplier", &supplier), ("adjustment", &adjustment)]))
        }
        Outcome::NoSource(why) => Some(no_source(*why, language).to_owned()),
    }
}

/// Why nothing can be ordered.
#[must_use]
pub fn no_source(why: NoSource, language: Language) -> &'static str {
    let text = match why {
        NoSource::UnknownItem => Text::ExplainUnknownItem,
        NoSource::AmbiguousItemNumber => Text::ExplainAmbiguousItem,
        NoSource::UnknownSite => Text::ExplainUnknownSite,
        NoSource::QuantityNotPositive => Text::ExplainNoQuantity,
        NoSource::NotOnContract => Text::ExplainNotOnContract,
        NoSource::AllRejected => Text::ExplainAllRejected,
    };
    text.in_language(language)
}

/// Why a candidate was chosen, lost against `best`, or was rejected.
#[must_use]
pub fn standing(
    candidate: &Candidate<'_>,
    best: Option<&RankKey<'_>>,
    language: Language,
) -> String {
    match &candidate.verdict {
        CandidateVerdict::Eligible { rank, key, offer } => {
            let place = match best {
                Some(best) if *rank > 1 => lost(key.lost_to(best)),
                _ => Text::ExplainFirst,
            };
            let adjusted = offer
                .adjustment
                .as_ref()
                .map(|needed| adjustment(needed, offer.quantity.unit, language));
            let sentences = std::iter::once(place.in_language(language).to_owned()).chain(adjusted);
            sentences.collect::<Vec<_>>().join(" ")
        }
        CandidateVerdict::Rejected(why) => rejection(why, language),
    }
}

/// Why a quantity cannot be ordered, and which one can.
#[must_use]
pub fn adjustment(needed: &Adjustment, unit: Unit, language: Language) -> String {
    let text = match needed.reason {
        AdjustmentReason::BelowMinimum => Text::AdjustBelowMinimum,
        AdjustmentReason::AboveMaximum => Text::AdjustAboveMaximum,
        AdjustmentReason::AboveAllotment => Text::AdjustAboveAllotment,
        AdjustmentReason::NotOnIncrement => Text::AdjustNotOnIncrement,
    };
    let so_many = |value: Decimal| quantity(&Quantity::new(value, unit), language);
    fill(
        text.in_language(language),
        &[
            ("requested", &quantity(&needed.requested, language)),
            ("offered", &so_many(needed.adjust_to)),
            ("rest", &quantity(&needed.remainder, language)),
        ],
    )
}

fn lost(by: Lost) -> Text {
    match by {
        Lost::Substitute => Text::LostSubstitute,
        Lost::Preference => Text::LostPreference,
        Lost::Scope => Text::LostScope,
        Lost::Priority => Text::LostPriority,
        Lost::Price => Text::LostPrice,
        Lost::LeadTime => Text::LostLeadTime,
        Lost::Settled => Text::LostSettled,
        Lost::Identifier => Text::LostNumber,
    }
}

fn rejection(why: &Rejection, language: Language) -> String {
    let say = |text: Text, values: &[(&str, &str)]| fill(text.in_language(language), values);
    match why {
        Rejection::NotPublished(ContractStatus::Ended) => say(Text::RejectedEnded, &[]),
        Rejection::NotPublished(
            ContractStatus::Draft
            | ContractStatus::Published
            | ContractStatus::Suspended
            | ContractStatus::Withdrawn,
        ) => say(Text::RejectedNotPublished, &[]),
        Rejection::Suspended => say(Text::RejectedSuspended, &[]),
        Rejection::Superseded { by_version } => {
            say(Text::RejectedSuperseded, &[("version", &by_version.to_string())])
        }
        Rejection::OutsideContractValidity { validity, tested } => {
            let (text, date) = outside(
                validity,
                *tested,
                Text::RejectedContractEnded,
                Text::RejectedContractStarts,
            );
            say(text, &[("day", &day(date, language))])
        }
        Rejection::OutsideLineValidity { validity, tested } => {
            let (text, date) =
                outside(validity, *tested, Text::RejectedPriceEnded, Text::RejectedPriceStarts);
            say(text, &[("day", &day(date, language))])
        }
        Rejection::OutOfScope => say(Text::RejectedScope, &[]),
        Rejection::Blocked => say(Text::RejectedBlocked, &[]),
        Rejection::UnitNotConvertible { from, to } => say(
            Text::RejectedUnit,
            &[("from", &unit_name(*from, language)), ("to", &unit_name(*to, language))],
        ),
        Rejection::NoOrderableQuantity => say(Text::RejectedNoQuantity, &[]),
        Rejection::NoPriceAtDate { tested } => {
            say(Text::RejectedNoPrice, &[("day", &day(*tested, language))])
        }
        Rejection::CapExhausted { left } if left.amount() <= Decimal::ZERO => {
            say(Text::RejectedNothingLeft, &[])
        }
        Rejection::CapExhausted { left } => {
            say(Text::RejectedTooLittleLeft, &[("left", &measure(left, language))])
        }
        Rejection::NoDelivery => say(Text::RejectedNoDelivery, &[]),
        Rejection::NotComputable => say(Text::RejectedNotComputable, &[]),
    }
}

fn outside(validity: &Validity, tested: Date, ended: Text, starts: Text) -> (Text, Date) {
    match validity.end {
        Some(end) if end < tested => (ended, end),
        _ => (starts, validity.start),
    }
}

#[cfg(test)]
mod tests {
    use calloff_core::catalogue::Catalogue;
    use calloff_core::resolve::{ResolutionRequest, resolve};
    use calloff_core::sample::small;

    use super::*;

    /// The headline, then one sentence for each line, for a quantity of an item at a site.
    fn said(item: &str, count: i64, site: &str, language: Language) -> Vec<String> {
        let catalogue = Catalogue::build(small()).unwrap();
        let site = site.parse().unwrap();
        let resolution = resolve(
            &catalogue,
            &ResolutionRequest::new(item, count.into(), &site, "2026-03-02".parse().unwrap()),
        );
        let best = resolution.best();
        let lines =
            resolution.candidates.iter().map(|candidate| standing(candidate, best, language));
        headline(&resolution.outcome, language, &catalogue).into_iter().chain(lines).collect()
    }

    #[test]
    fn a_resolution_is_explained_in_the_language_of_the_reader() {
        let english = said("milk", 1, "hospital", Language::English);
        let german = said("milk", 1, "hospital", Language::German);
        assert_eq!(english[0], "It is the first of those that can supply it.");
        assert_eq!(german[0], "Der erste von denen, die liefern können.");
        assert!(english.len() > 1 && english.len() == german.len());
        assert!(
            english.iter().zip(&german).all(|(english, german)| english != german),
            "{german:?}"
        );
    }

    #[test]
    fn a_quantity_that_is_not_sold_is_explained_with_its_unit_and_the_supplier_by_name() {
        let headline = &said("gloves", 5, "school", Language::German)[0];
        assert!(
            headline.contains("kann liefern") && headline.contains("Bestellbar: 6"),
            "{headline}"
        );
    }
}
