//! The settings of a site on two tablets and a server: merges, conflicts, attacks, and documents of
//! other schemas.

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, ObjType, ROOT};
use proptest::prelude::*;

use super::world::{Server, Tablet, by_rule, settings};
use crate::calendar::IsoWeekday;
use crate::document;
use crate::ids::{DocumentId, GuideLineId};
use crate::sample::builder::{decimal, id};
use crate::site::{Command, Contact, Place, ReceivingHours, SiteRefusal};
use crate::sync::{Batch, ReplicaError, SyncNotice, validate};
use crate::wire::PushRefusalCode::{self, ForbiddenPath, RuleBroken, WrongActor, WrongDocument};
use crate::wire::{Blob, DocumentKind, PullResponse, PulledDocument};

const MONDAY: IsoWeekday = IsoWeekday::ALL[0];

fn line(line: &str, item: &str) -> Command {
    let place = Place::between(None, None);
    Command::AddGuideLine {
        line: id(line),
        item: id(item),
        unit: crate::unit::Unit::EACH,
        area: None,
        place,
    }
}

fn par(line: &str, quantity: &str) -> Command {
    Command::SetPar { line: id(line), weekdays: [MONDAY].into(), quantity: decimal(quantity) }
}

fn keep(line: &str, keep: bool) -> Command {
    Command::KeepGuideLine { line: id(line), keep }
}

fn area(area: &str, name: &str) -> Command {
    Command::AddArea { area: id(area), name: name.to_owned(), place: Place::between(None, None) }
}

fn hours(from: i8, to: i8) -> ReceivingHours {
    ReceivingHours { from: jiff::civil::time(from, 0, 0, 0), to: jiff::civil::time(to, 30, 0, 0) }
}

/// Ana and Ben at one site. Its guide has one line with a par of 5, which both know.
fn two_tablets() -> (Tablet, Tablet, Server) {
    let (mut ana, mut ben, mut server) = (Tablet::new("Ana"), Tablet::new("Ben"), Server::new());
    ana.say(line("g1", "flour"));
    ana.say(par("g1", "5"));
    ana.sync(&mut server);
    ben.pull(&server);
    (ana, ben, server)
}

fn meet(ana: &mut Tablet, ben: &mut Tablet, server: &mut Server) {
    for _ in 0..2 {
        ana.sync(server);
        ben.sync(server);
    }
}

fn kept(tablet: &Tablet) -> Vec<String> {
    tablet.settings().shelf(None).into_iter().map(|(line, _)| line.to_string()).collect()
}

#[test]
fn two_tablets_that_never_met_begin_one_guide_and_both_parts_of_it_survive() {
    let (mut ana, mut ben, mut server) = (Tablet::new("Ana"), Tablet::new("Ben"), Server::new());
    ana.say(area("cold", "Cold room"));
    ana.say(line("a1", "milk"));
    ben.say(line("b1", "flour"));
    ben.say(Command::SetReceivingHours { weekdays: [MONDAY].into(), hours: Some(hours(6, 11)) });
    let contact = Contact {
        name: "Goods in".to_owned(),
        role: String::new(),
        telephone: "+31 20 555".to_owned(),
    };
    ben.say(Command::SetContact { contact: id("c1"), details: Some(contact.clone()) });
    ana.say(Command::SetDeliveryInstructions { instructions: "ring twice".to_owned() });
    meet(&mut ana, &mut ben, &mut server);
    assert_eq!(ana.settings(), ben.settings());
    assert_eq!(kept(&ben), ["a1", "b1"]);
    let settings = ben.settings();
    assert_eq!(settings.walk().len(), 1);
    assert_eq!(settings.receiving_hours[&MONDAY].value.unwrap().to_string(), "06:00-11:30");
    assert_eq!(settings.contacts[&id("c1")].value.as_ref(), Some(&contact));
    assert_eq!(settings.delivery_instructions.value, "ring twice");
    assert!(!settings.has_conflicts());
    assert_eq!(ana.replica.unsent().count() + ben.replica.unsent().count(), 0);
}

#[test]
fn a_par_that_two_tablets_changed_is_a_conflict_that_a_choice_settles() {
    let (mut ana, mut ben, mut server) = two_tablets();
    ana.say(par("g1", "12"));
    ben.say(par("g1", "8"));
    ben.say(Command::SetPar {
        line: id("g1"),
        weekdays: [IsoWeekday::ALL[1]].into(),
        quantity: decimal("3"),
    });
    meet(&mut ana, &mut ben, &mut server);
    let line = &ana.settings().lines[&id("g1")];
    let mut shown: Vec<_> =
        line.pars[&MONDAY].conflicts.iter().map(|one| (one.by.as_str(), one.value)).collect();
    shown.sort_unstable();
    assert_eq!(shown, [("Ana", decimal("12")), ("Ben", decimal("8"))]);
    assert_eq!((line.par(MONDAY), line.par(IsoWeekday::ALL[1])), (None, Some(decimal("3"))));
    assert!(!line.is_kept.is_conflicted(), "both keep the line");

    ben.say(par("g1", "8"));
    meet(&mut ana, &mut ben, &mut server);
    assert_eq!(ana.settings().lines[&id("g1")].par(MONDAY), Some(decimal("8")));
    assert!(!ana.settings().has_conflicts());
}

#[test]
fn a_removal_and_a_concurrent_par_are_a_conflict_not_a_loss() {
    let (mut ana, mut ben, mut server) = two_tablets();
    ana.say(keep("g1", false));
    assert!(kept(&ana).is_empty());
    ben.say(par("g1", "8"));
    meet(&mut ana, &mut ben, &mut server);
    assert_eq!(kept(&ana), ["g1"]);
    assert!(ana.settings().lines[&id("g1")].is_kept.is_conflicted());
    ana.say(keep("g1", false));
    meet(&mut ana, &mut ben, &mut server);
    assert!(kept(&ben).is_empty() && !ben.settings().has_conflicts());
}

#[test]
fn saying_what_is_said_already_writes_nothing() {
    let (mut ana, _, _) = two_tablets();
    ana.say(par("g1", "5"));
    ana.say(par("g1", "5.0"));
    assert!(ana.request().is_none());
}

#[test]
fn settings_survive_a_reload_and_a_lost_reply_counts_once() {
    let (mut ana, _, mut server) = two_tablets();
    ana.say(par("g1", "7"));
    let lost = server.push(&ana, ana.request().unwrap());
    ana.reload();
    ana.hear(lost);
    ana.sync(&mut server);
    assert_eq!((server.new_changes, ana.replica.unsent().count()), (3, 0));
    assert_eq!(ana.settings().lines[&id("g1")].par(MONDAY), Some(decimal("7")));
}

#[test]
fn after_a_refusal_what_still_fits_is_applied_again_and_the_rest_is_told() {
    let (mut ana, mut ben, mut server) = two_tablets();
    ben.say(par("g1", "9"));
    ben.sync(&mut server);
    ana.say(par("g1", "6"));
    ana.say(line("a1", "milk"));
    server.site = id("hospital");
    let refused = server.push(&ana, ana.request().unwrap());
    server.site = id("school");
    ana.hear(refused);
    meet(&mut ana, &mut ben, &mut server);
    let [SyncNotice::NotApplied(told)] = ana.notices.as_slice() else {
        panic!("{:?}", ana.notices)
    };
    let (intent, refusal) = told.site().expect("a setting");
    assert_eq!((&intent.command, refusal), (&par("g1", "6"), &SiteRefusal::ChangedMeanwhile));
    assert_eq!(ana.settings(), ben.settings());
    assert_eq!(kept(&ben), ["a1", "g1"]);
    assert_eq!(ben.settings().lines[&id("g1")].par(MONDAY), Some(decimal("9")));
}

#[test]
fn a_refusal_that_is_heard_twice_counts_once() {
    let (mut ana, _, mut server) = two_tablets();
    // Written as Ana, by a backup of her tablet.
    let mut backup = Tablet::new("Ana");
    backup.drawn_from(Box::new(|| [99; 10]));
    backup.pull(&server);
    backup.say(line("b1", "milk"));
    backup.sync(&mut server);
    ana.say(par("g1", "6"));
    let refused = server.push(&ana, ana.request().unwrap());
    ana.hear(refused.clone());
    ana.hear(refused);
    assert_eq!(ana.notices, [], "applied again once, and not held back");
    ana.sync(&mut server);
    assert_eq!(
        (ana.replica.unsent().count(), kept(&ana)),
        (0, vec!["b1".to_owned(), "g1".to_owned()])
    );
    assert_eq!(ana.settings().lines[&id("g1")].par(MONDAY), Some(decimal("6")));
}

/// Ana changes a setting while Ben changes something else. Her change is refused and applied again.
/// Returns the commands that were not applied, and her tablet.
fn applied_again(ana_says: &Command, ben_says: Command) -> (Vec<Command>, Tablet) {
    let (mut ana, mut ben, mut server) = two_tablets();
    ana.say(area("cold", "Cold room"));
    ana.say(area("dry", "Dry store"));
    meet(&mut ana, &mut ben, &mut server);
    ben.say(ben_says);
    ben.sync(&mut server);
    ana.say(ana_says.clone());
    server.site = id("hospital");
    let refused = server.push(&ana, ana.request().unwrap());
    server.site = id("school");
    ana.hear(refused);
    meet(&mut ana, &mut ben, &mut server);
    let told = ana.notices.iter().map(|notice| {
        let SyncNotice::NotApplied(told) = notice else { panic!("{notice:?}") };
        match told.site() {
            Some((intent, SiteRefusal::ChangedMeanwhile)) => intent.command.clone(),
            other => panic!("{other:?}"),
        }
    });
    (told.collect(), ben)
}

#[test]
fn applied_again_a_removal_does_not_undo_a_par_nor_a_par_a_removal_nor_a_move_another() {
    let (told, ben) = applied_again(&keep("g1", false), par("g1", "8"));
    assert_eq!((told, kept(&ben)), (vec![keep("g1", false)], vec!["g1".to_owned()]));
    let (told, ben) = applied_again(&par("g1", "8"), keep("g1", false));
    assert_eq!((told, kept(&ben)), (vec![par("g1", "8")], vec![]));
    let (told, _) = applied_again(&keep("g1", true), par("g1", "8"));
    assert_eq!(told, [], "both keep it");
    let to = |area: &str| {
        let (area, place) = (Some(id(area)), Place::between(None, None));
        Command::MoveGuideLine { line: id("g1"), area, place }
    };
    let (told, ben) = applied_again(&to("cold"), to("dry"));
    assert_eq!(
        (told, &ben.settings().lines[&id("g1")].area.value),
        (vec![to("cold")], &Some(id("dry")))
    );
}

#[test]
fn case_20_damaged_settings_heal_from_server_and_outbox_and_are_not_written_before() {
    let (mut ana, _, mut server) = two_tablets();
    ana.say(line("a1", "milk"));
    ana.damage(settings());
    ana.reload();
    assert!(matches!(ana.notices.as_slice(), [SyncNotice::Unreadable { .. }]));
    let refused = ana.attempt(settings(), par("g1", "1"));
    assert_eq!(refused, Err(ReplicaError::Document(document::DocumentError::Lost)));
    ana.sync(&mut server);
    assert_eq!(kept(&ana), ["a1", "g1"]);
    ana.sync(&mut server);
    assert_eq!(ana.replica.unsent().count(), 0);

    let mut alone = Tablet::new("Zoe");
    alone.say(line("z1", "sugar"));
    alone.damage(settings());
    alone.reload();
    assert_eq!(kept(&alone), ["z1"], "all of it was in the outbox");
    alone.sync(&mut server);
    assert_eq!(kept(&alone).len(), 3);
}

#[test]
fn a_document_of_a_newer_schema_asks_for_an_update_and_is_fetched_again_after_it() {
    let (mut ana, _, server) = two_tablets();
    // The genesis change of a later version: the same kind, another schema.
    let mut newer = Automerge::new().with_actor(ActorId::from(&b"calloff.genesis."[..]));
    let mut transaction = newer.transaction();
    transaction.put(ROOT, "kind", "site").unwrap();
    transaction.put(ROOT, "schema", "2").unwrap();
    transaction.commit_with(CommitOptions::default().with_time(0));
    let error = document::load(&newer.save()).unwrap_err();
    assert!(error.to_string().contains("update the app"), "{error}");

    let before = ana.replica.cursor().map(str::to_owned);
    let pulled = PulledDocument { id: DocumentId::mint(7, [7; 10]), document: Blob(newer.save()) };
    ana.hear_pull(PullResponse {
        cursor: "w.2".to_owned(),
        documents: vec![pulled],
        ..server.pull(&ana.replica.pull_request())
    });
    assert!(
        matches!(ana.notices.as_slice(), [SyncNotice::UpdateNeeded { .. }]),
        "{:?}",
        ana.notices
    );
    assert_eq!(ana.replica.cursor(), Some("w.2"), "the rest goes on");
    ana.reload();
    assert_eq!(ana.replica.cursor(), before.as_deref(), "an updated app is sent it again");
}

/// A guide with one line on the server, and the tablet that made it.
struct Target {
    stored: Vec<u8>,
    device: crate::ids::DeviceId,
}

impl Target {
    fn new() -> Self {
        let (mut ana, mut server) = (Tablet::new("Ana"), Server::new());
        ana.say(area("cold", "Cold room"));
        ana.say(line("g1", "flour"));
        ana.sync(&mut server);
        Self { stored: server.documents.remove(&settings()).unwrap(), device: ana.replica.device() }
    }

    fn refused(
        &self,
        write: impl FnOnce(&mut automerge::transaction::Transaction<'_>),
    ) -> PushRefusalCode {
        self.refused_as(DocumentKind::Site, settings(), "school", write)
    }

    fn refused_as(
        &self,
        kind: DocumentKind,
        id_of: DocumentId,
        site: &str,
        write: impl FnOnce(&mut automerge::transaction::Transaction<'_>),
    ) -> PushRefusalCode {
        let actor = document::actor(&self.device, &settings(), 0);
        let mut document = document::load(&self.stored).unwrap().with_actor(actor);
        let heads = document.get_heads();
        let mut transaction = document.transaction();
        write(&mut transaction);
        transaction.commit_with(CommitOptions::default());
        let change = document.get_changes(&heads).remove(0);
        let site = id(site);
        let batch = Batch {
            document: id_of,
            kind,
            device: self.device,
            site: &site,
            stored: Some(&self.stored),
            changes: change.raw_bytes(),
        };
        validate(batch).unwrap_err()[0].code
    }
}

fn map(document: &impl automerge::ReadDoc, path: &[&str]) -> automerge::ObjId {
    path.iter().fold(ROOT, |object, key| document.get(object, *key).unwrap().unwrap().1)
}

#[test]
fn writes_outside_of_a_tablets_part_of_the_settings_are_refused() {
    let target = Target::new();
    let put = |path: &'static [&'static str], key: &'static str| {
        target.refused(move |d| d.put(map(d, path), key, "x").unwrap())
    };
    assert_eq!(put(&[], "kind"), ForbiddenPath);
    assert_eq!(put(&[], "schema"), ForbiddenPath);
    assert_eq!(put(&[], "note"), ForbiddenPath, "an order's key");
    assert_eq!(put(&["lines", "g1"], "item"), ForbiddenPath);
    assert_eq!(put(&["lines", "g1"], "unit"), ForbiddenPath);
    assert_eq!(put(&["lines", "g1"], "par_8"), ForbiddenPath);
    assert_eq!(put(&["lines"], "g2"), ForbiddenPath, "a text in a line's place");
    assert_eq!(put(&["areas", "cold"], "colour"), ForbiddenPath);
    assert_eq!(put(&["hours"], "0"), ForbiddenPath);
    assert_eq!(target.refused(|d| d.delete(map(d, &["lines"]), "g1").unwrap()), ForbiddenPath);
    assert_eq!(
        target.refused(|d| d.put(map(d, &["lines", "g1"]), "par_1", 4.0).unwrap()),
        ForbiddenPath
    );
    let make = |parent: &'static [&'static str], key: &'static str, kind| {
        target.refused(move |d| drop(d.put_object(map(d, parent), key, kind).unwrap()))
    };
    assert_eq!(make(&["lines"], "g1", ObjType::Map), ForbiddenPath, "a line is made once");
    assert_eq!(make(&["areas"], "dry", ObjType::List), ForbiddenPath);
    assert_eq!(make(&["contacts"], "c1", ObjType::Map), ForbiddenPath);
    assert_eq!(make(&[], "submitted", ObjType::Map), ForbiddenPath, "an order's key");
}

#[test]
fn values_that_no_settings_hold_are_refused() {
    let target = Target::new();
    let put = |path: &'static [&'static str], key: &'static str, value: &str| {
        let value = value.to_owned();
        target.refused(move |d| d.put(map(d, path), key, value).unwrap())
    };
    for par in ["-1", "1000001", "0.0000001", "NaN", "", "5.0"] {
        assert_eq!(put(&["lines", "g1"], "par_1", par), RuleBroken, "{par}");
    }
    for place in ["", "V0", "!", &"V".repeat(61)] {
        assert_eq!(put(&["lines", "g1"], "place", place), RuleBroken, "{place}");
    }
    for hours in ["6:00-11:00", "11:00-06:00", "06:00:30-11:00", "06:00-06:00", "never"] {
        assert_eq!(put(&["hours"], "1", hours), RuleBroken, "{hours}");
    }
    for contact in ["{}", "x", r#"{"name":"","role":"","telephone":""}"#] {
        assert_eq!(put(&["contacts"], "c1", contact), RuleBroken, "{contact}");
    }
    assert_eq!(put(&[], "instructions", &"x".repeat(crate::limits::NOTE_BYTES + 1)), RuleBroken);
    assert_eq!(
        put(&["areas", "cold"], "name", &"x".repeat(crate::limits::NAME_BYTES + 1)),
        RuleBroken
    );
    assert_eq!(
        target.refused(|d| drop(d.put_object(map(d, &["lines"]), "g2", ObjType::Map).unwrap())),
        RuleBroken
    );
}

#[test]
fn a_tablet_writes_its_own_sites_settings_only_and_as_what_they_are() {
    let target = Target::new();
    let write =
        |d: &mut automerge::transaction::Transaction<'_>| d.put(ROOT, "instructions", "x").unwrap();
    assert_eq!(target.refused_as(DocumentKind::Site, settings(), "hospital", write), WrongDocument);
    assert_eq!(target.refused_as(DocumentKind::Order, settings(), "school", write), WrongDocument);
    let other = DocumentId::mint(1, [1; 10]);
    assert_eq!(target.refused_as(DocumentKind::Site, other, "school", write), WrongDocument);
    let stranger =
        Target { device: crate::ids::DeviceId::mint(9, [9; 10]), stored: target.stored.clone() };
    let mut document = document::load(&stranger.stored).unwrap();
    document.set_actor(document::actor(&target.device, &settings(), 0));
    let heads = document.get_heads();
    let mut transaction = document.transaction();
    write(&mut transaction);
    transaction.commit();
    let change = document.get_changes(&heads).remove(0);
    let (site, stored) = (id("school"), Some(stranger.stored.as_slice()));
    let (device, changes) = (stranger.device, change.raw_bytes());
    let batch = Batch {
        document: settings(),
        kind: DocumentKind::Site,
        device,
        site: &site,
        stored,
        changes,
    };
    assert_eq!(validate(batch).unwrap_err()[0].code, WrongActor);
}

#[test]
fn the_largest_guide_stays_within_the_limits() {
    let (mut ana, mut server) = (Tablet::new("Ana"), Server::new());
    let mut place = None;
    for number in 0..crate::limits::GUIDE_LINES {
        let next = Place::between(place.as_ref(), None);
        let line: GuideLineId = id(&format!("0195f3a0-0000-7000-8000-{number:012}"));
        let item = id(&format!("item-{number}"));
        let unit = crate::unit::Unit::EACH;
        ana.say(Command::AddGuideLine {
            line: line.clone(),
            item,
            unit,
            area: None,
            place: next.clone(),
        });
        ana.say(Command::SetPar {
            line,
            weekdays: IsoWeekday::ALL.into(),
            quantity: decimal("12"),
        });
        place = Some(next);
    }
    ana.sync(&mut server);
    assert!(ana.notices.is_empty(), "{:?}", ana.notices);
    let bytes = server.documents[&settings()].len();
    assert!(bytes < crate::limits::DOCUMENT_BYTES / 4, "{bytes}");
    let more = ana.attempt(settings(), line("one-more", "more"));
    assert_eq!(more, Err(by_rule(SiteRefusal::TooManyLines)));
}

/// The next action of one of two tablets.
#[derive(Debug, Clone)]
enum Step {
    Do(bool, Command),
    Push(bool),
    LoseReply(bool),
    Pull(bool),
    Reload(bool),
}

fn commands() -> impl Strategy<Value = Command> {
    let number = || 0..4_u8;
    let places = prop::sample::select(vec!["1", "V", "k", "k5"]);
    let areas = || prop::option::of((0..3_u8).prop_map(|number| id(&format!("area-{number}"))));
    let days = prop::sample::select(vec![vec![0], vec![1, 2], vec![0, 1, 2, 3, 4, 5, 6]])
        .prop_map(|days: Vec<usize>| days.into_iter().map(|day| IsoWeekday::ALL[day]).collect());
    let texts = || prop::sample::select(vec!["", "Cold room", "Dry store"]).prop_map(str::to_owned);
    let place = places.prop_map(|place| place.parse::<Place>().unwrap());
    prop_oneof![
        (0..3_u8, place.clone()).prop_map(|(area, place)| Command::AddArea {
            area: id(&format!("area-{area}")),
            name: "New".to_owned(),
            place,
        }),
        (0..3_u8, texts())
            .prop_map(|(area, name)| Command::NameArea { area: id(&format!("area-{area}")), name }),
        (0..3_u8, place.clone()).prop_map(|(area, place)| Command::MoveArea {
            area: id(&format!("area-{area}")),
            place
        }),
        (number(), areas(), place.clone()).prop_map(|(number, area, place)| {
            Command::AddGuideLine {
                line: id(&format!("line-{number}")),
                item: id(&format!("item-{number}")),
                unit: crate::unit::Unit::EACH,
                area,
                place,
            }
        }),
        (number(), any::<bool>()).prop_map(|(line, keep)| Command::KeepGuideLine {
            line: id(&format!("line-{line}")),
            keep
        }),
        (number(), areas(), place).prop_map(|(line, area, place)| Command::MoveGuideLine {
            line: id(&format!("line-{line}")),
            area,
            place,
        }),
        (number(), days, 0..5_u8).prop_map(|(line, weekdays, par)| Command::SetPar {
            line: id(&format!("line-{line}")),
            weekdays,
            quantity: par.into(),
        }),
        (0..7_usize, prop::option::of(6..9_i8)).prop_map(|(day, from)| {
            Command::SetReceivingHours {
                weekdays: [IsoWeekday::ALL[day]].into(),
                hours: from.map(|from| hours(from, 11)),
            }
        }),
        texts().prop_map(|instructions| Command::SetDeliveryInstructions { instructions }),
        (0..2_u8, prop::option::of(0..3_u8)).prop_map(|(contact, name)| Command::SetContact {
            contact: id(&format!("contact-{contact}")),
            details: name.map(|name| Contact {
                name: format!("person {name}"),
                role: String::new(),
                telephone: String::new(),
            }),
        }),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (any::<bool>(), commands()).prop_map(|(who, command)| Step::Do(who, command)),
        1 => any::<bool>().prop_map(Step::Push),
        1 => any::<bool>().prop_map(Step::LoseReply),
        1 => any::<bool>().prop_map(Step::Pull),
        1 => any::<bool>().prop_map(Step::Reload),
    ];
    proptest::collection::vec(step, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_interleaving_of_settings_pushes_lost_replies_and_reloads_ends_equal(steps in steps()) {
        let (mut ana, mut ben, mut server) = two_tablets();
        for step in steps {
            match step {
                Step::Do(who, command) => {
                    let tablet = if who { &mut ana } else { &mut ben };
                    // It is rightly refused when an area or a line already exists, or does not
                    // exist yet.
                    let _ = tablet.attempt(settings(), command);
                    // Reading line by line gives the same state as reading the whole document.
                    let held = &tablet.replica.documents[&settings()];
                    prop_assert_eq!(&held.state, &document::read(settings(), &held.document).0);
                }
                Step::Push(who) => if who { ana.push(&mut server) } else { ben.push(&mut server) },
                Step::LoseReply(who) => {
                    let tablet = if who { &ana } else { &ben };
                    if let Some(request) = tablet.request() {
                        server.push(tablet, request);
                    }
                }
                Step::Pull(who) => if who { ana.pull(&server) } else { ben.pull(&server) },
                Step::Reload(who) => if who { ana.reload() } else { ben.reload() },
            }
        }
        meet(&mut ana, &mut ben, &mut server);
        ana.pull(&server);
        prop_assert_eq!(ana.settings(), ben.settings());
        let stored = document::load(&server.documents[&settings()]).unwrap();
        let (at_server, anomalies) = document::read_site(settings(), &stored);
        prop_assert_eq!(ana.settings(), &at_server);
        prop_assert!(anomalies.is_empty(), "{:?}", anomalies);
        prop_assert_eq!(ana.replica.unsent().count() + ben.replica.unsent().count(), 0);
        let told = |tablet: &Tablet| tablet.notices.iter().any(|notice| {
            matches!(notice, SyncNotice::HeldBack { .. } | SyncNotice::Unreadable { .. })
        });
        prop_assert!(!told(&ana) && !told(&ben), "{:?} {:?}", ana.notices, ben.notices);
    }
}
