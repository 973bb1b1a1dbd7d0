//! Tags: the known ones, and those of one thing.

use super::{Answer, Courier};
use courier_app::TagRow;
use courier_app::domain::tag::{Tag, TaggableEntityType};
use uuid::Uuid;

#[tauri::command]
#[specta::specta]
pub(crate) async fn tags_list(courier: Courier<'_>) -> Answer<Vec<TagRow>> {
    courier.tags_list().await
}

/// Gives a thing exactly the tags of these names; those that are missing are made.
#[tauri::command]
#[specta::specta]
pub(crate) async fn tags_set_named(
    courier: Courier<'_>,
    kind: TaggableEntityType,
    id: Uuid,
    names: Vec<String>,
) -> Answer<Vec<Tag>> {
    courier.tags_set_named(kind, id, names).await
}
