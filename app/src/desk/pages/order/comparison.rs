//! The locked price beside today's, and the choice of a new day for a missed delivery.

use std::collections::BTreeMap;

use calloff_core::calendar::Date;
use calloff_core::quantity::Quantity;
use leptos::prelude::*;

use crate::components::{DateText, MoneyText, PriceText, QuantityText, written_date};
use crate::desk::model::to_decide::{Delivery, LineToday};
use crate::i18n::{Text, use_i18n};
use crate::platform::clock::Style;

/// The deliveries of an order on hold. The page offers days only if `may_decide`.
#[component]
pub fn Comparison(
    deliveries: Vec<Delivery>,
    chosen: RwSignal<BTreeMap<usize, Date>>,
    /// The places of the deliveries that still need a day.
    lacks_day: RwSignal<Vec<usize>>,
    may_decide: Signal<bool>,
) -> impl IntoView {
    let deliveries = deliveries.into_iter().enumerate();
    let each = deliveries
        .map(|(at, delivery)| view! { <OneDelivery at delivery chosen lacks_day may_decide /> });
    view! { <div class="stack gap-6" data-testid="comparison">{each.collect_view()}</div> }
}

#[component]
fn OneDelivery(
    at: usize,
    delivery: Delivery,
    chosen: RwSignal<BTreeMap<usize, Date>>,
    lacks_day: RwSignal<Vec<usize>>,
    may_decide: Signal<bool>,
) -> impl IntoView {
    let i18n = use_i18n();
    let Delivery { supplier, locked_day, is_missed, days, lines } = delivery;
    let headers = [
        (Text::Item, ""),
        (Text::Quantity, "numeric"),
        (Text::PriceLocked, "numeric"),
        (Text::PriceToday, "numeric"),
        (Text::AmountLocked, "numeric"),
        (Text::AmountToday, "numeric"),
    ];
    let headers =
        headers.map(|(text, class)| view! { <th scope="col" class=class>{i18n.t(text)}</th> });
    let title = supplier.clone();
    let missed = is_missed.then(|| {
        view! { <p class="callout" data-tone="caution" data-testid="delivery-missed">{i18n.t(Text::DeliveryPassed)}</p> }
    });
    let choice = move || {
        let options = days.clone();
        (is_missed && may_decide.get()).then(
            || view! { <NewDay at days=options supplier=supplier.clone() chosen lacks_day /> },
        )
    };
    view! {
        <section class="stack gap-3" data-testid="delivery-to-decide">
            <h3>{title}" · "<DateText date=locked_day /></h3>
            {missed}
            {choice}
            <div class="table-scroll">
                <table>
                    <thead><tr>{headers.collect_view()}</tr></thead>
                    <tbody>{lines.into_iter().map(|line| view! { <Line line /> }).collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
}

#[component]
fn NewDay(
    at: usize,
    days: Vec<Date>,
    supplier: String,
    chosen: RwSignal<BTreeMap<usize, Date>>,
    lacks_day: RwSignal<Vec<usize>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let id = format!("new-day-{at}");
    let choose = move |event: leptos::ev::Event| {
        let day: Option<Date> = event_target_value(&event).parse().ok();
        lacks_day.update(|lacking| lacking.retain(|lacking| *lacking != at));
        chosen.update(|chosen| {
            chosen.remove(&at);
            chosen.extend(day.map(|day| (at, day)));
        });
    };
    let is_lacking = move || lacks_day.with(|lacking| lacking.contains(&at));
    let is_chosen = move |day: Date| chosen.with(|chosen| chosen.get(&at) == Some(&day));
    let options = days.into_iter().map(move |day| {
        view! {
            <option value=day.to_string() selected=move || is_chosen(day)>
                {move || written_date(i18n, day, Style::Weekday)}
            </option>
        }
    });
    view! {
        <div class="form-line">
            <label for=id.clone()>{move || i18n.fill(Text::NewDeliveryDay, &[("supplier", &supplier)])}</label>
            <select id=id.clone() data-testid="new-day" on:change=choose
                aria-invalid=move || is_lacking().then_some("true") aria-describedby=format!("{id}-error")>
                <option value="">{i18n.t(Text::ChooseADay)}</option>
                {options.collect_view()}
            </select>
            <p class="field-error" role="alert" id=format!("{id}-error") data-testid="new-day-error">
                {move || is_lacking().then(|| i18n.t(Text::DecisionNeedsDay)())}
            </p>
        </div>
    }
}

#[component]
fn Line(line: LineToday) -> impl IntoView {
    let i18n = use_i18n();
    let LineToday { item, locked, today, .. } = line;
    let (currency, buys) =
        (locked.currency(), Quantity::new(locked.base_quantity, locked.quantity.unit));
    let (price, amount) = match today {
        Some(today) => {
            let buys = Quantity::new(today.base_quantity, today.quantity.unit);
            let is_same = today.amount == locked.amount;
            let supplier = today.supplier_name;
            (
                view! {
                    <PriceText amount=today.unit_price currency=today.amount.currency buys />
                    <small class="muted">{supplier}</small>
                }
                .into_any(),
                view! { <strong data-same=is_same.to_string()><MoneyText money=today.amount /></strong> }.into_any(),
            )
        }
        None => (
            view! { <span class="muted">{i18n.t(Text::NotToday)}</span> }.into_any(),
            "–".into_any(),
        ),
    };
    view! {
        <tr data-testid="line-to-decide" data-item=locked.item.to_string()>
            <th scope="row">{item}</th>
            <td class="numeric"><QuantityText quantity=locked.quantity /></td>
            <td class="numeric" data-testid="price-locked"><PriceText amount=locked.unit_price currency buys /></td>
            <td class="numeric cell-stack" data-testid="price-today">{price}</td>
            <td class="numeric" data-testid="amount-locked"><MoneyText money=locked.amount /></td>
            <td class="numeric" data-testid="amount-today">{amount}</td>
        </tr>
    }
}
