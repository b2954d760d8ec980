//! Contract versions, the source list, and tie decisions.

use std::collections::BTreeMap;

use calloff_core::calendar::Date;
use calloff_core::catalogue::TieDecision;
use calloff_core::contract::{Contract, ContractStatus, SourcingRule};
use calloff_core::ids::ContractId;
use futures_util::Stream;

use super::sql::Sql;
use super::write::WriteTransaction;
use super::{StorageError, Store, decode};

/// A contract version as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredVersion {
    /// The contract version itself.
    pub contract: Contract,
    /// The first day of the first release that contains the version. `None` for a draft, and for a
    /// past version that was imported.
    pub released_from: Option<Date>,
    /// Whether a person has looked at the present content of the draft.
    pub is_seen: bool,
}

impl StoredVersion {
    /// A version that no release contains yet and that nobody has looked at.
    #[must_use]
    pub fn new(contract: Contract) -> Self {
        Self { contract, released_from: None, is_seen: false }
    }

    /// The place of the version among the versions of its contract: [`Contract::place_in_time`],
    /// but not before the release that brought the version. If a release of January brings an
    /// amendment that names an earlier day, the amendment holds from January.
    #[must_use]
    pub fn place_in_time(&self) -> (Option<Date>, u32) {
        let (amended_from, version) = self.contract.place_in_time();
        (amended_from.max(self.released_from), version)
    }

    /// Whether the version is a draft.
    #[must_use]
    pub fn is_draft(&self) -> bool {
        self.contract.status == ContractStatus::Draft
    }

    /// Whether the version was neither discarded nor withdrawn.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.contract.status != ContractStatus::Withdrawn
    }
}

/// The version of one contract that is in force on a day. Drafts count too. If no version has begun
/// by this day, the first one.
#[must_use]
pub fn in_force_on(versions: &[StoredVersion], day: Date) -> Option<&StoredVersion> {
    let live = || versions.iter().filter(|version| version.is_live());
    let begun = live().filter(|version| version.place_in_time().0.is_none_or(|from| from <= day));
    begun
        .max_by_key(|version| version.place_in_time())
        .or_else(|| live().min_by_key(|version| version.place_in_time()))
}

impl Store {
    /// The versions of every contract, by contract. The versions of a contract are in the order of
    /// their numbers.
    ///
    /// # Errors
    /// The errors of [`Store::contracts`].
    pub async fn contract_versions(
        &self,
    ) -> Result<BTreeMap<ContractId, Vec<StoredVersion>>, StorageError> {
        let rows: Vec<(String, String, Option<String>, bool)> = Sql::new(
            "SELECT contract, body, released_from, seen_at IS NOT NULL FROM contract_version ORDER BY contract, version",
        )
        .all(&mut self.read().await?)
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
        let rows: Vec<(String, String)> =
            Sql::new("SELECT contract, body FROM contract_version ORDER BY contract, version")
                .all(&mut self.read().await?)
                .await?;
        rows.iter().map(|(id, body)| decode("contract", id, body)).collect()
    }

    /// Every version of every contract without its lines, by contract and version.
    ///
    /// # Errors
    /// The errors of [`Store::contracts`].
    pub async fn contract_headers(&self) -> Result<Vec<Contract>, StorageError> {
        const QUERY: &str = "SELECT contract, json_set(body, '$.lines', json('[]')) FROM contract_version ORDER BY contract, version";
        let rows: Vec<(String, String)> = Sql::new(QUERY).all(&mut self.read().await?).await?;
        rows.iter().map(|(id, body)| decode("contract", id, body)).collect()
    }

    /// One version of a contract.
    ///
    /// # Errors
    /// The errors of [`Store::contracts`].
    pub async fn contract(
        &self,
        id: &ContractId,
        version: u32,
    ) -> Result<Option<Contract>, StorageError> {
        let body: Option<String> =
            Sql::new("SELECT body FROM contract_version WHERE contract = $1 AND version = $2")
                .bind(id.as_str())
                .bind(version)
                .optional_value(&mut self.read().await?)
                .await?;
        body.map(|body| decode("contract", id.as_str(), &body)).transpose()
    }

    /// Every version of every contract, one after the other, by contract and version.
    ///
    /// # Errors
    /// The errors of [`Store::contracts`].
    pub fn each_contract(&self) -> impl Stream<Item = Result<Contract, StorageError>> + Unpin + '_ {
        self.each(
            "contract",
            "SELECT contract, body FROM contract_version ORDER BY contract, version",
        )
    }

    /// The source list.
    ///
    /// # Errors
    /// The errors of [`Store::contracts`].
    pub async fn sourcing_rules(&self) -> Result<Vec<SourcingRule>, StorageError> {
        let rows: Vec<(i64, String)> = Sql::new("SELECT id, body FROM sourcing_rule ORDER BY id")
            .all(&mut self.read().await?)
            .await?;
        rows.iter().map(|(id, body)| decode("sourcing rule", &id.to_string(), body)).collect()
    }

    /// The tie decisions: which of two contracts wins when their lines are equal in merit.
    ///
    /// # Errors
    /// The errors of [`Store::contracts`].
    pub async fn tie_decisions(&self) -> Result<Vec<TieDecision>, StorageError> {
        let rows: Vec<(String, String)> =
            Sql::new("SELECT winner, body FROM tie_decision ORDER BY winner, loser")
                .all(&mut self.read().await?)
                .await?;
        rows.iter().map(|(winner, body)| decode("tie decision", winner, body)).collect()
    }
}

/// Stores a draft in place of the draft of the same version. A published version never changes.
///
/// # Errors
/// The database failed; [`StorageError::Database`] also if the stored version is not a draft.
pub async fn put_draft(
    write: &mut WriteTransaction,
    contract: &Contract,
) -> Result<(), StorageError> {
    Sql::new(
        "DELETE FROM contract_version WHERE contract = $1 AND version = $2 AND status = 'draft'",
    )
    .bind(contract.id.as_str())
    .bind(contract.version)
    .execute(write)
    .await?;
    put_version(write, contract).await
}

/// Stores a new version, with its status.
///
/// # Errors
/// The database failed; [`StorageError::Database`] also if the version is stored already.
pub async fn put_version(
    write: &mut WriteTransaction,
    contract: &Contract,
) -> Result<(), StorageError> {
    Sql::new("INSERT INTO contract_version (contract, version, body) VALUES ($1, $2, $3)")
        .bind(contract.id.as_str())
        .bind(contract.version)
        .bind(serde_json::to_string(contract)?)
        .execute(write)
        .await?;
    Ok(())
}

/// Suspends, resumes, ends or withdraws a version.
///
/// # Errors
/// The database failed.
pub async fn set_status(
    write: &mut WriteTransaction,
    contract: &ContractId,
    version: u32,
    status: ContractStatus,
) -> Result<(), StorageError> {
    Sql::new(
        "UPDATE contract_version SET body = json_set(body, '$.status', $1 ->> '$') WHERE contract = $2 AND version = $3",
    )
    .bind(serde_json::to_string(&status)?)
    .bind(contract.as_str())
    .bind(version)
    .execute(write)
    .await?;
    Ok(())
}

/// Marks a draft as published in a release. `released_from` is the first day of this release.
///
/// # Errors
/// The database failed; [`StorageError::Database`] with `RowNotFound` if there is no such draft.
pub async fn mark_published(
    write: &mut WriteTransaction,
    (contract, version): (&ContractId, u32),
    released_from: Date,
) -> Result<(), StorageError> {
    let done = Sql::new(
        "UPDATE contract_version SET body = json_set(body, '$.status', 'published'), released_from = $1 \
         WHERE contract = $2 AND version = $3 AND status = 'draft'",
    )
    .bind(released_from.to_string())
    .bind(contract.as_str())
    .bind(version)
    .execute(write)
    .await?;
    if done == 0 { Err(sqlx::Error::RowNotFound.into()) } else { Ok(()) }
}

/// Records that a person has looked at the present content of a draft. `at` is the time in
/// milliseconds since the Unix epoch.
///
/// # Errors
/// The database failed.
pub async fn mark_seen(
    write: &mut WriteTransaction,
    contract: &ContractId,
    version: u32,
    at: i64,
) -> Result<(), StorageError> {
    Sql::new("UPDATE contract_version SET seen_at = $1 WHERE contract = $2 AND version = $3 AND status = 'draft'")
        .bind(at)
        .bind(contract.as_str())
        .bind(version)
        .execute(write)
        .await?;
    Ok(())
}

/// Adds a rule to the source list.
///
/// # Errors
/// The database failed.
pub async fn add_sourcing_rule(
    write: &mut WriteTransaction,
    rule: &SourcingRule,
) -> Result<(), StorageError> {
    Sql::new("INSERT INTO sourcing_rule (body) VALUES ($1)")
        .bind(serde_json::to_string(rule)?)
        .execute(write)
        .await?;
    Ok(())
}

/// Replaces the whole source list by these rules.
///
/// # Errors
/// The database failed.
pub async fn replace_sourcing_rules(
    write: &mut WriteTransaction,
    rules: &[SourcingRule],
) -> Result<(), StorageError> {
    Sql::new("DELETE FROM sourcing_rule").execute(write).await?;
    for rule in rules {
        add_sourcing_rule(write, rule).await?;
    }
    Ok(())
}

/// Records which contract wins a tie, in place of an earlier decision about the same two contracts.
///
/// # Errors
/// The database failed.
pub async fn replace_tie_decision(
    write: &mut WriteTransaction,
    decision: &TieDecision,
) -> Result<(), StorageError> {
    Sql::new("DELETE FROM tie_decision WHERE (winner, loser) IN (VALUES ($1, $2), ($2, $1))")
        .bind(decision.winner.as_str())
        .bind(decision.loser.as_str())
        .execute(write)
        .await?;
    add_tie_decision(write, decision).await
}

/// Records which contract wins a tie.
///
/// # Errors
/// The database failed; [`StorageError::Database`] also if the two have a decision already.
pub async fn add_tie_decision(
    write: &mut WriteTransaction,
    decision: &TieDecision,
) -> Result<(), StorageError> {
    Sql::new("INSERT INTO tie_decision (winner, loser, body) VALUES ($1, $2, $3)")
        .bind(decision.winner.as_str())
        .bind(decision.loser.as_str())
        .bind(serde_json::to_string(decision)?)
        .execute(write)
        .await?;
    Ok(())
}
