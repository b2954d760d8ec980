//! Writes a purchase order as its supplier reads it: as HTML, as plain text and as CSV.

use std::collections::{BTreeMap, BTreeSet};

use calloff_core::money::Money;
use calloff_core::site::Contact;
use calloff_core::supplier::OrderLanguage;
use calloff_core::wire::{PurchaseOrderLine, PurchaseOrderText};
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Value};
use rust_decimal::Decimal;
use serde::Serialize;

use super::words::{day, number, words};
use crate::error::ServiceError;

/// The template of the readable page.
pub(super) const HTML: &str = include_str!("../../templates/purchase_order.html");

/// The template of the page for mail programs that show no HTML.
pub(super) const PLAIN: &str = include_str!("../../templates/purchase_order.txt");

/// The readable forms of a purchase order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The subject of the mail. It carries number and revision.
    pub subject: String,
    /// The page.
    pub html: String,
    /// The same without HTML.
    pub plain: String,
}

/// Writes the readable forms. `copy` counts how often people asked to send this revision.
///
/// # Errors
/// A template is wrong, which is a mistake in our code.
pub fn page(
    text: &PurchaseOrderText,
    copy: u32,
    language: OrderLanguage,
) -> Result<Page, ServiceError> {
    let subject = subject(text, copy, language);
    let values = Value::from(Serde(Shown::of(text, copy, language, &subject)));
    let render = |name: &'static str, template: &'static str, escapes: bool| {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(move |_| match escapes {
            true => AutoEscape::Html,
            false => AutoEscape::None,
        });
        environment
            .add_template(name, template)
            .and_then(|()| environment.get_template(name)?.render(&values))
            .map_err(|error| ServiceError::Internal(format!("template {name}: {error}")))
    };
    Ok(Page {
        html: render("purchase_order.html", HTML, true)?,
        plain: render("purchase_order.txt", PLAIN, false)?,
        subject,
    })
}

/// The subject of the mail, and the title of the PDF.
pub(super) fn subject(text: &PurchaseOrderText, copy: u32, language: OrderLanguage) -> String {
    let words = words(language);
    let say = |name: &str| words.get(name).copied().unwrap_or_default();
    let copy = if copy > 1 { format!(" ({} {copy})", say("copy")) } else { String::new() };
    format!(
        "{} {}, {} {}{copy}: {} {}, {}",
        say("purchase_order"),
        text.number,
        say("revision").to_lowercase(),
        text.revision,
        say("delivery").to_lowercase(),
        day(text.delivery_date, language),
        text.site_name
    )
}

/// What the templates and the PDF show, in the words of the supplier's language.
#[derive(Serialize)]
pub(super) struct Shown<'t> {
    /// The words, by name.
    pub w: BTreeMap<&'static str, &'static str>,
    pub subject: &'t str,
    pub language: &'static str,
    pub number: &'t str,
    pub revision: u32,
    pub copy: u32,
    pub delivery_day: String,
    pub buyer: &'t str,
    pub site: &'t str,
    pub address: &'t [String],
    pub gln: Option<&'t str>,
    pub hours: Option<String>,
    pub instructions: &'t str,
    pub contacts: Vec<String>,
    pub supplier: &'t str,
    pub account: Option<&'t str>,
    pub ordered: String,
    pub ordered_by: &'t str,
    pub contracts: BTreeSet<String>,
    pub note: &'t str,
    pub lines: Vec<ShownLine<'t>>,
    pub charges: Vec<ShownCharge<'t>>,
    pub total: String,
    pub payable: String,
}

#[derive(Serialize)]
pub(super) struct ShownLine<'t> {
    pub position: u32,
    pub supplier_item_number: Option<&'t str>,
    pub description: &'t str,
    pub item: &'t str,
    pub gtin: Option<&'t str>,
    pub quantity: String,
    pub content: Option<String>,
    pub price: String,
    pub per: Option<String>,
    pub amount: String,
    pub contract: String,
}

#[derive(Serialize)]
pub(super) struct ShownCharge<'t> {
    pub words: &'t str,
    pub amount: String,
}

impl<'t> Shown<'t> {
    /// Puts a purchase order into words.
    pub fn of(
        text: &'t PurchaseOrderText,
        copy: u32,
        language: OrderLanguage,
        subject: &'t str,
    ) -> Self {
        let words = words(language);
        let say = |name: &str| words.get(name).copied().unwrap_or_default();
        let lines = text.lines.iter().map(|line| ShownLine {
            position: line.position,
            supplier_item_number: line.supplier_item_number.as_deref(),
            description: &line.description,
            item: line.item.as_str(),
            gtin: line.gtin.as_deref(),
            quantity: quantity(line, language),
            content: content(line, language),
            price: format!("{} {}", number(line.unit_price, language), line.amount.currency),
            per: per(line, language),
            amount: amount(&line.amount, language),
            contract: contract(line, say("version")),
        });
        let charges = text.charges.iter().map(|charge| {
            let kind = if charge.amount.amount.is_sign_negative() { "allowance" } else { "charge" };
            ShownCharge {
                words: charge.reason.as_deref().unwrap_or(say(kind)),
                amount: amount(&charge.amount, language),
            }
        });
        let contracts = text.lines.iter().map(|line| contract(line, say("version")));
        let ordered_at = text.ordered_at;
        Self {
            subject,
            language: match language {
                OrderLanguage::En => "en",
                OrderLanguage::De => "de",
            },
            number: &text.number,
            revision: text.revision,
            copy,
            delivery_day: day(text.delivery_date, language),
            buyer: &text.buyer,
            site: &text.site_name,
            address: &text.address,
            gln: text.gln.as_deref(),
            hours: text.receiving_hours.as_ref().map(|(from, to)| format!("{from}–{to}")),
            instructions: &text.delivery_instructions,
            contacts: text.contacts.iter().map(Contact::in_one_line).collect(),
            supplier: &text.supplier_name,
            account: text.account.as_deref(),
            ordered: format!(
                "{}, {:02}:{:02}",
                day(ordered_at.date(), language),
                ordered_at.hour(),
                ordered_at.minute()
            ),
            ordered_by: &text.ordered_by,
            contracts: contracts.collect(),
            note: &text.note,
            lines: lines.collect(),
            charges: charges.collect(),
            total: amount(&text.total, language),
            payable: amount(&text.payable, language),
            w: words,
        }
    }
}

fn contract(line: &PurchaseOrderLine, version: &str) -> String {
    format!("{} ({version} {})", line.contract, line.version)
}

/// An amount with all digits of its currency: "12.40 EUR".
fn amount(money: &Money, language: OrderLanguage) -> String {
    let mut amount = money.amount;
    amount.rescale(money.currency.minor_units());
    format!("{} {}", number(amount, language), money.currency)
}

fn quantity(line: &PurchaseOrderLine, language: OrderLanguage) -> String {
    let value = line.quantity.value.normalize();
    format!("{} {}", number(value, language), line.quantity.unit.counted_name(value, language))
}

/// What a unit contains: "1 crate = 20 l". `None` if the unit is the item's own.
fn content(line: &PurchaseOrderLine, language: OrderLanguage) -> Option<String> {
    let content = line.content?;
    let value = content.value.normalize();
    let unit = line.quantity.unit.name(language);
    Some(format!(
        "1 {unit} = {} {}",
        number(value, language),
        content.unit.counted_name(value, language)
    ))
}

/// The quantity that the price buys, unless it is one unit.
fn per(line: &PurchaseOrderLine, language: OrderLanguage) -> Option<String> {
    let value = line.base_quantity.normalize();
    (value != Decimal::ONE).then(|| {
        format!("{} {}", number(value, language), line.quantity.unit.counted_name(value, language))
    })
}

/// Writes the lines as CSV (RFC 4180, UTF-8), the supplier's own number first. Numbers have a point
/// and dates are `YYYY-MM-DD`, in every language.
///
/// # Errors
/// Memory ran out.
pub fn csv(text: &PurchaseOrderText) -> Result<Vec<u8>, ServiceError> {
    let failed = |error: &dyn std::fmt::Display| ServiceError::Internal(format!("CSV: {error}"));
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(vec![]);
    writer.write_record(COLUMNS).map_err(|error| failed(&error))?;
    for line in &text.lines {
        let contained = line.content.map(|content| content.value.normalize().to_string());
        let record = [
            line.supplier_item_number.clone().unwrap_or_default(),
            line.description.clone(),
            line.quantity.value.normalize().to_string(),
            line.quantity.unit.to_string(),
            contained.unwrap_or_default(),
            line.content.map(|content| content.unit.to_string()).unwrap_or_default(),
            line.unit_price.to_string(),
            line.base_quantity.normalize().to_string(),
            line.amount.amount.to_string(),
            line.amount.currency.to_string(),
            line.item.to_string(),
            line.gtin.clone().unwrap_or_default(),
            line.contract.to_string(),
            line.version.to_string(),
            text.number.clone(),
            text.revision.to_string(),
            line.position.to_string(),
            text.delivery_date.to_string(),
            text.account.clone().unwrap_or_default(),
            text.site_name.clone(),
            text.gln.clone().unwrap_or_default(),
        ];
        writer.write_record(record).map_err(|error| failed(&error))?;
    }
    writer.into_inner().map_err(|error| failed(&error))
}

const COLUMNS: [&str; 21] = [
    "supplier_item_number",
    "description",
    "quantity",
    "unit",
    "content",
    "content_unit",
    "unit_price",
    "base_quantity",
    "amount",
    "currency",
    "item",
    "gtin",
    "contract",
    "contract_version",
    "purchase_order",
    "revision",
    "line",
    "delivery_date",
    "customer_number",
    "site",
    "site_gln",
];
