//! A tablet with a credential and no manners.

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{ObjType, ROOT, ReadDoc};
use calloff_core::catalogue::Catalogue;
use calloff_core::document;
use calloff_core::ids::{DeviceId, DocumentId, IntentId};
use calloff_core::limits::PUSH_DOCUMENTS;
use calloff_core::order::basket::basket;
use calloff_core::order::{Command, Intent, OrderState, Pin, ResolvedFor};
use calloff_core::sample::Seed;
use calloff_core::sample::builder::{decimal, id};
use calloff_core::wire::{Blob, DocumentKind, DocumentPush, PROTOCOL, PushRequest};
use calloff_tests::mutation::{Body, chunk};

use super::tablet::random;

/// Changes with damage in them that are tried at once; about one in fifty merges and does not load again.
const MUTATIONS: usize = 12;

/// What it sends about a document: damaged changes, a write to the server's part, a late line, a price of its own.
pub fn pushes(
    id: DocumentId,
    device: DeviceId,
    stored: &[u8],
    seed: &mut Seed,
    catalogue: &Catalogue,
    release: u64,
) -> Vec<PushRequest> {
    let forge = |write: &mut dyn FnMut(&mut Transaction<'_>)| forged(id, device, stored, write);
    // Another one each time: writing what is there already is no change.
    let text = format!("mine {}", seed.bits());
    let note = |d: &mut Transaction<'_>| d.put(ROOT, "note", text.as_str()).expect("a note");
    let changes: Vec<Vec<u8>> = match seed.between(0, 4) {
        0 => {
            let honest = forge(&mut |d| note(d));
            (0..MUTATIONS).map(|_| mutated(&honest, seed)).collect()
        }
        1 => vec![forge(&mut |d| {
            let server = d.get(ROOT, "server").expect("a map").expect("there").1;
            d.put(&server, "status", format!(r#"{{"accepted":{{"at":{}}}}}"#, text.len())).expect("written");
        })],
        2 => vec![forge(&mut |d| {
            let lines = d.get(ROOT, "lines").expect("a map").expect("there").1;
            let line = d.put_object(&lines, "late", ObjType::Map).expect("a line");
            let fields = [("item", "milk"), ("added_by", "Eve"), ("added_at", "1"), ("quantity", "8")];
            fields.into_iter().for_each(|(key, value)| d.put(&line, key, value).expect("written"));
        })],
        3 => vec![[forge(&mut |d| note(d)), forge(&mut |d| d.put(ROOT, "kind", "mine").expect("written"))].concat()],
        _ => submission(id, device, stored, seed, catalogue, release).into_iter().collect(),
    };
    debug_assert!(changes.len() <= PUSH_DOCUMENTS);
    changes.into_iter().map(|changes| request(id, changes)).collect()
}

fn request(id: DocumentId, changes: Vec<u8>) -> PushRequest {
    let document = DocumentPush { id, kind: DocumentKind::Order, heads: Vec::new(), changes: Blob(changes) };
    PushRequest { protocol: PROTOCOL, app_version: "hostile".to_owned(), documents: vec![document] }
}

fn forged(id: DocumentId, device: DeviceId, stored: &[u8], write: &mut dyn FnMut(&mut Transaction<'_>)) -> Vec<u8> {
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

/// A submission that claims a price of its own, or that a blocked supplier is not blocked (case 14).
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
    let order_date = super::core_office::date(super::simulation::START);
    let resolved = ResolvedFor { release, order_date, order_time: None, requested_delivery_date: None, resolved_at: 1 };
    let mut pins = basket(&order, catalogue, resolved).pins()?;
    let claim = |pin: &mut Pin, is_price: bool| {
        if is_price {
            pin.unit_price = decimal("0.01");
        } else {
            pin.supplier = id("dairy");
        }
    };
    let is_price = seed.percent(50);
    pins.values_mut().for_each(|pin| claim(pin, is_price));
    let intent = Intent {
        id: IntentId::mint(1, random(seed)),
        document,
        command: Command::Submit { pins },
        by: "Eve".to_owned(),
        device,
        at: 1,
    };
    let before = copy.get_heads();
    document::write::apply(&mut copy, document::actor(&device, &document, 0), &intent).ok()?;
    Some(copy.get_changes(&before).iter().flat_map(|change| change.raw_bytes().to_vec()).collect())
}
