//! Compares what a file describes with the store: what is new, what is there already, and what cannot be.
//!
//! Invariant: planning writes nothing, and a plan that was written is all `exists` when it is made again.

use super::candidate::{Candidate, KeyFiles, StoredPassword, plain, short};
use super::keys::{KeyFound, KeyRing};
use super::{
    ImportAction, ImportPreview, ImportRequest, ImportedConnection, MissingSecret, NewConnection, ReadFile,
};
use crate::app::App;
use crate::error::{AppError, Result};
use courier_domain::connection::{
    AuthMethod, Connection, ConnectionDraft, ConnectionStatus, SshAlgorithmConfig, TransferProfile,
};
use courier_domain::connection::{ConnectionProtocol, HostKeyPolicy, TlsCertPolicy};
use courier_domain::{ConnectionId, ErrorCode, Problem};
use courier_transfer::{MOST_JUMPS, usable_algorithms};
use courier_vault::SecretString;
use std::collections::HashMap;

/// More than anybody has; a file of this many is another kind of file.
const MAX_CONNECTIONS: usize = 5_000;

/// What makes two connections the same server for the same user.
#[derive(Clone, PartialEq, Eq)]
struct Identity {
    protocol: ConnectionProtocol,
    host: String,
    port: u16,
    username: String,
}

/// The names that are taken, in lower case, with what has them.
struct Taken(HashMap<String, Identity>);

pub(super) async fn plan(app: &App, request: &ImportRequest, file: ReadFile) -> Result<ImportPreview> {
    let (candidates, mut preview) = ImportPreview::new(file);
    let candidates = chosen(candidates, &request.only)?;
    let mut session = app.read().await?;
    let stored = session.connections().await?;
    let mut taken = Taken(stored.iter().map(|c| (c.name.to_lowercase(), identity_of(c))).collect());
    let mut keys = KeyRing::new(app, session.ssh_keys().await?, request.with_keys);
    drop(session);
    let mut ids: HashMap<String, ConnectionId> =
        stored.iter().map(|c| (c.name.to_lowercase(), c.id)).collect();
    // What each candidate is or becomes, for those that are reached through it.
    let mut became: HashMap<String, ConnectionId> = HashMap::new();
    let mut rows: Vec<(usize, ImportedConnection)> = Vec::new();
    for (place, mut candidate) in jump_hosts_first(candidates) {
        let identity = Identity {
            protocol: candidate.protocol,
            host: candidate.host.to_lowercase(),
            port: candidate.port.unwrap_or(candidate.protocol.default_port()),
            username: candidate.username.clone(),
        };
        let from = candidate.name.clone();
        if let Some(group) = &request.group {
            candidate.set_group(group);
        }
        // What is there already is not compared further: it may have been changed since, and that stays.
        if let Some(name) = taken.same(&from, &identity) {
            let draft = draft(&candidate, name, &KeyFound::None, true);
            became.extend(ids.get(&draft.name.to_lowercase()).map(|id| (from.clone(), *id)));
            rows.push((place, row(draft, from, ImportAction::Exists, None)));
            continue;
        }
        if let KeyFiles::Usual(paths) = &candidate.key_files
            && paths.iter().filter(|path| path.is_file()).count() > 1
        {
            candidate.warn(
                "IdentityFile",
                "It names no key, and there are several usual ones; the first is taken.",
            );
        }
        let key = keys.find(&candidate.key_files).await?;
        let name = free_name(&from, |name| taken.0.contains_key(&name.to_lowercase()));
        let (password, mut missing) = secrets(&mut candidate, &key, request.with_passwords);
        if candidate.proxy.as_ref().is_some_and(|proxy| proxy.username.is_some()) {
            candidate.note("Imported without the proxy's password. Enter it, then enable the connection.");
            missing = missing.or(Some(MissingSecret::Password));
        }
        usable(&mut candidate);
        let jump = candidate.jump.take();
        let through = jump.as_ref().and_then(|name| became.get(name)).copied();
        if let Some(name) = jump.as_ref().filter(|_| through.is_none()) {
            candidate.warn(
                "jump_connection_id",
                format!("The jump host {name} is not imported, so it is left out."),
            );
            candidate.note(&format!("The jump host {name} was left out."));
        }
        let mut draft = draft(&candidate, name.clone(), &key, missing.is_none());
        draft.jump_connection_id = through;
        let mut action = if name == from { ImportAction::Create } else { ImportAction::Renamed };
        let problems = draft.check(password.is_some());
        if problems.has_errors() {
            action = ImportAction::Skipped;
            candidate
                .warnings
                .extend(problems.0.into_iter().map(|p| Problem::warning(p.path, &p.code, p.message)));
        } else {
            taken.0.insert(name.to_lowercase(), identity);
            let id = app.new_id();
            ids.insert(name.to_lowercase(), id);
            became.insert(from.clone(), id);
            preview.new.push(NewConnection { id, draft: draft.clone(), password });
        }
        let mut imported = row(draft, from, action, missing.filter(|_| action != ImportAction::Skipped));
        if let KeyFound::Known { name, .. } = key {
            imported.ssh_key = Some(name);
        }
        imported.through = jump.filter(|_| through.is_some());
        imported.warnings = candidate.warnings;
        rows.push((place, imported));
    }
    rows.sort_by_key(|(place, _)| *place);
    preview.connections = rows.into_iter().map(|(_, row)| row).collect();
    // Keys of connections that are left out stay out.
    let used = |id| preview.new.iter().any(|c| c.draft.ssh_key_id == Some(id));
    keys.new.retain(|key| used(key.id));
    preview.keys = keys.new.iter().map(super::keys::NewKey::view).collect();
    preview.new_keys = keys.new;
    Ok(preview)
}

/// The candidates that are asked for, all without names.
fn chosen(candidates: Vec<Candidate>, only: &[String]) -> Result<Vec<Candidate>> {
    if candidates.len() > MAX_CONNECTIONS {
        return Err(AppError::problem(
            "file",
            "too_long",
            format!(
                "The file has {} connections; {MAX_CONNECTIONS} can be imported at once.",
                candidates.len()
            ),
        ));
    }
    if only.is_empty() {
        return Ok(candidates);
    }
    let named = |candidate: &Candidate, name: &str| candidate.name.to_lowercase() == name.to_lowercase();
    if let Some(unknown) = only.iter().find(|name| !candidates.iter().any(|c| named(c, name))) {
        let names: Vec<&str> = candidates.iter().map(|c| c.name.as_str()).take(50).collect();
        return Err(AppError::new(ErrorCode::NotFound, format!("The file has no connection `{unknown}`."))
            .with_hint(format!("It has: {}.", names.join(", "))));
    }
    let mut wanted: Vec<String> =
        candidates.iter().filter(|c| only.iter().any(|n| named(c, n))).map(|c| c.name.clone()).collect();
    // And the servers on the way to them.
    let mut at = 0;
    while let Some(name) = wanted.get(at) {
        let jump = candidates.iter().find(|c| c.name == *name).and_then(|c| c.jump.clone());
        wanted.extend(jump.filter(|jump| !wanted.contains(jump)));
        at += 1;
    }
    Ok(candidates.into_iter().filter(|c| wanted.contains(&c.name)).collect())
}

/// The candidates with their places in the file, those on the way to others before these.
fn jump_hosts_first(candidates: Vec<Candidate>) -> Vec<(usize, Candidate)> {
    let jumps: HashMap<&str, &str> =
        candidates.iter().filter_map(|c| Some((c.name.as_str(), c.jump.as_deref()?))).collect();
    let hops = |name: &str| {
        std::iter::successors(Some(name), |at| jumps.get(at).copied()).take(MOST_JUMPS + 2).count()
    };
    let depths: Vec<usize> = candidates.iter().map(|c| hops(&c.name)).collect();
    let mut placed: Vec<(usize, Candidate)> = candidates.into_iter().enumerate().collect();
    placed.sort_by_key(|(place, _)| depths.get(*place).copied());
    placed
}

impl Taken {
    /// The name under which this very connection is there: its own, or one that an import gave it.
    fn same(&self, name: &str, identity: &Identity) -> Option<String> {
        let is_same = |name: &str| self.0.get(&name.to_lowercase()) == Some(identity);
        if is_same(name) {
            return Some(name.to_owned());
        }
        let mut number = 2;
        loop {
            let next = numbered(name, number);
            if !self.0.contains_key(&next.to_lowercase()) {
                return None;
            }
            if is_same(&next) {
                return Some(next);
            }
            number += 1;
        }
    }
}

/// The name, or with the first number that makes it free.
pub(super) fn free_name(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut free = name.to_owned();
    let mut number = 2;
    while is_taken(&free) {
        free = numbered(name, number);
        number += 1;
    }
    free
}

fn numbered(name: &str, number: usize) -> String {
    format!("{} {number}", short(name, 190))
}

fn identity_of(connection: &Connection) -> Identity {
    Identity {
        protocol: connection.protocol,
        host: connection.host.to_lowercase(),
        port: connection.port,
        username: connection.username.clone(),
    }
}

/// The password that comes along, and what a person must still give.
fn secrets(
    candidate: &mut Candidate,
    key: &KeyFound,
    with_passwords: bool,
) -> (Option<SecretString>, Option<MissingSecret>) {
    let stored = std::mem::take(&mut candidate.password);
    match key {
        KeyFound::Known { .. } => return (None, None),
        KeyFound::Missing { path, why } => {
            let path = short(&plain(&path.display().to_string()), 500);
            candidate.warn("ssh_key_id", format!("Its key {path} is not taken over: {why}."));
            candidate.note(&format!(
                "Imported without its SSH key {path}. Import the key, choose it here, then enable the connection."
            ));
            return (None, Some(MissingSecret::SshKey));
        }
        KeyFound::None => {}
    }
    match stored {
        StoredPassword::Clear(text) if with_passwords && !text.is_empty() => return (Some(text), None),
        StoredPassword::Clear(_) => {
            candidate.warn(
                "password",
                "The file has its password; passwords come along only when that is asked for.",
            );
        }
        StoredPassword::None | StoredPassword::Sealed => {}
    }
    candidate.note("Imported without a password. Enter it, then enable the connection.");
    (None, Some(MissingSecret::Password))
}

/// Leaves only algorithms that a connection can use.
fn usable(candidate: &mut Candidate) {
    let (usable, unknown) = usable_algorithms(std::mem::take(&mut candidate.ssh_algorithms));
    candidate.ssh_algorithms = usable;
    if !unknown.is_empty() {
        let names = short(&unknown.join(", "), 300);
        candidate
            .warn("ssh_algorithms", format!("Courier does not have {names}; the others are taken over."));
    }
}

fn draft(candidate: &Candidate, name: String, key: &KeyFound, is_complete: bool) -> ConnectionDraft {
    let (auth_method, ssh_key_id) = match key {
        KeyFound::Known { id, .. } => (AuthMethod::SshKey, Some(*id)),
        // A login with a key needs one, so it is a login with a password until it has.
        KeyFound::None | KeyFound::Missing { .. } => (AuthMethod::Password, None),
    };
    let algorithms = candidate.ssh_algorithms.clone();
    ConnectionDraft {
        name,
        group: candidate.group.clone(),
        protocol: candidate.protocol,
        host: candidate.host.clone(),
        port: Some(candidate.port.unwrap_or(candidate.protocol.default_port())),
        auth_method,
        username: candidate.username.clone(),
        ssh_key_id,
        host_key_policy: HostKeyPolicy::TrustOnFirstUse,
        stored_host_fingerprint: None,
        passive_mode: candidate.passive_mode,
        tls_version_floor: candidate.tls_version_floor,
        tls_cert_policy: TlsCertPolicy::SystemTrust,
        tls_pinned_thumbprint: None,
        tls_mode: None,
        tls_version_ceiling: None,
        ssh_algorithms: Some(algorithms).filter(|a| *a != SshAlgorithmConfig::default()),
        connect_timeout_sec: candidate.connect_timeout_sec.unwrap_or(30),
        operation_timeout_sec: 300,
        keepalive_interval_sec: candidate.keepalive_interval_sec.unwrap_or(60),
        transport_retries: 2,
        session_limit: 4,
        transfer_profile: TransferProfile::Auto,
        rate_limit: None,
        jump_connection_id: None,
        proxy: candidate.proxy.clone(),
        status: if is_complete { ConnectionStatus::Active } else { ConnectionStatus::Disabled },
        fips_override: false,
        notes: Some(candidate.notes.join("\n")).filter(|n| !n.is_empty()),
    }
}

fn row(
    draft: ConnectionDraft,
    imported_from: String,
    action: ImportAction,
    missing: Option<MissingSecret>,
) -> ImportedConnection {
    let (ssh_key, through, warnings) = (None, None, Vec::new());
    ImportedConnection { draft, imported_from, action, ssh_key, through, missing, warnings }
}
