//! Chains. The jobs of their members are still names.

use super::{ScheduleEntry, names, schedules, take_needed_name, take_switch};
use crate::bundle::read::{fields, join, list, object};
use courier_domain::Problems;
use courier_domain::chain::{ChainDraft, ChainEdgeDraft, ChainMemberDraft};
use serde_json::{Value, json};
use uuid::Uuid;

#[derive(Debug)]
pub(in crate::bundle) struct ChainEntry {
    pub(in crate::bundle) path: String,
    /// Its members' jobs are still to be set.
    pub(in crate::bundle) draft: ChainDraft,
    /// Name or id of each member's job, in the members' order.
    pub(in crate::bundle) jobs: Vec<Option<String>>,
    pub(in crate::bundle) is_enabled: Option<bool>,
    pub(in crate::bundle) tags: Option<Vec<String>>,
    /// `None` leaves them as they are.
    pub(in crate::bundle) schedules: Option<Vec<ScheduleEntry>>,
}

pub(super) fn chain(path: String, value: Value, problems: &mut Problems) -> Option<ChainEntry> {
    let mut map = object(value, &path, problems)?;
    let is_enabled = take_switch(&mut map, "is_enabled", &path, problems);
    let tags = names(map.remove("tags"), &join(&path, "tags"), problems);
    let schedules = schedules(&mut map, &path, problems);
    let (mut members, mut jobs) = (Vec::new(), Vec::new());
    for (at, item) in list(map.remove("members"), &join(&path, "members"), problems) {
        let Some(mut map) = object(item, &at, problems) else { continue };
        // An id in a bundle would be another store's.
        map.remove("id");
        let job = take_needed_name(&mut map, "job_id", "a job", &at, problems);
        let mut depends_on = Vec::new();
        for (at, item) in list(map.remove("depends_on"), &join(&at, "depends_on"), problems) {
            let edge = object(item, &at, problems).unwrap_or_default();
            depends_on.extend(fields::<ChainEdgeDraft>(&json!({ "member": "" }), edge, &at, problems));
        }
        let minimal = json!({ "name": "", "job_id": Uuid::nil() });
        if let Some(member) = fields::<ChainMemberDraft>(&minimal, map, &at, problems) {
            members.push(ChainMemberDraft { depends_on, ..member });
            jobs.push(job);
        }
    }
    let draft: ChainDraft = fields(&json!({ "name": "" }), map, &path, problems)?;
    Some(ChainEntry { path, draft: ChainDraft { members, ..draft }, jobs, is_enabled, tags, schedules })
}
