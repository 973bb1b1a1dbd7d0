//! Live progress of running steps. Not state: lost on a restart, and nobody waits for it.

use courier_domain::JobExecutionId;
use serde::Serialize;
use specta::Type;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::broadcast;

/// How far a running step is.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct ExecutionProgress {
    pub execution_id: JobExecutionId,
    pub step_order: i32,
    pub bytes_transferred: u64,
    pub total_bytes: Option<u64>,
    pub current_file: Option<String>,
    /// Over the last seconds.
    pub transfer_rate_bytes_per_sec: f64,
}

/// Where running steps tell how far they are, and listeners hear it.
#[derive(Debug, Clone)]
pub struct ProgressHub {
    latest: Arc<Mutex<HashMap<JobExecutionId, ExecutionProgress>>>,
    sender: broadcast::Sender<ExecutionProgress>,
}

impl Default for ProgressHub {
    fn default() -> Self {
        Self { latest: Arc::default(), sender: broadcast::channel(256).0 }
    }
}

impl ProgressHub {
    /// Every report of every run on this node, at most ten a second for each.
    pub fn subscribe(&self) -> broadcast::Receiver<ExecutionProgress> {
        self.sender.subscribe()
    }

    /// The last report of a run that is running here.
    pub fn latest(&self, execution: JobExecutionId) -> Option<ExecutionProgress> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).get(&execution).cloned()
    }

    pub(crate) fn forget(&self, execution: JobExecutionId) {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).remove(&execution);
    }

    fn report(&self, progress: ExecutionProgress) {
        self.latest
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(progress.execution_id, progress.clone());
        // Nobody listening is no failure.
        let _ = self.sender.send(progress);
    }
}

const INTERVAL: Duration = Duration::from_millis(100);
/// Rates are averaged over about this long.
const RATE_WINDOW: Duration = Duration::from_secs(3);

/// One step's progress. Cheap to call for every block; safe from several threads.
#[derive(Debug, Clone)]
pub(crate) struct StepProgress {
    hub: ProgressHub,
    execution: JobExecutionId,
    step_order: i32,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    /// Bytes done, by file.
    done: HashMap<String, u64>,
    total: Option<u64>,
    reported: Option<Instant>,
    /// The start of the rate's window.
    window: (Instant, u64),
    rate: f64,
}

impl StepProgress {
    pub(crate) fn new(hub: ProgressHub, execution: JobExecutionId, step_order: i32) -> Self {
        let state = State {
            done: HashMap::new(),
            total: None,
            reported: None,
            window: (Instant::now(), 0),
            rate: 0.0,
        };
        Self { hub, execution, step_order, state: Arc::new(Mutex::new(state)) }
    }

    /// Bytes that the step will move in all, when it knows.
    pub(crate) fn expect(&self, total: u64) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).total = Some(total);
    }

    /// Bytes of `file` done so far.
    pub(crate) fn file(&self, file: &str, bytes: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.done.get_mut(file) {
            Some(done) => *done = bytes,
            None => {
                state.done.insert(file.to_owned(), bytes);
            }
        }
        let now = Instant::now();
        if state.reported.is_some_and(|at| now.duration_since(at) < INTERVAL) {
            return;
        }
        state.reported = Some(now);
        let sum: u64 = state.done.values().sum();
        let (since, before) = state.window;
        let elapsed = now.duration_since(since);
        if elapsed >= Duration::from_millis(250) {
            state.rate = sum.saturating_sub(before) as f64 / elapsed.as_secs_f64();
        }
        if elapsed >= RATE_WINDOW {
            state.window = (now, sum);
        }
        let progress = ExecutionProgress {
            execution_id: self.execution,
            step_order: self.step_order,
            bytes_transferred: sum,
            total_bytes: state.total,
            current_file: Some(file.to_owned()),
            transfer_rate_bytes_per_sec: state.rate,
        };
        drop(state);
        self.hub.report(progress);
    }

    /// Bytes that all files have done.
    pub(crate) fn bytes(&self) -> u64 {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).done.values().sum()
    }
}
