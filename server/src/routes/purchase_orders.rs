//! Purchase orders and their way to suppliers.

use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use calloff_core::supplier::OrderChannel;
use calloff_core::wire::{
    PersonRole, PurchaseOrderDetail, PurchaseOrderFilter, PurchaseOrderPage, SendRequest,
    SentByHandRequest,
};

use super::extract::{Json, Path, Query};
use super::orders::{OrdersPart, PAGE, PAGE_MAX};
use crate::auth::{ClientAddress, Permitted};
use crate::dispatch;
use crate::error::ServiceError;
use crate::state::AppState;
use crate::storage::purchase_orders::PurchaseOrderQuery;

/// The roles that may send purchase orders.
pub const SENDERS: &[PersonRole] = &[PersonRole::Procurement];

pub async fn list(
    State(state): State<AppState>,
    permitted: Permitted,
    Query(filter): Query<PurchaseOrderFilter>,
    Query(part): Query<OrdersPart>,
) -> Result<axum::Json<PurchaseOrderPage>, ServiceError> {
    let query = PurchaseOrderQuery { visible: &permitted.visible, filter: &filter };
    let limit = part.limit.unwrap_or(PAGE).min(PAGE_MAX);
    Ok(axum::Json(PurchaseOrderPage {
        purchase_orders: state.store.purchase_order_rows(query, limit, part.offset).await?,
        count: state.store.purchase_order_count(query).await?,
    }))
}

pub async fn detail(
    State(state): State<AppState>,
    permitted: Permitted,
    Path(number): Path<String>,
) -> Result<axum::Json<PurchaseOrderDetail>, ServiceError> {
    shown(&state, &permitted, &number).await
}

pub async fn send(
    State(state): State<AppState>,
    permitted: Permitted,
    from: ClientAddress,
    Path(number): Path<String>,
    Json(request): Json<SendRequest>,
) -> Result<axum::Json<PurchaseOrderDetail>, ServiceError> {
    dispatch::send_again(&state, &permitted, &from, &number, &request).await?;
    shown(&state, &permitted, &number).await
}

pub async fn sent_by_hand(
    State(state): State<AppState>,
    permitted: Permitted,
    from: ClientAddress,
    Path(number): Path<String>,
    Json(request): Json<SentByHandRequest>,
) -> Result<axum::Json<PurchaseOrderDetail>, ServiceError> {
    dispatch::sent_by_hand(&state, &permitted, &from, &number, &request).await?;
    shown(&state, &permitted, &number).await
}

pub async fn not_sent(
    State(state): State<AppState>,
    permitted: Permitted,
    from: ClientAddress,
    Path(number): Path<String>,
) -> Result<axum::Json<PurchaseOrderDetail>, ServiceError> {
    dispatch::not_sent(&state, &permitted, &from, &number).await?;
    shown(&state, &permitted, &number).await
}

/// What was sent, as it was sent. A browser saves it and never shows it.
pub async fn content(
    State(state): State<AppState>,
    permitted: Permitted,
    Path(id): Path<String>,
) -> Result<Response, ServiceError> {
    let unknown = || ServiceError::NotFound(format!("dispatch {id}"));
    let id: i64 = id.parse().map_err(|_| unknown())?;
    let found = state.store.dispatch_content(id).await?.ok_or_else(unknown)?;
    let (number, channel, bytes) = found;
    state.store.purchase_order(&permitted.visible, &number).await?.ok_or_else(unknown)?;
    let (kind, ending) = match channel {
        OrderChannel::Email(_) => ("message/rfc822", "eml"),
        _ => ("text/csv; charset=utf-8", "csv"),
    };
    let name = dispatch::plain_number(&number);
    let disposition = format!("attachment; filename=\"{name}-{id}.{ending}\"");
    let headers = [(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, disposition)];
    Ok((headers, bytes).into_response())
}

async fn shown(
    state: &AppState,
    permitted: &Permitted,
    number: &str,
) -> Result<axum::Json<PurchaseOrderDetail>, ServiceError> {
    let found = state.store.purchase_order(&permitted.visible, number).await?;
    let (row, why_person) =
        found.ok_or_else(|| ServiceError::NotFound(format!("purchase order {number}")))?;
    // Without its release, the purchase order still has its row and its way.
    let text = match dispatch::compose(state, number).await {
        Ok(composed) => composed.map(|composed| composed.text),
        Err(ServiceError::Internal(reason)) => {
            tracing::warn!("{reason}");
            None
        }
        Err(error) => return Err(error),
    };
    let profile = state.store.supplier_profile(&row.supplier).await?;
    let dispatches = state.store.dispatches(number).await?;
    let (channels, contacts) = (profile.channels, profile.contacts);
    Ok(axum::Json(PurchaseOrderDetail { row, text, why_person, channels, contacts, dispatches }))
}
