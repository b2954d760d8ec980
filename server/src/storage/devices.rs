//! Tablets and the one-time codes that enrol them.

use calloff_core::ids::{DeviceId, LocationId};
use sqlx::SqliteConnection;

use super::people::parse_id;
use super::{StorageError, Store};
use crate::auth::SecretHash;

/// An enrolled tablet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Which.
    pub id: DeviceId,
    /// For which site it orders.
    pub site: LocationId,
    /// What people call it.
    pub name: String,
}

/// A tablet wakes up often; its last contact is written once in this many milliseconds (a minute) at most.
const LAST_SEEN_STEP: i64 = 60_000;

impl Store {
    /// The tablet that a credential belongs to, if it was not revoked, noting that it was heard of.
    ///
    /// # Errors
    /// The database failed, or a stored value cannot be read.
    pub async fn device_by_credential(
        &self,
        credential: &SecretHash,
        now: i64,
    ) -> Result<Option<Device>, StorageError> {
        let row: Option<(String, String, String, i64)> = sqlx::query_as(
            "SELECT id, site, name, last_seen_at FROM device WHERE credential_hash = ? AND revoked_at IS NULL",
        )
        .bind(credential.as_slice())
        .fetch_optional(&self.pool)
        .await?;
        let Some((id, site, name, last_seen_at)) = row else { return Ok(None) };
        if last_seen_at.saturating_add(LAST_SEEN_STEP) < now {
            sqlx::query("UPDATE device SET last_seen_at = max(last_seen_at, ?) WHERE id = ?")
                .bind(now)
                .bind(&id)
                .execute(&self.pool)
                .await?;
        }
        Ok(Some(Device { id: parse_id("device", &id)?, site: parse_id("device", &site)?, name }))
    }
}

/// Stores the hash of a code that enrols one tablet at a site, and clears away the expired ones.
///
/// # Errors
/// The database failed.
pub async fn add_enrolment_code(
    connection: &mut SqliteConnection,
    code: &SecretHash,
    site: &LocationId,
    now: i64,
    expires_at: i64,
) -> Result<(), StorageError> {
    sqlx::query("DELETE FROM enrolment_code WHERE expires_at <= ? AND device IS NULL")
        .bind(now)
        .execute(&mut *connection)
        .await?;
    sqlx::query("INSERT INTO enrolment_code (code_hash, site, issued_at, expires_at) VALUES (?, ?, ?, ?)")
        .bind(code.as_slice())
        .bind(site.as_str())
        .bind(now)
        .bind(expires_at)
        .execute(connection)
        .await?;
    Ok(())
}

/// The site of a code that is neither used nor expired.
///
/// # Errors
/// The database failed, or a stored value cannot be read.
pub async fn open_enrolment_code(
    connection: &mut SqliteConnection,
    code: &SecretHash,
    now: i64,
) -> Result<Option<LocationId>, StorageError> {
    let site: Option<String> =
        sqlx::query_scalar("SELECT site FROM enrolment_code WHERE code_hash = ? AND device IS NULL AND expires_at > ?")
            .bind(code.as_slice())
            .bind(now)
            .fetch_optional(connection)
            .await?;
    site.map(|site| parse_id("enrolment code", &site)).transpose()
}

/// Stores a tablet; the code that enrolled it is used up.
///
/// # Errors
/// The database failed.
pub async fn add_device(
    connection: &mut SqliteConnection,
    device: &Device,
    credential: &SecretHash,
    code: Option<&SecretHash>,
    now: i64,
) -> Result<(), StorageError> {
    sqlx::query(
        "INSERT INTO device (id, site, name, credential_hash, enrolled_at, last_seen_at) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(device.id.to_string())
    .bind(device.site.as_str())
    .bind(&device.name)
    .bind(credential.as_slice())
    .bind(now)
    .bind(now)
    .execute(&mut *connection)
    .await?;
    if let Some(code) = code {
        sqlx::query("UPDATE enrolment_code SET device = ? WHERE code_hash = ?")
            .bind(device.id.to_string())
            .bind(code.as_slice())
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Revokes a tablet's credential; `false` where there is no such tablet, or it was revoked before.
///
/// # Errors
/// The database failed.
pub async fn revoke_device(connection: &mut SqliteConnection, id: &DeviceId, now: i64) -> Result<bool, StorageError> {
    let done = sqlx::query("UPDATE device SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL")
        .bind(now)
        .bind(id.to_string())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}
