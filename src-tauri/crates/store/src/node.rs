//! Nodes: the running Couriers that share the store.

use crate::session::{Session, on};
use crate::{StoreError, UnitOfWork};
use chrono::TimeDelta;
use courier_domain::{JobExecutionId, NodeId, Timestamp};
use serde::Serialize;
use sqlx::FromRow;
use uuid::Uuid;

/// A running Courier. Alive while its heartbeat is young.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Node {
    pub id: NodeId,
    /// What `run_on` names it by.
    pub name: String,
    /// The process on its machine.
    pub pid: i64,
    /// Courier's version there.
    pub version: String,
    /// Takes whatever is queued; a node without lives for one run.
    pub serves_queue: bool,
    pub started_at: Timestamp,
    pub heartbeat_at: Timestamp,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    name: String,
    pid: i64,
    version: String,
    serves_queue: bool,
    started_at: Timestamp,
    heartbeat_at: Timestamp,
}

impl Session {
    /// Nodes with a heartbeat at or after `since`, longest running first.
    pub async fn nodes_alive(&mut self, since: Timestamp) -> Result<Vec<Node>, StoreError> {
        let sql = "SELECT * FROM nodes WHERE heartbeat_at >= $1 ORDER BY started_at, id";
        let rows: Vec<Row> = on!(self, |c| sqlx::query_as(sql).bind(since).fetch_all(c).await?);
        Ok(rows
            .into_iter()
            .map(|row| Node {
                id: NodeId(row.id),
                name: row.name,
                pid: row.pid,
                version: row.version,
                serves_queue: row.serves_queue,
                started_at: row.started_at,
                heartbeat_at: row.heartbeat_at,
            })
            .collect())
    }
}

/// A run that a node has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRun {
    pub node_id: NodeId,
    pub execution_id: JobExecutionId,
    /// As it is now.
    pub job_name: String,
}

impl Session {
    /// What runs at present and who holds it, oldest first.
    pub async fn held_runs(&mut self) -> Result<Vec<HeldRun>, StoreError> {
        let sql = "SELECT e.claimed_by, e.id, j.name FROM job_executions e JOIN jobs j ON j.id = e.job_id \
                   WHERE e.state = 'running' AND e.claimed_by IS NOT NULL ORDER BY e.id";
        let rows: Vec<(Uuid, Uuid, String)> = on!(self, |c| sqlx::query_as(sql).fetch_all(c).await?);
        Ok(rows
            .into_iter()
            .map(|(node, run, job_name)| HeldRun {
                node_id: NodeId(node),
                execution_id: JobExecutionId(run),
                job_name,
            })
            .collect())
    }
}

impl UnitOfWork {
    /// Announces a node, whose heart beats now; forgets those that have been silent for a week.
    pub async fn register_node(&mut self, node: &Node) -> Result<(), StoreError> {
        let now = self.shared_now().await?;
        let long_ago = now - TimeDelta::days(7);
        let forget = "DELETE FROM nodes WHERE heartbeat_at < $1";
        on!(self, |c| sqlx::query(forget).bind(long_ago).execute(c).await.map(drop)?);
        let sql = "INSERT INTO nodes (id, name, pid, version, serves_queue, started_at, heartbeat_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE SET name = excluded.name, \
                   pid = excluded.pid, version = excluded.version, started_at = excluded.started_at, \
                   heartbeat_at = excluded.heartbeat_at";
        on!(self, |c| sqlx::query(sql)
            .bind(node.id.0)
            .bind(&node.name)
            .bind(node.pid)
            .bind(&node.version)
            .bind(node.serves_queue)
            .bind(node.started_at)
            .bind(now)
            .execute(c)
            .await
            .map(drop)?);
        Ok(())
    }

    /// The node is still there.
    pub async fn heartbeat(&mut self, id: NodeId) -> Result<(), StoreError> {
        let now = self.shared_now().await?;
        let sql = "UPDATE nodes SET heartbeat_at = $2 WHERE id = $1";
        on!(self, |c| sqlx::query(sql).bind(id.0).bind(now).execute(c).await.map(drop)?);
        Ok(())
    }

    /// The node has ended.
    pub async fn remove_node(&mut self, id: NodeId) -> Result<(), StoreError> {
        let sql = "DELETE FROM nodes WHERE id = $1";
        on!(self, |c| sqlx::query(sql).bind(id.0).execute(c).await.map(drop)?);
        Ok(())
    }
}
