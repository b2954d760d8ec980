//! A naive reference: a straight loop over all lines, written from `docs/resolution.md` without the index, compared with
//! the engine on generated catalogues, on the demo organisation and on the order of its parts.

use proptest::prelude::*;

use super::*;
use crate::calendar::Date;
use crate::contract::CatalogueLine;
use crate::ids::LocationId;
use crate::sample::builder::lead_time;

/// (contract, line, unit price, quantity) of the winner.
type Answer = Option<(String, String, Decimal, Decimal)>;

fn reference(content: &CatalogueContent, request: &Request<'_>) -> Answer {
    let mut best: Option<(Key, Answer)> = None;
    let item = content.items.iter().find(|item| item.id.as_str() == request.item)?;
    let wanted: Vec<_> = std::iter::once(&item.id).chain(&item.substitutes).collect();
    for (position, id) in wanted.into_iter().enumerate() {
        let item = content.items.iter().find(|item| item.id == *id)?;
        for contract in &content.contracts {
            for line in contract.lines.iter().filter(|line| line.item == *id) {
                if let Some((key, answer)) = candidate(content, request, position, item, contract, line)
                    && best.as_ref().is_none_or(|(other, _)| key < *other)
                {
                    best = Some((key, Some(answer)));
                }
            }
        }
    }
    best?.1
}

type Key = (usize, Preference, std::cmp::Reverse<usize>, u32, Decimal, u16, usize, String, String);

fn candidate(
    content: &CatalogueContent,
    request: &Request<'_>,
    position: usize,
    item: &Item,
    contract: &Contract,
    line: &CatalogueLine,
) -> Option<(Key, (String, String, Decimal, Decimal))> {
    let lead = line.terms.as_ref().and_then(|own| own.lead_time_days).or(contract.terms.lead_time_days).unwrap_or(0);
    let earliest = request.order_date.checked_add(jiff::Span::new().days(i64::from(lead))).ok()?;
    let mut delivery = request.requested_delivery_date.unwrap_or(earliest).max(earliest);
    if let Some(schedule) = &contract.terms.delivery_schedule {
        while !schedule.delivers_on(delivery) {
            delivery = delivery.tomorrow().ok()?;
            if delivery.duration_since(earliest).as_hours() > 24 * 800 {
                return None;
            }
        }
    }
    let tested = match contract.price_date_basis {
        PriceDateBasis::OrderDate => request.order_date,
        PriceDateBasis::RequestedDeliveryDate => delivery,
    };
    let newer = content.contracts.iter().filter(|c| c.id == contract.id && c.version > contract.version);
    if contract.status != ContractStatus::Published
        || newer.min_by_key(|c| c.version).is_some_and(|c| c.effective_from() <= tested)
        || tested < contract.effective_from()
        || !holds(Some(contract.validity), tested)
        || !holds(line.validity, tested)
    {
        return None;
    }
    let path = path(content, request.site);
    let mut depth = deepest(&contract.scope, &path)?;
    if let Some(territory) = &line.territory {
        depth = depth.max(deepest(territory, &path)?);
    }
    let preference = preference(content, item, contract, &path, tested);
    if preference == Preference::Blocked {
        return None;
    }
    let quantity = match request.unit {
        Some(unit) if unit != line.orderable_unit => {
            let base = unit.convert(request.quantity, item.base_unit)?;
            let quantity = base / line.content;
            if (quantity.scale() > 12) || quantity * line.content != base {
                return None;
            }
            quantity
        }
        _ => request.quantity,
    };
    let quantity = orderable(line, quantity)?;
    let tiers = line.tiers.iter().filter(|tier| tier.threshold <= quantity && holds(tier.validity, tested));
    let tier = tiers.max_by_key(|tier| tier.threshold)?;
    let per_base_unit = tier.price.amount * content.exchange_rates.rate(contract.currency)?
        / (tier.price.base_quantity.value * line.content);
    let wins = content.tie_decisions.iter().filter(|decision| decision.loser == contract.id).count();
    let key = (
        position,
        preference,
        std::cmp::Reverse(depth),
        contract.priority.unwrap_or(u32::MAX),
        per_base_unit,
        lead,
        wins,
        contract.id.to_string(),
        line.id.to_string(),
    );
    Some((key, (contract.id.to_string(), line.id.to_string(), tier.price.amount, quantity)))
}

fn holds(validity: Option<Validity>, day: Date) -> bool {
    validity.is_none_or(|v| day >= v.start && v.end.is_none_or(|end| day <= end))
}

fn path(content: &CatalogueContent, site: &LocationId) -> Vec<LocationId> {
    let mut path = vec![site.clone()];
    while let Some(parent) = content.locations.iter().find(|l| l.id == path[0]).and_then(|l| l.parent.clone()) {
        path.insert(0, parent);
    }
    path
}

fn deepest(scope: &Scope, path: &[LocationId]) -> Option<usize> {
    let depth =
        (0..path.len()).rev().find(|d| scope.included.contains(&path[*d]) || scope.excluded.contains(&path[*d]))?;
    (!scope.excluded.contains(&path[depth])).then_some(depth)
}

fn preference(
    content: &CatalogueContent,
    item: &Item,
    contract: &Contract,
    path: &[LocationId],
    day: Date,
) -> Preference {
    for node in path.iter().rev() {
        let here: Vec<_> = content
            .sourcing_rules
            .iter()
            .filter(|r| r.location == *node && r.supplier == contract.supplier && holds(Some(r.validity), day))
            .collect();
        let of_item = here.iter().filter(|r| r.subject == Subject::Item(item.id.clone())).map(|r| r.preference).max();
        let category = item.category.clone().map(Subject::Category);
        let of_category = here.iter().filter(|r| Some(&r.subject) == category.as_ref()).map(|r| r.preference).max();
        if let Some(preference) = of_item.or(of_category) {
            return preference;
        }
    }
    Preference::Allowed
}

/// Counts up in steps, as a person would.
fn orderable(line: &CatalogueLine, wanted: Decimal) -> Option<Decimal> {
    let minimum = line.minimum_order_quantity.unwrap_or_default();
    let maximum = line.maximum_order_quantity.unwrap_or(Decimal::MAX);
    let Some(step) = line.order_quantity_increment else {
        let quantity = wanted.max(minimum);
        return if quantity <= maximum { Some(quantity) } else { (minimum <= maximum).then_some(maximum) };
    };
    let mut quantity = step;
    let mut fits = None;
    while quantity <= maximum {
        if quantity >= minimum {
            fits = Some(quantity);
            if quantity >= wanted {
                break;
            }
        }
        quantity += step;
    }
    fits
}

fn arbitrary_content() -> impl Strategy<Value = CatalogueContent> {
    let line = (
        (0..3_usize, 1..4_i64, prop::collection::btree_map(0..30_i64, 1..6_i64, 1..3), prop::option::of(0..3_u16)),
        prop::option::of((1..8_i64, prop::option::of(8..30_i64), prop::option::of(1..5_i64))),
        prop::option::of((0..20_i64, 0..20_i64)),
        prop::option::of(0..6_usize),
    );
    let contract = (
        (0..2_usize, 0..20_i64, 0..30_i64, any::<bool>()),
        (0..6_usize, prop::option::of(0..6_usize), prop::option::of(1..3_u32), any::<bool>()),
        prop::option::weighted(0.3, prop::collection::vec(1..8_i8, 1..4)),
        prop::collection::vec(line, 1..5),
    );
    let rule = (0..3_usize, 0..2_usize, 0..6_usize, 0..20_i64, 0..3_usize);
    (prop::collection::vec(contract, 1..5), prop::collection::vec(rule, 0..4), any::<bool>())
        .prop_map(|(contracts, rules, substitute)| generated(contracts, rules, substitute))
}

type LineParts = (
    (usize, i64, BTreeMap<i64, i64>, Option<u16>),
    Option<(i64, Option<i64>, Option<i64>)>,
    Option<(i64, i64)>,
    Option<usize>,
);
type ContractParts =
    ((usize, i64, i64, bool), (usize, Option<usize>, Option<u32>, bool), Option<Vec<i8>>, Vec<LineParts>);

const NODES: [&str; 6] = ["org", "north", "n1", "n2", "south", "s1"];
const ITEMS: [&str; 3] = ["milk", "oat-drink", "cream"];

fn day(n: i64) -> Date {
    date(2025, 2, 20).checked_add(jiff::Span::new().days(n)).unwrap()
}

fn generated(
    contracts: Vec<ContractParts>,
    rules: Vec<(usize, usize, usize, i64, usize)>,
    substitute: bool,
) -> CatalogueContent {
    let mut all = content();
    all.items = ITEMS.map(item).to_vec();
    if substitute {
        all.items[0].substitutes = vec!["cream".parse().unwrap(), "oat-drink".parse().unwrap()];
    }
    all.contracts = contracts.into_iter().enumerate().map(|(n, parts)| generated_contract(n, parts)).collect();
    all.sourcing_rules = rules
        .into_iter()
        .map(|(item, supplier, node, start, preference)| SourcingRule {
            subject: Subject::Item(ITEMS[item].parse().unwrap()),
            supplier: ["S1", "S2"][supplier].parse().unwrap(),
            location: NODES[node].parse().unwrap(),
            validity: Validity::new(day(start), Some(day(start + 10))),
            preference: [Preference::Preferred, Preference::Allowed, Preference::Blocked][preference],
        })
        .collect();
    all
}

fn generated_contract(n: usize, (first, second, weekdays, lines): ContractParts) -> Contract {
    let (supplier, start, days, by_delivery) = first;
    let (included, excluded, priority, published) = second;
    let mut made = contract(&format!("C{n}"), ["S1", "S2"][supplier], "1");
    made.validity = Validity::new(day(start), Some(day(start + days)));
    if by_delivery {
        made.price_date_basis = PriceDateBasis::RequestedDeliveryDate;
    }
    made.scope = Scope::of(NODES[included].parse().unwrap());
    made.scope.excluded = excluded.map(|node| NODES[node].parse().unwrap()).into_iter().collect();
    made.priority = priority;
    made.terms.delivery_schedule =
        weekdays.map(|weekdays| DeliverySchedule { weekdays, cut_off: None, holidays: BTreeMap::new() });
    if !published {
        made.status = ContractStatus::Suspended;
    }
    let template = made.lines.remove(0);
    for (at, ((item, content, tiers, lead), bounds, window, territory)) in lines.into_iter().enumerate() {
        let mut line = template.clone();
        line.id = format!("L{at}").parse().unwrap();
        line.item = ITEMS[item].parse().unwrap();
        line.content = Decimal::from(content);
        line.tiers =
            tiers.iter().map(|(threshold, amount)| tier(&threshold.to_string(), &amount.to_string())).collect();
        line.terms = lead.map(|days| lead_time(days).into());
        if let Some((minimum, maximum, increment)) = bounds {
            line.minimum_order_quantity = Some(Decimal::from(minimum));
            line.maximum_order_quantity = maximum.map(Decimal::from);
            line.order_quantity_increment = increment.map(Decimal::from);
        }
        line.validity = window.map(|(start, days)| Validity::new(day(start), Some(day(start + days))));
        line.territory = territory.map(|node| Scope::of(NODES[node].parse().unwrap()));
        made.lines.push(line);
    }
    made
}

fn answer(catalogue: &Catalogue, request: &Request<'_>) -> Answer {
    let outcome = select(catalogue, request);
    assert_eq!(outcome, resolve(catalogue, request).outcome);
    let selected = outcome.selected()?;
    let (contract, line) = (selected.contract.to_string(), selected.line.to_string());
    Some((contract, line, selected.unit_price, selected.quantity.value))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// 2,000 catalogues × 50 requests.
    #[test]
    fn the_engine_agrees_with_a_naive_loop(
        content in arbitrary_content(),
        requests in prop::collection::vec((0..3_usize, 1..40_i64, 0..3_usize, 0..40_i64, prop::option::of(0..50_i64), any::<bool>()), 50),
    ) {
        let catalogue = Catalogue::build(content.clone()).unwrap();
        let mut shuffled = content.clone();
        shuffled.contracts.reverse();
        shuffled.contracts.iter_mut().for_each(|contract| contract.lines.reverse());
        shuffled.items.reverse();
        shuffled.locations.reverse();
        let shuffled = Catalogue::build(shuffled).unwrap();
        for (item, quantity, site, ordered, requested, in_pieces) in requests {
            let site = ["n1", "n2", "s1"][site].parse().unwrap();
            let request = Request {
                item: ITEMS[item],
                quantity: Decimal::from(quantity),
                unit: in_pieces.then(|| unit("EA")),
                site: &site,
                order_date: day(ordered),
                order_time: None,
                requested_delivery_date: requested.map(day),
                remaining: None,
            };
            let found = answer(&catalogue, &request);
            prop_assert_eq!(&found, &reference(&content, &request));
            prop_assert_eq!(
                serde_json::to_string(&resolve(&catalogue, &request)).unwrap(),
                serde_json::to_string(&resolve(&shuffled, &request)).unwrap(),
                "the order of the parts changes nothing"
            );
            prop_assert!(removing_the_winner_promotes_the_runner_up(&content, &catalogue, &request));
        }
    }
}

fn removing_the_winner_promotes_the_runner_up(
    content: &CatalogueContent,
    catalogue: &Catalogue,
    request: &Request<'_>,
) -> bool {
    let resolution = resolve(catalogue, request);
    let Some(winner) = resolution.outcome.selected() else { return true };
    let mut without = content.clone();
    for contract in without.contracts.iter_mut().filter(|contract| contract.id == *winner.contract) {
        contract.lines.retain(|line| line.id != *winner.line);
    }
    let without = Catalogue::build(without).unwrap();
    let runner_up = resolution
        .candidates
        .get(1)
        .filter(|candidate| matches!(candidate.verdict, Verdict::Eligible { .. }))
        .map(|candidate| (candidate.contract.to_string(), candidate.line.to_string()));
    let promoted = select(&without, request).selected().map(|s| (s.contract.to_string(), s.line.to_string()));
    runner_up == promoted
}
