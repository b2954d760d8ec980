//! The command line: one file per command, each with its arguments and what it does.
//!
//! Answers go to standard output, errors and logs to standard error. A command that fails has
//! changed nothing and ends with exit code 1; wrong arguments end with 2; a file of requests of
//! which some could not be read ends with 3.

mod audit;
mod backup;
mod changes;
mod commitment;
mod demo;
mod device;
mod draft;
mod export;
mod import;
mod offer;
mod publish;
mod resolve;
mod serve;
mod user;
mod whole_file;
mod withdraw;

use std::io::Write as _;
use std::path::PathBuf;

use calloff_core::calendar::Date;
use calloff_core::name::printable_text;
use calloff_core::wire::Actor;
use clap::{Parser, Subcommand};
use jiff::Timestamp;

use crate::drafting::DraftError;
use crate::exchange::ImportError;
use crate::exchange::contracts::ExportError;
use crate::exchange::mapping::MappingError;
use crate::publishing::PublishError;
use crate::publishing::signing_key::KeyError;
use crate::publishing::withdraw::WithdrawError;
use crate::storage::audit::Doing;
use crate::storage::{StorageError, Store};
use crate::today::{Day, Days};

/// Contract-led procurement: contracts fix item, supplier, price and terms; sites order by them,
/// offline too.
#[derive(Debug, Parser)]
#[command(name = "calloff", version, propagate_version = true, max_term_width = 110)]
pub struct Cli {
    /// The folder that holds the database and the signing key; `import`, `demo` and `restore`
    /// create it where it is missing
    #[arg(long, value_name = "DIR", default_value = "data", global = true)]
    pub data: PathBuf,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read sites or a price list by a mapping that says which column is what, or contracts as
    /// Calloff writes them
    Import(import::Args),
    /// Write contracts, with all that belongs to them, as a JSON file
    Export(export::Args),
    /// Publish all stored contracts as a numbered, signed release
    Publish(publish::Args),
    /// List and show drafts of contracts, discard them and bring them back
    #[command(subcommand)]
    Draft(draft::DraftCommand),
    /// Take back a release or an amendment that was announced, until its first day
    #[command(subcommand)]
    Withdraw(withdraw::WithdrawCommand),
    /// Say which contract line supplies an item at a site on a date, and why
    Resolve(resolve::Args),
    /// Answer tablets and browsers
    Serve(serve::ServeArgs),
    /// Write a copy of the database while the server goes on; the signing key is not in it
    Backup(backup::BackupArgs),
    /// Bring a copy of the database back, in place of the one that is there, which is kept; the
    /// server must be stopped
    Restore(backup::RestoreArgs),
    /// List and take up what tablets offer after a restore, because the copy lacks it
    #[command(subcommand)]
    Offer(offer::OfferCommand),
    /// Start with an invented organisation with contracts, releases and orders
    Demo(serve::ServeArgs),
    /// List commitments with their utilisation, and set what sites are given of hard maximums
    #[command(subcommand)]
    Commitment(commitment::CommitmentCommand),
    /// Add and list the people who sign in
    #[command(subcommand)]
    User(user::UserCommand),
    /// Enrol and revoke tablets
    #[command(subcommand)]
    Device(device::DeviceCommand),
    /// Read and verify the log of privileged acts
    #[command(subcommand)]
    Audit(audit::AuditCommand),
}

/// What every command is given.
#[derive(Debug, Clone)]
pub struct Context {
    /// The data folder.
    pub data: PathBuf,
    /// When the command was started.
    pub now: Timestamp,
}

impl Context {
    /// Today: the day at the site where it is earliest, so that what holds from today holds at once
    /// everywhere.
    ///
    /// # Errors
    /// The database failed.
    pub async fn today(&self, store: &Store) -> Result<Day, CliError> {
        Ok(Days::of(store, self.now).await?.earliest)
    }

    /// What somebody at the prompt does now: by the name that the system gives them, which whoever
    /// rules the system can change.
    #[must_use]
    pub fn doing(&self) -> Doing {
        let name =
            ["SUDO_USER", "USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
        let by = Actor::CommandLine(name.unwrap_or_default());
        Doing { by, at: self.now.as_millisecond(), from: String::new() }
    }

    /// The database of the data folder, which has one.
    ///
    /// # Errors
    /// As [`Store::open_existing`].
    pub async fn open(&self) -> Result<Store, StorageError> {
        Store::open_existing(&self.data).await
    }

    /// The database of the data folder, created where it is missing.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn open_or_create(&self) -> Result<Store, StorageError> {
        Store::open(&self.data).await
    }
}

/// Why a command failed. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// Arguments that contradict each other or lead nowhere.
    #[error("{0}")]
    Usage(String),
    /// An import.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// An export.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// A mapping.
    #[error("the mapping cannot be used: {0}")]
    Mapping(#[from] MappingError),
    /// A release.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// Something announced that cannot be taken back.
    #[error(transparent)]
    Withdraw(#[from] WithdrawError),
    /// A draft.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// The signing key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Serving, people or tablets.
    #[error(transparent)]
    Command(#[from] serve::CommandError),
    /// A file or a stream.
    #[error("{what}: {source}")]
    Io {
        /// Which.
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Some requests of a file cannot be read; the others were answered.
    #[error("{refused} of {count} requests cannot be read; {answers} says why, row by row")]
    Requests {
        /// How many.
        refused: usize,
        /// Of how many.
        count: usize,
        /// The file of answers.
        answers: String,
    },
    /// A value that JSON cannot hold.
    #[error("the answer cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl CliError {
    /// What the process ends with.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        if matches!(self, Self::Requests { .. }) { 3 } else { 1 }
    }
}

/// Carries out a command.
///
/// # Errors
/// [`CliError`]; nothing was changed.
pub async fn run(cli: Cli, now: Timestamp) -> Result<(), CliError> {
    let context = Context { data: cli.data, now };
    match cli.command {
        Command::Import(args) => import::run(&context, args).await,
        Command::Export(args) => export::run(&context, args).await,
        Command::Publish(args) => publish::run(&context, args).await,
        Command::Draft(command) => draft::run(&context, command).await,
        Command::Withdraw(command) => withdraw::run(&context, command).await,
        Command::Resolve(args) => resolve::run(&context, args).await,
        Command::Serve(args) => Ok(serve::run(&context.data, args).await?),
        Command::Backup(args) => backup::backup(&context, args).await,
        Command::Restore(args) => backup::restore(&context, args).await,
        Command::Offer(command) => offer::run(&context, command).await,
        Command::Demo(args) => Ok(demo::run(&context.data, args).await?),
        Command::Commitment(command) => commitment::run(&context, command).await,
        Command::User(command) => Ok(user::run(&context, command).await?),
        Command::Device(command) => Ok(device::run(&context, command).await?),
        Command::Audit(command) => audit::run(&context, command).await,
    }
}

/// Writes an answer to standard output; what would move a terminal's cursor or turn its lines
/// around stands there as what it is. A reader that has seen enough (`calloff … | head`) is no
/// error.
pub(crate) fn answer(text: &str) -> Result<(), CliError> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(printable_text(text).as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(CliError::Io { what: "standard output".to_owned(), source: error })
        }
        _ => Ok(()),
    }
}

/// Writes an answer as JSON.
pub(crate) fn answer_json(value: &impl serde::Serialize) -> Result<(), CliError> {
    answer(&(serde_json::to_string_pretty(value)? + "\n"))
}

/// A date argument.
pub(crate) fn date(text: &str) -> Result<Date, String> {
    Date::strptime("%Y-%m-%d", text).map_err(|_| format!("{text:?} is not a date like 2025-02-15"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_argument_and_command_is_explained() {
        fn explained(command: &clap::Command) {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for argument in command.get_arguments() {
                assert!(
                    argument.get_help().is_some(),
                    "{} {}",
                    command.get_name(),
                    argument.get_id()
                );
            }
            command.get_subcommands().for_each(explained);
        }
        explained(&Cli::command());
    }
}
