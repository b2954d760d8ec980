use super::world::{Server, Tablet};
use crate::document;
use crate::limits::{PULL_DOCUMENTS, PULL_KNOWN};
use crate::wire::{DocumentOutcome, PullResponse};

#[test]
fn a_pull_names_what_pushes_were_answered_with_until_it_is_answered_to_the_end() {
    let (mut ana, mut server) = (Tablet::new("Ana"), Server::new());
    let orders = [ana.begin(), ana.begin()];
    assert!(ana.replica.pull_request().known.is_empty(), "nothing was acknowledged yet");
    ana.push(&mut server);
    let request = ana.replica.pull_request();
    let heads: Vec<String> = orders
        .iter()
        .flat_map(|id| document::heads(&document::load(&server.documents[id]).unwrap()))
        .collect();
    assert_eq!((request.cursor.as_deref(), &request.known), (None, &heads));

    let pulled = server.pull(&request);
    assert!(pulled.documents.is_empty());
    ana.hear_pull(PullResponse { more: true, ..pulled.clone() });
    assert_eq!(ana.replica.pull_request().known, heads, "there is more");
    ana.hear_pull(pulled);
    assert!(ana.replica.pull_request().known.is_empty());
}

#[test]
fn what_another_tablet_did_meanwhile_is_sent_and_merged() {
    let (mut ana, mut ben, mut server) = (Tablet::new("Ana"), Tablet::new("Ben"), Server::new());
    let order = ana.begin();
    ana.sync(&mut server);
    ben.sync(&mut server);
    ana.add(order, "a", "flour", "1");
    ben.add(order, "b", "sugar", "1");
    ana.push(&mut server);
    ben.push(&mut server);
    // The answer to Ben's push gave him all of it. Ana's state is no longer the server's state.
    assert!(server.pull(&ben.replica.pull_request()).documents.is_empty());
    assert_eq!(server.pull(&ana.replica.pull_request()).documents.len(), 1);
    ana.pull(&server);
    ben.pull(&server);
    assert_eq!(ana.lines(order), ["a", "b"]);
    assert_eq!(ben.lines(order), ["a", "b"]);
}

#[test]
fn a_page_that_was_loaded_again_names_nothing_and_is_sent_it_once_more() {
    let (mut ana, mut server) = (Tablet::new("Ana"), Server::new());
    let order = ana.begin();
    ana.sync(&mut server);
    ana.add(order, "a", "flour", "1");
    ana.push(&mut server);
    ana.reload();
    let request = ana.replica.pull_request();
    assert!(request.cursor.is_some() && request.known.is_empty());
    assert_eq!(server.pull(&request).documents.len(), 1);
    ana.pull(&server);
    assert_eq!(ana.lines(order), ["a"]);
}

#[test]
fn a_push_whose_answer_was_lost_is_not_named_and_its_outbox_is_cleared_by_the_pull() {
    let (mut ana, mut server) = (Tablet::new("Ana"), Server::new());
    ana.begin();
    let push = ana.request().unwrap();
    let answer = server.push(&ana, push);
    assert!(matches!(answer.documents[0].outcome, DocumentOutcome::Accepted { .. }));
    assert!(ana.replica.pull_request().known.is_empty());
    ana.pull(&server);
    assert_eq!(ana.replica.unsent().count(), 0);
}

#[test]
fn a_tablet_that_starts_over_names_all_but_what_it_cannot_read() {
    let (mut ana, mut server) = (Tablet::new("Ana"), Server::new());
    let orders = [ana.begin(), ana.begin(), ana.begin()];
    ana.sync(&mut server);
    ana.damage(orders[1]);
    ana.reload();
    let request = ana.replica.pull_request();
    assert_eq!((request.cursor.as_deref(), request.known.len()), (Some("w"), 2));
    let sent: Vec<_> = server.pull(&request).documents.iter().map(|pulled| pulled.id).collect();
    assert_eq!(sent, [orders[1]]);
    ana.pull(&server);
    assert_eq!(ana.replica.orders().count(), 3);
}

#[test]
fn no_more_is_named_than_a_pull_may_name() {
    let (mut ana, mut server) = (Tablet::new("Ana"), Server::new());
    for _ in 0..=PULL_KNOWN {
        ana.begin();
    }
    ana.push(&mut server);
    let request = ana.replica.pull_request();
    assert_eq!(request.known.len(), PULL_KNOWN);
    assert_eq!(server.pull(&request).documents.len(), 1, "what is not named is sent");
    const { assert!(PULL_KNOWN >= PULL_DOCUMENTS) };
}
