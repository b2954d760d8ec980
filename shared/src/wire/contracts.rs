//! Contracts, as head office sees them.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Choice;
use crate::calendar::{Date, Validity};
use crate::contract::{
    CatalogueLine, CommitmentSide, Contract, ContractStatus, Measure, PricesSince, Strength,
};
use crate::ids::{ContractId, ItemId, LineId, SupplierId};
use crate::money::{Currency, Money};
use crate::unit::Unit;

/// What a contract is on a day, by its status and its dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContractState {
    /// Somebody is writing it, and no release has it.
    Draft,
    /// It was published, and begins later.
    Announced,
    /// Sites order from it.
    InForce,
    /// Nobody can order from it until it is resumed.
    Suspended,
    /// Its last day is over.
    Expired,
    /// It was ended before its last day.
    Ended,
}

impl ContractState {
    /// All states, in the order of a contract's life.
    pub const ALL: [Self; 6] =
        [Self::Draft, Self::Announced, Self::InForce, Self::Suspended, Self::Expired, Self::Ended];

    /// The name of the state in addresses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Announced => "announced",
            Self::InForce => "in_force",
            Self::Suspended => "suspended",
            Self::Expired => "expired",
            Self::Ended => "ended",
        }
    }

    /// The state with a name. `None` if there is no such state.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// The state on a day of a version with this status, first day and dates.
    #[must_use]
    pub fn on(day: Date, status: ContractStatus, first_day: Date, validity: Validity) -> Self {
        let is_over = validity.end.is_some_and(|end| end < day);
        match status {
            ContractStatus::Draft => Self::Draft,
            ContractStatus::Ended | ContractStatus::Withdrawn => Self::Ended,
            ContractStatus::Published | ContractStatus::Suspended if is_over => Self::Expired,
            ContractStatus::Suspended => Self::Suspended,
            ContractStatus::Published if first_day > day => Self::Announced,
            ContractStatus::Published => Self::InForce,
        }
    }
}

/// A filter for contracts. All given conditions must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractFilter {
    /// It is in this state today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<ContractState>,
    /// It is with this supplier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supplier: Option<SupplierId>,
    /// Its last day is within this number of days from today, and not over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<u16>,
}

impl ContractFilter {
    /// Whether a contract matches.
    #[must_use]
    pub fn passes(&self, row: &ContractRow) -> bool {
        let Self { state, supplier, within } = self;
        let ends_within = |days: u16| {
            row.days_left.is_some_and(|left| (0..=i32::from(days)).contains(&left))
                && !matches!(row.state, ContractState::Ended)
        };
        state.is_none_or(|state| row.state == state)
            && supplier.as_ref().is_none_or(|supplier| row.supplier == *supplier)
            && within.is_none_or(ends_within)
    }
}

/// The contracts that match a filter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractPage {
    /// The contracts, by title.
    pub contracts: Vec<ContractRow>,
    /// The number of contracts that match. It is larger than the length of `contracts` if the list
    /// was cut.
    pub count: u64,
    /// The suppliers of all contracts that the reader may see, by name.
    pub suppliers: Vec<Choice>,
}

/// A contract, for a list. It shows the version that is in force today, or the first one that will
/// be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractRow {
    /// The number of the contract.
    pub contract: ContractId,
    /// Its title.
    pub title: String,
    /// The supplier.
    pub supplier: SupplierId,
    /// The supplier's name.
    pub supplier_name: String,
    /// The name of the person who answers for it. `None` if nobody does.
    pub owner: Option<String>,
    /// The number of the version that is shown.
    pub version: u32,
    /// What it is today.
    pub state: ContractState,
    /// The first day of this version.
    pub from: Date,
    /// The first and the last day of the contract.
    pub validity: Validity,
    /// The currency of its prices and of commitments by value.
    pub currency: Currency,
    /// The number of days from today to the last day; negative when it is over. `None` without a
    /// last day.
    pub days_left: Option<i32>,
    /// The first day of the next published version. `None` if none is announced.
    pub changes_on: Option<Date>,
    /// The number of lines.
    pub lines: u32,
    /// The number of sites in its scope that the reader may see.
    pub sites: u32,
    /// What accepted orders of these sites ordered under it, over all its versions, by currency.
    pub ordered: Vec<Money>,
    /// How much of its commitments was ordered, by all sites. The maximum comes last. Empty for a
    /// reader who may not see all sites. Commitments of single lines are not among them.
    pub commitments: Vec<CommitmentUse>,
}

/// How much of a commitment was ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitmentUse {
    /// Whether it is a minimum or a maximum.
    pub side: CommitmentSide,
    /// The committed quantity, or the committed value in the contract's currency.
    pub measure: Measure,
    /// What happens beyond a maximum.
    pub strength: Strength,
    /// What accepted orders use, in the measure.
    pub ordered: Decimal,
    /// Ordered ÷ committed × 100, with one decimal place. `None` for a commitment of zero.
    pub percent: Option<Decimal>,
}

/// The header of a contract version: its terms without its lines, and the names of the supplier,
/// the owner and the places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractHeader {
    /// The version, without its lines.
    pub contract: Contract,
    /// The supplier's name.
    pub supplier_name: String,
    /// The name of the person who answers for it.
    pub owner: Option<String>,
    /// The names of the included places that the reader may see, by name.
    pub included: Vec<String>,
    /// The names of the excluded places that the reader may see, by name.
    pub excluded: Vec<String>,
    /// The number of sites in its scope that the reader may see.
    pub sites: u32,
}

/// A version in the history of its contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractVersionRow {
    /// The number of the version.
    pub version: u32,
    /// Its status.
    pub status: ContractStatus,
    /// Its first day.
    pub from: Date,
    /// The number of its lines.
    pub lines: u32,
    /// The reason for the change, in words. Empty for the first version of a contract.
    pub rationale: String,
    /// The release that brought it. `None` for a draft, and if nobody knows.
    pub release: Option<ReleaseFacts>,
}

/// Who published a release, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseFacts {
    /// The number of the release.
    pub number: u64,
    /// When it was published, in milliseconds since the Unix epoch.
    pub at: i64,
    /// The name of the person who published it.
    pub by: String,
    /// The reason that this person gave.
    pub reason: String,
}

/// A contract with its terms, its scope and its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractDetail {
    /// Its row in the list.
    pub row: ContractRow,
    /// The version that the row shows.
    pub header: ContractHeader,
    /// All versions except the withdrawn ones. The last one in time comes first.
    pub versions: Vec<ContractVersionRow>,
}

/// Which part of a long list is asked for. The list is read forwards and backwards from a line, so
/// that no page shifts when lines are added meanwhile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinesPart {
    /// The lines after this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<LineId>,
    /// The lines before this one. It counts only without `after`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<LineId>,
    /// Each of these words is in the item's description or number, or in the supplier's number.
    /// Upper and lower case are alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
}

/// A part of the lines of one version, in the order of the contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractLinesPage {
    /// The lines.
    pub lines: Vec<ContractLineRow>,
    /// The place of the first of them among all that match, from 0.
    pub first: u32,
    /// The number of lines that match.
    pub count: u32,
}

/// A line of a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractLineRow {
    /// The line.
    pub line: CatalogueLine,
    /// The description of its item. Empty if the item is unknown.
    pub description: String,
    /// The unit of the line's content. `None` if the item is unknown.
    pub base_unit: Option<Unit>,
    /// Since when it has its prices, and which it had before.
    pub prices: Option<PricesSince>,
}

/// What happened to a line between two versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineFate {
    /// Only the later version has it.
    Added,
    /// Its price is another one.
    Repriced,
    /// Something else than its price is different.
    Changed,
    /// Only the earlier version has it.
    Removed,
}

impl LineFate {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 4] = [Self::Added, Self::Repriced, Self::Changed, Self::Removed];

    /// Its name in addresses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Repriced => "repriced",
            Self::Changed => "changed",
            Self::Removed => "removed",
        }
    }

    /// The fate with a name. `None` if there is no such fate.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fate| fate.name() == name)
    }
}

/// A line that is not the same in two versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineDifference {
    /// What happened to it.
    pub fate: LineFate,
    /// The line.
    pub line: LineId,
    /// Its item in the later version, or in the earlier one if only that has it.
    pub item: ItemId,
    /// The description of the item. Empty if the item is unknown.
    pub description: String,
    /// The unit of the line's content. `None` if the item is unknown.
    pub base_unit: Option<Unit>,
    /// The line in the earlier version.
    pub before: Option<CatalogueLine>,
    /// The line in the later version.
    pub after: Option<CatalogueLine>,
}

/// What differs between two versions of a contract, with a part of the lines that differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractDifference {
    /// The earlier version.
    pub from: ContractHeader,
    /// The later version.
    pub to: ContractHeader,
    /// Whether anything of the contract itself differs, beside its lines.
    pub terms_differ: bool,
    /// The number of lines with each fate, in the order of [`LineFate::ALL`].
    pub fates: [u32; 4],
    /// The number of lines that are the same.
    pub unchanged: u32,
    /// The lines that differ, by their fate and then by line.
    pub lines: Vec<LineDifference>,
    /// The place of the first of them among all that match, from 0.
    pub first: u32,
    /// The number of lines that match.
    pub count: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::builder::{between, currency, day, id};

    #[test]
    fn a_state_has_one_name_everywhere() {
        for state in ContractState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.name());
            assert_eq!(ContractState::named(state.name()), Some(state));
        }
        for fate in LineFate::ALL {
            assert_eq!(serde_json::to_value(fate).unwrap(), fate.name());
            assert_eq!(LineFate::named(fate.name()), Some(fate));
        }
    }

    #[test]
    fn the_days_of_a_contract_decide_what_it_is_today() {
        let days = between("2026-01-01", "2026-12-31");
        let on = |today: &str, status, from: &str| {
            ContractState::on(day(today), status, day(from), days)
        };
        let published = ContractStatus::Published;
        assert_eq!(on("2025-12-31", published, "2026-01-01"), ContractState::Announced);
        assert_eq!(on("2026-12-31", published, "2026-01-01"), ContractState::InForce);
        assert_eq!(on("2027-01-01", published, "2026-01-01"), ContractState::Expired);
        assert_eq!(
            on("2026-06-01", ContractStatus::Suspended, "2026-01-01"),
            ContractState::Suspended
        );
        assert_eq!(on("2026-06-01", ContractStatus::Ended, "2026-01-01"), ContractState::Ended);
        assert_eq!(on("2026-06-01", ContractStatus::Draft, "2026-01-01"), ContractState::Draft);
    }

    fn row(state: ContractState, days_left: Option<i32>) -> ContractRow {
        ContractRow {
            contract: id("FA-1"),
            title: "Flour".to_owned(),
            supplier: id("mill"),
            supplier_name: "Mill".to_owned(),
            owner: None,
            version: 1,
            state,
            from: day("2026-01-01"),
            validity: between("2026-01-01", "2026-12-31"),
            currency: currency("EUR"),
            days_left,
            changes_on: None,
            lines: 1,
            sites: 1,
            ordered: Vec::new(),
            commitments: Vec::new(),
        }
    }

    #[test]
    fn only_what_is_not_over_expires_within_some_days() {
        let within = ContractFilter { within: Some(30), ..ContractFilter::default() };
        let passes = |state, left| within.passes(&row(state, left));
        assert!(
            passes(ContractState::InForce, Some(0)) && passes(ContractState::InForce, Some(30))
        );
        assert!(!passes(ContractState::InForce, Some(31)) && !passes(ContractState::InForce, None));
        assert!(
            !passes(ContractState::Expired, Some(-1)) && !passes(ContractState::Ended, Some(5))
        );
        let other = ContractFilter { supplier: Some(id("dairy")), ..ContractFilter::default() };
        assert!(!other.passes(&row(ContractState::InForce, None)));
    }
}
