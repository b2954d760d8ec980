//! Contracts as the desk shows them: the list, one contract with its history, its lines, and what
//! differs between two of its versions.
//!
//! A reader whose role holds for a part of the organisation sees the contracts that a site of this
//! part may order from. Numbers of sites and ordered amounts are then those of this part.
//! Commitments count the orders of all sites, so only a reader of the whole organisation sees them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use calloff_core::calendar::{Date, day_number};
use calloff_core::contract::{CatalogueLine, CommitmentSide, Contract, Scope};
use calloff_core::ids::{ContractId, ItemId, LineId, LocationId};
use calloff_core::item::Item;
use calloff_core::location::LocationTree;
use calloff_core::money::Money;
use calloff_core::order::utilisation::utilisations;
use calloff_core::unit::Unit;
use calloff_core::wire::{
    Choice, CommitmentUse, ContractDetail, ContractDifference, ContractFilter, ContractHeader,
    ContractLineRow, ContractLinesPage, ContractPage, ContractRow, ContractState,
    ContractVersionRow, LineDifference, LineFate, LinesPart, ReleaseFacts,
};
use rust_decimal::Decimal;

use crate::error::ServiceError;
use crate::exchange::difference::Difference;
use crate::state::{AppState, ReadVersion};
use crate::storage::ServerStore;
use crate::storage::contracts::{StoredVersion, VersionHeader, in_force_on};
use crate::storage::orders::Visible;

/// The contracts that match a filter, at most `limit`, as they are today at the sites.
///
/// # Errors
/// The database failed.
pub async fn page(
    state: &AppState,
    visible: &Visible,
    filter: &ContractFilter,
    limit: usize,
) -> Result<ContractPage, ServiceError> {
    let desk = Desk::read(state, visible).await?;
    let sums = Sums::read(&state.store, visible, None).await?;
    let headers = state.store.version_headers(None).await?;
    let mut rows: Vec<ContractRow> = headers
        .values()
        .filter_map(|headers| Some(desk.row(desk.shown(headers)?, headers, &sums)))
        .collect();
    rows.sort_by_cached_key(|row| (row.title.to_lowercase(), row.contract.clone()));
    let suppliers: BTreeSet<(String, String)> =
        rows.iter().map(|row| (row.supplier_name.clone(), row.supplier.to_string())).collect();
    rows.retain(|row| filter.passes(row));
    let count = rows.len() as u64;
    rows.truncate(limit);
    let suppliers = suppliers.into_iter().map(|(name, id)| Choice { id, name }).collect();
    Ok(ContractPage { contracts: rows, count, suppliers })
}

/// A contract with its terms and its history. `None` if there is no such contract that the reader
/// may see.
///
/// # Errors
/// The database failed.
pub async fn detail(
    state: &AppState,
    visible: &Visible,
    contract: &ContractId,
) -> Result<Option<ContractDetail>, ServiceError> {
    let Some(Known { desk, headers }) = Known::read(state, visible, contract).await? else {
        return Ok(None);
    };
    let Some(shown) = desk.shown(&headers) else { return Ok(None) };
    let sums = Sums::read(&state.store, visible, Some(contract)).await?;
    let row = desk.row(shown, &headers, &sums);
    let header = desk.header(shown);
    let mut versions: Vec<&VersionHeader> = headers.iter().collect();
    versions.sort_by_key(|header| std::cmp::Reverse(header.stored.place_in_time()));
    let mut releases: BTreeMap<u64, ReleaseFacts> = BTreeMap::new();
    for number in headers.iter().filter_map(|header| header.released_in) {
        if releases.contains_key(&number) {
            continue;
        }
        if let Some(release) = state.store.release(number).await? {
            let by = desk.person(release.issue.publisher.as_str());
            let facts = ReleaseFacts {
                number,
                at: release.issue.issued_at,
                by,
                reason: release.issue.reason,
            };
            releases.insert(number, facts);
        }
    }
    let versions = versions.into_iter().map(|header| {
        let contract = &header.stored.contract;
        let rationale = contract.amendment.as_ref().map(|amendment| amendment.rationale.clone());
        ContractVersionRow {
            version: contract.version,
            status: contract.status,
            from: header.first_day(),
            lines: header.lines,
            rationale: rationale.unwrap_or_default(),
            release: header.released_in.and_then(|number| releases.get(&number).cloned()),
        }
    });
    Ok(Some(ContractDetail { row, header, versions: versions.collect() }))
}

/// A part of the lines of one version. `None` if there is no such version that the reader may see.
///
/// # Errors
/// The database failed.
pub async fn lines(
    state: &AppState,
    visible: &Visible,
    (contract, version): (&ContractId, u32),
    part: &LinesPart,
    limit: usize,
) -> Result<Option<ContractLinesPage>, ServiceError> {
    let Some(Known { headers, .. }) = Known::read(state, visible, contract).await? else {
        return Ok(None);
    };
    let Some(read) = with_lines(state, &headers, version).await? else { return Ok(None) };
    let lines: Vec<&CatalogueLine> = read.contract.lines.iter().collect();
    let found = Found::read(&state.store, lines, |line| line, part, limit).await?;
    let row = |line: &CatalogueLine| ContractLineRow {
        line: line.clone(),
        description: found.description(&line.item),
        base_unit: found.base_unit(&line.item),
        prices: read.prices.get(&line.id).cloned(),
    };
    let rows = found.things.iter().map(|line| row(line)).collect();
    Ok(Some(ContractLinesPage { lines: rows, first: found.first, count: found.count }))
}

/// What differs between two versions, with a part of the lines that differ: those with `fate`, or
/// all. `None` if there are no such versions that the reader may see.
///
/// # Errors
/// The database failed.
pub async fn difference(
    state: &AppState,
    visible: &Visible,
    (contract, from, to): (&ContractId, u32, u32),
    (fate, part): (Option<LineFate>, &LinesPart),
    limit: usize,
) -> Result<Option<ContractDifference>, ServiceError> {
    let Some(Known { desk, headers }) = Known::read(state, visible, contract).await? else {
        return Ok(None);
    };
    let header = |number: u32| headers.iter().find(|header| header.number() == number);
    let (Some(before), Some(after)) = (header(from), header(to)) else { return Ok(None) };
    let (Some(old), Some(new)) =
        (with_lines(state, &headers, from).await?, with_lines(state, &headers, to).await?)
    else {
        return Ok(None);
    };
    let compared = {
        let (old, new) = (old.clone(), new.clone());
        let compare = move || Difference::between(Some(&old.contract), &new.contract);
        tokio::task::spawn_blocking(compare).await?
    };
    let old_lines = by_id(&old.contract);
    let new_lines = by_id(&new.contract);
    let changed = |repriced: bool| {
        compared
            .changed
            .iter()
            .filter(move |change| change.is_repriced() == repriced)
            .map(|change| &change.name.line)
    };
    let of_fate = |fate: LineFate| -> Vec<Differing<'_>> {
        let ids: Vec<&LineId> = match fate {
            LineFate::Added => compared.added.iter().map(|line| &line.name.line).collect(),
            LineFate::Repriced => changed(true).collect(),
            LineFate::Changed => changed(false).collect(),
            LineFate::Removed => compared.ended.iter().map(|name| &name.line).collect(),
        };
        let differing = |id: &LineId| {
            let (before, after) = (old_lines.get(id).copied(), new_lines.get(id).copied());
            Some(Differing { fate, before, after, line: after.or(before)? })
        };
        ids.into_iter().filter_map(differing).collect()
    };
    let all = LineFate::ALL.map(of_fate);
    let count = |at: usize| u32::try_from(all[at].len()).unwrap_or(u32::MAX);
    let fates = [count(0), count(1), count(2), count(3)];
    let asked = all.into_iter().flatten();
    let asked = asked.filter(|line| fate.is_none_or(|fate| line.fate == fate)).collect();
    let found = Found::read(&state.store, asked, |differing| differing.line, part, limit).await?;
    let row = |differing: &Differing<'_>| LineDifference {
        fate: differing.fate,
        line: differing.line.id.clone(),
        item: differing.line.item.clone(),
        description: found.description(&differing.line.item),
        base_unit: found.base_unit(&differing.line.item),
        before: differing.before.cloned(),
        after: differing.after.cloned(),
    };
    Ok(Some(ContractDifference {
        from: desk.header(before),
        to: desk.header(after),
        terms_differ: !compared.header.is_empty(),
        fates,
        unchanged: u32::try_from(compared.unchanged).unwrap_or(u32::MAX),
        lines: found.things.iter().map(row).collect(),
        first: found.first,
        count: found.count,
    }))
}

/// A line that differs.
#[derive(Clone, Copy)]
struct Differing<'l> {
    fate: LineFate,
    before: Option<&'l CatalogueLine>,
    after: Option<&'l CatalogueLine>,
    /// The later one of the two.
    line: &'l CatalogueLine,
}

fn by_id(contract: &Contract) -> HashMap<&LineId, &CatalogueLine> {
    contract.lines.iter().map(|line| (&line.id, line)).collect()
}

/// A version with its lines, and with the published versions before it.
async fn with_lines(
    state: &AppState,
    headers: &[VersionHeader],
    version: u32,
) -> Result<Option<std::sync::Arc<ReadVersion>>, ServiceError> {
    let Some(header) = headers.iter().find(|header| header.number() == version) else {
        return Ok(None);
    };
    let place = header.stored.place_in_time();
    let mut chain: Vec<&VersionHeader> = headers
        .iter()
        .filter(|other| !other.stored.is_draft() && other.stored.place_in_time() < place)
        .collect();
    chain.sort_by_key(|header| std::cmp::Reverse(header.stored.place_in_time()));
    chain.insert(0, header);
    state.contract_version(&chain).await
}

/// A contract that the reader may see.
struct Known {
    desk: Desk,
    /// Its versions, without the withdrawn ones, by number.
    headers: Vec<VersionHeader>,
}

impl Known {
    async fn read(
        state: &AppState,
        visible: &Visible,
        contract: &ContractId,
    ) -> Result<Option<Self>, ServiceError> {
        let mut headers = state.store.version_headers(Some(contract)).await?;
        let Some(mut headers) = headers.remove(contract) else { return Ok(None) };
        headers.retain(|header| header.stored.is_live());
        let desk = Desk::read(state, visible).await?;
        let is_visible = desk.shown(&headers).is_some();
        Ok(is_visible.then_some(Self { desk, headers }))
    }
}

/// What is the same for all contracts of an answer: the day, the names, and what the reader may
/// see.
struct Desk {
    today: Date,
    tree: Option<LocationTree>,
    /// The sites that the reader may see, each as the path from the root.
    sites: Vec<Vec<LocationId>>,
    visible: Visible,
    suppliers: BTreeMap<String, String>,
    people: BTreeMap<String, String>,
}

/// What was ordered under contracts.
struct Sums {
    ordered: BTreeMap<ContractId, Vec<Money>>,
    /// `None` if the reader may not see all orders.
    committed: Option<BTreeMap<CommitmentKey, Decimal>>,
}

impl Sums {
    /// The sums of one contract, or of all.
    async fn read(
        store: &ServerStore,
        visible: &Visible,
        contract: Option<&ContractId>,
    ) -> Result<Self, ServiceError> {
        Ok(Self {
            ordered: store.ordered_under(contract, visible).await?,
            committed: match visible {
                Visible::All => Some(store.commitment_totals().await?),
                Visible::Below(_) => None,
            },
        })
    }

    fn commitments(&self, contract: &Contract) -> Vec<CommitmentUse> {
        let Some(totals) = &self.committed else { return Vec::new() };
        let found = utilisations([contract], totals).into_iter();
        let found = found.map(|found| CommitmentUse {
            side: found.side,
            measure: found.commitment.measure,
            strength: found.commitment.strength,
            ordered: found.ordered,
            percent: found.percent,
        });
        found.collect()
    }
}

type CommitmentKey = (calloff_core::contract::CommitmentId, CommitmentSide);

impl Desk {
    async fn read(state: &AppState, visible: &Visible) -> Result<Self, ServiceError> {
        let store = &state.store;
        let locations = store.locations().await?;
        let today = state.today(&locations)?;
        let tree = LocationTree::new(locations).ok();
        let sees = |path: &[LocationId]| match visible {
            Visible::All => true,
            Visible::Below(nodes) => nodes.iter().any(|node| path.contains(node)),
        };
        let mut sites = Vec::new();
        for site in tree.iter().flat_map(LocationTree::sites) {
            let path = tree.iter().flat_map(|tree| tree.path(&site.id));
            let path: Vec<LocationId> = path.map(|node| node.id.clone()).collect();
            if sees(&path) {
                sites.push(path);
            }
        }
        let suppliers = store.suppliers().await?.into_iter();
        Ok(Self {
            today,
            tree,
            sites,
            visible: visible.clone(),
            suppliers: suppliers.map(|found| (found.id.to_string(), found.name)).collect(),
            people: store.person_names().await?,
        })
    }

    /// The version that stands for a contract today, of all its versions. `None` if there is none,
    /// or if the reader may not see the contract.
    fn shown<'h>(&self, headers: &'h [VersionHeader]) -> Option<&'h VersionHeader> {
        let shown = shown(headers, self.today)?;
        let is_visible =
            self.visible == Visible::All || self.sites_in(&shown.stored.contract.scope) > 0;
        is_visible.then_some(shown)
    }

    /// The row of a contract. `shown` is the one of its versions that stands for it today.
    fn row(&self, shown: &VersionHeader, headers: &[VersionHeader], sums: &Sums) -> ContractRow {
        let contract = &shown.stored.contract;
        let days_left = contract.validity.end.map(|end| day_number(end) - day_number(self.today));
        let later = headers
            .iter()
            .filter(|header| header.stored.is_live() && !header.stored.is_draft())
            .filter(|header| header.number() != contract.version)
            .filter_map(|header| header.stored.place_in_time().0)
            .filter(|from| *from > self.today);
        let first_day = shown.first_day();
        let state = ContractState::on(self.today, contract.status, first_day, contract.validity);
        ContractRow {
            contract: contract.id.clone(),
            title: contract.title.clone(),
            supplier: contract.supplier.clone(),
            supplier_name: self.supplier(contract),
            owner: self.owner(contract),
            version: contract.version,
            state,
            from: first_day,
            validity: contract.validity,
            currency: contract.currency,
            days_left,
            changes_on: later.min(),
            lines: shown.lines,
            sites: self.sites_in(&contract.scope),
            ordered: sums.ordered.get(&contract.id).cloned().unwrap_or_default(),
            commitments: sums.commitments(contract),
        }
    }

    fn header(&self, header: &VersionHeader) -> ContractHeader {
        let contract = header.stored.contract.clone();
        ContractHeader {
            supplier_name: self.supplier(&contract),
            owner: self.owner(&contract),
            included: self.names(&contract.scope.included),
            excluded: self.names(&contract.scope.excluded),
            sites: self.sites_in(&contract.scope),
            contract,
        }
    }

    fn sites_in(&self, scope: &Scope) -> u32 {
        let admitted = self.sites.iter().filter(|path| scope.admits(path.iter()).is_some());
        u32::try_from(admitted.count()).unwrap_or(u32::MAX)
    }

    /// The names of those nodes that are above, below or among what the reader may see.
    fn names(&self, nodes: &[LocationId]) -> Vec<String> {
        let is_visible = |tree: &LocationTree, node: &LocationId| match &self.visible {
            Visible::All => true,
            Visible::Below(tops) => {
                tops.iter().any(|top| tree.is_within(node, top) || tree.is_within(top, node))
            }
        };
        let name = |node: &LocationId| {
            let Some(tree) = &self.tree else { return Some(node.to_string()) };
            is_visible(tree, node).then(|| {
                tree.get(node).map_or_else(|| node.to_string(), |found| found.name.clone())
            })
        };
        let mut names: Vec<String> = nodes.iter().filter_map(name).collect();
        names.sort();
        names
    }

    fn supplier(&self, contract: &Contract) -> String {
        let id = contract.supplier.as_str();
        self.suppliers.get(id).map_or_else(|| id.to_owned(), Clone::clone)
    }

    fn owner(&self, contract: &Contract) -> Option<String> {
        contract.owner.as_ref().map(|owner| self.person(owner.as_str()))
    }

    /// The name of a person. A contract may name somebody who has no account.
    fn person(&self, id: &str) -> String {
        self.people.get(id).map_or_else(|| id.to_owned(), Clone::clone)
    }
}

/// The version that stands for a contract: the one in force today, or the first one that will be.
/// Drafts count only if nothing was published.
fn shown(headers: &[VersionHeader], today: Date) -> Option<&VersionHeader> {
    let live = headers.iter().filter(|header| header.stored.is_live());
    let (drafts, released): (Vec<_>, Vec<_>) =
        live.map(|header| header.stored.clone()).partition(StoredVersion::is_draft);
    let candidates = if released.is_empty() { drafts } else { released };
    let version = in_force_on(&candidates, today)?.contract.version;
    headers.iter().find(|header| header.number() == version)
}

/// A part of a list of lines, with the items of the part.
struct Found<T> {
    things: Vec<T>,
    first: u32,
    count: u32,
    items: BTreeMap<ItemId, Item>,
}

impl<T: Copy> Found<T> {
    /// `line` gives the line that a thing is about.
    async fn read<'l>(
        store: &ServerStore,
        all: Vec<T>,
        line: impl Fn(T) -> &'l CatalogueLine,
        part: &LinesPart,
        limit: usize,
    ) -> Result<Self, ServiceError> {
        let words: Vec<String> = part.search.iter().flat_map(|text| words_of(text)).collect();
        let ids: Vec<&LineId> = all.iter().map(|thing| &line(*thing).id).collect();
        // Without a search, only the items of the part are read.
        let (matching, all_items) = if words.is_empty() {
            ((0..all.len()).collect(), None)
        } else {
            let items = items_of(store, all.iter().map(|thing| &line(*thing).item)).await?;
            let holds = |at: &usize| {
                all.get(*at).is_some_and(|thing| holds_words(line(*thing), &items, &words))
            };
            let matching: Vec<usize> = (0..all.len()).filter(holds).collect();
            (matching, Some(items))
        };
        let range = cut(&matching, |id| ids.iter().position(|known| *known == id), part, limit);
        let first = u32::try_from(range.start).unwrap_or(u32::MAX);
        let count = u32::try_from(matching.len()).unwrap_or(u32::MAX);
        let things: Vec<T> = matching
            .get(range)
            .unwrap_or_default()
            .iter()
            .filter_map(|at| all.get(*at))
            .copied()
            .collect();
        let items = match all_items {
            Some(items) => items,
            None => items_of(store, things.iter().map(|thing| &line(*thing).item)).await?,
        };
        Ok(Self { things, first, count, items })
    }

    fn description(&self, item: &ItemId) -> String {
        self.items.get(item).map(|item| item.description.clone()).unwrap_or_default()
    }

    fn base_unit(&self, item: &ItemId) -> Option<Unit> {
        self.items.get(item).map(|item| item.base_unit)
    }
}

async fn items_of<'i>(
    store: &ServerStore,
    ids: impl Iterator<Item = &'i ItemId>,
) -> Result<BTreeMap<ItemId, Item>, ServiceError> {
    let ids: BTreeSet<&ItemId> = ids.collect();
    let items = store.items_of(&ids.into_iter().collect::<Vec<_>>()).await?;
    Ok(items.into_iter().map(|item| (item.id.clone(), item)).collect())
}

fn words_of(text: &str) -> impl Iterator<Item = String> {
    text.split_whitespace().map(str::to_lowercase)
}

/// Whether each word is in the description or a number of the line's item, or in the supplier's
/// number or words for it.
fn holds_words(line: &CatalogueLine, items: &BTreeMap<ItemId, Item>, words: &[String]) -> bool {
    let mut text = line.item.to_string();
    let mut add = |more: &str| {
        text.push('\n');
        text.push_str(more);
    };
    for more in [&line.supplier_item_number, &line.package_description].into_iter().flatten() {
        add(more);
    }
    if let Some(item) = items.get(&line.item) {
        add(&item.description);
        item.gtins.iter().for_each(|gtin| add(gtin.as_str()));
    }
    let text = text.to_lowercase();
    words.iter().all(|word| text.contains(word))
}

/// The part of `matching`, the places of the lines that match, that was asked for. `place` gives
/// the place of a line. A line that does not exist counts as the beginning.
fn cut(
    matching: &[usize],
    place: impl Fn(&LineId) -> Option<usize>,
    part: &LinesPart,
    limit: usize,
) -> std::ops::Range<usize> {
    let start = match (part.after.as_ref().and_then(&place), part.before.as_ref().and_then(&place))
    {
        (Some(after), _) => matching.partition_point(|at| *at <= after),
        (None, Some(before)) => {
            let end = matching.partition_point(|at| *at < before);
            return end.saturating_sub(limit)..end;
        }
        (None, None) => 0,
    };
    start..start.saturating_add(limit).min(matching.len())
}

#[cfg(test)]
mod tests {
    use calloff_core::sample::builder::{id, item, line};

    use super::*;

    fn part(after: Option<&str>, before: Option<&str>) -> LinesPart {
        LinesPart { after: after.map(id), before: before.map(id), search: None }
    }

    #[test]
    fn pages_go_on_where_the_last_one_ended_and_back_again() {
        let ids: Vec<LineId> = ["a", "b", "c", "d", "e", "f"].map(id).to_vec();
        let place = |line: &LineId| ids.iter().position(|known| known == line);
        let all = [0, 1, 2, 3, 4, 5];
        let cut_all = |after, before| cut(&all, place, &part(after, before), 2);
        assert_eq!(cut_all(None, None), 0..2);
        assert_eq!(cut_all(Some("b"), None), 2..4);
        assert_eq!(cut_all(Some("f"), None), 6..6);
        assert_eq!(cut_all(None, Some("e")), 2..4);
        assert_eq!(cut_all(None, Some("b")), 0..1);
        assert_eq!(cut_all(Some("gone"), None), 0..2);
        // A line that no longer matches still marks its place.
        let matching = [1, 4, 5];
        assert_eq!(cut(&matching, place, &part(Some("c"), None), 2), 1..3);
        assert_eq!(cut(&matching, place, &part(None, Some("c")), 2), 0..1);
    }

    #[test]
    fn every_word_must_be_in_what_people_call_the_line() {
        let soap = CatalogueLine {
            supplier_item_number: Some("S-77".into()),
            ..line("10", "soap", "1.00")
        };
        let described = Item { description: "Soap, liquid, 5 l".to_owned(), ..item("soap") };
        let items = BTreeMap::from([(described.id.clone(), described)]);
        let holds = |typed: &str| holds_words(&soap, &items, &words_of(typed).collect::<Vec<_>>());
        assert!(holds("LIQUID soap") && holds("s-77") && holds("soap 5"));
        assert!(!holds("liquid bread"));
    }
}
