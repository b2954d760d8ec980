//! The frame around the pages of both apps.

use leptos::prelude::*;

use super::notices::{NoticeRegion, Notices};
use crate::i18n::{I18n, Text};
use crate::platform::{second_tap, theme, translation};

/// The link that skips the header, the page, and the messages over it, in the theme chosen on this
/// device. Every component inside may ask for the language.
#[component]
pub fn Frame(i18n: I18n, notices: Notices, children: Children) -> impl IntoView {
    provide_context(i18n);
    theme::apply(theme::chosen());
    Effect::new(move |_| theme::set_root_attribute("lang", Some(i18n.language().tag())));
    translation::keep_own_texts();
    second_tap::ignore().forever();
    view! {
        <a class="skip-link" href="#main">{i18n.t(Text::SkipToContent)}</a>
        {children()}
        <NoticeRegion notices />
    }
}
