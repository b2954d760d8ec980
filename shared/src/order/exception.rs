//! Orders on hold: the server cannot accept their locked prices, the site cannot correct that, and
//! procurement decides.
//!
//! An order may have been resolved in good faith and arrived too late, or its locked prices differ
//! from the release. It gets no new prices and is not sent back. It is on hold, with every
//! [`Reason`] for which [`is_exception`](Reason::is_exception) holds.
//!
//! Procurement honours the locked prices or declines them. The order records the decision, so the
//! site sees it. A late price was once the contract's price, so it can be honoured. A price that
//! differs from its own release never was, so it can only be declined. A delivery day that has
//! passed cannot be honoured: such a line needs a new day that its contract's schedule still
//! allows.

use std::collections::BTreeMap;

use jiff::Span;
use serde::{Deserialize, Serialize};

use super::accept::{CutOrder, Reason, cut, in_time};
use super::{LockedPrice, OrderState, ServerStatus};
use crate::calendar::{Date, DateTime};
use crate::catalogue::Catalogue;
use crate::ids::{IntentId, OrderLineId};
use crate::limits::NOTE_BYTES;

/// The number of days from now on which a new delivery day may be. A year is more than any supplier
/// plans ahead; a later day is a typing error.
const DECIDED_DAYS: i32 = 366;

/// A decision of procurement about an order that was on hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The submission that was on hold.
    pub submission: IntentId,
    /// Whether procurement honoured or declined the submission.
    pub verdict: DecisionVerdict,
    /// The reason, in words; never empty.
    pub why: String,
    /// The display name of the person who decided.
    pub by: String,
    /// The time of the decision, by the server's clock, in milliseconds since the Unix epoch.
    pub at: i64,
    /// The exceptions about which procurement decided.
    pub exceptions: Vec<Reason>,
    /// The new delivery days that replace the locked ones, by line.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub new_days: BTreeMap<OrderLineId, Date>,
}

/// The two possible decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionVerdict {
    /// Order at the locked prices.
    Honour,
    /// Return the order to the site, which may submit it again at today's prices.
    Decline,
}

/// Why a decision about an order is not possible. The desk shows it in the reader's language and
/// names the lines by their items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Undecidable {
    /// The order is not on hold: somebody decided already, or it never was on hold.
    #[error("the order is not on hold: somebody decided already, or the site sent it again")]
    #[serde(rename = "not_waiting")]
    NotOnHold,
    /// The reason for the decision is missing or too long.
    #[error("say why, in at most {NOTE_BYTES} bytes")]
    BadReason,
    /// A reason prevents ordering at the locked prices.
    #[error("it cannot be honoured, only declined: {reason}")]
    NotHonourable {
        /// The first such reason.
        reason: Box<Reason>,
    },
    /// The locked day is no longer possible, and nobody chose a new day.
    #[error("line {line} cannot be delivered on {locked_day} any more: choose a new day, {}", from_day(*first))]
    NewDayNeeded {
        /// The identifier of the line.
        line: OrderLineId,
        /// The locked day of the delivery.
        locked_day: Date,
        /// The first day that is possible now; `None` when there is none.
        first: Option<Date>,
    },
    /// The line cannot be delivered on the new day.
    #[error("line {line} cannot be delivered on {day}: choose a day of its delivery schedule, {}", from_day(*first))]
    BadDay {
        /// The identifier of the line.
        line: OrderLineId,
        /// The new day.
        day: Date,
        /// The first day that is possible now; `None` when there is none.
        first: Option<Date>,
    },
    /// A new day was given for a line that the order does not have.
    #[error("the order has no line {line} that could be delivered on another day")]
    NoSuchLine {
        /// The identifier of the line.
        line: OrderLineId,
    },
}

fn from_day(first: Option<Date>) -> String {
    first.map_or_else(|| "but there is none".to_owned(), |first| format!("from {first} on"))
}

impl ServerStatus {
    /// The answer to a submission that was not verified. It is on hold only when procurement alone
    /// can help. As long as the site has something to correct, it is refused with all reasons.
    #[must_use]
    pub fn not_verified(submission: IntentId, reasons: Vec<Reason>, at: i64) -> Self {
        if !reasons.is_empty() && reasons.iter().all(Reason::is_exception) {
            Self::OnHold { submission, at, exceptions: reasons }
        } else {
            Self::Refused { submission, at, reasons }
        }
    }
}

/// A person's decision about an order on hold.
#[derive(Debug, Clone, Copy)]
pub struct Decider<'a> {
    /// The submission that the person looked at. A submission that the site sent later is not
    /// meant.
    pub submission: IntentId,
    /// Whether to honour or to decline.
    pub verdict: DecisionVerdict,
    /// The reason, in words.
    pub why: &'a str,
    /// The display name of the person who decides.
    pub by: &'a str,
    /// The server's time, in milliseconds since the Unix epoch.
    pub at: i64,
    /// The same time in the site's time zone.
    pub at_site: DateTime,
    /// New delivery days, by line. Every line whose locked day has passed needs one; other lines
    /// may have one.
    pub new_days: &'a BTreeMap<OrderLineId, Date>,
}

/// Decides about an order that is on hold. Returns the new status, the decision to record, and the
/// purchase orders to make when the prices are honoured. `catalogue` is the release of the locked
/// prices.
///
/// # Errors
/// [`Undecidable`]; nothing must be recorded then.
pub fn settle(
    order: &OrderState,
    catalogue: &Catalogue,
    decider: Decider<'_>,
) -> Result<(ServerStatus, Decision, Vec<CutOrder>), Undecidable> {
    let Decider { submission, verdict, why, by, at, .. } = decider;
    let why = why.trim();
    if why.is_empty() || why.len() > NOTE_BYTES {
        return Err(Undecidable::BadReason);
    }
    let exceptions = match &order.server.status {
        Some(ServerStatus::OnHold { submission: waiting, exceptions, .. })
            if *waiting == submission
                && order.submitted.as_ref().is_some_and(|sent| sent.id == submission) =>
        {
            exceptions.clone()
        }
        _ => return Err(Undecidable::NotOnHold),
    };
    let (status, orders) = match verdict {
        DecisionVerdict::Honour => {
            (ServerStatus::Accepted { at }, honour(order, catalogue, &exceptions, decider)?)
        }
        DecisionVerdict::Decline => {
            let declined = Reason::Declined { by: by.to_owned(), why: why.to_owned() };
            let reasons = std::iter::once(declined).chain(exceptions.iter().cloned()).collect();
            (ServerStatus::Refused { submission, at, reasons }, Vec::new())
        }
    };
    let new_days = match verdict {
        DecisionVerdict::Honour => decider.new_days.clone(),
        DecisionVerdict::Decline => BTreeMap::new(),
    };
    let decision = Decision {
        submission,
        verdict,
        why: why.to_owned(),
        by: by.to_owned(),
        at,
        exceptions,
        new_days,
    };
    Ok((status, decision, orders))
}

fn honour(
    order: &OrderState,
    catalogue: &Catalogue,
    exceptions: &[Reason],
    decider: Decider<'_>,
) -> Result<Vec<CutOrder>, Undecidable> {
    if let Some(reason) = exceptions.iter().find(|reason| !reason.is_honourable()) {
        return Err(Undecidable::NotHonourable { reason: Box::new(reason.clone()) });
    }
    check_days(order, catalogue, decider)?;
    cut(order, catalogue, decider.new_days).map_err(|mut reasons| {
        let reason = Box::new(reasons.pop().unwrap_or(Reason::EmptyOrder));
        Undecidable::NotHonourable { reason }
    })
}

/// Checks that every line has a possible delivery day: the locked one or a new one.
fn check_days(
    order: &OrderState,
    catalogue: &Catalogue,
    decider: Decider<'_>,
) -> Result<(), Undecidable> {
    let locked_price = |line: &OrderLineId| {
        let line = order.lines.get(line).filter(|line| line.is_ordered())?;
        line.locked.as_ref()
    };
    if let Some(line) = decider.new_days.keys().find(|line| locked_price(line).is_none()) {
        return Err(Undecidable::NoSuchLine { line: line.clone() });
    }
    let placed = in_time(decider.at_site);
    for (line, locked) in
        order.ordered_lines().filter_map(|(id, line)| Some((id.clone(), line.locked.as_ref()?)))
    {
        let deliveries = catalogue.deliveries(&locked.contract, locked.version, &locked.line);
        let first = deliveries.as_ref().and_then(|deliveries| deliveries.first(placed));
        match decider.new_days.get(&line) {
            Some(day)
                if !deliveries.is_some_and(|deliveries| deliveries.can_be_on(*day, placed))
                    || last_day(catalogue, locked, placed.date(), first)
                        .is_some_and(|last| *day > last) =>
            {
                return Err(Undecidable::BadDay { line, day: *day, first });
            }
            None if first.is_none_or(|first| locked.delivery_date < first) => {
                return Err(Undecidable::NewDayNeeded {
                    line,
                    locked_day: locked.delivery_date,
                    first,
                });
            }
            Some(_) | None => {}
        }
    }
    Ok(())
}

/// The last day that procurement may choose for a line: the contract's last day, but at most a year
/// from now. When the contract ends before the first possible day, that day. `None` at the end of
/// the calendar.
#[must_use]
pub fn last_day(
    catalogue: &Catalogue,
    locked: &LockedPrice,
    today: Date,
    first: Option<Date>,
) -> Option<Date> {
    let year = today.checked_add(Span::new().days(DECIDED_DAYS)).ok()?;
    let end =
        catalogue.contract(&locked.contract, locked.version)?.validity.end.unwrap_or(Date::MAX);
    Some(year.min(end).max(first.unwrap_or(Date::MIN)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::OrderStage;
    use crate::order::tests::{submitted, verified_on};
    use crate::sample::builder::{day, id};
    use crate::sample::small;

    fn waiting() -> OrderState {
        let mut order = submitted(&[("flour", "1")]);
        let reasons = verified_on(&order, Some("2026-03-01"), "2026-03-20").unwrap_err();
        let submission = order.submitted.as_ref().unwrap().id;
        order.server.status = Some(ServerStatus::not_verified(submission, reasons, 7));
        order
    }

    fn decided(
        order: &OrderState,
        verdict: DecisionVerdict,
        why: &str,
    ) -> Result<(ServerStatus, Decision, Vec<CutOrder>), Undecidable> {
        let catalogue = Catalogue::build(small()).unwrap();
        let new_days = BTreeMap::from([(id("flour"), day("2026-03-27"))]);
        settle_with(order, &catalogue, verdict, why, &new_days)
    }

    /// Decides on Friday, 20 March, at 8 in the morning.
    fn settle_with(
        order: &OrderState,
        catalogue: &Catalogue,
        verdict: DecisionVerdict,
        why: &str,
        new_days: &BTreeMap<OrderLineId, Date>,
    ) -> Result<(ServerStatus, Decision, Vec<CutOrder>), Undecidable> {
        let submission = order.submitted.as_ref().unwrap().id;
        let at_site = day("2026-03-20").at(8, 0, 0, 0);
        settle(
            order,
            catalogue,
            Decider { submission, verdict, why, by: "Pia", at: 9, at_site, new_days },
        )
    }

    #[test]
    fn case_06_a_late_order_waits_frozen_and_is_ordered_at_its_prices_when_they_are_honoured() {
        let order = waiting();
        assert_eq!(order.stage(), OrderStage::OnHold);
        assert!(!order.is_editable());
        let (status, decision, cut) =
            decided(&order, DecisionVerdict::Honour, " the site was flooded ").unwrap();
        assert_eq!(status, ServerStatus::Accepted { at: 9 });
        assert_eq!((decision.why.as_str(), decision.exceptions.len()), ("the site was flooded", 2));
        let locked = order.lines.values().find_map(|line| line.locked.as_ref()).unwrap();
        assert_eq!(cut[0].total, locked.amount, "never a new price");
        assert_eq!(cut[0].delivery_date, day("2026-03-27"), "and no day that has passed");
        let mut accepted = order.clone();
        accepted.server.status = Some(status);
        accepted.server.decision = Some(decision);
        assert_eq!(accepted.delivery_date(&id("flour"), locked), day("2026-03-27"));
        assert_eq!(order.delivery_date(&id("flour"), locked), locked.delivery_date);
        let moved: Vec<_> = accepted.moved_deliveries().into_iter().collect();
        assert_eq!(moved, [(locked.supplier.clone(), locked.delivery_date, day("2026-03-27"))]);
        assert!(order.moved_deliveries().is_empty());
    }

    #[test]
    fn a_day_that_has_passed_is_honoured_only_with_a_new_one_of_the_schedule() {
        // Sugar is delivered on Tuesdays and Fridays, two days after an order before 14:00. It was
        // ordered for Friday the 6th.
        let mut order = submitted(&[("sugar", "2")]);
        let reasons = verified_on(&order, None, "2026-03-20").unwrap_err();
        let submission = order.submitted.as_ref().unwrap().id;
        order.server.status = Some(ServerStatus::not_verified(submission, reasons, 7));
        let catalogue = Catalogue::build(small()).unwrap();
        let honoured = |days: &[(&str, &str)]| {
            let days = days.iter().map(|(line, on)| (id(line), day(on))).collect();
            settle_with(&order, &catalogue, DecisionVerdict::Honour, "the site was offline", &days)
        };
        let (line, first) = (id("sugar"), Some(day("2026-03-24")));
        let needed = Undecidable::NewDayNeeded { line, locked_day: day("2026-03-06"), first };
        assert_eq!(honoured(&[]), Err(needed));
        let bad = |on: &str| Undecidable::BadDay { line: id("sugar"), day: day(on), first };
        assert_eq!(
            honoured(&[("sugar", "2026-03-20")]),
            Err(bad("2026-03-20")),
            "before the lead time"
        );
        assert_eq!(honoured(&[("sugar", "2026-03-25")]), Err(bad("2026-03-25")), "a Wednesday");
        let late = [("sugar", "2027-04-06")];
        assert_eq!(honoured(&late), Err(bad("2027-04-06")), "a Tuesday more than a year ahead");
        let stray = Undecidable::NoSuchLine { line: id("salt") };
        assert_eq!(honoured(&[("salt", "2026-03-24"), ("sugar", "2026-03-24")]), Err(stray));
        let (_, decision, cut) = honoured(&[("sugar", "2026-03-24")]).unwrap();
        assert_eq!((cut.len(), cut[0].delivery_date), (1, day("2026-03-24")));
        assert_eq!(decision.new_days, BTreeMap::from([(id("sugar"), day("2026-03-24"))]));
    }

    #[test]
    fn a_declined_order_goes_back_to_the_site_with_the_reason() {
        let mut order = waiting();
        let (status, decision, cut) =
            decided(&order, DecisionVerdict::Decline, "prices rose: please send it again").unwrap();
        assert!(cut.is_empty());
        let ServerStatus::Refused { reasons, .. } = &status else { panic!("{status:?}") };
        assert!(
            matches!(reasons.as_slice(), [Reason::Declined { by, .. }, Reason::ReleaseSuperseded { .. }, ..] if by == "Pia")
        );
        order.server.status = Some(status);
        order.server.decision = Some(decision);
        assert_eq!(order.stage(), OrderStage::Refused);
        assert!(order.is_editable());
        assert_eq!(
            decided(&order, DecisionVerdict::Honour, "on second thoughts"),
            Err(Undecidable::NotOnHold)
        );
    }

    #[test]
    fn what_the_site_can_mend_is_refused_even_beside_an_exception() {
        let order = submitted(&[("flour", "1")]);
        let submission = order.submitted.as_ref().unwrap().id;
        let late = verified_on(&order, Some("2026-03-01"), "2026-03-20").unwrap_err();
        let both = [late.clone(), vec![Reason::MixedReleases]].concat();
        assert!(matches!(
            ServerStatus::not_verified(submission, both, 1),
            ServerStatus::Refused { .. }
        ));
        assert!(matches!(
            ServerStatus::not_verified(submission, late, 1),
            ServerStatus::OnHold { .. }
        ));
        assert!(matches!(
            ServerStatus::not_verified(submission, Vec::new(), 1),
            ServerStatus::Refused { .. }
        ));
    }

    #[test]
    fn a_price_that_its_own_release_does_not_say_is_never_honoured() {
        let mut order = submitted(&[("flour", "1")]);
        order.lines.values_mut().next().unwrap().locked.as_mut().unwrap().unit_price =
            "1".parse().unwrap();
        let reasons = verified_on(&order, None, "2026-03-02").unwrap_err();
        let submission = order.submitted.as_ref().unwrap().id;
        order.server.status = Some(ServerStatus::not_verified(submission, reasons, 1));
        assert_eq!(order.stage(), OrderStage::OnHold);
        assert!(matches!(
            decided(&order, DecisionVerdict::Honour, "cheap"),
            Err(Undecidable::NotHonourable { reason }) if matches!(*reason, Reason::Differs { .. })
        ));
        assert!(
            decided(&order, DecisionVerdict::Decline, "this is not the contract's price").is_ok()
        );
    }

    #[test]
    fn a_decision_says_why_and_means_one_submission() {
        let order = waiting();
        assert_eq!(decided(&order, DecisionVerdict::Honour, "  "), Err(Undecidable::BadReason));
        assert_eq!(
            decided(&order, DecisionVerdict::Honour, &"x".repeat(NOTE_BYTES + 1)),
            Err(Undecidable::BadReason)
        );
        let mut sent_again = order.clone();
        sent_again.submitted.as_mut().unwrap().id = IntentId::mint(99, [9; 10]);
        assert_eq!(
            decided(&sent_again, DecisionVerdict::Honour, "fine"),
            Err(Undecidable::NotOnHold)
        );
    }
}
