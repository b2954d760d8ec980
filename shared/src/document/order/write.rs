//! Writes schema 1 of an order.

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{Automerge, ChangeHash, ObjType, ROOT, ReadDoc, Value};

use super::schema::{
    CREATED_AT, CREATED_BY, DECISION, DISCARDED, HEADER, HOLDER, ITEM, LINES, LOCKED_PRICES, NAME,
    NOTE, PROGRESS, PURCHASE_ORDERS, QUANTITY, SERVER, SITE, STATUS, SUBMITTED, UNIT,
};
use crate::document::schema::{ADDED_AT, ADDED_BY, AT, BY, DEVICE, ID};
use crate::document::write::{Write, json, map, put_register};
use crate::document::{DocumentError, server_actor};
use crate::ids::DocumentId;
use crate::order::{Command, Decision, Intent, PurchaseOrder, PurchaseOrderProgress, ServerStatus};

impl Write for Command {
    fn write(document: &mut Transaction<'_>, intent: &Intent) -> Result<(), DocumentError> {
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
            Command::SetName { name } => put_register(document, &ROOT, NAME, name)?,
            Command::HandOver { to } => put_register(document, &ROOT, HOLDER, to)?,
            Command::KeepOrder { keep: false } => {
                put_register(document, &ROOT, DISCARDED, &intent.id.to_string())?;
            }
            Command::KeepOrder { keep: true } => {
                // If nobody discarded the order, there is nothing to write.
                if document.get(&ROOT, DISCARDED)?.is_some() {
                    put_register(document, &ROOT, DISCARDED, "")?;
                }
            }
            Command::Submit { locked_prices } => {
                let submission = document.put_object(ROOT, SUBMITTED, ObjType::Map)?;
                document.put(&submission, ID, intent.id.to_string())?;
                document.put(&submission, BY, intent.by.as_str())?;
                document.put(&submission, AT, intent.at.to_string())?;
                document.put(&submission, DEVICE, intent.device.to_string())?;
                let object = document.put_object(&submission, LOCKED_PRICES, ObjType::Map)?;
                for (line, locked) in locked_prices {
                    document.put(&object, line.as_str(), json(locked)?)?;
                }
            }
        }
        Ok(())
    }
}

/// Writes the server's answer to a submission, the purchase orders, and the decision of
/// procurement, if there was one. It is one change by the server, with the server's time.
///
/// # Errors
/// [`DocumentError::NotWritten`]; the document is then unchanged.
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

/// Writes how far a purchase order is on its way to the supplier. It is one change by the server,
/// with the server's time.
///
/// # Errors
/// [`DocumentError::NotWritten`]; the document is then unchanged.
pub fn record_progress(
    id: &DocumentId,
    document: &mut Automerge,
    number: &str,
    progress: &PurchaseOrderProgress,
) -> Result<Option<ChangeHash>, DocumentError> {
    document.set_actor(server_actor(id));
    let mut transaction = document.transaction();
    let server = map(&transaction, &ROOT, SERVER)?;
    let of_all = match transaction.get(&server, PROGRESS)? {
        Some((Value::Object(ObjType::Map), of_all)) => of_all,
        _ => transaction.put_object(&server, PROGRESS, ObjType::Map)?,
    };
    transaction.put(&of_all, number, json(progress)?)?;
    Ok(transaction.commit_with(CommitOptions::default().with_time(progress.at)).0)
}
