//! A write transaction in which much is written at once: rows are gathered and written table by
//! table, a statement for many of them, because a statement each costs more than the checks of a
//! document do.

use std::collections::BTreeMap;

use calloff_core::ids::{DocumentId, IntentId};
use calloff_core::order::accept::CutOrder;
use calloff_core::order::{OrderState, PurchaseOrder};
use sqlx::SqliteConnection;

use crate::error::ServiceError;
use crate::failpoint::failpoint;
use crate::storage::WriteTransaction;
use crate::storage::feed::{
    self, ChangedDocument, QuarantinedBatch, StoredDocument, put_documents, quarantine,
};
use crate::storage::incarnation::number_block;
use crate::storage::orders::{
    Received, last_purchase_order_number, order_of_submission, record_orders,
    set_last_purchase_order_number,
};

/// What a group writes. Dropped without [`Writes::commit`] it changes nothing.
pub struct Writes {
    transaction: WriteTransaction,
    /// By identifier: a document that changes twice is written once.
    documents: BTreeMap<DocumentId, ChangedDocument>,
    /// The order of their last changes: the feed's.
    changed: Vec<DocumentId>,
    orders: BTreeMap<DocumentId, (OrderState, Received)>,
    quarantined: Vec<QuarantinedBatch>,
    /// The last number given to a purchase order, once it was asked for, and whether it is written.
    number: Option<(u64, bool)>,
    /// The block of the numbers.
    block: String,
}

impl Writes {
    /// Nothing yet.
    #[must_use]
    pub fn new(transaction: WriteTransaction) -> Self {
        Self {
            transaction,
            documents: BTreeMap::new(),
            changed: Vec::new(),
            orders: BTreeMap::new(),
            quarantined: Vec::new(),
            number: None,
            block: String::new(),
        }
    }

    /// A document as it is after all that was gathered.
    ///
    /// # Errors
    /// The database failed.
    pub async fn document(
        &mut self,
        id: &DocumentId,
    ) -> Result<Option<StoredDocument>, ServiceError> {
        match self.documents.get(id) {
            Some(changed) => Ok(Some(changed.document.clone())),
            None => Ok(feed::document(&mut self.transaction, id).await?),
        }
    }

    /// Stores a document and puts it at the end of its site's feed.
    pub fn put_document(&mut self, document: StoredDocument, now: i64) {
        self.changed.retain(|id| *id != document.id);
        self.changed.push(document.id);
        self.documents.insert(document.id, ChangedDocument { document, changed_at: now });
    }

    /// Replaces an order's rows for finance.
    pub fn record_order(&mut self, order: OrderState, received: Received) {
        self.orders.insert(order.document, (order, received));
    }

    /// The order that carries a submission, after all that was gathered.
    ///
    /// # Errors
    /// The database failed.
    pub async fn order_of_submission(
        &mut self,
        submission: &IntentId,
    ) -> Result<Option<DocumentId>, ServiceError> {
        let carries = |order: &OrderState| {
            order.submitted.as_ref().is_some_and(|submitted| submitted.id == *submission)
        };
        let gathered =
            self.orders.values().find(|(order, _)| carries(order)).map(|(order, _)| order.document);
        match gathered {
            Some(document) => Ok(Some(document)),
            None => Ok(order_of_submission(&mut self.transaction, submission).await?),
        }
    }

    /// Keeps a refused batch.
    pub fn quarantine(&mut self, batch: QuarantinedBatch) {
        self.quarantined.push(batch);
    }

    /// The last number given to a purchase order.
    ///
    /// # Errors
    /// The database failed.
    pub async fn last_number(&mut self) -> Result<u64, ServiceError> {
        if let Some((last, _)) = self.number {
            return Ok(last);
        }
        let last = last_purchase_order_number(&mut self.transaction).await?;
        self.block = number_block(&mut self.transaction).await?;
        self.number = Some((last, true));
        Ok(last)
    }

    /// Gives purchase orders the next numbers after [`Writes::last_number`].
    pub fn number(&mut self, cut: Vec<CutOrder>) -> Vec<PurchaseOrder> {
        let mut numbered = Vec::with_capacity(cut.len());
        let mut last = self.number.map_or(0, |(last, _)| last);
        for order in cut {
            last += 1;
            let block =
                if self.block.is_empty() { String::new() } else { format!("{}-", self.block) };
            numbered.push(order.numbered(format!("PO-{block}{last:06}")));
        }
        self.number = Some((last, false));
        numbered
    }

    /// Gives numbers back that were given after this one, where what was numbered is not stored
    /// after all.
    pub fn give_back_numbers(&mut self, last: u64) {
        self.number = Some((last, false));
    }

    /// The connection, with everything written that was gathered: for whoever must read the group's
    /// own rows.
    ///
    /// # Errors
    /// The database failed; the transaction is to be dropped.
    pub async fn written(&mut self) -> Result<&mut SqliteConnection, ServiceError> {
        let documents = std::mem::take(&mut self.documents);
        let changed = std::mem::take(&mut self.changed);
        let in_order: Vec<_> = changed.iter().filter_map(|id| documents.get(id)).collect();
        put_documents(&mut self.transaction, &in_order).await?;
        let orders: Vec<_> = std::mem::take(&mut self.orders).into_values().collect();
        record_orders(&mut self.transaction, &orders).await?;
        quarantine(&mut self.transaction, &std::mem::take(&mut self.quarantined)).await?;
        if let Some((last, false)) = self.number {
            set_last_purchase_order_number(&mut self.transaction, last).await?;
            self.number = Some((last, true));
        }
        Ok(&mut self.transaction)
    }

    /// Writes what was gathered and makes it durable.
    ///
    /// # Errors
    /// The database failed; nothing was kept.
    pub async fn commit(mut self) -> Result<(), ServiceError> {
        self.written().await?;
        failpoint!("before_commit");
        Ok(self.transaction.commit().await?)
    }
}
