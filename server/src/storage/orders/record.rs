//! Writes the rows of orders.
//!
//! An order may be recorded again: after a decision about it, when it is sent again, or when it is
//! taken up after a restore. Its head is updated in place, and a line is written again only if it
//! changed. A purchase order is written once and never changes, because other tables refer to it.

use std::collections::{BTreeMap, BTreeSet};

use calloff_core::ids::{DocumentId, OrderLineId};
use calloff_core::money::Money;
use calloff_core::order::PurchaseOrderState;
use calloff_core::order::{LockedPrice, OrderStage, OrderState, PurchaseOrder, Submission};
use calloff_core::wire::JobKind;
use serde_json::Value;
use sqlx::FromRow;

use super::super::jobs::{NewJob, enqueue};
use super::super::sql::Sql;
use super::super::suppliers::with_channel;
use super::super::write::WriteTransaction;
use super::super::{ROWS_AT_ONCE, StorageError};
use super::{NewlyCut, Received, ToRecord, push_among, stage_name};

/// Brings the rows of orders up to the present state of their documents. A draft has no rows.
///
/// # Errors
/// The database failed, an amount does not fit the stored form, or another order has a purchase
/// order with the same number.
pub async fn record_orders(
    write: &mut WriteTransaction,
    orders: &[ToRecord],
    newly_cut: &NewlyCut,
) -> Result<(), StorageError> {
    let sent = orders.iter().filter_map(|ToRecord { order, received, is_first }| {
        let (submission, stage) = (order.submitted.as_ref()?, stage_name(order.stage())?);
        Some(Sent { order, received, is_first: *is_first, submission, stage })
    });
    let sent: Vec<_> = sent.collect();
    for sent in sent.chunks(ROWS_AT_ONCE) {
        let recorded = sent.iter().filter(|sent| !sent.is_first);
        let documents: Vec<_> = recorded.map(|sent| sent.order.document).collect();
        record_heads(write, sent).await?;
        record_lines(write, sent, &documents).await?;
        record_purchase_orders(write, sent, &documents, newly_cut).await?;
    }
    Ok(())
}

/// An order that was submitted.
struct Sent<'o> {
    order: &'o OrderState,
    received: &'o Received,
    is_first: bool,
    submission: &'o Submission,
    /// The stage as `order_head` stores it.
    stage: &'static str,
}

async fn record_heads(write: &mut WriteTransaction, sent: &[Sent<'_>]) -> Result<(), StorageError> {
    let mut sql = Sql::new(
        "INSERT INTO order_head (document, site, stage, submitted_by, submitted_at, device, \
         received_at, received_on, release, lines, is_waiting, is_honoured, time_zone, \
         unknown_names, submission) ",
    );
    sql.push_rows(sent, |Sent { order, received, submission, stage, .. }| {
        [
            order.document.to_string().into(),
            order.site.as_str().into(),
            (*stage).into(),
            submission.by.as_str().into(),
            submission.at.into(),
            submission.device.to_string().into(),
            received.at.into(),
            received.on.to_string().into(),
            order.named_release().and_then(|release| i64::try_from(release).ok()).into(),
            i64::try_from(order.ordered_lines().count()).unwrap_or(i64::MAX).into(),
            (order.stage() == OrderStage::OnHold).into(),
            order.is_honoured().into(),
            received.time_zone.as_str().into(),
            serde_json::to_string(&received.unknown_names).unwrap_or_default().into(),
            submission.id.to_string().into(),
        ]
    });
    sql.push(
        " ON CONFLICT (document) DO UPDATE SET stage = excluded.stage, \
         submitted_by = excluded.submitted_by, submitted_at = excluded.submitted_at, \
         device = excluded.device, received_at = excluded.received_at, \
         received_on = excluded.received_on, release = excluded.release, \
         lines = excluded.lines, is_waiting = excluded.is_waiting, \
         is_honoured = excluded.is_honoured, time_zone = excluded.time_zone, \
         unknown_names = excluded.unknown_names, submission = excluded.submission",
    );
    sql.execute(write).await?;
    Ok(())
}

/// A row of `order_line_fact`.
#[derive(Debug, PartialEq, Eq, FromRow)]
struct LineFact {
    document: String,
    line: String,
    supplier: String,
    contract: String,
    contract_version: i64,
    contract_line: String,
    item: String,
    quantity: String,
    unit: String,
    unit_price: String,
    base_quantity: String,
    currency: String,
    amount: i64,
    delivery_date: String,
}

impl LineFact {
    fn of(
        order: &OrderState,
        line: &OrderLineId,
        locked: &LockedPrice,
    ) -> Result<Self, StorageError> {
        Ok(Self {
            document: order.document.to_string(),
            line: line.to_string(),
            supplier: locked.supplier.to_string(),
            contract: locked.contract.to_string(),
            contract_version: locked.version.into(),
            contract_line: locked.line.to_string(),
            item: locked.item.to_string(),
            quantity: locked.quantity.value.to_string(),
            unit: locked.quantity.unit.to_string(),
            unit_price: locked.unit_price.to_string(),
            base_quantity: locked.base_quantity.to_string(),
            currency: locked.amount.currency.to_string(),
            amount: minor_units(order, &locked.amount)?,
            delivery_date: order.delivery_date(line, locked).to_string(),
        })
    }

    fn key(&self) -> (String, String) {
        (self.document.clone(), self.line.clone())
    }
}

async fn record_lines(
    write: &mut WriteTransaction,
    sent: &[Sent<'_>],
    documents: &[DocumentId],
) -> Result<(), StorageError> {
    let mut wanted = BTreeMap::new();
    // The rows are added up. So an order that failed verification has none.
    for order in sent.iter().map(|sent| sent.order).filter(|order| order.is_verified()) {
        for (line, content) in order.ordered_lines() {
            let Some(locked) = &content.locked else { continue };
            let fact = LineFact::of(order, line, locked)?;
            wanted.insert(fact.key(), fact);
        }
    }
    let stored = stored_lines(write, documents).await?;
    let mut changed = Vec::new();
    for fact in &stored {
        let key = fact.key();
        if wanted.get(&key) == Some(fact) {
            wanted.remove(&key);
        } else {
            changed.push(key);
        }
    }
    for changed in changed.chunks(ROWS_AT_ONCE) {
        let mut sql = Sql::new("DELETE FROM order_line_fact WHERE (document, line) IN (");
        sql.push_rows(changed, |(document, line)| [document.into(), line.into()]).push(")");
        sql.execute(write).await?;
    }
    let wanted: Vec<&LineFact> = wanted.values().collect();
    for facts in wanted.chunks(ROWS_AT_ONCE) {
        let mut sql = Sql::new(
            "INSERT INTO order_line_fact (document, line, supplier, contract, contract_version, \
             contract_line, item, quantity, unit, unit_price, base_quantity, currency, amount, \
             delivery_date) ",
        );
        sql.push_rows(facts, |fact| {
            [
                (&fact.document).into(),
                (&fact.line).into(),
                (&fact.supplier).into(),
                (&fact.contract).into(),
                fact.contract_version.into(),
                (&fact.contract_line).into(),
                (&fact.item).into(),
                (&fact.quantity).into(),
                (&fact.unit).into(),
                (&fact.unit_price).into(),
                (&fact.base_quantity).into(),
                (&fact.currency).into(),
                fact.amount.into(),
                (&fact.delivery_date).into(),
            ]
        });
        sql.execute(write).await?;
    }
    Ok(())
}

/// The stored lines of orders that were recorded before.
async fn stored_lines(
    write: &mut WriteTransaction,
    documents: &[DocumentId],
) -> Result<Vec<LineFact>, StorageError> {
    if documents.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new("SELECT * FROM order_line_fact WHERE ");
    push_among(&mut sql, "document", documents)?;
    sql.all(write).await
}

/// The numbers of the stored purchase orders of orders that were recorded before.
async fn stored_numbers(
    write: &mut WriteTransaction,
    documents: &[DocumentId],
) -> Result<BTreeSet<String>, StorageError> {
    if documents.is_empty() {
        return Ok(BTreeSet::new());
    }
    let mut sql = Sql::new("SELECT number FROM purchase_order WHERE ");
    push_among(&mut sql, "document", documents)?;
    let stored: Vec<String> = sql.values(write).await?;
    Ok(stored.into_iter().collect())
}

async fn record_purchase_orders(
    write: &mut WriteTransaction,
    sent: &[Sent<'_>],
    documents: &[DocumentId],
    newly_cut: &NewlyCut,
) -> Result<(), StorageError> {
    let stored = stored_numbers(write, documents).await?;
    let mut cut = Vec::new();
    for order in sent.iter().map(|sent| sent.order) {
        for purchase_order in &order.server.purchase_orders {
            if !stored.contains(&purchase_order.number) {
                cut.push((order, purchase_order, minor_units(order, &purchase_order.total)?));
            }
        }
    }
    let is_new =
        |purchase_order: &PurchaseOrder| newly_cut.numbers.contains(&purchase_order.number);
    let suppliers: BTreeSet<&str> = cut
        .iter()
        .filter(|(_, purchase_order, _)| is_new(purchase_order))
        .map(|(_, purchase_order, _)| purchase_order.supplier.as_str())
        .collect();
    let with_channel = if suppliers.is_empty() {
        BTreeSet::new()
    } else {
        with_channel(write, &suppliers).await?
    };
    let state = |purchase_order: &PurchaseOrder| match is_new(purchase_order) {
        true if with_channel.contains(purchase_order.supplier.as_str()) => {
            PurchaseOrderState::ToSend
        }
        true => PurchaseOrderState::NeedsPerson,
        false => PurchaseOrderState::Unknown,
    };
    for cut in cut.chunks(ROWS_AT_ONCE) {
        let mut sql = Sql::new(
            "INSERT INTO purchase_order (number, document, supplier, supplier_name, \
             delivery_date, currency, total, state, state_since, why_person) ",
        );
        sql.push_rows(cut, |(order, purchase_order, total)| {
            let state = state(purchase_order);
            let why_person = (state == PurchaseOrderState::NeedsPerson).then_some(NO_CHANNEL);
            let PurchaseOrder { number, supplier, supplier_name, delivery_date, .. } =
                purchase_order;
            [
                number.into(),
                order.document.to_string().into(),
                supplier.as_str().into(),
                supplier_name.as_deref().unwrap_or(supplier.as_str()).into(),
                delivery_date.to_string().into(),
                purchase_order.total.currency.as_str().into(),
                (*total).into(),
                state.name().into(),
                is_new(purchase_order).then_some(newly_cut.at).into(),
                why_person.into(),
            ]
        });
        sql.execute(write).await?;
    }
    for (_, purchase_order, _) in &cut {
        if state(purchase_order) == PurchaseOrderState::ToSend {
            to_send(write, &purchase_order.number, &Value::Null, newly_cut.at).await?;
        }
    }
    Ok(())
}

/// Why a person must send a purchase order that no channel sends.
pub const NO_CHANNEL: &str = "the supplier has no channel by which the server can send";

/// Enqueues the job that sends a purchase order. `asked` is what a person asked for, as JSON. It is
/// null if the server sends by itself.
///
/// # Errors
/// The database failed.
pub async fn to_send(
    write: &mut WriteTransaction,
    number: &str,
    asked: &Value,
    at: i64,
) -> Result<(), StorageError> {
    let job = NewJob { kind: JobKind::Dispatch, key: number, payload: asked, run_at: at };
    enqueue(write, job, at).await
}

/// An amount as it is stored. An amount that is not a whole number of minor units, or does not fit
/// 64 bits, was refused before the order came here.
fn minor_units(order: &OrderState, amount: &Money) -> Result<i64, StorageError> {
    amount.to_minor_units().ok_or_else(|| StorageError::Corrupt {
        what: "amount of order",
        id: order.document.to_string(),
        reason: format!("{amount} is no whole number of minor units that fits 64 bits"),
    })
}

#[cfg(test)]
mod tests;
