//! One row of a price list: cells → values.

use calloff_core::calendar::{Date, Validity, is_sentinel_end};
use calloff_core::ids::{ContractId, IdError, ItemId, LineId, SupplierId};
use calloff_core::item::Category;
use calloff_core::unit::Unit;
use rust_decimal::Decimal;

use crate::exchange::cell::{CellError, has_odd_space};
use crate::exchange::mapping::PriceListMapping;
use crate::exchange::report::{Finding, Report};
use crate::exchange::table::{Row, Table};

/// Where each field stands in a row.
pub(super) struct Columns<'t> {
    header: &'t [String],
    contract: usize,
    supplier: usize,
    contract_start: usize,
    contract_end: usize,
    item: usize,
    description: usize,
    pub(super) price: usize,
    price_start: usize,
    price_end: usize,
    line: Vec<usize>,
    brand: Option<usize>,
    package: Option<usize>,
    category: Option<usize>,
    supplier_item_number: Option<usize>,
    unit: Option<usize>,
    content: Option<usize>,
}

/// A row that can be used.
#[derive(Debug, Clone)]
pub(super) struct ListRow<'t> {
    pub number: u64,
    pub contract: ContractId,
    pub supplier: SupplierId,
    pub supplier_column: &'t str,
    pub contract_validity: Validity,
    pub item: ItemId,
    pub description: String,
    pub description_column: &'t str,
    pub brand: Option<String>,
    pub package: Option<String>,
    pub category: Option<Category>,
    pub supplier_item_number: Option<String>,
    pub base_unit: Unit,
    pub unit: Unit,
    pub content: Decimal,
    pub price: Decimal,
    pub price_validity: Validity,
    pub line: LineId,
}

/// A cell that makes its row unusable.
struct BadCell {
    column: usize,
    reason: String,
}

impl<'t> Columns<'t> {
    /// The places that [`crate::exchange::table::read`] found for [`crate::exchange::mapping::PriceListColumns::all`].
    pub(super) fn new(mapping: &PriceListMapping, table: &'t Table) -> Self {
        let fields: Vec<(&str, usize)> =
            mapping.columns.all().into_iter().map(|(name, _)| name).zip(table.places.iter().copied()).collect();
        let optional = |wanted: &str| fields.iter().find(|(name, _)| *name == wanted).map(|(_, place)| *place);
        // A table is only made when every wanted field has a place.
        let place = |wanted: &str| optional(wanted).unwrap_or(0);
        Self {
            header: &table.header,
            contract: place("contract"),
            supplier: place("supplier"),
            contract_start: place("contract_start"),
            contract_end: place("contract_end"),
            item: place("item"),
            description: place("description"),
            price: place("price"),
            price_start: place("price_start"),
            price_end: place("price_end"),
            line: fields.iter().filter(|(name, _)| *name == "line").map(|(_, place)| *place).collect(),
            brand: optional("brand"),
            package: optional("package"),
            category: optional("category"),
            supplier_item_number: optional("supplier_item_number"),
            unit: optional("unit"),
            content: optional("content"),
        }
    }

    /// A column's header.
    pub(super) fn name(&self, column: usize) -> &'t str {
        self.header.get(column).map_or("", String::as_str)
    }

    /// The row's values; `None`, and a refusal in the report, where a cell cannot be read.
    pub(super) fn read(&self, row: &Row, mapping: &PriceListMapping, report: &mut Report) -> Option<ListRow<'t>> {
        match self.values(row, mapping, report) {
            Ok(values) => {
                self.doubt(row, &values, mapping, report);
                Some(values)
            }
            Err(BadCell { column, reason }) => {
                let cell = Some((self.name(column), &row.cells[column]));
                report.refuse(row.number, Finding::Unreadable, cell, reason);
                None
            }
        }
    }

    fn values(&self, row: &Row, mapping: &PriceListMapping, report: &mut Report) -> Result<ListRow<'t>, BadCell> {
        let (formats, constants) = (&mapping.formats, &mapping.constants);
        let text = |column: Option<usize>| column.and_then(|column| formats.text(&row.cells[column]));
        let required = |column: usize| {
            formats.filled(&row.cells[column]).ok_or(BadCell { column, reason: CellError::Empty.to_string() })
        };
        let amount = |column: usize| {
            formats.decimal(&row.cells[column]).map_err(|error| BadCell { column, reason: error.to_string() })
        };
        let unit = match self.unit {
            Some(column) => {
                Unit::parse(required(column)?).map_err(|error| BadCell { column, reason: error.to_string() })?
            }
            None => constants.unit,
        };
        let content = match self.content {
            Some(column) => positive(column, amount(column)?)?,
            None => constants.content,
        };
        let price = amount(self.price)?;
        if price < Decimal::ZERO {
            return Err(BadCell { column: self.price, reason: "is less than nothing".to_owned() });
        }
        let line = self.line.iter().map(|column| required(*column)).collect::<Result<Vec<_>, _>>()?.join("/");
        Ok(ListRow {
            number: row.number,
            contract: id(self.contract, required(self.contract)?, ContractId::parse)?,
            supplier: id(self.supplier, required(self.supplier)?, SupplierId::parse)?,
            supplier_column: self.name(self.supplier),
            contract_validity: self.validity(row, (self.contract_start, self.contract_end), mapping, report)?,
            item: id(self.item, required(self.item)?, ItemId::parse)?,
            description: text(Some(self.description))
                .ok_or(BadCell { column: self.description, reason: CellError::Empty.to_string() })?,
            description_column: self.name(self.description),
            brand: text(self.brand),
            package: text(self.package),
            category: text(self.category).map(|code| Category {
                scheme: constants.category_scheme.as_deref().unwrap_or_default().into(),
                code: code.into(),
            }),
            supplier_item_number: text(self.supplier_item_number),
            base_unit: constants.unit,
            unit,
            content,
            price,
            price_validity: self.validity(row, (self.price_start, self.price_end), mapping, report)?,
            line: id(self.line.first().copied().unwrap_or(self.item), &line, LineId::parse)?,
        })
    }

    /// From a first to a last day; an empty or sentinel last day is open.
    fn validity(
        &self,
        row: &Row,
        (start_column, end_column): (usize, usize),
        mapping: &PriceListMapping,
        report: &mut Report,
    ) -> Result<Validity, BadCell> {
        let date = |column: usize| {
            mapping.formats.date(&row.cells[column]).map_err(|error| BadCell { column, reason: error.to_string() })
        };
        let start = date(start_column)?;
        if start.year() == 9999 {
            return Err(BadCell { column: start_column, reason: "is no day to start on".to_owned() });
        }
        let end = match mapping.formats.filled(&row.cells[end_column]) {
            None => None,
            Some(_) => Some(date(end_column)?),
        };
        let end = self.without_sentinel(row, end_column, end, report);
        let validity = Validity::new(start, end);
        if validity.is_empty() {
            return Err(BadCell { column: end_column, reason: format!("lies before the start, {start}") });
        }
        Ok(validity)
    }

    fn without_sentinel(&self, row: &Row, column: usize, end: Option<Date>, report: &mut Report) -> Option<Date> {
        let sentinel = end.is_some_and(is_sentinel_end);
        if sentinel {
            let cell = Some((self.name(column), &row.cells[column]));
            report.doubt(row.number, Finding::SentinelEnd, cell, "stands for \"never\"; the end is open");
        }
        end.filter(|_| !sentinel)
    }

    /// What is odd about a row that can be used.
    fn doubt(&self, row: &Row, values: &ListRow<'_>, mapping: &PriceListMapping, report: &mut Report) {
        let cell = |column: usize| Some((self.name(column), &row.cells[column]));
        if !values.price_validity.is_within(&values.contract_validity) {
            let reason = format!(
                "the price holds {}, the contract {}: only the days of both count",
                values.price_validity, values.contract_validity
            );
            report.doubt(row.number, Finding::PriceOutsideContract, cell(self.price_start), reason);
        }
        if values.price.is_zero() {
            report.doubt(row.number, Finding::ZeroPrice, cell(self.price), "a price of zero: is it for free?");
        }
        if let Some(shape) = &mapping.formats.item_number
            && !has_shape(values.item.as_str(), shape)
        {
            let reason = format!("has not the shape {shape}: perhaps it lost leading zeros");
            report.doubt(row.number, Finding::OddNumber, cell(self.item), reason);
        }
        for column in [self.contract, self.supplier, self.item, self.description].into_iter().chain(self.brand) {
            if has_odd_space(&row.cells[column]) {
                let reason = "holds a space that only looks like one (a no-break space)";
                report.doubt(row.number, Finding::OddSpaces, cell(column), reason);
            }
        }
    }
}

fn id<T>(column: usize, text: &str, parse: impl Fn(String) -> Result<T, IdError>) -> Result<T, BadCell> {
    parse(text.to_owned()).map_err(|error| BadCell { column, reason: error.to_string() })
}

fn positive(column: usize, amount: Decimal) -> Result<Decimal, BadCell> {
    if amount > Decimal::ZERO {
        Ok(amount)
    } else {
        Err(BadCell { column, reason: "is not more than nothing".to_owned() })
    }
}

/// Whether a text has the shape: `#` stands for a digit, everything else for itself.
fn has_shape(text: &str, shape: &str) -> bool {
    text.chars().count() == shape.chars().count()
        && text.chars().zip(shape.chars()).all(|(c, s)| if s == '#' { c.is_ascii_digit() } else { c == s })
}
