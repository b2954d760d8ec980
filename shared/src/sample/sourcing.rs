//! The sourcing rules of the demo organisation.

use std::collections::BTreeSet;

use jiff::ToSpan;

use super::builder::id;
use super::goods::{DEPARTMENTS, Good};
use super::places::{EURO_REGIONS, site_id};
use super::seed::Seed;
use super::sellers;
use crate::calendar::{Date, Validity};
use crate::contract::{Preference, SourcingRule, Subject};
use crate::ids::LocationId;

/// The number of rules for single items at single sites.
const ITEM_RULES: usize = 9;

/// For each department, a rule for one category in one region, in turn Preferred and Blocked. Then
/// some rules for single items at single sites, which go before them there.
pub(super) fn sourcing_rules(seed: u64, today: Date, goods: &[Good]) -> Vec<SourcingRule> {
    let mut seed = Seed::fork(seed, "sourcing");
    let validity = Validity::new(today.saturating_add((-300).days()), None);
    let rule = |subject, supplier, location: LocationId, preference| SourcingRule {
        subject,
        supplier: id(&sellers::number(supplier)),
        location,
        validity,
        preference,
    };
    let mut rules = Vec::new();
    for department in 0..DEPARTMENTS.len() {
        let own: Vec<&Good> = goods.iter().filter(|good| good.department == department).collect();
        let Some(category) = seed.pick(&own).item.category.clone() else { continue };
        let region = id(EURO_REGIONS[(department + 1) % EURO_REGIONS.len()]);
        let (supplier, preference) = if department.is_multiple_of(2) {
            (sellers::northern(department), Preference::Preferred)
        } else {
            (sellers::wholesaler(department), Preference::Blocked)
        };
        rules.push(rule(Subject::Category(category), supplier, region, preference));
    }
    let mut taken = BTreeSet::new();
    while taken.len() < ITEM_RULES {
        let good = &goods[seed.place(goods.len())];
        let preference =
            seed.pick(&[Preference::Preferred, Preference::Allowed, Preference::Blocked]);
        // Sites 10 to 39 are on the continent, where items have more than one source.
        let site = site_id(10 + seed.place(30));
        if taken.insert(good.item.id.clone()) {
            let subject = Subject::Item(good.item.id.clone());
            rules.push(rule(subject, sellers::wholesaler(good.department), site, preference));
        }
    }
    rules
}
