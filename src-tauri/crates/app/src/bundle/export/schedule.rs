//! Schedules of jobs and chains.

use super::names::NamesById;
use super::ordered::{Ordered, ordered, trimmed};
use crate::error::{AppError, Result};
use courier_domain::schedule::ScheduleDraft;
use serde_json::json;

pub(super) fn schedule(draft: &ScheduleDraft, names: &NamesById) -> Result<Ordered> {
    let example: ScheduleDraft = serde_json::from_value(json!({ "schedule_type": draft.schedule_type }))
        .map_err(AppError::internal)?;
    let mut fields = trimmed(draft, &example, &["schedule_type"])?;
    if let Some(calendar) = fields.get_mut("calendar_id") {
        names.put(calendar);
    }
    Ok(ordered(fields, &["schedule_type", "cron_expression", "run_at", "time_zone", "calendar_id"]))
}
