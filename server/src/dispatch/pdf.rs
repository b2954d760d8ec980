//! Writes a purchase order as PDF: to be read, printed, archived (PDF/A-3a) and heard (PDF/UA-1).
//!
//! The same order always gives the same bytes. All dates are those of the order.

mod bars;
mod face;
mod sheet;

use std::collections::BTreeSet;

use calloff_core::supplier::OrderLanguage;
use calloff_core::wire::PurchaseOrderText;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::error::KrillaError;
use krilla::geom::Point;
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::{Document, SerializeSettings};

use self::bars::Bars;
use self::face::Faces;
use self::sheet::{Align, Cell, Edges, Kind, LEFT, Piece, RIGHT, Row, draw};
use super::mail::file_name;
use super::page::{Shown, ShownLine, subject};
use crate::error::ServiceError;

/// The size of most of the text, in points.
const SIZE: f32 = 9.0;

/// The size of details under a text. A fax of the lower resolution still shows it.
const SMALL: f32 = 7.5;

/// The columns of the table: where each begins, and its width.
const COLUMNS: [(f32, f32); 6] = [
    (LEFT, 20.0),
    (LEFT + 22.0, 116.0),
    (LEFT + 142.0, 164.0),
    (LEFT + 310.0, 72.0),
    (LEFT + 386.0, 60.0),
    (LEFT + 450.0, RIGHT - LEFT - 450.0),
];

/// Writes the purchase order. `copy` counts how often people asked to send this revision. `ubl` is
/// the same order for computers, and is put into the file.
///
/// # Errors
/// The file breaks a rule of its standard, which is a mistake in our code.
pub fn pdf(
    text: &PurchaseOrderText,
    copy: u32,
    language: OrderLanguage,
    ubl: Option<&[u8]>,
) -> Result<Vec<u8>, ServiceError> {
    let failed = |why: &dyn std::fmt::Display| {
        ServiceError::Internal(format!("the PDF of purchase order {}: {why}", text.number))
    };
    let faces = Faces::get().ok_or_else(|| failed(&"a font cannot be read"))?;
    let subject = subject(text, copy, language);
    let shown = Shown::of(text, copy, language, &subject);
    let mut writer = Writer { faces, shown: &shown, missing: BTreeSet::new() };
    let (rows, edges) = (writer.rows(), writer.edges());
    if !writer.missing.is_empty() {
        tracing::warn!(
            purchase_order = text.number,
            "the PDF names characters that its fonts do not have: {}",
            named(&writer.missing)
        );
    }
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A3_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|error| failed(&format!("{error:?}")))?;
    let settings = SerializeSettings { configuration, ..SerializeSettings::default() };
    let mut document = Document::new_with(settings);
    draw(&mut document, faces, rows, &edges).ok_or_else(|| failed(&"a page has no size"))?;
    let day = date(text);
    let mut outline = Outline::new();
    let start = XyzDestination::new(0, Point::from_xy(0.0, 0.0));
    outline.push_child(OutlineNode::new(subject.clone(), start));
    document.set_outline(outline);
    document.set_metadata(
        Metadata::new()
            .title(subject.clone())
            .authors(vec![text.buyer.clone()])
            .creator("Calloff".to_owned())
            .language(shown.language.to_owned())
            .creation_date(day),
    );
    if let Some(ubl) = ubl {
        let file = EmbeddedFile {
            path: format!("{}.xml", file_name(&text.number, text.revision)),
            mime_type: MimeType::new("application/xml"),
            description: Some("UBL 2.1 Order (Peppol BIS Order 3)".to_owned()),
            association_kind: AssociationKind::Alternative,
            data: ubl.to_vec().into(),
            modification_date: Some(day),
            compress: Some(true),
            location: None,
        };
        document.embed_file(file).ok_or_else(|| failed(&"two files have one name"))?;
    }
    document.finish().map_err(|error| match error {
        KrillaError::Validation(broken) => failed(&format!("it breaks {broken:?}")),
        error => failed(&error),
    })
}

/// The day of the order. The time of day is left out: the file has no room for the site's zone.
fn date(text: &PurchaseOrderText) -> DateTime {
    let day = text.ordered_at.date();
    DateTime::new(day.year().unsigned_abs())
        .month(day.month().unsigned_abs())
        .day(day.day().unsigned_abs())
}

fn named(characters: &BTreeSet<char>) -> String {
    let names = characters.iter().map(|character| format!("U+{:04X}", u32::from(*character)));
    names.collect::<Vec<_>>().join(", ")
}

/// Makes the rows of the document.
struct Writer<'w> {
    faces: &'static Faces,
    shown: &'w Shown<'w>,
    /// Characters that the fonts do not have.
    missing: BTreeSet<char>,
}

impl Writer<'_> {
    fn word(&self, name: &str) -> &'static str {
        self.shown.w.get(name).copied().unwrap_or_default()
    }

    /// The lines of a text in a width. A line end of the text stays one.
    fn text(&mut self, text: &str, is_bold: bool, size: f32, width: f32) -> Vec<Piece> {
        let face = if is_bold { &self.faces.bold } else { &self.faces.regular };
        let mut pieces = Vec::new();
        for line in text.lines() {
            let drawable = face.drawable(line, &mut self.missing);
            let lines = face.wrap(&drawable, size, width);
            pieces.extend(lines.into_iter().map(|text| Piece::Text { text, is_bold, size }));
        }
        pieces
    }

    /// A row with one cell over the whole width.
    fn wide(&mut self, kind: Kind, text: &str, is_bold: bool, size: f32) -> Row {
        let width = RIGHT - LEFT;
        let pieces = self.text(text, is_bold, size, width);
        let cells = vec![Cell { x: LEFT, width, align: Align::Left, pieces }];
        Row { kind, cells, above: 2.0, below: 0.0, rule: 0.0, is_kept: false }
    }

    fn rows(&mut self) -> Vec<Row> {
        let shown = self.shown;
        let mut rows = vec![self.wide(Kind::Paragraphs, shown.buyer, true, SIZE), self.title()];
        let delivery = format!("{}: {}", self.word("delivery_day"), shown.delivery_day);
        rows.push(self.wide(Kind::Paragraphs, &delivery, true, 12.0));
        if shown.copy > 1 {
            rows.push(self.wide(Kind::Paragraphs, self.word("sent_again"), true, SIZE));
        }
        let revision = self.word("revision");
        let same = format!("{revision} {}. {}", shown.revision, self.word("same_order"));
        rows.push(self.wide(Kind::Paragraphs, &same, false, SIZE));
        rows.push(self.parties());
        if !shown.note.is_empty() {
            let note = format!("{}: {}", self.word("note"), shown.note);
            rows.push(Row { above: 8.0, ..self.wide(Kind::Paragraphs, &note, true, SIZE) });
        }
        if let Some(last) = rows.last_mut() {
            last.below = 10.0;
        }
        let several_contracts = shown.contracts.len() > 1;
        for line in &shown.lines {
            rows.push(self.line(line, several_contracts));
        }
        // The last two lines, the sums and the last words stay together.
        for row in rows.iter_mut().rev().take(shown.lines.len().min(2)) {
            row.is_kept = true;
        }
        rows.extend(self.sums());
        let fixed = self.wide(Kind::Paragraphs, self.word("fixed"), false, SIZE);
        rows.push(Row { above: 10.0, ..fixed });
        rows
    }

    /// The heading, and a barcode of the number.
    fn title(&mut self) -> Row {
        const TITLE: f32 = 18.0;
        let title = format!("{} {}", self.word("purchase_order"), self.shown.number);
        let bars = Bars::of_number(self.shown.number);
        let bars = bars.filter(|bars| bars.width() < (RIGHT - LEFT) / 2.0);
        let width = RIGHT - LEFT - bars.as_ref().map_or(0.0, Bars::width);
        let pieces = self.text(&title, true, TITLE, width);
        let mut cells = vec![Cell { x: LEFT, width, align: Align::Left, pieces }];
        if let Some(bars) = bars {
            let (x, width) = (RIGHT - bars.width(), bars.width());
            cells.push(Cell { x, width, align: Align::Right, pieces: vec![Piece::Bars(bars)] });
        }
        Row { kind: Kind::Heading, cells, above: 0.0, below: 0.0, rule: 0.0, is_kept: true }
    }

    /// Who gets the goods and who delivers them, side by side.
    fn parties(&mut self) -> Row {
        const GAP: f32 = 18.0;
        let shown = self.shown;
        let width = (RIGHT - LEFT - GAP) / 2.0;
        let mut site = self.text(self.word("deliver_to"), true, SIZE, width);
        let mut plain = |text: &str| self.text(text, false, SIZE, width);
        site.extend(plain(shown.buyer));
        site.extend(plain(shown.site));
        for line in shown.address {
            site.extend(plain(line));
        }
        if let Some(gln) = shown.gln {
            site.extend(plain(&format!("GLN {gln}")));
        }
        let named = |writer: &mut Self, name: &str, text: &str, is_bold: bool| {
            let text = format!("{}: {text}", writer.word(name));
            writer.text(&text, is_bold, SIZE, width)
        };
        if let Some(hours) = &shown.hours {
            site.extend(named(self, "hours", hours, true));
        }
        if !shown.instructions.is_empty() {
            site.extend(named(self, "instructions", shown.instructions, true));
        }
        for contact in &shown.contacts {
            site.extend(named(self, "contact", contact, false));
        }
        let mut supplier = self.text(self.word("supplier"), true, SIZE, width);
        supplier.extend(self.text(shown.supplier, false, SIZE, width));
        if let Some(account) = shown.account {
            supplier.extend(named(self, "account", account, true));
        }
        let ordered = format!("{} {} {}", shown.ordered, self.word("by"), shown.ordered_by);
        supplier.extend(named(self, "ordered", &ordered, false));
        let contracts = shown.contracts.iter().cloned().collect::<Vec<_>>().join(", ");
        let contract = if shown.contracts.len() > 1 { "contracts" } else { "contract" };
        supplier.extend(named(self, contract, &contracts, false));
        let cells = vec![
            Cell { x: LEFT, width, align: Align::Left, pieces: site },
            Cell { x: LEFT + width + GAP, width, align: Align::Left, pieces: supplier },
        ];
        Row { kind: Kind::Paragraphs, cells, above: 8.0, below: 0.0, rule: 0.0, is_kept: false }
    }

    fn line(&mut self, line: &ShownLine<'_>, several_contracts: bool) -> Row {
        let width = |column: usize| COLUMNS[column].1;
        let mut number = self.text(line.supplier_item_number.unwrap_or("–"), true, SIZE, width(1));
        let bars = match (line.gtin, line.supplier_item_number) {
            (Some(gtin), _) => Bars::of_gtin(gtin),
            (None, Some(number)) => Bars::of_number(number),
            (None, None) => None,
        };
        // A barcode that is wider than its column would be read wrongly. The number is text anyway.
        number.extend(bars.filter(|bars| bars.width() <= width(1)).map(Piece::Bars));
        let mut item = self.text(line.description, false, SIZE, width(2));
        let mut details = format!("{} {}", self.word("our_number"), line.item);
        if let Some(gtin) = line.gtin {
            details.push_str(&format!(", GTIN {gtin}"));
        }
        if several_contracts {
            details.push_str(&format!(", {} {}", self.word("contract"), line.contract));
        }
        item.extend(self.text(&details, false, SMALL, width(2)));
        let mut quantity = self.text(&line.quantity, true, SIZE, width(3));
        if let Some(content) = &line.content {
            quantity.extend(self.text(content, false, SMALL, width(3)));
        }
        let mut price = self.text(&line.price, false, SIZE, width(4));
        if let Some(per) = &line.per {
            let per = format!("{} {per}", self.word("per"));
            price.extend(self.text(&per, false, SMALL, width(4)));
        }
        let position = self.text(&line.position.to_string(), false, SIZE, width(0));
        let amount = self.text(&line.amount, false, SIZE, width(5));
        let cells = [position, number, item, quantity, price, amount];
        Row { above: 4.0, below: 4.0, rule: 0.5, ..table_row(Kind::Line, cells) }
    }

    fn sums(&mut self) -> Vec<Row> {
        let shown = self.shown;
        let mut sums = Vec::new();
        if !shown.charges.is_empty() {
            sums.push((self.word("sum_of_lines"), shown.total.as_str()));
            let charges = shown.charges.iter();
            sums.extend(charges.map(|charge| (charge.words, charge.amount.as_str())));
        }
        sums.push((self.word("payable"), shown.payable.as_str()));
        let last = sums.len() - 1;
        let rows = sums.into_iter().enumerate().map(|(at, (words, amount))| {
            let is_total = at == last;
            let size = if is_total { SIZE + 1.0 } else { SIZE };
            // A large total needs more room than its column.
            let amount_width = self.faces.bold.width(amount, size).max(COLUMNS[5].1) + 1.0;
            let (x, width) = (RIGHT - amount_width, RIGHT - amount_width - 8.0 - LEFT);
            let words = self.text(words, is_total, size, width);
            let amount = self.text(amount, is_total, size, amount_width);
            let cells = vec![
                Cell { x: LEFT, width, align: Align::Right, pieces: words },
                Cell { x, width: amount_width, align: Align::Right, pieces: amount },
            ];
            let rule = if is_total {
                1.5
            } else if at == 0 {
                0.5
            } else {
                0.0
            };
            Row { kind: Kind::Sum, cells, above: 4.0, below: 2.0, rule, is_kept: true }
        });
        rows.collect()
    }

    fn edges(&mut self) -> Edges {
        let shown = self.shown;
        let names = ["line", "your_number", "item", "quantity", "price", "amount"];
        let heads = names.map(|name| self.word(name));
        let mut at = 0;
        let cells = heads.map(|head| {
            let pieces = self.text(head, true, SMALL + 0.5, COLUMNS[at].1);
            at += 1;
            pieces
        });
        let head = Row { above: 3.0, below: 3.0, rule: 1.5, ..table_row(Kind::Line, cells) };
        let number = format!("{} {}", self.word("purchase_order"), shown.number);
        let revision = format!("{} {}", self.word("revision"), shown.revision);
        // One line each: what is too long ends in dots, because all of it is on the first page.
        let mut edge = |text: String, width: f32| {
            let mut lines = self.text(&text, false, 8.0, width).into_iter();
            match (lines.next(), lines.next()) {
                (Some(Piece::Text { text, .. }), None) => text,
                (Some(Piece::Text { text, .. }), Some(_)) => format!("{text} …"),
                _ => String::new(),
            }
        };
        Edges {
            title: number.clone(),
            head,
            belongs: edge(
                format!("{number}, {revision}: {}, {}", shown.delivery_day, shown.site),
                RIGHT - LEFT - 20.0,
            ),
            foot: edge(format!("{number}, {revision}. {}", shown.buyer), RIGHT - LEFT - 120.0),
            page: self.word("page").to_owned(),
        }
    }
}

/// A row with a cell for each column.
fn table_row(kind: Kind, cells: [Vec<Piece>; 6]) -> Row {
    let cells = cells.into_iter().zip(COLUMNS).enumerate().map(|(at, (pieces, (x, width)))| {
        let align = if at >= 3 { Align::Right } else { Align::Left };
        Cell { x, width, align, pieces }
    });
    let cells = cells.collect();
    Row { kind, cells, above: 0.0, below: 0.0, rule: 0.0, is_kept: false }
}
