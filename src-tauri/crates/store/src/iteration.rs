//! Steps inside loops: counted for each step, and found a page of iterations at a time.
//!
//! A loop of a hundred thousand iterations has as many rows for each of its steps. Counts walk an index that holds what
//! they count; a page asks for its iterations by their numbers, and looks through the paths only where numbers are
//! missing.
//!
//! Left out: which steps stand in which loop, and which of their attempts count since the run began anew; the caller
//! knows the job and its context.
//!
//! Invariant: all rows of one step have paths of the same number of parts, so that a path beside its loop's names one
//! iteration.

use crate::column::Text;
use crate::page::MAX_PAGE;
use crate::session::{Session, on, sql};
use crate::step_execution::Row;
use crate::{StoreError, UnitOfWork};
use courier_domain::JobExecutionId;
use courier_domain::execution::{IterationShow, StepExecution, StepExecutionState};
use sqlx::{Database, Encode, FromRow, QueryBuilder, Type};
use std::ops::Range;

/// A path, compared byte by byte on both databases.
const PATH_SQLITE: &str = "iteration_path";
const PATH_POSTGRES: &str = "iteration_path COLLATE \"C\"";

/// The words of the index of iterations that failed or are not over; without them it is not taken.
const OPEN: &str = " AND state IN ('failed', 'pending', 'running')";

/// The newest attempt of every step in every iteration: what stands before the run's id, and at the end. Both go along
/// the index that ends in the attempt; with MAX, SQLite takes the other columns from the row that has it.
const NEWEST_SQLITE: (&str, &str) = (
    "SELECT step_order, state, bytes_processed, MAX(retry_attempt) FROM step_executions WHERE job_execution_id = ",
    " GROUP BY step_order, iteration_path",
);
const NEWEST_POSTGRES: (&str, &str) = (
    "SELECT DISTINCT ON (step_order, iteration_path COLLATE \"C\") step_order, state, bytes_processed \
     FROM step_executions WHERE job_execution_id = ",
    " ORDER BY step_order, iteration_path COLLATE \"C\", retry_attempt DESC",
);

/// Files and bytes of every step, over its iterations; a result that only looks like a count is none.
const MOVED_SQLITE: &str = "SELECT step_order, \
    SUM(CASE WHEN json_type(output_data, '$.file_count') = 'integer' THEN json_extract(output_data, '$.file_count') END), \
    SUM(bytes_processed) FROM (SELECT step_order, state, bytes_processed, output_data, MAX(retry_attempt) \
    FROM step_executions WHERE job_execution_id = $1 GROUP BY step_order, iteration_path) \
    WHERE state = 'completed' GROUP BY step_order ORDER BY step_order DESC";
const MOVED_POSTGRES: &str = "SELECT step_order, \
    CAST(SUM(CASE WHEN counted ~ '^[0-9]{1,15}$' THEN CAST(counted AS BIGINT) END) AS BIGINT), \
    CAST(SUM(bytes_processed) AS BIGINT) FROM (SELECT DISTINCT ON (step_order, iteration_path COLLATE \"C\") step_order, \
    state, bytes_processed, CAST(output_data AS JSON) ->> 'file_count' AS counted FROM step_executions \
    WHERE job_execution_id = $1 ORDER BY step_order, iteration_path COLLATE \"C\", retry_attempt DESC) AS newest \
    WHERE state = 'completed' GROUP BY step_order ORDER BY step_order DESC";

/// What a step's newest attempts inside loops amount to: what went well when it was tried again is no failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StepCounts {
    pub step_order: i32,
    /// Iterations that have begun it.
    pub begun: i64,
    pub pending: i64,
    pub running: i64,
    pub completed: i64,
    pub failed: i64,
    pub skipped: i64,
    pub bytes: i64,
}

/// The steps that stand right inside a loop, not in one of its inner loops.
#[derive(Debug, Clone, Copy)]
pub struct LoopBody<'a> {
    pub execution: JobExecutionId,
    pub steps: &'a [i32],
    /// The path of the iteration that the loop itself runs in; empty for an outermost loop.
    pub within: &'a str,
    /// Rows of earlier attempts are of a loop that the run has begun anew since.
    pub first_attempt: i32,
}

#[derive(FromRow)]
struct CountRow {
    step_order: i32,
    state: Text<StepExecutionState>,
    iterations: i64,
    bytes: i64,
}

impl Session {
    /// A run's rows of these steps in these iterations (the empty path is outside loops), by step, iteration and
    /// attempt.
    pub async fn step_executions_at(
        &mut self,
        execution: JobExecutionId,
        steps: &[i32],
        paths: &[String],
    ) -> Result<Vec<StepExecution>, StoreError> {
        if steps.is_empty() || paths.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<Row> = on!(self, |c| {
            let mut query = QueryBuilder::new("SELECT * FROM step_executions WHERE job_execution_id = ");
            query.push_bind(execution.0);
            push_in(&mut query, "step_order", steps.iter().copied());
            push_in(&mut query, "iteration_path", paths.iter().cloned());
            query.push(" ORDER BY step_order, length(iteration_path), iteration_path, retry_attempt, id");
            query.build_query_as().fetch_all(c).await?
        });
        Ok(rows.into_iter().map(StepExecution::from).collect())
    }

    /// What the rows of these steps amount to, in every iteration below a path; all of them when it is empty. Steps
    /// that no iteration has reached are left out.
    pub async fn step_counts(&mut self, body: &LoopBody<'_>) -> Result<Vec<StepCounts>, StoreError> {
        if body.steps.is_empty() {
            return Ok(Vec::new());
        }
        let path = sql!(self, sqlite: PATH_SQLITE, postgres: PATH_POSTGRES);
        let (newest, end) = sql!(self, sqlite: NEWEST_SQLITE, postgres: NEWEST_POSTGRES);
        let rows: Vec<CountRow> = on!(self, |c| {
            let mut query = QueryBuilder::new(
                "SELECT step_order, state, COUNT(*) AS iterations, \
                 CAST(COALESCE(SUM(bytes_processed), 0) AS BIGINT) AS bytes FROM (",
            );
            query.push(newest).push_bind(body.execution.0).push(" AND iteration_path <> ''");
            push_in(&mut query, "step_order", body.steps.iter().copied());
            push_since(&mut query, body.first_attempt);
            push_below(&mut query, path, body.within);
            query.push(end).push(") AS newest GROUP BY step_order, state ORDER BY step_order");
            query.build_query_as().fetch_all(c).await?
        });
        let mut counts: Vec<StepCounts> = Vec::new();
        for row in rows {
            if counts.last().is_none_or(|last| last.step_order != row.step_order) {
                counts.push(StepCounts { step_order: row.step_order, ..StepCounts::default() });
            }
            let Some(count) = counts.last_mut() else { continue };
            count.begun += row.iterations;
            count.bytes += row.bytes;
            *match row.state.0 {
                StepExecutionState::Pending => &mut count.pending,
                StepExecutionState::Running => &mut count.running,
                StepExecutionState::Completed => &mut count.completed,
                StepExecutionState::Failed => &mut count.failed,
                StepExecutionState::Skipped => &mut count.skipped,
            } = row.iterations;
        }
        Ok(counts)
    }

    /// The numbers of a loop's iterations that have begun, lowest first, above `after`; and the last of them again if
    /// there are more.
    pub async fn iterations(
        &mut self,
        body: &LoopBody<'_>,
        show: IterationShow,
        after: Option<u32>,
        limit: u32,
    ) -> Result<(Vec<u32>, Option<u32>), StoreError> {
        let limit = limit.clamp(1, MAX_PAGE);
        let mut found = match show {
            IterationShow::All => {
                let first = after.map_or(0, |number| number.saturating_add(1));
                self.numbered(body, first..first.saturating_add(limit).saturating_add(1)).await?
            }
            IterationShow::Failed | IterationShow::Unfinished => Vec::new(),
        };
        if found.len() <= limit as usize {
            // The end, or a place where numbers are missing.
            found = self.walk(body, show, after, limit).await?;
        }
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next = found.last().copied().filter(|_| more);
        Ok((found, next))
    }

    /// Which of these numbers have a row.
    async fn numbered(&mut self, body: &LoopBody<'_>, numbers: Range<u32>) -> Result<Vec<u32>, StoreError> {
        if body.steps.is_empty() {
            return Ok(Vec::new());
        }
        let paths: Vec<String> = numbers.map(|number| iteration_path(body.within, number)).collect();
        let found: Vec<String> = on!(self, |c| {
            let mut query = QueryBuilder::new(
                "SELECT DISTINCT iteration_path FROM step_executions WHERE job_execution_id = ",
            );
            query.push_bind(body.execution.0);
            push_in(&mut query, "step_order", body.steps.iter().copied());
            push_in(&mut query, "iteration_path", paths.iter().cloned());
            push_since(&mut query, body.first_attempt);
            query.build_query_scalar().fetch_all(c).await?
        });
        let mut numbers: Vec<u32> = found.iter().filter_map(|path| number_of(path)).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// One more than the page, in the order of numbers.
    async fn walk(
        &mut self,
        body: &LoopBody<'_>,
        show: IterationShow,
        after: Option<u32>,
        limit: u32,
    ) -> Result<Vec<u32>, StoreError> {
        if body.steps.is_empty() {
            return Ok(Vec::new());
        }
        let path = sql!(self, sqlite: PATH_SQLITE, postgres: PATH_POSTGRES);
        let found: Vec<String> = on!(self, |c| {
            let mut query =
                QueryBuilder::new("SELECT iteration_path FROM step_executions s WHERE job_execution_id = ");
            query.push_bind(body.execution.0).push(" AND iteration_path <> ''");
            push_in(&mut query, "step_order", body.steps.iter().copied());
            push_since(&mut query, body.first_attempt);
            push_below(&mut query, path, body.within);
            match show {
                IterationShow::All => {}
                IterationShow::Failed => {
                    query.push(OPEN).push(
                        " AND state = 'failed' AND NOT EXISTS (SELECT 1 FROM step_executions later \
                         WHERE later.job_execution_id = s.job_execution_id AND later.step_order = s.step_order \
                         AND later.iteration_path = s.iteration_path AND later.retry_attempt > s.retry_attempt)",
                    );
                }
                IterationShow::Unfinished => {
                    query.push(OPEN).push(" AND state IN ('pending', 'running')");
                }
            }
            if let Some(number) = after {
                let last = iteration_path(body.within, number);
                let length = i32::try_from(last.len()).unwrap_or(i32::MAX);
                query.push(" AND (length(iteration_path) > ").push_bind(length);
                query.push(" OR (length(iteration_path) = ").push_bind(length);
                query.push(" AND ").push(path).push(" > ").push_bind(last).push("))");
            }
            query.push(" GROUP BY iteration_path ORDER BY length(iteration_path), ").push(path);
            query.push(" LIMIT ").push_bind(i64::from(limit) + 1);
            query.build_query_scalar().fetch_all(c).await?
        });
        Ok(found.iter().filter_map(|path| number_of(path)).collect())
    }
}

/// The path of an iteration of a loop that runs in `within`.
pub fn iteration_path(within: &str, number: u32) -> String {
    if within.is_empty() { number.to_string() } else { format!("{within}/{number}") }
}

fn number_of(path: &str) -> Option<u32> {
    path.rsplit('/').next()?.parse().ok()
}

pub(crate) fn push_in<DB: Database, T>(
    query: &mut QueryBuilder<DB>,
    column: &str,
    values: impl Iterator<Item = T>,
) where
    T: for<'q> Encode<'q, DB> + Type<DB>,
{
    query.push(" AND ").push(column).push(" IN (");
    let mut listed = query.separated(", ");
    for value in values {
        listed.push_bind(value);
    }
    query.push(")");
}

/// Attempts from `first` on; mostly that is all of them.
fn push_since<DB: Database>(query: &mut QueryBuilder<DB>, first: i32)
where
    i32: for<'q> Encode<'q, DB> + Type<DB>,
{
    if first > 0 {
        query.push(" AND retry_attempt >= ").push_bind(first);
    }
}

/// Only paths that begin with `within` and a slash; `0` is the character after the slash.
fn push_below<DB: Database>(query: &mut QueryBuilder<DB>, path: &str, within: &str)
where
    String: for<'q> Encode<'q, DB> + Type<DB>,
{
    if within.is_empty() {
        return;
    }
    query.push(" AND ").push(path).push(" >= ").push_bind(format!("{within}/"));
    query.push(" AND ").push(path).push(" < ").push_bind(format!("{within}0"));
}

impl UnitOfWork {
    /// Counts what a run with loops moved, all iterations together: files of the last step that counts any, bytes of the
    /// last that moved any. Checkpoints know only the iterations that they are about.
    pub async fn add_up_iterations(&mut self, run: JobExecutionId) -> Result<(), StoreError> {
        let sql = sql!(self, sqlite: MOVED_SQLITE, postgres: MOVED_POSTGRES);
        let steps: Vec<(i32, Option<i64>, Option<i64>)> =
            on!(self, |c| sqlx::query_as(sql).bind(run.0).fetch_all(c).await?);
        let files = steps.iter().find_map(|(_, files, _)| *files);
        let bytes = steps.iter().find_map(|(_, _, bytes)| bytes.filter(|bytes| *bytes > 0));
        let sql = "UPDATE job_executions SET files = COALESCE($2, files), bytes = COALESCE($3, bytes) WHERE id = $1";
        on!(self, |c| sqlx::query(sql).bind(run.0).bind(files).bind(bytes).execute(c).await.map(drop)?);
        Ok(())
    }
}
