//! The commands of people for the settings of their site. All kinds of command occur, and some
//! settle a conflict between two tablets.

use std::collections::BTreeSet;

use calloff_core::calendar::IsoWeekday;
use calloff_core::ids::{AreaId, GuideLineId, IntentId, ItemId};
use calloff_core::limits::POSITION_BYTES;
use calloff_core::sample::Seed;
use calloff_core::sample::builder::{id, unit};
use calloff_core::site::{Command, Contact, Place, ReceivingHours, SiteState};
use rust_decimal::Decimal;

use crate::tablet::random;

/// The items in guides. They are few, so that two tablets add the same one.
const ITEMS: [&str; 6] = ["flour", "sugar", "milk", "long-life-milk", "cups", "gloves"];
/// The most areas and contacts of a site. They are few, so that tablets change the same ones.
const AREAS: usize = 5;
const CONTACTS: usize = 3;

/// A command for the settings of a site, as the person sees them.
pub fn of_settings(site: &SiteState, at: i64, seed: &mut Seed) -> Command {
    let minted = IntentId::mint(at, random(seed)).to_string();
    let mut ideas = vec![
        (10, Command::SetReceivingHours { weekdays: weekdays(seed), hours: hours(seed) }),
        (
            8,
            Command::SetDeliveryInstructions {
                instructions: text(&["", "ring twice", "to the ramp"], seed),
            },
        ),
        (8, contact(site, &minted, seed)),
        // There is no such line, so the rules refuse this command.
        (2, Command::KeepGuideLine { line: id(&minted), keep: true }),
    ];
    if site.areas.len() < AREAS {
        let name = text(&["Cold room", "Dry store"], seed);
        ideas.push((
            8,
            Command::AddArea { area: id(&minted), name, place: on_the_walk(site, seed) },
        ));
    }
    if let Some(area) =
        one_of(site.areas.iter().map(|(id, area)| (id, area.name.is_conflicted())), seed)
    {
        let name = text(&["", "Cold room", "Cellar", "Freezer"], seed);
        ideas.push((6, Command::NameArea { area: area.clone(), name }));
        ideas.push((4, Command::MoveArea { area, place: on_the_walk(site, seed) }));
    }
    let missing: Vec<ItemId> =
        ITEMS.map(id).into_iter().filter(|item| site.line_of(item).is_none()).collect();
    let area =
        one_of(site.areas.keys().map(|area| (area, false)), seed).filter(|_| seed.percent(80));
    if !missing.is_empty() {
        let item = missing[seed.place(missing.len())].clone();
        let place = on_the_shelf(site, area.as_ref(), seed);
        let unit = unit(seed.pick(&["EA", "KGM"]));
        ideas.push((
            20,
            Command::AddGuideLine { line: id(&minted), item, unit, area: area.clone(), place },
        ));
    }
    if let Some(line) = one_of(site.lines.iter().map(|(id, line)| (id, line.is_conflicted())), seed)
    {
        let place = on_the_shelf(site, area.as_ref(), seed);
        let quantity = Decimal::new(5 * seed.between(0, 8), 1);
        ideas
            .push((30, Command::SetPar { line: line.clone(), weekdays: weekdays(seed), quantity }));
        ideas.push((10, Command::KeepGuideLine { line: line.clone(), keep: seed.percent(40) }));
        ideas.push((8, Command::MoveGuideLine { line, area, place }));
    }
    weighted(ideas, seed)
}

fn weighted(ideas: Vec<(usize, Command)>, seed: &mut Seed) -> Command {
    let mut drawn = seed.place(ideas.iter().map(|(weight, _)| weight).sum());
    let mut ideas = ideas.into_iter();
    loop {
        let (weight, command) = ideas.next().expect("what was drawn is below the sum");
        if drawn < weight {
            return command;
        }
        drawn -= weight;
    }
}

/// One of them. If values of any are in conflict, mostly such a one.
fn one_of<'i, I: Clone + 'i>(
    all: impl Iterator<Item = (&'i I, bool)>,
    seed: &mut Seed,
) -> Option<I> {
    let all: Vec<(&I, bool)> = all.collect();
    let disputed = all.iter().find(|(_, is_disputed)| *is_disputed).filter(|_| seed.percent(60));
    let drawn = (!all.is_empty()).then(|| all[seed.place(all.len())].0);
    disputed.map(|(id, _)| *id).or(drawn).cloned()
}

fn text(texts: &[&str], seed: &mut Seed) -> String {
    seed.pick(texts).to_owned()
}

fn weekdays(seed: &mut Seed) -> BTreeSet<IsoWeekday> {
    let first = seed.place(7);
    IsoWeekday::ALL.into_iter().skip(first).take(1 + seed.place(3)).collect()
}

fn hours(seed: &mut Seed) -> Option<ReceivingHours> {
    let from = jiff::civil::time(seed.pick(&[5, 6]), 30, 0, 0);
    let to = jiff::civil::time(seed.pick(&[11, 14]), 0, 0, 0);
    seed.percent(80).then_some(ReceivingHours { from, to })
}

fn contact(site: &SiteState, minted: &str, seed: &mut Seed) -> Command {
    let known =
        one_of(site.contacts.iter().map(|(id, contact)| (id, contact.is_conflicted())), seed);
    let is_new = site.contacts.len() < CONTACTS && seed.percent(40);
    let contact = known.filter(|_| !is_new).unwrap_or_else(|| id(minted));
    let details = Contact {
        name: text(&["Goods in", "Kitchen"], seed),
        role: String::new(),
        telephone: text(&["", "555"], seed),
    };
    Command::SetContact { contact, details: seed.percent(75).then_some(details) }
}

fn on_the_walk(site: &SiteState, seed: &mut Seed) -> Place {
    somewhere(&site.walk().into_iter().map(|(_, area)| &area.place).collect::<Vec<_>>(), seed)
}

fn on_the_shelf(site: &SiteState, area: Option<&AreaId>, seed: &mut Seed) -> Place {
    let shelf: Vec<(&GuideLineId, _)> = site.shelf(area);
    somewhere(&shelf.into_iter().map(|(_, line)| &line.place).collect::<Vec<_>>(), seed)
}

fn somewhere(places: &[&Place], seed: &mut Seed) -> Place {
    let at = seed.place(places.len() + 1);
    let before = at.checked_sub(1).map(|at| places[at]);
    let place = Place::between(before, places.get(at).copied());
    if place.as_str().len() <= POSITION_BYTES { place } else { Place::between(None, None) }
}
