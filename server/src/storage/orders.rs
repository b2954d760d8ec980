//! Submitted orders and their purchase orders, as finance reads them. They are derived from the
//! documents.

mod record;

use std::collections::BTreeSet;

use calloff_core::calendar::Date;
use calloff_core::ids::{DocumentId, IntentId, LocationId, SupplierId};
use calloff_core::money::{Currency, Money};
use calloff_core::order::{OrderStage, OrderState};
use calloff_core::wire::{OrderFilter, OrderRow};
use sqlx::FromRow;

use super::people::parse_id;
use super::sql::Sql;
use super::write::{Read, WriteTransaction};
use super::{ServerStore, StorageError, decode, to_u32};

pub use record::{NO_CHANNEL, record_orders, to_send};

/// The part of the organisation that a reader may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visible {
    /// All sites, also those that left the tree.
    All,
    /// The sites at and below these nodes.
    Below(Vec<LocationId>),
}

/// A selection of orders.
#[derive(Debug, Clone, Copy)]
pub struct OrderQuery<'q> {
    /// The sites that the reader may see.
    pub visible: &'q Visible,
    /// The filter that the reader set.
    pub filter: &'q OrderFilter,
}

impl OrderQuery<'_> {
    /// Whether a purchase order alone does not tell that it is selected.
    fn asks_of_order(self) -> bool {
        let OrderFilter { site, supplier: _, from, to, stage } = self.filter;
        *self.visible != Visible::All
            || site.is_some()
            || from.is_some()
            || to.is_some()
            || stage.is_some()
    }
}

/// The facts about the arrival of an order that only the server knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The time of arrival by the server's clock, in milliseconds since the Unix epoch.
    pub at: i64,
    /// The day of arrival at the site.
    pub on: Date,
    /// The IANA time zone of the site.
    pub time_zone: String,
    /// The names on the order that belong to nobody who may order at the site.
    pub unknown_names: Vec<String>,
}

/// An order whose rows are to be brought up to its present state.
#[derive(Debug, Clone)]
pub struct ToRecord {
    /// The order.
    pub order: OrderState,
    /// Its arrival.
    pub received: Received,
    /// Whether the order was never submitted before, so that it has no rows yet.
    pub is_first: bool,
}

/// The purchase orders that a transaction cuts, and that are to be sent. Others that it records
/// were cut before, by a server whose copy of the database is lost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewlyCut {
    /// Their numbers.
    pub numbers: BTreeSet<String>,
    /// When they were cut, in milliseconds since the Unix epoch.
    pub at: i64,
}

/// The part of one purchase order, or of one line of an order on hold, that a list of orders shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseOrderFact {
    /// The document of the order.
    pub document: DocumentId,
    /// The name of the supplier.
    pub supplier_name: String,
    /// The total of the purchase order, or the amount of the line.
    pub total: Money,
    /// The number of its lines.
    pub lines: u32,
}

/// An identifier and a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The identifier.
    pub id: String,
    /// The name.
    pub name: String,
}

impl ServerStore {
    /// One page of orders without suppliers and totals. The orders with the latest day at their
    /// site come first.
    ///
    /// # Errors
    /// The database failed, or a stored value cannot be read.
    pub async fn order_rows(
        &self,
        query: OrderQuery<'_>,
        limit: u32,
        offset: u64,
    ) -> Result<Vec<OrderRow>, StorageError> {
        let mut sql = Sql::new(ROW_COLUMNS);
        push_conditions(&mut sql, query)?;
        sql.push(" ORDER BY head.received_on DESC, head.received_at DESC, head.document LIMIT ")
            .push_bind(limit);
        sql.push(" OFFSET ").push_bind(i64::try_from(offset).unwrap_or(i64::MAX));
        let rows: Vec<Row> = sql.all(&mut self.read().await?).await?;
        rows.into_iter().map(Row::order).collect()
    }

    /// One order without suppliers and totals. `None` if there is no such order, or if the reader
    /// may not see it.
    ///
    /// # Errors
    /// The errors of [`ServerStore::order_rows`].
    pub async fn order_row(
        &self,
        visible: &Visible,
        id: &DocumentId,
    ) -> Result<Option<OrderRow>, StorageError> {
        let mut sql = Sql::new(ROW_COLUMNS);
        push_conditions(&mut sql, OrderQuery { visible, filter: &OrderFilter::default() })?;
        sql.push(" AND head.document = ").push_bind(id.to_string());
        let row: Option<Row> = sql.optional(&mut self.read().await?).await?;
        row.map(Row::order).transpose()
    }

    /// The number of orders in a selection.
    ///
    /// # Errors
    /// The errors of [`ServerStore::order_rows`].
    pub async fn order_count(&self, query: OrderQuery<'_>) -> Result<u64, StorageError> {
        let mut sql = Sql::new("SELECT count(*) FROM order_head head");
        push_conditions(&mut sql, query)?;
        let count: i64 = sql.value(&mut self.read().await?).await?;
        Ok(count.unsigned_abs())
    }

    /// The total of the purchase orders of all orders in a selection: one sum for each currency, by
    /// currency code. If the filter names a supplier, only the purchase orders to this supplier
    /// count.
    ///
    /// # Errors
    /// The errors of [`ServerStore::order_rows`].
    pub async fn order_totals(&self, query: OrderQuery<'_>) -> Result<Vec<Money>, StorageError> {
        // Two sums: one of the whole multiples of 10^9, one of the rests. So no number of orders
        // exceeds 64 bits, at which SQLite would fail.
        let mut sql = Sql::new(
            "SELECT po.currency, CAST(sum(po.total / 1000000000) AS BIGINT) AS thousand_millions,
                    CAST(sum(po.total % 1000000000) AS BIGINT) AS rest
             FROM purchase_order po",
        );
        // Looking up the order of each purchase order takes longer than adding up.
        if query.asks_of_order() {
            sql.push(" JOIN order_head head ON head.document = po.document");
            push_conditions(&mut sql, query)?;
        } else {
            sql.push(" WHERE true");
        }
        if let Some(supplier) = &query.filter.supplier {
            sql.push(" AND po.supplier = ").push_bind(supplier.as_str());
        }
        sql.push(" GROUP BY po.currency ORDER BY po.currency");
        let rows: Vec<(String, i64, i64)> = sql.all(&mut self.read().await?).await?;
        rows.iter()
            .map(|(currency, thousand_millions, rest)| {
                let minor_units =
                    i128::from(*thousand_millions) * 1_000_000_000 + i128::from(*rest);
                money("sum of orders in", currency, currency, minor_units)
            })
            .collect()
    }

    /// The purchase orders of these orders. With `supplier`, only those to this supplier.
    ///
    /// # Errors
    /// The errors of [`ServerStore::order_rows`].
    pub async fn purchase_order_facts(
        &self,
        documents: &[DocumentId],
        supplier: Option<&SupplierId>,
    ) -> Result<Vec<PurchaseOrderFact>, StorageError> {
        let mut sql = Sql::new(
            "SELECT document, supplier_name, currency, total,
                    (SELECT count(*) FROM order_line_fact line
                     WHERE line.document = po.document AND line.supplier = po.supplier
                       AND line.currency = po.currency
                       AND line.delivery_date = po.delivery_date) AS lines
             FROM purchase_order po WHERE ",
        );
        push_among(&mut sql, "document", documents)?;
        if let Some(supplier) = supplier {
            sql.push(" AND supplier = ").push_bind(supplier.as_str());
        }
        sql.push(" ORDER BY document, number");
        let rows: Vec<FactRow> = sql.all(&mut self.read().await?).await?;
        rows.into_iter().map(FactRow::fact).collect()
    }

    /// The supplier and the locked amount of each line, for those of these orders that are on hold.
    /// An order whose locked prices do not match their release has no such lines.
    ///
    /// # Errors
    /// The errors of [`ServerStore::order_rows`].
    pub async fn waiting_lines(
        &self,
        documents: &[DocumentId],
    ) -> Result<Vec<PurchaseOrderFact>, StorageError> {
        let mut sql = Sql::new(
            "SELECT line.document, line.currency, line.amount AS total, CAST(1 AS BIGINT) AS lines,
                    coalesce(supplier.name, line.supplier) AS supplier_name
             FROM order_line_fact line JOIN order_head head ON head.document = line.document AND head.is_waiting
             LEFT JOIN supplier ON supplier.id = line.supplier WHERE ",
        );
        push_among(&mut sql, "line.document", documents)?;
        let rows: Vec<FactRow> = sql.all(&mut self.read().await?).await?;
        rows.into_iter().map(FactRow::fact).collect()
    }

    /// The IANA time zone of a site, also of a site that left the tree. `None` if there never was
    /// such a site.
    ///
    /// # Errors
    /// The database failed.
    pub async fn site_time_zone(&self, site: &LocationId) -> Result<Option<String>, StorageError> {
        let zone: Option<Option<String>> = Sql::new("SELECT time_zone FROM location WHERE id = $1")
            .bind(site.as_str())
            .optional_value(&mut self.read().await?)
            .await?;
        Ok(zone.flatten())
    }

    /// The organisation, which is the root of the location tree. `None` before the tree was
    /// imported.
    ///
    /// # Errors
    /// The database failed.
    pub async fn organisation(&self) -> Result<Option<Named>, StorageError> {
        let row: Option<(String, String)> =
            Sql::new("SELECT id, name FROM location WHERE parent IS NULL")
                .optional(&mut self.read().await?)
                .await?;
        Ok(row.map(|(id, name)| Named { id, name }))
    }

    /// The name of a site. `None` if the tree has no such site.
    ///
    /// # Errors
    /// The database failed.
    pub async fn site_name(&self, site: &LocationId) -> Result<Option<String>, StorageError> {
        Sql::new(
            "SELECT name FROM location WHERE id = $1 AND time_zone IS NOT NULL AND NOT has_left",
        )
        .bind(site.as_str())
        .optional_value(&mut self.read().await?)
        .await
    }

    /// The sites that have orders and that the reader may see, by name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn sites_with_orders(&self, visible: &Visible) -> Result<Vec<Named>, StorageError> {
        let mut sql = Sql::new(
            "SELECT DISTINCT head.site, coalesce(location.name, head.site) AS name
             FROM order_head head LEFT JOIN location ON location.id = head.site",
        );
        push_conditions(&mut sql, OrderQuery { visible, filter: &OrderFilter::default() })?;
        sql.push(" ORDER BY name, head.site");
        named(sql.all(&mut self.read().await?).await?)
    }

    /// The suppliers of the purchase orders that the reader may see, by name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn suppliers_with_orders(
        &self,
        visible: &Visible,
    ) -> Result<Vec<Named>, StorageError> {
        let mut sql = Sql::new(
            "SELECT po.supplier, max(po.supplier_name) AS name
             FROM purchase_order po JOIN order_head head ON head.document = po.document",
        );
        push_conditions(&mut sql, OrderQuery { visible, filter: &OrderFilter::default() })?;
        sql.push(" GROUP BY po.supplier ORDER BY name, po.supplier");
        named(sql.all(&mut self.read().await?).await?)
    }
}

const ROW_COLUMNS: &str =
    "SELECT head.document, head.site, head.stage, head.submitted_by, head.submitted_at, head.device,
        head.received_at, head.received_on, head.release, head.lines, head.is_waiting, head.is_honoured,
        head.unknown_names,
        coalesce(head.time_zone, location.time_zone, 'UTC') AS time_zone,
        coalesce(location.name, head.site) AS site_name, coalesce(device.name, '') AS device_name
    FROM order_head head
    LEFT JOIN location ON location.id = head.site
    LEFT JOIN device ON device.id = head.device";

/// Appends the conditions on `head`.
fn push_conditions(sql: &mut Sql, query: OrderQuery<'_>) -> Result<(), StorageError> {
    sql.push(" WHERE true");
    if let Visible::Below(nodes) = query.visible {
        push_below(sql, "head.site", nodes)?;
    }
    let OrderFilter { site, supplier, from, to, stage } = query.filter;
    if let Some(site) = site {
        push_below(sql, "head.site", std::slice::from_ref(site))?;
    }
    if let Some(supplier) = supplier {
        sql.push(
            " AND EXISTS (SELECT 1 FROM purchase_order other WHERE other.document = head.document AND other.supplier = ",
        );
        sql.push_bind(supplier.to_string()).push(")");
    }
    if let Some(from) = from {
        sql.push(" AND head.received_on >= ").push_bind(from.to_string());
    }
    if let Some(to) = to {
        sql.push(" AND head.received_on <= ").push_bind(to.to_string());
    }
    if let Some(stage) = stage {
        sql.push(" AND head.is_waiting = ").push_bind(*stage == OrderStage::OnHold);
        sql.push(" AND head.stage = ").push_bind(stage_name(*stage).unwrap_or_default());
    }
    Ok(())
}

/// Appends the condition that the document in a column is one of these.
fn push_among(sql: &mut Sql, column: &str, documents: &[DocumentId]) -> Result<(), StorageError> {
    sql.push(column).push(" IN (SELECT value FROM json_each(");
    sql.push_bind(serde_json::to_string(documents)?).push("))");
    Ok(())
}

/// Appends the condition that the location in a column is at or below one of these nodes.
pub(super) fn push_below(
    sql: &mut Sql,
    column: &str,
    nodes: &[LocationId],
) -> Result<(), StorageError> {
    sql.push(" AND ").push(column).push(
        " IN (WITH RECURSIVE below (id) AS (SELECT id FROM location WHERE id IN \
               (SELECT value FROM json_each(",
    );
    sql.push_bind(serde_json::to_string(nodes)?);
    sql.push(
        ")) UNION SELECT location.id FROM location JOIN below ON location.parent = below.id) \
         SELECT id FROM below)",
    );
    Ok(())
}

/// The order that contains a submission. `None` if no order does.
///
/// # Errors
/// The database failed, or a stored value cannot be read.
pub async fn order_of_submission(
    read: &mut Read,
    submission: &IntentId,
) -> Result<Option<DocumentId>, StorageError> {
    let document: Option<String> =
        Sql::new("SELECT document FROM order_head WHERE submission = $1")
            .bind(submission.to_string())
            .optional_value(read)
            .await?;
    document.map(|document| parse_id("order", &document)).transpose()
}

/// The last number that a purchase order got, and the block of the numbers, which is empty before
/// the first restore.
///
/// # Errors
/// The database failed.
pub async fn last_purchase_order_number(read: &mut Read) -> Result<(u64, String), StorageError> {
    let (last, block): (i64, String) =
        Sql::new("SELECT last, block FROM purchase_order_number").one(read).await?;
    Ok((last.unsigned_abs(), block))
}

/// Whether a purchase order of another document has this number.
///
/// # Errors
/// The database failed.
pub async fn has_number(
    read: &mut Read,
    number: &str,
    document: &DocumentId,
) -> Result<bool, StorageError> {
    Sql::new("SELECT EXISTS (SELECT 1 FROM purchase_order WHERE number = $1 AND document <> $2)")
        .bind(number)
        .bind(document.to_string())
        .value(read)
        .await
}

/// Stores the last number that a purchase order got. If the transaction is not committed, the
/// number is free again.
///
/// # Errors
/// The database failed.
pub async fn set_last_purchase_order_number(
    write: &mut WriteTransaction,
    last: u64,
) -> Result<(), StorageError> {
    Sql::new("UPDATE purchase_order_number SET last = $1")
        .bind(i64::try_from(last).unwrap_or(i64::MAX))
        .execute(write)
        .await?;
    Ok(())
}

fn named(rows: Vec<(String, String)>) -> Result<Vec<Named>, StorageError> {
    Ok(rows.into_iter().map(|(id, name)| Named { id, name }).collect())
}

/// A row of [`ROW_COLUMNS`].
#[derive(FromRow)]
struct Row {
    document: String,
    site: String,
    stage: String,
    submitted_by: String,
    submitted_at: i64,
    device: String,
    received_at: i64,
    received_on: String,
    release: Option<i64>,
    lines: i64,
    is_waiting: bool,
    is_honoured: bool,
    unknown_names: String,
    time_zone: String,
    site_name: String,
    device_name: String,
}

impl Row {
    fn order(self) -> Result<OrderRow, StorageError> {
        let document = self.document;
        Ok(OrderRow {
            site: parse_id("order", &self.site)?,
            site_name: self.site_name,
            stage: if self.is_waiting {
                OrderStage::OnHold
            } else {
                parse_stage(&document, &self.stage)?
            },
            submitted_by: self.submitted_by,
            submitted_at: self.submitted_at,
            device: parse_id("device", &self.device)?,
            device_name: self.device_name,
            received_at: self.received_at,
            release: self.release.map(i64::unsigned_abs),
            lines: to_u32(self.lines),
            suppliers: Vec::new(),
            totals: Vec::new(),
            locked: Vec::new(),
            is_honoured: self.is_honoured,
            received_on: parse_day(&document, &self.received_on)?,
            time_zone: self.time_zone,
            received_local: None,
            submitted_local: None,
            unknown_names: decode("names on order", &document, &self.unknown_names)?,
            document: parse_id("order", &document)?,
        })
    }
}

fn parse_day(document: &str, day: &str) -> Result<Date, StorageError> {
    day.parse().map_err(|error: jiff::Error| StorageError::Corrupt {
        what: "day of order",
        id: document.to_owned(),
        reason: error.to_string(),
    })
}

#[derive(FromRow)]
struct FactRow {
    document: String,
    supplier_name: String,
    currency: String,
    total: i64,
    lines: i64,
}

impl FactRow {
    fn fact(self) -> Result<PurchaseOrderFact, StorageError> {
        Ok(PurchaseOrderFact {
            supplier_name: self.supplier_name,
            lines: to_u32(self.lines),
            total: money("amount of order", &self.document, &self.currency, self.total.into())?,
            document: parse_id("order", &self.document)?,
        })
    }
}

/// Reads a stored amount. It is a number of minor units beside a currency.
pub(super) fn money(
    what: &'static str,
    id: &str,
    currency: &str,
    minor_units: i128,
) -> Result<Money, StorageError> {
    Currency::parse(currency)
        .and_then(|currency| Money::from_minor_units(minor_units, currency))
        .map_err(|error| StorageError::Corrupt {
            what,
            id: id.to_owned(),
            reason: error.to_string(),
        })
}

/// The stored name of a stage. `None` for a draft, which has no row. An order on hold is stored as
/// submitted, and the column `is_waiting` says that it is on hold.
fn stage_name(stage: OrderStage) -> Option<&'static str> {
    match stage {
        OrderStage::Draft => None,
        OrderStage::Submitted | OrderStage::OnHold => Some("submitted"),
        OrderStage::Refused => Some("refused"),
        OrderStage::Accepted => Some("accepted"),
    }
}

fn parse_stage(document: &str, name: &str) -> Result<OrderStage, StorageError> {
    match name {
        "submitted" => Ok(OrderStage::Submitted),
        "refused" => Ok(OrderStage::Refused),
        "accepted" => Ok(OrderStage::Accepted),
        _ => Err(StorageError::Corrupt {
            what: "order",
            id: document.to_owned(),
            reason: format!("{name:?} is no stage"),
        }),
    }
}
