//! The state of a job in words, and what an administrator can do with it.

use calloff_core::wire::{JobRow, JobState};

use crate::components::Tone;
use crate::i18n::Text;

/// The state of a job, and how urgent it is.
#[must_use]
pub fn state(job: &JobRow) -> (Tone, Text) {
    match job.state {
        JobState::Waiting if job.error.is_some() => (Tone::Caution, Text::JobTriesAgain),
        JobState::Waiting => (Tone::Neutral, Text::JobWaiting),
        JobState::Running => (Tone::Neutral, Text::JobRunning),
        JobState::Failed => (Tone::Negative, Text::JobFailed),
        JobState::Done => (Tone::Positive, Text::JobDone),
        JobState::Cancelled => (Tone::Neutral, Text::JobCancelled),
    }
}

/// The words on the button that runs a job. `None` for a running one, which needs no button.
#[must_use]
pub fn run_words(job: &JobRow) -> Option<Text> {
    match job.state {
        JobState::Waiting => Some(Text::JobRunNow),
        JobState::Running => None,
        JobState::Failed | JobState::Done | JobState::Cancelled => Some(Text::JobRunAgain),
    }
}

/// What cancelling a job means. `None` for a job that has ended.
#[must_use]
pub fn cancel_means(job: &JobRow) -> Option<Text> {
    match job.state {
        JobState::Done | JobState::Cancelled => None,
        JobState::Waiting | JobState::Running | JobState::Failed if job.repeats => {
            Some(Text::JobCancelTurnMeans)
        }
        JobState::Waiting | JobState::Running | JobState::Failed => Some(Text::JobCancelMeans),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(state: JobState) -> JobRow {
        JobRow {
            id: 1,
            kind: "release".to_owned(),
            key: "7".to_owned(),
            state,
            attempts: 1,
            run_at: 0,
            repeats: false,
            node: None,
            error: None,
            ended_at: None,
        }
    }

    #[test]
    fn a_job_that_waits_after_a_failure_is_a_caution() {
        let failed = JobRow { error: Some("no".to_owned()), ..job(JobState::Waiting) };
        assert_eq!(state(&failed), (Tone::Caution, Text::JobTriesAgain));
        assert_eq!(state(&job(JobState::Waiting)), (Tone::Neutral, Text::JobWaiting));
    }

    #[test]
    fn what_has_ended_can_be_run_again_and_not_cancelled() {
        for ended in [JobState::Done, JobState::Cancelled] {
            assert_eq!(run_words(&job(ended)), Some(Text::JobRunAgain));
            assert_eq!(cancel_means(&job(ended)), None);
        }
        assert_eq!(run_words(&job(JobState::Running)), None);
        let repeats = JobRow { repeats: true, ..job(JobState::Waiting) };
        assert_eq!(cancel_means(&repeats), Some(Text::JobCancelTurnMeans));
    }
}
