//! Which files a monitor has started something for, and what.
//!
//! Left out: which file is ready (the engine decides). Two steps, because a run must be there before it is linked and is
//! only started for files that are new: [`UnitOfWork::log_monitor_files`] tells which are, the caller starts the runs
//! whose ids it has given, and [`UnitOfWork::link_monitor_files`] links them; all in one unit of work.
//!
//! Invariant: a file triggers once for one (generation, size, time, event), however many look at once; `file_exists`
//! means every look and is not among them.

use crate::column::{Text, Whole};
use crate::session::{Session, on};
use crate::{Store, StoreError, UnitOfWork};
use courier_domain::audit::AuditableEntityType;
use courier_domain::monitor::{MonitorFileLog, TriggerEvent, TriggeredExecution};
use courier_domain::problem::Problem;
use courier_domain::time::to_micros;
use courier_domain::{
    ChainExecutionId, FileMonitorId, JobExecutionId, MonitorFileLogId, MonitorJobBindingId, Problems,
    Timestamp,
};
use serde_json::json;
use sqlx::{FromRow, QueryBuilder};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Rows of one statement: ten values each stay below what either database takes.
const ROWS: usize = 2_000;
/// Rows that go in one transaction when old ones are pruned.
const PRUNED_AT_ONCE: i64 = 1_000;
/// Paths that an audit entry names.
const NAMED: usize = 20;

/// A file for which something is to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFileLog {
    pub file_path: String,
    /// Bytes.
    pub file_size: u64,
    /// SHA-256 in hex.
    pub file_hash: Option<String>,
    /// Kept to the microsecond.
    pub last_modified: Timestamp,
    pub trigger_event: TriggerEvent,
    pub generation: u32,
    /// What is started if the file is new, at least one; the runs need not be there yet.
    pub executions: Vec<TriggeredExecution>,
}

/// Which rows of a monitor's file log to list.
#[derive(Debug, Clone)]
pub struct FileLogFilter {
    pub monitor_id: FileMonitorId,
    /// This very path.
    pub path: Option<String>,
    /// Only rows older than this one: the cursor of the next page.
    pub before: Option<MonitorFileLogId>,
    pub limit: u32,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    monitor_id: Uuid,
    file_path: String,
    file_size: Whole<u64>,
    file_hash: Option<String>,
    last_modified: Timestamp,
    triggered_at: Timestamp,
    execution_id: Uuid,
    trigger_event: Text<TriggerEvent>,
    generation: i32,
}

#[derive(FromRow)]
struct LinkRow {
    file_log_id: Uuid,
    binding_id: Uuid,
    job_execution_id: Option<Uuid>,
    chain_execution_id: Option<Uuid>,
}

impl Row {
    fn with(self, executions: Vec<TriggeredExecution>) -> Result<MonitorFileLog, StoreError> {
        Ok(MonitorFileLog {
            id: MonitorFileLogId(self.id),
            monitor_id: FileMonitorId(self.monitor_id),
            file_path: self.file_path,
            file_size: self.file_size.0,
            file_hash: self.file_hash,
            last_modified: self.last_modified,
            triggered_at: self.triggered_at,
            execution_id: self.execution_id,
            trigger_event: self.trigger_event.0,
            generation: u32::try_from(self.generation).map_err(|_| StoreError::Damaged {
                what: format!("generation {} of file log {}", self.generation, self.id),
            })?,
            executions,
        })
    }
}

impl Session {
    /// What a monitor started something for, newest first. Two queries for a page.
    pub async fn monitor_files(&mut self, filter: &FileLogFilter) -> Result<Vec<MonitorFileLog>, StoreError> {
        let rows: Vec<Row> = on!(self, |c| {
            let mut query = QueryBuilder::new("SELECT * FROM monitor_file_logs WHERE monitor_id = ");
            query.push_bind(filter.monitor_id.0);
            if let Some(path) = &filter.path {
                query.push(" AND file_path = ").push_bind(path);
            }
            if let Some(before) = filter.before {
                query.push(" AND id < ").push_bind(before.0);
            }
            query.push(" ORDER BY id DESC LIMIT ").push_bind(i64::from(filter.limit));
            query.build_query_as().fetch_all(c).await?
        });
        let mut of: HashMap<Uuid, Vec<TriggeredExecution>> = HashMap::new();
        for page in rows.chunks(ROWS) {
            let links: Vec<LinkRow> = on!(self, |c| {
                let mut query =
                    QueryBuilder::new("SELECT * FROM monitor_file_log_executions WHERE file_log_id IN (");
                let mut ids = query.separated(", ");
                for row in page {
                    ids.push_bind(row.id);
                }
                query.push(") ORDER BY file_log_id, job_execution_id, chain_execution_id");
                query.build_query_as().fetch_all(c).await?
            });
            for link in links {
                of.entry(link.file_log_id).or_default().push(TriggeredExecution {
                    binding_id: MonitorJobBindingId(link.binding_id),
                    job_execution_id: link.job_execution_id.map(JobExecutionId),
                    chain_execution_id: link.chain_execution_id.map(ChainExecutionId),
                });
            }
        }
        rows.into_iter()
            .map(|row| {
                let executions = of.remove(&row.id).unwrap_or_default();
                row.with(executions)
            })
            .collect()
    }
}

impl UnitOfWork {
    /// Logs files and returns those that were not logged before, by path: only for them is something to be started.
    pub async fn log_monitor_files(
        &mut self,
        monitor: FileMonitorId,
        files: &[NewFileLog],
    ) -> Result<Vec<MonitorFileLog>, StoreError> {
        // What is known of the folder is older or newer than this by one clock, whichever node wrote it.
        let now = self.shared_now().await?;
        let mut rows = Vec::with_capacity(files.len());
        for file in files {
            let first = file.executions.first().and_then(|run| {
                run.job_execution_id.map(Uuid::from).or(run.chain_execution_id.map(Uuid::from))
            });
            let Some(execution_id) = first else {
                let message = format!("Nothing is started for `{}`.", file.file_path);
                return Err(Problems::one(Problem::error("executions", "required", message)).into());
            };
            rows.push(MonitorFileLog {
                id: MonitorFileLogId(self.new_id()),
                monitor_id: monitor,
                file_path: file.file_path.clone(),
                file_size: file.file_size,
                file_hash: file.file_hash.clone(),
                last_modified: to_micros(file.last_modified),
                triggered_at: now,
                execution_id,
                trigger_event: file.trigger_event,
                generation: file.generation,
                executions: file.executions.clone(),
            });
        }
        // In one order, so that two who log the same files wait for each other only once.
        rows.sort_by(|a, b| (&a.file_path, a.id).cmp(&(&b.file_path, b.id)));
        let mut new = BTreeSet::new();
        for rows in rows.chunks(ROWS) {
            new.extend(self.insert_logs(rows).await?);
        }
        rows.retain(|row| new.contains(&row.id.0));
        Ok(rows)
    }

    /// Ids of the rows that were new.
    async fn insert_logs(&mut self, rows: &[MonitorFileLog]) -> Result<Vec<Uuid>, StoreError> {
        let mut generations = Vec::with_capacity(rows.len());
        for row in rows {
            generations.push(i32::try_from(row.generation).map_err(|_| StoreError::Damaged {
                what: format!("generation {} of file `{}`", row.generation, row.file_path),
            })?);
        }
        let insert = "INSERT INTO monitor_file_logs (id, monitor_id, file_path, file_size, file_hash, \
                      last_modified, triggered_at, execution_id, trigger_event, generation) ";
        Ok(on!(self, |c| {
            let mut query = QueryBuilder::new(insert);
            query.push_values(rows.iter().zip(&generations), |mut values, (row, generation)| {
                values
                    .push_bind(row.id.0)
                    .push_bind(row.monitor_id.0)
                    .push_bind(&row.file_path)
                    .push_bind(Whole(row.file_size))
                    .push_bind(&row.file_hash)
                    .push_bind(row.last_modified)
                    .push_bind(row.triggered_at)
                    .push_bind(row.execution_id)
                    .push_bind(Text(row.trigger_event))
                    .push_bind(*generation);
            });
            query.push(" ON CONFLICT DO NOTHING RETURNING id");
            query.build_query_scalar().fetch_all(c).await?
        }))
    }

    /// Links logged files to what was started for them.
    pub async fn link_monitor_files(&mut self, logged: &[MonitorFileLog]) -> Result<(), StoreError> {
        let links: Vec<(Uuid, TriggeredExecution)> =
            logged.iter().flat_map(|log| log.executions.iter().map(|run| (log.id.0, *run))).collect();
        let insert = "INSERT INTO monitor_file_log_executions (file_log_id, binding_id, job_execution_id, \
                      chain_execution_id) ";
        for links in links.chunks(ROWS) {
            on!(self, |c| {
                let mut query = QueryBuilder::new(insert);
                query.push_values(links, |mut values, (file_log_id, run)| {
                    values
                        .push_bind(*file_log_id)
                        .push_bind(run.binding_id.0)
                        .push_bind(run.job_execution_id.map(|id| id.0))
                        .push_bind(run.chain_execution_id.map(|id| id.0));
                });
                query.build().execute(c).await.map(drop)?;
            });
        }
        Ok(())
    }

    /// Forgets files of a monitor, so that they trigger again at the next look; returns how many entries went. What they
    /// started stays.
    pub async fn forget_monitor_files(
        &mut self,
        id: FileMonitorId,
        paths: &[String],
    ) -> Result<u64, StoreError> {
        let monitor = self.living_monitor(id).await?;
        let paths: BTreeSet<&str> = paths.iter().map(String::as_str).collect();
        let listed: Vec<&str> = paths.iter().copied().collect();
        let mut forgotten = 0;
        for paths in listed.chunks(ROWS) {
            let logs: Vec<Uuid> = on!(self, |c| {
                let mut query = QueryBuilder::new("SELECT id FROM monitor_file_logs WHERE monitor_id = ");
                query.push_bind(id.0).push(" AND file_path IN (");
                let mut separated = query.separated(", ");
                for path in paths {
                    separated.push_bind(*path);
                }
                query.push(")");
                query.build_query_scalar().fetch_all(c).await?
            });
            for logs in logs.chunks(ROWS) {
                forgotten += self.delete_logs(logs).await?;
            }
        }
        self.forget_in_listing(id, &paths).await?;
        if !paths.is_empty() {
            let details = json!({
                "name": monitor.name,
                "files": paths.len(),
                "entries": forgotten,
                "paths": listed.iter().take(NAMED).collect::<Vec<_>>(),
            });
            self.audit(AuditableEntityType::FileMonitor, id, "FilesForgotten", details);
        }
        Ok(forgotten)
    }

    /// What the last look has seen counts as seen; so a forgotten file must leave it too.
    async fn forget_in_listing(
        &mut self,
        id: FileMonitorId,
        paths: &BTreeSet<&str>,
    ) -> Result<(), StoreError> {
        self.change_listing(id, |files| files.retain(|file| !paths.contains(file.path.as_str()))).await?;
        Ok(())
    }

    async fn delete_logs(&mut self, ids: &[Uuid]) -> Result<u64, StoreError> {
        let mut deleted = 0;
        for table in [
            "DELETE FROM monitor_file_log_executions WHERE file_log_id IN (",
            "DELETE FROM monitor_file_logs WHERE id IN (",
        ] {
            deleted = on!(self, |c| {
                let mut query = QueryBuilder::new(table);
                let mut separated = query.separated(", ");
                for id in ids {
                    separated.push_bind(*id);
                }
                query.push(")");
                query.build().execute(c).await?.rows_affected()
            });
        }
        Ok(deleted)
    }
}

impl Store {
    /// Removes entries of every monitor that were made before then, a little at a time; returns how many went. What was
    /// found at deadlines goes with them.
    pub async fn prune_monitor_files(&self, before: Timestamp) -> Result<u64, StoreError> {
        let oldest =
            "SELECT id FROM monitor_file_logs WHERE triggered_at < $1 ORDER BY triggered_at LIMIT $2";
        let mut pruned = 0;
        loop {
            let mut work = self.begin("system").await?;
            let ids: Vec<Uuid> = on!(work, |c| {
                sqlx::query_scalar(oldest).bind(before).bind(PRUNED_AT_ONCE).fetch_all(c).await?
            });
            if ids.is_empty() {
                work.prune_checks(before).await?;
                work.commit().await?;
                return Ok(pruned);
            }
            pruned += work.delete_logs(&ids).await?;
            work.commit().await?;
        }
    }
}
