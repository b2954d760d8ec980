//! The history of a contract, and the choice of two versions to compare.

use calloff_core::contract::ContractStatus;
use calloff_core::wire::{ContractVersionRow, ReleaseFacts};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::Turning;
use crate::components::{Button, DateText, StatusBadge, Tone, written_date, written_instant};
use crate::desk::model::contract_query::{Comparison, ContractQuery};
use crate::desk::model::contract_rows::status_tone;
use crate::i18n::{Text, contract_status, grouped, use_i18n};
use crate::platform::clock::Style;

/// The table of versions.
#[component]
pub fn Versions(
    #[prop(into)] versions: Signal<Vec<ContractVersionRow>>,
    /// The version that the page shows.
    #[prop(into)]
    shown: Signal<Option<u32>>,
    /// The version whose lines are shown.
    #[prop(into)]
    version: Signal<Option<u32>>,
    turning: Turning,
) -> impl IntoView {
    let i18n = use_i18n();
    let rows = move || {
        let row = |row| view! { <Version row shown version turning /> };
        versions.get().into_iter().map(row).collect_view()
    };
    let choice = move || {
        let versions = versions.get();
        (versions.len() > 1).then(|| view! { <Choose versions turning /> })
    };
    view! {
        <section class="panel">
            <h2>{i18n.t(Text::ContractHistory)}</h2>
            <div class="table-scroll" tabindex="0" role="region" aria-label=i18n.t(Text::ContractHistory)>
                <table class="contract-versions" data-testid="contract-versions">
                    <thead>
                        <tr>
                            <th scope="col">{i18n.t(Text::ContractVersion)}</th>
                            <th scope="col">{i18n.t(Text::VersionFrom)}</th>
                            <th scope="col" class="numeric">{i18n.t(Text::ColumnLines)}</th>
                            <th scope="col">{i18n.t(Text::VersionReleased)}</th>
                            <th scope="col">{i18n.t(Text::VersionReason)}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {choice}
        </section>
    }
}

#[component]
fn Version(
    row: ContractVersionRow,
    shown: Signal<Option<u32>>,
    version: Signal<Option<u32>>,
    turning: Turning,
) -> impl IntoView {
    let i18n = use_i18n();
    let number = row.version;
    let text = contract_status(row.status);
    let label = Signal::derive(move || i18n.t(text)().to_owned());
    let tone = status_tone(row.status);
    // A published version that is not the present one is an earlier or a later one, and says so by
    // its first day.
    let badge = move || {
        let is_shown = shown.get() == Some(number);
        (is_shown || tone != Tone::Positive).then(|| view! { <StatusBadge tone label /> })
    };
    let show_lines = move |_| {
        turning.to(|query: &mut ContractQuery| {
            *query = query.clone().at_version(number);
        })
    };
    let current = move || (version.get() == Some(number)).then_some("true");
    let count = move || grouped(&row.lines.to_string(), i18n.language());
    let lines_label = move || i18n.fill(Text::ContractLinesOf, &[("version", &number.to_string())]);
    let is_draft = row.status == ContractStatus::Draft;
    let reason = match &row.release {
        Some(release) if row.rationale.is_empty() => release.reason.clone(),
        _ => row.rationale,
    };
    let released = match row.release {
        Some(release) => view! { <Released release /> }.into_any(),
        None => {
            let text = if is_draft { Text::VersionUnreleased } else { Text::VersionUnknown };
            view! { <span class="muted">{i18n.t(text)}</span> }.into_any()
        }
    };
    view! {
        <tr data-testid="contract-version-row" data-version=number.to_string()>
            <th scope="row"><span class="version-name">{number}" "{badge}</span></th>
            <td><DateText date=row.from style=Style::Date /></td>
            <td class="numeric">
                <button type="button" class="button button-quiet" aria-current=current on:click=show_lines data-testid="version-lines">
                    {count}<span class="visually-hidden">": "{lines_label}</span>
                </button>
            </td>
            <td>{released}</td>
            <td class="typed-text">{reason}</td>
        </tr>
    }
}

/// The release that brought a version: its number, when, and by whom.
#[component]
fn Released(release: ReleaseFacts) -> impl IntoView {
    let i18n = use_i18n();
    let words = move || {
        let time = written_instant(i18n, release.at, Style::DateTime);
        let number = release.number.to_string();
        let values = [("number", number.as_str()), ("time", &time), ("name", &release.by)];
        i18n.fill(Text::VersionReleasedBy, &values)
    };
    view! { <span>{words}</span> }
}

/// Two versions, and the button that compares them. At first the latest one with the one before it.
#[component]
fn Choose(versions: Vec<ContractVersionRow>, turning: Turning) -> impl IntoView {
    let i18n = use_i18n();
    let number = |at: usize| versions.get(at).map_or(0, |row| row.version);
    let asked = turning
        .query
        .with_untracked(|query| query.comparison.as_ref().map(|comparison| comparison.versions));
    let (first, second) = asked.unwrap_or((number(1), number(0)));
    let (from, to) = (RwSignal::new(first), RwSignal::new(second));
    let choices = StoredValue::new(versions);
    let select = move |id: &'static str, label: Text, value: RwSignal<u32>| {
        let option = move |row: ContractVersionRow| {
            let number = row.version;
            let words = move || {
                let day = written_date(i18n, row.from, Style::Date);
                let number = number.to_string();
                i18n.fill(Text::CompareVersion, &[("version", &number), ("day", &day)])
            };
            view! { <option value=number.to_string() selected=move || value.get() == number>{words}</option> }
        };
        let choose = move |event| {
            if let Ok(number) = event_target_value(&event).parse() {
                value.set(number);
            }
        };
        view! {
            <div class="field">
                <label for=id>{i18n.t(label)}</label>
                <select id=id data-testid=id on:change=choose>
                    {choices.get_value().into_iter().map(option).collect_view()}
                </select>
            </div>
        }
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let versions = (from.get_untracked(), to.get_untracked());
        turning.to(|query| query.comparison = Some(Comparison::new(versions)));
    };
    view! {
        <form class="compare-form" aria-label=i18n.t(Text::CompareTitle) on:submit=submit>
            {select("compare-from", Text::CompareFrom, from)}
            {select("compare-to", Text::CompareTo, to)}
            <Button label=i18n.t(Text::CompareShow) submits=true test_id="compare" />
        </form>
    }
}
