//! `pgp.sign`: a signature beside the file, around it, or as readable text.

use super::pgp_files::{self, Purpose, name_of, with_ending};
use crate::context::{Outcome, StepContext};
use crate::error::StepError;
use courier_domain::ErrorCode;
use courier_domain::step::{OutputFormat, PgpSign, SignMode};
use courier_keys::pgp::{SignRequest, sign};
use courier_store::LogLevel;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) async fn run(context: &StepContext, params: PgpSign) -> Result<Outcome, StepError> {
    let Some(key) = pgp_files::keys(context, &[params.signing_key_id], Purpose::Protect).await?.pop() else {
        return Err(StepError::new(
            ErrorCode::NotFound,
            "The signing key is gone; choose another in the job.",
        ));
    };
    let id = key.id;
    let vault = context.services.vault.clone();
    let signer = Arc::new(context.blocking(move |_| pgp_files::open_private(&vault, &key)).await?);
    let (mode, format) = (params.mode, params.output_format);
    let rename: fn(&Path) -> PathBuf = match (mode, format) {
        (SignMode::Detached, OutputFormat::Armored) | (SignMode::Clearsign, _) => |p| with_ending(p, ".asc"),
        (SignMode::Detached, OutputFormat::Binary) => |p| with_ending(p, ".sig"),
        (SignMode::Inline, OutputFormat::Armored) => |p| with_ending(p, ".asc"),
        (SignMode::Inline, OutputFormat::Binary) => |p| with_ending(p, ".pgp"),
    };
    let plan = pgp_files::plan(context, &params.input_path, None, rename).await?;
    let now = context.services.clock.now();
    let (mut made, mut bytes) = (Vec::new(), 0);
    for (file, target) in &plan {
        let signer = signer.clone();
        let (one, done) = pgp_files::write(context, file, target, move |input, output, control| {
            sign(&SignRequest { input, output, signer: &signer, mode, format, now }, control)
        })
        .await?;
        context.log(
            LogLevel::Info,
            Some(&file.path.to_string_lossy()),
            format!("Signed {}.", name_of(&file.path)),
        );
        bytes += done.input_bytes;
        made.push(one);
    }
    pgp_files::audit_use(context, [id], "UsedForSign", plan.len()).await?;
    Ok(Outcome::files(made, bytes))
}
