//! Makes this browser a tablet of a site: it exchanges a one-time code for a credential, and
//! fetches the catalogue.

use calloff_core::wire::{EnrolRequest, ErrorCode};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};

use crate::api;
use crate::components::{Button, ButtonKind, ButtonSize, ErrorView, LoadingView};
use crate::i18n::{Sentence, Text, use_i18n};
use crate::platform::http::HttpError;
use crate::platform::ids::random_bytes;
use crate::tablet::app::{BrowserUse, use_roles};
use crate::tablet::routes::Page;
use crate::tablet::state::catalogue::CatalogueState;
use crate::tablet::state::session::{self, Enrolment, SessionError};
use crate::tablet::state::sync_status::{Blocked, Contact};
use crate::tablet::state::tablet::ThisTablet;

/// Why the server did not accept the code.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Failure {
    /// The code is unknown, used or expired.
    Code,
    /// The code is for another site than the unsent work.
    Elsewhere,
    Offline,
    TooOften,
    Other(Sentence),
}

impl From<HttpError> for Failure {
    fn from(error: HttpError) -> Self {
        match (&error, api::error_code(&error)) {
            (_, Some(ErrorCode::EnrolmentCodeInvalid)) => Self::Code,
            (_, Some(ErrorCode::EnrolmentCodeElsewhere)) => Self::Elsewhere,
            (_, Some(ErrorCode::RateLimited)) => Self::TooOften,
            (HttpError::Offline(_) | HttpError::Timeout(_), _) => Self::Offline,
            (HttpError::Status { .. } | HttpError::Decode(_), _) => Self::Other((&error).into()),
        }
    }
}

impl Failure {
    fn title(&self) -> Text {
        match self {
            Self::Code => Text::EnrolCodeInvalid,
            Self::Elsewhere => Text::EnrolCodeElsewhere,
            Self::Offline => Text::EnrolOffline,
            Self::TooOften => Text::EnrolTooOften,
            Self::Other(_) => Text::EnrolFailed,
        }
    }
}

/// The content of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Nothing,
    Form,
    /// The form of a tablet that head office no longer knows.
    FormAgain,
    /// A tablet has a code in its address. The page waits until the server has said whether it
    /// still knows the tablet.
    Asking,
    Enrolled,
}

#[component]
pub fn Enrol() -> impl IntoView {
    let roles = use_roles();
    let fragment = use_location().hash;
    let tablet = move || match roles.role() {
        BrowserUse::Tablet(tablet) => Some(*tablet),
        BrowserUse::Opening | BrowserUse::Nobody | BrowserUse::Broken(_) => None,
    };
    let shown = Memo::new(move |before: Option<&Shown>| {
        if matches!(roles.role(), BrowserUse::Opening) {
            return Shown::Nothing;
        }
        let Some(tablet) = tablet() else { return Shown::Form };
        match tablet.connection.get().contact {
            Contact::Refused(Blocked::Credential) => Shown::FormAgain,
            // The form stays while the network comes and goes.
            _ if before == Some(&Shown::FormAgain) => Shown::FormAgain,
            Contact::Unknown if !fragment.get().is_empty() => Shown::Asking,
            _ => Shown::Enrolled,
        }
    });
    let page = move || match (shown.get(), untrack(tablet)) {
        (Shown::Nothing, _) => ().into_any(),
        (Shown::Form | Shown::FormAgain, tablet) => view! { <EnrolForm tablet /> }.into_any(),
        (Shown::Asking, _) => view! { <Connecting /> }.into_any(),
        (Shown::Enrolled, Some(tablet)) => view! { <Enrolled tablet /> }.into_any(),
        (Shown::Enrolled, None) => ().into_any(),
    };
    view! { <main id="main" class="page page-reading stack" tabindex="-1">{page}</main> }
}

#[component]
fn Connecting() -> impl IntoView {
    let i18n = use_i18n();
    view! { <LoadingView message=Signal::derive(move || i18n.t(Text::SyncConnecting)().to_owned()) /> }
}

/// The form. With a `tablet` that head office no longer knows, it says what happens to the work
/// done there.
#[component]
fn EnrolForm(tablet: Option<ThisTablet>) -> impl IntoView {
    let i18n = use_i18n();
    let roles = use_roles();
    let code = RwSignal::new(String::new());
    let fragment = use_location().hash;
    // If a person opens a link while the form is shown, only the fragment of the address changes.
    Effect::new(move |_| {
        let linked = fragment.with(|fragment| fragment.trim_start_matches('#').to_owned());
        if !linked.is_empty() {
            code.set(linked);
        }
    });
    let name = RwSignal::new(
        tablet.map(|tablet| tablet.enrolment().device_name.clone()).unwrap_or_default(),
    );
    let site =
        tablet.map(|tablet| tablet.enrolment().granted.site_name.clone()).unwrap_or_default();
    let failure = RwSignal::new(None::<Failure>);
    // The form uses one attempt identifier as long as it is shown. If the server's answer is lost,
    // the used code works once more for the same identifier. Without random numbers, the code works
    // only once.
    let attempt = random_bytes::<16>()
        .map_or_else(|_| String::new(), |bytes| format!("{:032x}", u128::from_be_bytes(bytes)));
    let attempt = StoredValue::new(attempt);
    let is_busy = RwSignal::new(false);
    let is_complete = move || {
        !code.with(|code| code.trim().is_empty()) && !name.with(|name| name.trim().is_empty())
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if is_busy.get_untracked() || !is_complete() {
            return;
        }
        is_busy.set(true);
        failure.set(None);
        spawn_local(async move {
            let unsent_for = tablet
                .filter(|tablet| tablet.workspace.unsent_untracked().count > 0)
                .map(|tablet| tablet.enrolment().granted.site.clone());
            let request = EnrolRequest {
                unsent_for,
                attempt: attempt.get_value(),
                ..EnrolRequest::new(code.get_untracked().trim(), name.get_untracked().trim())
            };
            if let Err(error) = trade(&request, tablet, roles).await {
                failure.set(Some(error));
            }
            is_busy.set(false);
        });
    };
    let error = {
        let site = site.clone();
        move || {
            failure.get().map(|failure| {
                let (title, site) = (failure.title(), site.clone());
                let detail = if let Failure::Other(reason) = &failure { Some(reason.clone()) } else { None };
                let detail = Signal::derive(move || {
                    detail.as_ref().map(|detail| detail.in_language(i18n.language()).to_owned()).unwrap_or_default()
                });
                view! { <ErrorView title=Signal::derive(move || i18n.fill(title, &[("site", &site)])) detail=detail /> }
            })
        }
    };
    let unsent = move || {
        let count = tablet.map_or(0, |tablet| tablet.workspace.unsent().count);
        (count > 0).then(|| {
            let waiting = i18n.count(count, Text::UnsentOne, Text::UnsentMany);
            let words =
                i18n.fill(Text::EnrolAgainUnsent, &[("waiting", &waiting), ("site", &site)]);
            view! { <p class="callout" data-tone="caution" data-testid="enrol-unsent">{words}</p> }
        })
    };
    let (title, lead) = match tablet {
        Some(_) => (Text::EnrolAgainTitle, Text::EnrolAgainLead),
        None => (Text::EnrolTitle, Text::EnrolLead),
    };
    view! {
        <h1>{i18n.t(title)}</h1>
        <p class="muted">{i18n.t(lead)}</p>
        {unsent}
        <form class="stack" on:submit=submit data-testid="enrol-form">
            <div>
                <label for="enrol-code">{i18n.t(Text::EnrolCode)}</label>
                <input id="enrol-code" data-testid="enrol-code" autocomplete="off" autocapitalize="characters" spellcheck="false"
                    required prop:value=code on:input=move |event| code.set(event_target_value(&event)) />
            </div>
            <div>
                <label for="enrol-name">{i18n.t(Text::EnrolName)}</label>
                <input id="enrol-name" data-testid="enrol-name" autocomplete="off" maxlength="60" required
                    aria-describedby="enrol-name-hint"
                    prop:value=name on:input=move |event| name.set(event_target_value(&event)) />
                <small id="enrol-name-hint" class="muted">{i18n.t(Text::EnrolNameHint)}</small>
            </div>
            <div aria-live="assertive" data-testid="enrol-error">{error}</div>
            <Button label=move || i18n.t(if is_busy.get() { Text::EnrolBusy } else { Text::EnrolSubmit })()
                kind=ButtonKind::Primary size=ButtonSize::Large submits=true disabled=is_busy test_id="enrol-submit" />
            <Show when=move || tablet.is_some()>
                <a class="button button-large" href=Page::Home.path()>{i18n.t(Text::ToHome)}</a>
            </Show>
        </form>
    }
}

/// Sends the code, stores the answer, and starts the tablet. A tablet that was enrolled already
/// starts again.
async fn trade(
    request: &EnrolRequest,
    tablet: Option<ThisTablet>,
    roles: crate::tablet::app::Roles,
) -> Result<(), Failure> {
    let store = roles.store().ok_or_else(|| Failure::Other(untrack(|| roles.role().not_open())))?;
    let granted = api::enrol(request).await?;
    let enrolment = Enrolment { device_name: request.device_name.clone(), losses: 0, granted };
    enrolment.pinned_key().map_err(|_| Failure::Other(Text::FailedKey.into()))?;
    let failed = |error: SessionError| Failure::Other((&error).into());
    if let Some(tablet) = tablet {
        return tablet.enrol_anew(&store, &enrolment).await.map_err(failed);
    }
    session::keep(&store, &enrolment).await.map_err(failed)?;
    roles.start_tablet(enrolment).await;
    Ok(())
}

/// Shown after the code was accepted: the progress of the catalogue. When the catalogue is here,
/// the app goes on.
#[component]
fn Enrolled(tablet: ThisTablet) -> impl IntoView {
    let i18n = use_i18n();
    let go_home = {
        let navigate = use_navigate();
        move || {
            navigate(&Page::Home.path(), NavigateOptions { replace: true, ..Default::default() })
        }
    };
    Effect::new(move |_| {
        if tablet.catalogue.release().is_some() {
            go_home();
        }
    });
    let site = tablet.enrolment().granted.site_name.clone();
    let lead = move || i18n.fill(Text::EnrolledFor, &[("site", &site)]);
    let catalogue = move || {
        match tablet.catalogue.state() {
        CatalogueState::Loading | CatalogueState::Ready(_) => {
            view! { <LoadingView message=Signal::derive(move || i18n.t(Text::CatalogueLoading)().to_owned()) /> }
                .into_any()
        }
        CatalogueState::Fetching(progress) => view! {
            <LoadingView message=Signal::derive(move || i18n.t(Text::CatalogueFetching)().to_owned())
                progress=Signal::derive(move || (progress.done, progress.all)) />
        }
        .into_any(),
        CatalogueState::Missing(reason) => view! {
            <ErrorView title=Signal::derive(move || i18n.t(Text::CatalogueMissing)().to_owned())
                detail=Signal::derive(move || reason.in_language(i18n.language()).to_owned())>
                <a class="button" href=Page::Home.path()>{i18n.t(Text::ToHome)}</a>
            </ErrorView>
        }
        .into_any(),
    }
    };
    view! {
        <h1>{i18n.t(Text::EnrolTitle)}</h1>
        <p>{lead}</p>
        {catalogue}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::http::ProblemDetails;

    #[test]
    fn a_spent_code_an_unreachable_server_and_too_many_attempts_are_told_apart() {
        let problem = |status, code: &str| HttpError::Status {
            status,
            problem: Some(Box::new(ProblemDetails {
                code: code.into(),
                title: "x".into(),
                ..Default::default()
            })),
        };
        assert_eq!(Failure::from(problem(410, "enrolment_code_invalid")), Failure::Code);
        assert_eq!(Failure::from(problem(429, "rate_limited")), Failure::TooOften);
        assert_eq!(Failure::from(HttpError::Offline("refused".into())), Failure::Offline);
        assert!(matches!(Failure::from(problem(500, "internal")), Failure::Other(_)));
    }
}
