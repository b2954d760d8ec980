//! What a version of a contract changes, line by line, in the form in which people compare
//! versions.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use calloff_core::calendar::{Date, Validity};
use calloff_core::catalogue::{ExchangeRates, TieDecision};
use calloff_core::contract::{
    CatalogueLine, Contract, ContractStatus, Preference, PriceTier, SourcingRule, Subject,
};
use calloff_core::ids::{ItemId, LineId};
use calloff_core::money::Price;
use calloff_core::supplier::folded_name;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;

use super::spelling::{folded, look_alikes};
use crate::storage::contracts::StoredVersion;

/// The differences between a version and the version before it in time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The changes of the contract itself.
    pub header: Vec<FieldChange>,
    /// The lines that are new.
    pub added: Vec<AddedLine>,
    /// The lines that changed.
    pub changed: Vec<LineChange>,
    /// The lines that ended.
    pub ended: Vec<LineName>,
    /// The number of lines that did not change.
    pub unchanged: usize,
}

/// A line by its identifier, with its item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineName {
    /// The line.
    pub line: LineId,
    /// Its item.
    pub item: ItemId,
}

/// A new line: its name, its package and its prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AddedLine {
    /// The line.
    #[serde(flatten)]
    pub name: LineName,
    /// The orderable unit, with its content.
    pub unit: String,
    /// The prices, in words.
    pub price: String,
}

/// The changes of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineChange {
    /// The line.
    #[serde(flatten)]
    pub name: LineName,
    /// The changed fields.
    pub fields: Vec<FieldChange>,
}

/// A changed value. A missing value is an empty text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// The name of the field.
    pub field: String,
    /// The old value.
    pub from: String,
    /// The new value.
    pub to: String,
}

/// A location, supplier or item whose description changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Described {
    /// The kind of thing.
    pub kind: Thing,
    /// Its identifier.
    pub id: String,
    /// The changed fields.
    pub fields: Vec<FieldChange>,
}

/// A kind of thing with an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Thing {
    /// A node of the location tree.
    Location,
    /// A supplier.
    Supplier,
    /// An item.
    Item,
    /// A contract, in all its versions.
    Contract,
}

/// The changes of an amendment that a later version of the contract does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// The later version.
    pub version: u32,
    /// The first day of the later version.
    pub from: Date,
    /// The changed lines whose fields return to their old values on that day.
    pub reverted: Vec<LineChange>,
    /// The added lines that the later version does not have.
    pub lost: Vec<LineName>,
    /// The ended lines that the later version has again.
    pub revived: Vec<LineName>,
}

impl std::fmt::Display for LineName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.line.as_str() == self.item.as_str() {
            write!(f, "line {}", self.line)
        } else {
            write!(f, "line {} (item {})", self.line, self.item)
        }
    }
}

impl std::fmt::Display for AddedLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}, {}", self.name, self.unit, self.price)
    }
}

impl std::fmt::Display for FieldChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown =
            |value: &str| if value.is_empty() { "none".to_owned() } else { value.to_owned() };
        write!(f, "{} {} → {}", self.field, shown(&self.from), shown(&self.to))
    }
}

impl std::fmt::Display for Thing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Location => "location",
            Self::Supplier => "supplier",
            Self::Item => "item",
            Self::Contract => "contract",
        })
    }
}

/// A new identifier that looks like another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alike<'i> {
    /// The kind of thing that it identifies.
    pub kind: Thing,
    /// The new identifier.
    pub identifier: &'i str,
    /// The other identifier.
    pub other: &'i str,
    /// Whether the other identifier is stored. Otherwise both are new.
    pub is_stored: bool,
}

impl<'i> Alike<'i> {
    /// Finds the identifiers in `given` that are not stored and look like a stored one or like
    /// another given one. For suppliers, punctuation makes no difference either.
    #[must_use]
    pub fn find(
        kind: Thing,
        given: impl IntoIterator<Item = &'i str>,
        stored: impl IntoIterator<Item = &'i str>,
    ) -> Vec<Self> {
        let known: BTreeSet<&str> = stored.into_iter().collect();
        let new: BTreeSet<&str> = given.into_iter().filter(|id| !known.contains(id)).collect();
        let new: Vec<&str> = new.into_iter().collect();
        let others = known.iter().chain(&new).copied();
        let form = |identifier: &str| match kind {
            Thing::Supplier => folded_name(&folded(identifier)),
            Thing::Location | Thing::Item | Thing::Contract => folded(identifier),
        };
        let alike = |(identifier, other)| {
            let is_stored = known.contains(other);
            Self { kind, identifier, other, is_stored }
        };
        look_alikes(&new, others, form).into_iter().map(alike).collect()
    }
}

impl std::fmt::Display for Alike<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kind, identifier, other, is_stored } = self;
        let before = if *is_stored { ", which is stored" } else { "" };
        write!(f, "{kind} {identifier:?} looks like {kind} {other:?}{before}; ")?;
        write!(f, "they are two {kind}s now")
    }
}

impl Described {
    /// Compares two descriptions of one thing.
    #[must_use]
    pub fn between(kind: Thing, id: &str, before: &impl Serialize, after: &impl Serialize) -> Self {
        Self { kind, id: id.to_owned(), fields: compared(before, after, &["id"]) }
    }
}

impl LineName {
    /// The name of a line.
    #[must_use]
    pub fn of(line: &CatalogueLine) -> Self {
        Self { line: line.id.clone(), item: line.item.clone() }
    }
}

/// The name of the field with the prices of a line.
const PRICE: &str = "price";

impl LineChange {
    /// Whether the prices changed.
    #[must_use]
    pub fn is_repriced(&self) -> bool {
        self.fields.iter().any(|change| change.field == PRICE)
    }
}

impl AddedLine {
    fn of(line: &CatalogueLine) -> Self {
        let unit = if line.content == Decimal::ONE {
            line.orderable_unit.to_string()
        } else {
            format!("{} of {}", line.orderable_unit, line.content.normalize())
        };
        Self { name: LineName::of(line), unit, price: prices_text(&line.tiers) }
    }
}

impl Difference {
    /// Compares two versions. Without an earlier version, everything is new.
    #[must_use]
    pub fn between(before: Option<&Contract>, after: &Contract) -> Self {
        let Some(before) = before else {
            return Self {
                added: after.lines.iter().map(AddedLine::of).collect(),
                ..Self::default()
            };
        };
        let mut difference = Self { header: header(before, after), ..Self::default() };
        let (old, new) = (by_id(before), by_id(after));
        for (id, line) in &new {
            match old.get(id) {
                None => difference.added.push(AddedLine::of(line)),
                Some(earlier) => match fields(earlier, line) {
                    fields if fields.is_empty() => difference.unchanged += 1,
                    fields => {
                        difference.changed.push(LineChange { name: LineName::of(line), fields })
                    }
                },
            }
        }
        difference.ended = old
            .iter()
            .filter(|(id, _)| !new.contains_key(*id))
            .map(|(_, line)| LineName::of(line))
            .collect();
        difference
    }

    /// Whether there is no difference.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.header.is_empty()
            && self.added.is_empty()
            && self.changed.is_empty()
            && self.ended.is_empty()
    }
}

/// The changes of an amendment that later versions of its contract do not have. These changes end
/// on the first days of the later versions.
///
/// `before` is the version that the amendment supersedes. `versions` are all versions of the
/// contract.
#[must_use]
pub fn conflicts(
    before: &Contract,
    amendment: &Contract,
    versions: &[StoredVersion],
) -> Vec<Conflict> {
    let difference = Difference::between(Some(before), amendment);
    let here = amendment.place_in_time();
    let later =
        versions.iter().filter(|version| version.is_live() && version.place_in_time() > here);
    let mut later: Vec<&StoredVersion> =
        later.filter(|later| later.contract.version != amendment.version).collect();
    later.sort_by_key(|version| version.place_in_time());
    let conflict = |later: &&StoredVersion| {
        let (old, now) = (by_id(before), by_id(&later.contract));
        let reverted = difference.changed.iter().filter_map(|change| {
            let (was, is) = (old.get(&change.name.line)?, now.get(&change.name.line)?);
            let back = fields(was, is);
            // A field that the later version changes itself was decided and announced with that
            // version.
            let is_back = |field: &&FieldChange| !back.iter().any(|own| own.field == field.field);
            let fields: Vec<_> =
                change.fields.iter().filter(is_back).cloned().map(FieldChange::reversed).collect();
            (!fields.is_empty()).then(|| LineChange { name: change.name.clone(), fields })
        });
        let conflict = Conflict {
            version: later.contract.version,
            from: later.place_in_time().0.unwrap_or_else(|| later.contract.effective_from()),
            reverted: reverted.collect(),
            lost: difference
                .added
                .iter()
                .map(|line| &line.name)
                .filter(|line| !now.contains_key(&line.line))
                .cloned()
                .collect(),
            revived: difference
                .ended
                .iter()
                .filter(|line| now.contains_key(&line.line))
                .cloned()
                .collect(),
        };
        let is_one = !(conflict.reverted.is_empty()
            && conflict.lost.is_empty()
            && conflict.revived.is_empty());
        is_one.then_some(conflict)
    };
    later.iter().filter_map(conflict).collect()
}

/// The rules of the source list that are new, changed or removed. The value of a rule is its
/// preference.
#[must_use]
pub fn rule_changes(before: &[SourcingRule], after: &[SourcingRule]) -> Vec<FieldChange> {
    let values = |rules: &[SourcingRule]| {
        let mut values: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
        for rule in rules {
            values.entry(rule_name(rule)).or_default().push(preference_name(rule.preference));
        }
        values.into_iter().map(|(name, values)| (name, values.join(", "))).collect()
    };
    changed_values(&values(before), &values(after))
}

/// The comparison rates that are new, changed or removed, and a new comparison currency.
#[must_use]
pub fn rate_changes(before: Option<&ExchangeRates>, after: &ExchangeRates) -> Vec<FieldChange> {
    let values = |rates: &ExchangeRates| -> BTreeMap<String, String> {
        let rate = |(currency, rate): (_, &Decimal)| {
            (format!("comparison rate of {currency}"), rate.to_string())
        };
        let currency = ("comparison currency".to_owned(), rates.comparison_currency.to_string());
        rates.rates.iter().map(rate).chain([currency]).collect()
    };
    changed_values(&before.map(values).unwrap_or_default(), &values(after))
}

/// The tie decisions that are new, changed or removed.
#[must_use]
pub fn tie_changes<'t>(
    before: impl IntoIterator<Item = &'t TieDecision>,
    after: impl IntoIterator<Item = &'t TieDecision>,
) -> Vec<FieldChange> {
    let value = |tie: &TieDecision| {
        let (a, b) = (&tie.winner, &tie.loser);
        let (a, b) = if a < b { (a, b) } else { (b, a) };
        (format!("tie of contracts {a} and {b}"), format!("{} wins", tie.winner))
    };
    changed_values(
        &before.into_iter().map(value).collect(),
        &after.into_iter().map(value).collect(),
    )
}

/// The values that differ. Those that existed before come first.
pub(crate) fn changed_values(
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> Vec<FieldChange> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let of = |values: &BTreeMap<String, String>, name: &String| {
        values.get(name).cloned().unwrap_or_default()
    };
    let change = |name: &String| FieldChange {
        field: name.clone(),
        from: of(before, name),
        to: of(after, name),
    };
    let mut changes: Vec<FieldChange> =
        names.into_iter().map(change).filter(|change| change.from != change.to).collect();
    changes.sort_by_key(|change| change.from.is_empty());
    changes
}

fn rule_name(rule: &SourcingRule) -> String {
    let subject = match &rule.subject {
        Subject::Item(item) => format!("item {item}"),
        Subject::Category(category) => format!("category {} {}", category.scheme, category.code),
    };
    let SourcingRule { supplier, location, validity, .. } = rule;
    format!("sourcing rule for {subject} from {supplier} at {location} ({validity})")
}

fn preference_name(preference: Preference) -> &'static str {
    match preference {
        Preference::Preferred => "preferred",
        Preference::Allowed => "allowed",
        Preference::Blocked => "blocked",
    }
}

/// The name of a status, as it is written in files of contracts.
#[must_use]
pub fn status_name(status: ContractStatus) -> &'static str {
    match status {
        ContractStatus::Draft => "draft",
        ContractStatus::Published => "published",
        ContractStatus::Suspended => "suspended",
        ContractStatus::Ended => "ended",
        ContractStatus::Withdrawn => "withdrawn",
    }
}

/// Compares each element of `after` with the element of `before` that has the same identifier.
/// Elements that are new or did not change are left out.
#[must_use]
pub fn described<T: Serialize + PartialEq>(
    kind: Thing,
    before: &[T],
    after: &[T],
    id: fn(&T) -> &str,
) -> Vec<Described> {
    let before: HashMap<&str, &T> = before.iter().map(|element| (id(element), element)).collect();
    let change = |after: &T| {
        let before = before.get(id(after)).filter(|before| **before != after)?;
        Some(Described::between(kind, id(after), *before, after))
    };
    after.iter().filter_map(change).collect()
}

impl FieldChange {
    fn reversed(self) -> Self {
        Self { field: self.field, from: self.to, to: self.from }
    }
}

fn by_id(contract: &Contract) -> BTreeMap<&LineId, &CatalogueLine> {
    contract.lines.iter().map(|line| (&line.id, line)).collect()
}

/// Status, number and amendment identify the version. They are not part of the agreement.
fn header(before: &Contract, after: &Contract) -> Vec<FieldChange> {
    let bare = |contract: &Contract| Contract { lines: Vec::new(), ..contract.clone() };
    let mut changes = compared(
        &bare(before),
        &bare(after),
        &["id", "version", "status", "amendment", "lines", "validity"],
    );
    changes.extend(validity(Some(before.validity), Some(after.validity)));
    changes
}

fn fields(before: &CatalogueLine, after: &CatalogueLine) -> Vec<FieldChange> {
    if before == after {
        return Vec::new();
    }
    let bare = |line: &CatalogueLine| CatalogueLine { tiers: Vec::new(), ..line.clone() };
    let mut changes: Vec<_> = prices(&before.tiers, &after.tiers).into_iter().collect();
    changes.extend(validity(before.validity, after.validity));
    changes.extend(compared(&bare(before), &bare(after), &["id", "tiers", "validity"]));
    changes
}

fn validity(before: Option<Validity>, after: Option<Validity>) -> Option<FieldChange> {
    let shown = |days: Option<Validity>| days.map_or_else(String::new, |days| days.to_string());
    (before != after).then(|| FieldChange {
        field: "days".to_owned(),
        from: shown(before),
        to: shown(after),
    })
}

fn prices(before: &[PriceTier], after: &[PriceTier]) -> Option<FieldChange> {
    let shown = prices_text;
    (before != after).then(|| FieldChange {
        field: PRICE.to_owned(),
        from: shown(before),
        to: shown(after),
    })
}

fn prices_text(tiers: &[PriceTier]) -> String {
    match tiers {
        [only] if only.threshold <= Decimal::ONE && only.validity.is_none() => price(&only.price),
        tiers => tiers.iter().map(tier).collect::<Vec<_>>().join(", "),
    }
}

fn tier(tier: &PriceTier) -> String {
    let days = tier.validity.map_or_else(String::new, |days| format!(" ({days})"));
    format!("from {}: {}{days}", tier.threshold.normalize(), price(&tier.price))
}

fn price(price: &Price) -> String {
    let base = price.base_quantity;
    format!("{} per {} {}", price.amount, base.value.normalize(), base.unit)
}

/// Every field that differs between two bodies, except those in `but`, which are compared
/// separately. When a field has fields itself, these are compared.
fn compared(before: &impl Serialize, after: &impl Serialize, but: &[&str]) -> Vec<FieldChange> {
    let members = |value: serde_json::Result<Value>| match value {
        Ok(Value::Object(mut members)) => {
            members.retain(|name, _| !but.contains(&name.as_str()));
            members
        }
        _ => Members::new(),
    };
    let mut changes = Vec::new();
    let (before, after) = (serde_json::to_value(before), serde_json::to_value(after));
    compare("", &members(before), &members(after), &mut changes);
    changes
}

type Members = serde_json::Map<String, Value>;

fn compare(within: &str, before: &Members, after: &Members, changes: &mut Vec<FieldChange>) {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        let field = format!("{within}{}", name.replace('_', " "));
        let of = |members: &'_ Members| members.get(name).cloned().unwrap_or_default();
        match (of(before), of(after)) {
            (from, to) if from == to => {}
            (Value::Object(from), Value::Object(to)) => {
                compare(&format!("{field} "), &from, &to, changes);
            }
            (from, to) => changes.push(FieldChange { field, from: shown(&from), to: shown(&to) }),
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(shown).collect::<Vec<_>>().join("; "),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| {
                let value = shown(value);
                (!value.is_empty()).then(|| format!("{} {value}", name.replace('_', " ")))
            };
            members.iter().filter_map(member).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use calloff_core::calendar::Date;
    use calloff_core::contract::{Amendment, ContractStatus};
    use calloff_core::sample::builder::{contract, line};

    use super::*;

    fn version(number: u32, from: Option<&str>, prices: &[(&str, &str)]) -> Contract {
        let lines = prices.iter().map(|(id, price)| line(id, id, price)).collect();
        let amendment = from.map(|from| Amendment {
            effective_from: from.parse::<Date>().unwrap(),
            reason_code: "price".into(),
            rationale: "index".into(),
        });
        Contract {
            version: number,
            amendment,
            status: ContractStatus::Draft,
            ..contract("C1", "acme", "org", lines)
        }
    }

    fn names(lines: &[LineName]) -> Vec<&str> {
        lines.iter().map(|name| name.line.as_str()).collect()
    }

    #[test]
    fn lines_are_added_changed_and_ended() {
        let before = version(1, None, &[("soap", "1.00"), ("salt", "2.00"), ("rice", "3.00")]);
        let mut after =
            version(2, Some("2027-01-01"), &[("soap", "1.10"), ("salt", "2.00"), ("oats", "4.00")]);
        after.priority = Some(1);
        let difference = Difference::between(Some(&before), &after);
        let added: Vec<String> = difference.added.iter().map(ToString::to_string).collect();
        assert_eq!(
            (added.as_slice(), names(&difference.ended).as_slice()),
            (&["line oats: EA, 4.00 per 1 EA".to_owned()][..], &["rice"][..])
        );
        assert_eq!(difference.unchanged, 1);
        let said: Vec<String> =
            difference.changed[0].fields.iter().map(ToString::to_string).collect();
        assert_eq!(said, ["price 1.00 per 1 EA → 1.10 per 1 EA"]);
        assert_eq!(difference.header[0].to_string(), "priority none → 1");
        assert!(Difference::between(Some(&before), &before).is_empty());
    }

    #[test]
    fn a_later_version_that_does_not_know_of_a_change_takes_it_back() {
        let first = version(1, None, &[("soap", "1.00"), ("salt", "2.00"), ("rice", "3.00")]);
        let today =
            version(3, Some("2026-11-26"), &[("soap", "1.05"), ("salt", "2.20"), ("oats", "4.00")]);
        // January has its own price of soap. It was written before the other prices were changed.
        let january =
            version(2, Some("2027-01-01"), &[("soap", "1.50"), ("salt", "2.00"), ("rice", "3.00")]);
        let versions = [first.clone(), january, today.clone()].map(StoredVersion::new);
        let found = conflicts(&first, &today, &versions);
        assert_eq!(
            (found.len(), found[0].version, found[0].from.to_string().as_str()),
            (1, 2, "2027-01-01")
        );
        assert_eq!(found[0].reverted.len(), 1, "soap is January's own: {found:?}");
        assert_eq!(
            found[0].reverted[0].fields[0].to_string(),
            "price 2.20 per 1 EA → 2.00 per 1 EA"
        );
        assert_eq!((names(&found[0].lost), names(&found[0].revived)), (vec!["oats"], vec!["rice"]));
        assert!(
            conflicts(&first, &versions[1].contract, &versions).is_empty(),
            "nothing is later than January"
        );
    }
}
