//! `calloff withdraw`: takes back announced releases and amendments, until their first day.

use std::fmt::Write as _;

use calloff_core::ids::ContractId;
use clap::Subcommand;

use super::{CliError, Context, answer};
use crate::publishing::signing_key;
use crate::publishing::withdraw::{TakenBack, withdraw_amendment, withdraw_release};
use crate::today::Days;

/// The commands for withdrawing.
#[derive(Debug, Subcommand)]
pub enum WithdrawCommand {
    /// Withdraw a release that has not begun; tablets delete it at their next contact
    ///
    /// Contract versions that only this release had come back as drafts, from its first day or from
    /// their own later one.
    Release {
        /// The number of the release
        number: u64,
        /// The reason; it is kept in the audit log
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Withdraw a published amendment that has not begun; the next release does not have it
    Amendment {
        /// The contract
        contract: ContractId,
        /// The number of the version
        #[arg(value_name = "VERSION")]
        number: u32,
        /// The reason; it is kept in the audit log
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// Runs the command.
///
/// # Errors
/// [`CliError`]; nothing was changed.
pub async fn run(context: &Context, command: WithdrawCommand) -> Result<(), CliError> {
    let store = context.open().await?;
    let days = Days::of(&store, context.now).await?;
    let doing = context.doing();
    match command {
        WithdrawCommand::Release { number, reason } => {
            let reason = said(&reason)?;
            let key = signing_key::of(&context.data, &store).await?;
            let taken_back =
                withdraw_release(&store, &key, number, reason, (&days, &doing)).await?;
            let mut text =
                format!("Withdrew release {number}: tablets delete it at their next contact.\n");
            for TakenBack { contract, version, draft, moved } in &taken_back {
                match draft {
                    Some(draft) => writeln!(
                        text,
                        "Version {version} of contract {contract} is now draft version \
                         {draft}."
                    ),
                    None => writeln!(
                        text,
                        "Version {version} of contract {contract} is withdrawn; the contract has \
                         another draft with its first day."
                    ),
                }
                .ok();
                if let Some((own, day)) = moved {
                    writeln!(
                        text,
                        "  It now begins on {day}, the first day of the withdrawn release, and not \
                         on {own}."
                    )
                    .ok();
                }
            }
            if taken_back.iter().any(|taken| taken.draft.is_some()) {
                text += "The next release publishes these drafts: look at them with calloff draft \
                         list, or discard them.\n";
            }
            answer(&text)
        }
        WithdrawCommand::Amendment { contract, number, reason } => {
            let reason = said(&reason)?;
            let day =
                withdraw_amendment(&store, &contract, number, reason, (&days, &doing)).await?;
            answer(&format!(
                "Withdrew version {number} of contract {contract}, which would have held from \
                 {day}. Tablets still have it: publish before that day (calloff publish --reason \
                 TEXT).\ncalloff draft restore {contract} {number} brings it back as a draft.\n"
            ))
        }
    }
}

fn said(reason: &str) -> Result<&str, CliError> {
    match reason.trim() {
        "" => Err(CliError::Usage("--reason is empty: say why it is withdrawn".to_owned())),
        reason => Ok(reason),
    }
}
