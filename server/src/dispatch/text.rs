//! Puts together everything that a supplier reads of a purchase order.

use calloff_core::calendar::IsoWeekday;
use calloff_core::document;
use calloff_core::ids::{DocumentId, LocationId};
use calloff_core::order::basket::with_charges;
use calloff_core::order::{OrderState, PurchaseOrder};
use calloff_core::quantity::Quantity;
use calloff_core::site::{Contact, SiteState};
use calloff_core::supplier::SupplierAccount;
use calloff_core::wire::{PurchaseOrderLine, PurchaseOrderText};
use jiff::civil::Time;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::REVISION;
use crate::error::ServiceError;
use crate::finance::read_order;
use crate::state::{AppState, local_time};
use crate::storage::purchase_orders::{PurchaseOrderPlace, purchase_order_place};

/// A purchase order as its supplier reads it, with what the server needs to send it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    /// Its place in its order.
    pub place: PurchaseOrderPlace,
    /// What the supplier reads.
    pub text: PurchaseOrderText,
    /// The customer number of the site. `None` without one.
    pub account: Option<SupplierAccount>,
}

/// Puts together the text of a purchase order. The names, numbers and units are those of the
/// release of its locked prices, so the text never changes when contracts do. Address, hours,
/// instructions and customer number are those of now. `None` if there is no such purchase order.
///
/// # Errors
/// The database failed, the document cannot be read, or the release is gone.
pub async fn compose(state: &AppState, number: &str) -> Result<Option<Composed>, ServiceError> {
    let place = purchase_order_place(&mut state.store.read().await?, number).await?;
    let Some(place) = place else { return Ok(None) };
    let failed = |why: &str| ServiceError::Internal(format!("purchase order {number}: {why}"));
    let stored = state.store.document(&place.order).await?;
    let stored = stored.ok_or_else(|| failed("its order is gone"))?;
    let order = read_order(&stored)?;
    let cut = order.server.purchase_orders.iter().find(|cut| cut.number == number);
    let cut = cut.ok_or_else(|| failed("its order does not have it"))?;
    let catalogue = match order.named_release() {
        Some(release) => state.catalogue(release).await?,
        None => None,
    };
    let catalogue = catalogue.ok_or_else(|| failed("the release of its prices is gone"))?;
    let lines = lines(&order, cut, &catalogue);
    let location = catalogue.location(&place.site);
    let facts = location.and_then(|location| location.site.as_ref());
    let path: Vec<LocationId> =
        catalogue.locations().path(&place.site).into_iter().map(|node| node.id.clone()).collect();
    let account = state.store.supplier_account(&place.supplier, &path).await?;
    let settings = site_settings(state, &place.site).await?;
    let written = settings.delivery_instructions.value.clone();
    let delivery_instructions = if written.is_empty() {
        facts.and_then(|site| site.delivery_instructions.clone()).unwrap_or_default()
    } else {
        written
    };
    let hours = settings.receiving_hours.get(&IsoWeekday::of(cut.delivery_date));
    let hours = hours.and_then(|hours| hours.value.as_ref());
    let payable = with_charges(cut.total, &cut.charges);
    let zone = TimeZone::get(&place.time_zone).unwrap_or(TimeZone::UTC);
    let submission = order.submitted.as_ref();
    let text = PurchaseOrderText {
        number: number.to_owned(),
        revision: REVISION,
        buyer: state.store.organisation().await?.map(|found| found.name).unwrap_or_default(),
        site_name: location
            .map_or_else(|| place.site.to_string(), |location| location.name.clone()),
        address: facts.map(|site| site.address.clone()).unwrap_or_default(),
        gln: facts.and_then(|site| site.gln.clone()),
        delivery_instructions,
        contacts: contacts(&settings),
        receiving_hours: hours.map(|hours| (clock(hours.from), clock(hours.to))),
        supplier_name: cut.supplier_name.clone().unwrap_or_else(|| cut.supplier.to_string()),
        account: account.as_ref().map(|account| account.number.clone()),
        ordered_at: local_time(place.received_at, &zone)?,
        ordered_by: submission.map(|submission| submission.by.clone()).unwrap_or_default(),
        note: order.note.value.clone(),
        delivery_date: cut.delivery_date,
        lines,
        charges: cut.charges.clone(),
        total: cut.total,
        payable: payable.ok_or_else(|| failed("its total does not fit"))?,
    };
    Ok(Some(Composed { place, text, account }))
}

fn lines(
    order: &OrderState,
    cut: &PurchaseOrder,
    catalogue: &calloff_core::catalogue::Catalogue,
) -> Vec<PurchaseOrderLine> {
    let locked = cut.lines.iter().filter_map(|id| {
        let locked = order.lines.get(id)?.locked.as_ref()?;
        Some((id, locked))
    });
    let lines = locked.zip(1..).map(|((id, locked), position)| {
        let item = catalogue.item(&locked.item);
        let contract = catalogue.contract(&locked.contract, locked.version);
        let line = contract.and_then(|contract| contract.line(&locked.line));
        let content = item.zip(line).and_then(|(item, line)| {
            let is_same = line.content == Decimal::ONE && line.orderable_unit == item.base_unit;
            (!is_same).then(|| Quantity::new(line.content, item.base_unit))
        });
        let description = item.map(|item| item.description.clone());
        let kept = || cut.item_names.get(&locked.item).cloned();
        PurchaseOrderLine {
            position,
            order_line: id.clone(),
            item: locked.item.clone(),
            description: description.or_else(kept).unwrap_or_else(|| locked.item.to_string()),
            supplier_item_number: line
                .and_then(|line| line.supplier_item_number.as_deref())
                .map(str::to_owned),
            gtin: item.and_then(|item| item.gtins.first()).map(|gtin| gtin.digits()),
            quantity: locked.quantity,
            content,
            unit_price: locked.unit_price,
            base_quantity: locked.base_quantity,
            amount: locked.amount,
            contract: locked.contract.clone(),
            version: locked.version,
        }
    });
    lines.collect()
}

/// What a site says about itself. A site whose document cannot be read says nothing: an order must
/// not wait for that.
async fn site_settings(state: &AppState, site: &LocationId) -> Result<SiteState, ServiceError> {
    let id = DocumentId::of_site(site);
    let stored = state.store.document(&id).await?;
    let loaded = stored.and_then(|stored| document::load(&stored.bytes).ok());
    Ok(loaded.map_or_else(|| SiteState::empty(id), |loaded| document::read_site(id, &loaded).0))
}

/// The people of a site. A removed contact has no value.
fn contacts(settings: &SiteState) -> Vec<Contact> {
    settings.contacts.values().filter_map(|contact| contact.value.clone()).collect()
}

fn clock(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}
