//! The server's answer to a submission. The server resolves every line again with the release that
//! the line names. Then it cuts purchase orders, or gives the reasons against them. The answer is
//! written into the order's document.

use std::collections::{BTreeMap, BTreeSet};

use calloff_core::calendar::Date;
use calloff_core::contract::CommitmentSide;
use calloff_core::ids::LocationId;
use calloff_core::limits::FORMER_STAFF_DAYS;
use calloff_core::order::accept::{CutOrder, NamedRelease, Reason, verify};
use calloff_core::order::{OrderState, caps};
use jiff::tz::TimeZone;

use super::writes::Writes;
use crate::error::ServiceError;
use crate::state::{AppState, local_time};
use crate::storage::allotments::{left_to, ordered_of, record_excesses, record_uses};
use crate::storage::orders::Received;
use crate::storage::releases::Term;

/// The purchase orders without their numbers, or all reasons against them.
pub type SubmissionVerdict = Result<Vec<CutOrder>, Vec<Reason>>;

/// Answers the submissions of one group. It keeps what it read from the database for the rest of
/// the group.
pub struct Answering<'s> {
    state: &'s AppState,
    zones: BTreeMap<(LocationId, Option<u64>), TimeZone>,
    terms: BTreeMap<(u64, String), Term>,
    names: BTreeMap<LocationId, BTreeSet<String>>,
}

impl<'s> Answering<'s> {
    /// Begins a group.
    #[must_use]
    pub fn new(state: &'s AppState) -> Self {
        Self { state, zones: BTreeMap::new(), terms: BTreeMap::new(), names: BTreeMap::new() }
    }

    /// Verifies a submission that arrived at the time `now` (milliseconds since the Unix epoch).
    /// All orders that `writes` holds count as earlier ones.
    ///
    /// # Errors
    /// The server failed.
    pub async fn verdict(
        &mut self,
        writes: &mut Writes,
        order: &OrderState,
        now: i64,
    ) -> Result<(SubmissionVerdict, Received), ServiceError> {
        let zone = self.zone(order, now).await?;
        let local = local_time(now, &zone)?;
        let received = Received {
            at: now,
            on: local.date(),
            time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
            unknown_names: self.unknown_names(order, now).await?,
        };
        let release = self.release_to_verify_with(order, received.on).await?;
        let Some(catalogue) = self.state.catalogue(release).await? else {
            return Ok((Err(vec![Reason::UnknownRelease { release }]), received));
        };
        let term = self.term_of(release, &zone).await?;
        let named = NamedRelease {
            number: release,
            catalogue: &catalogue,
            in_force_from: term.from,
            successor_effective_from: term.successor_from,
        };
        // A thousand lines take some milliseconds. This is not worth another thread.
        let verdict = match verify(order, named, local) {
            Ok(cut) if catalogue.caps().is_empty() => Ok(cut),
            Ok(cut) => {
                let left = left_to(writes.written().await?, &order.site).await?;
                let reasons = caps::check_caps(order, &catalogue, &left);
                if reasons.is_empty() { Ok(cut) } else { Err(reasons) }
            }
            Err(reasons) => Err(reasons),
        };
        Ok((verdict, received))
    }

    /// Adds what an accepted order uses to its commitments, and stores the parts that exceed soft
    /// maximums.
    ///
    /// # Errors
    /// The server failed.
    pub async fn count(&self, writes: &mut Writes, order: &OrderState) -> Result<(), ServiceError> {
        let Some(release) = order.named_release() else { return Ok(()) };
        let Some(catalogue) = self.state.catalogue(release).await? else { return Ok(()) };
        let uses = caps::uses(order, &catalogue);
        if uses.is_empty() {
            return Ok(());
        }
        let connection = writes.written().await?;
        let mut ordered = BTreeMap::new();
        for found in uses.iter().filter(|found| found.side == CommitmentSide::Maximum) {
            ordered.insert(found.id.clone(), ordered_of(connection, &found.id).await?);
        }
        record_excesses(connection, &order.document, &caps::excesses(order, &catalogue, &ordered))
            .await?;
        Ok(record_uses(connection, &order.site, &uses).await?)
    }

    /// The zone of the order's site by the release of its locked prices, with which the tablet
    /// computed days and cut-offs. Without such a release, by the one in force.
    async fn zone(&mut self, order: &OrderState, now: i64) -> Result<TimeZone, ServiceError> {
        let key = (order.site.clone(), first_named(order));
        if let Some(zone) = self.zones.get(&key) {
            return Ok(zone.clone());
        }
        let named = match key.1 {
            Some(release) => self.state.zone_in(release, &order.site).await?,
            None => None,
        };
        let zone = match named {
            Some(zone) => zone,
            None => self.state.zone_of(&order.site, now).await?,
        };
        self.zones.insert(key, zone.clone());
        Ok(zone)
    }

    async fn term_of(&mut self, release: u64, zone: &TimeZone) -> Result<Term, ServiceError> {
        let key = (release, zone.iana_name().unwrap_or_default().to_owned());
        if let Some(term) = self.terms.get(&key) {
            return Ok(*term);
        }
        let term = self.state.store.term_of(release, zone).await?;
        self.terms.insert(key, term);
        Ok(term)
    }

    /// The names on an order that belong to nobody who may order at its site, or could within the
    /// last [`FORMER_STAFF_DAYS`] days.
    async fn unknown_names(
        &mut self,
        order: &OrderState,
        now: i64,
    ) -> Result<Vec<String>, ServiceError> {
        if !self.names.contains_key(&order.site) {
            let since = now.saturating_sub(i64::from(FORMER_STAFF_DAYS) * 24 * 60 * 60 * 1000);
            let known = self.state.store.names_at(&order.site, since).await?;
            self.names.insert(order.site.clone(), known.into_iter().collect());
        }
        let known = &self.names[&order.site];
        let people = order.ordered_lines().map(|(_, line)| line.added_by.as_str());
        let people = people.chain(order.submitted.iter().map(|submission| submission.by.as_str()));
        let unknown: BTreeSet<&str> = people.filter(|name| !known.contains(*name)).collect();
        Ok(unknown.into_iter().map(str::to_owned).collect())
    }

    /// The release of the first locked price. An order without any locked price is verified with
    /// the release in force, and the check then finds that no line has a locked price. 0 if there
    /// is no release yet. No release has this number.
    async fn release_to_verify_with(
        &self,
        order: &OrderState,
        received_on: Date,
    ) -> Result<u64, ServiceError> {
        if let Some(release) = first_named(order) {
            return Ok(release);
        }
        let in_force = self.state.store.release_in_force(received_on).await?;
        Ok(in_force.map_or(0, |release| release.issue.number))
    }
}

/// The release of the first locked price.
fn first_named(order: &OrderState) -> Option<u64> {
    order.lines.values().find_map(|line| Some(line.locked.as_ref()?.release))
}
