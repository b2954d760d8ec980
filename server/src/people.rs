//! What the desk and the command line do with people: add and change them, invite them, and remove
//! them.
//!
//! Each function decides inside the write transaction that it gets. So two requests at the same
//! time never take the last administrator away together.

use calloff_core::ids::PersonId;
use calloff_core::name::plain_name;
use calloff_core::wire::{AuditAct, INVITATION_DAYS, PersonRefusal, RoleAt};

use crate::auth::Secret;
use crate::error::ServiceError;
use crate::storage::audit::{Act, Doing, record};
use crate::storage::invitations::{open_invitation, put_invitation, remove_invitation};
use crate::storage::people::{
    Person, has_administrator, person_in, put_email, put_password, put_person, remove_person,
    remove_sessions,
};
use crate::storage::{StorageError, WriteTransaction};

/// An invitation that was issued.
pub struct Invited {
    /// The token of the link.
    pub token: Secret,
    /// The time when it expires, in milliseconds since the Unix epoch.
    pub expires_at: i64,
}

impl Invited {
    /// The link at a server. The token is after `#`, which browsers send to no server.
    #[must_use]
    pub fn link(&self, url: &str) -> String {
        format!("{}/desk/invitation#{}", url.trim_end_matches('/'), self.token.expose())
    }
}

/// A person with a name and roles that are allowed. Each role counts once.
///
/// # Errors
/// The name cannot be used, or there is no role.
pub fn checked(id: PersonId, name: &str, mut roles: Vec<RoleAt>) -> Result<Person, PersonRefusal> {
    let name = plain_name(name).map_err(|_| PersonRefusal::BadName)?.to_owned();
    roles.sort();
    roles.dedup();
    if roles.is_empty() { Err(PersonRefusal::NoRole) } else { Ok(Person { id, name, roles }) }
}

/// What changes about a person beside name and roles. `None` leaves it as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Access<'a> {
    /// The hash of the new password.
    pub password_hash: Option<&'a str>,
    /// The new e-mail address at the sign-in provider, in lower case.
    pub email: Option<&'a str>,
}

/// Stores a person with exactly these roles, and records it.
///
/// # Errors
/// [`PersonRefusal::LastAdministrator`], [`PersonRefusal::EmailTaken`]; the database failed.
pub async fn put(
    write: &mut WriteTransaction,
    person: &Person,
    access: Access<'_>,
    doing: &Doing,
) -> Result<(), ServiceError> {
    let before = person_in(write, &person.id).await?;
    let had_administrator = has_administrator(write).await?;
    put_person(write, person, access.password_hash, doing.at).await?;
    if let Some(email) = access.email {
        put_email(write, &person.id, email).await.map_err(email_taken)?;
    }
    keep_administrator(write, had_administrator).await?;
    record(write, doing, &change_act(before.as_ref(), person, access)).await?;
    Ok(())
}

fn email_taken(error: StorageError) -> ServiceError {
    if error.is_taken() { PersonRefusal::EmailTaken.into() } else { error.into() }
}

/// Refuses a change after which nobody administers the organisation any more.
async fn keep_administrator(
    write: &mut WriteTransaction,
    had_administrator: bool,
) -> Result<(), ServiceError> {
    if had_administrator && !has_administrator(write).await? {
        return Err(PersonRefusal::LastAdministrator.into());
    }
    Ok(())
}

/// Removes a person with their roles, password, PIN, invitation and sessions, and records it.
/// Returns `false` if there is no such person.
///
/// # Errors
/// [`PersonRefusal::LastAdministrator`]; the database failed.
pub async fn remove(
    write: &mut WriteTransaction,
    id: &PersonId,
    doing: &Doing,
) -> Result<bool, ServiceError> {
    let Some(person) = person_in(write, id).await? else { return Ok(false) };
    let had_administrator = has_administrator(write).await?;
    remove_person(write, id, doing.at).await?;
    keep_administrator(write, had_administrator).await?;
    let act = act_on(AuditAct::PersonRemoved, &person).with("roles", written(&person.roles));
    record(write, doing, &act).await?;
    Ok(true)
}

/// Issues an invitation, which ends an earlier one of this person, and records it.
///
/// # Errors
/// The database failed.
pub async fn invite(
    write: &mut WriteTransaction,
    person: &Person,
    token: Secret,
    doing: &Doing,
) -> Result<Invited, ServiceError> {
    let expires_at = doing.at.saturating_add(i64::from(INVITATION_DAYS) * 24 * 60 * 60 * 1000);
    put_invitation(write, &token.hash(), &person.id, doing.at, expires_at).await?;
    let act = act_on(AuditAct::InvitationIssued, person).with("valid_days", INVITATION_DAYS);
    record(write, doing, &act).await?;
    Ok(Invited { token, expires_at })
}

/// Revokes a person's invitation, and records it if there was one.
///
/// # Errors
/// The database failed.
pub async fn revoke_invitation(
    write: &mut WriteTransaction,
    person: &Person,
    doing: &Doing,
) -> Result<(), ServiceError> {
    if remove_invitation(write, &person.id).await? {
        record(write, doing, &act_on(AuditAct::InvitationRevoked, person)).await?;
    }
    Ok(())
}

/// Sets the password of the person of an open invitation, uses the invitation up, ends the person's
/// sessions, and records it.
///
/// # Errors
/// [`ServiceError::InvitationInvalid`]; the database failed.
pub async fn accept_invitation(
    write: &mut WriteTransaction,
    token: &Secret,
    password_hash: &str,
    doing: impl FnOnce(&PersonId) -> Doing,
    now: i64,
) -> Result<(), ServiceError> {
    let open = open_invitation(write, &token.hash(), now).await?;
    let open = open.ok_or(ServiceError::InvitationInvalid)?;
    let person = person_in(write, &open.person).await?;
    let person = person.ok_or(ServiceError::InvitationInvalid)?;
    put_password(write, &person.id, password_hash).await?;
    remove_invitation(write, &person.id).await?;
    remove_sessions(write, &person.id).await?;
    let act = act_on(AuditAct::InvitationAccepted, &person);
    record(write, &doing(&person.id), &act).await?;
    Ok(())
}

/// Ends all sessions of a person, and records it if there were any.
///
/// # Errors
/// The database failed.
pub async fn end_sessions(
    write: &mut WriteTransaction,
    person: &Person,
    doing: &Doing,
) -> Result<(), ServiceError> {
    let count = remove_sessions(write, &person.id).await?;
    if count > 0 {
        let act = act_on(AuditAct::SessionsEnded, person).with("sessions", count);
        record(write, doing, &act).await?;
    }
    Ok(())
}

/// The audit entry of an act on a person. It has the name, because the person may be removed later,
/// and it is at the person's place, if they have only one.
#[must_use]
pub fn act_on(act: AuditAct, person: &Person) -> Act {
    let act = Act::new(act, &person.id).with("name", &person.name);
    match person.roles.as_slice() {
        [only] => act.at(&only.location),
        _ => act,
    }
}

fn change_act(before: Option<&Person>, person: &Person, access: Access<'_>) -> Act {
    let mut act = match before {
        None => act_on(AuditAct::PersonAdded, person),
        Some(_) => act_on(AuditAct::PersonChanged, person),
    };
    act = act.with("roles", written(&person.roles));
    if let Some(before) = before {
        if before.name != person.name {
            act = act.with("before", &before.name);
        }
        if before.roles != person.roles {
            act = act.with("roles_before", written(&before.roles));
        }
    }
    if access.password_hash.is_some() {
        act = act.with("password", "changed");
    }
    match access.email {
        Some(email) => act.with("email", email),
        None => act,
    }
}

/// Roles in the form in which the audit log keeps them: `Finance@org SiteManager@S-12`.
fn written(roles: &[RoleAt]) -> String {
    let roles: Vec<_> = roles.iter().map(|at| format!("{:?}@{}", at.role, at.location)).collect();
    roles.join(" ")
}
