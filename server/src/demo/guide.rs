//! The order guides of the demo's sites: what each site ordered in the past weeks, by department,
//! with pars that would be enough for it.

use std::collections::BTreeMap;

use calloff_core::calendar::IsoWeekday;
use calloff_core::catalogue::Catalogue;
use calloff_core::document::{self, genesis, write};
use calloff_core::ids::{AreaId, DocumentId, GuideLineId, IntentId, ItemId, LocationId, PersonId};
use calloff_core::intent::Intent;
use calloff_core::resolve::{ResolutionRequest, select};
use calloff_core::sample::{self, PastOrder};
use calloff_core::site::{Command, Contact, Place, ReceivingHours};
use calloff_core::unit::Unit;
use calloff_core::wire::{DocumentKind, DocumentOutcome};
use rust_decimal::Decimal;

use super::history::{HistoryError, Tablet, push_of};
use crate::state::AppState;
use crate::sync::push_in_order;

/// The number of lines in a guide: the items that are ordered most often.
const LINES: usize = 24;
/// On these days a site expects more meals, and has half as much again in stock.
const BUSY: [IsoWeekday; 2] = [IsoWeekday::ALL[3], IsoWeekday::ALL[4]];
/// Nobody receives deliveries on Sundays.
const OPEN: usize = 6;

/// Lets the tablet of each site write the site's guide, receiving hours and a contact, and sends
/// them.
pub(super) async fn stock(
    state: &AppState,
    catalogue: &Catalogue,
    tablets: &BTreeMap<LocationId, Tablet>,
    names: &BTreeMap<&PersonId, &str>,
    orders: &[PastOrder],
) -> Result<(), HistoryError> {
    let mut pushes = Vec::new();
    for (site, tablet) in tablets {
        let past: Vec<&PastOrder> = orders.iter().filter(|order| order.site == *site).collect();
        let Some(last) = past.last() else { continue };
        let at = tablet.millis(last.created)?;
        let by = names.get(&last.by).copied().unwrap_or(last.by.as_str());
        let id = DocumentId::of_site(site);
        let mut document = genesis::begin(DocumentKind::Site)?;
        for command in commands(&goods(catalogue, &past), by) {
            let intent = Intent {
                id: IntentId::mint(at, state.random()?),
                document: id,
                command,
                by: by.to_owned(),
                device: tablet.device.id,
                at,
            };
            write::apply(&mut document, document::actor(&tablet.device.id, &id, 0), &intent)?;
        }
        pushes.push((tablet.device.clone(), push_of(id, DocumentKind::Site, &document), at));
    }
    let responses = push_in_order(state, pushes).await?;
    let refused = responses.iter().flat_map(|response| &response.documents);
    match refused
        .into_iter()
        .find(|answer| matches!(answer.outcome, DocumentOutcome::Refused { .. }))
    {
        Some(answer) => Err(HistoryError::GuideRefused { document: answer.id }),
        None => Ok(()),
    }
}

/// An item that a site keeps in stock.
struct Good {
    item: ItemId,
    department: &'static str,
    unit: Unit,
    par: Decimal,
}

/// The items that were ordered most often, by department. The par is the largest quantity that was
/// ordered at once, in the item's base unit.
fn goods(catalogue: &Catalogue, past: &[&PastOrder]) -> Vec<Good> {
    let mut ordered: BTreeMap<&ItemId, (usize, Decimal)> = BTreeMap::new();
    for (item, quantity) in past.iter().flat_map(|order| &order.lines) {
        let entry = ordered.entry(item).or_default();
        *entry = (entry.0 + 1, entry.1.max(*quantity));
    }
    let mut ordered: Vec<_> = ordered.into_iter().collect();
    ordered.sort_by_key(|(_, (times, _))| std::cmp::Reverse(*times));
    ordered.truncate(LINES);
    ordered.sort_by_key(|(item, _)| *item);
    let good = |(item, (_, quantity)): (&ItemId, (usize, Decimal))| {
        let order = past.last()?;
        let request =
            ResolutionRequest::new(item.as_str(), quantity, &order.site, order.created.date());
        let outcome = select(catalogue, &request);
        let selected = outcome.selected()?;
        let line = catalogue.contract(selected.contract, selected.version)?.line(selected.line)?;
        Some(Good {
            item: item.clone(),
            department: sample::department(item)?,
            unit: catalogue.item(selected.item)?.base_unit,
            par: selected.quantity.value.checked_mul(line.content)?,
        })
    };
    ordered.into_iter().filter_map(good).collect()
}

/// The commands that write a guide, area by area.
fn commands(goods: &[Good], by: &str) -> Vec<Command> {
    let mut commands = Vec::new();
    let mut areas: BTreeMap<&str, (Option<AreaId>, Option<Place>)> = BTreeMap::new();
    let mut last_area = None;
    for (good, number) in goods.iter().zip(1..) {
        let (area, last_line) = areas.entry(good.department).or_insert_with(|| {
            let area = AreaId::parse(good.department.to_lowercase().replace(' ', "-")).ok();
            let place = Place::between(last_area.as_ref(), None);
            last_area = Some(place.clone());
            let add = area.clone().map(|area| Command::AddArea {
                area,
                name: good.department.to_owned(),
                place,
            });
            commands.extend(add);
            (area, None)
        });
        let place = Place::between(last_line.as_ref(), None);
        *last_line = Some(place.clone());
        let Ok(line) = format!("guide-{number:02}").parse::<GuideLineId>() else { continue };
        let (item, unit, area) = (good.item.clone(), good.unit, area.clone());
        commands.push(Command::AddGuideLine { line: line.clone(), item, unit, area, place });
        let busy = good.par + (good.par / Decimal::TWO).ceil();
        let (all, line_again) = (IsoWeekday::ALL.into(), line.clone());
        commands.push(Command::SetPar { line, weekdays: all, quantity: good.par });
        commands.push(Command::SetPar { line: line_again, weekdays: BUSY.into(), quantity: busy });
    }
    let hours =
        ReceivingHours { from: jiff::civil::time(6, 0, 0, 0), to: jiff::civil::time(10, 30, 0, 0) };
    let weekdays = IsoWeekday::ALL.into_iter().take(OPEN).collect();
    commands.push(Command::SetReceivingHours { weekdays, hours: Some(hours) });
    let contact = Contact {
        name: by.to_owned(),
        role: "Goods in".to_owned(),
        telephone: "+00 555 0100".to_owned(),
    };
    let add = "goods-in"
        .parse()
        .ok()
        .map(|id| Command::SetContact { contact: id, details: Some(contact) });
    commands.extend(add);
    commands
}
