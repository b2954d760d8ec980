//! The orders of all sites, as finance reads them: totals are exact to the cent.

use std::collections::BTreeMap;

use calloff_core::money::Currency;
use calloff_core::order::OrderStage;
use calloff_core::sample::builder::{decimal, id};
use calloff_core::sample::small;
use calloff_core::wire::{OrderFilterChoices, PersonRole};
use calloff_tests::{TestApp, at};
use rust_decimal::Decimal;

/// Three orders: on Monday that of the school from two suppliers and that of the hotel in two
/// currencies, on Tuesday that of the hospital.
async fn week() -> TestApp {
    let app = TestApp::start(&small()).await;
    let baskets = [
        (
            "2026-03-02T09:00:00Z",
            "school",
            [("flour", "12"), ("cups", "3"), ("gloves", "6")].as_slice(),
        ),
        ("2026-03-02T09:30:00Z", "hotel", [("cups", "7"), ("sugar", "11")].as_slice()),
        ("2026-03-03T09:00:00Z", "hospital", [("sugar", "3"), ("gloves", "4")].as_slice()),
    ];
    for (time, site, lines) in baskets {
        app.set_time(time);
        let mut tablet = app.tablet(site, "Kitchen").await;
        let order = tablet.begin();
        for (item, quantity) in lines {
            tablet.add(order, item, quantity);
        }
        tablet.submit(order);
        tablet.sync(&app).await;
        assert_eq!(tablet.order(order).stage(), OrderStage::Accepted, "{site}");
    }
    app
}

#[tokio::test]
async fn totals_are_the_sum_of_all_lines_to_the_cent_in_each_currency() {
    let app = week().await;
    let finance = app.person("fin", PersonRole::Finance, "org").await;
    let page = finance.orders(&app, "").await;
    assert_eq!(page.count, 3);
    let mut lines: BTreeMap<Currency, Decimal> = BTreeMap::new();
    for row in &page.orders {
        let detail = finance.order(&app, row.document).await;
        assert_eq!(detail.row, *row);
        let locked_prices = detail.order.lines.values().map(|line| line.locked.as_ref().unwrap());
        for locked in locked_prices {
            // Every amount is computed once more by hand: price × quantity ÷ base quantity, rounded
            // half-even to cents.
            let exact = locked.unit_price * locked.quantity.value / locked.base_quantity;
            assert_eq!(locked.amount.amount, exact.round_dp(2), "{}", locked.item);
            *lines.entry(locked.amount.currency).or_default() += locked.amount.amount;
            assert!(detail.descriptions.contains_key(&locked.item));
        }
    }
    let totals: BTreeMap<_, _> =
        page.totals.iter().map(|total| (total.currency, total.amount)).collect();
    assert_eq!(totals, lines);
    assert_eq!(totals.len(), 2, "euros and pounds are never added");
    let rows = page.orders.iter().flat_map(|row| &row.totals);
    let sums = rows.fold(BTreeMap::new(), |mut sums: BTreeMap<Currency, Decimal>, total| {
        *sums.entry(total.currency).or_default() += total.amount;
        sums
    });
    assert_eq!(sums, totals);
}

#[tokio::test]
async fn filters_by_site_node_supplier_and_period_hold_for_rows_count_and_totals() {
    let app = week().await;
    let finance = app.person("fin", PersonRole::Finance, "org").await;
    let sites = |page: calloff_core::wire::OrderPage| {
        assert_eq!(usize::try_from(page.count).unwrap(), page.orders.len());
        page.orders.into_iter().map(|row| row.site.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(
        sites(finance.orders(&app, "").await),
        ["hospital", "hotel", "school"],
        "latest received first"
    );
    assert_eq!(sites(finance.orders(&app, "site=coast").await), ["hospital", "school"]);
    assert_eq!(sites(finance.orders(&app, "site=hotel").await), ["hotel"]);
    assert_eq!(sites(finance.orders(&app, "from=2026-03-03").await), ["hospital"]);
    assert_eq!(
        sites(finance.orders(&app, "from=2026-03-02&to=2026-03-02").await),
        ["hotel", "school"]
    );
    assert_eq!(sites(finance.orders(&app, "supplier=nobody").await), [""; 0]);

    let mill = finance.orders(&app, "supplier=mill").await;
    assert_eq!(mill.count, 3);
    assert!(
        mill.orders.iter().all(|row| row.suppliers == ["mill"]),
        "only that supplier's purchase orders count"
    );
    let lines =
        |page: &calloff_core::wire::OrderPage| page.orders.iter().map(|row| row.lines).sum::<u32>();
    let wholesaler = finance.orders(&app, "supplier=wholesaler").await;
    assert_eq!(
        lines(&mill) + lines(&wholesaler),
        lines(&finance.orders(&app, "").await),
        "and only the lines on them"
    );
    assert!(lines(&mill) > 0 && lines(&wholesaler) > 0);
    let sum: Decimal =
        mill.orders.iter().flat_map(|row| &row.totals).map(|total| total.amount).sum();
    assert_eq!(mill.totals.iter().map(|total| total.amount).sum::<Decimal>(), sum);
    assert!(sum < finance.orders(&app, "").await.totals.iter().map(|total| total.amount).sum());

    let choices: OrderFilterChoices = finance.get(&app, "/api/orders/filters").await.json();
    let names = |choices: Vec<calloff_core::wire::Choice>| {
        choices.into_iter().map(|c| c.id).collect::<Vec<_>>()
    };
    assert_eq!(names(choices.sites), ["hospital", "hotel", "school"]);
    assert_eq!(names(choices.suppliers), ["mill", "wholesaler"]);
}

#[tokio::test]
async fn a_page_is_cut_and_the_totals_are_still_those_of_all() {
    let app = week().await;
    let finance = app.person("fin", PersonRole::Finance, "org").await;
    let all = finance.orders(&app, "").await;
    let part = finance.orders(&app, "limit=1&offset=1").await;
    assert_eq!((part.orders.len(), part.count), (1, 3));
    assert_eq!(part.orders[0], all.orders[1]);
    assert_eq!(part.totals, all.totals);
}

#[tokio::test]
async fn one_order_says_who_on_which_tablet_when_and_with_which_release_and_contract() {
    let app = TestApp::start(&small()).await;
    let finance = app.person("fin", PersonRole::Finance, "org").await;
    let mut tablet = app.tablet("school", "Kitchen left").await;
    let order = tablet.begin();
    let line = tablet.add(order, "flour", "12");
    tablet.submit(order);
    assert_eq!(
        finance.orders(&app, "").await.count,
        0,
        "a draft that was not sent is the site's own"
    );
    // Offline for five hours.
    app.set_time("2026-03-02T14:00:00Z");
    tablet.sync(&app).await;
    let detail = finance.order(&app, order).await;
    assert_eq!(
        (detail.row.submitted_by.as_str(), detail.row.device_name.as_str()),
        ("Ana", "Kitchen left")
    );
    assert_eq!(
        (detail.row.submitted_at, detail.row.received_at),
        (at("2026-03-02T09:00:00Z"), app.now())
    );
    assert_eq!((detail.row.release, detail.row.lines), (Some(1), 1));
    let locked = detail.order.lines[&line].locked.as_ref().unwrap();
    assert_eq!((&locked.contract, locked.version), (&id("FA-1"), 1));
    assert_eq!(detail.row.totals[0].amount, decimal("234.00"));
}

#[tokio::test]
async fn a_refused_order_is_listed_with_its_reasons_and_without_a_total() {
    let app = TestApp::start(&small()).await;
    let finance = app.person("fin", PersonRole::Finance, "org").await;
    let mut tablet = app.tablet("school", "Kitchen").await;
    let order = tablet.begin();
    let line = tablet.add(order, "flour", "12");
    let mut locked_prices = tablet.locked_prices(order, &id("school"));
    locked_prices.get_mut(&line).unwrap().release = 99;
    tablet.submit_locked(order, locked_prices);
    tablet.sync(&app).await;
    let page = finance.orders(&app, "").await;
    assert_eq!(page.orders[0].stage, OrderStage::Refused);
    assert!(page.totals.is_empty());
    let detail = finance.order(&app, order).await;
    assert!(matches!(
        detail.order.server.status,
        Some(calloff_core::order::ServerStatus::Refused { .. })
    ));
}
