use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use calloff_server::cli::Context;
use calloff_server::publishing::signing_key::KEY_FILE;
use calloff_server::storage::migrate::migrate;
use calloff_server::storage::postgres::Address;
use calloff_server::storage::{DATABASE_FILE, ServerStore};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// The variable with the address of a PostgreSQL server whose user may create databases. If it is
/// set, the servers of the tests have their data there.
const SERVER: &str = "CALLOFF_TEST_POSTGRES";

/// The data of an organisation: a folder, and the database in it or in PostgreSQL. Several servers
/// can use clones of it. When the last clone is dropped, nothing of it is left.
#[derive(Clone)]
pub struct Data {
    folder: Arc<TempDir>,
    database: Option<Arc<Database>>,
}

/// A database in PostgreSQL.
struct Database {
    server: PgConnectOptions,
    name: String,
    address: String,
}

/// A copy of a database, beside it.
pub enum Copy {
    /// The name of the copied file in the folder.
    File(&'static str),
    /// The name of the copied database.
    Database(String),
}

impl Data {
    /// Data of which nothing is stored yet.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database = match std::env::var(SERVER) {
            Ok(server) => Some(Arc::new(Database::new(&server).await)),
            Err(_) => None,
        };
        Self { folder: Arc::new(folder), database }
    }

    /// Whether the database is in PostgreSQL.
    #[must_use]
    pub fn is_in_postgres() -> bool {
        std::env::var_os(SERVER).is_some()
    }

    /// The data in this folder, on SQLite.
    #[must_use]
    pub fn in_folder(folder: TempDir) -> Self {
        Self { folder: Arc::new(folder), database: None }
    }

    /// The same organisation after it moved to another folder, with its key, and another database.
    /// Nobody may have the database open.
    pub async fn moved(&self) -> Self {
        let moved = Self::new().await;
        std::fs::copy(self.path().join(KEY_FILE), moved.path().join(KEY_FILE)).expect("a key");
        let (from, to) = (self.open().await, moved.open().await);
        migrate(&from, &to).await.expect("it moves");
        from.close().await;
        to.close().await;
        moved
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The arguments of `calloff` that name the data.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["--data".to_owned(), self.path().display().to_string()];
        if let Some(database) = &self.database {
            arguments.extend(["--database".to_owned(), database.address.clone()]);
        }
        arguments
    }

    /// The data as a command finds it that was started at a time.
    #[must_use]
    pub fn context(&self, now: i64) -> Context {
        let now = jiff::Timestamp::from_millisecond(now).expect("a time");
        let address = |database: &Arc<Database>| database.address.parse().expect("an address");
        let database = self.database.as_ref().map(address);
        Context { data: self.path().to_owned(), database, now }
    }

    /// Opens the database.
    pub async fn open(&self) -> ServerStore {
        let store = match &self.database {
            Some(database) => {
                ServerStore::open_postgres(&database.address.parse().expect("an address")).await
            }
            None => ServerStore::open(self.path()).await,
        };
        store.expect("the store")
    }

    /// Makes a copy of the database, which nobody may have open.
    pub async fn copy(&self) -> Copy {
        match &self.database {
            Some(database) => {
                let copy = new_name();
                database.create(&copy, &database.name).await;
                Copy::Database(copy)
            }
            None => {
                let copy = self.path().join(COPY);
                std::fs::copy(self.path().join(DATABASE_FILE), copy).expect("a copy");
                Copy::File(COPY)
            }
        }
    }

    /// Puts a copy in the place of the database, which nobody may have open.
    pub async fn put_back(&self, copy: Copy) {
        match (copy, &self.database) {
            (Copy::Database(copy), Some(database)) => {
                database.run(&format!("DROP DATABASE {}", database.name)).await;
                database.run(&format!("ALTER DATABASE {copy} RENAME TO {}", database.name)).await;
            }
            (Copy::File(copy), None) => {
                let copy = self.path().join(copy);
                std::fs::rename(copy, self.path().join(DATABASE_FILE)).expect("the copy's place");
            }
            _ => panic!("a copy of another engine"),
        }
    }

    /// Every byte that is stored.
    #[must_use]
    pub fn stored_bytes(&self) -> Vec<u8> {
        if let Some(database) = &self.database {
            let dump = std::process::Command::new("pg_dump")
                .args(["--data-only", "--dbname", &database.address])
                .output()
                .expect("pg_dump");
            assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
            return dump.stdout;
        }
        let files = std::fs::read_dir(self.path()).expect("the data folder");
        let files = files.map(|file| file.expect("a file").path()).filter(|file| file.is_file());
        files.flat_map(|file| std::fs::read(file).expect("its bytes")).collect()
    }
}

/// The name of a copied database file.
const COPY: &str = "copy.db";

/// A name that no other database of this run has.
fn new_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

impl Database {
    /// A database with empty tables. They are created once in a template, which each database
    /// copies.
    async fn new(server: &str) -> Self {
        static TEMPLATE: OnceCell<String> = OnceCell::const_new();
        let mut database = Self {
            server: server.parse().expect("an address in CALLOFF_TEST_POSTGRES"),
            name: new_name(),
            address: String::new(),
        };
        let template = TEMPLATE.get_or_init(async || {
            let name = new_name();
            database.create(&name, "template0").await;
            let address: Address = with_database(server, &name).parse().expect("an address");
            ServerStore::open_postgres(&address).await.expect("the tables").close().await;
            name
        });
        let template = template.await;
        database.create(&database.name, template).await;
        database.address = with_database(server, &database.name);
        database
    }

    async fn create(&self, name: &str, template: &str) {
        self.run(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    }

    async fn run(&self, statement: &str) {
        let mut connection = self.server.connect().await.expect("a connection");
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.expect(statement);
        connection.close().await.expect("closed");
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let server = self.server.clone();
        // A test may end inside a runtime, which cannot wait for another one.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime
                .block_on(async {
                    let mut connection = server.connect().await?;
                    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
                    connection.close().await
                })
                .map_err(std::io::Error::other)
        });
        let _ = dropped.join();
    }
}

/// The address of another database on the same server.
fn with_database(server: &str, name: &str) -> String {
    let (address, options) = server.split_once('?').unwrap_or((server, ""));
    let host = address.rsplit_once('/').map_or(address, |(host, _)| host);
    format!("{host}/{name}?{options}")
}
