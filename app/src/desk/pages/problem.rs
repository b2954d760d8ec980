//! How far the answer to a request is, and words for a failed one: what happened and what to do.

use calloff_core::wire::ErrorCode;

use crate::api::error_code;
use crate::components::Stage;
use crate::desk::state::live::Shown;
use crate::i18n::{I18n, Sentence, Text};
use crate::platform::http::HttpError;

/// What happened and what to do, in the present language.
pub struct Problem {
    pub title: String,
    pub advice: String,
}

/// The stage of an answer. `is_empty` says whether an answer has nothing to show.
pub fn stage<T>(shown: &Shown<T>, is_empty: fn(&T) -> bool) -> Stage {
    match (&shown.value, &shown.problem) {
        (Some(value), _) if is_empty(value) => Stage::Empty,
        (Some(_), _) => Stage::Ready,
        (None, Some(error)) => failed(error),
        (None, None) => Stage::Loading,
    }
}

/// The stage of a request that failed. The same request cannot succeed later if the server has no
/// such thing, or if the person may not see it.
pub fn failed(error: &HttpError) -> Stage {
    match error_code(error) {
        Some(ErrorCode::NotFound | ErrorCode::Forbidden) => Stage::Refused,
        _ => Stage::Failed,
    }
}

/// Words for a failed request. `unknown` has the title and advice for a thing that does not exist,
/// and `readers` says which people may read the page.
pub fn problem(i18n: I18n, error: &HttpError, unknown: (Text, Text), readers: Text) -> Problem {
    let words = |(title, advice): (Text, Text)| Problem {
        title: i18n.fill(title, &[]),
        advice: i18n.fill(advice, &[]),
    };
    let words_of = |error| Sentence::from(error).in_language(i18n.language()).to_owned();
    match (error_code(error), error) {
        (Some(ErrorCode::NotFound), _) => words(unknown),
        (Some(ErrorCode::Forbidden), _) => words((Text::NotAllowed, readers)),
        _ if error.is_unreachable() => {
            words((Text::ServerUnreachable, Text::ServerUnreachableAdvice))
        }
        (_, HttpError::Status { problem, .. }) => {
            let request = problem
                .as_ref()
                .and_then(|problem| problem.request_id.clone())
                .unwrap_or_else(|| "–".to_owned());
            Problem {
                title: i18n.fill(Text::ServerFailed, &[]),
                advice: i18n.fill(
                    Text::ServerFailedAdvice,
                    &[("reason", &words_of(error)), ("request", &request)],
                ),
            }
        }
        (_, HttpError::Decode(_) | HttpError::Offline(_) | HttpError::Timeout(_)) => Problem {
            title: i18n.fill(Text::ServerFailed, &[]),
            advice: i18n
                .fill(Text::ServerFailedAdvice, &[("reason", &words_of(error)), ("request", "–")]),
        },
    }
}
