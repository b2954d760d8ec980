//! What to say, and to do, when the server did not answer as hoped.

use calloff_core::wire::ErrorCode;

use crate::api::error_code;
use crate::i18n::{I18n, Sentence, Text};
use crate::platform::http::HttpError;

/// What happened and what to do, in the language now.
pub struct Problem {
    pub title: String,
    pub advice: String,
}

/// Words for a failed request; `unknown` are those for something that is not there, `readers` says
/// for whom the page is.
pub fn problem(i18n: I18n, error: &HttpError, unknown: (Text, Text), readers: Text) -> Problem {
    let words = |(title, advice): (Text, Text)| Problem {
        title: i18n.fill(title, &[]),
        advice: i18n.fill(advice, &[]),
    };
    let words_of = |error| Sentence::from(error).in_language(i18n.language()).to_owned();
    match (error_code(error), error) {
        (Some(ErrorCode::NotFound), _) => words(unknown),
        (Some(ErrorCode::Forbidden), _) => words((Text::NotAllowed, readers)),
        _ if is_unreachable(error) => {
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

/// Whether nobody answered: no network, no server, or only a gateway before it.
pub fn is_unreachable(error: &HttpError) -> bool {
    match error {
        HttpError::Offline(_) | HttpError::Timeout(_) => true,
        HttpError::Status { status, problem } => problem.is_none() && matches!(status, 502..=504),
        HttpError::Decode(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::http::ProblemDetails;

    #[test]
    fn a_gateway_without_a_server_is_nobody_and_a_server_that_fails_is_somebody() {
        assert!(is_unreachable(&HttpError::Offline(String::new())));
        assert!(is_unreachable(&HttpError::Status { status: 502, problem: None }));
        let problem = ProblemDetails {
            code: "unavailable".to_owned(),
            title: "x".to_owned(),
            ..Default::default()
        };
        assert!(!is_unreachable(&HttpError::Status { status: 503, problem: Some(problem) }));
        assert!(!is_unreachable(&HttpError::Status { status: 500, problem: None }));
    }
}
