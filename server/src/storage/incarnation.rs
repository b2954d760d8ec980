//! The incarnation: the identity of the database. A restore gives the database a new incarnation.
//! Cursors of the former incarnation no longer count, and purchase orders get numbers in a new
//! block.

use calloff_core::ids::LocationId;
use sha2::{Digest, Sha256};

use super::releases::last_release_number;
use super::sql::Sql;
use super::write::WriteTransaction;
use super::{ServerStore, StorageError, hex};

/// The identity of the database, and the secret with which it seals its cursors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incarnation {
    /// The identifier, 16 hexadecimal digits.
    pub id: String,
    secret: Vec<u8>,
}

/// The meaning of a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cursor {
    /// The feed from its beginning: the tablet has no documents yet, or it starts over.
    Beginning,
    /// This database gave the cursor. The tablet knows the site's feed up to this number.
    After(i64),
    /// Another incarnation gave the cursor.
    Foreign,
}

impl Incarnation {
    /// A cursor for a site's tablets: `incarnation.number.seal`. Only this database has the secret
    /// and can make one. So a valid cursor beyond the end of the feed proves that the feed was
    /// longer before.
    #[must_use]
    pub fn cursor(&self, site: &LocationId, sequence: i64) -> String {
        format!("{}.{sequence}.{}", self.id, self.seal(site, sequence))
    }

    /// Reads a cursor. A cursor that this database cannot have given counts as foreign.
    #[must_use]
    pub fn read(&self, site: &LocationId, cursor: &str) -> Cursor {
        if cursor.is_empty() || cursor == self.id {
            return Cursor::Beginning;
        }
        let sequence = cursor.split('.').nth(1).and_then(|sequence| sequence.parse().ok());
        sequence
            .filter(|sequence| self.cursor(site, *sequence) == cursor)
            .map_or(Cursor::Foreign, Cursor::After)
    }

    /// The seal: 48 bits of a SHA-256 hash over the secret and the parts of the cursor. The secret
    /// has a fixed length. Each part comes after its own length.
    fn seal(&self, site: &LocationId, sequence: i64) -> String {
        let mut hasher = Sha256::new_with_prefix(&self.secret);
        for part in [self.id.as_bytes(), site.as_str().as_bytes(), &sequence.to_be_bytes()] {
            hasher.update(part.len().to_be_bytes());
            hasher.update(part);
        }
        hex(&hasher.finalize()[..6])
    }
}

/// Crockford's alphabet, without I, L, O and U, because people read the numbers aloud.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The number of releases that are skipped after a restore. The organisation may have published as
/// many between the copy and its restore, at one a day for three years. A tablet that has a release
/// takes up no other release with the same number.
const RELEASES: i64 = 1_000;

/// The random bytes that a new incarnation takes: 6 for its block of numbers, 8 for its identifier
/// and 32 for its secret.
pub const RANDOM: usize = 6 + 8 + 32;

/// Gives the database a new incarnation, with a new identifier and a new secret. Purchase orders
/// get a new block of numbers. The block is random (30 bits), so no other copy of the database uses
/// it. New releases get numbers above all that tablets may have. Purchase orders that were about to
/// be sent wait for a person. Returns the block.
///
/// # Errors
/// The database failed.
pub async fn begin_incarnation(
    write: &mut WriteTransaction,
    random: &[u8; RANDOM],
) -> Result<String, StorageError> {
    let (block, rest) = random.split_at(6);
    let (id, secret) = rest.split_at(8);
    let block: String =
        block.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
    let last = last_release_number(write).await?;
    Sql::new("UPDATE incarnation SET id = $1, secret = $2, releases_after = $3")
        .bind(hex(id))
        .bind(secret)
        .bind(last + RELEASES)
        .execute(write)
        .await?;
    Sql::new("UPDATE purchase_order_number SET block = $1, last = 0")
        .bind(&block)
        .execute(write)
        .await?;
    // The lost database may have sent what this one was about to send.
    Sql::new(
        "UPDATE purchase_order SET state = 'unknown', state_since = NULL, why_person = $1
         WHERE state IN ('to_send', 'uncertain') AND state <> 'sent'",
    )
    .bind("the database was restored from a copy: the order may have been sent after the copy")
    .execute(write)
    .await?;
    Sql::new("DELETE FROM job WHERE kind = 'dispatch' AND state IN ('waiting', 'running')")
        .execute(write)
        .await?;
    Ok(block)
}

impl ServerStore {
    /// The incarnation of this database.
    ///
    /// # Errors
    /// The database failed.
    pub async fn incarnation(&self) -> Result<Incarnation, StorageError> {
        let (id, secret) =
            Sql::new("SELECT id, secret FROM incarnation").one(&mut self.read().await?).await?;
        Ok(Incarnation { id, secret })
    }

    /// A number that grows with each change of a document and each entry of the audit log. It falls
    /// only if somebody puts an older copy in the place of the database.
    ///
    /// # Errors
    /// The database failed.
    pub async fn changes_counted(&self) -> Result<i64, StorageError> {
        let count = Sql::new(
            "SELECT CAST((SELECT coalesce(sum(sequence), 0) FROM feed_head) AS BIGINT)
                 + (SELECT coalesce(max(number), 0) FROM audit_entry)",
        );
        count.value(&mut self.read().await?).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_cursor_is_read_by_who_gave_it_for_the_site_that_it_was_given_to_and_by_nobody_else()
    {
        let store = ServerStore::in_memory().await.unwrap();
        let (school, harbour): (LocationId, LocationId) =
            ("school".parse().unwrap(), "harbour".parse().unwrap());
        let before = store.incarnation().await.unwrap();
        let cursor = before.cursor(&school, 17);
        assert_eq!(before.read(&school, &cursor), Cursor::After(17));
        assert_eq!(before.read(&harbour, &cursor), Cursor::Foreign);
        for beginning in ["", &before.id] {
            assert_eq!(before.read(&school, beginning), Cursor::Beginning);
        }
        for forged in [
            "17",
            "x",
            &cursor.replace(".17.", ".18."),
            &format!("{cursor}0"),
            &cursor[..cursor.len() - 1],
        ] {
            assert_eq!(before.read(&school, forged), Cursor::Foreign, "{forged}");
        }
        let mut write = store.write().await.unwrap();
        let mut random = [7; RANDOM];
        random[..6].copy_from_slice(&[0, 31, 32, 10, 255, 1]);
        assert_eq!(begin_incarnation(&mut write, &random).await.unwrap(), "0Z0AZ1");
        write.commit().await.unwrap();
        let after = store.incarnation().await.unwrap();
        assert_ne!(after.id, before.id);
        assert_eq!(after.read(&school, &cursor), Cursor::Foreign);
    }
}
