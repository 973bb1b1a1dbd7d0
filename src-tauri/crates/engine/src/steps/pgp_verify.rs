//! `pgp.verify`: checks signatures, and fails, reports or quarantines what is not good.

use super::pgp_decrypt::add_check;
use super::pgp_files::{self, Purpose, with_ending};
use crate::context::{Made, Outcome, StepContext};
use crate::error::StepError;
use crate::local::{self, LocalFile};
use crate::publish;
use courier_domain::ErrorCode;
use courier_domain::receipt::{VerifyResult, VerifyStatus};
use courier_domain::step::{OnInvalid, PgpVerify};
use courier_keys::pgp::{Certificate, Verified, VerifyRequest, verify};
use courier_store::LogLevel;
use std::path::PathBuf;
use std::sync::Arc;

pub(crate) async fn run(context: &StepContext, params: PgpVerify) -> Result<Outcome, StepError> {
    if params.on_invalid == OnInvalid::Quarantine && params.quarantine_path.is_none() {
        return Err(StepError::new(
            ErrorCode::Validation,
            "quarantine_path: Name the folder for files that are not good.",
        ));
    }
    let signers = match params.signer_key_ids.as_slice() {
        [] => pgp_files::all_readable(context, false).await?,
        ids => pgp_files::keys(context, ids, Purpose::Read).await?,
    };
    let certificates = Arc::new(pgp_files::certificates(&signers)?);
    let (patterns, workspace) = (params.input_path.clone(), context.workspace.clone());
    let files = context.blocking(move |_| local::select_all(&patterns, &workspace)).await?;
    context.progress.expect(files.iter().map(|f| f.size).sum());

    let (mut good, mut checks, mut consumed) = (Vec::new(), Vec::new(), Vec::new());
    for file in files {
        let name = file.path.to_string_lossy().into_owned();
        let verified = check(context, &params, &file, certificates.clone()).await?;
        if verified.result.is_valid {
            context.log(LogLevel::Info, Some(&name), verified.detail.clone());
            good.push(Made::at(&file.path));
        } else {
            context.log(LogLevel::Error, Some(&name), verified.detail.clone());
            match params.on_invalid {
                OnInvalid::Fail => return Err(refused(&name, &verified)),
                OnInvalid::Continue => {}
                OnInvalid::Quarantine => consumed.push(quarantine(context, &params, file).await?),
            }
        }
        checks.push(verified.result);
    }
    let worst = checks.iter().find(|c| !c.is_valid).or(checks.first());
    let mut outcome = Outcome::files(good, context.progress.bytes());
    outcome.made.clear();
    outcome.consumed = consumed;
    add_check(&mut outcome, checks.first());
    let status = worst.map(|c| c.status.as_str()).unwrap_or_default();
    outcome.outputs.insert("verify_status".into(), status.into());
    outcome.outputs.insert("is_valid".into(), checks.iter().all(|c: &VerifyResult| c.is_valid).into());
    let met = signers
        .iter()
        .filter(|k| checks.iter().any(|c| c.signer_fingerprint.as_deref() == Some(&k.fingerprint)));
    pgp_files::audit_use(context, met.map(|k| k.id), "UsedForVerify", checks.len()).await?;
    Ok(outcome)
}

async fn check(
    context: &StepContext,
    params: &PgpVerify,
    file: &LocalFile,
    certificates: Arc<Vec<Certificate>>,
) -> Result<Verified, StepError> {
    let now = context.services.clock.now();
    let input = file.path.clone();
    let named = params.signature_path.as_ref().map(|p| context.workspace.join(p));
    context
        .blocking(move |work| {
            let beside = [".sig", ".asc"].map(|ending| with_ending(&input, ending));
            let signature = named.or_else(|| beside.into_iter().find(|p| p.is_file()));
            let name = input.to_string_lossy().into_owned();
            let progress = |bytes| work.progress.file(&name, bytes);
            let control = courier_keys::Control { cancel: &work.cancel, progress: &progress };
            let request =
                VerifyRequest { input: &input, signature: signature.as_deref(), signers: &certificates, now };
            Ok(verify(&request, control)?)
        })
        .await
}

fn refused(name: &str, verified: &Verified) -> StepError {
    let code = match verified.result.status {
        VerifyStatus::UnknownSigner => ErrorCode::UnknownSigner,
        VerifyStatus::Valid | VerifyStatus::Invalid | VerifyStatus::ExpiredKey | VerifyStatus::RevokedKey => {
            ErrorCode::SignatureInvalid
        }
    };
    StepError::new(code, format!("The signature of {name} is not good: {}", verified.detail))
}

async fn quarantine(
    context: &StepContext,
    params: &PgpVerify,
    file: LocalFile,
) -> Result<PathBuf, StepError> {
    context.check_lease().await?;
    let folder = context.workspace.join(params.quarantine_path.as_deref().unwrap_or_default());
    context
        .blocking(move |_| {
            let target = folder.join(&file.relative);
            publish::make_parents(&target)?;
            std::fs::rename(&file.path, &target).map_err(|e| StepError::io("quarantine", &file.path, e))?;
            Ok(file.path)
        })
        .await
}
