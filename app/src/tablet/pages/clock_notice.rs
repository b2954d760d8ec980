//! Notices about this tablet's clock. Orders use the server's time. The notices say how wrong the
//! tablet's clock is.

use leptos::prelude::*;

use super::sync_chip::age_words;
use crate::components::{NoticeBox, Tone};
use crate::i18n::{I18n, Text, use_i18n};
use crate::platform::server_time::{ClockState, Span, span};
use crate::platform::zone::Followed;
use crate::tablet::state::sync_status::{Contact, age};
use crate::tablet::state::tablet::{ThisTablet, use_tablet};

/// A notice, shown only while the clock is wrong, or while the site's time zone is unknown.
#[component]
pub fn ClockNotice() -> impl IntoView {
    let i18n = use_i18n();
    let tablet = use_tablet();
    let clock = Memo::new(move |_| clock_words(i18n, tablet));
    let zone = Memo::new(move |_| {
        unknown_zone(tablet).map(|zone| i18n.fill(Text::ZoneUnknown, &[("zone", &zone)]))
    });
    let say = move |words: Memo<Option<String>>, test_id: &'static str| {
        let shown = move || words.get().unwrap_or_default();
        view! {
            <Show when=move || words.with(Option::is_some)>
                <NoticeBox tone=Tone::Caution message=Signal::derive(shown) test_id />
            </Show>
        }
    };
    view! {
        {say(clock, "clock-notice")}
        {say(zone, "zone-notice")}
    }
}

/// The words that the sync chip adds while the clock is wrong. `None` while it is right.
#[must_use]
pub fn clock_in_short(i18n: I18n, tablet: ThisTablet) -> Option<String> {
    let (text, off_by) = match tablet.clock() {
        ClockState::Right => return None,
        ClockState::SetBack => return Some(i18n.fill(Text::ClockSetBackShort, &[])),
        ClockState::Behind(off_by) => (Text::ClockBehindShort, off_by),
        ClockState::Ahead(off_by) => (Text::ClockAheadShort, off_by),
    };
    Some(i18n.fill(text, &[("span", &span_words(i18n, off_by))]))
}

/// The comparison with the server's clock, for the settings. It is shown also when the clock is
/// right.
#[must_use]
pub fn clock_compared(i18n: I18n, tablet: ThisTablet) -> String {
    let compared =
        tablet.connection.get().last_contact.map(|at| age_words(i18n, age(at, tablet.now.get())));
    match (clock_in_short(i18n, tablet), compared) {
        (Some(off), Some(compared)) => {
            format!("{off} · {}", i18n.fill(Text::ClockCompared, &[("age", &compared)]))
        }
        (Some(off), None) => off,
        (None, Some(compared)) => i18n.fill(Text::ClockRight, &[("age", &compared)]),
        (None, None) => i18n.fill(Text::ClockUnknown, &[]),
    }
}

fn clock_words(i18n: I18n, tablet: ThisTablet) -> Option<String> {
    let said = match tablet.clock() {
        ClockState::Right => return None,
        ClockState::SetBack => i18n.fill(Text::ClockSetBack, &[]),
        ClockState::Behind(off_by) => {
            i18n.fill(Text::ClockBehind, &[("span", &span_words(i18n, off_by))])
        }
        ClockState::Ahead(off_by) => {
            i18n.fill(Text::ClockAhead, &[("span", &span_words(i18n, off_by))])
        }
    };
    let connection = tablet.connection.get();
    match (connection.contact, connection.last_contact) {
        (Contact::Reached, _) | (_, None) => Some(said),
        // Without a network, the comparison is only as good as the last contact is recent.
        (_, Some(at)) => {
            let age = age_words(i18n, age(at, tablet.now.get()));
            Some(format!("{said} {}", i18n.fill(Text::ClockAsOf, &[("age", &age)])))
        }
    }
}

/// The name of the site's zone, if neither the catalogue nor this browser has its rules. Else
/// `None`.
fn unknown_zone(tablet: ThisTablet) -> Option<String> {
    let release = tablet.catalogue.release()?;
    let zone = tablet.zone(&release);
    let (_, followed) = zone.wall(tablet.now.get());
    (followed == Followed::Device).then_some(zone.name).flatten()
}

fn span_words(i18n: I18n, milliseconds: i64) -> String {
    let (count, one, other) = match span(milliseconds) {
        Span::Minutes(count) => (count, Text::SpanMinute, Text::SpanMinutes),
        Span::Hours(count) => (count, Text::SpanHour, Text::SpanHours),
        Span::Days(count) => (count, Text::SpanDay, Text::SpanDays),
    };
    i18n.count(usize::try_from(count).unwrap_or_default(), one, other)
}
