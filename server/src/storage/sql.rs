//! Statements of SQL with their values. All statements of the server run through this file, so no
//! other file knows which engine runs them.

use std::borrow::Cow;

use futures_util::{Stream, StreamExt as _};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments as _, AssertSqlSafe, Decode, FromRow, Sqlite, Type};

use super::write::{Read, WriteTransaction};
use super::{StorageError, Store};

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

/// A row that a statement gives: a tuple, or a struct that derives `FromRow`.
pub(super) trait Found: for<'r> FromRow<'r, SqliteRow> + Send + Unpin + 'static {}

impl<T: for<'r> FromRow<'r, SqliteRow> + Send + Unpin + 'static> Found for T {}

/// The only column of a row.
pub(super) trait Column:
    for<'r> Decode<'r, Sqlite> + Type<Sqlite> + Send + Unpin + 'static
{
}

impl<T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + Send + Unpin + 'static> Column for T {}

impl Sql {
    /// A fixed statement, or the beginning of one that grows.
    pub fn new(text: &'static str) -> Self {
        Self { text: Cow::Borrowed(text), values: Vec::new() }
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
        let (text, values) = self.parts()?;
        let done = sqlx::query_with(text, values).execute(&mut *write.connection).await?;
        Ok(done.rows_affected())
    }

    /// All rows.
    pub async fn all<R: Found>(self, read: &mut Read) -> Result<Vec<R>, StorageError> {
        let (text, values) = self.parts()?;
        Ok(sqlx::query_as_with(text, values).fetch_all(&mut *read.connection).await?)
    }

    /// The first row. `None` without rows.
    pub async fn optional<R: Found>(self, read: &mut Read) -> Result<Option<R>, StorageError> {
        let (text, values) = self.parts()?;
        Ok(sqlx::query_as_with(text, values).fetch_optional(&mut *read.connection).await?)
    }

    /// The first row of a statement that always has one.
    pub async fn one<R: Found>(self, read: &mut Read) -> Result<R, StorageError> {
        let (text, values) = self.parts()?;
        Ok(sqlx::query_as_with(text, values).fetch_one(&mut *read.connection).await?)
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
    pub fn stream<R: Found>(
        self,
        store: &Store,
    ) -> impl Stream<Item = Result<R, StorageError>> + Unpin {
        debug_assert!(self.values.is_empty(), "a stream has no values: {}", self.text);
        sqlx::query_as(AssertSqlSafe(self.text)).fetch(&store.pools.readers).map(|row| Ok(row?))
    }

    fn parts(self) -> Result<(AssertSqlSafe<Cow<'static, str>>, SqliteArguments), StorageError> {
        debug_assert!(
            !self.text.contains('?') || !self.text.contains("$1"),
            "a statement has named and unnamed values: {}",
            self.text
        );
        let mut arguments = SqliteArguments::default();
        arguments.reserve(self.values.len(), 0);
        for value in self.values {
            let added = match value {
                Value::Boolean(value) => arguments.add(value),
                Value::Integer(value) => arguments.add(value),
                Value::Text(value) => arguments.add(value),
                Value::Bytes(value) => arguments.add(value),
            };
            added.map_err(sqlx::Error::Encode)?;
        }
        // The text is written in this program. Every value is bound.
        Ok((AssertSqlSafe(self.text), arguments))
    }
}

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
