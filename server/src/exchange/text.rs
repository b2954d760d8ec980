//! Turns the bytes of a file into text, whatever program wrote them.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};
use serde::Deserialize;

/// The encoding of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Charset {
    /// Detects the encoding: by the byte-order mark, else UTF-8 when the bytes are valid, else
    /// UTF-16 or windows-1252 by their look.
    #[default]
    Auto,
    /// UTF-8, with or without a byte-order mark.
    #[serde(rename = "utf-8")]
    Utf8,
    /// UTF-16 in either byte order.
    #[serde(rename = "utf-16")]
    Utf16,
    /// The encoding of Western Windows programs. Latin-1 is a part of it.
    #[serde(rename = "windows-1252", alias = "latin-1")]
    Windows1252,
}

/// Why bytes are not text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// There are no bytes.
    #[error("it is empty")]
    Empty,
    /// The format is not text.
    #[error("it is {0}, not text: export it as CSV (UTF-8) first")]
    KnownBinary(&'static str),
    /// The bytes have control characters that no text has.
    #[error("it is binary, not text: byte {offset} is 0x{byte:02x}")]
    Binary {
        /// The offset of the first such byte, from 0.
        offset: usize,
        /// The value of that byte.
        byte: u8,
    },
    /// The file ends inside a character.
    #[error("it ends in the middle of a character: the file is cut off, fetch it again")]
    CutOff,
    /// The file is not in the encoding that the mapping names.
    #[error(
        "byte {offset} on line {line} is not {charset}: set `encoding` in the mapping to what the \
         file has"
    )]
    WrongCharset {
        /// The encoding in the mapping.
        charset: &'static str,
        /// The offset of the wrong byte, from 0.
        offset: usize,
        /// The line of the wrong byte, from 1.
        line: usize,
    },
}

/// A file as text, with `\n` as line end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The text, without a byte-order mark.
    pub text: String,
    /// What the reader had to guess or correct.
    pub remarks: Vec<String>,
}

/// The first bytes of formats that people mistake for CSV.
const SIGNATURES: [(&[u8], &str); 6] = [
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook (.xlsx)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"SQLite format 3\0", "a database"),
    (b"\x89PNG", "an image"),
];

/// Reads bytes as text.
///
/// # Errors
/// [`TextError`] for bytes that are empty, binary, cut off, or not in the encoding of the mapping.
pub fn read(bytes: &[u8], charset: Charset) -> Result<Text, TextError> {
    if bytes.is_empty() {
        return Err(TextError::Empty);
    }
    check_signature(bytes)?;
    let mut remarks = Vec::new();
    let text = decode(bytes, charset, &mut remarks)?;
    check_is_text(&text)?;
    if text.trim().is_empty() {
        return Err(TextError::Empty);
    }
    Ok(Text { text: unify_line_ends(text, &mut remarks), remarks })
}

/// Refuses empty files, and bytes that begin like a format that is not text.
///
/// # Errors
/// [`TextError::Empty`] or [`TextError::KnownBinary`].
pub fn check_signature(bytes: &[u8]) -> Result<(), TextError> {
    if bytes.is_empty() {
        return Err(TextError::Empty);
    }
    match SIGNATURES.iter().find(|(signature, _)| bytes.starts_with(signature)) {
        Some((_, name)) => Err(TextError::KnownBinary(name)),
        None => Ok(()),
    }
}

fn decode(bytes: &[u8], charset: Charset, remarks: &mut Vec<String>) -> Result<String, TextError> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        if encoding != encoding_rs::UTF_8 {
            remarks.push(format!("the file is {}, not UTF-8; it was converted", encoding.name()));
            return decode_utf16(&bytes[mark..], encoding);
        }
        return decode_utf8(&bytes[mark..]);
    }
    match charset {
        Charset::Utf8 => decode_utf8(bytes),
        Charset::Utf16 => decode_utf16(bytes, utf16_order(bytes).unwrap_or(UTF_16LE)),
        Charset::Windows1252 => Ok(WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned()),
        Charset::Auto => {
            if let Some(encoding) = utf16_order(bytes) {
                remarks.push(format!("the file looks like {} and was converted", encoding.name()));
                return decode_utf16(bytes, encoding);
            }
            decode_utf8(bytes).or_else(|error| {
                if error == TextError::CutOff {
                    return Err(error);
                }
                remarks.push(
                    "the file is not UTF-8 and was read as windows-1252: check accented letters"
                        .to_owned(),
                );
                Ok(WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned())
            })
        }
    }
}

fn decode_utf8(bytes: &[u8]) -> Result<String, TextError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        // Everything is right, except that the last character is not complete.
        Err(error) if error.error_len().is_none() => Err(TextError::CutOff),
        Err(error) => {
            let offset = error.valid_up_to();
            let line = 1 + bytes[..offset].iter().filter(|byte| **byte == b'\n').count();
            Err(TextError::WrongCharset { charset: "UTF-8", offset, line })
        }
    }
}

fn decode_utf16(bytes: &[u8], encoding: &'static Encoding) -> Result<String, TextError> {
    if !bytes.len().is_multiple_of(2) {
        return Err(TextError::CutOff);
    }
    encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .map(std::borrow::Cow::into_owned)
        .ok_or(TextError::WrongCharset { charset: "UTF-16", offset: 0, line: 1 })
}

/// Detects UTF-16 without a byte-order mark. In text of mostly Western letters, every second byte
/// is zero, and always on the same side.
fn utf16_order(bytes: &[u8]) -> Option<&'static Encoding> {
    const SAMPLE: usize = 4096;
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let zeros =
        |parity: usize| sample.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let most = sample.len() * 2 / 5;
    if most == 0 {
        None
    } else if odd >= most && even == 0 {
        Some(UTF_16LE)
    } else if even >= most && odd == 0 {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Text has no control characters except tab, line ends and form feed.
fn check_is_text(text: &str) -> Result<(), TextError> {
    let control = text
        .char_indices()
        .find(|(_, c)| c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r' | '\x0c'));
    match control {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "an ASCII control character is one byte"
        )]
        Some((offset, c)) => Err(TextError::Binary { offset, byte: c as u32 as u8 }),
        None => Ok(()),
    }
}

/// Turns every line end into `\n`, so that rows are counted as an editor counts them.
fn unify_line_ends(text: String, remarks: &mut Vec<String>) -> String {
    if !text.contains('\r') {
        return text;
    }
    let unified = text.replace("\r\n", "\n");
    if unified.contains('\r') {
        remarks.push("the file has bare carriage returns as line ends".to_owned());
    }
    unified.replace('\r', "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> Result<String, TextError> {
        read(bytes, Charset::Auto).map(|text| text.text)
    }

    #[test]
    fn case_17_every_line_end_and_a_byte_order_mark_are_read() {
        for bytes in
            [&b"a,b\r\n1,2\r\n"[..], b"a,b\r1,2\r", b"a,b\n1,2\n", b"\xef\xbb\xbfa,b\r1,2\r\n"]
        {
            assert_eq!(text(bytes).unwrap(), "a,b\n1,2\n");
        }
        assert_eq!(read(b"a\r1\r", Charset::Auto).unwrap().remarks.len(), 1);
    }

    #[test]
    fn case_17_other_encodings_are_converted_and_remarked() {
        let wanted = "Name\nEurípides “Co”\n";
        let utf16 = |to_bytes: fn(u16) -> [u8; 2]| {
            wanted.encode_utf16().flat_map(to_bytes).collect::<Vec<u8>>()
        };
        let (little, big) = (utf16(u16::to_le_bytes), utf16(u16::to_be_bytes));
        let western = WINDOWS_1252.encode(wanted).0.into_owned();
        for bytes in [
            [&[0xff, 0xfe][..], &little].concat(),
            [&[0xfe, 0xff][..], &big].concat(),
            little,
            big,
            western,
        ] {
            let read = read(&bytes, Charset::Auto).unwrap();
            assert_eq!((read.text.as_str(), read.remarks.len()), (wanted, 1));
        }
        assert_eq!(read(wanted.as_bytes(), Charset::Auto).unwrap().remarks, Vec::<String>::new());
    }

    #[test]
    fn what_is_no_text_is_refused_with_the_reason() {
        assert_eq!(text(b""), Err(TextError::Empty));
        assert_eq!(text(b" \r\n"), Err(TextError::Empty));
        assert!(matches!(text(b"PK\x03\x04rest"), Err(TextError::KnownBinary(_))));
        assert_eq!(text(b"a,b\n1,\x00\x07"), Err(TextError::Binary { offset: 6, byte: 0 }));
        assert_eq!(text("a,é".as_bytes().split_last().unwrap().1), Err(TextError::CutOff));
        let strict = read(b"a\nb\xe9c", Charset::Utf8);
        assert_eq!(strict, Err(TextError::WrongCharset { charset: "UTF-8", offset: 3, line: 2 }));
    }
}
