//! From text to rows under a known header.

use super::mapping::Headers;
use super::report::{Finding, Report};

/// Rows before the header are a title or empty; further down nobody puts it.
const HEADER_WITHIN: usize = 20;

/// What may stand between cells, the usual first.
const DELIMITERS: [char; 4] = [',', ';', '\t', '|'];

/// Why a text is no table for a mapping.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Not one of the wanted columns, or not all.
    #[error(
        "it has no column {missing}; the columns found are {found}. Give the mapping the file's own headers: a field may \
         name several, as in price = [\"Price\", \"Unit Price\"]"
    )]
    MissingColumns {
        /// The fields without a column, with the headers that were looked for.
        missing: String,
        /// The header that came closest.
        found: String,
    },
    /// A header and nothing below it.
    #[error("there are no rows below the header")]
    NoRows,
    /// A quotation mark that never closes swallows the rest of the file.
    #[error("a quotation mark opens on row {0} and never closes: the file is cut off, or the mark should be doubled")]
    OpenQuote(u64),
    /// A delimiter that is more than one byte.
    #[error("{0:?} cannot stand between cells: use one ASCII character")]
    Delimiter(char),
    /// The text is no table.
    #[error("{0}")]
    Csv(String),
}

/// One row: its number as an editor counts, and its cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// From 1; the header of most files is 1.
    pub number: u64,
    /// As many as the header has.
    pub cells: csv::StringRecord,
}

/// The rows below the header.
#[derive(Debug, Clone)]
pub struct Table {
    /// The header, without white space at the ends of its names.
    pub header: Vec<String>,
    /// For each wanted field, in the order asked for, its place in a row.
    pub places: Vec<usize>,
    /// The rows that have as many cells as the header.
    pub rows: Vec<Row>,
}

impl Table {
    /// The place of a field that a file may have.
    #[must_use]
    pub fn place_of(&self, headers: &Headers) -> Option<usize> {
        place(self.header.iter().map(String::as_str), headers)
    }
}

/// Reads rows; finds the header by the columns that are wanted, and the delimiter by the header.
///
/// Rows of another length are refused in the report; a repeated header is passed over.
///
/// # Errors
/// [`TableError`].
pub fn read(
    text: &str,
    delimiter: Option<char>,
    wanted: &[(&str, &Headers)],
    report: &mut Report,
) -> Result<Table, TableError> {
    let (delimiter, header_row, places) = find_header(text, delimiter, wanted)?;
    let mut records = reader(text, delimiter).into_records();
    let mut header = csv::StringRecord::new();
    let mut rows = Vec::new();
    let mut last_row = 0;
    for (index, record) in records.by_ref().enumerate() {
        let record = record.map_err(|error| TableError::Csv(error.to_string()))?;
        let number = record.position().map_or(0, csv::Position::line);
        last_row = number;
        if index < header_row {
            continue;
        }
        if index == header_row {
            header = record;
        } else if record.iter().eq(header.iter()) {
            report.doubt(number, Finding::RepeatedHeader, None, "the header stands here again; it was passed over");
        } else if record.iter().all(|cell| cell.trim().is_empty()) {
            // Spreadsheets write rows of bare delimiters below the last one.
        } else if record.len() == header.len() {
            rows.push(Row { number, cells: record });
        } else {
            let reason = format!("{} cells where the header has {}", record.len(), header.len());
            report.refuse(number, Finding::WrongCellCount, None, reason);
        }
    }
    if has_open_quote(text, delimiter) {
        return Err(TableError::OpenQuote(last_row));
    }
    if rows.is_empty() && report.refused().next().is_none() {
        return Err(TableError::NoRows);
    }
    if !text.ends_with('\n') {
        report.file(["the last row does not end: it may be cut off".to_owned()]);
    }
    Ok(Table { header: header.iter().map(|name| name.trim().to_owned()).collect(), places, rows })
}

fn reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes())
}

/// The delimiter, the header's place among the records, and the fields' places in it.
fn find_header(
    text: &str,
    delimiter: Option<char>,
    wanted: &[(&str, &Headers)],
) -> Result<(u8, usize, Vec<usize>), TableError> {
    let delimiters = delimiter.map_or_else(|| DELIMITERS.to_vec(), |delimiter| vec![delimiter]);
    let mut closest: Option<(usize, Vec<String>)> = None;
    for delimiter in delimiters {
        let byte = u8::try_from(delimiter)
            .ok()
            .filter(|byte| byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r'))
            .ok_or(TableError::Delimiter(delimiter))?;
        for (index, record) in reader(text, byte).into_records().take(HEADER_WITHIN).enumerate() {
            let Ok(record) = record else { continue };
            let found: Vec<Option<usize>> = wanted.iter().map(|(_, headers)| place(record.iter(), headers)).collect();
            let hits = found.iter().flatten().count();
            if hits == wanted.len() {
                return Ok((byte, index, found.into_iter().flatten().collect()));
            }
            if closest.as_ref().is_none_or(|(most, _)| hits > *most) {
                closest = Some((hits, record.iter().map(|cell| cell.trim().to_owned()).collect()));
            }
        }
    }
    let found = closest.map(|(_, header)| header).unwrap_or_default();
    let missing: Vec<String> = wanted
        .iter()
        .filter(|(_, headers)| place(found.iter().map(String::as_str), headers).is_none())
        .map(|(field, headers)| format!("{:?} (for `{field}`)", headers.0.join(" or ")))
        .collect();
    /// A binary-looking first row shall not fill the screen.
    const SHOWN: usize = 60;
    let shown: Vec<String> =
        found.iter().take(SHOWN).map(|name| format!("{:?}", name.chars().take(SHOWN).collect::<String>())).collect();
    Err(TableError::MissingColumns { missing: missing.join(", "), found: shown.join(", ") })
}

/// Where the first of the headers stands; case and white space do not matter.
fn place<'n>(names: impl Iterator<Item = &'n str> + Clone, headers: &Headers) -> Option<usize> {
    let folded = |name: &str| name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    headers.0.iter().find_map(|header| {
        let wanted = folded(header);
        names.clone().position(|name| folded(name) == wanted)
    })
}

/// Whether the text ends within a quoted cell (RFC 4180: a cell is quoted when it begins with the mark; within, the mark is
/// doubled).
fn has_open_quote(text: &str, delimiter: u8) -> bool {
    let mut is_quoted = false;
    let mut is_cell_start = true;
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if is_quoted && bytes.peek() == Some(&b'"') => {
                bytes.next();
            }
            b'"' if is_quoted => is_quoted = false,
            b'"' if is_cell_start => is_quoted = true,
            _ => {}
        }
        is_cell_start = !is_quoted && (byte == delimiter || byte == b'\n');
    }
    is_quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(names: &[&str]) -> Headers {
        Headers(names.iter().map(|name| (*name).to_owned()).collect())
    }

    fn rows(text: &str) -> Result<(Vec<(u64, String)>, Report), TableError> {
        let (item, price) = (headers(&["Item"]), headers(&["Price", "Unit Price"]));
        let mut report = Report::default();
        let table = read(text, None, &[("item", &item), ("price", &price)], &mut report)?;
        let row =
            |row: Row| (row.number, table.places.iter().map(|place| &row.cells[*place]).collect::<Vec<_>>().join("|"));
        Ok((table.rows.clone().into_iter().map(row).collect(), report))
    }

    #[test]
    fn case_17_delimiters_and_renamed_headers_are_found() {
        let expected = vec![(2, "A|1".to_owned()), (3, "B, b|2".to_owned())];
        for text in [
            "Item,Price\nA,1\n\"B, b\",2\n",
            "price;ITEM \n1;A\n2;B, b\n",
            "Unit  Price\tItem\n1\tA\n2\tB, b\n",
            "Item|Unit Price\nA|1\nB, b|2\n",
        ] {
            assert_eq!(rows(text).unwrap().0, expected, "{text}");
        }
    }

    #[test]
    fn case_17_titles_empty_rows_and_repeated_headers_are_passed_over() {
        let (found, report) = rows("Price list 2025\n\nItem,Price\nA,1\nItem,Price\n,\nB,2\n").unwrap();
        assert_eq!(found, vec![(4, "A|1".to_owned()), (7, "B|2".to_owned())]);
        let repeated: Vec<_> = report.remarks.iter().map(|remark| (remark.finding, remark.row)).collect();
        assert_eq!(repeated, [(Finding::RepeatedHeader, Some(5))]);
    }

    #[test]
    fn rows_are_counted_as_an_editor_counts_over_cells_of_several_lines() {
        let (found, _) = rows("Item,Price\n\"A\na\",1\nB,2\n").unwrap();
        assert_eq!(found, vec![(2, "A\na|1".to_owned()), (4, "B|2".to_owned())]);
    }

    #[test]
    fn a_missing_column_is_named_with_those_found() {
        let error = rows("Item,Cost\nA,1\n").unwrap_err().to_string();
        assert!(error.contains("\"Price or Unit Price\" (for `price`)"), "{error}");
        assert!(error.contains("\"Item\", \"Cost\""), "{error}");
    }

    #[test]
    fn cut_files_are_noticed() {
        assert_eq!(rows("Item,Price\nA,1\n\"B").unwrap_err(), TableError::OpenQuote(3));
        assert_eq!(rows("Item,Price\n").unwrap_err(), TableError::NoRows);
        let (found, report) = rows("Item,Price\nA,1\nB").unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(report.refused().map(|remark| remark.row).collect::<Vec<_>>(), [Some(3)]);
        let (_, report) = rows("Item,Price\nA,1").unwrap();
        assert_eq!(report.remarks[0].finding, Finding::File);
        assert!(rows("Item,Price\n3\" tape,1\n").is_ok(), "a mark within a cell opens nothing");
    }
}
