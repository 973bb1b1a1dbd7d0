//! Versions of a job: what changed between two of them, and going back to one.
//!
//! Invariant: going back makes a new version; none is ever lost or changed.

use crate::app::App;
use crate::error::{AppError, Result};
use crate::jobs::references;
use courier_domain::JobId;
use courier_domain::job::{FieldChange, Job, JobDraft, JobVersion, diff};
use serde::Serialize;
use specta::Type;

/// What changed from one version of a job to another.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct VersionDiff {
    pub from: i32,
    pub to: i32,
    /// References in it are shown by the names of today.
    pub changes: Vec<FieldChange>,
}

impl App {
    /// The job as it was at one of its versions, every step with id and alias.
    pub async fn jobs_version(&self, id: JobId, version: i32) -> Result<JobDraft> {
        snapshot(&self.read().await?.job_version(id, version).await?)
    }

    /// What changed from version `from` (absent: the one before `to`) to version `to` (absent: the newest).
    pub async fn jobs_diff(&self, id: JobId, from: Option<i32>, to: Option<i32>) -> Result<VersionDiff> {
        let mut session = self.read().await?;
        let newest = session.job(id).await?.current_version;
        let to = to.unwrap_or(newest);
        let from = from.unwrap_or_else(|| to.saturating_sub(1).max(1));
        let old = snapshot(&session.job_version(id, from).await?)?;
        let new = snapshot(&session.job_version(id, to).await?)?;
        drop(session);
        let names = self.names_by_id().await?;
        let mut changes = diff(&old, &new);
        for change in &mut changes {
            for value in [&mut change.from, &mut change.to].into_iter().flatten() {
                names.put(value);
            }
        }
        Ok(VersionDiff { from, to, changes })
    }

    /// Makes version `to` the newest again, as a new one. A job that is like it already stays as it is. With
    /// `expected_version` it is refused when somebody else saved meanwhile.
    ///
    /// # Errors
    /// What the version refers to is not there any more: every such place with its path.
    pub async fn jobs_revert(&self, id: JobId, to: i32, expected_version: Option<i32>) -> Result<Job> {
        let mut unit = self.begin().await?;
        let draft = snapshot(&unit.job_version(id, to).await?)?;
        let references = references(&mut unit, Some(id)).await?;
        draft.check(&references).into_result()?;
        let before = unit.job(id).await?;
        let mut job = before.clone();
        job.revert(draft, unit.now(), || self.new_id());
        if job.to_draft() == before.to_draft() {
            return Ok(before);
        }
        if let Some(expected) = expected_version {
            // The store refuses a version that does not follow the newest one.
            job.current_version = expected.saturating_add(1);
        }
        unit.update_job(&job).await?;
        unit.commit().await?;
        Ok(job)
    }
}

fn snapshot(version: &JobVersion) -> Result<JobDraft> {
    serde_json::from_str(&version.config_snapshot).map_err(AppError::internal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OpenOptions;
    use courier_domain::ErrorCode;
    use serde_json::json;

    fn named(name: &str) -> JobDraft {
        let step = json!({ "name": "Wait", "type_key": "flow.wait", "configuration": { "seconds": 1 } });
        serde_json::from_value(json!({ "name": name, "steps": [step] })).unwrap()
    }

    #[tokio::test]
    async fn a_version_is_not_restored_over_one_that_somebody_saved_meanwhile() {
        let home = tempfile::tempdir().unwrap();
        let options = OpenOptions { home: Some(home.path().join("home")), database_url: None, vault: None };
        let app = App::open(options).await.unwrap();
        let job = app.jobs_save(None, named("First"), None).await.unwrap();
        app.jobs_save(Some(job.id), named("Second"), Some(1)).await.unwrap();
        app.jobs_save(Some(job.id), named("Third"), Some(2)).await.unwrap();

        let refused = app.jobs_revert(job.id, 1, Some(2)).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Conflict);
        assert_eq!(app.jobs_get(job.id).await.unwrap().job.name, "Third");

        let restored = app.jobs_revert(job.id, 1, Some(3)).await.unwrap();
        assert_eq!((restored.current_version, restored.name.as_str()), (4, "First"));
    }
}
