//! Checks which parts of a document a change touches. It compares each operation with what a tablet
//! may write.

mod order;
mod site;

use std::collections::{HashMap, HashSet};

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::{Automerge, Change, ObjId, ObjType, ROOT, ReadDoc, ScalarValue};

use crate::wire::DocumentKind;

/// The role of an object in a document, as far as tablets may write the object. The root has no
/// role: each kind of document names its own keys in the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Role {
    // Roles in an order.
    Header,
    Lines,
    Line,
    Submission,
    Pins,
    // Roles in a site's settings.
    Areas,
    Area,
    GuideLines,
    GuideLine,
    Hours,
    Contacts,
}

/// A map in the root that tablets write, and the role of the maps in it.
struct Part {
    key: &'static str,
    role: Role,
    each: Option<Role>,
}

/// The writable objects of a document. Each accepted change may add some.
pub(super) struct Writable {
    kind: DocumentKind,
    roles: HashMap<ObjectId, Role>,
    /// The maps that may be made only once, by role and key. None is made again.
    made: HashSet<(Role, String)>,
    /// Whether the header of the order is written.
    is_born: bool,
}

/// An operation, with the facts that the rules of a document kind need.
struct Touch<'o> {
    /// The role of the object that it writes. `None` for the root, or for an object that tablets
    /// may not write.
    role: Option<Role>,
    is_root: bool,
    key: &'o str,
    /// Whether the same change made the object.
    is_new_object: bool,
    /// Whether the key had no value that the tablet knew.
    is_first: bool,
    action: Action,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    PutText,
    MakeMap,
    Other,
}

/// The effect of an allowed operation.
enum Allowed {
    /// It writes a value.
    Write,
    /// It makes a map of this role. It may do so many times.
    Make(Role),
    /// It makes a map of this role under a key that had no value.
    MakeOnce(Role),
}

impl Writable {
    /// The writable objects of the server's copy. `is_born` says whether the document already has
    /// an order.
    pub(super) fn of(kind: DocumentKind, document: &Automerge, is_born: bool) -> Self {
        let mut writable = Self { kind, roles: HashMap::new(), made: HashSet::new(), is_born };
        let parts: &[Part] = match kind {
            DocumentKind::Order => &order::PARTS,
            DocumentKind::Site => &site::PARTS,
        };
        for Part { key, role, each } in parts {
            writable.insert_all(document, &ROOT, key, *role);
            let (Some(each), Ok(Some((_, container)))) = (each, document.get(ROOT, *key)) else {
                continue;
            };
            for key in document.keys(&container) {
                writable.insert_all(document, &container, &key, *each);
                writable.made.insert((*each, key));
            }
        }
        writable
    }

    fn insert_all(&mut self, document: &Automerge, parent: &ObjId, key: &str, role: Role) {
        for (_, object) in document.get_all(parent, key).unwrap_or_default() {
            if let ObjId::Id(counter, actor, _) = object {
                self.roles.insert(ObjectId::Id(OpId(counter, actor)), role);
            }
        }
    }

    /// Checks the operations of a change, and adds the objects that it makes.
    ///
    /// # Errors
    /// The first operation that a tablet may not write, in words.
    pub(super) fn check(&mut self, change: &Change) -> Result<(), String> {
        let mut made_here = HashSet::new();
        let mut writes_header = false;
        let decoded = change.decode();
        for (counter, operation) in (decoded.start_op.get()..).zip(&decoded.operations) {
            let role = self.roles.get(&operation.obj).copied();
            let made = self.check_operation(operation, role, made_here.contains(&operation.obj))?;
            writes_header |= role == Some(Role::Header);
            if let Some(role) = made {
                let object = ObjectId::Id(OpId(counter, decoded.actor_id.clone()));
                made_here.insert(object.clone());
                self.roles.insert(object, role);
            }
        }
        // The first change that writes a header writes the whole header.
        self.is_born |= writes_header;
        Ok(())
    }

    /// Checks one operation. Returns the role of the object that it makes, if any.
    fn check_operation(
        &mut self,
        operation: &Op,
        role: Option<Role>,
        is_new_object: bool,
    ) -> Result<Option<Role>, String> {
        let Key::Map(key) = &operation.key else {
            return Err("lists and texts are not allowed".to_owned());
        };
        if operation.insert {
            return Err("lists and texts are not allowed".to_owned());
        }
        let touch = Touch {
            role,
            is_root: operation.obj == ObjectId::Root,
            key: key.as_str(),
            is_new_object,
            is_first: operation.pred.is_empty(),
            action: match &operation.action {
                OpType::Put(ScalarValue::Str(_)) => Action::PutText,
                OpType::Make(ObjType::Map) => Action::MakeMap,
                _ => Action::Other,
            },
        };
        let allowed = match self.kind {
            DocumentKind::Order => order::allowed(&touch, self.is_born),
            DocumentKind::Site => site::allowed(&touch),
        };
        match allowed {
            Some(Allowed::Write) => Ok(None),
            Some(Allowed::Make(role)) => Ok(Some(role)),
            Some(Allowed::MakeOnce(role))
                if touch.is_first && self.made.insert((role, touch.key.to_owned())) =>
            {
                Ok(Some(role))
            }
            _ => {
                Err(format!("{} cannot be written by a tablet in this way", place(role, touch.key)))
            }
        }
    }
}

fn place(role: Option<Role>, key: &str) -> String {
    let object = match role {
        Some(Role::Header) => "header",
        Some(Role::Lines) => "lines",
        Some(Role::Line) => "a line",
        Some(Role::Submission) => "a submission",
        Some(Role::Pins) => "pins",
        Some(Role::Areas) => "areas",
        Some(Role::Area) => "an area",
        Some(Role::GuideLines) => "a guide's lines",
        Some(Role::GuideLine) => "a guide's line",
        Some(Role::Hours) => "receiving hours",
        Some(Role::Contacts) => "contacts",
        None => "a part that only the server or a document's first change may write",
    };
    format!("{key:.40?} in {object}")
}
