//! The language that was chosen on this device.

use super::{I18n, Language};
use crate::platform::{clock, hint};

const LANGUAGE: &str = "calloff.language";

/// The language chosen on this device. If there is no choice, the browser's language.
#[must_use]
pub fn language() -> Language {
    let tag = hint::read(LANGUAGE).unwrap_or_else(clock::device_locale);
    Language::from_tag(&tag)
}

/// Switches the app to a language and keeps the choice on this device.
pub fn choose(i18n: I18n, language: Language) {
    hint::write(LANGUAGE, language.tag());
    i18n.choose(language);
}
