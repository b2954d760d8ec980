//! Entries of the audit log as sentences: who did what, with names instead of identifiers.

use calloff_core::wire::{Actor, AuditAct, AuditEntry, AuditNames, PersonRole};

use super::{Language, Text, decimal, fill, grouped, job_name};

/// The entry as a sentence: "Marta issued a code for Gullmarsh, valid 72 hours".
#[must_use]
pub fn audit_sentence(entry: &AuditEntry, names: &AuditNames, language: Language) -> String {
    let text = |text: Text| text.in_language(language);
    let who = actor(&entry.by, names, language);
    let place = entry.location.as_ref().and_then(|location| names.locations.get(location));
    let at = place.map(|place| fill(text(Text::SaidAt), &[("place", place)])).unwrap_or_default();
    let what = what(entry, names, language);
    let detail = |name: &str| entry.detail.get(name).map_or("", String::as_str);
    let values = [
        ("who", who.as_str()),
        ("what", what.as_str()),
        ("at", at.as_str()),
        ("before", detail("before")),
    ];
    let mut parts = vec![capital(&fill(text(template(entry, &what)), &values))];
    let further = entry.detail.iter();
    parts.extend(
        further.filter_map(|(name, value)| self::detail(entry, name, value, names, language)),
    );
    parts.join(", ")
}

/// The sentence of an act, with `{who}`, `{what}`, `{at}` and `{before}`.
fn template(entry: &AuditEntry, what: &str) -> Text {
    match entry.act {
        AuditAct::SignedIn => Text::SaidSignedIn,
        AuditAct::SignInFailed if what.is_empty() => Text::SaidSignInFailedUnknown,
        AuditAct::SignInFailed => Text::SaidSignInFailed,
        AuditAct::ProviderAccountLinked => Text::SaidProviderAccountLinked,
        AuditAct::EnrolmentCodeIssued if entry.detail.contains_key("device") => {
            Text::SaidReplacementIssued
        }
        AuditAct::EnrolmentCodeIssued => Text::SaidCodeIssued,
        AuditAct::TabletEnrolled => Text::SaidTabletEnrolled,
        AuditAct::EnrolmentFailed => Text::SaidEnrolmentFailed,
        AuditAct::TabletRevoked if matches!(entry.by, Actor::Tablet(_)) => Text::SaidTabletReplaced,
        AuditAct::TabletRevoked => Text::SaidTabletRevoked,
        AuditAct::TabletRenamed => Text::SaidTabletRenamed,
        AuditAct::PersonAdded => Text::SaidPersonAdded,
        AuditAct::PersonChanged => Text::SaidPersonChanged,
        AuditAct::InvitationIssued => Text::SaidInvitationIssued,
        AuditAct::InvitationRevoked => Text::SaidInvitationRevoked,
        AuditAct::InvitationAccepted => Text::SaidInvitationAccepted,
        AuditAct::SessionsEnded => Text::SaidSessionsEnded,
        AuditAct::PersonRemoved => Text::SaidPersonRemoved,
        AuditAct::PinSet => Text::SaidPinSet,
        AuditAct::PinRemoved => Text::SaidPinRemoved,
        AuditAct::Imported => Text::SaidImported,
        AuditAct::AllotmentPlanned => Text::SaidAllotmentPlanned,
        AuditAct::ReleasePublished => Text::SaidReleasePublished,
        AuditAct::ReleaseWithdrawn => Text::SaidReleaseWithdrawn,
        AuditAct::AmendmentWithdrawn => Text::SaidAmendmentWithdrawn,
        AuditAct::DraftDiscarded => Text::SaidDraftDiscarded,
        AuditAct::DraftRestored => Text::SaidDraftRestored,
        AuditAct::TiesSettled => Text::SaidTiesSettled,
        AuditAct::QuarantineViewed => Text::SaidQuarantineViewed,
        AuditAct::QuarantineDownloaded => Text::SaidQuarantineDownloaded,
        AuditAct::ExceptionDecided => Text::SaidExceptionDecided,
        AuditAct::DatabaseRestored => Text::SaidDatabaseRestored,
        AuditAct::OfferTakenUp => Text::SaidOfferTakenUp,
        AuditAct::OfferDiscarded => Text::SaidOfferDiscarded,
        AuditAct::SupplierChanged => Text::SaidSupplierChanged,
        AuditAct::PurchaseOrderSendAsked => Text::SaidPurchaseOrderSendAsked,
        AuditAct::PurchaseOrderSentByHand => Text::SaidPurchaseOrderSentByHand,
        AuditAct::PurchaseOrderNotSent => Text::SaidPurchaseOrderNotSent,
        AuditAct::JobRunAgain => Text::SaidJobRunAgain,
        AuditAct::JobCancelled => Text::SaidJobCancelled,
    }
}

/// A sentence with a capital letter at its beginning.
fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The name of the actor.
fn actor(actor: &Actor, names: &AuditNames, language: Language) -> String {
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

/// The name of the person or thing that the act changed. A person or tablet has the name of that
/// time, if the entry has it.
fn what(entry: &AuditEntry, names: &AuditNames, language: Language) -> String {
    let say = |template: Text, name: &str, value: &str| {
        fill(template.in_language(language), &[(name, value)])
    };
    let target = entry.target.as_str();
    let kept = entry.detail.get("name");
    match entry.act {
        AuditAct::SignedIn
        | AuditAct::SignInFailed
        | AuditAct::ProviderAccountLinked
        | AuditAct::PersonAdded
        | AuditAct::PersonChanged
        | AuditAct::PersonRemoved
        | AuditAct::InvitationIssued
        | AuditAct::InvitationRevoked
        | AuditAct::InvitationAccepted
        | AuditAct::SessionsEnded
        | AuditAct::PinSet
        | AuditAct::PinRemoved => {
            let name = kept.or_else(|| target.parse().ok().and_then(|id| names.people.get(&id)));
            name.map_or(target, String::as_str).to_owned()
        }
        AuditAct::TabletEnrolled | AuditAct::TabletRevoked | AuditAct::TabletRenamed => {
            let name = kept.or_else(|| target.parse().ok().and_then(|id| names.tablets.get(&id)));
            let unknown = Text::ATablet.in_language(language);
            name.map_or(unknown, String::as_str).to_owned()
        }
        // The name of the tablet that is replaced.
        AuditAct::EnrolmentCodeIssued => {
            let replaced = entry.detail.get("device").and_then(|device| device.parse().ok());
            let name = replaced.and_then(|id| names.tablets.get(&id));
            name.map_or(Text::ATablet.in_language(language), String::as_str).to_owned()
        }
        AuditAct::EnrolmentFailed => kept.cloned().unwrap_or_default(),
        AuditAct::SupplierChanged => kept.map_or(target, String::as_str).to_owned(),
        AuditAct::Imported
        | AuditAct::PurchaseOrderSendAsked
        | AuditAct::PurchaseOrderSentByHand
        | AuditAct::PurchaseOrderNotSent => target.to_owned(),
        AuditAct::JobRunAgain | AuditAct::JobCancelled => {
            let name = job_name(target, language);
            match entry.detail.get("key") {
                Some(key) => format!("{name} ({key})"),
                None => name,
            }
        }
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
        // The identifier of an order, and the first number of a new database, help no reader.
        AuditAct::ExceptionDecided
        | AuditAct::OfferTakenUp
        | AuditAct::OfferDiscarded
        | AuditAct::DatabaseRestored => String::new(),
    }
}

/// A further fact about the act. `None` for a fact that the sentence has already, and for one that
/// this version has no words for: it is only in the export.
fn detail(
    entry: &AuditEntry,
    name: &str,
    value: &str,
    names: &AuditNames,
    language: Language,
) -> Option<String> {
    let say = |template: Text, value: &str| {
        Some(fill(template.in_language(language), &[("value", value)]))
    };
    let text = |text: Text| Some(text.in_language(language).to_owned());
    let roles = |template: Text| {
        let roles: Vec<_> =
            value.split(' ').map(|role| role_words(role, names, language)).collect();
        say(template, &roles.join(", "))
    };
    match (name, value) {
        ("valid_hours", "1") => text(Text::DetailValidHour),
        ("valid_hours", hours) => say(Text::DetailValidHours, hours),
        ("valid_days", days) => say(Text::DetailValidDays, days),
        ("method", "password") => text(Text::DetailByPassword),
        ("method", "provider") => text(Text::DetailByProvider),
        ("verdict", "honour") => text(Text::DetailHonoured),
        ("verdict", "decline") => text(Text::DetailDeclined),
        ("reason", why) => say(Text::DetailReason, why),
        ("note", note) => say(Text::DetailNote, note),
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
        ("roles" | "roles_before", "") => text(Text::DetailNoRoles),
        ("roles", _) => roles(Text::DetailRoles),
        ("roles_before", _) => roles(Text::DetailRolesBefore),
        ("before", before) if entry.act == AuditAct::PersonChanged => {
            say(Text::DetailNameBefore, before)
        }
        ("password", _) => text(Text::DetailPassword),
        ("email", email) => Some(email.to_owned()),
        ("device", device) if entry.act != AuditAct::EnrolmentCodeIssued => {
            device.parse().ok().and_then(|id| names.tablets.get(&id)).cloned()
        }
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
    let role = PersonRole::ALL
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
pub fn role_text(role: PersonRole) -> Text {
    match role {
        PersonRole::Staff => Text::RoleStaff,
        PersonRole::SiteManager => Text::RoleSiteManager,
        PersonRole::Procurement => Text::RoleProcurement,
        PersonRole::Finance => Text::RoleFinance,
        PersonRole::Admin => Text::RoleAdmin,
        PersonRole::Auditor => Text::RoleAuditor,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const TABLET: &str = "01a2082d-b05a-7000-8000-000000000001";

    fn entry(act: AuditAct, target: &str, detail: &[(&str, &str)]) -> AuditEntry {
        AuditEntry {
            number: 1,
            at: 0,
            by: Actor::Person("marta".parse().unwrap()),
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
            people: BTreeMap::from([("marta".parse().unwrap(), "Marta".to_owned())]),
            tablets: BTreeMap::from([(TABLET.parse().unwrap(), "Kitchen".to_owned())]),
            locations: BTreeMap::from([("S01".parse().unwrap(), "Gullmarsh".to_owned())]),
        }
    }

    fn both(entry: &AuditEntry) -> [String; 2] {
        Language::ALL.map(|language| audit_sentence(entry, &names(), language))
    }

    #[test]
    fn a_delivery_that_was_moved_names_both_days() {
        let honoured = entry(
            AuditAct::ExceptionDecided,
            "01a2082d-b05a-7000-8000-000000000001",
            &[("delivery_days", "2026-03-06/2026-03-24")],
        );
        assert!(both(&honoured)[0].ends_with("delivery: 6 March 2026 → 24 March 2026"));
    }

    #[test]
    fn an_entry_is_a_sentence_with_names_in_both_languages() {
        let code = entry(AuditAct::EnrolmentCodeIssued, "S01", &[("valid_hours", "72")]);
        assert_eq!(
            both(&code),
            [
                "Marta issued a code for a tablet at Gullmarsh, valid 72 hours",
                "Marta hat einen Code für ein Tablet in Gullmarsh ausgegeben, gültig für 72 Stunden"
            ]
        );
        let renamed =
            entry(AuditAct::TabletRenamed, TABLET, &[("name", "Bar"), ("before", "Kitchen")]);
        assert_eq!(
            both(&renamed),
            [
                "Marta renamed the tablet Kitchen at Gullmarsh to Bar",
                "Marta hat das Tablet Kitchen in Gullmarsh in Bar umbenannt"
            ]
        );
        let revoked = entry(AuditAct::TabletRevoked, TABLET, &[]);
        assert_eq!(both(&revoked)[0], "Marta revoked the tablet Kitchen at Gullmarsh");
    }

    #[test]
    fn a_replacement_says_which_tablet_goes_and_which_one_came() {
        let details = [("valid_hours", "72"), ("device", TABLET)];
        let issued = entry(AuditAct::EnrolmentCodeIssued, "S01", &details);
        assert_eq!(
            both(&issued)[0],
            "Marta issued a code for a tablet that replaces Kitchen at Gullmarsh, valid 72 hours"
        );
        let by = Actor::Tablet(TABLET.parse().unwrap());
        let revoked = AuditEntry { by, ..entry(AuditAct::TabletRevoked, "x", &[("name", "Old")]) };
        assert_eq!(
            both(&revoked),
            [
                "Kitchen took the place of the tablet Old at Gullmarsh, which is revoked",
                "Kitchen hat das Tablet Old in Gullmarsh ersetzt, das nun gesperrt ist"
            ]
        );
    }

    #[test]
    fn a_changed_person_has_the_roles_before_and_after_and_machines_facts_are_left_out() {
        let details = [
            ("name", "Ana"),
            ("roles", "SiteManager@S01 Finance@org"),
            ("roles_before", "Staff@S01"),
            ("sha256", "00ff"),
        ];
        let changed =
            AuditEntry { location: None, ..entry(AuditAct::PersonChanged, "ana", &details) };
        assert_eq!(
            both(&changed),
            [
                "Marta changed Ana, roles: Site manager (Gullmarsh), Finance, \
                 before: Site staff (Gullmarsh)",
                "Marta hat Ana geändert, Rollen: Standortleitung (Gullmarsh), Finanzen, \
                 vorher: Standortpersonal (Gullmarsh)"
            ]
        );
    }

    #[test]
    fn a_removed_person_keeps_the_name_of_that_time() {
        let removed = entry(AuditAct::PersonRemoved, "ana", &[("name", "Ana Byron")]);
        assert_eq!(both(&removed)[0], "Marta removed Ana Byron");
        let shell = Actor::CommandLine("demo".to_owned());
        let pin = AuditEntry { by: shell, ..entry(AuditAct::PinSet, "ana", &[]) };
        assert_eq!(both(&pin)[0], "Command line (demo) set the PIN of ana");
        let failed = AuditEntry { by: Actor::Unknown, ..entry(AuditAct::SignInFailed, "", &[]) };
        assert_eq!(both(&failed)[0], "Somebody failed to sign in with an unknown user name");
    }

    #[test]
    fn a_job_is_named_by_its_work() {
        let cancelled = AuditEntry {
            location: None,
            ..entry(AuditAct::JobCancelled, "release", &[("key", "7")])
        };
        assert_eq!(
            both(&cancelled),
            [
                "Marta cancelled the job “Tell tablets about a release of the catalogue (7)”",
                "Marta hat die Aufgabe „Tablets einen Katalogstand ankündigen (7)“ abgebrochen"
            ]
        );
        let newer = entry(AuditAct::JobRunAgain, "mail", &[]);
        assert_eq!(both(&newer)[0], "Marta started the job “Work of a newer version (mail)” again");
    }

    #[test]
    fn a_supplier_has_its_name_and_a_purchase_order_its_number() {
        let changed = AuditEntry {
            location: None,
            ..entry(AuditAct::SupplierChanged, "S1", &[("name", "Acme")])
        };
        assert_eq!(
            both(&changed),
            [
                "Marta changed how the supplier Acme is reached",
                "Marta hat geändert, wie der Lieferant Acme erreicht wird"
            ]
        );
        let details = [("note", "by phone, Ms Weber took it")];
        let by_hand = entry(AuditAct::PurchaseOrderSentByHand, "PO-000123", &details);
        assert_eq!(
            both(&by_hand),
            [
                "Marta sent purchase order PO-000123 at Gullmarsh by hand, \
                 note: by phone, Ms Weber took it",
                "Marta hat die Lieferantenbestellung PO-000123 in Gullmarsh von Hand gesendet, \
                 Notiz: by phone, Ms Weber took it"
            ]
        );
        let asked =
            AuditEntry { location: None, ..entry(AuditAct::PurchaseOrderSendAsked, "PO-7", &[]) };
        assert_eq!(both(&asked)[0], "Marta had purchase order PO-7 sent");
    }

    #[test]
    fn an_order_is_named_by_its_site_and_never_by_an_identifier() {
        let decided = entry(AuditAct::ExceptionDecided, TABLET, &[("verdict", "honour")]);
        assert_eq!(
            both(&decided)[0],
            "Marta decided about an order on hold at Gullmarsh, ordered at the prices as sent"
        );
    }
}
