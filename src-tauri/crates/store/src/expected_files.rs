//! The expected-file clocks of monitors: the next deadline of each, what was found at those that passed, and whether the
//! missing files have come since.
//!
//! Left out: when to check (the engine does). Invariant: a deadline is checked once: it is taken from the monitor's row
//! by whoever has seen it there, and its check has a unique key.

use crate::column::Whole;
use crate::monitor::monitor_event;
use crate::session::{Session, on, sql};
use crate::{StoreError, UnitOfWork};
use chrono::TimeDelta;
use courier_domain::audit::AuditableEntityType;
use courier_domain::calendar::Calendar;
use courier_domain::event::EventType;
use courier_domain::expected::{ExpectedFileCheck, ExpectedFiles};
use courier_domain::monitor::{FileMonitor, MonitorState, WatchTargetType};
use courier_domain::{ExpectedFileCheckId, FileMonitorId, Timestamp};
use serde_json::{Value, json};
use sqlx::FromRow;
use sqlx::types::Json;
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(FromRow)]
struct Row {
    id: Uuid,
    monitor_id: Uuid,
    deadline_at: Timestamp,
    counted_from: Timestamp,
    expected_count: Whole<u32>,
    found_count: Whole<u32>,
    arrived_at: Option<Timestamp>,
    checked_at: Timestamp,
}

impl From<Row> for ExpectedFileCheck {
    fn from(row: Row) -> Self {
        ExpectedFileCheck {
            id: ExpectedFileCheckId(row.id),
            monitor_id: FileMonitorId(row.monitor_id),
            deadline_at: row.deadline_at,
            counted_from: row.counted_from,
            expected_count: row.expected_count.0,
            found_count: row.found_count.0,
            arrived_at: row.arrived_at,
            checked_at: row.checked_at,
        }
    }
}

/// A path as a monitor's patterns know it: below its folder, with `/` between names.
fn below(monitor: &FileMonitor, path: &str) -> String {
    let folder = monitor.watch_target.path.trim_end_matches(['/', '\\']);
    let relative = path.strip_prefix(folder).unwrap_or(path);
    let relative = match monitor.watch_target.target_type {
        WatchTargetType::Local if cfg!(windows) => relative.replace('\\', "/"),
        WatchTargetType::Local | WatchTargetType::Remote => relative.to_owned(),
    };
    relative.trim_start_matches('/').to_owned()
}

impl Session {
    /// When the next clock of any monitor has to be looked at.
    pub async fn next_deadline_at(&mut self) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT MIN(next_deadline_at) FROM file_monitors \
                   WHERE next_deadline_at IS NOT NULL AND NOT is_deleted";
        Ok(on!(self, |c| sqlx::query_scalar(sql).fetch_one(c).await?))
    }

    /// Monitors whose deadline has come, each with it, earliest first.
    pub async fn due_deadlines(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(FileMonitorId, Timestamp)>, StoreError> {
        let sql = "SELECT id, next_deadline_at FROM file_monitors WHERE next_deadline_at <= $1 AND NOT is_deleted \
                   ORDER BY next_deadline_at, id LIMIT $2";
        let rows: Vec<(Uuid, Timestamp)> =
            on!(self, |c| sqlx::query_as(sql).bind(now).bind(i64::from(limit)).fetch_all(c).await?);
        Ok(rows.into_iter().map(|(id, at)| (FileMonitorId(id), at)).collect())
    }

    /// The next deadline of each monitor that has one.
    pub async fn deadlines(&mut self) -> Result<BTreeMap<FileMonitorId, Timestamp>, StoreError> {
        let sql = "SELECT id, next_deadline_at FROM file_monitors \
                   WHERE next_deadline_at IS NOT NULL AND NOT is_deleted";
        let rows: Vec<(Uuid, Timestamp)> = on!(self, |c| sqlx::query_as(sql).fetch_all(c).await?);
        Ok(rows.into_iter().map(|(id, at)| (FileMonitorId(id), at)).collect())
    }

    /// The newest check of each monitor.
    pub async fn newest_checks(&mut self) -> Result<BTreeMap<FileMonitorId, ExpectedFileCheck>, StoreError> {
        let sql = "SELECT e.* FROM file_monitors m JOIN expected_file_checks e ON e.id = \
                   (SELECT l.id FROM expected_file_checks l WHERE l.monitor_id = m.id ORDER BY l.id DESC LIMIT 1) \
                   WHERE NOT m.is_deleted";
        let rows: Vec<Row> = on!(self, |c| sqlx::query_as(sql).fetch_all(c).await?);
        Ok(rows.into_iter().map(|row| (FileMonitorId(row.monitor_id), row.into())).collect())
    }

    /// The checks of a monitor, newest first.
    pub async fn expected_file_checks(
        &mut self,
        id: FileMonitorId,
        limit: u32,
    ) -> Result<Vec<ExpectedFileCheck>, StoreError> {
        let sql = "SELECT * FROM expected_file_checks WHERE monitor_id = $1 ORDER BY id DESC LIMIT $2";
        let rows: Vec<Row> =
            on!(self, |c| sqlx::query_as(sql).bind(id.0).bind(i64::from(limit)).fetch_all(c).await?);
        Ok(rows.into_iter().map(ExpectedFileCheck::from).collect())
    }

    /// How many different files that the monitor's clock waits for started something after `from`, up to `to`.
    pub async fn count_expected_files(
        &mut self,
        monitor: &FileMonitor,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<u32, StoreError> {
        let sql = "SELECT DISTINCT file_path FROM monitor_file_logs \
                   WHERE monitor_id = $1 AND triggered_at > $2 AND triggered_at <= $3";
        let paths: Vec<String> = on!(self, |c| sqlx::query_scalar(sql)
            .bind(monitor.id.0)
            .bind(from)
            .bind(to)
            .fetch_all(c)
            .await?);
        let found = paths.iter().filter(|path| monitor.expects(&below(monitor, path))).count();
        Ok(u32::try_from(found).unwrap_or(u32::MAX))
    }
}

impl UnitOfWork {
    /// Checks the deadline that `seen` is: people are told if files are missing, and the clock goes on. Of several that
    /// passed only the newest is checked. Nothing has changed if somebody else was first or the clock is another one by
    /// now. While its monitor is paused or disabled nobody looks for files, and the deadline passes.
    pub async fn check_deadline(
        &mut self,
        id: FileMonitorId,
        seen: Timestamp,
    ) -> Result<Option<ExpectedFileCheck>, StoreError> {
        // The calendar before the monitor, as whoever changes the calendar has it.
        let calendar_id = self.monitor(id).await?.expected_files.and_then(|expected| expected.calendar_id);
        let calendars = self.hold_calendars(calendar_id).await?;
        let monitor = match self.living_monitor(id).await {
            Ok(monitor) => monitor,
            Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let Some(expected) = &monitor.expected_files else { return Ok(None) };
        if expected.calendar_id != calendar_id {
            return Ok(None);
        }
        let calendar = calendar_id.and_then(|id| calendars.get(&id));
        let now = self.now();
        let (deadline, next) = expected.passed(seen, now, calendar);
        let sql = "UPDATE file_monitors SET next_deadline_at = $3 WHERE id = $1 AND next_deadline_at = $2";
        let moved = on!(self, |c| sqlx::query(sql)
            .bind(id.0)
            .bind(seen)
            .bind(next)
            .execute(c)
            .await?
            .rows_affected());
        let is_watched = match monitor.state {
            MonitorState::Active | MonitorState::Error => true,
            MonitorState::Paused | MonitorState::Disabled => false,
        };
        if moved == 0 || !is_watched {
            return Ok(None);
        }
        let before = self.expected_file_checks(id, 1).await?.pop();
        let counted_from = expected.counted_after(deadline, calendar, before.as_ref());
        let check = ExpectedFileCheck {
            id: ExpectedFileCheckId(self.new_id()),
            monitor_id: id,
            deadline_at: deadline,
            counted_from,
            expected_count: expected.min_count,
            found_count: self.count_expected_files(&monitor, counted_from, deadline).await?,
            arrived_at: None,
            checked_at: now,
        };
        let sql = "INSERT INTO expected_file_checks (id, monitor_id, deadline_at, counted_from, expected_count, \
                   found_count, checked_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
        let inserted = on!(self, |c| sqlx::query(sql)
            .bind(check.id.0)
            .bind(id.0)
            .bind(check.deadline_at)
            .bind(check.counted_from)
            .bind(Whole(check.expected_count))
            .bind(Whole(check.found_count))
            .bind(check.checked_at)
            .execute(c)
            .await?
            .rows_affected());
        if inserted == 0 {
            // The clock was set back and edited: the deadline was checked before.
            return Ok(None);
        }
        let facts = facts(&monitor, &check);
        self.audit(AuditableEntityType::FileMonitor, id, "DeadlineChecked", facts.clone());
        if check.is_open() {
            self.event(monitor_event(EventType::ExpectedFileMissing, id, facts));
        } else if let Some(before) = before.filter(ExpectedFileCheck::is_open) {
            self.note_arrival(&monitor, &before).await?;
        }
        Ok(Some(check))
    }

    /// Files have started something: tells if none is missing any more. The monitor is held by whoever calls.
    pub async fn expected_files_came(&mut self, monitor: &FileMonitor) -> Result<(), StoreError> {
        if monitor.expected_files.is_none() {
            return Ok(());
        }
        let newest = self.expected_file_checks(monitor.id, 1).await?.pop();
        let Some(check) = newest.filter(ExpectedFileCheck::is_open) else { return Ok(()) };
        // By the clock that the log of files goes by, and after what was just logged.
        let now = self.shared_now().await?;
        let found = self.count_expected_files(monitor, check.counted_from, now).await?;
        if found >= check.expected_count {
            self.note_arrival(monitor, &check).await?;
        }
        Ok(())
    }

    async fn note_arrival(
        &mut self,
        monitor: &FileMonitor,
        check: &ExpectedFileCheck,
    ) -> Result<(), StoreError> {
        let now = self.shared_now().await?;
        let sql = "UPDATE expected_file_checks SET arrived_at = $2 WHERE id = $1 AND arrived_at IS NULL";
        let noted =
            on!(self, |c| sqlx::query(sql).bind(check.id.0).bind(now).execute(c).await?.rows_affected());
        if noted > 0 {
            let facts = facts(monitor, &ExpectedFileCheck { arrived_at: Some(now), ..check.clone() });
            self.audit(AuditableEntityType::FileMonitor, monitor.id, "ExpectedFilesArrived", facts.clone());
            self.event(monitor_event(EventType::ExpectedFileArrived, monitor.id, facts));
        }
        Ok(())
    }

    /// Lets the clock of a monitor run from now on: what passed before is not checked.
    pub(crate) async fn start_clock(
        &mut self,
        id: FileMonitorId,
        expected: Option<&ExpectedFiles>,
        calendar: Option<&Calendar>,
    ) -> Result<(), StoreError> {
        let next = expected.and_then(|expected| expected.deadline_after(self.now(), calendar));
        let sql = "UPDATE file_monitors SET next_deadline_at = $2 WHERE id = $1";
        on!(self, |c| sqlx::query(sql).bind(id.0).bind(next).execute(c).await.map(drop)?);
        Ok(())
    }

    /// Moves the next deadlines of the clocks that rest on the calendar's days. One that has come and is still a deadline
    /// stays.
    pub(crate) async fn move_deadlines_under(&mut self, calendar: &Calendar) -> Result<(), StoreError> {
        let sql = sql!(self,
            sqlite: "SELECT id, expected_files, next_deadline_at FROM file_monitors \
                     WHERE json_extract(expected_files, '$.calendar_id') = $1 ORDER BY id",
            postgres: "SELECT id, expected_files, next_deadline_at FROM file_monitors \
                       WHERE expected_files ->> 'calendar_id' = $1 ORDER BY id FOR UPDATE");
        let rows: Vec<(Uuid, Json<ExpectedFiles>, Option<Timestamp>)> =
            on!(self, |c| sqlx::query_as(sql).bind(calendar.id.to_string()).fetch_all(c).await?);
        let now = self.now();
        for (id, expected, due) in rows {
            let come = due.filter(|due| *due <= now);
            let from = come.map_or(now, |due| due - TimeDelta::microseconds(1));
            let next = expected.0.deadline_after(from, Some(calendar));
            let sql = "UPDATE file_monitors SET next_deadline_at = $2 WHERE id = $1";
            on!(self, |c| sqlx::query(sql).bind(id).bind(next).execute(c).await.map(drop)?);
        }
        Ok(())
    }

    /// Removes checks that were made before then, but of each monitor the newest; returns how many went.
    pub(crate) async fn prune_checks(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        let sql = "DELETE FROM expected_file_checks WHERE checked_at < $1 AND id <> \
                   (SELECT l.id FROM expected_file_checks l WHERE l.monitor_id = expected_file_checks.monitor_id \
                   ORDER BY l.id DESC LIMIT 1)";
        Ok(on!(self, |c| sqlx::query(sql).bind(before).execute(c).await?.rows_affected()))
    }
}

fn facts(monitor: &FileMonitor, check: &ExpectedFileCheck) -> Value {
    json!({
        "name": monitor.name,
        "file_pattern": monitor.expected_files.as_ref().and_then(|expected| expected.file_pattern.as_ref()),
        "deadline_at": check.deadline_at, "counted_from": check.counted_from,
        "expected_count": check.expected_count, "found_count": check.found_count,
        "arrived_at": check.arrived_at,
    })
}
