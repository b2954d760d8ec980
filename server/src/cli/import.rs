//! `calloff import`: sites, price lists, and contracts as text.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use calloff_core::calendar::Date;
use calloff_core::ids::PersonId;
use clap::Subcommand;
use serde::Serialize;

use super::changes::{Length, plans_text};
use super::{CliError, Context, answer, answer_json};
use crate::exchange::ImportError;
use crate::exchange::amend::{Missing, Plan};
use crate::exchange::contracts::{ContractsOptions, PartSummary, Summary, import_contracts};
use crate::exchange::import::{
    Imported, ListOptions, Options, PriceListSummary, SitesSummary, import_price_list, import_sites,
};
use crate::exchange::mapping;
use crate::exchange::report::{Report, Severity};
use crate::storage::Store;
use crate::today::Day;

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
    /// Where sites would leave the tree, nothing is imported until --missing says what becomes of
    /// them: the tablets, people, orders and codes that hang on them are named.
    Sites {
        #[command(flatten)]
        file: FileArgs,
        /// What becomes of sites that the list leaves out
        #[arg(long, value_name = "FATE")]
        missing: Option<Missing>,
    },
    /// Read contracts, items and prices from a price list
    ///
    /// New contracts become drafts, changed ones amendments; `calloff publish` puts them in force,
    /// `calloff draft` shows and discards them. The same list again changes nothing. Before
    /// anything is written, everything that changes is said, and which lines of a contract the list
    /// leaves out: they stay, unless --missing end is given. A row that cannot be read is refused
    /// with its number, and unless --skip-bad-rows is given nothing is imported then. Doubtful rows
    /// are imported and listed. Another supplier's list changes no contract and no item's
    /// description unless that is allowed.
    PriceList {
        #[command(flatten)]
        file: FileArgs,
        /// Who is accountable for the contracts (sign-in name); else as before, or as the mapping
        /// says
        #[arg(long, value_name = "NAME")]
        owner: Option<PersonId>,
        /// The first day of amendments [default: today where it is earliest]; each first day is an
        /// amendment of its own
        #[arg(long, value_name = "DATE", value_parser = super::date)]
        effective: Option<Date>,
        /// What becomes of lines that the list leaves out of a contract
        #[arg(long, value_name = "FATE", default_value = "keep")]
        missing: Missing,
        /// Let contracts go to the supplier that the list has them with
        #[arg(long)]
        change_supplier: bool,
        /// Describe items as the list does, also where another supplier sells them
        #[arg(long)]
        describe_items: bool,
    },
    /// Read contracts and all that belongs to them from a JSON file, as `calloff export contracts`
    /// writes it
    ///
    /// New versions become drafts; `calloff publish` puts them in force. A version that was
    /// published never changes: what changes is written as its next version. What the file does not
    /// mention stays. Everything that is wrong with the file is named with its line, and nothing is
    /// imported then. docs/contracts.md describes the file, `calloff export schema` writes its
    /// schema.
    Contracts {
        /// The file to read
        file: PathBuf,
        /// Let contracts go to the supplier that the file has them with
        #[arg(long)]
        change_supplier: bool,
        #[command(flatten)]
        how: HowArgs,
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
    #[command(flatten)]
    how: HowArgs,
}

#[derive(Debug, Clone, Copy, clap::Args)]
struct HowArgs {
    /// Write nothing; say what would be written
    #[arg(long)]
    dry_run: bool,
    /// List every change, not only the first few of each kind
    #[arg(long, short)]
    verbose: bool,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

impl HowArgs {
    fn length(self) -> Length {
        if self.verbose { Length::All } else { Length::Short }
    }
}

/// Imports.
///
/// # Errors
/// [`CliError`]; nothing was changed.
pub async fn run(context: &Context, args: Args) -> Result<(), CliError> {
    let store = context.open_or_create().await?;
    let today = context.today(&store).await?;
    match args.what {
        What::Sites { file, missing } => {
            let mapping = mapping::sites(&file.mapping)?;
            let options = options(context, &file, &today);
            let say = |found: &Imported<SitesSummary>| {
                tell(file.how, &(remarks(&found.report) + &leaving(&found.summary)))
            };
            let imported = import_sites(&store, &file.file, &mapping, &options, missing, say).await;
            conclude(imported, file.how, sites_summary)
        }
        What::PriceList { file, owner, effective, missing, change_supplier, describe_items } => {
            let mapping = mapping::price_list(&file.mapping)?;
            let options = options(context, &file, &today);
            let list_options = ListOptions {
                effective_from: effective,
                owner,
                missing,
                may_change_supplier: change_supplier,
                may_describe_items: describe_items,
            };
            let say = |found: &Imported<PriceListSummary>| {
                let PriceListSummary { plans, items_described, amended_contracts, .. } =
                    &found.summary;
                let day = match effective {
                    None if *amended_contracts > 0 => format!("Today is {today}.\n"),
                    _ => String::new(),
                };
                tell(
                    file.how,
                    &(remarks(&found.report)
                        + &day
                        + &plans_text(plans, items_described, file.how.length())),
                );
            };
            let imported =
                import_price_list(&store, &file.file, &mapping, &options, &list_options, say).await;
            conclude(imported, file.how, price_list_summary)
        }
        What::Contracts { file, change_supplier, how } => {
            let options = ContractsOptions {
                today: today.date,
                doing: context.doing(),
                dry_run: how.dry_run,
                may_change_supplier: change_supplier,
            };
            contracts(&store, &file, &options, how).await
        }
    }
}

async fn contracts(
    store: &Store,
    file: &Path,
    options: &ContractsOptions,
    how: HowArgs,
) -> Result<(), CliError> {
    let say = |plans: &[Plan]| tell(how, &plans_text(plans, &[], how.length()));
    match import_contracts(store, file, options, say).await {
        Ok(summary) if how.json => answer_json(&summary),
        Ok(summary) => answer(&(contracts_summary(&summary) + nothing_written(how.dry_run))),
        Err(ImportError::Refused(problems)) => {
            if how.json {
                answer_json(&problems)?;
            } else {
                let mut text: String =
                    problems.problems.iter().map(|problem| format!("{problem}\n")).collect();
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

fn options(context: &Context, file: &FileArgs, today: &Day) -> Options {
    Options {
        doing: context.doing(),
        today: today.date,
        skip_bad_rows: file.skip_bad_rows,
        dry_run: file.how.dry_run,
    }
}

/// Says what will be written, before anything is. A reader who has gone is no reason to stop.
fn tell(how: HowArgs, text: &str) {
    if !how.json {
        answer(text).ok();
    }
}

fn conclude<S: Serialize>(
    imported: Result<Imported<S>, ImportError>,
    how: HowArgs,
    sentences: fn(&S) -> String,
) -> Result<(), CliError> {
    match imported {
        Ok(imported) if how.json => answer_json(&imported)?,
        Ok(imported) => answer(&(sentences(&imported.summary) + nothing_written(how.dry_run)))?,
        Err(ImportError::RowsRefused(report)) => {
            if how.json {
                answer_json(&report)?;
            } else {
                answer(&remarks(&report))?;
            }
            return Err(ImportError::RowsRefused(report).into());
        }
        Err(ImportError::Obstacles(obstacles)) if how.json => {
            answer_json(&obstacles)?;
            return Err(ImportError::Obstacles(obstacles).into());
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

fn nothing_written(dry_run: bool) -> &'static str {
    if dry_run { "Nothing was written (--dry-run).\n" } else { "" }
}

/// The sites that leave, and what hangs on them.
fn leaving(summary: &SitesSummary) -> String {
    let mut text: String =
        summary.leaving.iter().map(|leaving| format!("leaves the tree: {leaving}\n")).collect();
    if summary.kept_sites > 0 {
        writeln!(text, "{} sites are not in the list and stay.", summary.kept_sites).ok();
    }
    text
}

/// Every remark on its own line, refused rows first; a remark that holds for every row once.
fn remarks(report: &Report) -> String {
    let mut text = String::new();
    for (severity, title) in [(Severity::Refused, "refused"), (Severity::Doubtful, "doubtful")] {
        let counts = report.counts(severity);
        let total: usize = counts.values().sum();
        if total == 0 {
            continue;
        }
        for sentence in report.sentences(severity) {
            writeln!(text, "{title}: {sentence}").ok();
        }
        let counts: Vec<_> =
            counts.iter().map(|(finding, count)| format!("{count} × {finding}")).collect();
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
    let next = if changed == 0 {
        "Nothing changed."
    } else {
        "Look at them with: calloff draft show --all. Take one back with: calloff draft discard CONTRACT. \
         Publish them with: calloff publish --reason TEXT"
    };
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
        let counts: Vec<_> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(n, what)| format!("{n} {what}"))
            .collect();
        if !counts.is_empty() {
            writeln!(text, "{name}: {}.", counts.join(", ")).ok();
        }
    };
    let part = |part: &PartSummary| {
        [
            (part.added, "new"),
            (part.changed, "changed"),
            (part.removed, "removed"),
            (part.unchanged, "as before"),
        ]
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
