use calloff_core::wire::{JobRow, JobState};
use calloff_server::jobs::work_on_due;
use calloff_server::state::{AppState, Clock, Settings};

use crate::Data;

/// The jobs that a test enqueues. When it is dropped, it works on all jobs that are due by the
/// clock of the test. Then none may be due, and none may have failed. A test that wants such jobs
/// cancels them. A test that ends within a write, so that the database is locked, calls
/// [`crate::TestApp::work`] before.
pub(crate) struct Queue {
    data: Data,
    settings: Settings,
    clock: Clock,
}

impl Queue {
    pub fn new(data: &Data, settings: &Settings, clock: &Clock) -> Self {
        Self { data: data.clone(), settings: settings.clone(), clock: clock.clone() }
    }

    /// The jobs that are left after the work.
    fn left(&self) -> Vec<JobRow> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let store = self.data.open().await;
            let state = AppState::new(store, self.settings.clone(), self.clock.clone());
            work_on_due(&state).await.expect("the database");
            let mut jobs = state.store.jobs(u32::MAX).await.expect("the jobs");
            jobs.retain(|job| match job.state {
                JobState::Failed => true,
                JobState::Waiting => job.run_at <= state.now() || job.error.is_some(),
                JobState::Running | JobState::Done | JobState::Cancelled => false,
            });
            state.store.close().await;
            jobs
        })
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        // A test may end inside a runtime, which cannot wait for another one.
        let left = std::thread::scope(|scope| scope.spawn(|| self.left()).join());
        let left = left.expect("the jobs of the test can be run");
        assert!(left.is_empty(), "jobs are left: {left:?}");
    }
}
