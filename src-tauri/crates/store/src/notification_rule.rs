//! Notification rules. Their secrets are sealed bytes here and never part of an audit entry.
//!
//! Invariant: what a rule is about exists when the rule is saved. It does not hold anything: a rule about something
//! that was deleted later is told of nothing.

use crate::audit::{changes, facts};
use crate::column::name_key;
use crate::job::taken;
use crate::session::{Session, on, sql};
use crate::{StoreError, UnitOfWork};
use courier_domain::audit::AuditableEntityType;
use courier_domain::connection::Sealed;
use courier_domain::event::EventType;
use courier_domain::notification::{NotificationChannel, NotificationRule};
use courier_domain::problem::Problem;
use courier_domain::{FileMonitorId, JobChainId, JobId, NotificationRuleId, Problems, TagId, Timestamp};
use serde_json::{Value, json};
use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};
use std::collections::BTreeSet;
use uuid::Uuid;

const KIND: &str = "notification rule";

#[derive(FromRow)]
struct Row {
    id: Uuid,
    name: String,
    is_enabled: bool,
    event_types: Json<Vec<EventType>>,
    tags: Json<Vec<TagId>>,
    jobs: Json<Vec<JobId>>,
    chains: Json<Vec<JobChainId>>,
    monitors: Json<Vec<FileMonitorId>>,
    channel: Json<NotificationChannel>,
    secret_encrypted: Option<Vec<u8>>,
    created_at: Timestamp,
    updated_at: Timestamp,
    is_deleted: bool,
    deleted_at: Option<Timestamp>,
}

impl From<Row> for NotificationRule {
    fn from(row: Row) -> Self {
        NotificationRule {
            id: NotificationRuleId(row.id),
            name: row.name,
            is_enabled: row.is_enabled,
            event_types: row.event_types.0,
            tags: row.tags.0,
            jobs: row.jobs.0,
            chains: row.chains.0,
            monitors: row.monitors.0,
            channel: row.channel.0,
            secret_encrypted: row.secret_encrypted.map(Sealed),
            created_at: row.created_at,
            updated_at: row.updated_at,
            is_deleted: row.is_deleted,
            deleted_at: row.deleted_at,
        }
    }
}

impl Session {
    /// A rule, also a deleted one.
    pub async fn notification_rule(
        &mut self,
        id: NotificationRuleId,
    ) -> Result<NotificationRule, StoreError> {
        let sql = "SELECT * FROM notification_rules WHERE id = $1";
        let row: Option<Row> = on!(self, |c| sqlx::query_as(sql).bind(id.0).fetch_optional(c).await?);
        row.map(NotificationRule::from).ok_or_else(|| StoreError::not_found(KIND, id))
    }

    /// A rule that is not deleted, by its name (without regard to case) or its id.
    pub async fn find_notification_rule(&mut self, name_or_id: &str) -> Result<NotificationRule, StoreError> {
        let sql = "SELECT * FROM notification_rules WHERE (name_key = $1 OR id = $2) AND NOT is_deleted";
        let id = name_or_id.parse::<Uuid>().ok();
        let row: Option<Row> = on!(self, |c| {
            sqlx::query_as(sql).bind(name_key(name_or_id)).bind(id).fetch_optional(c).await?
        });
        row.map(NotificationRule::from).ok_or_else(|| StoreError::not_found(KIND, name_or_id))
    }

    /// Every rule that is not deleted, by name.
    pub async fn notification_rules(&mut self) -> Result<Vec<NotificationRule>, StoreError> {
        let sql = "SELECT * FROM notification_rules WHERE NOT is_deleted ORDER BY name_key";
        let rows: Vec<Row> = on!(self, |c| sqlx::query_as(sql).fetch_all(c).await?);
        Ok(rows.into_iter().map(NotificationRule::from).collect())
    }

    /// Deleted rules, newest deletion first.
    pub async fn deleted_notification_rules(&mut self) -> Result<Vec<NotificationRule>, StoreError> {
        let sql = "SELECT * FROM notification_rules WHERE is_deleted ORDER BY deleted_at DESC";
        let rows: Vec<Row> = on!(self, |c| sqlx::query_as(sql).fetch_all(c).await?);
        Ok(rows.into_iter().map(NotificationRule::from).collect())
    }
}

/// Binds every column in the order both statements below name them.
macro_rules! bound {
    ($sql:expr, $rule:expr) => {
        sqlx::query($sql)
            .bind($rule.id.0)
            .bind(&$rule.name)
            .bind(name_key(&$rule.name))
            .bind($rule.is_enabled)
            .bind(Json(&$rule.event_types))
            .bind(Json(&$rule.tags))
            .bind(Json(&$rule.jobs))
            .bind(Json(&$rule.chains))
            .bind(Json(&$rule.monitors))
            .bind(Json(&$rule.channel))
            .bind($rule.secret_encrypted.as_ref().map(|s| s.0.as_slice()))
            .bind($rule.updated_at)
    };
}

impl UnitOfWork {
    pub async fn insert_notification_rule(&mut self, rule: &NotificationRule) -> Result<(), StoreError> {
        self.refuse_unknown_subjects(rule).await?;
        let sql = "INSERT INTO notification_rules (id, name, name_key, is_enabled, event_types, tags, jobs, chains, \
                   monitors, channel, secret_encrypted, updated_at, created_at, is_deleted) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, FALSE)";
        let inserted = on!(self, |c| bound!(sql, rule).bind(rule.created_at).execute(c).await.map(drop));
        taken(inserted, KIND, &rule.name)?;
        self.audit(AuditableEntityType::NotificationRule, rule.id, "Created", facts(rule));
        Ok(())
    }

    /// Stores an edited rule, as `updated_at` the instant at which this happens. `seen` is the `updated_at` that the editor
    /// had loaded: refused if somebody else has changed it since.
    pub async fn update_notification_rule(
        &mut self,
        rule: &NotificationRule,
        seen: Timestamp,
    ) -> Result<NotificationRule, StoreError> {
        let before = self.living_notification_rule(rule.id).await?;
        if before.updated_at != seen {
            let (about, entity) =
                ((KIND, before.name.as_str()), (AuditableEntityType::NotificationRule, rule.id.0));
            return Err(self.out_of_date(about, entity, rule, &before).await);
        }
        self.refuse_unknown_subjects(rule).await?;
        let rule = NotificationRule { updated_at: self.later_than(before.updated_at), ..rule.clone() };
        let sql = "UPDATE notification_rules SET name = $2, name_key = $3, is_enabled = $4, event_types = $5, \
                   tags = $6, jobs = $7, chains = $8, monitors = $9, channel = $10, secret_encrypted = $11, \
                   updated_at = $12 WHERE id = $1";
        let updated = on!(self, |c| bound!(sql, rule).execute(c).await.map(drop));
        taken(updated, KIND, &rule.name)?;
        let mut details = changes(&before, &rule);
        if let Value::Object(fields) = &mut details
            && before.secret_encrypted != rule.secret_encrypted
        {
            fields.insert("secret".into(), json!("changed"));
        }
        self.audit(AuditableEntityType::NotificationRule, rule.id, "Updated", details);
        Ok(rule)
    }

    /// Lets a rule tell, or not.
    pub async fn set_notification_rule_enabled(
        &mut self,
        id: NotificationRuleId,
        enabled: bool,
    ) -> Result<NotificationRule, StoreError> {
        let mut rule = self.living_notification_rule(id).await?;
        if rule.is_enabled != enabled {
            (rule.is_enabled, rule.updated_at) = (enabled, self.later_than(rule.updated_at));
            let sql = "UPDATE notification_rules SET is_enabled = $2, updated_at = $3 WHERE id = $1";
            on!(self, |c| sqlx::query(sql)
                .bind(id.0)
                .bind(enabled)
                .bind(rule.updated_at)
                .execute(c)
                .await
                .map(drop)?);
            let operation = if enabled { "Enabled" } else { "Disabled" };
            let details = json!({ "name": rule.name });
            self.audit(AuditableEntityType::NotificationRule, id, operation, details);
        }
        Ok(rule)
    }

    /// Hides a rule; what it has told stays.
    pub async fn delete_notification_rule(&mut self, id: NotificationRuleId) -> Result<(), StoreError> {
        let rule = self.living_notification_rule(id).await?;
        let at = self.later_than(rule.updated_at);
        let sql =
            "UPDATE notification_rules SET is_deleted = TRUE, deleted_at = $2, updated_at = $2 WHERE id = $1";
        on!(self, |c| sqlx::query(sql).bind(id.0).bind(at).execute(c).await.map(drop)?);
        let details = json!({ "name": rule.name });
        self.audit(AuditableEntityType::NotificationRule, id, "Deleted", details);
        Ok(())
    }

    /// Brings a deleted rule back, if its name is still free.
    pub async fn restore_notification_rule(
        &mut self,
        id: NotificationRuleId,
    ) -> Result<NotificationRule, StoreError> {
        let mut rule = self.notification_rule(id).await?;
        if rule.is_deleted {
            let at = self.later_than(rule.updated_at);
            let sql = "UPDATE notification_rules SET is_deleted = FALSE, deleted_at = NULL, updated_at = $2 \
                       WHERE id = $1";
            let restored = on!(self, |c| sqlx::query(sql).bind(id.0).bind(at).execute(c).await.map(drop));
            taken(restored, KIND, &rule.name)?;
            (rule.is_deleted, rule.deleted_at, rule.updated_at) = (false, None, at);
            let details = json!({ "name": rule.name });
            self.audit(AuditableEntityType::NotificationRule, id, "Restored", details);
        }
        Ok(rule)
    }

    /// The rule, kept from others' changes until the unit of work ends.
    async fn living_notification_rule(
        &mut self,
        id: NotificationRuleId,
    ) -> Result<NotificationRule, StoreError> {
        // SQLite's one writer is lock enough.
        let sql = sql!(self,
            sqlite: "SELECT * FROM notification_rules WHERE id = $1",
            postgres: "SELECT * FROM notification_rules WHERE id = $1 FOR UPDATE");
        let row: Option<Row> = on!(self, |c| sqlx::query_as(sql).bind(id.0).fetch_optional(c).await?);
        let rule = row.map(NotificationRule::from).ok_or_else(|| StoreError::not_found(KIND, id))?;
        if rule.is_deleted { Err(StoreError::not_found(KIND, rule.name)) } else { Ok(rule) }
    }

    /// Refuses, naming each, what the rule is about and what is not there.
    async fn refuse_unknown_subjects(&mut self, rule: &NotificationRule) -> Result<(), StoreError> {
        let mut problems = Problems::default();
        for (field, table, ids) in [
            ("tags", "tags", rule.tags.iter().map(|id| id.0).collect::<Vec<_>>()),
            ("jobs", "jobs", rule.jobs.iter().map(|id| id.0).collect()),
            ("chains", "job_chains", rule.chains.iter().map(|id| id.0).collect()),
            ("monitors", "file_monitors", rule.monitors.iter().map(|id| id.0).collect()),
        ] {
            if ids.is_empty() {
                continue;
            }
            let found: Vec<Uuid> = on!(self, |c| {
                let mut query = QueryBuilder::new("SELECT id FROM ");
                query.push(table).push(" WHERE NOT is_deleted AND id IN (");
                let mut separated = query.separated(", ");
                for id in &ids {
                    separated.push_bind(*id);
                }
                query.push(")");
                query.build_query_scalar().fetch_all(c).await?
            });
            let found: BTreeSet<Uuid> = found.into_iter().collect();
            for (index, _) in ids.iter().enumerate().filter(|(_, id)| !found.contains(*id)) {
                let message = "This does not exist any more; choose another.";
                problems.push(Problem::error(format!("{field}[{index}]"), "unknown_reference", message));
            }
        }
        if problems.has_errors() { Err(problems.into()) } else { Ok(()) }
    }
}
