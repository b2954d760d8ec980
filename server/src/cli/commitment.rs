//! `calloff commitment …`: the commitments of contracts, how far each is used, and which site may
//! order how much.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use calloff_core::contract::{
    Allotment, CommitmentId, CommitmentSide, Contract, ContractStatus, Measure, Scope, Strength,
};
use calloff_core::ids::{ContractId, LineId, LocationId};
use calloff_core::location::LocationTree;
use calloff_core::name::printable;
use calloff_core::order::utilisation::{Utilisation, utilisations};
use calloff_core::publish::escrow::{Account, smallest_part};
use calloff_core::wire::AuditAct;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;

use super::{CliError, Context, answer, answer_json};
use crate::storage::ServerStore;
use crate::storage::allotments::{HeldUp, held_up, ledger, put_planned_allotment, topped_up};
use crate::storage::audit::{Act, record};
use crate::storage::contracts::StoredVersion;

/// The commands for commitments.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum CommitmentCommand {
    /// List every commitment with what was ordered and, for a hard maximum, the allotment and use
    /// of each site, the part of it that is recalled and not back yet, and the reserve
    List {
        /// Answer in JSON
        #[arg(long)]
        json: bool,
    },
    /// Set the allotment of a site instead of an even part; it takes effect with the next
    /// publication
    Allot(AllotArgs),
}

/// The commitment, the site and the amount.
#[derive(Debug, Clone, clap::Args)]
pub struct AllotArgs {
    /// The contract
    #[arg(long, value_name = "ID")]
    contract: ContractId,
    /// The line, if the line has the hard maximum and not the contract
    #[arg(long, value_name = "ID")]
    line: Option<LineId>,
    /// The site
    #[arg(long, value_name = "ID")]
    site: LocationId,
    /// The allotment, in the commitment's unit or the contract's currency
    #[arg(long, value_name = "NUMBER")]
    amount: Decimal,
}

/// A commitment in the list.
#[derive(Debug, Serialize)]
struct Listed {
    #[serde(flatten)]
    utilisation: Utilisation,
    /// The sum of all allotments of a hard maximum.
    #[serde(skip_serializing_if = "Option::is_none")]
    given: Option<Decimal>,
    /// The amount that is still in reserve.
    #[serde(skip_serializing_if = "Option::is_none")]
    reserve: Option<Decimal>,
    /// The allotment and the use of each site.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sites: Vec<SitePart>,
}

/// The allotment of one site.
#[derive(Debug, Serialize)]
struct SitePart {
    site: LocationId,
    given: Decimal,
    /// The amount that accepted orders use.
    used: Decimal,
    /// The part of `given` that the site's tablets asked for.
    topped_up: Decimal,
    /// The part of `given` that is recalled, and that the site may still order.
    #[serde(skip_serializing_if = "Decimal::is_zero")]
    recalled: Decimal,
    /// The tablets that keep the recalled part: they may not know the smaller allotment.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unaware: Vec<Unaware>,
    /// The number of orders that keep the recalled part: they are on hold.
    #[serde(skip_serializing_if = "is_none")]
    waiting_orders: u32,
    /// The amount that the site gets in addition, when other sites have returned it.
    #[serde(skip_serializing_if = "Decimal::is_zero")]
    awaited: Decimal,
}

/// A tablet that may not know its site's smaller allotment.
#[derive(Debug, Serialize)]
struct Unaware {
    tablet: String,
    /// The time of its last contact.
    last_seen: Timestamp,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_none(count: &u32) -> bool {
    *count == 0
}

/// Runs the command.
///
/// # Errors
/// The site or the hard maximum does not exist, or the store failed.
pub async fn run(context: &Context, command: CommitmentCommand) -> Result<(), CliError> {
    match command {
        CommitmentCommand::List { json } => {
            let listed = list(context).await?;
            if json { answer_json(&listed) } else { answer(&table(&listed)) }
        }
        CommitmentCommand::Allot(args) => allot(context, args).await,
    }
}

/// The last version in time of each contract. Only versions for which `counts` is true are
/// compared.
async fn newest(
    store: &ServerStore,
    counts: impl Fn(&Contract) -> bool,
) -> Result<Vec<Contract>, CliError> {
    let last = |versions: Vec<StoredVersion>| {
        let live =
            versions.into_iter().filter(|version| version.is_live() && counts(&version.contract));
        live.max_by_key(StoredVersion::place_in_time).map(|version| version.contract)
    };
    Ok(store.contract_versions().await?.into_values().filter_map(last).collect())
}

async fn list(context: &Context) -> Result<Vec<Listed>, CliError> {
    let store = context.open().await?;
    let mut read = store.write().await?;
    let accounts = ledger(&mut read).await?;
    let topped_up = topped_up(&mut read).await?;
    let mut held_up = held_up(&mut read).await?;
    drop(read);
    let published = newest(&store, |contract| contract.status != ContractStatus::Draft).await?;
    let found = utilisations(&published, &store.commitment_totals().await?);
    let listed = found.into_iter().map(|utilisation| {
        let given = is_cap(&utilisation).then(|| given(accounts.get(&utilisation.id)));
        // While something is recalled, the cap may be lower than the allotments. Then the reserve
        // is empty.
        let reserve =
            given.and_then(|given| utilisation.commitment.measure.amount().checked_sub(given));
        let reserve = reserve.map(|reserve| reserve.max(Decimal::ZERO));
        let parts = accounts.get(&utilisation.id).filter(|_| given.is_some()).into_iter().flatten();
        let parts = parts.map(|(site, account)| {
            let key = (utilisation.id.clone(), site.clone());
            let HeldUp { tablets, waiting } = held_up.remove(&key).unwrap_or_default();
            let unaware = tablets.into_iter().map(|(tablet, last_seen_at)| Unaware {
                tablet,
                last_seen: Timestamp::from_millisecond(last_seen_at).unwrap_or_default(),
            });
            SitePart {
                site: site.clone(),
                given: account.granted,
                used: account.used,
                topped_up: topped_up.get(&key).copied().unwrap_or_default(),
                recalled: account.recalled(),
                unaware: unaware.collect(),
                waiting_orders: waiting,
                awaited: account.awaited(),
            }
        });
        Listed { sites: parts.collect(), utilisation, given, reserve }
    });
    Ok(listed.collect())
}

fn is_cap(found: &Utilisation) -> bool {
    found.side == CommitmentSide::Maximum && found.commitment.strength == Strength::Hard
}

fn given(accounts: Option<&BTreeMap<LocationId, Account>>) -> Decimal {
    let allotments = accounts.into_iter().flat_map(BTreeMap::values).map(|account| account.granted);
    allotments.fold(Decimal::ZERO, |sum, allotment| sum.saturating_add(allotment))
}

fn table(listed: &[Listed]) -> String {
    let mut text = String::new();
    for Listed { utilisation, given, reserve, sites } in listed {
        let Utilisation { id, side, commitment, currency, ordered, percent } = utilisation;
        let side = match (side, commitment.strength) {
            (CommitmentSide::Minimum, Strength::Hard) => "at least",
            (CommitmentSide::Minimum, Strength::Soft) => "about, at least",
            (CommitmentSide::Maximum, Strength::Hard) => "at most",
            (CommitmentSide::Maximum, Strength::Soft) => "about, at most",
        };
        let unit = match commitment.measure {
            Measure::Quantity(quantity) => quantity.unit.to_string(),
            Measure::Value(_) => currency.to_string(),
        };
        let committed = commitment.measure.amount().normalize();
        let percent = percent.map_or_else(String::new, |percent| format!(" ({percent} %)"));
        // Writing to a text cannot fail.
        let _ = write!(
            text,
            "{id}: {side} {committed} {unit}, ordered {}{percent}",
            ordered.normalize()
        );
        if let (Some(given), Some(reserve)) = (given, reserve) {
            let _ = write!(
                text,
                "; allotted to sites {}, {} in reserve",
                given.normalize(),
                reserve.normalize()
            );
        }
        text.push('\n');
        for part in sites {
            write_part(&mut text, part);
        }
    }
    if text.is_empty() { "no contract has a commitment\n".to_owned() } else { text }
}

/// Writing to a text cannot fail.
fn write_part(text: &mut String, part: &SitePart) {
    let SitePart { site, given, used, topped_up, recalled, unaware, waiting_orders, awaited } =
        part;
    let _ = write!(text, "  {site}: {} given, {} used", given.normalize(), used.normalize());
    if !topped_up.is_zero() {
        let _ = write!(text, ", {} of it on request", topped_up.normalize());
    }
    if !recalled.is_zero() {
        let _ = write!(text, ", {} recalled and not back yet", recalled.normalize());
    }
    if !awaited.is_zero() {
        let _ = write!(text, ", {} more when other sites return it", awaited.normalize());
    }
    text.push('\n');
    for Unaware { tablet, last_seen } in unaware {
        let _ = writeln!(
            text,
            "    tablet {} may still order it, until its next two contacts or until you revoke it \
             (last seen {last_seen})",
            printable(tablet)
        );
    }
    if *waiting_orders > 0 {
        let orders = if *waiting_orders == 1 { "order" } else { "orders" };
        let _ = writeln!(
            text,
            "    {waiting_orders} {orders} on hold may need it: honour or decline under Exceptions"
        );
    }
}

async fn allot(context: &Context, args: AllotArgs) -> Result<(), CliError> {
    let id = CommitmentId { contract: args.contract.clone(), line: args.line.clone() };
    let store = context.open().await?;
    let as_of = store.as_of().await?;
    // Including drafts, because the next release divides them.
    let drafted = newest(&store, |_| true).await?;
    let found = utilisations(&drafted, &BTreeMap::new());
    let Some(cap) = found.iter().find(|found| found.id == id && is_cap(found)) else {
        return Err(CliError::Usage(format!(
            "contract {id} has no hard maximum, so there is nothing to allot"
        )));
    };
    if args.amount < Decimal::ZERO || args.amount > cap.commitment.measure.amount() {
        let most = cap.commitment.measure;
        return Err(CliError::Usage(format!(
            "an allotment is from 0 to the whole maximum, which is {most}"
        )));
    }
    if store.site_name(&args.site).await?.is_none() {
        return Err(CliError::Usage(format!("there is no site {}", args.site)));
    }
    let step = smallest_part(&cap.commitment.measure, cap.currency);
    if !(args.amount % step).is_zero() {
        return Err(CliError::Usage(format!(
            "an allotment of {id} is a multiple of {step}: {} is not",
            args.amount.normalize()
        )));
    }
    let tree = LocationTree::new(store.locations().await?)
        .map_err(|error| CliError::Usage(error.to_string()))?;
    let path = tree.path(&args.site);
    let contract = drafted.iter().find(|contract| contract.id == args.contract);
    let is_admitted = |scope: &Scope| scope.admits(path.iter().map(|node| &node.id)).is_some();
    let territory =
        contract.and_then(|contract| contract.line(args.line.as_ref()?)?.territory.as_deref());
    if !contract.is_some_and(|contract| is_admitted(&contract.scope))
        || !territory.is_none_or(is_admitted)
    {
        return Err(CliError::Usage(format!(
            "site {} may not order by {id}, so an allotment would be lost: choose a site within the \
             scope of the contract",
            args.site
        )));
    }
    let planned = Allotment {
        contract: args.contract,
        line: args.line,
        site: args.site,
        amount: args.amount,
    };
    let mut write = store.write_as_of(as_of).await?;
    put_planned_allotment(&mut write, &planned).await?;
    let act = Act::new(AuditAct::AllotmentPlanned, &id)
        .at(&planned.site)
        .with("amount", planned.amount.normalize());
    record(&mut write, &context.doing(), &act).await?;
    write.commit().await?;
    answer(&format!(
        "{} will have an allotment of {} of {id} after the next publication\n",
        planned.site,
        cap.commitment.measure.with_amount(planned.amount)
    ))
}
