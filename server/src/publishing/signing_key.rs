//! The organisation's signing key: a file in the data folder that only its owner may read.

use std::io::Write as _;
use std::path::Path;

use ed25519_dalek::SigningKey;

/// The key's file in the data folder: 32 bytes as 64 hexadecimal digits.
const KEY_FILE: &str = "signing.key";

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or made.
    #[error("the signing key {path}: {source}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error("{path} is no signing key (64 hexadecimal digits): restore it from a backup; tablets trust no other key")]
    Malformed {
        /// The file.
        path: String,
    },
    /// No randomness.
    #[error("the system gives no random bytes for a signing key: {0}")]
    Random(getrandom::Error),
}

/// Reads the key, or makes one on first use.
///
/// # Errors
/// [`KeyError`].
pub fn load_or_create(data: &Path) -> Result<SigningKey, KeyError> {
    let path = data.join(KEY_FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) => parse(text.trim()).ok_or_else(|| KeyError::Malformed { path: path.display().to_string() }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => create(&path),
        Err(source) => Err(KeyError::File { path: path.display().to_string(), source }),
    }
}

fn parse(text: &str) -> Option<SigningKey> {
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; 32];
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * place..2 * place + 2], 16).ok()?;
    }
    Some(SigningKey::from_bytes(&bytes))
}

/// Writes the key beside its place and renames it there, so that a crash leaves no half a key.
fn create(path: &Path) -> Result<SigningKey, KeyError> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(KeyError::Random)?;
    let text: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let written = || -> std::io::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let beside = path.with_extension("key.new");
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&beside)?;
        writeln!(file, "{text}")?;
        file.sync_all()?;
        std::fs::rename(beside, path)
    };
    written().map_err(|source| KeyError::File { path: path.display().to_string(), source })?;
    Ok(SigningKey::from_bytes(&secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_for_its_owner_alone_and_a_damaged_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let key = load_or_create(&data).unwrap();
        assert_eq!(load_or_create(&data).unwrap().to_bytes(), key.to_bytes());
        let path = data.join(KEY_FILE);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        std::fs::write(&path, "not a key").unwrap();
        assert!(matches!(load_or_create(&data), Err(KeyError::Malformed { .. })));
    }
}
