//! The log of runs, and their ends: both are handed over and written in batches by one task.
//!
//! No step waits for its lines. Runs that end at about the same time are recorded in one unit of work, with the lines
//! that came before; one that cannot be recorded keeps no other back. A log that cannot be written does not stop a run;
//! the trouble is traced.
//!
//! Invariant: an end is answered when it is durable, or with the reason why it is not; its lines come before it.

use crate::triggers::dependencies;
use courier_domain::execution::StepExecution;
use courier_domain::passage::Passage;
use courier_domain::receipt::Receipt;
use courier_domain::{Clock, ErrorCode, IdSource, JobExecutionId, StepExecutionId};
use courier_store::{Ending, Lease, LogLevel, LogLine, Outcome, Store, StoreError};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Messages taken at once.
const BATCH: usize = 500;
/// Step rows, receipts and passages after which a unit of work takes no more ends.
const MOST_ROWS: usize = 500;

enum Message {
    Line(LogLine),
    Flush(oneshot::Sender<()>),
    End(Asked),
}

/// An end, and who waits for it.
struct Asked {
    end: Arc<End>,
    answer: oneshot::Sender<Result<(), StoreError>>,
}

/// The last write of a run's holder, with what it had not written before.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) lease: Lease,
    pub(crate) outcome: Outcome,
    pub(crate) steps: Vec<StepExecution>,
    /// Of the steps, those that began since the last write and are over already.
    pub(crate) begun: Vec<StepExecutionId>,
    pub(crate) receipts: Vec<Receipt>,
    pub(crate) passages: Vec<Passage>,
    pub(crate) context_snapshot: Option<String>,
    /// Whether the job has loops, whose iterations are counted together.
    pub(crate) has_loops: bool,
}

impl End {
    fn ending(&self) -> (Lease, Ending<'_>) {
        let ending = Ending {
            outcome: self.outcome.clone(),
            steps: &self.steps,
            begun: &self.begun,
            context_snapshot: self.context_snapshot.as_deref(),
        };
        (self.lease, ending)
    }

    fn rows(&self) -> usize {
        self.steps.len() + self.receipts.len() + self.passages.len()
    }
}

/// Takes lines; clones feed the same log.
#[derive(Clone)]
pub(crate) struct RunLog {
    sender: mpsc::UnboundedSender<Message>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for RunLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RunLog")
    }
}

impl RunLog {
    /// Starts the writing task; it ends when the last clone is gone.
    pub(crate) fn start(store: Store, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        tokio::spawn(write(store, ids, receiver));
        Self { sender, clock }
    }

    pub(crate) fn line(
        &self,
        execution: JobExecutionId,
        level: LogLevel,
        step_alias: Option<&str>,
        file: Option<&str>,
        message: String,
    ) {
        let line = LogLine {
            id: 0,
            job_execution_id: execution,
            at: self.clock.now(),
            level,
            step_alias: step_alias.map(str::to_owned),
            file: file.map(str::to_owned),
            message,
        };
        // Without a writer the process is ending.
        let _ = self.sender.send(Message::Line(line));
    }

    /// Waits until every line handed over so far is written.
    pub(crate) async fn flush(&self) {
        let (done, written) = oneshot::channel();
        if self.sender.send(Message::Flush(done)).is_ok() {
            let _ = written.await;
        }
    }

    /// Ends a run, or pauses it; returns when that is durable.
    pub(crate) async fn end(&self, end: Arc<End>) -> Result<(), StoreError> {
        let execution_id = end.lease.execution_id;
        let (answer, written) = oneshot::channel();
        // Without a writer the process is ending, and the run is rescued.
        let _ = self.sender.send(Message::End(Asked { end, answer }));
        written.await.unwrap_or(Err(StoreError::LeaseLost { execution_id }))
    }
}

async fn write(store: Store, ids: Arc<dyn IdSource>, mut receiver: mpsc::UnboundedReceiver<Message>) {
    let mut batch = Vec::new();
    while receiver.recv_many(&mut batch, BATCH).await > 0 {
        let (mut lines, mut ends, mut waiting) = (Vec::new(), Vec::new(), Vec::new());
        for message in batch.drain(..) {
            match message {
                Message::Line(line) => lines.push(line),
                Message::End(asked) => ends.push(asked),
                Message::Flush(done) => waiting.push(done),
            }
        }
        if ends.is_empty() {
            write_lines(&store, &lines).await;
        }
        while !ends.is_empty() {
            let mut rows = 0;
            let fits = |asked: &&Asked| {
                rows += asked.end.rows();
                rows <= MOST_ROWS
            };
            let rest = ends.split_off(ends.iter().take_while(fits).count().max(1));
            write_ends(&store, &*ids, &lines, std::mem::replace(&mut ends, rest)).await;
            lines.clear();
        }
        for done in waiting {
            let _ = done.send(());
        }
    }
}

/// Writes lines and ends together, or else each by itself: an end that is refused takes no other with it.
async fn write_ends(store: &Store, ids: &dyn IdSource, lines: &[LogLine], asked: Vec<Asked>) {
    let ends: Vec<&End> = asked.iter().map(|asked| &*asked.end).collect();
    let together = record(store, ids, lines, &ends).await;
    let refused = matches!(&together, Err(error) if error.code() != ErrorCode::StoreUnavailable);
    if refused || (together.is_err() && !lines.is_empty()) {
        write_lines(store, lines).await;
    }
    for Asked { end, answer } in asked {
        let result = if refused { record(store, ids, &[], &[&end]).await } else { together.clone() };
        // A run whose worker was given up needs no answer.
        let _ = answer.send(result);
    }
}

async fn record(
    store: &Store,
    ids: &dyn IdSource,
    lines: &[LogLine],
    ends: &[&End],
) -> Result<(), StoreError> {
    let mut unit = store.begin("system").await?;
    unit.append_log(lines).await?;
    for end in ends {
        for receipt in &end.receipts {
            unit.insert_receipt(&end.lease, receipt).await?;
        }
        unit.insert_passages_of_run(&end.lease, &end.passages).await?;
    }
    let endings: Vec<_> = ends.iter().map(|end| end.ending()).collect();
    let ended = unit.finish_all(&endings).await?;
    for end in ends.iter().filter(|end| end.has_loops) {
        unit.add_up_iterations(end.lease.execution_id).await?;
    }
    dependencies::runs_ended(&mut unit, ids, &ended).await?;
    unit.commit().await
}

async fn write_lines(store: &Store, lines: &[LogLine]) {
    if let Err(error) = store.append_log(lines).await {
        tracing::warn!(%error, lines = lines.len(), "lines of the runs' log were not written");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use courier_domain::execution::{JobExecution, JobExecutionState, NewExecution};
    use courier_domain::job::{Job, JobDraft};
    use courier_domain::{IdSource, JobId, JobStepId, NodeId, Timestamp};
    use courier_store::{ClaimRequest, StoreUrl};
    use serde_json::json;
    use uuid::Uuid;

    #[derive(Debug)]
    struct Now;
    impl Clock for Now {
        fn now(&self) -> Timestamp {
            Timestamp::from(std::time::UNIX_EPOCH + std::time::UNIX_EPOCH.elapsed().unwrap())
        }
    }

    #[derive(Debug)]
    struct Ids;
    impl IdSource for Ids {
        #[expect(clippy::disallowed_methods, reason = "this is the test's source of ids")]
        fn new_id(&self) -> Uuid {
            Uuid::now_v7()
        }
    }

    async fn held(store: &Store, runs: u32) -> Vec<JobExecution> {
        let draft: JobDraft =
            serde_json::from_value(json!({ "name": "nothing", "max_instances": runs, "steps": [
            { "name": "Set", "type_key": "context.set", "configuration": { "values": { "done": true } } },
        ] }))
            .unwrap();
        let job = Job::new(JobId(Ids.new_id()), draft, Now.now(), || JobStepId(Ids.new_id()));
        let mut unit = store.begin("tester").await.unwrap();
        unit.insert_job(&job).await.unwrap();
        for _ in 0..runs {
            let new = NewExecution {
                id: JobExecutionId(Ids.new_id()),
                job_id: job.id,
                job_version_number: 1,
                triggered_by: "manual:tester@here".into(),
                parameters: Default::default(),
                priority: 0,
                retry_of: None,
                trigger_key: None,
                now: unit.now(),
            };
            unit.enqueue(&JobExecution::new(new)).await.unwrap();
        }
        let node_id = NodeId(Ids.new_id());
        let request = ClaimRequest { node_id, node_name: "here".into(), slots: runs, only: None };
        let claimed = unit.claim(&request).await.unwrap();
        unit.commit().await.unwrap();
        claimed
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_end_that_is_refused_takes_no_other_with_it() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreUrl::in_home(home.path()), Arc::new(Now), Arc::new(Ids)).await.unwrap();
        let log = RunLog::start(store.clone(), Arc::new(Now), Arc::new(Ids));
        let runs = held(&store, 4).await;
        let ends = runs.iter().enumerate().map(|(n, run)| {
            let mut lease = Lease::of(run).unwrap();
            // The second run is somebody else's by now.
            lease.epoch -= i64::from(n == 1);
            log.line(run.id, LogLevel::Info, None, None, format!("line {n}"));
            log.end(Arc::new(End {
                lease,
                outcome: Outcome::Completed { had_skips: false },
                steps: Vec::new(),
                begun: Vec::new(),
                receipts: Vec::new(),
                passages: Vec::new(),
                context_snapshot: None,
                has_loops: false,
            }))
        });
        let results = futures::future::join_all(ends).await;
        let mut session = store.read().await.unwrap();
        for (n, (run, result)) in runs.iter().zip(results).enumerate() {
            let state = session.execution(run.id).await.unwrap().state;
            match result {
                Ok(()) => assert_eq!((n == 1, state), (false, JobExecutionState::Completed)),
                Err(error) => {
                    assert_eq!((n, error.code()), (1, ErrorCode::LeaseLost));
                    assert_eq!(state, JobExecutionState::Running);
                }
            }
            let lines = session.log_lines(run.id, 0, 10).await.unwrap();
            let said: Vec<_> = lines.into_iter().map(|line| line.message).collect();
            assert_eq!(said, [format!("line {n}")], "once, whatever became of the end");
        }
    }
}
