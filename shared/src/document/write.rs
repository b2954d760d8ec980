//! From an intent, or from the server's facts, to one change of a document.

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{ActorId, Automerge, AutomergeError, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, Value};
use serde::Serialize;

use super::schema::{
    ADDED_AT, ADDED_BY, AT, BY, CREATED_AT, CREATED_BY, DECISION, DEVICE, HEADER, ID, ITEM, LINES, NOTE, PINS,
    PURCHASE_ORDERS, QUANTITY, SERVER, SITE, STATUS, SUBMITTED, UNIT,
};
use super::{ChangeNote, DocumentError, server_actor};
use crate::ids::DocumentId;
use crate::order::{Command, Decision, Intent, PurchaseOrder, ServerStatus};

impl From<AutomergeError> for DocumentError {
    fn from(error: AutomergeError) -> Self {
        Self::NotWritten(error.to_string())
    }
}

/// Carries out an intent that [`crate::order::decide()`] let pass, as one change by `actor`; `None` when the document says so
/// already and nothing was written.
///
/// # Errors
/// [`DocumentError::NotWritten`]; the document is as it was.
pub fn apply(document: &mut Automerge, actor: ActorId, intent: &Intent) -> Result<Option<ChangeHash>, DocumentError> {
    document.set_actor(actor);
    let note = ChangeNote { intent: intent.id, by: intent.by.clone() };
    let options = CommitOptions::default().with_message(json(&note)?).with_time(intent.at);
    let mut transaction = document.transaction();
    carry_out(&mut transaction, intent)?;
    Ok(transaction.commit_with(options).0)
}

fn carry_out(document: &mut Transaction<'_>, intent: &Intent) -> Result<(), DocumentError> {
    match &intent.command {
        Command::CreateOrder { site } => {
            let header = map(document, &ROOT, HEADER)?;
            document.put(&header, SITE, site.as_str())?;
            document.put(&header, CREATED_BY, intent.by.as_str())?;
            document.put(&header, CREATED_AT, intent.at.to_string())?;
        }
        Command::AddLine { line, item, quantity, unit } => {
            let lines = map(document, &ROOT, LINES)?;
            let object = document.put_object(&lines, line.as_str(), ObjType::Map)?;
            document.put(&object, ITEM, item.as_str())?;
            if let Some(unit) = unit {
                document.put(&object, UNIT, unit.as_str())?;
            }
            document.put(&object, ADDED_BY, intent.by.as_str())?;
            document.put(&object, ADDED_AT, intent.at.to_string())?;
            document.put(&object, QUANTITY, quantity.normalize().to_string())?;
        }
        Command::SetQuantity { line, quantity } => {
            let lines = map(document, &ROOT, LINES)?;
            let object = map(document, &lines, line.as_str())?;
            put_register(document, &object, QUANTITY, &quantity.normalize().to_string())?;
        }
        Command::SetNote { note } => put_register(document, &ROOT, NOTE, note)?,
        Command::Submit { pins } => {
            let submission = document.put_object(ROOT, SUBMITTED, ObjType::Map)?;
            document.put(&submission, ID, intent.id.to_string())?;
            document.put(&submission, BY, intent.by.as_str())?;
            document.put(&submission, AT, intent.at.to_string())?;
            document.put(&submission, DEVICE, intent.device.to_string())?;
            let object = document.put_object(&submission, PINS, ObjType::Map)?;
            for (line, pin) in pins {
                document.put(&object, line.as_str(), json(pin)?)?;
            }
        }
    }
    Ok(())
}

/// Writes the server's answer to a submission, what was ordered, and the decision behind it where there was one, as one
/// change by the server at its time.
///
/// # Errors
/// [`DocumentError::NotWritten`]; the document is as it was.
pub fn record_answer(
    id: &DocumentId,
    document: &mut Automerge,
    status: &ServerStatus,
    purchase_orders: &[PurchaseOrder],
    decision: Option<&Decision>,
) -> Result<Option<ChangeHash>, DocumentError> {
    document.set_actor(server_actor(id));
    let mut transaction = document.transaction();
    let server = map(&transaction, &ROOT, SERVER)?;
    transaction.put(&server, STATUS, json(status)?)?;
    if let Some(decision) = decision {
        transaction.put(&server, DECISION, json(decision)?)?;
    }
    if !purchase_orders.is_empty() {
        let orders = transaction.put_object(&server, PURCHASE_ORDERS, ObjType::Map)?;
        for order in purchase_orders {
            transaction.put(&orders, order.number.as_str(), json(order)?)?;
        }
    }
    Ok(transaction.commit_with(CommitOptions::default().with_time(status.at())).0)
}

/// Writes a register. Where the value chosen to settle a conflict is the one that Automerge shows, Automerge would only
/// delete the others, and a concurrent choice of somebody else would then win unseen. Writing something that is neither shown
/// nor chosen first makes the choice a write of its own.
fn put_register(document: &mut Transaction<'_>, object: &ObjId, key: &str, value: &str) -> Result<(), DocumentError> {
    if document.get_all(object, key)?.len() > 1 {
        let shown = document.get(object, key)?;
        let shown = shown.as_ref().and_then(|(shown, _)| shown.as_str());
        let between = ["", "-", "--"].into_iter().find(|text| *text != value && Some(*text) != shown);
        document.put(object, key, between.unwrap_or_default())?;
    }
    Ok(document.put(object, key, value)?)
}

fn map(document: &impl ReadDoc, object: &ObjId, key: &str) -> Result<ObjId, DocumentError> {
    match document.get(object, key)? {
        Some((Value::Object(ObjType::Map), map)) => Ok(map),
        _ => Err(DocumentError::NotWritten(format!("{key} is not there"))),
    }
}

fn json(value: &impl Serialize) -> Result<String, DocumentError> {
    serde_json::to_string(value).map_err(|error| DocumentError::NotWritten(error.to_string()))
}
