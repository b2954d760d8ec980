//! The first change of every document of a kind: byte-identical on every device, so that all share its root objects.

use std::sync::LazyLock;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, AutomergeError, ChangeHash, ObjType, ROOT};

use super::schema::{HEADER, KIND, KIND_ORDER, LINES, SCHEMA, SCHEMA_ORDER, SERVER};

/// The hash of an order's genesis, schema 1. A test pins it: should Automerge or the schema ever change the bytes, documents
/// born before and after would no longer merge.
const ORDER_HASH: [u8; 32] = [
    0x95, 0xeb, 0x39, 0x15, 0xcb, 0xff, 0xba, 0x60, 0x1f, 0x8a, 0x63, 0x4e, 0x56, 0x28, 0x5a, 0x30, 0xb3, 0x44, 0xf8,
    0xea, 0x38, 0xeb, 0x4e, 0xad, 0x2c, 0x9c, 0xc8, 0x02, 0x0a, 0x95, 0x0d, 0x4d,
];

/// An order's document before anything was done to it.
///
/// # Errors
/// Automerge's, which for these fixed operations never happens.
pub fn order() -> Result<Automerge, AutomergeError> {
    static ORDER: LazyLock<Result<Automerge, AutomergeError>> = LazyLock::new(begin_order);
    // A copy costs a tenth of writing it anew, and the server begins a document with each new order.
    match &*ORDER {
        Ok(order) => Ok(order.clone()),
        Err(_) => begin_order(),
    }
}

fn begin_order() -> Result<Automerge, AutomergeError> {
    let mut document = Automerge::new().with_actor(ActorId::from(&b"calloff.genesis."[..]));
    let mut transaction = document.transaction();
    transaction.put(ROOT, KIND, KIND_ORDER)?;
    transaction.put(ROOT, SCHEMA, SCHEMA_ORDER)?;
    for key in [HEADER, LINES, SERVER] {
        transaction.put_object(ROOT, key, ObjType::Map)?;
    }
    transaction.commit_with(CommitOptions::default().with_time(0));
    Ok(document)
}

/// The hash of an order's genesis change.
#[must_use]
pub fn order_hash() -> ChangeHash {
    ChangeHash(ORDER_HASH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_genesis_of_an_order_is_pinned() {
        assert_eq!(order().unwrap().get_heads(), [order_hash()]);
        assert_eq!(order().unwrap().save(), order().unwrap().save());
    }

    #[test]
    fn its_bytes_are_those_that_the_protocol_tells_other_clients() {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let protocol = include_str!("../../../docs/sync-protocol.md").replace('\n', "");
        let chunk = hex(order().unwrap().get_changes(&[]).remove(0).raw_bytes());
        assert!(protocol.contains(&format!("```{chunk}```")), "{chunk}");
    }
}
