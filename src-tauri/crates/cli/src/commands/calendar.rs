//! `courier calendar`.

use super::{flat, flat_all};
use crate::args::calendar::{CalendarCommand, CalendarDays};
use crate::args::monitor::ListSort;
use crate::exit;
use crate::output::Out;
use courier_app::{App, AppError, CalendarRow, Reference};
use courier_domain::ErrorCode;
use courier_domain::calendar::{Calendar, CalendarDate, CalendarDraft, Weekday};
use std::cmp::Reverse;
use std::io::Read;
use std::path::Path;

/// A calendar file may have so many bytes.
const MOST_BYTES: u64 = 4 << 20;

pub(super) async fn run(app: &App, command: CalendarCommand, out: &Out) -> Result<u8, AppError> {
    match command {
        CalendarCommand::List { deleted, page } => {
            let mut rows = if deleted {
                let rows = app.calendars_deleted().await?.into_iter();
                rows.map(|calendar| CalendarRow { calendar, uses: Vec::new() }).collect()
            } else {
                app.calendars_list().await?
            };
            match page.sort {
                ListSort::Name => rows.sort_by_key(|r| (r.calendar.name.to_lowercase(), r.calendar.id)),
                ListSort::Changed => rows.sort_by_key(|r| Reverse((r.calendar.updated_at, r.calendar.id))),
            }
            let id = |row: &CalendarRow| row.calendar.id.to_string();
            let (rows, more) = super::page_of(rows, page.after.as_deref(), page.limit, id)?;
            list(&rows, out)?;
            super::tell_more(more.filter(|_| !out.json), out);
        }
        CalendarCommand::Show { calendar } => {
            let calendar = app.calendars_find(&calendar).await?;
            let uses = app.calendars_where_used(calendar.id).await?;
            show(&CalendarRow { calendar, uses }, out)?;
        }
        CalendarCommand::Create { name, days } => {
            let draft = CalendarDraft { name, description: None, weekdays: Vec::new(), dates: Vec::new() };
            let draft = edited(app, draft, days)?;
            saved(&app.calendars_save(None, draft, None).await?, "Made", out);
        }
        CalendarCommand::Edit { calendar, name, remove, clear, days } => {
            let found = app.calendars_find(&calendar).await?;
            let mut draft = found.to_draft();
            draft.name = name.unwrap_or(draft.name);
            draft.dates.retain(|date| !clear && !remove.contains(&date.date));
            let draft = edited(app, draft, days)?;
            let checked = app.calendars_validate(Some(found.id), &draft).await?;
            let saved_as = app.calendars_save(Some(found.id), draft, Some(found.updated_at)).await?;
            out.warnings(&checked.0);
            saved(&saved_as, "Changed", out);
        }
        CalendarCommand::Delete { calendar } => {
            let found = app.calendars_find(&calendar).await?;
            app.calendars_delete(found.id).await?;
            out.hint(&format!("Deleted {}; `courier calendar restore` brings it back.", found.name));
        }
        CalendarCommand::Restore { calendar } => {
            let found = app.calendars_find_deleted(&calendar).await?;
            saved(&app.calendars_restore(found.id).await?, "Restored", out);
        }
        CalendarCommand::WhereUsed { calendar } => {
            let found = app.calendars_find(&calendar).await?;
            let uses = app.calendars_where_used(found.id).await?;
            if out.json {
                out.json(&uses);
            } else {
                let rows =
                    uses.iter().map(|user| vec![user.kind.to_string(), user.name.clone(), user.how.clone()]);
                out.table(&["KIND", "NAME", "FIELD"], &rows.collect::<Vec<_>>());
            }
        }
    }
    Ok(exit::DONE)
}

/// What was given comes in. A date that is there already gets the new word.
fn edited(app: &App, draft: CalendarDraft, days: CalendarDays) -> Result<CalendarDraft, AppError> {
    let mut given: Vec<CalendarDate> = days.date;
    if let Some(file) = days.from {
        given.extend(app.calendars_read_dates(&text_of(&file)?)?);
    }
    let mut dates = draft.dates;
    dates.retain(|date| !given.iter().any(|other| other.date == date.date && other.name.is_some()));
    dates.extend(given);
    let weekdays =
        if days.weekday.is_empty() { draft.weekdays } else { days.weekday.into_iter().flatten().collect() };
    Ok(CalendarDraft { description: days.description.or(draft.description), weekdays, dates, ..draft })
}

fn text_of(file: &Path) -> Result<String, AppError> {
    let unread = |error: std::io::Error| {
        AppError::new(ErrorCode::FileNotFound, format!("{} cannot be read: {error}.", file.display()))
    };
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(unread)?;
    } else {
        let open = std::fs::File::open(file).map_err(unread)?;
        open.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(unread)?;
    }
    if bytes.len() as u64 > MOST_BYTES {
        let message = format!("{} is larger than 4 MiB, so it is no list of dates.", file.display());
        return Err(AppError::problem("from", "too_many", message));
    }
    String::from_utf8(bytes).map_err(|_| {
        AppError::problem("from", "invalid", format!("{} is not a text in UTF-8.", file.display()))
    })
}

fn saved(calendar: &Calendar, done: &str, out: &Out) {
    if out.json {
        return out.json(calendar);
    }
    out.hint(&format!("{done} {}.", calendar.name));
}

fn weekdays(calendar: &Calendar) -> String {
    if calendar.weekdays.is_empty() {
        return "-".to_owned();
    }
    calendar.weekdays.iter().map(|day: &Weekday| day.as_str()).collect::<Vec<_>>().join(", ")
}

fn names(uses: &[Reference]) -> String {
    if uses.is_empty() {
        return "-".to_owned();
    }
    uses.iter().map(|user| user.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn list(rows: &[CalendarRow], out: &Out) -> Result<(), AppError> {
    if out.json {
        out.json(&flat_all(rows, "calendar")?);
        return Ok(());
    }
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            vec![
                row.calendar.name.clone(),
                weekdays(&row.calendar),
                row.calendar.dates.len().to_string(),
                names(&row.uses),
            ]
        })
        .collect();
    out.table(&["CALENDAR", "SKIPS", "DATES", "USED BY"], &rows);
    Ok(())
}

fn show(row: &CalendarRow, out: &Out) -> Result<(), AppError> {
    let calendar = &row.calendar;
    if out.json {
        out.json(&flat(row, "calendar")?);
        return Ok(());
    }
    out.line(&format!("{}: skips {}", calendar.name, weekdays(calendar)));
    out.line(&format!("id {}", calendar.id));
    if let Some(description) = &calendar.description {
        out.line(description);
    }
    for date in &calendar.dates {
        out.line(&format!("{:<10}  {}", date.date.to_string(), date.name.as_deref().unwrap_or_default()));
    }
    for user in &row.uses {
        out.line(&format!("used by {} {} ({})", user.kind, user.name, user.how));
    }
    Ok(())
}
