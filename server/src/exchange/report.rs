//! The remarks of an import about rows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

/// Whether a row was imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The row cannot be imported.
    Refused,
    /// The row was imported, and a person should look at it.
    Doubtful,
}

/// The kind of a remark. The most important kind comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// A cell that cannot be read.
    Unreadable,
    /// A wrong quotation mark.
    StrayQuote,
    /// Fewer or more cells than the header has.
    WrongCellCount,
    /// A contract, line or site that contradicts an earlier row.
    Contradiction,
    /// Another currency than the mapping's.
    OtherCurrency,
    /// A price that differs strongly from the item's others. It may be a total, or for another
    /// package.
    OddPrice,
    /// A date that another format of the mapping reads differently.
    AmbiguousDate,
    /// An identifier that differs from another one only in ways that people cannot see.
    LooksAlike,
    /// Invisible characters.
    Invisible,
    /// A cell that a spreadsheet or a program changed.
    Spreadsheet,
    /// A character that was lost.
    LostCharacter,
    /// A number with the noise of binary fractions.
    BinaryNoise,
    /// A number of another form than the others. It may have lost leading zeros.
    OddNumber,
    /// An item that another row describes differently.
    DescribedDifferently,
    /// A supplier's name that differs from another's only by case or punctuation.
    SimilarSupplier,
    /// A price of zero.
    ZeroPrice,
    /// The price holds on days outside the contract.
    PriceOutsideContract,
    /// The same row as an earlier one.
    Repeated,
    /// The header again, among the rows.
    RepeatedHeader,
    /// A date that means "never".
    SentinelEnd,
    /// Spaces that look like plain spaces but are not.
    OddSpaces,
    /// A remark about the whole file.
    File,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "cell that cannot be read",
            Self::StrayQuote => "stray quotation mark",
            Self::WrongCellCount => "wrong number of cells",
            Self::Contradiction => "contradiction",
            Self::OtherCurrency => "other currency",
            Self::AmbiguousDate => "date that can be read in two ways",
            Self::LooksAlike => "identifier that looks like another",
            Self::Invisible => "invisible character",
            Self::Spreadsheet => "cell that a spreadsheet changed",
            Self::LostCharacter => "lost character",
            Self::BinaryNoise => "noise of binary fractions",
            Self::Repeated => "repeated row",
            Self::RepeatedHeader => "repeated header",
            Self::PriceOutsideContract => "price dates outside the contract's",
            Self::SentinelEnd => "date for \"never\"",
            Self::SimilarSupplier => "similar supplier name",
            Self::DescribedDifferently => "item described differently",
            Self::OddPrice => "odd price",
            Self::ZeroPrice => "price of zero",
            Self::OddNumber => "odd item number",
            Self::OddSpaces => "odd spaces",
            Self::File => "file",
        })
    }
}

/// One remark about one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// Whether the row was imported.
    pub severity: Severity,
    /// The kind of the remark.
    pub finding: Finding,
    /// The row, counted as an editor counts, with the header as row 1. `None` for the whole file.
    pub row: Option<u64>,
    /// The column, by the file's own header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The text of the cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The reason for the remark.
    pub reason: String,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row {
            Some(row) => write!(f, "row {row}")?,
            None => f.write_str("file")?,
        }
        if let Some(column) = &self.column {
            write!(f, ", {column}")?;
        }
        if let Some(value) = &self.value {
            write!(f, " {value:?}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// All remarks of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// The remarks, in the order of the rows.
    pub remarks: Vec<Remark>,
    /// The number of rows that could be split into cells.
    pub rows: usize,
}

/// In files with fewer rows, every remark is listed, even if it holds for all rows.
const SAID_ONCE_FROM: usize = 3;

impl ImportReport {
    /// The remarks on rows that cannot be imported.
    pub fn refused(&self) -> impl Iterator<Item = &Remark> {
        self.remarks.iter().filter(|remark| remark.severity == Severity::Refused)
    }

    /// The number of rows that cannot be imported. A row may have several remarks.
    #[must_use]
    pub fn refused_rows(&self) -> usize {
        self.refused().map(|remark| remark.row).collect::<BTreeSet<_>>().len()
    }

    /// The remarks on rows that were imported and that a person should look at.
    pub fn doubtful(&self) -> impl Iterator<Item = &Remark> {
        self.remarks.iter().filter(|remark| remark.severity == Severity::Doubtful)
    }

    /// The number of remarks of each kind, for one severity.
    #[must_use]
    pub fn counts(&self, severity: Severity) -> BTreeMap<Finding, usize> {
        let mut counts = BTreeMap::new();
        for remark in self.remarks.iter().filter(|remark| remark.severity == severity) {
            *counts.entry(remark.finding).or_default() += 1;
        }
        counts
    }

    /// Adds remarks about the whole file.
    pub fn file(&mut self, reasons: impl IntoIterator<Item = String>) {
        reasons.into_iter().for_each(|reason| self.doubt_whole(Finding::File, reason));
    }

    /// Adds a remark about the whole file, not about one row.
    pub fn doubt_whole(&mut self, finding: Finding, reason: String) {
        let (severity, row, column, value) = (Severity::Doubtful, None, None, None);
        self.remarks.push(Remark { severity, finding, row, column, value, reason });
    }

    /// Adds a remark about a row that is imported.
    pub fn doubt(
        &mut self,
        row: u64,
        finding: Finding,
        cell: Option<(&str, &str)>,
        reason: impl Into<String>,
    ) {
        self.push(Severity::Doubtful, row, finding, cell, reason.into());
    }

    /// Refuses a row, with the reason.
    pub fn refuse(
        &mut self,
        row: u64,
        finding: Finding,
        cell: Option<(&str, &str)>,
        reason: impl Into<String>,
    ) {
        self.push(Severity::Refused, row, finding, cell, reason.into());
    }

    fn push(
        &mut self,
        severity: Severity,
        row: u64,
        finding: Finding,
        cell: Option<(&str, &str)>,
        reason: String,
    ) {
        let (column, value) =
            cell.map(|(column, value)| (column.to_owned(), value.to_owned())).unzip();
        self.remarks.push(Remark { severity, finding, row: Some(row), column, value, reason });
    }

    /// Sorts the remarks by rows, and keeps each remark once.
    pub fn sort(&mut self) {
        self.remarks.sort_by_key(|remark| remark.row);
        let mut said = std::collections::HashSet::new();
        self.remarks.retain(|remark| {
            said.insert((
                remark.row,
                remark.severity,
                remark.finding,
                remark.column.clone(),
                remark.reason.clone(),
            ))
        });
    }

    /// The remarks of one severity as people read them, the most important first. A remark that
    /// holds for every row of a column is printed once, with the number of rows.
    #[must_use]
    pub fn sentences(&self, severity: Severity) -> Vec<String> {
        let mut kinds: BTreeMap<(Finding, Option<&str>), Vec<&Remark>> = BTreeMap::new();
        for remark in self.remarks.iter().filter(|remark| remark.severity == severity) {
            kinds.entry((remark.finding, remark.column.as_deref())).or_default().push(remark);
        }
        let mut sentences = Vec::new();
        for ((_, column), remarks) in kinds {
            let rows: BTreeSet<u64> = remarks.iter().filter_map(|remark| remark.row).collect();
            if rows.len() >= SAID_ONCE_FROM && rows.len() == self.rows {
                let column = column.map(|column| format!(", {column}")).unwrap_or_default();
                sentences.push(format!(
                    "all {} rows{column}: for example {}",
                    rows.len(),
                    remarks[0]
                ));
            } else {
                sentences.extend(remarks.iter().map(ToString::to_string));
            }
        }
        sentences
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_for_every_row_is_said_once_and_what_matters_comes_first() {
        let mut report = ImportReport { rows: 4, ..ImportReport::default() };
        for row in 2..=5 {
            report.doubt(
                row,
                Finding::SentinelEnd,
                Some(("To", "2099-12-31")),
                "stands for \"never\"",
            );
            report.doubt(
                row,
                Finding::SentinelEnd,
                Some(("To", "2099-12-31")),
                "stands for \"never\"",
            );
        }
        report.doubt(4, Finding::OddPrice, Some(("Price", "900")), "a total?");
        report.refuse(3, Finding::Unreadable, Some(("Price", "x")), "is not a number");
        report.sort();
        assert_eq!(report.doubtful().count(), 5, "nothing is said twice");
        let expected = [
            "row 4, Price \"900\": a total?",
            "all 4 rows, To: for example row 2, To \"2099-12-31\": stands for \"never\"",
        ];
        assert_eq!(report.sentences(Severity::Doubtful), expected);
        assert_eq!(report.sentences(Severity::Refused), ["row 3, Price \"x\": is not a number"]);
        report.rows = 5;
        assert_eq!(report.sentences(Severity::Doubtful).len(), 5, "one row is without it");
    }
}
