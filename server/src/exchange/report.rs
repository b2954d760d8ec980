//! What an import has to say about rows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

/// Whether a row was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It cannot be imported.
    Refused,
    /// It was imported, and a person should look at it.
    Doubtful,
}

/// What is wrong with a row; what matters most comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// A cell that cannot be read.
    Unreadable,
    /// A quotation mark that nobody meant.
    StrayQuote,
    /// Fewer or more cells than the header has.
    WrongCellCount,
    /// A contract, line or site that contradicts an earlier row.
    Contradiction,
    /// Another currency than the mapping's.
    OtherCurrency,
    /// A price far from the item's others: perhaps a total, or another package.
    OddPrice,
    /// A date that another of the mapping's shapes reads differently.
    AmbiguousDate,
    /// An identifier that differs from another one only in what nobody sees.
    LooksAlike,
    /// Characters that nobody sees.
    Invisible,
    /// What a spreadsheet or a program made of a cell.
    Spreadsheet,
    /// A character that was lost.
    LostCharacter,
    /// A number with the noise of binary fractions.
    BinaryNoise,
    /// A number of another shape than the rest: perhaps it lost leading zeros.
    OddNumber,
    /// An item that another row describes differently.
    DescribedDifferently,
    /// A supplier's name that differs from another's only by case or punctuation.
    SimilarSupplier,
    /// A price of zero.
    ZeroPrice,
    /// The price's dates reach outside the contract's.
    PriceOutsideContract,
    /// The same row again.
    Repeated,
    /// The header again, among the rows.
    RepeatedHeader,
    /// A date that stands for "never".
    SentinelEnd,
    /// Spaces that look like plain ones and are not.
    OddSpaces,
    /// Something about the file as a whole.
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
    /// Whether the row was taken.
    pub severity: Severity,
    /// What it is about.
    pub finding: Finding,
    /// The row as an editor counts, the header being row 1; `None` for the file as a whole.
    pub row: Option<u64>,
    /// The column, by the file's own header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What stands there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Why it is remarked.
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

/// Every remark of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// In the order of the rows.
    pub remarks: Vec<Remark>,
    /// Rows that could be cut into cells.
    pub rows: usize,
}

/// In files of fewer rows every remark is listed, also one that holds for all of them.
const SAID_ONCE_FROM: usize = 3;

impl Report {
    /// The remarks on rows that cannot be imported.
    pub fn refused(&self) -> impl Iterator<Item = &Remark> {
        self.remarks.iter().filter(|remark| remark.severity == Severity::Refused)
    }

    /// The remarks on rows that were imported, and should be looked at.
    pub fn doubtful(&self) -> impl Iterator<Item = &Remark> {
        self.remarks.iter().filter(|remark| remark.severity == Severity::Doubtful)
    }

    /// How often each finding of a severity occurs.
    #[must_use]
    pub fn counts(&self, severity: Severity) -> BTreeMap<Finding, usize> {
        let mut counts = BTreeMap::new();
        for remark in self.remarks.iter().filter(|remark| remark.severity == severity) {
            *counts.entry(remark.finding).or_default() += 1;
        }
        counts
    }

    /// Remarks about the file as a whole.
    pub fn file(&mut self, reasons: impl IntoIterator<Item = String>) {
        self.remarks.extend(reasons.into_iter().map(|reason| Remark {
            severity: Severity::Doubtful,
            finding: Finding::File,
            row: None,
            column: None,
            value: None,
            reason,
        }));
    }

    /// A remark about a row that was taken.
    pub fn doubt(
        &mut self,
        row: u64,
        finding: Finding,
        cell: Option<(&str, &str)>,
        reason: impl Into<String>,
    ) {
        self.push(Severity::Doubtful, row, finding, cell, reason.into());
    }

    /// A row that cannot be taken, and why.
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

    /// Puts the remarks in the order of the rows, each of them once.
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

    /// The remarks of a severity as people read them, what matters most first. One that holds for
    /// every row of a column is said once, with how many rows there are.
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
        let mut report = Report { rows: 4, ..Report::default() };
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
