//! Tablets and the one-time codes that enrol them.

use std::collections::BTreeSet;

use calloff_core::ids::{DeviceId, LocationId};
use calloff_core::limits::IDENTIFIER_BYTES;
use calloff_core::name::plain_name;
use calloff_core::wire::{DeviceRow, TabletReport};
use sqlx::FromRow;

use super::allotments::settle_all_of;
use super::orders::{Visible, push_below};
use super::people::parse_id;
use super::sql::Sql;
use super::write::{Read, WriteTransaction};
use super::{CLOCK_STEP, ServerStore, StorageError, to_u32};
use crate::auth::SecretHash;

/// An enrolled tablet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The identifier of the tablet.
    pub id: DeviceId,
    /// The site that the tablet orders for.
    pub site: LocationId,
    /// The name that people gave the tablet.
    pub name: String,
}

/// The time of a tablet's last contact is written at most once in this many milliseconds: a minute.
/// A tablet calls more often. A stored time in the future came from a clock that ran ahead, and is
/// replaced.
const LAST_SEEN_STEP: i64 = 60_000;

/// How long a tablet's previous credential is still valid after the first use of the new one, in
/// milliseconds. Requests that were already under way carry the previous one.
const OVERLAP: i64 = 60_000;

/// The meaning of a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// The credential of this tablet.
    Of(Device),
    /// The credential of a tablet that was revoked.
    Revoked,
    /// No tablet has this credential.
    Unknown,
}

#[derive(FromRow)]
struct Found {
    id: String,
    site: String,
    name: String,
    last_seen_at: i64,
    revoked_at: Option<i64>,
    is_next: bool,
}

impl ServerStore {
    /// Finds the tablet of a credential, and records the time of the contact. The first use of a
    /// tablet's next credential puts it in force. The former one ends `OVERLAP` later. `now` is
    /// in milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// The database failed, or a stored value cannot be read.
    pub async fn device_by_credential(
        &self,
        credential: &SecretHash,
        now: i64,
    ) -> Result<Credential, StorageError> {
        let found: Option<Found> = Sql::new(
            "SELECT id, site, name, last_seen_at, revoked_at,
                 coalesce(next_credential_hash = $1, false) AS is_next FROM device
             WHERE credential_hash = $1 OR next_credential_hash = $1
                OR (previous_credential_hash = $1 AND previous_until > $2 AND previous_until <= $3)",
        )
        .bind(credential.as_slice())
        .bind(now)
        .bind(now.saturating_add(OVERLAP))
        .optional(&mut self.read().await?)
        .await?;
        let Some(Found { id, site, name, last_seen_at, revoked_at, is_next }) = found else {
            return Ok(Credential::Unknown);
        };
        if revoked_at.is_some() {
            return Ok(Credential::Revoked);
        }
        if is_next {
            self.take_up_next_credential(&id, credential, now).await?;
        } else if !(now - LAST_SEEN_STEP..=now).contains(&last_seen_at) {
            self.note_last_seen(&id, now).await;
        }
        Ok(Credential::Of(Device {
            id: parse_id("device", &id)?,
            site: parse_id("device", &site)?,
            name,
        }))
    }

    /// Records the time of a tablet's last contact, if nobody is writing. The exact minute is not
    /// worth a wait, nor a refusal when the disk is full.
    async fn note_last_seen(&self, id: &str, now: i64) {
        let heard_of = Sql::new("UPDATE device SET last_seen_at = $1 WHERE id = $2");
        self.note(id, heard_of.bind(now).bind(id)).await;
    }

    /// Runs an update of a tablet, if nobody is writing. If it fails, only the log says so.
    async fn note(&self, id: &str, update: Sql) {
        let noted = async {
            let Some(mut write) = self.write_at_once().await? else { return Ok(()) };
            update.execute(&mut write).await?;
            write.commit().await
        };
        if let Err(error) = noted.await {
            tracing::warn!(device = id, "news of the tablet cannot be noted: {error}");
        }
    }

    /// Stores what a tablet says about itself, if it differs from what is stored and nobody is
    /// writing. The next pull says it again. A version that is not a short clean text is left out.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn note_report(
        &self,
        id: &DeviceId,
        report: &TabletReport,
    ) -> Result<(), StorageError> {
        let TabletReport { app_version, release, unsent } = report;
        let version = plain_name(app_version).ok().filter(|name| name.len() <= IDENTIFIER_BYTES);
        let release = release.and_then(|number| i64::try_from(number).ok());
        let known: Option<(Option<String>, Option<i64>, Option<i64>)> =
            Sql::new("SELECT app_version, release, unsent FROM device WHERE id = $1")
                .bind(id.to_string())
                .optional(&mut self.read().await?)
                .await?;
        if known.is_none_or(|known| {
            known == (version.map(str::to_owned), release, Some((*unsent).into()))
        }) {
            return Ok(());
        }
        let id = id.to_string();
        let reported =
            Sql::new("UPDATE device SET app_version = $1, release = $2, unsent = $3 WHERE id = $4");
        self.note(&id, reported.bind(version).bind(release).bind(*unsent).bind(&id)).await;
        Ok(())
    }

    async fn take_up_next_credential(
        &self,
        id: &str,
        next: &SecretHash,
        now: i64,
    ) -> Result<(), StorageError> {
        // If two requests come at the same time, one of them does it. For the other, the credential
        // is already in force.
        let mut write = self.write().await?;
        Sql::new(
            "UPDATE device SET previous_credential_hash = credential_hash, previous_until = $1, \
             credential_hash = next_credential_hash, next_credential_hash = NULL, next_credential_salt = NULL, \
             credential_since = $2, last_seen_at = $3 WHERE id = $4 AND next_credential_hash = $5",
        )
        .bind(now.saturating_add(OVERLAP))
        .bind(now)
        .bind(now)
        .bind(id)
        .bind(next.as_slice())
        .execute(&mut write)
        .await?;
        write.commit().await
    }

    /// Whether a tablet is enrolled and was not revoked.
    ///
    /// # Errors
    /// The database failed.
    pub async fn is_enrolled(&self, device: &DeviceId) -> Result<bool, StorageError> {
        let enrolled = enrolled_of(&mut self.read().await?, std::slice::from_ref(device)).await?;
        Ok(!enrolled.is_empty())
    }

    /// The time since which a tablet has its credential, in milliseconds since the Unix epoch. 0 if
    /// there is no such tablet.
    ///
    /// # Errors
    /// The database failed.
    pub async fn credential_since(&self, device: &DeviceId) -> Result<i64, StorageError> {
        let since: Option<i64> = Sql::new("SELECT credential_since FROM device WHERE id = $1")
            .bind(device.to_string())
            .optional_value(&mut self.read().await?)
            .await?;
        Ok(since.unwrap_or_default())
    }

    /// The tablets that a reader may see, by site and name. The revoked ones come last.
    ///
    /// # Errors
    /// The database failed, or a stored value cannot be read.
    pub async fn devices(&self, visible: &Visible) -> Result<Vec<DeviceRow>, StorageError> {
        let mut sql = Sql::new(ROW_COLUMNS);
        push_visible(&mut sql, visible)?;
        sql.push(" ORDER BY device.revoked_at IS NOT NULL, site_name, device.name, device.id");
        let rows: Vec<Row> = sql.all(&mut self.read().await?).await?;
        rows.into_iter().map(Row::device).collect()
    }

    /// One tablet. `None` if there is no such tablet, or if the reader may not see it.
    ///
    /// # Errors
    /// The errors of [`ServerStore::devices`].
    pub async fn device(
        &self,
        visible: &Visible,
        id: &DeviceId,
    ) -> Result<Option<DeviceRow>, StorageError> {
        let mut sql = Sql::new(ROW_COLUMNS);
        push_visible(&mut sql, visible)?;
        sql.push(" AND device.id = ").push_bind(id.to_string());
        let row: Option<Row> = sql.optional(&mut self.read().await?).await?;
        row.map(Row::device).transpose()
    }
}

const ROW_COLUMNS: &str = "SELECT device.id, device.name, device.site,
        coalesce(location.name, device.site) AS site_name,
        device.enrolled_at, device.last_seen_at, device.credential_since, device.revoked_at,
        device.app_version, device.release, device.unsent
    FROM device LEFT JOIN location ON location.id = device.site WHERE true";

fn push_visible(sql: &mut Sql, visible: &Visible) -> Result<(), StorageError> {
    match visible {
        Visible::All => Ok(()),
        Visible::Below(nodes) => push_below(sql, "device.site", nodes),
    }
}

#[derive(FromRow)]
struct Row {
    id: String,
    name: String,
    site: String,
    site_name: String,
    enrolled_at: i64,
    last_seen_at: i64,
    credential_since: i64,
    revoked_at: Option<i64>,
    app_version: Option<String>,
    release: Option<i64>,
    unsent: Option<i64>,
}

impl Row {
    fn device(self) -> Result<DeviceRow, StorageError> {
        let Self {
            id,
            name,
            site,
            site_name,
            enrolled_at,
            last_seen_at,
            credential_since,
            revoked_at,
            app_version,
            release,
            unsent,
        } = self;
        Ok(DeviceRow {
            device: parse_id("device", &id)?,
            site: parse_id("device", &site)?,
            name,
            site_name,
            enrolled_at,
            last_seen_at,
            credential_since,
            revoked_at,
            app_version,
            release: release.map(i64::unsigned_abs),
            release_due: None,
            unsent: unsent.map(to_u32),
        })
    }
}

/// The tablets among these that are enrolled and were not revoked, as a write transaction sees
/// them.
///
/// # Errors
/// The database failed, or a stored value cannot be read.
pub async fn enrolled_of(
    read: &mut Read,
    devices: &[DeviceId],
) -> Result<BTreeSet<DeviceId>, StorageError> {
    let rows: Vec<String> = Sql::new(
        "SELECT id FROM device WHERE id IN (SELECT value FROM json_each($1)) AND revoked_at IS NULL",
    )
    .bind(serde_json::to_string(devices)?)
    .values(read)
    .await?;
    rows.iter().map(|id| parse_id("device", id)).collect()
}

/// The salt with which a tablet's next credential is derived from its present one. `None` if the
/// tablet has not asked for its next credential, or if `current` is not its present credential.
///
/// # Errors
/// The database failed.
pub async fn next_credential_salt(
    read: &mut Read,
    device: &DeviceId,
    current: &SecretHash,
) -> Result<Option<[u8; 16]>, StorageError> {
    let salt: Option<Option<Vec<u8>>> = Sql::new(
        "SELECT next_credential_salt FROM device
         WHERE id = $1 AND credential_hash = $2 AND next_credential_hash IS NOT NULL AND revoked_at IS NULL",
    )
    .bind(device.to_string())
    .bind(current.as_slice())
    .optional_value(read)
    .await?;
    Ok(salt.flatten().and_then(|salt| salt.try_into().ok()))
}

/// Keeps the hash of a tablet's next credential and the salt of its derivation, in place of a next
/// credential that was never used. Returns `false` if the tablet was revoked.
///
/// # Errors
/// The database failed.
pub async fn put_next_credential(
    write: &mut WriteTransaction,
    device: &DeviceId,
    next: &SecretHash,
    salt: [u8; 16],
) -> Result<bool, StorageError> {
    let done = Sql::new(
        "UPDATE device SET next_credential_hash = $1, next_credential_salt = $2 WHERE id = $3 AND revoked_at IS NULL",
    )
    .bind(next.as_slice())
    .bind(salt.as_slice())
    .bind(device.to_string())
    .execute(write)
    .await?;
    Ok(done == 1)
}

/// Stores the hash of a code that enrols one tablet at a site. The use of the code revokes the
/// tablet `replaces`. Times are in milliseconds since the Unix epoch.
///
/// # Errors
/// The database failed.
pub async fn add_enrolment_code(
    write: &mut WriteTransaction,
    code: &SecretHash,
    (site, replaces): (&LocationId, Option<&DeviceId>),
    now: i64,
    expires_at: i64,
) -> Result<(), StorageError> {
    Sql::new(
        "INSERT INTO enrolment_code (code_hash, site, replaces, issued_at, expires_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(code.as_slice())
    .bind(site.as_str())
    .bind(replaces.map(DeviceId::to_string))
    .bind(now)
    .bind(expires_at)
    .execute(write)
    .await?;
    Ok(())
}

/// Deletes the codes that expired unused. `now` is in milliseconds since the Unix epoch.
///
/// # Errors
/// The database failed.
pub async fn delete_expired_codes(
    write: &mut WriteTransaction,
    now: i64,
) -> Result<u64, StorageError> {
    Sql::new("DELETE FROM enrolment_code WHERE expires_at <= $1 AND device IS NULL")
        .bind(now)
        .execute(write)
        .await
}

/// A code that was not used and has not expired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCode {
    /// The site of the code.
    pub site: LocationId,
    /// The tablet that is revoked when the code is used.
    pub replaces: Option<DeviceId>,
}

/// A code that was not used and has not expired. `None` for any other code, and for a code that was
/// issued in the future by a clock that ran ahead.
///
/// # Errors
/// The database failed, or a stored value cannot be read.
pub async fn open_enrolment_code(
    read: &mut Read,
    code: &SecretHash,
    now: i64,
) -> Result<Option<OpenCode>, StorageError> {
    let found: Option<(String, Option<String>)> = Sql::new(
        "SELECT site, replaces FROM enrolment_code
         WHERE code_hash = $1 AND device IS NULL AND expires_at > $2 AND issued_at <= $3",
    )
    .bind(code.as_slice())
    .bind(now)
    .bind(now.saturating_add(CLOCK_STEP))
    .optional(read)
    .await?;
    let Some((site, replaces)) = found else { return Ok(None) };
    let replaces = replaces.map(|device| parse_id("enrolment code", &device)).transpose()?;
    Ok(Some(OpenCode { site: parse_id("enrolment code", &site)?, replaces }))
}

/// The tablet that a code enrolled in this attempt, the salt of its credential, and the hash of its
/// present credential. `None` if the code was not used or has expired, if another attempt used it,
/// or if the tablet was revoked.
///
/// # Errors
/// The errors of [`open_enrolment_code`].
pub async fn enrolled_at_attempt(
    read: &mut Read,
    code: &SecretHash,
    attempt: &SecretHash,
    now: i64,
) -> Result<Option<(Device, [u8; 16], Vec<u8>)>, StorageError> {
    let row = Sql::new(
        "SELECT device.id, device.site, device.name, salt, credential_hash
         FROM enrolment_code JOIN device ON device.id = enrolment_code.device
         WHERE code_hash = $1 AND attempt_hash = $2 AND expires_at > $3 AND revoked_at IS NULL AND salt IS NOT NULL",
    )
    .bind(code.as_slice())
    .bind(attempt.as_slice())
    .bind(now)
    .optional::<(String, String, String, Vec<u8>, Vec<u8>)>(read)
    .await?;
    let Some((id, site, name, salt, credential)) = row else { return Ok(None) };
    let device = Device { id: parse_id("device", &id)?, site: parse_id("device", &site)?, name };
    Ok(salt.try_into().ok().map(|salt| (device, salt, credential)))
}

/// Records the attempt that used a code, and the salt of the tablet's credential.
///
/// # Errors
/// The database failed.
pub async fn note_attempt(
    write: &mut WriteTransaction,
    code: &SecretHash,
    attempt: &SecretHash,
    salt: [u8; 16],
) -> Result<(), StorageError> {
    Sql::new("UPDATE enrolment_code SET attempt_hash = $1, salt = $2 WHERE code_hash = $3")
        .bind(attempt.as_slice())
        .bind(salt.as_slice())
        .bind(code.as_slice())
        .execute(write)
        .await?;
    Ok(())
}

/// Stores a tablet. Marks the code that enrolled it, if there is one, as used.
///
/// # Errors
/// The database failed.
pub async fn add_device(
    write: &mut WriteTransaction,
    device: &Device,
    credential: &SecretHash,
    code: Option<&SecretHash>,
    now: i64,
) -> Result<(), StorageError> {
    Sql::new(
        "INSERT INTO device (id, site, name, credential_hash, enrolled_at, last_seen_at, credential_since) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(device.id.to_string())
    .bind(device.site.as_str())
    .bind(&device.name)
    .bind(credential.as_slice())
    .bind(now)
    .bind(now)
    .bind(now)
    .execute(write)
    .await?;
    if let Some(code) = code {
        Sql::new("UPDATE enrolment_code SET device = $1 WHERE code_hash = $2")
            .bind(device.id.to_string())
            .bind(code.as_slice())
            .execute(write)
            .await?;
    }
    Ok(())
}

/// Gives a tablet another name.
///
/// # Errors
/// The database failed.
pub async fn rename_device(
    write: &mut WriteTransaction,
    id: &DeviceId,
    name: &str,
) -> Result<(), StorageError> {
    Sql::new("UPDATE device SET name = $1 WHERE id = $2")
        .bind(name)
        .bind(id.to_string())
        .execute(write)
        .await?;
    Ok(())
}

/// The name of a tablet. `None` if there is no such tablet.
///
/// # Errors
/// The database failed.
pub async fn device_name(read: &mut Read, id: &DeviceId) -> Result<Option<String>, StorageError> {
    Sql::new("SELECT name FROM device WHERE id = $1")
        .bind(id.to_string())
        .optional_value(read)
        .await
}

/// Revokes a tablet and returns its site. `None` if there is no such tablet, or if it was revoked
/// before. A recalled part of a hard maximum that waited only for this tablet goes back to the
/// reserve.
///
/// # Errors
/// The database failed, or a stored value cannot be read.
pub async fn revoke_device(
    write: &mut WriteTransaction,
    id: &DeviceId,
    now: i64,
) -> Result<Option<LocationId>, StorageError> {
    let site: Option<String> = Sql::new(
        "UPDATE device SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL RETURNING site",
    )
    .bind(now)
    .bind(id.to_string())
    .optional_value(write)
    .await?;
    let Some(site) = site else { return Ok(None) };
    let site = parse_id("device", &site)?;
    settle_all_of(write, &site).await?;
    Ok(Some(site))
}
