//! The editor of the order guide: the areas and their order on the walk, the lines in each, and
//! their pars on each day.

use std::collections::{BTreeMap, BTreeSet};

use calloff_core::calendar::IsoWeekday;
use calloff_core::ids::{AreaId, DocumentId, GuideLineId, ItemId};
use calloff_core::numeral::Read;
use calloff_core::quantity::Quantity;
use calloff_core::site::{Area, Command, GuideLine, Place, SiteState};
use calloff_core::unit::Unit;
use leptos::prelude::*;
use rust_decimal::Decimal;

use super::conflicts::Conflict;
use super::guide::{LineConflicts, saved_far_words, short_weekday_text, weekday_text};
use crate::components::notices::{ShownNotice, Tone};
use crate::components::{Button, ButtonKind, ButtonSize, Dialog, Entry, QuantityInput};
use crate::i18n::{self, I18n, Text, use_i18n};
use crate::tablet::model::basket::description;
use crate::tablet::model::guide::{far_par, pars_of_week};
use crate::tablet::state::tablet::{ThisTablet, use_tablet};
use crate::tablet::state::workspace::new_id;

/// The most found items offered for the guide. More do not fit beside a keyboard.
const FOUND: usize = 8;

#[component]
pub fn GuideEditor() -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let editing = RwSignal::new(None::<GuideLineId>);
    let shelves = move || {
        // This draws the list again when the catalogue comes, because it gives the names.
        drop(tablet.catalogue.release());
        let settings = tablet.workspace.settings();
        let walk: Vec<_> =
            settings.walk().into_iter().map(|(id, area)| (id.clone(), area.clone())).collect();
        let count = walk.len();
        let areas = walk.into_iter().enumerate().map(|(at, (id, area))| {
            let lines = listed(&settings, Some(&id));
            view! { <AreaEditor id area at count lines editing /> }
        });
        let elsewhere = listed(&settings, None);
        view! {
            {areas.collect_view()}
            {(!elsewhere.is_empty()).then(|| view! {
                <section class="card stack gap-3">
                    <h3 class="card-title">{i18n.t(Text::GuideElsewhere)}</h3>
                    <Lines lines=elsewhere editing />
                </section>
            })}
        }
    };
    view! {
        <section class="stack gap-4" data-testid="guide-editor">
            <h2>{i18n.t(Text::NavGuide)}</h2>
            {shelves}
            <NewArea />
            <AddItems />
        </section>
        <ParDialog editing />
    }
}

/// The lines of an area in shelf order.
fn listed(settings: &SiteState, area: Option<&AreaId>) -> Vec<(GuideLineId, GuideLine)> {
    settings.shelf(area).into_iter().map(|(id, line)| (id.clone(), line.clone())).collect()
}

#[component]
fn AreaEditor(
    id: AreaId,
    area: Area,
    at: usize,
    count: usize,
    lines: Vec<(GuideLineId, GuideLine)>,
    editing: RwSignal<Option<GuideLineId>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let name = StoredValue::new(area.name.value.clone());
    let id = StoredValue::new(id);
    let rename = Callback::new(move |name: String| {
        tablet.say(vec![Command::NameArea { area: id.get_value(), name }])
    });
    let changed = move |event| {
        let typed = event_target_value(&event).trim().to_owned();
        if !typed.is_empty() && name.with_value(|name| *name != typed) {
            rename.run(typed);
        }
    };
    let move_to = move |to: usize| {
        let settings = tablet.workspace.settings_untracked();
        let sorted: Vec<_> = settings
            .walk()
            .into_iter()
            .map(|(id, area)| (id.clone(), area.place.clone()))
            .collect();
        let moves = Place::moves(&sorted, &id.get_value(), to);
        tablet.say(
            moves.into_iter().map(|(area, place)| Command::MoveArea { area, place }).collect(),
        );
    };
    let words =
        Callback::new(
            move |name: String| {
                if name.is_empty() { i18n.t(Text::Removed)().to_owned() } else { name }
            },
        );
    // The lines keep their area, so that setting the area's name again brings everything back.
    let remove = move |_| {
        let (area, before) = (id.get_value(), name.get_value());
        let notice = ShownNotice::new(Tone::Informative, Text::AreaRemoved).with("name", &before);
        let undo = Command::NameArea { area: area.clone(), name: before };
        say_with_undo(
            tablet,
            vec![Command::NameArea { area, name: String::new() }],
            notice,
            vec![undo],
        );
    };
    view! {
        <section class="card stack gap-3" data-testid="area" data-name=name.get_value()>
            <div class="area-head">
                <input type="text" maxlength="60" autocomplete="off" aria-label=i18n.t(Text::AreaName) prop:value=name.get_value()
                    on:change=changed />
                <Arrows at count named=name.get_value() on_move=Callback::new(move_to) />
                <button type="button" class="line-remove" data-testid="remove-area" on:click=remove
                    aria-label=move || i18n.fill(Text::RemoveNamed, &[("name", &name.get_value())])>
                    <span aria-hidden="true">"✕"</span>
                </button>
            </div>
            <Conflict of=area.name words on_choose=rename />
            <Lines lines editing />
        </section>
    }
}

/// The buttons that move something up and down.
#[component]
fn Arrows(at: usize, count: usize, named: String, on_move: Callback<usize>) -> impl IntoView {
    let i18n = use_i18n();
    let name = StoredValue::new(named);
    let arrow = move |sign: &'static str, text: Text, to: Option<usize>| {
        view! {
            <button type="button" class="arrow" disabled=to.is_none() data-testid=if sign == "↑" { "up" } else { "down" }
                aria-label=move || i18n.fill(text, &[("name", &name.get_value())])
                on:click=move |_| if let Some(to) = to { on_move.run(to) }>
                <span aria-hidden="true">{sign}</span>
            </button>
        }
    };
    view! {
        <span class="arrows">
            {arrow("↑", Text::MoveUp, at.checked_sub(1))}
            {arrow("↓", Text::MoveDown, (at + 1 < count).then_some(at + 1))}
        </span>
    }
}

#[component]
fn Lines(
    lines: Vec<(GuideLineId, GuideLine)>,
    editing: RwSignal<Option<GuideLineId>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let count = lines.len();
    let rows = lines
        .into_iter()
        .enumerate()
        .map(|(at, (id, line))| view! { <li><LineEditor id line at count editing /></li> });
    view! {
        <ul role="list" class="lines">{rows.collect_view()}</ul>
        {(count == 0).then(|| view! { <p class="muted">{i18n.t(Text::AreaEmpty)}</p> })}
    }
}

#[component]
fn LineEditor(
    id: GuideLineId,
    line: GuideLine,
    at: usize,
    count: usize,
    editing: RwSignal<Option<GuideLineId>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let name = item_name(tablet, &line.item);
    let pars = {
        let line = line.clone();
        move || pars_words(i18n, &line)
    };
    let contested = line.is_conflicted().then(|| view! { <LineConflicts line=id.clone() /> });
    let area = line.area.value.clone();
    let move_to = {
        let (id, area) = (id.clone(), area.clone());
        Callback::new(move |to: usize| {
            tablet.say(moves(&tablet.workspace.settings_untracked(), &id, area.as_ref(), to))
        })
    };
    let put_in = {
        let id = id.clone();
        move |event| {
            let chosen = event_target_value(&event).parse::<AreaId>().ok();
            let settings = tablet.workspace.settings_untracked();
            let end = settings.shelf(chosen.as_ref()).len();
            tablet.say(moves(&settings, &id, chosen.as_ref(), end));
        }
    };
    let settings = tablet.workspace.settings();
    let options = settings.walk().into_iter().map(|(other, area_of)| {
        let is_here = area.as_ref() == Some(other);
        view! { <option value=other.to_string() selected=is_here>{area_of.name.value.clone()}</option> }
    });
    let options = options.collect_view();
    let is_elsewhere =
        area.as_ref().is_none_or(|area| !settings.areas.get(area).is_some_and(Area::is_there));
    let open = id.clone();
    let remove_name = name.clone();
    let remove = {
        let (id, name) = (id.clone(), name.clone());
        move |_| {
            let notice =
                ShownNotice::new(Tone::Informative, Text::GuideLineRemoved).with("item", &name);
            let keep = |keep| vec![Command::KeepGuideLine { line: id.clone(), keep }];
            say_with_undo(tablet, keep(false), notice, keep(true));
        }
    };
    view! {
        <div class="line guide-editor-line" data-testid="editor-line" data-item=line.item.to_string()>
            <span class="line-what"><span class="line-name">{name.clone()}</span></span>
            <button type="button" class="guide-par" data-testid="edit-par" on:click=move |_| editing.set(Some(open.clone()))>
                <small class="muted">{i18n.t(Text::Par)}</small>
                <strong>{pars}</strong>
            </button>
            <select class="guide-area" aria-label=i18n.t(Text::AreaOf) on:change=put_in>
                <option value="" selected=is_elsewhere>{i18n.t(Text::GuideElsewhere)}</option>
                {options}
            </select>
            <Arrows at count named=name on_move=move_to />
            <button type="button" class="line-remove" data-testid="remove-line"
                on:click=remove
                aria-label=move || i18n.fill(Text::RemoveNamed, &[("name", &remove_name)])>
                <span aria-hidden="true">"✕"</span>
            </button>
            {contested}
        </div>
    }
}

/// The commands that move a line to a place in an area.
fn moves(
    settings: &SiteState,
    line: &GuideLineId,
    area: Option<&AreaId>,
    to: usize,
) -> Vec<Command> {
    let shelf = settings.shelf(area).into_iter().map(|(id, line)| (id.clone(), line.place.clone()));
    let moves = Place::moves(&shelf.collect::<Vec<_>>(), line, to);
    moves
        .into_iter()
        .map(|(line, place)| Command::MoveGuideLine { line, area: area.cloned(), place })
        .collect()
}

/// Carries out commands on the settings, and then shows `notice` with a button that undoes them.
pub fn say_with_undo(
    tablet: ThisTablet,
    commands: Vec<Command>,
    notice: ShownNotice,
    undo: Vec<Command>,
) {
    let document = DocumentId::of_site(&tablet.enrolment().granted.site);
    tablet.dispatch(document, commands, move || {
        tablet.notices.show(notice.action(Text::Undo, move || tablet.say(undo.clone())));
    });
}

/// The pars of a line: "240 pieces · Thu, Fri 360". If days differ, the par of most days comes
/// first.
fn pars_words(i18n: I18n, line: &GuideLine) -> String {
    let language = i18n.language();
    let number = |par: Decimal| {
        if par.is_zero() { i18n.t(Text::NoPar)().to_owned() } else { i18n::decimal(par, language) }
    };
    let mut words = Vec::new();
    for (at, (par, days)) in pars_of_week(line).into_iter().enumerate() {
        words.push(match at {
            0 if par.is_zero() => number(par),
            0 => i18n::quantity(&Quantity::new(par, line.unit), language),
            _ => {
                let days: Vec<_> =
                    days.into_iter().map(|day| i18n.t(short_weekday_text(day))()).collect();
                i18n.fill(Text::ParOnDays, &[("days", &days.join(", ")), ("par", &number(par))])
            }
        });
    }
    if words.is_empty() { "–".to_owned() } else { words.join(" · ") }
}

fn item_name(tablet: ThisTablet, item: &ItemId) -> String {
    let release = tablet.catalogue.release();
    release.map_or_else(|| item.to_string(), |release| description(&release.catalogue, item))
}

#[component]
fn NewArea() -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let (name, is_nameless) = (RwSignal::new(String::new()), RwSignal::new(false));
    let add = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = name.with_untracked(|name| name.trim().to_owned());
        is_nameless.set(typed.is_empty());
        if typed.is_empty() {
            return;
        }
        let settings = tablet.workspace.settings_untracked();
        let place = Place::between(settings.walk().last().map(|(_, area)| &area.place), None);
        match new_id() {
            Ok(area) => {
                tablet.say(vec![Command::AddArea { area, name: typed, place }]);
                name.set(String::new());
            }
            Err(error) => tablet.tell_failure(&error),
        }
    };
    view! {
        <form class="form-line" on:submit=add>
            <input type="text" maxlength="60" autocomplete="off" data-testid="area-name" aria-label=i18n.t(Text::AreaName)
                placeholder=i18n.t(Text::AreaNameHint) prop:value=name on:input=move |event| name.set(event_target_value(&event)) />
            <Button label=i18n.t(Text::AddArea) submits=true test_id="area-add" />
            <p class="field-error" role="alert" hidden=move || !is_nameless.get()>{i18n.t(Text::NameMissing)}</p>
        </form>
    }
}

/// A search in the catalogue. A tap puts a found item into the guide, at the end of the chosen
/// area.
#[component]
fn AddItems() -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let typed = RwSignal::new(String::new());
    let area = RwSignal::new(None::<AreaId>);
    let found = Memo::new(move |_| {
        let (release, settings) = (tablet.catalogue.release(), tablet.workspace.settings());
        let release = release.filter(|_| typed.with(|typed| !typed.trim().is_empty()));
        let items = release.iter().flat_map(|release| release.find(&typed.get(), FOUND));
        let is_listed =
            |item: &ItemId| settings.line_of(item).is_some_and(|(_, line)| line.is_listed());
        items
            .map(|item| {
                (item.id.clone(), item.description.clone(), item.base_unit, is_listed(&item.id))
            })
            .collect::<Vec<_>>()
    });
    let areas = move || {
        let settings = tablet.workspace.settings();
        let options = settings.walk().into_iter().map(|(id, of)| {
            view! { <option value=id.to_string() selected=area.get().as_ref() == Some(id)>{of.name.value.clone()}</option> }
        });
        options.collect_view()
    };
    let row = move |(item, description, unit, is_listed): (ItemId, String, Unit, bool)| {
        let add = {
            let item = item.clone();
            move |_| match add_item(tablet, &item, unit, area.get_untracked()) {
                Ok(commands) => tablet.say(commands),
                Err(error) => tablet.tell_failure(&error),
            }
        };
        view! {
            <li>
                <button type="button" class="result" data-testid="guide-found" data-item=item.to_string() disabled=is_listed on:click=add>
                    <span class="result-what">
                        <span class="result-name">{description}</span>
                        <span class="result-meta muted">{item.to_string()}</span>
                    </span>
                    <span class="result-offer">
                        {move || if is_listed { i18n.t(Text::InGuide)() } else { i18n.t(Text::AddToGuide)() }}
                    </span>
                </button>
            </li>
        }
    };
    view! {
        <section class="card stack gap-3">
            <h3 class="card-title">{i18n.t(Text::AddToGuideTitle)}</h3>
            <div class="form-line">
                <input type="search" autocomplete="off" data-testid="guide-search" aria-label=i18n.t(Text::SearchLabel)
                    placeholder=i18n.t(Text::SearchPlaceholder) prop:value=typed on:input=move |event| typed.set(event_target_value(&event)) />
                <select aria-label=i18n.t(Text::AreaOf) data-testid="guide-search-area"
                    on:change=move |event| area.set(event_target_value(&event).parse().ok())>
                    <option value="">{i18n.t(Text::GuideElsewhere)}</option>
                    {areas}
                </select>
            </div>
            <ul role="list" class="results" hidden=move || found.with(Vec::is_empty)>
                {move || found.get().into_iter().map(row).collect_view()}
            </ul>
        </section>
    }
}

/// The commands that put an item at the end of an area. An item that was in the guide before takes
/// its old line.
fn add_item(
    tablet: ThisTablet,
    item: &ItemId,
    unit: Unit,
    area: Option<AreaId>,
) -> Result<Vec<Command>, crate::tablet::state::dispatch_error::DispatchError> {
    let settings = tablet.workspace.settings_untracked();
    let place =
        Place::between(settings.shelf(area.as_ref()).last().map(|(_, line)| &line.place), None);
    Ok(match settings.line_of(item) {
        Some((line, _)) => vec![
            Command::KeepGuideLine { line: line.clone(), keep: true },
            Command::MoveGuideLine { line: line.clone(), area, place },
        ],
        None => {
            vec![Command::AddGuideLine { line: new_id()?, item: item.clone(), unit, area, place }]
        }
    })
}

/// The dialog for the pars of a line, day by day.
#[component]
fn ParDialog(editing: RwSignal<Option<GuideLineId>>) -> impl IntoView {
    let i18n = use_i18n();
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(editing.get().is_some()));
    Effect::new(move |was_open: Option<bool>| {
        let is_open = open.get();
        if was_open == Some(true) && !is_open {
            editing.set(None);
        }
        is_open
    });
    let tablet = use_tablet();
    let name = Signal::derive(move || {
        let settings = tablet.workspace.settings();
        let line =
            editing.with(|line| line.as_ref().and_then(|line| settings.lines.get(line).cloned()));
        let par = i18n.t(Text::Par)();
        line.map_or_else(
            || par.to_owned(),
            |line| format!("{par}: {}", item_name(tablet, &line.item)),
        )
    });
    view! {
        <Dialog open label=name close_label=Signal::derive(move || i18n.t(Text::Close)().to_owned())>
            {move || editing.get().map(|line| view! { <ParSheet line editing /> })}
        </Dialog>
    }
}

#[component]
fn ParSheet(line: GuideLineId, editing: RwSignal<Option<GuideLineId>>) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let settings = tablet.workspace.settings_untracked();
    let Some(of) = settings.lines.get(&line).cloned() else { return ().into_any() };
    let known =
        IsoWeekday::ALL.map(|weekday| of.pars.get(&weekday).map_or(Decimal::ZERO, |par| par.value));
    let entries =
        known.map(|par| RwSignal::new(Entry::new(Some(par).filter(|par| !par.is_zero()))));
    let unit = of.unit;
    let is_refused = RwSignal::new(false);
    // The par about which the sheet asked the person.
    let asked = RwSignal::new(None::<Decimal>);
    let question = move || {
        let (par, far) = far_par(&known, asked.get().iter(), unit)?;
        Some(saved_far_words(i18n, Quantity::new(par, unit), far, Text::ParFar))
    };
    let name = item_name(tablet, &of.item);
    let said_of = name.clone();
    let save = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let language = untrack(|| i18n.language());
        // An empty field means no par. If a field cannot be read, nothing is saved until the person
        // corrects it.
        let read = |entry: RwSignal<Entry>| match entry.with_untracked(|entry| entry.read(language))
        {
            Read::Nothing => Some(Decimal::ZERO),
            Read::Number(par) => Some(par),
            Read::Question(_) | Read::Unreadable(_) => None,
        };
        let pars = entries.map(read);
        is_refused.set(pars.contains(&None));
        if pars.contains(&None) {
            return;
        }
        if let Some(far) = far_par(&known, pars.iter().flatten(), unit)
            && asked.get_untracked() != Some(far.0)
        {
            return asked.set(Some(far.0));
        }
        // Days with the same par go into one intent.
        let mut by_par: BTreeMap<Decimal, BTreeSet<IsoWeekday>> = BTreeMap::new();
        let mut before: BTreeMap<Decimal, BTreeSet<IsoWeekday>> = BTreeMap::new();
        for ((weekday, known), par) in
            IsoWeekday::ALL.into_iter().zip(known).zip(pars.into_iter().flatten())
        {
            if par != known {
                by_par.entry(par).or_default().insert(weekday);
                before.entry(known).or_default().insert(weekday);
            }
        }
        let set = |pars: BTreeMap<Decimal, BTreeSet<IsoWeekday>>| -> Vec<Command> {
            let set =
                |(quantity, weekdays)| Command::SetPar { line: line.clone(), weekdays, quantity };
            pars.into_iter().map(set).collect()
        };
        let commands = set(by_par);
        if !commands.is_empty() {
            let notice =
                ShownNotice::new(Tone::Informative, Text::ParsChanged).with("item", &said_of);
            say_with_undo(tablet, commands, notice, set(before));
        }
        editing.set(None);
    };
    let same_everywhere = move |()| {
        let first = entries[0].get_untracked();
        entries.iter().for_each(|day| day.set(first.clone()));
    };
    let day = move |(weekday, entry): (IsoWeekday, RwSignal<Entry>)| {
        let id = format!("par-{}", weekday.number());
        let label = Signal::derive(move || i18n.t(weekday_text(weekday))().to_owned());
        view! {
            <div class="par-day">
                <label for=id.clone()>{label}</label>
                <QuantityInput id=id.clone() test_id=id entry label unit=Some(unit) placeholder="–" takes_focus={weekday.number() == 1} />
            </div>
        }
    };
    view! {
        <form class="par-sheet stack" data-testid="par-sheet" on:submit=save>
            <header>
                <h2>{name}</h2>
                <p class="muted">
                    {move || i18n.fill(Text::ParIn, &[("unit", &i18n::counted_unit_name(unit, Decimal::TEN, i18n.language()))])}
                </p>
            </header>
            <div class="par-days">{IsoWeekday::ALL.into_iter().zip(entries).map(day).collect_view()}</div>
            <Button label=i18n.t(Text::ParEveryDay) size=ButtonSize::Wide on_press=same_everywhere test_id="par-every-day" />
            <p class="callout" data-tone="caution" role="alert" data-testid="par-refused" hidden=move || !is_refused.get()>{i18n.t(Text::ParsNotSaved)}</p>
            <p class="callout" data-tone="caution" role="status" data-testid="par-far" hidden=move || question().is_none()>{question}</p>
            <Button label=i18n.t(Text::SavePar) kind=ButtonKind::Primary size=ButtonSize::LargeAndWide submits=true test_id="par-save" />
        </form>
    }
    .into_any()
}
