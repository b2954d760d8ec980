//! What a price list changes in a contract: nothing, a first version, or an amendment.
//!
//! A list knows dates, lines and prices. What people settled besides (owner, priority, scope, terms, order quantities) stays as
//! it was in the version before.

use calloff_core::calendar::Date;
use calloff_core::contract::{Amendment, CatalogueLine, Contract, ContractStatus, PriceDateBasis, Scope, Terms};
use calloff_core::ids::{ContractId, LineId, PersonId};
use rust_decimal::Decimal;

use super::price_list::ListedContract;

/// The reason code of amendments that a list makes.
pub const REASON_CODE: &str = "price-list";

/// A price that became this many times what it was, or that part of it, is remarked.
const ODD_MOVE_FACTOR: i64 = 10;

/// What a list changes in one contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// A contract that was not there before, or only as a draft.
    New(Contract),
    /// A draft that supersedes the published version.
    Amendment(Contract),
}

/// From when an amendment holds and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occasion {
    /// The first day of an amendment.
    pub effective_from: Date,
    /// Why, in words.
    pub rationale: String,
    /// Who becomes accountable; `None` leaves it to who was, or to what the mapping says of new contracts.
    pub owner: Option<PersonId>,
}

/// Compares a listed contract with its stored versions, ascending.
#[must_use]
pub fn change(id: &ContractId, listed: &ListedContract, versions: &[Contract], occasion: &Occasion) -> Change {
    let Some(latest) = versions.last() else {
        return Change::New(first_version(id, listed, occasion));
    };
    let wanted = updated(latest, listed, occasion);
    if wanted == *latest {
        Change::None
    } else if latest.status != ContractStatus::Draft {
        let amendment = Amendment {
            effective_from: occasion.effective_from.max(latest.effective_from()),
            reason_code: REASON_CODE.to_owned(),
            rationale: occasion.rationale.clone(),
        };
        Change::Amendment(Contract {
            version: latest.version + 1,
            status: ContractStatus::Draft,
            amendment: Some(amendment),
            ..wanted
        })
    } else if latest.amendment.is_some() {
        Change::Amendment(wanted)
    } else {
        Change::New(wanted)
    }
}

fn first_version(id: &ContractId, listed: &ListedContract, occasion: &Occasion) -> Contract {
    Contract {
        id: id.clone(),
        version: 1,
        supplier: listed.supplier.clone(),
        title: listed.supplier.to_string(),
        owner: occasion.owner.clone().or_else(|| listed.owner.clone()),
        status: ContractStatus::Draft,
        validity: listed.validity,
        price_date_basis: PriceDateBasis::default(),
        currency: listed.currency,
        scope: Scope::of(listed.location.clone()),
        priority: None,
        terms: Terms::default(),
        amendment: None,
        lines: listed.lines.values().cloned().collect(),
    }
}

/// The version with what the list knows.
fn updated(version: &Contract, listed: &ListedContract, occasion: &Occasion) -> Contract {
    let line = |listed: &CatalogueLine| match version.line(&listed.id) {
        None => listed.clone(),
        Some(before) => CatalogueLine {
            minimum_order_quantity: before.minimum_order_quantity,
            maximum_order_quantity: before.maximum_order_quantity,
            order_quantity_increment: before.order_quantity_increment,
            terms: before.terms.clone(),
            territory: before.territory.clone(),
            replaces: before.replaces.clone(),
            ..listed.clone()
        },
    };
    Contract {
        supplier: listed.supplier.clone(),
        owner: occasion.owner.clone().or_else(|| version.owner.clone()),
        validity: listed.validity,
        currency: listed.currency,
        lines: listed.lines.values().map(line).collect(),
        ..version.clone()
    }
}

/// Lines whose price became ten times what it was or more, or a tenth or less: before and after.
pub fn odd_moves<'c>(
    before: &'c Contract,
    after: &'c Contract,
) -> impl Iterator<Item = (&'c LineId, Decimal, Decimal)> {
    let price = |line: &CatalogueLine| line.tiers.first().map(|tier| tier.price.amount);
    let factor = Decimal::from(ODD_MOVE_FACTOR);
    after.lines.iter().filter_map(move |line| {
        let (now, then) = (price(line)?, price(before.line(&line.id)?)?);
        let is_odd = now >= then.checked_mul(factor)? || then >= now.checked_mul(factor)?;
        (is_odd && now != then).then_some((&line.id, then, now))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use calloff_core::calendar::Validity;
    use calloff_core::money::Currency;
    use calloff_core::sample::builder::line;
    use jiff::civil::date;

    use super::*;

    fn listed(price: &str) -> ListedContract {
        let line = line("L1", "I1", price);
        ListedContract {
            supplier: "Acme".parse().unwrap(),
            validity: Validity::new(date(2025, 1, 1), None),
            currency: Currency::parse("USD").unwrap(),
            location: "org".parse().unwrap(),
            owner: Some("pat".parse().unwrap()),
            rows: BTreeMap::from([(line.id.clone(), 2)]),
            lines: BTreeMap::from([(line.id.clone(), line)]),
            first_row: 2,
        }
    }

    fn occasion() -> Occasion {
        Occasion { effective_from: date(2025, 6, 1), rationale: "June list".into(), owner: None }
    }

    fn changed(listed: &ListedContract, versions: &[Contract]) -> Change {
        change(&"C1".parse().unwrap(), listed, versions, &occasion())
    }

    fn published(contract: Change) -> Contract {
        let (Change::New(contract) | Change::Amendment(contract)) = contract else { panic!("unchanged") };
        Contract { status: ContractStatus::Published, ..contract }
    }

    #[test]
    fn the_same_list_again_changes_nothing_and_a_changed_one_amends() {
        let first = published(changed(&listed("1.00"), &[]));
        assert_eq!((first.version, first.owner.as_ref().unwrap().as_str()), (1, "pat"));
        assert_eq!(changed(&listed("1.00"), std::slice::from_ref(&first)), Change::None);
        let Change::Amendment(second) = changed(&listed("1.10"), std::slice::from_ref(&first)) else { panic!() };
        assert_eq!((second.version, second.status), (2, ContractStatus::Draft));
        assert_eq!(second.effective_from(), date(2025, 6, 1));
        assert_eq!(changed(&listed("1.10"), &[first.clone(), second.clone()]), Change::None);
        let Change::Amendment(redrafted) = changed(&listed("1.20"), &[first, second]) else { panic!() };
        assert_eq!(redrafted.version, 2, "a draft is rewritten, not amended");
    }

    #[test]
    fn what_people_settled_stays() {
        let mut first = published(changed(&listed("1.00"), &[]));
        first.owner = Some("ana".parse().unwrap());
        first.priority = Some(2);
        first.lines[0].order_quantity_increment = Some(Decimal::TEN);
        assert_eq!(changed(&listed("1.00"), std::slice::from_ref(&first)), Change::None);
        let second = published(changed(&listed("1.10"), &[first]));
        assert_eq!((second.owner.unwrap().as_str(), second.priority), ("ana", Some(2)));
        assert_eq!(second.lines[0].order_quantity_increment, Some(Decimal::TEN));
        assert_eq!(second.lines[0].tiers[0].price.amount.to_string(), "1.10");
    }

    #[test]
    fn prices_that_moved_by_a_factor_of_ten_are_odd() {
        let of = |price| published(changed(&listed(price), &[]));
        let moves = |before, after| odd_moves(&of(before), &of(after)).count();
        assert_eq!(
            (moves("1.00", "10.00"), moves("10.00", "1.00"), moves("1.00", "9.99"), moves("0", "0")),
            (1, 1, 0, 0)
        );
    }
}
