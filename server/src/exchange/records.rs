//! Splits a text into records of cells. It follows RFC 4180 strictly, and does not guess about a
//! wrong quotation mark.
//!
//! The `csv` crate reads `"A"100` as `A100`. There, a mark that opens a cell swallows every row
//! until another mark closes it. Here, such a record is a [`Fault`] that names its row, and the
//! next row is read on its own.

/// One record: its row, counted as an editor counts, and its cells or its fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The row on which the record begins, from 1.
    pub row: u64,
    /// The cells. For a record with a fault, its first row split at every delimiter.
    pub cells: csv::StringRecord,
    /// The fault of its quotation marks.
    pub fault: Option<Fault>,
    /// The offset at which the row after its first row begins.
    second_row: usize,
}

/// A fault of a record's quotation marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// `"A"100`, or `"Premium oil;…` that continues to the mark of another row.
    #[error(
        "a quotation mark opens a cell here and another one is inside it, on row {0}: double a \
         mark that belongs to the text and put its cell in quotation marks (\"3\"\" pipe\"), or \
         leave the mark out"
    )]
    WithinCell(u64),
    /// ` "A"`: half of all programs read the mark as a part of the text.
    #[error("a quotation mark comes after a space at the beginning of a cell: remove the space")]
    AfterSpace,
    /// No mark closes the cell before the end of the file.
    #[error("a quotation mark opens here and never closes")]
    NeverCloses,
}

/// Reads records, one after the other.
#[derive(Debug, Clone)]
pub struct Records<'t> {
    text: &'t str,
    delimiter: char,
    at: usize,
    row: u64,
}

impl<'t> Records<'t> {
    /// All records of a text whose rows end with `\n`. The delimiter must be an ASCII character.
    #[must_use]
    pub fn new(text: &'t str, delimiter: char) -> Self {
        Self { text, delimiter, at: 0, row: 1 }
    }

    /// Continues with the row after the first row of a record, to read the rows again that it
    /// swallowed.
    pub fn reread_below(&mut self, record: &Record) {
        (self.at, self.row) = (record.second_row, record.row + 1);
    }

    /// Reads the rest of the record into `cells`. Returns the offset after it.
    fn cells(&self, cells: &mut csv::StringRecord) -> Result<usize, Fault> {
        let mut at = self.at;
        loop {
            let rest = &self.text[at..];
            let end = if let Some(quoted) = rest.strip_prefix('"') {
                let (cell, length) = self.quoted(quoted, at)?;
                cells.push_field(&cell);
                at + 1 + length
            } else {
                let length = rest.find([self.delimiter, '\n']).unwrap_or(rest.len());
                let cell = &rest[..length];
                if cell.trim_start().starts_with('"') {
                    return Err(Fault::AfterSpace);
                }
                cells.push_field(cell);
                at + length
            };
            if !self.text[end..].starts_with(self.delimiter) {
                return Ok(end);
            }
            at = end + 1;
        }
    }

    /// A cell whose opening mark is at `at`. Returns the length including the closing mark and the
    /// spaces after it.
    fn quoted(&self, text: &str, at: usize) -> Result<(String, usize), Fault> {
        let mut cell = String::new();
        let mut from = 0;
        loop {
            let mark = from + text[from..].find('"').ok_or(Fault::NeverCloses)?;
            cell.push_str(&text[from..mark]);
            let behind = &text[mark + 1..];
            if behind.starts_with('"') {
                cell.push('"');
                from = mark + 2;
                continue;
            }
            let spaces =
                behind.len() - behind.trim_start_matches(|c| c == ' ' && c != self.delimiter).len();
            let end = &behind[spaces..];
            if end.is_empty() || end.starts_with([self.delimiter, '\n']) {
                return Ok((cell, mark + 1 + spaces));
            }
            let rows = self.text[self.at..at + 1 + mark].matches('\n').count();
            return Err(Fault::WithinCell(self.row + rows as u64));
        }
    }
}

impl Iterator for Records<'_> {
    type Item = Record;

    /// The next record that is not an empty row.
    fn next(&mut self) -> Option<Record> {
        while self.text[self.at..].starts_with('\n') {
            (self.at, self.row) = (self.at + 1, self.row + 1);
        }
        if self.at == self.text.len() {
            return None;
        }
        let first_row = self.text[self.at..].split('\n').next().unwrap_or_default();
        let second_row = (self.at + first_row.len() + 1).min(self.text.len());
        let mut record =
            Record { row: self.row, cells: csv::StringRecord::new(), fault: None, second_row };
        match self.cells(&mut record.cells) {
            Ok(end) => {
                self.row += 1 + self.text[self.at..end].matches('\n').count() as u64;
                self.at = (end + 1).min(self.text.len());
            }
            Err(fault) => {
                record.cells = first_row.split(self.delimiter).collect::<Vec<_>>().into();
                record.fault = Some(fault);
                self.reread_below(&record);
            }
        }
        Some(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(u64, Vec<String>, Option<Fault>)> {
        let shown = |record: Record| {
            (record.row, record.cells.iter().map(str::to_owned).collect::<Vec<_>>(), record.fault)
        };
        Records::new(text, ';').map(shown).collect()
    }

    fn cells(text: &str) -> Vec<Vec<String>> {
        let read = read(text);
        assert!(read.iter().all(|(.., fault)| fault.is_none()), "{read:?}");
        read.into_iter().map(|(_, cells, _)| cells).collect()
    }

    #[test]
    fn what_the_csv_crate_reads_without_guessing_reads_the_same() {
        for text in [
            "a;b\n1;2\n",
            "a;b\n1;2",
            "\n\na;b\n\n1;\"x;\"\"y\"\"\nz\"\n3;4\n",
            "\"\";\"\"\n;\n",
            "3\" tape;B\" 200\n",
            "é;\"日;本\"\n",
            ";;\n;",
        ] {
            let mut reader = csv::ReaderBuilder::new();
            let reader = reader.has_headers(false).flexible(true).delimiter(b';');
            let expected: Vec<Vec<String>> = reader
                .from_reader(text.as_bytes())
                .records()
                .map(|record| record.unwrap().iter().map(str::to_owned).collect())
                .collect();
            assert_eq!(cells(text), expected, "{text:?}");
        }
        assert_eq!(cells("\"a\" ;b\n"), [["a", "b"]], "spaces behind a closing mark are nothing");
    }

    #[test]
    fn a_mark_that_nobody_meant_costs_its_own_row_and_no_other() {
        let faults = |text: &str| -> Vec<_> {
            read(text).into_iter().filter_map(|(row, _, fault)| Some((row, fault?))).collect()
        };
        assert_eq!(faults("a;b\n\"A\"100;1\nB;2\n"), [(2, Fault::WithinCell(2))]);
        assert_eq!(faults("a; \"A\"\nB;2\n"), [(1, Fault::AfterSpace)]);
        let swallowing = "a;b\n1;\"Premium oil\n2;Milk\n3;\"Cream\" 10 %\n4;Butter\n";
        assert_eq!(faults(swallowing), [(2, Fault::WithinCell(4)), (4, Fault::WithinCell(4))]);
        let rows: Vec<u64> = read(swallowing).into_iter().map(|(row, ..)| row).collect();
        assert_eq!(rows, [1, 2, 3, 4, 5]);
        assert_eq!(faults("a;b\n1;\"x\n2;y\n"), [(2, Fault::NeverCloses)]);
    }

    #[test]
    fn what_a_record_swallowed_can_be_read_again() {
        let mut records = Records::new("1;\"a\n2;b\"\n3;c\n", ';');
        let first = records.next().unwrap();
        assert_eq!((first.row, &first.cells[1]), (1, "a\n2;b"));
        records.reread_below(&first);
        let rows: Vec<_> = records.map(|record| (record.row, record.cells[1].to_owned())).collect();
        assert_eq!(rows, [(2, "b\"".to_owned()), (3, "c".to_owned())]);
    }
}
