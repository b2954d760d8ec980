//! The order guide: along the shelves, count what is there, and order what is missing.

use std::collections::BTreeSet;

use calloff_core::calendar::IsoWeekday;
use calloff_core::ids::GuideLineId;
use calloff_core::quantity::Quantity;
use calloff_core::register::Register;
use calloff_core::site;
use leptos::prelude::*;
use rust_decimal::Decimal;

use super::conflicts::Conflict;
use super::guide_order::OrderMissing;
use super::home::CatalogueStatus;
use super::item_sheet::no_source_text;
use super::model::guide::{Reading, Row, Shelf, shelves, suggestions};
use crate::components::count_entry::CountEntry;
use crate::components::number_pad::{NumberPad, PadLabels};
use crate::components::{DateText, Dialog, EmptyView, PriceText};
use crate::i18n::{self, Text, use_i18n};
use crate::routes::Page;
use crate::state::notices::{Notice, Tone};
use crate::state::tablet::{Tablet, use_tablet};

#[component]
pub fn Guide() -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let shown = Memo::new(move |_| read(tablet));
    let wanted = Memo::new(move |_| shown.with(|shown| shown.as_deref().map(suggestions).unwrap_or_default()));
    let counting = RwSignal::new(None::<GuideLineId>);
    let content = move || match shown.with(|shown| shown.as_ref().map(Vec::len)) {
        None => view! { <CatalogueStatus /> }.into_any(),
        Some(0) => view! {
            <EmptyView message=Signal::derive(move || i18n.t(Text::GuideEmpty)().to_owned())>
                <a class="button button-primary" href=Page::Site.path()>{i18n.t(Text::GuideBegin)}</a>
            </EmptyView>
        }
        .into_any(),
        Some(_) => view! { <Shelves shown counting /> }.into_any(),
    };
    view! {
        <div class="page-head">
            <h1>{i18n.t(Text::NavGuide)}</h1>
            <div class="page-actions">
                <a class="button" data-testid="edit-guide" href=Page::Site.path()>{i18n.t(Text::GuideEdit)}</a>
            </div>
        </div>
        <div class="stack gap-5">
            {content}
            <OrderMissing wanted />
        </div>
        <CountDialog shown counting />
    }
}

/// The guide as it is now; `None` before there is a catalogue.
fn read(tablet: Tablet) -> Option<Vec<Shelf>> {
    let release = tablet.catalogue.release()?;
    let site = tablet.enrolment().granted.site.clone();
    let (resolved, remaining) = (tablet.resolved_for(&release), tablet.remaining(&release));
    let counts = tablet.counts.on(resolved.order_date);
    let reading = Reading { catalogue: &release.catalogue, site: &site, resolved, remaining: &remaining };
    Some(shelves(&tablet.workspace.settings(), &counts, reading))
}

#[component]
fn Shelves(shown: Memo<Option<Vec<Shelf>>>, counting: RwSignal<Option<GuideLineId>>) -> impl IntoView {
    let i18n = use_i18n();
    let shelf = move |shelf: Shelf| {
        let name = shelf.area.map(|(_, name)| name);
        view! {
            <section class="card stack gap-0" data-testid="shelf">
                <h2 class="card-title">{move || name.clone().unwrap_or_else(|| i18n.t(Text::GuideElsewhere)().to_owned())}</h2>
                <ul role="list" class="lines">
                    {shelf.lines.into_iter().map(|row| view! { <li><GuideRow row counting /></li> }).collect_view()}
                </ul>
            </section>
        }
    };
    move || shown.get().unwrap_or_default().into_iter().map(shelf).collect_view()
}

#[component]
fn GuideRow(row: Row, counting: RwSignal<Option<GuideLineId>>) -> impl IntoView {
    let i18n = use_i18n();
    let line = row.line.clone();
    let (par, on_hand, unit) = (row.par, row.on_hand, row.unit);
    let in_unit = move |value: Decimal| i18n::quantity(&Quantity::new(value, unit), i18n.language());
    let par_words = move || match par {
        Some(par) => i18n.fill(Text::ParToday, &[("par", &in_unit(par))]),
        None => i18n.t(Text::NoParToday)().to_owned(),
    };
    let count_words = move || on_hand.map_or_else(|| i18n.t(Text::Count)().to_owned(), in_unit);
    let of_what = row.description.clone();
    let item = row.item.to_string();
    let contested = row.is_contested.then(|| view! { <LineConflicts line=row.line.clone() /> });
    view! {
        <div class="line guide-line" data-testid="guide-line" data-item=item data-state=if row.ask.is_some() { "short" } else { "" }>
            <span class="line-what">
                <span class="line-name">{row.description.clone()}</span>
                <span class="muted" data-testid="par">{par_words}</span>
            </span>
            <button type="button" class="line-quantity guide-count" data-testid="count"
                on:click=move |_| counting.set(Some(line.clone()))>
                <small class="muted">{i18n.t(Text::OnHand)}</small>
                <strong>{count_words}</strong>
                <span class="visually-hidden">", "{of_what}</span>
            </button>
            <span class="guide-offer"><Suggested row=row.clone() /></span>
            {contested}
        </div>
    }
}

/// What to order of a line, and what it costs, from whom, and when it comes.
#[component]
fn Suggested(row: Row) -> impl IntoView {
    let i18n = use_i18n();
    let is_enough = row.is_enough();
    let is_short = row.ask.is_some();
    match row.offer {
        Ok(offer) => {
            let quantity = offer.quantity;
            let order = move || {
                let quantity = i18n::quantity(&quantity, i18n.language());
                i18n.fill(Text::OrderSuggested, &[("quantity", &quantity)])
            };
            view! {
                {is_short.then(|| view! { <strong class="guide-order" data-testid="suggestion">{order}</strong> })}
                {is_enough.then(|| view! { <span class="guide-enough">"✓ "{i18n.t(Text::Enough)}</span> })}
                <span><PriceText amount=offer.unit_price currency=offer.currency buys=offer.buys /></span>
                <span class="muted">{offer.supplier_name}" · "<DateText date=offer.delivery_date /></span>
            }
            .into_any()
        }
        Err(why) => view! { <span class="guide-none">{move || i18n.t(no_source_text(why))()}</span> }.into_any(),
    }
}

/// What two tablets wrote differently of a line, in place.
#[component]
pub fn LineConflicts(line: GuideLineId) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let settings = tablet.workspace.settings();
    let Some(of) = settings.lines.get(&line).cloned() else { return ().into_any() };
    let number = Callback::new(move |value: Decimal| i18n::decimal(value, i18n.language()));
    // Days on which the same values stand against each other are settled together.
    let mut by_values: Vec<(BTreeSet<IsoWeekday>, Register<Decimal>)> = Vec::new();
    for (weekday, par) in of.pars.into_iter().filter(|(_, par)| par.is_conflicted()) {
        match by_values.iter_mut().find(|(_, other)| other.conflicts == par.conflicts) {
            Some((weekdays, _)) => drop(weekdays.insert(weekday)),
            None => by_values.push(([weekday].into(), par)),
        }
    }
    let pars = by_values.into_iter().map(|(weekdays, par)| {
        let settle = {
            let (line, weekdays) = (line.clone(), weekdays.clone());
            Callback::new(move |quantity| {
                let (line, weekdays) = (line.clone(), weekdays.clone());
                tablet.say(vec![site::Command::SetPar { line, weekdays, quantity }]);
            })
        };
        let about = Signal::derive(move || {
            let days: Vec<_> = weekdays.iter().map(|weekday| i18n.t(weekday_text(*weekday))()).collect();
            format!("{} {}", i18n.t(Text::Par)(), if days.len() == 7 { String::new() } else { days.join(", ") })
        });
        let key = |value: &Decimal| value.normalize().to_string();
        view! { <Conflict of=par about words=number key on_choose=settle /> }
    });
    let pars = pars.collect_view();
    let kept =
        Callback::new(move |keep: bool| i18n.t(if keep { Text::KeepLine } else { Text::TakeOutLine })().to_owned());
    let keep = {
        let line = line.clone();
        Callback::new(move |keep| tablet.say(vec![site::Command::KeepGuideLine { line: line.clone(), keep }]))
    };
    let names: std::collections::BTreeMap<_, _> =
        settings.areas.iter().map(|(id, area)| (id.clone(), area.name.value.clone())).collect();
    let area_words = Callback::new(move |area: Option<calloff_core::ids::AreaId>| {
        let name = area.and_then(|area| names.get(&area).cloned()).filter(|name| !name.is_empty());
        name.unwrap_or_else(|| i18n.t(Text::GuideElsewhere)().to_owned())
    });
    let place = of.place.clone();
    let set_area = Callback::new(move |area| {
        tablet.say(vec![site::Command::MoveGuideLine { line: line.clone(), area, place: place.clone() }]);
    });
    view! {
        {pars}
        <Conflict of=of.is_kept words=kept on_choose=keep />
        <Conflict of=of.area words=area_words on_choose=set_area />
    }
    .into_any()
}

/// The name of a day of the week.
#[must_use]
pub fn weekday_text(weekday: IsoWeekday) -> Text {
    match weekday.number() {
        1 => Text::Monday,
        2 => Text::Tuesday,
        3 => Text::Wednesday,
        4 => Text::Thursday,
        5 => Text::Friday,
        6 => Text::Saturday,
        _ => Text::Sunday,
    }
}

/// Counts one line after the other.
#[component]
fn CountDialog(shown: Memo<Option<Vec<Shelf>>>, counting: RwSignal<Option<GuideLineId>>) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let open = RwSignal::new(false);
    let entry = RwSignal::new(CountEntry::new(Decimal::ZERO));
    let row_of = move |line: &GuideLineId| {
        shown.with(|shown| shown.iter().flatten().flat_map(|shelf| &shelf.lines).find(|row| row.line == *line).cloned())
    };
    Effect::new(move |_| {
        let line = counting.get();
        if let Some(row) = line.as_ref().and_then(|line| untrack(|| row_of(line))) {
            entry.set(CountEntry::new(row.on_hand.unwrap_or_default()));
        }
        open.set(line.is_some());
    });
    Effect::new(move |was_open: Option<bool>| {
        let is_open = open.get();
        if was_open == Some(true) && !is_open {
            counting.set(None);
        }
        is_open
    });
    let next_of = move |line: &GuideLineId| {
        shown.with_untracked(|shown| {
            let mut rows = shown.iter().flatten().flat_map(|shelf| &shelf.lines).skip_while(|row| row.line != *line);
            rows.nth(1).map(|row| row.line.clone())
        })
    };
    let save = move |goes_on: bool| {
        let (Some(line), Some(release)) = (counting.get_untracked(), tablet.catalogue.release_untracked()) else {
            return;
        };
        let today = untrack(|| tablet.resolved_for(&release)).order_date;
        let next = if goes_on { next_of(&line) } else { None };
        let on_hand = entry.with_untracked(CountEntry::value);
        tablet.counts.count(today, line, Some(on_hand), move |error| {
            tablet.notices.show(Notice::new(Tone::Negative, Text::NotSaved).with("reason", error));
        });
        counting.set(next);
    };
    let labels = Signal::derive(move || PadLabels {
        quantity: i18n.t(Text::OnHand)(),
        less: i18n.t(Text::Less)(),
        more: i18n.t(Text::More)(),
        backspace: i18n.t(Text::Backspace)(),
    });
    let words = move |text: Text| Signal::derive(move || i18n.t(text)().to_owned());
    let sheet = move || {
        let line = counting.get()?;
        let row = untrack(|| row_of(&line))?;
        let has_next = next_of(&line).is_some();
        let (par, unit) = (row.par, row.unit);
        let par_words = move || match par {
            Some(par) => {
                let par = i18n::quantity(&Quantity::new(par, unit), i18n.language());
                i18n.fill(Text::ParToday, &[("par", &par)])
            }
            None => i18n.t(Text::NoParToday)().to_owned(),
        };
        Some(view! {
            <form class="count-sheet stack" data-testid="count-sheet" on:submit=move |event: web_sys::SubmitEvent| {
                event.prevent_default();
                save(has_next);
            }>
                <header>
                    <h2>{row.description}</h2>
                    <p class="muted">
                        {move || i18n.fill(Text::CountIn, &[("unit", &i18n::counted_unit_name(unit, Decimal::TEN, i18n.language()))])}
                        " · "{par_words}
                    </p>
                </header>
                <NumberPad entry labels />
                <button type="submit" class="button button-primary button-large button-wide" data-testid="count-save">
                    {move || if has_next { i18n.t(Text::SaveAndNext)() } else { i18n.t(Text::SaveCount)() }}
                </button>
                {has_next.then(|| view! {
                    <button type="button" class="button button-wide" data-testid="count-done" on:click=move |_| save(false)>
                        {i18n.t(Text::SaveCount)}
                    </button>
                })}
            </form>
        })
    };
    view! { <Dialog open label=words(Text::OnHand) close_label=words(Text::Close)>{sheet}</Dialog> }
}
