//! Tags.

use super::ordered::{Ordered, ordered, trimmed};
use crate::error::Result;
use courier_domain::tag::{Tag, TagDraft};

pub(in crate::bundle) fn tag(tag: &Tag) -> Result<Ordered> {
    let example = TagDraft { name: String::new(), color: None, category: None, description: None };
    Ok(ordered(trimmed(&tag.to_draft(), &example, &["name"])?, &["name", "color", "category", "description"]))
}
