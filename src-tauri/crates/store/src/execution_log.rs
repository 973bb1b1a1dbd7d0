//! What a run said while it went: lines for people, beside the audit, which is for proof.
//!
//! Left out: audit entries and leases. A line says what a worker saw, true or stale.

use crate::StoreError;
use crate::column::Text;
use crate::open::Store;
use crate::session::{Session, on};
use courier_domain::{JobExecutionId, Timestamp};
use serde::Serialize;
use sqlx::{FromRow, QueryBuilder};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// Rows in one statement; far below both databases' limits of bound values.
const ROWS: usize = 1_000;

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
        Ok(rows
            .into_iter()
            .map(|row| LogLine {
                id: row.id,
                job_execution_id: JobExecutionId(row.job_execution_id),
                at: row.at,
                level: row.level.0,
                step_alias: row.step_alias,
                file: row.file,
                message: row.message,
            })
            .collect())
    }
}

impl Store {
    /// Appends lines in one transaction; their order is kept.
    pub async fn append_log(&self, lines: &[LogLine]) -> Result<(), StoreError> {
        if lines.is_empty() {
            return Ok(());
        }
        let mut work = self.begin("system").await?;
        let insert =
            "INSERT INTO execution_log_lines (job_execution_id, at, level, step_alias, file, message) ";
        for lines in lines.chunks(ROWS) {
            on!(work, |c| {
                let mut query = QueryBuilder::new(insert);
                query.push_values(lines, |mut values, line| {
                    values
                        .push_bind(line.job_execution_id.0)
                        .push_bind(line.at)
                        .push_bind(Text(line.level))
                        .push_bind(&line.step_alias)
                        .push_bind(&line.file)
                        .push_bind(&line.message);
                });
                query.build().execute(c).await.map(drop)?;
            });
        }
        work.commit().await
    }
}
