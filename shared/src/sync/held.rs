//! A document in the memory of a tablet.

use std::collections::HashSet;

use automerge::{Automerge, Change, ChangeHash};

use super::{ReplicaError, StoredDocument};
use crate::document::{self, Anomaly, AnyIntent, DocumentError, DocumentState, genesis};
use crate::ids::{DeviceId, DocumentId};
use crate::order::{self, OrderStage, OrderState};
use crate::wire::{Blob, DocumentKind, PushRefusal, PushRefusalCode};

pub(super) struct Held {
    pub(super) kind: DocumentKind,
    pub(super) document: Automerge,
    pub(super) state: Option<DocumentState>,
    pub(super) anomalies: Vec<Anomaly>,
    pub(super) server_heads: Vec<ChangeHash>,
    pub(super) epoch: u32,
    pub(super) refused: u32,
    pub(super) held_back: Vec<PushRefusal>,
    /// See [`StoredDocument::is_lost`].
    pub(super) is_lost: bool,
}

impl Held {
    /// Wraps a document that was loaded.
    ///
    /// # Errors
    /// The errors of [`document::kind`].
    pub(super) fn new(
        id: DocumentId,
        document: Automerge,
        server_heads: Vec<ChangeHash>,
        epoch: u32,
    ) -> Result<Self, DocumentError> {
        let kind = document::kind(&document)?;
        let (state, anomalies) = document::read(id, &document);
        Ok(Self {
            kind,
            document,
            state,
            anomalies,
            server_heads,
            epoch,
            refused: 0,
            held_back: Vec::new(),
            is_lost: false,
        })
    }

    /// Loads a stored document.
    ///
    /// # Errors
    /// The errors of [`document::load`].
    pub(super) fn load(stored: &StoredDocument) -> Result<Self, DocumentError> {
        let heads = document::parse_heads(&stored.server_heads);
        let mut held =
            Self::new(stored.id, document::load(&stored.document.0)?, heads, stored.epoch)?;
        held.refused = stored.refused;
        held.held_back.clone_from(&stored.held_back);
        held.is_lost = stored.is_lost;
        Ok(held)
    }

    /// Begins a document on this tablet.
    pub(super) fn begun(
        id: DocumentId,
        kind: DocumentKind,
        epoch: u32,
    ) -> Result<Self, DocumentError> {
        Self::new(id, genesis::begin(kind)?, vec![genesis::hash(kind)], epoch)
    }

    pub(super) fn read_again(&mut self, id: DocumentId) {
        (self.state, self.anomalies) = document::read(id, &self.document);
    }

    /// The changes that, as far as this tablet knows, the server does not have.
    pub(super) fn unsent(&self) -> Vec<Change> {
        let mut server_heads = self.server_heads.clone();
        server_heads.sort_unstable();
        if self.document.get_heads() == server_heads {
            Vec::new()
        } else {
            self.document.get_changes(&self.server_heads)
        }
    }

    /// Whether the document has the change with this hash.
    pub(super) fn has(&self, change: &str) -> bool {
        change.parse().is_ok_and(|hash| document::contains(&self.document, &hash))
    }

    /// The document without the changes that, as far as this tablet knows, the server does not
    /// have.
    ///
    /// # Errors
    /// The errors of [`document::kind`], or an error when the rest is not a complete document.
    pub(super) fn as_the_server_has_it(&self, id: DocumentId) -> Result<Self, DocumentError> {
        let unsent: HashSet<ChangeHash> = self.unsent().iter().map(Change::hash).collect();
        let all = self.document.get_changes(&[]).into_iter();
        let mut document = Automerge::new();
        document
            .apply_changes(all.filter(|change| !unsent.contains(&change.hash())))
            .map_err(|error| DocumentError::Unreadable(error.to_string()))?;
        Self::new(id, document, self.server_heads.clone(), self.epoch)
    }

    /// Whether the next push or offer may contain the document, if it has unsent changes.
    pub(super) fn may_be_sent(&self) -> bool {
        self.held_back.iter().all(|refusal| refusal.code == PushRefusalCode::TooManyOffers)
    }

    /// Whether a line that came too late for another order belongs on this one: it is an order that
    /// still takes lines and that nobody discarded, or it has the line already.
    pub(super) fn takes_late_line(&self, add: &order::Intent) -> bool {
        let order = self.state.as_ref().and_then(DocumentState::order);
        let is_full_or_closed =
            || order::decide(order, add).is_err_and(|refusal| refusal.asks_for_new_order());
        order.is_some_and(|order| !order.is_discarded()) && !is_full_or_closed()
            || document::intents(&self.document).contains(&add.id)
    }

    /// Whether head office keeps an offer of the document until somebody takes it up.
    pub(super) fn is_offered(&self) -> bool {
        self.is_lost
            && self.held_back.iter().any(|refusal| refusal.code == PushRefusalCode::Offered)
    }

    /// Whether the server's copy has changed so that head office cannot take up the offer. Either
    /// the copy does not merge with this document, because the server answered it differently. Or
    /// its order is frozen and lacks changes of this document. An order on hold is not frozen here
    /// if this document has the answer that ends the hold.
    pub(super) fn is_settled_by(&self, id: DocumentId, copy: &Automerge) -> bool {
        let stage = |state: &Option<DocumentState>| {
            state.as_ref().and_then(DocumentState::order).map(OrderState::stage)
        };
        let is_frozen = match stage(&document::read(id, copy).0) {
            Some(OrderStage::Accepted) => true,
            Some(OrderStage::OnHold) => {
                !matches!(stage(&self.state), Some(OrderStage::Accepted | OrderStage::Refused))
            }
            _ => false,
        };
        let lacks_some =
            || self.document.get_heads().iter().any(|head| !document::contains(copy, head));
        self.document.clone().merge(&mut copy.clone()).is_err() || (is_frozen && lacks_some())
    }

    pub(super) fn to_stored(&self, id: DocumentId) -> StoredDocument {
        StoredDocument {
            id,
            kind: self.kind,
            document: Blob(self.document.save()),
            server_heads: self.server_heads.iter().map(ToString::to_string).collect(),
            epoch: self.epoch,
            refused: self.refused,
            held_back: self.held_back.clone(),
            is_lost: self.is_lost,
        }
    }

    /// The values that an intent overwrites, in a fixed order. They are compared when the intent is
    /// applied again.
    pub(super) fn seen_by(&self, intent: &AnyIntent) -> Vec<String> {
        let mut seen = intent.seen_in(self.state.as_ref());
        seen.sort_unstable();
        seen
    }

    /// Decides an intent and writes it as one change. `None` when the document already has these
    /// values.
    pub(super) fn carry_out(
        &mut self,
        device: &DeviceId,
        intent: &AnyIntent,
    ) -> Result<Option<ChangeHash>, ReplicaError> {
        intent.decide(self.state.as_ref())?;
        let actor = document::actor(device, &intent.document(), self.epoch);
        let change = intent.write(&mut self.document, actor)?;
        if !intent.read_again(&self.document, self.state.as_mut()) {
            self.read_again(intent.document());
        }
        Ok(change)
    }
}
