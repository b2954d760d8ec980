//! The server's answer to a submission: every line is resolved again with the release it pins, then purchase orders are cut,
//! or the reasons say why not. Both are written into the order's document.

use calloff_core::order::accept::{CutOrder, PinnedRelease, Reason, verify};
use calloff_core::order::{OrderState, PurchaseOrder};
use calloff_core::sync::Validated;
use sqlx::SqliteConnection;

use crate::error::ServiceError;
use crate::state::AppState;
use crate::storage::orders::{Received, next_purchase_order_number};

/// Answers a submission that came in now.
///
/// # Errors
/// The server failed; nothing is to be kept.
pub async fn answer(
    state: &AppState,
    write: &mut SqliteConnection,
    submitted: Validated,
    now: i64,
) -> Result<(Validated, Received), ServiceError> {
    let order = submitted.state.clone();
    let received = Received { at: now, on: state.date_at(&order.site, now).await? };
    let id = order.document;
    let verdict = match verdict(state, order, received).await? {
        Ok(cut) => Ok(number(write, cut).await?),
        Err(reasons) => Err(reasons),
    };
    let answered = tokio::task::spawn_blocking(move || submitted.answer(verdict, now)).await?;
    let failed = |error| ServiceError::Internal(format!("the answer to order {id}: {error}"));
    Ok((answered.map_err(failed)?, received))
}

type Verdict = Result<Vec<CutOrder>, Vec<Reason>>;

async fn verdict(state: &AppState, order: OrderState, received: Received) -> Result<Verdict, ServiceError> {
    let release = release_to_verify_with(state, &order, received).await?;
    let Some(catalogue) = state.catalogue(release).await? else {
        return Ok(Err(vec![Reason::UnknownRelease { release }]));
    };
    let successor_effective_from = state.store.successor_effective_from(release).await?;
    let verified = tokio::task::spawn_blocking(move || {
        let pinned = PinnedRelease { number: release, catalogue: &catalogue, successor_effective_from };
        verify(&order, pinned, received.on)
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
        numbered.push(order.numbered(format!("PO-{number:06}")));
    }
    Ok(numbered)
}
