//! Tests of orders against the small catalogue (see [`crate::sample::small`]).

use std::collections::BTreeMap;

use super::accept::{LockedField, NamedRelease, Reason, cut, verify};
use super::answered::{Disproved, check_answered};
use super::basket::{Basket, basket, shortfall, with_charges};
use super::*;
use crate::calendar::Date;
use crate::catalogue::Catalogue;
use crate::contract::Terms;
use crate::resolve::{AdjustmentReason, NoSource};
use crate::sample::builder::{day, decimal, id};
use crate::sample::small;

const RELEASE: u64 = 3;

/// A Monday.
fn today() -> Date {
    day("2026-03-02")
}

fn draft(lines: &[(&str, &str)]) -> OrderState {
    let line = |item: &str, quantity: &str| OrderLine {
        item: id(item),
        quantity: Register::settled(decimal(quantity)),
        unit: None,
        added_by: "Ana".to_owned(),
        added_at: 1,
        locked: None,
    };
    OrderState {
        document: DocumentId::mint(1, [1; 10]),
        site: id("school"),
        created_by: "Ana".to_owned(),
        created_at: 1,
        lines: lines.iter().map(|(item, quantity)| (id(item), line(item, quantity))).collect(),
        note: Register::default(),
        name: Register::default(),
        holder: Register::default(),
        discarded: None,
        submitted: None,
        server: ServerFacts::default(),
    }
}

fn resolved_for(order_date: Date) -> ResolvedFor {
    ResolvedFor {
        release: RELEASE,
        order_date,
        order_time: None,
        requested_delivery_date: None,
        resolved_at: 9,
    }
}

fn basket_of(order: &OrderState) -> Basket {
    basket(order, &Catalogue::build(small()).unwrap(), resolved_for(today()))
}

pub(super) fn submitted(lines: &[(&str, &str)]) -> OrderState {
    sent(draft(lines), resolved_for(today()))
}

/// An order of today for a later day.
fn submitted_for(wanted: &str, lines: &[(&str, &str)]) -> OrderState {
    sent(
        draft(lines),
        ResolvedFor { requested_delivery_date: Some(day(wanted)), ..resolved_for(today()) },
    )
}

fn sent(mut order: OrderState, resolved: ResolvedFor) -> OrderState {
    for (line, locked) in
        basket(&order, &Catalogue::build(small()).unwrap(), resolved).locked_prices().unwrap()
    {
        order.lines.get_mut(&line).unwrap().locked = Some(locked);
    }
    let (id, device) = (IntentId::mint(2, [2; 10]), DeviceId::mint(3, [3; 10]));
    order.submitted = Some(Submission { id, by: "Ana".to_owned(), at: 2, device });
    order
}

pub(super) fn verified_on(
    order: &OrderState,
    successor: Option<&str>,
    received: &str,
) -> Result<Vec<accept::CutOrder>, Vec<Reason>> {
    let catalogue = Catalogue::build(small()).unwrap();
    let in_force_from = Some(day("2026-02-01"));
    let successor_effective_from = successor.map(day);
    let named = NamedRelease {
        number: RELEASE,
        catalogue: &catalogue,
        in_force_from,
        successor_effective_from,
    };
    verify(order, named, day(received).at(8, 0, 0, 0))
}

fn reasons(order: &OrderState) -> Vec<Reason> {
    verified_on(order, None, "2026-03-02").unwrap_err()
}

#[test]
fn a_basket_groups_by_supplier_and_delivery_date_with_totals_and_shortfall() {
    let basket = basket_of(&draft(&[("flour", "1"), ("sugar", "2"), ("milk", "1"), ("cups", "0")]));
    let shown: Vec<_> = basket
        .groups
        .iter()
        .map(|group| {
            let minimum = group.total.zip(group.minimum_order_value);
            let missing = minimum.and_then(|(total, minimum)| shortfall(total, minimum));
            (
                group.supplier.to_string(),
                group.delivery_date.to_string(),
                group.total.unwrap().to_string(),
                missing.map(|money| money.to_string()),
            )
        })
        .collect();
    let row = |supplier: &str, date: &str, total: &str, shortfall: Option<&str>| {
        (supplier.to_owned(), date.to_owned(), total.to_owned(), shortfall.map(str::to_owned))
    };
    assert_eq!(
        shown,
        [
            row("dairy", "2026-03-03", "19.00 EUR", None),
            row("mill", "2026-03-06", "22.40 EUR", None),
            row("wholesaler", "2026-03-05", "20.75 EUR", Some("29.25 EUR")),
        ]
    );
    assert_eq!(basket.totals().iter().map(ToString::to_string).collect::<Vec<_>>(), ["62.15 EUR"]);
}

#[test]
fn a_basket_says_until_when_it_makes_its_delivery_date() {
    let groups = basket_of(&draft(&[("sugar", "1"), ("milk", "1")])).groups;
    let shown: Vec<_> =
        groups.iter().map(|group| (group.delivery_date.to_string(), group.order_by)).collect();
    // The mill delivers on Friday what was ordered two days before, until 14:00.
    let until = day("2026-03-04").at(14, 0, 0, 0);
    assert_eq!(shown, [("2026-03-03".to_owned(), None), ("2026-03-06".to_owned(), Some(until))]);
    let at = |time| ResolvedFor { order_time: Some(time), ..resolved_for(day("2026-03-04")) };
    let catalogue = Catalogue::build(small()).unwrap();
    let delivery =
        |time| basket(&draft(&[("sugar", "1")]), &catalogue, at(time)).groups[0].delivery_date;
    assert_eq!(delivery(until.time()), day("2026-03-06"), "this is the last moment");
    assert_eq!(delivery(jiff::civil::time(14, 0, 1, 0)), day("2026-03-10"));
}

#[test]
fn what_contracts_add_and_take_off_stands_beside_the_total_once_for_an_order_and_for_each_line() {
    use crate::contract::{
        AllowanceCharge, AllowanceChargeBasis, AllowanceChargeKind, AllowanceChargeValue,
        Percentage,
    };
    let charge = |kind, reason: &str, value, per| AllowanceCharge {
        kind,
        reason_code: None,
        reason: Some(reason.to_owned()),
        value,
        per,
    };
    let amount = |amount| AllowanceChargeValue::Amount(decimal(amount));
    let percent =
        |percent| AllowanceChargeValue::Percentage(Percentage::try_from(decimal(percent)).unwrap());
    let (allowance, add) = (AllowanceChargeKind::Allowance, AllowanceChargeKind::Charge);
    let (per_order, per_line) = (AllowanceChargeBasis::Order, AllowanceChargeBasis::Line);
    let mut content = small();
    content.contracts[2].terms.allowance_charges = Some(vec![
        charge(add, "Freight", amount("7.50"), per_order),
        charge(add, "Deposit", amount("0.40"), per_line),
        charge(allowance, "Bonus", percent("2.5"), per_order),
    ]);
    let catalogue = Catalogue::build(content).unwrap();
    let mut order = draft(&[("cups", "1"), ("gloves", "4"), ("sugar", "1")]);
    let groups = basket(&order, &catalogue, resolved_for(today()));
    let shown = groups.groups.iter().map(|group| {
        let charges = group
            .charges
            .iter()
            .map(|charge| (charge.reason.clone().unwrap(), charge.amount.to_string()));
        let total = group.total.unwrap();
        let totals =
            [Some(total), with_charges(total, &group.charges)].map(|sum| sum.unwrap().to_string());
        (group.supplier.to_string(), charges.collect::<Vec<_>>(), totals)
    });
    // 34.00 for cups and 24.40 for gloves make 58.40, and 2.5 % of it is 1.46.
    let charges = [("Freight", "7.50 EUR"), ("Deposit", "0.80 EUR"), ("Bonus", "-1.46 EUR")];
    let charges = charges.map(|(reason, amount)| (reason.to_owned(), amount.to_owned())).to_vec();
    let totals = |totals: [&str; 2]| totals.map(str::to_owned);
    let expected = [
        ("mill".to_owned(), Vec::new(), totals(["11.20 EUR", "11.20 EUR"])),
        ("wholesaler".to_owned(), charges, totals(["58.40 EUR", "65.24 EUR"])),
    ];
    assert_eq!(shown.collect::<Vec<_>>(), expected);

    // The purchase orders say the same.
    for (id, locked) in groups.locked_prices().unwrap() {
        order.lines.get_mut(&id).unwrap().locked = Some(locked);
    }
    let cut = cut(&order, &catalogue, &BTreeMap::new()).unwrap();
    let of_groups = groups.groups.iter().map(|group| (group.total.unwrap(), group.charges.clone()));
    let of_orders = cut.into_iter().map(|order| (order.total, order.charges));
    assert!(of_orders.eq(of_groups));
}

#[test]
fn a_purchase_order_keeps_what_its_items_were_called() {
    let cut =
        verified_on(&submitted(&[("cups", "2"), ("long-life-milk", "1")]), None, "2026-03-02")
            .unwrap();
    let names: Vec<_> = cut
        .iter()
        .flat_map(|order| order.item_names.iter())
        .map(|(id, name)| (id.as_str(), name))
        .collect();
    let ids: Vec<_> = names.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, ["long-life-milk", "milk", "cups"], "the substitute that comes, too");
    assert_eq!(names[2].1, "Cups, single wall, 20 cl");
}

#[test]
fn case_10_a_basket_offers_the_next_orderable_quantity_and_locks_nothing_until_it_is_accepted() {
    let mut order = draft(&[("gloves", "5"), ("long-life-milk", "1"), ("unicorns", "1")]);
    let basket = basket_of(&order);
    let needed = &basket.adjustments[&id("gloves")];
    assert_eq!(needed.adjustment.reason, AdjustmentReason::NotOnIncrement);
    assert_eq!(needed.set_quantity_to, Some(decimal("6")));
    assert_eq!(needed.offer.amount.to_string(), "36.60 EUR");
    assert_eq!(basket.without_source[&id("unicorns")].why, NoSource::UnknownItem);
    assert!(basket.groups[0].lines[&id("long-life-milk")].is_substitute);
    assert_eq!(basket.locked_prices(), None);

    order.lines.remove(&id("unicorns"));
    order.lines.get_mut(&id("gloves")).unwrap().quantity = Register::settled(decimal("6"));
    assert_eq!(basket_of(&order).locked_prices().unwrap().len(), 2);
}

#[test]
fn case_10_in_another_unit_the_accepted_quantity_is_the_lines_own() {
    let mut order = draft(&[("gloves", "250")]);
    order.lines.get_mut(&id("gloves")).unwrap().unit = Some(Unit::EACH);
    let needed = &basket_of(&order).adjustments[&id("gloves")];
    assert_eq!(
        (needed.adjustment.adjust_to, needed.set_quantity_to),
        (decimal("4"), Some(decimal("400")))
    );
}

#[test]
fn an_accepted_order_is_cut_by_supplier_and_date_to_the_cent() {
    let cut = verified_on(
        &submitted(&[("flour", "1"), ("sugar", "2"), ("milk", "3")]),
        None,
        "2026-03-02",
    )
    .unwrap();
    let shown: Vec<_> =
        cut.iter().map(|order| (order.supplier.as_str(), order.total.to_string())).collect();
    assert_eq!(
        shown,
        [
            ("dairy", "57.00 EUR".to_owned()),
            ("mill", "22.40 EUR".to_owned()),
            ("wholesaler", "20.75 EUR".to_owned())
        ]
    );
}

#[test]
fn case_14_whatever_field_of_a_locked_price_is_changed_is_named() {
    type Tamper = (LockedField, fn(&mut LockedPrice));
    let tampers: [Tamper; 8] = [
        (LockedField::Contract, |locked| locked.contract = id("FA-9")),
        (LockedField::Version, |locked| locked.version = 2),
        (LockedField::Supplier, |locked| locked.supplier = id("friend")),
        (LockedField::Tier, |locked| locked.tier = 1),
        (LockedField::UnitPrice, |locked| locked.unit_price = decimal("20.74")),
        (LockedField::Quantity, |locked| locked.quantity.value = decimal("2")),
        (LockedField::Amount, |locked| locked.amount.amount = decimal("20.74")),
        (LockedField::DeliveryDate, |locked| locked.delivery_date = day("2026-03-04")),
    ];
    for (expected, tamper) in tampers {
        let mut order = submitted(&[("flour", "1")]);
        tamper(order.lines.get_mut(&id("flour")).unwrap().locked.as_mut().unwrap());
        let reasons = reasons(&order);
        assert!(
            matches!(reasons.as_slice(), [Reason::Differs { field, .. }] if *field == expected),
            "{reasons:?}"
        );
    }
}

#[test]
fn a_quantity_changed_after_locking_a_line_without_a_price_and_a_conflict_are_refused() {
    let mut order = submitted(&[("flour", "1"), ("sugar", "2"), ("milk", "1")]);
    let concurrent =
        |value: &str| Concurrent { value: decimal(value), by: "Ben".to_owned(), at: 5 };
    order.lines.get_mut(&id("flour")).unwrap().quantity = Register::settled(decimal("2"));
    order.lines.get_mut(&id("sugar")).unwrap().locked = None;
    order.lines.get_mut(&id("milk")).unwrap().quantity.conflicts =
        vec![concurrent("1"), concurrent("2")];
    let codes: Vec<String> = reasons(&order)
        .iter()
        .map(|reason| serde_json::to_value(reason).unwrap()["code"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(codes, ["open_conflict", "line_changed", "line_not_pinned"]);
}

#[test]
fn case_06_a_superseded_release_is_honoured_for_the_contracts_grace_days_and_no_longer() {
    let order = submitted_for("2026-03-31", &[("flour", "1")]);
    assert_eq!(Terms::default().grace_days(), 7);
    assert!(verified_on(&order, Some("2026-03-01"), "2026-03-08").is_ok());
    let late = verified_on(&order, Some("2026-03-01"), "2026-03-09").unwrap_err();
    assert!(
        matches!(late.as_slice(), [Reason::ReleaseSuperseded { grace_days: 7, .. }]),
        "{late:?}"
    );
}

#[test]
fn a_tablets_clock_is_not_believed() {
    let order = submitted_for("2026-03-31", &[("flour", "1")]);
    assert!(verified_on(&order, None, "2026-03-01").is_ok(), "a little fast around midnight");
    let ahead = verified_on(&order, None, "2026-02-28").unwrap_err();
    assert!(matches!(ahead.as_slice(), [Reason::OrderDateAhead { .. }]), "{ahead:?}");
    let behind = verified_on(&order, None, "2026-03-10").unwrap_err();
    assert!(matches!(behind.as_slice(), [Reason::OrderDateBehind { .. }]), "{behind:?}");
}

#[test]
fn an_announced_release_is_not_accepted_before_its_day_and_one_that_never_came_into_force_never_by_itself()
 {
    let order = submitted_for("2026-03-31", &[("flour", "1")]);
    let catalogue = Catalogue::build(small()).unwrap();
    let verified = |in_force_from: Option<&str>| {
        let in_force_from = in_force_from.map(day);
        let named = NamedRelease {
            number: 3,
            catalogue: &catalogue,
            in_force_from,
            successor_effective_from: None,
        };
        verify(&order, named, day("2026-03-02").at(8, 0, 0, 0))
    };
    assert!(verified(Some("2026-03-02")).is_ok());
    assert!(verified(Some("2026-03-03")).is_ok(), "a clock that is a little fast around midnight");
    let announced = verified(Some("2026-03-04")).unwrap_err();
    let expected = Reason::ReleaseNotInForce { release: 3, in_force_from: Some(day("2026-03-04")) };
    assert_eq!(announced, [expected]);
    assert!(announced[0].is_exception() && announced[0].is_honourable());
    let withdrawn = verified(None).unwrap_err();
    assert_eq!(withdrawn, [Reason::ReleaseNotInForce { release: 3, in_force_from: None }]);
}

#[test]
fn the_cut_off_and_the_day_of_delivery_are_the_servers_word() {
    // Sugar is delivered on Tuesdays and Fridays, two days after an order before 14:00. It was
    // ordered on Monday for Friday the 6th.
    let order = submitted(&[("sugar", "2")]);
    let catalogue = Catalogue::build(small()).unwrap();
    let received = |day_of: &str, hour, minute| {
        let in_force_from = Some(day("2026-02-01"));
        let named = NamedRelease {
            number: 3,
            catalogue: &catalogue,
            in_force_from,
            successor_effective_from: None,
        };
        verify(&order, named, day(day_of).at(hour, minute, 0, 0)).err().unwrap_or_default()
    };
    assert_eq!(
        received("2026-03-04", 14, 0),
        [],
        "the last moment, and the tablet said nothing of the hour"
    );
    assert_eq!(received("2026-03-04", 14, 5), [], "a slow way");
    let missed = |first: &str| Reason::DeliveryMissed {
        line: id("sugar"),
        item: id("sugar"),
        delivery_date: day("2026-03-06"),
        first_possible: Some(day(first)),
    };
    assert_eq!(received("2026-03-04", 14, 6), [missed("2026-03-10")]);
    assert_eq!(
        received("2026-03-07", 8, 0),
        [missed("2026-03-10")],
        "a purchase order for yesterday"
    );
    assert!(missed("2026-03-10").is_exception() && missed("2026-03-10").is_honourable());
}

#[test]
fn a_locked_price_with_numbers_that_no_order_can_have_is_none() {
    type Tamper = fn(&mut LockedPrice);
    let tampers: [Tamper; 8] = [
        |locked| locked.amount.amount = decimal("-0.01"),
        |locked| locked.amount.amount = decimal("1.001"),
        |locked| locked.unit_price = decimal("-1"),
        |locked| locked.unit_price = decimal("1000000000000001"),
        |locked| locked.base_quantity = decimal("0"),
        |locked| locked.quantity.value = decimal("0"),
        |locked| locked.quantity.value = decimal("-3"),
        |locked| locked.quantity.value = decimal("1000000000001"),
    ];
    let order = submitted(&[("flour", "1")]);
    assert_eq!(decide::check_merge(None, &order), Ok(()));
    for tamper in tampers {
        let mut order = order.clone();
        tamper(order.lines.get_mut(&id("flour")).unwrap().locked.as_mut().unwrap());
        assert_eq!(
            decide::check_merge(None, &order),
            Err(OrderRefusal::LockedPriceOutOfBounds { line: id("flour") })
        );
    }
}

#[test]
fn a_line_costs_at_most_what_databases_can_add() {
    let most = [("USD", "9000000000.00"), ("JPY", "900000000000"), ("KWD", "900000000.000")];
    for (code, amount) in most {
        let currency = Currency::parse(code).unwrap();
        let most = most_of_a_line(currency);
        assert_eq!(most.to_string(), format!("{amount} {code}"));
        let mut order = submitted(&[("flour", "1")]);
        let set = |order: &mut OrderState, amount| {
            order.lines.get_mut(&id("flour")).unwrap().locked.as_mut().unwrap().amount = amount;
        };
        set(&mut order, most);
        assert_eq!(decide::check_merge(None, &order), Ok(()));
        let minor_units = most.to_minor_units().unwrap();
        assert!(minor_units.checked_mul(10_000_000).is_some(), "ten million lines can be added");
        let beyond = Money::from_minor_units(i128::from(minor_units) + 1, currency).unwrap();
        set(&mut order, beyond);
        let refusal = decide::check_merge(None, &order).unwrap_err();
        assert_eq!(refusal, OrderRefusal::LineAmountTooLarge { line: id("flour"), amount: beyond });
        let says = refusal.to_string();
        assert!(says.contains(&beyond.to_string()) && says.contains(&most.to_string()), "{says}");
    }
}

#[test]
fn a_refusal_answers_one_submission_only() {
    let mut order = submitted(&[("flour", "1")]);
    let submission = order.submitted.as_ref().unwrap().id;
    assert_eq!(order.stage(), OrderStage::Submitted);
    order.server.status =
        Some(ServerStatus::Refused { submission, at: 5, reasons: vec![Reason::EmptyOrder] });
    assert_eq!(order.stage(), OrderStage::Refused);
    assert!(order.is_editable());
    order.submitted.as_mut().unwrap().id = IntentId::mint(9, [9; 10]);
    assert_eq!(order.stage(), OrderStage::Submitted);
}

fn refused(order: Option<&OrderState>, command: Command) -> OrderRefusal {
    let intent = Intent {
        id: IntentId::mint(1, [1; 10]),
        document: DocumentId::mint(1, [1; 10]),
        command,
        by: "Ana".to_owned(),
        device: DeviceId::mint(3, [3; 10]),
        at: 1,
    };
    let refusal = decide(order, &intent).unwrap_err();
    assert_eq!(serde_json::to_value(&refusal).unwrap()["code"], refusal.code());
    refusal
}

#[test]
fn what_breaks_a_rule_is_refused_by_its_code() {
    let order = draft(&[("flour", "1")]);
    let add = |line: &str, quantity: &str| Command::AddLine {
        line: id(line),
        item: id("milk"),
        quantity: decimal(quantity),
        unit: None,
    };
    let set = |line: &str, quantity: &str| Command::SetQuantity {
        line: id(line),
        quantity: decimal(quantity),
    };
    let locked_prices = basket_of(&order).locked_prices().unwrap();
    let stray = BTreeMap::from_iter(
        locked_prices
            .values()
            .map(|locked| (id("other"), locked.clone()))
            .chain(locked_prices.clone()),
    );
    let mut unbounded = locked_prices.clone();
    unbounded.values_mut().for_each(|locked| locked.unit_price = decimal("-1"));
    let mut costly = locked_prices.clone();
    costly.values_mut().for_each(|locked| locked.amount.amount = decimal("9000000000.01"));
    let long = "x".repeat(crate::limits::NOTE_BYTES + 1);
    let cases = [
        (refused(None, add("a", "1")), "no_such_order"),
        (refused(Some(&order), Command::CreateOrder { site: id("school") }), "order_exists"),
        (refused(Some(&order), add("flour", "1")), "line_exists"),
        (refused(Some(&order), add("a", "0")), "bad_quantity"),
        (refused(Some(&order), add("a", "-1")), "bad_quantity"),
        (refused(Some(&order), set("flour", "1000000.1")), "bad_quantity"),
        (refused(Some(&order), set("flour", "0.0000001")), "bad_quantity"),
        (refused(Some(&order), set("a", "1")), "no_such_line"),
        (refused(Some(&order), Command::SetNote { note: long }), "note_too_long"),
        (
            refused(
                Some(&draft(&[("flour", "0")])),
                Command::Submit { locked_prices: BTreeMap::new() },
            ),
            "empty_order",
        ),
        (
            refused(Some(&order), Command::Submit { locked_prices: BTreeMap::new() }),
            "line_not_pinned",
        ),
        (refused(Some(&order), Command::Submit { locked_prices: stray }), "stray_pin"),
        (refused(Some(&order), Command::Submit { locked_prices: unbounded }), "pin_out_of_bounds"),
        (refused(Some(&order), Command::Submit { locked_prices: costly }), "line_amount_too_large"),
        (refused(Some(&submitted(&[("flour", "1")])), add("a", "1")), "order_already_submitted"),
    ];
    for (refusal, code) in cases {
        assert_eq!(refusal.code(), code);
    }
}

#[test]
fn an_order_holds_no_more_lines_than_its_limit() {
    let mut order = draft(&[("flour", "1")]);
    let line = order.lines[&id::<OrderLineId>("flour")].clone();
    order.lines.extend(
        (1..crate::limits::ORDER_LINES).map(|number| (id(&format!("l{number}")), line.clone())),
    );
    let add = Command::AddLine {
        line: id("one-more"),
        item: id("milk"),
        quantity: decimal("1"),
        unit: None,
    };
    assert_eq!(refused(Some(&order), add), OrderRefusal::TooManyLines);
}

/// The order as a server answered it that numbered its purchase orders in block A.
fn answered(order: &OrderState) -> OrderState {
    let cut = verified_on(order, None, "2026-03-02").unwrap();
    let mut order = order.clone();
    order.server.status = Some(ServerStatus::Accepted { at: 1 });
    order.server.purchase_orders = cut
        .into_iter()
        .zip(1..)
        .map(|(cut, number)| cut.numbered(format!("PO-A-{number:06}")))
        .collect();
    order
}

#[test]
fn an_answer_that_is_offered_after_a_restore_must_be_what_the_order_comes_to() {
    let order = submitted(&[("flour", "1"), ("sugar", "2")]);
    let check = |order: &OrderState, is_anothers: bool| {
        let verdict = verified_on(order, None, "2026-03-02");
        check_answered(order, "B", |_| is_anothers, verdict)
    };
    let honest = answered(&order);
    assert!(honest.server.purchase_orders.len() > 1);
    assert_eq!(check(&honest, false), Ok(()));
    assert!(matches!(check(&honest, true), Err(Disproved::NumberOfAnother { .. })));

    let changed = |change: fn(&mut PurchaseOrder)| {
        let mut order = honest.clone();
        change(&mut order.server.purchase_orders[0]);
        check(&order, false)
    };
    let of_this_block = changed(|order| order.number = "PO-B-000009".to_owned());
    assert!(matches!(of_this_block, Err(Disproved::NumberToCome { .. })));
    let lies: [fn(&mut PurchaseOrder); 7] = [
        |order| order.total.amount += decimal("1"),
        |order| order.supplier = id("another"),
        |order| order.delivery_date = day("2026-05-01"),
        |order| order.lines.clear(),
        |order| order.supplier_name = Some("Another".to_owned()),
        |order| {
            let amount = order.total;
            order.charges = vec![basket::Charge { reason: Some("Bonus".to_owned()), amount }];
        },
        |order| {
            order.item_names.insert(id("flour"), "Gold".to_owned());
        },
    ];
    for lie in lies {
        assert_eq!(changed(lie), Err(Disproved::OtherOrders));
    }
    // Earlier versions of Calloff wrote no names.
    let earlier = changed(|order| {
        order.supplier_name = None;
        order.item_names.clear();
    });
    assert_eq!(earlier, Ok(()));

    let mut one_less = honest.clone();
    one_less.server.purchase_orders.pop();
    assert_eq!(check(&one_less, false), Err(Disproved::OtherOrders));
}

/// Outboxes, documents and tablets of earlier versions have these names.
#[test]
fn locked_prices_are_stored_under_the_names_that_they_had_at_first() {
    let mut order = submitted(&[("flour", "1")]);
    let line = &order.lines[&id::<OrderLineId>("flour")];
    assert_eq!(serde_json::to_value(line).unwrap()["pin"]["contract"], "FA-3");
    let locked_prices = BTreeMap::from([(id("flour"), line.locked.clone().unwrap())]);
    let submit = serde_json::to_string(&Command::Submit { locked_prices }).unwrap();
    assert!(submit.contains(r#""pins":{"flour":{"release":"#), "{submit}");
    order.lines.get_mut(&id("flour")).unwrap().locked.as_mut().unwrap().version = 2;
    assert_eq!(serde_json::to_value(&reasons(&order)[0]).unwrap()["pinned"], "2");
}
