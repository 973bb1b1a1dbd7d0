//! What looking at a local and at a remote folder share: what is known of it, starting runs for what is ready, and how
//! looks that fail are counted.
//!
//! Invariant: what the store knows is never older than what a ready file was judged by, except for files that are logged.

use super::fire::fire;
use super::readiness::{Folder, Ready, Sample};
use super::scan::{self, Changed};
use crate::context::Services;
use crate::error::StepError;
use courier_domain::monitor::{FileMonitor, ListedFile, MonitorEvent, MonitorState, TriggerEvent};
use courier_domain::{ErrorCode, MonitorDirectoryStateId, NodeId, Timestamp};
use courier_store::{MonitorDuty, StoreError};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// What is known is written at most so often.
const KEEP_EVERY: Duration = Duration::from_secs(1);
/// And for every so many files a second less often: the whole folder is one text.
const FILES_A_SECOND: usize = 5_000;
/// What could not be started, because the store was away or somebody disabled a job, is tried again after.
const TRY_AGAIN: Duration = Duration::from_secs(2);

/// One monitor at work.
pub(super) struct Look {
    pub(super) services: Arc<Services>,
    pub(super) node: NodeId,
    pub(super) monitor: FileMonitor,
    pub(super) folder: Folder,
    /// What the store knows; nothing before the first look.
    knowledge: Option<MonitorDirectoryStateId>,
    /// The request for a look that was answered last.
    answered: Option<Timestamp>,
    asked: Option<Timestamp>,
    kept_at: Instant,
    /// Ready files that wait for their runs.
    ready: Vec<Ready>,
    not_before: Option<Instant>,
}

impl Look {
    /// Reads what is known of the folder. Tries until the store answers.
    pub(super) async fn begin(services: Arc<Services>, node: NodeId, duty: &MonitorDuty) -> Self {
        let window = Duration::from_secs(u64::from(duty.monitor.stability_window_sec));
        let mut look = Self {
            services,
            node,
            monitor: duty.monitor.clone(),
            folder: Folder::new(window, Vec::new()),
            knowledge: None,
            answered: duty.scan_requested_at,
            asked: duty.scan_requested_at,
            kept_at: Instant::now(),
            ready: Vec::new(),
            not_before: None,
        };
        while let Err(error) = look.read().await {
            tracing::warn!(%error, monitor = %look.monitor.name, "what is known of a folder could not be read");
            tokio::time::sleep(TRY_AGAIN).await;
        }
        look
    }

    async fn read(&mut self) -> Result<(), StoreError> {
        let found = self.services.store.read().await?.folder_knowledge(self.monitor.id).await?;
        self.knowledge = found.as_ref().map(|found| found.id);
        self.folder.take_over(found.map(|found| found.files).unwrap_or_default());
        Ok(())
    }

    /// Whether nobody has looked at this folder yet.
    pub(super) fn is_first(&self) -> bool {
        self.knowledge.is_none()
    }

    /// Takes what is in the folder as known: it was there before the monitor.
    pub(super) async fn take_baseline(&mut self, files: Vec<ListedFile>) -> Result<(), StoreError> {
        self.folder.take_over(files);
        self.keep().await
    }

    /// Hears of a change of the monitor. Whether it is to look at once.
    pub(super) async fn hear(&mut self, duty: &MonitorDuty) -> bool {
        self.monitor = duty.monitor.clone();
        self.folder.set_window(Duration::from_secs(u64::from(self.monitor.stability_window_sec)));
        self.asked = duty.scan_requested_at;
        let changed = duty.knowledge != self.knowledge;
        if changed && let Err(error) = self.read().await {
            tracing::warn!(%error, monitor = %self.monitor.name, "what is known of a folder could not be read");
        }
        changed || self.asked != self.answered
    }

    /// A look has ended, well or not: whoever asked for it sees that by what is kept.
    pub(super) fn answer(&mut self) {
        if self.asked != self.answered {
            self.answered = self.asked;
            self.folder.dirty = true;
            self.kept_at = Instant::now() - KEEP_EVERY;
        }
    }

    /// When there is something to be done by itself.
    pub(super) fn wakes_at(&self) -> Option<Instant> {
        let keep = self.folder.dirty.then(|| self.keeps_at());
        let fire = (!self.ready.is_empty()).then(|| self.not_before.unwrap_or_else(Instant::now));
        keep.into_iter().chain(fire).min()
    }

    fn keeps_at(&self) -> Instant {
        let files = u32::try_from(self.folder.known_files() / FILES_A_SECOND).unwrap_or(u32::MAX);
        self.kept_at + KEEP_EVERY * (files + 1)
    }

    /// Writes what is known, if it is time for that.
    pub(super) async fn keep_in_time(&mut self) {
        if self.folder.dirty && self.keeps_at() <= Instant::now() {
            self.keep_now().await;
        }
    }

    /// Writes what is known.
    pub(super) async fn keep_now(&mut self) {
        if self.folder.dirty
            && let Err(error) = self.keep().await
        {
            tracing::warn!(%error, monitor = %self.monitor.name, "what is known of a folder could not be kept");
            self.kept_at = Instant::now();
        }
    }

    async fn keep(&mut self) -> Result<(), StoreError> {
        let mut unit = self.services.store.begin("system").await?;
        let files = self.folder.listing();
        match unit.put_folder_knowledge(self.monitor.id, self.node, self.knowledge, &files).await? {
            Some(id) => {
                unit.commit().await?;
                self.knowledge = Some(id);
                self.folder.dirty = false;
                self.kept_at = Instant::now();
                Ok(())
            }
            // Somebody has forgotten or marked files meanwhile, or looks after it now.
            None => {
                unit.rollback().await;
                self.read().await
            }
        }
    }

    /// Takes ready files, and starts what they are for. Those whose event does not count are known from now on.
    pub(super) async fn take(&mut self, found: Vec<Ready>) {
        let events = self.monitor.trigger_events;
        for mut ready in found {
            if self.folder.is_only_touched(&ready) {
                self.folder.settle(&ready);
            } else if events.contains(ready.event) {
                self.ready.push(ready);
            } else if events.contains(TriggerEvent::FileExists) {
                ready.event = TriggerEvent::FileExists;
                ready.generation = Some(0);
                self.ready.push(ready);
            } else {
                self.folder.settle(&ready);
            }
        }
        self.fire().await;
    }

    /// Takes files that lie there, and starts what they are for.
    pub(super) async fn take_standing(&mut self, found: Vec<Ready>) {
        self.ready.extend(found);
        self.fire().await;
    }

    /// Whether a ready file already waits for its runs.
    pub(super) fn waits_for_runs(&self, path: &str) -> bool {
        self.ready.iter().any(|ready| ready.path == path)
    }

    /// Starts what the ready files are for.
    pub(super) async fn fire(&mut self) {
        if self.not_before.is_some_and(|at| at > Instant::now()) {
            return;
        }
        self.not_before = None;
        // One that has changed or gone while it waited is no more what it was found to be.
        let folder = &self.folder;
        self.ready.retain(|ready| ready.event == TriggerEvent::FileExists || folder.still_stands(ready));
        while !self.ready.is_empty() {
            let fired =
                fire(&self.services, self.node, self.monitor.id, self.knowledge, &mut self.ready).await;
            for ready in &self.ready {
                self.folder.remember_generation(ready);
            }
            match fired {
                Ok(Some(count)) => {
                    for ready in self.ready.drain(..count) {
                        self.folder.settle(&ready);
                    }
                }
                // Somebody else looks or has looked, or nobody does any more.
                Ok(None) => {
                    self.ready.clear();
                    self.not_before = Some(Instant::now() + TRY_AGAIN);
                    if let Err(error) = self.read().await {
                        tracing::warn!(%error, monitor = %self.monitor.name, "what is known of a folder could not be read");
                    }
                    return;
                }
                Err(error) => {
                    self.not_before = Some(Instant::now() + self.patience(&error));
                    if is_passing(&error) {
                        tracing::warn!(%error, monitor = %self.monitor.name, "runs for files could not be started");
                    } else {
                        self.failed(&error).await;
                    }
                    return;
                }
            }
        }
    }

    fn patience(&self, error: &StepError) -> Duration {
        if is_passing(error) {
            TRY_AGAIN
        } else {
            Duration::from_secs(u64::from(self.monitor.polling_interval_sec)).max(TRY_AGAIN)
        }
    }

    /// A look has failed. One that only a person can mend stops the monitor at once.
    pub(super) async fn failed(&mut self, error: &StepError) {
        if is_passing(error) || error.code == ErrorCode::Cancelled {
            return;
        }
        let counted = async {
            let mut unit = self.services.store.begin("system").await?;
            if unit.hold_monitor(self.monitor.id, self.node).await?.is_none() {
                unit.rollback().await;
                return Ok(None);
            }
            let monitor = if needs_a_person(error.code) {
                unit.move_monitor(self.monitor.id, MonitorEvent::Fail, Some(&error.message)).await?
            } else {
                unit.monitor_look_failed(self.monitor.id, &error.message).await?
            };
            unit.commit().await?;
            Ok::<_, StoreError>(Some(monitor))
        };
        match counted.await {
            Ok(Some(monitor)) => self.monitor = monitor,
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "a failed look at a folder could not be counted"),
        }
    }

    /// A look went well.
    pub(super) async fn succeeded(&mut self) {
        let is_failing = self.monitor.consecutive_failure_count > 0 || self.monitor.last_error.is_some();
        // What could not be started is a failure that looking does not mend.
        if !is_failing || !self.ready.is_empty() || self.monitor.state != MonitorState::Active {
            return;
        }
        let counted = async {
            let mut unit = self.services.store.begin("system").await?;
            let monitor = unit.monitor_look_succeeded(self.monitor.id).await?;
            unit.commit().await?;
            Ok::<_, StoreError>(monitor)
        };
        match counted.await {
            Ok(monitor) => self.monitor = monitor,
            Err(error) => tracing::debug!(%error, "a recovered monitor could not be noted"),
        }
    }

    /// Notes that the folder is only scanned from now on.
    pub(super) async fn degrade(&mut self, reason: &str) {
        if self.monitor.degraded.is_some() {
            return;
        }
        self.monitor.degraded = Some(reason.to_owned());
        let noted = async {
            let mut unit = self.services.store.begin("system").await?;
            unit.degrade_monitor(self.monitor.id, reason).await?;
            unit.commit().await
        };
        if let Err(error) = noted.await {
            tracing::warn!(%error, monitor = %self.monitor.name, "a switched-off watcher could not be noted");
        }
    }

    /// Hashes ready files, where contents are compared. One that has changed meanwhile waits again.
    pub(super) async fn with_hashes(&mut self, ready: Vec<Ready>, cancel: &CancellationToken) -> Vec<Ready> {
        if !self.monitor.compare_content || ready.is_empty() {
            return ready;
        }
        let cancel = cancel.clone();
        let hashed = tokio::task::spawn_blocking(move || {
            let hash = |mut ready: Ready| match scan::hash(ready.path.as_ref(), ready.sample, &cancel) {
                Ok(sha256) => {
                    ready.sha256 = sha256;
                    Ok(ready)
                }
                Err(Changed) => Err(ready),
            };
            ready.into_iter().map(hash).collect::<Vec<_>>()
        });
        let mut still = Vec::new();
        for hashed in hashed.await.unwrap_or_default() {
            match hashed {
                Ok(ready) => still.push(ready),
                Err(changed) => self.folder.take_back(&changed, Instant::now()),
            }
        }
        still
    }

    /// Hashes what is known without, so that a file of the baseline is known by its content, too.
    pub(super) async fn hash_known(&mut self, cancel: &CancellationToken) {
        let bare = if self.monitor.compare_content { self.folder.without_hash() } else { Vec::new() };
        if bare.is_empty() {
            return;
        }
        let cancel = cancel.clone();
        let hashed = tokio::task::spawn_blocking(move || {
            let hash = |(path, sample): (String, Sample)| {
                let sha256 = scan::hash(path.as_ref(), sample, &cancel).ok().flatten()?;
                Some((path, sample, sha256))
            };
            bare.into_iter().filter_map(hash).collect::<Vec<_>>()
        });
        for (path, sample, sha256) in hashed.await.unwrap_or_default() {
            self.folder.put_hash(&path, sample, sha256);
        }
    }
}

/// Nothing is wrong with the folder: the store or the vault are away for now.
fn is_passing(error: &StepError) -> bool {
    matches!(
        error.code,
        ErrorCode::StoreUnavailable
            | ErrorCode::VaultLocked
            | ErrorCode::VaultUnavailable
            | ErrorCode::VaultUninitialised
    )
}

/// Trying again does not help, and with a wrong password it locks people out.
fn needs_a_person(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::AuthenticationFailed
            | ErrorCode::HostKeyUnknown
            | ErrorCode::HostKeyChanged
            | ErrorCode::HostKeyRevoked
            | ErrorCode::CertificateUntrusted
            | ErrorCode::CertificateChanged
            | ErrorCode::InsecureTrustRefused
            | ErrorCode::ConnectionDisabled
            | ErrorCode::SecretMissing
            | ErrorCode::SecretDamaged
            | ErrorCode::KeyUnusable
            | ErrorCode::WrongPassphrase
    )
}
