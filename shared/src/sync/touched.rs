//! Checks which parts of a document a change touches. It compares each operation with what a tablet
//! may write.

use std::collections::{HashMap, HashSet};

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::{Automerge, Change, ObjId, ObjType, ROOT, ReadDoc, ScalarValue};

use crate::document::model::{Action, Allowed, Part, PathRole, Touch};
use crate::wire::DocumentKind;

/// The writable objects of a document. Each accepted change may add some.
pub(super) struct Writable {
    kind: DocumentKind,
    roles: HashMap<ObjectId, PathRole>,
    /// The maps that may be made only once, by role and key. None is made again.
    made: HashSet<(PathRole, String)>,
    /// Whether the document has a state.
    is_begun: bool,
}

impl Writable {
    /// The writable objects of the server's copy. `is_begun` says whether the document already has
    /// a state.
    pub(super) fn of(kind: DocumentKind, document: &Automerge, is_begun: bool) -> Self {
        let mut writable = Self { kind, roles: HashMap::new(), made: HashSet::new(), is_begun };
        for Part { key, role, each, .. } in kind.parts() {
            writable.insert_all(document, &ROOT, key, role);
            let (Some(each), Ok(Some((_, container)))) = (each, document.get(ROOT, *key)) else {
                continue;
            };
            for key in document.keys(&container) {
                writable.insert_all(document, &container, &key, each);
                writable.made.insert((*each, key));
            }
        }
        writable
    }

    fn insert_all(&mut self, document: &Automerge, parent: &ObjId, key: &str, role: PathRole) {
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
        let mut writes_state = false;
        let decoded = change.decode();
        for (counter, operation) in (decoded.start_op.get()..).zip(&decoded.operations) {
            let role = self.roles.get(&operation.obj).copied();
            let made = self.check_operation(operation, role, made_here.contains(&operation.obj))?;
            writes_state |= role.is_some_and(|role| self.begins(role));
            if let Some(role) = made {
                let object = ObjectId::Id(OpId(counter, decoded.actor_id.clone()));
                made_here.insert(object.clone());
                self.roles.insert(object, role);
            }
        }
        // The change that begins the state writes all that is written only once.
        self.is_begun |= writes_state;
        Ok(())
    }

    fn begins(&self, role: PathRole) -> bool {
        self.kind.parts().iter().any(|part| part.begins && part.role == role)
    }

    /// Checks one operation. Returns the role of the object that it makes, if any.
    fn check_operation(
        &mut self,
        operation: &Op,
        role: Option<PathRole>,
        is_new_object: bool,
    ) -> Result<Option<PathRole>, String> {
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
        match self.kind.allowed(&touch, self.is_begun) {
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

fn place(role: Option<PathRole>, key: &str) -> String {
    let object =
        role.unwrap_or("a part that only the server or a document's first change may write");
    format!("{key:.40?} in {object}")
}
