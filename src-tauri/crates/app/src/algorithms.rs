//! SSH algorithms that a connection lists: each must be known, and those that are no longer safe go on record.

use courier_domain::audit::AuditableEntityType;
use courier_domain::connection::{Connection, ConnectionDraft, ConnectionProtocol, SshAlgorithmConfig};
use courier_domain::{Problem, Problems};
use courier_store::UnitOfWork;

pub(crate) fn legacy(own: Option<&SshAlgorithmConfig>) -> Vec<String> {
    own.map(courier_transfer::legacy_algorithms).unwrap_or_default()
}

/// Those that are not known would fail every run.
pub(crate) fn check(draft: &ConnectionDraft, problems: &mut Problems) {
    let Some(own) = draft.ssh_algorithms.clone().filter(|_| draft.protocol == ConnectionProtocol::Sftp)
    else {
        return;
    };
    let (_, unknown) = courier_transfer::usable_algorithms(own);
    if !unknown.is_empty() {
        let names: Vec<_> = unknown.iter().map(|name| courier_transfer::escaped(name)).collect();
        let message = format!("Not an algorithm that Courier knows: {}.", names.join(", "));
        problems.push(Problem::error("ssh_algorithms", "unknown_name", message));
    }
}

/// Audits the legacy algorithms of a connection that is being written, where they are others than before.
pub(crate) fn note_legacy(unit: &mut UnitOfWork, before: Option<&Connection>, after: &Connection) {
    let listed = legacy(after.ssh_algorithms.as_ref());
    if !listed.is_empty() && listed != legacy(before.and_then(|c| c.ssh_algorithms.as_ref())) {
        let details = serde_json::json!({ "algorithms": listed });
        unit.audit(AuditableEntityType::Connection, after.id.0, "LegacyAlgorithmsAllowed", details);
    }
}
