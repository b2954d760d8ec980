//! `calloff withdraw`: taking back what was announced, until its first day.

use std::fmt::Write as _;

use calloff_core::ids::ContractId;
use clap::Subcommand;

use super::{CliError, Context, answer};
use crate::publishing::signing_key;
use crate::publishing::withdraw::{TakenBack, withdraw_amendment, withdraw_release};
use crate::today::Days;

/// What to withdraw.
#[derive(Debug, Subcommand)]
pub enum WithdrawCommand {
    /// Withdraw a release that has not begun: tablets drop it at their next contact
    ///
    /// Contract versions that only this release carried come back as drafts, from its first day or
    /// their own later one.
    Release {
        /// Its number
        number: u64,
        /// Why; kept in the audit log
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Withdraw an amendment that was published and has not begun: the next release is without it
    Amendment {
        /// The contract
        contract: ContractId,
        /// The version's number
        #[arg(value_name = "VERSION")]
        number: u32,
        /// Why; kept in the audit log
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// Carries the command out.
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
                format!("Withdrew release {number}: tablets drop it at their next contact.\n");
            for TakenBack { contract, version, draft } in &taken_back {
                match draft {
                    Some(draft) => writeln!(text, "Version {version} of contract {contract} is draft version {draft} now."),
                    None => writeln!(
                        text,
                        "Version {version} of contract {contract} is withdrawn; the contract has another draft from its day."
                    ),
                }
                .ok();
            }
            if taken_back.iter().any(|taken| taken.draft.is_some()) {
                text += "The next release publishes these drafts: look at them with calloff draft list, or discard them.\n";
            }
            answer(&text)
        }
        WithdrawCommand::Amendment { contract, number, reason } => {
            let reason = said(&reason)?;
            let day =
                withdraw_amendment(&store, &contract, number, reason, (&days, &doing)).await?;
            answer(&format!(
                "Withdrew version {number} of contract {contract}, which would have held from {day}. Tablets still have it: \
                 publish before that day (calloff publish --reason TEXT).\ncalloff draft restore {contract} {number} brings it \
                 back as a draft.\n"
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
