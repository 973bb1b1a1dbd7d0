//! What a run noted while it went, for people: read on from a line, or any part of it through a filter.

use crate::app::App;
use crate::error::Result;
use courier_domain::{JobExecutionId, Timestamp};
use courier_store::{LogFilter, LogLevel};
use serde::{Deserialize, Serialize};
use specta::Type;

/// Lines of a page at most, and when nobody says how many.
const PAGE: u32 = 1_000;

/// One line of a run's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct LogLine {
    pub sequence: i64,
    pub at: Timestamp,
    /// `debug`, `info`, `warn` or `error`.
    pub level: String,
    pub step_alias: Option<String>,
    pub file: Option<String>,
    pub message: String,
}

/// A part of a run's log.
#[derive(Debug, Clone, Default, Deserialize, Type)]
#[serde(default)]
pub struct LogQuery {
    /// Only these levels; all when empty.
    pub levels: Vec<String>,
    /// Only of this step, by its alias.
    pub step: Option<String>,
    /// A part of the message or of the file's name.
    pub search: Option<String>,
    /// The place of the first line among those that the filter lets through; 0 is the oldest.
    pub from: i64,
    /// 1,000 when 0, and at most.
    pub limit: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct LogPage {
    /// Lines that the filter lets through, in all.
    pub total: i64,
    pub lines: Vec<LogLine>,
}

impl App {
    /// Up to 1,000 lines after `after`, oldest first.
    pub async fn executions_log(&self, id: JobExecutionId, after: Option<i64>) -> Result<Vec<LogLine>> {
        let mut session = self.read().await?;
        session.execution(id).await?;
        let lines = session.log_lines(id, after.unwrap_or(0), PAGE).await?;
        Ok(lines.into_iter().map(LogLine::from).collect())
    }

    /// A part of the log by places: lines are only added at the end, so that a part that was full stays as it is.
    ///
    /// # Errors
    /// There is no such run; a level that there is not.
    pub async fn executions_log_page(&self, id: JobExecutionId, query: LogQuery) -> Result<LogPage> {
        let levels: Vec<LogLevel> = query
            .levels
            .iter()
            .map(|level| level.parse().map_err(|_| unknown_level(level)))
            .collect::<Result<_>>()?;
        let filter = LogFilter {
            levels: &levels,
            step_alias: query.step.as_deref(),
            text: query.search.as_deref().map(str::trim).filter(|text| !text.is_empty()),
        };
        let limit = if query.limit == 0 { PAGE } else { query.limit.min(PAGE) };
        let mut session = self.read().await?;
        session.execution(id).await?;
        let page = session.log_page(id, &filter, query.from, limit).await?;
        Ok(LogPage { total: page.total, lines: page.lines.into_iter().map(LogLine::from).collect() })
    }
}

fn unknown_level(level: &str) -> crate::AppError {
    let message = format!("`{level}` is no level; there are debug, info, warn and error.");
    crate::AppError::problem("levels", "invalid", message)
}

impl From<courier_store::LogLine> for LogLine {
    fn from(line: courier_store::LogLine) -> Self {
        Self {
            sequence: line.id,
            at: line.at,
            level: line.level.to_string(),
            step_alias: line.step_alias,
            file: line.file,
            message: line.message,
        }
    }
}
