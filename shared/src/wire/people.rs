//! People, their invitations, and the places where they work, as administrators see them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::RoleAt;
use crate::ids::{LocationId, PersonId};
use crate::limits::{IDENTIFIER_BYTES, NAME_BYTES};

/// The smallest number of characters in a password (NIST SP 800-63B).
pub const PASSWORD_CHARACTERS: usize = 8;

/// How many days an invitation is valid: over a week of holidays.
pub const INVITATION_DAYS: u16 = 7;

/// A person, as administrators and site managers see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRow {
    /// The sign-in name.
    pub person: PersonId,
    /// The display name.
    pub name: String,
    /// What the person may do, and where.
    pub roles: Vec<RoleAt>,
    /// The names of the places of the roles. A place that left the tree may have none.
    #[serde(default)]
    pub places: BTreeMap<LocationId, String>,
    /// Whether the person has a password.
    pub has_password: bool,
    /// The time when the PIN was set, in milliseconds since the Unix epoch, like all times here;
    /// `None` without a PIN.
    pub pin_set_at: Option<i64>,
    /// The time when the person's open invitation expires; `None` without an open invitation.
    #[serde(default)]
    pub invited_until: Option<i64>,
    /// The number of open sessions: the browsers in which the person is signed in.
    #[serde(default)]
    pub sessions: u32,
}

/// Sets or removes a PIN.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinRequest {
    /// The digits of the PIN; `None` removes it.
    pub pin: Option<String>,
}

impl std::fmt::Debug for PinRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PinRequest(…)")
    }
}

/// Adds a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddPersonRequest {
    /// The sign-in name, as it was typed.
    pub person: String,
    /// The display name.
    pub name: String,
    /// What the person may do, and where.
    pub roles: Vec<RoleAt>,
    /// Whether the answer has an invitation.
    pub invites: bool,
}

/// The answer to [`AddPersonRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddPersonResponse {
    /// The invitation, if the request asked for one.
    pub invitation: Option<InvitationResponse>,
}

/// Changes the display name and all roles of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangePersonRequest {
    /// The display name.
    pub name: String,
    /// What the person may do from now on, and where. It replaces the earlier roles.
    pub roles: Vec<RoleAt>,
}

/// An invitation: a link by which a person sets their own password, once. It is shown only once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationResponse {
    /// The link with the token after `#`. Browsers send that part to no server.
    pub link: String,
    /// The time when the link expires, in milliseconds since the Unix epoch.
    pub expires_at: i64,
}

impl std::fmt::Debug for InvitationResponse {
    /// Leaves the link out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InvitationResponse")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Asks which person a link invites.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationRequest {
    /// The token of the link.
    pub token: String,
}

impl std::fmt::Debug for InvitationRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InvitationRequest(…)")
    }
}

/// The person that a link invites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationFacts {
    /// The sign-in name.
    pub person: PersonId,
    /// The display name.
    pub name: String,
    /// The name of the organisation.
    pub organisation_name: String,
    /// The time when the link expires, in milliseconds since the Unix epoch.
    pub expires_at: i64,
}

/// Sets the password of an invited person. The link is used up.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptInvitationRequest {
    /// The token of the link.
    pub token: String,
    /// The password that the person chose.
    pub password: String,
}

impl std::fmt::Debug for AcceptInvitationRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AcceptInvitationRequest(…)")
    }
}

/// Why a change of a person was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum PersonRefusal {
    /// The sign-in name cannot be used.
    #[error(
        "a sign-in name has 1 to {IDENTIFIER_BYTES} bytes, no white space at its ends, and no \
         character that cannot be shown"
    )]
    BadSignInName,
    /// Another person has the sign-in name, or one that differs just in the case of letters.
    #[error("somebody else has this sign-in name, or one that looks the same: choose another one")]
    SignInNameTaken,
    /// The display name cannot be used.
    #[error(
        "a person's name has 1 to {NAME_BYTES} bytes, and no line ends, control characters, or \
         characters that change the direction of writing"
    )]
    BadName,
    /// Another person has the e-mail address.
    #[error("this is somebody else's e-mail address")]
    EmailTaken,
    /// The person would have no role.
    #[error("a person has at least one role: remove a person who has none")]
    NoRole,
    /// Nobody could administer the organisation any more.
    #[error(
        "this is the last person who can sign in and administers the whole organisation: give \
         somebody else this role first"
    )]
    LastAdministrator,
    /// The person has a role at a place that the caller does not administer.
    #[error(
        "this person also works at a place that you do not look after: ask an administrator of both places"
    )]
    WorksElsewhere,
    /// The password is too short or too long.
    #[error("a password has {PASSWORD_CHARACTERS} characters to {NAME_BYTES} bytes")]
    BadPassword,
}

/// A node of the location tree, as administrators and site managers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceRow {
    /// The identifier of the node.
    pub place: LocationId,
    /// The node above, if the reader may see it.
    pub above: Option<LocationId>,
    /// The name of the node.
    pub name: String,
    /// What kind of node it is.
    pub kind: PlaceKind,
    /// The IANA time zone of a site.
    pub time_zone: Option<String>,
    /// The number of tablets in use at and below the node.
    pub tablets: u32,
    /// The number of people with a role at or below the node.
    pub people: u32,
}

/// The kind of a node of the location tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    /// The root of the tree.
    Organisation,
    /// A node with others below it, for which nobody orders.
    Region,
    /// A node for which orders are made.
    Site,
}
