//! The signing key in a backup, encrypted with a passphrase.
//!
//! Argon2id (RFC 9106) makes the encryption key from the passphrase, with the parameters of that
//! document for little memory: 64 MiB and three passes. XChaCha20-Poly1305
//! (draft-irtf-cfrg-xchacha-03) encrypts the signing key with it.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use ed25519_dalek::SigningKey;

/// The fewest characters of a passphrase. Whoever has a backup can try passphrases without limit.
pub const SHORTEST_PASSPHRASE: usize = 12;

/// The bytes of a random salt and a random nonce.
pub const RANDOM: usize = SALT + NONCE;

const SALT: usize = 16;
const NONCE: usize = 24;
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;

/// The encrypted text says what it is for. So no other encrypted text passes for a signing key.
const PURPOSE: &[u8] = b"calloff backup: signing key, version 1";

/// Encrypts a key. `random` must be new random bytes. The result is the salt, the nonce and the
/// encrypted key, in base64.
#[must_use]
pub fn seal(key: &SigningKey, passphrase: &str, random: &[u8; RANDOM]) -> Option<String> {
    let (salt, nonce) = random.split_first_chunk::<SALT>()?;
    let nonce: [u8; NONCE] = nonce.try_into().ok()?;
    let secret = key.to_bytes();
    let payload = Payload { msg: &secret, aad: PURPOSE };
    let sealed = cipher(passphrase, salt)?.encrypt(&XNonce::from(nonce), payload).ok()?;
    Some(STANDARD.encode([&random[..], &sealed].concat()))
}

/// The key in a text that [`seal`] made. `None` if the passphrase is not the right one, or if the
/// text was changed.
#[must_use]
pub fn open(sealed: &str, passphrase: &str) -> Option<SigningKey> {
    let bytes = STANDARD.decode(sealed).ok()?;
    let (salt, rest) = bytes.split_first_chunk::<SALT>()?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE>()?;
    let payload = Payload { msg: sealed, aad: PURPOSE };
    let secret = cipher(passphrase, salt)?.decrypt(&XNonce::from(*nonce), payload).ok()?;
    Some(SigningKey::from_bytes(&secret.try_into().ok()?))
}

fn cipher(passphrase: &str, salt: &[u8; SALT]) -> Option<XChaCha20Poly1305> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).ok()?;
    let mut key = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, &mut key)
        .ok()?;
    Some(XChaCha20Poly1305::new(&Key::from(key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_passphrase_opens_a_key_and_a_changed_text_opens_with_none() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let sealed = seal(&key, "a long passphrase", &[3; RANDOM]).unwrap();
        let opened =
            |sealed: &str, passphrase: &str| open(sealed, passphrase).map(|k| k.to_bytes());
        assert_eq!(opened(&sealed, "a long passphrase"), Some(key.to_bytes()));
        assert_eq!(opened(&sealed, "a long passphrasE"), None);
        let mut bytes = STANDARD.decode(&sealed).unwrap();
        for place in [0, SALT, RANDOM, bytes.len() - 1] {
            bytes[place] ^= 1;
            assert_eq!(opened(&STANDARD.encode(&bytes), "a long passphrase"), None, "{place}");
            bytes[place] ^= 1;
        }
        assert_eq!(opened(&STANDARD.encode(&bytes[..RANDOM]), "a long passphrase"), None);
        assert_eq!(opened("no base64", "a long passphrase"), None);
    }
}
