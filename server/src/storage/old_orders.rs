//! Orders that are so old that tablets need not keep them.

use calloff_core::calendar::Date;
use calloff_core::ids::{DocumentId, LocationId};

use super::feed::put_at_the_end;
use super::people::parse_id;
use super::sql::Sql;
use super::write::WriteTransaction;
use super::{ServerStore, StorageError};

/// The age at which an order is old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    /// An order that changed after this time is not old, in milliseconds since the Unix epoch.
    pub unchanged_since: i64,
    /// An order with a delivery after this day is not old.
    pub last_delivery: Date,
}

impl ServerStore {
    /// Whether an order is marked as old. Any change of the order takes the mark back.
    ///
    /// # Errors
    /// The database failed.
    pub async fn is_old(&self, id: &DocumentId) -> Result<bool, StorageError> {
        let is_old: Option<bool> = Sql::new("SELECT is_old FROM document WHERE id = $1")
            .bind(id.to_string())
            .optional_value(&mut self.read().await?)
            .await?;
        Ok(is_old.unwrap_or_default())
    }
}

/// Marks settled orders of this age as old, at most `limit` of them, and returns them. An order is
/// settled if it was accepted or refused, or if nobody wants it any more.
///
/// Their place in the feed is its end afterwards, so that tablets hear of it. Nothing else changes:
/// the desk and finance still have the whole order. An order on hold never gets old, because
/// somebody must decide about it. A draft of which somebody may send the lines never does, either.
///
/// # Errors
/// The database failed, or a stored value cannot be read.
pub async fn mark_old_orders(
    write: &mut WriteTransaction,
    age: Age,
    limit: u32,
) -> Result<Vec<DocumentId>, StorageError> {
    let rows: Vec<(String, String)> = Sql::new(
        "SELECT document.id, document.site FROM document
         LEFT JOIN order_head head ON head.document = document.id
         WHERE document.kind = 'order' AND NOT document.is_old AND document.changed_at <= $1
           AND (document.is_let_go OR head.stage IN ('accepted', 'refused') AND NOT head.is_waiting)
           AND NOT EXISTS (SELECT 1 FROM order_line_fact line
                           WHERE line.document = document.id AND line.delivery_date > $2)
           AND NOT EXISTS (SELECT 1 FROM purchase_order
                           WHERE purchase_order.document = document.id
                             AND purchase_order.delivery_date > $2)
         ORDER BY document.changed_at, document.id LIMIT $3",
    )
    .bind(age.unchanged_since)
    .bind(age.last_delivery.to_string())
    .bind(limit)
    .all(write)
    .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let orders = rows.iter().map(|(id, site)| {
        Ok((parse_id("document", id)?, parse_id::<LocationId>("document", site)?))
    });
    let orders: Vec<(DocumentId, LocationId)> = orders.collect::<Result<_, StorageError>>()?;
    let ids: Vec<&String> = rows.iter().map(|(id, _)| id).collect();
    Sql::new("UPDATE document SET is_old = true WHERE id IN (SELECT value FROM json_each($1))")
        .bind(serde_json::to_string(&ids)?)
        .execute(write)
        .await?;
    let entries: Vec<_> = orders.iter().map(|(id, site)| (*id, site)).collect();
    put_at_the_end(write, &entries).await?;
    Ok(orders.into_iter().map(|(id, _)| id).collect())
}
