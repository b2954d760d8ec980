use proptest::prelude::*;

use super::world::{Server, Tablet, by_rule, line, not_applied};
use crate::document;
use crate::order::accept::{LockedField, Reason};
use crate::order::{Command, ConflictAt, OrderRefusal, OrderStage, ServerStatus};
use crate::sample::builder::{decimal, id};
use crate::sync::SyncNotice;

/// Ana and Ben at one site, who both have one draft with one line.
fn two_tablets() -> (Tablet, Tablet, Server, crate::ids::DocumentId) {
    let (mut ana, mut ben, mut server) = (Tablet::new("Ana"), Tablet::new("Ben"), Server::new());
    let draft = ana.begin();
    ana.add(draft, "l1", "flour", "2");
    ana.sync(&mut server);
    ben.pull(&server);
    (ana, ben, server, draft)
}

/// The same, after each set the quantity of that line, 12 and 8, without knowing of the other.
fn two_tablets_in_conflict() -> (Tablet, Tablet, Server, crate::ids::DocumentId) {
    let (mut ana, mut ben, mut server, draft) = two_tablets();
    ana.set(draft, "l1", "12");
    ben.set(draft, "l1", "8");
    ana.sync(&mut server);
    ben.sync(&mut server);
    ana.pull(&server);
    (ana, ben, server, draft)
}

#[test]
fn case_01_lines_that_two_tablets_added_offline_both_survive() {
    let (mut ana, mut ben, mut server, draft) = two_tablets();
    ana.add(draft, "ana-1", "sugar", "1");
    ben.add(draft, "ben-1", "milk", "3");
    ben.set(draft, "l1", "5");
    for _ in 0..2 {
        ana.sync(&mut server);
        ben.sync(&mut server);
    }
    ana.pull(&server);
    assert_eq!(ana.lines(draft), ["ana-1", "ben-1", "l1"]);
    assert_eq!(ana.order(draft), ben.order(draft));
    assert_eq!(ana.order(draft), &server.order(draft));
    assert_eq!(ana.order(draft).lines[&line("l1")].quantity.value, decimal("5"));
    assert!(ana.notices.is_empty() && ben.notices.is_empty());
}

#[test]
fn case_02_an_order_survives_a_reload_before_it_was_sent_and_arrives_once() {
    let (mut ana, mut server) = (Tablet::new("Ana"), Server::new());
    let draft = ana.begin();
    ana.add(draft, "l1", "flour", "2");
    ana.submit(draft, &server.catalogue);
    ana.reload();
    assert_eq!(ana.replica.unsent().count(), 3);
    ana.sync(&mut server);
    let order = ana.order(draft);
    assert_eq!(order.stage(), OrderStage::Accepted);
    assert_eq!(order.server.purchase_orders.len(), 1);
    assert_eq!(order.server.purchase_orders[0].total.to_string(), "41.50 EUR");
    assert_eq!(ana.replica.unsent().count(), 0);
    assert!(ana.request().is_none());
}

#[test]
fn case_03_a_header_without_lines_or_lines_without_header_never_arrive_as_an_order() {
    let (mut ana, mut server) = (Tablet::new("Ana"), Server::new());
    let draft = ana.begin();
    ana.add(draft, "l1", "flour", "2");
    let mut request = ana.request().unwrap();
    // The first of the two changes gets lost on the way.
    let document = document::load(&ana.replica.documents[&draft].document.save()).unwrap();
    let created = document.get_changes(&[]).into_iter().nth(1).unwrap();
    request.documents[0].changes.0.drain(..created.raw_bytes().len());
    server.push(&ana, request);
    assert!(server.documents.is_empty(), "lines without a header were kept");

    ana.push(&mut server);
    assert_eq!(server.order(draft).lines.len(), 1);
    let refused =
        ana.attempt(draft, Command::Submit { locked_prices: std::collections::BTreeMap::new() });
    assert_eq!(refused, Err(by_rule(OrderRefusal::LineNotLocked { line: line("l1") })));
}

#[test]
fn case_04_repeated_pushes_lost_replies_and_reloads_duplicate_nothing() {
    let (mut ana, mut server) = (Tablet::new("Ana"), Server::new());
    let draft = ana.begin();
    ana.add(draft, "l1", "flour", "2");
    let request = ana.request().unwrap();
    let lost = server.push(&ana, request.clone());
    assert_eq!(server.new_changes, 2);
    ana.reload();
    ana.set(draft, "l1", "3");
    ana.push(&mut server);
    assert_eq!(server.new_changes, 3, "what was sent twice counts once");
    server.push(&ana, request);
    ana.hear(lost);
    ana.reload();
    ana.sync(&mut server);
    assert_eq!(server.new_changes, 3);
    assert_eq!(ana.lines(draft), ["l1"]);
    assert_eq!(ana.order(draft).lines[&line("l1")].quantity.value, decimal("3"));
    assert_eq!(ana.replica.unsent().count(), 0);
}

#[test]
fn a_repeated_intent_counts_once() {
    let mut ana = Tablet::new("Ana");
    let draft = ana.begin();
    let add =
        Command::AddLine { line: id("l1"), item: id("flour"), quantity: decimal("2"), unit: None };
    let intent = ana.intent(draft, add);
    assert!(!ana.replica.dispatch(intent.clone()).unwrap().is_empty());
    assert!(ana.replica.dispatch(intent).unwrap().is_empty());
    assert_eq!(ana.replica.unsent().count(), 2);
}

#[test]
fn case_05_a_conflict_is_shown_with_who_and_when_blocks_submission_and_is_settled_by_a_choice() {
    let (mut ana, mut ben, mut server, draft) = two_tablets_in_conflict();
    let quantity = &ana.order(draft).lines[&line("l1")].quantity;
    let shown: Vec<_> =
        quantity.conflicts.iter().map(|one| (one.by.as_str(), one.value, one.at)).collect();
    let (at_ana, at_ben) = (ana.clock, ben.clock);
    let mut expected = vec![("Ana", decimal("12"), at_ana), ("Ben", decimal("8"), at_ben)];
    expected.sort_by_key(|(_, _, at)| *at);
    assert_eq!(shown, expected);
    let refused =
        ana.attempt(draft, Command::Submit { locked_prices: std::collections::BTreeMap::new() });
    assert_eq!(
        refused,
        Err(by_rule(OrderRefusal::OpenConflict { at: ConflictAt::Quantity(line("l1")) }))
    );

    ana.set(draft, "l1", "8");
    assert!(ana.order(draft).conflicts().is_empty());
    ana.sync(&mut server);
    ben.pull(&server);
    assert!(ben.order(draft).conflicts().is_empty());
    ana.submit(draft, &server.catalogue);
    ana.sync(&mut server);
    assert_eq!(server.order(draft).stage(), OrderStage::Accepted);
}

#[test]
fn two_people_who_settle_a_conflict_differently_see_a_conflict_again() {
    let (mut ana, mut ben, mut server, draft) = two_tablets_in_conflict();
    ana.set(draft, "l1", "12");
    ben.set(draft, "l1", "8");
    assert!(ana.order(draft).conflicts().is_empty() && ben.order(draft).conflicts().is_empty());
    ana.sync(&mut server);
    ben.sync(&mut server);
    assert_eq!(ben.order(draft).conflicts(), [ConflictAt::Quantity(line("l1"))]);
}

#[test]
fn a_removal_and_a_concurrent_edit_are_a_conflict_not_a_loss() {
    let (mut ana, mut ben, mut server, draft) = two_tablets();
    ana.set(draft, "l1", "0");
    ben.set(draft, "l1", "4");
    ana.sync(&mut server);
    ben.sync(&mut server);
    assert_eq!(ben.lines(draft), ["l1"]);
    assert_eq!(ben.order(draft).conflicts(), [ConflictAt::Quantity(line("l1"))]);
}

#[test]
fn a_note_that_one_tablet_empties_and_another_writes_is_settled_either_way() {
    for choice in ["", "ring twice"] {
        let (mut ana, mut ben, mut server, draft) = two_tablets();
        let note = |note: &str| Command::SetNote { note: note.to_owned() };
        ana.attempt(draft, note("ring once")).unwrap();
        ana.sync(&mut server);
        ben.pull(&server);
        ana.attempt(draft, note("")).unwrap();
        ben.attempt(draft, note("ring twice")).unwrap();
        ana.sync(&mut server);
        ben.sync(&mut server);
        assert_eq!(ben.order(draft).conflicts(), [ConflictAt::Note]);
        ben.attempt(draft, note(choice)).unwrap();
        ben.sync(&mut server);
        assert!(ben.notices.is_empty(), "{:?}", ben.notices);
        assert_eq!(server.order(draft).note, crate::order::Register::settled(choice.to_owned()));
    }
}

#[test]
fn two_tablets_that_write_the_same_value_agree() {
    let (mut ana, mut ben, mut server, draft) = two_tablets();
    ana.set(draft, "l1", "4");
    ben.set(draft, "l1", "4.0");
    ana.sync(&mut server);
    ben.sync(&mut server);
    assert!(ben.order(draft).conflicts().is_empty());
}

#[test]
fn a_submitted_order_is_frozen() {
    let (mut ana, _, mut server, draft) = two_tablets();
    ana.submit(draft, &server.catalogue);
    let set = Command::SetQuantity { line: id("l1"), quantity: decimal("1") };
    assert_eq!(ana.attempt(draft, set.clone()), Err(by_rule(OrderRefusal::OrderAlreadySubmitted)));
    ana.sync(&mut server);
    assert_eq!(ana.attempt(draft, set), Err(by_rule(OrderRefusal::OrderAlreadyAccepted)));
}

#[test]
fn case_04_a_tablet_restored_from_a_backup_does_not_order_its_late_lines_twice() {
    let (mut ana, mut ben, mut server, draft) = two_tablets();
    ana.submit(draft, &server.catalogue);
    ana.sync(&mut server);
    ben.add(draft, "late", "milk", "3");
    let before_the_quantity = ben.backup();
    ben.set(draft, "late", "4");
    let before_the_move = ben.backup();
    ben.sync(&mut server);
    let moved_to = |tablet: &Tablet| {
        let moves = tablet.notices.iter().filter_map(|notice| match notice {
            SyncNotice::MovedToNewDraft { to, .. } => Some(*to),
            _ => None,
        });
        moves.collect::<std::collections::BTreeSet<_>>()
    };
    let [to] = moved_to(&ben).into_iter().collect::<Vec<_>>()[..] else {
        panic!("{:?}", ben.notices)
    };
    let quantity = |server: &Server| server.order(to).lines[&line("late")].quantity.value;

    ben.put_back(before_the_move.clone());
    ben.sync(&mut server);
    assert_eq!((quantity(&server), server.order(to).lines.len()), (decimal("4"), 1));

    ben.submit(to, &server.catalogue);
    ben.sync(&mut server);
    assert_eq!(server.order(to).stage(), OrderStage::Accepted);
    for backup in [before_the_move, before_the_quantity] {
        ben.put_back(backup);
        ben.sync(&mut server);
        ben.sync(&mut server);
        assert_eq!(moved_to(&ben), [to].into(), "the line went to one order only");
        assert_eq!(ben.order(to), &server.order(to));
        assert_eq!(quantity(&server), decimal("4"));
        assert_eq!(ben.replica.unsent().count(), 0);
    }

    // The person changes the quantity once more after the restore. It does not count in silence.
    let (mut ana, mut ben, mut server, draft) = two_tablets();
    ana.submit(draft, &server.catalogue);
    ana.sync(&mut server);
    ben.add(draft, "late", "milk", "3");
    let backup = ben.backup();
    ben.sync(&mut server);
    let [to] = moved_to(&ben).into_iter().collect::<Vec<_>>()[..] else { panic!() };
    ben.submit(to, &server.catalogue);
    ben.sync(&mut server);
    ben.put_back(backup);
    ben.set(draft, "late", "7");
    ben.notices.clear();
    ben.sync(&mut server);
    ben.sync(&mut server);
    assert_eq!(server.order(to).lines[&line("late")].quantity.value, decimal("3"));
    let told = not_applied(&ben.notices);
    let is_told = |(command, _): &(&Command, _)| matches!(command, Command::SetQuantity { .. });
    assert!(told.iter().any(is_told), "{:?}", ben.notices);
}

#[test]
fn late_lines_of_one_person_share_a_draft_and_those_of_another_person_do_not() {
    let (mut ana, mut ben, mut server, draft) = two_tablets();
    ana.submit(draft, &server.catalogue);
    ana.push(&mut server);
    ben.add(draft, "first", "milk", "3");
    ben.name = "Cleo".to_owned();
    ben.add(draft, "of cleo", "milk", "3");
    ben.name = "Ben".to_owned();
    ben.add(draft, "second", "sugar", "3");
    ben.sync(&mut server);
    let mut by_person: Vec<(String, Vec<String>)> = ben
        .replica
        .orders()
        .filter(|order| order.stage() == OrderStage::Draft)
        .map(|order| (order.created_by.clone(), ben.lines(order.document)))
        .collect();
    by_person.sort();
    assert_eq!(
        by_person,
        [
            ("Ben".to_owned(), vec!["first".to_owned(), "second".to_owned()]),
            ("Cleo".to_owned(), vec!["of cleo".to_owned()])
        ]
    );
}

#[test]
fn a_line_added_after_acceptance_moves_to_a_new_draft_with_a_notice() {
    let (mut ana, mut ben, mut server, draft) = two_tablets();
    ana.submit(draft, &server.catalogue);
    ana.sync(&mut server);
    ben.add(draft, "late", "milk", "3");
    ben.set(draft, "late", "4");
    ben.add(draft, "regretted", "sugar", "3");
    ben.set(draft, "regretted", "0");
    ben.set(draft, "l1", "9");
    ben.push(&mut server);

    assert_eq!(server.order(draft).lines.len(), 1, "nothing was slipped in");
    assert_eq!(ben.order(draft), &server.order(draft));
    let [SyncNotice::NotApplied(_), SyncNotice::MovedToNewDraft { from, to, lines }] =
        ben.notices.as_slice()
    else {
        panic!("{:?}", ben.notices)
    };
    let set = Command::SetQuantity { line: id("l1"), quantity: decimal("9") };
    assert_eq!(not_applied(&ben.notices), [(&set, &OrderRefusal::OrderAlreadyAccepted)]);
    assert_eq!((from, lines.as_slice()), (&draft, &[line("late")][..]));
    let moved = server.order(*to);
    assert_eq!(moved.stage(), OrderStage::Draft);
    assert_eq!(moved.lines[&line("late")].quantity.value, decimal("4"));
    assert_eq!(moved.lines[&line("late")].added_by, "Ben");
    ben.reload();
    assert_eq!(ben.replica.unsent().count(), 0);
}

#[test]
fn a_late_line_moves_also_when_the_push_before_was_refused_for_another_reason() {
    let (mut ana, mut ben, mut server, draft) = two_tablets();
    ben.add(draft, "late", "milk", "3");
    server.site = id("hospital");
    let refused = server.push(&ben, ben.request().unwrap());
    server.site = id("school");
    ben.hear(refused);
    ana.submit(draft, &server.catalogue);
    ana.sync(&mut server);
    ben.sync(&mut server);
    let [SyncNotice::MovedToNewDraft { to, .. }] = ben.notices.as_slice() else {
        panic!("{:?}", ben.notices)
    };
    assert_eq!(server.order(*to).lines[&line("late")].quantity.value, decimal("3"));
    assert_eq!(ben.replica.unsent().count(), 0);
}

#[test]
fn a_line_that_the_submitter_had_not_seen_makes_the_answer_say_so_and_a_second_submission_takes_it_in()
 {
    let (mut ana, mut ben, mut server, draft) = two_tablets();
    ben.add(draft, "unseen", "milk", "3");
    ben.sync(&mut server);
    ana.submit(draft, &server.catalogue);
    ana.sync(&mut server);
    let Some(ServerStatus::Refused { reasons, .. }) = &ana.order(draft).server.status else {
        panic!()
    };
    let expected = Reason::LineNotLocked {
        line: line("unseen"),
        item: id("milk"),
        added_by: "Ben".to_owned(),
    };
    assert_eq!(reasons, &[expected]);
    assert_eq!(ana.order(draft).stage(), OrderStage::Refused);
    ana.submit(draft, &server.catalogue);
    ana.sync(&mut server);
    assert_eq!(ana.order(draft).stage(), OrderStage::Accepted);
    assert_eq!(ana.order(draft).server.purchase_orders.len(), 2);
}

#[test]
fn of_two_submissions_the_one_that_came_too_late_is_told_only_if_other_goods_were_ordered() {
    for (bens, is_told) in [("8", true), ("2", false)] {
        let (mut ana, mut ben, mut server, draft) = two_tablets();
        if is_told {
            ben.set(draft, "l1", bens);
        }
        ben.submit(draft, &server.catalogue);
        ana.submit(draft, &server.catalogue);
        ben.sync(&mut server);
        assert_eq!(ben.order(draft).stage(), OrderStage::Accepted);
        ana.sync(&mut server);
        assert_eq!(ana.order(draft).stage(), OrderStage::Accepted);
        let told = not_applied(&ana.notices);
        assert_eq!(told.len(), usize::from(is_told), "{bens}: {told:?}");
        if let [(command, refusal)] = told.as_slice() {
            assert!(matches!(command, Command::Submit { .. }), "{command:?}");
            assert_eq!(**refusal, OrderRefusal::OrderAlreadyAccepted);
        }
        assert_eq!(ana.replica.unsent().count(), 0);
    }
}

#[test]
fn a_line_that_another_tablet_removed_or_changed_before_a_submission_arrived_is_named() {
    for now in ["0", "9"] {
        let (mut ana, mut ben, mut server, draft) = two_tablets();
        ben.set(draft, "l1", now);
        ana.submit(draft, &server.catalogue);
        let sent = ana.order(draft).lines[&line("l1")].locked.as_ref().unwrap().quantity;
        ben.sync(&mut server);
        ana.sync(&mut server);
        let Some(ServerStatus::Refused { reasons, .. }) = &ana.order(draft).server.status else {
            panic!("{now}: {:?}", ana.order(draft).server.status)
        };
        let item = ana.order(draft).lines[&line("l1")].item.clone();
        let expected = Reason::LineChanged { line: line("l1"), item, sent, now: decimal(now) };
        assert!(reasons.contains(&expected), "{now}: {reasons:?}");
        assert_eq!(ana.order(draft).stage(), OrderStage::Refused, "{now}: people can mend it");
    }
}

#[test]
fn case_14_a_price_that_the_release_does_not_have_waits_by_name() {
    let (mut ana, _, mut server, draft) = two_tablets();
    let basket = crate::order::basket::basket(
        ana.order(draft),
        &server.catalogue,
        super::world::resolved_for(),
    );
    let mut locked_prices = basket.locked_prices().unwrap();
    locked_prices.get_mut(&line("l1")).unwrap().unit_price = decimal("0.01");
    ana.attempt(draft, Command::Submit { locked_prices }).unwrap();
    ana.sync(&mut server);
    let Some(ServerStatus::OnHold { exceptions: reasons, .. }) = &ana.order(draft).server.status
    else {
        panic!()
    };
    assert!(
        matches!(reasons.as_slice(), [Reason::Differs { field: LockedField::UnitPrice, .. }]),
        "{reasons:?}"
    );
}

#[test]
fn case_20_a_damaged_document_is_told_and_heals_from_server_and_outbox() {
    let (mut ana, _, mut server, draft) = two_tablets();
    ana.add(draft, "unsent", "milk", "3");
    ana.damage(draft);
    ana.reload();
    assert!(matches!(ana.notices.as_slice(), [SyncNotice::Unreadable { .. }]));
    assert_eq!(ana.replica.cursor(), Some("w"), "from the beginning");
    assert_eq!(ana.replica.pull_request().wanted, [draft], "also when nobody else wants it");
    ana.pull(&server);
    assert_eq!(ana.replica.pull_request().wanted, [draft], "something is unsent");
    assert_eq!(ana.lines(draft), ["l1", "unsent"]);
    ana.push(&mut server);
    assert!(ana.replica.pull_request().wanted.is_empty());
    assert_eq!(server.order(draft).lines.len(), 2);
}

#[test]
fn case_20_a_damaged_order_that_the_server_never_saw_heals_from_the_outbox() {
    let (mut ana, mut server) = (Tablet::new("Ana"), Server::new());
    let draft = ana.begin();
    ana.add(draft, "l1", "flour", "2");
    ana.set(draft, "l1", "7");
    ana.damage(draft);
    ana.reload();
    assert!(matches!(ana.notices.as_slice(), [SyncNotice::Unreadable { .. }]));
    assert_eq!(ana.lines(draft), ["l1"]);
    ana.sync(&mut server);
    assert_eq!(server.order(draft).lines[&line("l1")].quantity.value, decimal("7"));
    assert_eq!(ana.replica.unsent().count(), 0);
}

#[test]
fn case_04_a_late_copy_of_a_push_whose_intents_were_applied_again_counts_once() {
    let (mut ana, _, mut server, draft) = two_tablets();
    ana.set(draft, "l1", "5");
    let late = ana.request().unwrap();
    // The server refuses it at first and sends its copy. The intent is applied again to that copy,
    // as another change.
    server.site = id("hospital");
    let refused = server.push(&ana, ana.request().unwrap());
    ana.hear(refused);
    server.site = id("school");
    ana.push(&mut server);
    let taken = server.documents.clone();
    server.push(&ana, late);
    assert_eq!(server.documents, taken);
}

#[test]
fn case_05_after_a_refusal_a_quantity_and_a_note_that_somebody_else_changed_are_told_and_not_overwritten()
 {
    let (mut ana, mut ben, mut server, draft) = two_tablets();
    let note = |note: &str| Command::SetNote { note: note.to_owned() };
    ben.set(draft, "l1", "8");
    ben.attempt(draft, note("at the gate")).unwrap();
    ben.sync(&mut server);
    ana.set(draft, "l1", "12");
    ana.attempt(draft, note("in the yard")).unwrap();
    server.site = id("hospital");
    let refused = server.push(&ana, ana.request().unwrap());
    server.site = id("school");
    ana.hear(refused);
    ana.sync(&mut server);
    let quantity = Command::SetQuantity { line: line("l1"), quantity: decimal("12") };
    let changed = OrderRefusal::ChangedMeanwhile { line: line("l1") };
    assert_eq!(ana.notices.len(), 2, "{:?}", ana.notices);
    assert_eq!(
        not_applied(&ana.notices),
        [(&quantity, &changed), (&note("in the yard"), &OrderRefusal::NoteChangedMeanwhile)]
    );
    assert_eq!(server.order(draft).lines[&line("l1")].quantity.value, decimal("8"));
    assert!(server.order(draft).note.values().eq(["at the gate"]));
}

#[test]
fn documents_that_an_answer_leaves_out_are_sent_again() {
    let (mut ana, mut server) = (Tablet::new("Ana"), Server::new());
    let drafts = [ana.begin(), ana.begin(), ana.begin()];
    let mut pushes = 0;
    while let Some(request) = ana.request() {
        let mut response = server.push(&ana, request);
        response.documents.truncate(1);
        ana.hear(response);
        pushes += 1;
    }
    assert_eq!((pushes, ana.replica.unsent().count()), (drafts.len(), 0));
    assert_eq!(
        (server.documents.len(), server.new_changes),
        (drafts.len(), drafts.len()),
        "nothing counts twice"
    );
    assert!(ana.notices.is_empty(), "{:?}", ana.notices);
}

#[test]
fn another_sites_order_is_held_back_and_stays_on_the_tablet() {
    let (mut ana, mut server) = (Tablet::new("Ana"), Server::new());
    server.site = id("hospital");
    let draft = ana.begin();
    ana.push(&mut server);
    assert!(server.documents.is_empty());
    assert!(matches!(ana.notices.as_slice(), [SyncNotice::HeldBack { .. }]));
    ana.reload();
    assert!(ana.request().is_none());
    assert_eq!(ana.replica.held_back(draft).len(), 1);
    ana.add(draft, "l1", "milk", "1");
    assert!(ana.request().is_some(), "an edit sends it again");
}

#[test]
fn what_was_held_back_goes_out_again_when_a_person_asks_for_it() {
    let (mut ana, mut server) = (Tablet::new("Ana"), Server::new());
    server.site = id("hospital");
    let draft = ana.begin();
    ana.add(draft, "l1", "milk", "1");
    ana.push(&mut server);
    ana.try_again(draft);
    ana.push(&mut server);
    assert_eq!(ana.replica.held_back(draft).len(), 1, "refused once more, and told once more");
    assert_eq!(ana.notices.len(), 2);
    server.site = id("school");
    ana.try_again(draft);
    ana.reload();
    ana.push(&mut server);
    assert_eq!(server.order(draft).lines.len(), 1);
    assert!(ana.replica.try_again(draft).is_empty(), "nothing is held back");
}

#[test]
fn the_largest_order_goes_up_within_the_limits() {
    let (mut ana, mut server) = (Tablet::new("Ana"), Server::new());
    let draft = ana.begin();
    for number in 0..crate::limits::ORDER_LINES {
        ana.add(draft, &format!("line-{number}-with-a-long-name"), "flour", "2");
    }
    ana.submit(draft, &server.catalogue);
    ana.sync(&mut server);
    assert!(ana.notices.is_empty(), "{:?}", ana.notices);
    assert_eq!(ana.order(draft).stage(), OrderStage::Accepted);
    assert_eq!(ana.order(draft).server.purchase_orders[0].total.to_string(), "41500.00 EUR");
    assert!(
        server.documents[&draft].len() < crate::limits::DOCUMENT_BYTES / 4,
        "{}",
        server.documents[&draft].len()
    );
}

/// The next action of one of two tablets.
#[derive(Debug, Clone)]
enum Step {
    Add(bool, u8, u8),
    Set(bool, u8, u8),
    Push(bool),
    LoseReply(bool),
    Pull(bool),
    Reload(bool),
    Submit(bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (any::<bool>(), 0..6_u8, 1..9_u8)
            .prop_map(|(who, line, quantity)| Step::Add(who, line, quantity)),
        (any::<bool>(), 0..6_u8, 0..9_u8)
            .prop_map(|(who, line, quantity)| Step::Set(who, line, quantity)),
        any::<bool>().prop_map(Step::Push),
        any::<bool>().prop_map(Step::LoseReply),
        any::<bool>().prop_map(Step::Pull),
        any::<bool>().prop_map(Step::Reload),
        proptest::bool::weighted(0.5).prop_map(Step::Submit),
    ];
    proptest::collection::vec(step, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_interleaving_of_edits_pushes_lost_replies_and_reloads_ends_equal(steps in steps()) {
        let (mut ana, mut ben, mut server, draft) = two_tablets();
        for step in steps {
            // Reading line by line gives the same state as reading the whole document.
            for tablet in [&ana, &ben] {
                let held = &tablet.replica.documents[&draft];
                prop_assert_eq!(&held.state, &document::read(draft, &held.document).0);
            }
            match step {
                Step::Add(who, number, quantity) => {
                    let tablet = if who { &mut ana } else { &mut ben };
                    let line = id(&format!("{}-{number}", tablet.name));
                    let quantity = decimal(&quantity.to_string());
                    // It is rightly refused when the line already exists or the order is closed.
                    let _ = tablet.attempt(draft, Command::AddLine { line, item: id("flour"), quantity, unit: None });
                }
                Step::Set(who, number, quantity) => {
                    let tablet = if who { &mut ana } else { &mut ben };
                    let lines: Vec<_> = tablet.order(draft).lines.keys().cloned().collect();
                    let line = lines[usize::from(number) % lines.len()].clone();
                    let quantity = decimal(&quantity.to_string());
                    let _ = tablet.attempt(draft, Command::SetQuantity { line, quantity });
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
                Step::Submit(who) => {
                    let tablet = if who { &mut ana } else { &mut ben };
                    let basket = crate::order::basket::basket(
                        tablet.order(draft), &server.catalogue, super::world::resolved_for());
                    if let Some(locked_prices) = basket.locked_prices() {
                        let _ = tablet.attempt(draft, Command::Submit { locked_prices });
                    }
                }
            }
        }
        for _ in 0..3 {
            ana.sync(&mut server);
            ben.sync(&mut server);
        }
        ana.pull(&server);
        for id in server.documents.keys() {
            prop_assert_eq!(ana.order(*id), ben.order(*id));
            prop_assert_eq!(ana.order(*id), &server.order(*id));
        }
        prop_assert_eq!(ana.replica.unsent().count() + ben.replica.unsent().count(), 0);
        prop_assert!(ana.replica.anomalies(draft).len() <= 1, "{:?}", ana.replica.anomalies(draft));
        let held_back = |tablet: &Tablet| tablet.notices.iter().any(|notice| {
            matches!(notice, SyncNotice::HeldBack { .. } | SyncNotice::Unreadable { .. })
        });
        prop_assert!(!held_back(&ana) && !held_back(&ben), "{:?} {:?}", ana.notices, ben.notices);
        let order = server.order(draft);
        let total = order.server.purchase_orders.iter().map(|order| order.lines.len()).sum::<usize>();
        if order.stage() == OrderStage::Accepted {
            prop_assert_eq!(total, order.ordered_lines().count());
        }
    }
}
