//! `courier key pgp`.

use super::listing::{Listed, narrow};
use super::{flat_all, show_uses};
use crate::args::{PassphraseArgs, PgpCommand};
use crate::exit;
use crate::output::{Out, instant};
use crate::secrets;
use courier_app::{App, AppError, KeyImport, MoveMode, MovedUsers, PgpKeyDraft, SecretBytes};
use courier_domain::ErrorCode;
use courier_domain::job::KeyMove;
use courier_domain::key::PgpKey;
use courier_domain::step::OutputFormat;
use courier_domain::tag::TaggableEntityType;
use std::path::Path;

pub(super) async fn run(app: &App, command: PgpCommand, out: &Out) -> Result<u8, AppError> {
    match command {
        PgpCommand::Generate { name, algorithm, user_id, expires_in_days, passphrase } => {
            let passphrase = passphrase.get()?;
            let draft = PgpKeyDraft { name, algorithm, user_id, expires_in_days, passphrase };
            one(&app.pgp_keys_generate(draft).await?, out);
        }
        PgpCommand::Import { file, name, passphrase } => import(app, &file, name, &passphrase, out).await?,
        PgpCommand::Export { key, output, revocation: true, .. } => {
            let id = app.pgp_keys_find(&key).await?.id;
            let text = app.pgp_keys_export_revocation(id).await?;
            match output {
                None => out.bytes(text.as_bytes()),
                Some(path) => app.write_private_file(&path, SecretBytes::new(text.into_bytes())).await?,
            }
        }
        PgpCommand::Export { key, output, binary, private, revocation: false, passphrase } => {
            let id = app.pgp_keys_find(&key).await?.id;
            let format = if binary { OutputFormat::Binary } else { OutputFormat::Armored };
            match (private, output) {
                (false, None) => out.bytes(&app.pgp_keys_export_public(id, format).await?),
                (false, Some(path)) => app.pgp_keys_export(id, &path.to_string_lossy(), !binary).await?,
                (true, output) => {
                    let passphrase = passphrase.get()?;
                    if passphrase.is_none() {
                        out.hint(
                            "warning: this private key is written without a passphrase: whoever has it is you. \
                             --passphrase-env or --passphrase-file puts it under one.",
                        );
                    }
                    let bytes = app.pgp_keys_export_private(id, passphrase, format).await?;
                    match output {
                        None => out.bytes(bytes.expose()),
                        Some(path) => app.write_private_file(&path, bytes).await?,
                    }
                }
            }
        }
        PgpCommand::List(args) => {
            let rows = app.pgp_keys_list().await?;
            let (rows, more) = narrow(app, TaggableEntityType::PgpKey, rows, &args, |row| Listed {
                id: row.key.id.0,
                name: &row.key.name,
                updated_at: row.key.updated_at,
            })
            .await?;
            if out.json {
                out.json(&flat_all(&rows, "key")?);
            } else {
                let rows: Vec<_> = rows
                    .iter()
                    .map(|row| {
                        let k = &row.key;
                        vec![
                            k.name.clone(),
                            k.key_type.to_string(),
                            k.algorithm.to_string(),
                            k.status.to_string(),
                            instant(k.expires_at),
                            k.fingerprint.clone(),
                            row.uses.to_string(),
                        ]
                    })
                    .collect();
                out.table(&["KEY", "KIND", "ALGORITHM", "STATUS", "EXPIRES", "FINGERPRINT", "USES"], &rows);
                super::tell_more(more, out);
            }
        }
        PgpCommand::Show { key } => one(&app.pgp_keys_find(&key).await?, out),
        PgpCommand::Retire { key } => app.pgp_keys_retire(app.pgp_keys_find(&key).await?.id).await?,
        PgpCommand::Revoke { key, certificate, reason, message } => {
            let id = app.pgp_keys_find(&key).await?.id;
            let revoked = match certificate {
                Some(file) => app.pgp_keys_import_revocation(id, &readable(&file)?).await?,
                None => app.pgp_keys_revoke(id, reason, &message).await?,
            };
            one(&revoked, out);
        }
        PgpCommand::Successor { key, to, .. } => {
            let id = app.pgp_keys_find(&key).await?.id;
            let successor = match to {
                Some(to) => Some(app.pgp_keys_find(&to).await?.id),
                None => None,
            };
            one(&app.pgp_keys_set_successor(id, successor).await?, out);
        }
        PgpCommand::MoveUsers { key, dry_run } => {
            let id = app.pgp_keys_find(&key).await?.id;
            let mode = if dry_run { MoveMode::Preview } else { MoveMode::Move };
            show_moved(&app.pgp_keys_move_users(id, mode).await?, mode, out);
        }
        PgpCommand::Delete { key } => app.pgp_keys_delete(app.pgp_keys_find(&key).await?.id).await?,
        PgpCommand::WhereUsed { key } => {
            let id = app.pgp_keys_find(&key).await?.id;
            show_uses(&app.keys_where_used(id.into()).await?, out);
        }
    }
    Ok(exit::DONE)
}

async fn import(
    app: &App,
    file: &Path,
    name: Option<String>,
    passphrase: &PassphraseArgs,
    out: &Out,
) -> Result<(), AppError> {
    let path = readable(file)?;
    let source = |passphrase| KeyImport { name: name.clone(), path: path.clone(), passphrase };
    let result = match app.pgp_keys_import(source(passphrase.get()?)).await {
        Err(error)
            if error.code == ErrorCode::WrongPassphrase && !passphrase.is_given() && secrets::can_ask() =>
        {
            let asked = secrets::ask("Passphrase of the key: ")?;
            app.pgp_keys_import(source(Some(asked))).await?
        }
        other => other?,
    };
    for warning in &result.warnings {
        out.hint(&format!("warning: {warning}"));
    }
    if out.json {
        out.json(&result);
    } else {
        result.imported.iter().chain(&result.updated).for_each(|key| one(key, out));
    }
    Ok(())
}

fn show_moved(moved: &MovedUsers, mode: MoveMode, out: &Out) {
    if out.json {
        return out.json(moved);
    }
    let fields = moved.jobs.iter().flat_map(|job| job.fields.iter().map(move |field| (job, field)));
    let rows: Vec<_> = fields
        .map(|(job, field)| {
            let change = match field.change {
                KeyMove::Replaced => "instead of",
                KeyMove::Added => "beside",
            };
            vec![
                job.name.clone(),
                job.version.to_string(),
                field.step_name.clone(),
                field.field.clone(),
                format!("{} {change} the old key", moved.successor.name),
            ]
        })
        .collect();
    if rows.is_empty() {
        return out.hint("No job has to change.");
    }
    out.table(&["JOB", "VERSION", "STEP", "FIELD", "USES"], &rows);
    if mode == MoveMode::Preview {
        out.hint("Nothing was changed; leave out --dry-run to do it.");
    }
}

/// A file that is not there is a wrong argument, not a missing object.
pub(super) fn readable(file: &Path) -> Result<String, AppError> {
    match std::fs::metadata(file) {
        Ok(_) => Ok(file.to_string_lossy().into_owned()),
        Err(error) => Err(AppError::problem(
            "file",
            "missing_file",
            format!("Cannot read {}: {error}.", file.display()),
        )),
    }
}

fn one(key: &PgpKey, out: &Out) {
    if out.json {
        return out.json(key);
    }
    out.line(&format!("{} ({}, {}, {})", key.name, key.key_type, key.algorithm, key.status));
    out.line(&format!("id {}", key.id));
    out.line(&format!("fingerprint {}", key.fingerprint));
    for user in &key.user_ids {
        out.line(&format!("user id {user}"));
    }
    if key.expires_at.is_some() {
        out.line(&format!("expires {}", instant(key.expires_at)));
    }
}
