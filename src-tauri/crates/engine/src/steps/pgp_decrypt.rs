//! `pgp.decrypt`: plaintext gets its name only after the whole message proved authentic.

use super::pgp_files::{self, Purpose, name_of, with_ending};
use crate::amount::amount;
use crate::context::{Outcome, StepContext};
use crate::error::StepError;
use courier_domain::key::PgpKeyType;
use courier_domain::receipt::VerifyResult;
use courier_domain::step::PgpDecrypt;
use courier_keys::pgp::{DecryptRequest, SignatureRule, decrypt};
use courier_store::LogLevel;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) async fn run(context: &StepContext, params: PgpDecrypt) -> Result<Outcome, StepError> {
    let ours = match params.private_key_ids.as_slice() {
        [] => pgp_files::all_readable(context, true).await?,
        ids => pgp_files::keys(context, ids, Purpose::Read).await?,
    };
    let signers = match params.signer_key_ids.as_slice() {
        [] => pgp_files::all_readable(context, false).await?,
        ids => pgp_files::keys(context, ids, Purpose::Read).await?,
    };
    let certificates = Arc::new(pgp_files::certificates(&signers)?);
    let (vault, pairs) = (context.services.vault.clone(), ours.clone());
    let keys = context
        .blocking(move |_| {
            let pairs = pairs.iter().filter(|k| k.key_type == PgpKeyType::KeyPair);
            pairs.map(|key| pgp_files::open_private(&vault, key)).collect::<Result<Vec<_>, _>>()
        })
        .await?;
    let keys = Arc::new(keys);
    let rule = if params.require_signature { SignatureRule::Required } else { SignatureRule::Optional };

    let plan =
        pgp_files::plan(context, &params.input_path, params.output_path.as_deref(), plain_name).await?;
    let now = context.services.clock.now();
    let (mut made, mut bytes, mut checks) = (Vec::new(), 0, Vec::new());
    for (file, target) in &plan {
        let (keys, certificates) = (keys.clone(), certificates.clone());
        let (one, done) = pgp_files::write(context, file, target, move |input, output, control| {
            let request =
                DecryptRequest { input, output, keys: &keys, signers: &certificates, signature: rule, now };
            decrypt(&request, control)
        })
        .await?;
        let signature = done.detail.clone().unwrap_or_else(|| "It was not signed.".into());
        let line = format!("Decrypted {}: {}. {signature}", name_of(target), amount(done.bytes));
        context.log(LogLevel::Info, Some(&file.path.to_string_lossy()), line);
        bytes += done.bytes;
        made.push(one);
        checks.push(done.verify);
    }
    pgp_files::audit_use(context, ours.iter().map(|k| k.id), "UsedForDecrypt", plan.len()).await?;
    let mut outcome = Outcome::files(made, bytes);
    add_check(&mut outcome, checks.first().and_then(Option::as_ref));
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
fn plain_name(path: &Path) -> PathBuf {
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
