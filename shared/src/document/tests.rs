//! Documents that were saved in every schema that was ever written. They load, and their state is
//! still the same.
//!
//! `tests/golden/documents` has one document of each schema. A test writes the file of a new schema
//! when it is missing. The file of a released schema is never written again.

use std::path::PathBuf;

use automerge::Automerge;

use super::*;
use crate::calendar::IsoWeekday;
use crate::intent::Intent;
use crate::order;
use crate::sample::builder::{decimal, id};
use crate::site::{self, Contact, Place, ReceivingHours};
use crate::unit::Unit;

fn written<C: write::Write>(id: DocumentId, kind: DocumentKind, commands: Vec<C>) -> Automerge {
    let device = DeviceId::mint(1, [1; 10]);
    let mut document = genesis::begin(kind).unwrap();
    for (command, number) in commands.into_iter().zip(1_u8..) {
        let intent = IntentId::mint(i64::from(number), [number; 10]);
        let by = "Ana".to_owned();
        let intent =
            Intent { id: intent, document: id, command, by, device, at: i64::from(number) };
        write::apply(&mut document, actor(&device, &id, 0), &intent).unwrap();
    }
    document
}

fn order_document() -> (DocumentId, Automerge) {
    let document = DocumentId::mint(1, [5; 10]);
    let add = |line: &str, item: &str, unit| order::Command::AddLine {
        line: id(line),
        item: id(item),
        quantity: decimal("2.5"),
        unit,
    };
    let commands = vec![
        order::Command::CreateOrder { site: id("school") },
        add("l1", "flour", None),
        add("l2", "milk", Some(crate::sample::builder::unit("LTR"))),
        order::Command::SetQuantity { line: id("l1"), quantity: decimal("4") },
        order::Command::SetNote { note: "ring twice".to_owned() },
    ];
    (document, written(document, DocumentKind::Order, commands))
}

fn site_document() -> (DocumentId, Automerge) {
    let document = DocumentId::of_site(&id("school"));
    let place = Place::between(None, None);
    let hours =
        ReceivingHours { from: jiff::civil::time(6, 0, 0, 0), to: jiff::civil::time(11, 30, 0, 0) };
    let goods_in = Contact {
        name: "Goods in".to_owned(),
        role: "deliveries".to_owned(),
        telephone: "+31 20 555 0100".to_owned(),
    };
    let line = |line: &str, item: &str, area: Option<&str>| site::Command::AddGuideLine {
        line: id(line),
        item: id(item),
        unit: Unit::EACH,
        area: area.map(id),
        place: place.clone(),
    };
    let commands = vec![
        site::Command::AddArea {
            area: id("cold"),
            name: "Cold room".to_owned(),
            place: place.clone(),
        },
        line("g1", "milk", Some("cold")),
        line("g2", "flour", None),
        site::Command::SetPar {
            line: id("g1"),
            weekdays: IsoWeekday::ALL.into(),
            quantity: decimal("12"),
        },
        site::Command::SetPar {
            line: id("g1"),
            weekdays: [IsoWeekday::ALL[6]].into(),
            quantity: decimal("0.5"),
        },
        site::Command::KeepGuideLine { line: id("g2"), keep: false },
        site::Command::SetReceivingHours {
            weekdays: [IsoWeekday::ALL[0]].into(),
            hours: Some(hours),
        },
        site::Command::SetReceivingHours { weekdays: [IsoWeekday::ALL[5]].into(), hours: None },
        site::Command::SetDeliveryInstructions { instructions: "ring twice".to_owned() },
        site::Command::SetContact { contact: id("c1"), details: Some(goods_in) },
    ];
    (document, written(document, DocumentKind::Site, commands))
}

#[test]
fn documents_of_every_schema_that_was_written_read_as_they_did() {
    for schema in DocumentKind::all_schemas() {
        // A new version of a kind writes other bytes, and gives the same state.
        let (id, today) = match schema.kind {
            DocumentKind::Order => order_document(),
            DocumentKind::Site => site_document(),
        };
        let name =
            format!("tests/golden/documents/{}-{}.automerge", schema.kind.as_str(), schema.version);
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name);
        if !path.exists() && schema.version == Schema::newest(schema.kind).version {
            std::fs::write(&path, today.save()).unwrap();
        }
        let kept = load(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(Schema::of(&kept).map(|kept| kept.genesis), Ok(schema.genesis));
        assert_eq!(read(id, &kept), read(id, &today), "{schema:?}");
        assert!(read(id, &kept).1.is_empty());
    }
}

#[test]
fn the_progress_of_purchase_orders_is_read_without_the_states_of_a_newer_server() {
    use automerge::transaction::Transactable;
    use automerge::{ROOT, ReadDoc};
    use order::{PurchaseOrderProgress, PurchaseOrderState};

    let (id, mut document) = order_document();
    let at = |state, at| PurchaseOrderProgress { state, at };
    let written = [
        ("PO-1", at(PurchaseOrderState::NeedsPerson, 7)),
        ("PO-2", at(PurchaseOrderState::Sent, 8)),
        ("PO-1", at(PurchaseOrderState::Sent, 9)),
    ];
    for (number, progress) in &written {
        record_progress(&id, &mut document, number, progress).unwrap();
    }
    let (_, server) = document.get(&ROOT, "server").unwrap().unwrap();
    let (_, progress) = document.get(&server, "progress").unwrap().unwrap();
    let mut newer = document.transaction();
    newer.put(&progress, "PO-3", r#"{"state":"seen","at":10}"#).unwrap();
    newer.commit();
    let (order, anomalies) = read_order(id, &document);
    assert!(anomalies.is_empty(), "{anomalies:?}");
    let read: Vec<_> = order.unwrap().server.progress.into_iter().collect();
    let [_, second, first] = written.map(|(number, progress)| (number.to_owned(), progress));
    assert_eq!(read, [first, second]);
}
