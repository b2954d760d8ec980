//! Checks an order that a tablet offers after a restore, with the answer that the server gave and
//! lost. Only the tablet says that the server gave this answer. These checks find out whether the
//! server can have given it.

use super::accept::{CutOrder, Reason};
use super::{OrderStage, OrderState, PurchaseOrder, ServerStatus};

/// The reasons why the server cannot have given the answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Disproved {
    /// The server will give the number to another purchase order.
    #[error("{number} is of the block in which numbers are given now")]
    NumberToCome {
        /// The number of the purchase order.
        number: String,
    },
    /// Another order has the number.
    #[error("{number} is another order's")]
    NumberOfAnother {
        /// The number of the purchase order.
        number: String,
    },
    /// On the day of the answer, the order did not pass verification, for these reasons.
    #[error("{}", joined(.0))]
    NotVerified(Vec<Reason>),
    /// The claimed purchase orders differ from the verified ones in suppliers, delivery days, lines
    /// or totals.
    #[error("its purchase orders are not what its lines come to in the release that they name")]
    OtherOrders,
}

fn joined(reasons: &[Reason]) -> String {
    reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The time of the answer in milliseconds since the Unix epoch, as the order states it, and at most
/// `now`. `now` if the order was not accepted.
#[must_use]
pub fn answered_at(order: &OrderState, now: i64) -> i64 {
    match &order.server.status {
        Some(ServerStatus::Accepted { at }) => (*at).min(now),
        _ => now,
    }
}

/// Checks the purchase orders that an offered order claims. No other purchase order has one of
/// their numbers or will get it. Unless procurement decided about the order, they must also be the
/// purchase orders of its locked prices.
///
/// `block` is the present block of purchase order numbers. `is_anothers` says whether another
/// order has a number. `verdict` is the result of [`super::accept::verify`] for the order at
/// [`answered_at`].
///
/// # Errors
/// The first check that fails.
pub fn check_answered(
    order: &OrderState,
    block: &str,
    is_anothers: impl Fn(&str) -> bool,
    verdict: Result<Vec<CutOrder>, Vec<Reason>>,
) -> Result<(), Disproved> {
    let claimed = &order.server.purchase_orders;
    if order.stage() != OrderStage::Accepted && claimed.is_empty() {
        return Ok(());
    }
    for PurchaseOrder { number, .. } in claimed {
        // Without a block, numbers are only counted, so the counter would reach this number.
        if block.is_empty() || number.starts_with(&format!("PO-{block}-")) {
            return Err(Disproved::NumberToCome { number: number.clone() });
        }
        if is_anothers(number) {
            return Err(Disproved::NumberOfAnother { number: number.clone() });
        }
    }
    if order.server.decision.is_some() {
        return Ok(());
    }
    let cut = verdict.map_err(Disproved::NotVerified)?;
    let mut due: Vec<_> = cut.into_iter().map(|cut| cut.numbered(String::new())).collect();
    let mut claimed: Vec<_> = claimed.iter().collect();
    due.sort_by(|a, b| a.lines.cmp(&b.lines));
    claimed.sort_by(|a, b| a.lines.cmp(&b.lines));
    if due.len() == claimed.len()
        && due.iter().zip(claimed).all(|(due, claimed)| is_of(due, claimed))
    {
        Ok(())
    } else {
        Err(Disproved::OtherOrders)
    }
}

/// Whether a claimed purchase order says what the order's locked prices come to. Earlier versions
/// of Calloff wrote no charges and no names.
fn is_of(due: &PurchaseOrder, claimed: &PurchaseOrder) -> bool {
    let charges = if claimed.charges.is_empty() { Vec::new() } else { due.charges.clone() };
    let supplier_name = claimed.supplier_name.as_ref().and(due.supplier_name.clone());
    let item_names =
        if claimed.item_names.is_empty() { Default::default() } else { due.item_names.clone() };
    let number = claimed.number.clone();
    *claimed == PurchaseOrder { number, charges, supplier_name, item_names, ..due.clone() }
}
