//! The database of the server. All SQL of the server is in the modules below.
//!
//! A function here takes a connection that reads ([`Read`]) or a write ([`WriteTransaction`]), or
//! it is a method of [`ServerStore`] that takes one for itself. Nobody else names a type of the
//! database's driver. Every write takes the write lock when it begins. So it never finds out later
//! that another writer was faster.

pub mod allotments;
pub mod audit;
pub mod blobs;
pub mod compaction;
pub mod contracts;
pub mod devices;
pub mod feed;
pub mod hanging;
pub mod imports;
pub mod incarnation;
pub mod invitations;
pub mod jobs;
pub mod migrate;
#[cfg(test)]
mod migrations;
pub mod old_orders;
pub mod orders;
pub mod organisation;
pub mod people;
mod places;
pub mod postgres;
pub mod providers;
pub mod purchase_orders;
pub mod quarantine;
pub mod releases;
#[cfg(test)]
mod sources;
mod sql;
pub mod sqlite;
pub mod suppliers;
mod write;

use std::path::{Path, PathBuf};
use std::time::Duration;

use calloff_core::wire::AuditAct;
use sqlx::{Postgres, Sqlite};

pub use imports::ImportRecord;
pub use releases::StoredRelease;
pub use write::{Read, WriteTransaction};

use sql::Sql;
use write::{Connection, Snapshot};

/// The database file in the data folder.
pub const DATABASE_FILE: &str = "calloff.db";

/// With fewer free bytes than this on the disk, the server says that it is not ready. This is
/// enough for a day's orders of a large organisation and for the log of one large write.
pub const FREE_BYTES: u64 = 64 * 1024 * 1024;

/// The longest step, in milliseconds, by which the clock may be set back: five minutes. A session
/// or a code that is dated further in the future was written by a clock that ran ahead. It does not
/// count, because it could live for years.
pub(crate) const CLOCK_STEP: i64 = 5 * 60 * 1000;

/// The most connections of a node that read at the same time. Reads are short. With SQLite, each
/// connection has a page cache of 2 MB.
const READERS: u32 = 8;

/// How long a reader waits for a connection.
const READ_WAIT: Duration = Duration::from_secs(10);

/// How long a writer waits for the writer before it, on this node or another. The longest write, a
/// full import, takes seconds.
const WRITE_WAIT: Duration = Duration::from_secs(30);

/// The most rows in one statement. SQLite binds at most 32,766 values, and the widest row here has
/// 15.
const ROWS_AT_ONCE: usize = 500;

/// The reasons why the database did not do what was asked of it.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The data folder cannot be created.
    #[error("the data folder {path} cannot be created: {source}")]
    Folder {
        /// The folder.
        path: String,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The folder has no database, and this command does not create one.
    #[error(
        "there is no database in {path}: name the folder that has it with --data; `calloff import sites` begins a new \
         organisation, `calloff demo` an invented one, `calloff restore` brings a backup back"
    )]
    Missing {
        /// The folder.
        path: String,
    },
    /// The content of the database file is damaged.
    #[error(
        "the database {path} is damaged ({reason}): nothing was changed. Keep a copy of the folder, then bring the last \
         backup back with `calloff restore`"
    )]
    Damaged {
        /// The file.
        path: String,
        /// The error that SQLite reports.
        reason: String,
    },
    /// Calloff cannot use a PostgreSQL database.
    #[error(
        "the PostgreSQL database {address} cannot be used: {reason}. Check --database, and that the \
         server runs"
    )]
    Unsuitable {
        /// The database and its host, without the password.
        address: String,
        /// The reason.
        reason: String,
    },
    /// The PostgreSQL database has none of Calloff's tables, and this command does not create them.
    #[error(
        "the PostgreSQL database {address} is empty: `calloff import sites` begins a new \
         organisation, `calloff demo` an invented one, `calloff migrate` moves one that exists"
    )]
    Empty {
        /// The database and its host, without the password.
        address: String,
    },
    /// The database cannot be read or written.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// A newer version of Calloff changed the tables of the database.
    #[error(
        "a newer version of Calloff has changed the tables of this database (migration {change}, \
         which this program does not know): nothing was changed. Start the newer version. To go \
         back to this one, use `calloff restore` with a backup that was made before the upgrade \
         (with PostgreSQL: into a new, empty database)"
    )]
    Newer {
        /// The number of the migration that this program does not know.
        change: i64,
    },
    /// A migration failed.
    #[error("the database cannot be brought to this version of Calloff: {0}")]
    Migration(sqlx::migrate::MigrateError),
    /// This version of Calloff cannot read a stored value.
    #[error("the stored {what} {id} cannot be read: {reason}")]
    Corrupt {
        /// The kind of the value, in words for people.
        what: &'static str,
        /// The identifier of the value.
        id: String,
        /// The reason why the value cannot be read.
        reason: String,
    },
    /// A writer decided something by contracts, sites or releases. Somebody else changed one of
    /// them after the writer had read it. Nothing was written.
    #[error(
        "somebody else changed contracts, sites or releases in the meantime ({} {target}), and nothing was written: do it \
         again, and look at what it then says",
        act_name(*act)
    )]
    ChangedMeanwhile {
        /// The act of the other person.
        act: AuditAct,
        /// The identifier of the thing that the act changed.
        target: String,
    },
    /// A value cannot be written as JSON.
    #[error("a value cannot be stored: {0}")]
    Encode(#[from] serde_json::Error),
}

impl From<sqlx::migrate::MigrateError> for StorageError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::VersionMissing(change) => Self::Newer { change },
            error => Self::Migration(error),
        }
    }
}

/// The name of an act, with spaces, for a sentence.
#[must_use]
pub fn act_name(act: AuditAct) -> String {
    let name = serde_json::to_value(act).unwrap_or_default();
    name.as_str().unwrap_or_default().replace('_', " ")
}

/// The reasons why the database cannot work now and may work later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hindrance {
    /// The disk is full.
    DiskFull,
    /// The disk cannot be written or read.
    DiskFailed,
    /// Another writer held the lock for too long.
    Busy,
    /// The server of the database does not answer.
    Unreachable,
}

impl StorageError {
    /// The reason why the database cannot work now. `None` if waiting does not help.
    #[must_use]
    pub fn hindrance(&self) -> Option<Hindrance> {
        match self {
            Self::Database(sqlx::Error::PoolTimedOut) => Some(Hindrance::Busy),
            Self::Database(error) => sqlite::hindrance(error).or(postgres::hindrance(error)),
            _ => None,
        }
    }

    /// Whether a value that must be unique is taken by another row.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
}

/// The open connections to a database.
#[derive(Debug, Clone)]
enum Pools {
    Sqlite(Connections<Sqlite>),
    Postgres(Connections<Postgres>),
}

/// The connections that only read, and the one that writes.
#[derive(Debug)]
struct Connections<DB: sqlx::Database> {
    readers: sqlx::Pool<DB>,
    writer: sqlx::Pool<DB>,
}

// A derived one would ask that the engine can be cloned.
impl<DB: sqlx::Database> Clone for Connections<DB> {
    fn clone(&self) -> Self {
        Self { readers: self.readers.clone(), writer: self.writer.clone() }
    }
}

/// The open database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ServerStore {
    pools: Pools,
    /// The folder of an SQLite database. `None` for PostgreSQL, and for a database in memory.
    folder: Option<PathBuf>,
}

impl ServerStore {
    /// Opens the database in a data folder and brings it up to date. Creates the folder and the
    /// database if they are missing.
    ///
    /// # Errors
    /// The folder or the database cannot be created or read, or a newer Calloff wrote the database.
    pub async fn open(data: &Path) -> Result<Self, StorageError> {
        std::fs::create_dir_all(data)
            .map_err(|source| StorageError::Folder { path: data.display().to_string(), source })?;
        let pools = Pools::Sqlite(sqlite::open(&data.join(DATABASE_FILE)).await?);
        Ok(Self { pools, folder: Some(data.to_owned()) })
    }

    /// Opens a PostgreSQL database and brings it up to date. Creates the tables if they are
    /// missing.
    ///
    /// # Errors
    /// [`StorageError::Unsuitable`]; a newer Calloff wrote the database.
    pub async fn open_postgres(address: &postgres::Address) -> Result<Self, StorageError> {
        Ok(Self { pools: Pools::Postgres(postgres::open(address).await?), folder: None })
    }

    /// Opens a PostgreSQL database that has Calloff's tables.
    ///
    /// # Errors
    /// [`StorageError::Empty`]; the errors of [`ServerStore::open_postgres`].
    pub async fn open_existing_postgres(address: &postgres::Address) -> Result<Self, StorageError> {
        if postgres::is_empty(address).await? {
            return Err(StorageError::Empty { address: address.to_string() });
        }
        Self::open_postgres(address).await
    }

    /// Opens the database of a data folder. Creates nothing.
    ///
    /// # Errors
    /// [`StorageError::Missing`] if the folder has no database, or an empty file; the errors of
    /// [`ServerStore::open`].
    pub async fn open_existing(data: &Path) -> Result<Self, StorageError> {
        let file = data.join(DATABASE_FILE);
        let missing = || StorageError::Missing { path: data.display().to_string() };
        if !file.is_file() {
            return Err(missing());
        }
        if sqlite::is_empty(&file).await? { Err(missing()) } else { Self::open(data).await }
    }

    /// Whether a file is a database of Calloff: one with its tables. Changes nothing.
    ///
    /// # Errors
    /// The file is not a database, or cannot be read.
    pub async fn is_ours(file: &Path) -> Result<bool, StorageError> {
        sqlite::is_ours(file).await
    }

    /// Reads a whole SQLite database and checks its structure. This takes about a second for each
    /// gigabyte. PostgreSQL checks its pages itself.
    ///
    /// # Errors
    /// [`StorageError::Damaged`] if the check finds a fault; the database failed.
    pub async fn check(&self) -> Result<(), StorageError> {
        let Pools::Sqlite(pools) = &self.pools else { return Ok(()) };
        let file = self.folder.as_deref().unwrap_or(Path::new("")).join(DATABASE_FILE);
        sqlite::check(pools, &file).await
    }

    /// Reads from the database, and gives the number of free bytes on its disk. `None` for a
    /// database in memory or on another machine.
    ///
    /// # Errors
    /// The database failed, or the system does not give the number.
    pub async fn free_bytes(&self) -> Result<Option<u64>, StorageError> {
        let sql = Sql::new("SELECT last FROM purchase_order_number");
        sql.value::<i64>(&mut self.read().await?).await?;
        let Some(folder) = &self.folder else { return Ok(None) };
        let free = rustix::fs::statvfs(folder).map_err(|error| StorageError::Folder {
            path: folder.display().to_string(),
            source: error.into(),
        })?;
        Ok(Some(free.f_bavail.saturating_mul(free.f_frsize)))
    }

    /// An empty database in memory, for tests. It ends with its last clone.
    ///
    /// # Errors
    /// The errors of [`ServerStore::open`].
    pub async fn in_memory() -> Result<Self, StorageError> {
        Ok(Self { pools: Pools::Sqlite(sqlite::open_in_memory().await?), folder: None })
    }

    /// A connection that reads. Each statement sees what was committed before it.
    ///
    /// # Errors
    /// No connection was free in time, or the database failed.
    pub async fn read(&self) -> Result<Read, StorageError> {
        Ok(Read { connection: self.reader().await? })
    }

    /// A connection that reads the database as it was at one moment.
    ///
    /// # Errors
    /// The errors of [`ServerStore::read`].
    async fn snapshot(&self) -> Result<Snapshot, StorageError> {
        Snapshot::begin(self.reader().await?).await
    }

    async fn reader(&self) -> Result<Connection, StorageError> {
        Ok(match &self.pools {
            Pools::Sqlite(pools) => Connection::Sqlite(pools.readers.acquire().await?),
            Pools::Postgres(pools) => Connection::Postgres(pools.readers.acquire().await?),
        })
    }

    /// Waits for the write lock and begins a write.
    ///
    /// # Errors
    /// The lock was not free in time, or the database failed.
    pub async fn write(&self) -> Result<WriteTransaction, StorageError> {
        WriteTransaction::begin(match &self.pools {
            Pools::Sqlite(pools) => Connection::Sqlite(pools.writer.acquire().await?),
            Pools::Postgres(pools) => Connection::Postgres(pools.writer.acquire().await?),
        })
        .await
    }

    /// Begins a write, or gives `None` if somebody else in this process is writing.
    async fn write_at_once(&self) -> Result<Option<WriteTransaction>, StorageError> {
        let connection = match &self.pools {
            Pools::Sqlite(pools) => pools.writer.try_acquire().map(Connection::Sqlite),
            Pools::Postgres(pools) => pools.writer.try_acquire().map(Connection::Postgres),
        };
        match connection {
            Some(connection) => Ok(Some(WriteTransaction::begin(connection).await?)),
            None => Ok(None),
        }
    }

    /// Closes the database. SQLite writes its log back into the one file. A copy of this file then
    /// has everything. If the log cannot be written back, it stays beside the file, and SQLite
    /// reads both.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite(pools) => {
                if self.folder.is_some() {
                    pools.readers.close().await;
                    sqlite::write_log_back(pools).await;
                }
                pools.writer.close().await;
            }
            Pools::Postgres(pools) => {
                pools.readers.close().await;
                pools.writer.close().await;
            }
        }
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A stored count. Counts beyond 32 bits are shown as the largest one.
fn to_u32(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Reads a stored JSON body.
fn decode<T: serde::de::DeserializeOwned>(
    what: &'static str,
    id: &str,
    body: &str,
) -> Result<T, StorageError> {
    serde_json::from_str(body).map_err(|error| StorageError::Corrupt {
        what,
        id: id.to_owned(),
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use calloff_core::calendar::Validity;
    use calloff_core::catalogue::TieDecision;
    use calloff_core::contract::{Contract, ContractStatus, PriceDateBasis, Scope, Terms};
    use calloff_core::location::Location;
    use calloff_core::money::Currency;
    use calloff_core::supplier::{OrderChannel, Supplier};
    use jiff::civil::date;

    use super::contracts::{add_tie_decision, mark_published, put_draft};
    use super::organisation::{put_supplier, replace_locations};
    use super::*;

    fn contract(id: &str, version: u32) -> Contract {
        Contract {
            id: id.parse().unwrap(),
            version,
            supplier: "Acme".parse().unwrap(),
            title: "Bandages".into(),
            owner: None,
            status: ContractStatus::Draft,
            validity: Validity::new(date(2025, 1, 1), None),
            price_date_basis: PriceDateBasis::default(),
            currency: Currency::parse("USD").unwrap(),
            scope: Scope::of("org".parse().unwrap()),
            priority: None,
            terms: Terms::default(),
            amendment: None,
            lines: Vec::new(),
        }
    }

    async fn with_supplier() -> (ServerStore, WriteTransaction) {
        let store = ServerStore::in_memory().await.unwrap();
        let mut write = store.write().await.unwrap();
        let acme = Supplier {
            id: "Acme".parse().unwrap(),
            name: "Acme".into(),
            order_channel: OrderChannel::Manual,
            currency: None,
        };
        put_supplier(&mut write, &acme).await.unwrap();
        (store, write)
    }

    #[tokio::test]
    async fn a_published_version_never_changes_and_a_draft_may() {
        let (store, mut write) = with_supplier().await;
        put_draft(&mut write, &contract("C1", 1)).await.unwrap();
        let renamed = Contract { title: "Plasters".into(), ..contract("C1", 1) };
        put_draft(&mut write, &renamed).await.unwrap();
        mark_published(&mut write, (&"C1".parse().unwrap(), 1), (1, date(2026, 1, 1)))
            .await
            .unwrap();
        assert!(put_draft(&mut write, &contract("C1", 1)).await.is_err(), "published");
        put_draft(&mut write, &contract("C1", 2)).await.unwrap();
        assert!(put_draft(&mut write, &contract("C1", 3)).await.is_err(), "a second draft");
        write.commit().await.unwrap();
        let kept: Vec<_> = store
            .contracts()
            .await
            .unwrap()
            .into_iter()
            .map(|c| (c.version, c.status, c.title))
            .collect();
        let expected = [
            (1, ContractStatus::Published, "Plasters".to_owned()),
            (2, ContractStatus::Draft, "Bandages".to_owned()),
        ];
        assert_eq!(kept, expected);
    }

    #[tokio::test]
    async fn a_pair_of_contracts_is_decided_once_whichever_way() {
        let (_store, mut write) = with_supplier().await;
        let decision = |winner: &str, loser: &str| TieDecision {
            winner: winner.parse().unwrap(),
            loser: loser.parse().unwrap(),
            decided_by: "pat".parse().unwrap(),
            reason: "contract-number".into(),
        };
        add_tie_decision(&mut write, &decision("C1", "C2")).await.unwrap();
        assert!(add_tie_decision(&mut write, &decision("C2", "C1")).await.is_err());
    }

    #[tokio::test]
    async fn a_location_below_none_is_refused_with_the_whole_tree() {
        let (store, mut write) = with_supplier().await;
        let node = |id: &str, parent: Option<&str>| Location {
            id: id.parse().unwrap(),
            parent: parent.map(|parent| parent.parse().unwrap()),
            name: id.into(),
            site: None,
        };
        // A parent may come after its children, because the database checks the tree as a whole.
        replace_locations(&mut write, &[node("s", Some("org")), node("org", None)]).await.unwrap();
        write.commit().await.unwrap();
        let mut write = store.write().await.unwrap();
        replace_locations(&mut write, &[node("org", None), node("s", Some("nowhere"))])
            .await
            .unwrap();
        assert!(write.commit().await.is_err());
    }

    #[tokio::test]
    async fn what_was_written_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let store = ServerStore::open(folder.path()).await.unwrap();
        let mut write = store.write().await.unwrap();
        put_supplier(
            &mut write,
            &Supplier {
                id: "00123".parse().unwrap(),
                name: "Eurípides & Sons".into(),
                order_channel: OrderChannel::Email("orders@example.org".into()),
                currency: None,
            },
        )
        .await
        .unwrap();
        write.commit().await.unwrap();
        store.close().await;
        let suppliers = ServerStore::open(folder.path()).await.unwrap().suppliers().await.unwrap();
        assert_eq!(
            (suppliers[0].id.as_str(), suppliers[0].name.as_str()),
            ("00123", "Eurípides & Sons")
        );
    }
}
