//! The purchase order as files, and why one of them is missing.

use calloff_core::wire::UblGap;
use leptos::prelude::*;

use crate::api;
use crate::i18n::{Text, use_i18n};

/// The links to the PDF and the UBL document of a purchase order that has its text.
#[component]
pub fn Papers(number: String, gaps: Vec<UblGap>) -> impl IntoView {
    let i18n = use_i18n();
    let ubl = if gaps.is_empty() {
        view! {
            <a href=api::purchase_order_ubl(&number) rel="external" download data-testid="download-ubl">
                {i18n.t(Text::DownloadUbl)}
            </a>
        }
        .into_any()
    } else {
        let why = gaps.into_iter().map(|gap| view! { <li>{i18n.t(gap_text(gap))}</li> });
        view! {
            <details data-testid="ubl-missing">
                <summary>{i18n.t(Text::UblMissing)}</summary>
                <ul>{why.collect_view()}</ul>
            </details>
        }
        .into_any()
    };
    view! {
        <section class="panel stack gap-2" data-testid="purchase-order-papers">
            <h2>{i18n.t(Text::PapersTitle)}</h2>
            <a href=api::purchase_order_pdf(&number) rel="external" download data-testid="download-pdf">
                {i18n.t(Text::DownloadPdf)}
            </a>
            {ubl}
        </section>
    }
}

fn gap_text(gap: UblGap) -> Text {
    match gap {
        UblGap::BuyerAddress => Text::UblBuyerAddress,
        UblGap::SupplierAddress => Text::UblSupplierAddress,
        UblGap::SupplierCountry => Text::UblSupplierCountry,
        UblGap::Unit => Text::UblUnit,
        UblGap::Amounts => Text::UblAmounts,
        UblGap::Negative => Text::UblNegative,
    }
}
