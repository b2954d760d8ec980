//! The genesis change: the first change of every document of a kind and schema. It has the same
//! bytes on every device, so all documents share its root objects.

use std::sync::LazyLock;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, AutomergeError, ChangeHash, ObjType, ROOT};

use super::schema::{KIND, SCHEMA, Schema};
use crate::wire::DocumentKind;

/// A document with only its genesis change, in the newest schema of its kind.
///
/// # Errors
/// An error of Automerge. It never happens for these fixed operations.
pub fn begin(kind: DocumentKind) -> Result<Automerge, AutomergeError> {
    // A copy costs a tenth of writing the document anew, and the server begins a document with each
    // new order.
    static BEGUN: LazyLock<Vec<(DocumentKind, Automerge)>> = LazyLock::new(|| {
        let begun = |kind| Some((kind, write(Schema::newest(kind)).ok()?));
        DocumentKind::ALL.into_iter().filter_map(begun).collect()
    });
    match BEGUN.iter().find(|(begun, _)| *begun == kind) {
        Some((_, document)) => Ok(document.clone()),
        None => write(Schema::newest(kind)),
    }
}

/// The hash of the genesis change of new documents of a kind.
#[must_use]
pub fn hash(kind: DocumentKind) -> ChangeHash {
    Schema::newest(kind).genesis()
}

fn write(schema: &Schema) -> Result<Automerge, AutomergeError> {
    let mut document = Automerge::new().with_actor(ActorId::from(&b"calloff.genesis."[..]));
    let mut transaction = document.transaction();
    transaction.put(ROOT, KIND, schema.kind.as_str())?;
    transaction.put(ROOT, SCHEMA, schema.version.to_string())?;
    for key in schema.maps {
        transaction.put_object(ROOT, *key, ObjType::Map)?;
    }
    transaction.commit_with(CommitOptions::default().with_time(0));
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_genesis_of_every_schema_is_pinned() {
        for schema in DocumentKind::all_schemas() {
            assert_eq!(write(schema).unwrap().get_heads(), [schema.genesis()], "{schema:?}");
            assert_eq!(begin(schema.kind).unwrap().save(), begin(schema.kind).unwrap().save());
        }
    }

    #[test]
    fn its_bytes_are_those_that_the_protocol_tells_other_clients() {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let protocol = include_str!("../../../docs/sync-protocol.md").replace('\n', "");
        for schema in DocumentKind::all_schemas() {
            let chunk = hex(write(schema).unwrap().get_changes(&[]).remove(0).raw_bytes());
            assert!(protocol.contains(&format!("```{chunk}```")), "{schema:?}: {chunk}");
        }
    }
}
