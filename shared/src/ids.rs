//! Identifiers. They are always strings.
//!
//! Real item and contract numbers exceed 2^53, and their leading zeros count. So an identifier is
//! never a number, and its text is never trimmed, folded or padded after it was read. The text is
//! shared in memory, because a catalogue names each item many times.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::limits::IDENTIFIER_BYTES;
use crate::name::is_unclean;

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text is empty or has only white space.
    #[error("the identifier is empty")]
    Empty,
    /// The text is longer than [`IDENTIFIER_BYTES`].
    #[error("the identifier is longer than {IDENTIFIER_BYTES} bytes")]
    TooLong,
    /// The text starts or ends with white space, or has a character that names may not have either
    /// ([`is_unclean`]): a control character (a line end, a tab), or a mark that changes the
    /// direction of writing.
    #[error(
        "the identifier {0:?} has white space at an end, a control character or a mark that changes \
         the direction of writing"
    )]
    Unclean(String),
    /// The text is not a UUID, but the identifier must be one.
    #[error("{0:?} is not a UUID")]
    NotUuid(String),
}

fn check(text: &str) -> Result<(), IdError> {
    if text.trim().is_empty() {
        Err(IdError::Empty)
    } else if text.len() > IDENTIFIER_BYTES {
        Err(IdError::TooLong)
    } else if text.trim() != text || text.chars().any(is_unclean) {
        Err(IdError::Unclean(text.to_owned()))
    } else {
        Ok(())
    }
}

macro_rules! string_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(
            feature = "schema",
            derive(schemars::JsonSchema),
            schemars(extend("minLength" = 1, "maxLength" = IDENTIFIER_BYTES))
        )]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Uses the text as the identifier, without a change.
            ///
            /// # Errors
            /// The text is empty, is too long, has white space at its ends, or has a character that
            /// is [unclean](is_unclean).
            pub fn parse(text: impl Into<Arc<str>>) -> Result<Self, IdError> {
                let text = text.into();
                check(&text)?;
                Ok(Self(text))
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.as_str().to_owned()
            }
        }

        impl From<$name> for Arc<str> {
            fn from(id: $name) -> Arc<str> {
                id.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

string_id! {
    /// An item, by the organisation's own number. The real price list uses the NDC (National Drug
    /// Code).
    ItemId;
    /// A contract, by its number.
    ContractId;
    /// A line of a contract. It is the same in all versions of the contract.
    LineId;
    /// A supplier (UBL `SellerSupplierParty`).
    SupplierId;
    /// A node of the location tree: the organisation, a region, a site.
    LocationId;
    /// A person, by the name with which they sign in.
    PersonId;
    /// A line of an order. The tablet makes it, so that two tablets never make the same one.
    OrderLineId;
    /// An area of a site's order guide. The tablet makes it.
    AreaId;
    /// A line of a site's order guide. The tablet makes it.
    GuideLineId;
    /// A contact of a site. The tablet makes it.
    ContactId;
}

macro_rules! uuid_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Makes a UUIDv7 (RFC 9562) from a time in milliseconds since the Unix epoch and ten
            /// random bytes.
            #[must_use]
            pub fn mint(unix_millis: i64, random: [u8; 10]) -> Self {
                let millis = u64::try_from(unix_millis).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }

            /// The 16 bytes of the identifier.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::try_parse(text).map(Self).map_err(|_| IdError::NotUuid(text.to_owned()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

uuid_id! {
    /// An Automerge document: an order or the settings of a site.
    DocumentId;
    /// A tablet. A tablet whose storage was deleted gets a new identifier.
    DeviceId;
    /// One thing that a person did to a document. A repeated intent counts once.
    IntentId;
}

impl DocumentId {
    /// Whether it is a UUIDv7, as [`DocumentId::mint`] makes it. Only orders have one.
    #[must_use]
    pub fn is_minted(&self) -> bool {
        self.0.get_variant() == uuid::Variant::RFC4122 && self.0.get_version_num() == 7
    }

    /// The order that takes the lines of a person that came too late for this order on a tablet.
    /// It is the same for the same order, tablet and person. So a tablet whose storage was restored
    /// from a backup, and that moves the lines again, moves them to the same order.
    ///
    /// It is a UUIDv7 with the time of this order and, in place of random bytes, the first ten
    /// bytes of SHA-256 over `calloff.follow-up.`, both identifiers and the person.
    #[must_use]
    pub fn follow_up(&self, device: &DeviceId, by: &str) -> Self {
        let parts = [&self.as_bytes()[..], device.as_bytes(), by.as_bytes()];
        Self::mint(millis(self.as_bytes()), derived(b"calloff.follow-up.", parts))
    }

    /// The only document of a site's settings: a UUIDv8 (RFC 9562) of the first 16 bytes of SHA-256
    /// over `calloff.site.` and the site's identifier. So two tablets that never met begin the same
    /// document.
    #[must_use]
    pub fn of_site(site: &LocationId) -> Self {
        let digest =
            Sha256::new().chain_update(b"calloff.site.").chain_update(site.as_str()).finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}

impl IntentId {
    /// The identifier of this intent when it moves to another order. It is always the same, so an
    /// intent that moves twice counts once.
    ///
    /// It is a UUIDv7 with the time of this intent and, in place of random bytes, the first ten
    /// bytes of SHA-256 over `calloff.moved.` and its identifier.
    #[must_use]
    pub fn moved(&self) -> Self {
        Self::mint(millis(self.as_bytes()), derived(b"calloff.moved.", [&self.as_bytes()[..]]))
    }

    /// The identifier of the intent that begins a [`DocumentId::follow_up`]. It is a UUIDv7 with
    /// the time of the order and, in place of random bytes, the first ten bytes of SHA-256 over
    /// `calloff.begins.` and the order's identifier.
    #[must_use]
    pub fn that_begins(order: &DocumentId) -> Self {
        Self::mint(millis(order.as_bytes()), derived(b"calloff.begins.", [&order.as_bytes()[..]]))
    }
}

/// The time of a UUIDv7, in milliseconds since the Unix epoch.
fn millis(id: &[u8; 16]) -> i64 {
    let [a, b, c, d, e, f, ..] = *id;
    i64::from_be_bytes([0, 0, a, b, c, d, e, f])
}

/// The first ten bytes of SHA-256 over a purpose and parts.
fn derived<'p>(purpose: &[u8], parts: impl IntoIterator<Item = &'p [u8]>) -> [u8; 10] {
    let mut hasher = Sha256::new().chain_update(purpose);
    parts.into_iter().for_each(|part| hasher.update(part));
    let mut bytes = [0; 10];
    bytes.copy_from_slice(&hasher.finalize()[..10]);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_follow_up_is_the_same_for_the_same_order_tablet_and_person_only() {
        let (order, other) = (DocumentId::mint(1_000, [1; 10]), DocumentId::mint(1_000, [2; 10]));
        let (device, another) = (DeviceId::mint(1, [3; 10]), DeviceId::mint(1, [4; 10]));
        let next = order.follow_up(&device, "Ana");
        assert!(next.is_minted());
        assert_eq!(next.to_string(), "00000000-03e8-720d-9388-9c979b4a0575");
        assert_eq!(next.as_bytes()[..6], order.as_bytes()[..6], "it has the order's time");
        for differs in [
            other.follow_up(&device, "Ana"),
            order.follow_up(&another, "Ana"),
            order.follow_up(&device, "Ben"),
            next.follow_up(&device, "Ana"),
        ] {
            assert_ne!(differs, next);
        }
    }

    #[test]
    fn a_moved_intent_has_one_identifier_and_the_time_of_the_first() {
        let (add, set) = (IntentId::mint(1_000, [1; 10]), IntentId::mint(1_000, [2; 10]));
        assert_eq!(add.moved(), add.moved());
        assert_eq!(add.moved().as_bytes()[..6], add.as_bytes()[..6]);
        for differs in [add, set.moved(), add.moved().moved()] {
            assert_ne!(differs, add.moved());
        }
    }

    #[test]
    fn the_document_of_a_site_is_the_same_everywhere_and_another_at_each_site() {
        let of = |site: &str| DocumentId::of_site(&LocationId::parse(site).unwrap());
        assert_eq!(of("S01").to_string(), "dea71d71-ef48-8599-881a-b80671a6163f");
        assert_ne!(of("S01"), of("S02"));
        assert!(!of("S01").is_minted() && DocumentId::mint(1, [255; 10]).is_minted());
    }

    #[test]
    fn leading_zeros_and_long_numbers_stay() {
        assert_eq!(ItemId::parse("00169-1833-11").unwrap().as_str(), "00169-1833-11");
        assert_eq!(ItemId::parse("900719925474099301").unwrap().as_str(), "900719925474099301");
    }

    #[test]
    fn what_is_no_identifier_is_refused() {
        assert_eq!(ItemId::parse(" "), Err(IdError::Empty));
        assert_eq!(ItemId::parse("x".repeat(IDENTIFIER_BYTES + 1)), Err(IdError::TooLong));
        assert!(matches!(ItemId::parse("a\tb"), Err(IdError::Unclean(_))));
        assert!(matches!(ItemId::parse("a "), Err(IdError::Unclean(_))));
        for mark in
            ['\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}']
        {
            let turned = format!("12{mark}34");
            assert_eq!(ItemId::parse(turned.as_str()), Err(IdError::Unclean(turned.clone())));
            let json = serde_json::to_string(&turned).unwrap();
            assert!(serde_json::from_str::<LocationId>(&json).is_err(), "{json}");
        }
        assert_eq!(ItemId::parse("פריט-12").unwrap().as_str(), "פריט-12");
        assert!("12".parse::<DocumentId>().is_err());
    }

    #[test]
    fn minted_ids_sort_by_time() {
        assert!(DocumentId::mint(1_000, [255; 10]) < DocumentId::mint(1_001, [0; 10]));
    }
}
