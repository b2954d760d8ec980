//! Tests that each migration of SQLite keeps what a database had before it.

use std::collections::BTreeSet;

use calloff_core::contract::{Amendment, Contract, ContractStatus, PriceDateBasis};
use calloff_core::ids::LocationId;
use calloff_core::money::{Currency, Money};
use calloff_core::sample::builder;
use jiff::civil::date;
use sqlx::SqlitePool;

use super::contracts::put_draft;
use super::feed::GroupFacts;
use super::orders::Visible;
use super::sqlite::MIGRATIONS;
use super::*;

/// A database with the schema that it had before a migration.
async fn before_migration(version: i64) -> SqlitePool {
    let options = sqlx::sqlite::SqliteConnectOptions::new().in_memory(true).foreign_keys(true);
    let pool = sqlx::sqlite::SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await
        .unwrap();
    let before =
        MIGRATIONS.iter().filter(|migration| migration.version < version).cloned().collect();
    let before = sqlx::migrate::Migrator {
        migrations: std::borrow::Cow::Owned(before),
        ..sqlx::migrate::Migrator::DEFAULT
    };
    before.run(&pool).await.unwrap();
    pool
}

/// The database after all migrations.
async fn migrated(pool: SqlitePool) -> ServerStore {
    MIGRATIONS.run(&pool).await.unwrap();
    let pools = Connections { writer: pool.clone(), readers: pool };
    ServerStore { pools: Pools::Sqlite(pools), folder: None }
}

#[tokio::test]
async fn orders_of_a_database_without_site_documents_stay_with_what_refers_to_them() {
    let pool = before_migration(13).await;
    let order = "0195f3a0-0000-7000-8000-000000000001";
    for sql in [
        "INSERT INTO document (id, kind, site, bytes, heads, created_at, changed_at) VALUES ($1, 'order', 'S01', x'00', '[]', 1, 2)",
        "INSERT INTO feed (site, sequence, document) VALUES ('S01', 1, $1)",
        "INSERT INTO order_head (document, site, stage, submitted_by, submitted_at, device, received_at, received_on, lines)
         VALUES ($1, 'S01', 'accepted', 'Ana', 1, 'd', 1, '2026-03-02', 0)",
    ] {
        sqlx::query(sql).bind(order).execute(&pool).await.unwrap();
    }
    MIGRATIONS.run(&pool).await.unwrap();
    let kept: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT document.id, kind, lines FROM document JOIN feed ON feed.document = document.id
                        JOIN order_head ON order_head.document = document.id",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert_eq!(kept, [(order.to_owned(), "order".to_owned(), 0)]);
    let stray =
        sqlx::query("INSERT INTO feed (site, sequence, document) VALUES ('S01', 2, 'nothing')");
    assert!(stray.execute(&pool).await.is_err(), "a feed entry still needs its document");
    let site = sqlx::query(
        "INSERT INTO document (id, kind, site, bytes, heads, created_at, changed_at) VALUES ('x', 'site', 'S01', x'00', '[]', 1, 2)",
    );
    assert!(site.execute(&pool).await.is_ok());
}

/// Stores an accepted order with one line and one purchase order for each amount. The amounts
/// have the form from before they were stored as minor units.
async fn with_amounts(amounts: &[(Currency, String)]) -> SqlitePool {
    let pool = before_migration(23).await;
    let document = "INSERT INTO document (id, kind, site, bytes, heads, created_at, changed_at) VALUES ('d', 'order', 'S01', x'00', '[]', 1, 2)";
    let head = "INSERT INTO order_head (document, site, stage, submitted_by, submitted_at, device, received_at, received_on, lines)
         VALUES ('d', 'S01', 'accepted', 'Ana', 1, 'd', 1, '2026-03-02', 0)";
    for sql in [document, head] {
        sqlx::query(sql).execute(&pool).await.unwrap();
    }
    let line = "INSERT INTO order_line_fact (document, line, supplier, contract, contract_version, contract_line, item,
            quantity, unit, unit_price, base_quantity, delivery_date, currency, amount)
         VALUES ('d', $1, 'Acme', 'C1', 1, '10', 'i', '1.50', 'EA', '0.0041', '1', '2026-03-06', $2, $3)";
    let cut = "INSERT INTO purchase_order (document, supplier, supplier_name, delivery_date, number, currency, total)
         VALUES ('d', 'Acme', 'Acme & Sons', '2026-03-06', $1, $2, $3)";
    for (place, (currency, amount)) in amounts.iter().enumerate() {
        for sql in [line, cut] {
            let insert = sqlx::query(sql).bind(format!("{place:06}")).bind(currency.as_str());
            insert.bind(amount).execute(&pool).await.unwrap();
        }
    }
    pool
}

/// Every active currency.
fn currencies() -> Vec<Currency> {
    let letters = || (b'A'..=b'Z').map(char::from);
    let codes = letters().flat_map(|a| {
        letters().flat_map(move |b| letters().map(move |c| String::from_iter([a, b, c])))
    });
    codes.filter_map(|code| Currency::parse(&code).ok()).collect()
}

#[tokio::test]
async fn amounts_of_a_database_with_decimals_are_kept_exactly_in_minor_units() {
    let mut amounts = Vec::new();
    let mut expected = Vec::new();
    for currency in currencies() {
        for minor_units in [0, 1, 10, 999, 1_000, 123_456_789, 900_000_000_000, i64::MAX] {
            let amount = Money::from_minor_units(minor_units.into(), currency).unwrap().amount;
            // The forms that the server wrote, and other forms of a decimal number.
            let mut longer = amount;
            longer.rescale(currency.minor_units() + 2);
            for amount in [amount, amount.normalize(), longer] {
                amounts.push((currency, amount.to_string()));
                expected.push(minor_units);
            }
        }
    }
    assert!(amounts.len() > 3_000, "{}", amounts.len());
    let pool = with_amounts(&amounts).await;
    MIGRATIONS.run(&pool).await.unwrap();
    let kept = |sql: &'static str| sqlx::query_scalar::<_, i64>(sql).fetch_all(&pool);
    let lines = kept("SELECT amount FROM order_line_fact ORDER BY line").await.unwrap();
    assert_eq!(lines, expected);
    let totals = kept("SELECT total FROM purchase_order ORDER BY number").await.unwrap();
    assert_eq!(totals, expected);
    let others: (String, String, String, String) = sqlx::query_as(
        "SELECT line.quantity, line.unit_price, cut.supplier_name, cut.delivery_date
         FROM order_line_fact line JOIN purchase_order cut ON cut.number = line.line WHERE line.line = '000000'",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    let expected = ["1.50", "0.0041", "Acme & Sons", "2026-03-06"].map(str::to_owned);
    assert_eq!(<[String; 4]>::from(others), expected);
}

#[tokio::test]
async fn an_amount_that_no_order_can_have_leaves_the_database_as_it_was() {
    let amounts = [
        ("USD", "1.001"),
        ("JPY", "0.5"),
        ("USD", "92233720368547758.08"),
        ("USD", "-1"),
        ("USD", ""),
    ];
    for (code, amount) in amounts {
        let currency = Currency::parse(code).unwrap();
        let pool = with_amounts(&[(currency, amount.to_owned())]).await;
        let error = MIGRATIONS.run(&pool).await.unwrap_err().to_string();
        assert!(error.contains("amount"), "{error}");
        let kept: Vec<(String, String)> =
            sqlx::query_as("SELECT typeof(amount), amount FROM order_line_fact")
                .fetch_all(&pool)
                .await
                .unwrap();
        assert_eq!(kept, [("text".to_owned(), amount.to_owned())]);
    }
}

#[tokio::test]
async fn contracts_of_a_database_with_capital_choices_are_kept() {
    let pool = before_migration(5).await;
    let wanted = Contract {
        status: ContractStatus::Suspended,
        price_date_basis: PriceDateBasis::RequestedDeliveryDate,
        ..builder::contract("C1", "Acme", "org", Vec::new())
    };
    let body = serde_json::to_string(&wanted).unwrap();
    let body = body.replace("\"suspended\"", "\"Suspended\"");
    let body = body.replace("\"requested_delivery_date\"", "\"RequestedDeliveryDate\"");
    for insert in [
        r#"INSERT INTO supplier (id, body) VALUES ('Acme', '{"id": "Acme", "name": "Acme"}')"#,
        "INSERT INTO contract_version (contract, version, body) VALUES ('C1', 1, $1)",
    ] {
        sqlx::query(insert).bind(&body).execute(&pool).await.unwrap();
    }
    let store = migrated(pool).await;
    assert_eq!(store.contracts().await.unwrap(), [wanted]);
}

#[tokio::test]
async fn what_was_in_generated_columns_is_kept_in_plain_ones() {
    let pool = before_migration(30).await;
    let tree = [
        builder::node("org", None),
        builder::site("school", "org"),
        builder::site("harbour", "org"),
    ];
    for location in &tree {
        sqlx::query("INSERT INTO location (id, body, has_left) VALUES ($1, $2, $3)")
            .bind(location.id.as_str())
            .bind(serde_json::to_string(location).unwrap())
            .bind(location.id.as_str() == "harbour")
            .execute(&pool)
            .await
            .unwrap();
    }
    let supplier = builder::supplier("mill");
    sqlx::query("INSERT INTO supplier (id, body) VALUES ('mill', $1)")
        .bind(serde_json::to_string(&supplier).unwrap())
        .execute(&pool)
        .await
        .unwrap();
    let line = builder::line("10", "flour", "1.25");
    let published = Contract {
        status: ContractStatus::Suspended,
        ..builder::contract("C1", "mill", "org", vec![line])
    };
    let amended = Amendment {
        effective_from: date(2026, 5, 1),
        reason_code: "price".into(),
        rationale: "a new price".into(),
    };
    let draft = Contract {
        version: 2,
        status: ContractStatus::Draft,
        amendment: Some(amended),
        ..published.clone()
    };
    for contract in [&published, &draft] {
        let insert =
            "INSERT INTO contract_version (contract, version, body, released_from, seen_at)
                      VALUES ('C1', $1, $2, '2026-01-01', 7)";
        let insert = sqlx::query(insert).bind(contract.version);
        insert.bind(serde_json::to_string(contract).unwrap()).execute(&pool).await.unwrap();
    }
    let store = migrated(pool).await;
    let mut kept = store.locations().await.unwrap();
    kept.sort_by_key(|location| location.parent.is_some());
    assert_eq!(kept, tree[..2]);
    let harbour: LocationId = "harbour".parse().unwrap();
    assert_eq!(
        store.site_time_zone(&harbour).await.unwrap(),
        tree[2].site.as_ref().map(|site| site.time_zone.clone()),
        "a site that left the tree keeps its zone"
    );
    let below = Visible::Below(vec!["org".parse().unwrap()]);
    assert!(store.is_visible(&below, &harbour).await.unwrap(), "and its place");
    assert_eq!(store.suppliers().await.unwrap(), [supplier]);
    assert_eq!(store.contracts().await.unwrap(), [published.clone(), draft.clone()]);
    let versions = &store.contract_versions().await.unwrap()[&published.id];
    let facts = versions.iter().map(|version| (version.released_from, version.is_seen));
    assert!(facts.eq([(Some(date(2026, 1, 1)), true); 2]));
    assert!(store.contract_headers().await.unwrap().iter().all(|c| c.lines.is_empty()));
    let mut write = store.write().await.unwrap();
    let second = Contract { version: 3, ..draft };
    assert!(put_draft(&mut write, &second).await.is_err(), "one draft for each first day");
}

#[tokio::test]
async fn drafts_of_a_database_that_did_not_mark_them_are_counted() {
    let pool = before_migration(33).await;
    let documents = [
        ("draft", "order", false),
        ("let go", "order", true),
        ("sent", "order", false),
        ("settings", "site", false),
    ];
    for (id, kind, is_let_go) in documents {
        sqlx::query(
            "INSERT INTO document (id, kind, site, bytes, heads, is_let_go, created_at, changed_at)
             VALUES ($1, $2, 'S01', x'00', '[]', $3, 1, 2)",
        )
        .bind(id)
        .bind(kind)
        .bind(is_let_go)
        .execute(&pool)
        .await
        .unwrap();
    }
    sqlx::query(
        "INSERT INTO order_head (document, site, stage, submitted_by, submitted_at, device, received_at, received_on, lines)
         VALUES ('sent', 'S01', 'refused', 'Ana', 1, 'd', 1, '2026-03-02', 0)",
    )
    .execute(&pool)
    .await
    .unwrap();
    let store = migrated(pool).await;
    let site: LocationId = "S01".parse().unwrap();
    let mut read = store.read().await.unwrap();
    let (documents, devices, submissions) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let sites = [&site].into();
    let facts = GroupFacts::of(&mut read, &documents, &devices, &sites, &submissions);
    assert_eq!(facts.await.unwrap().drafts, [(site.clone(), 1)].into());
}

#[tokio::test]
async fn a_release_that_was_announced_before_there_were_jobs_gets_a_job_for_its_first_day() {
    let pool = before_migration(32).await;
    for (number, day, withdrawn) in
        [(1, "2020-01-01", None), (2, "2999-01-01", Some(1)), (3, "2999-01-02", None)]
    {
        let release = "INSERT INTO release (number, effective_from, issued_at, publisher, \
                       reason, manifest, signature, withdrawn_at) \
                       VALUES ($1, $2, 5, 'ana', '', x'00', zeroblob(64), $3)";
        let release = sqlx::query(release).bind(number).bind(day).bind(withdrawn);
        release.execute(&pool).await.unwrap();
    }
    let jobs = migrated(pool).await.jobs(10).await.unwrap();
    assert_eq!(jobs.len(), 1, "{jobs:?}");
    let begins = crate::state::day_begins(date(2999, 1, 2));
    assert_eq!((jobs[0].key.as_str(), jobs[0].run_at), ("3 · 2999-01-02", begins));
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(14));
    let begins = jiff::Timestamp::from_millisecond(begins).unwrap().to_zoned(zone);
    assert_eq!(begins.datetime(), date(2999, 1, 2).at(0, 0, 0, 0));
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("calloff.db");
    let newer = super::sqlite::open(&file).await.unwrap().writer;
    sqlx::query(
        "INSERT INTO _sqlx_migrations
         SELECT 9999, description, installed_on, success, checksum, execution_time
         FROM _sqlx_migrations WHERE version = 1",
    )
    .execute(&newer)
    .await
    .unwrap();
    newer.close().await;
    let refused = super::sqlite::open(&file).await.err().unwrap();
    assert!(matches!(refused, StorageError::Newer { change: 9999 }), "{refused}");
    let said = refused.to_string();
    assert!(said.contains("migration 9999") && said.contains("calloff restore"));
}
