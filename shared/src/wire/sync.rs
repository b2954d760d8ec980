use serde::{Deserialize, Serialize};

use super::base64_bytes;
use crate::contract::Allotment;
use crate::ids::DocumentId;

/// Bytes, written as base64.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Blob(#[serde(with = "base64_bytes")] pub Vec<u8>);

impl std::fmt::Debug for Blob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Blob({} bytes)", self.0.len())
    }
}

/// The heads of a document: the hashes of the changes on which no other change depends. Each has 64
/// hex digits. They are sorted.
pub type Heads = Vec<String>;

/// The kind of a document. A push sends it as its index in this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// An order.
    Order,
    /// The settings of a site.
    Site,
}

impl DocumentKind {
    /// All kinds, in the order of this list.
    pub const ALL: [Self; 2] = [Self::Order, Self::Site];

    /// The kind as it is serialized.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Site => "site",
        }
    }
}

/// What a tablet did since the server's last answer. It is sent packed, see
/// [`crate::sync::pack_push`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushRequest {
    /// The tablet's [`super::PROTOCOL`].
    pub protocol: u32,
    /// The version of the tablet's app.
    pub app_version: String,
    /// The batches, one for each document. Each batch is accepted whole or not at all.
    pub documents: Vec<DocumentPush>,
}

/// The batch of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentPush {
    /// The identifier of the document.
    pub id: DocumentId,
    /// The kind of the document.
    pub kind: DocumentKind,
    /// The heads that, as far as the tablet knows, the server has.
    pub heads: Heads,
    /// The changes after these heads: Automerge change chunks, one after the other.
    pub changes: Blob,
}

/// The answers, in the order of the documents in the request. They are sent packed, see
/// [`crate::sync::pack_push_response`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushResponse {
    /// The incarnation of the server's database. A cursor begins with it.
    #[serde(default)]
    pub incarnation: String,
    /// One answer for each document.
    pub documents: Vec<DocumentAnswer>,
}

impl PushResponse {
    /// Whether head office keeps no more offers for now.
    #[must_use]
    pub fn has_too_many_offers(&self) -> bool {
        self.documents.iter().any(|answer| match &answer.outcome {
            DocumentOutcome::Refused { refusals, .. } => {
                refusals.iter().any(|refusal| refusal.code == PushRefusalCode::TooManyOffers)
            }
            DocumentOutcome::Accepted { .. } => false,
        })
    }
}

/// The answer to the batch of one document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentAnswer {
    /// The identifier of the document.
    pub id: DocumentId,
    /// The result of the batch.
    #[serde(flatten)]
    pub outcome: DocumentOutcome,
}

/// The result of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum DocumentOutcome {
    /// The batch is stored durably.
    Accepted {
        /// The heads of the server's copy.
        heads: Heads,
        /// What the tablet lacks: change chunks or a whole document; may be empty. It is sent after
        /// the JSON.
        #[serde(skip)]
        changes: Blob,
    },
    /// Nothing of the batch was kept.
    Refused {
        /// The reasons for the refusal.
        refusals: Vec<PushRefusal>,
        /// The whole server's copy; `None` when the server has none. It is sent after the JSON.
        #[serde(skip)]
        document: Option<Blob>,
    },
}

/// A reason why a batch was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushRefusal {
    /// The hash of the offending change; `None` when no single change is at fault.
    pub change: Option<String>,
    /// The stable code of the reason.
    pub code: PushRefusalCode,
    /// The reason in words, with the place of the fault.
    pub message: String,
}

impl PushRefusal {
    /// A refusal that no single change causes.
    #[must_use]
    pub fn new(code: PushRefusalCode, message: impl Into<String>) -> Self {
        Self { change: None, code, message: message.into() }
    }
}

/// Why a batch was refused. The codes are stable, because tablets compare them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushRefusalCode {
    /// The batch, a change, its operations or the resulting document exceed a limit.
    TooLarge,
    /// The bytes are not Automerge's format, or a kind of chunk that tablets may not send.
    Malformed,
    /// A change was made by another tablet, or has the number of a change of this tablet that the
    /// server already has.
    WrongActor,
    /// A change depends on one that the server does not have, or goes on from one of this tablet's
    /// that it does not have.
    UnknownDependency,
    /// An honest tablet would give the change another number.
    WrongNumbering,
    /// Another change of the document already carries the same intent.
    IntentRepeated,
    /// The change touches a part that tablets may not write.
    ForbiddenPath,
    /// The document belongs to another site, or has another kind.
    WrongDocument,
    /// The change breaks a rule of orders or of site settings.
    RuleBroken,
    /// The order was submitted and has no answer yet.
    OrderAlreadySubmitted,
    /// The order was accepted. Late lines must go on a new order.
    OrderAlreadyAccepted,
    /// The changes cannot be applied, or the saved document cannot be loaded again.
    NotReloadable,
    /// This tablet cannot write these changes itself. Head office may take them up.
    Offered,
    /// The site has too many drafts. Some must be sent or discarded first.
    TooManyDrafts,
    /// Head office has too many offers. The tablet keeps the document, and offers it again in its
    /// next round.
    TooManyOffers,
    /// A code that this version does not know.
    #[serde(other)]
    Other,
}

/// Asks for what changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequest {
    /// The tablet's [`super::PROTOCOL`].
    pub protocol: u32,
    /// The cursor of the last answer. Without one, the answer has everything.
    pub cursor: Option<String>,
    /// Hashes of changes that the tablet has stored, with all their dependencies. They are mostly
    /// the heads from answers to pushes since the last pull. At most [`crate::limits::PULL_KNOWN`].
    #[serde(default)]
    pub known: Heads,
    /// Documents that the tablet has unsent changes for and lost, because its copy was damaged. The
    /// answer does not leave them out, even when nobody wants them any more. At most
    /// [`crate::limits::PULL_KNOWN`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wanted: Vec<DocumentId>,
    /// What the tablet says about itself. Nothing depends on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<TabletReport>,
}

/// What a tablet says about itself, for the list of tablets at the desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TabletReport {
    /// The version of the app on the tablet.
    pub app_version: String,
    /// The number of the release that the tablet uses.
    pub release: Option<u64>,
    /// How many entries the tablet has that the server has not acknowledged.
    pub unsent: u32,
}

impl PullRequest {
    /// Whether the tablet has every change of a document with these heads, by what it names as
    /// known.
    #[must_use]
    pub fn has_all_of(&self, heads: &[String]) -> bool {
        !heads.is_empty() && heads.iter().all(|head| self.known.contains(head))
    }
}

/// What changed for the tablet's site since its cursor, without documents that it has completely.
/// It is sent packed, see [`crate::sync::pack_pull_response`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullResponse {
    /// The cursor for the next pull. It begins with the incarnation of the database, up to the
    /// first full stop. A new incarnation means that the database was restored.
    pub cursor: String,
    /// The changed documents, each once.
    pub documents: Vec<PulledDocument>,
    /// Documents that the tablet no longer needs to keep.
    #[serde(default)]
    pub forgotten: Vec<DocumentId>,
    /// The site's present allotments of all hard maximum commitments. They replace the allotments
    /// in a release.
    #[serde(default)]
    pub allotments: Vec<Allotment>,
    /// The number of the newest release in force; a tablet with an older one fetches it.
    pub release: Option<u64>,
    /// Whether there is more: the tablet should pull again at once.
    pub more: bool,
}

/// A document, as the server has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PulledDocument {
    /// The identifier of the document.
    pub id: DocumentId,
    /// The whole document. It is sent after the JSON.
    #[serde(skip)]
    pub document: Blob,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::PROTOCOL;

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
        let request = PullRequest {
            protocol: PROTOCOL,
            cursor: None,
            known: vec![a.clone(), b.clone()],
            wanted: Vec::new(),
            report: None,
        };
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
