//! What went on lately, for the dashboard: runs by the hour and in the last day, and what they moved.

use crate::app::App;
use crate::error::Result;
use chrono::{DurationRound, TimeDelta};
use courier_domain::{JobId, Timestamp};
use courier_store::ExecutionCounts;
use serde::Serialize;
use specta::Type;

/// A week.
const HOURS: i32 = 7 * 24;

/// Runs by when they were made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct Activity {
    /// The last 24 hours.
    pub day: RunCounts,
    pub files: i64,
    pub bytes: i64,
    /// What each job moved in the last 24 hours, most first; jobs that moved nothing are left out.
    pub moved: Vec<MovedByJob>,
    /// Every hour of a week, oldest first; the last one is the hour that is now.
    pub hours: Vec<HourOfRuns>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
pub struct RunCounts {
    pub completed: i64,
    pub failed: i64,
    pub cancelled: i64,
    /// Created, queued, running or paused.
    pub unfinished: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
pub struct HourOfRuns {
    pub from: Timestamp,
    pub runs: RunCounts,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct MovedByJob {
    pub job_id: JobId,
    pub job_name: String,
    pub bytes: i64,
}

impl From<ExecutionCounts> for RunCounts {
    fn from(counts: ExecutionCounts) -> Self {
        let ExecutionCounts { completed, failed, cancelled, unfinished } = counts;
        Self { completed, failed, cancelled, unfinished }
    }
}

impl App {
    /// How busy it was: counted over all runs, however many there are.
    pub async fn executions_activity(&self) -> Result<Activity> {
        let now = self.now();
        let hour = TimeDelta::hours(1);
        let end = now.duration_trunc(hour).unwrap_or(now) + hour;
        let mut spans: Vec<_> = (1..=HOURS).rev().map(|n| end - hour * n..end - hour * (n - 1)).collect();
        let since = now - hour * 24;
        spans.push(since..end);
        let mut session = self.read().await?;
        let mut counts = session.execution_counts(&spans).await?;
        let day = counts.pop().unwrap_or_default().into();
        let hours =
            spans.iter().zip(counts).map(|(span, runs)| HourOfRuns { from: span.start, runs: runs.into() });
        let moved = session.moved_since(since).await?;
        Ok(Activity {
            day,
            files: moved.iter().map(|job| job.files).sum(),
            bytes: moved.iter().map(|job| job.bytes).sum(),
            hours: hours.collect(),
            moved: moved
                .into_iter()
                .filter(|job| job.bytes > 0)
                .map(|job| MovedByJob { job_id: job.job_id, job_name: job.job_name, bytes: job.bytes })
                .collect(),
        })
    }
}
