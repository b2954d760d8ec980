//! Orders on hold for procurement, and the decisions about them.

use calloff_core::document;
use calloff_core::ids::DocumentId;
use calloff_core::order::caps::check_caps;
use calloff_core::order::exception::{Decider, Undecidable, settle};
use calloff_core::wire::{AuditAct, DecisionRequest};

use crate::auth::{ClientAddress, Permitted};
use crate::error::ServiceError;
use crate::finance::read_order;
use crate::state::{AppState, Wake};
use crate::storage::allotments::{left_to, settle_all_of};
use crate::storage::audit::{Act, record};
use crate::storage::feed::StoredDocument;
use crate::storage::orders::{Received, ToRecord};
use crate::sync::{Answering, Writes};

/// Decides about an order on hold. The document, the rows of finance, the purchase orders and the
/// feed entry are written in one transaction. Of two decisions about one submission, the first
/// counts.
///
/// # Errors
/// This person may not decide about the order, the order is not on hold, the decision is not
/// possible, or the server failed. Nothing was kept.
pub async fn decide(
    state: &AppState,
    permitted: &Permitted,
    from: &ClientAddress,
    id: DocumentId,
    request: DecisionRequest,
) -> Result<(), ServiceError> {
    let unknown = || ServiceError::NotFound(format!("order {id}"));
    let row = state.store.order_row(&permitted.visible, &id).await?.ok_or_else(unknown)?;
    let received = Received {
        at: row.received_at,
        on: row.received_on,
        time_zone: row.time_zone,
        unknown_names: row.unknown_names,
    };
    let mut writes = Writes::new(state.store.write().await?);
    let stored = writes.document(&id).await?.ok_or_else(unknown)?;
    let order = read_order(&stored)?;
    let catalogue = state.catalogue(row.release.unwrap_or_default()).await?;
    let catalogue = catalogue.ok_or_else(|| {
        ServiceError::Unprocessable("the release that it names is gone".to_owned())
    })?;
    let now = state.now();
    let DecisionRequest { submission, verdict, why, new_days } = &request;
    let by = permitted.person.name.as_str();
    let at_site = state.local_at(&row.site, now).await?;
    let decider =
        Decider { submission: *submission, verdict: *verdict, why, by, at: now, at_site, new_days };
    let (status, decision, cut) = settle(&order, &catalogue, decider)?;

    writes.last_number().await?;
    let purchase_orders = writes.number(cut, now);
    let failed =
        |error: document::DocumentError| ServiceError::Internal(format!("order {id}: {error}"));
    let mut changed = document::load(&stored.bytes).map_err(failed)?;
    document::record_answer(&id, &mut changed, &status, &purchase_orders, Some(&decision))
        .map_err(failed)?;
    let decided =
        StoredDocument { bytes: changed.save(), heads: document::heads(&changed), ..stored };
    // The stored bytes were read back, as with a push.
    let order = read_order(&decided)?;
    if order.server.decision.as_ref() != Some(&decision) {
        return Err(ServiceError::Internal(format!(
            "order {id}: the decision does not load as it was saved"
        )));
    }
    if order.is_honoured() {
        let left = left_to(writes.written().await?, &order.site).await?;
        if let Some(reason) = check_caps(&order, &catalogue, &left).first() {
            return Err(Undecidable::NotHonourable { reason: Box::new(reason.clone()) }.into());
        }
    }
    writes.put_document(decided, now);
    writes.record_order(ToRecord { order: order.clone(), received, is_first: false });
    if order.is_honoured() {
        Answering::new(state).count(&mut writes, &order).await?;
    }
    // What is recalled from the site may have waited for this order.
    settle_all_of(writes.written().await?, &row.site).await?;
    let act = Act::new(AuditAct::ExceptionDecided, id).at(&order.site);
    let act = act
        .with("verdict", if order.is_honoured() { "honour" } else { "decline" })
        .with("reason", &decision.why);
    // Each as "locked day/new day".
    let moved: Vec<String> =
        order.moved_deliveries().iter().map(|(_, from, to)| format!("{from}/{to}")).collect();
    let act = if moved.is_empty() { act } else { act.with("delivery_days", moved.join(" ")) };
    record(writes.written().await?, &permitted.doing(from, state), &act).await?;
    writes.commit().await?;
    state.wake(Wake::Documents(row.site));
    state.wake(Wake::Orders);
    Ok(())
}
