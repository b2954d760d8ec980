//! Reads a price list: one row for each price, with the contract repeated on each row.
//!
//! Rows are collected into contracts. A row that cannot be used is refused, with its number. A row
//! that is only odd is accepted and gets a remark. This module does not know what is stored.

mod row;

use std::collections::{BTreeMap, BTreeSet};

use calloff_core::calendar::Validity;
use calloff_core::contract::{CatalogueLine, PriceTier};
use calloff_core::ids::{ContractId, ItemId, LineId, LocationId, PersonId, SupplierId};
use calloff_core::item::Item;
use calloff_core::location::Location;
use calloff_core::money::{Currency, Price};
use calloff_core::quantity::Quantity;
use calloff_core::supplier::folded_name;
use rust_decimal::Decimal;

use super::mapping::PriceListMapping;
use super::report::{Finding, ImportReport};
use super::spelling::folded;
use super::table::Table;
use super::{ImportError, table, text};
use row::{Columns, ListRow};

/// A price that is this many times the item's lowest price gets a remark. It may be a total, or the
/// price of another package.
const ODD_PRICE_FACTOR: i64 = 10;

/// A single price of more than half of the list's sum gets a remark, in lists with at least this
/// number of rows (case 16).
const SUM_CHECK_ROWS: usize = 20;

/// The content of a price list.
#[derive(Debug, Clone, Default)]
pub struct PriceList {
    /// The contracts in the list.
    pub contracts: BTreeMap<ContractId, ListedContract>,
    /// The items in the list. The first row with an item describes it.
    pub items: BTreeMap<ItemId, Item>,
}

/// A contract as a price list gives it. Facts that a list does not have are not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedContract {
    /// The supplier, by its name.
    pub supplier: SupplierId,
    /// The first and last day of the contract.
    pub validity: Validity,
    /// The currency of every price.
    pub currency: Currency,
    /// The node of the location tree whose sites may order.
    pub location: LocationId,
    /// The owner in the mapping.
    pub owner: Option<PersonId>,
    /// The lines, ordered by identifier.
    pub lines: BTreeMap<LineId, CatalogueLine>,
    /// The first row with the contract.
    pub first_row: u64,
    /// The row of each line.
    pub rows: BTreeMap<LineId, u64>,
}

/// Reads a price list.
///
/// # Errors
/// The file as a whole cannot be read. Single rows that cannot be read are in the report.
pub fn read(
    bytes: &[u8],
    mapping: &PriceListMapping,
) -> Result<(PriceList, ImportReport), ImportError> {
    let mut report = ImportReport::default();
    let text = text::read(bytes, mapping.file.encoding)?;
    if is_json(&text.text) {
        return Err(ImportError::Conflict(
            "this file is JSON and not a price list: import contracts in Calloff's own format with \
             calloff import contracts FILE"
                .to_owned(),
        ));
    }
    report.file(text.remarks);
    let table =
        table::read(&text.text, mapping.file.delimiter, &mapping.columns.all(), &mut report)?;
    let columns = Columns::new(mapping, &table);
    let mut reader = Reader {
        mapping,
        report,
        list: PriceList::default(),
        suppliers: BTreeMap::new(),
        alike: BTreeMap::new(),
        dated: BTreeMap::new(),
        item_column: columns.name(columns.item),
        contract_column: columns.name(columns.contract),
    };
    mixed_dates(&table, mapping, &mut reader.report);
    let mut prices = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        if let Some(row) = columns.read(row, mapping, &mut reader.report) {
            let (number, item, price) = (row.number, row.item.clone(), row.price);
            if reader.take(row) {
                prices.push((number, item, price));
            }
        }
    }
    let Reader { mut report, list, .. } = reader;
    doubt_prices(&prices, columns.name(columns.price), &mut report);
    report.sort();
    Ok((list, report))
}

/// Whether a text is an object or a list of JSON, and not a table.
fn is_json(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let next = first.strip_prefix(['{', '[']).map(str::trim_start);
    next.is_some_and(|rest| {
        let rest = if rest.is_empty() { lines.next().unwrap_or_default() } else { rest };
        rest.starts_with(['"', '{', '[', '}', ']'])
    })
}

/// Adds one remark for a column whose dates are in different formats.
fn mixed_dates(table: &Table, mapping: &PriceListMapping, report: &mut ImportReport) {
    let formats = &mapping.formats;
    let columns: BTreeSet<usize> = (mapping.columns.all().into_iter().zip(&table.places))
        .filter(|((field, _), _)| field.ends_with("_start") || field.ends_with("_end"))
        .map(|(_, place)| *place)
        .collect();
    for column in columns {
        let mut shapes: BTreeMap<usize, (u64, usize)> = BTreeMap::new();
        for row in &table.rows {
            if let Ok(read) = formats.date(&row.cells[column]) {
                shapes.entry(read.shape).or_insert((row.number, 0)).1 += 1;
            }
        }
        if shapes.len() > 1 {
            let shown = |(shape, (row, count)): (&usize, &(u64, usize))| {
                format!("{} in {count} (row {row} first)", formats.dates[*shape])
            };
            let shapes: Vec<String> = shapes.iter().map(shown).collect();
            let name = &table.header[column];
            report.file([format!(
                "dates of column {name:?} are written in several formats: {}",
                shapes.join(", ")
            )]);
        }
    }
}

/// The contract, the item and the cells that distinguish a line, without its dates.
type Undated = (ContractId, ItemId, Vec<String>);

struct Reader<'m> {
    mapping: &'m PriceListMapping,
    report: ImportReport,
    list: PriceList,
    /// The spellings of each folded supplier name, the first one first.
    suppliers: BTreeMap<String, Vec<SupplierId>>,
    /// For each kind of identifier and each folded identifier: its first spelling, and the row of
    /// it.
    alike: BTreeMap<(&'static str, String), (String, u64)>,
    /// For lines whose identifier has a date: what distinguishes them apart from their dates, with
    /// the days, the row and the line of each.
    dated: BTreeMap<Undated, Vec<(Validity, u64, LineId)>>,
    item_column: &'m str,
    contract_column: &'m str,
}

impl Reader<'_> {
    /// Adds a row. `false` when the row is refused or repeats another row.
    fn take(&mut self, row: ListRow<'_>) -> bool {
        if !self.agrees_with_contract(&row)
            || !self.is_new_line(&row)
            || !self.has_days_of_its_own(&row)
        {
            return false;
        }
        self.note_supplier(&row);
        if !self.list.items.contains_key(&row.item) {
            self.note_alike("item", self.item_column, row.item.as_str(), row.number);
        }
        if !self.list.contracts.contains_key(&row.contract) {
            self.note_alike("contract", self.contract_column, row.contract.as_str(), row.number);
        }
        self.note_item(&row);
        let contract =
            self.list.contracts.entry(row.contract.clone()).or_insert_with(|| ListedContract {
                supplier: row.supplier.clone(),
                validity: row.contract_validity,
                currency: self.mapping.constants.currency,
                location: self.mapping.constants.location.clone(),
                owner: self.mapping.constants.owner.clone(),
                lines: BTreeMap::new(),
                first_row: row.number,
                rows: BTreeMap::new(),
            });
        contract.rows.insert(row.line.clone(), row.number);
        contract.lines.insert(row.line.clone(), line(row));
        true
    }

    /// Whether the row names the same supplier and dates as the other rows of its contract.
    fn agrees_with_contract(&mut self, row: &ListRow<'_>) -> bool {
        let Some(contract) = self.list.contracts.get(&row.contract) else { return true };
        if contract.supplier == row.supplier && contract.validity == row.contract_validity {
            return true;
        }
        let reason = format!(
            "contract {} is with {}, {}, here and with {}, {}, on row {}",
            row.contract,
            row.supplier,
            row.contract_validity,
            contract.supplier,
            contract.validity,
            contract.first_row
        );
        self.report.refuse(row.number, Finding::Contradiction, None, reason);
        false
    }

    /// Whether no other line that differs only by its dates has a price on the same days. A row of
    /// the same item from July does not end the row from January.
    fn has_days_of_its_own(&mut self, row: &ListRow<'_>) -> bool {
        let Some(parts) = &row.undated_line else { return true };
        let key = (row.contract.clone(), row.item.clone(), parts.clone());
        let others = self.dated.entry(key).or_default();
        let same = |(days, ..): &&(Validity, u64, LineId)| {
            days.intersection(&row.price_validity).is_some()
        };
        if let Some((days, number, line)) = others.iter().find(same) {
            let reason = format!(
                "line {} of contract {} holds {}, and line {line} on row {number} holds {days}: \
                 these are two prices on the same days, so end the first one before the second one \
                 begins",
                row.line, row.contract, row.price_validity
            );
            self.report.refuse(row.number, Finding::Contradiction, None, reason);
            return false;
        }
        others.push((row.price_validity, row.number, row.line.clone()));
        true
    }

    fn is_new_line(&mut self, row: &ListRow<'_>) -> bool {
        let Some(contract) = self.list.contracts.get(&row.contract) else { return true };
        let (Some(earlier), Some(number)) =
            (contract.lines.get(&row.line), contract.rows.get(&row.line))
        else {
            return true;
        };
        if *earlier == line(row.clone()) {
            let reason = format!("the same as row {number}; it counts once");
            self.report.doubt(row.number, Finding::Repeated, None, reason);
        } else {
            let reason = format!(
                "line {} of contract {} is also on row {number}, with another price, date or \
                 package: if both are right, add the column that distinguishes them to \
                 `columns.line` in the mapping",
                row.line, row.contract
            );
            self.report.refuse(row.number, Finding::Contradiction, None, reason);
        }
        false
    }

    /// Adds a remark about each new spelling of an identifier that looks like another identifier,
    /// on the first row with that spelling.
    fn note_alike(&mut self, kind: &'static str, column: &str, identifier: &str, row: u64) {
        let first = self
            .alike
            .entry((kind, folded(identifier)))
            .or_insert_with(|| (identifier.to_owned(), row));
        if first.0 != identifier {
            let (other, other_row) = first;
            let reason =
                format!("looks like {kind} {other:?} of row {other_row}; they are two {kind}s now");
            self.report.doubt(row, Finding::LooksAlike, Some((column, identifier)), reason);
        }
    }

    fn note_supplier(&mut self, row: &ListRow<'_>) {
        let names = self.suppliers.entry(folded_name(&folded(row.supplier.as_str()))).or_default();
        if names.contains(&row.supplier) {
            return;
        }
        if let Some(first) = names.first() {
            let reason = format!(
                "differs from {:?} only by case or punctuation; they are two suppliers now",
                first.as_str()
            );
            let cell = Some((row.supplier_column, row.supplier.as_str()));
            self.report.doubt(row.number, Finding::SimilarSupplier, cell, reason);
        }
        names.push(row.supplier.clone());
    }

    fn note_item(&mut self, row: &ListRow<'_>) {
        let item = Item {
            id: row.item.clone(),
            description: row.description.clone(),
            brand_name: row.brand.clone(),
            base_unit: row.base_unit,
            category: row.category.clone(),
            gtins: Vec::new(),
            substitutes: Vec::new(),
        };
        let first = self.list.items.entry(row.item.clone()).or_insert_with(|| item.clone());
        if *first != item {
            let shown = |item: &Item| match &item.brand_name {
                Some(brand) => format!("{:?} ({brand:?})", item.description),
                None => format!("{:?}", item.description),
            };
            let what = if shown(first) == shown(&item) {
                "class or unit".to_owned()
            } else {
                shown(first)
            };
            let reason = format!(
                "item {} is described differently further up, which counts: {what}",
                row.item
            );
            self.report.doubt(
                row.number,
                Finding::DescribedDifferently,
                Some((row.description_column, &row.description)),
                reason,
            );
        }
    }
}

fn line(row: ListRow<'_>) -> CatalogueLine {
    let price = Price { amount: row.price, base_quantity: Quantity::new(Decimal::ONE, row.unit) };
    CatalogueLine {
        id: row.line,
        item: row.item,
        supplier_item_number: row.supplier_item_number.map(Into::into),
        package_description: row.package.map(Into::into),
        orderable_unit: row.unit,
        content: row.content,
        tiers: vec![PriceTier { threshold: Decimal::ZERO, price, validity: None }],
        validity: Some(row.price_validity),
        minimum_order_quantity: None,
        maximum_order_quantity: None,
        order_quantity_increment: None,
        divisible: row.divisible,
        terms: None,
        territory: None,
        replaces: None,
    }
}

/// Adds remarks about prices that differ strongly from the item's other prices, or that exceed the
/// rest of the list together.
fn doubt_prices(prices: &[(u64, ItemId, Decimal)], column: &str, report: &mut ImportReport) {
    let mut lowest: BTreeMap<&ItemId, Decimal> = BTreeMap::new();
    for (_, item, price) in prices.iter().filter(|(_, _, price)| !price.is_zero()) {
        lowest.entry(item).and_modify(|low| *low = (*low).min(*price)).or_insert(*price);
    }
    // If the sum does not fit a decimal, there is no half. Single prices of that size are refused
    // because of their digits.
    let sum = prices.iter().try_fold(Decimal::ZERO, |sum, (_, _, price)| sum.checked_add(*price));
    let half = sum.map(|sum| sum / Decimal::TWO);
    for (number, item, price) in prices {
        let value = price.to_string();
        let cell = Some((column, value.as_str()));
        if prices.len() >= SUM_CHECK_ROWS && half.is_some_and(|half| *price > half) {
            let reason = "this one price is more than all others of the list together: a total \
                          instead of a unit price?";
            report.doubt(*number, Finding::OddPrice, cell, reason);
        } else if let Some(low) = lowest.get(item)
            && low.checked_mul(Decimal::from(ODD_PRICE_FACTOR)).is_some_and(|odd| *price >= odd)
        {
            let reason = format!(
                "{ODD_PRICE_FACTOR} times or more the lowest price of item {item} in this list, \
                 {low}: a total, or another package?"
            );
            report.doubt(*number, Finding::OddPrice, cell, reason);
        }
    }
}

/// A check that needs the tree: whether the node that may order exists.
///
/// # Errors
/// [`ImportError::Conflict`], with what to do.
pub fn check_location(
    mapping: &PriceListMapping,
    locations: &[Location],
) -> Result<(), ImportError> {
    let wanted = &mapping.constants.location;
    if locations.iter().any(|location| location.id == *wanted) {
        return Ok(());
    }
    Err(ImportError::Conflict(format!(
        "the location tree has no node {wanted}, which `constants.location` of the mapping names: \
         import the sites first (calloff import sites), or name one of its nodes"
    )))
}

#[cfg(test)]
mod tests;
