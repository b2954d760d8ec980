//! Speed of the publish checks with generated catalogues of 200,000 lines and 1,000 sites: `cargo
//! bench -p calloff-server --bench check`. It uses one core. docs/performance.md has the history.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::time::Instant;

use calloff_core::calendar::{Date, Validity};
use calloff_core::catalogue::CatalogueContent;
use calloff_core::contract::{
    CatalogueLine, Contract, DeliverySchedule, Preference, PriceDateBasis, Scope,
};
use calloff_core::publish::check::check;
use calloff_core::sample::Seed;
use calloff_core::sample::builder::{
    catalogue, contract, day, decimal, item, line, node, packed_line, site, sourcing_rule, tier,
};

const REGIONS: usize = 20;
const SITES: usize = 1_000;
const LINES: usize = 200_000;
const DAY: Date = jiff::civil::date(2025, 2, 15);

fn main() {
    println!("\npublish checks, {LINES} lines, {SITES} sites; native, one core");
    let usual = usual();
    let mut changed = usual.clone();
    let tiers = changed
        .contracts
        .iter_mut()
        .flat_map(|contract| &mut contract.lines)
        .map(|line| &mut line.tiers[0]);
    tiers.step_by(100).for_each(|tier| tier.price.amount *= decimal("1.3"));
    say("10,000 items of 20 lines, as contracts are", &usual, None);
    say("the same, after a release with other prices", &changed, Some(&usual));
    say("200 items of 1,000 lines, a site each, one price", &site_prices(), None);
}

fn say(what: &str, content: &CatalogueContent, previous: Option<&CatalogueContent>) {
    let start = Instant::now();
    let report = check(content, previous, DAY);
    let seconds = start.elapsed().as_secs_f64();
    let (refusals, warnings) = (report.refusals.len(), report.warnings.len());
    println!("  {what:<52} {seconds:>6.1} s, {refusals} refusals, {warnings} warnings");
}

fn region(at: usize) -> String {
    format!("region-{at:02}")
}

fn site_name(at: usize) -> String {
    format!("site-{at:04}")
}

/// A catalogue with these contracts and all sites and items.
fn organisation(contracts: Vec<Contract>, items: usize) -> CatalogueContent {
    let mut content = catalogue(contracts);
    content.locations = vec![node("org", None)];
    content.locations.extend((0..REGIONS).map(|at| node(&region(at), Some("org"))));
    content.locations.extend((0..SITES).map(|at| site(&site_name(at), &region(at % REGIONS))));
    content.items = (0..items).map(|at| item(&item_name(at))).collect();
    content
}

fn item_name(at: usize) -> String {
    format!("item-{at:05}")
}

/// 400 contracts of 500 lines. Half of them are for all sites, the others for a region. They have
/// tiers, packages, delivery dates, schedules with holidays, and sourcing rules.
fn usual() -> CatalogueContent {
    let mut seed = Seed::new(1);
    let mut by_contract: Vec<Vec<CatalogueLine>> = vec![Vec::new(); 400];
    for at in 0..LINES {
        let cents = |seed: &mut Seed| format!("{}.{:02}", seed.between(1, 60), seed.between(0, 99));
        let mut tiers = vec![tier("1", &cents(&mut seed), "XCS")];
        if seed.percent(30) {
            tiers.push(tier("10", &cents(&mut seed), "XCS"));
        }
        let content = seed.pick(&["1", "6", "12"]);
        let mut line =
            packed_line(&format!("L{at}"), &item_name(at % 10_000), "XCS", content, tiers);
        if seed.percent(20) {
            line.minimum_order_quantity = Some(decimal("2"));
            line.order_quantity_increment = Some(decimal("2"));
        }
        // The twenty lines of an item are on twenty contracts.
        by_contract[(at / 10_000) * 20 + at % 20].push(line);
    }
    let contracts = by_contract.into_iter().enumerate().map(|(at, lines)| {
        let place = if at % 2 == 0 { "org".to_owned() } else { region(at % REGIONS) };
        let mut made =
            contract(&format!("C{at:03}"), &format!("supplier-{:02}", at % 40), &place, lines);
        made.validity = Validity::new(
            day("2025-01-01"),
            Some(DAY.saturating_add(jiff::Span::new().days(at as i32))),
        );
        if at % 3 == 0 {
            made.price_date_basis = PriceDateBasis::RequestedDeliveryDate;
            let holidays =
                (1..=10).map(|month| (jiff::civil::date(2025, month, 6), None)).collect();
            made.terms.delivery_schedule =
                Some(DeliverySchedule { weekdays: vec![1, 4], cut_off: None, holidays });
        }
        made
    });
    let mut content = organisation(contracts.collect(), 10_000);
    content.sourcing_rules = (0..500)
        .map(|at| {
            let preference = [Preference::Preferred, Preference::Blocked][at % 2];
            sourcing_rule(
                &item_name(at * 20),
                &format!("supplier-{:02}", at % 40),
                &region(at % REGIONS),
                preference,
            )
        })
        .collect();
    content
}

/// Every line is for one site, and all lines of an item have the same price. So an item has half a
/// million pairs of lines that only the place distinguishes.
fn site_prices() -> CatalogueContent {
    let contracts = (0..200).map(|at| {
        let lines = (0..SITES).map(|site| {
            let mut line = line(&format!("L{site}"), &item_name(at), "9.80");
            line.territory = site_name(site).parse().ok().map(|node| Scope::of(node).into());
            line
        });
        contract(&format!("C{at:03}"), "supplier", "org", lines.collect())
    });
    organisation(contracts.collect(), 200)
}
