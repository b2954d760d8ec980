//! Documents that tablets offer after a restore. They contain changes that the server acknowledged
//! before and lacks now.
//!
//! An offer is kept in quarantine until somebody at head office takes it up. It contains answers of
//! the server from before the restore. Only the tablet says that these are the server's own
//! answers, and the person who takes the offer up trusts the tablet. The server checks the rest.
//! The document is whole and belongs to the tablet's site. No number of a purchase order is given
//! twice. The purchase orders are those of the named release, unless procurement decided about the
//! order.

use std::collections::BTreeSet;

use calloff_core::ids::{DeviceId, DocumentId};
use calloff_core::order::answered::{answered_at, check_answered};
use calloff_core::order::{OrderStage, OrderState, PurchaseOrder};
use calloff_core::sync::{Batch, Merged, Validated, merge_offered};
use calloff_core::wire::{
    AuditAct, Blob, DocumentAnswer, DocumentKind, DocumentOutcome, DocumentPush, PushRefusal,
    PushRefusalCode, PushRequest, PushResponse, QuarantineRow,
};

use super::answer::{Answering, SubmissionVerdict};
use super::check::{Arrival, seal};
use super::writes::Writes;
use crate::error::ServiceError;
use crate::state::{AppState, Wake};
use crate::storage::audit::{Act, Doing, record};
use crate::storage::devices::Device;
use crate::storage::feed::{QuarantinedBatch, RoomForOffers, StoredDocument};
use crate::storage::orders::{ToRecord, Visible, has_number, last_purchase_order_number};
use crate::storage::quarantine::{other_offers, remove_offer};
use crate::storage::{ServerStore, WriteTransaction};

/// Keeps the offers of a tablet as far as there is room. If the server already has all changes of a
/// document, it answers that it accepted them. It never drops an earlier offer of another document
/// for a new one.
///
/// # Errors
/// The server failed. Nothing was kept.
pub async fn offer(
    state: &AppState,
    device: &Device,
    request: PushRequest,
    now: i64,
) -> Result<PushResponse, ServiceError> {
    // This comes before the write lock is taken, because merging takes time.
    let mut looked = Vec::with_capacity(request.documents.len());
    for push in request.documents {
        let stored = state.store.document(&push.id).await?;
        let outcome = match looked_at(device, &push, stored).await? {
            Ok(validated) if validated.new_changes == 0 => {
                let changes = Blob(validated.lacked_by_tablet(&push.heads));
                Ok(DocumentOutcome::Accepted { heads: validated.heads, changes })
            }
            // Offers are kept even if they cannot be taken up now, because the server has another
            // version of the document by now. People have to see both.
            looked_at => Err(looked_at.err().unwrap_or_default()),
        };
        looked.push((push, outcome));
    }
    let mut writes = Writes::new(state.store.write().await?);
    let mut room = RoomForOffers::of(writes.written().await?, &device.id).await?;
    let mut documents = Vec::with_capacity(looked.len());
    for (DocumentPush { id, changes, .. }, outcome) in looked {
        let outcome = match outcome {
            Ok(accepted) => accepted,
            Err(reasons) if room.take(id, changes.0.len()) => {
                tracing::warn!(device = %device.id, document = %id, "offered after a restore: see refused batches");
                let refusals = [reasons, vec![offered()]].concat();
                writes.quarantine(QuarantinedBatch {
                    received_at: now,
                    device: device.id,
                    document: id,
                    refusals: refusals.clone(),
                    changes: changes.0,
                });
                DocumentOutcome::Refused { refusals, document: None }
            }
            Err(_) => {
                tracing::error!(
                    device = %device.id,
                    document = %id,
                    "no room for what a tablet offers: take up or discard what was offered (`calloff offer list`)"
                );
                DocumentOutcome::Refused { refusals: vec![too_many_offers()], document: None }
            }
        };
        documents.push(DocumentAnswer { id, outcome });
    }
    writes.commit().await?;
    Ok(PushResponse { incarnation: state.store.incarnation().await?.id, documents })
}

fn offered() -> PushRefusal {
    PushRefusal {
        change: None,
        code: PushRefusalCode::Offered,
        message:
            "head office's database was restored from a backup and lacks this; it is kept for head office to take up"
                .to_owned(),
    }
}

fn too_many_offers() -> PushRefusal {
    PushRefusal {
        change: None,
        code: PushRefusalCode::TooManyOffers,
        message: "head office keeps as many offers as it may: some have to be taken up or discarded first"
            .to_owned(),
    }
}

/// The result that taking up an offer would have now.
async fn looked_at(
    device: &Device,
    push: &DocumentPush,
    stored: Option<StoredDocument>,
) -> Result<Result<Validated, Vec<PushRefusal>>, ServiceError> {
    Ok(merged(device, push, stored).await?.and_then(Merged::seal))
}

async fn merged(
    device: &Device,
    push: &DocumentPush,
    stored: Option<StoredDocument>,
) -> Result<Result<Merged, Vec<PushRefusal>>, ServiceError> {
    let (device, push) = (device.clone(), push.clone());
    let merging = tokio::task::spawn_blocking(move || {
        if stored.as_ref().is_some_and(|stored| stored.site != device.site) {
            let message = "this document belongs to another site".to_owned();
            return Err(vec![PushRefusal {
                change: None,
                code: PushRefusalCode::WrongDocument,
                message,
            }]);
        }
        merge_offered(Batch {
            document: push.id,
            kind: push.kind,
            device: device.id,
            site: &device.site,
            stored: stored.as_ref().map(|stored| stored.bytes.as_slice()),
            changes: &push.changes.0,
        })
    });
    Ok(merging.await?)
}

/// Takes up an offer. Stores the document with the server's answers in it, its rows for finance and
/// its feed entry, in one transaction. A submission without an answer is answered now. Other offers
/// of the document that the server then has as a whole are removed, too.
///
/// # Errors
/// There is no such offer, or the reader may not see it; the offer cannot be taken up, with the
/// reason; the server failed. Nothing was kept.
pub async fn take_up(
    state: &AppState,
    visible: &Visible,
    id: i64,
    doing: &Doing,
) -> Result<(), ServiceError> {
    let (row, changes) = offer_of(&state.store, visible, id).await?;
    let device = Device { id: row.device, site: row.site, name: row.device_name };
    let mut writes = Writes::new(state.store.write().await?);
    let stored = writes.document(&row.document).await?;
    let kind =
        stored.as_ref().map_or_else(|| kind_of(&row.document, &device), |stored| stored.kind);
    let push = DocumentPush { id: row.document, kind, heads: Vec::new(), changes: Blob(changes) };
    let merged = merged(&device, &push, stored).await?.map_err(|refusals| not_taken(&refusals))?;
    let act = Act::new(AuditAct::OfferTakenUp, push.id).at(&device.site).with("device", device.id);
    if merged.new_changes == 0 {
        // The server has got the same changes from another tablet since.
        let others = settled_by(&mut writes, &push, id).await?;
        let connection = writes.written().await?;
        remove_offers(connection, id, others).await?;
        record(connection, doing, &act).await?;
        return writes.commit().await;
    }
    let mut answering = Answering::new(state);
    let (merged, received) = match merged.submitted() {
        Some(order) => {
            let (verdict, received) = answering.verdict(&mut writes, order, doing.at).await?;
            writes.last_number().await?;
            let verdict = verdict.map(|cut| writes.number(cut, doing.at));
            let answered =
                merged.answer(verdict, doing.at).map_err(|refusals| not_taken(&refusals))?;
            (answered, Some(received))
        }
        None => {
            let order = merged.state.order().filter(|order| order.submitted.is_some());
            let received = match order {
                Some(order) => {
                    let (verdict, received) =
                        answering.verdict(&mut writes, order, answered_at(order, doing.at)).await?;
                    check_claimed(&mut writes, order, verdict).await?;
                    Some(received)
                }
                None => None,
            };
            (merged, received)
        }
    };
    let validated = tokio::task::spawn_blocking(move || merged.seal()).await?;
    let validated = validated.map_err(|refusals| not_taken(&refusals))?;
    let taken = validated.state.order().filter(|order| order.submitted.is_some()).cloned();
    let arrival = Arrival { device, batch: push, now: doing.at, memory: 0 };
    writes.put_document(seal(&arrival, validated).document, doing.at);
    let Arrival { device, batch, .. } = arrival;
    if let (Some(order), Some(received)) = (&taken, received) {
        writes.record_order(ToRecord { order: order.clone(), received, is_first: false });
        if order.stage() == OrderStage::Accepted {
            answering.count(&mut writes, order).await?;
        }
    }
    let others = settled_by(&mut writes, &batch, id).await?;
    let connection = writes.written().await?;
    remove_offers(connection, id, others).await?;
    record(connection, doing, &act).await?;
    writes.commit().await?;
    state.wake(Wake::Documents(device.site));
    state.wake(Wake::Orders);
    Ok(())
}

/// The other offers of a document that hold nothing any more that the server lacks, after offer
/// `taken` of it was taken up.
async fn settled_by(
    writes: &mut Writes,
    push: &DocumentPush,
    taken: i64,
) -> Result<Vec<i64>, ServiceError> {
    let Some(stored) = writes.document(&push.id).await? else { return Ok(Vec::new()) };
    let offers = other_offers(writes.written().await?, &push.id, taken).await?;
    let merging = tokio::task::spawn_blocking(move || {
        let is_settled = |(_, device, changes): &(i64, DeviceId, Vec<u8>)| {
            let batch = Batch {
                document: stored.id,
                kind: stored.kind,
                device: *device,
                site: &stored.site,
                stored: Some(stored.bytes.as_slice()),
                changes,
            };
            merge_offered(batch).is_ok_and(|merged| merged.new_changes == 0)
        };
        offers.into_iter().filter(is_settled).map(|(id, ..)| id).collect()
    });
    Ok(merging.await?)
}

async fn remove_offers(
    write: &mut WriteTransaction,
    taken: i64,
    others: Vec<i64>,
) -> Result<(), ServiceError> {
    for id in others.into_iter().chain([taken]) {
        remove_offer(write, id).await?;
    }
    Ok(())
}

/// Discards an offer for good. The tablet keeps its document, and the server does not have it.
///
/// # Errors
/// There is no such offer, or the reader may not see it; the server failed.
pub async fn discard_offer(
    store: &ServerStore,
    visible: &Visible,
    id: i64,
    doing: &Doing,
) -> Result<(), ServiceError> {
    let (row, _) = offer_of(store, visible, id).await?;
    let act = Act::new(AuditAct::OfferDiscarded, row.document).at(&row.site);
    let mut write = store.write().await?;
    remove_offer(&mut write, id).await?;
    record(&mut write, doing, &act.with("device", row.device)).await?;
    Ok(write.commit().await?)
}

/// An offer with its changes.
async fn offer_of(
    store: &ServerStore,
    visible: &Visible,
    id: i64,
) -> Result<(QuarantineRow, Vec<u8>), ServiceError> {
    let unknown = || ServiceError::NotFound(format!("offer {id} in quarantine"));
    let (row, changes) = store.quarantine_entry(visible, id).await?.ok_or_else(unknown)?;
    if row.refusals.iter().any(|refusal| refusal.code == PushRefusalCode::Offered) {
        Ok((row, changes))
    } else {
        Err(ServiceError::Unprocessable(
            "this was refused, and not offered after a restore".to_owned(),
        ))
    }
}

fn kind_of(document: &DocumentId, device: &Device) -> DocumentKind {
    if *document == DocumentId::of_site(&device.site) {
        DocumentKind::Site
    } else {
        DocumentKind::Order
    }
}

fn not_taken(refusals: &[PushRefusal]) -> ServiceError {
    let reasons: Vec<&str> = refusals.iter().map(|refusal| refusal.message.as_str()).collect();
    ServiceError::Unprocessable(format!("this cannot be taken up: {}", reasons.join("; ")))
}

/// Checks the server's answer that an offered order contains, with its purchase orders. `verdict`
/// is the answer that the server would give.
async fn check_claimed(
    writes: &mut Writes,
    order: &OrderState,
    verdict: SubmissionVerdict,
) -> Result<(), ServiceError> {
    let connection = writes.written().await?;
    let (_, block) = last_purchase_order_number(connection).await?;
    let mut anothers = BTreeSet::new();
    for PurchaseOrder { number, .. } in &order.server.purchase_orders {
        if has_number(connection, number, &order.document).await? {
            anothers.insert(number.as_str());
        }
    }
    check_answered(order, &block, |number| anothers.contains(number), verdict)
        .map_err(|why| ServiceError::Unprocessable(format!("this cannot be taken up: {why}")))
}
