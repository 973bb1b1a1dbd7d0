//! Tags: the known ones, those of one thing, and one of them on many.

use super::{Answer, Courier};
use courier_app::domain::tag::{Tag, TagDraft, TaggableEntityType};
use courier_app::domain::{TagId, Timestamp};
use courier_app::{Reference, TagRow};
use uuid::Uuid;

#[tauri::command]
#[specta::specta]
pub(crate) async fn tags_list(courier: Courier<'_>) -> Answer<Vec<TagRow>> {
    courier.tags_list().await
}

/// Saves a new tag, or a change of one.
#[tauri::command]
#[specta::specta]
pub(crate) async fn tags_save(
    courier: Courier<'_>,
    id: Option<TagId>,
    draft: TagDraft,
    seen: Option<Timestamp>,
) -> Answer<Tag> {
    courier.tags_save(id, draft, seen).await
}

/// What carries a tag, and the notification rules that are about it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn tags_where_used(courier: Courier<'_>, id: TagId) -> Answer<Vec<Reference>> {
    courier.tags_where_used(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn tags_delete(courier: Courier<'_>, id: TagId) -> Answer<()> {
    courier.tags_delete(id).await
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn tags_restore(courier: Courier<'_>, id: TagId) -> Answer<Tag> {
    courier.tags_restore(id).await
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

/// Puts a tag on many things; answers how many did not carry it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn tags_add_bulk(
    courier: Courier<'_>,
    tag: TagId,
    kind: TaggableEntityType,
    ids: Vec<Uuid>,
) -> Answer<u64> {
    courier.tags_add_bulk(tag, kind, ids).await
}

/// Takes a tag off many things; answers how many carried it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn tags_remove_bulk(
    courier: Courier<'_>,
    tag: TagId,
    kind: TaggableEntityType,
    ids: Vec<Uuid>,
) -> Answer<u64> {
    courier.tags_remove_bulk(tag, kind, ids).await
}
