//! Looks after a local folder: scans it, hears of its changes, and waits until its files stand still.
//!
//! Left out: starting runs (`look`, `fire`). Invariant: the folder is watched before it is scanned, so a file that comes
//! in between is seen by one of the two.

use super::look::Look;
use super::readiness::{Hint, Sample};
use super::scan::{self, Place, Scan};
use super::watcher::{Inbox, Rescan, Watcher};
use crate::error::StepError;
use courier_domain::monitor::TriggerEvent;
use courier_domain::{ErrorCode, setting};
use courier_store::MonitorDuty;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// News is collected for so long before anybody looks.
const COLLECT: Duration = Duration::from_millis(20);
/// Files that become ready within so long go together.
const TOGETHER: Duration = Duration::from_millis(100);
/// Folders that come into a folder are watched by now.
const SETTLE: Duration = Duration::from_millis(100);
/// A scan that takes longer has met a disk that does not answer.
const SCAN_LIMIT: Duration = Duration::from_secs(60);
/// Overflows are counted over a day.
const OVERFLOWS_OVER: Duration = Duration::from_secs(24 * 3_600);
/// More files than these are only scanned.
const WATCHED_FILES: usize = 10_000;

type Identity = Option<(u64, u64)>;
type Scanned = (Result<Scan, StepError>, Option<Identity>);

struct Local {
    look: Look,
    place: Place,
    watcher: Arc<Watcher>,
    inbox: Arc<Inbox>,
    /// The folder that is watched, if one is.
    watched: Option<Identity>,
    /// A scan that has not come back.
    hung: Option<JoinHandle<Scanned>>,
    overflows: VecDeque<Instant>,
    /// When the whole folder is looked at, as its interval has it.
    polls_at: Instant,
    /// When it is looked at besides.
    scans_at: Option<Instant>,
    stop: CancellationToken,
}

/// A file as a closer look has found it.
struct Looked {
    path: PathBuf,
    hint: Hint,
    sample: Option<Sample>,
    is_folder: bool,
}

pub(super) async fn run(
    look: Look,
    mut duty: watch::Receiver<Arc<MonitorDuty>>,
    watcher: Arc<Watcher>,
    stop: CancellationToken,
) {
    let mut local = Local {
        place: Place::of(&look.monitor),
        look,
        watcher,
        inbox: Arc::default(),
        watched: None,
        hung: None,
        overflows: VecDeque::new(),
        polls_at: Instant::now(),
        scans_at: None,
        stop: stop.clone(),
    };
    while !stop.is_cancelled() {
        local.scan_in_time().await;
        local.confirm_due().await;
        local.look.fire().await;
        local.look.keep_in_time().await;
        let due = local.look.folder.next_due().map(|due| due + TOGETHER);
        let times = [Some(local.polls_at), local.scans_at, due, local.look.wakes_at()];
        let wake = times.into_iter().flatten().min().unwrap_or(local.polls_at);
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            changed = duty.changed() => match changed {
                Ok(()) => {
                    let duty = duty.borrow_and_update().clone();
                    if local.look.hear(&duty).await {
                        local.scans_at = Some(Instant::now());
                    }
                }
                Err(_) => break,
            },
            () = local.inbox.filled() => {
                tokio::time::sleep(COLLECT).await;
                local.read_mail().await;
            }
            () = tokio::time::sleep_until(wake) => {}
        }
    }
    // What went before the end is not there any more when it comes again later.
    local.read_mail().await;
    local.unwatch().await;
    local.look.keep_now().await;
}

impl Local {
    fn interval(&self) -> Duration {
        let whole = Duration::from_secs(u64::from(self.look.monitor.polling_interval_sec));
        // Nobody tells when to look any more.
        if self.look.monitor.degraded.is_some() { whole / 2 } else { whole }
    }

    async fn scan_in_time(&mut self) {
        let now = Instant::now();
        let is_poll = self.polls_at <= now;
        if !is_poll && self.scans_at.is_none_or(|at| at > now) {
            return;
        }
        self.scans_at = None;
        match self.scan().await {
            Ok(scan) => self.found(scan, is_poll).await,
            Err(error) => {
                if self.look.is_first() && error.code == ErrorCode::FileNotFound {
                    let nothing = self.look.take_baseline(Vec::new()).await;
                    if let Err(error) = nothing {
                        tracing::warn!(%error, "a baseline could not be kept; the next look takes it");
                    }
                }
                self.unwatch().await;
                self.look.failed(&error).await;
            }
        }
        self.look.answer();
        self.polls_at = Instant::now() + self.interval();
    }

    async fn scan(&mut self) -> Result<Scan, StepError> {
        let mut task = match self.hung.take() {
            Some(task) => task,
            None => self.begin_scan(),
        };
        match tokio::time::timeout(SCAN_LIMIT, &mut task).await {
            Ok(Ok((scan, watched))) => {
                self.watched = watched;
                scan
            }
            Ok(Err(error)) => Err(StepError::new(ErrorCode::Internal, error.to_string())),
            Err(_) => {
                self.hung = Some(task);
                let message = format!("{} does not answer.", self.place.root.display());
                Err(StepError::new(ErrorCode::Timeout, message))
            }
        }
    }

    fn begin_scan(&self) -> JoinHandle<Scanned> {
        let (place, stop, watched) = (self.place.clone(), self.stop.clone(), self.watched);
        let (watcher, inbox) = (self.watcher.clone(), self.inbox.clone());
        let may_watch = self.look.monitor.degraded.is_none();
        tokio::task::spawn_blocking(move || {
            let now = scan::identity_of(&place.root);
            let mut watching = watched.filter(|_| may_watch && watched == now);
            if watched.is_some() && watching.is_none() {
                watcher.unwatch(&place.root, &inbox);
            }
            if may_watch && watching.is_none() && now.is_some() && !scan::is_network_share(&place.root) {
                match watcher.watch(&place.root, place.recursive, &inbox) {
                    Ok(()) => watching = now,
                    Err(error) => {
                        let folder = place.root.display();
                        tracing::warn!(%error, %folder, "a folder cannot be watched; it is only scanned");
                    }
                }
            }
            (place.scan(&stop), watching)
        })
    }

    async fn found(&mut self, scan: Scan, is_poll: bool) {
        if self.look.is_first() {
            let files = scan.files.into_iter().map(scan::listed).collect();
            if let Err(error) = self.look.take_baseline(files).await {
                tracing::warn!(%error, "a baseline could not be kept; the next look takes it");
                return;
            }
        } else {
            self.look.folder.scanned(&scan.files, Instant::now());
            if is_poll && self.look.monitor.trigger_events.contains(TriggerEvent::FileExists) {
                let mut standing = self.look.folder.standing();
                standing.retain(|ready| !self.look.waits_for_runs(&ready.path));
                self.look.take_standing(standing).await;
            }
        }
        let stop = self.stop.clone();
        self.look.hash_known(&stop).await;
        if scan.all > WATCHED_FILES && self.look.monitor.degraded.is_none() {
            let reason = format!("The folder has {} files, more than {WATCHED_FILES}.", scan.all);
            self.look.degrade(&reason).await;
            self.unwatch().await;
        }
        self.look.succeeded().await;
    }

    async fn unwatch(&mut self) {
        if self.watched.take().is_none() {
            return;
        }
        let (watcher, inbox, root) = (self.watcher.clone(), self.inbox.clone(), self.place.root.clone());
        let _ = tokio::task::spawn_blocking(move || watcher.unwatch(&root, &inbox)).await;
    }

    async fn read_mail(&mut self) {
        let mail = self.inbox.take();
        if let Some(why) = mail.rescan {
            self.rescan(why).await;
        }
        let news: Vec<(PathBuf, Hint)> = mail
            .files
            .into_iter()
            .filter(|(path, _)| self.place.recursive || self.place.accepts(path))
            .collect();
        if news.is_empty() {
            return;
        }
        let looked = tokio::task::spawn_blocking(move || {
            let look = |(path, hint): (PathBuf, Hint)| {
                let sample = scan::sample(&path).ok().flatten();
                let is_folder = sample.is_none() && path.is_dir();
                Looked { path, hint, sample, is_folder }
            };
            news.into_iter().map(look).collect::<Vec<_>>()
        });
        let now = Instant::now();
        for Looked { path, hint, sample, is_folder } in looked.await.unwrap_or_default() {
            if is_folder {
                // One that was moved here has files that nobody tells of.
                self.scans_at = Some(now + SETTLE);
                continue;
            }
            if !self.place.accepts(&path) {
                continue;
            }
            let path = path.to_string_lossy();
            match sample {
                Some(sample) => self.look.folder.seen(&path, sample, hint, now),
                None => self.look.folder.gone(&path),
            }
        }
    }

    async fn rescan(&mut self, why: Rescan) {
        let now = Instant::now();
        match why {
            Rescan::Structure => self.scans_at = Some(now + SETTLE),
            Rescan::Doubt => self.scans_at = Some(now),
            Rescan::Overflow => {
                self.scans_at = Some(now);
                self.overflows.push_back(now);
                while self.overflows.front().is_some_and(|at| now.duration_since(*at) > OVERFLOWS_OVER) {
                    self.overflows.pop_front();
                }
                let most = self.overflows_allowed().await;
                if self.overflows.len() > most {
                    let reason = format!(
                        "Its changes came faster than they could be heard {} times in a day.",
                        self.overflows.len()
                    );
                    self.look.degrade(&reason).await;
                    self.unwatch().await;
                }
            }
        }
    }

    async fn overflows_allowed(&self) -> usize {
        let read = async {
            let mut session = self.look.services.store.read().await?;
            session.setting_i64(setting::WATCHER_OVERFLOW_THRESHOLD).await
        };
        read.await.ok().and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX)
    }

    /// Looks again at the files whose time has come.
    async fn confirm_due(&mut self) {
        let due = self.look.folder.due(Instant::now());
        if due.is_empty() {
            return;
        }
        let looked = tokio::task::spawn_blocking(move || {
            let look = |path: String| {
                let sample = scan::sample(path.as_ref()).ok().flatten();
                (path, sample)
            };
            due.into_iter().map(look).collect::<Vec<_>>()
        });
        let mut ready = Vec::new();
        let looked = looked.await.unwrap_or_default();
        let now = Instant::now();
        for (path, sample) in looked {
            ready.extend(self.look.folder.confirm(&path, sample, now));
        }
        let stop = self.stop.clone();
        let ready = self.look.with_hashes(ready, &stop).await;
        self.look.take(ready).await;
    }
}
