//! `calloff draft`: the drafts that wait to be published.

use std::collections::HashMap;

use calloff_core::contract::ContractStatus;
use calloff_core::ids::{ContractId, ItemId};
use clap::Subcommand;

use super::changes::{Length, described_difference};
use super::{CliError, Context, answer, answer_json};
use crate::drafting::{Draft, Which, discard, restore, show, versions_with};
use crate::words::counted;

/// The commands for drafts.
#[derive(Debug, Subcommand)]
pub enum DraftCommand {
    /// List the drafts, which the next release publishes
    List {
        /// List the discarded or withdrawn versions instead
        #[arg(long)]
        withdrawn: bool,
        /// Print the list as JSON, with everything that each draft changes
        #[arg(long)]
        json: bool,
    },
    /// Show what drafts change, line by line
    ///
    /// A draft that was shown counts as looked at. Only such a draft can win a tie by `calloff
    /// publish --settle-ties`.
    Show {
        #[command(flatten)]
        which: WhichArgs,
        /// Print the changes as JSON
        #[arg(long)]
        json: bool,
        /// List every line, not only the first few of each kind
        #[arg(long, short)]
        verbose: bool,
    },
    /// Discard drafts, so that no release has them
    ///
    /// They are kept; `calloff draft restore` brings them back. Suppliers and items that came with
    /// them stay.
    Discard {
        #[command(flatten)]
        which: WhichArgs,
    },
    /// Bring back a version that was discarded or withdrawn, as a draft
    Restore {
        /// The contract
        contract: ContractId,
        /// The version's number
        #[arg(value_name = "VERSION")]
        number: u32,
    },
}

/// The chosen drafts.
#[derive(Debug, clap::Args)]
pub struct WhichArgs {
    /// Contracts with one draft each
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    contracts: Vec<ContractId>,
    /// The number of the version, if a contract has several drafts
    #[arg(long, value_name = "VERSION", conflicts_with = "all")]
    number: Option<u32>,
    /// All drafts
    #[arg(long)]
    all: bool,
}

impl WhichArgs {
    fn which(self) -> Result<Which, CliError> {
        match (self.all, self.number, self.contracts.as_slice()) {
            (true, ..) => Ok(Which::All),
            (false, None, _) => Ok(Which::Of(self.contracts)),
            (false, Some(version), [contract]) => Ok(Which::One(contract.clone(), version)),
            (false, Some(_), _) => {
                Err(CliError::Usage("--number goes with one contract".to_owned()))
            }
        }
    }
}

/// Runs the command.
///
/// # Errors
/// [`CliError`]; nothing was changed.
pub async fn run(context: &Context, command: DraftCommand) -> Result<(), CliError> {
    let store = context.open().await?;
    let doing = context.doing();
    match command {
        DraftCommand::List { withdrawn, json } => {
            let status = if withdrawn { ContractStatus::Withdrawn } else { ContractStatus::Draft };
            let drafts = versions_with(&store, status).await?;
            match (json, drafts.is_empty(), withdrawn) {
                (true, ..) => answer_json(&drafts),
                (false, true, false) => answer("There are no drafts.\n"),
                (false, true, true) => answer("Nothing was discarded or withdrawn.\n"),
                (false, false, _) => {
                    answer(&drafts.iter().map(|draft| headline(draft) + "\n").collect::<String>())
                }
            }
        }
        DraftCommand::Show { which, json, verbose } => {
            let drafts = show(&store, &which.which()?, doing.at).await?;
            if json {
                return answer_json(&drafts);
            }
            let length = if verbose { Length::All } else { Length::Short };
            let items = store.items().await?;
            let items: HashMap<&ItemId, &str> =
                items.iter().map(|item| (&item.id, item.description.as_str())).collect();
            let text = |draft: &Draft| {
                let (difference, conflicts) = (&draft.difference, &draft.conflicts);
                let changes = described_difference(difference, conflicts, length, |item| {
                    items.get(item).copied()
                });
                format!("{}\n{changes}", headline(draft))
            };
            answer(&drafts.iter().map(text).collect::<String>())
        }
        DraftCommand::Discard { which } => {
            let drafts = discard(&store, &which.which()?, &doing).await?;
            let line = |draft: &Draft| {
                let Draft { contract, version, .. } = draft;
                format!(
                    "Discarded {}\n  calloff draft restore {contract} {version} brings it back.\n",
                    headline(draft)
                )
            };
            answer(&drafts.iter().map(line).collect::<String>())
        }
        DraftCommand::Restore { contract, number } => {
            let draft = restore(&store, &contract, number, &doing).await?;
            answer(&format!(
                "Version {number} of contract {contract} is back as draft version {draft}.\n"
            ))
        }
    }
}

/// A draft in one line.
fn headline(draft: &Draft) -> String {
    let Draft {
        contract, version, supplier, effective_from, rationale, is_seen, difference, ..
    } = draft;
    let from =
        effective_from.map_or_else(|| "a new contract".to_owned(), |from| format!("from {from}"));
    let why = if rationale.is_empty() { String::new() } else { format!("; {rationale}") };
    let seen = if *is_seen { "" } else { "; nobody looked at it" };
    let (added, changed, ended) =
        (difference.added.len(), difference.changed.len(), difference.ended.len());
    format!(
        "contract {contract}, version {version}, {supplier}, {from}: {} added, {changed} changed, \
         {ended} ended{why}{seen}",
        counted(added, "line", "lines")
    )
}
