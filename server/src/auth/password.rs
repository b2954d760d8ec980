//! Passwords: Argon2id with the crate's parameters (OWASP: 19 MiB, two passes), about 30 ms.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use calloff_core::limits::NAME_BYTES;
use calloff_core::wire::PASSWORD_CHARACTERS;

/// Whether a password may be set: it is long enough, and not longer than the sign-in accepts.
#[must_use]
pub fn is_allowed_password(password: &str) -> bool {
    password.chars().count() >= PASSWORD_CHARACTERS && password.len() <= NAME_BYTES
}

/// Hashes a password with a salt, in the PHC string format.
///
/// # Errors
/// [`argon2::password_hash::Error`] for a password that is longer than Argon2 allows (4 GiB).
pub fn hash_password(
    password: &str,
    salt: [u8; 16],
) -> Result<String, argon2::password_hash::Error> {
    let hash: PasswordHash =
        Argon2::default().hash_password_with_salt(password.as_bytes(), &salt)?;
    Ok(hash.to_string())
}

/// Whether a password belongs to a stored hash. Without a hash it takes as long and returns false,
/// so that the time does not show which names exist.
#[must_use]
pub fn is_password(password: &str, stored: Option<&str>) -> bool {
    match stored.map(PasswordHash::new) {
        Some(Ok(hash)) => Argon2::default().verify_password(password.as_bytes(), &hash).is_ok(),
        Some(Err(_)) | None => {
            let _ = hash_password(password, [0; 16]);
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_is_accepted_and_the_hash_is_argon2id() {
        let hash = hash_password("correct horse", [3; 16]).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$"), "{hash}");
        assert!(is_password("correct horse", Some(&hash)));
        assert!(!is_password("correct horse ", Some(&hash)));
        assert!(!is_password("correct horse", Some("not a hash")));
        assert!(!is_password("", None));
    }
}
