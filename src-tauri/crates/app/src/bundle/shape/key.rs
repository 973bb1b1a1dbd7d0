//! Keys: generated, imported, or given by their public part.

use super::{names, take_secret};
use crate::bundle::read::{fields, join, object};
use crate::bundle::secret::SecretSource;
use courier_domain::key::{PgpAlgorithm, SshKeyType};
use courier_domain::{Problem, Problems};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug)]
pub(in crate::bundle) struct KeyEntry<O> {
    pub(in crate::bundle) path: String,
    pub(in crate::bundle) name: String,
    pub(in crate::bundle) origin: O,
    /// `None` leaves the tags as they are.
    pub(in crate::bundle) tags: Option<Vec<String>>,
}

#[derive(Debug)]
pub(in crate::bundle) struct FileImport {
    pub(in crate::bundle) file: String,
    pub(in crate::bundle) passphrase: Option<SecretSource>,
}

#[derive(Debug)]
pub(in crate::bundle) enum SshOrigin {
    Generate(SshKeyType),
    Import(FileImport),
    /// An OpenSSH public line, as in an export: the key must be there already, or its private part comes later.
    PublicKey(String),
    /// The key must be there already.
    Expected,
}

#[derive(Debug)]
pub(in crate::bundle) enum PgpOrigin {
    Generate {
        algorithm: PgpAlgorithm,
        user_id: String,
        expires_in_days: Option<u32>,
        passphrase: Option<SecretSource>,
    },
    Import(FileImport),
    /// An armored certificate, as in an export.
    PublicKey(String),
    Expected,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NameOnly {
    name: String,
    #[serde(default)]
    public_key: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ImportShape {
    file: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SshGenerate {
    #[serde(default = "ed25519")]
    key_type: SshKeyType,
}

fn ed25519() -> SshKeyType {
    SshKeyType::Ed25519
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PgpGenerate {
    #[serde(default = "curve25519")]
    algorithm: PgpAlgorithm,
    user_id: String,
    #[serde(default)]
    expires_in_days: Option<u32>,
}

fn curve25519() -> PgpAlgorithm {
    PgpAlgorithm::EccCurve25519
}

/// `generate` and `import` exclude each other.
fn one_origin(generate: bool, import: bool, path: &str, problems: &mut Problems) {
    if generate && import {
        problems.push(Problem::error(path, "invalid", "A key is either generated or imported, not both."));
    }
}

fn file_import(value: Value, path: &str, problems: &mut Problems) -> Option<FileImport> {
    let mut map = object(value, path, problems)?;
    let passphrase = take_secret(&mut map, "passphrase", path, problems);
    let shape: ImportShape = fields(&json!({ "file": "" }), map, path, problems)?;
    Some(FileImport { file: shape.file, passphrase })
}

pub(super) fn ssh_key(path: String, value: Value, problems: &mut Problems) -> Option<KeyEntry<SshOrigin>> {
    let mut map = object(value, &path, problems)?;
    let tags = names(map.remove("tags"), &join(&path, "tags"), problems);
    let (generate, import) = (map.remove("generate"), map.remove("import"));
    one_origin(generate.is_some(), import.is_some(), &path, problems);
    let origin = match (generate, import) {
        (Some(generate), _) => {
            let at = join(&path, "generate");
            let map = object(generate, &at, problems)?;
            fields::<SshGenerate>(&json!({}), map, &at, problems).map(|g| SshOrigin::Generate(g.key_type))
        }
        (None, Some(import)) => file_import(import, &join(&path, "import"), problems).map(SshOrigin::Import),
        (None, None) => Some(SshOrigin::Expected),
    };
    let head: NameOnly = fields(&json!({ "name": "" }), map, &path, problems)?;
    let origin = match (origin?, head.public_key) {
        (SshOrigin::Expected, Some(line)) => SshOrigin::PublicKey(line),
        (origin, _) => origin,
    };
    Some(KeyEntry { path, name: head.name, origin, tags })
}

pub(super) fn pgp_key(path: String, value: Value, problems: &mut Problems) -> Option<KeyEntry<PgpOrigin>> {
    let mut map = object(value, &path, problems)?;
    let tags = names(map.remove("tags"), &join(&path, "tags"), problems);
    let (generate, import) = (map.remove("generate"), map.remove("import"));
    one_origin(generate.is_some(), import.is_some(), &path, problems);
    let origin = match (generate, import) {
        (Some(generate), _) => {
            let at = join(&path, "generate");
            let mut map = object(generate, &at, problems)?;
            let passphrase = take_secret(&mut map, "passphrase", &at, problems);
            fields::<PgpGenerate>(&json!({ "user_id": "" }), map, &at, problems).map(|g| {
                PgpOrigin::Generate {
                    algorithm: g.algorithm,
                    user_id: g.user_id,
                    expires_in_days: g.expires_in_days,
                    passphrase,
                }
            })
        }
        (None, Some(import)) => file_import(import, &join(&path, "import"), problems).map(PgpOrigin::Import),
        (None, None) => None,
    };
    let had_problem = origin.is_none() && problems.0.iter().any(|p| p.path.starts_with(&path));
    let head: NameOnly = fields(&json!({ "name": "" }), map, &path, problems)?;
    let origin = match (origin, head.public_key) {
        (Some(origin), None) => origin,
        (Some(_), Some(_)) => {
            let message = "A key is generated, imported, or given by its public key: one of them.";
            problems.push(Problem::error(join(&path, "public_key"), "invalid", message));
            return None;
        }
        (None, Some(armored)) => PgpOrigin::PublicKey(armored),
        (None, None) if had_problem => return None,
        (None, None) => PgpOrigin::Expected,
    };
    Some(KeyEntry { path, name: head.name, origin, tags })
}
