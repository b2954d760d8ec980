//! The promises about a site's settings: a naive model of the intents of many people at the same
//! time.
//!
//! The model takes only two facts from a document: the intent of each change, and the changes that
//! came before it. From these, and from what people saw when they acted, it derives the values that
//! each place must have. These are the values that nobody who knew of them has overwritten.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{Automerge, ChangeHash, ChangeMetadata, ReadDoc, legacy};
use calloff_core::calendar::IsoWeekday;
use calloff_core::document;
use calloff_core::ids::{AreaId, ContactId, DeviceId, GuideLineId, IntentId};
use calloff_core::register::Register;
use calloff_core::site::{Command, GuideLine, Intent, SiteState};

use super::Checked;

/// An intent of a person, and the settings that the person saw at that time.
pub struct Said {
    pub intent: Intent,
    pub seen: SiteState,
}

/// A place of the settings that holds a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    AreaName(AreaId),
    AreaPlace(AreaId),
    LineKept(GuideLineId),
    LineArea(GuideLineId),
    LinePlace(GuideLineId),
    Par(GuideLineId, IsoWeekday),
    Hours(IsoWeekday),
    Instructions,
    Contact(ContactId),
}

impl Slot {
    /// The key of the place in a document.
    fn key(&self) -> String {
        match self {
            Self::AreaName(_) => "name".to_owned(),
            Self::AreaPlace(_) | Self::LinePlace(_) => "place".to_owned(),
            Self::LineKept(_) => "kept".to_owned(),
            Self::LineArea(_) => "area".to_owned(),
            Self::Par(_, weekday) => format!("par_{}", weekday.number()),
            Self::Hours(weekday) => weekday.number().to_string(),
            Self::Instructions => "instructions".to_owned(),
            Self::Contact(contact) => contact.to_string(),
        }
    }

    /// Whether the slot is a position in a list. Of concurrent moves one counts, and people do not
    /// choose among them.
    fn is_place(&self) -> bool {
        matches!(self, Self::AreaPlace(_) | Self::LinePlace(_))
    }

    /// The text that people read for a written value.
    fn shown<'v>(&self, written: &'v str) -> &'v str {
        match self {
            Self::LineKept(_) if written.is_empty() => "false",
            Self::LineKept(_) => "true",
            _ => written,
        }
    }

    /// The values that the settings have in this slot. `None` if they have no such area, line,
    /// weekday or contact.
    fn read(&self, site: &SiteState) -> Option<Vec<Shown>> {
        let area = |id: &AreaId| site.areas.get(id);
        let line = |id: &GuideLineId| site.lines.get(id);
        match self {
            Self::AreaName(id) => area(id).map(|area| shown(&area.name, Clone::clone)),
            Self::AreaPlace(id) => area(id).map(|area| settled(area.place.as_str())),
            Self::LineKept(id) => line(id).map(|line| shown(&line.is_kept, ToString::to_string)),
            Self::LineArea(id) => {
                line(id).map(|line| shown(&line.area, |area| name(area.as_ref())))
            }
            Self::LinePlace(id) => line(id).map(|line| settled(line.place.as_str())),
            Self::Par(id, weekday) => {
                line(id)?.pars.get(weekday).map(|par| shown(par, |par| par.normalize().to_string()))
            }
            Self::Hours(weekday) => {
                site.receiving_hours.get(weekday).map(|hours| shown(hours, text))
            }
            Self::Instructions => Some(shown(&site.delivery_instructions, Clone::clone)),
            Self::Contact(id) => site.contacts.get(id).map(|contact| shown(contact, text)),
        }
    }
}

/// A value as people read it: time, author and text. Time and author are empty if there is only one
/// value, because nobody has to choose.
type Shown = (i64, String, String);

fn settled(value: &str) -> Vec<Shown> {
    vec![(0, String::new(), value.to_owned())]
}

fn shown<T>(register: &Register<T>, text: impl Fn(&T) -> String) -> Vec<Shown> {
    if !register.is_conflicted() {
        return settled(&text(&register.value));
    }
    let mut all: Vec<_> =
        register.conflicts.iter().map(|one| (one.at, one.by.clone(), text(&one.value))).collect();
    all.sort();
    all
}

fn name(area: Option<&AreaId>) -> String {
    area.map(ToString::to_string).unwrap_or_default()
}

fn text(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}")
}

/// The values that an intent writes, with their slots. A par also keeps the line, which this does
/// not contain.
fn writes(intent: &Intent) -> Vec<(Slot, String)> {
    let by_day =
        |weekdays: &BTreeSet<IsoWeekday>, slot: &dyn Fn(IsoWeekday) -> Slot, value: String| {
            weekdays.iter().map(|weekday| (slot(*weekday), value.clone())).collect()
        };
    match &intent.command {
        Command::AddArea { area, name, place } => vec![
            (Slot::AreaName(area.clone()), name.clone()),
            (Slot::AreaPlace(area.clone()), place.as_str().to_owned()),
        ],
        Command::NameArea { area, name } => vec![(Slot::AreaName(area.clone()), name.clone())],
        Command::MoveArea { area, place } => {
            vec![(Slot::AreaPlace(area.clone()), place.as_str().to_owned())]
        }
        Command::AddGuideLine { line, area, place, .. } => vec![
            (Slot::LineKept(line.clone()), intent.id.to_string()),
            (Slot::LineArea(line.clone()), name(area.as_ref())),
            (Slot::LinePlace(line.clone()), place.as_str().to_owned()),
        ],
        Command::KeepGuideLine { line, keep } => {
            let kept = if *keep { intent.id.to_string() } else { String::new() };
            vec![(Slot::LineKept(line.clone()), kept)]
        }
        Command::MoveGuideLine { line, area, place } => vec![
            (Slot::LineArea(line.clone()), name(area.as_ref())),
            (Slot::LinePlace(line.clone()), place.as_str().to_owned()),
        ],
        Command::SetPar { line, weekdays, quantity } => {
            by_day(weekdays, &|day| Slot::Par(line.clone(), day), quantity.normalize().to_string())
        }
        Command::SetReceivingHours { weekdays, hours } => {
            by_day(weekdays, &Slot::Hours, text(hours))
        }
        Command::SetDeliveryInstructions { instructions } => {
            vec![(Slot::Instructions, instructions.clone())]
        }
        Command::SetContact { contact, details } => {
            vec![(Slot::Contact(contact.clone()), text(details))]
        }
    }
}

/// The kind of an intent. A test checks that all kinds arrive.
fn kind(intent: &Intent) -> &'static str {
    match &intent.command {
        Command::AddArea { .. } => "add area",
        Command::NameArea { .. } => "name area",
        Command::MoveArea { .. } => "move area",
        Command::AddGuideLine { .. } => "add line",
        Command::KeepGuideLine { .. } => "keep line",
        Command::MoveGuideLine { .. } => "move line",
        Command::SetPar { .. } => "set par",
        Command::SetReceivingHours { .. } => "set hours",
        Command::SetDeliveryInstructions { .. } => "set instructions",
        Command::SetContact { .. } => "set contact",
    }
}

/// Whether the settings say what a person wanted, in every slot that no other pending intent of
/// this tablet writes.
pub fn says(site: &SiteState, intent: &Intent, to_come: &[&Intent]) -> bool {
    let to_come: BTreeSet<Slot> =
        to_come.iter().flat_map(|other| writes(other)).map(|(slot, _)| slot).collect();
    writes(intent).iter().all(|(slot, written)| {
        to_come.contains(slot) || slot.read(site) == Some(settled(slot.shown(written)))
    })
}

struct Written {
    change: usize,
    value: String,
    by: String,
    at: i64,
}

/// A model of one site's settings, from the intents of people.
#[derive(Default)]
pub struct Model {
    numbers: BTreeMap<ChangeHash, usize>,
    /// For each change, the numbers of all changes that its author knew, with its own.
    known: Vec<BTreeSet<usize>>,
    written: BTreeMap<Slot, Vec<Written>>,
    /// The intent that added each line. Its item, unit, author and time are written once.
    added: BTreeMap<GuideLineId, Intent>,
    /// The keys that a hostile tablet wrote.
    forged: BTreeSet<String>,
    /// The number of intents that arrived, by kind, and how often values were in conflict.
    pub arrived: BTreeMap<&'static str, u64>,
}

impl Model {
    /// Takes in the new changes of a document, and compares its settings with the model. The model
    /// knows nothing of the values that hostile tablets wrote. Apart from these tablets, only
    /// intents of people change the settings.
    pub fn check(
        &mut self,
        document: &Automerge,
        site: &SiteState,
        said: &BTreeMap<IntentId, Said>,
        hostile: &BTreeSet<DeviceId>,
    ) -> Checked {
        let known = self.known.len();
        for change in document.get_changes_meta(&[]) {
            if self.numbers.contains_key(&change.hash) {
                continue;
            }
            let is_of = |device| document::is_actor_of(&change.actor, device, &site.document);
            if hostile.iter().any(is_of) {
                self.forged.extend(keys_of(document, &change));
            }
            self.follow(&change, said)?;
        }
        // Without a new change, the settings cannot differ.
        if self.known.len() == known { Ok(()) } else { self.compare(site) }
    }

    fn follow(&mut self, change: &ChangeMetadata<'_>, said: &BTreeMap<IntentId, Said>) -> Checked {
        let number = self.known.len();
        let before = change
            .deps
            .iter()
            .filter_map(|hash| self.numbers.get(hash))
            .flat_map(|at| &self.known[*at]);
        let known: BTreeSet<usize> = before.copied().chain([number]).collect();
        self.numbers.insert(change.hash, number);
        self.known.push(known);
        let intent = document::intent_of(change.message.as_deref());
        let Some(said) = intent.and_then(|intent| said.get(&intent)) else { return Ok(()) };
        *self.arrived.entry(kind(&said.intent)).or_default() += 1;
        if let Command::AddGuideLine { line, .. } = &said.intent.command {
            self.added.insert(line.clone(), said.intent.clone());
        }
        let mut is_news = false;
        for (slot, value) in writes(&said.intent) {
            is_news |= self.write(number, slot, value, said)?;
        }
        match &said.intent.command {
            Command::SetPar { line, .. } if is_news => self
                .write(number, Slot::LineKept(line.clone()), said.intent.id.to_string(), said)
                .map(drop),
            Command::KeepGuideLine { line, keep: false } => {
                IsoWeekday::ALL.into_iter().try_for_each(|weekday| {
                    self.check_seen(number, &Slot::Par(line.clone(), weekday), said)
                })
            }
            _ => Ok(()),
        }
    }

    /// Writes a value into a slot. False if the slot has the value already, and nothing is written.
    fn write(
        &mut self,
        change: usize,
        slot: Slot,
        value: String,
        said: &Said,
    ) -> Result<bool, String> {
        if let [one] = self.visible(change, &slot).as_slice()
            && one.value == value
        {
            return Ok(false);
        }
        self.check_seen(change, &slot, said)?;
        let Intent { by, at, .. } = &said.intent;
        self.written.entry(slot).or_default().push(Written {
            change,
            value,
            by: by.clone(),
            at: *at,
        });
        Ok(true)
    }

    /// The values that the author of a change found in a slot: those that the author knew and that
    /// no change known to the author had overwritten.
    fn visible(&self, change: usize, slot: &Slot) -> Vec<&Written> {
        let known = &self.known[change];
        let there = || {
            self.written.get(slot).into_iter().flatten().filter(|one| known.contains(&one.change))
        };
        let is_over = |later: &Written, one: &Written| {
            later.change != one.change && self.known[later.change].contains(&one.change)
        };
        there()
            .filter(|one| one.change != change && !there().any(|later| is_over(later, one)))
            .collect()
    }

    /// Checks that nobody overwrites, or decides against, a value that they did not see. This holds
    /// also when an intent is applied again.
    fn check_seen(&self, change: usize, slot: &Slot, said: &Said) -> Checked {
        if slot.is_place() || self.is_forged(slot) {
            return Ok(());
        }
        let seen = slot.read(&said.seen).unwrap_or_default();
        let unseen = self
            .visible(change, slot)
            .into_iter()
            .find(|one| !seen.iter().any(|(_, _, value)| value == slot.shown(&one.value)));
        match unseen {
            Some(one) => Err(format!(
                "{:?} was carried out over {:?} in {slot:?}, which {} wrote and its person never saw: they saw {seen:?}",
                said.intent, one.value, one.by
            )),
            None => Ok(()),
        }
    }

    fn is_forged(&self, slot: &Slot) -> bool {
        // A forged par may change whether the next par also keeps the line.
        let is_par = |key: &String| key.starts_with("par_");
        self.forged.contains(&slot.key())
            || (matches!(slot, Slot::LineKept(_)) && self.forged.iter().any(is_par))
    }

    fn compare(&mut self, site: &SiteState) -> Checked {
        let mut conflicts = 0;
        for (slot, all) in self.written.iter().filter(|(slot, _)| !self.is_forged(slot)) {
            let is_over = |one: &Written| {
                all.iter().any(|later| {
                    later.change != one.change && self.known[later.change].contains(&one.change)
                })
            };
            let current: Vec<&Written> = all.iter().filter(|one| !is_over(one)).collect();
            let found = slot.read(site);
            let mut expected: Vec<Shown> = current
                .iter()
                .map(|one| (one.at, one.by.clone(), slot.shown(&one.value).to_owned()))
                .collect();
            expected.sort();
            let is_one = expected.iter().all(|(_, _, value)| *value == expected[0].2);
            let is_as_said = match &found {
                Some(found) if slot.is_place() => {
                    expected.iter().any(|(_, _, value)| *value == found[0].2)
                }
                Some(found) if is_one => *found == settled(&expected[0].2),
                Some(found) => *found == expected,
                None => false,
            };
            if !is_as_said {
                return Err(format!("{slot:?} is {found:?}, and people said {expected:?}"));
            }
            conflicts += u64::from(!is_one && !slot.is_place());
        }
        if conflicts > 0 {
            *self.arrived.entry("in conflict").or_default() += conflicts;
        }
        self.compare_parts(site)
    }

    /// Checks that the settings have nothing that no person wrote, and that the facts that are
    /// written once never change.
    fn compare_parts(&self, site: &SiteState) -> Checked {
        let pars = |(line, found): (&GuideLineId, &GuideLine)| {
            found.pars.keys().map(|weekday| Slot::Par(line.clone(), *weekday)).collect::<Vec<_>>()
        };
        let there = (site.areas.keys().cloned().map(Slot::AreaName))
            .chain(site.lines.keys().cloned().map(Slot::LineKept))
            .chain(site.lines.iter().flat_map(pars))
            .chain(site.receiving_hours.keys().copied().map(Slot::Hours))
            .chain(site.contacts.keys().cloned().map(Slot::Contact));
        let nobodys = there
            .into_iter()
            .find(|slot| !self.written.contains_key(slot) && !self.is_forged(slot));
        if let Some(slot) = nobodys {
            return Err(format!("{slot:?} is there, and nobody said so"));
        }
        for (id, intent) in &self.added {
            let line =
                site.lines.get(id).ok_or_else(|| format!("the guide's line {id} is gone"))?;
            let Command::AddGuideLine { item, unit, .. } = &intent.command else { continue };
            if (&line.item, &line.unit, &line.added_by, line.added_at)
                != (item, unit, &intent.by, intent.at)
            {
                return Err(format!(
                    "the guide's line {id} is {line:?}, and was added as {intent:?}"
                ));
            }
        }
        Ok(())
    }
}

fn keys_of(document: &Automerge, change: &ChangeMetadata<'_>) -> Vec<String> {
    let change = document.get_change_by_hash(&change.hash).expect("the document has it").decode();
    let keys = change.operations.into_iter().filter_map(|operation| match operation.key {
        legacy::Key::Map(key) => Some(key.to_string()),
        legacy::Key::Seq(_) => None,
    });
    keys.collect()
}
