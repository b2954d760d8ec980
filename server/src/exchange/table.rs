//! Turns a text into rows under a known header.

use super::mapping::Headers;
use super::records::{Fault, Record, Records};
use super::report::{Finding, ImportReport};

/// The header must be in this number of rows. The rows before it are a title or empty.
const HEADER_WITHIN: usize = 20;

/// The possible characters between cells, the usual one first.
const DELIMITERS: [char; 4] = [',', ';', '\t', '|'];

/// Why a text is not a table for a mapping.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Some of the wanted columns are missing.
    #[error(
        "it has no column {missing}; the columns found are {found}. Give the mapping the file's \
         own headers: a field may name several, as in price = [\"Price\", \"Unit Price\"]"
    )]
    MissingColumns {
        /// The fields without a column, with their possible headers.
        missing: String,
        /// The header that matches best.
        found: String,
    },
    /// Two columns have the same name.
    #[error(
        "it has {count} columns with the name {name:?}, and `{field}` does not say which of them \
         to use: rename one in the file, or number it in the mapping, as in {field} = \"{name}#2\" \
         for the second"
    )]
    TwinColumns {
        /// The field of the mapping.
        field: String,
        /// The header of the columns.
        name: String,
        /// The number of columns with that header.
        count: usize,
    },
    /// Several columns of one field have cells with a value.
    #[error(
        "`{field}` needs one column, but several columns of the file have values: {columns} (row \
         {row}). Name one of them; only `line` may use several columns"
    )]
    SeveralFilled {
        /// The field of the mapping.
        field: String,
        /// The columns with values.
        columns: String,
        /// A row with more than one value, or the first row.
        row: u64,
    },
    /// There is only a header.
    #[error("there are no rows below the header")]
    NoRows,
    /// A quotation mark never closes and swallows the rest of the file.
    #[error(
        "a quotation mark opens on row {0} and never closes: the file is cut off, or the mark \
         should be doubled"
    )]
    OpenQuote(u64),
    /// The delimiter is more than one byte.
    #[error("{0:?} cannot separate cells: use one ASCII character")]
    Delimiter(char),
}

/// One row: its number, counted as an editor counts, and its cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The number, from 1. The header of most files is row 1.
    pub number: u64,
    /// The cells, as many as the header has.
    pub cells: csv::StringRecord,
}

/// The rows below the header.
#[derive(Debug, Clone)]
pub struct Table {
    /// The header, without white space at the ends of its names.
    pub header: Vec<String>,
    /// The index of each wanted field in a row, in the order of the request.
    pub places: Vec<usize>,
    /// The rows that have as many cells as the header.
    pub rows: Vec<Row>,
}

impl Table {
    /// The index of an optional field in a row.
    #[must_use]
    pub fn place_of(&self, headers: &Headers) -> Option<usize> {
        places(self.header.iter().map(String::as_str), headers).first().copied()
    }
}

/// Reads rows. It finds the header by the wanted columns, and the delimiter by the header.
///
/// The report refuses rows of another length, and rows with wrong quotation marks. A repeated
/// header is skipped.
///
/// # Errors
/// [`TableError`] when the text is not a table for the mapping.
pub fn read(
    text: &str,
    delimiter: Option<char>,
    wanted: &[(&str, &Headers)],
    report: &mut ImportReport,
) -> Result<Table, TableError> {
    let (delimiter, header) = find_header(text, delimiter, wanted)?;
    let mut records = Records::new(text, delimiter);
    let mut rows = Vec::new();
    while let Some(record) = records.next() {
        if record.row < header.row {
            continue;
        }
        if record.fault == Some(Fault::NeverCloses) {
            return Err(TableError::OpenQuote(record.row));
        }
        if record.row == header.row {
            continue;
        }
        if let Some(fault) = record.fault {
            report.refuse(record.row, Finding::StrayQuote, None, fault.to_string());
        } else if swallows_rows(&record, delimiter, header.cells.len()) {
            let reason = "a quotation mark opens a cell that goes over several rows, with as many \
                          cells in it as a row has: take the mark out, or the line breaks if the \
                          cell is meant so";
            report.refuse(record.row, Finding::StrayQuote, None, reason);
            records.reread_below(&record);
        } else if record.cells.iter().eq(header.cells.iter()) {
            report.doubt(
                record.row,
                Finding::RepeatedHeader,
                None,
                "the header is here again; it was skipped",
            );
        } else if record.cells.iter().all(|cell| cell.trim().is_empty()) {
            // Spreadsheets write rows of delimiters alone after the last row.
        } else if record.cells.len() == header.cells.len() {
            rows.push(Row { number: record.row, cells: record.cells });
        } else {
            let reason =
                format!("{} cells, but the header has {}", record.cells.len(), header.cells.len());
            report.refuse(record.row, Finding::WrongCellCount, None, reason);
        }
    }
    if rows.is_empty() && report.refused().next().is_none() {
        return Err(TableError::NoRows);
    }
    if !text.ends_with('\n') {
        report.file(["the last row does not end: it may be cut off".to_owned()]);
    }
    let places =
        wanted.iter().map(|(field, headers)| one_place(field, headers, &header.cells, &rows));
    let places = places.collect::<Result<_, _>>()?;
    report.rows = rows.len();
    Ok(Table {
        header: header.cells.iter().map(|name| name.trim().to_owned()).collect(),
        places,
        rows,
    })
}

/// Whether a cell over several rows has as many cells as a row. The mark that opens it is then
/// wrong.
fn swallows_rows(record: &Record, delimiter: char, columns: usize) -> bool {
    record
        .cells
        .iter()
        .any(|cell| cell.contains('\n') && cell.matches(delimiter).count() + 1 >= columns)
}

/// Finds the delimiter and the header.
fn find_header(
    text: &str,
    delimiter: Option<char>,
    wanted: &[(&str, &Headers)],
) -> Result<(char, Record), TableError> {
    let delimiters = delimiter.map_or_else(|| DELIMITERS.to_vec(), |delimiter| vec![delimiter]);
    let mut closest: Option<(usize, Vec<String>)> = None;
    for delimiter in delimiters {
        if !delimiter.is_ascii() || matches!(delimiter, '"' | '\n' | '\r') {
            return Err(TableError::Delimiter(delimiter));
        }
        for record in Records::new(text, delimiter).take(HEADER_WITHIN) {
            let has = |headers: &Headers| !places(record.cells.iter(), headers).is_empty();
            let hits = wanted.iter().filter(|(_, headers)| has(headers)).count();
            if hits == wanted.len() {
                return Ok((delimiter, record));
            }
            if closest.as_ref().is_none_or(|(most, _)| hits > *most) {
                closest =
                    Some((hits, record.cells.iter().map(|cell| cell.trim().to_owned()).collect()));
            }
        }
    }
    let found = closest.map(|(_, header)| header).unwrap_or_default();
    let missing: Vec<String> = wanted
        .iter()
        .filter(|(_, headers)| places(found.iter().map(String::as_str), headers).is_empty())
        .map(|(field, headers)| format!("{:?} (for `{field}`)", headers.0.join(" or ")))
        .collect();
    /// A binary first row must not fill the screen.
    const SHOWN: usize = 60;
    let shown: Vec<String> = found
        .iter()
        .take(SHOWN)
        .map(|name| format!("{:?}", name.chars().take(SHOWN).collect::<String>()))
        .collect();
    Err(TableError::MissingColumns { missing: missing.join(", "), found: shown.join(", ") })
}

/// The one column of a field: of its possible columns, the one with values.
fn one_place(
    field: &str,
    headers: &Headers,
    names: &csv::StringRecord,
    rows: &[Row],
) -> Result<usize, TableError> {
    let mut found = Vec::new();
    for header in &headers.0 {
        match named(names.iter(), header)[..] {
            [] => {}
            [place] if found.contains(&place) => {}
            [place] => found.push(place),
            ref twins => {
                let name = names[twins[0]].trim().to_owned();
                return Err(TableError::TwinColumns {
                    field: field.to_owned(),
                    name,
                    count: twins.len(),
                });
            }
        }
    }
    let is_filled = |row: &Row, place: usize| !row.cells[place].trim().is_empty();
    let filled: Vec<usize> = found
        .iter()
        .copied()
        .filter(|place| rows.iter().any(|row| is_filled(row, *place)))
        .collect();
    if let [_, _, ..] = filled[..] {
        let both = rows
            .iter()
            .find(|row| filled.iter().filter(|place| is_filled(row, **place)).count() > 1);
        let names: Vec<String> =
            filled.iter().map(|place| format!("{:?}", names[*place].trim())).collect();
        let row = both.or(rows.first()).map_or(0, |row| row.number);
        return Err(TableError::SeveralFilled {
            field: field.to_owned(),
            columns: names.join(" and "),
            row,
        });
    }
    // The header was found because every field has a column.
    Ok(filled.first().or(found.first()).copied().unwrap_or(0))
}

/// The indexes of the headers of a field. Case and white space do not matter.
fn places<'n>(names: impl Iterator<Item = &'n str> + Clone, headers: &Headers) -> Vec<usize> {
    headers.0.iter().flat_map(|header| named(names.clone(), header)).collect()
}

/// The indexes of a header. `Price#2` is the second of several columns `Price`.
fn named<'n>(names: impl Iterator<Item = &'n str> + Clone, header: &str) -> Vec<usize> {
    let folded = |name: &str| name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let all = |wanted: &str| -> Vec<usize> {
        let wanted = folded(wanted);
        names
            .clone()
            .enumerate()
            .filter(|(_, name)| folded(name) == wanted)
            .map(|(place, _)| place)
            .collect()
    };
    let found = all(header);
    if !found.is_empty() {
        return found;
    }
    let Some((name, number)) = header.rsplit_once('#') else { return found };
    let number: usize = number.trim().parse().unwrap_or(0);
    let place = number.checked_sub(1).and_then(|at| all(name).get(at).copied());
    place.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(names: &[&str]) -> Headers {
        Headers(names.iter().map(|name| (*name).to_owned()).collect())
    }

    fn rows(text: &str) -> Result<(Vec<(u64, String)>, ImportReport), TableError> {
        let (item, price) = (headers(&["Item"]), headers(&["Price", "Unit Price"]));
        let mut report = ImportReport::default();
        let table = read(text, None, &[("item", &item), ("price", &price)], &mut report)?;
        let row = |row: Row| {
            (
                row.number,
                table.places.iter().map(|place| &row.cells[*place]).collect::<Vec<_>>().join("|"),
            )
        };
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
        let (found, report) =
            rows("Price list 2025\n\nItem,Price\nA,1\nItem,Price\n,\nB,2\n").unwrap();
        assert_eq!(found, vec![(4, "A|1".to_owned()), (7, "B|2".to_owned())]);
        let repeated: Vec<_> =
            report.remarks.iter().map(|remark| (remark.finding, remark.row)).collect();
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

    #[test]
    fn no_row_is_swallowed_and_no_cell_changed_by_a_quotation_mark_that_nobody_meant() {
        let refused = |text: &str| -> (Vec<Option<u64>>, Vec<u64>) {
            let (rows, report) = rows(text).unwrap();
            let refused =
                report.refused().inspect(|remark| assert_eq!(remark.finding, Finding::StrayQuote));
            (
                refused.map(|remark| remark.row).collect(),
                rows.into_iter().map(|(row, _)| row).collect(),
            )
        };
        assert_eq!(refused("Item,Price\n\"A\"100,1\nB,2\n"), (vec![Some(2)], vec![3]));
        assert_eq!(refused("Item,Price\n \"A\",1\nB,2\n"), (vec![Some(2)], vec![3]));
        // The mark of row 2 closes by chance at the end of row 3, and the number of cells is right
        // by chance.
        assert_eq!(refused("Item,Price\n\"A,1\nB\",2\nC,3\n"), (vec![Some(2)], vec![3, 4]));
    }

    #[test]
    fn of_two_columns_of_one_name_the_mapping_says_which_counts() {
        let twins = "Item,Price,price\nA,9,1\n";
        let error = rows(twins).unwrap_err();
        assert!(
            matches!(&error, TableError::TwinColumns { field, count: 2, .. } if field == "price"),
            "{error}"
        );
        assert!(error.to_string().contains("Price#2"), "{error}");
        let place = |header: &str| {
            let (item, price) = (headers(&["Item"]), headers(&[header]));
            read(twins, None, &[("item", &item), ("price", &price)], &mut ImportReport::default())
                .map(|table| table.places[1])
        };
        assert_eq!((place("Price#1"), place("price #2")), (Ok(1), Ok(2)));
        assert!(place("Price#3").is_err());
        assert!(
            rows("Item,Price,Note,Note\nA,1,x,y\n").is_ok(),
            "columns that nobody reads may have one name"
        );
    }

    #[test]
    fn of_columns_that_may_be_a_field_only_one_may_be_filled() {
        let found = |text: &str| rows(text).map(|(rows, _)| rows[0].1.clone());
        assert_eq!(found("Item,Price,Unit Price\nA,1,\n"), Ok("A|1".to_owned()));
        assert_eq!(found("Item,Price,Unit Price\nA, ,2\n"), Ok("A|2".to_owned()));
        let error = found("Item,Price,Unit Price\nA,1,\nB,1,2\n").unwrap_err().to_string();
        assert!(error.contains("\"Price\" and \"Unit Price\" (row 3)"), "{error}");
    }
}
