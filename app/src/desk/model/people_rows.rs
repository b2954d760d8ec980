//! People in a list: what a search finds.

use calloff_core::wire::{PersonRow, RoleAt};

use crate::i18n::{Language, role_text};

/// A role with the name of its place: "Site manager (Harbour)".
#[must_use]
pub fn role_words(at: &RoleAt, row: &PersonRow, language: Language) -> String {
    let role = role_text(at.role).in_language(language);
    let place = row.places.get(&at.location).map_or(at.location.as_str(), String::as_str);
    format!("{role} ({place})")
}

/// All roles of a person in words.
#[must_use]
pub fn roles_words(row: &PersonRow, language: Language) -> String {
    let words: Vec<_> = row.roles.iter().map(|at| role_words(at, row, language)).collect();
    words.join(", ")
}

/// The people whose name, sign-in name, roles or places hold every typed word.
#[must_use]
pub fn matching(rows: &[PersonRow], typed: &str, language: Language) -> Vec<PersonRow> {
    let words: Vec<String> = typed.split_whitespace().map(str::to_lowercase).collect();
    let holds = |row: &&PersonRow| {
        let roles = roles_words(row, language);
        let text = format!("{}\n{}\n{roles}", row.name, row.person).to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    rows.iter().filter(holds).cloned().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use calloff_core::wire::PersonRole;

    use super::*;

    fn row() -> PersonRow {
        let harbour = "S01".parse().unwrap();
        PersonRow {
            person: "mb".parse().unwrap(),
            name: "Marta Berg".to_owned(),
            roles: vec![RoleAt { role: PersonRole::SiteManager, location: harbour }],
            places: BTreeMap::from([("S01".parse().unwrap(), "Harbour".to_owned())]),
            has_password: true,
            pin_set_at: None,
            invited_until: None,
            sessions: 0,
        }
    }

    #[test]
    fn a_person_is_found_by_name_role_and_place_in_the_language_of_the_reader() {
        let found = |typed: &str, language| matching(&[row()], typed, language).len();
        assert_eq!(found("berg harb", Language::English), 1);
        assert_eq!(found("standortleitung", Language::German), 1);
        assert_eq!(found("standortleitung", Language::English), 0);
        assert_eq!(found("MB", Language::English), 1);
    }

    #[test]
    fn a_role_names_its_place_and_a_place_without_a_name_keeps_its_number() {
        let gone = PersonRow { places: BTreeMap::new(), ..row() };
        assert_eq!(roles_words(&row(), Language::German), "Standortleitung (Harbour)");
        assert_eq!(roles_words(&gone, Language::English), "Site manager (S01)");
    }
}
