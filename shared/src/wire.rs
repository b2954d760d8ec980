//! The messages between tablets and the server, versioned by [`PROTOCOL`]. They are JSON, except
//! documents and their changes.
//!
//! Each endpoint with its body → its answer. An endpoint without a body has only the arrow.
//!
//! - `GET /api/health`, `GET /api/health/ready`: → whether the process lives, and whether it
//!   can work
//! - `POST /api/enrol`: [`EnrolRequest`] → [`EnrolResponse`]
//! - `GET /api/release`: → [`ReleaseResponse`]
//! - `GET /api/release/{number}/from/{base}`: → the difference between two releases, see
//!   [`crate::catalogue::difference`]
//! - `GET /api/chunks/{hash}`: → a chunk, deflated, to be inflated, hashed and compared
//! - `POST /api/chunks`: [`ChunksRequest`] → several chunks, see [`chunks`]
//! - `POST /api/sync/push`: [`PushRequest`], packed by [`crate::sync::pack_push`] →
//!   [`PushResponse`], packed by [`crate::sync::pack_push_response`]
//! - `POST /api/sync/offer`: the same, with documents that a restored server lacks and accepts
//!   only as an offer
//! - `POST /api/sync/pull`: [`PullRequest`] → [`PullResponse`], packed by
//!   [`crate::sync::pack_pull_response`]
//! - `POST /api/allotments/top-up`: [`TopUpRequest`] → [`TopUpResponse`]
//! - `GET /api/tablet`: → [`TabletFacts`]: staff with the verifiers of their PINs
//! - `POST /api/tablet/credential`: → [`CredentialResponse`]
//! - `GET /api/sign-in/options`: → [`SignInOptions`]
//! - `GET /api/sign-in/provider`, `GET /api/sign-in/callback`: redirects: to the provider, and
//!   back to the desk
//! - `POST /api/sign-in`, `POST /api/sign-out`, `GET /api/session`: [`SignInRequest`] →
//!   [`Session`]
//! - `GET /api/orders?site=&supplier=&from=&to=&stage=`: [`OrderFilter`] → [`OrderPage`]
//! - `GET /api/orders/filters`: → [`OrderFilterChoices`]
//! - `GET /api/orders/{document}`: → [`OrderDetail`]
//! - `GET /api/purchase-orders?site=&supplier=&state=&from=&to=&number=`:
//!   [`PurchaseOrderFilter`] → [`PurchaseOrderPage`]
//! - `GET /api/purchase-orders/{purchase_order}`: → [`PurchaseOrderDetail`]
//! - `POST /api/purchase-orders/{purchase_order}/send`: [`SendRequest`] →
//!   [`PurchaseOrderDetail`]
//! - `POST /api/purchase-orders/{purchase_order}/sent-by-hand`: [`SentByHandRequest`] →
//!   [`PurchaseOrderDetail`]
//! - `POST /api/purchase-orders/{purchase_order}/not-sent`: takes back that a person sent it →
//!   [`PurchaseOrderDetail`]
//! - `GET /api/dispatches/{id}/content`: → what was sent, as it was sent
//! - `GET /api/suppliers`: → [`SupplierRow`]s
//! - `GET /api/suppliers/{supplier}`: → [`SupplierDetail`]
//! - `POST /api/suppliers/{supplier}`: [`ChangeSupplierRequest`] → [`SupplierDetail`]
//! - `GET /api/contracts?state=&supplier=&within=`: [`ContractFilter`] → [`ContractPage`]
//! - `GET /api/contracts/{contract}`: → [`ContractDetail`]
//! - `GET /api/contracts/{contract}/versions/{version}/lines?after=&before=&search=&limit=`:
//!   [`LinesPart`] → [`ContractLinesPage`]
//! - `GET /api/contracts/{contract}/difference/{from}/{to}?fate=&after=&before=&search=&limit=`:
//!   [`LinesPart`] → [`ContractDifference`]
//! - `GET /api/devices`: → [`DeviceRow`]s
//! - `POST /api/devices/enrolment-codes`: [`EnrolmentCodeRequest`] → [`EnrolmentCodeResponse`]
//! - `POST /api/devices/{device}/rename`: [`RenameRequest`]; the answer has no body
//! - `POST /api/devices/{device}/revoke`: the answer has no body
//! - `GET /api/people`: → [`PersonRow`]s
//! - `POST /api/people`: [`AddPersonRequest`] → [`AddPersonResponse`]
//! - `POST /api/people/{person}`: [`ChangePersonRequest`]; the answer has no body
//! - `POST /api/people/{person}/invitation`: → [`InvitationResponse`]
//! - `POST /api/people/{person}/invitation/revoke`, `POST /api/people/{person}/sessions/end`,
//!   `POST /api/people/{person}/remove`: the answers have no body
//! - `POST /api/people/{person}/pin`: [`PinRequest`]; the answer has no body
//! - `POST /api/invitation`: [`InvitationRequest`] → [`InvitationFacts`]
//! - `POST /api/invitation/accept`: [`AcceptInvitationRequest`]; the answer has no body
//! - `GET /api/places`: → [`PlaceRow`]s
//! - `GET /api/quarantine`, `GET /api/quarantine/{id}`: → [`QuarantineRow`]s,
//!   [`QuarantineDetail`]
//! - `GET /api/quarantine/{id}/changes`: → the refused bytes as they came
//! - `POST /api/quarantine/{id}/take-up`: the answer has no body
//! - `GET /api/audit?before=&limit=`: → [`AuditPage`]
//! - `GET /api/jobs`: → [`JobRow`]s
//! - `POST /api/jobs/{id}/run-again`, `POST /api/jobs/{id}/cancel`: the answers have no body
//! - `POST /api/orders/{document}/decision`: [`DecisionRequest`] → [`OrderDetail`]
//! - `GET /api/events`: server-sent events, each an [`Event`], which says that something
//!   changed, but not the change
//!
//! Every answer has the server's time in the header [`SERVER_TIME`]. Every answer that is not a
//! success is a [`Problem`] (`application/problem+json`). A tablet authenticates with
//! `Authorization: Bearer <credential>`, a person with the session cookie.

mod admin;
mod allotments;
pub mod base64_bytes;
pub mod chunks;
mod contracts;
mod error;
mod finance;
mod jobs;
mod people;
mod purchase_orders;
mod suppliers;
mod sync;

pub use admin::{
    Actor, AuditAct, AuditEntry, AuditNames, AuditPage, CredentialResponse, DeviceRow,
    EnrolmentCodeRequest, EnrolmentCodeResponse, QuarantineDetail, QuarantineRow, RenameRequest,
    SignInOptions, TabletFacts,
};
pub use allotments::{TopUpRequest, TopUpResponse};
pub use contracts::{
    CommitmentUse, ContractDetail, ContractDifference, ContractFilter, ContractHeader,
    ContractLineRow, ContractLinesPage, ContractPage, ContractRow, ContractState,
    ContractVersionRow, LineDifference, LineFate, LinesPart, ReleaseFacts,
};
pub use error::{ErrorCode, Problem};
pub use finance::{
    Choice, DecisionRequest, LineToDecide, OrderDetail, OrderFilter, OrderFilterChoices, OrderPage,
    OrderRow, PriceToday,
};
pub use jobs::{JobKind, JobRow, JobState};
pub use people::{
    AcceptInvitationRequest, AddPersonRequest, AddPersonResponse, ChangePersonRequest,
    INVITATION_DAYS, InvitationFacts, InvitationRequest, InvitationResponse, PASSWORD_CHARACTERS,
    PersonRefusal, PersonRow, PinRequest, PlaceKind, PlaceRow,
};
pub use purchase_orders::{
    DispatchAttempt, DispatchRow, DispatchState, PurchaseOrderDetail, PurchaseOrderFilter,
    PurchaseOrderLine, PurchaseOrderPage, PurchaseOrderRow, PurchaseOrderText, SendRequest,
    SentByHandRequest, UblGap,
};
pub use suppliers::{
    ChangeSupplierRequest, SupplierAccountRow, SupplierContract, SupplierDetail, SupplierRow,
};
pub use sync::{
    Blob, DocumentAnswer, DocumentKind, DocumentOutcome, DocumentPush, Heads, PullRequest,
    PullResponse, PulledDocument, PushRefusal, PushRefusalCode, PushRequest, PushResponse,
    TabletReport,
};

use serde::{Deserialize, Serialize};

use crate::catalogue::release::{SignedManifest, Withdrawal};
use crate::ids::{DeviceId, LocationId, PersonId};
use crate::pin::PinVerifier;

/// The version of these messages. The server refuses writes of a tablet with a version below
/// [`OLDEST_PROTOCOL`]. The tablet keeps its outbox and asks for an update.
pub const PROTOCOL: u32 = 4;

/// The header of every answer of the API with the server's time, in milliseconds since the Unix
/// epoch.
pub const SERVER_TIME: &str = "calloff-time";

/// The oldest version from which the server accepts writes.
pub const OLDEST_PROTOCOL: u32 = 4;

/// Exchanges a one-time enrolment code for a tablet's credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// The code that an administrator issued.
    pub code: String,
    /// The name that people give the tablet.
    pub device_name: String,
    /// The site of an earlier enrolment whose changes the tablet has not sent. A code for another
    /// site is then refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsent_for: Option<LocationId>,
    /// Random text of the tablet, the same for each attempt with this code, at most 64 bytes. The
    /// same code with the same text is answered once more, because the first answer may have been
    /// lost. Without it, a code works once.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub attempt: String,
}

impl EnrolRequest {
    /// The request of a tablet without unsent changes.
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

/// What a tablet stores after its enrolment.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolResponse {
    /// The identifier of the tablet.
    pub device: DeviceId,
    /// The secret that the tablet sends with each request. The server stores only its hash.
    pub credential: String,
    /// The site for which the tablet orders.
    pub site: LocationId,
    /// The site's name.
    pub site_name: String,
    /// The organisation's name.
    pub organisation_name: String,
    /// The organisation's Ed25519 verifying key, in hex. The tablet stores it and refuses releases
    /// that are signed with another key.
    pub signing_key: String,
    /// The people who may use the tablet.
    pub staff: Vec<StaffMember>,
}

impl std::fmt::Debug for EnrolResponse {
    /// Leaves the credential out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnrolResponse")
            .field("device", &self.device)
            .field("site", &self.site)
            .field("organisation_name", &self.organisation_name)
            .finish_non_exhaustive()
    }
}

/// A person who can choose their name on a shared tablet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffMember {
    /// The sign-in name.
    pub id: PersonId,
    /// The display name.
    pub name: String,
    /// The verifier of the person's PIN ([`crate::pin`]). A person without a PIN only chooses the
    /// name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<PinVerifier>,
}

/// The releases that a tablet should have.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReleaseResponse {
    /// The newest release in force; `None` before the first release.
    pub current: Option<SignedManifest>,
    /// The releases that take effect later, sent in advance, ordered by number.
    #[serde(default)]
    pub announced: Vec<SignedManifest>,
    /// Announced releases with a higher number than `current` that were taken back. A tablet that
    /// has one of them deletes it; if it uses it, it changes to the current release.
    #[serde(default)]
    pub withdrawn: Vec<Withdrawal>,
}

/// Asks for several chunks at once. The answer may have fewer of them; the tablet asks again for
/// the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunksRequest {
    /// The hashes of the chunks, each 64 hexadecimal digits; at most 1,000.
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
    /// Leaves the password out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignInRequest").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The person who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The sign-in name.
    pub person: PersonId,
    /// The display name.
    pub name: String,
    /// What the person may do, and where.
    pub roles: Vec<RoleAt>,
}

/// A role at a node of the location tree. It holds for the node and everything below it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RoleAt {
    /// The role.
    pub role: PersonRole,
    /// The node.
    pub location: LocationId,
}

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonRole {
    /// Orders at a site.
    Staff,
    /// Manages a site.
    SiteManager,
    /// Maintains contracts and publishes releases.
    Procurement,
    /// Sees orders and matches invoices.
    Finance,
    /// Manages people, sites and tablets.
    Admin,
    /// Sees everything and changes nothing.
    Auditor,
}

impl PersonRole {
    /// All roles, in the order in which most people get them.
    pub const ALL: [Self; 6] = [
        Self::Staff,
        Self::SiteManager,
        Self::Procurement,
        Self::Finance,
        Self::Admin,
        Self::Auditor,
    ];
}

/// A server-sent event. It says only that something changed; the client fetches the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A document of the listener's sites changed: pull.
    Documents,
    /// There is a new release: fetch it.
    Release,
    /// The order list of finance changed: fetch it.
    Orders,
}
