//! Everything counted at once that says how Courier is: what a person sees without opening it.
//!
//! One statement, every count from an index or a short table, because it is asked for after each change.

use crate::StoreError;
use crate::session::{Session, on};
use sqlx::FromRow;

/// How much there is of what works, and of what a person has to look at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromRow)]
pub struct Glance {
    pub running: i64,
    pub queued: i64,
    /// Jobs that are enabled and whose newest run has failed.
    pub jobs_failed: i64,
    pub monitors_in_error: i64,
    pub monitors_active: i64,
    /// Those that were paused all at once.
    pub monitors_paused_with_all: i64,
    pub keys_expiring: i64,
}

impl Session {
    pub async fn glance(&mut self) -> Result<Glance, StoreError> {
        let sql = "SELECT \
            (SELECT COUNT(*) FROM job_executions WHERE state = 'running') AS running, \
            (SELECT COUNT(*) FROM job_executions WHERE state = 'queued') AS queued, \
            (SELECT COUNT(*) FROM jobs j WHERE NOT j.is_deleted AND j.is_enabled AND 'failed' = \
             (SELECT e.state FROM job_executions e WHERE e.job_id = j.id ORDER BY e.id DESC LIMIT 1)) AS jobs_failed, \
            (SELECT COUNT(*) FROM file_monitors WHERE state = 'error' AND NOT is_deleted) AS monitors_in_error, \
            (SELECT COUNT(*) FROM file_monitors WHERE state = 'active' AND NOT is_deleted) AS monitors_active, \
            (SELECT COUNT(*) FROM file_monitors WHERE paused_with_all AND NOT is_deleted) \
             AS monitors_paused_with_all, \
            (SELECT COUNT(*) FROM pgp_keys WHERE status = 'expiring' AND NOT is_deleted) AS keys_expiring";
        Ok(on!(self, |c| sqlx::query_as(sql).fetch_one(c).await?))
    }
}
