//! Codes that enrol tablets: the form, and the code as text, picture and link.

use calloff_core::wire::{EnrolmentCodeRequest, EnrolmentCodeResponse};
use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api;
use crate::components::{Button, ButtonKind, NoticeBox, Tone, written_instant};
use crate::desk::pages::people::use_places;
use crate::desk::pages::place_picker::PlacePicker;
use crate::i18n::{Sentence, Text, use_i18n};
use crate::platform::clock::Style;
use crate::platform::page;

/// A code on the screen.
#[derive(Clone, PartialEq, Eq)]
pub struct Issued {
    pub answer: EnrolmentCodeResponse,
    /// The name of the site.
    pub site: String,
    /// The name of the tablet that is revoked when the code is used.
    pub replaced: Option<String>,
}

/// The code that was issued last. `None` before the first one, and after somebody put it away.
pub type Code = RwSignal<Option<Issued>>;

/// The form for an enrolment code. A person chooses the site by its name.
#[component]
pub fn IssueCode(code: Code) -> impl IntoView {
    let i18n = use_i18n();
    let places = use_places().own;
    let site: RwSignal<Option<String>> = RwSignal::new(None);
    let busy = RwSignal::new(false);
    let failure: RwSignal<Option<Sentence>> = RwSignal::new(None);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(site) = site.get_untracked().and_then(|site| site.parse().ok()) else {
            failure.set(Some(Text::CodeNeedsSite.into()));
            return;
        };
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        code.set(None);
        failure.set(None);
        spawn_local(async move {
            let request = EnrolmentCodeRequest { site, valid_hours: None, replaces: None };
            match api::enrolment_code(&request).await {
                Ok(answer) => {
                    let name = places.with_untracked(|places| {
                        let chosen = places.iter().find(|row| row.place == request.site);
                        chosen.map(|row| row.name.clone())
                    });
                    let site = name.unwrap_or_else(|| request.site.to_string());
                    code.set(Some(Issued { answer, site, replaced: None }));
                }
                Err(error) => failure.set(Some(Sentence::from(&error))),
            }
            busy.set(false);
        });
    };
    let failed = move || {
        failure.get().map(|reason| {
            let message = move || {
                i18n.fill(Text::CodeFailed, &[("reason", reason.in_language(i18n.language()))])
            };
            view! { <NoticeBox tone=Tone::Negative message test_id="code-failed" /> }
        })
    };
    view! {
        <section class="panel">
            <form class="enrol-code" on:submit=submit>
                <PlacePicker
                    id="code-site"
                    label=Text::CodeSite
                    none=Text::CodeChooseSite
                    places
                    sites_only=true
                    value=site
                    on_choose=Callback::new(move |chosen| {
                        failure.set(None);
                        site.set(chosen);
                    })
                />
                <Button label=i18n.t(Text::CodeIssue) submits=true busy test_id="code-issue" />
            </form>
            {failed}
        </section>
    }
}

/// The code as text and as a picture, and its link to copy. The link is not for this browser: it
/// would enrol this computer. The page comes to the code, which may be above the screen.
#[component]
pub fn IssuedCode(issued: Issued, code: Code) -> impl IntoView {
    let i18n = use_i18n();
    let element: NodeRef<html::Section> = NodeRef::new();
    Effect::new(move |_| {
        if let Some(section) = element.get() {
            // This fails only for an element that cannot have the focus.
            let _ = section.focus();
        }
    });
    let Issued { answer, site, replaced } = issued;
    let until = move || {
        let time = written_instant(i18n, answer.expires_at, Style::DateTime);
        i18n.fill(Text::CodeReady, &[("time", &time)])
    };
    let replaces = replaced.map(|tablet| {
        let words = move || i18n.fill(Text::CodeReplaces, &[("tablet", &tablet)]);
        view! { <p data-testid="code-replaces">{words}</p> }
    });
    let link = StoredValue::new(answer.link.clone());
    let is_copied = RwSignal::new(None::<bool>);
    let copy = Callback::new(move |()| {
        spawn_local(async move { is_copied.set(Some(page::copy(&link.get_value()).await)) });
    });
    let copied = move || {
        let text = match is_copied.get()? {
            true => Text::CodeCopied,
            false => Text::CodeNotCopied,
        };
        Some(i18n.t(text)())
    };
    let title = move || i18n.fill(Text::CodeFor, &[("site", &site)]);
    let picture = format!("data:image/svg+xml,{}", api::percent_encoded(&answer.qr_svg));
    view! {
        <section class="panel issued-code to-print" data-testid="code" node_ref=element tabindex="-1">
            <img src=picture alt=i18n.t(Text::CodePicture) width="200" height="200" data-testid="code-picture" />
            <div class="stack gap-2">
                <h2>{title}</h2>
                <p><strong class="code-text" data-testid="code-text">{answer.code}</strong></p>
                <p class="muted">{until}</p>
                {replaces}
                <p class="code-link" data-testid="code-link">{answer.link}</p>
                <div class="cluster not-printed">
                    <Button label=i18n.t(Text::CodeCopy) on_press=copy test_id="code-copy" />
                    <Button label=i18n.t(Text::Print) on_press=Callback::new(|()| page::print()) test_id="code-print" />
                    <Button label=i18n.t(Text::Close) kind=ButtonKind::Quiet
                        on_press=Callback::new(move |()| code.set(None)) test_id="code-close" />
                    <span role="status" class="muted">{copied}</span>
                </div>
            </div>
        </section>
    }
}
