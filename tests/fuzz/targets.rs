//! Documents and honest batches to start from: one of each kind of change that tablets write.

use calloff_core::catalogue::Catalogue;
use calloff_core::document;
use calloff_core::ids::{DeviceId, DocumentId, IntentId, LocationId};
use calloff_core::order::basket::basket;
use calloff_core::order::{Command, Intent, OrderState, ResolvedFor};
use calloff_core::sample::builder::{day, decimal, id};
use calloff_core::sample::small;
use calloff_core::sync::{Batch, Minting, Replica, Validated, validate};
use calloff_core::wire::{
    Blob, DocumentAnswer, DocumentKind, DocumentOutcome, DocumentPush, PROTOCOL, PushRequest, PushResponse,
};
use calloff_tests::mutation::split;

/// A document as the server has it, and what a tablet would send next.
pub struct Target {
    pub document: DocumentId,
    pub device: DeviceId,
    pub site: LocationId,
    pub stored: Option<Vec<u8>>,
    /// Bytes of memory that the server says of it.
    pub memory: usize,
    pub chunks: Vec<Vec<u8>>,
}

impl Target {
    /// A batch for this document.
    pub fn batch<'a>(&'a self, changes: &'a [u8]) -> Batch<'a> {
        let stored = self.stored.as_deref();
        let kind = DocumentKind::Order;
        Batch { document: self.document, kind, device: self.device, site: &self.site, stored, changes }
    }

    /// The push that carries it.
    pub fn push(&self, changes: &[u8]) -> PushRequest {
        let changes = Blob(changes.to_vec());
        let document = DocumentPush { id: self.document, kind: DocumentKind::Order, heads: Vec::new(), changes };
        PushRequest { protocol: PROTOCOL, app_version: "fuzz".to_owned(), documents: vec![document] }
    }

    /// Whether life goes on after a batch was taken: another tablet's honest edit merges, is saved and loads.
    pub fn goes_on(&self, taken: Validated) -> Result<(), String> {
        let other = DeviceId::mint(9, [9; 10]);
        if !taken.state.order().is_some_and(OrderState::is_editable) {
            return Ok(());
        }
        let mut copy = taken.document;
        let command = Command::SetNote { note: "life goes on".to_owned() };
        let id = IntentId::mint(9, [9; 10]);
        let intent = Intent { id, document: self.document, command, by: "Zoe".to_owned(), device: other, at: 9 };
        let before = copy.get_heads();
        let written = document::write::apply(&mut copy, document::actor(&other, &self.document, 0), &intent);
        written.map_err(|error| format!("nobody can write to it any more: {error}"))?;
        let changes: Vec<u8> =
            copy.get_changes(&before).iter().flat_map(|change| change.raw_bytes().to_vec()).collect();
        let batch = Batch { device: other, stored: Some(&taken.bytes), ..self.batch(&changes) };
        validate(batch).map_err(|refusals| format!("an honest edit after it is refused: {refusals:?}"))?;
        Ok(())
    }
}

/// A tablet that writes, and keeps the server's copy of the one order.
struct Writer {
    replica: Replica,
    document: DocumentId,
    stored: Option<Vec<u8>>,
    minted: u8,
}

impl Writer {
    fn new(number: u8) -> Self {
        let device = DeviceId::mint(1, [number; 10]);
        let document = DocumentId::mint(1_772_400_000_000, [7; 10]);
        Self { replica: Replica::new(device), document, stored: None, minted: 0 }
    }

    fn write(&mut self, command: Command) {
        self.minted += 1;
        let device = self.replica.device();
        let mut random = [self.minted; 10];
        random[0] = device.as_bytes()[15];
        let at = 1_772_400_000_000 + i64::from(self.minted);
        let id = IntentId::mint(at, random);
        let intent = Intent { id, document: self.document, command, by: "Ana".to_owned(), device, at };
        self.replica.dispatch(intent).expect("the rules allow it");
    }

    fn add(&mut self, line: &str, item: &str, quantity: &str) {
        self.write(Command::AddLine { line: id(line), item: id(item), quantity: decimal(quantity), unit: None });
    }

    fn target(&self) -> Target {
        let request = self.replica.push_request("fuzz").expect("something is unsent");
        Target {
            document: self.document,
            device: self.replica.device(),
            site: id("school"),
            stored: self.stored.clone(),
            memory: 0,
            chunks: split(&request.documents[0].changes.0),
        }
    }

    /// The server takes what is unsent.
    fn sync(&mut self) {
        let target = self.target();
        let validated = validate(target.batch(&target.chunks.concat())).expect("an honest batch");
        self.stored = Some(validated.bytes);
        let outcome = DocumentOutcome::Accepted { heads: validated.heads, changes: Blob(Vec::new()) };
        let response = PushResponse { documents: vec![DocumentAnswer { id: self.document, outcome }] };
        self.replica.on_push_response(response, &mut Minting { now: 0, random: &mut || [0; 10] });
    }
}

/// From the first change of an order to its submission.
pub fn targets() -> Vec<Target> {
    let mut targets = Vec::new();
    let mut ana = Writer::new(1);
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
        resolved_at: 1_772_400_000_000,
    };
    let order = ana.replica.order(ana.document).expect("the order");
    let pins = basket(order, &catalogue, resolved).pins().expect("every line has a source");
    ana.write(Command::Submit { pins });
    targets.push(ana.target());
    targets
}
