//! Giving up the log's oldest entries, on the record: first a signed statement of where the chain begins from now on,
//! then the rows, a few at a time.
//!
//! Invariant: at every moment the rows that are left continue the newest statement, so a crash in between leaves old
//! rows and no hole.

use super::checkpoint::newest_sequence;
use super::list::DISORDER;
use super::sealed::{AuditPrune, AuditSigner};
use crate::session::on;
use crate::{Session, Store, StoreError, UnitOfWork};
use courier_domain::Timestamp;
use courier_domain::audit::AuditableEntityType;
use serde_json::json;
use std::time::{Duration, Instant};

/// Other writers wait for at most about this long.
const SHORT: Duration = Duration::from_millis(10);
const FEWEST: i64 = 50;
const MOST: i64 = 4_000;

impl Store {
    /// Gives up every entry before `before` that no younger one precedes; returns how many rows went. Finishes what
    /// an earlier call began. Each transaction is short.
    ///
    /// # Errors
    /// The store's own. What was given up until then stays so.
    pub async fn prune_audit_before(
        &self,
        actor: &str,
        before: Timestamp,
        signer: &dyn AuditSigner,
    ) -> Result<u64, StoreError> {
        match self.read().await?.audit_last_before(before).await? {
            Some(up_to) => self.prune_audit(actor, up_to, signer).await,
            None => self.delete_pruned(actor).await,
        }
    }

    /// Gives up the entries up to a sequence; returns how many rows went. The newest entry always stays.
    pub async fn prune_audit(
        &self,
        actor: &str,
        up_to: i64,
        signer: &dyn AuditSigner,
    ) -> Result<u64, StoreError> {
        let mut unit = self.begin(actor).await?;
        unit.record_prune(up_to, signer).await?;
        unit.commit().await?;
        self.delete_pruned(actor).await
    }

    /// Deletes the rows that the newest record has given up.
    async fn delete_pruned(&self, actor: &str) -> Result<u64, StoreError> {
        let Some(prune) = self.read().await?.audit_newest_prune().await? else { return Ok(0) };
        let (mut rows, mut deleted) = (FEWEST, 0);
        loop {
            let mut unit = self.begin(actor).await?;
            let begun = Instant::now();
            let gone = unit.delete_pruned(prune.pruned_to, rows).await?;
            unit.commit().await?;
            deleted += gone;
            if gone == 0 {
                return Ok(deleted);
            }
            let took = begun.elapsed();
            if took > SHORT {
                rows = (rows / 2).max(FEWEST);
            } else if took < SHORT / 4 {
                rows = (rows * 2).min(MOST);
            }
        }
    }
}

impl Session {
    /// The last sequence that, with all before it, is older than an instant.
    pub async fn audit_last_before(&mut self, before: Timestamp) -> Result<Option<i64>, StoreError> {
        // Entries of overlapping commits may stand a little out of their order in time.
        let last = match self.audit_first_since(before).await? {
            Some(first) => {
                let sql = "SELECT MIN(sequence) FROM audit_log_entries \
                           WHERE sequence BETWEEN $1 AND $2 AND performed_at >= $3";
                let first_kept: Option<i64> = on!(self, |c| sqlx::query_scalar(sql)
                    .bind(first - DISORDER)
                    .bind(first)
                    .bind(before)
                    .fetch_one(c)
                    .await?);
                first_kept.unwrap_or(first) - 1
            }
            None => newest_sequence(self).await?.unwrap_or(0),
        };
        let sql =
            "SELECT sequence FROM audit_log_entries WHERE sequence <= $1 ORDER BY sequence DESC LIMIT 1";
        Ok(on!(self, |c| sqlx::query_scalar(sql).bind(last).fetch_optional(c).await?))
    }
}

impl UnitOfWork {
    /// States that the chain begins behind a sequence. A sequence that is not there, or given up already, states
    /// nothing.
    async fn record_prune(
        &mut self,
        up_to: i64,
        signer: &dyn AuditSigner,
    ) -> Result<Option<AuditPrune>, StoreError> {
        let done = self.audit_newest_prune().await?.map_or(0, |p| p.pruned_to);
        let sql = "SELECT entry_hash FROM audit_log_entries WHERE sequence = $1 AND sequence > $2";
        let hash: Option<String> =
            on!(self, |c| sqlx::query_scalar(sql).bind(up_to).bind(done).fetch_optional(c).await?);
        let Some(entry_hash) = hash else { return Ok(None) };
        let prune = AuditPrune::sign(up_to, entry_hash, self.now(), self.actor().to_owned(), signer);
        let sql = "INSERT INTO audit_prunes (pruned_to, entry_hash, pruned_at, performed_by, public_key, signature) \
                   VALUES ($1, $2, $3, $4, $5, $6)";
        on!(self, |c| sqlx::query(sql)
            .bind(prune.pruned_to)
            .bind(&prune.entry_hash)
            .bind(prune.pruned_at)
            .bind(&prune.performed_by)
            .bind(&prune.public_key)
            .bind(&prune.signature)
            .execute(c)
            .await
            .map(drop)?);
        // This entry is younger than all that goes, so the log never becomes empty.
        let id = crate::setting::setting_id("audit.retention_months");
        let details = json!({ "pruned_to": prune.pruned_to, "entry_hash": &prune.entry_hash });
        self.audit(AuditableEntityType::SystemSetting, id, "AuditPruned", details);
        Ok(Some(prune))
    }

    /// Deletes the oldest given-up rows and their checkpoints, as many as asked; returns how many rows went.
    async fn delete_pruned(&mut self, pruned_to: i64, rows: i64) -> Result<u64, StoreError> {
        let sql = "DELETE FROM audit_log_entries WHERE sequence IN (SELECT sequence FROM audit_log_entries \
                   WHERE sequence <= $1 ORDER BY sequence LIMIT $2)";
        let gone =
            on!(self, |c| sqlx::query(sql).bind(pruned_to).bind(rows).execute(c).await?.rows_affected());
        let sql = "DELETE FROM audit_checkpoints WHERE sequence IN (SELECT sequence FROM audit_checkpoints \
                   WHERE sequence <= $1 ORDER BY sequence LIMIT $2)";
        on!(self, |c| sqlx::query(sql).bind(pruned_to).bind(rows).execute(c).await.map(drop)?);
        Ok(gone)
    }
}
