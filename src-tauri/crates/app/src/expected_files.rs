//! How the expected-file clocks of monitors stand: what has come for the next deadline, and what the last one found.

use crate::app::App;
use crate::error::Result;
use courier_domain::calendar::Calendar;
use courier_domain::expected::ExpectedFileCheck;
use courier_domain::monitor::{FileMonitor, MonitorState};
use courier_domain::{CalendarId, FileMonitorId, Timestamp};
use courier_store::Session;
use serde::Serialize;
use specta::Type;
use std::collections::BTreeMap;

/// How a clock stands.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct ExpectedStanding {
    pub calendar_name: Option<String>,
    /// None while the monitor is paused or disabled, and when its calendar leaves no day.
    pub next_deadline_at: Option<Timestamp>,
    /// Files count from here on towards the next deadline.
    pub counted_from: Option<Timestamp>,
    /// Files that count for it by now.
    pub found_count: u32,
    /// What the last deadline found.
    pub last_check: Option<ExpectedFileCheck>,
    /// The last deadline was missed, and files are missing still.
    pub is_missing: bool,
}

/// A monitor that waits for files.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct ExpectedMonitor {
    pub monitor: FileMonitor,
    pub expected: ExpectedStanding,
}

/// What is the same for all monitors of one answer.
pub(crate) struct Expectations {
    calendars: BTreeMap<CalendarId, Calendar>,
    deadlines: BTreeMap<FileMonitorId, Timestamp>,
    checks: BTreeMap<FileMonitorId, ExpectedFileCheck>,
    now: Timestamp,
}

impl Expectations {
    pub(crate) async fn load(session: &mut Session, now: Timestamp) -> Result<Self> {
        Ok(Self {
            calendars: session.calendars().await?.into_iter().map(|c| (c.id, c)).collect(),
            deadlines: session.deadlines().await?,
            checks: session.newest_checks().await?,
            now,
        })
    }

    pub(crate) async fn of(
        &self,
        monitor: &FileMonitor,
        session: &mut Session,
    ) -> Result<Option<ExpectedStanding>> {
        let Some(expected) = &monitor.expected_files else { return Ok(None) };
        let calendar = expected.calendar_id.and_then(|id| self.calendars.get(&id));
        let is_watched = matches!(monitor.state, MonitorState::Active | MonitorState::Error);
        let next_deadline_at = self.deadlines.get(&monitor.id).copied().filter(|_| is_watched);
        let last_check = self.checks.get(&monitor.id).cloned();
        let counted_from =
            next_deadline_at.map(|next| expected.counted_after(next, calendar, last_check.as_ref()));
        let found_count = match counted_from {
            Some(from) => session.count_expected_files(monitor, from, self.now).await?,
            None => 0,
        };
        let is_missing = is_watched && last_check.as_ref().is_some_and(ExpectedFileCheck::is_open);
        let calendar_name = calendar.map(|calendar| calendar.name.clone());
        Ok(Some(ExpectedStanding {
            calendar_name,
            next_deadline_at,
            counted_from,
            found_count,
            last_check,
            is_missing,
        }))
    }
}

impl App {
    /// Every monitor that waits for files, the earliest deadline first.
    pub async fn monitors_expected(&self) -> Result<Vec<ExpectedMonitor>> {
        let mut session = self.read().await?;
        let expectations = Expectations::load(&mut session, self.now()).await?;
        let mut found = Vec::new();
        for monitor in session.monitors().await? {
            if let Some(expected) = expectations.of(&monitor, &mut session).await? {
                found.push(ExpectedMonitor { monitor, expected });
            }
        }
        found.sort_by_key(|row| {
            (row.expected.next_deadline_at.is_none(), row.expected.next_deadline_at, row.monitor.id)
        });
        Ok(found)
    }

    /// What was found at the deadlines of a monitor, newest first.
    pub async fn monitors_checks(&self, id: FileMonitorId, limit: u32) -> Result<Vec<ExpectedFileCheck>> {
        Ok(self.read().await?.expected_file_checks(id, limit.clamp(1, courier_store::MAX_PAGE)).await?)
    }
}
