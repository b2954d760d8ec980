//! The search. It searches the whole catalogue while a person types, without a network, and puts
//! found items on an order.

use calloff_core::ids::{DocumentId, ItemId};
use calloff_core::order::Command;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::conflicts::in_packs;
use super::guide_order::own_drafts;
use super::home::CatalogueStatus;
use super::item_sheet::{ItemSheet, Subject, Wanted, line_commands, no_source_text, package_words};
use super::order_title::{title_of, title_words};
use super::prices::PriceNotes;
use crate::components::{
    Button, ButtonSize, DateText, EmptyView, Icon, IconName, MoneyText, PriceText,
};
use crate::i18n::{Text, use_i18n};
use crate::platform::page::{self, Neighbour};
use crate::platform::{back, performance};
use crate::tablet::model::basket::{BasketView, basket_view};
use crate::tablet::model::home::Title;
use crate::tablet::model::offer::{Found, found, supplied_first};
use crate::tablet::routes::Page;
use crate::tablet::state::dispatch_error::DispatchError;
use crate::tablet::state::tablet::{Press, ThisTablet, use_tablet};
use crate::tablet::state::workspace::new_document;

/// The number of results drawn at first, and added each time. A screen holds about ten.
const PAGE_OF_RESULTS: usize = 40;

/// How many items the search looks at for each shown result, to find those that a contract supplies
/// at the site. A look takes some µs.
const LOOKED_AT: usize = 5;

/// The search for `order`. With `None`, the first item begins an order.
#[component]
pub fn Find(order: Option<DocumentId>) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let typed = RwSignal::new(tablet.take_carried_search());
    let limit = RwSignal::new(PAGE_OF_RESULTS);
    let subject = RwSignal::new(None::<Subject>);
    let results = Memo::new(move |_| results(tablet, &typed.get(), limit.get()));
    mark_first_result(results);
    tablet.open_order.set(order);
    let input = NodeRef::<leptos::html::Input>::new();
    // The earlier search is selected, so that a person types the next one over it.
    let search_next = move || {
        if let Some(input) = input.try_get_untracked().flatten() {
            // This fails only for an element that cannot have the focus.
            let _ = input.focus();
            input.select();
        }
    };
    // A browser ends the selection when the field comes into the page, so this waits for the next
    // frame.
    Effect::new(move |_| {
        if input.get().is_some() {
            request_animation_frame(search_next);
        }
    });
    let press = Press::default();
    let add = {
        let navigate = use_navigate();
        Callback::new(move |(subject_added, lines): (Subject, Vec<Wanted>)| {
            let navigate = navigate.clone();
            add_wanted(tablet, order, press, subject_added, &lines, move |document| {
                subject.set(None);
                back::after_closing(move || match order {
                    Some(_) => search_next(),
                    None => {
                        tablet.carry_search(typed.get_untracked());
                        let to = Page::Find { order: Some(document) }.path();
                        navigate(
                            &to,
                            NavigateOptions { replace: true, scroll: false, ..Default::default() },
                        );
                    }
                });
            });
        })
    };
    let search = move |event| {
        typed.set(event_target_value(&event));
        limit.set(PAGE_OF_RESULTS);
    };
    let on_open = Callback::new(move |item: ItemId| {
        let order = order.and_then(|order| tablet.workspace.order_untracked(order));
        subject.set(Some(Subject::on_order(order.as_ref().map(|order| &*order.state), &item)));
    });
    // Enter opens the first result, and ↓ moves the focus to it.
    let on_key = move |event: web_sys::KeyboardEvent| match event.key().as_str() {
        "Enter" => {
            if let Some(item) =
                results.with_untracked(|results| results.first().map(|found| found.item.clone()))
            {
                event.prevent_default();
                on_open.run(item);
            }
        }
        "ArrowDown" => {
            event.prevent_default();
            page::focus_first(".result");
        }
        _ => {}
    };
    let found_words = move || {
        let count = results.with(Vec::len);
        let text = if count >= limit.get() { Text::ResultsAtLeast } else { Text::ResultsMany };
        (count > 0).then(|| i18n.count(count, Text::ResultsOne, text))
    };
    let is_ready = Memo::new(move |_| tablet.catalogue.release().is_some());
    let list = move || {
        let nothing_typed = typed.with(|typed| typed.trim().is_empty());
        match results.with(Vec::len) {
            _ if !is_ready.get() => view! { <CatalogueStatus /> }.into_any(),
            _ if nothing_typed => view! { <SearchHint /> }.into_any(),
            0 => view! {
                <EmptyView message=Signal::derive(move || i18n.fill(Text::NothingFound, &[("typed", &typed.get())])) />
            }
            .into_any(),
            _ => view! { <Results results order on_open limit /> }.into_any(),
        }
    };
    view! {
        <div class="find stack">
            <h1 class="visually-hidden">{i18n.t(Text::NavFind)}</h1>
            <div class="search-bar" role="search">
                <span class="search-sign"><Icon name=IconName::Search /></span>
                <input node_ref=input type="search" data-testid="search-box" autocomplete="off" autocapitalize="off" spellcheck="false"
                    enterkeyhint="search" aria-label=i18n.t(Text::SearchLabel) placeholder=i18n.t(Text::SearchPlaceholder)
                    prop:value=typed on:input=search on:keydown=on_key />
            </div>
            <p class="visually-hidden" role="status" data-testid="result-count">{found_words}</p>
            {match order {
                Some(order) => view! { <GoesTo order /> }.into_any(),
                None => view! { <OwnDrafts /> }.into_any(),
            }}
            {list}
            {order.map(|order| view! { <OrderBar order /> })}
        </div>
        <ItemSheet subject order on_save=add />
    }
}

/// The best items for the typed text, each with its offer for one orderable unit.
fn results(tablet: ThisTablet, typed: &str, limit: usize) -> Vec<Found> {
    let Some(release) = tablet.catalogue.release() else { return Vec::new() };
    let site = tablet.enrolment().granted.site.clone();
    let (resolved, remaining) = (tablet.resolved_for(&release), tablet.remaining(&release));
    let found = release
        .find(typed, limit.saturating_mul(LOOKED_AT))
        .map(|item| found(&release.catalogue, item, &site, resolved, &remaining));
    supplied_first(found, limit)
}

fn mark_first_result(results: Memo<Vec<Found>>) {
    Effect::new(move |was_marked: Option<bool>| {
        let has_results = !results.with(Vec::is_empty);
        if has_results && was_marked != Some(true) {
            performance::mark(performance::FIRST_RESULT);
        }
        has_results || was_marked == Some(true)
    });
}

/// Puts lines of an item on the order, and begins the order if there is none. Then calls `done`
/// with the order. A line that exists already is changed.
fn add_wanted(
    tablet: ThisTablet,
    order: Option<DocumentId>,
    press: Press,
    subject: Subject,
    lines: &[Wanted],
    done: impl FnOnce(DocumentId) + 'static,
) {
    let ids = order.map_or_else(new_document, Ok).map_err(Into::into);
    let commands = |document| Ok::<_, DispatchError>((document, line_commands(&subject, lines)?));
    let (document, changes) = match ids.and_then(commands) {
        Ok(ids) => ids,
        Err(error) => return tablet.tell_failure(&error),
    };
    let begin = order
        .is_none()
        .then(|| Command::CreateOrder { site: tablet.enrolment().granted.site.clone() });
    tablet.dispatch_once(press, document, begin.into_iter().chain(changes).collect(), move || {
        if let Some(line) = &subject.line {
            PriceNotes::of(tablet).acknowledge_line(document, line);
        }
        done(document);
    });
}

/// The order to which found items go.
#[component]
fn GoesTo(order: DocumentId) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let view = tablet.workspace.order(order);
    let title = Memo::new(move |_| {
        view.with(|view| view.as_ref().map(|view| title_of(tablet, &view.state)))
    });
    let words = move || {
        title.get().map(|title| i18n.fill(Text::FindFor, &[("order", &title_words(i18n, &title))]))
    };
    view! { <p class="muted find-for" data-testid="find-for">{words}</p> }
}

/// Says that the first item begins an order, and shows drafts that the person could continue
/// instead.
#[component]
fn OwnDrafts() -> impl IntoView {
    let i18n = use_i18n();
    let drafts = own_drafts(use_tablet());
    let link = move |(id, title): (DocumentId, Title)| {
        let words = move || title_words(i18n, &title);
        view! { <a class="button" data-testid="go-on-with" href=Page::Find { order: Some(id) }.path()>{words}</a> }
    };
    move || {
        let drafts = drafts.get();
        (!drafts.is_empty()).then(|| {
            view! {
                <div class="cluster gap-2 find-for" data-testid="find-begins">
                    <span class="muted">{i18n.t(Text::FindBegins)}" "{i18n.t(Text::FindGoOn)}</span>
                    {drafts.into_iter().map(link).collect_view()}
                </div>
            }
        })
    }
}

#[component]
fn SearchHint() -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let count = move || {
        let items = tablet.catalogue.release().map_or(0, |release| release.catalogue.items().len());
        i18n.count(items, Text::SearchHint, Text::SearchHint)
    };
    view! { <p class="state-view muted">{count}</p> }
}

#[component]
fn Results(
    results: Memo<Vec<Found>>,
    order: Option<DocumentId>,
    on_open: Callback<ItemId>,
    limit: RwSignal<usize>,
) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let on_order = order.map(|order| tablet.workspace.order(order));
    // The quantities are in packs with their unit, as the order shows them.
    let already = move |item: &ItemId| -> Option<String> {
        let order = on_order?.get()?;
        let lines = order.state.ordered_lines().filter(|(_, line)| line.item == *item);
        let words = lines.map(|(id, line)| {
            in_packs(tablet, &Subject::of_line(id, line), line.quantity.value, i18n)
        });
        let words: Vec<String> = words.collect();
        (!words.is_empty()).then(|| words.join(" + "))
    };
    let row = move |found: Found| {
        let item = found.item.clone();
        let open = {
            let item = found.item.clone();
            move |_| on_open.run(item.clone())
        };
        let badge = move || {
            already(&item).map(|count| {
                view! { <span class="result-on-order">"✓ "{i18n.fill(Text::OnThisOrder, &[("count", &count)])}</span> }
            })
        };
        view! {
            <li>
                <button type="button" class="result" data-testid="result" data-item=found.item.to_string() on:click=open>
                    <span class="result-what">
                        <span class="result-name">{found.description.clone()}</span>
                        <span class="result-meta muted">
                            {found.brand.clone().map(|brand| format!("{brand} · "))}{found.item.to_string()}{badge}
                        </span>
                    </span>
                    {result_offer(&found)}
                </button>
            </li>
        }
    };
    let has_more = move || results.with(Vec::len) >= limit.get();
    let go_on = |event: web_sys::KeyboardEvent| {
        let which = match event.key().as_str() {
            "ArrowDown" => Neighbour::After,
            "ArrowUp" => Neighbour::Before,
            _ => return,
        };
        event.prevent_default();
        page::focus_neighbour(".result", which);
    };
    view! {
        <ul role="list" class="results" data-testid="results" on:keydown=go_on>
            <For each=move || results.get() key=row_key children=row />
        </ul>
        <Show when=has_more>
            <Button label=i18n.t(Text::ShowMore) size=ButtonSize::Wide
                on_press=move |()| limit.update(|limit| *limit += PAGE_OF_RESULTS) />
        </Show>
    }
}

/// The key of a row. A row is drawn again when its item or its offer changes.
fn row_key(found: &Found) -> impl Eq + std::hash::Hash + use<> {
    let offer = found.offer.as_ref().ok();
    (
        found.item.clone(),
        offer.map(|offer| (offer.unit_price, offer.delivery_date, offer.supplier_name.clone())),
    )
}

fn result_offer(found: &Found) -> AnyView {
    let i18n = use_i18n();
    match &found.offer {
        Ok(offer) => {
            let package = offer.package.clone();
            view! {
                <span class="result-offer">
                    <strong class="result-price" data-testid="result-price"><PriceText amount=offer.unit_price currency=offer.currency buys=offer.buys /></strong>
                    <span>{offer.supplier_name.clone()}</span>
                    <span class="muted">{move || package_words(i18n, &package)}" · "<DateText date=offer.delivery_date /></span>
                </span>
            }
            .into_any()
        }
        Err(why) => {
            let why = *why;
            view! { <span class="result-offer muted">{move || i18n.t(no_source_text(why))()}</span> }.into_any()
        }
    }
}

/// The sum of the order so far, and the link to it.
#[component]
fn OrderBar(order: DocumentId) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let order_view = tablet.workspace.order(order);
    let basket = Memo::new(move |_| -> Option<BasketView> {
        let release = tablet.catalogue.release()?;
        let (resolved, remaining) = (tablet.resolved_for(&release), tablet.remaining(&release));
        Some(basket_view(&order_view.get()?.state, &release.catalogue, resolved, remaining))
    });
    move || {
        basket.get().filter(|basket| basket.line_count > 0).map(|basket| {
            let count = basket.line_count;
            view! {
                <div class="sticky-bottom spread order-bar">
                    <span>
                        {move || i18n.count(count, Text::LineOne, Text::LineMany)}
                        {basket.totals.into_iter().map(|money| view! { " · "<MoneyText money /> }).collect_view()}
                    </span>
                    <a class="button button-primary" data-testid="view-order" href=Page::Order(order).path()>{i18n.t(Text::ViewOrder)}</a>
                </div>
            }
        })
    }
}
