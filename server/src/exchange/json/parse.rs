//! Parses a text into values with their positions.

use std::borrow::Cow;
use std::collections::HashMap;

use super::{Findings, Node, Value};

/// The deepest nesting of lists and objects. The deepest part of the model, a settlement discount
/// on a line, has nine levels.
const DEPTH: usize = 32;

/// Parses a text. If a name occurs twice, that is a finding and the first is kept. If the text is
/// not JSON, the result is `None` with that finding.
#[must_use]
pub fn parse<'t>(text: &'t str, findings: &Findings<'t>) -> Option<Node<'t>> {
    let mut parser = Parser { text, at: 0, findings };
    let parsed = parser.value(DEPTH).and_then(|node| {
        parser.white_space();
        if parser.at == text.len() {
            Ok(node)
        } else {
            parser.refuse("nothing may follow the value of the file")
        }
    });
    match parsed {
        Ok(node) => Some(node),
        Err(Syntax { offset, reason }) => {
            findings.add_at(offset, String::new(), format!("this is not JSON: {reason}"));
            None
        }
    }
}

struct Parser<'t, 'f> {
    text: &'t str,
    at: usize,
    findings: &'f Findings<'t>,
}

struct Syntax {
    offset: usize,
    reason: &'static str,
}

impl<'t> Parser<'t, '_> {
    fn refuse<T>(&self, reason: &'static str) -> Result<T, Syntax> {
        let reason = if self.at == self.text.len() {
            "it ends here, in the middle: it may be cut off"
        } else {
            reason
        };
        Err(Syntax { offset: self.at, reason })
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn white_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    /// Skips white space and consumes a mark, if it is there.
    fn takes(&mut self, mark: char) -> bool {
        self.white_space();
        let takes = self.rest().starts_with(mark);
        self.at += usize::from(takes);
        takes
    }

    fn value(&mut self, depth: usize) -> Result<Node<'t>, Syntax> {
        self.white_space();
        let offset = self.at;
        let value = match self.rest().bytes().next() {
            Some(b'{') if depth > 0 => self.object(depth - 1)?,
            Some(b'[') if depth > 0 => self.list(depth - 1)?,
            Some(b'{' | b'[') => return self.refuse("nothing is nested this deep"),
            Some(b'"') => Value::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => Value::Number(self.number()?),
            _ => self.word()?,
        };
        Ok(Node { offset, value })
    }

    fn object(&mut self, depth: usize) -> Result<Value<'t>, Syntax> {
        self.at += 1;
        let mut members = Vec::new();
        let mut offsets = Vec::new();
        if !self.takes('}') {
            loop {
                self.white_space();
                offsets.push(self.at);
                if !self.rest().starts_with('"') {
                    return self.refuse("a name in quotes is expected");
                }
                let name = self.string()?;
                if !self.takes(':') {
                    return self.refuse("a colon is expected after the name");
                }
                members.push((name, self.value(depth)?));
                if self.takes('}') {
                    break;
                }
                if !self.takes(',') {
                    return self.refuse("a comma or } is expected");
                }
            }
        }
        self.find_twins(&mut members, &offsets);
        Ok(Value::Object(members))
    }

    /// Keeps the first of several members with one name, and adds findings for the others.
    fn find_twins(&self, members: &mut Vec<(Cow<'t, str>, Node<'t>)>, offsets: &[usize]) {
        let mut first: HashMap<Cow<'t, str>, usize> = HashMap::new();
        let mut offsets = offsets.iter();
        members.retain(|(name, _)| {
            let offset = *offsets.next().unwrap_or(&0);
            let Some(before) = first.get(name) else {
                first.insert(name.clone(), offset);
                return true;
            };
            let line = 1 + self.text[..*before].matches('\n').count();
            let reason = format!(
                "the name {name:?} appears twice in one object, first on line {line}: keep one"
            );
            self.findings.add_at(offset, String::new(), reason);
            false
        });
    }

    fn list(&mut self, depth: usize) -> Result<Value<'t>, Syntax> {
        self.at += 1;
        let mut nodes = Vec::new();
        if !self.takes(']') {
            loop {
                nodes.push(self.value(depth)?);
                if self.takes(']') {
                    break;
                }
                if !self.takes(',') {
                    return self.refuse("a comma or ] is expected");
                }
            }
        }
        Ok(Value::List(nodes))
    }

    fn string(&mut self) -> Result<Cow<'t, str>, Syntax> {
        let mut has_escape = false;
        let mut bytes = self.rest().bytes().enumerate().skip(1);
        while let Some((at, byte)) = bytes.next() {
            match byte {
                b'"' => {
                    let raw = &self.rest()[..=at];
                    let string = if has_escape {
                        let read = serde_json::from_str(raw).ok();
                        Cow::Owned(read.ok_or(Syntax {
                            offset: self.at,
                            reason: "an escape that JSON does not have",
                        })?)
                    } else {
                        Cow::Borrowed(&raw[1..at])
                    };
                    self.at += at + 1;
                    return Ok(string);
                }
                b'\\' => {
                    has_escape = true;
                    bytes.next();
                }
                0..0x20 => {
                    return Err(Syntax {
                        offset: self.at,
                        reason: "the text in quotes does not end on its line",
                    });
                }
                _ => {}
            }
        }
        Err(Syntax {
            offset: self.at,
            reason: "the text in quotes never ends: the file may be cut off",
        })
    }

    fn number(&mut self) -> Result<&'t str, Syntax> {
        let is_part = |byte: u8| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
        let length = self.rest().bytes().take_while(|byte| is_part(*byte)).count();
        let raw = &self.rest()[..length];
        if serde_json::from_str::<serde::de::IgnoredAny>(raw).is_err() {
            return self.refuse("a number of another form than JSON's");
        }
        self.at += length;
        Ok(raw)
    }

    fn word(&mut self) -> Result<Value<'t>, Syntax> {
        for (word, value) in
            [("null", Value::Null), ("true", Value::Bool(true)), ("false", Value::Bool(false))]
        {
            if self.rest().starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        self.refuse(
            "a value is expected: text in quotes, a number, true, false, null, a list or an object",
        )
    }
}
