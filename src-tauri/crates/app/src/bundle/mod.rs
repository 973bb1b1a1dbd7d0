//! The workspace bundle: settings, tags, calendars, keys, connections, jobs, chains, monitors and notification rules as one YAML or
//! JSON file.
//!
//! `read` takes the text apart and reports every problem with its path, `shape` makes typed entries of it, `plan`
//! compares them with the store, `apply` writes the plan in one unit of work, `export` makes such a file. `steps` is for steps
//! without a job, `templates` are jobs to begin with.
//!
//! Invariant: applying changes all of it or nothing, and applying the same bundle again changes nothing.

mod apply;
mod diff;
mod export;
mod plan;
mod read;
mod secret;
mod shape;
mod steps;
#[cfg(test)]
mod steps_tests;
mod templates;

pub use steps::ReadSteps;
pub use templates::{JobTemplate, MadeStart, TemplateStart};

use courier_domain::Problem;
use courier_domain::job::FieldChange;
use courier_vault::SecretString;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;

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
pub enum ExportFormat {
    Yaml,
    Json,
}

/// One kind of object of a bundle, in the order of the file. What comes later refers to what is before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BundleKind {
    Settings,
    Tags,
    Calendars,
    SshKeys,
    PgpKeys,
    Connections,
    Jobs,
    Chains,
    Monitors,
    NotificationRules,
}

impl BundleKind {
    pub const ALL: &'static [BundleKind] = &[
        BundleKind::Settings,
        BundleKind::Tags,
        BundleKind::Calendars,
        BundleKind::SshKeys,
        BundleKind::PgpKeys,
        BundleKind::Connections,
        BundleKind::Jobs,
        BundleKind::Chains,
        BundleKind::Monitors,
        BundleKind::NotificationRules,
    ];

    /// The section of the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            BundleKind::Settings => "settings",
            BundleKind::Tags => "tags",
            BundleKind::Calendars => "calendars",
            BundleKind::SshKeys => "ssh_keys",
            BundleKind::PgpKeys => "pgp_keys",
            BundleKind::Connections => "connections",
            BundleKind::Jobs => "jobs",
            BundleKind::Chains => "chains",
            BundleKind::Monitors => "monitors",
            BundleKind::NotificationRules => "notification_rules",
        }
    }

    /// One object of it.
    pub const fn one(self) -> &'static str {
        match self {
            BundleKind::Settings => "setting",
            BundleKind::Tags => "tag",
            BundleKind::Calendars => "calendar",
            BundleKind::SshKeys => "ssh_key",
            BundleKind::PgpKeys => "pgp_key",
            BundleKind::Connections => "connection",
            BundleKind::Jobs => "job",
            BundleKind::Chains => "chain",
            BundleKind::Monitors => "monitor",
            BundleKind::NotificationRules => "notification_rule",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplyMode {
    Write,
    /// Only says what would change.
    DryRun,
}

/// What becomes of objects that the bundle does not name, of the kinds that it speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unnamed {
    Keep,
    /// A setting gets its default again, everything else is deleted.
    Delete,
}

/// A bundle to be applied.
#[derive(Debug)]
pub struct ApplyRequest {
    /// YAML or JSON.
    pub text: String,
    /// What relative files are relative to: the bundle's own folder.
    pub folder: PathBuf,
    pub mode: ApplyMode,
    pub unnamed: Unnamed,
    /// What lacks a secret that nobody can be asked for is stored disabled, instead of refused.
    pub allow_missing_secrets: bool,
    pub prompt: Prompt,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanAction {
    Create,
    Update,
    Unchanged,
    Delete,
}

/// One object of a bundle and what happens to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedChange {
    /// `setting`, `tag`, `calendar`, `ssh_key`, `pgp_key`, `connection`, `job`, `chain`, `monitor` or
    /// `notification_rule`.
    pub kind: &'static str,
    pub name: String,
    pub action: PlanAction,
    /// What an update changes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldChange>,
}

/// What a bundle changed, or would change.
#[derive(Debug, Clone, Serialize)]
pub struct Applied {
    pub dry_run: bool,
    pub changes: Vec<PlannedChange>,
    /// What a person should know, though nothing stopped.
    pub warnings: Vec<Problem>,
}
