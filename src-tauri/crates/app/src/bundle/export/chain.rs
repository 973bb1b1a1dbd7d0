//! Chains with their members and schedules.

use super::names::NamesById;
use super::ordered::{Ordered, ordered, trimmed};
use super::schedule::schedule;
use crate::error::{AppError, Result};
use courier_domain::chain::{ChainEdgeDraft, ChainMemberDraft, JobChain};
use courier_domain::schedule::ScheduleDraft;
use serde_json::{Value, json};

/// `tags` are names.
pub(in crate::bundle) fn chain(
    chain: &JobChain,
    tags: &[String],
    schedules: &[ScheduleDraft],
    names: &NamesById,
) -> Result<Ordered> {
    let draft = chain.to_draft();
    let mut out = Ordered::default();
    out.put("name", Value::from(draft.name));
    if let Some(description) = draft.description {
        out.put("description", Value::from(description));
    }
    if !chain.is_enabled {
        out.put("is_enabled", Value::Bool(false));
    }
    out.put_list("members", draft.members.iter().map(|m| member(m, names)).collect::<Result<_>>()?);
    out.put_list("schedules", schedules.iter().map(|s| schedule(s, names)).collect::<Result<_>>()?);
    out.put_names("tags", tags);
    Ok(out)
}

fn member(draft: &ChainMemberDraft, names: &NamesById) -> Result<Ordered> {
    let example: ChainMemberDraft =
        serde_json::from_value(json!({ "name": "", "job_id": draft.job_id })).map_err(AppError::internal)?;
    let mut fields = trimmed(draft, &example, &["name", "job_id"])?;
    fields.remove("id");
    fields.remove("depends_on");
    if let Some(value) = fields.get_mut("job_id") {
        names.put(value);
    }
    let mut out = ordered(fields, &["name", "job_id"]);
    out.put_list("depends_on", draft.depends_on.iter().map(edge).collect::<Result<_>>()?);
    Ok(out)
}

fn edge(draft: &ChainEdgeDraft) -> Result<Ordered> {
    let example = ChainEdgeDraft { member: String::new(), run_on_upstream_failure: false };
    Ok(ordered(trimmed(draft, &example, &["member"])?, &["member"]))
}
