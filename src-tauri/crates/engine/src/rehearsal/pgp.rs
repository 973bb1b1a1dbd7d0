//! `pgp.*`, rehearsed: the keys are there, may be used and open; messages that are there are looked into as far as to know
//! whether one of our keys opens them. Whether content is authentic only the run can tell.

use super::foreseen::{Foreseen, Look, text};
use super::imagined_disk::Size;
use super::local_files::{check_readable, size_of};
use super::placing::{MissingFolders, Wanted, place};
use super::stage::Stage;
use super::words::{self, files, sized};
use crate::error::StepError;
use crate::key_use::{self, Purpose};
use crate::local::LocalFile;
use crate::steps::{pgp_decrypt, pgp_encrypt, pgp_files, pgp_sign};
use chrono::TimeDelta;
use courier_domain::key::{PgpKey, PgpKeyType};
use courier_domain::step::{OnInvalid, PathList, PgpDecrypt, PgpEncrypt, PgpSign, PgpVerify, SignMode};
use courier_domain::{ErrorCode, PgpKeyId, Timestamp, setting};
use courier_keys::Control;
use courier_keys::pgp::PrivateKey;
use std::path::{Path, PathBuf};

/// Messages that are looked into; of more, the first stand for all.
const LOOKED_INTO: usize = 100;
/// What a separate signature takes, about.
const SIGNATURE: u64 = 1_000;

pub(super) async fn encrypt(stage: &Stage, params: PgpEncrypt) -> Look<Foreseen> {
    let mut foreseen = Foreseen::default();
    let recipients = keys(stage, &mut foreseen, &params.recipient_key_ids.0, Purpose::Protect).await?;
    for (key, certificate) in recipients.iter().zip(key_use::certificates(&recipients)?) {
        if let Err(error) = courier_keys::pgp::check_recipient(&certificate, stage.now()) {
            foreseen.problems.push(about(key, error));
        }
    }
    if let Some(id) = params.signing_key_id {
        signer(stage, &mut foreseen, id).await?;
    }
    let to: Vec<&str> = recipients.iter().map(|key| key.name.as_str()).collect();
    let to = if to.is_empty() { String::new() } else { format!(" to {}", to.join(", ")) };
    let work = Work {
        input: params.input_path,
        output: params.output_path,
        rename: pgp_encrypt::sealed_name,
        size: |size| Size::about(size.bytes),
        verb: "encrypt",
        more: to,
    };
    Ok(write(stage, foreseen, work).await?.0)
}

pub(super) async fn sign(stage: &Stage, params: PgpSign) -> Look<Foreseen> {
    let mut foreseen = Foreseen::default();
    let name = signer(stage, &mut foreseen, params.signing_key_id).await?;
    let work = Work {
        input: params.input_path,
        output: None,
        rename: pgp_sign::signed_name(params.mode, params.output_format),
        size: match params.mode {
            SignMode::Detached => |_| Size::about(SIGNATURE),
            SignMode::Inline | SignMode::Clearsign => |size| Size::about(size.bytes),
        },
        verb: "sign",
        more: name.map(|name| format!(" as {name}")).unwrap_or_default(),
    };
    let (mut foreseen, inputs) = write(stage, foreseen, work).await?;
    let read = words::sum(inputs.iter().map(|(_, size)| *size));
    if !read.is_estimate {
        foreseen.outputs.insert("bytes".into(), read.bytes.into());
    }
    Ok(foreseen)
}

pub(super) async fn decrypt(stage: &Stage, params: PgpDecrypt) -> Look<Foreseen> {
    let mut foreseen = Foreseen::default();
    let ours = match params.private_key_ids.as_slice() {
        [] => {
            let mut all = stage.services.store.read().await?.pgp_keys().await?;
            all.retain(key_use::opens);
            all
        }
        ids => keys(stage, &mut foreseen, ids, Purpose::Read).await?,
    };
    keys(stage, &mut foreseen, &params.signer_key_ids, Purpose::Check).await?;
    let mut opened = Vec::new();
    for key in ours.into_iter().filter(|key| key.key_type == PgpKeyType::KeyPair) {
        opened.extend(open(stage, &mut foreseen, key).await?);
    }
    if opened.is_empty() && foreseen.problems.is_empty() {
        let message = "There is no key pair of ours that could open a message. Import or generate one.";
        foreseen.problems.push(StepError::new(ErrorCode::NoDecryptionKey, message));
    }
    let work = Work {
        input: params.input_path,
        output: params.output_path,
        rename: pgp_decrypt::plain_name,
        size: |size| Size::about(size.bytes),
        verb: "decrypt",
        more: String::new(),
    };
    let (mut foreseen, inputs) = write(stage, foreseen, work).await?;
    if !opened.is_empty() {
        let refused = look_into(stage, inputs, opened).await?;
        foreseen.trouble(refused);
    }
    Ok(foreseen)
}

/// Which of the messages that are really there none of the keys opens.
async fn look_into(
    stage: &Stage,
    inputs: Vec<(PathBuf, Size)>,
    keys: Vec<PrivateKey>,
) -> Look<Vec<StepError>> {
    let (now, cancel) = (stage.now(), stage.cancel.clone());
    stage
        .on_disk(move |local| {
            let real = inputs.iter().map(|(path, _)| path).filter(|path| !local.disk.is_imagined(path));
            let mut refused = Vec::new();
            for path in real.take(LOOKED_INTO) {
                let control = Control { cancel: &cancel, progress: &|_| {} };
                match courier_keys::pgp::opens(path, &keys, now, control) {
                    Ok(()) => {}
                    Err(courier_keys::KeysError::Cancelled) => return Err(StepError::cancelled().into()),
                    Err(error) => refused.push(error.into()),
                }
            }
            Ok(refused)
        })
        .await
}

pub(super) async fn verify(stage: &Stage, params: PgpVerify) -> Look<Foreseen> {
    if params.on_invalid == OnInvalid::Quarantine && params.quarantine_path.is_none() {
        let message = "quarantine_path: Name the folder for files that are not good.";
        return Err(StepError::new(ErrorCode::Validation, message).into());
    }
    let mut foreseen = Foreseen { files: Some(Vec::new()), ..Foreseen::default() };
    keys(stage, &mut foreseen, &params.signer_key_ids, Purpose::Check).await?;
    stage
        .on_disk(move |local| {
            let found = local.find_all(&params.input_path)?;
            check_readable(local, &mut foreseen, &found);
            if let Some(signature) = &params.signature_path {
                local.find_all(&PathList(vec![courier_domain::pattern::PathPattern(
                    courier_domain::pattern::escape(signature),
                )]))?;
            }
            let read: Vec<(PathBuf, Size)> =
                found.iter().map(|file| (file.path.clone(), size_of(local, file))).collect();
            foreseen.summary = format!(
                "Would check the signatures of {}. Whether they are good only the run tells.",
                files(read.len())
            );
            for (path, size) in &read {
                foreseen.plan(Some(&text(path)), None, Some(*size));
            }
            // As if all were good.
            foreseen.hand_on_paths(read.iter().map(|(path, _)| text(path)).collect());
            Ok(foreseen)
        })
        .await
}

/// A key operation that writes a file for each file.
struct Work {
    input: PathList,
    output: Option<String>,
    rename: fn(&Path) -> PathBuf,
    /// The result's size by the input's.
    size: fn(Size) -> Size,
    verb: &'static str,
    more: String,
}

/// The files' side; also gives the inputs.
async fn write(stage: &Stage, mut foreseen: Foreseen, work: Work) -> Look<(Foreseen, Vec<(PathBuf, Size)>)> {
    stage
        .on_disk(move |local| {
            let found = local.find_all(&work.input)?;
            check_readable(local, &mut foreseen, &found);
            let planned = pgp_files::results(
                &local.disk,
                found,
                work.output.as_deref(),
                &local.workspace,
                work.rename,
            )?;
            let inputs: Vec<(LocalFile, Size)> =
                planned.iter().map(|(file, _)| (file.clone(), size_of(local, file))).collect();
            let wanted: Vec<Wanted> = planned
                .into_iter()
                .zip(&inputs)
                .map(|((_, target), (_, size))| Wanted { target, size: (work.size)(*size), modified: None })
                .collect();
            let rule = courier_domain::step::Overwrite::Overwrite;
            let places = place(local, &mut foreseen, &wanted, rule, MissingFolders::Made);
            let written: Vec<(&LocalFile, PathBuf, Size)> = inputs
                .iter()
                .zip(&wanted)
                .zip(places)
                .filter_map(|(((file, _), wanted), place)| Some((file, place?, wanted.size)))
                .collect();
            let results: Vec<(PathBuf, Size)> =
                written.iter().map(|(_, target, size)| (target.clone(), *size)).collect();
            foreseen.trouble(local.room.take(&results));
            let total = words::sum(inputs.iter().map(|(_, size)| *size));
            foreseen.summary = format!("Would {} {}{}.", work.verb, sized(written.len(), total), work.more);
            foreseen.files = Some(Vec::new());
            for (file, target, size) in written {
                foreseen.plan(Some(&text(&file.path)), Some(&text(&target)), Some(size));
                local.disk.put(&target, size, None);
            }
            foreseen.hand_on(&results);
            Ok((foreseen, inputs.into_iter().map(|(file, size)| (file.path, size)).collect()))
        })
        .await
}

/// The named keys that may be used; what stands in the way of the others becomes problems.
pub(super) async fn keys(
    stage: &Stage,
    foreseen: &mut Foreseen,
    ids: &[PgpKeyId],
    purpose: Purpose,
) -> Look<Vec<PgpKey>> {
    let mut session = stage.services.store.read().await?;
    let warning = TimeDelta::days(session.setting_i64(setting::KEY_WARNING_DAYS).await?);
    let now = stage.now();
    let mut usable = Vec::with_capacity(ids.len());
    for id in ids {
        let key = session.pgp_key(*id).await?;
        let protects = purpose == Purpose::Protect;
        if let Some(ended) = key.expires_at.filter(|at| protects && *at <= now) {
            foreseen.problems.push(expired(&key, ended));
            continue;
        }
        if let Err(error) = key_use::check_status(&key, purpose) {
            foreseen.problems.push(error);
            continue;
        }
        if let Some(end) = key.expires_at.filter(|at| protects && *at - now <= warning) {
            foreseen.notes.push(format!("The key {} expires on {}.", key.name, end.format("%Y-%m-%d")));
        }
        usable.push(key);
    }
    Ok(usable)
}

fn expired(key: &PgpKey, ended: Timestamp) -> StepError {
    StepError::new(
        ErrorCode::KeyUnusable,
        format!(
            "The key {} expired on {}. Choose its successor, or import the renewed key.",
            key.name,
            ended.format("%Y-%m-%d")
        ),
    )
}

fn about(key: &PgpKey, error: courier_keys::KeysError) -> StepError {
    let error = StepError::from(error);
    StepError { message: format!("{}: {}", key.name, error.message), ..error }
}

/// The key pair to sign with; its name.
pub(super) async fn signer(stage: &Stage, foreseen: &mut Foreseen, id: PgpKeyId) -> Look<Option<String>> {
    let Some(key) = keys(stage, foreseen, &[id], Purpose::Protect).await?.pop() else { return Ok(None) };
    let name = key.name.clone();
    if let Some(opened) = open(stage, foreseen, key.clone()).await?
        && let Err(error) = courier_keys::pgp::check_signer(&opened, stage.now())
    {
        foreseen.problems.push(about(&key, error));
    }
    Ok(Some(name))
}

/// The private part; what keeps it shut becomes a problem.
async fn open(stage: &Stage, foreseen: &mut Foreseen, key: PgpKey) -> Look<Option<PrivateKey>> {
    let vault = stage.services.vault.clone();
    let opened = stage.on_disk(move |_| Ok(key_use::open_private(&vault, &key))).await?;
    match opened {
        Ok(opened) => Ok(Some(opened)),
        Err(error) => {
            let is_known = foreseen.problems.iter().any(|known| known.message == error.message);
            if !is_known {
                foreseen.problems.push(error);
            }
            Ok(None)
        }
    }
}
