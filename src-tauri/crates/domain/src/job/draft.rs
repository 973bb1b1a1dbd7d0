//! A job as people edit it and bundles hold it. Left out: what is wrong with it; see [`super::check`].

use super::policy::FailurePolicy;
use crate::JobStepId;
use crate::macros::text_enum;
use crate::step::Configuration;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use specta::Type;
use std::collections::BTreeSet;

text_enum! { pub enum ParameterType { Text = "text", Number = "number", Boolean = "boolean", Date = "date", List = "list" } }

/// A value that a run is started with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct JobParameter {
    pub name: String,
    #[serde(rename = "type", default = "text_parameter")]
    pub parameter_type: ParameterType,
    #[serde(default)]
    pub default: Option<Value>,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub description: Option<String>,
}

fn text_parameter() -> ParameterType {
    ParameterType::Text
}

/// A step as people edit it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct StepDraft {
    /// Kept over edits, so that history still points at the step; absent for a new one.
    #[serde(default)]
    pub id: Option<JobStepId>,
    pub name: String,
    /// What templates call it; made from the name when absent, and kept when the step is renamed.
    #[serde(default)]
    pub alias: Option<String>,
    pub type_key: String,
    #[serde(default)]
    pub configuration: Configuration,
    /// Wall time in seconds; 0 means no limit.
    #[serde(default = "default_timeout")]
    pub timeout_seconds: u32,
    /// Instead of the job's.
    #[serde(default)]
    pub failure_policy: Option<FailurePolicy>,
    #[serde(default = "yes")]
    pub enabled: bool,
}

fn default_timeout() -> u32 {
    300
}
fn yes() -> bool {
    true
}
pub(super) fn any_node() -> String {
    "any".into()
}
fn one_instance() -> i32 {
    1
}

/// A job as people edit it; also the shape of a version's snapshot and of the bundle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct JobDraft {
    pub name: String,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub failure_policy: FailurePolicy,
    #[serde(default)]
    pub parameters: Vec<JobParameter>,
    /// IANA name; absent means the system's.
    #[serde(default)]
    pub time_zone: Option<String>,
    #[serde(default = "one_instance")]
    pub max_instances: i32,
    /// Higher goes first.
    #[serde(default)]
    pub priority: i32,
    /// `any`, or a node's name.
    #[serde(default = "any_node")]
    pub run_on: String,
    #[serde(default)]
    pub steps: Vec<StepDraft>,
}

/// Lower case; everything else than letters and digits becomes `_`.
pub fn slug(name: &str) -> String {
    let mut out: String =
        name.trim().to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    if out.is_empty() || out.starts_with(|c: char| c.is_numeric()) {
        out.insert(0, '_');
    }
    out
}

impl JobDraft {
    /// Gives every step an alias that is unique in the job. Aliases that are there stay.
    pub fn fill_aliases(&mut self) {
        let mut taken: BTreeSet<String> =
            self.steps.iter().filter_map(|s| s.alias.clone()).filter(|a| !a.is_empty()).collect();
        for step in &mut self.steps {
            if step.alias.as_deref().is_none_or(str::is_empty) {
                let base = slug(&step.name);
                let mut alias = base.clone();
                let mut n = 2;
                while !taken.insert(alias.clone()) {
                    alias = format!("{base}_{n}");
                    n += 1;
                }
                step.alias = Some(alias);
            }
        }
    }
}
