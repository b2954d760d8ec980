//! Caps: the hard maximum commitments of a release, and the allotment of each site.

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use super::build::{CatalogueError, Numbers};
use crate::contract::{
    Allotment, CatalogueLine, Commitment, CommitmentId, CommitmentSide, Contract, Measure, Strength,
};
use crate::ids::LocationId;
use crate::unit::Unit;

/// A hard maximum commitment of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cap {
    /// The commitment: a contract, or one line of it.
    pub id: CommitmentId,
    /// The maximum over all sites. When versions of the contract differ, the smallest one.
    pub measure: Measure,
    /// The allotment of each site, by the site's number.
    allotted: FxHashMap<u32, Decimal>,
}

/// The hard maximum that counts a line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LineCap {
    /// The index of the cap in the catalogue's list.
    pub cap: u32,
    /// What one orderable unit uses, in the cap's unit. `None` when the cap counts amounts of
    /// money.
    pub per_orderable_unit: Option<Decimal>,
}

impl Cap {
    /// The allotment of a site in this release; zero without one.
    pub(crate) fn allotted(&self, site: u32) -> Decimal {
        self.allotted.get(&site).copied().unwrap_or(Decimal::ZERO)
    }

    /// The caps of all contracts, ordered by identifier. An allotment without a cap is ignored.
    pub(super) fn all(
        contracts: &[Contract],
        allotments: &[Allotment],
        sites: &Numbers<LocationId>,
    ) -> Result<Vec<Self>, CatalogueError> {
        let mut caps: Vec<Self> = Vec::new();
        for contract in contracts {
            let header = contract.terms.maximum_commitment.map(|commitment| (None, commitment));
            let lines = contract.lines.iter().filter_map(|line| {
                Some((Some(line.id.clone()), line.terms.as_ref()?.maximum_commitment?))
            });
            for (line, Commitment { measure, .. }) in
                header.into_iter().chain(lines).filter(|(_, found)| is_cap(found))
            {
                let id = CommitmentId { contract: contract.id.clone(), line };
                caps.push(Self { id, measure, allotted: FxHashMap::default() });
            }
        }
        caps.sort_by(|a, b| a.id.cmp(&b.id).then(a.measure.amount().cmp(&b.measure.amount())));
        if let Some(pair) = caps.windows(2).find(|pair| {
            pair[0].id == pair[1].id
                && pair[0].measure.with_amount(Decimal::ONE)
                    != pair[1].measure.with_amount(Decimal::ONE)
        }) {
            return Err(CatalogueError::CommitmentMeasure(pair[0].id.clone()));
        }
        // Of several versions, the smallest maximum comes first and is kept.
        caps.dedup_by(|later, first| later.id == first.id);
        for allotment in allotments {
            let site = sites.get(&allotment.site).ok_or_else(|| {
                CatalogueError::UnknownLocation(
                    format!("an allotment of {}", allotment.commitment()),
                    allotment.site.clone(),
                )
            })?;
            if let Ok(at) = caps.binary_search_by(|cap| cap.id.cmp(&allotment.commitment())) {
                caps[at].allotted.insert(*site, allotment.amount);
            }
        }
        Ok(caps)
    }
}

fn is_cap(commitment: &Commitment) -> bool {
    commitment.strength == Strength::Hard
}

impl LineCap {
    /// The cap that counts a line. `caps` must be ordered by identifier.
    pub(super) fn of(
        caps: &[Cap],
        contract: &Contract,
        line: &CatalogueLine,
        item_base_unit: Unit,
    ) -> Result<Option<Self>, CatalogueError> {
        if caps.is_empty() {
            return Ok(None);
        }
        let Some((id, commitment)) = contract.commitment_of(CommitmentSide::Maximum, line) else {
            return Ok(None);
        };
        let Some(cap) =
            caps.binary_search_by(|cap| cap.id.cmp(&id)).ok().filter(|_| is_cap(&commitment))
        else {
            return Ok(None);
        };
        let per_orderable_unit = match commitment.measure {
            Measure::Value(_) => None,
            Measure::Quantity(quantity) => Some(
                line.orderable_unit_in(quantity.unit, item_base_unit)
                    .filter(|per| *per > Decimal::ZERO)
                    .ok_or_else(|| {
                        CatalogueError::CommitmentUnit(
                            contract.id.clone(),
                            line.id.clone(),
                            quantity.unit,
                        )
                    })?,
            ),
        };
        Ok(Some(Self { cap: u32::try_from(cap).unwrap_or(u32::MAX), per_orderable_unit }))
    }
}

impl super::Catalogue {
    /// The hard maximum commitments, ordered by identifier.
    #[must_use]
    pub fn caps(&self) -> &[Cap] {
        &self.caps
    }
}
