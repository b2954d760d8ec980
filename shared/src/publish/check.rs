//! What publishing refuses, and what it warns of. Each finding names its contracts and lines.

mod ambiguity;
mod changes;
mod ground;
mod lines;
mod look;
mod never;
mod references;
mod refusal;
mod sound;
mod terms;
mod warning;

pub use references::shared_gtins;
pub use refusal::ContentRefusal;
pub use warning::{Warning, WhyNever};

use ambiguity::Settled;
use ground::Ground;
use serde::Serialize;

use crate::calendar::{Date, Validity};
use crate::catalogue::index::LineEntry;
use crate::catalogue::{Catalogue, CatalogueContent};
use crate::contract::{CatalogueLine, Contract, SourcingRule, Subject};
use crate::ids::{ContractId, ItemId, LineId, LocationId};

/// All findings of a check.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// The reasons against publishing. With any of them, nothing is published.
    pub refusals: Vec<ContentRefusal>,
    /// Warnings that somebody should read. They do not stop a release.
    pub warnings: Vec<Warning>,
}

/// The identifier of a line together with its contract version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LineName {
    /// The contract of the line.
    pub contract: ContractId,
    /// The version of the contract.
    pub version: u32,
    /// The line of that contract version.
    pub line: LineId,
}

impl LineName {
    fn new(contract: &Contract, line: &CatalogueLine) -> Self {
        Self { contract: contract.id.clone(), version: contract.version, line: line.id.clone() }
    }

    fn of(catalogue: &Catalogue, entry: &LineEntry) -> Self {
        let (contract, line) = catalogue.line_of(entry);
        Self::new(contract, line)
    }
}

impl std::fmt::Display for LineName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.version {
            1 => write!(f, "contract {}, line {}", self.contract, self.line),
            version => {
                write!(f, "contract {}, version {version}, line {}", self.contract, self.line)
            }
        }
    }
}

/// Two lines that have equal merit for some site and day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tie {
    /// The item that both lines supply.
    pub item: ItemId,
    /// The line with the smaller contract, version and line identifier.
    pub a: LineName,
    /// The other line.
    pub b: LineName,
    /// The days on which both lines are equal.
    pub dates: Validity,
    /// One of the sites where both lines are equal.
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

/// Checks a content that should be in force from `effective_from`. It also compares the content
/// with the previous release.
///
/// It reports all findings at once. It searches for ties among the sound lines even when other
/// lines are refused.
#[must_use]
pub fn check(
    content: &CatalogueContent,
    previous: Option<&CatalogueContent>,
    effective_from: Date,
) -> CheckReport {
    let mut refusals = references::refusals(content);
    refusals.extend(lines::refusals(content));
    refusals.extend(terms::refusals(content));
    let mut report = CheckReport { refusals, warnings: look::warnings(content) };
    report.warnings.extend(look::without_price(content, effective_from));
    if let Some(previous) = previous {
        report.warnings.extend(changes::versions(content, previous));
    }
    match Catalogue::build(content.clone()) {
        Ok(catalogue) => {
            let settled = Settled::new(&content.tie_decisions);
            let mut ground = Ground::new(&catalogue);
            report.ties(&mut ground, &settled);
            report.warnings.extend(never::warnings(&mut ground, &settled));
            report.warnings.extend(look::expiring(&ground, effective_from));
            if let Some(previous) =
                previous.and_then(|previous| Catalogue::build(previous.clone()).ok())
            {
                report.warnings.extend(changes::lost_sources(
                    &mut ground,
                    &previous,
                    effective_from,
                ));
            }
        }
        // An error that no finding above names.
        Err(error) if report.refusals.is_empty() => {
            report.refusals.push(ContentRefusal::Broken(error.to_string()))
        }
        Err(_) => {
            if let Ok(catalogue) = Catalogue::build(sound::part(content)) {
                report.ties(&mut Ground::new(&catalogue), &Settled::new(&content.tie_decisions));
            }
        }
    }
    report
}

impl CheckReport {
    fn ties(&mut self, ground: &mut Ground<'_>, settled: &Settled<'_>) {
        for found in ambiguity::ties(ground, settled) {
            match found {
                ambiguity::Found::Ambiguous(tie) => {
                    self.refusals.push(ContentRefusal::Ambiguous(tie))
                }
                ambiguity::Found::Redundant(tie) => self.warnings.push(Warning::Redundant(tie)),
            }
        }
    }
}

fn contract_name(contract: &Contract) -> String {
    match contract.version {
        1 => format!("contract {}", contract.id),
        version => format!("contract {}, version {version}", contract.id),
    }
}

fn rule_name(rule: &SourcingRule) -> String {
    format!(
        "the sourcing rule for {}, {} at {}",
        subject_name(&rule.subject),
        rule.supplier,
        rule.location
    )
}

fn subject_name(subject: &Subject) -> String {
    match subject {
        Subject::Item(item) => format!("item {item}"),
        Subject::Category(category) => format!("category {} {}", category.scheme, category.code),
    }
}

#[cfg(test)]
mod tests;
