//! Suppliers in a list: what a search finds, and their order.

use calloff_core::wire::SupplierRow;

use crate::api::percent_encoded;
use crate::components::{Direction, Sort};

/// The column by which suppliers are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SupplierColumn {
    Name,
    Channel,
    Phone,
    Contracts,
    Sites,
    ToSend,
}

/// The suppliers whose name, number, telephone number or mail address holds every typed word.
#[must_use]
pub fn matching(rows: &[SupplierRow], typed: &str) -> Vec<SupplierRow> {
    let words: Vec<String> = typed.split_whitespace().map(str::to_lowercase).collect();
    let holds = |row: &&SupplierRow| {
        let destination = row.channel.as_ref().map_or("", |channel| channel.destination());
        let text = format!("{}\n{}\n{}\n{destination}", row.name, row.supplier, row.phone);
        let text = text.to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    rows.iter().filter(holds).cloned().collect()
}

/// Sorts suppliers. Equal ones keep the order of their names. By channel, those without one come
/// first, because a person has work with them.
#[must_use]
pub fn sorted(mut rows: Vec<SupplierRow>, sort: Sort<SupplierColumn>) -> Vec<SupplierRow> {
    rows.sort_by_cached_key(|row| (row.name.to_lowercase(), row.supplier.clone()));
    match sort.column {
        SupplierColumn::Name => {}
        SupplierColumn::Channel => rows.sort_by_cached_key(|row| {
            row.channel.as_ref().map(|channel| channel.destination().to_lowercase())
        }),
        SupplierColumn::Phone => rows.sort_by(|a, b| a.phone.cmp(&b.phone)),
        SupplierColumn::Contracts => rows.sort_by_key(|row| row.contracts),
        SupplierColumn::Sites => rows.sort_by_key(|row| row.sites),
        SupplierColumn::ToSend => rows.sort_by_key(|row| row.to_send),
    }
    if sort.direction == Direction::Descending {
        rows.reverse();
    }
    rows
}

/// The address by which a browser calls a telephone number, as people write it: "+44 (0)20 79-1".
#[must_use]
pub fn dialling(phone: &str) -> String {
    let phone = phone.replace("(0)", "");
    let dialled: String = phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    format!("tel:{dialled}")
}

/// The address by which a browser begins a message.
#[must_use]
pub fn writing(email: &str) -> String {
    match email.split_once('@') {
        Some((name, domain)) => {
            format!("mailto:{}@{}", percent_encoded(name), percent_encoded(domain))
        }
        None => format!("mailto:{}", percent_encoded(email)),
    }
}

#[cfg(test)]
mod tests {
    use calloff_core::supplier::OrderChannel;

    use super::*;

    fn row(id: &str, name: &str, email: Option<&str>, to_send: u32) -> SupplierRow {
        SupplierRow {
            supplier: id.parse().unwrap(),
            name: name.to_owned(),
            channel: email.map(|email| OrderChannel::Email(email.to_owned())),
            phone: "+44 20 1".to_owned(),
            contracts: 1,
            sites: 2,
            to_send,
        }
    }

    fn rows() -> Vec<SupplierRow> {
        vec![
            row("S2", "beta Foods", Some("orders@beta.example"), 0),
            row("S1", "Acme", None, 4),
            row("S3", "Gamma", Some("post@gamma.example"), 1),
        ]
    }

    #[test]
    fn a_supplier_is_found_by_name_number_and_address() {
        let found = |typed: &str| matching(&rows(), typed).len();
        assert_eq!((found("BETA foods"), found("s1"), found("post@"), found("")), (1, 1, 1, 3));
        assert_eq!(found("beta gamma"), 0);
    }

    #[test]
    fn a_number_is_dialled_and_an_address_is_written_to_however_people_typed_them() {
        assert_eq!(dialling("+44 (0)20 79-1"), "tel:+4420791");
        assert_eq!(dialling("030/12 34"), "tel:0301234");
        assert_eq!(writing("a&b?c@acme.example"), "mailto:a%26b%3Fc@acme.example");
    }

    #[test]
    fn those_without_a_channel_and_those_with_work_come_first() {
        let names = |column, direction| {
            let rows = sorted(rows(), Sort { column, direction });
            rows.into_iter().map(|row| row.name).collect::<Vec<_>>()
        };
        use Direction::{Ascending, Descending};
        assert_eq!(names(SupplierColumn::Name, Ascending), ["Acme", "beta Foods", "Gamma"]);
        assert_eq!(names(SupplierColumn::Channel, Ascending), ["Acme", "beta Foods", "Gamma"]);
        assert_eq!(names(SupplierColumn::ToSend, Descending), ["Acme", "Gamma", "beta Foods"]);
    }
}
