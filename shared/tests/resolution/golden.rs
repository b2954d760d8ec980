//! The cases of `shared/tests/golden`. The README in that folder explains their format.

mod format;
mod row;
mod world;

use std::path::{Path, PathBuf};

use format::{Story, Theme};
use toml::Spanned;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// One test for each file. Its name has the case numbers.
macro_rules! themes {
    ($($test:ident: $file:literal,)+) => {
        $(#[test]
        fn $test() {
            run($file);
        })+

        /// Every file has a test.
        #[test]
        fn every_file_has_a_test() {
            let mut files: Vec<String> = std::fs::read_dir(folder())
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .filter(|name| name.ends_with(".toml"))
                .collect();
            files.sort();
            let mut tested = vec![$($file),+];
            tested.sort_unstable();
            assert_eq!(files, tested);
        }
    };
}

themes! {
    case_06_amendments: "amendments.toml",
    case_07_validity: "validity.toml",
    case_08_twice_on_one_contract: "twice.toml",
    case_09_units: "units.toml",
    case_10_quantities: "quantities.toml",
    case_11_rank_and_ties: "rank.toml",
    case_12_currencies: "currencies.toml",
    case_13_caps: "caps.toml",
    case_17_item_numbers: "numbers.toml",
    schedules: "schedules.toml",
    scope: "scope.toml",
    sourcing: "sourcing.toml",
    substitutes: "substitutes.toml",
    tiers: "tiers.toml",
}

fn run(file: &str) {
    let path = format!("shared/tests/golden/{file}");
    let text = std::fs::read_to_string(folder().join(file)).unwrap();
    let failures = failures(&path, &text);
    assert!(failures.is_empty(), "{} rows failed\n\n{}", failures.len(), failures.join("\n\n"));
}

/// Runs every row of a file, and reports all failures with their lines.
fn failures(path: &str, text: &str) -> Vec<String> {
    let theme: Theme = match toml::from_str(text) {
        Ok(theme) => theme,
        Err(error) => return vec![format!("{path}: {error}")],
    };
    let shown = |story: &Spanned<Story>, failure: Failure| {
        let offset = failure.at.unwrap_or(story.span().start);
        let line = text[..offset].matches('\n').count() + 1;
        format!("{path}:{line}: {}\n{}", failure.title, failure.text)
    };
    let check = |story| {
        check_story(&theme, Spanned::get_ref(story))
            .into_iter()
            .map(move |failure| shown(story, failure))
    };
    theme.story.iter().flat_map(check).collect()
}

/// A failure and its place: a row, by its line in the file, or the story itself.
struct Failure {
    at: Option<usize>,
    title: String,
    text: String,
}

fn check_story(theme: &Theme, story: &Story) -> Vec<Failure> {
    let world = match world::World::new(theme, story) {
        Ok(world) => world,
        Err(text) => {
            return vec![Failure {
                at: None,
                title: story.title.clone(),
                text: format!("  {text}"),
            }];
        }
    };
    let mut failures = Vec::new();
    if story.rows.is_empty() {
        failures.push(Failure {
            at: None,
            title: story.title.clone(),
            text: "  it has no rows".to_owned(),
        });
    }
    if let Err(text) = world.check_publishing(story) {
        failures.push(Failure { at: None, title: story.title.clone(), text });
    }
    for row in &story.rows {
        if let Err(text) = row::check(&world, theme, story, row.get_ref()) {
            failures.push(Failure {
                at: Some(row.span().start),
                title: row.get_ref().why.clone(),
                text,
            });
        }
    }
    failures
}

#[test]
fn a_row_that_fails_says_where_what_was_expected_and_what_came() {
    let text = r#"
theme = "A file that is wrong on purpose"
sites = ["org > n1"]
ask = { item = "milk", quantity = "5", site = "n1", ordered = "2025-06-15" }

[[story]]
title = "One contract"
contracts = [{ number = "A", supplier = "dairy", lines = [{ item = "milk", price = "10.00", maximum = "5" }] }]
rows = [
  { expect = "A/1", costs = "50.00 EUR", why = "right" },
  { expect = "A/1", costs = "51.00 EUR", out = { "A/1" = "Blocked" }, why = "wrong" },
  { quantity = "6", expect = "A/1", why = "passes over an adjustment" },
  { ordered = "15 June", expect = "A/1", why = "no date" },
]
"#;
    let found = failures("file.toml", text);
    let row_11 = r#"file.toml:11: wrong
  expected  costs = "51.00 EUR"
  got       costs = "50.00 EUR"
  expected  out = {"A/1": "Blocked"}
  got       out = {}
  asked     5 milk for n1, 2025-06-15
  it says   5 EA from dairy on contract A: 50.00 EUR at 10.00 EUR, delivered 15 June 2025.
  it says   dairy (A, line 1) is chosen at 10.00 EUR."#;
    assert_eq!(found[0], row_11);
    assert!(
        found[1]
            .starts_with("file.toml:12: passes over an adjustment\n  expected  adjusted = nothing"),
        "{}",
        found[1]
    );
    assert!(
        found[2].starts_with("file.toml:13: no date\n  \"15 June\" is no date"),
        "{}",
        found[2]
    );
    assert_eq!(found.len(), 3);

    let misspelt = text.replace("maximum", "maximun");
    let found = failures("file.toml", &misspelt);
    assert!(found.len() == 1 && found[0].contains("unknown field `maximun`"), "{found:?}");
}
