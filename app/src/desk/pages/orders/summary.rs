//! The totals of the table, and the filter that they belong to.

use std::sync::Arc;

use calloff_core::calendar::Date;
use calloff_core::wire::{Choice, OrderFilterChoices, OrderPage};
use leptos::prelude::*;

use super::stage_text;
use crate::components::{TotalsText, written_date};
use crate::desk::model::orders_query::OrdersQuery;
use crate::desk::state::live::Answer;
use crate::i18n::{I18n, Text, grouped, use_i18n};
use crate::platform::clock::Style;

/// The totals per currency, the number of orders, and the filter in words, so that the reader knows
/// which orders the figures count.
#[component]
pub fn Summary(
    query: Memo<OrdersQuery>,
    choices: Memo<Option<Arc<OrderFilterChoices>>>,
    page: Memo<Option<Answer<OrderPage>>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let totals = move || {
        page.with(|page| page.as_ref().map(|page| page.0.totals.clone())).unwrap_or_default()
    };
    let count = move || page.with(|page| page.as_ref().map_or(0, |page| page.0.count));
    let number = move |count: u64| grouped(&count.to_string(), i18n.language());
    let counted = move || {
        let text = if count() == 1 { Text::OrdersOne } else { Text::OrdersMany };
        i18n.fill(text, &[("count", &number(count()))])
    };
    let cut = move || {
        let shown = page.with(|page| page.as_ref().map_or(0, |page| page.0.orders.len() as u64));
        (shown < count())
            .then(|| {
                i18n.fill(
                    Text::OrdersCut,
                    &[("shown", &number(shown)), ("count", &number(count()))],
                )
            })
            .map(|words| view! { <p class="summary-cut">{words}</p> })
    };
    let means = move || {
        let is_of_supplier = query.with(|query| query.filter.supplier.is_some());
        i18n.t(if is_of_supplier { Text::TotalMeansSupplier } else { Text::TotalMeans })()
    };
    let of = move || {
        let site = named(
            &choices.get(),
            query.with(|query| query.filter.site.as_ref().map(ToString::to_string)),
            |choices| &choices.sites,
        );
        let supplier = named(
            &choices.get(),
            query.with(|query| query.filter.supplier.as_ref().map(ToString::to_string)),
            |choices| &choices.suppliers,
        );
        [
            site.unwrap_or_else(|| i18n.fill(Text::FilterAllSites, &[])),
            supplier.unwrap_or_else(|| i18n.fill(Text::FilterAllSuppliers, &[])),
            query.with(|query| query.filter.stage).map_or_else(
                || i18n.fill(Text::FilterAllStages, &[]),
                |stage| i18n.fill(stage_text(stage).1, &[]),
            ),
            query.with(|query| period(i18n, query.filter.from, query.filter.to)),
        ]
        .join(" · ")
    };
    view! {
        <section class="summary" aria-live="polite">
            <div class="summary-total">
                <span class="summary-label">{i18n.t(Text::TotalOf)}</span>
                <strong class="summary-figure" data-testid="orders-total">{move || view! { <TotalsText totals=totals() /> }}</strong>
            </div>
            <div class="summary-words">
                <p><strong data-testid="orders-count" data-count=move || count().to_string()>{counted}</strong>" · "<span data-testid="orders-of">{of}</span></p>
                <p class="muted">{means}" "{i18n.t(Text::TimesAreSites)}</p>
                {cut}
            </div>
        </section>
    }
}

/// The name of the chosen entry. If `choices` has no such entry, its identifier.
fn named(
    choices: &Option<Arc<OrderFilterChoices>>,
    chosen: Option<String>,
    of: fn(&OrderFilterChoices) -> &Vec<Choice>,
) -> Option<String> {
    let chosen = chosen?;
    let name = choices
        .as_deref()
        .and_then(|choices| of(choices).iter().find(|choice| choice.id == chosen));
    Some(name.map_or(chosen, |choice| choice.name.clone()))
}

fn period(i18n: I18n, from: Option<Date>, to: Option<Date>) -> String {
    let written = |day: Date| written_date(i18n, day, Style::Date);
    match (from.map(written), to.map(written)) {
        (None, None) => i18n.fill(Text::FilterAllTime, &[]),
        (Some(from), None) => i18n.fill(Text::FilterSince, &[("from", &from)]),
        (None, Some(to)) => i18n.fill(Text::FilterUntil, &[("to", &to)]),
        (Some(from), Some(to)) => i18n.fill(Text::FilterBetween, &[("from", &from), ("to", &to)]),
    }
}
