use serde::{Deserialize, Serialize};

use super::PersonRefusal;
use crate::order::exception::Undecidable;

/// Why a request was not carried out. The codes are stable, because clients compare them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request cannot be read.
    BadRequest,
    /// The request has no credential, or one that is unknown or was revoked.
    Unauthenticated,
    /// The tablet's credential was revoked. The tablet may do nothing until it is enrolled again.
    /// It still has its unsent changes.
    DeviceRevoked,
    /// The name or the password is wrong.
    SignInFailed,
    /// The enrolment code is unknown, used or expired.
    EnrolmentCodeInvalid,
    /// The enrolment code is for another site than the one of the tablet's unsent changes. The code
    /// stays valid.
    EnrolmentCodeElsewhere,
    /// The link of an invitation is unknown, used, revoked or expired.
    InvitationInvalid,
    /// The caller is known, but not allowed to do this.
    Forbidden,
    /// The thing does not exist, or the caller may not see it.
    NotFound,
    /// The path exists, but not with this method.
    MethodNotAllowed,
    /// The body is larger than its limit.
    TooLarge,
    /// The request can be read, but breaks a rule.
    Unprocessable,
    /// The client has a version from which the server no longer accepts writes. It must be updated;
    /// nothing is lost.
    ClientTooOld,
    /// Nothing was published yet.
    NoRelease,
    /// There were too many attempts.
    RateLimited,
    /// The server cannot answer at the moment.
    Unavailable,
    /// The server failed. The log has the error under the request id.
    Internal,
}

impl ErrorCode {
    /// Every code.
    pub const ALL: [Self; 17] = [
        Self::BadRequest,
        Self::Unauthenticated,
        Self::DeviceRevoked,
        Self::SignInFailed,
        Self::EnrolmentCodeInvalid,
        Self::EnrolmentCodeElsewhere,
        Self::InvitationInvalid,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::TooLarge,
        Self::Unprocessable,
        Self::ClientTooOld,
        Self::NoRelease,
        Self::RateLimited,
        Self::Unavailable,
        Self::Internal,
    ];

    /// The code as it is serialized.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "bad_request",
            Self::Unauthenticated => "unauthenticated",
            Self::DeviceRevoked => "device_revoked",
            Self::SignInFailed => "sign_in_failed",
            Self::EnrolmentCodeInvalid => "enrolment_code_invalid",
            Self::EnrolmentCodeElsewhere => "enrolment_code_elsewhere",
            Self::InvitationInvalid => "invitation_invalid",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::TooLarge => "too_large",
            Self::Unprocessable => "unprocessable",
            Self::ClientTooOld => "client_too_old",
            Self::NoRelease => "no_release",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }

    /// A short title for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::BadRequest => "The request cannot be read",
            Self::Unauthenticated => "Sign in first",
            Self::DeviceRevoked => "This tablet was revoked",
            Self::SignInFailed => "Wrong name or password",
            Self::EnrolmentCodeInvalid => "This enrolment code is unknown, used or expired",
            Self::EnrolmentCodeElsewhere => "This enrolment code is for another site",
            Self::InvitationInvalid => "This invitation is unknown, used, revoked or expired",
            Self::Forbidden => "Not allowed",
            Self::NotFound => "Not found",
            Self::MethodNotAllowed => "Not possible here",
            Self::TooLarge => "Too large",
            Self::Unprocessable => "Refused",
            Self::ClientTooOld => "Update this app",
            Self::NoRelease => "No catalogue was published yet",
            Self::RateLimited => "Too many attempts",
            Self::Unavailable => "Not available at the moment",
            Self::Internal => "The server failed",
        }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Unauthenticated | Self::DeviceRevoked | Self::SignInFailed => 401,
            Self::Forbidden => 403,
            Self::NotFound | Self::NoRelease => 404,
            Self::MethodNotAllowed => 405,
            Self::EnrolmentCodeElsewhere => 409,
            Self::EnrolmentCodeInvalid | Self::InvitationInvalid => 410,
            Self::TooLarge => 413,
            Self::Unprocessable => 422,
            Self::ClientTooOld => 426,
            Self::RateLimited => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }

    /// Whether the same request may succeed later.
    #[must_use]
    pub fn is_retryable(self) -> bool {
        match self {
            Self::RateLimited | Self::Unavailable | Self::Internal | Self::NoRelease => true,
            Self::BadRequest
            | Self::Unauthenticated
            | Self::DeviceRevoked
            | Self::SignInFailed
            | Self::EnrolmentCodeInvalid
            | Self::EnrolmentCodeElsewhere
            | Self::InvitationInvalid
            | Self::Forbidden
            | Self::NotFound
            | Self::MethodNotAllowed
            | Self::TooLarge
            | Self::Unprocessable
            | Self::ClientTooOld => false,
        }
    }

    /// Whether the request certainly changed nothing.
    #[must_use]
    pub fn has_no_side_effects(self) -> bool {
        !matches!(self, Self::Internal)
    }
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An answer that is not a success (RFC 9457, `application/problem+json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `urn:calloff:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// A short title for people.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened and what to do. It never shows internals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The stable code of the error.
    pub code: ErrorCode,
    /// The identifier of the request, under which the server's log has the error.
    pub request_id: String,
    /// Why a decision about an order was not taken: what `detail` says in English, for clients that
    /// say it in another language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undecidable: Option<Undecidable>,
    /// Why a change of a person was not made, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonRefusal>,
}

impl Problem {
    /// The content type of a problem.
    pub const CONTENT_TYPE: &'static str = "application/problem+json";

    /// The problem for a code.
    #[must_use]
    pub fn new(code: ErrorCode, detail: Option<String>, request_id: String) -> Self {
        Self {
            kind: format!("urn:calloff:problem:{code}"),
            title: code.title().to_owned(),
            status: code.status(),
            detail,
            code,
            request_id,
            undecidable: None,
            person: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_serialized_as_it_says_and_is_a_client_or_server_error() {
        for code in ErrorCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
            assert!((400..600).contains(&code.status()), "{code}");
        }
    }

    #[test]
    fn a_problem_names_its_type_by_the_code() {
        let problem = Problem::new(ErrorCode::ClientTooOld, None, "r1".to_owned());
        let json = serde_json::to_value(&problem).unwrap();
        assert_eq!(json["type"], "urn:calloff:problem:client_too_old");
        assert_eq!(json["status"], 426);
        assert!(json.get("detail").is_none());
    }
}
