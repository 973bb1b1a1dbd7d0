//! Calendars.

use super::ordered::{Ordered, ordered, trimmed};
use crate::error::Result;
use courier_domain::calendar::{Calendar, CalendarDraft};

pub(in crate::bundle) fn calendar(calendar: &Calendar) -> Result<Ordered> {
    let example =
        CalendarDraft { name: String::new(), description: None, weekdays: Vec::new(), dates: Vec::new() };
    let mut fields = trimmed(&calendar.to_draft(), &example, &["name"])?;
    fields.remove("dates");
    let mut out = ordered(fields, &["name", "description", "weekdays"]);
    let dates = calendar.dates.iter().map(|date| {
        let mut one = Ordered::default();
        one.put("date", date.date.to_string().into());
        if let Some(name) = &date.name {
            one.put("name", name.clone().into());
        }
        one
    });
    out.put_list("dates", dates.collect());
    Ok(out)
}
