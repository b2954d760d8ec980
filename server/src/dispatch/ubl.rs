//! Writes a purchase order as a Peppol BIS Order 3 (UBL 2.1 `Order`, transaction T01, profile
//! "order only").
//!
//! What Peppol requires and nobody wrote down makes a document invalid. Such an order goes without
//! one, and [`gaps`] says why. Amounts and quantities are the exact decimals of the order.

use std::io;

use calloff_core::money::Money;
use calloff_core::order::basket::Charge;
use calloff_core::peppol::{Participant, has_unit, is_country, is_gln};
use calloff_core::supplier::{OrderLanguage, SupplierProfile};
use calloff_core::wire::{PurchaseOrderLine, PurchaseOrderText, UblGap};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use rust_decimal::Decimal;

use super::page::Shown;
use crate::error::ServiceError;

const CUSTOMIZATION: &str = "urn:fdc:peppol.eu:poacc:trns:order:3";

/// The order only, without an answer over the network: answers come by mail and telephone.
const PROFILE: &str = "urn:fdc:peppol.eu:poacc:bis:order_only:3";

/// A purchase order (UNCL 1001).
const ORDER_TYPE: &str = "220";

/// GLN (ISO 6523).
const GLN: &str = "0088";

/// GTIN (ISO 6523).
const GTIN: &str = "0160";

/// By how much an amount may differ from quantity times price (rule PEPPOL-T01-R024).
const SLACK: Decimal = Decimal::from_parts(2, 0, 0, false, 2);

const NAMESPACES: [(&str, &str); 3] = [
    ("xmlns", "urn:oasis:names:specification:ubl:schema:xsd:Order-2"),
    ("xmlns:cac", "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"),
    ("xmlns:cbc", "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"),
];

/// What is known about the two sides in the Peppol network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parties<'p> {
    /// The address of the organisation.
    pub buyer: Option<&'p Participant>,
    /// The supplier.
    pub supplier: &'p SupplierProfile,
}

/// What a purchase order lacks to be a valid document. Empty if it can be written.
#[must_use]
pub fn gaps(text: &PurchaseOrderText, parties: Parties<'_>) -> Vec<UblGap> {
    let mut gaps = Vec::new();
    if parties.buyer.is_none() {
        gaps.push(UblGap::BuyerAddress);
    }
    if parties.supplier.peppol_id.parse::<Participant>().is_err() {
        gaps.push(UblGap::SupplierAddress);
    }
    if !is_country(&parties.supplier.country) {
        gaps.push(UblGap::SupplierCountry);
    }
    let units = text.lines.iter().flat_map(|line| {
        [Some(line.quantity.unit), line.content.map(|content| content.unit)].into_iter().flatten()
    });
    if !units.into_iter().all(has_unit) {
        gaps.push(UblGap::Unit);
    }
    let sum =
        text.lines.iter().try_fold(Decimal::ZERO, |sum, line| sum.checked_add(line.amount.amount));
    let fits = text.lines.iter().all(is_quantity_times_price) && sum == Some(text.total.amount);
    if text.total.currency.minor_units() > 2 || !fits {
        gaps.push(UblGap::Amounts);
    }
    if text.payable.amount.is_sign_negative() || text.total.amount.is_sign_negative() {
        gaps.push(UblGap::Negative);
    }
    gaps
}

fn is_quantity_times_price(line: &PurchaseOrderLine) -> bool {
    let exact = line.unit_price.checked_div(line.base_quantity);
    let exact = exact.and_then(|price| price.checked_mul(line.quantity.value));
    let difference = exact.and_then(|exact| exact.checked_sub(line.amount.amount));
    difference.is_some_and(|difference| difference.abs() <= SLACK)
        && !line.unit_price.is_sign_negative()
        && !line.quantity.value.is_sign_negative()
}

/// Writes the document, in the words of the supplier's language. `None` if it has [`gaps`].
///
/// # Errors
/// Memory ran out.
pub fn ubl(
    text: &PurchaseOrderText,
    language: OrderLanguage,
    parties: Parties<'_>,
) -> Result<Option<Vec<u8>>, ServiceError> {
    let supplier = parties.supplier.peppol_id.parse::<Participant>().ok();
    let (Some(buyer), Some(seller)) = (parties.buyer, supplier) else { return Ok(None) };
    if !gaps(text, parties).is_empty() {
        return Ok(None);
    }
    let shown = Shown::of(text, 1, language, "");
    let order =
        Order { text, shown: &shown, buyer, seller: &seller, country: &parties.supplier.country };
    let mut xml = Xml(Writer::new_with_indent(Vec::new(), b' ', 1));
    order.write(&mut xml).map_err(|error| {
        ServiceError::Internal(format!("the UBL of purchase order {}: {error}", text.number))
    })?;
    let mut bytes = xml.0.into_inner();
    bytes.push(b'\n');
    Ok(Some(bytes))
}

/// A writer of elements.
struct Xml(Writer<Vec<u8>>);

impl Xml {
    /// An element with a text. Without a text there is no element: Peppol forbids empty ones.
    fn text(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.attributed(name, &[], text)
    }

    fn attributed(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        text: &str,
    ) -> io::Result<()> {
        let text = printable(text);
        if text.is_empty() {
            return Ok(());
        }
        let element = self.0.create_element(name);
        let element = element.with_attributes(attributes.iter().copied());
        element.write_text_content(BytesText::new(&text)).map(drop)
    }

    fn amount(&mut self, name: &str, money: &Money) -> io::Result<()> {
        let mut amount = money.amount;
        amount.rescale(money.currency.minor_units());
        let currency = money.currency.to_string();
        self.attributed(name, &[("currencyID", &currency)], &amount.to_string())
    }

    /// An element around others.
    fn group(
        &mut self,
        name: &str,
        content: impl FnOnce(&mut Self) -> io::Result<()>,
    ) -> io::Result<()> {
        self.attributed_group(name, &[], content)
    }

    fn attributed_group(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        content: impl FnOnce(&mut Self) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut start = quick_xml::events::BytesStart::new(name);
        start.extend_attributes(attributes.iter().copied());
        let end = start.to_end().into_owned();
        self.0.write_event(Event::Start(start.borrow()))?;
        content(self)?;
        self.0.write_event(Event::End(end))
    }

    /// An identifier in a group of its own.
    fn id(&mut self, group: &str, attributes: &[(&str, &str)], id: &str) -> io::Result<()> {
        if printable(id).is_empty() {
            return Ok(());
        }
        self.group(group, |xml| xml.attributed("cbc:ID", attributes, id))
    }
}

/// A text in characters that XML can contain, without white space around it. Others are named by
/// their code points.
fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for character in text.trim().chars() {
        match character {
            '\t' | '\n' | '\r' => printable.push(' '),
            '\0'..=' ' if character != ' ' => {
                printable.push_str(&format!("[U+{:04X}]", u32::from(character)));
            }
            '\u{FFFE}' | '\u{FFFF}' => {
                printable.push_str(&format!("[U+{:04X}]", u32::from(character)));
            }
            _ => printable.push(character),
        }
    }
    printable
}

/// What is written.
struct Order<'o> {
    text: &'o PurchaseOrderText,
    shown: &'o Shown<'o>,
    buyer: &'o Participant,
    seller: &'o Participant,
    country: &'o str,
}

impl Order<'_> {
    fn word(&self, name: &str) -> &'static str {
        self.shown.w.get(name).copied().unwrap_or_default()
    }

    fn write(&self, xml: &mut Xml) -> io::Result<()> {
        xml.0.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        xml.attributed_group("Order", &NAMESPACES, |xml| {
            let text = self.text;
            xml.text("cbc:CustomizationID", CUSTOMIZATION)?;
            xml.text("cbc:ProfileID", PROFILE)?;
            xml.text("cbc:ID", &text.number)?;
            xml.text("cbc:IssueDate", &text.ordered_at.date().to_string())?;
            let time = text.ordered_at.time();
            let (hour, minute, second) = (time.hour(), time.minute(), time.second());
            xml.text("cbc:IssueTime", &format!("{hour:02}:{minute:02}:{second:02}"))?;
            xml.text("cbc:OrderTypeCode", ORDER_TYPE)?;
            xml.text("cbc:Note", &self.note())?;
            xml.text("cbc:DocumentCurrencyCode", &text.total.currency.to_string())?;
            let day = text.delivery_date.to_string();
            xml.group("cac:ValidityPeriod", |xml| xml.text("cbc:EndDate", &day))?;
            if let Some(contract) = self.only_contract() {
                xml.id("cac:Contract", &[], &contract)?;
            }
            xml.group("cac:BuyerCustomerParty", |xml| self.buyer(xml))?;
            xml.group("cac:SellerSupplierParty", |xml| self.seller(xml))?;
            xml.group("cac:Delivery", |xml| self.delivery(xml, &day))?;
            let terms = self.delivery_terms();
            if !printable(&terms).is_empty() {
                xml.group("cac:DeliveryTerms", |xml| xml.text("cbc:SpecialTerms", &terms))?;
            }
            for charge in &text.charges {
                self.charge(xml, charge)?;
            }
            xml.group("cac:AnticipatedMonetaryTotal", |xml| self.totals(xml))?;
            for line in &text.lines {
                xml.group("cac:OrderLine", |xml| {
                    xml.group("cac:LineItem", |xml| self.line(xml, line))
                })?;
            }
            Ok(())
        })
    }

    /// The revision, that a second copy is the same order, and the order's own note.
    fn note(&self) -> String {
        let (revision, same) = (self.word("revision"), self.word("same_order"));
        let note = format!("{revision} {}. {same} {}", self.text.revision, self.text.note);
        note.trim_end().to_owned()
    }

    /// The contract of all lines. `None` if there are several: Peppol has room for one.
    fn only_contract(&self) -> Option<String> {
        let mut contracts = self.text.lines.iter().map(|line| &line.contract);
        let first = contracts.next()?;
        contracts.all(|contract| contract == first).then(|| first.to_string())
    }

    fn buyer(&self, xml: &mut Xml) -> io::Result<()> {
        xml.group("cac:Party", |xml| {
            endpoint(xml, self.buyer)?;
            // The number under which the supplier knows the buyer.
            let account = self.text.account.as_deref().unwrap_or_default();
            xml.id("cac:PartyIdentification", &[], account)?;
            self.names(xml, &self.text.buyer, self.buyer, None)?;
            if printable(&self.text.ordered_by).is_empty() {
                return Ok(());
            }
            xml.group("cac:Contact", |xml| xml.text("cbc:Name", &self.text.ordered_by))
        })
    }

    fn seller(&self, xml: &mut Xml) -> io::Result<()> {
        xml.group("cac:Party", |xml| {
            endpoint(xml, self.seller)?;
            self.names(xml, &self.text.supplier_name, self.seller, Some(self.country))
        })
    }

    /// The name, the country, and the name again as the legal one. A side without a name is called
    /// by its address.
    fn names(
        &self,
        xml: &mut Xml,
        name: &str,
        address: &Participant,
        country: Option<&str>,
    ) -> io::Result<()> {
        let address = address.to_string();
        let name = if printable(name).is_empty() { &address } else { name };
        xml.group("cac:PartyName", |xml| xml.text("cbc:Name", name))?;
        if let Some(country) = country {
            xml.group("cac:PostalAddress", |xml| in_country(xml, country))?;
        }
        xml.group("cac:PartyLegalEntity", |xml| xml.text("cbc:RegistrationName", name))
    }

    /// The address without its last line, and that line, if it is the code of a country. Peppol
    /// takes an address only with its country.
    fn address(&self) -> Option<(&[String], &str)> {
        let (country, lines) = self.text.address.split_last()?;
        is_country(country.trim()).then(|| (lines, country.trim()))
    }

    fn delivery(&self, xml: &mut Xml, day: &str) -> io::Result<()> {
        let gln = self.text.gln.as_deref().unwrap_or_default();
        let scheme: &[(&str, &str)] = if is_gln(gln) { &[("schemeID", GLN)] } else { &[] };
        if let Some((lines, country)) = self.address() {
            xml.group("cac:DeliveryLocation", |xml| {
                xml.attributed("cbc:ID", scheme, gln)?;
                xml.group("cac:Address", |xml| {
                    let mut lines = lines.iter().filter(|line| !printable(line).is_empty());
                    let names = ["cbc:StreetName", "cbc:AdditionalStreetName"];
                    for (name, line) in names.into_iter().zip(lines.by_ref()) {
                        xml.text(name, line)?;
                    }
                    // The rules have one line more.
                    let rest = lines.map(String::as_str).collect::<Vec<_>>().join(", ");
                    if !rest.is_empty() {
                        xml.group("cac:AddressLine", |xml| xml.text("cbc:Line", &rest))?;
                    }
                    in_country(xml, country)
                })
            })?;
        }
        xml.group("cac:RequestedDeliveryPeriod", |xml| {
            xml.text("cbc:StartDate", day)?;
            xml.text("cbc:EndDate", day)
        })?;
        xml.group("cac:DeliveryParty", |xml| {
            xml.id("cac:PartyIdentification", scheme, gln)?;
            let name = &self.text.site_name;
            let name = if printable(name).is_empty() { &self.text.buyer } else { name };
            xml.group("cac:PartyName", |xml| xml.text("cbc:Name", name))?;
            let Some(contact) = self.text.contacts.first() else { return Ok(()) };
            if printable(&contact.name).is_empty() && printable(&contact.telephone).is_empty() {
                return Ok(());
            }
            xml.group("cac:Contact", |xml| {
                xml.text("cbc:Name", &contact.name)?;
                xml.text("cbc:Telephone", &contact.telephone)
            })
        })
    }

    /// What a driver must know, with the address if it has no country.
    fn delivery_terms(&self) -> String {
        let shown = self.shown;
        let mut terms = Vec::new();
        if self.address().is_none() && !shown.address.is_empty() {
            let address = shown.address.join(", ");
            terms.push(format!("{}: {}, {address}", self.word("deliver_to"), shown.site));
        }
        if let Some(hours) = &shown.hours {
            terms.push(format!("{}: {hours}", self.word("hours")));
        }
        if !shown.instructions.is_empty() {
            terms.push(format!("{}: {}", self.word("instructions"), shown.instructions));
        }
        for contact in &shown.contacts {
            terms.push(format!("{}: {contact}", self.word("contact")));
        }
        terms.join("; ")
    }

    fn charge(&self, xml: &mut Xml, charge: &Charge) -> io::Result<()> {
        let is_allowance = charge.amount.amount.is_sign_negative();
        let kind = self.word(if is_allowance { "allowance" } else { "charge" });
        let reason = charge.reason.as_deref().filter(|reason| !printable(reason).is_empty());
        let amount = Money { amount: charge.amount.amount.abs(), ..charge.amount };
        xml.group("cac:AllowanceCharge", |xml| {
            xml.text("cbc:ChargeIndicator", if is_allowance { "false" } else { "true" })?;
            xml.text("cbc:AllowanceChargeReason", reason.unwrap_or(kind))?;
            xml.amount("cbc:Amount", &amount)
        })
    }

    fn totals(&self, xml: &mut Xml) -> io::Result<()> {
        let text = self.text;
        let sum = |is_allowance: bool| {
            let amounts = text.charges.iter().map(|charge| charge.amount.amount);
            let amounts = amounts.filter(|amount| amount.is_sign_negative() == is_allowance);
            amounts.map(|amount| amount.abs()).sum::<Decimal>()
        };
        let money = |amount: Decimal| Money { amount, ..text.total };
        xml.amount("cbc:LineExtensionAmount", &text.total)?;
        xml.amount("cbc:TaxExclusiveAmount", &text.payable)?;
        if !text.charges.is_empty() {
            xml.amount("cbc:AllowanceTotalAmount", &money(sum(true)))?;
            xml.amount("cbc:ChargeTotalAmount", &money(sum(false)))?;
        }
        xml.amount("cbc:PayableAmount", &text.payable)
    }

    fn line(&self, xml: &mut Xml, line: &PurchaseOrderLine) -> io::Result<()> {
        let unit = line.quantity.unit.to_string();
        let currency = line.amount.currency.to_string();
        let in_unit: &[(&str, &str)] = &[("unitCode", &unit)];
        // Unique in all orders, so that an invoice can name the line alone.
        xml.text("cbc:ID", &format!("{}-{}", self.text.number, line.position))?;
        let quantity = line.quantity.value.normalize().to_string();
        xml.attributed("cbc:Quantity", in_unit, &quantity)?;
        xml.amount("cbc:LineExtensionAmount", &line.amount)?;
        xml.group("cac:Price", |xml| {
            let price = line.unit_price.to_string();
            xml.attributed("cbc:PriceAmount", &[("currencyID", &currency)], &price)?;
            let base = line.base_quantity.normalize().to_string();
            xml.attributed("cbc:BaseQuantity", in_unit, &base)
        })?;
        xml.group("cac:Item", |xml| self.item(xml, line))
    }

    fn item(&self, xml: &mut Xml, line: &PurchaseOrderLine) -> io::Result<()> {
        let item = line.item.to_string();
        let description = &line.description;
        let name = if printable(description).is_empty() { &item } else { description };
        xml.text("cbc:Name", name)?;
        xml.id("cac:BuyersItemIdentification", &[], &item)?;
        let number = line.supplier_item_number.as_deref().unwrap_or_default();
        xml.id("cac:SellersItemIdentification", &[], number)?;
        let gtin = line.gtin.as_deref().unwrap_or_default();
        xml.id("cac:StandardItemIdentification", &[("schemeID", GTIN)], gtin)?;
        if let Some(content) = line.content {
            let shown = self.shown.lines.iter().find(|shown| shown.position == line.position);
            let words = shown.and_then(|shown| shown.content.as_deref()).unwrap_or_default();
            let (value, unit) = (content.value.normalize().to_string(), content.unit.to_string());
            xml.group("cac:AdditionalItemProperty", |xml| {
                xml.text("cbc:Name", self.word("content"))?;
                xml.text("cbc:Value", words)?;
                xml.attributed("cbc:ValueQuantity", &[("unitCode", &unit)], &value)
            })?;
        }
        xml.group("cac:AdditionalItemProperty", |xml| {
            xml.text("cbc:Name", self.word("contract"))?;
            let version = self.word("version");
            xml.text("cbc:Value", &format!("{} ({version} {})", line.contract, line.version))
        })
    }
}

fn endpoint(xml: &mut Xml, address: &Participant) -> io::Result<()> {
    xml.attributed("cbc:EndpointID", &[("schemeID", address.scheme())], address.id())
}

fn in_country(xml: &mut Xml, country: &str) -> io::Result<()> {
    xml.group("cac:Country", |xml| xml.text("cbc:IdentificationCode", country))
}
