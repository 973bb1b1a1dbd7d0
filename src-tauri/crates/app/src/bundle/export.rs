//! Writing the store down as a bundle: references by name, secrets as `{prompt: true}`, keys by their public part.
//!
//! Invariant: applying an export to its own store changes nothing.

use super::shape::{FORMAT, minimal_connection};
use crate::app::App;
use crate::error::{AppError, Result};
use courier_domain::connection::{Connection, ConnectionDraft};
use courier_domain::job::{Job, JobDraft, StepDraft, slug};
use courier_domain::setting::setting;
use courier_domain::step::{FieldType, StepType};
use courier_domain::{ErrorCode, JobId};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    Yaml,
    Json,
}

/// One kind of the bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportKind {
    Settings,
    SshKeys,
    PgpKeys,
    Connections,
    Jobs,
}

impl ExportKind {
    pub const ALL: &'static [ExportKind] = &[
        ExportKind::Settings,
        ExportKind::SshKeys,
        ExportKind::PgpKeys,
        ExportKind::Connections,
        ExportKind::Jobs,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            ExportKind::Settings => "settings",
            ExportKind::SshKeys => "ssh_keys",
            ExportKind::PgpKeys => "pgp_keys",
            ExportKind::Connections => "connections",
            ExportKind::Jobs => "jobs",
        }
    }
}

/// An object whose fields keep the order a person reads them in.
#[derive(Debug, Default)]
struct Ordered(Vec<(String, Node)>);

#[derive(Debug)]
enum Node {
    Value(Value),
    Object(Ordered),
    List(Vec<Ordered>),
}

impl Serialize for Ordered {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, node) in &self.0 {
            map.serialize_entry(name, node)?;
        }
        map.end()
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Node::Value(value) => value.serialize(serializer),
            Node::Object(object) => object.serialize(serializer),
            Node::List(items) => items.serialize(serializer),
        }
    }
}

/// Names of what is referred to, by id.
struct NamesById(HashMap<String, String>);

impl NamesById {
    fn put(&self, value: &mut Value) {
        match value {
            Value::String(id) => {
                if let Some(name) = self.0.get(id) {
                    *id = name.clone();
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.put(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {}
        }
    }
}

impl App {
    /// The bundle of everything, or of some kinds.
    pub async fn bundle_export(&self, kinds: &[ExportKind], format: ExportFormat) -> Result<String> {
        let mut session = self.read().await?;
        let names = self.names_by_id().await?;
        let mut out = Ordered(vec![("courier".to_owned(), Node::Value(json!(FORMAT)))]);
        for kind in kinds {
            let node = match kind {
                ExportKind::Settings => {
                    let changed: Map<String, Value> = session
                        .settings()
                        .await?
                        .into_iter()
                        .filter(|s| setting(&s.key).is_some_and(|spec| spec.default != s.value))
                        .map(|s| (s.key, Value::String(s.value)))
                        .collect();
                    if changed.is_empty() {
                        continue;
                    }
                    Node::Value(Value::Object(changed))
                }
                ExportKind::SshKeys => Node::List(
                    session
                        .ssh_keys()
                        .await?
                        .into_iter()
                        .map(|k| public_key(k.name, k.public_key_data))
                        .collect(),
                ),
                ExportKind::PgpKeys => Node::List(
                    session
                        .pgp_keys()
                        .await?
                        .into_iter()
                        .map(|k| public_key(k.name, k.public_key_data))
                        .collect(),
                ),
                ExportKind::Connections => {
                    let rows = session.connections().await?;
                    Node::List(rows.iter().map(|c| connection(c, &names)).collect::<Result<_>>()?)
                }
                ExportKind::Jobs => {
                    let rows = session.jobs().await?;
                    Node::List(rows.iter().map(|j| job(j, &names)).collect::<Result<_>>()?)
                }
            };
            if !matches!(&node, Node::List(items) if items.is_empty()) {
                out.0.push((kind.as_str().to_owned(), node));
            }
        }
        written(&out, format)
    }

    /// The bundle of one job.
    pub async fn jobs_export(&self, id: JobId, format: ExportFormat) -> Result<String> {
        let row = self.read().await?.job(id).await?;
        let names = self.names_by_id().await?;
        let out = Ordered(vec![
            ("courier".to_owned(), Node::Value(json!(FORMAT))),
            ("jobs".to_owned(), Node::List(vec![job(&row, &names)?])),
        ]);
        written(&out, format)
    }

    async fn names_by_id(&self) -> Result<NamesById> {
        let mut session = self.read().await?;
        let mut names = HashMap::new();
        names.extend(session.connections().await?.into_iter().map(|c| (c.id.to_string(), c.name)));
        names.extend(session.pgp_keys().await?.into_iter().map(|k| (k.id.to_string(), k.name)));
        names.extend(session.ssh_keys().await?.into_iter().map(|k| (k.id.to_string(), k.name)));
        Ok(NamesById(names))
    }
}

fn written(out: &Ordered, format: ExportFormat) -> Result<String> {
    let text = match format {
        ExportFormat::Yaml => serde_saphyr::to_string(out).map_err(|e| e.to_string()),
        ExportFormat::Json => serde_json::to_string_pretty(out).map(|t| t + "\n").map_err(|e| e.to_string()),
    };
    text.map_err(|detail| {
        AppError::new(ErrorCode::Internal, format!("The bundle cannot be written: {detail}."))
    })
}

fn public_key(name: String, public: String) -> Ordered {
    Ordered(vec![
        ("name".to_owned(), Node::Value(Value::String(name))),
        ("public_key".to_owned(), Node::Value(Value::String(public))),
    ])
}

/// A draft's fields without those that have their default, in `order`, the others after it.
fn trimmed(
    draft: &impl Serialize,
    example: &impl Serialize,
    required: &[&str],
) -> Result<Map<String, Value>> {
    let (Value::Object(mut fields), Value::Object(example)) = (
        serde_json::to_value(draft).map_err(AppError::internal)?,
        serde_json::to_value(example).map_err(AppError::internal)?,
    ) else {
        return Err(AppError::internal("a draft is not an object"));
    };
    fields.retain(|name, value| required.contains(&name.as_str()) || example.get(name) != Some(value));
    Ok(fields)
}

fn ordered(mut fields: Map<String, Value>, order: &[&str]) -> Ordered {
    let mut out = Ordered::default();
    for name in order {
        if let Some(value) = fields.remove(*name) {
            out.0.push(((*name).to_owned(), Node::Value(value)));
        }
    }
    out.0.extend(fields.into_iter().map(|(name, value)| (name, Node::Value(value))));
    out
}

fn connection(connection: &Connection, names: &NamesById) -> Result<Ordered> {
    let example: ConnectionDraft =
        serde_json::from_value(minimal_connection()).map_err(AppError::internal)?;
    let required = ["name", "protocol", "host", "port", "username", "auth_method", "host_key_policy"];
    let mut fields = trimmed(&connection.to_draft(), &example, &required)?;
    if let Some(value) = fields.get_mut("ssh_key_id") {
        names.put(value);
    }
    if connection.auth_method.needs_password() {
        fields.insert("password".to_owned(), json!({ "prompt": true }));
    }
    Ok(ordered(
        fields,
        &["name", "group", "protocol", "host", "port", "username", "auth_method", "ssh_key_id", "password"],
    ))
}

fn job(job: &Job, names: &NamesById) -> Result<Ordered> {
    let example: JobDraft = serde_json::from_value(json!({ "name": "" })).map_err(AppError::internal)?;
    let draft = job.to_draft();
    let mut fields = trimmed(&draft, &example, &["name"])?;
    fields.remove("steps");
    if !job.is_enabled {
        fields.insert("is_enabled".to_owned(), Value::Bool(false));
    }
    let mut out = ordered(
        fields,
        &[
            "name",
            "description",
            "is_enabled",
            "failure_policy",
            "time_zone",
            "max_instances",
            "priority",
            "run_on",
        ],
    );
    let mut steps = Vec::new();
    for step in &draft.steps {
        let defaults: StepDraft =
            serde_json::from_value(json!({ "name": "", "type_key": "" })).map_err(AppError::internal)?;
        let example = StepDraft { id: step.id, alias: Some(slug(&step.name)), ..defaults };
        let mut fields = trimmed(step, &example, &["name", "type_key"])?;
        let mut configuration = step.configuration.clone();
        fields.remove("configuration");
        if let Ok(step_type) = step.type_key.parse::<StepType>() {
            for field in step_type.spec().fields {
                let Some(value) = configuration.get_mut(&field.name) else { continue };
                match field.field_type {
                    FieldType::ConnectionId | FieldType::PgpKeyId | FieldType::PgpKeyIdList => {
                        names.put(value)
                    }
                    FieldType::Secret if !value.is_null() => *value = json!({ "prompt": true }),
                    FieldType::Secret
                    | FieldType::Text
                    | FieldType::Integer
                    | FieldType::Boolean
                    | FieldType::Choice
                    | FieldType::PathList
                    | FieldType::TextList => {}
                }
            }
        }
        let mut step = ordered(fields, &["name", "alias", "type_key"]);
        let order: Vec<String> = match step_order(&draft, &configuration, steps.len()) {
            Some(order) => order,
            None => configuration.keys().cloned().collect(),
        };
        let order: Vec<&str> = order.iter().map(String::as_str).collect();
        let at = step
            .0
            .iter()
            .take_while(|(name, _)| ["name", "alias", "type_key"].contains(&name.as_str()))
            .count();
        step.0.insert(at, ("configuration".to_owned(), Node::Object(ordered(configuration, &order))));
        steps.push(step);
    }
    out.0.push(("steps".to_owned(), Node::List(steps)));
    Ok(out)
}

/// The configuration's fields in the order of the step type's spec.
fn step_order(draft: &JobDraft, configuration: &Map<String, Value>, index: usize) -> Option<Vec<String>> {
    let step_type: StepType = draft.steps.get(index)?.type_key.parse().ok()?;
    Some(
        step_type
            .spec()
            .fields
            .into_iter()
            .map(|f| f.name)
            .filter(|name| configuration.contains_key(name))
            .collect(),
    )
}
