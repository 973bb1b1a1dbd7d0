//! Jobs to begin with: bundles of one job each, and of what starts it, read as any other bundle is.
//!
//! What is a person's own is left out of them: servers, keys, folders. Checking such a draft names each of these places,
//! which is how one is led through it. Invariant: nothing else is wrong with it.

mod starts;

pub use starts::{MadeStart, TemplateStart};

use super::read::parse;
use super::shape;
use crate::app::App;
use crate::error::{AppError, Result};
use courier_domain::job::JobDraft;
use courier_domain::monitor::MonitorDraft;
use courier_domain::schedule::ScheduleDraft;
use courier_domain::{ErrorCode, Problem, Problems};
use serde::Serialize;
use specta::Type;

/// A job to begin with.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct JobTemplate {
    pub key: String,
    /// With its name and what it is for.
    pub draft: JobDraft,
    /// What is made beside the job once it is saved, so that it starts by itself.
    pub starts: Option<TemplateStart>,
}

/// What a template's bundle holds.
struct Template {
    draft: JobDraft,
    schedule: Option<ScheduleDraft>,
    /// Its folder and what it starts are still to be set.
    monitor: Option<MonitorDraft>,
}

/// In the order in which they are offered.
const TEMPLATES: [(&str, &str); 6] = [
    ("fetch_decrypt_deliver", include_str!("fetch_decrypt_deliver.yaml")),
    ("encrypt_and_deliver", include_str!("encrypt_and_deliver.yaml")),
    ("watch_and_upload", include_str!("watch_and_upload.yaml")),
    ("nightly_mirror", include_str!("nightly_mirror.yaml")),
    ("collect_and_archive", include_str!("collect_and_archive.yaml")),
    ("check_and_sort", include_str!("check_and_sort.yaml")),
];

impl App {
    pub fn job_templates(&self) -> Result<Vec<JobTemplate>> {
        TEMPLATES
            .into_iter()
            .map(|(key, text)| {
                let template = read(text).map_err(|problem| AppError::internal(problem.to_string()))?;
                let starts = template.starts();
                Ok(JobTemplate { key: key.to_owned(), draft: template.draft, starts })
            })
            .collect()
    }
}

impl Template {
    fn starts(&self) -> Option<TemplateStart> {
        match (&self.schedule, &self.monitor) {
            (Some(_), _) => Some(TemplateStart::Schedule),
            (None, Some(_)) => Some(TemplateStart::Monitor),
            (None, None) => None,
        }
    }
}

/// The template of that key.
fn named(key: &str) -> Result<Template> {
    let text = TEMPLATES.into_iter().find(|(known, _)| *known == key).map(|(_, text)| text);
    let text =
        text.ok_or_else(|| AppError::new(ErrorCode::NotFound, format!("There is no template `{key}`.")))?;
    read(text).map_err(|problem| AppError::internal(problem.to_string()))
}

/// The only job of a bundle, and what starts it.
fn read(text: &str) -> std::result::Result<Template, Problem> {
    let mut problems = Problems::default();
    let mut bundle = shape::read(parse(text)?, &mut problems);
    if let Some(problem) = problems.0.into_iter().next() {
        return Err(problem);
    }
    let job = bundle.jobs.pop().ok_or_else(|| Problem::error("jobs", "required", "There is no job."))?;
    let mut draft = job.draft;
    draft.fill_aliases();
    Ok(Template {
        draft,
        schedule: job.schedules.into_iter().flatten().next().map(|entry| entry.draft),
        monitor: bundle.monitors.pop().map(|entry| entry.draft),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use courier_domain::job::References;
    use std::collections::BTreeSet;

    fn all() -> Vec<(&'static str, JobDraft)> {
        TEMPLATES.into_iter().map(|(key, text)| (key, read(text).unwrap().draft)).collect()
    }

    #[test]
    fn a_template_lacks_nothing_but_what_is_a_persons_own() {
        // Servers, keys, and where files are or shall go.
        let own = [
            "connection_id",
            "recipient_key_ids",
            "remote_path",
            "local_path",
            "input_path",
            "output_path",
            "destination_path",
        ];
        for (key, draft) in all() {
            let problems = draft.check(&References::default()).0;
            assert!(!problems.is_empty(), "{key} would be saved without a place of one's own");
            for problem in problems {
                assert_eq!(problem.code, "required", "{key}: {problem}");
                let field = problem.path.rsplit('.').next().unwrap();
                assert!(own.contains(&field), "{key}: {problem}");
            }
        }
    }

    #[test]
    fn each_has_a_name_of_its_own_and_says_what_it_is_for() {
        let names: BTreeSet<_> = all().into_iter().map(|(_, draft)| draft.name).collect();
        assert_eq!(names.len(), TEMPLATES.len());
        for (key, draft) in all() {
            assert!(draft.description.is_some_and(|words| words.ends_with('.')), "{key}");
        }
    }
}
