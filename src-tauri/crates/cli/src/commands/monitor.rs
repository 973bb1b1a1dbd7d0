//! `courier monitor`.

use super::{expected, flat, flat_all};
use crate::args::monitor::{ListSort, MonitorCommand};
use crate::exit;
use crate::output::{Out, bytes, instant};
use courier_app::{App, AppError, MonitorFileFilter, MonitorFilter, MonitorRow, MonitorView};
use courier_domain::monitor::{FileMonitor, WatchTargetType};
use courier_domain::tag::Tag;
use std::cmp::Reverse;

pub(super) async fn run(app: &App, command: MonitorCommand, out: &Out) -> Result<u8, AppError> {
    match command {
        MonitorCommand::List { state, tag, deleted, page } => {
            let mut rows = if deleted {
                app.monitors_deleted().await?
            } else {
                app.monitors_list(MonitorFilter { states: state, tag }).await?
            };
            match page.sort {
                ListSort::Name => rows.sort_by_key(|r| (r.monitor.name.to_lowercase(), r.monitor.id)),
                ListSort::Changed => rows.sort_by_key(|r| Reverse((r.monitor.updated_at, r.monitor.id))),
            }
            let id = |row: &MonitorRow| row.monitor.id.to_string();
            let (rows, more) = super::page_of(rows, page.after.as_deref(), page.limit, id)?;
            list(&rows, out)?;
            super::tell_more(more.filter(|_| !out.json), out);
        }
        MonitorCommand::Show { monitor } => {
            let view = app.monitors_get(app.monitors_find(&monitor).await?.id).await?;
            show(app, &view, out)?;
        }
        MonitorCommand::Activate { monitor } => {
            moved(&app.monitors_activate(app.monitors_find(&monitor).await?.id).await?, out);
        }
        MonitorCommand::Pause { monitor, all: _ } => match monitor {
            Some(monitor) => moved(&app.monitors_pause(app.monitors_find(&monitor).await?.id).await?, out),
            None => all_moved(&app.monitors_pause_all().await?, "No monitor is active.", out),
        },
        MonitorCommand::Resume { monitor, all: _ } => match monitor {
            Some(monitor) => moved(&app.monitors_resume(app.monitors_find(&monitor).await?.id).await?, out),
            None => {
                all_moved(&app.monitors_resume_all().await?, "No monitor was paused with all others.", out);
            }
        },
        MonitorCommand::Disable { monitor } => {
            moved(&app.monitors_disable(app.monitors_find(&monitor).await?.id).await?, out);
        }
        MonitorCommand::Acknowledge { monitor } => {
            moved(&app.monitors_acknowledge(app.monitors_find(&monitor).await?.id).await?, out);
        }
        MonitorCommand::Files { monitor, path, limit, after } => {
            let monitor_id = app.monitors_find(&monitor).await?.id;
            files(app, MonitorFileFilter { monitor_id, path, limit, after }, out).await?;
        }
        MonitorCommand::Forget { monitor, path } => {
            let found = app.monitors_find(&monitor).await?;
            let entries = app.monitors_files_forget(found.id, path).await?;
            if out.json {
                out.json(&serde_json::json!({ "forgotten": entries }));
            } else {
                out.line(&format!("Forgot {entries} {}.", plural(entries, "entry", "entries")));
            }
        }
        MonitorCommand::Mark { monitor, path } => {
            let found = app.monitors_find(&monitor).await?;
            let files = app.monitors_files_mark(found.id, path).await?;
            if out.json {
                out.json(&serde_json::json!({ "marked": files }));
            } else {
                out.line(&format!("Marked {files} {}.", plural(files, "file", "files")));
            }
        }
        MonitorCommand::Rerun { monitor, path } => {
            let found = app.monitors_find(&monitor).await?;
            let files = app.monitors_files_rerun(found.id, path).await?;
            if out.json {
                out.json(&serde_json::json!({ "rerun": files }));
            } else {
                out.line(&format!("Started anew for {files} {}.", plural(files, "file", "files")));
            }
        }
        MonitorCommand::Scan { monitor } => {
            let view = app.monitors_scan(app.monitors_find(&monitor).await?.id).await?;
            show(app, &view, out)?;
        }
        MonitorCommand::Expect(args) => expected::expect(app, args, out).await?,
        MonitorCommand::Expected => expected::list(app, out).await?,
        MonitorCommand::Checks { monitor, limit } => expected::checks(app, &monitor, limit, out).await?,
        MonitorCommand::Delete { monitor } => {
            let found = app.monitors_find(&monitor).await?;
            app.monitors_delete(found.id).await?;
            out.hint(&format!("Deleted {}; `courier monitor restore` brings it back.", found.name));
        }
        MonitorCommand::Restore { monitor } => {
            let found = app.monitors_find_deleted(&monitor).await?;
            app.monitors_restore(found.id).await?;
            out.hint(&format!("Restored {}.", found.name));
        }
    }
    Ok(exit::DONE)
}

const fn plural(count: u64, one: &'static str, more: &'static str) -> &'static str {
    if count == 1 { one } else { more }
}

fn moved(monitor: &FileMonitor, out: &Out) {
    if out.json {
        return out.json(monitor);
    }
    out.hint(&format!("{} is {}.", monitor.name, monitor.state));
}

fn all_moved(monitors: &[FileMonitor], none: &str, out: &Out) {
    if out.json {
        return out.json(&monitors);
    }
    if monitors.is_empty() {
        out.hint(none);
    }
    for monitor in monitors {
        moved(monitor, out);
    }
}

fn folder(monitor: &FileMonitor, connection: Option<&str>) -> String {
    match monitor.watch_target.target_type {
        WatchTargetType::Local => monitor.watch_target.path.clone(),
        WatchTargetType::Remote => {
            format!("{}:{}", connection.unwrap_or_default(), monitor.watch_target.path)
        }
    }
}

fn names(tags: &[Tag]) -> String {
    tags.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn list(rows: &[MonitorRow], out: &Out) -> Result<(), AppError> {
    if out.json {
        out.json(&flat_all(rows, "monitor")?);
        return Ok(());
    }
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            vec![
                row.monitor.name.clone(),
                row.monitor.state.to_string(),
                folder(&row.monitor, row.connection_name.as_deref()),
                row.starts.join(", "),
                names(&row.tags),
            ]
        })
        .collect();
    out.table(&["MONITOR", "STATE", "FOLDER", "STARTS", "TAGS"], &rows);
    Ok(())
}

fn show(app: &App, view: &MonitorView, out: &Out) -> Result<(), AppError> {
    let m = &view.monitor;
    if out.json {
        // `bindings` of the monitor itself has ids and values; the names stand beside.
        let mut value = flat(view, "monitor")?;
        if let Some(map) = value.as_object_mut() {
            let named = serde_json::to_value(&view.bindings).map_err(AppError::internal)?;
            map.insert("binding_names".to_owned(), named);
        }
        out.json(&value);
        return Ok(());
    }
    out.line(&format!("{}: {} ({})", m.name, folder(m, view.connection_name.as_deref()), m.state));
    out.line(&format!("id {}", m.id));
    if let Some(description) = &m.description {
        out.line(description);
    }
    let patterns = if m.file_patterns.is_empty() { "every file".into() } else { m.file_patterns.join(", ") };
    let except = if m.exclude_patterns.is_empty() {
        String::new()
    } else {
        format!(" except {}", m.exclude_patterns.join(", "))
    };
    let events: Vec<courier_domain::monitor::TriggerEvent> = m.trigger_events.into();
    let events: Vec<_> = events.into_iter().map(|event| event.as_str()).collect();
    out.line(&format!("{patterns}{except}; {}", events.join(", ")));
    out.line(&format!(
        "every {} s, stable for {} s, on {}",
        m.polling_interval_sec, m.stability_window_sec, m.run_on
    ));
    out.line(&format!("last look {}", instant(view.looked_at)));
    if let Some(reason) = &m.degraded {
        out.line(&format!("only scanned: {reason}"));
    }
    if let Some(error) = &m.last_error {
        out.line(&format!(
            "{} of {} failures: {error}",
            m.consecutive_failure_count, m.max_consecutive_failures
        ));
    }
    if let Some(standing) = &view.expected {
        out.line(&expected::sentence(m, standing, app.now()));
        if let Some(calendar) = &standing.calendar_name {
            out.line(&format!("not on the skipped days of the calendar {calendar}"));
        }
    }
    for binding in &view.bindings {
        out.line(&format!("starts {} {}", binding.kind, binding.name));
    }
    if !view.tags.is_empty() {
        out.line(&format!("tags {}", names(&view.tags)));
    }
    Ok(())
}

async fn files(app: &App, filter: MonitorFileFilter, out: &Out) -> Result<(), AppError> {
    let page = app.monitors_files_list(filter).await?;
    if out.json {
        out.json(&page.items);
        return Ok(());
    }
    let rows: Vec<_> = page
        .items
        .iter()
        .map(|log| {
            vec![
                log.file_path.clone(),
                log.trigger_event.to_string(),
                bytes(i64::try_from(log.file_size).unwrap_or(i64::MAX)),
                instant(Some(log.triggered_at)),
                log.execution_id.to_string(),
            ]
        })
        .collect();
    out.table(&["FILE", "EVENT", "SIZE", "AT", "RUN"], &rows);
    super::tell_more(page.next.map(|id| id.to_string()), out);
    Ok(())
}
