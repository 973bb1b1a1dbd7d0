//! Reading the log, newest first.

use super::canonical;
use crate::StoreError;
use crate::column::{Text, name_key};
use crate::session::{Session, on, sql};
use courier_domain::audit::{AuditLogEntry, AuditableEntityType};
use courier_domain::{AuditLogEntryId, Timestamp};
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

/// Entries of overlapping commits may stand so far from their place in time.
pub(super) const DISORDER: i64 = 1_000;

/// Which entries to list. The default is the newest ones of everything.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    pub entity_type: Option<AuditableEntityType>,
    /// Any of these; empty for all.
    pub entity_ids: Vec<Uuid>,
    pub operation: Option<String>,
    pub performed_by: Option<String>,
    /// At this instant or later.
    pub since: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
    /// Only entries older than this sequence: the cursor of the next page.
    pub before_sequence: Option<i64>,
    pub limit: u32,
}

#[derive(FromRow)]
pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) entity_type: Text<AuditableEntityType>,
    pub(super) entity_id: Uuid,
    pub(super) operation: String,
    pub(super) performed_by: String,
    pub(super) performed_at: Timestamp,
    pub(super) details: String,
    pub(super) sequence: i64,
    pub(super) previous_hash: String,
    pub(super) entry_hash: String,
}

impl Row {
    pub(super) fn performed_at_text(&self) -> String {
        canonical::instant(self.performed_at)
    }
}

impl Session {
    /// Entries, newest first.
    pub async fn audit_entries(&mut self, filter: &AuditFilter) -> Result<Vec<AuditLogEntry>, StoreError> {
        // Pages go by sequence. The times bound it, so that nothing before or after them is looked at.
        let from = match filter.since {
            Some(since) => match self.audit_first_since(since).await? {
                Some(first) => Some(first - DISORDER),
                None => return Ok(Vec::new()),
            },
            None => None,
        };
        let to = match filter.until {
            Some(until) => self.audit_first_since(until).await?.map(|first| first + DISORDER),
            None => None,
        };
        // Written so that no index fits: the sequences bound the walk, and a planner that takes the times for another
        // bound, independent of them, reads and sorts the whole span.
        let at = sql!(self, sqlite: "+performed_at", postgres: "performed_at + INTERVAL '0'");
        let rows: Vec<Row> = on!(self, |c| {
            let mut query = QueryBuilder::new("SELECT * FROM audit_log_entries WHERE TRUE");
            if let Some(entity_type) = filter.entity_type {
                query.push(" AND entity_type = ").push_bind(Text(entity_type));
            }
            if let [id] = filter.entity_ids.as_slice() {
                query.push(" AND entity_id = ").push_bind(*id);
            } else if !filter.entity_ids.is_empty() {
                query.push(" AND entity_id IN (");
                let mut ids = query.separated(", ");
                for id in &filter.entity_ids {
                    ids.push_bind(*id);
                }
                query.push(")");
            }
            if let Some(operation) = &filter.operation {
                query.push(" AND operation = ").push_bind(operation);
            }
            if let Some(performed_by) = &filter.performed_by {
                query.push(" AND performed_by = ").push_bind(performed_by);
            }
            if let Some(since) = filter.since {
                query.push(" AND ").push(at).push(" >= ").push_bind(since);
            }
            if let Some(until) = filter.until {
                query.push(" AND ").push(at).push(" < ").push_bind(until);
            }
            if let Some(from) = from {
                query.push(" AND sequence >= ").push_bind(from);
            }
            let before = filter.before_sequence.into_iter().chain(to).min();
            if let Some(before) = before {
                query.push(" AND sequence < ").push_bind(before);
            }
            query.push(" ORDER BY sequence DESC LIMIT ").push_bind(i64::from(filter.limit));
            query.build_query_as().fetch_all(c).await?
        });
        rows.into_iter().map(entry).collect()
    }

    /// The sequence of the earliest entry at an instant or later.
    pub(super) async fn audit_first_since(&mut self, at: Timestamp) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT sequence FROM audit_log_entries WHERE performed_at >= $1 \
                   ORDER BY performed_at, sequence LIMIT 1";
        Ok(on!(self, |c| sqlx::query_scalar(sql).bind(at).fetch_optional(c).await?))
    }

    /// The ids of everything that has or had a name, deleted or not; a setting is known by its key.
    pub async fn audited_ids(&mut self, name: &str) -> Result<Vec<Uuid>, StoreError> {
        let sql = "SELECT id FROM jobs WHERE name_key = $1 UNION ALL \
                   SELECT id FROM connections WHERE name_key = $1 UNION ALL \
                   SELECT id FROM pgp_keys WHERE name_key = $1 UNION ALL \
                   SELECT id FROM ssh_keys WHERE name_key = $1 UNION ALL \
                   SELECT id FROM job_chains WHERE name_key = $1 UNION ALL \
                   SELECT id FROM file_monitors WHERE name_key = $1 UNION ALL \
                   SELECT id FROM tags WHERE name_key = $1 UNION ALL \
                   SELECT id FROM notification_rules WHERE name_key = $1 UNION ALL \
                   SELECT id FROM calendars WHERE name_key = $1";
        let mut ids: Vec<Uuid> =
            on!(self, |c| sqlx::query_scalar(sql).bind(name_key(name)).fetch_all(c).await?);
        if let Some(spec) = courier_domain::setting::setting(name) {
            ids.push(crate::setting::setting_id(spec.key));
        }
        Ok(ids)
    }
}

fn entry(row: Row) -> Result<AuditLogEntry, StoreError> {
    let details = serde_json::from_str(&row.details)
        .map_err(|e| StoreError::Damaged { what: format!("details of audit entry {}: {e}", row.sequence) })?;
    Ok(AuditLogEntry {
        id: AuditLogEntryId(row.id),
        entity_type: row.entity_type.0,
        entity_id: row.entity_id,
        operation: row.operation,
        performed_by: row.performed_by,
        performed_at: row.performed_at,
        details,
        sequence: row.sequence,
        previous_hash: row.previous_hash,
        entry_hash: row.entry_hash,
    })
}
