use std::collections::BTreeMap;

use jiff::civil::date;

use super::*;
use crate::catalogue::{Catalogue, CatalogueContent, ExchangeRates};
use crate::contract::{
    Amendment, Contract, DeliverySchedule, Preference, PriceDateBasis, PriceTier, Scope,
    SourcingRule,
};
use crate::sample::builder::{
    self, between, currency, decimal as dec, item, lead_time, node, packed_line, site, supplier,
    tie_decision, unit,
};
use crate::supplier::Supplier;

/// A change of the catalogue content that a test makes.
type Change = fn(&mut CatalogueContent);

/// A tree org → north → n1, n2; org → south → s1. There are two suppliers, the item `milk`, and one
/// contract `A` at 10.00 for a case of 12.
fn content() -> CatalogueContent {
    CatalogueContent {
        locations: vec![
            node("org", None),
            node("north", Some("org")),
            site("n1", "north"),
            site("n2", "north"),
            node("south", Some("org")),
            site("s1", "south"),
        ],
        suppliers: vec![
            Supplier { name: "Northwind Dairy".into(), ..supplier("S1") },
            Supplier { name: "Southwold Foods".into(), ..supplier("S2") },
        ],
        items: vec![item("milk"), item("oat-drink")],
        contracts: vec![contract("A", "S1", "10.00")],
        sourcing_rules: Vec::new(),
        exchange_rates: ExchangeRates::single(currency("EUR")),
        tie_decisions: Vec::new(),
        allotments: Vec::new(),
        time_zones: Default::default(),
    }
}

fn tier(threshold: &str, amount: &str) -> PriceTier {
    builder::tier(threshold, amount, "XCS")
}

/// A contract for 2025 with one line: a case of 12 milk.
fn contract(id: &str, supplier: &str, amount: &str) -> Contract {
    let line = packed_line(&format!("{id}-1"), "milk", "XCS", "12", vec![tier("0", amount)]);
    Contract {
        validity: between("2025-01-01", "2025-12-31"),
        ..builder::contract(id, supplier, "org", vec![line])
    }
}

fn rule(preference: Preference, supplier: &str, location: &str) -> SourcingRule {
    builder::sourcing_rule("milk", supplier, location, preference)
}

/// Resolves five cases of milk at n1 on 15 June 2025, after `change`.
fn asked(
    content: &CatalogueContent,
    change: impl FnOnce(&mut ResolutionRequest<'_>),
    check: impl FnOnce(&Catalogue, &Resolution<'_>),
) {
    let catalogue = Catalogue::build(content.clone()).unwrap();
    let site = "n1".parse().unwrap();
    let mut request = ResolutionRequest::new("milk", dec("5"), &site, date(2025, 6, 15));
    change(&mut request);
    let resolution = resolve(&catalogue, &request);
    assert_eq!(select(&catalogue, &request), resolution.outcome, "both ways answer the same");
    check(&catalogue, &resolution);
}

fn winner(
    content: &CatalogueContent,
    change: impl FnOnce(&mut ResolutionRequest<'_>),
) -> Option<String> {
    let mut winner = None;
    asked(content, change, |_, resolution| {
        winner = resolution.outcome.selected().map(|s| s.contract.to_string())
    });
    winner
}

fn first_rejection(
    content: &CatalogueContent,
    change: impl FnOnce(&mut ResolutionRequest<'_>),
) -> Rejection {
    let mut found = None;
    asked(content, change, |_, resolution| {
        found = resolution.candidates.iter().find_map(|candidate| match &candidate.verdict {
            CandidateVerdict::Rejected(rejection) => Some(rejection.clone()),
            CandidateVerdict::Eligible { .. } => None,
        });
    });
    found.expect("a rejected candidate")
}

#[test]
fn a_line_is_selected_and_priced() {
    asked(
        &content(),
        |_| (),
        |catalogue, resolution| {
            let Outcome::Selected(selected) = &resolution.outcome else {
                panic!("{:?}", resolution.outcome)
            };
            assert_eq!(selected.amount.to_string(), "50.00 EUR");
            assert_eq!(selected.quantity, Quantity::new(dec("5"), unit("XCS")));
            assert_eq!(selected.delivery_date, date(2025, 6, 15));
            let said = explain(catalogue, resolution);
            assert_eq!(
                said,
                [
                    "5 XCS from Northwind Dairy on contract A: 50.00 EUR at 10.00 EUR, delivered \
                     15 June 2025.",
                    "Northwind Dairy (A, line A-1) is chosen at 10.00 EUR."
                ]
            );
        },
    );
}

#[test]
fn what_cannot_be_asked_is_answered() {
    let outcome = |change: fn(&mut ResolutionRequest<'_>)| {
        let mut found = None;
        asked(&content(), change, |_, resolution| {
            if let Outcome::NoSource(reason) = resolution.outcome {
                found = Some(reason);
            }
        });
        found
    };
    assert_eq!(outcome(|r| r.item = "unheard-of"), Some(NoSource::UnknownItem));
    assert_eq!(outcome(|r| r.item = "oat-drink"), Some(NoSource::NotOnContract));
    assert_eq!(outcome(|r| r.quantity = Decimal::ZERO), Some(NoSource::QuantityNotPositive));
    assert_eq!(outcome(|r| r.quantity = dec("-1")), Some(NoSource::QuantityNotPositive));
    assert_eq!(outcome(|r| r.order_date = date(2026, 1, 1)), Some(NoSource::AllRejected));
}

#[test]
fn a_region_is_no_site_to_order_for() {
    let catalogue = Catalogue::build(content()).unwrap();
    for place in ["north", "nowhere"] {
        let site = place.parse().unwrap();
        let request = ResolutionRequest::new("milk", dec("5"), &site, date(2025, 6, 15));
        assert_eq!(
            resolve(&catalogue, &request).outcome,
            Outcome::NoSource(NoSource::UnknownSite),
            "{place}"
        );
    }
}

#[test]
fn case_07_the_first_and_the_last_day_count() {
    for (day, source) in [
        (date(2024, 12, 31), None),
        (date(2025, 1, 1), Some("A")),
        (date(2025, 12, 31), Some("A")),
        (date(2026, 1, 1), None),
    ] {
        assert_eq!(winner(&content(), |r| r.order_date = day).as_deref(), source, "{day}");
    }
    let mut narrower = content();
    narrower.contracts[0].lines[0].validity =
        Some(Validity::new(date(2025, 6, 15), Some(date(2025, 6, 15))));
    assert_eq!(winner(&narrower, |_| ()).as_deref(), Some("A"));
    for day in [date(2025, 6, 14), date(2025, 6, 16)] {
        let rejection = first_rejection(&narrower, |r| r.order_date = day);
        assert!(
            matches!(rejection, Rejection::OutsideLineValidity { tested, .. } if tested == day),
            "{rejection:?}"
        );
    }
}

#[test]
fn the_delivery_date_is_tested_where_the_contract_says_so() {
    let mut content = content();
    content.contracts[0].price_date_basis = PriceDateBasis::RequestedDeliveryDate;
    content.contracts[0].terms.lead_time_days = Some(3);
    assert_eq!(winner(&content, |r| r.order_date = date(2024, 12, 29)).as_deref(), Some("A"));
    assert_eq!(winner(&content, |r| r.order_date = date(2025, 12, 29)), None);
    let tested = first_rejection(&content, |r| r.requested_delivery_date = Some(date(2026, 1, 1)));
    assert!(
        matches!(tested, Rejection::OutsideContractValidity { tested, .. } if tested == date(2026, 1, 1))
    );
}

#[test]
fn each_step_rejects_for_its_own_reason() {
    let rejection = |change: fn(&mut CatalogueContent)| {
        let mut content = content();
        change(&mut content);
        first_rejection(&content, |_| ())
    };
    assert_eq!(
        rejection(|c| c.contracts[0].status = ContractStatus::Suspended),
        Rejection::Suspended
    );
    assert_eq!(
        rejection(|c| c.contracts[0].status = ContractStatus::Ended),
        Rejection::NotPublished(ContractStatus::Ended)
    );
    assert_eq!(
        rejection(|c| c.contracts[0].scope.excluded = vec!["north".parse().unwrap()]),
        Rejection::OutOfScope
    );
    assert_eq!(
        rejection(
            |c| c.contracts[0].lines[0].territory = Some(Scope::of("n2".parse().unwrap()).into())
        ),
        Rejection::OutOfScope
    );
    assert_eq!(
        rejection(|c| c.sourcing_rules = vec![rule(Preference::Blocked, "S1", "north")]),
        Rejection::Blocked
    );
    assert_eq!(
        rejection(|c| c.contracts[0].lines[0].tiers[0].threshold = dec("6")),
        Rejection::NoPriceAtDate { tested: date(2025, 6, 15) }
    );
    assert_eq!(
        rejection(|c| {
            let schedule =
                DeliverySchedule { weekdays: vec![], cut_off: None, holidays: BTreeMap::new() };
            c.contracts[0].terms.delivery_schedule = Some(schedule);
        }),
        Rejection::NoDelivery
    );
    assert_eq!(
        rejection(|c| c.contracts[0].lines[0].tiers[0].price.amount = Decimal::MAX),
        Rejection::NotComputable
    );
}

#[test]
fn case_06_an_amendment_supersedes_from_its_day() {
    let mut content = content();
    let mut second = contract("A", "S1", "11.00");
    second.version = 2;
    second.amendment = Some(Amendment {
        effective_from: date(2025, 7, 1),
        reason_code: "PRICE".into(),
        rationale: "Feed costs".into(),
    });
    content.contracts.push(second);
    let price = |day| {
        let mut price = String::new();
        asked(
            &content,
            |r| r.order_date = day,
            |_, resolution| {
                price = resolution
                    .outcome
                    .selected()
                    .map(|s| s.unit_price.to_string())
                    .unwrap_or_default();
            },
        );
        price
    };
    assert_eq!(
        (price(date(2025, 6, 30)), price(date(2025, 7, 1))),
        ("10.00".into(), "11.00".into())
    );
    let rejection = first_rejection(&content, |r| r.order_date = date(2025, 7, 1));
    assert_eq!(rejection, Rejection::Superseded { by_version: 2 });
}

#[test]
fn case_08_the_same_item_twice_on_one_contract() {
    let mut content = content();
    let mut singles = content.contracts[0].lines[0].clone();
    singles.id = "A-2".parse().unwrap();
    singles.orderable_unit = unit("EA");
    singles.content = Decimal::ONE;
    singles.tiers = vec![builder::tier("0", "0.80", "EA")];
    content.contracts[0].lines.push(singles);
    asked(
        &content,
        |r| r.unit = Some(unit("EA")),
        |_, resolution| {
            // 5 pieces need a whole case of 12, which costs more than 5 single pieces.
            let selected = resolution.outcome.selected().unwrap();
            assert_eq!(
                (selected.line.as_str(), selected.amount.to_string().as_str()),
                ("A-2", "4.00 EUR")
            );
            let CandidateVerdict::Eligible { rank: 2, offer, .. } =
                &resolution.candidates[1].verdict
            else {
                panic!()
            };
            let adjustment = offer.adjustment.unwrap();
            assert_eq!(
                (adjustment.reason, adjustment.adjust_to),
                (AdjustmentReason::NotOnIncrement, Decimal::ONE)
            );
            assert_eq!(adjustment.requested, Quantity::new(dec("5"), unit("EA")));
        },
    );
    asked(
        &content,
        |r| (r.unit, r.quantity) = (Some(unit("EA")), dec("24")),
        |_, resolution| {
            // 10.00 for 12 pieces is more than 0.80 for one piece.
            assert_eq!(resolution.outcome.selected().unwrap().line.as_str(), "A-2");
            let CandidateVerdict::Eligible { rank: 2, offer, .. } =
                &resolution.candidates[1].verdict
            else {
                panic!()
            };
            assert_eq!(offer.quantity, Quantity::new(dec("2"), unit("XCS")));
        },
    );
}

#[test]
fn case_09_units_convert_exactly_through_the_content() {
    let whole = content();
    let mut divisible = content();
    divisible.contracts[0].lines[0].divisible = Some(true);
    let of = |content: &CatalogueContent, quantity: &str, code: &str| {
        let mut found = None;
        asked(
            content,
            |r| (r.unit, r.quantity) = (Some(unit(code)), dec(quantity)),
            |_, resolution| {
                found = resolution.outcome.selected().map(|selected| selected.quantity.to_string());
            },
        );
        found
    };
    for content in [&whole, &divisible] {
        assert_eq!(of(content, "36", "EA").as_deref(), Some("3 XCS"));
        assert_eq!(of(content, "3", "DZN").as_deref(), Some("3 XCS"));
        assert_eq!(of(content, "1", "XBX"), None);
        assert_eq!(of(content, "1", "KGM"), None);
    }
    // A case is not opened unless the line says so, so the next whole case is offered.
    assert_eq!(of(&whole, "6", "EA").as_deref(), Some("1 XCS"));
    assert_eq!(of(&whole, "10", "EA").as_deref(), Some("1 XCS"));
    assert_eq!(of(&divisible, "6", "EA").as_deref(), Some("0.5 XCS"));
    assert_eq!(of(&divisible, "10", "EA"), None);
}

#[test]
fn case_10_quantities_are_adjusted_and_said_so() {
    let mut content = content();
    let line = &mut content.contracts[0].lines[0];
    line.minimum_order_quantity = Some(dec("3"));
    line.maximum_order_quantity = Some(dec("20"));
    line.order_quantity_increment = Some(dec("2"));
    let adjusted = |quantity: &str| {
        let mut found = None;
        asked(
            &content,
            |r| r.quantity = dec(quantity),
            |_, resolution| {
                found = match &resolution.outcome {
                    Outcome::Selected(_) => None,
                    Outcome::AdjustmentNeeded(selected, adjustment) => {
                        assert_eq!(selected.quantity.value, adjustment.adjust_to);
                        Some((
                            adjustment.reason,
                            adjustment.adjust_to.to_string(),
                            adjustment.remainder.value.to_string(),
                        ))
                    }
                    Outcome::NoSource(_) => panic!(),
                };
            },
        );
        found
    };
    use AdjustmentReason::{AboveMaximum, BelowMinimum, NotOnIncrement};
    assert_eq!(adjusted("4"), None);
    assert_eq!(adjusted("20"), None);
    assert_eq!(adjusted("1"), Some((BelowMinimum, "4".into(), "0".into())));
    assert_eq!(adjusted("5"), Some((NotOnIncrement, "6".into(), "0".into())));
    assert_eq!(adjusted("19.5"), Some((NotOnIncrement, "20".into(), "0".into())));
    assert_eq!(adjusted("25"), Some((AboveMaximum, "20".into(), "60".into())));
    content.contracts[0].lines[0].minimum_order_quantity = Some(dec("21"));
    assert_eq!(first_rejection(&content, |_| ()), Rejection::NoOrderableQuantity);
}

#[test]
fn one_tier_prices_the_whole_line() {
    let mut content = content();
    content.contracts[0].lines[0].tiers = vec![tier("0", "10.00"), tier("10", "9.00")];
    content.contracts[0].lines[0].order_quantity_increment = Some(dec("5"));
    let amount = |quantity: &str| {
        let mut amount = String::new();
        asked(
            &content,
            |r| r.quantity = dec(quantity),
            |_, resolution| {
                amount = resolution.outcome.selected().unwrap().amount.to_string();
            },
        );
        amount
    };
    assert_eq!(amount("5"), "50.00 EUR");
    assert_eq!(amount("10"), "90.00 EUR");
    assert_eq!(amount("9"), "90.00 EUR", "the tier is that of the adjusted quantity");
}

#[test]
fn the_rank_goes_step_by_step() {
    // Each change makes B better than A in one step. A still has the smaller identifier.
    let steps: [(&str, Change); 6] = [
        ("the net price", |c| c.contracts[1].lines[0].tiers[0].price.amount = dec("9.99")),
        ("the lead time", |c| c.contracts[0].lines[0].terms = Some(lead_time(1).into())),
        ("the priority", |c| c.contracts[1].priority = Some(1)),
        ("the scope", |c| c.contracts[1].scope.included.push("north".parse().unwrap())),
        ("the source list", |c| c.sourcing_rules = vec![rule(Preference::Preferred, "S2", "org")]),
        ("a settled tie", |c| {
            c.tie_decisions = vec![tie_decision("B", "A")];
        }),
    ];
    for (what, change) in steps {
        let mut content = content();
        content.contracts.push(contract("B", "S2", "10.00"));
        assert_eq!(
            winner(&content, |_| ()).as_deref(),
            Some("A"),
            "by number where nothing differs"
        );
        change(&mut content);
        assert_eq!(winner(&content, |_| ()).as_deref(), Some("B"), "{what}");
    }
}

#[test]
fn earlier_ranks_beat_later_ones() {
    let mut content = content();
    content.contracts.push(contract("B", "S2", "10.00"));
    let mut beats = |change: fn(&mut CatalogueContent), expected: &str, what: &str| {
        change(&mut content);
        assert_eq!(winner(&content, |_| ()).as_deref(), Some(expected), "{what}");
    };
    beats(
        |c| c.contracts[0].lines[0].terms = Some(lead_time(5).into()),
        "B",
        "a shorter lead time",
    );
    beats(
        |c| c.contracts[0].lines[0].tiers[0].price.amount = dec("9"),
        "A",
        "price before lead time",
    );
    beats(|c| c.contracts[1].priority = Some(7), "B", "priority before price");
    beats(
        |c| c.contracts[0].scope.included.push("n1".parse().unwrap()),
        "A",
        "scope depth before priority",
    );
    beats(
        |c| c.sourcing_rules.push(rule(Preference::Preferred, "S2", "org")),
        "B",
        "source list before scope depth",
    );
    beats(
        |c| c.sourcing_rules.push(rule(Preference::Allowed, "S2", "n1")),
        "A",
        "the deepest rule decides",
    );
}

#[test]
fn substitutes_are_flagged_and_come_last() {
    let mut content = content();
    content.items[0].substitutes = vec!["oat-drink".parse().unwrap()];
    let mut oat = contract("O", "S2", "1.00");
    oat.lines[0].item = "oat-drink".parse().unwrap();
    content.contracts.push(oat);
    asked(
        &content,
        |_| (),
        |_, resolution| {
            assert_eq!(resolution.outcome.selected().unwrap().contract.as_str(), "A");
            assert_eq!(resolution.candidates.len(), 2);
        },
    );
    content.contracts[0].status = ContractStatus::Suspended;
    asked(
        &content,
        |_| (),
        |_, resolution| {
            let selected = resolution.outcome.selected().unwrap();
            assert!(selected.is_substitute && selected.item.as_str() == "oat-drink");
        },
    );
    assert_eq!(winner(&content, |r| r.item = "oat-drink").as_deref(), Some("O"));
}

#[test]
fn case_12_currencies_are_compared_at_the_releases_rates() {
    let gbp = currency("GBP");
    let mut content = content();
    let mut other = contract("B", "S2", "9.50");
    other.currency = gbp;
    content.contracts.push(other);
    content.exchange_rates.rates.insert(gbp, dec("1.05"));
    assert_eq!(winner(&content, |_| ()).as_deref(), Some("B"), "9.50 GBP are 9.975 EUR");
    content.exchange_rates.rates.insert(gbp, dec("1.06"));
    assert_eq!(winner(&content, |_| ()).as_deref(), Some("A"), "9.50 GBP are 10.07 EUR");
}

#[test]
fn items_are_found_by_gtin_and_by_a_suppliers_number_that_means_one_item() {
    let mut content = content();
    content.items[0].gtins = vec![crate::item::Gtin::parse("4006381333931").unwrap()];
    content.contracts[0].lines[0].supplier_item_number = Some("0042".into());
    assert_eq!(winner(&content, |r| r.item = "4006381333931").as_deref(), Some("A"));
    assert_eq!(winner(&content, |r| r.item = "0042").as_deref(), Some("A"));
    assert_eq!(winner(&content, |r| r.item = "42"), None, "leading zeros count");
    let mut oat = contract("O", "S2", "1.00");
    oat.lines[0].item = "oat-drink".parse().unwrap();
    oat.lines[0].supplier_item_number = Some("0042".into());
    content.contracts.push(oat);
    asked(
        &content,
        |r| r.item = "0042",
        |_, resolution| {
            assert_eq!(resolution.outcome, Outcome::NoSource(NoSource::AmbiguousItemNumber));
        },
    );
}

#[test]
fn the_explanation_says_why_each_other_line_is_out() {
    let mut content = content();
    let mut ended = contract("B", "S2", "8.00");
    ended.lines[0].validity = Some(Validity::new(date(2025, 1, 1), Some(date(2025, 5, 31))));
    content.contracts.extend([ended, contract("C", "S2", "10.50")]);
    asked(
        &content,
        |_| (),
        |catalogue, resolution| {
            let said = explain(catalogue, resolution);
            assert_eq!(
                said[2],
                "Southwold Foods (C, line C-1) costs more per base unit at 10.50 EUR."
            );
            assert_eq!(
                said[3],
                "Southwold Foods (B, line B-1) is skipped: its price ended on 31 May 2025."
            );
        },
    );
}

#[test]
fn the_explanation_says_what_can_be_ordered_instead() {
    let said = |change: Change| {
        let mut content = content();
        change(&mut content);
        let mut said = Vec::new();
        asked(&content, |_| (), |catalogue, resolution| said = explain(catalogue, resolution));
        said.remove(0)
    };
    let minimum =
        said(|content| content.contracts[0].lines[0].minimum_order_quantity = Some(dec("6")));
    assert_eq!(
        minimum,
        "Northwind Dairy can supply it, but 5 XCS is below its minimum: 6 XCS can be ordered."
    );
    let maximum =
        said(|content| content.contracts[0].lines[0].maximum_order_quantity = Some(dec("4")));
    assert_eq!(
        maximum,
        "Northwind Dairy can supply it, but 5 XCS is above its maximum: 4 XCS can be ordered, and \
         12 EA on a line of its own."
    );
    let increment =
        said(|content| content.contracts[0].lines[0].order_quantity_increment = Some(dec("2")));
    assert_eq!(
        increment,
        "Northwind Dairy can supply it, but it is not sold in a quantity of 5 XCS: 6 XCS can be \
         ordered."
    );
    let called = [Preference::Preferred, Preference::Allowed, Preference::Blocked]
        .map(|preference| preference.to_string());
    assert_eq!(called, ["preferred", "allowed", "blocked"]);
}

#[test]
fn what_was_settled_and_from_when_a_version_holds_is_said() {
    let mut content = content();
    content.contracts.extend([contract("B", "S2", "10.00"), contract("C", "S2", "11.00")]);
    content.tie_decisions = vec![tie_decision("B", "A")];
    let mut next = content.contracts[0].clone();
    next.version = 2;
    next.amendment = Some(Amendment {
        effective_from: date(2025, 7, 1),
        reason_code: "price".into(),
        rationale: "new prices".into(),
    });
    content.contracts.push(next);
    asked(
        &content,
        |_| (),
        |catalogue, resolution| {
            let said = explain(catalogue, resolution).join(" ");
            assert!(said.contains("starts on 1 July 2025"), "{said}");
            let settled: Vec<_> = (resolution.candidates.iter())
                .filter_map(|candidate| match &candidate.verdict {
                    CandidateVerdict::Eligible { key, .. } => {
                        Some((candidate.contract.as_str(), key.settled))
                    }
                    CandidateVerdict::Rejected(_) => None,
                })
                .collect();
            assert_eq!(settled, [("B", Some(0)), ("A", Some(1)), ("C", None)]);
        },
    );
    let validity = Validity::new(date(2025, 7, 1), Some(date(2025, 12, 31)));
    let too_early = Rejection::OutsideContractValidity { validity, tested: date(2025, 6, 15) };
    assert_eq!(first_rejection(&content, |_| ()), too_early);
}
