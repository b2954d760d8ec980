//! What the addresses of contracts hold: the filter and the sorting of the table, and which part of
//! one contract is shown.

use calloff_core::wire::{ContractFilter, ContractState, LineFate, LinesPart};

use super::address;
use super::contract_rows::ContractColumn;
use crate::api::contract_filter_pairs;
use crate::components::{Direction, Sort};

/// The numbers of days from which the filter for the end of contracts chooses.
pub const DAYS_WITHIN: [u16; 4] = [30, 60, 90, 180];

/// The filter and the sorting of the table of contracts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractsQuery {
    pub filter: ContractFilter,
    pub sort: Sort<ContractColumn>,
}

impl Default for ContractsQuery {
    /// All contracts, by title.
    fn default() -> Self {
        let sort = Sort { column: ContractColumn::Title, direction: Direction::Ascending };
        Self { filter: ContractFilter::default(), sort }
    }
}

impl ContractsQuery {
    /// Reads the query of an address, with or without its question mark. A part that cannot be read
    /// is left out, and the screen shows the filter that was read.
    #[must_use]
    pub fn parse(search: &str) -> Self {
        let values = address::values(search);
        let filter = ContractFilter {
            state: values.get("state").and_then(|state| ContractState::named(state)),
            supplier: values.get("supplier").and_then(|supplier| supplier.parse().ok()),
            within: values.get("within").and_then(|days| days.parse().ok()),
        };
        let sort = address::sort(&values, |name| {
            ContractColumn::ALL.into_iter().find(|column| column.name() == name)
        });
        Self { filter, sort: sort.unwrap_or(Self::default().sort) }
    }

    /// The query of an address, with its question mark. Empty for the default filter and sorting.
    #[must_use]
    pub fn to_search(&self) -> String {
        address::search(&self.pairs())
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = contract_filter_pairs(&self.filter);
        if self.sort != Self::default().sort {
            pairs.push(address::sort_pair(self.sort, self.sort.column.name()));
        }
        pairs
    }

    /// Whether the filter may leave out contracts.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        self.filter != ContractFilter::default()
    }

    /// This query with a changed filter.
    #[must_use]
    pub fn with_filter(mut self, change: impl FnOnce(&mut ContractFilter)) -> Self {
        change(&mut self.filter);
        self
    }

    /// This query after a press on a column's header.
    #[must_use]
    pub fn sorted_by(mut self, column: ContractColumn) -> Self {
        self.sort = self.sort.pressed_from(column, column.first_direction());
        self
    }
}

/// A comparison of two versions, and the part of its lines that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The numbers of the earlier and the later version.
    pub versions: (u32, u32),
    /// What happened to the lines that are shown. `None` for all.
    pub fate: Option<LineFate>,
    pub part: LinesPart,
}

impl Comparison {
    /// A comparison at its beginning.
    #[must_use]
    pub fn new(versions: (u32, u32)) -> Self {
        Self { versions, fate: None, part: LinesPart::default() }
    }
}

/// The address of one contract: what of it is shown, and the table from which it was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContractQuery {
    /// The table to which the way back leads.
    pub table: ContractsQuery,
    /// The version whose lines are shown. `None` for the one in force.
    pub version: Option<u32>,
    /// The part of the lines.
    pub lines: LinesPart,
    pub comparison: Option<Comparison>,
}

impl ContractQuery {
    /// Reads the query of an address, as [`ContractsQuery::parse`].
    #[must_use]
    pub fn parse(search: &str) -> Self {
        let values = address::values(search);
        let line = |name: &str| values.get(name).and_then(|line| line.parse().ok());
        let number = |name: &str| values.get(name).and_then(|number| number.parse().ok());
        let comparison = number("from").zip(number("to")).map(|versions| Comparison {
            versions,
            fate: values.get("fate").and_then(|fate| LineFate::named(fate)),
            part: LinesPart {
                after: line("differs_after"),
                before: line("differs_before"),
                search: None,
            },
        });
        Self {
            table: ContractsQuery::parse(search),
            version: number("version"),
            lines: LinesPart {
                after: line("after"),
                before: line("before"),
                search: values.get("find").and_then(|text| address::typed_text(text)),
            },
            comparison,
        }
    }

    /// The query of an address, with its question mark. Empty for a contract as it is opened from
    /// the table without filter.
    #[must_use]
    pub fn to_search(&self) -> String {
        let mut pairs = self.table.pairs();
        let mut push = |name: &'static str, value: Option<String>| {
            pairs.extend(value.map(|value| (name, value)));
        };
        push("version", self.version.map(|version| version.to_string()));
        push("after", self.lines.after.as_ref().map(ToString::to_string));
        push("before", self.lines.before.as_ref().map(ToString::to_string));
        push("find", self.lines.search.clone());
        if let Some(Comparison { versions: (from, to), fate, part }) = &self.comparison {
            push("from", Some(from.to_string()));
            push("to", Some(to.to_string()));
            push("fate", fate.map(|fate| fate.name().to_owned()));
            push("differs_after", part.after.as_ref().map(ToString::to_string));
            push("differs_before", part.before.as_ref().map(ToString::to_string));
        }
        address::search(&pairs)
    }

    /// This query at the beginning of the lines of another version.
    #[must_use]
    pub fn at_version(mut self, version: u32) -> Self {
        self.version = Some(version);
        self.lines = LinesPart { search: self.lines.search, ..LinesPart::default() };
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_address_of_the_table_says_is_read_back() {
        let filter = ContractFilter {
            state: Some(ContractState::Announced),
            supplier: "S+1?# ü".parse().ok(),
            within: Some(90),
        };
        assert!(filter.supplier.is_some());
        for column in ContractColumn::ALL {
            for direction in [Direction::Ascending, Direction::Descending] {
                let sort = Sort { column, direction };
                let query = ContractsQuery { filter: filter.clone(), sort };
                assert_eq!(ContractsQuery::parse(&query.to_search()), query);
            }
        }
        assert_eq!(ContractsQuery::default().to_search(), "");
        let read = ContractsQuery::parse("?state=lost&within=soon&sort=x&y=1");
        assert_eq!(read, ContractsQuery::default());
    }

    #[test]
    fn the_address_of_a_contract_keeps_the_table_its_part_and_its_comparison() {
        let query = ContractQuery {
            table: ContractsQuery::parse("?supplier=S1&sort=-lines"),
            version: Some(2),
            lines: LinesPart {
                after: "10/ä".parse().ok(),
                before: None,
                search: Some("soap & salt".to_owned()),
            },
            comparison: Some(Comparison {
                fate: Some(LineFate::Repriced),
                part: LinesPart { before: "20".parse().ok(), ..LinesPart::default() },
                ..Comparison::new((1, 2))
            }),
        };
        assert!(query.lines.after.is_some());
        assert_eq!(ContractQuery::parse(&query.to_search()), query);
        assert_eq!(ContractQuery::default().to_search(), "");
        // A comparison needs two versions.
        assert_eq!(ContractQuery::parse("?from=1").comparison, None);
        let other = query.at_version(1);
        assert_eq!((other.lines.after, other.lines.search.is_some()), (None, true));
    }
}
