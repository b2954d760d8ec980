//! The names of jobs, in every language.

use calloff_core::wire::JobKind;

use super::{Language, Text, fill};

/// The name of a kind of jobs. A kind of a newer server has only its name in the database.
#[must_use]
pub fn job_name(kind: &str, language: Language) -> String {
    let text = match JobKind::named(kind) {
        Some(JobKind::Compaction) => Text::JobCompaction,
        Some(JobKind::Dispatch) => Text::JobDispatch,
        Some(JobKind::Expiry) => Text::JobExpiry,
        Some(JobKind::OldOrders) => Text::JobOldOrders,
        Some(JobKind::Release) => Text::JobRelease,
        None => Text::JobUnknown,
    };
    fill(text.in_language(language), &[("kind", kind)])
}
