//! `*.delete`: what is gone already is what was wanted, unless the step says otherwise.

use super::remote_named::{delete, find, record_removals, remove_tree};
use super::several::several;
use crate::context::{Outcome, StepContext};
use crate::error::StepError;
use courier_domain::ErrorCode;
use courier_domain::step::RemoteDelete;
use courier_store::LogLevel;
use courier_transfer::{Remote, Selected, escaped};
use futures::FutureExt;

pub(crate) async fn run(context: &StepContext, params: RemoteDelete) -> Result<Outcome, StepError> {
    let session = context.session(params.connection_id).await?;
    let remote: &dyn Remote = &*session;
    let earlier = context.intents().await?;
    let mut found = find(&context.cancel, remote, &params.paths, params.on_missing, &earlier).await?;
    if !params.recursive {
        found.only_files(&params.paths);
    }
    record_removals(context, &found.entries).await?;
    let gone = found.entries.iter().map(|one| (one.entry.path.clone(), None)).collect();
    let deleted = several(
        context,
        1,
        found.entries,
        |one| one.entry.path.clone(),
        |one| remove(context, remote, one, params.recursive).boxed(),
    )
    .await?;
    let files: usize = deleted.verdict(context, &found.refused, "deleted")?.into_iter().sum();
    let mut outcome = Outcome { on_server: Some((params.connection_id, gone)), ..Outcome::default() };
    outcome.outputs.insert("file_count".into(), files.into());
    Ok(outcome)
}

async fn remove(
    context: &StepContext,
    remote: &dyn Remote,
    one: Selected,
    recursive: bool,
) -> Result<usize, StepError> {
    let entry = one.entry;
    let files = if entry.is_directory && !entry.is_link {
        if !recursive {
            return Err(StepError::new(
                ErrorCode::Validation,
                format!(
                    "{} is a folder; switch on deleting folders, or name its files.",
                    escaped(&entry.path)
                ),
            ));
        }
        remove_tree(context, remote, &entry.path).await?
    } else {
        context.check_lease().await?;
        delete(context, remote, &entry.path).await?;
        1
    };
    context.log(LogLevel::Info, Some(&entry.path), "Deleted on the server.");
    Ok(files)
}
