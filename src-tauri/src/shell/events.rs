//! Tells the window what changed in the store.
//!
//! Invariant: the window hears at most five times a second, of each thing once, or of every kind if many things changed: a
//! loop of a hundred thousand iterations must not keep it busy with listening. While it is hidden it hears nothing; what
//! it missed is told when it is shown.

use super::window;
use crate::ipc::{Changed, Changes};
use courier_app::domain::audit::AuditableEntityType;
use courier_app::{App, Change};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tauri::{AppHandle, Manager};
use tauri_specta::Event;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;
use uuid::Uuid;

/// What belongs together changes within.
const TOGETHER: Duration = Duration::from_millis(40);
/// Two messages are so far apart at least; with those of live progress they are ten a second.
const APART: Duration = Duration::from_millis(200);
/// With more things changed than this, their kinds are told instead.
const MANY: usize = 64;

type Things = BTreeSet<(AuditableEntityType, Uuid)>;

/// What the window has not heard of yet.
#[derive(Debug, Default)]
pub(crate) struct Untold(Mutex<Things>);

impl Untold {
    fn add(&self, changed: impl IntoIterator<Item = (AuditableEntityType, Uuid)>) {
        let mut things = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        things.extend(changed);
        if things.len() > MANY {
            *things = things.iter().map(|(kind, _)| (*kind, Uuid::nil())).collect();
        }
    }

    fn take(&self) -> Vec<Changed> {
        let things = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        things.into_iter().map(|(entity_type, entity_id)| Changed { entity_type, entity_id }).collect()
    }
}

/// Forwards every change until the store closes.
pub(crate) fn forward(handle: AppHandle, courier: &App) {
    let mut changes = courier.changes();
    tauri::async_runtime::spawn(async move {
        let mut not_before = Instant::now();
        while let Some(gathered) = gather(&mut changes, not_before).await {
            handle.state::<Untold>().add(gathered);
            tell(&handle);
            not_before = Instant::now() + APART;
        }
    });
}

/// A thing that no change in the store tells of is different now.
pub(crate) fn changed(handle: &AppHandle, entity_type: AuditableEntityType) {
    handle.state::<Untold>().add([(entity_type, Uuid::nil())]);
    tell(handle);
}

/// Tells what is not told yet, if the window is shown.
pub(crate) fn tell(handle: &AppHandle) {
    let is_shown = handle.get_webview_window(window::MAIN).is_some_and(|w| w.is_visible().unwrap_or(true));
    if !is_shown {
        return;
    }
    let changes = handle.state::<Untold>().take();
    if changes.is_empty() {
        return;
    }
    if let Err(error) = (Changes { changes }).emit(handle) {
        tracing::debug!(%error, "the window did not hear of changes");
    }
}

/// What changed, from the next change on; nothing when the store has closed. Steps are told without their ids, since
/// nothing shows one alone.
async fn gather(changes: &mut Receiver<Change>, not_before: Instant) -> Option<Things> {
    let mut gathered = Things::new();
    let mut next = Some(changes.recv().await);
    let end = tokio::time::sleep_until(not_before.max(Instant::now() + TOGETHER));
    tokio::pin!(end);
    while let Some(news) = next.take() {
        match news {
            Ok(Change { entity_type: AuditableEntityType::StepExecution, .. }) => {
                gathered.insert((AuditableEntityType::StepExecution, Uuid::nil()));
            }
            Ok(change) => {
                gathered.insert((change.entity_type, change.entity_id));
            }
            // Too much at once: tell of every kind instead of every entity.
            Err(RecvError::Lagged(_)) => {
                gathered.extend(AuditableEntityType::ALL.iter().map(|kind| (*kind, Uuid::nil())));
            }
            Err(RecvError::Closed) if gathered.is_empty() => return None,
            Err(RecvError::Closed) => break,
        }
        tokio::select! {
            news = changes.recv() => next = Some(news),
            () = &mut end => {}
        }
    }
    Some(gathered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use AuditableEntityType::{Job, JobExecution};

    fn run(number: usize) -> (AuditableEntityType, Uuid) {
        (JobExecution, Uuid::from_u128(number as u128 + 1))
    }

    #[test]
    fn a_thing_is_told_once() {
        let untold = Untold::default();
        untold.add([run(0), run(1), run(0)]);
        untold.add([run(1)]);
        assert_eq!(untold.take().len(), 2);
        assert_eq!(untold.take(), []);
    }

    #[test]
    fn of_many_things_the_kinds_are_told() {
        let untold = Untold::default();
        untold.add((0..=MANY).map(run));
        untold.add([(Job, Uuid::from_u128(7))]);
        let kinds: Vec<_> = untold.take().iter().map(|c| (c.entity_type, c.entity_id.is_nil())).collect();
        assert_eq!(kinds.len(), 2, "{kinds:?}");
        assert!(kinds.contains(&(JobExecution, true)) && kinds.contains(&(Job, false)), "{kinds:?}");
    }
}
