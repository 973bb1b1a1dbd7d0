//! `courier schedule`.

use crate::args::{MissedArgs, ScheduleAddArgs, ScheduleCommand, ScheduleListArgs, ScheduleNextArgs};
use crate::exit;
use crate::output::{Out, instant};
use chrono::{SecondsFormat, TimeDelta};
use chrono_tz::Tz;
use courier_app::{App, AppError, Fired, MissedFilter, MissedRow, ScheduleFilter, ScheduleRow};
use courier_domain::cron::CronExpression;
use courier_domain::schedule::{Schedule, ScheduleDraft, ScheduleType};
use courier_domain::{CalendarId, ChainExecutionId, JobExecutionId};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How many of its next times a schedule shows.
const NEXT_TIMES: u32 = 5;

pub(super) async fn run(app: &App, command: ScheduleCommand, out: &Out) -> Result<u8, AppError> {
    match command {
        ScheduleCommand::List(args) => list(app, args, out).await?,
        ScheduleCommand::Show { id } => show(app, &app.schedules_get(id).await?, out).await?,
        ScheduleCommand::Next(args) => next(app, &args, out).await?,
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
        ScheduleCommand::Fire { id } => {
            let (Fired::Job(JobExecutionId(id)) | Fired::Chain(ChainExecutionId(id))) =
                app.schedules_fire(id).await?;
            if out.json {
                out.json(&json!({ "id": id }));
            } else {
                out.line(&id.to_string());
            }
        }
        ScheduleCommand::Missed(args) => missed(app, &args, out).await?,
        ScheduleCommand::Add(args) => add(app, args, out).await?,
        ScheduleCommand::Calendar { id, calendar: name } => {
            let row = app.schedules_get(id).await?;
            let calendar_id = calendar(app, name.as_deref()).await?;
            let draft = ScheduleDraft { calendar_id, ..row.schedule.to_draft() };
            let row = app.schedules_edit(id, draft, Some(row.schedule.updated_at)).await?;
            show(app, &row, out).await?;
        }
        ScheduleCommand::Remove { id } => {
            app.schedules_remove(id).await?;
            out.hint("Removed.");
        }
    }
    Ok(exit::DONE)
}

async fn calendar(app: &App, name: Option<&str>) -> Result<Option<CalendarId>, AppError> {
    Ok(match name {
        Some(name) => Some(app.calendars_find(name).await?.id),
        None => None,
    })
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
                s.calendar_name.clone().unwrap_or_else(|| "-".to_owned()),
                if s.schedule.is_enabled { "yes".into() } else { "no".into() },
                instant(s.schedule.last_fired_at),
                instant(s.schedule.next_fire_at),
            ]
        })
        .collect();
    out.table(&["SCHEDULE", "KIND", "NAME", "WHEN", "CALENDAR", "ENABLED", "LAST", "NEXT"], &rows);
    super::tell_more(more, out);
    Ok(())
}

async fn missed(app: &App, args: &MissedArgs, out: &Out) -> Result<(), AppError> {
    let filter = MissedFilter { schedule_id: args.id, after: None, limit: args.limit };
    let rows = app.schedules_missed(filter).await?;
    if out.json {
        out.json(&rows);
        return Ok(());
    }
    let rows: Vec<_> = rows
        .iter()
        .map(|MissedRow { name, missed }| {
            vec![
                name.clone(),
                missed.reason.to_string(),
                missed.count.to_string(),
                instant(Some(missed.first_at)),
                instant(Some(missed.last_at)),
                missed.started.to_string(),
                missed.message.clone().unwrap_or_default(),
            ]
        })
        .collect();
    out.table(&["NAME", "WHY", "TIMES", "FIRST", "LAST", "RUNS", "MESSAGE"], &rows);
    Ok(())
}

async fn show(app: &App, row: &ScheduleRow, out: &Out) -> Result<(), AppError> {
    if out.json {
        out.json(row);
        return Ok(());
    }
    let (schedule, kind) = (&row.schedule, if row.job_id.is_some() { "job" } else { "chain" });
    out.line(&format!("{} of the {kind} {}", when(schedule), row.name));
    if let Some(expression) = &schedule.cron_expression {
        out.line(&format!("expression {expression}"));
    }
    out.line(&format!("id {}, {}", row.id, if schedule.is_enabled { "enabled" } else { "disabled" }));
    out.line(&format!(
        "missed times: {}; while a run is not over: {}",
        schedule.misfire_policy, schedule.overlap_policy
    ));
    if let Some(calendar) = &row.calendar_name {
        out.line(&format!("not on the skipped days of the calendar {calendar}"));
    }
    out.line(&format!("last {}", instant(schedule.last_fired_at)));
    out.line(&format!("next {}", upcoming(app, schedule).await?.join("\n     ")));
    for (name, value) in &schedule.parameters {
        out.line(&format!("parameter {name} = {value}"));
    }
    Ok(())
}

/// When it fires next, by the clock of its own zone; `-` where it does not.
async fn upcoming(app: &App, schedule: &Schedule) -> Result<Vec<String>, AppError> {
    let times = match (&schedule.cron_expression, schedule.next_fire_at) {
        (_, None) => return Ok(vec!["-".to_owned()]),
        (None, Some(next)) => vec![next],
        (Some(expression), Some(next)) => {
            let (zone, before) = (Some(schedule.time_zone.as_str()), next - TimeDelta::microseconds(1));
            app.schedules_preview(expression, zone, schedule.calendar_id, NEXT_TIMES, Some(before)).await?
        }
    };
    let zone: Tz = schedule.time_zone.parse().unwrap_or(Tz::UTC);
    Ok(times.iter().map(|at| at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S %:z").to_string()).collect())
}

async fn next(app: &App, args: &ScheduleNextArgs, out: &Out) -> Result<(), AppError> {
    let (zone, calendar) = (args.time_zone.as_deref(), calendar(app, args.calendar.as_deref()).await?);
    let times = app.schedules_preview(&args.expression, zone, calendar, args.count, args.after).await?;
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
        calendar_id: calendar(app, args.calendar.as_deref()).await?,
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

/// `At 06:30, Monday to Friday (Europe/Berlin)`, the expression if it has no short words, or the instant.
pub(super) fn when(schedule: &Schedule) -> String {
    match &schedule.cron_expression {
        Some(expression) => {
            let words = CronExpression::parse(expression).ok().and_then(|cron| cron.in_words());
            format!("{} ({})", words.as_deref().unwrap_or(expression), schedule.time_zone)
        }
        None => format!("once at {}", instant(schedule.run_at)),
    }
}
