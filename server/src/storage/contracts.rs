//! Contract versions, the source list, and settled ties.

use std::collections::BTreeMap;

use calloff_core::calendar::Date;
use calloff_core::catalogue::TieDecision;
use calloff_core::contract::{Contract, ContractStatus, SourcingRule};
use calloff_core::ids::ContractId;
use futures_util::Stream;
use sqlx::SqliteConnection;

use super::{StorageError, Store, decode};

/// A contract version, with what was done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredVersion {
    /// The version itself.
    pub contract: Contract,
    /// The first day of the first release that carries it; `None` for a draft, and for the past
    /// that was imported.
    pub released_from: Option<Date>,
    /// Whether a person looked at the draft as it now is.
    pub is_seen: bool,
}

impl StoredVersion {
    /// A version that no release carries yet and that nobody looked at.
    #[must_use]
    pub fn new(contract: Contract) -> Self {
        Self { contract, released_from: None, is_seen: false }
    }

    /// Its place among the versions of its contract, as [`Contract::place_in_time`], but no earlier
    /// than the release that brought it: what was published for January holds from January,
    /// whatever day its amendment names before.
    #[must_use]
    pub fn place_in_time(&self) -> (Option<Date>, u32) {
        let (amended_from, version) = self.contract.place_in_time();
        (amended_from.max(self.released_from), version)
    }

    /// Whether it is a draft.
    #[must_use]
    pub fn is_draft(&self) -> bool {
        self.contract.status == ContractStatus::Draft
    }

    /// Whether it was neither discarded nor withdrawn.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.contract.status != ContractStatus::Withdrawn
    }
}

/// The version of one contract that is in force on a day, drafts included; where it has not begun
/// by then, the first one.
#[must_use]
pub fn in_force_on(versions: &[StoredVersion], day: Date) -> Option<&StoredVersion> {
    let live = || versions.iter().filter(|version| version.is_live());
    let begun = live().filter(|version| version.place_in_time().0.is_none_or(|from| from <= day));
    begun
        .max_by_key(|version| version.place_in_time())
        .or_else(|| live().min_by_key(|version| version.place_in_time()))
}

impl Store {
    /// Every version of every contract by contract, in the order of their numbers.
    ///
    /// # Errors
    /// As [`Store::contracts`].
    pub async fn contract_versions(
        &self,
    ) -> Result<BTreeMap<ContractId, Vec<StoredVersion>>, StorageError> {
        let rows: Vec<(String, String, Option<String>, bool)> = sqlx::query_as(
            "SELECT contract, body, released_from, seen_at IS NOT NULL FROM contract_version ORDER BY contract, version",
        )
        .fetch_all(&self.pool)
        .await?;
        let mut versions: BTreeMap<ContractId, Vec<StoredVersion>> = BTreeMap::new();
        for (id, body, released_from, is_seen) in rows {
            let contract: Contract = decode("contract", &id, &body)?;
            let corrupt = |error: jiff::Error| StorageError::Corrupt {
                what: "contract",
                id: id.clone(),
                reason: error.to_string(),
            };
            let released_from =
                released_from.map(|day| day.parse().map_err(corrupt)).transpose()?;
            let version = StoredVersion { contract, released_from, is_seen };
            versions.entry(version.contract.id.clone()).or_default().push(version);
        }
        Ok(versions)
    }

    /// Every version of every contract, by contract and version.
    ///
    /// # Errors
    /// The database failed, or a stored body cannot be read.
    pub async fn contracts(&self) -> Result<Vec<Contract>, StorageError> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT contract, body FROM contract_version ORDER BY contract, version",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|(id, body)| decode("contract", id, body)).collect()
    }

    /// Every version of every contract without its lines, by contract and version.
    ///
    /// # Errors
    /// As [`Store::contracts`].
    pub async fn contract_headers(&self) -> Result<Vec<Contract>, StorageError> {
        const QUERY: &str = "SELECT contract, json_set(body, '$.lines', json('[]')) FROM contract_version ORDER BY contract, version";
        let rows: Vec<(String, String)> = sqlx::query_as(QUERY).fetch_all(&self.pool).await?;
        rows.iter().map(|(id, body)| decode("contract", id, body)).collect()
    }

    /// One version of a contract.
    ///
    /// # Errors
    /// As [`Store::contracts`].
    pub async fn contract(
        &self,
        id: &ContractId,
        version: u32,
    ) -> Result<Option<Contract>, StorageError> {
        let body: Option<String> = sqlx::query_scalar(
            "SELECT body FROM contract_version WHERE contract = ? AND version = ?",
        )
        .bind(id.as_str())
        .bind(version)
        .fetch_optional(&self.pool)
        .await?;
        body.map(|body| decode("contract", id.as_str(), &body)).transpose()
    }

    /// Every version of every contract, one after the other, by contract and version.
    ///
    /// # Errors
    /// As [`Store::contracts`].
    pub fn each_contract(&self) -> impl Stream<Item = Result<Contract, StorageError>> + Unpin + '_ {
        self.each(
            "contract",
            "SELECT contract, body FROM contract_version ORDER BY contract, version",
        )
    }

    /// The source list.
    ///
    /// # Errors
    /// As [`Store::contracts`].
    pub async fn sourcing_rules(&self) -> Result<Vec<SourcingRule>, StorageError> {
        let rows: Vec<(i64, String)> =
            sqlx::query_as("SELECT id, body FROM sourcing_rule ORDER BY id")
                .fetch_all(&self.pool)
                .await?;
        rows.iter().map(|(id, body)| decode("sourcing rule", &id.to_string(), body)).collect()
    }

    /// Who wins where everything else is equal.
    ///
    /// # Errors
    /// As [`Store::contracts`].
    pub async fn tie_decisions(&self) -> Result<Vec<TieDecision>, StorageError> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT winner, body FROM tie_decision ORDER BY winner, loser")
                .fetch_all(&self.pool)
                .await?;
        rows.iter().map(|(winner, body)| decode("tie decision", winner, body)).collect()
    }
}

/// Stores a contract's draft, in place of the draft of that version. A published version never
/// changes.
///
/// # Errors
/// The database failed; [`StorageError::Database`] also where that version is no draft.
pub async fn put_draft(
    connection: &mut SqliteConnection,
    contract: &Contract,
) -> Result<(), StorageError> {
    sqlx::query(
        "DELETE FROM contract_version WHERE contract = ? AND version = ? AND status = 'draft'",
    )
    .bind(contract.id.as_str())
    .bind(contract.version)
    .execute(&mut *connection)
    .await?;
    put_version(connection, contract).await
}

/// Stores a version that is not there yet, with the status that it has.
///
/// # Errors
/// The database failed; [`StorageError::Database`] also where that version is stored already.
pub async fn put_version(
    connection: &mut SqliteConnection,
    contract: &Contract,
) -> Result<(), StorageError> {
    sqlx::query("INSERT INTO contract_version (contract, version, body) VALUES (?, ?, ?)")
        .bind(contract.id.as_str())
        .bind(contract.version)
        .bind(serde_json::to_string(contract)?)
        .execute(connection)
        .await?;
    Ok(())
}

/// Suspends, resumes, ends or withdraws a version.
///
/// # Errors
/// The database failed.
pub async fn set_status(
    connection: &mut SqliteConnection,
    contract: &ContractId,
    version: u32,
    status: ContractStatus,
) -> Result<(), StorageError> {
    sqlx::query(
        "UPDATE contract_version SET body = json_set(body, '$.status', ? ->> '$') WHERE contract = ? AND version = ?",
    )
    .bind(serde_json::to_string(&status)?)
    .bind(contract.as_str())
    .bind(version)
    .execute(connection)
    .await?;
    Ok(())
}

/// Marks a draft as published: it stands in a release, whose first day this is.
///
/// # Errors
/// The database failed; [`StorageError::Database`] with `RowNotFound` where there is no such draft.
pub async fn mark_published(
    connection: &mut SqliteConnection,
    (contract, version): (&ContractId, u32),
    released_from: Date,
) -> Result<(), StorageError> {
    let done = sqlx::query(
        "UPDATE contract_version SET body = json_set(body, '$.status', 'published'), released_from = ? \
         WHERE contract = ? AND version = ? AND status = 'draft'",
    )
    .bind(released_from.to_string())
    .bind(contract.as_str())
    .bind(version)
    .execute(connection)
    .await?;
    if done.rows_affected() == 0 { Err(sqlx::Error::RowNotFound.into()) } else { Ok(()) }
}

/// Notes that a person looked at a draft as it now is.
///
/// # Errors
/// The database failed.
pub async fn mark_seen(
    connection: &mut SqliteConnection,
    contract: &ContractId,
    version: u32,
    at: i64,
) -> Result<(), StorageError> {
    sqlx::query("UPDATE contract_version SET seen_at = ? WHERE contract = ? AND version = ? AND status = 'draft'")
        .bind(at)
        .bind(contract.as_str())
        .bind(version)
        .execute(connection)
        .await?;
    Ok(())
}

/// Adds a rule to the source list.
///
/// # Errors
/// The database failed.
pub async fn add_sourcing_rule(
    connection: &mut SqliteConnection,
    rule: &SourcingRule,
) -> Result<(), StorageError> {
    sqlx::query("INSERT INTO sourcing_rule (body) VALUES (?)")
        .bind(serde_json::to_string(rule)?)
        .execute(connection)
        .await?;
    Ok(())
}

/// Makes the source list exactly these rules.
///
/// # Errors
/// The database failed.
pub async fn replace_sourcing_rules(
    connection: &mut SqliteConnection,
    rules: &[SourcingRule],
) -> Result<(), StorageError> {
    sqlx::query("DELETE FROM sourcing_rule").execute(&mut *connection).await?;
    for rule in rules {
        add_sourcing_rule(connection, rule).await?;
    }
    Ok(())
}

/// Records who wins a tie, in place of what was decided about the pair before.
///
/// # Errors
/// The database failed.
pub async fn replace_tie_decision(
    connection: &mut SqliteConnection,
    decision: &TieDecision,
) -> Result<(), StorageError> {
    sqlx::query("DELETE FROM tie_decision WHERE (winner, loser) IN (VALUES (?1, ?2), (?2, ?1))")
        .bind(decision.winner.as_str())
        .bind(decision.loser.as_str())
        .execute(&mut *connection)
        .await?;
    add_tie_decision(connection, decision).await
}

/// Records who wins a tie.
///
/// # Errors
/// The database failed; [`StorageError::Database`] also where the pair was decided before.
pub async fn add_tie_decision(
    connection: &mut SqliteConnection,
    decision: &TieDecision,
) -> Result<(), StorageError> {
    sqlx::query("INSERT INTO tie_decision (winner, loser, body) VALUES (?, ?, ?)")
        .bind(decision.winner.as_str())
        .bind(decision.loser.as_str())
        .bind(serde_json::to_string(decision)?)
        .execute(connection)
        .await?;
    Ok(())
}
