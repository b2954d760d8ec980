//! Builds a catalogue from a story.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::str::FromStr;

use calloff_core::calendar::{Date, Validity};
use calloff_core::catalogue::{Catalogue, CatalogueContent, ExchangeRates};
use calloff_core::contract::{
    Allotment, Amendment, CatalogueLine, Commitment, Contract, DeliverySchedule, Measure,
    PriceTier, Scope, SourcingRule, Strength, Subject, Terms,
};
use calloff_core::item::{Category, Gtin, Item};
use calloff_core::location::{Location, Site};
use calloff_core::money::Currency;
use calloff_core::publish::check::{self, ContentRefusal, LineName, Tie, Warning};
use calloff_core::quantity::Quantity;
use calloff_core::sample::builder;
use calloff_core::unit::Unit;
use jiff::civil::Time;
use rust_decimal::Decimal;

use super::format::{ContractGiven, ItemGiven, LineGiven, PriceGiven, RuleGiven, Story, Theme};

/// A catalogue, with the facts that a row needs.
pub struct World {
    pub catalogue: Catalogue,
    content: CatalogueContent,
    zones: BTreeMap<String, String>,
    /// The contracts that have more than one version in the story.
    amended: BTreeSet<String>,
}

impl World {
    pub fn new(theme: &Theme, story: &Story) -> Result<Self, String> {
        let contracts = story.contracts.iter().map(contract).collect::<Result<Vec<_>, _>>()?;
        let content = CatalogueContent {
            allotments: allotments(story)?,
            time_zones: Default::default(),
            locations: locations(theme)?,
            items: items(theme, &contracts)?,
            sourcing_rules: story.source_list.iter().map(rule).collect::<Result<_, _>>()?,
            exchange_rates: rates(story)?,
            tie_decisions: story
                .settled
                .iter()
                .map(|tie| builder::tie_decision(&tie.winner, &tie.loser))
                .collect(),
            ..builder::catalogue(contracts)
        };
        let mut amended = BTreeSet::new();
        let mut seen = BTreeSet::new();
        for contract in &story.contracts {
            if !seen.insert(&contract.number) {
                amended.insert(contract.number.clone());
            }
        }
        let catalogue = Catalogue::build(content.clone()).map_err(|error| error.to_string())?;
        Ok(Self { catalogue, content, zones: theme.zones.clone(), amended })
    }

    /// The time zone of a site. Without one in the file, it is that of Amsterdam.
    pub fn zone(&self, site: &str) -> &str {
        self.zones.get(site).map_or("Europe/Amsterdam", String::as_str)
    }

    /// "A/1", or "A v2/1" when the story has several versions of A.
    pub fn name(&self, contract: &str, version: u32, line: &str) -> String {
        match self.amended.contains(contract) {
            true => format!("{contract} v{version}/{line}"),
            false => format!("{contract}/{line}"),
        }
    }

    /// Only the ties that the story names prevent the catalogue from being published.
    pub fn check_publishing(&self, story: &Story) -> Result<(), String> {
        let day = self
            .content
            .contracts
            .iter()
            .map(|contract| contract.validity.start)
            .min()
            .unwrap_or(Date::MIN);
        let report = check::check(&self.content, None, day);
        let mut ambiguous = Vec::new();
        for refusal in &report.refusals {
            match refusal {
                ContentRefusal::Ambiguous(tie) => ambiguous.push(tie_name(tie)),
                other => return Err(format!("  publishing refuses it: {other}")),
            }
        }
        let redundant = report.warnings.iter().filter_map(|warning| match warning {
            Warning::Redundant(tie) => Some(tie_name(tie)),
            _ => None,
        });
        differ("ambiguous", &story.ambiguous, &ambiguous)?;
        differ("redundant", &story.redundant, &redundant.collect::<Vec<_>>())
    }
}

fn tie_name(tie: &Tie) -> String {
    let name = |line: &LineName| format!("{}/{}", line.contract, line.line);
    format!("{} = {}, {}", name(&tie.a), name(&tie.b), tie.dates)
}

fn differ(what: &str, expected: &[String], got: &[String]) -> Result<(), String> {
    if expected == got {
        Ok(())
    } else {
        Err(format!("  expected  {what} = {expected:?}\n  got       {what} = {got:?}"))
    }
}

pub fn parse<T: FromStr<Err: Display>>(what: &str, text: &str) -> Result<T, String> {
    text.trim().parse().map_err(|error| format!("{text:?} is no {what}: {error}"))
}

pub fn unit(code: &str) -> Result<Unit, String> {
    Unit::parse(code.trim()).map_err(|error| error.to_string())
}

fn currency(code: &str) -> Result<Currency, String> {
    Currency::parse(code).map_err(|error| error.to_string())
}

/// "5" or "36 EA".
pub fn quantity(text: &str) -> Result<(Decimal, Option<Unit>), String> {
    match text.split_once(' ') {
        Some((value, code)) => Ok((parse("quantity", value)?, Some(unit(code)?))),
        None => Ok((parse("quantity", text)?, None)),
    }
}

/// "2025-01-01 to 2025-12-31" or "from 2025-01-01".
fn validity(text: &str) -> Result<Validity, String> {
    if let Some(start) = text.strip_prefix("from ") {
        return Ok(Validity::new(parse("date", start)?, None));
    }
    let (start, end) = text
        .split_once(" to ")
        .ok_or_else(|| format!("{text:?} is neither \"<date> to <date>\" nor \"from <date>\""))?;
    Ok(Validity::new(parse("date", start)?, Some(parse("date", end)?)))
}

/// "org > north > n1": the last one is the site, the others are the nodes above it.
fn locations(theme: &Theme) -> Result<Vec<Location>, String> {
    let mut found: BTreeMap<String, Location> = BTreeMap::new();
    for path in &theme.sites {
        let names: Vec<&str> = path.split('>').map(str::trim).collect();
        for (at, name) in names.iter().enumerate() {
            let parent = at.checked_sub(1).map(|at| names[at]);
            let known =
                found.entry((*name).to_owned()).or_insert_with(|| builder::node(name, parent));
            if known.parent.as_ref().map(|id| id.as_str()) != parent {
                return Err(format!("{name} lies in two places"));
            }
            if at + 1 == names.len() {
                known.site = builder::site(name, parent.unwrap_or_default()).site;
            }
        }
    }
    for (site, zone) in &theme.zones {
        let location =
            found.get_mut(site).ok_or_else(|| format!("zones: there is no site {site}"))?;
        location.site = location.site.take().map(|site| Site { time_zone: zone.clone(), ..site });
    }
    Ok(found.into_values().collect())
}

/// The items that the file describes, names as a substitute or in a category, or puts on a
/// contract.
fn items(theme: &Theme, contracts: &[Contract]) -> Result<Vec<Item>, String> {
    let mut found: BTreeMap<String, Item> = BTreeMap::new();
    for (name, given) in &theme.items {
        found.insert(name.clone(), item(name, given)?);
    }
    let lines =
        contracts.iter().flat_map(|contract| &contract.lines).map(|line| line.item.to_string());
    let substitutes = theme.items.values().flat_map(|item| item.substitutes.iter().cloned());
    for name in lines.chain(substitutes) {
        found.entry(name).or_insert_with_key(|name| builder::item(name));
    }
    Ok(found.into_values().collect())
}

fn item(name: &str, given: &ItemGiven) -> Result<Item, String> {
    let gtin = |code: &String| Gtin::parse(code).map_err(|error| format!("item {name}: {error}"));
    Ok(Item {
        base_unit: unit(&given.base_unit)?,
        category: given.category.as_deref().map(category),
        gtins: given.gtin.iter().map(gtin).collect::<Result<_, _>>()?,
        substitutes: given.substitutes.iter().map(|item| builder::id(item)).collect(),
        ..builder::item(name)
    })
}

fn category(code: &str) -> Category {
    Category { scheme: "TST".into(), code: code.into() }
}

/// The value of one unit of a currency, in euros.
fn rates(story: &Story) -> Result<ExchangeRates, String> {
    let mut rates = ExchangeRates::single(builder::currency("EUR"));
    for (code, rate) in &story.rates {
        rates.rates.insert(currency(code)?, parse("rate", rate)?);
    }
    Ok(rates)
}

fn rule(given: &RuleGiven) -> Result<SourcingRule, String> {
    let subject = match (&given.item, &given.category) {
        (Some(item), None) => Subject::Item(builder::id(item)),
        (None, Some(code)) => Subject::Category(category(code)),
        _ => return Err("source_list: a rule names an item or a category".to_owned()),
    };
    let mut rule = SourcingRule {
        subject,
        ..builder::sourcing_rule("-", &given.supplier, &given.at, given.is)
    };
    if let Some(valid) = &given.valid {
        rule.validity = validity(valid)?;
    }
    Ok(rule)
}

fn scope(included: &[String], excluded: &[String]) -> Scope {
    let ids = |names: &[String]| names.iter().map(|name| builder::id(name)).collect();
    Scope { included: ids(included), excluded: ids(excluded) }
}

fn contract(given: &ContractGiven) -> Result<Contract, String> {
    let lines = (1..)
        .zip(&given.lines)
        .map(|(place, line)| catalogue_line(place, line))
        .collect::<Result<_, _>>();
    let lines = lines.map_err(|error: String| format!("contract {}: {error}", given.number))?;
    let mut made = builder::contract(&given.number, &given.supplier, "org", lines);
    made.version = given.version.unwrap_or(made.version);
    made.status = given.status.unwrap_or(made.status);
    made.price_date_basis = given.price_date_basis.unwrap_or(made.price_date_basis);
    made.priority = given.priority;
    if let Some(valid) = &given.valid {
        made.validity = validity(valid)?;
    }
    if let Some(code) = &given.currency {
        made.currency = currency(code)?;
    }
    let everyone = ["org".to_owned()];
    made.scope = scope(given.included.as_deref().unwrap_or(&everyone), &given.excluded);
    made.terms.lead_time_days = given.lead_time_days;
    made.terms.delivery_schedule =
        schedule(given.delivers.as_deref(), given.cut_off.as_deref(), &given.holidays)?;
    made.terms.offline_grace_days = given.offline_grace_days;
    made.terms.maximum_commitment =
        given.maximum_commitment.as_deref().map(|text| maximum(text, given.soft)).transpose()?;
    if let Some(day) = &given.amended_from {
        made.amendment = Some(Amendment {
            effective_from: parse("date", day)?,
            reason_code: "PRICE".to_owned(),
            rationale: "as the story says".to_owned(),
        });
    }
    Ok(made)
}

/// "100 EA", or "100.00" of the contract's currency.
fn maximum(text: &str, is_soft: bool) -> Result<Commitment, String> {
    let measure = match quantity(text)? {
        (value, Some(unit)) => Measure::Quantity(Quantity::new(value, unit)),
        (value, None) => Measure::Value(value),
    };
    Ok(Commitment { measure, strength: if is_soft { Strength::Soft } else { Strength::Hard } })
}

fn allotments(story: &Story) -> Result<Vec<Allotment>, String> {
    let mut found = Vec::new();
    let mut add = |contract: &str, line: Option<&str>, allotted: &BTreeMap<String, String>| {
        for (site, amount) in allotted {
            let (contract, line, site) =
                (builder::id(contract), line.map(builder::id), builder::id(site));
            found.push(Allotment { contract, line, site, amount: parse("quantity", amount)? });
        }
        Ok::<_, String>(())
    };
    for contract in &story.contracts {
        add(&contract.number, None, &contract.allotted)?;
        for (place, line) in (1..).zip(&contract.lines) {
            add(&contract.number, Some(&line_number(place, line)), &line.allotted)?;
        }
    }
    Ok(found)
}

fn line_number(place: usize, line: &LineGiven) -> String {
    line.line.clone().unwrap_or_else(|| place.to_string())
}

fn schedule(
    delivers: Option<&[String]>,
    cut_off: Option<&str>,
    holidays: &BTreeMap<String, String>,
) -> Result<Option<DeliverySchedule>, String> {
    const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let Some(days) = delivers else {
        let is_complete = cut_off.is_none() && holidays.is_empty();
        return if is_complete {
            Ok(None)
        } else {
            Err("cut_off and holidays need \"delivers\"".to_owned())
        };
    };
    let number = |day: &String| {
        let place = WEEKDAYS.iter().position(|name| name == day);
        place
            .and_then(|place| i8::try_from(place + 1).ok())
            .ok_or_else(|| format!("{day:?} is none of {WEEKDAYS:?}"))
    };
    let instead = |day: &str| if day.is_empty() { Ok(None) } else { parse("date", day).map(Some) };
    let holiday =
        |(day, other): (&String, &String)| Ok::<_, String>((parse("date", day)?, instead(other)?));
    Ok(Some(DeliverySchedule {
        weekdays: days.iter().map(number).collect::<Result<_, _>>()?,
        cut_off: cut_off.map(|time| parse::<Time>("time", time)).transpose()?,
        holidays: holidays.iter().map(holiday).collect::<Result<_, _>>()?,
    }))
}

fn catalogue_line(place: usize, given: &LineGiven) -> Result<CatalogueLine, String> {
    let decimal = |text: &Option<String>| {
        text.as_deref().map(|text| parse::<Decimal>("quantity", text)).transpose()
    };
    let code = given.unit.as_deref().unwrap_or("EA");
    unit(code)?;
    let content = given.content.as_deref().unwrap_or("1");
    parse::<Decimal>("content", content)?;
    let only = given.price.iter().map(|price| tier(&plain(price), code));
    let tiers =
        only.chain(given.prices.iter().map(|price| tier(price, code))).collect::<Result<_, _>>()?;
    let number = line_number(place, given);
    let mut line = builder::packed_line(&number, &given.item, code, content, tiers);
    line.supplier_item_number = given.supplier_item_number.as_deref().map(Into::into);
    line.validity = given.valid.as_deref().map(validity).transpose()?;
    line.minimum_order_quantity = decimal(&given.minimum)?;
    line.maximum_order_quantity = decimal(&given.maximum)?;
    line.order_quantity_increment = decimal(&given.increment)?;
    line.divisible = given.divisible;
    let terms = Terms {
        lead_time_days: given.lead_time_days,
        delivery_schedule: schedule(
            given.delivers.as_deref(),
            given.cut_off.as_deref(),
            &given.holidays,
        )?,
        offline_grace_days: given.offline_grace_days,
        maximum_commitment: given
            .maximum_commitment
            .as_deref()
            .map(|text| maximum(text, given.soft))
            .transpose()?,
        ..Terms::default()
    };
    line.terms = (terms != Terms::default()).then(|| terms.into());
    line.territory =
        given.included.as_ref().map(|included| scope(included, &given.excluded).into());
    Ok(line)
}

fn plain(price: &str) -> PriceGiven {
    PriceGiven { price: price.to_owned(), from: None, per: None, valid: None }
}

/// A price from quantity zero on, for one orderable unit, unless the text says otherwise.
fn tier(given: &PriceGiven, orderable_unit: &str) -> Result<PriceTier, String> {
    let (per, unit) = match &given.per {
        Some(text) => {
            let (value, unit) = quantity(text)?;
            (value, unit.map_or(orderable_unit.to_owned(), |unit| unit.to_string()))
        }
        None => (Decimal::ONE, orderable_unit.to_owned()),
    };
    parse::<Decimal>("price", &given.price)?;
    let threshold = given.from.as_deref().unwrap_or("0");
    parse::<Decimal>("threshold", threshold)?;
    let mut tier = builder::tier_per(threshold, &given.price, &per.to_string(), &unit);
    tier.validity = given.valid.as_deref().map(validity).transpose()?;
    Ok(tier)
}
