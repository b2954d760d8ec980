//! Purchase orders and their way to suppliers.

use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use calloff_core::supplier::{OrderChannel, SupplierProfile};
use calloff_core::wire::{
    PersonRole, PurchaseOrderDetail, PurchaseOrderFilter, PurchaseOrderPage, PurchaseOrderText,
    SendRequest, SentByHandRequest,
};

use super::extract::{Json, Path, Query};
use super::orders::{OrdersPart, PAGE, PAGE_MAX};
use crate::auth::{ClientAddress, Permitted};
use crate::dispatch;
use crate::error::ServiceError;
use crate::state::AppState;
use crate::storage::purchase_orders::{DispatchContent, PurchaseOrderQuery};

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
    let found = sent(&state, &permitted, id).await?.ok_or_else(unknown)?;
    let (kind, ending) = match found.channel {
        OrderChannel::Email(_) => ("message/rfc822", "eml"),
        _ => ("text/csv; charset=utf-8", "csv"),
    };
    let name = format!("{}-{id}.{ending}", dispatch::plain_number(&found.purchase_order));
    Ok(saved(&name, kind, found.content))
}

/// The UBL document that was written beside a CSV file, as it was written.
pub async fn sent_ubl(
    State(state): State<AppState>,
    permitted: Permitted,
    Path(id): Path<String>,
) -> Result<Response, ServiceError> {
    let unknown = || ServiceError::NotFound(format!("UBL document of dispatch {id}"));
    let id: i64 = id.parse().map_err(|_| unknown())?;
    let found = sent(&state, &permitted, id).await?.ok_or_else(unknown)?;
    let name = format!("{}-{id}.xml", dispatch::plain_number(&found.purchase_order));
    Ok(saved(&name, XML, found.ubl.ok_or_else(unknown)?))
}

/// The purchase order as PDF, as the server would send it now.
pub async fn pdf(
    State(state): State<AppState>,
    permitted: Permitted,
    Path(number): Path<String>,
) -> Result<Response, ServiceError> {
    let (text, profile) = readable(&state, &permitted, &number).await?;
    let name = format!("{}.pdf", dispatch::file_name(&text.number, text.revision));
    let papers = dispatch::Papers::write(&state, &text, &profile, 1).await?;
    Ok(saved(&name, "application/pdf", papers.pdf))
}

/// The purchase order as UBL, as the server would send it now.
pub async fn ubl(
    State(state): State<AppState>,
    permitted: Permitted,
    Path(number): Path<String>,
) -> Result<Response, ServiceError> {
    let (text, profile) = readable(&state, &permitted, &number).await?;
    let parties = state.settings.outgoing.parties(&profile);
    let bytes = dispatch::ubl(&text, profile.language, parties)?.ok_or_else(|| {
        ServiceError::NotFound(format!(
            "UBL document of purchase order {number}: its page says what it lacks"
        ))
    })?;
    Ok(saved(&format!("{}.xml", dispatch::file_name(&text.number, text.revision)), XML, bytes))
}

const XML: &str = "application/xml";

/// A file that a browser saves and never shows.
fn saved(name: &str, kind: &str, bytes: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, disposition)];
    (headers, bytes).into_response()
}

/// The bytes of a dispatch, if the person may see its purchase order.
async fn sent(
    state: &AppState,
    permitted: &Permitted,
    id: i64,
) -> Result<Option<DispatchContent>, ServiceError> {
    let Some(found) = state.store.dispatch_content(id).await? else { return Ok(None) };
    let visible = state.store.purchase_order(&permitted.visible, &found.purchase_order).await?;
    Ok(visible.map(|_| found))
}

/// What the supplier reads of a purchase order that the person may see, and how the supplier is
/// reached.
async fn readable(
    state: &AppState,
    permitted: &Permitted,
    number: &str,
) -> Result<(PurchaseOrderText, SupplierProfile), ServiceError> {
    let unknown = || ServiceError::NotFound(format!("purchase order {number}"));
    let visible = state.store.purchase_order(&permitted.visible, number).await?;
    let (row, _) = visible.ok_or_else(unknown)?;
    let composed = dispatch::compose(state, number).await?.ok_or_else(unknown)?;
    Ok((composed.text, state.store.supplier_profile(&row.supplier).await?))
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
    let parties = state.settings.outgoing.parties(&profile);
    let ubl_gaps = text.as_ref().map(|text| dispatch::gaps(text, parties)).unwrap_or_default();
    let (channels, contacts) = (profile.channels, profile.contacts);
    Ok(axum::Json(PurchaseOrderDetail {
        row,
        text,
        why_person,
        ubl_gaps,
        channels,
        contacts,
        dispatches,
    }))
}
