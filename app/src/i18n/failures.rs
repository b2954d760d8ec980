//! What failed beneath the app (the browser's storage, the network, the server, a catalogue), in
//! every language.
//!
//! What the browser or a library says of it is English and for support: it goes to the console, not
//! on the screen.

use calloff_core::catalogue::release::ReleaseError;
use calloff_core::sync::ReplicaError;
use calloff_core::wire::ErrorCode;

use super::refusals::{document_error, order_refusal, site_refusal};
use super::{Names, Sentence, Text, fill};
use crate::api::error_code;
use crate::platform::http::HttpError;
use crate::platform::ids::NoRandomness;
use crate::platform::kv_store::KvError;
use crate::state::release_store::CatalogueError;
use crate::state::session::SessionError;
use crate::state::tablet::StartError;
use crate::state::workspace::DispatchError;

impl From<&KvError> for Sentence {
    fn from(why: &KvError) -> Self {
        Self::from(match why {
            KvError::Unavailable(_) => Text::FailedStorageAway,
            KvError::Closed => Text::FailedStorageClosed,
            KvError::Full => Text::FailedStorageFull,
            KvError::Aborted => Text::FailedStorageAborted,
            KvError::Failed(_) => Text::FailedStorage,
        })
    }
}

impl From<&SessionError> for Sentence {
    fn from(why: &SessionError) -> Self {
        match why {
            SessionError::Storage(error) => error.into(),
            SessionError::Unreadable(_) => Text::FailedUnreadable.into(),
        }
    }
}

impl From<&StartError> for Sentence {
    fn from(why: &StartError) -> Self {
        match why {
            StartError::Storage(error) => error.into(),
            StartError::Session(error) => error.into(),
            StartError::BadKey(_) => Text::FailedKey.into(),
        }
    }
}

impl From<&NoRandomness> for Sentence {
    fn from(_: &NoRandomness) -> Self {
        Text::FailedNoRandomness.into()
    }
}

impl From<&HttpError> for Sentence {
    fn from(why: &HttpError) -> Self {
        match why {
            HttpError::Offline(_) => Text::FailedOffline.into(),
            HttpError::Timeout(after) => filled(Text::FailedTimeout, "seconds", after.as_secs()),
            HttpError::Decode(_) => Text::FailedAnswer.into(),
            HttpError::Status { status, .. } => match error_code(why) {
                Some(code) => problem(code).into(),
                None => filled(Text::FailedStatus, "status", status),
            },
        }
    }
}

impl From<&CatalogueError> for Sentence {
    fn from(why: &CatalogueError) -> Self {
        match why {
            CatalogueError::Http(error) => error.into(),
            CatalogueError::Storage(error) => error.into(),
            CatalogueError::Inconsistent(_) => Text::CatalogueInconsistent.into(),
            CatalogueError::Refused(error) => Self::from(match error {
                ReleaseError::BadSignature => Text::CatalogueBadSignature,
                ReleaseError::Unreadable | ReleaseError::TooLarge => Text::CatalogueTooNew,
                ReleaseError::OldFormat(_) => Text::CatalogueTooOld,
                ReleaseError::NotHex(_)
                | ReleaseError::MissingChunk(_)
                | ReleaseError::Chunk(..)
                | ReleaseError::Difference(..) => Text::CatalogueDamaged,
            }),
        }
    }
}

/// Why a command was not carried out, with the items named as this catalogue names them.
#[must_use]
pub fn dispatch_error(why: &DispatchError, names: &impl Names) -> Sentence {
    match why {
        DispatchError::Refused(ReplicaError::Refused(why)) => {
            Sentence::of(|language| order_refusal(why, None, language, names))
        }
        DispatchError::Refused(ReplicaError::SettingRefused(why)) => {
            Sentence::of(|language| site_refusal(why, language, names))
        }
        DispatchError::Refused(ReplicaError::Document(why)) => document_error(why).into(),
        DispatchError::NotSaved(error) => error.into(),
        DispatchError::NoRandomness(error) => error.into(),
        DispatchError::BadId(_) => Text::FailedNotWritten.into(),
        DispatchError::InLeadingTab(undone) => undone.reason.clone(),
        DispatchError::NobodyOrders => Text::FailedNobody.into(),
    }
}

/// What the server says by a code.
fn problem(code: ErrorCode) -> Text {
    match code {
        ErrorCode::BadRequest => Text::ProblemBadRequest,
        ErrorCode::Unauthenticated => Text::ProblemUnauthenticated,
        ErrorCode::DeviceRevoked => Text::ProblemDeviceRevoked,
        ErrorCode::SignInFailed => Text::ProblemSignInFailed,
        ErrorCode::EnrolmentCodeInvalid | ErrorCode::EnrolmentCodeElsewhere => {
            Text::EnrolCodeInvalid
        }
        ErrorCode::Forbidden => Text::ProblemForbidden,
        ErrorCode::NotFound => Text::ProblemNotFound,
        ErrorCode::MethodNotAllowed => Text::ProblemMethodNotAllowed,
        ErrorCode::TooLarge => Text::ProblemTooLarge,
        ErrorCode::Unprocessable => Text::ProblemUnprocessable,
        ErrorCode::ClientTooOld => Text::ProblemClientTooOld,
        ErrorCode::NoRelease => Text::CatalogueNone,
        ErrorCode::RateLimited => Text::ProblemRateLimited,
        ErrorCode::Unavailable => Text::ProblemUnavailable,
        ErrorCode::Internal => Text::ProblemInternal,
    }
}

fn filled(text: Text, name: &str, value: impl ToString) -> Sentence {
    let value = value.to_string();
    Sentence::of(|language| fill(text.in_language(language), &[(name, &value)]))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use calloff_core::order::Refusal;

    use super::*;
    use crate::i18n::Language;
    use crate::pages::tablet::model::testing::catalogue;
    use crate::platform::http::ProblemDetails;

    #[test]
    fn what_the_server_says_in_english_is_said_in_the_language_of_the_reader() {
        let problem = ProblemDetails {
            code: "forbidden".to_owned(),
            title: "Not allowed".to_owned(),
            detail: Some("your roles do not include this".to_owned()),
            ..Default::default()
        };
        let forbidden = HttpError::Status { status: 403, problem: Some(problem) };
        let said =
            |error: &HttpError| Sentence::from(error).in_language(Language::German).to_owned();
        assert_eq!(said(&forbidden), Text::ProblemForbidden.in_language(Language::German));
        assert!(said(&HttpError::Status { status: 502, problem: None }).contains("502"));
        assert!(said(&HttpError::Timeout(Duration::from_secs(30))).contains("30 Sekunden"));
        assert!(
            !said(&HttpError::Offline("TypeError: Failed to fetch".to_owned()))
                .contains("TypeError")
        );
    }

    #[test]
    fn a_command_that_a_rule_forbids_says_so_in_every_language_and_names_the_item() {
        let catalogue = catalogue();
        let has_line = calloff_core::site::Refusal::ItemHasLine { item: "flour".parse().unwrap() };
        let said = |why: ReplicaError| dispatch_error(&DispatchError::Refused(why), &catalogue);
        let said_of_item = said(has_line.into());
        assert!(said_of_item.in_language(Language::German).ends_with("steht schon in der Liste."));
        assert!(
            !said_of_item.in_language(Language::German).starts_with("flour"),
            "{said_of_item:?}"
        );
        let quantity = said(Refusal::BadQuantity { quantity: "1.1234567".parse().unwrap() }.into());
        assert!(
            quantity.in_language(Language::German).starts_with("1,1234567 ist nicht bestellbar"),
            "{quantity:?}"
        );
    }
}
