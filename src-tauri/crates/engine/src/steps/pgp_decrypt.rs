//! `pgp.decrypt`: plaintext gets its name only after the whole message proved authentic.

use super::pgp_files::{self, name_of, with_ending};
use crate::amount::amount;
use crate::context::{Outcome, StepContext};
use crate::error::StepError;
use crate::key_use::{self, Purpose, Signers};
use courier_domain::key::PgpKeyType;
use courier_domain::receipt::VerifyResult;
use courier_domain::step::PgpDecrypt;
use courier_keys::Control;
use courier_keys::pgp::{DecryptRequest, SignatureRule, decrypt};
use std::path::{Path, PathBuf};

pub(crate) async fn run(context: &StepContext, params: PgpDecrypt) -> Result<Outcome, StepError> {
    let ours = match params.private_key_ids.as_slice() {
        [] => pgp_files::all_that_open(context).await?,
        ids => pgp_files::keys(context, ids, Purpose::Read).await?,
    };
    let signers = Signers::of(&pgp_files::signers(context, &params.signer_key_ids).await?)?;
    let (vault, pairs) = (context.services.vault.clone(), ours.clone());
    let keys = context
        .blocking(move |_| {
            let pairs = pairs.iter().filter(|k| k.key_type == PgpKeyType::KeyPair);
            pairs.map(|key| key_use::open_private(&vault, key)).collect::<Result<Vec<_>, _>>()
        })
        .await?;
    let rule = SignatureRule::of(params.require_signature, !params.signer_key_ids.is_empty());

    let plan =
        pgp_files::plan(context, &params.input_path, params.output_path.as_deref(), plain_name).await?;
    let (now, files) = (context.services.clock.now(), plan.len());
    let max_ratio = context.archive_limits().await?.max_compression_ratio;
    let work = move |input: &Path, output: &Path, control: Control<'_>| {
        let request = DecryptRequest {
            input,
            output,
            keys: &keys,
            signers: &signers.accepted,
            revoked: &signers.revoked,
            signature: rule,
            max_ratio,
            now,
        };
        decrypt(&request, control)
    };
    let done = pgp_files::each(context, plan, "decrypted", work, |target, done| {
        let signature = done.detail.as_deref().unwrap_or("It was not signed.");
        format!("Decrypted {}: {}. {signature}", name_of(target), amount(done.output.bytes))
    })
    .await?;
    pgp_files::audit_use(context, ours.iter().map(|k| k.id), "UsedForDecrypt", files).await?;
    let bytes = done.iter().map(|(_, done)| done.output.bytes).sum();
    let (made, done): (Vec<_>, Vec<_>) = done.into_iter().unzip();
    let mut outcome = Outcome::files(made, bytes);
    add_check(&mut outcome, done.first().and_then(|done| done.verify.as_ref()));
    Ok(outcome)
}

/// The outputs about the first file's signature; empty texts when it had none.
pub(super) fn add_check(outcome: &mut Outcome, check: Option<&VerifyResult>) {
    let status = check.map(|c| c.status.as_str()).unwrap_or_default();
    let signer = check.and_then(|c| c.signer_fingerprint.clone()).unwrap_or_default();
    let at = check.and_then(|c| c.signature_timestamp).map(|at| at.to_rfc3339()).unwrap_or_default();
    outcome.outputs.insert("verify_status".into(), status.into());
    outcome.outputs.insert("signer_fingerprint".into(), signer.into());
    outcome.outputs.insert("signed_at".into(), at.into());
}

/// Without `.pgp`, `.gpg` or `.asc`; a file without such an ending gets `.decrypted`.
pub(crate) fn plain_name(path: &Path) -> PathBuf {
    let known = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
    match known.as_deref() {
        Some("pgp" | "gpg" | "asc") => path.with_extension(""),
        _ => with_ending(path, ".decrypted"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plain_name_loses_only_the_ending_of_protection() {
        let name = |t: &str| plain_name(Path::new(t)).to_string_lossy().into_owned();
        assert_eq!(name("/w/a.zip.pgp"), "/w/a.zip");
        assert_eq!(name("/w/a.GPG"), "/w/a");
        assert_eq!(name("/w/a.bin"), "/w/a.bin.decrypted");
    }
}
