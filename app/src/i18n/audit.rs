//! Entries of the audit log in words: who did what to which thing, with names instead of
//! identifiers.

use calloff_core::wire::{Actor, AuditAct, AuditEntry, AuditNames, Role};

use super::{Language, Text, decimal, fill, grouped};

/// The name of the actor.
#[must_use]
pub fn audit_actor(actor: &Actor, names: &AuditNames, language: Language) -> String {
    let text = |text: Text| text.in_language(language);
    match actor {
        Actor::Person(person) => {
            names.people.get(person).cloned().unwrap_or_else(|| person.to_string())
        }
        Actor::Tablet(device) => {
            let name = names.tablets.get(device).map_or(text(Text::ATablet), String::as_str);
            name.to_owned()
        }
        Actor::CommandLine(system) if system.is_empty() => text(Text::CommandLine).to_owned(),
        Actor::CommandLine(system) => format!("{} ({system})", text(Text::CommandLine)),
        Actor::Unknown => text(Text::Nobody).to_owned(),
    }
}

/// The name of the person or thing that the act changed, with its site if it has one.
#[must_use]
pub fn audit_target(entry: &AuditEntry, names: &AuditNames, language: Language) -> String {
    let text = |text: Text| text.in_language(language).to_owned();
    let say = |template: Text, name: &str, value: &str| {
        fill(template.in_language(language), &[(name, value)])
    };
    let target = entry.target.as_str();
    let what = match entry.act {
        AuditAct::SignedIn
        | AuditAct::SignInFailed
        | AuditAct::ProviderAccountLinked
        | AuditAct::PersonChanged
        | AuditAct::PersonRemoved
        | AuditAct::PinSet
        | AuditAct::PinRemoved => {
            let name = target.parse().ok().and_then(|id| names.people.get(&id)).cloned();
            name.unwrap_or_else(|| target.to_owned())
        }
        AuditAct::TabletEnrolled | AuditAct::TabletRevoked => {
            let name = target
                .parse()
                .ok()
                .and_then(|id| names.tablets.get(&id))
                .or_else(|| entry.detail.get("name"));
            name.cloned().unwrap_or_else(|| text(Text::ATablet))
        }
        // The entry's place names the site.
        AuditAct::EnrolmentCodeIssued => String::new(),
        AuditAct::EnrolmentFailed => entry.detail.get("name").cloned().unwrap_or_default(),
        AuditAct::Imported => target.to_owned(),
        AuditAct::AllotmentPlanned
        | AuditAct::AmendmentWithdrawn
        | AuditAct::DraftDiscarded
        | AuditAct::DraftRestored => say(Text::ContractNamed, "contract", target),
        AuditAct::ReleasePublished | AuditAct::ReleaseWithdrawn | AuditAct::TiesSettled => {
            say(Text::ReleaseNumber, "number", target)
        }
        AuditAct::QuarantineViewed | AuditAct::QuarantineDownloaded => {
            say(Text::BatchNumber, "number", target)
        }
        AuditAct::ExceptionDecided | AuditAct::OfferTakenUp | AuditAct::OfferDiscarded => {
            text(Text::Order)
        }
        // The name of the act says enough: there is one database, and the first number of the new
        // block helps no reader here.
        AuditAct::DatabaseRestored => String::new(),
    };
    let site = entry.location.as_ref().and_then(|location| names.locations.get(location));
    let parts = [Some(what.as_str()).filter(|what| !what.is_empty()), site.map(String::as_str)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Further facts about the act. A fact that this version has no words for is only in the export.
#[must_use]
pub fn audit_detail(entry: &AuditEntry, names: &AuditNames, language: Language) -> String {
    let said = entry.detail.iter().filter_map(|(name, value)| detail(name, value, names, language));
    said.collect::<Vec<_>>().join(" · ")
}

fn detail(name: &str, value: &str, names: &AuditNames, language: Language) -> Option<String> {
    let say = |template: Text, value: &str| {
        Some(fill(template.in_language(language), &[("value", value)]))
    };
    let text = |text: Text| Some(text.in_language(language).to_owned());
    match (name, value) {
        ("valid_hours", "1") => text(Text::DetailValidHour),
        ("valid_hours", hours) => say(Text::DetailValidHours, hours),
        ("method", "password") => text(Text::DetailByPassword),
        ("method", "provider") => text(Text::DetailByProvider),
        ("verdict", "honour") => text(Text::DetailHonoured),
        ("verdict", "decline") => text(Text::DetailDeclined),
        ("reason", why) => say(Text::DetailReason, why),
        ("delivery_days", moved) => {
            let moved: Vec<_> =
                moved.split(' ').map(|moved| moved_words(moved, language)).collect();
            say(Text::DetailMoved, &moved.join(", "))
        }
        ("effective_from", day) => {
            let day =
                day.parse().map_or_else(|_| day.to_owned(), |date| super::day(date, language));
            say(Text::DetailFrom, &day)
        }
        ("pairs", count) => say(Text::DetailPairs, &grouped(count, language)),
        ("amount", amount) => {
            let amount = amount
                .parse()
                .map_or_else(|_| amount.to_owned(), |amount| decimal(amount, language));
            say(Text::DetailAmount, &amount)
        }
        ("roles", "") => text(Text::DetailNoRoles),
        ("roles", roles) => {
            let roles: Vec<_> =
                roles.split(' ').map(|role| role_words(role, names, language)).collect();
            say(Text::DetailRoles, &roles.join(", "))
        }
        ("password", _) => text(Text::DetailPassword),
        ("email", email) => Some(email.to_owned()),
        ("device", device) => device.parse().ok().and_then(|id| names.tablets.get(&id)).cloned(),
        ("kind", kind) => text(match kind {
            "contracts" => Text::DetailContracts,
            "prices" | "price list" | "price-list" => Text::DetailPrices,
            "sites" => Text::DetailSites,
            _ => return None,
        }),
        _ => None,
    }
}

/// A moved delivery ("2026-03-06/2026-03-24"): "6 March 2026 → 24 March 2026".
fn moved_words(moved: &str, language: Language) -> String {
    let day =
        |day: &str| day.parse().map_or_else(|_| day.to_owned(), |day| super::day(day, language));
    let days: Vec<_> = moved.split('/').map(day).collect();
    days.join(" → ")
}

/// A granted role such as "SiteManager@S01", with the names of role and site.
fn role_words(granted: &str, names: &AuditNames, language: Language) -> String {
    let (role, place) = granted.split_once('@').unwrap_or((granted, ""));
    let known = [
        Role::Staff,
        Role::SiteManager,
        Role::Procurement,
        Role::Finance,
        Role::Admin,
        Role::Auditor,
    ];
    let role = known
        .into_iter()
        .find(|known| format!("{known:?}") == role)
        .map_or(role, |role| role_text(role).in_language(language));
    match place.parse().ok().and_then(|place| names.locations.get(&place)) {
        Some(place) => format!("{role} ({place})"),
        None => role.to_owned(),
    }
}

/// The name of a role.
#[must_use]
pub fn role_text(role: Role) -> Text {
    match role {
        Role::Staff => Text::RoleStaff,
        Role::SiteManager => Text::RoleSiteManager,
        Role::Procurement => Text::RoleProcurement,
        Role::Finance => Text::RoleFinance,
        Role::Admin => Text::RoleAdmin,
        Role::Auditor => Text::RoleAuditor,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn entry(act: AuditAct, target: &str, detail: &[(&str, &str)]) -> AuditEntry {
        AuditEntry {
            number: 1,
            at: 0,
            by: Actor::Person("ada".parse().unwrap()),
            act,
            target: target.to_owned(),
            location: Some("S01".parse().unwrap()),
            from: String::new(),
            detail: detail
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            hash: String::new(),
        }
    }

    fn names() -> AuditNames {
        AuditNames {
            people: BTreeMap::from([("ada".parse().unwrap(), "Ada Byron".to_owned())]),
            tablets: BTreeMap::new(),
            locations: BTreeMap::from([("S01".parse().unwrap(), "Harbour".to_owned())]),
        }
    }

    #[test]
    fn an_entry_names_people_sites_and_tablets_and_shows_no_identifier() {
        let names = names();
        let code = entry(AuditAct::EnrolmentCodeIssued, "S01", &[("valid_hours", "72")]);
        assert_eq!(audit_actor(&code.by, &names, Language::German), "Ada Byron");
        assert_eq!(audit_target(&code, &names, Language::German), "Harbour");
        assert_eq!(audit_detail(&code, &names, Language::German), "gültig für 72 Stunden");
        let order = entry(
            AuditAct::ExceptionDecided,
            "01a2082d-b05a-7000-8000-000000000001",
            &[("verdict", "honour")],
        );
        assert_eq!(audit_target(&order, &names, Language::English), "Order · Harbour");
        let gone = entry(AuditAct::TabletRevoked, "01a2082d-b05a-7000-8000-000000000001", &[]);
        assert_eq!(audit_target(&gone, &names, Language::English), "a tablet · Harbour");
        let shell = Actor::CommandLine("demo".to_owned());
        assert_eq!(audit_actor(&shell, &names, Language::English), "command line (demo)");
    }

    #[test]
    fn a_delivery_that_was_moved_names_both_days() {
        let honoured = entry(
            AuditAct::ExceptionDecided,
            "01a2082d-b05a-7000-8000-000000000001",
            &[("delivery_days", "2026-03-06/2026-03-24")],
        );
        assert_eq!(
            audit_detail(&honoured, &names(), Language::English),
            "delivery: 6 March 2026 → 24 March 2026"
        );
    }

    #[test]
    fn roles_are_named_and_what_is_only_for_machines_is_left_out() {
        let changed = entry(
            AuditAct::PersonChanged,
            "ada",
            &[("roles", "SiteManager@S01 Finance@org"), ("sha256", "00ff")],
        );
        assert_eq!(
            audit_detail(&changed, &names(), Language::German),
            "Rollen: Standortleitung (Harbour), Finanzen"
        );
    }
}
