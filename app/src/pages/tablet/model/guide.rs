//! The order guide of a day, ready to be shown: area by area in shelf order, what is missing, and what to order of it.

use std::collections::BTreeMap;

use calloff_core::calendar::IsoWeekday;
use calloff_core::catalogue::Catalogue;
use calloff_core::ids::{AreaId, GuideLineId, ItemId, LocationId, OrderLineId};
use calloff_core::order::{Command, OrderState, ResolvedFor};
use calloff_core::quantity::Quantity;
use calloff_core::resolve::{NoSource, Outcome, Remaining};
use calloff_core::site::{GuideLine, SiteState, Suggestion, suggest};
use calloff_core::unit::Unit;
use rust_decimal::Decimal;

use super::basket::description;
use super::offer::{self, Offer};

/// An area with its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf {
    /// `None` holds what stands in no area.
    pub area: Option<(AreaId, String)>,
    pub lines: Vec<Row>,
}

/// A line of the guide on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub line: GuideLineId,
    pub item: ItemId,
    pub description: String,
    pub unit: Unit,
    /// How much there should be today; `None` where nobody said.
    pub par: Option<Decimal>,
    /// Whether two tablets disagree on anything of the line.
    pub is_contested: bool,
    pub on_hand: Option<Decimal>,
    /// What one orderable unit costs, from whom and when; of what is suggested once it is counted.
    pub offer: Result<Offer, NoSource>,
    /// What an order line would ask for; `None` while it was not counted, or nothing is missing.
    pub ask: Option<Quantity>,
}

impl Row {
    /// Whether it was counted, and there is enough.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        self.on_hand.is_some() && self.par.is_some() && self.ask.is_none() && self.offer.is_ok()
    }
}

/// For whom and when a guide is read.
#[derive(Clone, Copy)]
pub struct Reading<'r> {
    pub catalogue: &'r Catalogue,
    pub site: &'r LocationId,
    pub resolved: ResolvedFor,
    pub remaining: &'r Remaining,
}

/// The guide on the day of the reading, with what was counted.
#[must_use]
pub fn shelves(settings: &SiteState, counts: &BTreeMap<GuideLineId, Decimal>, reading: Reading<'_>) -> Vec<Shelf> {
    let walk = settings.walk().into_iter().map(|(id, area)| Some((id.clone(), area.name.value.clone())));
    let shelves = walk.chain([None]).map(|area| {
        let lines = settings.shelf(area.as_ref().map(|(id, _)| id));
        let lines = lines.into_iter().map(|(id, line)| row(id, line, counts.get(id).copied(), reading)).collect();
        Shelf { area, lines }
    });
    shelves.filter(|shelf| !shelf.lines.is_empty()).collect()
}

fn row(id: &GuideLineId, line: &GuideLine, on_hand: Option<Decimal>, reading: Reading<'_>) -> Row {
    let Reading { catalogue, site, resolved, remaining } = reading;
    let par = line.par(IsoWeekday::of(resolved.order_date));
    let missing = par.zip(on_hand).and_then(|(par, on_hand)| par.checked_sub(on_hand)).unwrap_or_default();
    let request = offer::request(line.item.as_str(), missing, Some(line.unit), site, resolved, remaining);
    let (offer, ask) = match suggest(catalogue, &request) {
        Suggestion::Order { ask, selected } => (offer::offer(catalogue, &Outcome::Selected(selected)), Some(ask)),
        Suggestion::NoSource(why) => (Err(why), None),
        Suggestion::Enough => {
            let found = catalogue.item(&line.item).map(|item| offer::found(catalogue, item, site, resolved, remaining));
            (found.map_or(Err(NoSource::UnknownItem), |found| found.offer), None)
        }
    };
    Row {
        line: id.clone(),
        item: line.item.clone(),
        description: description(catalogue, &line.item),
        unit: line.unit,
        par,
        is_contested: line.is_conflicted(),
        on_hand,
        offer,
        ask,
    }
}

/// What is to be ordered of a guide.
#[must_use]
pub fn suggestions(shelves: &[Shelf]) -> Vec<(ItemId, Quantity)> {
    let rows = shelves.iter().flat_map(|shelf| &shelf.lines);
    rows.filter_map(|row| Some((row.item.clone(), row.ask?))).collect()
}

/// What puts suggestions on a draft: an item that is on it already in the same unit gets the suggested quantity, so that doing it
/// twice orders nothing twice. `mint` gives the ids of as many new lines as it is asked for.
///
/// # Errors
/// Those of `mint`.
pub fn commands<E>(
    draft: Option<&OrderState>,
    wanted: &[(ItemId, Quantity)],
    mint: impl FnOnce(usize) -> Result<Vec<OrderLineId>, E>,
) -> Result<Vec<Command>, E> {
    let there = |item: &ItemId, unit: Unit| {
        let mut lines = draft?.ordered_lines();
        lines.find(|(_, line)| line.item == *item && line.unit == Some(unit) && !line.quantity.is_conflicted())
    };
    let mut commands = Vec::new();
    let mut new = Vec::new();
    for (item, ask) in wanted {
        match there(item, ask.unit) {
            Some((_, line)) if line.quantity.value == ask.value => {}
            Some((line, _)) => commands.push(Command::SetQuantity { line: line.clone(), quantity: ask.value }),
            None => new.push((item.clone(), *ask)),
        }
    }
    let added = mint(new.len())?.into_iter().zip(new).map(|(line, (item, ask))| Command::AddLine {
        line,
        item,
        quantity: ask.value,
        unit: Some(ask.unit),
    });
    commands.extend(added);
    Ok(commands)
}

#[cfg(test)]
mod tests {
    use calloff_core::register::Register;
    use calloff_core::sample::builder::{day, decimal, id, unit};
    use calloff_core::sample::small;
    use calloff_core::site::{Area, Place};

    use super::super::basket::tests::draft;
    use super::*;

    fn settings() -> SiteState {
        let place = |text: &str| text.parse::<Place>().unwrap();
        let line = |item: &str, of: &str, area: Option<&str>, at: &str, par: &str| GuideLine {
            item: id(item),
            unit: unit(of),
            area: Register::settled(area.map(id)),
            place: place(at),
            is_kept: Register::settled(true),
            pars: BTreeMap::from([(IsoWeekday::ALL[0], Register::settled(decimal(par)))]),
            added_by: "Ana".to_owned(),
            added_at: 0,
        };
        let cold = Area { name: Register::settled("Cold room".to_owned()), place: place("V") };
        SiteState {
            areas: BTreeMap::from([(id("cold"), cold)]),
            lines: BTreeMap::from([
                (id("g1"), line("flour", "KGM", None, "V", "60")),
                (id("g2"), line("milk", "LTR", Some("cold"), "V", "40")),
                (id("g3"), line("gloves", "EA", None, "k", "100")),
            ]),
            ..SiteState::empty(calloff_core::ids::DocumentId::of_site(&id("school")))
        }
    }

    fn read(date: &str, counts: &[(&str, &str)]) -> Vec<Shelf> {
        let catalogue = Catalogue::build(small()).unwrap();
        let resolved = ResolvedFor {
            release: 1,
            order_date: day(date),
            order_time: None,
            requested_delivery_date: None,
            resolved_at: 0,
        };
        let site = id("school");
        let remaining = Remaining::granted(&catalogue, &site);
        let counts = counts.iter().map(|(line, count)| (id(line), decimal(count))).collect();
        shelves(&settings(), &counts, Reading { catalogue: &catalogue, site: &site, resolved, remaining: &remaining })
    }

    fn asks(shelves: &[Shelf]) -> Vec<String> {
        suggestions(shelves).into_iter().map(|(item, ask)| format!("{item} {ask}")).collect()
    }

    #[test]
    fn the_guide_goes_by_area_and_suggests_what_was_counted_short() {
        // A Monday: 60 kg of flour should be there, 40 l of milk, 100 gloves.
        let counted = read("2026-03-02", &[("g1", "20"), ("g2", "40")]);
        let areas: Vec<_> = counted.iter().map(|shelf| shelf.area.as_ref().map(|(_, name)| name.as_str())).collect();
        assert_eq!(areas, [Some("Cold room"), None]);
        assert_eq!(asks(&counted), ["flour 50 KGM"], "two sacks of 25 kg; milk is enough, gloves were not counted");
        let flour = &counted[1].lines[0];
        let offer = flour.offer.as_ref().unwrap();
        assert_eq!((offer.quantity.to_string().as_str(), offer.supplier_name.as_str()), ("2 XBG", "wholesaler"));
        assert!(counted[0].lines[0].is_enough() && !flour.is_enough());
    }

    #[test]
    fn a_day_without_a_par_suggests_nothing_and_still_says_what_things_cost() {
        let counted = read("2026-03-03", &[("g1", "0")]);
        assert!(asks(&counted).is_empty());
        let flour = &counted[1].lines[0];
        assert!(flour.par.is_none() && flour.offer.is_ok() && !flour.is_enough());
    }

    #[test]
    fn putting_the_same_on_a_draft_twice_orders_nothing_twice() {
        let wanted = [(id("flour"), Quantity::new(decimal("50"), unit("KGM")))];
        let mint = |count: usize| Ok::<_, ()>((0..count).map(|number| id(&format!("n{number}"))).collect::<Vec<_>>());
        let first = commands(None, &wanted, mint).unwrap();
        let [Command::AddLine { quantity, unit: of, .. }] = first.as_slice() else { panic!("{first:?}") };
        assert_eq!((quantity.to_string().as_str(), *of), ("50", Some(unit("KGM"))));
        let mut order = draft(1);
        order.lines.clear();
        let line = calloff_core::order::OrderLine {
            item: id("flour"),
            quantity: Register::settled(decimal("50")),
            unit: Some(unit("KGM")),
            added_by: "Ana".to_owned(),
            added_at: 0,
            pin: None,
        };
        order.lines.insert(id("l1"), line);
        assert_eq!(commands(Some(&order), &wanted, mint), Ok(Vec::new()));
        let more = [(id("flour"), Quantity::new(decimal("75"), unit("KGM")))];
        let set = Command::SetQuantity { line: id("l1"), quantity: decimal("75") };
        assert_eq!(commands(Some(&order), &more, mint), Ok(vec![set]));
    }
}
