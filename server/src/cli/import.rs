//! `calloff import`: sites, price lists, and contracts as text.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use calloff_core::calendar::Date;
use calloff_core::ids::PersonId;
use clap::Subcommand;
use serde::Serialize;

use super::{CliError, Context, answer, answer_json};
use crate::exchange::ImportError;
use crate::exchange::contracts::{PartSummary, Summary, import_contracts};
use crate::exchange::import::{Imported, Options, PriceListSummary, SitesSummary, import_price_list, import_sites};
use crate::exchange::mapping;
use crate::exchange::report::{Report, Severity};

/// What to import.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make the location tree from a list of sites
    ///
    /// The tree becomes what the list says; addresses and instructions that people entered stay.
    Sites(FileArgs),
    /// Read contracts, items and prices from a price list
    ///
    /// New contracts become drafts, changed ones amendments; `calloff publish` puts them in force. The same list again
    /// changes nothing. A row that cannot be read is refused with its number, and unless --skip-bad-rows is given nothing is
    /// imported then. Doubtful rows are imported and listed.
    PriceList {
        #[command(flatten)]
        file: FileArgs,
        /// Who is accountable for the contracts (sign-in name); else as before, or as the mapping says
        #[arg(long, value_name = "NAME")]
        owner: Option<PersonId>,
        /// The first day of amendments to published contracts [default: today, UTC]
        #[arg(long, value_name = "DATE", value_parser = super::date)]
        effective: Option<Date>,
    },
    /// Read contracts and all that belongs to them from a JSON file, as `calloff export contracts` writes it
    ///
    /// New versions become drafts; `calloff publish` puts them in force. A version that was published never changes: what
    /// changes is written as its next version. What the file does not mention stays. Everything that is wrong with the file is
    /// named with its line, and nothing is imported then. docs/contracts.md describes the file, `calloff export schema` writes
    /// its schema.
    Contracts {
        /// The file to read
        file: PathBuf,
        /// Print the report as JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, clap::Args)]
struct FileArgs {
    /// The file to read
    file: PathBuf,
    /// The mapping that says which column is what (TOML; server/mappings/ has examples)
    #[arg(long, value_name = "FILE")]
    mapping: PathBuf,
    /// Import the rows that can be read although others are refused
    #[arg(long)]
    skip_bad_rows: bool,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// Imports.
///
/// # Errors
/// [`CliError`]; nothing was changed.
pub async fn run(context: &Context, args: Args) -> Result<(), CliError> {
    match args.what {
        What::Sites(file) => {
            let mapping = mapping::sites(&file.mapping)?;
            let options = options(context, &file, None, None);
            let imported = import_sites(&context.open().await?, &file.file, &mapping, &options).await;
            conclude(imported, &file, sites_summary)
        }
        What::PriceList { file, owner, effective } => {
            let mapping = mapping::price_list(&file.mapping)?;
            let options = options(context, &file, owner, effective);
            let imported = import_price_list(&context.open().await?, &file.file, &mapping, &options).await;
            conclude(imported, &file, price_list_summary)
        }
        What::Contracts { file, json } => contracts(context, &file, json).await,
    }
}

async fn contracts(context: &Context, file: &Path, json: bool) -> Result<(), CliError> {
    match import_contracts(&context.open().await?, file, context.today(), &context.doing()).await {
        Ok(summary) if json => answer_json(&summary),
        Ok(summary) => answer(&contracts_summary(&summary)),
        Err(ImportError::Refused(problems)) => {
            if json {
                answer_json(&problems)?;
            } else {
                let mut text: String = problems.problems.iter().map(|problem| format!("{problem}\n")).collect();
                if problems.more > 0 {
                    writeln!(text, "… and {} more", problems.more).ok();
                }
                answer(&text)?;
            }
            Err(ImportError::Refused(problems).into())
        }
        Err(error) => Err(error.into()),
    }
}

fn options(context: &Context, file: &FileArgs, owner: Option<PersonId>, effective: Option<Date>) -> Options {
    let today = context.today();
    Options {
        doing: context.doing(),
        today,
        effective_from: effective.unwrap_or(today),
        owner,
        skip_bad_rows: file.skip_bad_rows,
    }
}

fn conclude<S: Serialize>(
    imported: Result<Imported<S>, ImportError>,
    file: &FileArgs,
    sentences: fn(&S) -> String,
) -> Result<(), CliError> {
    match imported {
        Ok(imported) if file.json => answer_json(&imported)?,
        Ok(imported) => answer(&(remarks(&imported.report) + &sentences(&imported.summary)))?,
        Err(ImportError::RowsRefused(report)) => {
            if file.json {
                answer_json(&report)?;
            } else {
                answer(&remarks(&report))?;
            }
            return Err(ImportError::RowsRefused(report).into());
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// Every remark on its own line, the refused rows last, where people look.
fn remarks(report: &Report) -> String {
    let mut text = String::new();
    for (severity, title) in [(Severity::Doubtful, "doubtful"), (Severity::Refused, "refused")] {
        let counts = report.counts(severity);
        let total: usize = counts.values().sum();
        if total == 0 {
            continue;
        }
        for remark in report.remarks.iter().filter(|remark| remark.severity == severity) {
            writeln!(text, "{title}: {remark}").ok();
        }
        let counts: Vec<_> = counts.iter().map(|(finding, count)| format!("{count} × {finding}")).collect();
        writeln!(text, "{total} remarks on {title} rows: {}", counts.join(", ")).ok();
    }
    text
}

fn sites_summary(summary: &SitesSummary) -> String {
    format!(
        "Imported {} sites in a tree of {} locations ({} new, {} removed).\n",
        summary.sites, summary.locations, summary.new_sites, summary.removed_sites
    )
}

fn price_list_summary(summary: &PriceListSummary) -> String {
    let changed = summary.new_contracts + summary.amended_contracts;
    let next = if changed == 0 { "Nothing changed." } else { "Publish them with: calloff publish --reason TEXT" };
    format!(
        "Imported {} lines: {} contracts, {} suppliers, {} items.\n{} contracts are new, {} amended, {} as before; {} stored \
         contracts are not in this list and stay. {next}\n",
        summary.lines,
        summary.contracts,
        summary.suppliers,
        summary.items,
        summary.new_contracts,
        summary.amended_contracts,
        summary.unchanged_contracts,
        summary.unmentioned_contracts,
    )
}

fn contracts_summary(summary: &Summary) -> String {
    let mut text = String::new();
    let mut parts = |name: &str, counts: &[(usize, &str)]| {
        let counts: Vec<_> =
            counts.iter().filter(|(count, _)| *count > 0).map(|(n, what)| format!("{n} {what}")).collect();
        if !counts.is_empty() {
            writeln!(text, "{name}: {}.", counts.join(", ")).ok();
        }
    };
    let part = |part: &PartSummary| {
        [(part.added, "new"), (part.changed, "changed"), (part.removed, "removed"), (part.unchanged, "as before")]
    };
    parts("Locations", &part(&summary.locations));
    parts("Suppliers", &part(&summary.suppliers));
    parts("Items", &part(&summary.items));
    let versions = &summary.contract_versions;
    parts(
        "Contract versions",
        &[
            (versions.added, "new"),
            (versions.amended, "amendments"),
            (versions.redrafted, "changed drafts"),
            (versions.status_changed, "suspended, resumed or ended"),
            (versions.unchanged, "as before"),
        ],
    );
    parts("Source list", &part(&summary.sourcing_rules));
    parts("Settled ties", &part(&summary.tie_decisions));
    parts("Comparison rates", &[(usize::from(summary.exchange_rates_changed), "change")]);
    text + if summary.is_unchanged() {
        "Nothing changed.\n"
    } else {
        "Publish it with: calloff publish --reason TEXT\n"
    }
}
