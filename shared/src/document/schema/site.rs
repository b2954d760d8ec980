//! Every key of a site's document, schema 1.
//!
//! ```text
//! kind, schema          written by the genesis change only
//! areas        {area id → {name, place}}
//! lines        {line id → {item, unit, added_by, added_at, area, place, kept, par_1 … par_7}}
//! hours        {1 … 7 → "06:00-11:30", empty for never}
//! instructions
//! contacts     {contact id → contact, empty for removed}
//! ```
//! All values are plain strings: quantities as canonical decimals, days by their ISO number. An
//! area that was removed has an empty name, a line that stands in none an empty `area`. `kept` is
//! the intent that last put the line into the guide or set a par, empty once it was taken out. A
//! contact is one JSON text: it is written as a whole.

use super::{ADDED_AT, ADDED_BY};
use crate::calendar::IsoWeekday;

pub(crate) const AREAS: &str = "areas";
pub(crate) const LINES: &str = "lines";
pub(crate) const HOURS: &str = "hours";
pub(crate) const INSTRUCTIONS: &str = "instructions";
pub(crate) const CONTACTS: &str = "contacts";

pub(in crate::document) const NAME: &str = "name";
pub(in crate::document) const PLACE: &str = "place";
pub(in crate::document) const ITEM: &str = "item";
pub(in crate::document) const UNIT: &str = "unit";
pub(in crate::document) const AREA: &str = "area";
pub(in crate::document) const KEPT: &str = "kept";

/// What an area holds: written by the change that adds it, and again.
pub(crate) const AREA_KEYS: [&str; 2] = [NAME, PLACE];

/// What a line holds beside its pars: written by the change that adds it.
pub(crate) const LINE_KEYS: [&str; 7] = [ITEM, UNIT, ADDED_BY, ADDED_AT, AREA, PLACE, KEPT];

/// What of a line is written again.
pub(crate) const CHANGING_LINE_KEYS: [&str; 3] = [AREA, PLACE, KEPT];

/// The key of a line's par on a weekday.
pub(crate) fn par(weekday: IsoWeekday) -> &'static str {
    const PARS: [&str; 7] = ["par_1", "par_2", "par_3", "par_4", "par_5", "par_6", "par_7"];
    PARS[usize::from(weekday.number() - 1)]
}

/// The weekday of a key that is its ISO number.
pub(crate) fn weekday(key: &str) -> Option<IsoWeekday> {
    IsoWeekday::ALL.into_iter().find(|weekday| weekday.number().to_string() == key)
}
