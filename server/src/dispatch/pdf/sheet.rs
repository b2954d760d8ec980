//! Puts rows of text on pages, and draws and tags them.
//!
//! Everything on a page is a row of cells. A row goes to the next page as a whole. The rows of the
//! table get the head of the table on each page. A row can be kept with the next one, so that the
//! total never stands alone.

use std::num::{NonZeroU16, NonZeroU32};

use krilla::Document;
use krilla::color::luma;
use krilla::geom::{Path, PathBuilder, Point, Rect};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, SpanTag, TableHeaderScope, Tag, TagGroup,
    TagTree,
};

use super::bars::Bars;
use super::face::{Face, Faces};

/// A4, in points.
const PAGE: (f32, f32) = (595.28, 841.89);

/// The left margin has room for the holes of a binder.
pub const LEFT: f32 = 50.0;

/// The right end of the text. Fax machines cut the last 4 mm.
pub const RIGHT: f32 = 563.0;

const TOP: f32 = 36.0;

/// Where the rows end. The foot of the page is below.
const BOTTOM: f32 = 796.0;

/// Where the rows of later pages begin, under the line that says what they belong to.
const TOP_OF_LATER: f32 = 58.0;

/// A row that is higher is broken into parts, so that two of them and the sums fit a page.
const HIGHEST_ROW: f32 = 300.0;

/// The size of the small print at the edges of a page.
const EDGE_SIZE: f32 = 8.0;

/// The height of a barcode, and the space above it.
const BARS: (f32, f32) = (15.0, 3.0);

/// The distance between the lines of a text, as a multiple of its size.
const LEADING: f32 = 1.25;

/// Where the base line of a text is below the top of its line, as a multiple of its size.
const BASE_LINE: f32 = 0.98;

/// One line of a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// A text that the fonts can draw and that fits the cell.
    Text {
        /// The text.
        text: String,
        /// Whether it is bold.
        is_bold: bool,
        /// The size, in points.
        size: f32,
    },
    /// A barcode. The same number stands beside it as text.
    Bars(Bars),
}

impl Piece {
    fn height(&self) -> f32 {
        match self {
            Self::Text { size, .. } => size * LEADING,
            Self::Bars(_) => BARS.0 + BARS.1,
        }
    }
}

/// On which side the lines of a cell are straight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// On the left, for words.
    Left,
    /// On the right, for numbers.
    Right,
}

/// A part of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Where it begins, in points from the left edge of the page.
    pub x: f32,
    /// Its width, in points.
    pub width: f32,
    /// On which side its lines are straight.
    pub align: Align,
    /// The lines.
    pub pieces: Vec<Piece>,
}

impl Cell {
    fn height(&self) -> f32 {
        self.pieces.iter().map(Piece::height).sum()
    }
}

/// What a row is for people who hear the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The heading of the page.
    Heading,
    /// Paragraphs, one for each cell.
    Paragraphs,
    /// A line of the table.
    Line,
    /// A sum under the table. Its first cell stands under all columns but the last.
    Sum,
}

/// A row of a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What it is.
    pub kind: Kind,
    /// The cells, from left to right.
    pub cells: Vec<Cell>,
    /// The empty space above the cells.
    pub above: f32,
    /// The empty space below the cells.
    pub below: f32,
    /// The thickness of the line above the row. With 0, the row has no line.
    pub rule: f32,
    /// Whether the next row must be on the same page.
    pub is_kept: bool,
}

impl Row {
    fn height(&self) -> f32 {
        let cells = self.cells.iter().map(Cell::height).fold(0.0, f32::max);
        self.above + cells + self.below
    }

    fn is_of_table(&self) -> bool {
        matches!(self.kind, Kind::Line | Kind::Sum)
    }

    /// The row in parts that are not higher than [`HIGHEST_ROW`].
    fn parts(self) -> Vec<Self> {
        if self.height() <= HIGHEST_ROW {
            return vec![self];
        }
        let mut parts: Vec<Self> = Vec::new();
        for (at, cell) in self.cells.iter().enumerate() {
            let (mut part, mut height) = (0, 0.0);
            for piece in &cell.pieces {
                height += piece.height();
                if height > HIGHEST_ROW {
                    (part, height) = (part + 1, piece.height());
                }
                if parts.len() <= part {
                    let cells = self.cells.iter().cloned();
                    let cells = cells.map(|cell| Cell { pieces: Vec::new(), ..cell }).collect();
                    let rule = if part == 0 { self.rule } else { 0.0 };
                    parts.push(Self { cells, rule, is_kept: false, ..self.clone() });
                }
                parts[part].cells[at].pieces.push(piece.clone());
            }
        }
        if let Some(last) = parts.last_mut() {
            last.is_kept = self.is_kept;
        }
        parts
    }
}

/// What stands on every page.
#[derive(Debug, Clone, PartialEq)]
pub struct Edges {
    /// The words of the heading.
    pub title: String,
    /// The head of the table.
    pub head: Row,
    /// What the second and later pages belong to.
    pub belongs: String,
    /// The left foot of each page.
    pub foot: String,
    /// "Page {n} of {m}".
    pub page: String,
}

/// A row with its place on its page.
type Placed = (f32, Row);

/// Puts the rows on pages.
fn paginate(rows: Vec<Row>, head: &Row) -> Vec<Vec<Placed>> {
    let rows: Vec<Row> = rows.into_iter().flat_map(Row::parts).collect();
    let mut pages: Vec<Vec<Placed>> = vec![Vec::new()];
    let mut y = TOP;
    let mut has_head = false;
    let with_head = |row: &Row, has_head: bool| {
        if row.is_of_table() && !has_head { head.height() } else { 0.0 }
    };
    let room = BOTTOM - TOP_OF_LATER;
    for (at, row) in rows.iter().enumerate() {
        // All rows that must stay together, if they fit a page.
        let last = rows[at..].iter().position(|row| !row.is_kept).unwrap_or(0);
        let together: f32 = rows[at..=at + last].iter().map(Row::height).sum();
        let fits_page = together + with_head(row, false) <= room;
        let needed = if fits_page { together } else { row.height() };
        let is_empty = pages.last().is_none_or(Vec::is_empty);
        if y + with_head(row, has_head) + needed > BOTTOM && !is_empty {
            pages.push(Vec::new());
            (y, has_head) = (TOP_OF_LATER, false);
        }
        y += with_head(row, has_head);
        has_head |= row.is_of_table();
        if let Some(page) = pages.last_mut() {
            page.push((y, row.clone()));
        }
        y += row.height();
    }
    pages
}

/// Draws the rows on the pages of a document, and tags them.
pub fn draw(document: &mut Document, faces: &Faces, rows: Vec<Row>, edges: &Edges) -> Option<()> {
    let pages = paginate(rows, &edges.head);
    let count = pages.len();
    let mut tags = Tags { title: edges.title.clone(), ..Tags::default() };
    for (at, page) in pages.iter().enumerate() {
        let number = edges.page.replace("{n}", &(at + 1).to_string());
        let number = number.replace("{m}", &count.to_string());
        let mut drawn = document.start_page_with(PageSettings::from_wh(PAGE.0, PAGE.1)?);
        let mut surface = drawn.surface();
        let pen = &mut Pen { surface: &mut surface, faces };
        pen.edge(ArtifactType::Footer, LEFT, BOTTOM + 12.0, &edges.foot);
        let width = faces.regular.width(&number, EDGE_SIZE);
        pen.edge(ArtifactType::Footer, RIGHT - width, BOTTOM + 12.0, &number);
        if at > 0 {
            pen.edge(ArtifactType::Header, LEFT, TOP, &edges.belongs);
        }
        let mut has_head = false;
        for (y, row) in page {
            if row.is_of_table() && !has_head {
                has_head = true;
                let top = y - edges.head.height();
                if tags.table.is_some() {
                    pen.repeated(top, &edges.head);
                } else {
                    tags.begin_table(pen.row(top, &edges.head));
                }
            }
            tags.add(row.kind, pen.row(*y, row));
        }
        surface.finish();
        drawn.finish();
    }
    document.set_tag_tree(tags.tree());
    Some(())
}

/// What draws on a page.
struct Pen<'p, 's> {
    surface: &'p mut Surface<'s>,
    faces: &'p Faces,
}

impl Pen<'_, '_> {
    fn face(&self, is_bold: bool) -> &Face {
        if is_bold { &self.faces.bold } else { &self.faces.regular }
    }

    /// Draws a row, and gives the tags of the texts of each cell.
    fn row(&mut self, y: f32, row: &Row) -> Vec<Vec<Identifier>> {
        self.rule(y, row);
        let cells = row.cells.iter().map(|cell| {
            let mut tagged = Vec::new();
            self.cell(y + row.above, cell, |pen, draw| {
                tagged.push(pen.surface.start_tagged(ContentTag::Span(SpanTag::empty())));
                draw(pen);
                pen.surface.end_tagged();
            });
            tagged
        });
        cells.collect()
    }

    /// Draws a row that people hear only once.
    fn repeated(&mut self, y: f32, row: &Row) {
        self.rule(y, row);
        for cell in &row.cells {
            self.cell(y + row.above, cell, |pen, draw| {
                pen.artifact(ArtifactType::PaginationOther, draw);
            });
        }
    }

    /// Draws the lines of a cell. `tag` draws a text.
    fn cell(
        &mut self,
        mut y: f32,
        cell: &Cell,
        mut tag: impl FnMut(&mut Self, &dyn Fn(&mut Self)),
    ) {
        for piece in &cell.pieces {
            match piece {
                Piece::Text { text, is_bold, size } => {
                    let width = self.face(*is_bold).width(text, *size);
                    let x = match cell.align {
                        Align::Left => cell.x,
                        Align::Right => cell.x + cell.width - width,
                    };
                    let base_line = y + size * BASE_LINE;
                    tag(self, &|pen| pen.text(x, base_line, text, *is_bold, *size));
                }
                Piece::Bars(bars) => {
                    let x = match cell.align {
                        Align::Left => cell.x,
                        Align::Right => cell.x + cell.width - bars.black_width(),
                    };
                    let path = path(bars.bars().into_iter().filter_map(|(at, width)| {
                        Rect::from_xywh(x + at, y + BARS.1, width, BARS.0)
                    }));
                    self.artifact(ArtifactType::Other, &|pen| pen.fill(path.as_ref()));
                }
            }
            y += piece.height();
        }
    }

    /// Draws a line of text at the edge of a page.
    fn edge(&mut self, kind: ArtifactType, x: f32, y: f32, text: &str) {
        self.artifact(kind, &|pen| {
            pen.text(x, y + EDGE_SIZE * BASE_LINE, text, false, EDGE_SIZE);
        });
    }

    fn rule(&mut self, y: f32, row: &Row) {
        if row.rule > 0.0 {
            let rule = Rect::from_xywh(LEFT, y, RIGHT - LEFT, row.rule);
            let path = path(rule.into_iter());
            self.artifact(ArtifactType::Layout, &|pen| pen.fill(path.as_ref()));
        }
    }

    fn artifact(&mut self, kind: ArtifactType, draw: &dyn Fn(&mut Self)) {
        self.surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(kind)));
        draw(self);
        self.surface.end_tagged();
    }

    fn text(&mut self, x: f32, base_line: f32, text: &str, is_bold: bool, size: f32) {
        let face = self.face(is_bold);
        let (glyphs, font) = (face.glyphs(text), face.font());
        self.surface.set_fill(Some(black()));
        let start = Point::from_xy(x, base_line);
        self.surface.draw_glyphs(start, &glyphs, font, text, size, false);
    }

    fn fill(&mut self, path: Option<&Path>) {
        self.surface.set_fill(Some(black()));
        if let Some(path) = path {
            self.surface.draw_path(path);
        }
    }
}

fn path(rectangles: impl Iterator<Item = Rect>) -> Option<Path> {
    let mut path = PathBuilder::new();
    for rectangle in rectangles {
        path.push_rect(rectangle);
    }
    path.finish()
}

/// Everything is black: a fax has no other colour.
fn black() -> Fill {
    Fill { paint: luma::Color::black().into(), ..Fill::default() }
}

/// The structure of the document, for people who hear it and for programs that read it.
#[derive(Default)]
struct Tags {
    title: String,
    before: Vec<TagGroup>,
    /// The head, the lines and the sums of the table.
    table: Option<[TagGroup; 3]>,
    after: Vec<TagGroup>,
}

impl Tags {
    fn begin_table(&mut self, head: Vec<Vec<Identifier>>) {
        let mut row = TagGroup::new(Tag::TR);
        for cell in head {
            row.push(group(Tag::TH(TableHeaderScope::Column), cell));
        }
        let head = TagGroup::with_children(Tag::THead, vec![row.into()]);
        self.table = Some([head, TagGroup::new(Tag::TBody), TagGroup::new(Tag::TFoot)]);
    }

    fn add(&mut self, kind: Kind, cells: Vec<Vec<Identifier>>) {
        let mut row = TagGroup::new(Tag::TR);
        let columns = NonZeroU32::new(5);
        for (at, cell) in cells.into_iter().enumerate() {
            let plain = match &self.table {
                Some(_) => &mut self.after,
                None => &mut self.before,
            };
            match kind {
                // Only a barcode, which is not content.
                Kind::Heading | Kind::Paragraphs if cell.is_empty() => {}
                Kind::Heading => {
                    let title = Some(self.title.clone());
                    plain.push(group(Tag::Hn(NonZeroU16::MIN, title), cell));
                }
                Kind::Paragraphs => plain.push(group(Tag::P, cell)),
                Kind::Line => row.push(group(Tag::TD, cell)),
                Kind::Sum if at == 0 => {
                    let tag = Tag::TH(TableHeaderScope::Row).with_col_span(columns);
                    row.push(group(tag, cell));
                }
                Kind::Sum => row.push(group(Tag::TD, cell)),
            }
        }
        match (kind, &mut self.table) {
            (Kind::Line, Some([_, lines, _])) => lines.push(row),
            (Kind::Sum, Some([_, _, sums])) => sums.push(row),
            _ => {}
        }
    }

    fn tree(self) -> TagTree {
        let mut tree = TagTree::new();
        for group in self.before {
            tree.push(group);
        }
        if let Some(parts) = self.table {
            let parts = parts.into_iter().map(Into::into).collect();
            tree.push(TagGroup::with_children(Tag::Table, parts));
        }
        for group in self.after {
            tree.push(group);
        }
        tree
    }
}

fn group(tag: impl Into<krilla::tagging::TagKind>, texts: Vec<Identifier>) -> TagGroup {
    TagGroup::with_children(tag, texts.into_iter().map(Into::into).collect())
}
