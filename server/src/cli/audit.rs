//! `calloff audit …`: the log of privileged acts.

use std::fmt::Write as _;

use super::{CliError, Context, answer, answer_json};
use crate::storage::audit::Chain;
use crate::storage::orders::Visible;

/// What to do with the log.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum AuditCommand {
    /// List the latest entries, the latest first
    List(ListArgs),
    /// Make every entry's hash again, and print the last one: note it elsewhere, and it proves all
    /// entries before it
    Verify,
}

/// Which entries.
#[derive(Debug, Clone, clap::Args)]
pub struct ListArgs {
    /// How many at most
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    pub limit: u32,
    /// Only entries before this number
    #[arg(long, value_name = "NUMBER")]
    pub before: Option<u64>,
    /// Write JSON
    #[arg(long)]
    pub json: bool,
}

/// Carries the command out.
///
/// # Errors
/// An entry is not as it was written; the store failed.
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
                let line = serde_json::json!([
                    entry.by,
                    entry.act,
                    entry.target,
                    entry.from,
                    entry.detail
                ]);
                writeln!(text, "{} {at} {line}", entry.number).ok();
            }
            answer(&text)
        }
        AuditCommand::Verify => match store.verify_audit_chain().await? {
            Chain::Whole { entries, head } => {
                answer(&format!("{entries} entries, each as it was written; last hash {head}\n"))
            }
            Chain::Broken { at } => Err(CliError::Usage(format!(
                "the audit log was changed: entry {at}, or one before it, is not as it was written; compare with a backup"
            ))),
        },
    }
}
