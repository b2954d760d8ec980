//! `calloff user …`: people who sign in.

use std::io::Read as _;
use std::path::Path;
use std::str::FromStr;

use calloff_core::ids::{LocationId, PersonId};
use calloff_core::limits::NAME_BYTES;
use calloff_core::wire::{Role, RoleAt};

use super::serve::CommandError;
use crate::auth::{EnrolmentCode, hash_password};
use crate::error::ServiceError;
use crate::storage::people::{Person, put_person};
use crate::storage::{StorageError, Store};

/// What to do with people.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum UserCommand {
    /// Add a person, or change name, roles and password of one
    Add(AddArgs),
    /// List the people who sign in
    List,
}

/// Who, and what they may do.
#[derive(Debug, Clone, clap::Args)]
pub struct AddArgs {
    /// The sign-in name
    pub name: PersonId,
    /// The name that others see; the sign-in name unless given
    #[arg(long, value_name = "TEXT")]
    pub display_name: Option<String>,
    /// A role, at a node of the location tree and below, or at the organisation: finance, site_manager@S-12; may be repeated
    #[arg(long = "role", value_name = "ROLE[@LOCATION]", required = true)]
    pub roles: Vec<Grant>,
    /// Read the password from standard input (its first line); without it one is made and printed, once
    #[arg(long)]
    pub password_stdin: bool,
}

/// A role as it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    role: Role,
    location: Option<LocationId>,
}

/// The shortest password that is taken (NIST SP 800-63B).
const PASSWORD_CHARACTERS: usize = 8;

impl FromStr for Grant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (role, location) = text.split_once('@').map_or((text, None), |(role, location)| (role, Some(location)));
        let known = serde_json::from_value(serde_json::Value::from(role));
        let role = known.map_err(|_| {
            format!("{role:?} is no role: staff, site_manager, procurement, finance, admin and auditor are")
        })?;
        let location = location.map(|location| location.parse().map_err(|error| format!("{location:?}: {error}")));
        Ok(Self { role, location: location.transpose()? })
    }
}

/// Carries the command out.
///
/// # Errors
/// There is no such location, the password will not do, or the store failed.
pub async fn run(data: &Path, command: UserCommand) -> Result<(), CommandError> {
    let store = Store::open(data).await?;
    match command {
        UserCommand::Add(args) => add(&store, args).await?,
        UserCommand::List => list(&store).await?,
    }
    store.close().await;
    Ok(())
}

async fn add(store: &Store, args: AddArgs) -> Result<(), CommandError> {
    let locations = store.locations().await?;
    let root = locations.iter().find(|location| location.parent.is_none());
    let root = root.ok_or_else(|| CommandError::Asked("import the sites first (calloff import sites)".to_owned()))?;
    let mut roles = Vec::with_capacity(args.roles.len());
    for Grant { role, location } in args.roles {
        let location = location.unwrap_or_else(|| root.id.clone());
        if !locations.iter().any(|known| known.id == location) {
            return Err(CommandError::Asked(format!("there is no location {location}")));
        }
        roles.push(RoleAt { role, location });
    }
    let name = args.display_name.unwrap_or_else(|| args.name.to_string());
    if name.trim().is_empty() || name.len() > NAME_BYTES {
        return Err(CommandError::Asked(format!("a name has 1 to {NAME_BYTES} bytes")));
    }
    let password = if args.password_stdin { read_password()? } else { EnrolmentCode::mint(random()?).expose() };
    let hash = hash_password(&password, random()?).map_err(|error| CommandError::Asked(error.to_string()))?;
    let person = Person { id: args.name, name, roles };
    let mut write = store.write().await?;
    put_person(&mut write, &person, Some(&hash)).await?;
    write.commit().await.map_err(StorageError::from)?;
    println!("added {}", person.id);
    if !args.password_stdin {
        println!("password {password}");
    }
    Ok(())
}

async fn list(store: &Store) -> Result<(), CommandError> {
    for person in store.people_with_password().await? {
        let roles: Vec<String> =
            person.roles.iter().map(|granted| format!("{:?}@{}", granted.role, granted.location)).collect();
        println!("{}\t{}\t{}", person.id, person.name, roles.join(" "));
    }
    Ok(())
}

fn read_password() -> Result<String, CommandError> {
    let mut text = String::new();
    // The server refuses longer ones at sign-in, too.
    let limit = u64::try_from(NAME_BYTES + 2).unwrap_or(u64::MAX);
    let read = std::io::stdin().take(limit).read_to_string(&mut text);
    read.map_err(|error| CommandError::Asked(format!("no password on standard input: {error}")))?;
    let password = text.lines().next().unwrap_or_default();
    if password.chars().count() < PASSWORD_CHARACTERS || password.len() > NAME_BYTES {
        let message = format!("a password has {PASSWORD_CHARACTERS} characters to {NAME_BYTES} bytes");
        return Err(CommandError::Asked(message));
    }
    Ok(password.to_owned())
}

fn random<const N: usize>() -> Result<[u8; N], CommandError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(ServiceError::from)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_typed_with_or_without_its_place() {
        assert_eq!("finance".parse(), Ok(Grant { role: Role::Finance, location: None }));
        let at_site = Grant { role: Role::SiteManager, location: Some("S-12".parse().unwrap()) };
        assert_eq!("site_manager@S-12".parse(), Ok(at_site));
        assert!("boss".parse::<Grant>().unwrap_err().contains("auditor"));
        assert!("finance@".parse::<Grant>().is_err());
    }
}
