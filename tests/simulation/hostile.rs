//! A hostile tablet: it has a valid credential and keeps to no rule.

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{ObjType, ROOT, ReadDoc};
use calloff_core::catalogue::Catalogue;
use calloff_core::document;
use calloff_core::ids::{DeviceId, DocumentId, IntentId};
use calloff_core::limits::PUSH_DOCUMENTS;
use calloff_core::order::basket::basket;
use calloff_core::order::{Command, Intent, LockedPrice, OrderState, ResolvedFor};
use calloff_core::sample::Seed;
use calloff_core::sample::builder::{decimal, id};
use calloff_core::wire::{Blob, DocumentKind, DocumentPush, PROTOCOL, PushRequest};
use calloff_tests::mutation::{Body, chunk};

use crate::core_office::date;
use crate::simulation::START;
use crate::tablet::random;

/// The number of damaged changes in one attack. About one in fifty merges and does not load again.
const MUTATIONS: usize = 12;

/// The pushes of the hostile tablet for a document that the server has: damaged changes, and writes
/// that no tablet may make.
pub fn pushes(
    id: DocumentId,
    device: DeviceId,
    stored: &[u8],
    seed: &mut Seed,
    catalogue: &Catalogue,
    release: u64,
) -> Vec<PushRequest> {
    let kind = document::load(stored)
        .and_then(|document| document::kind(&document))
        .expect("the server's document");
    let forge = |write: &mut dyn FnMut(&mut Transaction<'_>)| forged(id, device, stored, write);
    let changes: Vec<Vec<u8>> = match (seed.between(0, 4), kind) {
        (0, _) => {
            let honest = forge(&mut said(kind, seed));
            (0..MUTATIONS).map(|_| mutated(&honest, seed)).collect()
        }
        (1, _) => vec![
            [forge(&mut said(kind, seed)), forge(&mut |d| put(d, &[], "kind", "mine"))].concat(),
        ],
        (2, DocumentKind::Order) => {
            vec![forge(&mut |d| put(d, &["server"], "status", r#"{"accepted":{"at":1}}"#))]
        }
        (3, DocumentKind::Order) => vec![forge(&mut |d| {
            let lines = d.get(ROOT, "lines").expect("a map").expect("there").1;
            let late = format!("late {}", seed.bits());
            let line = d.put_object(&lines, late.as_str(), ObjType::Map).expect("a line");
            let fields =
                [("item", "milk"), ("added_by", "Eve"), ("added_at", "1"), ("quantity", "8")];
            fields.into_iter().for_each(|(key, value)| d.put(&line, key, value).expect("written"));
        })],
        (_, DocumentKind::Order) => {
            submission(id, device, stored, seed, catalogue, release).into_iter().collect()
        }
        (2, DocumentKind::Site) => {
            rewritten(stored, seed).map(|write| forge(&mut { write })).into_iter().collect()
        }
        (_, DocumentKind::Site) => {
            let values = [
                ("hours", "1", "11:00-06:00"),
                ("hours", "8", ""),
                ("contacts", "me", "{}"),
                ("lines", "x", "y"),
            ];
            let (part, key, value) = seed.pick(&values);
            vec![forge(&mut |d| put(d, &[part], key, value))]
        }
    };
    debug_assert!(changes.len() <= PUSH_DOCUMENTS);
    // Now and then, the push claims the wrong kind of document.
    let claimed = match kind {
        _ if !seed.percent(10) => kind,
        DocumentKind::Order => DocumentKind::Site,
        DocumentKind::Site => DocumentKind::Order,
    };
    changes.into_iter().map(|changes| request(id, claimed, changes)).collect()
}

fn put(document: &mut Transaction<'_>, path: &[&str], key: &str, value: &str) {
    let object = path
        .iter()
        .fold(ROOT, |object, key| document.get(object, *key).expect("a map").expect("there").1);
    document.put(object, key, value).expect("written");
}

/// Writes a text that any tablet may write. The text differs each time, because writing the present
/// text is no change.
fn said(kind: DocumentKind, seed: &mut Seed) -> impl FnMut(&mut Transaction<'_>) + use<> {
    let key = match kind {
        DocumentKind::Order => "note",
        DocumentKind::Site => "instructions",
    };
    let text = format!("mine {}", seed.bits());
    move |document| put(document, &[], key, &text)
}

/// Writes another item, unit or author to a line or an area of the guide, or deletes it. `None` if
/// the guide is empty.
fn rewritten(stored: &[u8], seed: &mut Seed) -> Option<impl FnMut(&mut Transaction<'_>) + use<>> {
    let document = document::load(stored).ok()?;
    let keys = |part: &str| {
        let part = document.get(ROOT, part).ok().flatten().map(|(_, part)| part);
        part.map(|part| document.keys(part).collect::<Vec<_>>()).unwrap_or_default()
    };
    let all: Vec<(&str, String)> = ["lines", "areas"]
        .into_iter()
        .flat_map(|part| keys(part).into_iter().map(move |key| (part, key)))
        .collect();
    let (part, id) = all.get(seed.place(all.len()))?.clone();
    let (key, value) =
        seed.pick(&[("item", "saffron"), ("unit", "XBX"), ("added_by", "Eve"), ("colour", "red")]);
    let deletes = seed.percent(25);
    Some(move |document: &mut Transaction<'_>| {
        if deletes {
            let (_, part) = document.get(ROOT, part).expect("a map").expect("there");
            document.delete(part, id.as_str()).expect("deleted");
        } else {
            put(document, &[part, id.as_str()], key, value);
        }
    })
}

fn request(id: DocumentId, kind: DocumentKind, changes: Vec<u8>) -> PushRequest {
    let document = DocumentPush { id, kind, heads: Vec::new(), changes: Blob(changes) };
    PushRequest { protocol: PROTOCOL, app_version: "hostile".to_owned(), documents: vec![document] }
}

fn forged(
    id: DocumentId,
    device: DeviceId,
    stored: &[u8],
    write: &mut dyn FnMut(&mut Transaction<'_>),
) -> Vec<u8> {
    let copy = document::load(stored).expect("the server's document");
    let mut copy = copy.with_actor(document::actor(&device, &id, 0));
    let before = copy.get_heads();
    let mut transaction = copy.transaction();
    write(&mut transaction);
    transaction.commit_with(CommitOptions::default());
    copy.get_changes(&before).iter().flat_map(|change| change.raw_bytes().to_vec()).collect()
}

fn mutated(honest: &[u8], seed: &mut Seed) -> Vec<u8> {
    let mut body = Body::parse(honest);
    body.mutate(seed);
    chunk(&body.bytes())
}

/// A submission with a forged price, or with the dairy as supplier, which the hospital has blocked
/// for milk (case 14).
fn submission(
    document: DocumentId,
    device: DeviceId,
    stored: &[u8],
    seed: &mut Seed,
    catalogue: &Catalogue,
    release: u64,
) -> Option<Vec<u8>> {
    let mut copy = document::load(stored).ok()?;
    let order = document::read_order(document, &copy).0.filter(OrderState::is_editable)?;
    let order_date = date(START);
    let resolved = ResolvedFor {
        release,
        order_date,
        order_time: None,
        requested_delivery_date: None,
        resolved_at: 1,
    };
    let mut locked_prices = basket(&order, catalogue, resolved).locked_prices()?;
    let claim = |locked: &mut LockedPrice, is_price: bool| {
        if is_price {
            locked.unit_price = decimal("0.01");
        } else {
            locked.supplier = id("dairy");
        }
    };
    let is_price = seed.percent(50);
    locked_prices.values_mut().for_each(|locked| claim(locked, is_price));
    let intent = Intent {
        id: IntentId::mint(1, random(seed)),
        document,
        command: Command::Submit { locked_prices },
        by: "Eve".to_owned(),
        device,
        at: 1,
    };
    let before = copy.get_heads();
    document::write::apply(&mut copy, document::actor(&device, &document, 0), &intent).ok()?;
    Some(copy.get_changes(&before).iter().flat_map(|change| change.raw_bytes().to_vec()).collect())
}
