//! Secrets at the command line: from the environment, a file or a person, never from an argument.

use crate::args::PassphraseArgs;
use courier_app::{AppError, SecretString};
use std::io::IsTerminal;

/// Whether a person can be asked.
pub(crate) fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks at the terminal without showing what is typed.
pub(crate) fn ask(prompt: &str) -> Result<SecretString, AppError> {
    rpassword::prompt_password(prompt)
        .map(SecretString::new)
        .map_err(|e| AppError::problem("", "no_terminal", format!("There is no terminal to ask at ({e}).")))
}

/// Asks twice, for a new passphrase.
pub(crate) fn ask_new(prompt: &str) -> Result<SecretString, AppError> {
    let first = ask(prompt)?;
    let second = ask("Once more: ")?;
    if first.expose() == second.expose() {
        Ok(first)
    } else {
        Err(AppError::problem("passphrase", "different", "The two were not the same."))
    }
}

impl PassphraseArgs {
    /// The passphrase that the options name, if any.
    pub(crate) fn get(&self) -> Result<Option<SecretString>, AppError> {
        if let Some(name) = &self.passphrase_env {
            return match std::env::var(name) {
                Ok(text) if !text.is_empty() => Ok(Some(SecretString::new(text))),
                _ => Err(AppError::problem(
                    "passphrase-env",
                    "unset",
                    format!("The environment variable {name} is not set."),
                )),
            };
        }
        if let Some(file) = &self.passphrase_file {
            let text = std::fs::read_to_string(file).map_err(|e| {
                AppError::problem(
                    "passphrase-file",
                    "missing_file",
                    format!("Cannot read {}: {e}.", file.display()),
                )
            })?;
            let text = text.trim_end_matches(['\n', '\r']);
            if text.is_empty() {
                return Err(AppError::problem(
                    "passphrase-file",
                    "empty",
                    format!("{} is empty, so it holds no passphrase.", file.display()),
                ));
            }
            return Ok(Some(SecretString::new(text.to_owned())));
        }
        Ok(None)
    }

    pub(crate) fn is_given(&self) -> bool {
        self.passphrase_env.is_some() || self.passphrase_file.is_some()
    }
}
