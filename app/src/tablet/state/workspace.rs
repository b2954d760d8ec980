//! The tablet's orders and its site's settings. Reads are signals, and [`Workspace::dispatch`] is
//! the only write.
//!
//! A command is decided, written to the document and put in the outbox, all in memory. Then it is
//! stored in one strict transaction, and only after that the signals change. So everything that the
//! screen shows as saved is on the disk.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::str::FromStr;
use std::sync::Arc;

use calloff_core::document::AnyIntent;
use calloff_core::ids::{DeviceId, DocumentId, IdError, IntentId, OrderLineId};
use calloff_core::intent::Intent;
use calloff_core::order::{self, OrderStage, OrderState};
use calloff_core::site::SiteState;
use calloff_core::sync::{Effect, NoEnd, Replica, Rounds, Step, SyncNotice};
use calloff_core::wire::{PullResponse, PushRefusal, PushRefusalCode, PushResponse};
use futures_channel::mpsc::UnboundedSender;
use futures_util::lock::Mutex;
use leptos::prelude::*;

use super::dispatch_error::DispatchError;
use super::session::{self, Enrolment, SessionError};
use super::tabs::{Said, Tabs};
use super::unsent::Unsent;
use super::{hints, replica_store};
use crate::platform::clock;
use crate::platform::ids::{NoRandomness, random_bytes};
use crate::platform::kv_store::{IndexedDbStore, KvError};

/// One order, as views see it.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderView {
    pub state: Arc<OrderState>,
    /// Whether a part of the order is only on this tablet.
    pub is_unsent: bool,
    /// Why the server does not take the order as it is. Empty if it does.
    pub held_back: Arc<[PushRefusal]>,
}

impl OrderView {
    /// Whether head office keeps the order until somebody there takes it up. The site has nothing
    /// to do.
    #[must_use]
    pub fn is_offered(&self) -> bool {
        self.held_back.iter().any(|refusal| refusal.code == PushRefusalCode::Offered)
    }
}

/// The orders of this tablet and its site's settings.
#[derive(Clone, Copy)]
pub struct Workspace {
    /// Locked while something is stored, so that actions are stored in the order in which people
    /// did them.
    disk: StoredValue<Rc<Mutex<Disk>>, LocalStorage>,
    orders: RwSignal<BTreeMap<DocumentId, OrderView>>,
    /// The settings of the tablet's site.
    settings: RwSignal<Arc<SiteState>>,
    unsent: RwSignal<Unsent>,
    /// How often the storage was lost and written again since the start.
    losses: RwSignal<u32>,
    wake: StoredValue<UnboundedSender<()>, LocalStorage>,
    tabs: Tabs,
    device: DeviceId,
}

struct Disk {
    replica: Replica,
    /// Whether memory holds a change that the disk did not store. Then nothing is done or sent
    /// until memory is as the disk is.
    is_ahead: bool,
    store: IndexedDbStore,
    enrolment: StoredValue<Arc<Enrolment>>,
}

impl Workspace {
    /// Makes the workspace from the data that was loaded from `store`. `wake` gets a message
    /// whenever there is something to send.
    #[must_use]
    pub fn new(
        replica: Replica,
        store: IndexedDbStore,
        enrolment: StoredValue<Arc<Enrolment>>,
        wake: UnboundedSender<()>,
        tabs: Tabs,
    ) -> Self {
        let settings =
            DocumentId::of_site(&enrolment.with_value(|enrolment| enrolment.granted.site.clone()));
        let known = replica.site(settings).cloned().unwrap_or_else(|| SiteState::empty(settings));
        let workspace = Self {
            tabs,
            device: replica.device(),
            orders: RwSignal::new(views(&replica)),
            settings: RwSignal::new(Arc::new(known)),
            unsent: RwSignal::new(unsent(&replica)),
            losses: RwSignal::new(0),
            disk: StoredValue::new_local(Rc::new(Mutex::new(Disk {
                replica,
                is_ahead: false,
                store,
                enrolment,
            }))),
            wake: StoredValue::new_local(wake),
        };
        hints::set_unsent(workspace.unsent.get_untracked());
        workspace.wake();
        workspace
    }

    /// How often the storage was lost and written again since the start.
    #[must_use]
    pub fn losses(self) -> u32 {
        self.losses.get()
    }

    /// As [`Self::losses`], for the loop that talks to the server.
    #[must_use]
    pub fn losses_untracked(self) -> u32 {
        self.losses.get_untracked()
    }

    /// All orders on this tablet, by identifier, which is oldest first.
    #[must_use]
    pub fn orders(self) -> BTreeMap<DocumentId, OrderView> {
        self.orders.get()
    }

    /// One order. A view that reads it is drawn again only when this order changes.
    #[must_use]
    pub fn order(self, id: DocumentId) -> Memo<Option<OrderView>> {
        Memo::new(move |_| self.orders.with(|orders| orders.get(&id).cloned()))
    }

    /// One order, for an event handler.
    #[must_use]
    pub fn order_untracked(self, id: DocumentId) -> Option<OrderView> {
        self.orders.with_untracked(|orders| orders.get(&id).cloned())
    }

    /// The site's own settings, such as its order guide and receiving hours.
    #[must_use]
    pub fn settings(self) -> Arc<SiteState> {
        self.settings.get()
    }

    /// As [`Self::settings`], for an event handler: it does not run again when the settings change.
    #[must_use]
    pub fn settings_untracked(self) -> Arc<SiteState> {
        self.settings.get_untracked()
    }

    #[must_use]
    pub fn unsent(self) -> Unsent {
        self.unsent.get()
    }

    /// As [`Self::unsent`], for an event handler: it does not run again when the number changes.
    #[must_use]
    pub fn unsent_untracked(self) -> Unsent {
        self.unsent.get_untracked()
    }

    /// Carries out a person's commands on one document. All of them are stored in one transaction,
    /// or none.
    ///
    /// # Errors
    /// A rule forbids one of the commands, or the disk does not store them.
    pub async fn dispatch<C>(
        self,
        by: &str,
        document: DocumentId,
        commands: Vec<C>,
    ) -> Result<(), DispatchError>
    where
        Intent<C>: Into<AnyIntent>,
    {
        let at = clock::now_ms();
        let mut intents = Vec::with_capacity(commands.len());
        for command in commands {
            let id = IntentId::mint(at, random_bytes()?);
            intents.push(
                Intent { id, document, command, by: by.to_owned(), device: self.device, at }.into(),
            );
        }
        if !self.tabs.leads() {
            return self.tabs.hand_over(intents).await;
        }
        let disk = self.disk.get_value();
        let mut disk = disk.lock().await;
        self.be_as_stored(&mut disk).await?;
        self.carry_out(&mut disk, intents).await
    }

    /// Carries out intents from another tab, or from this tab before it led. Intents that are done
    /// already are skipped.
    ///
    /// # Errors
    /// The errors of [`Self::dispatch`].
    pub async fn carry_out_handed_over(
        self,
        mut intents: Vec<AnyIntent>,
    ) -> Result<(), DispatchError> {
        let disk = self.disk.get_value();
        let mut disk = disk.lock().await;
        self.be_as_stored(&mut disk).await?;
        intents.retain(|intent| !disk.replica.knows(intent.document(), intent.id()));
        self.carry_out(&mut disk, intents).await
    }

    async fn carry_out(
        self,
        disk: &mut Disk,
        intents: Vec<AnyIntent>,
    ) -> Result<(), DispatchError> {
        if is_sent_already(&intents, |document| disk.replica.order(document)) {
            return Ok(());
        }
        let mut effects = Vec::new();
        for intent in intents {
            match disk.replica.dispatch(intent) {
                Ok(more) => effects.extend(more),
                Err(error) => {
                    // The commands before this one are in memory only.
                    disk.is_ahead = true;
                    self.be_as_stored(disk).await?;
                    return Err(error.into());
                }
            }
        }
        self.store(disk, effects).await?;
        self.wake();
        Ok(())
    }

    /// Reads the data that another tab stored.
    ///
    /// # Errors
    /// The storage cannot be read.
    pub async fn read_again(self) -> Result<(), KvError> {
        let disk = self.disk.get_value();
        let mut disk = disk.lock().await;
        if disk.reload().await == Err(KvError::Closed) {
            disk.store.reopen().await?;
            disk.reload().await?;
        }
        self.show(&disk.replica);
        Ok(())
    }

    /// The next step of the round.
    ///
    /// # Errors
    /// The disk cannot be read after it did not store something. The inner result is [`NoEnd`] if
    /// the round does not end.
    pub async fn next_step(
        self,
        rounds: &mut Rounds,
        app_version: &str,
    ) -> Result<Result<Step, NoEnd>, DispatchError> {
        let disk = self.disk.get_value();
        let mut disk = disk.lock().await;
        self.be_as_stored(&mut disk).await?;
        Ok(rounds.next(&disk.replica, app_version))
    }

    /// Stores everything again if the browser deleted the storage. Without this check, a tablet
    /// that nobody touches would not notice.
    ///
    /// # Errors
    /// The disk cannot be read or written.
    pub async fn look_after_storage(self) -> Result<(), DispatchError> {
        let disk = self.disk.get_value();
        let mut disk = disk.lock().await;
        self.be_as_stored(&mut disk).await?;
        match session::is_gone(&disk.store).await {
            Ok(false) => Ok(()),
            Ok(true) | Err(KvError::Closed) => Ok(self.open_again(&mut disk).await?),
            Err(error) => Err(error.into()),
        }
    }

    /// Sends a document again that the server did not take, because a person asks for it.
    ///
    /// # Errors
    /// The disk did not store it.
    pub async fn try_again(self, document: DocumentId) -> Result<(), DispatchError> {
        if !self.tabs.leads() {
            self.tabs.say(&Said::TryAgain { document });
            return Ok(());
        }
        self.take_in(|replica| replica.try_again(document)).await?;
        self.wake();
        Ok(())
    }

    /// Makes the unsent work of an earlier identity this tablet's own, and returns the notices for
    /// people.
    ///
    /// # Errors
    /// The disk did not store it. The next round asks for the same again.
    pub async fn take_over(self) -> Result<Vec<SyncNotice>, DispatchError> {
        self.take_in(Replica::take_over).await
    }

    /// Takes in the server's answer to a push, and returns the notices for people.
    ///
    /// # Errors
    /// The disk did not store it. The next round asks for the same again.
    pub async fn on_push_response(
        self,
        response: PushResponse,
    ) -> Result<Vec<SyncNotice>, DispatchError> {
        self.take_in(|replica| replica.on_push_response(response)).await
    }

    /// Merges the server's changes, and returns the notices for people.
    ///
    /// # Errors
    /// The disk did not store them. The next round asks for the same again.
    pub async fn on_pull_response(
        self,
        response: PullResponse,
    ) -> Result<Vec<SyncNotice>, DispatchError> {
        self.take_in(|replica| replica.on_pull_response(response)).await
    }

    async fn take_in(
        self,
        change: impl FnOnce(&mut Replica) -> Vec<Effect>,
    ) -> Result<Vec<SyncNotice>, DispatchError> {
        let disk = self.disk.get_value();
        let mut disk = disk.lock().await;
        self.be_as_stored(&mut disk).await?;
        let effects = change(&mut disk.replica);
        self.store(&mut disk, effects).await
    }

    /// Stores effects and shows their result. If the disk refuses, memory goes back to the disk's
    /// state. If the disk's content is gone, everything in memory is stored again.
    async fn store(
        self,
        disk: &mut Disk,
        effects: Vec<Effect>,
    ) -> Result<Vec<SyncNotice>, DispatchError> {
        let stored = match replica_store::carry_out(&disk.store, effects.clone()).await {
            Err(KvError::Closed) => match self.open_again(disk).await {
                Ok(()) => replica_store::carry_out(&disk.store, effects).await,
                Err(error) => Err(error),
            },
            stored => stored,
        };
        match stored {
            Ok(notices) => {
                self.show(&disk.replica);
                Ok(notices)
            }
            Err(error) => {
                disk.is_ahead = true;
                self.be_as_stored(disk).await?;
                self.show(&disk.replica);
                Err(error.into())
            }
        }
    }

    /// Sets memory back to the disk's state, if memory is ahead of it.
    async fn be_as_stored(self, disk: &mut Disk) -> Result<(), KvError> {
        if !disk.is_ahead {
            return Ok(());
        }
        match disk.reload().await {
            Err(KvError::Closed) => self.open_again(disk).await,
            reloaded => reloaded,
        }
    }

    /// Opens the storage again that the browser closed. If the browser also emptied it, everything
    /// is stored again.
    async fn open_again(self, disk: &mut Disk) -> Result<(), KvError> {
        match disk.open_again().await? {
            Reopened::AsItWas if disk.is_ahead => disk.reload().await,
            Reopened::AsItWas => Ok(()),
            Reopened::Emptied => {
                disk.is_ahead = false;
                self.losses.update(|losses| *losses += 1);
                Ok(())
            }
        }
    }

    fn show(self, replica: &Replica) {
        self.orders.set(views(replica));
        let settings = self.settings.with_untracked(|settings| settings.document);
        if let Some(settings) = replica.site(settings)
            && self.settings.with_untracked(|before| **before != *settings)
        {
            self.settings.set(Arc::new(settings.clone()));
        }
        if self.tabs.leads() {
            self.tabs.say(&Said::Stored);
        }
        let unsent = unsent(replica);
        if self.unsent.get_untracked() != unsent {
            hints::set_unsent(unsent);
            self.unsent.set(unsent);
        }
    }

    fn wake(self) {
        // The receiving loop ends only with the page.
        self.wake.with_value(|wake| drop(wake.unbounded_send(())));
    }
}

/// The storage that was found after it was opened again.
enum Reopened {
    AsItWas,
    /// It was empty. Everything in memory is on it now.
    Emptied,
}

impl Disk {
    /// Opens the storage again that the browser closed. If it was emptied, it gets documents and
    /// outbox from memory, which holds everything that was on the disk.
    async fn open_again(&mut self) -> Result<Reopened, KvError> {
        self.store.reopen().await?;
        if !session::is_gone(&self.store).await? {
            return Ok(Reopened::AsItWas);
        }
        replica_store::store_again(&self.store, &self.replica).await?;
        // The identity is stored last, because without it the storage counts as lost.
        session::save(&self.store, &self.enrolment.get_value()).await.map_err(
            |error| match error {
                SessionError::Storage(error) => error,
                SessionError::Unreadable(reason) => KvError::Failed(reason),
            },
        )?;
        Ok(Reopened::Emptied)
    }

    async fn reload(&mut self) -> Result<(), KvError> {
        let loaded = replica_store::load(&self.store, self.replica.device()).await?;
        self.replica =
            loaded.replica.after_losses(self.enrolment.with_value(|enrolment| enrolment.losses));
        self.is_ahead = false;
        Ok(())
    }
}

fn views(replica: &Replica) -> BTreeMap<DocumentId, OrderView> {
    let view = |order: &OrderState| OrderView {
        state: Arc::new(order.clone()),
        is_unsent: replica.is_unsent(order.document),
        held_back: replica.held_back(order.document).into(),
    };
    replica.orders().map(|order| (order.document, view(order))).collect()
}

fn unsent(replica: &Replica) -> Unsent {
    let sent = replica.orders().filter(|order| order.stage() == OrderStage::Submitted);
    let orders = sent.filter(|order| replica.is_unsent(order.document)).count();
    Unsent { count: replica.unsent().count(), orders, oldest_at: replica.oldest_unsent_at() }
}

/// The identifier of a new order.
///
/// # Errors
/// The browser gives no random numbers.
pub fn new_document() -> Result<DocumentId, NoRandomness> {
    Ok(DocumentId::mint(clock::now_ms(), random_bytes()?))
}

/// The identifiers of `count` new lines. They sort in the order of the list.
///
/// # Errors
/// The browser gives no random numbers.
pub fn new_lines(count: usize) -> Result<Vec<OrderLineId>, DispatchError> {
    let now = clock::now_ms();
    let line =
        |later| Ok(OrderLineId::parse(IntentId::mint(now + later, random_bytes()?).to_string())?);
    (0..).take(count).map(line).collect()
}

/// The identifier of a new line, area or contact. It is made like an intent's, so that no two
/// tablets ever make the same one.
///
/// # Errors
/// The browser gives no random numbers.
pub fn new_id<I: FromStr<Err = IdError>>() -> Result<I, DispatchError> {
    Ok(IntentId::mint(clock::now_ms(), random_bytes()?).to_string().parse()?)
}

/// Whether the intents only send an order that was sent already. Two tabs may send it, and the
/// second one has nothing more to do: its page shows that the order was sent.
fn is_sent_already<'o>(
    intents: &[AnyIntent],
    order: impl Fn(DocumentId) -> Option<&'o OrderState>,
) -> bool {
    let [AnyIntent::Order(intent)] = intents else { return false };
    matches!(intent.command, order::Command::Submit { .. })
        && order(intent.document).is_some_and(|order| !order.is_editable())
}

#[cfg(test)]
mod tests {
    use calloff_core::order::Command;

    use super::*;
    use crate::tablet::model::basket::tests::submitted;
    use crate::testing::draft;

    #[test]
    fn sending_an_order_that_another_tab_sent_leaves_nothing_to_do() {
        let intents = |command| {
            [AnyIntent::Order(Intent {
                id: IntentId::mint(0, [1; 10]),
                document: draft(1).document,
                command,
                by: "Ana".to_owned(),
                device: DeviceId::mint(0, [1; 10]),
                at: 0,
            })]
        };
        let submit = intents(Command::Submit { locked_prices: BTreeMap::new() });
        let (sent, unsent) = (submitted(1), draft(1));
        assert!(is_sent_already(&submit, |_| Some(&sent)));
        assert!(!is_sent_already(&submit, |_| Some(&unsent)));
        let note = intents(Command::SetNote { note: "to the back door".to_owned() });
        assert!(!is_sent_already(&note, |_| Some(&sent)), "a change is refused, and says so");
    }
}
