//! The server's answer to a submission: every line is resolved again with the release it pins, then purchase orders are cut,
//! or the reasons say why not. Both are written into the order's document.

use automerge::Automerge;
use calloff_core::document::{self, write::record_answer};
use calloff_core::order::accept::{CutOrder, PinnedRelease, Reason, verify};
use calloff_core::order::{OrderState, PurchaseOrder, ServerStatus};
use calloff_core::wire::Heads;
use sqlx::SqliteConnection;

use crate::error::ServiceError;
use crate::state::AppState;
use crate::storage::orders::{Received, next_purchase_order_number};

/// A document with the order in it, as it is to be stored.
pub struct Answered {
    /// The document.
    pub document: Automerge,
    /// The same, saved.
    pub bytes: Vec<u8>,
    /// Its heads.
    pub heads: Heads,
    /// The order in it.
    pub order: OrderState,
}

/// Answers a submission that came in now.
///
/// # Errors
/// The server failed; nothing is to be kept.
pub async fn answer(
    state: &AppState,
    write: &mut SqliteConnection,
    submitted: Answered,
    now: i64,
) -> Result<(Answered, Received), ServiceError> {
    let Answered { document, order, .. } = submitted;
    let received = Received { at: now, on: state.date_at(&order.site, now).await? };
    let (order, verdict) = verdict(state, order, received).await?;
    let (status, purchase_orders) = match verdict {
        Ok(cut) => (ServerStatus::Accepted { at: now }, number(write, cut).await?),
        Err(reasons) => (refused(&order, reasons, now)?, Vec::new()),
    };
    let written = tokio::task::spawn_blocking(move || write_answer(&order, document, &status, &purchase_orders, now));
    Ok((written.await??, received))
}

type Verdict = Result<Vec<CutOrder>, Vec<Reason>>;

async fn verdict(
    state: &AppState,
    order: OrderState,
    received: Received,
) -> Result<(OrderState, Verdict), ServiceError> {
    let release = release_to_verify_with(state, &order, received).await?;
    let Some(catalogue) = state.catalogue(release).await? else {
        return Ok((order, Err(vec![Reason::UnknownRelease { release }])));
    };
    let successor_effective_from = state.store.successor_effective_from(release).await?;
    let verified = tokio::task::spawn_blocking(move || {
        let pinned = PinnedRelease { number: release, catalogue: &catalogue, successor_effective_from };
        let verdict = verify(&order, pinned, received.on);
        (order, verdict)
    });
    Ok(verified.await?)
}

/// The release that the first pin names. An order without any pin is verified with the one in force, which finds every line
/// unpinned; 0, which no release has, before the first.
async fn release_to_verify_with(state: &AppState, order: &OrderState, received: Received) -> Result<u64, ServiceError> {
    if let Some(pin) = order.lines.values().find_map(|line| line.pin.as_ref()) {
        return Ok(pin.release);
    }
    let in_force = state.store.release_in_force(received.on).await?;
    Ok(in_force.map_or(0, |release| release.issue.number))
}

async fn number(write: &mut SqliteConnection, cut: Vec<CutOrder>) -> Result<Vec<PurchaseOrder>, ServiceError> {
    let mut numbered = Vec::with_capacity(cut.len());
    for order in cut {
        let number = next_purchase_order_number(write).await?;
        numbered.push(PurchaseOrder {
            number: format!("PO-{number:06}"),
            supplier: order.supplier,
            supplier_name: order.supplier_name,
            delivery_date: order.delivery_date,
            total: order.total,
            lines: order.lines,
        });
    }
    Ok(numbered)
}

fn refused(order: &OrderState, reasons: Vec<Reason>, at: i64) -> Result<ServerStatus, ServiceError> {
    let submission = order.submitted.as_ref().map(|submission| submission.id);
    let submission =
        submission.ok_or_else(|| ServiceError::Internal("an order without submission was answered".into()))?;
    Ok(ServerStatus::Refused { submission, at, reasons })
}

/// Writes the answer, and makes sure that what is stored can be loaded again.
fn write_answer(
    order: &OrderState,
    mut document: Automerge,
    status: &ServerStatus,
    purchase_orders: &[PurchaseOrder],
    now: i64,
) -> Result<Answered, ServiceError> {
    let failed = |what: String| ServiceError::Internal(format!("the answer to order {}: {what}", order.document));
    record_answer(&order.document, &mut document, status, purchase_orders, now)
        .map_err(|error| failed(error.to_string()))?;
    let bytes = document.save();
    let reloaded = document::load(&bytes).map_err(|error| failed(error.to_string()))?;
    let heads = document::heads(&reloaded);
    if heads != document::heads(&document) {
        return Err(failed("the document differs after it was saved".to_owned()));
    }
    let (state, _) = document::read(order.document, &reloaded);
    let order = state.ok_or_else(|| failed("the document holds no order any more".to_owned()))?;
    Ok(Answered { document: reloaded, bytes, heads, order })
}
