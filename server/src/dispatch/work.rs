//! The work of a job that sends a purchase order.

use calloff_core::calendar::Date;
use calloff_core::order::PurchaseOrderState;
use calloff_core::supplier::OrderChannel;
use calloff_core::wire::DispatchState;
use serde::{Deserialize, Serialize};

use super::mail::{Mailed, file_name, mail};
use super::page::csv;
use super::papers::Papers;
use super::progress::{set_state, wake};
use super::text::{Composed, compose};
use super::{Delivery, MailRoute, folder};
use crate::error::ServiceError;
use crate::failpoint::failpoint;
use crate::state::AppState;
use crate::storage::WriteTransaction;
use crate::storage::jobs::{ATTEMPTS, TakenJob, finish};
use crate::storage::orders::NO_CHANNEL;
use crate::storage::purchase_orders::{
    AttemptOutcome, NewDispatch, PurchaseOrderPlace, add_dispatch, begin_attempt, dispatches_of,
    end_attempt, purchase_order_place, set_dispatch_state, uncertain_attempts,
};

/// The most attempts of which nobody knows whether they arrived.
const UNCERTAIN_ATTEMPTS: u32 = 2;

/// What a person asked for. Without it, the server sends by itself for the first time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Asked {
    /// How often people asked to send this revision, from 1.
    pub copy: u32,
    /// The name of the person.
    pub by: Option<String>,
}

/// Sends a purchase order by the channels of its supplier, until one takes it.
///
/// # Errors
/// It was not taken for now. The job tries again later.
pub(crate) async fn send(state: &AppState, job: &TakenJob) -> Result<(), ServiceError> {
    let asked: Option<Asked> = serde_json::from_str(&job.payload)
        .map_err(|error| ServiceError::Internal(format!("the payload: {error}")))?;
    let asked = asked.unwrap_or(Asked { copy: 1, by: None });
    while let Some(attempt) = begin(state, &job.key, &asked).await? {
        failpoint!("before_dispatch");
        let delivery = attempt.deliver(state).await;
        failpoint!("after_dispatch");
        let answer = delivery.answer.clone();
        match conclude(state, job, &attempt, delivery).await? {
            Next::Ended => break,
            Next::OtherChannel => {}
            Next::Later => return Err(ServiceError::Internal(answer)),
        }
    }
    Ok(())
}

/// An attempt that was written down and now takes place.
struct Attempt {
    dispatch: i64,
    number: i64,
    channel: OrderChannel,
    /// The name of its file, without the ending.
    file: String,
    content: Vec<u8>,
    /// The UBL document that is written beside a CSV file.
    ubl: Option<Vec<u8>>,
}

/// Begins the next attempt. Its bytes are stored before they are sent. `None` if there is nothing
/// to send, or if a person must.
async fn begin(
    state: &AppState,
    number: &str,
    asked: &Asked,
) -> Result<Option<Attempt>, ServiceError> {
    // Nothing needs to be read of an order that somebody sent since.
    let place = purchase_order_place(&mut state.store.read().await?, number).await?;
    let Some(place) = place.filter(|place| is_open(place.state)) else { return Ok(None) };
    let Some(composed) = compose(state, number).await? else { return Ok(None) };
    let profile = state.store.supplier_profile(&place.supplier).await?;
    let today = state.local_at(&place.site, state.now()).await?.date();
    let organisation = state.store.organisation().await?.map(|found| found.id).unwrap_or_default();
    let channels: Vec<OrderChannel> =
        profile.channels.iter().map(|channel| addressed(channel, &composed)).collect();
    // Before the transaction, so that nobody waits for it.
    let papers = Papers::write(state, &composed.text, &profile, asked.copy).await?;
    let now = state.now();
    let mut write = state.store.write().await?;
    // A person may have decided since.
    let place = purchase_order_place(&mut write, number).await?;
    let Some(place) = place.filter(|place| is_open(place.state)) else { return Ok(None) };
    let revision = composed.text.revision;
    let all = dispatches_of(&mut write, number).await?;
    let ours: Vec<_> = all
        .iter()
        .filter(|sent| sent.revision == revision && sent.copy == asked.copy)
        .filter(|sent| sent.channel != OrderChannel::Manual)
        .collect();
    let mut why = day_passed(&composed, today).unwrap_or_default();
    // What may have arrived is never sent by another channel.
    if let Some(uncertain) = ours.iter().find(|sent| sent.state == DispatchState::Uncertain) {
        if why.is_empty() {
            let channel = uncertain.channel.clone();
            return resume(state, write, uncertain.id, channel, (&composed, &place)).await;
        }
        give_to_person(&mut write, number, &place, uncertain.id, now).await?;
        write.commit().await?;
        wake(state, &place);
        return Ok(None);
    }
    // It is too late, or somebody took the channel away.
    let is_over = |channel: &OrderChannel| !why.is_empty() || !channels.contains(channel);
    for sent in ours.iter().filter(|sent| is_over(&sent.channel)) {
        if sent.state == DispatchState::Waiting {
            set_dispatch_state(&mut write, sent.id, DispatchState::Failed).await?;
        }
    }
    if why.is_empty() {
        for channel in &channels {
            let stored = ours.iter().find(|sent| sent.channel == *channel);
            if let Some(stored) = stored {
                match stored.state {
                    DispatchState::Waiting => {
                        let about = (&composed, &place);
                        return resume(state, write, stored.id, channel.clone(), about).await;
                    }
                    DispatchState::Failed
                    | DispatchState::TakenBack
                    | DispatchState::Sent
                    | DispatchState::Uncertain => continue,
                }
            }
            let mailed = Mailed {
                to: channel.destination(),
                language: profile.language,
                copy: asked.copy,
                organisation: &organisation,
                at: now,
                pdf: &papers.pdf,
                ubl: papers.ubl.as_deref(),
            };
            match written(state, channel, &composed, mailed) {
                Ok(content) => {
                    let is_file = matches!(channel, OrderChannel::FileDrop(_));
                    let dispatch = NewDispatch {
                        purchase_order: number,
                        revision,
                        channel,
                        copy: asked.copy,
                        state: DispatchState::Waiting,
                        by: asked.by.as_deref(),
                        note: "",
                        at: now,
                        content: Some(content),
                        ubl: papers.ubl.clone().filter(|_| is_file),
                    };
                    let id = add_dispatch(&mut write, dispatch).await?;
                    return resume(state, write, id, channel.clone(), (&composed, &place)).await;
                }
                Err(reason) => why = reason,
            }
        }
    }
    let failed = ours.iter().any(|sent| sent.state == DispatchState::Failed);
    if why.is_empty() {
        let reason = if failed { "no channel of the supplier took it" } else { NO_CHANNEL };
        reason.clone_into(&mut why);
    }
    let by_person = PurchaseOrderState::NeedsPerson;
    set_state(&mut write, number, &place, (by_person, Some(&why)), now).await?;
    write.commit().await?;
    wake(state, &place);
    Ok(None)
}

fn is_open(state: PurchaseOrderState) -> bool {
    matches!(state, PurchaseOrderState::ToSend | PurchaseOrderState::Uncertain)
}

/// Why a purchase order is too late to be sent. `None` if it is not.
fn day_passed(composed: &Composed, today: Date) -> Option<String> {
    let day = composed.text.delivery_date;
    (day < today).then(|| format!("its delivery day, {day}, has passed"))
}

/// The channel with the address of the site's account, if the account has one of its own.
fn addressed(channel: &OrderChannel, composed: &Composed) -> OrderChannel {
    let address = composed.account.as_ref().map(|account| account.order_address.as_str());
    match (channel, address.filter(|address| !address.is_empty())) {
        (OrderChannel::Email(_), Some(address)) => OrderChannel::Email(address.to_owned()),
        _ => channel.clone(),
    }
}

/// Writes the bytes for a channel, or says why the server cannot use it.
fn written(
    state: &AppState,
    channel: &OrderChannel,
    composed: &Composed,
    mailed: Mailed<'_>,
) -> Result<Vec<u8>, String> {
    let outgoing = &state.settings.outgoing;
    let written = match channel {
        OrderChannel::Email(_) => match &outgoing.mail {
            Some((sender, _)) => mail(sender, &composed.text, mailed),
            None => return Err("this server has no mail server (--mail-server)".to_owned()),
        },
        OrderChannel::FileDrop(_) if outgoing.folder.is_none() => {
            return Err("this server has no folder for orders (--order-folder)".to_owned());
        }
        OrderChannel::FileDrop(_) => csv(&composed.text),
        OrderChannel::Webhook(_) => {
            return Err("this version of Calloff does not send by webhook".to_owned());
        }
        OrderChannel::Manual => return Err(NO_CHANNEL.to_owned()),
    };
    written.map_err(|error| error.to_string())
}

/// Writes that an attempt of a stored dispatch begins. `None` if it must not be sent once more.
async fn resume(
    state: &AppState,
    mut write: WriteTransaction,
    dispatch: i64,
    channel: OrderChannel,
    (composed, place): (&Composed, &PurchaseOrderPlace),
) -> Result<Option<Attempt>, ServiceError> {
    let number = composed.text.number.as_str();
    if uncertain_attempts(&mut write, dispatch).await? >= UNCERTAIN_ATTEMPTS {
        give_to_person(&mut write, number, place, dispatch, state.now()).await?;
        write.commit().await?;
        wake(state, place);
        return Ok(None);
    }
    let attempt = begin_attempt(&mut write, dispatch, state.now()).await?;
    write.commit().await?;
    let content = state.store.dispatch_content(dispatch).await?;
    let stored = content.ok_or_else(|| {
        ServiceError::Internal(format!("dispatch {dispatch} of {number} has no bytes"))
    })?;
    let file = file_name(number, composed.text.revision);
    let (content, ubl) = (stored.content, stored.ubl);
    Ok(Some(Attempt { dispatch, number: attempt, channel, file, content, ubl }))
}

impl Attempt {
    async fn deliver(&self, state: &AppState) -> Delivery {
        let outgoing = &state.settings.outgoing;
        match (&self.channel, &outgoing.mail, &outgoing.folder) {
            (OrderChannel::Email(to), Some((sender, MailRoute::Server(server))), _) => {
                server.send(&sender.from.email, to, &self.content).await
            }
            (OrderChannel::Email(_), Some((_, MailRoute::Folder(folder))), _) => {
                let name = format!("{}-{}.eml", self.file, self.dispatch);
                folder::put(folder, &name, &self.content).await
            }
            (OrderChannel::FileDrop(name), _, Some(base)) => {
                let folder = base.join(name);
                // The CSV file is the last one: who sees it finds the other one, too.
                if let Some(ubl) = &self.ubl {
                    let put = folder::put(&folder, &format!("{}.xml", self.file), ubl).await;
                    if put.outcome != AttemptOutcome::Accepted {
                        return put;
                    }
                }
                folder::put(&folder, &format!("{}.csv", self.file), &self.content).await
            }
            // The server was started again with other settings.
            _ => Delivery::temporary("this server cannot send by this channel any more"),
        }
    }
}

/// What to do after an attempt.
enum Next {
    /// There is nothing left to do.
    Ended,
    /// The next channel is tried.
    OtherChannel,
    /// The same channel is tried later.
    Later,
}

/// Writes what came of an attempt.
async fn conclude(
    state: &AppState,
    job: &TakenJob,
    attempt: &Attempt,
    delivery: Delivery,
) -> Result<Next, ServiceError> {
    let now = state.now();
    let number = job.key.as_str();
    let mut write = state.store.write().await?;
    let place = purchase_order_place(&mut write, number).await?;
    let Some(place) = place else {
        return Err(ServiceError::Internal(format!("there is no purchase order {number}")));
    };
    let is_open = is_open(place.state);
    let ids = (attempt.dispatch, attempt.number);
    end_attempt(&mut write, ids, delivery.outcome, &delivery.answer).await?;
    let next = match delivery.outcome {
        AttemptOutcome::Accepted => {
            set_dispatch_state(&mut write, attempt.dispatch, DispatchState::Sent).await?;
            if is_open {
                let sent = (PurchaseOrderState::Sent, None);
                set_state(&mut write, number, &place, sent, now).await?;
            }
            finish(&mut write, job, now).await?;
            Next::Ended
        }
        AttemptOutcome::Temporary if job.attempts < ATTEMPTS => Next::Later,
        AttemptOutcome::Temporary | AttemptOutcome::Permanent => {
            set_dispatch_state(&mut write, attempt.dispatch, DispatchState::Failed).await?;
            Next::OtherChannel
        }
        AttemptOutcome::Uncertain => {
            set_dispatch_state(&mut write, attempt.dispatch, DispatchState::Uncertain).await?;
            let count = uncertain_attempts(&mut write, attempt.dispatch).await?;
            if count >= UNCERTAIN_ATTEMPTS || job.attempts >= ATTEMPTS {
                give_to_person(&mut write, number, &place, attempt.dispatch, now).await?;
                Next::Ended
            } else {
                if is_open {
                    let uncertain = (PurchaseOrderState::Uncertain, None);
                    set_state(&mut write, number, &place, uncertain, now).await?;
                }
                Next::Later
            }
        }
    };
    write.commit().await?;
    wake(state, &place);
    Ok(next)
}

/// Leaves an uncertain dispatch to a person.
async fn give_to_person(
    write: &mut WriteTransaction,
    number: &str,
    place: &PurchaseOrderPlace,
    dispatch: i64,
    now: i64,
) -> Result<(), ServiceError> {
    const WHY: &str = "nobody knows whether it arrived: ask the supplier";
    set_dispatch_state(write, dispatch, DispatchState::Uncertain).await?;
    if is_open(place.state) {
        let uncertain = (PurchaseOrderState::Uncertain, Some(WHY));
        set_state(write, number, place, uncertain, now).await?;
    }
    Ok(())
}

/// Leaves a purchase order to a person, because its job does not run again.
///
/// # Errors
/// The database failed, or the order cannot be read.
pub(crate) async fn given_up(
    write: &mut WriteTransaction,
    number: &str,
    why: &str,
    now: i64,
) -> Result<(), ServiceError> {
    let place = purchase_order_place(write, number).await?;
    if let Some(place) = place.filter(|place| is_open(place.state)) {
        let state = match place.state {
            PurchaseOrderState::Uncertain => PurchaseOrderState::Uncertain,
            _ => PurchaseOrderState::NeedsPerson,
        };
        set_state(write, number, &place, (state, Some(why)), now).await?;
    }
    Ok(())
}
