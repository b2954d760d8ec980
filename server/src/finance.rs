//! Finance: the orders of all sites, with totals that are exact to the cent.

use std::collections::{BTreeMap, BTreeSet};

use calloff_core::calendar::DateTime;
use calloff_core::catalogue::Catalogue;
use calloff_core::document;
use calloff_core::ids::{DocumentId, ItemId, LocationId, SupplierId};
use calloff_core::limits::DELIVERY_DAYS_OFFERED;
use calloff_core::money::{Currency, Money};
use calloff_core::order::accept::in_time;
use calloff_core::order::exception::last_day;
use calloff_core::order::{OrderLine, OrderStage, OrderState};
use calloff_core::resolve::{Outcome, Remaining, ResolutionRequest, resolve};
use calloff_core::wire::{
    Choice, LineToDecide, OrderDetail, OrderFilterChoices, OrderPage, OrderRow, PriceToday,
};
use jiff::tz::TimeZone;

use crate::error::ServiceError;
use crate::state::{AppState, local_time};
use crate::storage::ServerStore;
use crate::storage::feed::StoredDocument;
use crate::storage::orders::{Named, OrderQuery, PurchaseOrderFact, Visible};

/// One page of orders. The totals are those of all orders that match the filter.
///
/// # Errors
/// The database failed.
pub async fn order_page(
    store: &ServerStore,
    query: OrderQuery<'_>,
    limit: u32,
    offset: u64,
) -> Result<OrderPage, ServiceError> {
    let mut orders = store.order_rows(query, limit, offset).await?;
    let documents: Vec<DocumentId> = orders.iter().map(|row| row.document).collect();
    let supplier = query.filter.supplier.as_ref();
    let facts = by_order(store.purchase_order_facts(&documents, supplier).await?);
    let waiting = by_order(store.waiting_lines(&documents).await?);
    for row in &mut orders {
        let facts = facts.get(&row.document).map_or(&[][..], Vec::as_slice);
        complete(row, facts)?;
        if supplier.is_some() {
            row.lines = facts.iter().map(|fact| fact.lines).sum();
        }
        if let Some(lines) = waiting.get(&row.document) {
            row.suppliers = suppliers(lines);
            row.locked = sum(lines.iter().map(|line| &line.total));
        }
    }
    let (totals, count) = (store.order_totals(query).await?, store.order_count(query).await?);
    Ok(OrderPage { orders, totals, count })
}

fn by_order(facts: Vec<PurchaseOrderFact>) -> BTreeMap<DocumentId, Vec<PurchaseOrderFact>> {
    let mut of_order: BTreeMap<DocumentId, Vec<PurchaseOrderFact>> = BTreeMap::new();
    for fact in facts {
        of_order.entry(fact.document).or_default().push(fact);
    }
    of_order
}

/// One order with all its locked prices. `None` when there is no such order that the reader may
/// see.
///
/// # Errors
/// The database failed, or what it has cannot be read.
pub async fn order_detail(
    state: &AppState,
    visible: &Visible,
    id: &DocumentId,
) -> Result<Option<OrderDetail>, ServiceError> {
    let Some(mut row) = state.store.order_row(visible, id).await? else { return Ok(None) };
    let Some(stored) = state.store.document(id).await? else { return Ok(None) };
    let order = read_order(&stored)?;
    let facts = order.server.purchase_orders.iter().map(|purchase_order| PurchaseOrderFact {
        document: *id,
        supplier_name: purchase_order
            .supplier_name
            .clone()
            .unwrap_or_else(|| purchase_order.supplier.to_string()),
        total: purchase_order.total,
        lines: u32::try_from(purchase_order.lines.len()).unwrap_or(u32::MAX),
    });
    complete(&mut row, &facts.collect::<Vec<_>>())?;
    let mut to_decide = Vec::new();
    if row.stage == OrderStage::OnHold && order.is_verified() {
        let locked_prices = order.ordered_lines().filter_map(|(_, line)| line.locked.as_ref());
        row.locked = sum(locked_prices.map(|locked| &locked.amount));
        to_decide = lines_to_decide(state, &order).await?;
    }
    let (descriptions, suppliers) = names(state, &order).await?;
    if row.stage == OrderStage::OnHold {
        row.suppliers = suppliers.values().cloned().collect();
    }
    let excesses = state.store.excesses(id).await?;
    let zone = site_zone(&row);
    let local = |at: i64| local_time(at, &zone).ok();
    Ok(Some(OrderDetail {
        created_local: local(order.created_at),
        answered_local: order.server.status.as_ref().and_then(|status| local(status.at())),
        decided_local: order.server.decision.as_ref().and_then(|decision| local(decision.at)),
        row,
        order,
        descriptions,
        suppliers,
        excesses,
        to_decide,
    }))
}

/// The order in a stored document.
///
/// # Errors
/// [`ServiceError::Internal`]: the document cannot be read, or holds no order.
pub(crate) fn read_order(stored: &StoredDocument) -> Result<OrderState, ServiceError> {
    let unreadable = |what: &str| ServiceError::Internal(format!("order {}: {what}", stored.id));
    let document = document::load(&stored.bytes).map_err(|error| unreadable(&error.to_string()))?;
    document::read_order(stored.id, &document)
        .0
        .ok_or_else(|| unreadable("the document holds no order"))
}

/// The choices for the filters of a reader.
///
/// # Errors
/// The database failed.
pub async fn filter_choices(
    store: &ServerStore,
    visible: &Visible,
) -> Result<OrderFilterChoices, ServiceError> {
    Ok(OrderFilterChoices {
        sites: store.sites_with_orders(visible).await?.into_iter().map(choice).collect(),
        suppliers: store.suppliers_with_orders(visible).await?.into_iter().map(choice).collect(),
    })
}

fn choice(named: Named) -> Choice {
    Choice { id: named.id, name: named.name }
}

/// What procurement needs to know before it honours an order: the days on which each line can still
/// be delivered, and today's price.
async fn lines_to_decide(
    state: &AppState,
    order: &OrderState,
) -> Result<Vec<LineToDecide>, ServiceError> {
    let Some(named) = state.catalogue(order.named_release().unwrap_or_default()).await? else {
        return Ok(Vec::new());
    };
    let at_site = state.local_at(&order.site, state.now()).await?;
    let in_force =
        state.store.release_in_force(at_site.date()).await?.map(|release| release.issue.number);
    let today = match in_force {
        Some(number) => state.catalogue(number).await?.map(|catalogue| (number, catalogue)),
        None => None,
    };
    let lines =
        order.ordered_lines().filter_map(|(id, line)| Some((id, line, line.locked.as_ref()?)));
    let lines = lines.map(|(id, line, locked)| {
        let deliveries = named.deliveries(&locked.contract, locked.version, &locked.line);
        let days =
            deliveries.map(|deliveries| deliveries.next(in_time(at_site), DELIVERY_DAYS_OFFERED));
        let mut days = days.unwrap_or_default();
        let last = last_day(&named, locked, at_site.date(), days.first().copied());
        days.retain(|day| last.is_none_or(|last| *day <= last));
        LineToDecide {
            line: id.clone(),
            supplier_name: named
                .supplier(&locked.supplier)
                .map_or_else(|| locked.supplier.to_string(), |supplier| supplier.name.clone()),
            is_missed: days.first().is_none_or(|first| locked.delivery_date < *first),
            days,
            today: today.as_ref().and_then(|(number, catalogue)| {
                price_today(*number, catalogue, &order.site, line, at_site)
            }),
        }
    });
    Ok(lines.collect())
}

/// The price at which a line would be ordered now. It ignores the site's allotments, because it is
/// only for comparison.
fn price_today(
    release: u64,
    catalogue: &Catalogue,
    site: &LocationId,
    line: &OrderLine,
    at_site: DateTime,
) -> Option<PriceToday> {
    let uncapped = Remaining::unlimited(catalogue);
    let request = ResolutionRequest {
        item: line.item.as_str(),
        quantity: line.quantity.value,
        unit: line.unit,
        site,
        order_date: at_site.date(),
        order_time: Some(at_site.time()),
        requested_delivery_date: None,
        remaining: Some(&uncapped),
    };
    let Outcome::Selected(selected) = resolve(catalogue, &request).outcome else { return None };
    let supplier = catalogue.supplier(selected.supplier);
    Some(PriceToday {
        release,
        contract: selected.contract.clone(),
        supplier_name: supplier
            .map_or_else(|| selected.supplier.to_string(), |supplier| supplier.name.clone()),
        unit_price: selected.unit_price,
        base_quantity: selected.base_quantity,
        quantity: selected.quantity,
        amount: selected.amount,
        delivery_date: selected.delivery_date,
    })
}

/// Adds suppliers, totals and the site's local times to a row.
fn complete(row: &mut OrderRow, facts: &[PurchaseOrderFact]) -> Result<(), ServiceError> {
    row.suppliers = suppliers(facts);
    row.totals = sum(facts.iter().map(|fact| &fact.total));
    let zone = site_zone(row);
    row.received_local = Some(local_time(row.received_at, &zone)?);
    // By the tablet's clock, which may be wrong.
    row.submitted_local = local_time(row.submitted_at, &zone).ok();
    Ok(())
}

/// The zone of an order's site.
fn site_zone(row: &OrderRow) -> TimeZone {
    TimeZone::get(&row.time_zone).unwrap_or(TimeZone::UTC)
}

/// The suppliers' names, each once, in alphabetical order.
fn suppliers(facts: &[PurchaseOrderFact]) -> Vec<String> {
    let names: BTreeSet<&str> = facts.iter().map(|fact| fact.supplier_name.as_str()).collect();
    names.into_iter().map(str::to_owned).collect()
}

/// The sums of one order, one for each currency, ordered by code. A sum that does not fit is left
/// out. Only orders from before lines had a largest amount can have such a sum.
fn sum<'a>(amounts: impl IntoIterator<Item = &'a Money>) -> Vec<Money> {
    let mut totals: BTreeMap<Currency, Option<Money>> = BTreeMap::new();
    for amount in amounts {
        let so_far =
            totals.entry(amount.currency).or_insert_with(|| Some(Money::zero(amount.currency)));
        *so_far = so_far.and_then(|sum| sum.checked_add(amount).ok());
    }
    totals.into_values().flatten().collect()
}

/// The names of an order's items and suppliers, in the release of its locked prices.
async fn names(
    state: &AppState,
    order: &OrderState,
) -> Result<(BTreeMap<ItemId, String>, BTreeMap<SupplierId, String>), ServiceError> {
    let Some(release) = order.named_release() else { return Ok(Default::default()) };
    let Some(catalogue) = state.catalogue(release).await? else { return Ok(Default::default()) };
    let items = order
        .lines
        .values()
        .flat_map(|line| [Some(&line.item), line.locked.as_ref().map(|locked| &locked.item)]);
    let items = items.flatten().filter_map(|item| catalogue.item(item));
    let suppliers =
        order.lines.values().filter_map(|line| catalogue.supplier(&line.locked.as_ref()?.supplier));
    Ok((
        items.map(|item| (item.id.clone(), item.description.clone())).collect(),
        suppliers.map(|supplier| (supplier.id.clone(), supplier.name.clone())).collect(),
    ))
}

#[cfg(test)]
mod tests {
    use calloff_core::sample::builder::{currency, decimal};

    use super::*;

    #[test]
    fn a_sum_that_does_not_fit_is_left_out_and_the_others_stand() {
        let money =
            |amount: &str, code: &str| Money { amount: decimal(amount), currency: currency(code) };
        let huge = money("79228162514264337593543950335", "EUR");
        let totals = sum(&[huge, money("1", "GBP"), huge, money("2", "GBP")]);
        assert_eq!(totals, [money("3", "GBP")]);
    }
}
