use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, Change, ObjType, ROOT, ReadDoc};
use proptest::prelude::*;

use super::world::{Server, Tablet};
use crate::document::{self, actor};
use crate::ids::{DeviceId, DocumentId};
use crate::order::Command;
use crate::sample::builder::id;
use crate::sync::{Batch, memory_of_batch, validate};
use crate::wire::DocumentKind;
use crate::wire::PushRefusalCode::{
    self, ForbiddenPath, Malformed, TooLarge, UnknownDependency, WrongActor, WrongDocument,
    WrongNumbering,
};

/// The server's draft with one line, and the tablet that made it.
struct Target {
    stored: Vec<u8>,
    draft: DocumentId,
    device: DeviceId,
}

fn target() -> Target {
    let (mut ana, mut server) = (Tablet::new("Ana"), Server::new());
    let draft = ana.begin();
    ana.add(draft, "l1", "flour", "2");
    ana.sync(&mut server);
    Target { stored: server.documents.remove(&draft).unwrap(), draft, device: ana.replica.device() }
}

impl Target {
    fn refused(&self, changes: &[u8]) -> PushRefusalCode {
        let site = id("school");
        let batch = Batch {
            document: self.draft,
            kind: DocumentKind::Order,
            device: self.device,
            site: &site,
            stored: Some(&self.stored),
            changes,
        };
        validate(batch).unwrap_err()[0].code
    }

    /// A change as a manipulated app would write it.
    fn forge(
        &self,
        actor: ActorId,
        write: impl FnOnce(&mut automerge::transaction::Transaction<'_>),
    ) -> Change {
        let mut document = document::load(&self.stored).unwrap().with_actor(actor);
        let heads = document.get_heads();
        let mut transaction = document.transaction();
        write(&mut transaction);
        transaction.commit_with(CommitOptions::default());
        document.get_changes(&heads).remove(0)
    }

    fn refused_write(
        &self,
        write: impl FnOnce(&mut automerge::transaction::Transaction<'_>),
    ) -> PushRefusalCode {
        let change = self.forge(actor(&self.device, &self.draft, 0), write);
        self.refused(change.raw_bytes())
    }
}

fn map(document: &impl ReadDoc, path: &[&str]) -> automerge::ObjId {
    path.iter().fold(ROOT, |object, key| document.get(object, *key).unwrap().unwrap().1)
}

#[test]
fn writes_outside_of_a_tablets_part_are_refused() {
    let target = target();
    assert_eq!(
        target.refused_write(|d| d.put(map(d, &["server"]), "status", "{}").unwrap()),
        ForbiddenPath
    );
    assert_eq!(
        target.refused_write(|d| d.put(map(d, &["header"]), "site", "hotel").unwrap()),
        ForbiddenPath
    );
    assert_eq!(
        target.refused_write(|d| d.put(map(d, &["lines", "l1"]), "item", "milk").unwrap()),
        ForbiddenPath
    );
    assert_eq!(
        target.refused_write(|d| d.put(map(d, &["lines", "l1"]), "quantity", 4.0).unwrap()),
        ForbiddenPath
    );
    assert_eq!(
        target.refused_write(|d| d.delete(map(d, &["lines"]), "l1").unwrap()),
        ForbiddenPath
    );
    assert_eq!(target.refused_write(|d| d.put(ROOT, "kind", "site").unwrap()), ForbiddenPath);
    assert_eq!(
        target.refused_write(|d| {
            d.put_object(map(d, &["lines"]), "l1", ObjType::Map).unwrap();
        }),
        ForbiddenPath
    );
    assert_eq!(
        target.refused_write(|d| {
            let list = d.put_object(ROOT, "submitted", ObjType::List).unwrap();
            d.insert(list, 0, "x").unwrap();
        }),
        ForbiddenPath
    );
}

#[test]
fn values_that_break_the_rules_of_orders_are_refused() {
    let target = target();
    for quantity in ["-1", "1000001", "0.0000001", "NaN", ""] {
        let code = target
            .refused_write(|d| d.put(map(d, &["lines", "l1"]), "quantity", quantity).unwrap());
        assert_eq!(code, PushRefusalCode::RuleBroken, "{quantity}");
    }
}

#[test]
fn a_change_under_another_tablets_actor_is_refused() {
    let target = target();
    let other = DeviceId::mint(5, [5; 10]);
    let change =
        target.forge(actor(&other, &target.draft, 0), |d| d.put(ROOT, "note", "x").unwrap());
    assert_eq!(target.refused(change.raw_bytes()), WrongActor);
}

#[test]
fn skipped_sequences_wild_numbering_and_unknown_dependencies_are_refused() {
    let target = target();
    let honest = target
        .forge(actor(&target.device, &target.draft, 0), |d| d.put(ROOT, "note", "x").unwrap());
    let tampered = |tamper: &dyn Fn(&mut automerge::ExpandedChange)| {
        let mut expanded = honest.decode();
        tamper(&mut expanded);
        target.refused(Change::from(expanded).raw_bytes())
    };
    assert_eq!(tampered(&|change| change.seq += 1), UnknownDependency);
    assert_eq!(
        tampered(
            &|change| change.start_op = std::num::NonZeroU64::new(u64::from(u32::MAX)).unwrap()
        ),
        WrongNumbering
    );
    assert_eq!(
        tampered(&|change| change.deps = vec![automerge::ChangeHash([7; 32])]),
        UnknownDependency
    );
    assert_eq!(tampered(&|change| change.deps.clear()), WrongNumbering);
    assert_eq!(tampered(&|change| change.operations.clear()), WrongNumbering);
}

#[test]
fn documents_bundles_and_deflate_bombs_are_refused_before_automerge_sees_them() {
    let target = target();
    assert_eq!(target.refused(&target.stored), Malformed, "a document chunk");
    let bomb = miniz_oxide::deflate::compress_to_vec(&vec![0; 64 * 1024 * 1024], 9);
    assert!(bomb.len() < crate::limits::PUSH_DOCUMENT_BYTES, "the bomb is small: {}", bomb.len());
    let mut chunk = vec![0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, 2];
    let mut length = bomb.len();
    while length >= 0x80 {
        chunk.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    chunk.push(length as u8);
    chunk.extend(bomb);
    assert_eq!(target.refused(&chunk), TooLarge);
    let too_many = vec![0; crate::limits::PUSH_DOCUMENT_BYTES + 1];
    assert_eq!(target.refused(&too_many), TooLarge);
}

/// A million operations, run-length encoded in about a hundred bytes, as Automerge itself writes
/// them.
#[test]
fn a_run_length_bomb_is_refused() {
    let target = target();
    let mut document = Automerge::new().with_actor(actor(&target.device, &target.draft, 0));
    let mut transaction = document.transaction();
    let list = transaction.put_object(ROOT, "note", ObjType::List).unwrap();
    let declared = usize::try_from(crate::limits::PUSH_DOCUMENT_OPERATIONS).unwrap() + 1;
    transaction.splice(&list, 0, 0, vec![automerge::ScalarValue::Null; declared]).unwrap();
    transaction.commit();
    let mut bomb = document.get_changes(&[]).remove(0);
    assert!(bomb.bytes().len() < 500, "{}", bomb.bytes().len());
    assert_eq!(target.refused(&bomb.bytes()), TooLarge);
}

/// The expanded size of the bytes counts, before they are unpacked. So their memory is already
/// known then.
#[test]
fn a_batch_is_weighed_by_what_it_stands_for() {
    let target = target();
    let honest = target
        .forge(actor(&target.device, &target.draft, 0), |d| d.put(ROOT, "note", "x").unwrap());
    let twice = [honest.raw_bytes(), honest.raw_bytes()].concat();
    assert_eq!(memory_of_batch(&twice), 8 * twice.len());
    let mut document = Automerge::new();
    let mut transaction = document.transaction();
    let list = transaction.put_object(ROOT, "note", ObjType::List).unwrap();
    transaction.splice(&list, 0, 0, vec![automerge::ScalarValue::Null; 9_999]).unwrap();
    transaction.commit();
    let mut repeated = document.get_changes(&[]).remove(0);
    assert_eq!(memory_of_batch(repeated.raw_bytes()), 10_000 * 400);
    assert_eq!(memory_of_batch(&repeated.raw_bytes().repeat(3)), 30_000 * 400);
    let deflated = target
        .forge(actor(&target.device, &target.draft, 0), |d| {
            d.put(ROOT, "note", "x".repeat(999)).unwrap()
        })
        .bytes()
        .to_vec();
    assert!(deflated.len() < 500 && memory_of_batch(&deflated) > 16 * 1024 * 1024);
    assert_eq!(repeated.bytes().len(), repeated.raw_bytes().len(), "too small to deflate");
}

/// Everybody can compute the identifier of a site's settings. An order under that identifier would
/// keep the site out.
#[test]
fn an_order_is_begun_under_a_minted_identifier_only() {
    let mut eve = Tablet::new("Eve");
    let site: crate::ids::LocationId = id("school");
    let mut refused = |document: DocumentId| {
        eve.attempt(document, Command::CreateOrder { site: site.clone() }).unwrap();
        let request = eve.request().unwrap();
        let push = request.documents.iter().find(|push| push.id == document).unwrap();
        let batch = Batch {
            document,
            kind: DocumentKind::Order,
            device: eve.replica.device(),
            site: &site,
            stored: None,
            changes: &push.changes.0,
        };
        validate(batch).err().map(|refusals| refusals[0].code)
    };
    assert_eq!(refused(DocumentId::mint(1, [1; 10])), None);
    let other = "00000000-0000-4000-8000-000000000000".parse().unwrap();
    for taken in [DocumentId::of_site(&id("hospital")), DocumentId::of_site(&id("school")), other] {
        assert_eq!(refused(taken), Some(WrongDocument), "{taken}");
    }
}

#[test]
fn a_flipped_bit_anywhere_is_refused() {
    let target = target();
    let change = target
        .forge(actor(&target.device, &target.draft, 0), |d| d.put(ROOT, "note", "x").unwrap());
    for at in 0..change.raw_bytes().len() * 8 {
        let mut bytes = change.raw_bytes().to_vec();
        bytes[at / 8] ^= 1 << (at % 8);
        target.refused(&bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn garbage_is_refused_and_never_panics(bytes in proptest::collection::vec(any::<u8>(), 1..400)) {
        target().refused(&bytes);
    }

    /// Bodies that are changed under a corrected checksum reach Automerge itself. Whatever it does,
    /// the server keeps only what it can load again.
    #[test]
    fn mutated_bodies_with_a_right_checksum_never_panic_out(at in 0..400_usize, to in any::<u8>()) {
        use sha2::{Digest, Sha256};
        let target = target();
        let change = target.forge(actor(&target.device, &target.draft, 0), |d| d.put(ROOT, "note", "xyz").unwrap());
        let mut bytes = change.raw_bytes().to_vec();
        let at = 11 + at % (bytes.len() - 11);
        bytes[at] = to;
        let digest = Sha256::digest(&bytes[8..]);
        bytes[4..8].copy_from_slice(&digest[..4]);
        let site = id("school");
        let batch = Batch {
            document: target.draft,
            kind: DocumentKind::Order,
            device: target.device,
            site: &site,
            stored: Some(&target.stored),
            changes: &bytes,
        };
        if let Ok(validated) = validate(batch) {
            prop_assert!(document::load(&validated.bytes).is_ok());
        }
    }
}
