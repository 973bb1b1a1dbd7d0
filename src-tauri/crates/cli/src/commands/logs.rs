//! `courier execution logs`: what a run noted, a page at a time, or as it comes.
//!
//! Invariant: a run that is followed has its last line shown before the command ends.

use super::execution::step_of;
use crate::args::LogsArgs;
use crate::exit;
use crate::output::{Out, instant};
use courier_app::{App, AppError, LogLine, LogQuery, RunUpdate};
use courier_domain::JobExecutionId;
use courier_domain::execution::JobExecution;
use std::time::Duration;

/// Lines that one reading of the store gets.
const PAGE: u32 = 1_000;
/// A run says much between the changes of its state, and may do so in another process.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

pub(super) async fn run(app: &App, id: JobExecutionId, args: LogsArgs, out: &Out) -> Result<u8, AppError> {
    let step = match &args.step {
        Some(step) => Some(step_of(&app.executions_get(id).await?, step)?.step.alias.clone()),
        None => None,
    };
    let query = LogQuery { levels: args.level, step, search: None, from: args.after, limit: PAGE };
    let mut reader = Reader { app, id, query };
    if args.follow {
        let run = reader.follow(out).await?;
        return Ok(exit::status_of_run(&run));
    }
    let mut left = args.limit.unwrap_or(u32::MAX);
    let mut all = Vec::new();
    let mut total = 0;
    while left > 0 {
        let page = reader.next(left.min(PAGE)).await?;
        total = page.total;
        if page.lines.is_empty() {
            break;
        }
        left = left.saturating_sub(u32::try_from(page.lines.len()).unwrap_or(u32::MAX));
        if out.json {
            // One array, so that nothing is written before its end.
            all.extend(page.lines);
        } else {
            page.lines.iter().for_each(|line| show(line, out));
        }
    }
    if out.json {
        out.json(&all);
    }
    if reader.query.from < total {
        out.hint(&format!("There are more: --after {}", reader.query.from));
    }
    Ok(exit::DONE)
}

struct Reader<'a> {
    app: &'a App,
    id: JobExecutionId,
    query: LogQuery,
}

impl Reader<'_> {
    /// The next lines, and how many there are in all.
    async fn next(&mut self, limit: u32) -> Result<courier_app::LogPage, AppError> {
        self.query.limit = limit;
        let page = self.app.executions_log_page(self.id, self.query.clone()).await?;
        self.query.from += i64::try_from(page.lines.len()).unwrap_or_default();
        Ok(page)
    }

    /// Shows what has come since.
    async fn catch_up(&mut self, out: &Out) -> Result<(), AppError> {
        loop {
            let page = self.next(PAGE).await?;
            if page.lines.is_empty() {
                return Ok(());
            }
            for line in &page.lines {
                if out.json {
                    out.json(line);
                } else {
                    show(line, out);
                }
            }
        }
    }

    async fn follow(&mut self, out: &Out) -> Result<JobExecution, AppError> {
        let mut followed = self.app.executions_follow(self.id);
        loop {
            self.catch_up(out).await?;
            tokio::select! {
                update = followed.next() => if let RunUpdate::Ended(run) = update? {
                    // A run's lines are written before its end is.
                    self.catch_up(out).await?;
                    return Ok(*run);
                },
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
        }
    }
}

fn show(line: &LogLine, out: &Out) {
    let step = line.step_alias.as_deref().map(|s| format!("[{s}] ")).unwrap_or_default();
    let file = line.file.as_deref().map(|f| format!(" ({f})")).unwrap_or_default();
    out.line(&format!("{} {:5} {step}{}{file}", instant(Some(line.at)), line.level, line.message));
}
