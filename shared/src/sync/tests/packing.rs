use miniz_oxide::deflate::compress_to_vec;
use proptest::prelude::*;

use super::world::{Server, Tablet};
use crate::document;
use crate::ids::{DocumentId, IntentId};
use crate::limits::{PUSH_DOCUMENTS, PUSH_UNPACKED_BYTES};
use crate::sample::Seed;
use crate::sync::{
    UnpackError, pack_pull_response, pack_push, pack_push_response, packed_size,
    unpack_pull_response, unpack_push, unpack_push_response,
};
use crate::wire::{
    Blob, DocumentAnswer, DocumentKind, DocumentOutcome, DocumentPush, PROTOCOL, PullRequest,
    PullResponse, PushRefusal, PushRefusalCode, PushRequest, PushResponse,
};

fn push_of(changes: Vec<Vec<u8>>) -> PushRequest {
    let documents = changes.into_iter().zip(0..).map(|(changes, number)| DocumentPush {
        id: DocumentId::mint(number, [7; 10]),
        kind: DocumentKind::Order,
        heads: vec![document::genesis::hash(DocumentKind::Order).to_string()],
        changes: Blob(changes),
    });
    PushRequest {
        protocol: PROTOCOL,
        app_version: "0.1.0".to_owned(),
        documents: documents.collect(),
    }
}

fn packed(push: &PushRequest) -> Vec<u8> {
    pack_push(push).unwrap()
}

fn unpacked_again(push: &PushRequest) -> PushRequest {
    unpack_push(&packed(push)).unwrap()
}

/// Ana has five orders of ten lines. Each line was added and then changed. The identifiers are as
/// random as those of a tablet.
fn edited(seed: u64) -> (Tablet, Vec<DocumentId>) {
    let (mut ana, mut seed) = (Tablet::new("Ana"), Seed::new(seed));
    ana.clock = 1_772_442_000_000;
    let mut random = move || {
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&seed.bits().to_be_bytes());
        bytes[8..].copy_from_slice(&seed.bits().to_be_bytes()[..2]);
        bytes
    };
    ana.drawn_from(Box::new(random.clone()));
    let mut orders = Vec::new();
    for _ in 0..5 {
        let order = ana.begin();
        let lines: Vec<String> =
            (0..10).map(|_| IntentId::mint(ana.clock, random()).to_string()).collect();
        for (line, item) in
            lines.iter().zip(["flour", "sugar", "milk", "cups", "gloves"].iter().cycle())
        {
            ana.add(order, line, item, "4");
        }
        lines.iter().for_each(|line| ana.set(order, line, "6"));
        orders.push(order);
    }
    (ana, orders)
}

#[test]
fn a_push_comes_out_as_it_went_in_and_is_a_tenth_of_it() {
    let (ana, _) = edited(1);
    let push = ana.request().unwrap();
    let changes: usize = push.documents.iter().map(|document| document.changes.0.len()).sum();
    let body = packed(&push);
    assert_eq!(unpack_push(&body).unwrap(), push);
    // 105 changes with ten random bytes each, and 50 lines with ten random bytes each.
    assert!(changes > 20_000 && body.len() < 3_400, "{changes} bytes in {}", body.len());
}

#[test]
fn a_small_orders_first_push_is_far_below_three_kilobytes() {
    let (mut ana, server) = (Tablet::new("Ana"), Server::new());
    let order = ana.begin();
    for line in 0..5 {
        ana.add(order, &format!("l{line}"), "flour", "2");
    }
    ana.submit(order, &server.catalogue);
    let length = packed(&ana.request().unwrap()).len();
    assert!(length < 1_500, "{length} bytes");
}

/// A server that has five orders of twenty edits each, and its answer to a tablet that has nothing.
fn pulled_of(seed: u64) -> PullResponse {
    let (mut ana, _) = edited(seed);
    let mut server = Server::new();
    ana.push(&mut server);
    server.pull(&PullRequest {
        protocol: PROTOCOL,
        cursor: None,
        known: Vec::new(),
        wanted: Vec::new(),
        report: None,
    })
}

fn answer_of(outcome: DocumentOutcome) -> DocumentAnswer {
    DocumentAnswer { id: DocumentId::mint(7, [7; 10]), outcome }
}

#[test]
fn an_answer_comes_out_as_it_went_in_and_is_a_third_of_its_documents() {
    let pulled = pulled_of(1);
    let documents: usize = pulled.documents.iter().map(|pulled| pulled.document.0.len()).sum();
    let body = pack_pull_response(&pulled).unwrap();
    assert_eq!(unpack_pull_response(&body).unwrap(), pulled);
    assert!(documents > 13_000 && body.len() < 4_100, "{documents} bytes in {}", body.len());

    let changes = edited(1).0.request().unwrap().documents.remove(0).changes;
    let refusal =
        PushRefusal { change: None, code: PushRefusalCode::RuleBroken, message: "no".to_owned() };
    let refused = |document| DocumentOutcome::Refused { refusals: vec![refusal.clone()], document };
    let outcomes = [
        DocumentOutcome::Accepted { heads: vec!["ab".repeat(32)], changes: Blob::default() },
        DocumentOutcome::Accepted { heads: Vec::new(), changes },
        refused(Some(pulled.documents[0].document.clone())),
        refused(None),
    ];
    let pushed =
        PushResponse { incarnation: "w".to_owned(), documents: outcomes.map(answer_of).into() };
    assert_eq!(unpack_push_response(&pack_push_response(&pushed).unwrap()).unwrap(), pushed);
}

#[test]
fn an_answer_that_is_none_is_refused_with_a_reason() {
    let pulled = pulled_of(2);
    let honest = pack_pull_response(&pulled).unwrap();
    for end in 0..honest.len() {
        unpack_pull_response(&honest[..end]).unwrap_err();
    }
    assert_eq!(
        unpack_pull_response(&[&honest[..], b"x"].concat()),
        Err(UnpackError::Malformed("something follows its end"))
    );
    // An answer of a proxy on the way, or of an older server.
    assert_eq!(unpack_pull_response(b"{\"cursor\":\"1\"}"), Err(UnpackError::TooOld { spoken: 1 }));
    let why = |json: &[u8], rows: &[&[u8]]| {
        let plain = postcard::to_allocvec(&(json, rows)).unwrap();
        unpack_pull_response(&body(PROTOCOL, 4_096, b"", &plain)).unwrap_err().to_string()
    };
    let json = br#"{"cursor":"1","documents":[],"release":null,"more":false}"#;
    assert!(why(b"{}", &[]).contains("its JSON is no such answer"));
    assert!(why(json, &[b""]).contains("it has not one list of bytes for each document"));
    assert!(why(json, &[b"\x02"]).contains("a change is cut off"));
}

#[test]
fn what_is_no_change_travels_as_it_is() {
    let (ana, _) = edited(2);
    let honest = ana.request().unwrap().documents[0].changes.0.clone();
    let document = document::genesis::begin(DocumentKind::Order).unwrap().save();
    let wrong_checksum = [&honest[..4], &[0; 4], &honest[8..]].concat();
    let cut_off = honest[..honest.len() - 1].to_vec();
    let between = [&honest[..], b"between", &honest[..]].concat();
    let push =
        push_of(vec![Vec::new(), document, wrong_checksum, cut_off, between, b"\0".to_vec()]);
    assert_eq!(unpacked_again(&push), push);
}

#[test]
fn heads_that_are_no_hashes_are_left_out() {
    let mut push = push_of(vec![Vec::new()]);
    push.documents[0].heads.push("nonsense".to_owned());
    assert_eq!(unpacked_again(&push).documents[0].heads.len(), 1);
}

/// A body that a hostile tablet writes. Lengths are below 128, so that a postcard number is one
/// byte, or they are given.
fn body(protocol: u32, size: u32, ids: &[u8], plain: &[u8]) -> Vec<u8> {
    let stream = compress_to_vec(plain, 6);
    let numbers = postcard::to_allocvec(&(protocol, size, ids, &stream[..])).unwrap();
    assert_eq!(u32::from(numbers[0]), protocol);
    numbers
}

/// One document whose changes are these rows.
fn contents(heads: &[u8], rows: &[u8]) -> Vec<u8> {
    postcard::to_allocvec(&(
        "",
        1_usize,
        DocumentId::mint(0, [0; 10]),
        DocumentKind::Order,
        heads,
        rows,
    ))
    .unwrap()
}

/// The row of a change: sequence and first operation are one more than before, the time is the
/// same.
fn row(dependencies: Option<&[u8]>, actor: Option<&[u8]>, holes: &[u8], text: &[u8]) -> Vec<u8> {
    postcard::to_allocvec(&(0_u8, dependencies, actor, 1_u64, 1_u64, 0_i64, holes, text)).unwrap()
}

fn why(plain: &[u8], ids: &[u8]) -> String {
    unpack_push(&body(PROTOCOL, 4_096, ids, plain)).unwrap_err().to_string()
}

#[test]
fn hostile_bodies_are_refused_with_a_reason() {
    let refused = |body: &[u8]| unpack_push(body).unwrap_err();
    assert_eq!(refused(b"{\"protocol\":1}"), UnpackError::TooOld { spoken: 1 });
    assert_eq!(refused(&body(2, 0, b"", b"")), UnpackError::TooOld { spoken: 2 });
    assert_eq!(refused(b""), UnpackError::Malformed("it is cut off"));
    let too_large = u32::try_from(PUSH_UNPACKED_BYTES).unwrap() + 1;
    assert_eq!(packed_size(&body(PROTOCOL, too_large, b"", b"")), Err(UnpackError::TooLarge));
    assert_eq!(refused(&body(PROTOCOL, too_large, b"", b"")), UnpackError::TooLarge);
    // A bomb that unpacks to a thousand times the size that it says.
    assert_eq!(
        refused(&body(PROTOCOL, 1_000, b"", &[0; 1_000_000])),
        UnpackError::Malformed("it does not inflate to the size that it says")
    );
    let many = PUSH_DOCUMENTS + 1;
    assert_eq!(refused(&packed(&push_of(vec![Vec::new(); many]))), UnpackError::TooManyDocuments);
    let honest = packed(&push_of(vec![b"some bytes".to_vec()]));
    for end in 0..honest.len() {
        refused(&honest[..end]);
    }
    assert_eq!(
        refused(&[&honest[..], b"x"].concat()),
        UnpackError::Malformed("something follows its end")
    );
}

#[test]
fn hostile_rows_are_refused_with_a_reason() {
    let first = "a change refers to a previous change, but there is none";
    let hole = "a hole in a change cannot be filled";
    let row =
        |dependencies, actor, holes, text| contents(b"", &row(dependencies, actor, holes, text));
    for (plain, reason) in [
        (contents(&[1; 33], b""), "a head is cut off"),
        (contents(b"", b"\x02"), "a change is cut off"),
        (contents(b"", b"\x01\x05four"), "a change is cut off"),
        (row(None, Some(b"a"), b"", b""), first),
        (row(Some(b""), None, b"", b""), first),
        (row(Some(&[1; 31]), Some(b"a"), b"", b""), "a dependency of a change is cut off"),
        (row(Some(b""), Some(b"a"), b"\x02\x00", b"x"), hole),
        (row(Some(b""), Some(b"a"), b"\x00\x01\x00", b"x"), hole),
        (row(Some(b""), Some(b"a"), b"\x00\x02\x00", b"x"), hole),
        (row(Some(b""), Some(b"a"), b"\x00\x03", b"x"), hole),
    ] {
        assert_eq!(why(&plain, b""), format!("the body cannot be unpacked: {reason}"));
    }
    // A time that is too large for every identifier.
    assert!(why(&row(Some(b""), Some(b"a"), b"\x00\x01\x01", b"x"), &[7; 10]).contains(hole));
}

#[test]
fn rows_that_unpack_to_more_than_was_said_are_stopped() {
    // An identifier of 36 bytes for each three bytes, and a row of eight bytes that repeats an
    // actor of a thousand bytes.
    let known = [&b"\x00\x01\x00"[..], &b"\x00\x02\x00".repeat(1_200)].concat();
    let many_ids = row(Some(b""), Some(b"a"), &known, b"");
    let many_actors =
        [row(Some(b""), Some(&[9; 1_000]), b"", b""), row(None, None, b"", b"").repeat(300)]
            .concat();
    for rows in [many_ids, many_actors] {
        let plain = contents(b"", &rows);
        assert!(plain.len() < 4_096);
        assert_eq!(
            unpack_push(&body(PROTOCOL, 4_096, &[0; 10], &plain)),
            Err(UnpackError::LargerThanSaid)
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn whatever_is_packed_comes_out_byte_for_byte(
        changes in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..4),
    ) {
        let push = push_of(changes);
        prop_assert_eq!(unpacked_again(&push), push);
    }

    #[test]
    fn damaged_changes_come_out_byte_for_byte(
        seed in 0_u64..8,
        damages in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
    ) {
        let mut push = edited(seed).0.request().unwrap();
        for (place, byte) in damages {
            let changes = &mut push.documents[0].changes.0;
            let place = place.index(changes.len());
            changes[place] = byte;
        }
        prop_assert_eq!(unpacked_again(&push), push);
    }

    #[test]
    fn no_body_makes_unpacking_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        drop((unpack_push(&bytes), unpack_push_response(&bytes), unpack_pull_response(&bytes)));
        drop(unpack_push_response(&body(PROTOCOL, 100_000, &bytes, &bytes)));
        drop(unpack_push(&body(PROTOCOL, 100_000, &bytes, &contents(b"", &bytes))));
    }
}
