//! A write transaction that gathers rows and writes them table by table. One statement writes many
//! rows, because a statement for each row costs more than the checks of a document.

use std::collections::BTreeMap;

use calloff_core::ids::{DocumentId, IntentId};
use calloff_core::order::PurchaseOrder;
use calloff_core::order::accept::CutOrder;

use crate::error::ServiceError;
use crate::failpoint::failpoint;
use crate::storage::WriteTransaction;
use crate::storage::feed::{
    self, ChangedDocument, QuarantinedBatch, StoredDocument, put_documents, quarantine,
};
use crate::storage::orders::{
    NewlyCut, ToRecord, last_purchase_order_number, order_of_submission, record_orders,
    set_last_purchase_order_number,
};

/// The writes of a group. If they are dropped without [`Writes::commit`], nothing changes.
pub struct Writes {
    transaction: WriteTransaction,
    /// The gathered documents by identifier, so that a document that changes twice is written once.
    documents: BTreeMap<DocumentId, ChangedDocument>,
    /// The gathered documents in the order of their last changes, which is the order of the feed.
    changed: Vec<DocumentId>,
    orders: BTreeMap<DocumentId, ToRecord>,
    quarantined: Vec<QuarantinedBatch>,
    /// The last number that a purchase order got, and whether it is written. `None` until somebody
    /// asks for it.
    number: Option<(u64, bool)>,
    /// The numbers that were given to purchase orders of this transaction.
    newly_cut: NewlyCut,
    /// The block of the numbers, read with the last number. Empty before the first restore.
    block: String,
}

impl Writes {
    /// Begins to gather rows for a transaction.
    #[must_use]
    pub fn new(transaction: WriteTransaction) -> Self {
        Self {
            transaction,
            documents: BTreeMap::new(),
            changed: Vec::new(),
            orders: BTreeMap::new(),
            quarantined: Vec::new(),
            number: None,
            newly_cut: NewlyCut::default(),
            block: String::new(),
        }
    }

    /// A document with all gathered changes. `None` if there is no such document.
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
    pub fn record_order(&mut self, order: ToRecord) {
        self.orders.insert(order.order.document, order);
    }

    /// The stored order that contains a submission, without the gathered orders.
    ///
    /// # Errors
    /// The database failed.
    pub async fn stored_order_of(
        &mut self,
        submission: &IntentId,
    ) -> Result<Option<DocumentId>, ServiceError> {
        Ok(order_of_submission(&mut self.transaction, submission).await?)
    }

    /// Keeps a refused batch.
    pub fn quarantine(&mut self, batch: QuarantinedBatch) {
        self.quarantined.push(batch);
    }

    /// The last number that a purchase order got.
    ///
    /// # Errors
    /// The database failed.
    pub async fn last_number(&mut self) -> Result<u64, ServiceError> {
        if let Some((last, _)) = self.number {
            return Ok(last);
        }
        let last;
        (last, self.block) = last_purchase_order_number(&mut self.transaction).await?;
        self.number = Some((last, true));
        Ok(last)
    }

    /// Gives purchase orders the next numbers. [`Writes::last_number`] must come before. `at` is
    /// the time in milliseconds since the Unix epoch.
    pub fn number(&mut self, cut: Vec<CutOrder>, at: i64) -> Vec<PurchaseOrder> {
        let mut numbered = Vec::with_capacity(cut.len());
        self.newly_cut.at = at;
        let mut last = self.number.map_or(0, |(last, _)| last);
        for order in cut {
            last += 1;
            let number = self.purchase_order_number(last);
            self.newly_cut.numbers.insert(number.clone());
            numbered.push(order.numbered(number));
        }
        self.number = Some((last, false));
        numbered
    }

    fn purchase_order_number(&self, number: u64) -> String {
        let block = if self.block.is_empty() { String::new() } else { format!("{}-", self.block) };
        format!("PO-{block}{number:06}")
    }

    /// Makes all numbers after `last` free again, because the numbered purchase orders are not
    /// stored after all.
    pub fn give_back_numbers(&mut self, last: u64) {
        let given = self.number.map_or(last, |(given, _)| given);
        for number in last..given {
            let number = self.purchase_order_number(number + 1);
            self.newly_cut.numbers.remove(&number);
        }
        self.number = Some((last, false));
    }

    /// Writes all gathered rows and gives the connection, for a caller that must read the rows of
    /// the group.
    ///
    /// # Errors
    /// The database failed. The transaction must then be dropped.
    pub async fn written(&mut self) -> Result<&mut WriteTransaction, ServiceError> {
        let documents = std::mem::take(&mut self.documents);
        let changed = std::mem::take(&mut self.changed);
        let in_order: Vec<_> = changed.iter().filter_map(|id| documents.get(id)).collect();
        put_documents(&mut self.transaction, &in_order).await?;
        let orders: Vec<_> = std::mem::take(&mut self.orders).into_values().collect();
        record_orders(&mut self.transaction, &orders, &self.newly_cut).await?;
        quarantine(&mut self.transaction, &std::mem::take(&mut self.quarantined)).await?;
        if let Some((last, false)) = self.number {
            set_last_purchase_order_number(&mut self.transaction, last).await?;
            self.number = Some((last, true));
        }
        Ok(&mut self.transaction)
    }

    /// Writes all gathered rows and makes them durable.
    ///
    /// # Errors
    /// The database failed. Nothing was kept.
    pub async fn commit(mut self) -> Result<(), ServiceError> {
        self.written().await?;
        failpoint!("before_commit");
        Ok(self.transaction.commit().await?)
    }
}
