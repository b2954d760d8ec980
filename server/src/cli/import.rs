//! `calloff import`: sites, price lists, and contracts as text.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use calloff_core::calendar::Date;
use calloff_core::ids::PersonId;
use clap::Subcommand;
use serde::Serialize;

use super::changes::{Length, plans_text, values_text};
use super::{CliError, Context, answer, answer_json};
use crate::exchange::ImportError;
use crate::exchange::amend::Missing;
use crate::exchange::contracts::{ContractsOptions, PartSummary, Summary, import_contracts};
use crate::exchange::import::{
    Imported, ListOptions, Options, PriceListSummary, SitesSummary, import_price_list, import_sites,
};
use crate::exchange::leaving::Leaving;
use crate::exchange::mapping;
use crate::exchange::report::{ImportReport, Severity};
use crate::storage::ServerStore;
use crate::today::Day;
use crate::words::counted;

/// The kind of file to import.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Import the location tree from a list of sites
    ///
    /// The tree becomes that of the list. Addresses and instructions that people entered stay. If
    /// sites would leave the tree, nothing is imported until --missing says what happens to them.
    /// The command names the tablets, people, orders and codes of these sites.
    Sites {
        #[command(flatten)]
        file: FileArgs,
        /// What happens to sites that the list leaves out
        #[arg(long, value_name = "FATE")]
        missing: Option<Missing>,
    },
    /// Import contracts, items and prices from a price list
    ///
    /// New contracts become drafts, and changed contracts get amendments. `calloff publish` puts
    /// them in force, and `calloff draft` shows and discards them. The same list again changes
    /// nothing. Before it writes anything, the command says everything that will change, and which
    /// lines of a contract the list leaves out. These lines stay, unless you give --missing end. A
    /// row that cannot be read is refused with its number; then nothing is imported, unless you
    /// give --skip-bad-rows. Doubtful rows are imported and listed. The list of another supplier
    /// changes no contract and no description of an item unless you allow it.
    PriceList {
        #[command(flatten)]
        file: FileArgs,
        /// The owner of the contracts (sign-in name); by default the owner stays, or is the one in
        /// the mapping
        #[arg(long, value_name = "NAME")]
        owner: Option<PersonId>,
        /// The first day of amendments [default: today at the site where the day begins first];
        /// each first day makes an amendment of its own
        #[arg(long, value_name = "DATE", value_parser = super::date)]
        effective: Option<Date>,
        /// What happens to lines of a contract that the list leaves out
        #[arg(long, value_name = "FATE", default_value = "keep")]
        missing: Missing,
        /// Move contracts to the supplier that the list gives
        #[arg(long)]
        change_supplier: bool,
        /// Use the list's descriptions of items, even if another supplier sells the items
        #[arg(long)]
        describe_items: bool,
    },
    /// Import contracts and everything that belongs to them from a JSON file, as `calloff export
    /// contracts` writes it
    ///
    /// New versions become drafts, and `calloff publish` puts them in force. A published version
    /// never changes: write a change as the next version. Everything that the file does not mention
    /// stays. All errors in the file are named with their lines, and then nothing is imported.
    /// docs/contracts.md describes the file, and `calloff export schema` writes its schema.
    Contracts {
        /// The file to read
        file: PathBuf,
        /// Move contracts to the supplier that the file gives
        #[arg(long)]
        change_supplier: bool,
        /// What happens to sites that the file turns into groups: they stay sites, or they end
        #[arg(long, value_name = "FATE")]
        missing: Option<Missing>,
        #[command(flatten)]
        how: HowArgs,
    },
}

#[derive(Debug, clap::Args)]
struct FileArgs {
    /// The file to read
    file: PathBuf,
    /// The mapping that says what each column means (TOML; server/mappings/ has examples)
    #[arg(long, value_name = "FILE")]
    mapping: PathBuf,
    /// Import the rows that can be read, although others are refused
    #[arg(long)]
    skip_bad_rows: bool,
    #[command(flatten)]
    how: HowArgs,
}

#[derive(Debug, Clone, Copy, clap::Args)]
struct HowArgs {
    /// Write nothing; only say what would be written
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

/// Runs the command.
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
                let SitesSummary { leaving, kept_sites, described, .. } = &found.summary;
                tell(
                    file.how,
                    &(remarks(&found.report)
                        + &leaving_text(leaving, "leaves the tree")
                        + &kept_text(*kept_sites)
                        + &plans_text(&[], described, file.how.length())),
                )
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
        What::Contracts { file, change_supplier, missing, how } => {
            let options = ContractsOptions {
                today: today.date,
                doing: context.doing(),
                dry_run: how.dry_run,
                may_change_supplier: change_supplier,
                missing,
            };
            contracts(&store, &file, &options, how).await
        }
    }
}

async fn contracts(
    store: &ServerStore,
    file: &Path,
    options: &ContractsOptions,
    how: HowArgs,
) -> Result<(), CliError> {
    let say = |found: &Summary| {
        let doubts: String =
            found.doubts.iter().map(|doubt| format!("doubtful: {doubt}\n")).collect();
        let (length, leaving) = (how.length(), leaving_text(&found.leaving, "becomes a group"));
        let values = values_text(&found.others, length);
        tell(
            how,
            &(doubts + &leaving + &plans_text(&found.plans, &found.described, length) + &values),
        );
    };
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

/// Says what will be written, before anything is written. If nobody reads it any more, the import
/// continues.
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

/// The sites that leave, with everything that belongs to them.
fn leaving_text(leaving: &[Leaving], what: &str) -> String {
    leaving.iter().map(|leaving| format!("{what}: {leaving}\n")).collect()
}

fn kept_text(sites: usize) -> String {
    match sites {
        0 => String::new(),
        1 => "1 site is not in the list and stays.\n".to_owned(),
        sites => format!("{sites} sites are not in the list and stay.\n"),
    }
}

/// Every remark on its own line, refused rows first. A remark that holds for every row is printed
/// once.
fn remarks(report: &ImportReport) -> String {
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
        let total = counted(total, "remark", "remarks");
        writeln!(text, "{total} on {title} rows: {}", counts.join(", ")).ok();
    }
    text
}

/// The verb of a summary: a dry run imports nothing.
fn imported(dry_run: bool) -> &'static str {
    if dry_run { "Would import" } else { "Imported" }
}

fn sites_summary(summary: &SitesSummary) -> String {
    let next = if summary.changed_locations > 0 && !summary.dry_run {
        " The changes hold from the next release on: calloff publish --reason TEXT"
    } else {
        ""
    };
    format!(
        "{} {} in a tree of {} ({} new, {} removed, {} changed).{next}\n",
        imported(summary.dry_run),
        counted(summary.sites, "site", "sites"),
        counted(summary.locations, "location", "locations"),
        summary.new_sites,
        summary.removed_sites,
        summary.changed_locations,
    )
}

fn price_list_summary(summary: &PriceListSummary) -> String {
    let changed = summary.new_contracts + summary.amended_contracts;
    let next = if changed == 0 && summary.items_described.is_empty() {
        "Nothing changed."
    } else if summary.dry_run {
        ""
    } else if changed == 0 {
        "The items' descriptions hold from the next release on: calloff publish --reason TEXT"
    } else {
        "Look at them with: calloff draft show --all. Take one back with: calloff draft discard CONTRACT. \
         Publish them with: calloff publish --reason TEXT"
    };
    let unmentioned = match summary.unmentioned_contracts {
        0 => String::new(),
        1 => "1 stored contract is not in this list and stays. ".to_owned(),
        count => format!("{count} stored contracts are not in this list and stay. "),
    };
    let text = format!(
        "{} {}: {}, {}, {}.\nContracts: {} new, {} amended, {} as before. {unmentioned}{next}",
        imported(summary.dry_run),
        counted(summary.lines, "line", "lines"),
        counted(summary.contracts, "contract", "contracts"),
        counted(summary.suppliers, "supplier", "suppliers"),
        counted(summary.items, "item", "items"),
        summary.new_contracts,
        summary.amended_contracts,
        summary.unchanged_contracts,
    );
    text.trim_end().to_owned() + "\n"
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
            (versions.amended, if versions.amended == 1 { "amendment" } else { "amendments" }),
            (
                versions.redrafted,
                if versions.redrafted == 1 { "changed draft" } else { "changed drafts" },
            ),
            (versions.status_changed, "suspended, resumed or ended"),
            (versions.unchanged, "as before"),
        ],
    );
    parts("Source list", &part(&summary.sourcing_rules));
    parts("Settled ties", &part(&summary.tie_decisions));
    parts("Comparison rates", &[(usize::from(summary.exchange_rates_changed), "change")]);
    text + if summary.is_unchanged() {
        "Nothing changed.\n"
    } else if summary.dry_run {
        ""
    } else {
        "Publish it with: calloff publish --reason TEXT\n"
    }
}
