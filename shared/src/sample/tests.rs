use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;
use rust_decimal::Decimal;

use super::builder::{id, unit};
use super::{DEMO_SEED, StaffRole, organisation, past_orders, small, staff};
use crate::calendar::{Date, Validity};
use crate::catalogue::{Catalogue, CatalogueContent};
use crate::contract::{CatalogueLine, Contract, ContractStatus, Preference, Subject};
use crate::ids::{ItemId, LocationId};
use crate::location::LocationTree;
use crate::publish::check::check;
use crate::resolve::{self, Outcome, ResolutionRequest};

const TODAY: Date = date(2026, 3, 28);

fn demo() -> CatalogueContent {
    organisation(DEMO_SEED, TODAY)
}

/// Several seeds and days, including a leap day and both ends of the year.
fn many() -> impl Iterator<Item = CatalogueContent> {
    let days = [TODAY, date(2028, 2, 29), date(2026, 1, 1), date(2026, 12, 31)];
    days.into_iter().zip([DEMO_SEED, 0, 7, u64::MAX]).map(|(today, seed)| organisation(seed, today))
}

fn is_unique<T: Ord>(ids: impl IntoIterator<Item = T>) -> bool {
    let mut seen = BTreeSet::new();
    ids.into_iter().all(|id| seen.insert(id))
}

#[test]
fn the_demo_has_the_promised_size() {
    let content = demo();
    let sites =
        content.locations.iter().filter(|location| location.site.is_some()).collect::<Vec<_>>();
    let site = |location: &&&crate::location::Location| location.site.clone().unwrap();
    assert_eq!((sites.len(), content.suppliers.len(), content.items.len()), (40, 25, 1_500));
    let regions =
        content.locations.iter().filter(|node| node.parent == Some(id("merrowby"))).count();
    assert_eq!(regions, 4);
    let numbers: BTreeSet<_> = content.contracts.iter().map(|contract| &contract.id).collect();
    assert_eq!(
        (numbers.len(), content.contracts.len()),
        (60, 62),
        "two contracts have an amendment"
    );
    let zones: BTreeSet<_> = sites.iter().map(|place| site(&place).time_zone).collect();
    let currencies: BTreeSet<_> = sites.iter().map(|place| site(&place).currency).collect();
    assert_eq!((zones.len(), currencies.len()), (4, 2));
    let lines: usize = content.contracts.iter().map(|contract| contract.lines.len()).sum();
    assert!((4_000..7_000).contains(&lines), "{lines} lines");
}

#[test]
fn the_same_seed_and_day_give_the_same_organisation() {
    assert_eq!(demo(), demo());
    assert_ne!(organisation(1, TODAY), organisation(2, TODAY));
    let content = demo();
    assert_eq!(
        past_orders(DEMO_SEED, &content, TODAY, 3),
        past_orders(DEMO_SEED, &content, TODAY, 3)
    );
    assert_eq!(staff(DEMO_SEED, &content), staff(DEMO_SEED, &content));
}

#[test]
fn every_reference_leads_somewhere_and_every_id_is_unique() {
    for content in many() {
        let tree = LocationTree::new(content.locations.iter().cloned()).unwrap();
        let items: BTreeSet<_> = content.items.iter().map(|item| &item.id).collect();
        let suppliers: BTreeSet<_> =
            content.suppliers.iter().map(|supplier| &supplier.id).collect();
        let people: BTreeSet<_> =
            staff(DEMO_SEED, &content).into_iter().map(|person| person.id).collect();
        assert_eq!((items.len(), suppliers.len()), (1_500, 25));
        assert!(is_unique(content.items.iter().map(|item| &item.description)));
        assert!(is_unique(content.items.iter().flat_map(|item| &item.gtins)));
        assert!(is_unique(
            content.suppliers.iter().map(|supplier| crate::supplier::folded_name(&supplier.name))
        ));
        assert!(is_unique(
            content.contracts.iter().map(|contract| (&contract.id, contract.version))
        ));
        assert!(
            content
                .items
                .iter()
                .all(|item| item.substitutes.iter().all(|other| items.contains(other)))
        );
        assert!(content.items.iter().all(|item| !item.substitutes.contains(&item.id)));
        for contract in &content.contracts {
            assert!(
                suppliers.contains(&contract.supplier) && contract.owner.is_some(),
                "{}",
                contract.id
            );
            assert!(
                !contract.validity.is_empty() && !contract.scope.included.is_empty(),
                "{}",
                contract.id
            );
            assert!(content.exchange_rates.rate(contract.currency).is_some());
            assert!(
                contract
                    .scope
                    .included
                    .iter()
                    .chain(&contract.scope.excluded)
                    .all(|node| tree.get(node).is_some())
            );
            assert!(is_unique(contract.lines.iter().map(|line| &line.id)), "{}", contract.id);
            assert!(!contract.lines.is_empty(), "{}", contract.id);
            assert!(
                contract.lines.iter().all(|line| items.contains(&line.item)),
                "{}",
                contract.id
            );
        }
        for rule in &content.sourcing_rules {
            assert!(suppliers.contains(&rule.supplier) && tree.get(&rule.location).is_some());
        }
        let subjects = content
            .sourcing_rules
            .iter()
            .map(|rule| (&rule.subject, &rule.supplier, &rule.location));
        assert!(is_unique(subjects));
        assert!(!people.is_empty());
    }
    let content = demo();
    let people: BTreeSet<_> =
        staff(DEMO_SEED, &content).into_iter().map(|person| person.id).collect();
    assert!(
        content.contracts.iter().all(|contract| people.contains(contract.owner.as_ref().unwrap()))
    );
}

#[test]
fn a_suppliers_item_number_means_one_item() {
    let content = demo();
    let mut meaning: BTreeMap<&str, &ItemId> = BTreeMap::new();
    for line in content.contracts.iter().flat_map(|contract| &contract.lines) {
        let number = line.supplier_item_number.as_deref().unwrap();
        assert_eq!(*meaning.entry(number).or_insert(&line.item), &line.item, "{number}");
    }
}

#[test]
fn tiers_rise_in_quantity_and_fall_in_price_and_units_convert() {
    for content in many() {
        let base_units: BTreeMap<_, _> =
            content.items.iter().map(|item| (&item.id, item.base_unit)).collect();
        for (contract, line) in lines(&content) {
            let context = format!("{} {}", contract.id, line.id);
            assert!(
                (1..=4).contains(&line.tiers.len()) && line.content > Decimal::ZERO,
                "{context}"
            );
            for pair in line.tiers.windows(2) {
                let share_days = match (pair[0].validity, pair[1].validity) {
                    (Some(a), Some(b)) => a.intersection(&b).is_some(),
                    _ => true,
                };
                assert!(!share_days || pair[0].threshold < pair[1].threshold, "{context}");
                assert!(!share_days || pair[0].price.amount > pair[1].price.amount, "{context}");
            }
            for tier in &line.tiers {
                assert!(tier.price.amount > Decimal::ZERO, "{context}");
                let base = line.base_in_orderable_units(&tier.price, base_units[&line.item]);
                assert!(base.is_some_and(|base| base > Decimal::ZERO), "{context}");
                assert!(
                    tier.validity.is_none_or(|days| days.is_within(&contract.validity)),
                    "{context}"
                );
            }
            assert!(
                line.validity.is_none_or(|days| days.is_within(&contract.validity)),
                "{context}"
            );
            if !line.orderable_unit.is_package() {
                assert_eq!(
                    line.orderable_unit.convert(Decimal::ONE, base_units[&line.item]),
                    Some(line.content),
                    "{context}"
                );
            }
            let step = line.order_quantity_increment.unwrap();
            let bounds = [line.minimum_order_quantity, line.maximum_order_quantity];
            assert!(bounds.iter().flatten().all(|bound| (*bound % step).is_zero()), "{context}");
        }
    }
}

fn lines(content: &CatalogueContent) -> impl Iterator<Item = (&Contract, &CatalogueLine)> {
    content
        .contracts
        .iter()
        .flat_map(|contract| contract.lines.iter().map(move |line| (contract, line)))
}

/// Prices per base unit in euros, and the days on which each holds.
fn net_prices(
    content: &CatalogueContent,
    contract: &Contract,
    line: &CatalogueLine,
) -> Vec<(Decimal, Validity)> {
    let item = content.items.iter().find(|item| item.id == line.item).unwrap();
    let days = line.validity.unwrap_or(contract.validity);
    let rate = content.exchange_rates.rate(contract.currency).unwrap();
    let net = |tier: &crate::contract::PriceTier| {
        let base =
            line.base_in_orderable_units(&tier.price, item.base_unit).unwrap() * line.content;
        (tier.price.amount * rate / base, tier.validity.unwrap_or(days))
    };
    line.tiers.iter().map(net).collect()
}

/// A line, with its prices and their days.
type Offer<'c> = (&'c Contract, &'c CatalogueLine, Vec<(Decimal, Validity)>);

#[test]
fn no_two_lines_of_an_item_are_equal_without_a_priority_or_a_decision() {
    for content in many() {
        let mut by_item: BTreeMap<&ItemId, Vec<Offer>> = BTreeMap::new();
        for (contract, line) in lines(&content) {
            let prices = net_prices(&content, contract, line);
            by_item.entry(&line.item).or_default().push((contract, line, prices));
        }
        let mut settled = (0, 0);
        for offers in by_item.values() {
            for (place, (contract, line, prices)) in offers.iter().enumerate() {
                for (other, other_line, other_prices) in &offers[place + 1..] {
                    let is_equal = prices.iter().any(|(net, days)| {
                        other_prices.iter().any(|(other, there)| {
                            net == other && days.intersection(there).is_some()
                        })
                    });
                    if !is_equal || (contract.id == other.id && contract.version != other.version) {
                        continue;
                    }
                    let pair = [&contract.id, &other.id];
                    let is_decided = content
                        .tie_decisions
                        .iter()
                        .any(|tie| pair.contains(&&tie.winner) && pair.contains(&&tie.loser));
                    let has_priority = contract.priority != other.priority;
                    assert!(has_priority || is_decided, "{pair:?} {} {}", line.id, other_line.id);
                    settled =
                        (settled.0 + u32::from(has_priority), settled.1 + u32::from(is_decided));
                }
            }
        }
        assert!(settled.0 >= 10 && settled.1 >= 8, "the demo shows both kinds: {settled:?}");
    }
}

#[test]
fn the_demo_shows_what_contracts_can_be() {
    let content = demo();
    let some = |test: &dyn Fn(&Contract) -> bool| {
        content.contracts.iter().filter(|contract| test(contract)).count()
    };
    let in_days = |days: i64| TODAY.saturating_add(jiff::Span::new().days(days));
    let expires_soon = |contract: &Contract| {
        contract.validity.end.is_some_and(|end| end >= TODAY && end <= in_days(30))
    };
    assert!(some(&expires_soon) >= 5 && some(&|contract| contract.validity.start > TODAY) >= 5);
    assert_eq!(some(&|contract| contract.status == ContractStatus::Suspended), 1);
    let rules = |preference| {
        content.sourcing_rules.iter().filter(move |rule| rule.preference == preference).count()
    };
    assert!(rules(Preference::Preferred) >= 3 && rules(Preference::Blocked) >= 3);
    let on_contract: BTreeSet<_> = lines(&content).map(|(_, line)| &line.item).collect();
    assert!(
        (30..120).contains(&(content.items.len() - on_contract.len())),
        "some items are on no contract"
    );
    let all: Vec<&CatalogueLine> = lines(&content).map(|(_, line)| line).collect();
    let hundred = Decimal::ONE_HUNDRED;
    let many =
        |test: &dyn Fn(&CatalogueLine) -> bool| all.iter().filter(|line| test(line)).count() >= 5;
    assert!(many(&|line| line.tiers.len() == 4) && many(&|line| line.replaces.is_some()));
    assert!(many(&|line| line.tiers[0].price.base_quantity.value == hundred));
    assert!(
        many(&|line| line.tiers[0].validity.is_some()) && many(&|line| line.territory.is_some())
    );
    assert!(
        many(&|line| line.maximum_order_quantity.is_some())
            && many(&|line| line.orderable_unit == unit("XCS"))
    );
}

#[test]
fn everyone_has_a_sign_in_of_their_own_and_every_site_two_to_four_people() {
    let content = demo();
    let people = staff(DEMO_SEED, &content);
    assert!(
        is_unique(people.iter().map(|person| &person.id))
            && is_unique(people.iter().map(|person| &person.name))
    );
    for site in content.locations.iter().filter(|location| location.site.is_some()) {
        let team: Vec<_> =
            people.iter().filter(|person| person.site.as_ref() == Some(&site.id)).collect();
        assert!((2..=4).contains(&team.len()), "{}", site.name);
        assert_eq!(team.iter().filter(|person| person.role == StaffRole::SiteManager).count(), 1);
    }
    for role in [StaffRole::Procurement, StaffRole::Finance, StaffRole::Admin] {
        assert!(
            people.iter().any(|person| person.role == role && person.site.is_none()),
            "{role:?}"
        );
    }
}

/// Checks every basket against the contracts with a simple loop: a line can supply each wish, and
/// accepts the quantity.
#[test]
fn past_orders_ask_for_what_could_be_ordered() {
    let content = demo();
    let tree = LocationTree::new(content.locations.iter().cloned()).unwrap();
    let people = staff(DEMO_SEED, &content);
    let orders = past_orders(DEMO_SEED, &content, TODAY, 6);
    assert!((600..=720).contains(&orders.len()), "{} orders", orders.len());
    assert!(orders.is_sorted_by_key(|order| order.created));
    let mut full = 0;
    for order in &orders {
        let day = order.created.date();
        assert!(day < TODAY && day >= TODAY.saturating_add(jiff::Span::new().days(-42)));
        assert!(
            people
                .iter()
                .any(|person| person.id == order.by && person.site.as_ref() == Some(&order.site))
        );
        assert!(is_unique(order.lines.iter().map(|(item, _)| item)));
        full += usize::from((5..=20).contains(&order.lines.len()));
        let path: Vec<&LocationId> = tree.path(&order.site).iter().map(|node| &node.id).collect();
        for (item, quantity) in &order.lines {
            let sources: Vec<_> = lines(&content)
                .filter(|(contract, line)| {
                    line.item == *item && supplies(contract, line, day, &path)
                })
                .collect();
            assert!(!sources.is_empty(), "{} {item} {day}", order.site);
            for (_, line) in sources {
                assert!(
                    (*quantity % line.order_quantity_increment.unwrap()).is_zero(),
                    "{item} {quantity}"
                );
                assert!(
                    line.minimum_order_quantity.is_none_or(|least| *quantity >= least),
                    "{item} {quantity}"
                );
                assert!(
                    line.maximum_order_quantity.is_none_or(|most| *quantity <= most),
                    "{item} {quantity}"
                );
            }
        }
    }
    assert!(full * 10 >= orders.len() * 9, "{full} of {} orders have 5 to 20 lines", orders.len());
}

/// The engine itself accepts every wish unchanged: no adjustment, no missing source.
#[test]
fn past_orders_resolve() {
    let content = demo();
    let orders = past_orders(DEMO_SEED, &content, TODAY, 4);
    let catalogue = Catalogue::build(content).unwrap();
    let mut substitutes = 0;
    for order in &orders {
        for (item, quantity) in &order.lines {
            let request = ResolutionRequest {
                order_time: Some(order.created.time()),
                ..ResolutionRequest::new(
                    item.as_str(),
                    *quantity,
                    &order.site,
                    order.created.date(),
                )
            };
            let outcome = resolve::select(&catalogue, &request);
            let Outcome::Selected(selected) = outcome else {
                panic!("{} {item} {quantity}: {outcome:?}", order.site)
            };
            substitutes += u32::from(selected.is_substitute);
        }
    }
    assert_eq!(substitutes, 0, "what is wanted can itself be had");
}

fn supplies(contract: &Contract, line: &CatalogueLine, day: Date, path: &[&LocationId]) -> bool {
    contract.status == ContractStatus::Published
        && contract.effective_from() <= day
        && contract.validity.contains(day)
        && line.validity.is_none_or(|days| days.contains(day))
        && contract.scope.admits(path.iter().copied()).is_some()
        && line.territory.as_ref().is_none_or(|scope| scope.admits(path.iter().copied()).is_some())
}

#[test]
fn the_small_catalogue_is_as_told() {
    let content = small();
    let tree = LocationTree::new(content.locations.clone()).unwrap();
    assert_eq!(tree.sites().count(), 3);
    assert_eq!((content.suppliers.len(), content.items.len(), content.contracts.len()), (3, 6, 4));
    assert_eq!(
        content.items.iter().map(|item| item.gtins.len()).sum::<usize>(),
        1,
        "the milk's GTIN is right"
    );
    let milk: Subject = Subject::Item(id("milk"));
    assert!(
        content
            .sourcing_rules
            .iter()
            .all(|rule| rule.subject == milk && tree.get(&rule.location).is_some())
    );
    for (contract, line) in lines(&content) {
        assert!(content.items.iter().any(|item| item.id == line.item), "{}", contract.id);
        assert!(!net_prices(&content, contract, line).is_empty());
    }
}

/// What the documentation of [`small`] says, checked with the engine.
#[test]
fn the_small_catalogue_resolves_as_told() {
    let catalogue = Catalogue::build(small()).unwrap();
    let answer = |item: &str, quantity: i64, site: &str| {
        let site: LocationId = id(site);
        let request =
            ResolutionRequest::new(item, Decimal::from(quantity), &site, date(2026, 6, 1));
        match resolve::select(&catalogue, &request) {
            Outcome::Selected(line) => format!("{} {}", line.contract, line.amount),
            Outcome::AdjustmentNeeded(line, adjustment) => {
                format!("{} at least {}", line.contract, adjustment.adjust_to)
            }
            Outcome::NoSource(reason) => format!("{reason:?}"),
        }
    };
    assert_eq!(
        answer("milk", 1, "school"),
        "FA-2 19.00 EUR",
        "the deeper scope beats the lower price"
    );
    assert_eq!(answer("milk", 1, "hospital"), "FA-1 10.80 EUR", "the hospital blocked the dairy");
    assert_eq!(
        answer("flour", 1, "school"),
        "FA-3 20.75 EUR",
        "the wholesaler is cheaper for one sack"
    );
    assert_eq!(
        answer("flour", 10, "school"),
        "FA-1 195.00 EUR",
        "the mill is cheaper from ten sacks on"
    );
    assert_eq!(answer("cups", 1, "school"), "FA-3 34.00 EUR", "ten times the price of a hundred");
    assert_eq!(answer("cups", 1, "hotel"), "FA-4 31.00 GBP");
    assert_eq!(answer("gloves", 1, "school"), "FA-3 at least 4");
    assert_eq!(answer("gloves", 1, "hotel"), "AllRejected");
    assert_eq!(answer("long-life-milk", 1, "school"), "FA-2 19.00 EUR", "fresh milk stands in");
}

#[test]
fn nothing_in_the_demo_or_the_small_catalogue_is_refused() {
    let demos = many().map(|content| (content, TODAY));
    for (content, today) in demos.chain([(small(), date(2026, 6, 1))]) {
        let report = check(&content, None, today);
        assert_eq!(report.refusals, [], "{} contracts", content.contracts.len());
    }
}

#[test]
fn without_its_decision_the_demo_is_refused() {
    let undecided = CatalogueContent { tie_decisions: Vec::new(), ..demo() };
    assert!(!check(&undecided, None, TODAY).refusals.is_empty());
}
