//! `courier vault`.

use crate::args::{PassphraseArgs, VaultCommand, VaultMethodArgs};
use crate::exit;
use crate::output::Out;
use crate::secrets;
use courier_app::{App, AppError, KeySource, SecretString, VaultMethod, VaultState};

pub(super) async fn run(app: &App, command: VaultCommand, out: &Out) -> Result<u8, AppError> {
    match command {
        VaultCommand::Init(args) => {
            let code = app.vault_init(new_method(&args)?).await?;
            if out.json {
                out.json(&code);
            } else {
                out.line(&code.recovery_code);
                out.hint("This is the recovery code. Keep it in a safe place: it is shown only once.");
            }
        }
        VaultCommand::Status => {
            let status = app.vault_status();
            if out.json {
                out.json(&status);
            } else {
                let state = serde_json::to_value(status.state).map_err(AppError::internal)?;
                out.line(state.as_str().unwrap_or_default());
                out.line(&status.detail);
            }
        }
        VaultCommand::Unlock(args) => {
            if app.vault_status().state != VaultState::Unlocked || given(&args) {
                app.vault_unlock(method(app, &args)?).await?;
            }
            out.hint("The vault opens.");
        }
        VaultCommand::Lock => {
            app.vault_lock().await?;
            out.hint("Locked in this process. Another Courier that runs keeps its own key until it is locked there.");
        }
        VaultCommand::Recover { code_file, keep } => {
            let from = PassphraseArgs { passphrase_env: None, passphrase_file: code_file };
            let code = from.get()?.map_or_else(|| secrets::ask("Recovery code: "), Ok)?;
            app.vault_recover(code, Some(new_method(&keep)?)).await?;
            out.hint("The vault opens, and its key is kept as you said.");
        }
        VaultCommand::Rotate(passphrase) => rotate(app, &passphrase, out).await?,
    }
    Ok(exit::DONE)
}

async fn rotate(app: &App, passphrase: &PassphraseArgs, out: &Out) -> Result<(), AppError> {
    let mut given = passphrase.get()?;
    if given.is_none() && app.vault_status().key_source == Some(KeySource::Passphrase) {
        given = Some(secrets::ask("Passphrase of the vault: ")?);
    }
    if let (Some(passphrase), VaultState::Locked) = (&given, app.vault_status().state) {
        let passphrase = SecretString::from(passphrase.expose());
        app.vault_unlock(VaultMethod::Passphrase { passphrase }).await?;
    }
    let code = app.vault_rotate_start(given).await?;
    if !out.json {
        out.line(&code.recovery_code);
        out.hint("This is the new recovery code. Keep it in a safe place: it is shown only once.");
    }
    let report = app.vault_rotate_finish(|_| {}).await?;
    if out.json {
        out.json(&serde_json::json!({
            "recovery_code": code.recovery_code, "rewrapped": report.rewrapped, "unreadable": report.unreadable,
        }));
        return Ok(());
    }
    for place in &report.unreadable {
        out.hint(&format!("The stored secret {place} opens with no key of this vault. Enter it again."));
    }
    out.hint(&format!("The vault has a new key; {} secrets are under it.", report.rewrapped));
    Ok(())
}

fn given(args: &VaultMethodArgs) -> bool {
    args.passphrase || args.key_file.is_some() || args.passphrase_from.is_given()
}

fn new_method(args: &VaultMethodArgs) -> Result<VaultMethod, AppError> {
    if let Some(path) = &args.key_file {
        return Ok(VaultMethod::KeyFile { path: path.to_string_lossy().into_owned() });
    }
    if let Some(passphrase) = args.passphrase_from.get()? {
        return Ok(VaultMethod::Passphrase { passphrase });
    }
    if args.passphrase {
        return Ok(VaultMethod::Passphrase { passphrase: secrets::ask_new("New passphrase: ")? });
    }
    Ok(VaultMethod::Keychain)
}

/// What was asked for, else what the vault says about itself.
fn method(app: &App, args: &VaultMethodArgs) -> Result<VaultMethod, AppError> {
    if let Some(path) = &args.key_file {
        return Ok(VaultMethod::KeyFile { path: path.to_string_lossy().into_owned() });
    }
    if let Some(passphrase) = args.passphrase_from.get()? {
        return Ok(VaultMethod::Passphrase { passphrase });
    }
    let source = app.vault_status().key_source;
    if args.passphrase || source == Some(KeySource::Passphrase) {
        return Ok(VaultMethod::Passphrase { passphrase: secrets::ask("Passphrase of the vault: ")? });
    }
    Ok(match source {
        Some(KeySource::KeyFile | KeySource::SystemdCredential) => {
            VaultMethod::KeyFile { path: String::new() }
        }
        Some(KeySource::Keychain | KeySource::Passphrase) | None => VaultMethod::Keychain,
    })
}
