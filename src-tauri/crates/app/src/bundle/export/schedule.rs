//! Schedules of jobs and chains.

use super::ordered::{Ordered, ordered, trimmed};
use crate::error::{AppError, Result};
use courier_domain::schedule::ScheduleDraft;
use serde_json::json;

pub(super) fn schedule(draft: &ScheduleDraft) -> Result<Ordered> {
    let example: ScheduleDraft = serde_json::from_value(json!({ "schedule_type": draft.schedule_type }))
        .map_err(AppError::internal)?;
    let fields = trimmed(draft, &example, &["schedule_type"])?;
    Ok(ordered(fields, &["schedule_type", "cron_expression", "run_at", "time_zone"]))
}
