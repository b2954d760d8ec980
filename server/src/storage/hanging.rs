//! The things that depend on a node of the location tree. They end, or lose their node, when the
//! node leaves the tree.

use calloff_core::ids::LocationId;
use serde::Serialize;

use super::sql::Sql;
use super::write::WriteTransaction;
use super::{ServerStore, StorageError, to_u32};

/// The things that depend on a node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Hanging {
    /// The names of the tablets that were not revoked, in this order.
    pub tablets: Vec<String>,
    /// The sign-in names of people with a role at the node itself.
    pub people: Vec<String>,
    /// The number of drafts that the server knows: orders that were not submitted, are not
    /// discarded and are not empty.
    pub drafts: u32,
    /// The number of orders on hold.
    pub waiting: u32,
    /// The number of enrolment codes that can still be used.
    pub codes: u32,
}

impl ServerStore {
    /// The things that depend on a node at the time `now`, in milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// The database failed.
    pub async fn hanging_on(
        &self,
        location: &LocationId,
        now: i64,
    ) -> Result<Hanging, StorageError> {
        let names = async |sql: &'static str| -> Result<Vec<String>, StorageError> {
            Sql::new(sql).bind(location.as_str()).values(&mut self.read().await?).await
        };
        let (drafts, waiting, codes): (i64, i64, i64) = Sql::new(
            "SELECT
                (SELECT count(*) FROM document WHERE is_draft AND site = $1),
                (SELECT count(*) FROM order_head WHERE site = $1 AND is_waiting),
                (SELECT count(*) FROM enrolment_code WHERE site = $1 AND device IS NULL AND expires_at > $2)",
        )
        .bind(location.as_str())
        .bind(now)
        .one(&mut self.read().await?)
        .await?;
        Ok(Hanging {
            tablets: names(
                "SELECT name FROM device WHERE site = $1 AND revoked_at IS NULL ORDER BY name, id",
            )
            .await?,
            people: names(
                "SELECT DISTINCT person FROM person_role WHERE location = $1 ORDER BY person",
            )
            .await?,
            drafts: to_u32(drafts),
            waiting: to_u32(waiting),
            codes: to_u32(codes),
        })
    }
}

/// Deletes the unused enrolment codes of sites that left the tree or became groups.
///
/// # Errors
/// The database failed.
pub async fn end_codes_of_left_sites(write: &mut WriteTransaction) -> Result<(), StorageError> {
    Sql::new(
        "DELETE FROM enrolment_code WHERE device IS NULL AND site IN
         (SELECT id FROM location WHERE has_left OR time_zone IS NULL)",
    )
    .execute(write)
    .await?;
    Ok(())
}
