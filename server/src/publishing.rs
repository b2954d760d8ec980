//! Publishing: all stored contracts, checked, become a numbered and signed release.

pub mod opened;
pub mod signing_key;

use calloff_core::calendar::Date;
use calloff_core::catalogue::chunk::ChunkError;
use calloff_core::catalogue::release::{self, Issue, ReleaseError};
use calloff_core::catalogue::{Catalogue, CatalogueContent, CatalogueError, TieDecision};
use calloff_core::contract::check::{self, Refusal, Report};
use calloff_core::contract::{Allotment, CommitmentId, Contract, ContractStatus, Strength, Terms, escrow};
use calloff_core::ids::{ContractId, PersonId};
use calloff_core::wire::{Actor, AuditAct};
use ed25519_dalek::SigningKey;
use rust_decimal::Decimal;
use sqlx::SqliteConnection;

use self::opened::{OpenError, OpenedRelease};
use crate::storage::allotments::{ledger, measure_of, record_grants};
use crate::storage::audit::{self, Act, Doing};
use crate::storage::contracts::{add_tie_decision, mark_drafts_published};
use crate::storage::releases::{add_release, next_release_number};
use crate::storage::{StorageError, Store, StoredRelease};

/// What a tie decision of the rule "the smaller contract number wins" says as its reason.
pub const CONTRACT_NUMBER_RULE: &str = "contract-number: the smaller contract number wins";

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The store holds no contracts or no sites.
    #[error("there is nothing to publish: {0}")]
    Nothing(&'static str),
    /// Something must be refused (domain.md).
    #[error("{} findings stand against this release, and nothing was published", .0.refusals.len())]
    Refused(Box<Report>),
    /// It would never be in force.
    #[error(
        "release {number} takes effect on {effective_from}, later than this one would: publish with --effective \
         {effective_from} or later"
    )]
    BeforeLast {
        /// The last release.
        number: u64,
        /// Its first day.
        effective_from: Date,
    },
    /// The last release cannot be read again.
    #[error("release {0} in the database cannot be read: {1}; restore a backup, or the signing key that belongs to it")]
    Unreadable(u64, #[source] OpenError),
    /// What sites were given and have used of a cap was counted otherwise.
    #[error(
        "the hard maximum of {0} was given out in another unit before: keep the unit, or end the contract and begin another"
    )]
    CapMeasure(CommitmentId),
    /// The content is no catalogue; the checks say so before.
    #[error(transparent)]
    NoCatalogue(#[from] CatalogueError),
    /// A contract is too large for a chunk.
    #[error("the release cannot be encoded: {0}")]
    Chunk(#[from] ChunkError),
    /// The store failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// What a person asks for.
#[derive(Debug, Clone)]
pub struct Request {
    /// Why this release.
    pub reason: String,
    /// Who publishes.
    pub by: PersonId,
    /// Its first day at every site.
    pub effective_from: Date,
    /// When it is issued, in milliseconds since the Unix epoch.
    pub issued_at: i64,
    /// Whether all remaining ties are settled for the smaller contract number.
    pub settle_ties: bool,
}

/// What was published.
#[derive(Debug, Clone)]
pub struct Published {
    /// What the release says about itself.
    pub issue: Issue,
    /// What to look at.
    pub report: Report,
    /// Contract versions in it.
    pub contracts: usize,
    /// Lines in it.
    pub lines: usize,
    /// The chunks of it, and how many are new.
    pub chunks: usize,
    /// Chunks that no earlier release has.
    pub new_chunks: usize,
    /// Bytes of the manifest and of the difference from the release before, which is what a tablet with that one fetches.
    /// For a first release, of the manifest and all chunks.
    pub new_bytes: usize,
    /// The ties settled by this release.
    pub settled: Vec<TieDecision>,
}

/// Publishes all stored contracts, drafts included, as the next release.
///
/// # Errors
/// [`PublishError`]; nothing was changed.
pub async fn publish(store: &Store, key: &SigningKey, request: Request) -> Result<Published, PublishError> {
    let last = store.releases().await?.into_iter().next();
    let previous = match &last {
        Some(last) if last.issue.effective_from > request.effective_from => {
            let (number, effective_from) = (last.issue.number, last.issue.effective_from);
            return Err(PublishError::BeforeLast { number, effective_from });
        }
        Some(last) => match content_of(store, key, last).await {
            Ok(content) => Some(content),
            // What an older version published is not compared with; publishing again is how it comes into the new format.
            Err(PublishError::Unreadable(_, OpenError::Release(ReleaseError::OldFormat(_)))) => None,
            Err(error) => return Err(error),
        },
        None => None,
    };
    let mut content = compile(store, request.effective_from).await?;
    let mut report = check::check(&content, previous.as_ref(), request.effective_from);
    let mut settled = Vec::new();
    if request.settle_ties {
        settled = settle(&report, &request.by);
        if !settled.is_empty() {
            content.tie_decisions.extend(settled.iter().cloned());
            report = check::check(&content, previous.as_ref(), request.effective_from);
        }
    }
    if !report.refusals.is_empty() {
        return Err(PublishError::Refused(Box::new(report)));
    }

    let mut write = store.write().await?;
    content.allotments = give_out(&mut write, &content).await?;
    let issue = Issue {
        number: next_release_number(&mut write).await?,
        issued_at: request.issued_at,
        effective_from: request.effective_from,
        publisher: request.by,
        reason: request.reason,
    };
    let (signed, chunks) = release::publish(&content, issue.clone(), key)?;
    let new_chunks = add_release(&mut write, &issue, &signed, &chunks).await?;
    for decision in &settled {
        add_tie_decision(&mut write, decision).await?;
    }
    mark_drafts_published(&mut write).await?;
    write_down(&mut write, &issue, &settled).await?;
    write.commit().await.map_err(StorageError::from)?;
    let difference = match &last {
        Some(last) => difference_bytes(store, key, last, issue.number).await?,
        None => None,
    };
    let new_bytes = difference.unwrap_or_else(|| new_chunks.iter().sum());
    Ok(Published {
        issue,
        report,
        contracts: content.contracts.len(),
        lines: content.contracts.iter().map(|contract| contract.lines.len()).sum(),
        chunks: chunks.len(),
        new_chunks: new_chunks.len(),
        new_bytes: signed.manifest.len() + new_bytes,
        settled,
    })
}

/// Puts the release, and the ties it settles, on the audit log.
async fn write_down(write: &mut SqliteConnection, issue: &Issue, settled: &[TieDecision]) -> Result<(), StorageError> {
    let by = Actor::Person(issue.publisher.clone());
    let doing = Doing { by, at: issue.issued_at, from: String::new() };
    if !settled.is_empty() {
        let act = Act::new(AuditAct::TiesSettled, issue.number).with("pairs", settled.len());
        audit::record(write, &doing, &act.with("rule", CONTRACT_NUMBER_RULE)).await?;
    }
    let act = Act::new(AuditAct::ReleasePublished, issue.number).with("reason", &issue.reason);
    audit::record(write, &doing, &act.with("effective_from", issue.effective_from)).await
}

/// All that is stored, as it would be published.
///
/// # Errors
/// Nothing is stored that could be; the store failed.
pub async fn compile(store: &Store, effective_from: Date) -> Result<CatalogueContent, PublishError> {
    let locations = store.locations().await?;
    if locations.is_empty() {
        return Err(PublishError::Nothing("import the sites first (calloff import sites)"));
    }
    let contracts = in_release(store.contracts().await?, effective_from);
    if contracts.is_empty() {
        return Err(PublishError::Nothing("import a price list first (calloff import price-list)"));
    }
    let exchange_rates = store.exchange_rates().await?;
    Ok(CatalogueContent {
        locations,
        suppliers: store.suppliers().await?,
        items: store.items().await?,
        contracts,
        sourcing_rules: store.sourcing_rules().await?,
        exchange_rates: exchange_rates
            .ok_or(PublishError::Nothing("no comparison currency is set: import the sites first"))?,
        tie_decisions: store.tie_decisions().await?,
        allotments: store.planned_allotments().await?,
    })
}

/// Divides every cap among its sites ([`escrow`]) and writes it into the ledger: planned allotments become grants.
async fn give_out(write: &mut SqliteConnection, content: &CatalogueContent) -> Result<Vec<Allotment>, PublishError> {
    let is_cap = |terms: &Terms| terms.maximum_commitment.is_some_and(|found| found.strength == Strength::Hard);
    let has_cap = |contract: &Contract| {
        is_cap(&contract.terms) || contract.lines.iter().filter_map(|line| line.terms.as_deref()).any(is_cap)
    };
    if !content.contracts.iter().any(has_cap) {
        return Ok(Vec::new());
    }
    let catalogue = Catalogue::build(content.clone())?;
    for cap in catalogue.caps() {
        let before = measure_of(write, &cap.id).await?;
        if before.is_some_and(|before| before.with_amount(Decimal::ONE) != cap.measure.with_amount(Decimal::ONE)) {
            return Err(PublishError::CapMeasure(cap.id.clone()));
        }
    }
    let grants = escrow::allot(&catalogue, &content.allotments, ledger(write).await?);
    let grants = grants.ok_or(PublishError::Nothing("the parts of a hard maximum do not fit 28 digits"))?;
    record_grants(write, catalogue.caps(), &grants).await?;
    Ok(grants)
}

/// The versions that a release carries: drafts as published, and of superseded versions only those that are in force on some
/// day of the release. `contracts` are in the order of contract and version.
fn in_release(contracts: Vec<Contract>, effective_from: Date) -> Vec<Contract> {
    let mut kept: Vec<Contract> = Vec::with_capacity(contracts.len());
    for mut contract in contracts {
        if contract.effective_from() <= effective_from {
            while kept.last().is_some_and(|before| before.id == contract.id) {
                kept.pop();
            }
        }
        if contract.status == ContractStatus::Draft {
            contract.status = ContractStatus::Published;
        }
        kept.push(contract);
    }
    kept
}

/// A decision for each pair of contracts that tie somewhere.
fn settle(report: &Report, by: &PersonId) -> Vec<TieDecision> {
    let pairs: std::collections::BTreeSet<(&ContractId, &ContractId)> = report
        .refusals
        .iter()
        .filter_map(|refusal| match refusal {
            Refusal::Ambiguous(tie) => Some((&tie.a.contract, &tie.b.contract)),
            _ => None,
        })
        .filter(|(a, b)| a != b)
        .map(|(a, b)| (a.min(b), a.max(b)))
        .collect();
    let decision = |(winner, loser): (&ContractId, &ContractId)| TieDecision {
        winner: winner.clone(),
        loser: loser.clone(),
        decided_by: by.clone(),
        reason: CONTRACT_NUMBER_RULE.to_owned(),
    };
    pairs.into_iter().map(decision).collect()
}

/// How many bytes a tablet with the last release fetches of the next one; `None` where it fetches whole chunks.
async fn difference_bytes(
    store: &Store,
    key: &SigningKey,
    last: &StoredRelease,
    next: u64,
) -> Result<Option<usize>, PublishError> {
    let Some(next) = store.release(next).await? else { return Ok(None) };
    let key = key.verifying_key();
    let (Ok(base), Ok(next)) =
        (OpenedRelease::open(store, &key, last).await, OpenedRelease::open(store, &key, &next).await)
    else {
        return Ok(None);
    };
    Ok(next.difference_from(&base).ok().map(|difference| difference.len()))
}

/// The content of a stored release, verified.
///
/// # Errors
/// The store failed, or holds something else than was signed.
pub async fn content_of(
    store: &Store,
    key: &SigningKey,
    release: &StoredRelease,
) -> Result<CatalogueContent, PublishError> {
    let unreadable = |error| PublishError::Unreadable(release.issue.number, error);
    let opened = OpenedRelease::open(store, &key.verifying_key(), release).await.map_err(unreadable)?;
    opened.content().map_err(|error| unreadable(error.into()))
}
