//! The sheet of one item: its price here, the quantity, and the reason for the supplier.

use calloff_core::ids::{DocumentId, ItemId, OrderLineId};
use calloff_core::order::Command;
use calloff_core::quantity::Quantity;
use calloff_core::resolve::{AdjustmentReason, NoSource, Orderable, Spending};
use calloff_core::unit::Unit;
use leptos::prelude::*;
use rust_decimal::Decimal;

use super::explanation::ExplanationView;
use crate::components::{
    Button, ButtonKind, ButtonSize, DateText, Dialog, Entry, MoneyText, PriceText, QuantityInput,
    written_date, written_price,
};
use crate::i18n::{self, I18n, Text, use_i18n};
use crate::platform::clock::Style;
use crate::tablet::model::basket::{basket_view, description};
use crate::tablet::model::guide::Reading;
use crate::tablet::model::offer::{Offer, Package, PieceView};
pub use crate::tablet::model::sheet::Subject;
use crate::tablet::model::sheet::{
    self, Adjusted, Counting, FarBeyond, Packs, PriceBreak, SheetView, Terms,
};
use crate::tablet::state::dispatch_error::DispatchError;
use crate::tablet::state::tablet::{ThisTablet, use_tablet};
use crate::tablet::state::workspace::new_lines;

/// One order line that a person wants for the subject's item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    pub quantity: Decimal,
    /// The unit of the quantity. `None` is the orderable unit.
    pub unit: Option<Unit>,
}

/// The commands that add these lines. A basket spends the site's allotment in the order of the line
/// identifiers, so they are made in the order in which the lines were shown.
///
/// # Errors
/// The browser gives no random numbers.
pub fn add_lines(item: &ItemId, lines: &[Wanted]) -> Result<Vec<Command>, DispatchError> {
    let add = |(line, wanted): (OrderLineId, &Wanted)| Command::AddLine {
        line,
        item: item.clone(),
        quantity: wanted.quantity,
        unit: wanted.unit,
    };
    Ok(new_lines(lines.len())?.into_iter().zip(lines).map(add).collect())
}

/// The commands that make these lines for the subject. An existing line takes the first of them, if
/// it is in the line's unit.
///
/// # Errors
/// The browser gives no random numbers.
pub fn line_commands(subject: &Subject, lines: &[Wanted]) -> Result<Vec<Command>, DispatchError> {
    let Some(line) = subject.line.clone() else { return add_lines(&subject.item, lines) };
    let (quantity, added) = match lines.split_first() {
        Some((first, rest)) if first.unit == subject.unit => (first.quantity, rest),
        _ => (Decimal::ZERO, lines),
    };
    let adds = add_lines(&subject.item, added)?;
    Ok(std::iter::once(Command::SetQuantity { line, quantity }).chain(adds).collect())
}

/// A dialog over the page while there is a subject. `on_save` gets the subject with the chosen
/// lines.
#[component]
pub fn ItemSheet(
    subject: RwSignal<Option<Subject>>,
    /// The order for which the sheet is open. `None` if it is not begun yet.
    order: Option<DocumentId>,
    on_save: Callback<(Subject, Vec<Wanted>)>,
) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(subject.with(Option::is_some)));
    Effect::new(move |was_open: Option<bool>| {
        let is_open = open.get();
        if was_open == Some(true) && !is_open {
            subject.set(None);
        }
        is_open
    });
    let name = Signal::derive(move || {
        let release = tablet.catalogue.release();
        let named = release
            .zip(subject.get())
            .map(|(release, about)| description(&release.catalogue, &about.item));
        named.unwrap_or_else(|| i18n.t(Text::Item)().to_owned())
    });
    view! {
        <Dialog open label=name close_label=Signal::derive(move || i18n.t(Text::Close)().to_owned())>
            {move || subject.get().map(|about| view! { <Sheet about order on_save /> })}
        </Dialog>
    }
}

/// The data that the parts of a sheet share.
#[derive(Clone, Copy)]
struct Open {
    tablet: ThisTablet,
    about: StoredValue<Subject>,
    counting: Counting,
    entry: RwSignal<Entry>,
    /// The offer for the number in the field. Without a number, the offer with which the sheet
    /// opened.
    shown: Memo<Option<SheetView>>,
    /// The number about which the sheet asked the person.
    asked: RwSignal<Option<Decimal>>,
    i18n: I18n,
}

/// The effect of a press on the button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Press {
    /// Nothing can be ordered.
    Nothing,
    TakeOff,
    /// Orders this number, in the sheet's unit.
    Order(Decimal),
    /// Orders the same after the person has confirmed the number.
    Ask(Decimal, FarBeyond),
}

impl Open {
    fn is_new(self) -> bool {
        self.about.with_value(|about| about.line.is_none())
    }

    fn press(self) -> Press {
        let number = self.entry.with(|entry| entry.number(self.i18n.language()));
        match number {
            None => Press::Nothing,
            Some(number) if number.is_zero() && self.is_new() => Press::Nothing,
            Some(number) if number.is_zero() => Press::TakeOff,
            Some(_) => match self.shown.with(|shown| shown.as_ref().and_then(|shown| shown.orders))
            {
                None => Press::Nothing,
                Some(number) => match self.far_beyond(number) {
                    Some(far) if self.asked.get() != Some(number) => Press::Ask(number, far),
                    Some(_) | None => Press::Order(number),
                },
            },
        }
    }

    /// The usual quantity that a number exceeds by far, by the orders that this tablet knows and
    /// the par of today.
    fn far_beyond(self, number: Decimal) -> Option<FarBeyond> {
        let orders = self.tablet.workspace.orders();
        let release = self.tablet.catalogue.release()?;
        let weekday =
            calloff_core::calendar::IsoWeekday::of(self.tablet.resolved_for(&release).order_date);
        let settings = self.tablet.workspace.settings();
        self.about.with_value(|about| {
            let states = orders.values().map(|order| &*order.state);
            let most = sheet::most_ordered(states, &about.item, self.counting.unit);
            let par = settings.line_of(&about.item).and_then(|(_, line)| {
                let par = Quantity::new(line.par(weekday)?, line.unit);
                self.shown.with(|shown| shown.as_ref()?.packs_of(&par))
            });
            let content = self.shown.with(|shown| {
                shown.as_ref().and_then(|shown| shown.offer.as_ref().ok()?.package.content)
            });
            sheet::far_beyond(number, most, par, sheet::a_lot(self.counting.unit, content))
        })
    }

    /// Whether the person confirmed the number in the field, or need not confirm it. Asks if not.
    fn is_confirmed(self) -> bool {
        let number = untrack(|| self.entry.with(|entry| entry.number(self.i18n.language())));
        let is_far = number.is_some_and(|number| untrack(|| self.far_beyond(number)).is_some());
        if is_far && self.asked.get_untracked() != number {
            self.asked.set(number);
            return false;
        }
        true
    }

    fn in_unit(self, number: Decimal) -> String {
        i18n::quantity(&Quantity::new(number, self.counting.unit), self.i18n.language())
    }

    /// The words on the button.
    fn label(self) -> String {
        let does = |number| {
            let amount = self.shown.with(|shown| {
                shown.as_ref().and_then(|shown| Some(shown.offer.as_ref().ok()?.amount))
            });
            let amount =
                amount.map(|amount| i18n::money(&amount, self.i18n.language())).unwrap_or_default();
            let text = if self.is_new() { Text::AddQuantity } else { Text::ChangeTo };
            self.i18n.fill(text, &[("quantity", &self.in_unit(number)), ("amount", &amount)])
        };
        match self.press() {
            Press::Nothing if self.is_new() => self.i18n.t(Text::AddToOrder)().to_owned(),
            Press::Nothing => self.i18n.t(Text::SaveQuantity)().to_owned(),
            Press::TakeOff => self.i18n.t(Text::TakeOffOrder)().to_owned(),
            Press::Ask(number, _) => does(number),
            Press::Order(number) if self.asked.get() == Some(number) => {
                self.i18n.fill(Text::YesReally, &[("what", &does(number))])
            }
            Press::Order(number) => does(number),
        }
    }

    /// The question about a number that exceeds the usual by far. It stays until the number
    /// changes.
    fn question(self) -> Option<String> {
        let number = self.asked.get()?;
        let is_shown = self.shown.with(|shown| shown.as_ref().and_then(|shown| shown.orders))
            == Some(number)
            || self.entry.with(|entry| entry.number(self.i18n.language())) == Some(number);
        let far = is_shown.then(|| self.far_beyond(number)).flatten()?;
        Some(far_words(self.i18n, Quantity::new(number, self.counting.unit), far))
    }
}

/// The question about a quantity that exceeds the usual by far: "500 bags? It was never ordered
/// here before."
#[must_use]
pub fn far_words(i18n: I18n, quantity: Quantity, far: FarBeyond) -> String {
    let in_unit =
        |value: Decimal| i18n::quantity(&Quantity::new(value, quantity.unit), i18n.language());
    let (text, usual) = match far {
        FarBeyond::Most(usual) => (Text::FarBeyondMost, in_unit(usual)),
        FarBeyond::Par(usual) => (Text::FarBeyondPar, in_unit(usual)),
        FarBeyond::Never => (Text::FarBeyondNever, String::new()),
    };
    i18n.fill(text, &[("quantity", &in_unit(quantity.value)), ("usual", &usual)])
}

#[component]
fn Sheet(
    about: Subject,
    order: Option<DocumentId>,
    on_save: Callback<(Subject, Vec<Wanted>)>,
) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let counting = untrack(|| read(tablet, |reading| sheet::counting(&about, reading)).flatten());
    let Some(counting) = counting else {
        return view! { <p>{i18n.t(Text::NoSourceUnknown)}</p> }.into_any();
    };
    let entry = RwSignal::new(Entry::new(Some(counting.start)));
    let item = about.item.clone();
    let about = StoredValue::new(about);
    let shown = Memo::new(move |_| {
        let number =
            entry.with(|entry| entry.number(i18n.language())).filter(|number| !number.is_zero());
        let number = number.unwrap_or(counting.start);
        about.with_value(|about| {
            read(tablet, |reading| sheet::view(about, &counting, number, reading, i18n.language()))
        })
    });
    // The offer for the quantity with which the sheet opened. A person who changes the quantity had
    // seen its pack.
    let before = shown.with_untracked(|shown| shown.as_ref()?.offer.as_ref().ok().cloned());
    let before = StoredValue::new(before);
    let repacked = move || {
        let (now, before) = shown.with(|shown| {
            let now = shown.as_ref()?.offer.as_ref().ok()?;
            before.with_value(|before| sheet::repacked(now, before.as_ref()?))
        })?;
        Some(repacked_words(i18n, &now, &before))
    };
    let sheet = Open { tablet, about, counting, entry, shown, asked: RwSignal::new(None), i18n };
    let shows_why = RwSignal::new(false);
    let save = Callback::new(move |()| {
        let save = |quantity: Option<Decimal>| {
            if let Some(quantity) = quantity {
                on_save.run((about.get_value(), vec![Wanted { quantity, unit: counting.said_in }]));
            }
        };
        match untrack(|| sheet.press()) {
            Press::Nothing => {}
            Press::TakeOff => save(Some(Decimal::ZERO)),
            Press::Order(number) => save(counting.said(number)),
            Press::Ask(number, _) => sheet.asked.set(Some(number)),
        }
    });
    // A person who types does not look at the button. So the number that can be ordered is put into
    // the field first.
    let enter = Callback::new(move |()| match untrack(|| sheet.press()) {
        Press::Order(number) | Press::Ask(number, _)
            if entry.with_untracked(|entry| untrack(|| entry.number(i18n.language())))
                != Some(number) =>
        {
            entry.set(Entry::new(Some(number)));
        }
        Press::Nothing | Press::TakeOff | Press::Order(_) | Press::Ask(..) => save.run(()),
    });
    let save_pieces = Callback::new(move |lines: Vec<Wanted>| {
        if sheet.is_confirmed() {
            on_save.run((about.get_value(), lines));
        }
    });
    let is_orderable =
        move || shown.with(|shown| shown.as_ref().is_some_and(|shown| shown.offer.is_ok()));
    let names = move || {
        let release = tablet.catalogue.release()?;
        let item = release.catalogue.item(&about.with_value(|about| about.item.clone()))?;
        Some((item.description.clone(), item.brand_name.clone()))
    };
    let label = Signal::derive(move || {
        let name = names().map(|(name, _)| name).unwrap_or_default();
        i18n.fill(Text::QuantityOf, &[("item", &name)])
    });
    let steps = Signal::derive(move || counting.steps(sheet.is_new()));
    let can_begin = counting.orderable.is_some() || !sheet.is_new();
    let said_before = (!sheet.is_new()).then(|| {
        let count =
            move || i18n.fill(Text::OnThisOrder, &[("count", &sheet.in_unit(counting.start))]);
        view! { <p class="sheet-there" data-testid="on-order">"✓ "{count}</p> }
    });
    view! {
        <form class="item-sheet" data-testid="item-sheet" on:submit=move |event: web_sys::SubmitEvent| {
            event.prevent_default();
            save.run(());
        }>
            <header>
                <h2>{move || names().map(|(name, _)| name)}</h2>
                <p class="muted">{move || names().and_then(|(_, brand)| brand).map(|brand| format!("{brand} · "))}{item.to_string()}</p>
            </header>
            {can_begin.then(|| view! {
                <div class="item-sheet-quantity">
                    {said_before}
                    <QuantityInput id="sheet-quantity" entry label unit=Some(counting.unit) steps takes_focus=true on_enter=enter
                        hint=Signal::derive(move || hint_words(i18n, &counting, shown)) />
                    <div class="item-sheet-add">
                        <div class="stack gap-2" role="status">
                            {move || shown.with(|shown| shown.as_ref().and_then(|shown| shown.adjusted)).filter(|_| {
                                entry.with(|entry| entry.number(i18n.language())).is_some_and(|number| !number.is_zero())
                            }).map(|adjusted| view! {
                                <p class="callout" data-tone="caution" data-testid="adjustment">{adjustment_words(i18n, &adjusted)}</p>
                            })}
                            {move || repacked().map(|words| view! {
                                <p class="callout" data-tone="caution" data-testid="repacked">{words}</p>
                            })}
                            {move || sheet.question().map(|question| view! {
                                <p class="callout" data-tone="caution" data-testid="far-beyond">{question}</p>
                            })}
                        </div>
                        <Button label=move || sheet.label() kind=ButtonKind::Primary size=ButtonSize::LargeAndWide submits=true
                            disabled=Signal::derive(move || sheet.press() == Press::Nothing) test_id="add" />
                    </div>
                </div>
            })}
            <div class="item-sheet-offer">
                {move || shown.with(|shown| shown.as_ref().map(|shown| offer_view(&shown.offer, sheet)))}
                {move || shown.with(|shown| shown.as_ref().and_then(|shown| shown.terms.clone())).map(|terms| terms_view(terms, order))}
                {move || shown.with(|shown| shown.as_ref().and_then(|shown| shown.short.clone()).map(short_view))}
                {move || shown.with(|shown| shown.as_ref().map(|shown| pieces_view(shown.pieces.clone(), save_pieces)))}
                <button type="button" class="button-link" data-testid="why" aria-expanded=move || shows_why.get().to_string()
                    on:click=move |_| shows_why.update(|shows| *shows = !*shows)>
                    {move || match (shows_why.get(), is_orderable()) {
                        (true, _) => i18n.t(Text::HideWhy)(),
                        (false, true) => i18n.t(Text::Why)(),
                        (false, false) => i18n.t(Text::WhyNot)(),
                    }}
                </button>
            </div>
            {move || shows_why.get().then(|| {
                shown.with(|shown| shown.as_ref().map(|shown| view! { <ExplanationView explanation=shown.explanation.clone() /> }))
            })}
        </form>
    }
    .into_any()
}

/// Calls `run` with the present catalogue. `None` before there is one.
pub fn read<T>(tablet: ThisTablet, run: impl FnOnce(Reading<'_>) -> T) -> Option<T> {
    let release = tablet.catalogue.release()?;
    let site = tablet.enrolment().granted.site.clone();
    let (resolved, remaining) = (tablet.resolved_for(&release), tablet.remaining(&release));
    Some(run(Reading {
        catalogue: &release.catalogue,
        site: &site,
        resolved,
        remaining: &remaining,
    }))
}

/// "1 crate = 20 l · sold in steps of 2, 2 to 36". `None` if there is nothing to say.
fn hint_words(i18n: I18n, counting: &Counting, shown: Memo<Option<SheetView>>) -> Option<String> {
    let package = shown.with(|shown| Some(shown.as_ref()?.offer.as_ref().ok()?.package.clone()));
    let content =
        package.filter(|package| package.unit == counting.unit).and_then(|package| package.content);
    let holds = content.map(|content| pack_words(i18n, counting.unit, &content));
    let sold = counting.orderable.and_then(|orderable| sold_words(i18n, &orderable));
    let words: Vec<String> = holds.into_iter().chain(sold).collect();
    (!words.is_empty()).then(|| words.join(" · "))
}

/// "1 case = 24 pieces".
#[must_use]
pub fn pack_words(i18n: I18n, unit: Unit, content: &Quantity) -> String {
    let language = i18n.language();
    let (unit, content) = (i18n::unit_name(unit, language), i18n::quantity(content, language));
    i18n.fill(Text::PackHolds, &[("unit", &unit), ("content", &content)])
}

/// The content of one unit of a line, under its quantity. Draws nothing if the unit is no pack.
#[component]
pub fn PackText(unit: Unit, content: Option<Quantity>) -> impl IntoView {
    let i18n = use_i18n();
    let words = move |content: Quantity| move || pack_words(i18n, unit, &content);
    content.map(
        |content| view! { <small class="muted pack" data-testid="pack">{words(content)}</small> },
    )
}

/// "5 cases × 12 = 60 pieces. Before: 3 cases × 24 = 72 pieces."
fn repacked_words(i18n: I18n, now: &Packs, before: &Packs) -> String {
    let language = i18n.language();
    let sum = |packs: &Packs| {
        let quantity = i18n::quantity(&packs.quantity, language);
        let Some(total) = packs.total() else { return quantity };
        let total = i18n::quantity(&total, language);
        let content = i18n::decimal(packs.content.value, language);
        i18n.fill(
            Text::PacksTotal,
            &[("quantity", &quantity), ("content", &content), ("total", &total)],
        )
    };
    i18n.fill(Text::Repacked, &[("now", &sum(now)), ("before", &sum(before))])
}

/// The quantities in which a line is sold. `None` if every whole number is possible.
fn sold_words(i18n: I18n, Orderable { least, step, most }: &Orderable) -> Option<String> {
    let decimal = |value: Decimal| i18n::decimal(value, i18n.language());
    let range = match most {
        Some(most) => {
            i18n.fill(Text::SoldFromTo, &[("least", &decimal(*least)), ("most", &decimal(*most))])
        }
        None => i18n.fill(Text::SoldFrom, &[("least", &decimal(*least))]),
    };
    match step.filter(|step| *step != Decimal::ONE) {
        Some(step) => {
            Some(i18n.fill(Text::SoldInSteps, &[("step", &decimal(step)), ("range", &range)]))
        }
        None if *least > Decimal::ONE || most.is_some() => Some(range),
        None => None,
    }
}

/// The terms of an order of the item: price tiers, cut-off, minimum order, and the part of the
/// minimum that is reached.
fn terms_view(terms: Terms, order: Option<DocumentId>) -> AnyView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let Terms { breaks, unit, order_by, minimum_order, currency, supplier_name, delivery_date } =
        terms;
    let so_far = move || {
        let release = tablet.catalogue.release()?;
        let state = tablet.workspace.orders().get(&order?)?.state.clone();
        let (resolved, remaining) = (tablet.resolved_for(&release), tablet.remaining(&release));
        let groups = basket_view(&state, &release.catalogue, resolved, remaining).groups;
        let same = groups.into_iter().find(|group| {
            group.supplier_name == supplier_name
                && group.delivery_date == delivery_date
                && group.total.is_some_and(|total| total.currency == currency)
        });
        same?.total
    };
    let minimum = minimum_order.map(|minimum| {
        let words = move || {
            let minimum = i18n::money(&minimum, i18n.language());
            match so_far() {
                Some(total) => {
                    let total = i18n::money(&total, i18n.language());
                    i18n.fill(Text::MinimumSoFar, &[("minimum", &minimum), ("total", &total)])
                }
                None => minimum,
            }
        };
        view! { <div><dt>{i18n.t(Text::MinimumOrder)}</dt><dd data-testid="sheet-minimum">{words}</dd></div> }
    });
    let tier = move |PriceBreak { from, price, buys }: PriceBreak| {
        let words = move || {
            let language = i18n.language();
            let from = i18n::quantity(&Quantity::new(from, unit), language);
            i18n.fill(
                Text::PriceFrom,
                &[("from", &from), ("price", &written_price(i18n, price, currency, buys))],
            )
        };
        view! { <li>{words}</li> }
    };
    let breaks = (!breaks.is_empty()).then(|| {
        view! {
            <div>
                <dt>{i18n.t(Text::PriceBreaks)}</dt>
                <dd><ul role="list" data-testid="price-breaks">{breaks.into_iter().map(tier).collect_view()}</ul></dd>
            </div>
        }
    });
    let cut_off = order_by.map(|moment| {
        let words = move || {
            let day = written_date(i18n, moment.date(), Style::Weekday);
            format!("{day} {}", moment.time().strftime("%H:%M"))
        };
        view! { <div><dt>{i18n.t(Text::CutOff)}</dt><dd data-testid="cut-off">{words}</dd></div> }
    });
    view! { <dl class="facts">{breaks}{cut_off}{minimum}</dl> }.into_any()
}

fn offer_view(offer: &Result<Offer, NoSource>, sheet: Open) -> AnyView {
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
    let amount = offer.amount;
    let currency = offer.currency;
    let in_contract = offer.contract_price.map(|(price, buys)| {
        let words = move || {
            let price = written_price(i18n, price, currency, buys);
            i18n.fill(Text::PriceInContract, &[("price", &price)])
        };
        view! { <small class="muted" data-testid="contract-price">{words}</small> }
    });
    // Without a number there is no amount.
    let amount = move || {
        (sheet.press() != Press::Nothing && sheet.press() != Press::TakeOff)
            .then(|| view! { <MoneyText money=amount /> })
    };
    view! {
        <dl class="facts">
            <div><dt>{i18n.t(Text::Price)}</dt><dd class="stack"><span class="fact-strong"><PriceText amount=offer.unit_price currency buys=offer.buys /></span>{in_contract}</dd></div>
            <div><dt>{i18n.t(Text::Supplier)}</dt><dd>{offer.supplier_name}</dd></div>
            <div><dt>{i18n.t(Text::Package)}</dt><dd>{move || package_words(i18n, &package)}</dd></div>
            <div><dt>{i18n.t(Text::Delivery)}</dt><dd><DateText date=offer.delivery_date /></dd></div>
            <div><dt>{i18n.t(Text::Amount)}</dt><dd class="fact-strong" data-testid="sheet-amount">{amount}</dd></div>
        </dl>
        {offer.substitute.map(|name| view! {
            <p class="callout" data-tone="informative">{move || i18n.fill(Text::SubstituteComes, &[("item", &name)])}</p>
        })}
    }
    .into_any()
}

/// The button that asks for a larger allotment.
fn short_view(short: Spending) -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    view! {
        <Button label=i18n.t(Text::AskForMore) on_press=move |()| tablet.top_up(short.clone()) test_id="top-up" />
    }
}

/// The lines that make a quantity together, to be added with one tap. A part that no contract
/// supplies is shown but not added.
fn pieces_view(pieces: Vec<PieceView>, on_add: Callback<Vec<Wanted>>) -> AnyView {
    let i18n = use_i18n();
    let wanted: Vec<Wanted> = (pieces.iter().filter(|piece| piece.offer.is_ok()))
        .map(|piece| Wanted { quantity: piece.quantity, unit: piece.unit })
        .collect();
    if wanted.is_empty() {
        return ().into_any();
    }
    let parts: Vec<Option<Quantity>> =
        pieces.iter().map(|piece| piece.offer.as_ref().ok().map(|offer| offer.quantity)).collect();
    let parts = move || {
        let words = parts.iter().flatten().map(|part| i18n::quantity(part, i18n.language()));
        i18n.fill(Text::TakeSeveralLines, &[("parts", &words.collect::<Vec<_>>().join(" + "))])
    };
    view! {
        <section class="stack gap-2" data-testid="pieces">
            <p>{i18n.t(Text::TakesSeveralLines)}</p>
            <ul>{pieces.into_iter().map(|piece| view! { <li data-testid="piece">{piece_words(piece)}</li> }).collect_view()}</ul>
            <Button label=parts size=ButtonSize::LargeAndWide on_press=move |()| on_add.run(wanted.clone()) test_id="add-pieces" />
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

/// "box of 12 pieces". If the unit does not say its size, the price list's own words: "piece
/// (18ML)".
#[must_use]
pub fn package_words(i18n: I18n, package: &Package) -> String {
    let language = i18n.language();
    let unit = i18n::unit_name(package.unit, language);
    match (&package.content, &package.description) {
        (Some(content), _) => i18n.fill(
            Text::PackageOf,
            &[("unit", &unit), ("content", &i18n::quantity(content, language))],
        ),
        (None, Some(description)) => format!("{unit} ({description})"),
        (None, None) => unit,
    }
}

/// Why a quantity cannot be ordered, and which one can.
#[must_use]
pub fn adjustment_words(i18n: I18n, Adjusted { adjustment, orderable, unit }: &Adjusted) -> String {
    let language = i18n.language();
    let in_unit = |value: Decimal| i18n::quantity(&Quantity::new(value, *unit), language);
    let offered = in_unit(adjustment.adjust_to);
    let step = orderable.step.unwrap_or(Decimal::ONE);
    match adjustment.reason {
        AdjustmentReason::BelowMinimum => i18n.fill(
            Text::BelowMinimum,
            &[("least", &in_unit(orderable.least)), ("offered", &offered)],
        ),
        AdjustmentReason::AboveMaximum => {
            let most = in_unit(orderable.most.unwrap_or(adjustment.adjust_to));
            i18n.fill(Text::AboveMaximum, &[("most", &most), ("offered", &offered)])
        }
        AdjustmentReason::NotOnIncrement if step == Decimal::ONE => {
            i18n.fill(Text::NotWhole, &[("offered", &offered)])
        }
        AdjustmentReason::NotOnIncrement => {
            let step = i18n::decimal(step, language);
            i18n.fill(Text::NotOnIncrement, &[("step", &step), ("offered", &offered)])
        }
        AdjustmentReason::AboveAllotment => {
            i18n.fill(Text::AboveAllotment, &[("offered", &offered)])
        }
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
