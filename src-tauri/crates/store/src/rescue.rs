//! Taking runs back from nodes that have gone silent.

use crate::column::Text;
use crate::execution::{Row, apply};
use crate::session::{on, sql};
use crate::{Lease, StoreError, UnitOfWork};
use chrono::TimeDelta;
use courier_domain::event::EventType;
use courier_domain::execution::{ExecutionEvent, JobExecution, JobExecutionState};
use courier_domain::setting::RESCUE_LIMIT;
use courier_domain::{ErrorCode, JobExecutionId, NodeId};
use serde_json::json;
use uuid::Uuid;

impl UnitOfWork {
    /// Takes back every run whose lease is over. It is queued again to go on from its checkpoint; a run that was
    /// asked to stop meanwhile is cancelled or paused instead, and one that was rescued `job.rescue_limit` times
    /// without progress has failed.
    pub async fn rescue(&mut self) -> Result<Vec<JobExecution>, StoreError> {
        let now = self.shared_now().await?;
        let expired = sql!(self,
            sqlite: "SELECT * FROM job_executions WHERE state = 'running' AND lease_expires_at < $1",
            postgres: "SELECT * FROM job_executions WHERE state = 'running' AND lease_expires_at < $1 \
                       FOR UPDATE SKIP LOCKED");
        let expired: Vec<Row> = on!(self, |c| sqlx::query_as(expired).bind(now).fetch_all(c).await?);
        if expired.is_empty() {
            return Ok(Vec::new());
        }
        let limit = self.setting_i64(RESCUE_LIMIT).await?;
        let mut rescued = Vec::with_capacity(expired.len());
        for before in expired.into_iter().map(JobExecution::from) {
            rescued.push(self.take_back(before, limit).await?);
        }
        Ok(rescued)
    }

    /// Lets every run go on that a node paused because it ended, not because somebody asked.
    pub async fn resume_interrupted(&mut self) -> Result<(), StoreError> {
        let sql = "SELECT id FROM job_executions WHERE state = 'paused' AND pause_requested_at IS NULL";
        let ids: Vec<Uuid> = on!(self, |c| sqlx::query_scalar(sql).fetch_all(c).await?);
        for id in ids {
            self.resume(JobExecutionId(id)).await?;
        }
        Ok(())
    }

    /// Ends the leases of a node that is known to be gone, so that the next rescue takes its runs back.
    pub async fn expire_leases(&mut self, node: NodeId) -> Result<(), StoreError> {
        let sql = "UPDATE job_executions SET lease_expires_at = $2 \
                   WHERE state = 'running' AND claimed_by = $1 AND lease_expires_at > $2";
        let just_over = self.shared_now().await? - TimeDelta::microseconds(1);
        on!(self, |c| sqlx::query(sql).bind(node.0).bind(just_over).execute(c).await.map(drop)?);
        self.release_deliveries(node).await
    }

    /// Takes a run back from a holder that cannot go on with it. One that it does not hold any more is left alone.
    pub async fn hand_back(&mut self, lease: &Lease) -> Result<Option<JobExecution>, StoreError> {
        let limit = self.setting_i64(RESCUE_LIMIT).await?;
        let before = self.locked_execution(lease.execution_id).await?;
        let held = before.state == JobExecutionState::Running
            && before.epoch == lease.epoch
            && before.claimed_by == Some(lease.node_id);
        if held { self.take_back(before, limit).await.map(Some) } else { Ok(None) }
    }

    async fn take_back(&mut self, before: JobExecution, limit: i64) -> Result<JobExecution, StoreError> {
        let now = self.now();
        let (event, event_type, code) = if before.cancel_requested_at.is_some() {
            (ExecutionEvent::Cancel, Some(EventType::JobCancelled), Some(ErrorCode::Cancelled))
        } else if i64::from(before.rescues) >= limit {
            (ExecutionEvent::Fail, Some(EventType::JobFailed), Some(ErrorCode::RescueLimit))
        } else if before.pause_requested_at.is_some() {
            (ExecutionEvent::Pause, Some(EventType::JobPaused), None)
        } else {
            (ExecutionEvent::Rescue, None, None)
        };
        let to = apply(&before, event)?;
        let message = (code == Some(ErrorCode::RescueLimit)).then(|| {
            format!("The run was taken over {limit} times in a row without finishing a step; its nodes ended or stopped answering each time.")
        });
        let sql = "UPDATE job_executions SET state = $2, completed_at = $3, error_code = $4, error_message = $5, \
                   updated_at = $6, rescues = rescues + 1, claimed_by = NULL, \
                   lease_expires_at = NULL, \
                   pause_requested_at = CASE WHEN $2 = 'paused' THEN pause_requested_at END \
                   WHERE id = $1 RETURNING *";
        let row: Row = on!(self, |c| sqlx::query_as(sql)
            .bind(before.id.0)
            .bind(Text(to))
            .bind(to.is_terminal().then_some(now))
            .bind(code.map(Text))
            .bind(&message)
            .bind(now)
            .fetch_one(c)
            .await?);
        let after = JobExecution::from(row);
        self.close_steps(&after, code.unwrap_or(ErrorCode::LeaseLost)).await?;
        let details =
            json!({ "reason": "lease_expired", "node": before.claimed_by, "rescues": after.rescues });
        self.record(before.state, &after, event_type, details);
        Ok(after)
    }
}
