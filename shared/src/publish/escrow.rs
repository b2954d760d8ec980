//! Escrow: divides a hard maximum (a cap) of all sites into allotments that each site uses on its
//! own. So tablets that cannot see each other's orders never order more than the cap together (P.
//! O'Neil, "The Escrow Transactional Method", ACM TODS 11:4, 1986).
//!
//! [`divide`] follows these rules at every publication:
//! 1. Nothing that a site has used is taken back.
//! 2. A site is due the amount that procurement set for it. Without one, it keeps its earlier
//!    allotment.
//! 3. A site without an allotment gets an even part of [`ALLOTTED_PERCENT`] of the cap, if rules 1
//!    and 2 leave enough. Otherwise such sites share evenly what rules 1 and 2 leave.
//! 4. The rest of the cap is the reserve. [`top_up`] gives parts of it to sites that may order from
//!    the contract.
//!
//! Rules 1 and 2 alone may need more than the cap, because the cap was lowered or because
//! procurement set too much. Then every site keeps what it has used. The rest of the cap is shared
//! in proportion to what rule 2 gives each site beyond its use.
//!
//! So a publication says how much each site is due. If more than that is granted to a site, the
//! difference is **recalled**. A tablet without a network may still order it. So it stays granted
//! to the site, and no other site gets it, until no tablet of the site can order it any more. Then
//! [`settle`] takes it back, and gives it to the sites that are due more, or to the reserve.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::{Decimal, RoundingStrategy};

use crate::catalogue::Catalogue;
use crate::contract::{Allotment, CommitmentId, Measure, Scope};
use crate::ids::LocationId;
use crate::limits::{ALLOTTED_PERCENT, ORDER_QUANTITY_SCALE, TOP_UP_PERCENT};
use crate::money::Currency;

/// What a site has of one cap. All amounts are in the cap's measure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Account {
    /// The server accepts the site's orders up to this amount. No other site can get it.
    pub granted: Decimal,
    /// The amount that the site is to have; `None` if it never got an allotment. It is less than
    /// `granted` while a part of `granted` is recalled. It is more than `granted` while other sites
    /// have not returned enough yet.
    pub due: Option<Decimal>,
    /// The amount that procurement set for the site; `None` if it set none.
    pub planned: Option<Decimal>,
    /// The amount that the site's accepted orders use.
    pub used: Decimal,
}

impl Account {
    /// The allotment that the site's tablets know: the smaller one of `granted` and `due`.
    #[must_use]
    pub fn told(&self) -> Decimal {
        self.due.map_or(Decimal::ZERO, |due| due.min(self.granted))
    }

    /// The recalled part of `granted`. A tablet that knows a larger allotment may still order it.
    #[must_use]
    pub fn recalled(&self) -> Decimal {
        self.granted.checked_sub(self.told()).unwrap_or_default()
    }

    /// The amount that the site is due in addition, and that other sites must return first.
    #[must_use]
    pub fn awaited(&self) -> Decimal {
        self.due.and_then(|due| due.checked_sub(self.told())).unwrap_or_default()
    }

    /// The account with an allotment that is larger by `more`. What is recalled from the site
    /// itself is used first. `None` if the sum does not fit a decimal.
    #[must_use]
    pub fn with_more(self, more: Decimal) -> Option<Self> {
        let told = self.told().checked_add(more)?;
        let due = Some(self.due.map_or(told, |due| due.max(told)));
        Some(Self { granted: self.granted.max(told), due, ..self })
    }
}

/// The accounts of every cap, by site.
pub type Ledger = BTreeMap<CommitmentId, BTreeMap<LocationId, Account>>;

/// The ledger of the catalogue's caps, with the amount that a publication makes due to each site.
///
/// The sites are those that may order from the contract (or the line, if the line has the cap),
/// those with an earlier allotment, and those for which procurement `planned` an amount. The
/// granted amounts do not change here, but in [`settle`].
///
/// Parts have the decimal places of the currency, or none for a quantity; more if the cap itself
/// has more. `None` if a number does not fit a decimal.
#[must_use]
pub fn allot(catalogue: &Catalogue, planned: &[Allotment], mut ledger: Ledger) -> Option<Ledger> {
    let mut allotted = Ledger::new();
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
        for (site, due) in divide(cap.measure.amount(), places, &accounts)? {
            accounts.entry(site).or_default().due = Some(due.normalize());
        }
        allotted.insert(cap.id.clone(), accounts);
    }
    Some(allotted)
}

/// Whether some version of the contract, and of the line if the cap is on a line, lets the site
/// order what the cap counts.
#[must_use]
pub fn may_order(catalogue: &Catalogue, cap: &CommitmentId, site: &LocationId) -> bool {
    let path = catalogue.locations().path(site);
    let admitted = |scope: &Scope| scope.admits(path.iter().map(|node| &node.id)).is_some();
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

/// What each site is due of a cap. `places` is the number of decimal places of a part.
///
/// The sum is at most the cap, or the used sum if that is more. No site is due less than it used.
///
/// `None` if a number does not fit a decimal.
#[must_use]
pub fn divide(
    cap: Decimal,
    places: u32,
    accounts: &BTreeMap<LocationId, Account>,
) -> Option<BTreeMap<LocationId, Decimal>> {
    let settled = |account: &Account| Some(account.planned.or(account.due)?.max(account.used));
    let mut dues: BTreeMap<LocationId, Decimal> = accounts
        .iter()
        .map(|(site, account)| (site.clone(), settled(account).unwrap_or(account.used)))
        .collect();
    let total = sum(dues.values().copied())?;
    if total > cap {
        shrink(&mut dues, cap, places, accounts)?;
        return Some(dues);
    }
    let new: Vec<&LocationId> = accounts
        .iter()
        .filter(|(_, account)| settled(account).is_none())
        .map(|(site, _)| site)
        .collect();
    if new.is_empty() {
        return Some(dues);
    }
    let part =
        |whole: Decimal, among: usize| Some(down(whole.checked_div(Decimal::from(among))?, places));
    let even = part(
        cap.checked_mul(ALLOTTED_PERCENT.into())?.checked_div(Decimal::ONE_HUNDRED)?,
        accounts.len(),
    )?;
    let even = even.min(part(cap.checked_sub(total)?, new.len())?);
    for site in new {
        let due = dues.get_mut(site)?;
        *due = even.max(*due);
    }
    Some(dues)
}

/// Reduces the dues to the cap, in proportion to what each exceeds its site's use.
fn shrink(
    dues: &mut BTreeMap<LocationId, Decimal>,
    cap: Decimal,
    places: u32,
    accounts: &BTreeMap<LocationId, Account>,
) -> Option<()> {
    let used = sum(accounts.values().map(|account| account.used))?;
    let wanted = sum(dues.values().copied())?.checked_sub(used)?;
    let room = cap.checked_sub(used)?.max(Decimal::ZERO);
    if wanted.is_zero() {
        return Some(());
    }
    for (site, due) in dues {
        let used = accounts.get(site)?.used;
        let beyond = due.checked_sub(used)?;
        *due = used.checked_add(down(beyond.checked_mul(room)?.checked_div(wanted)?, places))?;
    }
    Some(())
}

/// Takes back what is recalled from the sites in `given_back`, except what they used. Then gives
/// the reserve to the sites that are due more, one site after the other. When nothing is recalled
/// any more, no further amount comes back, so each site is due what is granted.
///
/// `None` if a sum does not fit a decimal.
pub fn settle(
    cap: Decimal,
    accounts: &mut BTreeMap<LocationId, Account>,
    given_back: &BTreeSet<LocationId>,
) -> Option<()> {
    for (site, account) in accounts.iter_mut() {
        if !account.recalled().is_zero() && given_back.contains(site) {
            account.granted = account.told().max(account.used);
            account.due = Some(account.granted);
        }
    }
    let mut reserve = cap.checked_sub(sum(accounts.values().map(|account| account.granted))?)?;
    for account in accounts.values_mut() {
        let more = account.awaited().min(reserve).max(Decimal::ZERO);
        account.granted = account.granted.checked_add(more)?;
        reserve = reserve.checked_sub(more)?;
    }
    if accounts.values().all(|account| account.recalled().is_zero()) {
        for account in accounts.values_mut() {
            account.due = account.due.map(|_| account.granted);
        }
    }
    Some(())
}

/// The amount that a site may still order: the rest of what is granted to the site, or the rest of
/// the cap if that is less. The cap may have less left when it was lowered below the granted sum.
///
/// `None` if a sum does not fit a decimal.
#[must_use]
pub fn left_to(
    cap: Decimal,
    accounts: &BTreeMap<LocationId, Account>,
    site: &LocationId,
) -> Option<Decimal> {
    let Some(account) = accounts.get(site) else { return Some(Decimal::ZERO) };
    let own = account.granted.checked_sub(account.used)?;
    let of_all = cap.checked_sub(sum(accounts.values().map(|account| account.used))?)?;
    Some(own.min(of_all).max(Decimal::ZERO))
}

/// The amount that a site gets in addition when it asks: at most [`TOP_UP_PERCENT`] of the reserve,
/// or an even part of the cap if that is more. What is recalled from the site itself counts as
/// reserve, because no other site can get it. What other sites are due does not count as reserve.
#[must_use]
pub fn top_up(
    cap: Decimal,
    accounts: &BTreeMap<LocationId, Account>,
    site: &LocationId,
    asked: Decimal,
) -> Decimal {
    let sites = Decimal::from(accounts.len().max(1));
    let places = cap.normalize().scale().max(asked.normalize().scale());
    let percent = |whole: Decimal, percent: u32| {
        whole.checked_mul(percent.into())?.checked_div(Decimal::ONE_HUNDRED)
    };
    let given = || {
        let taken = accounts.iter().map(|(other, account)| {
            if other == site {
                account.told()
            } else {
                account.granted.max(account.due.unwrap_or_default())
            }
        });
        let reserve = cap.checked_sub(sum(taken)?)?;
        let part = percent(reserve, TOP_UP_PERCENT)?
            .round_dp_with_strategy(places, RoundingStrategy::AwayFromZero);
        let even = down(percent(cap, ALLOTTED_PERCENT)?.checked_div(sites)?, places);
        Some(asked.min(reserve).min(part.max(even)))
    };
    given().unwrap_or_default().max(Decimal::ZERO)
}

/// The smallest part of a hard maximum that is given to a site: one piece or package, the smallest
/// quantity of an order for units that are divisible, and one minor unit of the currency for money.
#[must_use]
pub fn smallest_part(measure: &Measure, currency: Currency) -> Decimal {
    match measure {
        Measure::Quantity(quantity) if !quantity.unit.is_divisible() => Decimal::ONE,
        Measure::Quantity(_) => Decimal::new(1, ORDER_QUANTITY_SCALE),
        Measure::Value(_) => Decimal::new(1, currency.minor_units()),
    }
}

fn sum(mut amounts: impl Iterator<Item = Decimal>) -> Option<Decimal> {
    amounts.try_fold(Decimal::ZERO, Decimal::checked_add)
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

    const NEW: Account =
        Account { granted: Decimal::ZERO, due: None, planned: None, used: Decimal::ZERO };

    fn granted(amount: &str, used: &str) -> Account {
        Account { granted: dec(amount), due: Some(dec(amount)), used: dec(used), ..NEW }
    }

    fn due(due: &str, account: Account) -> Account {
        Account { due: Some(dec(due)), ..account }
    }

    /// The granted and due amounts of each site, after the sites in `given_back` gave back.
    fn settled(cap: &str, sites: &[(&str, Account)], given_back: &[&str]) -> Vec<(String, String)> {
        let mut accounts = accounts(sites);
        let given_back = given_back.iter().map(|site| id(site)).collect();
        settle(dec(cap), &mut accounts, &given_back).unwrap();
        let shown = |account: &Account| {
            (account.granted.to_string(), account.due.unwrap_or_default().to_string())
        };
        accounts.values().map(shown).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
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
    fn a_publication_divides_what_is_due_and_not_what_is_still_recalled() {
        let recalled = due("20", granted("50", "10"));
        assert_eq!(divided("100", &[("a", recalled), ("b", granted("30", "0"))]), ["20", "30"]);
        let late = due("20", granted("50", "45"));
        assert_eq!(divided("100", &[("a", late), ("b", granted("30", "0"))]), ["45", "30"]);
    }

    #[test]
    fn what_is_recalled_goes_to_nobody_else_before_it_is_given_back() {
        let sites = [("a", due("20", granted("50", "10"))), ("b", due("80", granted("50", "0")))];
        assert_eq!(settled("100", &sites, &[]), pairs(&[("50", "20"), ("50", "80")]));
        assert_eq!(settled("100", &sites, &["b"]), pairs(&[("50", "20"), ("50", "80")]));
        assert_eq!(settled("100", &sites, &["a"]), pairs(&[("20", "20"), ("80", "80")]));
        let told: Vec<_> = sites.iter().map(|(_, account)| account.told().to_string()).collect();
        assert_eq!(told, ["20", "50"], "and neither is told of what it may not order");
    }

    #[test]
    fn what_was_ordered_by_a_recalled_grant_does_not_come_back() {
        let sites = [("a", due("20", granted("50", "45"))), ("b", due("80", granted("50", "0")))];
        assert_eq!(
            settled("100", &sites, &["a"]),
            pairs(&[("45", "45"), ("55", "55")]),
            "five came back, and no more will"
        );
    }

    #[test]
    fn of_two_recalls_each_comes_back_by_itself() {
        let sites = [
            ("a", due("20", granted("40", "0"))),
            ("b", due("10", granted("40", "0"))),
            ("c", due("70", granted("20", "0"))),
        ];
        assert_eq!(
            settled("100", &sites, &["a"]),
            pairs(&[("20", "20"), ("40", "10"), ("40", "70")])
        );
        assert_eq!(
            settled("100", &sites, &["a", "b"]),
            pairs(&[("20", "20"), ("10", "10"), ("70", "70")])
        );
    }

    #[test]
    fn a_cap_lowered_below_what_is_granted_has_no_reserve() {
        let sites = [("a", due("36", granted("50", "30"))), ("b", due("23", granted("50", "10")))];
        assert_eq!(settled("60", &sites, &["b"]), pairs(&[("50", "36"), ("23", "23")]));
        assert_eq!(top_up(dec("60"), &accounts(&sites), &id("b"), dec("5")), Decimal::ZERO);
    }

    #[test]
    fn a_top_up_gives_what_the_reserve_has() {
        let sites = accounts(&["a", "b", "c"].map(|site| (site, granted("20", "0"))));
        let top_up = |cap: &str, asked: &str| top_up(dec(cap), &sites, &id("a"), dec(asked));
        assert_eq!(top_up("100", "15"), dec("15"));
        assert_eq!(top_up("1000", "900"), dec("470"), "nobody takes the reserve at once");
        assert_eq!(top_up("61", "5"), dec("1"), "a reserve below an even part is given whole");
        assert_eq!(top_up("60", "1"), Decimal::ZERO);
        assert_eq!(top_up("50", "1"), Decimal::ZERO);
    }

    #[test]
    fn a_site_gets_what_is_recalled_from_it_when_it_asks_and_others_do_not() {
        let sites = accounts(&[
            ("a", due("20", granted("50", "0"))),
            ("b", granted("50", "0")),
            ("c", NEW),
        ]);
        let asks = |site: &str| top_up(dec("100"), &sites, &id(site), dec("10"));
        assert_eq!((asks("a"), asks("b"), asks("c")), (dec("10"), dec("0"), dec("0")));
        let more = sites[&id("a")].with_more(dec("10")).unwrap();
        assert_eq!((more.granted, more.due, more.told()), (dec("50"), Some(dec("30")), dec("30")));
        // B is due more than the reserve has. So there is no reserve for A either.
        let waited_for =
            accounts(&[("a", due("20", granted("50", "0"))), ("b", due("80", granted("50", "0")))]);
        assert_eq!(top_up(dec("100"), &waited_for, &id("a"), dec("10")), Decimal::ZERO);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Publish {
            cap: i64,
            planned: BTreeMap<usize, i64>,
        },
        TopUp {
            site: usize,
            asked: i64,
        },
        /// The site's tablet orders within the allotment that it knows.
        Order {
            site: usize,
            asked: i64,
        },
        /// A dishonest tablet orders any amount.
        Lie {
            site: usize,
            asked: i64,
        },
        /// The site's tablet receives its allotment and confirms it.
        Hear {
            site: usize,
        },
    }

    fn steps(caps: std::ops::Range<i64>) -> impl Strategy<Value = Vec<Step>> {
        let planned = proptest::collection::btree_map(0_usize..4, 0_i64..120, 0..4);
        let publish = (caps, planned).prop_map(|(cap, planned)| Step::Publish { cap, planned });
        let top_up = (0_usize..4, 0_i64..80).prop_map(|(site, asked)| Step::TopUp { site, asked });
        let order = (0_usize..4, 0_i64..80).prop_map(|(site, asked)| Step::Order { site, asked });
        let lie = (0_usize..4, 0_i64..80).prop_map(|(site, asked)| Step::Lie { site, asked });
        let hear = (0_usize..4).prop_map(|site| Step::Hear { site });
        let step = prop_oneof![1 => publish, 3 => top_up, 4 => order, 2 => lie, 4 => hear];
        proptest::collection::vec(step, 1..60)
    }

    /// What the steps so far led to.
    #[derive(Default)]
    struct Walk {
        cap: Decimal,
        highest: Decimal,
        accounts: BTreeMap<LocationId, Account>,
        /// The allotment that each site's tablet knows.
        believed: BTreeMap<LocationId, Decimal>,
        /// The number of refused orders that were within the allotment that the tablet knew.
        broken: usize,
    }

    impl Walk {
        fn take(&mut self, step: Step) {
            let sites: Vec<LocationId> = ["a", "b", "c", "d"].map(id).to_vec();
            match step {
                Step::Publish { cap, planned } => {
                    self.cap = cap.into();
                    for (at, site) in sites.iter().enumerate() {
                        let account = self.accounts.entry(site.clone()).or_default();
                        account.planned = planned.get(&at).map(|amount| (*amount).into());
                    }
                    for (site, due) in divide(self.cap, 0, &self.accounts).unwrap() {
                        self.accounts.get_mut(&site).unwrap().due = Some(due);
                    }
                    settle(self.cap, &mut self.accounts, &BTreeSet::new()).unwrap();
                }
                Step::TopUp { site, asked } => {
                    let site = &sites[site];
                    let given = top_up(self.cap, &self.accounts, site, asked.into());
                    let account = self.accounts.entry(site.clone()).or_default();
                    *account = account.with_more(given).unwrap();
                }
                Step::Order { site, asked } => {
                    let believed = self.believed.get(&sites[site]).copied().unwrap_or_default();
                    let used = self.used_by(&sites[site]);
                    let asked = Decimal::from(asked).min(believed - used);
                    if asked > Decimal::ZERO && !self.accept(&sites[site], asked) {
                        self.broken += 1;
                    }
                }
                Step::Lie { site, asked } => {
                    self.accept(&sites[site], asked.into());
                }
                Step::Hear { site } => {
                    let site = sites[site].clone();
                    let told = self.accounts.get(&site).map(Account::told).unwrap_or_default();
                    self.believed.insert(site.clone(), told);
                    settle(self.cap, &mut self.accounts, &BTreeSet::from([site])).unwrap();
                }
            }
            self.highest = self.highest.max(self.cap);
        }

        fn used_by(&self, site: &LocationId) -> Decimal {
            self.accounts.get(site).map(|account| account.used).unwrap_or_default()
        }

        fn accept(&mut self, site: &LocationId, asked: Decimal) -> bool {
            let left = left_to(self.cap, &self.accounts, site).unwrap();
            if asked > left {
                return false;
            }
            self.accounts.entry(site.clone()).or_default().used += asked;
            true
        }

        fn used(&self) -> Decimal {
            self.accounts.values().map(|account| account.used).sum()
        }
    }

    proptest! {
        /// In any order of steps: no accepted order exceeds the cap, no site uses more than is
        /// granted to it, no site is told more than is granted to it, and nothing that was used is
        /// taken back.
        #[test]
        fn case_13_the_sum_of_orders_never_exceeds_the_highest_cap(steps in steps(0..200)) {
            let mut walk = Walk::default();
            for step in steps {
                let before = walk.used();
                walk.take(step);
                let used = walk.used();
                prop_assert!(used <= walk.highest, "{used} used of {}", walk.highest);
                prop_assert!(used == before || used <= walk.cap, "{used} used of {}", walk.cap);
                for account in walk.accounts.values() {
                    prop_assert!(account.used <= account.granted);
                    prop_assert!(account.told() <= account.granted);
                }
            }
        }

        /// As long as the cap is not lowered, the granted amounts fit into it. And every order
        /// within the allotment that the tablet last received is accepted, also if that allotment
        /// is old.
        #[test]
        fn case_13_an_order_within_what_the_tablet_knows_is_accepted(steps in steps(100..101)) {
            let mut walk = Walk::default();
            for step in steps.into_iter().filter(|step| !matches!(step, Step::Lie { .. })) {
                walk.take(step);
                let granted: Decimal = walk.accounts.values().map(|account| account.granted).sum();
                prop_assert!(granted <= walk.cap.max(walk.used()), "{granted} granted");
                prop_assert_eq!(walk.broken, 0);
            }
        }
    }
}
