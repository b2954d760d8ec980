//! Documents that earlier versions saved. They are kept unchanged: every later version loads them
//! and reads the same state.
//!
//! Each released version adds a folder of its own with `CALLOFF_REGENERATE=1 cargo test -p
//! calloff-core --lib document::saved`. It never changes the folders of earlier versions.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use automerge::Automerge;

use super::{actor, genesis, load, read_order as read, write};
use crate::catalogue::Catalogue;
use crate::ids::{DeviceId, DocumentId, IntentId, LocationId};
use crate::order::accept::{NamedRelease, verify};
use crate::order::basket::basket;
use crate::order::{Command, Intent, OrderStage, OrderState, ResolvedFor};
use crate::sample::builder::{day, decimal, id};
use crate::sample::small;
use crate::sync::{Batch, merge};
use crate::wire::DocumentKind;

/// The folder of the documents. It has a folder for each version, with `NAME.automerge` and the
/// state that is read from it.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents")
}

const NOW: i64 = 1_772_442_000_000;

/// An order that two tablets write.
struct Writer {
    id: DocumentId,
    document: Automerge,
    written: u8,
}

impl Writer {
    fn new(number: u8) -> Self {
        let mut writer = Self {
            id: DocumentId::mint(NOW, [number; 10]),
            document: genesis::begin(DocumentKind::Order).unwrap(),
            written: 0,
        };
        writer.write(1, Command::CreateOrder { site: id("school") });
        for (line, item, quantity) in
            [("l1", "flour", "3"), ("l2", "milk", "4"), ("l3", "cups", "1000")]
        {
            writer.write(
                1,
                Command::AddLine {
                    line: id(line),
                    item: id(item),
                    quantity: decimal(quantity),
                    unit: None,
                },
            );
        }
        writer.write(1, Command::SetQuantity { line: id("l1"), quantity: decimal("12") });
        writer.write(2, Command::SetNote { note: "an den Hintereingang, bitte läuten".to_owned() });
        writer
    }

    fn write(&mut self, tablet: u8, command: Command) {
        self.written += 1;
        let at = NOW + i64::from(self.written);
        let device = DeviceId::mint(NOW, [tablet; 10]);
        let intent = IntentId::mint(at, [self.written; 10]);
        let intent = Intent {
            id: intent,
            document: self.id,
            command,
            by: "Zoë \"Z\"".to_owned(),
            device,
            at,
        };
        let actor = actor(&device, &self.id, u32::from(tablet));
        write::apply(&mut self.document, actor, &intent).unwrap();
    }

    fn state(&self) -> OrderState {
        read(self.id, &self.document).0.unwrap()
    }

    /// Two tablets set the same quantity at the same time.
    fn in_conflict(mut self) -> Self {
        let mut other = Self { document: self.document.clone(), written: 100, ..self };
        self.write(1, Command::SetQuantity { line: id("l2"), quantity: decimal("0.5") });
        other.write(2, Command::SetQuantity { line: id("l2"), quantity: decimal("6") });
        self.document.merge(&mut other.document).unwrap();
        self
    }

    fn submitted(mut self, catalogue: &Catalogue) -> Self {
        let locked_prices =
            basket(&self.state(), catalogue, resolved_for()).locked_prices().unwrap();
        self.write(1, Command::Submit { locked_prices });
        self
    }

    /// The server answers. In time, the order gets purchase orders. If a newer release has been in
    /// force for a long time, it gets a reason.
    fn answered(mut self, catalogue: &Catalogue, on: &str) -> Self {
        let site: LocationId = id("school");
        let device = DeviceId::mint(NOW, [1; 10]);
        let bytes = self.document.save();
        let batch = Batch {
            document: self.id,
            kind: DocumentKind::Order,
            device,
            site: &site,
            stored: Some(&bytes),
            changes: &[],
        };
        let merged = merge(batch).unwrap();
        let release = NamedRelease {
            number: 7,
            catalogue,
            in_force_from: Some(day("2026-03-01")),
            successor_effective_from: Some(day("2026-03-03")),
        };
        let cut = verify(merged.submitted().unwrap(), release, day(on).at(8, 0, 0, 0));
        let numbered = cut.map(|cut| {
            cut.into_iter()
                .zip(1..)
                .map(|(cut, number)| cut.numbered(format!("PO-{number}")))
                .collect()
        });
        self.document = merged.answer(numbered, NOW).unwrap().seal().unwrap().document;
        self
    }
}

fn resolved_for() -> ResolvedFor {
    ResolvedFor {
        release: 7,
        order_date: day("2026-03-02"),
        order_time: None,
        requested_delivery_date: None,
        resolved_at: NOW,
    }
}

/// One order of each stage that is ever stored, as this version saves it: plain and deflated.
fn documents() -> BTreeMap<&'static str, Writer> {
    let catalogue = Catalogue::build(small()).unwrap();
    BTreeMap::from([
        ("draft", Writer::new(1)),
        ("conflict", Writer::new(2).in_conflict()),
        ("submitted", Writer::new(3).submitted(&catalogue)),
        ("accepted", Writer::new(4).submitted(&catalogue).answered(&catalogue, "2026-03-02")),
        ("waiting", Writer::new(5).submitted(&catalogue).answered(&catalogue, "2026-03-20")),
    ])
}

#[test]
fn documents_that_any_version_saved_load_and_read_as_they_were() {
    if std::env::var_os("CALLOFF_REGENERATE").is_some() {
        save_all();
    }
    let mut names = BTreeMap::<PathBuf, usize>::new();
    for version in std::fs::read_dir(folder()).expect("documents of earlier versions") {
        let version = version.unwrap().path();
        for file in std::fs::read_dir(&version).unwrap() {
            let file = file.unwrap().path();
            if file.extension().is_none_or(|extension| extension != "automerge") {
                continue;
            }
            *names.entry(version.clone()).or_default() += 1;
            let expected =
                std::fs::read_to_string(file.with_extension("").with_extension("json")).unwrap();
            let expected: OrderState = serde_json::from_str(&expected).unwrap();
            let document = load(&std::fs::read(&file).unwrap())
                .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            let (state, _) = read(expected.document, &document);
            assert_eq!(state, Some(expected), "{}", file.display());
            let again = load(&document.save()).unwrap();
            assert_eq!(again.get_heads(), document.get_heads(), "{}", file.display());
        }
    }
    assert!(
        names.values().all(|count| *count == 2 * documents().len()) && !names.is_empty(),
        "{names:?}"
    );
}

#[test]
fn what_is_kept_is_of_every_stage() {
    let stages: Vec<_> = documents().values().map(|writer| writer.state().stage()).collect();
    let expected = [
        OrderStage::Accepted,
        OrderStage::Draft,
        OrderStage::Draft,
        OrderStage::Submitted,
        OrderStage::OnHold,
    ];
    assert_eq!(stages, expected);
}

fn save_all() {
    let folder = folder().join(env!("CARGO_PKG_VERSION"));
    std::fs::create_dir_all(&folder).unwrap();
    for (name, writer) in documents() {
        let state = serde_json::to_string_pretty(&writer.state()).unwrap();
        std::fs::write(folder.join(format!("{name}.json")), state).unwrap();
        std::fs::write(
            folder.join(format!("{name}.plain.automerge")),
            writer.document.save_nocompress(),
        )
        .unwrap();
        std::fs::write(folder.join(format!("{name}.deflated.automerge")), writer.document.save())
            .unwrap();
    }
}
