//! What the site was given of hard maximum commitments, as head office last said: kept on the disk,
//! so that a tablet without a network knows how far it may go.

use calloff_core::contract::Allotment;
use calloff_core::ids::IntentId;
use calloff_core::resolve::Spending;
use calloff_core::wire::TopUpRequest;
use leptos::prelude::*;
use rust_decimal::Decimal;

use super::workspace::DispatchError;
use crate::api;
use crate::platform::clock;
use crate::platform::http::HttpError;
use crate::platform::ids::random_bytes;
use crate::platform::kv_store::{Durability, IndexedDbStore, KvError, KvStore, Store, Write};

/// The key in [`Store::Meta`].
const ALLOTMENTS: &str = "allotments";

/// Why a site was given nothing more.
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
    /// Asked for and not answered: asked again under the same identifier, so that it counts once.
    unanswered: StoredValue<Option<TopUpRequest>>,
}

impl Allotments {
    /// Reads what was kept; what cannot be read is asked for again with the next pull.
    ///
    /// # Errors
    /// Storage that cannot be read.
    pub async fn load(store: IndexedDbStore) -> Result<Self, KvError> {
        Ok(Self {
            granted: RwSignal::new(kept(&store).await?),
            store: StoredValue::new_local(store),
            unanswered: StoredValue::new(None),
        })
    }

    /// Reads again what another tab has kept.
    ///
    /// # Errors
    /// Storage that cannot be read.
    pub async fn read_again(self) -> Result<(), KvError> {
        let granted = kept(&self.store.get_value()).await?;
        if self.granted.with_untracked(|before| *before != granted) {
            self.granted.set(granted);
        }
        Ok(())
    }

    /// What the site was given.
    #[must_use]
    pub fn granted(self) -> Vec<Allotment> {
        self.granted.get()
    }

    /// Keeps what head office says; counts once it is on the disk.
    ///
    /// # Errors
    /// The disk did not take it, and nothing changed.
    pub async fn take_in(self, granted: Vec<Allotment>) -> Result<(), DispatchError> {
        if self.granted.with_untracked(|before| *before == granted) {
            return Ok(());
        }
        self.keep(&granted).await?;
        self.granted.set(granted);
        Ok(())
    }

    /// Keeps it once more, where the storage was lost.
    ///
    /// # Errors
    /// The disk did not take it.
    pub async fn store_again(self) -> Result<(), DispatchError> {
        let granted = self.granted.get_untracked();
        self.keep(&granted).await
    }

    async fn keep(self, granted: &[Allotment]) -> Result<(), DispatchError> {
        let bytes =
            serde_json::to_vec(granted).map_err(|error| KvError::Failed(error.to_string()))?;
        let store = self.store.get_value();
        Ok(store
            .commit(vec![Write::put(Store::Meta, ALLOTMENTS, bytes)], Durability::Strict)
            .await?)
    }

    /// Asks head office for so much more, and says how much it gave.
    ///
    /// # Errors
    /// No answer, or a disk that does not keep it: asked again, it is the same request.
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
    let kept = store.get(Store::Meta, ALLOTMENTS).await?;
    Ok(kept.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default())
}
