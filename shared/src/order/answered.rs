//! An order that a tablet offers after the server was restored from a backup, with the answer that
//! the server gave and lost. Nobody but the tablet says that it did; this says whether it can have.

use super::accept::{CutOrder, Reason};
use super::{OrderStage, OrderState, PurchaseOrder, ServerStatus};

/// Why the server cannot have answered so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Disproved {
    /// The number will be given to another purchase order.
    #[error("{number} is of the block in which numbers are given now")]
    NumberToCome {
        /// Which.
        number: String,
    },
    /// Another order has the number.
    #[error("{number} is another order's")]
    NumberOfAnother {
        /// Which.
        number: String,
    },
    /// On the day of the answer the order was not to be had as it is.
    #[error("{}", joined(.0))]
    NotVerified(Vec<Reason>),
    /// Other suppliers, days, lines or sums.
    #[error("its purchase orders are not what its lines come to in the release that they pin")]
    OtherOrders,
}

fn joined(reasons: &[Reason]) -> String {
    reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// When the order was answered, as its answer says, and no later than `now`; in milliseconds since
/// the Unix epoch.
#[must_use]
pub fn answered_at(order: &OrderState, now: i64) -> i64 {
    match &order.server.status {
        Some(ServerStatus::Accepted { at }) => (*at).min(now),
        _ => now,
    }
}

/// Checks the purchase orders that an offered order claims: their numbers are nobody else's and will
/// not be, and unless somebody honoured the order, they are what its pins come to.
///
/// `block` is the block in which numbers are given now, `is_anothers` says of a number whether
/// another order has it, and `verdict` is what [`super::accept::verify`] says of the order at
/// [`answered_at`].
///
/// # Errors
/// The first of these that does not hold.
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
        // Without a block numbers are simply counted: the counter would come to it.
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
