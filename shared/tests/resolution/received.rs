//! The server's answer to an order of one line.

use std::collections::BTreeMap;

use calloff_core::calendar::{Date, DateTime};
use calloff_core::catalogue::Catalogue;
use calloff_core::ids::{DeviceId, DocumentId, IntentId};
use calloff_core::order::accept::{CutOrder, NamedRelease, Reason, verify};
use calloff_core::order::{
    LockedPrice, OrderLine, OrderState, Register, ResolvedFor, ServerFacts, Submission,
};
use calloff_core::resolve::{ResolutionRequest, Selected};
use calloff_core::sample::builder::id;

/// The number of the release in the order's locked price.
const RELEASE: u64 = 1;

/// Sends the selected line, with its price locked as on a tablet, to a server that has the release.
/// The server receives it at a site-local time.
pub fn received(
    request: &ResolutionRequest<'_>,
    selected: &Selected<'_>,
    at_server: &Catalogue,
    successor_effective_from: Option<Date>,
    received_at: DateTime,
) -> Result<Vec<CutOrder>, Vec<Reason>> {
    let resolved = ResolvedFor {
        release: RELEASE,
        order_date: request.order_date,
        order_time: request.order_time,
        requested_delivery_date: request.requested_delivery_date,
        resolved_at: 0,
    };
    let line = OrderLine {
        item: id(request.item),
        quantity: Register::settled(request.quantity),
        unit: request.unit,
        added_by: "Ana".to_owned(),
        added_at: 0,
        locked: Some(LockedPrice::from_selected(selected, resolved)),
    };
    let order = OrderState {
        document: DocumentId::mint(0, [1; 10]),
        site: request.site.clone(),
        created_by: "Ana".to_owned(),
        created_at: 0,
        lines: BTreeMap::from([(id("line"), line)]),
        note: Register::default(),
        name: Register::default(),
        holder: Register::default(),
        discarded: None,
        submitted: Some(Submission {
            id: IntentId::mint(0, [2; 10]),
            by: "Ana".to_owned(),
            at: 0,
            device: DeviceId::mint(0, [3; 10]),
        }),
        server: ServerFacts::default(),
    };
    let named = NamedRelease {
        number: RELEASE,
        catalogue: at_server,
        in_force_from: Some(Date::MIN),
        successor_effective_from,
    };
    verify(&order, named, received_at)
}
