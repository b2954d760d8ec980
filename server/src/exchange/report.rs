//! What an import has to say about rows.

use std::fmt;

use serde::Serialize;

/// Whether a row was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It cannot be imported.
    Refused,
    /// It was imported, and a person should look at it.
    Doubtful,
}

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// A cell that cannot be read.
    Unreadable,
    /// Fewer or more cells than the header has.
    WrongCellCount,
    /// A contract, line or site that contradicts an earlier row.
    Contradiction,
    /// The same row again.
    Repeated,
    /// The header again, among the rows.
    RepeatedHeader,
    /// The price's dates reach outside the contract's.
    PriceOutsideContract,
    /// A date that stands for "never".
    SentinelEnd,
    /// A supplier's name that differs from another's only by case or punctuation.
    SimilarSupplier,
    /// An item that another row describes differently.
    DescribedDifferently,
    /// A price far from the item's others: perhaps a total, or another package.
    OddPrice,
    /// A price of zero.
    ZeroPrice,
    /// A number of another shape than the rest: perhaps it lost leading zeros.
    OddNumber,
    /// Spaces that look like plain ones and are not.
    OddSpaces,
    /// Something about the file as a whole.
    File,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "cell that cannot be read",
            Self::WrongCellCount => "wrong number of cells",
            Self::Contradiction => "contradiction",
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
}

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
    pub fn counts(&self, severity: Severity) -> std::collections::BTreeMap<Finding, usize> {
        let mut counts = std::collections::BTreeMap::new();
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
    pub fn doubt(&mut self, row: u64, finding: Finding, cell: Option<(&str, &str)>, reason: impl Into<String>) {
        self.push(Severity::Doubtful, row, finding, cell, reason.into());
    }

    /// A row that cannot be taken, and why.
    pub fn refuse(&mut self, row: u64, finding: Finding, cell: Option<(&str, &str)>, reason: impl Into<String>) {
        self.push(Severity::Refused, row, finding, cell, reason.into());
    }

    fn push(&mut self, severity: Severity, row: u64, finding: Finding, cell: Option<(&str, &str)>, reason: String) {
        let (column, value) = cell.map(|(column, value)| (column.to_owned(), value.to_owned())).unzip();
        self.remarks.push(Remark { severity, finding, row: Some(row), column, value, reason });
    }

    /// Puts the remarks in the order of the rows.
    pub fn sort(&mut self) {
        self.remarks.sort_by_key(|remark| remark.row);
    }
}
