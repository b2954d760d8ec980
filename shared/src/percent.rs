//! Percent-encoding of addresses (RFC 3986, section 2.1).

/// Decodes a part of an address: each `%XX` becomes one byte. `None` if the bytes are not UTF-8 or
/// a `%` has no two digits.
#[must_use]
pub fn percent_decoded(part: &str) -> Option<String> {
    let mut pieces = part.split('%');
    let mut bytes = pieces.next()?.as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_encoded_correctly_is_nothing() {
        assert_eq!(percent_decoded("m%C3%BCller%2F50%25").as_deref(), Some("müller/50%"));
        assert_eq!(percent_decoded("a+b c").as_deref(), Some("a+b c"));
        for wrong in ["%", "%f", "%zz", "%ff", "a%é"] {
            assert_eq!(percent_decoded(wrong), None, "{wrong}");
        }
    }
}
