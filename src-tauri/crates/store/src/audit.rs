//! The audit log: append-only rows, chained by hashes.
//!
//! `entry_hash` is the SHA-256 over the fields in [`Row::hash`]'s order, each preceded by its length in bytes as eight
//! bytes, most significant first; `previous_hash` is the row's before it, 64 zeros for the first. `sequence` has no gap.
//!
//! Invariant: sequences follow the order of commits. On SQLite the writer gives that order, on PostgreSQL a lock that is
//! taken last in the transaction and held until its commit.

use crate::StoreError;
use crate::column::Text;
use crate::session::{Link, Session, on};
use courier_domain::audit::{AuditLogEntry, AuditableEntityType, NewAuditEntry};
use courier_domain::{AuditLogEntryId, IdSource, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use sqlx::{FromRow, QueryBuilder};
use std::ops::Range;
use uuid::Uuid;

/// `previous_hash` of the first row.
const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// The PostgreSQL advisory lock that orders the chain.
const LOCK: i64 = 0x636f_7572_0001;
/// Rows in one statement; far below both databases' limits of bound values.
const ROWS: usize = 1_000;
/// Rows read at once when the chain is verified.
const PAGE: i64 = 10_000;

/// The end of the chain.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    sequence: i64,
    hash: String,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    entity_type: Text<AuditableEntityType>,
    entity_id: Uuid,
    operation: String,
    performed_by: String,
    performed_at: Timestamp,
    details: String,
    sequence: i64,
    previous_hash: String,
    entry_hash: String,
}

impl Row {
    fn hash(&self) -> String {
        let sequence = self.sequence.to_string();
        let at = self.performed_at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        let mut hasher = Sha256::new();
        for field in [
            sequence.as_bytes(),
            self.previous_hash.as_bytes(),
            self.id.as_bytes(),
            self.entity_type.0.as_str().as_bytes(),
            self.entity_id.as_bytes(),
            self.operation.as_bytes(),
            self.performed_by.as_bytes(),
            at.as_bytes(),
            self.details.as_bytes(),
        ] {
            hasher.update((field.len() as u64).to_be_bytes());
            hasher.update(field);
        }
        hex::encode(hasher.finalize())
    }
}

/// Writes the entries as the chain's new end; returns their sequences. `channel` is where PostgreSQL announces the
/// commit to other nodes.
pub(crate) async fn append(
    session: &mut Session,
    entries: &[NewAuditEntry],
    now: Timestamp,
    ids: &dyn IdSource,
    channel: &str,
) -> Result<Range<i64>, StoreError> {
    if entries.is_empty() {
        return Ok(0..0);
    }
    if session.is_postgres() {
        let sql = "SELECT pg_advisory_xact_lock($1), pg_notify($2, '')";
        on!(session, |c| sqlx::query(sql).bind(LOCK).bind(channel).execute(c).await.map(drop)?);
    }
    let mut head = head(session).await?;
    let first = head.sequence + 1;
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        let mut row = Row {
            id: ids.new_id(),
            entity_type: Text(entry.entity_type),
            entity_id: entry.entity_id,
            operation: entry.operation.to_owned(),
            performed_by: entry.performed_by.clone(),
            performed_at: now,
            details: entry.details.to_string(),
            sequence: head.sequence + 1,
            previous_hash: head.hash,
            entry_hash: String::new(),
        };
        row.entry_hash = row.hash();
        head = Head { sequence: row.sequence, hash: row.entry_hash.clone() };
        rows.push(row);
    }
    let insert = "INSERT INTO audit_log_entries (id, entity_type, entity_id, operation, performed_by, performed_at, \
                  details, sequence, previous_hash, entry_hash) ";
    for rows in rows.chunks(ROWS) {
        on!(session, |c| {
            let mut query = QueryBuilder::new(insert);
            query.push_values(rows, |mut values, row| {
                values
                    .push_bind(row.id)
                    .push_bind(row.entity_type)
                    .push_bind(row.entity_id)
                    .push_bind(&row.operation)
                    .push_bind(&row.performed_by)
                    .push_bind(row.performed_at)
                    .push_bind(&row.details)
                    .push_bind(row.sequence)
                    .push_bind(&row.previous_hash)
                    .push_bind(&row.entry_hash);
            });
            query.build().execute(c).await.map(drop)?;
        });
    }
    let range = first..head.sequence + 1;
    if let Link::SqliteWriter(turn) = &mut session.link
        && let Some(known) = turn.head()
    {
        *known = Some(head);
    }
    Ok(range)
}

/// The chain's end; remembered inside one SQLite transaction, where nobody else can move it.
async fn head(session: &mut Session) -> Result<Head, StoreError> {
    if let Link::SqliteWriter(turn) = &mut session.link
        && let Some(Some(head)) = turn.head()
    {
        return Ok(head.clone());
    }
    let sql = "SELECT sequence, entry_hash FROM audit_log_entries ORDER BY sequence DESC LIMIT 1";
    let last: Option<(i64, String)> = on!(session, |c| sqlx::query_as(sql).fetch_optional(c).await?);
    let (sequence, hash) = last.unwrap_or((0, GENESIS.to_owned()));
    Ok(Head { sequence, hash })
}

/// Which entries to list. The default is the newest ones of everything.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    pub entity_type: Option<AuditableEntityType>,
    pub entity_id: Option<Uuid>,
    pub performed_by: Option<String>,
    /// Only entries older than this sequence: the cursor of the next page.
    pub before_sequence: Option<i64>,
    pub limit: u32,
}

/// What a check of the whole chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditVerdict {
    Whole {
        entries: u64,
    },
    /// The first row that is not as it was written.
    Broken {
        sequence: i64,
        entry_id: AuditLogEntryId,
        reason: &'static str,
    },
}

impl Session {
    /// Entries, newest first.
    pub async fn audit_entries(&mut self, filter: &AuditFilter) -> Result<Vec<AuditLogEntry>, StoreError> {
        let rows: Vec<Row> = on!(self, |c| {
            let mut query = QueryBuilder::new("SELECT * FROM audit_log_entries WHERE TRUE");
            if let Some(entity_type) = filter.entity_type {
                query.push(" AND entity_type = ").push_bind(Text(entity_type));
            }
            if let Some(entity_id) = filter.entity_id {
                query.push(" AND entity_id = ").push_bind(entity_id);
            }
            if let Some(performed_by) = &filter.performed_by {
                query.push(" AND performed_by = ").push_bind(performed_by);
            }
            if let Some(before) = filter.before_sequence {
                query.push(" AND sequence < ").push_bind(before);
            }
            query.push(" ORDER BY sequence DESC LIMIT ").push_bind(i64::from(filter.limit));
            query.build_query_as().fetch_all(c).await?
        });
        rows.into_iter().map(entry).collect()
    }

    /// Computes the chain anew from its first row and names the first that is wrong.
    pub async fn verify_audit(&mut self) -> Result<AuditVerdict, StoreError> {
        let sql = "SELECT * FROM audit_log_entries WHERE sequence > $1 ORDER BY sequence LIMIT $2";
        let mut last = Head { sequence: 0, hash: GENESIS.to_owned() };
        loop {
            let rows: Vec<Row> =
                on!(self, |c| sqlx::query_as(sql).bind(last.sequence).bind(PAGE).fetch_all(c).await?);
            if rows.is_empty() {
                return Ok(AuditVerdict::Whole { entries: last.sequence.unsigned_abs() });
            }
            for row in rows {
                let reason = if row.sequence != last.sequence + 1 {
                    Some("one or more entries before it are missing")
                } else if row.previous_hash != last.hash {
                    Some("it does not continue the entry before it")
                } else if row.entry_hash != row.hash() {
                    Some("its fields are not what was recorded")
                } else {
                    None
                };
                if let Some(reason) = reason {
                    let entry_id = AuditLogEntryId(row.id);
                    return Ok(AuditVerdict::Broken { sequence: row.sequence, entry_id, reason });
                }
                last = Head { sequence: row.sequence, hash: row.entry_hash };
            }
        }
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

/// What an entry says of an entity that is new: all that it shows of itself. Sealed secrets never serialise, and long
/// public key blocks stay out.
pub(crate) fn facts<T: Serialize>(entity: &T) -> Value {
    let mut value = serde_json::to_value(entity).unwrap_or_default();
    if let Value::Object(fields) = &mut value {
        for noise in ["public_key_data", "created_at", "updated_at", "is_deleted", "deleted_at"] {
            fields.remove(noise);
        }
    }
    value
}

/// What an entry says of a change: each field that differs, from what to what.
pub(crate) fn changes<T: Serialize>(before: &T, after: &T) -> Value {
    let (Value::Object(before), Value::Object(after)) = (facts(before), facts(after)) else {
        return Value::Null;
    };
    let mut changed = Map::new();
    for (field, from) in &before {
        let to = after.get(field).unwrap_or(&Value::Null);
        if from != to {
            changed.insert(field.clone(), json!({ "from": from, "to": to }));
        }
    }
    for (field, to) in after.iter().filter(|(field, _)| !before.contains_key(*field)) {
        changed.insert(field.clone(), json!({ "from": null, "to": to }));
    }
    Value::Object(changed)
}
