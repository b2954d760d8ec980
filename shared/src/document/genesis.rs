//! The genesis change: the first change of every document of a kind and schema. It has the same
//! bytes on every device, so all documents share its root objects.

use std::sync::LazyLock;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, AutomergeError, ChangeHash, ObjType, ROOT};

use super::schema::{KIND, SCHEMA, Schema};
use crate::wire::DocumentKind;

/// The hashes of the genesis changes. A test compares them. If Automerge or the schema changed the
/// bytes, older and newer documents could no longer merge.
const ORDER_1: [u8; 32] = [
    0x95, 0xeb, 0x39, 0x15, 0xcb, 0xff, 0xba, 0x60, 0x1f, 0x8a, 0x63, 0x4e, 0x56, 0x28, 0x5a, 0x30,
    0xb3, 0x44, 0xf8, 0xea, 0x38, 0xeb, 0x4e, 0xad, 0x2c, 0x9c, 0xc8, 0x02, 0x0a, 0x95, 0x0d, 0x4d,
];
const SITE_1: [u8; 32] = [
    0x21, 0x72, 0x1d, 0xa5, 0xfc, 0xf4, 0x4a, 0x62, 0x93, 0x54, 0x7f, 0x6e, 0x48, 0x33, 0x5c, 0x85,
    0x2f, 0x17, 0xe8, 0x68, 0x81, 0x6f, 0x55, 0x3a, 0x91, 0xb7, 0xe7, 0xe3, 0x3e, 0x5b, 0x2b, 0x9e,
];

/// A document with only its genesis change, in the newest schema of its kind.
///
/// # Errors
/// An error of Automerge. It never happens for these fixed operations.
pub fn begin(kind: DocumentKind) -> Result<Automerge, AutomergeError> {
    type Begun = LazyLock<Result<Automerge, AutomergeError>>;
    static ORDER: Begun = LazyLock::new(|| write(Schema::newest(DocumentKind::Order)));
    static SITE: Begun = LazyLock::new(|| write(Schema::newest(DocumentKind::Site)));
    // A copy costs a tenth of writing the document anew, and the server begins a document with each
    // new order.
    let begun = match kind {
        DocumentKind::Order => &ORDER,
        DocumentKind::Site => &SITE,
    };
    match &**begun {
        Ok(document) => Ok(document.clone()),
        Err(_) => write(Schema::newest(kind)),
    }
}

/// The hash of the genesis change of new documents of a kind.
#[must_use]
pub fn hash(kind: DocumentKind) -> ChangeHash {
    hash_of(Schema::newest(kind))
}

pub(super) fn hash_of(schema: Schema) -> ChangeHash {
    ChangeHash(match schema {
        Schema::Order1 => ORDER_1,
        Schema::Site1 => SITE_1,
    })
}

fn write(schema: Schema) -> Result<Automerge, AutomergeError> {
    let mut document = Automerge::new().with_actor(ActorId::from(&b"calloff.genesis."[..]));
    let mut transaction = document.transaction();
    transaction.put(ROOT, KIND, schema.kind().as_str())?;
    transaction.put(ROOT, SCHEMA, schema.version().to_string())?;
    for key in schema.maps() {
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
        for schema in Schema::ALL {
            assert_eq!(write(schema).unwrap().get_heads(), [hash_of(schema)], "{schema:?}");
            assert_eq!(begin(schema.kind()).unwrap().save(), begin(schema.kind()).unwrap().save());
        }
    }

    #[test]
    fn its_bytes_are_those_that_the_protocol_tells_other_clients() {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let protocol = include_str!("../../../docs/sync-protocol.md").replace('\n', "");
        for schema in Schema::ALL {
            let chunk = hex(write(schema).unwrap().get_changes(&[]).remove(0).raw_bytes());
            assert!(protocol.contains(&format!("```{chunk}```")), "{schema:?}: {chunk}");
        }
    }
}
