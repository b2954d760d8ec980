//! The demo's past orders. Each goes through the real path: intents on a tablet, a push,
//! verification, purchase orders.

use std::collections::BTreeMap;

use automerge::{Automerge, AutomergeError};
use calloff_core::catalogue::{Catalogue, CatalogueContent};
use calloff_core::document::{self, DocumentError, genesis, write};
use calloff_core::ids::{DeviceId, DocumentId, IntentId, LocationId, OrderLineId};
use calloff_core::order::accept::first_delivery;
use calloff_core::order::basket::basket;
use calloff_core::order::{Command, Intent, LockedPrice, ResolvedFor};
use calloff_core::sample::{PastOrder, StaffMember};
use calloff_core::wire::{
    Blob, DocumentKind, DocumentOutcome, DocumentPush, PROTOCOL, PushRequest,
};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::guide;
use crate::auth::Secret;
use crate::error::ServiceError;
use crate::state::{AppState, local_time};
use crate::storage::StorageError;
use crate::storage::devices::{Device, add_device};
use crate::sync::push_in_order;

/// The only release of the demo so far.
const RELEASE: u64 = 1;

/// The number of orders in one transaction. Each transaction waits once for the disk.
const ORDERS_AT_ONCE: usize = 100;

/// One in this number of orders was written without a network, and arrived hours later.
const OFFLINE_EVERY: usize = 9;

/// Why a past order was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// A document cannot be begun.
    #[error("{0}")]
    Begin(#[from] AutomergeError),
    /// A document cannot be written.
    #[error("{0}")]
    Write(#[from] DocumentError),
    /// A wish cannot be ordered.
    #[error("the order of {site} on {created} cannot be resolved")]
    Unresolved {
        /// The site of the order.
        site: LocationId,
        /// The time of the order, at the site.
        created: DateTime,
    },
    /// The server refuses a batch.
    #[error("the order of {site} on {created} is refused")]
    Refused {
        /// The site of the order.
        site: LocationId,
        /// The time of the order, at the site.
        created: DateTime,
    },
    /// The server refuses the order guide of a site.
    #[error("the order guide in {document} is refused")]
    GuideRefused {
        /// The document of the order guide.
        document: DocumentId,
    },
    /// The site's time zone does not have a time.
    #[error("{0}")]
    Time(#[from] jiff::Error),
    /// The server failed.
    #[error("{0}")]
    Service(#[from] ServiceError),
    /// The store failed.
    #[error("{0}")]
    Storage(#[from] StorageError),
}

/// Enrols a tablet at each site, and lets it send what the site ordered, and the order guide.
pub async fn order(
    state: &AppState,
    content: &CatalogueContent,
    staff: &[StaffMember],
    orders: &[PastOrder],
) -> Result<(), HistoryError> {
    let missing = || ServiceError::Internal("the demo's release was not published".to_owned());
    let catalogue = state.catalogue(RELEASE).await?.ok_or_else(missing)?;
    let tablets = enrol(state, content, orders).await?;
    let names: BTreeMap<_, _> =
        staff.iter().map(|person| (&person.id, person.name.as_str())).collect();
    for (place, some) in orders.chunks(ORDERS_AT_ONCE).enumerate() {
        let (mut pushes, mut sent) = (Vec::new(), Vec::new());
        for (offset, past) in some.iter().enumerate() {
            let Some(tablet) = tablets.get(&past.site) else { continue };
            let by = names.get(&past.by).copied().unwrap_or(past.by.as_str());
            let created = tablet.millis(past.created)?;
            let (request, locked_prices) =
                written_on(state, tablet, past, by, created, &catalogue)?;
            let received = created + delay_millis(place * ORDERS_AT_ONCE + offset);
            let at_site = local_time(received, &tablet.zone)?;
            let is_missed = |locked: &LockedPrice| {
                first_delivery(&catalogue, locked, at_site) > Some(locked.delivery_date)
            };
            let received =
                if locked_prices.values().any(is_missed) { created + MINUTE } else { received };
            pushes.push((tablet.device.clone(), request, received));
            sent.push(past);
        }
        let responses = push_in_order(state, pushes).await?;
        for (response, past) in responses.iter().zip(sent) {
            if response
                .documents
                .iter()
                .any(|answer| matches!(answer.outcome, DocumentOutcome::Refused { .. }))
            {
                return Err(HistoryError::Refused {
                    site: past.site.clone(),
                    created: past.created,
                });
            }
        }
    }
    guide::stock(state, &catalogue, &tablets, &names, orders).await
}

const MINUTE: i64 = 60 * 1000;

/// How long after its beginning an order arrives, in milliseconds: minutes, or five hours when
/// there was no network. An order that would miss its cut-off arrives at once, because the demo
/// shows weeks without such trouble.
fn delay_millis(place: usize) -> i64 {
    if place % OFFLINE_EVERY == OFFLINE_EVERY - 1 { 300 * MINUTE } else { 7 * MINUTE }
}

/// A site's tablet.
pub(super) struct Tablet {
    pub(super) device: Device,
    zone: TimeZone,
}

impl Tablet {
    pub(super) fn millis(&self, wall: DateTime) -> Result<i64, HistoryError> {
        Ok(wall.to_zoned(self.zone.clone())?.timestamp().as_millisecond())
    }
}

/// Enrols one tablet for each site. Nobody gets its credential, so only this code uses it.
async fn enrol(
    state: &AppState,
    content: &CatalogueContent,
    orders: &[PastOrder],
) -> Result<BTreeMap<LocationId, Tablet>, HistoryError> {
    let mut tablets = BTreeMap::new();
    let mut write = state.store.write().await?;
    for location in &content.locations {
        let Some(site) = &location.site else { continue };
        let zone = TimeZone::get(&site.time_zone)?;
        let first =
            orders.iter().find(|order| order.site == location.id).map(|order| order.created);
        let Some(first) = first else { continue };
        let enrolled_at = first.to_zoned(zone.clone())?.timestamp().as_millisecond();
        let device = Device {
            id: DeviceId::mint(enrolled_at, state.random()?),
            site: location.id.clone(),
            name: "Kitchen tablet".to_owned(),
        };
        add_device(&mut write, &device, &Secret::mint(state.random()?).hash(), None, enrolled_at)
            .await?;
        tablets.insert(location.id.clone(), Tablet { device, zone });
    }
    write.commit().await?;
    Ok(tablets)
}

/// What the tablet sends: the order as its person wrote it, one intent after the other, and its
/// submission. The server applies the rules to it, as to every push.
fn written_on(
    state: &AppState,
    tablet: &Tablet,
    past: &PastOrder,
    by: &str,
    created: i64,
    catalogue: &Catalogue,
) -> Result<(PushRequest, BTreeMap<OrderLineId, LockedPrice>), HistoryError> {
    let unresolved = || HistoryError::Unresolved { site: past.site.clone(), created: past.created };
    let id = DocumentId::mint(created, state.random()?);
    let mut document = genesis::begin(DocumentKind::Order)?;
    let write = |document: &mut Automerge, command| -> Result<(), HistoryError> {
        let (by, device) = (by.to_owned(), tablet.device.id);
        let intent = IntentId::mint(created, state.random()?);
        let intent = Intent { id: intent, document: id, command, by, device, at: created };
        write::apply(document, document::actor(&device, &id, 0), &intent)?;
        Ok(())
    };
    write(&mut document, Command::CreateOrder { site: past.site.clone() })?;
    for (item, quantity) in &past.lines {
        let line = OrderLineId::parse(IntentId::mint(created, state.random()?).to_string())
            .map_err(|_| unresolved())?;
        let (item, quantity) = (item.clone(), *quantity);
        write(&mut document, Command::AddLine { line, item, quantity, unit: None })?;
    }
    let resolved = ResolvedFor {
        release: RELEASE,
        order_date: past.created.date(),
        order_time: Some(past.created.time()),
        requested_delivery_date: None,
        resolved_at: created,
    };
    let order = document::read_order(id, &document).0.ok_or_else(unresolved)?;
    let locked_prices =
        basket(&order, catalogue, resolved).locked_prices().ok_or_else(unresolved)?;
    write(&mut document, Command::Submit { locked_prices: locked_prices.clone() })?;
    Ok((push_of(id, DocumentKind::Order, &document), locked_prices))
}

/// The whole of a document that was begun here.
pub(super) fn push_of(id: DocumentId, kind: DocumentKind, document: &Automerge) -> PushRequest {
    let born = genesis::hash(kind);
    let changes = document
        .get_changes(&[born])
        .iter()
        .flat_map(|change| change.raw_bytes().to_vec())
        .collect();
    let push = DocumentPush { id, kind, heads: vec![born.to_string()], changes: Blob(changes) };
    PushRequest {
        protocol: PROTOCOL,
        app_version: env!("CARGO_PKG_VERSION").to_owned(),
        documents: vec![push],
    }
}
