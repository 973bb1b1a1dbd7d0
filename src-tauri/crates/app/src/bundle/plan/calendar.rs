//! Calendars of a bundle.

use super::super::shape::CalendarEntry;
use super::known::{Known, by_name};
use super::{Change, Plan, PlannedCalendar};
use crate::app::App;
use crate::bundle::export;
use crate::error::Result;
use courier_domain::calendar::Calendar;

/// Plans it, and lets what comes later know it as it will be.
pub(super) fn calendar(app: &App, entry: CalendarEntry, known: &mut Known, plan: &mut Plan) -> Result<()> {
    let CalendarEntry { path, draft } = entry;
    plan.more(draft.check().under(&path));
    let before = by_name(&known.stored.calendars, &draft.name, |c| &c.name).cloned();
    let id = known.calendars.find(&draft.name).unwrap_or_else(|| app.new_id());
    let after = match &before {
        Some(before) => {
            let mut after = before.clone();
            after.edit(draft.clone(), before.updated_at);
            after
        }
        None => Calendar::new(id, draft.clone(), app.now()),
    };
    let change = Change {
        kind: "calendar",
        name: &draft.name,
        before: before.as_ref().map(export::calendar).transpose()?,
        after: export::calendar(&after)?,
        secret: None,
    };
    if plan.compare(change)? {
        plan.calendars.push(PlannedCalendar { id, before, draft });
    }
    known.days.insert(id, after);
    Ok(())
}
