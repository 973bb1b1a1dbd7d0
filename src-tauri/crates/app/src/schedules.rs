//! Schedules of jobs and chains, in one list; and when an expression would fire.
//!
//! Left out: firing. Invariant: what is saved passed [`ScheduleDraft::check`], has a time zone, and its values fit the
//! parameters of what it starts.

use crate::app::App;
use crate::error::{AppError, Result};
use crate::surroundings;
use courier_domain::calendar::Calendar;
use courier_domain::cron::CronExpression;
use courier_domain::schedule::{ChainSchedule, JobSchedule, MissedFires, Schedule, ScheduleDraft};
use courier_domain::time::to_micros;
use courier_domain::{
    CalendarId, ChainExecutionId, ErrorCode, JobChainId, JobExecutionId, JobId, MissedFiresId, Problem,
    Problems, Timestamp,
};
use courier_engine::parameters;
use courier_engine::triggers::{Start, start_chain, start_job};
use courier_store::{MAX_PAGE, OwnedSchedule, Session, StoreError, UnitOfWork};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use specta::Type;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Fire times that one preview may have.
const MAX_PREVIEW: usize = 10_000;

/// What a schedule starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "type", content = "id", rename_all = "snake_case")]
pub enum ScheduleOwner {
    Job(JobId),
    Chain(JobChainId),
}

/// A schedule with what it starts: `job_id` or `chain_id`, never both.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct ScheduleRow {
    pub id: Uuid,
    pub job_id: Option<JobId>,
    pub chain_id: Option<JobChainId>,
    /// Of the job or chain.
    pub name: String,
    /// Of the calendar whose days are passed over.
    pub calendar_name: Option<String>,
    #[serde(flatten)]
    pub schedule: Schedule,
}

/// Which schedules to list; all of them by default.
#[derive(Debug, Clone, Copy, Default, Deserialize, Type)]
#[serde(default)]
pub struct ScheduleFilter {
    pub owner: Option<ScheduleOwner>,
    pub is_enabled: Option<bool>,
}

/// What a schedule has started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(tag = "type", content = "execution_id", rename_all = "snake_case")]
pub enum Fired {
    Job(JobExecutionId),
    Chain(ChainExecutionId),
}

/// Which missed fire times to list; the newest of all by default.
#[derive(Debug, Clone, Copy, Default, Deserialize, Type)]
#[serde(default)]
pub struct MissedFilter {
    pub schedule_id: Option<Uuid>,
    pub after: Option<MissedFiresId>,
    /// 100 when 0.
    pub limit: u32,
}

/// What was missed, with the name of the job or chain.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct MissedRow {
    pub name: String,
    #[serde(flatten)]
    pub missed: MissedFires,
}

/// Rows of missed fire times unless more are asked for.
const MISSED: u32 = 100;

/// One of the two kinds, as the store has it.
#[derive(Debug, Clone)]
enum Stored {
    Job(JobSchedule),
    Chain(ChainSchedule),
}

impl Stored {
    fn owner(&self) -> ScheduleOwner {
        match self {
            Self::Job(s) => ScheduleOwner::Job(s.job_id),
            Self::Chain(s) => ScheduleOwner::Chain(s.chain_id),
        }
    }

    fn schedule(&self) -> &Schedule {
        match self {
            Self::Job(s) => &s.schedule,
            Self::Chain(s) => &s.schedule,
        }
    }

    fn parameters(&self) -> &BTreeMap<String, Value> {
        &self.schedule().parameters
    }

    async fn row(self, session: &mut Session) -> Result<ScheduleRow> {
        let name = owner_name(session, self.owner()).await?;
        let calendar_name = match self.schedule().calendar_id {
            Some(id) => Some(session.calendar(id).await?.name),
            None => None,
        };
        Ok(self.named(name, calendar_name))
    }

    fn named(self, name: String, calendar_name: Option<String>) -> ScheduleRow {
        let (id, job_id, chain_id, schedule) = match self {
            Self::Job(s) => (s.id.0, Some(s.job_id), None, s.schedule),
            Self::Chain(s) => (s.id.0, None, Some(s.chain_id), s.schedule),
        };
        ScheduleRow { id, job_id, chain_id, name, calendar_name, schedule }
    }
}

/// The name of a job or chain, also a deleted one.
async fn owner_name(session: &mut Session, owner: ScheduleOwner) -> Result<String> {
    Ok(match owner {
        ScheduleOwner::Job(id) => session.job(id).await?.name,
        ScheduleOwner::Chain(id) => session.chain(id).await?.name,
    })
}

async fn find(session: &mut Session, id: Uuid) -> Result<Stored> {
    match session.schedule::<JobSchedule>(id.into()).await {
        Ok(found) => Ok(Stored::Job(found)),
        Err(StoreError::NotFound { .. }) => {
            Ok(Stored::Chain(session.schedule::<ChainSchedule>(id.into()).await?))
        }
        Err(error) => Err(error.into()),
    }
}

/// Fills in what the draft leaves to the system, and refuses what is wrong with it. With it comes the calendar that it
/// names, held until the unit of work ends.
async fn checked(
    mut draft: ScheduleDraft,
    owner: ScheduleOwner,
    session: &mut UnitOfWork,
) -> Result<(ScheduleDraft, Option<Calendar>)> {
    draft.time_zone.get_or_insert_with(surroundings::time_zone);
    draft.run_at = draft.run_at.map(to_micros);
    let mut problems = draft.check();
    let calendar = match session.hold_calendar(draft.calendar_id).await {
        Err(StoreError::NotFound { .. }) => {
            let message = "This calendar does not exist any more; choose another.";
            problems.push(Problem::error("calendar_id", "unknown_reference", message));
            None
        }
        found => found?,
    };
    if let Some(calendar) = calendar.as_ref().filter(|_| !problems.has_errors()) {
        problems.extend(draft.check_calendar(calendar, session.now()));
    }
    match owner {
        ScheduleOwner::Job(id) => {
            let job = session.job(id).await?;
            problems.extend(parameters::check(&job, &draft.parameters));
            problems.extend(parameters::missing(&job, &draft.parameters));
        }
        ScheduleOwner::Chain(id) => problems.extend(check_chain(id, &draft.parameters, session).await?),
    }
    problems.into_result()?;
    Ok((draft, calendar))
}

/// A chain's values go to every job that has such a parameter; one that no job has is a mistake.
pub(crate) async fn check_chain(
    id: JobChainId,
    given: &BTreeMap<String, Value>,
    session: &mut Session,
) -> Result<Problems> {
    let mut problems = Problems::default();
    let chain = session.chain(id).await?;
    let mut known = BTreeSet::new();
    for job in chain.members.iter().map(|m| m.job_id).collect::<BTreeSet<_>>() {
        let job = session.job(job).await?;
        let its: BTreeMap<String, Value> = given
            .iter()
            .filter(|(name, _)| job.parameters.iter().any(|p| p.name == **name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        problems.extend(parameters::check(&job, &its));
        known.extend(job.parameters.into_iter().map(|p| p.name));
    }
    for name in given.keys().filter(|name| !known.contains(*name)) {
        let message = format!("No job of the chain has a parameter `{name}`.");
        problems.push(Problem::error(format!("parameters.{name}"), "unknown_field", message));
    }
    Ok(problems)
}

impl App {
    /// Schedules of what is not deleted, jobs first, by name.
    pub async fn schedules_list(&self, filter: ScheduleFilter) -> Result<Vec<ScheduleRow>> {
        let mut session = self.read().await?;
        let jobs: BTreeMap<JobId, String> =
            session.jobs().await?.into_iter().map(|j| (j.id, j.name)).collect();
        let chains: BTreeMap<JobChainId, String> =
            session.chains().await?.into_iter().map(|c| (c.id, c.name)).collect();
        let calendars: BTreeMap<CalendarId, String> =
            session.calendars().await?.into_iter().map(|c| (c.id, c.name)).collect();
        let name = |owner: ScheduleOwner| match owner {
            ScheduleOwner::Job(id) => jobs.get(&id).cloned().unwrap_or_default(),
            ScheduleOwner::Chain(id) => chains.get(&id).cloned().unwrap_or_default(),
        };
        let of_jobs = session.schedules::<JobSchedule>().await?.into_iter().map(Stored::Job);
        let of_chains = session.schedules::<ChainSchedule>().await?.into_iter().map(Stored::Chain);
        Ok(of_jobs
            .chain(of_chains)
            .filter(|s| filter.owner.is_none_or(|owner| s.owner() == owner))
            .map(|s| {
                let name = name(s.owner());
                let calendar = s.schedule().calendar_id.and_then(|id| calendars.get(&id).cloned());
                s.named(name, calendar)
            })
            .filter(|s| filter.is_enabled.is_none_or(|wanted| s.schedule.is_enabled == wanted))
            .collect())
    }

    pub async fn schedules_get(&self, id: Uuid) -> Result<ScheduleRow> {
        let mut session = self.read().await?;
        let found = find(&mut session, id).await?;
        found.row(&mut session).await
    }

    /// Adds a schedule. Without a time zone it is meant in the system's.
    pub async fn schedules_add(&self, owner: ScheduleOwner, draft: ScheduleDraft) -> Result<ScheduleRow> {
        let mut unit = self.begin().await?;
        let (draft, calendar) = checked(draft, owner, &mut unit).await?;
        let schedule = Schedule::new(draft, calendar.as_ref(), unit.now());
        let stored = match owner {
            ScheduleOwner::Job(job_id) => {
                let new = JobSchedule { id: self.new_id(), job_id, schedule };
                unit.insert_schedule(&new).await?;
                Stored::Job(new)
            }
            ScheduleOwner::Chain(chain_id) => {
                let new = ChainSchedule { id: self.new_id(), chain_id, schedule };
                unit.insert_schedule(&new).await?;
                Stored::Chain(new)
            }
        };
        let row = stored.row(&mut unit).await?;
        unit.commit().await?;
        Ok(row)
    }

    /// Edits a schedule. With `expected`, the `updated_at` that the editor had loaded, it is refused when somebody else
    /// saved meanwhile.
    pub async fn schedules_edit(
        &self,
        id: Uuid,
        draft: ScheduleDraft,
        expected: Option<Timestamp>,
    ) -> Result<ScheduleRow> {
        let mut unit = self.begin().await?;
        let now = unit.now();
        let before = find(&mut unit, id).await?;
        let (draft, calendar) = checked(draft, before.owner(), &mut unit).await?;
        let calendar = calendar.as_ref();
        let after = match before {
            Stored::Job(mut schedule) => {
                let seen = edit(&mut schedule, (draft, calendar), expected, now);
                Stored::Job(unit.update_schedule(&schedule, seen).await?)
            }
            Stored::Chain(mut schedule) => {
                let seen = edit(&mut schedule, (draft, calendar), expected, now);
                Stored::Chain(unit.update_schedule(&schedule, seen).await?)
            }
        };
        let row = after.row(&mut unit).await?;
        unit.commit().await?;
        Ok(row)
    }

    pub async fn schedules_set_enabled(&self, id: Uuid, enabled: bool) -> Result<ScheduleRow> {
        let mut unit = self.begin().await?;
        let after = match find(&mut unit, id).await? {
            Stored::Job(s) => Stored::Job(unit.set_schedule_enabled(s.id, enabled).await?),
            Stored::Chain(s) => Stored::Chain(unit.set_schedule_enabled(s.id, enabled).await?),
        };
        let row = after.row(&mut unit).await?;
        unit.commit().await?;
        Ok(row)
    }

    /// Starts what a schedule starts, now; when it fires next stays as it is.
    ///
    /// # Errors
    /// It is disabled, or its parameters do not fit any more.
    pub async fn schedules_fire(&self, id: Uuid) -> Result<Fired> {
        let mut unit = self.begin().await?;
        let stored = find(&mut unit, id).await?;
        let start = Start {
            triggered_by: format!("manual:{}", self.actor()),
            parameters: stored.parameters(),
            trigger_key: None,
            chain_execution_id: None,
        };
        let fired = match stored.owner() {
            ScheduleOwner::Job(id) => {
                let job = unit.job(id).await?;
                Fired::Job(start_job(&mut unit, self.ids(), &job, start).await??.id)
            }
            ScheduleOwner::Chain(id) => {
                let chain = unit.chain(id).await?;
                Fired::Chain(start_chain(&mut unit, self.ids(), &chain, start).await??.id)
            }
        };
        unit.commit().await?;
        Ok(fired)
    }

    /// Fire times that were not used as they came, newest first.
    pub async fn schedules_missed(&self, filter: MissedFilter) -> Result<Vec<MissedRow>> {
        let mut session = self.read().await?;
        let limit = if filter.limit == 0 { MISSED } else { filter.limit.min(MAX_PAGE) };
        let missed = session.missed_fires(filter.schedule_id, filter.after, limit).await?;
        let mut rows = Vec::with_capacity(missed.len());
        for missed in missed {
            let owner = match (missed.job_id, missed.chain_id) {
                (Some(job), _) => ScheduleOwner::Job(job),
                (None, Some(chain)) => ScheduleOwner::Chain(chain),
                (None, None) => continue,
            };
            rows.push(MissedRow { name: owner_name(&mut session, owner).await?, missed });
        }
        Ok(rows)
    }

    pub async fn schedules_remove(&self, id: Uuid) -> Result<()> {
        let mut unit = self.begin().await?;
        match find(&mut unit, id).await? {
            Stored::Job(s) => unit.delete_schedule::<JobSchedule>(s.id).await?,
            Stored::Chain(s) => unit.delete_schedule::<ChainSchedule>(s.id).await?,
        }
        Ok(unit.commit().await?)
    }

    /// The next fire times of a cron expression, at most 10,000, without those on the calendar's skipped days. Absent means
    /// the system's zone, and now.
    pub async fn schedules_preview(
        &self,
        cron_expression: &str,
        time_zone: Option<&str>,
        calendar: Option<CalendarId>,
        count: u32,
        after: Option<Timestamp>,
    ) -> Result<Vec<Timestamp>> {
        let calendar = match calendar {
            Some(id) => Some(self.read().await?.calendar(id).await?),
            None => None,
        };
        let zone = time_zone.map_or_else(surroundings::time_zone, str::to_owned);
        let mut problems = Problems::default();
        let cron = CronExpression::parse(cron_expression).map_err(|mut problem| {
            problem.path = "cron_expression".to_owned();
            problems.push(problem);
        });
        let zone = zone.parse::<chrono_tz::Tz>().map_err(|_| {
            let message = format!("`{zone}` is not a time zone; use a name such as Europe/Berlin.");
            problems.push(Problem::error("time_zone", "invalid", message));
        });
        match (cron, zone) {
            (Ok(cron), Ok(zone)) => {
                let count = usize::try_from(count).unwrap_or(MAX_PREVIEW).min(MAX_PREVIEW);
                let next = |after| cron.next_kept(after, zone, calendar.as_ref());
                let first = next(after.unwrap_or_else(|| self.now()));
                Ok(std::iter::successors(first, |last| next(*last)).take(count).collect())
            }
            _ => Err(AppError::invalid(problems)),
        }
    }

    /// What a name or id means to a schedule: a job or a chain.
    ///
    /// # Errors
    /// Neither; or both, when it is a name.
    pub async fn schedules_owner(&self, name_or_id: &str) -> Result<ScheduleOwner> {
        let mut session = self.read().await?;
        let job = found(session.find_job(name_or_id).await)?;
        let chain = found(session.find_chain(name_or_id).await)?;
        match (job, chain) {
            (Some(job), None) => Ok(ScheduleOwner::Job(job.id)),
            (None, Some(chain)) => Ok(ScheduleOwner::Chain(chain.id)),
            (None, None) => Err(AppError::new(
                ErrorCode::NotFound,
                format!("There is no job and no chain `{name_or_id}`."),
            )),
            (Some(job), Some(chain)) => Err(AppError::problem(
                "",
                "ambiguous",
                format!(
                    "`{name_or_id}` is a job ({}) and a chain ({}); use the id, --job or --chain.",
                    job.id, chain.id
                ),
            )),
        }
    }
}

fn found<T>(result: std::result::Result<T, StoreError>) -> Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(StoreError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Takes the draft over; returns the `updated_at` that the store must still have.
fn edit<S: OwnedSchedule>(
    schedule: &mut S,
    (draft, calendar): (ScheduleDraft, Option<&Calendar>),
    expected: Option<Timestamp>,
    now: Timestamp,
) -> Timestamp {
    let seen = expected.unwrap_or(schedule.schedule().updated_at);
    schedule.schedule_mut().edit(draft, calendar, now);
    seen
}
