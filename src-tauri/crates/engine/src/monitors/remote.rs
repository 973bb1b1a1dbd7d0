//! Looks after a folder on a server: lists it at its interval; what two lists in a row show the same is ready.
//!
//! Left out: starting runs (`look`, `fire`). The connection stays open between looks that are close together; it is given
//! up for whoever waits for a session with the server.

use super::look::Look;
use super::readiness::Sample;
use crate::context::Services;
use crate::error::StepError;
use crate::sessions::{Session, Sessions};
use courier_domain::monitor::{FileFilter, FileMonitor, TriggerEvent};
use courier_domain::time::to_micros;
use courier_domain::{ConnectionId, ErrorCode, Timestamp};
use courier_store::MonitorDuty;
use courier_transfer::join_remote;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Between looks that are closer, the connection stays.
const KEPT_FOR: Duration = Duration::from_secs(60);

pub(super) async fn run(
    mut look: Look,
    mut duty: watch::Receiver<Arc<MonitorDuty>>,
    stop: CancellationToken,
) {
    let services = look.services.clone();
    let sessions = Sessions::new(stop.clone());
    let mut polls_at = Instant::now();
    while !stop.is_cancelled() {
        if polls_at <= Instant::now() {
            let interval = Duration::from_secs(u64::from(look.monitor.polling_interval_sec));
            let listed = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                listed = list(&services, &sessions, &look.monitor) => listed,
            };
            if interval > KEPT_FOR || listed.is_err() {
                sessions.close(&services).await;
            }
            match listed {
                Ok(files) => found(&mut look, files).await,
                Err(error) => {
                    if look.is_first() && error.code == ErrorCode::FileNotFound {
                        // A folder that is not there has nothing in it.
                        let nothing = look.take_baseline(Vec::new()).await;
                        if let Err(error) = nothing {
                            tracing::warn!(%error, "a baseline could not be kept; the next look takes it");
                        }
                    }
                    look.failed(&error).await;
                }
            }
            look.answer();
            polls_at = Instant::now() + interval;
        }
        look.fire().await;
        look.keep_in_time().await;
        let wake = look.wakes_at().map_or(polls_at, |at| at.min(polls_at));
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            changed = duty.changed() => match changed {
                Ok(()) => {
                    let duty = duty.borrow_and_update().clone();
                    if look.hear(&duty).await {
                        polls_at = Instant::now();
                    }
                }
                Err(_) => break,
            },
            () = tokio::time::sleep_until(wake) => {}
        }
    }
    look.keep_now().await;
    sessions.close(&services).await;
}

async fn found(look: &mut Look, files: Vec<(String, Sample)>) {
    if look.is_first() {
        let files = files.into_iter().map(super::scan::listed).collect();
        if let Err(error) = look.take_baseline(files).await {
            tracing::warn!(%error, "a baseline could not be kept; the next look takes it");
            return;
        }
    } else {
        let ready = look.folder.polled(&files, Instant::now());
        if look.monitor.trigger_events.contains(TriggerEvent::FileExists) {
            let mut standing = look.folder.standing();
            standing.retain(|ready| !look.waits_for_runs(&ready.path));
            look.take_standing(standing).await;
        }
        look.take(ready).await;
    }
    look.succeeded().await;
}

async fn list(
    services: &Services,
    sessions: &Sessions,
    monitor: &FileMonitor,
) -> Result<Vec<(String, Sample)>, StepError> {
    let Some(connection) = monitor.watch_target.connection_id else {
        return Err(StepError::new(ErrorCode::Internal, "The monitor names no connection."));
    };
    let session = open(services, sessions, connection).await?;
    let filter: FileFilter = monitor.filter();
    let mut files = Vec::new();
    let mut open = vec![(monitor.watch_target.path.clone(), String::new())];
    while let Some((folder, below)) = open.pop() {
        let listing = session.list(&folder).await?;
        for refused in &listing.refused {
            tracing::warn!(monitor = %monitor.name, name = %refused.name, reason = %refused.reason,
                "a name on the server is not touched");
        }
        for entry in listing.entries {
            let relative =
                if below.is_empty() { entry.name.clone() } else { join_remote(&below, &entry.name) };
            if entry.is_directory {
                if monitor.recursive && !entry.is_link {
                    open.push((entry.path, relative));
                }
            } else if filter.accepts(&relative) {
                // A server that tells no time is judged by sizes alone.
                let modified = to_micros(entry.modified_at.unwrap_or(Timestamp::UNIX_EPOCH));
                files.push((entry.path, Sample { size: entry.size, modified }));
            }
        }
    }
    Ok(files)
}

async fn open(
    services: &Services,
    sessions: &Sessions,
    connection: ConnectionId,
) -> Result<Session, StepError> {
    sessions.open(services, connection, None, |_| {}).await
}
