//! File monitors with what they start.

use super::names::NamesById;
use super::ordered::{Node, Ordered, ordered, trimmed};
use crate::bundle::shape::minimal_monitor;
use crate::error::{AppError, Result};
use courier_domain::expected::ExpectedFiles;
use courier_domain::monitor::{BindingDraft, FileMonitor, MonitorDraft, MonitorState};
use serde_json::{Value, json};

/// `tags` are names.
pub(in crate::bundle) fn monitor(
    monitor: &FileMonitor,
    tags: &[String],
    names: &NamesById,
) -> Result<Ordered> {
    let example: MonitorDraft = serde_json::from_value(minimal_monitor()).map_err(AppError::internal)?;
    let draft = monitor.to_draft();
    let mut fields = trimmed(&draft, &example, &["name", "trigger_events"])?;
    for written_below in ["watch_target", "bindings", "expected_files"] {
        fields.remove(written_below);
    }
    let target = &draft.watch_target;
    let mut watched = Ordered::default();
    watched.put("type", Value::from(target.target_type.as_str()));
    if let Some(id) = target.connection_id {
        watched.put("connection_id", Value::from(names.of(id)));
    }
    watched.put("path", Value::from(target.path.clone()));
    let mut out = ordered(fields, &["name", "description"]);
    let at = out.0.iter().take_while(|(name, _)| ["name", "description"].contains(&name.as_str())).count();
    out.0.insert(at, ("watch_target".to_owned(), Node::Object(watched)));
    match monitor.state {
        MonitorState::Paused | MonitorState::Disabled => {
            out.put("state", Value::from(monitor.state.as_str()));
        }
        MonitorState::Active | MonitorState::Error => {}
    }
    if let Some(expected) = &draft.expected_files {
        out.0.push(("expected_files".to_owned(), Node::Object(clock(expected, names)?)));
    }
    out.put_list("bindings", draft.bindings.iter().map(|b| binding(b, names)).collect::<Result<_>>()?);
    out.put_names("tags", tags);
    Ok(out)
}

fn clock(expected: &ExpectedFiles, names: &NamesById) -> Result<Ordered> {
    let example: ExpectedFiles =
        serde_json::from_value(json!({ "by": expected.by })).map_err(AppError::internal)?;
    let mut fields = trimmed(expected, &example, &["by"])?;
    if let Some(calendar) = fields.get_mut("calendar_id") {
        names.put(calendar);
    }
    Ok(ordered(fields, &["file_pattern", "min_count", "by", "since", "weekdays", "time_zone", "calendar_id"]))
}

fn binding(draft: &BindingDraft, names: &NamesById) -> Result<Ordered> {
    let example: BindingDraft = serde_json::from_value(json!({})).map_err(AppError::internal)?;
    let mut fields = trimmed(draft, &example, &[])?;
    for reference in ["job_id", "chain_id"] {
        if let Some(value) = fields.get_mut(reference) {
            names.put(value);
        }
    }
    Ok(ordered(fields, &["job_id", "chain_id"]))
}
