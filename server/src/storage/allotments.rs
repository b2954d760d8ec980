//! Commitments: the ledger of the sites' allotments and of what they used, and the totals of
//! accepted orders.

use std::collections::{BTreeMap, BTreeSet};

use calloff_core::catalogue::index::Cap;
use calloff_core::contract::{Allotment, CommitmentId, CommitmentSide, Measure};
use calloff_core::ids::{ContractId, DeviceId, DocumentId, IntentId, LineId, LocationId};
use calloff_core::order::caps::{Excess, LineUse};
use calloff_core::publish::escrow::{self, Account, Ledger};
use rust_decimal::Decimal;

use super::devices::Device;
use super::feed::skip_number;
use super::sql::Sql;
use super::write::{Read, WriteTransaction};
use super::{ServerStore, StorageError, decode, to_u32};

/// A tablet's request for a larger allotment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopUp {
    /// The identifier of the request, minted on the tablet.
    pub id: IntentId,
    /// The site that asks.
    pub site: LocationId,
    /// The hard maximum.
    pub commitment: CommitmentId,
    /// The tablet that asks.
    pub device: DeviceId,
    /// The additional amount that the tablet asks for, in the measure of the hard maximum.
    pub asked: Decimal,
    /// The time of the request, in milliseconds since the Unix epoch.
    pub at: i64,
}

/// The stored form of the line of a commitment. A commitment of the whole contract has the empty
/// text, which is no line's identifier.
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

impl ServerStore {
    /// The allotments of a site as its tablets know them, at present.
    ///
    /// # Errors
    /// The database failed, or a stored value cannot be read.
    pub async fn allotments_of(&self, site: &LocationId) -> Result<Vec<Allotment>, StorageError> {
        allotments_of(&mut self.read().await?, site).await
    }

    /// The allotments that procurement set for sites, in place of even parts.
    ///
    /// # Errors
    /// The errors of [`ServerStore::allotments_of`].
    pub async fn planned_allotments(&self) -> Result<Vec<Allotment>, StorageError> {
        let rows: Vec<(String, String, String, String)> = Sql::new(
            "SELECT contract, line, site, amount FROM allotment_plan ORDER BY contract, line, site",
        )
        .all(&mut self.read().await?)
        .await?;
        rows.iter()
            .map(|(contract, line, site, amount)| allotment(contract, line, site, amount))
            .collect()
    }

    /// The totals of the accepted orders of all sites, by commitment, in the commitment's measure.
    /// A commitment that no order has used is missing.
    ///
    /// # Errors
    /// The errors of [`ServerStore::allotments_of`].
    pub async fn commitment_totals(
        &self,
    ) -> Result<BTreeMap<(CommitmentId, CommitmentSide), Decimal>, StorageError> {
        let rows: Vec<(String, String, String, String)> =
            Sql::new("SELECT contract, line, side, ordered FROM commitment_total")
                .all(&mut self.read().await?)
                .await?;
        let mut totals = BTreeMap::new();
        for (contract, line, side, ordered) in rows {
            let side =
                if side == "minimum" { CommitmentSide::Minimum } else { CommitmentSide::Maximum };
            totals.insert((commitment(&contract, &line)?, side), amount(&contract, &ordered)?);
        }
        Ok(totals)
    }

    /// The parts of an accepted order that exceed soft maximums.
    ///
    /// # Errors
    /// The errors of [`ServerStore::allotments_of`].
    pub async fn excesses(&self, document: &DocumentId) -> Result<Vec<Excess>, StorageError> {
        let rows: Vec<(String, String, String, String)> = Sql::new(
            "SELECT order_line, contract, line, beyond FROM commitment_excess WHERE document = $1 ORDER BY order_line",
        )
        .bind(document.to_string())
        .all(&mut self.read().await?)
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

/// The allotments of a site as its tablets know them, within a transaction.
///
/// # Errors
/// The errors of [`ServerStore::allotments_of`].
pub async fn allotments_of(
    read: &mut Read,
    site: &LocationId,
) -> Result<Vec<Allotment>, StorageError> {
    let rows: Vec<(String, String, String, String, String)> = Sql::new(
        "SELECT contract, line, granted, due, used FROM allotment WHERE site = $1 ORDER BY contract, line",
    )
    .bind(site.as_str())
    .all(read)
    .await?;
    rows.iter()
        .map(|(contract, line, granted, due, used)| {
            let told = account(contract, granted, due, used)?.told();
            Ok(told_to(&commitment(contract, line)?, site, told))
        })
        .collect()
}

fn told_to(id: &CommitmentId, site: &LocationId, told: Decimal) -> Allotment {
    let CommitmentId { contract, line } = id.clone();
    Allotment { contract, line, site: site.clone(), amount: told.normalize() }
}

fn account(of: &str, granted: &str, due: &str, used: &str) -> Result<Account, StorageError> {
    Ok(Account {
        granted: amount(of, granted)?,
        due: Some(amount(of, due)?),
        planned: None,
        used: amount(of, used)?,
    })
}

/// The amount that a site may still order under each hard maximum: the granted amount less what its
/// accepted orders use. If a hard maximum was lowered below the granted sum, no site may order more
/// than the hard maximum has left.
///
/// # Errors
/// The database failed, or a stored value cannot be read.
pub async fn left_to(
    read: &mut Read,
    site: &LocationId,
) -> Result<BTreeMap<CommitmentId, Decimal>, StorageError> {
    let rows: Vec<(String, String, String, String)> =
        Sql::new("SELECT contract, line, granted, used FROM allotment WHERE site = $1")
            .bind(site.as_str())
            .all(read)
            .await?;
    // If nothing is recalled, the sum of all granted amounts fits into the cap.
    let recalled = recalled_caps(read, None).await?;
    let mut left = BTreeMap::new();
    for (contract, line, granted, used) in rows {
        let id = commitment(&contract, &line)?;
        let rest = if recalled.contains(&id) {
            let Some(cap) = measure_of(read, &id).await? else { continue };
            let accounts = accounts(read, &id).await?;
            fits(&id, escrow::left_to(cap.amount(), &opened(&accounts), site))?
        } else {
            sum(&contract, amount(&contract, &granted)?, -amount(&contract, &used)?)?
        };
        left.insert(id, rest);
    }
    Ok(left)
}

/// The total of the accepted orders of all sites under one maximum. 0 if no order has used it.
///
/// # Errors
/// The errors of [`left_to`].
pub async fn ordered_of(read: &mut Read, id: &CommitmentId) -> Result<Decimal, StorageError> {
    total(read, id, CommitmentSide::Maximum).await
}

async fn total(
    read: &mut Read,
    id: &CommitmentId,
    side: CommitmentSide,
) -> Result<Decimal, StorageError> {
    let stored: Option<String> = Sql::new(
        "SELECT ordered FROM commitment_total WHERE contract = $1 AND line = $2 AND side = $3",
    )
    .bind(id.contract.as_str())
    .bind(line_text(id))
    .bind(side_text(side))
    .optional_value(read)
    .await?;
    stored.map_or(Ok(Decimal::ZERO), |text| amount(id.contract.as_str(), &text))
}

fn side_text(side: CommitmentSide) -> &'static str {
    match side {
        CommitmentSide::Minimum => "minimum",
        CommitmentSide::Maximum => "maximum",
    }
}

/// Adds what an accepted order uses of commitments to the site's allotments and to the totals of
/// all sites.
///
/// # Errors
/// The errors of [`left_to`]. The transaction must then be dropped.
pub async fn record_uses(
    write: &mut WriteTransaction,
    site: &LocationId,
    uses: &[LineUse],
) -> Result<(), StorageError> {
    let mut by_commitment: BTreeMap<(&CommitmentId, CommitmentSide), Decimal> = BTreeMap::new();
    for found in uses {
        let so_far = by_commitment.entry((&found.id, found.side)).or_default();
        *so_far = sum(found.id.contract.as_str(), *so_far, found.used)?;
    }
    for ((id, side), used) in by_commitment {
        let ordered = sum(id.contract.as_str(), total(write, id, side).await?, used)?;
        Sql::new(
            "INSERT INTO commitment_total (contract, line, side, ordered) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (contract, line, side) DO UPDATE SET ordered = excluded.ordered",
        )
        .bind(id.contract.as_str())
        .bind(line_text(id))
        .bind(side_text(side))
        .bind(ordered.normalize().to_string())
        .execute(write)
        .await?;
        if side == CommitmentSide::Maximum {
            use_allotment(write, site, id, used).await?;
        }
    }
    Ok(())
}

/// Adds to the used amount of a site. A soft maximum has no allotment, and nothing happens.
async fn use_allotment(
    write: &mut WriteTransaction,
    site: &LocationId,
    id: &CommitmentId,
    used: Decimal,
) -> Result<(), StorageError> {
    let before: Option<String> =
        Sql::new("SELECT used FROM allotment WHERE site = $1 AND contract = $2 AND line = $3")
            .bind(site.as_str())
            .bind(id.contract.as_str())
            .bind(line_text(id))
            .optional_value(write)
            .await?;
    let Some(before) = before else { return Ok(()) };
    let after = sum(id.contract.as_str(), amount(id.contract.as_str(), &before)?, used)?;
    Sql::new("UPDATE allotment SET used = $1 WHERE site = $2 AND contract = $3 AND line = $4")
        .bind(after.normalize().to_string())
        .bind(site.as_str())
        .bind(id.contract.as_str())
        .bind(line_text(id))
        .execute(write)
        .await?;
    Ok(())
}

/// Stores the parts of an accepted order that exceed soft maximums.
///
/// # Errors
/// The database failed.
pub async fn record_excesses(
    write: &mut WriteTransaction,
    document: &DocumentId,
    excesses: &[Excess],
) -> Result<(), StorageError> {
    for excess in excesses {
        Sql::new(
            "INSERT INTO commitment_excess (document, order_line, contract, line, beyond) \
             VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (document, order_line) DO UPDATE SET contract = excluded.contract, \
             line = excluded.line, beyond = excluded.beyond",
        )
        .bind(document.to_string())
        .bind(excess.line.as_str())
        .bind(excess.commitment.contract.as_str())
        .bind(line_text(&excess.commitment))
        .bind(serde_json::to_string(&excess.beyond)?)
        .execute(write)
        .await?;
    }
    Ok(())
}

/// Sets a site's allotment in place of an even part. It counts from the next publication.
///
/// # Errors
/// The database failed.
pub async fn put_planned_allotment(
    write: &mut WriteTransaction,
    planned: &Allotment,
) -> Result<(), StorageError> {
    let id = planned.commitment();
    Sql::new(
        "INSERT INTO allotment_plan (site, contract, line, amount) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (site, contract, line) DO UPDATE SET amount = excluded.amount",
    )
    .bind(planned.site.as_str())
    .bind(id.contract.as_str())
    .bind(line_text(&id))
    .bind(planned.amount.to_string())
    .execute(write)
    .await?;
    Ok(())
}

/// The ledger of all hard maximums, for a publication that divides them anew.
///
/// # Errors
/// The errors of [`left_to`].
pub async fn ledger(read: &mut Read) -> Result<Ledger, StorageError> {
    let rows: Vec<(String, String, String, String, String, String)> =
        Sql::new("SELECT site, contract, line, granted, due, used FROM allotment")
            .all(read)
            .await?;
    let mut ledger = Ledger::new();
    for (site, contract, line, granted, due, used) in rows {
        let account = account(&contract, &granted, &due, &used)?;
        let site = super::people::parse_id("allotment", &site)?;
        ledger.entry(commitment(&contract, &line)?).or_default().insert(site, account);
    }
    Ok(ledger)
}

/// The sums that sites got on request, by hard maximum and site.
///
/// # Errors
/// The errors of [`left_to`].
pub async fn topped_up(
    read: &mut Read,
) -> Result<BTreeMap<(CommitmentId, LocationId), Decimal>, StorageError> {
    let rows: Vec<(String, String, String, String)> =
        Sql::new("SELECT site, contract, line, given FROM top_up").all(read).await?;
    let mut given = BTreeMap::new();
    for (site, contract, line, more) in rows {
        let site: LocationId = super::people::parse_id("top-up", &site)?;
        let so_far: &mut Decimal = given.entry((commitment(&contract, &line)?, site)).or_default();
        *so_far = sum(&contract, *so_far, amount(&contract, &more)?)?;
    }
    Ok(given)
}

/// The account of a site. While a part of it is recalled, `recall` is a number of the site's feed:
/// a cursor with this number or a higher one says that its tablet knows the smaller allotment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Held {
    account: Account,
    recall: Option<i64>,
}

type Accounts = BTreeMap<LocationId, Held>;

fn opened(accounts: &Accounts) -> BTreeMap<LocationId, Account> {
    accounts.iter().map(|(site, held)| (site.clone(), held.account)).collect()
}

fn fits<T>(id: &CommitmentId, value: Option<T>) -> Result<T, StorageError> {
    value.ok_or_else(|| StorageError::Corrupt {
        what: "parts of",
        id: id.to_string(),
        reason: "they do not fit 28 digits".to_owned(),
    })
}

/// The accounts of all sites under a hard maximum.
async fn accounts(read: &mut Read, id: &CommitmentId) -> Result<Accounts, StorageError> {
    let contract = id.contract.as_str();
    let rows: Vec<(String, String, String, String, Option<i64>)> = Sql::new(
        "SELECT site, granted, due, used, recall FROM allotment WHERE contract = $1 AND line = $2",
    )
    .bind(contract)
    .bind(line_text(id))
    .all(read)
    .await?;
    let read = |(site, granted, due, used, recall): (String, String, String, String, _)| {
        let account = account(contract, &granted, &due, &used)?;
        Ok((super::people::parse_id("allotment", &site)?, Held { account, recall }))
    };
    rows.into_iter().map(read).collect()
}

/// The hard maximums with a recalled part, of all sites, or of one site with `site`.
async fn recalled_caps(
    read: &mut Read,
    site: Option<&LocationId>,
) -> Result<BTreeSet<CommitmentId>, StorageError> {
    let rows: Vec<(String, String)> = Sql::new(
        "SELECT DISTINCT contract, line FROM allotment WHERE recall IS NOT NULL AND ($1 IS NULL OR site = $1)",
    )
    .bind(site.map(LocationId::as_str))
    .all(read)
    .await?;
    rows.iter().map(|(contract, line)| commitment(contract, line)).collect()
}

/// The sites with a recalled part that is not back yet.
///
/// # Errors
/// The errors of [`left_to`].
pub async fn recalled_sites(read: &mut Read) -> Result<Vec<LocationId>, StorageError> {
    let sites: Vec<String> =
        Sql::new("SELECT DISTINCT site FROM allotment WHERE recall IS NOT NULL ORDER BY site")
            .values(read)
            .await?;
    sites.iter().map(|site| super::people::parse_id("allotment", site)).collect()
}

/// Writes the caps of a publication, and the amounts that are due to sites, into the ledger. A
/// recalled part stays granted until [`settle`] takes it back. Gives the allotments for tablets.
///
/// # Errors
/// The errors of [`left_to`].
pub async fn give_out(
    write: &mut WriteTransaction,
    caps: &[Cap],
    mut allotted: Ledger,
) -> Result<Vec<Allotment>, StorageError> {
    let mut numbers: BTreeMap<LocationId, i64> = BTreeMap::new();
    let mut told = Vec::new();
    for cap in caps {
        Sql::new(
            "INSERT INTO cap (contract, line, measure) VALUES ($1, $2, $3) \
             ON CONFLICT (contract, line) DO UPDATE SET measure = excluded.measure",
        )
        .bind(cap.id.contract.as_str())
        .bind(line_text(&cap.id))
        .bind(serde_json::to_string(&cap.measure)?)
        .execute(write)
        .await?;
        let before = accounts(write, &cap.id).await?;
        for (site, account) in allotted.remove(&cap.id).unwrap_or_default() {
            let known = before.get(&site);
            let is_recalled = known.is_some_and(|known| account.told() < known.account.told());
            let recall = if is_recalled {
                // A cursor from this number on says that its tablet knows the smaller allotment.
                Some(match numbers.get(&site) {
                    Some(number) => *number,
                    None => {
                        let number = skip_number(write, &site).await?;
                        *numbers.entry(site.clone()).or_insert(number)
                    }
                })
            } else {
                known.and_then(|known| known.recall)
            };
            put(write, &cap.id, &site, &Held { account, recall }).await?;
        }
        settle(write, &cap.id).await?;
        let now = accounts(write, &cap.id).await?;
        told.extend(now.iter().map(|(site, held)| told_to(&cap.id, site, held.account.told())));
    }
    Ok(told)
}

async fn put(
    write: &mut WriteTransaction,
    id: &CommitmentId,
    site: &LocationId,
    Held { account, recall }: &Held,
) -> Result<(), StorageError> {
    Sql::new(
        "INSERT INTO allotment (site, contract, line, granted, due, used, recall) VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (site, contract, line) DO UPDATE \
         SET granted = excluded.granted, due = excluded.due, recall = excluded.recall",
    )
    .bind(site.as_str())
    .bind(id.contract.as_str())
    .bind(line_text(id))
    .bind(account.granted.normalize().to_string())
    .bind(account.due.unwrap_or_default().normalize().to_string())
    .bind(account.used.normalize().to_string())
    .bind(recall.filter(|_| !account.recalled().is_zero()))
    .execute(write)
    .await?;
    Ok(())
}

/// Takes back the recalled parts of a cap that no tablet can order any more, and gives them to the
/// sites that are due more ([`escrow::settle`]). Gives the sites with a larger allotment than
/// before.
///
/// # Errors
/// The errors of [`left_to`].
pub async fn settle(
    write: &mut WriteTransaction,
    id: &CommitmentId,
) -> Result<Vec<LocationId>, StorageError> {
    let Some(cap) = measure_of(write, id).await? else { return Ok(Vec::new()) };
    let before = accounts(write, id).await?;
    let mut given_back = BTreeSet::new();
    for (site, held) in &before {
        if let Some(recall) = held.recall
            && is_given_back(write, id, site, recall).await?
        {
            given_back.insert(site.clone());
        }
    }
    let mut after = opened(&before);
    fits(id, escrow::settle(cap.amount(), &mut after, &given_back))?;
    let mut have_more = Vec::new();
    for (site, account) in after {
        let Held { account: was, recall } = before[&site];
        if account == was {
            continue;
        }
        put(write, id, &site, &Held { account, recall }).await?;
        if account.told() > was.told() {
            have_more.push(site);
        }
    }
    Ok(have_more)
}

/// Whether no tablet of a site can order the recalled part any more: every tablet knows the smaller
/// allotment and has pushed its earlier orders, and no order of the site under the contract is on
/// hold. A revoked tablet can push nothing. If it is enrolled again, it counts as another tablet,
/// and the server checks its unsent orders against the amount that is granted then.
async fn is_given_back(
    read: &mut Read,
    id: &CommitmentId,
    site: &LocationId,
    recall: i64,
) -> Result<bool, StorageError> {
    let is_given_back = Sql::new(
        "SELECT NOT EXISTS (SELECT 1 FROM device WHERE site = $1 AND revoked_at IS NULL AND known_to < $2)
            AND NOT EXISTS (SELECT 1 FROM order_head head JOIN order_line_fact line ON line.document = head.document
                            WHERE head.is_waiting AND head.site = $1 AND line.contract = $3)",
    )
    .bind(site.as_str())
    .bind(recall)
    .bind(id.contract.as_str())
    .value(read)
    .await?;
    Ok(is_given_back)
}

/// Settles every cap with a part that is recalled from a site ([`settle`]). Gives the sites with a
/// larger allotment than before.
///
/// # Errors
/// The errors of [`left_to`].
pub async fn settle_all_of(
    write: &mut WriteTransaction,
    site: &LocationId,
) -> Result<BTreeSet<LocationId>, StorageError> {
    let mut have_more = BTreeSet::new();
    for id in recalled_caps(write, Some(site)).await? {
        have_more.extend(settle(write, &id).await?);
    }
    Ok(have_more)
}

impl ServerStore {
    /// Whether a cursor with the number `known_to` says for the first time that its tablet knows a
    /// recall.
    ///
    /// # Errors
    /// The database failed.
    pub async fn confirms_recall(
        &self,
        device: &Device,
        known_to: i64,
    ) -> Result<bool, StorageError> {
        Sql::new(
            "SELECT EXISTS (SELECT 1 FROM allotment JOIN device ON device.id = $1
                            WHERE allotment.site = $2 AND recall > device.known_to AND recall <= $3)",
        )
        .bind(device.id.to_string())
        .bind(device.site.as_str())
        .bind(known_to)
        .value(&mut self.read().await?)
        .await
    }
}

/// Records that a tablet has all answers up to a number of its site's feed, and settles the caps
/// with a part that is recalled from its site. Gives the sites with a larger allotment than before.
///
/// # Errors
/// The errors of [`left_to`].
pub async fn confirm_recall(
    write: &mut WriteTransaction,
    device: &Device,
    known_to: i64,
) -> Result<BTreeSet<LocationId>, StorageError> {
    Sql::new("UPDATE device SET known_to = $1 WHERE id = $2 AND known_to < $1")
        .bind(known_to)
        .bind(device.id.to_string())
        .execute(write)
        .await?;
    settle_all_of(write, &device.site).await
}

/// The reasons why a recalled part is not back yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeldUp {
    /// The tablets that may not know the smaller allotment: name, and time of the last contact in
    /// milliseconds since the Unix epoch.
    pub tablets: Vec<(String, i64)>,
    /// The number of the site's orders under the contract that are on hold.
    pub waiting: u32,
}

/// The reasons why recalled parts are not back yet, by cap and site.
///
/// # Errors
/// The errors of [`left_to`].
pub async fn held_up(
    read: &mut Read,
) -> Result<BTreeMap<(CommitmentId, LocationId), HeldUp>, StorageError> {
    let mut held_up: BTreeMap<_, HeldUp> = BTreeMap::new();
    let key = |contract: &str, line: &str, site: &str| {
        Ok::<_, StorageError>((
            commitment(contract, line)?,
            super::people::parse_id("allotment", site)?,
        ))
    };
    let tablets: Vec<(String, String, String, String, i64)> = Sql::new(
        "SELECT contract, line, allotment.site, device.name, last_seen_at
         FROM allotment JOIN device ON device.site = allotment.site AND revoked_at IS NULL AND known_to < recall
         ORDER BY device.name, device.id",
    )
    .all(read)
    .await?;
    for (contract, line, site, name, last_seen_at) in tablets {
        let found = held_up.entry(key(&contract, &line, &site)?).or_default();
        found.tablets.push((name, last_seen_at));
    }
    let waiting: Vec<(String, String, String, i64)> = Sql::new(
        "SELECT allotment.contract, allotment.line, allotment.site, count(DISTINCT head.document)
         FROM allotment JOIN order_head head ON head.site = allotment.site AND head.is_waiting
         JOIN order_line_fact fact ON fact.document = head.document AND fact.contract = allotment.contract
         WHERE recall IS NOT NULL GROUP BY 1, 2, 3",
    )
    .all(read)
    .await?;
    for (contract, line, site, orders) in waiting {
        held_up.entry(key(&contract, &line, &site)?).or_default().waiting = to_u32(orders);
    }
    Ok(held_up)
}

/// The answer to a request for a larger allotment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopUpAnswer {
    /// The site got this amount, now or when the same request came before. 0 if the reserve has
    /// nothing for it.
    Given(Decimal),
    /// The contract has no such hard maximum.
    NoSuchCap,
    /// An earlier request of another site or under another hard maximum has the same identifier.
    AnotherRequest,
}

/// Gives a site more of a hard maximum, as far as the reserve goes ([`escrow::top_up`]). The same
/// request again gives nothing more and gets the same answer. A request that got nothing is not
/// kept: the same request may get something later.
///
/// # Errors
/// The errors of [`left_to`].
pub async fn top_up(
    write: &mut WriteTransaction,
    asked: &TopUp,
) -> Result<TopUpAnswer, StorageError> {
    let contract = asked.commitment.contract.as_str();
    let before: Option<(String, String, String, String)> =
        Sql::new("SELECT site, contract, line, given FROM top_up WHERE id = $1")
            .bind(asked.id.to_string())
            .optional(write)
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
    let id = &asked.commitment;
    let Some(cap) = measure_of(write, id).await? else { return Ok(TopUpAnswer::NoSuchCap) };
    settle(write, id).await?;
    let accounts = accounts(write, id).await?;
    let given = escrow::top_up(cap.amount(), &opened(&accounts), &asked.site, asked.asked);
    if given.is_zero() {
        // Nothing changes, so there is nothing to keep: requests in vain never fill the disk.
        return Ok(TopUpAnswer::Given(given));
    }
    let held = accounts.get(&asked.site);
    let account = held.map(|held| held.account).unwrap_or_default();
    let account = fits(id, account.with_more(given))?;
    let recall = held.and_then(|held| held.recall);
    put(write, id, &asked.site, &Held { account, recall }).await?;
    Sql::new(
        "INSERT INTO top_up (id, site, contract, line, device, asked, given, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(asked.id.to_string())
    .bind(asked.site.as_str())
    .bind(contract)
    .bind(line_text(&asked.commitment))
    .bind(asked.device.to_string())
    .bind(asked.asked.to_string())
    .bind(given.to_string())
    .bind(asked.at)
    .execute(write)
    .await?;
    Ok(TopUpAnswer::Given(given))
}

/// The hard maximum with its measure, as it was last published. `None` if it was never published.
///
/// # Errors
/// The errors of [`left_to`].
pub async fn measure_of(
    read: &mut Read,
    id: &CommitmentId,
) -> Result<Option<Measure>, StorageError> {
    let stored: Option<String> =
        Sql::new("SELECT measure FROM cap WHERE contract = $1 AND line = $2")
            .bind(id.contract.as_str())
            .bind(line_text(id))
            .optional_value(read)
            .await?;
    stored.map(|measure| decode("cap of", id.contract.as_str(), &measure)).transpose()
}
