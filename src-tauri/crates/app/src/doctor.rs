//! A check-up: whether everything that runs need is in order, and what to do where it is not.

use crate::app::{App, blocking};
use crate::audit::AuditChecks;
use crate::error::Result;
use chrono::TimeDelta;
use courier_store::{AuditFilter, AuditVerdict};
use courier_vault::VaultState;
use serde::Serialize;
use std::path::Path;

/// Clocks that are further apart than this are worth a warning.
const CLOCK_OFF: TimeDelta = TimeDelta::seconds(5);
/// Less free space than this is worth a warning.
const LOW_SPACE: u64 = 1_000_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    Good,
    Warning,
    Bad,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    pub name: &'static str,
    pub state: CheckState,
    pub detail: String,
}

impl Check {
    fn new(name: &'static str, state: CheckState, detail: impl Into<String>) -> Self {
        Self { name, state, detail: detail.into() }
    }
}

impl App {
    pub async fn doctor(&self) -> Result<Vec<Check>> {
        let mut checks = vec![self.check_vault(), self.check_audit().await?];
        checks.insert(0, Check::new("store", CheckState::Good, self.database()));
        checks.extend(self.check_secrets().await?);
        checks.push(self.check_keys().await?);
        let home = self.home().to_owned();
        checks.push(blocking(move || check_folder(&home)).await?);
        checks.push(self.check_space());
        checks.push(self.check_clock().await?);
        checks.push(self.check_nodes().await?);
        Ok(checks)
    }

    /// This computer's clock beside the one that all nodes go by: that of the PostgreSQL server. A SQLite file has none,
    /// but nothing in it can be of a time to come.
    async fn check_clock(&self) -> Result<Check> {
        let mut session = self.read().await?;
        let before = self.now();
        let shared = session.shared_now(&**self.clock()).await?;
        let after = self.now();
        // Somewhere between the two the server was asked.
        let ahead = if shared < before {
            before - shared
        } else if shared > after {
            after - shared
        } else {
            TimeDelta::zero()
        };
        let heartbeats = session.nodes_alive(after).await?.into_iter().map(|node| node.heartbeat_at);
        let newest = AuditFilter { limit: 1, ..AuditFilter::default() };
        let entries = session.audit_entries(&newest).await?.into_iter().map(|entry| entry.performed_at);
        let latest = heartbeats.chain(entries).max();
        Ok(judge_clock(ahead, latest.map(|latest| latest - shared.max(after))))
    }

    async fn check_nodes(&self) -> Result<Check> {
        let mut nodes = self.nodes_alive().await?;
        nodes.retain(|node| node.serves_queue);
        let told: Vec<String> = nodes
            .iter()
            .map(|node| {
                let since = node.started_at.format("%Y-%m-%d %H:%M:%S UTC");
                format!("{} (process {}, version {}, since {since})", node.name, node.pid, node.version)
            })
            .collect();
        Ok(match told.len() {
            0 => Check::new(
                "node",
                CheckState::Warning,
                "No Courier runs jobs at present. Start the window or `courier agent`; `courier run` runs its own job.",
            ),
            1 => Check::new("node", CheckState::Good, format!("One Courier runs jobs: {}.", told.join(""))),
            many => Check::new(
                "node",
                CheckState::Good,
                format!("{many} Couriers run jobs: {}.", told.join("; ")),
            ),
        })
    }

    fn check_vault(&self) -> Check {
        let status = self.vault().status();
        let state = match status.state {
            VaultState::Unlocked => CheckState::Good,
            VaultState::Uninitialised | VaultState::Locked => CheckState::Warning,
            VaultState::Unavailable => CheckState::Bad,
        };
        Check::new("vault", state, status.detail)
    }

    /// Whether every stored secret opens; nothing can be said while the vault is closed.
    async fn check_secrets(&self) -> Result<Option<Check>> {
        if self.vault().state() != VaultState::Unlocked {
            return Ok(None);
        }
        let (good, bad) = self.secrets_opened().await?;
        let check = |state, detail| Some(Check::new("secrets", state, detail));
        Ok(if !bad.is_empty() {
            check(CheckState::Bad, format!("These do not open, enter them again: {}.", bad.join(", ")))
        } else if self.vault_status().rotating_since.is_some() {
            let detail = format!(
                "{good} secrets, all open. The vault's key is being replaced: finish it with `courier vault rotate`."
            );
            check(CheckState::Warning, detail)
        } else {
            check(CheckState::Good, format!("{good} secrets, all open."))
        })
    }

    async fn check_audit(&self) -> Result<Check> {
        Ok(match self.audit_verify(AuditChecks::default()).await?.verdict {
            AuditVerdict::Whole { entries } => {
                Check::new("audit", CheckState::Good, format!("{entries} entries, the chain is whole."))
            }
            AuditVerdict::Broken { sequence, reason, .. } => {
                Check::new("audit", CheckState::Bad, format!("Broken at entry {sequence}: {reason}."))
            }
        })
    }

    async fn check_keys(&self) -> Result<Check> {
        let now = self.now();
        let keys = self.read().await?.pgp_keys().await?;
        let ending: Vec<String> = keys
            .iter()
            .filter(|k| k.status.may_protect())
            .filter_map(|k| {
                let left = (k.expires_at? - now).num_days();
                (left < 30).then(|| match left {
                    ..0 => format!("{} has expired", k.name),
                    days => format!("{} expires in {days} days", k.name),
                })
            })
            .collect();
        Ok(if ending.is_empty() {
            Check::new(
                "keys",
                CheckState::Good,
                format!("{} PGP keys, none expires within 30 days.", keys.len()),
            )
        } else {
            Check::new("keys", CheckState::Warning, format!("{}.", ending.join(", ")))
        })
    }

    #[cfg(unix)]
    fn check_space(&self) -> Check {
        match rustix::fs::statvfs(self.home()) {
            Ok(stat) => {
                let free = stat.f_bavail.saturating_mul(stat.f_frsize);
                let state = if free < LOW_SPACE { CheckState::Warning } else { CheckState::Good };
                Check::new(
                    "disk",
                    state,
                    format!("{:.1} GB free at {}.", free as f64 / 1e9, self.home().display()),
                )
            }
            Err(error) => Check::new("disk", CheckState::Bad, format!("{}: {error}.", self.home().display())),
        }
    }

    #[cfg(not(unix))]
    fn check_space(&self) -> Check {
        let _ = LOW_SPACE;
        Check::new("disk", CheckState::Warning, "Free space is not checked on this system.")
    }
}

/// How far this clock is ahead of the shared one, and how far the newest record is ahead of both.
fn judge_clock(ahead: TimeDelta, record_ahead: Option<TimeDelta>) -> Check {
    let seconds = ahead.num_seconds().abs();
    if ahead.abs() >= CLOCK_OFF {
        let way = if ahead < TimeDelta::zero() { "behind" } else { "ahead of" };
        let detail = format!(
            "This computer's clock is {seconds} s {way} the database server's. Set both by a time server (NTP)."
        );
        return Check::new("clock", CheckState::Warning, detail);
    }
    if let Some(record_ahead) = record_ahead.filter(|by| *by >= CLOCK_OFF) {
        let detail = format!(
            "The newest record of the store is {} s in the future: this computer's clock was ahead then, or is behind now. \
             Set it by a time server (NTP).",
            record_ahead.num_seconds()
        );
        return Check::new("clock", CheckState::Warning, detail);
    }
    Check::new("clock", CheckState::Good, "It agrees with the store's.")
}

/// Whether the home can be written to, and is closed to others.
fn check_folder(home: &Path) -> Check {
    let probe = home.join(".courier-doctor");
    let written = std::fs::write(&probe, b"probe");
    // Also after a failed write: a full disk takes the name but not the content.
    let removed = std::fs::remove_file(&probe);
    let written = written.and(removed);
    match written {
        Ok(()) => Check::new("home", CheckState::Good, home.display().to_string()),
        Err(error) => {
            Check::new("home", CheckState::Bad, format!("{} cannot be written: {error}.", home.display()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_off_is_told_with_the_way() {
        let judged = |ahead_ms, record_ms: Option<i64>| {
            let check =
                judge_clock(TimeDelta::milliseconds(ahead_ms), record_ms.map(TimeDelta::milliseconds));
            (check.state, check.detail)
        };
        assert_eq!(judged(4_999, Some(4_999)).0, CheckState::Good);
        assert_eq!(judged(-4_999, None).0, CheckState::Good);
        let (state, detail) = judged(600_000, None);
        assert!(state == CheckState::Warning && detail.contains("600 s ahead of"), "{detail}");
        let (state, detail) = judged(-5_000, None);
        assert!(state == CheckState::Warning && detail.contains("5 s behind"), "{detail}");
        let (state, detail) = judged(0, Some(120_000));
        assert!(state == CheckState::Warning && detail.contains("120 s in the future"), "{detail}");
    }
}
