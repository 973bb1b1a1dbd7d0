//! `courier schedule`.

use crate::args::{ScheduleAddArgs, ScheduleCommand, ScheduleListArgs, ScheduleNextArgs};
use crate::exit;
use crate::output::{Out, instant};
use chrono::SecondsFormat;
use courier_app::{App, AppError, ScheduleFilter, ScheduleRow};
use courier_domain::schedule::{Schedule, ScheduleDraft, ScheduleType};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) async fn run(app: &App, command: ScheduleCommand, out: &Out) -> Result<u8, AppError> {
    match command {
        ScheduleCommand::List(args) => list(app, args, out).await?,
        ScheduleCommand::Show { id } => show(&app.schedules_get(id).await?, out),
        ScheduleCommand::Next(args) => next(app, &args, out)?,
        ScheduleCommand::Enable { id } => {
            let row = app.schedules_set_enabled(id, true).await?;
            out.hint(&format!(
                "The schedule of {} fires next at {}.",
                row.name,
                instant(row.schedule.next_fire_at)
            ));
        }
        ScheduleCommand::Disable { id } => {
            let row = app.schedules_set_enabled(id, false).await?;
            out.hint(&format!("The schedule of {} does not fire any more.", row.name));
        }
        ScheduleCommand::Add(args) => add(app, args, out).await?,
        ScheduleCommand::Remove { id } => {
            app.schedules_remove(id).await?;
            out.hint("Removed.");
        }
    }
    Ok(exit::DONE)
}

async fn list(app: &App, args: ScheduleListArgs, out: &Out) -> Result<(), AppError> {
    let owner = match args.owner {
        Some(owner) => Some(app.schedules_owner(&owner).await?),
        None => None,
    };
    let rows = app.schedules_list(ScheduleFilter { owner, is_enabled: args.enabled }).await?;
    let after = args.after.map(|id| id.to_string());
    let (rows, more) = super::page_of(rows, after.as_deref(), args.limit, |s| s.id.to_string())?;
    if out.json {
        out.json(&rows);
        return Ok(());
    }
    let rows: Vec<_> = rows
        .iter()
        .map(|s| {
            vec![
                s.id.to_string(),
                if s.job_id.is_some() { "job".into() } else { "chain".into() },
                s.name.clone(),
                when(&s.schedule),
                if s.schedule.is_enabled { "yes".into() } else { "no".into() },
                instant(s.schedule.last_fired_at),
                instant(s.schedule.next_fire_at),
            ]
        })
        .collect();
    out.table(&["SCHEDULE", "KIND", "NAME", "WHEN", "ENABLED", "LAST", "NEXT"], &rows);
    super::tell_more(more, out);
    Ok(())
}

fn show(row: &ScheduleRow, out: &Out) {
    if out.json {
        return out.json(row);
    }
    let (schedule, kind) = (&row.schedule, if row.job_id.is_some() { "job" } else { "chain" });
    out.line(&format!("{} of the {kind} {}", when(schedule), row.name));
    out.line(&format!("id {}, {}", row.id, if schedule.is_enabled { "enabled" } else { "disabled" }));
    out.line(&format!(
        "missed times: {}; while a run is not over: {}",
        schedule.misfire_policy, schedule.overlap_policy
    ));
    out.line(&format!("last {}, next {}", instant(schedule.last_fired_at), instant(schedule.next_fire_at)));
    for (name, value) in &schedule.parameters {
        out.line(&format!("parameter {name} = {value}"));
    }
}

fn next(app: &App, args: &ScheduleNextArgs, out: &Out) -> Result<(), AppError> {
    let times = app.schedules_preview(&args.expression, args.time_zone.as_deref(), args.count, args.after)?;
    // Scripts compare them, so they are in UTC for people too.
    let times: Vec<String> = times.iter().map(|t| t.to_rfc3339_opts(SecondsFormat::AutoSi, true)).collect();
    if out.json {
        out.json(&times);
    } else if times.is_empty() {
        out.hint("It never fires.");
    } else {
        for time in &times {
            out.line(time);
        }
    }
    Ok(())
}

async fn add(app: &App, args: ScheduleAddArgs, out: &Out) -> Result<(), AppError> {
    let owner = app.schedules_owner(&args.owner).await?;
    let parameters: BTreeMap<String, Value> = super::run::parameters(&args.param)?;
    let draft = ScheduleDraft {
        schedule_type: if args.at.is_some() { ScheduleType::OneShot } else { ScheduleType::Cron },
        cron_expression: args.cron,
        run_at: args.at,
        time_zone: args.time_zone,
        misfire_policy: args.misfire,
        overlap_policy: args.overlap,
        parameters,
        is_enabled: !args.disabled,
    };
    let row = app.schedules_add(owner, draft).await?;
    if out.json {
        out.json(&row);
        return Ok(());
    }
    out.line(&row.id.to_string());
    if row.schedule.is_enabled && row.schedule.next_fire_at.is_none() {
        out.hint("warning: it never fires, because its time is past.");
    }
    Ok(())
}

/// `0 30 6 ? * MON-FRI (Europe/Berlin)` or the instant.
pub(super) fn when(schedule: &Schedule) -> String {
    match &schedule.cron_expression {
        Some(expression) => format!("{expression} ({})", schedule.time_zone),
        None => format!("once at {}", instant(schedule.run_at)),
    }
}
