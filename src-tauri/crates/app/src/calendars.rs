//! Calendars: listing, editing, who uses them, and dates from a calendar file.
//!
//! Left out: what they move (the store does, in the unit of work that changes them). Invariant: what is saved passed
//! [`CalendarDraft::check`].

use crate::app::App;
use crate::error::{AppError, Result};
use crate::uses::Reference;
use courier_domain::audit::AuditableEntityType;
use courier_domain::calendar::{Calendar, CalendarDate, CalendarDraft};
use courier_domain::schedule::{ChainSchedule, JobSchedule, Schedule};
use courier_domain::{CalendarId, ErrorCode, Problem, Problems, Timestamp};
use courier_store::{CalendarUse, Session};
use serde::Serialize;
use specta::Type;
use std::collections::BTreeMap;

/// A calendar in the list.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct CalendarRow {
    pub calendar: Calendar,
    /// Living jobs and chains by their schedules, and monitors.
    pub uses: Vec<Reference>,
}

fn reference(user: CalendarUse) -> Reference {
    let how = if user.kind == AuditableEntityType::FileMonitor { "expected_files" } else { "schedules" };
    Reference { kind: user.kind, id: user.id, name: user.name, how: how.to_owned() }
}

impl App {
    /// Calendars that are not deleted, by name.
    pub async fn calendars_list(&self) -> Result<Vec<CalendarRow>> {
        let mut session = self.read().await?;
        let mut uses: BTreeMap<CalendarId, Vec<Reference>> = BTreeMap::new();
        for user in session.calendar_uses(None).await? {
            uses.entry(user.calendar_id).or_default().push(reference(user));
        }
        let calendars = session.calendars().await?;
        Ok(calendars
            .into_iter()
            .map(|calendar| CalendarRow { uses: uses.remove(&calendar.id).unwrap_or_default(), calendar })
            .collect())
    }

    /// Deleted calendars, newest deletion first.
    pub async fn calendars_deleted(&self) -> Result<Vec<Calendar>> {
        Ok(self.read().await?.deleted_calendars().await?)
    }

    /// The calendar with that name (in any case) or id.
    pub async fn calendars_find(&self, name_or_id: &str) -> Result<Calendar> {
        Ok(self.read().await?.find_calendar(name_or_id).await?)
    }

    /// A deleted calendar by name or id; the newest of several with the same name.
    pub async fn calendars_find_deleted(&self, name_or_id: &str) -> Result<Calendar> {
        let wanted = name_or_id.to_lowercase();
        let mut deleted = self.calendars_deleted().await?.into_iter();
        let found = deleted.find(|c| c.name.to_lowercase() == wanted || c.id.to_string() == wanted);
        found.ok_or_else(|| {
            AppError::new(ErrorCode::NotFound, format!("There is no deleted calendar `{name_or_id}`."))
        })
    }

    /// What uses a calendar.
    pub async fn calendars_where_used(&self, id: CalendarId) -> Result<Vec<Reference>> {
        let uses = self.read().await?.calendar_uses(Some(id)).await?;
        Ok(uses.into_iter().map(reference).collect())
    }

    /// Everything wrong with a draft; and as warnings which schedules of calendar `id` would not fire any more. Changes
    /// nothing.
    pub async fn calendars_validate(
        &self,
        id: Option<CalendarId>,
        draft: &CalendarDraft,
    ) -> Result<Problems> {
        let mut problems = draft.check();
        if let Some(id) = id.filter(|_| !problems.has_errors()) {
            let now = self.now();
            let calendar = Calendar::new(id, draft.clone(), now);
            let mut session = self.read().await?;
            problems.extend(stopped(&mut session, &calendar, now).await?);
        }
        Ok(problems)
    }

    /// Saves a new calendar, or a change of calendar `id`, which moves what comes next of all who use it. With `expected`,
    /// the `updated_at` that the editor had loaded, it is refused when somebody else saved meanwhile.
    pub async fn calendars_save(
        &self,
        id: Option<CalendarId>,
        draft: CalendarDraft,
        expected: Option<Timestamp>,
    ) -> Result<Calendar> {
        draft.check().into_result()?;
        let mut unit = self.begin().await?;
        let calendar = match id {
            None => {
                let calendar = Calendar::new(self.new_id(), draft, unit.now());
                unit.insert_calendar(&calendar).await?;
                calendar
            }
            Some(id) => {
                let before = unit.calendar(id).await?;
                let mut calendar = before.clone();
                calendar.edit(draft, unit.now());
                let seen = expected.unwrap_or(before.updated_at);
                if calendar.to_draft() == before.to_draft() && seen == before.updated_at {
                    return Ok(before);
                }
                unit.update_calendar(&calendar, seen).await?
            }
        };
        unit.commit().await?;
        Ok(calendar)
    }

    /// Takes a calendar away; [`App::calendars_restore`] brings it back.
    ///
    /// # Errors
    /// A schedule or monitor uses it.
    pub async fn calendars_delete(&self, id: CalendarId) -> Result<()> {
        let mut unit = self.begin().await?;
        unit.delete_calendar(id).await?;
        Ok(unit.commit().await?)
    }

    pub async fn calendars_restore(&self, id: CalendarId) -> Result<Calendar> {
        let mut unit = self.begin().await?;
        let calendar = unit.restore_calendar(id).await?;
        unit.commit().await?;
        Ok(calendar)
    }

    /// The dates of a text: an iCalendar file (`.ics`), or lines with a date and perhaps a word behind a comma or
    /// semicolon.
    ///
    /// # Errors
    /// Every line that says no date.
    pub fn calendars_read_dates(&self, text: &str) -> Result<Vec<CalendarDate>> {
        crate::calendar_files::dates(text).map_err(AppError::invalid)
    }
}

/// Warnings of schedules that fire today and would not with these days.
async fn stopped(session: &mut Session, calendar: &Calendar, now: Timestamp) -> Result<Problems> {
    let mut problems = Problems::default();
    let mut warn = |name: String| {
        let message =
            format!("The schedule of `{name}` would not fire any more: every day of it is skipped.");
        problems.push(Problem::warning("dates", "never_fires", message));
    };
    let stops = |schedule: &Schedule| {
        schedule.calendar_id == Some(calendar.id)
            && schedule.next_fire_at.is_some()
            && schedule.next_under(Some(calendar), now).is_none()
    };
    for of_job in session.schedules::<JobSchedule>().await?.iter().filter(|s| stops(&s.schedule)) {
        warn(session.job(of_job.job_id).await?.name);
    }
    for of_chain in session.schedules::<ChainSchedule>().await?.iter().filter(|s| stops(&s.schedule)) {
        warn(session.chain(of_chain.chain_id).await?.name);
    }
    Ok(problems)
}
