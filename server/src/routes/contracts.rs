//! Contracts, to read.

use axum::extract::State;
use calloff_core::ids::ContractId;
use calloff_core::wire::{
    ContractDetail, ContractDifference, ContractFilter, ContractLinesPage, ContractPage, LineFate,
    LinesPart,
};
use serde::Deserialize;

use super::extract::{Path, Query};
use super::orders::PAGE_MAX;
use crate::auth::Permitted;
use crate::contracts;
use crate::error::ServiceError;
use crate::state::AppState;

/// The roles that may see contracts: those that may see suppliers.
pub use super::suppliers::READERS;

/// The default number of lines of one page.
const LINES: usize = 100;

/// The most lines of one page: 500 lines have some 250 KB.
const LINES_MAX: usize = 500;

/// How many lines to return, and of differences, which.
#[derive(Debug, Deserialize)]
pub struct LinesAsked {
    limit: Option<usize>,
    #[serde(default)]
    fate: Option<LineFate>,
}

impl LinesAsked {
    fn limit(&self) -> usize {
        self.limit.unwrap_or(LINES).clamp(1, LINES_MAX)
    }
}

pub async fn list(
    State(state): State<AppState>,
    permitted: Permitted,
    Query(filter): Query<ContractFilter>,
) -> Result<axum::Json<ContractPage>, ServiceError> {
    let most = usize::try_from(PAGE_MAX).unwrap_or(usize::MAX);
    Ok(axum::Json(contracts::page(&state, &permitted.visible, &filter, most).await?))
}

pub async fn detail(
    State(state): State<AppState>,
    permitted: Permitted,
    Path(contract): Path<String>,
) -> Result<axum::Json<ContractDetail>, ServiceError> {
    let id = parsed(&contract)?;
    let found = contracts::detail(&state, &permitted.visible, &id).await?;
    found.map(axum::Json).ok_or_else(|| unknown(&contract))
}

pub async fn lines(
    State(state): State<AppState>,
    permitted: Permitted,
    Path((contract, version)): Path<(String, u32)>,
    Query(part): Query<LinesPart>,
    Query(asked): Query<LinesAsked>,
) -> Result<axum::Json<ContractLinesPage>, ServiceError> {
    let id = parsed(&contract)?;
    let visible = &permitted.visible;
    let found = contracts::lines(&state, visible, (&id, version), &part, asked.limit()).await?;
    found.map(axum::Json).ok_or_else(|| unknown(&format!("{contract}, version {version}")))
}

pub async fn difference(
    State(state): State<AppState>,
    permitted: Permitted,
    Path((contract, from, to)): Path<(String, u32, u32)>,
    Query(part): Query<LinesPart>,
    Query(asked): Query<LinesAsked>,
) -> Result<axum::Json<ContractDifference>, ServiceError> {
    let id = parsed(&contract)?;
    let (versions, which) = ((&id, from, to), (asked.fate, &part));
    let found =
        contracts::difference(&state, &permitted.visible, versions, which, asked.limit()).await?;
    found.map(axum::Json).ok_or_else(|| unknown(&format!("{contract}, versions {from} and {to}")))
}

fn parsed(contract: &str) -> Result<ContractId, ServiceError> {
    contract.parse().map_err(|_| unknown(contract))
}

fn unknown(contract: &str) -> ServiceError {
    ServiceError::NotFound(format!("contract {contract}"))
}
