//! Codes that enrol tablets.

use calloff_core::ids::LocationId;

use super::EnrolmentCode;
use crate::error::ServiceError;
use crate::storage::Store;
use crate::storage::devices::add_enrolment_code;

/// Issues a code that enrols one tablet at a site, once, until `expires_at`; `None` where there is no such site. Times are
/// milliseconds since the Unix epoch.
///
/// # Errors
/// The store failed, or the system gives no random bytes.
pub async fn issue_enrolment_code(
    store: &Store,
    site: &LocationId,
    now: i64,
    expires_at: i64,
) -> Result<Option<EnrolmentCode>, ServiceError> {
    if store.site_name(site).await?.is_none() {
        return Ok(None);
    }
    let mut random = [0; 10];
    getrandom::fill(&mut random)?;
    let code = EnrolmentCode::mint(random);
    let mut write = store.write().await?;
    add_enrolment_code(&mut write, &code.hash(), site, now, expires_at).await?;
    write.commit().await?;
    Ok(Some(code))
}
