//! The order guide of a day, ready to be shown: the areas in shelf order, the missing quantities,
//! the quantities on order, and the quantities still to order.

use std::collections::BTreeMap;

use calloff_core::calendar::Date;

use calloff_core::calendar::IsoWeekday;
use calloff_core::catalogue::Catalogue;
use calloff_core::ids::{AreaId, ContractId, GuideLineId, ItemId, LineId, LocationId, OrderLineId};
use calloff_core::order::{Command, LockedPrice, OrderLine, OrderStage, OrderState, ResolvedFor};
use calloff_core::quantity::Quantity;
use calloff_core::resolve::{
    self, NoSource, Orderable, Outcome, Remaining, ResolutionRequest, Selected, orderable,
};
use calloff_core::site::{GuideLine, SiteState, Suggestion, suggest};
use calloff_core::unit::Unit;
use rust_decimal::Decimal;

use super::basket::description;
use super::offer::{self, Offer};
use super::sheet::{FarBeyond, a_lot, far_beyond};
use crate::components::{Key, Steps};

/// An area with its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf {
    /// The identifier and name of the area. `None` for lines without an area.
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
    /// The par of the day, in `unit`. `None` if nobody set one.
    pub par: Option<Decimal>,
    /// Whether two tablets disagree on any value of the line.
    pub is_contested: bool,
    /// Whether two tablets disagree on the par of the day.
    pub is_par_contested: bool,
    pub on_hand: Option<Decimal>,
    /// Quantities that arrive without another order. They count as if they were on the shelf.
    pub on_order: Vec<OnOrder>,
    /// The price of one orderable unit, its supplier and its day. After a count, the offer for the
    /// suggested quantity.
    pub offer: Result<Offer, NoSource>,
    /// The quantity that an order line would ask for. `None` before a count, and if nothing is
    /// missing.
    pub ask: Option<Quantity>,
    /// Whether a person chose the quantity to order, which may be zero.
    pub is_chosen: bool,
    /// The steps of − and +. `None` if the item cannot be ordered.
    pub stepping: Option<Stepping>,
}

/// How − and + change a row's quantity, in packs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stepping {
    /// The packs that the row would order now.
    pub packs: Decimal,
    /// The steps, in packs.
    pub steps: Steps,
    /// The content of one pack, in the unit of the guide's line.
    pub holds: Decimal,
}

impl Stepping {
    /// The quantity to order after a press of `key`, in the unit of the guide's line. `None` if the
    /// step changes nothing or the quantity does not fit a decimal.
    #[must_use]
    pub fn after(&self, key: Key) -> Option<Decimal> {
        let packs = self.steps.next(self.packs, key);
        if packs == self.packs { None } else { packs.checked_mul(self.holds) }
    }
}

impl Row {
    /// Whether the line was counted and needs no order: the shelf and the quantities on order reach
    /// the par.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        let is_counted = self.on_hand.is_some() && self.par.is_some();
        is_counted && !self.is_chosen && self.ask.is_none() && self.offer.is_ok()
    }
}

/// A quantity of an item that arrives without another order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnOrder {
    /// The ordered quantity, in packs.
    pub quantity: Quantity,
    /// The quantity in the item's base unit. `None` if it is unknown. Then the screen shows the
    /// packs, but they do not count.
    pub holds: Option<Quantity>,
    /// The delivery day. `None` for a draft that was not sent yet.
    pub delivery: Option<Date>,
}

impl OnOrder {
    fn in_unit(&self, unit: Unit) -> Option<Decimal> {
        let holds = self.holds?;
        holds.unit.convert(holds.value, unit)
    }
}

/// The quantities on order at the site, by item: sent lines that are not delivered yet, and draft
/// lines that can be ordered.
///
/// The tablet has no receipts. A line counts until its day of delivery is over at the site, because
/// nobody knows at what hour the goods arrive. The guide shows each such quantity with its day, so
/// that a person who counts goods of today sees that they are counted twice.
#[must_use]
pub fn on_order<'o>(
    orders: impl Iterator<Item = &'o OrderState>,
    reading: Reading<'_>,
) -> BTreeMap<ItemId, Vec<OnOrder>> {
    let Reading { catalogue, site, resolved, remaining } = reading;
    let today = resolved.order_date;
    let mut found: BTreeMap<ItemId, Vec<OnOrder>> = BTreeMap::new();
    for order in orders {
        for (id, line) in order.ordered_lines() {
            let delivery_date = |locked: &LockedPrice| order.delivery_date(id, locked);
            let one = match order.stage() {
                OrderStage::Submitted | OrderStage::OnHold | OrderStage::Accepted => {
                    let locked =
                        line.locked.as_ref().filter(|locked| delivery_date(locked) >= today);
                    locked.map(|locked| OnOrder {
                        quantity: locked.quantity,
                        holds: held(
                            catalogue,
                            (&locked.contract, locked.version, &locked.line),
                            &locked.item,
                            locked.quantity.value,
                        ),
                        delivery: Some(delivery_date(locked)),
                    })
                }
                OrderStage::Draft if order.is_let_go() => None,
                OrderStage::Draft => {
                    let (item, quantity) = (line.item.as_str(), line.quantity.value);
                    let request =
                        offer::request(item, quantity, line.unit, site, resolved, remaining);
                    resolve::select(catalogue, &request).selected().map(|chosen| OnOrder {
                        quantity: chosen.quantity,
                        holds: held(
                            catalogue,
                            (chosen.contract, chosen.version, chosen.line),
                            chosen.item,
                            chosen.quantity.value,
                        ),
                        delivery: None,
                    })
                }
                // Nothing of a refused order arrives until a person changes it and sends it again.
                OrderStage::Refused => None,
            };
            if let Some(one) = one {
                found.entry(line.item.clone()).or_default().push(one);
            }
        }
    }
    found
        .values_mut()
        .for_each(|of_item| of_item.sort_by_key(|one| (one.delivery.is_none(), one.delivery)));
    found
}

/// The content of `packs` orderable units of a line, in the item's base unit. `None` if the
/// catalogue does not know the line or the item, or the product does not fit a decimal.
fn held(
    catalogue: &Catalogue,
    (contract, version, line): (&ContractId, u32, &LineId),
    item: &ItemId,
    packs: Decimal,
) -> Option<Quantity> {
    let line = catalogue.contract(contract, version)?.line(line)?;
    Some(Quantity::new(
        packs.checked_mul(line.content)?.normalize(),
        catalogue.item(item)?.base_unit,
    ))
}

/// The site and the moment for which a guide is read.
#[derive(Clone, Copy)]
pub struct Reading<'r> {
    pub catalogue: &'r Catalogue,
    pub site: &'r LocationId,
    pub resolved: ResolvedFor,
    pub remaining: &'r Remaining,
}

/// The guide on the day of the reading. `counts` holds the counted quantities, `wanted` the
/// quantities that a person chose instead of the suggestion.
#[must_use]
pub fn shelves(
    settings: &SiteState,
    counts: &BTreeMap<GuideLineId, Decimal>,
    wanted: &BTreeMap<GuideLineId, Decimal>,
    on_order: &BTreeMap<ItemId, Vec<OnOrder>>,
    reading: Reading<'_>,
) -> Vec<Shelf> {
    let walk =
        settings.walk().into_iter().map(|(id, area)| Some((id.clone(), area.name.value.clone())));
    let shelves = walk.chain([None]).map(|area| {
        let lines = settings.shelf(area.as_ref().map(|(id, _)| id));
        let lines = lines.into_iter().map(|(id, line)| {
            let on_order = on_order.get(&line.item).cloned().unwrap_or_default();
            row(id, line, (counts.get(id).copied(), wanted.get(id).copied()), on_order, reading)
        });
        let lines = lines.collect();
        Shelf { area, lines }
    });
    shelves.filter(|shelf| !shelf.lines.is_empty()).collect()
}

fn row(
    id: &GuideLineId,
    line: &GuideLine,
    (on_hand, wanted): (Option<Decimal>, Option<Decimal>),
    on_order: Vec<OnOrder>,
    reading: Reading<'_>,
) -> Row {
    let Reading { catalogue, site, resolved, remaining } = reading;
    let weekday = IsoWeekday::of(resolved.order_date);
    let par = line.par(weekday);
    let coming = on_order.iter().filter_map(|one| one.in_unit(line.unit));
    let there = on_hand.map(|on_hand| coming.fold(on_hand, Decimal::saturating_add));
    let missing =
        par.zip(there).and_then(|(par, there)| par.checked_sub(there)).unwrap_or_default();
    let (item, to_order) = (line.item.as_str(), wanted.unwrap_or(missing));
    let request = offer::request(item, to_order, Some(line.unit), site, resolved, remaining);
    let (offer, ask, stepping) = match suggest(catalogue, &request) {
        Suggestion::Order { ask, selected } => {
            let stepping = stepping(catalogue, &selected, selected.quantity.value, line.unit);
            (offer::offer(catalogue, &Outcome::Selected(selected)), Some(ask), stepping)
        }
        Suggestion::NoSource(why) => (Err(why), None, None),
        Suggestion::Enough => {
            let found = catalogue
                .item(&line.item)
                .map(|item| offer::found(catalogue, item, site, resolved, remaining));
            let least = resolve::least(catalogue, &ResolutionRequest { unit: None, ..request });
            let stepping = (least.selected())
                .and_then(|least| stepping(catalogue, least, Decimal::ZERO, line.unit));
            (found.map_or(Err(NoSource::UnknownItem), |found| found.offer), None, stepping)
        }
    };
    Row {
        line: id.clone(),
        item: line.item.clone(),
        description: description(catalogue, &line.item),
        unit: line.unit,
        par,
        is_contested: line.is_conflicted(),
        is_par_contested: line.pars.get(&weekday).is_some_and(|par| par.is_conflicted()),
        on_hand,
        on_order,
        offer,
        ask,
        is_chosen: wanted.is_some(),
        stepping,
    }
}

/// How − and + change the packs of a chosen line. `None` if the content of a pack cannot be
/// converted into the guide's unit.
fn stepping(
    catalogue: &Catalogue,
    chosen: &Selected<'_>,
    packs: Decimal,
    unit: Unit,
) -> Option<Stepping> {
    let line = (chosen.contract, chosen.version, chosen.line);
    let Orderable { least, step, most } = orderable(catalogue, line);
    let holds = held(catalogue, line, chosen.item, Decimal::ONE)?;
    let holds = holds.unit.convert(holds.value, unit)?;
    let floor = Decimal::ZERO;
    let steps = Steps { floor, least, step: step.unwrap_or(Decimal::ONE), most };
    Some(Stepping { packs, steps, holds })
}

/// The progress of a count: the number of counted lines, and the number of lines with a par or a
/// count.
#[must_use]
pub fn progress(shelves: &[Shelf]) -> (usize, usize) {
    let rows = || shelves.iter().flat_map(|shelf| &shelf.lines);
    let counted = rows().filter(|row| row.on_hand.is_some()).count();
    (counted, rows().filter(|row| row.par.is_some() || row.on_hand.is_some()).count())
}

/// The pars of a week in the order in which people name them: first the par of most days, then each
/// other par with its days. Empty if no day has a par.
#[must_use]
pub fn pars_of_week(line: &GuideLine) -> Vec<(Decimal, Vec<IsoWeekday>)> {
    let mut pars: Vec<(Decimal, Vec<IsoWeekday>)> = Vec::new();
    for weekday in IsoWeekday::ALL {
        let par = line.pars.get(&weekday).map_or(Decimal::ZERO, |par| par.value.normalize());
        match pars.iter_mut().find(|(known, _)| *known == par) {
            Some((_, days)) => days.push(weekday),
            None => pars.push((par, vec![weekday])),
        }
    }
    if pars.iter().all(|(par, _)| par.is_zero()) {
        return Vec::new();
    }
    // Of two pars on equally many days, the one that begins earlier in the week comes first,
    // because the sort is stable.
    pars.sort_by_key(|(_, days)| std::cmp::Reverse(days.len()));
    pars
}

/// The largest new par of a week, in `unit`, if it exceeds the largest known one by far. A guide
/// that suggests orders by such a par would order as much.
#[must_use]
pub fn far_par<'p>(
    known: &[Decimal],
    new: impl Iterator<Item = &'p Decimal>,
    unit: Unit,
) -> Option<(Decimal, FarBeyond)> {
    let (largest, new) = (known.iter().copied().max(), new.copied().max()?);
    let far = far_beyond(new, None, largest, a_lot(unit, None))?;
    (largest != Some(new)).then_some((new, far))
}

/// The items and quantities that the guide suggests to order.
#[must_use]
pub fn suggestions(shelves: &[Shelf]) -> Vec<(ItemId, Quantity)> {
    let rows = shelves.iter().flat_map(|shelf| &shelf.lines);
    rows.filter_map(|row| Some((row.item.clone(), row.ask?))).collect()
}

/// The commands that put suggestions on a draft. If the draft has the item in the same unit
/// already, that line gets more, because a suggestion leaves out what the drafts hold. `mint` makes
/// the given number of line identifiers.
///
/// # Errors
/// The errors of `mint`.
pub fn commands<E>(
    draft: Option<&OrderState>,
    wanted: &[(ItemId, Quantity)],
    mint: impl FnOnce(usize) -> Result<Vec<OrderLineId>, E>,
) -> Result<Vec<Command>, E> {
    let more = |item: &ItemId, ask: &Quantity| {
        let same = |line: &OrderLine| {
            line.item == *item && line.unit == Some(ask.unit) && !line.quantity.is_conflicted()
        };
        let (id, line) = draft?.ordered_lines().find(|(_, line)| same(line))?;
        Some((id.clone(), line.quantity.value.checked_add(ask.value)?))
    };
    let mut commands = Vec::new();
    let mut new = Vec::new();
    for (item, ask) in wanted {
        match more(item, ask) {
            Some((line, quantity)) => commands.push(Command::SetQuantity { line, quantity }),
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
    use calloff_core::order::exception::DecisionVerdict;
    use calloff_core::order::{Decision, ServerStatus};
    use calloff_core::register::Register;
    use calloff_core::sample::builder::{day, decimal, id, unit};
    use calloff_core::sample::small;
    use calloff_core::site::{Area, Place};

    use super::super::basket::tests::{draft, submitted};
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
        read_with(date, counts, &[])
    }

    fn read_with(date: &str, counts: &[(&str, &str)], orders: &[OrderState]) -> Vec<Shelf> {
        read_wanted(date, counts, &[], orders)
    }

    fn read_wanted(
        date: &str,
        counts: &[(&str, &str)],
        wanted: &[(&str, &str)],
        orders: &[OrderState],
    ) -> Vec<Shelf> {
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
        let of = |lines: &[(&str, &str)]| {
            lines.iter().map(|(line, count)| (id(line), decimal(count))).collect()
        };
        let (counts, wanted) = (of(counts), of(wanted));
        let reading =
            Reading { catalogue: &catalogue, site: &site, resolved, remaining: &remaining };
        shelves(&settings(), &counts, &wanted, &on_order(orders.iter(), reading), reading)
    }

    fn asks(shelves: &[Shelf]) -> Vec<String> {
        suggestions(shelves).into_iter().map(|(item, ask)| format!("{item} {ask}")).collect()
    }

    #[test]
    fn the_guide_goes_by_area_and_suggests_what_was_counted_short() {
        // This day is a Monday. The pars are 60 kg of flour, 40 l of milk and 100 gloves.
        let counted = read("2026-03-02", &[("g1", "20"), ("g2", "40")]);
        let areas: Vec<_> = counted
            .iter()
            .map(|shelf| shelf.area.as_ref().map(|(_, name)| name.as_str()))
            .collect();
        assert_eq!(areas, [Some("Cold room"), None]);
        assert_eq!(
            asks(&counted),
            ["flour 50 KGM"],
            "two sacks of 25 kg; milk is enough, gloves were not counted"
        );
        let flour = &counted[1].lines[0];
        let offer = flour.offer.as_ref().unwrap();
        assert_eq!(
            (offer.quantity.to_string().as_str(), offer.supplier_name.as_str()),
            ("2 XBG", "wholesaler")
        );
        assert!(counted[0].lines[0].is_enough() && !flour.is_enough());
    }

    #[test]
    fn what_somebody_wants_takes_the_place_of_what_is_suggested_by_whole_packs() {
        let flour = |wanted: &[(&str, &str)]| {
            let shelves = read_wanted("2026-03-02", &[("g1", "20")], wanted, &[]);
            (asks(&shelves), shelves[1].lines[0].clone())
        };
        let (asked, suggested) = flour(&[]);
        assert_eq!(asked, ["flour 50 KGM"]);
        let stepping = suggested.stepping.unwrap();
        assert_eq!((stepping.packs, stepping.holds), (decimal("2"), decimal("25")));
        assert_eq!(stepping.after(Key::More), Some(decimal("75")));
        assert_eq!(stepping.after(Key::Less), Some(decimal("25")));

        let (asked, more) = flour(&[("g1", "75")]);
        assert_eq!(asked, ["flour 75 KGM"]);
        assert!(more.is_chosen && more.stepping.unwrap().packs == decimal("3"));

        let (asked, nothing) = flour(&[("g1", "0")]);
        assert!(asked.is_empty(), "not this time: {asked:?}");
        assert!(nothing.is_chosen && !nothing.is_enough());
        let stepping = nothing.stepping.unwrap();
        assert_eq!(stepping.after(Key::Less), None, "there is nothing below nothing");
        assert_eq!(stepping.after(Key::More), Some(decimal("25")));

        // Nobody counted, and the line can still be ordered.
        let uncounted = read_wanted("2026-03-02", &[], &[("g1", "25")], &[]);
        assert_eq!(asks(&uncounted), ["flour 25 KGM"]);
    }

    #[test]
    fn a_day_without_a_par_suggests_nothing_and_still_says_what_things_cost() {
        let counted = read("2026-03-03", &[("g1", "0")]);
        assert!(asks(&counted).is_empty());
        let flour = &counted[1].lines[0];
        assert!(flour.par.is_none() && flour.offer.is_ok() && !flour.is_enough());
    }

    #[test]
    fn what_is_on_order_counts_as_if_it_stood_on_the_shelf() {
        // A draft holds 12 sacks of 25 kg, so 300 kg, and the par is 60 kg.
        let drafted = read_with("2026-03-02", &[("g1", "20")], &[draft(1)]);
        assert!(asks(&drafted).is_empty());
        let flour = &drafted[1].lines[0];
        assert!(flour.is_enough());
        let [one] = flour.on_order.as_slice() else { panic!("{flour:?}") };
        assert_eq!((one.quantity.to_string().as_str(), one.delivery), ("12 XBG", None));

        let ordered = |delivery: &str, on: &str, sacks: &str| {
            let mut order = submitted(2);
            for locked in order.lines.values_mut().filter_map(|line| line.locked.as_mut()) {
                (locked.delivery_date, locked.order_date) = (day(delivery), day(on));
                locked.quantity.value = decimal(sacks);
            }
            asks(&read_with("2026-03-02", &[("g1", "0")], &[order]))
        };
        assert_eq!(
            ordered("2026-03-03", "2026-03-02", "2"),
            ["flour 25 KGM"],
            "50 kg come, of 60 that should be there"
        );
        assert_eq!(
            ordered("2026-03-02", "2026-03-02", "2"),
            ["flour 25 KGM"],
            "it comes later today"
        );
        assert_eq!(
            ordered("2026-03-02", "2026-02-27", "2"),
            ["flour 25 KGM"],
            "it comes today, and may not be there yet"
        );
        assert_eq!(ordered("2026-02-27", "2026-02-26", "2"), ["flour 75 KGM"]);

        let mut honoured = submitted(4);
        let locked = honoured.lines.values_mut().find_map(|line| line.locked.as_mut()).unwrap();
        (locked.delivery_date, locked.quantity.value) = (day("2026-02-27"), decimal("2"));
        honoured.server.status = Some(ServerStatus::Accepted { at: 1 });
        honoured.server.decision = Some(Decision {
            submission: honoured.submitted.clone().unwrap().id,
            verdict: DecisionVerdict::Honour,
            why: "the site was offline".to_owned(),
            by: "Eva".to_owned(),
            at: 1,
            exceptions: Vec::new(),
            new_days: honoured.lines.keys().map(|line| (line.clone(), day("2026-03-03"))).collect(),
        });
        let counted = read_with("2026-03-02", &[("g1", "0")], &[honoured]);
        assert_eq!(asks(&counted), ["flour 25 KGM"], "it comes on the new day");
        assert_eq!(counted[1].lines[0].on_order[0].delivery, Some(day("2026-03-03")));

        let mut refused = submitted(3);
        let submission = refused.submitted.clone().unwrap().id;
        let status = ServerStatus::Refused { submission, at: 1, reasons: Vec::new() };
        refused.server.status = Some(status);
        assert_eq!(asks(&read_with("2026-03-02", &[("g1", "0")], &[refused])), ["flour 75 KGM"]);
    }

    #[test]
    fn the_guide_says_how_far_the_count_has_come() {
        assert_eq!(progress(&read("2026-03-02", &[("g1", "0")])), (1, 3), "zero is counted");
        assert_eq!(progress(&read("2026-03-03", &[])), (0, 0), "no line has a par on a Tuesday");
    }

    #[test]
    fn pars_of_a_week_are_said_by_the_one_of_most_days() {
        let line = |pars: [&str; 7]| {
            let pars = IsoWeekday::ALL.into_iter().zip(pars).filter(|(_, par)| !par.is_empty());
            let pars =
                pars.map(|(weekday, par)| (weekday, Register::settled(decimal(par)))).collect();
            GuideLine { pars, ..settings().lines[&id("g1")].clone() }
        };
        let said = |pars| {
            let of_week = pars_of_week(&line(pars)).into_iter();
            let days = |days: Vec<IsoWeekday>| {
                days.iter().map(|day| day.number().to_string()).collect::<String>()
            };
            of_week.map(|(par, on)| format!("{par} on {}", days(on))).collect::<Vec<_>>()
        };
        assert_eq!(
            said(["240", "240", "240", "360", "360", "240", "240"]),
            ["240 on 12367", "360 on 45"]
        );
        assert_eq!(said(["60", "60.0", "60", "60", "60", "60", "60"]), ["60 on 1234567"]);
        assert_eq!(said(["5", "", "", "", "", "", ""]), ["0 on 234567", "5 on 1"]);
        assert!(said(["", "", "0", "", "", "", ""]).is_empty());
    }

    #[test]
    fn a_par_far_beyond_those_of_the_week_is_asked_about() {
        let far = |known: &str, new: &str| {
            let pars = |text: &str| text.split(' ').map(decimal).collect::<Vec<_>>();
            far_par(&pars(known), pars(new).iter(), unit("EA"))
        };
        assert_eq!(
            far("240 240", "99999 240"),
            Some((decimal("99999"), FarBeyond::Par(240.into())))
        );
        assert_eq!(far("240 0", "360 360"), None);
        assert_eq!(far("0 0", "5000 0"), Some((decimal("5000"), FarBeyond::Never)));
        assert_eq!(far("5000 0", "5000 5000"), None, "another day gets a par that is known");
    }

    #[test]
    fn putting_more_on_a_draft_adds_to_what_it_holds() {
        let wanted = [(id("flour"), Quantity::new(decimal("50"), unit("KGM")))];
        let mint = |count: usize| {
            Ok::<_, ()>((0..count).map(|number| id(&format!("n{number}"))).collect::<Vec<_>>())
        };
        let first = commands(None, &wanted, mint).unwrap();
        let [Command::AddLine { quantity, unit: of, .. }] = first.as_slice() else {
            panic!("{first:?}")
        };
        assert_eq!((quantity.to_string().as_str(), *of), ("50", Some(unit("KGM"))));
        let mut order = draft(1);
        order.lines.clear();
        let line = calloff_core::order::OrderLine {
            item: id("flour"),
            quantity: Register::settled(decimal("50")),
            unit: Some(unit("KGM")),
            added_by: "Ana".to_owned(),
            added_at: 0,
            locked: None,
        };
        order.lines.insert(id("l1"), line);
        let set = Command::SetQuantity { line: id("l1"), quantity: decimal("100") };
        assert_eq!(commands(Some(&order), &wanted, mint), Ok(vec![set]));
    }
}
