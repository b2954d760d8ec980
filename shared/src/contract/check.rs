//! What publishing refuses and what it warns of. Each finding names its rows.

mod ambiguity;
mod refusal;
mod warning;

pub use refusal::Refusal;
pub use warning::Warning;

use serde::Serialize;

use crate::calendar::{Date, Validity};
use crate::catalogue::{Catalogue, CatalogueContent};
use crate::ids::{ContractId, ItemId, LineId, LocationId};

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// While there is one, nothing is published.
    pub refusals: Vec<Refusal>,
    /// To be read; none stops a release.
    pub warnings: Vec<Warning>,
}

/// A line by its contract.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LineName {
    /// The contract.
    pub contract: ContractId,
    /// The line.
    pub line: LineId,
}

impl std::fmt::Display for LineName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "contract {}, line {}", self.contract, self.line)
    }
}

/// Two lines that are equal in everything that ranks them, for some site and day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tie {
    /// What both supply.
    pub item: ItemId,
    /// The one with the smaller contract and line number.
    pub a: LineName,
    /// The other.
    pub b: LineName,
    /// The days that both share.
    pub dates: Validity,
    /// A site where it happens.
    pub site: LocationId,
}

impl std::fmt::Display for Tie {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "item {}: {} and {} are equal ({}; for example at {})",
            self.item, self.a, self.b, self.dates, self.site
        )
    }
}

/// Checks a content that is to be in force from `effective_from`, also against the release before it.
#[must_use]
pub fn check(content: &CatalogueContent, previous: Option<&CatalogueContent>, effective_from: Date) -> Report {
    let mut report =
        Report { refusals: refusal::refusals(content), warnings: warning::warnings(content, effective_from) };
    match Catalogue::build(content.clone()) {
        Ok(catalogue) => {
            for found in ambiguity::ties(&catalogue, &content.tie_decisions) {
                match found {
                    ambiguity::Found::Ambiguous(tie) => report.refusals.push(Refusal::Ambiguous(tie)),
                    ambiguity::Found::Redundant(tie) => report.warnings.push(Warning::Redundant(tie)),
                }
            }
            if let Some(previous) = previous {
                report.warnings.extend(warning::changes(content, previous, effective_from));
            }
        }
        // What the rows above did not name already.
        Err(error) if report.refusals.is_empty() => report.refusals.push(Refusal::Broken(error.to_string())),
        Err(_) => {}
    }
    report
}

#[cfg(test)]
mod tests;
