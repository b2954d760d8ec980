//! The tablet's identity: the data that enrolment gave it, kept until the tablet is enrolled again.
//! It is kept in two places, because browsers that run short of space delete a database and leave
//! `localStorage`. A tablet that lost its orders still knows its identity, and fetches everything
//! again.

use calloff_core::catalogue::release::{ReleaseError, parse_public_key};
use calloff_core::sync::incarnation_of;
use calloff_core::wire::EnrolResponse;
use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};

use super::{hints, replica_store};
use crate::platform::kv_store::{Durability, KvError, KvStore, StoreName, Write};

/// The key of the identity in [`StoreName::Meta`].
const KEY: &str = "enrolment";

/// The identity of an enrolled tablet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// The name that people gave this tablet.
    pub device_name: String,
    /// How often the browser deleted this tablet's storage, see
    /// [`calloff_core::sync::Replica::after_losses`].
    #[serde(default)]
    pub losses: u32,
    /// The server's answer to the enrolment code.
    #[serde(flatten)]
    pub granted: EnrolResponse,
}

impl Enrolment {
    /// The organisation's key. A release that another key signed is refused.
    ///
    /// # Errors
    /// [`ReleaseError::NotHex`] if the server sent something else.
    pub fn pinned_key(&self) -> Result<VerifyingKey, ReleaseError> {
        Ok(parse_public_key(&self.granted.signing_key)?)
    }
}

/// Why a tablet does not know its identity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    #[error(transparent)]
    Storage(#[from] KvError),
    #[error(
        "what this tablet knows of itself cannot be read ({0}); enrol it again with a new code"
    )]
    Unreadable(String),
}

/// The identity that was found in this browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// This browser was never enrolled.
    Nobody,
    Tablet(Enrolment),
    /// The database is empty. This is the copy from `localStorage`, with the loss counted; it is
    /// not yet stored in the database.
    Wiped(Enrolment),
}

/// Reads the identity from the disk. `copy` is the text that [`copy_of`] made and the browser kept
/// elsewhere.
///
/// # Errors
/// The storage or the identity in it cannot be read.
pub async fn load(store: &impl KvStore, copy: Option<&str>) -> Result<Found, SessionError> {
    if let Some(bytes) = store.get(StoreName::Meta, KEY).await? {
        let known = serde_json::from_slice(&bytes)
            .map_err(|error| SessionError::Unreadable(error.to_string()))?;
        return Ok(Found::Tablet(known));
    }
    // If the copy cannot be read, people enrol this browser again, and nothing more is lost.
    let copy: Option<Enrolment> = copy.and_then(|copy| serde_json::from_str(copy).ok());
    Ok(copy.map_or(Found::Nobody, |copy| {
        Found::Wiped(Enrolment { losses: copy.losses.saturating_add(1), ..copy })
    }))
}

/// Whether the database was emptied while the tablet was running.
///
/// # Errors
/// The storage cannot be read.
pub async fn is_gone(store: &impl KvStore) -> Result<bool, KvError> {
    Ok(store.get(StoreName::Meta, KEY).await?.is_none())
}

/// The text of the copy beside the database.
///
/// # Errors
/// [`SessionError::Unreadable`], which does not happen.
pub fn copy_of(enrolment: &Enrolment) -> Result<String, SessionError> {
    serde_json::to_string(enrolment).map_err(|error| SessionError::Unreadable(error.to_string()))
}

/// Stores the identity in the database. The code is used up, so from now on only this device knows
/// the credential.
///
/// # Errors
/// The storage cannot be written.
pub async fn save(store: &impl KvStore, enrolment: &Enrolment) -> Result<(), SessionError> {
    let write = Write::put(StoreName::Meta, KEY, copy_of(enrolment)?.into_bytes());
    store.commit(vec![write], Durability::Strict).await?;
    Ok(())
}

/// Stores the identity in both places.
///
/// # Errors
/// The storage cannot be written.
pub async fn keep(store: &impl KvStore, enrolment: &Enrolment) -> Result<(), SessionError> {
    save(store, enrolment).await?;
    keep_copy(enrolment)
}

/// Stores the copy beside the database.
///
/// # Errors
/// The errors of [`copy_of`].
pub fn keep_copy(enrolment: &Enrolment) -> Result<(), SessionError> {
    hints::set_enrolment(&copy_of(enrolment)?);
    Ok(())
}

/// The identity for the tab that leads, as the disk has it now. If the disk lost it, the identity
/// that was `found`. Stores it in the database.
///
/// # Errors
/// The storage cannot be read or written.
pub async fn settle(store: &impl KvStore, found: Enrolment) -> Result<Enrolment, SessionError> {
    let enrolment = match load(store, None).await? {
        Found::Tablet(current) => current,
        Found::Nobody | Found::Wiped(_) => found,
    };
    save(store, &enrolment).await?;
    Ok(enrolment)
}

/// Replaces the identity in the database. For the same site, the stored data stays, also what was
/// not sent. For another site, all data of the old site is deleted.
///
/// # Errors
/// The storage cannot be read or written. Then the earlier identity stays.
pub async fn replace(
    store: &impl KvStore,
    before: &Enrolment,
    now: &Enrolment,
) -> Result<(), SessionError> {
    // Pulls start over, so that the tablet gets all data of head office, whatever the reason for
    // enrolling it again. The identifier of the server's database is kept, because a restored
    // backup may be that reason.
    let cursor = store
        .get(StoreName::Meta, replica_store::CURSOR)
        .await?
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let beginning = cursor.map(|cursor| incarnation_of(&cursor).to_owned().into_bytes());
    let mut writes: Vec<Write> = beginning
        .map(|beginning| Write::put(StoreName::Meta, replica_store::CURSOR, beginning))
        .into_iter()
        .collect();
    if before.granted.site != now.granted.site {
        for of_the_site in [StoreName::Documents, StoreName::Outbox, StoreName::Meta] {
            let keys = store.keys(of_the_site, "").await?;
            writes.extend(keys.into_iter().map(|key| Write::delete(of_the_site, key)));
        }
    }
    writes.push(Write::put(StoreName::Meta, KEY, copy_of(now)?.into_bytes()));
    store.commit(writes, Durability::Strict).await?;
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
            losses: 0,
            granted: EnrolResponse {
                device: DeviceId::mint(0, [1; 10]),
                credential: "secret".into(),
                site: "S1".parse().unwrap(),
                site_name: "North".into(),
                organisation_name: "Org".into(),
                signing_key: "00".into(),
                staff: vec![StaffMember {
                    id: "ana".parse().unwrap(),
                    name: "Ana".into(),
                    pin: None,
                }],
            },
        }
    }

    #[test]
    fn an_enrolment_survives_a_restart() {
        block_on(async {
            let store = MemoryStore::default();
            assert_eq!(load(&store, None).await, Ok(Found::Nobody));
            save(&store, &enrolment()).await.unwrap();
            assert_eq!(load(&store, None).await, Ok(Found::Tablet(enrolment())));
            assert_eq!(load(&store, Some("{")).await, Ok(Found::Tablet(enrolment())));
        });
    }

    #[test]
    fn case_20_a_tablet_whose_database_is_gone_knows_who_it_is_and_that_it_lost_something() {
        block_on(async {
            let (empty, copy) = (MemoryStore::default(), copy_of(&enrolment()).unwrap());
            assert_eq!(is_gone(&empty).await, Ok(true));
            let once = Enrolment { losses: 1, ..enrolment() };
            assert_eq!(load(&empty, Some(&copy)).await, Ok(Found::Wiped(once.clone())));
            let twice = Enrolment { losses: 2, ..enrolment() };
            assert_eq!(load(&empty, Some(&copy_of(&once).unwrap())).await, Ok(Found::Wiped(twice)));
            assert_eq!(load(&empty, Some("{")).await, Ok(Found::Nobody));
        });
    }

    #[test]
    fn the_tab_that_leads_goes_by_what_another_stored_meanwhile() {
        block_on(async {
            let store = MemoryStore::default();
            let lost = Enrolment { losses: 1, ..enrolment() };
            assert_eq!(settle(&store, lost.clone()).await, Ok(lost.clone()));
            let mut rotated = lost.clone();
            rotated.granted.credential = "next".into();
            save(&store, &rotated).await.unwrap();
            assert_eq!(settle(&store, lost).await, Ok(rotated.clone()));
            assert_eq!(load(&store, None).await, Ok(Found::Tablet(rotated)));
        });
    }

    #[test]
    fn a_tablet_that_is_enrolled_anew_keeps_its_work_at_its_site_and_none_of_it_at_another() {
        block_on(async {
            let store = MemoryStore::default();
            save(&store, &enrolment()).await.unwrap();
            let work = [StoreName::Documents, StoreName::Outbox, StoreName::Meta]
                .map(|of| Write::put(of, "work", b"1".to_vec()));
            store.commit(work.to_vec(), Durability::Strict).await.unwrap();
            let mut now = enrolment();
            now.granted.device = DeviceId::mint(0, [2; 10]);
            let cursor = Write::put(StoreName::Meta, replica_store::CURSOR, b"a1.7.b2".to_vec());
            store.commit(vec![cursor], Durability::Strict).await.unwrap();
            replace(&store, &enrolment(), &now).await.unwrap();
            let cursor = store.get(StoreName::Meta, replica_store::CURSOR).await.unwrap();
            assert_eq!(
                cursor,
                Some(b"a1".to_vec()),
                "it starts over, and knows with which database it spoke"
            );
            assert_eq!(load(&store, None).await, Ok(Found::Tablet(now.clone())));
            assert!(store.get(StoreName::Outbox, "work").await.unwrap().is_some());
            let mut elsewhere = now.clone();
            elsewhere.granted.site = "S2".parse().unwrap();
            replace(&store, &now, &elsewhere).await.unwrap();
            assert_eq!(load(&store, None).await, Ok(Found::Tablet(elsewhere)));
            for of in [StoreName::Documents, StoreName::Outbox, StoreName::Meta] {
                assert_eq!(store.get(of, "work").await.unwrap(), None);
            }
        });
    }

    #[test]
    fn an_enrolment_from_before_losses_were_counted_has_none() {
        let mut json = serde_json::to_value(enrolment()).unwrap();
        json.as_object_mut().unwrap().remove("losses");
        assert_eq!(serde_json::from_value::<Enrolment>(json).unwrap(), enrolment());
    }

    #[test]
    fn damaged_data_says_to_enrol_again() {
        block_on(async {
            let store = MemoryStore::default();
            store
                .commit(vec![Write::put(StoreName::Meta, KEY, b"{".to_vec())], Durability::Strict)
                .await
                .unwrap();
            assert!(matches!(load(&store, None).await, Err(SessionError::Unreadable(_))));
        });
    }

    #[test]
    fn a_key_that_is_none_is_refused() {
        assert_eq!(
            enrolment().pinned_key(),
            Err(ReleaseError::NotHex(calloff_core::catalogue::release::NotHex))
        );
    }
}
