//! Tags: listing, editing, putting them on things and taking them off, one by one and many at once.

use crate::app::App;
use crate::error::{AppError, Result};
use crate::uses::Reference;
use courier_domain::audit::AuditableEntityType;
use courier_domain::tag::{Tag, TagDraft, TaggableEntityType};
use courier_domain::{ErrorCode, TagId, Timestamp};
use courier_store::StoreError;
use serde::Serialize;
use specta::Type;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A tag in the list.
#[derive(Debug, Clone, Serialize, Type)]
pub struct TagRow {
    pub tag: Tag,
    /// How many living things of each kind carry it; kinds without any are left out.
    pub uses: BTreeMap<TaggableEntityType, u64>,
}

impl App {
    /// Tags that are not deleted, by name.
    pub async fn tags_list(&self) -> Result<Vec<TagRow>> {
        let tags = self.read().await?.tags().await?;
        Ok(tags.into_iter().map(|used| TagRow { tag: used.tag, uses: used.uses }).collect())
    }

    /// Deleted tags, newest deletion first.
    pub async fn tags_deleted(&self) -> Result<Vec<Tag>> {
        Ok(self.read().await?.deleted_tags().await?)
    }

    /// The tag with that name (in any case) or id.
    pub async fn tags_find(&self, name_or_id: &str) -> Result<Tag> {
        Ok(self.read().await?.find_tag(name_or_id).await?)
    }

    /// A deleted tag by name or id; the newest of several with the same name.
    pub async fn tags_find_deleted(&self, name_or_id: &str) -> Result<Tag> {
        let wanted = name_or_id.to_lowercase();
        let deleted = self.tags_deleted().await?;
        let found =
            deleted.into_iter().find(|t| t.name.to_lowercase() == wanted || t.id.to_string() == wanted);
        found.ok_or_else(|| {
            AppError::new(ErrorCode::NotFound, format!("There is no deleted tag `{name_or_id}`."))
        })
    }

    /// What carries a tag, and the notification rules that are about it.
    pub async fn tags_where_used(&self, id: TagId) -> Result<Vec<Reference>> {
        let mut session = self.read().await?;
        let carriers = session.tag_carriers(id).await?.into_iter();
        let mut found: Vec<Reference> = carriers
            .map(|(kind, id, name)| Reference { kind: kind.audited_as(), id, name, how: "tags".to_owned() })
            .collect();
        let rules = session.notification_rules().await?;
        found.extend(rules.into_iter().filter(|rule| rule.tags.contains(&id)).map(|rule| Reference {
            kind: AuditableEntityType::NotificationRule,
            id: rule.id.0,
            name: rule.name,
            how: "tags".to_owned(),
        }));
        Ok(found)
    }

    /// Saves a new tag, or a change of tag `id`. With `expected`, the `updated_at` that the editor had loaded, it is
    /// refused when somebody else saved meanwhile.
    pub async fn tags_save(
        &self,
        id: Option<TagId>,
        draft: TagDraft,
        expected: Option<Timestamp>,
    ) -> Result<Tag> {
        draft.check().into_result()?;
        let mut unit = self.begin().await?;
        let tag = match id {
            None => {
                let tag = Tag::new(self.new_id(), draft, unit.now());
                unit.insert_tag(&tag).await?;
                tag
            }
            Some(id) => {
                let before = unit.tag(id).await?;
                let mut tag = before.clone();
                tag.edit(draft, unit.now());
                let seen = expected.unwrap_or(before.updated_at);
                if tag.to_draft() == before.to_draft() && seen == before.updated_at {
                    return Ok(before);
                }
                unit.update_tag(&tag, seen).await?
            }
        };
        unit.commit().await?;
        Ok(tag)
    }

    /// Takes a tag away, everywhere; [`App::tags_restore`] brings it back to what carried it.
    pub async fn tags_delete(&self, id: TagId) -> Result<()> {
        let mut unit = self.begin().await?;
        unit.delete_tag(id).await?;
        Ok(unit.commit().await?)
    }

    pub async fn tags_restore(&self, id: TagId) -> Result<Tag> {
        let mut unit = self.begin().await?;
        let tag = unit.restore_tag(id).await?;
        unit.commit().await?;
        Ok(tag)
    }

    /// Gives a thing exactly these tags.
    pub async fn tags_set(&self, kind: TaggableEntityType, id: Uuid, tags: Vec<TagId>) -> Result<()> {
        let mut unit = self.begin().await?;
        unit.set_tags_of(kind, id, &tags).await?;
        Ok(unit.commit().await?)
    }

    /// Gives a thing exactly the tags of these names, in any case; those that are missing are made. Answers them by name.
    pub async fn tags_set_named(
        &self,
        kind: TaggableEntityType,
        id: Uuid,
        names: Vec<String>,
    ) -> Result<Vec<Tag>> {
        let mut unit = self.begin().await?;
        let mut wanted = Vec::with_capacity(names.len());
        for name in names {
            let draft =
                TagDraft { name: name.trim().to_owned(), color: None, category: None, description: None };
            let tag = match unit.find_tag(&draft.name).await {
                Err(StoreError::NotFound { .. }) => {
                    draft.check().under("tags").into_result()?;
                    let tag = Tag::new(self.new_id(), draft, unit.now());
                    unit.insert_tag(&tag).await?;
                    tag
                }
                found => found?,
            };
            wanted.push(tag.id);
        }
        unit.set_tags_of(kind, id, &wanted).await?;
        let tags = unit.tags_of(kind, &[id]).await?.remove(&id).unwrap_or_default();
        unit.commit().await?;
        Ok(tags)
    }

    /// Puts a tag on many things; returns how many did not carry it.
    pub async fn tags_add_bulk(&self, tag: TagId, kind: TaggableEntityType, ids: Vec<Uuid>) -> Result<u64> {
        let mut unit = self.begin().await?;
        let tagged = unit.tag_entities(tag, kind, &ids).await?;
        unit.commit().await?;
        Ok(tagged)
    }

    /// Takes a tag off many things; returns how many carried it.
    pub async fn tags_remove_bulk(
        &self,
        tag: TagId,
        kind: TaggableEntityType,
        ids: Vec<Uuid>,
    ) -> Result<u64> {
        let mut unit = self.begin().await?;
        let untagged = unit.untag_entities(tag, kind, &ids).await?;
        unit.commit().await?;
        Ok(untagged)
    }

    /// The tags of each of these things; things without tags are left out.
    pub async fn tags_of(
        &self,
        kind: TaggableEntityType,
        ids: Vec<Uuid>,
    ) -> Result<BTreeMap<Uuid, Vec<Tag>>> {
        Ok(self.read().await?.tags_of(kind, &ids).await?)
    }

    /// Which living things of a kind carry the tag of that name or id.
    pub async fn tags_carriers(&self, kind: TaggableEntityType, tag: &str) -> Result<BTreeSet<Uuid>> {
        let mut session = self.read().await?;
        let tag = session.find_tag(tag).await?.id;
        Ok(session.tagged(kind, tag).await?)
    }

    /// The ids of things of one kind, by their names or ids.
    pub async fn tags_subjects(&self, kind: TaggableEntityType, names: &[String]) -> Result<Vec<Uuid>> {
        let mut session = self.read().await?;
        let mut ids = Vec::with_capacity(names.len());
        for name in names {
            ids.push(match kind {
                TaggableEntityType::Job => session.find_job(name).await?.id.0,
                TaggableEntityType::JobChain => session.find_chain(name).await?.id.0,
                TaggableEntityType::Connection => session.find_connection(name).await?.id.0,
                TaggableEntityType::PgpKey => session.find_pgp_key(name).await?.id.0,
                TaggableEntityType::SshKey => session.find_ssh_key(name).await?.id.0,
                TaggableEntityType::FileMonitor => session.find_monitor(name).await?.id.0,
            });
        }
        Ok(ids)
    }
}
