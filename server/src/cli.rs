//! The command line. Each command has its own file, with its arguments and its work.
//!
//! Answers go to standard output, errors and logs to standard error. A command that fails has
//! changed nothing and ends with exit code 1. Wrong arguments end with 2. A file of requests in
//! which some cannot be read ends with 3.

mod audit;
pub mod backup;
mod changes;
mod commitment;
mod demo;
mod device;
mod draft;
mod export;
mod import;
mod job;
mod migrate;
mod offer;
mod publish;
mod resolve;
mod serve;
mod user;
mod whole_file;
mod withdraw;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use calloff_core::calendar::Date;
use calloff_core::name::printable_text;
use calloff_core::wire::Actor;
use clap::{Parser, Subcommand};
use jiff::Timestamp;

use crate::drafting::DraftError;
use crate::error::ServiceError;
use crate::exchange::ImportError;
use crate::exchange::contracts::ExportError;
use crate::exchange::mapping::MappingError;
use crate::publishing::PublishError;
use crate::publishing::signing_key::KeyError;
use crate::publishing::withdraw::WithdrawError;
use crate::storage::audit::Doing;
use crate::storage::migrate::MigrateError;
use crate::storage::postgres::Address;
use crate::storage::sqlite::is_full_disk;
use crate::storage::{ServerStore, StorageError};
use crate::today::{Day, Days};

/// Contract-led procurement: contracts decide item, supplier, price and terms; sites order by them,
/// also offline.
#[derive(Debug, Parser)]
#[command(name = "calloff", version, propagate_version = true, max_term_width = 110)]
pub struct Cli {
    /// The folder with the database and the signing key; `import`, `demo` and `restore` create it
    /// if it is missing
    #[arg(long, value_name = "DIR", default_value = "data", global = true)]
    pub data: PathBuf,
    /// Address of a PostgreSQL database, for an organisation that has outgrown one machine, e.g.
    /// postgres://calloff:PASSWORD@db.example.org/calloff; without it, the database is a file in
    /// the data folder
    #[arg(
        long,
        value_name = "URL",
        env = "CALLOFF_DATABASE",
        hide_env_values = true,
        global = true
    )]
    pub database: Option<String>,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The command to run.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Import sites or a price list with a mapping that says what each column means, or contracts
    /// in Calloff's own format
    Import(import::Args),
    /// Export contracts, with everything that belongs to them, as a JSON file
    Export(export::Args),
    /// Publish all stored contracts as a numbered, signed release
    Publish(publish::Args),
    /// List and show drafts of contracts, discard them and bring them back
    #[command(subcommand)]
    Draft(draft::DraftCommand),
    /// Take back an announced release or amendment, until its first day
    #[command(subcommand)]
    Withdraw(withdraw::WithdrawCommand),
    /// Say which contract line supplies an item at a site on a date, and why
    Resolve(resolve::Args),
    /// Run the server for tablets and browsers
    Serve(serve::ServeArgs),
    /// Write a copy of the database while the server continues; with --with-key, its key, too
    Backup(backup::BackupArgs),
    /// Replace the database by a copy, or fill an empty PostgreSQL one; the server must be stopped
    Restore(backup::RestoreArgs),
    /// Move the organisation from the data folder to PostgreSQL; the server must be stopped
    Migrate(migrate::Args),
    /// List and take up what tablets offer after a restore, because the restored copy lacks it
    #[command(subcommand)]
    Offer(offer::OfferCommand),
    /// Start with an invented organisation with contracts, releases and orders
    Demo(serve::ServeArgs),
    /// List commitments with their utilisation, and set the allotments of sites
    #[command(subcommand)]
    Commitment(commitment::CommitmentCommand),
    /// Add and list the people who sign in
    #[command(subcommand)]
    User(user::UserCommand),
    /// Enrol and revoke tablets
    #[command(subcommand)]
    Device(device::DeviceCommand),
    /// List, cancel and run again the work that the server does later
    #[command(subcommand)]
    Job(job::JobCommand),
    /// Read and verify the log of privileged acts
    #[command(subcommand)]
    Audit(audit::AuditCommand),
}

/// The context of every command.
#[derive(Debug, Clone)]
pub struct Context {
    /// The data folder.
    pub data: PathBuf,
    /// The PostgreSQL database. `None` for the SQLite database in the data folder.
    pub database: Option<Address>,
    /// The time at which the command was started.
    pub now: Timestamp,
}

impl Context {
    /// Today: the day at the site where the day begins first. So what holds from today on holds at
    /// once everywhere.
    ///
    /// # Errors
    /// The database failed.
    pub async fn today(&self, store: &ServerStore) -> Result<Day, CliError> {
        Ok(Days::of(store, self.now).await?.earliest)
    }

    /// What somebody on the command line does now. Their name comes from the system, and root can
    /// change it.
    #[must_use]
    pub fn doing(&self) -> Doing {
        let name =
            ["SUDO_USER", "USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
        let by = Actor::CommandLine(name.unwrap_or_default());
        Doing { by, at: self.now.as_millisecond(), from: String::new() }
    }

    /// Opens the database, which must exist.
    ///
    /// # Errors
    /// The errors of [`ServerStore::open_existing`] and [`ServerStore::open_existing_postgres`].
    pub async fn open(&self) -> Result<ServerStore, StorageError> {
        match &self.database {
            Some(address) => ServerStore::open_existing_postgres(address).await,
            None => ServerStore::open_existing(&self.data).await,
        }
    }

    /// Opens the database, and creates it if it is missing. Nobody but an administrator of
    /// PostgreSQL can create a database there, so only its tables are created.
    ///
    /// # Errors
    /// The errors of [`ServerStore::open`] and [`ServerStore::open_postgres`].
    pub async fn open_or_create(&self) -> Result<ServerStore, StorageError> {
        match &self.database {
            Some(address) => ServerStore::open_postgres(address).await,
            None => ServerStore::open(&self.data).await,
        }
    }

    /// Refuses a command that works with the file of an SQLite database.
    ///
    /// # Errors
    /// The database is in PostgreSQL.
    pub fn needs_file(&self, instead: &str) -> Result<(), CliError> {
        match &self.database {
            Some(_) => Err(CliError::Usage(format!(
                "this command works with the database file in the data folder, and --database names \
                 a PostgreSQL database: {instead}"
            ))),
            None => Ok(()),
        }
    }
}

/// Why a command failed. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The arguments contradict each other or name something that does not exist.
    #[error("{0}")]
    Usage(String),
    /// The import failed.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The export failed.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The mapping is wrong.
    #[error("the mapping cannot be used: {0}")]
    Mapping(#[from] MappingError),
    /// Publishing failed.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// Something that was announced cannot be taken back.
    #[error(transparent)]
    Withdraw(#[from] WithdrawError),
    /// Nothing was done with a draft.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// The signing key is missing or wrong.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The organisation was not moved to another database.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The store failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Serving failed, or a command about people or tablets.
    #[error(transparent)]
    Command(#[from] serve::CommandError),
    /// A file or a stream failed.
    #[error("{what}: {source}")]
    Io {
        /// The file or stream, in words.
        what: String,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The disk is full.
    #[error(
        "the disk is full, and nothing was changed: make room on the disk of {folder}, and do it \
         again ({reason})"
    )]
    DiskFull {
        /// The data folder, or the file that could not be written.
        folder: String,
        /// The error of the database or the operating system.
        reason: String,
    },
    /// Some requests in a file cannot be read. The others were answered.
    #[error("{refused} of {count} requests cannot be read; {answers} says why, row by row")]
    Requests {
        /// The number of requests that cannot be read.
        refused: usize,
        /// The number of all requests.
        count: usize,
        /// The path of the file with the answers.
        answers: String,
    },
    /// JSON cannot express a value.
    #[error("the answer cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl CliError {
    /// The exit code of the process.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        if matches!(self, Self::Requests { .. }) { 3 } else { 1 }
    }
}

/// Runs a command.
///
/// # Errors
/// [`CliError`]; nothing was changed.
pub async fn run(cli: Cli, now: Timestamp) -> Result<(), CliError> {
    // Not by the parser of arguments: its message would repeat the address, with its password.
    let database =
        cli.database.map(|address| address.parse().map_err(CliError::Usage)).transpose()?;
    let context = Context { data: cli.data, database, now };
    let data = context.data.clone();
    let done = carry_out(context, cli.command).await;
    done.map_err(|error| at_the_prompt(error, &data))
}

/// The error in words for the prompt: a full disk is named, with what to do.
fn at_the_prompt(error: CliError, data: &Path) -> CliError {
    let reason = match &error {
        CliError::DiskFull { .. } => None,
        // The service's own words are for tablets and browsers.
        CliError::Command(serve::CommandError::Service(ServiceError::DiskFull(reason))) => {
            Some(reason.clone())
        }
        error => is_full_disk(error, data).then(|| error.to_string()),
    };
    match reason {
        Some(reason) => CliError::DiskFull { folder: data.display().to_string(), reason },
        None => error,
    }
}

async fn carry_out(context: Context, command: Command) -> Result<(), CliError> {
    match command {
        Command::Import(args) => import::run(&context, args).await,
        Command::Export(args) => export::run(&context, args).await,
        Command::Publish(args) => publish::run(&context, args).await,
        Command::Draft(command) => draft::run(&context, command).await,
        Command::Withdraw(command) => withdraw::run(&context, command).await,
        Command::Resolve(args) => resolve::run(&context, args).await,
        Command::Serve(args) => Ok(serve::run(&context, args).await?),
        Command::Backup(args) => backup::backup(&context, args).await,
        Command::Restore(args) => backup::restore(&context, args).await,
        Command::Migrate(args) => migrate::run(&context, args).await,
        Command::Offer(command) => offer::run(&context, command).await,
        Command::Demo(args) => Ok(demo::run(&context, args).await?),
        Command::Commitment(command) => commitment::run(&context, command).await,
        Command::User(command) => Ok(user::run(&context, command).await?),
        Command::Device(command) => Ok(device::run(&context, command).await?),
        Command::Job(command) => job::run(&context, command).await,
        Command::Audit(command) => audit::run(&context, command).await,
    }
}

/// Writes an answer to standard output. Characters that would move the cursor or change the
/// direction of lines are written as escapes. It is no error when the reader stops reading
/// (`calloff … | head`).
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

/// Reads a date argument.
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
    fn a_full_disk_is_named_at_the_prompt_and_not_in_the_words_for_tablets() {
        let full = ServiceError::DiskFull("database or disk is full".to_owned());
        let error = CliError::Command(serve::CommandError::Service(full));
        let said = at_the_prompt(error, Path::new("data")).to_string();
        assert!(said.contains("the disk is full") && said.contains("make room"), "{said}");
        assert!(!said.contains("head office"), "{said}");
        let other = CliError::Usage("another error".to_owned());
        assert_eq!(at_the_prompt(other, Path::new("data")).to_string(), "another error");
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
