//! Tags.

use crate::bundle::read::{fields, object};
use courier_domain::Problems;
use courier_domain::tag::TagDraft;
use serde_json::{Value, json};

#[derive(Debug)]
pub(in crate::bundle) struct TagEntry {
    pub(in crate::bundle) path: String,
    pub(in crate::bundle) draft: TagDraft,
}

pub(super) fn tag(path: String, value: Value, problems: &mut Problems) -> Option<TagEntry> {
    let map = object(value, &path, problems)?;
    let draft = fields(&json!({ "name": "" }), map, &path, problems)?;
    Some(TagEntry { path, draft })
}
