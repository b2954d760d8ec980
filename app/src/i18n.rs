//! Every text of the app in each of its languages, from one table ([`Text`]). Numbers are written
//! as each language writes them.
//!
//! A text that lacks one of the languages does not compile. The tests below check that the
//! languages of a text have the same placeholders.

mod audit;
pub mod chosen;
mod contracts;
mod explanation;
mod failures;
mod format;
mod jobs;
mod names;
mod people;
mod reasons;
mod refusals;
mod sentence;
mod suppliers;
mod texts;
mod units;

pub use audit::{audit_sentence, role_text};
pub use contracts::{
    ChangedFact, Fact, changed_facts, changed_names, commitment_use_words, contract_terms,
    days_left_words, header_facts, line_facts, names_words, pack_words, quantity_rules, rise_words,
    special_rules, validity_words,
};
pub use explanation::{headline, no_source, standing};
pub use format::{day, decimal, grouped, measure, money, notation, price, quantity};
pub use jobs::job_name;
pub use names::Names;
pub use people::person_refusal;
pub use reasons::{reason, undecidable};
pub use refusals::{document_error, order_refusal, push_refusal, site_refusal};
pub use sentence::Sentence;
pub use suppliers::{channel_kind, channel_words, contract_status, profile_refusal};
pub use texts::Text;
pub use units::{counted_unit_name, unit_name};

use leptos::prelude::*;

/// A language that the app speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Language {
    #[default]
    English,
    German,
}

impl Language {
    /// Every language, in the order in which the settings list them.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// The BCP 47 tag. It is also the language's name in storage and in `<html lang>`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The language's name in that language.
    #[must_use]
    pub fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    /// The language of a BCP 47 tag ("de-AT" is German). A language that the app does not speak
    /// gives English.
    #[must_use]
    pub fn from_tag(tag: &str) -> Self {
        let primary = tag.split('-').next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|language| primary.eq_ignore_ascii_case(language.tag()))
            .unwrap_or_default()
    }
}

/// The language chosen on this device. The app provides it to all its components.
#[derive(Debug, Clone, Copy)]
pub struct I18n(RwSignal<Language>);

impl I18n {
    /// Starts in a language.
    #[must_use]
    pub fn new(language: Language) -> Self {
        Self(RwSignal::new(language))
    }

    /// The present language. A view that calls this is drawn again when the language changes.
    #[must_use]
    pub fn language(self) -> Language {
        self.0.get()
    }

    /// Switches every text on the screen to `language`.
    pub fn choose(self, language: Language) {
        self.0.set(language);
    }

    /// A text that follows the language, for views.
    pub fn t(self, text: Text) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
        move || text.in_language(self.0.get())
    }

    /// A text with its placeholders filled, in the present language.
    #[must_use]
    pub fn fill(self, text: Text, values: &[(&str, &str)]) -> String {
        fill(text.in_language(self.0.get()), values)
    }

    /// `one` if `count` is exactly 1, else `other`, in the present language with `{count}` filled.
    #[must_use]
    pub fn count(self, count: usize, one: Text, other: Text) -> String {
        let text = if count == 1 { one } else { other };
        self.fill(text, &[("count", &grouped(&count.to_string(), self.0.get()))])
    }
}

/// The language chosen on this device. Panics outside of the app, which provides it at its root.
#[must_use]
pub fn use_i18n() -> I18n {
    expect_context()
}

/// Replaces each `{name}` by its value. A `{name}` without a value stays as it is.
#[must_use]
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = template.to_owned();
    for (name, value) in values {
        filled = filled.replace(&format!("{{{name}}}"), value);
    }
    filled
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn placeholders(template: &str) -> BTreeSet<&str> {
        template
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}'))
            .map(|(name, _)| name)
            .collect()
    }

    #[test]
    fn every_text_is_there_in_every_language_with_the_same_placeholders() {
        for text in Text::ALL {
            let english = text.in_language(Language::English);
            for language in Language::ALL {
                let translated = text.in_language(language);
                assert!(!translated.trim().is_empty(), "{text:?} in {language:?}");
                assert_eq!(
                    placeholders(translated),
                    placeholders(english),
                    "{text:?} in {language:?}"
                );
            }
        }
    }

    #[test]
    fn the_second_language_is_a_translation_and_no_copy() {
        let same = Text::ALL.iter().filter(|text| {
            text.in_language(Language::English) == text.in_language(Language::German)
        });
        // Names, and words that both languages share.
        assert!(same.count() * 10 < Text::ALL.len());
    }

    #[test]
    fn placeholders_are_filled_by_name() {
        assert_eq!(fill("{count} of {all}", &[("all", "9"), ("count", "2")]), "2 of 9");
        assert_eq!(fill("{missing}", &[]), "{missing}");
    }

    #[test]
    fn a_regional_tag_finds_its_language_and_an_unknown_one_is_english() {
        assert_eq!(Language::from_tag("de-AT"), Language::German);
        assert_eq!(Language::from_tag("DE"), Language::German);
        assert_eq!(Language::from_tag("fr-CA"), Language::English);
        assert_eq!(Language::from_tag(""), Language::English);
    }
}
