//! Whether the browser promises to keep what we store, and how much room there is.

use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{StorageEstimate, StorageManager};

use super::thrown_text;

/// Bytes as the browser estimates them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    pub used: u64,
    pub available: u64,
}

/// The browser has no storage manager (an insecure address, an old browser) or refused the
/// question.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this browser does not tell about its storage: {0}")]
pub struct StorageUnknown(String);

impl From<JsValue> for StorageUnknown {
    fn from(thrown: JsValue) -> Self {
        Self(thrown_text(&thrown))
    }
}

/// Asks that our data be kept even when the device runs short of space. True if it will be; the
/// browser may ask the person, so call it after something of theirs was saved.
pub async fn persist() -> Result<bool, StorageUnknown> {
    let answer = JsFuture::from(manager()?.persist()?).await?;
    Ok(answer.is_truthy())
}

/// Whether the browser has promised to keep our data.
pub async fn is_persisted() -> Result<bool, StorageUnknown> {
    let answer = JsFuture::from(manager()?.persisted()?).await?;
    Ok(answer.is_truthy())
}

/// Room used and room left.
pub async fn estimate() -> Result<Estimate, StorageUnknown> {
    let answer = JsFuture::from(manager()?.estimate()?).await?;
    let estimate: StorageEstimate = answer.into();
    let used = whole_bytes(estimate.get_usage());
    let quota = whole_bytes(estimate.get_quota());
    Ok(Estimate { used, available: quota.saturating_sub(used) })
}

fn manager() -> Result<StorageManager, StorageUnknown> {
    let window = web_sys::window().ok_or_else(|| StorageUnknown("no window".into()))?;
    let manager = window.navigator().storage();
    if manager.is_undefined() {
        return Err(StorageUnknown("the address is not secure (https)".into()));
    }
    Ok(manager)
}

/// JavaScript counts in doubles, exact up to 2⁵³ bytes; negative or missing becomes 0.
fn whole_bytes(count: Option<f64>) -> u64 {
    count.unwrap_or(0.0) as u64
}
