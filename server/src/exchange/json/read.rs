//! Turns values into types. Every error is reported at its position, and reading continues after it
//! if possible.
//!
//! An element of a list that cannot be read is left out, and the next one is tried. So one run
//! reports the errors of all elements. A name that a type does not have is reported and skipped.
//! The typed value may be used only when there are no errors.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::StrDeserializer;
use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, Expected,
    MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::{Serialize, forward_to_deserialize_any};

use super::{Findings, Node, Path, Value, said_back};

/// Reads a value; `None` when there was an error.
#[must_use]
pub fn read<T: DeserializeOwned + Serialize>(
    root: &Node<'_>,
    findings: &Findings<'_>,
) -> Option<T> {
    let reader = Reader { node: root, path: &Path::Root, findings };
    match T::deserialize(reader) {
        Ok(value) => {
            if findings.is_empty() {
                said_back::check(root, &value, findings);
            }
            findings.is_empty().then_some(value)
        }
        Err(error) => {
            error.report(findings, root, &Path::Root);
            None
        }
    }
}

/// Why a value cannot be read. It has no position until it leaves the innermost value.
#[derive(Debug)]
struct ReadError {
    reason: String,
    place: Option<(usize, String)>,
}

impl ReadError {
    fn at(mut self, node: &Node<'_>, path: &Path<'_>) -> Self {
        self.place.get_or_insert_with(|| (node.offset, path.to_string()));
        self
    }

    fn report(self, findings: &Findings<'_>, node: &Node<'_>, path: &Path<'_>) {
        let Self { reason, place } = self.at(node, path);
        let (offset, path) = place.unwrap_or_default();
        findings.add_at(offset, path, reason);
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for ReadError {}

impl serde::de::Error for ReadError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { reason: message.to_string(), place: None }
    }

    fn missing_field(field: &'static str) -> Self {
        Self::custom(format_args!("the field {field:?} is missing"))
    }

    fn unknown_variant(variant: &str, known: &'static [&'static str]) -> Self {
        Self::custom(format_args!("{variant:?} is not a choice: write {}", choices(known)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        if let (Unexpected::Str(text), true) = (found, expected.to_string().contains("Decimal")) {
            return Self::custom(not_a_number(text));
        }
        let found = match found {
            Unexpected::Signed(number) => number.to_string(),
            Unexpected::Unsigned(number) => number.to_string(),
            Unexpected::Str(text) => format!("{text:?}"),
            other => other.to_string(),
        };
        Self::custom(format_args!("{found} is not {expected}"))
    }
}

/// The reason for a text that is not a decimal. A comma is the decimal sign of many countries.
fn not_a_number(text: &str) -> String {
    let meant = text.trim().replace(',', ".");
    let is_number = meant != text && meant.parse::<rust_decimal::Decimal>().is_ok();
    if is_number {
        format!("{text:?} is not a number: write it with a point, {meant:?}")
    } else {
        format!("{text:?} is not a number: write digits and a point, for example \"1.50\"")
    }
}

fn choices(known: &[&str]) -> String {
    known.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}

fn described(value: &Value<'_>) -> Cow<'static, str> {
    match value {
        Value::Null => "null".into(),
        Value::Bool(value) => value.to_string().into(),
        Value::Number(number) => format!("the number {number}").into(),
        Value::Text(text) => format!("the text {text:?}").into(),
        Value::List(_) => "a list".into(),
        Value::Object(_) => "an object".into(),
    }
}

/// A value while it becomes a type.
#[derive(Clone, Copy)]
struct Reader<'r> {
    node: &'r Node<'r>,
    path: &'r Path<'r>,
    findings: &'r Findings<'r>,
}

impl<'r> Reader<'r> {
    fn wrong<T>(self, expected: &str) -> Result<T, ReadError> {
        let found = described(&self.node.value);
        Err(ReadError::custom(format_args!("found {found}, but expected {expected}"))
            .at(self.node, self.path))
    }

    fn text<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.node.value {
            Value::Text(text) => {
                visitor.visit_str(text).map_err(|error: ReadError| error.at(self.node, self.path))
            }
            Value::Number(number) => Err(ReadError::custom(format_args!(
                "{number} is a number: write it in quotes, \"{number}\", so that no program that \
                 reads it rounds it"
            ))
            .at(self.node, self.path)),
            _ => self.wrong("text in quotes"),
        }
    }

    fn whole_number<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let read = match &self.node.value {
            Value::Number(number) => match (number.parse(), number.parse()) {
                (Ok(number), _) => visitor.visit_u64(number),
                (_, Ok(number)) => visitor.visit_i64(number),
                _ => return self.wrong("a whole number"),
            },
            _ => return self.wrong("a whole number without quotes"),
        };
        read.map_err(|error: ReadError| error.at(self.node, self.path))
    }
}

macro_rules! read_with {
    ($($with:ident: $($name:ident)*;)*) => {$($(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
            self.$with(visitor)
        }
    )*)*};
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = ReadError;

    read_with! {
        text: deserialize_str deserialize_string deserialize_char deserialize_identifier;
        whole_number: deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16
            deserialize_u32 deserialize_u64;
    }

    // The types of a file say what they expect. None of them leaves it to the file.
    forward_to_deserialize_any! { f32 f64 bytes byte_buf unit unit_struct ignored_any tuple_struct }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.wrong(&(&visitor as &dyn Expected).to_string())
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.node.value {
            Value::Bool(value) => visitor.visit_bool(*value),
            _ => self.wrong("true or false"),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.node.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let read: Result<_, ReadError> = visitor.visit_newtype_struct(self);
        read.map_err(|error| error.at(self.node, self.path))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.node.value {
            Value::List(nodes) => visitor
                .visit_seq(Elements { reader: self, nodes: nodes.iter().enumerate() })
                .map_err(|error| error.at(self.node, self.path)),
            _ => self.wrong("a list, [ … ]"),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.node.value {
            Value::Object(members) => visitor
                .visit_map(Members { reader: self, members: members.iter(), value: None })
                .map_err(|error| error.at(self.node, self.path)),
            _ => self.wrong("an object, { … }"),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let Value::Object(members) = &self.node.value else {
            return self.wrong("an object, { … }");
        };
        let is_known = |(name, _): &&(Cow<'_, str>, Node<'_>)| fields.contains(&name.as_ref());
        for (name, node) in members.iter().filter(|member| !is_known(member)) {
            let reason = format!("there is no such field here: the fields are {}", choices(fields));
            self.findings.add_at(node.offset, self.path.field(name).to_string(), reason);
        }
        visitor
            .visit_map(Members {
                reader: self,
                members: members.iter().filter(is_known),
                value: None,
            })
            .map_err(|error| error.at(self.node, self.path))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let choice = match &self.node.value {
            Value::Text(name) => Choice { name, value: None, reader: self },
            Value::Object(members) if members.len() == 1 => {
                Choice { name: &members[0].0, value: Some(&members[0].1), reader: self }
            }
            _ => return self.wrong(&format!("a choice ({})", choices(variants))),
        };
        visitor.visit_enum(choice).map_err(|error| error.at(self.node, self.path))
    }
}

/// The elements of a list.
struct Elements<'r, I> {
    reader: Reader<'r>,
    nodes: I,
}

impl<'de, 'r, I: Iterator<Item = (usize, &'r Node<'r>)>> SeqAccess<'de> for Elements<'r, I> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ReadError> {
        let Some((place, node)) = self.nodes.next() else { return Ok(None) };
        let path = self.reader.path.place(place);
        let read = seed.deserialize(Reader { node, path: &path, findings: self.reader.findings });
        read.map(Some).map_err(|error: ReadError| error.at(node, &path))
    }

    /// The next element that can be read, as a `Vec` needs it.
    fn next_element<T: Deserialize<'de>>(&mut self) -> Result<Option<T>, ReadError> {
        loop {
            match self.next_element_seed(PhantomData) {
                Ok(element) => return Ok(element),
                Err(error) => {
                    error.report(self.reader.findings, self.reader.node, self.reader.path)
                }
            }
        }
    }
}

/// The members of an object.
struct Members<'r, I> {
    reader: Reader<'r>,
    members: I,
    value: Option<&'r (Cow<'r, str>, Node<'r>)>,
}

impl<'de, 'r, I: Iterator<Item = &'r (Cow<'r, str>, Node<'r>)>> MapAccess<'de> for Members<'r, I> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ReadError> {
        self.value = self.members.next();
        let Some((name, node)) = self.value else { return Ok(None) };
        let read = seed.deserialize(StrDeserializer::new(name));
        read.map(Some).map_err(|error: ReadError| error.at(node, &self.reader.path.field(name)))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        let Some((name, node)) = self.value else {
            return Err(ReadError::custom("there is no value"));
        };
        let path = self.reader.path.field(name);
        let read = seed.deserialize(Reader { node, path: &path, findings: self.reader.findings });
        read.map_err(|error: ReadError| error.at(node, &path))
    }

    /// The next entry that can be read, as a map needs it.
    fn next_entry<K: Deserialize<'de>, V: Deserialize<'de>>(
        &mut self,
    ) -> Result<Option<(K, V)>, ReadError> {
        loop {
            let entry = match self.next_key() {
                Ok(None) => return Ok(None),
                Ok(Some(key)) => self.next_value().map(|value| (key, value)),
                Err(error) => Err(error),
            };
            match entry {
                Ok(entry) => return Ok(Some(entry)),
                Err(error) => {
                    error.report(self.reader.findings, self.reader.node, self.reader.path)
                }
            }
        }
    }
}

/// A choice by its name, with its value if it has one: `"manual"`, `{"email":
/// "orders@example.org"}`.
struct Choice<'r> {
    name: &'r str,
    value: Option<&'r Node<'r>>,
    reader: Reader<'r>,
}

impl<'r> Choice<'r> {
    fn with_value<T>(
        &self,
        read: impl FnOnce(Reader<'_>) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        match self.value {
            Some(node) => {
                let path = self.reader.path.field(self.name);
                read(Reader { node, path: &path, findings: self.reader.findings })
                    .map_err(|error| error.at(node, &path))
            }
            None => {
                let name = self.name;
                Err(ReadError::custom(format_args!(
                    "the choice {name:?} needs a value: write {{{name:?}: …}}"
                )))
            }
        }
    }
}

impl<'de, 'r> EnumAccess<'de> for Choice<'r> {
    type Error = ReadError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), ReadError> {
        Ok((seed.deserialize(StrDeserializer::new(self.name))?, self))
    }
}

impl<'de> VariantAccess<'de> for Choice<'_> {
    type Error = ReadError;

    fn unit_variant(self) -> Result<(), ReadError> {
        match self.value {
            None => Ok(()),
            Some(_) => {
                let name = self.name;
                Err(ReadError::custom(format_args!(
                    "the choice {name:?} takes no value: write {name:?} alone"
                )))
            }
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, ReadError> {
        self.with_value(|reader| seed.deserialize(reader))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ReadError> {
        self.with_value(|reader| reader.deserialize_seq(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.with_value(|reader| reader.deserialize_struct("", fields, visitor))
    }
}
