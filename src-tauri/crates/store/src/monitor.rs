//! File monitors with their bindings, their states, and the folders as they were at the last look.
//!
//! Left out: what was started for which file (`monitor_file_log`). A look that fails is counted without an audit entry,
//! because it repeats every few seconds; that the monitor goes to Error has one.
//!
//! Invariants: the domain's state machine decides every change of state; a binding that leaves its monitor is kept as
//! deleted, because the file log refers to it; the connection, jobs and chains of a living monitor live.

use crate::audit::{changes, facts};
use crate::column::{Text, Whole, name_key};
use crate::job::taken;
use crate::session::{ROWS, Session, on, sql};
use crate::{StoreError, UnitOfWork};
use courier_domain::audit::AuditableEntityType;
use courier_domain::calendar::Calendar;
use courier_domain::event::{EventType, NewEvent};
use courier_domain::expected::ExpectedFiles;
use courier_domain::monitor::{
    FileMonitor, ListedFile, MonitorDirectoryState, MonitorEvent, MonitorJobBinding, MonitorState,
    TriggerEventFlags, WatchTarget,
};
use courier_domain::problem::Problem;
use courier_domain::{
    ConnectionId, FileMonitorId, JobChainId, JobId, MonitorDirectoryStateId, MonitorJobBindingId, Problems,
    Timestamp,
};
use serde_json::{Value, json};
use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

pub(crate) const KIND: &str = "monitor";

#[derive(FromRow)]
struct Row {
    id: Uuid,
    name: String,
    description: Option<String>,
    watch_target: Json<WatchTarget>,
    trigger_events: i32,
    file_patterns: Json<Vec<String>>,
    exclude_patterns: Json<Vec<String>>,
    recursive: bool,
    polling_interval_sec: Whole<u32>,
    stability_window_sec: Whole<u32>,
    batch_mode: bool,
    max_files_per_run: Option<Whole<u32>>,
    compare_content: bool,
    max_consecutive_failures: Whole<u32>,
    expected_files: Option<Json<ExpectedFiles>>,
    consecutive_failure_count: Whole<u32>,
    state: Text<MonitorState>,
    last_error: Option<String>,
    run_on: String,
    degraded: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
    is_deleted: bool,
    deleted_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct BindingRow {
    id: Uuid,
    monitor_id: Uuid,
    job_id: Option<Uuid>,
    chain_id: Option<Uuid>,
    parameters: Json<BTreeMap<String, Value>>,
}

#[derive(FromRow)]
struct StateRow {
    id: Uuid,
    monitor_id: Uuid,
    directory_listing: String,
    captured_at: Timestamp,
}

impl Row {
    fn with(self, bindings: Vec<MonitorJobBinding>) -> Result<FileMonitor, StoreError> {
        let trigger_events = u8::try_from(self.trigger_events)
            .ok()
            .and_then(TriggerEventFlags::from_bits)
            .ok_or_else(|| StoreError::Damaged {
                what: format!("events {} of monitor {}", self.trigger_events, self.id),
            })?;
        Ok(FileMonitor {
            id: FileMonitorId(self.id),
            name: self.name,
            description: self.description,
            watch_target: self.watch_target.0,
            trigger_events,
            file_patterns: self.file_patterns.0,
            exclude_patterns: self.exclude_patterns.0,
            recursive: self.recursive,
            polling_interval_sec: self.polling_interval_sec.0,
            stability_window_sec: self.stability_window_sec.0,
            batch_mode: self.batch_mode,
            max_files_per_run: self.max_files_per_run.map(|n| n.0),
            compare_content: self.compare_content,
            max_consecutive_failures: self.max_consecutive_failures.0,
            expected_files: self.expected_files.map(|expected| expected.0),
            consecutive_failure_count: self.consecutive_failure_count.0,
            state: self.state.0,
            last_error: self.last_error,
            run_on: self.run_on,
            degraded: self.degraded,
            created_at: self.created_at,
            updated_at: self.updated_at,
            is_deleted: self.is_deleted,
            deleted_at: self.deleted_at,
            bindings,
        })
    }
}

/// Whether a monitor's state was moved by itself, or with that of all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moved {
    Alone,
    WithAll,
}

impl From<BindingRow> for MonitorJobBinding {
    fn from(row: BindingRow) -> Self {
        MonitorJobBinding {
            id: MonitorJobBindingId(row.id),
            monitor_id: FileMonitorId(row.monitor_id),
            job_id: row.job_id.map(JobId),
            chain_id: row.chain_id.map(JobChainId),
            parameters: row.parameters.0,
        }
    }
}

impl From<StateRow> for MonitorDirectoryState {
    fn from(row: StateRow) -> Self {
        MonitorDirectoryState {
            id: MonitorDirectoryStateId(row.id),
            monitor_id: FileMonitorId(row.monitor_id),
            directory_listing: row.directory_listing,
            captured_at: row.captured_at,
        }
    }
}

impl Session {
    /// A monitor with its bindings, also a deleted one.
    pub async fn monitor(&mut self, id: FileMonitorId) -> Result<FileMonitor, StoreError> {
        let sql = "SELECT * FROM file_monitors WHERE id = $1";
        let row: Option<Row> = on!(self, |c| sqlx::query_as(sql).bind(id.0).fetch_optional(c).await?);
        self.with_bindings(row.ok_or_else(|| StoreError::not_found(KIND, id))?).await
    }

    /// A monitor that is not deleted, by its name (without regard to case) or its id.
    pub async fn find_monitor(&mut self, name_or_id: &str) -> Result<FileMonitor, StoreError> {
        let sql = "SELECT * FROM file_monitors WHERE (name_key = $1 OR id = $2) AND NOT is_deleted";
        let id = name_or_id.parse::<Uuid>().ok();
        let row: Option<Row> = on!(self, |c| {
            sqlx::query_as(sql).bind(name_key(name_or_id)).bind(id).fetch_optional(c).await?
        });
        self.with_bindings(row.ok_or_else(|| StoreError::not_found(KIND, name_or_id))?).await
    }

    async fn with_bindings(&mut self, row: Row) -> Result<FileMonitor, StoreError> {
        let sql =
            "SELECT * FROM monitor_job_bindings WHERE monitor_id = $1 AND NOT is_deleted ORDER BY position";
        let bindings: Vec<BindingRow> = on!(self, |c| sqlx::query_as(sql).bind(row.id).fetch_all(c).await?);
        row.with(bindings.into_iter().map(MonitorJobBinding::from).collect())
    }

    /// Every monitor that is not deleted, by name. Two queries in all.
    pub async fn monitors(&mut self) -> Result<Vec<FileMonitor>, StoreError> {
        self.monitors_by("SELECT * FROM file_monitors WHERE NOT is_deleted ORDER BY name_key").await
    }

    /// Deleted monitors, newest deletion first.
    pub async fn deleted_monitors(&mut self) -> Result<Vec<FileMonitor>, StoreError> {
        self.monitors_by("SELECT * FROM file_monitors WHERE is_deleted ORDER BY deleted_at DESC").await
    }

    async fn monitors_by(&mut self, sql: &'static str) -> Result<Vec<FileMonitor>, StoreError> {
        let rows: Vec<Row> = on!(self, |c| sqlx::query_as(sql).fetch_all(c).await?);
        let sql = "SELECT * FROM monitor_job_bindings WHERE NOT is_deleted ORDER BY monitor_id, position";
        let bindings: Vec<BindingRow> = on!(self, |c| sqlx::query_as(sql).fetch_all(c).await?);
        let mut of: HashMap<Uuid, Vec<MonitorJobBinding>> = HashMap::new();
        for binding in bindings {
            of.entry(binding.monitor_id).or_default().push(binding.into());
        }
        rows.into_iter()
            .map(|row| {
                let bindings = of.remove(&row.id).unwrap_or_default();
                row.with(bindings)
            })
            .collect()
    }

    /// The folder as it was at the last look; none before the first.
    pub async fn directory_state(
        &mut self,
        id: FileMonitorId,
    ) -> Result<Option<MonitorDirectoryState>, StoreError> {
        let sql = "SELECT * FROM monitor_directory_states WHERE monitor_id = $1";
        let row: Option<StateRow> = on!(self, |c| sqlx::query_as(sql).bind(id.0).fetch_optional(c).await?);
        Ok(row.map(MonitorDirectoryState::from))
    }
}

/// Binds what people enter, in the order both statements below name it.
macro_rules! bound {
    ($sql:expr, $monitor:expr) => {
        sqlx::query($sql)
            .bind($monitor.id.0)
            .bind(&$monitor.name)
            .bind(name_key(&$monitor.name))
            .bind(&$monitor.description)
            .bind(Json(&$monitor.watch_target))
            .bind(i32::from($monitor.trigger_events.bits()))
            .bind(Json(&$monitor.file_patterns))
            .bind(Json(&$monitor.exclude_patterns))
            .bind($monitor.recursive)
            .bind(Whole($monitor.polling_interval_sec))
            .bind(Whole($monitor.stability_window_sec))
            .bind($monitor.batch_mode)
            .bind($monitor.max_files_per_run.map(Whole))
            .bind($monitor.compare_content)
            .bind(Whole($monitor.max_consecutive_failures))
            .bind(&$monitor.run_on)
            .bind($monitor.updated_at)
            .bind($monitor.expected_files.as_ref().map(Json))
    };
}

impl UnitOfWork {
    pub async fn insert_monitor(&mut self, monitor: &FileMonitor) -> Result<(), StoreError> {
        let calendar = self.hold_calendar_of(monitor).await?;
        self.hold_targets(monitor).await?;
        let sql = "INSERT INTO file_monitors (id, name, name_key, description, watch_target, trigger_events, \
                   file_patterns, exclude_patterns, recursive, polling_interval_sec, stability_window_sec, \
                   batch_mode, max_files_per_run, compare_content, max_consecutive_failures, run_on, updated_at, \
                   expected_files, consecutive_failure_count, state, last_error, created_at, is_deleted) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, \
                   $20, $21, $22, FALSE)";
        let inserted = on!(self, |c| bound!(sql, monitor)
            .bind(Whole(monitor.consecutive_failure_count))
            .bind(Text(monitor.state))
            .bind(&monitor.last_error)
            .bind(monitor.created_at)
            .execute(c)
            .await
            .map(drop));
        taken(inserted, KIND, &monitor.name)?;
        self.put_bindings(monitor).await?;
        self.start_clock(monitor.id, monitor.expected_files.as_ref(), calendar.as_ref()).await?;
        self.audit(AuditableEntityType::FileMonitor, monitor.id, "Created", facts(monitor));
        Ok(())
    }

    /// Stores an edited monitor, as `updated_at` the instant at which this happens; its state, failures and last error
    /// stay as they are stored. `seen` is the `updated_at` that the editor had loaded: refused if somebody else has
    /// changed it since.
    pub async fn update_monitor(
        &mut self,
        monitor: &FileMonitor,
        seen: Timestamp,
    ) -> Result<FileMonitor, StoreError> {
        let calendar = self.hold_calendar_of(monitor).await?;
        let before = self.living_monitor(monitor.id).await?;
        let mut monitor = FileMonitor {
            state: before.state,
            consecutive_failure_count: before.consecutive_failure_count,
            last_error: before.last_error.clone(),
            // Another folder may be watched again.
            degraded: before.degraded.clone().filter(|_| monitor.sees_the_same(&before)),
            ..monitor.clone()
        };
        if before.updated_at != seen {
            let (about, entity) =
                ((KIND, before.name.as_str()), (AuditableEntityType::FileMonitor, monitor.id.0));
            return Err(self.out_of_date(about, entity, &monitor, &before).await);
        }
        self.hold_targets(&monitor).await?;
        monitor.updated_at = self.later_than(before.updated_at);
        let sql = "UPDATE file_monitors SET name = $2, name_key = $3, description = $4, watch_target = $5, \
                   trigger_events = $6, file_patterns = $7, exclude_patterns = $8, recursive = $9, \
                   polling_interval_sec = $10, stability_window_sec = $11, batch_mode = $12, \
                   max_files_per_run = $13, compare_content = $14, max_consecutive_failures = $15, run_on = $16, \
                   updated_at = $17, expected_files = $18, \
                   next_deadline_at = CASE WHEN $18 IS NULL THEN NULL ELSE next_deadline_at END WHERE id = $1";
        let updated = on!(self, |c| bound!(sql, monitor).execute(c).await.map(drop));
        taken(updated, KIND, &monitor.name)?;
        if monitor.degraded != before.degraded {
            let sql = "UPDATE file_monitors SET degraded = NULL WHERE id = $1";
            on!(self, |c| sqlx::query(sql).bind(monitor.id.0).execute(c).await.map(drop)?);
        }
        if monitor.expected_files != before.expected_files {
            self.start_clock(monitor.id, monitor.expected_files.as_ref(), calendar.as_ref()).await?;
        }
        // All leave, then those that stay come back.
        let leave =
            "UPDATE monitor_job_bindings SET is_deleted = TRUE WHERE monitor_id = $1 AND NOT is_deleted";
        on!(self, |c| sqlx::query(leave).bind(monitor.id.0).execute(c).await.map(drop)?);
        self.put_bindings(&monitor).await?;
        self.audit(AuditableEntityType::FileMonitor, monitor.id, "Updated", changes(&before, &monitor));
        Ok(monitor)
    }

    async fn put_bindings(&mut self, monitor: &FileMonitor) -> Result<(), StoreError> {
        if monitor.bindings.is_empty() {
            return Ok(());
        }
        let insert = "INSERT INTO monitor_job_bindings (id, monitor_id, job_id, chain_id, parameters, position, \
                      is_deleted) ";
        let replace = " ON CONFLICT (id) DO UPDATE SET job_id = excluded.job_id, chain_id = excluded.chain_id, \
                       parameters = excluded.parameters, position = excluded.position, \
                       is_deleted = excluded.is_deleted \
                       WHERE monitor_job_bindings.monitor_id = excluded.monitor_id";
        let bindings: Vec<_> = (0i32..).zip(&monitor.bindings).collect();
        let mut written = 0;
        for bindings in bindings.chunks(ROWS) {
            written += on!(self, |c| {
                let mut query = QueryBuilder::new(insert);
                query.push_values(bindings, |mut values, (position, binding)| {
                    values
                        .push_bind(binding.id.0)
                        .push_bind(monitor.id.0)
                        .push_bind(binding.job_id.map(|id| id.0))
                        .push_bind(binding.chain_id.map(|id| id.0))
                        .push_bind(Json(&binding.parameters))
                        .push_bind(*position)
                        .push_bind(false);
                });
                query.push(replace);
                query.build().execute(c).await?.rows_affected()
            });
        }
        if written != monitor.bindings.len() as u64 {
            let what = format!("a binding of monitor {} belongs to another monitor", monitor.id);
            return Err(StoreError::Damaged { what });
        }
        Ok(())
    }

    /// Moves a monitor's state as the domain's state machine has it. `error` says why it fails. Acknowledging and
    /// activating begin to count failures anew.
    pub async fn move_monitor(
        &mut self,
        id: FileMonitorId,
        event: MonitorEvent,
        error: Option<&str>,
    ) -> Result<FileMonitor, StoreError> {
        let calendar = match event {
            MonitorEvent::Activate => {
                let monitor = self.monitor(id).await?;
                self.hold_calendar_of(&monitor).await?
            }
            MonitorEvent::Pause
            | MonitorEvent::Resume
            | MonitorEvent::Disable
            | MonitorEvent::Fail
            | MonitorEvent::Acknowledge => None,
        };
        let mut monitor = self.living_monitor(id).await?;
        let from = monitor.state;
        monitor.state = from.apply(event).map_err(|cause| StoreError::InvalidTransition {
            what: format!("monitor {}", monitor.name),
            cause,
        })?;
        match event {
            MonitorEvent::Fail => monitor.last_error = error.map(str::to_owned).or(monitor.last_error),
            // What it failed of stays to be read until a look succeeds.
            MonitorEvent::Acknowledge => monitor.consecutive_failure_count = 0,
            MonitorEvent::Activate => {
                (monitor.consecutive_failure_count, monitor.last_error) = (0, None);
                monitor.degraded = None;
                self.start_clock(id, monitor.expected_files.as_ref(), calendar.as_ref()).await?;
            }
            MonitorEvent::Pause | MonitorEvent::Resume | MonitorEvent::Disable => {}
        }
        self.put_state(&mut monitor, from, Moved::Alone).await?;
        Ok(monitor)
    }

    /// Pauses every active monitor, and remembers which they were.
    pub async fn pause_all_monitors(&mut self) -> Result<Vec<FileMonitor>, StoreError> {
        self.move_all(
            sql!(self,
                sqlite: "SELECT id FROM file_monitors WHERE state = 'active' AND NOT is_deleted ORDER BY id",
                postgres: "SELECT id FROM file_monitors WHERE state = 'active' AND NOT is_deleted ORDER BY id \
                           FOR UPDATE"),
            MonitorEvent::Pause,
        )
        .await
    }

    /// Lets those go on that [`UnitOfWork::pause_all_monitors`] has paused and nobody has moved since.
    pub async fn resume_all_monitors(&mut self) -> Result<Vec<FileMonitor>, StoreError> {
        self.move_all(
            sql!(self,
                sqlite: "SELECT id FROM file_monitors WHERE paused_with_all AND NOT is_deleted ORDER BY id",
                postgres: "SELECT id FROM file_monitors WHERE paused_with_all AND NOT is_deleted ORDER BY id \
                           FOR UPDATE"),
            MonitorEvent::Resume,
        )
        .await
    }

    async fn move_all(
        &mut self,
        which: &'static str,
        event: MonitorEvent,
    ) -> Result<Vec<FileMonitor>, StoreError> {
        let ids: Vec<Uuid> = on!(self, |c| sqlx::query_scalar(which).fetch_all(c).await?);
        let mut moved = Vec::with_capacity(ids.len());
        for id in ids {
            let mut monitor = self.living_monitor(FileMonitorId(id)).await?;
            let from = monitor.state;
            monitor.state = from.apply(event).map_err(|cause| StoreError::InvalidTransition {
                what: format!("monitor {}", monitor.name),
                cause,
            })?;
            self.put_state(&mut monitor, from, Moved::WithAll).await?;
            moved.push(monitor);
        }
        Ok(moved)
    }

    /// Counts a look that failed, and moves the monitor to Error when it was the last one of as many as it may have in a
    /// row; that is told once. A monitor that is not active any more is left as it is.
    pub async fn monitor_look_failed(
        &mut self,
        id: FileMonitorId,
        message: &str,
    ) -> Result<FileMonitor, StoreError> {
        let mut monitor = self.living_monitor(id).await?;
        if monitor.state != MonitorState::Active {
            return Ok(monitor);
        }
        monitor.consecutive_failure_count = monitor.consecutive_failure_count.saturating_add(1);
        monitor.last_error = Some(message.to_owned());
        if monitor.consecutive_failure_count < monitor.max_consecutive_failures {
            self.put_failures(&monitor).await?;
            return Ok(monitor);
        }
        monitor.state = MonitorState::Error;
        self.put_state(&mut monitor, MonitorState::Active, Moved::Alone).await?;
        Ok(monitor)
    }

    /// A look went well: failures are counted anew, and if the last look had failed, the recovery is told.
    pub async fn monitor_look_succeeded(&mut self, id: FileMonitorId) -> Result<FileMonitor, StoreError> {
        let mut monitor = self.living_monitor(id).await?;
        let was_failing = monitor.consecutive_failure_count > 0 || monitor.last_error.is_some();
        if monitor.state != MonitorState::Active || !was_failing {
            return Ok(monitor);
        }
        let payload = json!({
            "name": monitor.name,
            "failures": monitor.consecutive_failure_count,
            "error": monitor.last_error.take(),
        });
        monitor.consecutive_failure_count = 0;
        self.put_failures(&monitor).await?;
        self.audit(AuditableEntityType::FileMonitor, id, "Recovered", payload.clone());
        self.event(monitor_event(EventType::MonitorRecovered, id, payload));
        Ok(monitor)
    }

    async fn put_failures(&mut self, monitor: &FileMonitor) -> Result<(), StoreError> {
        let sql = "UPDATE file_monitors SET consecutive_failure_count = $2, last_error = $3 WHERE id = $1";
        on!(self, |c| sqlx::query(sql)
            .bind(monitor.id.0)
            .bind(Whole(monitor.consecutive_failure_count))
            .bind(&monitor.last_error)
            .execute(c)
            .await
            .map(drop)?);
        Ok(())
    }

    /// Stores the state, if it is still `from`, with what belongs to it; recorded, and told when it is Error.
    async fn put_state(
        &mut self,
        monitor: &mut FileMonitor,
        from: MonitorState,
        with: Moved,
    ) -> Result<(), StoreError> {
        monitor.updated_at = self.later_than(monitor.updated_at);
        let sql = "UPDATE file_monitors SET state = $2, consecutive_failure_count = $3, last_error = $4, \
                   updated_at = $5, degraded = $7, paused_with_all = $8 WHERE id = $1 AND state = $6";
        let moved = on!(self, |c| sqlx::query(sql)
            .bind(monitor.id.0)
            .bind(Text(monitor.state))
            .bind(Whole(monitor.consecutive_failure_count))
            .bind(&monitor.last_error)
            .bind(monitor.updated_at)
            .bind(Text(from))
            .bind(&monitor.degraded)
            .bind(with == Moved::WithAll && monitor.state == MonitorState::Paused)
            .execute(c)
            .await?
            .rows_affected());
        if moved == 0 {
            let what = format!("the state of monitor {} moved under its lock", monitor.id);
            return Err(StoreError::Damaged { what });
        }
        let mut details = json!({ "name": monitor.name, "from": from, "to": monitor.state });
        if let (Moved::WithAll, Value::Object(fields)) = (with, &mut details) {
            fields.insert("with_all".into(), json!(true));
        }
        if monitor.state == MonitorState::Error {
            let payload = json!({
                "name": monitor.name,
                "error": monitor.last_error,
                "failures": monitor.consecutive_failure_count,
            });
            self.event(monitor_event(EventType::MonitorFailed, monitor.id, payload));
            if let Value::Object(fields) = &mut details {
                fields.insert("error".into(), json!(monitor.last_error));
            }
        }
        self.audit(AuditableEntityType::FileMonitor, monitor.id, "StateChanged", details);
        Ok(())
    }

    /// Hides a monitor; what it started, its bindings and what it knows of the folder stay.
    pub async fn delete_monitor(&mut self, id: FileMonitorId) -> Result<(), StoreError> {
        let monitor = self.living_monitor(id).await?;
        let at = self.later_than(monitor.updated_at);
        let sql =
            "UPDATE file_monitors SET is_deleted = TRUE, deleted_at = $2, updated_at = $2 WHERE id = $1";
        on!(self, |c| sqlx::query(sql).bind(id.0).bind(at).execute(c).await.map(drop)?);
        self.audit(AuditableEntityType::FileMonitor, id, "Deleted", json!({ "name": monitor.name }));
        Ok(())
    }

    /// Brings a deleted monitor back in the state it was in, if its name is still free and everything it names is there.
    pub async fn restore_monitor(&mut self, id: FileMonitorId) -> Result<FileMonitor, StoreError> {
        let mut monitor = self.monitor(id).await?;
        if monitor.is_deleted {
            let calendar_id = monitor.expected_files.as_ref().and_then(|expected| expected.calendar_id);
            let calendar = self.hold_calendar_of_restored(calendar_id).await?;
            if let Err(StoreError::NotFound { kind, what }) = self.hold_targets(&monitor).await {
                let message = format!("It needs the {kind} `{what}`, which is deleted; restore that first.");
                return Err(Problems::one(Problem::error("", "unknown_reference", message)).into());
            }
            let at = self.later_than(monitor.updated_at);
            let sql = "UPDATE file_monitors SET is_deleted = FALSE, deleted_at = NULL, updated_at = $2 WHERE id = $1";
            let restored = on!(self, |c| sqlx::query(sql).bind(id.0).bind(at).execute(c).await.map(drop));
            taken(restored, KIND, &monitor.name)?;
            (monitor.is_deleted, monitor.deleted_at, monitor.updated_at) = (false, None, at);
            self.start_clock(id, monitor.expected_files.as_ref(), calendar.as_ref()).await?;
            self.audit(AuditableEntityType::FileMonitor, id, "Restored", json!({ "name": monitor.name }));
        }
        Ok(monitor)
    }

    /// Replaces what is known of the folder; the new row has an id of its own. Not audited: looks do it.
    pub async fn put_directory_state(
        &mut self,
        id: FileMonitorId,
        files: &[ListedFile],
    ) -> Result<MonitorDirectoryState, StoreError> {
        let listing = serde_json::to_string(files)
            .map_err(|e| StoreError::Damaged { what: format!("the listing of monitor {id}: {e}") })?;
        let sql = "INSERT INTO monitor_directory_states (id, monitor_id, directory_listing, captured_at) \
                   VALUES ($1, $2, $3, $4) ON CONFLICT (monitor_id) DO UPDATE SET id = excluded.id, \
                   directory_listing = excluded.directory_listing, captured_at = excluded.captured_at RETURNING *";
        let (new_id, now) = (self.new_id(), self.now());
        let row: StateRow = on!(self, |c| sqlx::query_as(sql)
            .bind(new_id)
            .bind(id.0)
            .bind(&listing)
            .bind(now)
            .fetch_one(c)
            .await?);
        Ok(row.into())
    }

    /// The monitor, kept from others' changes until the unit of work ends.
    pub(crate) async fn living_monitor(&mut self, id: FileMonitorId) -> Result<FileMonitor, StoreError> {
        // SQLite's one writer is lock enough.
        let sql = sql!(self,
            sqlite: "SELECT * FROM file_monitors WHERE id = $1",
            postgres: "SELECT * FROM file_monitors WHERE id = $1 FOR UPDATE");
        let row: Option<Row> = on!(self, |c| sqlx::query_as(sql).bind(id.0).fetch_optional(c).await?);
        let row = row.ok_or_else(|| StoreError::not_found(KIND, id))?;
        if row.is_deleted {
            return Err(StoreError::not_found(KIND, row.name));
        }
        self.with_bindings(row).await
    }

    /// The calendar of the monitor's clock, held; always before the monitor itself, as whoever changes a calendar has it.
    async fn hold_calendar_of(&mut self, monitor: &FileMonitor) -> Result<Option<Calendar>, StoreError> {
        let id = monitor.expected_files.as_ref().and_then(|expected| expected.calendar_id);
        self.hold_calendar(id).await
    }

    /// Keeps the monitor's connection, jobs and chains from being deleted until the unit of work ends; refuses if one is
    /// deleted already.
    async fn hold_targets(&mut self, monitor: &FileMonitor) -> Result<(), StoreError> {
        // SQLite's one writer is lock enough.
        let lock = sql!(self, sqlite: "", postgres: " FOR SHARE");
        for (kind, table, ids) in [
            ("connection", "connections", monitor.watch_target.connection_id.iter().map(|id| id.0).collect()),
            ("job", "jobs", monitor.bindings.iter().filter_map(|b| b.job_id).map(|id| id.0).collect()),
            (
                "chain",
                "job_chains",
                monitor.bindings.iter().filter_map(|b| b.chain_id).map(|id| id.0).collect(),
            ),
        ] {
            let ids: BTreeSet<Uuid> = ids;
            if ids.is_empty() {
                continue;
            }
            let rows: Vec<(Uuid, String, bool)> = on!(self, |c| {
                let mut query = QueryBuilder::new("SELECT id, name, is_deleted FROM ");
                query.push(table).push(" WHERE id IN (");
                let mut separated = query.separated(", ");
                for id in &ids {
                    separated.push_bind(*id);
                }
                // In one order, so that two who want the same rows do not wait for each other.
                query.push(") ORDER BY id").push(lock);
                query.build_query_as().fetch_all(c).await?
            });
            if let Some((_, name, _)) = rows.iter().find(|(_, _, is_deleted)| *is_deleted) {
                return Err(StoreError::not_found(kind, name));
            }
            if let Some(missing) = ids.iter().find(|id| rows.iter().all(|(found, _, _)| found != *id)) {
                return Err(StoreError::not_found(kind, missing));
            }
        }
        Ok(())
    }

    /// Refuses if a living monitor watches a folder of the connection, and says which. The connection stays locked, so
    /// that no new one comes meanwhile.
    pub(crate) async fn refuse_if_monitors_watch(
        &mut self,
        id: ConnectionId,
        name: &str,
    ) -> Result<(), StoreError> {
        if self.is_postgres() {
            let lock = "SELECT 1 FROM connections WHERE id = $1 FOR UPDATE";
            on!(self, |c| sqlx::query(lock).bind(id.0).execute(c).await.map(drop)?);
        }
        let sql = sql!(self,
            sqlite: "SELECT name FROM file_monitors WHERE NOT is_deleted \
                     AND json_extract(watch_target, '$.connection_id') = $1 ORDER BY name LIMIT 5",
            postgres: "SELECT name FROM file_monitors WHERE NOT is_deleted \
                       AND watch_target ->> 'connection_id' = $1 ORDER BY name LIMIT 5");
        let monitors: Vec<String> =
            on!(self, |c| sqlx::query_scalar(sql).bind(id.to_string()).fetch_all(c).await?);
        if monitors.is_empty() {
            return Ok(());
        }
        let by = format!("the monitor{} {}", if monitors.len() == 1 { "" } else { "s" }, monitors.join(", "));
        Err(StoreError::InUse { kind: "connection", name: name.to_owned(), by })
    }
}

pub(crate) fn monitor_event(event_type: EventType, id: FileMonitorId, payload: Value) -> NewEvent {
    NewEvent { event_type, entity_type: AuditableEntityType::FileMonitor, entity_id: id.0, payload }
}
