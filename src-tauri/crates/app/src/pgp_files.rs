//! OpenPGP on single files by hand, outside any run: the steps' own ciphers and rules for keys.
//!
//! Invariant: an output appears under its name only when it is whole (and, for plaintext, proved authentic); what is
//! there is replaced only when asked.

use crate::app::{App, blocking};
use crate::error::{AppError, Result};
use crate::transfers::OnTick;
use courier_domain::audit::AuditableEntityType;
use courier_domain::key::PgpKey;
use courier_domain::receipt::VerifyResult;
use courier_domain::step::{OutputFormat, Overwrite, PgpCompression, SignMode};
use courier_domain::{PgpKeyId, setting};
use courier_engine::key_use::{self, Purpose, Signers};
use courier_engine::{StepError, write_whole};
use courier_keys::pgp::{
    DecryptRequest, EncryptRequest, SignRequest, SignatureRule, VerifyRequest, decrypt, encrypt,
    is_detached_signature, sign, verify,
};
use courier_keys::{Control, Written};
use courier_transfer::ProgressTick;
use serde::Serialize;
use serde_json::json;
use std::fmt;
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// One file to work on. Stopping `cancel` leaves nothing under a final name.
pub struct FileWork {
    pub input: PathBuf,
    pub output: PathBuf,
    pub overwrite: Overwrite,
    pub cancel: CancellationToken,
    pub on_tick: OnTick,
}

impl fmt::Debug for FileWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileWork")
            .field("input", &self.input)
            .field("output", &self.output)
            .finish_non_exhaustive()
    }
}

/// A file that was made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MadeFile {
    pub output: PathBuf,
    pub bytes: u64,
    /// Lower-case hex.
    pub sha256: String,
    /// Of what was decrypted; absent when it was not signed.
    #[serde(flatten)]
    pub signature: Option<CheckedSignature>,
}

/// What a signature is worth, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CheckedSignature {
    #[serde(flatten)]
    pub result: VerifyResult,
    pub detail: String,
}

impl App {
    pub async fn pgp_files_encrypt(
        &self,
        work: FileWork,
        recipients: &[PgpKeyId],
        signer: Option<PgpKeyId>,
        format: OutputFormat,
        compression: PgpCompression,
    ) -> Result<MadeFile> {
        let keys = self.keys_for(recipients, Purpose::Protect).await?;
        let certificates = key_use::certificates(&keys)?;
        let signer = match signer {
            Some(id) => self.keys_for(&[id], Purpose::Protect).await?.pop(),
            None => None,
        };
        let opened = signer.as_ref().map(|key| self.open_key(key)).transpose()?;
        let now = self.now();
        let made = self
            .make_file(work, move |input, output, control| {
                let (recipients, signer) = (certificates.as_slice(), opened.as_ref());
                let request = EncryptRequest { input, output, recipients, signer, format, compression, now };
                Ok((encrypt(&request, control)?.output, None))
            })
            .await?;
        self.used_by_hand(&keys, "UsedForEncrypt", &made.output).await?;
        self.used_by_hand(signer.as_slice(), "UsedForSign", &made.output).await?;
        Ok(made)
    }

    /// Decrypts with any of our keys. With `signers`, only their signatures count.
    ///
    /// # Errors
    /// No key opens it; it is damaged; its signature is wrong, or missing although required.
    pub async fn pgp_files_decrypt(
        &self,
        work: FileWork,
        signature: SignatureRule,
        signers: &[PgpKeyId],
    ) -> Result<MadeFile> {
        let mut ours = self.read().await?.pgp_keys().await?;
        ours.retain(key_use::opens);
        let keys = ours.iter().map(|key| self.open_key(key)).collect::<Result<Vec<_>>>()?;
        let signers = Signers::of(&self.signers(signers).await?)?;
        let (now, max_ratio) = (self.now(), self.max_ratio().await?);
        let made = self
            .make_file(work, move |input, output, control| {
                let request = DecryptRequest {
                    input,
                    output,
                    keys: &keys,
                    signers: &signers.accepted,
                    revoked: &signers.revoked,
                    signature,
                    max_ratio,
                    now,
                };
                let done = decrypt(&request, control)?;
                let checked = done
                    .verify
                    .map(|result| CheckedSignature { result, detail: done.detail.unwrap_or_default() });
                Ok((done.output, checked))
            })
            .await?;
        self.used_by_hand(&ours, "UsedForDecrypt", &made.output).await?;
        Ok(made)
    }

    pub async fn pgp_files_sign(
        &self,
        work: FileWork,
        signer: PgpKeyId,
        mode: SignMode,
        format: OutputFormat,
    ) -> Result<MadeFile> {
        let keys = self.keys_for(&[signer], Purpose::Protect).await?;
        let Some(key) = keys.first() else {
            return Err(AppError::internal("a key was found and is not there"));
        };
        let opened = self.open_key(key)?;
        let now = self.now();
        let made = self
            .make_file(work, move |input, output, control| {
                let request = SignRequest { input, output, signer: &opened, mode, format, now };
                Ok((sign(&request, control)?.output, None))
            })
            .await?;
        self.used_by_hand(&keys, "UsedForSign", &made.output).await?;
        Ok(made)
    }

    /// Checks a signature: inside the file, in `signature`, or beside the file as `.sig` or `.asc`. A signature that is
    /// not good is a result, not an error.
    pub async fn pgp_files_verify(
        &self,
        input: PathBuf,
        signature: Option<PathBuf>,
        signers: &[PgpKeyId],
        cancel: CancellationToken,
        on_tick: OnTick,
    ) -> Result<CheckedSignature> {
        let signers = Signers::of(&self.signers(signers).await?)?;
        let (now, max_ratio) = (self.now(), self.max_ratio().await?);
        let checked = blocking(move || {
            let beside = [".sig", ".asc"].map(|ending| {
                let mut name = input.clone().into_os_string();
                name.push(ending);
                PathBuf::from(name)
            });
            let signature = signature.or_else(|| beside.into_iter().find(|path| is_detached_signature(path)));
            let progress = ticks(&input, on_tick);
            let control = Control { cancel: &cancel, progress: &progress };
            verify(
                &VerifyRequest {
                    input: &input,
                    signature: signature.as_deref(),
                    signers: &signers.accepted,
                    revoked: &signers.revoked,
                    max_ratio,
                    now,
                },
                control,
            )
        });
        let checked = checked.await??;
        Ok(CheckedSignature { result: checked.result, detail: checked.detail })
    }

    async fn max_ratio(&self) -> Result<u64> {
        Ok(self.read().await?.setting_i64(setting::ARCHIVE_MAX_RATIO).await?.unsigned_abs())
    }

    async fn keys_for(&self, ids: &[PgpKeyId], purpose: Purpose) -> Result<Vec<PgpKey>> {
        let mut session = self.read().await?;
        let mut keys = Vec::with_capacity(ids.len());
        for id in ids {
            let key = session.pgp_key(*id).await?;
            key_use::check_status(&key, purpose)?;
            keys.push(key);
        }
        Ok(keys)
    }

    /// The named keys, or everybody who may be a signer.
    async fn signers(&self, ids: &[PgpKeyId]) -> Result<Vec<PgpKey>> {
        if !ids.is_empty() {
            return self.keys_for(ids, Purpose::Check).await;
        }
        let mut keys = self.read().await?.pgp_keys().await?;
        keys.retain(|key| key_use::check_status(key, Purpose::Check).is_ok());
        Ok(keys)
    }

    fn open_key(&self, key: &PgpKey) -> Result<courier_keys::pgp::PrivateKey> {
        Ok(key_use::open_private(self.vault(), key)?)
    }

    async fn make_file(
        &self,
        work: FileWork,
        cipher: impl FnOnce(
            &Path,
            &Path,
            Control<'_>,
        ) -> courier_keys::Result<(Written, Option<CheckedSignature>)>
        + Send
        + 'static,
    ) -> Result<MadeFile> {
        let owner = self.owner();
        let made = blocking(move || -> Result<MadeFile, StepError> {
            let progress = ticks(&work.input, work.on_tick);
            let control = Control { cancel: &work.cancel, progress: &progress };
            let output =
                std::path::absolute(&work.output).map_err(|e| StepError::io("find", &work.output, e))?;
            refuse_itself(&work.input, &output)?;
            let written = write_whole(&output, work.overwrite, owner, |temporary| {
                Ok(cipher(&work.input, temporary, control)?)
            })?;
            match written {
                Some((output, (made, signature))) => {
                    Ok(MadeFile { output, bytes: made.bytes, sha256: made.sha256, signature })
                }
                None => Err(StepError::new(
                    courier_domain::ErrorCode::AlreadyExists,
                    format!("{} exists already.", output.display()),
                )),
            }
        });
        Ok(made.await??)
    }

    async fn used_by_hand(&self, keys: &[PgpKey], operation: &'static str, output: &Path) -> Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let mut unit = self.begin().await?;
        for key in keys {
            let details = json!({ "file": output.to_string_lossy() });
            unit.audit(AuditableEntityType::PgpKey, key.id, operation, details);
        }
        Ok(unit.commit().await?)
    }
}

/// A file does not become its own result: what was there would be gone.
fn refuse_itself(input: &Path, output: &Path) -> Result<(), StepError> {
    let is_same =
        std::fs::canonicalize(input).is_ok_and(|from| std::fs::canonicalize(output).ok() == Some(from));
    if !is_same {
        return Ok(());
    }
    Err(StepError::new(
        courier_domain::ErrorCode::Validation,
        format!("{} is the input itself. Name another file for the result.", output.display()),
    ))
}

/// Tells how far a file is, of its whole length.
pub(crate) fn ticks(input: &Path, on_tick: OnTick) -> impl Fn(u64) + Sync + use<> {
    let file = input.to_string_lossy().into_owned();
    let total = std::fs::metadata(input).ok().map(|meta| meta.len());
    move |bytes| on_tick(ProgressTick { file: file.clone(), bytes, total })
}
