//! `*.mkdir`: a folder that is there already is what was wanted.

use super::transferred::stoppable;
use crate::context::{Outcome, StepContext};
use crate::error::StepError;
use courier_domain::ErrorCode;
use courier_domain::step::{OnMissing, RemoteMkdir};
use courier_store::LogLevel;
use courier_transfer::{Remote, TransferError, escaped, parent_of};

pub(crate) async fn run(context: &StepContext, params: RemoteMkdir) -> Result<Outcome, StepError> {
    let mut folders = Vec::with_capacity(params.paths.0.len());
    for path in &params.paths.0 {
        let folder = path.literal().filter(|folder| !folder.trim().is_empty()).ok_or_else(|| {
            StepError::new(
                ErrorCode::Validation,
                format!("paths: `{}` does not name one folder.", escaped(path.as_str())),
            )
        })?;
        folders.push(folder);
    }
    let session = context.session(params.connection_id).await?;
    for folder in folders {
        context.check_lease().await?;
        let made = match params.recursive {
            true => stoppable(&context.cancel, session.mkdir_all(&folder)).await.map(|()| true),
            false => one(context, &*session, &folder, params.on_missing).await,
        };
        let line = if made? { "The folder is there." } else { "Left out: the folder above is not there." };
        context.log(LogLevel::Info, Some(&folder), line);
    }
    Ok(Outcome::default())
}

/// Whether the folder is there now.
async fn one(
    context: &StepContext,
    remote: &dyn Remote,
    folder: &str,
    on_missing: OnMissing,
) -> Result<bool, StepError> {
    let folder = folder.trim_end_matches('/');
    let error = match stoppable(&context.cancel, remote.mkdir(folder)).await {
        Ok(()) => return Ok(true),
        Err(error) => error,
    };
    // Servers answer in many ways; what is there tells.
    match stoppable(&context.cancel, remote.stat(folder)).await? {
        Some(entry) if entry.is_directory => return Ok(true),
        Some(_) => return Err(TransferError::NotAFolder { path: folder.to_owned() }.into()),
        None => {}
    }
    let above = parent_of(folder);
    if above == "." || stoppable(&context.cancel, remote.stat(above)).await?.is_some() {
        return Err(error);
    }
    match on_missing {
        OnMissing::Succeed => Ok(false),
        OnMissing::Fail => Err(TransferError::NotFound { path: above.to_owned() }.into()),
    }
}
