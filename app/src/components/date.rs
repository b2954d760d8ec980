//! Days and instants, as the reader's language writes them.

use calloff_core::calendar::{Date, DateTime};
use jiff::Timestamp;
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

/// The style in which a day is written on `today`: a weekday also has the year, unless it is this
/// year.
fn with_year(style: Style, date: Date, today: Date) -> Style {
    match style {
        Style::Weekday if date.year() != today.year() => Style::WeekdayYear,
        other => other,
    }
}

/// A calendar day in words, for the middle of a sentence.
#[must_use]
pub fn written_date(i18n: I18n, date: Date, style: Style) -> String {
    let style = with_year(style, date, clock::device_wall(clock::now_ms()).date());
    clock::format_date(date, &locale(i18n), style).unwrap_or_else(|_| date.to_string())
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
    #[prop(default = Style::DateTime)] style: Style,
    /// Whether the distance of the site's clock from UTC is shown, too. A list needs it where
    /// the clocks of its sites differ.
    #[prop(optional, into)]
    shows_offset: Signal<bool>,
) -> impl IntoView {
    let i18n = use_i18n();
    let (shown_zone, is_elsewhere) = match local {
        Some(_) => (zone.clone(), zone != clock::device_zone()),
        None => (clock::device_zone(), zone != clock::device_zone()),
    };
    let words = move || match local {
        Some(local) => written_local(i18n, local, style),
        None => written_instant(i18n, at_ms, style),
    };
    view! {
        <time datetime=machine_readable(at_ms) title=shown_zone.clone()>{words}</time>
        {is_elsewhere.then(|| view! { " "<small class="muted site-zone">{shown_zone}</small> })}
        {move || local.filter(|_| shows_offset.get()).and_then(|local| offset_words(at_ms, local)).map(|offset| view! {
            <small class="muted site-offset" data-testid="site-offset">{offset}</small>
        })}
    }
}

/// The distance of a clock from UTC: "UTC+1", "UTC−3:30". `None` if the instant is outside the
/// calendar.
#[must_use]
pub fn offset_words(at_ms: i64, local: DateTime) -> Option<String> {
    let as_utc = Offset::UTC.to_timestamp(local).ok()?.as_millisecond();
    // A local time may be cut to whole seconds, and no clock is a part of a minute away.
    let minutes = as_utc.checked_sub(at_ms)?.checked_add(30_000)?.div_euclid(60_000);
    let (sign, minutes) = if minutes < 0 { ("−", -minutes) } else { ("+", minutes) };
    Some(match (minutes / 60, minutes % 60) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, rest) => format!("UTC{sign}{hours}:{rest:02}"),
    })
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

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_day_of_another_year_has_its_year() {
        let today = date(2026, 12, 30);
        let style = |day| with_year(Style::Weekday, day, today);
        assert_eq!(style(date(2026, 12, 31)), Style::Weekday);
        assert_eq!(style(date(2027, 1, 2)), Style::WeekdayYear);
        assert_eq!(with_year(Style::Date, date(2206, 5, 2), today), Style::Date);
    }

    #[test]
    fn a_clock_is_named_by_its_distance_from_utc() {
        let noon = 1_774_526_400_000; // 2026-03-26T12:00:00Z
        let at = |hour, minute| offset_words(noon, date(2026, 3, 26).at(hour, minute, 0, 0));
        assert_eq!(at(12, 0).as_deref(), Some("UTC"));
        assert_eq!(at(13, 0).as_deref(), Some("UTC+1"));
        assert_eq!(at(8, 30).as_deref(), Some("UTC−3:30"));
        let next_day = offset_words(noon, date(2026, 3, 27).at(0, 45, 0, 0));
        assert_eq!(next_day.as_deref(), Some("UTC+12:45"));
    }
}
