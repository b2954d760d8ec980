//! Invitations: one-time links by which people set their own password. A person has at most one.

use calloff_core::ids::PersonId;
use sqlx::SqliteConnection;

use super::people::parse_id;
use super::{CLOCK_STEP, StorageError};
use crate::auth::SecretHash;

/// An invitation that was not used and has not expired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenInvitation {
    /// The invited person.
    pub person: PersonId,
    /// The time when it expires, in milliseconds since the Unix epoch.
    pub expires_at: i64,
}

/// Stores the hash of a person's invitation, in place of an earlier one, and deletes the expired
/// ones. Times are in milliseconds since the Unix epoch.
///
/// # Errors
/// The database failed.
pub async fn put_invitation(
    connection: &mut SqliteConnection,
    token: &SecretHash,
    person: &PersonId,
    now: i64,
    expires_at: i64,
) -> Result<(), StorageError> {
    sqlx::query("DELETE FROM invitation WHERE expires_at <= ? OR person = ?")
        .bind(now)
        .bind(person.as_str())
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "INSERT INTO invitation (person, token_hash, issued_at, expires_at) VALUES (?, ?, ?, ?)",
    )
    .bind(person.as_str())
    .bind(token.as_slice())
    .bind(now)
    .bind(expires_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// An open invitation by its token. `None` for an unknown, used or expired one, and for one that
/// was issued in the future by a clock that ran ahead.
///
/// # Errors
/// The database failed, or a stored value cannot be read.
pub async fn open_invitation(
    connection: &mut SqliteConnection,
    token: &SecretHash,
    now: i64,
) -> Result<Option<OpenInvitation>, StorageError> {
    let row: Option<(String, i64)> = sqlx::query_as(
        "SELECT person, expires_at FROM invitation
         WHERE token_hash = ? AND expires_at > ? AND issued_at <= ?",
    )
    .bind(token.as_slice())
    .bind(now)
    .bind(now.saturating_add(CLOCK_STEP))
    .fetch_optional(connection)
    .await?;
    let Some((person, expires_at)) = row else { return Ok(None) };
    Ok(Some(OpenInvitation { person: parse_id("invitation", &person)?, expires_at }))
}

/// Deletes a person's invitation, because it was used or revoked. Returns `false` if there is none.
///
/// # Errors
/// The database failed.
pub async fn remove_invitation(
    connection: &mut SqliteConnection,
    person: &PersonId,
) -> Result<bool, StorageError> {
    let done = sqlx::query("DELETE FROM invitation WHERE person = ?")
        .bind(person.as_str())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}
