//! Reads one row of a price list: turns cells into values.

use calloff_core::calendar::{Validity, is_sentinel_end};
use calloff_core::ids::{ContractId, IdError, ItemId, LineId, SupplierId};
use calloff_core::item::Category;
use calloff_core::unit::Unit;
use rust_decimal::Decimal;

use crate::exchange::cell::{CellError, has_odd_space, names_currency, without_noise};
use crate::exchange::mapping::PriceListMapping;
use crate::exchange::report::{Finding, ImportReport};
use crate::exchange::spelling::{self, Odd, REPLACEMENT, is_invisible_in_text};
use crate::exchange::table::{Row, Table};

/// The headers of currency columns, folded.
const CURRENCY_HEADERS: [&str; 10] = [
    "currency",
    "currency code",
    "curr",
    "ccy",
    "iso currency",
    "währung",
    "waehrung",
    "devise",
    "moneda",
    "valuta",
];

/// The index of each field in a row.
pub(super) struct Columns<'t> {
    header: &'t [String],
    pub(super) contract: usize,
    supplier: usize,
    contract_start: usize,
    contract_end: usize,
    pub(super) item: usize,
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
    currency: Option<usize>,
    /// A currency column that is not in the mapping.
    unread_currency: Option<usize>,
    /// A row whose numbers can be read only with decimal sign and thousands sign exchanged.
    other_way: Option<u64>,
}

/// A row that can be imported.
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
    pub divisible: Option<bool>,
    pub price: Decimal,
    pub price_validity: Validity,
    pub line: LineId,
    /// The parts of the line's identifier that are no dates of the price, if it has such dates.
    pub undated_line: Option<Vec<String>>,
}

/// A cell because of which its row cannot be imported.
struct BadCell {
    column: usize,
    finding: Finding,
    reason: String,
}

impl BadCell {
    fn new(column: usize, reason: impl ToString) -> Self {
        Self { column, finding: Finding::Unreadable, reason: reason.to_string() }
    }
}

/// What is odd about a cell of a row that can be imported.
struct Doubt {
    column: usize,
    finding: Finding,
    reason: String,
}

impl<'t> Columns<'t> {
    /// Takes the indexes that [`crate::exchange::table::read`] found for
    /// [`crate::exchange::mapping::PriceListColumns::all`].
    pub(super) fn new(mapping: &PriceListMapping, table: &'t Table) -> Self {
        let fields: Vec<(&str, usize)> = mapping
            .columns
            .all()
            .into_iter()
            .map(|(name, _)| name)
            .zip(table.places.iter().copied())
            .collect();
        let optional =
            |wanted: &str| fields.iter().find(|(name, _)| *name == wanted).map(|(_, place)| *place);
        // A table exists only when every wanted field has an index.
        let place = |wanted: &str| optional(wanted).unwrap_or(0);
        let currency = optional("currency");
        let says_currency =
            |name: &String| CURRENCY_HEADERS.contains(&name.to_lowercase().as_str());
        let mut columns = Self {
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
            line: fields
                .iter()
                .filter(|(name, _)| *name == "line")
                .map(|(_, place)| *place)
                .collect(),
            brand: optional("brand"),
            package: optional("package"),
            category: optional("category"),
            supplier_item_number: optional("supplier_item_number"),
            unit: optional("unit"),
            content: optional("content"),
            currency,
            unread_currency: table
                .header
                .iter()
                .position(says_currency)
                .filter(|_| currency.is_none()),
            other_way: None,
        };
        let (formats, currency) = (&mapping.formats, mapping.constants.currency);
        let numbers = [Some(columns.price), columns.content];
        let is_other_way = |row: &&Row| {
            numbers
                .into_iter()
                .flatten()
                .any(|column| formats.is_written_the_other_way(&row.cells[column], currency))
        };
        columns.other_way = table.rows.iter().find(is_other_way).map(|row| row.number);
        columns
    }

    /// The header of a column.
    pub(super) fn name(&self, column: usize) -> &'t str {
        self.header.get(column).map_or("", String::as_str)
    }

    /// The values of the row. `None`, and a refusal in the report, when a cell cannot be read.
    pub(super) fn read(
        &self,
        row: &Row,
        mapping: &PriceListMapping,
        report: &mut ImportReport,
    ) -> Option<ListRow<'t>> {
        let mut doubts = Vec::new();
        match self.values(row, mapping, &mut doubts) {
            Ok(values) => {
                self.doubt(row, &values, mapping, &mut doubts);
                for Doubt { column, finding, reason } in doubts {
                    report.doubt(
                        row.number,
                        finding,
                        Some((self.name(column), &row.cells[column])),
                        reason,
                    );
                }
                Some(values)
            }
            Err(first) => {
                let mut bad = vec![first];
                for cell in self.bad_cells(row, mapping) {
                    if bad.iter().all(|known| known.column != cell.column) {
                        bad.push(cell);
                    }
                }
                for BadCell { column, finding, reason } in bad {
                    let cell = Some((self.name(column), &row.cells[column]));
                    report.refuse(row.number, finding, cell, reason);
                }
                None
            }
        }
    }

    /// Every cell that cannot be read by itself, so that a person corrects the row once.
    fn bad_cells(&self, row: &Row, mapping: &PriceListMapping) -> Vec<BadCell> {
        let doubts = &mut Vec::new();
        let formats = &mapping.formats;
        let mut bad: Vec<BadCell> = Vec::new();
        bad.extend(self.check_errors(row, mapping).err());
        bad.extend(self.check_currency(row, mapping).err());
        let numbers = [Some(self.price), self.content];
        for column in numbers.into_iter().flatten() {
            bad.extend(self.number(row, column, mapping, doubts).err());
        }
        for column in [self.contract, self.supplier, self.item].into_iter().chain(self.line.clone())
        {
            bad.extend(self.identifier(row, column, mapping, doubts).err());
        }
        if formats.text(&row.cells[self.description]).is_none() {
            bad.push(BadCell::new(self.description, CellError::Empty));
        }
        for days in [(self.contract_start, self.contract_end), (self.price_start, self.price_end)] {
            bad.extend(self.validity(row, days, mapping, doubts).err());
        }
        bad
    }

    fn values(
        &self,
        row: &Row,
        mapping: &PriceListMapping,
        doubts: &mut Vec<Doubt>,
    ) -> Result<ListRow<'t>, BadCell> {
        let (formats, constants) = (&mapping.formats, &mapping.constants);
        self.check_errors(row, mapping)?;
        self.check_currency(row, mapping)?;
        let text =
            |column: Option<usize>| column.and_then(|column| formats.text(&row.cells[column]));
        let unit = match self.unit {
            Some(column) => {
                let code = formats
                    .filled(&row.cells[column])
                    .ok_or(BadCell::new(column, CellError::Empty))?;
                Unit::parse(code).map_err(|error| BadCell::new(column, error))?
            }
            None => constants.unit,
        };
        let content = match self.content {
            Some(column) => positive(column, self.number(row, column, mapping, doubts)?)?,
            None => constants.content,
        };
        let price = self.number(row, self.price, mapping, doubts)?;
        if price < Decimal::ZERO {
            return Err(BadCell::new(self.price, "is below zero"));
        }
        let mut identifier = |column: usize| self.identifier(row, column, mapping, doubts);
        let contract = id(self.contract, identifier(self.contract)?, ContractId::parse)?;
        let supplier = id(self.supplier, identifier(self.supplier)?, SupplierId::parse)?;
        let item = id(self.item, identifier(self.item)?, ItemId::parse)?;
        let parts =
            self.line.iter().map(|column| identifier(*column)).collect::<Result<Vec<_>, _>>()?;
        let supplier_item_number = match self.supplier_item_number {
            Some(column) if formats.filled(&row.cells[column]).is_some() => {
                Some(identifier(column)?)
            }
            _ => None,
        };
        Ok(ListRow {
            number: row.number,
            contract,
            supplier,
            supplier_column: self.name(self.supplier),
            contract_validity: self.validity(
                row,
                (self.contract_start, self.contract_end),
                mapping,
                doubts,
            )?,
            line: self.line_id(row, &parts)?,
            undated_line: self.undated(&parts),
            item,
            description: text(Some(self.description))
                .ok_or(BadCell::new(self.description, CellError::Empty))?,
            description_column: self.name(self.description),
            brand: text(self.brand),
            package: text(self.package),
            category: text(self.category).map(|code| Category {
                scheme: constants.category_scheme.as_deref().unwrap_or_default().into(),
                code: code.into(),
            }),
            supplier_item_number,
            base_unit: constants.unit,
            unit,
            content,
            divisible: constants.divisible,
            price,
            price_validity: self.validity(
                row,
                (self.price_start, self.price_end),
                mapping,
                doubts,
            )?,
        })
    }

    /// Every column that is read.
    fn read_columns(&self) -> impl Iterator<Item = usize> {
        let required = [
            self.contract,
            self.supplier,
            self.contract_start,
            self.contract_end,
            self.item,
            self.description,
            self.price,
            self.price_start,
            self.price_end,
        ];
        let optional = [
            self.brand,
            self.package,
            self.category,
            self.supplier_item_number,
            self.unit,
            self.content,
            self.currency,
        ];
        required.into_iter().chain(self.line.iter().copied()).chain(optional.into_iter().flatten())
    }

    /// Refuses error values of spreadsheets, because they are never a contract, an item or a text.
    fn check_errors(&self, row: &Row, mapping: &PriceListMapping) -> Result<(), BadCell> {
        let is_error = |column: &usize| {
            mapping.formats.filled(&row.cells[*column]).is_some_and(spelling::is_error)
        };
        match self.read_columns().find(is_error) {
            Some(column) => Err(BadCell {
                column,
                finding: Finding::Spreadsheet,
                reason:
                    "is an error of a spreadsheet, not a value: mend it in the sheet, or widen its \
                     column, and save the file again"
                        .to_owned(),
            }),
            None => Ok(()),
        }
    }

    fn check_currency(&self, row: &Row, mapping: &PriceListMapping) -> Result<(), BadCell> {
        let expected = mapping.constants.currency;
        let Some(column) = self.currency else { return Ok(()) };
        let cell = mapping
            .formats
            .filled(&row.cells[column])
            .ok_or(BadCell::new(column, CellError::Empty))?;
        if names_currency(cell, expected) {
            return Ok(());
        }
        let reason = format!(
            "is not {expected}, the currency of this mapping: import these rows with a mapping of \
             their own"
        );
        Err(BadCell { column, finding: Finding::OtherCurrency, reason })
    }

    /// Reads a price or a content.
    fn number(
        &self,
        row: &Row,
        column: usize,
        mapping: &PriceListMapping,
        doubts: &mut Vec<Doubt>,
    ) -> Result<Decimal, BadCell> {
        let cell = &row.cells[column];
        let formats = &mapping.formats;
        let read = if column == self.price {
            formats.amount(cell, mapping.constants.currency)
        } else {
            formats.decimal(cell)
        };
        let number = read.map_err(|error| BadCell {
            column,
            finding: match error {
                CellError::OtherCurrency { .. } => Finding::OtherCurrency,
                _ => Finding::Unreadable,
            },
            reason: error.to_string(),
        })?;
        if let Some(other) = self.other_way.filter(|_| formats.is_thousands_or_decimals(cell)) {
            return Err(BadCell::new(
                column,
                CellError::ThousandsOrDecimals { sign: formats.thousands_separator, row: other },
            ));
        }
        let Some(meant) = without_noise(number) else { return Ok(number) };
        let reason = format!(
            "is read as {meant}: the other digits are the noise of a program's binary fractions"
        );
        doubts.push(Doubt { column, finding: Finding::BinaryNoise, reason });
        Ok(meant)
    }

    /// Reads a cell with an identifier. It adds a doubt about what it corrects, and refuses what
    /// cannot be corrected.
    fn identifier(
        &self,
        row: &Row,
        column: usize,
        mapping: &PriceListMapping,
        doubts: &mut Vec<Doubt>,
    ) -> Result<String, BadCell> {
        let cell = mapping
            .formats
            .filled(&row.cells[column])
            .ok_or(BadCell::new(column, CellError::Empty))?;
        let (text, odd) = spelling::identifier(cell).map_err(|spoiled| BadCell {
            column,
            finding: Finding::Spreadsheet,
            reason: spoiled.to_string(),
        })?;
        if text.is_empty() {
            return Err(BadCell::new(column, "has only invisible characters"));
        }
        doubts.extend(odd.into_iter().map(|odd| match odd {
            Odd::Invisible(codes) => Doubt {
                column,
                finding: Finding::Invisible,
                reason: format!("had invisible characters ({codes}), which were removed"),
            },
            Odd::Wrapped(inner) => Doubt {
                column,
                finding: Finding::Spreadsheet,
                reason: format!("is written for a spreadsheet and was read as {inner:?}"),
            },
            Odd::Changed(reason) => {
                Doubt { column, finding: Finding::Spreadsheet, reason: reason.to_owned() }
            }
        }));
        Ok(text)
    }

    /// The parts of a line's identifier, joined. If it is too long, the error names the longest
    /// part.
    fn line_id(&self, row: &Row, parts: &[String]) -> Result<LineId, BadCell> {
        LineId::parse(parts.join("/")).map_err(|error| {
            let longest = self.line.iter().copied().max_by_key(|column| row.cells[*column].len());
            let names: Vec<&str> = self.line.iter().map(|column| self.name(*column)).collect();
            let reason = format!("makes the identifier of a line, of {}: {error}", names.join("/"));
            BadCell::new(longest.unwrap_or(self.item), reason)
        })
    }

    /// The parts of a line's identifier without the dates of its price. `None` without such dates.
    fn undated(&self, parts: &[String]) -> Option<Vec<String>> {
        let is_date = |column: &usize| [self.price_start, self.price_end].contains(column);
        if !self.line.iter().any(is_date) {
            return None;
        }
        let undated = self.line.iter().zip(parts).filter(|(column, _)| !is_date(column));
        Some(undated.map(|(_, part)| part.clone()).collect())
    }

    /// A first and a last day. An empty last day, or one that means "never", is no end.
    fn validity(
        &self,
        row: &Row,
        (start_column, end_column): (usize, usize),
        mapping: &PriceListMapping,
        doubts: &mut Vec<Doubt>,
    ) -> Result<Validity, BadCell> {
        let formats = &mapping.formats;
        let mut date = |column: usize| {
            let read =
                formats.date(&row.cells[column]).map_err(|error| BadCell::new(column, error))?;
            if let Some((other, shape)) = read.other {
                let (taken, other_shape) = (&formats.dates[read.shape], &formats.dates[shape]);
                let reason = format!(
                    "is read as {} ({taken}) and may be {other} ({other_shape})",
                    read.date
                );
                doubts.push(Doubt { column, finding: Finding::AmbiguousDate, reason });
            }
            Ok(read.date)
        };
        let start = date(start_column)?;
        if is_sentinel_end(start) {
            return Err(BadCell::new(start_column, "means \"never\" and cannot be a first day"));
        }
        let end = match formats.filled(&row.cells[end_column]) {
            None => None,
            Some(_) => Some(date(end_column)?),
        };
        let end = match end {
            Some(never) if is_sentinel_end(never) => {
                let reason = "means \"never\": there is no end".to_owned();
                doubts.push(Doubt { column: end_column, finding: Finding::SentinelEnd, reason });
                None
            }
            end => end,
        };
        let validity = Validity::new(start, end);
        if validity.is_empty() {
            return Err(BadCell::new(end_column, format!("is before the start, {start}")));
        }
        Ok(validity)
    }

    /// Adds doubts about a row that can be imported.
    fn doubt(
        &self,
        row: &Row,
        values: &ListRow<'_>,
        mapping: &PriceListMapping,
        doubts: &mut Vec<Doubt>,
    ) {
        let mut doubt = |column: usize, finding: Finding, reason: String| {
            doubts.push(Doubt { column, finding, reason })
        };
        let (price, contract) = (values.price_validity, values.contract_validity);
        // An open end is the usual way to write a price. The price then ends with the contract.
        if !Validity::new(price.start, price.end.or(contract.end)).is_within(&contract) {
            let reason = format!(
                "the price holds {price}, the contract {contract}: only the days of both count"
            );
            doubt(self.price_start, Finding::PriceOutsideContract, reason);
        }
        if values.price.is_zero() {
            doubt(self.price, Finding::ZeroPrice, "a price of zero: is it for free?".to_owned());
        }
        if let Some(shape) = &mapping.formats.item_number
            && !has_shape(values.item.as_str(), shape)
        {
            doubt(
                self.item,
                Finding::OddNumber,
                format!("does not have the form {shape}: perhaps it lost leading zeros"),
            );
        }
        if let Some(column) = self.unread_currency
            && let Some(cell) = mapping.formats.filled(&row.cells[column])
            && !names_currency(cell, mapping.constants.currency)
        {
            let expected = mapping.constants.currency;
            let reason = format!(
                "this column is not read, and the price was taken as {expected}: add `currency` to \
                 the mapping's columns to refuse such rows"
            );
            doubt(column, Finding::OtherCurrency, reason);
        }
        for column in [self.contract, self.supplier, self.item, self.description]
            .into_iter()
            .chain(self.brand)
        {
            if has_odd_space(&row.cells[column]) {
                let reason = "has a space that only looks like a plain one (a no-break space)";
                doubt(column, Finding::OddSpaces, reason.to_owned());
            }
        }
        for column in
            [Some(self.description), self.brand, self.package, self.category].into_iter().flatten()
        {
            let cell = row.cells[column].trim();
            if cell.contains(REPLACEMENT) {
                let reason = "a character was lost (U+FFFD): save the file as UTF-8 in the program \
                              that made it";
                doubt(column, Finding::LostCharacter, reason.to_owned());
            }
            if cell.contains(is_invisible_in_text) {
                let reason = "had invisible characters, which were removed";
                doubt(column, Finding::Invisible, reason.to_owned());
            }
        }
    }
}

fn id<T>(
    column: usize,
    text: String,
    parse: impl Fn(String) -> Result<T, IdError>,
) -> Result<T, BadCell> {
    parse(text).map_err(|error| BadCell::new(column, error))
}

fn positive(column: usize, amount: Decimal) -> Result<Decimal, BadCell> {
    if amount > Decimal::ZERO { Ok(amount) } else { Err(BadCell::new(column, "is not above zero")) }
}

/// Whether a text has the form `shape`. `#` means a digit, every other character means itself.
fn has_shape(text: &str, shape: &str) -> bool {
    text.chars().count() == shape.chars().count()
        && text
            .chars()
            .zip(shape.chars())
            .all(|(c, s)| if s == '#' { c.is_ascii_digit() } else { c == s })
}
