//! Submitted orders and their purchase orders, as finance reads them. They are derived from the
//! documents.

mod record;

use calloff_core::calendar::Date;
use calloff_core::ids::{DocumentId, IntentId, LocationId, SupplierId};
use calloff_core::money::{Currency, Money};
use calloff_core::order::OrderStage;
use calloff_core::wire::{OrderFilter, OrderRow};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::people::parse_id;
use super::{StorageError, Store, decode};

pub use record::record_orders;

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

impl Store {
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
        let mut sql = QueryBuilder::new(ROW_COLUMNS);
        push_conditions(&mut sql, query)?;
        sql.push(" ORDER BY head.received_on DESC, head.received_at DESC, head.document LIMIT ")
            .push_bind(limit);
        sql.push(" OFFSET ").push_bind(i64::try_from(offset).unwrap_or(i64::MAX));
        sql.build().fetch_all(&self.pool).await?.iter().map(read_row).collect()
    }

    /// One order without suppliers and totals. `None` if there is no such order, or if the reader
    /// may not see it.
    ///
    /// # Errors
    /// The errors of [`Store::order_rows`].
    pub async fn order_row(
        &self,
        visible: &Visible,
        id: &DocumentId,
    ) -> Result<Option<OrderRow>, StorageError> {
        let mut sql = QueryBuilder::new(ROW_COLUMNS);
        push_conditions(&mut sql, OrderQuery { visible, filter: &OrderFilter::default() })?;
        sql.push(" AND head.document = ").push_bind(id.to_string());
        sql.build().fetch_optional(&self.pool).await?.as_ref().map(read_row).transpose()
    }

    /// The number of orders in a selection.
    ///
    /// # Errors
    /// The errors of [`Store::order_rows`].
    pub async fn order_count(&self, query: OrderQuery<'_>) -> Result<u64, StorageError> {
        let mut sql = QueryBuilder::new("SELECT count(*) FROM order_head head");
        push_conditions(&mut sql, query)?;
        let count: i64 = sql.build_query_scalar().fetch_one(&self.pool).await?;
        Ok(count.unsigned_abs())
    }

    /// The total of the purchase orders of all orders in a selection: one sum for each currency, by
    /// currency code. If the filter names a supplier, only the purchase orders to this supplier
    /// count.
    ///
    /// # Errors
    /// The errors of [`Store::order_rows`].
    pub async fn order_totals(&self, query: OrderQuery<'_>) -> Result<Vec<Money>, StorageError> {
        // Two sums: one of the whole multiples of 10^9, one of the rests. So no number of orders
        // exceeds 64 bits, at which SQLite would fail.
        let mut sql = QueryBuilder::new(
            "SELECT po.currency, sum(po.total / 1000000000) AS thousand_millions,
                    sum(po.total % 1000000000) AS rest
             FROM purchase_order po JOIN order_head head ON head.document = po.document",
        );
        push_conditions(&mut sql, query)?;
        if let Some(supplier) = &query.filter.supplier {
            sql.push(" AND po.supplier = ").push_bind(supplier.as_str());
        }
        sql.push(" GROUP BY po.currency ORDER BY po.currency");
        let rows: Vec<(String, i64, i64)> = sql.build_query_as().fetch_all(&self.pool).await?;
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
    /// The errors of [`Store::order_rows`].
    pub async fn purchase_order_facts(
        &self,
        documents: &[DocumentId],
        supplier: Option<&SupplierId>,
    ) -> Result<Vec<PurchaseOrderFact>, StorageError> {
        let mut sql = QueryBuilder::new(
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
        sql.build().fetch_all(&self.pool).await?.iter().map(read_fact).collect()
    }

    /// The supplier and the locked amount of each line, for those of these orders that are on hold.
    /// An order whose locked prices do not match their release has no such lines.
    ///
    /// # Errors
    /// The errors of [`Store::order_rows`].
    pub async fn waiting_lines(
        &self,
        documents: &[DocumentId],
    ) -> Result<Vec<PurchaseOrderFact>, StorageError> {
        let mut sql = QueryBuilder::new(
            "SELECT line.document, line.currency, line.amount AS total, 1 AS lines,
                    coalesce(supplier.body ->> '$.name', line.supplier) AS supplier_name
             FROM order_line_fact line JOIN order_head head ON head.document = line.document AND head.is_waiting
             LEFT JOIN supplier ON supplier.id = line.supplier WHERE ",
        );
        push_among(&mut sql, "line.document", documents)?;
        sql.build().fetch_all(&self.pool).await?.iter().map(read_fact).collect()
    }

    /// The IANA time zone of a site, also of a site that left the tree. `None` if there never was
    /// such a site.
    ///
    /// # Errors
    /// The database failed.
    pub async fn site_time_zone(&self, site: &LocationId) -> Result<Option<String>, StorageError> {
        let zone: Option<Option<String>> =
            sqlx::query_scalar("SELECT body ->> '$.site.time_zone' FROM location WHERE id = ?")
                .bind(site.as_str())
                .fetch_optional(&self.pool)
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
            sqlx::query_as("SELECT id, body ->> '$.name' FROM location WHERE parent IS NULL")
                .fetch_optional(&self.pool)
                .await?;
        Ok(row.map(|(id, name)| Named { id, name }))
    }

    /// The name of a site. `None` if the tree has no such site.
    ///
    /// # Errors
    /// The database failed.
    pub async fn site_name(&self, site: &LocationId) -> Result<Option<String>, StorageError> {
        Ok(sqlx::query_scalar(
            "SELECT body ->> '$.name' FROM location WHERE id = ? AND body ->> '$.site' IS NOT NULL AND has_left = 0",
        )
        .bind(site.as_str())
        .fetch_optional(&self.pool)
        .await?)
    }

    /// The sites that the reader may see, by name, also those that left the tree.
    ///
    /// # Errors
    /// The database failed.
    pub async fn sites(&self, visible: &Visible) -> Result<Vec<Named>, StorageError> {
        let mut sql = QueryBuilder::new(
            "SELECT id, body ->> '$.name' AS name FROM location WHERE body ->> '$.site' IS NOT NULL",
        );
        if let Visible::Below(nodes) = visible {
            push_below(&mut sql, "id", nodes)?;
        }
        sql.push(" ORDER BY name, id");
        named(sql.build_query_as().fetch_all(&self.pool).await?)
    }

    /// The sites that have orders and that the reader may see, by name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn sites_with_orders(&self, visible: &Visible) -> Result<Vec<Named>, StorageError> {
        let mut sql = QueryBuilder::new(
            "SELECT DISTINCT head.site, coalesce(location.body ->> '$.name', head.site) AS name
             FROM order_head head LEFT JOIN location ON location.id = head.site",
        );
        push_conditions(&mut sql, OrderQuery { visible, filter: &OrderFilter::default() })?;
        sql.push(" ORDER BY name, head.site");
        named(sql.build_query_as().fetch_all(&self.pool).await?)
    }

    /// The suppliers of the purchase orders that the reader may see, by name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn suppliers_with_orders(
        &self,
        visible: &Visible,
    ) -> Result<Vec<Named>, StorageError> {
        let mut sql = QueryBuilder::new(
            "SELECT po.supplier, max(po.supplier_name) AS name
             FROM purchase_order po JOIN order_head head ON head.document = po.document",
        );
        push_conditions(&mut sql, OrderQuery { visible, filter: &OrderFilter::default() })?;
        sql.push(" GROUP BY po.supplier ORDER BY name, po.supplier");
        named(sql.build_query_as().fetch_all(&self.pool).await?)
    }
}

const ROW_COLUMNS: &str =
    "SELECT head.document, head.site, head.stage, head.submitted_by, head.submitted_at, head.device,
        head.received_at, head.received_on, head.release, head.lines, head.is_waiting, head.is_honoured,
        head.unknown_names,
        coalesce(head.time_zone, location.body ->> '$.site.time_zone', 'UTC') AS time_zone,
        coalesce(location.body ->> '$.name', head.site) AS site_name, coalesce(device.name, '') AS device_name
    FROM order_head head
    LEFT JOIN location ON location.id = head.site
    LEFT JOIN device ON device.id = head.device";

/// Appends the conditions on `head`.
fn push_conditions(
    sql: &mut QueryBuilder<'_, Sqlite>,
    query: OrderQuery<'_>,
) -> Result<(), StorageError> {
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
        sql.push(" AND head.is_waiting = ").push_bind(*stage == OrderStage::Waiting);
        sql.push(" AND head.stage = ").push_bind(stage_name(*stage).unwrap_or_default());
    }
    Ok(())
}

/// Appends the condition that the document in a column is one of these.
fn push_among(
    sql: &mut QueryBuilder<'_, Sqlite>,
    column: &str,
    documents: &[DocumentId],
) -> Result<(), StorageError> {
    sql.push(column).push(" IN (SELECT value FROM json_each(");
    sql.push_bind(serde_json::to_string(documents)?).push("))");
    Ok(())
}

/// Appends the condition that the location in a column is at or below one of these nodes.
pub(super) fn push_below(
    sql: &mut QueryBuilder<'_, Sqlite>,
    column: &str,
    nodes: &[LocationId],
) -> Result<(), StorageError> {
    sql.push(" AND ")
        .push(column)
        .push(" IN (WITH RECURSIVE below (id) AS (SELECT value FROM json_each(");
    sql.push_bind(serde_json::to_string(nodes)?);
    sql.push(
        ") UNION SELECT location.id FROM location JOIN below ON location.parent = below.id) SELECT id FROM below)",
    );
    Ok(())
}

/// The order that contains a submission. `None` if no order does.
///
/// # Errors
/// The database failed, or a stored value cannot be read.
pub async fn order_of_submission(
    connection: &mut SqliteConnection,
    submission: &IntentId,
) -> Result<Option<DocumentId>, StorageError> {
    let document: Option<String> =
        sqlx::query_scalar("SELECT document FROM order_head WHERE submission = ?")
            .bind(submission.to_string())
            .fetch_optional(connection)
            .await?;
    document.map(|document| parse_id("order", &document)).transpose()
}

/// The last number that a purchase order got, as a write transaction sees it.
///
/// # Errors
/// The database failed.
pub async fn last_purchase_order_number(
    connection: &mut SqliteConnection,
) -> Result<u64, StorageError> {
    let last: i64 =
        sqlx::query_scalar("SELECT last FROM purchase_order_number").fetch_one(connection).await?;
    Ok(last.unsigned_abs())
}

/// Whether a purchase order of another document has this number.
///
/// # Errors
/// The database failed.
pub async fn has_number(
    connection: &mut SqliteConnection,
    number: &str,
    document: &DocumentId,
) -> Result<bool, StorageError> {
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM purchase_order WHERE number = ? AND document <> ?)",
    )
    .bind(number)
    .bind(document.to_string())
    .fetch_one(connection)
    .await?)
}

/// Stores the last number that a purchase order got. If the transaction is not committed, the
/// number is free again.
///
/// # Errors
/// The database failed.
pub async fn set_last_purchase_order_number(
    connection: &mut SqliteConnection,
    last: u64,
) -> Result<(), StorageError> {
    sqlx::query("UPDATE purchase_order_number SET last = ?")
        .bind(i64::try_from(last).unwrap_or(i64::MAX))
        .execute(connection)
        .await?;
    Ok(())
}

fn named(rows: Vec<(String, String)>) -> Result<Vec<Named>, StorageError> {
    Ok(rows.into_iter().map(|(id, name)| Named { id, name }).collect())
}

fn read_row(row: &SqliteRow) -> Result<OrderRow, StorageError> {
    let document: String = row.try_get("document")?;
    let stage: String = row.try_get("stage")?;
    let release: Option<i64> = row.try_get("release")?;
    let lines: i64 = row.try_get("lines")?;
    Ok(OrderRow {
        site: parse_id("order", row.try_get("site")?)?,
        site_name: row.try_get("site_name")?,
        stage: if row.try_get("is_waiting")? {
            OrderStage::Waiting
        } else {
            parse_stage(&document, &stage)?
        },
        submitted_by: row.try_get("submitted_by")?,
        submitted_at: row.try_get("submitted_at")?,
        device: parse_id("device", row.try_get("device")?)?,
        device_name: row.try_get("device_name")?,
        received_at: row.try_get("received_at")?,
        release: release.map(i64::unsigned_abs),
        lines: u32::try_from(lines).unwrap_or(u32::MAX),
        suppliers: Vec::new(),
        totals: Vec::new(),
        pinned: Vec::new(),
        is_honoured: row.try_get("is_honoured")?,
        received_on: parse_day(&document, row.try_get("received_on")?)?,
        time_zone: row.try_get("time_zone")?,
        received_local: None,
        submitted_local: None,
        unknown_names: decode("names on order", &document, row.try_get("unknown_names")?)?,
        document: parse_id("order", &document)?,
    })
}

fn parse_day(document: &str, day: &str) -> Result<Date, StorageError> {
    day.parse().map_err(|error: jiff::Error| StorageError::Corrupt {
        what: "day of order",
        id: document.to_owned(),
        reason: error.to_string(),
    })
}

fn read_fact(row: &SqliteRow) -> Result<PurchaseOrderFact, StorageError> {
    let document: String = row.try_get("document")?;
    let total: i64 = row.try_get("total")?;
    Ok(PurchaseOrderFact {
        supplier_name: row.try_get("supplier_name")?,
        lines: u32::try_from(row.try_get::<i64, _>("lines")?).unwrap_or(u32::MAX),
        total: money("amount of order", &document, row.try_get("currency")?, total.into())?,
        document: parse_id("order", &document)?,
    })
}

/// Reads a stored amount. It is a number of minor units beside a currency.
fn money(
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
        OrderStage::Submitted | OrderStage::Waiting => Some("submitted"),
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
