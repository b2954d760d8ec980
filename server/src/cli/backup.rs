//! `calloff backup` and `calloff restore`: a copy of the database, and one brought back.

use std::path::{Path, PathBuf};

use calloff_core::wire::AuditAct;

use super::{CliError, Context, answer};
use crate::error::ServiceError;
use crate::publishing::signing_key;
use crate::put_back;
use crate::storage::audit::{Act, record};
use crate::storage::incarnation::{RANDOM, begin_incarnation};
use crate::storage::{DATABASE_FILE, StorageError, Store, sqlite};

/// The file for the copy.
#[derive(Debug, clap::Args)]
pub struct BackupArgs {
    /// The file to write; it must not exist
    pub file: PathBuf,
}

/// The copy to restore.
#[derive(Debug, clap::Args)]
pub struct RestoreArgs {
    /// The file that `calloff backup` wrote, or a copy of a database whose server was stopped
    pub file: PathBuf,
}

/// The folder in the data folder in which a backup is prepared.
const READY: &str = "restoring";

/// Writes a copy of the database at this moment. The server may continue.
///
/// # Errors
/// There is no database file, or the other file exists already or cannot be written.
pub async fn backup(context: &Context, args: BackupArgs) -> Result<(), CliError> {
    context.needs_file("copy that database with pg_dump")?;
    if args.file.exists() {
        return Err(CliError::Usage(format!(
            "{} exists already: choose another name",
            args.file.display()
        )));
    }
    let store = context.open().await?;
    store.check().await?;
    store.close().await;
    if let Err(error) = sqlite::copy(&context.data.join(DATABASE_FILE), &args.file).await {
        // Half a copy would look like a whole one.
        let _ = std::fs::remove_file(&args.file);
        return Err(error.into());
    }
    let file = std::fs::File::open(&args.file).map_err(|source| io(&args.file, source))?;
    file.sync_all().map_err(|source| io(&args.file, source))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let owner = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&args.file, owner).map_err(|source| io(&args.file, source))?;
    }
    answer(&format!(
        "{} has everything except the signing key: keep {} in a safe place, too. Restore it with: \
         calloff restore FILE\n",
        args.file.display(),
        context.data.join("signing.key").display(),
    ))
}

/// Restores a copy as a new database, with another incarnation than the copied one. Tablets notice
/// that, and offer what it lacks.
///
/// # Errors
/// The file is not a complete database, a server is running, or the folder cannot be written. The
/// old database is then unchanged.
pub async fn restore(context: &Context, args: RestoreArgs) -> Result<(), CliError> {
    context.needs_file("restore that database with pg_restore")?;
    if !args.file.is_file() {
        return Err(CliError::Usage(format!("there is no file {}", args.file.display())));
    }
    // A refused restore leaves no folder that was not there.
    let is_new_folder = !context.data.exists();
    let ready = context.data.join(READY);
    let restored = replace(context, &args.file, &ready).await;
    if restored.is_err() {
        let _ = std::fs::remove_dir_all(&ready);
        if is_new_folder {
            let _ = std::fs::remove_dir(&context.data);
        }
    }
    let (block, before) = restored?;
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

/// Replaces the database by a copy of `from`. Returns the block of its purchase order numbers, and
/// the new name of the database that was there before.
async fn replace(
    context: &Context,
    from: &Path,
    ready: &Path,
) -> Result<(String, Option<PathBuf>), CliError> {
    let file = context.data.join(DATABASE_FILE);
    if file.exists() {
        // Before the copy is made: a copy of a large database takes minutes.
        alone(&file).await?;
    }
    if ready.exists() {
        std::fs::remove_dir_all(ready).map_err(|source| io(ready, source))?;
    }
    std::fs::create_dir_all(ready).map_err(|source| io(ready, source))?;
    let block = made_ready(context, from, ready).await?;
    let mut before = None;
    if file.exists() {
        alone(&file).await?;
        let aside = free_name(
            &context.data,
            &format!("{DATABASE_FILE}.before-restore-{}", context.now.as_second()),
        );
        std::fs::rename(&file, &aside).map_err(|source| io(&aside, source))?;
        // An old log would be taken for the log of the restored database.
        for beside in ["-wal", "-shm"] {
            let log = context.data.join(format!("{DATABASE_FILE}{beside}"));
            if log.exists() {
                let kept = PathBuf::from(format!("{}{beside}", aside.display()));
                std::fs::rename(&log, kept).map_err(|source| io(&log, source))?;
            }
        }
        before = Some(aside);
    }
    put_back::forget(&context.data).map_err(|source| io(&context.data, source))?;
    std::fs::rename(ready.join(DATABASE_FILE), &file).map_err(|source| io(&file, source))?;
    std::fs::remove_dir_all(ready).map_err(|source| io(ready, source))?;
    Ok((block, before))
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

/// Prepares a copy of the backup that can replace the database. Returns the block of its purchase
/// order numbers.
async fn made_ready(context: &Context, file: &Path, ready: &Path) -> Result<String, CliError> {
    let copy = ready.join(DATABASE_FILE);
    copied(file, &copy)?;
    // If the server of the copied folder was stopped hard, its last transactions are in a log
    // beside the file.
    let log = PathBuf::from(format!("{}-wal", file.display()));
    if log.is_file() {
        copied(&log, &ready.join(format!("{DATABASE_FILE}-wal")))?;
    }
    let no_backup = |error: StorageError| no_backup(file, error);
    if !Store::is_ours(&copy).await.map_err(no_backup)? {
        return Err(CliError::Usage(format!(
            "{} is no backup of Calloff, because it has none of Calloff's tables: name the file \
             that `calloff backup` wrote",
            file.display()
        )));
    }
    let store = Store::open_existing(ready).await.map_err(no_backup)?;
    store.check().await.map_err(no_backup)?;
    signing_key::check(&context.data, &store).await?;
    let mut random = [0; RANDOM];
    getrandom::fill(&mut random)
        .map_err(ServiceError::from)
        .map_err(super::serve::CommandError::from)?;
    let mut write = store.write().await?;
    let block = begin_incarnation(&mut write, &random).await?;
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
        error @ StorageError::Migration(_) => CliError::Usage(format!("{file}: {error}")),
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
