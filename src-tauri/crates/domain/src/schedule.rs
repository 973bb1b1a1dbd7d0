//! Schedules: when a job or a chain starts by itself.
//!
//! Left out: firing (the engine does, in one transaction with the move of `next_fire_at`). The arithmetic of cron
//! expressions is in [`crate::cron`].

use crate::cron::CronExpression;
use crate::macros::text_enum;
use crate::problem::{Problem, Problems};
use crate::{ChainScheduleId, JobChainId, JobId, JobScheduleId, Timestamp};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use specta::Type;
use std::collections::BTreeMap;

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

    /// The first fire time after `after`; none if it is disabled or never fires.
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let zone = self.time_zone.as_deref().unwrap_or(UTC);
        next(self.is_enabled, self.schedule_type, self.cron_expression.as_deref(), self.run_at, zone, after)
    }
}

fn next(
    is_enabled: bool,
    schedule_type: ScheduleType,
    cron_expression: Option<&str>,
    run_at: Option<Timestamp>,
    time_zone: &str,
    after: Timestamp,
) -> Option<Timestamp> {
    if !is_enabled {
        return None;
    }
    match schedule_type {
        ScheduleType::OneShot => run_at.filter(|at| *at > after),
        ScheduleType::Cron => {
            let cron = CronExpression::parse(cron_expression?).ok()?;
            cron.next_after(after, time_zone.parse().ok()?)
        }
    }
}

impl Schedule {
    /// A new schedule from a draft whose check found no error. A one-shot instant that is past never fires.
    pub fn new(draft: ScheduleDraft, now: Timestamp) -> Self {
        let next_fire_at = draft.next_after(now);
        Self {
            schedule_type: draft.schedule_type,
            cron_expression: draft.cron_expression,
            run_at: draft.run_at,
            time_zone: draft.time_zone.unwrap_or_else(|| UTC.to_owned()),
            misfire_policy: draft.misfire_policy,
            overlap_policy: draft.overlap_policy,
            parameters: draft.parameters,
            is_enabled: draft.is_enabled,
            last_fired_at: None,
            next_fire_at,
            created_at: now,
            updated_at: now,
        }
    }

    /// Takes over a draft whose check found no error; what has fired stays known.
    pub fn edit(&mut self, draft: ScheduleDraft, now: Timestamp) {
        let (created_at, last_fired_at) = (self.created_at, self.last_fired_at);
        *self = Self { created_at, last_fired_at, ..Self::new(draft, now) };
    }

    /// Switches it on, from now on, or off.
    pub fn set_enabled(&mut self, is_enabled: bool, now: Timestamp) {
        self.is_enabled = is_enabled;
        self.next_fire_at = self.next_after(now);
        self.updated_at = now;
    }

    /// The first fire time after `after`; none if it is disabled or never fires again.
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        next(
            self.is_enabled,
            self.schedule_type,
            self.cron_expression.as_deref(),
            self.run_at,
            &self.time_zone,
            after,
        )
    }

    /// The draft that describes the schedule as it is.
    pub fn to_draft(&self) -> ScheduleDraft {
        ScheduleDraft {
            schedule_type: self.schedule_type,
            cron_expression: self.cron_expression.clone(),
            run_at: self.run_at,
            time_zone: Some(self.time_zone.clone()),
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
        let schedule = Schedule::new(daily, at("2026-07-01T00:00:00Z"));
        assert_eq!(schedule.next_fire_at, Some(at("2026-07-01T04:30:00Z")));
    }

    #[test]
    fn a_disabled_schedule_has_no_next_time_and_gets_one_from_now_when_enabled() {
        let now = at("2026-07-01T00:00:00Z");
        let once = draft(serde_json::json!({ "schedule_type": "one_shot", "run_at": "2026-07-02T00:00:00Z",
            "is_enabled": false }));
        let mut schedule = Schedule::new(once, now);
        assert_eq!(schedule.next_fire_at, None);
        schedule.set_enabled(true, now);
        assert_eq!(schedule.next_fire_at, Some(at("2026-07-02T00:00:00Z")));
        schedule.set_enabled(true, at("2026-07-03T00:00:00Z"));
        assert_eq!(schedule.next_fire_at, None, "an instant that is past never fires");
    }
}
