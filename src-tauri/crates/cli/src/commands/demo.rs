//! `courier demo`: the sample, made and run.

use super::run::follow;
use crate::exit;
use crate::output::Out;
use courier_app::{App, AppError, VaultMethod, VaultState};
use serde_json::json;
use std::collections::BTreeMap;

pub(super) async fn run(app: &App, out: &Out) -> Result<u8, AppError> {
    vault(app, out).await?;
    out.hint(
        "Making the sample: an SFTP server on this machine, keys, signed and encrypted invoices, a job.",
    );
    let demo = app.demo_create().await?;
    let id = app.jobs_run(demo.job_id, BTreeMap::new()).await?;
    let ended = follow(app, id, out).await?;
    let view = app.executions_get(id).await?;
    let files = app.executions_files(id).await?;
    let status = ended.status();
    if out.json {
        let mut document = super::execution::document(app, &view).await?;
        if let Some(map) = document.as_object_mut() {
            map.insert("files".to_owned(), json!(files));
        }
        out.json(&document);
        return Ok(status);
    }
    ended.report(app, &view, out).await?;
    if status == exit::DONE {
        out.line("The files are here:");
        for file in &files {
            out.line(&format!("  {file}"));
        }
        out.hint(&format!("Run it again with: courier run \"{}\"", view.job_name));
    }
    Ok(status)
}

/// The sample must work on a bare machine: without a keychain its key goes into a file, and that is said.
async fn vault(app: &App, out: &Out) -> Result<(), AppError> {
    if app.vault_status().state != VaultState::Uninitialised {
        return Ok(());
    }
    if let Some(code) = app.vault_ensure().await? {
        let code = code.recovery_code;
        out.note(&format!(
            "The vault was set up in your keychain. Keep this recovery code, it is shown only once: {code}"
        ));
    }
    if app.vault_status().state == VaultState::Uninitialised {
        let path = app.home().join("vault.key").to_string_lossy().into_owned();
        let code = app.vault_init(VaultMethod::KeyFile { path: path.clone() }).await?.recovery_code;
        out.note(&format!(
            "There is no keychain here, so the vault's key is in the file {path}, readable by you only. \
             Keep this recovery code, it is shown only once: {code}"
        ));
    }
    Ok(())
}
