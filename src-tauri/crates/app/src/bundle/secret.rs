//! Secrets in a bundle: never their value, only where it comes from.

use super::Prompt;
use super::read::{join, kind};
use crate::local;
use courier_domain::{Problem, Problems};
use courier_vault::SecretString;
use serde_json::Value;
use std::path::Path;

/// Where a secret comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SecretSource {
    Env(String),
    File(String),
    /// A person enters it, unless one is stored already.
    Prompt,
}

const SHAPE: &str = "A secret is never written into a bundle; say where it comes from: {env: NAME}, {file: PATH} or {prompt: true}.";

impl SecretSource {
    pub(super) fn read(value: &Value, path: &str, problems: &mut Problems) -> Option<Self> {
        let found = match value {
            Value::Object(map) if map.len() == 1 => {
                map.iter().next().and_then(|(name, value)| match (name.as_str(), value) {
                    ("env", Value::String(name)) if !name.is_empty() => Some(SecretSource::Env(name.clone())),
                    ("file", Value::String(file)) if !file.is_empty() => {
                        Some(SecretSource::File(file.clone()))
                    }
                    ("prompt", Value::Bool(true)) => Some(SecretSource::Prompt),
                    _ => None,
                })
            }
            _ => None,
        };
        if found.is_none() {
            // The value itself may be the secret, so it is not shown.
            problems.push(Problem::error(path, "secret", format!("{SHAPE} This is {}.", kind(value))));
        }
        found
    }

    /// The secret; `None` after a problem was noted. `stored` says that one is there already.
    pub(super) fn resolve(
        &self,
        path: &str,
        folder: &Path,
        prompt: &Prompt,
        problems: &mut Problems,
    ) -> Option<SecretString> {
        match self {
            SecretSource::Env(name) => {
                let (code, message) = match std::env::var(name) {
                    Ok(value) if !value.is_empty() => return Some(SecretString::new(value)),
                    Ok(_) => ("empty", format!("The environment variable {name} is empty.")),
                    Err(std::env::VarError::NotPresent) => {
                        ("unset", format!("The environment variable {name} is not set."))
                    }
                    Err(std::env::VarError::NotUnicode(_)) => {
                        ("invalid", format!("The environment variable {name} is not text."))
                    }
                };
                problems.push(Problem::error(join(path, "env"), code, message));
                None
            }
            SecretSource::File(file) => match local::read_small(&folder.join(file)) {
                Ok(bytes) => match bytes.into_string() {
                    // Editors and `echo` end a file with a line end that is not part of the secret.
                    Ok(text) => {
                        let text = text.expose().trim_end_matches(['\n', '\r']);
                        if text.is_empty() {
                            problems.push(Problem::error(
                                join(path, "file"),
                                "empty",
                                format!("{file} is empty, so it holds no secret."),
                            ));
                            return None;
                        }
                        Some(SecretString::new(text.to_owned()))
                    }
                    Err(_) => {
                        problems.push(Problem::error(
                            join(path, "file"),
                            "invalid",
                            format!("{file} is not text."),
                        ));
                        None
                    }
                },
                Err(error) => {
                    problems.push(Problem::error(join(path, "file"), "missing_file", error.message));
                    None
                }
            },
            SecretSource::Prompt => {
                let given = (prompt.0)(path).filter(|s| !s.is_empty());
                if given.is_none() {
                    problems.push(Problem::error(
                        path,
                        "secret_missing",
                        "This secret must be entered by a person, and there is no terminal to ask at. Use {env: NAME} \
                         or {file: PATH}, or --allow-missing-secrets to give it later.",
                    ));
                }
                given
            }
        }
    }
}
