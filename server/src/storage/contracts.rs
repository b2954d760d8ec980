//! Contract versions, the source list, and settled ties.

use calloff_core::catalogue::TieDecision;
use calloff_core::contract::{Contract, ContractStatus, SourcingRule};
use calloff_core::ids::ContractId;
use sqlx::SqliteConnection;

use super::{StorageError, Store, decode};

impl Store {
    /// Every version of every contract, by contract and version.
    ///
    /// # Errors
    /// The database failed, or a stored body cannot be read.
    pub async fn contracts(&self) -> Result<Vec<Contract>, StorageError> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT contract, body FROM contract_version ORDER BY contract, version")
                .fetch_all(&self.pool)
                .await?;
        rows.iter().map(|(id, body)| decode("contract", id, body)).collect()
    }

    /// The source list.
    ///
    /// # Errors
    /// As [`Store::contracts`].
    pub async fn sourcing_rules(&self) -> Result<Vec<SourcingRule>, StorageError> {
        let rows: Vec<(i64, String)> =
            sqlx::query_as("SELECT id, body FROM sourcing_rule ORDER BY id").fetch_all(&self.pool).await?;
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

/// Stores a contract's draft, in place of the draft of that version. A published version never changes.
///
/// # Errors
/// The database failed; [`StorageError::Database`] also where that version is no draft.
pub async fn put_draft(connection: &mut SqliteConnection, contract: &Contract) -> Result<(), StorageError> {
    sqlx::query("DELETE FROM contract_version WHERE contract = ? AND version = ? AND status = 'draft'")
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
pub async fn put_version(connection: &mut SqliteConnection, contract: &Contract) -> Result<(), StorageError> {
    sqlx::query("INSERT INTO contract_version (contract, version, body) VALUES (?, ?, ?)")
        .bind(contract.id.as_str())
        .bind(contract.version)
        .bind(serde_json::to_string(contract)?)
        .execute(connection)
        .await?;
    Ok(())
}

/// Suspends, resumes or ends a version.
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

/// Marks every draft as published: it stands in a release.
///
/// # Errors
/// The database failed.
pub async fn mark_drafts_published(connection: &mut SqliteConnection) -> Result<(), StorageError> {
    sqlx::query("UPDATE contract_version SET body = json_set(body, '$.status', 'published') WHERE status = 'draft'")
        .execute(connection)
        .await?;
    Ok(())
}

/// Adds a rule to the source list.
///
/// # Errors
/// The database failed.
pub async fn add_sourcing_rule(connection: &mut SqliteConnection, rule: &SourcingRule) -> Result<(), StorageError> {
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
pub async fn add_tie_decision(connection: &mut SqliteConnection, decision: &TieDecision) -> Result<(), StorageError> {
    sqlx::query("INSERT INTO tie_decision (winner, loser, body) VALUES (?, ?, ?)")
        .bind(decision.winner.as_str())
        .bind(decision.loser.as_str())
        .bind(serde_json::to_string(decision)?)
        .execute(connection)
        .await?;
    Ok(())
}
