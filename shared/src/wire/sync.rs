use serde::{Deserialize, Serialize};

use super::base64_bytes;
use crate::contract::Allotment;
use crate::ids::DocumentId;

/// Bytes, in base64.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Blob(#[serde(with = "base64_bytes")] pub Vec<u8>);

impl std::fmt::Debug for Blob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Blob({} bytes)", self.0.len())
    }
}

/// The heads of a document: hashes of the changes that no other change depends on, each 64 hex
/// digits, sorted.
pub type Heads = Vec<String>;

/// What a document is. In a push it travels as its place in this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// An order.
    Order,
    /// The settings of a site.
    Site,
}

impl DocumentKind {
    /// The kind as it is serialized.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Site => "site",
        }
    }
}

/// What a tablet did since it last heard from the server. It travels packed:
/// [`crate::sync::pack_push`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushRequest {
    /// [`super::PROTOCOL`] of the tablet.
    pub protocol: u32,
    /// The tablet's app version.
    pub app_version: String,
    /// Each document's batch: taken whole or not at all, each for itself.
    pub documents: Vec<DocumentPush>,
}

/// One document's batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentPush {
    /// Which document.
    pub id: DocumentId,
    /// What it is.
    pub kind: DocumentKind,
    /// What the tablet believes that the server has.
    pub heads: Heads,
    /// The changes after that: Automerge change chunks, one after the other.
    pub changes: Blob,
}

/// The answers, in the order of the request's documents. They travel packed:
/// [`crate::sync::pack_push_response`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushResponse {
    /// Of which database it is: what a cursor begins with.
    #[serde(default)]
    pub incarnation: String,
    /// One for each document.
    pub documents: Vec<DocumentAnswer>,
}

/// The answer to one document's batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentAnswer {
    /// Which document.
    pub id: DocumentId,
    /// What became of the batch.
    #[serde(flatten)]
    pub outcome: DocumentOutcome,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum DocumentOutcome {
    /// It is durable.
    Accepted {
        /// What the server has now.
        heads: Heads,
        /// What the tablet lacks of it: change chunks or a whole document; may be empty. It travels
        /// beside the JSON.
        #[serde(skip)]
        changes: Blob,
    },
    /// Nothing of it was kept.
    Refused {
        /// Why.
        refusals: Vec<PushRefusal>,
        /// The server's copy, whole; `None` where it has none. It travels beside the JSON.
        #[serde(skip)]
        document: Option<Blob>,
    },
}

/// Why a batch was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushRefusal {
    /// The hash of the offending change, where one can be named.
    pub change: Option<String>,
    /// Why.
    pub code: PushRefusalCode,
    /// The same in words, with the place.
    pub message: String,
}

/// Why a batch was refused. Stable: tablets match on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushRefusalCode {
    /// Over a size cap: of the batch, a change, its operations, or the document that it would make.
    TooLarge,
    /// Not what Automerge writes, or a kind of chunk that tablets may not send.
    Malformed,
    /// Made by another tablet, or not the next change of this one.
    WrongActor,
    /// A change depends on one that the server does not have.
    UnknownDependency,
    /// Numbered as no honest tablet numbers it.
    WrongNumbering,
    /// Another change of the document carries the same intent.
    IntentRepeated,
    /// Touches what tablets may not write.
    ForbiddenPath,
    /// Another site's order or settings, or another kind of document.
    WrongDocument,
    /// Breaks a rule of orders, or of a site's settings.
    RuleBroken,
    /// The order was sent, and its answer is out.
    OrderAlreadySubmitted,
    /// The order was accepted: late lines go on a new one.
    OrderAlreadyAccepted,
    /// It could not be applied, or not be loaded again after it was saved.
    NotReloadable,
    /// Nobody takes it from this tablet; it is kept for head office to take up.
    Offered,
    /// The site has as many drafts as the server keeps: some have to be sent or discarded first.
    TooManyDrafts,
    /// One that this version does not know.
    #[serde(other)]
    Other,
}

/// Asks what changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequest {
    /// [`super::PROTOCOL`] of the tablet.
    pub protocol: u32,
    /// As the last answer gave it; none asks for everything.
    pub cursor: Option<String>,
    /// Hashes of changes that the tablet has stored with all that they depend on: mostly the heads
    /// that pushes were answered with since the last pull. At most [`crate::limits::PULL_KNOWN`].
    #[serde(default)]
    pub known: Heads,
}

impl PullRequest {
    /// Whether the tablet has all of a document with these heads, for all that it names.
    #[must_use]
    pub fn has_all_of(&self, heads: &[String]) -> bool {
        !heads.is_empty() && heads.iter().all(|head| self.known.contains(head))
    }
}

/// What changed for a tablet's site since its cursor, but for what it has all of. It travels
/// packed: [`crate::sync::pack_pull_response`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullResponse {
    /// To be sent with the next pull. It begins with the incarnation of the database, up to the
    /// first full stop: another one than before says that the database was restored.
    pub cursor: String,
    /// The documents that changed, each once.
    pub documents: Vec<PulledDocument>,
    /// Documents that the tablet need not keep any longer.
    #[serde(default)]
    pub forgotten: Vec<DocumentId>,
    /// What the site has been given of every hard maximum commitment, as it is now: of what stands
    /// here, this counts and not what a release gave.
    #[serde(default)]
    pub allotments: Vec<Allotment>,
    /// The number of the newest release in force; a tablet with an older one fetches it.
    pub release: Option<u64>,
    /// Whether there is more: pull again at once.
    pub more: bool,
}

/// A document as the server has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PulledDocument {
    /// Which.
    pub id: DocumentId,
    /// The document, whole. It travels beside the JSON.
    #[serde(skip)]
    pub document: Blob,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_this_version_does_not_know_is_read_as_other() {
        let code: PushRefusalCode = serde_json::from_str("\"invented_later\"").unwrap();
        assert_eq!(code, PushRefusalCode::Other);
    }

    #[test]
    fn an_answer_is_flat() {
        let id = DocumentId::mint(0, [0; 10]);
        let outcome =
            DocumentOutcome::Accepted { heads: vec!["ab".to_owned()], changes: Blob::default() };
        let answer = DocumentAnswer { id, outcome };
        let json = serde_json::to_value(&answer).unwrap();
        assert_eq!(json, serde_json::json!({ "id": id, "outcome": "accepted", "heads": ["ab"] }));
        assert_eq!(serde_json::from_value::<DocumentAnswer>(json).unwrap(), answer);
    }

    #[test]
    fn a_tablet_has_a_document_when_it_names_all_of_its_heads() {
        let [a, b, c] = ["a", "b", "c"].map(str::to_owned);
        let request = PullRequest { protocol: 3, cursor: None, known: vec![a.clone(), b.clone()] };
        assert!(
            request.has_all_of(std::slice::from_ref(&a)) && request.has_all_of(&[b, a.clone()])
        );
        assert!(
            !request.has_all_of(&[a, c.clone()])
                && !request.has_all_of(&[c])
                && !request.has_all_of(&[])
        );
    }

    #[test]
    fn bytes_are_base64_and_others_are_refused() {
        assert_eq!(serde_json::from_str::<Blob>("\"AQID\"").unwrap(), Blob(vec![1, 2, 3]));
        assert!(serde_json::from_str::<Blob>("\"AQI\"").is_err());
    }
}
