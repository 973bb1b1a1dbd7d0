//! Monitors at work: on a node that serves the queue, every active monitor that it holds looks after its folder.
//!
//! One task for each monitor, with the runtime's timers and one watcher for all; no threads of their own. Left out: what
//! people can do with monitors (the app). Invariant: one node at a time looks after a monitor; whatever it writes is
//! refused as soon as another one does.

mod fire;
mod local;
mod look;
mod readiness;
mod remote;
mod scan;
mod watcher;

pub use fire::fire_again;
pub use scan::{baseline, counts, listed_file};

use crate::context::Services;
use courier_domain::audit::AuditableEntityType;
use courier_domain::monitor::WatchTargetType;
use courier_domain::{FileMonitorId, NodeId};
use courier_store::{Change, MonitorDuty, StoreError};
use look::Look;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use watcher::Watcher;

/// How often a monitor is looked for that a silent node has left.
const CLAIM_EVERY: Duration = Duration::from_secs(2);
/// How often everything is compared with the store, in case news was missed.
const COMPARE_EVERY: u32 = 15;
/// A task that is told to end has this long before another one takes its monitor.
const HAND_OVER: Duration = Duration::from_secs(5);

/// A monitor's task.
struct Worker {
    duty: watch::Sender<Arc<MonitorDuty>>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

struct Supervisor {
    services: Arc<Services>,
    node: NodeId,
    name: String,
    watcher: Arc<Watcher>,
    workers: HashMap<FileMonitorId, Worker>,
    stop: CancellationToken,
}

/// Looks after folders until the node ends; then writes what is known of them and lets go of them.
pub(crate) async fn run(services: Arc<Services>, node: NodeId, name: String, stop: CancellationToken) {
    let mut changes = services.store.changes();
    let mut tick = tokio::time::interval(CLAIM_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (watcher, workers) = (Arc::new(Watcher::default()), HashMap::new());
    let mut supervisor = Supervisor { services, node, name, watcher, workers, stop: stop.clone() };
    let mut ticks = 0;
    loop {
        let done = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            change = changes.recv() => match news(change, &mut changes) {
                Some(about) => supervisor.hear(about).await,
                None => supervisor.compare().await,
            },
            _ = tick.tick() => {
                let is_time = ticks % COMPARE_EVERY == 0;
                ticks += 1;
                supervisor.claim().await.and(if is_time { supervisor.compare().await } else { Ok(()) })
            }
        };
        if let Err(error) = done {
            tracing::warn!(%error, "monitors could not be compared with the store; that is tried again");
        }
    }
    supervisor.end().await;
}

/// The monitors that have changed, with all that is there already; nothing if news was missed.
fn news(first: Result<Change, RecvError>, more: &mut Receiver<Change>) -> Option<BTreeSet<FileMonitorId>> {
    let mut about = BTreeSet::new();
    let mut add = |change: Change| {
        if change.entity_type == AuditableEntityType::FileMonitor {
            about.insert(FileMonitorId(change.entity_id));
        }
    };
    match first {
        Ok(change) => add(change),
        Err(RecvError::Lagged(_)) => return None,
        // The store is closing; the stop signal follows.
        Err(RecvError::Closed) => return Some(about),
    }
    loop {
        match more.try_recv() {
            Ok(change) => add(change),
            Err(TryRecvError::Empty | TryRecvError::Closed) => return Some(about),
            Err(TryRecvError::Lagged(_)) => return None,
        }
    }
}

impl Supervisor {
    /// Takes monitors that nobody looks after.
    async fn claim(&mut self) -> Result<(), StoreError> {
        let store = &self.services.store;
        if !store.read().await?.has_idle_monitors(&self.name, &*self.services.clock).await? {
            return Ok(());
        }
        let mut unit = store.begin("system").await?;
        let claimed = unit.claim_monitors(self.node, &self.name).await?;
        unit.commit().await?;
        if claimed > 0 { self.compare().await } else { Ok(()) }
    }

    /// Brings the workers in line with the store.
    async fn compare(&mut self) -> Result<(), StoreError> {
        let duties = self.services.store.read().await?.monitor_duties(self.node, &self.name).await?;
        let mut gone: BTreeSet<FileMonitorId> = self.workers.keys().copied().collect();
        for duty in duties {
            gone.remove(&duty.monitor.id);
            self.assign(duty);
        }
        for id in gone {
            self.dismiss(id);
        }
        Ok(())
    }

    async fn hear(&mut self, about: BTreeSet<FileMonitorId>) -> Result<(), StoreError> {
        if about.is_empty() {
            return Ok(());
        }
        self.claim().await?;
        for id in about {
            match self.services.store.read().await?.monitor_duty(id, self.node, &self.name).await? {
                Some(duty) => self.assign(duty),
                None => drop(self.dismiss(id)),
            }
        }
        Ok(())
    }

    fn assign(&mut self, duty: MonitorDuty) {
        let id = duty.monitor.id;
        let Some(worker) = self.workers.get(&id) else { return self.employ(duty, None) };
        let is_same = worker.duty.borrow().monitor.sees_the_same(&duty.monitor);
        if is_same && !worker.task.is_finished() {
            let new = Arc::new(duty);
            worker.duty.send_if_modified(|old| {
                let changed = **old != *new;
                *old = new;
                changed
            });
            return;
        }
        let before = self.dismiss(id);
        self.employ(duty, before);
    }

    fn employ(&mut self, duty: MonitorDuty, before: Option<JoinHandle<()>>) {
        let id = duty.monitor.id;
        let stop = self.stop.child_token();
        let (sender, receiver) = watch::channel(Arc::new(duty));
        let (services, watcher) = (self.services.clone(), self.watcher.clone());
        let (node, its_stop) = (self.node, stop.clone());
        let task = tokio::spawn(async move {
            if let Some(before) = before {
                // It writes what it knows.
                let _ = tokio::time::timeout(HAND_OVER, before).await;
            }
            let duty = receiver.borrow().clone();
            let look = tokio::select! {
                () = its_stop.cancelled() => return,
                look = Look::begin(services, node, &duty) => look,
            };
            match duty.monitor.watch_target.target_type {
                WatchTargetType::Local => local::run(look, receiver, watcher, its_stop).await,
                WatchTargetType::Remote => remote::run(look, receiver, its_stop).await,
            }
        });
        self.workers.insert(id, Worker { duty: sender, stop, task });
    }

    fn dismiss(&mut self, id: FileMonitorId) -> Option<JoinHandle<()>> {
        let worker = self.workers.remove(&id)?;
        worker.stop.cancel();
        Some(worker.task)
    }

    async fn end(mut self) {
        let ids: Vec<FileMonitorId> = self.workers.keys().copied().collect();
        let tasks: Vec<JoinHandle<()>> = ids.into_iter().filter_map(|id| self.dismiss(id)).collect();
        let all = futures::future::join_all(tasks);
        let _ = tokio::time::timeout(HAND_OVER, all).await;
        let released = async {
            let mut unit = self.services.store.begin("system").await?;
            unit.release_monitors(self.node).await?;
            unit.commit().await
        };
        if let Err(error) = released.await {
            tracing::debug!(%error, "monitors could not be released; they are when the node is gone");
        }
    }
}
