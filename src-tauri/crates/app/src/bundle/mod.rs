//! The workspace bundle: settings, keys, connections and jobs as one YAML or JSON file.
//!
//! `read` takes the text apart and reports every problem with its path, `plan` compares it with the store, `apply`
//! writes the plan in one unit of work, `export` makes such a file. Kinds of the format that this version does not have
//! are refused, never ignored.
//!
//! Invariant: applying changes all of it or nothing, and applying the same bundle again changes nothing.

mod apply;
mod export;
mod plan;
mod read;
mod secret;
mod shape;

use courier_domain::Problem;
use courier_vault::SecretString;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;

pub use export::{ExportFormat, ExportKind};

/// Asks a person for the secret of a place such as `connections[0].password`; `None` when nobody can be asked.
#[derive(Clone)]
pub struct Prompt(pub Arc<AskSecret>);

/// Takes the place that the secret is for.
pub(crate) type AskSecret = dyn Fn(&str) -> Option<SecretString> + Send + Sync;

impl Prompt {
    /// Nobody to ask.
    pub fn nobody() -> Self {
        Self(Arc::new(|_| None))
    }
}

impl std::fmt::Debug for Prompt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Prompt")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplyMode {
    Write,
    /// Only says what would change.
    DryRun,
}

/// A bundle to be applied.
#[derive(Debug)]
pub struct ApplyRequest {
    /// YAML or JSON.
    pub text: String,
    /// What relative files are relative to: the bundle's own folder.
    pub folder: PathBuf,
    pub mode: ApplyMode,
    pub prompt: Prompt,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanAction {
    Create,
    Update,
    Unchanged,
}

/// One object of a bundle and what happens to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedChange {
    /// `setting`, `ssh_key`, `pgp_key`, `connection` or `job`.
    pub kind: &'static str,
    pub name: String,
    pub action: PlanAction,
}

/// What a bundle changed, or would change.
#[derive(Debug, Clone, Serialize)]
pub struct Applied {
    pub dry_run: bool,
    pub changes: Vec<PlannedChange>,
    /// What a person should know, though nothing stopped.
    pub warnings: Vec<Problem>,
}
