//! Lists of named things: searched, filtered by tag, sorted, a page at a time.
//!
//! Invariant: going from the last id to the next page shows each thing once, as long as none is renamed meanwhile.

use super::page_of;
use crate::args::{ListingArgs, ListingSort};
use courier_app::domain::Timestamp;
use courier_app::domain::tag::TaggableEntityType;
use courier_app::{App, AppError};
use std::cmp::Reverse;
use uuid::Uuid;

/// What a row is found and sorted by.
pub(super) struct Listed<'a> {
    pub(super) id: Uuid,
    pub(super) name: &'a str,
    pub(super) updated_at: Timestamp,
}

/// The wanted rows in their order, and where the next page begins if there is one.
pub(super) async fn narrow<T>(
    app: &App,
    kind: TaggableEntityType,
    mut rows: Vec<T>,
    args: &ListingArgs,
    listed: impl Fn(&T) -> Listed<'_>,
) -> Result<(Vec<T>, Option<String>), AppError> {
    if let Some(part) = args.search.as_ref().map(|text| text.to_lowercase()) {
        rows.retain(|row| listed(row).name.to_lowercase().contains(&part));
    }
    if let Some(tag) = &args.tag {
        let tagged = app.tags_carriers(kind, tag).await?;
        rows.retain(|row| tagged.contains(&listed(row).id));
    }
    match args.sort {
        ListingSort::Name => rows.sort_by_key(|row| (listed(row).name.to_lowercase(), listed(row).id)),
        ListingSort::Changed => rows.sort_by_key(|row| Reverse((listed(row).updated_at, listed(row).id))),
    }
    page_of(rows, args.after.as_deref(), args.limit, |row| listed(row).id.to_string())
}
