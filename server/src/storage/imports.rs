//! The log of imports.

use calloff_core::calendar::Date;

use super::StorageError;
use super::sql::Sql;
use super::write::WriteTransaction;

/// An entry of the log.
#[derive(Debug, Clone)]
pub struct ImportRecord<'r> {
    /// The kind of the file: `price-list` or `sites`.
    pub kind: &'r str,
    /// The file's name, without its folder.
    pub file_name: &'r str,
    /// SHA-256 of the file.
    pub file_hash: [u8; 32],
    /// The day of the import (UTC).
    pub imported_on: Date,
    /// The changes that the import made, as JSON.
    pub summary: String,
}

/// Logs an import.
///
/// # Errors
/// The database failed.
pub async fn log_import(
    write: &mut WriteTransaction,
    record: &ImportRecord<'_>,
) -> Result<(), StorageError> {
    Sql::new("INSERT INTO import_log (kind, file_name, file_hash, imported_on, summary) VALUES ($1, $2, $3, $4, $5)")
        .bind(record.kind)
        .bind(record.file_name)
        .bind(record.file_hash.as_slice())
        .bind(record.imported_on.to_string())
        .bind(&record.summary)
        .execute(write)
        .await?;
    Ok(())
}
