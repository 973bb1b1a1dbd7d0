//! File monitors: listing, editing, steering, and the files they started something for.
//!
//! Left out: watching (the engine does). Invariant: what is saved passed [`MonitorDraft::check`], and its values fit the
//! parameters that the jobs declare.

use crate::app::App;
use crate::error::{AppError, Result};
use crate::expected_files::{Expectations, ExpectedStanding};
use crate::schedules::check_chain;
use crate::surroundings;
use courier_domain::monitor::{
    FileMonitor, ListedFile, MonitorDraft, MonitorEvent, MonitorFileLog, MonitorReferences, MonitorState,
    WatchTargetType,
};
use courier_domain::tag::{Tag, TaggableEntityType};
use courier_domain::{ErrorCode, FileMonitorId, MonitorFileLogId, MonitorJobBindingId, Problems, Timestamp};
use courier_engine::{monitors, parameters};
use courier_store::{FileLogFilter, Node, Session, UnitOfWork};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// Whoever asks for a look waits so long for it.
const LOOK_LIMIT: Duration = Duration::from_secs(30);
const LOOKED_EVERY: Duration = Duration::from_millis(50);

/// A monitor in the list.
#[derive(Debug, Clone, Serialize, Type)]
pub struct MonitorRow {
    pub monitor: FileMonitor,
    /// Of a remote folder.
    pub connection_name: Option<String>,
    /// Names of the jobs and chains that it starts, in their order.
    pub starts: Vec<String>,
    pub tags: Vec<Tag>,
    /// How its expected-file clock stands, if it has one.
    pub expected: Option<ExpectedStanding>,
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
    /// How its expected-file clock stands, if it has one.
    pub expected: Option<ExpectedStanding>,
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
        rows(&mut session, monitors, self.now()).await
    }

    /// Deleted monitors, newest deletion first.
    pub async fn monitors_deleted(&self) -> Result<Vec<MonitorRow>> {
        let mut session = self.read().await?;
        let monitors = session.deleted_monitors().await?;
        rows(&mut session, monitors, self.now()).await
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
        let expected = Expectations::load(&mut session, self.now()).await?.of(&monitor, &mut session).await?;
        Ok(MonitorView { monitor, connection_name, bindings, tags, looked_at, expected })
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
        mut draft: MonitorDraft,
        expected: Option<Timestamp>,
    ) -> Result<FileMonitor> {
        if let Some(expected) = &mut draft.expected_files {
            expected.time_zone.get_or_insert_with(surroundings::time_zone);
        }
        let mut unit = self.begin().await?;
        check(&draft, &mut unit).await?.into_result()?;
        let monitor = match id {
            None => {
                let node = self.node_name();
                let monitor = FileMonitor::new(self.new_id(), draft, node, unit.now(), || self.new_id());
                unit.insert_monitor(&monitor).await?;
                self.take_baseline(&mut unit, &monitor, None).await?;
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
                let monitor = unit.update_monitor(&monitor, seen).await?;
                self.take_baseline(&mut unit, &monitor, Some(&before)).await?;
                monitor
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

    /// Pauses every active monitor in one go; returns them.
    pub async fn monitors_pause_all(&self) -> Result<Vec<FileMonitor>> {
        let mut unit = self.begin().await?;
        let paused = unit.pause_all_monitors().await?;
        unit.commit().await?;
        Ok(paused)
    }

    /// Lets the monitors go on that were paused all at once; those that were paused one by one stay so.
    pub async fn monitors_resume_all(&self) -> Result<Vec<FileMonitor>> {
        let mut unit = self.begin().await?;
        let resumed = unit.resume_all_monitors().await?;
        unit.commit().await?;
        Ok(resumed)
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
        if event == MonitorEvent::Activate {
            self.take_baseline(&mut unit, &monitor, None).await?;
        }
        unit.commit().await?;
        Ok(monitor)
    }

    /// What is in a folder when its monitor begins to look at it is known and starts nothing: in the unit of work that
    /// has it begin. With `before`, the monitor was edited: what it looked at already stays as it is known, and what it
    /// sees besides is the baseline. A folder of another node or on a server is left to whoever looks there.
    pub(crate) async fn take_baseline(
        &self,
        unit: &mut UnitOfWork,
        monitor: &FileMonitor,
        before: Option<&FileMonitor>,
    ) -> Result<()> {
        if before.is_some_and(|before| before.sees_the_same(monitor)) {
            return Ok(());
        }
        let is_here = monitor.run_on == "any" || monitor.run_on == self.node_name();
        let found = if is_here {
            let monitor = monitor.clone();
            tokio::task::spawn_blocking(move || monitors::baseline(&monitor))
                .await
                .map_err(AppError::internal)??
        } else {
            None
        };
        let Some(mut files) = found else { return Ok(unit.drop_folder_knowledge(monitor.id).await?) };
        if let Some(before) = before.filter(|before| before.watch_target == monitor.watch_target)
            && let Some(known) = unit.folder_knowledge(monitor.id).await?
        {
            let known: BTreeMap<String, ListedFile> =
                known.files.into_iter().map(|file| (file.path.clone(), file)).collect();
            files.retain(|file| !monitors::counts(before, &file.path) && !known.contains_key(&file.path));
            files.extend(known.into_values().filter(|file| monitors::counts(monitor, &file.path)));
        }
        unit.put_directory_state(monitor.id, &files).await?;
        Ok(())
    }

    /// Asks for a look now, and waits for it if some Courier looks after the monitor.
    ///
    /// # Errors
    /// The monitor is not active; nobody looks after it.
    pub async fn monitors_scan(&self, id: FileMonitorId) -> Result<MonitorView> {
        let monitor = self.read().await?.monitor(id).await?;
        if monitor.state != MonitorState::Active {
            let message = format!("The monitor `{}` is {}.", monitor.name, monitor.state);
            return Err(AppError::new(ErrorCode::Conflict, message)
                .with_hint("Activate, resume or acknowledge it, then scan."));
        }
        let fits =
            |node: &Node| node.serves_queue && (monitor.run_on == "any" || monitor.run_on == node.name);
        if !self.nodes_alive().await?.iter().any(fits) {
            let message = format!("No Courier is running that looks after `{}`.", monitor.name);
            return Err(AppError::new(ErrorCode::Conflict, message)
                .with_hint(format!("Start `courier agent` on {}.", monitor.run_on)));
        }
        let mut unit = self.begin().await?;
        unit.request_monitor_scan(id).await?;
        let asked = unit.now();
        unit.commit().await?;
        let looked = async {
            loop {
                let view = self.monitors_get(id).await?;
                let is_over = view.monitor.state != MonitorState::Active;
                if is_over || view.looked_at.is_some_and(|at| at >= asked) {
                    return Ok(view);
                }
                // Looks are no changes that anybody is told of.
                tokio::time::sleep(LOOKED_EVERY).await;
            }
        };
        match tokio::time::timeout(LOOK_LIMIT, looked).await {
            Ok(view) => view,
            Err(_) => self.monitors_get(id).await,
        }
    }

    /// Takes files that are there as processed, so that they start nothing until they change.
    ///
    /// # Errors
    /// A file that is not there; the folder is on a server, or was not looked at yet.
    pub async fn monitors_files_mark(&self, id: FileMonitorId, paths: Vec<String>) -> Result<u64> {
        let monitor = self.read().await?.monitor(id).await?;
        match monitor.watch_target.target_type {
            WatchTargetType::Local => {}
            WatchTargetType::Remote => {
                let message = "Files on a server cannot be marked from here.";
                return Err(AppError::new(ErrorCode::Unsupported, message)
                    .with_hint("Deactivate and activate the monitor: what is there then is known."));
            }
        }
        let mut files = Vec::with_capacity(paths.len());
        for path in paths {
            let file = monitors::listed_file(&path)?;
            files.push(file.ok_or_else(|| {
                AppError::new(ErrorCode::FileNotFound, format!("There is no file {path}."))
            })?);
        }
        let mut unit = self.begin().await?;
        unit.mark_monitor_files(id, &files).await?;
        unit.commit().await?;
        Ok(files.len() as u64)
    }

    /// Starts again what files have started, by their newest entries in the log; returns how many files it were.
    ///
    /// # Errors
    /// A file that has started nothing; a job or chain that is disabled.
    pub async fn monitors_files_rerun(&self, id: FileMonitorId, paths: Vec<String>) -> Result<u64> {
        let mut unit = self.begin().await?;
        let monitor = unit.monitor(id).await?;
        let mut logs = Vec::with_capacity(paths.len());
        for path in paths {
            let filter = FileLogFilter { monitor_id: id, path: Some(path.clone()), before: None, limit: 1 };
            let newest = unit.monitor_files(&filter).await?.pop();
            logs.push(newest.ok_or_else(|| {
                let message = format!("`{}` has started nothing for {path}.", monitor.name);
                AppError::new(ErrorCode::NotFound, message)
            })?);
        }
        monitors::fire_again(&mut unit, &**self.store().ids(), &monitor, &logs).await?;
        unit.commit().await?;
        Ok(logs.len() as u64)
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
/// Everything wrong with a draft.
pub(crate) async fn check(draft: &MonitorDraft, session: &mut Session) -> Result<Problems> {
    let jobs: BTreeMap<_, _> = session.jobs().await?.into_iter().map(|job| (job.id, job)).collect();
    let references = MonitorReferences {
        connections: match draft.watch_target.target_type {
            WatchTargetType::Local => Default::default(),
            WatchTargetType::Remote => session.connections().await?.into_iter().map(|c| c.id).collect(),
        },
        jobs: jobs.keys().copied().collect(),
        chains: session.chains().await?.into_iter().map(|chain| chain.id).collect(),
        calendars: session.calendars().await?.into_iter().map(|c| (c.id, c)).collect(),
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

/// Rows with names and tags; a few queries for all of them, and one for each with an expected-file clock.
async fn rows(session: &mut Session, monitors: Vec<FileMonitor>, now: Timestamp) -> Result<Vec<MonitorRow>> {
    let ids: Vec<Uuid> = monitors.iter().map(|monitor| monitor.id.0).collect();
    let mut tags = session.tags_of(TaggableEntityType::FileMonitor, &ids).await?;
    let mut names: BTreeMap<Uuid, String> = BTreeMap::new();
    names.extend(session.jobs().await?.into_iter().map(|job| (job.id.0, job.name)));
    names.extend(session.chains().await?.into_iter().map(|chain| (chain.id.0, chain.name)));
    names.extend(session.connections().await?.into_iter().map(|c| (c.id.0, c.name)));
    let expectations = Expectations::load(session, now).await?;
    let mut rows = Vec::with_capacity(monitors.len());
    for monitor in monitors {
        let started = |b: &courier_domain::monitor::MonitorJobBinding| {
            let id = b.job_id.map(Uuid::from).or(b.chain_id.map(Uuid::from));
            id.and_then(|id| names.get(&id).cloned())
        };
        rows.push(MonitorRow {
            connection_name: monitor.watch_target.connection_id.and_then(|id| names.get(&id.0).cloned()),
            starts: monitor.bindings.iter().filter_map(started).collect(),
            tags: tags.remove(&monitor.id.0).unwrap_or_default(),
            expected: expectations.of(&monitor, session).await?,
            monitor,
        });
    }
    Ok(rows)
}
