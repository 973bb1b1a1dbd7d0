//! Lists of runs: filtered, sorted, page by page, with what each has moved; one query for a page.
//!
//! Ids are UUIDv7, so their order is the order of creation: a list walks an index that ends in the id, from the cursor
//! on, and reads no more rows than it shows. A filter of several states or jobs is as many walks, merged.
//!
//! Left out: a combination of filters that no index has whole (such as what started it, of one job) is found by looking
//! at the runs of the better one.

use crate::StoreError;
use crate::column::{Text, name_key};
use crate::page::{Cursor, MAX_PAGE, Page};
use crate::session::{Session, on, sql};
use chrono::TimeDelta;
use courier_domain::execution::{ExecutionSort, JobExecutionState, TriggerKind};
use courier_domain::{ChainExecutionId, ErrorCode, JobExecutionId, JobId, Timestamp};
use sqlx::{Database, Encode, FromRow, QueryBuilder, Type};
use uuid::Uuid;

/// Walks of one query at most. With more jobs and states than that, the newest runs are looked at one by one.
const MAX_WALKS: usize = 100;
/// How far the time in an id and the time in the row may be apart: the id is made before the wait for the turn to write.
pub(crate) const APART: TimeDelta = TimeDelta::minutes(1);

/// Which runs to list. The default is the newest ones of everything.
#[derive(Debug, Clone, Default)]
pub struct ExecutionFilter {
    pub job_id: Option<JobId>,
    /// Any of these; all states when empty.
    pub states: Vec<JobExecutionState>,
    pub triggered_by: Option<TriggerKind>,
    pub chain_execution_id: Option<ChainExecutionId>,
    /// Created then or later.
    pub since: Option<Timestamp>,
    /// Created before.
    pub until: Option<Timestamp>,
    /// A part of the job's name, in any case.
    pub search: Option<String>,
    pub sort: ExecutionSort,
    /// Only what comes after this row; any run's id is a cursor.
    pub after: Option<Cursor>,
    /// Rows of the page, up to [`MAX_PAGE`].
    pub limit: u32,
}

/// A run in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedExecution {
    pub id: JobExecutionId,
    pub job_id: JobId,
    /// As it is now; deleted jobs keep theirs.
    pub job_name: String,
    pub job_version_number: i32,
    pub chain_execution_id: Option<ChainExecutionId>,
    pub triggered_by: String,
    pub state: JobExecutionState,
    pub had_skips: bool,
    pub error_code: Option<ErrorCode>,
    pub error_message: Option<String>,
    pub queued_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub created_at: Timestamp,
    /// What it handed on: `file_count` of its last completed step that has one, over all iterations when it is over.
    pub files: Option<i64>,
    /// Bytes of its last completed step that moved any, likewise.
    pub bytes: Option<i64>,
    /// Of a running one: steps outside loops that are over, and the pinned version's snapshot, which has all of them.
    pub running: Option<(i64, String)>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    job_id: Uuid,
    job_name: String,
    job_version_number: i32,
    chain_execution_id: Option<Uuid>,
    triggered_by: String,
    state: Text<JobExecutionState>,
    had_skips: bool,
    error_code: Option<Text<ErrorCode>>,
    error_message: Option<String>,
    queued_at: Option<Timestamp>,
    started_at: Option<Timestamp>,
    completed_at: Option<Timestamp>,
    created_at: Timestamp,
    files: Option<i64>,
    bytes: Option<i64>,
    finished_steps: Option<i64>,
    config_snapshot: Option<String>,
}

impl From<Row> for ListedExecution {
    fn from(row: Row) -> Self {
        ListedExecution {
            id: JobExecutionId(row.id),
            job_id: JobId(row.job_id),
            job_name: row.job_name,
            job_version_number: row.job_version_number,
            chain_execution_id: row.chain_execution_id.map(ChainExecutionId),
            triggered_by: row.triggered_by,
            state: row.state.0,
            had_skips: row.had_skips,
            error_code: row.error_code.map(|c| c.0),
            error_message: row.error_message,
            queued_at: row.queued_at,
            started_at: row.started_at,
            completed_at: row.completed_at,
            created_at: row.created_at,
            files: row.files,
            bytes: row.bytes,
            running: row.finished_steps.zip(row.config_snapshot),
        }
    }
}

/// A column that no index may be chosen for, where several of its values would have to be sorted together again.
const LOOKED_AT_SQLITE: &str = "+";
const LOOKED_AT_POSTGRES: &str = "";
/// What started a run, written as its index is.
const TRIGGER_SQLITE: &str = "substr(triggered_by, 1, instr(triggered_by || ':', ':') - 1)";
const TRIGGER_POSTGRES: &str = "split_part(triggered_by, ':', 1)";

/// The columns of [`Row`]. `CROSS JOIN` keeps SQLite from beginning with the jobs.
const LISTED: &str = "SELECT e.id, e.job_id, j.name AS job_name, e.job_version_number, e.chain_execution_id, e.triggered_by, \
     e.state, e.had_skips, e.error_code, e.error_message, e.queued_at, e.started_at, e.completed_at, \
     e.created_at, e.files, e.bytes, CASE WHEN e.state = 'running' THEN \
     (SELECT COUNT(*) FROM step_executions s WHERE s.job_execution_id = e.id AND s.iteration_path = '' \
     AND s.state IN ('completed', 'failed', 'skipped')) END AS finished_steps, \
     CASE WHEN e.state = 'running' THEN (SELECT v.config_snapshot FROM job_versions v \
     WHERE v.job_id = e.job_id AND v.version_number = e.job_version_number) END AS config_snapshot \
     FROM job_executions e CROSS JOIN jobs j WHERE j.id = e.job_id AND e.id IN (";

impl Session {
    /// A page of runs. A `limit` above [`MAX_PAGE`] is cut.
    pub async fn executions(
        &mut self,
        filter: &ExecutionFilter,
    ) -> Result<Page<ListedExecution>, StoreError> {
        let jobs = match &filter.search {
            None => filter.job_id.map(|id| vec![id.0]),
            Some(part) => {
                let mut jobs = self.jobs_named(part).await?;
                jobs.retain(|job| filter.job_id.is_none_or(|only| only.0 == *job));
                Some(jobs)
            }
        };
        let walk = Walk::new(
            filter,
            sql!(self,
            sqlite: (TRIGGER_SQLITE, LOOKED_AT_SQLITE),
            postgres: (TRIGGER_POSTGRES, LOOKED_AT_POSTGRES)),
        );
        let walks = walk.split(jobs, filter);
        if walks.is_empty() {
            return Ok(Page { rows: Vec::new(), next: None });
        }
        let rows: Vec<Row> = on!(self, |c| {
            let mut query = QueryBuilder::new(LISTED);
            query.push("SELECT id FROM (");
            for (n, walk) in walks.iter().enumerate() {
                query.push(if n == 0 { "SELECT id FROM (" } else { " UNION ALL SELECT id FROM (" });
                walk.push(&mut query);
                query.push(") AS walk");
            }
            query
                .push(") AS walks ORDER BY id ")
                .push(walk.direction())
                .push(" LIMIT ")
                .push_bind(walk.limit);
            query.push(") ORDER BY e.id ").push(walk.direction());
            query.build_query_as().fetch_all(c).await?
        });
        let rows = rows.into_iter().map(ListedExecution::from).collect();
        Ok(Page::of(rows, filter.limit.min(MAX_PAGE), |row: &ListedExecution| Cursor::after(row.id)))
    }

    /// These runs as a list shows them, newest first; at most [`MAX_PAGE`].
    pub async fn executions_of(
        &mut self,
        ids: &[JobExecutionId],
    ) -> Result<Vec<ListedExecution>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<Row> = on!(self, |c| {
            let mut query = QueryBuilder::new(LISTED);
            let mut listed = query.separated(", ");
            for id in ids.iter().take(MAX_PAGE as usize) {
                listed.push_bind(id.0);
            }
            query.push(") ORDER BY e.id DESC");
            query.build_query_as().fetch_all(c).await?
        });
        Ok(rows.into_iter().map(ListedExecution::from).collect())
    }

    /// Jobs with this in their name, deleted ones too, because their runs are still there.
    async fn jobs_named(&mut self, part: &str) -> Result<Vec<Uuid>, StoreError> {
        let sql = sql!(self,
            sqlite: "SELECT id FROM jobs WHERE instr(name_key, $1) > 0",
            postgres: "SELECT id FROM jobs WHERE strpos(name_key, $1) > 0");
        Ok(on!(self, |c| sqlx::query_scalar(sql).bind(name_key(part)).fetch_all(c).await?))
    }
}

/// A walk along one index: everything that has one job, one state, and lies between two ids.
#[derive(Debug, Clone)]
struct Walk<'a> {
    /// One for an index to begin with; several only when the walk looks at each run.
    jobs: Vec<Uuid>,
    states: Vec<JobExecutionState>,
    filter: &'a ExecutionFilter,
    trigger: &'static str,
    looked_at: &'static str,
    /// Exclusive.
    above: Option<Uuid>,
    below: Option<Uuid>,
    /// One more than the page, to see whether there is another.
    limit: i64,
}

impl<'a> Walk<'a> {
    fn new(filter: &'a ExecutionFilter, (trigger, looked_at): (&'static str, &'static str)) -> Self {
        let mut above = filter.since.map(|at| first_id(at - APART));
        let mut below = filter.until.map(|at| first_id(at + APART));
        let cursor = filter.after.as_ref().map(Cursor::id);
        match filter.sort {
            ExecutionSort::Newest => below = below.into_iter().chain(cursor).min(),
            ExecutionSort::Oldest => above = above.into_iter().chain(cursor).max(),
        }
        let limit = i64::from(filter.limit.min(MAX_PAGE)) + 1;
        Self { jobs: Vec::new(), states: Vec::new(), filter, trigger, looked_at, above, below, limit }
    }

    fn direction(&self) -> &'static str {
        match self.filter.sort {
            ExecutionSort::Newest => "DESC",
            ExecutionSort::Oldest => "ASC",
        }
    }

    /// The walks that together see what the filter wants, each along an index.
    fn split(&self, jobs: Option<Vec<Uuid>>, filter: &ExecutionFilter) -> Vec<Walk<'a>> {
        let by_trigger =
            jobs.is_none() && filter.triggered_by.is_some() && filter.chain_execution_id.is_none();
        let states = match filter.states.as_slice() {
            // Its index has the state before the id.
            [] if by_trigger => JobExecutionState::ALL,
            states => states,
        };
        let walks = jobs.as_ref().map_or(1, Vec::len) * states.len().max(1);
        if walks > MAX_WALKS {
            let (jobs, states) = (jobs.unwrap_or_default(), states.to_vec());
            return vec![Walk { jobs, states, ..self.clone() }];
        }
        let by_job: Vec<Vec<Uuid>> =
            jobs.map_or_else(|| vec![Vec::new()], |jobs| jobs.into_iter().map(|job| vec![job]).collect());
        let by_state: Vec<Vec<JobExecutionState>> = if states.is_empty() {
            vec![Vec::new()]
        } else {
            states.iter().map(|state| vec![*state]).collect()
        };
        let walk = |jobs: &Vec<Uuid>, states: &Vec<JobExecutionState>| Walk {
            jobs: jobs.clone(),
            states: states.clone(),
            ..self.clone()
        };
        by_job.iter().flat_map(|jobs| by_state.iter().map(move |states| walk(jobs, states))).collect()
    }

    fn push<DB: Database>(&self, query: &mut QueryBuilder<DB>)
    where
        Uuid: for<'q> Encode<'q, DB> + Type<DB>,
        Timestamp: for<'q> Encode<'q, DB> + Type<DB>,
        i64: for<'q> Encode<'q, DB> + Type<DB>,
        Text<JobExecutionState>: for<'q> Encode<'q, DB> + Type<DB>,
        Text<TriggerKind>: for<'q> Encode<'q, DB> + Type<DB>,
    {
        query.push("SELECT id FROM job_executions WHERE TRUE");
        push_any(query, ("job_id", self.looked_at), self.jobs.iter().copied());
        push_any(query, ("state", self.looked_at), self.states.iter().copied().map(Text));
        if let Some(kind) = self.filter.triggered_by {
            query.push(" AND ").push(self.trigger).push(" = ").push_bind(Text(kind));
        }
        if let Some(chain) = self.filter.chain_execution_id {
            query.push(" AND chain_execution_id = ").push_bind(chain.0);
        }
        if let Some(above) = self.above {
            query.push(" AND id > ").push_bind(above);
        }
        if let Some(below) = self.below {
            query.push(" AND id < ").push_bind(below);
        }
        if let Some(since) = self.filter.since {
            query.push(" AND created_at >= ").push_bind(since);
        }
        if let Some(until) = self.filter.until {
            query.push(" AND created_at < ").push_bind(until);
        }
        query.push(" ORDER BY id ").push(self.direction()).push(" LIMIT ").push_bind(self.limit);
    }
}

/// ` AND column = value` for one value, `IN` for several, nothing for none.
fn push_any<DB: Database, T>(
    query: &mut QueryBuilder<DB>,
    (column, looked_at): (&str, &str),
    values: impl ExactSizeIterator<Item = T>,
) where
    T: for<'q> Encode<'q, DB> + Type<DB>,
{
    match values.len() {
        0 => {}
        1 => {
            for value in values {
                query.push(" AND ").push(column).push(" = ").push_bind(value);
            }
        }
        _ => {
            query.push(" AND ").push(looked_at).push(column).push(" IN (");
            let mut listed = query.separated(", ");
            for value in values {
                listed.push_bind(value);
            }
            query.push(")");
        }
    }
}

/// What every id that is made then or later is greater than, and every earlier one is not.
pub(crate) fn first_id(at: Timestamp) -> Uuid {
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or(0);
    let mut id = [0; 16];
    id[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    Uuid::from_bytes(id)
}
