//! OpenPGP keys coming in from files: new ones, and newer copies of known ones.
//!
//! A newer copy is taken over as far as it says something new; nothing is ever taken away, so a key that is revoked or
//! was retired by hand stays so. Invariant: a private key is stored only sealed.

use crate::app::{App, blocking};
use crate::error::{AppError, Result};
use crate::local;
use crate::pgp_keys::status_of;
use courier_domain::connection::check_name;
use courier_domain::key::{PgpKey, PgpKeyEvent, PgpKeyStatus, PgpKeyType};
use courier_domain::step::OutputFormat;
use courier_domain::{PgpKeyId, Problems, Timestamp};
use courier_keys::pgp::{self, Certificate, ImportedPgp, KeyInfo};
use courier_vault::{SecretBytes, SecretString};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::path::Path;

/// A key in a file.
#[derive(Debug, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct KeyImport {
    /// Made from the key when absent.
    #[serde(default)]
    pub name: Option<String>,
    pub path: String,
    #[serde(default)]
    pub passphrase: Option<SecretString>,
}

#[derive(Debug, Clone, Default, Serialize, Type)]
pub struct PgpImportResult {
    /// What is new, or gained its private part.
    pub imported: Vec<PgpKey>,
    /// Known keys that have learnt something: a new end, other user ids, a revocation.
    pub updated: Vec<PgpKey>,
    /// What was left out or needs attention, and why.
    pub warnings: Vec<String>,
}

/// A key of a file that is ready to be stored, and what it is called.
pub(crate) struct ReadKey {
    pub(crate) name: String,
    pub(crate) key: ImportedPgp,
}

/// What an import does with one key.
enum Change {
    Insert(PgpKey),
    AddPrivate(PgpKey),
    Update(PgpKey),
}

impl App {
    /// Imports every key of a file. A key that is there already and says nothing new is a warning, not an error.
    pub async fn pgp_keys_import(&self, source: KeyImport) -> Result<PgpImportResult> {
        let bytes = local::read_key_file(Path::new(&source.path)).await?;
        let passphrase = source.passphrase.filter(|p| !p.is_empty());
        let (found, mut warnings) = self.read_pgp(bytes, passphrase.as_ref(), source.name.as_deref()).await?;
        let mut changes = Vec::new();
        for ReadKey { name, key } in found {
            let known = self.read().await?.pgp_key_by_fingerprint(&key.info.fingerprint).await?;
            match known {
                None => {
                    let row = self.imported_row(self.new_id(), name, &key, passphrase.as_ref()).await?;
                    warnings.extend(standing_warning(&row));
                    changes.push(Change::Insert(row));
                }
                Some(old) if old.key_type == PgpKeyType::PublicOnly && key.private.is_some() => {
                    changes.push(Change::AddPrivate(self.add_private(old, &key, passphrase.as_ref()).await?));
                }
                Some(old) => match self.updated_row(&old, &key).await? {
                    Some((row, note)) => {
                        warnings.extend(note);
                        changes.push(Change::Update(row));
                    }
                    None => warnings
                        .push(format!("The key {} is there already, as `{}`.", old.fingerprint, old.name)),
                },
            }
        }
        let mut result = PgpImportResult { warnings, ..PgpImportResult::default() };
        let mut unit = self.begin().await?;
        for change in changes {
            match change {
                Change::Insert(key) => {
                    unit.insert_pgp_key(&key).await?;
                    result.imported.push(key);
                }
                Change::AddPrivate(key) => {
                    result.imported.push(unit.update_pgp_key(&key, key.updated_at).await?);
                }
                Change::Update(key) => result.updated.push(unit.update_pgp_key(&key, key.updated_at).await?),
            }
        }
        unit.commit().await?;
        Ok(result)
    }

    /// Reads keys without storing them; names them, the first one `name` if given. The second value says what was left
    /// out.
    pub(crate) async fn read_pgp(
        &self,
        bytes: SecretBytes,
        passphrase: Option<&SecretString>,
        name: Option<&str>,
    ) -> Result<(Vec<ReadKey>, Vec<String>)> {
        if let Some(name) = name {
            let mut problems = Problems::default();
            check_name(name, "name", &mut problems);
            problems.into_result()?;
        }
        let now = self.now();
        let secret = passphrase.map(SecretString::duplicate);
        let found = blocking(move || pgp::import(bytes.expose(), secret.as_ref(), now)).await??;
        let warnings = found
            .refused
            .iter()
            .map(|r| match r.fingerprint.as_str() {
                "" => format!("A part of the file was left out: {}", r.error),
                fingerprint => format!("The key {fingerprint} was left out: {}", r.error),
            })
            .collect();
        let several = found.keys.len() > 1;
        let keys = found
            .keys
            .into_iter()
            .enumerate()
            .map(|(index, key)| {
                let name = match name {
                    Some(name) if index == 0 => name.to_owned(),
                    Some(name) if several => format!("{name} {}", index + 1),
                    Some(name) => name.to_owned(),
                    None => name_of(&key.info),
                };
                ReadKey { name, key }
            })
            .collect();
        Ok((keys, warnings))
    }

    /// The row of an imported key.
    pub(crate) async fn imported_row(
        &self,
        id: PgpKeyId,
        name: String,
        key: &ImportedPgp,
        passphrase: Option<&SecretString>,
    ) -> Result<PgpKey> {
        let passphrase = passphrase.filter(|_| key.has_passphrase);
        self.pgp_row(id, name, &key.info, key.public_armored.clone(), key.private.as_ref(), passphrase).await
    }

    async fn add_private(
        &self,
        old: PgpKey,
        key: &ImportedPgp,
        passphrase: Option<&SecretString>,
    ) -> Result<PgpKey> {
        let new = self.imported_row(old.id, old.name.clone(), key, passphrase).await?;
        let newer = self.updated_row(&old, key).await?.map_or(old, |(row, _)| row);
        Ok(PgpKey {
            private_key_data: new.private_key_data,
            passphrase_hash: new.passphrase_hash,
            key_type: PgpKeyType::KeyPair,
            ..newer
        })
    }

    /// `old` with what another copy of it says newly, and what to tell about it. `None` when that is nothing.
    async fn updated_row(
        &self,
        old: &PgpKey,
        copy: &ImportedPgp,
    ) -> Result<Option<(PgpKey, Option<String>)>> {
        let (now, warning) = (self.now(), self.key_warning().await?);
        let (known, copied) = (old.public_key_data.clone(), copy.public_armored.clone());
        let joined = blocking(move || -> courier_keys::Result<Option<(KeyInfo, Vec<u8>)>> {
            let known = Certificate::parse(known.as_bytes())?;
            let Some(joined) = pgp::merged(&known, &Certificate::parse(copied.as_bytes())?)? else {
                return Ok(None);
            };
            Ok(Some((joined.info(now)?, pgp::export_public(&joined, OutputFormat::Armored)?)))
        });
        let Some((info, public)) = joined.await?? else { return Ok(None) };
        let status = status_after(old, status_of(&info, now, warning), now);
        let row = PgpKey {
            public_key_data: String::from_utf8(public).map_err(AppError::internal)?,
            expires_at: info.expires_at,
            user_ids: info.user_ids,
            status,
            ..old.clone()
        };
        let note = (status != old.status)
            .then(|| format!("The key `{}` was {} and is {} now.", old.name, old.status, status));
        Ok(Some((row, note)))
    }
}

/// The status of a known key that says `says` of itself now. What a person decided stays.
fn status_after(old: &PgpKey, says: PgpKeyStatus, now: Timestamp) -> PgpKeyStatus {
    use PgpKeyStatus as S;
    // Only time had retired it, and its owner gave it more.
    let ended = old.expires_at.is_some_and(|at| at <= now);
    match (old.status, says) {
        (S::Active | S::Expiring | S::Retired, S::Revoked) => S::Revoked,
        (S::Active | S::Expiring, says) => says,
        (S::Retired, S::Active) if ended => S::Retired.apply(PgpKeyEvent::Extend).unwrap_or(S::Retired),
        (S::Retired, S::Expiring) if ended => S::Expiring,
        (S::Retired | S::Revoked | S::Deleted, _) => old.status,
    }
}

/// What to tell about a key that came in and cannot do everything.
fn standing_warning(key: &PgpKey) -> Option<String> {
    match key.status {
        PgpKeyStatus::Retired => Some(format!(
            "The key `{}` expired{} and is kept as retired: it opens and checks old files, and protects no new ones.",
            key.name,
            key.expires_at.map(|at| format!(" on {}", at.format("%Y-%m-%d"))).unwrap_or_default()
        )),
        PgpKeyStatus::Revoked => {
            Some(format!("The key `{}` is revoked by its owner: nothing uses it.", key.name))
        }
        PgpKeyStatus::Expiring => Some(format!(
            "The key `{}` expires{}.",
            key.name,
            key.expires_at.map(|at| format!(" on {}", at.format("%Y-%m-%d"))).unwrap_or_default()
        )),
        PgpKeyStatus::Active | PgpKeyStatus::Deleted => None,
    }
}

/// The person in the first user id, else the short key id.
fn name_of(info: &KeyInfo) -> String {
    let person = info.user_ids.first().map(|id| id.split('<').next().unwrap_or_default().trim().to_owned());
    let name: String = person.unwrap_or_default().chars().filter(|c| !c.is_control()).take(200).collect();
    if name.trim().is_empty() { info.short_key_id.clone() } else { name.trim().to_owned() }
}
