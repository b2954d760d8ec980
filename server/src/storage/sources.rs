//! Rules for the sources of the server that no compiler checks.

use std::path::{Path, PathBuf};

/// The source files below a folder of the package, with their text.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// PostgreSQL knows only `$1`, and a statement with both forms binds the wrong values.
#[test]
fn a_statement_never_names_a_value_with_a_question_mark() {
    let sources = sources(&root());
    assert!(sources.len() > 100, "{}", sources.len());
    for (file, text) in sources {
        // `push_bind` writes a question mark.
        if file.ends_with("storage/sql.rs") {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            // The operator `?` follows what it unwraps, and a trait bound has a name behind it.
            let is_placeholder = line.char_indices().any(|(place, letter)| {
                letter == '?'
                    && line[..place].ends_with([' ', '(', '=', ','])
                    && !line[place + 1..].starts_with(char::is_alphabetic)
            });
            assert!(!is_placeholder, "{}:{}: {line}", file.display(), number + 1);
        }
    }
}

#[test]
fn nothing_outside_the_storage_names_the_driver() {
    for (file, text) in sources(&root()) {
        let path = file.strip_prefix(root()).unwrap();
        assert!(
            path.starts_with("storage") || path.ends_with("storage.rs") || !text.contains("sqlx"),
            "{}",
            file.display()
        );
    }
}

/// Another engine runs the same statements. What SQLite alone does is in `sqlite.rs`.
#[test]
fn statements_use_words_that_both_engines_understand() {
    let words = [
        "rowid",
        "->>",
        "json_set",
        "json_extract",
        "randomblob",
        "unhex(",
        "iif(",
        "strftime",
        "last_insert",
        "INSERT OR",
        "PRAGMA",
    ];
    for (file, text) in sources(&root().join("storage")) {
        if ["sqlite.rs", "sources.rs", "tests.rs"].iter().any(|name| file.ends_with(name)) {
            continue;
        }
        let statements = text.split("#[cfg(test)]").next().unwrap_or_default();
        for word in words {
            assert!(!statements.contains(word), "{}: {word}", file.display());
        }
    }
}
