//! The person and the tablet that sent the order, and the times of its journey.

use calloff_core::calendar::DateTime;
use calloff_core::wire::OrderDetail;
use leptos::prelude::*;

use crate::components::SiteMoment;
use crate::desk::model::time_offline::{TimeOffline, time_offline};
use crate::desk::pages::facts::fact_in;
use crate::i18n::{self, I18n, Text, use_i18n};
use crate::platform::clock;

/// The facts as names and values.
#[component]
pub fn Facts(detail: OrderDetail) -> impl IntoView {
    let i18n = use_i18n();
    let OrderDetail { row, order, created_local, answered_local, excesses, descriptions, .. } =
        detail;
    let fact = fact_in(i18n);
    let begun_by = (order.created_by != row.submitted_by).then(|| {
        fact(Text::FactCreatedBy, "order-created-by", order.created_by.clone().into_any())
    });
    let zone = row.time_zone.clone();
    let of_site = move |at_ms: i64, local: Option<DateTime>| {
        view! { <SiteMoment at_ms local zone=zone.clone() /> }.into_any()
    };
    let answered = (order.server.status).map(|status| {
        fact(Text::FactAnswered, "order-answered", of_site(status.at(), answered_local))
    });
    let unknown = (!row.unknown_names.is_empty()).then(|| {
        let names = row.unknown_names.join(", ");
        let words = move || i18n.fill(Text::NamesUnknown, &[("names", &names)]);
        view! { <p class="callout" data-tone="caution" data-testid="names-unknown">{words}</p> }
    });
    let waited = time_offline(row.submitted_at, row.received_at);
    let release = match row.release {
        Some(release) => release.to_string().into_any(),
        None => i18n.t(Text::FactReleasesDiffer).into_any(),
    };
    let note = (!order.note.value.is_empty())
        .then(|| fact(Text::Note, "order-note", order.note.value.clone().into_any()));
    let beyond = (!excesses.is_empty()).then(|| {
        let each = excesses.into_iter().map(|excess| {
            let item = order.lines.get(&excess.line).map(|line| line.item.clone());
            let item = item
                .map(|item| descriptions.get(&item).cloned().unwrap_or_else(|| item.to_string()));
            let item = item.unwrap_or_default();
            let words = move || {
                let values = [
                    ("amount", i18n::measure(&excess.beyond, i18n.language())),
                    ("item", item.clone()),
                    ("contract", excess.commitment.to_string()),
                ];
                i18n.fill(
                    Text::BeyondCommitment,
                    &values.each_ref().map(|(name, value)| (*name, value.as_str())),
                )
            };
            view! { <div>{words}</div> }
        });
        fact(Text::FactBeyond, "order-beyond", each.collect_view().into_any())
    });
    view! {
        <section class="panel">
            <dl class="order-facts">
                {fact(Text::FactSubmittedBy, "order-by", row.submitted_by.into_any())}
                {begun_by}
                {fact(
                    Text::FactTablet,
                    "order-tablet",
                    row.device_name.into_any(),
                )}
                {fact(Text::FactRelease, "order-release", release)}
                {fact(Text::FactCreated, "order-created", of_site(order.created_at, created_local))}
                {fact(Text::FactSubmitted, "order-submitted", of_site(row.submitted_at, row.submitted_local))}
                {fact(Text::FactReceived, "order-received", of_site(row.received_at, row.received_local))}
                {answered}
                {fact(Text::FactOffline, "order-offline", (move || offline_words(i18n, waited)).into_any())}
                {note}
                {beyond}
                // The identifier is closed until support asks for it, because only programs need
                // it.
                {fact(Text::FactDocument, "order-document", view! {
                    <details><summary>{i18n.t(Text::ForSupport)}</summary><code>{row.document.to_string()}</code></details>
                }.into_any())}
            </dl>
            {unknown}
            <p class="muted">{move || i18n.fill(Text::TimesIn, &[("zone", &clock::device_zone())])}</p>
        </section>
    }
}

fn offline_words(i18n: I18n, waited: TimeOffline) -> String {
    match waited {
        TimeOffline::None => i18n.fill(Text::OfflineNone, &[]),
        TimeOffline::Unknown => i18n.fill(Text::OfflineUnknown, &[]),
        TimeOffline::Minutes(minutes) => {
            i18n.fill(Text::OfflineMinutes, &[("minutes", &minutes.to_string())])
        }
        TimeOffline::Hours { hours, minutes } => i18n.fill(
            Text::OfflineHours,
            &[("hours", &hours.to_string()), ("minutes", &minutes.to_string())],
        ),
        TimeOffline::Days { days, hours } => i18n
            .fill(Text::OfflineDays, &[("days", &days.to_string()), ("hours", &hours.to_string())]),
    }
}
