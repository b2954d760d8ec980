use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Blob, PushRefusal, StaffMember};
use crate::ids::{DeviceId, DocumentId, LocationId, PersonId};

/// What a tablet should know about its site beside the catalogue and orders. It fetches this after
/// each start and at least once a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TabletFacts {
    /// The tablet's name at head office.
    pub name: String,
    /// The site's name.
    pub site_name: String,
    /// The organisation's name.
    pub organisation_name: String,
    /// The people who may use the tablet, with the verifiers of their PINs.
    pub staff: Vec<StaffMember>,
    /// Whether the tablet's credential is so old that it should be exchanged for a new one (`POST
    /// /api/tablet/credential`).
    pub is_credential_due: bool,
}

/// The next credential of a tablet. The tablet must store it before it uses it. The first use ends
/// the previous credential; until then the previous one is valid.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialResponse {
    /// The secret that the tablet sends with each request.
    pub credential: String,
}

impl std::fmt::Debug for CredentialResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CredentialResponse(…)")
    }
}

/// An enrolled tablet, as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRow {
    /// The identifier of the tablet.
    pub device: DeviceId,
    /// The name that people gave the tablet.
    pub name: String,
    /// The site of the tablet.
    pub site: LocationId,
    /// The site's name.
    pub site_name: String,
    /// The time of the enrolment, in milliseconds since the Unix epoch, like all times here.
    pub enrolled_at: i64,
    /// The time of the last contact, rounded to the minute.
    pub last_seen_at: i64,
    /// The time since when it has its credential.
    pub credential_since: i64,
    /// The time when it was revoked; `None` when it was not revoked.
    pub revoked_at: Option<i64>,
    /// The version of its app; `None` when it has not reported one.
    #[serde(default)]
    pub app_version: Option<String>,
    /// The number of the release that it uses; `None` when it has none or has not reported one.
    #[serde(default)]
    pub release: Option<u64>,
    /// The number of the release that every tablet should use by now; `None` before the first one.
    #[serde(default)]
    pub release_due: Option<u64>,
    /// How many entries it had not sent at its last pull; `None` when it has not reported it.
    #[serde(default)]
    pub unsent: Option<u32>,
}

/// Gives a tablet another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenameRequest {
    /// The new name.
    pub name: String,
}

/// Asks for a code to enrol one tablet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentCodeRequest {
    /// The site of the tablet.
    pub site: LocationId,
    /// How many hours the code is valid. 72 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_hours: Option<u16>,
    /// A tablet of the same site that is revoked as soon as somebody uses the code. Without it, the
    /// site gets one more tablet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<DeviceId>,
}

/// A code to enrol one tablet. It is shown only once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentCodeResponse {
    /// The code, for typing.
    pub code: String,
    /// The link with the code after `#`. Browsers send that part to no server.
    pub link: String,
    /// The link as a QR code, an SVG image.
    pub qr_svg: String,
    /// The time when the code expires, in milliseconds since the Unix epoch.
    pub expires_at: i64,
}

impl std::fmt::Debug for EnrolmentCodeResponse {
    /// Leaves the code out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnrolmentCodeResponse")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// A refused batch in quarantine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantineRow {
    /// The number of the batch.
    pub id: i64,
    /// The time when it arrived, in milliseconds since the Unix epoch.
    pub received_at: i64,
    /// The tablet that sent it.
    pub device: DeviceId,
    /// The name of that tablet.
    pub device_name: String,
    /// The site of the tablet.
    pub site: LocationId,
    /// The site's name.
    pub site_name: String,
    /// The document of the batch.
    pub document: DocumentId,
    /// Why it was refused, as in the answer to the tablet.
    pub refusals: Vec<PushRefusal>,
    /// The size of the batch, in bytes.
    pub bytes: u64,
}

/// The details of a refused batch. The batch is only parsed and never applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantineDetail {
    /// The row of the batch in the list.
    pub row: QuarantineRow,
    /// The SHA-256 hash of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// The first bytes of the batch.
    pub head: Blob,
}

/// The person, tablet or system that did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Actor {
    /// A person who is signed in.
    Person(PersonId),
    /// A tablet.
    Tablet(DeviceId),
    /// Somebody on the server's command line, by the name that the operating system gives them.
    CommandLine(String),
    /// Somebody unknown.
    Unknown,
}

/// A privileged act, or a failed attempt to sign in or enrol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditAct {
    /// Somebody signed in.
    SignedIn,
    /// Somebody failed to sign in.
    SignInFailed,
    /// An account at a sign-in provider was linked to a person.
    ProviderAccountLinked,
    /// A code to enrol a tablet was issued.
    EnrolmentCodeIssued,
    /// A tablet was enrolled.
    TabletEnrolled,
    /// Somebody tried a code that is not valid.
    EnrolmentFailed,
    /// A tablet was revoked.
    TabletRevoked,
    /// A tablet got another name.
    TabletRenamed,
    /// A person was added.
    PersonAdded,
    /// A person's name, e-mail address, roles or password changed.
    PersonChanged,
    /// A person got a link by which they set their password.
    InvitationIssued,
    /// That link was taken back.
    InvitationRevoked,
    /// A person set their password by such a link.
    InvitationAccepted,
    /// A person was signed out in all browsers.
    SessionsEnded,
    /// A person was removed.
    PersonRemoved,
    /// A PIN was set.
    PinSet,
    /// A PIN was taken away.
    PinRemoved,
    /// Contracts, sites or prices were imported.
    Imported,
    /// The planned allotment of a site was set.
    AllotmentPlanned,
    /// A release was published.
    ReleasePublished,
    /// An announced release was taken back.
    ReleaseWithdrawn,
    /// An announced amendment was taken back.
    AmendmentWithdrawn,
    /// A draft of a contract was discarded.
    DraftDiscarded,
    /// A draft that was discarded was brought back.
    DraftRestored,
    /// Ties between contracts were settled.
    TiesSettled,
    /// A refused batch was looked into.
    QuarantineViewed,
    /// A refused batch was downloaded.
    QuarantineDownloaded,
    /// An exception was decided.
    ExceptionDecided,
    /// The database was restored from a backup, or an older copy of it was put back.
    DatabaseRestored,
    /// Head office took up a document that a tablet offered after a restore.
    OfferTakenUp,
    /// Head office discarded a document that a tablet offered after a restore.
    OfferDiscarded,
    /// The way in which a supplier is reached, or a customer number, changed.
    SupplierChanged,
    /// A person asked to send a purchase order, perhaps once more.
    PurchaseOrderSendAsked,
    /// A person said that they sent a purchase order by hand.
    PurchaseOrderSentByHand,
    /// A person took back that a purchase order was sent by hand.
    PurchaseOrderNotSent,
    /// A job was told to run again, or at once.
    JobRunAgain,
    /// A job was cancelled.
    JobCancelled,
}

impl AuditAct {
    /// Whether the act changes contracts, sites or releases. A decision that somebody made by their
    /// earlier state must then be made again.
    #[must_use]
    pub const fn changes_contracts(self) -> bool {
        match self {
            Self::Imported
            | Self::AllotmentPlanned
            | Self::ReleasePublished
            | Self::ReleaseWithdrawn
            | Self::AmendmentWithdrawn
            | Self::DraftDiscarded
            | Self::DraftRestored
            | Self::TiesSettled
            | Self::DatabaseRestored => true,
            Self::SignedIn
            | Self::SignInFailed
            | Self::ProviderAccountLinked
            | Self::EnrolmentCodeIssued
            | Self::TabletEnrolled
            | Self::EnrolmentFailed
            | Self::TabletRevoked
            | Self::TabletRenamed
            | Self::PersonAdded
            | Self::PersonChanged
            | Self::InvitationIssued
            | Self::InvitationRevoked
            | Self::InvitationAccepted
            | Self::SessionsEnded
            | Self::PersonRemoved
            | Self::PinSet
            | Self::PinRemoved
            | Self::QuarantineViewed
            | Self::QuarantineDownloaded
            | Self::ExceptionDecided
            | Self::OfferTakenUp
            | Self::OfferDiscarded
            | Self::SupplierChanged
            | Self::PurchaseOrderSendAsked
            | Self::PurchaseOrderSentByHand
            | Self::PurchaseOrderNotSent
            | Self::JobRunAgain
            | Self::JobCancelled => false,
        }
    }
}

/// One entry of the audit log. The log only grows. The hash of each entry covers the entry and the
/// hash of the previous entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// The number of the entry, from 1 without a gap.
    pub number: u64,
    /// The time, by the server's clock, in milliseconds since the Unix epoch.
    pub at: i64,
    /// The person, tablet or system that acted.
    pub by: Actor,
    /// The act.
    pub act: AuditAct,
    /// The identifier of the thing that the act changed. The act says what kind of thing it is.
    pub target: String,
    /// The node of the location tree; `None` when the act concerns the whole organisation.
    pub location: Option<LocationId>,
    /// The network address of the caller. Empty for the server itself.
    pub from: String,
    /// More facts about the act, by name. Never a secret.
    pub detail: BTreeMap<String, String>,
    /// The SHA-256 hash over the entry and the hash of the previous entry, in hexadecimal digits.
    pub hash: String,
}

/// The names of the people, tablets and locations in entries of the audit log. A person, tablet or
/// location that no longer exists has no name here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditNames {
    /// The display names, by sign-in name.
    pub people: BTreeMap<PersonId, String>,
    /// The names of tablets, by tablet.
    pub tablets: BTreeMap<DeviceId, String>,
    /// The names of locations, by node.
    pub locations: BTreeMap<LocationId, String>,
}

/// A part of the audit log that the reader may see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    /// The entries, the latest first.
    pub entries: Vec<AuditEntry>,
    /// The names of the people, tablets and locations in the entries.
    #[serde(default)]
    pub names: AuditNames,
    /// To get the earlier entries, ask with `before=` this number. `None` when there are none.
    pub before: Option<u64>,
}

/// The ways to sign in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInOptions {
    /// The text on the button of the organisation's own sign-in. `None` when there is no such
    /// sign-in.
    pub provider: Option<String>,
}
