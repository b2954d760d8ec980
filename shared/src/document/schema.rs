//! The schemas of documents, and the keys of each schema.
//!
//! A document keeps the schema with which it was begun; its genesis change names the schema. A
//! schema that was ever written stays here with its reader ([`super::read()`]).
//! `tests/golden/documents` has documents of each schema as a proof. A new document begins with the
//! newest schema of its kind.

pub(crate) mod order;
pub(crate) mod site;

use automerge::{Automerge, ROOT, ReadDoc};

use super::{DocumentError, contains, genesis};
use crate::wire::DocumentKind;

pub(super) const KIND: &str = "kind";
pub(super) const SCHEMA: &str = "schema";

pub(super) const ADDED_BY: &str = "added_by";
pub(super) const ADDED_AT: &str = "added_at";
pub(super) const ID: &str = "id";
pub(super) const BY: &str = "by";
pub(super) const AT: &str = "at";
pub(super) const DEVICE: &str = "device";

/// A kind of document in one version of its schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Schema {
    /// An order, version 1.
    Order1,
    /// A site's settings, version 1.
    Site1,
}

impl Schema {
    /// All schemas that were ever written.
    pub(crate) const ALL: [Self; 2] = [Self::Order1, Self::Site1];

    /// The schema with which new documents of a kind begin.
    pub(crate) fn newest(kind: DocumentKind) -> Self {
        match kind {
            DocumentKind::Order => Self::Order1,
            DocumentKind::Site => Self::Site1,
        }
    }

    pub(crate) fn kind(self) -> DocumentKind {
        match self {
            Self::Order1 => DocumentKind::Order,
            Self::Site1 => DocumentKind::Site,
        }
    }

    pub(super) fn version(self) -> u32 {
        match self {
            Self::Order1 | Self::Site1 => 1,
        }
    }

    /// The maps that the genesis change creates in the root.
    pub(super) fn maps(self) -> &'static [&'static str] {
        match self {
            Self::Order1 => &[order::HEADER, order::LINES, order::SERVER],
            Self::Site1 => &[site::AREAS, site::LINES, site::HOURS, site::CONTACTS],
        }
    }

    /// The schema of a document.
    ///
    /// # Errors
    /// [`DocumentError::NewerSchema`] when a newer version of the app began the document,
    /// [`DocumentError::NotADocument`] when it has no known schema.
    pub(crate) fn of(document: &Automerge) -> Result<Self, DocumentError> {
        if let Some(schema) =
            Self::ALL.into_iter().find(|schema| contains(document, &genesis::hash_of(*schema)))
        {
            return Ok(schema);
        }
        let text = |key| Some(document.get(ROOT, key).ok()??.0.as_str()?.to_owned());
        let known = |kind: &str| {
            let versions = Self::ALL
                .into_iter()
                .filter(|schema| schema.kind().as_str() == kind)
                .map(Self::version);
            versions.max().unwrap_or(0)
        };
        match (text(KIND), text(SCHEMA).and_then(|version| version.parse::<u32>().ok())) {
            (Some(kind), Some(version)) if version > known(&kind) => {
                Err(DocumentError::NewerSchema { kind, version })
            }
            _ => Err(DocumentError::NotADocument),
        }
    }
}
