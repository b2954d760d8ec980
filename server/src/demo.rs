//! Creates the demo organisation. [`calloff_core::sample`] invents it. Its catalogue is really
//! published, and its orders of the past weeks are made as tablets make them, pushed, verified and
//! accepted like all other orders.

mod guide;
mod history;

use calloff_core::catalogue::CatalogueContent;
use calloff_core::ids::{LocationId, PersonId};
use calloff_core::sample::{self, DEMO_SEED, StaffMember, StaffRole};
use calloff_core::wire::{Actor, PersonRole, RoleAt};
use ed25519_dalek::SigningKey;
use jiff::ToSpan as _;
use jiff::tz::TimeZone;

use crate::auth::{hash_password, is_password};
use crate::error::ServiceError;
use crate::publishing::{self, PublishError};
use crate::state::{AppState, local_date};
use crate::storage::organisation::add_content;
use crate::storage::people::{Person, put_person};
use crate::storage::purchase_orders::leave_unsent_before;
use crate::storage::{ServerStore, StorageError};

/// How many weeks back the demo's orders go.
const WEEKS: u16 = 4;

/// Why the demo organisation was not created.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The store failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The catalogue was not published.
    #[error("the demo's catalogue: {0}")]
    Publish(#[from] PublishError),
    /// A past order was not accepted.
    #[error("the demo's orders: {0}")]
    History(#[from] history::HistoryError),
    /// The server failed.
    #[error("the demo: {0}")]
    Service(#[from] ServiceError),
    /// A password cannot be hashed.
    #[error("the demo's passwords: {0}")]
    Password(String),
}

/// A person whose password everybody knows. Only the demo has such people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoSignIn {
    /// The sign-in name.
    pub person: PersonId,
    /// The person's first role.
    pub role: PersonRole,
    /// The password.
    pub password: String,
}

/// Creates the organisation in an empty store, with `now` in milliseconds since the Unix epoch.
///
/// # Errors
/// [`DemoError`].
pub async fn create(state: &AppState, key: &SigningKey, now: i64) -> Result<(), DemoError> {
    let today = local_date(now, TimeZone::UTC)?;
    let content = sample::organisation(DEMO_SEED, today);
    let staff = sample::staff(DEMO_SEED, &content);
    let mut write = state.store.write().await?;
    add_content(&mut write, &content).await?;
    write.commit().await?;
    store_people(state, &content, &staff).await?;
    let first_day = today.saturating_sub((i64::from(WEEKS) * 7 + 1).days());
    let first_day_millis = now - (i64::from(WEEKS) * 7 + 1) * DAY_MILLIS;
    let publisher = staff.iter().find(|person| person.role == StaffRole::Procurement);
    let publisher =
        publisher.ok_or_else(|| ServiceError::Internal("nobody is in procurement".to_owned()))?;
    let request = publishing::PublishRequest {
        reason: "Opening catalogue".to_owned(),
        by: publisher.id.clone(),
        actor: Actor::Person(publisher.id.clone()),
        effective_from: first_day,
        today: first_day,
        issued_at: first_day_millis,
        settle_ties: false,
    };
    publishing::publish(&state.store, key, request).await?;
    let orders = sample::past_orders(DEMO_SEED, &content, today, WEEKS);
    history::order(state, &content, &staff, &orders).await?;
    // What was delivered already is not sent to anybody.
    let mut write = state.store.write().await?;
    leave_unsent_before(&mut write, today).await?;
    Ok(write.commit().await?)
}

/// Milliseconds of a day.
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// The people of the demo who can sign in with the demo's passwords, because they have not chosen
/// others.
///
/// # Errors
/// The store failed.
pub async fn sign_ins(store: &ServerStore) -> Result<Vec<DemoSignIn>, StorageError> {
    let mut sign_ins = Vec::new();
    for person in store.people_with_password().await? {
        let Some(role) = person.roles.first().map(|granted| granted.role) else { continue };
        let password = demo_password(role);
        let hash = store.password_hash(person.id.as_str()).await?;
        if is_password(&password, hash.as_deref()) {
            sign_ins.push(DemoSignIn { person: person.id, role, password });
        }
    }
    Ok(sign_ins)
}

/// Stores all people. The first person of each role gets a password, so that every workspace can be
/// seen.
async fn store_people(
    state: &AppState,
    content: &CatalogueContent,
    staff: &[StaffMember],
) -> Result<(), DemoError> {
    let root = content.locations.iter().find(|location| location.parent.is_none());
    let root =
        root.ok_or_else(|| ServiceError::Internal("the demo has no organisation".to_owned()))?;
    let mut write = state.store.write().await?;
    let mut with_password = Vec::new();
    for member in staff {
        let role = role(member.role);
        let password = if role == PersonRole::Staff || with_password.contains(&role) {
            None
        } else {
            with_password.push(role);
            let salt = state.random()?;
            Some(
                hash_password(&demo_password(role), salt)
                    .map_err(|error| DemoError::Password(error.to_string()))?,
            )
        };
        put_person(&mut write, &person(member, role, &root.id), password.as_deref(), state.now())
            .await?;
    }
    Ok(write.commit().await?)
}

fn person(member: &StaffMember, role: PersonRole, root: &LocationId) -> Person {
    let location = member.site.clone().unwrap_or_else(|| root.clone());
    Person {
        id: member.id.clone(),
        name: member.name.clone(),
        roles: vec![RoleAt { role, location }],
    }
}

fn role(role: StaffRole) -> PersonRole {
    match role {
        StaffRole::Staff => PersonRole::Staff,
        StaffRole::SiteManager => PersonRole::SiteManager,
        StaffRole::Procurement => PersonRole::Procurement,
        StaffRole::Finance => PersonRole::Finance,
        StaffRole::Admin => PersonRole::Admin,
    }
}

/// Not a secret: it is printed at each start, and only the people of the demo get it.
fn demo_password(role: PersonRole) -> String {
    let name = match role {
        PersonRole::Staff => "staff",
        PersonRole::SiteManager => "manager",
        PersonRole::Procurement => "procurement",
        PersonRole::Finance => "finance",
        PersonRole::Admin => "admin",
        PersonRole::Auditor => "auditor",
    };
    format!("demo-{name}-{DEMO_SEED}")
}
