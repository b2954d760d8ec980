//! Writes the mail with a purchase order (RFC 5322, MIME).

use std::time::{Duration, SystemTime};

use calloff_core::supplier::OrderLanguage;
use calloff_core::wire::PurchaseOrderText;
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};
use sha2::{Digest as _, Sha256};

use super::page::{Page, csv, page};
use crate::error::ServiceError;
use crate::storage::hex;

/// From whom mails come, and who reads the answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The address of the sender.
    pub from: Mailbox,
    /// The address of the person who reads the answers. `None`: the sender's.
    pub reply_to: Option<Mailbox>,
}

/// What tells one mail from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mailed<'m> {
    /// The address of the supplier.
    pub to: &'m str,
    /// The language of the supplier.
    pub language: OrderLanguage,
    /// How often people asked to send this revision, from 1.
    pub copy: u32,
    /// The identifier of the organisation.
    pub organisation: &'m str,
    /// The time in milliseconds since the Unix epoch.
    pub at: i64,
    /// The same order as PDF.
    pub pdf: &'m [u8],
    /// The same order as UBL. `None` if it has none.
    pub ubl: Option<&'m [u8]>,
}

/// Writes a mail with the purchase order as HTML and as plain text, and as PDF, CSV and UBL in
/// files. All bytes are ASCII, so that every mail server takes them unchanged. The caller keeps the
/// bytes and sends only those, because the boundaries between the parts are random.
///
/// # Errors
/// The address cannot be written, or a template is wrong.
pub fn mail(
    sender: &Sender,
    text: &PurchaseOrderText,
    mailed: Mailed<'_>,
) -> Result<Vec<u8>, ServiceError> {
    let failed = |error: &dyn std::fmt::Display| {
        ServiceError::Internal(format!("the mail of purchase order {}: {error}", text.number))
    };
    let Page { subject, html, plain } = page(text, mailed.copy, mailed.language)?;
    let to: Address = mailed.to.parse().map_err(|error| failed(&error))?;
    let date = SystemTime::UNIX_EPOCH + Duration::from_millis(mailed.at.max(0).unsigned_abs());
    let mut message = Message::builder()
        .from(sender.from.clone())
        .to(Mailbox::new(Some(text.supplier_name.clone()), to))
        .subject(subject)
        .message_id(Some(message_id(sender, text, mailed)))
        .date(date);
    if let Some(reply_to) = &sender.reply_to {
        message = message.reply_to(reply_to.clone());
    }
    let readable = MultiPart::alternative()
        .singlepart(SinglePart::plain(plain))
        .singlepart(SinglePart::html(html));
    let file = |ending: &str, kind: &str, bytes: Vec<u8>| {
        let kind = ContentType::parse(kind).map_err(|error| failed(&error))?;
        let name = format!("{}.{ending}", file_name(&text.number, text.revision));
        Ok::<_, ServiceError>(Attachment::new(name).body(bytes, kind))
    };
    let mut parts = MultiPart::mixed()
        .multipart(readable)
        .singlepart(file("pdf", "application/pdf", mailed.pdf.to_vec())?)
        .singlepart(file("csv", "text/csv; charset=utf-8", csv(text)?)?);
    if let Some(ubl) = mailed.ubl {
        parts = parts.singlepart(file("xml", "application/xml", ubl.to_vec())?);
    }
    Ok(message.multipart(parts).map_err(|error| failed(&error))?.formatted())
}

/// The number of a purchase order in characters that every file system and mail server takes.
#[must_use]
pub fn plain_number(number: &str) -> String {
    number.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

/// The name of a file with a revision of a purchase order, without its ending.
#[must_use]
pub fn file_name(number: &str, revision: u32) -> String {
    format!("{}-{revision}", plain_number(number))
}

/// The identifier of a mail. It depends only on revision and copy. So it is the same when the server
/// writes the mail again after a restore. A mail program that gets two mails with the same
/// identifier shows one of them.
fn message_id(sender: &Sender, text: &PurchaseOrderText, mailed: Mailed<'_>) -> String {
    let organisation = hex(&Sha256::digest(mailed.organisation)[..6]);
    let domain = sender.from.email.domain();
    let file = file_name(&text.number, text.revision);
    format!("<{file}.{}.{organisation}@{domain}>", mailed.copy)
}
