//! Runs: starting, stopping, looking at them.

use crate::app::App;
use crate::error::{AppError, Result};
use crate::iterations::{self, LoopTally, Place, StepTally};
use courier_domain::execution::{
    ExecutionSort, JobExecution, JobExecutionState, StepExecution, StepExecutionState, TriggerKind,
};
use courier_domain::job::{JobStep, steps_of_snapshot};
use courier_domain::receipt::Receipt;
use courier_domain::{ChainExecutionId, ErrorCode, JobExecutionId, JobId, ReceiptId, Timestamp};
use courier_engine::triggers::{Start, may_start, start_job};
use courier_store::{ListedExecution, Node, Session};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use specta::Type;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Rows of a page when nobody says how many.
const PAGE: u32 = 50;
/// Receipts of a page at most.
const RECEIPTS: u32 = 1_000;

/// Which runs to list. `after` is the `next` of the page before, or the id of any run.
#[derive(Debug, Clone, Default, Deserialize, Type)]
#[serde(default)]
pub struct ExecutionFilter {
    pub job_id: Option<JobId>,
    /// Any of these; all states when empty.
    pub states: Vec<JobExecutionState>,
    pub triggered_by: Option<TriggerKind>,
    pub chain_execution_id: Option<ChainExecutionId>,
    /// Created then or later.
    pub since: Option<Timestamp>,
    /// Created before.
    pub until: Option<Timestamp>,
    /// A part of the job's name, in any case.
    pub search: Option<String>,
    pub sort: ExecutionSort,
    /// 50 when 0; 10,000 at most.
    pub limit: u32,
    pub after: Option<String>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct ExecutionPage {
    pub items: Vec<ExecutionRow>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
}

/// A run in the list.
#[derive(Debug, Clone, Serialize, Type)]
pub struct ExecutionRow {
    pub id: JobExecutionId,
    pub job_id: JobId,
    /// As it is now; the run itself has the name of its version.
    pub job_name: String,
    pub job_version_number: i32,
    pub chain_execution_id: Option<ChainExecutionId>,
    pub triggered_by: String,
    pub state: JobExecutionState,
    pub error_code: Option<ErrorCode>,
    pub error_message: Option<String>,
    pub had_skips: bool,
    pub queued_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub files: Option<i64>,
    pub bytes: Option<i64>,
    pub progress: Option<f64>,
}

/// A run with all that is known of it.
#[derive(Debug, Clone, Serialize, Type)]
pub struct ExecutionView {
    pub execution: JobExecution,
    pub job_name: String,
    /// The Courier that runs it, or none.
    pub node_name: Option<String>,
    /// The pinned version's steps.
    pub steps: Vec<StepView>,
    /// What [`App::executions_receipts`] lists.
    pub receipts: ReceiptTally,
    /// Whether the run's files are still there, so that it can be resumed.
    pub workspace_kept: bool,
    /// The jobs that must be done before it may begin.
    pub waits_for: Vec<WaitedFor>,
}

/// A job that a queued run waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct WaitedFor {
    pub job_id: JobId,
    pub job_name: String,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct StepView {
    pub step: JobStep,
    /// Blocks around it.
    pub depth: u32,
    /// The innermost loop around it, by the order of the loop's step.
    pub within: Option<i32>,
    /// Oldest first. In the view of a run, those of iterations are only counted.
    pub attempts: Vec<StepExecution>,
    /// The run that this one does again has done it, and this one goes on with its results.
    pub taken_over: bool,
    /// Of a step inside a loop, over all iterations; nothing if none has reached it.
    pub tally: Option<StepTally>,
    /// Of a loop; [`App::executions_iterations`] lists them.
    pub iterations: Option<LoopTally>,
}

/// The receipts of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
pub struct ReceiptTally {
    pub files: i64,
    pub bytes: i64,
}

impl App {
    /// Queues a run of the job's current version.
    ///
    /// # Errors
    /// Bad parameters; a job that is disabled.
    pub async fn jobs_run(&self, id: JobId, given: BTreeMap<String, Value>) -> Result<JobExecutionId> {
        let mut unit = self.begin().await?;
        let job = unit.job(id).await?;
        let start = Start {
            triggered_by: format!("manual:{}", self.actor()),
            parameters: &given,
            trigger_key: None,
            chain_execution_id: None,
        };
        let queued = start_job(&mut unit, self.ids(), &job, start).await??;
        unit.commit().await?;
        Ok(queued.id)
    }

    pub async fn executions_list(&self, filter: ExecutionFilter) -> Result<ExecutionPage> {
        let filter = courier_store::ExecutionFilter {
            job_id: filter.job_id,
            states: filter.states,
            triggered_by: filter.triggered_by,
            chain_execution_id: filter.chain_execution_id,
            since: filter.since,
            until: filter.until,
            search: filter.search,
            sort: filter.sort,
            after: filter.after.map(|text| text.parse()).transpose()?,
            limit: if filter.limit == 0 { PAGE } else { filter.limit },
        };
        let page = self.read().await?.executions(&filter).await?;
        let items = page.rows.into_iter().map(|run| self.row(run)).collect::<Result<_>>()?;
        Ok(ExecutionPage { items, next: page.next.map(|cursor| cursor.to_string()) })
    }

    fn row(&self, run: ListedExecution) -> Result<ExecutionRow> {
        Ok(ExecutionRow {
            progress: self.progress_of(&run)?,
            id: run.id,
            job_id: run.job_id,
            job_name: run.job_name,
            job_version_number: run.job_version_number,
            chain_execution_id: run.chain_execution_id,
            triggered_by: run.triggered_by,
            state: run.state,
            error_code: run.error_code,
            error_message: run.error_message,
            had_skips: run.had_skips,
            queued_at: run.queued_at,
            started_at: run.started_at,
            completed_at: run.completed_at,
            files: run.files,
            bytes: run.bytes,
        })
    }

    pub async fn executions_get(&self, id: JobExecutionId) -> Result<ExecutionView> {
        let mut session = self.read().await?;
        let execution = session.execution(id).await?;
        let job_name = job_name(&mut session, &execution).await?;
        let steps = pinned_steps(&mut session, &execution).await?;
        let places = iterations::places(&steps);
        let orders: Vec<i32> = steps.iter().map(|step| step.step_order).collect();
        let mut attempts: HashMap<i32, Vec<StepExecution>> = HashMap::new();
        for attempt in session.step_executions_at(id, &orders, &[String::new()]).await? {
            attempts.entry(attempt.step_order).or_default().push(attempt);
        }
        let taken_over = match execution.retry_of {
            Some(_) => session.steps_taken_over(&execution).await?,
            None => BTreeSet::new(),
        };
        let (mut tallies, mut loops) = iterations::tallies(&mut session, &execution, &steps, &places).await?;
        let node_name = match execution.claimed_by {
            Some(node) => {
                let alive = session.nodes_alive(self.now() - chrono::TimeDelta::days(1)).await?;
                alive.into_iter().find(|n| n.id == node).map(|n| n.name)
            }
            None => None,
        };
        let receipts = session.receipt_totals(id).await?;
        let waits_for = match execution.state {
            JobExecutionState::Queued => session.waited_for(id).await?,
            _ => Vec::new(),
        };
        Ok(ExecutionView {
            waits_for: waits_for
                .into_iter()
                .map(|(job_id, job_name)| WaitedFor { job_id, job_name })
                .collect(),
            job_name,
            node_name,
            steps: steps
                .into_iter()
                .zip(places)
                .map(|(step, place)| {
                    let order = step.step_order;
                    let tally = tallies.remove(&order);
                    // One that iterations have reached is what they made of it.
                    let attempts = attempts.remove(&order).filter(|_| tally.is_none()).unwrap_or_default();
                    StepView {
                        depth: place.depth,
                        within: place.within,
                        attempts,
                        taken_over: taken_over.contains(&order),
                        tally,
                        iterations: loops.remove(&order),
                        step,
                    }
                })
                .collect(),
            receipts: ReceiptTally { files: receipts.files, bytes: receipts.bytes },
            workspace_kept: courier_engine::workspace_of(self.home(), id).is_dir(),
            execution,
        })
    }

    /// The proofs of what a run transferred, oldest first: up to 1,000 after one of them.
    pub async fn executions_receipts(
        &self,
        id: JobExecutionId,
        after: Option<ReceiptId>,
        limit: u32,
    ) -> Result<Vec<Receipt>> {
        let mut session = self.read().await?;
        session.execution(id).await?;
        let limit = if limit == 0 { RECEIPTS } else { limit.min(RECEIPTS) };
        Ok(session.receipts_after(id, after, limit).await?)
    }

    pub async fn executions_cancel(&self, id: JobExecutionId) -> Result<()> {
        let mut unit = self.begin().await?;
        unit.request_cancel(id).await?;
        Ok(unit.commit().await?)
    }

    pub async fn executions_pause(&self, id: JobExecutionId) -> Result<()> {
        let mut unit = self.begin().await?;
        unit.request_pause(id).await?;
        Ok(unit.commit().await?)
    }

    /// Lets a paused run go on, or a failed one from its failed step.
    pub async fn executions_resume(&self, id: JobExecutionId) -> Result<()> {
        let mut unit = self.begin().await?;
        let run = unit.execution(id).await?;
        // One that was only paused goes on, also when its job was disabled meanwhile.
        if run.state == JobExecutionState::Failed {
            may_start(&unit.job(run.job_id).await?)?;
        }
        unit.resume(id).await?;
        Ok(unit.commit().await?)
    }

    /// The local files that the last finished step handed on.
    pub async fn executions_files(&self, id: JobExecutionId) -> Result<Vec<String>> {
        let steps = self.read().await?.step_executions(id).await?;
        let finished = steps.iter().rev().filter(|s| s.state == StepExecutionState::Completed);
        let files = finished.filter_map(|s| {
            let outputs: Value = serde_json::from_str(s.output_data.as_deref()?).ok()?;
            let files = outputs.get("files")?.as_array()?;
            Some(files.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        });
        Ok(files.into_iter().next().unwrap_or_default())
    }

    /// Whether some Courier is alive that takes work from the queue.
    pub async fn has_node(&self) -> Result<bool> {
        Ok(self.nodes_alive().await?.iter().any(|node| node.serves_queue))
    }

    /// Every Courier with a heartbeat, longest running first.
    pub(crate) async fn nodes_alive(&self) -> Result<Vec<Node>> {
        let mut session = self.read().await?;
        let now = session.shared_now(&**self.clock()).await?;
        Ok(session.nodes_alive(now - NODE_ALIVE).await?)
    }

    /// How far a running execution is, 0 to 1: finished steps, and the running one's bytes where they are known here.
    pub(crate) fn progress_of(&self, run: &ListedExecution) -> Result<Option<f64>> {
        let Some((done, snapshot)) = &run.running else { return Ok(None) };
        let (_, steps) = steps_of_snapshot(run.job_id, snapshot).map_err(AppError::internal)?;
        let places = iterations::places(&steps);
        let outside = |(step, place): &(&JobStep, &Place)| step.enabled && place.within.is_none();
        let steps = steps.iter().zip(&places).filter(outside).count();
        let within = self.engine().progress().latest(run.id).and_then(|p| {
            let total = p.total_bytes.filter(|t| *t > 0)?;
            Some((p.bytes_transferred as f64 / total as f64).clamp(0.0, 1.0))
        });
        Ok(Some(((*done as f64 + within.unwrap_or(0.0)) / steps.max(1) as f64).clamp(0.0, 1.0)))
    }
}

/// A node whose heartbeat is older is taken for dead: a lease and a half.
pub(crate) const NODE_ALIVE: chrono::TimeDelta = chrono::TimeDelta::seconds(45);

/// The job's name as it was in the run's version; it holds for deleted jobs too.
async fn job_name(session: &mut Session, execution: &JobExecution) -> Result<String> {
    let version = session.job_version(execution.job_id, execution.job_version_number).await?;
    let (draft, _) =
        steps_of_snapshot(execution.job_id, &version.config_snapshot).map_err(AppError::internal)?;
    Ok(draft.name)
}

pub(crate) async fn pinned_steps(session: &mut Session, execution: &JobExecution) -> Result<Vec<JobStep>> {
    let version = session.job_version(execution.job_id, execution.job_version_number).await?;
    let (_, steps) =
        steps_of_snapshot(execution.job_id, &version.config_snapshot).map_err(AppError::internal)?;
    Ok(steps)
}
