//! Finds out who asks: a tablet by its credential, a person by the session cookie.
//!
//! A secret leaves the server once, when it is made. The database has only its SHA-256, or Argon2id
//! for a password. Every endpoint is listed with its [`Access`], which is checked before its
//! handler runs.

mod access;
mod attempts;
mod caller;
mod enrolment;
mod origin;
mod password;
mod provider;
mod same_origin;
mod secret;

pub use access::{Access, admit};
pub use attempts::Attempt;
pub use caller::{Caller, CallingTablet, Permitted, SESSION_COOKIE, Signed, session_token};
pub(crate) use caller::{bearer, cookie};
pub use enrolment::{DEFAULT_VALID_HOURS, Issued, issue_enrolment_code, qr_svg, qr_text};
pub use origin::{ClientAddress, origin_of_page};
pub use password::{hash_password, is_allowed_password, is_password};
pub use provider::{
    Account, CALLBACK_PATH, Provider, ProviderError, ProviderSettings, SettingsError,
};
pub use secret::{EnrolmentCode, Secret, SecretHash};
