//! The quarantine as administrators read it. The module `feed` fills it.

use calloff_core::ids::{DeviceId, DocumentId, LocationId};
use calloff_core::wire::{PushRefusal, PushRefusalCode, QuarantineRow};
use sqlx::FromRow;

use super::orders::{Visible, push_below};
use super::people::parse_id;
use super::sql::Sql;
use super::write::{Read, WriteTransaction};
use super::{ServerStore, StorageError, decode};

impl ServerStore {
    /// The refused batches of the sites that a reader may see, the latest first. Gives at most
    /// `limit` batches with a number below `before`; all numbers count with `None`.
    ///
    /// # Errors
    /// The database failed, or a stored value cannot be read.
    pub async fn quarantine_rows(
        &self,
        visible: &Visible,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<QuarantineRow>, StorageError> {
        let mut sql = Sql::new(COLUMNS);
        push_visible(&mut sql, visible)?;
        sql.push(" AND quarantine.id < ").push_bind(before.unwrap_or(i64::MAX));
        sql.push(" ORDER BY quarantine.id DESC LIMIT ").push_bind(limit);
        let rows: Vec<Row> = sql.all(&mut self.read().await?).await?;
        rows.into_iter().map(Row::quarantined).collect()
    }

    /// One refused batch and its changes. `None` if there is no such batch, or if the reader may
    /// not see it.
    ///
    /// # Errors
    /// The errors of [`ServerStore::quarantine_rows`].
    pub async fn quarantine_entry(
        &self,
        visible: &Visible,
        id: i64,
    ) -> Result<Option<(QuarantineRow, Vec<u8>)>, StorageError> {
        let mut sql = Sql::new(COLUMNS);
        push_visible(&mut sql, visible)?;
        sql.push(" AND quarantine.id = ").push_bind(id);
        let row: Option<Row> = sql.optional(&mut self.read().await?).await?;
        let Some(row) = row else { return Ok(None) };
        let changes: Option<Vec<u8>> = Sql::new("SELECT changes FROM quarantine WHERE id = $1")
            .bind(id)
            .optional_value(&mut self.read().await?)
            .await?;
        // A newer batch may have removed this one between the two reads.
        changes.map(|changes| Ok((row.quarantined()?, changes))).transpose()
    }
}

const COLUMNS: &str = "SELECT quarantine.id, quarantine.received_at, quarantine.device, quarantine.document,
        quarantine.reasons, CAST(length(quarantine.changes) AS BIGINT) AS bytes, device.name AS device_name, device.site,
        coalesce(location.name, device.site) AS site_name
    FROM quarantine
    JOIN device ON device.id = quarantine.device
    LEFT JOIN location ON location.id = device.site WHERE true";

fn push_visible(sql: &mut Sql, visible: &Visible) -> Result<(), StorageError> {
    match visible {
        Visible::All => Ok(()),
        Visible::Below(nodes) => push_below(sql, "device.site", nodes),
    }
}

#[derive(FromRow)]
struct Row {
    id: i64,
    received_at: i64,
    device: String,
    document: String,
    reasons: String,
    bytes: i64,
    device_name: String,
    site: String,
    site_name: String,
}

impl Row {
    fn quarantined(self) -> Result<QuarantineRow, StorageError> {
        let what = "quarantine entry";
        Ok(QuarantineRow {
            id: self.id,
            received_at: self.received_at,
            device: parse_id::<DeviceId>(what, &self.device)?,
            device_name: self.device_name,
            site: parse_id::<LocationId>(what, &self.site)?,
            site_name: self.site_name,
            document: parse_id::<DocumentId>(what, &self.document)?,
            refusals: decode(what, &self.id.to_string(), &self.reasons)?,
            bytes: self.bytes.unsigned_abs(),
        })
    }
}

/// The other offers of a document: the number, tablet and changes of each.
///
/// # Errors
/// The database failed, or a stored value cannot be read.
pub async fn other_offers(
    read: &mut Read,
    document: &DocumentId,
    but: i64,
) -> Result<Vec<(i64, DeviceId, Vec<u8>)>, StorageError> {
    let rows: Vec<(i64, String, String, Vec<u8>)> = Sql::new(
        "SELECT id, device, reasons, changes FROM quarantine WHERE document = $1 AND id <> $2
         ORDER BY id",
    )
    .bind(document.to_string())
    .bind(but)
    .all(read)
    .await?;
    let what = "quarantine entry";
    let mut offers = Vec::new();
    for (id, device, reasons, changes) in rows {
        let refusals: Vec<PushRefusal> = decode(what, &id.to_string(), &reasons)?;
        if refusals.iter().any(|refusal| refusal.code == PushRefusalCode::Offered) {
            offers.push((id, parse_id(what, &device)?, changes));
        }
    }
    Ok(offers)
}

/// Removes an offer that was taken up or discarded, or holds nothing any more that the server
/// lacks. Other offers of the same document stay, because another tablet may have offered more.
///
/// # Errors
/// The database failed.
pub async fn remove_offer(write: &mut WriteTransaction, id: i64) -> Result<(), StorageError> {
    Sql::new("DELETE FROM quarantine WHERE id = $1").bind(id).execute(write).await?;
    Ok(())
}
