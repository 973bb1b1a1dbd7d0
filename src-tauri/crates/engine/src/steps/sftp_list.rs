//! `sftp.list`: the files of a folder as values for later steps.

use super::transferred;
use crate::context::{Outcome, StepContext};
use crate::error::StepError;
use courier_domain::ErrorCode;
use courier_domain::pattern;
use courier_domain::step::SftpList;
use courier_transfer::{Entry, Remote};

pub(crate) async fn run(context: &StepContext, params: SftpList) -> Result<Outcome, StepError> {
    let matcher = pattern::compile(&params.pattern).map_err(|error| {
        StepError::new(
            ErrorCode::Validation,
            format!("pattern: {} is not a valid pattern: {error}", params.pattern),
        )
    })?;
    let remote = context.sessions.remote(&context.services, params.connection_id).await?;
    let (mut entries, mut refused) = (Vec::new(), Vec::new());
    let mut folders = vec![params.remote_path.clone()];
    while let Some(folder) = folders.pop() {
        let listing = list(context, &*remote, &folder).await?;
        refused.extend(listing.refused);
        for entry in listing.entries {
            if params.recursive && entry.is_directory && !entry.is_link {
                folders.push(entry.path.clone());
            }
            if matcher.is_match(&entry.name) {
                entries.push(entry);
            }
        }
    }
    entries.sort_by(|a: &Entry, b: &Entry| a.path.cmp(&b.path));
    transferred::report_refused(context, &refused)?;
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

async fn list(
    context: &StepContext,
    remote: &dyn Remote,
    folder: &str,
) -> Result<courier_transfer::Listing, StepError> {
    transferred::stoppable(context, remote.list(folder)).await
}
