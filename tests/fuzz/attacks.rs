//! The attack table of the sync design, row by row. Each test makes its attack, and checks the
//! answer and its cost. The comment of each says what Automerge 0.12.0 does without our checks.

use std::num::NonZeroU64;

use automerge::legacy::{Op, OpId};
use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{
    ActorId, Automerge, Change, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, ScalarValue,
};
use calloff_core::document::{self, actor, server_actor};
use calloff_core::ids::DeviceId;
use calloff_core::limits::{
    CHANGE_BYTES, DOCUMENT_BYTES, DOCUMENT_INFLATED_BYTES, DOCUMENT_OPERATIONS,
    PUSH_DOCUMENT_BYTES, PUSH_DOCUMENT_OPERATIONS, PUSH_UNPACKED_BYTES,
};
use calloff_core::sample::builder::id;
use calloff_core::sync::{UnpackError, Validated, memory_of_batch, merge, unpack_push, validate};
use calloff_core::wire::PROTOCOL;
use calloff_core::wire::PushRefusalCode::{
    self, ForbiddenPath, Malformed, OrderAlreadyAccepted, RuleBroken, TooLarge, UnknownDependency,
    WrongActor, WrongDocument, WrongNumbering,
};
use calloff_tests::mutation::{Body, compressed, compressed_chunk, unsigned};

use super::memory::Memory;
use super::targets::{Target, targets};

/// How much memory refusing one batch may add to the process. The largest honest batch has 512 KiB,
/// and a document of 2 MiB takes about ten times that in memory.
const MEGABYTES: u64 = 32;

/// How much the allocator may keep in addition.
const SLACK_MEGABYTES: u64 = 4;

type Write = fn(&mut Transaction<'_>);

/// The index of the target that is a draft with two lines on the server.
fn draft() -> Target {
    targets().swap_remove(3)
}

/// Sends a batch and checks its cost. Returns why it is refused.
fn refused(target: &Target, changes: &[u8]) -> PushRefusalCode {
    let mut memory = Memory::alone();
    let before = memory.now_megabytes();
    let refusals = validate(target.batch(changes)).expect_err("refused");
    let grown = memory.peak_megabytes().saturating_sub(before);
    assert!(grown < MEGABYTES, "refusing it took {grown} MB");
    refusals[0].code
}

/// Sends a batch that is accepted. Checks that it costs no more than the memory that the server
/// reserved for it.
fn taken(target: &mut Target, changes: &[u8]) -> Validated {
    let stored = target.stored.as_ref().map_or(0, Vec::len);
    let charged = (8 * stored).max(target.memory) + memory_of_batch(changes);
    let mut memory = Memory::alone();
    let before = memory.now_megabytes();
    let taken = validate(target.batch(changes)).expect("taken");
    let grown = memory.peak_megabytes().saturating_sub(before);
    let charged = charged as u64 / (1024 * 1024);
    assert!(grown <= charged + SLACK_MEGABYTES, "{grown} MB, and room for {charged} MB was taken");
    target.stored = Some(taken.bytes.clone());
    target.memory = taken.memory;
    taken
}

/// A change as a manipulated app would write it: directly into the server's copy.
fn forged(target: &Target, actor: ActorId, write: impl FnOnce(&mut Transaction<'_>)) -> Change {
    let stored = target.stored.as_ref().expect("the server has it");
    let mut copy = document::load(stored).expect("a document").with_actor(actor);
    let before = copy.get_heads();
    let mut transaction = copy.transaction();
    write(&mut transaction);
    transaction.commit_with(CommitOptions::default());
    copy.get_changes(&before).remove(0)
}

fn own_actor(target: &Target) -> ActorId {
    actor(&target.device, &target.document, 0)
}

/// Changes that write one note with another text again and again, run-length encoded, and chained
/// like the changes of an honest tablet.
fn chain(target: &Target, note: &str, changes: u64, operations: u64) -> Vec<u8> {
    let actor = own_actor(target);
    let mut link =
        forged(target, actor.clone(), |d| d.put(ROOT, "note", note).expect("a note")).decode();
    let (write, first) = (link.operations.remove(0), link.start_op.get());
    let mut bytes = Vec::new();
    for number in 0..changes {
        let start = first + number * operations;
        let writes = (start..start + operations).map(|counter| {
            let before = (counter > first).then(|| OpId::new(counter - 1, &actor));
            Op {
                pred: before.map_or_else(|| write.pred.clone(), |before| vec![before].into()),
                ..write.clone()
            }
        });
        link.operations = writes.collect();
        link.start_op = NonZeroU64::new(start).expect("not zero");
        let change = Change::from(link.clone());
        bytes.extend(change.raw_bytes());
        (link.deps, link.seq) = (vec![change.hash()], link.seq + 1);
    }
    bytes
}

fn refused_write(target: &Target, write: impl FnOnce(&mut Transaction<'_>)) -> PushRefusalCode {
    refused(target, forged(target, own_actor(target), write).raw_bytes())
}

fn map(document: &impl ReadDoc, path: &[&str]) -> ObjId {
    path.iter()
        .fold(ROOT, |object, key| document.get(object, *key).expect("a map").expect("there").1)
}

/// Without checks: 2.04 MB became 4.06 GB at the peak, and was accepted.
#[test]
fn a_deflate_bomb_is_not_inflated() {
    let target = draft();
    // The largest possible batch: half a gigabyte of zeros, which deflates to a thousandth.
    let deflated = miniz_oxide::deflate::compress_to_vec(&vec![0; 500 * 1024 * 1024], 6);
    assert!(
        deflated.len() > 400 * 1024 && deflated.len() + 20 < PUSH_DOCUMENT_BYTES,
        "{}",
        deflated.len()
    );
    assert_eq!(refused(&target, &compressed(&deflated, [0; 4])), TooLarge);
}

/// Without checks: 300 copies of one chunk of 1,160 bytes, each within the limit of a change,
/// became 300 MB.
#[test]
fn many_small_deflate_bombs_are_no_more_than_one() {
    let target = draft();
    let text = "x".repeat(CHANGE_BYTES - 1024);
    let change = forged(&target, own_actor(&target), |d| {
        d.put(ROOT, "note", text.as_str()).expect("a note")
    });
    let bomb = compressed_chunk(&Body::parse(change.raw_bytes()).bytes());
    assert!(bomb.len() < 2_000, "{}", bomb.len());
    assert_eq!(refused(&target, &bomb.repeat(300)), TooLarge);
    // Each alone can be read, but is not allowed in an order.
    assert_eq!(refused(&target, &bomb), RuleBroken);
}

/// Without checks: 100 changes of 100 bytes took 1.46 GB and 7 s, and 300 took 4.39 GB.
#[test]
fn many_small_run_length_bombs_are_no_more_than_one() {
    let target = draft();
    for (changes, operations) in [(100, 50_000), (2, PUSH_DOCUMENT_OPERATIONS / 2 + 1), (3_000, 50)]
    {
        let bombs = chain(&target, "", changes, operations);
        assert!(bombs.len() < PUSH_DOCUMENT_BYTES, "{}", bombs.len());
        assert_eq!(refused(&target, &bombs), TooLarge, "{changes} times {operations}");
    }
}

/// Without checks: 442 bytes became 200,000 operations, and every later load had to pay for them.
#[test]
fn a_document_holds_no_more_operations_than_it_may_however_they_come() {
    let mut target = draft();
    for note in ["a", "b", "c", "d"] {
        let repeated = chain(&target, note, 1, DOCUMENT_OPERATIONS / 4 - 100);
        taken(&mut target, &repeated);
    }
    let stored = target.stored.as_ref().expect("stored").len();
    assert!(
        stored < 10_000 && target.memory > 100 * stored,
        "{stored} bytes, {} in memory",
        target.memory
    );
    assert_eq!(refused(&target, &chain(&target, "", 1, 401)), TooLarge);
    // Other tablets of the document may still write to it, at a known cost.
    let honest =
        forged(&target, own_actor(&target), |d| d.put(ROOT, "note", "ring twice").expect("a note"));
    taken(&mut target, honest.raw_bytes());
}

/// Without checks: a text that deflates to almost nothing may be repeated again and again, and
/// every load inflates it.
#[test]
fn a_document_is_not_larger_inflated_than_it_may_be() {
    let mut target = draft();
    let refused = ('a'..='z').find_map(|letter| {
        let next = chain(&target, &letter.to_string().repeat(1_800), 500, 1);
        match validate(target.batch(&next)) {
            Ok(_) => drop(taken(&mut target, &next)),
            Err(refusals) => return Some(refusals[0].code),
        }
        None
    });
    assert_eq!(refused, Some(TooLarge));
    let stored = target.stored.as_ref().expect("stored").len();
    assert!(stored < DOCUMENT_BYTES / 4, "{stored}");
    assert!(
        target.memory > 8 * (DOCUMENT_INFLATED_BYTES - PUSH_DOCUMENT_BYTES),
        "{}",
        target.memory
    );
}

/// A push that says that it is small and inflates to a thousand times that, one that says that it
/// is huge, and rows of two bytes that expand to 36 bytes each.
#[test]
fn a_packed_push_takes_no_more_memory_than_it_may_say() {
    let body = |size: usize, plain: &[u8]| {
        let stream = miniz_oxide::deflate::compress_to_vec(plain, 6);
        let mut body =
            [unsigned(u64::from(PROTOCOL)), unsigned(size as u64), unsigned(10), vec![1; 10]]
                .concat();
        body.extend(unsigned(stream.len() as u64));
        body.extend(stream);
        body
    };
    // The app's version, one document (an identifier of 16 bytes, an order, no heads), and its
    // rows.
    let contents = |rows: &[u8]| {
        let head = [&[0, 1, 16][..], &[7; 16], &[0, 0]].concat();
        [head, unsigned(rows.len() as u64), rows.to_vec()].concat()
    };
    // A new identifier, and a million times the same one: 36 MB.
    let holes = [&[0, 1, 0][..], &[0, 2, 0].repeat(1_000_000)].concat();
    let row = [&[0, 1, 0, 1, 0, 1, 1, 0][..], &unsigned(holes.len() as u64), &holes, &[0]].concat();
    let bombs = [
        body(1_000, &vec![0; 500 * 1024 * 1024]),
        body(usize::try_from(u32::MAX).expect("fits"), b""),
        body(PUSH_UNPACKED_BYTES, &contents(&row)),
    ];
    let mut memory = Memory::alone();
    for (place, bomb) in bombs.iter().enumerate() {
        let before = memory.now_megabytes();
        let refused = unpack_push(bomb).expect_err("refused");
        let grown = memory.peak_megabytes().saturating_sub(before);
        assert!(grown < MEGABYTES, "refusing bomb {place} took {grown} MB");
        let expected = [
            UnpackError::Malformed("it does not inflate to the size that it says"),
            UnpackError::TooLarge,
            UnpackError::LargerThanSaid,
        ];
        assert_eq!(refused, expected[place]);
    }
}

/// Without checks: a document chunk has deflated columns of its own, and 104 bytes may expand to
/// any number of changes.
#[test]
fn documents_and_bundles_are_not_opened() {
    let target = draft();
    assert_eq!(refused(&target, target.stored.as_ref().expect("stored")), Malformed);
    for kind in [0, 3, 4, 255] {
        let mut other = target.chunks[0].clone();
        other[8] = kind;
        assert_eq!(refused(&target, &other), Malformed, "chunk type {kind}");
    }
}

/// Without checks: a valid change of 104 bytes with 1,000,000 operations took 459 MB at the peak.
#[test]
fn a_run_length_bomb_is_counted_before_it_is_unrolled() {
    let target = draft();
    let mut bomb = Automerge::new().with_actor(own_actor(&target));
    let mut transaction = bomb.transaction();
    let list = transaction.put_object(ROOT, "note", ObjType::List).expect("a list");
    let operations = usize::try_from(PUSH_DOCUMENT_OPERATIONS).expect("fits") + 1;
    transaction.splice(&list, 0, 0, vec![ScalarValue::Null; operations]).expect("a million nulls");
    transaction.commit();
    let bytes = bomb.get_changes(&[]).remove(0).bytes().to_vec();
    assert!(bytes.len() < 500, "the bomb is small: {}", bytes.len());
    assert_eq!(refused(&target, &bytes), TooLarge);
}

/// Without checks: it is accepted, and every later write to the document panics.
#[test]
fn a_first_operation_of_two_to_the_32_minus_1_is_refused() {
    let target = draft();
    for start in [u64::from(u32::MAX), u64::from(u32::MAX) + 1, 1, u64::MAX >> 1] {
        let mut honest =
            forged(&target, own_actor(&target), |d| d.put(ROOT, "note", "x").expect("a note"))
                .decode();
        honest.start_op = NonZeroU64::new(start).expect("not zero");
        let Ok(bytes) = std::panic::catch_unwind(|| Change::from(honest).raw_bytes().to_vec())
        else {
            continue;
        };
        assert!([WrongNumbering, Malformed].contains(&refused(&target, &bytes)), "{start}");
    }
}

/// Without checks: it is accepted, and the real device is locked out for ever.
#[test]
fn a_change_under_the_actor_of_another_device_or_of_the_server_is_refused() {
    let target = draft();
    let other = DeviceId::mint(5, [5; 10]);
    for actor in [
        actor(&other, &target.document, 0),
        server_actor(&target.document),
        ActorId::from(&b"calloff.genesis."[..]),
    ] {
        let change = forged(&target, actor, |d| d.put(ROOT, "note", "x").expect("a note"));
        assert_eq!(refused(&target, change.raw_bytes()), WrongActor);
    }
}

/// Without checks: it is kept in memory, and `save()` writes it.
#[test]
fn unknown_dependencies_are_refused() {
    let target = draft();
    let mut change =
        forged(&target, own_actor(&target), |d| d.put(ROOT, "note", "x").expect("a note")).decode();
    change.deps.push(ChangeHash([7; 32]));
    assert_eq!(refused(&target, Change::from(change).raw_bytes()), UnknownDependency);
}

/// Without checks: 1.65 KB overflow the stack of a worker in the generic `hydrate`, and the process
/// aborts.
#[test]
fn a_thousand_nested_maps_are_refused_on_a_small_stack() {
    let target = draft();
    let nest = |d: &mut Transaction<'_>, mut object: ObjId, key: &str| {
        for _ in 0..1_000 {
            object = d.put_object(&object, key, ObjType::Map).expect("a map");
        }
    };
    let changes = [
        forged(&target, own_actor(&target), |d| nest(d, ROOT, "note")),
        forged(&target, own_actor(&target), |d| nest(d, ROOT, "submitted")),
        forged(&target, own_actor(&target), |d| nest(d, map(d, &["lines"]), "l9")),
    ];
    // A worker of the server has 2 MiB of stack. Recursion over the client's nesting would not fit
    // a tenth of it.
    let small = std::thread::Builder::new().stack_size(192 * 1024).spawn(move || {
        for change in changes {
            assert_eq!(refused(&target, change.raw_bytes()), ForbiddenPath);
        }
    });
    small.expect("a thread").join().expect("no overflow");
}

/// Without checks: it merges.
#[test]
fn writes_to_the_servers_part_and_to_what_is_written_once_are_refused() {
    let target = draft();
    let writes: &[(&str, Write)] = &[
        ("an answer", |d| {
            d.put(map(d, &["server"]), "status", r#"{"accepted":{"at":1}}"#).expect("written")
        }),
        ("purchase orders", |d| {
            drop(
                d.put_object(map(d, &["server"]), "purchase_orders", ObjType::Map)
                    .expect("written"),
            )
        }),
        ("the site", |d| d.put(map(d, &["header"]), "site", "hospital").expect("written")),
        ("a line's item", |d| d.put(map(d, &["lines", "l1"]), "item", "milk").expect("written")),
        ("the server's part as a whole", |d| {
            drop(d.put_object(ROOT, "server", ObjType::Map).expect("written"))
        }),
        ("a deletion", |d| d.delete(map(d, &["lines"]), "l1").expect("written")),
    ];
    for (what, write) in writes.iter().copied() {
        assert_eq!(refused_write(&target, write), ForbiddenPath, "{what}");
    }
}

/// Without checks: it merges.
#[test]
fn writes_to_another_sites_order_are_refused() {
    let target = Target { site: id("hospital"), ..draft() };
    assert_eq!(
        refused_write(&target, |d| d.put(ROOT, "note", "x").expect("a note")),
        WrongDocument
    );
}

/// Without checks: it merges. The order is accepted, and a manipulated app writes a line, a
/// quantity, a note and another submission.
#[test]
fn writes_after_acceptance_are_refused() {
    let mut target = targets().swap_remove(4);
    let submitted = merge(target.batch(&target.chunks.concat())).expect("an honest submission");
    let accepted =
        submitted.answer(Ok(Vec::new()), 1).expect("an answer").seal().expect("a document");
    target.stored = Some(accepted.bytes);
    let writes: &[(&str, Write)] = &[
        ("a quantity", |d| d.put(map(d, &["lines", "l1"]), "quantity", "99").expect("written")),
        ("a note", |d| d.put(ROOT, "note", "late").expect("written")),
        ("a name", |d| d.put(ROOT, "name", "late").expect("written")),
        ("somebody else", |d| d.put(ROOT, "holder", "Eve").expect("written")),
        ("a discard", |d| {
            d.put(ROOT, "discarded", "00000000-0000-7000-8000-000000000000").expect("written")
        }),
        ("a submission", |d| drop(d.put_object(ROOT, "submitted", ObjType::Map).expect("written"))),
        ("a line", |d| {
            let line = d.put_object(map(d, &["lines"]), "late", ObjType::Map).expect("written");
            let fields =
                [("item", "milk"), ("added_by", "Eve"), ("added_at", "1"), ("quantity", "1")];
            fields.into_iter().for_each(|(key, value)| d.put(&line, key, value).expect("written"));
        }),
    ];
    for (what, write) in writes.iter().copied() {
        assert_eq!(refused_write(&target, write), OrderAlreadyAccepted, "{what}");
    }
}

/// A value that is not allowed in an order is refused, although its path may be written.
#[test]
fn values_that_no_order_holds_are_refused() {
    let target = draft();
    for quantity in ["-1", "1000001", "0.0000001", "NaN", "", "1e3"] {
        let write = |d: &mut Transaction<'_>| {
            d.put(map(d, &["lines", "l1"]), "quantity", quantity).expect("written")
        };
        assert_eq!(refused_write(&target, write), RuleBroken, "{quantity}");
    }
    let too_long = "x".repeat(calloff_core::limits::NOTE_BYTES + 1);
    for (key, value) in [
        ("note", too_long.as_str()),
        ("name", &too_long),
        ("holder", &too_long),
        ("discarded", "yes"),
    ] {
        assert_eq!(
            refused_write(&target, |d| d.put(ROOT, key, value).expect("written")),
            RuleBroken,
            "{key}"
        );
    }
}
