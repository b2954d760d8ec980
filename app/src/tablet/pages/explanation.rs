//! "Why this supplier?": the whole resolution, with every line that it looked at and its reason.

use leptos::prelude::*;

use crate::components::status::Tone;
use crate::components::{DateText, PriceText, StatusBadge};
use crate::i18n::{Text, use_i18n};
use crate::tablet::model::offer::{Explanation, ExplanationRow};

#[component]
pub fn ExplanationView(explanation: Explanation) -> impl IntoView {
    let count = explanation.rows.len();
    let i18n = use_i18n();
    view! {
        <section class="explanation stack gap-3" data-testid="explanation">
            {explanation.headline.map(|headline| view! { <p class="explanation-headline">{headline}</p> })}
            <p class="muted">{move || i18n.count(count, Text::LookedAtOne, Text::LookedAtMany)}</p>
            <ol role="list" class="explanation-rows">
                {explanation.rows.into_iter().map(|row| view! { <Row row /> }).collect_view()}
            </ol>
        </section>
    }
}

#[component]
fn Row(row: ExplanationRow) -> impl IntoView {
    let i18n = use_i18n();
    let (tone, text) = match row.rank {
        Some(1) => (Tone::Positive, Text::VerdictChosen),
        Some(_) => (Tone::Neutral, Text::VerdictPossible),
        None => (Tone::Negative, Text::VerdictOut),
    };
    let price =
        row.price.map(|(amount, currency, buys)| view! { <PriceText amount currency buys /> });
    let date =
        row.delivery_date.map(|date| view! { <span class="muted">" · "<DateText date /></span> });
    view! {
        <li data-testid="explanation-row" data-rank=row.rank.map(|rank| rank.to_string())>
            <div class="spread">
                <strong>{row.supplier_name}</strong>
                <StatusBadge tone=tone label=Signal::derive(move || i18n.t(text)().to_owned()) />
            </div>
            {row.substitute.map(|name| view! {
                <p data-testid="explanation-substitute">{move || i18n.fill(Text::SubstituteComes, &[("item", &name)])}</p>
            })}
            <p class="muted">{i18n.t(Text::Contract)}" "{row.contract}" · "{i18n.t(Text::Line)}" "{row.line}</p>
            <p>{price}{date}</p>
            <p>{row.sentence}</p>
        </li>
    }
}
