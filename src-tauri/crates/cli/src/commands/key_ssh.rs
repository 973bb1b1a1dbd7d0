//! `courier key ssh`.

use super::key_pgp::readable;
use super::listing::{Listed, narrow};
use super::{flat_all, show_uses};
use crate::args::{PassphraseArgs, SshCommand};
use crate::exit;
use crate::output::Out;
use crate::secrets;
use courier_app::{App, AppError, KeyImport, SshKeyDraft};
use courier_domain::ErrorCode;
use courier_domain::key::SshKey;
use courier_domain::tag::TaggableEntityType;
use std::path::Path;

pub(super) async fn run(app: &App, command: SshCommand, out: &Out) -> Result<u8, AppError> {
    match command {
        SshCommand::Generate { name, key_type } => {
            one(&app.ssh_keys_generate(SshKeyDraft { name, key_type, passphrase: None }).await?, out);
        }
        SshCommand::Import { file, name, passphrase } => import(app, &file, name, &passphrase, out).await?,
        SshCommand::Export { key } => {
            let id = app.ssh_keys_find(&key).await?.id;
            out.line(app.ssh_keys_export_public(id).await?.trim_end());
        }
        SshCommand::List(args) => {
            let rows = app.ssh_keys_list().await?;
            let (rows, more) = narrow(app, TaggableEntityType::SshKey, rows, &args, |row| Listed {
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
                        let (kind, status) = (k.key_type.to_string(), k.status.to_string());
                        vec![k.name.clone(), kind, status, k.fingerprint.clone(), row.uses.to_string()]
                    })
                    .collect();
                out.table(&["KEY", "TYPE", "STATUS", "FINGERPRINT", "USES"], &rows);
                super::tell_more(more, out);
            }
        }
        SshCommand::Show { key } => one(&app.ssh_keys_find(&key).await?, out),
        SshCommand::Retire { key } => app.ssh_keys_retire(app.ssh_keys_find(&key).await?.id).await?,
        SshCommand::Delete { key } => app.ssh_keys_delete(app.ssh_keys_find(&key).await?.id).await?,
        SshCommand::WhereUsed { key } => {
            let id = app.ssh_keys_find(&key).await?.id;
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
    let imported = match app.ssh_keys_import(source(passphrase.get()?)).await {
        Err(error)
            if error.code == ErrorCode::WrongPassphrase && !passphrase.is_given() && secrets::can_ask() =>
        {
            let asked = secrets::ask("Passphrase of the key: ")?;
            app.ssh_keys_import(source(Some(asked))).await?
        }
        other => other?,
    };
    if name.as_ref().is_some_and(|name| *name != imported.name) {
        out.hint(&format!(
            "warning: The key {} is there already, as `{}`.",
            imported.fingerprint, imported.name
        ));
    }
    one(&imported, out);
    Ok(())
}

fn one(key: &SshKey, out: &Out) {
    if out.json {
        return out.json(key);
    }
    out.line(&format!("{} ({}, {})", key.name, key.key_type, key.status));
    out.line(&format!("id {}", key.id));
    out.line(&format!("fingerprint {}", key.fingerprint));
    out.line(key.public_key_data.trim_end());
}
