//! Tests of the rules for site settings and of suggestions, against the small catalogue (see
//! [`crate::sample::small`]).

use super::*;
use crate::catalogue::Catalogue;
use crate::ids::{DeviceId, IntentId, LocationId};
use crate::resolve::{NoSource, Outcome, ResolutionRequest, select};
use crate::sample::builder::{day, decimal, id, unit};
use crate::sample::small;

fn intent(command: Command) -> Intent {
    let device = DeviceId::mint(0, [1; 10]);
    Intent {
        id: IntentId::mint(0, [2; 10]),
        document: document(),
        command,
        by: "Ana".to_owned(),
        device,
        at: 0,
    }
}

fn document() -> DocumentId {
    DocumentId::of_site(&id("school"))
}

fn guide_line(item: &str, area: Option<&str>, place: &str) -> GuideLine {
    GuideLine {
        item: id(item),
        unit: Unit::EACH,
        area: Register::settled(area.map(id)),
        place: place.parse().unwrap(),
        is_kept: Register::settled(true),
        pars: BTreeMap::new(),
        added_by: "Ana".to_owned(),
        added_at: 0,
    }
}

fn guide() -> SiteState {
    let area = |name: &str, place: &str| Area {
        name: Register::settled(name.to_owned()),
        place: place.parse().unwrap(),
    };
    SiteState {
        areas: BTreeMap::from([
            (id("dry"), area("Dry store", "k")),
            (id("cold"), area("Cold room", "V")),
        ]),
        lines: BTreeMap::from([
            (id("1"), guide_line("flour", Some("dry"), "V")),
            (id("2"), guide_line("sugar", Some("dry"), "A")),
            (id("3"), guide_line("milk", Some("cold"), "V")),
            (id("4"), guide_line("cups", None, "V")),
        ]),
        ..SiteState::empty(document())
    }
}

fn shelf(site: &SiteState, area: Option<&str>) -> Vec<String> {
    let area = area.map(id);
    site.shelf(area.as_ref()).into_iter().map(|(_, line)| line.item.to_string()).collect()
}

#[test]
fn the_guide_is_walked_area_by_area_in_shelf_order_and_loses_nothing() {
    let mut site = guide();
    assert_eq!(
        site.walk().into_iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(),
        ["cold", "dry"]
    );
    assert_eq!(shelf(&site, Some("dry")), ["sugar", "flour"]);
    assert_eq!(shelf(&site, None), ["cups"]);
    site.areas.get_mut(&id("cold")).unwrap().name = Register::default();
    assert_eq!(shelf(&site, None), ["milk", "cups"], "a line of a removed area is in no area");
    site.lines.get_mut(&id("4")).unwrap().is_kept = Register::settled(false);
    assert_eq!(shelf(&site, None), ["milk"]);
}

#[test]
fn rules_of_settings() {
    let site = guide();
    let refused = |command: Command| decide(&site, &intent(command)).unwrap_err();
    let place = || Place::between(None, None);
    let add = |line: &str, item: &str, area: Option<&str>| Command::AddGuideLine {
        line: id(line),
        item: id(item),
        unit: Unit::EACH,
        area: area.map(id),
        place: place(),
    };
    assert_eq!(refused(add("1", "gloves", None)), SiteRefusal::LineExists { line: id("1") });
    assert_eq!(refused(add("5", "flour", None)), SiteRefusal::ItemHasLine { item: id("flour") });
    assert_eq!(
        refused(add("5", "gloves", Some("attic"))),
        SiteRefusal::NoSuchArea { area: id("attic") }
    );
    assert_eq!(
        refused(Command::KeepGuideLine { line: id("9"), keep: true }),
        SiteRefusal::NoSuchLine { line: id("9") }
    );
    let par = |weekdays: &[IsoWeekday], quantity: &str| Command::SetPar {
        line: id("1"),
        weekdays: weekdays.iter().copied().collect(),
        quantity: decimal(quantity),
    };
    assert_eq!(refused(par(&[], "1")), SiteRefusal::NoWeekdays);
    assert_eq!(
        refused(par(&IsoWeekday::ALL, "-1")),
        SiteRefusal::BadPar { quantity: decimal("-1") }
    );
    let name =
        |name: &str| Command::AddArea { area: id("new"), name: name.to_owned(), place: place() };
    assert_eq!(refused(name(" ")), SiteRefusal::BadName);
    assert_eq!(
        refused(Command::AddArea { area: id("dry"), name: "x".to_owned(), place: place() }),
        SiteRefusal::AreaExists { area: id("dry") }
    );
    let backwards =
        ReceivingHours { from: jiff::civil::time(11, 0, 0, 0), to: jiff::civil::time(6, 0, 0, 0) };
    let hours =
        Command::SetReceivingHours { weekdays: IsoWeekday::ALL.into(), hours: Some(backwards) };
    assert_eq!(refused(hours), SiteRefusal::BadHours);
    assert_eq!(decide(&site, &intent(add("5", "gloves", Some("cold")))), Ok(()));
    assert_eq!(
        decide(&site, &intent(Command::NameArea { area: id("dry"), name: String::new() })),
        Ok(())
    );
    let nobody = Intent { by: String::new(), ..intent(name("Attic")) };
    assert_eq!(decide(&site, &nobody), Err(SiteRefusal::BadName));
}

fn request<'r>(
    item: &'r str,
    quantity: &str,
    of: &str,
    site: &'r LocationId,
) -> ResolutionRequest<'r> {
    ResolutionRequest {
        unit: Some(unit(of)),
        ..ResolutionRequest::new(item, decimal(quantity), site, day("2026-03-02"))
    }
}

/// The suggestion: the quantity to ask for, and what it resolves to.
fn suggested(catalogue: &Catalogue, request: &ResolutionRequest<'_>) -> (String, String) {
    let suggestion = suggest(catalogue, request);
    let Suggestion::Order { ask, selected } = suggestion else {
        panic!("{request:?}: {suggestion:?}")
    };
    let again = ResolutionRequest { quantity: ask.value, unit: Some(ask.unit), ..request.clone() };
    let Outcome::Selected(resolved) = select(catalogue, &again) else {
        panic!("{ask} needs another adjustment")
    };
    assert_eq!(resolved, selected, "what is asked for resolves to what was shown");
    (ask.to_string(), format!("{} of {}", selected.quantity, selected.supplier))
}

#[test]
fn what_is_missing_is_rounded_up_to_what_can_be_ordered() {
    let (catalogue, site) = (Catalogue::build(small()).unwrap(), id("school"));
    let suggested = |item: &str, quantity: &str, of: &str| {
        let (ask, comes) = suggested(&catalogue, &request(item, quantity, of, &site));
        format!("{ask}: {comes}")
    };
    // Sacks of 25 kg: 20 kg are 0.8 of a sack, so one sack; 30 kg need two.
    assert_eq!(suggested("flour", "20", "KGM"), "25 KGM: 1 XBG of wholesaler");
    assert_eq!(suggested("flour", "25", "KGM"), "25 KGM: 1 XBG of wholesaler");
    assert_eq!(suggested("flour", "30", "KGM"), "50 KGM: 2 XBG of wholesaler");
    // At least four boxes of 100, then in steps of two boxes.
    assert_eq!(suggested("gloves", "120", "EA"), "400 EA: 4 XBX of wholesaler");
    assert_eq!(suggested("gloves", "430", "EA"), "600 EA: 6 XBX of wholesaler");
    assert_eq!(suggested("gloves", "5", "XBX"), "6 XBX: 6 XBX of wholesaler");
}

#[test]
fn what_does_not_divide_into_packages_is_suggested_in_whole_ones() {
    let (catalogue, site) = (Catalogue::build(small()).unwrap(), id("hospital"));
    // The hospital has the mill's cases of 12 l only: 7 l are no whole case.
    let exact = select(&catalogue, &request("milk", "7", "LTR", &site));
    assert!(matches!(exact, Outcome::AdjustmentNeeded(..)), "{exact:?}");
    let seven = request("milk", "7", "LTR", &site);
    assert_eq!(suggested(&catalogue, &seven), ("12 LTR".to_owned(), "1 XCS of mill".to_owned()));
    let thirteen = request("milk", "13", "LTR", &site);
    assert_eq!(suggested(&catalogue, &thirteen), ("24 LTR".to_owned(), "2 XCS of mill".to_owned()));
}

#[test]
fn nothing_is_suggested_of_what_is_there_or_of_what_nobody_supplies() {
    let (catalogue, site) = (Catalogue::build(small()).unwrap(), id("hotel"));
    assert_eq!(suggest(&catalogue, &request("flour", "0", "KGM", &site)), Suggestion::Enough);
    assert_eq!(suggest(&catalogue, &request("flour", "-3", "KGM", &site)), Suggestion::Enough);
    let gloves = suggest(&catalogue, &request("gloves", "5", "XBX", &site));
    assert_eq!(gloves, Suggestion::NoSource(NoSource::AllRejected));
}
