//! `calloff publish`: a release of all stored contracts.

mod findings;

use std::fmt::Write as _;
use std::path::PathBuf;

use calloff_core::calendar::Date;
use calloff_core::ids::PersonId;
use clap::ValueEnum;
use serde_json::json;

use super::{CliError, Context, answer, answer_json};
use crate::publishing::{PublishError, Published, Request, publish, signing_key};

/// What to publish.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Why this release is made; kept with it
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The first day of the release at every site [default: today, UTC]
    #[arg(long, value_name = "DATE", value_parser = super::date)]
    effective: Option<Date>,
    /// Settle all remaining ties by a rule, and record that as your decision in this and later releases
    #[arg(long, value_name = "RULE")]
    settle_ties: Option<TieRule>,
    /// Who publishes (sign-in name)
    #[arg(long, value_name = "NAME", default_value = "procurement")]
    by: PersonId,
    /// List every finding, not only the first few of each kind
    #[arg(long, short)]
    verbose: bool,
    /// Write every finding to a file, as JSON: {"refusals": [...], "warnings": [...]}
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Print the release and every finding as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum TieRule {
    /// The smaller contract number wins a tie; nothing else changes
    ContractNumber,
}

/// Publishes.
///
/// # Errors
/// [`CliError`]; nothing was changed.
pub async fn run(context: &Context, args: Args) -> Result<(), CliError> {
    if args.reason.trim().is_empty() {
        return Err(CliError::Usage("--reason is empty: say why this release is made".to_owned()));
    }
    let store = context.open().await?;
    let key = signing_key::load_or_create(&context.data)?;
    let request = Request {
        reason: args.reason,
        by: args.by,
        effective_from: args.effective.unwrap_or_else(|| context.today()),
        issued_at: context.now.as_millisecond(),
        settle_ties: matches!(args.settle_ties, Some(TieRule::ContractNumber)),
    };
    // Opened before anything is published: a command that fails has changed nothing.
    let file = args.report.as_ref().map(|path| findings::ReportFile::create(path)).transpose()?;
    match publish(&store, &key, request).await {
        Ok(published) => {
            file.map_or(Ok(()), |file| file.write(&published.report))?;
            if args.json {
                return answer_json(&as_json(&published));
            }
            answer(&(findings::warnings(&published.report, args.verbose) + &summary(&published)))
        }
        Err(PublishError::Refused(report)) => {
            file.map_or(Ok(()), |file| file.write(&report))?;
            if args.json {
                answer_json(&report)?;
            } else {
                let text = findings::warnings(&report, args.verbose) + &findings::refusals(&report, args.verbose);
                answer(&text)?;
            }
            Err(PublishError::Refused(report).into())
        }
        Err(error) => Err(error.into()),
    }
}

fn summary(published: &Published) -> String {
    let mut text = String::new();
    if !published.settled.is_empty() {
        let pairs = published.settled.len();
        writeln!(text, "Settled {pairs} pairs of contracts that tie: the smaller contract number wins.").ok();
    }
    writeln!(
        text,
        "Published release {} with {} contracts and {} lines, in force from {}. {} of its {} chunks are new; a tablet fetches \
         {} bytes.",
        published.issue.number,
        published.contracts,
        published.lines,
        published.issue.effective_from,
        published.new_chunks,
        published.chunks,
        published.new_bytes,
    )
    .ok();
    text
}

fn as_json(published: &Published) -> serde_json::Value {
    json!({
        "release": published.issue.number,
        "effective_from": published.issue.effective_from,
        "issued_at": published.issue.issued_at,
        "publisher": published.issue.publisher,
        "reason": published.issue.reason,
        "contracts": published.contracts,
        "lines": published.lines,
        "chunks": published.chunks,
        "new_chunks": published.new_chunks,
        "new_bytes": published.new_bytes,
        "settled": published.settled,
        "warnings": published.report.warnings,
    })
}
