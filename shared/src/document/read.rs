//! From a document to the state of its order. Bounded, without recursion, and never an error: what cannot be read is left
//! out and named as an [`Anomaly`].

use std::collections::BTreeMap;
use std::str::FromStr;

use automerge::{Automerge, ObjId, ObjType, ROOT, ReadDoc, ScalarValueRef, Value, ValueRef};
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;

use super::ChangeNote;
use super::schema::{
    ADDED_AT, ADDED_BY, AT, BY, CREATED_AT, CREATED_BY, DECISION, DEVICE, HEADER, ID, ITEM, LINES, NOTE, PINS,
    PURCHASE_ORDERS, QUANTITY, SERVER, SITE, STATUS, SUBMITTED, UNIT,
};
use crate::ids::{DocumentId, OrderLineId};
use crate::limits::{CONCURRENT_VALUES, ORDER_LINES};
use crate::order::decide::check_quantity;
use crate::order::{Concurrent, OrderLine, OrderState, Pin, Register, ServerFacts, Submission};
use crate::unit::Unit;

/// Lines that are read: two tablets may each have filled the same draft before they met.
const LINES_READ: usize = 2 * ORDER_LINES;

/// Something in a document that is not as an honest tablet writes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Anomaly {
    /// A value is missing.
    #[error("{0} is missing")]
    Missing(String),
    /// A value is not what its place asks for.
    #[error("{0} cannot be read")]
    Unreadable(String),
    /// Tablets submitted the order concurrently; one of the submissions counts.
    #[error("the order was submitted {0} times at once")]
    ConcurrentSubmissions(usize),
    /// More than is read.
    #[error("{0} holds more than is read")]
    TooMany(String),
}

/// The state of the order in a document, and what looked odd; `None` while the document holds no order.
#[must_use]
pub fn read(id: DocumentId, document: &Automerge) -> (Option<OrderState>, Vec<Anomaly>) {
    let mut reader = Reader { document, anomalies: Vec::new() };
    let state = reader.order(id);
    (state, reader.anomalies)
}

/// Reads one line again after an intent touched nothing else: a whole order of 1,000 lines takes 20 ms, which a person who
/// types quantities would feel.
pub(crate) fn read_line_again(document: &Automerge, order: &mut OrderState, id: &OrderLineId) {
    let mut reader = Reader { document, anomalies: Vec::new() };
    let object = reader.map(&ROOT, LINES).and_then(|lines| reader.map(&lines, id.as_str()));
    if let Some(mut line) = object.and_then(|object| reader.line(&object, LINES)) {
        line.pin = order.lines.remove(id).and_then(|before| before.pin);
        order.lines.insert(id.clone(), line);
    }
}

/// A text of a map.
struct Text {
    value: String,
    /// Whether others wrote something else at the same time.
    is_contested: bool,
}

struct Reader<'d> {
    document: &'d Automerge,
    anomalies: Vec<Anomaly>,
}

impl Reader<'_> {
    fn order(&mut self, id: DocumentId) -> Option<OrderState> {
        let header = self.map(&ROOT, HEADER)?;
        // A document that was only begun (the genesis change alone) is no anomaly.
        self.document.get(&header, SITE).ok()??;
        let site = self.parse(&header, HEADER, SITE)?;
        let created_by = self.text(&header, CREATED_BY).unwrap_or_default();
        let created_at = self.parse(&header, HEADER, CREATED_AT).unwrap_or_default();
        let mut lines = self.lines();
        let submitted = self.submission(&mut lines);
        Some(OrderState {
            document: id,
            site,
            created_by,
            created_at,
            lines,
            note: self.note(),
            submitted,
            server: self.server_facts(),
        })
    }

    fn lines(&mut self) -> BTreeMap<OrderLineId, OrderLine> {
        let Some(lines) = self.map(&ROOT, LINES) else { return BTreeMap::new() };
        let objects: Vec<(String, Option<ObjId>)> = self
            .document
            .map_range(&lines, ..)
            .take(LINES_READ + 1)
            .map(|item| {
                let is_map = matches!(item.value, ValueRef::Object(ObjType::Map));
                (item.key.to_string(), is_map.then(|| item.id()))
            })
            .collect();
        if objects.len() > LINES_READ {
            self.anomalies.push(Anomaly::TooMany(LINES.to_owned()));
        }
        let mut read = BTreeMap::new();
        for (key, object) in objects.into_iter().take(LINES_READ) {
            let path = format!("{LINES}/{key}");
            let line = OrderLineId::parse(key.as_str()).ok().zip(object);
            match line.and_then(|(id, object)| Some((id, self.line(&object, &path)?))) {
                Some((id, line)) => {
                    read.insert(id, line);
                }
                None => self.anomalies.push(Anomaly::Unreadable(path)),
            }
        }
        read
    }

    fn line(&mut self, object: &ObjId, path: &str) -> Option<OrderLine> {
        let texts = self.texts(object);
        let text = |key: &str| texts.get(key).map(|text| text.value.as_str());
        let unit = match text(UNIT) {
            Some(code) => Some(Unit::parse(code).ok()?),
            None => None,
        };
        let quantity = match texts.get(QUANTITY) {
            Some(text) if !text.is_contested => parse_quantity(&text.value).map(Register::settled),
            _ => None,
        };
        let quantity = quantity.or_else(|| self.register(object, path, QUANTITY, parse_quantity));
        Some(OrderLine {
            item: self.parse_text(text(ITEM), path, ITEM)?,
            quantity: quantity?,
            unit,
            added_by: text(ADDED_BY).unwrap_or_default().to_owned(),
            added_at: self.parse_text(text(ADDED_AT), path, ADDED_AT).unwrap_or_default(),
            pin: None,
        })
    }

    /// The texts of a map by key, in one pass: a look-up of each key would seek it in the whole document.
    fn texts(&self, object: &ObjId) -> BTreeMap<String, Text> {
        let texts = self.document.map_range(object, ..).filter_map(|item| match item.value {
            ValueRef::Scalar(ScalarValueRef::Str(value)) => {
                Some((item.key.into_owned(), Text { value: value.into_owned(), is_contested: item.conflict }))
            }
            _ => None,
        });
        texts.collect()
    }

    fn note(&mut self) -> Register<String> {
        match self.document.get(ROOT, NOTE) {
            Ok(Some(_)) => self.register(&ROOT, "", NOTE, |text| Some(text.to_owned())).unwrap_or_default(),
            _ => Register::default(),
        }
    }

    /// The submission that counts; its pins go to the lines.
    fn submission(&mut self, lines: &mut BTreeMap<OrderLineId, OrderLine>) -> Option<Submission> {
        let concurrent = self.document.get_all(ROOT, SUBMITTED).map_or(0, |all| all.len());
        if concurrent == 0 {
            return None;
        }
        if concurrent > 1 {
            self.anomalies.push(Anomaly::ConcurrentSubmissions(concurrent));
        }
        let object = self.map(&ROOT, SUBMITTED)?;
        if let Some(pins) = self.map(&object, PINS) {
            for item in self.document.map_range(&pins, ..) {
                let line = OrderLineId::parse(&*item.key).ok().and_then(|id| lines.get_mut(&id));
                let Some(line) = line else { continue };
                line.pin = match item.value {
                    ValueRef::Scalar(ScalarValueRef::Str(json)) => serde_json::from_str::<Pin>(&json).ok(),
                    _ => None,
                };
                if line.pin.is_none() {
                    self.anomalies.push(Anomaly::Unreadable(format!("{PINS}/{}", item.key)));
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
        let mut facts = ServerFacts { status, purchase_orders: Vec::new(), decision };
        if let Ok(Some((Value::Object(ObjType::Map), orders))) = self.document.get(&server, PURCHASE_ORDERS) {
            for number in self.keys(&orders, PURCHASE_ORDERS) {
                facts.purchase_orders.extend(self.json(&orders, PURCHASE_ORDERS, &number));
            }
        }
        facts
    }

    /// A fact that the server wrote, where it wrote one.
    fn fact<T: DeserializeOwned>(&mut self, server: &ObjId, key: &str) -> Option<T> {
        self.text(server, key)?;
        self.json(server, SERVER, key)
    }

    /// All values of a register. Equal ones agree; of differing ones all are shown, oldest first.
    fn register<T: Clone + PartialEq>(
        &mut self,
        object: &ObjId,
        path: &str,
        key: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<Register<T>> {
        let all = self.document.get_all(object, key).unwrap_or_default();
        if all.len() > CONCURRENT_VALUES {
            self.anomalies.push(Anomaly::TooMany(format!("{path}/{key}")));
        }
        let mut values = Vec::new();
        // The last is the one that Automerge picks on every replica.
        for (value, written_by) in all.into_iter().rev().take(CONCURRENT_VALUES) {
            match value.as_str().and_then(&parse) {
                Some(value) => values.push((value, written_by)),
                None => self.anomalies.push(Anomaly::Unreadable(format!("{path}/{key}"))),
            }
        }
        let value = values.first()?.0.clone();
        if values.iter().all(|(other, _)| *other == value) {
            return Some(Register::settled(value));
        }
        // Who and when is looked up in the history only for those that people must choose among.
        let mut conflicts: Vec<_> =
            values.into_iter().map(|(value, written_by)| self.concurrent(value, &written_by)).collect();
        conflicts.sort_by(|a, b| (a.at, &a.by).cmp(&(b.at, &b.by)));
        Some(Register { value, conflicts })
    }

    /// A value with what the change that wrote it says of itself.
    fn concurrent<T>(&self, value: T, operation: &ObjId) -> Concurrent<T> {
        let change = self.document.hash_for_opid(operation);
        let meta = change.and_then(|hash| self.document.get_change_meta_by_hash(&hash));
        let (at, message) = meta.map_or((0, None), |meta| (meta.timestamp, meta.message));
        let note = message.and_then(|message| serde_json::from_str::<ChangeNote>(&message).ok());
        Concurrent { value, by: note.map(|note| note.by).unwrap_or_default(), at }
    }

    fn keys(&mut self, object: &ObjId, path: &str) -> Vec<String> {
        let mut keys: Vec<String> = self.document.keys(object).take(LINES_READ + 1).collect();
        if keys.len() > LINES_READ {
            keys.pop();
            self.anomalies.push(Anomaly::TooMany(path.to_owned()));
        }
        keys
    }

    fn map(&mut self, object: &ObjId, key: &str) -> Option<ObjId> {
        match self.document.get(object, key) {
            Ok(Some((Value::Object(ObjType::Map), map))) => Some(map),
            Ok(Some(_)) => self.note_anomaly(Anomaly::Unreadable(key.to_owned())),
            _ => self.note_anomaly(Anomaly::Missing(key.to_owned())),
        }
    }

    fn text(&self, object: &ObjId, key: &str) -> Option<String> {
        let (value, _) = self.document.get(object, key).ok()??;
        value.as_str().map(str::to_owned)
    }

    fn parse<T: FromStr>(&mut self, object: &ObjId, path: &str, key: &str) -> Option<T> {
        self.parse_text(self.text(object, key).as_deref(), path, key)
    }

    fn parse_text<T: FromStr>(&mut self, text: Option<&str>, path: &str, key: &str) -> Option<T> {
        match text.map(str::parse) {
            Some(Ok(value)) => Some(value),
            Some(Err(_)) => self.note_anomaly(Anomaly::Unreadable(format!("{path}/{key}"))),
            None => self.note_anomaly(Anomaly::Missing(format!("{path}/{key}"))),
        }
    }

    fn json<T: DeserializeOwned>(&mut self, object: &ObjId, path: &str, key: &str) -> Option<T> {
        match self.text(object, key).and_then(|text| serde_json::from_str(&text).ok()) {
            Some(value) => Some(value),
            None => self.note_anomaly(Anomaly::Unreadable(format!("{path}/{key}"))),
        }
    }

    fn note_anomaly<T>(&mut self, anomaly: Anomaly) -> Option<T> {
        self.anomalies.push(anomaly);
        None
    }
}

/// One way to write each quantity: `1e3` and `1000.0` are read nowhere, so that equal values are equal texts.
fn parse_quantity(text: &str) -> Option<Decimal> {
    let quantity: Decimal = text.parse().ok()?;
    (check_quantity(quantity).is_ok() && quantity.normalize().to_string() == text).then_some(quantity)
}
