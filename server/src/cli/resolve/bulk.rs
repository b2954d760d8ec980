//! Answers a file of requests: one answer for each row, in the order of the rows. A row that cannot
//! be read gets `Error`.

use std::io::Write as _;
use std::path::Path;

use calloff_core::calendar::Date;
use calloff_core::catalogue::Catalogue;
use calloff_core::ids::LocationId;
use calloff_core::resolve::{
    Adjustment, Outcome, Resolution, ResolutionRequest, Selected, explain, resolve, select,
};
use calloff_core::unit::Unit;
use rust_decimal::Decimal;
use serde::Serialize;

use super::Releases;
use crate::cli::whole_file::{WholeFile, failed};
use crate::cli::{CliError, answer, date};
use crate::exchange::ImportError;
use crate::exchange::csv_file::CsvFile;
use crate::exchange::mapping::Headers;
use crate::exchange::report::ImportReport;
use crate::exchange::table::{self, Table};
use crate::exchange::text::{self, Charset};

const COLUMNS: [&str; 6] = ["id", "item", "quantity", "unit", "site", "order_date"];

/// The optional column of a file of requests.
const DELIVERY_DATE: &str = "delivery_date";

const ANSWER_HEADER: [&str; 9] = [
    "id",
    "outcome",
    "supplier",
    "contract",
    "line",
    "unit_price",
    "currency",
    "quantity",
    "reason",
];

/// The request of a row.
#[derive(Serialize)]
struct Wanted {
    item: String,
    quantity: Decimal,
    unit: Option<Unit>,
    site: LocationId,
    order_date: Date,
    delivery_date: Option<Date>,
}

impl Wanted {
    fn request(&self) -> ResolutionRequest<'_> {
        ResolutionRequest {
            unit: self.unit,
            requested_delivery_date: self.delivery_date,
            ..ResolutionRequest::new(&self.item, self.quantity, &self.site, self.order_date)
        }
    }
}

/// The explanation of one request in the file; docs/resolution.md describes it.
#[derive(Serialize)]
struct Explained<'e> {
    id: &'e str,
    row: u64,
    #[serde(flatten)]
    answer: ExplainedAnswer<'e>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ExplainedAnswer<'e> {
    Resolved {
        release: u64,
        request: &'e Wanted,
        resolution: &'e Resolution<'e>,
        sentences: Vec<String>,
    },
    Refused {
        error: &'e str,
    },
}

/// Answers all requests. The files of answers and explanations appear when they are complete.
pub(super) async fn run(
    releases: &mut Releases,
    requests: &Path,
    out: &Path,
    explain: Option<&Path>,
) -> Result<(), CliError> {
    let (table, bad_rows) = read(requests)?;
    let delivery_place = table.place_of(&headers(DELIVERY_DATE));
    let mut answers = Answers::create(out, explain)?;
    let mut bad_rows = bad_rows.refused().peekable();
    for row in &table.rows {
        while let Some(bad) = bad_rows.next_if(|bad| bad.row < Some(row.number)) {
            answers.refuse("", bad.row.unwrap_or_default(), &bad.to_string())?;
        }
        let cell = |column: usize| row.cells[table.places[column]].trim();
        let delivery_cell = delivery_place.map_or("", |place| row.cells[place].trim());
        match wanted(cell, delivery_cell) {
            Ok(wanted) => {
                let release = releases.in_force(wanted.order_date);
                let catalogue = releases.catalogue(release).await?;
                answers.resolve(cell(0), row.number, release, catalogue, &wanted)?;
            }
            Err(reason) => {
                answers.refuse(cell(0), row.number, &format!("row {}, {reason}", row.number))?
            }
        }
    }
    for bad in bad_rows {
        answers.refuse("", bad.row.unwrap_or_default(), &bad.to_string())?;
    }
    answers.finish()
}

fn headers(name: &str) -> Headers {
    Headers(vec![name.to_owned()])
}

fn read(path: &Path) -> Result<(Table, ImportReport), CliError> {
    let bytes = std::fs::read(path)
        .map_err(|source| ImportError::File { path: path.display().to_string(), source })?;
    let text = text::read(&bytes, Charset::Auto).map_err(ImportError::from)?;
    let headers = COLUMNS.map(headers);
    let wanted: Vec<_> = COLUMNS.into_iter().zip(&headers).collect();
    let mut report = ImportReport::default();
    let table = table::read(&text.text, None, &wanted, &mut report).map_err(ImportError::from)?;
    Ok((table, report))
}

fn wanted<'r>(cell: impl Fn(usize) -> &'r str, delivery_date: &str) -> Result<Wanted, String> {
    let fail =
        |column: usize, reason: String| format!("{} {:?}: {reason}", COLUMNS[column], cell(column));
    if cell(1).is_empty() {
        return Err(fail(1, "names no item".to_owned()));
    }
    Ok(Wanted {
        item: cell(1).to_owned(),
        quantity: Decimal::from_str_exact(cell(2))
            .map_err(|_| fail(2, "is not a number like 12 or 2.5".to_owned()))?,
        unit: match cell(3) {
            "" => None,
            code => Some(Unit::parse(code).map_err(|error| fail(3, error.to_string()))?),
        },
        site: LocationId::parse(cell(4)).map_err(|error| fail(4, error.to_string()))?,
        order_date: date(cell(5)).map_err(|reason| fail(5, reason))?,
        delivery_date: match delivery_date {
            "" => None,
            text => {
                Some(date(text).map_err(|reason| format!("{DELIVERY_DATE} {text:?}: {reason}"))?)
            }
        },
    })
}

/// The files that are written, and the number of answered requests.
struct Answers<'p> {
    rows: CsvFile<WholeFile>,
    explanations: Option<(&'p Path, WholeFile)>,
    out: &'p Path,
    count: usize,
    refused: usize,
}

impl<'p> Answers<'p> {
    fn create(out: &'p Path, explain: Option<&'p Path>) -> Result<Self, CliError> {
        let explanations =
            explain.map(|path| Ok::<_, CliError>((path, WholeFile::create(path)?))).transpose()?;
        let rows = CsvFile::new(WholeFile::create(out)?);
        let mut answers = Self { rows, explanations, out, count: 0, refused: 0 };
        answers.write_row(&ANSWER_HEADER)?;
        Ok(answers)
    }

    fn resolve(
        &mut self,
        id: &str,
        row: u64,
        release: u64,
        catalogue: &Catalogue,
        wanted: &Wanted,
    ) -> Result<(), CliError> {
        let request = wanted.request();
        self.count += 1;
        if self.explanations.is_none() {
            let outcome = select(catalogue, &request);
            return self.write_row(&answer_row(id, &outcome, || {
                explain(catalogue, &resolve(catalogue, &request))
                    .into_iter()
                    .next()
                    .unwrap_or_default()
            }));
        }
        let resolution = resolve(catalogue, &request);
        let sentences = explain(catalogue, &resolution);
        let headline = || sentences.first().cloned().unwrap_or_default();
        self.write_row(&answer_row(id, &resolution.outcome, headline))?;
        let answer = ExplainedAnswer::Resolved {
            release,
            request: wanted,
            resolution: &resolution,
            sentences,
        };
        self.write_explanation(&Explained { id, row, answer })
    }

    fn refuse(&mut self, id: &str, row: u64, reason: &str) -> Result<(), CliError> {
        self.count += 1;
        self.refused += 1;
        self.write_row(&[id, "Error", "", "", "", "", "", "", reason])?;
        self.write_explanation(&Explained {
            id,
            row,
            answer: ExplainedAnswer::Refused { error: reason },
        })
    }

    fn write_row(&mut self, row: &[impl AsRef<str>; 9]) -> Result<(), CliError> {
        self.rows
            .write_row(row.iter().map(AsRef::as_ref))
            .map_err(|source| failed(self.out, source))
    }

    fn write_explanation(&mut self, explained: &Explained<'_>) -> Result<(), CliError> {
        let Some((path, file)) = &mut self.explanations else { return Ok(()) };
        serde_json::to_writer(&mut *file, explained)
            .map_err(std::io::Error::from)
            .and_then(|()| file.write_all(b"\n"))
            .map_err(|source| failed(path, source))
    }

    fn finish(self) -> Result<(), CliError> {
        let Self { rows, explanations, out, count, refused } = self;
        if let Some((_, file)) = explanations {
            file.finish()?;
        }
        rows.into_inner().map_err(|source| failed(out, source))?.finish()?;
        let answers = out.display().to_string();
        answer(&format!("Answered {count} requests in {answers}.\n"))?;
        if refused > 0 { Err(CliError::Requests { refused, count, answers }) } else { Ok(()) }
    }
}

/// Makes one row of answers. `why_not` gives the sentence when there is no source; it is called
/// only then.
fn answer_row(id: &str, outcome: &Outcome<'_>, why_not: impl FnOnce() -> String) -> [String; 9] {
    match outcome {
        Outcome::Selected(selected) => selected_row(id, "Selected", selected, String::new()),
        Outcome::AdjustmentNeeded(selected, adjustment) => {
            selected_row(id, "AdjustmentNeeded", selected, adjustment_reason(adjustment))
        }
        Outcome::NoSource(_) => {
            let mut row: [String; 9] = Default::default();
            (row[0], row[1], row[8]) = (id.to_owned(), "NoSource".to_owned(), why_not());
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

/// The price of one orderable unit. A price for one unit keeps its scale. A price per 100 is
/// divided by 100.
fn price_of_one(selected: &Selected<'_>) -> Decimal {
    if selected.base_quantity == Decimal::ONE {
        return selected.unit_price;
    }
    // In every release a base quantity is above zero, because publishing refuses others.
    selected.unit_price.checked_div(selected.base_quantity).unwrap_or(selected.unit_price)
}

fn adjustment_reason(adjustment: &Adjustment) -> String {
    format!("{:?}: {} can be ordered", adjustment.reason, adjustment.adjust_to.normalize())
}
