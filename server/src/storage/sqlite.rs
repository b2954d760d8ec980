//! The facts that hold for SQLite alone: how its file is opened, checked, copied and closed, and
//! what its error codes say.
//!
//! SQLite runs in WAL mode with `synchronous=FULL`. A committed transaction survives a power cut,
//! and readers never wait for the writer. One connection writes, and the other connections can only
//! read. So a waiting writer takes no connection from a reader.

use std::path::Path;
use std::time::Duration;

use sqlx::error::DatabaseError as _;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteError, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Sqlite};

use super::{Connections, Hindrance, READ_WAIT, READERS, StorageError, WRITE_WAIT};

/// The steps that bring a database up to date.
pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// Opens a database file and brings it up to date. Creates it if it is missing.
pub(super) async fn open(file: &Path) -> Result<Connections<Sqlite>, StorageError> {
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
    let options = configured(options);
    // No `min_connections`. If two connections open a new database at the same time, both may turn
    // it to WAL mode. SQLite then refuses one of them at once, because the database is locked. The
    // migrations open the first connection alone, and this connection stays open.
    let writer = pool_options(1, WRITE_WAIT).connect_with(options.clone()).await;
    let writer = writer.map_err(|error| damaged(file, error))?;
    MIGRATIONS.run(&writer).await?;
    let options = options.create_if_missing(false).pragma("query_only", "ON");
    let readers = pool_options(READERS, READ_WAIT).connect_lazy_with(options);
    Ok(Connections { readers, writer })
}

/// Makes an empty database in memory, which ends with its pools.
pub(super) async fn open_in_memory() -> Result<Connections<Sqlite>, StorageError> {
    // Each connection to ":memory:" has a database of its own. So there is one connection, and it
    // stays open.
    let options = configured(SqliteConnectOptions::new().in_memory(true));
    let pool = pool_options(1, WRITE_WAIT).connect_with(options).await?;
    MIGRATIONS.run(&pool).await?;
    Ok(Connections { writer: pool.clone(), readers: pool })
}

/// Whether a file has no tables. A file of no bytes is an empty database.
pub(super) async fn is_empty(file: &Path) -> Result<bool, StorageError> {
    let mut connection = SqliteConnectOptions::new().filename(file).connect().await?;
    let tables =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(&mut connection).await;
    let tables: i64 = tables.map_err(|error| damaged(file, error))?;
    connection.close().await?;
    Ok(tables == 0)
}

/// Whether a file is a database of Calloff: one with its tables. Changes nothing.
pub(super) async fn is_ours(file: &Path) -> Result<bool, StorageError> {
    let options = SqliteConnectOptions::new().filename(file);
    let mut connection = options.connect().await.map_err(|error| damaged(file, error))?;
    let tables: Result<i64, _> = sqlx::query_scalar(
        "SELECT count(*) FROM sqlite_schema
         WHERE type = 'table' AND name IN ('contract_version', 'release', 'location')",
    )
    .fetch_one(&mut connection)
    .await;
    let tables = tables.map_err(|error| damaged(file, error));
    connection.close().await?;
    Ok(tables? == 3)
}

/// Reads a whole database and checks its structure. This takes about a second for each gigabyte.
pub(super) async fn check(pools: &Connections<Sqlite>, file: &Path) -> Result<(), StorageError> {
    let said: Result<Vec<String>, _> =
        sqlx::query_scalar("PRAGMA quick_check(5)").fetch_all(&pools.readers).await;
    let said = said.map_err(|error| damaged(file, error))?;
    if said == ["ok"] {
        return Ok(());
    }
    Err(StorageError::Damaged {
        path: file.display().to_string(),
        reason: said.join("; ").replace('\n', " "),
    })
}

/// Writes the log back into the database file. If that fails, the log stays beside the file, and
/// SQLite reads both.
pub(super) async fn write_log_back(pools: &Connections<Sqlite>) {
    if let Ok(mut writer) = pools.writer.acquire().await
        && let Err(error) =
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut *writer).await
    {
        tracing::warn!("the database's log stays beside it: {error}");
    }
}

/// Writes a copy of a database at this moment into a new file. Others may go on writing. If this
/// fails, half a copy may be left.
///
/// # Errors
/// The database cannot be read, or the copy cannot be written.
pub async fn copy(file: &Path, to: &Path) -> Result<(), StorageError> {
    let mut connection = SqliteConnectOptions::new().filename(file).connect().await?;
    sqlx::query("VACUUM INTO $1").bind(to.display().to_string()).execute(&mut connection).await?;
    Ok(connection.close().await?)
}

/// Whether nobody else has a database open. Writes its log back into it. A database that cannot be
/// read counts as open for nobody.
///
/// # Errors
/// The file cannot be opened.
pub async fn is_alone(file: &Path) -> Result<bool, StorageError> {
    let mut connection = SqliteConnectOptions::new().filename(file).connect().await?;
    let exclusive = async {
        sqlx::query("PRAGMA locking_mode = EXCLUSIVE").execute(&mut connection).await?;
        sqlx::query("BEGIN EXCLUSIVE").execute(&mut connection).await?;
        sqlx::query("COMMIT").execute(&mut connection).await
    };
    match exclusive.await {
        Ok(_) => {
            connection.close().await?;
            Ok(true)
        }
        Err(error) => Ok(!matches!(code(&error), Some(5 | 261 | 517))),
    }
}

/// Whether an error of the disk, in an error or its sources, comes from a full disk. SQLite often
/// reports another error of the disk then, so the free space on the disk of `folder` decides.
#[must_use]
pub fn is_full_disk(error: &(dyn std::error::Error + 'static), folder: &Path) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<std::io::Error>() {
            return error.kind() == std::io::ErrorKind::StorageFull;
        }
        if let Some(code) = error.downcast_ref().and_then(code) {
            let free = rustix::fs::statvfs(folder)
                .map_or(u64::MAX, |free| free.f_bavail.saturating_mul(free.f_frsize));
            return code & 0xff == 13 || (code & 0xff == 10 && free < FULL_DISK_BYTES);
        }
        next = error.source();
    }
    false
}

/// With fewer free bytes than this, an error of the disk is taken for a full disk. SQLite's shared
/// memory needs 32 KiB, and a write at least as much.
const FULL_DISK_BYTES: u64 = 256 * 1024;

/// The reason in an error why the database cannot work now. `None` if waiting does not help.
pub(super) fn hindrance(error: &sqlx::Error) -> Option<Hindrance> {
    match code(error)? & 0xff {
        5 | 6 => Some(Hindrance::Busy),
        10 => Some(Hindrance::DiskFailed),
        13 => Some(Hindrance::DiskFull),
        _ => None,
    }
}

/// Turns an error of SQLite that reports a damaged file (`SQLITE_CORRUPT`, `SQLITE_NOTADB`) into
/// [`StorageError::Damaged`].
fn damaged(file: &Path, error: sqlx::Error) -> StorageError {
    match code(&error).unwrap_or_default() & 0xff {
        11 | 26 => {
            StorageError::Damaged { path: file.display().to_string(), reason: error.to_string() }
        }
        _ => error.into(),
    }
}

/// SQLite's extended result code. Its low byte is the kind: <https://www.sqlite.org/rescode.html>
fn code(error: &sqlx::Error) -> Option<u32> {
    match error {
        sqlx::Error::Database(error) => {
            error.try_downcast_ref::<SqliteError>()?.code()?.parse().ok()
        }
        _ => None,
    }
}

fn configured(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(WRITE_WAIT)
}

/// The options of a pool. Its connections stay open, because each keeps its statements ready.
fn pool_options(connections: u32, wait: Duration) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(wait)
        .idle_timeout(None)
        // A file does not go away as a server does. Each of these tests asks a thread and waits.
        .test_before_acquire(false)
        .max_lifetime(None)
}
