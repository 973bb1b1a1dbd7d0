//! `pgp.sign`: a signature beside the file, around it, or as readable text.

use super::pgp_files::{self, name_of, with_ending};
use crate::context::{Outcome, StepContext};
use crate::error::StepError;
use crate::key_use::{self, Purpose};
use courier_domain::ErrorCode;
use courier_domain::step::{OutputFormat, PgpSign, SignMode};
use courier_keys::Control;
use courier_keys::pgp::{SignRequest, sign};
use std::path::{Path, PathBuf};

pub(crate) async fn run(context: &StepContext, params: PgpSign) -> Result<Outcome, StepError> {
    let Some(key) = pgp_files::keys(context, &[params.signing_key_id], Purpose::Protect).await?.pop() else {
        return Err(StepError::new(
            ErrorCode::NotFound,
            "The signing key is gone; choose another in the job.",
        ));
    };
    let id = key.id;
    let vault = context.services.vault.clone();
    let signer = context.blocking(move |_| key_use::open_private(&vault, &key)).await?;
    let (mode, format) = (params.mode, params.output_format);
    let plan = pgp_files::plan(context, &params.input_path, None, signed_name(mode, format)).await?;
    let (now, files) = (context.services.clock.now(), plan.len());
    let work = move |input: &Path, output: &Path, control: Control<'_>| {
        sign(&SignRequest { input, output, signer: &signer, mode, format, now }, control)
    };
    let done =
        pgp_files::each(context, plan, "signed", work, |target, _| format!("Made {}.", name_of(target)))
            .await?;
    pgp_files::audit_use(context, [id], "UsedForSign", files).await?;
    let bytes = done.iter().map(|(_, done)| done.input_bytes).sum();
    Ok(Outcome::files(done.into_iter().map(|(made, _)| made).collect(), bytes))
}

/// What a signature, or a signed file, is called.
pub(crate) fn signed_name(mode: SignMode, format: OutputFormat) -> fn(&Path) -> PathBuf {
    match (mode, format) {
        (SignMode::Detached, OutputFormat::Armored) | (SignMode::Clearsign, _) => |p| with_ending(p, ".asc"),
        (SignMode::Detached, OutputFormat::Binary) => |p| with_ending(p, ".sig"),
        (SignMode::Inline, OutputFormat::Armored) => |p| with_ending(p, ".asc"),
        (SignMode::Inline, OutputFormat::Binary) => |p| with_ending(p, ".pgp"),
    }
}
