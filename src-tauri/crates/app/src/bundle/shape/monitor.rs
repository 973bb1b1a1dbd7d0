//! File monitors. Their connection, jobs and chains are still names.

use super::{names, take_name};
use crate::bundle::read::{fields, join, list, object};
use courier_domain::expected::ExpectedFiles;
use courier_domain::monitor::{BindingDraft, MonitorDraft, MonitorState, WatchTarget};
use courier_domain::{Problem, Problems};
use serde_json::{Value, json};

#[derive(Debug)]
pub(in crate::bundle) struct MonitorEntry {
    pub(in crate::bundle) path: String,
    /// What it refers to is still to be set.
    pub(in crate::bundle) draft: MonitorDraft,
    /// Name or id of the watched folder's connection.
    pub(in crate::bundle) connection: Option<String>,
    /// Name or id of the calendar of its expected-file clock.
    pub(in crate::bundle) calendar: Option<String>,
    /// What each binding names, in their order.
    pub(in crate::bundle) bindings: Vec<BoundNames>,
    /// Active, paused or disabled; `None` leaves it as it is.
    pub(in crate::bundle) state: Option<MonitorState>,
    pub(in crate::bundle) tags: Option<Vec<String>>,
}

#[derive(Debug)]
pub(in crate::bundle) struct BoundNames {
    pub(in crate::bundle) job: Option<String>,
    pub(in crate::bundle) chain: Option<String>,
}

/// The fields that a monitor needs, with stand-ins.
pub(in crate::bundle) fn minimal_monitor() -> Value {
    json!({ "name": "", "watch_target": { "type": "local", "path": "" } })
}

pub(super) fn monitor(path: String, value: Value, problems: &mut Problems) -> Option<MonitorEntry> {
    let mut map = object(value, &path, problems)?;
    let tags = names(map.remove("tags"), &join(&path, "tags"), problems);
    let state = state(map.remove("state"), &join(&path, "state"), problems);
    let mut connection = None;
    let at = join(&path, "watch_target");
    if let Some(value) = map.remove("watch_target").filter(|v| !v.is_null()) {
        let mut target = object(value, &at, problems)?;
        connection = take_name(&mut target, "connection_id", "a connection", &at, problems);
        let minimal = json!({ "type": "local", "path": "" });
        let target: WatchTarget = fields(&minimal, target, &at, problems)?;
        map.insert("watch_target".to_owned(), serde_json::to_value(target).unwrap_or_default());
    }
    let mut calendar = None;
    let at = join(&path, "expected_files");
    if let Some(value) = map.remove("expected_files").filter(|v| !v.is_null()) {
        let mut expected = object(value, &at, problems)?;
        calendar = take_name(&mut expected, "calendar_id", "a calendar", &at, problems);
        let expected: ExpectedFiles = fields(&json!({ "by": "00:00" }), expected, &at, problems)?;
        map.insert("expected_files".to_owned(), serde_json::to_value(expected).unwrap_or_default());
    }
    let (mut drafts, mut bindings) = (Vec::new(), Vec::new());
    for (at, item) in list(map.remove("bindings"), &join(&path, "bindings"), problems) {
        let Some(mut map) = object(item, &at, problems) else { continue };
        let job = take_name(&mut map, "job_id", "a job", &at, problems);
        let chain = take_name(&mut map, "chain_id", "a chain", &at, problems);
        if let Some(binding) = fields::<BindingDraft>(&json!({}), map, &at, problems) {
            drafts.push(binding);
            bindings.push(BoundNames { job, chain });
        }
    }
    let draft: MonitorDraft = fields(&minimal_monitor(), map, &path, problems)?;
    Some(MonitorEntry {
        path,
        draft: MonitorDraft { bindings: drafts, ..draft },
        connection,
        calendar,
        bindings,
        state,
        tags,
    })
}

fn state(value: Option<Value>, path: &str, problems: &mut Problems) -> Option<MonitorState> {
    let value = value.filter(|v| !v.is_null())?;
    let state = value.as_str().and_then(|text| text.parse::<MonitorState>().ok());
    match state {
        Some(state @ (MonitorState::Active | MonitorState::Paused | MonitorState::Disabled)) => Some(state),
        Some(MonitorState::Error) | None => {
            problems.push(Problem::error(path, "invalid", "Enter active, paused or disabled."));
            None
        }
    }
}
