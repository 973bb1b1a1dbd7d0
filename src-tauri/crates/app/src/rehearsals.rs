//! Dry runs: what a job would do now, step by step, with nothing written. As it is saved, or as a draft would have it.

use crate::app::App;
use crate::error::{AppError, Result};
use crate::jobs;
use courier_domain::job::{Job, JobDraft, References};
use courier_domain::{JobId, Severity};
use courier_engine::parameters;
use courier_engine::{Rehearsal, RehearsalRequest, RehearsedStep};
use serde_json::Value;
use std::collections::BTreeMap;
use tokio_util::sync::CancellationToken;

impl App {
    /// Rehearses the job `id` as it is saved; with a draft, the job as that would make it; without an id, a new one.
    /// A step whose configuration has mistakes is told with the first of them. A disabled job can be rehearsed, too.
    ///
    /// # Errors
    /// Bad parameters; no such job; cancelled.
    pub async fn jobs_rehearse(
        &self,
        id: Option<JobId>,
        draft: Option<JobDraft>,
        given: &BTreeMap<String, Value>,
        cancel: CancellationToken,
        on_step: &(dyn Fn(&RehearsedStep) + Send + Sync),
    ) -> Result<Rehearsal> {
        let mut session = self.read().await?;
        let saved = match id {
            Some(id) => Some(session.job(id).await?),
            None => None,
        };
        let references = jobs::references(&mut session, id).await?;
        drop(session);
        let new_step = || self.new_id();
        let job = match (saved, draft) {
            (Some(job), None) => job,
            (Some(mut job), Some(draft)) => {
                job.edit(draft, self.now(), new_step);
                job
            }
            (None, Some(draft)) => Job::new(self.new_id(), draft, self.now(), new_step),
            (None, None) => return Err(AppError::problem("id", "required", "Name a job, or give a draft.")),
        };
        for step in job.steps.iter().filter(|step| step.enabled) {
            // The sample's server is started for it, as for any use of its connection.
            let connection = step.configuration.get("connection_id").and_then(Value::as_str);
            if let Some(connection) = connection.and_then(|id| id.parse().ok()) {
                self.sandbox_for(connection).await?;
            }
        }
        let request = RehearsalRequest {
            parameters: parameters::resolve(&job, given, self.now())?,
            triggered_by: format!("manual:{}", self.actor()),
            mistakes: mistakes(&job, &references),
            job,
        };
        Ok(self.engine().rehearse(request, cancel, on_step).await?)
    }
}

/// What is wrong with each step, by its place.
fn mistakes(job: &Job, references: &References) -> BTreeMap<usize, Vec<String>> {
    let mut found: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for problem in job.to_draft().check(references).0 {
        let Some((place, field)) = place_of(&problem.path) else { continue };
        if problem.severity == Severity::Error {
            let field = if field.is_empty() { String::new() } else { format!("{field}: ") };
            found.entry(place).or_default().push(format!("{field}{}", problem.message));
        }
    }
    found
}

/// `steps[2].configuration.remote_path` as 2 and `remote_path`.
fn place_of(path: &str) -> Option<(usize, &str)> {
    let (place, field) = path.strip_prefix("steps[")?.split_once(']')?;
    let field = field.trim_start_matches('.');
    Some((place.parse().ok()?, field.strip_prefix("configuration.").unwrap_or(field)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problems_path_tells_the_step_and_the_field() {
        assert_eq!(place_of("steps[2].configuration.remote_path"), Some((2, "remote_path")));
        assert_eq!(place_of("steps[0].name"), Some((0, "name")));
        assert_eq!(place_of("steps[11]"), Some((11, "")));
        assert_eq!(place_of("steps"), None);
        assert_eq!(place_of("name"), None);
    }
}
