//! A node: takes work from the queue, keeps its leases, hears of requests, and ends in order.
//!
//! Waking is an optimisation; a safety poll finds whatever was missed. While the vault is locked, runs are held in the
//! queue. Invariant: every run that this node works on is in `running`, with a lease that is renewed or given up.

use crate::context::Services;
use crate::error::{EngineError, StepError};
use crate::matching::{self, PathsLook, PathsMatch};
use crate::progress::ProgressHub;
use crate::rehearsal::{self, Rehearsal, RehearsalRequest, RehearsedStep};
use crate::relay::{self, DesktopHub};
use crate::run_log::RunLog;
use crate::sessions::SessionPool;
use crate::stop::{Stop, StopReason};
use crate::triggers::dependencies;
use crate::{audit, limits, maintenance, monitors, retention, triggers, unlock, worker};
use courier_domain::audit::AuditableEntityType;
use courier_domain::connection::Connection;
use courier_domain::notification::NotificationRule;
use courier_domain::schedule::ScheduleHold;
use courier_domain::{ChainExecutionId, Clock, IdSource, JobExecutionId, NodeId};
use courier_store::{Change, ClaimRequest, Lease, Node as NodeRow, Renewal, Store, StoreError};
use courier_transfer::{Paced, Paces};
use courier_vault::{Vault, VaultState};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

const SAFETY_POLL: Duration = Duration::from_secs(2);
const MAINTAIN_EVERY: Duration = Duration::from_secs(3_600);
/// Running steps have this long to come to a point of return when the node ends.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(18);
/// The last checkpoint has this long.
const KEEPER_LIMIT: Duration = Duration::from_millis(1_500);
/// Runs that one node works on at most; the setting limits all nodes together.
const NODE_SLOTS: usize = 64;

/// What an engine is made of.
#[derive(Debug)]
pub struct EngineParts {
    pub store: Store,
    pub vault: Vault,
    pub home: PathBuf,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn IdSource>,
    pub node_name: String,
}

/// What a node takes from the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    All,
    /// Only this run; the node lives for it.
    Only(JobExecutionId),
    /// Only this run of a chain, which it also moves on.
    OnlyChain(ChainExecutionId),
}

/// The engine. Does nothing until it is started.
#[derive(Debug, Clone)]
pub struct Engine {
    services: Arc<Services>,
    node_name: String,
}

/// A node at work.
#[derive(Debug)]
pub struct RunningEngine {
    stop: CancellationToken,
    task: JoinHandle<()>,
    /// Seals the audit log.
    keeper: JoinHandle<()>,
    /// Looks after folders, on a node that serves the queue.
    monitors: Option<JoinHandle<()>>,
}

impl RunningEngine {
    /// Pauses running work at a point of return and ends the node, within 20 s. What was paused goes on by itself when
    /// a node starts.
    pub async fn shutdown(self) {
        self.stop.cancel();
        // While the node is still known, so that what it knows of folders is written.
        if let Some(monitors) = self.monitors {
            let _ = tokio::time::timeout(KEEPER_LIMIT, monitors).await;
        }
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the node did not end in order");
        }
        // A disk that hangs must not keep the process.
        let _ = tokio::time::timeout(KEEPER_LIMIT, self.keeper).await;
    }
}

impl Engine {
    /// Must be called within a runtime.
    pub fn new(parts: EngineParts) -> Self {
        let log = RunLog::start(parts.store.clone(), parts.clock.clone(), parts.ids.clone());
        let paced = Paced::new(parts.clock.clone());
        let services = Services {
            store: parts.store,
            vault: parts.vault,
            clock: parts.clock,
            ids: parts.ids,
            hub: ProgressHub::default(),
            desktop: DesktopHub::default(),
            log,
            sessions: SessionPool::default(),
            paced,
            waiting: AtomicUsize::new(0),
            working: watch::Sender::new(0),
            hold: watch::Sender::new(None),
            workspaces: crate::workspaces_in(&parts.home),
        };
        Self { services: Arc::new(services), node_name: parts.node_name }
    }

    /// Live progress of the runs on this node.
    pub fn progress(&self) -> &ProgressHub {
        &self.services.hub
    }

    /// Where notices for the desktop go; a window that listens makes this a node that shows them.
    pub fn desktop(&self) -> &DesktopHub {
        &self.services.desktop
    }

    /// How many runs this process works on, from now on.
    pub fn working(&self) -> watch::Receiver<usize> {
        self.services.working.subscribe()
    }

    /// From now on schedules do not fire on this node, or do again. Those that are late by then go by their rule for
    /// missed fire times; another node that holds nothing fires them in time.
    pub fn hold_schedules(&self, hold: Option<ScheduleHold>) {
        self.services.hold.send_replace(hold);
    }

    /// Why schedules do not fire on this node, if they do not.
    pub fn schedule_hold(&self) -> Option<ScheduleHold> {
        *self.services.hold.borrow()
    }

    /// Sends a notice through a rule's channel, now and from here, that says that it works.
    ///
    /// # Errors
    /// Why it did not arrive, in words.
    pub async fn try_notification(&self, rule: &NotificationRule) -> Result<(), String> {
        relay::test(&self.services, rule).await
    }

    /// How fast transfers with the connection may be, as part of what this node moves.
    ///
    /// # Errors
    /// The store's.
    pub async fn paces(&self, connection: &Connection) -> Result<Paces, EngineError> {
        Ok(limits::of(&self.services, connection).await?)
    }

    /// What every step of a job would do now. Nothing is written anywhere, and no node is needed. `on_step` hears of each
    /// step as it is known.
    ///
    /// # Errors
    /// The store's; cancelled. What stands in a step's way is in the report.
    pub async fn rehearse(
        &self,
        request: RehearsalRequest,
        cancel: CancellationToken,
        on_step: &(dyn Fn(&RehearsedStep) + Send + Sync),
    ) -> Result<Rehearsal, StepError> {
        rehearsal::rehearse(&self.services, request, cancel, on_step).await
    }

    /// What a step's paths mean on this computer now. Nothing is written.
    ///
    /// # Errors
    /// The disk's and the store's; a path that steps may not read; cancelled.
    pub async fn paths_match(
        &self,
        look: &PathsLook,
        cancel: CancellationToken,
    ) -> Result<PathsMatch, StepError> {
        matching::here(&self.services, look, cancel).await
    }

    /// Removes history that is older than the settings say, as a node does every day by itself.
    ///
    /// # Errors
    /// The store's and the vault's. What was removed until then stays so.
    pub async fn prune_history(&self) -> Result<(), EngineError> {
        retention::prune(&self.services).await
    }

    /// Registers a node and begins to work: first rescues, then claims.
    pub async fn start(&self, work: Work) -> Result<RunningEngine, EngineError> {
        let id = NodeId(self.services.ids.new_id());
        let now = self.services.clock.now();
        let row = NodeRow {
            id,
            name: self.node_name.clone(),
            pid: i64::from(std::process::id()),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            serves_queue: work == Work::All,
            started_at: now,
            heartbeat_at: now,
        };
        let mut unit = self.services.store.begin("system").await?;
        unit.register_node(&row).await?;
        unit.commit().await?;
        let stop = CancellationToken::new();
        let node = Node {
            services: self.services.clone(),
            id,
            name: self.node_name.clone(),
            work,
            running: HashMap::new(),
            tasks: JoinSet::new(),
        };
        let keeper = tokio::spawn(audit::run(self.services.clone(), stop.clone()));
        tokio::spawn(unlock::run(self.services.clone(), stop.clone()));
        let mut monitors = None;
        if work == Work::All {
            let (services, name) = (self.services.clone(), self.node_name.clone());
            monitors = Some(tokio::spawn(monitors::run(services, id, name, stop.clone())));
            // Ends with the stop signal at any point: a piece is removed whole or not at all.
            tokio::spawn(retention::run(self.services.clone(), stop.clone()));
            tokio::spawn(relay::run(self.services.clone(), id, stop.clone()));
            tokio::spawn(triggers::timer::run(self.services.clone(), stop.clone()));
        }
        match work {
            Work::All | Work::OnlyChain(_) => {
                tokio::spawn(triggers::chains::run(self.services.clone(), stop.clone()));
            }
            Work::Only(_) => {}
        }
        let task = tokio::spawn(node.run(stop.clone()));
        Ok(RunningEngine { stop, task, keeper, monitors })
    }
}

/// Two renewals may fail before a lease is over.
fn renew_every() -> Duration {
    courier_store::lease_time().to_std().unwrap_or(Duration::from_secs(30)) / 3
}

struct Node {
    services: Arc<Services>,
    id: NodeId,
    name: String,
    work: Work,
    running: HashMap<JobExecutionId, Held>,
    tasks: JoinSet<(JobExecutionId, i64)>,
}

/// A run that the node works on, under the newest epoch that it has of it.
struct Held {
    lease: Lease,
    /// Last known to be ours, by a clock that nobody sets.
    since: Instant,
    stop: Stop,
    task: tokio::task::Id,
}

impl Node {
    async fn run(mut self, stop: CancellationToken) {
        let mut queue = self.services.store.watch_queue();
        let mut changes = self.services.store.changes();
        let mut vault = self.services.vault.watch();
        let mut renew = tokio::time::interval(renew_every());
        let mut poll = tokio::time::interval(SAFETY_POLL);
        let mut maintain = tokio::time::interval(MAINTAIN_EVERY);
        for timer in [&mut renew, &mut poll, &mut maintain] {
            timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        }
        self.note(maintenance::release_dead_neighbours(&self.services, self.id, &self.name).await);
        self.beat().await;
        let mut may_be_work = true;
        loop {
            if std::mem::take(&mut may_be_work) {
                self.claim().await;
                self.tell_working();
            }
            tokio::select! {
                () = stop.cancelled() => break,
                Some(ended) = self.tasks.join_next(), if !self.tasks.is_empty() => {
                    self.ended(ended);
                    // Runs that were recorded together end together, and one claim fills their places.
                    while let Some(ended) = self.tasks.try_join_next() {
                        self.ended(ended);
                    }
                    may_be_work = true;
                }
                _ = queue.changed() => may_be_work = true,
                _ = vault.changed() => may_be_work = true,
                change = changes.recv() => self.heard(change).await,
                _ = renew.tick() => {
                    self.beat().await;
                    may_be_work = true;
                }
                _ = poll.tick() => may_be_work = true,
                _ = maintain.tick() => maintenance::run(&self.services).await,
            }
        }
        self.end().await;
    }

    /// Renews leases, shows that the node is alive, and takes back what silent nodes left.
    async fn beat(&mut self) {
        self.renew(None).await;
        let work = self.work;
        let beat = async {
            let mut unit = self.services.store.begin("system").await?;
            unit.heartbeat(self.id).await?;
            let rescued = unit.rescue().await?;
            // One that was rescued too often is over.
            dependencies::runs_ended(&mut unit, &*self.services.ids, &rescued).await?;
            if work == Work::All {
                unit.resume_interrupted().await?;
            }
            unit.commit().await
        };
        let beat = beat.await;
        self.note(beat);
    }

    async fn claim(&mut self) {
        match self.services.vault.status().state {
            VaultState::Locked | VaultState::Unavailable => return,
            VaultState::Unlocked | VaultState::Uninitialised => {}
        }
        let waiting = self.services.waiting.load(Ordering::Relaxed);
        let free = (NODE_SLOTS + waiting).saturating_sub(self.running.len());
        if free == 0 {
            return;
        }
        let only = match self.work {
            Work::All => None,
            Work::Only(id) => Some(id.0),
            Work::OnlyChain(id) => Some(id.0),
        };
        let request = ClaimRequest {
            node_id: self.id,
            node_name: self.name.clone(),
            slots: u32::try_from(free).unwrap_or(u32::MAX),
            only,
        };
        let asked = Instant::now();
        let claimed = async {
            // Looking first keeps an idle node from writing.
            if !self.services.store.read().await?.has_queued().await? {
                return Ok(Vec::new());
            }
            let mut unit = self.services.store.begin("system").await?;
            let claimed = unit.claim(&request).await?;
            unit.commit().await?;
            Ok(claimed)
        };
        let claimed = match claimed.await {
            Ok(claimed) => claimed,
            Err(error) => return self.note(Err::<(), StoreError>(error)),
        };
        for execution in claimed {
            let Some(lease) = Lease::of(&execution) else { continue };
            let (id, stop) = (execution.id, Stop::default());
            if execution.cancel_requested_at.is_some() {
                stop.press(StopReason::Cancel);
            }
            let (services, since, pressed) = (self.services.clone(), asked, stop.clone());
            let task = self.tasks.spawn(async move {
                worker::work(services, execution, pressed).await;
                (id, lease.epoch)
            });
            let held = Held { lease, since, stop, task: task.id() };
            // It came back to the node that still works on it.
            if let Some(stale) = self.running.insert(id, held) {
                stale.stop.press(StopReason::LeaseLost);
            }
        }
    }

    fn tell_working(&self) {
        let now = self.running.len();
        self.services.working.send_if_modified(|working| std::mem::replace(working, now) != now);
    }

    fn ended(&mut self, ended: Result<(JobExecutionId, i64), tokio::task::JoinError>) {
        match ended {
            Ok((id, epoch)) => {
                if self.running.get(&id).is_some_and(|held| held.lease.epoch == epoch) {
                    self.running.remove(&id);
                }
            }
            Err(error) => {
                tracing::error!(%error, "a worker broke; its run will be rescued");
                self.running.retain(|_, held| held.task != error.id());
            }
        }
    }

    async fn heard(&mut self, change: Result<Change, RecvError>) {
        match change {
            // What a run's own worker writes asks nothing of it.
            Ok(change) if change.by_holder => {}
            Ok(change) if change.entity_type == AuditableEntityType::JobExecution => {
                let id = JobExecutionId(change.entity_id);
                if self.running.contains_key(&id) {
                    self.renew(Some(id)).await;
                }
            }
            Ok(change) => self.note(limits::heard(&self.services, change).await),
            Err(RecvError::Lagged(_)) => self.renew(None).await,
            // The store is closing; the stop signal follows.
            Err(RecvError::Closed) => tokio::time::sleep(SAFETY_POLL).await,
        }
    }

    /// Renews one lease or all, and hears what people want of those runs.
    async fn renew(&mut self, only: Option<JobExecutionId>) {
        let leases: Vec<Lease> = self
            .running
            .iter()
            .filter(|(id, _)| only.is_none_or(|only| only == **id))
            .map(|(_, held)| held.lease)
            .collect();
        if leases.is_empty() {
            return;
        }
        let asked = Instant::now();
        let renewed = async {
            let mut unit = self.services.store.begin("system").await?;
            let renewed = unit.renew(&leases).await?;
            unit.commit().await?;
            Ok::<Vec<Renewal>, StoreError>(renewed)
        };
        let renewed = match renewed.await {
            Ok(renewed) => renewed,
            Err(error) => {
                self.note(Err::<(), StoreError>(error));
                return self.give_up_expired();
            }
        };
        for lease in leases {
            let Some(held) = self.running.get_mut(&lease.execution_id) else { continue };
            match renewed.iter().find(|r| r.execution_id == lease.execution_id) {
                Some(renewal) => {
                    held.since = asked;
                    if renewal.cancel_requested {
                        held.stop.press(StopReason::Cancel);
                    } else if renewal.pause_requested {
                        held.stop.press(StopReason::Pause);
                    }
                }
                // Ended already, or another node has it; the worker's next write tells which.
                None => held.stop.press(StopReason::LeaseLost),
            }
        }
    }

    /// Without the store nobody can renew; when the lease is over, another node may have the run.
    fn give_up_expired(&mut self) {
        let lease = courier_store::lease_time().to_std().unwrap_or_default();
        for held in self.running.values().filter(|held| held.since.elapsed() >= lease) {
            held.stop.press(StopReason::LeaseLost);
        }
    }

    async fn end(mut self) {
        for held in self.running.values() {
            held.stop.press(StopReason::Shutdown);
        }
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(SHUTDOWN_LIMIT, all).await.is_err() {
            tracing::warn!("a run did not come to a point of return in time; it will be rescued");
        }
        self.tasks.shutdown().await;
        self.services.log.flush().await;
        let gone = async {
            let mut unit = self.services.store.begin("system").await?;
            unit.remove_node(self.id).await?;
            unit.commit().await
        };
        let gone = gone.await;
        self.note(gone);
    }

    fn note(&self, result: Result<(), StoreError>) {
        if let Err(error) = result {
            tracing::warn!(%error, "the node could not reach the store; it tries again");
        }
    }
}
