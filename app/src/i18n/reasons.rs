//! Why an order was refused, or is on hold, in every language.

use calloff_core::ids::{ItemId, OrderLineId, SupplierId};
use calloff_core::limits::NOTE_BYTES;
use calloff_core::order::accept::{LockedField, Reason};
use calloff_core::order::exception::Undecidable;
use calloff_core::order::{ConflictAt, OrderState};
use calloff_core::resolve::AdjustmentReason;
use calloff_core::unit::Unit;
use rust_decimal::Decimal;

use super::{
    Language, Names, Text, counted_unit_name, day, decimal, explanation, fill, grouped, measure,
    quantity,
};

/// A reason in words. Order lines are named by their items, and items and suppliers by their names.
/// An item or supplier without a known name is "an item" or the like, never an identifier.
#[must_use]
pub fn reason(why: &Reason, order: &OrderState, language: Language, names: &impl Names) -> String {
    let text = |text: Text| text.in_language(language);
    let say = |template: Text, values: &[(&str, &str)]| capitalised(&fill(text(template), values));
    let item = |item: &ItemId| names.item(item).unwrap_or_else(|| text(Text::AnItem).to_owned());
    let line = |line: &OrderLineId| line_name(line, order, language, names);
    let supplier = |supplier: &SupplierId| supplier_name(order, supplier, language, names);
    match why {
        Reason::NotSubmitted => say(Text::ReasonNotSubmitted, &[]),
        Reason::EmptyOrder => say(Text::ReasonEmptyOrder, &[]),
        Reason::OpenConflict { at } => {
            let what = match at {
                ConflictAt::Quantity(at) => line(at),
                ConflictAt::Note => text(Text::Note).to_owned(),
            };
            say(Text::ReasonOpenConflict, &[("what", &what)])
        }
        Reason::LineNotLocked { item: of, added_by, .. } => {
            say(Text::ReasonLineNotLocked, &[("item", &item(of)), ("name", added_by)])
        }
        Reason::LineChanged { item: of, sent, now, .. } => {
            let template =
                if now.is_zero() { Text::ReasonLineRemoved } else { Text::ReasonLineChanged };
            say(template, &[("item", &item(of)), ("sent", &quantity(sent, language))])
        }
        Reason::MixedReleases => say(Text::ReasonMixedReleases, &[]),
        Reason::UnknownRelease { release } => {
            say(Text::ReasonUnknownRelease, &[("release", &release.to_string())])
        }
        Reason::ReleaseNotInForce { release, in_force_from: Some(first) } => say(
            Text::ReasonReleaseNotYet,
            &[("release", &release.to_string()), ("day", &day(*first, language))],
        ),
        Reason::ReleaseNotInForce { release, in_force_from: None } => {
            say(Text::ReasonReleaseNever, &[("release", &release.to_string())])
        }
        Reason::DeliveryMissed { item: of, delivery_date, first_possible: Some(first), .. } => say(
            Text::ReasonDeliveryMissed,
            &[
                ("item", &item(of)),
                ("day", &day(*delivery_date, language)),
                ("first", &day(*first, language)),
            ],
        ),
        Reason::DeliveryMissed { item: of, delivery_date, first_possible: None, .. } => say(
            Text::ReasonDeliveryNever,
            &[("item", &item(of)), ("day", &day(*delivery_date, language))],
        ),
        Reason::ReleaseSuperseded { line: of, superseded_on, grace_days, .. } => say(
            Text::ReasonReleaseSuperseded,
            &[
                ("item", &line(of)),
                ("day", &day(*superseded_on, language)),
                ("days", &grace_days.to_string()),
            ],
        ),
        Reason::OrderDateAhead { line: of, order_date } => say(
            Text::ReasonOrderDateAhead,
            &[("item", &line(of)), ("day", &day(*order_date, language))],
        ),
        Reason::OrderDateBehind { line: of, order_date, grace_days } => say(
            Text::ReasonOrderDateBehind,
            &[
                ("item", &line(of)),
                ("day", &day(*order_date, language)),
                ("days", &grace_days.to_string()),
            ],
        ),
        Reason::NoSource { item: of, why, .. } => say(
            Text::ReasonNoSource,
            &[("item", &item(of)), ("why", explanation::no_source(*why, language))],
        ),
        Reason::CapExhausted { item: of, commitment, asked, left, .. } => say(
            Text::ReasonCapExhausted,
            &[
                ("item", &item(of)),
                ("contract", commitment.contract.as_str()),
                ("asked", &measure(asked, language)),
                ("left", &measure(left, language)),
            ],
        ),
        Reason::AdjustmentNeeded { item: of, why, .. } => {
            let template = match why {
                AdjustmentReason::BelowMinimum => Text::ReasonAdjustBelowMinimum,
                AdjustmentReason::AboveMaximum => Text::ReasonAdjustAboveMaximum,
                AdjustmentReason::NotOnIncrement => Text::ReasonAdjustNotOnIncrement,
                AdjustmentReason::AboveAllotment => Text::ReasonAdjustAboveAllotment,
            };
            say(template, &[("item", &item(of))])
        }
        Reason::Differs { item: of, release, field: differing, locked, verified, .. } => {
            let value = |value: &str| locked_value(*differing, value, order, language, names);
            say(
                Text::ReasonDiffers,
                &[
                    ("item", &item(of)),
                    ("field", field(*differing).in_language(language)),
                    ("sent", &value(locked)),
                    ("release", &release.to_string()),
                    ("verified", &value(verified)),
                ],
            )
        }
        Reason::Declined { by, why } => say(Text::ReasonDeclined, &[("name", by), ("why", why)]),
        Reason::TotalOverflow { supplier: of } => {
            say(Text::ReasonTotalOverflow, &[("supplier", &supplier(of))])
        }
    }
}

/// Why the server did not take a decision about an order, in words.
#[must_use]
pub fn undecidable(
    why: &Undecidable,
    order: &OrderState,
    language: Language,
    names: &impl Names,
) -> String {
    let say = |template: Text, values: &[(&str, &str)]| {
        capitalised(&fill(template.in_language(language), values))
    };
    let line = |line: &OrderLineId| line_name(line, order, language, names);
    match why {
        Undecidable::NotOnHold => say(Text::UndecidableNotOnHold, &[]),
        Undecidable::BadReason => {
            let most = grouped(&NOTE_BYTES.to_string(), language);
            say(Text::UndecidableBadReason, &[("most", &most)])
        }
        Undecidable::NotHonourable { reason: because } => say(
            Text::UndecidableNotHonourable,
            &[("reason", &reason(because, order, language, names))],
        ),
        Undecidable::NewDayNeeded { line: of, locked_day, first: Some(first) } => say(
            Text::UndecidableNewDay,
            &[
                ("item", &line(of)),
                ("day", &day(*locked_day, language)),
                ("first", &day(*first, language)),
            ],
        ),
        Undecidable::BadDay { line: of, day: chosen, first: Some(first) } => say(
            Text::UndecidableBadDay,
            &[
                ("item", &line(of)),
                ("day", &day(*chosen, language)),
                ("first", &day(*first, language)),
            ],
        ),
        Undecidable::NewDayNeeded { line: of, locked_day: on, first: None }
        | Undecidable::BadDay { line: of, day: on, first: None } => {
            say(Text::UndecidableNoDay, &[("item", &line(of)), ("day", &day(*on, language))])
        }
        Undecidable::NoSuchLine { .. } => say(Text::UndecidableNoSuchLine, &[]),
    }
}

fn line_name(
    line: &OrderLineId,
    order: &OrderState,
    language: Language,
    names: &impl Names,
) -> String {
    let line = order.lines.get(line);
    line.and_then(|line| names.item(&line.item))
        .unwrap_or_else(|| Text::AnItem.in_language(language).to_owned())
}

fn supplier_name(
    order: &OrderState,
    id: &SupplierId,
    language: Language,
    names: &impl Names,
) -> String {
    let cut = order.server.purchase_orders.iter().find(|cut| cut.supplier == *id);
    (names.supplier(id))
        .or_else(|| cut.and_then(|cut| cut.supplier_name.clone()))
        .unwrap_or_else(|| Text::ASupplier.in_language(language).to_owned())
}

fn field(of: LockedField) -> Text {
    match of {
        LockedField::Contract => Text::FieldContract,
        LockedField::Version => Text::FieldVersion,
        LockedField::Line => Text::FieldLine,
        LockedField::Supplier => Text::FieldSupplier,
        LockedField::Item => Text::FieldItem,
        LockedField::IsSubstitute => Text::FieldIsSubstitute,
        LockedField::Tier => Text::FieldTier,
        LockedField::UnitPrice => Text::FieldUnitPrice,
        LockedField::BaseQuantity => Text::FieldBaseQuantity,
        LockedField::Quantity => Text::FieldQuantity,
        LockedField::Amount => Text::FieldAmount,
        LockedField::DeliveryDate => Text::FieldDeliveryDate,
    }
}

/// The value of a locked price's field, which the core writes as text. Contracts and their lines
/// have no names but their numbers.
fn locked_value(
    of: LockedField,
    value: &str,
    order: &OrderState,
    language: Language,
    names: &impl Names,
) -> String {
    let text = |text: Text| text.in_language(language).to_owned();
    match of {
        LockedField::Contract | LockedField::Version | LockedField::Line | LockedField::Tier => {
            value.to_owned()
        }
        LockedField::Supplier => match value.parse() {
            Ok(id) => supplier_name(order, &id, language, names),
            Err(_) => text(Text::ASupplier),
        },
        LockedField::Item => {
            value.parse().ok().and_then(|id| names.item(&id)).unwrap_or_else(|| text(Text::AnItem))
        }
        LockedField::IsSubstitute => text(if value == "true" { Text::Yes } else { Text::No }),
        LockedField::UnitPrice | LockedField::Amount | LockedField::BaseQuantity => {
            number_first(value, |_, code| code.to_owned(), language)
        }
        LockedField::Quantity => number_first(
            value,
            |number, code| {
                Unit::parse(code).map_or_else(
                    |_| code.to_owned(),
                    |unit| counted_unit_name(unit, number, language),
                )
            },
            language,
        ),
        LockedField::DeliveryDate => {
            value.parse().map_or_else(|_| value.to_owned(), |date| day(date, language))
        }
    }
}

/// A text such as "12.5 EUR" or "3 XBX" in the reader's language. `named` gives the name of the
/// currency or unit.
fn number_first(
    value: &str,
    named: impl Fn(Decimal, &str) -> String,
    language: Language,
) -> String {
    let (number, code) = value.split_once(' ').unwrap_or((value, ""));
    let Ok(number) = number.parse::<Decimal>() else { return value.to_owned() };
    let written = decimal(number, language);
    if code.is_empty() { written } else { format!("{written}\u{a0}{}", named(number, code)) }
}

/// Begins a sentence with a capital letter, because it may begin with "an item".
fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>());
    first.unwrap_or_default() + letters.as_str()
}

#[cfg(test)]
mod tests {
    use calloff_core::quantity::Quantity;

    use super::*;
    use crate::testing::{catalogue, draft};

    /// One reason of each kind, as the server may send it, about an order of flour.
    fn each(order: &OrderState) -> Vec<Reason> {
        let (line, flour) =
            order.lines.iter().next().map(|(id, line)| (id.clone(), line.item.clone())).unwrap();
        let date = || "2026-03-05".parse().unwrap();
        let differs = |field, locked: &str, verified: &str| Reason::Differs {
            line: line.clone(),
            item: flour.clone(),
            release: 3,
            field,
            locked: locked.to_owned(),
            verified: verified.to_owned(),
        };
        vec![
            Reason::OpenConflict { at: ConflictAt::Quantity(line.clone()) },
            Reason::LineNotLocked {
                line: line.clone(),
                item: flour.clone(),
                added_by: "Ana".to_owned(),
            },
            Reason::ReleaseSuperseded {
                line: line.clone(),
                release: 3,
                superseded_on: date(),
                grace_days: 7,
            },
            Reason::OrderDateAhead { line: line.clone(), order_date: date() },
            Reason::OrderDateBehind { line: line.clone(), order_date: date(), grace_days: 2 },
            Reason::AdjustmentNeeded {
                line: line.clone(),
                item: flour.clone(),
                why: AdjustmentReason::AboveMaximum,
            },
            differs(LockedField::UnitPrice, "1200.5 EUR", "13 EUR"),
            differs(LockedField::Quantity, "2 XBX", "1 XBX"),
            differs(LockedField::Supplier, "mill", "gone"),
            differs(LockedField::Item, "flour", "gone"),
            differs(LockedField::DeliveryDate, "2026-03-05", "2026-03-06"),
            Reason::DeliveryMissed {
                line: line.clone(),
                item: flour.clone(),
                delivery_date: date(),
                first_possible: Some(date()),
            },
            Reason::LineChanged {
                line: line.clone(),
                item: flour.clone(),
                sent: Quantity::new(Decimal::TWO, Unit::parse("XBX").unwrap()),
                now: Decimal::ZERO,
            },
        ]
    }

    #[test]
    fn a_reason_names_items_and_days_and_no_identifier_in_every_language() {
        let (order, catalogue) = (draft(1), catalogue());
        for language in Language::ALL {
            for why in each(&order) {
                let said = reason(&why, &order, language, &catalogue);
                assert!(said.starts_with("Flour") || said.starts_with("Wheat"), "{said}");
                let line = order.lines.keys().next().unwrap().to_string();
                assert!(
                    !said.contains(&line) && !said.contains('{') && !said.contains("2026-"),
                    "{said}"
                );
            }
        }
    }

    #[test]
    fn a_decision_that_was_not_taken_says_why_in_every_language_and_what_is_possible() {
        let (order, catalogue) = (draft(1), catalogue());
        let line = order.lines.keys().next().unwrap();
        let date = |text: &str| text.parse().unwrap();
        let (locked_day, first) = (date("2026-03-05"), Some(date("2026-03-06")));
        let each = [
            Undecidable::NotOnHold,
            Undecidable::BadReason,
            Undecidable::NotHonourable { reason: Box::new(self::each(&order)[6].clone()) },
            Undecidable::NewDayNeeded { line: line.clone(), locked_day, first },
            Undecidable::NewDayNeeded { line: line.clone(), locked_day, first: None },
            Undecidable::BadDay { line: line.clone(), day: locked_day, first },
            Undecidable::BadDay { line: line.clone(), day: locked_day, first: None },
            Undecidable::NoSuchLine { line: line.clone() },
        ];
        for why in each {
            let said =
                Language::ALL.map(|language| undecidable(&why, &order, language, &catalogue));
            assert_ne!(said[0], said[1], "{why:?}");
            for said in said {
                assert!(!said.contains('{') && !said.contains(&line.to_string()), "{said}");
                assert!(!said.contains("2026-"), "{said}");
            }
        }
        let needed = Undecidable::NewDayNeeded { line: line.clone(), locked_day, first };
        let said = undecidable(&needed, &order, Language::German, &catalogue);
        assert!(said.contains("6. März 2026"), "the first day that is possible: {said}");
    }

    #[test]
    fn values_of_a_locked_price_are_written_as_the_language_writes_them() {
        let (order, catalogue) = (draft(1), catalogue());
        let said = |at: usize| reason(&each(&order)[at], &order, Language::German, &catalogue);
        assert!(said(6).contains("1.200,5\u{a0}EUR"), "{}", said(6));
        assert!(
            said(7).contains("2\u{a0}Schachteln") && said(7).contains("1\u{a0}Schachtel"),
            "{}",
            said(7)
        );
        assert!(said(8).contains("ein Lieferant"), "what nobody can name has no name: {}", said(8));
        assert!(said(10).contains("5. März 2026"), "{}", said(10));
    }

    #[test]
    fn what_has_no_name_is_an_item_and_not_its_number() {
        let order = draft(1);
        let said = reason(
            &each(&order)[4],
            &order,
            Language::English,
            &None::<calloff_core::catalogue::Catalogue>,
        );
        assert!(said.starts_with("An item: priced on 5 March 2026"), "{said}");
    }
}
