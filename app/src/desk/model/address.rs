//! The query of an address, by which two people at the same address see the same table.

use std::collections::BTreeMap;

use calloff_core::percent::percent_decoded;

use crate::api::percent_encoded;
use crate::components::{Direction, Sort};

/// The name of the part that holds the sorting.
const SORT: &str = "sort";

/// The parts of a query, with or without its question mark. A part that cannot be read is left out.
#[must_use]
pub fn values(search: &str) -> BTreeMap<&str, String> {
    let search = search.trim_start_matches('?');
    let pairs = search.split('&').filter_map(|pair| pair.split_once('='));
    // Forms write a space as `+`.
    pairs
        .filter_map(|(key, value)| Some((key, percent_decoded(&value.replace('+', " "))?)))
        .collect()
}

/// The query of these parts, with its question mark. Empty without parts.
#[must_use]
pub fn search(pairs: &[(&'static str, String)]) -> String {
    let pairs: Vec<String> =
        pairs.iter().map(|(key, value)| format!("{key}={}", percent_encoded(value))).collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

/// What a person typed, without spaces around it. `None` if it is empty.
#[must_use]
pub fn typed_text(typed: &str) -> Option<String> {
    let typed = typed.trim();
    (!typed.is_empty()).then(|| typed.to_owned())
}

/// A sorting as a part of a query: the name of its column, after `-` if it descends.
#[must_use]
pub fn sort_pair<C>(sort: Sort<C>, name: &str) -> (&'static str, String) {
    let sign = match sort.direction {
        Direction::Ascending => "",
        Direction::Descending => "-",
    };
    (SORT, format!("{sign}{name}"))
}

/// The sorting in the parts of a query. `named` finds a column by its name. `None` if the query has
/// no sorting, or names a column that does not exist.
#[must_use]
pub fn sort<C>(
    values: &BTreeMap<&str, String>,
    named: impl Fn(&str) -> Option<C>,
) -> Option<Sort<C>> {
    let text = values.get(SORT)?;
    let (name, direction) = match text.strip_prefix('-') {
        Some(name) => (name, Direction::Descending),
        None => (text.as_str(), Direction::Ascending),
    };
    Some(Sort { column: named(name)?, direction })
}
