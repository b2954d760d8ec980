//! The facts that hold for PostgreSQL alone: how a database is opened and locked, and what its
//! error codes say.
//!
//! Every write takes one lock of the whole database (see `lock`), as with SQLite. So at any
//! number of nodes there is one writer, which sees everything that was committed before it. Readers
//! never wait.

use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgDatabaseError, PgListener, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, Postgres};

use super::sql::Sql;
use super::{
    Connections, Hindrance, Pools, READ_WAIT, READERS, ServerStore, StorageError, WRITE_WAIT,
};

/// The steps that bring a database up to date. The tables of both engines are the same after the
/// migrations of the same number.
pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// The oldest version of PostgreSQL for which the tests run.
const OLDEST_VERSION: i64 = 15;

/// How long a transaction may wait for its program. If a node hangs or its machine is gone, the
/// others then get the write lock back. The longest write works all the time.
const IDLE_LIMIT: Duration = Duration::from_secs(60);

/// The number of Calloff's write lock, among the advisory locks of a database: the letters of
/// `calloff` in ASCII.
const WRITE_LOCK: i64 = 0x63_61_6c_6c_6f_66_66;

/// The address of a database: `postgres://person:password@host:port/database`. It can also set
/// `sslmode` and what else a connection needs. It never appears in a message, because it may have a
/// password.
#[derive(Debug, Clone)]
pub struct Address(PgConnectOptions);

impl std::str::FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_ours = ["postgres://", "postgresql://"].iter().any(|start| text.starts_with(start));
        match text.parse::<PgConnectOptions>() {
            Ok(options) if is_ours => Ok(Self(options)),
            Ok(_) => Err("the address in --database must begin with postgres://".to_owned()),
            Err(error) => {
                Err(format!("--database is no address of a PostgreSQL database: {error}"))
            }
        }
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(options) = self;
        let database = options.get_database().unwrap_or(options.get_username());
        match options.get_socket() {
            Some(socket) => write!(f, "{database} at {}", socket.display()),
            None => write!(f, "{database} at {}:{}", options.get_host(), options.get_port()),
        }
    }
}

/// Opens a database and brings it up to date.
pub(super) async fn open(address: &Address) -> Result<Connections<Postgres>, StorageError> {
    check_server(address).await?;
    let options = configured(address);
    let writer = pool_options(1, WRITE_WAIT).connect_with(options.clone()).await?;
    MIGRATIONS.run(&writer).await?;
    // One more connection hears the messages of other nodes.
    let options = options.options([("default_transaction_read_only", "on")]);
    let readers = pool_options(READERS + 1, READ_WAIT).connect_lazy_with(options);
    Ok(Connections { readers, writer })
}

/// Whether a database has none of Calloff's tables.
pub(super) async fn is_empty(address: &Address) -> Result<bool, StorageError> {
    let mut connection = connect(address).await?;
    let is_empty = sqlx::query_scalar("SELECT to_regclass('contract_version') IS NULL");
    let is_empty = is_empty.fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(is_empty)
}

/// Refuses a server that does not answer or is too old, and a database that cannot store every
/// text.
async fn check_server(address: &Address) -> Result<(), StorageError> {
    let mut connection = connect(address).await?;
    let (version, encoding): (String, String) = sqlx::query_as(
        "SELECT current_setting('server_version_num'), current_setting('server_encoding')",
    )
    .fetch_one(&mut connection)
    .await?;
    connection.close().await?;
    let version = version.parse::<i64>().unwrap_or_default() / 10_000;
    let reason = if version < OLDEST_VERSION {
        format!("PostgreSQL {version} is too old: Calloff needs {OLDEST_VERSION} or newer")
    } else if encoding != "UTF8" {
        format!("its encoding is {encoding}: create the database with ENCODING 'UTF8'")
    } else {
        return Ok(());
    };
    Err(StorageError::Unsuitable { address: address.to_string(), reason })
}

/// Opens one connection. A pool would try for 30 s to reach a server that is not there.
async fn connect(address: &Address) -> Result<PgConnection, StorageError> {
    configured(address).connect().await.map_err(|error| StorageError::Unsuitable {
        address: address.to_string(),
        reason: error.to_string(),
    })
}

/// Takes the write lock until the end of the transaction.
pub(super) fn lock() -> Sql {
    Sql::new("SELECT pg_advisory_xact_lock($1)").bind(WRITE_LOCK)
}

/// The messages of the nodes that use a database.
pub struct Messages(PgListener);

impl Messages {
    /// The next message. `None` after the connection was lost, because messages may be missing.
    pub async fn next(&mut self) -> Option<String> {
        let message = self.0.try_recv().await.ok()??;
        Some(message.payload().to_owned())
    }
}

/// The channel of the messages (`NOTIFY`).
const CHANNEL: &str = "calloff";

impl ServerStore {
    /// Whether several nodes may use the database.
    #[must_use]
    pub fn has_nodes(&self) -> bool {
        matches!(self.pools, Pools::Postgres(_))
    }

    /// Sends a message of less than 8,000 bytes to all nodes, also to this one. It is sent after
    /// the commit: a message within a transaction would make the commits of all nodes wait for each
    /// other.
    ///
    /// # Errors
    /// The database failed.
    pub async fn tell_nodes(&self, message: &str) -> Result<(), StorageError> {
        let notify = Sql::new("SELECT pg_notify($1, $2) IS NULL").bind(CHANNEL).bind(message);
        notify.value::<bool>(&mut self.read().await?).await?;
        Ok(())
    }

    /// Begins to hear the messages of all nodes.
    ///
    /// # Errors
    /// The database failed, or it cannot have several nodes.
    pub async fn hear_nodes(&self) -> Result<Messages, StorageError> {
        let Pools::Postgres(pools) = &self.pools else {
            return Err(sqlx::Error::PoolClosed.into());
        };
        let mut listener = PgListener::connect_with(&pools.readers).await?;
        listener.listen(CHANNEL).await?;
        Ok(Messages(listener))
    }
}

/// The reason in an error why the database cannot work now. `None` if waiting does not help.
/// The codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>
pub(super) fn hindrance(error: &sqlx::Error) -> Option<Hindrance> {
    let code = match error {
        sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed => return Some(Hindrance::Unreachable),
        sqlx::Error::Database(error) => error.try_downcast_ref::<PgDatabaseError>()?.code(),
        _ => return None,
    };
    match code {
        "53100" => Some(Hindrance::DiskFull),
        // A lock was not free in time, or the transactions of others came first.
        "55P03" | "40001" | "40P01" | "53300" => Some(Hindrance::Busy),
        // The server was stopped, starts, or closed a connection.
        "57P01" | "57P02" | "57P03" | "25P03" => Some(Hindrance::Unreachable),
        code if code.starts_with("58") => Some(Hindrance::DiskFailed),
        code if code.starts_with("08") => Some(Hindrance::Unreachable),
        _ => None,
    }
}

fn configured(Address(options): &Address) -> PgConnectOptions {
    let millis = |limit: Duration| limit.as_millis().to_string();
    options.clone().application_name("calloff").options([
        // A transaction that was acknowledged survives a power cut.
        ("synchronous_commit", "on"),
        ("lock_timeout", &millis(WRITE_WAIT)),
        ("idle_in_transaction_session_timeout", &millis(IDLE_LIMIT)),
    ])
}

fn pool_options(connections: u32, wait: Duration) -> PgPoolOptions {
    PgPoolOptions::new().max_connections(connections).acquire_timeout(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        let shown = |text: &str| text.parse::<Address>().map(|address| address.to_string());
        assert_eq!(
            shown("postgres://ana:hush@db.example.org:5433/orders").unwrap(),
            "orders at db.example.org:5433"
        );
        assert_eq!(shown("postgresql://ana@db.example.org").unwrap(), "ana at db.example.org:5432");
        assert_eq!(shown("postgres:///orders?host=/run/pg&user=ana").unwrap(), "orders at /run/pg");
        for wrong in ["mysql://ana:hush@host/orders", "orders", "", "postgres://ana:hush@host:x/y"]
        {
            let error = shown(wrong).unwrap_err();
            assert!(error.contains("--database") && !error.contains("hush"), "{wrong}: {error}");
        }
    }

    #[test]
    fn a_statement_that_grew_gets_numbers() {
        let mut sql = Sql::new("INSERT INTO session (token_hash, person) ");
        sql.push_rows([("a", 1), ("b", 2)], |(name, number)| {
            [name.into(), i64::from(number).into()]
        });
        let text = sql.numbered().text().to_owned();
        assert!(text.ends_with("VALUES ($1, $2), ($3, $4)"), "{text}");
    }
}
