//! Fire times that were not used as they came: what was missed, and what was done about it.

use crate::column::Text;
use crate::session::{Session, on};
use crate::{StoreError, UnitOfWork};
use courier_domain::audit::AuditableEntityType;
use courier_domain::event::{EventType, NewEvent};
use courier_domain::schedule::{MissedFires, MissedReason};
use courier_domain::{JobChainId, JobId, MissedFiresId, Timestamp};
use serde_json::json;
use sqlx::FromRow;
use uuid::Uuid;

#[derive(FromRow)]
struct Row {
    id: Uuid,
    schedule_id: Uuid,
    job_id: Option<Uuid>,
    chain_id: Option<Uuid>,
    reason: Text<MissedReason>,
    first_at: Timestamp,
    last_at: Timestamp,
    count: i32,
    started: i32,
    message: Option<String>,
    recorded_at: Timestamp,
}

impl From<Row> for MissedFires {
    fn from(row: Row) -> Self {
        MissedFires {
            id: MissedFiresId(row.id),
            schedule_id: row.schedule_id,
            job_id: row.job_id.map(JobId),
            chain_id: row.chain_id.map(JobChainId),
            reason: row.reason.0,
            first_at: row.first_at,
            last_at: row.last_at,
            count: row.count,
            started: row.started,
            message: row.message,
            recorded_at: row.recorded_at,
        }
    }
}

impl Session {
    /// What was missed, newest first; of one schedule or of all.
    pub async fn missed_fires(
        &mut self,
        schedule: Option<Uuid>,
        before: Option<MissedFiresId>,
        limit: u32,
    ) -> Result<Vec<MissedFires>, StoreError> {
        let sql = "SELECT * FROM missed_fires WHERE ($1 IS NULL OR schedule_id = $1) AND ($2 IS NULL OR id < $2) \
                   ORDER BY id DESC LIMIT $3";
        let rows: Vec<Row> = on!(self, |c| sqlx::query_as(sql)
            .bind(schedule)
            .bind(before.map(|id| id.0))
            .bind(i64::from(limit))
            .fetch_all(c)
            .await?);
        Ok(rows.into_iter().map(MissedFires::from).collect())
    }
}

impl UnitOfWork {
    /// Records what was missed, and tells of it.
    pub async fn record_missed(&mut self, missed: &MissedFires) -> Result<(), StoreError> {
        let sql = "INSERT INTO missed_fires (id, schedule_id, job_id, chain_id, reason, first_at, last_at, count, \
                   started, message, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        on!(self, |c| sqlx::query(sql)
            .bind(missed.id.0)
            .bind(missed.schedule_id)
            .bind(missed.job_id.map(|id| id.0))
            .bind(missed.chain_id.map(|id| id.0))
            .bind(Text(missed.reason))
            .bind(missed.first_at)
            .bind(missed.last_at)
            .bind(missed.count)
            .bind(missed.started)
            .bind(&missed.message)
            .bind(missed.recorded_at)
            .execute(c)
            .await
            .map(drop)?);
        let facts = json!({
            "job_id": missed.job_id, "chain_id": missed.chain_id, "reason": missed.reason,
            "first_at": missed.first_at, "last_at": missed.last_at, "count": missed.count,
            "started": missed.started, "message": missed.message,
        });
        self.event(NewEvent {
            event_type: EventType::ScheduleMisfired,
            entity_type: AuditableEntityType::Schedule,
            entity_id: missed.schedule_id,
            payload: facts.clone(),
        });
        self.audit(AuditableEntityType::Schedule, missed.schedule_id, "Misfired", facts);
        Ok(())
    }
}
