//! Computes what a file changes in the store.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use calloff_core::catalogue::{ExchangeRates, TieDecision};
use calloff_core::contract::{Contract, ContractStatus, SourcingRule};
use calloff_core::ids::ContractId;
use calloff_core::item::Item;
use calloff_core::location::Location;
use calloff_core::supplier::Supplier;
use serde::Serialize;

use super::source::ReadFile;
use super::{ContractsFile, Path};
use crate::exchange::amend::Plan;
use crate::exchange::difference::{
    Alike, Described, FieldChange, Thing, described, rate_changes, rule_changes, status_name,
    tie_changes,
};
use crate::exchange::leaving::Leaving;

/// What must be written, and what the import reports about it.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub locations: Vec<Location>,
    pub suppliers: Vec<Supplier>,
    pub items: Vec<Item>,
    pub versions: Vec<VersionChange>,
    /// The new list of sourcing rules, when it changes.
    pub sourcing_rules: Option<Vec<SourcingRule>>,
    pub exchange_rates: Option<ExchangeRates>,
    pub tie_decisions: Vec<TieDecision>,
    pub summary: Summary,
}

/// The change of one version of a contract.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum VersionChange {
    /// The version is stored, as a draft or as a part of the contract's past.
    Add(Contract),
    /// The version replaces its draft.
    Redraft(Contract),
    /// The version is suspended, resumed or ended.
    SetStatus(ContractId, u32, ContractStatus),
}

/// What an import of contracts did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Nodes of the location tree.
    pub locations: PartSummary,
    /// Suppliers.
    pub suppliers: PartSummary,
    /// Items.
    pub items: PartSummary,
    /// Versions of contracts.
    pub contract_versions: VersionSummary,
    /// Rules of the source list.
    pub sourcing_rules: PartSummary,
    /// Tie decisions.
    pub tie_decisions: PartSummary,
    /// Whether the comparison currency or a rate changed.
    pub exchange_rates_changed: bool,
    /// The locations, suppliers and items whose description changes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub described: Vec<Described>,
    /// Changes of the status of contract versions, of sourcing rules, comparison rates and tie
    /// decisions. Those that replace or remove something come first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<FieldChange>,
    /// The sites that become groups, with everything that belongs to them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub leaving: Vec<Leaving>,
    /// Remarks that a person should read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<String>,
    /// What each draft in the file changes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub plans: Vec<Plan>,
    /// Whether this was a dry run that wrote nothing.
    pub dry_run: bool,
}

/// The numbers of changes for one kind of thing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PartSummary {
    /// Things that are new.
    pub added: usize,
    /// Things that changed.
    pub changed: usize,
    /// Things that were removed. Only rules of a replaced list of sourcing rules are removed.
    pub removed: usize,
    /// Things that are in the file and did not change.
    pub unchanged: usize,
}

/// The numbers of changes for versions of contracts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct VersionSummary {
    /// Drafts of new contracts.
    pub added: usize,
    /// Drafts of amendments to existing contracts.
    pub amended: usize,
    /// Drafts that changed.
    pub redrafted: usize,
    /// Versions that were suspended, resumed or ended.
    pub status_changed: usize,
    /// Versions that are in the file and did not change.
    pub unchanged: usize,
}

impl Summary {
    /// Only the numbers, for the log. The store has what changed.
    pub(super) fn figures(&self) -> Self {
        Self {
            plans: Vec::new(),
            described: Vec::new(),
            others: Vec::new(),
            leaving: Vec::new(),
            doubts: Vec::new(),
            ..self.clone()
        }
    }

    /// Whether nothing changed.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        let parts = [
            &self.locations,
            &self.suppliers,
            &self.items,
            &self.sourcing_rules,
            &self.tie_decisions,
        ];
        let VersionSummary { added, amended, redrafted, status_changed, unchanged: _ } =
            self.contract_versions;
        parts.iter().all(|part| part.added + part.changed + part.removed == 0)
            && added + amended + redrafted + status_changed == 0
            && !self.exchange_rates_changed
    }
}

/// Compares a file with what is stored. Everything that cannot be done becomes a finding.
pub(super) fn changes(
    stored: &ContractsFile,
    may_change_supplier: bool,
    found: &ReadFile<'_>,
) -> Changes {
    let file = &found.file;
    let mut summary = Summary::default();
    let locations = upserts(
        &file.locations,
        &stored.locations,
        |location| &location.id,
        &mut summary.locations,
    );
    let suppliers = upserts(
        &file.suppliers,
        &stored.suppliers,
        |supplier| &supplier.id,
        &mut summary.suppliers,
    );
    let items = upserts(&file.items, &stored.items, |item| &item.id, &mut summary.items);
    summary.described = [
        described(Thing::Location, &stored.locations, &locations, |location| location.id.as_str()),
        described(Thing::Supplier, &stored.suppliers, &suppliers, |supplier| supplier.id.as_str()),
        described(Thing::Item, &stored.items, &items, |item| item.id.as_str()),
    ]
    .concat();
    summary.doubts = [
        doubts(Thing::Location, &locations, &stored.locations, |location| location.id.as_str()),
        doubts(Thing::Supplier, &suppliers, &stored.suppliers, |supplier| supplier.id.as_str()),
        doubts(Thing::Item, &items, &stored.items, |item| item.id.as_str()),
        doubts(Thing::Contract, &file.contracts, &stored.contracts, |c| c.id.as_str()),
    ]
    .concat();
    let pair = |tie: &TieDecision| {
        let (a, b) = (tie.winner.clone(), tie.loser.clone());
        if a < b { (a, b) } else { (b, a) }
    };
    let tie_decisions =
        upserts(&file.tie_decisions, &stored.tie_decisions, pair, &mut summary.tie_decisions);
    let exchange_rates =
        file.exchange_rates.clone().filter(|rates| Some(rates) != stored.exchange_rates.as_ref());
    summary.exchange_rates_changed = exchange_rates.is_some();
    if let Some(rates) = &exchange_rates {
        summary.others.extend(rate_changes(stored.exchange_rates.as_ref(), rates));
    }
    let is_settled_anew =
        |before: &&TieDecision| tie_decisions.iter().any(|decision| pair(decision) == pair(before));
    let settled_before = stored.tie_decisions.iter().filter(is_settled_anew);
    summary.others.extend(tie_changes(settled_before, &tie_decisions));
    let sourcing_rules = file.sourcing_rules.as_ref().and_then(|rules| {
        summary.sourcing_rules =
            replaced(rules, stored.sourcing_rules.as_deref().unwrap_or_default());
        let PartSummary { added, removed, .. } = summary.sourcing_rules;
        (added + removed > 0).then(|| rules.clone())
    });
    if let Some(rules) = &sourcing_rules {
        let before = stored.sourcing_rules.as_deref().unwrap_or_default();
        summary.others.extend(rule_changes(before, rules));
    }
    let versions = version_changes(file, stored, &mut summary, may_change_supplier, found);
    summary.others.sort_by_key(|change| change.from.is_empty());
    Changes {
        locations,
        suppliers,
        items,
        versions,
        sourcing_rules,
        exchange_rates,
        tie_decisions,
        summary,
    }
}

/// The elements of a list that differ from the stored ones.
fn upserts<'f, T: Clone + PartialEq, K: Hash + Eq>(
    given: &'f [T],
    stored: &'f [T],
    key: impl Fn(&'f T) -> K,
    summary: &mut PartSummary,
) -> Vec<T> {
    let stored: HashMap<K, &T> = stored.iter().map(|element| (key(element), element)).collect();
    let mut changed = Vec::new();
    for element in given {
        match stored.get(&key(element)) {
            Some(before) if *before == element => {
                summary.unchanged += 1;
                continue;
            }
            Some(_) => summary.changed += 1,
            None => summary.added += 1,
        }
        changed.push(element.clone());
    }
    changed
}

fn doubts<T>(kind: Thing, given: &[T], stored: &[T], id: fn(&T) -> &str) -> Vec<String> {
    let found = Alike::find(kind, given.iter().map(id), stored.iter().map(id));
    found.iter().map(ToString::to_string).collect()
}

fn replaced(given: &[SourcingRule], stored: &[SourcingRule]) -> PartSummary {
    let unchanged = given.iter().filter(|rule| stored.contains(rule)).count();
    let removed = stored.iter().filter(|rule| !given.contains(rule)).count();
    PartSummary { added: given.len() - unchanged, removed, unchanged, changed: 0 }
}

fn version_changes(
    file: &ContractsFile,
    stored: &ContractsFile,
    said: &mut Summary,
    may_change_supplier: bool,
    found: &ReadFile<'_>,
) -> Vec<VersionChange> {
    let mut versions: BTreeMap<&ContractId, Versions<'_>> = BTreeMap::new();
    for contract in &stored.contracts {
        versions.entry(&contract.id).or_default().stored.insert(contract.version, contract);
    }
    for (place, contract) in file.contracts.iter().enumerate() {
        versions.entry(&contract.id).or_default().given.insert(contract.version, (place, contract));
    }
    let mut changes = Vec::new();
    let Summary { contract_versions: summary, others, doubts, .. } = said;
    for versions in versions.values() {
        for (place, given) in versions.given.values() {
            if let Some(reason) = versions.other_supplier(given).filter(|_| !may_change_supplier) {
                found.wrong(&Path::Root.field("contracts").place(*place).field("supplier"), reason);
            }
            match versions.change(given) {
                Ok(Some(change)) => {
                    match &change {
                        VersionChange::Add(_) if versions.stored.is_empty() => summary.added += 1,
                        VersionChange::Add(_) => summary.amended += 1,
                        VersionChange::Redraft(_) => summary.redrafted += 1,
                        VersionChange::SetStatus(..) => summary.status_changed += 1,
                    }
                    others.extend(versions.status_change(&change));
                    doubts.extend(begins_too_early(&change));
                    changes.push(change);
                }
                Ok(None) => summary.unchanged += 1,
                Err(reason) => found.wrong(&Path::Root.field("contracts").place(*place), reason),
            }
        }
    }
    changes
}

/// The remark about an amendment that begins before its contract does.
fn begins_too_early(change: &VersionChange) -> Option<String> {
    let (VersionChange::Add(contract) | VersionChange::Redraft(contract)) = change else {
        return None;
    };
    let (from, start) = (contract.amendment.as_ref()?.effective_from, contract.validity.start);
    (from < start).then(|| {
        format!(
            "version {} of contract {} is an amendment from {from}, but the contract begins on \
             {start}: nobody can order before that day",
            contract.version, contract.id
        )
    })
}

/// The versions of one contract, by number.
#[derive(Default)]
struct Versions<'c> {
    stored: BTreeMap<u32, &'c Contract>,
    given: BTreeMap<u32, (usize, &'c Contract)>,
}

impl Versions<'_> {
    fn change(&self, given: &Contract) -> Result<Option<VersionChange>, String> {
        match self.stored.get(&given.version) {
            Some(stored) if is_same(stored, given) => Self::change_of_status(stored, given),
            Some(stored) if stored.status == ContractStatus::Draft => {
                Ok(Some(VersionChange::Redraft(self.as_stored(given)?)))
            }
            Some(stored) => {
                let (id, version, next) = (&given.id, given.version, given.version + 1);
                Err(format!(
                    "version {version} of contract {id} is stored as {}, and such a version never changes: write what \
                     changes as version {next}, with an amendment",
                    status_name(stored.status),
                ))
            }
            None => {
                self.check_follows(given)?;
                Ok(Some(VersionChange::Add(self.as_stored(given)?)))
            }
        }
    }

    /// The change of a status that makes a version orderable or takes it out of use. `None` for a
    /// change that only makes a draft.
    fn status_change(&self, change: &VersionChange) -> Option<FieldChange> {
        let (id, version, status) = match change {
            VersionChange::Add(contract) | VersionChange::Redraft(contract) => {
                (&contract.id, contract.version, contract.status)
            }
            VersionChange::SetStatus(id, version, status) => (id, *version, *status),
        };
        let is_draft = matches!(status, ContractStatus::Draft | ContractStatus::Published);
        let is_set = matches!(change, VersionChange::SetStatus(..));
        // The past of a contract that the store did not have says nothing new.
        if (is_draft && !is_set) || self.stored.is_empty() {
            return None;
        }
        let before = self.stored.get(&version).map(|stored| status_name(stored.status));
        Some(FieldChange {
            field: format!("contract {id}, version {version}"),
            from: before.unwrap_or_default().to_owned(),
            to: status_name(status).to_owned(),
        })
    }

    fn change_of_status(
        stored: &Contract,
        given: &Contract,
    ) -> Result<Option<VersionChange>, String> {
        use ContractStatus::{Draft, Ended, Published, Suspended, Withdrawn};
        let set = |status| Some(VersionChange::SetStatus(given.id.clone(), given.version, status));
        match (stored.status, given.status) {
            // Only publishing turns one of these into the other.
            (Draft | Published, Draft | Published)
            | (Suspended, Suspended)
            | (Ended, Ended)
            | (Withdrawn, Withdrawn) => Ok(None),
            (Published | Suspended, status @ (Published | Suspended | Ended))
            | (Draft, status @ Withdrawn) => Ok(set(status)),
            (Draft, Suspended | Ended) => Ok(Some(VersionChange::Redraft(given.clone()))),
            (Published | Suspended, Withdrawn) => Err(format!(
                "version {0} of contract {1} is in a release: calloff withdraw amendment {1} {0} \
                 withdraws it before its first day",
                given.version, given.id,
            )),
            (stored @ (Suspended | Ended | Withdrawn), status) => Err(format!(
                "version {} of contract {} is {} and cannot become {}",
                given.version,
                given.id,
                status_name(stored),
                status_name(status),
            )),
        }
    }

    /// Checks the numbers: versions count from 1 without a gap, each version after the first has an
    /// amendment, and each draft has its own first day.
    fn check_follows(&self, given: &Contract) -> Result<(), String> {
        let (id, version) = (&given.id, given.version);
        let earlier = || self.both().filter(|other| other.version < version);
        let next = earlier().map(|other| other.version).max().unwrap_or(0) + 1;
        if version != next {
            return Err(format!(
                "version {version} of contract {id} cannot follow: the next is version {next}"
            ));
        }
        let day = |contract: &Contract| contract.place_in_time().0;
        let is_draft_of_the_day =
            |other: &&Contract| other.status == ContractStatus::Draft && day(other) == day(given);
        if given.status != ContractStatus::Withdrawn
            && let Some(draft) = earlier().find(is_draft_of_the_day)
        {
            let (number, from) = (draft.version, draft.effective_from());
            return Err(format!(
                "version {number} of contract {id} is a draft from the same day, {from}: change that version, or give this one \
                 another first day"
            ));
        }
        let is_first = earlier().all(|other| other.status == ContractStatus::Withdrawn);
        match (&given.amendment, is_first) {
            (None, false) => Err(format!(
                "version {version} of contract {id} has no amendment: say from when it holds, and why (effective_from, \
                 reason_code, rationale)"
            )),
            (Some(_), true) => Err(format!(
                "version {version} of contract {id} amends nothing: leave its amendment out"
            )),
            _ => Ok(()),
        }
    }

    /// The stored versions, and the versions that only the file has.
    fn both(&self) -> impl Iterator<Item = &Contract> {
        let given = self.given.values().map(|(_, contract)| *contract);
        self.stored
            .values()
            .copied()
            .chain(given.filter(|given| !self.stored.contains_key(&given.version)))
    }

    /// The finding for a supplier that is not the contract's supplier.
    fn other_supplier(&self, given: &Contract) -> Option<String> {
        let stored =
            self.stored.values().filter(|version| version.status != ContractStatus::Withdrawn);
        let (id, supplier) = (&given.id, &given.supplier);
        let before = stored.max_by_key(|version| version.place_in_time())?;
        let knows =
            self.stored.get(&given.version).is_some_and(|version| version.supplier == *supplier);
        (before.supplier != *supplier && !knows).then(|| {
            let was = &before.supplier;
            format!("contract {id} is with {was}: keep that, or give --change-supplier if it goes to {supplier}")
        })
    }

    /// The status with which a version is stored. The last published version, and drafts, wait to
    /// be published. Versions that were published before are the contract's past.
    fn as_stored(&self, given: &Contract) -> Result<Contract, String> {
        let later = || self.given.range(given.version + 1..).map(|(_, (_, later))| later.status);
        let waits = |status| matches!(status, ContractStatus::Draft | ContractStatus::Withdrawn);
        if given.status == ContractStatus::Draft && given.amendment.is_none() && !later().all(waits)
        {
            return Err(format!(
                "version {} of contract {} is a draft that begins the contract, and a later \
                 version is not a draft: only the last version and its amendments can be drafts",
                given.version, given.id
            ));
        }
        let is_last = later().all(|status| status == ContractStatus::Withdrawn);
        let status = match given.status {
            ContractStatus::Published if is_last => ContractStatus::Draft,
            status => status,
        };
        Ok(Contract { status, ..given.clone() })
    }
}

/// Whether two versions differ only in their status and the order of their lines.
pub(super) fn is_same(stored: &Contract, given: &Contract) -> bool {
    let lines = |contract: &Contract| -> Vec<_> {
        let mut lines: Vec<_> = contract.lines.clone();
        lines.sort_by(|a, b| a.id.cmp(&b.id));
        lines
    };
    let header = |contract: &Contract| Contract {
        status: stored.status,
        lines: Vec::new(),
        ..contract.clone()
    };
    header(stored) == header(given) && lines(stored) == lines(given)
}
