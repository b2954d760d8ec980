//! Submitted orders as finance reads them, derived from the documents.

use calloff_core::calendar::Date;
use calloff_core::ids::{DocumentId, IntentId, LocationId};
use calloff_core::money::{Currency, Money};
use calloff_core::order::{OrderStage, OrderState};
use calloff_core::wire::{OrderFilter, OrderRow};
use rust_decimal::Decimal;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::people::parse_id;
use super::{ROWS_AT_ONCE, StorageError, Store, decode};

/// Whose orders a reader may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visible {
    /// All, those of sites that left the tree included.
    All,
    /// Those at and below these nodes.
    Below(Vec<LocationId>),
}

/// Which orders.
#[derive(Debug, Clone, Copy)]
pub struct OrderQuery<'q> {
    /// What the reader may see.
    pub visible: &'q Visible,
    /// What the reader asks for.
    pub filter: &'q OrderFilter,
}

/// When an order came in, and what the server alone knows of it then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// By the server's clock, in milliseconds since the Unix epoch.
    pub at: i64,
    /// The day where the site is.
    pub on: Date,
    /// The IANA time zone of the site.
    pub time_zone: String,
    /// The names on it that are nobody's who may order there.
    pub unknown_names: Vec<String>,
}

/// What one purchase order adds to a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseOrderFact {
    /// Of which order.
    pub document: DocumentId,
    /// Who delivers.
    pub supplier_name: String,
    /// The sum of its lines.
    pub total: Money,
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
    /// One page of orders, the latest day at the site first, without suppliers and totals.
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

    /// One order, without suppliers and totals; `None` also where the reader may not see it.
    ///
    /// # Errors
    /// As [`Store::order_rows`].
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

    /// How many orders there are.
    ///
    /// # Errors
    /// As [`Store::order_rows`].
    pub async fn order_count(&self, query: OrderQuery<'_>) -> Result<u64, StorageError> {
        let mut sql = QueryBuilder::new("SELECT count(*) FROM order_head head");
        push_conditions(&mut sql, query)?;
        let count: i64 = sql.build_query_scalar().fetch_one(&self.pool).await?;
        Ok(count.unsigned_abs())
    }

    /// The purchase orders of all these orders; with a supplier in the filter, only that
    /// supplier's.
    ///
    /// # Errors
    /// As [`Store::order_rows`].
    pub async fn purchase_order_facts(
        &self,
        query: OrderQuery<'_>,
    ) -> Result<Vec<PurchaseOrderFact>, StorageError> {
        let mut sql = QueryBuilder::new(
            "SELECT po.document, po.supplier_name, po.currency, po.total
             FROM purchase_order po JOIN order_head head ON head.document = po.document",
        );
        push_conditions(&mut sql, query)?;
        if let Some(supplier) = &query.filter.supplier {
            sql.push(" AND po.supplier = ").push_bind(supplier.as_str());
        }
        sql.push(" ORDER BY po.document, po.number");
        sql.build().fetch_all(&self.pool).await?.iter().map(read_fact).collect()
    }

    /// Supplier and pinned amount of all lines of those of these orders that wait and whose pins
    /// are what their release says.
    ///
    /// # Errors
    /// As [`Store::order_rows`].
    pub async fn waiting_lines(
        &self,
        query: OrderQuery<'_>,
    ) -> Result<Vec<PurchaseOrderFact>, StorageError> {
        let mut sql = QueryBuilder::new(
            "SELECT line.document, line.currency, line.amount AS total,
                    coalesce(supplier.body ->> '$.name', line.supplier) AS supplier_name
             FROM order_line_fact line JOIN order_head head ON head.document = line.document AND head.is_waiting
             LEFT JOIN supplier ON supplier.id = line.supplier",
        );
        push_conditions(&mut sql, query)?;
        sql.build().fetch_all(&self.pool).await?.iter().map(read_fact).collect()
    }

    /// The IANA time zone of a site, also of one that left the tree; `None` where there never was
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

    /// The organisation: the root of the location tree; `None` before there is one.
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

    /// The name of a site; `None` where the tree has no such site.
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

    /// The sites that the reader may see, by name.
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

    /// The suppliers that have purchase orders which the reader may see, by name.
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

/// Appends that a column's location is one of these nodes or below one.
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

/// Replaces orders' rows by what their documents say now. A draft has none.
///
/// # Errors
/// The database failed.
pub async fn record_orders(
    connection: &mut SqliteConnection,
    orders: &[(OrderState, Received)],
) -> Result<(), StorageError> {
    for orders in orders.chunks(ROWS_AT_ONCE) {
        let documents: Vec<_> = orders.iter().map(|(order, _)| order.document).collect();
        sqlx::query("DELETE FROM order_head WHERE document IN (SELECT value FROM json_each(?))")
            .bind(serde_json::to_string(&documents)?)
            .execute(&mut *connection)
            .await?;
        record_heads(connection, orders).await?;
        record_lines(connection, orders).await?;
        record_purchase_orders(connection, orders).await?;
    }
    Ok(())
}

async fn record_heads(
    connection: &mut SqliteConnection,
    orders: &[(OrderState, Received)],
) -> Result<(), StorageError> {
    let rows = orders.iter().filter_map(|(order, received)| {
        Some((order, received, order.submitted.as_ref()?, stage_name(order.stage())?))
    });
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return Ok(());
    }
    let mut sql = QueryBuilder::<Sqlite>::new(
        "INSERT INTO order_head (document, site, stage, submitted_by, submitted_at, device, received_at, received_on, \
         release, lines, is_waiting, is_honoured, time_zone, unknown_names, submission) ",
    );
    sql.push_values(rows, |mut row, (order, received, submission, stage)| {
        row.push_bind(order.document.to_string())
            .push_bind(order.site.as_str())
            .push_bind(stage)
            .push_bind(submission.by.as_str())
            .push_bind(submission.at)
            .push_bind(submission.device.to_string())
            .push_bind(received.at)
            .push_bind(received.on.to_string())
            .push_bind(order.pinned_release().and_then(|release| i64::try_from(release).ok()))
            .push_bind(i64::try_from(order.ordered_lines().count()).unwrap_or(i64::MAX))
            .push_bind(order.stage() == OrderStage::Waiting)
            .push_bind(order.is_honoured())
            .push_bind(received.time_zone.as_str())
            .push_bind(serde_json::to_string(&received.unknown_names).unwrap_or_default())
            .push_bind(submission.id.to_string());
    });
    sql.build().execute(connection).await?;
    Ok(())
}

async fn record_lines(
    connection: &mut SqliteConnection,
    orders: &[(OrderState, Received)],
) -> Result<(), StorageError> {
    // What failed verification never stands where it is summed.
    let orders = orders.iter().map(|(order, _)| order).filter(|order| order.is_verified());
    let lines = orders.flat_map(|order| {
        let pinned = order.ordered_lines().filter_map(|(id, line)| Some((id, line.pin.as_ref()?)));
        pinned.map(|(id, pin)| (order.document.to_string(), id, pin, order.delivery_date(id, pin)))
    });
    let lines: Vec<_> = lines.collect();
    for lines in lines.chunks(ROWS_AT_ONCE) {
        let mut sql = QueryBuilder::<Sqlite>::new(
            "INSERT INTO order_line_fact (document, line, supplier, contract, contract_version, contract_line, item, \
             quantity, unit, unit_price, base_quantity, currency, amount, delivery_date) ",
        );
        sql.push_values(lines, |mut row, (document, id, pin, delivery_date)| {
            row.push_bind(document)
                .push_bind(id.as_str())
                .push_bind(pin.supplier.as_str())
                .push_bind(pin.contract.as_str())
                .push_bind(pin.version)
                .push_bind(pin.line.as_str())
                .push_bind(pin.item.as_str())
                .push_bind(pin.quantity.value.to_string())
                .push_bind(pin.quantity.unit.as_str())
                .push_bind(pin.unit_price.to_string())
                .push_bind(pin.base_quantity.to_string())
                .push_bind(pin.amount.currency.as_str())
                .push_bind(pin.amount.amount.to_string())
                .push_bind(delivery_date.to_string());
        });
        sql.build().execute(&mut *connection).await?;
    }
    Ok(())
}

async fn record_purchase_orders(
    connection: &mut SqliteConnection,
    orders: &[(OrderState, Received)],
) -> Result<(), StorageError> {
    let cut = orders.iter().flat_map(|(order, _)| {
        order
            .server
            .purchase_orders
            .iter()
            .map(|purchase_order| (order.document.to_string(), purchase_order))
    });
    let cut: Vec<_> = cut.collect();
    for cut in cut.chunks(ROWS_AT_ONCE) {
        let mut sql = QueryBuilder::<Sqlite>::new(
            "INSERT INTO purchase_order (number, document, supplier, supplier_name, delivery_date, currency, total) ",
        );
        sql.push_values(cut, |mut row, (document, purchase_order)| {
            let supplier_name =
                purchase_order.supplier_name.as_deref().unwrap_or(purchase_order.supplier.as_str());
            row.push_bind(&purchase_order.number)
                .push_bind(document)
                .push_bind(purchase_order.supplier.as_str())
                .push_bind(supplier_name)
                .push_bind(purchase_order.delivery_date.to_string())
                .push_bind(purchase_order.total.currency.as_str())
                .push_bind(purchase_order.total.amount.to_string());
        });
        sql.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// The order that carries a submission.
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

/// The last number given to a purchase order, as a write transaction sees it.
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

/// Whether a purchase order of another document has a number.
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

/// Notes the last number given to a purchase order; forgotten where the transaction is not
/// committed.
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
    let corrupt = |reason: String| StorageError::Corrupt {
        what: "purchase order of",
        id: document.clone(),
        reason,
    };
    let currency =
        Currency::parse(row.try_get("currency")?).map_err(|error| corrupt(error.to_string()))?;
    let total: &str = row.try_get("total")?;
    let amount: Decimal =
        total.parse().map_err(|error: rust_decimal::Error| corrupt(error.to_string()))?;
    Ok(PurchaseOrderFact {
        supplier_name: row.try_get("supplier_name")?,
        total: Money { amount, currency },
        document: parse_id("order", &document)?,
    })
}

/// `None` for a draft, which has no row. One that waits was submitted; a column of its own says
/// that it waits.
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
