//! Orders that wait: what the server cannot take as pinned although nobody at the site can mend it, and what procurement
//! decides about it.
//!
//! An order that was resolved in good faith and came in too late, or whose pins differ from what the release says, is neither
//! re-priced nor sent back: it waits, with every [`Reason`] that [`is_exception`](Reason::is_exception) named. Procurement
//! honours the pins as they are, or declines; both are recorded in the order for the site to see. A late price was once the
//! contract's and can be honoured; one that its own release does not say never was, and can only be declined.

use serde::{Deserialize, Serialize};

use super::accept::{CutOrder, Reason, cut};
use super::{OrderState, ServerStatus};
use crate::catalogue::Catalogue;
use crate::ids::IntentId;
use crate::limits::NOTE_BYTES;

/// What procurement decided about an order that waited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The submission that waited.
    pub submission: IntentId,
    /// Which way.
    pub verdict: Verdict,
    /// Why, in words; never empty.
    pub why: String,
    /// Who: the display name.
    pub by: String,
    /// When, by the server's clock, in milliseconds since the Unix epoch.
    pub at: i64,
    /// What it was that had to be decided.
    pub exceptions: Vec<Reason>,
}

/// The two ways to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Order at the prices that were pinned.
    Honour,
    /// Back to the site, which may order again at today's prices.
    Decline,
}

/// Why an order cannot be decided about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undecidable {
    /// It was decided already, or never waited.
    #[error("the order does not wait for a decision: somebody decided already, or the site sent it again")]
    NotWaiting,
    /// A decision without a reason helps nobody who reads it later.
    #[error("say why, in at most {NOTE_BYTES} bytes")]
    BadReason,
    /// What stands in the way of ordering it as pinned.
    #[error("it cannot be honoured, only declined: {0}")]
    NotHonourable(Box<Reason>),
}

impl ServerStatus {
    /// The answer to a submission that was not verified. It waits only when procurement alone can help: as long as the site has
    /// something to mend, it is refused with everything that was found.
    #[must_use]
    pub fn not_verified(submission: IntentId, reasons: Vec<Reason>, at: i64) -> Self {
        if !reasons.is_empty() && reasons.iter().all(Reason::is_exception) {
            Self::Waiting { submission, at, exceptions: reasons }
        } else {
            Self::Refused { submission, at, reasons }
        }
    }
}

/// Who decides, how and when.
#[derive(Debug, Clone, Copy)]
pub struct Decider<'a> {
    /// The submission that was looked at: one sent meanwhile is not meant.
    pub submission: IntentId,
    /// Which way.
    pub verdict: Verdict,
    /// Why, in words.
    pub why: &'a str,
    /// Who: the display name.
    pub by: &'a str,
    /// The server's time, in milliseconds since the Unix epoch.
    pub at: i64,
}

/// Decides about an order that waits: the new status, the decision to be recorded with it, and the purchase orders to be cut
/// when the pins are honoured. `catalogue` is the release that they name.
///
/// # Errors
/// [`Undecidable`]; nothing is to be recorded.
pub fn settle(
    order: &OrderState,
    catalogue: &Catalogue,
    decider: Decider<'_>,
) -> Result<(ServerStatus, Decision, Vec<CutOrder>), Undecidable> {
    let Decider { submission, verdict, why, by, at } = decider;
    let why = why.trim();
    if why.is_empty() || why.len() > NOTE_BYTES {
        return Err(Undecidable::BadReason);
    }
    let exceptions = match &order.server.status {
        Some(ServerStatus::Waiting { submission: waiting, exceptions, .. })
            if *waiting == submission && order.submitted.as_ref().is_some_and(|sent| sent.id == submission) =>
        {
            exceptions.clone()
        }
        _ => return Err(Undecidable::NotWaiting),
    };
    let (status, orders) = match verdict {
        Verdict::Honour => (ServerStatus::Accepted { at }, honour(order, catalogue, &exceptions)?),
        Verdict::Decline => {
            let declined = Reason::Declined { by: by.to_owned(), why: why.to_owned() };
            let reasons = std::iter::once(declined).chain(exceptions.iter().cloned()).collect();
            (ServerStatus::Refused { submission, at, reasons }, Vec::new())
        }
    };
    let decision = Decision { submission, verdict, why: why.to_owned(), by: by.to_owned(), at, exceptions };
    Ok((status, decision, orders))
}

fn honour(order: &OrderState, catalogue: &Catalogue, exceptions: &[Reason]) -> Result<Vec<CutOrder>, Undecidable> {
    if let Some(reason) = exceptions.iter().find(|reason| !reason.is_honourable()) {
        return Err(Undecidable::NotHonourable(Box::new(reason.clone())));
    }
    cut(order, catalogue)
        .map_err(|mut reasons| Undecidable::NotHonourable(Box::new(reasons.pop().unwrap_or(Reason::EmptyOrder))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::OrderStage;
    use crate::order::tests::{submitted, verified_on};
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
        verdict: Verdict,
        why: &str,
    ) -> Result<(ServerStatus, Decision, Vec<CutOrder>), Undecidable> {
        let submission = order.submitted.as_ref().unwrap().id;
        let catalogue = Catalogue::build(small()).unwrap();
        settle(order, &catalogue, Decider { submission, verdict, why, by: "Pia", at: 9 })
    }

    #[test]
    fn case_06_a_late_order_waits_frozen_and_is_ordered_at_its_pins_when_they_are_honoured() {
        let order = waiting();
        assert_eq!(order.stage(), OrderStage::Waiting);
        assert!(!order.is_editable());
        let (status, decision, cut) = decided(&order, Verdict::Honour, " the site was flooded ").unwrap();
        assert_eq!(status, ServerStatus::Accepted { at: 9 });
        assert_eq!((decision.why.as_str(), decision.exceptions.len()), ("the site was flooded", 1));
        let pinned = order.lines.values().find_map(|line| line.pin.as_ref()).unwrap();
        assert_eq!(cut[0].total, pinned.amount, "never a new price");
    }

    #[test]
    fn a_declined_order_goes_back_to_the_site_with_the_reason() {
        let mut order = waiting();
        let (status, decision, cut) = decided(&order, Verdict::Decline, "prices rose: please send it again").unwrap();
        assert!(cut.is_empty());
        let ServerStatus::Refused { reasons, .. } = &status else { panic!("{status:?}") };
        assert!(
            matches!(reasons.as_slice(), [Reason::Declined { by, .. }, Reason::ReleaseSuperseded { .. }, ..] if by == "Pia")
        );
        order.server.status = Some(status);
        order.server.decision = Some(decision);
        assert_eq!(order.stage(), OrderStage::Refused);
        assert!(order.is_editable());
        assert_eq!(decided(&order, Verdict::Honour, "on second thoughts"), Err(Undecidable::NotWaiting));
    }

    #[test]
    fn what_the_site_can_mend_is_refused_even_beside_an_exception() {
        let order = submitted(&[("flour", "1")]);
        let submission = order.submitted.as_ref().unwrap().id;
        let late = verified_on(&order, Some("2026-03-01"), "2026-03-20").unwrap_err();
        let both = [late.clone(), vec![Reason::MixedReleases]].concat();
        assert!(matches!(ServerStatus::not_verified(submission, both, 1), ServerStatus::Refused { .. }));
        assert!(matches!(ServerStatus::not_verified(submission, late, 1), ServerStatus::Waiting { .. }));
        assert!(matches!(ServerStatus::not_verified(submission, Vec::new(), 1), ServerStatus::Refused { .. }));
    }

    #[test]
    fn a_price_that_its_own_release_does_not_say_is_never_honoured() {
        let mut order = submitted(&[("flour", "1")]);
        order.lines.values_mut().next().unwrap().pin.as_mut().unwrap().unit_price = "1".parse().unwrap();
        let reasons = verified_on(&order, None, "2026-03-02").unwrap_err();
        let submission = order.submitted.as_ref().unwrap().id;
        order.server.status = Some(ServerStatus::not_verified(submission, reasons, 1));
        assert_eq!(order.stage(), OrderStage::Waiting);
        assert!(matches!(
            decided(&order, Verdict::Honour, "cheap"),
            Err(Undecidable::NotHonourable(reason)) if matches!(*reason, Reason::Differs { .. })
        ));
        assert!(decided(&order, Verdict::Decline, "this is not the contract's price").is_ok());
    }

    #[test]
    fn a_decision_says_why_and_means_one_submission() {
        let order = waiting();
        assert_eq!(decided(&order, Verdict::Honour, "  "), Err(Undecidable::BadReason));
        assert_eq!(decided(&order, Verdict::Honour, &"x".repeat(NOTE_BYTES + 1)), Err(Undecidable::BadReason));
        let mut sent_again = order.clone();
        sent_again.submitted.as_mut().unwrap().id = IntentId::mint(99, [9; 10]);
        assert_eq!(decided(&sent_again, Verdict::Honour, "fine"), Err(Undecidable::NotWaiting));
    }
}
