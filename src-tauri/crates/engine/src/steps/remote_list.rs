//! `*.list`: files and folders on a server as values for later steps.

use super::{file_list, transferred};
use crate::context::{Outcome, StepContext};
use crate::error::StepError;
use courier_domain::ErrorCode;
use courier_domain::pattern;
use courier_domain::step::RemoteList;
use courier_transfer::{Entry, Refused, Remote, TransferError};
use globset::GlobMatcher;
use tokio_util::sync::CancellationToken;

pub(crate) async fn run(context: &StepContext, params: RemoteList) -> Result<Outcome, StepError> {
    let names = names(&params)?;
    let session = context.session(params.connection_id).await?;
    let (entries, refused) = list(&context.cancel, &*session, &params, names).await?;
    if let Some(error) = transferred::refused_names(context, &refused) {
        return Err(error);
    }
    Ok(Outcome { outputs: file_list::outputs(&entries)?, ..Outcome::default() })
}

/// The pattern that names must match.
pub(crate) fn names(params: &RemoteList) -> Result<GlobMatcher, StepError> {
    pattern::compile(&params.pattern).map_err(|error| {
        StepError::new(
            ErrorCode::Validation,
            format!("pattern: {} is not a valid pattern: {error}", params.pattern),
        )
    })
}

/// What the paths mean, and the unsafe names among it.
pub(crate) async fn list(
    cancel: &CancellationToken,
    remote: &dyn Remote,
    params: &RemoteList,
    names: GlobMatcher,
) -> Result<(Vec<Entry>, Vec<Refused>), StepError> {
    let mut found = Found { names, recursive: params.recursive, entries: Vec::new(), refused: Vec::new() };
    for path in &params.remote_path.0 {
        match path.literal() {
            Some(path) => found.named(cancel, remote, &path).await?,
            None => {
                let named = transferred::stoppable(cancel, courier_transfer::named(remote, path)).await?;
                found.refused.extend(named.refused);
                for one in named.files {
                    found.take(cancel, remote, one.entry).await?;
                }
            }
        }
    }
    let Found { mut entries, refused, .. } = found;
    entries.sort_by(|a: &Entry, b: &Entry| a.path.cmp(&b.path));
    entries.dedup_by(|a, b| a.path == b.path);
    Ok((entries, refused))
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
        cancel: &CancellationToken,
        remote: &dyn Remote,
        path: &str,
    ) -> Result<(), StepError> {
        match transferred::stoppable(cancel, remote.stat(path)).await? {
            Some(entry) if entry.is_directory => self.folder(cancel, remote, path).await,
            Some(entry) => self.take(cancel, remote, entry).await,
            None => Err(TransferError::NotFound { path: path.to_owned() }.into()),
        }
    }

    async fn take(
        &mut self,
        cancel: &CancellationToken,
        remote: &dyn Remote,
        entry: Entry,
    ) -> Result<(), StepError> {
        let inside = (self.recursive && entry.is_directory && !entry.is_link).then(|| entry.path.clone());
        if self.names.is_match(&entry.name) {
            self.entries.push(entry);
        }
        match inside {
            Some(folder) => self.folder(cancel, remote, &folder).await,
            None => Ok(()),
        }
    }

    async fn folder(
        &mut self,
        cancel: &CancellationToken,
        remote: &dyn Remote,
        folder: &str,
    ) -> Result<(), StepError> {
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            let listing = transferred::stoppable(cancel, remote.list(&folder)).await?;
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
