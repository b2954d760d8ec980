//! The site's allotments of hard maximum commitments, as head office last sent them. They are on
//! the disk, so that a tablet without a network knows its limits.

use calloff_core::contract::Allotment;
use calloff_core::ids::IntentId;
use calloff_core::resolve::Spending;
use calloff_core::wire::TopUpRequest;
use leptos::prelude::*;
use rust_decimal::Decimal;

use super::dispatch_error::DispatchError;
use crate::api;
use crate::platform::clock;
use crate::platform::http::HttpError;
use crate::platform::ids::random_bytes;
use crate::platform::kv_store::{Durability, IndexedDbStore, KvError, KvStore, StoreName, Write};

/// The key in [`StoreName::Meta`].
const ALLOTMENTS: &str = "allotments";

/// Why a request for a larger allotment failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TopUpError {
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error(transparent)]
    Local(#[from] DispatchError),
}

/// The site's allotments.
#[derive(Clone, Copy)]
pub struct Allotments {
    granted: RwSignal<Vec<Allotment>>,
    store: StoredValue<IndexedDbStore, LocalStorage>,
    /// A request without an answer. It is sent again under the same identifier, so that it counts
    /// only once.
    unanswered: StoredValue<Option<TopUpRequest>>,
}

impl Allotments {
    /// Reads the allotments from the disk. If they cannot be read, the next pull brings them.
    ///
    /// # Errors
    /// The storage cannot be read.
    pub async fn load(store: IndexedDbStore) -> Result<Self, KvError> {
        Ok(Self {
            granted: RwSignal::new(kept(&store).await?),
            store: StoredValue::new_local(store),
            unanswered: StoredValue::new(None),
        })
    }

    /// Reads the allotments that another tab stored.
    ///
    /// # Errors
    /// The storage cannot be read.
    pub async fn read_again(self) -> Result<(), KvError> {
        let granted = kept(&self.store.get_value()).await?;
        if self.granted.with_untracked(|before| *before != granted) {
            self.granted.set(granted);
        }
        Ok(())
    }

    /// The site's allotments.
    #[must_use]
    pub fn granted(self) -> Vec<Allotment> {
        self.granted.get()
    }

    /// Stores the allotments that head office sent. They count once they are on the disk.
    ///
    /// # Errors
    /// The disk did not store them, and nothing changed.
    pub async fn take_in(self, granted: Vec<Allotment>) -> Result<(), DispatchError> {
        if self.granted.with_untracked(|before| *before == granted) {
            return Ok(());
        }
        self.keep(&granted).await?;
        self.granted.set(granted);
        Ok(())
    }

    /// Stores the allotments again after the storage was lost.
    ///
    /// # Errors
    /// The disk did not store them.
    pub async fn store_again(self) -> Result<(), DispatchError> {
        let granted = self.granted.get_untracked();
        self.keep(&granted).await
    }

    async fn keep(self, granted: &[Allotment]) -> Result<(), DispatchError> {
        let bytes =
            serde_json::to_vec(granted).map_err(|error| KvError::Failed(error.to_string()))?;
        let store = self.store.get_value();
        Ok(store
            .commit(vec![Write::put(StoreName::Meta, ALLOTMENTS, bytes)], Durability::Strict)
            .await?)
    }

    /// Asks head office for a larger allotment, and returns the quantity or value that it added.
    ///
    /// # Errors
    /// The server did not answer, or the disk did not store the answer. The next attempt sends the
    /// same request.
    pub async fn top_up(self, credential: &str, short: &Spending) -> Result<Decimal, TopUpError> {
        let is_same = |asked: &TopUpRequest| {
            (&asked.contract, &asked.line) == (&short.commitment.contract, &short.commitment.line)
                && asked.amount == short.amount
        };
        let request = match self.unanswered.get_value().filter(is_same) {
            Some(asked) => asked,
            None => TopUpRequest {
                id: IntentId::mint(clock::now_ms(), random_bytes().map_err(DispatchError::from)?),
                contract: short.commitment.contract.clone(),
                line: short.commitment.line.clone(),
                amount: short.amount,
            },
        };
        self.unanswered.set_value(Some(request.clone()));
        let answer = api::top_up(credential, &request).await?;
        self.take_in(answer.allotments).await?;
        self.unanswered.set_value(None);
        Ok(answer.given)
    }
}

async fn kept(store: &IndexedDbStore) -> Result<Vec<Allotment>, KvError> {
    let kept = store.get(StoreName::Meta, ALLOTMENTS).await?;
    Ok(kept.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default())
}
