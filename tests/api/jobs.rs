//! Work that the server does later, and again if it fails.

use std::future::pending;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use calloff_core::sample::builder::day;
use calloff_core::sample::small;
use calloff_core::wire::{
    Actor, AuditAct, AuditPage, ErrorCode, JobKind, JobRow, JobState, PersonRole,
};
use calloff_server::error::ServiceError;
use calloff_server::jobs::{plan, run, work, work_on_due};
use calloff_server::publishing::withdraw::withdraw_release;
use calloff_server::state::Wake;
use calloff_server::storage::StorageError;
use calloff_server::storage::audit::Doing;
use calloff_server::storage::jobs::{
    ATTEMPTS, LEASE, NewJob, TakenJob, delete_ended, enqueue, fail, finish, give_back, renew, take,
};
use calloff_server::today::Days;
use calloff_tests::{Person, TestApp, at};
use futures_util::future::join_all;
use serde_json::{Value, json};

const HOUR: i64 = 60 * 60 * 1000;
const DAY: i64 = 24 * HOUR;

/// The number of jobs that repeat themselves.
const REPEATING: usize = 3;

/// A server whose queue is empty.
async fn started() -> TestApp {
    let app = TestApp::start(&small()).await;
    let mut write = app.state.store.write().await.unwrap();
    write.run("DELETE FROM job").await.unwrap();
    write.commit().await.unwrap();
    app
}

async fn add(app: &TestApp, kind: JobKind, key: &str, payload: &Value) {
    let mut write = app.state.store.write().await.unwrap();
    let job = NewJob { kind, key, payload, run_at: app.now() };
    enqueue(&mut write, job, app.now()).await.unwrap();
    write.commit().await.unwrap();
}

async fn take_one(app: &TestApp, node: &str) -> Option<TakenJob> {
    let mut write = app.state.store.write().await.unwrap();
    let taken = take(&mut write, &JobKind::ALL, node, app.now()).await.unwrap();
    write.commit().await.unwrap();
    taken
}

async fn finish_one(app: &TestApp, taken: &TakenJob) -> bool {
    let mut write = app.state.store.write().await.unwrap();
    let counts = finish(&mut write, taken, app.now()).await.unwrap();
    write.commit().await.unwrap();
    counts
}

async fn is_ours(app: &TestApp, taken: &TakenJob) -> bool {
    let mut write = app.state.store.write().await.unwrap();
    let is_ours = renew(&mut write, taken, app.now()).await.unwrap();
    write.commit().await.unwrap();
    is_ours
}

async fn jobs(app: &TestApp) -> Vec<JobRow> {
    app.state.store.jobs(100).await.unwrap()
}

/// The only job.
async fn job(app: &TestApp) -> JobRow {
    let mut jobs = jobs(app).await;
    assert_eq!(jobs.len(), 1, "{jobs:?}");
    jobs.remove(0)
}

async fn act(app: &TestApp, person: &Person, id: i64, act: &str) -> StatusCode {
    person.send(app, Method::POST, &format!("/api/jobs/{id}/{act}")).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_never_take_the_same_job() {
    let app = started().await;
    let nodes = [app.second_node().await, app];
    for number in 0..20 {
        add(&nodes[0], JobKind::Release, &number.to_string(), &Value::Null).await;
        let taken = join_all(nodes.iter().map(|node| take_one(node, "a node"))).await;
        let taken: Vec<_> = taken.into_iter().flatten().collect();
        assert_eq!(taken.len(), 1, "{taken:?}");
        assert!(finish_one(&nodes[1], &taken[0]).await);
    }
}

#[tokio::test]
async fn a_job_of_a_node_that_crashed_is_taken_again_when_the_lease_ends() {
    let app = started().await;
    add(&app, JobKind::Release, "7", &Value::Null).await;
    let lost = take_one(&app, "first").await.unwrap();
    let shown = job(&app).await;
    assert_eq!((shown.state, shown.node.as_deref()), (JobState::Running, Some("first")));
    app.set_millis(app.now() + LEASE / 2);
    assert!(is_ours(&app, &lost).await, "a node that lives renews its lease");
    app.set_millis(app.now() + LEASE - 1);
    assert_eq!(take_one(&app, "second").await, None, "the lease has not ended");
    app.set_millis(app.now() + 1);
    let taken = take_one(&app, "second").await.unwrap();
    assert_eq!((taken.key.as_str(), taken.attempts), ("7", 2));
    // The first node was not dead, but slow.
    assert!(!is_ours(&app, &lost).await && !finish_one(&app, &lost).await);
    assert_eq!(job(&app).await.node.as_deref(), Some("second"));
    assert!(finish_one(&app, &taken).await);
    assert_eq!(job(&app).await.state, JobState::Done);
}

#[tokio::test]
async fn a_job_that_stops_its_server_each_time_fails_in_the_end() {
    let app = started().await;
    add(&app, JobKind::Release, "7", &Value::Null).await;
    for attempt in 1..=ATTEMPTS {
        assert_eq!(take_one(&app, "a node").await.unwrap().attempts, attempt);
        app.set_millis(app.now() + LEASE);
    }
    assert_eq!(take_one(&app, "a node").await, None);
    let shown = job(&app).await;
    assert_eq!((shown.state, shown.ended_at), (JobState::Failed, Some(app.now())));
    assert!(shown.error.unwrap().contains("stopped in the middle"));
    let admin = app.signed_in("ada", PersonRole::Admin, "org").await;
    assert_eq!(act(&app, &admin, shown.id, "cancel").await, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_job_with_the_same_key_is_the_same_job_with_the_later_payload() {
    let app = started().await;
    add(&app, JobKind::Release, "7", &json!({"tries": 1})).await;
    add(&app, JobKind::Release, "7", &json!({"tries": 2})).await;
    add(&app, JobKind::Compaction, "7", &Value::Null).await;
    let taken = take_one(&app, "a node").await.unwrap();
    assert_eq!((taken.kind, taken.payload.as_str()), (JobKind::Release, r#"{"tries":2}"#));
    finish_one(&app, &taken).await;
    let other = take_one(&app, "a node").await.unwrap();
    assert_eq!(other.kind, JobKind::Compaction, "another kind has its own keys");
    finish_one(&app, &other).await;
    assert_eq!(take_one(&app, "a node").await, None);
    // A job that was done is not forgotten, and the same work can be wanted again.
    add(&app, JobKind::Release, "7", &Value::Null).await;
    assert_eq!(take_one(&app, "a node").await.unwrap().attempts, 1);
    assert_eq!(jobs(&app).await.len(), 2);
}

#[tokio::test]
async fn a_job_that_is_enqueued_while_it_runs_runs_once_more_afterwards() {
    let app = started().await;
    for fails in [false, true] {
        add(&app, JobKind::Release, "7", &json!(1)).await;
        let first = take_one(&app, "first").await.unwrap();
        add(&app, JobKind::Release, "7", &json!(2)).await;
        assert_eq!(take_one(&app, "second").await, None, "never twice at the same time");
        if fails {
            let mut write = app.state.store.write().await.unwrap();
            fail(&mut write, &first, "no", Some(app.now() + HOUR), app.now()).await.unwrap();
            write.commit().await.unwrap();
        } else {
            assert!(finish_one(&app, &first).await);
        }
        let second = take_one(&app, "second").await.unwrap();
        assert_eq!((second.payload.as_str(), second.attempts), ("2", 1));
        assert!(finish_one(&app, &second).await);
        assert_eq!((take_one(&app, "first").await, job(&app).await.state), (None, JobState::Done));
    }
}

#[tokio::test]
async fn a_job_is_only_there_if_the_transaction_that_decided_it_was_committed() {
    let app = started().await;
    let mut write = app.state.store.write().await.unwrap();
    let job = NewJob { kind: JobKind::Release, key: "7", payload: &Value::Null, run_at: app.now() };
    enqueue(&mut write, job, app.now()).await.unwrap();
    drop(write);
    assert_eq!(work_on_due(&app.state).await.unwrap(), 0);
    assert_eq!(jobs(&app).await, []);
}

/// A server with a settled order that cannot be read, so that compaction fails.
async fn with_damage() -> TestApp {
    let app = started().await;
    let mut tablet = app.tablet("school", "Kitchen").await;
    let order = tablet.begin();
    tablet.add(order, "flour", "12");
    tablet.submit(order);
    tablet.sync(&app).await;
    app.set_millis(app.now() + 2 * DAY);
    let mut write = app.state.store.write().await.unwrap();
    write.run("UPDATE document SET heads = '{}'").await.unwrap();
    write.commit().await.unwrap();
    app
}

async fn mend(app: &TestApp) {
    let mut write = app.state.store.write().await.unwrap();
    write.run("UPDATE document SET heads = '[]'").await.unwrap();
    write.commit().await.unwrap();
}

#[tokio::test]
async fn a_failed_job_is_tried_again_after_longer_and_longer_pauses_and_then_waits_for_people() {
    let app = with_damage().await;
    add(&app, JobKind::Compaction, "once", &Value::Null).await;
    let mut pauses = Vec::new();
    for attempt in 1..ATTEMPTS {
        assert_eq!(work_on_due(&app.state).await.unwrap(), 1);
        let shown = job(&app).await;
        assert_eq!((shown.state, shown.attempts), (JobState::Waiting, attempt));
        assert!(shown.error.unwrap().contains("cannot be read"));
        pauses.push(shown.run_at - app.now());
        assert_eq!(work_on_due(&app.state).await.unwrap(), 0, "not before its time");
        app.set_millis(shown.run_at);
    }
    assert!((5_000..10_000).contains(&pauses[0]), "{pauses:?}");
    assert!(pauses[..9].is_sorted(), "{pauses:?}");
    assert!(pauses.iter().all(|pause| *pause <= HOUR), "{pauses:?}");
    assert_eq!(work_on_due(&app.state).await.unwrap(), 1);
    app.set_millis(app.now() + DAY);
    assert_eq!(work_on_due(&app.state).await.unwrap(), 0, "never again by itself");

    let admin = app.signed_in("ada", PersonRole::Admin, "org").await;
    let shown: Vec<JobRow> = admin.get(&app, "/api/jobs").await.json();
    assert_eq!((shown[0].state, shown[0].attempts), (JobState::Failed, ATTEMPTS));
    assert!(shown[0].error.as_ref().unwrap().contains("cannot be read"));
    mend(&app).await;
    let mut wakes = app.state.listen();
    assert_eq!(act(&app, &admin, shown[0].id, "run-again").await, StatusCode::NO_CONTENT);
    assert_eq!(wakes.try_recv(), Ok(Wake::Jobs), "a worker looks at once");
    assert_eq!(work_on_due(&app.state).await.unwrap(), 1);
    let done = job(&app).await;
    assert_eq!((done.state, done.attempts, done.error), (JobState::Done, 1, None));
}

#[tokio::test]
async fn a_job_that_repeats_itself_goes_on_after_any_number_of_failures() {
    let app = with_damage().await;
    plan(&app.state).await.unwrap();
    let compaction =
        async || jobs(&app).await.into_iter().find(|job| job.kind == "compaction").unwrap();
    for attempt in 1..=2 * ATTEMPTS {
        work_on_due(&app.state).await.unwrap();
        let shown = compaction().await;
        assert_eq!((shown.state, shown.attempts), (JobState::Waiting, attempt));
        assert!(shown.error.is_some() && shown.run_at <= app.now() + HOUR, "{shown:?}");
        app.set_millis(app.now() + HOUR);
    }
    mend(&app).await;
    // A server that starts plans again. Nothing of this changes.
    plan(&app.state).await.unwrap();
    work_on_due(&app.state).await.unwrap();
    let shown = compaction().await;
    assert_eq!((shown.error, shown.attempts, shown.run_at), (None, 0, app.now() + HOUR));
    assert_eq!(jobs(&app).await.len(), REPEATING);
}

#[tokio::test]
async fn an_administrator_cancels_a_job_that_waits_or_runs_and_runs_it_again() {
    let app = started().await;
    let admin = app.signed_in("ada", PersonRole::Admin, "org").await;
    add(&app, JobKind::Release, "7", &Value::Null).await;
    let id = job(&app).await.id;
    for _ in 0..2 {
        assert_eq!(act(&app, &admin, id, "cancel").await, StatusCode::NO_CONTENT, "also twice");
    }
    assert_eq!(take_one(&app, "a node").await, None);
    assert_eq!(job(&app).await.state, JobState::Cancelled);

    assert_eq!(act(&app, &admin, id, "run-again").await, StatusCode::NO_CONTENT);
    let taken = take_one(&app, "a node").await.unwrap();
    assert_eq!(act(&app, &admin, id, "run-again").await, StatusCode::NO_CONTENT);
    assert!(finish_one(&app, &taken).await);
    let taken = take_one(&app, "a node").await.expect("once more, as it ran already");
    assert_eq!(act(&app, &admin, id, "cancel").await, StatusCode::NO_CONTENT);
    assert!(!is_ours(&app, &taken).await && !finish_one(&app, &taken).await);
    assert_eq!(
        (take_one(&app, "a node").await, job(&app).await.state),
        (None, JobState::Cancelled)
    );

    let log: AuditPage = admin.get(&app, "/api/audit").await.json();
    let acts: Vec<_> = log.entries.iter().take(4).map(|entry| entry.act).collect();
    let (again, cancelled) = (AuditAct::JobRunAgain, AuditAct::JobCancelled);
    assert_eq!(acts, [cancelled, again, again, cancelled], "the second cancel did nothing");
    let entry = &log.entries[0];
    assert_eq!((entry.target.as_str(), entry.detail["key"].as_str()), ("release", "7"));
    assert_eq!(entry.by, Actor::Person("ada".parse().unwrap()));
    for unknown in ["/api/jobs/999/cancel", "/api/jobs/x/run-again"] {
        let answer = admin.send(&app, Method::POST, unknown).await;
        assert_eq!(answer.code(), ErrorCode::NotFound);
    }
}

#[tokio::test]
async fn a_job_that_repeats_itself_is_cancelled_for_one_turn() {
    let app = started().await;
    let admin = app.signed_in("ada", PersonRole::Admin, "org").await;
    plan(&app.state).await.unwrap();
    let taken = take_one(&app, "a node").await.unwrap();
    assert_eq!(act(&app, &admin, taken.id, "cancel").await, StatusCode::NO_CONTENT);
    assert!(!finish_one(&app, &taken).await);
    let shown = jobs(&app).await.into_iter().find(|job| job.id == taken.id).unwrap();
    assert_eq!((shown.state, shown.run_at), (JobState::Waiting, app.now() + HOUR));
    app.work().await;
}

#[tokio::test]
async fn a_kind_of_a_newer_version_is_left_alone_and_shown() {
    let app = started().await;
    let mut write = app.state.store.write().await.unwrap();
    let newer = "INSERT INTO job (kind, key, payload, state, run_at, created_at)
                 VALUES ('of_a_newer_version', '1', '{}', 'waiting', 0, 0)";
    write.run(newer).await.unwrap();
    write.commit().await.unwrap();
    add(&app, JobKind::Release, "7", &Value::Null).await;
    assert_eq!(work_on_due(&app.state).await.unwrap(), 1, "the others are not held up");
    let admin = app.signed_in("ada", PersonRole::Admin, "org").await;
    let shown: Vec<JobRow> = admin.get(&app, "/api/jobs").await.json();
    let newer = &shown[0];
    assert_eq!((newer.kind.as_str(), newer.state), ("of_a_newer_version", JobState::Waiting));
    assert_eq!(newer.attempts, 0);
    assert_eq!(act(&app, &admin, newer.id, "cancel").await, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_server_that_stops_gives_its_jobs_back_and_the_attempt_does_not_count() {
    let app = started().await;
    add(&app, JobKind::Release, "7", &Value::Null).await;
    let taken = take_one(&app, "first").await.unwrap();
    let mut write = app.state.store.write().await.unwrap();
    give_back(&mut write, &taken, app.now()).await.unwrap();
    write.commit().await.unwrap();
    let again = take_one(&app, "second").await.expect("at once");
    assert_eq!(again.attempts, 1);
    assert!(!finish_one(&app, &taken).await && finish_one(&app, &again).await);
}

#[tokio::test]
async fn a_clock_that_ran_a_year_ahead_holds_no_job_up_when_it_is_right_again() {
    let app = started().await;
    let right = app.now();
    app.set_millis(right + 365 * DAY);
    plan(&app.state).await.unwrap();
    assert_eq!(work_on_due(&app.state).await.unwrap(), REPEATING);
    add(&app, JobKind::Release, "7", &Value::Null).await;
    let taken = take_one(&app, "a node").await.unwrap();
    app.set_millis(right);
    assert_eq!(work_on_due(&app.state).await.unwrap(), REPEATING + 1);
    assert!(!finish_one(&app, &taken).await, "its lease would have held for a year");
    assert!(jobs(&app).await.iter().all(|job| job.run_at <= right + DAY || !job.repeats));
}

#[tokio::test]
async fn a_job_that_panics_says_why_and_is_tried_again() {
    async fn panics() -> Result<(), ServiceError> {
        panic!("no such month: 13")
    }
    let app = started().await;
    let admin = app.person("ada", PersonRole::Admin, "org").await;
    add(&app, JobKind::Release, "7", &Value::Null).await;
    let taken = take_one(&app, "a node").await.unwrap();
    run(&app.state, &taken, panics(), Duration::from_secs(600)).await;
    let failed = job(&app).await;
    assert_eq!((failed.state, failed.attempts), (JobState::Waiting, 1));
    assert_eq!(failed.error.as_deref(), Some("it panicked: no such month: 13"));
    assert!(failed.run_at > app.now());
    assert!(act(&app, &admin, failed.id, "cancel").await.is_success());
}

#[tokio::test]
async fn a_long_job_stays_with_its_node_and_stops_when_somebody_cancels_it() {
    let app = started().await;
    let admin = app.person("ada", PersonRole::Admin, "org").await;
    add(&app, JobKind::Release, "7", &Value::Null).await;
    let taken = take_one(&app, "a node").await.unwrap();
    let (held, dropped) = tokio::sync::oneshot::channel::<()>();
    let endless = async move {
        let _held = held;
        pending().await
    };
    let running = run(&app.state, &taken, endless, Duration::from_millis(5));
    let others = async {
        for _ in 0..3 {
            app.set_millis(app.now() + LEASE - 1);
            let soon = app.now() + LEASE - 1;
            while app.state.store.has_due_job(&JobKind::ALL, soon).await.unwrap() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            assert!(take_one(&app, "another node").await.is_none());
        }
        assert!(act(&app, &admin, job(&app).await.id, "cancel").await.is_success());
        dropped.await.expect_err("the work is dropped");
    };
    let both = async { tokio::join!(running, others) };
    tokio::time::timeout(Duration::from_secs(60), both).await.expect("it stops");
    assert_eq!(job(&app).await.state, JobState::Cancelled);
}

#[tokio::test]
async fn ended_jobs_are_kept_for_a_week_and_failed_ones_for_a_month() {
    let app = started().await;
    for key in ["done", "failed"] {
        add(&app, JobKind::Release, key, &Value::Null).await;
        let taken = take_one(&app, "a node").await.unwrap();
        let mut write = app.state.store.write().await.unwrap();
        match key {
            "done" => assert!(finish(&mut write, &taken, app.now()).await.unwrap()),
            _ => fail(&mut write, &taken, &"ö".repeat(600), None, app.now()).await.unwrap(),
        }
        write.commit().await.unwrap();
    }
    assert_eq!(jobs(&app).await[0].error.as_ref().unwrap().len(), 1_000, "cut at a letter");
    let ended = app.now();
    for (days, left) in [(6, 2), (7, 1), (29, 1), (30, 0)] {
        app.set_millis(ended + days * DAY);
        let mut write = app.state.store.write().await.unwrap();
        delete_ended(&mut write, app.now()).await.unwrap();
        write.commit().await.unwrap();
        assert_eq!(jobs(&app).await.len(), left, "after {days} days");
    }
}

/// The number of rows that a statement would delete.
async fn count(app: &TestApp, statement: &'static str) -> u64 {
    app.state.store.write().await.unwrap().run(statement).await.unwrap()
}

#[tokio::test]
async fn sessions_codes_and_invitations_are_deleted_when_they_expire() {
    let app = started().await;
    let admin = app.person("ada", PersonRole::Admin, "org").await;
    app.add_person("ana", PersonRole::Staff, "school", "correct horse battery").await;
    let invited = admin.send(&app, Method::POST, "/api/people/ana/invitation").await;
    assert!(invited.status.is_success());
    let (used, unused) = (app.enrolment_code("school").await, app.enrolment_code("school").await);
    let enrol = calloff_core::wire::EnrolRequest::new(used, "Kitchen");
    assert!(app.post("/api/enrol", &enrol).await.status.is_success());
    assert_ne!(unused, "");
    let kept = async || {
        [
            count(&app, "DELETE FROM session").await,
            count(&app, "DELETE FROM enrolment_code").await,
            count(&app, "DELETE FROM invitation").await,
        ]
    };
    plan(&app.state).await.unwrap();
    assert_eq!(work_on_due(&app.state).await.unwrap(), REPEATING);
    assert_eq!(kept().await, [1, 2, 1]);
    for (hours, left) in [(1, [1, 1, 1]), (12, [0, 1, 1]), (7 * 24, [0, 1, 0])] {
        app.set_millis(at("2026-03-02T09:00:00Z") + hours * HOUR);
        work_on_due(&app.state).await.unwrap();
        assert_eq!(kept().await, left, "after {hours} hours");
    }
    // A session of a clock that ran ahead.
    app.set_millis(app.now() + 365 * DAY);
    app.signed_in("eve", PersonRole::Finance, "org").await;
    app.set_millis(app.now() - 365 * DAY);
    work_on_due(&app.state).await.unwrap();
    app.set_millis(app.now() + HOUR);
    work_on_due(&app.state).await.unwrap();
    assert_eq!(kept().await, [0, 1, 0]);
}

#[tokio::test]
async fn everybody_is_told_when_a_release_is_published_begins_or_is_withdrawn() {
    let app = started().await;
    let mut wakes = app.state.listen();
    let published = app.publish(&small(), day("2026-03-05")).await;
    assert_eq!(wakes.try_recv(), Ok(Wake::Release));
    // The day begins first in UTC+14.
    app.set_millis(at("2026-03-04T10:00:00Z") - 1);
    assert_eq!(work_on_due(&app.state).await.unwrap(), 0);
    app.set_time("2026-03-04T10:00:00Z");
    assert_eq!(work_on_due(&app.state).await.unwrap(), 1);
    assert_eq!(wakes.try_recv(), Ok(Wake::Release));

    app.set_time("2026-03-02T09:00:00Z");
    let now = jiff::Timestamp::from_millisecond(app.now()).unwrap();
    let days = Days::of(&app.state.store, now).await.unwrap();
    let doing = Doing { by: Actor::Unknown, at: app.now(), from: String::new() };
    let number = published.issue.number;
    let store = &app.state.store;
    withdraw_release(store, &app.signing_key(), number, "", (&days, &doing)).await.unwrap();
    assert_eq!(work_on_due(&app.state).await.unwrap(), 1);
    assert_eq!(wakes.try_recv(), Ok(Wake::Release));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_runs_jobs_of_all_nodes_until_its_server_stops() {
    let app = started().await;
    let node = app.second_node().await;
    let working = tokio::spawn(work(node.state.clone()));
    let mut wakes = node.state.listen();
    // Another process publishes. It does not wake this one.
    add(&app, JobKind::Release, "2", &Value::Null).await;
    let heard = async { while wakes.recv().await != Ok(Wake::Release) {} };
    tokio::time::timeout(Duration::from_secs(20), heard).await.expect("it is told");
    let done = async {
        loop {
            let jobs = jobs(&app).await;
            let names: Vec<_> = jobs.iter().map(|job| (job.kind.as_str(), job.state)).collect();
            let (waiting, done) = (JobState::Waiting, JobState::Done);
            let repeating =
                ["compaction", "expiry", "old_orders"].map(|kind| (kind, waiting)).to_vec();
            // Those that repeat themselves also wait before their first turn.
            let is_due = |job: &JobRow| job.state == waiting && job.run_at <= app.now();
            let is_all = names == [repeating, vec![("release", done)]].concat();
            if is_all && !jobs.iter().any(is_due) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), done).await.expect("they are done");
    node.state.stopping.send_replace(true);
    tokio::time::timeout(Duration::from_secs(20), working).await.unwrap().unwrap();
    let left: Result<bool, StorageError> =
        app.state.store.has_due_job(&JobKind::ALL, app.now() + HOUR).await;
    assert!(left.unwrap(), "the jobs that repeat themselves wait for their next turn");
}
