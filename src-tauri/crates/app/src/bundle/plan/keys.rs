//! Keys of a bundle: made or imported once, when their name is new.

use super::super::ApplyRequest;
use super::super::PlanAction;
use super::super::shape::{FileImport, KeyEntry, PgpOrigin, SshOrigin};
use super::{Known, NewPgp, NewSsh, PgpMade, Plan, SshMade};
use crate::app::App;
use crate::error::{AppError, Result};
use crate::pgp_keys::PgpKeyDraft;
use crate::{local, ssh_keys};
use courier_domain::{ErrorCode, PgpKeyId, Problem, Problems, SshKeyId};
use courier_vault::{SecretBytes, SecretString};

/// The bytes and passphrase of a key file.
fn key_file(
    request: &ApplyRequest,
    import: &FileImport,
    path: &str,
    problems: &mut Problems,
) -> Option<(SecretBytes, Option<SecretString>)> {
    let passphrase = match &import.passphrase {
        None => Some(None),
        Some(source) => source
            .resolve(&format!("{path}.import.passphrase"), &request.folder, &request.prompt, problems)
            .map(Some),
    };
    if import.file.is_empty() {
        return None;
    }
    match local::read_small(&request.folder.join(&import.file)) {
        Ok(bytes) => Some((bytes, passphrase?)),
        Err(error) => {
            problems.push(Problem::error(format!("{path}.import.file"), "missing_file", error.message));
            None
        }
    }
}

/// A key that cannot be read is the bundle's problem, at the file or at its passphrase.
fn key_problem(error: AppError, path: &str, has_passphrase: bool) -> Problem {
    let field =
        if error.code == ErrorCode::WrongPassphrase && has_passphrase { "passphrase" } else { "file" };
    Problem::error(format!("{path}.import.{field}"), error.code.as_str(), error.message)
}

pub(super) async fn ssh_key(
    app: &App,
    request: &ApplyRequest,
    entry: KeyEntry<SshOrigin>,
    known: &mut Known,
    plan: &mut Plan,
) -> Result<()> {
    let KeyEntry { path, name, origin } = entry;
    if known.ssh_keys.find(&name).is_some() {
        plan.change("ssh_key", &name, PlanAction::Unchanged);
        return Ok(());
    }
    check_name(&name, &path, plan);
    let made = match origin {
        SshOrigin::Generate(key_type) => SshMade::Generate(key_type),
        SshOrigin::Import(import) => {
            let Some((bytes, passphrase)) = key_file(request, &import, &path, &mut plan.problems) else {
                known.ssh_keys.add(&name, app.new_id());
                return Ok(());
            };
            let pair = match ssh_keys::read_ssh(bytes, passphrase).await {
                Ok(pair) => pair,
                Err(error) => {
                    plan.problems.push(key_problem(error, &path, import.passphrase.is_some()));
                    known.ssh_keys.add(&name, app.new_id());
                    return Ok(());
                }
            };
            if let Some(old) = known.stored_ssh.iter().find(|k| k.fingerprint == pair.fingerprint) {
                plan.warnings.push(there_already(&path, "SSH", &old.name));
                plan.change("ssh_key", &name, PlanAction::Unchanged);
                known.ssh_keys.add(&name, old.id);
                return Ok(());
            }
            SshMade::Imported(pair)
        }
        SshOrigin::Expected => {
            plan.problems.push(expected(&path, &name, "ssh-keygen"));
            known.ssh_keys.add(&name, app.new_id());
            return Ok(());
        }
    };
    let id: SshKeyId = app.new_id();
    known.ssh_keys.add(&name, id);
    plan.needs_vault = true;
    plan.change("ssh_key", &name, PlanAction::Create);
    plan.ssh_keys.push(NewSsh { id, name, made });
    Ok(())
}

pub(super) async fn pgp_key(
    app: &App,
    request: &ApplyRequest,
    entry: KeyEntry<PgpOrigin>,
    known: &mut Known,
    plan: &mut Plan,
) -> Result<()> {
    let KeyEntry { path, name, origin } = entry;
    if known.pgp_keys.find(&name).is_some() {
        plan.change("pgp_key", &name, PlanAction::Unchanged);
        return Ok(());
    }
    check_name(&name, &path, plan);
    let (bytes, passphrase, at) = match origin {
        PgpOrigin::Generate { algorithm, user_id, expires_in_days, passphrase } => {
            let at = format!("{path}.generate");
            let passphrase = match passphrase {
                None => None,
                Some(source) => source.resolve(
                    &format!("{at}.passphrase"),
                    &request.folder,
                    &request.prompt,
                    &mut plan.problems,
                ),
            };
            let draft = PgpKeyDraft { name: name.clone(), algorithm, user_id, expires_in_days, passphrase };
            let mut found = draft.check();
            found.0.retain(|p| p.path != "name");
            plan.more(found.under(&at));
            let id: PgpKeyId = app.new_id();
            known.pgp_keys.add(&name, id);
            plan.needs_vault = true;
            plan.change("pgp_key", &name, PlanAction::Create);
            plan.pgp_keys.push(NewPgp { id, made: PgpMade::Generate(draft) });
            return Ok(());
        }
        PgpOrigin::Import(import) => match key_file(request, &import, &path, &mut plan.problems) {
            Some((bytes, passphrase)) => (bytes, passphrase, import.passphrase.is_some()),
            None => {
                known.pgp_keys.add(&name, app.new_id());
                return Ok(());
            }
        },
        PgpOrigin::PublicKey(armored) => (SecretBytes::new(armored.into_bytes()), None, false),
        PgpOrigin::Expected => {
            plan.problems.push(expected(&path, &name, "gpg --export"));
            known.pgp_keys.add(&name, app.new_id());
            return Ok(());
        }
    };
    let (found, warnings) = match app.read_pgp(bytes, passphrase.as_ref(), None).await {
        Ok(found) => found,
        Err(error) => {
            plan.problems.push(key_problem(error, &path, at));
            known.pgp_keys.add(&name, app.new_id());
            return Ok(());
        }
    };
    plan.warnings.extend(warnings.into_iter().map(|w| Problem::warning(path.as_str(), "left_out", w)));
    for (index, read) in found.into_iter().enumerate() {
        let key = read.key;
        let key_name = if index == 0 { name.clone() } else { format!("{name} {}", index + 1) };
        if let Some(old) = known.stored_pgp.iter().find(|k| k.fingerprint == key.info.fingerprint) {
            plan.warnings.push(there_already(&path, "PGP", &old.name));
            plan.change("pgp_key", &key_name, PlanAction::Unchanged);
            let id = old.id;
            known.pgp_keys.add(&key_name, id);
            continue;
        }
        let id: PgpKeyId = app.new_id();
        known.pgp_keys.add(&key_name, id);
        plan.needs_vault |= key.private.is_some();
        plan.change("pgp_key", &key_name, PlanAction::Create);
        let passphrase = passphrase.as_ref().map(SecretString::duplicate);
        let made = PgpMade::Imported { name: key_name, key: Box::new(key), passphrase };
        plan.pgp_keys.push(NewPgp { id, made });
    }
    Ok(())
}

fn check_name(name: &str, path: &str, plan: &mut Plan) {
    let mut problems = Problems::default();
    courier_domain::connection::check_name(name, "name", &mut problems);
    plan.more(problems.under(path));
}

fn there_already(path: &str, kind: &str, name: &str) -> Problem {
    Problem::warning(
        path,
        "already_there",
        format!("This {kind} key is there already, as `{name}`; that one is used."),
    )
}

fn expected(path: &str, name: &str, tool: &str) -> Problem {
    Problem::error(
        path,
        "unknown_name",
        format!(
            "There is no key `{name}` yet and the bundle does not say where it comes from: add generate, or import with \
             a file (as `{tool}` writes it)."
        ),
    )
}
