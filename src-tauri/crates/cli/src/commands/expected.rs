//! The part of `courier monitor` that is about expected files.

use crate::args::monitor::ExpectArgs;
use crate::output::{Out, away, instant};
use courier_app::{App, AppError, ExpectedMonitor, ExpectedStanding};
use courier_domain::Timestamp;
use courier_domain::expected::{ExpectedFileCheck, ExpectedFiles};
use courier_domain::monitor::FileMonitor;

/// Sets a monitor's clock, or takes it away.
pub(super) async fn expect(app: &App, args: ExpectArgs, out: &Out) -> Result<(), AppError> {
    let found = app.monitors_find(&args.monitor).await?;
    let mut draft = found.to_draft();
    draft.expected_files = match (args.by, draft.expected_files.take()) {
        (None, None) if !args.off => {
            let message = "Say by when the files must be there, such as --by 09:00.";
            return Err(AppError::problem("expected_files.by", "required", message));
        }
        _ if args.off => None,
        (by, before) => Some(with(app, args, by, before).await?),
    };
    let saved = app.monitors_save(Some(found.id), draft, Some(found.updated_at)).await?;
    let view = app.monitors_get(saved.id).await?;
    match (&view.monitor.expected_files, view.expected) {
        (Some(_), Some(expected)) => {
            one(&ExpectedMonitor { monitor: view.monitor, expected }, app.now(), out)
        }
        _ if out.json => out.json(&view.monitor),
        _ => out.hint(&format!("{} waits for no files.", view.monitor.name)),
    }
    Ok(())
}

async fn with(
    app: &App,
    args: ExpectArgs,
    by: Option<courier_domain::expected::TimeOfDay>,
    before: Option<ExpectedFiles>,
) -> Result<ExpectedFiles, AppError> {
    let calendar_id = match args.calendar.as_deref() {
        None => before.as_ref().and_then(|b| b.calendar_id),
        Some("none") => None,
        Some(name) => Some(app.calendars_find(name).await?.id),
    };
    let none = |text: &str| text == "none";
    let by = by.or(before.as_ref().map(|b| b.by)).ok_or_else(|| {
        AppError::problem("expected_files.by", "required", "Say by when the files must be there.")
    })?;
    let before = before.unwrap_or(ExpectedFiles {
        file_pattern: None,
        min_count: 1,
        by,
        since: None,
        weekdays: Vec::new(),
        time_zone: None,
        calendar_id: None,
    });
    Ok(ExpectedFiles {
        file_pattern: args.pattern.or(before.file_pattern).filter(|glob| !none(glob)),
        min_count: args.count.unwrap_or(before.min_count),
        by,
        since: args.since.map_or(before.since, |since| since.0),
        weekdays: if args.weekday.is_empty() {
            before.weekdays
        } else {
            args.weekday.into_iter().flatten().collect()
        },
        time_zone: args.time_zone.or(before.time_zone),
        calendar_id,
    })
}

/// What is expected of all monitors.
pub(super) async fn list(app: &App, out: &Out) -> Result<(), AppError> {
    let rows = app.monitors_expected().await?;
    if out.json {
        out.json(&super::flat_all(&rows, "expected")?);
        return Ok(());
    }
    let now = app.now();
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            vec![
                row.monitor.name.clone(),
                pattern(&row.monitor),
                standing(&row.monitor, &row.expected, now),
                last(row.expected.last_check.as_ref()),
            ]
        })
        .collect();
    out.table(&["MONITOR", "FILES", "STANDS", "LAST DEADLINE"], &rows);
    Ok(())
}

/// What was found at the deadlines of one monitor.
pub(super) async fn checks(app: &App, monitor: &str, limit: u32, out: &Out) -> Result<(), AppError> {
    let id = app.monitors_find(monitor).await?.id;
    let checks = app.monitors_checks(id, limit).await?;
    if out.json {
        out.json(&checks);
        return Ok(());
    }
    let rows: Vec<_> = checks
        .iter()
        .map(|check| {
            vec![
                instant(Some(check.deadline_at)),
                instant(Some(check.counted_from)),
                format!("{} of {}", check.found_count, check.expected_count),
                if check.is_open() { "missing".into() } else { instant(check.arrived_at) },
            ]
        })
        .collect();
    out.table(&["DEADLINE", "COUNTED FROM", "FILES", "CAME LATER"], &rows);
    Ok(())
}

fn one(row: &ExpectedMonitor, now: Timestamp, out: &Out) {
    if out.json {
        return out.json(row);
    }
    out.line(&sentence(&row.monitor, &row.expected, now));
}

/// `expects 2 of 3 by 09:00, due in 40 min (*.csv)`; what `monitor show` has too.
pub(super) fn sentence(monitor: &FileMonitor, expected: &ExpectedStanding, now: Timestamp) -> String {
    format!("expects {} ({})", standing(monitor, expected, now), pattern(monitor))
}

fn pattern(monitor: &FileMonitor) -> String {
    let pattern = monitor.expected_files.as_ref().and_then(|expected| expected.file_pattern.clone());
    pattern.unwrap_or_else(|| "every file".to_owned())
}

/// `2 of 3 by 09:00, due in 40 min`.
fn standing(monitor: &FileMonitor, expected: &ExpectedStanding, now: Timestamp) -> String {
    let Some(clock) = &monitor.expected_files else { return "-".to_owned() };
    let due = match expected.next_deadline_at {
        Some(next) if next > now => format!("due in {}", away(now, next)),
        Some(_) => "due now".to_owned(),
        None => "no deadline comes".to_owned(),
    };
    let missing = if expected.is_missing { "; missing since the last deadline" } else { "" };
    format!("{} of {} by {}, {due}{missing}", expected.found_count, clock.min_count, clock.by)
}

fn last(check: Option<&ExpectedFileCheck>) -> String {
    let Some(check) = check else { return "-".to_owned() };
    let found =
        format!("{}: {} of {}", instant(Some(check.deadline_at)), check.found_count, check.expected_count);
    match check.arrived_at {
        Some(at) => format!("{found}, there at {}", instant(Some(at))),
        None => found,
    }
}
