//! `pgp.verify`: checks signatures, and fails, reports or quarantines what is not good.
//!
//! A file without a signature, or with one that cannot be read, is not good either; only trouble with reading the file
//! itself fails the step whatever `on_invalid` says.

use super::pgp_decrypt::add_check;
use super::pgp_files::{self, with_ending};
use super::several::several;
use crate::context::{Made, Outcome, StepContext};
use crate::error::StepError;
use crate::key_use::Signers;
use crate::local::{self, LocalFile};
use crate::publish;
use courier_domain::ErrorCode;
use courier_domain::receipt::{VerifyResult, VerifyStatus};
use courier_domain::step::{OnInvalid, PgpVerify};
use courier_keys::KeysError;
use courier_keys::pgp::{Verified, VerifyRequest, is_detached_signature, verify};
use courier_store::LogLevel;
use futures::FutureExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) async fn run(context: &StepContext, params: PgpVerify) -> Result<Outcome, StepError> {
    if params.on_invalid == OnInvalid::Quarantine && params.quarantine_path.is_none() {
        return Err(StepError::new(
            ErrorCode::Validation,
            "quarantine_path: Name the folder for files that are not good.",
        ));
    }
    let signers = pgp_files::signers(context, &params.signer_key_ids).await?;
    let certificates = Arc::new(Signers::of(&signers)?);
    let (patterns, workspace) = (params.input_path.clone(), context.workspace.clone());
    let mut files = context.blocking(move |_| local::select_all(&patterns, &workspace)).await?;
    leave_out_signatures(&mut files);
    if params.signature_path.is_some() && files.len() > 1 {
        let message = format!(
            "signature_path: one signature cannot belong to {} files. Leave it empty to use the one beside each file.",
            files.len()
        );
        return Err(StepError::new(ErrorCode::Validation, message));
    }
    context.progress.expect(files.iter().map(|f| f.size).sum());

    let (params, certificates) = (&params, &certificates);
    let checked = several(
        context,
        pgp_files::at_once(),
        files,
        |file| file.path.to_string_lossy().into_owned(),
        |file| check(context, params, file, certificates.clone()).boxed(),
    )
    .await?
    .verdict(context, &[], "found good")?;

    let worst = checked.iter().find(|c| !c.result.is_valid).or(checked.first());
    let status = worst.map(|c| c.result.status.as_str()).unwrap_or_default();
    let good = checked.iter().filter(|c| c.result.is_valid).map(|c| Made::at(&c.path)).collect();
    let mut outcome = Outcome::files(good, context.progress.bytes());
    // They are not of this step's making.
    outcome.checked = std::mem::take(&mut outcome.made);
    add_check(&mut outcome, checked.first().map(|c| &c.result));
    outcome.outputs.insert("verify_status".into(), status.into());
    outcome.outputs.insert("is_valid".into(), checked.iter().all(|c| c.result.is_valid).into());
    let met = signers
        .iter()
        .filter(|k| checked.iter().any(|c| c.result.signer_fingerprint.as_deref() == Some(&k.fingerprint)));
    pgp_files::audit_use(context, met.map(|k| k.id), "UsedForVerify", checked.len()).await?;
    Ok(outcome)
}

/// A file and what its signature is worth.
struct Checked {
    path: PathBuf,
    result: VerifyResult,
}

/// A folder or pattern finds signatures too; they are not what is to be checked when the file they belong to is there.
fn leave_out_signatures(files: &mut Vec<LocalFile>) {
    let paths: std::collections::BTreeSet<PathBuf> = files.iter().map(|f| f.path.clone()).collect();
    files.retain(|file| {
        let belongs = ENDINGS.iter().any(|ending| {
            let text = file.path.to_string_lossy();
            text.strip_suffix(ending).is_some_and(|base| paths.contains(Path::new(base)))
        });
        !(belongs && is_detached_signature(&file.path))
    });
}

/// What a signature beside its file is called.
const ENDINGS: [&str; 2] = [".sig", ".asc"];

async fn check(
    context: &StepContext,
    params: &PgpVerify,
    file: LocalFile,
    certificates: Arc<Signers>,
) -> Result<Checked, StepError> {
    let now = context.services.clock.now();
    let max_ratio = context.archive_limits().await?.max_compression_ratio;
    let (input, roots) = (file.path.clone(), context.workspace.roots.clone());
    let named = params.signature_path.as_ref().map(|p| context.workspace.join(p));
    let (verified, signature) = context
        .blocking(move |work| {
            let beside = ENDINGS.map(|ending| with_ending(&input, ending));
            let signature = named.or_else(|| beside.into_iter().find(|path| is_detached_signature(path)));
            if let Some(signature) = &signature {
                roots.admit(signature)?;
            }
            let name = input.to_string_lossy().into_owned();
            let progress = |bytes| work.progress.file(&name, bytes);
            let control = courier_keys::Control { cancel: &work.cancel, progress: &progress };
            let request = VerifyRequest {
                input: &input,
                signature: signature.as_deref(),
                signers: &certificates.accepted,
                revoked: &certificates.revoked,
                max_ratio,
                now,
            };
            Ok((verify(&request, control), signature))
        })
        .await?;
    let name = file.path.to_string_lossy().into_owned();
    let (verified, error) = match verified {
        Ok(verified) if verified.result.is_valid => {
            context.log(LogLevel::Info, Some(&name), verified.detail);
            return Ok(Checked { path: file.path, result: verified.result });
        }
        Ok(verified) => {
            let error = refused(&name, &verified);
            (verified, error)
        }
        Err(error @ (KeysError::SignatureMissing { .. } | KeysError::MessageDamaged { .. })) => {
            (no_signature(&error), StepError::from(error))
        }
        Err(error) => return Err(error.into()),
    };
    if params.on_invalid == OnInvalid::Fail {
        return Err(error);
    }
    context.log(LogLevel::Error, Some(&name), verified.detail);
    let path = file.path.clone();
    if params.on_invalid == OnInvalid::Quarantine {
        quarantine(context, params, file, signature).await?;
    }
    Ok(Checked { path, result: verified.result })
}

fn no_signature(error: &KeysError) -> Verified {
    let result = VerifyResult {
        is_valid: false,
        status: VerifyStatus::Invalid,
        signer_fingerprint: None,
        signature_timestamp: None,
    };
    Verified { result, detail: error.to_string() }
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

/// Takes a file away, with its signature; on any disk, and replacing nothing.
async fn quarantine(
    context: &StepContext,
    params: &PgpVerify,
    file: LocalFile,
    signature: Option<PathBuf>,
) -> Result<(), StepError> {
    context.check_lease().await?;
    let folder = context.workspace.join(params.quarantine_path.as_deref().unwrap_or_default());
    let taken = context
        .blocking(move |work| {
            let target = folder.join(&file.relative);
            let mut taken = Vec::new();
            if let Some(signature) = signature {
                let beside = signature.file_name().map(|name| target.with_file_name(name));
                if let Some(beside) = beside {
                    publish::move_aside(&signature, &beside, &work.cancel)?;
                    taken.push(signature);
                }
            }
            publish::move_aside(&file.path, &target, &work.cancel)?;
            taken.push(file.path);
            Ok(taken)
        })
        .await?;
    for path in taken {
        context.consume(path);
    }
    Ok(())
}
