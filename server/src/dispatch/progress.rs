//! Writes how far a purchase order is, for the desk and for its site.

use calloff_core::document;
use calloff_core::order::{PurchaseOrderProgress, PurchaseOrderState};

use crate::error::ServiceError;
use crate::state::{AppState, Wake};
use crate::storage::WriteTransaction;
use crate::storage::feed::{self, ChangedDocument, StoredDocument, put_documents};
use crate::storage::purchase_orders::{PurchaseOrderPlace, set_purchase_order_state};

/// Writes the state of a purchase order into its row, and into the document of its order, which
/// brings it to the tablets of the site. The second part of `becomes` is why a person must send it.
///
/// # Errors
/// The database failed, or the order cannot be read.
pub(super) async fn set_state(
    write: &mut WriteTransaction,
    number: &str,
    place: &PurchaseOrderPlace,
    becomes: (PurchaseOrderState, Option<&str>),
    now: i64,
) -> Result<(), ServiceError> {
    let (state, why_person) = becomes;
    set_purchase_order_state(write, number, state, why_person, now).await?;
    match state {
        PurchaseOrderState::NeedsPerson
        | PurchaseOrderState::Uncertain
        | PurchaseOrderState::Sent => {
            tell_site(write, number, place, PurchaseOrderProgress { state, at: now }).await
        }
        // The server sends it at once. What the site knows holds until then.
        PurchaseOrderState::Unknown | PurchaseOrderState::ToSend => Ok(()),
    }
}

/// Wakes the desk and the tablets of the site.
pub(super) fn wake(state: &AppState, place: &PurchaseOrderPlace) {
    state.wake(Wake::Orders);
    state.wake(Wake::Documents(place.site.clone()));
}

async fn tell_site(
    write: &mut WriteTransaction,
    number: &str,
    place: &PurchaseOrderPlace,
    progress: PurchaseOrderProgress,
) -> Result<(), ServiceError> {
    let id = place.order;
    let failed =
        |error: document::DocumentError| ServiceError::Internal(format!("order {id}: {error}"));
    let missing = || ServiceError::Internal(format!("order {id} has no document"));
    let stored = feed::document(write, &id).await?.ok_or_else(missing)?;
    let mut changed = document::load(&stored.bytes).map_err(failed)?;
    document::record_progress(&id, &mut changed, number, &progress).map_err(failed)?;
    let document =
        StoredDocument { bytes: changed.save(), heads: document::heads(&changed), ..stored };
    put_documents(write, &[&ChangedDocument { document, changed_at: progress.at }]).await?;
    Ok(())
}
