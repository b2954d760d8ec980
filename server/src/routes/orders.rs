//! The orders of all sites, for finance.

use axum::extract::State;
use calloff_core::ids::DocumentId;
use calloff_core::wire::{
    DecisionRequest, OrderDetail, OrderFilter, OrderFilterChoices, OrderPage, PersonRole,
};
use serde::Deserialize;

use super::extract::{Json, Path, Query};
use crate::auth::{ClientAddress, Permitted};
use crate::error::ServiceError;
use crate::state::AppState;
use crate::storage::orders::OrderQuery;
use crate::{exceptions, finance};

/// The roles that may read orders. Site managers see only the orders of their sites.
pub const READERS: &[PersonRole] = &[
    PersonRole::Finance,
    PersonRole::Procurement,
    PersonRole::Admin,
    PersonRole::Auditor,
    PersonRole::SiteManager,
];

/// The default number of orders of one page.
pub(super) const PAGE: u32 = 200;

/// The most orders of one page: 1,000 rows have some 400 KB.
pub(super) const PAGE_MAX: u32 = 1_000;

/// The part of the list to return.
#[derive(Debug, Deserialize)]
pub struct OrdersPart {
    pub(super) limit: Option<u32>,
    #[serde(default)]
    pub(super) offset: u64,
}

/// The roles that may decide about orders on hold.
pub const DECIDERS: &[PersonRole] = &[PersonRole::Procurement];

pub async fn list(
    State(state): State<AppState>,
    permitted: Permitted,
    Query(filter): Query<OrderFilter>,
    Query(part): Query<OrdersPart>,
) -> Result<axum::Json<OrderPage>, ServiceError> {
    let query = OrderQuery { visible: &permitted.visible, filter: &filter };
    let limit = part.limit.unwrap_or(PAGE).min(PAGE_MAX);
    Ok(axum::Json(finance::order_page(&state.store, query, limit, part.offset).await?))
}

pub async fn filters(
    State(state): State<AppState>,
    permitted: Permitted,
) -> Result<axum::Json<OrderFilterChoices>, ServiceError> {
    Ok(axum::Json(finance::filter_choices(&state.store, &permitted.visible).await?))
}

pub async fn detail(
    State(state): State<AppState>,
    permitted: Permitted,
    Path(document): Path<String>,
) -> Result<axum::Json<OrderDetail>, ServiceError> {
    let unknown = || ServiceError::NotFound(format!("order {document}"));
    let id: DocumentId = document.parse().map_err(|_| unknown())?;
    finance::order_detail(&state, &permitted.visible, &id)
        .await?
        .map(axum::Json)
        .ok_or_else(unknown)
}

pub async fn decide(
    State(state): State<AppState>,
    permitted: Permitted,
    from: ClientAddress,
    Path(document): Path<String>,
    Json(request): Json<DecisionRequest>,
) -> Result<axum::Json<OrderDetail>, ServiceError> {
    let unknown = || ServiceError::NotFound(format!("order {document}"));
    let id: DocumentId = document.parse().map_err(|_| unknown())?;
    exceptions::decide(&state, &permitted, &from, id, request).await?;
    finance::order_detail(&state, &permitted.visible, &id)
        .await?
        .map(axum::Json)
        .ok_or_else(unknown)
}
