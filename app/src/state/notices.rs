//! What the app has to tell people beside the page they are on.

use leptos::prelude::*;

pub use crate::components::status::Tone;
use crate::i18n::{I18n, Text};

/// One message, in the table's words so that it follows the language.
#[derive(Debug, Clone)]
pub struct Notice {
    pub tone: Tone,
    pub text: Text,
    /// What stands at the text's placeholders.
    pub values: Vec<(&'static str, String)>,
    /// A button: its label and what it does. The notice goes when it is pressed.
    pub action: Option<(Text, Callback<()>)>,
}

impl Notice {
    #[must_use]
    pub fn new(tone: Tone, text: Text) -> Self {
        Self { tone, text, values: Vec::new(), action: None }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.values.push((name, value.to_string()));
        self
    }

    #[must_use]
    pub fn action(mut self, label: Text, run: impl Fn() + Send + Sync + 'static) -> Self {
        self.action = Some((label, Callback::new(move |()| run())));
        self
    }

    /// The words, in the language now.
    #[must_use]
    pub fn words(&self, i18n: I18n) -> String {
        let values: Vec<_> = self.values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        i18n.fill(self.text, &values)
    }
}

/// The messages on the screen, oldest first.
#[derive(Debug, Clone, Copy)]
pub struct Notices(RwSignal<Shown>);

#[derive(Debug, Clone, Default)]
struct Shown {
    last: u64,
    list: Vec<(u64, Notice)>,
}

/// More than these hide the page; the oldest goes.
const MOST: usize = 4;

impl Default for Notices {
    fn default() -> Self {
        Self(RwSignal::new(Shown::default()))
    }
}

impl Notices {
    /// Shows a message until a person dismisses it, at most once at a time.
    pub fn show(self, notice: Notice) {
        self.0.update(|shown| {
            shown.list.retain(|(_, old)| old.text != notice.text || old.values != notice.values);
            shown.last += 1;
            shown.list.push((shown.last, notice));
            if shown.list.len() > MOST {
                shown.list.remove(0);
            }
        });
    }

    /// Takes every message with this text away: what it said no longer holds.
    pub fn withdraw(self, text: Text) {
        if self.0.with_untracked(|shown| shown.list.iter().any(|(_, notice)| notice.text == text)) {
            self.0.update(|shown| shown.list.retain(|(_, notice)| notice.text != text));
        }
    }

    pub fn dismiss(self, id: u64) {
        self.0.update(|shown| shown.list.retain(|(shown_id, _)| *shown_id != id));
    }

    /// What is shown, with an id for each.
    #[must_use]
    pub fn list(self) -> Vec<(u64, Notice)> {
        self.0.with(|shown| shown.list.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_message_is_shown_once_and_the_oldest_gives_way() {
        let _owner = leptos::reactive::owner::Owner::new_root(None);
        let notices = Notices::default();
        for number in 0..6 {
            notices.show(Notice::new(Tone::Caution, Text::NotSaved).with("reason", number));
            notices.show(Notice::new(Tone::Caution, Text::NotSaved).with("reason", number));
        }
        let reasons: Vec<_> = notices.list().into_iter().map(|(_, notice)| notice.values[0].1.clone()).collect();
        assert_eq!(reasons, ["2", "3", "4", "5"]);
        notices.withdraw(Text::NotSaved);
        assert!(notices.list().is_empty());
    }
}
