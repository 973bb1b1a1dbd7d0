//! Connections of a bundle: a password changes only when it is another one.

use super::super::ApplyRequest;
use super::super::shape::ConnectionEntry;
use super::known::{Known, by_name};
use super::secret::{Given, given};
use super::{Change, Plan, PlannedConnection, tag};
use crate::app::App;
use crate::bundle::export;
use crate::error::Result;
use courier_domain::connection::{Connection, ConnectionStatus, Sealed};
use courier_domain::tag::TaggableEntityType;
use courier_domain::{ConnectionId, Problem};
use courier_engine::places;
use std::collections::HashMap;

pub(super) fn connection(
    app: &App,
    request: &ApplyRequest,
    entry: ConnectionEntry,
    known: &Known,
    plan: &mut Plan,
) -> Result<()> {
    let ConnectionEntry { path, mut draft, ssh_key, jump, password, tags } = entry;
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
    let at = format!("{path}.password");
    let stored = before.and_then(|c| c.password_encrypted.as_ref());
    // One that cannot be read is a problem of its own, not a missing one too.
    let named = password.is_some();
    let value = if named && !draft.auth_method.needs_password() {
        plan.warnings.push(Problem::warning(
            at.as_str(),
            "unused",
            format!("The auth_method {} needs no password; it is not stored.", draft.auth_method),
        ));
        None
    } else {
        match given(password, stored.is_some(), &at, request, plan) {
            Given::Nothing => None,
            Given::Missing => {
                draft.status = ConnectionStatus::Disabled;
                None
            }
            Given::Value(value) => Some(value).filter(|value| {
                !stored.is_some_and(|sealed| {
                    app.vault()
                        .open_secret(&places::connection_password(id), sealed)
                        .is_ok_and(|old| old.expose() == value.expose().as_bytes())
                })
            }),
        }
    };
    plan.more(draft.check(named || stored.is_some()).under(&path));
    plan.needs_vault |= value.is_some();
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
    let Ok(after) = after else { return Ok(()) };
    let changed = plan.compare(Change {
        kind: "connection",
        name: &draft.name,
        before: before.map(|b| export::connection(b, &old_tags, &known.names)).transpose()?,
        after: export::connection(&after, &tags, &known.names)?,
        secret: value.is_some().then_some("password"),
    })?;
    if changed && before.is_none_or(|b| value.is_some() || b.to_draft() != after.to_draft()) {
        plan.connections.push(PlannedConnection { id, before: before.cloned(), draft, password: value });
    }
    Ok(())
}

/// Jump hosts come before what is reached through them, as the store demands; a circle of them is refused.
pub(super) fn order_by_jump(known: &Known, plan: &mut Plan) {
    let stored = known.stored.connections.iter().map(|c| (c.id, c.jump_connection_id));
    let planned = plan.connections.iter().map(|c| (c.id, c.draft.jump_connection_id));
    let jumps: HashMap<_, _> = stored.chain(planned).collect();
    let hops = |id: ConnectionId| {
        let next = |at: &ConnectionId| jumps.get(at).copied().flatten();
        std::iter::successors(Some(id), next).take(jumps.len() + 1).count()
    };
    if let Some(round) = plan.connections.iter().find(|c| hops(c.id) > jumps.len()) {
        plan.problems.push(Problem::error(
            "connections",
            "cycle",
            format!("The jump hosts of the connection `{}` lead in a circle.", round.draft.name),
        ));
    }
    plan.connections.sort_by_key(|c| hops(c.id));
}
