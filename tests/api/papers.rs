//! The documents that a supplier gets with a purchase order: what the PDF and the UBL say is what
//! the order says.

use calloff_core::calendar::DateTime;
use calloff_core::money::{Currency, Money};
use calloff_core::order::basket::{Charge, with_charges};
use calloff_core::quantity::Quantity;
use calloff_core::site::Contact;
use calloff_core::supplier::{OrderLanguage, SupplierProfile};
use calloff_core::unit::Unit;
use calloff_core::wire::{PurchaseOrderLine, PurchaseOrderText, UblGap};
use calloff_server::dispatch::{Parties, gaps, pdf, ubl};
use lopdf::{Document, Object};
use quick_xml::Reader;
use quick_xml::events::Event;
use rust_decimal::Decimal;

/// A4 in points, as PDF writes it.
const A4: [f32; 2] = [595.28, 841.89];

const NAMES: [&str; 6] = [
    "Wheat flour type 550",
    "Äpfel «Elstar», Klasse I, 70–80 mm ⌀, gekühlt bei ≤ 7 °C",
    "Ελαιόλαδο εξαιρετικό παρθένο",
    "Мука пшеничная, высший сорт №1",
    "Bio-Vollkorn-Dinkelspaghetti aus kontrolliert biologischem Anbau, ohne Ei, in einer \
     Großverbraucherpackung im wiederverschließbaren Beutel, Herkunft Italien",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftsmehl",
];

fn euros(cents: i64) -> Money {
    Money { amount: Decimal::new(cents, 2), currency: Currency::parse("EUR").unwrap() }
}

fn unit(code: &str) -> Unit {
    Unit::parse(code).unwrap()
}

/// A purchase order with so many lines, each with facts of its own.
fn order(count: u32) -> PurchaseOrderText {
    let lines = (1..=count).map(|position| {
        let quantity = Decimal::from(position % 17 + 1);
        let price = Decimal::new(1950 + i64::from(position) * 37, 2);
        let base_quantity = Decimal::from(if position.is_multiple_of(5) { 100 } else { 1 });
        let mut amount = (price * quantity / base_quantity).round_dp(2);
        amount.rescale(2);
        let at = usize::try_from(position).unwrap();
        PurchaseOrderLine {
            position,
            order_line: format!("line-{position}").parse().unwrap(),
            item: format!("item-{position}").parse().unwrap(),
            description: format!("{} ({position})", NAMES[at % NAMES.len()]),
            supplier_item_number: (position % 6 != 5).then(|| format!("M-{position:04}")),
            gtin: match position % 4 {
                0 => None,
                1 => Some("05901234123457".to_owned()),
                2 => Some("19501101530003".to_owned()),
                _ => Some("00000096385074".to_owned()),
            },
            quantity: Quantity::new(quantity, unit("XBG")),
            content: (position % 3 != 0).then(|| Quantity::new(25.into(), unit("KGM"))),
            unit_price: price,
            base_quantity,
            amount: Money { amount, currency: Currency::parse("EUR").unwrap() },
            contract: if position % 2 == 0 { "C-DRY" } else { "C-FLOUR" }.parse().unwrap(),
            version: 3,
        }
    });
    let lines: Vec<_> = lines.collect();
    let total = lines.iter().fold(euros(0), |sum, line| sum.checked_add(&line.amount).unwrap());
    let charges = vec![
        Charge { reason: Some("Freight & fuel".to_owned()), amount: euros(1500) },
        Charge { reason: None, amount: euros(-525) },
    ];
    PurchaseOrderText {
        number: "PO-000123".to_owned(),
        revision: 1,
        buyer: "Schulverband Nord".to_owned(),
        site_name: "Grundschule am Park".to_owned(),
        address: vec!["Schulstraße 12".to_owned(), "24103 Kiel".to_owned()],
        gln: Some("7300010000001".to_owned()),
        delivery_instructions: "Ring at the gate. The ramp is 3.2 m high.".to_owned(),
        contacts: vec![Contact {
            name: "Ms Weber".to_owned(),
            role: "goods in".to_owned(),
            telephone: "+49 431 12".to_owned(),
        }],
        receiving_hours: Some(("06:00".to_owned(), "10:30".to_owned())),
        supplier_name: "Mühle Müller GmbH & Co. KG".to_owned(),
        account: Some("0042".to_owned()),
        ordered_at: "2026-03-04T10:12:00".parse::<DateTime>().unwrap(),
        ordered_by: "Kitchen".to_owned(),
        note: "Milk first, please.".to_owned(),
        delivery_date: "2026-03-06".parse().unwrap(),
        payable: with_charges(total, &charges).unwrap(),
        lines,
        charges,
        total,
    }
}

/// The PDF, read back.
struct Read {
    document: Document,
    /// The text of each page, without white space: lines break where they must.
    pages: Vec<String>,
}

impl Read {
    fn of(text: &PurchaseOrderText, copy: u32, language: OrderLanguage) -> Self {
        let bytes = pdf(text, copy, language, None).unwrap();
        assert_eq!(bytes, pdf(text, copy, language, None).unwrap(), "the same order, other bytes");
        let pages = pdf_extract::extract_text_from_mem_by_pages(&bytes).unwrap();
        let pages = pages.iter().map(|page| dense(page)).collect();
        Self { document: Document::load_mem(&bytes).unwrap(), pages }
    }

    fn whole(&self) -> String {
        self.pages.concat()
    }

    /// Checks that each text is on the pages. Those of a table cell stand in one piece, because
    /// cells are written one after the other.
    fn has(&self, facts: &[String]) {
        let whole = self.whole();
        for fact in facts {
            assert!(whole.contains(&dense(fact)), "{fact:?} is missing in {whole}");
        }
    }
}

fn dense(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect()
}

/// What stands under a line in its own language, apart from the amounts.
fn facts_of_lines(text: &PurchaseOrderText, language: OrderLanguage) -> Vec<String> {
    let number = |number: Decimal| match language {
        OrderLanguage::En => number.to_string(),
        OrderLanguage::De => number.to_string().replace('.', ","),
    };
    let facts = text.lines.iter().flat_map(|line| {
        let mut facts = vec![
            line.description.clone(),
            line.item.to_string(),
            format!(
                "{} {}",
                line.quantity.value,
                line.quantity.unit.counted_name(line.quantity.value, language)
            ),
            format!("{} EUR", number(line.unit_price)),
            format!("{} EUR", number(line.amount.amount)),
            line.contract.to_string(),
        ];
        facts.extend(line.supplier_item_number.clone());
        facts.extend(line.gtin.as_ref().map(|gtin| format!("GTIN {gtin}")));
        let kilograms = Decimal::from(25);
        let content = || format!("= 25 {}", unit("KGM").counted_name(kilograms, language));
        facts.extend(line.content.map(|_| content()));
        facts
    });
    facts.collect()
}

#[test]
fn the_pdf_says_everything_that_the_order_says_in_both_languages() {
    for count in [1, 10, 60, 300] {
        let text = order(count);
        let english = Read::of(&text, 1, OrderLanguage::En);
        english.has(&facts_of_lines(&text, OrderLanguage::En));
        let words = [
            "Purchase order PO-000123",
            "Delivery day: Fri 6 Mar 2026",
            "Revision 1. If you get a second message with this number and this revision, it is \
             the same order. Please deliver once.",
            "Schulverband Nord",
            "Grundschule am Park",
            "Schulstraße 12",
            "24103 Kiel",
            "GLN 7300010000001",
            "Goods are taken in: 06:00–10:30",
            "For the driver: Ring at the gate. The ramp is 3.2 m high.",
            "Contact: Ms Weber, goods in, +49 431 12",
            "Mühle Müller GmbH & Co. KG",
            "Customer number: 0042",
            "Ordered: Wed 4 Mar 2026, 10:12 by Kitchen",
            "C-FLOUR (version 3)",
            "Note: Milk first, please.",
            "Freight & fuel",
            "15.00 EUR",
            "-5.25 EUR",
            "The prices are those of the contract.",
        ];
        english.has(&words.map(str::to_owned));
        english.has(&[format!("Total before taxes {:.2} EUR", text.payable.amount)]);
        let german = Read::of(&text, 2, OrderLanguage::De);
        german.has(&facts_of_lines(&text, OrderLanguage::De));
        let words = ["Bestellung PO-000123", "Liefertag: Fr 6. März 2026", "Abzug", "-5,25 EUR"];
        german.has(&words.map(str::to_owned));
        german.has(&["Diese Bestellung wurde schon einmal gesendet.".to_owned()]);
    }
}

#[test]
fn ten_lines_fit_a_page_and_each_later_page_has_its_head_and_its_number() {
    let mut short = order(10);
    for line in &mut short.lines {
        line.description = "Wheat flour type 550".to_owned();
    }
    assert_eq!(Read::of(&short, 1, OrderLanguage::En).pages.len(), 1);
    for count in [1, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 60, 300] {
        let text = order(count);
        let read = Read::of(&text, 1, OrderLanguage::En);
        let pages = read.pages.len();
        assert_eq!(read.document.get_pages().len(), pages);
        for (at, page) in read.pages.iter().enumerate() {
            let number = format!("Page{}of{pages}", at + 1);
            assert!(page.contains(&number), "{number} is not on its page: {page}");
            let head = "LineYournumberItemQuantityPriceAmount";
            assert!(page.contains(head), "page {} of {count} lines: {page}", at + 1);
            assert!(page.contains("PO-000123"), "what page {} belongs to", at + 1);
        }
        // The total is in the company of the last two lines.
        let last = read.pages.last().unwrap();
        assert!(last.contains("Totalbeforetaxes"), "{last}");
        for line in text.lines.iter().rev().take(2) {
            assert!(last.contains(&format!("{}EUR", line.amount.amount)), "{count}: {last}");
        }
    }
}

#[test]
fn the_pdf_is_tagged_on_a4_in_black_with_the_ubl_in_it() {
    let text = order(12);
    let xml = b"<Order/>".to_vec();
    let bytes = pdf(&text, 1, OrderLanguage::De, Some(&xml)).unwrap();
    let document = Document::load_mem(&bytes).unwrap();
    let catalog = document.catalog().unwrap();
    assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), b"de");
    assert!(catalog.has(b"StructTreeRoot"), "it is tagged");
    let whole = String::from_utf8_lossy(&bytes);
    assert!(whole.contains("pdfaid:part>3<") && whole.contains("pdfuaid:part>1<"), "its standard");
    for page in document.get_pages().into_values() {
        let page = document.get_dictionary(page).unwrap();
        let size = page.get(b"MediaBox").unwrap().as_array().unwrap();
        let size: Vec<f32> = size.iter().map(|side| side.as_float().unwrap()).collect();
        assert_eq!(size[2..], A4);
    }
    let kinds = ["H1", "Table", "THead", "TBody", "TFoot", "TR", "TH", "TD", "P"];
    for kind in kinds {
        let is_there = document.objects.values().any(|object| {
            let found = object.as_dict().and_then(|found| found.get(b"S"));
            found.and_then(Object::as_name).is_ok_and(|name| name == kind.as_bytes())
        });
        assert!(is_there, "no {kind}");
    }
    let embedded: Vec<_> = document
        .objects
        .values()
        .filter_map(|object| object.as_stream().ok())
        .filter(|stream| stream.dict.has_type(b"EmbeddedFile"))
        .map(|stream| stream.decompressed_content().unwrap_or_else(|_| stream.content.clone()))
        .collect();
    assert_eq!(embedded, [xml]);
    // Nothing is said by a colour, and nothing is lost by a fax: black and white only.
    for page in document.get_pages().into_values() {
        let content = document.get_page_content(page).unwrap();
        let content = String::from_utf8_lossy(&content);
        assert!(!content.split_whitespace().any(|word| matches!(word, "rg" | "RG" | "k" | "K")));
    }
}

#[test]
fn what_the_font_does_not_have_is_named() {
    let mut text = order(2);
    text.lines[0].description = "Grüner Tee 煎茶".to_owned();
    text.note = "\u{202E}שלום".to_owned();
    let read = Read::of(&text, 1, OrderLanguage::De);
    read.has(&["Grüner Tee [U+714E][U+8336]".to_owned(), "[U+202E][U+05E9]".to_owned()]);
}

#[test]
fn texts_of_any_length_and_many_charges_are_all_there() {
    let mut text = order(3);
    text.note = "Wort ".repeat(2_000) + "Ende";
    text.lines[1].description = "ж".repeat(5_000) + "Schluss";
    text.lines[1].supplier_item_number = Some("9".repeat(300));
    text.charges = (1..=80)
        .map(|at| Charge { reason: Some(format!("Zuschlag {at}")), amount: euros(at) })
        .collect();
    text.payable = with_charges(text.total, &text.charges).unwrap();
    let read = Read::of(&text, 1, OrderLanguage::De);
    let whole = read.whole();
    assert!(whole.contains("Ende") && whole.contains("Schluss"));
    assert_eq!(whole.matches('ж').count(), 5_000);
    for at in 1..=80 {
        read.has(&[format!("Zuschlag {at}")]);
    }
    let last = read.pages.last().unwrap();
    assert!(last.contains("Gesamtbetrag") && last.contains("Zuschlag80"), "{last}");
}

/// What Peppol needs to know about both sides.
fn known() -> SupplierProfile {
    SupplierProfile {
        peppol_id: "9930:DE123456789".to_owned(),
        country: "DE".to_owned(),
        ..SupplierProfile::default()
    }
}

/// The UBL document of an order. With `CALLOFF_TEST_UBL` it is written into that folder, too, for a
/// validator.
fn document(name: &str, text: &PurchaseOrderText, language: OrderLanguage) -> String {
    let buyer = "0088:7300010000001".parse().unwrap();
    let supplier = known();
    let parties = Parties { buyer: Some(&buyer), supplier: &supplier };
    assert_eq!(gaps(text, parties), []);
    let bytes = ubl(text, language, parties).unwrap().unwrap();
    if let Ok(folder) = std::env::var("CALLOFF_TEST_UBL") {
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.xml")), &bytes).unwrap();
    }
    String::from_utf8(bytes).unwrap()
}

/// Every text of an XML document, with the path to its element. Checks that no element is empty.
fn texts(xml: &str) -> Vec<(String, String)> {
    let mut reader = Reader::from_str(xml);
    let (mut path, mut texts, mut text) = (Vec::new(), Vec::new(), String::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                path.push(start.local_name().as_ref().to_owned());
                text.clear();
            }
            Event::Text(part) => text.push_str(&part),
            Event::GeneralRef(name) => {
                text.push_str(quick_xml::escape::resolve_predefined_entity(&name).unwrap());
            }
            Event::End(_) => {
                if !text.trim().is_empty() {
                    texts.push((path[1..].join("/"), text.clone()));
                }
                path.pop();
                text.clear();
            }
            Event::Empty(element) => panic!("{element:?} is empty"),
            Event::Eof => return texts,
            _ => {}
        }
    }
}

#[test]
fn the_ubl_says_what_the_order_says_to_the_last_decimal() {
    for count in [1, 10, 60, 300] {
        let mut text = order(count);
        text.lines[0].unit_price = "19.8750".parse().unwrap();
        text.lines[0].quantity.value = "0.5".parse().unwrap();
        text.lines[0].amount = euros(994);
        text.total =
            text.lines.iter().fold(euros(0), |sum, line| sum.checked_add(&line.amount).unwrap());
        text.payable = with_charges(text.total, &text.charges).unwrap();
        let found = texts(&document(&format!("lines-{count}"), &text, OrderLanguage::En));
        let all = |path: &str| -> Vec<&str> {
            let of = found.iter().filter(|(at, _)| at == path);
            of.map(|(_, text)| text.as_str()).collect()
        };
        assert_eq!(all("ID"), ["PO-000123"]);
        assert_eq!(all("IssueDate"), ["2026-03-04"]);
        assert_eq!(all("IssueTime"), ["10:12:00"]);
        let party = "BuyerCustomerParty/Party";
        assert_eq!(all(&format!("{party}/EndpointID")), ["7300010000001"]);
        assert_eq!(all(&format!("{party}/PartyIdentification/ID")), ["0042"]);
        let party = "SellerSupplierParty/Party";
        assert_eq!(all(&format!("{party}/EndpointID")), ["DE123456789"]);
        assert_eq!(all(&format!("{party}/PartyName/Name")), ["Mühle Müller GmbH & Co. KG"]);
        assert_eq!(all("Delivery/RequestedDeliveryPeriod/StartDate"), ["2026-03-06"]);
        assert_eq!(all("Delivery/DeliveryParty/PartyIdentification/ID"), ["7300010000001"]);
        let terms = all("DeliveryTerms/SpecialTerms").concat();
        for part in ["Schulstraße 12, 24103 Kiel", "06:00–10:30", "3.2 m", "+49 431 12"] {
            assert!(terms.contains(part), "{terms}");
        }
        assert_eq!(all("AllowanceCharge/ChargeIndicator"), ["true", "false"]);
        assert_eq!(all("AllowanceCharge/Amount"), ["15.00", "5.25"]);
        let exact = |money: Money| vec![money.amount.to_string()];
        assert_eq!(all("AnticipatedMonetaryTotal/LineExtensionAmount"), exact(text.total));
        assert_eq!(all("AnticipatedMonetaryTotal/PayableAmount"), exact(text.payable));
        let item = "OrderLine/LineItem";
        let of_lines = |path: &str, of: &dyn Fn(&PurchaseOrderLine) -> Option<String>| {
            let expected: Vec<_> = text.lines.iter().filter_map(of).collect();
            assert_eq!(all(&format!("{item}/{path}")), expected, "{path}");
        };
        of_lines("ID", &|line| Some(format!("PO-000123-{}", line.position)));
        of_lines("Quantity", &|line| Some(line.quantity.value.to_string()));
        of_lines("LineExtensionAmount", &|line| Some(line.amount.amount.to_string()));
        of_lines("Price/PriceAmount", &|line| Some(line.unit_price.to_string()));
        of_lines("Price/BaseQuantity", &|line| Some(line.base_quantity.to_string()));
        of_lines("Item/Name", &|line| Some(line.description.clone()));
        of_lines("Item/BuyersItemIdentification/ID", &|line| Some(line.item.to_string()));
        of_lines("Item/SellersItemIdentification/ID", &|line| line.supplier_item_number.clone());
        of_lines("Item/StandardItemIdentification/ID", &|line| line.gtin.clone());
        let contents = all(&format!("{item}/Item/AdditionalItemProperty/ValueQuantity"));
        assert_eq!(contents.len(), text.lines.iter().filter_map(|line| line.content).count());
    }
}

#[test]
fn odd_texts_and_an_address_with_a_country_make_a_valid_document() {
    let mut text = order(4);
    text.lines.iter_mut().for_each(|line| line.contract = "C<1>&\"".parse().unwrap());
    text.lines[0].description = "a < b & c > d \u{7} \u{FFFE}\t\"x\"".to_owned();
    text.lines[1].description = " ".to_owned();
    text.address.extend(["Hof".to_owned(), "Tor 3".to_owned(), "DE".to_owned()]);
    text.gln = Some("1".to_owned());
    text.note = String::new();
    text.charges.clear();
    text.payable = text.total;
    (text.account, text.receiving_hours) = (None, None);
    text.contacts.clear();
    text.delivery_instructions.clear();
    text.ordered_by.clear();
    let found = texts(&document("odd", &text, OrderLanguage::De));
    let has = |path: &str, expected: &str| {
        let is_there = found.iter().any(|(at, text)| at == path && text == expected);
        assert!(is_there, "{path} {expected:?} in {found:?}");
    };
    has("OrderLine/LineItem/Item/Name", "a < b & c > d [U+0007] [U+FFFE] \"x\"");
    has("OrderLine/LineItem/Item/Name", "item-2");
    has("Contract/ID", "C<1>&\"");
    has("Delivery/DeliveryLocation/Address/StreetName", "Schulstraße 12");
    has("Delivery/DeliveryLocation/Address/AddressLine/Line", "Hof, Tor 3");
    has("Delivery/DeliveryLocation/Address/Country/IdentificationCode", "DE");
    assert!(!found.iter().any(|(at, _)| at.starts_with("DeliveryTerms")));
}

#[test]
fn an_order_that_peppol_would_refuse_says_why_and_has_no_document() {
    let buyer = "0088:7300010000001".parse().unwrap();
    let supplier = known();
    let parties = Parties { buyer: Some(&buyer), supplier: &supplier };
    let refused = |text: &PurchaseOrderText, parties: Parties<'_>, why: &[UblGap]| {
        assert_eq!(gaps(text, parties), why);
        assert_eq!(ubl(text, OrderLanguage::En, parties).unwrap(), None);
    };
    let nobody = SupplierProfile::default();
    let unknown = [UblGap::BuyerAddress, UblGap::SupplierAddress, UblGap::SupplierCountry];
    refused(&order(1), Parties { buyer: None, supplier: &nobody }, &unknown);
    let mut text = order(1);
    text.lines[0].quantity.unit = unit("XQ0");
    refused(&text, parties, &[UblGap::Unit]);
    let mut text = order(1);
    text.lines[0].unit_price += Decimal::ONE;
    refused(&text, parties, &[UblGap::Amounts]);
    let mut text = order(1);
    text.payable = euros(-1);
    refused(&text, parties, &[UblGap::Negative]);
}
