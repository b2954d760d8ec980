use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Blob, PushRefusal, RoleAt, StaffMember};
use crate::ids::{DeviceId, DocumentId, LocationId, PersonId};

/// What a tablet should know of its site beside catalogue and orders; fetched after each start and
/// at least once a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TabletFacts {
    /// The tablet's name at head office.
    pub name: String,
    /// The site's name.
    pub site_name: String,
    /// The organisation's name.
    pub organisation_name: String,
    /// Who may use the tablet, and what their PINs are checked against.
    pub staff: Vec<StaffMember>,
    /// Whether the tablet's credential is old enough to be traded for a new one
    /// (`POST /api/tablet/credential`).
    pub is_credential_due: bool,
}

/// A tablet's next credential. It is to be on disk before it is used; its first use ends the one
/// before it, and until then that one is good.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialResponse {
    /// The secret.
    pub credential: String,
}

impl std::fmt::Debug for CredentialResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CredentialResponse(…)")
    }
}

/// An enrolled tablet as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRow {
    /// Which.
    pub device: DeviceId,
    /// What people call it.
    pub name: String,
    /// Its site.
    pub site: LocationId,
    /// The site's name.
    pub site_name: String,
    /// When it was enrolled, in milliseconds since the Unix epoch, as all times here.
    pub enrolled_at: i64,
    /// When it was last heard of, to the minute.
    pub last_seen_at: i64,
    /// Since when it has its credential.
    pub credential_since: i64,
    /// When it was revoked.
    pub revoked_at: Option<i64>,
}

/// Asks for a code that enrols one tablet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentCodeRequest {
    /// At which site.
    pub site: LocationId,
    /// For how many hours it is good; 72 unless it is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_hours: Option<u16>,
}

/// A code that enrols one tablet, shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentCodeResponse {
    /// The code, to be typed.
    pub code: String,
    /// The link that holds the code, behind `#`: browsers send that part to nobody.
    pub link: String,
    /// The link as a QR code: an SVG image.
    pub qr_svg: String,
    /// When it expires, in milliseconds since the Unix epoch.
    pub expires_at: i64,
}

impl std::fmt::Debug for EnrolmentCodeResponse {
    /// Without the code.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnrolmentCodeResponse")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// A person as administrators and site managers see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRow {
    /// The sign-in name.
    pub person: PersonId,
    /// The display name.
    pub name: String,
    /// What the person may do.
    pub roles: Vec<RoleAt>,
    /// Whether a password was set.
    pub has_password: bool,
    /// When the PIN was set, in milliseconds since the Unix epoch; `None` without one.
    pub pin_set_at: Option<i64>,
}

/// A new PIN.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinRequest {
    /// Its digits; `None` takes the PIN away.
    pub pin: Option<String>,
}

impl std::fmt::Debug for PinRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PinRequest(…)")
    }
}

/// A refused batch in quarantine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantineRow {
    /// Its number.
    pub id: i64,
    /// When it came in, in milliseconds since the Unix epoch.
    pub received_at: i64,
    /// From which tablet.
    pub device: DeviceId,
    /// What people call that tablet.
    pub device_name: String,
    /// The tablet's site.
    pub site: LocationId,
    /// The site's name.
    pub site_name: String,
    /// For which document.
    pub document: DocumentId,
    /// Why it was refused, as the tablet was told.
    pub refusals: Vec<PushRefusal>,
    /// How large it is.
    pub bytes: u64,
}

/// A refused batch, looked into. Nothing of it is applied to anything: it is only parsed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantineDetail {
    /// Its row.
    pub row: QuarantineRow,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// Its first bytes.
    pub head: Blob,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Actor {
    /// A person who is signed in.
    Person(PersonId),
    /// A tablet.
    Tablet(DeviceId),
    /// Somebody at the server's prompt: the system's name of them.
    CommandLine(String),
    /// Nobody who is known.
    Unknown,
}

/// A privileged act, or an attempt to come in that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditAct {
    /// Somebody signed in.
    SignedIn,
    /// Somebody failed to.
    SignInFailed,
    /// An account at a sign-in provider was tied to a person.
    ProviderAccountLinked,
    /// A code that enrols a tablet was issued.
    EnrolmentCodeIssued,
    /// A tablet was enrolled.
    TabletEnrolled,
    /// Somebody tried a code that enrols nothing.
    EnrolmentFailed,
    /// A tablet was revoked.
    TabletRevoked,
    /// A person was added, or their name, e-mail address, roles or password changed.
    PersonChanged,
    /// A person was removed.
    PersonRemoved,
    /// A PIN was set.
    PinSet,
    /// A PIN was taken away.
    PinRemoved,
    /// Contracts, sites or prices were imported.
    Imported,
    /// It was said what a site is to get of a hard maximum commitment.
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
    /// What a tablet offered after that was taken up.
    OfferTakenUp,
}

impl AuditAct {
    /// Whether the act changes contracts, sites or releases: what somebody decided by them before
    /// the act has to be decided anew.
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
            | Self::PersonChanged
            | Self::PersonRemoved
            | Self::PinSet
            | Self::PinRemoved
            | Self::QuarantineViewed
            | Self::QuarantineDownloaded
            | Self::ExceptionDecided
            | Self::OfferTakenUp => false,
        }
    }
}

/// One entry of the audit log. The log only grows; each entry's hash covers the entry and the hash
/// before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its number, from 1 without a gap.
    pub number: u64,
    /// When, by the server's clock, in milliseconds since the Unix epoch.
    pub at: i64,
    /// Who.
    pub by: Actor,
    /// Did what.
    pub act: AuditAct,
    /// On what: an identifier, of the kind that the act says.
    pub target: String,
    /// At which node of the location tree; `None` concerns the organisation.
    pub location: Option<LocationId>,
    /// From where: an address, or empty for the server itself.
    pub from: String,
    /// What else is worth knowing, by name. Never a secret.
    pub detail: BTreeMap<String, String>,
    /// SHA-256 over the entry and the hash before it, in hexadecimal digits.
    pub hash: String,
}

/// What people call the persons, tablets and sites that entries of the audit log name by their
/// identifiers. Who or what is no longer there has no name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditNames {
    /// By sign-in name.
    pub people: BTreeMap<PersonId, String>,
    /// By tablet.
    pub tablets: BTreeMap<DeviceId, String>,
    /// By node of the location tree.
    pub locations: BTreeMap<LocationId, String>,
}

/// A part of the audit log that the reader may see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    /// Latest first.
    pub entries: Vec<AuditEntry>,
    /// What people call those that the entries name.
    #[serde(default)]
    pub names: AuditNames,
    /// Ask with `before=` this for the entries before these; `None` where there are none.
    pub before: Option<u64>,
}

/// How people may sign in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInOptions {
    /// What the button of the organisation's own sign-in says; `None` where there is none.
    pub provider: Option<String>,
}
