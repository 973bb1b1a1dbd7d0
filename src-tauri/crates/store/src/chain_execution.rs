//! Runs of chains and of their members.
//!
//! Left out: which member is next (whoever advances chains decides). Invariant: every move is one that the domain's
//! state machines know, made from the state that was stored when it was made; of two who move the same run at once, the
//! second is judged by what the first has left.

use crate::column::Text;
use crate::page::{Cursor, MAX_PAGE, Page};
use crate::session::{ROWS, Session, on};
use crate::{StoreError, UnitOfWork};
use courier_domain::audit::AuditableEntityType;
use courier_domain::chain::{
    ChainEvent, ChainExecution, ChainExecutionState, ChainMemberExecution, ChainMemberState, MemberEvent,
};
use courier_domain::event::{EventType, NewEvent};
use courier_domain::{
    ChainExecutionId, ChainMemberExecutionId, JobChainId, JobChainMemberId, JobExecutionId, Timestamp,
};
use serde_json::{Value, json};
use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

const KIND: &str = "chain run";
const MEMBER: &str = "member of a chain run";

/// Which runs of chains to list.
#[derive(Debug, Clone, Default)]
pub struct ChainExecutionFilter {
    pub chain_id: Option<JobChainId>,
    /// Any of these; all states when empty.
    pub states: Vec<ChainExecutionState>,
    /// Only what comes after this row; any run's id is a cursor.
    pub after: Option<Cursor>,
    /// Rows of the page, up to [`MAX_PAGE`].
    pub limit: u32,
}

/// What a member's move says besides.
#[derive(Debug, Clone, Copy, Default)]
pub struct MemberNote<'a> {
    /// Its newest run, from now on. Needed to be queued.
    pub job_execution_id: Option<JobExecutionId>,
    /// Why it was skipped or failed, in a sentence.
    pub reason: Option<&'a str>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    chain_id: Uuid,
    triggered_by: String,
    state: Text<ChainExecutionState>,
    started_at: Option<Timestamp>,
    completed_at: Option<Timestamp>,
    config_snapshot: String,
    parameters: Json<BTreeMap<String, Value>>,
    error_message: Option<String>,
    trigger_key: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

#[derive(FromRow)]
struct MemberRow {
    id: Uuid,
    chain_execution_id: Uuid,
    member_id: Uuid,
    execution_order: i32,
    name: String,
    state: Text<ChainMemberState>,
    job_execution_id: Option<Uuid>,
    reason: Option<String>,
    started_at: Option<Timestamp>,
    completed_at: Option<Timestamp>,
}

impl Row {
    fn with(self, members: Vec<ChainMemberExecution>) -> ChainExecution {
        ChainExecution {
            id: ChainExecutionId(self.id),
            chain_id: JobChainId(self.chain_id),
            triggered_by: self.triggered_by,
            state: self.state.0,
            started_at: self.started_at,
            completed_at: self.completed_at,
            config_snapshot: self.config_snapshot,
            parameters: self.parameters.0,
            error_message: self.error_message,
            trigger_key: self.trigger_key,
            created_at: self.created_at,
            updated_at: self.updated_at,
            members,
        }
    }
}

impl From<MemberRow> for ChainMemberExecution {
    fn from(row: MemberRow) -> Self {
        ChainMemberExecution {
            id: ChainMemberExecutionId(row.id),
            chain_execution_id: ChainExecutionId(row.chain_execution_id),
            member_id: JobChainMemberId(row.member_id),
            execution_order: row.execution_order,
            name: row.name,
            state: row.state.0,
            job_execution_id: row.job_execution_id.map(JobExecutionId),
            reason: row.reason,
            started_at: row.started_at,
            completed_at: row.completed_at,
        }
    }
}

impl Session {
    pub async fn chain_execution(&mut self, id: ChainExecutionId) -> Result<ChainExecution, StoreError> {
        let sql = "SELECT * FROM chain_executions WHERE id = $1";
        let row: Option<Row> = on!(self, |c| sqlx::query_as(sql).bind(id.0).fetch_optional(c).await?);
        let row = row.ok_or_else(|| StoreError::not_found(KIND, id))?;
        self.with_members(vec![row]).await?.pop().ok_or_else(|| StoreError::not_found(KIND, id))
    }

    /// The member whose newest run this is; none if the run is of no chain or was followed by another.
    pub async fn chain_member_of(
        &mut self,
        execution: JobExecutionId,
    ) -> Result<Option<ChainMemberExecution>, StoreError> {
        let sql = "SELECT * FROM chain_member_executions WHERE job_execution_id = $1";
        let row: Option<MemberRow> =
            on!(self, |c| sqlx::query_as(sql).bind(execution.0).fetch_optional(c).await?);
        Ok(row.map(ChainMemberExecution::from))
    }

    /// Runs of chains that have to go on: new ones, and those of which a member's run has come further than the member.
    pub async fn restless_chain_executions(&mut self) -> Result<Vec<ChainExecutionId>, StoreError> {
        let sql = "SELECT x.id FROM chain_executions x WHERE x.state = 'pending' OR (x.state IN ('running', 'paused') \
                   AND EXISTS (SELECT 1 FROM chain_member_executions m JOIN job_executions e \
                   ON e.id = m.job_execution_id WHERE m.chain_execution_id = x.id AND (\
                   (m.state = 'queued' AND e.state NOT IN ('created', 'queued')) \
                   OR (m.state = 'running' AND e.state IN ('completed', 'failed', 'cancelled'))))) \
                   OR (x.state = 'running' AND NOT EXISTS (SELECT 1 FROM chain_member_executions m \
                   WHERE m.chain_execution_id = x.id AND m.state IN ('queued', 'running'))) ORDER BY x.id";
        let ids: Vec<Uuid> = on!(self, |c| sqlx::query_scalar(sql).fetch_all(c).await?);
        Ok(ids.into_iter().map(ChainExecutionId).collect())
    }

    /// A page of runs of chains with their members, newest first. A `limit` above [`MAX_PAGE`] is cut.
    pub async fn chain_executions(
        &mut self,
        filter: &ChainExecutionFilter,
    ) -> Result<Page<ChainExecution>, StoreError> {
        let limit = filter.limit.min(MAX_PAGE);
        let rows: Vec<Row> = on!(self, |c| {
            let mut query = QueryBuilder::new("SELECT * FROM chain_executions WHERE TRUE");
            if let Some(chain) = filter.chain_id {
                query.push(" AND chain_id = ").push_bind(chain.0);
            }
            if !filter.states.is_empty() {
                query.push(" AND state IN (");
                let mut listed = query.separated(", ");
                for state in &filter.states {
                    // Written out, so that the index of those that are not over can be seen to fit.
                    listed.push("'").push_unseparated(state.as_str()).push_unseparated("'");
                }
                query.push(")");
            }
            if let Some(after) = &filter.after {
                query.push(" AND id < ").push_bind(after.id());
            }
            query.push(" ORDER BY id DESC LIMIT ").push_bind(i64::from(limit) + 1);
            query.build_query_as().fetch_all(c).await?
        });
        let rows = self.with_members(rows).await?;
        Ok(Page::of(rows, limit, |row: &ChainExecution| Cursor::after(row.id)))
    }

    async fn with_members(&mut self, rows: Vec<Row>) -> Result<Vec<ChainExecution>, StoreError> {
        let mut members: HashMap<Uuid, Vec<ChainMemberExecution>> = HashMap::new();
        // Below what both databases take as bound values of one statement.
        for some in rows.chunks(ROWS) {
            let found: Vec<MemberRow> = on!(self, |c| {
                let mut query =
                    QueryBuilder::new("SELECT * FROM chain_member_executions WHERE chain_execution_id IN (");
                let mut listed = query.separated(", ");
                for row in some {
                    listed.push_bind(row.id);
                }
                query.push(") ORDER BY chain_execution_id, execution_order");
                query.build_query_as().fetch_all(c).await?
            });
            for member in found {
                members.entry(member.chain_execution_id).or_default().push(member.into());
            }
        }
        Ok(rows
            .into_iter()
            .map(|row| {
                let members = members.remove(&row.id).unwrap_or_default();
                row.with(members)
            })
            .collect())
    }
}

impl UnitOfWork {
    /// Stores a new run of a chain that is not deleted, pending like its members. One whose trigger key was used before
    /// is refused as [`StoreError::AlreadyTriggered`], which leaves the unit of work as it was.
    pub async fn insert_chain_execution(&mut self, execution: &ChainExecution) -> Result<(), StoreError> {
        self.hold_chain(execution.chain_id).await?;
        let sql = "INSERT INTO chain_executions (id, chain_id, triggered_by, state, config_snapshot, parameters, \
                   trigger_key, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
                   ON CONFLICT (trigger_key) DO NOTHING";
        let inserted = on!(self, |c| sqlx::query(sql)
            .bind(execution.id.0)
            .bind(execution.chain_id.0)
            .bind(&execution.triggered_by)
            .bind(Text(ChainExecutionState::Pending))
            .bind(&execution.config_snapshot)
            .bind(Json(&execution.parameters))
            .bind(&execution.trigger_key)
            .bind(execution.created_at)
            .bind(execution.updated_at)
            .execute(c)
            .await?
            .rows_affected());
        if inserted == 0 {
            let key = execution.trigger_key.clone().unwrap_or_default();
            return Err(StoreError::AlreadyTriggered { key });
        }
        let insert = "INSERT INTO chain_member_executions \
                      (id, chain_execution_id, member_id, execution_order, name, state) ";
        for members in execution.members.chunks(ROWS) {
            on!(self, |c| {
                let mut query = QueryBuilder::new(insert);
                query.push_values(members, |mut values, member| {
                    values
                        .push_bind(member.id.0)
                        .push_bind(execution.id.0)
                        .push_bind(member.member_id.0)
                        .push_bind(member.execution_order)
                        .push_bind(&member.name)
                        .push_bind(Text(ChainMemberState::Pending));
                });
                query.build().execute(c).await.map(drop)?;
            });
        }
        let details = json!({
            "chain_id": execution.chain_id, "triggered_by": execution.triggered_by,
            "parameters": execution.parameters, "trigger_key": execution.trigger_key,
        });
        self.audit(AuditableEntityType::ChainExecution, execution.id, "Created", details);
        Ok(())
    }

    /// The run of a chain as it is, which nobody else moves until this unit of work is over.
    pub async fn hold_chain_execution(&mut self, id: ChainExecutionId) -> Result<ChainExecution, StoreError> {
        if self.is_postgres() {
            let lock = "SELECT 1 FROM chain_executions WHERE id = $1 FOR UPDATE";
            on!(self, |c| sqlx::query(lock).bind(id.0).execute(c).await.map(drop)?);
        }
        self.chain_execution(id).await
    }

    /// Moves a run of a chain as the state machine says; `error_message` is kept when it fails. Its members are moved
    /// one by one, by whoever moves the run.
    pub async fn move_chain_execution(
        &mut self,
        id: ChainExecutionId,
        event: ChainEvent,
        error_message: Option<&str>,
    ) -> Result<ChainExecution, StoreError> {
        let sql = "UPDATE chain_executions SET state = $3, updated_at = $4, completed_at = $5, \
                   started_at = CASE WHEN $6 THEN COALESCE(started_at, $4) ELSE started_at END, \
                   error_message = $7 WHERE id = $1 AND state = $2 RETURNING *";
        let now = self.now();
        loop {
            let before = self.chain_execution(id).await?;
            let to = before
                .state
                .apply(event)
                .map_err(|cause| StoreError::InvalidTransition { what: format!("{KIND} {id}"), cause })?;
            let message = error_message.filter(|_| to == ChainExecutionState::Failed);
            let row: Option<Row> = on!(self, |c| sqlx::query_as(sql)
                .bind(id.0)
                .bind(Text(before.state))
                .bind(Text(to))
                .bind(now)
                .bind(to.is_terminal().then_some(now))
                .bind(event == ChainEvent::Start)
                .bind(message)
                .fetch_optional(c)
                .await?);
            // Somebody else has moved it meanwhile: look again.
            let Some(row) = row else { continue };
            let facts = json!({
                "chain_id": before.chain_id, "from": before.state, "to": to, "error_message": message,
            });
            self.event(NewEvent {
                event_type: raised_by(event),
                entity_type: AuditableEntityType::ChainExecution,
                entity_id: id.0,
                payload: facts.clone(),
            });
            self.audit(AuditableEntityType::ChainExecution, id, "StateChanged", facts);
            return Ok(row.with(before.members));
        }
    }

    /// Moves a member of a run as the state machine says. Its newest run stays known when it goes back to the start.
    pub async fn move_chain_member(
        &mut self,
        id: ChainMemberExecutionId,
        event: MemberEvent,
        note: MemberNote<'_>,
    ) -> Result<ChainMemberExecution, StoreError> {
        let select = "SELECT * FROM chain_member_executions WHERE id = $1";
        let sql = "UPDATE chain_member_executions SET state = $3, completed_at = $4, reason = $5, \
                   job_execution_id = COALESCE($6, job_execution_id), \
                   started_at = CASE WHEN $7 = 'start' THEN $8 WHEN $7 = 'reset' THEN NULL ELSE started_at END \
                   WHERE id = $1 AND state = $2 RETURNING *";
        let now = self.now();
        loop {
            let before: Option<MemberRow> =
                on!(self, |c| sqlx::query_as(select).bind(id.0).fetch_optional(c).await?);
            let before = ChainMemberExecution::from(before.ok_or_else(|| StoreError::not_found(MEMBER, id))?);
            let to = before.state.apply(event).map_err(|cause| StoreError::InvalidTransition {
                what: format!("member `{}` of {KIND} {}", before.name, before.chain_execution_id),
                cause,
            })?;
            let row: Option<MemberRow> = on!(self, |c| sqlx::query_as(sql)
                .bind(id.0)
                .bind(Text(before.state))
                .bind(Text(to))
                .bind(to.is_terminal().then_some(now))
                .bind(note.reason)
                .bind(note.job_execution_id.map(|e| e.0))
                .bind(Text(event))
                .bind(now)
                .fetch_optional(c)
                .await?);
            let Some(row) = row else { continue };
            let touch = "UPDATE chain_executions SET updated_at = $2 WHERE id = $1";
            let run = before.chain_execution_id;
            on!(self, |c| sqlx::query(touch).bind(run.0).bind(now).execute(c).await.map(drop)?);
            let after = ChainMemberExecution::from(row);
            let details = json!({
                "member": after.name, "from": before.state, "to": to,
                "job_execution_id": after.job_execution_id, "reason": after.reason,
            });
            self.audit(AuditableEntityType::ChainExecution, run, "MemberStateChanged", details);
            return Ok(after);
        }
    }
}

fn raised_by(event: ChainEvent) -> EventType {
    match event {
        ChainEvent::Start => EventType::ChainStarted,
        ChainEvent::Pause => EventType::ChainPaused,
        ChainEvent::Resume | ChainEvent::Retry => EventType::ChainResumed,
        ChainEvent::Complete => EventType::ChainCompleted,
        ChainEvent::Fail => EventType::ChainFailed,
        ChainEvent::Cancel => EventType::ChainCancelled,
    }
}
