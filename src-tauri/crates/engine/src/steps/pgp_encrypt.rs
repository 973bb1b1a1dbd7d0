//! `pgp.encrypt`: encrypts to every recipient, signed first where asked.

use super::pgp_files::{self, name_of, with_ending};
use crate::amount::amount;
use crate::context::{Outcome, StepContext};
use crate::error::StepError;
use crate::key_use::{self, Purpose};
use courier_domain::step::PgpEncrypt;
use courier_keys::Control;
use courier_keys::pgp::{EncryptRequest, encrypt};
use std::path::{Path, PathBuf};

pub(crate) async fn run(context: &StepContext, params: PgpEncrypt) -> Result<Outcome, StepError> {
    let recipients = pgp_files::keys(context, &params.recipient_key_ids.0, Purpose::Protect).await?;
    let certificates = key_use::certificates(&recipients)?;
    let signer = match params.signing_key_id {
        Some(id) => pgp_files::keys(context, &[id], Purpose::Protect).await?.pop(),
        None => None,
    };
    let (vault, pair) = (context.services.vault.clone(), signer.clone());
    let opened =
        context.blocking(move |_| pair.map(|key| key_use::open_private(&vault, &key)).transpose()).await?;

    let plan =
        pgp_files::plan(context, &params.input_path, params.output_path.as_deref(), sealed_name).await?;
    let (now, files) = (context.services.clock.now(), plan.len());
    let (format, compression) = (params.output_format, params.compression);
    let work = move |input: &Path, output: &Path, control: Control<'_>| {
        let (recipients, signer) = (certificates.as_slice(), opened.as_ref());
        let request = EncryptRequest { input, output, recipients, signer, format, compression, now };
        encrypt(&request, control)
    };
    let done = pgp_files::each(context, plan, "encrypted", work, |target, done| {
        format!("Encrypted {}: {}.", name_of(target), amount(done.output.bytes))
    })
    .await?;
    pgp_files::audit_use(context, recipients.iter().map(|k| k.id), "UsedForEncrypt", files).await?;
    if let Some(signer) = signer {
        pgp_files::audit_use(context, [signer.id], "UsedForSign", files).await?;
    }
    let bytes = done.iter().map(|(_, done)| done.output.bytes).sum();
    Ok(Outcome::files(done.into_iter().map(|(made, _)| made).collect(), bytes))
}

pub(crate) fn sealed_name(path: &Path) -> PathBuf {
    with_ending(path, ".pgp")
}
