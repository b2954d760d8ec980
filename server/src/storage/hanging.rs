//! What hangs on a node of the location tree, and ends or stands alone when the node leaves.

use calloff_core::ids::LocationId;
use serde::Serialize;
use sqlx::SqliteConnection;

use super::{StorageError, Store};

/// What hangs on a node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Hanging {
    /// Tablets that were not revoked, by name.
    pub tablets: Vec<String>,
    /// Sign-in names of people with a role at the node itself.
    pub people: Vec<String>,
    /// Orders that were begun and not sent, as far as the server knows them.
    pub drafts: u32,
    /// Orders that wait for procurement.
    pub waiting: u32,
    /// Enrolment codes that can still be used.
    pub codes: u32,
}

impl Store {
    /// What hangs on a node.
    ///
    /// # Errors
    /// The database failed.
    pub async fn hanging_on(
        &self,
        location: &LocationId,
        now: i64,
    ) -> Result<Hanging, StorageError> {
        let names = async |sql: &'static str| -> Result<Vec<String>, StorageError> {
            Ok(sqlx::query_scalar(sql).bind(location.as_str()).fetch_all(&self.pool).await?)
        };
        let (drafts, waiting, codes): (u32, u32, u32) = sqlx::query_as(
            "SELECT
                (SELECT count(*) FROM document WHERE site = ?1 AND kind = 'order' AND is_let_go = 0
                    AND NOT EXISTS (SELECT 1 FROM order_head WHERE order_head.document = document.id)),
                (SELECT count(*) FROM order_head WHERE site = ?1 AND is_waiting),
                (SELECT count(*) FROM enrolment_code WHERE site = ?1 AND device IS NULL AND expires_at > ?2)",
        )
        .bind(location.as_str())
        .bind(now)
        .fetch_one(&self.pool)
        .await?;
        Ok(Hanging {
            tablets: names(
                "SELECT name FROM device WHERE site = ? AND revoked_at IS NULL ORDER BY name, id",
            )
            .await?,
            people: names(
                "SELECT DISTINCT person FROM person_role WHERE location = ? ORDER BY person",
            )
            .await?,
            drafts,
            waiting,
            codes,
        })
    }
}

/// Ends the unused enrolment codes of sites that left the tree.
///
/// # Errors
/// The database failed.
pub async fn end_codes_of_left_sites(
    connection: &mut SqliteConnection,
) -> Result<(), StorageError> {
    sqlx::query(
        "DELETE FROM enrolment_code WHERE device IS NULL AND site IN (SELECT id FROM location WHERE has_left = 1)",
    )
    .execute(connection)
    .await?;
    Ok(())
}
