//! Enrolment codes for tablets.

use std::fmt::Write as _;

use calloff_core::ids::{DeviceId, LocationId};
use calloff_core::wire::AuditAct;
use qrcodegen::{QrCode, QrCodeEcc};

use super::EnrolmentCode;
use crate::error::ServiceError;
use crate::storage::ServerStore;
use crate::storage::audit::{Act, Doing, record};
use crate::storage::devices::add_enrolment_code;

/// How many hours a code is valid by default: over a weekend.
pub const DEFAULT_VALID_HOURS: u16 = 72;

/// A code that was issued.
pub struct Issued {
    /// The code.
    pub code: EnrolmentCode,
    /// The time when it expires, in milliseconds since the Unix epoch.
    pub expires_at: i64,
}

impl Issued {
    /// The link for enrolling at a server. The code is after `#`, which browsers send to no server.
    #[must_use]
    pub fn link(&self, url: &str) -> String {
        format!("{}/enrol#{}", url.trim_end_matches('/'), self.code.expose())
    }
}

/// Issues a code that enrols one tablet at a site, once, within this number of hours. The use of
/// the code revokes the tablet `replaces`. `None` when the site does not exist.
///
/// # Errors
/// The store failed, or the system has no random bytes.
pub async fn issue_enrolment_code(
    store: &ServerStore,
    (site, replaces): (&LocationId, Option<&DeviceId>),
    valid_hours: u16,
    doing: &Doing,
) -> Result<Option<Issued>, ServiceError> {
    if store.site_name(site).await?.is_none() {
        return Ok(None);
    }
    let mut random = [0; 10];
    getrandom::fill(&mut random)?;
    let code = EnrolmentCode::mint(random);
    let expires_at = doing.at.saturating_add(i64::from(valid_hours) * 60 * 60 * 1000);
    let mut write = store.write().await?;
    add_enrolment_code(&mut write, &code.hash(), (site, replaces), doing.at, expires_at).await?;
    let act =
        Act::new(AuditAct::EnrolmentCodeIssued, site).at(site).with("valid_hours", valid_hours);
    let act = match replaces {
        Some(device) => act.with("device", device),
        None => act,
    };
    record(&mut write, doing, &act).await?;
    write.commit().await?;
    Ok(Some(Issued { code, expires_at }))
}

/// The width of the light border of a QR code, in modules (ISO/IEC 18004).
const QUIET: i32 = 4;

/// A text as a QR code: an SVG image, black on white in both themes.
///
/// # Errors
/// The text is longer than a QR code can be, some 2 KB.
pub fn qr_svg(text: &str) -> Result<String, ServiceError> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium)
        .map_err(|error| ServiceError::Internal(error.to_string()))?;
    let side = code.size() + 2 * QUIET;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            // Writing to a string does not fail.
            let _ = write!(path, "M{},{}h1v1h-1z", x + QUIET, y + QUIET);
        }
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
         shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0,0h{side}v{side}h-{side}z\"/><path d=\"{path}\"/></svg>"
    ))
}

/// A text as a QR code for a terminal: two rows of modules in each line of text, light on dark in a
/// dark terminal.
///
/// # Errors
/// The errors of [`qr_svg`].
pub fn qr_text(text: &str) -> Result<String, ServiceError> {
    let code = QrCode::encode_text(text, QrCodeEcc::Low)
        .map_err(|error| ServiceError::Internal(error.to_string()))?;
    let is_light = |x: i32, y: i32| !code.get_module(x, y);
    let mut lines = String::new();
    for y in (-2..code.size() + 2).step_by(2) {
        for x in -2..code.size() + 2 {
            lines.push(match (is_light(x, y), is_light(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        lines.push('\n');
    }
    Ok(lines)
}
