//! Messages that an app shows over the page.

use leptos::prelude::*;

pub use super::tone::Tone;
use crate::i18n::{I18n, Sentence, Text, use_i18n};

/// One message. It holds texts of the table, so that it follows the language.
#[derive(Debug, Clone)]
pub struct ShownNotice {
    pub tone: Tone,
    pub text: Text,
    /// The values for the text's placeholders, each with its placeholder's name.
    pub values: Vec<(&'static str, Value)>,
    /// A button: its label and its action. A press on the button also takes the message away.
    pub action: Option<(Text, Callback<()>)>,
    /// A link: its label and its path.
    pub link: Option<(Text, String)>,
    /// How the message is kept on disk until a person takes it away. `None`: it lives only on the
    /// screen.
    pub kept: Option<Kept>,
}

/// A value for a placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Words(String),
    /// A text that follows the language.
    Text(Text),
    /// A sentence that follows the language. It was made where its data is.
    Sentence(Sentence),
}

/// How a message is kept on disk.
#[derive(Debug, Clone)]
pub struct Kept {
    pub key: String,
    /// Deletes the message from the disk.
    pub forget: Callback<()>,
}

impl ShownNotice {
    #[must_use]
    pub fn new(tone: Tone, text: Text) -> Self {
        Self { tone, text, values: Vec::new(), action: None, link: None, kept: None }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.values.push((name, Value::Words(value.to_string())));
        self
    }

    #[must_use]
    pub fn with_text(mut self, name: &'static str, value: Text) -> Self {
        self.values.push((name, Value::Text(value)));
        self
    }

    #[must_use]
    pub fn with_sentence(mut self, name: &'static str, value: impl Into<Sentence>) -> Self {
        self.values.push((name, Value::Sentence(value.into())));
        self
    }

    #[must_use]
    pub fn action(mut self, label: Text, run: impl Fn() + Send + Sync + 'static) -> Self {
        self.action = Some((label, Callback::new(move |()| run())));
        self
    }

    #[must_use]
    pub fn link(mut self, label: Text, path: String) -> Self {
        self.link = Some((label, path));
        self
    }

    /// The message in the present language.
    #[must_use]
    pub fn words(&self, i18n: I18n) -> String {
        let language = i18n.language();
        let value = |value| match value {
            &Value::Text(text) => text.in_language(language),
            Value::Words(words) => words.as_str(),
            Value::Sentence(sentence) => sentence.in_language(language),
        };
        let values: Vec<_> = self.values.iter().map(|(name, said)| (*name, value(said))).collect();
        i18n.fill(self.text, &values)
    }
}

/// The messages on the screen, oldest first.
#[derive(Debug, Clone, Copy)]
pub struct Notices(RwSignal<Shown>);

#[derive(Debug, Clone, Default)]
struct Shown {
    last: u64,
    list: Vec<(u64, ShownNotice)>,
}

/// The most messages on the screen, because more would hide the page. Above this, the oldest
/// message that is not kept on disk goes.
const MOST: usize = 4;

impl Default for Notices {
    fn default() -> Self {
        Self(RwSignal::new(Shown::default()))
    }
}

impl Notices {
    /// Shows a message until a person dismisses it. The same message is on the screen only once.
    pub fn show(self, notice: ShownNotice) {
        self.0.update(|shown| {
            shown.list.retain(|(_, old)| old.text != notice.text || old.values != notice.values);
            shown.last += 1;
            shown.list.push((shown.last, notice));
            let oldest = shown.list.iter().position(|(_, notice)| notice.kept.is_none());
            if let Some(oldest) = oldest.filter(|_| shown.list.len() > MOST) {
                shown.list.remove(oldest);
            }
        });
    }

    /// Takes away every message with this text, because it no longer holds.
    pub fn withdraw(self, text: Text) {
        if self.0.with_untracked(|shown| shown.list.iter().any(|(_, notice)| notice.text == text)) {
            self.0.update(|shown| shown.list.retain(|(_, notice)| notice.text != text));
        }
    }

    /// Takes away the message that is kept under this key, because a person dismissed it in another
    /// tab.
    pub fn withdraw_kept(self, key: &str) {
        let is_kept =
            |notice: &ShownNotice| notice.kept.as_ref().is_some_and(|kept| kept.key == key);
        self.0.update(|shown| shown.list.retain(|(_, notice)| !is_kept(notice)));
    }

    /// Takes a message away for a person, also from the disk.
    pub fn dismiss(self, id: u64) {
        let kept = self.0.with_untracked(|shown| {
            shown
                .list
                .iter()
                .find(|(shown_id, _)| *shown_id == id)
                .and_then(|(_, notice)| notice.kept.clone())
        });
        if let Some(kept) = kept {
            kept.forget.run(());
        }
        self.0.update(|shown| shown.list.retain(|(shown_id, _)| *shown_id != id));
    }

    /// The messages on the screen, each with its id.
    #[must_use]
    pub fn list(self) -> Vec<(u64, ShownNotice)> {
        self.0.with(|shown| shown.list.clone())
    }
}

/// Draws the messages over the page. Screen readers read each as it appears.
#[component]
pub fn NoticeRegion(notices: Notices) -> impl IntoView {
    let i18n = use_i18n();
    let one = move |(id, notice): (u64, ShownNotice)| {
        let action = notice.action.map(|(label, run)| {
            let press = move |_| {
                notices.dismiss(id);
                run.run(());
            };
            view! { <button type="button" class="notice-action" data-testid="notice-action" on:click=press>{i18n.t(label)}</button> }
        });
        let link = notice.link.clone().map(|(label, path)| {
            view! { <a class="button notice-action" data-testid="notice-link" href=path on:click=move |_| notices.dismiss(id)>{i18n.t(label)}</a> }
        });
        let tone = notice.tone;
        let words = {
            let notice = ShownNotice { action: None, ..notice };
            move || notice.words(i18n)
        };
        view! {
            <li class="notice" data-tone=tone.name()>
                <span class="notice-sign" aria-hidden="true">{tone.sign()}</span>
                <p class="grow">{words}</p>
                {action}
                {link}
                <button type="button" class="notice-dismiss" aria-label=i18n.t(Text::Dismiss) on:click=move |_| notices.dismiss(id)>
                    <span aria-hidden="true">"✕"</span>
                </button>
            </li>
        }
    };
    view! {
        <ul role="list" class="notices" aria-live="polite" aria-label=i18n.t(Text::Notices) data-testid="notices">
            <For each=move || notices.list() key=|(id, _)| *id children=one />
        </ul>
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
            notices.show(ShownNotice::new(Tone::Caution, Text::NotSaved).with("reason", number));
            notices.show(ShownNotice::new(Tone::Caution, Text::NotSaved).with("reason", number));
        }
        let reasons: Vec<_> =
            notices.list().into_iter().map(|(_, notice)| notice.values[0].1.clone()).collect();
        assert_eq!(reasons, ["2", "3", "4", "5"].map(|reason| Value::Words(reason.to_owned())));
        notices.withdraw(Text::NotSaved);
        assert!(notices.list().is_empty());
    }

    #[test]
    fn what_is_kept_gives_way_to_nothing_and_is_forgotten_when_a_person_takes_it_away() {
        let owner = leptos::reactive::owner::Owner::new_root(None);
        let notices = Notices::default();
        let forgotten = owner.with(|| RwSignal::new(0));
        for number in 0..6 {
            let forget = Callback::new(move |()| forgotten.update(|forgotten| *forgotten += 1));
            let kept = Some(Kept { key: number.to_string(), forget });
            notices.show(ShownNotice {
                kept,
                ..ShownNotice::new(Tone::Caution, Text::NotApplied).with("reason", number)
            });
        }
        notices.show(ShownNotice::new(Tone::Caution, Text::NotSaved));
        assert_eq!(notices.list().len(), 6, "what is not kept gives way");
        notices.dismiss(notices.list()[0].0);
        notices.withdraw_kept("1");
        assert_eq!((notices.list().len(), forgotten.get_untracked()), (4, 1));
    }
}
