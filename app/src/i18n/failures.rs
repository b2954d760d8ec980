//! Failures beneath the app (the browser's storage, the network, the server) in every language.
//!
//! The browser's or a library's own words for a failure are English and meant for support. The app
//! writes them to the console and not on the screen.

use calloff_core::wire::ErrorCode;

use super::{Sentence, Text, fill};
use crate::api::error_code;
use crate::platform::http::HttpError;
use crate::platform::ids::NoRandomness;
use crate::platform::kv_store::KvError;

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

/// The text for an error code of the server.
fn problem(code: ErrorCode) -> Text {
    match code {
        ErrorCode::BadRequest => Text::ProblemBadRequest,
        ErrorCode::Unauthenticated => Text::ProblemUnauthenticated,
        ErrorCode::DeviceRevoked => Text::ProblemDeviceRevoked,
        ErrorCode::SignInFailed => Text::ProblemSignInFailed,
        ErrorCode::EnrolmentCodeInvalid | ErrorCode::EnrolmentCodeElsewhere => {
            Text::EnrolCodeInvalid
        }
        ErrorCode::InvitationInvalid => Text::WelcomeOverAdvice,
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

    use super::*;
    use crate::i18n::Language;
    use crate::platform::http::ProblemDetails;

    #[test]
    fn what_the_server_says_in_english_is_said_in_the_language_of_the_reader() {
        let problem = ProblemDetails {
            code: "forbidden".to_owned(),
            title: "Not allowed".to_owned(),
            detail: Some("your roles do not include this".to_owned()),
            ..Default::default()
        };
        let forbidden = HttpError::Status { status: 403, problem: Some(problem.into()) };
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
}
