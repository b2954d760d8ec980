//! The device's clock, and dates as people at a place read them.
//!
//! Instants are milliseconds since 1970-01-01T00:00Z. Zones are IANA names ("America/Chicago").
//! This module uses the browser's own rules of zones (`Intl`). [`super::zone`] gives the day and
//! hour of a site by the rules that come with the catalogue.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use jiff::tz::Offset;
use jiff::{Timestamp, civil};
use js_sys::{Array, Date, Function, Intl::DateTimeFormat, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use super::server_time::{ClockState, ServerTime};
use super::thrown_text;

/// A zone or locale that the browser does not know, or an instant outside the calendar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    #[error(
        "this browser does not know the time zone {zone:?} or the language {locale:?}: {reason}"
    )]
    UnknownZoneOrLocale { zone: String, locale: String, reason: String },
    #[error("no calendar date for the instant {at_ms} ms")]
    OutsideCalendar { at_ms: i64 },
}

/// The parts of an instant that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Style {
    /// "Oct 27, 2026"
    Date,
    /// "Tue, Oct 27": a delivery day.
    Weekday,
    /// "Tue, Oct 27, 2026": a delivery day of another year.
    WeekdayYear,
    /// "10:02 AM"
    Time,
    /// "Oct 27, 2026, 10:02 AM"
    DateTime,
}

thread_local! {
    /// The last comparison of this device's clock with the server's.
    static SERVER_TIME: Cell<Option<ServerTime>> = const { Cell::new(None) };
    /// The device's clock and the time since the page was opened, at the last reading of the clock.
    static LAST_LOOK: Cell<Option<(i64, f64)>> = const { Cell::new(None) };
}

/// Milliseconds since the Unix epoch: this device's clock, corrected by the last comparison with
/// the server's.
#[must_use]
pub fn now_ms() -> i64 {
    let device_ms = device_ms();
    SERVER_TIME.get().map_or(device_ms, |known| known.now(device_ms))
}

/// Whether this device's clock is right.
#[must_use]
pub fn state() -> ClockState {
    let device_ms = device_ms();
    SERVER_TIME.get().map_or(ClockState::Right, |known| known.state(device_ms))
}

/// Milliseconds since the Unix epoch by this device's clock alone. The clock may be wrong, and a
/// person may set it while the page is open. The time since the page was opened shows such a step.
pub(super) fn device_ms() -> i64 {
    let device_ms = Date::now() as i64;
    let Some(opened_ms) = since_opened_ms() else { return device_ms };
    if let (Some((before_ms, before_opened_ms)), Some(known)) = (LAST_LOOK.get(), SERVER_TIME.get())
    {
        let step = device_ms - before_ms - (opened_ms - before_opened_ms) as i64;
        SERVER_TIME.set(Some(known.after_step(step)));
    }
    LAST_LOOK.set(Some((device_ms, opened_ms)));
    device_ms
}

/// Milliseconds since the page was opened. Setting the device's clock does not change them.
#[must_use]
pub fn since_opened_ms() -> Option<f64> {
    web_sys::window()?.performance().map(|performance| performance.now())
}

/// Notes the time that an answer of the server gave. `took_ms` is the time between request and
/// answer.
pub fn hear(server_ms: i64, took_ms: i64) {
    let heard = ServerTime::heard(server_ms, device_ms(), took_ms);
    SERVER_TIME.set(Some(heard.after(SERVER_TIME.get())));
}

/// The last comparison of this device's clock with the server's.
#[must_use]
pub fn server_time() -> Option<ServerTime> {
    SERVER_TIME.get()
}

/// Notes an earlier comparison, or one that another tab made, unless this tab has a newer one.
pub fn recall(known: Option<ServerTime>) {
    let is_newer =
        |known: &ServerTime| SERVER_TIME.get().is_none_or(|here| here.server_at < known.server_at);
    if let Some(known) = known.filter(is_newer) {
        SERVER_TIME.set(Some(known));
    }
}

/// The device's own date and time at an instant, in the zone to which the device is set.
#[must_use]
pub fn device_wall(at_ms: i64) -> civil::DateTime {
    let west_minutes = instant(at_ms).get_timezone_offset();
    let local_ms = at_ms.saturating_sub((west_minutes * 60_000.0) as i64);
    let local = Timestamp::from_millisecond(local_ms).unwrap_or_default();
    Offset::UTC.to_datetime(local)
}

/// The zone to which the device is set.
#[must_use]
pub fn device_zone() -> String {
    let options = DateTimeFormat::default().resolved_options();
    Reflect::get(&options, &"timeZone".into())
        .ok()
        .and_then(|zone| zone.as_string())
        .unwrap_or_else(|| "UTC".to_owned())
}

/// The browser's language as a BCP 47 tag.
#[must_use]
pub fn device_locale() -> String {
    web_sys::window()
        .and_then(|window| window.navigator().language())
        .unwrap_or_else(|| "en".to_owned())
}

/// The date and time in `zone` at an instant.
pub fn civil_date_time(at_ms: i64, zone: &str) -> Result<civil::DateTime, ClockError> {
    let parts = formatter("en-US", zone, Purpose::Civil)?.format_to_parts(&instant(at_ms));
    let field = |name: &str| part(&parts, name).ok_or(ClockError::OutsideCalendar { at_ms });
    let small = |name: &str| -> Result<i8, ClockError> {
        i8::try_from(field(name)?).map_err(|_| ClockError::OutsideCalendar { at_ms })
    };
    civil::DateTime::new(
        field("year")?,
        small("month")?,
        small("day")?,
        small("hour")?,
        small("minute")?,
        small("second")?,
        0,
    )
    .map_err(|_| ClockError::OutsideCalendar { at_ms })
}

/// An instant as people in `zone` write it in the language `locale`.
pub fn format_instant(
    at_ms: i64,
    zone: &str,
    locale: &str,
    style: Style,
) -> Result<String, ClockError> {
    let formatter = formatter(locale, zone, Purpose::Shown(style))?;
    formatter
        .format()
        .call1(&JsValue::UNDEFINED, &instant(at_ms))
        .ok()
        .and_then(|text| text.as_string())
        .ok_or(ClockError::OutsideCalendar { at_ms })
}

/// A calendar date, which has no zone, in the language `locale`.
pub fn format_date(date: civil::Date, locale: &str, style: Style) -> Result<String, ClockError> {
    let since_epoch = date.duration_since(civil::date(1970, 1, 1));
    // Within ±9999 years, this is at most 3.2e14 ms.
    let at_ms = since_epoch.as_secs() * 1000;
    format_instant(at_ms, "UTC", locale, style)
}

fn instant(at_ms: i64) -> Date {
    Date::new(&JsValue::from_f64(at_ms as f64))
}

fn part(parts: &Array, name: &str) -> Option<i16> {
    parts
        .iter()
        .find(|part| text_of(part, "type").as_deref() == Some(name))
        .and_then(|part| text_of(&part, "value"))
        .and_then(|digits| digits.parse().ok())
}

fn text_of(object: &JsValue, key: &str) -> Option<String> {
    Reflect::get(object, &key.into()).ok()?.as_string()
}

/// The purpose of a formatter: fields to compute with, or text to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Purpose {
    Civil,
    Shown(Style),
}

impl Purpose {
    fn options(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Civil => &[
                ("calendar", "gregory"),
                ("numberingSystem", "latn"),
                ("hourCycle", "h23"),
                ("year", "numeric"),
                ("month", "numeric"),
                ("day", "numeric"),
                ("hour", "numeric"),
                ("minute", "numeric"),
                ("second", "numeric"),
            ],
            Self::Shown(Style::Date) => &[("dateStyle", "medium")],
            Self::Shown(Style::Weekday) => {
                &[("weekday", "short"), ("month", "short"), ("day", "numeric")]
            }
            Self::Shown(Style::WeekdayYear) => {
                &[("weekday", "short"), ("year", "numeric"), ("month", "short"), ("day", "numeric")]
            }
            Self::Shown(Style::Time) => &[("timeStyle", "short")],
            Self::Shown(Style::DateTime) => &[("dateStyle", "medium"), ("timeStyle", "short")],
        }
    }
}

type FormatterKey = (String, String, Purpose);

thread_local! {
    /// A formatter takes about 50 µs to make, and a long table needs one for each cell. So each one
    /// is made once.
    static FORMATTERS: RefCell<HashMap<FormatterKey, DateTimeFormat>> = RefCell::default();
}

fn formatter(locale: &str, zone: &str, purpose: Purpose) -> Result<DateTimeFormat, ClockError> {
    let key = (locale.to_owned(), zone.to_owned(), purpose);
    if let Some(known) = FORMATTERS.with_borrow(|formatters| formatters.get(&key).cloned()) {
        return Ok(known);
    }
    let made = make_formatter(locale, zone, purpose).map_err(|thrown| {
        ClockError::UnknownZoneOrLocale {
            zone: zone.to_owned(),
            locale: locale.to_owned(),
            reason: thrown_text(&thrown),
        }
    })?;
    FORMATTERS.with_borrow_mut(|formatters| formatters.insert(key, made.clone()));
    Ok(made)
}

/// `new Intl.DateTimeFormat(…)` through `Reflect`, because the typed constructor does not catch its
/// `RangeError`.
fn make_formatter(locale: &str, zone: &str, purpose: Purpose) -> Result<DateTimeFormat, JsValue> {
    let options = Object::new();
    Reflect::set(&options, &"timeZone".into(), &zone.into())?;
    for (name, value) in purpose.options() {
        Reflect::set(&options, &(*name).into(), &(*value).into())?;
    }
    let intl = Reflect::get(&js_sys::global(), &"Intl".into())?;
    let constructor: Function = Reflect::get(&intl, &"DateTimeFormat".into())?.dyn_into()?;
    Reflect::construct(&constructor, &Array::of2(&locale.into(), &options))
        .map(JsCast::unchecked_into)
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use jiff::civil::date;
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    /// 2026-03-08T07:00:00Z, when clocks in New York go from 2 to 3.
    const SPRING_FORWARD_MS: i64 = 1_772_953_200_000;

    #[wasm_bindgen_test]
    fn the_date_is_that_of_the_site_not_of_the_device() {
        // 2024-02-29T23:30Z: still the leap day in Chicago, already March in Kolkata.
        let at_ms = 1_709_249_400_000;
        let date_in = |zone| civil_date_time(at_ms, zone).map(civil::DateTime::date);
        assert_eq!(date_in("America/Chicago"), Ok(date(2024, 2, 29)));
        assert_eq!(date_in("Asia/Kolkata"), Ok(date(2024, 3, 1)));
    }

    #[wasm_bindgen_test]
    fn the_wall_clock_skips_an_hour_when_daylight_saving_begins() {
        let wall = |at_ms| civil_date_time(at_ms, "America/New_York");
        assert_eq!(wall(SPRING_FORWARD_MS - 1000), Ok(date(2026, 3, 8).at(1, 59, 59, 0)));
        assert_eq!(wall(SPRING_FORWARD_MS), Ok(date(2026, 3, 8).at(3, 0, 0, 0)));
    }

    #[wasm_bindgen_test]
    fn midnight_is_hour_zero() {
        assert_eq!(civil_date_time(0, "UTC"), Ok(date(1970, 1, 1).at(0, 0, 0, 0)));
    }

    #[wasm_bindgen_test]
    fn an_unknown_zone_is_an_error() {
        assert!(matches!(
            civil_date_time(0, "Mars/Olympus"),
            Err(ClockError::UnknownZoneOrLocale { .. })
        ));
    }

    #[wasm_bindgen_test]
    fn dates_are_written_as_the_language_writes_them() {
        let day = date(2026, 10, 27);
        assert_eq!(format_date(day, "en-US", Style::Date).as_deref(), Ok("Oct 27, 2026"));
        assert_eq!(format_date(day, "de-DE", Style::Date).as_deref(), Ok("27.10.2026"));
    }
}
