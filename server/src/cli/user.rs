//! `calloff user …`: the people who sign in.

use std::io::{BufRead as _, IsTerminal as _, Read as _};
use std::str::FromStr;

use calloff_core::ids::{LocationId, PersonId};
use calloff_core::limits::NAME_BYTES;
use calloff_core::name::printable;
use calloff_core::pin::{Pin, PinError, PinVerifier};
use calloff_core::wire::{AuditAct, PersonRefusal, PersonRole, RoleAt};

use super::Context;
use super::device::NOT_SERVED_YET;
use super::serve::CommandError;
use crate::auth::{EnrolmentCode, Secret, hash_password, is_allowed_password};
use crate::error::ServiceError;
use crate::people::{self, Access, act_on, checked};
use crate::storage::ServerStore;
use crate::storage::audit::{Doing, record};
use crate::storage::people::{person_in, put_pin, remove_sessions};

/// The commands for people.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum UserCommand {
    /// Add a person, or change the name, roles and password of a person
    Add(AddArgs),
    /// List the people who sign in
    List,
    /// Issue a one-time link by which a person sets their own password
    Invite {
        /// The sign-in name
        name: PersonId,
        /// The address that people type to reach the server; by default the address of the last
        /// start (--public-url or --listen)
        #[arg(long, value_name = "URL")]
        url: Option<String>,
    },
    /// Set the PIN of a person for shared tablets, from standard input (its first line)
    Pin {
        /// The sign-in name
        name: PersonId,
        /// Remove the PIN
        #[arg(long)]
        remove: bool,
    },
    /// Remove a person with their roles, password, PIN and sessions; records of what they did keep
    /// their name
    Remove {
        /// The sign-in name
        name: PersonId,
    },
}

/// The person, and what they may do.
#[derive(Debug, Clone, clap::Args)]
pub struct AddArgs {
    /// The sign-in name
    pub name: PersonId,
    /// The name that others see; by default the sign-in name
    #[arg(long, value_name = "TEXT")]
    pub display_name: Option<String>,
    /// A role, for the whole organisation or for a node of the location tree and everything below
    /// it, for example finance or site_manager@S-12; may be repeated
    #[arg(long = "role", value_name = "ROLE[@LOCATION]", required = true)]
    pub roles: Vec<TypedRole>,
    /// The e-mail address of the person at the organisation's sign-in provider; by default it does
    /// not change
    #[arg(long, value_name = "ADDRESS", value_parser = email)]
    pub email: Option<String>,
    /// Read the password from standard input (its first line); without this, a password is made and
    /// printed once
    #[arg(long)]
    pub password_stdin: bool,
    /// Set no password: the person signs in with the organisation's provider, or only chooses their
    /// name on a tablet
    #[arg(long, conflicts_with = "password_stdin")]
    pub no_password: bool,
}

/// A role, as it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedRole {
    role: PersonRole,
    location: Option<LocationId>,
}

impl FromStr for TypedRole {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (role, location) =
            text.split_once('@').map_or((text, None), |(role, location)| (role, Some(location)));
        let known = serde_json::from_value(serde_json::Value::from(role));
        let role = known.map_err(|_| {
            format!(
                "{role:?} is not a role: use staff, site_manager, procurement, finance, admin \
                 or auditor"
            )
        })?;
        let location = location
            .map(|location| location.parse().map_err(|error| format!("{location:?}: {error}")));
        Ok(Self { role, location: location.transpose()? })
    }
}

/// Runs the command.
///
/// # Errors
/// The location does not exist, the password is not allowed, or the store failed.
pub async fn run(context: &Context, command: UserCommand) -> Result<(), CommandError> {
    let store = context.open().await?;
    let doing = context.doing();
    match command {
        UserCommand::Add(args) => add(&store, args, &doing).await?,
        UserCommand::List => list(&store).await?,
        UserCommand::Pin { name, remove } => pin(&store, &name, remove, &doing).await?,
        UserCommand::Invite { name, url } => invite(&store, &name, url, &doing).await?,
        UserCommand::Remove { name } => remove(&store, &name, &doing).await?,
    }
    store.close().await;
    Ok(())
}

/// Reads an e-mail address. The check is simple, because addresses are only compared.
fn email(text: &str) -> Result<String, String> {
    let is_one = text.len() <= NAME_BYTES
        && text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
    if is_one { Ok(text.to_lowercase()) } else { Err(format!("{text:?} is not an e-mail address")) }
}

async fn pin(
    store: &ServerStore,
    name: &PersonId,
    is_removed: bool,
    doing: &Doing,
) -> Result<(), CommandError> {
    let person = store.person(name).await?.ok_or_else(|| unknown(name))?;
    let verifier = if is_removed {
        None
    } else {
        let refused = |error: PinError| CommandError::Asked(error.to_string());
        Some(
            PinVerifier::new(&Pin::choose(&first_line("PIN")?).map_err(refused)?, random()?)
                .map_err(refused)?,
        )
    };
    let mut write = store.write().await?;
    put_pin(&mut write, name, verifier.as_ref(), doing.at).await?;
    let act = if is_removed { AuditAct::PinRemoved } else { AuditAct::PinSet };
    record(&mut write, doing, &act_on(act, &person)).await?;
    write.commit().await?;
    println!("{} the PIN of {name}", if is_removed { "removed" } else { "set" });
    Ok(())
}

async fn remove(store: &ServerStore, name: &PersonId, doing: &Doing) -> Result<(), CommandError> {
    let mut write = store.write().await?;
    if !people::remove(&mut write, name, doing).await? {
        return Err(unknown(name));
    }
    write.commit().await?;
    println!("removed {name}");
    Ok(())
}

async fn invite(
    store: &ServerStore,
    name: &PersonId,
    url: Option<String>,
    doing: &Doing,
) -> Result<(), CommandError> {
    let url = match url {
        Some(url) => url,
        None => store.served_at().await?.unwrap_or_else(|| NOT_SERVED_YET.to_owned()),
    };
    let token = Secret::mint(random()?);
    let mut write = store.write().await?;
    let person = person_in(&mut write, name).await?.ok_or_else(|| unknown(name))?;
    let invited = people::invite(&mut write, &person, token, doing).await?;
    write.commit().await?;
    println!("{}", invited.link(&url));
    Ok(())
}

fn unknown(name: &PersonId) -> CommandError {
    CommandError::Asked(format!("nobody has the sign-in name {name}"))
}

async fn add(store: &ServerStore, args: AddArgs, doing: &Doing) -> Result<(), CommandError> {
    let locations = store.locations().await?;
    let root = locations.iter().find(|location| location.parent.is_none());
    let root = root.ok_or_else(|| {
        CommandError::Asked("import the sites first (calloff import sites)".to_owned())
    })?;
    let mut roles = Vec::with_capacity(args.roles.len());
    for TypedRole { role, location } in args.roles {
        let location = location.unwrap_or_else(|| root.id.clone());
        if !locations.iter().any(|known| known.id == location) {
            return Err(CommandError::Asked(format!("there is no location {location}")));
        }
        roles.push(RoleAt { role, location });
    }
    let name = args.display_name.unwrap_or_else(|| args.name.to_string());
    let password = match (args.no_password, args.password_stdin) {
        (true, _) => None,
        (false, true) => Some(read_password()?),
        (false, false) => Some(EnrolmentCode::mint(random()?).expose()),
    };
    let salt = random()?;
    let hash = password.as_deref().map(|password| hash_password(password, salt)).transpose();
    let hash = hash.map_err(|error| CommandError::Asked(error.to_string()))?;
    let person = checked(args.name, &name, roles).map_err(ServiceError::from)?;
    let access = Access { password_hash: hash.as_deref(), email: args.email.as_deref() };
    let mut write = store.write().await?;
    people::put(&mut write, &person, access, doing).await?;
    // A person who was signed in with the old password or roles must sign in again.
    remove_sessions(&mut write, &person.id).await?;
    write.commit().await?;
    println!("added {}", person.id);
    if let Some(password) = password.filter(|_| !args.password_stdin) {
        println!("password {password}");
    }
    Ok(())
}

async fn list(store: &ServerStore) -> Result<(), CommandError> {
    let people = store.people_with_password().await?;
    if people.is_empty() {
        println!("Nobody can sign in yet. Add somebody: calloff user add NAME --role ROLE");
    }
    for person in people {
        let roles: Vec<String> = person
            .roles
            .iter()
            .map(|granted| format!("{:?}@{}", granted.role, granted.location))
            .collect();
        let (id, name) = (printable(person.id.as_str()), printable(&person.name));
        println!("{id}\t{name}\t{}", printable(&roles.join(" ")));
    }
    Ok(())
}

/// The first line of standard input. A person at a terminal is asked for it by its name.
pub(super) fn first_line(name: &str) -> Result<String, CommandError> {
    let mut text = String::new();
    let input = std::io::stdin();
    if input.is_terminal() {
        eprint!("{name} (it is shown while you type): ");
    }
    // The server refuses longer passwords at sign-in, too.
    let limit = u64::try_from(NAME_BYTES + 2).unwrap_or(u64::MAX);
    let read = input.lock().take(limit).read_line(&mut text);
    read.map_err(|error| {
        CommandError::Asked(format!("nothing can be read from standard input: {error}"))
    })?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn read_password() -> Result<String, CommandError> {
    let password = first_line("Password")?;
    if !is_allowed_password(&password) {
        return Err(ServiceError::from(PersonRefusal::BadPassword).into());
    }
    Ok(password)
}

/// Random bytes of the system.
pub(super) fn random<const N: usize>() -> Result<[u8; N], CommandError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(ServiceError::from)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_typed_with_or_without_its_place() {
        assert_eq!("finance".parse(), Ok(TypedRole { role: PersonRole::Finance, location: None }));
        let at_site =
            TypedRole { role: PersonRole::SiteManager, location: Some("S-12".parse().unwrap()) };
        assert_eq!("site_manager@S-12".parse(), Ok(at_site));
        assert!("boss".parse::<TypedRole>().unwrap_err().contains("auditor"));
        assert!("finance@".parse::<TypedRole>().is_err());
    }
}
