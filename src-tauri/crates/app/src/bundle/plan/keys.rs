//! Keys of a bundle: made or imported once, when their name is new.

use super::super::ApplyRequest;
use super::super::shape::{FileImport, KeyEntry, PgpOrigin, SshOrigin};
use super::known::Known;
use super::{NewPgp, NewSsh, PgpMade, Plan, SshMade, tag};
use crate::app::App;
use crate::error::{AppError, Result};
use crate::pgp_keys::PgpKeyDraft;
use crate::{local, ssh_keys};
use courier_domain::job::FieldChange;
use courier_domain::tag::TaggableEntityType;
use courier_domain::{ErrorCode, PgpKeyId, Problem, Problems, SshKeyId};
use courier_keys::ssh::read_public;
use courier_vault::{SecretBytes, SecretString};
use serde_json::Value;
use uuid::Uuid;

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
    let KeyEntry { path, name, origin, tags } = entry;
    if let Some(id) = known.ssh_keys.find(&name) {
        let change = retag((TaggableEntityType::SshKey, id.0, &path), tags, known, plan);
        plan.note("ssh_key", &name, change);
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
            if let Some(old) = known.stored.ssh_keys.iter().find(|k| k.fingerprint == pair.fingerprint) {
                plan.warnings.push(there_already(&path, "SSH", &old.name));
                plan.note("ssh_key", &name, Vec::new());
                plan.same_keys.push(old.name.clone());
                let id = old.id;
                known.ssh_keys.add(&name, id);
                return Ok(());
            }
            SshMade::Imported(pair)
        }
        SshOrigin::PublicKey(line) if request.allow_missing_secrets => match read_public(&line) {
            Ok(public) => {
                let warning =
                    "Its private part is still to be imported; until then nothing can log in with it.";
                plan.warnings.push(Problem::warning(path.as_str(), "secret_missing", warning));
                SshMade::Public(public)
            }
            Err(_) => {
                let message = "This is no OpenSSH public key: one line such as `ssh-ed25519 AAAA…`.";
                plan.problems.push(Problem::error(format!("{path}.public_key"), "invalid", message));
                return Ok(());
            }
        },
        SshOrigin::PublicKey(_) | SshOrigin::Expected => {
            plan.problems.push(expected(&path, &name, "ssh-keygen"));
            known.ssh_keys.add(&name, app.new_id());
            return Ok(());
        }
    };
    let id: SshKeyId = app.new_id();
    known.ssh_keys.add(&name, id);
    known.names.add(id, &name);
    plan.needs_vault |= !matches!(made, SshMade::Public(_));
    tag::wanted(tags, (TaggableEntityType::SshKey, id.0, &path), known, plan);
    plan.create("ssh_key", &name);
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
    let KeyEntry { path, name, origin, tags } = entry;
    if let Some(id) = known.pgp_keys.find(&name) {
        let change = retag((TaggableEntityType::PgpKey, id.0, &path), tags, known, plan);
        plan.note("pgp_key", &name, change);
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
            known.names.add(id, &name);
            plan.needs_vault = true;
            tag::wanted(tags, (TaggableEntityType::PgpKey, id.0, &path), known, plan);
            plan.create("pgp_key", &name);
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
        if let Some(old) = known.stored.pgp_keys.iter().find(|k| k.fingerprint == key.info.fingerprint) {
            plan.warnings.push(there_already(&path, "PGP", &old.name));
            plan.note("pgp_key", &key_name, Vec::new());
            plan.same_keys.push(old.name.clone());
            let id = old.id;
            known.pgp_keys.add(&key_name, id);
            continue;
        }
        let id: PgpKeyId = app.new_id();
        known.pgp_keys.add(&key_name, id);
        known.names.add(id, &key_name);
        plan.needs_vault |= key.private.is_some();
        tag::wanted(tags.clone(), (TaggableEntityType::PgpKey, id.0, &path), known, plan);
        plan.create("pgp_key", &key_name);
        let passphrase = passphrase.as_ref().map(SecretString::duplicate);
        let made = PgpMade::Imported { name: key_name, key: Box::new(key), passphrase };
        plan.pgp_keys.push(NewPgp { id, made });
    }
    Ok(())
}

/// A key that is there never changes, but for its tags.
fn retag(
    about: (TaggableEntityType, Uuid, &str),
    tags: Option<Vec<String>>,
    known: &Known,
    plan: &mut Plan,
) -> Vec<FieldChange> {
    let from = known.stored.tagged.get(&about.1).cloned().unwrap_or_default();
    let to = tag::wanted(tags, about, known, plan);
    if from == to {
        return Vec::new();
    }
    vec![FieldChange { path: "tags".to_owned(), from: Some(Value::from(from)), to: Some(Value::from(to)) }]
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
             a file (as `{tool}` writes it). With --allow-missing-secrets a public key is enough for now."
        ),
    )
}
