//! A sentence in every language at once.

use serde::{Deserialize, Serialize};

use super::{Language, Text};

/// A sentence in every language. It is made where its data is, can be kept or sent to another tab,
/// and is shown in the language of that moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence([String; Language::ALL.len()]);

impl Sentence {
    /// Makes the sentence: `say` gives it in each language.
    pub fn of(say: impl Fn(Language) -> String) -> Self {
        Self(Language::ALL.map(say))
    }

    /// The sentence in one language.
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
