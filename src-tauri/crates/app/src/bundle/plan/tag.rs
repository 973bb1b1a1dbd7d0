//! Tags of a bundle, and which things carry them.

use super::super::shape::TagEntry;
use super::known::{Known, by_name};
use super::{Change, Plan, PlannedTag};
use crate::app::App;
use crate::bundle::export;
use crate::error::Result;
use courier_domain::TagId;
use courier_domain::tag::{Tag, TaggableEntityType};
use uuid::Uuid;

pub(super) fn tag(app: &App, entry: TagEntry, known: &Known, plan: &mut Plan) -> Result<()> {
    let TagEntry { path, draft } = entry;
    plan.more(draft.check().under(&path));
    let before = by_name(&known.stored.tags, &draft.name, |t| &t.name);
    let id = known.tags.find(&draft.name).unwrap_or_else(|| app.new_id());
    let after = match before {
        Some(before) => {
            let mut after = before.clone();
            after.edit(draft.clone(), before.updated_at);
            after
        }
        None => Tag::new(id, draft.clone(), app.now()),
    };
    let change = Change {
        kind: "tag",
        name: &draft.name,
        before: before.map(export::tag).transpose()?,
        after: export::tag(&after)?,
        secret: None,
    };
    if plan.compare(change)? {
        plan.tags.push(PlannedTag { id, before: before.cloned(), draft });
    }
    Ok(())
}

/// The tags that a thing will carry, by name: those that the bundle gives, else those it has.
///
/// With `prune`, a bundle that says nothing takes them all away.
pub(super) fn wanted(
    given: Option<Vec<String>>,
    (kind, id, path): (TaggableEntityType, Uuid, &str),
    known: &Known,
    plan: &mut Plan,
) -> Vec<String> {
    let present = known.stored.tagged.get(&id).cloned().unwrap_or_default();
    let Some(given) = given.or_else(|| plan.prune.then(Vec::new)) else { return present };
    let mut ids: Vec<TagId> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for (index, name) in given.iter().enumerate() {
        let at = format!("{path}.tags[{index}]");
        if let Some(id) = known.tags.resolve(name, &at, "tag", &mut plan.problems)
            && !ids.contains(&id)
        {
            ids.push(id);
            names.push(known.names.of(id));
        }
    }
    names.sort_by_key(|name| name.to_lowercase());
    if names != present {
        plan.tagged.push((kind, id, ids));
    }
    names
}
