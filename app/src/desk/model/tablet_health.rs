//! How a tablet is doing, by what it last said.

use calloff_core::wire::DeviceRow;

use crate::components::Tone;

/// A tablet that is used on every working day calls at least once in this time.
const FRESH_MS: i64 = 24 * 60 * 60 * 1000;

/// A tablet that does not call for this time, a week, is lost, broken or not used.
const STALE_MS: i64 = 7 * FRESH_MS;

/// The time since an instant, in its largest unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// Less than two minutes. A time in the future counts as now.
    Now,
    Minutes(i64),
    Hours(i64),
    Days(i64),
}

/// The time from `at` to `now`, both in milliseconds since the Unix epoch.
#[must_use]
pub fn age(at: i64, now: i64) -> Age {
    let minutes = now.saturating_sub(at) / 60_000;
    match minutes {
        ..=1 => Age::Now,
        2..=59 => Age::Minutes(minutes),
        60..=2_879 => Age::Hours(minutes / 60),
        _ => Age::Days(minutes / (24 * 60)),
    }
}

/// How urgent the time of the last contact is, in milliseconds since the Unix epoch.
#[must_use]
pub fn contact_tone(last_seen_at: i64, now: i64) -> Tone {
    match now.saturating_sub(last_seen_at) {
        silent if silent < FRESH_MS => Tone::Positive,
        silent if silent < STALE_MS => Tone::Caution,
        _ => Tone::Negative,
    }
}

/// Whether a tablet uses an older release than it should by now.
#[must_use]
pub fn is_behind(row: &DeviceRow) -> bool {
    row.release.zip(row.release_due).is_some_and(|(used, due)| used < due)
}

/// The rows whose tablet, site or site number holds every typed word.
#[must_use]
pub fn matching(rows: &[DeviceRow], typed: &str) -> Vec<DeviceRow> {
    let words: Vec<String> = typed.split_whitespace().map(str::to_lowercase).collect();
    let holds = |row: &&DeviceRow| {
        let text = format!("{}\n{}\n{}", row.name, row.site_name, row.site).to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    rows.iter().filter(holds).cloned().collect()
}

#[cfg(test)]
mod tests {
    use calloff_core::ids::DeviceId;

    use super::*;

    const MINUTE: i64 = 60_000;
    const DAY: i64 = 24 * 60 * MINUTE;

    fn row(name: &str, site: &str) -> DeviceRow {
        DeviceRow {
            device: DeviceId::mint(1_700_000_000_000, [7; 10]),
            name: name.to_owned(),
            site: "S-12".parse().unwrap(),
            site_name: site.to_owned(),
            enrolled_at: 0,
            last_seen_at: 0,
            credential_since: 0,
            revoked_at: None,
            app_version: None,
            release: None,
            release_due: None,
            unsent: None,
        }
    }

    #[test]
    fn an_age_is_in_its_largest_unit_and_a_clock_ahead_is_now() {
        assert_eq!(age(5 * MINUTE, 0), Age::Now);
        assert_eq!(age(0, 2 * MINUTE), Age::Minutes(2));
        assert_eq!(age(0, 60 * MINUTE), Age::Hours(1));
        assert_eq!(age(0, 47 * 60 * MINUTE), Age::Hours(47));
        assert_eq!(age(0, 2 * DAY), Age::Days(2));
    }

    #[test]
    fn a_silent_day_is_a_caution_and_a_silent_week_is_worse() {
        assert_eq!(contact_tone(0, DAY - 1), Tone::Positive);
        assert_eq!(contact_tone(0, DAY), Tone::Caution);
        assert_eq!(contact_tone(0, 7 * DAY), Tone::Negative);
        assert_eq!(contact_tone(DAY, 0), Tone::Positive);
    }

    #[test]
    fn a_tablet_is_behind_only_when_both_releases_are_known() {
        let used = |release, release_due| DeviceRow { release, release_due, ..row("a", "b") };
        assert!(is_behind(&used(Some(3), Some(4))));
        assert!(!is_behind(&used(Some(5), Some(4))), "it has an announced release");
        assert!(!is_behind(&used(None, Some(4))) && !is_behind(&used(Some(3), None)));
    }

    #[test]
    fn a_tablet_is_found_by_its_name_its_site_and_the_number_of_its_site() {
        let rows = [row("Kitchen", "Harbour"), row("Bar", "Hill")];
        let found = |typed: &str| matching(&rows, typed).len();
        assert_eq!((found("kit harb"), found("s-12"), found(""), found("kit hill")), (1, 2, 2, 0));
    }
}
