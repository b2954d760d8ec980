//! Server-sent events, in the format of the HTML Living Standard (9.2.6), read from an answer that
//! stays open. The browser's own `EventSource` cannot send a tablet's credential, and does not
//! report that the line has been silent for a minute.

use std::collections::VecDeque;
use std::time::Duration;

use super::http::{HttpError, HttpRequest, Streaming};

/// The longest silence. The server sends something at least every 15 s, so after this time three
/// messages are missing and the line is dead.
const LONGEST_SILENCE: Duration = Duration::from_secs(45);

/// An open line to the server. Dropping it closes it.
#[derive(Debug)]
pub struct EventStream {
    answer: Streaming,
    lines: Lines,
    ready: VecDeque<String>,
}

impl EventStream {
    /// Opens a line to a path of our own server, with a tablet's credential `bearer`. With `None`
    /// the session's cookie counts.
    ///
    /// # Errors
    /// The server cannot be reached, or refuses the request.
    pub async fn open(path: &str, bearer: Option<&str>) -> Result<Self, HttpError> {
        let answer =
            HttpRequest::get(path).bearer(bearer).timeout(LONGEST_SILENCE).stream().await?;
        Ok(Self { answer, lines: Lines::default(), ready: VecDeque::new() })
    }

    /// The data of the next event. `None` after the server closed the line.
    ///
    /// # Errors
    /// The line broke, or was silent for too long.
    pub async fn next(&mut self) -> Result<Option<String>, HttpError> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            match self.answer.next().await? {
                Some(bytes) => self.ready.extend(self.lines.take(&bytes)),
                None => return Ok(None),
            }
        }
    }
}

/// The part of an event that has arrived.
#[derive(Debug, Default)]
struct Lines {
    /// The bytes of a line whose end has not arrived.
    begun: Vec<u8>,
    data: Option<String>,
}

impl Lines {
    /// The data of the events that end in these bytes. Comments, and fields other than `data`, are
    /// skipped.
    fn take(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut events = Vec::new();
        for byte in bytes {
            if *byte != b'\n' {
                self.begun.push(*byte);
                continue;
            }
            let line = String::from_utf8_lossy(&std::mem::take(&mut self.begun)).into_owned();
            let line = line.strip_suffix('\r').unwrap_or(&line);
            match line.split_once(':') {
                None if line.is_empty() => events.extend(self.data.take()),
                Some(("data", value)) => self.add(value.strip_prefix(' ').unwrap_or(value)),
                Some(_) | None => {}
            }
        }
        events
    }

    fn add(&mut self, value: &str) {
        match &mut self.data {
            Some(data) => {
                data.push('\n');
                data.push_str(value);
            }
            none => *none = Some(value.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_however_their_bytes_are_cut() {
        let sent = ": hello\n\ndata: \"release\"\n\nid: 7\r\ndata:one\r\ndata: two\r\n\r\n:\n\ndata: \"ü\"\n\ndata: begun\n";
        let expected = ["\"release\"", "one\ntwo", "\"ü\""];
        for size in 1..sent.len() {
            let mut lines = Lines::default();
            let events: Vec<_> =
                sent.as_bytes().chunks(size).flat_map(|chunk| lines.take(chunk)).collect();
            assert_eq!(events, expected, "in pieces of {size}");
        }
    }
}
