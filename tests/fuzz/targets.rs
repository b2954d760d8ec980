//! Documents and honest batches to start from, with every kind of change that tablets write.

use calloff_core::calendar::IsoWeekday;
use calloff_core::catalogue::Catalogue;
use calloff_core::document::AnyIntent;
use calloff_core::document::{self, DocumentState};
use calloff_core::ids::{DeviceId, DocumentId, IntentId, LocationId};
use calloff_core::intent::Intent;
use calloff_core::order::basket::basket;
use calloff_core::order::{Command, ResolvedFor};
use calloff_core::sample::builder::{day, decimal, id, unit};
use calloff_core::sample::small;
use calloff_core::site::{self, Contact, Place, ReceivingHours};
use calloff_core::sync::{Batch, Replica, Validated, validate};
use calloff_core::wire::{
    Blob, DocumentAnswer, DocumentKind, DocumentOutcome, DocumentPush, PROTOCOL, PushRequest,
    PushResponse,
};
use calloff_tests::mutation::split;

/// The time of all changes: a day in March 2026.
const AT: i64 = 1_772_400_000_000;

/// A document as the server has it, and the next batch of a tablet.
pub struct Target {
    pub kind: DocumentKind,
    pub document: DocumentId,
    pub device: DeviceId,
    pub site: LocationId,
    pub stored: Option<Vec<u8>>,
    /// The memory, in bytes, that the server computes for it.
    pub memory: usize,
    pub chunks: Vec<Vec<u8>>,
}

impl Target {
    /// A batch for this document.
    pub fn batch<'a>(&'a self, changes: &'a [u8]) -> Batch<'a> {
        let stored = self.stored.as_deref();
        Batch {
            document: self.document,
            kind: self.kind,
            device: self.device,
            site: &self.site,
            stored,
            changes,
        }
    }

    /// The push with this batch.
    pub fn push(&self, changes: &[u8]) -> PushRequest {
        let changes = Blob(changes.to_vec());
        let document =
            DocumentPush { id: self.document, kind: self.kind, heads: Vec::new(), changes };
        PushRequest {
            protocol: PROTOCOL,
            app_version: "fuzz".to_owned(),
            documents: vec![document],
        }
    }

    /// Checks that work continues after a batch was accepted: an honest edit of another tablet
    /// merges, is saved and loads.
    pub fn goes_on(&self, taken: Validated) -> Result<(), String> {
        let other = DeviceId::mint(9, [9; 10]);
        let mut copy = taken.document;
        let before = copy.get_heads();
        let (id, by, at) = (IntentId::mint(9, [9; 10]), "Zoe".to_owned(), 9);
        let (document, actor) = (self.document, document::actor(&other, &self.document, 0));
        let text = "life goes on".to_owned();
        let written = match &taken.state {
            DocumentState::Order(order) if !order.is_editable() => return Ok(()),
            DocumentState::Order(_) => {
                let command = Command::SetNote { note: text };
                document::write::apply(
                    &mut copy,
                    actor,
                    &Intent { id, document, command, by, device: other, at },
                )
            }
            DocumentState::Site(_) => {
                let command = site::Command::SetDeliveryInstructions { instructions: text };
                document::write::apply(
                    &mut copy,
                    actor,
                    &Intent { id, document, command, by, device: other, at },
                )
            }
        };
        written.map_err(|error| format!("nobody can write to it any more: {error}"))?;
        let changes: Vec<u8> = copy
            .get_changes(&before)
            .iter()
            .flat_map(|change| change.raw_bytes().to_vec())
            .collect();
        let batch = Batch { device: other, stored: Some(&taken.bytes), ..self.batch(&changes) };
        validate(batch)
            .map_err(|refusals| format!("an honest edit after it is refused: {refusals:?}"))?;
        Ok(())
    }
}

/// A tablet that writes, and the server's copy of the one document.
struct Writer {
    replica: Replica,
    kind: DocumentKind,
    document: DocumentId,
    stored: Option<Vec<u8>>,
    minted: u8,
}

impl Writer {
    fn of_an_order(number: u8) -> Self {
        Self::new(number, DocumentKind::Order, DocumentId::mint(AT, [7; 10]))
    }

    fn of_settings(number: u8) -> Self {
        Self::new(number, DocumentKind::Site, DocumentId::of_site(&id("school")))
    }

    fn new(number: u8, kind: DocumentKind, document: DocumentId) -> Self {
        let replica = Replica::new(DeviceId::mint(1, [number; 10]));
        Self { replica, kind, document, stored: None, minted: 0 }
    }

    fn write<C>(&mut self, command: C)
    where
        Intent<C>: Into<AnyIntent>,
    {
        self.minted += 1;
        let device = self.replica.device();
        let mut random = [self.minted; 10];
        random[0] = device.as_bytes()[15];
        let at = AT + i64::from(self.minted);
        let id = IntentId::mint(at, random);
        let intent =
            Intent { id, document: self.document, command, by: "Ana".to_owned(), device, at };
        self.replica.dispatch(intent).expect("the rules allow it");
    }

    fn add(&mut self, line: &str, item: &str, quantity: &str) {
        self.write(Command::AddLine {
            line: id(line),
            item: id(item),
            quantity: decimal(quantity),
            unit: None,
        });
    }

    fn target(&self) -> Target {
        let request = self.replica.push_request("fuzz").expect("something is unsent");
        Target {
            kind: self.kind,
            document: self.document,
            device: self.replica.device(),
            site: id("school"),
            stored: self.stored.clone(),
            memory: 0,
            chunks: split(&request.documents[0].changes.0),
        }
    }

    /// The server accepts what is unsent.
    fn sync(&mut self) {
        let target = self.target();
        let validated = validate(target.batch(&target.chunks.concat())).expect("an honest batch");
        let changes = Blob(validated.lacked_by_tablet(
            &self.replica.push_request("fuzz").expect("unsent").documents[0].heads,
        ));
        self.stored = Some(validated.bytes);
        let outcome = DocumentOutcome::Accepted { heads: validated.heads, changes };
        let response = PushResponse {
            incarnation: String::new(),
            documents: vec![DocumentAnswer { id: self.document, outcome }],
        };
        self.replica.on_push_response(response);
    }
}

/// From the first change of an order to its submission, and what people write about a site.
pub fn targets() -> Vec<Target> {
    let mut targets = of_an_order();
    targets.push(of_a_discarded_order());
    targets.extend(of_settings());
    targets
}

fn of_an_order() -> Vec<Target> {
    let mut targets = Vec::new();
    let mut ana = Writer::of_an_order(1);
    ana.write(Command::CreateOrder { site: id("school") });
    ana.add("l1", "flour", "2");
    targets.push(ana.target());
    ana.sync();
    ana.add("l2", "milk", "3");
    targets.push(ana.target());
    ana.write(Command::SetQuantity { line: id("l1"), quantity: decimal("12") });
    ana.write(Command::SetNote { note: "ring twice".to_owned() });
    targets.push(ana.target());
    ana.sync();
    ana.write(Command::SetQuantity { line: id("l2"), quantity: decimal("0.5") });
    targets.push(ana.target());
    ana.write(Command::SetQuantity { line: id("l2"), quantity: decimal("4") });
    let catalogue = Catalogue::build(small()).expect("a catalogue");
    let resolved = ResolvedFor {
        release: 1,
        order_date: day("2026-03-02"),
        order_time: None,
        requested_delivery_date: None,
        resolved_at: AT,
    };
    let order = ana.replica.order(ana.document).expect("the order");
    let locked_prices =
        basket(order, &catalogue, resolved).locked_prices().expect("every line has a source");
    ana.write(Command::Submit { locked_prices });
    targets.push(ana.target());
    targets
}

/// Named, handed over, discarded and brought back.
fn of_a_discarded_order() -> Target {
    let mut ana = Writer::of_an_order(1);
    ana.write(Command::CreateOrder { site: id("school") });
    ana.add("l1", "flour", "2");
    ana.sync();
    ana.write(Command::SetName { name: "Friday".to_owned() });
    ana.write(Command::HandOver { to: "Ben".to_owned() });
    for keep in [false, true, false] {
        ana.write(Command::KeepOrder { keep });
    }
    ana.target()
}

/// Every kind of command: as the first change, after others, as a conflict of two tablets, and to
/// settle that conflict.
fn of_settings() -> Vec<Target> {
    use site::Command::{
        AddArea, AddGuideLine, KeepGuideLine, MoveArea, MoveGuideLine, NameArea, SetContact,
        SetDeliveryInstructions, SetPar, SetReceivingHours,
    };
    let (line, area, contact) = (|| id("g1"), || id("cold"), || id("c1"));
    let place = |before: Option<&Place>| Place::between(before, None);
    let (first, weekdays) = (place(None), || IsoWeekday::ALL[..3].iter().copied().collect());
    let par =
        |quantity: &str| SetPar { line: line(), weekdays: weekdays(), quantity: decimal(quantity) };
    let instructions = |text: &str| SetDeliveryInstructions { instructions: text.to_owned() };
    let goods_in = Contact {
        name: "Goods in".to_owned(),
        role: "nights".to_owned(),
        telephone: "555".to_owned(),
    };
    let hours =
        ReceivingHours { from: jiff::civil::time(6, 0, 0, 0), to: jiff::civil::time(11, 30, 0, 0) };

    let mut targets = Vec::new();
    let mut ana = Writer::of_settings(1);
    ana.write(AddArea { area: area(), name: "Cold room".to_owned(), place: first.clone() });
    let (item, unit) = (id("milk"), unit("LTR"));
    ana.write(AddGuideLine { line: line(), item, unit, area: Some(area()), place: first.clone() });
    targets.push(ana.target());
    ana.sync();
    ana.write(par("12"));
    ana.write(SetReceivingHours { weekdays: weekdays(), hours: Some(hours) });
    targets.push(ana.target());
    ana.write(SetContact { contact: contact(), details: Some(goods_in) });
    ana.write(instructions("ring twice"));
    targets.push(ana.target());
    ana.sync();
    ana.write(NameArea { area: area(), name: "Cellar".to_owned() });
    ana.write(MoveArea { area: area(), place: place(Some(&first)) });
    ana.write(KeepGuideLine { line: line(), keep: false });
    ana.write(KeepGuideLine { line: line(), keep: true });
    ana.write(MoveGuideLine { line: line(), area: None, place: place(Some(&first)) });
    ana.write(SetContact { contact: contact(), details: None });
    ana.write(SetReceivingHours { weekdays: weekdays(), hours: None });
    targets.push(ana.target());
    ana.sync();
    // Ben never met her, so what he writes about the same things is in conflict with what she
    // writes.
    let mut ben = Writer { stored: ana.stored.clone(), ..Writer::of_settings(2) };
    ben.write(instructions("to the ramp"));
    targets.push(ben.target());
    ben.sync();
    ben.write(par("8"));
    ben.sync();
    ana.stored.clone_from(&ben.stored);
    ana.write(par("0.5"));
    targets.push(ana.target());
    ana.sync();
    ana.write(instructions("to the ramp"));
    targets.push(ana.target());
    targets
}
