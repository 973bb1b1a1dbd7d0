//! `courier pgp`: the steps' own ciphers on local files.

use super::key_pgp::readable;
use crate::args::PgpFileCommand;
use crate::exit;
use crate::output::{Out, bytes, instant, shown};
use crate::progress::FileBar;
use courier_app::{App, AppError, CheckedSignature, FileWork, MadeFile, SignatureRule};
use courier_domain::PgpKeyId;
use courier_domain::step::{OutputFormat, Overwrite};
use std::path::PathBuf;

pub(super) async fn run(app: &App, command: PgpFileCommand, out: &Out) -> Result<u8, AppError> {
    let bar = FileBar::new(out);
    let work = |input: PathBuf, output: PathBuf, overwrite: bool| -> Result<FileWork, AppError> {
        readable(&input)?;
        let overwrite = if overwrite { Overwrite::Overwrite } else { Overwrite::Fail };
        Ok(FileWork { input, output, overwrite, cancel: bar.cancel(), on_tick: bar.tick() })
    };
    let made = match command {
        PgpFileCommand::Encrypt { input, recipient, sign_with, armor, compression, output, overwrite } => {
            let recipients = ids(app, &recipient).await?;
            let signer = match sign_with {
                Some(key) => Some(app.pgp_keys_find(&key).await?.id),
                None => None,
            };
            let work = work(input, output, overwrite)?;
            app.pgp_files_encrypt(work, &recipients, signer, format(armor), compression).await
        }
        PgpFileCommand::Decrypt { input, output, require_signature, signer, overwrite } => {
            let rule = SignatureRule::of(require_signature, !signer.is_empty());
            let signers = ids(app, &signer).await?;
            app.pgp_files_decrypt(work(input, output, overwrite)?, rule, &signers).await
        }
        PgpFileCommand::Sign { input, key, mode, armor, output, overwrite } => {
            let id = app.pgp_keys_find(&key).await?.id;
            app.pgp_files_sign(work(input, output, overwrite)?, id, mode, format(armor)).await
        }
        PgpFileCommand::Verify { input, signature, signer } => {
            readable(&input)?;
            let signers = ids(app, &signer).await?;
            let (cancel, tick) = (bar.cancel(), bar.tick());
            let checked = app.pgp_files_verify(input, signature, &signers, cancel, tick).await;
            bar.finish();
            return Ok(show_checked(&checked?, out));
        }
    };
    bar.finish();
    show_made(&made?, out);
    Ok(exit::DONE)
}

async fn ids(app: &App, keys: &[String]) -> Result<Vec<PgpKeyId>, AppError> {
    let mut found = Vec::with_capacity(keys.len());
    for key in keys {
        found.push(app.pgp_keys_find(key).await?.id);
    }
    Ok(found)
}

fn format(armor: bool) -> OutputFormat {
    if armor { OutputFormat::Armored } else { OutputFormat::Binary }
}

fn show_made(made: &MadeFile, out: &Out) {
    if out.json {
        return out.json(made);
    }
    let size = bytes(i64::try_from(made.bytes).unwrap_or(i64::MAX));
    out.line(&format!("{} {size} sha256 {}", shown(&made.output.to_string_lossy()), made.sha256));
    if let Some(signature) = &made.signature {
        say(signature, out);
    }
}

fn show_checked(checked: &CheckedSignature, out: &Out) -> u8 {
    if out.json {
        out.json(checked);
    } else {
        say(checked, out);
    }
    if checked.result.is_valid { exit::DONE } else { exit::FAILED }
}

fn say(checked: &CheckedSignature, out: &Out) {
    let result = &checked.result;
    let signer = result.signer_fingerprint.as_deref().unwrap_or("an unknown key");
    let at = result.signature_timestamp.map(|at| format!(" at {}", instant(Some(at)))).unwrap_or_default();
    out.line(&format!("signature {} by {signer}{at}", result.status));
    out.hint(&shown(&checked.detail));
}
