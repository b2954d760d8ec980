//! The one error of the service, and what a client is told of it.

use std::sync::Arc;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use calloff_core::sync::UnpackError;
use calloff_core::wire::{ErrorCode, OLDEST_PROTOCOL};

use crate::storage::{Hindrance, StorageError};

/// After how long whoever found no turn asks again, in seconds.
const RETRY_SECONDS: u64 = 10;

/// After how long whoever met a full disk asks again, in seconds: somebody has to make room.
const DISK_RETRY_SECONDS: u64 = 60;

/// Why a request was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// It cannot be read.
    #[error("{0}")]
    BadRequest(String),
    /// Nobody who is known.
    #[error("no credential or session, or one that is not known, has expired or was revoked")]
    Unauthenticated,
    /// A tablet that was revoked.
    #[error(
        "this tablet's credential was revoked. What it has not sent is kept on it: ask an administrator for a new code, and \
         enrol it again"
    )]
    DeviceRevoked,
    /// Wrong name or password.
    #[error("check the name and the password and try again")]
    SignInFailed,
    /// No code that enrols.
    #[error("ask an administrator for a new code: each enrols one tablet, once, within its time")]
    EnrolmentCodeInvalid,
    /// A code for another site than the one for which the tablet holds work.
    #[error(
        "this code is for {site}, and this tablet still holds work of another site: ask for a code for that one. This code \
         was not used up"
    )]
    EnrolmentCodeElsewhere {
        /// The name of the code's site.
        site: String,
    },
    /// Not for this caller.
    #[error("{0}")]
    Forbidden(String),
    /// Not there, or not for this caller to see.
    #[error("there is no {0}")]
    NotFound(String),
    /// A path with other methods.
    #[error("this path does not take that method")]
    MethodNotAllowed,
    /// Over a limit.
    #[error("{0}")]
    TooLarge(String),
    /// It breaks a rule.
    #[error("{0}")]
    Unprocessable(String),
    /// An app from before.
    #[error(
        "this app speaks version {spoken} and the server needs {needed}: reload the app, nothing is lost"
    )]
    ClientTooOld {
        /// What the client speaks.
        spoken: u32,
        /// The oldest that is taken.
        needed: u32,
    },
    /// Too often.
    #[error("wait {} min and try again", .retry_after_seconds.div_ceil(60))]
    RateLimited {
        /// How long.
        retry_after_seconds: u64,
    },
    /// So many wait that a turn would take too long.
    #[error(
        "head office has more to do than it can at the moment: nothing was changed, try again in {RETRY_SECONDS} s"
    )]
    Busy,
    /// The disk takes nothing.
    #[error("head office cannot save anything at the moment: nothing was changed, try again later")]
    DiskFull(String),
    /// The database failed.
    #[error(transparent)]
    Storage(StorageError),
    /// Anything else that should not happen.
    #[error("{0}")]
    Internal(String),
}

impl ServiceError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::BadRequest(_) => ErrorCode::BadRequest,
            Self::Unauthenticated => ErrorCode::Unauthenticated,
            Self::DeviceRevoked => ErrorCode::DeviceRevoked,
            Self::SignInFailed => ErrorCode::SignInFailed,
            Self::EnrolmentCodeInvalid => ErrorCode::EnrolmentCodeInvalid,
            Self::EnrolmentCodeElsewhere { .. } => ErrorCode::EnrolmentCodeElsewhere,
            Self::Forbidden(_) => ErrorCode::Forbidden,
            Self::NotFound(_) => ErrorCode::NotFound,
            Self::MethodNotAllowed => ErrorCode::MethodNotAllowed,
            Self::TooLarge(_) => ErrorCode::TooLarge,
            Self::Unprocessable(_) => ErrorCode::Unprocessable,
            Self::ClientTooOld { .. } => ErrorCode::ClientTooOld,
            Self::RateLimited { .. } => ErrorCode::RateLimited,
            Self::Busy | Self::DiskFull(_) => ErrorCode::Unavailable,
            Self::Storage(_) | Self::Internal(_) => ErrorCode::Internal,
        }
    }

    /// The same for somebody else whom it concerns as much: for whoever waits for one transaction.
    #[must_use]
    pub fn shared(&self) -> Self {
        match self {
            Self::Busy => Self::Busy,
            Self::DiskFull(reason) => Self::DiskFull(reason.clone()),
            other => Self::Internal(other.to_string()),
        }
    }

    /// What stands in the log of a failure that is the server's.
    #[must_use]
    pub fn logged(&self) -> String {
        match self {
            Self::DiskFull(reason) => format!("disk full: {reason}"),
            other => other.to_string(),
        }
    }

    /// What a client is told beside the code; nothing internal.
    #[must_use]
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::Storage(_) | Self::Internal(_) => None,
            Self::BadRequest(_)
            | Self::Unauthenticated
            | Self::DeviceRevoked
            | Self::SignInFailed
            | Self::EnrolmentCodeInvalid
            | Self::EnrolmentCodeElsewhere { .. }
            | Self::Forbidden(_)
            | Self::NotFound(_)
            | Self::MethodNotAllowed
            | Self::TooLarge(_)
            | Self::Unprocessable(_)
            | Self::ClientTooOld { .. }
            | Self::Busy
            | Self::DiskFull(_)
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
            Some(Hindrance::DiskFull | Hindrance::DiskFailed) => Self::DiskFull(error.to_string()),
            None => Self::Storage(error),
        }
    }
}

impl From<sqlx::Error> for ServiceError {
    fn from(error: sqlx::Error) -> Self {
        StorageError::from(error).into()
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
    /// Only marks the response; `routes::observe` knows the request's id, logs what is internal,
    /// and writes the body.
    fn into_response(self) -> Response {
        let status = axum::http::StatusCode::from_u16(self.code().status());
        let mut response =
            status.unwrap_or(axum::http::StatusCode::INTERNAL_SERVER_ERROR).into_response();
        let retry_after_seconds = match self {
            Self::RateLimited { retry_after_seconds } => Some(retry_after_seconds),
            Self::Busy => Some(RETRY_SECONDS),
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
