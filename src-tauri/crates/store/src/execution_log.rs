//! What a run said while it went: lines for people, beside the audit, which is for proof.
//!
//! Left out: audit entries and leases. A line says what a worker saw, true or stale.

use crate::column::{Text, kept};
use crate::open::Store;
use crate::session::{ROWS, Session, on, sql};
use crate::{StoreError, UnitOfWork};
use courier_domain::{JobExecutionId, Timestamp};
use serde::Serialize;
use sqlx::{Database, Encode, FromRow, QueryBuilder, Type};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    Debug,
    Info,
    Warn,
    Error,
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LogLevel::Debug => "debug",
            LogLevel::Info => "info",
            LogLevel::Warn => "warn",
            LogLevel::Error => "error",
        })
    }
}

/// A text that is no level.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not one of debug, info, warn, error")]
pub struct UnknownLevel(String);

impl FromStr for LogLevel {
    type Err = UnknownLevel;
    fn from_str(text: &str) -> Result<Self, UnknownLevel> {
        [LogLevel::Debug, LogLevel::Info, LogLevel::Warn, LogLevel::Error]
            .into_iter()
            .find(|level| level.to_string() == text)
            .ok_or_else(|| UnknownLevel(text.to_owned()))
    }
}

/// One line of a run's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogLine {
    /// Given by the store, growing; the cursor of the next page. Anything on a new line.
    pub id: i64,
    pub job_execution_id: JobExecutionId,
    pub at: Timestamp,
    pub level: LogLevel,
    pub step_alias: Option<String>,
    /// The file it is about.
    pub file: Option<String>,
    pub message: String,
}

#[derive(FromRow)]
struct Row {
    id: i64,
    job_execution_id: Uuid,
    at: Timestamp,
    level: Text<LogLevel>,
    step_alias: Option<String>,
    file: Option<String>,
    message: String,
}

impl From<Row> for LogLine {
    fn from(row: Row) -> Self {
        LogLine {
            id: row.id,
            job_execution_id: JobExecutionId(row.job_execution_id),
            at: row.at,
            level: row.level.0,
            step_alias: row.step_alias,
            file: row.file,
            message: row.message,
        }
    }
}

impl Session {
    /// Lines with an id greater than `after`, oldest first.
    pub async fn log_lines(
        &mut self,
        execution: JobExecutionId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<LogLine>, StoreError> {
        let sql =
            "SELECT * FROM execution_log_lines WHERE job_execution_id = $1 AND id > $2 ORDER BY id LIMIT $3";
        let rows: Vec<Row> = on!(self, |c| {
            sqlx::query_as(sql).bind(execution.0).bind(after).bind(i64::from(limit)).fetch_all(c).await?
        });
        Ok(rows.into_iter().map(LogLine::from).collect())
    }
}

/// Which of a run's lines.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogFilter<'a> {
    /// These levels; all when empty.
    pub levels: &'a [LogLevel],
    pub step_alias: Option<&'a str>,
    /// A part of the message or of the file's name; letters of ASCII in any case.
    pub text: Option<&'a str>,
}

/// A part of a run's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPage {
    /// Lines that the filter lets through, in all.
    pub total: i64,
    pub lines: Vec<LogLine>,
}

impl Session {
    /// The lines from place `from` (0 is the first) of those that the filter lets through, oldest first. Lines are only
    /// ever added at the end, so that a place keeps its line.
    pub async fn log_page(
        &mut self,
        execution: JobExecutionId,
        filter: &LogFilter<'_>,
        from: i64,
        limit: u32,
    ) -> Result<LogPage, StoreError> {
        let fold =
            sql!(self, sqlite: ("instr(lower(", ")"), postgres: ("strpos(lower((", ") COLLATE \"C\")"));
        let (total, rows): (i64, Vec<Row>) = on!(self, |c| {
            let mut query =
                QueryBuilder::new("SELECT COUNT(*) FROM execution_log_lines WHERE job_execution_id = ");
            push_filter(&mut query, execution, filter, fold);
            let total = query.build_query_scalar().fetch_one(&mut *c).await?;
            let mut query = QueryBuilder::new("SELECT * FROM execution_log_lines WHERE job_execution_id = ");
            push_filter(&mut query, execution, filter, fold);
            query.push(" ORDER BY id LIMIT ").push_bind(i64::from(limit));
            query.push(" OFFSET ").push_bind(from.max(0));
            (total, query.build_query_as().fetch_all(c).await?)
        });
        Ok(LogPage { total, lines: rows.into_iter().map(LogLine::from).collect() })
    }
}

/// `fold` is what stands before and after a text that is searched without regard to case.
fn push_filter<DB: Database>(
    query: &mut QueryBuilder<DB>,
    execution: JobExecutionId,
    filter: &LogFilter<'_>,
    (before, after): (&'static str, &'static str),
) where
    Uuid: for<'q> Encode<'q, DB> + Type<DB>,
    String: for<'q> Encode<'q, DB> + Type<DB>,
    Text<LogLevel>: for<'q> Encode<'q, DB> + Type<DB>,
{
    query.push_bind(execution.0);
    if !filter.levels.is_empty() {
        query.push(" AND level IN (");
        let mut listed = query.separated(", ");
        for level in filter.levels {
            listed.push_bind(Text(*level));
        }
        query.push(")");
    }
    if let Some(alias) = filter.step_alias {
        query.push(" AND step_alias = ").push_bind(alias.to_owned());
    }
    if let Some(text) = filter.text {
        query.push(" AND ").push(before).push("message || ' ' || COALESCE(file, '')").push(after);
        query.push(", ").push_bind(text.to_ascii_lowercase()).push(") > 0");
    }
}

impl Store {
    /// Appends lines in one transaction; their order is kept.
    pub async fn append_log(&self, lines: &[LogLine]) -> Result<(), StoreError> {
        if lines.is_empty() {
            return Ok(());
        }
        let mut work = self.begin("system").await?;
        work.append_log(lines).await?;
        work.commit().await
    }
}

impl UnitOfWork {
    /// Appends lines; their order is kept.
    pub async fn append_log(&mut self, lines: &[LogLine]) -> Result<(), StoreError> {
        let insert =
            "INSERT INTO execution_log_lines (job_execution_id, at, level, step_alias, file, message) ";
        for lines in lines.chunks(ROWS) {
            on!(self, |c| {
                let mut query = QueryBuilder::new(insert);
                query.push_values(lines, |mut values, line| {
                    values
                        .push_bind(line.job_execution_id.0)
                        .push_bind(line.at)
                        .push_bind(Text(line.level))
                        .push_bind(&line.step_alias)
                        .push_bind(line.file.as_deref().map(kept))
                        .push_bind(kept(&line.message));
                });
                query.build().execute(c).await.map(drop)?;
            });
        }
        Ok(())
    }
}
