//! One watcher for all local folders. It says where to look sooner; the scan decides what is there.
//!
//! Left out: when a folder is not watched any more (`local`). Invariant: whatever the system has dropped is told to
//! everybody as a rescan, so nothing is missed for longer than a scan takes.

use super::readiness::Hint;
use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind, RemoveKind, RenameMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// A folder that got this part of the events of the busiest one has its part in an overflow.
const BLAME: u64 = 4;

/// Why a folder is to be scanned now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rescan {
    /// Folders came or went inside it.
    Structure,
    /// Events of others were lost, maybe its own.
    Doubt,
    /// Events were lost because of it.
    Overflow,
}

/// What the watcher has told of one folder since it was last emptied.
#[derive(Debug, Default)]
pub(super) struct Mail {
    pub(super) files: HashMap<PathBuf, Hint>,
    pub(super) rescan: Option<Rescan>,
}

/// A monitor's letter box.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    mail: Mutex<Mail>,
    bell: Notify,
}

impl Inbox {
    fn mail(&self) -> MutexGuard<'_, Mail> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn take(&self) -> Mail {
        std::mem::take(&mut *self.mail())
    }

    /// Waits until there is mail.
    pub(super) async fn filled(&self) {
        self.bell.notified().await;
    }

    fn rescan(&self, why: Rescan) {
        let mut mail = self.mail();
        if mail.rescan != Some(Rescan::Overflow) {
            mail.rescan = Some(why);
        }
        drop(mail);
        self.bell.notify_one();
    }

    fn tell(&self, path: &Path, removed: bool, closed: bool) {
        let mut mail = self.mail();
        let hint = mail.files.entry(path.to_owned()).or_default();
        if removed {
            // What was closed before is gone.
            *hint = Hint { removed: true, closed: 0 };
        }
        hint.closed += u32::from(closed);
        drop(mail);
        self.bell.notify_one();
    }
}

#[derive(Debug)]
struct Route {
    inbox: Arc<Inbox>,
    recursive: bool,
    /// Since the last overflow.
    events: u64,
}

type Routes = HashMap<PathBuf, Vec<Route>>;

/// The watcher, made when the first folder wants it.
#[derive(Debug, Default)]
pub(super) struct Watcher {
    routes: Arc<Mutex<Routes>>,
    system: Mutex<Option<RecommendedWatcher>>,
}

impl Watcher {
    /// Begins to tell of the folder. Blocking, because it goes through the folders below.
    pub(super) fn watch(&self, root: &Path, recursive: bool, inbox: &Arc<Inbox>) -> notify::Result<()> {
        let route = Route { inbox: inbox.clone(), recursive, events: 0 };
        let any_recursive = {
            let mut routes = lock(&self.routes);
            let here = routes.entry(root.to_owned()).or_default();
            here.retain(|route| !Arc::ptr_eq(&route.inbox, inbox));
            here.push(route);
            here.iter().any(|route| route.recursive)
        };
        let watched = self.system_watch(root, any_recursive);
        if watched.is_err() {
            self.forget(root, inbox);
        }
        watched
    }

    fn system_watch(&self, root: &Path, recursive: bool) -> notify::Result<()> {
        let mut system = lock(&self.system);
        let watcher = match &mut *system {
            Some(watcher) => watcher,
            none => {
                let routes = self.routes.clone();
                let watcher = notify::recommended_watcher(move |event| deliver(&routes, event))?;
                none.insert(watcher)
            }
        };
        let mode = if recursive { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
        watcher.watch(root, mode)
    }

    /// Tells nothing more of the folder to this letter box. Blocking.
    pub(super) fn unwatch(&self, root: &Path, inbox: &Arc<Inbox>) {
        self.forget(root, inbox);
        let others: Vec<(PathBuf, bool)> = {
            let routes = lock(&self.routes);
            // The system knows a folder once, so those in and around this one must say again that they want it.
            let near = routes.iter().filter(|(other, _)| other.starts_with(root) || root.starts_with(other));
            near.map(|(other, here)| (other.clone(), here.iter().any(|route| route.recursive))).collect()
        };
        if others.iter().any(|(other, _)| other == root) {
            return;
        }
        if let Some(watcher) = &mut *lock(&self.system) {
            // One that is gone is not watched any more.
            let _ = watcher.unwatch(root);
        }
        for (other, recursive) in others {
            if let Err(error) = self.system_watch(&other, recursive) {
                tracing::warn!(%error, folder = %other.display(), "a folder is only scanned for now");
            }
        }
    }

    fn forget(&self, root: &Path, inbox: &Arc<Inbox>) {
        let mut routes = lock(&self.routes);
        if let Some(here) = routes.get_mut(root) {
            here.retain(|route| !Arc::ptr_eq(&route.inbox, inbox));
            if here.is_empty() {
                routes.remove(root);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs on the watcher's own thread.
fn deliver(routes: &Mutex<Routes>, event: notify::Result<Event>) {
    let mut routes = lock(routes);
    let event = match event {
        Ok(event) if event.need_rescan() => return overflow(&mut routes),
        Ok(event) => event,
        Err(error) => {
            tracing::warn!(%error, "the watcher of folders has failed; they are scanned");
            for route in routes.values().flatten() {
                route.inbox.rescan(Rescan::Doubt);
            }
            return;
        }
    };
    let (mut removed, mut closed, mut structure) = (false, false, false);
    match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => closed = true,
        // Reading changes nothing, and every scan reads.
        EventKind::Access(_) => return,
        EventKind::Create(CreateKind::Folder) => structure = true,
        EventKind::Remove(RemoveKind::Folder) => (structure, removed) = (true, true),
        EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From)) => removed = true,
        EventKind::Modify(ModifyKind::Name(RenameMode::To)) => closed = true,
        EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => {
            if let [from, to] = event.paths.as_slice() {
                tell(&mut routes, from, true, false, false);
                tell(&mut routes, to, false, true, false);
            }
            return;
        }
        EventKind::Create(_) | EventKind::Modify(_) | EventKind::Any | EventKind::Other => {}
    }
    for path in &event.paths {
        tell(&mut routes, path, removed, closed, structure);
    }
}

fn tell(routes: &mut Routes, path: &Path, removed: bool, closed: bool, structure: bool) {
    for (depth, root) in path.ancestors().enumerate() {
        let Some(here) = routes.get_mut(root) else { continue };
        for route in here {
            match depth {
                0 if removed => route.inbox.rescan(Rescan::Doubt),
                0 => {}
                1 if !structure || !route.recursive => {
                    route.events += 1;
                    route.inbox.tell(path, removed, closed);
                }
                _ if !route.recursive => {}
                _ if structure => route.inbox.rescan(Rescan::Structure),
                _ => {
                    route.events += 1;
                    route.inbox.tell(path, removed, closed);
                }
            }
        }
    }
}

fn overflow(routes: &mut Routes) {
    let most = routes.values().flatten().map(|route| route.events).max().unwrap_or(0);
    for route in routes.values_mut().flatten() {
        let is_busy = route.events > 0 && route.events >= most / BLAME;
        route.inbox.rescan(if is_busy { Rescan::Overflow } else { Rescan::Doubt });
        route.events = 0;
    }
}
