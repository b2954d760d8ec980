use super::world::{Server, Tablet, line, not_applied};
use crate::document;
use crate::ids::DocumentId;
use crate::order::{Command, Discard, OrderRefusal, OrderStage};
use crate::sample::builder::{decimal, id};

/// Ana and Ben at one site, who both have one draft with one line.
fn two_tablets() -> (Tablet, Tablet, Server, DocumentId) {
    let (mut ana, mut ben, mut server) = (Tablet::new("Ana"), Tablet::new("Ben"), Server::new());
    let draft = ana.begin();
    ana.add(draft, "l1", "flour", "2");
    ana.sync(&mut server);
    ben.pull(&server);
    (ana, ben, server, draft)
}

fn discard(tablet: &mut Tablet, draft: DocumentId) {
    tablet.attempt(draft, Command::KeepOrder { keep: false }).unwrap();
}

/// Syncs until both tablets and the server have everything.
fn meet(ana: &mut Tablet, ben: &mut Tablet, server: &mut Server, draft: DocumentId) {
    for _ in 0..2 {
        ana.sync(server);
        ben.sync(server);
    }
    ana.pull(server);
    assert_eq!(ana.order(draft), ben.order(draft));
    assert_eq!(ana.order(draft), &server.order(draft));
}

#[test]
fn a_discarded_draft_is_gone_on_every_tablet_and_can_be_brought_back() {
    let (mut ana, mut ben, mut server, draft) = two_tablets();
    discard(&mut ana, draft);
    assert!(ana.order(draft).is_discarded() && ana.order(draft).is_let_go());
    let at = ana.clock;
    meet(&mut ana, &mut ben, &mut server, draft);
    assert!(ben.order(draft).is_discarded());
    assert_eq!(
        ben.order(draft).discarded,
        Some(Discard { by: "Ana".to_owned(), at, is_overtaken: false })
    );
    ana.reload();
    assert!(ana.order(draft).is_discarded());

    ben.attempt(draft, Command::KeepOrder { keep: true }).unwrap();
    meet(&mut ana, &mut ben, &mut server, draft);
    assert_eq!(ana.order(draft).discarded, None);
    assert_eq!(ana.lines(draft), ["l1"]);
    assert!(ana.notices.is_empty() && ben.notices.is_empty());
}

#[test]
fn what_somebody_writes_without_knowing_of_the_discarding_brings_the_draft_back_and_says_so() {
    type Edit = fn(&mut Tablet, DocumentId);
    let edits: [Edit; 5] = [
        |ben, draft| ben.add(draft, "l2", "milk", "3"),
        |ben, draft| ben.set(draft, "l1", "5"),
        |ben, draft| {
            ben.attempt(draft, Command::SetNote { note: "ring twice".to_owned() }).unwrap()
        },
        |ben, draft| ben.attempt(draft, Command::SetName { name: "Friday".to_owned() }).unwrap(),
        |ben, draft| ben.attempt(draft, Command::HandOver { to: "Carla".to_owned() }).unwrap(),
    ];
    for is_first_to_arrive in [false, true] {
        for edit in edits {
            let (mut ana, mut ben, mut server, draft) = two_tablets();
            discard(&mut ana, draft);
            edit(&mut ben, draft);
            let written = ben.order(draft).clone();
            if is_first_to_arrive {
                ben.sync(&mut server);
            }
            meet(&mut ana, &mut ben, &mut server, draft);
            let order = ana.order(draft);
            assert!(
                !order.is_discarded()
                    && order.discarded.as_ref().is_some_and(|discard| discard.is_overtaken)
            );
            assert_eq!(
                (&order.lines, &order.note, &order.name),
                (&written.lines, &written.note, &written.name)
            );
            assert_eq!(order.held_by(), written.held_by());

            // A person who has seen both discards the order again, and it stays discarded.
            discard(&mut ana, draft);
            meet(&mut ana, &mut ben, &mut server, draft);
            assert!(ben.order(draft).is_discarded());
        }
    }
}

#[test]
fn what_is_done_to_a_discarded_draft_that_is_still_open_somewhere_brings_it_back() {
    let (mut ana, mut ben, mut server, draft) = two_tablets();
    discard(&mut ana, draft);
    meet(&mut ana, &mut ben, &mut server, draft);
    ben.add(draft, "l2", "milk", "3");
    assert!(!ben.order(draft).is_discarded());
    meet(&mut ana, &mut ben, &mut server, draft);
    assert_eq!(ana.lines(draft), ["l1", "l2"]);
}

#[test]
fn two_who_discard_at_once_discard_and_one_who_brings_back_keeps() {
    let (mut ana, mut ben, mut server, draft) = two_tablets();
    discard(&mut ana, draft);
    discard(&mut ben, draft);
    meet(&mut ana, &mut ben, &mut server, draft);
    assert!(ana.order(draft).is_discarded());

    ana.attempt(draft, Command::KeepOrder { keep: true }).unwrap();
    discard(&mut ben, draft);
    meet(&mut ana, &mut ben, &mut server, draft);
    assert!(!ana.order(draft).is_discarded());
}

#[test]
fn an_order_that_was_sent_meanwhile_is_not_discarded_and_its_person_is_told() {
    // The result does not depend on which of the two arrives first.
    let (mut ana, mut ben, mut server, draft) = two_tablets();
    ben.submit(draft, &server.catalogue);
    ben.sync(&mut server);
    discard(&mut ana, draft);
    ana.sync(&mut server);
    assert_eq!(ana.order(draft).stage(), OrderStage::Accepted);
    assert!(!ana.order(draft).is_discarded());
    let told = (&Command::KeepOrder { keep: false }, &OrderRefusal::OrderAlreadyAccepted);
    assert_eq!(not_applied(&ana.notices), [told]);

    let (mut ana, mut ben, mut server, draft) = two_tablets();
    discard(&mut ana, draft);
    ana.sync(&mut server);
    ben.submit(draft, &server.catalogue);
    meet(&mut ana, &mut ben, &mut server, draft);
    assert_eq!(ana.order(draft).stage(), OrderStage::Accepted);
    assert!(ana.order(draft).discarded.as_ref().is_some_and(|discard| discard.is_overtaken));
}

#[test]
fn after_a_refusal_nothing_is_discarded_that_its_person_had_not_seen() {
    let (mut ana, mut ben, mut server, draft) = two_tablets();
    ben.add(draft, "l2", "milk", "3");
    ben.sync(&mut server);
    discard(&mut ana, draft);
    // The server refuses it at first and sends its copy. The intent is applied again to that copy.
    server.site = id("hospital");
    let refused = server.push(&ana, ana.request().unwrap());
    server.site = id("school");
    ana.hear(refused);
    let [(_, OrderRefusal::OrderChangedMeanwhile)] = not_applied(&ana.notices)[..] else {
        panic!("{:?}", ana.notices)
    };
    meet(&mut ana, &mut ben, &mut server, draft);
    assert_eq!((ana.lines(draft).len(), ana.order(draft).discarded.clone()), (2, None));
}

#[test]
fn a_draft_from_which_the_last_line_was_removed_is_gone_until_somebody_puts_one_on_it() {
    let (mut ana, mut ben, mut server, draft) = two_tablets();
    ana.set(draft, "l1", "0");
    meet(&mut ana, &mut ben, &mut server, draft);
    assert!(ben.order(draft).is_let_go());
    ben.add(draft, "l2", "milk", "3");
    meet(&mut ana, &mut ben, &mut server, draft);
    assert!(!ana.order(draft).is_let_go());
    assert_eq!(ana.order(draft).lines[&line("l2")].quantity.value, decimal("3"));
}

#[test]
fn a_name_and_whose_it_is_travel_and_two_names_at_once_are_shown() {
    let (mut ana, mut ben, mut server, draft) = two_tablets();
    let name = |name: &str| Command::SetName { name: name.to_owned() };
    ana.attempt(draft, Command::HandOver { to: "Ben".to_owned() }).unwrap();
    ana.attempt(draft, name("Friday")).unwrap();
    ben.attempt(draft, name("Party")).unwrap();
    assert_eq!(ben.order(draft).held_by(), "Ana");
    meet(&mut ana, &mut ben, &mut server, draft);
    let order = ben.order(draft);
    assert_eq!(order.held_by(), "Ben");
    let names: Vec<_> =
        order.name.conflicts.iter().map(|one| (one.by.as_str(), one.value.as_str())).collect();
    assert_eq!(names, [("Ben", "Party"), ("Ana", "Friday")]);
    assert!(order.conflicts().is_empty(), "an order can be sent whatever it is called");
    ben.attempt(draft, name("Friday")).unwrap();
    meet(&mut ana, &mut ben, &mut server, draft);
    assert_eq!(ana.order(draft).name, crate::order::Register::settled("Friday".to_owned()));
}

#[test]
fn an_order_that_was_refused_can_be_discarded() {
    let (mut ana, mut server) = (Tablet::new("Ana"), Server::new());
    let draft = ana.begin();
    ana.add(draft, "l1", "flour", "2");
    ana.submit(draft, &server.catalogue);
    // The tablet's clock is ahead, which nobody at head office can correct.
    server.received_on = crate::sample::builder::day("2026-02-20");
    ana.sync(&mut server);
    assert_eq!(ana.order(draft).stage(), OrderStage::Refused, "{:?}", ana.order(draft).server);
    discard(&mut ana, draft);
    ana.sync(&mut server);
    assert!(server.order(draft).is_discarded());
    let stored = document::load(&server.documents[&draft]).unwrap();
    assert!(document::read(draft, &stored).1.is_empty());
}
