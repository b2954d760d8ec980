//! Reads schema 1 of an order.

use std::collections::BTreeMap;

use automerge::{Automerge, ObjId, ObjType, ROOT, ReadDoc, ScalarValueRef, Value, ValueRef};
use serde::de::DeserializeOwned;

use super::schema::{
    CREATED_AT, CREATED_BY, DECISION, DISCARDED, HEADER, HOLDER, ITEM, LINES, LOCKED_PRICES, NAME,
    NOTE, PROGRESS, PURCHASE_ORDERS, QUANTITY, SERVER, SITE, STATUS, SUBMITTED, UNIT,
};
use crate::document::read::{Anomaly, Reader, parse_quantity};
use crate::document::schema::{ADDED_AT, ADDED_BY, AT, BY, DEVICE, ID};
use crate::ids::{DocumentId, IntentId, OrderLineId};
use crate::limits::{CONCURRENT_VALUES, ORDER_LINES};
use crate::order::{Discard, LockedPrice, OrderLine, OrderState, ServerFacts, Submission};
use crate::register::{Concurrent, Register};
use crate::unit::Unit;

/// The number of lines that are read. Two tablets may each fill the same draft before they meet.
const LINES_READ: usize = 2 * ORDER_LINES;

/// Reads one line again after an intent that touched only this line. Reading an order of 1,000
/// lines takes 20 ms, which a person who types quantities would notice.
pub(super) fn read_line_again(document: &Automerge, order: &mut OrderState, id: &OrderLineId) {
    let mut reader = Reader::of(document);
    let object = reader.map(&ROOT, LINES).and_then(|lines| reader.map(&lines, id.as_str()));
    if let Some(mut line) = object.and_then(|object| reader.line(&object, LINES)) {
        line.locked = order.lines.remove(id).and_then(|before| before.locked);
        order.lines.insert(id.clone(), line);
    }
}

/// The order in its document, and the anomalies. `None` while the document has no order yet.
#[must_use]
pub fn read_order(id: DocumentId, document: &Automerge) -> (Option<OrderState>, Vec<Anomaly>) {
    let mut reader = Reader::of(document);
    let state = reader.order(id);
    (state, reader.anomalies)
}

impl Reader<'_> {
    fn order(&mut self, id: DocumentId) -> Option<OrderState> {
        let header = self.map(&ROOT, HEADER)?;
        // A document that has only its genesis change is not an anomaly.
        self.document.get(&header, SITE).ok()??;
        let site = self.parse(&header, HEADER, SITE)?;
        let created_by = self.text(&header, CREATED_BY).unwrap_or_default();
        let created_at = self.parse(&header, HEADER, CREATED_AT).unwrap_or_default();
        let mut lines = self.collection(LINES, LINES_READ, Self::line);
        let submitted = self.submission(&mut lines);
        Some(OrderState {
            document: id,
            site,
            created_by,
            created_at,
            lines,
            note: self.root_text(NOTE),
            name: self.root_text(NAME),
            holder: self.root_text(HOLDER),
            discarded: self.discarded(),
            submitted,
            server: self.server_facts(),
        })
    }

    fn line(&mut self, object: &ObjId, path: &str) -> Option<OrderLine> {
        let texts = self.texts(object);
        let text = |key: &str| texts.get(key).map(|text| text.value.as_str());
        let unit = match text(UNIT) {
            Some(code) => Some(Unit::parse(code).ok()?),
            None => None,
        };
        let quantity = self.register_of(&texts, (object, path, QUANTITY), parse_quantity);
        Some(OrderLine {
            item: self.parse_text(text(ITEM), path, ITEM)?,
            quantity: quantity?,
            unit,
            added_by: text(ADDED_BY).unwrap_or_default().to_owned(),
            added_at: self.parse_text(text(ADDED_AT), path, ADDED_AT).unwrap_or_default(),
            locked: None,
        })
    }

    /// A text of the root. It is empty when nobody wrote it.
    fn root_text(&mut self, key: &str) -> Register<String> {
        match self.document.get(ROOT, key) {
            Ok(Some(_)) => {
                self.register(&ROOT, "", key, |text| Some(text.to_owned())).unwrap_or_default()
            }
            _ => Register::default(),
        }
    }

    /// The latest discarding of the order. Its place in the history shows what its author had seen.
    /// Changes that no such author had seen are work that nobody wanted to discard.
    fn discarded(&mut self) -> Option<Discard> {
        let all = self.document.get_all(ROOT, DISCARDED).unwrap_or_default();
        if all.len() > CONCURRENT_VALUES {
            self.anomalies.push(Anomaly::TooMany(DISCARDED.to_owned()));
        }
        let mut changes = Vec::new();
        let mut latest: Option<Concurrent<()>> = None;
        for (value, operation) in all.into_iter().rev().take(CONCURRENT_VALUES) {
            match value.as_str() {
                Some("") => {}
                Some(intent) if intent.parse::<IntentId>().is_ok() => {
                    changes.extend(self.document.hash_for_opid(&operation));
                    let discard = self.concurrent((), &operation);
                    let is_later =
                        |other: &Concurrent<()>| (discard.at, &discard.by) > (other.at, &other.by);
                    if latest.as_ref().is_none_or(is_later) {
                        latest = Some(discard);
                    }
                }
                _ => self.anomalies.push(Anomaly::Unreadable(DISCARDED.to_owned())),
            }
        }
        let Concurrent { by, at, .. } = latest?;
        Some(Discard { by, at, is_overtaken: !self.document.get_changes_meta(&changes).is_empty() })
    }

    /// The submission that counts. Its locked prices are put on the lines.
    fn submission(&mut self, lines: &mut BTreeMap<OrderLineId, OrderLine>) -> Option<Submission> {
        let concurrent = self.document.get_all(ROOT, SUBMITTED).map_or(0, |all| all.len());
        if concurrent == 0 {
            return None;
        }
        if concurrent > 1 {
            self.anomalies.push(Anomaly::ConcurrentSubmissions(concurrent));
        }
        let object = self.map(&ROOT, SUBMITTED)?;
        if let Some(locked_prices) = self.map(&object, LOCKED_PRICES) {
            for item in self.document.map_range(&locked_prices, ..) {
                let line = OrderLineId::parse(&*item.key).ok().and_then(|id| lines.get_mut(&id));
                let Some(line) = line else { continue };
                line.locked = match item.value {
                    ValueRef::Scalar(ScalarValueRef::Str(json)) => {
                        serde_json::from_str::<LockedPrice>(&json).ok()
                    }
                    _ => None,
                };
                if line.locked.is_none() {
                    self.anomalies
                        .push(Anomaly::Unreadable(format!("{LOCKED_PRICES}/{}", item.key)));
                }
            }
        }
        Some(Submission {
            id: self.parse(&object, SUBMITTED, ID)?,
            by: self.text(&object, BY).unwrap_or_default(),
            at: self.parse(&object, SUBMITTED, AT).unwrap_or_default(),
            device: self.parse(&object, SUBMITTED, DEVICE)?,
        })
    }

    fn server_facts(&mut self) -> ServerFacts {
        let Some(server) = self.map(&ROOT, SERVER) else { return ServerFacts::default() };
        let status = self.fact(&server, STATUS);
        let decision = self.fact(&server, DECISION);
        let mut facts = ServerFacts { status, decision, ..ServerFacts::default() };
        if let Some(orders) = self.map_if_any(&server, PURCHASE_ORDERS) {
            for number in self.keys(&orders, PURCHASE_ORDERS, LINES_READ) {
                facts.purchase_orders.extend(self.json(&orders, PURCHASE_ORDERS, &number));
            }
        }
        if let Some(progress) = self.map_if_any(&server, PROGRESS) {
            for number in self.keys(&progress, PROGRESS, LINES_READ) {
                // A newer server may know more states. This version shows none of them.
                let text = self.text(&progress, &number);
                let known = text.and_then(|text| serde_json::from_str(&text).ok());
                facts.progress.extend(known.map(|progress| (number, progress)));
            }
        }
        facts
    }

    /// A map that is there only once the server wrote into it.
    fn map_if_any(&self, object: &ObjId, key: &str) -> Option<ObjId> {
        match self.document.get(object, key) {
            Ok(Some((Value::Object(ObjType::Map), map))) => Some(map),
            _ => None,
        }
    }

    /// A fact that the server wrote; `None` when it wrote none.
    fn fact<T: DeserializeOwned>(&mut self, server: &ObjId, key: &str) -> Option<T> {
        self.text(server, key)?;
        self.json(server, SERVER, key)
    }
}
