//! Which parts of an order's document a change touches, checked operation by operation against what a tablet may write.

use std::collections::{HashMap, HashSet};

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::{Automerge, Change, ObjId, ObjType, ROOT, ReadDoc, ScalarValue};

use crate::document::schema::{
    HEADER, HEADER_KEYS, LINE_KEYS, LINES, NOTE, PINS, QUANTITY, SUBMISSION_KEYS, SUBMITTED,
};
use crate::ids::OrderLineId;

/// What an object of the document is, as far as tablets may write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Header,
    Lines,
    Line,
    Submission,
    Pins,
}

/// The writable objects of a document; grows with each change that passes.
pub(super) struct Writable {
    roles: HashMap<ObjectId, Role>,
    line_ids: HashSet<String>,
    is_born: bool,
}

impl Writable {
    /// Of a document as the server has it; `is_born` once it holds an order.
    pub(super) fn of(document: &Automerge, is_born: bool) -> Self {
        let mut writable = Self { roles: HashMap::new(), line_ids: HashSet::new(), is_born };
        for (key, role) in [(HEADER, Role::Header), (LINES, Role::Lines)] {
            writable.insert_all(document, &ROOT, key, role);
        }
        if let Ok(Some((_, lines))) = document.get(ROOT, LINES) {
            for line_id in document.keys(&lines) {
                writable.insert_all(document, &lines, &line_id, Role::Line);
                writable.line_ids.insert(line_id);
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

    /// Checks a change's operations and takes in the objects that it makes.
    ///
    /// # Errors
    /// The first operation that a tablet may not write, in words.
    pub(super) fn check(&mut self, change: &Change) -> Result<(), String> {
        let mut made_here = HashSet::new();
        let mut writes_header = false;
        let decoded = change.decode();
        for (counter, operation) in (decoded.start_op.get()..).zip(&decoded.operations) {
            let role = self.roles.get(&operation.obj).copied();
            let made = self.check_operation(operation, role, &made_here)?;
            writes_header |= role == Some(Role::Header);
            if let Some(role) = made {
                let object = ObjectId::Id(OpId(counter, decoded.actor_id.clone()));
                made_here.insert(object.clone());
                self.roles.insert(object, role);
            }
        }
        // One change writes the whole header, and it is the first that does.
        self.is_born |= writes_header;
        Ok(())
    }

    /// Whether one operation may be; the role of the object that it makes.
    fn check_operation(
        &mut self,
        operation: &Op,
        role: Option<Role>,
        made_here: &HashSet<ObjectId>,
    ) -> Result<Option<Role>, String> {
        let Key::Map(key) = &operation.key else { return Err("lists and texts are not written".to_owned()) };
        let key = key.as_str();
        let is_first = operation.pred.is_empty();
        let is_new_object = made_here.contains(&operation.obj);
        let is_line_id = || OrderLineId::parse(key).is_ok();
        let allowed = match (&operation.obj, role, &operation.action) {
            (ObjectId::Root, _, OpType::Put(ScalarValue::Str(_))) if key == NOTE => None,
            (ObjectId::Root, _, OpType::Make(ObjType::Map)) if key == SUBMITTED => Some(Role::Submission),
            (_, Some(Role::Header), OpType::Put(ScalarValue::Str(_)))
                if !self.is_born && is_first && HEADER_KEYS.contains(&key) =>
            {
                None
            }
            (_, Some(Role::Lines), OpType::Make(ObjType::Map))
                if is_first && is_line_id() && self.line_ids.insert(key.to_owned()) =>
            {
                Some(Role::Line)
            }
            (_, Some(Role::Line), OpType::Put(ScalarValue::Str(_)))
                if (is_new_object && LINE_KEYS.contains(&key)) || (key == QUANTITY && !is_first) =>
            {
                None
            }
            (_, Some(Role::Submission), OpType::Put(ScalarValue::Str(_)))
                if is_new_object && SUBMISSION_KEYS.contains(&key) =>
            {
                None
            }
            (_, Some(Role::Submission), OpType::Make(ObjType::Map)) if is_new_object && key == PINS => Some(Role::Pins),
            (_, Some(Role::Pins), OpType::Put(ScalarValue::Str(_))) if is_new_object && is_line_id() => None,
            _ => return Err(format!("{} may not be written by a tablet in this way", place(role, key))),
        };
        if operation.insert { Err("lists and texts are not written".to_owned()) } else { Ok(allowed) }
    }
}

fn place(role: Option<Role>, key: &str) -> String {
    let object = match role {
        Some(Role::Header) => "header",
        Some(Role::Lines) => "lines",
        Some(Role::Line) => "a line",
        Some(Role::Submission) => "a submission",
        Some(Role::Pins) => "pins",
        None => "what only the server or an order's first change writes",
    };
    format!("{key:.40?} in {object}")
}
