//! The organisation's signing key: a file in the data folder that only its owner may read.

use std::io::Write as _;
use std::path::Path;

use calloff_core::catalogue::release::{ReleaseError, format_public_key};
use ed25519_dalek::SigningKey;

use crate::storage::orders::Visible;
use crate::storage::organisation::put_setting;
use crate::storage::{ServerStore, StorageError};

/// The file of the key in the data folder: 32 bytes as 64 hexadecimal digits.
pub const KEY_FILE: &str = "signing.key";

/// Why there is no signing key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("the signing key {path}: {source}")]
    File {
        /// The path of the file.
        path: String,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The file has something else than a key.
    #[error(
        "{path} is not a signing key (64 hexadecimal digits): restore it from a backup; tablets \
         trust no other key"
    )]
    Malformed {
        /// The path of the file.
        path: String,
    },
    /// The organisation has a key, but the file is missing.
    #[error(
        "the signing key {path} is missing: put the file back from a backup. Tablets trust no \
         other key; without it, each has to be enrolled again, with another data folder"
    )]
    Missing {
        /// The path of the file.
        path: String,
    },
    /// The file has the key of another organisation.
    #[error(
        "{path} is not the key that this database's releases are signed with: put the right file \
         back from a backup, or name the folder that belongs to this key with --data. Tablets \
         trust no other key"
    )]
    Foreign {
        /// The path of the file.
        path: String,
    },
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The system has no random bytes.
    #[error("the system gives no random bytes for a signing key: {0}")]
    Random(getrandom::Error),
}

/// The signing key of an organisation. It is made on first use. After that no other key works,
/// because tablets stored its public key.
///
/// # Errors
/// [`KeyError`], also when the key was lost or is not the key that tablets trust.
pub async fn of(data: &Path, store: &ServerStore) -> Result<SigningKey, KeyError> {
    check(data, store).await?;
    let key = load_or_create(data)?;
    if store.setting(SETTING).await?.is_none() {
        let mut write = store.write().await?;
        put_setting(&mut write, SETTING, &format_public_key(&key.verifying_key())).await?;
        write.commit().await?;
    }
    Ok(key)
}

/// Checks that the key in a folder belongs to a database, if there must be a key.
///
/// # Errors
/// The errors of [`of`].
pub async fn check(data: &Path, store: &ServerStore) -> Result<(), KeyError> {
    let known = store.setting(SETTING).await?;
    let newest = store.releases().await?.into_iter().next();
    let path = data.join(KEY_FILE);
    if !path.exists() {
        let is_in_use =
            known.is_some() || newest.is_some() || !store.devices(&Visible::All).await?.is_empty();
        let missing = || KeyError::Missing { path: path.display().to_string() };
        return if is_in_use { Err(missing()) } else { Ok(()) };
    }
    let key = load_or_create(data)?.verifying_key();
    let is_foreign = match (known, newest) {
        (Some(known), _) => known != format_public_key(&key),
        (None, Some(newest)) => {
            matches!(newest.signed.verify(&key), Err(ReleaseError::BadSignature))
        }
        (None, None) => false,
    };
    if is_foreign { Err(KeyError::Foreign { path: path.display().to_string() }) } else { Ok(()) }
}

/// The setting in the database that has the public key.
const SETTING: &str = "signing_key";

/// Reads the key, or makes it on first use.
///
/// # Errors
/// [`KeyError`] when the file cannot be read or written.
pub fn load_or_create(data: &Path) -> Result<SigningKey, KeyError> {
    let path = data.join(KEY_FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) => parse(text.trim())
            .ok_or_else(|| KeyError::Malformed { path: path.display().to_string() }),
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

/// Puts a key that was in a backup into a folder that has none.
///
/// # Errors
/// [`KeyError::File`].
pub fn put(data: &Path, key: &SigningKey) -> Result<(), KeyError> {
    write(&data.join(KEY_FILE), key)
}

fn create(path: &Path) -> Result<SigningKey, KeyError> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(KeyError::Random)?;
    let key = SigningKey::from_bytes(&secret);
    write(path, &key)?;
    Ok(key)
}

/// Writes the key into a temporary file beside its place and renames that file, so that a crash
/// never leaves half a key.
fn write(path: &Path, key: &SigningKey) -> Result<(), KeyError> {
    let text: String = key.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
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
    written().map_err(|source| KeyError::File { path: path.display().to_string(), source })
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
