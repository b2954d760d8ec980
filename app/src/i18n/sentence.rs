//! A sentence in every language at once.

use serde::{Deserialize, Serialize};

use super::{Language, Text};

/// A sentence in every language: it is made where the data is, kept or handed to another tab, and
/// shown in the language of that moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence([String; Language::ALL.len()]);

impl Sentence {
    /// What `say` says in each language.
    pub fn of(say: impl Fn(Language) -> String) -> Self {
        Self(Language::ALL.map(say))
    }

    /// It in one language.
    #[must_use]
    pub fn in_language(&self, language: Language) -> &str {
        let at = Language::ALL.iter().position(|known| *known == language).unwrap_or_default();
        &self.0[at]
    }
}

impl From<Text> for Sentence {
    fn from(text: Text) -> Self {
        Self::of(|language| text.in_language(language).to_owned())
    }
}
