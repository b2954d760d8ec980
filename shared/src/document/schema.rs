//! The schemas of documents. The keys of each schema are in the folder of its kind.
//!
//! A document keeps the schema with which it was begun; its genesis change names the schema. A
//! schema that was ever written stays here with its reader ([`super::read()`]).
//! `tests/golden/documents` has documents of each schema as a proof. A new document begins with the
//! newest schema of its kind.

use automerge::{Automerge, ChangeHash, ROOT, ReadDoc};

use super::read::Read;
use super::{DocumentError, contains};
use crate::ids::DocumentId;
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
#[derive(Debug)]
pub(crate) struct Schema {
    /// The kind.
    pub(super) kind: DocumentKind,
    /// The version. The first one is 1.
    pub(super) version: u32,
    /// The maps that the genesis change creates in the root.
    pub(super) maps: &'static [&'static str],
    /// The hash of the genesis change. A test compares it. If Automerge or the schema changed the
    /// bytes, older and newer documents could no longer merge.
    pub(super) genesis: [u8; 32],
    /// Reads a document of this schema.
    pub(super) read: fn(DocumentId, &Automerge) -> Read,
}

impl Schema {
    /// The schema with which new documents of a kind begin.
    pub(crate) fn newest(kind: DocumentKind) -> &'static Self {
        let of_kind = DocumentKind::all_schemas().filter(|schema| schema.kind == kind);
        of_kind.max_by_key(|schema| schema.version).expect("each kind has a schema")
    }

    /// The hash of the genesis change.
    pub(super) fn genesis(&self) -> ChangeHash {
        ChangeHash(self.genesis)
    }

    /// The schema of a document.
    ///
    /// # Errors
    /// [`DocumentError::NewerSchema`] when a newer version of the app began the document,
    /// [`DocumentError::NotADocument`] when it has no known schema.
    pub(crate) fn of(document: &Automerge) -> Result<&'static Self, DocumentError> {
        let is_its = |schema: &&Self| contains(document, &schema.genesis());
        if let Some(schema) = DocumentKind::all_schemas().find(is_its) {
            return Ok(schema);
        }
        let text = |key| Some(document.get(ROOT, key).ok()??.0.as_str()?.to_owned());
        let known = |kind: &str| {
            let of_kind = DocumentKind::all_schemas().filter(|one| one.kind.as_str() == kind);
            of_kind.map(|schema| schema.version).max().unwrap_or(0)
        };
        match (text(KIND), text(SCHEMA).and_then(|version| version.parse::<u32>().ok())) {
            (Some(kind), Some(version)) if version > known(&kind) => {
                Err(DocumentError::NewerSchema { kind, version })
            }
            _ => Err(DocumentError::NotADocument),
        }
    }
}
