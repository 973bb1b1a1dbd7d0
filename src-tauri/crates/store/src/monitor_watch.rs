//! Monitors at work: which node looks at a folder, what it knows of it, and what the runs it started were told.
//!
//! Left out: looking (the engine does), and the log of files (`monitor_file_log`).
//!
//! Invariants: one node at a time holds a monitor, for as long as its heartbeats come, and a change that only the holder
//! may make is refused to everybody else; whoever changes what is known of a folder gives the row a new id, so that the
//! holder sees that it is not its own any more.

use crate::column::{Text, Whole};
use crate::monitor::monitor_event;
use crate::queue::lease_time;
use crate::session::{Session, on, sql};
use crate::{StoreError, UnitOfWork};
use courier_domain::audit::AuditableEntityType;
use courier_domain::event::EventType;
use courier_domain::monitor::{FileMonitor, ListedFile, MonitorState};
use courier_domain::{
    ChainExecutionId, Clock, ErrorCode, FileMonitorId, JobExecutionId, MonitorDirectoryStateId, NodeId,
    Timestamp,
};
use serde_json::json;
use sqlx::QueryBuilder;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Rows of one statement, below what either database takes.
const ROWS: usize = 2_000;

/// A monitor that a node has to look after.
#[derive(Debug, Clone, PartialEq)]
pub struct MonitorDuty {
    pub monitor: FileMonitor,
    /// When somebody asked for a look.
    pub scan_requested_at: Option<Timestamp>,
    /// The newest row about its folder; a new one when somebody has changed what is known.
    pub knowledge: Option<MonitorDirectoryStateId>,
}

/// What is known of a folder.
#[derive(Debug, Clone, PartialEq)]
pub struct FolderKnowledge {
    pub id: MonitorDirectoryStateId,
    pub captured_at: Timestamp,
    /// As it was then, and the files that started something since.
    pub files: Vec<ListedFile>,
}

type DutyRow = (Uuid, Option<Uuid>, Option<Timestamp>, Option<Uuid>);

impl Session {
    /// The active monitors that the node holds and may look after, by name.
    pub async fn monitor_duties(&mut self, node: NodeId, name: &str) -> Result<Vec<MonitorDuty>, StoreError> {
        let sql = "SELECT m.id, m.held_by, m.scan_requested_at, s.id FROM file_monitors m \
                   LEFT JOIN monitor_directory_states s ON s.monitor_id = m.id WHERE m.held_by = $1";
        let rows: Vec<DutyRow> = on!(self, |c| sqlx::query_as(sql).bind(node.0).fetch_all(c).await?);
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let mut held: HashMap<Uuid, DutyRow> = rows.into_iter().map(|row| (row.0, row)).collect();
        let monitors = self.monitors().await?.into_iter().filter(|monitor| is_for(monitor, name));
        Ok(monitors.filter_map(|m| held.remove(&m.id.0).map(|row| duty(m, row))).collect())
    }

    /// One of [`Session::monitor_duties`], if it is among them.
    pub async fn monitor_duty(
        &mut self,
        id: FileMonitorId,
        node: NodeId,
        name: &str,
    ) -> Result<Option<MonitorDuty>, StoreError> {
        let sql = "SELECT m.id, m.held_by, m.scan_requested_at, s.id FROM file_monitors m \
                   LEFT JOIN monitor_directory_states s ON s.monitor_id = m.id \
                   WHERE m.id = $1 AND m.held_by = $2 AND NOT m.is_deleted";
        let row: Option<DutyRow> =
            on!(self, |c| sqlx::query_as(sql).bind(id.0).bind(node.0).fetch_optional(c).await?);
        let Some(row) = row else { return Ok(None) };
        let monitor = self.monitor(id).await?;
        Ok(is_for(&monitor, name).then(|| duty(monitor, row)))
    }

    /// Whether there is a monitor that the node may look after and nobody alive does.
    pub async fn has_idle_monitors(&mut self, name: &str, clock: &dyn Clock) -> Result<bool, StoreError> {
        let silent = self.shared_now(clock).await? - lease_time();
        let sql = "SELECT COUNT(*) FROM file_monitors m WHERE NOT m.is_deleted AND m.state = $1 \
                   AND m.run_on IN ('any', $2) AND NOT EXISTS (SELECT 1 FROM nodes n WHERE n.id = m.held_by \
                   AND n.heartbeat_at >= $3 AND m.run_on IN ('any', n.name))";
        let idle: i64 = on!(self, |c| sqlx::query_scalar(sql)
            .bind(Text(MonitorState::Active))
            .bind(name)
            .bind(silent)
            .fetch_one(c)
            .await?);
        Ok(idle > 0)
    }

    /// What is known of a folder; nothing before the first look.
    pub async fn folder_knowledge(
        &mut self,
        id: FileMonitorId,
    ) -> Result<Option<FolderKnowledge>, StoreError> {
        let Some(state) = self.directory_state(id).await? else { return Ok(None) };
        let mut files: BTreeMap<String, ListedFile> =
            listed(id, &state.directory_listing)?.into_iter().map(|file| (file.path.clone(), file)).collect();
        let sql = "SELECT file_path, file_size, last_modified, file_hash FROM monitor_file_logs \
                   WHERE monitor_id = $1 AND triggered_at >= $2 ORDER BY id";
        let since: Vec<(String, Whole<u64>, Timestamp, Option<String>)> =
            on!(self, |c| sqlx::query_as(sql).bind(id.0).bind(state.captured_at).fetch_all(c).await?);
        for (path, size, last_modified, sha256) in since {
            files.insert(path.clone(), ListedFile { path, size: size.0, last_modified, sha256 });
        }
        let files = files.into_values().collect();
        Ok(Some(FolderKnowledge { id: state.id, captured_at: state.captured_at, files }))
    }

    /// The newest generation under which each of the files has started something.
    pub async fn monitor_generations(
        &mut self,
        id: FileMonitorId,
        paths: &[&str],
    ) -> Result<HashMap<String, u32>, StoreError> {
        let mut newest = HashMap::new();
        for paths in paths.chunks(ROWS) {
            let rows: Vec<(String, i32)> = on!(self, |c| {
                let mut query = QueryBuilder::new(
                    "SELECT file_path, MAX(generation) FROM monitor_file_logs WHERE monitor_id = ",
                );
                query.push_bind(id.0).push(" AND file_path IN (");
                let mut listed = query.separated(", ");
                for path in paths {
                    listed.push_bind(*path);
                }
                query.push(") GROUP BY file_path");
                query.build_query_as().fetch_all(c).await?
            });
            newest.extend(rows.into_iter().map(|(path, n)| (path, u32::try_from(n).unwrap_or(0))));
        }
        Ok(newest)
    }

    /// What a monitor told a run, or the chain's run that it belongs to, as JSON.
    pub async fn run_trigger(&mut self, id: JobExecutionId) -> Result<Option<String>, StoreError> {
        let sql = "SELECT t.facts FROM run_triggers t WHERE t.job_execution_id = $1 \
                   UNION ALL SELECT t.facts FROM run_triggers t JOIN job_executions e \
                   ON e.chain_execution_id = t.chain_execution_id WHERE e.id = $1 LIMIT 1";
        Ok(on!(self, |c| sqlx::query_scalar(sql).bind(id.0).fetch_optional(c).await?))
    }

    /// What a monitor told a chain's run, as JSON.
    pub async fn chain_trigger(&mut self, id: ChainExecutionId) -> Result<Option<String>, StoreError> {
        let sql = "SELECT facts FROM run_triggers WHERE chain_execution_id = $1";
        Ok(on!(self, |c| sqlx::query_scalar(sql).bind(id.0).fetch_optional(c).await?))
    }
}

impl UnitOfWork {
    /// Takes every active monitor that the node may look after and nobody alive does. Not audited: who looks is no
    /// change of a monitor.
    pub async fn claim_monitors(&mut self, node: NodeId, name: &str) -> Result<u64, StoreError> {
        let sql = "UPDATE file_monitors SET held_by = $1 WHERE NOT is_deleted AND state = $2 \
                   AND run_on IN ('any', $3) AND NOT EXISTS (SELECT 1 FROM nodes n \
                   WHERE n.id = file_monitors.held_by AND n.heartbeat_at >= $4 \
                   AND file_monitors.run_on IN ('any', n.name)) RETURNING id";
        let silent = self.shared_now().await? - lease_time();
        let claimed: Vec<Uuid> = on!(self, |c| sqlx::query_scalar(sql)
            .bind(node.0)
            .bind(Text(MonitorState::Active))
            .bind(name)
            .bind(silent)
            .fetch_all(c)
            .await?);
        // Whoever looked before, and be it this node, must read again what is known: others have logged files since.
        for monitor in &claimed {
            let sql = "UPDATE monitor_directory_states SET id = $1 WHERE monitor_id = $2";
            let new_id = self.new_id();
            on!(self, |c| sqlx::query(sql).bind(new_id).bind(monitor).execute(c).await.map(drop)?);
        }
        Ok(claimed.len() as u64)
    }

    /// Whether what is known of a folder is still what `seen` says.
    pub async fn is_folder_known_as(
        &mut self,
        id: FileMonitorId,
        seen: Option<MonitorDirectoryStateId>,
    ) -> Result<bool, StoreError> {
        let sql = "SELECT id FROM monitor_directory_states WHERE monitor_id = $1";
        let found: Option<Uuid> = on!(self, |c| sqlx::query_scalar(sql).bind(id.0).fetch_optional(c).await?);
        Ok(found == seen.map(|seen| seen.0))
    }

    /// Gives every monitor of the node to whoever wants it.
    pub async fn release_monitors(&mut self, node: NodeId) -> Result<(), StoreError> {
        let sql = "UPDATE file_monitors SET held_by = NULL WHERE held_by = $1";
        on!(self, |c| sqlx::query(sql).bind(node.0).execute(c).await.map(drop)?);
        Ok(())
    }

    /// The monitor, kept from others' changes until the unit of work ends; nothing if the node does not hold it any more
    /// or it is not active.
    pub async fn hold_monitor(
        &mut self,
        id: FileMonitorId,
        node: NodeId,
    ) -> Result<Option<FileMonitor>, StoreError> {
        let monitor = match self.living_monitor(id).await {
            Ok(monitor) if monitor.state == MonitorState::Active => monitor,
            Ok(_) => return Ok(None),
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let sql = "SELECT held_by FROM file_monitors WHERE id = $1";
        let held_by: Option<Uuid> = on!(self, |c| sqlx::query_scalar(sql).bind(id.0).fetch_one(c).await?);
        Ok((held_by == Some(node.0)).then_some(monitor))
    }

    /// Replaces what is known of a folder, if it is still what `seen` says and the node still looks after it. The new
    /// row's id; nothing if somebody else has changed it, or looks after it now: what has been logged since then is not
    /// in the node's listing.
    pub async fn put_folder_knowledge(
        &mut self,
        id: FileMonitorId,
        node: NodeId,
        seen: Option<MonitorDirectoryStateId>,
        files: &[ListedFile],
    ) -> Result<Option<MonitorDirectoryStateId>, StoreError> {
        // Kept from whoever wants to take the monitor until this is written.
        let sql = sql!(self,
            sqlite: "SELECT held_by FROM file_monitors WHERE id = $1",
            postgres: "SELECT held_by FROM file_monitors WHERE id = $1 FOR UPDATE");
        let held_by: Option<Option<Uuid>> =
            on!(self, |c| sqlx::query_scalar(sql).bind(id.0).fetch_optional(c).await?);
        if held_by.flatten() != Some(node.0) {
            return Ok(None);
        }
        let listing = to_text(id, files)?;
        // Compared with the times of what other nodes log.
        let (new_id, now) = (self.new_id(), self.shared_now().await?);
        let written = match seen {
            Some(seen) => {
                let sql = "UPDATE monitor_directory_states SET id = $1, directory_listing = $3, \
                           captured_at = $4 WHERE monitor_id = $2 AND id = $5";
                on!(self, |c| sqlx::query(sql)
                    .bind(new_id)
                    .bind(id.0)
                    .bind(&listing)
                    .bind(now)
                    .bind(seen.0)
                    .execute(c)
                    .await?
                    .rows_affected())
            }
            None => {
                let sql = "INSERT INTO monitor_directory_states (id, monitor_id, directory_listing, captured_at) \
                           VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
                on!(self, |c| sqlx::query(sql)
                    .bind(new_id)
                    .bind(id.0)
                    .bind(&listing)
                    .bind(now)
                    .execute(c)
                    .await?
                    .rows_affected())
            }
        };
        Ok((written > 0).then_some(MonitorDirectoryStateId(new_id)))
    }

    /// Forgets the folder as a whole: the next look takes what it finds as known.
    pub async fn drop_folder_knowledge(&mut self, id: FileMonitorId) -> Result<(), StoreError> {
        let sql = "DELETE FROM monitor_directory_states WHERE monitor_id = $1";
        on!(self, |c| sqlx::query(sql).bind(id.0).execute(c).await.map(drop)?);
        Ok(())
    }

    /// Takes files as known, so that they start nothing until they change.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when nobody has looked at the folder yet.
    pub async fn mark_monitor_files(
        &mut self,
        id: FileMonitorId,
        marked: &[ListedFile],
    ) -> Result<(), StoreError> {
        let monitor = self.living_monitor(id).await?;
        let new: HashMap<&str, &ListedFile> = marked.iter().map(|file| (file.path.as_str(), file)).collect();
        let found = self
            .change_listing(id, |files| {
                files.retain(|file| !new.contains_key(file.path.as_str()));
                files.extend(new.values().map(|file| (*file).clone()));
            })
            .await?;
        if !found {
            return Err(StoreError::not_found("look of the monitor", monitor.name));
        }
        let paths: Vec<&str> = marked.iter().take(20).map(|file| file.path.as_str()).collect();
        let details = json!({ "name": monitor.name, "files": marked.len(), "paths": paths });
        self.audit(AuditableEntityType::FileMonitor, id, "FilesMarked", details);
        Ok(())
    }

    /// Changes the listing, which stays as old as it is: what was logged since is still not in it. False when there is
    /// none.
    pub(crate) async fn change_listing(
        &mut self,
        id: FileMonitorId,
        change: impl FnOnce(&mut Vec<ListedFile>),
    ) -> Result<bool, StoreError> {
        let sql = sql!(self,
            sqlite: "SELECT directory_listing FROM monitor_directory_states WHERE monitor_id = $1",
            postgres: "SELECT directory_listing FROM monitor_directory_states WHERE monitor_id = $1 FOR UPDATE");
        let text: Option<String> =
            on!(self, |c| sqlx::query_scalar(sql).bind(id.0).fetch_optional(c).await?);
        let Some(text) = text else { return Ok(false) };
        let mut files = listed(id, &text)?;
        change(&mut files);
        let (new_id, listing) = (self.new_id(), to_text(id, &files)?);
        let sql = "UPDATE monitor_directory_states SET id = $1, directory_listing = $3 WHERE monitor_id = $2";
        on!(self, |c| sqlx::query(sql).bind(new_id).bind(id.0).bind(&listing).execute(c).await.map(drop)?);
        Ok(true)
    }

    /// Asks whoever holds the monitor to look now.
    pub async fn request_monitor_scan(&mut self, id: FileMonitorId) -> Result<(), StoreError> {
        let monitor = self.living_monitor(id).await?;
        let now = self.now();
        let sql = "UPDATE file_monitors SET scan_requested_at = $2 WHERE id = $1";
        on!(self, |c| sqlx::query(sql).bind(id.0).bind(now).execute(c).await.map(drop)?);
        let details = json!({ "name": monitor.name });
        self.audit(AuditableEntityType::FileMonitor, id, "ScanRequested", details);
        Ok(())
    }

    /// Notes that the folder is not watched any more, only scanned, and why; told once.
    pub async fn degrade_monitor(&mut self, id: FileMonitorId, reason: &str) -> Result<(), StoreError> {
        let monitor = self.living_monitor(id).await?;
        let sql = "UPDATE file_monitors SET degraded = $2 WHERE id = $1 AND degraded IS NULL";
        let changed =
            on!(self, |c| sqlx::query(sql).bind(id.0).bind(reason).execute(c).await?.rows_affected());
        if changed > 0 {
            let facts = json!({ "name": monitor.name, "reason": reason });
            self.audit(AuditableEntityType::FileMonitor, id, "WatcherAutoDisabled", facts.clone());
            self.event(monitor_event(EventType::WatcherAutoDisabled, id, facts));
        }
        Ok(())
    }

    /// Records that files have started something.
    pub fn monitor_triggered(&mut self, monitor: &FileMonitor, files: usize, runs: usize, first: &str) {
        let facts = json!({ "name": monitor.name, "files": files, "runs": runs, "first": first });
        self.audit(AuditableEntityType::FileMonitor, monitor.id, "Triggered", facts.clone());
        self.event(monitor_event(EventType::MonitorTriggered, monitor.id, facts));
    }

    /// Keeps what a monitor told runs that it started; they are there already.
    pub async fn put_run_triggers(
        &mut self,
        runs: &[(Option<JobExecutionId>, Option<ChainExecutionId>, String)],
    ) -> Result<(), StoreError> {
        for runs in runs.chunks(ROWS) {
            on!(self, |c| {
                let mut query = QueryBuilder::new(
                    "INSERT INTO run_triggers (job_execution_id, chain_execution_id, facts) ",
                );
                query.push_values(runs, |mut values, (job, chain, facts)| {
                    values
                        .push_bind(job.map(|id| id.0))
                        .push_bind(chain.map(|id| id.0))
                        .push_bind(facts.as_str());
                });
                query.build().execute(c).await.map(drop)?;
            });
        }
        Ok(())
    }

    /// A run that does another one again was told the same.
    pub(crate) async fn copy_run_trigger(
        &mut self,
        from: JobExecutionId,
        to: JobExecutionId,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO run_triggers (job_execution_id, facts) \
                   SELECT $2, facts FROM run_triggers WHERE job_execution_id = $1";
        on!(self, |c| sqlx::query(sql).bind(from.0).bind(to.0).execute(c).await.map(drop)?);
        Ok(())
    }
}

/// Whether the monitor is at work and the node of that name may look after it.
fn is_for(monitor: &FileMonitor, name: &str) -> bool {
    monitor.state == MonitorState::Active && (monitor.run_on == "any" || monitor.run_on == name)
}

fn duty(monitor: FileMonitor, (_, _, scan_requested_at, knowledge): DutyRow) -> MonitorDuty {
    MonitorDuty { monitor, scan_requested_at, knowledge: knowledge.map(MonitorDirectoryStateId) }
}

fn listed(id: FileMonitorId, text: &str) -> Result<Vec<ListedFile>, StoreError> {
    serde_json::from_str(text)
        .map_err(|e| StoreError::Damaged { what: format!("the listing of monitor {id}: {e}") })
}

fn to_text(id: FileMonitorId, files: &[ListedFile]) -> Result<String, StoreError> {
    serde_json::to_string(files)
        .map_err(|e| StoreError::Damaged { what: format!("the listing of monitor {id}: {e}") })
}
