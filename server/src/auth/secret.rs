//! Secrets in the form in which they are given out, and in the form in which they are stored.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// The SHA-256 hash of a random secret. It is stored, and secrets are looked up by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// The 32 bytes of the hash.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }
}

/// A tablet's credential or a session's token: 256 random bits as 43 characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Makes a secret from random bytes.
    #[must_use]
    pub fn mint(random: [u8; 32]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(random))
    }

    /// Reads a secret from a request.
    #[must_use]
    pub fn received(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Makes a secret from texts that a client sent and a salt. The same request gives the same
    /// secret. Neither the salt alone nor the texts alone give it.
    #[must_use]
    pub fn derived(purpose: &str, sent: &[&str], salt: [u8; 16]) -> Self {
        let mut hasher = Sha256::new_with_prefix(salt);
        for part in std::iter::once(&purpose).chain(sent) {
            hasher.update(part.len().to_be_bytes());
            hasher.update(part);
        }
        Self::mint(hasher.finalize().into())
    }

    /// The text to give out, once.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The hash to store.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(&self.0)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A one-time enrolment code that people may type: 80 random bits in Crockford's base 32, in four
/// groups of four.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrolmentCode(String);

/// Crockford's alphabet: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl EnrolmentCode {
    /// Makes a code from random bytes.
    #[must_use]
    pub fn mint(random: [u8; 10]) -> Self {
        // 10 bytes are 16 groups of 5 bits. Digit i takes the 5 bits from bit 5 × i on, out of two
        // neighbouring bytes.
        let digits = (0..16).map(|digit| {
            let (byte, shift) = (digit * 5 / 8, digit * 5 % 8);
            let pair =
                u16::from_be_bytes([random[byte], random.get(byte + 1).copied().unwrap_or(0)]);
            char::from(ALPHABET[usize::from((pair >> (11 - shift)) & 0x1f)])
        });
        Self(digits.collect())
    }

    /// Reads a code as a person types it: in upper or lower case, with or without dashes and
    /// spaces, O for 0, and I or L for 1.
    #[must_use]
    pub fn received(text: &str) -> Self {
        let digits = text.chars().filter(|c| !matches!(c, '-' | ' ')).map(|c| {
            match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            }
        });
        Self(digits.collect())
    }

    /// The hash to store.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(&self.0)
    }

    /// The text to give out, once: `ABCD-EFGH-JKMN-PQRS`.
    #[must_use]
    pub fn expose(&self) -> String {
        let groups: Vec<String> = self
            .0
            .as_bytes()
            .chunks(4)
            .map(|group| String::from_utf8_lossy(group).into())
            .collect();
        groups.join("-")
    }
}

impl std::fmt::Debug for EnrolmentCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EnrolmentCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = EnrolmentCode::mint([0x08, 0x42, 0x10, 0x84, 0x21, 0, 0, 0, 0, 0]);
        assert_eq!(code.expose(), "1111-1111-0000-0000");
        assert_eq!(EnrolmentCode::received("iIlL 1111oO00 0000").hash(), code.hash());
        assert_ne!(EnrolmentCode::received("1111-1111-0000-0001").hash(), code.hash());
    }

    #[test]
    fn every_bit_of_the_random_bytes_is_in_the_code() {
        let zero = EnrolmentCode::mint([0; 10]);
        for bit in 0..80 {
            let mut random = [0; 10];
            random[bit / 8] |= 1 << (bit % 8);
            assert_ne!(EnrolmentCode::mint(random), zero, "bit {bit}");
        }
        assert_eq!(EnrolmentCode::mint([0xff; 10]).expose(), "ZZZZ-ZZZZ-ZZZZ-ZZZZ");
    }

    #[test]
    fn a_derived_secret_is_the_same_again_and_another_for_whatever_differs() {
        let made =
            |purpose: &str, sent: &[&str], salt: u8| Secret::derived(purpose, sent, [salt; 16]);
        let first = made("p", &["ab", "c"], 1);
        assert!(first == made("p", &["ab", "c"], 1));
        let others = [
            made("q", &["ab", "c"], 1),
            made("p", &["a", "bc"], 1),
            made("p", &["ab", "c"], 2),
            made("p", &["ab"], 1),
        ];
        assert!(others.iter().all(|other| *other != first));
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert!(!format!("{:?}", Secret::mint([7; 32])).contains(Secret::mint([7; 32]).expose()));
    }
}
