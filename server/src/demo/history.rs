//! The demo's past orders, each through the real path: intents on a tablet, a push, verification, purchase orders.

use std::collections::BTreeMap;

use calloff_core::catalogue::{Catalogue, CatalogueContent};
use calloff_core::ids::{DeviceId, DocumentId, IntentId, LocationId, OrderLineId};
use calloff_core::order::basket::basket;
use calloff_core::order::{Command, Intent, ResolvedFor};
use calloff_core::sample::{PastOrder, StaffMember};
use calloff_core::sync::{Replica, ReplicaError};
use calloff_core::wire::PushRequest;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::auth::Secret;
use crate::error::ServiceError;
use crate::state::AppState;
use crate::storage::StorageError;
use crate::storage::devices::{Device, add_device};
use crate::sync::push_within;

/// The demo's only release so far.
const RELEASE: u64 = 1;

/// Orders in one transaction: each waits for the disk once.
const ORDERS_AT_ONCE: usize = 100;

/// Every so many orders was written without a network, and arrived hours later.
const OFFLINE_EVERY: usize = 9;

/// Why a past order did not go through.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// A rule forbade an intent.
    #[error("{0}")]
    Intent(#[from] ReplicaError),
    /// A wish that cannot be ordered.
    #[error("the order of {site} on {created} cannot be resolved")]
    Unresolved {
        /// For which site.
        site: LocationId,
        /// Of when.
        created: DateTime,
    },
    /// A time that the site's zone does not have.
    #[error("{0}")]
    Time(#[from] jiff::Error),
    /// The server failed.
    #[error("{0}")]
    Service(#[from] ServiceError),
    /// The store failed.
    #[error("{0}")]
    Storage(#[from] StorageError),
}

/// Enrols a tablet at each site and has it send what the site ordered.
pub async fn order(
    state: &AppState,
    content: &CatalogueContent,
    staff: &[StaffMember],
    orders: &[PastOrder],
) -> Result<(), HistoryError> {
    let missing = || ServiceError::Internal("the demo's release was not published".to_owned());
    let catalogue = state.catalogue(RELEASE).await?.ok_or_else(missing)?;
    let tablets = enrol(state, content, orders).await?;
    let names: BTreeMap<_, _> = staff.iter().map(|person| (&person.id, person.name.as_str())).collect();
    for (place, some) in orders.chunks(ORDERS_AT_ONCE).enumerate() {
        let turn = state.push_turn().await;
        let mut write = state.store.write().await?;
        for (offset, past) in some.iter().enumerate() {
            let Some(tablet) = tablets.get(&past.site) else { continue };
            let by = names.get(&past.by).copied().unwrap_or(past.by.as_str());
            let created = tablet.millis(past.created)?;
            let request = written_on(state, tablet, past, by, created, &catalogue)?;
            let received = created + delay_millis(place * ORDERS_AT_ONCE + offset);
            push_within(state, &mut write, &tablet.device, request, received).await?;
        }
        write.commit().await.map_err(StorageError::from)?;
        drop(turn);
    }
    Ok(())
}

/// Minutes after it was begun an order arrives; where the network was down, five hours.
fn delay_millis(place: usize) -> i64 {
    const MINUTE: i64 = 60 * 1000;
    if place % OFFLINE_EVERY == OFFLINE_EVERY - 1 { 300 * MINUTE } else { 7 * MINUTE }
}

/// A site's tablet.
struct Tablet {
    device: Device,
    zone: TimeZone,
}

impl Tablet {
    fn millis(&self, wall: DateTime) -> Result<i64, HistoryError> {
        Ok(wall.to_zoned(self.zone.clone())?.timestamp().as_millisecond())
    }
}

/// One tablet a site. Its credential is given to nobody: nothing but this ever speaks for it.
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
        let first = orders.iter().find(|order| order.site == location.id).map(|order| order.created);
        let Some(first) = first else { continue };
        let enrolled_at = first.to_zoned(zone.clone())?.timestamp().as_millisecond();
        let device = Device {
            id: DeviceId::mint(enrolled_at, state.random()?),
            site: location.id.clone(),
            name: "Kitchen tablet".to_owned(),
        };
        add_device(&mut write, &device, &Secret::mint(state.random()?).hash(), None, enrolled_at).await?;
        tablets.insert(location.id.clone(), Tablet { device, zone });
    }
    write.commit().await.map_err(StorageError::from)?;
    Ok(tablets)
}

/// What the tablet sends: the order as its person wrote it, one intent after the other, and submitted it.
fn written_on(
    state: &AppState,
    tablet: &Tablet,
    past: &PastOrder,
    by: &str,
    created: i64,
    catalogue: &Catalogue,
) -> Result<PushRequest, HistoryError> {
    let unresolved = || HistoryError::Unresolved { site: past.site.clone(), created: past.created };
    let document = DocumentId::mint(created, state.random()?);
    let mut replica = Replica::new(tablet.device.id);
    let mut commands = vec![Command::CreateOrder { site: past.site.clone() }];
    for (item, quantity) in &past.lines {
        let line =
            OrderLineId::parse(IntentId::mint(created, state.random()?).to_string()).map_err(|_| unresolved())?;
        commands.push(Command::AddLine { line, item: item.clone(), quantity: *quantity, unit: None });
    }
    let intend = |replica: &mut Replica, command| -> Result<(), HistoryError> {
        let id = IntentId::mint(created, state.random()?);
        let (by, device) = (by.to_owned(), tablet.device.id);
        replica.dispatch(Intent { id, document, command, by, device, at: created })?;
        Ok(())
    };
    for command in commands {
        intend(&mut replica, command)?;
    }
    let resolved = ResolvedFor {
        release: RELEASE,
        order_date: past.created.date(),
        order_time: Some(past.created.time()),
        requested_delivery_date: None,
        resolved_at: created,
    };
    let order = replica.order(document).ok_or_else(unresolved)?;
    let pins = basket(order, catalogue, resolved).pins().ok_or_else(unresolved)?;
    intend(&mut replica, Command::Submit { pins })?;
    replica.push_request(env!("CARGO_PKG_VERSION")).ok_or_else(unresolved)
}
