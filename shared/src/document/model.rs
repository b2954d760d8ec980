//! The parts of a document's kind: its schemas, its commands, its rules, and the paths that tablets
//! may write.
//!
//! A new kind is a folder beside this file with an implementation of [`DocumentModel`], a line in
//! `kinds.rs`, and a variant of [`DocumentKind`](crate::wire::DocumentKind).

use automerge::Automerge;

use super::schema::Schema;
use crate::ids::{DeviceId, DocumentId, LocationId};
use crate::intent::Intent;
use crate::wire::{DocumentKind, PushRefusal};

/// The state of one kind of document, as read from the document, and the rules of the kind.
pub(crate) trait DocumentModel: Sized {
    /// The kind.
    const KIND: DocumentKind;
    /// The schemas that were ever written, the newest last. All of them are read into this state.
    const SCHEMAS: &'static [Schema];
    /// The maps in the root that tablets write.
    const PARTS: &'static [Part];

    /// What a person does to a document ([`super::write::Write`] writes it).
    type Command: super::write::Write;
    /// Why a rule forbids a command.
    type Refusal;

    /// Decides whether a command is allowed. `state` is `None` while nobody wrote to the document.
    ///
    /// # Errors
    /// The rule that forbids the command.
    fn decide(state: Option<&Self>, intent: &Intent<Self::Command>) -> Result<(), Self::Refusal>;

    /// Decides about an intent that is applied again, after others changed what the person saw.
    /// [`Self::decide`] must allow it as well.
    ///
    /// # Errors
    /// The refusal, if the person must look at the new state first.
    fn decide_again(&self, intent: &Intent<Self::Command>) -> Result<(), Self::Refusal>;

    /// The values that a command would overwrite.
    fn seen_by(&self, command: &Self::Command) -> Vec<String>;

    /// Brings the state up to date after a command, without reading the whole document. Returns
    /// false if the whole document must be read.
    fn read_again(&mut self, document: &Automerge, command: &Self::Command) -> bool;

    /// The effect of an operation, if a tablet may do it. `is_begun` says whether the document has
    /// a state already.
    fn allowed(touch: &Touch<'_>, is_begun: bool) -> Option<Allowed>;

    /// Checks that a document with this identifier may belong to a site.
    ///
    /// # Errors
    /// The document belongs to something else.
    fn check_identifier(
        document: DocumentId,
        site: &LocationId,
        is_new: bool,
    ) -> Result<(), PushRefusal>;

    /// Checks that a tablet may still write to the document.
    ///
    /// # Errors
    /// The document is closed.
    fn check_open(&self) -> Result<(), PushRefusal>;

    /// Checks the rules after the changes of a tablet were merged.
    ///
    /// # Errors
    /// The rule that the changes break.
    fn check_pushed(
        before: Option<&Self>,
        after: &Self,
        sender: Sender<'_>,
    ) -> Result<(), PushRefusal>;

    /// Checks what head office takes up after a restore. `before` is the server's state; `None` if
    /// the server has no such document, or if nothing is new.
    ///
    /// # Errors
    /// Why head office cannot take it up.
    fn check_taken_up(
        before: Option<&Self>,
        after: &Self,
        sender: Sender<'_>,
    ) -> Result<(), PushRefusal>;
}

/// The tablet that sent changes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sender<'a> {
    /// The authenticated tablet.
    pub device: DeviceId,
    /// The site of the tablet.
    pub site: &'a LocationId,
}

/// The party whose word is trusted when changes are merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// The tablet, which may write only its own changes.
    Tablet,
    /// Head office, which also takes up changes of others.
    HeadOffice,
}

/// The role of an object in a document, in words. The root has no role: each kind names its own
/// keys in the root.
pub(crate) type PathRole = &'static str;

/// A map in the root that tablets write, and the role of the maps in it.
#[derive(Debug)]
pub(crate) struct Part {
    pub key: &'static str,
    pub role: PathRole,
    pub each: Option<PathRole>,
    /// Whether a change that writes into this map begins the state of the document.
    pub begins: bool,
}

/// An operation, with the facts that the rules of a kind need.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Touch<'o> {
    /// The role of the object that it writes. `None` for the root, or for an object that tablets
    /// may not write.
    pub role: Option<PathRole>,
    pub is_root: bool,
    pub key: &'o str,
    /// Whether the same change made the object.
    pub is_new_object: bool,
    /// Whether the key had no value that the tablet knew.
    pub is_first: bool,
    pub action: Action,
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    PutText,
    MakeMap,
    Other,
}

/// The effect of an allowed operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allowed {
    /// It writes a value.
    Write,
    /// It makes a map of this role. It may do so many times.
    Make(PathRole),
    /// It makes a map of this role under a key that had no value.
    MakeOnce(PathRole),
}
