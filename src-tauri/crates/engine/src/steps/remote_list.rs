//! `*.list`: files and folders on a server as values for later steps.

use super::transferred;
use crate::context::{Outcome, StepContext};
use crate::error::StepError;
use courier_domain::ErrorCode;
use courier_domain::pattern;
use courier_domain::step::RemoteList;
use courier_transfer::{Entry, Refused, Remote, TransferError};
use globset::GlobMatcher;

pub(crate) async fn run(context: &StepContext, params: RemoteList) -> Result<Outcome, StepError> {
    let names = pattern::compile(&params.pattern).map_err(|error| {
        StepError::new(
            ErrorCode::Validation,
            format!("pattern: {} is not a valid pattern: {error}", params.pattern),
        )
    })?;
    let session = context.session(params.connection_id).await?;
    let mut found = Found { names, recursive: params.recursive, entries: Vec::new(), refused: Vec::new() };
    for path in &params.remote_path.0 {
        match path.literal() {
            Some(path) => found.named(context, &*session, &path).await?,
            None => {
                let named = transferred::stoppable(context, courier_transfer::named(&*session, path)).await?;
                found.refused.extend(named.refused);
                for one in named.files {
                    found.take(context, &*session, one.entry).await?;
                }
            }
        }
    }
    let Found { mut entries, refused, .. } = found;
    entries.sort_by(|a: &Entry, b: &Entry| a.path.cmp(&b.path));
    entries.dedup_by(|a, b| a.path == b.path);
    if let Some(error) = transferred::refused_names(context, &refused) {
        return Err(error);
    }
    let mut outcome = Outcome::default();
    outcome.outputs.insert("file_count".into(), entries.iter().filter(|e| !e.is_directory).count().into());
    let values: Result<Vec<_>, _> = entries.iter().map(serde_json::to_value).collect();
    let values = values.map_err(|error| StepError {
        code: ErrorCode::Internal,
        message: "The listing could not be kept.".into(),
        cause: Some(Box::new(error)),
    })?;
    outcome.outputs.insert("entries".into(), values.into());
    Ok(outcome)
}

struct Found {
    names: GlobMatcher,
    recursive: bool,
    entries: Vec<Entry>,
    refused: Vec<Refused>,
}

impl Found {
    /// A folder means what is in it, a file itself.
    async fn named(
        &mut self,
        context: &StepContext,
        remote: &dyn Remote,
        path: &str,
    ) -> Result<(), StepError> {
        match transferred::stoppable(context, remote.stat(path)).await? {
            Some(entry) if entry.is_directory => self.folder(context, remote, path).await,
            Some(entry) => self.take(context, remote, entry).await,
            None => Err(TransferError::NotFound { path: path.to_owned() }.into()),
        }
    }

    async fn take(
        &mut self,
        context: &StepContext,
        remote: &dyn Remote,
        entry: Entry,
    ) -> Result<(), StepError> {
        let inside = (self.recursive && entry.is_directory && !entry.is_link).then(|| entry.path.clone());
        if self.names.is_match(&entry.name) {
            self.entries.push(entry);
        }
        match inside {
            Some(folder) => self.folder(context, remote, &folder).await,
            None => Ok(()),
        }
    }

    async fn folder(
        &mut self,
        context: &StepContext,
        remote: &dyn Remote,
        folder: &str,
    ) -> Result<(), StepError> {
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            let listing = transferred::stoppable(context, remote.list(&folder)).await?;
            self.refused.extend(listing.refused);
            for entry in listing.entries {
                if self.recursive && entry.is_directory && !entry.is_link {
                    folders.push(entry.path.clone());
                }
                if self.names.is_match(&entry.name) {
                    self.entries.push(entry);
                }
            }
        }
        Ok(())
    }
}
