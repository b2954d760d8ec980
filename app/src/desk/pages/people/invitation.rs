//! A link that was just issued. It is shown once.

use calloff_core::wire::InvitationResponse;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::{Button, written_instant};
use crate::i18n::{Text, use_i18n};
use crate::platform::clock::Style;
use crate::platform::page;

/// The link of an invitation, to copy.
#[component]
pub fn IssuedInvitation(invitation: InvitationResponse, name: String) -> impl IntoView {
    let i18n = use_i18n();
    let InvitationResponse { link, expires_at } = invitation;
    let lead = move || {
        let time = written_instant(i18n, expires_at, Style::DateTime);
        i18n.fill(Text::InvitationLead, &[("name", &name), ("time", &time)])
    };
    let kept = StoredValue::new(link.clone());
    let is_copied = RwSignal::new(None::<bool>);
    let copy = Callback::new(move |()| {
        spawn_local(async move { is_copied.set(Some(page::copy(&kept.get_value()).await)) });
    });
    let copied = move || {
        let text = match is_copied.get()? {
            true => Text::CodeCopied,
            false => Text::CodeNotCopied,
        };
        Some(i18n.t(text)())
    };
    view! {
        <div class="stack gap-2" data-testid="invitation">
            <p>{lead}</p>
            <p class="code-link" data-testid="invitation-link">{link}</p>
            <div class="cluster">
                <Button label=i18n.t(Text::CodeCopy) on_press=copy test_id="invitation-copy" />
                <span role="status" class="muted">{copied}</span>
            </div>
        </div>
    }
}
