//! Schedules of jobs and chains, in one list; and when an expression would fire.
//!
//! Left out: firing. Invariant: what is saved passed [`ScheduleDraft::check`], has a time zone, and its values fit the
//! parameters of what it starts.

use crate::app::App;
use crate::error::{AppError, Result};
use crate::surroundings;
use courier_domain::cron::CronExpression;
use courier_domain::schedule::{ChainSchedule, JobSchedule, Schedule, ScheduleDraft};
use courier_domain::time::to_micros;
use courier_domain::{ErrorCode, JobChainId, JobId, Problem, Problems, Timestamp};
use courier_engine::parameters;
use courier_store::{OwnedSchedule, Session, StoreError};
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

    async fn row(self, session: &mut Session) -> Result<ScheduleRow> {
        let name = owner_name(session, self.owner()).await?;
        Ok(self.named(name))
    }

    fn named(self, name: String) -> ScheduleRow {
        match self {
            Self::Job(s) => {
                ScheduleRow { id: s.id.0, job_id: Some(s.job_id), chain_id: None, name, schedule: s.schedule }
            }
            Self::Chain(s) => ScheduleRow {
                id: s.id.0,
                job_id: None,
                chain_id: Some(s.chain_id),
                name,
                schedule: s.schedule,
            },
        }
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

/// Fills in what the draft leaves to the system, and refuses what is wrong with it.
async fn checked(
    mut draft: ScheduleDraft,
    owner: ScheduleOwner,
    session: &mut Session,
) -> Result<ScheduleDraft> {
    draft.time_zone.get_or_insert_with(surroundings::time_zone);
    draft.run_at = draft.run_at.map(to_micros);
    let mut problems = draft.check();
    match owner {
        ScheduleOwner::Job(id) => {
            let job = session.job(id).await?;
            problems.extend(parameters::check(&job, &draft.parameters));
            problems.extend(parameters::missing(&job, &draft.parameters));
        }
        ScheduleOwner::Chain(id) => problems.extend(check_chain(id, &draft.parameters, session).await?),
    }
    problems.into_result()?;
    Ok(draft)
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
                s.named(name)
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
        let draft = checked(draft, owner, &mut unit).await?;
        let schedule = Schedule::new(draft, unit.now());
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
        let draft = checked(draft, before.owner(), &mut unit).await?;
        let after = match before {
            Stored::Job(mut schedule) => {
                let seen = edit(&mut schedule, draft, expected, now);
                Stored::Job(unit.update_schedule(&schedule, seen).await?)
            }
            Stored::Chain(mut schedule) => {
                let seen = edit(&mut schedule, draft, expected, now);
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

    pub async fn schedules_remove(&self, id: Uuid) -> Result<()> {
        let mut unit = self.begin().await?;
        match find(&mut unit, id).await? {
            Stored::Job(s) => unit.delete_schedule::<JobSchedule>(s.id).await?,
            Stored::Chain(s) => unit.delete_schedule::<ChainSchedule>(s.id).await?,
        }
        Ok(unit.commit().await?)
    }

    /// The next fire times of a cron expression, at most 10,000. Absent means the system's zone, and now.
    pub fn schedules_preview(
        &self,
        cron_expression: &str,
        time_zone: Option<&str>,
        count: u32,
        after: Option<Timestamp>,
    ) -> Result<Vec<Timestamp>> {
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
                Ok(cron.upcoming(after.unwrap_or_else(|| self.now()), zone).take(count).collect())
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
    draft: ScheduleDraft,
    expected: Option<Timestamp>,
    now: Timestamp,
) -> Timestamp {
    let seen = expected.unwrap_or(schedule.schedule().updated_at);
    schedule.schedule_mut().edit(draft, now);
    seen
}
