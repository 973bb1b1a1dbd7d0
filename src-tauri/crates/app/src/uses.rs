//! Where keys and connections are used: what would break without them.

use crate::app::App;
use crate::error::Result;
use courier_domain::connection::Connection;
use courier_domain::job::Job;
use courier_domain::step::{FieldType, StepType};
use courier_domain::{ConnectionId, JobId, SshKeyId};
use serde::Serialize;
use serde_json::Value;
use specta::Type;
use std::collections::HashMap;
use uuid::Uuid;

/// One place that refers to a key: a step of a job, or a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct Use {
    pub job_id: Option<JobId>,
    pub job_name: Option<String>,
    pub step_name: Option<String>,
    pub connection_id: Option<ConnectionId>,
    pub connection_name: Option<String>,
    /// The field that refers to it: `recipient_key_ids`, `ssh_key_id`, …
    pub how: String,
}

/// One step that refers to something.
#[derive(Debug, Clone)]
pub(crate) struct StepUse {
    pub(crate) job_id: JobId,
    pub(crate) job_name: String,
    pub(crate) step_name: String,
    pub(crate) field: String,
}

impl From<StepUse> for Use {
    fn from(step: StepUse) -> Self {
        Self {
            job_id: Some(step.job_id),
            job_name: Some(step.job_name),
            step_name: Some(step.step_name),
            connection_id: None,
            connection_name: None,
            how: step.field,
        }
    }
}

/// What the steps of `jobs` refer to, by id.
pub(crate) fn step_uses(jobs: &[Job]) -> HashMap<Uuid, Vec<StepUse>> {
    let mut uses: HashMap<Uuid, Vec<StepUse>> = HashMap::new();
    for job in jobs {
        for step in &job.steps {
            let Ok(step_type) = step.type_key.parse::<StepType>() else { continue };
            for field in step_type.spec().fields {
                let refers = matches!(
                    field.field_type,
                    FieldType::ConnectionId | FieldType::PgpKeyId | FieldType::PgpKeyIdList
                );
                let Some(value) = step.configuration.get(&field.name).filter(|_| refers) else { continue };
                for id in ids(value) {
                    uses.entry(id).or_default().push(StepUse {
                        job_id: job.id,
                        job_name: job.name.clone(),
                        step_name: step.name.clone(),
                        field: field.name.clone(),
                    });
                }
            }
        }
    }
    uses
}

/// The connections that log in with an SSH key.
pub(crate) fn ssh_key_uses(connections: &[Connection], key: SshKeyId) -> Vec<Use> {
    connections
        .iter()
        .filter(|c| c.ssh_key_id == Some(key))
        .map(|c| Use {
            job_id: None,
            job_name: None,
            step_name: None,
            connection_id: Some(c.id),
            connection_name: Some(c.name.clone()),
            how: "ssh_key_id".to_owned(),
        })
        .collect()
}

fn ids(value: &Value) -> Vec<Uuid> {
    match value {
        Value::String(text) => text.parse().into_iter().collect(),
        Value::Array(items) => items.iter().flat_map(ids).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}

impl App {
    /// Where a PGP or SSH key is used.
    pub async fn keys_where_used(&self, id: Uuid) -> Result<Vec<Use>> {
        let mut session = self.read().await?;
        let mut uses: Vec<Use> = step_uses(&session.jobs().await?)
            .remove(&id)
            .unwrap_or_default()
            .into_iter()
            .map(Use::from)
            .collect();
        uses.extend(ssh_key_uses(&session.connections().await?, SshKeyId(id)));
        Ok(uses)
    }
}
