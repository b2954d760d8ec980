use super::world::{Server, Tablet};
use crate::document;
use crate::ids::DocumentId;
use crate::order::{OrderStage, OrderState};
use crate::sample::builder::{decimal, id};
use crate::sync::{Batch, Rounds, Step, SyncNotice, merge_offered};
use crate::wire::{
    Blob, DocumentAnswer, DocumentOutcome, DocumentPush, PushRefusal, PushRefusalCode, PushResponse,
};

/// A copy of the server's database, under another name.
fn copy_of(server: &Server, incarnation: &'static str) -> Server {
    Server { documents: server.documents.clone(), incarnation, ..Server::new() }
}

/// The server's answer to an offer, with this code: it keeps the offer, or has no room for it.
fn offered(server: &Server, offer: &[DocumentPush], code: PushRefusalCode) -> PushResponse {
    let refusal = PushRefusal { change: None, code, message: "as it is".to_owned() };
    let outcome = || DocumentOutcome::Refused { refusals: vec![refusal.clone()], document: None };
    let documents = offer.iter().map(|push| DocumentAnswer { id: push.id, outcome: outcome() });
    PushResponse { incarnation: server.incarnation.to_owned(), documents: documents.collect() }
}

/// Runs a round to its end, and returns what was offered in it.
fn round(tablet: &mut Tablet, server: &mut Server) -> Vec<DocumentPush> {
    round_with(tablet, server, PushRefusalCode::Offered)
}

/// Runs a round to its end with a server that answers offers with this code. Returns what was
/// offered.
fn round_with(
    tablet: &mut Tablet,
    server: &mut Server,
    code: PushRefusalCode,
) -> Vec<DocumentPush> {
    let mut rounds = Rounds::default();
    let mut all = Vec::new();
    for _ in 0..30 {
        match rounds.next(&tablet.replica, "1").unwrap() {
            Step::Push(push) => {
                let answer = server.push(tablet, push);
                rounds.on_pushed(&answer);
                tablet.hear(answer);
            }
            Step::Offer(offer) => {
                let answer = offered(server, &offer.documents, code);
                all.extend(offer.documents);
                rounds.on_pushed(&answer);
                tablet.hear(answer);
            }
            Step::Pull(pull) => {
                let answer = server.pull(&pull);
                let more = answer.more;
                tablet.hear_pull(answer);
                rounds.on_pulled(more, None, None);
            }
            Step::FetchRelease => rounds.on_release(),
            Step::TakeOver => tablet.take_over(),
            Step::Rest => return all,
        }
    }
    panic!("a round without end");
}

fn take_up(
    server: &mut Server,
    tablet: &Tablet,
    push: &DocumentPush,
) -> Result<(), Vec<PushRefusal>> {
    let stored = server.documents.get(&push.id).map(Vec::as_slice);
    let batch = Batch {
        document: push.id,
        kind: push.kind,
        device: tablet.replica.device(),
        site: &server.site,
        stored,
        changes: &push.changes.0,
    };
    let taken = merge_offered(batch)?.seal()?;
    server.documents.insert(push.id, taken.bytes);
    Ok(())
}

fn told(tablet: &Tablet) -> Vec<(usize, usize)> {
    let told = tablet.notices.iter().filter_map(|notice| match notice {
        SyncNotice::ServerRestored { again, offered } => Some((*again, *offered)),
        _ => None,
    });
    told.collect()
}

fn ids(offers: &[DocumentPush]) -> Vec<DocumentId> {
    offers.iter().map(|offer| offer.id).collect()
}

#[test]
fn what_a_tablet_wrote_alone_is_sent_again_and_an_answered_order_is_offered_and_taken_up_as_it_was()
{
    let (mut ana, mut server) = (Tablet::new("Ana"), Server::new());
    let kept = ana.begin();
    round(&mut ana, &mut server);
    let mut copy = copy_of(&server, "v");
    let (own, ordered) = (ana.begin(), ana.begin());
    ana.add(own, "a", "flour", "12");
    ana.add(ordered, "b", "flour", "12");
    ana.submit(ordered, &server.catalogue);
    ana.add(kept, "c", "sugar", "5");
    round(&mut ana, &mut server);
    let accepted = ana.order(ordered).clone();
    assert_eq!(accepted.stage(), OrderStage::Accepted);

    let offers = round(&mut ana, &mut copy);
    assert_eq!((told(&ana), ids(&offers)), (vec![(2, 1)], vec![ordered]));
    assert_eq!(
        (copy.order(own), copy.order(kept)),
        (ana.order(own).clone(), ana.order(kept).clone())
    );
    assert!(
        !copy.documents.contains_key(&ordered),
        "nobody takes the server's answer from a tablet"
    );
    assert!(round(&mut ana, &mut copy).is_empty(), "offered once");
    ana.reload();
    assert!(round(&mut ana, &mut copy).is_empty(), "also by a page that was loaded again");
    assert_eq!(*ana.order(ordered), accepted, "and it stays on the tablet");

    take_up(&mut copy, &ana, &offers[0]).unwrap();
    assert_eq!(copy.order(ordered), accepted);
    round(&mut ana, &mut copy);
    assert!(ana.replica.held_back(ordered).is_empty());
    assert_eq!((told(&ana).len(), ana.replica.unsent().count()), (1, 0));
}

#[test]
fn a_page_that_is_closed_while_it_compares_begins_once_more() {
    let (mut ana, mut server) = (Tablet::new("Ana"), Server::new());
    let order = ana.begin();
    round(&mut ana, &mut server);
    let mut empty = Server { incarnation: "v", ..Server::new() };
    ana.pull(&empty);
    assert!(ana.request().is_none(), "nobody knows yet what is lacking");
    ana.reload();
    round(&mut ana, &mut empty);
    assert_eq!((told(&ana), empty.documents.len()), (vec![(1, 0)], 1));
    assert_eq!(empty.order(order), *ana.order(order));
}

#[test]
fn an_answer_of_the_former_database_that_comes_late_says_nothing_of_this_one() {
    let (mut ana, mut server) = (Tablet::new("Ana"), Server::new());
    let order = ana.begin();
    let push = ana.request().unwrap();
    let late = server.push(&ana, push);
    let late_pull = server.pull(&ana.replica.pull_request());
    ana.pull(&server);
    let mut empty = Server { incarnation: "v", ..Server::new() };
    ana.pull(&empty);
    ana.hear(late);
    ana.hear_pull(late_pull.clone());
    round(&mut ana, &mut empty);
    assert!(empty.documents.contains_key(&order), "sent again");
    ana.hear_pull(late_pull);
    round(&mut ana, &mut empty);
    assert_eq!((empty.order(order), ana.replica.unsent().count()), (ana.order(order).clone(), 0));
}

#[test]
fn a_server_that_lacks_what_it_acknowledged_without_saying_so_is_found_out_by_the_next_edit() {
    let (mut ana, mut ben, mut server) = (Tablet::new("Ana"), Tablet::new("Ben"), Server::new());
    let mut copy = copy_of(&server, "w");
    let (order, other) = (ana.begin(), ana.begin());
    ana.add(other, "c", "flour", "12");
    round(&mut ana, &mut server);
    round(&mut ben, &mut server);
    ben.add(order, "b", "sugar", "5");
    round(&mut ben, &mut server);
    round(&mut ana, &mut server);
    ana.add(order, "a", "flour", "12");
    let offers = round(&mut ana, &mut copy);
    assert_eq!(told(&ana), [(1, 1)]);
    assert_eq!(ids(&offers), [order], "both wrote into it");
    assert_eq!(copy.order(other), *ana.order(other), "nobody had written into it since");
    take_up(&mut copy, &ana, &offers[0]).unwrap();
    round(&mut ana, &mut copy);
    assert_eq!(ana.lines(order), ["a", "b"]);
    assert_eq!(ana.replica.unsent().count(), 0);
}

#[test]
fn an_order_that_was_answered_otherwise_since_is_offered_and_gives_way() {
    let (mut ana, mut ben, mut server) = (Tablet::new("Ana"), Tablet::new("Ben"), Server::new());
    let order = ana.begin();
    ana.add(order, "a", "flour", "12");
    for tablet in [&mut ana, &mut ben] {
        round(tablet, &mut server);
    }
    let mut copy = copy_of(&server, "v");
    ana.submit(order, &server.catalogue);
    round(&mut ana, &mut server);
    let lost = ana.order(order).clone();
    // Ben was offline all the time, and submits the order, too.
    ben.submit(order, &server.catalogue);
    round(&mut ben, &mut copy);
    assert_eq!(ben.order(order).stage(), OrderStage::Accepted);

    let offers = round(&mut ana, &mut copy);
    assert_eq!(ids(&offers), [order]);
    assert!(
        take_up(&mut copy, &ana, &offers[0]).is_err(),
        "people see both, and settle it with the supplier"
    );
    assert_eq!(ana.order(order), ben.order(order));
    assert_ne!(*ana.order(order), lost);
    let mut before = document::genesis::begin(offers[0].kind).unwrap();
    before.load_incremental(&offers[0].changes.0).unwrap();
    assert_eq!(document::read_order(order, &before).0, Some(lost), "whole");
}

#[test]
fn what_is_offered_is_bounded_and_of_the_tablets_site() {
    let (mut ana, server) = (Tablet::new("Ana"), Server::new());
    let order = ana.begin();
    let push = ana.request().unwrap().documents.remove(0);
    let elsewhere = "harbour".parse().unwrap();
    let batch = |changes, site| Batch {
        document: order,
        kind: push.kind,
        device: ana.replica.device(),
        site,
        stored: None,
        changes,
    };
    let code = |refused: Result<_, Vec<PushRefusal>>| refused.map(drop).unwrap_err()[0].code;
    assert_eq!(
        code(merge_offered(batch(&push.changes.0, &elsewhere))),
        PushRefusalCode::WrongDocument
    );
    assert_eq!(code(merge_offered(batch(b"garbage", &server.site))), PushRefusalCode::Malformed);
    let large = Blob(vec![0; crate::limits::PUSH_DOCUMENT_BYTES + 1]);
    assert_eq!(code(merge_offered(batch(&large.0, &server.site))), PushRefusalCode::TooLarge);
    assert!(merge_offered(batch(&push.changes.0, &server.site)).is_ok());
}

#[test]
fn what_head_office_has_no_room_for_is_told_once_and_offered_again_until_it_is_kept() {
    let (mut ana, mut server) = (Tablet::new("Ana"), Server::new());
    let mut copy = copy_of(&server, "v");
    let ordered = ana.begin();
    ana.add(ordered, "a", "flour", "12");
    ana.submit(ordered, &server.catalogue);
    round(&mut ana, &mut server);
    let accepted = ana.order(ordered).clone();
    let told = |ana: &Tablet| {
        let held = |notice: &&SyncNotice| matches!(notice, SyncNotice::HeldBack { .. });
        ana.notices.iter().filter(held).count()
    };
    for attempt in 0..3 {
        let offers = round_with(&mut ana, &mut copy, PushRefusalCode::TooManyOffers);
        assert_eq!(ids(&offers), [ordered], "once in round {attempt}, and the round ends");
        assert_eq!((told(&ana), ana.order(ordered)), (1, &accepted));
        assert_eq!(ana.replica.held_back(ordered)[0].code, PushRefusalCode::TooManyOffers);
        ana.reload();
    }
    let own = ana.begin();
    round_with(&mut ana, &mut copy, PushRefusalCode::TooManyOffers);
    assert!(copy.documents.contains_key(&own), "what is not lost goes up meanwhile");
    let offers = round(&mut ana, &mut copy);
    assert_eq!((ids(&offers), told(&ana)), (vec![ordered], 2));
    assert!(round(&mut ana, &mut copy).is_empty(), "it is kept");
    take_up(&mut copy, &ana, &offers[0]).unwrap();
    round(&mut ana, &mut copy);
    assert_eq!((copy.order(ordered), ana.replica.held_back(ordered).len()), (accepted, 0));
}

#[test]
fn what_was_set_on_a_lost_order_of_others_is_kept_when_its_copy_is_damaged() {
    let (mut ana, mut ben, mut server) = (Tablet::new("Ana"), Tablet::new("Ben"), Server::new());
    let mut copy = copy_of(&server, "v");
    let order = ben.begin();
    ben.add(order, "b", "sugar", "5");
    for tablet in [&mut ben, &mut ana] {
        round(tablet, &mut server);
    }
    let offers = round(&mut ana, &mut copy);
    assert_eq!(ids(&offers), [order]);
    ana.set(order, "b", "10");
    ana.damage(order);
    ana.reload();
    take_up(&mut copy, &ana, &offers[0]).unwrap();
    round(&mut ana, &mut copy);
    let quantity = |order: &OrderState| order.lines[&id("b")].quantity.value;
    assert_eq!((quantity(&copy.order(order)), ana.replica.unsent().count()), (decimal("10"), 0));
}
