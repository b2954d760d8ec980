//! Writes an intent, or the server's facts, as one change of a document.

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{ActorId, Automerge, AutomergeError, ChangeHash, ObjId, ObjType, ReadDoc, Value};
use serde::Serialize;

use super::{ChangeNote, DocumentError};
use crate::intent::Intent;

impl From<AutomergeError> for DocumentError {
    fn from(error: AutomergeError) -> Self {
        Self::NotWritten(error.to_string())
    }
}

/// A command that can be written into a document.
pub trait Write: Sized {
    /// Writes the command of an intent.
    ///
    /// # Errors
    /// [`DocumentError::NotWritten`] when Automerge refuses an operation.
    fn write(document: &mut Transaction<'_>, intent: &Intent<Self>) -> Result<(), DocumentError>;
}

/// Writes an intent as one change by `actor`. `decide` must have allowed it. `None` when the
/// document already has these values, so that nothing was written.
///
/// # Errors
/// [`DocumentError::NotWritten`]; the document is then unchanged.
pub fn apply<C: Write>(
    document: &mut Automerge,
    actor: ActorId,
    intent: &Intent<C>,
) -> Result<Option<ChangeHash>, DocumentError> {
    document.set_actor(actor);
    let note = ChangeNote { intent: intent.id, by: intent.by.clone() };
    let options = CommitOptions::default().with_message(json(&note)?).with_time(intent.at);
    let mut transaction = document.transaction();
    C::write(&mut transaction, intent)?;
    Ok(transaction.commit_with(options).0)
}

/// Writes a register.
///
/// A person may settle a conflict with the value that Automerge already shows. Automerge would then
/// only delete the other values, and a concurrent choice of another person would win unseen. So
/// another value is written first, which makes the choice a write of its own.
pub(super) fn put_register(
    document: &mut Transaction<'_>,
    object: &ObjId,
    key: &str,
    value: &str,
) -> Result<(), DocumentError> {
    if document.get_all(object, key)?.len() > 1 {
        let shown = document.get(object, key)?;
        let shown = shown.as_ref().and_then(|(shown, _)| shown.as_str());
        let between =
            ["", "-", "--"].into_iter().find(|text| *text != value && Some(*text) != shown);
        document.put(object, key, between.unwrap_or_default())?;
    }
    Ok(document.put(object, key, value)?)
}

pub(super) fn map(
    document: &impl ReadDoc,
    object: &ObjId,
    key: &str,
) -> Result<ObjId, DocumentError> {
    match document.get(object, key)? {
        Some((Value::Object(ObjType::Map), map)) => Ok(map),
        _ => Err(DocumentError::NotWritten(format!("{key} is not there"))),
    }
}

pub(super) fn json(value: &impl Serialize) -> Result<String, DocumentError> {
    serde_json::to_string(value).map_err(|error| DocumentError::NotWritten(error.to_string()))
}
