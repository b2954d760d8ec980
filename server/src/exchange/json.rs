//! JSON that people write by hand and keep under version control.
//!
//! [`parse`] keeps the position of every value, and [`read`] turns values into types. Both report
//! **all** errors in a file, each with path, line and column. (`serde_json` stops at the first
//! error and knows no path.) [`write()`] is the opposite: fields in the order of their types,
//! nothing for absent values, and short values on one line.
//!
//! It is stricter than RFC 8259 where something could get lost. A name that occurs twice in an
//! object is refused, because readers disagree which of the two counts. A value that would be
//! stored in another form than it is written is refused, too.

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

/// The most problems that are listed. A file with more has one cause that repeats.
const LISTED: usize = 1_000;

/// A value and its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node<'t> {
    offset: usize,
    value: Value<'t>,
}

/// A value. Numbers stay as they are written.
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

/// The path to a value: `contracts[3].lines[17].tiers[0].price.amount`.
#[derive(Debug, Clone, Copy)]
pub enum Path<'p> {
    /// The whole file.
    Root,
    /// A member of an object.
    Field(&'p Path<'p>, &'p str),
    /// An element of a list, from 0.
    Place(&'p Path<'p>, usize),
}

impl<'p> Path<'p> {
    /// The path to a member.
    #[must_use]
    pub fn field(&'p self, name: &'p str) -> Self {
        Self::Field(self, name)
    }

    /// The path to an element.
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
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
}

impl Default for Position {
    /// The beginning of a file.
    fn default() -> Self {
        Self { line: 1, column: 1 }
    }
}

impl Position {
    /// Moves behind a byte of UTF-8.
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

/// An error in a file, with its position.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// The path to the value. Empty for the whole file.
    pub path: String,
    /// The error, and what to do.
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

/// All errors in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Problems {
    /// The errors, in the order of the file, at most the first thousand.
    pub problems: Vec<Problem>,
    /// The number of further errors.
    pub more: usize,
}

impl Problems {
    /// Adds one error.
    pub fn add(&mut self, at: Position, path: impl Into<String>, reason: impl Into<String>) {
        if self.problems.len() < LISTED {
            let Position { line, column } = at;
            self.problems.push(Problem { line, column, path: path.into(), reason: reason.into() });
        } else {
            self.more += 1;
        }
    }

    /// Adds the errors of another part of the file.
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

    /// Whether there are no errors.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// Sorts the errors by their positions.
    pub fn sort(&mut self) {
        self.problems.sort();
    }
    /// The number of all errors.
    #[must_use]
    pub fn count(&self) -> usize {
        self.problems.len() + self.more
    }
}

/// Collects the errors in a text, or in one element of a file.
#[derive(Debug)]
pub struct Findings<'t> {
    text: &'t str,
    /// The position at which the text begins in its file.
    begin: Position,
    /// The path to the text. Empty for a whole file.
    path: String,
    found: RefCell<Vec<(usize, String, String)>>,
}

impl<'t> Findings<'t> {
    /// Without errors, for a whole file.
    #[must_use]
    pub fn new(text: &'t str) -> Self {
        Self::within(text, Position::default(), String::new())
    }

    /// Without errors, for an element that begins at a position of a file.
    #[must_use]
    pub fn within(text: &'t str, begin: Position, path: String) -> Self {
        Self { text, begin, path, found: RefCell::default() }
    }

    /// Adds an error about the value at a path.
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

    /// Whether there are no errors.
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

    /// The errors, in the order of the file.
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
