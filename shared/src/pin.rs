//! The PIN with which a person says on a shared tablet who they are.
//!
//! The PIN is checked without a network, so every tablet of a site has a **verifier** of each PIN.
//! A PIN has too few digits to resist an attacker who copies a verifier from a tablet
//! (docs/security.md has the numbers). It keeps colleagues from ordering under each other's names,
//! and it gives access to nothing but that name on the tablets of that site. It is never a
//! password.

use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};

/// The memory of one check, in KiB: 19 MiB. This is the minimum that OWASP recommends for Argon2id.
/// It is not more, because WebAssembly never returns memory.
const MEMORY_KIB: u32 = 19 * 1024;

/// The number of passes over that memory. They take 44 ms as WebAssembly on a desktop core, and 130
/// to 260 ms on tablets that are three to six times slower. A person waits for it once, an attacker
/// for each of 10,000 PINs.
const PASSES: u32 = 4;

/// The largest memory that is accepted when a verifier asks for other parameters than ours: four
/// times as much. The same factor holds for the passes.
const MOST_MEMORY_KIB: u32 = 4 * MEMORY_KIB;
const MOST_PASSES: u32 = 4 * PASSES;

/// The allowed number of digits in a PIN.
pub const PIN_DIGITS: std::ops::RangeInclusive<usize> = 4..=8;

/// The number of wrong PINs in a row without a waiting time, because people mistype.
const FREE_TRIES: u32 = 3;

/// The longest waiting time, so that nobody can lock a colleague out for a shift.
const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);

/// Why a text cannot be a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// The text has other characters than digits, too few digits or too many.
    #[error("a PIN has {} to {} digits", PIN_DIGITS.start(), PIN_DIGITS.end())]
    Digits,
    /// The PIN is one of those that everybody tries first.
    #[error("choose another PIN: not one repeated digit, and no row of digits like 1234")]
    TooEasy,
    /// The hash cannot be computed.
    #[error("the PIN cannot be hashed")]
    Hash,
}

/// A PIN, as somebody typed it.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(String);

impl Pin {
    /// Reads a PIN that will be checked.
    ///
    /// # Errors
    /// [`PinError::Digits`] for any other text.
    pub fn parse(text: &str) -> Result<Self, PinError> {
        let is_pin =
            PIN_DIGITS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_pin { Ok(Self(text.to_owned())) } else { Err(PinError::Digits) }
    }

    /// Reads a new PIN that somebody chooses. PINs that are easy to guess are refused.
    ///
    /// # Errors
    /// [`PinError`] when the PIN cannot be used.
    pub fn choose(text: &str) -> Result<Self, PinError> {
        let pin = Self::parse(text)?;
        let mut steps =
            pin.0.as_bytes().windows(2).map(|pair| i16::from(pair[1]) - i16::from(pair[0]));
        let first = steps.next().unwrap_or_default();
        if (-1..=1).contains(&first) && steps.all(|step| step == first) {
            Err(PinError::TooEasy)
        } else {
            Ok(pin)
        }
    }
}

impl std::fmt::Debug for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pin(…)")
    }
}

/// The verifier of a PIN: an Argon2id hash in the PHC string format, with salt and parameters.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PinVerifier(String);

impl PinVerifier {
    /// Makes the verifier of a PIN with a random salt of 16 bytes.
    ///
    /// # Errors
    /// [`PinError::Hash`] when the hash cannot be computed.
    pub fn new(pin: &Pin, salt: [u8; 16]) -> Result<Self, PinError> {
        let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|_| PinError::Hash)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let hash: PasswordHash =
            argon2.hash_password_with_salt(pin.0.as_bytes(), &salt).map_err(|_| PinError::Hash)?;
        Ok(Self(hash.to_string()))
    }

    /// Reads a stored verifier.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The verifier as text, to store it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the verifier of `pin`. It takes 19 MiB of memory and, on a tablet, up to a
    /// quarter of a second. It is false for a damaged verifier, and for one whose parameters are
    /// too large.
    #[must_use]
    pub fn verifies(&self, pin: &Pin) -> bool {
        let Ok(hash) = PasswordHash::new(&self.0) else { return false };
        let Ok(params) = Params::try_from(&hash) else { return false };
        params.m_cost() <= MOST_MEMORY_KIB
            && params.t_cost() <= MOST_PASSES
            && Argon2::default().verify_password(pin.0.as_bytes(), &hash).is_ok()
    }
}

impl std::fmt::Debug for PinVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PinVerifier(…)")
    }
}

/// How long a tablet waits before it checks the next PIN of a person, after `wrong` wrong PINs in a
/// row. At first it does not wait, then 5 seconds, doubled each time, at most 5 minutes. A tablet
/// keeps the count over restarts. An attacker who reads the tablet's storage does not have to wait.
#[must_use]
pub fn wait_after(wrong: u32) -> Duration {
    match wrong.checked_sub(FREE_TRIES) {
        None => Duration::ZERO,
        Some(more) => {
            LONGEST_WAIT.min(Duration::from_secs(5_u64.saturating_mul(2_u64.saturating_pow(more))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_pin_is_verified() {
        let verifier = PinVerifier::new(&Pin::choose("2580").unwrap(), [7; 16]).unwrap();
        assert!(
            verifier.as_str().starts_with("$argon2id$v=19$m=19456,t=4,p=1$"),
            "{}",
            verifier.as_str()
        );
        assert!(verifier.verifies(&Pin::parse("2580").unwrap()));
        for wrong in ["2581", "02580", "25800"] {
            assert!(!verifier.verifies(&Pin::parse(wrong).unwrap()), "{wrong}");
        }
        let read: PinVerifier =
            serde_json::from_str(&serde_json::to_string(&verifier).unwrap()).unwrap();
        assert_eq!(read, verifier);
        assert_ne!(
            PinVerifier::new(&Pin::parse("2580").unwrap(), [8; 16]).unwrap(),
            verifier,
            "salted"
        );
    }

    #[test]
    fn a_verifier_that_is_damaged_or_greedy_verifies_nothing_at_once() {
        let pin = Pin::parse("2580").unwrap();
        let verifier = PinVerifier::new(&pin, [7; 16]).unwrap();
        for (ours, theirs) in [
            ("m=19456", "m=4000000"),
            ("t=4", "t=4000000"),
            ("$argon2id$", "$argon2$"),
            ("p=1$", "p=1"),
        ] {
            let damaged = verifier.as_str().replace(ours, theirs);
            assert_ne!(damaged, verifier.as_str());
            assert!(!PinVerifier::stored(damaged).verifies(&pin), "{theirs}");
        }
        assert!(!PinVerifier::stored(String::new()).verifies(&pin));
    }

    #[test]
    fn what_everybody_tries_first_is_not_chosen() {
        for easy in ["0000", "7777777", "1234", "4567", "9876", "012345"] {
            assert_eq!(Pin::choose(easy), Err(PinError::TooEasy), "{easy}");
            assert!(Pin::parse(easy).is_ok(), "it may have been chosen before this rule");
        }
        for fine in ["2580", "1235", "1357", "1212", "00000001"] {
            assert!(Pin::choose(fine).is_ok(), "{fine}");
        }
        for none in ["", "123", "123456789", "12a4", "１２３４", "12 4"] {
            assert_eq!(Pin::choose(none), Err(PinError::Digits), "{none}");
        }
        assert_eq!(format!("{:?}", Pin::parse("2580")), "Ok(Pin(…))");
    }

    #[test]
    fn each_wrong_pin_after_the_third_waits_twice_as_long_up_to_five_minutes() {
        let seconds: Vec<_> = (0..12).map(|wrong| wait_after(wrong).as_secs()).collect();
        assert_eq!(seconds, [0, 0, 0, 5, 10, 20, 40, 80, 160, 300, 300, 300]);
        assert_eq!(wait_after(u32::MAX), LONGEST_WAIT);
    }
}
