//! Writing the chain's new end.

use super::canonical::{self, Fields};
use super::{GENESIS, sealed};
use crate::StoreError;
use crate::column::Text;
use crate::session::{Conn, Link, Session, on};
use courier_domain::audit::NewAuditEntry;
use courier_domain::{IdSource, Timestamp};
use sqlx::QueryBuilder;
use std::ops::Range;
use uuid::Uuid;

/// The PostgreSQL advisory lock that orders the chain.
const LOCK: i64 = 0x636f_7572_0001;
/// Rows in one statement; far below both databases' limits of bound values.
const ROWS: usize = 1_000;

/// The end of the chain.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub(super) sequence: i64,
    pub(super) hash: String,
}

/// A row as it is about to be written.
struct NewRow<'a> {
    id: Uuid,
    entry: &'a NewAuditEntry,
    details: String,
    sequence: i64,
    previous_hash: String,
    entry_hash: String,
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
        // The lock is held until the COMMIT is over. Were the disk waited for in it, units of work would be durable one
        // by one; whoever commits waits for the disk afterwards, together with others.
        let sql = "SELECT pg_advisory_xact_lock($1), pg_notify($2, ''), \
                   set_config('synchronous_commit', 'off', TRUE)";
        on!(session, |c| sqlx::query(sql).bind(LOCK).bind(channel).execute(c).await.map(drop)?);
    }
    let mut head = head(session).await?;
    let first = head.sequence + 1;
    let performed_at = canonical::instant(now);
    let mut rows = Vec::with_capacity(entries.len());
    let mut bytes = Vec::new();
    for entry in entries {
        let (id, sequence, details) = (ids.new_id(), head.sequence + 1, entry.details.to_string());
        bytes.clear();
        canonical::write(
            &mut bytes,
            &Fields {
                sequence,
                previous_hash: head.hash.as_bytes(),
                id: id.as_bytes(),
                entity_type: entry.entity_type.as_str().as_bytes(),
                entity_id: entry.entity_id.as_bytes(),
                operation: entry.operation.as_bytes(),
                performed_by: entry.performed_by.as_bytes(),
                performed_at: performed_at.as_bytes(),
                details: details.as_bytes(),
            },
        );
        let entry_hash = String::from_utf8_lossy(&canonical::hash(&bytes)).into_owned();
        let previous_hash = std::mem::replace(&mut head.hash, entry_hash.clone());
        head.sequence = sequence;
        rows.push(NewRow { id, entry, details, sequence, previous_hash, entry_hash });
    }
    let insert = "INSERT INTO audit_log_entries (id, entity_type, entity_id, operation, performed_by, performed_at, \
                  details, sequence, previous_hash, entry_hash) ";
    for rows in rows.chunks(ROWS) {
        on!(session, |c| {
            let mut query = QueryBuilder::new(insert);
            query.push_values(rows, |mut values, row| {
                values
                    .push_bind(row.id)
                    .push_bind(Text(row.entry.entity_type))
                    .push_bind(row.entry.entity_id)
                    .push_bind(row.entry.operation)
                    .push_bind(&row.entry.performed_by)
                    .push_bind(now)
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
    match last {
        Some((sequence, hash)) => Ok(Head { sequence, hash }),
        None => start(session.conn()?).await,
    }
}

/// Where the chain begins: nothing, or behind what was pruned.
pub(super) async fn start(conn: Conn<'_>) -> Result<Head, StoreError> {
    Ok(match sealed::newest_prune(conn).await? {
        Some(prune) => Head { sequence: prune.pruned_to, hash: prune.entry_hash },
        None => Head { sequence: 0, hash: GENESIS.to_owned() },
    })
}
