//! Every refusal and every warning, each made by the smallest possible change.

use super::*;
use crate::contract::{
    Allotment, AllowanceCharge, AllowanceChargeBasis, AllowanceChargeKind, AllowanceChargeValue,
    Amendment, Commitment, DeliverySchedule, InvoiceTolerance, Measure, PaymentTerms,
    PriceDateBasis, SettlementDiscount, Strength, Terms,
};
use crate::item::{Category, Gtin};
use crate::quantity::Quantity;
use crate::sample::builder::{
    between, catalogue, contract, currency, day, decimal, from, id, item, line, node, percentage,
    sourcing_rule, supplier, tie_decision, tier, tier_per, unit,
};

/// Two contracts that can be published: flour for all sites, milk for one site.
fn plain() -> CatalogueContent {
    let mut milk = line("10", "milk", "1.00");
    milk.territory = Some(Scope::of(id("site-1")).into());
    catalogue(vec![
        contract("A", "mill", "org", vec![line("10", "flour", "9.80")]),
        contract("B", "dairy", "org", vec![milk]),
    ])
}

fn texts(findings: &[impl ToString]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}

/// The change makes exactly one refusal, and its message contains `text`.
fn refused(change: impl FnOnce(&mut CatalogueContent), text: &str) {
    let mut content = plain();
    change(&mut content);
    let found = texts(&check(&content, None, TODAY).refusals);
    assert!(found.len() == 1 && found[0].contains(text), "{text:?} is not all of {found:#?}");
}

/// The change makes exactly one warning, and its message contains `text`. Nothing is refused.
fn warned(change: impl FnOnce(&mut CatalogueContent), text: &str) {
    let mut content = plain();
    change(&mut content);
    let report = check(&content, None, TODAY);
    let found = texts(&report.warnings);
    assert_eq!(report.refusals, []);
    assert!(found.len() == 1 && found[0].contains(text), "{text:?} is not all of {found:#?}");
}

fn commitment(amount: &str, code: Option<&str>, strength: Strength) -> Option<Commitment> {
    let measure = match code {
        Some(code) => Measure::Quantity(Quantity::new(decimal(amount), unit(code))),
        None => Measure::Value(decimal(amount)),
    };
    Some(Commitment { measure, strength })
}

fn second_version(content: &mut CatalogueContent, from: &str) {
    let mut second = content.contracts[0].clone();
    second.version = 2;
    second.amendment = Some(Amendment {
        effective_from: day(from),
        reason_code: "price".into(),
        rationale: "dearer grain".into(),
    });
    content.contracts.push(second);
}

#[test]
fn what_is_plain_is_neither_refused_nor_warned_of() {
    assert_eq!(check(&plain(), Some(&plain()), TODAY), CheckReport::default());
}

#[test]
fn names_that_lead_nowhere_are_refused_with_their_holder() {
    refused(
        |c| c.contracts[0].scope.included.push(id("atlantis")),
        "contract A names the location atlantis",
    );
    refused(
        |c| c.contracts[0].scope.excluded.push(id("atlantis")),
        "contract A names the location atlantis",
    );
    let territory = Scope { included: vec![id("site-1"), id("atlantis")], excluded: Vec::new() };
    refused(
        |c| c.contracts[1].lines[0].territory = Some(territory.into()),
        "contract B, line 10 names the location atlantis",
    );
    refused(|c| c.contracts[0].supplier = id("nobody"), "contract A names the supplier nobody");
    refused(
        |c| c.contracts[0].lines[0].item = id("manna"),
        "contract A, line 10 names the item manna",
    );
    refused(|c| c.items[0].substitutes.push(id("manna")), "item flour names the item manna");
    let rule = |item, supplier, node| {
        move |c: &mut CatalogueContent| {
            c.sourcing_rules = vec![sourcing_rule(item, supplier, node, Preference::Preferred)]
        }
    };
    refused(rule("manna", "mill", "org"), "names the item manna");
    refused(rule("flour", "nobody", "org"), "names the supplier nobody");
    refused(rule("flour", "mill", "atlantis"), "names the location atlantis");
}

#[test]
fn what_stands_twice_is_refused() {
    refused(|c| c.items.push(item("flour")), "item flour appears twice");
    refused(|c| c.suppliers.push(supplier("mill")), "supplier mill appears twice");
    refused(
        |c| c.contracts[0].lines.push(line("10", "flour", "9.90")),
        "contract A, line 10 appears twice",
    );
    let again = plain().contracts[0].clone();
    refused(|c| c.contracts.push(again), "contract A version 1 appears twice");
    let gtin = Gtin::parse("4006381333931").unwrap();
    refused(
        |c| c.items.iter_mut().for_each(|item| item.gtins.push(gtin.clone())),
        "GTIN 4006381333931",
    );
    let mut content = plain();
    content.locations.push(node("org", None));
    let found = texts(&check(&content, None, TODAY).refusals);
    assert!(found.iter().any(|text| text.contains("location org appears twice")), "{found:#?}");
    assert!(
        !found.iter().any(|text| text.contains("empty scope")),
        "without a tree nothing is said of sites: {found:#?}"
    );
}

#[test]
fn circles_are_refused_and_drawn() {
    refused(
        |c| {
            c.items[0].substitutes = vec![id("milk")];
            c.items[1].substitutes = vec![id("flour")];
        },
        "flour → milk → flour",
    );
    refused(|c| c.items[1].substitutes = vec![id("milk")], "milk → milk");
    refused(
        |c| c.contracts[0].lines[0].replaces = Some(id("10")),
        "contract A: its lines replace each other in a circle: 10 → 10",
    );
    refused(
        |c| c.tie_decisions = vec![tie_decision("A", "B"), tie_decision("B", "A")],
        "A → B → A",
    );
    let chain = |c: &mut CatalogueContent| c.items[0].substitutes = vec![id("milk")];
    let mut content = plain();
    chain(&mut content);
    assert_eq!(check(&content, None, TODAY), CheckReport::default(), "one way is no circle");
}

#[test]
fn dates_at_the_edge_are_refused_with_the_row() {
    refused(
        |c| c.contracts[0].validity = between("2025-01-01", "9999-12-31"),
        "contract A: 9999-12-31 is what other systems",
    );
    let never = between("2025-01-01", "9999-01-01");
    refused(
        |c| {
            c.contracts[0].validity.end = None;
            c.contracts[0].lines[0].validity = Some(never);
        },
        "contract A, line 10: 9999-01-01",
    );
}

#[test]
fn versions_may_begin_in_another_order_than_they_were_written() {
    let mut content = plain();
    second_version(&mut content, "2025-08-01");
    content.contracts[2].version = 3;
    content.contracts[2].lines[0].tiers[0].price.amount = decimal("9.90");
    second_version(&mut content, "2025-09-01");
    assert_eq!(check(&content, None, TODAY).refusals, []);
}

#[test]
fn numbers_at_the_edge_are_refused_with_the_row() {
    let price = |amount: Decimal| {
        move |c: &mut CatalogueContent| c.contracts[0].lines[0].tiers[0].price.amount = amount
    };
    refused(price(Decimal::MAX), "contract A, line 10: the amount of 1000000 units does not fit");
    refused(price(-Decimal::ONE), "the price -1");
    refused(
        |c| c.contracts[0].lines[0].tiers[0].threshold = -Decimal::ONE,
        "its tier threshold is -1",
    );
    refused(
        |c| c.contracts[0].lines[0].minimum_order_quantity = Some(Decimal::new(1, 7)),
        "its minimum order quantity is 0.0000001",
    );
    refused(
        |c| c.contracts[0].lines[0].minimum_order_quantity = Some(Decimal::MAX),
        "leave no quantity to order",
    );
    refused(
        |c| c.contracts[0].lines[0].order_quantity_increment = Some(Decimal::MAX),
        "leave no quantity to order",
    );
    refused(
        |c| c.contracts[0].lines[0].maximum_order_quantity = Some(Decimal::ZERO),
        "leave no quantity to order",
    );
    refused(
        |c| c.contracts[0].lines[0].content = Decimal::ZERO,
        "its orderable unit has no content",
    );
    refused(
        |c| c.contracts[0].lines[0].tiers[0].price.base_quantity.value = Decimal::ZERO,
        "contract A, line 10: its price per base unit of the item cannot",
    );
    let mut least = plain();
    price(Decimal::ZERO)(&mut least);
    least.contracts[0].lines[0].minimum_order_quantity = Some(Decimal::new(1, 6));
    assert_eq!(
        check(&least, None, TODAY),
        CheckReport::default(),
        "free, and a millionth of a unit"
    );
    refused(
        |c| {
            c.contracts[0].lines[0].orderable_unit = unit("DZN");
            c.contracts[0].lines[0].content = decimal("10");
        },
        "one DZN is 12 EA, and the line says 10",
    );
    refused(
        |c| c.exchange_rates.rates.extend([(currency("GBP"), Decimal::ZERO)]),
        "the comparison rate of GBP is 0",
    );
    refused(
        |c| c.exchange_rates.rates.extend([(currency("EUR"), Decimal::TWO)]),
        "the comparison rate of EUR is 2",
    );
    refused(|c| c.contracts[0].currency = currency("USD"), "contract A is in USD");
}

#[test]
fn scopes_without_a_site_are_refused() {
    refused(|c| c.contracts[0].scope.excluded.push(id("org")), "contract A has an empty scope");
    refused(
        |c| {
            c.locations.push(node("moon", Some("org")));
            c.contracts[0].scope = Scope::of(id("moon"));
        },
        "contract A has an empty scope",
    );
}

#[test]
fn rules_that_say_different_things_for_one_day_are_refused() {
    let mut until = sourcing_rule("flour", "mill", "org", Preference::Preferred);
    until.validity = between("2025-01-01", "2025-06-30");
    let rules = |second: Validity, preference| {
        let other = crate::contract::SourcingRule { validity: second, preference, ..until.clone() };
        let rules = vec![until.clone(), other];
        move |c: &mut CatalogueContent| c.sourcing_rules = rules
    };
    refused(
        rules(from("2025-06-30"), Preference::Blocked),
        "for the days 2025-06-30 to 2025-06-30",
    );
    for (validity, preference) in
        [(from("2025-07-01"), Preference::Blocked), (from("2025-06-01"), Preference::Preferred)]
    {
        let mut content = plain();
        rules(validity, preference)(&mut content);
        assert_eq!(check(&content, None, TODAY).refusals, []);
    }
}

#[test]
fn commitments_that_cannot_be_counted_are_refused() {
    let maximum = |amount: &'static str, code: Option<&'static str>| {
        move |c: &mut CatalogueContent| {
            c.contracts[0].terms.maximum_commitment = commitment(amount, code, Strength::Hard)
        }
    };
    refused(
        maximum("100", Some("KGM")),
        "contract A, line 10: EA does not convert exactly to KGM, in which contract A commits",
    );
    refused(maximum("0", None), "contract A: its maximum commitment is 0: it must be above zero");
    let both = |c: &mut CatalogueContent| {
        c.contracts[0].terms.minimum_commitment = commitment("11", None, Strength::Soft);
        c.contracts[0].terms.maximum_commitment = commitment("10", None, Strength::Hard);
    };
    refused(both, "contract A: it must buy 11 and may buy 10 at most");
    refused(
        |c| {
            maximum("10", None)(c);
            second_version(c, "2025-08-01");
            c.contracts[2].terms.maximum_commitment = commitment("10", Some("EA"), Strength::Hard);
        },
        "contract A: its hard maximum is counted in another unit",
    );
}

#[test]
fn allotments_beyond_what_there_is_are_refused() {
    let allot = |parts: &'static [(&str, &str)], cap: bool| {
        move |c: &mut CatalogueContent| {
            c.contracts[0].terms.maximum_commitment =
                commitment("100", Some("EA"), Strength::Hard).filter(|_| cap);
            let allotment = |(site, amount): &(&str, &str)| Allotment {
                contract: id("A"),
                line: None,
                site: id(site),
                amount: decimal(amount),
            };
            c.allotments = parts.iter().map(allotment).collect();
        }
    };
    let mut content = plain();
    allot(&[("site-1", "60"), ("site-2", "40")], true)(&mut content);
    assert_eq!(check(&content, None, TODAY).refusals, []);
    refused(
        allot(&[("site-1", "60"), ("site-2", "41")], true),
        "come to 101, and its hard maximum is 100",
    );
    refused(allot(&[("site-1", "60"), ("site-1", "10")], true), "at site-1: it appears twice");
    refused(allot(&[("site-1", "-1")], true), "at site-1: it is below zero");
    refused(allot(&[("org", "1")], true), "at org: the location is not a site");
    refused(allot(&[("site-1", "1")], false), "at site-1: there is no hard maximum");
}

#[test]
fn terms_that_cannot_be_are_refused() {
    refused(
        |c| c.contracts[0].terms.minimum_order_value = Some(-Decimal::ONE),
        "contract A: its minimum order value is -1",
    );
    let schedule = |weekdays: &[i8], holidays: &[(&str, Option<&str>)]| DeliverySchedule {
        weekdays: weekdays.to_vec(),
        cut_off: None,
        holidays: holidays
            .iter()
            .map(|(holiday, instead)| (day(holiday), instead.map(day)))
            .collect(),
    };
    refused(
        |c| c.contracts[0].terms.delivery_schedule = Some(schedule(&[1, 8], &[])),
        "its delivery weekday is 8",
    );
    let chained = schedule(&[1], &[("2025-06-09", Some("2025-06-16")), ("2025-06-16", None)]);
    let own = Terms { delivery_schedule: Some(chained), ..Terms::default() };
    refused(
        |c| c.contracts[0].lines[0].terms = Some(Box::new(own)),
        "contract A, line 10: its day instead of a holiday is 2025-06-16",
    );
}

#[test]
fn all_is_said_at_once_ties_too() {
    let mut content = plain();
    let mut twin = content.contracts[0].clone();
    twin.id = id("C");
    content.contracts.push(twin);
    content.contracts[1].supplier = id("nobody");
    content.contracts[0].lines.push(line("20", "manna", "1.00"));
    let found = texts(&check(&content, None, TODAY).refusals);
    for text in
        ["supplier nobody", "item manna", "contract A, line 10 and contract C, line 10 are equal"]
    {
        assert!(found.iter().any(|found| found.contains(text)), "{text} is missing in {found:#?}");
    }
}

#[test]
fn every_broken_row_is_named_and_ties_beside_them() {
    let mut content = plain();
    let mut twin = content.contracts[0].clone();
    twin.id = id("C");
    content.contracts.extend([twin.clone(), twin]);
    content.items.push(item("flour"));
    content.suppliers.push(supplier("dairy"));
    content.contracts[0].scope.included.push(id("atlantis"));
    let mut unpriced = line("20", "milk", "1.00");
    unpriced.content = Decimal::ZERO;
    let mut per_nothing = line("30", "milk", "1.00");
    per_nothing.tiers[0].price.base_quantity.value = Decimal::ZERO;
    content.contracts[1].lines.extend([unpriced, per_nothing]);
    let mut by_category = sourcing_rule("milk", "nobody", "org", Preference::Allowed);
    by_category.subject =
        Subject::Category(Category { scheme: "TST".into(), code: "50131702".into() });
    content.sourcing_rules =
        vec![sourcing_rule("manna", "mill", "org", Preference::Preferred), by_category];
    let found = texts(&check(&content, None, TODAY).refusals);
    for text in [
        "contract C version 1 appears twice",
        "item flour appears twice",
        "supplier dairy appears twice",
        "contract A names the location atlantis",
        "contract B, line 20: its orderable unit has no content",
        "contract B, line 30: its price per base unit of the item cannot",
        "the sourcing rule for item manna, mill at org names the item manna",
        "the sourcing rule for category TST 50131702, nobody at org names the supplier nobody",
        "contract A, line 10 and contract C, line 10 are equal",
    ] {
        assert!(found.iter().any(|found| found.contains(text)), "{text} is missing in {found:#?}");
    }
    assert_eq!(found.len(), 9, "{found:#?}");
}

#[test]
fn a_tie_between_substitutes_is_a_tie() {
    let mut content = plain();
    let mut twin = content.contracts[1].clone();
    twin.id = id("C");
    content.contracts.push(twin);
    content.items[0].substitutes = vec![id("milk")];
    let ties = ambiguous(&content);
    assert_eq!((ties.len(), ties[0].item.as_str(), ties[0].site.as_str()), (1, "milk", "site-1"));
}

#[test]
fn lines_that_no_order_reaches_are_warned_of() {
    let scope = Scope { included: vec![id("org")], excluded: vec![id("site-1")] };
    warned(
        |c| c.contracts[1].scope = scope,
        "contract B, line 10 can never be ordered: its territory contains no site",
    );
    let ahead = |c: &mut CatalogueContent| {
        c.contracts[0].lines[0].validity = Some(from("2025-06-01"));
        c.contracts[0].lines[0].tiers[0].validity = Some(between("2025-02-01", "2025-03-01"));
    };
    warned(ahead, "contract A, line 10 can never be ordered: no price holds");
    // Two lines that also have warnings of their own.
    let mut content = plain();
    content.contracts[0].lines[0].validity = Some(between("2024-01-01", "2024-12-31"));
    let schedule =
        DeliverySchedule { weekdays: Vec::new(), cut_off: None, holidays: Default::default() };
    content.contracts[1].terms.delivery_schedule = Some(schedule);
    let found = texts(&check(&content, None, TODAY).warnings);
    for text in [
        "contract A, line 10 can never be ordered: it has no day in common",
        "contract A, line 10: its price window 2024-01-01 to 2024-12-31",
        "contract B, line 10 can never be ordered: its delivery schedule has no day",
        "contract B: its delivery schedule has no day",
    ] {
        assert!(found.iter().any(|found| found.contains(text)), "{text} is missing in {found:#?}");
    }
    assert_eq!(found.len(), 4, "{found:#?}");
}

#[test]
fn a_line_that_can_never_win_is_warned_of() {
    let dearer = |c: &mut CatalogueContent| {
        c.contracts.push(contract("C", "dairy", "org", vec![line("10", "flour", "9.90")]));
    };
    warned(dearer, "contract C, line 10 can never win, because contract A, line 10 always");
    let quiet = |change: fn(&mut CatalogueContent)| {
        let mut content = plain();
        dearer(&mut content);
        change(&mut content);
        assert_eq!(check(&content, None, TODAY), CheckReport::default());
    };
    warned(
        |c| {
            dearer(c);
            c.contracts[2].priority = Some(1);
        },
        "contract A, line 10 can never win, because contract C, line 10",
    );
    quiet(|c| c.contracts[2].scope = Scope::of(id("site-1")));
    quiet(|c| c.contracts[0].validity = from("2025-01-02"));
    quiet(|c| c.contracts[2].lines[0].tiers.push(tier("10", "9.70", "EA")));
    quiet(|c| c.contracts[2].lines[0].orderable_unit = unit("XBX"));
    quiet(|c| c.contracts[0].lines[0].tiers[0].threshold = Decimal::TEN);
    quiet(|c| c.contracts[0].terms.maximum_commitment = commitment("9", None, Strength::Hard));
}

#[test]
fn terms_and_names_that_contradict_each_other_are_warned_of() {
    let discount = SettlementDiscount { percentage: percentage("2"), within_days: 31 };
    let payment = Some(PaymentTerms { net_days: 30, settlement_discount: Some(discount) });
    warned(
        |c| c.contracts[0].terms.payment = payment,
        "contract A: its settlement discount runs longer",
    );
    let mut quiet = plain();
    let in_time = SettlementDiscount { within_days: 30, ..discount };
    quiet.contracts[0].terms.payment =
        Some(PaymentTerms { net_days: 30, settlement_discount: Some(in_time) });
    quiet.contracts[1].terms.payment =
        Some(PaymentTerms { net_days: 30, settlement_discount: None });
    quiet.contracts[0].terms.invoice_tolerance =
        Some(InvoiceTolerance { percentage: Some(percentage("1")), amount: None });
    assert_eq!(check(&quiet, None, TODAY), CheckReport::default());
    let tolerance = Some(InvoiceTolerance { percentage: None, amount: None });
    warned(
        |c| c.contracts[0].terms.invoice_tolerance = tolerance,
        "contract A: its invoice tolerance names neither",
    );
    let scope = Scope { included: vec![id("org"), id("site-1")], excluded: vec![id("site-1")] };
    warned(|c| c.contracts[0].scope = scope, "contract A: site-1 is both included and excluded");
}

#[test]
fn suppliers_of_one_name_are_warned_of() {
    for name in ["mill", "MILL."] {
        let text = format!("suppliers dairy ({name:?}) and mill (\"mill\")");
        warned(|c| c.suppliers[0].name = name.into(), &text);
    }
}

#[test]
fn a_draft_that_revives_a_suspended_contract_is_warned_of() {
    for status in [ContractStatus::Suspended, ContractStatus::Ended] {
        let mut before = plain();
        before.contracts[0].status = status;
        let mut after = plain();
        second_version(&mut after, "2025-06-01");
        after.contracts.remove(0);
        let found = texts(&check(&after, Some(&before), TODAY).warnings);
        assert!(
            found.len() == 1 && found[0].contains("contract A: version 2 makes it orderable again"),
            "{found:#?}"
        );
    }
}

#[test]
fn prices_are_compared_with_the_version_before_on_one_basis() {
    let moved = |change: &dyn Fn(&mut Contract)| {
        let before = plain();
        let mut after = plain();
        second_version(&mut after, "2025-06-01");
        change(&mut after.contracts[2]);
        after.contracts.remove(0);
        texts(&check(&after, Some(&before), TODAY).warnings)
    };
    let found = moved(&|version| version.lines[0].tiers[0].price.amount = decimal("11.77"));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0].contains(
            "contract A, version 2, line 10: the price from 1 on moved from 9.80 to 11.77"
        ),
        "{found:#?}"
    );
    // The same price for ten, and a higher price.
    let ten = |amount: &'static str| {
        move |version: &mut Contract| version.lines[0].tiers[0] = tier_per("1", amount, "10", "EA")
    };
    assert_eq!(moved(&ten("98.00")), [] as [String; 0]);
    let found = moved(&ten("118.00"));
    assert!(found.len() == 1 && found[0].contains("moved from 9.8 to 11.8"), "{found:#?}");
    // A new tier is compared with the price for that quantity before.
    assert_eq!(
        moved(&|version| version.lines[0].tiers.push(tier("10", "7.84", "EA"))),
        [] as [String; 0]
    );
    assert_eq!(moved(&|version| version.lines[0].tiers.push(tier("10", "7.83", "EA"))).len(), 1);
}

#[test]
fn what_was_released_is_compared_with_itself() {
    let mut released = plain();
    released.contracts[0].lines[0].tiers.push(tier("10", "5.00", "EA"));
    second_version(&mut released, "2025-06-01");
    released.contracts[2].lines[0].tiers[0].price.amount = decimal("20.00");
    released.contracts[2].lines[0].tiers[1].price.amount = decimal("10.00");
    let moved = |warning: &Warning| matches!(warning, Warning::PriceMoved { .. });
    assert!(!check(&released, Some(&released), TODAY).warnings.iter().any(moved));

    let mut suspended = plain();
    suspended.contracts[0].status = ContractStatus::Suspended;
    assert_eq!(
        check(&plain(), Some(&suspended), TODAY),
        CheckReport::default(),
        "resumed, not revived by a draft"
    );
}

#[test]
fn sites_that_lose_their_source_are_counted() {
    let lost = |before: &CatalogueContent, change: &dyn Fn(&mut CatalogueContent)| {
        let mut after = before.clone();
        change(&mut after);
        let warnings = check(&after, Some(before), TODAY).warnings.into_iter();
        let lost = |warning| match warning {
            Warning::LosesLastSource { item, sites, example, .. } => {
                Some((item.to_string(), sites, example.to_string()))
            }
            _ => None,
        };
        warnings.filter_map(lost).collect::<Vec<_>>()
    };
    let one = |item: &str, sites, example: &str| vec![(item.to_owned(), sites, example.to_owned())];
    let suspend = |c: &mut CatalogueContent| c.contracts[0].status = ContractStatus::Suspended;
    assert_eq!(lost(&plain(), &suspend), one("flour", 2, "site-1"));
    let gone = |c: &mut CatalogueContent| {
        c.contracts.remove(1);
        c.items.retain(|item| item.id.as_str() != "milk");
    };
    assert_eq!(lost(&plain(), &gone), one("milk", 1, "site-1"), "the item is gone");
    let closed = |c: &mut CatalogueContent| c.locations.retain(|node| node.id.as_str() != "site-2");
    assert_eq!(lost(&plain(), &closed), [], "a site that is gone wants nothing");

    let mut blocked = plain();
    blocked.sourcing_rules = vec![sourcing_rule("flour", "mill", "site-1", Preference::Blocked)];
    assert_eq!(lost(&blocked, &suspend), one("flour", 1, "site-2"), "it had no source at site-1");
    let mut past = plain();
    past.contracts[0].lines[0].validity = Some(between("2024-01-01", "2024-12-31"));
    assert_eq!(lost(&past, &suspend), [], "it was nowhere to be had");
    let block = |c: &mut CatalogueContent| c.sourcing_rules = blocked.sourcing_rules.clone();
    assert_eq!(lost(&plain(), &block), one("flour", 1, "site-1"));
}

#[test]
fn terms_at_their_limits_stand() {
    let mut content = plain();
    let terms = &mut content.contracts[0].terms;
    terms.minimum_order_value = Some(Decimal::ZERO);
    terms.minimum_commitment = commitment("10", Some("EA"), Strength::Soft);
    terms.maximum_commitment = commitment("10", Some("EA"), Strength::Hard);
    content.allotments = vec![Allotment {
        contract: id("A"),
        line: None,
        site: id("site-1"),
        amount: Decimal::ZERO,
    }];
    assert_eq!(check(&content, None, TODAY), CheckReport::default());
    content.contracts[0].terms.minimum_commitment = commitment("11", Some("EA"), Strength::Soft);
    let found = texts(&check(&content, None, TODAY).refusals);
    assert!(found.len() == 1 && found[0].contains("it must buy 11"), "{found:#?}");
}

#[test]
fn only_lines_of_contracts_that_stand_are_said_to_be_out_of_reach() {
    // A contract of one day counts. A suspended contract does not, and neither does a version that
    // another version replaces from its first day: both are intended.
    let nowhere = |c: &mut CatalogueContent| {
        c.contracts[1].scope = Scope { included: vec![id("org")], excluded: vec![id("site-1")] };
    };
    let one_day = |c: &mut CatalogueContent| {
        nowhere(c);
        c.contracts[1].validity = between("2025-06-01", "2025-06-01");
    };
    let never = |change: &dyn Fn(&mut CatalogueContent)| {
        let mut content = plain();
        change(&mut content);
        let warnings = texts(&check(&content, None, TODAY).warnings).into_iter();
        warnings.filter(|text| text.contains("can never be ordered")).collect::<Vec<_>>()
    };
    let suspended = |c: &mut CatalogueContent| {
        nowhere(c);
        c.contracts[1].status = ContractStatus::Suspended;
    };
    assert_eq!(never(&one_day).len(), 1);
    assert_eq!(never(&suspended), [] as [String; 0]);
    assert_eq!(never(&|c| second_version(c, "2025-01-01")), [] as [String; 0]);
    let after_it_is_superseded = |c: &mut CatalogueContent| {
        second_version(c, "2025-08-01");
        c.contracts[0].lines[0].validity = Some(from("2025-09-01"));
    };
    assert_eq!(never(&after_it_is_superseded).len(), 1);
}

#[test]
fn a_line_that_can_never_win_is_found_with_rules_schedules_and_price_windows() {
    let quiet_or = |same_supplier: bool, warns: bool, change: &dyn Fn(&mut CatalogueContent)| {
        let mut content = plain();
        let supplier = if same_supplier { "mill" } else { "dairy" };
        content.contracts.push(contract("C", supplier, "org", vec![line("10", "flour", "9.90")]));
        change(&mut content);
        let found = texts(&check(&content, None, TODAY).warnings);
        let is_found = found.iter().any(|text| text.contains("contract C, line 10 can never win"));
        assert_eq!(is_found, warns, "{found:#?}");
    };
    let ruled = |c: &mut CatalogueContent| {
        c.sourcing_rules = vec![sourcing_rule("flour", "mill", "site-1", Preference::Preferred)];
    };
    quiet_or(true, true, &ruled);
    quiet_or(false, false, &ruled);
    let weekly =
        || DeliverySchedule { weekdays: vec![1], cut_off: None, holidays: Default::default() };
    quiet_or(false, true, &|c| c.contracts[2].terms.delivery_schedule = Some(weekly()));
    let once = DeliverySchedule {
        weekdays: Vec::new(),
        cut_off: None,
        holidays: [(day("2025-06-09"), Some(day("2025-06-10")))].into(),
    };
    quiet_or(false, true, &|c| {
        c.contracts[0].terms.delivery_schedule = Some(once.clone());
        c.contracts[2].terms.delivery_schedule = Some(once.clone());
    });
    quiet_or(false, false, &|c| c.contracts[0].terms.delivery_schedule = Some(once.clone()));
    quiet_or(false, true, &|c| {
        for at in [0, 2] {
            c.contracts[at].price_date_basis = PriceDateBasis::RequestedDeliveryDate;
        }
    });
    // It is cheaper in each half of the year. In the second half it costs more than the other line
    // did in the first.
    let halves = |first: &str, second: &str| {
        let mut tiers = vec![tier("1", first, "EA"), tier("1", second, "EA")];
        tiers[0].validity = Some(between("2025-01-01", "2025-06-30"));
        tiers[1].validity = Some(from("2025-07-01"));
        tiers
    };
    quiet_or(false, true, &|c| {
        c.contracts[0].lines[0].tiers = halves("9.00", "11.00");
        c.contracts[2].lines[0].tiers = halves("10.00", "12.00");
    });
}

#[test]
fn a_tie_of_lines_that_share_no_day_names_the_days_that_one_order_tests() {
    let by_delivery = |number: &str, validity: Validity, cut_off: i8| {
        let mut contract = contract(number, number, "org", vec![line("10", "flour", "9.80")]);
        contract.validity = validity;
        contract.price_date_basis = PriceDateBasis::RequestedDeliveryDate;
        let cut_off = Some(jiff::civil::time(cut_off, 0, 0, 0));
        let schedule =
            DeliverySchedule { weekdays: (1..=7).collect(), cut_off, holidays: Default::default() };
        contract.terms.delivery_schedule = Some(schedule);
        contract
    };
    for (later, earlier) in [("A", "B"), ("B", "A")] {
        let content = catalogue(vec![
            by_delivery(later, between("2025-06-03", "2025-06-30"), 10),
            by_delivery(earlier, between("2025-05-01", "2025-06-02"), 16),
        ]);
        let ties = ambiguous(&content);
        let dates: Vec<Validity> = ties.iter().map(|tie| tie.dates).collect();
        assert_eq!(
            dates,
            [between("2025-06-02", "2025-06-03")],
            "ordered at noon it is late for {later} alone"
        );
    }
}

#[test]
fn a_price_that_no_order_can_have_is_refused() {
    let price = |amount: &'static str| {
        move |content: &mut CatalogueContent| {
            content.contracts[0].lines[0].tiers[0].price.amount = decimal(amount);
        }
    };
    refused(price("9000000001"), "the smallest order, cost more than an order line may");
    refused(price("1000000000000001"), "is larger than any order may have");
}

#[test]
fn an_allowance_a_lead_time_and_days_that_leave_no_sensible_order_are_doubted() {
    let allowance = |per: AllowanceChargeBasis| {
        move |content: &mut CatalogueContent| {
            content.contracts[0].terms.allowance_charges = Some(vec![AllowanceCharge {
                kind: AllowanceChargeKind::Allowance,
                reason_code: None,
                reason: None,
                value: AllowanceChargeValue::Amount(decimal("1000")),
                per,
            }]);
        }
    };
    warned(allowance(AllowanceChargeBasis::Line), "larger than the smallest order of the line");
    warned(allowance(AllowanceChargeBasis::Order), "larger than the smallest order of the line");
    let reached = |content: &mut CatalogueContent| {
        allowance(AllowanceChargeBasis::Order)(content);
        content.contracts[0].terms.minimum_order_value = Some(decimal("2000"));
    };
    let mut content = plain();
    reached(&mut content);
    assert_eq!(texts(&check(&content, None, TODAY).warnings), Vec::<String>::new());
    warned(
        |content| content.contracts[0].terms.lead_time_days = Some(65_535),
        "its lead time is longer than a year",
    );
    warned(
        |content| {
            let tiers = &mut content.contracts[0].lines[0].tiers;
            let after = TODAY.tomorrow().unwrap();
            tiers[0].validity = Some(Validity::new(after, None));
        },
        "it has no price on",
    );
}
