//! What went on lately: how many runs there were and what they moved. Counts come from indexes, whatever the history.

use crate::StoreError;
use crate::execution_list::first_id;
use crate::session::{Session, on};
use courier_domain::{JobId, Timestamp};
use sqlx::{FromRow, QueryBuilder};
use std::ops::Range;
use uuid::Uuid;

/// Runs that were made in a span of time, by how they are now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExecutionCounts {
    pub completed: i64,
    pub failed: i64,
    pub cancelled: i64,
    /// Created, queued, running or paused.
    pub unfinished: i64,
}

/// What a job's runs handed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    pub job_id: JobId,
    pub job_name: String,
    pub files: i64,
    pub bytes: i64,
}

#[derive(FromRow)]
struct MovedRow {
    job_id: Uuid,
    job_name: String,
    files: i64,
    bytes: i64,
}

impl Session {
    /// How many runs were made in each span, by the time in their ids; at most 1,000 spans.
    pub async fn execution_counts(
        &mut self,
        spans: &[Range<Timestamp>],
    ) -> Result<Vec<ExecutionCounts>, StoreError> {
        if spans.is_empty() {
            return Ok(Vec::new());
        }
        // A count of one state between two ids reads an index and no row.
        let count = |states: &str| {
            format!(
                ", (SELECT COUNT(*) FROM job_executions e WHERE e.state {states} \
                 AND e.id > spans.low AND e.id < spans.high)"
            )
        };
        let rows: Vec<(i32, i64, i64, i64, i64)> = on!(self, |c| {
            let mut query = QueryBuilder::new("WITH spans (n, low, high) AS (");
            query.push_values(spans.iter().zip(0_i32..).take(1_000), |mut values, (span, n)| {
                values.push_bind(n).push_bind(first_id(span.start)).push_bind(first_id(span.end));
            });
            query.push(") SELECT n");
            for states in [
                "= 'completed'",
                "= 'failed'",
                "= 'cancelled'",
                "IN ('created', 'queued', 'running', 'paused')",
            ] {
                query.push(count(states));
            }
            query.push(" FROM spans");
            query.build_query_as().fetch_all(c).await?
        });
        let mut counts = vec![ExecutionCounts::default(); spans.len()];
        for (n, completed, failed, cancelled, unfinished) in rows {
            if let Some(span) = usize::try_from(n).ok().and_then(|n| counts.get_mut(n)) {
                *span = ExecutionCounts { completed, failed, cancelled, unfinished };
            }
        }
        Ok(counts)
    }

    /// What the runs that were made since then handed on, by job, most bytes first; jobs that moved nothing are left out.
    pub async fn moved_since(&mut self, since: Timestamp) -> Result<Vec<Moved>, StoreError> {
        // Materialised, or SQLite goes through all runs by job to group them.
        let sql = "WITH m AS MATERIALIZED (SELECT e.job_id, e.files, e.bytes FROM job_executions e \
                   WHERE e.id > $1 AND (e.files > 0 OR e.bytes > 0)) \
                   SELECT m.job_id, j.name AS job_name, CAST(COALESCE(SUM(m.files), 0) AS BIGINT) AS files, \
                   CAST(COALESCE(SUM(m.bytes), 0) AS BIGINT) AS bytes FROM m JOIN jobs j ON j.id = m.job_id \
                   GROUP BY m.job_id, j.name ORDER BY 4 DESC, j.name";
        let rows: Vec<MovedRow> =
            on!(self, |c| sqlx::query_as(sql).bind(first_id(since)).fetch_all(c).await?);
        Ok(rows
            .into_iter()
            .map(|row| Moved {
                job_id: JobId(row.job_id),
                job_name: row.job_name,
                files: row.files,
                bytes: row.bytes,
            })
            .collect())
    }
}
