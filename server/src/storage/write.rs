//! The doors to the database: a connection that reads, a snapshot, and the write transaction.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::{Postgres, Sqlite};

use super::sql::Sql;
use super::{StorageError, postgres};

/// A connection to one of the engines.
pub(super) enum Connection {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

impl Connection {
    /// Closes the connection when it is dropped. It does not go back to its pool.
    fn close_on_drop(&mut self) {
        match self {
            Self::Sqlite(connection) => connection.close_on_drop(),
            Self::Postgres(connection) => connection.close_on_drop(),
        }
    }
}

/// A connection that reads. It takes no lock, and never waits for a writer.
pub struct Read {
    pub(super) connection: Connection,
}

/// A connection that reads the database as it was at one moment. It takes no lock.
pub(super) struct Snapshot {
    read: Read,
}

impl Snapshot {
    /// Fixes the moment: with PostgreSQL now, with SQLite at the first statement.
    pub(super) async fn begin(connection: Connection) -> Result<Self, StorageError> {
        let mut snapshot = Self { read: Read { connection } };
        match &mut snapshot.connection {
            Connection::Sqlite(connection) => {
                sqlx::query("BEGIN").execute(&mut **connection).await?;
            }
            Connection::Postgres(connection) => {
                // The snapshot waits while the rows are written elsewhere.
                for statement in [
                    "BEGIN ISOLATION LEVEL REPEATABLE READ",
                    "SET LOCAL idle_in_transaction_session_timeout = 0",
                    "SELECT 1",
                ] {
                    sqlx::query(statement).execute(&mut **connection).await?;
                }
            }
        }
        Ok(snapshot)
    }
}

impl Deref for Snapshot {
    type Target = Read;

    fn deref(&self) -> &Read {
        &self.read
    }
}

impl DerefMut for Snapshot {
    fn deref_mut(&mut self) -> &mut Read {
        &mut self.read
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        // The next reader must not see this moment.
        self.connection.close_on_drop();
    }
}

/// A write transaction. It holds the write lock, and it can read, too. If it is dropped without
/// [`WriteTransaction::commit`], it changes nothing.
///
/// A connection goes back to the pool only after a commit. SQLite may roll a transaction back by
/// itself (`SQLITE_FULL`, `SQLITE_IOERR`), and the state of the connection is then unknown. So the
/// connection is closed instead.
#[must_use = "dropping it changes nothing"]
pub struct WriteTransaction {
    read: Read,
    is_open: bool,
}

impl WriteTransaction {
    /// Takes the write lock.
    pub(super) async fn begin(connection: Connection) -> Result<Self, StorageError> {
        let mut write = Self { read: Read { connection }, is_open: true };
        match write.connection {
            Connection::Sqlite(_) => Sql::new("BEGIN IMMEDIATE").execute(&mut write).await?,
            Connection::Postgres(_) => {
                Sql::new("BEGIN").execute(&mut write).await?;
                postgres::lock().execute(&mut write).await?
            }
        };
        Ok(write)
    }

    /// Runs a statement that only a test needs, and gives the number of rows that it changed.
    ///
    /// # Errors
    /// The database failed.
    #[cfg(feature = "failpoints")]
    pub async fn run(&mut self, statement: &'static str) -> Result<u64, StorageError> {
        Sql::new(statement).execute(self).await
    }

    /// Makes all writes of the transaction durable.
    ///
    /// # Errors
    /// The database failed. Nothing was kept.
    pub async fn commit(mut self) -> Result<(), StorageError> {
        Sql::new("COMMIT").execute(&mut self).await?;
        self.is_open = false;
        Ok(())
    }
}

impl Deref for WriteTransaction {
    type Target = Read;

    fn deref(&self) -> &Read {
        &self.read
    }
}

impl DerefMut for WriteTransaction {
    fn deref_mut(&mut self) -> &mut Read {
        &mut self.read
    }
}

impl Drop for WriteTransaction {
    fn drop(&mut self) {
        if self.is_open {
            self.connection.close_on_drop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Hindrance, ServerStore};
    use super::*;

    async fn put(write: &mut WriteTransaction, name: &str, bytes: i64) -> Result<(), StorageError> {
        Sql::new("INSERT INTO organisation_setting (name, value) VALUES ($1, hex(randomblob($2)))")
            .bind(name)
            .bind(bytes)
            .execute(write)
            .await?;
        Ok(())
    }

    #[tokio::test]
    async fn a_transaction_for_which_there_was_no_room_leaves_nothing_and_the_next_one_is_as_good_as_any()
     {
        let folder = tempfile::tempdir().unwrap();
        let store = ServerStore::open(folder.path()).await.unwrap();
        for round in 0..3 {
            let mut write = store.write().await.unwrap();
            // The limit belongs to the connection. SQLite fails as it does on a full disk, and
            // rolls the transaction back by itself.
            Sql::new("PRAGMA max_page_count = 1").execute(&mut write).await.unwrap();
            put(&mut write, &format!("small {round}"), 10).await.unwrap();
            let error = put(&mut write, "large", 1_000_000).await.unwrap_err();
            assert_eq!(error.hindrance(), Some(Hindrance::DiskFull), "{error}");
            drop(write);
            let mut write = store.write().await.unwrap();
            put(&mut write, &format!("kept {round}"), 1_000_000).await.unwrap();
            write.commit().await.unwrap();
            assert_eq!(store.setting(&format!("small {round}")).await.unwrap(), None);
            assert!(store.setting(&format!("kept {round}")).await.unwrap().is_some());
        }
    }

    #[tokio::test]
    async fn readers_cannot_write_and_are_not_kept_from_reading() {
        let folder = tempfile::tempdir().unwrap();
        let store = ServerStore::open(folder.path()).await.unwrap();
        let mut write = store.write().await.unwrap();
        put(&mut write, "half", 10).await.unwrap();
        assert_eq!(store.setting("half").await.unwrap(), None);
        let delete = Sql::new("DELETE FROM organisation_setting RETURNING name");
        let refused = delete.values::<String>(&mut store.read().await.unwrap()).await.unwrap_err();
        assert!(refused.to_string().contains("readonly"), "{refused}");
        write.commit().await.unwrap();
        assert!(store.setting("half").await.unwrap().is_some());
    }
}
