//! Gives more of a hard maximum to a site that has used its allotment.

use axum::extract::State;
use calloff_core::contract::CommitmentId;
use calloff_core::decimal::round_up_to_multiple;
use calloff_core::limits::ORDER_QUANTITY;
use calloff_core::publish::escrow::{may_order, smallest_part};
use calloff_core::wire::{TopUpRequest, TopUpResponse};
use rust_decimal::Decimal;

use super::extract::Json;
use crate::auth::CallingTablet;
use crate::error::ServiceError;
use crate::state::{AppState, Wake};
use crate::storage::allotments::{self, TopUp, TopUpAnswer, allotments_of};
use crate::storage::devices::enrolled_of;

/// Gives a part of the reserve, at most the requested amount, to a site that may order by the
/// contract in the release in force. The same request again gets the same answer.
pub async fn top_up(
    State(state): State<AppState>,
    CallingTablet(device): CallingTablet,
    Json(request): Json<TopUpRequest>,
) -> Result<axum::Json<TopUpResponse>, ServiceError> {
    if request.amount <= Decimal::ZERO || request.amount > Decimal::from(ORDER_QUANTITY) {
        let message = format!("a top-up is above 0 and at most {ORDER_QUANTITY}");
        return Err(ServiceError::Unprocessable(message));
    }
    let commitment = CommitmentId { contract: request.contract, line: request.line };
    let unknown = || ServiceError::NotFound(format!("hard maximum of contract {commitment}"));
    let today = state.local_at(&device.site, state.now()).await?.date();
    let in_force = state.store.release_in_force(today).await?.ok_or_else(unknown)?;
    let catalogue = state.catalogue(in_force.issue.number).await?.ok_or_else(unknown)?;
    if !may_order(&catalogue, &commitment, &device.site) {
        return Err(unknown());
    }
    let measure = catalogue.caps().iter().find(|cap| cap.id == commitment).map(|cap| cap.measure);
    let contract = catalogue.contracts().iter().find(|contract| contract.id == commitment.contract);
    let (Some(measure), Some(contract)) = (measure, contract) else { return Err(unknown()) };
    // A finer request is rounded up, because a finer part could not be ordered.
    let step = smallest_part(&measure, contract.currency);
    let amount = round_up_to_multiple(request.amount, step).ok_or_else(unknown)?;
    let mut write = state.store.write().await?;
    if enrolled_of(&mut write, &[device.id]).await?.is_empty() {
        return Err(ServiceError::DeviceRevoked);
    }
    let asked = TopUp {
        id: request.id,
        site: device.site.clone(),
        commitment: commitment.clone(),
        device: device.id,
        asked: amount,
        at: state.now(),
    };
    let given = match allotments::top_up(&mut write, &asked).await? {
        TopUpAnswer::Given(given) => given,
        TopUpAnswer::NoSuchCap => return Err(unknown()),
        TopUpAnswer::AnotherRequest => {
            let message =
                format!("{} is the identifier of another request: ask with a new one", request.id);
            return Err(ServiceError::Unprocessable(message));
        }
    };
    let allotments = allotments_of(&mut write, &device.site).await?;
    write.commit().await?;
    state.wake(Wake::Documents(device.site));
    Ok(axum::Json(TopUpResponse { given, allotments }))
}
