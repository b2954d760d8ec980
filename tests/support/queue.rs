use calloff_core::wire::{JobRow, JobState};
use calloff_server::state::Clock;

use crate::Data;

/// The jobs that a test enqueues. When it is dropped, none may be due by the clock of the test, and
/// none may have failed. A test works on due jobs with [`crate::TestApp::work`], and cancels a job
/// that it wants to fail. The drop itself works on none: the test may have ended within a write,
/// and the database is then locked until the test's runtime goes on.
pub(crate) struct Queue {
    data: Data,
    clock: Clock,
}

impl Queue {
    pub fn new(data: &Data, clock: &Clock) -> Self {
        Self { data: data.clone(), clock: clock.clone() }
    }

    /// The jobs that are left.
    fn left(&self) -> Vec<JobRow> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let store = self.data.open().await;
            let mut jobs = store.jobs(u32::MAX).await.expect("the jobs");
            jobs.retain(|job| match job.state {
                JobState::Failed => true,
                JobState::Waiting => job.run_at <= self.clock.now() || job.error.is_some(),
                JobState::Running | JobState::Done | JobState::Cancelled => false,
            });
            // Without closing it: that would wait until nobody else has the database open.
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
        let left = left.expect("the jobs of the test can be read");
        assert!(left.is_empty(), "jobs are left, call TestApp::work: {left:?}");
    }
}
