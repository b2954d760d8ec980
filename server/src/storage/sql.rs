//! Statements of SQL with their values. All statements of the server run through this file, so no
//! other file knows which engine runs them.

use std::borrow::Cow;

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, PgQueryResult, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteQueryResult, SqliteRow};
use sqlx::{Arguments as _, AssertSqlSafe, Decode, FromRow, Postgres, Sqlite, Type};

use super::write::{Connection, Read, WriteTransaction};
use super::{Pools, ServerStore, StorageError};

/// A statement and its values.
///
/// The text of a fixed statement names its values `$1`, `$2` and so on, and [`Sql::bind`] gives
/// them in this order. A statement of changing length grows by [`Sql::push`] and
/// [`Sql::push_bind`], and its text never names a value. SQLite looks a named value up in a list,
/// which is too slow for thousands of values. So a grown statement has unnamed ones.
#[derive(Debug)]
#[must_use = "a statement does nothing until it runs"]
pub(super) struct Sql {
    text: Cow<'static, str>,
    values: Vec<Value>,
}

/// A value of a statement, in a type that both engines have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Boolean(bool),
    Integer(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

/// A row that a statement gives on either engine: a tuple, or a struct that derives `FromRow`.
pub(super) trait Found:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static
{
}

impl<T> Found for T where
    T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static
{
}

/// The only column of a row, on either engine.
pub(super) trait Column:
    for<'r> Decode<'r, Sqlite>
    + Type<Sqlite>
    + for<'r> Decode<'r, Postgres>
    + Type<Postgres>
    + Send
    + Unpin
    + 'static
{
}

impl<T> Column for T where
    T: for<'r> Decode<'r, Sqlite>
        + Type<Sqlite>
        + for<'r> Decode<'r, Postgres>
        + Type<Postgres>
        + Send
        + Unpin
        + 'static
{
}

/// Runs a query on the connection of either engine.
macro_rules! run {
    ($sql:expr, $connection:expr, $query:ident . $run:ident) => {
        match $connection {
            Connection::Sqlite(connection) => {
                let (text, values) = $sql.parts::<SqliteArguments>()?;
                sqlx::$query(text, values).$run(&mut **connection).await?.into()
            }
            Connection::Postgres(connection) => {
                let (text, values) = $sql.numbered().parts::<PgArguments>()?;
                sqlx::$query(text, values).$run(&mut **connection).await?.into()
            }
        }
    };
}

impl Sql {
    /// A fixed statement, or the beginning of one that grows.
    pub fn new(text: &'static str) -> Self {
        Self { text: Cow::Borrowed(text), values: Vec::new() }
    }

    /// A statement that the program put together, never from what a user wrote.
    pub fn composed(text: String) -> Self {
        Self { text: Cow::Owned(text), values: Vec::new() }
    }

    /// Gives the next value of a fixed statement.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Appends text. It comes from the program and never from a user.
    pub fn push(&mut self, text: &str) -> &mut Self {
        self.text.to_mut().push_str(text);
        self
    }

    /// Appends a value.
    pub fn push_bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        self.push("?")
    }

    /// Appends `VALUES` and one row of values for each item.
    pub fn push_rows<I, const N: usize>(
        &mut self,
        items: impl IntoIterator<Item = I>,
        row: impl Fn(I) -> [Value; N],
    ) -> &mut Self {
        let mut before = "VALUES (";
        for item in items {
            for value in row(item) {
                self.push(before).push_bind(value);
                before = ", ";
            }
            before = "), (";
        }
        self.push(")")
    }

    /// Runs a statement that changes rows, and gives their number.
    pub async fn execute(self, write: &mut WriteTransaction) -> Result<u64, StorageError> {
        let done: Done = run!(self, &mut write.connection, query_with.execute);
        Ok(done.rows)
    }

    /// All rows.
    pub async fn all<R: Found>(self, read: &mut Read) -> Result<Vec<R>, StorageError> {
        Ok(run!(self, &mut read.connection, query_as_with.fetch_all))
    }

    /// The first row. `None` without rows.
    pub async fn optional<R: Found>(self, read: &mut Read) -> Result<Option<R>, StorageError> {
        Ok(run!(self, &mut read.connection, query_as_with.fetch_optional))
    }

    /// The first row of a statement that always has one.
    pub async fn one<R: Found>(self, read: &mut Read) -> Result<R, StorageError> {
        let row: Option<R> = self.optional(read).await?;
        row.ok_or_else(|| sqlx::Error::RowNotFound.into())
    }

    /// The only column of all rows.
    pub async fn values<T: Column>(self, read: &mut Read) -> Result<Vec<T>, StorageError> {
        Ok(self.all(read).await?.into_iter().map(|(value,)| value).collect())
    }

    /// The only column of the first row. `None` without rows.
    pub async fn optional_value<T: Column>(
        self,
        read: &mut Read,
    ) -> Result<Option<T>, StorageError> {
        Ok(self.optional(read).await?.map(|(value,)| value))
    }

    /// The only column of the first row of a statement that always has one.
    pub async fn value<T: Column>(self, read: &mut Read) -> Result<T, StorageError> {
        let (value,) = self.one(read).await?;
        Ok(value)
    }

    /// A stream of all rows of a statement without values.
    pub fn stream<R: Found>(self, store: &ServerStore) -> BoxStream<'_, Result<R, StorageError>> {
        debug_assert!(self.values.is_empty(), "a stream has no values: {}", self.text);
        let text = AssertSqlSafe(self.text);
        let rows = match &store.pools {
            Pools::Sqlite(pools) => sqlx::query_as(text).fetch(&pools.readers),
            Pools::Postgres(pools) => sqlx::query_as(text).fetch(&pools.readers),
        };
        rows.map(|row| Ok(row?)).boxed()
    }

    /// The text and the values for a driver.
    fn parts<A: Bound>(self) -> Result<(AssertSqlSafe<Cow<'static, str>>, A), StorageError> {
        debug_assert!(
            !self.text.contains('?') || !self.text.contains("$1"),
            "a statement has named and unnamed values: {}",
            self.text
        );
        let mut arguments = A::default();
        for value in self.values {
            arguments.append(value).map_err(sqlx::Error::Encode)?;
        }
        // The text is written in this program. Every value is bound.
        Ok((AssertSqlSafe(self.text), arguments))
    }

    /// The text of the statement.
    #[cfg(test)]
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The statement with numbers in place of unnamed values, because PostgreSQL knows only
    /// numbers.
    pub(super) fn numbered(mut self) -> Self {
        if self.text.contains('?') {
            let mut number = 0;
            let mut parts = self.text.split('?');
            let mut text = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                number += 1;
                text.push_str(&format!("${number}{part}"));
            }
            self.text = Cow::Owned(text);
        }
        self
    }
}

/// What a statement changed.
struct Done {
    rows: u64,
}

impl From<SqliteQueryResult> for Done {
    fn from(done: SqliteQueryResult) -> Self {
        Self { rows: done.rows_affected() }
    }
}

impl From<PgQueryResult> for Done {
    fn from(done: PgQueryResult) -> Self {
        Self { rows: done.rows_affected() }
    }
}

/// The values of a statement, as a driver takes them.
trait Bound: Default {
    fn append(&mut self, value: Value) -> Result<(), BoxDynError>;
}

macro_rules! bound {
    ($($arguments:ty)*) => {$(
        impl Bound for $arguments {
            fn append(&mut self, value: Value) -> Result<(), BoxDynError> {
                match value {
                    Value::Boolean(value) => self.add(value),
                    Value::Integer(value) => self.add(value),
                    Value::Text(value) => self.add(value),
                    Value::Bytes(value) => self.add(value),
                }
            }
        }
    )*};
}

bound! { SqliteArguments PgArguments }

/// Makes values of a type, and of an option of it.
macro_rules! values {
    ($($type:ty => $variant:ident($value:ident => $stored:expr);)*) => {$(
        impl From<$type> for Value {
            fn from($value: $type) -> Self {
                Self::$variant(Some($stored))
            }
        }

        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self {
                Self::$variant(value.map(|$value| $stored))
            }
        }
    )*};
}

values! {
    i64 => Integer(value => value);
    u32 => Integer(value => value.into());
    &str => Text(value => value.to_owned());
    &String => Text(value => value.clone());
    String => Text(value => value);
    &[u8] => Bytes(value => value.to_vec());
    Vec<u8> => Bytes(value => value);
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}
