//! Retention: the task that removes months of history that nobody wants to keep any more, while a node runs.
//!
//! Left out: how it is done without holding others up, and what must stay; the store knows. Invariant: a month goes as a
//! whole, once all of it is older than the setting says.

use crate::audit::AuditKey;
use crate::context::Services;
use crate::error::EngineError;
use chrono::{Datelike, Months, NaiveDate, NaiveTime};
use courier_domain::{Timestamp, setting};
use courier_vault::VaultState;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A day without anything to remove costs one look.
const LOOK_EVERY: Duration = Duration::from_secs(24 * 3_600);
/// A node that only just started has better things to do.
const FIRST_LOOK: Duration = Duration::from_secs(60);
/// Between two pieces, so that other writers have the most of the time.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks every day. What is half done when the node ends goes on at the next look.
pub(crate) async fn run(services: Arc<Services>, stop: CancellationToken) {
    let mut look = tokio::time::interval_at(tokio::time::Instant::now() + FIRST_LOOK, LOOK_EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = look.tick() => {}
        }
        let pruned = tokio::select! {
            () = stop.cancelled() => return,
            pruned = prune(&services) => pruned,
        };
        if let Err(error) = pruned {
            tracing::warn!(%error, "old history was not removed; that is tried again tomorrow");
        }
    }
}

/// Removes what is older than the settings say: runs, then entries of the audit log, which needs the vault's key.
pub(crate) async fn prune(services: &Services) -> Result<(), EngineError> {
    let mut session = services.store.read().await?;
    let executions = session.setting_i64(setting::EXECUTION_RETENTION_MONTHS).await?;
    let audit = session.setting_i64(setting::AUDIT_RETENTION_MONTHS).await?;
    drop(session);
    let now = services.clock.now();
    if let Some(before) = first_kept_month(now, executions) {
        let pruned = services.store.prune_executions(before, PAUSE).await?;
        if pruned.executions > 0 {
            tracing::info!(runs = pruned.executions, %before, "runs that ended long ago were removed");
        }
    }
    if let Some(before) = first_kept_month(now, audit)
        && services.vault.status().state == VaultState::Unlocked
        && services.store.read().await?.audit_last_before(before).await?.is_some()
    {
        let key = AuditKey::of(&services.store, &services.vault).await?;
        let pruned = services.store.prune_audit_before("system", before, &key).await?;
        if pruned > 0 {
            tracing::info!(entries = pruned, %before, "old entries of the audit log were removed");
        }
    }
    Ok(())
}

/// The first instant, in UTC, of the month that is so many months before this one.
fn first_kept_month(now: Timestamp, months: i64) -> Option<Timestamp> {
    let this = NaiveDate::from_ymd_opt(now.year(), now.month(), 1)?;
    let kept = this.checked_sub_months(Months::new(u32::try_from(months).ok()?))?;
    Some(kept.and_time(NaiveTime::MIN).and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_months_are_kept_and_the_one_that_is_now() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let kept = |now, months| first_kept_month(at(now), months).unwrap();
        assert_eq!(kept("2026-11-23T21:00:00Z", 12), at("2025-11-01T00:00:00Z"));
        assert_eq!(kept("2026-03-31T23:59:59Z", 1), at("2026-02-01T00:00:00Z"));
        assert_eq!(kept("2026-01-01T00:00:00Z", 12), at("2025-01-01T00:00:00Z"));
        assert_eq!(first_kept_month(at("2026-01-01T00:00:00Z"), i64::MAX), None, "nothing is that old");
    }
}
