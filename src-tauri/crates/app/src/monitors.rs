//! File monitors: listing, editing, steering, and the files they started something for.
//!
//! Left out: watching (the engine does). Invariant: what is saved passed [`MonitorDraft::check`], and its values fit the
//! parameters that the jobs declare.

use crate::app::App;
use crate::error::{AppError, Result};
use crate::schedules::check_chain;
use courier_domain::monitor::{
    FileMonitor, MonitorDraft, MonitorEvent, MonitorFileLog, MonitorReferences, MonitorState, WatchTargetType,
};
use courier_domain::tag::{Tag, TaggableEntityType};
use courier_domain::{ErrorCode, FileMonitorId, MonitorFileLogId, MonitorJobBindingId, Problems, Timestamp};
use courier_engine::parameters;
use courier_store::{FileLogFilter, Session};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A monitor in the list.
#[derive(Debug, Clone, Serialize, Type)]
pub struct MonitorRow {
    pub monitor: FileMonitor,
    /// Of a remote folder.
    pub connection_name: Option<String>,
    /// Names of the jobs and chains that it starts, in their order.
    pub starts: Vec<String>,
    pub tags: Vec<Tag>,
}

/// A monitor as its page shows it.
#[derive(Debug, Clone, Serialize, Type)]
pub struct MonitorView {
    pub monitor: FileMonitor,
    /// Of a remote folder.
    pub connection_name: Option<String>,
    pub bindings: Vec<BindingView>,
    pub tags: Vec<Tag>,
    /// When the folder was last looked at.
    pub looked_at: Option<Timestamp>,
}

/// What a monitor starts, by name.
#[derive(Debug, Clone, Serialize, Type)]
pub struct BindingView {
    pub binding_id: MonitorJobBindingId,
    /// `job` or `chain`.
    pub kind: TaggableEntityType,
    pub name: String,
}

/// Which monitors to list; an empty filter means all.
#[derive(Debug, Clone, Default, Deserialize, Type)]
#[serde(default)]
pub struct MonitorFilter {
    pub states: Vec<MonitorState>,
    /// Name or id of a tag.
    pub tag: Option<String>,
}

/// Which files of a monitor to list. `after` is the `next` of the page before.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct MonitorFileFilter {
    pub monitor_id: FileMonitorId,
    #[serde(default)]
    pub path: Option<String>,
    pub limit: u32,
    #[serde(default)]
    pub after: Option<MonitorFileLogId>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct MonitorFilePage {
    /// Newest first.
    pub items: Vec<MonitorFileLog>,
    /// The cursor of the next page, if there is one.
    pub next: Option<MonitorFileLogId>,
}

impl App {
    /// Monitors that are not deleted, by name.
    pub async fn monitors_list(&self, filter: MonitorFilter) -> Result<Vec<MonitorRow>> {
        let mut session = self.read().await?;
        let mut monitors = session.monitors().await?;
        if !filter.states.is_empty() {
            monitors.retain(|monitor| filter.states.contains(&monitor.state));
        }
        if let Some(tag) = &filter.tag {
            let tag = session.find_tag(tag).await?.id;
            let tagged = session.tagged(TaggableEntityType::FileMonitor, tag).await?;
            monitors.retain(|monitor| tagged.contains(&monitor.id.0));
        }
        rows(&mut session, monitors).await
    }

    /// Deleted monitors, newest deletion first.
    pub async fn monitors_deleted(&self) -> Result<Vec<MonitorRow>> {
        let mut session = self.read().await?;
        let monitors = session.deleted_monitors().await?;
        rows(&mut session, monitors).await
    }

    pub async fn monitors_get(&self, id: FileMonitorId) -> Result<MonitorView> {
        let mut session = self.read().await?;
        let monitor = session.monitor(id).await?;
        let mut bindings = Vec::with_capacity(monitor.bindings.len());
        for binding in &monitor.bindings {
            let (kind, name) = match (binding.job_id, binding.chain_id) {
                (Some(id), _) => (TaggableEntityType::Job, session.job(id).await?.name),
                (None, Some(id)) => (TaggableEntityType::JobChain, session.chain(id).await?.name),
                (None, None) => continue,
            };
            bindings.push(BindingView { binding_id: binding.id, kind, name });
        }
        let connection_name = match monitor.watch_target.connection_id {
            Some(id) => Some(session.connection(id).await?.name),
            None => None,
        };
        let mut tags = session.tags_of(TaggableEntityType::FileMonitor, &[id.0]).await?;
        let looked_at = session.directory_state(id).await?.map(|state| state.captured_at);
        let tags = tags.remove(&id.0).unwrap_or_default();
        Ok(MonitorView { monitor, connection_name, bindings, tags, looked_at })
    }

    /// The monitor with that name (in any case) or id.
    pub async fn monitors_find(&self, name_or_id: &str) -> Result<FileMonitor> {
        Ok(self.read().await?.find_monitor(name_or_id).await?)
    }

    /// A deleted monitor by name or id; the newest of several with the same name.
    pub async fn monitors_find_deleted(&self, name_or_id: &str) -> Result<FileMonitor> {
        let deleted = self.read().await?.deleted_monitors().await?;
        let wanted = name_or_id.to_lowercase();
        let found =
            deleted.into_iter().find(|m| m.name.to_lowercase() == wanted || m.id.to_string() == wanted);
        found.ok_or_else(|| {
            AppError::new(ErrorCode::NotFound, format!("There is no deleted monitor `{name_or_id}`."))
        })
    }

    /// Everything wrong with a draft. Changes nothing.
    pub async fn monitors_validate(&self, draft: &MonitorDraft) -> Result<Problems> {
        check(draft, &mut self.read().await?).await
    }

    /// Saves a new monitor, or a change of monitor `id`. With `expected`, the `updated_at` that the editor had loaded, it
    /// is refused when somebody else saved meanwhile.
    pub async fn monitors_save(
        &self,
        id: Option<FileMonitorId>,
        draft: MonitorDraft,
        expected: Option<Timestamp>,
    ) -> Result<FileMonitor> {
        let mut unit = self.begin().await?;
        check(&draft, &mut unit).await?.into_result()?;
        let monitor = match id {
            None => {
                let node = self.node_name();
                let monitor = FileMonitor::new(self.new_id(), draft, node, unit.now(), || self.new_id());
                unit.insert_monitor(&monitor).await?;
                monitor
            }
            Some(id) => {
                let before = unit.monitor(id).await?;
                let mut monitor = before.clone();
                monitor.edit(draft, self.node_name(), unit.now(), || self.new_id());
                let seen = expected.unwrap_or(before.updated_at);
                if monitor.to_draft() == before.to_draft() && seen == before.updated_at {
                    return Ok(before);
                }
                unit.update_monitor(&monitor, seen).await?
            }
        };
        unit.commit().await?;
        Ok(monitor)
    }

    pub async fn monitors_pause(&self, id: FileMonitorId) -> Result<FileMonitor> {
        self.move_monitor(id, MonitorEvent::Pause).await
    }

    pub async fn monitors_resume(&self, id: FileMonitorId) -> Result<FileMonitor> {
        self.move_monitor(id, MonitorEvent::Resume).await
    }

    pub async fn monitors_disable(&self, id: FileMonitorId) -> Result<FileMonitor> {
        self.move_monitor(id, MonitorEvent::Disable).await
    }

    pub async fn monitors_activate(&self, id: FileMonitorId) -> Result<FileMonitor> {
        self.move_monitor(id, MonitorEvent::Activate).await
    }

    /// The error was seen; the monitor goes on.
    pub async fn monitors_acknowledge(&self, id: FileMonitorId) -> Result<FileMonitor> {
        self.move_monitor(id, MonitorEvent::Acknowledge).await
    }

    async fn move_monitor(&self, id: FileMonitorId, event: MonitorEvent) -> Result<FileMonitor> {
        let mut unit = self.begin().await?;
        let monitor = unit.move_monitor(id, event, None).await?;
        unit.commit().await?;
        Ok(monitor)
    }

    /// Takes a monitor away; what it started stays, and [`App::monitors_restore`] brings it back.
    pub async fn monitors_delete(&self, id: FileMonitorId) -> Result<()> {
        let mut unit = self.begin().await?;
        unit.delete_monitor(id).await?;
        Ok(unit.commit().await?)
    }

    pub async fn monitors_restore(&self, id: FileMonitorId) -> Result<FileMonitor> {
        let mut unit = self.begin().await?;
        let monitor = unit.restore_monitor(id).await?;
        unit.commit().await?;
        Ok(monitor)
    }

    /// What a monitor started something for.
    pub async fn monitors_files_list(&self, filter: MonitorFileFilter) -> Result<MonitorFilePage> {
        let limit = filter.limit.clamp(1, courier_store::MAX_PAGE);
        let asked = FileLogFilter {
            monitor_id: filter.monitor_id,
            path: filter.path,
            before: filter.after,
            limit: limit + 1,
        };
        let mut items = self.read().await?.monitor_files(&asked).await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        Ok(MonitorFilePage { next: items.last().filter(|_| more).map(|log| log.id), items })
    }

    /// Forgets files, so that they trigger again at the next look; returns how many entries went.
    pub async fn monitors_files_forget(&self, id: FileMonitorId, paths: Vec<String>) -> Result<u64> {
        let mut unit = self.begin().await?;
        let forgotten = unit.forget_monitor_files(id, &paths).await?;
        unit.commit().await?;
        Ok(forgotten)
    }
}

/// Everything wrong with a draft: its own shape, and values that the parameters do not take.
async fn check(draft: &MonitorDraft, session: &mut Session) -> Result<Problems> {
    let jobs: BTreeMap<_, _> = session.jobs().await?.into_iter().map(|job| (job.id, job)).collect();
    let references = MonitorReferences {
        connections: match draft.watch_target.target_type {
            WatchTargetType::Local => Default::default(),
            WatchTargetType::Remote => session.connections().await?.into_iter().map(|c| c.id).collect(),
        },
        jobs: jobs.keys().copied().collect(),
        chains: session.chains().await?.into_iter().map(|chain| chain.id).collect(),
    };
    let mut problems = draft.check(&references);
    for (index, binding) in draft.bindings.iter().enumerate() {
        let mut wrong = Problems::default();
        if let Some(job) = binding.job_id.and_then(|id| jobs.get(&id)) {
            wrong.extend(parameters::check(job, &binding.parameters));
            wrong.extend(parameters::missing(job, &binding.parameters));
        } else if let Some(id) = binding.chain_id.filter(|id| references.chains.contains(id)) {
            wrong.extend(check_chain(id, &binding.parameters, session).await?);
        }
        problems.extend(wrong.under(&format!("bindings[{index}]")));
    }
    Ok(problems)
}

/// Rows with names and tags; a few queries for all of them.
async fn rows(session: &mut Session, monitors: Vec<FileMonitor>) -> Result<Vec<MonitorRow>> {
    let ids: Vec<Uuid> = monitors.iter().map(|monitor| monitor.id.0).collect();
    let mut tags = session.tags_of(TaggableEntityType::FileMonitor, &ids).await?;
    let mut names: BTreeMap<Uuid, String> = BTreeMap::new();
    names.extend(session.jobs().await?.into_iter().map(|job| (job.id.0, job.name)));
    names.extend(session.chains().await?.into_iter().map(|chain| (chain.id.0, chain.name)));
    names.extend(session.connections().await?.into_iter().map(|c| (c.id.0, c.name)));
    Ok(monitors
        .into_iter()
        .map(|monitor| {
            let started = |b: &courier_domain::monitor::MonitorJobBinding| {
                let id = b.job_id.map(Uuid::from).or(b.chain_id.map(Uuid::from));
                id.and_then(|id| names.get(&id).cloned())
            };
            MonitorRow {
                connection_name: monitor.watch_target.connection_id.and_then(|id| names.get(&id.0).cloned()),
                starts: monitor.bindings.iter().filter_map(started).collect(),
                tags: tags.remove(&monitor.id.0).unwrap_or_default(),
                monitor,
            }
        })
        .collect())
}
