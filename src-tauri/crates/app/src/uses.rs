//! Where keys and connections are used: what would break without them.

use crate::app::App;
use crate::error::Result;
use courier_domain::audit::{AuditLogEntry, AuditableEntityType};
use courier_domain::connection::Connection;
use courier_domain::job::Job;
use courier_domain::step::{FieldType, StepType};
use courier_domain::{ConnectionId, JobId, SshKeyId};
use courier_store::AuditFilter;
use serde::Serialize;
use serde_json::Value;
use specta::Type;
use std::collections::HashMap;
use uuid::Uuid;

/// Entries of a key's history that are shown.
const HISTORY: u32 = 200;

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

/// One thing that refers to another: a job by a step or because it waits, a chain, a monitor, a notification rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct Reference {
    pub kind: AuditableEntityType,
    pub id: Uuid,
    pub name: String,
    /// The place in it: `steps[Download].configuration.connection_id`, `members[fetch]`, `bindings`, `dependencies`, …
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

    /// What was done with and to a PGP or SSH key, newest first; at most 200 entries.
    pub async fn keys_history(&self, id: Uuid) -> Result<Vec<AuditLogEntry>> {
        let filter = AuditFilter { entity_ids: vec![id], limit: HISTORY, ..AuditFilter::default() };
        Ok(self.read().await?.audit_entries(&filter).await?)
    }

    /// What refers to a connection.
    pub async fn connections_where_used(&self, id: ConnectionId) -> Result<Vec<Reference>> {
        use AuditableEntityType::{FileMonitor, Job};
        let mut session = self.read().await?;
        let steps = step_uses(&session.jobs().await?).remove(&id.0).unwrap_or_default();
        let mut found: Vec<Reference> = steps
            .into_iter()
            .map(|s| {
                let how = format!("steps[{}].configuration.{}", s.step_name, s.field);
                Reference { kind: Job, id: s.job_id.0, name: s.job_name, how }
            })
            .collect();
        let monitors = session.monitors().await?;
        found.extend(monitors.into_iter().filter(|m| m.watch_target.connection_id == Some(id)).map(|m| {
            Reference { kind: FileMonitor, id: m.id.0, name: m.name, how: "watch_target".to_owned() }
        }));
        Ok(found)
    }

    /// What refers to a job.
    pub async fn jobs_where_used(&self, id: JobId) -> Result<Vec<Reference>> {
        use AuditableEntityType::{Chain, FileMonitor, Job, NotificationRule};
        let mut session = self.read().await?;
        let mut found = Vec::new();
        for chain in session.chains().await? {
            for member in chain.members.iter().filter(|m| m.job_id == id) {
                let how = format!("members[{}]", member.name);
                found.push(Reference { kind: Chain, id: chain.id.0, name: chain.name.clone(), how });
            }
        }
        for monitor in session.monitors().await? {
            if monitor.bindings.iter().any(|b| b.job_id == Some(id)) {
                let how = "bindings".to_owned();
                found.push(Reference { kind: FileMonitor, id: monitor.id.0, name: monitor.name, how });
            }
        }
        for edge in session.downstream_dependencies(id).await? {
            let job = session.job(edge.downstream_job_id).await?;
            if !job.is_deleted {
                found.push(Reference {
                    kind: Job,
                    id: job.id.0,
                    name: job.name,
                    how: "dependencies".to_owned(),
                });
            }
        }
        for rule in session.notification_rules().await? {
            if rule.jobs.contains(&id) {
                found.push(Reference {
                    kind: NotificationRule,
                    id: rule.id.0,
                    name: rule.name,
                    how: "jobs".to_owned(),
                });
            }
        }
        Ok(found)
    }
}
