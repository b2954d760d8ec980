//! Whether the browser promises to keep the app's data, and how much room there is.

use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{StorageEstimate, StorageManager};

use super::thrown_text;

/// Numbers of bytes, as the browser estimates them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    pub used: u64,
    pub available: u64,
}

/// The browser has no storage manager (insecure address, old browser) or refused the question.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this browser does not tell about its storage: {0}")]
pub struct StorageUnknown(String);

impl From<JsValue> for StorageUnknown {
    fn from(thrown: JsValue) -> Self {
        Self(thrown_text(&thrown))
    }
}

/// Asks the browser to keep the app's data even when the device runs short of space. True if the
/// browser will. The browser may ask the person, so call this after some of their work was saved.
pub async fn persist() -> Result<bool, StorageUnknown> {
    let answer = JsFuture::from(manager()?.persist()?).await?;
    Ok(answer.is_truthy())
}

/// Whether the browser has promised to keep the app's data.
pub async fn is_persisted() -> Result<bool, StorageUnknown> {
    let answer = JsFuture::from(manager()?.persisted()?).await?;
    Ok(answer.is_truthy())
}

/// The room that is used and the room that is left.
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

/// JavaScript counts in doubles, which are exact up to 2⁵³ bytes. A negative or missing number
/// becomes 0.
fn whole_bytes(count: Option<f64>) -> u64 {
    count.unwrap_or(0.0) as u64
}
