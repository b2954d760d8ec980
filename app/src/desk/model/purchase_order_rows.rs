//! The rows of the table of purchase orders: their order, and their state in words.

use std::cmp::Ordering;

use calloff_core::order::PurchaseOrderState;
use calloff_core::wire::{DispatchState, PurchaseOrderRow};

use crate::components::{Direction, Sort, Tone};
use crate::i18n::Text;

/// A column of the table of purchase orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PurchaseOrderColumn {
    Number,
    Supplier,
    Site,
    Delivery,
    Lines,
    State,
    Total,
}

impl PurchaseOrderColumn {
    /// Every column, from left to right.
    pub const ALL: [Self; 7] = [
        Self::Number,
        Self::Supplier,
        Self::Site,
        Self::Delivery,
        Self::Lines,
        Self::State,
        Self::Total,
    ];

    /// The column's name in addresses.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Supplier => "supplier",
            Self::Site => "site",
            Self::Delivery => "delivery",
            Self::Lines => "lines",
            Self::State => "state",
            Self::Total => "total",
        }
    }

    /// The direction of the first press on the column's header, by what people look for first.
    #[must_use]
    pub fn first_direction(self) -> Direction {
        match self {
            Self::Number | Self::Delivery | Self::Lines | Self::Total => Direction::Descending,
            Self::Supplier | Self::Site | Self::State => Direction::Ascending,
        }
    }
}

/// Sorts the rows. Equal rows keep the server's order, the latest delivery first.
#[must_use]
pub fn sorted(
    rows: Vec<PurchaseOrderRow>,
    sort: Sort<PurchaseOrderColumn>,
) -> Vec<PurchaseOrderRow> {
    sort.sorted(rows, compare)
}

fn compare(a: &PurchaseOrderRow, b: &PurchaseOrderRow, column: PurchaseOrderColumn) -> Ordering {
    let folded = |name: &str| name.to_lowercase();
    match column {
        // A longer number comes later: "PO-99" is before "PO-100".
        PurchaseOrderColumn::Number => {
            (a.number.len(), &a.number).cmp(&(b.number.len(), &b.number))
        }
        PurchaseOrderColumn::Supplier => folded(&a.supplier_name).cmp(&folded(&b.supplier_name)),
        PurchaseOrderColumn::Site => folded(&a.site_name).cmp(&folded(&b.site_name)),
        PurchaseOrderColumn::Delivery => a.delivery_date.cmp(&b.delivery_date),
        PurchaseOrderColumn::Lines => a.lines.cmp(&b.lines),
        PurchaseOrderColumn::State => urgency(a.state).cmp(&urgency(b.state)),
        // Amounts in different currencies are not converted, because no rate is agreed.
        PurchaseOrderColumn::Total => {
            (a.total.currency, a.total.amount).cmp(&(b.total.currency, b.total.amount))
        }
    }
}

/// The rank of a state: what needs a person comes first.
fn urgency(state: PurchaseOrderState) -> u8 {
    match state {
        PurchaseOrderState::NeedsPerson => 0,
        PurchaseOrderState::Uncertain => 1,
        PurchaseOrderState::ToSend => 2,
        PurchaseOrderState::Unknown => 3,
        PurchaseOrderState::Sent => 4,
    }
}

/// The state of a purchase order, and how urgent it is.
#[must_use]
pub fn state_text(state: PurchaseOrderState) -> (Tone, Text) {
    match state {
        PurchaseOrderState::Unknown => (Tone::Neutral, Text::PurchaseOrderNotKnown),
        PurchaseOrderState::ToSend => (Tone::Informative, Text::PurchaseOrderToSend),
        PurchaseOrderState::NeedsPerson => (Tone::Caution, Text::PurchaseOrderByHand),
        PurchaseOrderState::Uncertain => (Tone::Caution, Text::PurchaseOrderPerhapsSent),
        PurchaseOrderState::Sent => (Tone::Positive, Text::PurchaseOrderSent),
    }
}

/// The state of one sending, and how urgent it is.
#[must_use]
pub fn dispatch_text(state: DispatchState) -> (Tone, Text) {
    match state {
        DispatchState::Waiting => (Tone::Informative, Text::DispatchWaiting),
        DispatchState::Uncertain => (Tone::Caution, Text::PurchaseOrderPerhapsSent),
        DispatchState::Sent => (Tone::Positive, Text::PurchaseOrderSent),
        DispatchState::Failed => (Tone::Negative, Text::DispatchFailed),
        DispatchState::TakenBack => (Tone::Neutral, Text::DispatchTakenBack),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use calloff_core::ids::DocumentId;
    use calloff_core::money::{Currency, Money};

    use super::*;
    use crate::i18n::Language;

    fn row(number: &str, state: PurchaseOrderState, total: &str) -> PurchaseOrderRow {
        PurchaseOrderRow {
            number: number.to_owned(),
            order: DocumentId::mint(0, [1; 10]),
            site: "S01".parse().unwrap(),
            site_name: "Harbour".to_owned(),
            supplier: "A1".parse().unwrap(),
            supplier_name: "Acme".to_owned(),
            delivery_date: "2026-03-02".parse().unwrap(),
            total: Money {
                amount: total.parse().unwrap(),
                currency: Currency::parse("GBP").unwrap(),
            },
            lines: 1,
            state,
            state_since: None,
        }
    }

    fn numbers(rows: Vec<PurchaseOrderRow>, column: PurchaseOrderColumn) -> Vec<String> {
        let sort = Sort { column, direction: column.first_direction() };
        sorted(rows, sort).into_iter().map(|row| row.number).collect()
    }

    #[test]
    fn what_needs_a_person_comes_first_and_numbers_sort_by_their_value() {
        let rows = vec![
            row("PO-99", PurchaseOrderState::Sent, "10"),
            row("PO-100", PurchaseOrderState::NeedsPerson, "9"),
            row("PO-101", PurchaseOrderState::Sent, "100"),
        ];
        let sorted = |column| numbers(rows.clone(), column);
        assert_eq!(sorted(PurchaseOrderColumn::State), ["PO-100", "PO-99", "PO-101"]);
        assert_eq!(sorted(PurchaseOrderColumn::Number), ["PO-101", "PO-100", "PO-99"]);
        assert_eq!(sorted(PurchaseOrderColumn::Total), ["PO-101", "PO-99", "PO-100"]);
        assert_eq!(sorted(PurchaseOrderColumn::Site), ["PO-99", "PO-100", "PO-101"]);
    }

    #[test]
    fn each_state_has_its_own_words() {
        for language in Language::ALL {
            let words = PurchaseOrderState::ALL.map(|of| state_text(of).1.in_language(language));
            assert_eq!(BTreeSet::from(words).len(), words.len());
            let words = DispatchState::ALL.map(|of| dispatch_text(of).1.in_language(language));
            assert_eq!(BTreeSet::from(words).len(), words.len());
        }
        assert_eq!(state_text(PurchaseOrderState::NeedsPerson).0, Tone::Caution);
    }
}
