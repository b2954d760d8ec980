//! Contract versions, the source list, and tie decisions.

use std::collections::BTreeMap;

use calloff_core::calendar::Date;
use calloff_core::catalogue::TieDecision;
use calloff_core::contract::{Contract, ContractStatus, SourcingRule};
use calloff_core::ids::ContractId;
use calloff_core::money::Money;
use futures_util::{Stream, StreamExt as _};
use sqlx::FromRow;

use super::orders::{Visible, money, push_below};
use super::people::parse_id;
use super::sql::Sql;
use super::write::WriteTransaction;
use super::{ServerStore, StorageError, decode, to_u32};

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

/// A version of a contract without its lines, for lists and histories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionHeader {
    /// The version, without its lines.
    pub stored: StoredVersion,
    /// The number of its lines.
    pub lines: u32,
    /// The number of the first release that contains it. `None` for a draft, for a past version
    /// that was imported, and if nobody knows.
    pub released_in: Option<u64>,
}

impl VersionHeader {
    /// The number of the version.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.stored.contract.version
    }

    /// The first day on which the version holds: not before the contract begins, and not before the
    /// release that brought the version.
    #[must_use]
    pub fn first_day(&self) -> Date {
        let start = self.stored.contract.validity.start;
        self.stored.place_in_time().0.map_or(start, |from| from.max(start))
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

impl ServerStore {
    /// The versions of every contract, by contract. The versions of a contract are in the order of
    /// their numbers.
    ///
    /// # Errors
    /// The errors of [`ServerStore::contracts`].
    pub async fn contract_versions(
        &self,
    ) -> Result<BTreeMap<ContractId, Vec<StoredVersion>>, StorageError> {
        let rows: Vec<Row> = ordered(COLUMNS).all(&mut self.read().await?).await?;
        let mut versions: BTreeMap<ContractId, Vec<StoredVersion>> = BTreeMap::new();
        for row in rows {
            let version = row.version()?;
            versions.entry(version.contract.id.clone()).or_default().push(version);
        }
        Ok(versions)
    }

    /// Every version of every contract, by contract and version.
    ///
    /// # Errors
    /// The database failed, or a stored body cannot be read.
    pub async fn contracts(&self) -> Result<Vec<Contract>, StorageError> {
        let rows: Vec<Row> = ordered(COLUMNS).all(&mut self.read().await?).await?;
        rows.into_iter().map(Row::contract).collect()
    }

    /// Every version of every contract without its lines, by contract and version.
    ///
    /// # Errors
    /// The errors of [`ServerStore::contracts`].
    pub async fn contract_headers(&self) -> Result<Vec<Contract>, StorageError> {
        let rows: Vec<Row> = ordered(HEADERS).all(&mut self.read().await?).await?;
        rows.into_iter().map(Row::contract).collect()
    }

    /// The headers of every version of every contract, or of all versions of one contract, by
    /// contract. The versions of a contract are in the order of their numbers.
    ///
    /// # Errors
    /// The errors of [`ServerStore::contracts`].
    pub async fn version_headers(
        &self,
        contract: Option<&ContractId>,
    ) -> Result<BTreeMap<ContractId, Vec<VersionHeader>>, StorageError> {
        let mut sql = Sql::new(VERSION_HEADERS);
        if let Some(contract) = contract {
            sql.push(" WHERE contract = ").push_bind(contract.as_str());
        }
        sql.push(" ORDER BY contract, version");
        let rows: Vec<HeaderRow> = sql.all(&mut self.read().await?).await?;
        let mut headers: BTreeMap<ContractId, Vec<VersionHeader>> = BTreeMap::new();
        for HeaderRow { row, line_count, released_in } in rows {
            let stored = row.version()?;
            headers.entry(stored.contract.id.clone()).or_default().push(VersionHeader {
                stored,
                lines: to_u32(line_count),
                released_in: released_in.map(i64::unsigned_abs),
            });
        }
        Ok(headers)
    }

    /// What accepted orders of the sites that a reader may see ordered under each contract, or
    /// under one: one sum for each currency, by currency code.
    ///
    /// # Errors
    /// The errors of [`ServerStore::contracts`].
    pub async fn ordered_under(
        &self,
        contract: Option<&ContractId>,
        visible: &Visible,
    ) -> Result<BTreeMap<ContractId, Vec<Money>>, StorageError> {
        // Two sums, as for the totals of orders, so that no number of lines exceeds 64 bits.
        let mut sql = Sql::new(
            "SELECT line.contract, line.currency,
                    CAST(sum(line.amount / 1000000000) AS BIGINT) AS thousand_millions,
                    CAST(sum(line.amount % 1000000000) AS BIGINT) AS rest
             FROM order_line_fact line",
        );
        match visible {
            Visible::All => {
                sql.push(" WHERE true");
            }
            Visible::Below(nodes) => {
                sql.push(" JOIN order_head head ON head.document = line.document WHERE true");
                push_below(&mut sql, "head.site", nodes)?;
            }
        }
        if let Some(contract) = contract {
            sql.push(" AND line.contract = ").push_bind(contract.as_str());
        }
        sql.push(" GROUP BY line.contract, line.currency ORDER BY line.contract, line.currency");
        let rows: Vec<(String, String, i64, i64)> = sql.all(&mut self.read().await?).await?;
        let mut ordered: BTreeMap<ContractId, Vec<Money>> = BTreeMap::new();
        for (contract, currency, thousand_millions, rest) in rows {
            let minor_units = i128::from(thousand_millions) * 1_000_000_000 + i128::from(rest);
            let sum = money("sum of orders under contract", &contract, &currency, minor_units)?;
            ordered.entry(parse_id("contract", &contract)?).or_default().push(sum);
        }
        Ok(ordered)
    }

    /// One version of a contract.
    ///
    /// # Errors
    /// The errors of [`ServerStore::contracts`].
    pub async fn contract(
        &self,
        id: &ContractId,
        version: u32,
    ) -> Result<Option<Contract>, StorageError> {
        let mut sql = Sql::new(COLUMNS);
        sql.push(" WHERE contract = ").push_bind(id.as_str());
        sql.push(" AND version = ").push_bind(version);
        let row: Option<Row> = sql.optional(&mut self.read().await?).await?;
        row.map(Row::contract).transpose()
    }

    /// Every version of every contract, one after the other, by contract and version.
    ///
    /// # Errors
    /// The errors of [`ServerStore::contracts`].
    pub fn each_contract(&self) -> impl Stream<Item = Result<Contract, StorageError>> + Unpin + '_ {
        ordered(COLUMNS).stream::<Row>(self).map(|row| row.and_then(Row::contract))
    }

    /// The source list.
    ///
    /// # Errors
    /// The errors of [`ServerStore::contracts`].
    pub async fn sourcing_rules(&self) -> Result<Vec<SourcingRule>, StorageError> {
        let rows: Vec<(i64, String)> = Sql::new("SELECT id, body FROM sourcing_rule ORDER BY id")
            .all(&mut self.read().await?)
            .await?;
        rows.iter().map(|(id, body)| decode("sourcing rule", &id.to_string(), body)).collect()
    }

    /// The tie decisions: which of two contracts wins when their lines are equal in merit.
    ///
    /// # Errors
    /// The errors of [`ServerStore::contracts`].
    pub async fn tie_decisions(&self) -> Result<Vec<TieDecision>, StorageError> {
        let rows: Vec<(String, String)> =
            Sql::new("SELECT winner, body FROM tie_decision ORDER BY winner, loser")
                .all(&mut self.read().await?)
                .await?;
        rows.iter().map(|(winner, body)| decode("tie decision", winner, body)).collect()
    }
}

const COLUMNS: &str =
    "SELECT contract, status, released_from, seen_at IS NOT NULL AS is_seen, body, lines
     FROM contract_version";

/// [`COLUMNS`] without the lines of the contract.
const HEADERS: &str =
    "SELECT contract, status, released_from, seen_at IS NOT NULL AS is_seen, body, '[]' AS lines
     FROM contract_version";

/// [`HEADERS`] with what is known of a version beside its content.
const VERSION_HEADERS: &str =
    "SELECT contract, status, released_from, seen_at IS NOT NULL AS is_seen, body, '[]' AS lines,
         line_count, released_in
     FROM contract_version";

fn ordered(columns: &'static str) -> Sql {
    let mut sql = Sql::new(columns);
    sql.push(" ORDER BY contract, version");
    sql
}

#[derive(FromRow)]
struct Row {
    contract: String,
    status: String,
    released_from: Option<String>,
    is_seen: bool,
    /// The contract without its lines. Its status is the one at the time of writing.
    body: String,
    lines: String,
}

#[derive(FromRow)]
struct HeaderRow {
    #[sqlx(flatten)]
    row: Row,
    line_count: i64,
    released_in: Option<i64>,
}

impl Row {
    fn contract(self) -> Result<Contract, StorageError> {
        let content: Contract = decode("contract", &self.contract, &self.body)?;
        Ok(Contract {
            status: decode("contract", &self.contract, &format!("\"{}\"", self.status))?,
            lines: decode("contract", &self.contract, &self.lines)?,
            ..content
        })
    }

    fn version(self) -> Result<StoredVersion, StorageError> {
        let corrupt = |error: jiff::Error| StorageError::Corrupt {
            what: "contract",
            id: self.contract.clone(),
            reason: error.to_string(),
        };
        let released_from = self.released_from.as_deref().map(str::parse).transpose();
        let (released_from, is_seen) = (released_from.map_err(corrupt)?, self.is_seen);
        Ok(StoredVersion { contract: self.contract()?, released_from, is_seen })
    }
}

/// The stored name of a status.
fn status_name(status: ContractStatus) -> &'static str {
    match status {
        ContractStatus::Draft => "draft",
        ContractStatus::Published => "published",
        ContractStatus::Suspended => "suspended",
        ContractStatus::Ended => "ended",
        ContractStatus::Withdrawn => "withdrawn",
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
    let header = Contract { lines: Vec::new(), ..contract.clone() };
    Sql::new(
        "INSERT INTO contract_version
             (contract, version, status, supplier, amended_from, body, lines, line_count)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(contract.id.as_str())
    .bind(contract.version)
    .bind(status_name(contract.status))
    .bind(contract.supplier.as_str())
    .bind(contract.amendment.as_ref().map(|amendment| amendment.effective_from.to_string()))
    .bind(serde_json::to_string(&header)?)
    .bind(serde_json::to_string(&contract.lines)?)
    .bind(i64::try_from(contract.lines.len()).unwrap_or(i64::MAX))
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
    Sql::new("UPDATE contract_version SET status = $1 WHERE contract = $2 AND version = $3")
        .bind(status_name(status))
        .bind(contract.as_str())
        .bind(version)
        .execute(write)
        .await?;
    Ok(())
}

/// Marks a draft as published in a release, which is given by its number and its first day.
///
/// # Errors
/// The database failed; [`StorageError::Database`] with `RowNotFound` if there is no such draft.
pub async fn mark_published(
    write: &mut WriteTransaction,
    (contract, version): (&ContractId, u32),
    (release, released_from): (u64, Date),
) -> Result<(), StorageError> {
    let done = Sql::new(
        "UPDATE contract_version SET status = 'published', released_in = $1, released_from = $2 \
         WHERE contract = $3 AND version = $4 AND status = 'draft'",
    )
    .bind(i64::try_from(release).unwrap_or(i64::MAX))
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
