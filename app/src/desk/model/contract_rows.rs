//! The rows of the table of contracts: their order, and what they are in words.

use std::cmp::Ordering;

use calloff_core::contract::ContractStatus;
use calloff_core::wire::{ContractRow, ContractState};

use crate::components::{Direction, Sort, Tone};
use crate::i18n::Text;

/// The number of days before its last day from which a contract needs a successor. Publishing warns
/// from the same number on.
const ENDS_SOON: i32 = 30;

/// A column of the table of contracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContractColumn {
    Title,
    Supplier,
    Owner,
    State,
    End,
    Lines,
    Sites,
    Ordered,
}

impl ContractColumn {
    /// Every column, from left to right.
    pub const ALL: [Self; 8] = [
        Self::Title,
        Self::Supplier,
        Self::Owner,
        Self::State,
        Self::End,
        Self::Lines,
        Self::Sites,
        Self::Ordered,
    ];

    /// The column's name in addresses.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Supplier => "supplier",
            Self::Owner => "owner",
            Self::State => "state",
            Self::End => "end",
            Self::Lines => "lines",
            Self::Sites => "sites",
            Self::Ordered => "ordered",
        }
    }

    /// The direction of the first press on the column's header, by what people look for first.
    #[must_use]
    pub fn first_direction(self) -> Direction {
        match self {
            Self::Lines | Self::Sites | Self::Ordered => Direction::Descending,
            Self::Title | Self::Supplier | Self::Owner | Self::State | Self::End => {
                Direction::Ascending
            }
        }
    }
}

/// Sorts the rows. Equal rows keep the server's order, by title.
#[must_use]
pub fn sorted(rows: Vec<ContractRow>, sort: Sort<ContractColumn>) -> Vec<ContractRow> {
    sort.sorted(rows, compare)
}

fn compare(a: &ContractRow, b: &ContractRow, column: ContractColumn) -> Ordering {
    let folded = |name: &str| name.to_lowercase();
    match column {
        ContractColumn::Title => folded(&a.title).cmp(&folded(&b.title)),
        ContractColumn::Supplier => folded(&a.supplier_name).cmp(&folded(&b.supplier_name)),
        ContractColumn::Owner => {
            a.owner.as_deref().map(folded).cmp(&b.owner.as_deref().map(folded))
        }
        ContractColumn::State => urgency(a.state).cmp(&urgency(b.state)),
        // Without a last day, a contract ends after all others.
        ContractColumn::End => {
            let end = |row: &ContractRow| (row.validity.end.is_none(), row.validity.end);
            end(a).cmp(&end(b))
        }
        ContractColumn::Lines => a.lines.cmp(&b.lines),
        ContractColumn::Sites => a.sites.cmp(&b.sites),
        // Amounts in different currencies are not converted, because no rate is agreed.
        ContractColumn::Ordered => {
            let sum = |row: &ContractRow| row.ordered.first().map(|sum| (sum.currency, sum.amount));
            sum(a).cmp(&sum(b))
        }
    }
}

/// The rank of a state: what somebody should do something about comes first.
fn urgency(state: ContractState) -> u8 {
    match state {
        ContractState::Suspended => 0,
        ContractState::Draft => 1,
        ContractState::Announced => 2,
        ContractState::InForce => 3,
        ContractState::Expired => 4,
        ContractState::Ended => 5,
    }
}

/// What a contract is, and how urgent that is.
#[must_use]
pub fn state_text(state: ContractState) -> (Tone, Text) {
    match state {
        ContractState::Draft => (Tone::Neutral, Text::ContractDraft),
        ContractState::Announced => (Tone::Informative, Text::ContractAnnounced),
        ContractState::InForce => (Tone::Positive, Text::ContractPublished),
        ContractState::Suspended => (Tone::Caution, Text::ContractSuspended),
        ContractState::Expired => (Tone::Neutral, Text::ContractExpired),
        ContractState::Ended => (Tone::Neutral, Text::ContractEnded),
    }
}

/// How urgent the status of one version of a contract is.
#[must_use]
pub fn status_tone(status: ContractStatus) -> Tone {
    match status {
        ContractStatus::Published => Tone::Positive,
        ContractStatus::Suspended => Tone::Caution,
        ContractStatus::Draft | ContractStatus::Ended | ContractStatus::Withdrawn => Tone::Neutral,
    }
}

/// Whether a contract that sites order from ends so soon that somebody should see to it.
#[must_use]
pub fn ends_soon(row: &ContractRow) -> bool {
    let is_used = matches!(row.state, ContractState::InForce | ContractState::Suspended);
    is_used && row.days_left.is_some_and(|days| days <= ENDS_SOON)
}

#[cfg(test)]
mod tests {
    use calloff_core::calendar::Validity;
    use calloff_core::money::Currency;

    use super::*;

    fn row(title: &str, state: ContractState, end: Option<&str>, left: Option<i32>) -> ContractRow {
        ContractRow {
            contract: title.parse().unwrap(),
            title: title.to_owned(),
            supplier: "A1".parse().unwrap(),
            supplier_name: "Acme".to_owned(),
            owner: None,
            version: 1,
            state,
            from: "2026-01-01".parse().unwrap(),
            validity: Validity::new(
                "2026-01-01".parse().unwrap(),
                end.map(|end| end.parse().unwrap()),
            ),
            currency: Currency::parse("EUR").unwrap(),
            days_left: left,
            changes_on: None,
            lines: 1,
            sites: 1,
            ordered: Vec::new(),
            commitments: Vec::new(),
        }
    }

    #[test]
    fn the_next_to_end_comes_first_and_one_without_end_last() {
        let rows = vec![
            row("open", ContractState::InForce, None, None),
            row("late", ContractState::InForce, Some("2027-12-31"), Some(400)),
            row("soon", ContractState::Suspended, Some("2026-12-31"), Some(30)),
        ];
        let titles = |column: ContractColumn| {
            let sort = Sort { column, direction: column.first_direction() };
            sorted(rows.clone(), sort).into_iter().map(|row| row.title).collect::<Vec<_>>()
        };
        assert_eq!(titles(ContractColumn::End), ["soon", "late", "open"]);
        assert_eq!(titles(ContractColumn::State), ["soon", "open", "late"]);
        assert_eq!(titles(ContractColumn::Title), ["late", "open", "soon"]);
    }

    #[test]
    fn only_a_contract_in_use_ends_soon() {
        let soon = |state, left| ends_soon(&row("a", state, None, left));
        assert!(soon(ContractState::InForce, Some(30)) && soon(ContractState::Suspended, Some(0)));
        assert!(!soon(ContractState::InForce, Some(31)) && !soon(ContractState::InForce, None));
        assert!(!soon(ContractState::Expired, Some(-1)) && !soon(ContractState::Draft, Some(3)));
    }
}
