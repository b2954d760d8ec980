//! Files of cells that people open in spreadsheets. Every CSV file that Calloff writes goes through
//! [`CsvFile`].
//!
//! A spreadsheet runs a cell that begins like a formula when it opens the file, and the text of a
//! cell may come from a supplier's list (OWASP, "CSV Injection"). Such a cell gets an apostrophe in
//! front. Spreadsheets understand it as "this is text".

use std::borrow::Cow;
use std::io::Write;

/// Writes rows of cells that no spreadsheet runs as formulas.
#[derive(Debug)]
pub struct CsvFile<W: Write>(csv::Writer<W>);

impl<W: Write> CsvFile<W> {
    /// Writes the rows to `file`.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place: cells are defused here")]
    pub fn new(file: W) -> Self {
        Self(csv::Writer::from_writer(file))
    }

    /// Writes one row.
    ///
    /// # Errors
    /// The error of the file.
    pub fn write_row<'c>(
        &mut self,
        cells: impl IntoIterator<Item = &'c str>,
    ) -> std::io::Result<()> {
        let cells = cells.into_iter().map(defused);
        self.0
            .write_record(cells.map(|cell| cell.into_owned().into_bytes()))
            .map_err(std::io::Error::from)
    }

    /// The file, with all rows written.
    ///
    /// # Errors
    /// The error of the file.
    pub fn into_inner(self) -> std::io::Result<W> {
        self.0.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}

/// Makes a cell safe for spreadsheets. A cell that begins with a sign of a formula, in plain or
/// full width, gets an apostrophe in front. So does a cell that begins with a tab or line end,
/// which may hide such a sign. Negative numbers stay numbers.
#[must_use]
pub fn defused(cell: &str) -> Cow<'_, str> {
    let is_number = |rest: &str| {
        rest.starts_with(|c: char| c.is_ascii_digit() || c == '.')
            && rest.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','))
    };
    let is_live = match cell.chars().next() {
        Some('-') => !is_number(&cell[1..]),
        Some('=' | '+' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠') => true,
        _ => false,
    };
    if is_live { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_no_other_changes() {
        for cell in [
            "=1+1",
            "+49 Farm",
            "@Farm",
            "-Farm",
            "-1+1",
            "-",
            "\t=1",
            "\r=1",
            "=cmd|' /C calc'!A0",
            "＝1",
        ] {
            assert_eq!(defused(cell), format!("'{cell}"));
        }
        for cell in ["", "Farm", "-5", "-0.5", "-1,234.50", "A=1", "'=1", "1-2", " =1"] {
            assert_eq!(defused(cell), cell);
        }
        let mut file = CsvFile::new(Vec::new());
        file.write_row(["=1+1", "a,b"]).unwrap();
        assert_eq!(file.into_inner().unwrap(), b"'=1+1,\"a,b\"\n");
    }
}
