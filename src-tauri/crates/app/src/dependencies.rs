//! Dependencies between jobs: which job waits for which.

use crate::app::App;
use crate::error::Result;
use courier_domain::dependency::{DependencyDraft, JobDependency};
use courier_domain::{JobDependencyId, JobId};
use courier_store::Session;
use serde::Serialize;
use specta::Type;
use std::collections::BTreeMap;

/// A dependency with the names of its jobs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct DependencyRow {
    #[serde(flatten)]
    pub dependency: JobDependency,
    pub upstream_job_name: String,
    pub downstream_job_name: String,
}

impl App {
    /// What a job waits for and what waits for it; of every job when none is named.
    pub async fn dependencies_list(&self, job: Option<JobId>) -> Result<Vec<DependencyRow>> {
        let mut session = self.read().await?;
        let found = match job {
            None => session.dependencies().await?,
            Some(job) => {
                let mut found = session.upstream_dependencies(job).await?;
                found.extend(session.downstream_dependencies(job).await?);
                found
            }
        };
        named(&mut session, found).await
    }

    /// Lets `downstream` wait for the draft's job. Refused if that closes a cycle.
    pub async fn dependencies_add(&self, downstream: JobId, draft: DependencyDraft) -> Result<JobDependency> {
        let mut unit = self.begin().await?;
        let dependency = JobDependency {
            id: self.new_id(),
            upstream_job_id: draft.upstream_job_id,
            downstream_job_id: downstream,
            run_on_failure: draft.run_on_failure,
            trigger_downstream: draft.trigger_downstream,
            created_at: unit.now(),
            updated_at: unit.now(),
        };
        unit.insert_dependency(&dependency).await?;
        unit.commit().await?;
        Ok(dependency)
    }

    pub async fn dependencies_remove(&self, id: JobDependencyId) -> Result<()> {
        let mut unit = self.begin().await?;
        unit.delete_dependency(id).await?;
        Ok(unit.commit().await?)
    }
}

/// A deleted job waits for nothing, and a living one for none that is deleted.
async fn named(session: &mut Session, found: Vec<JobDependency>) -> Result<Vec<DependencyRow>> {
    let names: BTreeMap<JobId, String> = session.jobs().await?.into_iter().map(|j| (j.id, j.name)).collect();
    Ok(found
        .into_iter()
        .filter_map(|dependency| {
            let upstream_job_name = names.get(&dependency.upstream_job_id)?.clone();
            let downstream_job_name = names.get(&dependency.downstream_job_id)?.clone();
            Some(DependencyRow { dependency, upstream_job_name, downstream_job_name })
        })
        .collect())
}
