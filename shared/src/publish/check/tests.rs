use jiff::civil::date;
use rust_decimal::Decimal;

use super::*;
use crate::catalogue::TieDecision;
use crate::contract::{Contract, ContractStatus, Preference, Scope, SourcingRule, Subject};
use crate::sample;
use crate::sample::builder::lead_time;

mod brute_force;
mod findings;

/// A change of the catalogue content that a test makes.
type Change = fn(&mut CatalogueContent);

const TODAY: Date = date(2025, 6, 1);

/// Two contracts with the same price for one item. The rest of the small sample is left out.
fn tied() -> CatalogueContent {
    let mut content = sample::small();
    let mut first: Contract = content.contracts[0].clone();
    first.lines.truncate(1);
    first.lines[0].territory = None;
    first.lines[0].validity = None;
    first.validity = Validity::new(date(2025, 1, 1), Some(date(2025, 12, 31)));
    first.scope = Scope::of(root(&content));
    first.priority = None;
    first.status = ContractStatus::Published;
    let mut second = first.clone();
    second.id = "Z-SECOND".parse().unwrap();
    second.validity = Validity::new(date(2025, 12, 31), None);
    content.contracts = vec![first, second];
    content.sourcing_rules.clear();
    content.tie_decisions.clear();
    content
}

fn root(content: &CatalogueContent) -> LocationId {
    content.locations.iter().find(|location| location.parent.is_none()).unwrap().id.clone()
}

fn ambiguous(content: &CatalogueContent) -> Vec<Tie> {
    let refusals = check(content, None, TODAY).refusals;
    let tie = |refusal| match refusal {
        ContentRefusal::Ambiguous(tie) => tie,
        other => panic!("{other}"),
    };
    refusals.into_iter().map(tie).collect()
}

#[test]
fn case_11_a_tie_is_refused_with_both_lines_and_the_shared_days() {
    let content = tied();
    let ties = ambiguous(&content);
    assert_eq!(ties.len(), 1);
    assert_eq!(ties[0].a.contract, content.contracts[0].id);
    assert_eq!(ties[0].b.contract.as_str(), "Z-SECOND");
    assert_eq!(ties[0].dates, Validity::new(date(2025, 12, 31), Some(date(2025, 12, 31))));
}

#[test]
fn nothing_is_tied_that_differs_in_any_rank() {
    let changes: [(&str, Change); 7] = [
        ("dates", |c| c.contracts[1].validity.start = date(2026, 1, 1)),
        ("price", |c| {
            c.contracts[1].lines[0]
                .tiers
                .iter_mut()
                .for_each(|tier| tier.price.amount += Decimal::ONE)
        }),
        ("priority", |c| c.contracts[0].priority = Some(1)),
        ("lead time", |c| c.contracts[1].lines[0].terms = Some(lead_time(77).into())),
        ("status", |c| c.contracts[1].status = ContractStatus::Suspended),
        ("scope", |c| {
            let (one, two) = (site(c, 0), site(c, 1));
            c.contracts[0].scope = Scope::of(one);
            c.contracts[1].scope = Scope::of(two);
        }),
        ("source list", |c| {
            let rule = SourcingRule {
                subject: Subject::Item(c.contracts[0].lines[0].item.clone()),
                supplier: c.contracts[1].supplier.clone(),
                location: root(c),
                validity: Validity::new(date(2025, 1, 1), None),
                preference: Preference::Blocked,
            };
            c.sourcing_rules = vec![rule];
        }),
    ];
    for (what, change) in changes {
        let mut content = tied();
        change(&mut content);
        assert_eq!(ambiguous(&content), [], "{what}");
    }
}

fn site(content: &CatalogueContent, at: usize) -> LocationId {
    content.locations.iter().filter(|location| location.site.is_some()).nth(at).unwrap().id.clone()
}

#[test]
fn a_blocked_supplier_ties_again_when_the_rule_ends() {
    let mut content = tied();
    content.contracts[1].validity = content.contracts[0].validity;
    content.contracts[1].supplier = content.suppliers[1].id.clone();
    content.contracts[0].supplier = content.suppliers[0].id.clone();
    let mut rule = SourcingRule {
        subject: Subject::Item(content.contracts[0].lines[0].item.clone()),
        supplier: content.suppliers[1].id.clone(),
        location: root(&content),
        validity: Validity::new(date(2025, 1, 1), Some(date(2025, 12, 31))),
        preference: Preference::Blocked,
    };
    content.sourcing_rules = vec![rule.clone()];
    assert_eq!(ambiguous(&content), []);
    rule.validity.end = Some(date(2025, 12, 30));
    content.sourcing_rules = vec![rule];
    assert_eq!(ambiguous(&content).len(), 1);
}

#[test]
fn a_settled_tie_is_no_ambiguity_also_by_way_of_a_third() {
    let mut content = tied();
    let decision = |winner: &str, loser: &str| TieDecision {
        winner: winner.parse().unwrap(),
        loser: loser.parse().unwrap(),
        decided_by: "pat".parse().unwrap(),
        reason: "smaller contract number".into(),
    };
    let first = content.contracts[0].id.to_string();
    content.tie_decisions = vec![decision(&first, "BETWEEN"), decision("BETWEEN", "Z-SECOND")];
    assert_eq!(ambiguous(&content), []);
    content.tie_decisions.push(decision("Z-SECOND", &first));
    assert!(
        matches!(&check(&content, None, TODAY).refusals[..], [ContentRefusal::CircularDecisions(circle)] if circle.len() == 3)
    );
}

#[test]
fn two_lines_of_one_contract_at_one_price_are_redundant_not_ambiguous() {
    let mut content = tied();
    content.contracts.truncate(1);
    let mut twin = content.contracts[0].lines[0].clone();
    twin.id = "TWIN".parse().unwrap();
    content.contracts[0].lines.push(twin);
    assert_eq!(ambiguous(&content), []);
    let redundant = |content: &CatalogueContent| {
        let warnings = check(content, None, TODAY).warnings;
        warnings.iter().filter(|warning| matches!(warning, Warning::Redundant(_))).count()
    };
    assert_eq!(redundant(&content), 1);

    // Twice the content at twice the price is a tie, too, but an order would show another package
    // and price.
    let twin = &mut content.contracts[0].lines[1];
    twin.content *= Decimal::TWO;
    twin.tiers.iter_mut().for_each(|tier| tier.price.amount *= Decimal::TWO);
    assert_eq!(ambiguous(&content).len(), 1);
}

#[test]
fn prices_that_meet_in_one_tier_only_tie() {
    let mut content = tied();
    content.contracts[1].validity = content.contracts[0].validity;
    let mut tier = content.contracts[0].lines[0].tiers[0].clone();
    let mut lines = |content: &mut CatalogueContent, at: usize, prices: [(i64, i64); 2]| {
        content.contracts[at].lines[0].tiers = prices
            .map(|(threshold, amount)| {
                tier.threshold = Decimal::from(threshold);
                tier.price.amount = Decimal::from(amount);
                tier.clone()
            })
            .to_vec();
        content.contracts[at].lines[0].minimum_order_quantity = None;
        content.contracts[at].lines[0].maximum_order_quantity = None;
        content.contracts[at].lines[0].order_quantity_increment = None;
    };
    lines(&mut content, 0, [(1, 20), (10, 15)]);
    lines(&mut content, 1, [(1, 21), (12, 15)]);
    assert_eq!(ambiguous(&content).len(), 1);
    // The prices are equal, but never at the same quantity.
    lines(&mut content, 1, [(1, 15), (10, 14)]);
    assert_eq!(ambiguous(&content), []);
}

#[test]
fn every_defective_row_is_named() {
    let mut content = tied();
    content.contracts.truncate(1);
    let contract = &mut content.contracts[0];
    let tier = contract.lines[0].tiers[0].clone();
    contract.owner = None;
    contract.scope.included.clear();
    contract.validity.end = Some(date(2024, 1, 1));
    let line = contract.lines[0].clone();
    let named = |id: &str, change: fn(&mut crate::contract::CatalogueLine)| {
        let mut line = line.clone();
        line.id = id.parse().unwrap();
        change(&mut line);
        line
    };
    contract.lines = vec![
        named("no-price", |line| line.tiers.clear()),
        named("no-content", |line| line.content = Decimal::ZERO),
        named("negative", |line| line.tiers[0].price.amount = Decimal::NEGATIVE_ONE),
        named("window", |line| {
            line.validity = Some(Validity::new(date(2025, 2, 1), Some(date(2025, 1, 31))))
        }),
        named("quantity", |line| {
            line.minimum_order_quantity = Some(Decimal::from(10));
            line.maximum_order_quantity = Some(Decimal::from(11));
            line.order_quantity_increment = Some(Decimal::from(4));
        }),
        named("tiers", |_| ()),
        named("no-increment", |line| line.order_quantity_increment = Some(Decimal::ZERO)),
    ];
    contract.lines[5].tiers = vec![tier.clone(), tier];
    let text: Vec<String> =
        check(&content, None, TODAY).refusals.iter().map(ToString::to_string).collect();
    let text = text.join("\n");
    for part in [
        "has no owner",
        "empty scope",
        "ends before it starts",
        "line no-price has no price",
        "line no-content: its orderable unit has no content",
        "line negative has the price -1",
        "line window: it ends before it starts",
        "line quantity: its minimum",
        "line no-increment: its minimum",
        "line tiers has two tiers",
    ] {
        assert!(text.contains(part), "{part} is missing in:\n{text}");
    }
}

#[test]
fn changes_since_the_last_release_are_warned_of() {
    let before = tied();
    let mut after = before.clone();
    after.contracts[0].lines[0].tiers[0].price.amount *= Decimal::new(121, 2);
    let moved = |before: &_, after: &_| {
        let warnings = check(after, Some(before), TODAY).warnings;
        warnings.iter().filter(|warning| matches!(warning, Warning::PriceMoved { .. })).count()
    };
    assert_eq!(moved(&before, &after), 1);
    after.contracts[0].lines[0].tiers[0].price.amount =
        before.contracts[0].lines[0].tiers[0].price.amount * Decimal::new(12, 1);
    assert_eq!(moved(&before, &after), 0, "20 % exactly is allowed");

    let mut gone = before.clone();
    gone.contracts[0].status = ContractStatus::Suspended;
    let sites = before.locations.iter().filter(|location| location.site.is_some()).count();
    let item = before.contracts[0].lines[0].item.clone();
    let warnings = check(&gone, Some(&before), TODAY).warnings;
    let example = before
        .locations
        .iter()
        .filter(|location| location.site.is_some())
        .map(|site| &site.id)
        .min();
    let (example, contract) = (example.unwrap().clone(), before.contracts[0].id.clone());
    assert!(
        warnings.contains(&Warning::LosesLastSource { item, sites, example, contract }),
        "{warnings:?}"
    );
}

#[test]
fn an_end_within_thirty_days_is_warned_of_unless_there_is_a_successor() {
    let mut content = tied();
    content.contracts[1].validity = Validity::new(date(2026, 1, 1), None);
    let expiring = |content: &CatalogueContent, day| {
        let warnings = check(content, None, day).warnings;
        warnings.iter().any(|warning| matches!(warning, Warning::ExpiringWithoutSuccessor { .. }))
    };
    assert!(!expiring(&content, date(2025, 12, 10)), "the second contract goes on");
    content.contracts.truncate(1);
    assert!(expiring(&content, date(2025, 12, 1)));
    assert!(!expiring(&content, date(2025, 11, 30)), "31 days ahead");
}

#[test]
fn the_demo_organisation_can_be_published() {
    let content = sample::organisation(sample::DEMO_SEED, TODAY);
    let refusals: Vec<String> =
        check(&content, None, TODAY).refusals.iter().map(ToString::to_string).collect();
    assert_eq!(refusals, [] as [String; 0]);
}
