//! Schedules of jobs and of chains: two tables with the same columns and one body of code.
//!
//! Left out: starting what is due (the engine enqueues in the unit of work in which it fires). Invariant: a fire time is
//! taken once: `next_fire_at` only moves from the value that whoever moves it has seen.

use crate::audit::{changes, facts};
use crate::column::Text;
use crate::session::{Session, on, sql};
use crate::{StoreError, UnitOfWork};
use courier_domain::audit::AuditableEntityType;
use courier_domain::calendar::Calendar;
use courier_domain::schedule::{
    ChainSchedule, JobSchedule, MisfirePolicy, OverlapPolicy, Schedule, ScheduleType,
};
use courier_domain::{CalendarId, ChainScheduleId, JobChainId, JobId, JobScheduleId, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::FromRow;
use sqlx::types::Json;
use std::collections::BTreeMap;
use std::fmt::Display;
use uuid::Uuid;

const KIND: &str = "schedule";

/// The statements of one table.
#[derive(Debug)]
pub struct Statements {
    owner: &'static str,
    by_id: &'static str,
    by_owner: &'static str,
    all: &'static str,
    due: &'static str,
    insert: &'static str,
    update: &'static str,
    enable: &'static str,
    fire: &'static str,
    wake: &'static str,
    by_calendar: &'static str,
    delete: &'static str,
    open: &'static str,
    living_sqlite: &'static str,
    living_postgres: &'static str,
}

/// The row of either table, with its owner's id as `owner_id`.
macro_rules! statements {
    ($owner:literal, $table:literal, $column:literal, $owners:literal, $open:literal) => {
        Statements {
            owner: $owner,
            by_id: concat!("SELECT s.*, s.", $column, " AS owner_id FROM ", $table, " s WHERE s.id = $1"),
            by_owner: concat!(
                "SELECT s.*, s.", $column, " AS owner_id FROM ", $table, " s WHERE s.", $column,
                " = $1 ORDER BY s.id"
            ),
            all: concat!(
                "SELECT s.*, s.", $column, " AS owner_id FROM ", $table, " s JOIN ", $owners, " o ON o.id = s.",
                $column, " WHERE NOT o.is_deleted ORDER BY o.name_key, s.id"
            ),
            due: concat!(
                "SELECT s.*, s.", $column, " AS owner_id FROM ", $table, " s JOIN ", $owners, " o ON o.id = s.",
                $column, " WHERE s.next_fire_at <= $1 AND NOT o.is_deleted ORDER BY s.next_fire_at, s.id LIMIT $2"
            ),
            insert: concat!(
                "INSERT INTO ", $table, " (id, schedule_type, cron_expression, run_at, time_zone, misfire_policy, \
                 overlap_policy, parameters, is_enabled, next_fire_at, updated_at, calendar_id, ", $column,
                ", last_fired_at, created_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
            ),
            update: concat!(
                "UPDATE ", $table, " SET schedule_type = $2, cron_expression = $3, run_at = $4, time_zone = $5, \
                 misfire_policy = $6, overlap_policy = $7, parameters = $8, is_enabled = $9, next_fire_at = $10, \
                 updated_at = $11, calendar_id = $12 WHERE id = $1 AND updated_at = $13 RETURNING *, ", $column, " AS owner_id"
            ),
            enable: concat!(
                "UPDATE ", $table, " SET is_enabled = $2, next_fire_at = $3, updated_at = $4 \
                 WHERE id = $1 AND updated_at = $5"
            ),
            fire: concat!(
                "UPDATE ", $table, " SET last_fired_at = $3, next_fire_at = $4 \
                 WHERE id = $1 AND next_fire_at = $2 RETURNING *, ", $column, " AS owner_id"
            ),
            wake: concat!("UPDATE ", $table, " SET next_fire_at = $2 WHERE id = $1 AND is_enabled"),
            by_calendar: concat!(
                "SELECT s.*, s.", $column, " AS owner_id FROM ", $table, " s WHERE s.calendar_id = $1 ORDER BY s.id"
            ),
            delete: concat!("DELETE FROM ", $table, " WHERE id = $1"),
            open: $open,
            living_sqlite: concat!("SELECT name FROM ", $owners, " WHERE id = $1 AND NOT is_deleted"),
            living_postgres: concat!("SELECT name FROM ", $owners, " WHERE id = $1 AND NOT is_deleted FOR SHARE"),
        }
    };
}

/// A schedule together with what it starts: [`JobSchedule`] or [`ChainSchedule`].
pub trait OwnedSchedule: Clone + Serialize + Send + Sync + sealed::Sealed {
    type Id: Copy + Display + Into<Uuid> + Send;
    type OwnerId: Copy + Display + Into<Uuid> + Send;
    #[doc(hidden)]
    const STATEMENTS: Statements;

    fn id(&self) -> Self::Id;
    fn owner_id(&self) -> Self::OwnerId;
    fn schedule(&self) -> &Schedule;
    fn schedule_mut(&mut self) -> &mut Schedule;
    #[doc(hidden)]
    fn of(id: Uuid, owner_id: Uuid, schedule: Schedule) -> Self;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::JobSchedule {}
    impl Sealed for super::ChainSchedule {}
}

impl OwnedSchedule for JobSchedule {
    type Id = JobScheduleId;
    type OwnerId = JobId;
    const STATEMENTS: Statements = statements!(
        "job",
        "job_schedules",
        "job_id",
        "jobs",
        "SELECT COUNT(*) FROM job_executions WHERE job_id = $1 \
         AND state IN ('created', 'queued', 'running', 'paused') AND SUBSTR(trigger_key, 1, LENGTH($2)) = $2"
    );

    fn id(&self) -> JobScheduleId {
        self.id
    }
    fn owner_id(&self) -> JobId {
        self.job_id
    }
    fn schedule(&self) -> &Schedule {
        &self.schedule
    }
    fn schedule_mut(&mut self) -> &mut Schedule {
        &mut self.schedule
    }
    fn of(id: Uuid, owner_id: Uuid, schedule: Schedule) -> Self {
        Self { id: JobScheduleId(id), job_id: JobId(owner_id), schedule }
    }
}

impl OwnedSchedule for ChainSchedule {
    type Id = ChainScheduleId;
    type OwnerId = JobChainId;
    const STATEMENTS: Statements = statements!(
        "chain",
        "chain_schedules",
        "chain_id",
        "job_chains",
        "SELECT COUNT(*) FROM chain_executions WHERE chain_id = $1 AND state IN ('pending', 'running', 'paused') \
         AND SUBSTR(trigger_key, 1, LENGTH($2)) = $2"
    );

    fn id(&self) -> ChainScheduleId {
        self.id
    }
    fn owner_id(&self) -> JobChainId {
        self.chain_id
    }
    fn schedule(&self) -> &Schedule {
        &self.schedule
    }
    fn schedule_mut(&mut self) -> &mut Schedule {
        &mut self.schedule
    }
    fn of(id: Uuid, owner_id: Uuid, schedule: Schedule) -> Self {
        Self { id: ChainScheduleId(id), chain_id: JobChainId(owner_id), schedule }
    }
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    owner_id: Uuid,
    schedule_type: Text<ScheduleType>,
    cron_expression: Option<String>,
    run_at: Option<Timestamp>,
    time_zone: String,
    calendar_id: Option<Uuid>,
    misfire_policy: Text<MisfirePolicy>,
    overlap_policy: Text<OverlapPolicy>,
    parameters: Json<BTreeMap<String, Value>>,
    is_enabled: bool,
    last_fired_at: Option<Timestamp>,
    next_fire_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl Row {
    fn into_schedule<S: OwnedSchedule>(self) -> S {
        S::of(
            self.id,
            self.owner_id,
            Schedule {
                schedule_type: self.schedule_type.0,
                cron_expression: self.cron_expression,
                run_at: self.run_at,
                time_zone: self.time_zone,
                calendar_id: self.calendar_id.map(CalendarId),
                misfire_policy: self.misfire_policy.0,
                overlap_policy: self.overlap_policy.0,
                parameters: self.parameters.0,
                is_enabled: self.is_enabled,
                last_fired_at: self.last_fired_at,
                next_fire_at: self.next_fire_at,
                created_at: self.created_at,
                updated_at: self.updated_at,
            },
        )
    }
}

fn all_of<S: OwnedSchedule>(rows: Vec<Row>) -> Vec<S> {
    rows.into_iter().map(Row::into_schedule).collect()
}

/// Binds what `insert` and `update` share, in their order.
macro_rules! bound {
    ($query:expr, $id:expr, $schedule:expr) => {
        $query
            .bind($id)
            .bind(Text($schedule.schedule_type))
            .bind(&$schedule.cron_expression)
            .bind($schedule.run_at)
            .bind(&$schedule.time_zone)
            .bind(Text($schedule.misfire_policy))
            .bind(Text($schedule.overlap_policy))
            .bind(Json(&$schedule.parameters))
            .bind($schedule.is_enabled)
            .bind($schedule.next_fire_at)
            .bind($schedule.updated_at)
            .bind($schedule.calendar_id.map(|id| id.0))
    };
}

impl Session {
    pub async fn schedule<S: OwnedSchedule>(&mut self, id: S::Id) -> Result<S, StoreError> {
        let uuid: Uuid = id.into();
        let row: Option<Row> =
            on!(self, |c| sqlx::query_as(S::STATEMENTS.by_id).bind(uuid).fetch_optional(c).await?);
        row.map(Row::into_schedule).ok_or_else(|| StoreError::not_found(KIND, id))
    }

    /// The schedules of one job or chain, oldest first.
    pub async fn schedules_of<S: OwnedSchedule>(&mut self, owner: S::OwnerId) -> Result<Vec<S>, StoreError> {
        let owner: Uuid = owner.into();
        let rows = on!(self, |c| sqlx::query_as(S::STATEMENTS.by_owner).bind(owner).fetch_all(c).await?);
        Ok(all_of(rows))
    }

    /// Every schedule of what is not deleted, by its owner's name.
    pub async fn schedules<S: OwnedSchedule>(&mut self) -> Result<Vec<S>, StoreError> {
        Ok(all_of(on!(self, |c| sqlx::query_as(S::STATEMENTS.all).fetch_all(c).await?)))
    }

    /// When the next schedule of any kind fires.
    pub async fn next_fire_at(&mut self) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT MIN(at) FROM (SELECT MIN(s.next_fire_at) AS at FROM job_schedules s JOIN jobs o \
                   ON o.id = s.job_id WHERE s.next_fire_at IS NOT NULL AND NOT o.is_deleted \
                   UNION ALL SELECT MIN(s.next_fire_at) FROM chain_schedules s JOIN job_chains o \
                   ON o.id = s.chain_id WHERE s.next_fire_at IS NOT NULL AND NOT o.is_deleted) AS firsts";
        Ok(on!(self, |c| sqlx::query_scalar(sql).fetch_one(c).await?))
    }

    /// Whether something that the schedule has started is not over. `key` is what its trigger keys begin with.
    pub async fn has_open_run<S: OwnedSchedule>(
        &mut self,
        schedule: &S,
        key: &str,
    ) -> Result<bool, StoreError> {
        let owner: Uuid = schedule.owner_id().into();
        let open: i64 =
            on!(self, |c| sqlx::query_scalar(S::STATEMENTS.open).bind(owner).bind(key).fetch_one(c).await?);
        Ok(open > 0)
    }

    /// Schedules whose time has come, earliest first; those of a disabled owner too, whose times pass unused.
    pub async fn due_schedules<S: OwnedSchedule>(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<S>, StoreError> {
        let rows = on!(self, |c| sqlx::query_as(S::STATEMENTS.due)
            .bind(now)
            .bind(i64::from(limit))
            .fetch_all(c)
            .await?);
        Ok(all_of(rows))
    }
}

impl UnitOfWork {
    /// Stores a new schedule of a job or chain that is not deleted.
    pub async fn insert_schedule<S: OwnedSchedule>(&mut self, schedule: &S) -> Result<(), StoreError> {
        let (id, owner): (Uuid, Uuid) = (schedule.id().into(), schedule.owner_id().into());
        let living = sql!(self,
            sqlite: S::STATEMENTS.living_sqlite,
            postgres: S::STATEMENTS.living_postgres);
        let name: Option<String> =
            on!(self, |c| sqlx::query_scalar(living).bind(owner).fetch_optional(c).await?);
        if name.is_none() {
            return Err(StoreError::not_found(S::STATEMENTS.owner, schedule.owner_id()));
        }
        let content = schedule.schedule();
        self.hold_calendar(content.calendar_id).await?;
        on!(self, |c| bound!(sqlx::query(S::STATEMENTS.insert), id, content)
            .bind(owner)
            .bind(content.last_fired_at)
            .bind(content.created_at)
            .execute(c)
            .await
            .map(drop)?);
        self.audit(AuditableEntityType::Schedule, id, "Created", facts(schedule));
        Ok(())
    }

    /// Stores an edited schedule, as `updated_at` the instant at which this happens. `seen` is the `updated_at` that the
    /// editor had loaded: refused if somebody else has changed it since. Fires meanwhile are no such change, and stay
    /// known.
    pub async fn update_schedule<S: OwnedSchedule>(
        &mut self,
        schedule: &S,
        seen: Timestamp,
    ) -> Result<S, StoreError> {
        let before: S = self.schedule(schedule.id()).await?;
        let mut schedule = schedule.clone();
        schedule.schedule_mut().updated_at = self.later_than(before.schedule().updated_at);
        let id: Uuid = schedule.id().into();
        let content = schedule.schedule();
        self.hold_calendar(content.calendar_id).await?;
        let row: Option<Row> = on!(self, |c| bound!(sqlx::query_as(S::STATEMENTS.update), id, content)
            .bind(seen)
            .fetch_optional(c)
            .await?);
        let Some(row) = row else { return Err(self.out_of_date_schedule(&schedule).await) };
        let after: S = row.into_schedule();
        self.audit(AuditableEntityType::Schedule, id, "Updated", changes(&before, &after));
        Ok(after)
    }

    /// Lets a schedule fire from now on, or not.
    pub async fn set_schedule_enabled<S: OwnedSchedule>(
        &mut self,
        id: S::Id,
        enabled: bool,
    ) -> Result<S, StoreError> {
        let before: S = self.schedule(id).await?;
        if before.schedule().is_enabled == enabled {
            return Ok(before);
        }
        let mut after = before.clone();
        let at = self.later_than(before.schedule().updated_at);
        let calendar = self.hold_calendar(before.schedule().calendar_id).await?;
        after.schedule_mut().set_enabled(enabled, calendar.as_ref(), at);
        let next = after.schedule().next_fire_at;
        let uuid: Uuid = id.into();
        let changed = on!(self, |c| sqlx::query(S::STATEMENTS.enable)
            .bind(uuid)
            .bind(enabled)
            .bind(next)
            .bind(at)
            .bind(before.schedule().updated_at)
            .execute(c)
            .await?
            .rows_affected());
        if changed == 0 {
            return Err(self.out_of_date_schedule(&after).await);
        }
        let operation = if enabled { "Enabled" } else { "Disabled" };
        let owner: Uuid = after.owner_id().into();
        self.audit(AuditableEntityType::Schedule, uuid, operation, json!({ "owner_id": owner }));
        Ok(after)
    }

    /// Forgets a schedule. What it has started stays.
    pub async fn delete_schedule<S: OwnedSchedule>(&mut self, id: S::Id) -> Result<(), StoreError> {
        let schedule: S = self.schedule(id).await?;
        let uuid: Uuid = id.into();
        let gone =
            on!(self, |c| sqlx::query(S::STATEMENTS.delete).bind(uuid).execute(c).await?.rows_affected());
        if gone == 0 {
            return Err(StoreError::not_found(KIND, id));
        }
        self.audit(AuditableEntityType::Schedule, uuid, "Deleted", facts(&schedule));
        Ok(())
    }

    /// Takes the fire time that `seen` has: it was fired now, and `next` is the one that follows (see
    /// [`Schedule::next_after`]). None, and nothing has changed, if somebody else has taken it or the schedule is
    /// another one by now. What it starts belongs into the same unit of work.
    pub async fn fire_schedule<S: OwnedSchedule>(
        &mut self,
        seen: &S,
        next: Option<Timestamp>,
    ) -> Result<Option<S>, StoreError> {
        let Some(due) = seen.schedule().next_fire_at else { return Ok(None) };
        let (id, owner): (Uuid, Uuid) = (seen.id().into(), seen.owner_id().into());
        let now = self.now();
        let row: Option<Row> = on!(self, |c| sqlx::query_as(S::STATEMENTS.fire)
            .bind(id)
            .bind(due)
            .bind(now)
            .bind(next)
            .fetch_optional(c)
            .await?);
        let fired: Option<S> = row.map(Row::into_schedule);
        if fired.is_some() {
            let details = json!({ "owner_id": owner, "fire_time": due, "next_fire_at": next });
            self.audit(AuditableEntityType::Schedule, id, "Fired", details);
        }
        Ok(fired)
    }

    /// Lets the schedules of something that was deleted go on from now: what it missed meanwhile is no misfire.
    pub(crate) async fn wake_schedules<S: OwnedSchedule>(
        &mut self,
        owner: S::OwnerId,
    ) -> Result<(), StoreError> {
        let now = self.now();
        for schedule in self.schedules_of::<S>(owner).await? {
            let calendar = self.hold_calendar_of_restored(schedule.schedule().calendar_id).await?;
            let next = schedule.schedule().next_after(now, calendar.as_ref());
            self.wake_at(&schedule, next).await?;
        }
        Ok(())
    }

    /// Moves the next times of the schedules that rest on the calendar's days.
    pub(crate) async fn move_schedules_under<S: OwnedSchedule>(
        &mut self,
        calendar: &Calendar,
    ) -> Result<(), StoreError> {
        let by_calendar = S::STATEMENTS.by_calendar;
        let rows = on!(self, |c| sqlx::query_as(by_calendar).bind(calendar.id.0).fetch_all(c).await?);
        let now = self.now();
        for schedule in all_of::<S>(rows) {
            let next = schedule.schedule().next_under(Some(calendar), now);
            self.wake_at(&schedule, next).await?;
        }
        Ok(())
    }

    async fn wake_at<S: OwnedSchedule>(
        &mut self,
        schedule: &S,
        next: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let id: Uuid = schedule.id().into();
        on!(self, |c| sqlx::query(S::STATEMENTS.wake).bind(id).bind(next).execute(c).await.map(drop)?);
        Ok(())
    }

    async fn out_of_date_schedule<S: OwnedSchedule>(&mut self, yours: &S) -> StoreError {
        match self.schedule::<S>(yours.id()).await {
            Ok(current) => {
                let name = current.id().to_string();
                let entity = (AuditableEntityType::Schedule, current.id().into());
                self.out_of_date((KIND, &name), entity, yours, &current).await
            }
            Err(error) => error,
        }
    }
}
