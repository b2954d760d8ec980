//! Commitments: the ledger of what sites were given of caps and have used, and what accepted orders
//! came to.

use std::collections::BTreeMap;

use calloff_core::catalogue::index::Cap;
use calloff_core::contract::escrow::{Account, Ledger, top_up as part_of_reserve};
use calloff_core::contract::{Allotment, CommitmentId, CommitmentSide, Measure};
use calloff_core::ids::{ContractId, DeviceId, DocumentId, IntentId, LineId, LocationId};
use calloff_core::order::caps::{Excess, LineUse};
use rust_decimal::Decimal;
use sqlx::SqliteConnection;

use super::{StorageError, Store, decode};

/// What a tablet asks for on top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopUp {
    /// Minted on the tablet.
    pub id: IntentId,
    /// For which site.
    pub site: LocationId,
    /// Of which cap.
    pub commitment: CommitmentId,
    /// By which tablet.
    pub device: DeviceId,
    /// How much.
    pub asked: Decimal,
    /// When, in milliseconds since the Unix epoch.
    pub at: i64,
}

/// How a commitment's holder is stored: the header is the empty text, which no line has.
fn line_text(id: &CommitmentId) -> &str {
    id.line.as_ref().map_or("", LineId::as_str)
}

fn commitment(contract: &str, line: &str) -> Result<CommitmentId, StorageError> {
    let corrupt = |error: calloff_core::ids::IdError| StorageError::Corrupt {
        what: "commitment",
        id: format!("{contract} {line}"),
        reason: error.to_string(),
    };
    let line = if line.is_empty() { None } else { Some(LineId::parse(line).map_err(corrupt)?) };
    Ok(CommitmentId { contract: ContractId::parse(contract).map_err(corrupt)?, line })
}

fn amount(of: &str, text: &str) -> Result<Decimal, StorageError> {
    text.parse().map_err(|error: rust_decimal::Error| StorageError::Corrupt {
        what: "amount of",
        id: of.to_owned(),
        reason: error.to_string(),
    })
}

fn sum(of: &str, a: Decimal, b: Decimal) -> Result<Decimal, StorageError> {
    a.checked_add(b).ok_or_else(|| StorageError::Corrupt {
        what: "sum of",
        id: of.to_owned(),
        reason: "it does not fit 28 digits".to_owned(),
    })
}

impl Store {
    /// What a site was given of every cap, as it is now.
    ///
    /// # Errors
    /// The database failed, or a stored value cannot be read.
    pub async fn allotments_of(&self, site: &LocationId) -> Result<Vec<Allotment>, StorageError> {
        allotments_of(&mut *self.pool.acquire().await?, site).await
    }

    /// What procurement set for sites, in place of even parts.
    ///
    /// # Errors
    /// As [`Store::allotments_of`].
    pub async fn planned_allotments(&self) -> Result<Vec<Allotment>, StorageError> {
        let rows: Vec<(String, String, String, String)> = sqlx::query_as(
            "SELECT contract, line, site, amount FROM allotment_plan ORDER BY contract, line, site",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|(contract, line, site, amount)| allotment(contract, line, site, amount))
            .collect()
    }

    /// What accepted orders of all sites came to, by commitment.
    ///
    /// # Errors
    /// As [`Store::allotments_of`].
    pub async fn commitment_totals(
        &self,
    ) -> Result<BTreeMap<(CommitmentId, CommitmentSide), Decimal>, StorageError> {
        let rows: Vec<(String, String, String, String)> =
            sqlx::query_as("SELECT contract, line, side, ordered FROM commitment_total")
                .fetch_all(&self.pool)
                .await?;
        let mut totals = BTreeMap::new();
        for (contract, line, side, ordered) in rows {
            let side =
                if side == "minimum" { CommitmentSide::Minimum } else { CommitmentSide::Maximum };
            totals.insert((commitment(&contract, &line)?, side), amount(&contract, &ordered)?);
        }
        Ok(totals)
    }

    /// What of an accepted order lies beyond soft maximums.
    ///
    /// # Errors
    /// As [`Store::allotments_of`].
    pub async fn excesses(&self, document: &DocumentId) -> Result<Vec<Excess>, StorageError> {
        let rows: Vec<(String, String, String, String)> = sqlx::query_as(
            "SELECT order_line, contract, line, beyond FROM commitment_excess WHERE document = ? ORDER BY order_line",
        )
        .bind(document.to_string())
        .fetch_all(&self.pool)
        .await?;
        let read = |(order_line, contract, line, beyond): &(String, String, String, String)| {
            Ok(Excess {
                line: super::people::parse_id("excess", order_line)?,
                commitment: commitment(contract, line)?,
                beyond: decode("excess", order_line, beyond)?,
            })
        };
        rows.iter().map(read).collect()
    }
}

fn allotment(
    contract: &str,
    line: &str,
    site: &str,
    granted: &str,
) -> Result<Allotment, StorageError> {
    let CommitmentId { contract, line } = commitment(contract, line)?;
    let amount = amount(contract.as_str(), granted)?;
    Ok(Allotment { contract, line, site: super::people::parse_id("allotment", site)?, amount })
}

/// What a site was given of every cap, within a transaction.
///
/// # Errors
/// As [`Store::allotments_of`].
pub async fn allotments_of(
    connection: &mut SqliteConnection,
    site: &LocationId,
) -> Result<Vec<Allotment>, StorageError> {
    let rows: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT contract, line, granted FROM allotment WHERE site = ? ORDER BY contract, line",
    )
    .bind(site.as_str())
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|(contract, line, granted)| allotment(contract, line, site.as_str(), granted))
        .collect()
}

/// What a site has left of every cap: granted, less what its accepted orders use.
///
/// # Errors
/// The database failed, or a stored value cannot be read.
pub async fn left_to(
    connection: &mut SqliteConnection,
    site: &LocationId,
) -> Result<BTreeMap<CommitmentId, Decimal>, StorageError> {
    let rows: Vec<(String, String, String, String)> =
        sqlx::query_as("SELECT contract, line, granted, used FROM allotment WHERE site = ?")
            .bind(site.as_str())
            .fetch_all(connection)
            .await?;
    let mut left = BTreeMap::new();
    for (contract, line, granted, used) in rows {
        let rest = sum(&contract, amount(&contract, &granted)?, -amount(&contract, &used)?)?;
        left.insert(commitment(&contract, &line)?, rest);
    }
    Ok(left)
}

/// What accepted orders of all sites came to for one maximum.
///
/// # Errors
/// As [`left_to`].
pub async fn ordered_of(
    connection: &mut SqliteConnection,
    id: &CommitmentId,
) -> Result<Decimal, StorageError> {
    total(connection, id, CommitmentSide::Maximum).await
}

async fn total(
    connection: &mut SqliteConnection,
    id: &CommitmentId,
    side: CommitmentSide,
) -> Result<Decimal, StorageError> {
    let stored: Option<String> = sqlx::query_scalar(
        "SELECT ordered FROM commitment_total WHERE contract = ? AND line = ? AND side = ?",
    )
    .bind(id.contract.as_str())
    .bind(line_text(id))
    .bind(side_text(side))
    .fetch_optional(connection)
    .await?;
    stored.map_or(Ok(Decimal::ZERO), |text| amount(id.contract.as_str(), &text))
}

fn side_text(side: CommitmentSide) -> &'static str {
    match side {
        CommitmentSide::Minimum => "minimum",
        CommitmentSide::Maximum => "maximum",
    }
}

/// Counts what an accepted order of a site uses: against the site's part of caps, and for all sites
/// together.
///
/// # Errors
/// As [`left_to`]; the transaction is to be dropped.
pub async fn record_uses(
    connection: &mut SqliteConnection,
    site: &LocationId,
    uses: &[LineUse],
) -> Result<(), StorageError> {
    let mut by_commitment: BTreeMap<(&CommitmentId, CommitmentSide), Decimal> = BTreeMap::new();
    for found in uses {
        let so_far = by_commitment.entry((&found.id, found.side)).or_default();
        *so_far = sum(found.id.contract.as_str(), *so_far, found.used)?;
    }
    for ((id, side), used) in by_commitment {
        let ordered = sum(id.contract.as_str(), total(connection, id, side).await?, used)?;
        sqlx::query(
            "INSERT INTO commitment_total (contract, line, side, ordered) VALUES (?, ?, ?, ?) \
             ON CONFLICT (contract, line, side) DO UPDATE SET ordered = excluded.ordered",
        )
        .bind(id.contract.as_str())
        .bind(line_text(id))
        .bind(side_text(side))
        .bind(ordered.normalize().to_string())
        .execute(&mut *connection)
        .await?;
        if side == CommitmentSide::Maximum {
            use_allotment(connection, site, id, used).await?;
        }
    }
    Ok(())
}

/// A soft maximum has no allotment, and nothing happens.
async fn use_allotment(
    connection: &mut SqliteConnection,
    site: &LocationId,
    id: &CommitmentId,
    used: Decimal,
) -> Result<(), StorageError> {
    let before: Option<String> = sqlx::query_scalar(
        "SELECT used FROM allotment WHERE site = ? AND contract = ? AND line = ?",
    )
    .bind(site.as_str())
    .bind(id.contract.as_str())
    .bind(line_text(id))
    .fetch_optional(&mut *connection)
    .await?;
    let Some(before) = before else { return Ok(()) };
    let after = sum(id.contract.as_str(), amount(id.contract.as_str(), &before)?, used)?;
    sqlx::query("UPDATE allotment SET used = ? WHERE site = ? AND contract = ? AND line = ?")
        .bind(after.normalize().to_string())
        .bind(site.as_str())
        .bind(id.contract.as_str())
        .bind(line_text(id))
        .execute(connection)
        .await?;
    Ok(())
}

/// Keeps what of an accepted order lies beyond soft maximums.
///
/// # Errors
/// The database failed.
pub async fn record_excesses(
    connection: &mut SqliteConnection,
    document: &DocumentId,
    excesses: &[Excess],
) -> Result<(), StorageError> {
    for excess in excesses {
        sqlx::query(
            "INSERT OR REPLACE INTO commitment_excess (document, order_line, contract, line, beyond) \
             VALUES (?, ?, ?, ?, ?)",
        )
        .bind(document.to_string())
        .bind(excess.line.as_str())
        .bind(excess.commitment.contract.as_str())
        .bind(line_text(&excess.commitment))
        .bind(serde_json::to_string(&excess.beyond)?)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Sets what procurement gives a site, in place of an even part; it counts from the next
/// publication.
///
/// # Errors
/// The database failed.
pub async fn put_planned_allotment(
    connection: &mut SqliteConnection,
    planned: &Allotment,
) -> Result<(), StorageError> {
    let id = planned.commitment();
    sqlx::query(
        "INSERT INTO allotment_plan (site, contract, line, amount) VALUES (?, ?, ?, ?) \
         ON CONFLICT (site, contract, line) DO UPDATE SET amount = excluded.amount",
    )
    .bind(planned.site.as_str())
    .bind(id.contract.as_str())
    .bind(line_text(&id))
    .bind(planned.amount.to_string())
    .execute(connection)
    .await?;
    Ok(())
}

/// The ledger of all caps, for a publication that divides them anew.
///
/// # Errors
/// As [`left_to`].
pub async fn ledger(connection: &mut SqliteConnection) -> Result<Ledger, StorageError> {
    let rows: Vec<(String, String, String, String, String)> =
        sqlx::query_as("SELECT site, contract, line, granted, used FROM allotment")
            .fetch_all(connection)
            .await?;
    let mut ledger = Ledger::new();
    for (site, contract, line, granted, used) in rows {
        let account = Account {
            granted: Some(amount(&contract, &granted)?),
            planned: None,
            used: amount(&contract, &used)?,
        };
        let site = super::people::parse_id("allotment", &site)?;
        ledger.entry(commitment(&contract, &line)?).or_default().insert(site, account);
    }
    Ok(ledger)
}

/// What sites were given on request, in all.
///
/// # Errors
/// As [`left_to`].
pub async fn topped_up(
    connection: &mut SqliteConnection,
) -> Result<BTreeMap<(CommitmentId, LocationId), Decimal>, StorageError> {
    let rows: Vec<(String, String, String, String)> =
        sqlx::query_as("SELECT site, contract, line, given FROM top_up")
            .fetch_all(connection)
            .await?;
    let mut given = BTreeMap::new();
    for (site, contract, line, more) in rows {
        let site: LocationId = super::people::parse_id("top-up", &site)?;
        let so_far: &mut Decimal = given.entry((commitment(&contract, &line)?, site)).or_default();
        *so_far = sum(&contract, *so_far, amount(&contract, &more)?)?;
    }
    Ok(given)
}

/// Writes what a publication gives out: the caps as they are now, and every site's grant.
///
/// # Errors
/// The database failed.
pub async fn record_grants(
    connection: &mut SqliteConnection,
    caps: &[Cap],
    grants: &[Allotment],
) -> Result<(), StorageError> {
    for cap in caps {
        sqlx::query(
            "INSERT INTO cap (contract, line, measure) VALUES (?, ?, ?) \
             ON CONFLICT (contract, line) DO UPDATE SET measure = excluded.measure",
        )
        .bind(cap.id.contract.as_str())
        .bind(line_text(&cap.id))
        .bind(serde_json::to_string(&cap.measure)?)
        .execute(&mut *connection)
        .await?;
    }
    for grant in grants {
        put_grant(connection, grant).await?;
    }
    Ok(())
}

async fn put_grant(
    connection: &mut SqliteConnection,
    grant: &Allotment,
) -> Result<(), StorageError> {
    let id = grant.commitment();
    sqlx::query(
        "INSERT INTO allotment (site, contract, line, granted, used) VALUES (?, ?, ?, ?, '0') \
         ON CONFLICT (site, contract, line) DO UPDATE SET granted = excluded.granted",
    )
    .bind(grant.site.as_str())
    .bind(id.contract.as_str())
    .bind(line_text(&id))
    .bind(grant.amount.normalize().to_string())
    .execute(connection)
    .await?;
    Ok(())
}

/// What came of a request for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopUpAnswer {
    /// So much was given, now or when the same was asked before.
    Given(Decimal),
    /// There is no such cap.
    NoSuchCap,
    /// The identifier is that of another request.
    AnotherRequest,
}

/// Gives a site more of a cap, as far as the reserve goes ([`part_of_reserve`]). Asked again under
/// one identifier it gives nothing more and says the same.
///
/// # Errors
/// As [`left_to`].
pub async fn top_up(
    connection: &mut SqliteConnection,
    asked: &TopUp,
) -> Result<TopUpAnswer, StorageError> {
    let contract = asked.commitment.contract.as_str();
    let before: Option<(String, String, String, String)> =
        sqlx::query_as("SELECT site, contract, line, given FROM top_up WHERE id = ?")
            .bind(asked.id.to_string())
            .fetch_optional(&mut *connection)
            .await?;
    if let Some((site, of, line, given)) = before {
        let is_same = (site.as_str(), of.as_str(), line.as_str())
            == (asked.site.as_str(), contract, line_text(&asked.commitment));
        return Ok(if is_same {
            TopUpAnswer::Given(amount(contract, &given)?)
        } else {
            TopUpAnswer::AnotherRequest
        });
    }
    let measure: Option<String> =
        sqlx::query_scalar("SELECT measure FROM cap WHERE contract = ? AND line = ?")
            .bind(contract)
            .bind(line_text(&asked.commitment))
            .fetch_optional(&mut *connection)
            .await?;
    let Some(measure) = measure else { return Ok(TopUpAnswer::NoSuchCap) };
    let cap: Measure = decode("cap of", contract, &measure)?;
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT site, granted FROM allotment WHERE contract = ? AND line = ?")
            .bind(contract)
            .bind(line_text(&asked.commitment))
            .fetch_all(&mut *connection)
            .await?;
    let mut grants = BTreeMap::new();
    for (site, granted) in rows {
        grants.insert(site, amount(contract, &granted)?);
    }
    let given = part_of_reserve(cap.amount(), grants.values(), asked.asked);
    let granted = grants.get(asked.site.as_str()).copied().unwrap_or_default();
    let grant = Allotment {
        contract: asked.commitment.contract.clone(),
        line: asked.commitment.line.clone(),
        site: asked.site.clone(),
        amount: sum(contract, granted, given)?,
    };
    put_grant(connection, &grant).await?;
    sqlx::query(
        "INSERT INTO top_up (id, site, contract, line, device, asked, given, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(asked.id.to_string())
    .bind(asked.site.as_str())
    .bind(contract)
    .bind(line_text(&asked.commitment))
    .bind(asked.device.to_string())
    .bind(asked.asked.to_string())
    .bind(given.to_string())
    .bind(asked.at)
    .execute(connection)
    .await?;
    Ok(TopUpAnswer::Given(given))
}

/// What a cap was counted in when it was last given out.
///
/// # Errors
/// As [`left_to`].
pub async fn measure_of(
    connection: &mut SqliteConnection,
    id: &CommitmentId,
) -> Result<Option<Measure>, StorageError> {
    let stored: Option<String> =
        sqlx::query_scalar("SELECT measure FROM cap WHERE contract = ? AND line = ?")
            .bind(id.contract.as_str())
            .bind(line_text(id))
            .fetch_optional(connection)
            .await?;
    stored.map(|measure| decode("cap of", id.contract.as_str(), &measure)).transpose()
}
