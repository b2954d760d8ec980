//! Reads a document into a state. The work is bounded, without recursion, and never fails. A value
//! that cannot be read is left out and reported as an [`Anomaly`].

use std::collections::BTreeMap;
use std::str::FromStr;

use automerge::{Automerge, ObjId, ObjType, ROOT, ReadDoc, ScalarValueRef, Value, ValueRef};
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;

use super::schema::Schema;
use super::{ChangeNote, DocumentState};
use crate::ids::DocumentId;
use crate::limits::CONCURRENT_VALUES;
use crate::order::decide::is_quantity;
use crate::register::{Concurrent, Register};

/// Something in a document that an honest tablet does not write.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Anomaly {
    /// A value is missing.
    #[error("{0} is missing")]
    Missing(String),
    /// A value is not valid for its key.
    #[error("{0} cannot be read")]
    Unreadable(String),
    /// Several tablets submitted the order at the same time. Only one of the submissions counts.
    #[error("the order was submitted {0} times at once")]
    ConcurrentSubmissions(usize),
    /// There are more entries than are read.
    #[error("{0} holds more than is read")]
    TooMany(String),
}

/// The state in a document, and its anomalies. `None` while nobody wrote to the document, if its
/// kind then has no state.
pub type Read = (Option<DocumentState>, Vec<Anomaly>);

/// Reads a document of any kind and schema.
#[must_use]
pub fn read(id: DocumentId, document: &Automerge) -> Read {
    match Schema::of(document) {
        Ok(schema) => (schema.read)(id, document),
        Err(error) => (None, vec![Anomaly::Unreadable(error.to_string())]),
    }
}

/// A text in a map.
pub(super) struct Text {
    pub(super) value: String,
    /// Whether other tablets wrote another text at the same time.
    pub(super) is_contested: bool,
}

/// Reads the parts of one document, and collects the anomalies.
pub(super) struct Reader<'d> {
    pub(super) document: &'d Automerge,
    pub(super) anomalies: Vec<Anomaly>,
}

impl<'d> Reader<'d> {
    pub(super) fn of(document: &'d Automerge) -> Self {
        Self { document, anomalies: Vec::new() }
    }

    /// The maps in a map, by key, at most `limit`. `None` for a key whose value is not a map.
    pub(super) fn maps(
        &mut self,
        object: &ObjId,
        path: &str,
        limit: usize,
    ) -> Vec<(String, Option<ObjId>)> {
        let items = self.document.map_range(object, ..).take(limit + 1).map(|item| {
            let is_map = matches!(item.value, ValueRef::Object(ObjType::Map));
            (item.key.to_string(), is_map.then(|| item.id()))
        });
        let mut maps: Vec<_> = items.collect();
        if maps.len() > limit {
            maps.pop();
            self.anomalies.push(Anomaly::TooMany(path.to_owned()));
        }
        maps
    }

    /// The maps in the root's map at `path`. `one` reads each map. Keys that are not valid
    /// identifiers are left out.
    pub(super) fn collection<I: FromStr + Ord, T>(
        &mut self,
        path: &str,
        limit: usize,
        one: impl Fn(&mut Self, &ObjId, &str) -> Option<T>,
    ) -> BTreeMap<I, T> {
        let mut read = BTreeMap::new();
        let Some(container) = self.map(&ROOT, path) else { return read };
        for (key, object) in self.maps(&container, path, limit) {
            let path = format!("{path}/{key}");
            match key.parse().ok().zip(object.and_then(|object| one(self, &object, &path))) {
                Some((id, value)) => {
                    read.insert(id, value);
                }
                None => self.anomalies.push(Anomaly::Unreadable(path)),
            }
        }
        read
    }

    /// All texts of a map by key, read in one pass. A look-up of each key would search the whole
    /// document.
    pub(super) fn texts(&self, object: &ObjId) -> BTreeMap<String, Text> {
        let texts = self.document.map_range(object, ..).filter_map(|item| match item.value {
            ValueRef::Scalar(ScalarValueRef::Str(value)) => Some((
                item.key.into_owned(),
                Text { value: value.into_owned(), is_contested: item.conflict },
            )),
            _ => None,
        });
        texts.collect()
    }

    /// Reads a register whose text is already known. It reads all values only when other tablets
    /// wrote another one.
    pub(super) fn register_of<T: Clone + PartialEq>(
        &mut self,
        texts: &BTreeMap<String, Text>,
        (object, path, key): (&ObjId, &str, &str),
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<Register<T>> {
        let settled =
            texts.get(key).filter(|text| !text.is_contested).and_then(|text| parse(&text.value));
        settled.map(Register::settled).or_else(|| self.register(object, path, key, parse))
    }

    /// Reads all values of a register. Equal values count as one. Different values are a conflict,
    /// the oldest first.
    pub(super) fn register<T: Clone + PartialEq>(
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
        // The last value is the one that Automerge shows on every replica.
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
        // The author and the time are looked up in the history only when a person must choose.
        let mut conflicts: Vec<_> = values
            .into_iter()
            .map(|(value, written_by)| self.concurrent(value, &written_by))
            .collect();
        conflicts.sort_by(|a, b| (a.at, &a.by).cmp(&(b.at, &b.by)));
        Some(Register { value, conflicts })
    }

    /// A value with the author and the time of the change that wrote it.
    pub(super) fn concurrent<T>(&self, value: T, operation: &ObjId) -> Concurrent<T> {
        let change = self.document.hash_for_opid(operation);
        let meta = change.and_then(|hash| self.document.get_change_meta_by_hash(&hash));
        let (at, message) = meta.map_or((0, None), |meta| (meta.timestamp, meta.message));
        let note = message.and_then(|message| serde_json::from_str::<ChangeNote>(&message).ok());
        Concurrent { value, by: note.map(|note| note.by).unwrap_or_default(), at }
    }

    /// The keys of a map, at most `limit`.
    pub(super) fn keys(&mut self, object: &ObjId, path: &str, limit: usize) -> Vec<String> {
        let mut keys: Vec<String> = self.document.keys(object).take(limit + 1).collect();
        if keys.len() > limit {
            keys.pop();
            self.anomalies.push(Anomaly::TooMany(path.to_owned()));
        }
        keys
    }

    pub(super) fn map(&mut self, object: &ObjId, key: &str) -> Option<ObjId> {
        match self.document.get(object, key) {
            Ok(Some((Value::Object(ObjType::Map), map))) => Some(map),
            Ok(Some(_)) => self.note_anomaly(Anomaly::Unreadable(key.to_owned())),
            _ => self.note_anomaly(Anomaly::Missing(key.to_owned())),
        }
    }

    pub(super) fn text(&self, object: &ObjId, key: &str) -> Option<String> {
        let (value, _) = self.document.get(object, key).ok()??;
        value.as_str().map(str::to_owned)
    }

    pub(super) fn parse<T: FromStr>(&mut self, object: &ObjId, path: &str, key: &str) -> Option<T> {
        self.parse_text(self.text(object, key).as_deref(), path, key)
    }

    pub(super) fn parse_text<T: FromStr>(
        &mut self,
        text: Option<&str>,
        path: &str,
        key: &str,
    ) -> Option<T> {
        match text.map(str::parse) {
            Some(Ok(value)) => Some(value),
            Some(Err(_)) => self.note_anomaly(Anomaly::Unreadable(format!("{path}/{key}"))),
            None => self.note_anomaly(Anomaly::Missing(format!("{path}/{key}"))),
        }
    }

    pub(super) fn json<T: DeserializeOwned>(
        &mut self,
        object: &ObjId,
        path: &str,
        key: &str,
    ) -> Option<T> {
        match self.text(object, key).and_then(|text| serde_json::from_str(&text).ok()) {
            Some(value) => Some(value),
            None => self.note_anomaly(Anomaly::Unreadable(format!("{path}/{key}"))),
        }
    }

    pub(super) fn note_anomaly<T>(&mut self, anomaly: Anomaly) -> Option<T> {
        self.anomalies.push(anomaly);
        None
    }
}

/// Each quantity has one spelling: `1e3` and `1000.0` are not read. So equal values are equal
/// texts.
pub(super) fn parse_quantity(text: &str) -> Option<Decimal> {
    let quantity: Decimal = text.parse().ok()?;
    (is_quantity(quantity) && quantity.normalize().to_string() == text).then_some(quantity)
}
