//! Suppliers, and how they are reached.

use std::collections::BTreeSet;

use axum::extract::State;
use calloff_core::calendar::Date;
use calloff_core::ids::{LocationId, SupplierId};
use calloff_core::supplier::{ProfileRefusal, check_accounts};
use calloff_core::wire::{
    AuditAct, ChangeSupplierRequest, PersonRole, SupplierDetail, SupplierRow,
};
use jiff::ToSpan as _;
use jiff::tz::TimeZone;

use super::extract::{Json, Path};
use crate::auth::{ClientAddress, Permitted};
use crate::error::ServiceError;
use crate::state::{AppState, Wake, local_date};
use crate::storage::audit::{Act, record};
use crate::storage::orders::Visible;
use crate::storage::suppliers::{put_supplier_profile, supplier_revision};

/// The roles that may see suppliers.
pub const READERS: &[PersonRole] =
    &[PersonRole::Procurement, PersonRole::Finance, PersonRole::Admin, PersonRole::Auditor];

/// The roles that may change how suppliers are reached.
pub const CHANGERS: &[PersonRole] = &[PersonRole::Procurement];

/// How many days back a site counts as one of a supplier.
const DAYS: i64 = 90;

pub async fn list(
    State(state): State<AppState>,
    _permitted: Permitted,
) -> Result<axum::Json<Vec<SupplierRow>>, ServiceError> {
    Ok(axum::Json(state.store.supplier_rows(since(&state)?).await?))
}

pub async fn detail(
    State(state): State<AppState>,
    _permitted: Permitted,
    Path(supplier): Path<String>,
) -> Result<axum::Json<SupplierDetail>, ServiceError> {
    shown(&state, &parsed(&supplier)?).await
}

/// Changes profile and customer numbers. Both are replaced as a whole. A supplier delivers to the
/// whole organisation, so a buyer of a part of it may not change how it is reached.
pub async fn change(
    State(state): State<AppState>,
    permitted: Permitted,
    from: ClientAddress,
    Path(supplier): Path<String>,
    Json(request): Json<ChangeSupplierRequest>,
) -> Result<axum::Json<SupplierDetail>, ServiceError> {
    let id = parsed(&supplier)?;
    if permitted.visible != Visible::All {
        return Err(unknown(&id));
    }
    let ChangeSupplierRequest { revision, profile, accounts } = request;
    let refused = |refusal: ProfileRefusal| ServiceError::Unprocessable(refusal.to_string());
    profile.check().map_err(refused)?;
    check_accounts(&accounts).map_err(refused)?;
    let known = state.store.locations().await?;
    let known: BTreeSet<&LocationId> = known.iter().map(|location| &location.id).collect();
    let unknown_place = accounts.iter().find(|account| !known.contains(&account.location));
    let mut write = state.store.write().await?;
    let found = supplier_revision(&mut write, &id).await?;
    let (name, last, changed_by) = found.ok_or_else(|| unknown(&id))?;
    if last != revision {
        let by = changed_by.unwrap_or_default();
        return Err(ServiceError::Unprocessable(format!(
            "{by} changed this supplier in the meantime: load the page again, and make your \
             change once more"
        )));
    }
    if let Some(account) = unknown_place {
        let kept = state.store.supplier_detail(&id, since(&state)?).await?;
        let is_kept = kept.is_some_and(|kept| {
            kept.accounts.iter().any(|row| row.account.location == account.location)
        });
        if !is_kept {
            return Err(ServiceError::Unprocessable(format!(
                "there is no place {}: choose one of the organisation",
                account.location
            )));
        }
    }
    let by = (permitted.person.name.as_str(), state.now());
    put_supplier_profile(&mut write, &id, last + 1, (&profile, &accounts), by).await?;
    let act = Act::new(AuditAct::SupplierChanged, &id).with("name", name);
    record(&mut write, &permitted.doing(&from, &state), &act).await?;
    write.commit().await?;
    state.wake(Wake::Orders);
    shown(&state, &id).await
}

fn parsed(supplier: &str) -> Result<SupplierId, ServiceError> {
    supplier.parse().map_err(|_| ServiceError::NotFound(format!("supplier {supplier}")))
}

async fn shown(
    state: &AppState,
    id: &SupplierId,
) -> Result<axum::Json<SupplierDetail>, ServiceError> {
    let detail = state.store.supplier_detail(id, since(state)?).await?;
    detail.map(axum::Json).ok_or_else(|| unknown(id))
}

fn unknown(id: &SupplierId) -> ServiceError {
    ServiceError::NotFound(format!("supplier {id}"))
}

fn since(state: &AppState) -> Result<Date, ServiceError> {
    Ok(local_date(state.now(), TimeZone::UTC)?.saturating_sub(DAYS.days()))
}
