//! Writes types as text. The same value gives the same bytes. It writes while it walks through the
//! value, so that a file of any size takes no more memory than one line.
//!
//! A value that fits on one line of [`WIDTH`] columns is on one line. Otherwise each element or
//! member has a line of its own, and the same rule holds for it. An absent field is not written. In
//! a map, null is a value like any other.

use std::fmt;
use std::io::{self, Write};

use serde::ser::{
    Error as _, Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple,
    Serializer,
};

/// The most columns of a list or an object on one line.
const WIDTH: usize = 120;

/// The indentation of the parts of a list or an object, in columns.
const INDENT: usize = 2;

/// Why a value cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// JSON cannot express the value.
    #[error("a value cannot be written as JSON: {0}")]
    Value(String),
    /// The error of the file.
    #[error(transparent)]
    File(#[from] io::Error),
    /// The value does not fit on one line. A caller never gets this error.
    #[error("a value is too long for one line")]
    TooLong,
}

impl serde::ser::Error for WriteError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Value(message.to_string())
    }
}

/// Writes a value as text.
///
/// # Errors
/// JSON cannot express the value.
pub fn write(value: &impl Serialize) -> Result<String, WriteError> {
    let mut bytes = Vec::new();
    print(&mut bytes, value, 0, 0)?;
    bytes.push(b'\n');
    String::from_utf8(bytes).map_err(WriteError::custom)
}

/// Writes an object that is too long for one line: member by member, and its lists element by
/// element.
pub struct ObjectWriter<W> {
    file: W,
    is_first: bool,
}

impl<W: Write> ObjectWriter<W> {
    /// Begins the object.
    ///
    /// # Errors
    /// The error of the file.
    pub fn begin(mut file: W) -> Result<Self, WriteError> {
        file.write_all(b"{")?;
        Ok(Self { file, is_first: true })
    }

    /// Writes a member. An absent value is left out.
    ///
    /// # Errors
    /// [`WriteError`] when the value cannot be written.
    pub fn member(&mut self, name: &str, value: &impl Serialize) -> Result<(), WriteError> {
        let mut lines = Lines { file: &mut self.file, indent: 0 };
        let is_written = lines.member(self.is_first, name, value, false)?;
        self.is_first &= !is_written;
        Ok(())
    }

    /// Begins a member that is a list.
    ///
    /// # Errors
    /// [`WriteError`] when the value cannot be written.
    pub fn list(&mut self, name: &str) -> Result<ListWriter<'_, W>, WriteError> {
        begin_line(&mut self.file, self.is_first, INDENT)?;
        self.is_first = false;
        write!(self.file, "{}: [", quoted(name))?;
        let room = (WIDTH - 1).saturating_sub(member_column(0, name) + "[]".len());
        Ok(ListWriter { file: &mut self.file, room, waiting: Some(Vec::new()), is_empty: true })
    }

    /// Ends the object and the line.
    ///
    /// # Errors
    /// The error of the file.
    pub fn end(mut self) -> Result<W, WriteError> {
        self.file.write_all(if self.is_first { b"}\n" } else { b"\n}\n" })?;
        Ok(self.file)
    }
}

/// Writes a list, element by element.
pub struct ListWriter<'w, W> {
    file: &'w mut W,
    /// The number of characters that are left on the line.
    room: usize,
    /// The elements so far, as long as all of them fit on one line.
    waiting: Option<Vec<String>>,
    is_empty: bool,
}

impl<W: Write> ListWriter<'_, W> {
    /// The column of the elements of a list in the object, when each has its own line.
    const ELEMENT_COLUMN: usize = 2 * INDENT;

    /// Writes the next element.
    ///
    /// # Errors
    /// [`WriteError`] when the value cannot be written.
    pub fn element(&mut self, value: &impl Serialize) -> Result<(), WriteError> {
        if let Some(waiting) = &mut self.waiting {
            let separator = if waiting.is_empty() { 0 } else { ", ".len() };
            let room = self.room.checked_sub(separator);
            if let Some(line) = room.map(|room| one_line(value, room)).transpose()?.flatten() {
                self.room -= separator + line.chars().count();
                waiting.push(line);
                return Ok(());
            }
            // An element that fits beside others also fits on its own line.
            for line in self.waiting.take().unwrap_or_default() {
                self.begin_element()?;
                self.file.write_all(line.as_bytes())?;
            }
        }
        self.begin_element()?;
        print(self.file, value, Self::ELEMENT_COLUMN, Self::ELEMENT_COLUMN)
    }

    fn begin_element(&mut self) -> io::Result<()> {
        let is_first = std::mem::replace(&mut self.is_empty, false);
        begin_line(self.file, is_first, Self::ELEMENT_COLUMN)
    }

    /// Ends the list.
    ///
    /// # Errors
    /// The error of the file.
    pub fn end(self) -> Result<(), WriteError> {
        match self.waiting {
            Some(waiting) => write!(self.file, "{}]", waiting.join(", "))?,
            None => {
                end_line(self.file, INDENT)?;
                self.file.write_all(b"]")?;
            }
        }
        Ok(())
    }
}

/// Writes a value on one line if it fits after what is already there. Otherwise part by part.
fn print(
    file: &mut dyn Write,
    value: &(impl Serialize + ?Sized),
    indent: usize,
    column: usize,
) -> Result<(), WriteError> {
    let line = match WIDTH.checked_sub(column + 1) {
        Some(room) => one_line(value, room)?,
        None => None,
    };
    match line {
        Some(line) => Ok(file.write_all(line.as_bytes())?),
        None => value.serialize(To(&mut Lines { file, indent })),
    }
}

/// The value on one line of at most `room` characters; `None` when it is longer.
fn one_line(value: &(impl Serialize + ?Sized), room: usize) -> Result<Option<String>, WriteError> {
    let mut line = Line { text: String::new(), room };
    match value.serialize(To(&mut line)) {
        Ok(()) => Ok(Some(line.text)),
        Err(WriteError::TooLong) => Ok(None),
        Err(error) => Err(error),
    }
}

fn begin_line(file: &mut (impl Write + ?Sized), is_first: bool, indent: usize) -> io::Result<()> {
    file.write_all(if is_first { b"\n" } else { b",\n" })?;
    write!(file, "{:indent$}", "")
}

fn end_line(file: &mut (impl Write + ?Sized), indent: usize) -> io::Result<()> {
    write!(file, "\n{:indent$}", "")
}

/// The column at which the value of a member begins, when the member has its own line.
fn member_column(indent: usize, name: &str) -> usize {
    indent + INDENT + quoted(name).chars().count() + ": ".len()
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A way to write values.
trait Layout {
    fn scalar(&mut self, json: &str) -> Result<(), WriteError>;
    fn open(&mut self, mark: char) -> Result<(), WriteError>;
    fn element(
        &mut self,
        is_first: bool,
        value: &(impl Serialize + ?Sized),
    ) -> Result<(), WriteError>;
    /// Returns whether the member was written. An absent value is written only with
    /// `keeps_nothing`.
    fn member(
        &mut self,
        is_first: bool,
        name: &str,
        value: &(impl Serialize + ?Sized),
        keeps_nothing: bool,
    ) -> Result<bool, WriteError>;
    fn close(&mut self, is_empty: bool, mark: char) -> Result<(), WriteError>;
}

/// Everything on one line. It stops as soon as the line is too long.
struct Line {
    text: String,
    /// The number of characters that are allowed.
    room: usize,
}

impl Line {
    fn check(&self) -> Result<(), WriteError> {
        // A character has at least one byte, so nearly always the first test makes counting
        // unnecessary.
        let fits = self.text.len() <= self.room || self.text.chars().count() <= self.room;
        if fits { Ok(()) } else { Err(WriteError::TooLong) }
    }

    fn separate(&mut self, is_first: bool) {
        if !is_first {
            self.text.push_str(", ");
        }
    }
}

impl Layout for Line {
    fn scalar(&mut self, json: &str) -> Result<(), WriteError> {
        self.text.push_str(json);
        self.check()
    }

    fn open(&mut self, mark: char) -> Result<(), WriteError> {
        self.text.push(mark);
        self.check()
    }

    fn element(
        &mut self,
        is_first: bool,
        value: &(impl Serialize + ?Sized),
    ) -> Result<(), WriteError> {
        self.separate(is_first);
        value.serialize(To(self))
    }

    fn member(
        &mut self,
        is_first: bool,
        name: &str,
        value: &(impl Serialize + ?Sized),
        keeps_nothing: bool,
    ) -> Result<bool, WriteError> {
        if !keeps_nothing && is_nothing(value) {
            return Ok(false);
        }
        self.separate(is_first);
        self.text.push_str(&quoted(name));
        self.text.push_str(": ");
        value.serialize(To(self)).map(|()| true)
    }

    fn close(&mut self, _: bool, mark: char) -> Result<(), WriteError> {
        self.text.push(mark);
        self.check()
    }
}

/// Each element and member on its own line.
struct Lines<'f> {
    file: &'f mut dyn Write,
    /// The column at which the enclosing value begins.
    indent: usize,
}

impl Layout for Lines<'_> {
    fn scalar(&mut self, json: &str) -> Result<(), WriteError> {
        Ok(self.file.write_all(json.as_bytes())?)
    }

    fn open(&mut self, mark: char) -> Result<(), WriteError> {
        Ok(write!(self.file, "{mark}")?)
    }

    fn element(
        &mut self,
        is_first: bool,
        value: &(impl Serialize + ?Sized),
    ) -> Result<(), WriteError> {
        let indent = self.indent + INDENT;
        begin_line(self.file, is_first, indent)?;
        print(self.file, value, indent, indent)
    }

    fn member(
        &mut self,
        is_first: bool,
        name: &str,
        value: &(impl Serialize + ?Sized),
        keeps_nothing: bool,
    ) -> Result<bool, WriteError> {
        if !keeps_nothing && is_nothing(value) {
            return Ok(false);
        }
        let indent = self.indent + INDENT;
        begin_line(self.file, is_first, indent)?;
        write!(self.file, "{}: ", quoted(name))?;
        print(self.file, value, indent, member_column(self.indent, name))?;
        Ok(true)
    }

    fn close(&mut self, is_empty: bool, mark: char) -> Result<(), WriteError> {
        if !is_empty {
            end_line(self.file, self.indent)?;
        }
        Ok(write!(self.file, "{mark}")?)
    }
}

/// Whether a value is written as null.
fn is_nothing(value: &(impl Serialize + ?Sized)) -> bool {
    // `null` has four characters, and no other value of four characters begins with n.
    matches!(one_line(value, "null".len()), Ok(Some(line)) if line == "null")
}

/// Walks through a value and writes it with a layout.
struct To<'l, L: ?Sized>(&'l mut L);

macro_rules! scalars {
    ($($name:ident: $kind:ty,)*) => {$(
        fn $name(self, value: $kind) -> Result<(), WriteError> {
            let json = serde_json::to_string(&value).map_err(WriteError::custom)?;
            self.0.scalar(&json)
        }
    )*};
}

impl<'l, L: Layout> Serializer for To<'l, L> {
    type Ok = ();
    type Error = WriteError;
    type SerializeSeq = Parts<'l, L>;
    type SerializeTuple = Parts<'l, L>;
    type SerializeTupleStruct = Impossible<(), WriteError>;
    type SerializeTupleVariant = Impossible<(), WriteError>;
    type SerializeMap = Parts<'l, L>;
    type SerializeStruct = Parts<'l, L>;
    type SerializeStructVariant = Impossible<(), WriteError>;

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

    fn serialize_bytes(self, _: &[u8]) -> Result<(), WriteError> {
        Err(WriteError::custom("bytes have no form in this file"))
    }

    fn serialize_none(self) -> Result<(), WriteError> {
        self.0.scalar("null")
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), WriteError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), WriteError> {
        self.0.scalar("null")
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), WriteError> {
        self.0.scalar("null")
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
    ) -> Result<(), WriteError> {
        self.serialize_str(name)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), WriteError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<(), WriteError> {
        self.0.open('{')?;
        self.0.member(true, name, value, true)?;
        self.0.close(false, '}')
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'l, L>, WriteError> {
        Parts::open(self.0, '[', ']')
    }

    fn serialize_tuple(self, _: usize) -> Result<Parts<'l, L>, WriteError> {
        Parts::open(self.0, '[', ']')
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, WriteError> {
        Err(WriteError::custom(format_args!("{name} has no names for its parts")))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, WriteError> {
        Err(WriteError::custom(format_args!("{name} has no names for its parts")))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Parts<'l, L>, WriteError> {
        Parts::open(self.0, '{', '}')
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parts<'l, L>, WriteError> {
        Parts::open(self.0, '{', '}')
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, WriteError> {
        Err(WriteError::custom(format_args!(
            "the choice {name} has several parts: give it one value"
        )))
    }
}

/// The elements of a list, or the members of an object.
struct Parts<'l, L: ?Sized> {
    layout: &'l mut L,
    is_first: bool,
    close: char,
    /// In a map: the name of the next value.
    key: String,
}

impl<'l, L: Layout> Parts<'l, L> {
    fn open(layout: &'l mut L, open: char, close: char) -> Result<Self, WriteError> {
        layout.open(open)?;
        Ok(Self { layout, is_first: true, close, key: String::new() })
    }

    fn finish(self) -> Result<(), WriteError> {
        self.layout.close(self.is_first, self.close)
    }
}

impl<L: Layout> SerializeSeq for Parts<'_, L> {
    type Ok = ();
    type Error = WriteError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
        let is_first = std::mem::replace(&mut self.is_first, false);
        self.layout.element(is_first, value)
    }

    fn end(self) -> Result<(), WriteError> {
        self.finish()
    }
}

impl<L: Layout> SerializeTuple for Parts<'_, L> {
    type Ok = ();
    type Error = WriteError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<(), WriteError> {
        self.finish()
    }
}

impl<L: Layout> SerializeStruct for Parts<'_, L> {
    type Ok = ();
    type Error = WriteError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), WriteError> {
        let is_written = self.layout.member(self.is_first, name, value, false)?;
        self.is_first &= !is_written;
        Ok(())
    }

    fn end(self) -> Result<(), WriteError> {
        self.finish()
    }
}

impl<L: Layout> SerializeMap for Parts<'_, L> {
    type Ok = ();
    type Error = WriteError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), WriteError> {
        let name = serde_json::to_value(key).map_err(WriteError::custom)?;
        let serde_json::Value::String(name) = name else {
            return Err(WriteError::custom("the key of a map is not text"));
        };
        self.key = name;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
        let is_written = self.layout.member(self.is_first, &self.key, value, true)?;
        self.is_first &= !is_written;
        Ok(())
    }

    fn end(self) -> Result<(), WriteError> {
        self.finish()
    }
}
