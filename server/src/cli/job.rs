//! `calloff job …`: work that the server does later, and again if it fails.

use std::fmt::Write as _;

use calloff_core::wire::{JobRow, JobState};

use super::serve::CommandError;
use super::{CliError, Context, answer, answer_json};
use crate::jobs::{self, JobChange};

/// The commands for jobs.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum JobCommand {
    /// List jobs: the failed ones first, with the reason
    List(ListArgs),
    /// Run a job again, or at once if it waits
    RunAgain(OneJob),
    /// Cancel a job; a job that repeats itself skips this turn
    Cancel(OneJob),
}

/// How to list jobs.
#[derive(Debug, Clone, clap::Args)]
pub struct ListArgs {
    /// The largest number of jobs
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    pub limit: u32,
    /// Write JSON
    #[arg(long)]
    pub json: bool,
}

/// A job.
#[derive(Debug, Clone, clap::Args)]
pub struct OneJob {
    /// The number of the job, as `calloff job list` prints it
    #[arg(value_name = "NUMBER")]
    pub number: i64,
}

/// A job in words.
fn sentence(job: &JobRow) -> String {
    let time = |at: i64| jiff::Timestamp::from_millisecond(at).unwrap_or_default();
    let mut text = format!("{} {}", job.id, job.kind);
    if !job.key.is_empty() {
        write!(text, " {}", job.key).ok();
    }
    let ended = time(job.ended_at.unwrap_or_default());
    match job.state {
        JobState::Waiting => write!(text, ": waiting, runs at {}", time(job.run_at)),
        JobState::Running => {
            write!(text, ": running on {}", job.node.as_deref().unwrap_or("a server"))
        }
        JobState::Failed => write!(text, ": failed at {ended}"),
        JobState::Done => write!(text, ": done at {ended}"),
        JobState::Cancelled => write!(text, ": cancelled at {ended}"),
    }
    .ok();
    if job.attempts > 0 {
        write!(text, ", attempts {}", job.attempts).ok();
    }
    if let Some(error) = &job.error {
        write!(text, "; the last attempt failed: {}", error.replace('\n', " ")).ok();
    }
    text
}

/// Runs the command.
///
/// # Errors
/// There is no such job, or the store failed.
pub async fn run(context: &Context, command: JobCommand) -> Result<(), CliError> {
    let store = context.open().await?;
    let (job, change, done) = match command {
        JobCommand::List(args) => {
            let jobs = store.jobs(args.limit).await?;
            if args.json {
                return answer_json(&jobs);
            }
            let mut text: String = jobs.iter().map(|job| sentence(job) + "\n").collect();
            if text.is_empty() {
                text += "There are no jobs.\n";
            }
            return answer(&text);
        }
        JobCommand::RunAgain(job) => (job, JobChange::RunAgain, "runs as soon as it can"),
        JobCommand::Cancel(job) => (job, JobChange::Cancel, "was cancelled"),
    };
    let changed = jobs::change(&store, job.number, change, &context.doing()).await;
    if !changed.map_err(CommandError::Service)? {
        return Err(CliError::Usage(format!(
            "there is no job {}: see calloff job list",
            job.number
        )));
    }
    store.close().await;
    answer(&format!("job {} {done}\n", job.number))
}
