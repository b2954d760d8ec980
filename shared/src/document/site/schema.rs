//! Every key of a document of site settings, in schema 1.
//!
//! ```text
//! kind, schema          written by the genesis change only
//! areas        {area id → {name, place}}
//! lines        {line id → {item, unit, added_by, added_at, area, place, kept, par_1 … par_7}}
//! hours        {1 … 7 → "06:00-11:30", empty for never}
//! instructions
//! contacts     {contact id → contact, empty for removed}
//! ```
//! All values are plain strings: quantities are canonical decimals, days are ISO numbers. A removed
//! area has an empty name. A line outside every area has an empty `area`. `kept` is the intent that
//! last put the line into the guide or set a par; it is empty after the line was taken out. A
//! contact is one JSON text, because it is written as a whole.

use crate::calendar::IsoWeekday;
use crate::document::schema::{ADDED_AT, ADDED_BY};

pub(super) const AREAS: &str = "areas";
pub(super) const LINES: &str = "lines";
pub(super) const HOURS: &str = "hours";
pub(super) const INSTRUCTIONS: &str = "instructions";
pub(super) const CONTACTS: &str = "contacts";

pub(super) const NAME: &str = "name";
pub(super) const PLACE: &str = "place";
pub(super) const ITEM: &str = "item";
pub(super) const UNIT: &str = "unit";
pub(super) const AREA: &str = "area";
pub(super) const KEPT: &str = "kept";

/// The keys of an area. The change that adds the area writes them; later changes write them again.
pub(super) const AREA_KEYS: [&str; 2] = [NAME, PLACE];

/// The keys of a line beside its pars. The change that adds the line writes them.
pub(super) const LINE_KEYS: [&str; 7] = [ITEM, UNIT, ADDED_BY, ADDED_AT, AREA, PLACE, KEPT];

/// The keys of a line that are written again.
pub(super) const CHANGING_LINE_KEYS: [&str; 3] = [AREA, PLACE, KEPT];

/// The key of a line's par for a weekday.
pub(super) fn par(weekday: IsoWeekday) -> &'static str {
    const PARS: [&str; 7] = ["par_1", "par_2", "par_3", "par_4", "par_5", "par_6", "par_7"];
    PARS[usize::from(weekday.number() - 1)]
}

/// The weekday of a key. The key is its ISO number.
pub(super) fn weekday(key: &str) -> Option<IsoWeekday> {
    IsoWeekday::ALL.into_iter().find(|weekday| weekday.number().to_string() == key)
}
