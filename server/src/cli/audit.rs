//! `calloff audit …`: the log of privileged acts.

use std::fmt::Write as _;

use calloff_core::wire::{Actor, AuditEntry};

use super::{CliError, Context, answer, answer_json};
use crate::storage::act_name;
use crate::storage::audit::Chain;
use crate::storage::orders::Visible;

/// The commands for the audit log.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum AuditCommand {
    /// List the latest entries, the latest first
    List(ListArgs),
    /// Compute every entry's hash again and print the last one; keep it elsewhere, because it
    /// proves all entries before it
    Verify,
}

/// The entries to list.
#[derive(Debug, Clone, clap::Args)]
pub struct ListArgs {
    /// The largest number of entries
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    pub limit: u32,
    /// Only entries before this number
    #[arg(long, value_name = "NUMBER")]
    pub before: Option<u64>,
    /// Write JSON
    #[arg(long)]
    pub json: bool,
}

/// An entry in words: who did what, to what, from where, and the further facts.
fn sentence(entry: &AuditEntry) -> String {
    let by = match &entry.by {
        Actor::Person(person) => person.to_string(),
        Actor::Tablet(tablet) => format!("tablet {tablet}"),
        Actor::CommandLine(name) if name.is_empty() => "command line".to_owned(),
        Actor::CommandLine(name) => format!("command line ({name})"),
        Actor::Unknown => "unknown".to_owned(),
    };
    let mut text = format!("{by}: {} {}", act_name(entry.act), entry.target);
    if let Some(location) = &entry.location {
        write!(text, " at {location}").ok();
    }
    if !entry.from.is_empty() {
        write!(text, " from {}", entry.from).ok();
    }
    for (name, value) in &entry.detail {
        write!(text, "; {} {value}", name.replace('_', " ")).ok();
    }
    text
}

/// Runs the command.
///
/// # Errors
/// An entry was changed, or the store failed.
pub async fn run(context: &Context, command: AuditCommand) -> Result<(), CliError> {
    let store = context.open().await?;
    match command {
        AuditCommand::List(args) => {
            let entries = store.audit_entries(&Visible::All, args.before, args.limit).await?;
            if args.json {
                return answer_json(&entries);
            }
            let mut text = String::new();
            for entry in entries {
                let at = jiff::Timestamp::from_millisecond(entry.at).unwrap_or_default();
                writeln!(text, "{} {at} {}", entry.number, sentence(&entry)).ok();
            }
            if text.is_empty() {
                text += "There are no entries.\n";
            }
            answer(&text)
        }
        AuditCommand::Verify => match store.verify_audit_chain().await? {
            Chain::Whole { entries, head } => {
                answer(&format!("{entries} entries, none of them changed; last hash {head}\n"))
            }
            Chain::Broken { at } => Err(CliError::Usage(format!(
                "the audit log was changed: entry {at} or an earlier entry differs from what was \
                 written; compare with a backup"
            ))),
        },
    }
}
