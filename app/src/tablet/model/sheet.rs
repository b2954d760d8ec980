//! The sheet of an item: the unit in which it counts, the quantities that can be ordered, and the
//! effect of its button.

use calloff_core::calendar::Date;
use calloff_core::catalogue::Catalogue;
use calloff_core::decimal::divide_exactly;
use calloff_core::ids::{ContractId, ItemId, LineId, OrderLineId};
use calloff_core::money::{Currency, Money};
use calloff_core::order::basket::{Group, order_by};
use calloff_core::order::{LockedPrice, OrderLine, OrderStage, OrderState};
use calloff_core::quantity::Quantity;
use calloff_core::resolve::{
    self, Adjustment, NoSource, Orderable, Outcome, Resolution, ResolutionRequest, Selected,
    Spending, orderable, shortage,
};
use calloff_core::unit::Unit;
use jiff::civil::DateTime;
use rust_decimal::Decimal;

use super::guide::Reading;
use super::offer::{self, Explanation, Offer, PieceView};
use crate::components::Steps;
use crate::i18n::Language;

/// The line or item that the sheet is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    pub item: ItemId,
    /// The line that is edited. `None` for a new line.
    pub line: Option<OrderLineId>,
    /// The quantity of the line, in `unit`. Without a line it has no meaning.
    pub quantity: Decimal,
    /// The unit of the line. `None` is the orderable unit.
    pub unit: Option<Unit>,
}

impl Subject {
    /// A new line of an item.
    #[must_use]
    pub fn new(item: ItemId) -> Self {
        Self { item, line: None, quantity: Decimal::ONE, unit: None }
    }

    /// An existing line.
    #[must_use]
    pub fn of_line(id: &OrderLineId, line: &OrderLine) -> Self {
        Self {
            item: line.item.clone(),
            line: Some(id.clone()),
            quantity: line.quantity.value,
            unit: line.unit,
        }
    }

    /// The line of an order for an item, else a new line. So nobody adds to a quantity that they do
    /// not see.
    #[must_use]
    pub fn on_order(order: Option<&OrderState>, item: &ItemId) -> Self {
        let mut lines = order.into_iter().flat_map(OrderState::ordered_lines);
        let there = lines.find(|(_, line)| line.item == *item && !line.quantity.is_conflicted());
        there.map_or_else(|| Self::new(item.clone()), |(id, line)| Self::of_line(id, line))
    }
}

/// The unit in which a sheet counts, from its first number to the saved one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counting {
    /// The unit on the screen.
    pub unit: Unit,
    /// The unit of the order line. `None` is the orderable unit.
    pub said_in: Option<Unit>,
    /// The content of one `unit`, in the line's unit.
    pub per_unit: Decimal,
    /// The number with which the sheet begins.
    pub start: Decimal,
    /// The quantities that can be ordered, in `unit`. `None` if nothing can be ordered.
    pub orderable: Option<Orderable>,
}

impl Counting {
    /// A number on the screen, in the line's unit. `None` if it does not fit a decimal.
    #[must_use]
    pub fn said(&self, number: Decimal) -> Option<Decimal> {
        number.checked_mul(self.per_unit).map(|said| said.normalize())
    }

    /// The steps of − and +. − goes down to zero, which removes the line, only if there is a line.
    #[must_use]
    pub fn steps(&self, is_new: bool) -> Steps {
        let least = self.orderable.map_or(Decimal::ONE, |orderable| orderable.least);
        Steps {
            floor: if is_new { least } else { Decimal::ZERO },
            least,
            step: self.orderable.and_then(|orderable| orderable.step).unwrap_or(Decimal::ONE),
            most: self.orderable.and_then(|orderable| orderable.most),
        }
    }
}

/// Chooses the unit in which the sheet counts.
///
/// A new line counts in the orderable unit of the line that supplies the smallest quantity. A line
/// in another unit (the guide uses the unit of the par) also counts in packs, as the order shows
/// it, if the number of packs is exact.
#[must_use]
pub fn counting(about: &Subject, reading: Reading<'_>) -> Option<Counting> {
    let Reading { catalogue, .. } = reading;
    let item = catalogue.item(&about.item)?;
    if about.line.is_none() {
        let outcome = resolve::least(catalogue, &request(about, Decimal::ONE, None, reading));
        return Some(match outcome.selected() {
            Some(selected) => {
                let orderable = orderable(catalogue, line_of(selected));
                let unit = selected.quantity.unit;
                Counting {
                    unit,
                    said_in: Some(unit),
                    per_unit: Decimal::ONE,
                    start: orderable.least,
                    orderable: Some(orderable),
                }
            }
            None => Counting {
                unit: item.base_unit,
                said_in: None,
                per_unit: Decimal::ONE,
                start: Decimal::ONE,
                orderable: None,
            },
        });
    }
    let as_said = |orderable| Counting {
        unit: about.unit.unwrap_or(item.base_unit),
        said_in: about.unit,
        per_unit: Decimal::ONE,
        start: about.quantity,
        orderable,
    };
    let outcome = resolve::select(catalogue, &request(about, about.quantity, about.unit, reading));
    let Some(selected) = outcome.selected() else { return Some(as_said(None)) };
    let packs = || {
        let per_unit = units_of_line(catalogue, selected, about.unit)?;
        let start = divide_exactly(about.quantity, per_unit)?;
        let orderable = Some(orderable(catalogue, line_of(selected)));
        Some(Counting {
            unit: selected.quantity.unit,
            said_in: about.unit,
            per_unit,
            start,
            orderable,
        })
    };
    Some(packs().unwrap_or_else(|| as_said(None)))
}

/// The content of one orderable unit, in the unit of the order line. `None` if it is not an exact
/// decimal.
fn units_of_line(
    catalogue: &Catalogue,
    selected: &Selected<'_>,
    unit: Option<Unit>,
) -> Option<Decimal> {
    let Some(unit) = unit.filter(|unit| *unit != selected.quantity.unit) else {
        return Some(Decimal::ONE);
    };
    let line = catalogue.contract(selected.contract, selected.version)?.line(selected.line)?;
    catalogue.item(selected.item)?.base_unit.convert(line.content, unit)
}

fn request<'r>(
    about: &'r Subject,
    quantity: Decimal,
    unit: Option<Unit>,
    reading: Reading<'r>,
) -> ResolutionRequest<'r> {
    offer::request(
        about.item.as_str(),
        quantity,
        unit,
        reading.site,
        reading.resolved,
        reading.remaining,
    )
}

/// Everything that a sheet shows for a number.
#[derive(Debug, Clone, PartialEq)]
pub struct SheetView {
    pub offer: Result<Offer, NoSource>,
    /// The number that the button orders: the typed one, or the next one that can be ordered, in
    /// the sheet's unit. `None` if nothing can be ordered.
    pub orders: Option<Decimal>,
    pub adjusted: Option<Adjusted>,
    pub terms: Option<Terms>,
    /// The lines that make the quantity together, if one line cannot supply it. Otherwise empty.
    pub pieces: Vec<PieceView>,
    /// The quantity by which the request exceeds the site's allotment. `None` if the allotment is
    /// enough.
    pub short: Option<Spending>,
    pub explanation: Explanation,
}

/// Why a quantity cannot be ordered, and which one can. The words for it also need the quantities
/// in which the line is sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Adjusted {
    pub adjustment: Adjustment,
    pub orderable: Orderable,
    /// The unit of all quantities here.
    pub unit: Unit,
}

/// The terms of an order of the chosen line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The price tiers, the lowest threshold first. Empty if there is only one price.
    pub breaks: Vec<PriceBreak>,
    /// The unit of the thresholds.
    pub unit: Unit,
    pub currency: Currency,
    /// The last moment to order for this delivery, by the site's clock. `None` if there is no
    /// cut-off.
    pub order_by: Option<DateTime>,
    /// The least value of one purchase order: all lines for this supplier and day.
    pub minimum_order: Option<Money>,
    pub supplier_name: String,
    pub delivery_date: Date,
}

impl SheetView {
    /// A quantity in orderable units, rounded up. `None` if no line supplies the item, or the units
    /// cannot be converted.
    #[must_use]
    pub fn packs_of(&self, quantity: &Quantity) -> Option<Decimal> {
        let package = &self.offer.as_ref().ok()?.package;
        let content = package.content.unwrap_or(Quantity::new(Decimal::ONE, package.unit));
        let in_base_units = quantity.unit.convert(quantity.value, content.unit)?;
        in_base_units.checked_div(content.value).map(|packs| packs.ceil())
    }
}

/// A number of packs, and the content of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packs {
    /// The quantity in orderable units.
    pub quantity: Quantity,
    pub content: Quantity,
}

impl Packs {
    fn of(offer: &Offer) -> Self {
        let one = Quantity::new(Decimal::ONE, offer.package.unit);
        Self { quantity: offer.quantity, content: offer.package.content.unwrap_or(one) }
    }

    /// The content of all packs. `None` if it does not fit a decimal.
    #[must_use]
    pub fn total(&self) -> Option<Quantity> {
        let value = self.quantity.value.checked_mul(self.content.value)?;
        Some(Quantity::new(value.normalize(), self.content.unit))
    }
}

/// The packs of an offer and those of the offer `before`, if one pack of the one does not contain
/// what one pack of the other contains. Another contract line may have a unit of the same name.
#[must_use]
pub fn repacked(offer: &Offer, before: &Offer) -> Option<(Packs, Packs)> {
    let (now, before) = (Packs::of(offer), Packs::of(before));
    let is_same = now.quantity.unit == before.quantity.unit && now.content == before.content;
    (!is_same).then_some((now, before))
}

/// A price that holds from a quantity on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceBreak {
    pub from: Decimal,
    pub price: Decimal,
    pub buys: Quantity,
}

/// Resolves `number` of the sheet's unit, with the explanation in a language.
#[must_use]
pub fn view(
    about: &Subject,
    counting: &Counting,
    number: Decimal,
    reading: Reading<'_>,
    language: Language,
) -> SheetView {
    let Reading { catalogue, .. } = reading;
    let request =
        request(about, counting.said(number).unwrap_or(number), counting.said_in, reading);
    let resolution: Resolution<'_> = resolve::resolve(catalogue, &request);
    let selected = resolution.outcome.selected();
    let orders = match &resolution.outcome {
        Outcome::Selected(_) => Some(number),
        Outcome::AdjustmentNeeded(selected, adjustment) => {
            let said = adjustment.in_unit_asked(catalogue, selected);
            said.and_then(|said| divide_exactly(said, counting.per_unit))
        }
        Outcome::NoSource(_) => None,
    };
    SheetView {
        offer: offer::offer(catalogue, &resolution.outcome),
        orders,
        adjusted: adjusted(catalogue, &resolution.outcome),
        terms: selected.map(|selected| terms(catalogue, selected, reading.resolved.order_date)),
        pieces: offer::pieces(catalogue, &request),
        short: shortage(catalogue, &request),
        explanation: offer::explanation(catalogue, &about.item, &resolution, language),
    }
}

/// Why an outcome is not for the requested quantity. `None` if it is.
#[must_use]
pub fn adjusted(catalogue: &Catalogue, outcome: &Outcome<'_>) -> Option<Adjusted> {
    let Outcome::AdjustmentNeeded(selected, adjustment) = outcome else { return None };
    let unit = selected.quantity.unit;
    Some(Adjusted {
        adjustment: *adjustment,
        orderable: orderable(catalogue, line_of(selected)),
        unit,
    })
}

fn line_of<'c>(selected: &Selected<'c>) -> (&'c ContractId, u32, &'c LineId) {
    (selected.contract, selected.version, selected.line)
}

/// The price tiers by threshold, without those that hold only below the least quantity. The first
/// one begins with the least quantity.
fn from_least(mut breaks: Vec<PriceBreak>, least: Decimal) -> Vec<PriceBreak> {
    breaks.sort_by_key(|tier| tier.from);
    let reached = breaks.iter().take_while(|tier| tier.from <= least).count();
    let mut breaks = breaks.split_off(reached.saturating_sub(1));
    if let Some(first) = breaks.first_mut() {
        first.from = first.from.max(least);
    }
    breaks
}

fn terms(catalogue: &Catalogue, selected: &Selected<'_>, on: Date) -> Terms {
    let unit = selected.quantity.unit;
    let supplier = catalogue.supplier(selected.supplier);
    let none = Terms {
        breaks: Vec::new(),
        unit,
        currency: selected.currency,
        order_by: None,
        minimum_order: None,
        supplier_name: supplier
            .map_or_else(|| selected.supplier.to_string(), |supplier| supplier.name.clone()),
        delivery_date: selected.delivery_date,
    };
    let Some(contract) = catalogue.contract(selected.contract, selected.version) else {
        return none;
    };
    let Some(line) = contract.line(selected.line) else { return none };
    let base_unit = catalogue.item(selected.item).map(|item| item.base_unit);
    let holds = line.tiers.iter().filter(|tier| tier.validity.is_none_or(|days| days.contains(on)));
    let breaks = holds.filter_map(|tier| {
        let base_quantity = line.base_in_orderable_units(&tier.price, base_unit?)?;
        let of = line_of(selected);
        let by_contract = (tier.price.amount, base_quantity);
        let (price, buys) = offer::price(catalogue, of, by_contract, unit);
        Some(PriceBreak { from: tier.threshold, price, buys })
    });
    let breaks = from_least(breaks.collect(), orderable(catalogue, line_of(selected)).least);
    let of_line = contract.terms_of(line);
    Terms {
        breaks: if breaks.len() > 1 { breaks } else { Vec::new() },
        order_by: order_by(&of_line, selected.delivery_date),
        minimum_order: of_line
            .minimum_order_value
            .map(|amount| Money { amount, currency: selected.currency }),
        ..none
    }
}

/// The usual quantity that a number exceeds by far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FarBeyond {
    /// The largest quantity that the site ordered at once, as far as this tablet knows.
    Most(Decimal),
    /// The par of the day.
    Par(Decimal),
    /// There is no usual quantity, and the number is large for any item.
    Never,
}

/// The factor to the usual quantity: a zero too many makes a number ten times as large.
const FAR: Decimal = Decimal::TEN;

/// The limit for an item without a usual quantity, in kilograms, litres or pieces: more than a
/// large kitchen takes in at once.
const A_LOT: Decimal = Decimal::ONE_THOUSAND;

/// The limit for packs of an item without a usual quantity. Few kitchens have the room for 100
/// cases of one item.
const A_LOT_OF_PACKS: Decimal = Decimal::ONE_HUNDRED;

/// The limit for an item without a usual quantity, in `unit`. `content` is the content of one unit
/// in base units; `None` if the unit is no pack.
#[must_use]
pub fn a_lot(unit: Unit, content: Option<Quantity>) -> Decimal {
    let measured = |of: Quantity| {
        ["KGM", "LTR"].iter().find_map(|large| of.unit.convert(of.value, Unit::parse(large).ok()?))
    };
    let by_measure = measured(content.unwrap_or(Quantity::new(Decimal::ONE, unit)))
        .filter(|one| !one.is_zero())
        .and_then(|one| A_LOT.checked_div(one))
        .map(|units| units.ceil());
    let by_count = if content.is_some() { A_LOT_OF_PACKS } else { A_LOT };
    match (by_measure, content) {
        (Some(units), Some(_)) => units.min(by_count),
        (Some(units), None) => units,
        (None, _) => by_count,
    }
}

/// The usual quantity that the number exceeds by far. `None` if the number is plausible. Without a
/// usual quantity, `a_lot` is the limit.
#[must_use]
pub fn far_beyond(
    number: Decimal,
    most: Option<Decimal>,
    par: Option<Decimal>,
    a_lot: Decimal,
) -> Option<FarBeyond> {
    let usual = most.into_iter().chain(par).max();
    let Some(usual) = usual.filter(|usual| !usual.is_zero()) else {
        return (number >= a_lot).then_some(FarBeyond::Never);
    };
    let is_far = usual.checked_mul(FAR).is_some_and(|far| number >= far);
    is_far.then(|| if most == Some(usual) { FarBeyond::Most(usual) } else { FarBeyond::Par(usual) })
}

/// A line of a draft whose quantity exceeds the usual one by far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FarLine {
    /// The description of the item.
    pub description: String,
    /// The quantity in orderable units.
    pub quantity: Quantity,
    pub far: FarBeyond,
}

/// The lines of a draft whose quantity exceeds the usual one by far. `par` gives the par of an item
/// today.
#[must_use]
pub fn far_lines<'o>(
    groups: &[Group],
    orders: impl Iterator<Item = &'o OrderState> + Clone,
    par: impl Fn(&ItemId) -> Option<Quantity>,
    catalogue: &Catalogue,
) -> Vec<FarLine> {
    let far = |locked: &LockedPrice| {
        let line = catalogue.contract(&locked.contract, locked.version)?.line(&locked.line)?;
        let item = catalogue.item(&locked.item)?;
        let (unit, one) = (locked.quantity.unit, Quantity::new(line.content, item.base_unit));
        let is_pack = one != Quantity::new(Decimal::ONE, unit);
        let packs_of = |par: Quantity| {
            let in_base_units = par.unit.convert(par.value, one.unit)?;
            in_base_units.checked_div(one.value).map(|packs| packs.ceil())
        };
        let most = most_ordered(orders.clone(), &locked.item, unit);
        let par = par(&locked.item).and_then(packs_of);
        let a_lot = a_lot(unit, is_pack.then_some(one));
        Some(FarLine {
            description: item.description.clone(),
            quantity: locked.quantity,
            far: far_beyond(locked.quantity.value, most, par, a_lot)?,
        })
    };
    groups.iter().flat_map(|group| group.lines.values()).filter_map(far).collect()
}

/// The largest quantity of an item on one line of a sent order, counting only lines in `unit`.
/// `None` if no sent order has such a line.
#[must_use]
pub fn most_ordered<'o>(
    orders: impl Iterator<Item = &'o OrderState>,
    item: &ItemId,
    unit: Unit,
) -> Option<Decimal> {
    let is_sent = |order: &&OrderState| {
        matches!(order.stage(), OrderStage::Submitted | OrderStage::OnHold | OrderStage::Accepted)
    };
    let lines = orders.filter(is_sent).flat_map(|order| order.lines.values());
    let locked_prices =
        lines.filter(|line| line.item == *item).filter_map(|line| line.locked.as_ref());
    locked_prices
        .filter(|locked| locked.quantity.unit == unit)
        .map(|locked| locked.quantity.value)
        .max()
}

#[cfg(test)]
mod tests {
    use calloff_core::order::basket::basket_within;
    use calloff_core::resolve::Remaining;
    use calloff_core::sample::builder::{decimal, id, unit};

    use super::super::basket::tests::submitted;
    use super::*;
    use crate::testing::{catalogue, resolved};

    fn view(
        about: &Subject,
        counting: &Counting,
        number: Decimal,
        reading: Reading<'_>,
    ) -> SheetView {
        super::view(about, counting, number, reading, Language::English)
    }

    fn with<T>(run: impl FnOnce(Reading<'_>) -> T) -> T {
        let (catalogue, remaining, site) = (catalogue(), Remaining::default(), id("school"));
        run(Reading {
            catalogue: &catalogue,
            site: &site,
            resolved: resolved(),
            remaining: &remaining,
        })
    }

    fn line(item: &str, quantity: &str, of: Option<&str>) -> Subject {
        let new = Subject::new(id(item));
        Subject { line: Some(id("l1")), quantity: decimal(quantity), unit: of.map(unit), ..new }
    }

    #[test]
    fn a_sheet_begins_with_the_least_that_can_be_ordered_and_steps_by_the_increment() {
        with(|reading| {
            let counting = counting(&Subject::new(id("gloves")), reading).unwrap();
            assert_eq!((counting.start.to_string().as_str(), counting.unit.as_str()), ("4", "XBX"));
            let steps = counting.steps(true);
            let expected = Steps { floor: 4.into(), least: 4.into(), step: 2.into(), most: None };
            assert_eq!(steps, expected);
            assert_eq!(counting.steps(false).floor, Decimal::ZERO, "a line can be taken away");
        });
    }

    #[test]
    fn a_line_that_is_shown_in_packs_opens_in_packs_and_is_saved_as_it_was_said() {
        // The guide asks for 150 kg of flour, which are six sacks of 25 kg.
        with(|reading| {
            let counting = counting(&line("flour", "150", Some("KGM")), reading).unwrap();
            assert_eq!((counting.start.to_string().as_str(), counting.unit.as_str()), ("6", "XBG"));
            assert_eq!(counting.said(decimal("7")), Some(decimal("175")));
            let view = view(&line("flour", "150", Some("KGM")), &counting, decimal("7"), reading);
            assert_eq!(view.orders, Some(decimal("7")));
            assert_eq!(view.offer.unwrap().quantity.to_string(), "7 XBG");
        });
    }

    #[test]
    fn what_cannot_be_ordered_is_offered_as_what_can() {
        with(|reading| {
            let about = Subject::new(id("gloves"));
            let counting = counting(&about, reading).unwrap();
            let view = view(&about, &counting, decimal("5"), reading);
            assert_eq!(view.orders, Some(decimal("6")));
            let adjusted = view.adjusted.unwrap();
            assert_eq!(
                (adjusted.orderable.step, adjusted.unit.as_str()),
                (Some(decimal("2")), "XBX")
            );
        });
    }

    #[test]
    fn the_sheet_says_price_breaks_cut_off_and_minimum_order() {
        with(|reading| {
            let terms = |item: &str| {
                let about = Subject::new(id(item));
                let counting = counting(&about, reading).unwrap();
                view(&about, &counting, counting.start, reading).terms.unwrap()
            };
            assert_eq!(terms("gloves").minimum_order.unwrap().to_string(), "50 EUR");
            let sugar = terms("sugar");
            assert!(sugar.breaks.is_empty(), "one price is no break");
            assert_eq!(
                sugar.order_by.map(|moment| moment.time().to_string()).as_deref(),
                Some("14:00:00")
            );
            assert!(sugar.order_by.unwrap().date() <= sugar.delivery_date, "with its day");
        });
        let (catalogue, remaining, site) = (catalogue(), Remaining::default(), id("hotel"));
        let reading = Reading {
            catalogue: &catalogue,
            site: &site,
            resolved: resolved(),
            remaining: &remaining,
        };
        let about = Subject::new(id("flour"));
        let breaks = view(&about, &counting(&about, reading).unwrap(), Decimal::ONE, reading)
            .terms
            .unwrap()
            .breaks;
        let breaks: Vec<_> =
            breaks.iter().map(|tier| format!("{}: {}", tier.from, tier.price)).collect();
        assert_eq!(breaks, ["1: 21.00", "10: 19.50"]);
    }

    #[test]
    fn price_breaks_begin_with_the_least_quantity_that_can_be_ordered() {
        let buys = Quantity::new(Decimal::ONE, unit("XCS"));
        let tier = |from: i64| PriceBreak { from: from.into(), price: (100 - from).into(), buys };
        let breaks = |least: i64| {
            let breaks = from_least(vec![tier(10), tier(1), tier(5)], least.into());
            breaks.iter().map(|tier| format!("{}: {}", tier.from, tier.price)).collect::<Vec<_>>()
        };
        assert_eq!(breaks(1), ["1: 99", "5: 95", "10: 90"]);
        assert_eq!(breaks(2), ["2: 99", "5: 95", "10: 90"]);
        assert_eq!(breaks(5), ["5: 95", "10: 90"], "nobody pays the price below the least");
        assert_eq!(breaks(20), ["20: 90"]);
    }

    #[test]
    fn a_par_in_another_unit_is_said_in_packs() {
        with(|reading| {
            let about = Subject::new(id("flour"));
            let counting = counting(&about, reading).unwrap();
            let view = view(&about, &counting, Decimal::ONE, reading);
            let packs =
                |value: &str, of: &str| view.packs_of(&Quantity::new(decimal(value), unit(of)));
            assert_eq!(
                (packs("60", "KGM"), packs("1000", "GRM")),
                (Some(3.into()), Some(1.into()))
            );
            assert_eq!(packs("60", "LTR"), None);
        });
    }

    #[test]
    fn a_case_that_contains_something_else_is_said_with_both_sums() {
        with(|reading| {
            let about = line("milk", "3", None);
            let counting = counting(&about, reading).unwrap();
            let offer =
                |number: i64| view(&about, &counting, number.into(), reading).offer.unwrap();
            let (before, mut now) = (offer(3), offer(5));
            assert_eq!(repacked(&now, &before), None, "the same pack");
            now.package.content = Some(Quantity::new(decimal("24"), unit("LTR")));
            let (now, before) = repacked(&now, &before).unwrap();
            assert_eq!(now.total().unwrap().to_string(), "120 LTR");
            assert_eq!(before.total().unwrap().value, before.content.value * decimal("3"));
        });
    }

    #[test]
    fn what_no_contract_supplies_has_nothing_to_order() {
        let (catalogue, remaining, site) = (catalogue(), Remaining::default(), id("hotel"));
        let reading = Reading {
            catalogue: &catalogue,
            site: &site,
            resolved: resolved(),
            remaining: &remaining,
        };
        let about = Subject::new(id("gloves"));
        let counting = counting(&about, reading).unwrap();
        let view = view(&about, &counting, counting.start, reading);
        assert_eq!(
            (counting.orderable, view.orders, view.offer),
            (None, None, Err(NoSource::AllRejected))
        );
    }

    #[test]
    fn a_zero_too_many_is_asked_about() {
        let (twelve, five) = (Some(decimal("12")), Some(decimal("5")));
        let far = |number: &str, most, par| far_beyond(decimal(number), most, par, decimal("100"));
        assert_eq!(far("1200", twelve, None), Some(FarBeyond::Most(decimal("12"))));
        assert_eq!(far("119", twelve, five), None);
        assert_eq!(far("50", None, five), Some(FarBeyond::Par(decimal("5"))));
        assert_eq!(far("99", None, None), None);
        assert_eq!(far("100", None, Some(Decimal::ZERO)), Some(FarBeyond::Never));
    }

    #[test]
    fn five_tonnes_are_a_lot_in_every_pack() {
        let pack = |content: &str, of: &str| Some(Quantity::new(decimal(content), unit(of)));
        assert_eq!(a_lot(unit("XBG"), pack("10", "KGM")), decimal("100"), "bags of onions");
        assert_eq!(a_lot(unit("XBG"), pack("25", "KGM")), decimal("40"));
        assert_eq!(a_lot(unit("XBX"), pack("12", "EA")), decimal("100"));
        assert_eq!(a_lot(unit("KGM"), None), decimal("1000"));
        assert_eq!(a_lot(unit("GRM"), None), decimal("1000000"));
        assert_eq!(a_lot(unit("EA"), None), decimal("1000"));
    }

    #[test]
    fn a_line_far_beyond_the_usual_is_named_before_it_is_sent() {
        let far = |sacks: i64, sent: &[OrderState], par: Option<&str>| {
            let order = crate::testing::order(1, &[("flour", sacks)]);
            let (catalogue, remaining) = (catalogue(), Remaining::default());
            let groups = basket_within(&order, &catalogue, resolved(), remaining).groups;
            let par = |_: &ItemId| Some(Quantity::new(decimal(par?), unit("KGM")));
            let lines = far_lines(&groups, sent.iter(), par, &catalogue);
            lines.into_iter().map(|line| line.far).collect::<Vec<_>>()
        };
        assert_eq!(far(39, &[], None), [], "sacks of 25 kg");
        assert_eq!(far(40, &[], None), [FarBeyond::Never]);
        assert_eq!(far(40, &[submitted(2)], None), [], "12 were ordered before");
        assert_eq!(far(120, &[submitted(2)], None), [FarBeyond::Most(decimal("12"))]);
        assert_eq!(far(20, &[], Some("50")), [FarBeyond::Par(decimal("2"))]);
    }

    #[test]
    fn what_was_ordered_counts_in_the_unit_that_it_came_in() {
        let sent = submitted(1);
        assert_eq!(
            most_ordered([&sent].into_iter(), &id("flour"), unit("XBG")),
            Some(decimal("12"))
        );
        assert_eq!(most_ordered([&sent].into_iter(), &id("flour"), unit("KGM")), None);
        let draft = super::super::basket::tests::draft(2);
        assert_eq!(
            most_ordered([&draft].into_iter(), &id("flour"), unit("XBG")),
            None,
            "a draft is no habit"
        );
    }

    #[test]
    fn an_item_that_is_on_the_order_opens_as_its_line() {
        let draft = super::super::basket::tests::draft(1);
        let on_order = Subject::on_order(Some(&draft), &id("flour"));
        assert_eq!((on_order.line.is_some(), on_order.quantity), (true, decimal("12")));
        assert!(Subject::on_order(Some(&draft), &id("milk")).line.is_none());
        assert!(Subject::on_order(None, &id("flour")).line.is_none());
    }
}
