//! Calendars.

use crate::bundle::read::{fields, join, list, object};
use courier_domain::Problems;
use courier_domain::calendar::{CalendarDate, CalendarDraft};
use serde_json::{Value, json};

#[derive(Debug)]
pub(in crate::bundle) struct CalendarEntry {
    pub(in crate::bundle) path: String,
    pub(in crate::bundle) draft: CalendarDraft,
}

pub(super) fn calendar(path: String, value: Value, problems: &mut Problems) -> Option<CalendarEntry> {
    let mut map = object(value, &path, problems)?;
    let mut dates: Vec<CalendarDate> = Vec::new();
    for (at, item) in list(map.remove("dates"), &join(&path, "dates"), problems) {
        // A date without a word may stand alone.
        let item = if item.is_string() { json!({ "date": item }) } else { item };
        let Some(map) = object(item, &at, problems) else { continue };
        dates.extend(fields::<CalendarDate>(&json!({ "date": "01-01" }), map, &at, problems));
    }
    let draft: CalendarDraft = fields(&json!({ "name": "" }), map, &path, problems)?;
    Some(CalendarEntry { path, draft: CalendarDraft { dates, ..draft } })
}
