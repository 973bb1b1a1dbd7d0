//! Connections of a bundle: a password, also the proxy's, changes only when it is another one.

use super::super::ApplyRequest;
use super::super::shape::ConnectionEntry;
use super::known::{Known, by_name};
use super::secret::{Given, given};
use super::{Change, Plan, PlannedConnection, tag};
use crate::algorithms;
use crate::app::App;
use crate::bundle::export;
use crate::bundle::secret::SecretSource;
use crate::error::Result;
use crate::jumps::{self, Way};
use courier_domain::connection::{Connection, ConnectionDraft, ConnectionProtocol, ConnectionStatus, Sealed};
use courier_domain::tag::TaggableEntityType;
use courier_domain::{ConnectionId, Problem, Problems};
use courier_engine::places;
use courier_vault::{SecretRef, SecretString};
use std::collections::HashMap;

pub(super) fn connection(
    app: &App,
    request: &ApplyRequest,
    entry: ConnectionEntry,
    known: &Known,
    plan: &mut Plan,
) -> Result<()> {
    let ConnectionEntry { path, mut draft, ssh_key, jump, password, proxy_password, tags } = entry;
    if let Some(name) = ssh_key {
        let at = format!("{path}.ssh_key_id");
        draft.ssh_key_id = known.ssh_keys.resolve(&name, &at, "SSH key", &mut plan.problems);
    }
    if let Some(name) = jump {
        let at = format!("{path}.jump_connection_id");
        draft.jump_connection_id = known.connections.resolve(&name, &at, "connection", &mut plan.problems);
    }
    let before = by_name(&known.stored.connections, &draft.name, |c| &c.name);
    let id = known.connections.find(&draft.name).unwrap_or_else(|| app.new_id());
    plan.protocols.insert(id, draft.protocol);
    let stored = before.and_then(|c| c.password_encrypted.as_ref());
    // One that cannot be read is a problem of its own, not a missing one too.
    let named = password.is_some();
    let reason = (!draft.auth_method.needs_password())
        .then(|| format!("The auth_method {} needs no password; it is not stored.", draft.auth_method));
    let wanted = Wanted {
        source: password,
        at: format!("{path}.password"),
        place: places::connection_password(id),
        stored,
        unused: reason,
    };
    let value = wanted.value(app, request, &mut draft, plan);
    let asks = draft.proxy.as_ref().is_some_and(|proxy| proxy.username.is_some());
    let reason = "The connection has no proxy that asks for a user; the password is not stored.";
    let wanted = Wanted {
        source: proxy_password,
        at: format!("{path}.proxy_password"),
        place: places::proxy_password(id),
        stored: before.and_then(|c| c.proxy_password_encrypted.as_ref()),
        unused: (!asks).then(|| reason.to_owned()),
    };
    let proxy_value = wanted.value(app, request, &mut draft, plan);
    plan.more(draft.check(named || stored.is_some()).under(&path));
    let mut unknown = Problems::default();
    algorithms::check(&draft, &mut unknown);
    plan.more(unknown.under(&path));
    plan.needs_vault |= value.is_some() || proxy_value.is_some();
    let old_tags = known.stored.tagged.get(&id.0).cloned().unwrap_or_default();
    let tags = tag::wanted(tags, (TaggableEntityType::Connection, id.0, &path), known, plan);
    let sealed = value.as_ref().map(|_| Sealed(Vec::new()));
    let after = match before {
        Some(before) => {
            let mut after = before.clone();
            after.edit(draft.clone(), sealed, before.updated_at).map(|()| after)
        }
        None => Connection::new(id, draft.clone(), sealed, app.now()),
    };
    // A draft with problems never gets written, so what it would change does not matter.
    let Ok(mut after) = after else { return Ok(()) };
    if proxy_value.is_some() {
        after.set_proxy_password(Some(Sealed(Vec::new())));
    }
    let changed = plan.compare(Change {
        kind: "connection",
        name: &draft.name,
        before: before.map(|b| export::connection(b, &old_tags, &known.names)).transpose()?,
        after: export::connection(&after, &tags, &known.names)?,
        secret: match (value.is_some(), proxy_value.is_some()) {
            (true, true) => Some("password, proxy_password"),
            (true, false) => Some("password"),
            (false, true) => Some("proxy_password"),
            (false, false) => None,
        },
    })?;
    let other_secret = value.is_some() || proxy_value.is_some();
    if changed && before.is_none_or(|b| other_secret || b.to_draft() != after.to_draft()) {
        let (password, proxy_password) = (value, proxy_value);
        plan.connections.push(PlannedConnection {
            id,
            before: before.cloned(),
            draft,
            password,
            proxy_password,
        });
    }
    Ok(())
}

/// A secret that a bundle gives to a connection.
struct Wanted<'a> {
    source: Option<SecretSource>,
    /// Its path in the bundle.
    at: String,
    place: SecretRef,
    stored: Option<&'a Sealed>,
    /// Why the connection has no use for it.
    unused: Option<String>,
}

impl Wanted<'_> {
    /// The value, where it is another than the stored one. The connection waits for one that is missing.
    fn value(
        self,
        app: &App,
        request: &ApplyRequest,
        draft: &mut ConnectionDraft,
        plan: &mut Plan,
    ) -> Option<SecretString> {
        if let Some(reason) = self.unused.filter(|_| self.source.is_some()) {
            plan.warnings.push(Problem::warning(self.at, "unused", reason));
            return None;
        }
        match given(self.source, self.stored.is_some(), &self.at, request, plan) {
            Given::Nothing => None,
            Given::Missing => {
                draft.status = ConnectionStatus::Disabled;
                None
            }
            Given::Value(value) => Some(value).filter(|value| {
                !self.stored.is_some_and(|sealed| {
                    app.vault()
                        .open_secret(&self.place, sealed)
                        .is_ok_and(|old| old.expose() == value.expose().as_bytes())
                })
            }),
        }
    }
}

/// Jump hosts come before what is reached through them, as the store demands; a circle of them is refused, as are too
/// many and such that speak no SSH.
pub(super) fn order_by_jump(known: &Known, plan: &mut Plan) {
    let stored = known.stored.connections.iter().map(|c| (c.id, c.jump_connection_id));
    let planned = plan.connections.iter().map(|c| (c.id, c.draft.jump_connection_id));
    let jumps: HashMap<_, _> = stored.chain(planned).collect();
    let protocols = plan.protocols(known);
    let way = |id: ConnectionId| jumps::way(id, |at| jumps.get(&at).copied().flatten());
    let name = |id: ConnectionId| {
        let planned = plan.connections.iter().find(|c| c.id == id).map(|c| c.draft.name.as_str());
        planned.or_else(|| known.stored.connections.iter().find(|c| c.id == id).map(|c| c.name.as_str()))
    };
    let mut found = Vec::new();
    for (id, jump) in &jumps {
        let name = name(*id).unwrap_or_default();
        if let Some((code, message)) = jumps::fault(way(*id)) {
            found.push((code, format!("The connection `{name}`: {message}")));
        } else if jump.is_some_and(|j| protocols.get(&j).is_some_and(|p| *p != ConnectionProtocol::Sftp)) {
            found.push((
                "jump",
                format!("The jump host of the connection `{name}` must be an SFTP connection."),
            ));
        }
    }
    // In the order of their names, which a map does not have.
    found.sort();
    for (code, message) in found.into_iter().take(MOST_TOLD) {
        plan.problems.push(Problem::error("connections", code, message));
    }
    plan.connections.sort_by_key(|c| match jumps::way(c.id, |at| jumps.get(&at).copied().flatten()) {
        Way::Ends(hops) => hops,
        Way::Circle => usize::MAX,
    });
}

/// Of faults in the ways over jump hosts.
const MOST_TOLD: usize = 10;
