//! The log of privileged acts. It only grows. The hash of each entry covers the entry and the hash
//! of the entry before it.
//!
//! The database refuses to change or delete an entry. Somebody who can write the file itself can
//! still do so, and must then make every later hash anew. So a hash that was noted elsewhere proves
//! all entries up to it. `calloff audit verify` prints the last hash.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use calloff_core::ids::LocationId;
use calloff_core::wire::{Actor, AuditAct, AuditEntry, AuditNames};
use sha2::{Digest, Sha256};
use sqlx::FromRow;

use super::orders::{Visible, push_below};
use super::people::parse_id;
use super::sql::Sql;
use super::write::{Read, WriteTransaction};
use super::{ServerStore, StorageError, decode, hex};

/// The actor, the time and the origin of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doing {
    /// The person, tablet or command that acts.
    pub by: Actor,
    /// The time in milliseconds since the Unix epoch.
    pub at: i64,
    /// The network address of the actor. Empty for an act on the server itself.
    pub from: String,
}

/// An act to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// The kind of the act.
    pub act: AuditAct,
    /// The identifier of the thing that the act concerns.
    pub target: String,
    /// The node that the act concerns. `None` for an act that concerns the organisation.
    pub location: Option<LocationId>,
    /// Further facts by name. Never a secret.
    pub detail: BTreeMap<String, String>,
}

impl Act {
    /// An act that concerns the organisation.
    #[must_use]
    pub fn new(act: AuditAct, target: impl ToString) -> Self {
        Self { act, target: target.to_string(), location: None, detail: BTreeMap::new() }
    }

    /// The same act, for a node of the location tree.
    #[must_use]
    pub fn at(self, location: &LocationId) -> Self {
        Self { location: Some(location.clone()), ..self }
    }

    /// The same act with a further fact.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.detail.insert(name.to_owned(), value.to_string());
        self
    }
}

/// Records an act in the transaction that carries it out. So no act is without its entry, and no
/// entry without its act. A failed sign-in or enrolment is not recorded while there are too many of
/// them (`FAILURES_AN_HOUR`).
///
/// # Errors
/// The database failed.
pub async fn record(
    write: &mut WriteTransaction,
    doing: &Doing,
    act: &Act,
) -> Result<(), StorageError> {
    if matches!(act.act, AuditAct::SignInFailed | AuditAct::EnrolmentFailed)
        && is_flooded(write, doing.at).await?
    {
        tracing::warn!(act = ?act.act, from = %doing.from, "not in the audit log: too many failures lately");
        return Ok(());
    }
    let last: Option<(i64, Vec<u8>)> =
        Sql::new("SELECT number, hash FROM audit_entry ORDER BY number DESC LIMIT 1")
            .optional(write)
            .await?;
    let (number, previous) = last.map_or((1, Vec::new()), |(number, hash)| (number + 1, hash));
    let row = Row {
        number,
        at: doing.at,
        actor: serde_json::to_string(&doing.by)?,
        act: serde_json::from_value(serde_json::to_value(act.act)?)?,
        target: act.target.clone(),
        location: act.location.as_ref().map(LocationId::to_string),
        origin: doing.from.clone(),
        detail: serde_json::to_string(&act.detail)?,
    };
    let hash = row.hash(&previous);
    Sql::new(
        "INSERT INTO audit_entry (number, at, actor, act, target, location, origin, detail, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(row.number)
    .bind(row.at)
    .bind(&row.actor)
    .bind(&row.act)
    .bind(&row.target)
    .bind(row.location.as_deref())
    .bind(&row.origin)
    .bind(&row.detail)
    .bind(hash.as_slice())
    .execute(write)
    .await?;
    Ok(())
}

/// The most failed sign-ins and enrolments that are recorded in an hour. The log only grows, and
/// anybody who reaches the server can fail. Further failures are only in the server's own log. They
/// still count against the limits on attempts.
const FAILURES_AN_HOUR: u32 = 1_000;

/// Whether [`FAILURES_AN_HOUR`] failures were recorded within the last hour.
async fn is_flooded(read: &mut Read, now: i64) -> Result<bool, StorageError> {
    let oldest: Option<i64> = Sql::new(
        "SELECT at FROM audit_entry WHERE act IN ('sign_in_failed', 'enrolment_failed')
         ORDER BY number DESC LIMIT 1 OFFSET $1",
    )
    .bind(FAILURES_AN_HOUR - 1)
    .optional_value(read)
    .await?;
    Ok(oldest.is_some_and(|at| (now - 60 * 60 * 1000..=now).contains(&at)))
}

/// An entry as it is stored and hashed.
#[derive(FromRow)]
struct Row {
    number: i64,
    at: i64,
    actor: String,
    act: String,
    target: String,
    location: Option<String>,
    origin: String,
    detail: String,
}

#[derive(FromRow)]
struct HashedRow {
    #[sqlx(flatten)]
    row: Row,
    hash: Vec<u8>,
}

impl Row {
    /// SHA-256 over the hash of the entry before and every field. Each part comes after its length
    /// in bytes (64 bits, big-endian), so no two entries hash the same bytes. An entry without a
    /// location is hashed with an empty one.
    fn hash(&self, previous: &[u8]) -> [u8; 32] {
        let numbers = [self.number.to_be_bytes(), self.at.to_be_bytes()];
        let texts = [
            self.actor.as_str(),
            &self.act,
            &self.target,
            self.location.as_deref().unwrap_or_default(),
            &self.origin,
            &self.detail,
        ];
        let fields = numbers.iter().map(<[u8; 8]>::as_slice).chain(texts.map(str::as_bytes));
        let mut hasher = Sha256::new();
        for field in std::iter::once(previous).chain(fields) {
            hasher.update(u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes());
            hasher.update(field);
        }
        hasher.finalize().into()
    }
}

impl HashedRow {
    fn entry(self) -> Result<AuditEntry, StorageError> {
        let Row { number, at, actor, act, target, location, origin, detail } = self.row;
        let id = number.to_string();
        Ok(AuditEntry {
            number: number.unsigned_abs(),
            at,
            by: decode("audit entry", &id, &actor)?,
            act: decode("audit entry", &id, &serde_json::to_string(&act)?)?,
            target,
            location: location.map(|location| parse_id("audit entry", &location)).transpose()?,
            from: origin,
            detail: decode("audit entry", &id, &detail)?,
            hash: hex(&self.hash),
        })
    }
}

/// The last number in the audit log before somebody read contracts, sites or releases. A decision
/// by them is written only if nobody changed them since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsOf(i64);

const COLUMNS: &str =
    "SELECT number, at, actor, act, target, location, origin, detail, hash FROM audit_entry";

/// The number of entries in one read when the whole log is read.
const BLOCK: u32 = 1_000;

/// The result of a check of the audit log's hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chain {
    /// Every entry is as it was written.
    Whole {
        /// The number of entries.
        entries: u64,
        /// The hash of the last entry, in hexadecimal digits. Empty without entries.
        head: String,
    },
    /// An entry is missing or is not as it was written. It is this entry or an earlier one.
    Broken {
        /// The number of the first entry that is missing or does not fit its hash.
        at: u64,
    },
}

impl ServerStore {
    /// The present state of the audit log, for [`ServerStore::write_as_of`]. Take it before you
    /// read contracts, sites or releases.
    ///
    /// # Errors
    /// The database failed.
    pub async fn as_of(&self) -> Result<AsOf, StorageError> {
        let last: Option<i64> =
            Sql::new("SELECT max(number) FROM audit_entry").value(&mut self.read().await?).await?;
        Ok(AsOf(last.unwrap_or(0)))
    }

    /// Begins a write of a decision by contracts, sites or releases that were read before. Every
    /// act that changes them is in the audit log ([`AuditAct::changes_contracts`]).
    ///
    /// # Errors
    /// [`StorageError::ChangedMeanwhile`] if one of them was changed since; the errors of
    /// [`ServerStore::write`].
    pub async fn write_as_of(&self, AsOf(number): AsOf) -> Result<WriteTransaction, StorageError> {
        let mut write = self.write().await?;
        let mut sql = Sql::new(COLUMNS);
        sql.push(" WHERE number > ").push_bind(number).push(" ORDER BY number");
        let since: Vec<HashedRow> = sql.all(&mut write).await?;
        for row in since {
            let entry = row.entry()?;
            if entry.act.changes_contracts() {
                return Err(StorageError::ChangedMeanwhile {
                    act: entry.act,
                    target: entry.target,
                });
            }
        }
        Ok(write)
    }

    /// The entries that a reader may see, the latest first. Gives at most `limit` entries with a
    /// number below `before`; all numbers count with `None`.
    ///
    /// # Errors
    /// The database failed, or a stored value cannot be read.
    pub async fn audit_entries(
        &self,
        visible: &Visible,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StorageError> {
        let before = before.and_then(|before| i64::try_from(before).ok()).unwrap_or(i64::MAX);
        let mut sql = Sql::new(COLUMNS);
        sql.push(" WHERE number < ").push_bind(before);
        if let Visible::Below(nodes) = visible {
            push_below(&mut sql, "location", nodes)?;
        }
        sql.push(" ORDER BY number DESC LIMIT ").push_bind(limit);
        let rows: Vec<HashedRow> = sql.all(&mut self.read().await?).await?;
        rows.into_iter().map(HashedRow::entry).collect()
    }

    /// The names of the people, tablets and locations that these entries mention by identifier: as
    /// actor, target, location, or in the detail.
    ///
    /// # Errors
    /// The database failed.
    pub async fn audit_names(&self, entries: &[AuditEntry]) -> Result<AuditNames, StorageError> {
        let named =
            serde_json::to_string(&entries.iter().flat_map(named_by).collect::<BTreeSet<_>>())?;
        Ok(AuditNames {
            people: self
                .names(
                    "SELECT id, name FROM person WHERE id IN (SELECT value FROM json_each($1))",
                    &named,
                )
                .await?,
            tablets: self
                .names(
                    "SELECT id, name FROM device WHERE id IN (SELECT value FROM json_each($1))",
                    &named,
                )
                .await?,
            locations: self
                .names(
                    "SELECT id, name FROM location WHERE id IN (SELECT value FROM json_each($1))",
                    &named,
                )
                .await?,
        })
    }

    async fn names<I: FromStr + Ord>(
        &self,
        sql: &'static str,
        named: &str,
    ) -> Result<BTreeMap<I, String>, StorageError> {
        let rows: Vec<(String, String)> =
            Sql::new(sql).bind(named).all(&mut self.read().await?).await?;
        Ok(rows.into_iter().filter_map(|(id, name)| Some((id.parse().ok()?, name))).collect())
    }

    /// Computes the hash of every entry again and compares it with the stored one.
    ///
    /// # Errors
    /// The database failed.
    pub async fn verify_audit_chain(&self) -> Result<Chain, StorageError> {
        let mut previous = Vec::new();
        let mut last = 0_i64;
        loop {
            let mut sql = Sql::new(COLUMNS);
            sql.push(" WHERE number > ").push_bind(last);
            sql.push(" ORDER BY number LIMIT ").push_bind(BLOCK);
            let rows: Vec<HashedRow> = sql.all(&mut self.read().await?).await?;
            if rows.is_empty() {
                return Ok(Chain::Whole { entries: last.unsigned_abs(), head: hex(&previous) });
            }
            for HashedRow { row, hash } in rows {
                if row.number != last + 1 || row.hash(&previous).as_slice() != hash {
                    return Ok(Chain::Broken { at: (last + 1).unsigned_abs() });
                }
                last = row.number;
                previous = hash;
            }
        }
    }
}

/// The identifiers that an entry mentions.
fn named_by(entry: &AuditEntry) -> Vec<String> {
    let by = match &entry.by {
        Actor::Person(person) => Some(person.to_string()),
        Actor::Tablet(device) => Some(device.to_string()),
        Actor::CommandLine(_) | Actor::Unknown => None,
    };
    let roles = ["roles", "roles_before"].into_iter().filter_map(|name| entry.detail.get(name));
    let roles = roles.flat_map(|roles| roles.split(' '));
    let places = roles.filter_map(|role| role.split_once('@')).map(|(_, place)| place.to_owned());
    let others =
        [Some(entry.target.clone()), by, entry.location.as_ref().map(LocationId::to_string)];
    others.into_iter().flatten().chain(entry.detail.get("device").cloned()).chain(places).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn with_entries(count: i64) -> ServerStore {
        let store = ServerStore::in_memory().await.unwrap();
        let mut write = store.write().await.unwrap();
        for at in 0..count {
            let doing = Doing {
                by: Actor::Person("ada".parse().unwrap()),
                at,
                from: "10.0.0.5".to_owned(),
            };
            let act = Act::new(AuditAct::PinSet, "ana")
                .at(&"school".parse().unwrap())
                .with("role", "staff");
            record(&mut write, &doing, &act).await.unwrap();
        }
        write.commit().await.unwrap();
        store
    }

    #[tokio::test]
    async fn entries_are_numbered_chained_and_read_back_latest_first() {
        let store = with_entries(3).await;
        let entries = store.audit_entries(&Visible::All, None, 10).await.unwrap();
        assert_eq!(entries.iter().map(|entry| entry.number).collect::<Vec<_>>(), [3, 2, 1]);
        assert_eq!((entries[0].act, entries[0].target.as_str()), (AuditAct::PinSet, "ana"));
        assert_eq!(entries[0].detail["role"], "staff");
        let expected = Chain::Whole { entries: 3, head: entries[0].hash.clone() };
        assert_eq!(store.verify_audit_chain().await.unwrap(), expected);
        assert_eq!(store.audit_entries(&Visible::All, Some(3), 1).await.unwrap()[0].number, 2);
        let nothing = Chain::Whole { entries: 0, head: String::new() };
        assert_eq!(with_entries(0).await.verify_audit_chain().await.unwrap(), nothing);
    }

    #[tokio::test]
    async fn the_database_neither_changes_nor_deletes_an_entry() {
        let store = with_entries(2).await;
        let mut write = store.write().await.unwrap();
        for sql in
            ["UPDATE audit_entry SET target = 'bob'", "DELETE FROM audit_entry WHERE number = 2"]
        {
            let error = Sql::new(sql).execute(&mut write).await.unwrap_err();
            assert!(error.to_string().contains("only grows"), "{error}");
        }
    }

    #[tokio::test]
    async fn whoever_gets_around_that_breaks_the_chain_where_they_did_it() {
        let changes = [
            ("UPDATE audit_entry SET target = 'bob' WHERE number = 2", 2),
            ("UPDATE audit_entry SET at = at + 1 WHERE number = 3", 3),
            (
                "UPDATE audit_entry SET origin = '' , actor = json_set(actor, '$.id', 'eve') WHERE number = 1",
                1,
            ),
            ("DELETE FROM audit_entry WHERE number = 2", 2),
            ("DELETE FROM audit_entry WHERE number = 1", 1),
        ];
        for (sql, at) in changes {
            let store = with_entries(4).await;
            let mut write = store.write().await.unwrap();
            for sql in ["DROP TRIGGER audit_entry_stays", "DROP TRIGGER audit_entry_is_kept", sql] {
                Sql::new(sql).execute(&mut write).await.unwrap();
            }
            write.commit().await.unwrap();
            assert_eq!(store.verify_audit_chain().await.unwrap(), Chain::Broken { at }, "{sql}");
        }
    }

    #[tokio::test]
    async fn what_was_decided_by_contracts_is_written_only_while_nobody_changed_them() {
        let store = with_entries(3).await;
        let as_of = store.as_of().await.unwrap();
        let act = async |act: AuditAct| {
            let mut write = store.write().await.unwrap();
            let doing = Doing { by: Actor::Unknown, at: 9, from: String::new() };
            record(&mut write, &doing, &Act::new(act, "list.csv")).await.unwrap();
            write.commit().await.unwrap();
        };
        act(AuditAct::SignedIn).await;
        store.write_as_of(as_of).await.unwrap().commit().await.unwrap();
        act(AuditAct::Imported).await;
        let since = store.as_of().await.unwrap();
        store.write_as_of(since).await.unwrap().commit().await.unwrap();
        let refused = store.write_as_of(as_of).await.err().unwrap();
        assert_eq!(
            refused.to_string(),
            "somebody else changed contracts, sites or releases in the meantime (imported list.csv), and nothing was \
             written: do it again, and look at what it then says"
        );
    }
}
