//! The price of an item at the site, with supplier and day: a resolution, ready to be shown.

use calloff_core::calendar::Date;
use calloff_core::catalogue::Catalogue;
use calloff_core::decimal::divide_exactly;
use calloff_core::ids::{ContractId, ItemId, LineId, LocationId};
use calloff_core::item::Item;
use calloff_core::money::{Currency, Money};
use calloff_core::order::ResolvedFor;
use calloff_core::quantity::Quantity;
use calloff_core::resolve::{
    self, Adjustment, NoSource, Outcome, Remaining, Resolution, ResolutionRequest, Selected,
};
use calloff_core::unit::Unit;
use rust_decimal::Decimal;

use super::basket::description;
use crate::i18n::{self, Language};

/// One item of a list of results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub item: ItemId,
    pub description: String,
    pub brand: Option<String>,
    pub offer: Result<Offer, NoSource>,
}

/// The line that would be ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub supplier_name: String,
    /// The description of the substitute. `None` if the line supplies the item itself.
    pub substitute: Option<String>,
    pub unit_price: Decimal,
    pub currency: Currency,
    /// The quantity that the unit price buys.
    pub buys: Quantity,
    /// The price in the contract and the quantity that it buys. `None` if that is the quantity in
    /// `buys`.
    pub contract_price: Option<(Decimal, Quantity)>,
    /// The quantity in orderable units.
    pub quantity: Quantity,
    pub package: Package,
    pub amount: Money,
    pub delivery_date: Date,
    /// Set if `quantity` differs from the requested one.
    pub adjustment: Option<Adjustment>,
}

/// One orderable unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    pub unit: Unit,
    /// The content. `None` if the orderable unit is the base unit itself.
    pub content: Option<Quantity>,
    /// The description in the price list.
    pub description: Option<String>,
}

/// A request for one site and moment.
#[must_use]
pub fn request<'r>(
    item: &'r str,
    quantity: Decimal,
    unit: Option<Unit>,
    site: &'r LocationId,
    resolved: ResolvedFor,
    remaining: &'r Remaining,
) -> ResolutionRequest<'r> {
    ResolutionRequest {
        item,
        quantity,
        unit,
        site,
        order_date: resolved.order_date,
        order_time: resolved.order_time,
        requested_delivery_date: resolved.requested_delivery_date,
        remaining: Some(remaining),
    }
}

/// An item with the offer for one orderable unit.
#[must_use]
pub fn found(
    catalogue: &Catalogue,
    item: &Item,
    site: &LocationId,
    resolved: ResolvedFor,
    remaining: &Remaining,
) -> Found {
    let asked = request(item.id.as_str(), Decimal::ONE, None, site, resolved, remaining);
    let outcome = resolve::select(catalogue, &asked);
    Found {
        item: item.id.clone(),
        description: item.description.clone(),
        brand: item.brand_name.clone(),
        offer: offer(catalogue, &outcome),
    }
}

/// The first `limit` of the found items: first those that a contract supplies at the site, then the
/// others. Each part keeps its order.
#[must_use]
pub fn supplied_first(found: impl Iterator<Item = Found>, limit: usize) -> Vec<Found> {
    let (mut supplied, mut others) = (Vec::new(), Vec::new());
    for found in found {
        if supplied.len() == limit {
            break;
        }
        if found.offer.is_ok() { supplied.push(found) } else { others.push(found) }
    }
    others.truncate(limit - supplied.len());
    supplied.append(&mut others);
    supplied
}

/// The outcome of a resolution, ready to be shown.
///
/// # Errors
/// The reason why no contract supplies the item.
pub fn offer(catalogue: &Catalogue, outcome: &Outcome<'_>) -> Result<Offer, NoSource> {
    match outcome {
        Outcome::Selected(selected) => Ok(offer_of(catalogue, selected, None)),
        Outcome::AdjustmentNeeded(selected, adjustment) => {
            Ok(offer_of(catalogue, selected, Some(*adjustment)))
        }
        Outcome::NoSource(why) => Err(*why),
    }
}

fn offer_of(
    catalogue: &Catalogue,
    selected: &Selected<'_>,
    adjustment: Option<Adjustment>,
) -> Offer {
    let supplier = catalogue.supplier(selected.supplier);
    let item = catalogue.item(selected.item);
    let line = (selected.contract, selected.version, selected.line);
    let by_contract = (selected.unit_price, selected.base_quantity);
    let unit = selected.quantity.unit;
    let (unit_price, buys) = price(catalogue, line, by_contract, unit);
    let in_contract = contract_price(catalogue, line, by_contract, unit);
    Offer {
        supplier_name: supplier
            .map_or_else(|| selected.supplier.to_string(), |supplier| supplier.name.clone()),
        substitute: item.filter(|_| selected.is_substitute).map(|item| item.description.clone()),
        unit_price,
        currency: selected.currency,
        buys,
        contract_price: Some(in_contract).filter(|(_, of)| *of != buys),
        quantity: selected.quantity,
        package: package(catalogue, selected),
        amount: selected.amount,
        delivery_date: selected.delivery_date,
        adjustment,
    }
}

/// One of several order lines that together make a quantity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PieceView {
    /// The quantity of the line, in `unit`. Without a unit, in the orderable unit.
    pub quantity: Decimal,
    pub unit: Option<Unit>,
    pub offer: Result<Offer, NoSource>,
}

/// The lines into which a quantity is split that one line cannot supply. Empty if one line can
/// supply it, or the quantity must be adjusted first.
#[must_use]
pub fn pieces(catalogue: &Catalogue, request: &ResolutionRequest<'_>) -> Vec<PieceView> {
    let pieces = resolve::pieces(catalogue, request);
    if pieces.len() < 2 {
        return Vec::new();
    }
    let view = |piece: resolve::Piece<'_>| PieceView {
        quantity: piece.quantity,
        unit: piece.unit,
        offer: offer(catalogue, &piece.outcome),
    };
    pieces.into_iter().map(view).collect()
}

/// The most decimals of a price for one unit. A price that needs more is shown for the quantity in
/// the contract.
const PRICE_DECIMALS: u32 = 4;

/// The price for one orderable unit ("2.0575 / roll"), by which people compare, from a contract's
/// price for `base_quantity` units ("8.23 / 4 rolls"). `None` if it needs more than 4 decimals.
#[must_use]
pub fn price_of_one(unit_price: Decimal, base_quantity: Decimal) -> Option<Decimal> {
    // The price keeps all its decimals.
    if base_quantity == Decimal::ONE {
        return Some(unit_price);
    }
    divide_exactly(unit_price, base_quantity).filter(|price| price.scale() <= PRICE_DECIMALS)
}

/// A price and the quantity that it buys: one orderable unit if possible, else the contract's
/// quantity.
#[must_use]
pub fn price(
    catalogue: &Catalogue,
    line: (&ContractId, u32, &LineId),
    (unit_price, base_quantity): (Decimal, Decimal),
    unit: Unit,
) -> (Decimal, Quantity) {
    match price_of_one(unit_price, base_quantity) {
        Some(price) => (price, Quantity::new(Decimal::ONE, unit)),
        None => contract_price(catalogue, line, (unit_price, base_quantity), unit),
    }
}

/// A price and the quantity that it buys, as price lists write it: whole orderable units, or base
/// units if the units are not whole ("100 pieces", not "0.1 case").
fn contract_price(
    catalogue: &Catalogue,
    (contract, version, line): (&ContractId, u32, &LineId),
    (unit_price, base_quantity): (Decimal, Decimal),
    unit: Unit,
) -> (Decimal, Quantity) {
    let in_units = Quantity::new(base_quantity, unit);
    if base_quantity.fract().is_zero() {
        return (unit_price, in_units);
    }
    let line = catalogue.contract(contract, version).and_then(|contract| contract.line(line));
    let content = line.and_then(|line| {
        let base_unit = catalogue.item(&line.item)?.base_unit;
        Some(Quantity::new(base_quantity.checked_mul(line.content)?.normalize(), base_unit))
    });
    (unit_price, content.unwrap_or(in_units))
}

fn package(catalogue: &Catalogue, selected: &Selected<'_>) -> Package {
    let of = (selected.contract, selected.version, selected.line);
    let line = catalogue.contract(of.0, of.1).and_then(|contract| contract.line(of.2));
    Package {
        unit: selected.quantity.unit,
        content: content(catalogue, of, selected.item, selected.quantity.unit),
        description: line.and_then(|line| line.package_description.as_deref().map(str::to_owned)),
    }
}

/// The content of one orderable unit of a contract line. `None` if the unit is the base unit of the
/// ordered item, or the catalogue does not know the line.
#[must_use]
pub fn content(
    catalogue: &Catalogue,
    (contract, version, line): (&ContractId, u32, &LineId),
    ordered: &ItemId,
    unit: Unit,
) -> Option<Quantity> {
    let line = catalogue.contract(contract, version)?.line(line)?;
    let content = Quantity::new(line.content, catalogue.item(ordered)?.base_unit);
    (content != Quantity::new(Decimal::ONE, unit)).then_some(content)
}

/// A whole resolution in words and rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What a person must know beside the chosen line. `None` if resolution simply chose a line.
    pub headline: Option<String>,
    /// Every line that resolution looked at, the chosen one first.
    pub rows: Vec<ExplanationRow>,
}

/// One line that resolution looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplanationRow {
    /// The line's rank among those that can supply the request. `None` if it was rejected.
    pub rank: Option<u32>,
    pub supplier_name: String,
    /// The description of the substitute on the line. `None` if the line supplies the item that was
    /// asked for.
    pub substitute: Option<String>,
    pub contract: String,
    pub line: String,
    /// The price, its currency and the quantity that it buys. `None` if the line was rejected.
    pub price: Option<(Decimal, Currency, Quantity)>,
    pub delivery_date: Option<Date>,
    /// Why the line was chosen, lost or was rejected.
    pub sentence: String,
}

/// Explains the resolution of an item in a language.
#[must_use]
pub fn explanation(
    catalogue: &Catalogue,
    asked: &ItemId,
    resolution: &Resolution<'_>,
    language: Language,
) -> Explanation {
    let headline = i18n::headline(&resolution.outcome, language, catalogue);
    let best = resolution.best();
    let rows = resolution.candidates.iter().map(|candidate| {
        let supplier = catalogue.supplier(candidate.supplier);
        let eligible = match &candidate.verdict {
            resolve::CandidateVerdict::Eligible { rank, offer, .. } => Some((*rank, offer)),
            resolve::CandidateVerdict::Rejected(_) => None,
        };
        ExplanationRow {
            rank: eligible.map(|(rank, _)| rank),
            supplier_name: supplier
                .map_or_else(|| candidate.supplier.to_string(), |supplier| supplier.name.clone()),
            substitute: (candidate.item != asked).then(|| description(catalogue, candidate.item)),
            contract: candidate.contract.to_string(),
            line: candidate.line.to_string(),
            price: eligible.map(|(_, offer)| {
                let line = (candidate.contract, candidate.version, candidate.line);
                let by_contract = (offer.unit_price, offer.base_quantity);
                let (amount, buys) = price(catalogue, line, by_contract, offer.quantity.unit);
                (amount, offer.currency, buys)
            }),
            delivery_date: eligible.map(|(_, offer)| offer.delivery_date),
            sentence: i18n::standing(candidate, best, language),
        }
    });
    Explanation { headline, rows: rows.collect() }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::testing::{catalogue, resolved};

    /// The offer for a quantity of an item at a site.
    fn offered(item: &str, quantity: i64, site: &str) -> Result<Offer, NoSource> {
        let (catalogue, remaining) = (catalogue(), Remaining::default());
        let site = site.parse().unwrap();
        let asked = request(item, quantity.into(), None, &site, resolved(), &remaining);
        offer(&catalogue, &resolve::select(&catalogue, &asked))
    }

    #[test]
    fn a_quantity_above_the_maximum_is_shown_as_the_lines_that_it_takes() {
        let mut content = calloff_core::sample::small();
        let flour =
            |line: &&mut calloff_core::contract::CatalogueLine| line.item.as_str() == "flour";
        for line in
            content.contracts.iter_mut().flat_map(|contract| &mut contract.lines).filter(flour)
        {
            line.maximum_order_quantity = Some(8.into());
        }
        let catalogue = Catalogue::build(content).unwrap();
        let (site, remaining) = ("hotel".parse().unwrap(), Remaining::default());
        let split = |quantity: i64| {
            pieces(
                &catalogue,
                &request("flour", quantity.into(), None, &site, resolved(), &remaining),
            )
        };
        assert_eq!(split(8), []);
        let lines: Vec<_> = split(10)
            .into_iter()
            .map(|piece| (piece.quantity, piece.offer.unwrap().quantity.value))
            .collect();
        assert_eq!(
            lines,
            [(8.into(), 8.into()), (50.into(), 2.into())],
            "8 sacks, and 50 kg in 2 more"
        );
    }

    #[test]
    fn what_no_contract_supplies_here_stands_last() {
        let (catalogue, remaining) = (catalogue(), Remaining::default());
        let site = "hotel".parse().unwrap();
        let all = || {
            let items = ["gloves", "flour", "milk"]
                .map(|item| catalogue.item(&item.parse().unwrap()).unwrap());
            items.into_iter().map(|item| found(&catalogue, item, &site, resolved(), &remaining))
        };
        let shown = |limit| {
            supplied_first(all(), limit)
                .iter()
                .map(|found| found.item.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(shown(3), ["flour", "milk", "gloves"]);
        assert_eq!(shown(2), ["flour", "milk"]);
        assert_eq!(shown(1), ["flour"]);
    }

    #[test]
    fn an_offer_says_price_package_and_amount() {
        let offer = offered("flour", 10, "hotel").unwrap();
        assert_eq!(offer.unit_price, "19.50".parse().unwrap());
        assert_eq!(offer.amount.amount, "195.00".parse().unwrap());
        let content = offer.package.content.unwrap();
        assert_eq!(
            (offer.package.unit.as_str(), content.value, content.unit.as_str()),
            ("XBG", 25.into(), "KGM")
        );
    }

    #[test]
    fn a_price_is_said_for_one_package_and_beside_it_as_the_contract_has_it() {
        let offer = offered("cups", 1, "school").unwrap();
        let said = |(price, buys): (Decimal, Quantity)| format!("{price} / {buys}");
        assert_eq!(said((offer.unit_price, offer.buys)), "34 / 1 XCS");
        assert_eq!(offer.contract_price.map(said).as_deref(), Some("3.40 / 100 EA"));
        let offer = offered("flour", 1, "hotel").unwrap();
        assert_eq!((offer.buys.to_string().as_str(), offer.contract_price), ("1 XBG", None));
    }

    #[test]
    fn a_price_for_one_that_does_not_come_out_is_said_as_the_contract_has_it() {
        let of = |price: &str, base: i64| price_of_one(price.parse().unwrap(), base.into());
        assert_eq!(of("8.23", 4), Some("2.0575".parse().unwrap()));
        assert_eq!(of("8.23", 3), None, "a third comes out in no decimal");
        assert_eq!(of("0.01", 1000), None, "nobody compares hundred-thousandths");
    }

    #[test]
    fn a_substitute_is_named() {
        let offer = offered("long-life-milk", 1, "hotel").unwrap();
        assert_eq!(offer.substitute.as_deref(), Some("Milk, semi-skimmed, fresh"));
    }

    #[test]
    fn case_10_a_quantity_that_cannot_be_ordered_is_offered_adjusted_with_its_price() {
        let offer = offered("gloves", 5, "school").unwrap();
        assert_eq!(offer.adjustment.unwrap().adjust_to, 6.into());
        assert_eq!((offer.quantity.value, offer.unit_price), (6.into(), "6.10".parse().unwrap()));
    }

    #[test]
    fn what_no_contract_supplies_says_why() {
        assert_eq!(offered("gloves", 4, "hotel"), Err(NoSource::AllRejected));
    }

    #[test]
    fn an_explanation_has_a_row_for_every_line_that_was_looked_at() {
        let catalogue = catalogue();
        let site = "hospital".parse().unwrap();
        let resolution = resolve::resolve(
            &catalogue,
            &request("milk", Decimal::ONE, None, &site, resolved(), &Remaining::default()),
        );
        let milk = "milk".parse().unwrap();
        let explanation = explanation(&catalogue, &milk, &resolution, Language::German);
        assert_eq!(explanation.rows.len(), resolution.candidates.len());
        for (row, candidate) in explanation.rows.iter().zip(&resolution.candidates) {
            let is_substitute = *candidate.item != milk;
            assert_eq!(row.substitute.is_some(), is_substitute, "a substitute is named: {row:?}");
        }
        assert_eq!(explanation.rows[0].rank, Some(1));
        assert!(explanation.rows.iter().any(|row| row.rank.is_none() && row.price.is_none()));
        assert!(explanation.rows.iter().all(|row| !row.sentence.is_empty()));
    }
}
