//! One item in large: what it costs here, how much of it, and why from this supplier.

use calloff_core::ids::{ItemId, OrderLineId};
use calloff_core::order::Command;
use calloff_core::resolve::{AdjustmentReason, NoSource, Spending, resolve, shortage};
use calloff_core::unit::Unit;
use leptos::prelude::*;
use rust_decimal::Decimal;

use super::explanation::ExplanationView;
use super::model::offer::{self, Explanation, Offer, Package, PieceView};
use crate::components::count_entry::CountEntry;
use crate::components::number_pad::{NumberPad, PadLabels};
use crate::components::{DateText, Dialog, MoneyText, PriceText};
use crate::i18n::{self, I18n, Text, use_i18n};
use crate::state::tablet::use_tablet;
use crate::state::workspace::{DispatchError, new_lines};

/// What the sheet is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    pub item: ItemId,
    /// The line that is edited; none adds one.
    pub line: Option<OrderLineId>,
    /// The quantity to begin with, in `unit`.
    pub quantity: Decimal,
    /// None is the orderable unit.
    pub unit: Option<Unit>,
}

/// One order line that a person wants of the subject's item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    pub quantity: Decimal,
    /// None is the orderable unit.
    pub unit: Option<Unit>,
}

/// Adds these lines. A basket gives out what a site has left in the order of its lines' identifiers, so they are minted in
/// the order in which they were shown.
///
/// # Errors
/// A browser without random numbers.
pub fn add_lines(item: &ItemId, lines: &[Wanted]) -> Result<Vec<Command>, DispatchError> {
    let add = |(line, wanted): (OrderLineId, &Wanted)| Command::AddLine {
        line,
        item: item.clone(),
        quantity: wanted.quantity,
        unit: wanted.unit,
    };
    Ok(new_lines(lines.len())?.into_iter().zip(lines).map(add).collect())
}

/// Everything the sheet shows of one item and quantity.
#[derive(Debug, Clone, PartialEq)]
struct Shown {
    description: String,
    brand: Option<String>,
    offer: Result<Offer, NoSource>,
    /// The lines that it takes, where one cannot have the quantity.
    pieces: Vec<PieceView>,
    /// What the site lacks of a hard maximum.
    short: Option<Spending>,
    explanation: Explanation,
}

/// A dialog over the page while there is a subject. `on_save` gets it with the line or lines chosen.
#[component]
pub fn ItemSheet(subject: RwSignal<Option<Subject>>, on_save: Callback<(Subject, Vec<Wanted>)>) -> impl IntoView {
    let i18n = use_i18n();
    let open = RwSignal::new(false);
    let entry = RwSignal::new(CountEntry::new(Decimal::ONE));
    Effect::new(move |_| {
        let about = subject.get();
        if let Some(about) = &about {
            entry.set(CountEntry::new(about.quantity));
        }
        open.set(about.is_some());
    });
    Effect::new(move |was_open: Option<bool>| {
        let is_open = open.get();
        if was_open == Some(true) && !is_open {
            subject.set(None);
        }
        is_open
    });
    let words = move |text: Text| Signal::derive(move || i18n.t(text)().to_owned());
    view! {
        <Dialog open label=words(Text::Item) close_label=words(Text::Close)>
            {move || subject.get().map(|about| view! { <Sheet about entry on_save /> })}
        </Dialog>
    }
}

#[component]
fn Sheet(about: Subject, entry: RwSignal<CountEntry>, on_save: Callback<(Subject, Vec<Wanted>)>) -> impl IntoView {
    let i18n = use_i18n();
    let shows_why = RwSignal::new(false);
    let shown = {
        let about = about.clone();
        Memo::new(move |_| show(&about, entry.with(CountEntry::value)))
    };
    let item = about.item.to_string();
    let is_new = about.line.is_none();
    let save = {
        let about = about.clone();
        move |event: web_sys::SubmitEvent| {
            event.prevent_default();
            let quantity = entry.with_untracked(CountEntry::value);
            let can_save = !is_new
                || !quantity.is_zero()
                    && shown.with_untracked(|shown| shown.as_ref().is_some_and(|shown| shown.offer.is_ok()));
            if can_save {
                on_save.run((about.clone(), vec![Wanted { quantity, unit: about.unit }]));
            }
        }
    };
    let save_pieces = Callback::new(move |lines: Vec<Wanted>| on_save.run((about.clone(), lines)));
    let labels = Signal::derive(move || PadLabels {
        quantity: i18n.t(Text::Quantity)(),
        less: i18n.t(Text::Less)(),
        more: i18n.t(Text::More)(),
        backspace: i18n.t(Text::Backspace)(),
    });
    let is_disabled = move || {
        is_new
            && (entry.with(|entry| entry.value().is_zero())
                || shown.with(|shown| shown.as_ref().is_none_or(|shown| shown.offer.is_err())))
    };
    view! {
        <form class="item-sheet" on:submit=save data-testid="item-sheet">
            <header>
                <h2>{move || shown.with(|shown| shown.as_ref().map(|shown| shown.description.clone()))}</h2>
                <p class="muted">
                    {move || shown.with(|shown| shown.as_ref().and_then(|shown| shown.brand.clone()).map(|brand| format!("{brand} · ")))}
                    {item}
                </p>
            </header>
            <div class="item-sheet-offer">
                {move || shown.with(|shown| shown.as_ref().map(|shown| offer_view(&shown.offer)))}
                {move || shown.with(|shown| shown.as_ref().and_then(|shown| shown.short.clone()).map(short_view))}
                {move || shown.with(|shown| shown.as_ref().map(|shown| pieces_view(shown.pieces.clone(), save_pieces)))}
                <button type="button" class="button-link" data-testid="why" aria-expanded=move || shows_why.get().to_string()
                    on:click=move |_| shows_why.update(|shows| *shows = !*shows)>
                    {move || if shows_why.get() { i18n.t(Text::HideWhy)() } else { i18n.t(Text::Why)() }}
                </button>
            </div>
            <div class="item-sheet-quantity">
                <NumberPad entry labels />
                <button type="submit" class="button button-primary button-large button-wide" data-testid="add" disabled=is_disabled>
                    {move || if is_new { i18n.t(Text::AddToOrder)() } else { i18n.t(Text::SaveQuantity)() }}
                </button>
            </div>
            {move || shows_why.get().then(|| {
                shown.with(|shown| shown.as_ref().map(|shown| view! { <ExplanationView explanation=shown.explanation.clone() /> }))
            })}
        </form>
    }
}

/// Resolves the item in the quantity typed; while nothing is typed, one.
fn show(about: &Subject, quantity: Decimal) -> Option<Shown> {
    let tablet = use_tablet();
    let release = tablet.catalogue.release()?;
    let catalogue = &release.catalogue;
    let item = catalogue.item(&about.item)?;
    let site = tablet.enrolment().granted.site.clone();
    let quantity = if quantity.is_zero() { Decimal::ONE } else { quantity };
    let resolved = tablet.resolved_for(&release);
    let remaining = tablet.remaining(&release);
    let request = offer::request(item.id.as_str(), quantity, about.unit, &site, resolved, &remaining);
    let resolution = resolve(catalogue, &request);
    Some(Shown {
        description: item.description.clone(),
        brand: item.brand_name.clone(),
        offer: offer::offer(catalogue, &resolution.outcome),
        pieces: offer::pieces(catalogue, &request),
        short: shortage(catalogue, &request),
        explanation: offer::explanation(catalogue, &resolution),
    })
}

fn offer_view(offer: &Result<Offer, NoSource>) -> AnyView {
    let i18n = use_i18n();
    let offer = match offer {
        Ok(offer) => offer.clone(),
        Err(why) => {
            let why = *why;
            return view! { <p class="callout" data-tone="caution" data-testid="no-source">{move || i18n.t(no_source_text(why))()}</p> }
                .into_any();
        }
    };
    let package = offer.package.clone();
    let adjustment = offer.adjustment;
    let unit = offer.quantity.unit;
    view! {
        <dl class="facts">
            <div><dt>{i18n.t(Text::Price)}</dt><dd class="fact-strong"><PriceText amount=offer.unit_price currency=offer.currency buys=offer.buys /></dd></div>
            <div><dt>{i18n.t(Text::Supplier)}</dt><dd>{offer.supplier_name}</dd></div>
            <div><dt>{i18n.t(Text::Package)}</dt><dd>{move || package_words(i18n, &package)}</dd></div>
            <div><dt>{i18n.t(Text::Delivery)}</dt><dd><DateText date=offer.delivery_date /></dd></div>
            <div><dt>{i18n.t(Text::Amount)}</dt><dd class="fact-strong" data-testid="sheet-amount"><MoneyText money=offer.amount /></dd></div>
        </dl>
        {offer.substitute.map(|name| view! {
            <p class="callout" data-tone="informative">{move || i18n.fill(Text::SubstituteComes, &[("item", &name)])}</p>
        })}
        {adjustment.map(|adjustment| view! {
            <p class="callout" data-tone="caution" data-testid="adjustment">
                {move || i18n.fill(adjustment_text(adjustment.reason), &[
                    ("requested", &i18n::decimal(adjustment.requested, i18n.language())),
                    ("offered", &i18n::decimal(adjustment.adjust_to, i18n.language())),
                    ("unit", &i18n::counted_unit_name(unit, adjustment.adjust_to, i18n.language())),
                ])}
            </p>
        })}
    }
    .into_any()
}

/// The way to more of a contract of which the site has too little left.
fn short_view(short: Spending) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    view! {
        <button type="button" class="button" data-testid="top-up" on:click=move |_| tablet.top_up(short.clone())>
            {i18n.t(Text::AskForMore)}
        </button>
    }
}

/// The lines that a quantity takes, to be added with one tap. A part without a source is shown and not added.
fn pieces_view(pieces: Vec<PieceView>, on_add: Callback<Vec<Wanted>>) -> AnyView {
    let i18n = use_i18n();
    let wanted: Vec<Wanted> = (pieces.iter().filter(|piece| piece.offer.is_ok()))
        .map(|piece| Wanted { quantity: piece.quantity, unit: piece.unit })
        .collect();
    if wanted.is_empty() {
        return ().into_any();
    }
    let count = wanted.len();
    view! {
        <section class="stack gap-2" data-testid="pieces">
            <p>{i18n.t(Text::TakesSeveralLines)}</p>
            <ul>{pieces.into_iter().map(|piece| view! { <li data-testid="piece">{piece_words(piece)}</li> }).collect_view()}</ul>
            <button type="button" class="button button-large button-wide" data-testid="add-pieces"
                on:click=move |_| on_add.run(wanted.clone())>
                {move || i18n.fill(Text::TakeSeveralLines, &[("count", &count.to_string())])}
            </button>
        </section>
    }
    .into_any()
}

fn piece_words(piece: PieceView) -> AnyView {
    let i18n = use_i18n();
    match piece.offer {
        Ok(offer) => view! {
            {move || i18n::quantity(&offer.quantity, i18n.language())}
            " · " {offer.supplier_name} " · " <DateText date=offer.delivery_date /> " · " <MoneyText money=offer.amount />
        }
        .into_any(),
        Err(why) => view! {
            {move || i18n::decimal(piece.quantity, i18n.language())} " · " {move || i18n.t(no_source_text(why))()}
        }
        .into_any(),
    }
}

/// "box of 12 each"; where the unit says nothing about its size, the price list's own words: "each (18ML)".
#[must_use]
pub fn package_words(i18n: I18n, package: &Package) -> String {
    let language = i18n.language();
    let unit = i18n::unit_name(package.unit, language);
    match (&package.content, &package.description) {
        (Some(content), _) => {
            i18n.fill(Text::PackageOf, &[("unit", &unit), ("content", &i18n::quantity(content, language))])
        }
        (None, Some(description)) => format!("{unit} ({description})"),
        (None, None) => unit,
    }
}

/// Why a quantity cannot be ordered, and what can.
#[must_use]
pub fn adjustment_text(reason: AdjustmentReason) -> Text {
    match reason {
        AdjustmentReason::BelowMinimum => Text::BelowMinimum,
        AdjustmentReason::AboveMaximum => Text::AboveMaximum,
        AdjustmentReason::NotOnIncrement => Text::NotOnIncrement,
        AdjustmentReason::AboveAllotment => Text::AboveAllotment,
    }
}

/// Why no contract supplies an item.
#[must_use]
pub fn no_source_text(why: NoSource) -> Text {
    match why {
        NoSource::UnknownItem | NoSource::AmbiguousItemNumber => Text::NoSourceUnknown,
        NoSource::UnknownSite => Text::NoSourceSite,
        NoSource::QuantityNotPositive => Text::NoSourceQuantity,
        NoSource::NotOnContract => Text::NoSourceNotOnContract,
        NoSource::AllRejected => Text::NoSourceRejected,
    }
}
