//! What entries are about, as people call it, and what the log can be filtered by.

use crate::StoreError;
use crate::session::{ROWS, Session, on};
use courier_domain::audit::AuditableEntityType;
use courier_domain::setting::SETTINGS;
use sqlx::QueryBuilder;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A column of the log with few values. There may be more of them than are told.
const MOST: i64 = 200;

/// What people call the thing of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditedThing {
    /// Of a run or a schedule the name of its job or chain, of a step also its own.
    pub name: String,
    /// Of a step its run, of a chain's run its chain, of a schedule what it starts.
    pub owner: Option<(AuditableEntityType, Uuid)>,
}

/// Where things of a kind are: `id`, a name, the id of the owner (or the thing's own); and the kind of the owner.
type Place = (&'static str, Option<AuditableEntityType>);

const fn places(kind: AuditableEntityType) -> &'static [Place] {
    use AuditableEntityType as K;
    match kind {
        K::Job => &[("SELECT x.id, x.name, x.id FROM jobs x", None)],
        K::Chain => &[("SELECT x.id, x.name, x.id FROM job_chains x", None)],
        K::Connection => &[("SELECT x.id, x.name, x.id FROM connections x", None)],
        K::PgpKey => &[("SELECT x.id, x.name, x.id FROM pgp_keys x", None)],
        K::SshKey => &[("SELECT x.id, x.name, x.id FROM ssh_keys x", None)],
        K::FileMonitor => &[("SELECT x.id, x.name, x.id FROM file_monitors x", None)],
        K::Tag => &[("SELECT x.id, x.name, x.id FROM tags x", None)],
        K::NotificationRule => &[("SELECT x.id, x.name, x.id FROM notification_rules x", None)],
        K::Calendar => &[("SELECT x.id, x.name, x.id FROM calendars x", None)],
        K::JobExecution => {
            &[("SELECT x.id, j.name, x.id FROM job_executions x JOIN jobs j ON j.id = x.job_id", None)]
        }
        K::StepExecution => &[(
            "SELECT x.id, j.name || ' › ' || s.name, x.job_execution_id FROM step_executions x \
             JOIN job_steps s ON s.id = x.job_step_id \
             JOIN job_executions r ON r.id = x.job_execution_id JOIN jobs j ON j.id = r.job_id",
            Some(K::JobExecution),
        )],
        K::ChainExecution => &[(
            "SELECT x.id, c.name, x.chain_id FROM chain_executions x JOIN job_chains c ON c.id = x.chain_id",
            Some(K::Chain),
        )],
        K::Schedule => &[
            (
                "SELECT x.id, j.name, x.job_id FROM job_schedules x JOIN jobs j ON j.id = x.job_id",
                Some(K::Job),
            ),
            (
                "SELECT x.id, c.name, x.chain_id FROM chain_schedules x JOIN job_chains c ON c.id = x.chain_id",
                Some(K::Chain),
            ),
        ],
        K::SystemSetting | K::Vault => &[],
    }
}

impl Session {
    /// What people call these things, also deleted ones. What is gone for good, or has no name, is left out.
    pub async fn audited_things(
        &mut self,
        things: &[(AuditableEntityType, Uuid)],
    ) -> Result<BTreeMap<(AuditableEntityType, Uuid), AuditedThing>, StoreError> {
        let mut wanted: BTreeMap<AuditableEntityType, BTreeSet<Uuid>> = BTreeMap::new();
        for (kind, id) in things {
            wanted.entry(*kind).or_default().insert(*id);
        }
        let mut found = BTreeMap::new();
        for (kind, ids) in wanted {
            if kind == AuditableEntityType::SystemSetting {
                for spec in SETTINGS.iter().filter(|spec| ids.contains(&crate::setting::setting_id(spec.key)))
                {
                    let thing = AuditedThing { name: spec.key.to_owned(), owner: None };
                    found.insert((kind, crate::setting::setting_id(spec.key)), thing);
                }
            }
            let ids: Vec<Uuid> = ids.into_iter().collect();
            for (sql, owner) in places(kind) {
                for ids in ids.chunks(ROWS) {
                    for (id, name, of) in self.names(sql, ids).await? {
                        let owner = owner.map(|kind| (kind, of));
                        found.insert((kind, id), AuditedThing { name, owner });
                    }
                }
            }
        }
        Ok(found)
    }

    async fn names(
        &mut self,
        sql: &'static str,
        ids: &[Uuid],
    ) -> Result<Vec<(Uuid, String, Uuid)>, StoreError> {
        Ok(on!(self, |c| {
            let mut query = QueryBuilder::new(sql);
            query.push(" WHERE x.id IN (");
            let mut separated = query.separated(", ");
            for id in ids {
                separated.push_bind(*id);
            }
            query.push(")");
            query.build_query_as().fetch_all(c).await?
        }))
    }

    /// Every operation that the log has, by name.
    pub async fn audited_operations(&mut self) -> Result<Vec<String>, StoreError> {
        self.audit_values("operation").await
    }

    /// Everybody who did what the log has, by name; the first 200.
    pub async fn audited_people(&mut self) -> Result<Vec<String>, StoreError> {
        self.audit_values("performed_by").await
    }

    /// Jumps from each value to the next along the column's index: as many steps as there are values, not entries.
    async fn audit_values(&mut self, column: &'static str) -> Result<Vec<String>, StoreError> {
        Ok(on!(self, |c| {
            let mut query = QueryBuilder::new("WITH RECURSIVE known (value) AS (SELECT MIN(");
            query.push(column).push(") FROM audit_log_entries UNION ALL SELECT (SELECT MIN(e.");
            query.push(column).push(") FROM audit_log_entries e WHERE e.").push(column);
            query.push(" > known.value) FROM known WHERE known.value IS NOT NULL) ");
            query.push("SELECT value FROM known WHERE value IS NOT NULL LIMIT ").push_bind(MOST);
            query.build_query_scalar().fetch_all(c).await?
        }))
    }

    /// The first and the last sequence of the log; nothing when it is empty.
    pub async fn audit_span(&mut self) -> Result<Option<(i64, i64)>, StoreError> {
        let first = "SELECT sequence FROM audit_log_entries ORDER BY sequence LIMIT 1";
        let first: Option<i64> = on!(self, |c| sqlx::query_scalar(first).fetch_optional(c).await?);
        Ok(first.zip(super::checkpoint::newest_sequence(self).await?))
    }
}
