//! Invitations: one-time links by which people set their own password. A person has at most one.

use calloff_core::ids::PersonId;

use super::people::parse_id;
use super::sql::Sql;
use super::write::{Read, WriteTransaction};
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

/// Stores the hash of a person's invitation, in place of an earlier one. Times are in milliseconds
/// since the Unix epoch.
///
/// # Errors
/// The database failed.
pub async fn put_invitation(
    write: &mut WriteTransaction,
    token: &SecretHash,
    person: &PersonId,
    now: i64,
    expires_at: i64,
) -> Result<(), StorageError> {
    Sql::new("DELETE FROM invitation WHERE person = $1")
        .bind(person.as_str())
        .execute(write)
        .await?;
    Sql::new(
        "INSERT INTO invitation (person, token_hash, issued_at, expires_at)
         VALUES ($1, $2, $3, $4)",
    )
    .bind(person.as_str())
    .bind(token.as_slice())
    .bind(now)
    .bind(expires_at)
    .execute(write)
    .await?;
    Ok(())
}

/// Deletes the invitations that expired. `now` is in milliseconds since the Unix epoch.
///
/// # Errors
/// The database failed.
pub async fn delete_expired_invitations(
    write: &mut WriteTransaction,
    now: i64,
) -> Result<u64, StorageError> {
    Sql::new("DELETE FROM invitation WHERE expires_at <= $1").bind(now).execute(write).await
}

/// An open invitation by its token. `None` for an unknown, used or expired one, and for one that
/// was issued in the future by a clock that ran ahead.
///
/// # Errors
/// The database failed, or a stored value cannot be read.
pub async fn open_invitation(
    read: &mut Read,
    token: &SecretHash,
    now: i64,
) -> Result<Option<OpenInvitation>, StorageError> {
    let row: Option<(String, i64)> = Sql::new(
        "SELECT person, expires_at FROM invitation
         WHERE token_hash = $1 AND expires_at > $2 AND issued_at <= $3",
    )
    .bind(token.as_slice())
    .bind(now)
    .bind(now.saturating_add(CLOCK_STEP))
    .optional(read)
    .await?;
    let Some((person, expires_at)) = row else { return Ok(None) };
    Ok(Some(OpenInvitation { person: parse_id("invitation", &person)?, expires_at }))
}

/// Deletes the invitation of a person, after its use or its revocation. Returns `false` if the
/// person has no invitation.
///
/// # Errors
/// The database failed.
pub async fn remove_invitation(
    write: &mut WriteTransaction,
    person: &PersonId,
) -> Result<bool, StorageError> {
    let done = Sql::new("DELETE FROM invitation WHERE person = $1")
        .bind(person.as_str())
        .execute(write)
        .await?;
    Ok(done == 1)
}
