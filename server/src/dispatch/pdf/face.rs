//! The two fonts of printed orders, and how texts fit into them.
//!
//! There is no shaping: each character is one glyph, and its width is its advance. That is right
//! for Latin, Greek and Cyrillic, which is what the fonts have (docs/adr/0021-pdf.md).

use std::collections::BTreeSet;
use std::sync::LazyLock;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider as _};
use unicode_normalization::UnicodeNormalization as _;

/// Both fonts. `None` if they cannot be read, which is a mistake in how the server was built.
static FACES: LazyLock<Option<Faces>> = LazyLock::new(|| {
    Some(Faces {
        regular: Face::read(include_bytes!("../../../fonts/DejaVuSansCondensed.ttf"))?,
        bold: Face::read(include_bytes!("../../../fonts/DejaVuSansCondensed-Bold.ttf"))?,
    })
});

/// The fonts of printed orders. Both have the same characters.
pub struct Faces {
    /// For most of the text.
    pub regular: Face,
    /// For what is read first.
    pub bold: Face,
}

impl Faces {
    /// The fonts. `None` if they cannot be read, which is a mistake in how the server was built.
    pub fn get() -> Option<&'static Self> {
        FACES.as_ref()
    }
}

/// One font.
pub struct Face {
    font: Font,
    glyphs: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    units: f32,
}

impl Face {
    fn read(bytes: &'static [u8]) -> Option<Self> {
        let read = FontRef::new(bytes).ok()?;
        let (size, location) = (Size::unscaled(), LocationRef::default());
        Some(Self {
            font: Font::new(bytes.into(), 0)?,
            glyphs: read.charmap(),
            metrics: read.glyph_metrics(size, location),
            units: f32::from(read.metrics(size, location).units_per_em),
        })
    }

    /// The font, to be drawn with.
    pub fn font(&self) -> Font {
        self.font.clone()
    }

    /// The text in characters that the font has. A character that it does not have is named by its
    /// code point, such as `[U+4E2D]`, and put into `missing`. A reader sees that something is
    /// there, and can find out what.
    pub fn drawable(&self, text: &str, missing: &mut BTreeSet<char>) -> String {
        let mut drawable = String::with_capacity(text.len());
        for character in text.nfc() {
            if character.is_whitespace() {
                drawable.push(' ');
            } else if self.glyphs.map(character).is_some() {
                drawable.push(character);
            } else {
                missing.insert(character);
                drawable.push_str(&format!("[U+{:04X}]", u32::from(character)));
            }
        }
        drawable
    }

    /// The glyphs of a text. Their advances are for a font of size 1.
    pub fn glyphs(&self, text: &str) -> Vec<KrillaGlyph> {
        let glyphs = text.char_indices().map(|(at, character)| {
            let glyph = self.glyphs.map(character).unwrap_or_default();
            KrillaGlyph {
                glyph_id: GlyphId::new(glyph.to_u32()),
                text_range: at..at + character.len_utf8(),
                x_advance: self.metrics.advance_width(glyph).unwrap_or_default() / self.units,
                x_offset: 0.0,
                y_offset: 0.0,
                y_advance: 0.0,
                location: None,
            }
        });
        glyphs.collect()
    }

    /// The width of a text, in points.
    pub fn width(&self, text: &str, size: f32) -> f32 {
        let advances = text.chars().map(|character| {
            let glyph = self.glyphs.map(character).unwrap_or_default();
            self.metrics.advance_width(glyph).unwrap_or_default()
        });
        advances.sum::<f32>() / self.units * size
    }

    /// Breaks a drawable text into lines that fit a width: between words, and inside of a word that
    /// is too long for a line. Always gives at least one line.
    pub fn wrap(&self, text: &str, size: f32, width: f32) -> Vec<String> {
        let mut lines = Vec::new();
        let mut line = String::new();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if self.width(&longer, size) <= width {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for character in word.chars() {
                line.push(character);
                if self.width(&line, size) > width && line.chars().count() > 1 {
                    line.pop();
                    lines.push(std::mem::take(&mut line));
                    line.push(character);
                }
            }
        }
        if !line.is_empty() || lines.is_empty() {
            lines.push(line);
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fonts_have_what_europe_writes_and_name_what_they_lack() {
        let faces = Faces::get().unwrap();
        let mut missing = BTreeSet::new();
        let texts = ["Äpfel «süß» ≤ 7 °C, ½ kg – 4 €", "Ελαιόλαδο ἐξαιρετικό", "Мука пшеничная №1"];
        for text in texts {
            assert_eq!(faces.regular.drawable(text, &mut missing), text);
            assert_eq!(faces.bold.drawable(text, &mut missing), text);
        }
        assert_eq!(missing, BTreeSet::new());
        let named = faces.regular.drawable("Tee 茶\u{200B}!", &mut missing);
        assert_eq!(named, "Tee [U+8336][U+200B]!");
        assert_eq!(missing, BTreeSet::from(['茶', '\u{200B}']));
        // What is written in two code points is drawn as the one that it is.
        assert_eq!(faces.regular.drawable("Ka\u{308}se", &mut missing), "Käse");
    }

    #[test]
    fn lines_fit_and_nothing_is_lost() {
        let face = &Faces::get().unwrap().regular;
        let long = "a ".repeat(50) + &"W".repeat(200) + " end";
        let lines = face.wrap(&long, 9.0, 100.0);
        assert!(lines.iter().all(|line| face.width(line, 9.0) <= 100.0), "{lines:?}");
        let kept: String = lines.concat().replace(' ', "");
        assert_eq!(kept, long.replace(' ', ""));
        assert_eq!(face.wrap("", 9.0, 100.0), [""]);
    }
}
