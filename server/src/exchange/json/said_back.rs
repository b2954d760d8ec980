//! Checks that a value is stored as it was written: a number of 40 digits would be rounded, and
//! `BX` would become `XBX`.
//!
//! It walks through the typed value and its node at the same time, so that the comparison builds
//! nothing.

use std::fmt;

use serde::ser::{
    Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple, Serializer,
};

use super::{Findings, Node, Path, Value};

/// Finds every value that differs from the node from which it was read.
pub(super) fn check<T: Serialize>(node: &Node<'_>, value: &T, findings: &Findings<'_>) {
    // A value that cannot be written back is refused at its position.
    value.serialize(Beside { node, path: &Path::Root, findings }).ok();
}

/// A value that JSON cannot express.
#[derive(Debug)]
struct NotJson(String);

impl fmt::Display for NotJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotJson {}

impl serde::ser::Error for NotJson {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// Whether a value is absent, so that a field with it is not written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    Nothing,
    Something,
}

/// A value with its node.
#[derive(Clone, Copy)]
struct Beside<'b> {
    node: &'b Node<'b>,
    path: &'b Path<'b>,
    findings: &'b Findings<'b>,
}

impl<'b> Beside<'b> {
    fn compare(self, is_same: bool, kept: &dyn Fn() -> String) -> Result<Kept, NotJson> {
        let written = match &self.node.value {
            Value::Text(text) => serde_json::Value::from(&**text).to_string(),
            Value::Number(number) => (*number).to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Null | Value::List(_) | Value::Object(_) => return Ok(Kept::Something),
        };
        if !is_same && written != kept() {
            let reason = format!("{written} would be stored as {}: write it in that form", kept());
            self.findings.add_at(self.node.offset, self.path.to_string(), reason);
        }
        Ok(Kept::Something)
    }

    fn number(self, number: impl fmt::Display) -> Result<Kept, NotJson> {
        self.compare(false, &|| number.to_string())
    }

    fn member<T: Serialize + ?Sized>(self, name: &str, value: &T) -> Result<Kept, NotJson> {
        let Some(node) = self.node.member(name) else { return Ok(Kept::Nothing) };
        value.serialize(Beside { node, path: &self.path.field(name), findings: self.findings })
    }

    fn parts(self) -> Parts<'b> {
        Parts { beside: self, place: 0, kept: Vec::new(), key: String::new() }
    }
}

macro_rules! numbers {
    ($($name:ident: $kind:ty,)*) => {$(
        fn $name(self, value: $kind) -> Result<Kept, NotJson> {
            self.number(value)
        }
    )*};
}

impl<'b> Serializer for Beside<'b> {
    type Ok = Kept;
    type Error = NotJson;
    type SerializeSeq = Parts<'b>;
    type SerializeTuple = Parts<'b>;
    type SerializeTupleStruct = Impossible<Kept, NotJson>;
    type SerializeTupleVariant = Impossible<Kept, NotJson>;
    type SerializeMap = Parts<'b>;
    type SerializeStruct = Parts<'b>;
    type SerializeStructVariant = Impossible<Kept, NotJson>;

    numbers! {
        serialize_bool: bool,
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
        serialize_f32: f32,
        serialize_f64: f64,
    }

    fn serialize_char(self, value: char) -> Result<Kept, NotJson> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, kept: &str) -> Result<Kept, NotJson> {
        let is_same = matches!(&self.node.value, Value::Text(text) if text == kept);
        self.compare(is_same, &|| serde_json::Value::from(kept).to_string())
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Kept, NotJson> {
        Err(NotJson("bytes cannot be written in this file".to_owned()))
    }

    fn serialize_none(self) -> Result<Kept, NotJson> {
        Ok(Kept::Nothing)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Kept, NotJson> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Kept, NotJson> {
        Ok(Kept::Nothing)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Kept, NotJson> {
        Ok(Kept::Nothing)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
    ) -> Result<Kept, NotJson> {
        self.serialize_str(name)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Kept, NotJson> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<Kept, NotJson> {
        let mut parts = self.parts();
        parts.member(name, value)?;
        parts.finish()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'b>, NotJson> {
        Ok(self.parts())
    }

    fn serialize_tuple(self, _: usize) -> Result<Parts<'b>, NotJson> {
        Ok(self.parts())
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, NotJson> {
        Err(NotJson(format!("{name} has no names for its parts")))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, NotJson> {
        Err(NotJson(format!("{name} has no names for its parts")))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Parts<'b>, NotJson> {
        Ok(self.parts())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parts<'b>, NotJson> {
        Ok(self.parts())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, NotJson> {
        Err(NotJson(format!("the choice {name} has several parts: give it one value")))
    }
}

/// The elements of a list, or the members of an object.
struct Parts<'b> {
    beside: Beside<'b>,
    /// In a list: the index of the next element.
    place: usize,
    /// In an object: the indexes of the members that are stored under their name.
    kept: Vec<usize>,
    /// In a map: the name of the next value.
    key: String,
}

impl Parts<'_> {
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotJson> {
        let Beside { node, path, findings } = self.beside;
        if let Value::List(nodes) = &node.value
            && let Some(node) = nodes.get(self.place)
        {
            value.serialize(Beside { node, path: &path.place(self.place), findings })?;
        }
        self.place += 1;
        Ok(())
    }

    fn member<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), NotJson> {
        if self.beside.member(name, value)? == Kept::Something
            && let Value::Object(members) = &self.beside.node.value
        {
            self.kept.extend(members.iter().position(|(key, _)| key == name));
        }
        Ok(())
    }

    /// Finds the names in the file that are stored in another form, or not at all.
    fn finish(self) -> Result<Kept, NotJson> {
        let Beside { node, path, findings } = self.beside;
        if let Value::Object(members) = &node.value {
            for (place, (name, node)) in members.iter().enumerate() {
                if !self.kept.contains(&place) && node.value != Value::Null {
                    let reason = "this name would be stored in another form: write it in that form"
                        .to_owned();
                    findings.add_at(node.offset, path.field(name).to_string(), reason);
                }
            }
        }
        Ok(Kept::Something)
    }
}

impl SerializeSeq for Parts<'_> {
    type Ok = Kept;
    type Error = NotJson;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotJson> {
        self.element(value)
    }

    fn end(self) -> Result<Kept, NotJson> {
        Ok(Kept::Something)
    }
}

impl SerializeTuple for Parts<'_> {
    type Ok = Kept;
    type Error = NotJson;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotJson> {
        self.element(value)
    }

    fn end(self) -> Result<Kept, NotJson> {
        Ok(Kept::Something)
    }
}

impl SerializeStruct for Parts<'_> {
    type Ok = Kept;
    type Error = NotJson;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), NotJson> {
        self.member(name, value)
    }

    fn end(self) -> Result<Kept, NotJson> {
        self.finish()
    }
}

impl SerializeMap for Parts<'_> {
    type Ok = Kept;
    type Error = NotJson;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), NotJson> {
        match serde_json::to_value(key) {
            Ok(serde_json::Value::String(name)) => self.key = name,
            _ => return Err(NotJson("the key of a map is not text".to_owned())),
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotJson> {
        let key = std::mem::take(&mut self.key);
        self.member(&key, value)
    }

    fn end(self) -> Result<Kept, NotJson> {
        self.finish()
    }
}
