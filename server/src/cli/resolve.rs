//! `calloff resolve`: one request with its explanation, or a file of requests.

mod bulk;

use std::collections::BTreeMap;
use std::path::PathBuf;

use calloff_core::calendar::Date;
use calloff_core::catalogue::Catalogue;
use calloff_core::ids::LocationId;
use calloff_core::resolve::{ResolutionRequest, explain, resolve};
use calloff_core::unit::Unit;
use rust_decimal::Decimal;
use serde_json::json;

use super::{CliError, Context, answer, answer_json};
use crate::publishing::{content_of, signing_key};
use crate::storage::{ServerStore, StoredRelease};

/// The request: one item, or a file of requests.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("wanted").required(true).args(["item", "requests"]))]
pub struct Args {
    /// The item: its number, else a GTIN, else a supplier's item number
    #[arg(long, value_name = "ITEM", requires_all = ["quantity", "site", "date"])]
    item: Option<String>,
    /// The quantity
    #[arg(long, value_name = "NUMBER", value_parser = quantity, allow_hyphen_values = true, conflicts_with = "requests")]
    quantity: Option<Decimal>,
    /// The site that orders
    #[arg(long, value_name = "SITE", conflicts_with = "requests")]
    site: Option<LocationId>,
    /// The date of the order at the site
    #[arg(long, value_name = "DATE", value_parser = super::date, conflicts_with = "requests")]
    date: Option<Date>,
    /// The requested day of delivery [default: the first day that the schedule allows]
    #[arg(long, value_name = "DATE", value_parser = super::date, conflicts_with = "requests")]
    delivery_date: Option<Date>,
    /// The unit of the quantity (UN/ECE code such as EA or XBX) [default: each line's orderable
    /// unit]
    #[arg(long, value_name = "UNIT", value_parser = unit, conflicts_with = "requests")]
    unit: Option<Unit>,
    /// A file of requests: CSV with the header id,item,quantity,unit,site,order_date and perhaps
    /// delivery_date
    ///
    /// Write dates like 2025-02-15. An empty unit is each line's orderable unit. A row that cannot
    /// be read gets Error and the reason; the others are answered, and the command ends with exit
    /// code 3.
    #[arg(long, value_name = "FILE", requires = "out")]
    requests: Option<PathBuf>,
    /// The file for the answers: CSV with the header
    /// id,outcome,supplier,contract,line,unit_price,currency,quantity,reason
    #[arg(long, value_name = "FILE", requires = "requests")]
    out: Option<PathBuf>,
    /// The file for the explanations: JSON Lines, one object for each request, with every candidate
    /// and its verdict
    #[arg(long, value_name = "FILE", requires = "requests")]
    explain: Option<PathBuf>,
    /// The release to use [default: the release in force on the order's date; before the first
    /// release, the first]
    #[arg(long, value_name = "NUMBER")]
    release: Option<u64>,
    /// Print the answer as JSON
    #[arg(long, conflicts_with = "requests")]
    json: bool,
}

fn quantity(text: &str) -> Result<Decimal, String> {
    Decimal::from_str_exact(text).map_err(|_| format!("{text:?} is not a number like 12 or 2.5"))
}

fn unit(text: &str) -> Result<Unit, String> {
    Unit::parse(text).map_err(|error| error.to_string())
}

/// Runs the command.
///
/// # Errors
/// [`CliError`] when a request cannot be answered.
pub async fn run(context: &Context, args: Args) -> Result<(), CliError> {
    let mut releases = Releases::open(context, args.release).await?;
    match args {
        Args { requests: Some(requests), out: Some(out), explain, .. } => {
            bulk::run(&mut releases, &requests, &out, explain.as_deref()).await
        }
        Args {
            item: Some(item),
            quantity: Some(quantity),
            site: Some(site),
            date: Some(date),
            delivery_date,
            unit,
            json,
            ..
        } => {
            let release = releases.in_force(date);
            let catalogue = releases.catalogue(release).await?;
            let request = ResolutionRequest {
                unit,
                requested_delivery_date: delivery_date,
                ..ResolutionRequest::new(&item, quantity, &site, date)
            };
            let resolution = resolve(catalogue, &request);
            if json {
                answer_json(&json!({ "release": release, "resolution": resolution }))
            } else {
                let sentences = explain(catalogue, &resolution);
                answer(&(format!("Release {release}.\n") + &sentences.join("\n") + "\n"))
            }
        }
        // The argument group allows nothing else.
        _ => Err(CliError::Usage(
            "give --item with --quantity, --site and --date, or --requests with --out".to_owned(),
        )),
    }
}

/// The releases that a command uses. Each is built when it is first needed.
struct Releases {
    store: ServerStore,
    key: ed25519_dalek::SigningKey,
    /// The stored releases, by number.
    stored: BTreeMap<u64, StoredRelease>,
    built: BTreeMap<u64, Catalogue>,
}

impl Releases {
    /// Loads all releases, or only the chosen one.
    async fn open(context: &Context, only: Option<u64>) -> Result<Self, CliError> {
        let store = context.open().await?;
        let mut all = store.releases().await?;
        all.retain(|release| !release.is_withdrawn);
        let newest = all.first().map(|release| release.issue.number);
        let stored: BTreeMap<_, _> = all
            .into_iter()
            .map(|release| (release.issue.number, release))
            .filter(|(number, _)| only.is_none_or(|only| only == *number))
            .collect();
        match (newest, only) {
            (None, _) => Err(CliError::Usage(
                "there is no release yet: make one with calloff publish".to_owned(),
            )),
            (Some(newest), Some(only)) if stored.is_empty() => {
                Err(CliError::Usage(format!("there is no release {only}; the newest is {newest}")))
            }
            _ => {
                let key = signing_key::of(&context.data, &store).await?;
                Ok(Self { store, key, stored, built: BTreeMap::new() })
            }
        }
    }

    /// The newest release that is in force on a date; before the first release, the first.
    fn in_force(&self, date: Date) -> u64 {
        let effective =
            self.stored.iter().rev().find(|(_, release)| release.issue.effective_from <= date);
        effective.or_else(|| self.stored.iter().next()).map_or(0, |(number, _)| *number)
    }

    async fn catalogue(&mut self, number: u64) -> Result<&Catalogue, CliError> {
        if !self.built.contains_key(&number)
            && let Some(release) = self.stored.get(&number)
        {
            let content = content_of(&self.store, &self.key, release).await?;
            let catalogue = Catalogue::build(content).map_err(|error| {
                CliError::Usage(format!("release {number} cannot be used: {error}"))
            })?;
            self.built.insert(number, catalogue);
        }
        self.built
            .get(&number)
            .ok_or_else(|| CliError::Usage(format!("there is no release {number}")))
    }
}
