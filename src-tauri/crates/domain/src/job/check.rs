//! Everything wrong with a draft, found at once, each with its path.

use super::draft::{JobDraft, slug};
use super::step_check::{Visible, check_configuration};
use crate::connection::{ConnectionProtocol, check_name};
use crate::problem::{Problem, Problems};
use crate::step::StepType;
use crate::template;
use crate::{ConnectionId, PgpKeyId};
use std::collections::{BTreeMap, BTreeSet};

/// What exists outside the job, for checking its references.
#[derive(Debug, Clone, Default)]
pub struct References {
    /// With what each speaks.
    pub connections: BTreeMap<ConnectionId, ConnectionProtocol>,
    pub pgp_keys: BTreeSet<PgpKeyId>,
}

impl JobDraft {
    /// Everything wrong with the draft, each with its path. Warnings do not stop a save.
    pub fn check(&self, references: &References) -> Problems {
        let mut problems = Problems::default();
        check_name(&self.name, "name", &mut problems);
        self.failure_policy.check("failure_policy", &mut problems);
        if !(1..=1_000).contains(&self.max_instances) {
            problems.push(Problem::error("max_instances", "out_of_range", "Enter a number from 1 to 1000."));
        }
        if let Some(zone) = self.time_zone.as_deref().filter(|z| z.parse::<chrono_tz::Tz>().is_err()) {
            problems.push(Problem::error(
                "time_zone",
                "invalid",
                format!("`{zone}` is not a time zone; use a name such as Europe/Berlin."),
            ));
        }
        self.check_parameters(&mut problems);
        if self.steps.is_empty() {
            problems.push(Problem::error("steps", "required", "Add at least one step."));
        }
        self.check_steps(references, &mut problems);
        problems
    }

    fn check_parameters(&self, problems: &mut Problems) {
        let mut seen = BTreeSet::new();
        for (index, parameter) in self.parameters.iter().enumerate() {
            let path = format!("parameters[{index}].name");
            if !template::is_name(&parameter.name) {
                problems.push(Problem::error(
                    path,
                    "invalid",
                    "A parameter's name has letters, digits and _ only, and does not begin with a digit.",
                ));
            } else if !seen.insert(parameter.name.as_str()) {
                problems.push(Problem::error(
                    path,
                    "duplicate",
                    format!("`{}` is there twice.", parameter.name),
                ));
            }
        }
    }

    fn check_steps(&self, references: &References, problems: &mut Problems) {
        let mut scope: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut draft = self.clone();
        draft.fill_aliases();
        let later: BTreeSet<String> = draft.steps.iter().filter_map(|s| s.alias.clone()).collect();
        let mut aliases = BTreeSet::new();
        for (index, step) in draft.steps.iter().enumerate() {
            let path = format!("steps[{index}]");
            check_name(&step.name, &format!("{path}.name"), problems);
            let alias = step.alias.clone().unwrap_or_default();
            if alias != slug(&alias) {
                problems.push(Problem::error(
                    format!("{path}.alias"),
                    "invalid",
                    "An alias has lower-case letters, digits and _ only, and does not begin with a digit.",
                ));
            }
            if !aliases.insert(alias.clone()) {
                problems.push(Problem::error(
                    format!("{path}.alias"),
                    "duplicate",
                    format!("Two steps are called `{alias}`."),
                ));
            }
            if let Some(policy) = &step.failure_policy {
                policy.check(&format!("{path}.failure_policy"), problems);
            }
            let Ok(step_type) = step.type_key.parse::<StepType>() else {
                problems.push(Problem::error(
                    format!("{path}.type_key"),
                    "unknown_type",
                    format!("There is no step type `{}`; `courier step-types` lists them.", step.type_key),
                ));
                continue;
            };
            let visible = Visible { parameters: &self.parameters, steps: &scope, later: &later };
            let found = check_configuration(step_type, &step.configuration, references, &visible);
            problems.extend(found.under(&format!("{path}.configuration")));
            if step.enabled {
                scope.insert(alias, step_type.outputs_of(&step.configuration));
            }
        }
    }
}
