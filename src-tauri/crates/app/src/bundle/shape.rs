//! The bundle's shape: typed entries, each with the path it stands at. References are still names.

use super::read::{fields, join, list, not_yet, nothing_else, object};
use super::secret::SecretSource;
use courier_domain::connection::{ConnectionDraft, SshAlgorithmConfig};
use courier_domain::job::{FailurePolicy, JobDraft, JobParameter, StepDraft};
use courier_domain::key::{PgpAlgorithm, SshKeyType};
use courier_domain::step::{FieldType, StepType};
use courier_domain::{Problem, Problems};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The version of the format.
pub(super) const FORMAT: u64 = 1;

/// A bundle whose every object is well-formed.
#[derive(Debug, Default)]
pub(super) struct Bundle {
    pub(super) settings: Vec<(String, String)>,
    pub(super) ssh_keys: Vec<KeyEntry<SshOrigin>>,
    pub(super) pgp_keys: Vec<KeyEntry<PgpOrigin>>,
    pub(super) connections: Vec<ConnectionEntry>,
    pub(super) jobs: Vec<JobEntry>,
}

#[derive(Debug)]
pub(super) struct KeyEntry<O> {
    pub(super) path: String,
    pub(super) name: String,
    pub(super) origin: O,
}

#[derive(Debug)]
pub(super) struct FileImport {
    pub(super) file: String,
    pub(super) passphrase: Option<SecretSource>,
}

#[derive(Debug)]
pub(super) enum SshOrigin {
    Generate(SshKeyType),
    Import(FileImport),
    /// Only the public half is known, as in an export: the key must be there already.
    Expected,
}

#[derive(Debug)]
pub(super) enum PgpOrigin {
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

#[derive(Debug)]
pub(super) struct ConnectionEntry {
    pub(super) path: String,
    /// Without its SSH key.
    pub(super) draft: ConnectionDraft,
    /// Name or id.
    pub(super) ssh_key: Option<String>,
    pub(super) password: Option<SecretSource>,
}

#[derive(Debug)]
pub(super) struct JobEntry {
    pub(super) path: String,
    /// References in configurations are still names, secrets are taken out.
    pub(super) draft: JobDraft,
    pub(super) is_enabled: Option<bool>,
    pub(super) secrets: Vec<StepSecret>,
}

#[derive(Debug)]
pub(super) struct StepSecret {
    pub(super) step: usize,
    pub(super) field: String,
    pub(super) source: SecretSource,
}

const KINDS: &[&str] = &["courier", "settings", "ssh_keys", "pgp_keys", "connections", "jobs"];
const LATER: &[&str] = &["tags", "chains", "monitors", "notification_rules", "calendars"];

/// Reads the whole bundle. What has a problem is left out and named in `problems`.
pub(super) fn read(value: Value, problems: &mut Problems) -> Bundle {
    let mut bundle = Bundle::default();
    let Some(mut top) = object(value, "", problems) else { return bundle };
    match top.remove("courier") {
        Some(Value::Number(n)) if n.as_u64() == Some(FORMAT) => {}
        Some(_) => {
            problems.push(Problem::error("courier", "invalid", "This Courier reads bundles of version 1."))
        }
        None => problems.push(Problem::error("courier", "required", "A bundle begins with `courier: 1`.")),
    }
    not_yet(&mut top, LATER, "", problems);
    if let Some(settings) =
        top.remove("settings").filter(|v| !v.is_null()).and_then(|v| object(v, "settings", problems))
    {
        for (key, value) in settings {
            match value {
                Value::String(text) => bundle.settings.push((key, text)),
                Value::Number(n) => bundle.settings.push((key, n.to_string())),
                Value::Bool(b) => bundle.settings.push((key, b.to_string())),
                Value::Null | Value::Array(_) | Value::Object(_) => problems.push(Problem::error(
                    format!("settings.{key}"),
                    "invalid",
                    "A setting's value is a text, a number, true or false.",
                )),
            }
        }
    }
    for (path, item) in list(top.remove("ssh_keys"), "ssh_keys", problems) {
        bundle.ssh_keys.extend(ssh_key(path, item, problems));
    }
    for (path, item) in list(top.remove("pgp_keys"), "pgp_keys", problems) {
        bundle.pgp_keys.extend(pgp_key(path, item, problems));
    }
    for (path, item) in list(top.remove("connections"), "connections", problems) {
        bundle.connections.extend(connection(path, item, problems));
    }
    for (path, item) in list(top.remove("jobs"), "jobs", problems) {
        bundle.jobs.extend(job(path, item, problems));
    }
    nothing_else(&top, KINDS, "", problems);
    no_doubles(bundle.ssh_keys.iter().map(|k| (&k.path, &k.name)), problems);
    no_doubles(bundle.pgp_keys.iter().map(|k| (&k.path, &k.name)), problems);
    no_doubles(bundle.connections.iter().map(|c| (&c.path, &c.draft.name)), problems);
    no_doubles(bundle.jobs.iter().map(|j| (&j.path, &j.draft.name)), problems);
    bundle
}

fn no_doubles<'a>(entries: impl Iterator<Item = (&'a String, &'a String)>, problems: &mut Problems) {
    let mut seen = std::collections::BTreeSet::new();
    for (path, name) in entries {
        if !name.is_empty() && !seen.insert(name.to_lowercase()) {
            problems.push(Problem::error(
                join(path, "name"),
                "duplicate",
                format!("`{name}` is there twice."),
            ));
        }
    }
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

fn take_secret(
    map: &mut Map<String, Value>,
    name: &str,
    path: &str,
    problems: &mut Problems,
) -> Option<SecretSource> {
    let value = map.remove(name).filter(|v| !v.is_null())?;
    SecretSource::read(&value, &join(path, name), problems)
}

fn ssh_key(path: String, value: Value, problems: &mut Problems) -> Option<KeyEntry<SshOrigin>> {
    let mut map = object(value, &path, problems)?;
    not_yet(&mut map, &["tags"], &path, problems);
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
    Some(KeyEntry { path, name: head.name, origin: origin? })
}

fn pgp_key(path: String, value: Value, problems: &mut Problems) -> Option<KeyEntry<PgpOrigin>> {
    let mut map = object(value, &path, problems)?;
    not_yet(&mut map, &["tags"], &path, problems);
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
    Some(KeyEntry { path, name: head.name, origin })
}

/// The fields that a connection needs, with stand-ins.
pub(super) fn minimal_connection() -> Value {
    json!({ "name": "", "protocol": "sftp", "host": "", "username": "" })
}

fn connection(path: String, value: Value, problems: &mut Problems) -> Option<ConnectionEntry> {
    let mut map = object(value, &path, problems)?;
    not_yet(&mut map, &["tags"], &path, problems);
    let password = take_secret(&mut map, "password", &path, problems);
    let ssh_key = match map.remove("ssh_key_id").filter(|v| !v.is_null()) {
        None => None,
        Some(Value::String(name)) => Some(name),
        Some(other) => {
            let message =
                format!("This needs the name or id of an SSH key, not {}.", super::read::kind(&other));
            problems.push(Problem::error(join(&path, "ssh_key_id"), "invalid", message));
            None
        }
    };
    let algorithms = match map.remove("ssh_algorithms").filter(|v| !v.is_null()) {
        None => None,
        Some(value) => {
            let at = join(&path, "ssh_algorithms");
            object(value, &at, problems)
                .and_then(|map| fields::<SshAlgorithmConfig>(&json!({}), map, &at, problems))
        }
    };
    let draft: ConnectionDraft = fields(&minimal_connection(), map, &path, problems)?;
    Some(ConnectionEntry {
        path,
        draft: ConnectionDraft { ssh_algorithms: algorithms, ..draft },
        ssh_key,
        password,
    })
}

fn failure_policy(
    map: &mut Map<String, Value>,
    path: &str,
    problems: &mut Problems,
) -> Option<FailurePolicy> {
    let value = map.remove("failure_policy").filter(|v| !v.is_null())?;
    let at = join(path, "failure_policy");
    let policy = object(value, &at, problems)?;
    // Without its type there is nothing to read the rest as.
    fields(&json!({ "type": "stop" }), policy, &at, problems)
}

fn job(path: String, value: Value, problems: &mut Problems) -> Option<JobEntry> {
    let mut map = object(value, &path, problems)?;
    not_yet(&mut map, &["tags", "schedules", "dependencies"], &path, problems);
    let is_enabled = match map.remove("is_enabled").filter(|v| !v.is_null()) {
        None => None,
        Some(Value::Bool(enabled)) => Some(enabled),
        Some(_) => {
            problems.push(Problem::error(join(&path, "is_enabled"), "invalid", "Enter true or false."));
            None
        }
    };
    let policy = failure_policy(&mut map, &path, problems);
    let mut parameters: Vec<JobParameter> = Vec::new();
    for (at, item) in list(map.remove("parameters"), &join(&path, "parameters"), problems) {
        let parameter = object(item, &at, problems).unwrap_or_default();
        parameters.extend(fields::<JobParameter>(&json!({ "name": "" }), parameter, &at, problems));
    }
    let mut steps = Vec::new();
    let mut secrets = Vec::new();
    for (index, (at, item)) in
        list(map.remove("steps"), &join(&path, "steps"), problems).into_iter().enumerate()
    {
        steps.extend(step(&at, index, item, &mut secrets, problems));
    }
    let draft: JobDraft = fields(&json!({ "name": "" }), map, &path, problems)?;
    let draft = JobDraft { failure_policy: policy.unwrap_or_default(), parameters, steps, ..draft };
    Some(JobEntry { path, draft, is_enabled, secrets })
}

fn step(
    path: &str,
    index: usize,
    value: Value,
    secrets: &mut Vec<StepSecret>,
    problems: &mut Problems,
) -> Option<StepDraft> {
    let mut map = object(value, path, problems).unwrap_or_default();
    let policy = failure_policy(&mut map, path, problems);
    let mut step: StepDraft = fields(&json!({ "name": "", "type_key": "" }), map, path, problems)?;
    step.failure_policy = policy;
    // An id in a bundle would be another store's.
    step.id = None;
    if let Ok(step_type) = step.type_key.parse::<StepType>() {
        for field in step_type.spec().fields.iter().filter(|f| f.field_type == FieldType::Secret) {
            let Some(value) = step.configuration.get(&field.name).filter(|v| !v.is_null()) else { continue };
            let at = format!("{path}.configuration.{}", field.name);
            if let Some(source) = SecretSource::read(value, &at, problems) {
                secrets.push(StepSecret { step: index, field: field.name.clone(), source });
            }
            step.configuration.remove(&field.name);
        }
    }
    Some(step)
}
