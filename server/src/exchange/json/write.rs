//! From types to text: the same bytes for the same value.

use std::fmt::{self, Write as _};

use serde::ser::{
    Error as _, Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple, Serializer,
};

/// The columns that a list or an object may fill to stand on one line.
const WIDTH: usize = 120;

/// Writes a value.
///
/// # Errors
/// A value that JSON cannot hold.
pub fn write(value: &impl Serialize) -> Result<String, WriteError> {
    let mut text = String::new();
    Written::of(value)?.print(&mut text, 0, 0).map_err(WriteError::custom)?;
    text.push('\n');
    Ok(text)
}

/// Why a value cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("a value cannot be written as JSON: {0}")]
pub struct WriteError(String);

impl serde::ser::Error for WriteError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// A value as it is written. A field that holds nothing is not written at all; in a map, null is a value like others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// Nothing.
    Null,
    /// A text, a number, true or false, as JSON.
    Scalar(String),
    /// A list.
    List(Vec<Written>),
    /// An object, its members in the order in which they are written.
    Object(Vec<(String, Written)>),
}

impl Written {
    /// The written form of a value.
    ///
    /// # Errors
    /// A value that JSON cannot hold.
    pub fn of(value: &(impl Serialize + ?Sized)) -> Result<Self, WriteError> {
        value.serialize(ToWritten)
    }

    fn print(&self, text: &mut String, indent: usize, column: usize) -> fmt::Result {
        let line = self.to_string();
        if column + line.chars().count() < WIDTH {
            return text.write_str(&line);
        }
        match self {
            Self::List(values) if !values.is_empty() => {
                text.push('[');
                for (at, value) in values.iter().enumerate() {
                    begin_line(text, at, indent + 2);
                    value.print(text, indent + 2, indent + 2)?;
                }
                begin_line(text, 0, indent);
                text.push(']');
            }
            Self::Object(members) if !members.is_empty() => {
                text.push('{');
                for (at, (name, value)) in members.iter().enumerate() {
                    begin_line(text, at, indent + 2);
                    write!(text, "{}: ", quoted(name))?;
                    value.print(text, indent + 2, indent + 4 + name.chars().count() + 2)?;
                }
                begin_line(text, 0, indent);
                text.push('}');
            }
            _ => text.push_str(&line),
        }
        Ok(())
    }
}

fn begin_line(text: &mut String, at: usize, indent: usize) {
    text.push_str(if at > 0 { ",\n" } else { "\n" });
    text.extend(std::iter::repeat_n(' ', indent));
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// On one line.
impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Scalar(scalar) => f.write_str(scalar),
            Self::List(values) => {
                f.write_str("[")?;
                for (at, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if at > 0 { ", " } else { "" })?;
                }
                f.write_str("]")
            }
            Self::Object(members) => {
                f.write_str("{")?;
                for (at, (name, value)) in members.iter().enumerate() {
                    write!(f, "{}{}: {value}", if at > 0 { ", " } else { "" }, quoted(name))?;
                }
                f.write_str("}")
            }
        }
    }
}

struct ToWritten;

macro_rules! scalars {
    ($($name:ident: $kind:ty,)*) => {$(
        fn $name(self, value: $kind) -> Result<Written, WriteError> {
            serde_json::to_string(&value).map(Written::Scalar).map_err(WriteError::custom)
        }
    )*};
}

impl Serializer for ToWritten {
    type Ok = Written;
    type Error = WriteError;
    type SerializeSeq = List;
    type SerializeTuple = List;
    type SerializeTupleStruct = Impossible<Written, WriteError>;
    type SerializeTupleVariant = Impossible<Written, WriteError>;
    type SerializeMap = Object;
    type SerializeStruct = Object;
    type SerializeStructVariant = Object;

    scalars! {
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
        serialize_char: char,
        serialize_str: &str,
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Written, WriteError> {
        Err(WriteError("bytes have no form in this file".to_owned()))
    }

    fn serialize_none(self) -> Result<Written, WriteError> {
        Ok(Written::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Written, WriteError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Written, WriteError> {
        Ok(Written::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Written, WriteError> {
        Ok(Written::Null)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Result<Written, WriteError> {
        self.serialize_str(name)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Written, WriteError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<Written, WriteError> {
        Ok(Written::Object(vec![(name.to_owned(), value.serialize(self)?)]))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<List, WriteError> {
        Ok(List(Vec::with_capacity(length.unwrap_or(0))))
    }

    fn serialize_tuple(self, length: usize) -> Result<List, WriteError> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, name: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, WriteError> {
        Err(WriteError(format!("{name} has no names for its parts")))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, WriteError> {
        Err(WriteError(format!("{name} has no names for its parts")))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Object, WriteError> {
        Ok(Object::default())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Object, WriteError> {
        Ok(Object::default())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Object, WriteError> {
        Ok(Object { variant: Some(name), ..Object::default() })
    }
}

struct List(Vec<Written>);

impl SerializeSeq for List {
    type Ok = Written;
    type Error = WriteError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
        self.0.push(Written::of(value)?);
        Ok(())
    }

    fn end(self) -> Result<Written, WriteError> {
        Ok(Written::List(self.0))
    }
}

impl SerializeTuple for List {
    type Ok = Written;
    type Error = WriteError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<Written, WriteError> {
        SerializeSeq::end(self)
    }
}

#[derive(Default)]
struct Object {
    /// For a choice with named parts: its name.
    variant: Option<&'static str>,
    members: Vec<(String, Written)>,
}

impl Object {
    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), WriteError> {
        match Written::of(value)? {
            Written::Null => {}
            written => self.members.push((name.to_owned(), written)),
        }
        Ok(())
    }

    fn finish(self) -> Written {
        let object = Written::Object(self.members);
        match self.variant {
            Some(name) => Written::Object(vec![(name.to_owned(), object)]),
            None => object,
        }
    }
}

impl SerializeStruct for Object {
    type Ok = Written;
    type Error = WriteError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), WriteError> {
        self.field(name, value)
    }

    fn end(self) -> Result<Written, WriteError> {
        Ok(self.finish())
    }
}

impl serde::ser::SerializeStructVariant for Object {
    type Ok = Written;
    type Error = WriteError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), WriteError> {
        self.field(name, value)
    }

    fn end(self) -> Result<Written, WriteError> {
        Ok(self.finish())
    }
}

impl SerializeMap for Object {
    type Ok = Written;
    type Error = WriteError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), WriteError> {
        let Written::Scalar(name) = Written::of(key)? else {
            return Err(WriteError("the key of a map is no text".to_owned()));
        };
        let name = serde_json::from_str(&name).map_err(|_| WriteError(format!("the key {name} is no text")))?;
        self.members.push((name, Written::Null));
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
        if let Some((_, last)) = self.members.last_mut() {
            *last = Written::of(value)?;
        }
        Ok(())
    }

    fn end(self) -> Result<Written, WriteError> {
        Ok(self.finish())
    }
}
