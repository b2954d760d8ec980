//! Prints findings for people, grouped by kind, and writes all of them to a file.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};
use std::fs::File;
use std::path::{Path, PathBuf};

use calloff_core::publish::check::{CheckReport, ContentRefusal, Warning};

use crate::cli::CliError;

/// The number of warnings of one kind that are listed, unless all are wanted.
const LISTED: usize = 5;

/// All findings against a release, by kind. Each must be corrected, so none is left out.
pub fn refusals(report: &CheckReport) -> String {
    grouped(&report.refusals, refusal_kind, "refused", true)
}

/// The warnings, by kind.
pub fn warnings(report: &CheckReport, all: bool) -> String {
    grouped(&report.warnings, warning_kind, "warning", all)
}

fn grouped<F: Display>(
    findings: &[F],
    kind: fn(&F) -> &'static str,
    word: &str,
    all: bool,
) -> String {
    let mut kinds: BTreeMap<&str, Vec<&F>> = BTreeMap::new();
    for finding in findings {
        kinds.entry(kind(finding)).or_default().push(finding);
    }
    let mut text = String::new();
    for (kind, findings) in kinds {
        writeln!(text, "{} × {kind}", findings.len()).ok();
        let listed = if all { findings.len() } else { LISTED };
        for finding in findings.iter().take(listed) {
            writeln!(text, "  {word}: {finding}").ok();
        }
        if findings.len() > listed {
            let more = findings.len() - listed;
            writeln!(text, "  … and {more} more (--verbose lists all, --report FILE writes all)")
                .ok();
        }
    }
    text
}

fn refusal_kind(refusal: &ContentRefusal) -> &'static str {
    match refusal {
        ContentRefusal::Ambiguous(_) => "tie that nobody settled",
        ContentRefusal::NoOwner(_) => "contract without an owner",
        ContentRefusal::EmptyScope(_) => "contract for no site",
        ContentRefusal::EndBeforeStart(..) => "end before start",
        ContentRefusal::SentinelDate(..) => "date for \"never\"",
        ContentRefusal::NoPrice(_) => "line without a price",
        ContentRefusal::NegativePrice(..) => "price below zero",
        ContentRefusal::AmountTooLarge(..)
        | ContentRefusal::NeverAffordable(..)
        | ContentRefusal::PriceTooLarge(..) => "amount too large",
        ContentRefusal::NoContent(_) => "package without content",
        ContentRefusal::ContentContradictsUnit { .. } => "content that contradicts its unit",
        ContentRefusal::IncomparablePrice(_) => "price per base unit that is not exact",
        ContentRefusal::NoRate(..) | ContentRefusal::BadRate(..) => {
            "comparison rate missing or wrong"
        }
        ContentRefusal::OverlappingTiers(..) => "overlapping tiers",
        ContentRefusal::NoOrderableQuantity(_)
        | ContentRefusal::BadQuantity { .. }
        | ContentRefusal::PartOfWhole(..) => "quantities that cannot be ordered",
        ContentRefusal::BadTerm { .. } => "wrong term",
        ContentRefusal::CommitmentUnit { .. }
        | ContentRefusal::MinimumAboveMaximum(..)
        | ContentRefusal::CapChangesMeasure(_) => "commitment that cannot be counted",
        ContentRefusal::AllotmentsBeyondCap { .. } | ContentRefusal::BadAllotment { .. } => {
            "wrong allotment"
        }
        ContentRefusal::ContradictoryRules { .. } => "contradictory sourcing rules",
        ContentRefusal::Duplicate(_) | ContentRefusal::SharedGtin(..) => {
            "identifier that appears twice"
        }
        ContentRefusal::Unknown { .. } => "reference to something that does not exist",
        ContentRefusal::CircularSubstitutes(_)
        | ContentRefusal::CircularReplacement(..)
        | ContentRefusal::CircularDecisions(_) => "circle",
        ContentRefusal::Locations(_) | ContentRefusal::Broken(_) => "broken data",
    }
}

fn warning_kind(warning: &Warning) -> &'static str {
    match warning {
        Warning::Redundant(_) => "redundant lines on one contract",
        Warning::NeverWins { .. } => "line that can never win",
        Warning::NeverOrdered { .. } => "line that can never be ordered",
        Warning::PriceMoved { .. } => "price moved by more than a fifth",
        Warning::NoLongerInParts { .. } => "lines no longer sold in parts",
        Warning::WindowOutsideContract { .. } => "price dates outside the contract's",
        Warning::ExpiringWithoutSuccessor { .. } => "source ends soon without a successor",
        Warning::LosesLastSource { .. } => "item loses its last source",
        Warning::Revived { .. } => "contract made orderable again",
        Warning::SupplierNamesAlike { .. } => "supplier names alike",
        Warning::IncludedAndExcluded { .. } => "location included and excluded",
        Warning::NoPriceToday { .. } => "lines without a price today",
        Warning::Contradiction { .. } => "terms that contradict each other",
    }
}

/// A file for all findings.
#[derive(Debug)]
pub struct ReportFile {
    path: PathBuf,
    file: File,
}

impl ReportFile {
    /// Opens the file and empties it.
    ///
    /// # Errors
    /// [`CliError::Io`] when the file cannot be written.
    pub fn create(path: &Path) -> Result<Self, CliError> {
        let failed = |source| CliError::Io { what: path.display().to_string(), source };
        Ok(Self { path: path.to_owned(), file: File::create(path).map_err(failed)? })
    }

    /// Writes the findings as JSON.
    ///
    /// # Errors
    /// [`CliError::Io`] when the file cannot be written.
    pub fn write(self, report: &CheckReport) -> Result<(), CliError> {
        let failed = |source| CliError::Io { what: self.path.display().to_string(), source };
        let mut writer = std::io::BufWriter::new(self.file);
        serde_json::to_writer_pretty(&mut writer, report).map_err(|error| failed(error.into()))?;
        std::io::Write::flush(&mut writer).map_err(failed)
    }
}
