//! A backup of either engine, and what comes back from it.

use calloff_core::order::OrderStage;
use calloff_core::sample::builder::day;
use calloff_core::sample::small;
use calloff_core::wire::PersonRole;
use calloff_server::cli::CliError;
use calloff_server::cli::backup::{bring_back, write_copy};
use calloff_server::storage::audit::Chain;
use calloff_tests::{Data, RELEASE_DAY, TestApp, at};

const PASSPHRASE: &str = "four plain words here";

#[tokio::test]
async fn a_backup_of_a_running_server_comes_back_on_either_engine_with_its_key() {
    let data = Data::new().await;
    let app = TestApp::open(data.clone(), at("2026-03-02T09:00:00Z")).await;
    app.publish(&small(), day(RELEASE_DAY)).await;
    let finance = app.person("fin", PersonRole::Finance, "org").await;
    let mut kitchen = app.tablet("school", "Kitchen").await;
    let mut ordered = Vec::new();
    let file = data.path().join("copy.db");
    for count in 0..2 {
        let order = kitchen.begin();
        kitchen.add(order, "flour", "12");
        kitchen.submit(order);
        kitchen.sync(&app).await;
        ordered.push(finance.orders(&app, "").await);
        if count == 0 {
            let context = data.context(app.now());
            let short = write_copy(&context, &file, Some("too short")).await.unwrap_err();
            assert!(short.to_string().contains("at least 12 characters") && !file.exists());
            write_copy(&context, &file, Some(PASSPHRASE)).await.unwrap();
            let again = write_copy(&context, &file, None).await.unwrap_err();
            assert!(again.to_string().contains("exists already"), "{again}");
        }
    }
    let before = app.state.store.incarnation().await.unwrap();
    let key = std::fs::read(data.path().join("signing.key")).unwrap();
    let now = app.now();
    drop(app.into_data().await);

    let mut targets = vec![Data::new().await];
    if Data::is_in_postgres() {
        targets.push(Data::in_folder(tempfile::tempdir().unwrap()));
    }
    for target in targets {
        let context = target.context(now);
        let wrong = || Ok::<_, CliError>("four plain words there".to_owned());
        let refused = bring_back(&context, &file, wrong).await.unwrap_err();
        assert!(refused.to_string().contains("the passphrase is not the one of"), "{refused}");
        let left = std::fs::read_dir(target.path()).unwrap().count();
        assert_eq!(left, 0, "a refused restore leaves nothing");

        let right = || Ok::<_, CliError>(PASSPHRASE.to_owned());
        bring_back(&context, &file, right).await.unwrap();
        assert_eq!(std::fs::read(target.path().join("signing.key")).unwrap(), key);
        let app = TestApp::open(target.clone(), now).await;
        let store = &app.state.store;
        assert_ne!(store.incarnation().await.unwrap().id, before.id, "tablets must notice");
        assert!(matches!(store.verify_audit_chain().await.unwrap(), Chain::Whole { .. }));
        assert_eq!(store.setting("backup_signing_key").await.unwrap(), None);
        assert_eq!(finance.orders(&app, "").await, ordered[0], "the second order came later");
        let mut ward = app.tablet("hospital", "Ward 3").await;
        let order = ward.begin();
        ward.add(order, "flour", "12");
        ward.submit(order);
        ward.sync(&app).await;
        assert_eq!(ward.order(order).stage(), OrderStage::Accepted);
        let number = &ward.order(order).server.purchase_orders[0].number;
        assert!(number.starts_with("PO-") && number.ends_with("-000001"), "{number}");
        drop(app.into_data().await);
        let unasked = || -> Result<String, CliError> { panic!("the folder has its key already") };
        let again = bring_back(&context, &file, unasked).await;
        if context.database.is_some() {
            let refused = again.unwrap_err().to_string();
            assert!(refused.contains("has data already"), "{refused}");
        } else {
            assert!(again.unwrap().1.is_some(), "the file before is kept");
        }
    }
}
