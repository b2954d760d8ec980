//! Folds written text into comparable words. Only this file says which differences do not count.

use unicode_normalization::char::{canonical_combining_class, decompose_compatible};

/// The number of characters of a word that are kept. The longest word of the real list has 23.
pub(super) const MAX_WORD_CHARS: usize = 32;

/// The longest run of letters after a number that may be its unit: `mg`, `mcg`, `mil`.
const MAX_UNIT_BYTES: usize = 3;

/// Words folded from text, in order. They share one buffer, so that folding 20,000 items needs no
/// allocation for each word.
#[derive(Default)]
pub(super) struct Words {
    buffer: String,
    ends: Vec<usize>,
}

impl Words {
    pub(super) fn clear(&mut self) {
        self.buffer.clear();
        self.ends.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        (self.ends.iter().enumerate()).map(|(number, &end)| &self.buffer[self.start(number)..end])
    }

    /// Each number followed by a separate unit, as one word: "10 mg" gives `10mg`. It comes with
    /// the position of the number. There is at most one for each pair of neighbours.
    pub(super) fn quantities(&self) -> impl Iterator<Item = (usize, &str)> {
        // Neighbours are next to each other in the buffer, so a wider slice joins them.
        self.ends.windows(2).enumerate().filter_map(|(number, pair)| {
            let start = self.start(number);
            let (value, unit) = (&self.buffer[start..pair[0]], &self.buffer[pair[0]..pair[1]]);
            let joins = is_number(value)
                && unit.len() <= MAX_UNIT_BYTES
                && unit.bytes().all(|byte| byte.is_ascii_lowercase());
            joins.then(|| (number, &self.buffer[start..pair[1]]))
        })
    }

    /// Appends the words of `text`.
    pub(super) fn push_text(&mut self, text: &str) {
        let mut chars = text.chars();
        let mut before = ' ';
        while let Some(char) = chars.next() {
            let rest = chars.as_str();
            match char {
                _ if is_accent(char) => continue,
                _ if char.is_alphanumeric() => self.push_char(char),
                '.' | ',' if before.is_ascii_digit() && starts_with_digit(rest) => {
                    if char == '.' || !groups_thousands(self.open_word(), rest) {
                        self.push_char('.');
                    }
                }
                '.' if !before.is_alphanumeric() && starts_with_digit(rest) => {
                    self.end_word();
                    self.buffer.push_str("0.");
                }
                '%' if before.is_ascii_digit() => {
                    self.buffer.push('%');
                    self.end_word();
                }
                _ if is_silent(char) => continue,
                _ => self.end_word(),
            }
            before = char;
        }
        self.end_word();
    }

    fn push_char(&mut self, char: char) {
        if self.has_room() {
            fold_char(char, &mut self.buffer);
        }
    }

    fn has_room(&self) -> bool {
        // A character needs at least one byte, so nearly always the first test makes counting
        // unnecessary.
        let open = self.open_word();
        open.len() < MAX_WORD_CHARS || open.chars().count() < MAX_WORD_CHARS
    }

    fn open_word(&self) -> &str {
        &self.buffer[self.start(self.ends.len())..]
    }

    fn end_word(&mut self) {
        if !self.open_word().is_empty() {
            self.ends.push(self.buffer.len());
        }
    }

    fn start(&self, number: usize) -> usize {
        match number {
            0 => 0,
            _ => self.ends[number - 1],
        }
    }
}

/// Appends the letters and digits of a code, without the characters that separate them.
pub(super) fn squeeze(code: &str, out: &mut String) {
    for char in code.chars().filter(|char| char.is_alphanumeric()) {
        fold_char(char, out);
    }
}

/// Whether a folded word is a number without unit.
pub(super) fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

fn starts_with_digit(text: &str) -> bool {
    text.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
}

/// Whether the comma before `rest` groups thousands ("5,000"), and is not a decimal comma ("0,125",
/// "2,5").
fn groups_thousands(before: &str, rest: &str) -> bool {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    digits == 3 && before != "0"
}

/// Characters that neither belong to a word nor separate words: apostrophes ("St John’s" =
/// "johns"), the soft hyphen, zero-width spaces and joiners, single accents and points.
fn is_silent(char: char) -> bool {
    matches!(
        char,
        '\'' | '’' | '‘' | '`' | '´' | 'ʼ' | '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{feff}'
    ) || is_accent(char)
}

/// Whether a character only marks the character before it: accents, Hebrew and Arabic points, tone
/// marks, the dots of kana. Vowel signs of Indic scripts are letters of their own.
fn is_accent(char: char) -> bool {
    !char.is_ascii() && canonical_combining_class(char) != 0
}

/// Lower case without accents, in every script. Letters that Unicode does not decompose are spelled
/// as people type them.
fn fold_char(char: char, out: &mut String) {
    if char.is_ascii() {
        out.push(char.to_ascii_lowercase());
        return;
    }
    decompose_compatible(char, |part| {
        if is_accent(part) {
            return;
        }
        let spelled = match part {
            'Æ' | 'æ' => "ae",
            'Œ' | 'œ' => "oe",
            'ß' | 'ẞ' => "ss",
            'Þ' | 'þ' => "th",
            'Ø' | 'ø' => "o",
            'Ð' | 'ð' | 'Đ' | 'đ' => "d",
            'Ł' | 'ł' => "l",
            'Ħ' | 'ħ' => "h",
            'Ŧ' | 'ŧ' => "t",
            'ı' => "i",
            'ĸ' => "k",
            'Ŋ' | 'ŋ' => "n",
            'µ' | 'μ' => "u",
            'ς' => "σ",
            // Written with or without their signs.
            'ٱ' => "ا",
            'ى' => "ي",
            'ة' => "ه",
            _ => {
                out.extend(part.to_lowercase().filter(|lower| !is_accent(*lower)));
                return;
            }
        };
        out.push_str(spelled);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut words = Words::default();
        words.push_text(text);
        words.iter().map(str::to_owned).collect()
    }

    #[test]
    fn punctuation_parts_words_and_case_does_not_count() {
        assert_eq!(
            words("IBRUTINIB 70MG/ML SUSP,ORAL"),
            ["ibrutinib", "70mg", "ml", "susp", "oral"]
        );
        assert_eq!(words("  –\u{a0}“x”(Y) "), ["x", "y"]);
        assert!(words("…—!?").is_empty());
    }

    #[test]
    fn diacritics_apostrophes_and_invisible_characters_make_no_difference() {
        assert_eq!(words("Crème BRÛLÉE Straße"), ["creme", "brulee", "strasse"]);
        assert_eq!(words("cre\u{300}me"), ["creme"]);
        assert_eq!(words("CHILDREN’S children's"), ["childrens", "childrens"]);
        assert_eq!(words("ibu\u{ad}pro\u{200b}fen"), ["ibuprofen"]);
        assert_eq!(words("125 µg"), ["125", "ug"]);
    }

    #[test]
    fn accents_and_points_of_every_script_make_no_difference() {
        assert_eq!(words("Phở bò ế"), ["pho", "bo", "e"], "Vietnamese");
        assert_eq!(words("Ελιές ΕΛΙΕΣ"), ["ελιεσ", "ελιεσ"], "Greek");
        assert_eq!(words("Мёд йогурт"), ["мед", "иогурт"], "Cyrillic");
        assert_eq!(words("חָלָב חלב"), ["חלב", "חלב"], "Hebrew");
        assert_eq!(words("حَلِيب حليب أرز ارز"), ["حليب", "حليب", "ارز", "ارز"], "Arabic");
        assert_eq!(
            words("Ｍｉｌｋ ﾐﾙｸ ミルク"),
            ["milk", "ミルク", "ミルク"],
            "full and half width"
        );
        assert_eq!(words("がガ か\u{3099}カ\u{3099}"), ["かカ", "かカ"], "composed or not");
        assert_eq!(
            words("우유"),
            words("\u{110b}\u{116e}\u{110b}\u{1172}"),
            "Korean, as it is typed"
        );
        assert_eq!(words("हिन्दी"), words("हिन्दी"), "Hindi");
        assert_eq!(words("हिन्दी").len(), 1, "a virama parts no word");
    }

    #[test]
    fn decimals_stay_whole_and_thousands_lose_their_comma() {
        assert_eq!(words("0.5MG .5MG 0,5MG"), ["0.5mg"; 3]);
        assert_eq!(words("5,000UNIT 5000UNIT"), ["5000unit"; 2]);
        assert_eq!(words("1,234,567 0,125"), ["1234567", "0.125"]);
        assert_eq!(words("0.12% 5%"), ["0.12%", "5%"]);
        assert_eq!(words("10MG,14 end.5"), ["10mg", "14", "end", "5"]);
    }

    #[test]
    fn a_number_and_a_unit_apart_are_also_one_word() {
        let mut words = Words::default();
        words.push_text("INSULIN 10 ML vial 3 PER box");
        let joined: Vec<_> = words.quantities().collect();
        assert_eq!(joined, [(1, "10ml"), (4, "3per")]);
    }

    #[test]
    fn overlong_words_are_cut_not_refused() {
        assert_eq!(words(&"é".repeat(500)), ["e".repeat(MAX_WORD_CHARS)]);
        assert_eq!(words(&"я".repeat(500)), ["я".repeat(MAX_WORD_CHARS)]);
        assert_eq!(words(&"1.".repeat(500))[0].len(), MAX_WORD_CHARS);
    }

    #[test]
    fn codes_lose_what_separates_their_blocks() {
        let mut out = String::new();
        squeeze("57962-0007 12/aB.", &mut out);
        assert_eq!(out, "57962000712ab");
    }
}
