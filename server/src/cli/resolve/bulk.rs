//! A file of requests: one answer a row, in the order of the rows. A row that cannot be read is answered with `Error`.

use std::io::Write as _;
use std::path::Path;

use calloff_core::calendar::Date;
use calloff_core::catalogue::Catalogue;
use calloff_core::ids::LocationId;
use calloff_core::resolve::{Adjustment, Outcome, Request, Selected, explain, resolve, select};
use calloff_core::unit::Unit;
use rust_decimal::Decimal;

use super::Releases;
use crate::cli::{CliError, answer, date};
use crate::exchange::ImportError;
use crate::exchange::mapping::Headers;
use crate::exchange::report::Report;
use crate::exchange::table::{self, Table};
use crate::exchange::text::{self, Charset};

const COLUMNS: [&str; 6] = ["id", "item", "quantity", "unit", "site", "order_date"];

const ANSWER_HEADER: [&str; 9] =
    ["id", "outcome", "supplier", "contract", "line", "unit_price", "currency", "quantity", "reason"];

struct Wanted {
    item: String,
    quantity: Decimal,
    unit: Option<Unit>,
    site: LocationId,
    order_date: Date,
}

/// Answers all requests; the file of answers appears when it is complete.
pub(super) async fn run(releases: &mut Releases, requests: &Path, out: &Path) -> Result<(), CliError> {
    let (table, bad_rows) = read(requests)?;
    let mut answers = csv::Writer::from_writer(Vec::new());
    let write_error = |error: csv::Error| CliError::Io { what: out.display().to_string(), source: error.into() };
    answers.write_record(ANSWER_HEADER).map_err(write_error)?;
    let mut errors = bad_rows.refused().peekable();
    let count = table.rows.len() + bad_rows.refused().count();
    for row in &table.rows {
        while let Some(bad) = errors.next_if(|bad| bad.row < Some(row.number)) {
            answers.write_record(error_row("", bad.to_string())).map_err(write_error)?;
        }
        let cell = |column: usize| row.cells[table.places[column]].trim();
        let answer = match wanted(cell) {
            Ok(wanted) => {
                let release = releases.in_force(wanted.order_date);
                answer_row(releases.catalogue(release).await?, cell(0), &wanted)
            }
            Err(reason) => error_row(cell(0), format!("row {}, {reason}", row.number)),
        };
        answers.write_record(answer).map_err(write_error)?;
    }
    for bad in errors {
        answers.write_record(error_row("", bad.to_string())).map_err(write_error)?;
    }
    let bytes = answers.into_inner().map_err(|error| write_error(error.into_error().into()))?;
    write_whole(out, &bytes).map_err(|source| CliError::Io { what: out.display().to_string(), source })?;
    answer(&format!("Answered {count} requests in {}.\n", out.display()))
}

fn read(path: &Path) -> Result<(Table, Report), CliError> {
    let bytes = std::fs::read(path).map_err(|source| ImportError::File { path: path.display().to_string(), source })?;
    let text = text::read(&bytes, Charset::Auto).map_err(ImportError::from)?;
    let headers = COLUMNS.map(|name| Headers(vec![name.to_owned()]));
    let wanted: Vec<_> = COLUMNS.into_iter().zip(&headers).collect();
    let mut report = Report::default();
    let table = table::read(&text.text, None, &wanted, &mut report).map_err(ImportError::from)?;
    Ok((table, report))
}

fn wanted<'r>(cell: impl Fn(usize) -> &'r str) -> Result<Wanted, String> {
    let fail = |column: usize, reason: String| format!("{} {:?}: {reason}", COLUMNS[column], cell(column));
    if cell(1).is_empty() {
        return Err(fail(1, "names no item".to_owned()));
    }
    Ok(Wanted {
        item: cell(1).to_owned(),
        quantity: Decimal::from_str_exact(cell(2)).map_err(|_| fail(2, "is not a number like 12 or 2.5".to_owned()))?,
        unit: match cell(3) {
            "" => None,
            code => Some(Unit::parse(code).map_err(|error| fail(3, error.to_string()))?),
        },
        site: LocationId::parse(cell(4)).map_err(|error| fail(4, error.to_string()))?,
        order_date: date(cell(5)).map_err(|reason| fail(5, reason))?,
    })
}

fn answer_row(catalogue: &Catalogue, id: &str, wanted: &Wanted) -> [String; 9] {
    let request = Request {
        item: &wanted.item,
        quantity: wanted.quantity,
        unit: wanted.unit,
        site: &wanted.site,
        order_date: wanted.order_date,
        order_time: None,
        requested_delivery_date: None,
    };
    match select(catalogue, &request) {
        Outcome::Selected(selected) => selected_row(id, "Selected", &selected, String::new()),
        Outcome::AdjustmentNeeded(selected, adjustment) => {
            selected_row(id, "AdjustmentNeeded", &selected, adjustment_reason(&adjustment))
        }
        Outcome::NoSource(_) => {
            // Only these are explained: the first sentence says why there is no source.
            let reason = explain(catalogue, &resolve(catalogue, &request)).into_iter().next().unwrap_or_default();
            let mut row: [String; 9] = Default::default();
            (row[0], row[1], row[8]) = (id.to_owned(), "NoSource".to_owned(), reason);
            row
        }
    }
}

fn selected_row(id: &str, outcome: &str, selected: &Selected<'_>, reason: String) -> [String; 9] {
    [
        id.to_owned(),
        outcome.to_owned(),
        selected.supplier.to_string(),
        selected.contract.to_string(),
        selected.line.to_string(),
        price_of_one(selected).to_string(),
        selected.currency.to_string(),
        selected.quantity.value.normalize().to_string(),
        reason,
    ]
}

/// The price of one orderable unit. A price for one keeps the scale it was given; of a price per 100 it is the hundredth part.
fn price_of_one(selected: &Selected<'_>) -> Decimal {
    if selected.base_quantity == Decimal::ONE {
        return selected.unit_price;
    }
    // A base quantity is more than nothing in every release (publishing refuses others).
    selected.unit_price.checked_div(selected.base_quantity).unwrap_or(selected.unit_price)
}

fn adjustment_reason(adjustment: &Adjustment) -> String {
    format!("{:?}: {} can be ordered", adjustment.reason, adjustment.adjust_to.normalize())
}

fn error_row(id: &str, reason: String) -> [String; 9] {
    let mut row: [String; 9] = Default::default();
    (row[0], row[1], row[8]) = (id.to_owned(), "Error".to_owned(), reason);
    row
}

/// Writes beside the place and renames there: half a file of answers is never taken for a whole one.
fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let mut file = std::fs::File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(beside, path)
}
