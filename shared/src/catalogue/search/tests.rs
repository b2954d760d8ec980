//! What people may expect of the search, tested over small catalogues and generated ones.

use proptest::prelude::*;

use std::borrow::Cow;

use super::*;

fn index(items: &[(&str, &str, &str)]) -> SearchIndex {
    let entry = |&(text, brand, code)| SearchEntry {
        text: vec![text, brand],
        aside: Vec::new(),
        codes: vec![Cow::Borrowed(code)],
    };
    SearchIndex::build(items.iter().map(entry))
}

fn entries(index: &SearchIndex, query: &str) -> Vec<u32> {
    index.search(query, 100).iter().map(|hit| hit.entry).collect()
}

fn shelf() -> SearchIndex {
    index(&[
        ("IBRUTINIB 70MG/ML SUSP,ORAL", "IMBRUVICA 70MG/ML", "57962-0007-12"),
        ("IBRUTINIB 140MG TAB,ORAL", "IMBRUVICA 140MG TABLET", "57962-0014-28"),
        ("IBUPROFEN 200MG TAB", "ADVIL 200MG TAB", "00573-0150-20"),
        ("PARACETAMOL 500 MG TABLETTE", "Crème Brûlée 500", "LS-4711 B"),
        ("PREDNISONE 10MG TAB", "PREDNISONE 10MG TAB", "00054-0017-25"),
        ("PREDNISOLONE 10MG/5ML SYRUP", "PREDNISOLONE", "00121-0759-08"),
        ("NA CHLORIDE 0.9% INJ", "NA CHLORIDE .9% INJ", "00338-0049-04"),
    ])
}

#[test]
fn every_word_must_match_in_any_order_and_by_its_beginning() {
    assert_eq!(entries(&shelf(), "ibru tab"), [1]);
    assert_eq!(entries(&shelf(), "tab ibru"), [1]);
    assert_eq!(entries(&shelf(), "imbruvica susp"), [0]);
    assert_eq!(entries(&shelf(), "creme"), [3]);
}

#[test]
fn who_sells_it_and_what_a_package_holds_find_an_item_behind_its_name() {
    let entry = |text, aside: [&'static str; 2]| SearchEntry {
        text: vec![text],
        aside: aside.map(Into::into).into(),
        codes: vec![],
    };
    let index = SearchIndex::build([
        entry("Butter", ["Milkwright Dairies", "5kg"]),
        entry("Milk, whole", ["Oddmeadow", "20l"]),
        entry("Flour, strong", ["Grainger & Sons", "25kg"]),
        entry("Flour, cake", ["Grainger & Sons", "10kg"]),
    ]);
    assert_eq!(entries(&index, "milk"), [1, 0], "a name before a seller");
    assert_eq!(entries(&index, "milkw")[0], 0);
    assert_eq!(entries(&index, "grainger flour cake"), [3]);
    for query in ["flour 25kg", "flour 25 kg", "25 kg flour"] {
        assert_eq!(entries(&index, query), [2], "{query}");
    }
    let neither = ["flour 40kg", "flour 40 kg"].map(|query| entries(&index, query));
    assert_eq!(
        neither,
        [vec![3, 2], vec![3, 2]],
        "what is missing is one thing, in one word or in two"
    );
}

#[test]
fn the_package_that_was_typed_goes_before_other_words_that_begin_alike() {
    let entry = |text, aside: [&'static str; 2], code: &'static str| SearchEntry {
        text: vec![text],
        aside: aside.map(Into::into).into(),
        codes: vec![code.into()],
    };
    let index = SearchIndex::build([
        entry("Milk, long-life", ["12l", "20 pieces"], "1"),
        entry("Milk, semi-skimmed, fresh", ["crate", "20l"], "2"),
        entry("Milk, low fat", ["crate", "12l"], "2000000000017"),
    ]);
    for query in ["milk 20 l", "milk 20l", "20 l milk"] {
        assert_eq!(entries(&index, query)[0], 1, "{query}");
    }
}

#[test]
fn a_name_with_a_typing_error_goes_before_a_package_or_a_supplier_with_one() {
    let entry = |text, aside: &'static str| SearchEntry {
        text: vec![text],
        aside: vec![aside.into()],
        codes: vec![],
    };
    let index = SearchIndex::build([
        entry("Beef", "case of 5kg"),
        entry("Cake, carrot, with a long name", "carton of 4"),
        entry("Eggs", "Creameries"),
        entry("Something creamy", "Dairies"),
    ]);
    assert_eq!(entries(&index, "café"), [1, 0]);
    assert_eq!(entries(&index, "creem"), [3, 2], "also the beginning of a word");
    assert_eq!(entries(&index, "craemeries"), [2], "a supplier is still found");
}

#[test]
fn a_plural_is_the_word() {
    let index = index(&[
        ("Juice, tomato", "", "1"),
        ("Tomatoes, chopped", "", "2"),
        ("Tomatillo", "", "3"),
        ("Zwiebeln, rot", "", "4"),
    ]);
    assert_eq!(entries(&index, "tomato")[..2], [1, 0], "first in its name");
    assert_eq!(entries(&index, "zwiebel"), [3]);
}

#[test]
fn any_part_of_a_word_finds_it_in_any_script() {
    let index = index(&[
        ("Bratkartoffeln", "", "1"),
        ("有機全脂牛奶", "", "2"),
        ("Обезжиренное молоко", "", "3"),
        ("Phở noodles", "", "4"),
    ]);
    for (query, entry) in [
        ("toff", 0),
        ("art", 0),
        ("牛奶", 1),
        ("奶", 1),
        ("жир", 2),
        ("олок", 2),
        ("pho", 3),
        ("Phở", 3),
    ] {
        assert_eq!(entries(&index, query), [entry], "{query}");
    }
}

#[test]
fn numbers_are_never_corrected_nor_taken_for_longer_ones() {
    let hits = shelf().search("ibuprofen 300mg", 100);
    assert!(!hits.is_empty() && hits.iter().all(|hit| hit.missing == 1), "200mg is another thing");
    assert_eq!(entries(&shelf(), "14"), [1], "still growing");
    assert!(shelf().search("14 tab", 9).iter().all(|hit| hit.missing == 1), "14 is not 140");
    assert_eq!(entries(&shelf(), "5 mg prednisolone").len(), 1);
}

#[test]
fn a_unit_apart_or_attached_is_the_same() {
    for query in ["paracetamol 500mg", "paracetamol 500 mg", "500-mg paracetamol", "500 m"] {
        assert_eq!(entries(&shelf(), query), [3], "{query}");
    }
    for query in ["140mg", "140 mg", "140 mg ibrutinib"] {
        assert_eq!(entries(&shelf(), query), [1], "{query}");
    }
    for query in ["0.9%", ".9%", "0,9 %", "chloride 0.9"] {
        assert_eq!(entries(&shelf(), query), [6], "{query}");
    }
}

#[test]
fn codes_match_by_beginning_and_ending_whatever_parts_them() {
    for query in
        ["57962-0007-12", "57962000712", "57962 0007 12", "579620007", "57962-0007", "00712"]
    {
        assert_eq!(entries(&shelf(), query), [0], "{query}");
    }
    for query in ["ls4711b", "LS-4711", "ls 4711 b", "4711b"] {
        assert_eq!(entries(&shelf(), query), [3], "{query}");
    }
    assert_eq!(entries(&shelf(), "5796200"), [1, 0], "the shorter description first");
    assert_eq!(shelf().search("57962-0007-12", 1)[0].kind, MatchKind::Exact);
    assert_eq!(entries(&shelf(), "ibrutinib 0014-28"), [1], "a word and an ending");
    assert!(entries(&shelf(), "712").is_empty(), "three characters are no ending");
}

#[test]
fn typing_errors_are_forgiven_by_length() {
    for query in
        ["ibupofen", "iubprofen", "ibuprofenn", "xbuprofen", "ibuqrofem", "ibupfo", "advli"]
    {
        let hits = shelf().search(query, 100);
        assert_eq!(hits[0].entry, 2, "{query}");
        assert_eq!(hits[0].kind, MatchKind::Typo, "{query}");
    }
    assert!(entries(&shelf(), "tub").is_empty(), "three letters have too many neighbours");
}

#[test]
fn the_inside_of_a_word_is_found_before_a_typing_error() {
    let hits = shelf().search("profen", 10);
    assert_eq!((hits[0].entry, hits[0].kind), (2, MatchKind::Infix));
}

#[test]
fn look_alikes_are_not_mixed_into_plenty_of_plain_matches() {
    let mut items = vec![("PREDNISONE 10MG TAB", "", ""); WIDEN_BELOW];
    items.push(("PREDNISOLONE 10MG TAB", "", ""));
    assert_eq!(index(&items).search("prednisone", 100).len(), WIDEN_BELOW);
    let hits = index(&items[1..]).search("prednisone", 100);
    assert_eq!(hits.len(), WIDEN_BELOW, "too few, so the look-alike is named, last");
    assert_eq!(hits[WIDEN_BELOW - 1].kind, MatchKind::Typo);
}

#[test]
fn better_matches_then_word_order_then_shorter_then_entry_number() {
    let index = index(&[
        ("TABLET CUTTER", "", ""),
        ("CUTTER TAB BLUE", "", ""),
        ("TAB CUTTER LARGE", "", ""),
        ("TAB CUTTER", "", ""),
        ("TAB CUTTER", "", ""),
        ("BIG TAB CUTTER", "", ""),
    ]);
    assert_eq!(entries(&index, "tab cutter"), [3, 4, 2, 5, 1, 0]);
}

#[test]
fn a_repeated_word_counts_where_it_stands_first() {
    let index = index(&[("WARM BLANKET", "", ""), ("BLANKET, BLANKET WASH", "", "")]);
    assert_eq!(entries(&index, "blanket"), [1, 0]);
}

#[test]
fn entries_with_most_words_stand_in_when_none_has_all() {
    let hits = shelf().search("ibrutinib 140mg zzzz", 10);
    assert_eq!((hits.len(), hits[0].entry, hits[0].missing), (1, 1, 1));
    assert!(shelf().search("ibrutinib zzzz yyyy", 10).is_empty(), "one of three is less than half");
}

#[test]
fn nothing_typed_nothing_indexed_or_nothing_wanted_finds_nothing() {
    assert!(shelf().search("", 10).is_empty());
    assert!(shelf().search(" -–… ", 10).is_empty());
    assert!(shelf().search("tab", 0).is_empty());
    let nothing = index(&[]);
    assert!(nothing.is_empty());
    assert!(nothing.search("tab", 10).is_empty());
}

#[test]
fn the_limit_keeps_the_best() {
    let all = shelf().search("tab", 100);
    assert_eq!(shelf().search("tab", 2), all[..2]);
}

/// Descriptions made of words and strengths, each with an item number in blocks.
fn catalogue() -> impl Strategy<Value = Vec<(Vec<String>, String)>> {
    let words = proptest::collection::vec("[a-z]{2,10}|[A-Zé]{5,9}|[1-9][0-9]{0,2}mg", 1..6);
    proptest::collection::vec((words, "[0-9]{5}-[0-9]{3,4}-[0-9]{2}"), 1..WIDEN_BELOW)
}

fn built(items: &[(Vec<String>, String)]) -> SearchIndex {
    let texts: Vec<_> = items.iter().map(|(words, code)| (words.join(" "), code)).collect();
    SearchIndex::build(texts.iter().map(|(text, code)| SearchEntry {
        text: vec![text],
        aside: Vec::new(),
        codes: vec![Cow::Borrowed(code)],
    }))
}

/// Makes one typing error at `place`: a letter is missing, extra, wrong, or swapped.
fn mistyped(word: &str, place: usize, letter: char, error: u8) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let place = place % (letters.len() - 1);
    match error {
        0 => drop(letters.remove(place)),
        1 => letters.insert(place, letter),
        2 => letters[place] = letter,
        _ => letters.swap(place, place + 1),
    }
    letters.into_iter().collect()
}

proptest! {
    #[test]
    fn an_entry_is_found_by_each_of_its_words_and_by_all(items in catalogue()) {
        let index = built(&items);
        for (entry, (words, _)) in (0..).zip(&items) {
            for word in words {
                prop_assert!(entries(&index, word).contains(&entry), "{word}");
            }
            let all = words.join(" ");
            prop_assert!(index.search(&all, 100).iter().any(|hit| hit.entry == entry && hit.missing == 0));
        }
    }

    #[test]
    fn an_entry_is_found_by_any_beginning_of_its_item_number(items in catalogue()) {
        let index = built(&items);
        for (entry, (_, code)) in (0..).zip(&items) {
            for end in 1..=code.len() {
                prop_assert!(entries(&index, &code[..end]).contains(&entry), "{}", &code[..end]);
                let spaced = code[..end].replace('-', " ");
                prop_assert!(entries(&index, &spaced).contains(&entry), "{spaced}");
            }
            let squeezed = code.replace('-', "");
            prop_assert!(entries(&index, &squeezed[squeezed.len() - MIN_CODE_SUFFIX..]).contains(&entry));
        }
    }

    #[test]
    fn one_typing_error_in_a_word_of_five_letters_is_forgiven(
        items in catalogue(), place in 0_usize..20, letter in proptest::char::range('a', 'z'), error in 0_u8..4,
    ) {
        let index = built(&items);
        for (entry, (words, _)) in (0..).zip(&items) {
            for word in words.iter().filter(|word| word.chars().count() >= 5 && !word.ends_with("mg")) {
                let typed = mistyped(word, place, letter, error);
                prop_assert!(entries(&index, &typed).contains(&entry), "{word} as {typed}");
                prop_assert!(entries(&index, &format!("{typed} ")).contains(&entry), "{word} as {typed}, finished");
            }
        }
    }

    #[test]
    fn words_beyond_the_limits_and_any_characters_do_no_harm(
        texts in proptest::collection::vec(("\\PC{0,40}", ".{0,20}"), 0..8), query in "\\PC{0,300}|.{0,40}",
    ) {
        let entry = |(text, code)| SearchEntry { text: vec![text], aside: Vec::new(), codes: vec![Cow::Borrowed(code)] };
        let build = || SearchIndex::build(texts.iter().map(|(text, code)| entry((text.as_str(), code.as_str()))));
        let hits = build().search(&query, 100);
        prop_assert_eq!(&hits, &build().search(&query, 100), "deterministic");
        prop_assert!(hits.is_sorted_by(|a, b| (a.rank, a.entry) < (b.rank, b.entry)), "a total order");
        for (entry, (text, _)) in (0..).zip(&texts) {
            if !build().search(text, 100).is_empty() {
                prop_assert!(entries(&build(), text).contains(&entry), "found by its own text");
            }
        }
    }
}
