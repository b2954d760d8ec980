//! `calloff migrate`: an organisation moves from SQLite to PostgreSQL.

use super::backup::{alone, free_name, io};
use super::serve::locked;
use super::{CliError, Context, answer};
use crate::storage::postgres::Address;
use crate::storage::{DATABASE_FILE, ServerStore, migrate};

/// The database to which the organisation moves.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Address of an empty PostgreSQL database, e.g.
    /// postgres://calloff:PASSWORD@db.example.org/calloff
    #[arg(long, value_name = "URL")]
    pub to: String,
}

/// Copies the database of the data folder, and compares the copy with it. Then the file gets
/// another name, so that nobody goes on with it by mistake. The key stays in the folder.
///
/// # Errors
/// A server is running, or the copy cannot be made. Nothing has changed then.
pub async fn run(context: &Context, args: Args) -> Result<(), CliError> {
    context.needs_file("leave --database out, and name the new database with --to")?;
    let address: Address = args
        .to
        .parse()
        .map_err(|reason: String| CliError::Usage(reason.replace("--database", "--to")))?;
    let from = context.open().await?;
    from.check().await?;
    from.close().await;
    let file = context.data.join(DATABASE_FILE);
    alone(&file).await?;
    // No server starts on the folder until the old database has its other name. The copy itself
    // holds the write lock.
    let _lock = locked(&context.data)?;
    let from = context.open().await?;
    let to = ServerStore::open_postgres(&address).await?;
    let copied = migrate::migrate(&from, &to).await?;
    to.close().await;
    from.close().await;
    let aside =
        free_name(&context.data, &format!("{DATABASE_FILE}.moved-{}", context.now.as_second()));
    std::fs::rename(&file, &aside).map_err(|source| io(&aside, source))?;
    let tables: String = copied
        .iter()
        .filter(|copied| copied.rows > 0)
        .map(|copied| format!("  {:<24}{:>12}\n", copied.table, copied.rows))
        .collect();
    answer(&format!(
        "Moved to {address}. Each table was read back and is the same; rows:\n{tables}\
         Start the server with --database from now on. Its data folder is still {}, with the \
         signing key. The old database is now {}: to go back before anybody has used the new one, \
         give it its old name and leave --database out.\n",
        context.data.display(),
        aside.display(),
    ))
}
