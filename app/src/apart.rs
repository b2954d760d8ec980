//! Checks that neither app imports the other, and that the modules of both import neither app. So
//! nobody downloads the code of the app that they do not use. The modules of a tablet's state
//! import each other in one direction.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const TABLET: &str = "tablet";
const DESK: &str = "desk";

/// The Rust files at or below a path.
fn sources(at: &Path) -> Vec<PathBuf> {
    if !at.is_dir() {
        return at
            .extension()
            .is_some_and(|ending| ending == "rs")
            .then(|| at.into())
            .into_iter()
            .collect();
    }
    std::fs::read_dir(at).unwrap().flat_map(|entry| sources(&entry.unwrap().path())).collect()
}

/// Modules that a source text names right after the root of a crate or `super::`, alone or in
/// braces.
fn imported(source: &str) -> Vec<String> {
    named_after(source, &["crate::", "super::", "calloff_app::"])
}

fn named_after(source: &str, roots: &[&str]) -> Vec<String> {
    let code: String = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .map(|line| format!("{line} "))
        .collect();
    let mut names = Vec::new();
    for root in roots {
        for (at, _) in code.match_indices(root) {
            let rest = code[at + root.len()..].trim_start();
            let rest = match rest.strip_prefix('{') {
                // In a group every word counts as a module. At worst the check is too strict.
                Some(group) => group.split(';').next().unwrap_or_default(),
                None => rest
                    .split(|c: char| !(c.is_alphanumeric() || c == '_'))
                    .next()
                    .unwrap_or_default(),
            };
            let words = rest.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            names.extend(words.filter(|word| !word.is_empty()).map(str::to_owned));
        }
    }
    names
}

#[test]
fn neither_app_imports_the_other_and_what_both_use_imports_neither() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut read = 0;
    for file in sources(&root) {
        let below = file.strip_prefix(&root).unwrap();
        let owner = below.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        let owner =
            if owner == "bin" { below.file_stem().unwrap().to_str().unwrap() } else { owner };
        // `lib.rs` names both apps as its modules, and this file names both as texts.
        let forbidden: &[&str] = match owner {
            "lib" | "apart" => continue,
            TABLET => &[DESK],
            DESK => &[TABLET],
            _ => &[TABLET, DESK],
        };
        let names = imported(&std::fs::read_to_string(&file).unwrap());
        let wrong: Vec<_> =
            names.iter().filter(|name| forbidden.contains(&name.as_str())).collect();
        assert!(wrong.is_empty(), "{} imports {wrong:?}", below.display());
        read += 1;
    }
    assert!(read > 100, "only {read} files were read");
}

#[test]
fn imports_are_found_in_every_form() {
    let has = |source: &str, name: &str| imported(source).iter().any(|found| found == name);
    assert!(has("use crate::desk::routes::Page;", DESK));
    assert!(has("use crate::{\n    api,\n    desk::{routes, model},\n};", DESK));
    assert!(has("let at = super::super::desk::routes::Page::Orders;", DESK));
    assert!(has("use calloff_app::desk::app::App;", DESK));
    assert!(!has("// crate::desk is another app\nlet to = \"/desk/orders\";", DESK));
    assert!(!has("use crate::tablet::state::desk_like;", DESK));
}

#[test]
fn the_modules_of_a_tablets_state_do_not_import_each_other_in_a_circle() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tablet/state");
    let mut left: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in sources(&root) {
        let below = file.strip_prefix(&root).unwrap().iter().next().unwrap();
        let module = below.to_str().unwrap().trim_end_matches(".rs").to_owned();
        let names = named_after(&std::fs::read_to_string(&file).unwrap(), &["super::"]);
        let others = names.into_iter().filter(|name| *name != module);
        left.entry(module.clone()).or_default().extend(others);
    }
    assert!(left.len() > 15, "only {} modules were read", left.len());
    // A module that imports none of those that are left is in no circle.
    loop {
        let modules: BTreeSet<String> = left.keys().cloned().collect();
        left.retain(|_, imports| !imports.is_disjoint(&modules));
        if left.len() == modules.len() {
            break;
        }
    }
    assert!(left.is_empty(), "in a circle, or importing one that is: {:?}", left.keys());
}
