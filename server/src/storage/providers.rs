//! Sign-ins that are under way at the organisation's sign-in provider, and accounts of this
//! provider that are linked to a person.

use calloff_core::ids::PersonId;

use super::people::parse_id;
use super::sql::Sql;
use super::write::{Read, WriteTransaction};
use super::{CLOCK_STEP, StorageError};
use crate::auth::SecretHash;

/// The most sign-ins under way that are kept. A further sign-in removes the oldest one.
const KEPT: i64 = 10_000;

/// A sign-in that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnderWay {
    /// The nonce that the provider writes into the token of this sign-in.
    pub nonce: String,
    /// The PKCE code verifier.
    pub verifier: String,
}

/// Keeps a sign-in until the person comes back from the provider. `now` and `expires_at` are in
/// milliseconds since the Unix epoch.
///
/// # Errors
/// The database failed.
pub async fn add_under_way(
    write: &mut WriteTransaction,
    state: &SecretHash,
    browser: &SecretHash,
    under_way: &UnderWay,
    now: i64,
    expires_at: i64,
) -> Result<(), StorageError> {
    // A sign-in that begins now ends at `expires_at`. A sign-in that ends later began in the
    // future: a clock ran ahead.
    Sql::new("DELETE FROM provider_sign_in WHERE expires_at <= $1 OR expires_at > $2")
        .bind(now)
        .bind(expires_at.saturating_add(CLOCK_STEP))
        .execute(write)
        .await?;
    Sql::new(
        "DELETE FROM provider_sign_in WHERE state_hash NOT IN \
         (SELECT state_hash FROM provider_sign_in ORDER BY expires_at DESC LIMIT $1)",
    )
    .bind(KEPT - 1)
    .execute(write)
    .await?;
    Sql::new(
        "INSERT INTO provider_sign_in (state_hash, browser_hash, nonce, verifier, expires_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(state.as_slice())
    .bind(browser.as_slice())
    .bind(&under_way.nonce)
    .bind(&under_way.verifier)
    .bind(expires_at)
    .execute(write)
    .await?;
    Ok(())
}

/// Takes a sign-in that this browser began and that has not expired. Each sign-in can be taken
/// once. `None` if there is no such sign-in, or if another browser began it.
///
/// # Errors
/// The database failed.
pub async fn take_under_way(
    write: &mut WriteTransaction,
    state: &SecretHash,
    browser: &SecretHash,
    now: i64,
) -> Result<Option<UnderWay>, StorageError> {
    let row: Option<(String, String)> = Sql::new(
        "DELETE FROM provider_sign_in WHERE state_hash = $1 AND browser_hash = $2 AND expires_at > $3
         RETURNING nonce, verifier",
    )
    .bind(state.as_slice())
    .bind(browser.as_slice())
    .bind(now)
    .optional(write)
    .await?;
    Ok(row.map(|(nonce, verifier)| UnderWay { nonce, verifier }))
}

/// The person that an account of the provider is linked to. `None` if it is linked to nobody.
///
/// # Errors
/// The database failed, or a stored value cannot be read.
pub async fn person_of_account(
    read: &mut Read,
    issuer: &str,
    subject: &str,
) -> Result<Option<PersonId>, StorageError> {
    let person: Option<String> =
        Sql::new("SELECT person FROM provider_account WHERE issuer = $1 AND subject = $2")
            .bind(issuer)
            .bind(subject)
            .optional_value(read)
            .await?;
    person.map(|person| parse_id("provider account", &person)).transpose()
}

/// Links an account to the person with an e-mail address, and returns this person. `None` if nobody
/// has the address, or if the person has another account at the same provider.
///
/// # Errors
/// The errors of [`person_of_account`].
pub async fn link_account_by_email(
    write: &mut WriteTransaction,
    issuer: &str,
    subject: &str,
    email: &str,
    now: i64,
) -> Result<Option<PersonId>, StorageError> {
    let person: Option<String> = Sql::new(
        "INSERT INTO provider_account (issuer, subject, person, linked_at)
         SELECT $1, $2, id, $4 FROM person WHERE email = $3
             AND NOT EXISTS (SELECT 1 FROM provider_account WHERE issuer = $1 AND person = person.id)
         RETURNING person",
    )
    .bind(issuer)
    .bind(subject)
    .bind(email)
    .bind(now)
    .optional_value(write)
    .await?;
    person.map(|person| parse_id("provider account", &person)).transpose()
}
