//! Two servers on one database. With SQLite they are a server and commands beside it; with
//! PostgreSQL they are nodes.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use calloff_core::ids::DocumentId;
use calloff_core::order::OrderStage;
use calloff_core::sample::small;
use calloff_core::wire::PersonRole;
use calloff_server::state::share_wakes;
use calloff_server::storage::audit::Chain;
use calloff_tests::{Data, TestApp, TestTablet};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use tokio::time::timeout;

/// The number of orders that each tablet sends.
const ORDERS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_number_purchase_orders_and_feeds_without_gaps_and_keep_the_log_whole() {
    let app = TestApp::start(&small()).await;
    let nodes = [app.second_node().await, app];
    let places = [("school", "Kitchen"), ("school", "Store room"), ("hospital", "Ward 3")];
    let mut tablets = Vec::new();
    for (site, name) in places {
        tablets.push(nodes[0].tablet(site, name).await);
    }
    // Each tablet sends its orders by both nodes in turn, at the same time as the others. Tablets
    // are enrolled meanwhile, which the log names.
    let sending = tablets.iter_mut().zip(0..).map(async |(tablet, place)| {
        let mut ordered = Vec::new();
        for number in 0..ORDERS {
            let node = &nodes[(place + number) % 2];
            let order = tablet.begin();
            tablet.add(order, "flour", "12");
            tablet.submit(order);
            tablet.sync(node).await;
            node.tablet("school", &format!("Tablet {place}-{number}")).await;
            ordered.push(order);
        }
        ordered
    });
    let ordered: Vec<DocumentId> = join_all(sending).await.into_iter().flatten().collect();

    let mut numbers = BTreeSet::new();
    for (tablet, place) in tablets.iter_mut().zip(0..) {
        tablet.sync(&nodes[place % 2]).await;
        let orders: Vec<_> = tablet.replica.orders().cloned().collect();
        assert!(orders.iter().all(|order| order.stage() == OrderStage::Accepted));
        let cut = orders.iter().flat_map(|order| order.server.purchase_orders.clone());
        numbers.extend(cut.map(|cut| cut.number));
        // A tablet that was offline since the first change of its site misses nothing.
        let incarnation = nodes[0].state.store.incarnation().await.unwrap();
        let first = incarnation.cursor(&tablet.enrolment.site, 1);
        let mut fresh = TestTablet::again(&nodes[1], &tablet.enrolment).await;
        fresh.pull(&nodes[1]).await;
        let all = fresh.replica.orders().count();
        assert_eq!(fresh.pull_once(&nodes[1], &first).await.documents.len() + 1, all);
    }
    let expected: BTreeSet<_> =
        (1..=ordered.len()).map(|number| format!("PO-{number:06}")).collect();
    assert_eq!(numbers, expected, "each number once and none left out");
    let finance = nodes[0].person("fin", PersonRole::Finance, "org").await;
    assert_eq!(finance.orders(&nodes[1], "").await.count, ordered.len() as u64);
    let chain = nodes[1].state.store.verify_audit_chain().await.unwrap();
    assert!(matches!(chain, Chain::Whole { entries, .. } if entries > 24), "the log is whole");
}

/// Waits for a kind of event in a stream.
async fn hears(events: &mut axum::body::BodyDataStream, kind: &str) -> bool {
    let heard = async {
        while let Some(Ok(part)) = events.next().await {
            if String::from_utf8_lossy(&part).contains(kind) {
                return true;
            }
        }
        false
    };
    timeout(Duration::from_secs(10), heard).await.unwrap_or(false)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_at_one_node_is_heard_at_the_others() {
    let app = TestApp::start(&small()).await;
    let node = app.second_node().await;
    assert_eq!(app.state.store.has_nodes(), Data::is_in_postgres());
    if !Data::is_in_postgres() {
        // One process serves an SQLite database, so there is nobody to tell.
        share_wakes(app.state.clone()).await;
        return;
    }
    let sharing = [&app, &node].map(|node| tokio::spawn(share_wakes(node.state.clone())));
    let mut kitchen = app.tablet("school", "Kitchen").await;
    let store_room = app.tablet("school", "Store room").await;
    let listening = store_room.request(Method::GET, "/api/events", Body::empty());
    let mut events = node.stream(listening).await;
    assert!(hears(&mut events, "documents").await, "at first, and when the node hears the others");
    // The node may say once more that everything may have changed.
    while let Ok(Some(_)) = timeout(Duration::from_secs(1), events.next()).await {}
    let order = kitchen.begin();
    kitchen.add(order, "flour", "12");
    kitchen.sync(&app).await;
    assert!(hears(&mut events, "documents").await, "a change at the other node");
    app.revoke(&store_room).await;
    app.state.wake(calloff_server::state::Wake::Admission);
    let ended = timeout(Duration::from_secs(10), async { while events.next().await.is_some() {} });
    assert!(ended.await.is_ok(), "a tablet that another node revoked hears nothing more");
    for node in [&app, &node] {
        node.state.stopping.send_replace(true);
    }
    for ended in join_all(sharing).await {
        ended.unwrap();
    }
}
