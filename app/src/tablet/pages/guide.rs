//! The order guide: people walk along the shelves, count, and order what is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use calloff_core::calendar::IsoWeekday;
use calloff_core::ids::GuideLineId;
use calloff_core::numeral::Read;
use calloff_core::quantity::Quantity;
use calloff_core::register::Register;
use calloff_core::resolve::NoSource;
use calloff_core::site;
use leptos::prelude::*;
use rust_decimal::Decimal;

use super::conflicts::Conflict;
use super::guide_order::OrderMissing;
use super::home::CatalogueStatus;
use super::item_sheet::{PackText, no_source_text};
use crate::components::notices::{ShownNotice, Tone};
use crate::components::{
    Button, ButtonKind, ButtonSize, DateText, Dialog, EmptyView, Entry, Key, PriceText,
    QuantityInput, Steps, written_date,
};
use crate::i18n::{self, I18n, Text, use_i18n};
use crate::platform::clock::Style;
use crate::platform::kv_store::KvError;
use crate::tablet::model::guide::{Reading, Row, Shelf, on_order, progress, shelves, suggestions};
use crate::tablet::model::offer::Offer;
use crate::tablet::model::sheet::{FarBeyond, a_lot, far_beyond};
use crate::tablet::routes::Page;
use crate::tablet::state::tablet::{ThisTablet, use_tablet};

#[component]
pub fn Guide() -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let shown = Memo::new(move |_| read(tablet));
    let wanted = Memo::new(move |_| {
        shown.with(|shown| shown.as_deref().map(suggestions).unwrap_or_default())
    });
    let on_put = Callback::new(move |()| {
        tablet.counts.put_on_order(move |error| not_saved(tablet, &error));
    });
    let counting = RwSignal::new(None::<GuideLineId>);
    let content = move || {
        match shown.with(|shown| shown.as_ref().map(Vec::len)) {
        None => view! { <CatalogueStatus /> }.into_any(),
        Some(0) => view! {
            <EmptyView message=Signal::derive(move || i18n.t(Text::GuideEmpty)().to_owned())>
                <a class="button button-primary" href=Page::Site.path()>{i18n.t(Text::GuideBegin)}</a>
            </EmptyView>
        }
        .into_any(),
        Some(_) => view! { <Shelves shown counting /> }.into_any(),
    }
    };
    view! {
        <div class="page-head">
            <div>
                <h1>{i18n.t(Text::NavGuide)}</h1>
                <CountProgress shown />
            </div>
            <div class="page-actions">
                <a class="button" data-testid="edit-guide" href=Page::Site.path()>{i18n.t(Text::GuideEdit)}</a>
            </div>
        </div>
        <div class="stack gap-5 guide">
            {content}
            <OrderMissing wanted on_put />
        </div>
        <CountDialog shown counting />
    }
}

/// The guide as it is now. `None` before there is a catalogue.
fn read(tablet: ThisTablet) -> Option<Vec<Shelf>> {
    let release = tablet.catalogue.release()?;
    let site = tablet.enrolment().granted.site.clone();
    let (resolved, remaining) = (tablet.resolved_for(&release), tablet.remaining(&release));
    let day = resolved.order_date;
    let (counts, wanted) = (tablet.counts.on(day), tablet.counts.wanted(day));
    let reading =
        Reading { catalogue: &release.catalogue, site: &site, resolved, remaining: &remaining };
    let orders = tablet.workspace.orders();
    let on_order = on_order(orders.values().map(|order| &*order.state), reading);
    Some(shelves(&tablet.workspace.settings(), &counts, &wanted, &on_order, reading))
}

/// "3 of 24 counted".
#[component]
fn CountProgress(shown: Memo<Option<Vec<Shelf>>>) -> impl IntoView {
    let i18n = use_i18n();
    let words = move || {
        let (counted, all) =
            shown.with(|shown| shown.as_deref().map(progress)).filter(|(_, all)| *all > 0)?;
        let (counted, all) = (counted.to_string(), all.to_string());
        Some(i18n.fill(Text::CountProgress, &[("counted", &counted), ("all", &all)]))
    };
    view! { <p class="muted" data-testid="count-progress">{words}</p> }
}

/// The areas with their lines. A line is drawn once and then updated, so that its buttons stay
/// under the finger and keep the focus.
#[component]
fn Shelves(
    shown: Memo<Option<Vec<Shelf>>>,
    counting: RwSignal<Option<GuideLineId>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let rows = Memo::new(move |_| -> Arc<BTreeMap<GuideLineId, Row>> {
        let shelves = shown.get().unwrap_or_default();
        let rows = shelves.into_iter().flat_map(|shelf| shelf.lines);
        Arc::new(rows.map(|row| (row.line.clone(), row)).collect())
    });
    let places = Memo::new(move |_| {
        let ids = |shelf: &Shelf| shelf.lines.iter().map(|row| row.line.clone()).collect();
        let place = |shelf: &Shelf| (shelf.area.as_ref().map(|(_, name)| name.clone()), ids(shelf));
        shown.with(|shown| shown.iter().flatten().map(place).collect::<Vec<(_, Vec<_>)>>())
    });
    let line = move |line: GuideLineId| {
        let row = Memo::new(move |_| rows.with(|rows| rows.get(&line).cloned()));
        view! { <li>{move || row.with(Option::is_some).then(|| view! { <GuideRow row counting /> })}</li> }
    };
    let shelf = move |(name, lines): (Option<String>, Vec<GuideLineId>)| {
        view! {
            <section class="card stack gap-0" data-testid="shelf">
                <h2 class="card-title">{move || name.clone().unwrap_or_else(|| i18n.t(Text::GuideElsewhere)().to_owned())}</h2>
                <ul role="list" class="lines">{lines.into_iter().map(line).collect_view()}</ul>
            </section>
        }
    };
    move || places.get().into_iter().map(shelf).collect_view()
}

/// A line of the guide. Draws nothing for a line that no longer exists.
#[component]
fn GuideRow(row: Memo<Option<Row>>, counting: RwSignal<Option<GuideLineId>>) -> impl IntoView {
    let i18n = use_i18n();
    let Some(first) = row.get_untracked() else { return ().into_any() };
    let Row { line, item, unit, description, .. } = first;
    let in_unit =
        move |value: Decimal| i18n::quantity(&Quantity::new(value, unit), i18n.language());
    let is_short = move || row.with(|row| row.as_ref().is_some_and(|row| row.ask.is_some()));
    let count_words = move || {
        let on_hand = row.with(|row| row.as_ref()?.on_hand);
        on_hand.map_or_else(|| i18n.t(Text::Count)().to_owned(), in_unit)
    };
    let contested = {
        let line = line.clone();
        let is_contested =
            Memo::new(move |_| row.with(|row| row.as_ref().is_some_and(|row| row.is_contested)));
        move || {
            let line = line.clone();
            is_contested.get().then(|| view! { <LineConflicts line /> })
        }
    };
    let of_what = description.clone();
    view! {
        <div class="line guide-line" data-testid="guide-line" data-item=item.to_string() data-state=move || if is_short() { "short" } else { "" }>
            <span class="line-what">
                <span class="line-name">{description.clone()}</span>
                {move || row.get().map(|row| view! { <Known row /> })}
            </span>
            <button type="button" class="line-quantity guide-count" data-testid="count"
                on:click=move |_| counting.set(Some(line.clone()))>
                <small class="muted">{i18n.t(Text::OnHand)}</small>
                <strong>{count_words}</strong>
                <span class="visually-hidden">", "{of_what}</span>
            </button>
            <span class="guide-offer">
                <Stepper row description />
                {move || row.get().map(|row| offer_of(row.offer))}
            </span>
            {contested}
        </div>
    }
    .into_any()
}

/// The facts about a line beside its count: the par, the last count, and the quantities on order.
#[component]
fn Known(row: Row) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let Row { line, par, on_hand, unit, is_par_contested, on_order, .. } = row;
    let in_unit =
        move |value: Decimal| i18n::quantity(&Quantity::new(value, unit), i18n.language());
    let par_words = move || match par {
        Some(par) => i18n.fill(Text::ParToday, &[("par", &in_unit(par))]),
        None if is_par_contested => i18n.t(Text::ParContested)().to_owned(),
        None => i18n.t(Text::NoParToday)().to_owned(),
    };
    let last = move || {
        let release = tablet.catalogue.release()?;
        tablet.counts.last(&line, tablet.resolved_for(&release).order_date)
    };
    let last_words = move || {
        let last = last().filter(|_| on_hand.is_none())?;
        let day = written_date(i18n, last.on, Style::Weekday);
        Some(i18n.fill(Text::LastCount, &[("quantity", &in_unit(last.on_hand)), ("day", &day)]))
    };
    let on_order = on_order.into_iter().map(|one| {
        let words = move || {
            let quantity = i18n::quantity(&one.quantity, i18n.language());
            match one.delivery {
                Some(day) => {
                    let day = written_date(i18n, day, Style::Weekday);
                    i18n.fill(Text::OnOrderDue, &[("quantity", &quantity), ("day", &day)])
                }
                None => i18n.fill(Text::OnADraft, &[("quantity", &quantity)]),
            }
        };
        view! { <span class="guide-coming" data-testid="on-order">{words}</span> }
    });
    view! {
        <span class="muted" data-testid="par">{par_words}</span>
        <span class="muted" data-testid="last-count">{last_words}</span>
        {on_order.collect_view()}
    }
}

/// The price of a line, the supplier and the day. Without an offer, the reason.
fn offer_of(offer: Result<Offer, NoSource>) -> AnyView {
    let i18n = use_i18n();
    match offer {
        Ok(offer) => view! {
            <span><PriceText amount=offer.unit_price currency=offer.currency buys=offer.buys /></span>
            <PackText unit=offer.package.unit content=offer.package.content />
            <span class="muted">{offer.supplier_name}" · "<DateText date=offer.delivery_date /></span>
        }
        .into_any(),
        Err(why) => {
            view! { <span class="guide-none">{move || i18n.t(no_source_text(why))()}</span> }
                .into_any()
        }
    }
}

/// The quantity of a line to order, between − and +. Draws nothing if the item cannot be ordered.
#[component]
fn Stepper(row: Memo<Option<Row>>, description: String) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let stepping = move || row.with(|row| row.as_ref()?.stepping);
    let after = move |key: Key| stepping().and_then(|stepping| stepping.after(key));
    let words = move || {
        let row = row.get()?;
        let Ok(offer) = &row.offer else { return None };
        let packs = row.stepping.map_or(Decimal::ZERO, |stepping| stepping.packs);
        let quantity = match row.ask {
            Some(_) => offer.quantity,
            None => Quantity::new(packs, offer.quantity.unit),
        };
        let quantity = i18n::quantity(&quantity, i18n.language());
        Some(match (&row.ask, row.is_chosen) {
            (Some(_), is_chosen) => {
                let words = if is_chosen {
                    quantity
                } else {
                    i18n.fill(Text::OrderSuggested, &[("quantity", &quantity)])
                };
                view! { <strong class="guide-order" data-testid="suggestion">{words}</strong> }
                    .into_any()
            }
            (None, true) => {
                view! { <span data-testid="not-this-time">{i18n.t(Text::NotThisTime)}</span> }
                    .into_any()
            }
            (None, false) if row.is_enough() => {
                view! { <span class="guide-enough">"✓ "{i18n.t(Text::Enough)}</span> }.into_any()
            }
            (None, false) => view! { <span class="muted">{quantity}</span> }.into_any(),
        })
    };
    let step = move |key: Key, sign: &'static str, name: Text, test_id: &'static str| {
        let press = move |_| {
            let wanted = untrack(|| after(key))
                .zip(row.with_untracked(|row| row.as_ref().map(|row| row.line.clone())));
            let (Some((wanted, line)), Some(release)) =
                (wanted, tablet.catalogue.release_untracked())
            else {
                return;
            };
            let today = untrack(|| tablet.resolved_for(&release)).order_date;
            tablet.counts.want(today, line, wanted, move |error| not_saved(tablet, &error));
        };
        let description = description.clone();
        let label = move || format!("{}: {description}", i18n.t(name)());
        view! {
            <button type="button" class="pad-key pad-key-muted" data-testid=test_id aria-label=label
                aria-disabled=move || after(key).is_none().then_some("true")
                hidden=move || stepping().is_none() on:click=press>
                <span aria-hidden="true">{sign}</span>
            </button>
        }
    };
    view! {
        <span class="guide-steps">
            {step(Key::Less, "−", Text::Less, "guide-less")}
            <span role="status">{words}</span>
            {step(Key::More, "+", Text::More, "guide-more")}
        </span>
    }
}

fn not_saved(tablet: ThisTablet, error: &KvError) {
    let notice = ShownNotice::new(Tone::Negative, Text::NotSaved);
    tablet.notices.show(notice.with_sentence("reason", error));
}

/// The question before a count or a par is saved that exceeds the usual by far. `text` names the
/// usual quantity.
#[must_use]
pub fn saved_far_words(i18n: I18n, quantity: Quantity, far: FarBeyond, text: Text) -> String {
    let in_unit =
        |value: Decimal| i18n::quantity(&Quantity::new(value, quantity.unit), i18n.language());
    let (text, usual) = match far {
        FarBeyond::Most(usual) | FarBeyond::Par(usual) => (text, in_unit(usual)),
        FarBeyond::Never => (Text::SavedFarNever, String::new()),
    };
    i18n.fill(text, &[("quantity", &in_unit(quantity.value)), ("par", &usual)])
}

/// The values of a line that two tablets wrote differently, in place.
#[component]
pub fn LineConflicts(line: GuideLineId) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let settings = tablet.workspace.settings();
    let Some(of) = settings.lines.get(&line).cloned() else { return ().into_any() };
    let unit = of.unit;
    let number = Callback::new(move |value: Decimal| {
        if value.is_zero() {
            i18n.t(Text::NoPar)().to_owned()
        } else {
            i18n::quantity(&Quantity::new(value, unit), i18n.language())
        }
    });
    // Days with the same conflicting values are settled together.
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
            let days: Vec<_> =
                weekdays.iter().map(|weekday| i18n.t(weekday_text(*weekday))()).collect();
            format!(
                "{} {}",
                i18n.t(Text::Par)(),
                if days.len() == 7 { String::new() } else { days.join(", ") }
            )
        });
        let key = |value: &Decimal| value.normalize().to_string();
        view! { <Conflict of=par about words=number key on_choose=settle /> }
    });
    let pars = pars.collect_view();
    let kept = Callback::new(move |keep: bool| {
        i18n.t(if keep { Text::KeepLine } else { Text::TakeOutLine })().to_owned()
    });
    let keep = {
        let line = line.clone();
        Callback::new(move |keep| {
            tablet.say(vec![site::Command::KeepGuideLine { line: line.clone(), keep }])
        })
    };
    let names: BTreeMap<_, _> =
        settings.areas.iter().map(|(id, area)| (id.clone(), area.name.value.clone())).collect();
    let area_words = Callback::new(move |area: Option<calloff_core::ids::AreaId>| {
        let name = area.and_then(|area| names.get(&area).cloned()).filter(|name| !name.is_empty());
        name.unwrap_or_else(|| i18n.t(Text::GuideElsewhere)().to_owned())
    });
    let place = of.place.clone();
    let set_area = Callback::new(move |area| {
        tablet.say(vec![site::Command::MoveGuideLine {
            line: line.clone(),
            area,
            place: place.clone(),
        }]);
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

/// The short name of a day of the week: "Thu".
#[must_use]
pub fn short_weekday_text(weekday: IsoWeekday) -> Text {
    match weekday.number() {
        1 => Text::MondayShort,
        2 => Text::TuesdayShort,
        3 => Text::WednesdayShort,
        4 => Text::ThursdayShort,
        5 => Text::FridayShort,
        6 => Text::SaturdayShort,
        _ => Text::SundayShort,
    }
}

/// The dialog that counts one line after the other.
#[component]
fn CountDialog(
    shown: Memo<Option<Vec<Shelf>>>,
    counting: RwSignal<Option<GuideLineId>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(counting.with(Option::is_some)));
    Effect::new(move |was_open: Option<bool>| {
        let is_open = open.get();
        if was_open == Some(true) && !is_open {
            counting.set(None);
        }
        is_open
    });
    let row_of = move |line: &GuideLineId| {
        shown.with(|shown| {
            shown
                .iter()
                .flatten()
                .flat_map(|shelf| &shelf.lines)
                .find(|row| row.line == *line)
                .cloned()
        })
    };
    let name = Signal::derive(move || {
        let row = counting.with(|line| line.as_ref().and_then(row_of));
        row.map_or_else(|| i18n.t(Text::OnHand)().to_owned(), |row| row.description)
    });
    let sheet = move || {
        let line = counting.get()?;
        let row = untrack(|| row_of(&line))?;
        Some(view! { <CountSheet row shown counting /> })
    };
    view! { <Dialog open label=name close_label=Signal::derive(move || i18n.t(Text::Close)().to_owned())>{sheet}</Dialog> }
}

/// The count of one line. For a line that nobody counted, the field is empty, which is not zero,
/// and nothing is stored.
#[component]
fn CountSheet(
    row: Row,
    shown: Memo<Option<Vec<Shelf>>>,
    counting: RwSignal<Option<GuideLineId>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let entry = RwSignal::new(Entry::new(row.on_hand));
    let asked = RwSignal::new(None::<Decimal>);
    let Row { line, par, unit, on_hand, description, .. } = row;
    let line = StoredValue::new(line);
    let next = StoredValue::new(shown.with_untracked(|shown| {
        let rows = shown.iter().flatten().flat_map(|shelf| &shelf.lines);
        line.with_value(|line| {
            rows.skip_while(|row| row.line != *line).nth(1).map(|row| row.line.clone())
        })
    }));
    let has_next = next.with_value(Option::is_some);
    let number = move || entry.with(|entry| entry.number(i18n.language()));
    // An empty field deletes a count. Without a count, there is nothing to store.
    let is_taken_back = move || {
        on_hand.is_some() && entry.with(|entry| entry.read(i18n.language())) == Read::Nothing
    };
    let question = move || {
        let number = asked.get().filter(|asked| number() == Some(*asked))?;
        let far = far_beyond(number, None, par, a_lot(unit, None))?;
        Some(saved_far_words(i18n, Quantity::new(number, unit), far, Text::CountFar))
    };
    let save = move |goes_on: bool| {
        let number = untrack(number);
        if number.is_none() && !untrack(is_taken_back) {
            return;
        }
        let is_far =
            number.is_some_and(|number| far_beyond(number, None, par, a_lot(unit, None)).is_some());
        if is_far && asked.get_untracked() != number {
            return asked.set(number);
        }
        let Some(release) = tablet.catalogue.release_untracked() else { return };
        let today = untrack(|| tablet.resolved_for(&release)).order_date;
        tablet
            .counts
            .count(today, line.get_value(), number, move |error| not_saved(tablet, &error));
        counting.set(next.get_value().filter(|_| goes_on));
    };
    let label = {
        let description = description.clone();
        Signal::derive(move || format!("{}: {description}", i18n.t(Text::OnHand)()))
    };
    let hint = Signal::derive(move || {
        let par = par.map(|par| i18n::quantity(&Quantity::new(par, unit), i18n.language()));
        Some(match par {
            Some(par) => i18n.fill(Text::ParToday, &[("par", &par)]),
            None => i18n.t(Text::NoParToday)().to_owned(),
        })
    });
    let cannot_save = Signal::derive(move || number().is_none() && !is_taken_back());
    let save_words = move |text: Text| {
        move || if is_taken_back() { i18n.t(Text::NotCounted)() } else { i18n.t(text)() }
    };
    view! {
        <form class="count-sheet stack" data-testid="count-sheet" on:submit=move |event: web_sys::SubmitEvent| {
            event.prevent_default();
            save(has_next);
        }>
            <header>
                <h2>{description}</h2>
                <p class="muted">
                    {move || i18n.fill(Text::CountIn, &[("unit", &i18n::counted_unit_name(unit, Decimal::TEN, i18n.language()))])}
                </p>
            </header>
            <QuantityInput id="count-quantity" entry label unit=Some(unit) steps=Signal::stored(Steps::COUNT) takes_focus=true hint />
            <p class="callout" data-tone="caution" role="status" data-testid="count-far" hidden=move || question().is_none()>{question}</p>
            <div class="count-actions stack gap-2">
            <Button label=save_words(if has_next { Text::SaveAndNext } else { Text::SaveCount }) kind=ButtonKind::Primary
                size=ButtonSize::LargeAndWide submits=true disabled=cannot_save test_id="count-save" />
            {has_next.then(|| view! {
                <div class="count-other">
                    <Button label=i18n.t(Text::SkipCount) on_press=move |()| counting.set(next.get_value()) test_id="count-skip" />
                    <Button label=save_words(Text::SaveCount) disabled=cannot_save on_press=move |()| save(false) test_id="count-done" />
                </div>
            })}
            <CountProgress shown />
            </div>
        </form>
    }
}
