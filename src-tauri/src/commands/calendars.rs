//! Calendars: days on which schedules and expected-file clocks rest.

use super::{Answer, Courier};
use courier_app::CalendarRow;
use courier_app::domain::calendar::{Calendar, CalendarDate, CalendarDraft};
use courier_app::domain::{CalendarId, Problem, Timestamp};

#[tauri::command]
#[specta::specta]
pub(crate) async fn calendars_list(courier: Courier<'_>) -> Answer<Vec<CalendarRow>> {
    courier.calendars_list().await
}

/// Everything wrong with a draft, and as warnings which schedules would not fire any more.
#[tauri::command]
#[specta::specta]
pub(crate) async fn calendars_validate(
    courier: Courier<'_>,
    id: Option<CalendarId>,
    draft: CalendarDraft,
) -> Answer<Vec<Problem>> {
    Ok(courier.calendars_validate(id, &draft).await?.0)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn calendars_save(
    courier: Courier<'_>,
    id: Option<CalendarId>,
    draft: CalendarDraft,
    seen: Option<Timestamp>,
) -> Answer<Calendar> {
    courier.calendars_save(id, draft, seen).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn calendars_delete(courier: Courier<'_>, id: CalendarId) -> Answer<()> {
    courier.calendars_delete(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn calendars_restore(courier: Courier<'_>, id: CalendarId) -> Answer<Calendar> {
    courier.calendars_restore(id).await
}

/// The dates of a text: iCalendar, or a date and perhaps a word in each line.
#[tauri::command]
#[specta::specta]
pub(crate) async fn calendars_read_dates(courier: Courier<'_>, text: String) -> Answer<Vec<CalendarDate>> {
    courier.calendars_read_dates(&text)
}
