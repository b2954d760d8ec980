//! The one error type of the service, and what a client sees of it.

use std::sync::Arc;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use calloff_core::order::exception::Undecidable;
use calloff_core::sync::UnpackError;
use calloff_core::wire::{ErrorCode, OLDEST_PROTOCOL, PersonRefusal, Problem};

use crate::storage::{Hindrance, StorageError};

/// How many seconds a client should wait when the server is too busy.
const RETRY_SECONDS: u64 = 10;

/// How many seconds a client should wait when the disk is full, because a person has to make room.
const DISK_RETRY_SECONDS: u64 = 60;

/// Why a request was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The request cannot be read.
    #[error("{0}")]
    BadRequest(String),
    /// The caller is unknown.
    #[error("no credential or session, or one that is not known, has expired or was revoked")]
    Unauthenticated,
    /// The tablet was revoked.
    #[error(
        "this tablet's credential was revoked. What it has not sent is kept on it: ask an administrator for a new code, and \
         enrol it again"
    )]
    DeviceRevoked,
    /// The name or the password is wrong.
    #[error("check the name and the password and try again")]
    SignInFailed,
    /// The enrolment code is not valid.
    #[error(
        "ask an administrator for a new code: a code enrols one tablet, once, before it expires"
    )]
    EnrolmentCodeInvalid,
    /// The code is for another site than the one for which the tablet has unsent work.
    #[error(
        "this code is for {site}, but this tablet has unsent work of another site: ask for a code for that site. This code \
         was not used up"
    )]
    EnrolmentCodeElsewhere {
        /// The name of the site of the code.
        site: String,
    },
    /// The link of an invitation is not valid.
    #[error(
        "ask an administrator for a new link: a link sets one password, once, before it expires"
    )]
    InvitationInvalid,
    /// A change of a person that is not possible.
    #[error(transparent)]
    Person(#[from] PersonRefusal),
    /// The caller is not allowed to do this.
    #[error("{0}")]
    Forbidden(String),
    /// The thing does not exist, or the caller may not see it.
    #[error("there is no {0}")]
    NotFound(String),
    /// The path has other methods.
    #[error("this path does not take that method")]
    MethodNotAllowed,
    /// The request exceeds a limit.
    #[error("{0}")]
    TooLarge(String),
    /// The request breaks a rule.
    #[error("{0}")]
    Unprocessable(String),
    /// A decision about an order that is not possible.
    #[error(transparent)]
    Undecidable(#[from] Undecidable),
    /// The app is too old.
    #[error(
        "this app uses version {spoken}, and the server needs {needed}: reload the app, nothing is lost"
    )]
    ClientTooOld {
        /// The version of the client.
        spoken: u32,
        /// The oldest version that the server accepts.
        needed: u32,
    },
    /// There were too many attempts.
    #[error("wait {} min and try again", .retry_after_seconds.div_ceil(60))]
    RateLimited {
        /// How many seconds the caller must wait.
        retry_after_seconds: u64,
    },
    /// Too many requests wait.
    #[error(
        "head office is too busy at the moment: nothing was changed, try again in {RETRY_SECONDS} s"
    )]
    Busy,
    /// Another push of the same tablet is under way.
    #[error(
        "another push of this tablet is still under way: nothing was changed, try again in \
         {RETRY_SECONDS} s"
    )]
    PushUnderWay,
    /// The disk is full.
    #[error("head office cannot save anything at the moment: nothing was changed, try again later")]
    DiskFull(String),
    /// The server of the database does not answer.
    #[error("head office has no database at the moment: nothing was changed, try again later")]
    NoDatabase(String),
    /// The database failed.
    #[error(transparent)]
    Storage(StorageError),
    /// An error that should not happen.
    #[error("{0}")]
    Internal(String),
}

impl ServiceError {
    /// The stable code of the error.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::BadRequest(_) => ErrorCode::BadRequest,
            Self::Unauthenticated => ErrorCode::Unauthenticated,
            Self::DeviceRevoked => ErrorCode::DeviceRevoked,
            Self::SignInFailed => ErrorCode::SignInFailed,
            Self::EnrolmentCodeInvalid => ErrorCode::EnrolmentCodeInvalid,
            Self::EnrolmentCodeElsewhere { .. } => ErrorCode::EnrolmentCodeElsewhere,
            Self::InvitationInvalid => ErrorCode::InvitationInvalid,
            Self::Forbidden(_) | Self::Person(PersonRefusal::WorksElsewhere) => {
                ErrorCode::Forbidden
            }
            Self::NotFound(_) => ErrorCode::NotFound,
            Self::MethodNotAllowed => ErrorCode::MethodNotAllowed,
            Self::TooLarge(_) => ErrorCode::TooLarge,
            Self::Unprocessable(_) | Self::Undecidable(_) | Self::Person(_) => {
                ErrorCode::Unprocessable
            }
            Self::ClientTooOld { .. } => ErrorCode::ClientTooOld,
            Self::RateLimited { .. } => ErrorCode::RateLimited,
            Self::Busy | Self::PushUnderWay | Self::DiskFull(_) | Self::NoDatabase(_) => {
                ErrorCode::Unavailable
            }
            Self::Storage(_) | Self::Internal(_) => ErrorCode::Internal,
        }
    }

    /// The same error for another caller who waits for the same transaction.
    #[must_use]
    pub fn shared(&self) -> Self {
        match self {
            Self::Busy => Self::Busy,
            Self::PushUnderWay => Self::PushUnderWay,
            Self::DiskFull(reason) => Self::DiskFull(reason.clone()),
            Self::NoDatabase(reason) => Self::NoDatabase(reason.clone()),
            other => Self::Internal(other.to_string()),
        }
    }

    /// Whether the server failed, so that somebody should read about it in its log. A tablet whose
    /// pushes wait for each other is no failure of the server.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        match self.code() {
            ErrorCode::Internal => true,
            ErrorCode::Unavailable => !matches!(self, Self::PushUnderWay),
            _ => false,
        }
    }

    /// The text for the log of a failure of the server.
    #[must_use]
    pub fn logged(&self) -> String {
        match self {
            Self::DiskFull(reason) => format!("disk full: {reason}"),
            Self::NoDatabase(reason) => format!("the database does not answer: {reason}"),
            other => other.to_string(),
        }
    }

    /// The problem that a client gets, with the id of its request.
    #[must_use]
    pub fn problem(&self, request_id: &str) -> Problem {
        let undecidable = match self {
            Self::Undecidable(why) => Some(why.clone()),
            _ => None,
        };
        let person = match self {
            Self::Person(why) => Some(*why),
            _ => None,
        };
        let problem = Problem::new(self.code(), self.detail(), request_id.to_owned());
        Problem { undecidable, person, ..problem }
    }

    /// The detail that a client gets with the code. It never shows internals.
    #[must_use]
    fn detail(&self) -> Option<String> {
        match self {
            Self::Storage(_) | Self::Internal(_) => None,
            Self::BadRequest(_)
            | Self::Unauthenticated
            | Self::DeviceRevoked
            | Self::SignInFailed
            | Self::EnrolmentCodeInvalid
            | Self::EnrolmentCodeElsewhere { .. }
            | Self::InvitationInvalid
            | Self::Person(_)
            | Self::Forbidden(_)
            | Self::NotFound(_)
            | Self::MethodNotAllowed
            | Self::TooLarge(_)
            | Self::Unprocessable(_)
            | Self::Undecidable(_)
            | Self::ClientTooOld { .. }
            | Self::Busy
            | Self::PushUnderWay
            | Self::DiskFull(_)
            | Self::NoDatabase(_)
            | Self::RateLimited { .. } => Some(self.to_string()),
        }
    }
}

impl From<UnpackError> for ServiceError {
    fn from(error: UnpackError) -> Self {
        match error {
            UnpackError::TooOld { spoken } => {
                Self::ClientTooOld { spoken, needed: OLDEST_PROTOCOL }
            }
            UnpackError::TooLarge | UnpackError::TooManyDocuments => {
                Self::TooLarge(error.to_string())
            }
            UnpackError::LargerThanSaid | UnpackError::Malformed(_) => {
                Self::BadRequest(error.to_string())
            }
        }
    }
}

impl From<StorageError> for ServiceError {
    fn from(error: StorageError) -> Self {
        match error.hindrance() {
            Some(Hindrance::Busy) => Self::Busy,
            Some(Hindrance::Unreachable) => Self::NoDatabase(error.to_string()),
            Some(Hindrance::DiskFull | Hindrance::DiskFailed) => Self::DiskFull(error.to_string()),
            None => Self::Storage(error),
        }
    }
}

impl From<tokio::task::JoinError> for ServiceError {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<getrandom::Error> for ServiceError {
    fn from(error: getrandom::Error) -> Self {
        Self::Internal(format!("the system gives no random bytes: {error}"))
    }
}

impl IntoResponse for ServiceError {
    /// Only marks the response. `routes::observe` knows the request's identifier, logs internal
    /// errors, and writes the body.
    fn into_response(self) -> Response {
        let status = axum::http::StatusCode::from_u16(self.code().status());
        let mut response =
            status.unwrap_or(axum::http::StatusCode::INTERNAL_SERVER_ERROR).into_response();
        let retry_after_seconds = match self {
            Self::RateLimited { retry_after_seconds } => Some(retry_after_seconds),
            Self::Busy | Self::PushUnderWay | Self::NoDatabase(_) => Some(RETRY_SECONDS),
            Self::DiskFull(_) => Some(DISK_RETRY_SECONDS),
            _ => None,
        };
        if let Some(seconds) = retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_push_that_waits_for_its_own_tablet_is_no_failure_of_the_server() {
        let error = ServiceError::PushUnderWay;
        assert_eq!(error.code(), ServiceError::Busy.code(), "a tablet tries again later");
        assert!(error.to_string().contains("another push of this tablet"), "{error}");
        assert!(!error.is_failure() && ServiceError::Busy.is_failure());
    }
}
