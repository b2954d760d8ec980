//! People, their roles and sessions, and attempts to sign in or to enrol a tablet.

use std::collections::BTreeMap;
use std::str::FromStr;

use calloff_core::ids::{LocationId, PersonId};
use calloff_core::pin::PinVerifier;
use calloff_core::wire::{PersonRole, PersonRow, RoleAt, StaffMember};
use sqlx::FromRow;

use super::orders::{Visible, push_below};
use super::sql::Sql;
use super::write::{Read, WriteTransaction};
use super::{CLOCK_STEP, ServerStore, StorageError, to_u32};
use crate::auth::SecretHash;

/// A person as stored, without password, PIN and e-mail address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The sign-in name.
    pub id: PersonId,
    /// The display name.
    pub name: String,
    /// The person's roles, each at a node of the location tree.
    pub roles: Vec<RoleAt>,
}

/// The kind of an attempt, and the subject by which attempts are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptKind {
    /// A sign-in. The subject is the sign-in name.
    SignIn,
    /// A sign-in. The subject is the network address that tried.
    SignInFrom,
    /// An enrolment. The subject is the network address that tried.
    Enrol,
    /// A look at an invitation, or its use. The subject is the network address that tried.
    Invitation,
}

impl AttemptKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::SignInFrom => "sign_in_from",
            Self::Enrol => "enrol",
            Self::Invitation => "invitation",
        }
    }
}

impl ServerStore {
    /// A person and their roles. `None` if there is no such person.
    ///
    /// # Errors
    /// The database failed, or a stored value cannot be read.
    pub async fn person(&self, id: &PersonId) -> Result<Option<Person>, StorageError> {
        let mut read = self.read().await?;
        person_in(&mut read, id).await
    }

    /// The names of all people, by sign-in name.
    ///
    /// # Errors
    /// The errors of [`ServerStore::person`].
    pub async fn person_names(&self) -> Result<BTreeMap<String, String>, StorageError> {
        let rows: Vec<(String, String)> =
            Sql::new("SELECT id, name FROM person").all(&mut self.read().await?).await?;
        Ok(rows.into_iter().collect())
    }

    /// The sign-in name that fits a typed name: the same name or, if there is none, the only one
    /// that differs just in the case of letters. `None` if there is no such name, or more than one.
    ///
    /// # Errors
    /// The database failed.
    pub async fn sign_in_name(&self, typed: &str) -> Result<Option<String>, StorageError> {
        let known: Vec<String> =
            Sql::new("SELECT id FROM person").values(&mut self.read().await?).await?;
        if known.iter().any(|name| name == typed) {
            return Ok(Some(typed.to_owned()));
        }
        let folded = typed.to_lowercase();
        let mut alike = known.into_iter().filter(|name| name.to_lowercase() == folded);
        Ok(alike.next().filter(|_| alike.next().is_none()))
    }

    /// The hash of a person's password. `None` if there is no such person, or if the person has no
    /// password.
    ///
    /// # Errors
    /// The database failed.
    pub async fn password_hash(&self, id: &str) -> Result<Option<String>, StorageError> {
        let hash: Option<Option<String>> =
            Sql::new("SELECT password_hash FROM person WHERE id = $1")
                .bind(id)
                .optional_value(&mut self.read().await?)
                .await?;
        Ok(hash.flatten())
    }

    /// The people who have a password, by sign-in name.
    ///
    /// # Errors
    /// The errors of [`ServerStore::person`].
    pub async fn people_with_password(&self) -> Result<Vec<Person>, StorageError> {
        let rows: Vec<(String, String)> =
            Sql::new("SELECT id, name FROM person WHERE password_hash IS NOT NULL ORDER BY id")
                .all(&mut self.read().await?)
                .await?;
        let mut people = Vec::with_capacity(rows.len());
        let mut read = self.read().await?;
        for (id, name) in rows {
            let id: PersonId = parse_id("person", &id)?;
            people.push(Person { roles: roles_of(&mut read, &id).await?, id, name });
        }
        Ok(people)
    }

    /// The people who may order on a site's tablets, by name: staff and managers at the site or at
    /// a node above it.
    ///
    /// # Errors
    /// The errors of [`ServerStore::person`].
    pub async fn staff_at(&self, site: &LocationId) -> Result<Vec<StaffMember>, StorageError> {
        let rows: Vec<(String, String, Option<String>)> = Sql::new(
            "WITH RECURSIVE path (id, parent) AS (
                 SELECT id, parent FROM location WHERE id = $1
                 UNION ALL SELECT above.id, above.parent FROM location above JOIN path ON above.id = path.parent
             )
             SELECT DISTINCT person.id, person.name, person.pin_verifier FROM person
             JOIN person_role ON person_role.person = person.id
             WHERE person_role.role IN ('staff', 'site_manager') AND person_role.location IN (SELECT id FROM path)
             ORDER BY person.name, person.id",
        )
        .bind(site.as_str())
        .all(&mut self.read().await?)
        .await?;
        rows.into_iter()
            .map(|(id, name, pin)| {
                Ok(StaffMember {
                    id: parse_id("person", &id)?,
                    name,
                    pin: pin.map(PinVerifier::stored),
                })
            })
            .collect()
    }

    /// The names under which people may order at a site: those of [`ServerStore::staff_at`], and
    /// those under which people could order there at the time `since` or later (milliseconds since
    /// the Unix epoch).
    ///
    /// # Errors
    /// The errors of [`ServerStore::person`].
    pub async fn names_at(
        &self,
        site: &LocationId,
        since: i64,
    ) -> Result<Vec<String>, StorageError> {
        Sql::new(
            "WITH RECURSIVE path (id, parent) AS (
                 SELECT id, parent FROM location WHERE id = $1
                 UNION ALL SELECT above.id, above.parent FROM location above JOIN path ON above.id = path.parent
             )
             SELECT name FROM former_name WHERE until >= $2 AND location IN (SELECT id FROM path)
             UNION
             SELECT person.name FROM person JOIN person_role ON person_role.person = person.id
             WHERE person_role.role IN ('staff', 'site_manager') AND person_role.location IN (SELECT id FROM path)",
        )
        .bind(site.as_str())
        .bind(since)
        .values(&mut self.read().await?)
        .await
    }

    /// The person of a session. `None` if there is no such session, if it has expired, or if it was
    /// opened in the future by a clock that ran ahead.
    ///
    /// # Errors
    /// The errors of [`ServerStore::person`].
    pub async fn session_person(
        &self,
        token: &SecretHash,
        now: i64,
    ) -> Result<Option<Person>, StorageError> {
        let id: Option<String> = Sql::new(
            "SELECT person FROM session WHERE token_hash = $1 AND expires_at > $2 AND created_at <= $3",
        )
        .bind(token.as_slice())
        .bind(now)
        .bind(now.saturating_add(CLOCK_STEP))
        .optional_value(&mut self.read().await?)
        .await?;
        match id {
            Some(id) => self.person(&parse_id("person", &id)?).await,
            None => Ok(None),
        }
    }

    /// The people with a role at a node that the reader may see, by name. Each comes with all
    /// roles, also those at other nodes. `now` is in milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// The errors of [`ServerStore::person`].
    pub async fn people(
        &self,
        visible: &Visible,
        now: i64,
    ) -> Result<Vec<PersonRow>, StorageError> {
        let mut sql = Sql::new(
            "SELECT person.id, name, password_hash IS NOT NULL AS has_password, pin_set_at,
                (SELECT expires_at FROM invitation WHERE person = person.id AND expires_at > ",
        );
        sql.push_bind(now);
        sql.push(") AS invited_until, (SELECT count(*) FROM session WHERE person = person.id AND expires_at > ");
        sql.push_bind(now);
        sql.push(
            ") AS sessions FROM person
             WHERE EXISTS (SELECT 1 FROM person_role WHERE person_role.person = person.id",
        );
        if let Visible::Below(nodes) = visible {
            push_below(&mut sql, "person_role.location", nodes)?;
        }
        sql.push(") ORDER BY name, id");
        let mut read = self.read().await?;
        let rows: Vec<FoundPerson> = sql.all(&mut read).await?;
        let names: Vec<(String, String)> =
            Sql::new("SELECT id, name FROM location").all(&mut read).await?;
        let names: BTreeMap<String, String> = names.into_iter().collect();
        let mut people = Vec::with_capacity(rows.len());
        for found in rows {
            let FoundPerson { id, name, has_password, pin_set_at, invited_until, sessions } = found;
            let person: PersonId = parse_id("person", &id)?;
            let roles = roles_of(&mut read, &person).await?;
            let named =
                |at: &RoleAt| Some((at.location.clone(), names.get(at.location.as_str())?.clone()));
            people.push(PersonRow {
                places: roles.iter().filter_map(named).collect(),
                roles,
                person,
                name,
                has_password,
                pin_set_at,
                invited_until,
                sessions: to_u32(sessions),
            });
        }
        Ok(people)
    }

    /// Whether a reader may see a node.
    ///
    /// # Errors
    /// The database failed.
    pub async fn is_visible(
        &self,
        visible: &Visible,
        location: &LocationId,
    ) -> Result<bool, StorageError> {
        let mut read = self.read().await?;
        sees(&mut read, visible, location).await
    }
}

#[derive(FromRow)]
struct FoundPerson {
    id: String,
    name: String,
    has_password: bool,
    pin_set_at: Option<i64>,
    invited_until: Option<i64>,
    sessions: i64,
}

/// As [`ServerStore::person`], in a transaction.
///
/// # Errors
/// The errors of [`ServerStore::person`].
pub async fn person_in(read: &mut Read, id: &PersonId) -> Result<Option<Person>, StorageError> {
    let name: Option<String> = Sql::new("SELECT name FROM person WHERE id = $1")
        .bind(id.as_str())
        .optional_value(read)
        .await?;
    let Some(name) = name else { return Ok(None) };
    Ok(Some(Person { id: id.clone(), name, roles: roles_of(read, id).await? }))
}

async fn roles_of(read: &mut Read, id: &PersonId) -> Result<Vec<RoleAt>, StorageError> {
    let rows: Vec<(String, String)> = Sql::new(
        "SELECT role, location FROM person_role WHERE person = $1 ORDER BY role, location",
    )
    .bind(id.as_str())
    .all(read)
    .await?;
    let mut roles = Vec::with_capacity(rows.len());
    for (role, location) in rows {
        let role = parse_role(id, &role)?;
        roles.push(RoleAt { role, location: parse_id("role", &location)? });
    }
    roles.sort();
    Ok(roles)
}

/// As [`ServerStore::is_visible`], in a transaction.
///
/// # Errors
/// The database failed.
pub async fn sees(
    read: &mut Read,
    visible: &Visible,
    location: &LocationId,
) -> Result<bool, StorageError> {
    let Visible::Below(nodes) = visible else { return Ok(true) };
    let mut sql = Sql::new("SELECT EXISTS (SELECT 1 FROM location WHERE id = ");
    sql.push_bind(location.to_string());
    push_below(&mut sql, "id", nodes)?;
    sql.push(")");
    sql.value(read).await
}

/// Whether the location tree has this node now.
///
/// # Errors
/// The database failed.
pub async fn is_place(read: &mut Read, location: &LocationId) -> Result<bool, StorageError> {
    Sql::new("SELECT EXISTS (SELECT 1 FROM location WHERE id = $1 AND NOT has_left)")
        .bind(location.as_str())
        .value(read)
        .await
}

/// Whether a person has this sign-in name, or one that differs just in the case of letters.
///
/// # Errors
/// The database failed.
pub async fn is_sign_in_name_taken(read: &mut Read, id: &PersonId) -> Result<bool, StorageError> {
    let known: Vec<String> = Sql::new("SELECT id FROM person").values(read).await?;
    let folded = id.as_str().to_lowercase();
    Ok(known.iter().any(|name| name.to_lowercase() == folded))
}

/// Whether anybody can sign in and administers the whole organisation: they have the role at the
/// root of the tree, and a password or an account at the sign-in provider.
///
/// # Errors
/// The database failed.
pub async fn has_administrator(read: &mut Read) -> Result<bool, StorageError> {
    Sql::new(
        "SELECT EXISTS (SELECT 1 FROM person_role JOIN person ON person.id = person_role.person
         WHERE person_role.role = 'admin'
           AND person_role.location IN (SELECT id FROM location WHERE parent IS NULL)
           AND (person.password_hash IS NOT NULL OR EXISTS
                (SELECT 1 FROM provider_account WHERE provider_account.person = person.id)))",
    )
    .value(read)
    .await
}

/// The most attempts that are kept. Each is deleted after a quarter of an hour. Only somebody who
/// has thousands of addresses can make more, and then the oldest are deleted.
const ATTEMPTS: i64 = 50_000;

/// The most sessions that are kept of one person, for all their browsers. A further sign-in ends
/// the oldest session.
const SESSIONS_OF_PERSON: i64 = 50;

/// The time of the attempt that comes `skip` places before the last one. Only the attempts of this
/// subject after `since` and not after `now` count. `None` if there are not enough of them. Times
/// are in milliseconds since the Unix epoch.
///
/// # Errors
/// The database failed.
pub async fn attempt_before(
    read: &mut Read,
    kind: AttemptKind,
    subject: &str,
    (since, now): (i64, i64),
    skip: u32,
) -> Result<Option<i64>, StorageError> {
    Sql::new(
        "SELECT at FROM failed_attempt WHERE kind = $1 AND subject = $2 AND at > $3 AND at <= $4
         ORDER BY at DESC LIMIT 1 OFFSET $5",
    )
    .bind(kind.as_str())
    .bind(subject)
    .bind(since)
    .bind(now)
    .bind(skip)
    .optional_value(read)
    .await
}

/// Records an attempt and returns its identifier. Deletes all attempts that no longer count: those
/// up to `forget_before`, and those that a clock that ran ahead recorded in the future. Times are
/// in milliseconds since the Unix epoch.
///
/// # Errors
/// The database failed.
pub async fn add_attempt(
    write: &mut WriteTransaction,
    kind: AttemptKind,
    subject: &str,
    now: i64,
    forget_before: i64,
) -> Result<i64, StorageError> {
    Sql::new(
        "DELETE FROM failed_attempt WHERE at <= $1 OR at > $2
         OR id <= (SELECT id FROM failed_attempt ORDER BY id DESC LIMIT 1 OFFSET $3)",
    )
    .bind(forget_before)
    .bind(now)
    .bind(ATTEMPTS - 1)
    .execute(write)
    .await?;
    Sql::new("INSERT INTO failed_attempt (kind, subject, at) VALUES ($1, $2, $3) RETURNING id")
        .bind(kind.as_str())
        .bind(subject)
        .bind(now)
        .value(write)
        .await
}

/// Deletes an attempt, because it did not fail.
///
/// # Errors
/// The database failed.
pub async fn remove_attempt(write: &mut WriteTransaction, id: i64) -> Result<(), StorageError> {
    Sql::new("DELETE FROM failed_attempt WHERE id = $1").bind(id).execute(write).await?;
    Ok(())
}

/// Sets a person's PIN, or removes it with `None`. Returns `false` if there is no such person.
///
/// # Errors
/// The database failed.
pub async fn put_pin(
    write: &mut WriteTransaction,
    person: &PersonId,
    pin: Option<&PinVerifier>,
    now: i64,
) -> Result<bool, StorageError> {
    let done = Sql::new("UPDATE person SET pin_verifier = $1, pin_set_at = $2 WHERE id = $3")
        .bind(pin.map(PinVerifier::as_str))
        .bind(pin.map(|_| now))
        .bind(person.as_str())
        .execute(write)
        .await?;
    Ok(done == 1)
}

/// Sets the e-mail address by which a sign-in provider knows a person. It has to be in lower case.
///
/// # Errors
/// The database failed; [`StorageError::Database`] with a unique violation if another person has
/// the address.
pub async fn put_email(
    write: &mut WriteTransaction,
    person: &PersonId,
    email: &str,
) -> Result<(), StorageError> {
    Sql::new("UPDATE person SET email = $1 WHERE id = $2")
        .bind(email)
        .bind(person.as_str())
        .execute(write)
        .await?;
    Ok(())
}

/// Keeps the name under which a person could order until now. This comes before a change of the
/// person, because tablets that are offline do not know the change yet.
async fn keep_name(
    write: &mut WriteTransaction,
    person: &PersonId,
    now: i64,
) -> Result<(), StorageError> {
    Sql::new(
        "INSERT INTO former_name (location, name, until)
         SELECT person_role.location, person.name, $1 FROM person JOIN person_role ON person_role.person = person.id
         WHERE person.id = $2 AND person_role.role IN ('staff', 'site_manager')
         ON CONFLICT (location, name) DO UPDATE SET until = excluded.until",
    )
    .bind(now)
    .bind(person.as_str())
    .execute(write)
    .await?;
    Ok(())
}

/// Removes a person with their roles, sessions and PIN. Returns `false` if there is no such person.
/// Orders and other records keep the person's name.
///
/// # Errors
/// The database failed.
pub async fn remove_person(
    write: &mut WriteTransaction,
    person: &PersonId,
    now: i64,
) -> Result<bool, StorageError> {
    keep_name(write, person, now).await?;
    let done =
        Sql::new("DELETE FROM person WHERE id = $1").bind(person.as_str()).execute(write).await?;
    Ok(done == 1)
}

/// Ends all sessions of a person, and returns their number.
///
/// # Errors
/// The database failed.
pub async fn remove_sessions(
    write: &mut WriteTransaction,
    person: &PersonId,
) -> Result<u64, StorageError> {
    Sql::new("DELETE FROM session WHERE person = $1").bind(person.as_str()).execute(write).await
}

/// Sets the hash of a person's password.
///
/// # Errors
/// The database failed.
pub async fn put_password(
    write: &mut WriteTransaction,
    person: &PersonId,
    password_hash: &str,
) -> Result<(), StorageError> {
    Sql::new("UPDATE person SET password_hash = $1 WHERE id = $2")
        .bind(password_hash)
        .bind(person.as_str())
        .execute(write)
        .await?;
    Ok(())
}

/// Stores a person with exactly these roles. With `None` as `password_hash`, the password stays as
/// it is.
///
/// # Errors
/// The database failed.
pub async fn put_person(
    write: &mut WriteTransaction,
    person: &Person,
    password_hash: Option<&str>,
    now: i64,
) -> Result<(), StorageError> {
    keep_name(write, &person.id, now).await?;
    Sql::new(
        "INSERT INTO person (id, name, password_hash) VALUES ($1, $2, $3)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name,
             password_hash = coalesce(excluded.password_hash, person.password_hash)",
    )
    .bind(person.id.as_str())
    .bind(&person.name)
    .bind(password_hash)
    .execute(write)
    .await?;
    Sql::new("DELETE FROM person_role WHERE person = $1")
        .bind(person.id.as_str())
        .execute(write)
        .await?;
    for RoleAt { role, location } in &person.roles {
        Sql::new("INSERT INTO person_role (person, role, location) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(person.id.as_str())
            .bind(role_name(*role))
            .bind(location.as_str())
            .execute(write)
            .await?;
    }
    Ok(())
}

/// Opens a session. Deletes the person's oldest sessions if there are more than
/// `SESSIONS_OF_PERSON`. Times are in milliseconds since the Unix epoch.
///
/// # Errors
/// The database failed.
pub async fn add_session(
    write: &mut WriteTransaction,
    token: &SecretHash,
    person: &PersonId,
    now: i64,
    expires_at: i64,
) -> Result<(), StorageError> {
    Sql::new(
        "DELETE FROM session WHERE token_hash IN
           (SELECT token_hash FROM session WHERE person = $1
            ORDER BY number DESC, created_at DESC LIMIT 1000000 OFFSET $2)",
    )
    .bind(person.as_str())
    .bind(SESSIONS_OF_PERSON - 1)
    .execute(write)
    .await?;
    Sql::new(
        "INSERT INTO session (token_hash, person, created_at, expires_at, number)
         VALUES ($1, $2, $3, $4, (SELECT coalesce(max(number), 0) + 1 FROM session WHERE person = $2))",
    )
    .bind(token.as_slice())
    .bind(person.as_str())
    .bind(now)
    .bind(expires_at)
    .execute(write)
    .await?;
    Ok(())
}

/// Deletes all sessions that expired, or that were opened in the future by a clock that ran ahead.
/// Nobody could use them any more. `now` is in milliseconds since the Unix epoch.
///
/// # Errors
/// The database failed.
pub async fn delete_expired_sessions(
    write: &mut WriteTransaction,
    now: i64,
) -> Result<u64, StorageError> {
    Sql::new("DELETE FROM session WHERE expires_at <= $1 OR created_at > $2")
        .bind(now)
        .bind(now.saturating_add(CLOCK_STEP))
        .execute(write)
        .await
}

/// Ends a session.
///
/// # Errors
/// The database failed.
pub async fn remove_session(
    write: &mut WriteTransaction,
    token: &SecretHash,
) -> Result<(), StorageError> {
    Sql::new("DELETE FROM session WHERE token_hash = $1")
        .bind(token.as_slice())
        .execute(write)
        .await?;
    Ok(())
}

fn role_name(role: PersonRole) -> &'static str {
    match role {
        PersonRole::Staff => "staff",
        PersonRole::SiteManager => "site_manager",
        PersonRole::Procurement => "procurement",
        PersonRole::Finance => "finance",
        PersonRole::Admin => "admin",
        PersonRole::Auditor => "auditor",
    }
}

fn parse_role(person: &PersonId, name: &str) -> Result<PersonRole, StorageError> {
    Ok(match name {
        "staff" => PersonRole::Staff,
        "site_manager" => PersonRole::SiteManager,
        "procurement" => PersonRole::Procurement,
        "finance" => PersonRole::Finance,
        "admin" => PersonRole::Admin,
        "auditor" => PersonRole::Auditor,
        _ => {
            return Err(StorageError::Corrupt {
                what: "person",
                id: person.to_string(),
                reason: format!("{name:?} is no role"),
            });
        }
    })
}

/// Reads a stored identifier. `what` names the kind of value in an error.
pub(super) fn parse_id<T: FromStr<Err: std::fmt::Display>>(
    what: &'static str,
    text: &str,
) -> Result<T, StorageError> {
    text.parse().map_err(|error: T::Err| StorageError::Corrupt {
        what,
        id: text.to_owned(),
        reason: error.to_string(),
    })
}
