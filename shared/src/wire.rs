//! What tablet and server say to each other: JSON, but for documents and changes of them; versioned
//! by [`PROTOCOL`].
//!
//! | endpoint | body → answer |
//! |---|---|
//! | `GET /api/health`, `GET /api/health/ready` | → whether the process lives, and whether it can work |
//! | `POST /api/enrol` | [`EnrolRequest`] → [`EnrolResponse`] |
//! | `GET /api/release` | → [`ReleaseResponse`] |
//! | `GET /api/release/{number}/from/{base}` | → a release for who has another, see [`crate::catalogue::difference`] |
//! | `GET /api/chunks/{hash}` | → a chunk, deflated, to be inflated, hashed and compared |
//! | `POST /api/chunks` | [`ChunksRequest`] → many of them, see [`chunks`] |
//! | `POST /api/sync/push` | [`PushRequest`], packed by [`crate::sync::pack_push`] → [`PushResponse`], packed by [`crate::sync::pack_push_response`] |
//! | `POST /api/sync/offer` | the same, of what a restored server lacks and would take from no tablet |
//! | `POST /api/sync/pull` | [`PullRequest`] → [`PullResponse`], packed by [`crate::sync::pack_pull_response`] |
//! | `POST /api/allotments/top-up` | [`TopUpRequest`] → [`TopUpResponse`] |
//! | `GET /api/tablet` | → [`TabletFacts`]: staff with the verifiers of their PINs |
//! | `POST /api/tablet/credential` | → [`CredentialResponse`] |
//! | `GET /api/sign-in/options` | → [`SignInOptions`] |
//! | `GET /api/sign-in/provider`, `GET /api/sign-in/callback` | redirects: to the provider, and back to the desk |
//! | `POST /api/sign-in`, `POST /api/sign-out`, `GET /api/session` | [`SignInRequest`] → [`Session`] |
//! | `GET /api/orders?site=&supplier=&from=&to=&stage=` | [`OrderFilter`] → [`OrderPage`] |
//! | `GET /api/orders/filters` | → [`OrderFilterChoices`] |
//! | `GET /api/orders/{document}` | → [`OrderDetail`] |
//! | `GET /api/devices` | → [`DeviceRow`]s |
//! | `GET /api/devices/sites` | → [`Choice`]s: the sites for which the reader issues codes |
//! | `POST /api/devices/enrolment-codes` | [`EnrolmentCodeRequest`] → [`EnrolmentCodeResponse`] |
//! | `POST /api/devices/{device}/revoke` | |
//! | `GET /api/people` | → [`PersonRow`]s |
//! | `POST /api/people/{person}/pin` | [`PinRequest`] |
//! | `GET /api/quarantine`, `GET /api/quarantine/{id}` | → [`QuarantineRow`]s, [`QuarantineDetail`] |
//! | `GET /api/quarantine/{id}/changes` | → the refused bytes as they came |
//! | `POST /api/quarantine/{id}/take-up` | |
//! | `GET /api/audit?before=&limit=` | → [`AuditPage`] |
//! | `POST /api/orders/{document}/decision` | [`DecisionRequest`] → [`OrderDetail`] |
//! | `GET /api/events` | server-sent events, each an [`Event`]: "something changed", never the change |
//!
//! Every answer says the server's time in the header [`SERVER_TIME`]. Every answer that is no
//! success is a [`Problem`] (`application/problem+json`). A tablet authenticates with
//! `Authorization: Bearer <credential>`, a person with the session cookie.

mod admin;
mod allotments;
pub mod base64_bytes;
pub mod chunks;
mod error;
mod finance;
mod sync;

pub use admin::{
    Actor, AuditAct, AuditEntry, AuditNames, AuditPage, CredentialResponse, DeviceRow,
    EnrolmentCodeRequest, EnrolmentCodeResponse, PersonRow, PinRequest, QuarantineDetail,
    QuarantineRow, SignInOptions, TabletFacts,
};
pub use allotments::{TopUpRequest, TopUpResponse};
pub use error::{ErrorCode, Problem};
pub use finance::{
    Choice, DecisionRequest, LineToDecide, OrderDetail, OrderFilter, OrderFilterChoices, OrderPage,
    OrderRow, PriceToday,
};
pub use sync::{
    Blob, DocumentAnswer, DocumentKind, DocumentOutcome, DocumentPush, Heads, PullRequest,
    PullResponse, PulledDocument, PushRefusal, PushRefusalCode, PushRequest, PushResponse,
};

use serde::{Deserialize, Serialize};

use crate::catalogue::release::{SignedManifest, Withdrawal};
use crate::ids::{DeviceId, LocationId, PersonId};
use crate::pin::PinVerifier;

/// The version of these messages. A tablet that says less than [`OLDEST_PROTOCOL`] is told to
/// update and keeps its outbox.
pub const PROTOCOL: u32 = 3;

/// The header of every answer of the API with the server's time, in milliseconds since the Unix
/// epoch.
pub const SERVER_TIME: &str = "calloff-time";

/// The oldest version that the server takes writes from.
pub const OLDEST_PROTOCOL: u32 = 3;

/// Trades a one-time enrolment code for a tablet's credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// The code an administrator issued.
    pub code: String,
    /// What people call the tablet.
    pub device_name: String,
    /// The site for which it still holds, from an earlier enrolment, what it has not sent: a code
    /// for another is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsent_for: Option<LocationId>,
    /// What the tablet drew at random before it asked for the first time, at most 64 bytes: the
    /// same code with the same attempt is answered once more, because the reply was lost. Without
    /// one, a code works once.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub attempt: String,
}

impl EnrolRequest {
    /// Of a tablet that holds nothing.
    #[must_use]
    pub fn new(code: impl Into<String>, device_name: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            device_name: device_name.into(),
            unsent_for: None,
            attempt: String::new(),
        }
    }
}

/// What an enrolled tablet keeps.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolResponse {
    /// Who it is.
    pub device: DeviceId,
    /// Its secret, sent with each request. The server stores only a hash.
    pub credential: String,
    /// For which site it orders.
    pub site: LocationId,
    /// The site's name.
    pub site_name: String,
    /// The organisation's name.
    pub organisation_name: String,
    /// The organisation's Ed25519 verifying key, in hex: the tablet pins it and refuses releases
    /// signed by another.
    pub signing_key: String,
    /// Who may use the tablet.
    pub staff: Vec<StaffMember>,
}

impl std::fmt::Debug for EnrolResponse {
    /// Without the credential.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnrolResponse")
            .field("device", &self.device)
            .field("site", &self.site)
            .field("organisation_name", &self.organisation_name)
            .finish_non_exhaustive()
    }
}

/// A person who picks their name on a shared tablet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffMember {
    /// Who.
    pub id: PersonId,
    /// The display name.
    pub name: String,
    /// What the PIN is checked against ([`crate::pin`]); `None` for a person without one, who only
    /// picks the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<PinVerifier>,
}

/// The releases that a tablet should have.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReleaseResponse {
    /// The newest that is in force; `None` before the first.
    pub current: Option<SignedManifest>,
    /// Those that take effect later, delivered ahead, by number.
    #[serde(default)]
    pub announced: Vec<SignedManifest>,
    /// Those of a higher number than the current one that were announced and taken back. A tablet
    /// that has one drops it, and where it is in use takes up the current one.
    #[serde(default)]
    pub withdrawn: Vec<Withdrawal>,
}

/// Chunks that a tablet lacks, many at once. The answer may hold fewer: the rest is asked for
/// again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunksRequest {
    /// Their hashes, each 64 hexadecimal digits; at most 1,000.
    pub hashes: Vec<String>,
}

/// A person's name and password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInRequest {
    /// The sign-in name.
    pub name: String,
    /// The password.
    pub password: String,
}

impl std::fmt::Debug for SignInRequest {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignInRequest").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The sign-in name.
    pub person: PersonId,
    /// The display name.
    pub name: String,
    /// What the person may do, each at and below a node.
    pub roles: Vec<RoleAt>,
}

/// A role, scoped to a node of the location tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RoleAt {
    /// Which role.
    pub role: Role,
    /// At which node and below.
    pub location: LocationId,
}

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Orders at a site.
    Staff,
    /// Runs a site.
    SiteManager,
    /// Keeps contracts and publishes.
    Procurement,
    /// Sees orders, matches invoices.
    Finance,
    /// Keeps users, sites and tablets.
    Admin,
    /// Sees everything, changes nothing.
    Auditor,
}

/// What a server-sent event says: fetch, something changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A document of the listener's sites: pull.
    Documents,
    /// A new release: fetch it.
    Release,
    /// The order list of finance: fetch it.
    Orders,
}
