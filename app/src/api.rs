//! The server's endpoints by name and type (`calloff_core::wire` lists them).

use std::time::Duration;

use calloff_core::catalogue::release::ChunkHash;
use calloff_core::ids::{ContractId, DeviceId, DocumentId, PersonId, SupplierId};
use calloff_core::order::OrderStage;
use calloff_core::order::PurchaseOrderState;
use calloff_core::order::exception::Undecidable;
use calloff_core::sync::{UnpackError, pack_push, unpack_pull_response, unpack_push_response};
use calloff_core::wire::chunks::split_chunks;
use calloff_core::wire::{
    AcceptInvitationRequest, AddPersonRequest, AddPersonResponse, AuditPage, ChangePersonRequest,
    ChangeSupplierRequest, ChunksRequest, ContractDetail, ContractDifference, ContractFilter,
    ContractLinesPage, ContractPage, CredentialResponse, DecisionRequest, DeviceRow, EnrolRequest,
    EnrolResponse, EnrolmentCodeRequest, EnrolmentCodeResponse, ErrorCode, InvitationFacts,
    InvitationRequest, InvitationResponse, JobRow, LineFate, LinesPart, OrderDetail, OrderFilter,
    OrderFilterChoices, OrderPage, PersonRefusal, PersonRow, PinRequest, PlaceRow, PullRequest,
    PullResponse, PurchaseOrderDetail, PurchaseOrderFilter, PurchaseOrderPage, PushRequest,
    PushResponse, QuarantineRow, ReleaseResponse, RenameRequest, SendRequest, SentByHandRequest,
    Session, SignInOptions, SignInRequest, SupplierDetail, SupplierRow, TabletFacts, TopUpRequest,
    TopUpResponse,
};

use crate::platform::http::{HttpError, HttpRequest};

/// The time limit of a transfer. The server sends 4 MiB at once, or one chunk of 8 MiB: 67 s on a
/// link of 1 Mbit/s. A push or a pull takes less.
const TRANSFER_TIMEOUT: Duration = Duration::from_secs(120);

/// Trades a one-time enrolment code for a tablet's credential.
pub async fn enrol(request: &EnrolRequest) -> Result<EnrolResponse, HttpError> {
    HttpRequest::post("/api/enrol").json(request)?.send().await?.json()
}

/// Fetches which releases this tablet should have.
pub async fn releases(credential: &str) -> Result<ReleaseResponse, HttpError> {
    HttpRequest::get("/api/release").bearer(Some(credential)).send().await?.json()
}

/// Fetches release `number` as its difference from release `base`, which this tablet has. The
/// caller checks the bytes.
pub async fn difference(credential: &str, number: u64, base: u64) -> Result<Vec<u8>, HttpError> {
    let request =
        HttpRequest::get(format!("/api/release/{number}/from/{base}")).bearer(Some(credential));
    Ok(request.timeout(TRANSFER_TIMEOUT).send().await?.body)
}

/// Fetches the first few of these chunks, in their order. They are deflated, and the caller
/// compares them with their hashes.
pub async fn chunks(credential: &str, hashes: &[ChunkHash]) -> Result<Vec<Vec<u8>>, HttpError> {
    let request = ChunksRequest { hashes: hashes.iter().map(ToString::to_string).collect() };
    let request = HttpRequest::post("/api/chunks")
        .bearer(Some(credential))
        .json(&request)?
        .timeout(TRANSFER_TIMEOUT);
    let answer = request.send().await?.body;
    let chunks = split_chunks(&answer).map_err(|error| HttpError::Decode(error.to_string()))?;
    Ok(chunks.into_iter().map(<[u8]>::to_vec).collect())
}

/// Sends this tablet's changes to the server.
pub async fn push(credential: &str, request: &PushRequest) -> Result<PushResponse, HttpError> {
    push_to("/api/sync/push", credential, request).await
}

/// Offers the changes that a restored server lacks.
pub async fn offer(credential: &str, request: &PushRequest) -> Result<PushResponse, HttpError> {
    push_to("/api/sync/offer", credential, request).await
}

async fn push_to(
    path: &str,
    credential: &str,
    request: &PushRequest,
) -> Result<PushResponse, HttpError> {
    let body = pack_push(request).map_err(|error| HttpError::Decode(error.to_string()))?;
    let answer = HttpRequest::post(path)
        .bearer(Some(credential))
        .bytes(body)
        .timeout(TRANSFER_TIMEOUT)
        .send()
        .await?;
    unpack_push_response(&answer.body).map_err(unreadable)
}

/// Asks what changed for this tablet's site.
pub async fn pull(credential: &str, request: &PullRequest) -> Result<PullResponse, HttpError> {
    let request = HttpRequest::post("/api/sync/pull").bearer(Some(credential)).json(request)?;
    let answer = request.timeout(TRANSFER_TIMEOUT).send().await?;
    unpack_pull_response(&answer.body).map_err(unreadable)
}

fn unreadable(error: UnpackError) -> HttpError {
    HttpError::Decode(error.to_string())
}

/// Asks for a larger allotment of a hard maximum commitment for the site.
pub async fn top_up(credential: &str, request: &TopUpRequest) -> Result<TopUpResponse, HttpError> {
    HttpRequest::post("/api/allotments/top-up")
        .bearer(Some(credential))
        .json(request)?
        .send()
        .await?
        .json()
}

/// The path of the events by which the server says that something changed.
pub const EVENTS: &str = "/api/events";

/// Signs a person in: the answer sets the session's cookie.
pub async fn sign_in(request: &SignInRequest) -> Result<Session, HttpError> {
    HttpRequest::post("/api/sign-in").json(request)?.send().await?.json()
}

/// Ends the session.
pub async fn sign_out() -> Result<(), HttpError> {
    HttpRequest::post("/api/sign-out").send().await.map(drop)
}

/// Fetches the ways to sign in beside name and password.
pub async fn sign_in_options() -> Result<SignInOptions, HttpError> {
    HttpRequest::get("/api/sign-in/options").send().await?.json()
}

/// The path behind the button of the organisation's own sign-in. The browser goes there and leaves
/// the app.
pub const SIGN_IN_BY_PROVIDER: &str = "/api/sign-in/provider";

/// Fetches the facts about this tablet and its site beside catalogue and orders.
pub async fn tablet_facts(credential: &str) -> Result<TabletFacts, HttpError> {
    HttpRequest::get("/api/tablet").bearer(Some(credential)).send().await?.json()
}

/// Fetches this tablet's next credential. The present one stays valid until the next one is first
/// used.
pub async fn next_credential(credential: &str) -> Result<CredentialResponse, HttpError> {
    HttpRequest::post("/api/tablet/credential").bearer(Some(credential)).send().await?.json()
}

/// Fetches the tablets of all sites that the signed-in person looks after.
pub async fn devices() -> Result<Vec<DeviceRow>, HttpError> {
    HttpRequest::get("/api/devices").send().await?.json()
}

/// Issues a code that enrols a tablet.
pub async fn enrolment_code(
    request: &EnrolmentCodeRequest,
) -> Result<EnrolmentCodeResponse, HttpError> {
    HttpRequest::post("/api/devices/enrolment-codes").json(request)?.send().await?.json()
}

/// Gives a tablet another name.
pub async fn rename_device(device: DeviceId, request: &RenameRequest) -> Result<(), HttpError> {
    HttpRequest::post(format!("/api/devices/{device}/rename")).json(request)?.send().await.map(drop)
}

/// Revokes a tablet.
pub async fn revoke_device(device: DeviceId) -> Result<(), HttpError> {
    HttpRequest::post(format!("/api/devices/{device}/revoke")).send().await.map(drop)
}

/// Fetches the part of the location tree that the signed-in person sees.
pub async fn places() -> Result<Vec<PlaceRow>, HttpError> {
    HttpRequest::get("/api/places").send().await?.json()
}

/// Fetches the people that the signed-in person may see.
pub async fn people() -> Result<Vec<PersonRow>, HttpError> {
    HttpRequest::get("/api/people").send().await?.json()
}

/// Adds a person.
pub async fn add_person(request: &AddPersonRequest) -> Result<AddPersonResponse, HttpError> {
    HttpRequest::post("/api/people").json(request)?.send().await?.json()
}

/// The path of a person, with an act at its end ("/remove") or without.
fn person_path(person: &PersonId, act: &str) -> String {
    format!("/api/people/{}{act}", percent_encoded(person.as_str()))
}

/// Changes name and roles of a person.
pub async fn change_person(
    person: &PersonId,
    request: &ChangePersonRequest,
) -> Result<(), HttpError> {
    HttpRequest::post(person_path(person, "")).json(request)?.send().await.map(drop)
}

/// Issues an invitation, in place of an earlier one.
pub async fn invite(person: &PersonId) -> Result<InvitationResponse, HttpError> {
    HttpRequest::post(person_path(person, "/invitation")).send().await?.json()
}

/// Revokes a person's open invitation.
pub async fn revoke_invitation(person: &PersonId) -> Result<(), HttpError> {
    HttpRequest::post(person_path(person, "/invitation/revoke")).send().await.map(drop)
}

/// Ends all sessions of a person.
pub async fn end_sessions(person: &PersonId) -> Result<(), HttpError> {
    HttpRequest::post(person_path(person, "/sessions/end")).send().await.map(drop)
}

/// Removes a person.
pub async fn remove_person(person: &PersonId) -> Result<(), HttpError> {
    HttpRequest::post(person_path(person, "/remove")).send().await.map(drop)
}

/// Sets or removes a person's PIN.
pub async fn put_pin(person: &PersonId, request: &PinRequest) -> Result<(), HttpError> {
    HttpRequest::post(person_path(person, "/pin")).json(request)?.send().await.map(drop)
}

/// Asks which person a link invites.
pub async fn invitation(request: &InvitationRequest) -> Result<InvitationFacts, HttpError> {
    HttpRequest::post("/api/invitation").json(request)?.send().await?.json()
}

/// Sets the password of an invited person.
pub async fn accept_invitation(request: &AcceptInvitationRequest) -> Result<(), HttpError> {
    HttpRequest::post("/api/invitation/accept").json(request)?.send().await.map(drop)
}

/// Fetches the latest refused batches.
pub async fn quarantine() -> Result<Vec<QuarantineRow>, HttpError> {
    HttpRequest::get("/api/quarantine").send().await?.json()
}

/// Accepts a batch that a tablet offered after the server was restored.
pub async fn take_up(id: i64) -> Result<(), HttpError> {
    HttpRequest::post(format!("/api/quarantine/{id}/take-up")).send().await.map(drop)
}

/// The path from which the browser downloads the bytes of a refused batch.
#[must_use]
pub fn quarantine_file(id: i64) -> String {
    format!("/api/quarantine/{id}/changes")
}

/// Fetches the latest entries of the audit log.
pub async fn audit() -> Result<AuditPage, HttpError> {
    HttpRequest::get("/api/audit").send().await?.json()
}

/// Fetches the jobs of the server.
pub async fn jobs() -> Result<Vec<JobRow>, HttpError> {
    HttpRequest::get("/api/jobs").send().await?.json()
}

/// Runs a job again, or now if it waits.
pub async fn run_job_again(id: i64) -> Result<(), HttpError> {
    HttpRequest::post(format!("/api/jobs/{id}/run-again")).send().await.map(drop)
}

/// Cancels a job.
pub async fn cancel_job(id: i64) -> Result<(), HttpError> {
    HttpRequest::post(format!("/api/jobs/{id}/cancel")).send().await.map(drop)
}

/// Fetches who is signed in.
pub async fn session() -> Result<Session, HttpError> {
    HttpRequest::get("/api/session").send().await?.json()
}

/// Fetches the latest merged orders that pass the filter, at most `limit`, with the totals of all
/// that pass.
pub async fn orders(filter: &OrderFilter, limit: u32) -> Result<OrderPage, HttpError> {
    let query = leading_query(order_filter_pairs(filter));
    HttpRequest::get(format!("/api/orders?{query}limit={limit}")).send().await?.json()
}

/// A filter as the beginning of a query: each pair is followed by `&`.
fn leading_query(pairs: Vec<(&'static str, String)>) -> String {
    let pairs = pairs.into_iter();
    pairs.map(|(key, value)| format!("{key}={}&", percent_encoded(&value))).collect()
}

/// Fetches the values by which orders can be filtered.
pub async fn order_filters() -> Result<OrderFilterChoices, HttpError> {
    HttpRequest::get("/api/orders/filters").send().await?.json()
}

/// Fetches one merged order.
pub async fn order(document: DocumentId) -> Result<OrderDetail, HttpError> {
    HttpRequest::get(format!("/api/orders/{document}")).send().await?.json()
}

/// The filter as names and values for the query of an address, not yet percent-encoded.
#[must_use]
pub fn order_filter_pairs(filter: &OrderFilter) -> Vec<(&'static str, String)> {
    let OrderFilter { site, supplier, from, to, stage } = filter;
    let site = site.as_ref().map(|site| ("site", site.to_string()));
    let supplier = supplier.as_ref().map(|supplier| ("supplier", supplier.to_string()));
    let from = from.map(|day| ("from", day.to_string()));
    let to = to.map(|day| ("to", day.to_string()));
    let stage = stage.and_then(stage_name).map(|stage| ("stage", stage));
    [site, supplier, from, to, stage].into_iter().flatten().collect()
}

/// The name of a stage in JSON and in addresses.
#[must_use]
pub fn stage_name(stage: OrderStage) -> Option<String> {
    serde_json::to_value(stage).ok()?.as_str().map(str::to_owned)
}

/// Sends procurement's decision about an order on hold.
pub async fn decide(
    document: DocumentId,
    request: &DecisionRequest,
) -> Result<OrderDetail, HttpError> {
    HttpRequest::post(format!("/api/orders/{document}/decision"))
        .json(request)?
        .send()
        .await?
        .json()
}

/// Fetches the purchase orders that pass the filter, at most `limit`, the latest delivery first,
/// with the number of all that pass.
pub async fn purchase_orders(
    filter: &PurchaseOrderFilter,
    limit: u32,
) -> Result<PurchaseOrderPage, HttpError> {
    let query = leading_query(purchase_order_filter_pairs(filter));
    HttpRequest::get(format!("/api/purchase-orders?{query}limit={limit}")).send().await?.json()
}

/// The filter as names and values for the query of an address, not yet percent-encoded.
#[must_use]
pub fn purchase_order_filter_pairs(filter: &PurchaseOrderFilter) -> Vec<(&'static str, String)> {
    let PurchaseOrderFilter { site, supplier, state, from, to, number } = filter;
    let site = site.as_ref().map(|site| ("site", site.to_string()));
    let supplier = supplier.as_ref().map(|supplier| ("supplier", supplier.to_string()));
    let state = state.map(PurchaseOrderState::name).map(|state| ("state", state.to_owned()));
    let from = from.map(|day| ("from", day.to_string()));
    let to = to.map(|day| ("to", day.to_string()));
    let number = number.clone().map(|number| ("number", number));
    [site, supplier, state, from, to, number].into_iter().flatten().collect()
}

/// Fetches the contracts that pass the filter.
pub async fn contracts(filter: &ContractFilter) -> Result<ContractPage, HttpError> {
    let query = leading_query(contract_filter_pairs(filter));
    HttpRequest::get(format!("/api/contracts?{query}")).send().await?.json()
}

/// The filter as names and values for the query of an address, not yet percent-encoded.
#[must_use]
pub fn contract_filter_pairs(filter: &ContractFilter) -> Vec<(&'static str, String)> {
    let ContractFilter { state, supplier, within } = filter;
    let state = state.map(|state| ("state", state.name().to_owned()));
    let supplier = supplier.as_ref().map(|supplier| ("supplier", supplier.to_string()));
    let within = within.map(|days| ("within", days.to_string()));
    [state, supplier, within].into_iter().flatten().collect()
}

/// The path of a contract, with what is asked about it at its end or without.
fn contract_path(contract: &ContractId, about: &str) -> String {
    format!("/api/contracts/{}{about}", percent_encoded(contract.as_str()))
}

/// Fetches one contract with its history.
pub async fn contract(contract: &ContractId) -> Result<ContractDetail, HttpError> {
    HttpRequest::get(contract_path(contract, "")).send().await?.json()
}

/// A part of a list of lines as the beginning of a query.
fn lines_query(part: &LinesPart) -> String {
    let LinesPart { after, before, search } = part;
    let after = after.as_ref().map(|line| ("after", line.to_string()));
    let before = before.as_ref().map(|line| ("before", line.to_string()));
    let search = search.clone().map(|search| ("search", search));
    leading_query([after, before, search].into_iter().flatten().collect())
}

/// Fetches a part of the lines of one version.
pub async fn contract_lines(
    contract: &ContractId,
    version: u32,
    part: &LinesPart,
) -> Result<ContractLinesPage, HttpError> {
    let about = format!("/versions/{version}/lines?{}", lines_query(part));
    HttpRequest::get(contract_path(contract, &about)).send().await?.json()
}

/// Fetches what differs between two versions, with a part of the lines that differ.
pub async fn contract_difference(
    contract: &ContractId,
    (from, to): (u32, u32),
    fate: Option<LineFate>,
    part: &LinesPart,
) -> Result<ContractDifference, HttpError> {
    let fate = fate.map(|fate| ("fate", fate.name().to_owned()));
    let query = leading_query(fate.into_iter().collect()) + &lines_query(part);
    let about = format!("/difference/{from}/{to}?{query}");
    HttpRequest::get(contract_path(contract, &about)).send().await?.json()
}

/// The path of a purchase order, with an act at its end ("/send") or without.
fn purchase_order_path(number: &str, act: &str) -> String {
    format!("/api/purchase-orders/{}{act}", percent_encoded(number))
}

/// Fetches one purchase order.
pub async fn purchase_order(number: &str) -> Result<PurchaseOrderDetail, HttpError> {
    HttpRequest::get(purchase_order_path(number, "")).send().await?.json()
}

/// Has the server send a purchase order, perhaps once more.
pub async fn send_purchase_order(
    number: &str,
    request: &SendRequest,
) -> Result<PurchaseOrderDetail, HttpError> {
    HttpRequest::post(purchase_order_path(number, "/send")).json(request)?.send().await?.json()
}

/// Notes that a person sent a purchase order.
pub async fn sent_by_hand(
    number: &str,
    request: &SentByHandRequest,
) -> Result<PurchaseOrderDetail, HttpError> {
    HttpRequest::post(purchase_order_path(number, "/sent-by-hand"))
        .json(request)?
        .send()
        .await?
        .json()
}

/// Takes back that a person sent a purchase order.
pub async fn not_sent(number: &str) -> Result<PurchaseOrderDetail, HttpError> {
    HttpRequest::post(purchase_order_path(number, "/not-sent")).send().await?.json()
}

/// The path from which the browser downloads a purchase order as PDF.
#[must_use]
pub fn purchase_order_pdf(number: &str) -> String {
    purchase_order_path(number, "/pdf")
}

/// The path from which the browser downloads a purchase order as UBL.
#[must_use]
pub fn purchase_order_ubl(number: &str) -> String {
    purchase_order_path(number, "/ubl")
}

/// The path from which the browser downloads the UBL document that was written beside a CSV file.
#[must_use]
pub fn dispatch_ubl(id: i64) -> String {
    format!("/api/dispatches/{id}/ubl")
}

/// The path from which the browser downloads what was sent.
#[must_use]
pub fn dispatch_file(id: i64) -> String {
    format!("/api/dispatches/{id}/content")
}

/// Fetches the suppliers.
pub async fn suppliers() -> Result<Vec<SupplierRow>, HttpError> {
    HttpRequest::get("/api/suppliers").send().await?.json()
}

fn supplier_path(supplier: &SupplierId) -> String {
    format!("/api/suppliers/{}", percent_encoded(supplier.as_str()))
}

/// Fetches one supplier.
pub async fn supplier(supplier: &SupplierId) -> Result<SupplierDetail, HttpError> {
    HttpRequest::get(supplier_path(supplier)).send().await?.json()
}

/// Changes how a supplier is reached.
pub async fn change_supplier(
    supplier: &SupplierId,
    request: &ChangeSupplierRequest,
) -> Result<SupplierDetail, HttpError> {
    HttpRequest::post(supplier_path(supplier)).json(request)?.send().await?.json()
}

/// The stable code of the server's problem. `None` if the error is not a problem document of the
/// server with a code that this app knows.
#[must_use]
pub fn error_code(error: &HttpError) -> Option<ErrorCode> {
    match error {
        HttpError::Status { problem: Some(problem), .. } => {
            serde_json::from_value(serde_json::Value::String(problem.code.clone())).ok()
        }
        HttpError::Status { problem: None, .. }
        | HttpError::Offline(_)
        | HttpError::Timeout(_)
        | HttpError::Decode(_) => None,
    }
}

/// The reason why the server did not take a decision about an order. `None` if the error is another
/// one, or this app does not know the reason.
#[must_use]
pub fn undecidable(error: &HttpError) -> Option<Undecidable> {
    let HttpError::Status { problem: Some(problem), .. } = error else { return None };
    serde_json::from_value(problem.undecidable.clone()?).ok()
}

/// The reason why the server did not change a person. `None` if the error is another one, or this
/// app does not know the reason.
#[must_use]
pub fn person_refusal(error: &HttpError) -> Option<PersonRefusal> {
    let HttpError::Status { problem: Some(problem), .. } = error else { return None };
    serde_json::from_value(problem.person.clone()?).ok()
}

/// Encodes a query value or a part of a path: each byte that is not an unreserved character of RFC
/// 3986 becomes `%XX`.
#[must_use]
pub fn percent_encoded(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::http::ProblemDetails;

    #[test]
    fn a_query_value_is_encoded_byte_by_byte() {
        assert_eq!(percent_encoded("a b&c=ü/+"), "a%20b%26c%3D%C3%BC%2F%2B");
        assert_eq!(percent_encoded("12-ab_c.~"), "12-ab_c.~");
    }

    #[test]
    fn a_number_with_a_slash_is_one_part_of_a_path() {
        assert_eq!(
            purchase_order_path("PO/7 ä", "/send"),
            "/api/purchase-orders/PO%2F7%20%C3%A4/send"
        );
    }

    #[test]
    fn why_a_decision_was_not_taken_is_read_back_and_what_was_invented_later_is_no_reason() {
        let problem = |undecidable: serde_json::Value| HttpError::Status {
            status: 422,
            problem: Some(Box::new(ProblemDetails {
                code: "unprocessable".to_owned(),
                undecidable: Some(undecidable),
                ..Default::default()
            })),
        };
        let said = |why: &Undecidable| serde_json::to_value(why).unwrap();
        let line = "0192d3f0-0000-7000-8000-000000000001".parse().unwrap();
        let locked_day = "2026-03-06".parse().unwrap();
        for why in
            [Undecidable::NotOnHold, Undecidable::NewDayNeeded { line, locked_day, first: None }]
        {
            assert_eq!(undecidable(&problem(said(&why))), Some(why));
        }
        assert_eq!(undecidable(&problem(serde_json::json!({ "code": "invented_later" }))), None);
        assert_eq!(undecidable(&HttpError::Offline(String::new())), None);
    }

    #[test]
    fn the_problems_code_is_read_back() {
        let problem = |code: &str| HttpError::Status {
            status: 410,
            problem: Some(Box::new(ProblemDetails {
                code: code.to_owned(),
                title: "x".to_owned(),
                ..Default::default()
            })),
        };
        assert_eq!(
            error_code(&problem("enrolment_code_invalid")),
            Some(ErrorCode::EnrolmentCodeInvalid)
        );
        assert_eq!(error_code(&problem("invented_later")), None);
        assert_eq!(error_code(&HttpError::Offline(String::new())), None);
    }
}
