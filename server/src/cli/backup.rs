//! `calloff backup` and `calloff restore`: a copy of the database, and one brought back. The copy
//! is a file of SQLite, whichever engine the organisation uses.

use std::path::{Path, PathBuf};

use calloff_core::wire::AuditAct;

use super::user::{first_line, random};
use super::{CliError, Context, answer};
use crate::publishing::{sealed_key, signing_key};
use crate::put_back;
use crate::storage::audit::{Act, record};
use crate::storage::incarnation::{RANDOM, begin_incarnation};
use crate::storage::migrate::{copy_snapshot, migrate};
use crate::storage::organisation::{put_setting, remove_setting};
use crate::storage::{DATABASE_FILE, ServerStore, StorageError, sqlite};

/// The file for the copy.
#[derive(Debug, clap::Args)]
pub struct BackupArgs {
    /// The file to write; it must not exist
    pub file: PathBuf,
    /// Put the signing key into the copy, encrypted with a passphrase from standard input (its
    /// first line, at least 12 characters)
    #[arg(long)]
    pub with_key: bool,
}

/// The copy to restore.
#[derive(Debug, clap::Args)]
pub struct RestoreArgs {
    /// The file that `calloff backup` wrote, or a copy of a database whose server was stopped. If
    /// the data folder has no signing key and the file has one, its passphrase is read from
    /// standard input (its first line)
    pub file: PathBuf,
}

/// The folder in the data folder in which a backup is prepared.
const READY: &str = "restoring";

/// The setting of a backup that has the encrypted signing key. No database in use has it.
const SEALED_KEY: &str = "backup_signing_key";

/// Writes a copy of the database at this moment. The server may continue.
///
/// # Errors
/// The errors of [`write_copy`]; the passphrase is too short.
pub async fn backup(context: &Context, args: BackupArgs) -> Result<(), CliError> {
    let passphrase = args.with_key.then(|| first_line("Passphrase for the signing key"));
    let passphrase = passphrase.transpose()?;
    write_copy(context, &args.file, passphrase.as_deref()).await?;
    let key = if args.with_key {
        "the signing key, which only the passphrase opens: keep the passphrase in another place"
            .to_owned()
    } else {
        let key = context.data.join(signing_key::KEY_FILE);
        format!(
            "everything except the signing key: keep {} in a safe place, too, or use --with-key",
            key.display()
        )
    };
    answer(&format!("{} has {key}. Restore it with: calloff restore FILE\n", args.file.display()))
}

/// Writes a copy of the database at this moment into a new file. With a passphrase, the copy has
/// the signing key, too, which the passphrase encrypts.
///
/// # Errors
/// There is no database, or no key that belongs to it; the file exists already or cannot be
/// written; the passphrase is too short. Nothing is left of the copy then.
pub async fn write_copy(
    context: &Context,
    file: &Path,
    passphrase: Option<&str>,
) -> Result<(), CliError> {
    if file.exists() {
        return Err(CliError::Usage(format!(
            "{} exists already: choose another name",
            file.display()
        )));
    }
    let store = context.open().await?;
    store.check().await?;
    let sealed = match passphrase {
        Some(passphrase) => Some(sealed(context, &store, passphrase).await?),
        None => None,
    };
    // A copy that is not complete never has the name of the file.
    let part = PathBuf::from(format!("{}.part-{}", file.display(), std::process::id()));
    std::fs::create_dir(&part).map_err(|source| io(file, source))?;
    let written = write_into(context, &store, &part, sealed).await;
    let written = written.and_then(|()| {
        std::fs::rename(part.join(DATABASE_FILE), file).map_err(|source| io(file, source))
    });
    let _ = std::fs::remove_dir_all(&part);
    store.close().await;
    written
}

/// The signing key, encrypted.
async fn sealed(
    context: &Context,
    store: &ServerStore,
    passphrase: &str,
) -> Result<String, CliError> {
    if passphrase.chars().count() < sealed_key::SHORTEST_PASSPHRASE {
        return Err(CliError::Usage(format!(
            "the passphrase needs at least {} characters, because somebody who has the file can try \
             passphrases without limit: give a longer one in the first line of standard input",
            sealed_key::SHORTEST_PASSPHRASE
        )));
    }
    if !context.data.join(signing_key::KEY_FILE).exists() {
        return Err(CliError::Usage(format!(
            "there is no signing key in {}: leave --with-key out, or name the folder that has it \
             with --data",
            context.data.display()
        )));
    }
    signing_key::check(&context.data, store).await?;
    let key = signing_key::load_or_create(&context.data)?;
    sealed_key::seal(&key, passphrase, &random()?)
        .ok_or_else(|| CliError::Usage("the passphrase cannot be used: choose another".to_owned()))
}

/// Writes the database of a copy into a folder, and makes it durable.
async fn write_into(
    context: &Context,
    store: &ServerStore,
    folder: &Path,
    sealed: Option<String>,
) -> Result<(), CliError> {
    let copy = folder.join(DATABASE_FILE);
    if context.database.is_some() {
        let to = ServerStore::open(folder).await?;
        copy_snapshot(store, &to).await?;
        to.close().await;
    } else {
        sqlite::copy(&context.data.join(DATABASE_FILE), &copy).await?;
    }
    if let Some(sealed) = sealed {
        let to = ServerStore::open(folder).await?;
        let mut write = to.write().await?;
        put_setting(&mut write, SEALED_KEY, &sealed).await?;
        write.commit().await?;
        to.close().await;
    }
    let file = std::fs::File::open(&copy).map_err(|source| io(&copy, source))?;
    file.sync_all().map_err(|source| io(&copy, source))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let owner = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&copy, owner).map_err(|source| io(&copy, source))?;
    }
    Ok(())
}

/// Restores a copy as a new database, with another incarnation than the copied one. Tablets notice
/// that, and offer what it lacks.
///
/// # Errors
/// The errors of [`bring_back`].
pub async fn restore(context: &Context, args: RestoreArgs) -> Result<(), CliError> {
    let passphrase = || first_line("Passphrase of the signing key");
    let (block, before) = bring_back(context, &args.file, passphrase).await?;
    let before =
        before.map(|before| format!("The database that was here is now {}.\n", before.display()));
    answer(&format!(
        "Restored {}. Purchase orders are numbered PO-{block}-000001 from now on, so that no \
         number is given twice.\n{}\
         Tablets that come back send or offer what this copy lacks: look at \"Quarantine\" at \
         the desk, or `calloff offer list`, and take up what was offered.\n",
        args.file.display(),
        before.unwrap_or_default(),
    ))
}

/// Restores a copy. `passphrase` is asked for if the folder has no signing key and the copy has
/// one. Returns the block of the purchase order numbers, and the new name of the database that was
/// in the folder before.
///
/// # Errors
/// The file is not a complete database, a server is running, the PostgreSQL database has data, the
/// passphrase is wrong, or the folder cannot be written. The old database is then unchanged.
pub async fn bring_back<E>(
    context: &Context,
    file: &Path,
    passphrase: impl FnOnce() -> Result<String, E>,
) -> Result<(String, Option<PathBuf>), CliError>
where
    CliError: From<E>,
{
    if !file.is_file() {
        return Err(CliError::Usage(format!("there is no file {}", file.display())));
    }
    // A refused restore leaves no folder that was not there.
    let is_new_folder = !context.data.exists();
    let ready = context.data.join(READY);
    let restored = replace(context, file, &ready, passphrase).await;
    if restored.is_err() {
        let _ = std::fs::remove_dir_all(&ready);
        if is_new_folder {
            let _ = std::fs::remove_dir(&context.data);
        }
    }
    restored
}

/// Replaces the database by a copy of `from`.
async fn replace<E>(
    context: &Context,
    from: &Path,
    ready: &Path,
    passphrase: impl FnOnce() -> Result<String, E>,
) -> Result<(String, Option<PathBuf>), CliError>
where
    CliError: From<E>,
{
    let file = context.data.join(DATABASE_FILE);
    let is_file = context.database.is_none();
    if is_file && file.exists() {
        // Before the copy is made: a copy of a large database takes minutes.
        alone(&file).await?;
    }
    if ready.exists() {
        std::fs::remove_dir_all(ready).map_err(|source| io(ready, source))?;
    }
    std::fs::create_dir_all(ready).map_err(|source| io(ready, source))?;
    let block = made_ready(context, from, ready, passphrase).await?;
    let mut before = None;
    if let Some(address) = &context.database {
        let (from, to) =
            (ServerStore::open_existing(ready).await?, ServerStore::open_postgres(address).await?);
        let copied = migrate(&from, &to).await;
        from.close().await;
        to.close().await;
        copied?;
    } else if file.exists() {
        alone(&file).await?;
        before = Some(set_aside(context, &file)?);
    }
    put_back::forget(&context.data).map_err(|source| io(&context.data, source))?;
    if is_file {
        std::fs::rename(ready.join(DATABASE_FILE), &file).map_err(|source| io(&file, source))?;
    }
    let key = ready.join(signing_key::KEY_FILE);
    if key.exists() {
        let place = context.data.join(signing_key::KEY_FILE);
        std::fs::rename(key, &place).map_err(|source| io(&place, source))?;
    }
    std::fs::remove_dir_all(ready).map_err(|source| io(ready, source))?;
    Ok((block, before))
}

/// Gives a database file and its log another name, and returns it.
fn set_aside(context: &Context, file: &Path) -> Result<PathBuf, CliError> {
    let aside = free_name(
        &context.data,
        &format!("{DATABASE_FILE}.before-restore-{}", context.now.as_second()),
    );
    std::fs::rename(file, &aside).map_err(|source| io(&aside, source))?;
    // An old log would be taken for the log of the restored database.
    for beside in ["-wal", "-shm"] {
        let log = context.data.join(format!("{DATABASE_FILE}{beside}"));
        if log.exists() {
            let kept = PathBuf::from(format!("{}{beside}", aside.display()));
            std::fs::rename(&log, kept).map_err(|source| io(&log, source))?;
        }
    }
    Ok(aside)
}

/// The first name in a folder that no file has: `name`, `name-2`, `name-3`. A log beside a database
/// counts as its file.
pub(super) fn free_name(folder: &Path, name: &str) -> PathBuf {
    let names = (2_u32..).map(|count| format!("{name}-{count}"));
    let mut paths = std::iter::once(name.to_owned()).chain(names).map(|name| folder.join(name));
    let is_free = |path: &PathBuf| {
        ["", "-wal", "-shm"]
            .iter()
            .all(|end| !PathBuf::from(format!("{}{end}", path.display())).exists())
    };
    paths.find(is_free).unwrap_or_else(|| folder.join(name))
}

/// Prepares a copy of the backup that can replace the database, and the signing key, if the folder
/// has none. Returns the block of its purchase order numbers.
async fn made_ready<E>(
    context: &Context,
    file: &Path,
    ready: &Path,
    passphrase: impl FnOnce() -> Result<String, E>,
) -> Result<String, CliError>
where
    CliError: From<E>,
{
    let copy = ready.join(DATABASE_FILE);
    copied(file, &copy)?;
    // If the server of the copied folder was stopped hard, its last transactions are in a log
    // beside the file.
    let log = PathBuf::from(format!("{}-wal", file.display()));
    if log.is_file() {
        copied(&log, &ready.join(format!("{DATABASE_FILE}-wal")))?;
    }
    let no_backup = |error: StorageError| no_backup(file, error);
    if !ServerStore::is_ours(&copy).await.map_err(no_backup)? {
        return Err(CliError::Usage(format!(
            "{} is no backup of Calloff, because it has none of Calloff's tables: name the file \
             that `calloff backup` wrote",
            file.display()
        )));
    }
    let store = ServerStore::open_existing(ready).await.map_err(no_backup)?;
    store.check().await.map_err(no_backup)?;
    let sealed = store.setting(SEALED_KEY).await?;
    match &sealed {
        Some(sealed) if !context.data.join(signing_key::KEY_FILE).exists() => {
            let key = sealed_key::open(sealed, &passphrase()?).ok_or_else(|| {
                CliError::Usage(format!(
                    "the passphrase is not the one of {}, or the key in it was changed: nothing was \
                     changed. Give the passphrase in the first line of standard input",
                    file.display()
                ))
            })?;
            signing_key::put(ready, &key)?;
            signing_key::check(ready, &store).await?;
        }
        _ => signing_key::check(&context.data, &store).await?,
    }
    let mut write = store.write().await?;
    remove_setting(&mut write, SEALED_KEY).await?;
    let block = begin_incarnation(&mut write, &random::<RANDOM>()?).await?;
    record(&mut write, &context.doing(), &Act::new(AuditAct::DatabaseRestored, &block)).await?;
    write.commit().await?;
    // Closing writes the log back into the one file.
    store.close().await;
    let written = std::fs::File::open(&copy).and_then(|file| file.sync_all());
    written.map_err(|source| io(&copy, source))?;
    Ok(block)
}

/// The error for a file that is not a whole database. It names this file, not the copy of it.
fn no_backup(file: &Path, error: StorageError) -> CliError {
    let file = file.display();
    match error {
        StorageError::Damaged { reason, .. } => CliError::Usage(format!(
            "{file} is no backup of Calloff, or it is damaged ({reason}): nothing was changed. Name \
             the file that `calloff backup` wrote, or an older one"
        )),
        StorageError::Missing { .. } => CliError::Usage(format!(
            "{file} is no backup of Calloff, because it is empty: name the file that `calloff \
             backup` wrote"
        )),
        error @ (StorageError::Migration(_) | StorageError::Newer { .. }) => {
            CliError::Usage(format!("{file}: {error}"))
        }
        error => error.into(),
    }
}

/// Copies a file. The error names the file that cannot be read or the copy that cannot be written.
fn copied(from: &Path, to: &Path) -> Result<(), CliError> {
    let mut source = std::fs::File::open(from).map_err(|source| io(from, source))?;
    let mut copy = std::fs::File::create(to).map_err(|source| io(to, source))?;
    std::io::copy(&mut source, &mut copy).map_err(|source| io(to, source))?;
    let permissions = source.metadata().map_err(|source| io(from, source))?.permissions();
    std::fs::set_permissions(to, permissions).map_err(|source| io(to, source))?;
    Ok(())
}

/// Checks that nobody else has a database open, and writes its log back into it.
pub(super) async fn alone(file: &Path) -> Result<(), CliError> {
    if sqlite::is_alone(file).await? {
        return Ok(());
    }
    Err(CliError::Usage(
        "a server or another command has the database open: stop it first".to_owned(),
    ))
}

pub(super) fn io(path: &Path, source: std::io::Error) -> CliError {
    CliError::Io { what: path.display().to_string(), source }
}
