//! Which files on a server a download means: those that its paths name, without those that are too young or were fetched
//! before. A run and its rehearsal ask the same.

use super::transferred::stoppable;
use crate::context::Services;
use crate::error::StepError;
use chrono::TimeDelta;
use courier_domain::step::{Download, OnNoFiles};
use courier_domain::{JobExecutionId, JobId, Timestamp};
use courier_store::FetchedFile;
use courier_transfer::{Depth, Remote, Selected, Selection, TransferError};
use std::collections::HashSet;
use tokio_util::sync::CancellationToken;

/// Whoever looks for the files of a job's run.
pub(crate) struct Seeker<'a> {
    pub(crate) services: &'a Services,
    pub(crate) cancel: &'a CancellationToken,
    pub(crate) job: JobId,
    pub(crate) execution: JobExecutionId,
}

impl Seeker<'_> {
    /// What the paths name, each file once. A single file that is not there is an error, unless `is_taken` says that it
    /// was fetched and taken away.
    pub(crate) async fn meant(
        &self,
        remote: &dyn Remote,
        params: &Download,
        is_taken: impl Fn(&str) -> bool,
    ) -> Result<Selection, StepError> {
        let depth = if params.recursive { Depth::Tree } else { Depth::Folder };
        let mut meant = Selection::default();
        let mut missing = None;
        let mut seen = HashSet::new();
        for pattern in &params.remote_path.0 {
            let looking = courier_transfer::expand(remote, pattern, depth, &params.exclude_patterns);
            let found = stoppable(self.cancel, looking).await?;
            if let (true, true, Some(path)) =
                (found.files.is_empty(), found.refused.is_empty(), pattern.literal())
            {
                let there = stoppable(self.cancel, remote.stat(&path)).await?;
                if there.is_none() && !is_taken(&path) && params.on_no_files == OnNoFiles::Fail {
                    missing = missing.or(Some(path));
                }
            }
            meant.files.extend(found.files.into_iter().filter(|file| seen.insert(file.entry.path.clone())));
            meant.refused.extend(found.refused);
        }
        match missing {
            Some(path) => Err(TransferError::NotFound { path }.into()),
            None => Ok(meant),
        }
    }

    /// The files that are old enough, new to the job where that is asked for, and no more than wanted with the
    /// `already` fetched ones.
    pub(crate) async fn narrow(
        &self,
        remote: &dyn Remote,
        params: &Download,
        mut files: Vec<Selected>,
        already: usize,
    ) -> Result<Vec<Selected>, StepError> {
        if params.min_age_sec > 0 {
            let newest = self.services.clock.now() - TimeDelta::seconds(i64::from(params.min_age_sec));
            let mut old = Vec::with_capacity(files.len());
            for mut file in files {
                let near = |at: Timestamp| at <= newest && newest - at < TimeDelta::minutes(1);
                if file.entry.modified_at.is_some_and(near) {
                    self.look_closer(remote, &mut file).await?;
                }
                if file.entry.modified_at.is_none_or(|at| at <= newest) {
                    old.push(file);
                }
            }
            files = old;
        }
        if params.only_new {
            let mut new = Vec::with_capacity(files.len());
            for mut file in files {
                let known = self.was_fetched(params, &file).await?
                    || (self.look_closer(remote, &mut file).await?
                        && self.was_fetched(params, &file).await?);
                if !known {
                    new.push(file);
                }
            }
            files = new;
        }
        if let Some(most) = params.max_files {
            files.sort_by_key(|f| f.entry.modified_at);
            let most = usize::try_from(most).unwrap_or(usize::MAX);
            files.truncate(most.saturating_sub(already));
        }
        Ok(files)
    }

    /// Whether another run of the job has fetched this very file.
    async fn was_fetched(&self, params: &Download, file: &Selected) -> Result<bool, StepError> {
        let this = FetchedFile {
            connection: params.connection_id,
            remote_path: &file.entry.path,
            size: file.entry.size,
            modified_at: file.entry.modified_at,
        };
        let mut session = self.services.store.read().await?;
        Ok(session.was_fetched(self.job, self.execution, &this).await?)
    }

    /// The listings of some FTP servers tell a time to the minute, or only the day; the file itself is asked then. Says
    /// whether that told another time.
    async fn look_closer(&self, remote: &dyn Remote, file: &mut Selected) -> Result<bool, StepError> {
        if file.entry.modified_at.is_none_or(|at| at.timestamp() % 60 != 0) {
            return Ok(false);
        }
        let Some(exact) = stoppable(self.cancel, remote.stat(&file.entry.path)).await? else {
            return Ok(false);
        };
        let differs = exact.modified_at != file.entry.modified_at;
        file.entry.modified_at = exact.modified_at.or(file.entry.modified_at);
        Ok(differs)
    }
}
