//! Who this tablet is: what enrolment handed over, kept on disk until the tablet is enrolled anew.

use calloff_core::catalogue::release::{ReleaseError, parse_public_key};
use calloff_core::wire::EnrolResponse;
use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};

use crate::platform::kv_store::{Durability, KvError, KvStore, Store, Write};

/// Where it stands in [`Store::Meta`].
const KEY: &str = "enrolment";

/// What an enrolled tablet knows of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// What people call this tablet.
    pub device_name: String,
    /// What the server handed over for the code.
    #[serde(flatten)]
    pub granted: EnrolResponse,
}

impl Enrolment {
    /// The organisation's key: releases signed by another are refused.
    ///
    /// # Errors
    /// [`ReleaseError::NotHex`] where the server handed over something else.
    pub fn pinned_key(&self) -> Result<VerifyingKey, ReleaseError> {
        Ok(parse_public_key(&self.granted.signing_key)?)
    }
}

/// Why a tablet does not know who it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    #[error(transparent)]
    Storage(#[from] KvError),
    #[error("what this tablet knows of itself cannot be read ({0}); enrol it again with a new code")]
    Unreadable(String),
}

/// What is on disk; `None` on a browser that was never enrolled.
///
/// # Errors
/// Storage that cannot be read.
pub async fn load(store: &impl KvStore) -> Result<Option<Enrolment>, SessionError> {
    let Some(bytes) = store.get(Store::Meta, KEY).await? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| SessionError::Unreadable(error.to_string()))
}

/// Keeps it: the code is spent, so that nothing but the disk knows the credential from now on.
///
/// # Errors
/// Storage that cannot be written.
pub async fn save(store: &impl KvStore, enrolment: &Enrolment) -> Result<(), SessionError> {
    let bytes = serde_json::to_vec(enrolment).map_err(|error| SessionError::Unreadable(error.to_string()))?;
    store.commit(vec![Write::put(Store::Meta, KEY, bytes)], Durability::Strict).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use calloff_core::ids::DeviceId;
    use calloff_core::wire::StaffMember;
    use futures_executor::block_on;

    use super::*;
    use crate::platform::kv_store::MemoryStore;

    fn enrolment() -> Enrolment {
        Enrolment {
            device_name: "Kitchen".into(),
            granted: EnrolResponse {
                device: DeviceId::mint(0, [1; 10]),
                credential: "secret".into(),
                site: "S1".parse().unwrap(),
                site_name: "North".into(),
                organisation_name: "Org".into(),
                signing_key: "00".into(),
                staff: vec![StaffMember { id: "ana".parse().unwrap(), name: "Ana".into(), pin: None }],
            },
        }
    }

    #[test]
    fn an_enrolment_survives_a_restart() {
        block_on(async {
            let store = MemoryStore::default();
            assert_eq!(load(&store).await, Ok(None));
            save(&store, &enrolment()).await.unwrap();
            assert_eq!(load(&store).await, Ok(Some(enrolment())));
        });
    }

    #[test]
    fn damaged_data_says_to_enrol_again() {
        block_on(async {
            let store = MemoryStore::default();
            store.commit(vec![Write::put(Store::Meta, KEY, b"{".to_vec())], Durability::Strict).await.unwrap();
            assert!(matches!(load(&store).await, Err(SessionError::Unreadable(_))));
        });
    }

    #[test]
    fn a_key_that_is_none_is_refused() {
        assert_eq!(enrolment().pinned_key(), Err(ReleaseError::NotHex(calloff_core::catalogue::release::NotHex)));
    }
}
