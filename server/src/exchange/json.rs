//! JSON that people write by hand and keep under version control.
//!
//! [`parse`] keeps where every value stands, [`read`] turns values into types, and both name
//! **all** that is wrong with a file, each with its path, line and column, where `serde_json` stops
//! at the first error and knows no path. [`write()`] is the way back: fields in the order of their
//! types, nothing for what is absent, and what is short on one line.
//!
//! Stricter than RFC 8259 where leniency would lose something: a name that stands twice in an
//! object is refused (readers disagree which of the two counts), as is a value that would be kept
//! in another form than it was written in.

mod elements;
mod parse;
mod read;
mod said_back;
mod write;

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;

use serde::Serialize;

pub use elements::{Element, Elements, ElementsError, Step};
pub use parse::parse;
pub use read::read;
pub use write::{ListWriter, ObjectWriter, WriteError, write};

/// Problems that are listed; a file with more has one cause that repeats.
const LISTED: usize = 1_000;

/// One value and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node<'t> {
    offset: usize,
    value: Value<'t>,
}

/// A value; numbers stay as they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Value<'t> {
    Null,
    Bool(bool),
    Number(&'t str),
    Text(Cow<'t, str>),
    List(Vec<Node<'t>>),
    Object(Vec<(Cow<'t, str>, Node<'t>)>),
}

impl<'t> Node<'t> {
    fn member(&self, name: &str) -> Option<&Self> {
        match &self.value {
            Value::Object(members) => {
                members.iter().find(|(key, _)| key == name).map(|(_, node)| node)
            }
            _ => None,
        }
    }

    fn at(&self, path: &Path<'_>) -> Option<&Self> {
        match path {
            Path::Root => Some(self),
            Path::Field(parent, name) => self.at(parent)?.member(name),
            Path::Place(parent, place) => match &self.at(parent)?.value {
                Value::List(nodes) => nodes.get(*place),
                _ => None,
            },
        }
    }
}

/// The way to a value: `contracts[3].lines[17].tiers[0].price.amount`.
#[derive(Debug, Clone, Copy)]
pub enum Path<'p> {
    /// The file.
    Root,
    /// A member of an object.
    Field(&'p Path<'p>, &'p str),
    /// An element of a list, from 0.
    Place(&'p Path<'p>, usize),
}

impl<'p> Path<'p> {
    /// The way to a member.
    #[must_use]
    pub fn field(&'p self, name: &'p str) -> Self {
        Self::Field(self, name)
    }

    /// The way to an element.
    #[must_use]
    pub fn place(&'p self, place: usize) -> Self {
        Self::Place(self, place)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(Path::Root, name) => f.write_str(name),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
            Self::Place(parent, place) => write!(f, "{parent}[{place}]"),
        }
    }
}

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

impl Default for Position {
    /// The beginning.
    fn default() -> Self {
        Self { line: 1, column: 1 }
    }
}

impl Position {
    /// Goes on behind a byte of UTF-8.
    fn pass(&mut self, byte: u8) {
        const CONTINUATION: u8 = 0b1000_0000;
        if byte == b'\n' {
            *self = Self { line: self.line + 1, column: 1 };
        } else if byte & 0b1100_0000 != CONTINUATION {
            self.column += 1;
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Something that is wrong with a file, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The way to the value; empty for the file as a whole.
    pub path: String,
    /// What is wrong, and what to do.
    pub reason: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: ", self.line, self.column)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.reason)
    }
}

/// All that is wrong with a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Problems {
    /// In the order of the file; of very many the first thousand.
    pub problems: Vec<Problem>,
    /// How many more there are.
    pub more: usize,
}

impl Problems {
    /// One more.
    pub fn add(&mut self, at: Position, path: impl Into<String>, reason: impl Into<String>) {
        if self.problems.len() < LISTED {
            let Position { line, column } = at;
            self.problems.push(Problem { line, column, path: path.into(), reason: reason.into() });
        } else {
            self.more += 1;
        }
    }

    /// Those of another part of the file.
    pub fn append(&mut self, other: Self) {
        for problem in other.problems {
            self.add(
                Position { line: problem.line, column: problem.column },
                problem.path,
                problem.reason,
            );
        }
        self.more += other.more;
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// In the order of the file.
    pub fn sort(&mut self) {
        self.problems.sort();
    }
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.problems.len() + self.more
    }
}

/// Gathers what is wrong with one text, or with one element of a file.
#[derive(Debug)]
pub struct Findings<'t> {
    text: &'t str,
    /// Where the text begins in its file.
    begin: Position,
    /// The way to it; empty for a whole file.
    path: String,
    found: RefCell<Vec<(usize, String, String)>>,
}

impl<'t> Findings<'t> {
    /// Nothing found yet.
    #[must_use]
    pub fn new(text: &'t str) -> Self {
        Self::within(text, Position::default(), String::new())
    }

    /// Nothing found yet in the text of an element that begins at a place of a file.
    #[must_use]
    pub fn within(text: &'t str, begin: Position, path: String) -> Self {
        Self { text, begin, path, found: RefCell::default() }
    }

    /// Something wrong with the value at a path.
    pub fn add(&self, root: &Node<'_>, path: &Path<'_>, reason: impl Into<String>) {
        let offset = root.at(path).map_or(0, |node| node.offset);
        self.add_at(offset, path.to_string(), reason.into());
    }

    /// The line of the value at a path, from 1.
    #[must_use]
    pub fn line(&self, root: &Node<'_>, path: &Path<'_>) -> usize {
        let offset = root.at(path).map_or(0, |node| node.offset);
        self.begin.line - 1 + self.line_starts().partition_point(|start| *start <= offset)
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.borrow().is_empty()
    }

    fn add_at(&self, offset: usize, path: String, reason: String) {
        self.found.borrow_mut().push((offset, path, reason));
    }

    fn line_starts(&self) -> Vec<usize> {
        let ends =
            self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        std::iter::once(0).chain(ends).collect()
    }

    /// In the order of the file.
    #[must_use]
    pub fn into_problems(self) -> Problems {
        let starts = self.line_starts();
        let mut found = self.found.into_inner();
        found.sort();
        let more = found.len().saturating_sub(LISTED);
        let problem = |(offset, path, reason): (usize, String, String)| {
            let line = starts.partition_point(|start| *start <= offset);
            let before = if line == 1 { self.begin.column } else { 1 };
            let column = before + self.text[starts[line - 1]..offset].chars().count();
            let path = match (self.path.as_str(), path.as_str()) {
                ("", within) => within.to_owned(),
                (element, "") => element.to_owned(),
                (element, within) if within.starts_with('[') => format!("{element}{within}"),
                (element, within) => format!("{element}.{within}"),
            };
            Problem { line: self.begin.line - 1 + line, column, path, reason }
        };
        Problems { problems: found.into_iter().take(LISTED).map(problem).collect(), more }
    }
}

#[cfg(test)]
mod tests;
