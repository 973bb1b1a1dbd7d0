//! Connections of a bundle: a password changes only when it is another one.

use super::super::secret::SecretSource;
use super::super::shape::ConnectionEntry;
use super::super::{ApplyRequest, PlanAction};
use super::{Known, Plan, PlannedConnection};
use crate::app::App;
use courier_domain::Problem;
use courier_engine::places;

pub(super) fn connection(
    app: &App,
    request: &ApplyRequest,
    entry: ConnectionEntry,
    known: &Known,
    plan: &mut Plan,
) {
    let ConnectionEntry { path, mut draft, ssh_key, password } = entry;
    if let Some(name) = ssh_key {
        match known.ssh_keys.find(&name) {
            Some(id) => draft.ssh_key_id = Some(id),
            None => plan.problems.push(Problem::error(
                format!("{path}.ssh_key_id"),
                "unknown_name",
                format!("There is no SSH key with the name or id `{name}`."),
            )),
        }
    }
    let before = known.stored_connections.iter().find(|c| c.name.to_lowercase() == draft.name.to_lowercase());
    let at = format!("{path}.password");
    let stored = before.and_then(|c| c.password_encrypted.as_ref().map(|sealed| (c.id, sealed)));
    let needs = draft.auth_method.needs_password();
    // One that cannot be read is a problem of its own, not a missing one too.
    let named = password.is_some();
    let given = match password {
        Some(_) if !needs => {
            plan.warnings.push(Problem::warning(
                at.as_str(),
                "unused",
                format!("The auth_method {} needs no password; it is not stored.", draft.auth_method),
            ));
            None
        }
        Some(SecretSource::Prompt) if stored.is_some() => None,
        Some(source) => source.resolve(&at, &request.folder, &request.prompt, &mut plan.problems),
        None => None,
    };
    let has_password = named || stored.is_some();
    plan.more(draft.check(has_password).under(&path));
    let given = match (given, stored) {
        (Some(given), Some((id, sealed))) => {
            let same = app
                .vault()
                .open_secret(&places::connection_password(id), sealed)
                .is_ok_and(|old| old.expose() == given.expose().as_bytes());
            Some(given).filter(|_| !same)
        }
        (given, _) => given,
    };
    plan.needs_vault |= given.is_some();
    let id = known.connections.find(&draft.name).unwrap_or_else(|| app.new_id());
    let action = match before {
        None => PlanAction::Create,
        Some(before) => {
            let mut after = before.clone();
            // A draft with problems never gets written, so what it would change does not matter.
            let unchanged = given.is_none()
                && after.edit(draft.clone(), None, before.updated_at).is_ok()
                && after == *before;
            if unchanged { PlanAction::Unchanged } else { PlanAction::Update }
        }
    };
    plan.change("connection", &draft.name, action);
    if action != PlanAction::Unchanged {
        plan.connections.push(PlannedConnection { id, before: before.cloned(), draft, password: given });
    }
}
