//! Opening Courier for a command, and its vault for those that need it.

use crate::args::GlobalArgs;
use crate::output::Out;
use crate::secrets;
use courier_app::{App, AppError, KeySource, Logs, OpenOptions, VaultMethod, VaultState, Verbosity};
use courier_domain::ErrorCode;

/// An opened Courier and its log.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) app: App,
    _logs: Option<Logs>,
}

impl Opened {
    pub(crate) async fn close(self) {
        self.app.close().await;
    }
}

/// Opens home and store.
pub(crate) async fn open(global: &GlobalArgs, out: &Out) -> Result<Opened, AppError> {
    let logs = start_log(global, out)?;
    let options =
        OpenOptions { home: global.home.clone(), database_url: global.database.clone(), vault: None };
    Ok(Opened { app: App::open(options).await?, _logs: logs })
}

/// Protects the process and starts its log, which ends when the returned value is dropped.
pub(crate) fn start_log(global: &GlobalArgs, out: &Out) -> Result<Option<Logs>, AppError> {
    if let Err(error) = courier_app::protect_process() {
        out.hint(&format!("warning: memory dumps could not be switched off ({error})"));
    }
    let shown = match global.verbose {
        0 => Verbosity::Quiet,
        1 => Verbosity::Info,
        2 => Verbosity::Debug,
        _ => Verbosity::Trace,
    };
    match Logs::start(global.home.as_deref(), shown) {
        Ok(logs) => Ok(Some(logs)),
        // There is no home: opening would only fail again with the same words.
        Err(error) if matches!(error.code, ErrorCode::StoreUnavailable | ErrorCode::Validation) => Err(error),
        // A log that cannot be written is no reason to do nothing.
        Err(error) => {
            out.hint(&format!("warning: {error}"));
            Ok(None)
        }
    }
}

/// Does what can be done at a terminal so that secrets can be used: sets a new vault up in the keychain, or asks for
/// the passphrase. Without a terminal nothing happens, and the command fails where it needs a secret.
pub(crate) async fn unlock(app: &App, out: &Out) -> Result<(), AppError> {
    if !secrets::can_ask() {
        return Ok(());
    }
    let status = app.vault_status();
    match (status.state, status.key_source) {
        (VaultState::Uninitialised, _) => {
            if let Some(code) = app.vault_ensure().await? {
                out.note(&format!(
                    "The vault was set up in your keychain. Keep this recovery code, it is shown only once: {}",
                    code.recovery_code
                ));
            }
        }
        (VaultState::Locked, Some(KeySource::Passphrase)) => {
            let passphrase = secrets::ask("Passphrase of the vault: ")?;
            app.vault_unlock(VaultMethod::Passphrase { passphrase }).await?;
        }
        (VaultState::Locked | VaultState::Unlocked | VaultState::Unavailable, _) => {}
    }
    Ok(())
}
