//! The documents of a purchase order: what the supplier prints, and what the supplier's system
//! reads.

use calloff_core::supplier::SupplierProfile;
use calloff_core::wire::PurchaseOrderText;

use super::pdf::pdf;
use super::ubl::ubl;
use crate::error::ServiceError;
use crate::state::AppState;

/// The documents of a purchase order.
pub struct Papers {
    /// The order as PDF.
    pub pdf: Vec<u8>,
    /// The order as UBL. `None` if it has none.
    pub ubl: Option<Vec<u8>>,
}

impl Papers {
    /// Writes the documents, on a thread that may be busy for some milliseconds. `copy` is how often
    /// a person asked to send this revision, from 1.
    ///
    /// # Errors
    /// A document cannot be written.
    pub async fn write(
        state: &AppState,
        text: &PurchaseOrderText,
        profile: &SupplierProfile,
        copy: u32,
    ) -> Result<Self, ServiceError> {
        let (state, text, profile) = (state.clone(), text.clone(), profile.clone());
        let writing = tokio::task::spawn_blocking(move || {
            let parties = state.settings.outgoing.parties(&profile);
            let ubl = ubl(&text, profile.language, parties)?;
            let pdf = pdf(&text, copy, profile.language, ubl.as_deref())?;
            Ok(Self { pdf, ubl })
        });
        writing.await.map_err(|error| ServiceError::Internal(format!("a document: {error}")))?
    }
}
