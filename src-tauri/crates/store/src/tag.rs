//! Tags, and what carries them.
//!
//! Invariants: tags are put only on what is there and not deleted (no foreign key can say so, as six tables are meant);
//! a deleted tag, and a deleted thing, keep each other for the day they come back, and are hidden until then.

use crate::audit::{changes, facts};
use crate::column::{Text, name_key};
use crate::job::taken;
use crate::session::{Session, on, sql};
use crate::{StoreError, UnitOfWork};
use courier_domain::audit::AuditableEntityType;
use courier_domain::tag::{Tag, TaggableEntityType};
use courier_domain::{TagId, Timestamp};
use serde::Serialize;
use serde_json::json;
use sqlx::{FromRow, QueryBuilder};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const KIND: &str = "tag";
/// Rows of one statement: four values each stay below what either database takes.
const ROWS: usize = 5_000;

/// A tag with how many living things of each kind carry it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TagUse {
    pub tag: Tag,
    /// Kinds of which nothing carries it are left out.
    pub uses: BTreeMap<TaggableEntityType, u64>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    name: String,
    color: Option<String>,
    category: Option<String>,
    description: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
    is_deleted: bool,
    deleted_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct CarriedRow {
    entity_id: Uuid,
    #[sqlx(flatten)]
    tag: Row,
}

impl From<Row> for Tag {
    fn from(row: Row) -> Self {
        Tag {
            id: TagId(row.id),
            name: row.name,
            color: row.color,
            category: row.category,
            description: row.description,
            created_at: row.created_at,
            updated_at: row.updated_at,
            is_deleted: row.is_deleted,
            deleted_at: row.deleted_at,
        }
    }
}

/// What the kind is called in refusals, and where its rows are.
const fn place(kind: TaggableEntityType) -> (&'static str, &'static str) {
    match kind {
        TaggableEntityType::Job => ("job", "jobs"),
        TaggableEntityType::JobChain => ("chain", "job_chains"),
        TaggableEntityType::Connection => ("connection", "connections"),
        TaggableEntityType::PgpKey => ("OpenPGP key", "pgp_keys"),
        TaggableEntityType::SshKey => ("SSH key", "ssh_keys"),
        TaggableEntityType::FileMonitor => ("monitor", "file_monitors"),
    }
}

impl Session {
    /// A tag, also a deleted one.
    pub async fn tag(&mut self, id: TagId) -> Result<Tag, StoreError> {
        let sql = "SELECT * FROM tags WHERE id = $1";
        let row: Option<Row> = on!(self, |c| sqlx::query_as(sql).bind(id.0).fetch_optional(c).await?);
        row.map(Tag::from).ok_or_else(|| StoreError::not_found(KIND, id))
    }

    /// A tag that is not deleted, by its name (without regard to case) or its id.
    pub async fn find_tag(&mut self, name_or_id: &str) -> Result<Tag, StoreError> {
        let sql = "SELECT * FROM tags WHERE (name_key = $1 OR id = $2) AND NOT is_deleted";
        let id = name_or_id.parse::<Uuid>().ok();
        let row: Option<Row> = on!(self, |c| {
            sqlx::query_as(sql).bind(name_key(name_or_id)).bind(id).fetch_optional(c).await?
        });
        row.map(Tag::from).ok_or_else(|| StoreError::not_found(KIND, name_or_id))
    }

    /// Every tag that is not deleted, by name, with its uses. Two queries in all.
    pub async fn tags(&mut self) -> Result<Vec<TagUse>, StoreError> {
        let sql = "SELECT * FROM tags WHERE NOT is_deleted ORDER BY name_key";
        let rows: Vec<Row> = on!(self, |c| sqlx::query_as(sql).fetch_all(c).await?);
        let counts: Vec<(Uuid, Text<TaggableEntityType>, i64)> = on!(self, |c| {
            let mut query =
                QueryBuilder::new("SELECT e.tag_id, e.entity_type, COUNT(*) FROM entity_tags e JOIN (");
            for (index, kind) in TaggableEntityType::ALL.iter().enumerate() {
                query
                    .push(if index == 0 { "SELECT '" } else { " UNION ALL SELECT '" })
                    .push(kind.as_str())
                    .push("' AS kind, id FROM ")
                    .push(place(*kind).1)
                    .push(" WHERE NOT is_deleted");
            }
            query.push(
                ") AS living ON living.kind = e.entity_type AND living.id = e.entity_id \
                 GROUP BY e.tag_id, e.entity_type",
            );
            query.build_query_as().fetch_all(c).await?
        });
        let mut uses: BTreeMap<Uuid, BTreeMap<TaggableEntityType, u64>> = BTreeMap::new();
        for (tag, kind, count) in counts {
            uses.entry(tag).or_default().insert(kind.0, count.unsigned_abs());
        }
        Ok(rows
            .into_iter()
            .map(|row| TagUse { uses: uses.remove(&row.id).unwrap_or_default(), tag: row.into() })
            .collect())
    }

    /// Deleted tags, newest deletion first.
    pub async fn deleted_tags(&mut self) -> Result<Vec<Tag>, StoreError> {
        let sql = "SELECT * FROM tags WHERE is_deleted ORDER BY deleted_at DESC";
        let rows: Vec<Row> = on!(self, |c| sqlx::query_as(sql).fetch_all(c).await?);
        Ok(rows.into_iter().map(Tag::from).collect())
    }

    /// The tags of each of these things, by name; things without tags are left out.
    pub async fn tags_of(
        &mut self,
        kind: TaggableEntityType,
        ids: &[Uuid],
    ) -> Result<BTreeMap<Uuid, Vec<Tag>>, StoreError> {
        let mut tags: BTreeMap<Uuid, Vec<Tag>> = BTreeMap::new();
        for ids in ids.chunks(ROWS) {
            let rows: Vec<CarriedRow> = on!(self, |c| {
                let mut query = QueryBuilder::new(
                    "SELECT e.entity_id, t.* FROM entity_tags e JOIN tags t ON t.id = e.tag_id \
                     WHERE NOT t.is_deleted AND e.entity_type = ",
                );
                query.push_bind(Text(kind)).push(" AND e.entity_id IN (");
                let mut separated = query.separated(", ");
                for id in ids {
                    separated.push_bind(*id);
                }
                query.push(") ORDER BY t.name_key");
                query.build_query_as().fetch_all(c).await?
            });
            for row in rows {
                tags.entry(row.entity_id).or_default().push(row.tag.into());
            }
        }
        Ok(tags)
    }

    /// Which living things of this kind carry the tag.
    pub async fn tagged(
        &mut self,
        kind: TaggableEntityType,
        tag: TagId,
    ) -> Result<BTreeSet<Uuid>, StoreError> {
        let ids: Vec<Uuid> = on!(self, |c| {
            let mut query =
                QueryBuilder::new("SELECT x.id FROM entity_tags e JOIN tags t ON t.id = e.tag_id JOIN ");
            query.push(place(kind).1);
            query.push(
                " x ON x.id = e.entity_id WHERE NOT x.is_deleted AND NOT t.is_deleted AND e.entity_type = ",
            );
            query.push_bind(Text(kind)).push(" AND e.tag_id = ").push_bind(tag.0);
            query.build_query_scalar().fetch_all(c).await?
        });
        Ok(ids.into_iter().collect())
    }

    /// Every living thing that carries the tag, with its name: kind by kind, each by name.
    pub async fn tag_carriers(
        &mut self,
        tag: TagId,
    ) -> Result<Vec<(TaggableEntityType, Uuid, String)>, StoreError> {
        let mut carriers = Vec::new();
        for kind in TaggableEntityType::ALL {
            let rows: Vec<(Uuid, String)> = on!(self, |c| {
                let mut query = QueryBuilder::new("SELECT x.id, x.name FROM entity_tags e JOIN ");
                query.push(place(*kind).1).push(" x ON x.id = e.entity_id WHERE NOT x.is_deleted");
                query.push(" AND e.entity_type = ").push_bind(Text(*kind));
                query.push(" AND e.tag_id = ").push_bind(tag.0).push(" ORDER BY x.name, x.id");
                query.build_query_as().fetch_all(c).await?
            });
            carriers.extend(rows.into_iter().map(|(id, name)| (*kind, id, name)));
        }
        Ok(carriers)
    }
}

impl UnitOfWork {
    pub async fn insert_tag(&mut self, tag: &Tag) -> Result<(), StoreError> {
        let sql = "INSERT INTO tags (id, name, name_key, color, category, description, created_at, updated_at, \
                   is_deleted) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, FALSE)";
        let inserted = on!(self, |c| sqlx::query(sql)
            .bind(tag.id.0)
            .bind(&tag.name)
            .bind(name_key(&tag.name))
            .bind(&tag.color)
            .bind(&tag.category)
            .bind(&tag.description)
            .bind(tag.created_at)
            .bind(tag.updated_at)
            .execute(c)
            .await
            .map(drop));
        taken(inserted, KIND, &tag.name)?;
        self.audit(AuditableEntityType::Tag, tag.id, "Created", facts(tag));
        Ok(())
    }

    /// Stores an edited tag, as `updated_at` the instant at which this happens. `seen` is the `updated_at` that the editor
    /// had loaded: refused if somebody else has changed it since.
    pub async fn update_tag(&mut self, tag: &Tag, seen: Timestamp) -> Result<Tag, StoreError> {
        let before = self.living_tag(tag.id).await?;
        if before.updated_at != seen {
            let (about, entity) = ((KIND, before.name.as_str()), (AuditableEntityType::Tag, tag.id.0));
            return Err(self.out_of_date(about, entity, tag, &before).await);
        }
        let tag = Tag { updated_at: self.later_than(before.updated_at), ..tag.clone() };
        let sql = "UPDATE tags SET name = $2, name_key = $3, color = $4, category = $5, description = $6, \
                   updated_at = $7 WHERE id = $1";
        let updated = on!(self, |c| sqlx::query(sql)
            .bind(tag.id.0)
            .bind(&tag.name)
            .bind(name_key(&tag.name))
            .bind(&tag.color)
            .bind(&tag.category)
            .bind(&tag.description)
            .bind(tag.updated_at)
            .execute(c)
            .await
            .map(drop));
        taken(updated, KIND, &tag.name)?;
        self.audit(AuditableEntityType::Tag, tag.id, "Updated", changes(&before, &tag));
        Ok(tag)
    }

    /// Hides a tag, everywhere; what carried it carries it again when it comes back.
    pub async fn delete_tag(&mut self, id: TagId) -> Result<(), StoreError> {
        let tag = self.living_tag(id).await?;
        let at = self.later_than(tag.updated_at);
        let sql = "UPDATE tags SET is_deleted = TRUE, deleted_at = $2, updated_at = $2 WHERE id = $1";
        on!(self, |c| sqlx::query(sql).bind(id.0).bind(at).execute(c).await.map(drop)?);
        self.audit(AuditableEntityType::Tag, id, "Deleted", json!({ "name": tag.name }));
        Ok(())
    }

    /// Brings a deleted tag back, if its name is still free.
    pub async fn restore_tag(&mut self, id: TagId) -> Result<Tag, StoreError> {
        let mut tag = self.tag(id).await?;
        if tag.is_deleted {
            let at = self.later_than(tag.updated_at);
            let sql = "UPDATE tags SET is_deleted = FALSE, deleted_at = NULL, updated_at = $2 WHERE id = $1";
            let restored = on!(self, |c| sqlx::query(sql).bind(id.0).bind(at).execute(c).await.map(drop));
            taken(restored, KIND, &tag.name)?;
            (tag.is_deleted, tag.deleted_at, tag.updated_at) = (false, None, at);
            self.audit(AuditableEntityType::Tag, id, "Restored", json!({ "name": tag.name }));
        }
        Ok(tag)
    }

    /// The tag, kept from others' changes until the unit of work ends.
    async fn living_tag(&mut self, id: TagId) -> Result<Tag, StoreError> {
        // SQLite's one writer is lock enough.
        let sql = sql!(self,
            sqlite: "SELECT * FROM tags WHERE id = $1",
            postgres: "SELECT * FROM tags WHERE id = $1 FOR UPDATE");
        let row: Option<Row> = on!(self, |c| sqlx::query_as(sql).bind(id.0).fetch_optional(c).await?);
        let tag = row.map(Tag::from).ok_or_else(|| StoreError::not_found(KIND, id))?;
        if tag.is_deleted { Err(StoreError::not_found(KIND, tag.name)) } else { Ok(tag) }
    }

    /// Puts a tag on many things of one kind; returns how many did not carry it. Each of those has an audit entry.
    pub async fn tag_entities(
        &mut self,
        tag: TagId,
        kind: TaggableEntityType,
        ids: &[Uuid],
    ) -> Result<u64, StoreError> {
        let tag = self.living_tag(tag).await?;
        let ids: Vec<Uuid> = ids.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        self.refuse_unless_living(kind, &ids).await?;
        let mut tagged = 0;
        for ids in ids.chunks(ROWS) {
            let rows: Vec<(Uuid, Uuid)> = ids.iter().map(|id| (self.new_id(), *id)).collect();
            let added: Vec<Uuid> = on!(self, |c| {
                let mut query =
                    QueryBuilder::new("INSERT INTO entity_tags (id, tag_id, entity_type, entity_id) ");
                query.push_values(&rows, |mut values, (id, entity_id)| {
                    values.push_bind(*id).push_bind(tag.id.0).push_bind(Text(kind)).push_bind(*entity_id);
                });
                query.push(" ON CONFLICT (tag_id, entity_type, entity_id) DO NOTHING RETURNING entity_id");
                query.build_query_scalar().fetch_all(c).await?
            });
            tagged += added.len() as u64;
            for id in added {
                self.audit(kind.audited_as(), id, "Tagged", json!({ "tag": tag.name }));
            }
        }
        Ok(tagged)
    }

    /// Takes a tag off many things of one kind; returns how many carried it. Each of those has an audit entry.
    pub async fn untag_entities(
        &mut self,
        tag: TagId,
        kind: TaggableEntityType,
        ids: &[Uuid],
    ) -> Result<u64, StoreError> {
        let tag = self.living_tag(tag).await?;
        let mut untagged = 0;
        for ids in ids.chunks(ROWS) {
            let removed: Vec<Uuid> = on!(self, |c| {
                let mut query = QueryBuilder::new("DELETE FROM entity_tags WHERE tag_id = ");
                query.push_bind(tag.id.0).push(" AND entity_type = ").push_bind(Text(kind));
                query.push(" AND entity_id IN (");
                let mut separated = query.separated(", ");
                for id in ids {
                    separated.push_bind(*id);
                }
                query.push(") RETURNING entity_id");
                query.build_query_scalar().fetch_all(c).await?
            });
            untagged += removed.len() as u64;
            for id in removed {
                self.audit(kind.audited_as(), id, "Untagged", json!({ "tag": tag.name }));
            }
        }
        Ok(untagged)
    }

    /// Gives a thing exactly these tags. Deleted tags that it carried stay for the day they come back.
    pub async fn set_tags_of(
        &mut self,
        kind: TaggableEntityType,
        id: Uuid,
        tags: &[TagId],
    ) -> Result<(), StoreError> {
        self.refuse_unless_living(kind, &[id]).await?;
        let has: BTreeSet<TagId> =
            self.tags_of(kind, &[id]).await?.remove(&id).unwrap_or_default().iter().map(|t| t.id).collect();
        let wanted: BTreeSet<TagId> = tags.iter().copied().collect();
        for tag in has.difference(&wanted) {
            self.untag_entities(*tag, kind, &[id]).await?;
        }
        for tag in wanted.difference(&has) {
            self.tag_entities(*tag, kind, &[id]).await?;
        }
        Ok(())
    }

    async fn refuse_unless_living(
        &mut self,
        kind: TaggableEntityType,
        ids: &[Uuid],
    ) -> Result<(), StoreError> {
        let (what, table) = place(kind);
        for ids in ids.chunks(ROWS) {
            let found: Vec<Uuid> = on!(self, |c| {
                let mut query = QueryBuilder::new("SELECT id FROM ");
                query.push(table).push(" WHERE NOT is_deleted AND id IN (");
                let mut separated = query.separated(", ");
                for id in ids {
                    separated.push_bind(*id);
                }
                query.push(")");
                query.build_query_scalar().fetch_all(c).await?
            });
            let found: BTreeSet<Uuid> = found.into_iter().collect();
            if let Some(missing) = ids.iter().find(|id| !found.contains(id)) {
                return Err(StoreError::not_found(what, missing));
            }
        }
        Ok(())
    }
}
