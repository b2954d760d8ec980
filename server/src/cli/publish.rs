//! `calloff publish`: publishes all stored contracts as a release.

mod findings;

use std::fmt::Write as _;
use std::path::PathBuf;

use calloff_core::calendar::Date;
use calloff_core::ids::PersonId;
use calloff_core::wire::Actor;
use clap::ValueEnum;
use serde_json::json;

use super::changes::{Length, plans_text, values_text};
use super::{CliError, Context, answer, answer_json};
use crate::publishing::ties::SettledTie;
use crate::publishing::{
    Prepared, PublishError, PublishRequest, Published, PublishedDraft, carry_out, prepare,
    signing_key,
};
use crate::words::counted;

/// The number of drafts that are listed before publishing, unless all are wanted.
const LISTED_DRAFTS: usize = 10;

/// The options of publishing.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The reason for this release; it is stored with the release
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The first day of the release at every site [default: today at the site where the day begins
    /// first]
    ///
    /// Releases that are announced for a later day are published again after this one, with new
    /// numbers and the same first days. `calloff withdraw release` takes one back.
    #[arg(long, value_name = "DATE", value_parser = super::date)]
    effective: Option<Date>,
    /// Settle all remaining ties by a rule, and record it as your decision for this and later
    /// releases
    ///
    /// Every tie is listed with its winner first. A draft that nobody looked at (`calloff draft
    /// show`) never wins.
    #[arg(long, value_name = "RULE")]
    settle_ties: Option<TieRule>,
    /// The person who publishes (sign-in name) [default: the command line, with the name that the
    /// system gives you]
    #[arg(long, value_name = "NAME")]
    by: Option<PersonId>,
    /// Publish even if nothing changed since the last release
    #[arg(long)]
    again: bool,
    /// Check and say what would be published, but publish nothing
    #[arg(long)]
    dry_run: bool,
    /// List every warning, not only the first few of each kind
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

/// Runs the command.
///
/// # Errors
/// [`CliError`]; nothing was changed.
pub async fn run(context: &Context, args: Args) -> Result<(), CliError> {
    if args.reason.trim().is_empty() {
        return Err(CliError::Usage("--reason is empty: say why this release is made".to_owned()));
    }
    let store = context.open().await?;
    let key = signing_key::of(&context.data, &store).await?;
    let today = context.today(&store).await?;
    let (by, actor) = match args.by {
        Some(by) if store.person(&by).await?.is_none() => {
            return Err(CliError::Usage(format!(
                "nobody has the sign-in name {by}: look at calloff user list, or leave --by out"
            )));
        }
        Some(by) => (by.clone(), Actor::Person(by)),
        None => (command_line()?, context.doing().by),
    };
    let request = PublishRequest {
        reason: args.reason,
        by,
        actor,
        effective_from: args.effective.unwrap_or(today.date),
        today: today.date,
        issued_at: context.now.as_millisecond(),
        settle_ties: matches!(args.settle_ties, Some(TieRule::ContractNumber)),
    };
    // The file is opened before anything is published, because a command that fails must change
    // nothing.
    let file = args.report.as_ref().map(|path| findings::ReportFile::create(path)).transpose()?;
    let prepared = prepare(&store, &key, request).await?;
    if !args.json {
        let day =
            if args.effective.is_none() { format!("Today is {today}.\n") } else { String::new() };
        answer(
            &(day
                + &before(&prepared, args.verbose)
                + &changes(&prepared, args.verbose)
                + &findings::warnings(&prepared.report, args.verbose)),
        )?;
    }
    let reports =
        std::iter::once(&prepared.report).chain(prepared.again.iter().map(|again| &again.report));
    let is_refused = reports.map(|report| report.refusals.len()).sum::<usize>() > 0;
    if let Some(release) = prepared.same_as.filter(|_| !args.again && !is_refused) {
        file.map_or(Ok(()), |file| file.write(&prepared.report))?;
        return if args.json {
            answer_json(&json!({"unchanged_since": release, "warnings": prepared.report.warnings}))
        } else {
            answer(&format!(
                "Nothing changed since release {release}, so nothing was published. --again \
                 publishes all the same.\n"
            ))
        };
    }
    if args.dry_run && !is_refused {
        file.map_or(Ok(()), |file| file.write(&prepared.report))?;
        return if args.json {
            answer_json(&prepared.report)
        } else {
            answer("Nothing was published (--dry-run).\n")
        };
    }
    let refused = refusals(&prepared);
    match carry_out(&store, &key, prepared).await {
        Ok(published) => {
            file.map_or(Ok(()), |file| file.write(&published.report))?;
            if args.json { answer_json(&as_json(&published)) } else { answer(&summary(&published)) }
        }
        Err(error) => {
            if let PublishError::Refused(report) | PublishError::RefusedAgain { report, .. } =
                &error
            {
                file.map_or(Ok(()), |file| file.write(report))?;
                if args.json {
                    answer_json(report)?;
                } else {
                    answer(&refused)?;
                }
            }
            Err(error.into())
        }
    }
}

/// All findings against the release, and against those that would be published again.
fn refusals(prepared: &Prepared) -> String {
    let mut text = findings::refusals(&prepared.report);
    if !text.is_empty() && !prepared.drafts.is_empty() {
        text += "Discard a draft that should not be in the release with: calloff draft discard \
                 CONTRACT\n";
    }
    for again in prepared.again.iter().filter(|again| !again.report.refusals.is_empty()) {
        writeln!(text, "Against release {}, as it would be published again:", again.number).ok();
        text += &findings::refusals(&again.report);
    }
    text
}

/// The publisher of a release that nobody gave a name. The audit log has the name of the system.
fn command_line() -> Result<PersonId, CliError> {
    "command-line".parse().map_err(|error| CliError::Usage(format!("{error}")))
}

/// What changes since the release before, except the drafts.
fn changes(prepared: &Prepared, verbose: bool) -> String {
    let length = if verbose { Length::All } else { Length::Short };
    values_text(&prepared.others, length) + &plans_text(&[], &prepared.described, length)
}

/// What will happen.
fn before(prepared: &Prepared, verbose: bool) -> String {
    let mut text = String::new();
    for SettledTie { tie, winner, unseen } in &prepared.ties {
        let drafts = unseen
            .iter()
            .map(|contract| format!("contract {contract} is a draft that nobody looked at"));
        let mut why: Vec<String> = drafts.collect();
        let outcome = match winner {
            Some(winner) => format!("contract {winner} wins"),
            None => {
                let names: Vec<_> = unseen.iter().map(ToString::to_string).collect();
                let names = names.join(" ");
                why.push(format!(
                    "look at the right draft (calloff draft show {names}) and discard the wrong one"
                ));
                "nobody wins".to_owned()
            }
        };
        let why = if why.is_empty() { String::new() } else { format!(": {}", why.join("; ")) };
        writeln!(text, "tie: {tie}: {outcome}{why}").ok();
    }
    let day = prepared.request.effective_from;
    let from = |draft: &PublishedDraft| match draft.effective_from {
        Some(from) if from < day => format!(
            "contract {}, version {}, from {day}: it names {from}, but it cannot hold before this \
             release does",
            draft.contract, draft.version
        ),
        Some(from) => {
            format!("contract {}, version {}, from {from}", draft.contract, draft.version)
        }
        None => format!("contract {}, which begins", draft.contract),
    };
    if !prepared.drafts.is_empty() {
        writeln!(text, "Drafts in this release ({}):", prepared.drafts.len()).ok();
        let listed = if verbose { prepared.drafts.len() } else { LISTED_DRAFTS };
        for draft in prepared.drafts.iter().take(listed) {
            writeln!(text, "  {}", from(draft)).ok();
        }
        if prepared.drafts.len() > listed {
            writeln!(
                text,
                "  … and {} more (--verbose, or calloff draft list)",
                prepared.drafts.len() - listed
            )
            .ok();
        }
    }
    for draft in &prepared.overtaken {
        let PublishedDraft { contract, version, .. } = draft;
        writeln!(
            text,
            "{} stays a draft: another version holds by then. Discard it: calloff draft discard \
             {contract} --number {version}",
            from(draft)
        )
        .ok();
    }
    for again in &prepared.again {
        writeln!(
            text,
            "Release {} is announced for {}: it is published again after this one, with the same \
             first day and a new number.",
            again.number, again.effective_from
        )
        .ok();
    }
    text
}

fn summary(published: &Published) -> String {
    let mut text = String::new();
    if !published.settled.is_empty() {
        let pairs = published.settled.len();
        let pairs = counted(pairs, "pair", "pairs");
        writeln!(text, "Settled {pairs} of contracts that tie, as listed above.").ok();
    }
    writeln!(
        text,
        "Published release {} with {} and {}, in force from {}. It has {}, {} of them new; a \
         tablet fetches {} bytes.",
        published.issue.number,
        counted(published.contracts, "contract", "contracts"),
        counted(published.lines, "line", "lines"),
        published.issue.effective_from,
        counted(published.chunks, "chunk", "chunks"),
        published.new_chunks,
        published.new_bytes,
    )
    .ok();
    for (number, issue) in &published.again {
        writeln!(
            text,
            "Release {number} is now release {}, in force from {}.",
            issue.number, issue.effective_from
        )
        .ok();
    }
    let count = published.recalled.len();
    if count > 0 {
        let sites = if count == 1 { "site keeps" } else { "sites keep" };
        writeln!(
            text,
            "{count} {sites} a recalled part of a hard maximum until its tablets know: see \
             `calloff commitment list`."
        )
        .ok();
    }
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
        "recalled": published.recalled,
        "issued_again": published.again.iter().map(|(number, issue)| json!({
            "number": number,
            "release": issue.number,
            "effective_from": issue.effective_from,
        })).collect::<Vec<_>>(),
        "warnings": published.report.warnings,
    })
}
