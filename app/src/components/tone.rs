//! What something means for the reader.

use super::icon::IconName;

/// How good or urgent something is. It is always drawn with a word and an icon, never by colour
/// alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Neutral,
    Informative,
    Positive,
    Caution,
    Negative,
}

impl Tone {
    /// The tone's name in style sheets.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Informative => "informative",
            Self::Positive => "positive",
            Self::Caution => "caution",
            Self::Negative => "negative",
        }
    }

    /// The icon that says the same without colour.
    #[must_use]
    pub fn icon(self) -> IconName {
        match self {
            Self::Neutral => IconName::Dot,
            Self::Informative => IconName::Info,
            Self::Positive => IconName::Check,
            Self::Caution => IconName::Warning,
            Self::Negative => IconName::Cross,
        }
    }

    /// The icon as a character, for places that hold only text.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Neutral => "•",
            Self::Informative => "ℹ",
            Self::Positive => "✓",
            Self::Caution => "⚠",
            Self::Negative => "✕",
        }
    }

    /// Whether a screen reader should interrupt for a message in this tone.
    #[must_use]
    pub fn is_urgent(self) -> bool {
        matches!(self, Self::Caution | Self::Negative)
    }
}
