//! Finance: merged orders with totals that add up to the cent.

use std::collections::{BTreeMap, BTreeSet};

use calloff_core::document;
use calloff_core::ids::{DocumentId, ItemId, SupplierId};
use calloff_core::money::{Currency, Money};
use calloff_core::order::{OrderStage, OrderState};
use calloff_core::wire::{Choice, OrderDetail, OrderFilterChoices, OrderPage, OrderRow};

use crate::error::ServiceError;
use crate::state::AppState;
use crate::storage::Store;
use crate::storage::orders::{Named, OrderQuery, PurchaseOrderFact, Visible};

/// One page of orders; the totals are those of all orders that the filter admits.
///
/// # Errors
/// The database failed, or a sum does not fit.
pub async fn order_page(
    store: &Store,
    query: OrderQuery<'_>,
    limit: u32,
    offset: u64,
) -> Result<OrderPage, ServiceError> {
    let mut orders = store.order_rows(query, limit, offset).await?;
    let facts = store.purchase_order_facts(query).await?;
    let totals = sum(facts.iter().map(|fact| &fact.total))?;
    let mut of_order: BTreeMap<DocumentId, Vec<PurchaseOrderFact>> = BTreeMap::new();
    for fact in facts {
        of_order.entry(fact.document).or_default().push(fact);
    }
    let mut waiting: BTreeMap<DocumentId, Vec<PurchaseOrderFact>> = BTreeMap::new();
    for line in store.waiting_lines(query).await? {
        waiting.entry(line.document).or_default().push(line);
    }
    for row in &mut orders {
        complete(row, of_order.get(&row.document).map_or(&[], Vec::as_slice))?;
        if let Some(lines) = waiting.get(&row.document) {
            row.suppliers = suppliers(lines);
            row.pinned = sum(lines.iter().map(|line| &line.total))?;
        }
    }
    Ok(OrderPage { orders, totals, count: store.order_count(query).await? })
}

/// One order with all that is pinned; `None` where there is none that the reader may see.
///
/// # Errors
/// The database failed, or what it holds cannot be read.
pub async fn order_detail(
    state: &AppState,
    visible: &Visible,
    id: &DocumentId,
) -> Result<Option<OrderDetail>, ServiceError> {
    let Some(mut row) = state.store.order_row(visible, id).await? else { return Ok(None) };
    let Some(stored) = state.store.document(id).await? else { return Ok(None) };
    let unreadable = |what: &str| ServiceError::Internal(format!("order {id}: {what}"));
    let automerge = document::load(&stored.bytes).map_err(|error| unreadable(&error.to_string()))?;
    let order = document::read_order(*id, &automerge).0.ok_or_else(|| unreadable("the document holds no order"))?;
    let facts = order.server.purchase_orders.iter().map(|purchase_order| PurchaseOrderFact {
        document: *id,
        supplier_name: purchase_order.supplier_name.clone().unwrap_or_else(|| purchase_order.supplier.to_string()),
        total: purchase_order.total,
    });
    complete(&mut row, &facts.collect::<Vec<_>>())?;
    if row.stage == OrderStage::Waiting {
        row.pinned = sum(order.ordered_lines().filter_map(|(_, line)| line.pin.as_ref()).map(|pin| &pin.amount))?;
    }
    let (descriptions, suppliers) = names(state, &order).await?;
    if row.stage == OrderStage::Waiting {
        row.suppliers = suppliers.values().cloned().collect();
    }
    let excesses = state.store.excesses(id).await?;
    Ok(Some(OrderDetail { row, order, descriptions, suppliers, excesses }))
}

/// What a reader may filter by.
///
/// # Errors
/// The database failed.
pub async fn filter_choices(store: &Store, visible: &Visible) -> Result<OrderFilterChoices, ServiceError> {
    Ok(OrderFilterChoices {
        sites: store.sites_with_orders(visible).await?.into_iter().map(choice).collect(),
        suppliers: store.suppliers_with_orders(visible).await?.into_iter().map(choice).collect(),
    })
}

fn choice(named: Named) -> Choice {
    Choice { id: named.id, name: named.name }
}

/// Puts suppliers and totals on a row.
fn complete(row: &mut OrderRow, facts: &[PurchaseOrderFact]) -> Result<(), ServiceError> {
    row.suppliers = suppliers(facts);
    row.totals = sum(facts.iter().map(|fact| &fact.total))?;
    Ok(())
}

/// The suppliers' names, each once, by name.
fn suppliers(facts: &[PurchaseOrderFact]) -> Vec<String> {
    let names: BTreeSet<&str> = facts.iter().map(|fact| fact.supplier_name.as_str()).collect();
    names.into_iter().map(str::to_owned).collect()
}

/// One exact sum for each currency, by code.
fn sum<'a>(amounts: impl IntoIterator<Item = &'a Money>) -> Result<Vec<Money>, ServiceError> {
    let mut totals: BTreeMap<Currency, Money> = BTreeMap::new();
    for amount in amounts {
        let so_far = totals.entry(amount.currency).or_insert_with(|| Money::zero(amount.currency));
        *so_far = so_far.checked_add(amount).map_err(|error| ServiceError::Internal(error.to_string()))?;
    }
    Ok(totals.into_values().collect())
}

/// What the items and suppliers of an order are called in the release that it pins.
async fn names(
    state: &AppState,
    order: &OrderState,
) -> Result<(BTreeMap<ItemId, String>, BTreeMap<SupplierId, String>), ServiceError> {
    let Some(release) = order.pinned_release() else { return Ok(Default::default()) };
    let Some(catalogue) = state.catalogue(release).await? else { return Ok(Default::default()) };
    let items = order.lines.values().flat_map(|line| [Some(&line.item), line.pin.as_ref().map(|pin| &pin.item)]);
    let items = items.flatten().filter_map(|item| catalogue.item(item));
    let suppliers = order.lines.values().filter_map(|line| catalogue.supplier(&line.pin.as_ref()?.supplier));
    Ok((
        items.map(|item| (item.id.clone(), item.description.clone())).collect(),
        suppliers.map(|supplier| (supplier.id.clone(), supplier.name.clone())).collect(),
    ))
}
