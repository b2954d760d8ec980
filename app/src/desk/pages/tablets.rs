//! The page of tablets: a list with their health, codes that enrol more, and what people do with
//! one.

mod acts;
mod code;

use calloff_core::wire::{DeviceRow, PersonRole};
use leptos::prelude::*;

use self::acts::{ActDialog, TabletAct};
use self::code::{Code, IssueCode, IssuedCode};
use super::live_list::{ListSearch, ListWords, LiveList};
use crate::api;
use crate::components::{Button, ButtonKind, Moment, StatusBadge, Tone, written_instant};
use crate::desk::model::tablet_health::{Age, age, contact_tone, is_behind, matching};
use crate::desk::state::live::Live;
use crate::desk::state::session::use_desk;
use crate::i18n::{I18n, Text, use_i18n};
use crate::platform::clock::{self, Style};

/// What the signed-in person may do with tablets, as the server's list of endpoints says it.
#[derive(Debug, Clone, Copy)]
struct Allowed {
    to_enrol: bool,
    to_change: bool,
}

const WORDS: ListWords = ListWords {
    loading: Text::TabletsLoading,
    none: (Text::TabletsNone, Text::TabletsNoneAdvice),
    readers: Text::TabletsReaders,
};

#[component]
pub fn TabletsPage() -> impl IntoView {
    let i18n = use_i18n();
    let desk = use_desk();
    let tablets = Live::new(desk, Memo::new(|_| ()), |()| Box::pin(api::devices()));
    let allowed = Allowed {
        to_enrol: desk.has(&[PersonRole::Admin]),
        to_change: desk.has(&[PersonRole::Admin, PersonRole::SiteManager]),
    };
    let again = Callback::new(move |()| tablets.request());
    let code: Code = RwSignal::new(None);
    let begun = RwSignal::new(None);
    let typed = RwSignal::new(String::new());
    let found = Memo::new(move |_| {
        let rows = tablets.shown.get().value;
        rows.map(|rows| typed.with(|typed| matching(&rows, typed))).unwrap_or_default()
    });
    let rows = move || {
        let rows = found.get().into_iter();
        rows.map(|row| view! { <Row row allowed begun /> }).collect_view()
    };
    let search = ListSearch {
        label: Text::TabletsSearch,
        typed,
        is_without_match: Signal::derive(move || found.with(Vec::is_empty)),
        id: "tablets-search",
    };
    view! {
        <div class="page-head"><h1>{i18n.t(Text::Tablets)}</h1></div>
        {allowed.to_enrol.then(|| view! { <IssueCode code /> })}
        {move || code.get().map(|issued| view! { <IssuedCode issued code /> })}
        <LiveList list=tablets is_empty=|rows| rows.is_empty() words=WORDS search>
            <div class="table-scroll" tabindex="0" role="region" aria-label=i18n.t(Text::Tablets)>
                <table class="tablets" data-testid="tablets">
                    <thead>
                        <tr>
                            <th scope="col">{i18n.t(Text::Site)}</th>
                            <th scope="col">{i18n.t(Text::ColumnTablet)}</th>
                            <th scope="col">{i18n.t(Text::TabletContact)}</th>
                            <th scope="col">{i18n.t(Text::TabletCatalogue)}</th>
                            <th scope="col">{i18n.t(Text::TabletUnsent)}</th>
                            <th scope="col">{i18n.t(Text::TabletApp)}</th>
                            <th scope="col"><span class="visually-hidden">{i18n.t(Text::TabletActs)}</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <ActDialog begun code again />
        </LiveList>
    }
}

#[component]
fn Row(
    row: DeviceRow,
    allowed: Allowed,
    begun: RwSignal<Option<(TabletAct, DeviceRow)>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let is_revoked = row.revoked_at.is_some();
    let since = {
        let enrolled_at = row.enrolled_at;
        move || {
            let day = written_instant(i18n, enrolled_at, Style::Date);
            i18n.fill(Text::TabletSince, &[("day", &day)])
        }
    };
    let kept = StoredValue::new(row.clone());
    let button = move |act: TabletAct, label: Text, test_id: &'static str| {
        let begin = Callback::new(move |()| begun.set(Some((act.clone(), kept.get_value()))));
        view! { <Button label=i18n.t(label) kind=ButtonKind::Quiet on_press=begin test_id=test_id /> }
    };
    let change = move |act, label, test_id| allowed.to_change.then(|| button(act, label, test_id));
    let acts = (!is_revoked).then(|| {
        view! {
            <div class="row-acts">
                {change(TabletAct::Rename, Text::TabletRename, "rename")}
                {allowed.to_enrol.then(|| button(TabletAct::Replace, Text::TabletReplace, "replace"))}
                {change(TabletAct::Revoke, Text::TabletRevoke, "revoke")}
            </div>
        }
    });
    view! {
        <tr data-testid="tablet" data-device=row.device.to_string()>
            <th scope="row" class="cell-stack">
                <span>{row.site_name.clone()}</span>
                <small class="muted">{row.site.to_string()}</small>
            </th>
            <td class="cell-stack">
                <span data-testid="tablet-name">{row.name.clone()}</span>
                <small class="muted">{since}</small>
            </td>
            <Health row=row.clone() />
            <td>{acts}</td>
        </tr>
    }
}

/// The cells about a tablet's health. A revoked tablet has only its last contact.
#[component]
fn Health(row: DeviceRow) -> impl IntoView {
    let i18n = use_i18n();
    let now = clock::now_ms();
    let seen_at = row.last_seen_at;
    let contact = match row.revoked_at {
        Some(_) => {
            let label = Signal::derive(move || i18n.t(Text::TabletRevoked)().to_owned());
            view! { <StatusBadge tone=Tone::Neutral label /> }
        }
        None => {
            let label = Signal::derive(move || age_words(i18n, age(seen_at, now)));
            view! { <StatusBadge tone=contact_tone(seen_at, now) label /> }
        }
    };
    let unknown = || view! { <span class="muted">"–"</span> }.into_any();
    let badge = |text: Text, name: &'static str, value: String| {
        let label = Signal::derive(move || i18n.fill(text, &[(name, &value)]));
        view! { <StatusBadge tone=Tone::Caution label /> }.into_any()
    };
    let is_in_use = row.revoked_at.is_none();
    let release = match row.release.filter(|_| is_in_use) {
        None => unknown(),
        Some(number) if is_behind(&row) => badge(Text::TabletBehind, "number", number.to_string()),
        Some(number) => number.to_string().into_any(),
    };
    let unsent = match row.unsent.filter(|_| is_in_use) {
        None => unknown(),
        Some(0) => "0".into_any(),
        Some(count) => badge(Text::TabletHolds, "count", count.to_string()),
    };
    // Desk and tablet come from one build, so the desk's version is the newest.
    let app = match row.app_version.clone().filter(|_| is_in_use) {
        None => unknown(),
        Some(version) if version == env!("CARGO_PKG_VERSION") => version.into_any(),
        Some(version) => badge(Text::TabletOldApp, "version", version),
    };
    view! {
        <td class="cell-stack" data-testid="tablet-contact">
            <span>{contact}</span>
            <small class="muted"><Moment at_ms=seen_at /></small>
        </td>
        <td>{release}</td>
        <td data-testid="tablet-unsent">{unsent}</td>
        <td>{app}</td>
    }
}

fn age_words(i18n: I18n, age: Age) -> String {
    let count = |text: Text, count: i64| i18n.fill(text, &[("count", &count.to_string())]);
    match age {
        Age::Now => i18n.fill(Text::AgeNow, &[]),
        Age::Minutes(minutes) => count(Text::AgeMinutes, minutes),
        Age::Hours(hours) => count(Text::AgeHours, hours),
        Age::Days(days) => count(Text::AgeDays, days),
    }
}
