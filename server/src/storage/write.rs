//! The write transaction.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::{Sqlite, SqliteConnection};

use super::StorageError;

/// A write transaction. It holds the write lock. If it is dropped without
/// [`WriteTransaction::commit`], it changes nothing.
///
/// A connection goes back to the pool only after a commit. SQLite may roll a transaction back by
/// itself (`SQLITE_FULL`, `SQLITE_IOERR`), and the state of the connection is then unknown. So the
/// connection is closed instead.
#[must_use = "dropping it changes nothing"]
pub struct WriteTransaction {
    connection: PoolConnection<Sqlite>,
    is_open: bool,
}

impl WriteTransaction {
    /// Takes the write lock.
    pub(super) async fn begin(connection: PoolConnection<Sqlite>) -> Result<Self, StorageError> {
        let mut write = Self { connection, is_open: true };
        sqlx::query("BEGIN IMMEDIATE").execute(&mut *write).await?;
        Ok(write)
    }

    /// Makes all writes of the transaction durable.
    ///
    /// # Errors
    /// The database failed. Nothing was kept.
    pub async fn commit(mut self) -> Result<(), sqlx::Error> {
        sqlx::query("COMMIT").execute(&mut *self).await?;
        self.is_open = false;
        Ok(())
    }
}

impl Deref for WriteTransaction {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for WriteTransaction {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
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
    use super::super::{Hindrance, Store};
    use super::*;

    async fn put(write: &mut WriteTransaction, name: &str, bytes: i64) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO organisation_setting (name, value) VALUES ($1, hex(randomblob($2)))",
        )
        .bind(name)
        .bind(bytes)
        .execute(&mut **write)
        .await?;
        Ok(())
    }

    #[tokio::test]
    async fn a_transaction_for_which_there_was_no_room_leaves_nothing_and_the_next_one_is_as_good_as_any()
     {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        for round in 0..3 {
            let mut write = store.write().await.unwrap();
            // The limit belongs to the connection. SQLite fails as it does on a full disk, and
            // rolls the transaction back by itself.
            sqlx::query("PRAGMA max_page_count = 1").execute(&mut *write).await.unwrap();
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
        let store = Store::open(folder.path()).await.unwrap();
        let mut write = store.write().await.unwrap();
        put(&mut write, "half", 10).await.unwrap();
        assert_eq!(store.setting("half").await.unwrap(), None);
        let refused =
            sqlx::query("DELETE FROM organisation_setting").execute(&store.pool).await.unwrap_err();
        assert!(refused.to_string().contains("readonly"), "{refused}");
        write.commit().await.unwrap();
        assert!(store.setting("half").await.unwrap().is_some());
    }
}
