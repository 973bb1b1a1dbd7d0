//! `courier vault`.

use crate::args::{VaultCommand, VaultMethodArgs};
use crate::exit;
use crate::output::Out;
use crate::secrets;
use courier_app::{App, AppError, KeySource, VaultMethod, VaultState};

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
    }
    Ok(exit::DONE)
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
