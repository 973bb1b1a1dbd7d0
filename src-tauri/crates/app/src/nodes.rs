//! The running Couriers that share the store, and what each of them does now.

use crate::app::App;
use crate::error::Result;
use crate::executions::NODE_ALIVE;
use chrono::TimeDelta;
use courier_domain::{JobExecutionId, NodeId, Timestamp};
use serde::Serialize;
use specta::Type;

/// So long a node that fell silent is still shown; the store forgets it a few days later.
const SHOWN: TimeDelta = TimeDelta::days(2);

/// A Courier that runs, or ran and did not say goodbye.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct NodeView {
    pub id: NodeId,
    pub name: String,
    /// The process on its machine.
    pub pid: i64,
    pub version: String,
    /// Takes whatever is queued; a node without lives for one run.
    pub serves_queue: bool,
    pub started_at: Timestamp,
    pub heartbeat_at: Timestamp,
    /// Its heartbeat is young. Runs of a silent node are taken over by another.
    pub is_alive: bool,
    /// This process.
    pub is_this: bool,
    /// What it holds now, oldest first.
    pub runs: Vec<NodeRun>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct NodeRun {
    pub execution_id: JobExecutionId,
    pub job_name: String,
}

impl App {
    /// Nodes that are alive, then those that fell silent lately; longest running first.
    pub async fn nodes_list(&self) -> Result<Vec<NodeView>> {
        let mut session = self.read().await?;
        let now = session.shared_now(&**self.clock()).await?;
        let nodes = session.nodes_alive(now - SHOWN).await?;
        let held = session.held_runs().await?;
        let pid = i64::from(std::process::id());
        let mut views: Vec<NodeView> = nodes
            .into_iter()
            .map(|node| NodeView {
                is_alive: node.heartbeat_at >= now - NODE_ALIVE,
                is_this: node.pid == pid && node.name == self.node_name(),
                runs: held
                    .iter()
                    .filter(|run| run.node_id == node.id)
                    .map(|run| NodeRun { execution_id: run.execution_id, job_name: run.job_name.clone() })
                    .collect(),
                id: node.id,
                name: node.name,
                pid: node.pid,
                version: node.version,
                serves_queue: node.serves_queue,
                started_at: node.started_at,
                heartbeat_at: node.heartbeat_at,
            })
            .collect();
        views.sort_by_key(|node| !node.is_alive);
        Ok(views)
    }
}
