//! The one timer of a node: it waits for the earliest fire time of a schedule or deadline of an expected-file clock.
//!
//! It never sleeps long: a machine that slept or a clock that was set is found within a second, and never makes it spin.

use super::{deadlines, schedules};
use crate::context::Services;
use courier_domain::Timestamp;
use courier_domain::audit::AuditableEntityType;
use courier_store::StoreError;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

/// Clocks are looked at this often at least.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);
/// What other processes have changed is looked for this often, whatever they told.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

pub(crate) async fn run(services: Arc<Services>, stop: CancellationToken) {
    let mut changes = services.store.changes();
    let mut hold = services.hold.subscribe();
    loop {
        let held = hold.borrow_and_update().is_some();
        let fires = if held { None } else { known(schedules::fire_due(&services).await, "schedules") };
        let deadlines = known(deadlines::check_due(&services).await, "expected-file clocks");
        let next = fires.into_iter().chain(deadlines).min();
        let looked = tokio::time::Instant::now();
        loop {
            let now = services.clock.now();
            let until = next.map_or(LONGEST_SLEEP, |next| (next - now).to_std().unwrap_or_default());
            if next.is_some_and(|next| next <= now) || looked.elapsed() >= LOOK_AGAIN {
                break;
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(until.min(LONGEST_SLEEP)) => {}
                Ok(()) = hold.changed() => break,
                change = changes.recv() => match change {
                    Ok(change) if concerns_times(change.entity_type) => break,
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => break,
                    // The store is closing; the stop signal follows.
                    Err(RecvError::Closed) => return stop.cancelled().await,
                },
            }
        }
    }
}

fn known(next: Result<Option<Timestamp>, StoreError>, what: &str) -> Option<Timestamp> {
    next.unwrap_or_else(|error| {
        tracing::warn!(%error, "{what} could not be looked at; they are looked at again");
        None
    })
}

/// Deleted and restored jobs and chains take their schedules along, and calendars move what comes next.
fn concerns_times(entity_type: AuditableEntityType) -> bool {
    use AuditableEntityType as T;
    match entity_type {
        T::Schedule | T::Job | T::Chain | T::Calendar | T::FileMonitor => true,
        T::JobExecution
        | T::StepExecution
        | T::ChainExecution
        | T::Connection
        | T::PgpKey
        | T::SshKey
        | T::Tag
        | T::SystemSetting
        | T::Vault
        | T::NotificationRule => false,
    }
}
