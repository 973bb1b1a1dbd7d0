//! Everything wrong with a draft, found at once, each with its path.

use super::blocks;
use super::calls::{self, KnownJob};
use super::draft::{JobDraft, JobParameter, slug};
use super::given;
use super::step_check::{Visible, check_configuration};
use crate::connection::{ConnectionProtocol, check_name};
use crate::problem::{Problem, Problems};
use crate::step::StepType;
use crate::template;
use crate::{ConnectionId, JobId, PgpKeyId};
use std::collections::{BTreeMap, BTreeSet};

/// What exists outside the job, for checking its references.
#[derive(Debug, Clone, Default)]
pub struct References {
    /// With what each speaks.
    pub connections: BTreeMap<ConnectionId, ConnectionProtocol>,
    pub pgp_keys: BTreeSet<PgpKeyId>,
    pub jobs: BTreeMap<JobId, KnownJob>,
    /// The job itself, once it has an id.
    pub own: Option<JobId>,
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
            if let Err(message) = check_default(parameter) {
                let path = format!("parameters[{index}].default");
                problems.push(Problem::error(path, "invalid", message));
            }
        }
    }

    fn check_steps(&self, references: &References, problems: &mut Problems) {
        let mut draft = self.clone();
        draft.fill_aliases();
        let later: BTreeSet<String> = draft.steps.iter().filter_map(|s| s.alias.clone()).collect();
        let mut aliases = BTreeSet::new();
        let mut sight = Sight::default();
        let mut types = Vec::new();
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
            let step_type = step.type_key.parse::<StepType>().ok();
            types.push(step_type);
            let Some(step_type) = step_type else {
                problems.push(Problem::error(
                    format!("{path}.type_key"),
                    "unknown_type",
                    format!("There is no step type `{}`; `courier step-types` lists them.", step.type_key),
                ));
                continue;
            };
            sight.leave(step_type);
            let visible = Visible {
                parameters: &self.parameters,
                steps: &sight.steps,
                later: &later,
                loops: sight.loops(),
            };
            let found = check_configuration(step_type, &step.configuration, references, &visible);
            problems.extend(found.under(&format!("{path}.configuration")));
            if step_type == StepType::JobRun {
                let found = calls::check(step, &self.name, references);
                problems.extend(found.under(&format!("{path}.configuration")));
            }
            sight.enter(step_type, step.enabled, alias, step_type.outputs_of(&step.configuration));
        }
        if let Err(found) = blocks::parse(&types) {
            problems.extend(found);
        }
    }
}

/// Whether a default has its parameter's type. A template in it knows the job and the time, and nothing else.
fn check_default(parameter: &JobParameter) -> Result<(), String> {
    let Some(default) = parameter.default.as_ref().filter(|default| !default.is_null()) else {
        return Ok(());
    };
    given::fits(parameter, default)?;
    let names = default.as_str().and_then(|text| template::names(text).ok()).unwrap_or_default();
    match names.iter().find(|name| !matches!(name.split('.').next(), Some("now" | "job"))) {
        Some(name) => Err(format!("`{name}` is not known in a default; there are job and now.")),
        None => Ok(()),
    }
}

/// Which steps' results can be seen, as one goes through the list.
#[derive(Default)]
struct Sight {
    steps: Seen,
    open: Vec<Block>,
}

/// Outputs by alias.
type Seen = BTreeMap<String, BTreeSet<String>>;

enum Block {
    Loop {
        /// What was seen where it began.
        before: Seen,
        /// What the loop itself hands on when it is over.
        after: Option<(String, BTreeSet<String>)>,
    },
    Branches {
        before: Seen,
        /// What the first branch added, once it is over.
        then: Seen,
        runs: bool,
    },
}

impl Sight {
    fn loops(&self) -> usize {
        self.open.iter().filter(|block| matches!(block, Block::Loop { .. })).count()
    }

    fn enter(&mut self, step_type: StepType, enabled: bool, alias: String, outputs: BTreeSet<String>) {
        // What stands in a block that is disabled does not run.
        let runs = enabled
            && self.open.iter().all(|block| match block {
                Block::Loop { after, .. } => after.is_some(),
                Block::Branches { runs, .. } => *runs,
            });
        if step_type == StepType::FlowForEach {
            let after = runs.then_some((alias, outputs));
            return self.open.push(Block::Loop { before: self.steps.clone(), after });
        }
        if runs {
            self.steps.insert(alias, outputs);
        }
        if step_type == StepType::FlowIf {
            self.open.push(Block::Branches { before: self.steps.clone(), then: Seen::new(), runs });
        }
    }

    /// A branch is over at its Otherwise, a block at its End: what stands in a loop is seen only there, what stands in
    /// a branch also after it, though it may not have run.
    fn leave(&mut self, step_type: StepType) {
        if step_type == StepType::FlowElse
            && let Some(Block::Branches { before, then, .. }) = self.open.last_mut()
        {
            *then = std::mem::replace(&mut self.steps, before.clone());
        }
        if step_type == StepType::FlowEnd {
            match self.open.pop() {
                Some(Block::Loop { before, after }) => {
                    self.steps = before;
                    self.steps.extend(after);
                }
                Some(Block::Branches { then, .. }) => self.steps.extend(then),
                None => {}
            }
        }
    }
}
