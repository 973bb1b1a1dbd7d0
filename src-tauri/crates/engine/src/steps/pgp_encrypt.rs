//! `pgp.encrypt`: encrypts to every recipient, signed first where asked.

use super::pgp_files::{self, Purpose, name_of, with_ending};
use crate::amount::amount;
use crate::context::{Outcome, StepContext};
use crate::error::StepError;
use courier_domain::step::PgpEncrypt;
use courier_keys::pgp::{EncryptRequest, encrypt};
use courier_store::LogLevel;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) async fn run(context: &StepContext, params: PgpEncrypt) -> Result<Outcome, StepError> {
    let recipients = pgp_files::keys(context, &params.recipient_key_ids.0, Purpose::Protect).await?;
    let certificates = Arc::new(pgp_files::certificates(&recipients)?);
    let signer = match params.signing_key_id {
        Some(id) => pgp_files::keys(context, &[id], Purpose::Protect).await?.pop(),
        None => None,
    };
    let (vault, pair) = (context.services.vault.clone(), signer.clone());
    let opened =
        context.blocking(move |_| pair.map(|key| pgp_files::open_private(&vault, &key)).transpose()).await?;
    let opened = Arc::new(opened);

    let plan =
        pgp_files::plan(context, &params.input_path, params.output_path.as_deref(), sealed_name).await?;
    let now = context.services.clock.now();
    let (format, compression) = (params.output_format, params.compression);
    let (mut made, mut bytes) = (Vec::new(), 0);
    for (file, target) in &plan {
        let (certificates, opened) = (certificates.clone(), opened.clone());
        let (one, done) = pgp_files::write(context, file, target, move |input, output, control| {
            let request = EncryptRequest {
                input,
                output,
                recipients: &certificates,
                signer: (*opened).as_ref(),
                format,
                compression,
                now,
            };
            encrypt(&request, control)
        })
        .await?;
        let line = format!("Encrypted {}: {}.", name_of(target), amount(done.output_bytes));
        context.log(LogLevel::Info, Some(&file.path.to_string_lossy()), line);
        bytes += done.output_bytes;
        made.push(one);
    }
    pgp_files::audit_use(context, recipients.iter().map(|k| k.id), "UsedForEncrypt", plan.len()).await?;
    if let Some(signer) = signer {
        pgp_files::audit_use(context, [signer.id], "UsedForSign", plan.len()).await?;
    }
    Ok(Outcome::files(made, bytes))
}

fn sealed_name(path: &Path) -> PathBuf {
    with_ending(path, ".pgp")
}
