//! Schedules: when a job or a chain starts by itself.
//!
//! Left out: firing (the engine does, in one transaction with the move of `next_fire_at`). The arithmetic of cron
//! expressions is in [`crate::cron`].

use crate::calendar::{Calendar, next_kept};
use crate::cron::CronExpression;
use crate::macros::text_enum;
use crate::problem::{Problem, Problems};
use crate::{CalendarId, ChainScheduleId, JobChainId, JobId, JobScheduleId, MissedFiresId, Timestamp};
use chrono::TimeDelta;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use specta::Type;
use std::collections::BTreeMap;
use uuid::Uuid;

text_enum! { pub enum ScheduleType { Cron = "cron", OneShot = "one_shot" } }
text_enum! {
    /// What becomes of fire times that were missed, because Courier was off or asleep.
    pub enum MisfirePolicy {
        /// One run for all of them.
        RunOnce = "run_once",
        /// None; the next one counts.
        Skip = "skip",
        /// A run for each, at most 100.
        RunAll = "run_all",
    }
}
text_enum! {
    /// Why schedules do not fire on a node for the time being.
    pub enum ScheduleHold { OnBattery = "on_battery", Metered = "metered" }
}
text_enum! {
    /// What becomes of a fire time while a run of the same schedule is not over.
    pub enum OverlapPolicy { Queue = "queue", Skip = "skip" }
}

/// What a schedule is, whatever it starts. `cron_expression` is there for cron, `run_at` for one shot, never both.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct Schedule {
    pub schedule_type: ScheduleType,
    /// Quartz: seconds first.
    pub cron_expression: Option<String>,
    pub run_at: Option<Timestamp>,
    /// IANA name in which the expression is meant.
    pub time_zone: String,
    /// Fire times on its skipped days, in `time_zone`, are passed over.
    pub calendar_id: Option<CalendarId>,
    pub misfire_policy: MisfirePolicy,
    pub overlap_policy: OverlapPolicy,
    /// Values for the parameters of the job, or of every job of the chain that has them.
    pub parameters: BTreeMap<String, Value>,
    pub is_enabled: bool,
    pub last_fired_at: Option<Timestamp>,
    /// Absent while it is disabled, and when it never fires again.
    pub next_fire_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

text_enum! {
    /// Why a fire time was not used as it came.
    pub enum MissedReason {
        /// Nobody was there in time.
        Misfire = "misfire",
        /// A run of the same schedule was not over.
        Overlap = "overlap",
        /// What it starts could not be started.
        Refused = "refused",
    }
}

/// Fire times that were not used as they came.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct MissedFires {
    pub id: MissedFiresId,
    pub schedule_id: Uuid,
    /// What the schedule starts: a job or a chain, never both.
    pub job_id: Option<JobId>,
    pub chain_id: Option<JobChainId>,
    pub reason: MissedReason,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
    /// Fire times from the first to the last; no more than [`MOST_MISSED`] are counted.
    pub count: i32,
    /// Runs that were started for them.
    pub started: i32,
    /// Why it was refused, in a sentence.
    pub message: Option<String>,
    pub recorded_at: Timestamp,
}

/// Later than this, a fire time was missed.
pub const MISFIRE_AFTER: TimeDelta = TimeDelta::seconds(60);
/// Runs that [`MisfirePolicy::RunAll`] starts at most; of more fire times, the last ones count.
pub const MOST_RUNS: usize = 100;
/// Missed fire times that are counted.
pub const MOST_MISSED: usize = 10_000;

/// What a schedule whose time has come does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firing {
    /// Fire times that a run is started for, oldest first.
    pub start: Vec<Timestamp>,
    /// Fire times that were missed, oldest first.
    pub missed: Vec<Timestamp>,
    /// When it fires next.
    pub next: Option<Timestamp>,
}

/// A schedule of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct JobSchedule {
    pub id: JobScheduleId,
    pub job_id: JobId,
    #[serde(flatten)]
    pub schedule: Schedule,
}

/// A schedule of a chain.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct ChainSchedule {
    pub id: ChainScheduleId,
    pub chain_id: JobChainId,
    #[serde(flatten)]
    pub schedule: Schedule,
}

/// What people enter about a schedule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct ScheduleDraft {
    pub schedule_type: ScheduleType,
    #[serde(default)]
    pub cron_expression: Option<String>,
    #[serde(default)]
    pub run_at: Option<Timestamp>,
    /// IANA name; absent means the system's, which whoever saves fills in.
    #[serde(default)]
    pub time_zone: Option<String>,
    #[serde(default)]
    pub calendar_id: Option<CalendarId>,
    #[serde(default = "run_once")]
    pub misfire_policy: MisfirePolicy,
    #[serde(default = "queue")]
    pub overlap_policy: OverlapPolicy,
    #[serde(default)]
    pub parameters: BTreeMap<String, Value>,
    #[serde(default = "yes")]
    pub is_enabled: bool,
}

/// Where nobody has said a zone.
const UTC: &str = "UTC";

fn run_once() -> MisfirePolicy {
    MisfirePolicy::RunOnce
}
fn queue() -> OverlapPolicy {
    OverlapPolicy::Queue
}
fn yes() -> bool {
    true
}

impl ScheduleDraft {
    /// Everything wrong with it, each with its path.
    pub fn check(&self) -> Problems {
        let mut problems = Problems::default();
        if let Some(zone) = self.time_zone.as_deref().filter(|zone| zone.parse::<Tz>().is_err()) {
            let message = format!("`{zone}` is not a time zone; use a name such as Europe/Berlin.");
            problems.push(Problem::error("time_zone", "invalid", message));
        }
        let (wanted, unwanted) = match self.schedule_type {
            ScheduleType::Cron => ("cron_expression", self.run_at.is_some().then_some("run_at")),
            ScheduleType::OneShot => ("run_at", self.cron_expression.is_some().then_some("cron_expression")),
        };
        if let Some(field) = unwanted {
            let message = format!("A {} schedule has `{wanted}` instead.", self.schedule_type);
            problems.push(Problem::error(field, "not_allowed", message));
        }
        match (self.schedule_type, self.cron_expression.as_deref(), self.run_at) {
            (ScheduleType::Cron, Some(text), _) => {
                if let Err(error) = CronExpression::parse(text) {
                    problems.push(Problem::error("cron_expression", "invalid", error.to_string()));
                }
            }
            (ScheduleType::Cron, None, _) => problems.push(Problem::error(
                "cron_expression",
                "required",
                "Enter an expression such as `0 30 6 ? * MON-FRI`: second, minute, hour, day, month, weekday.",
            )),
            (ScheduleType::OneShot, _, None) => {
                problems.push(Problem::error("run_at", "required", "Enter the instant of the run."));
            }
            (ScheduleType::OneShot, _, Some(_)) => {}
        }
        problems
    }

    /// Refuses a calendar under which it has no time left, though it would have one without. `calendar` is the one that
    /// it names.
    pub fn check_calendar(&self, calendar: &Calendar, now: Timestamp) -> Problems {
        let enabled = Schedule::new(Self { is_enabled: true, ..self.clone() }, None, now);
        if enabled.next_fire_at.is_none() || enabled.next_after(now, Some(calendar)).is_some() {
            return Problems::default();
        }
        let message = format!("`{}` skips every day on which this would fire.", calendar.name);
        Problems::one(Problem::error("calendar_id", "never_fires", message))
    }
}

impl Schedule {
    /// A new schedule from a draft whose check found no error. A one-shot instant that is past never fires. `calendar` is
    /// the one that the draft names, here and below.
    pub fn new(draft: ScheduleDraft, calendar: Option<&Calendar>, now: Timestamp) -> Self {
        let mut schedule = Self {
            schedule_type: draft.schedule_type,
            cron_expression: draft.cron_expression,
            run_at: draft.run_at,
            time_zone: draft.time_zone.unwrap_or_else(|| UTC.to_owned()),
            calendar_id: draft.calendar_id,
            misfire_policy: draft.misfire_policy,
            overlap_policy: draft.overlap_policy,
            parameters: draft.parameters,
            is_enabled: draft.is_enabled,
            last_fired_at: None,
            next_fire_at: None,
            created_at: now,
            updated_at: now,
        };
        schedule.next_fire_at = schedule.next_after(now, calendar);
        schedule
    }

    /// Takes over a draft whose check found no error; what has fired stays known.
    pub fn edit(&mut self, draft: ScheduleDraft, calendar: Option<&Calendar>, now: Timestamp) {
        let (created_at, last_fired_at) = (self.created_at, self.last_fired_at);
        *self = Self { created_at, last_fired_at, ..Self::new(draft, calendar, now) };
    }

    /// Switches it on, from now on, or off.
    pub fn set_enabled(&mut self, is_enabled: bool, calendar: Option<&Calendar>, now: Timestamp) {
        self.is_enabled = is_enabled;
        self.next_fire_at = self.next_after(now, calendar);
        self.updated_at = now;
    }

    /// The first fire time after `after`; none if it is disabled or never fires again.
    pub fn next_after(&self, after: Timestamp, calendar: Option<&Calendar>) -> Option<Timestamp> {
        if !self.is_enabled {
            return None;
        }
        let zone: Tz = self.time_zone.parse().ok()?;
        match self.schedule_type {
            ScheduleType::OneShot => {
                next_kept(calendar, zone, after, |after| self.run_at.filter(|at| *at > after))
            }
            ScheduleType::Cron => {
                let cron = CronExpression::parse(self.cron_expression.as_deref()?).ok()?;
                cron.next_kept(after, zone, calendar)
            }
        }
    }

    /// When it fires next once its calendar has other days: a time that has come and is still kept stays.
    pub fn next_under(&self, calendar: Option<&Calendar>, now: Timestamp) -> Option<Timestamp> {
        let come = self.next_fire_at.filter(|due| *due <= now);
        self.next_after(come.map_or(now, |due| due - TimeDelta::microseconds(1)), calendar)
    }

    /// What to do with the fire time that has come; nothing while it has not.
    pub fn firing(&self, calendar: Option<&Calendar>, now: Timestamp) -> Option<Firing> {
        let due = self.next_fire_at.filter(|due| *due <= now)?;
        if now - due <= MISFIRE_AFTER {
            // The one after it may have come, too; it is next.
            return Some(Firing {
                start: vec![due],
                missed: Vec::new(),
                next: self.next_after(due, calendar),
            });
        }
        let mut missed = vec![due];
        while let Some(later) =
            missed.last().and_then(|last| self.next_after(*last, calendar)).filter(|later| *later <= now)
        {
            if missed.len() == MOST_MISSED {
                break;
            }
            missed.push(later);
        }
        let start = match self.misfire_policy {
            MisfirePolicy::RunOnce => missed.iter().rev().take(1).copied().collect(),
            MisfirePolicy::Skip => Vec::new(),
            MisfirePolicy::RunAll => {
                missed.iter().skip(missed.len().saturating_sub(MOST_RUNS)).copied().collect()
            }
        };
        Some(Firing { start, missed, next: self.next_after(now, calendar) })
    }

    /// The draft that describes the schedule as it is.
    pub fn to_draft(&self) -> ScheduleDraft {
        ScheduleDraft {
            schedule_type: self.schedule_type,
            cron_expression: self.cron_expression.clone(),
            run_at: self.run_at,
            time_zone: Some(self.time_zone.clone()),
            calendar_id: self.calendar_id,
            misfire_policy: self.misfire_policy,
            overlap_policy: self.overlap_policy,
            parameters: self.parameters.clone(),
            is_enabled: self.is_enabled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn draft(json: Value) -> ScheduleDraft {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_schedule_has_what_its_type_needs_and_nothing_else() {
        let paths =
            |json: Value| -> Vec<String> { draft(json).check().0.into_iter().map(|p| p.path).collect() };
        assert_eq!(paths(serde_json::json!({ "schedule_type": "cron" })), ["cron_expression"]);
        assert_eq!(paths(serde_json::json!({ "schedule_type": "one_shot" })), ["run_at"]);
        let both = serde_json::json!({ "schedule_type": "one_shot", "run_at": "2027-01-01T00:00:00Z",
            "cron_expression": "0 0 6 * * ?" });
        assert_eq!(paths(both), ["cron_expression"]);
        let zone = serde_json::json!({ "schedule_type": "cron", "cron_expression": "0 0 6 * * ?",
            "time_zone": "Mars/Base" });
        assert_eq!(paths(zone), ["time_zone"]);
        assert_eq!(
            paths(serde_json::json!({ "schedule_type": "cron", "cron_expression": "every day" })),
            ["cron_expression"]
        );
    }

    #[test]
    fn the_next_time_is_meant_in_the_schedules_zone() {
        let daily = draft(serde_json::json!({ "schedule_type": "cron", "cron_expression": "0 30 6 * * ?",
            "time_zone": "Europe/Berlin" }));
        let schedule = Schedule::new(daily, None, at("2026-07-01T00:00:00Z"));
        assert_eq!(schedule.next_fire_at, Some(at("2026-07-01T04:30:00Z")));
    }

    #[test]
    fn what_was_missed_is_made_up_for_as_the_policy_says() {
        let hourly = |policy: &str| {
            let draft = draft(serde_json::json!({ "schedule_type": "cron", "cron_expression": "0 0 * * * ?",
                "time_zone": "UTC", "misfire_policy": policy }));
            Schedule::new(draft, None, at("2026-07-01T00:30:00Z"))
        };
        let once = hourly("run_once");
        assert_eq!(once.firing(None, at("2026-07-01T00:59:59Z")), None);
        let firing = once.firing(None, at("2026-07-01T01:01:00Z")).unwrap();
        assert_eq!(
            (firing.start, firing.missed.len()),
            (vec![at("2026-07-01T01:00:00Z")], 0),
            "a minute is in time"
        );
        assert_eq!(firing.next, Some(at("2026-07-01T02:00:00Z")));

        let late = at("2026-07-01T05:10:00Z");
        let firing = once.firing(None, late).unwrap();
        assert_eq!(
            (firing.start.as_slice(), firing.missed.len()),
            ([at("2026-07-01T05:00:00Z")].as_slice(), 5)
        );
        assert_eq!(firing.next, Some(at("2026-07-01T06:00:00Z")));
        assert!(hourly("skip").firing(None, late).unwrap().start.is_empty());
        assert_eq!(hourly("run_all").firing(None, late).unwrap().start.len(), 5);
        let much_later = hourly("run_all").firing(None, at("2026-08-01T00:10:00Z")).unwrap();
        assert_eq!((much_later.start.len(), much_later.missed.len()), (100, 744));
        assert_eq!(much_later.start.last(), Some(&at("2026-08-01T00:00:00Z")));
    }

    #[test]
    fn counting_what_was_missed_ends() {
        let each_second =
            draft(serde_json::json!({ "schedule_type": "cron", "cron_expression": "* * * * * ?" }));
        let schedule = Schedule::new(each_second, None, at("2026-07-01T00:00:00Z"));
        let firing = schedule.firing(None, at("2026-07-08T00:00:00.5Z")).unwrap();
        assert_eq!((firing.missed.len(), firing.next), (MOST_MISSED, Some(at("2026-07-08T00:00:01Z"))));
    }

    #[test]
    fn a_disabled_schedule_has_no_next_time_and_gets_one_from_now_when_enabled() {
        let now = at("2026-07-01T00:00:00Z");
        let once = draft(serde_json::json!({ "schedule_type": "one_shot", "run_at": "2026-07-02T00:00:00Z",
            "is_enabled": false }));
        let mut schedule = Schedule::new(once, None, now);
        assert_eq!(schedule.next_fire_at, None);
        schedule.set_enabled(true, None, now);
        assert_eq!(schedule.next_fire_at, Some(at("2026-07-02T00:00:00Z")));
        schedule.set_enabled(true, None, at("2026-07-03T00:00:00Z"));
        assert_eq!(schedule.next_fire_at, None, "an instant that is past never fires");
    }
}
