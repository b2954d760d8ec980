//! What people do about purchase orders: send them again, say that they sent them, and take that
//! back.

use calloff_core::order::PurchaseOrderState;
use calloff_core::supplier::{OrderChannel, PROFILE_TEXT, is_profile_text};
use calloff_core::wire::{AuditAct, DispatchRow, DispatchState, SendRequest, SentByHandRequest};

use super::REVISION;
use super::progress::{set_state, wake};
use super::work::Asked;
use crate::auth::{ClientAddress, Permitted};
use crate::error::ServiceError;
use crate::state::{AppState, Wake};
use crate::storage::WriteTransaction;
use crate::storage::audit::{Act, record};
use crate::storage::orders::to_send;
use crate::storage::purchase_orders::{
    NewDispatch, PurchaseOrderPlace, add_dispatch, dispatches_of, purchase_order_place,
    set_dispatch_state,
};

/// Sends a purchase order by the channels of its supplier, perhaps once more.
///
/// # Errors
/// There is no such purchase order, somebody else was faster, the server cannot reach the supplier,
/// or the database failed. Nothing was changed.
pub async fn send_again(
    state: &AppState,
    permitted: &Permitted,
    from: &ClientAddress,
    number: &str,
    request: &SendRequest,
) -> Result<(), ServiceError> {
    let mut opened = Opened::new(state, permitted, number).await?;
    opened.check_seen(request.seen)?;
    if opened.place.state == PurchaseOrderState::ToSend {
        return Err(ServiceError::Unprocessable(
            "the server is already about to send it".to_owned(),
        ));
    }
    let profile = state.store.supplier_profile(&opened.place.supplier).await?;
    if !profile.is_reached_by_server() {
        return Err(ServiceError::Unprocessable(
            "the supplier has no channel by which the server can send: add one on the supplier's \
             page, or send the order yourself"
                .to_owned(),
        ));
    }
    let sent = opened.dispatches.iter().filter(|sent| sent.channel != OrderChannel::Manual);
    let copy = sent.map(|sent| sent.copy).max().unwrap_or(0) + 1;
    let asked = Asked { copy, by: Some(permitted.person.name.clone()) };
    let asked =
        serde_json::to_value(&asked).map_err(|error| ServiceError::Internal(error.to_string()))?;
    to_send(&mut opened.write, number, &asked, state.now()).await?;
    let act = Act::new(AuditAct::PurchaseOrderSendAsked, number).with("copy", copy);
    opened.end(state, permitted, from, (PurchaseOrderState::ToSend, None), act).await?;
    state.wake(Wake::Jobs);
    Ok(())
}

/// Writes that a person sent a purchase order.
///
/// # Errors
/// There is no such purchase order, somebody else was faster, the note is missing or cannot be
/// kept, or the database failed. Nothing was changed.
pub async fn sent_by_hand(
    state: &AppState,
    permitted: &Permitted,
    from: &ClientAddress,
    number: &str,
    request: &SentByHandRequest,
) -> Result<(), ServiceError> {
    let note = request.note.trim();
    if note.is_empty() || !is_profile_text(note) {
        return Err(ServiceError::Unprocessable(format!(
            "write how you sent it and to whom, in at most {PROFILE_TEXT} characters"
        )));
    }
    let mut opened = Opened::new(state, permitted, number).await?;
    opened.check_seen(request.seen)?;
    let by_hand = opened.dispatches.iter().filter(|sent| sent.channel == OrderChannel::Manual);
    let copy = by_hand.map(|sent| sent.copy).max().unwrap_or(0) + 1;
    let dispatch = NewDispatch {
        purchase_order: number,
        revision: REVISION,
        channel: &OrderChannel::Manual,
        copy,
        state: DispatchState::Sent,
        by: Some(&permitted.person.name),
        note,
        at: state.now(),
        content: None,
        ubl: None,
    };
    add_dispatch(&mut opened.write, dispatch).await?;
    let act = Act::new(AuditAct::PurchaseOrderSentByHand, number).with("note", note);
    opened.end(state, permitted, from, (PurchaseOrderState::Sent, None), act).await
}

/// Takes back that a person sent a purchase order. What the server sent cannot be taken back.
///
/// # Errors
/// There is no such purchase order, the last sending was not by hand, or the database failed.
/// Nothing was changed.
pub async fn not_sent(
    state: &AppState,
    permitted: &Permitted,
    from: &ClientAddress,
    number: &str,
) -> Result<(), ServiceError> {
    let mut opened = Opened::new(state, permitted, number).await?;
    let mut sent = opened.dispatches.iter().filter(|sent| sent.state == DispatchState::Sent);
    let last = sent.next().filter(|last| last.channel == OrderChannel::Manual);
    let Some(last) = last else {
        return Err(ServiceError::Unprocessable(
            "only a sending by hand can be taken back, and only the last one".to_owned(),
        ));
    };
    set_dispatch_state(&mut opened.write, last.id, DispatchState::TakenBack).await?;
    let act = Act::new(AuditAct::PurchaseOrderNotSent, number);
    let why = Some("a person took back that it was sent");
    opened.end(state, permitted, from, (PurchaseOrderState::NeedsPerson, why), act).await
}

/// A purchase order that a person changes.
struct Opened {
    write: WriteTransaction,
    place: PurchaseOrderPlace,
    dispatches: Vec<DispatchRow>,
}

impl Opened {
    async fn new(
        state: &AppState,
        permitted: &Permitted,
        number: &str,
    ) -> Result<Self, ServiceError> {
        let unknown = || ServiceError::NotFound(format!("purchase order {number}"));
        state.store.purchase_order(&permitted.visible, number).await?.ok_or_else(unknown)?;
        let mut write = state.store.write().await?;
        let place = purchase_order_place(&mut write, number).await?.ok_or_else(unknown)?;
        let dispatches = dispatches_of(&mut write, number).await?;
        Ok(Self { write, place, dispatches })
    }

    /// Checks that nobody sent it since the person looked at it.
    fn check_seen(&self, seen: u32) -> Result<(), ServiceError> {
        match usize::try_from(seen) {
            Ok(seen) if seen == self.dispatches.len() => Ok(()),
            _ => Err(ServiceError::Unprocessable(
                "it was sent in the meantime: look at the page again".to_owned(),
            )),
        }
    }

    async fn end(
        mut self,
        state: &AppState,
        permitted: &Permitted,
        from: &ClientAddress,
        (becomes, why): (PurchaseOrderState, Option<&str>),
        act: Act,
    ) -> Result<(), ServiceError> {
        let Self { write, place, .. } = &mut self;
        let purchase_order = act.target.clone();
        set_state(write, &purchase_order, place, (becomes, why), state.now()).await?;
        record(write, &permitted.doing(from, state), &act.at(&place.site)).await?;
        self.write.commit().await?;
        wake(state, &self.place);
        Ok(())
    }
}
