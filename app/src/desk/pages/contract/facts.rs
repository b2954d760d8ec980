//! What a contract is, what was agreed, and where it holds.

use calloff_core::wire::{ContractHeader, ContractRow};
use leptos::prelude::*;

use crate::components::TotalsText;
use crate::desk::model::contract_rows::ends_soon;
use crate::desk::pages::contracts::Soon;
use crate::desk::pages::facts::fact_in;
use crate::desk::routes::Page;
use crate::i18n::{
    Fact, Text, commitment_use_words, contract_terms, days_left_words, grouped, names_words,
    use_i18n, validity_words,
};

/// Names and values, of which each value is a text.
#[component]
fn FactList(#[prop(into)] facts: Signal<Vec<Fact>>, test_id: &'static str) -> impl IntoView {
    let i18n = use_i18n();
    let one = move |(name, value): Fact| {
        view! { <div><dt>{i18n.t(name)}</dt><dd>{value}</dd></div> }
    };
    view! {
        <dl class="order-facts" data-testid=test_id>
            {move || facts.get().into_iter().map(one).collect_view()}
        </dl>
    }
}

/// The facts of the row in the list.
#[component]
pub fn Facts(row: ContractRow) -> impl IntoView {
    let i18n = use_i18n();
    let fact = fact_in(i18n);
    let supplier = Page::Supplier(row.supplier.clone()).path();
    let supplier = view! { <a href=supplier>{row.supplier_name.clone()}</a> };
    let owner = match row.owner.clone() {
        Some(name) => name.into_any(),
        None => view! { <span class="muted">{i18n.t(Text::ContractOwnerNone)}</span> }.into_any(),
    };
    let validity = row.validity;
    let days = move || validity_words(&validity, i18n.language());
    let class = if ends_soon(&row) { "ends-soon" } else { "muted" };
    let left = row.days_left.map(|days| {
        let words = move || days_left_words(days, i18n.language());
        view! { " "<small class=class data-testid="days-left">{words}</small> }
    });
    let count = move |count: u32| move || grouped(&count.to_string(), i18n.language());
    let currency = row.currency;
    let used = row.commitments.clone().into_iter().map(|used| {
        let words = move || commitment_use_words(&used, currency, i18n.language());
        view! { <small class="muted commitment" data-testid="commitment-used">{words}</small> }
    });
    let ordered = view! { <TotalsText totals=row.ordered.clone() /> {used.collect_view()} };
    view! {
        <section class="panel">
            <dl class="order-facts">
                {fact(Text::ContractNumber, "contract-number", row.contract.to_string().into_any())}
                {fact(Text::Supplier, "contract-supplier", supplier.into_any())}
                {fact(Text::ContractOwner, "contract-owner", owner)}
                {fact(Text::ContractValid, "contract-valid", view! { {days} {left} }.into_any())}
                {fact(Text::ContractVersion, "contract-version", view! { {row.version}" "<Soon row=row.clone() /> }.into_any())}
                {fact(Text::ColumnLines, "contract-line-count", count(row.lines).into_any())}
                {fact(Text::SupplierSites, "contract-sites", count(row.sites).into_any())}
                {fact(Text::ContractOrdered, "contract-ordered", ordered.into_any())}
            </dl>
        </section>
    }
}

/// What was agreed, in words.
#[component]
pub fn Terms(header: ContractHeader) -> impl IntoView {
    let i18n = use_i18n();
    let facts = Signal::derive(move || contract_terms(&header, i18n.language()));
    view! {
        <section class="panel">
            <h2>{i18n.t(Text::ContractTerms)}</h2>
            <FactList facts test_id="contract-terms" />
        </section>
    }
}

/// The places where the contract holds.
#[component]
pub fn Scope(header: ContractHeader) -> impl IntoView {
    let i18n = use_i18n();
    let facts = Signal::derive(move || {
        let language = i18n.language();
        let included = match header.included.as_slice() {
            [] => Text::ScopeNone.in_language(language).to_owned(),
            names => names_words(names, language),
        };
        let mut facts = vec![(Text::ScopeIncluded, included)];
        if !header.excluded.is_empty() {
            facts.push((Text::ScopeExcluded, names_words(&header.excluded, language)));
        }
        facts.push((Text::SupplierSites, grouped(&header.sites.to_string(), language)));
        facts
    });
    view! {
        <section class="panel">
            <h2>{i18n.t(Text::ContractScope)}</h2>
            <FactList facts test_id="contract-scope" />
        </section>
    }
}
