//! The tablet's orders and its site's settings: reads are signals, the only write is
//! [`Workspace::dispatch`].
//!
//! A command is decided, written to the document and put in the outbox in memory, then stored in
//! one strict transaction; only after that do the signals change. What is on the screen as saved is
//! on the disk.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::str::FromStr;
use std::sync::Arc;

use calloff_core::ids::{DeviceId, DocumentId, IdError, IntentId, OrderLineId};
use calloff_core::intent::{AnyIntent, Intent};
use calloff_core::order::{OrderStage, OrderState};
use calloff_core::site::SiteState;
use calloff_core::sync::{
    Effect, Minting, NoEnd, Notice as SyncNotice, Replica, ReplicaError, Rounds, Step,
};
use calloff_core::wire::{PullResponse, PushRefusal, PushResponse};
use futures_channel::mpsc::UnboundedSender;
use futures_util::lock::Mutex;
use leptos::prelude::*;

use super::session::{self, Enrolment, SessionError};
use super::tabs::{Said, Tabs, Undone};
use super::{hints, replica_store};
use crate::i18n::Language;
use crate::platform::clock;
use crate::platform::ids::{NoRandomness, random_bytes};
use crate::platform::kv_store::{IndexedDbStore, KvError};

/// Why a command was not carried out; nothing changed, on the screen or on the disk.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DispatchError {
    #[error(transparent)]
    Refused(#[from] ReplicaError),
    /// Not on the disk, so not done.
    #[error(transparent)]
    NotSaved(#[from] KvError),
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    #[error(transparent)]
    BadId(#[from] IdError),
    /// The tab that leads did not do it.
    #[error("{}", .0.reason.in_language(Language::English))]
    InLeadingTab(Undone),
    /// Nobody said who they are.
    #[error("choose who is ordering first")]
    NobodyOrders,
}

/// One order, as views see it.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderView {
    pub state: Arc<OrderState>,
    /// Whether something of it is only on this tablet.
    pub is_unsent: bool,
    /// Why the server does not take it as it is; empty while it does.
    pub held_back: Arc<[PushRefusal]>,
}

/// What waits to be sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unsent {
    /// Things that people did.
    pub count: usize,
    /// Orders that were sent here and are nowhere else yet.
    pub orders: usize,
    /// When the oldest was done, in milliseconds since the epoch.
    pub oldest_at: Option<i64>,
}

/// The orders of this tablet.
#[derive(Clone, Copy)]
pub struct Workspace {
    /// Held while something is stored: what people do is stored in the order in which they did it.
    disk: StoredValue<Rc<Mutex<Disk>>, LocalStorage>,
    orders: RwSignal<BTreeMap<DocumentId, OrderView>>,
    /// Of the tablet's site.
    settings: RwSignal<Arc<SiteState>>,
    unsent: RwSignal<Unsent>,
    /// How often the storage was lost, and written again, since the start.
    losses: RwSignal<u32>,
    wake: StoredValue<UnboundedSender<()>, LocalStorage>,
    tabs: Tabs,
    device: DeviceId,
}

struct Disk {
    replica: Replica,
    /// Whether memory holds what the disk did not take: nothing is done or sent before it is as the
    /// disk is.
    is_ahead: bool,
    store: IndexedDbStore,
    enrolment: StoredValue<Arc<Enrolment>>,
}

impl Workspace {
    /// Around what was loaded from `store` for a tablet. `wake` is told whenever there is something
    /// to send.
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

    /// How often the storage was lost, and written again, since the start.
    #[must_use]
    pub fn losses(self) -> u32 {
        self.losses.get()
    }

    /// The same, for the loop that talks to the server.
    #[must_use]
    pub fn losses_untracked(self) -> u32 {
        self.losses.get_untracked()
    }

    /// All orders on this tablet, by id: oldest first.
    #[must_use]
    pub fn orders(self) -> BTreeMap<DocumentId, OrderView> {
        self.orders.get()
    }

    /// One order, drawn again only when it changes.
    #[must_use]
    pub fn order(self, id: DocumentId) -> Memo<Option<OrderView>> {
        Memo::new(move |_| self.orders.with(|orders| orders.get(&id).cloned()))
    }

    /// One order, for an event handler.
    #[must_use]
    pub fn order_untracked(self, id: DocumentId) -> Option<OrderView> {
        self.orders.with_untracked(|orders| orders.get(&id).cloned())
    }

    /// What the site says of itself: its order guide, when it takes deliveries.
    #[must_use]
    pub fn settings(self) -> Arc<SiteState> {
        self.settings.get()
    }

    /// The same, for an event handler.
    #[must_use]
    pub fn settings_untracked(self) -> Arc<SiteState> {
        self.settings.get_untracked()
    }

    #[must_use]
    pub fn unsent(self) -> Unsent {
        self.unsent.get()
    }

    /// The same, for an event handler.
    #[must_use]
    pub fn unsent_untracked(self) -> Unsent {
        self.unsent.get_untracked()
    }

    /// Carries out what a person did to one document: all commands, stored in one transaction, or
    /// none.
    ///
    /// # Errors
    /// The rule that forbids one of them; a disk that does not take them.
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

    /// Carries out what was done in another tab, or in this one before it led, unless it was done
    /// already.
    ///
    /// # Errors
    /// As [`Self::dispatch`].
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
        let mut effects = Vec::new();
        for intent in intents {
            match disk.replica.dispatch(intent) {
                Ok(more) => effects.extend(more),
                Err(error) => {
                    // Commands before this one are in memory only.
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

    /// Reads again what another tab has stored.
    ///
    /// # Errors
    /// Storage that cannot be read.
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

    /// What the tablet does next in its round.
    ///
    /// # Errors
    /// A disk that cannot be read, after it did not take something; [`NoEnd`].
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

    /// Stores everything again where the browser has thrown it away: one that nobody touches would
    /// not notice.
    ///
    /// # Errors
    /// A disk that cannot be read or written.
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

    /// Sends a document once more that the server did not take, as a person asks.
    ///
    /// # Errors
    /// The disk did not take it.
    pub async fn try_again(self, document: DocumentId) -> Result<(), DispatchError> {
        if !self.tabs.leads() {
            self.tabs.say(&Said::TryAgain { document });
            return Ok(());
        }
        self.take_in(|replica, _| replica.try_again(document)).await?;
        self.wake();
        Ok(())
    }

    /// Makes what was not sent under an earlier identity this tablet's own, and returns what people
    /// must be told.
    ///
    /// # Errors
    /// The disk did not take it: the same is asked again.
    pub async fn take_over(self) -> Result<Vec<SyncNotice>, DispatchError> {
        self.take_in(Replica::take_over).await
    }

    /// Takes in the server's answers to a push, and returns what people must be told.
    ///
    /// # Errors
    /// The disk did not take it: the same is asked again.
    pub async fn on_push_response(
        self,
        response: PushResponse,
    ) -> Result<Vec<SyncNotice>, DispatchError> {
        self.take_in(|replica, minting| replica.on_push_response(response, minting)).await
    }

    /// Merges what changed at the server, and returns what people must be told.
    ///
    /// # Errors
    /// The disk did not take it: the same is asked again.
    pub async fn on_pull_response(
        self,
        response: PullResponse,
    ) -> Result<Vec<SyncNotice>, DispatchError> {
        self.take_in(|replica, minting| replica.on_pull_response(response, minting)).await
    }

    async fn take_in(
        self,
        change: impl FnOnce(&mut Replica, &mut Minting<'_>) -> Vec<Effect>,
    ) -> Result<Vec<SyncNotice>, DispatchError> {
        // Asked for once before, so that the closure below, which cannot fail, is only called where
        // random bytes are.
        random_bytes::<10>()?;
        let disk = self.disk.get_value();
        let mut disk = disk.lock().await;
        self.be_as_stored(&mut disk).await?;
        let mut random = || random_bytes().unwrap_or_default();
        let mut minting = Minting { now: clock::now_ms(), random: &mut random };
        let effects = change(&mut disk.replica, &mut minting);
        self.store(&mut disk, effects).await
    }

    /// Stores effects and shows what came of it. When the disk refuses, memory goes back to what is
    /// on the disk; when the disk's content is gone, all that is in memory is stored once more.
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

    /// Goes back to what is stored, where memory is ahead of it.
    async fn be_as_stored(self, disk: &mut Disk) -> Result<(), KvError> {
        if !disk.is_ahead {
            return Ok(());
        }
        match disk.reload().await {
            Err(KvError::Closed) => self.open_again(disk).await,
            reloaded => reloaded,
        }
    }

    /// Opens the storage again that a browser has closed; where it emptied it, everything goes
    /// back.
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
        // The loop that listens ends only with the page.
        self.wake.with_value(|wake| drop(wake.unbounded_send(())));
    }
}

/// What was found when a storage that had been closed was opened again.
enum Reopened {
    AsItWas,
    /// Nothing; all that was in memory is on it now.
    Emptied,
}

impl Disk {
    /// Opens the storage again that a browser has closed. One that was emptied gets everything
    /// back: documents and outbox from memory, where they are as they were on it, and more.
    async fn open_again(&mut self) -> Result<Reopened, KvError> {
        self.store.reopen().await?;
        if !session::is_gone(&self.store).await? {
            return Ok(Reopened::AsItWas);
        }
        replica_store::store_again(&self.store, &self.replica).await?;
        // Last: until it is there the storage counts as gone.
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

/// A new order's id.
///
/// # Errors
/// A browser without random numbers.
pub fn new_document() -> Result<DocumentId, NoRandomness> {
    Ok(DocumentId::mint(clock::now_ms(), random_bytes()?))
}

/// So many new lines' ids, which sort in their order.
///
/// # Errors
/// A browser without random numbers.
pub fn new_lines(count: usize) -> Result<Vec<OrderLineId>, DispatchError> {
    let now = clock::now_ms();
    let line =
        |later| Ok(OrderLineId::parse(IntentId::mint(now + later, random_bytes()?).to_string())?);
    (0..).take(count).map(line).collect()
}

/// The id of a new line, area or contact, made like an intent's, so that no two tablets ever mint
/// the same.
///
/// # Errors
/// A browser without random numbers.
pub fn new_id<I: FromStr<Err = IdError>>() -> Result<I, DispatchError> {
    Ok(IntentId::mint(clock::now_ms(), random_bytes()?).to_string().parse()?)
}
