//! The lines: unit price × quantity = amount, with the contract, the supplier and the day.

use calloff_core::calendar::Date;
use calloff_core::quantity::Quantity;
use calloff_core::wire::OrderDetail;
use leptos::prelude::*;

use crate::components::{DateText, MoneyText, PriceText, QuantityText, TotalsText, written_date};
use crate::desk::model::order_lines::{LineView, LockedView, line_totals, order_lines};
use crate::i18n::{Text, counted_unit_name, decimal, use_i18n};
use crate::platform::clock::Style;

/// The table of lines with their sum.
#[component]
pub fn Lines(detail: OrderDetail) -> impl IntoView {
    let i18n = use_i18n();
    let lines = order_lines(&detail);
    // The server refused an order whose sum does not fit 28 digits. Its lines are still shown.
    let totals = line_totals(&lines).unwrap_or_default();
    let count = lines.len();
    let sum_of = move || i18n.count(count, Text::LinesTotalOne, Text::LinesTotal);
    let headers = [
        (Text::Item, ""),
        (Text::Supplier, ""),
        (Text::Contract, ""),
        (Text::Delivery, ""),
        (Text::UnitPrice, "numeric"),
        (Text::Quantity, "numeric"),
        (Text::Amount, "numeric"),
    ];
    let headers =
        headers.map(|(text, class)| view! { <th scope="col" class=class>{i18n.t(text)}</th> });
    view! {
        <section class="panel">
            <h2>{i18n.t(Text::LinesTitle)}</h2>
            <p class="muted prose">{i18n.t(Text::LinesMean)}</p>
            <div class="table-scroll" tabindex="0" role="region" aria-label=i18n.t(Text::LinesTitle)>
                <table class="order-lines" data-testid="order-lines">
                    <thead><tr>{headers.collect_view()}</tr></thead>
                    <tbody>{lines.into_iter().map(|line| view! { <Line line /> }).collect_view()}</tbody>
                    <tfoot>
                        <tr>
                            <th scope="row" colspan="6">{sum_of}</th>
                            <td class="numeric" data-testid="lines-total"><TotalsText totals /></td>
                        </tr>
                    </tfoot>
                </table>
            </div>
        </section>
    }
}

#[component]
fn Line(line: LineView) -> impl IntoView {
    let i18n = use_i18n();
    let name = line.description.clone().unwrap_or_else(|| line.item.to_string());
    let instead = line.locked.as_ref().and_then(|locked| locked.substitute.clone());
    let item = match instead {
        Some(substitute) => view! {
            <span>{substitute}</span>
            <small class="muted">{move || i18n.fill(Text::InsteadOf, &[("item", &name)])}</small>
        }
        .into_any(),
        None => view! { <span>{name}</span><small class="muted">{line.item.to_string()}</small> }
            .into_any(),
    };
    let (value, unit) = line.asked;
    let cells = match line.locked {
        Some(locked) => {
            let delivery_date = line.delivery_date.unwrap_or(locked.price.delivery_date);
            view! { <Locked locked delivery_date /> }.into_any()
        }
        None => {
            let asked = move || {
                let unit = unit
                    .map(|unit| {
                        format!("\u{a0}{}", counted_unit_name(unit, value, i18n.language()))
                    })
                    .unwrap_or_default();
                decimal(value, i18n.language()) + &unit
            };
            view! {
                <td colspan="4" class="muted">{i18n.t(Text::NotLocked)}</td>
                <td class="numeric">{asked}</td>
                <td class="numeric muted">"–"</td>
            }
            .into_any()
        }
    };
    view! {
        <tr data-testid="order-line" data-item=line.item.to_string()>
            <th scope="row" class="cell-stack">{item}</th>
            {cells}
        </tr>
    }
}

#[component]
fn Locked(locked: LockedView, delivery_date: Date) -> impl IntoView {
    let i18n = use_i18n();
    let LockedView { price: locked, supplier, .. } = locked;
    let (contract, version) = (locked.contract.to_string(), locked.version.to_string());
    // Data counts tiers from 0, and people count from 1.
    let (line, tier, release) = (
        locked.line.to_string(),
        (u64::from(locked.tier) + 1).to_string(),
        locked.release.to_string(),
    );
    let contract =
        move || i18n.fill(Text::LockedContract, &[("contract", &contract), ("version", &version)]);
    let place = move || {
        i18n.fill(Text::LockedLine, &[("line", &line), ("tier", &tier), ("release", &release)])
    };
    let sent_for = locked.delivery_date;
    let new_day = (delivery_date != sent_for).then(|| {
        let words = move || {
            let day = written_date(i18n, delivery_date, Style::Weekday);
            i18n.fill(Text::NewDayOfLine, &[("day", &day)])
        };
        view! { <small data-testid="line-new-day">{words}</small> }
    });
    let currency = locked.currency();
    let buys = Quantity::new(locked.base_quantity, locked.quantity.unit);
    view! {
        <td data-testid="line-supplier">{supplier}</td>
        <td class="cell-stack" data-testid="line-contract"><span>{contract}</span><small class="muted">{place}</small></td>
        <td class="cell-stack" data-testid="line-delivery"><DateText date=sent_for />{new_day}</td>
        <td class="numeric" data-testid="line-price"><PriceText amount=locked.unit_price currency buys /></td>
        <td class="numeric" data-testid="line-quantity"><QuantityText quantity=locked.quantity /></td>
        <td class="numeric" data-testid="line-amount"><MoneyText money=locked.amount /></td>
    }
}
