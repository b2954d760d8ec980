//! A tablet whose credential was revoked and that was enrolled again. It sends its unsent changes,
//! exactly once.

use super::world::{Server, Tablet, line};
use crate::ids::DocumentId;
use crate::order::OrderStage;
use crate::sample::builder::decimal;
use crate::site;
use crate::sync::{Rounds, Step, SyncNotice};

/// A draft of which the server has one line. The tablet did more while the server refused it.
fn refused_at_work() -> (Tablet, Server, DocumentId) {
    let (mut ana, mut server) = (Tablet::new("Ana"), Server::new());
    let draft = ana.begin();
    ana.add(draft, "l1", "flour", "2");
    ana.sync(&mut server);
    ana.add(draft, "l2", "sugar", "1");
    ana.set(draft, "l1", "5");
    (ana, server, draft)
}

#[test]
fn what_was_not_sent_goes_out_under_the_new_identity() {
    let (mut ana, mut server, draft) = refused_at_work();
    let unknown_to_the_server = ana.begin();
    ana.add(unknown_to_the_server, "l3", "milk", "4");
    ana.say(site::Command::SetDeliveryInstructions { instructions: "Ring twice".to_owned() });
    ana.enrol_anew();
    assert!(ana.replica.was_enrolled_anew());
    assert_eq!(Rounds::default().next(&ana.replica, "1"), Ok(Step::TakeOver));
    assert_eq!(ana.lines(draft), ["l1", "l2"], "it is all there to be read");

    ana.take_over();
    assert!(!ana.replica.was_enrolled_anew());
    assert_eq!(ana.replica.unsent().count(), 5);
    ana.reload();
    assert!(!ana.replica.was_enrolled_anew(), "it is on the disk");
    ana.sync(&mut server);
    assert_eq!(ana.replica.unsent().count(), 0);
    assert!(ana.notices.is_empty(), "{:?}", ana.notices);
    assert_eq!(server.order(draft).lines[&line("l1")].quantity.value, decimal("5"));
    assert_eq!(server.order(draft).lines.len(), 2);
    assert_eq!(server.order(unknown_to_the_server).lines.len(), 1);
    assert!(ana.settings().delivery_instructions.values().eq(["Ring twice"]));
    assert_eq!(server.documents.len(), 3);
}

#[test]
fn an_order_that_was_submitted_while_revoked_is_accepted_from_the_tablet_as_it_is_now() {
    let (mut ana, mut server, draft) = refused_at_work();
    ana.submit(draft, &server.catalogue);
    ana.enrol_anew();
    ana.take_over();
    ana.sync(&mut server);
    assert_eq!(server.order(draft).stage(), OrderStage::Accepted);
    assert_eq!(server.order(draft).submitted.unwrap().device, ana.replica.device());
}

#[test]
fn what_the_server_had_taken_before_it_revoked_counts_once() {
    let (mut ana, mut server, draft) = refused_at_work();
    ana.submit(draft, &server.catalogue);
    let request = ana.request().unwrap();
    server.push(&ana, request);
    // The answer to it never arrived.
    let (taken, changes) = (server.order(draft), server.new_changes);
    ana.enrol_anew();
    ana.take_over();
    ana.sync(&mut server);
    assert_eq!(ana.replica.unsent().count(), 0);
    assert!(ana.notices.is_empty(), "{:?}", ana.notices);
    assert_eq!((server.order(draft), server.new_changes), (taken.clone(), changes));
    assert_eq!(ana.order(draft), &taken);
}

#[test]
fn lines_for_an_order_that_was_sent_meanwhile_move_to_a_new_draft() {
    let (mut ana, mut server, draft) = refused_at_work();
    let mut ben = Tablet::new("Ben");
    ben.pull(&server);
    ben.submit(draft, &server.catalogue);
    ben.sync(&mut server);
    ana.enrol_anew();
    ana.take_over();
    ana.sync(&mut server);
    let moved = ana.notices.iter().find_map(|notice| match notice {
        SyncNotice::MovedToNewDraft { to, lines, .. } => Some((*to, lines.clone())),
        _ => None,
    });
    let (to, lines) = moved.expect("nobody was told");
    assert_eq!(lines, [line("l2")]);
    assert_eq!(server.order(to).lines.len(), 1);
    assert_eq!(ana.replica.unsent().count(), 0);
}

#[test]
fn a_document_that_was_lost_as_well_is_put_together_from_the_servers_copy() {
    let (mut ana, mut server, draft) = refused_at_work();
    ana.damage(draft);
    ana.enrol_anew();
    ana.take_over();
    assert!(!ana.replica.was_enrolled_anew());
    ana.sync(&mut server);
    ana.sync(&mut server);
    assert_eq!(server.order(draft).lines.len(), 2);
    assert_eq!(ana.replica.unsent().count(), 0);
}
