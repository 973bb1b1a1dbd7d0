//! When the chain is sealed, and the verbs that do it.

use super::append::start;
use super::sealed::{self, AuditCheckpoint, AuditPrune, AuditSigner};
use crate::session::{Session, on};
use crate::{StoreError, UnitOfWork};
use chrono::TimeDelta;
use courier_domain::connection::Sealed;
use courier_domain::{SecretId, Timestamp};
use sqlx::QueryBuilder;

/// So many entries are sealed by one checkpoint at most.
const EVERY_ENTRIES: i64 = 1_000;
/// No entry stays without a checkpoint for longer, while a node runs.
const EVERY: TimeDelta = TimeDelta::minutes(15);
/// Checkpoints that one unit of work makes at most.
const AT_ONCE: i64 = 500;

/// The log's last sequence.
pub(super) async fn newest_sequence(session: &mut Session) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT sequence FROM audit_log_entries ORDER BY sequence DESC LIMIT 1";
    Ok(on!(session, |c| sqlx::query_scalar(sql).fetch_optional(c).await?))
}

impl Session {
    /// Whether entries wait for a checkpoint: 1,000, or one for 15 minutes.
    pub async fn audit_checkpoint_due(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        let sealed = self.audit_sealed_to().await?;
        let newest = newest_sequence(self).await?;
        if newest.is_some_and(|newest| newest - sealed >= EVERY_ENTRIES) {
            return Ok(true);
        }
        let sql = "SELECT performed_at FROM audit_log_entries WHERE sequence > $1 ORDER BY sequence LIMIT 1";
        let oldest: Option<Timestamp> =
            on!(self, |c| sqlx::query_scalar(sql).bind(sealed).fetch_optional(c).await?);
        Ok(oldest.is_some_and(|oldest| now - oldest >= EVERY))
    }

    /// Checkpoints after a sequence, oldest first.
    pub async fn audit_checkpoints(
        &mut self,
        after: i64,
        limit: u32,
    ) -> Result<Vec<AuditCheckpoint>, StoreError> {
        sealed::checkpoints_after(self.conn()?, after, i64::from(limit)).await
    }

    /// The newest record of what was pruned.
    pub async fn audit_newest_prune(&mut self) -> Result<Option<AuditPrune>, StoreError> {
        sealed::newest_prune(self.conn()?).await
    }

    /// The newest sequence that a checkpoint or prune record has signed.
    async fn audit_sealed_to(&mut self) -> Result<i64, StoreError> {
        let sql = "SELECT COALESCE(MAX(sequence), 0) FROM audit_checkpoints";
        let signed: i64 = on!(self, |c| sqlx::query_scalar(sql).fetch_one(c).await?);
        Ok(signed.max(start(self.conn()?).await?.sequence))
    }
}

impl UnitOfWork {
    /// Signs every thousandth entry since the last checkpoint, and the newest one. A checkpoint is its own record and
    /// makes no entry.
    pub async fn checkpoint_audit(&mut self, signer: &dyn AuditSigner) -> Result<u64, StoreError> {
        let sealed = self.audit_sealed_to().await?;
        let newest = newest_sequence(self).await?;
        let Some(newest) = newest.filter(|newest| *newest > sealed) else { return Ok(0) };
        let mut wanted: Vec<i64> =
            (1..AT_ONCE).map(|n| sealed + n * EVERY_ENTRIES).take_while(|n| *n < newest).collect();
        if newest - wanted.last().unwrap_or(&sealed) <= EVERY_ENTRIES {
            wanted.push(newest);
        }
        let rows: Vec<(i64, String)> = on!(self, |c| {
            let sql = "SELECT sequence, entry_hash FROM audit_log_entries WHERE sequence IN (";
            let mut query = QueryBuilder::new(sql);
            let mut list = query.separated(", ");
            for sequence in wanted {
                list.push_bind(sequence);
            }
            query.push(") ORDER BY sequence");
            query.build_query_as().fetch_all(c).await?
        });
        let now = self.now();
        let signed: Vec<AuditCheckpoint> = rows
            .into_iter()
            .map(|(sequence, hash)| AuditCheckpoint::sign(sequence, hash, now, signer))
            .collect();
        let sql = "INSERT INTO audit_checkpoints (sequence, entry_hash, created_at, public_key, signature) ";
        on!(self, |c| {
            let mut query = QueryBuilder::new(sql);
            query.push_values(&signed, |mut values, new| {
                values
                    .push_bind(new.sequence)
                    .push_bind(&new.entry_hash)
                    .push_bind(new.created_at)
                    .push_bind(&new.public_key)
                    .push_bind(&new.signature);
            });
            // Two nodes may sign the same entry at the same time; one signature is enough.
            query.push(" ON CONFLICT (sequence) DO NOTHING");
            query.build().execute(c).await.map(drop)?;
        });
        Ok(signed.len() as u64)
    }

    /// Stores a secret unless one is there already; gives the one that is stored then.
    pub async fn put_secret_once(&mut self, id: SecretId, sealed: &Sealed) -> Result<Sealed, StoreError> {
        let now = self.now();
        let sql = "INSERT INTO secrets (id, sealed, created_at, updated_at) VALUES ($1, $2, $3, $3) \
                   ON CONFLICT (id) DO NOTHING";
        on!(self, |c| sqlx::query(sql)
            .bind(id.0)
            .bind(sealed.0.as_slice())
            .bind(now)
            .execute(c)
            .await
            .map(drop)?);
        self.secret(id).await
    }
}
