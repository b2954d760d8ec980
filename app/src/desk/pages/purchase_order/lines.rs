//! The lines with their sum, the charges, and what there is to pay.

use calloff_core::order::basket::Charge;
use calloff_core::quantity::Quantity;
use calloff_core::wire::{PurchaseOrderLine, PurchaseOrderText};
use leptos::prelude::*;

use crate::components::{MoneyText, PriceText, QuantityText};
use crate::i18n::{self, Text, unit_name, use_i18n};

/// The table of lines.
#[component]
pub fn Lines(text: PurchaseOrderText) -> impl IntoView {
    let i18n = use_i18n();
    let headers = [
        (Text::ColumnPosition, "numeric"),
        (Text::Item, ""),
        (Text::ColumnSupplierNumber, ""),
        (Text::Quantity, "numeric"),
        (Text::UnitPrice, "numeric"),
        (Text::Amount, "numeric"),
    ];
    let headers =
        headers.map(|(text, class)| view! { <th scope="col" class=class>{i18n.t(text)}</th> });
    let count = text.lines.len();
    let sum_of = move || i18n.count(count, Text::LinesTotalOne, Text::LinesTotal);
    let has_charges = !text.charges.is_empty();
    let charges = text.charges.into_iter().map(|charge| view! { <ChargeRow charge /> });
    let payable = has_charges.then(|| {
        view! {
            <tr>
                <th scope="row" colspan="5">{i18n.t(Text::Payable)}</th>
                <td class="numeric" data-testid="payable"><MoneyText money=text.payable /></td>
            </tr>
        }
    });
    view! {
        <section class="panel">
            <h2>{i18n.t(Text::PurchaseOrderLines)}</h2>
            <div class="table-scroll" tabindex="0" role="region" aria-label=i18n.t(Text::PurchaseOrderLines)>
                <table class="purchase-lines" data-testid="purchase-order-lines">
                    <thead><tr>{headers.collect_view()}</tr></thead>
                    <tbody>{text.lines.into_iter().map(|line| view! { <Line line /> }).collect_view()}</tbody>
                    <tfoot>
                        <tr>
                            <th scope="row" colspan="5">{sum_of}</th>
                            <td class="numeric" data-testid="lines-total"><MoneyText money=text.total /></td>
                        </tr>
                        {charges.collect_view()}
                        {payable}
                    </tfoot>
                </table>
            </div>
        </section>
    }
}

#[component]
fn ChargeRow(charge: Charge) -> impl IntoView {
    let i18n = use_i18n();
    let is_allowance = charge.amount.amount.is_sign_negative();
    let plain = if is_allowance { Text::Allowance } else { Text::Charge };
    let reason = charge.reason;
    let words = move || reason.clone().unwrap_or_else(|| i18n.t(plain)().to_owned());
    view! {
        <tr data-testid="charge">
            <th scope="row" colspan="5">{words}</th>
            <td class="numeric"><MoneyText money=charge.amount /></td>
        </tr>
    }
}

#[component]
fn Line(line: PurchaseOrderLine) -> impl IntoView {
    let i18n = use_i18n();
    let (quantity, item) = (line.quantity, line.item.to_string());
    let holds = line.content.map(|content| {
        let words = move || {
            let unit = unit_name(quantity.unit, i18n.language());
            let content = i18n::quantity(&content, i18n.language());
            i18n.fill(Text::PackHolds, &[("unit", &unit), ("content", &content)])
        };
        view! { <small class="muted">{words}</small> }
    });
    let gtin = line.gtin.map(|gtin| {
        let words = move || i18n.fill(Text::ItemGtin, &[("gtin", &gtin)]);
        view! { <small class="muted">{words}</small> }
    });
    let (contract, version) = (line.contract.to_string(), line.version.to_string());
    let contract =
        move || i18n.fill(Text::LockedContract, &[("contract", &contract), ("version", &version)]);
    let buys = Quantity::new(line.base_quantity, quantity.unit);
    let currency = line.amount.currency;
    view! {
        <tr data-testid="purchase-order-line" data-item=item>
            <td class="numeric">{line.position}</td>
            <th scope="row" class="cell-stack">
                <span>{line.description}</span>
                {gtin}
                <small class="muted">{contract}</small>
            </th>
            <td>{line.supplier_item_number.unwrap_or_else(|| "–".to_owned())}</td>
            <td class="numeric cell-stack"><QuantityText quantity />{holds}</td>
            <td class="numeric"><PriceText amount=line.unit_price currency buys /></td>
            <td class="numeric"><MoneyText money=line.amount /></td>
        </tr>
    }
}
