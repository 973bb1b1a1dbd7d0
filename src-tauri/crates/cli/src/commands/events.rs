//! `courier events`.

use super::flat_all;
use crate::args::notify::EventsCommand;
use crate::exit;
use crate::output::{Out, instant};
use courier_app::{App, AppError, EventRow, EventsFilter};
use courier_domain::notification::EventDelivery;

pub(super) async fn run(app: &App, command: EventsCommand, out: &Out) -> Result<u8, AppError> {
    match command {
        EventsCommand::List { event_type, entity, pending, limit, after } => {
            let processed = pending.then_some(false);
            let filter = EventsFilter { event_type, entity_id: entity, processed, limit, after };
            let page = app.events_list(filter).await?;
            list(&page.items, out)?;
            super::tell_more(page.next.filter(|_| !out.json).map(|id| id.to_string()), out);
        }
        EventsCommand::Replay { event } => {
            let replayed = app.events_replay((!event.is_empty()).then_some(event)).await?;
            if out.json {
                out.json(&serde_json::json!({ "replayed": replayed }));
            } else {
                out.line(&format!("{replayed} will be sent again."));
            }
        }
    }
    Ok(exit::DONE)
}

/// A delivery in a few words: its state, how often it was tried in vain, and why.
fn way(delivery: &EventDelivery) -> String {
    match (&delivery.last_error, delivery.attempts) {
        (Some(error), attempts @ 2..) => format!("{} ({attempts} attempts: {error})", delivery.state),
        (Some(error), _) => format!("{} ({error})", delivery.state),
        (None, _) => delivery.state.to_string(),
    }
}

fn list(rows: &[EventRow], out: &Out) -> Result<(), AppError> {
    if out.json {
        out.json(&flat_all(rows, "event")?);
        return Ok(());
    }
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            let ways: Vec<_> = row.deliveries.iter().map(way).collect();
            vec![
                row.event.id.to_string(),
                row.event.event_type.to_string(),
                row.event.entity_type.clone(),
                row.event.entity_id.to_string(),
                instant(Some(row.event.occurred_at)),
                if ways.is_empty() { "-".to_owned() } else { ways.join(", ") },
            ]
        })
        .collect();
    out.table(&["ID", "EVENT", "KIND", "ABOUT", "AT", "TOLD"], &rows);
    Ok(())
}
