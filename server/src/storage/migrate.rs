//! Copies an organisation from one database into another, of either engine, and compares both.

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use sha2::{Digest as _, Sha256};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Column as _, Row as _, TypeInfo as _};

use super::sql::{Sql, Value};
use super::write::{Connection, Read, WriteTransaction};
use super::{ROWS_AT_ONCE, ServerStore, StorageError};

/// All tables. A table comes after those to which it refers.
const TABLES: [&str; 45] = [
    "exchange_rate",
    "organisation_setting",
    "supplier",
    "item",
    "sourcing_rule",
    "tie_decision",
    "blob",
    "blob_upload",
    "blob_part",
    "chunk",
    "release",
    "import_log",
    "location",
    "contract_version",
    "person",
    "person_role",
    "former_name",
    "invitation",
    "session",
    "provider_account",
    "provider_sign_in",
    "failed_attempt",
    "device",
    "enrolment_code",
    "incarnation",
    "purchase_order_number",
    "document",
    "feed_head",
    "feed",
    "order_head",
    "order_line_fact",
    "purchase_order",
    "supplier_profile",
    "supplier_account",
    "dispatch",
    "dispatch_attempt",
    "quarantine",
    "cap",
    "allotment",
    "allotment_plan",
    "top_up",
    "commitment_total",
    "commitment_excess",
    "job",
    "audit_entry",
];

/// The tables whose rows PostgreSQL numbers.
const NUMBERED: [&str; 6] =
    ["sourcing_rule", "import_log", "quarantine", "failed_attempt", "dispatch", "job"];

/// The columns that are Booleans in PostgreSQL, and 0 or 1 in SQLite.
const BOOLEANS: [&str; 9] = [
    "has_left",
    "is_waiting",
    "is_honoured",
    "is_offer",
    "is_compact",
    "is_let_go",
    "is_draft",
    "is_old",
    "is_wanted_again",
];

/// The most bytes of the values in one statement.
const BYTES_AT_ONCE: usize = 8 << 20;

/// A table that was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The name of the table.
    pub table: &'static str,
    /// The number of its rows.
    pub rows: u64,
}

/// Why an organisation was not copied. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The target has an organisation.
    #[error("the other database has data already ({0}): name an empty one")]
    NotEmpty(&'static str),
    /// A table is not the same after it was copied.
    #[error("the copy of the table {0} is not the same as the original: nothing was copied")]
    Different(&'static str),
    /// A database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<sqlx::Error> for MigrateError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

/// The number of rows of a table, and a hash that does not depend on their order: the sum of the
/// SHA-256 hashes of the rows, in each byte.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Content {
    rows: u64,
    hash: [u8; 32],
}

impl Content {
    /// Adds a row: the names of its columns and their values.
    fn add(&mut self, row: &[(String, Value)]) {
        let mut hasher = Sha256::new();
        let mut row: Vec<_> = row.iter().collect();
        row.sort_by(|a, b| a.0.cmp(&b.0));
        for (name, value) in row {
            let bytes = match value {
                Value::Boolean(value) => Some(i64::from(*value).to_be_bytes().to_vec()),
                Value::Integer(value) => value.map(|value| value.to_be_bytes().to_vec()),
                Value::Text(value) => value.as_ref().map(|value| value.clone().into_bytes()),
                Value::Bytes(value) => value.clone(),
            };
            for part in [Some(name.clone().into_bytes()), bytes] {
                let length = part.as_ref().map_or(u64::MAX, |part| part.len() as u64);
                hasher.update(length.to_be_bytes());
                hasher.update(part.unwrap_or_default());
            }
        }
        self.rows += 1;
        let sum = self.hash.iter_mut().zip(hasher.finalize());
        sum.for_each(|(sum, byte)| *sum = sum.wrapping_add(byte));
    }
}

/// Copies an organisation into a database that has none, in one transaction. Then it reads the copy
/// back and compares every table. Nobody can write into the source meanwhile, and it stays as it
/// is. Tablets go on with the copy where they were, because it has the same incarnation.
///
/// # Errors
/// [`MigrateError`]; the target is as it was.
pub async fn migrate(from: &ServerStore, to: &ServerStore) -> Result<Vec<Copied>, MigrateError> {
    copy_all(&mut *from.write().await?, to).await
}

/// The same, without a lock: copies the source as it was at one moment, while others go on writing.
///
/// # Errors
/// The errors of [`migrate`].
pub async fn copy_snapshot(
    from: &ServerStore,
    to: &ServerStore,
) -> Result<Vec<Copied>, MigrateError> {
    copy_all(&mut *from.snapshot().await?, to).await
}

async fn copy_all(source: &mut Read, to: &ServerStore) -> Result<Vec<Copied>, MigrateError> {
    let mut target = to.write().await?;
    for table in ["location", "person", "document", "device", "supplier", "release"] {
        let any = format!("SELECT EXISTS (SELECT 1 FROM {table})");
        if Sql::composed(any).value::<bool>(&mut target).await? {
            return Err(MigrateError::NotEmpty(table));
        }
    }
    let mut copied = Vec::new();
    for table in TABLES {
        // Each database begins with a row in some tables.
        Sql::composed(format!("DELETE FROM {table}")).execute(&mut target).await?;
        let content = copy(table, source, &mut target).await?;
        if content != content_of(table, &mut target).await? {
            return Err(MigrateError::Different(table));
        }
        copied.push(Copied { table, rows: content.rows });
    }
    let is_numbered = matches!(target.connection, Connection::Postgres(_));
    for table in NUMBERED.into_iter().filter(|_| is_numbered) {
        let next = format!(
            "SELECT setval(pg_get_serial_sequence('{table}', 'id'), \
             (SELECT coalesce(max(id), 0) + 1 FROM {table}), false)"
        );
        Sql::composed(next).value::<i64>(&mut target).await?;
    }
    target.commit().await?;
    Ok(copied)
}

/// Copies a table.
async fn copy(
    table: &'static str,
    source: &mut Read,
    target: &mut WriteTransaction,
) -> Result<Content, MigrateError> {
    let mut rows = rows(table, source);
    let mut content = Content::default();
    let (mut waiting, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next().await {
        let row = row?;
        content.add(&row);
        bytes += row.iter().map(|(_, value)| size_of(value)).sum::<usize>();
        waiting.push(row);
        if waiting.len() == ROWS_AT_ONCE || bytes > BYTES_AT_ONCE {
            insert(table, std::mem::take(&mut waiting), target).await?;
            bytes = 0;
        }
    }
    insert(table, waiting, target).await?;
    Ok(content)
}

async fn insert(
    table: &str,
    rows: Vec<Row>,
    target: &mut WriteTransaction,
) -> Result<(), StorageError> {
    let Some(first) = rows.first() else { return Ok(()) };
    let names: Vec<String> = first.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    let mut sql = Sql::composed(format!("INSERT INTO {table} ({}) VALUES ", names.join(", ")));
    for (number, row) in rows.into_iter().enumerate() {
        sql.push(if number == 0 { "(" } else { ", (" });
        for (place, (_, value)) in row.into_iter().enumerate() {
            sql.push(if place == 0 { "" } else { ", " }).push_bind(value);
        }
        sql.push(")");
    }
    sql.execute(target).await?;
    Ok(())
}

/// The content of a table.
async fn content_of(table: &'static str, read: &mut Read) -> Result<Content, MigrateError> {
    let mut rows = rows(table, read);
    let mut content = Content::default();
    while let Some(row) = rows.next().await {
        content.add(&row?);
    }
    Ok(content)
}

/// The names of a row's columns, and their values.
type Row = Vec<(String, Value)>;

/// All rows of a table.
fn rows<'r>(table: &str, read: &'r mut Read) -> BoxStream<'r, Result<Row, sqlx::Error>> {
    let all = AssertSqlSafe(format!("SELECT * FROM {table}"));
    match &mut read.connection {
        Connection::Sqlite(connection) => {
            sqlx::query(all).fetch(&mut **connection).map(|row| of_sqlite(&row?)).boxed()
        }
        Connection::Postgres(connection) => {
            sqlx::query(all).fetch(&mut **connection).map(|row| of_postgres(&row?)).boxed()
        }
    }
}

fn of_sqlite(row: &SqliteRow) -> Result<Row, sqlx::Error> {
    let columns = row.columns().iter();
    let values = columns.map(|column| {
        let (at, name) = (column.ordinal(), column.name().to_owned());
        let value = match column.type_info().name() {
            "INTEGER" if BOOLEANS.contains(&name.as_str()) => Value::Boolean(row.try_get(at)?),
            "INTEGER" => Value::Integer(row.try_get(at)?),
            "BLOB" => Value::Bytes(row.try_get(at)?),
            _ => Value::Text(row.try_get(at)?),
        };
        Ok((name, value))
    });
    values.collect()
}

fn of_postgres(row: &PgRow) -> Result<Row, sqlx::Error> {
    let columns = row.columns().iter();
    let values = columns.map(|column| {
        let (at, name) = (column.ordinal(), column.name().to_owned());
        let value = match column.type_info().name() {
            "BOOL" => Value::Boolean(row.try_get(at)?),
            "INT8" => Value::Integer(row.try_get(at)?),
            "BYTEA" => Value::Bytes(row.try_get(at)?),
            _ => Value::Text(row.try_get(at)?),
        };
        Ok((name, value))
    });
    values.collect()
}

fn size_of(value: &Value) -> usize {
    match value {
        Value::Boolean(_) | Value::Integer(_) => 8,
        Value::Text(value) => value.as_ref().map_or(0, String::len),
        Value::Bytes(value) => value.as_ref().map_or(0, Vec::len),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[tokio::test]
    async fn every_table_is_copied() {
        let store = ServerStore::in_memory().await.unwrap();
        let tables = Sql::new(
            "SELECT name FROM sqlite_schema WHERE type = 'table'
             AND name NOT IN ('sqlite_sequence', '_sqlx_migrations')",
        );
        let stored: Vec<String> = tables.values(&mut store.read().await.unwrap()).await.unwrap();
        let copied = TABLES.into_iter().map(str::to_owned);
        assert_eq!(copied.collect::<BTreeSet<_>>(), stored.into_iter().collect());
    }

    #[test]
    fn the_content_of_a_table_does_not_depend_on_the_order_of_its_rows_and_sees_every_change() {
        let row = |name: &str, number: Option<i64>| {
            vec![
                ("name".to_owned(), Value::Text(Some(name.to_owned()))),
                ("number".to_owned(), Value::Integer(number)),
            ]
        };
        let content = |rows: &[Vec<(String, Value)>]| {
            let mut content = Content::default();
            rows.iter().for_each(|row| content.add(row));
            content
        };
        let (a, b) = (row("a", Some(1)), row("b", None));
        let both = content(&[a.clone(), b.clone()]);
        assert_eq!(both, content(&[b.clone(), a.clone()]));
        for other in [row("b", Some(0)), row("", None), a.clone()] {
            assert_ne!(both, content(&[a.clone(), other]));
        }
        assert_ne!(both, content(&[a, b.clone(), b]));
    }
}
