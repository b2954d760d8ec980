//! Escrow: a cap over all sites is divided into what each site may use on its own, so that tablets
//! that know nothing of one another together never order more (P. O'Neil, "The Escrow Transactional
//! Method", ACM TODS 11:4, 1986).
//!
//! The rule, which [`divide`] follows at every publication:
//! 1. Nothing that a site has used is ever taken back.
//! 2. What procurement set for a site is what it gets; else it keeps what it has.
//! 3. A site that has nothing yet gets an even part of [`ALLOTTED_PERCENT`] of the cap, as far as 1
//!    and 2 leave so much.
//! 4. What is left is the reserve, from which [`top_up`] gives to sites that may order by the
//!    contract, at most a part of it at once.
//!
//! Where 1 and 2 alone are more than the cap, because it was lowered or procurement set too much,
//! every site keeps what it has used, and what the cap leaves beyond that is shared in proportion
//! to what each would get beyond it.

use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy};

use super::{Allotment, CommitmentId, Measure};
use crate::catalogue::Catalogue;
use crate::ids::LocationId;
use crate::limits::{ALLOTTED_PERCENT, TOP_UP_PERCENT};

/// What a site has of a cap.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Account {
    /// What it was given so far; `None` where it was never given anything.
    pub granted: Option<Decimal>,
    /// What procurement set for it.
    pub planned: Option<Decimal>,
    /// What its accepted orders use.
    pub used: Decimal,
}

/// Every cap's accounts, by site.
pub type Ledger = BTreeMap<CommitmentId, BTreeMap<LocationId, Account>>;

/// What every site gets of every cap of a catalogue: the sites that may order from the contract
/// (the line, where the line has the cap), those that were given something before, and those for
/// which procurement `planned` something.
///
/// Parts are counted in whole units, in the currency's minor units, or as finely as the cap itself
/// is given. `None` where numbers do not fit.
#[must_use]
pub fn allot(
    catalogue: &Catalogue,
    planned: &[Allotment],
    mut ledger: Ledger,
) -> Option<Vec<Allotment>> {
    let mut allotments = Vec::new();
    for cap in catalogue.caps() {
        let mut accounts = ledger.remove(&cap.id).unwrap_or_default();
        for site in catalogue
            .locations()
            .sites()
            .map(|site| &site.id)
            .filter(|site| may_order(catalogue, &cap.id, site))
        {
            accounts.entry(site.clone()).or_default();
        }
        for plan in planned.iter().filter(|plan| plan.commitment() == cap.id) {
            accounts.entry(plan.site.clone()).or_default().planned = Some(plan.amount);
        }
        let counted_in = match cap.measure {
            Measure::Quantity(_) => 0,
            Measure::Value(_) => currency_places(catalogue, &cap.id),
        };
        let places = counted_in.max(cap.measure.amount().normalize().scale());
        let grants = divide(cap.measure.amount(), places, &accounts)?;
        allotments.extend(grants.into_iter().map(|(site, amount)| Allotment {
            contract: cap.id.contract.clone(),
            line: cap.id.line.clone(),
            site,
            amount: amount.normalize(),
        }));
    }
    Some(allotments)
}

/// Whether a release lets a site order what a cap counts.
#[must_use]
pub fn may_order(catalogue: &Catalogue, cap: &CommitmentId, site: &LocationId) -> bool {
    let path = catalogue.locations().path(site);
    let admitted = |scope: &super::Scope| scope.admits(path.iter().map(|node| &node.id)).is_some();
    catalogue.contracts().iter().filter(|contract| contract.id == cap.contract).any(|contract| {
        let territory =
            cap.line.as_ref().and_then(|line| contract.line(line)?.territory.as_deref());
        admitted(&contract.scope) && territory.is_none_or(admitted)
    })
}

fn currency_places(catalogue: &Catalogue, cap: &CommitmentId) -> u32 {
    let contract = catalogue.contracts().iter().find(|contract| contract.id == cap.contract);
    contract.map_or(0, |contract| contract.currency.minor_units())
}

/// What each site gets of a cap, `places` being the decimal places in which parts are counted. The
/// sum is at most the cap, or what was used where that is more; no site gets less than it used.
///
/// `None` where numbers do not fit.
#[must_use]
pub fn divide(
    cap: Decimal,
    places: u32,
    accounts: &BTreeMap<LocationId, Account>,
) -> Option<BTreeMap<LocationId, Decimal>> {
    let settled = |account: &Account| Some(account.planned.or(account.granted)?.max(account.used));
    let mut grants: BTreeMap<LocationId, Decimal> = accounts
        .iter()
        .map(|(site, account)| (site.clone(), settled(account).unwrap_or(account.used)))
        .collect();
    let total = sum(grants.values())?;
    if total > cap {
        shrink(&mut grants, cap, places, accounts)?;
        return Some(grants);
    }
    let new: Vec<&LocationId> = accounts
        .iter()
        .filter(|(_, account)| settled(account).is_none())
        .map(|(site, _)| site)
        .collect();
    if new.is_empty() {
        return Some(grants);
    }
    let part =
        |whole: Decimal, among: usize| Some(down(whole.checked_div(Decimal::from(among))?, places));
    let even = part(
        cap.checked_mul(ALLOTTED_PERCENT.into())?.checked_div(Decimal::ONE_HUNDRED)?,
        accounts.len(),
    )?;
    let even = even.min(part(cap.checked_sub(total)?, new.len())?);
    for site in new {
        let grant = grants.get_mut(site)?;
        *grant = even.max(*grant);
    }
    Some(grants)
}

/// Cuts grants to a cap, in proportion to what each is beyond what its site used.
fn shrink(
    grants: &mut BTreeMap<LocationId, Decimal>,
    cap: Decimal,
    places: u32,
    accounts: &BTreeMap<LocationId, Account>,
) -> Option<()> {
    let used = sum(accounts.values().map(|account| &account.used))?;
    let wanted = sum(grants.values())?.checked_sub(used)?;
    let room = cap.checked_sub(used)?.max(Decimal::ZERO);
    if wanted.is_zero() {
        return Some(());
    }
    for (site, grant) in grants {
        let used = accounts.get(site)?.used;
        let beyond = grant.checked_sub(used)?;
        *grant = used.checked_add(down(beyond.checked_mul(room)?.checked_div(wanted)?, places))?;
    }
    Some(())
}

/// What a site is given on top when it asks, where the sites of a cap have been given `grants`: of
/// what the cap has left beyond them at most [`TOP_UP_PERCENT`], or an even part where that is
/// more.
#[must_use]
pub fn top_up<'g>(
    cap: Decimal,
    grants: impl ExactSizeIterator<Item = &'g Decimal>,
    asked: Decimal,
) -> Decimal {
    let sites = Decimal::from(grants.len().max(1));
    let places = cap.normalize().scale().max(asked.normalize().scale());
    let percent = |whole: Decimal, percent: u32| {
        whole.checked_mul(percent.into())?.checked_div(Decimal::ONE_HUNDRED)
    };
    let given = || {
        let reserve = cap.checked_sub(sum(grants)?)?;
        let part = percent(reserve, TOP_UP_PERCENT)?
            .round_dp_with_strategy(places, RoundingStrategy::AwayFromZero);
        let even = down(percent(cap, ALLOTTED_PERCENT)?.checked_div(sites)?, places);
        Some(asked.min(reserve).min(part.max(even)))
    };
    given().unwrap_or_default().max(Decimal::ZERO)
}

fn sum<'d>(mut amounts: impl Iterator<Item = &'d Decimal>) -> Option<Decimal> {
    amounts.try_fold(Decimal::ZERO, |sum, amount| sum.checked_add(*amount))
}

fn down(amount: Decimal, places: u32) -> Decimal {
    amount.round_dp_with_strategy(places, RoundingStrategy::ToZero)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sample::builder::{decimal as dec, id};

    fn accounts(sites: &[(&str, Account)]) -> BTreeMap<LocationId, Account> {
        sites.iter().map(|(site, account)| (id(site), *account)).collect()
    }

    fn divided(cap: &str, sites: &[(&str, Account)]) -> Vec<String> {
        divide(dec(cap), 0, &accounts(sites)).unwrap().values().map(ToString::to_string).collect()
    }

    const NEW: Account = Account { granted: None, planned: None, used: Decimal::ZERO };

    fn granted(amount: &str, used: &str) -> Account {
        Account { granted: Some(dec(amount)), used: dec(used), ..NEW }
    }

    #[test]
    fn new_sites_share_a_part_evenly_and_the_rest_is_reserve() {
        assert_eq!(divided("100", &[("a", NEW), ("b", NEW), ("c", NEW)]), ["20", "20", "20"]);
        assert_eq!(
            divided("2", &[("a", NEW), ("b", NEW), ("c", NEW)]),
            ["0", "0", "0"],
            "no whole one for each"
        );
        assert_eq!(
            divided("100", &[("a", granted("90", "0")), ("b", NEW), ("c", NEW)]),
            ["90", "5", "5"]
        );
    }

    #[test]
    fn what_procurement_set_and_what_was_given_stays() {
        let planned = Account { planned: Some(dec("70")), ..granted("20", "10") };
        assert_eq!(divided("100", &[("a", planned), ("b", granted("25", "0"))]), ["70", "25"]);
        let too_little = Account { planned: Some(dec("5")), ..granted("20", "10") };
        assert_eq!(divided("100", &[("a", too_little)]), ["10"], "never less than it used");
    }

    #[test]
    fn a_lowered_cap_leaves_every_site_what_it_used() {
        assert_eq!(
            divided("60", &[("a", granted("50", "30")), ("b", granted("50", "10"))]),
            ["36", "23"]
        );
        assert_eq!(
            divided("30", &[("a", granted("50", "30")), ("b", granted("50", "10"))]),
            ["30", "10"]
        );
    }

    #[test]
    fn a_top_up_gives_what_the_reserve_has() {
        let grants = [dec("20"), dec("20"), dec("20")];
        assert_eq!(top_up(dec("100"), grants.iter(), dec("15")), dec("15"));
        assert_eq!(
            top_up(dec("1000"), grants.iter(), dec("900")),
            dec("470"),
            "nobody takes the reserve at once"
        );
        assert_eq!(
            top_up(dec("61"), grants.iter(), dec("5")),
            dec("1"),
            "a reserve below an even part is given whole"
        );
        assert_eq!(top_up(dec("60"), grants.iter(), dec("1")), Decimal::ZERO);
        assert_eq!(top_up(dec("50"), grants.iter(), dec("1")), Decimal::ZERO);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Publish { cap: i64, planned: BTreeMap<usize, i64> },
        TopUp { site: usize, asked: i64 },
        Accept { site: usize, asked: i64 },
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let publish = (0_i64..200, proptest::collection::btree_map(0_usize..4, 0_i64..120, 0..4))
            .prop_map(|(cap, planned)| Step::Publish { cap, planned });
        let top_up = (0_usize..4, 0_i64..80).prop_map(|(site, asked)| Step::TopUp { site, asked });
        let accept = (0_usize..4, 0_i64..80).prop_map(|(site, asked)| Step::Accept { site, asked });
        proptest::collection::vec(prop_oneof![1 => publish, 3 => top_up, 6 => accept], 1..60)
    }

    proptest! {
        /// Whatever is published, asked for and ordered in whatever order: the grants fit into the
        /// cap, or were used before it was lowered; no site uses more than it was given; nothing
        /// that was used is taken back.
        #[test]
        fn case_13_the_sum_of_orders_never_exceeds_the_highest_cap(steps in steps()) {
            let sites: Vec<LocationId> = ["a", "b", "c", "d"].map(id).to_vec();
            let mut accounts: BTreeMap<LocationId, Account> = sites.iter().map(|site| (site.clone(), NEW)).collect();
            let (mut cap, mut highest) = (Decimal::ZERO, Decimal::ZERO);
            for step in steps {
                match step {
                    Step::Publish { cap: new, planned } => {
                        cap = new.into();
                        for (at, site) in sites.iter().enumerate() {
                            accounts.get_mut(site).unwrap().planned = planned.get(&at).map(|amount| (*amount).into());
                        }
                        for (site, grant) in divide(cap, 0, &accounts).unwrap() {
                            accounts.get_mut(&site).unwrap().granted = Some(grant);
                        }
                    }
                    Step::TopUp { site, asked } => {
                        let grants: Vec<Decimal> = accounts.values().filter_map(|account| account.granted).collect();
                        let given = top_up(cap, grants.iter(), asked.into());
                        let account = accounts.get_mut(&sites[site]).unwrap();
                        account.granted = Some(account.granted.unwrap_or_default() + given);
                    }
                    Step::Accept { site, asked } => {
                        let account = accounts.get_mut(&sites[site]).unwrap();
                        if account.used + Decimal::from(asked) <= account.granted.unwrap_or_default() {
                            account.used += Decimal::from(asked);
                        }
                    }
                }
                highest = highest.max(cap);
                let used: Decimal = accounts.values().map(|account| account.used).sum();
                let granted: Decimal = accounts.values().filter_map(|account| account.granted).sum();
                prop_assert!(granted <= cap.max(used), "{granted} granted of {cap}, {used} used");
                prop_assert!(used <= highest, "{used} used of {highest}");
                for account in accounts.values() {
                    prop_assert!(account.used <= account.granted.unwrap_or_default());
                }
            }
        }
    }
}
