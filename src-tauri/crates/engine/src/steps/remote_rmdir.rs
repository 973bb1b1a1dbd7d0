//! `*.rmdir`: only empty folders, unless the step says "with everything inside".

use super::remote_named::{find, record_removals, remove_tree, rmdir};
use super::several::several;
use crate::context::{Outcome, StepContext};
use crate::error::StepError;
use courier_domain::step::RemoteRmdir;
use courier_store::LogLevel;
use courier_transfer::{Remote, Selected, TransferError};
use futures::FutureExt;

pub(crate) async fn run(context: &StepContext, params: RemoteRmdir) -> Result<Outcome, StepError> {
    let session = context.session(params.connection_id).await?;
    let remote: &dyn Remote = &*session;
    let earlier = context.intents().await?;
    let mut found = find(&context.cancel, remote, &params.paths, params.on_missing, &earlier).await?;
    found.only_folders(&params.paths);
    record_removals(context, &found.entries).await?;
    let removed = several(
        context,
        1,
        found.entries,
        |one| one.entry.path.clone(),
        |one| remove(context, remote, one, params.recursive).boxed(),
    )
    .await?;
    removed.verdict(context, &found.refused, "removed")?;
    Ok(Outcome::default())
}

async fn remove(
    context: &StepContext,
    remote: &dyn Remote,
    folder: Selected,
    recursive: bool,
) -> Result<(), StepError> {
    let path = folder.entry.path;
    if !folder.entry.is_directory {
        return Err(TransferError::NotAFolder { path }.into());
    }
    if recursive {
        remove_tree(context, remote, &path).await?;
    } else {
        context.check_lease().await?;
        rmdir(context, remote, &path).await?;
    }
    context.log(LogLevel::Info, Some(&path), "Removed on the server.");
    Ok(())
}
