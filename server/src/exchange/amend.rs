//! Plans what a price list changes in a contract: nothing, a first version, or an amendment.
//!
//! A list has dates, lines and prices. Everything else that people agreed (owner, priority, scope,
//! terms, order quantities, tiers) stays unchanged. Lines that the list leaves out stay, too,
//! unless a person said that they end. A change that needs a person's consent is an [`Obstacle`].

use std::collections::HashSet;

use calloff_core::calendar::{Date, Validity};
use calloff_core::contract::{
    Amendment, CatalogueLine, Contract, ContractStatus, PriceDateBasis, PriceTier, Scope, Terms,
};
use calloff_core::decimal::divide_exactly;
use calloff_core::ids::{ContractId, LineId, PersonId, SupplierId};
use calloff_core::limits::ORDER_QUANTITY_SCALE;
use calloff_core::money::{Currency, Price};
use calloff_core::supplier::folded_name;
use calloff_core::unit::Unit;
use rust_decimal::Decimal;
use serde::Serialize;

use super::difference::{Conflict, Difference, LineName, conflicts};
use super::price_list::ListedContract;
use crate::storage::contracts::{StoredVersion, in_force_on};

/// The reason code of amendments that a list makes.
pub const REASON_CODE: &str = "price-list";

/// A price that grew to this many times its old value, or shrank by this factor, gets a remark.
const ODD_MOVE_FACTOR: i64 = 10;

/// What happens to the lines that a list leaves out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// They stay on the contract as they are
    #[default]
    Keep,
    /// They end with the amendment
    End,
}

/// The first day and the reason of an amendment, and what a person allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occasion {
    /// The day of the import, at the site where the day begins first.
    pub today: Date,
    /// The first day that a person chose. Without it, an amendment holds as soon as it is
    /// published.
    pub effective_from: Option<Date>,
    /// The reason, in words.
    pub rationale: String,
    /// The new owner. With `None`, the owner stays, and a new contract gets the owner that the
    /// mapping names.
    pub owner: Option<PersonId>,
    /// What happens to lines that the list leaves out.
    pub missing: Missing,
    /// Whether a contract may move to another supplier.
    pub may_change_supplier: bool,
    /// Whether the list has a column of units. Without one, the unit in the mapping is only for new
    /// lines.
    pub knows_unit: bool,
    /// Whether the list has a column of contents.
    pub knows_content: bool,
}

/// What a list does to one contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The contract.
    pub contract: ContractId,
    /// The kind of change.
    pub change: Change,
    /// The number of the new version, or of the unchanged one.
    pub version: u32,
    /// The first day of the new version; `None` for the first version of a contract.
    pub effective_from: Option<Date>,
    /// The differences from the version before.
    pub difference: Difference,
    /// The lines of the contract that the list leaves out.
    pub left_out: Vec<LineName>,
    /// What happens to these lines.
    pub missing: Missing,
    /// The changes that later versions of the contract do not have.
    pub conflicts: Vec<Conflict>,
    /// Other remarks for the person.
    pub notes: Vec<String>,
    /// The draft to store; `None` when nothing changes.
    #[serde(skip)]
    pub draft: Option<Contract>,
}

/// What a list does to a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The list changes nothing.
    None,
    /// The list makes a new contract.
    New,
    /// It makes an amendment.
    Amendment,
    /// It changes a draft.
    Redraft,
}

/// Why a list cannot be imported unchanged. Each message says what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// Another supplier's list uses the number of a contract.
    #[error(
        "row {row}: contract {contract} is with {stored}, and this list has it with {listed}{}: \
         correct the contract's number or the supplier's name, or give --change-supplier if the \
         contract goes to {listed}",
        if *is_alike { " (the names differ only by case or punctuation)" } else { "" }
    )]
    Supplier {
        /// The first row of the contract.
        row: u64,
        /// The contract.
        contract: ContractId,
        /// The supplier of the contract.
        stored: SupplierId,
        /// The supplier in the list.
        listed: SupplierId,
        /// Whether the two names differ only by case or punctuation.
        is_alike: bool,
    },
    /// The prices have another currency than the contract.
    #[error(
        "contract {contract} is in {stored}, and the mapping says {listed}: correct \
         `constants.currency`, or begin another contract"
    )]
    Currency {
        /// The contract.
        contract: ContractId,
        /// The currency of the contract.
        stored: Currency,
        /// The currency of the mapping.
        listed: Currency,
    },
    /// A list without units has prices in another unit than the line.
    #[error(
        "row {row}: line {line} of contract {contract} is priced per {stored}, but the mapping \
         reads the list's prices per {listed}: give the mapping the unit ({stored}), or a column \
         with units"
    )]
    Unit {
        /// The row.
        row: u64,
        /// The contract.
        contract: ContractId,
        /// The line.
        line: LineId,
        /// The unit of the line's price.
        stored: Unit,
        /// The unit of the list's prices.
        listed: Unit,
    },
    /// The list has one price, but the contract has several: for other days, or in another unit.
    #[error(
        "row {row}: line {line} of contract {contract} has {what}, which one price of a list \
         cannot replace: change it with calloff import contracts"
    )]
    Prices {
        /// The row.
        row: u64,
        /// The contract.
        contract: ContractId,
        /// The line.
        line: LineId,
        /// The prices that the contract has.
        what: &'static str,
    },
    /// The list has another package, in which the bounds of the quantity are no whole number.
    #[error(
        "row {row}: line {line} of contract {contract} now comes in {listed} instead of {stored}, \
         and its {bound} of {value} is no exact quantity of that: change the line with calloff \
         import contracts"
    )]
    Bound {
        /// The row.
        row: u64,
        /// The contract.
        contract: ContractId,
        /// The line.
        line: LineId,
        /// The package of the line, in words.
        stored: String,
        /// The package in the list, in words.
        listed: String,
        /// The name of the bound.
        bound: &'static str,
        /// The bound, in packages of the line.
        value: Decimal,
    },
    /// A draft with an earlier first day already has the same change.
    #[error(
        "contract {contract}: a draft from {since} (version {version}) already has the same \
         change: discard it with calloff draft discard {contract} --number {version} and import \
         again, if the change should hold only from {from}"
    )]
    SaidBefore {
        /// The contract.
        contract: ContractId,
        /// The version of that draft.
        version: u32,
        /// The first day of that draft.
        since: Date,
        /// The first day that a person chose.
        from: Date,
    },
    /// The amendment could never hold from this first day.
    #[error(
        "contract {contract}: an amendment from {from} would never hold, because {reason}: choose \
         another --effective"
    )]
    Never {
        /// The contract.
        contract: ContractId,
        /// The first day that a person chose.
        from: Date,
        /// Why it could never hold.
        reason: String,
    },
}

/// Compares a contract in a list with its stored versions.
///
/// # Errors
/// All changes that need a person's consent.
pub fn plan(
    id: &ContractId,
    listed: &ListedContract,
    versions: &[StoredVersion],
    occasion: &Occasion,
) -> Result<Plan, Vec<Obstacle>> {
    let next = versions.iter().map(|version| version.contract.version).max().unwrap_or(0) + 1;
    let day = occasion.effective_from.unwrap_or(occasion.today);
    let Some(base) = base(versions, day, occasion.effective_from) else {
        let first = first_version(id, next, listed, occasion);
        let difference = Difference::between(None, &first);
        return Ok(Plan { difference, ..Plan::of(&first, Change::New, occasion) }.with_draft(first));
    };
    let mut obstacles = obstacles(id, listed, &base.contract, occasion);
    let mut notes = Vec::new();
    let wanted = match updated(&base.contract, listed, occasion, &mut notes) {
        Ok(wanted) => wanted,
        Err(found) => {
            obstacles.extend(found);
            return Err(obstacles);
        }
    };
    let (change, draft) = if wanted == base.contract {
        if let Some(from) = occasion
            .effective_from
            .filter(|_| base.is_draft() && !is_its_day(base, occasion.effective_from))
        {
            let (version, since) = (wanted.version, wanted.effective_from());
            obstacles.push(Obstacle::SaidBefore { contract: id.clone(), version, since, from });
        }
        (Change::None, wanted)
    } else if base.is_draft() && is_its_day(base, occasion.effective_from) {
        (Change::Redraft, wanted)
    } else {
        let amendment = Amendment {
            effective_from: day,
            reason_code: REASON_CODE.to_owned(),
            rationale: occasion.rationale.clone(),
        };
        let draft = Contract {
            version: next,
            status: ContractStatus::Draft,
            amendment: Some(amendment),
            ..wanted
        };
        obstacles.extend(never(&draft, versions, occasion));
        (Change::Amendment, draft)
    };
    if !obstacles.is_empty() {
        return Err(obstacles);
    }
    let listed_lines: HashSet<&LineId> = listed.lines.keys().collect();
    let left_out = base
        .contract
        .lines
        .iter()
        .filter(|line| !listed_lines.contains(&line.id))
        .map(LineName::of);
    if change != Change::None
        && matches!(base.contract.status, ContractStatus::Suspended | ContractStatus::Ended)
    {
        notes.push(format!(
            "version {} is suspended or has ended: this makes the contract orderable again",
            base.contract.version
        ));
    }
    let scope = &base.contract.scope;
    if change != Change::None && *scope != Scope::of(listed.location.clone()) {
        let names: Vec<&str> = scope.included.iter().map(|node| node.as_str()).collect();
        notes.push(format!(
            "the scope stays {}; the location {} of the mapping is only for new contracts",
            names.join(", "),
            listed.location
        ));
    }
    let plan = Plan {
        difference: Difference::between(Some(&base.contract), &draft),
        left_out: left_out.collect(),
        conflicts: if change == Change::None {
            Vec::new()
        } else {
            conflicts(&base.contract, &draft, versions)
        },
        notes,
        ..Plan::of(&draft, change, occasion)
    };
    Ok(if change == Change::None { plan } else { plan.with_draft(draft) })
}

impl Plan {
    fn of(contract: &Contract, change: Change, occasion: &Occasion) -> Self {
        Self {
            contract: contract.id.clone(),
            change,
            version: contract.version,
            effective_from: contract.amendment.as_ref().map(|amendment| amendment.effective_from),
            difference: Difference::default(),
            left_out: Vec::new(),
            missing: occasion.missing,
            conflicts: Vec::new(),
            notes: Vec::new(),
            draft: None,
        }
    }

    fn with_draft(self, draft: Contract) -> Self {
        Self { draft: Some(draft), ..self }
    }
}

/// The version to compare the list with: the draft with the chosen first day, otherwise the version
/// in force on that day.
fn base(versions: &[StoredVersion], day: Date, asked: Option<Date>) -> Option<&StoredVersion> {
    let of_the_day =
        |version: &&StoredVersion| version.is_draft() && is_its_day(version, Some(day));
    let draft = asked.and_then(|_| versions.iter().find(of_the_day));
    draft.or_else(|| in_force_on(versions, day))
}

/// Whether a draft is the one to change. Without a chosen day, every draft is. A first version is,
/// when it begins on the chosen day or later.
fn is_its_day(draft: &StoredVersion, asked: Option<Date>) -> bool {
    let Some(day) = asked else { return true };
    match &draft.contract.amendment {
        Some(amendment) => amendment.effective_from == day,
        None => day <= draft.contract.validity.start,
    }
}

/// The obstacle for an amendment with a chosen first day that could not hold on any day. It is
/// refused, because a chosen day is never moved.
fn never(draft: &Contract, versions: &[StoredVersion], occasion: &Occasion) -> Option<Obstacle> {
    let from = occasion.effective_from?;
    let obstacle =
        |reason: String| Some(Obstacle::Never { contract: draft.id.clone(), from, reason });
    if let Some(end) = draft.validity.end.filter(|end| *end < from) {
        return obstacle(format!("the contract ends on {end}"));
    }
    let place = draft.place_in_time();
    let later = versions.iter().filter(|version| version.is_live() && !version.is_draft());
    let next = later
        .filter(|version| version.place_in_time() > place)
        .min_by_key(|version| version.place_in_time())?;
    let begun = next.place_in_time().0.filter(|next| *next <= occasion.today)?;
    obstacle(format!(
        "version {} took its place on {begun}, which has passed",
        next.contract.version
    ))
}

fn first_version(
    id: &ContractId,
    version: u32,
    listed: &ListedContract,
    occasion: &Occasion,
) -> Contract {
    Contract {
        id: id.clone(),
        version,
        supplier: listed.supplier.clone(),
        title: listed.supplier.to_string(),
        owner: occasion.owner.clone().or_else(|| listed.owner.clone()),
        status: ContractStatus::Draft,
        validity: listed.validity,
        price_date_basis: PriceDateBasis::default(),
        currency: listed.currency,
        scope: Scope::of(listed.location.clone()),
        priority: None,
        terms: Terms::default(),
        amendment: None,
        lines: listed.lines.values().cloned().collect(),
    }
}

fn obstacles(
    id: &ContractId,
    listed: &ListedContract,
    version: &Contract,
    occasion: &Occasion,
) -> Vec<Obstacle> {
    let mut found = Vec::new();
    if listed.supplier != version.supplier && !occasion.may_change_supplier {
        found.push(Obstacle::Supplier {
            row: listed.first_row,
            contract: id.clone(),
            stored: version.supplier.clone(),
            listed: listed.supplier.clone(),
            is_alike: folded_name(listed.supplier.as_str())
                == folded_name(version.supplier.as_str()),
        });
    }
    if listed.currency != version.currency {
        found.push(Obstacle::Currency {
            contract: id.clone(),
            stored: version.currency,
            listed: listed.currency,
        });
    }
    found
}

/// The version, with the values of the list.
fn updated(
    version: &Contract,
    listed: &ListedContract,
    occasion: &Occasion,
    notes: &mut Vec<String>,
) -> Result<Contract, Vec<Obstacle>> {
    let mut lines = Vec::with_capacity(version.lines.len().max(listed.lines.len()));
    let mut obstacles = Vec::new();
    let before: std::collections::HashMap<&LineId, &CatalogueLine> =
        version.lines.iter().map(|line| (&line.id, line)).collect();
    // The lines of the contract stay in their order, followed by the new lines. So a list that
    // changes nothing gives the same version.
    for line in &version.lines {
        match listed.lines.get(&line.id) {
            None if occasion.missing == Missing::Keep => lines.push(line.clone()),
            None => {}
            Some(new) => match merged(version, line, new, listed, occasion, notes) {
                Ok(line) => lines.push(line),
                Err(obstacle) => obstacles.push(obstacle),
            },
        }
    }
    if !obstacles.is_empty() {
        return Err(obstacles);
    }
    lines.extend(listed.lines.values().filter(|line| !before.contains_key(&line.id)).cloned());
    Ok(Contract {
        supplier: listed.supplier.clone(),
        owner: occasion.owner.clone().or_else(|| version.owner.clone()),
        validity: listed.validity,
        lines,
        ..version.clone()
    })
}

/// A line with the price, dates and texts of the list. Everything that the list does not have
/// stays.
fn merged(
    contract: &Contract,
    before: &CatalogueLine,
    new: &CatalogueLine,
    listed: &ListedContract,
    occasion: &Occasion,
    notes: &mut Vec<String>,
) -> Result<CatalogueLine, Obstacle> {
    if new.item != before.item {
        // The minimums and packages of another item say nothing about this one.
        return Ok(new.clone());
    }
    let row = listed.rows.get(&new.id).copied().unwrap_or(listed.first_row);
    let (contract, line) = (&contract.id, &new.id);
    let unit = if occasion.knows_unit { new.orderable_unit } else { before.orderable_unit };
    let content = if occasion.knows_content { new.content } else { before.content };
    let is_same_pack = unit == before.orderable_unit && content == before.content;
    let Some(PriceTier { price, .. }) = new.tiers.first() else { return Ok(before.clone()) };
    if let Some(stored) = before.tiers.first().map(|tier| tier.price.base_quantity.unit)
        && !occasion.knows_unit
        && stored != price.base_quantity.unit
    {
        let listed = price.base_quantity.unit;
        return Err(Obstacle::Unit {
            row,
            contract: contract.clone(),
            line: line.clone(),
            stored,
            listed,
        });
    }
    let prices =
        |what| Obstacle::Prices { row, contract: contract.clone(), line: line.clone(), what };
    let lowest = before.tiers.iter().map(|tier| tier.threshold).min();
    let at_lowest = || before.tiers.iter().filter(|tier| Some(tier.threshold) == lowest);
    // A price of the list holds on all days of its row. It changes nothing only if the contract has
    // this price on all these days.
    let days = new.validity.unwrap_or(listed.validity);
    let on_these_days =
        |tier: &&PriceTier| tier.validity.is_none_or(|own| own.intersection(&days).is_some());
    let is_priced_so = |tier: &PriceTier| is_same_price(&tier.price, price);
    let is_unchanged = at_lowest().filter(on_these_days).count() > 0
        && at_lowest().filter(on_these_days).all(is_priced_so);
    let mut bounds = Bounds::of(before);
    let tiers = if !is_same_pack && before.tiers.len() > 1 {
        return Err(prices("prices by quantity for another package"));
    } else if is_unchanged && is_same_pack {
        before.tiers.clone()
    } else if at_lowest().count() > 1 {
        return Err(prices("prices that change from day to day"));
    } else if !is_same_pack {
        let after = CatalogueLine { orderable_unit: unit, content, ..new.clone() };
        let unit_of = |line: &CatalogueLine| {
            format!("{} of {}", line.orderable_unit, line.content.normalize())
        };
        let (stored, listed) = (unit_of(before), unit_of(&after));
        bounds = bounds.in_package(before, &after).map_err(|(bound, value)| Obstacle::Bound {
            row,
            contract: contract.clone(),
            line: line.clone(),
            stored: stored.clone(),
            listed: listed.clone(),
            bound,
            value,
        })?;
        if !Bounds::of(before).is_empty() {
            notes.push(format!(
                "line {line}: it comes in {listed} instead of {stored}; its minimum, maximum and \
                 increment are converted, so that they hold as much as before"
            ));
        }
        new.tiers.clone()
    } else if before.tiers.is_empty() {
        new.tiers.clone()
    } else {
        let of_list = |tier: &PriceTier| match Some(tier.threshold) == lowest {
            true => PriceTier { price: price.clone(), ..tier.clone() },
            false => tier.clone(),
        };
        before.tiers.iter().map(of_list).collect()
    };
    let others: Vec<String> = tiers
        .iter()
        .filter(|tier| Some(tier.threshold) != lowest)
        .map(|tier| tier.threshold.normalize().to_string())
        .collect();
    if !others.is_empty() && is_same_pack && tiers != before.tiers {
        notes.push(format!(
            "line {line}: the list has one price; the tiers from {} stay as they are",
            others.join(", ")
        ));
    }
    Ok(CatalogueLine {
        supplier_item_number: new
            .supplier_item_number
            .clone()
            .or_else(|| before.supplier_item_number.clone()),
        package_description: new
            .package_description
            .clone()
            .or_else(|| before.package_description.clone()),
        orderable_unit: unit,
        content,
        tiers,
        divisible: new.divisible.or(before.divisible),
        minimum_order_quantity: bounds.minimum,
        maximum_order_quantity: bounds.maximum,
        order_quantity_increment: bounds.increment,
        validity: narrowed(new.validity, before.validity, listed.validity),
        ..before.clone()
    })
}

/// The bounds of the quantity on an order line, in orderable units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bounds {
    minimum: Option<Decimal>,
    maximum: Option<Decimal>,
    increment: Option<Decimal>,
}

impl Bounds {
    fn of(line: &CatalogueLine) -> Self {
        Self {
            minimum: line.minimum_order_quantity,
            maximum: line.maximum_order_quantity,
            increment: line.order_quantity_increment,
        }
    }

    fn is_empty(&self) -> bool {
        self.minimum.is_none() && self.maximum.is_none() && self.increment.is_none()
    }

    /// The bounds that hold as much in the package of `after` as these do in that of `before`.
    ///
    /// # Errors
    /// The name and the value of a bound that is no exact quantity in the new package.
    fn in_package(
        self,
        before: &CatalogueLine,
        after: &CatalogueLine,
    ) -> Result<Self, (&'static str, Decimal)> {
        type Found = Result<Option<Decimal>, (&'static str, Decimal)>;
        let convert = |name: &'static str, value: Option<Decimal>| -> Found {
            let Some(value) = value else { return Ok(None) };
            let in_base_units = value.checked_mul(before.content);
            let converted = in_base_units.and_then(|amount| divide_exactly(amount, after.content));
            let is_quantity = |converted: &Decimal| match after.is_divisible() {
                true => converted.normalize().scale() <= ORDER_QUANTITY_SCALE,
                false => converted.is_integer(),
            };
            let converted = converted.filter(is_quantity).ok_or((name, value))?;
            Ok(Some(converted.normalize()))
        };
        Ok(Self {
            minimum: convert("minimum", self.minimum)?,
            maximum: convert("maximum", self.maximum)?,
            increment: convert("increment", self.increment)?,
        })
    }
}

/// A line without days of its own holds as long as its contract. A list that says exactly this
/// changes nothing.
fn narrowed(
    new: Option<Validity>,
    before: Option<Validity>,
    contract: Validity,
) -> Option<Validity> {
    if before.is_none() && new == Some(contract) { None } else { new }
}

/// Whether two prices are equal: 12.40 per 100 is 0.124 per 1.
fn is_same_price(a: &Price, b: &Price) -> bool {
    let (of_a, of_b) = (a.base_quantity, b.base_quantity);
    let crosswise = || Some(a.amount.checked_mul(of_b.value)? == b.amount.checked_mul(of_a.value)?);
    of_a.unit == of_b.unit && crosswise().unwrap_or(false)
}

/// Lines whose price grew or shrank by a factor of ten or more, with the old and the new price.
pub fn odd_moves<'c>(
    before: &'c Contract,
    after: &'c Contract,
) -> impl Iterator<Item = (&'c LineId, Decimal, Decimal)> {
    let price = |line: &CatalogueLine| line.tiers.first().map(|tier| tier.price.amount);
    let factor = Decimal::from(ODD_MOVE_FACTOR);
    after.lines.iter().filter_map(move |line| {
        let (now, then) = (price(line)?, price(before.line(&line.id)?)?);
        let is_odd = now >= then.checked_mul(factor)? || then >= now.checked_mul(factor)?;
        (is_odd && now != then).then_some((&line.id, then, now))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use calloff_core::contract::PriceTier;
    use calloff_core::quantity::Quantity;
    use calloff_core::sample::builder::line;
    use jiff::civil::date;

    use super::*;

    fn listed(prices: &[(&str, &str)]) -> ListedContract {
        let lines: BTreeMap<_, _> = prices
            .iter()
            .map(|(id, price)| line(id, id, price))
            .map(|line| (line.id.clone(), line))
            .collect();
        ListedContract {
            supplier: "Acme".parse().unwrap(),
            validity: Validity::new(date(2025, 1, 1), None),
            currency: Currency::parse("USD").unwrap(),
            location: "org".parse().unwrap(),
            owner: Some("pat".parse().unwrap()),
            rows: lines.keys().cloned().zip(2..).collect(),
            lines,
            first_row: 2,
        }
    }

    fn occasion() -> Occasion {
        Occasion {
            today: date(2025, 6, 1),
            effective_from: None,
            rationale: "June list".into(),
            owner: None,
            missing: Missing::Keep,
            may_change_supplier: false,
            knows_unit: false,
            knows_content: false,
        }
    }

    fn from(day: Date) -> Occasion {
        Occasion { effective_from: Some(day), ..occasion() }
    }

    fn planned(listed: &ListedContract, versions: &[StoredVersion], occasion: &Occasion) -> Plan {
        plan(&"C1".parse().unwrap(), listed, versions, occasion).unwrap()
    }

    fn refused(listed: &ListedContract, versions: &[StoredVersion], occasion: &Occasion) -> String {
        let found = plan(&"C1".parse().unwrap(), listed, versions, occasion).unwrap_err();
        found.iter().map(|obstacle| format!("{obstacle}\n")).collect()
    }

    fn draft(plan: Plan) -> StoredVersion {
        StoredVersion::new(plan.draft.expect("something changes"))
    }

    fn published(plan: Plan, released_from: Date) -> StoredVersion {
        let version = draft(plan);
        let contract = Contract { status: ContractStatus::Published, ..version.contract };
        StoredVersion { contract, released_from: Some(released_from), is_seen: false }
    }

    /// A published contract with these prices.
    fn in_force(prices: &[(&str, &str)]) -> StoredVersion {
        published(planned(&listed(prices), &[], &occasion()), date(2025, 1, 1))
    }

    fn price(plan: &Plan, line: &str) -> String {
        let draft = plan.draft.as_ref().expect("something changes");
        draft.line(&line.parse().unwrap()).unwrap().tiers[0].price.amount.to_string()
    }

    #[test]
    fn the_same_list_again_changes_nothing_and_a_changed_one_amends() {
        let first = in_force(&[("L1", "1.00")]);
        assert_eq!(
            (first.contract.version, first.contract.owner.as_ref().unwrap().as_str()),
            (1, "pat")
        );
        let of = |price: &str, versions: &[StoredVersion]| {
            planned(&listed(&[("L1", price)]), versions, &occasion())
        };
        assert_eq!(of("1.00", std::slice::from_ref(&first)).change, Change::None);
        let second = of("1.10", std::slice::from_ref(&first));
        assert_eq!(
            (second.change, second.version, second.effective_from),
            (Change::Amendment, 2, Some(date(2025, 6, 1)))
        );
        let versions = [first, draft(second)];
        assert_eq!(of("1.10", &versions).change, Change::None);
        let redrafted = of("1.20", &versions);
        assert_eq!(
            (redrafted.change, redrafted.version),
            (Change::Redraft, 2),
            "a draft is rewritten, not amended"
        );
        assert_eq!(
            redrafted.difference.changed[0].fields[0].to_string(),
            "price 1.10 per 1 EA → 1.20 per 1 EA"
        );
    }

    #[test]
    fn amendments_with_different_first_days_live_side_by_side() {
        let (february, march) = (date(2026, 2, 1), date(2026, 3, 1));
        let mut versions = vec![in_force(&[("L1", "1.50"), ("L2", "2.00")])];
        let of = |prices: &[(&str, &str)], versions: &[StoredVersion], day| {
            planned(&listed(prices), versions, &from(day))
        };
        versions.push(draft(of(&[("L1", "1.60"), ("L2", "2.00")], &versions, february)));
        let third = of(&[("L1", "1.70"), ("L2", "2.00")], &versions, march);
        assert_eq!(
            (third.change, third.version, third.effective_from),
            (Change::Amendment, 3, Some(march))
        );
        assert_eq!(
            third.difference.changed[0].fields[0].from, "1.60 per 1 EA",
            "it amends what is in force on its day"
        );
        versions.push(draft(third));
        // February is changed once more, and March does not have the change.
        let again = of(&[("L1", "1.60"), ("L2", "2.20")], &versions, february);
        assert_eq!((again.change, again.version), (Change::Redraft, 2));
        assert_eq!(
            again.conflicts[0].reverted[0].fields[0].to_string(),
            "price 2.20 per 1 EA → 2.00 per 1 EA"
        );
        assert_eq!((again.conflicts[0].version, again.conflicts[0].from), (3, march));
    }

    #[test]
    fn todays_price_is_corrected_while_another_is_announced() {
        let mut versions = vec![in_force(&[("L1", "1.20")])];
        let january = planned(&listed(&[("L1", "1.50")]), &versions, &from(date(2026, 1, 1)));
        versions.push(published(january, date(2025, 6, 1)));
        let correction = planned(&listed(&[("L1", "1.22")]), &versions, &occasion());
        assert_eq!((correction.change, correction.version), (Change::Amendment, 3));
        assert_eq!(correction.effective_from, Some(date(2025, 6, 1)));
        assert_eq!(
            correction.difference.changed[0].fields[0].from, "1.20 per 1 EA",
            "not January's"
        );
        // The same, but January's version came with a release of January, and has no first day of
        // its own.
        let released = published(
            planned(&listed(&[("L1", "1.50")]), &versions[..1], &occasion()),
            date(2026, 1, 1),
        );
        let correction =
            planned(&listed(&[("L1", "1.22")]), &[versions[0].clone(), released], &occasion());
        assert_eq!(correction.difference.changed[0].fields[0].from, "1.20 per 1 EA");
    }

    #[test]
    fn a_day_that_was_forgotten_at_the_first_import_is_kept_at_the_second() {
        let mut versions = vec![in_force(&[("L1", "1.50")])];
        versions.push(draft(planned(&listed(&[("L1", "1.60")]), &versions, &occasion())));
        let february = date(2026, 2, 1);
        // The draft from today would bring February's prices today, so it must be discarded first.
        let said = refused(&listed(&[("L1", "1.60")]), &versions, &from(february));
        assert!(
            said.contains("a draft from 2025-06-01 (version 2) already has the same change"),
            "{said}"
        );
        versions[1].contract.status = ContractStatus::Withdrawn;
        let again = planned(&listed(&[("L1", "1.60")]), &versions, &from(february));
        assert_eq!((again.version, again.effective_from), (3, Some(february)));
    }

    #[test]
    fn a_day_that_cannot_be_kept_is_refused() {
        let mut versions = vec![in_force(&[("L1", "1.50")])];
        let may = planned(&listed(&[("L1", "1.60")]), &versions, &from(date(2025, 5, 1)));
        versions.push(published(may, date(2025, 5, 1)));
        let said = refused(&listed(&[("L1", "1.70")]), &versions, &from(date(2025, 3, 1)));
        assert!(
            said.contains("an amendment from 2025-03-01 would never hold, because version 2"),
            "{said}"
        );
        let mut ending = listed(&[("L1", "1.70")]);
        ending.validity.end = Some(date(2025, 12, 31));
        let said = refused(&ending, &versions, &from(date(2026, 1, 1)));
        assert!(said.contains("the contract ends on 2025-12-31"), "{said}");
    }

    #[test]
    fn lines_that_a_list_leaves_out_stay_unless_they_are_to_end() {
        let first = in_force(&[("L1", "1.00"), ("L2", "2.00"), ("L3", "3.00")]);
        let part = listed(&[("L1", "1.10")]);
        let kept = planned(&part, std::slice::from_ref(&first), &occasion());
        let names: Vec<_> = kept.left_out.iter().map(|name| name.line.as_str()).collect();
        assert_eq!((names, price(&kept, "L2").as_str()), (vec!["L2", "L3"], "2.00"));
        assert!(kept.difference.ended.is_empty());
        let ended = planned(
            &part,
            std::slice::from_ref(&first),
            &Occasion { missing: Missing::End, ..occasion() },
        );
        assert_eq!((ended.difference.ended.len(), ended.draft.unwrap().lines.len()), (2, 1));
    }

    #[test]
    fn what_people_settled_stays() {
        let mut first = in_force(&[("L1", "1.00")]);
        first.contract.owner = Some("ana".parse().unwrap());
        first.contract.priority = Some(2);
        let line = &mut first.contract.lines[0];
        line.order_quantity_increment = Some(Decimal::TEN);
        line.supplier_item_number = Some("F-77".into());
        line.package_description = Some("carton".into());
        let cheaper = PriceTier { threshold: Decimal::from(60), ..line.tiers[0].clone() };
        line.tiers.push(cheaper.clone());
        let versions = [first];
        assert_eq!(
            planned(&listed(&[("L1", "1.00")]), &versions, &occasion()).change,
            Change::None
        );
        let second = planned(&listed(&[("L1", "1.10")]), &versions, &occasion());
        assert!(second.notes[0].contains("the tiers from 60 stay"), "{:?}", second.notes);
        let contract = second.draft.unwrap();
        assert_eq!((contract.owner.unwrap().as_str(), contract.priority), ("ana", Some(2)));
        let line = &contract.lines[0];
        assert_eq!(line.order_quantity_increment, Some(Decimal::TEN));
        assert_eq!(
            (line.supplier_item_number.as_deref(), line.package_description.as_deref()),
            (Some("F-77"), Some("carton"))
        );
        assert_eq!(
            (line.tiers[0].price.amount.to_string().as_str(), &line.tiers[1]),
            ("1.10", &cheaper)
        );
    }

    #[test]
    fn one_price_does_not_stand_for_prices_by_day_or_per_another_unit() {
        let mut first = in_force(&[("L1", "1.00")]);
        let tier = first.contract.lines[0].tiers[0].clone();
        first.contract.lines[0].tiers.push(PriceTier {
            validity: Some(Validity::new(date(2026, 1, 1), None)),
            price: Price { amount: Decimal::TWO, ..tier.price.clone() },
            ..tier
        });
        let said = refused(&listed(&[("L1", "1.10")]), &[first], &occasion());
        assert!(
            said.contains("row 2: line L1 of contract C1 has prices that change from day to day"),
            "{said}"
        );
        // The list says the price that holds next year, from this year on.
        let mut first = in_force(&[("L1", "1.00")]);
        let tier = first.contract.lines[0].tiers[0].clone();
        let of = |start, end, amount| PriceTier {
            validity: Some(Validity::new(start, end)),
            price: Price { amount, ..tier.price.clone() },
            ..tier.clone()
        };
        first.contract.lines[0].tiers = vec![
            of(date(2025, 1, 1), Some(date(2025, 12, 31)), Decimal::ONE),
            of(date(2026, 1, 1), None, Decimal::TWO),
        ];
        let said = refused(&listed(&[("L1", "2.00")]), std::slice::from_ref(&first), &occasion());
        assert!(said.contains("has prices that change from day to day"), "{said}");
        let mut next_year = listed(&[("L1", "2.00")]);
        next_year.lines.values_mut().next().unwrap().validity =
            Some(Validity::new(date(2026, 1, 1), None));
        let same = planned(&next_year, &[first], &occasion()).draft.unwrap();
        assert_eq!(same.lines[0].tiers.len(), 2, "the price of these days is as before");
        let mut first = in_force(&[("L1", "1.00")]);
        first.contract.lines[0].tiers[0].price.base_quantity =
            Quantity::new(Decimal::ONE, Unit::parse("XCS").unwrap());
        let said = refused(&listed(&[("L1", "1.10")]), &[first], &occasion());
        assert!(
            said.contains("is priced per XCS, but the mapping reads the list's prices per EA"),
            "{said}"
        );
    }

    #[test]
    fn bounds_hold_as_much_in_another_package_or_the_list_is_refused() {
        let of = |bound: &str| {
            let mut first = in_force(&[("L1", "18.00")]);
            let line = &mut first.contract.lines[0];
            line.orderable_unit = Unit::parse("XCS").unwrap();
            line.content = Decimal::from(12);
            line.minimum_order_quantity = Some(bound.parse().unwrap());
            line.order_quantity_increment = Some(bound.parse().unwrap());
            line.tiers[0].threshold = Decimal::from(6);
            first
        };
        let knowing = Occasion { knows_unit: true, knows_content: true, ..occasion() };
        let single = listed(&[("L1", "1.60")]);
        let plan = planned(&single, &[of("6")], &knowing);
        let line = &plan.draft.as_ref().unwrap().lines[0];
        assert_eq!(line.minimum_order_quantity, Some(Decimal::from(72)));
        assert_eq!(line.order_quantity_increment, Some(Decimal::from(72)));
        assert_eq!(plan.notes.len(), 1, "{:?}", plan.notes);
        assert!(plan.notes[0].contains("in EA of 1 instead of XCS of 12"), "{:?}", plan.notes);
        let mut cases = listed(&[("L1", "30.00")]);
        let line = cases.lines.values_mut().next().unwrap();
        line.orderable_unit = Unit::parse("XCS").unwrap();
        line.content = Decimal::from(24);
        let said = refused(&cases, &[of("3")], &knowing);
        assert!(
            said.contains("XCS of 24 instead of XCS of 12, and its minimum of 3 is no exact"),
            "{said}"
        );
    }

    #[test]
    fn another_supplier_and_another_currency_are_refused() {
        let first = in_force(&[("L1", "1.00")]);
        let mut other = listed(&[("L1", "1.00")]);
        other.supplier = "ACME.".parse().unwrap();
        other.currency = Currency::parse("EUR").unwrap();
        let said = refused(&other, std::slice::from_ref(&first), &occasion());
        assert!(
            said.contains("contract C1 is with Acme, and this list has it with ACME."),
            "{said}"
        );
        assert!(
            said.contains("differ only by case or punctuation") && said.contains("is in USD"),
            "{said}"
        );
        other.currency = first.contract.currency;
        let told = planned(&other, &[first], &Occasion { may_change_supplier: true, ..occasion() });
        assert_eq!(told.difference.header[0].to_string(), "supplier Acme → ACME.");
    }

    #[test]
    fn a_contract_of_which_every_draft_was_discarded_begins_again_under_the_next_number() {
        let mut junk = draft(planned(&listed(&[("L1", "1.00")]), &[], &occasion()));
        junk.contract.status = ContractStatus::Withdrawn;
        let again = planned(&listed(&[("L1", "2.00")]), &[junk], &occasion());
        assert_eq!((again.change, again.version, again.effective_from), (Change::New, 2, None));
    }

    #[test]
    fn prices_that_moved_by_a_factor_of_ten_are_odd() {
        let of = |price| in_force(&[("L1", price)]).contract;
        let moves = |before, after| odd_moves(&of(before), &of(after)).count();
        assert_eq!(
            (
                moves("1.00", "10.00"),
                moves("10.00", "1.00"),
                moves("1.00", "9.99"),
                moves("0", "0")
            ),
            (1, 1, 0, 0)
        );
    }
}
