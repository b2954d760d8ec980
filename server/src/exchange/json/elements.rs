//! Reads an object of a file member by member, and its lists element by element. A file of any size
//! takes no more memory than its largest element.

use std::io::{self, BufRead};

use super::Position;

/// The first bytes of UTF-8 files of some programs.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A member of the object, or an element of a member that is a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// The name of the member.
    pub name: String,
    /// The index of the element in the list, from 0; `None` when the member is not a list.
    pub place: Option<usize>,
    /// The text of the member or element.
    pub text: String,
    /// The position at which the text begins.
    pub at: Position,
}

/// The result of a step through a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A member that is a list. Its elements, if any, come next.
    List(String, Position),
    /// An element, or a member that is not a list.
    Element(Element),
}

/// Why the elements cannot be separated.
#[derive(Debug, thiserror::Error)]
pub enum ElementsError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] io::Error),
    /// The file is not a JSON object.
    #[error("{1}")]
    Syntax(Position, &'static str),
}

/// Steps through a file.
pub struct Elements<R> {
    bytes: R,
    at: Position,
    state: State,
}

enum State {
    /// Before the object.
    Begin,
    /// Before a member. The flag says whether it is the first.
    Member(bool),
    /// Within a list, with its name and the index of the next element.
    List(String, usize),
    /// After the object.
    End,
}

impl<R: BufRead> Elements<R> {
    /// Starts at the beginning of a file.
    pub fn new(bytes: R) -> Self {
        Self { bytes, at: Position::default(), state: State::Begin }
    }

    /// The next member or element; `None` after the last.
    ///
    /// # Errors
    /// [`ElementsError`] when the file cannot be read or is not a JSON object.
    pub fn step(&mut self) -> Result<Option<Step>, ElementsError> {
        loop {
            match std::mem::replace(&mut self.state, State::End) {
                State::Begin => {
                    if self.bytes.fill_buf()?.starts_with(BYTE_ORDER_MARK) {
                        self.bytes.consume(BYTE_ORDER_MARK.len());
                    }
                    match self.next_mark()? {
                        Some(b'{') => self.take()?,
                        Some(b'[' | b'"') => return self.refuse("an object, { … }, is expected"),
                        _ => {
                            return self.refuse(
                                "the whole file is no JSON: it should begin with {. A price list or a list of sites is imported \
                                 with its own command and a mapping",
                            );
                        }
                    }
                    self.state = State::Member(true);
                }
                State::Member(is_first) => {
                    match self.next_mark()? {
                        Some(b'}') if is_first => {
                            self.take()?;
                            continue;
                        }
                        Some(b'"') => {}
                        _ => return self.refuse("a name in quotes is expected"),
                    }
                    let at = self.at;
                    let name = self.raw()?;
                    let name: String = serde_json::from_str(&name)
                        .map_err(|_| ElementsError::Syntax(at, "this is not a name"))?;
                    if self.next_mark()? != Some(b':') {
                        return self.refuse("a colon is expected after the name");
                    }
                    self.take()?;
                    if self.next_mark()? == Some(b'[') {
                        let at = self.at;
                        self.take()?;
                        self.state = State::List(name.clone(), 0);
                        return Ok(Some(Step::List(name, at)));
                    }
                    let at = self.at;
                    let text = self.raw()?;
                    self.after_member()?;
                    return Ok(Some(Step::Element(Element { name, place: None, text, at })));
                }
                State::List(name, place) => {
                    match self.next_mark()? {
                        Some(b']') if place == 0 => {
                            self.take()?;
                            self.after_member()?;
                            continue;
                        }
                        _ => {}
                    }
                    let at = self.at;
                    let text = self.raw()?;
                    match self.next_mark()? {
                        Some(b',') => {
                            self.take()?;
                            self.state = State::List(name.clone(), place + 1);
                        }
                        Some(b']') => {
                            self.take()?;
                            self.after_member()?;
                        }
                        _ => return self.refuse("a comma or ] is expected"),
                    }
                    return Ok(Some(Step::Element(Element { name, place: Some(place), text, at })));
                }
                State::End => {
                    return match self.next_mark()? {
                        None => Ok(None),
                        Some(_) => self.refuse("nothing may follow the value of the file"),
                    };
                }
            }
        }
    }

    fn after_member(&mut self) -> Result<(), ElementsError> {
        match self.next_mark()? {
            Some(b',') => {
                self.take()?;
                self.state = State::Member(false);
                Ok(())
            }
            Some(b'}') => {
                self.take()?;
                self.state = State::End;
                Ok(())
            }
            _ => self.refuse("a comma or } is expected"),
        }
    }

    fn refuse<T>(&mut self, reason: &'static str) -> Result<T, ElementsError> {
        let is_end = self.bytes.fill_buf()?.is_empty() && self.at != Position::default();
        let reason = if is_end { "it ends here, in the middle: it may be cut off" } else { reason };
        Err(ElementsError::Syntax(self.at, reason))
    }

    /// The next byte after white space. It is not consumed.
    fn next_mark(&mut self) -> Result<Option<u8>, ElementsError> {
        loop {
            let Some(byte) = self.bytes.fill_buf()?.first().copied() else { return Ok(None) };
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Ok(Some(byte));
            }
            self.take()?;
        }
    }

    fn take(&mut self) -> Result<(), ElementsError> {
        if let Some(byte) = self.bytes.fill_buf()?.first().copied() {
            self.bytes.consume(1);
            self.at.pass(byte);
        }
        Ok(())
    }

    /// The text of the value that begins here, up to its closing bracket or quotation mark. The
    /// parser checks what is inside.
    fn raw(&mut self) -> Result<String, ElementsError> {
        let begin = self.at;
        let mut text = Vec::new();
        let (mut depth, mut is_quoted, mut is_escaped) = (0_usize, false, false);
        loop {
            let chunk = self.bytes.fill_buf()?;
            if chunk.is_empty() {
                if is_quoted || depth > 0 || text.is_empty() {
                    return Err(ElementsError::Syntax(
                        self.at,
                        "it ends here, in the middle: it may be cut off",
                    ));
                }
                break;
            }
            let mut taken = 0;
            let mut is_done = false;
            for byte in chunk {
                if is_quoted {
                    match byte {
                        _ if is_escaped => is_escaped = false,
                        b'\\' => is_escaped = true,
                        b'"' => {
                            is_quoted = false;
                            is_done = depth == 0;
                        }
                        _ => {}
                    }
                } else {
                    match byte {
                        b'"' => is_quoted = true,
                        b'{' | b'[' => depth += 1,
                        b'}' | b']' if depth > 0 => {
                            depth -= 1;
                            is_done = depth == 0;
                        }
                        b',' | b'}' | b']' | b':' | b' ' | b'\t' | b'\n' | b'\r' if depth == 0 => {
                            is_done = true;
                            break;
                        }
                        _ => {}
                    }
                }
                taken += 1;
                if is_done {
                    break;
                }
            }
            for byte in &chunk[..taken] {
                self.at.pass(*byte);
            }
            text.extend_from_slice(&chunk[..taken]);
            self.bytes.consume(taken);
            if is_done {
                break;
            }
        }
        if text.is_empty() {
            return self
                .refuse("a value is expected: text in quotes, a number, true, false, null, a list or an object");
        }
        String::from_utf8(text).map_err(|_| {
            ElementsError::Syntax(
                begin,
                "the value that begins here is not UTF-8: save the file as UTF-8",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>, String> {
        // Three bytes at a time, because the size of the buffer must make no difference.
        let mut elements = Elements::new(io::BufReader::with_capacity(3, text.as_bytes()));
        let mut found = Vec::new();
        loop {
            match elements.step() {
                Ok(Some(Step::List(name, at))) => found.push(format!("{name} at {at}")),
                Ok(Some(Step::Element(Element { name, place: None, text, .. }))) => {
                    found.push(format!("{name} = {text}"))
                }
                Ok(Some(Step::Element(Element { name, place: Some(place), text, at }))) => {
                    found.push(format!("{name}[{place}] = {text} at {at}"));
                }
                Ok(None) => return Ok(found),
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    #[test]
    fn members_and_elements_come_one_by_one_with_their_places() {
        let text = "\u{feff}{\"a\": 1 ,\n \"ü\": [ {\"x\": \"]}\\\"\"},\n\"é\",[[]] ], \"none\":[], \"o\": {\"p\": [1]}}\n";
        let expected = [
            "a = 1",
            "ü at line 2, column 7",
            "ü[0] = {\"x\": \"]}\\\"\"} at line 2, column 9",
            "ü[1] = \"é\" at line 3, column 1",
            "ü[2] = [[]] at line 3, column 5",
            "none at line 3, column 20",
            "o = {\"p\": [1]}",
        ];
        assert_eq!(read(text).unwrap(), expected);
        assert_eq!(read("{}").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn what_is_no_object_is_refused_with_the_reason() {
        for (text, reason) in [
            ("Contract,Item\nC1,A1\n", "the whole file is no JSON"),
            ("[1]", "an object"),
            ("{\"a\": [1, 2", "cut off"),
            ("{\"a\": \"x", "cut off"),
            ("{\"a\"", "cut off"),
            ("{\"a\" 1}", "a colon"),
            ("{\"a\": [1 2]}", "a comma or ]"),
            ("{\"a\": 1 \"b\": 2}", "a comma or }"),
            ("{\"a\": 1,}", "a name in quotes"),
            ("{\"a\": }", "a value is expected"),
            ("{} {}", "nothing may follow"),
        ] {
            let said = read(text).unwrap_err();
            assert!(said.contains(reason), "{text}: {said}");
        }
    }
}
