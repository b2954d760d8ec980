//! Acceptance: the server does not trust the prices that a tablet sends. It resolves every line
//! again with the release that the submission names. It makes purchase orders only when each result
//! equals the locked price in every field.

use std::collections::BTreeMap;

use jiff::ToSpan;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::basket::{Charge, charges};
use super::{ConflictAt, LockedPrice, OrderLine, OrderState, PurchaseOrder};
use crate::calendar::{Date, DateTime};
use crate::catalogue::Catalogue;
use crate::contract::{CommitmentId, CommitmentSide, Measure, Strength};
use crate::ids::{ItemId, OrderLineId, SupplierId};
use crate::limits::{CLOCK_GRACE_DAYS, CUT_OFF_GRACE_MINUTES, OFFLINE_GRACE_DAYS};
use crate::money::{Currency, Money};
use crate::quantity::Quantity;
use crate::resolve::{
    AdjustmentReason, Candidate, CandidateVerdict, NoSource, Offer, Outcome, Remaining, Resolution,
    ResolutionRequest, resolve,
};

/// Why a submission is not accepted. The tablet and procurement see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Reason {
    /// The order was not submitted.
    #[error("the order was not submitted")]
    NotSubmitted,
    /// The order has no line with a quantity above zero.
    #[error("the order is empty")]
    EmptyOrder,
    /// Two tablets wrote different values.
    #[error("two tablets wrote different values, and nobody chose one")]
    OpenConflict {
        /// The place of the conflict.
        at: ConflictAt,
    },
    /// The line has no locked price, because another tablet added it after the submission was made.
    #[error(
        "line {line} ({item}, added by {added_by}) was not part of what was sent: check it and send again"
    )]
    #[serde(rename = "line_not_pinned")]
    LineNotLocked {
        /// The line.
        line: OrderLineId,
        /// The item of the line.
        item: ItemId,
        /// The display name of the person who added the line.
        added_by: String,
    },
    /// Another tablet changed the quantity of the line, or removed it, before this tablet's
    /// submission arrived. The locked price is for the quantity that was sent.
    #[error(
        "line {line} ({item}) was sent as {sent}, and {}: check it and send again",
        if now.is_zero() { "somebody removed it meanwhile" } else { "somebody changed it meanwhile" }
    )]
    LineChanged {
        /// The line.
        line: OrderLineId,
        /// The item of the line.
        item: ItemId,
        /// The quantity that was sent, in the orderable unit.
        sent: Quantity,
        /// The quantity in the order now, in the line's own unit. Zero for a removed line.
        now: Decimal,
    },
    /// The locked prices name different releases.
    #[error("the lines were resolved with different releases of the catalogue")]
    MixedReleases,
    /// The organisation never published the release.
    #[error("release {release} of the catalogue does not exist")]
    UnknownRelease {
        /// The number of the release.
        release: u64,
    },
    /// The release was announced but is not in force yet, or it never came into force, because it
    /// was withdrawn or replaced before its first day.
    #[error("release {release} of the catalogue {}", not_in_force(*in_force_from))]
    ReleaseNotInForce {
        /// The number of the release.
        release: u64,
        /// The first day of the release; `None` when it never came into force.
        in_force_from: Option<Date>,
    },
    /// The release was superseded more days ago than the contract honours.
    #[error(
        "line {line}: release {release} was superseded on {superseded_on}, more than {grace_days} days before the order arrived"
    )]
    ReleaseSuperseded {
        /// The line.
        line: OrderLineId,
        /// The number of the release.
        release: u64,
        /// The first day of the next release.
        superseded_on: Date,
        /// The number of days that the contract honours after that day.
        grace_days: u16,
    },
    /// The order date is in the future, so the tablet's clock is ahead. Prices of a later day are
    /// not available yet.
    #[error(
        "line {line} was resolved for {order_date}, which has not come yet: check the tablet's clock"
    )]
    OrderDateAhead {
        /// The line.
        line: OrderLineId,
        /// The order date of the line.
        order_date: Date,
    },
    /// The order date is too far in the past: the tablet's clock is behind, or the order waited
    /// longer than the contract honours old prices.
    #[error(
        "line {line} was resolved for {order_date}, more than {grace_days} days before the order arrived"
    )]
    OrderDateBehind {
        /// The line.
        line: OrderLineId,
        /// The order date of the line.
        order_date: Date,
        /// The number of days that the contract honours.
        grace_days: u16,
    },
    /// By the server's clock, the delivery day of the line or its cut-off has passed. The delivery
    /// cannot be made.
    #[error(
        "line {line} ({item}) was ordered for {delivery_date}: {}",
        match first_possible {
            Some(first) => format!("the first delivery that can still be made is on {first}"),
            None => "there is no delivery any more".to_owned(),
        }
    )]
    DeliveryMissed {
        /// The line.
        line: OrderLineId,
        /// The item of the line.
        item: ItemId,
        /// The locked day of the delivery.
        delivery_date: Date,
        /// The first delivery day that was possible when the order arrived; `None` when the
        /// schedule has none.
        first_possible: Option<Date>,
    },
    /// No contract line supplies the item.
    #[error("line {line} ({item}) has no source")]
    NoSource {
        /// The line.
        line: OrderLineId,
        /// The item of the line.
        item: ItemId,
        /// Why no contract line supplies the item.
        why: NoSource,
    },
    /// The line uses more of a hard maximum commitment than the site's allotment has left.
    #[error(
        "line {line} ({item}) needs {asked} of contract {commitment}, of which {left} is left to this site: ask for more, or \
         order the rest elsewhere"
    )]
    CapExhausted {
        /// The line.
        line: OrderLineId,
        /// The item of the line.
        item: ItemId,
        /// The commitment.
        commitment: CommitmentId,
        /// The quantity or value that the line uses.
        asked: Measure,
        /// The quantity or value that the site may still order.
        left: Measure,
    },
    /// The quantity of the line cannot be ordered.
    #[error("line {line} ({item}) cannot be ordered in this quantity")]
    AdjustmentNeeded {
        /// The line.
        line: OrderLineId,
        /// The item of the line.
        item: ItemId,
        /// The rule that the quantity breaks.
        why: AdjustmentReason,
    },
    /// The release gives another result than the locked price.
    #[error(
        "line {line} ({item}): {field} is {locked} as sent, and {verified} in release {release}"
    )]
    Differs {
        /// The line.
        line: OrderLineId,
        /// The item of the line.
        item: ItemId,
        /// The number of the release.
        release: u64,
        /// The field that differs.
        field: LockedField,
        /// The value that was sent.
        #[serde(rename = "pinned")]
        locked: String,
        /// The value that the release gives.
        verified: String,
    },
    /// Procurement declined an order that was on hold.
    #[error("procurement ({by}) declined the order: {why}")]
    Declined {
        /// The display name of the person who declined it.
        by: String,
        /// The reason, in that person's words.
        why: String,
    },
    /// The sum of the amounts does not fit a decimal.
    #[error("the total for {supplier} is too large to compute exactly")]
    TotalOverflow {
        /// The supplier whose sum is too large.
        supplier: SupplierId,
    },
}

impl Reason {
    /// Whether procurement decides about this reason ([`super::exception`]). The site can correct
    /// every other reason, or nobody can.
    #[must_use]
    pub fn is_exception(&self) -> bool {
        match self {
            Self::ReleaseNotInForce { .. }
            | Self::ReleaseSuperseded { .. }
            | Self::OrderDateBehind { .. }
            | Self::DeliveryMissed { .. }
            | Self::Differs { .. } => true,
            Self::NotSubmitted
            | Self::EmptyOrder
            | Self::OpenConflict { .. }
            | Self::LineNotLocked { .. }
            | Self::LineChanged { .. }
            | Self::MixedReleases
            | Self::UnknownRelease { .. }
            | Self::OrderDateAhead { .. }
            | Self::NoSource { .. }
            | Self::AdjustmentNeeded { .. }
            | Self::CapExhausted { .. }
            | Self::Declined { .. }
            | Self::TotalOverflow { .. } => false,
        }
    }

    /// Whether procurement may accept the order with its locked prices in spite of this reason.
    /// That is possible when the prices are those of their release, and only the time is wrong.
    #[must_use]
    pub fn is_honourable(&self) -> bool {
        matches!(
            self,
            Self::ReleaseNotInForce { .. }
                | Self::ReleaseSuperseded { .. }
                | Self::OrderDateBehind { .. }
                | Self::DeliveryMissed { .. }
        )
    }
}

fn not_in_force(in_force_from: Option<Date>) -> String {
    match in_force_from {
        Some(first) => format!("is not in force before {first}"),
        None => "was withdrawn or replaced before it came into force".to_owned(),
    }
}

/// A field of a [`LockedPrice`] that resolution decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the locked price's field of that name")]
pub enum LockedField {
    Contract,
    Version,
    Line,
    Supplier,
    Item,
    IsSubstitute,
    Tier,
    UnitPrice,
    BaseQuantity,
    Quantity,
    Amount,
    DeliveryDate,
}

impl std::fmt::Display for LockedField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Contract => "the contract",
            Self::Version => "the contract's version",
            Self::Line => "the contract line",
            Self::Supplier => "the supplier",
            Self::Item => "the item",
            Self::IsSubstitute => "whether it is a substitute",
            Self::Tier => "the price tier",
            Self::UnitPrice => "the unit price",
            Self::BaseQuantity => "the base quantity",
            Self::Quantity => "the quantity",
            Self::Amount => "the amount",
            Self::DeliveryDate => "the delivery date",
        })
    }
}

/// The release that a submission names, as the server has it.
#[derive(Clone, Copy)]
pub struct NamedRelease<'a> {
    /// The number of the release. All locked prices name it.
    pub number: u64,
    /// The content of the release.
    pub catalogue: &'a Catalogue,
    /// The first day of the release. `None` when it never came into force, because it was withdrawn
    /// or replaced before.
    pub in_force_from: Option<Date>,
    /// The first day of the next release, if there is one.
    pub successor_effective_from: Option<Date>,
}

/// A purchase order without its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutOrder {
    /// The supplier that delivers.
    pub supplier: SupplierId,
    /// The supplier's name in the release.
    pub supplier_name: Option<String>,
    /// The currency of the contracts.
    pub currency: Currency,
    /// The day of the delivery.
    pub delivery_date: Date,
    /// The sum of the line amounts.
    pub total: Money,
    /// The charges and allowances of its contracts.
    pub charges: Vec<Charge>,
    /// The order lines, ordered by identifier.
    pub lines: Vec<OrderLineId>,
    /// The names of the items in the release.
    pub item_names: BTreeMap<ItemId, String>,
}

impl CutOrder {
    /// The purchase order with this number.
    #[must_use]
    pub fn numbered(self, number: String) -> PurchaseOrder {
        PurchaseOrder {
            number,
            supplier: self.supplier,
            supplier_name: self.supplier_name,
            delivery_date: self.delivery_date,
            total: self.total,
            charges: self.charges,
            lines: self.lines,
            item_names: self.item_names,
        }
    }
}

/// Verifies a submission against the release that it names, and makes the purchase orders: one for
/// each supplier, currency and delivery date, in that order.
///
/// `received` is the site-local time at which the server received the submission. The tablet's
/// clock is not trusted.
///
/// # Errors
/// All reasons against acceptance. Reasons of lines are in the order of the line identifiers.
pub fn verify(
    order: &OrderState,
    named: NamedRelease<'_>,
    received: DateTime,
) -> Result<Vec<CutOrder>, Vec<Reason>> {
    let mut reasons = check_whole(order, named.number);
    reasons.extend(check_in_force(named, received.date()));
    for (line_id, line) in &order.lines {
        match &line.locked {
            // The submission that counts has the locked prices, and nobody can remove a line after
            // it. So another tablet removed this one, and had not seen the submission.
            Some(locked) if !line.is_ordered() => {
                reasons.push(changed(line_id, line, locked));
            }
            None if !line.is_ordered() => {}
            Some(locked) => {
                reasons.extend(verify_line(order, line_id, line, locked, named, received))
            }
            None => reasons.push(Reason::LineNotLocked {
                line: line_id.clone(),
                item: line.item.clone(),
                added_by: line.added_by.clone(),
            }),
        }
    }
    if reasons.is_empty() { cut(order, named.catalogue, &BTreeMap::new()) } else { Err(reasons) }
}

/// The release must be in force on the day of arrival. [`CLOCK_GRACE_DAYS`] allow for a wrong
/// clock.
fn check_in_force(named: NamedRelease<'_>, received_on: Date) -> Option<Reason> {
    let latest = received_on.saturating_add(CLOCK_GRACE_DAYS.days());
    let is_in_force = named.in_force_from.is_some_and(|first| first <= latest);
    (!is_in_force).then_some(Reason::ReleaseNotInForce {
        release: named.number,
        in_force_from: named.in_force_from,
    })
}

/// The reasons that concern the whole order.
fn check_whole(order: &OrderState, release: u64) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if order.submitted.is_none() {
        reasons.push(Reason::NotSubmitted);
    }
    if order.ordered_lines().next().is_none() {
        reasons.push(Reason::EmptyOrder);
    }
    reasons.extend(order.conflicts().into_iter().map(|at| Reason::OpenConflict { at }));
    if order
        .lines
        .values()
        .filter_map(|line| line.locked.as_ref())
        .any(|locked| locked.release != release)
    {
        reasons.push(Reason::MixedReleases);
    }
    reasons
}

fn verify_line(
    order: &OrderState,
    line_id: &OrderLineId,
    line: &OrderLine,
    locked: &LockedPrice,
    named: NamedRelease<'_>,
    received: DateTime,
) -> Vec<Reason> {
    // The site's allotment is checked for the order as a whole, by the code that keeps the ledger
    // of allotments: [`super::caps::check_caps`].
    let uncapped = Remaining::unlimited(named.catalogue);
    let request = ResolutionRequest {
        item: line.item.as_str(),
        quantity: line.quantity.value,
        unit: line.unit,
        site: &order.site,
        order_date: locked.order_date,
        order_time: locked.order_time,
        requested_delivery_date: locked.requested_delivery_date,
        remaining: Some(&uncapped),
    };
    let (line_id, item) = (line_id.clone(), line.item.clone());
    let outcome = outcome(named.catalogue, &request, locked);
    let is_for_quantity = matches!(
        &outcome,
        Outcome::Selected(selected) if selected.quantity == locked.quantity
    );
    if !is_for_quantity && is_right_for_its_quantity(&request, locked, named.catalogue) {
        return vec![changed(&line_id, line, locked)];
    }
    match outcome {
        Outcome::NoSource(why) => vec![Reason::NoSource { line: line_id, item, why }],
        Outcome::AdjustmentNeeded(_, adjustment) => {
            vec![Reason::AdjustmentNeeded { line: line_id, item, why: adjustment.reason }]
        }
        Outcome::Selected(selected) => {
            let verified = LockedPrice::from_selected(&selected, locked.resolved_for());
            let differing =
                differences(locked, &verified).into_iter().map(|(field, as_sent, verified)| {
                    Reason::Differs {
                        line: line_id.clone(),
                        item: item.clone(),
                        release: locked.release,
                        field,
                        locked: as_sent,
                        verified,
                    }
                });
            let late = check_dates(&line_id, &verified, named, received.date());
            let missed = check_delivery(&line_id, &item, &verified, named.catalogue, received);
            differing.chain(late).chain(missed).collect()
        }
    }
}

fn changed(id: &OrderLineId, line: &OrderLine, locked: &LockedPrice) -> Reason {
    Reason::LineChanged {
        line: id.clone(),
        item: line.item.clone(),
        sent: locked.quantity,
        now: line.quantity.value,
    }
}

/// Whether the release gives the locked price for the quantity that was sent. Then only the
/// quantity of the line changed since.
fn is_right_for_its_quantity(
    request: &ResolutionRequest<'_>,
    locked: &LockedPrice,
    catalogue: &Catalogue,
) -> bool {
    let Quantity { value: quantity, unit } = locked.quantity;
    let as_sent = ResolutionRequest { quantity, unit: Some(unit), ..request.clone() };
    match outcome(catalogue, &as_sent, locked) {
        Outcome::Selected(selected) => {
            let verified = LockedPrice::from_selected(&selected, locked.resolved_for());
            differences(locked, &verified).is_empty()
        }
        Outcome::NoSource(_) | Outcome::AdjustmentNeeded(..) => false,
    }
}

/// The outcome of a request for a line with a locked price.
fn outcome<'c>(
    catalogue: &'c Catalogue,
    request: &ResolutionRequest<'_>,
    locked: &LockedPrice,
) -> Outcome<'c> {
    let resolution = resolve(catalogue, request);
    passed_over(catalogue, &resolution, locked).unwrap_or(resolution.outcome)
}

/// The candidate of the locked price, when hard maximums count all candidates that rank before it.
/// The tablet knows best what its site may still order, because it knows orders that have not
/// arrived yet. An order that uses less of an allotment than possible harms no other site.
fn passed_over<'c>(
    catalogue: &Catalogue,
    resolution: &Resolution<'c>,
    locked: &LockedPrice,
) -> Option<Outcome<'c>> {
    let is_locked = |candidate: &Candidate<'_>| {
        (candidate.contract, candidate.version, candidate.line)
            == (&locked.contract, locked.version, &locked.line)
    };
    let is_capped = |candidate: &Candidate<'_>| {
        let contract = catalogue.contract(candidate.contract, candidate.version)?;
        let (_, commitment) =
            contract.commitment_of(CommitmentSide::Maximum, contract.line(candidate.line)?)?;
        Some(commitment.strength == Strength::Hard)
    };
    let at = resolution.candidates.iter().position(is_locked).filter(|at| *at > 0)?;
    let are_capped =
        resolution.candidates[..at].iter().all(|before| is_capped(before) == Some(true));
    let locked = are_capped.then(|| &resolution.candidates[at])?;
    match &locked.verdict {
        CandidateVerdict::Eligible { offer: Offer { adjustment: None, .. }, .. } => {
            locked.selected().map(Outcome::Selected)
        }
        CandidateVerdict::Eligible { .. } | CandidateVerdict::Rejected(_) => None,
    }
}

/// The fields in which two locked prices differ, with both values in words.
fn differences(locked: &LockedPrice, verified: &LockedPrice) -> Vec<(LockedField, String, String)> {
    let fields = |locked: &LockedPrice| {
        [
            (LockedField::Contract, locked.contract.to_string()),
            (LockedField::Version, locked.version.to_string()),
            (LockedField::Line, locked.line.to_string()),
            (LockedField::Supplier, locked.supplier.to_string()),
            (LockedField::Item, locked.item.to_string()),
            (LockedField::IsSubstitute, locked.is_substitute.to_string()),
            (LockedField::Tier, locked.tier.to_string()),
            (
                LockedField::UnitPrice,
                format!("{} {}", locked.unit_price.normalize(), locked.currency()),
            ),
            (LockedField::BaseQuantity, locked.base_quantity.normalize().to_string()),
            (LockedField::Quantity, locked.quantity.to_string()),
            (
                LockedField::Amount,
                format!("{} {}", locked.amount.amount.normalize(), locked.currency()),
            ),
            (LockedField::DeliveryDate, locked.delivery_date.to_string()),
        ]
    };
    let both = fields(locked).into_iter().zip(fields(verified));
    both.filter(|(ours, theirs)| ours != theirs)
        .map(|((field, ours), (_, theirs))| (field, ours, theirs))
        .collect()
}

/// Checks whether the order date of the line is acceptable, by the terms of its contract and the
/// server's clock.
fn check_dates(
    line: &OrderLineId,
    locked: &LockedPrice,
    named: NamedRelease<'_>,
    received_on: Date,
) -> Option<Reason> {
    let grace_days = grace_days(named.catalogue, locked);
    let is_late_for = |date: Date| date.saturating_add(i32::from(grace_days).days()) < received_on;
    if received_on.saturating_add(CLOCK_GRACE_DAYS.days()) < locked.order_date {
        return Some(Reason::OrderDateAhead { line: line.clone(), order_date: locked.order_date });
    }
    if let Some(superseded_on) = named.successor_effective_from.filter(|date| is_late_for(*date)) {
        return Some(Reason::ReleaseSuperseded {
            line: line.clone(),
            release: locked.release,
            superseded_on,
            grace_days,
        });
    }
    is_late_for(locked.order_date).then(|| Reason::OrderDateBehind {
        line: line.clone(),
        order_date: locked.order_date,
        grace_days,
    })
}

/// Checks whether the delivery can still be made, by the terms of its contract and the server's
/// clock. The time at which the line was ordered comes from the tablet, so it does not count.
fn check_delivery(
    line: &OrderLineId,
    item: &ItemId,
    locked: &LockedPrice,
    catalogue: &Catalogue,
    received: DateTime,
) -> Option<Reason> {
    let first_possible = first_delivery(catalogue, locked, received);
    first_possible.is_none_or(|first| locked.delivery_date < first).then(|| {
        Reason::DeliveryMissed {
            line: line.clone(),
            item: item.clone(),
            delivery_date: locked.delivery_date,
            first_possible,
        }
    })
}

/// The first day on which a line that arrives at this site-local time can be delivered, by its
/// contract version. `None` when the schedule has no day, or the release does not have the line.
#[must_use]
pub fn first_delivery(
    catalogue: &Catalogue,
    locked: &LockedPrice,
    received: DateTime,
) -> Option<Date> {
    catalogue.deliveries(&locked.contract, locked.version, &locked.line)?.first(in_time(received))
}

/// The time that counts for an order that arrives now: [`CUT_OFF_GRACE_MINUTES`] before its
/// arrival.
#[must_use]
pub fn in_time(received: DateTime) -> DateTime {
    received.saturating_sub(CUT_OFF_GRACE_MINUTES.minutes())
}

fn grace_days(catalogue: &Catalogue, locked: &LockedPrice) -> u16 {
    let contract = catalogue.contract(&locked.contract, locked.version);
    let line = contract.and_then(|contract| Some((contract, contract.line(&locked.line)?)));
    line.map_or(OFFLINE_GRACE_DAYS, |(contract, line)| contract.terms_of(line).grace_days())
}

/// Groups lines with locked prices into purchase orders. `new_days` replace the locked delivery
/// days.
pub(super) fn cut(
    order: &OrderState,
    catalogue: &Catalogue,
    new_days: &BTreeMap<OrderLineId, Date>,
) -> Result<Vec<CutOrder>, Vec<Reason>> {
    let mut groups: BTreeMap<(&SupplierId, Currency, Date), CutOrder> = BTreeMap::new();
    for (line_id, line) in order.ordered_lines() {
        let Some(locked) = &line.locked else { continue };
        let currency = locked.currency();
        let delivery_date = new_days.get(line_id).copied().unwrap_or(locked.delivery_date);
        let group =
            groups.entry((&locked.supplier, currency, delivery_date)).or_insert_with(|| CutOrder {
                supplier: locked.supplier.clone(),
                supplier_name: catalogue
                    .supplier(&locked.supplier)
                    .map(|supplier| supplier.name.clone()),
                currency,
                delivery_date,
                total: Money::zero(currency),
                charges: Vec::new(),
                lines: Vec::new(),
                item_names: BTreeMap::new(),
            });
        group.total = group
            .total
            .checked_add(&locked.amount)
            .map_err(|_| vec![Reason::TotalOverflow { supplier: locked.supplier.clone() }])?;
        group.lines.push(line_id.clone());
        // The item of the order line, and the substitute that is supplied instead.
        let items = [&line.item, &locked.item].into_iter().filter_map(|item| catalogue.item(item));
        group.item_names.extend(items.map(|item| (item.id.clone(), item.description.clone())));
    }
    for group in groups.values_mut() {
        let locked_prices =
            group.lines.iter().filter_map(|id| order.lines.get(id)?.locked.as_ref());
        group.charges = charges(catalogue, locked_prices, group.currency);
    }
    Ok(groups.into_values().collect())
}
