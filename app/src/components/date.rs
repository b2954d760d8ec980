//! Days and instants, as the reader's language writes them.

use calloff_core::calendar::{Date, DateTime};
use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::Offset;
use leptos::prelude::*;

use crate::i18n::{I18n, use_i18n};
use crate::platform::clock::{self, Style};

/// A calendar day, which has no zone. The weekday is shown unless the caller asks for another
/// style.
#[component]
pub fn DateText(date: Date, #[prop(default = Style::Weekday)] style: Style) -> impl IntoView {
    let i18n = use_i18n();
    view! { <time datetime=date.to_string()>{move || written_date(i18n, date, style)}</time> }
}

/// A calendar day in words, for the middle of a sentence.
#[must_use]
pub fn written_date(i18n: I18n, date: Date, style: Style) -> String {
    clock::format_date(date, &locale(i18n), style).unwrap_or_else(|_| date.to_string())
}

/// A time of the day at a site, which has no zone: "14:00".
#[must_use]
pub fn written_time(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// An instant by the clock of this device. A page that shows instants at other places says so.
#[component]
pub fn Moment(
    /// Milliseconds since the Unix epoch.
    at_ms: i64,
    #[prop(default = Style::DateTime)] style: Style,
) -> impl IntoView {
    let i18n = use_i18n();
    view! { <time datetime=machine_readable(at_ms)>{move || written_instant(i18n, at_ms, style)}</time> }
}

/// The time on the clock at a site, as the server computed it, so that no browser needs to know the
/// site's zone. The zone is named if this device is set to another zone.
#[component]
pub fn SiteMoment(
    /// The instant, in milliseconds since the Unix epoch.
    at_ms: i64,
    /// The time on the site's clock. With `None`, the device's clock counts.
    local: Option<DateTime>,
    /// The IANA zone of the site.
    zone: String,
) -> impl IntoView {
    let i18n = use_i18n();
    let (shown_zone, is_elsewhere) = match local {
        Some(_) => (zone.clone(), zone != clock::device_zone()),
        None => (clock::device_zone(), zone != clock::device_zone()),
    };
    let words = move || match local {
        Some(local) => written_local(i18n, local, Style::DateTime),
        None => written_instant(i18n, at_ms, Style::DateTime),
    };
    view! {
        <time datetime=machine_readable(at_ms) title=shown_zone.clone()>{words}</time>
        {is_elsewhere.then(|| view! { <small class="muted site-zone">{shown_zone}</small> })}
    }
}

/// A date and time of day in words, without a zone.
#[must_use]
pub fn written_local(i18n: I18n, local: DateTime, style: Style) -> String {
    // The time is written as if it were UTC, a zone that every browser knows.
    let at_ms = Offset::UTC.to_timestamp(local).map(Timestamp::as_millisecond);
    let written =
        at_ms.ok().and_then(|at_ms| clock::format_instant(at_ms, "UTC", &locale(i18n), style).ok());
    written.unwrap_or_else(|| local.to_string())
}

/// An instant in words, by the clock of this device.
#[must_use]
pub fn written_instant(i18n: I18n, at_ms: i64, style: Style) -> String {
    let written = clock::format_instant(at_ms, &clock::device_zone(), &locale(i18n), style);
    written.unwrap_or_else(|_| machine_readable(at_ms))
}

fn machine_readable(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms)
        .map_or_else(|_| at_ms.to_string(), |instant| instant.to_string())
}

/// The device's own variant of the present language ("en-GB" writes dates otherwise than "en-US").
/// If the device is set to another language, the present language.
fn locale(i18n: I18n) -> String {
    let (device, language) = (clock::device_locale(), i18n.language().tag());
    let is_variant =
        device.split('-').next().is_some_and(|primary| primary.eq_ignore_ascii_case(language));
    if is_variant { device } else { language.to_owned() }
}
