//! Purchase orders on their way to suppliers, and what was sent of them.

use calloff_core::calendar::Date;
use calloff_core::ids::{DocumentId, LocationId, SupplierId};
use calloff_core::money::Currency;
use calloff_core::order::PurchaseOrderState;
use calloff_core::supplier::OrderChannel;
use calloff_core::wire::{
    DispatchAttempt, DispatchRow, DispatchState, PurchaseOrderFilter, PurchaseOrderRow,
};
use sqlx::FromRow;

use super::orders::{Visible, money, push_below};
use super::people::parse_id;
use super::sql::{Sql, Value};
use super::write::{Read, WriteTransaction};
use super::{ServerStore, StorageError, to_u32};

/// A selection of purchase orders.
#[derive(Debug, Clone, Copy)]
pub struct PurchaseOrderQuery<'q> {
    /// The sites that the reader may see.
    pub visible: &'q Visible,
    /// The filter that the reader set.
    pub filter: &'q PurchaseOrderFilter,
}

impl ServerStore {
    /// A part of a selection. The purchase order with the latest delivery day comes first.
    ///
    /// # Errors
    /// The database failed, or a stored value cannot be read.
    pub async fn purchase_order_rows(
        &self,
        query: PurchaseOrderQuery<'_>,
        limit: u32,
        offset: u64,
    ) -> Result<Vec<PurchaseOrderRow>, StorageError> {
        let mut sql = Sql::new(COLUMNS);
        push_conditions(&mut sql, query)?;
        sql.push(" ORDER BY po.delivery_date DESC, po.number LIMIT ").push_bind(limit);
        sql.push(" OFFSET ").push_bind(i64::try_from(offset).unwrap_or(i64::MAX));
        let rows: Vec<Row> = sql.all(&mut self.read().await?).await?;
        rows.into_iter().map(Row::purchase_order).collect()
    }

    /// The number of purchase orders in a selection.
    ///
    /// # Errors
    /// The errors of [`ServerStore::purchase_order_rows`].
    pub async fn purchase_order_count(
        &self,
        query: PurchaseOrderQuery<'_>,
    ) -> Result<u64, StorageError> {
        let mut sql = Sql::new(
            "SELECT count(*) FROM purchase_order po
             JOIN order_head head ON head.document = po.document",
        );
        push_conditions(&mut sql, query)?;
        let count: i64 = sql.value(&mut self.read().await?).await?;
        Ok(count.unsigned_abs())
    }

    /// One purchase order, and why a person must send it. `None` if there is no such purchase
    /// order, or if the reader may not see it.
    ///
    /// # Errors
    /// The errors of [`ServerStore::purchase_order_rows`].
    pub async fn purchase_order(
        &self,
        visible: &Visible,
        number: &str,
    ) -> Result<Option<(PurchaseOrderRow, Option<String>)>, StorageError> {
        let mut sql = Sql::new(COLUMNS);
        let filter = PurchaseOrderFilter::default();
        push_conditions(&mut sql, PurchaseOrderQuery { visible, filter: &filter })?;
        sql.push(" AND po.number = ").push_bind(number);
        let row: Option<Row> = sql.optional(&mut self.read().await?).await?;
        let Some(mut row) = row else { return Ok(None) };
        let why_person = row.why_person.take();
        Ok(Some((row.purchase_order()?, why_person)))
    }

    /// What was sent or is to be sent of a purchase order. The latest comes first.
    ///
    /// # Errors
    /// The errors of [`ServerStore::purchase_order_rows`].
    pub async fn dispatches(&self, number: &str) -> Result<Vec<DispatchRow>, StorageError> {
        dispatches_of(&mut self.read().await?, number).await
    }

    /// The bytes of a dispatch, as they are sent. `None` if there is no such dispatch, or if it has
    /// no bytes.
    ///
    /// # Errors
    /// The database failed, or a stored value cannot be read.
    pub async fn dispatch_content(&self, id: i64) -> Result<Option<DispatchContent>, StorageError> {
        let row: Option<ContentRow> = Sql::new(
            "SELECT purchase_order, channel, destination, content, ubl
             FROM dispatch WHERE id = $1",
        )
        .bind(id)
        .optional(&mut self.read().await?)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let Some(content) = row.content else { return Ok(None) };
        Ok(Some(DispatchContent {
            purchase_order: row.purchase_order,
            channel: channel(id, &row.channel, row.destination)?,
            content,
            ubl: row.ubl,
        }))
    }
}

/// The bytes of a dispatch, as every attempt sends them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DispatchContent {
    /// The number of its purchase order.
    pub purchase_order: String,
    /// The channel with its destination.
    pub channel: OrderChannel,
    /// The mail, or the CSV file.
    pub content: Vec<u8>,
    /// The UBL document beside the CSV file.
    pub ubl: Option<Vec<u8>>,
}

#[derive(FromRow)]
struct ContentRow {
    purchase_order: String,
    channel: String,
    destination: String,
    content: Option<Vec<u8>>,
    ubl: Option<Vec<u8>>,
}

const COLUMNS: &str = "SELECT po.number, po.document, po.supplier, po.supplier_name,
        po.delivery_date, po.currency, po.total, po.state, po.state_since, po.why_person,
        head.site,
        coalesce(location.name, head.site) AS site_name,
        (SELECT count(*) FROM order_line_fact line
         WHERE line.document = po.document AND line.supplier = po.supplier
           AND line.currency = po.currency AND line.delivery_date = po.delivery_date) AS lines
    FROM purchase_order po JOIN order_head head ON head.document = po.document
    LEFT JOIN location ON location.id = head.site";

fn push_conditions(sql: &mut Sql, query: PurchaseOrderQuery<'_>) -> Result<(), StorageError> {
    sql.push(" WHERE true");
    if let Visible::Below(nodes) = query.visible {
        push_below(sql, "head.site", nodes)?;
    }
    let PurchaseOrderFilter { site, supplier, state, from, to, number } = query.filter;
    if let Some(site) = site {
        push_below(sql, "head.site", std::slice::from_ref(site))?;
    }
    if let Some(supplier) = supplier {
        sql.push(" AND po.supplier = ").push_bind(supplier.as_str());
    }
    if let Some(state) = state {
        sql.push(" AND po.state = ").push_bind(state.name());
        if *state != PurchaseOrderState::Sent {
            // The index on states leaves out what was sent.
            sql.push(" AND po.state <> 'sent'");
        }
    }
    if let Some(from) = from {
        sql.push(" AND po.delivery_date >= ").push_bind(from.to_string());
    }
    if let Some(to) = to {
        sql.push(" AND po.delivery_date <= ").push_bind(to.to_string());
    }
    if let Some(number) = number.as_deref().map(str::trim).filter(|number| !number.is_empty()) {
        let mut pattern = String::from("%");
        for character in number.to_uppercase().chars() {
            if matches!(character, '%' | '_' | '\\') {
                pattern.push('\\');
            }
            pattern.push(character);
        }
        pattern.push('%');
        sql.push(" AND upper(po.number) LIKE ").push_bind(pattern).push(" ESCAPE '\\'");
    }
    Ok(())
}

#[derive(FromRow)]
struct Row {
    number: String,
    document: String,
    supplier: String,
    supplier_name: String,
    delivery_date: String,
    currency: String,
    total: i64,
    state: String,
    state_since: Option<i64>,
    why_person: Option<String>,
    site: String,
    site_name: String,
    lines: i64,
}

impl Row {
    fn purchase_order(self) -> Result<PurchaseOrderRow, StorageError> {
        let corrupt = |reason: String| StorageError::Corrupt {
            what: "purchase order",
            id: self.number.clone(),
            reason,
        };
        Ok(PurchaseOrderRow {
            order: parse_id("order", &self.document)?,
            site: parse_id("location", &self.site)?,
            site_name: self.site_name,
            supplier: parse_id("supplier", &self.supplier)?,
            supplier_name: self.supplier_name,
            delivery_date: self
                .delivery_date
                .parse()
                .map_err(|error: jiff::Error| corrupt(error.to_string()))?,
            total: money("purchase order", &self.number, &self.currency, self.total.into())?,
            lines: to_u32(self.lines),
            // A state of a newer version is shown as one that this version does not know.
            state: PurchaseOrderState::named(&self.state).unwrap_or(PurchaseOrderState::Unknown),
            state_since: self.state_since,
            number: self.number,
        })
    }
}

/// The place of a purchase order in its order: what the server needs to write its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseOrderPlace {
    /// The order from which it was cut.
    pub order: DocumentId,
    /// The site that gets the delivery.
    pub site: LocationId,
    /// The supplier.
    pub supplier: SupplierId,
    /// The currency.
    pub currency: Currency,
    /// The site-local time zone name.
    pub time_zone: String,
    /// When the order arrived, in milliseconds since the Unix epoch.
    pub received_at: i64,
    /// The state of the purchase order.
    pub state: PurchaseOrderState,
}

/// The place of a purchase order. `None` if there is no such purchase order.
///
/// # Errors
/// The database failed, or a stored value cannot be read.
pub async fn purchase_order_place(
    read: &mut Read,
    number: &str,
) -> Result<Option<PurchaseOrderPlace>, StorageError> {
    let row: Option<PlaceRow> = Sql::new(
        "SELECT po.document, head.site, po.supplier, po.currency, head.time_zone,
                head.received_at, po.state
         FROM purchase_order po JOIN order_head head ON head.document = po.document
         WHERE po.number = $1",
    )
    .bind(number)
    .optional(read)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(PurchaseOrderPlace {
        order: parse_id("order", &row.document)?,
        site: parse_id("location", &row.site)?,
        supplier: parse_id("supplier", &row.supplier)?,
        currency: Currency::parse(&row.currency).map_err(|error| StorageError::Corrupt {
            what: "purchase order",
            id: number.to_owned(),
            reason: error.to_string(),
        })?,
        time_zone: row.time_zone.unwrap_or_else(|| "UTC".to_owned()),
        received_at: row.received_at,
        state: PurchaseOrderState::named(&row.state).unwrap_or(PurchaseOrderState::Unknown),
    }))
}

#[derive(FromRow)]
struct PlaceRow {
    document: String,
    site: String,
    supplier: String,
    currency: String,
    time_zone: Option<String>,
    received_at: i64,
    state: String,
}

/// Writes how far a purchase order is. `why_person` is why a person must send it.
///
/// # Errors
/// The database failed.
pub async fn set_purchase_order_state(
    write: &mut WriteTransaction,
    number: &str,
    state: PurchaseOrderState,
    why_person: Option<&str>,
    at: i64,
) -> Result<(), StorageError> {
    Sql::new(
        "UPDATE purchase_order SET state = $1, state_since = $2, why_person = $3 WHERE number = $4",
    )
    .bind(state.name())
    .bind(at)
    .bind(why_person)
    .bind(number)
    .execute(write)
    .await?;
    Ok(())
}

/// Makes purchase orders with a delivery before a day those of a time in which Calloff sent none.
/// For the demo, whose past is invented.
///
/// # Errors
/// The database failed.
pub async fn leave_unsent_before(
    write: &mut WriteTransaction,
    day: Date,
) -> Result<(), StorageError> {
    Sql::new(
        "DELETE FROM job WHERE kind = 'dispatch'
             AND key IN (SELECT number FROM purchase_order WHERE delivery_date < $1)",
    )
    .bind(day.to_string())
    .execute(write)
    .await?;
    Sql::new(
        "UPDATE purchase_order SET state = 'unknown', state_since = NULL, why_person = NULL
         WHERE delivery_date < $1",
    )
    .bind(day.to_string())
    .execute(write)
    .await?;
    Ok(())
}

/// A dispatch to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDispatch<'a> {
    /// The number of the purchase order.
    pub purchase_order: &'a str,
    /// Its revision.
    pub revision: u32,
    /// The channel with its destination.
    pub channel: &'a OrderChannel,
    /// How often a person asked for it, from 1.
    pub copy: u32,
    /// Its state.
    pub state: DispatchState,
    /// The name of the person who sent it or asked for it.
    pub by: Option<&'a str>,
    /// What the person wrote about it.
    pub note: &'a str,
    /// When it is made, in milliseconds since the Unix epoch.
    pub at: i64,
    /// The bytes that every attempt sends. `None` for a person.
    pub content: Option<Vec<u8>>,
    /// The UBL document that is written beside a CSV file.
    pub ubl: Option<Vec<u8>>,
}

/// Stores a dispatch, and gives its number.
///
/// # Errors
/// The database failed; [`StorageError::Database`] also if there is the same dispatch already.
pub async fn add_dispatch(
    write: &mut WriteTransaction,
    dispatch: NewDispatch<'_>,
) -> Result<i64, StorageError> {
    Sql::new(
        "INSERT INTO dispatch (purchase_order, revision, channel, destination, copy, state,
             done_by, note, created_at, content, ubl)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id",
    )
    .bind(dispatch.purchase_order)
    .bind(dispatch.revision)
    .bind(channel_name(dispatch.channel))
    .bind(dispatch.channel.destination())
    .bind(dispatch.copy)
    .bind(dispatch.state.name())
    .bind(dispatch.by)
    .bind(dispatch.note)
    .bind(dispatch.at)
    .bind(Value::Bytes(dispatch.content))
    .bind(Value::Bytes(dispatch.ubl))
    .value(write)
    .await
}

/// Writes the state of a dispatch.
///
/// # Errors
/// The database failed.
pub async fn set_dispatch_state(
    write: &mut WriteTransaction,
    id: i64,
    state: DispatchState,
) -> Result<(), StorageError> {
    Sql::new("UPDATE dispatch SET state = $1 WHERE id = $2")
        .bind(state.name())
        .bind(id)
        .execute(write)
        .await?;
    Ok(())
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// The other side took the order over.
    Accepted,
    /// It did not. Later it may.
    Temporary,
    /// It never will.
    Permanent,
    /// Nobody knows whether it took the order over.
    Uncertain,
}

impl AttemptOutcome {
    const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Temporary => "temporary",
            Self::Permanent => "permanent",
            Self::Uncertain => "uncertain",
        }
    }
}

/// Writes that an attempt begins, and gives its number.
///
/// # Errors
/// The database failed.
pub async fn begin_attempt(
    write: &mut WriteTransaction,
    dispatch: i64,
    at: i64,
) -> Result<i64, StorageError> {
    Sql::new(
        "INSERT INTO dispatch_attempt (dispatch, number, at)
         SELECT $1, coalesce(max(number), 0) + 1, $2 FROM dispatch_attempt WHERE dispatch = $3
         RETURNING number",
    )
    .bind(dispatch)
    .bind(at)
    .bind(dispatch)
    .value(write)
    .await
}

/// Writes what came of an attempt.
///
/// # Errors
/// The database failed.
pub async fn end_attempt(
    write: &mut WriteTransaction,
    (dispatch, number): (i64, i64),
    outcome: AttemptOutcome,
    answer: &str,
) -> Result<(), StorageError> {
    Sql::new(
        "UPDATE dispatch_attempt SET outcome = $1, answer = $2 WHERE dispatch = $3 AND number = $4",
    )
    .bind(outcome.name())
    .bind(&answer[..answer.floor_char_boundary(ANSWER_BYTES)])
    .bind(dispatch)
    .bind(number)
    .execute(write)
    .await?;
    Ok(())
}

/// The most bytes of an answer that are kept.
const ANSWER_BYTES: usize = 1_000;

/// The number of attempts of a dispatch of which nobody knows whether they arrived. An attempt that
/// never ended is one of them: its server stopped in the middle.
///
/// # Errors
/// The database failed.
pub async fn uncertain_attempts(read: &mut Read, dispatch: i64) -> Result<u32, StorageError> {
    let count: i64 = Sql::new(
        "SELECT count(*) FROM dispatch_attempt
         WHERE dispatch = $1 AND (outcome IS NULL OR outcome = 'uncertain')",
    )
    .bind(dispatch)
    .value(read)
    .await?;
    Ok(to_u32(count))
}

/// What was sent or is to be sent of a purchase order. The latest comes first.
///
/// # Errors
/// The database failed, or a stored value cannot be read.
pub async fn dispatches_of(
    read: &mut Read,
    number: &str,
) -> Result<Vec<DispatchRow>, StorageError> {
    let rows: Vec<StoredDispatch> = Sql::new(
        "SELECT id, revision, channel, destination, copy, state, done_by, note, created_at,
                content IS NOT NULL AS has_content, ubl IS NOT NULL AS has_ubl
         FROM dispatch WHERE purchase_order = $1 ORDER BY id DESC",
    )
    .bind(number)
    .all(read)
    .await?;
    let mut dispatches = Vec::with_capacity(rows.len());
    for row in rows {
        let attempts: Vec<(i64, Option<String>)> =
            Sql::new("SELECT at, answer FROM dispatch_attempt WHERE dispatch = $1 ORDER BY number")
                .bind(row.id)
                .all(read)
                .await?;
        dispatches.push(DispatchRow {
            id: row.id,
            revision: to_u32(row.revision),
            channel: channel(row.id, &row.channel, row.destination)?,
            copy: to_u32(row.copy),
            state: DispatchState::named(&row.state).unwrap_or(DispatchState::Waiting),
            by: row.done_by,
            note: row.note,
            created_at: row.created_at,
            attempts: attempts
                .into_iter()
                .map(|(at, answer)| DispatchAttempt { at, answer })
                .collect(),
            has_content: row.has_content,
            has_ubl: row.has_ubl,
        });
    }
    Ok(dispatches)
}

#[derive(FromRow)]
struct StoredDispatch {
    id: i64,
    revision: i64,
    channel: String,
    destination: String,
    copy: i64,
    state: String,
    done_by: Option<String>,
    note: String,
    created_at: i64,
    has_content: bool,
    has_ubl: bool,
}

/// The stored name of a channel.
fn channel_name(channel: &OrderChannel) -> &'static str {
    match channel {
        OrderChannel::Manual => "manual",
        OrderChannel::Email(_) => "email",
        OrderChannel::Webhook(_) => "webhook",
        OrderChannel::FileDrop(_) => "file_drop",
    }
}

fn channel(id: i64, name: &str, destination: String) -> Result<OrderChannel, StorageError> {
    match name {
        "manual" => Ok(OrderChannel::Manual),
        "email" => Ok(OrderChannel::Email(destination)),
        "webhook" => Ok(OrderChannel::Webhook(destination)),
        "file_drop" => Ok(OrderChannel::FileDrop(destination)),
        _ => Err(StorageError::Corrupt {
            what: "dispatch",
            id: id.to_string(),
            reason: format!("the channel {name:?} is not known"),
        }),
    }
}
