//! Writing the store down as a bundle: references by name, secrets as `{prompt: true}`, keys by their public part.
//!
//! Invariant: applying an export to its own store changes nothing, and applied to an empty store it is exported again
//! as the same text.

mod calendar;
mod chain;
mod connection;
mod job;
mod monitor;
mod names;
mod ordered;
mod rule;
mod schedule;
mod tag;

pub(super) use calendar::calendar;
pub(super) use chain::chain;
pub(super) use connection::connection;
pub(super) use job::{Attached, job, step};
pub(super) use monitor::monitor;
pub(super) use names::{NamesById, tag_names};
pub(super) use ordered::Ordered;
pub(super) use rule::rule;
pub(super) use tag::tag;

use super::plan::waits_for_secret;
use super::shape::FORMAT;
use super::{BundleKind, ExportFormat};
use crate::app::App;
use crate::error::{AppError, Result};
use courier_domain::dependency::DependencyDraft;
use courier_domain::job::Job;
use courier_domain::schedule::{ChainSchedule, JobSchedule, ScheduleDraft};
use courier_domain::setting::{ALLOW_COMMANDS, setting};
use courier_domain::tag::TaggableEntityType;
use courier_domain::{ErrorCode, JobId};
use serde_json::{Map, Value, json};

impl App {
    /// The bundle of everything, or of some kinds.
    pub async fn bundle_export(&self, kinds: &[BundleKind], format: ExportFormat) -> Result<String> {
        let names = self.names_by_id().await?;
        let mut out = Ordered::default();
        out.put("courier", json!(FORMAT));
        for kind in kinds {
            let rows = match kind {
                BundleKind::Settings => {
                    let changed = self.changed_settings().await?;
                    if !changed.is_empty() {
                        out.put(kind.as_str(), Value::Object(changed));
                    }
                    continue;
                }
                BundleKind::Tags => {
                    let rows = self.read().await?.tags().await?;
                    rows.iter().map(|row| tag(&row.tag)).collect::<Result<_>>()?
                }
                BundleKind::Calendars => {
                    let rows = self.read().await?.calendars().await?;
                    rows.iter().map(calendar).collect::<Result<_>>()?
                }
                BundleKind::SshKeys | BundleKind::PgpKeys => self.export_keys(*kind).await?,
                BundleKind::Connections => {
                    let mut session = self.read().await?;
                    let rows = session.connections().await?;
                    let ids = rows.iter().map(|row| row.id);
                    let tagged = tag_names(&mut session, TaggableEntityType::Connection, ids).await?;
                    rows.iter()
                        .map(|row| connection(row, tagged.get(&row.id.0).map_or(&[], Vec::as_slice), &names))
                        .collect::<Result<_>>()?
                }
                BundleKind::Jobs => {
                    let rows = self.read().await?.jobs().await?;
                    self.export_jobs(&rows, &names).await?
                }
                BundleKind::Chains => self.export_chains(&names).await?,
                BundleKind::Monitors => {
                    let mut session = self.read().await?;
                    let rows = session.monitors().await?;
                    let ids = rows.iter().map(|row| row.id);
                    let tagged = tag_names(&mut session, TaggableEntityType::FileMonitor, ids).await?;
                    rows.iter()
                        .map(|row| monitor(row, tagged.get(&row.id.0).map_or(&[], Vec::as_slice), &names))
                        .collect::<Result<_>>()?
                }
                BundleKind::NotificationRules => {
                    let rows = self.read().await?.notification_rules().await?;
                    rows.iter().map(|row| rule(row, &names)).collect::<Result<_>>()?
                }
            };
            out.put_list(kind.as_str(), rows);
        }
        written(&out, format)
    }

    /// The bundle of one job.
    pub async fn jobs_export(&self, id: JobId, format: ExportFormat) -> Result<String> {
        let row = self.read().await?.job(id).await?;
        let names = self.names_by_id().await?;
        let mut out = Ordered::default();
        out.put("courier", json!(FORMAT));
        out.put_list("jobs", self.export_jobs(&[row], &names).await?);
        written(&out, format)
    }

    async fn changed_settings(&self) -> Result<Map<String, Value>> {
        let rows = self.read().await?.settings().await?;
        Ok(rows
            .into_iter()
            .filter(|s| s.key != ALLOW_COMMANDS)
            .filter(|s| setting(&s.key).is_some_and(|spec| spec.default != s.value))
            .map(|s| (s.key, Value::String(s.value)))
            .collect())
    }

    async fn export_keys(&self, kind: BundleKind) -> Result<Vec<Ordered>> {
        let mut session = self.read().await?;
        let (rows, kind) = if kind == BundleKind::SshKeys {
            let rows = session.ssh_keys().await?;
            let rows: Vec<_> = rows.into_iter().map(|k| (k.id.0, k.name, k.public_key_data)).collect();
            (rows, TaggableEntityType::SshKey)
        } else {
            let rows = session.pgp_keys().await?;
            let rows: Vec<_> = rows.into_iter().map(|k| (k.id.0, k.name, k.public_key_data)).collect();
            (rows, TaggableEntityType::PgpKey)
        };
        let mut tagged = tag_names(&mut session, kind, rows.iter().map(|(id, _, _)| *id)).await?;
        Ok(rows
            .into_iter()
            .map(|(id, name, public_key)| {
                let mut out = Ordered::default();
                out.put("name", Value::String(name));
                out.put("public_key", Value::String(public_key));
                out.put_names("tags", &tagged.remove(&id).unwrap_or_default());
                out
            })
            .collect())
    }

    async fn export_jobs(&self, rows: &[Job], names: &NamesById) -> Result<Vec<Ordered>> {
        let mut session = self.read().await?;
        let tagged = tag_names(&mut session, TaggableEntityType::Job, rows.iter().map(|row| row.id)).await?;
        let schedules: Vec<JobSchedule> = session.schedules().await?;
        let dependencies = session.dependencies().await?;
        drop(session);
        let mut out = Vec::with_capacity(rows.len());
        for row in rows {
            let mut upstream: Vec<DependencyDraft> = dependencies
                .iter()
                .filter(|d| d.downstream_job_id == row.id)
                .map(|d| DependencyDraft {
                    upstream_job_id: d.upstream_job_id,
                    run_on_failure: d.run_on_failure,
                    trigger_downstream: d.trigger_downstream,
                })
                .collect();
            upstream.sort_by_key(|d| names.of(d.upstream_job_id).to_lowercase());
            let attached = Attached {
                tags: tagged.get(&row.id.0).cloned().unwrap_or_default(),
                schedules: schedules
                    .iter()
                    .filter(|s| s.job_id == row.id)
                    .map(|s| s.schedule.to_draft())
                    .collect(),
                dependencies: upstream,
                waits_for_secret: waits_for_secret(self, row).await?,
            };
            out.push(job(row, &attached, names)?);
        }
        Ok(out)
    }

    async fn export_chains(&self, names: &NamesById) -> Result<Vec<Ordered>> {
        let mut session = self.read().await?;
        let rows = session.chains().await?;
        let ids = rows.iter().map(|row| row.id);
        let tagged = tag_names(&mut session, TaggableEntityType::JobChain, ids).await?;
        let schedules: Vec<ChainSchedule> = session.schedules().await?;
        rows.iter()
            .map(|row| {
                let mine: Vec<ScheduleDraft> = schedules
                    .iter()
                    .filter(|s| s.chain_id == row.id)
                    .map(|s| s.schedule.to_draft())
                    .collect();
                chain(row, tagged.get(&row.id.0).map_or(&[], Vec::as_slice), &mine, names)
            })
            .collect()
    }
}

pub(super) fn written(out: &Ordered, format: ExportFormat) -> Result<String> {
    let text = match format {
        ExportFormat::Yaml => serde_saphyr::to_string(out).map_err(|e| e.to_string()),
        ExportFormat::Json => serde_json::to_string_pretty(out).map(|t| t + "\n").map_err(|e| e.to_string()),
    };
    text.map_err(|detail| {
        AppError::new(ErrorCode::Internal, format!("The bundle cannot be written: {detail}."))
    })
}
