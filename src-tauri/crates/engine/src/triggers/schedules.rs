//! Schedules: when the time has come, whoever is first takes the fire time and starts what it is for.
//!
//! Left out: waiting (the timer does). Invariant: a fire time is taken in the very unit of work that starts its run.

use super::start::{Refusal, Start, start_chain, start_job};
use crate::context::Services;
use courier_domain::calendar::Calendar;
use courier_domain::execution::TriggerKind;
use courier_domain::schedule::{
    ChainSchedule, Firing, JobSchedule, MOST_MISSED, MissedFires, MissedReason, OverlapPolicy,
};
use courier_domain::{CalendarId, MissedFiresId, Timestamp};
use courier_store::{OwnedSchedule, StoreError, UnitOfWork};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Schedules that fire in one unit of work.
const AT_ONCE: u32 = 100;

/// Fires everything whose time has come. Gives the time of the next.
pub(super) async fn fire_due(services: &Services) -> Result<Option<Timestamp>, StoreError> {
    loop {
        let now = services.clock.now();
        let mut session = services.store.read().await?;
        let next = session.next_fire_at().await?;
        if next.is_none_or(|next| next > now) {
            return Ok(next);
        }
        let jobs = session.due_schedules::<JobSchedule>(now, AT_ONCE).await?;
        let chains = session.due_schedules::<ChainSchedule>(now, AT_ONCE).await?;
        drop(session);
        let mut unit = services.store.begin("system").await?;
        let named = jobs.iter().filter_map(|s| s.schedule.calendar_id);
        let named = named.chain(chains.iter().filter_map(|s| s.schedule.calendar_id));
        let calendars = unit.hold_calendars(named).await?;
        for schedule in &jobs {
            fire(services, &mut unit, schedule, &calendars).await?;
        }
        for schedule in &chains {
            fire(services, &mut unit, schedule, &calendars).await?;
        }
        unit.commit().await?;
    }
}

async fn fire<S: Startable>(
    services: &Services,
    unit: &mut UnitOfWork,
    schedule: &S,
    calendars: &BTreeMap<CalendarId, Calendar>,
) -> Result<(), StoreError> {
    let calendar = schedule.schedule().calendar_id.and_then(|id| calendars.get(&id));
    let Some(firing) = schedule.schedule().firing(calendar, unit.now()) else { return Ok(()) };
    if unit.fire_schedule(schedule, firing.next).await?.is_none() {
        // Somebody else was first, or edited it.
        return Ok(());
    }
    let mut told = Told::default();
    for fire_time in &firing.start {
        let overlaps = schedule.schedule().overlap_policy == OverlapPolicy::Skip
            && unit.has_open_run(schedule, &key(schedule, "")).await?;
        if overlaps {
            told.overlaps.push(*fire_time);
            continue;
        }
        match schedule.start(services, unit, *fire_time).await? {
            Ok(()) => told.started += 1,
            // Disabled on purpose: its times pass.
            Err(Refusal::Already | Refusal::Off(_)) => told.passed = true,
            Err(refusal) => told.refused = Some((*fire_time, refusal.message())),
        }
    }
    told.record(services, unit, schedule, &firing).await
}

/// What became of the fire times of one firing.
#[derive(Debug, Default)]
struct Told {
    overlaps: Vec<Timestamp>,
    refused: Option<(Timestamp, String)>,
    started: i32,
    /// What it would start is switched off.
    passed: bool,
}

impl Told {
    async fn record<S: Startable>(
        self,
        services: &Services,
        unit: &mut UnitOfWork,
        schedule: &S,
        firing: &Firing,
    ) -> Result<(), StoreError> {
        if self.passed {
            return Ok(());
        }
        let (job_id, chain_id) = schedule.owner();
        let note = |reason, times: &[Timestamp], started, message| {
            let (first_at, last_at) = (*times.first()?, *times.last()?);
            Some(MissedFires {
                id: MissedFiresId(services.ids.new_id()),
                schedule_id: schedule.id().into(),
                job_id,
                chain_id,
                reason,
                first_at,
                // More than can be counted were missed until now.
                last_at: if times.len() < MOST_MISSED { last_at } else { unit.now() },
                count: i32::try_from(times.len()).unwrap_or(i32::MAX),
                started,
                message,
                recorded_at: unit.now(),
            })
        };
        let refused: Vec<Timestamp> = self.refused.iter().map(|(at, _)| *at).collect();
        let notes = [
            note(MissedReason::Misfire, &firing.missed, self.started, None),
            note(MissedReason::Overlap, &self.overlaps, 0, None),
            note(MissedReason::Refused, &refused, 0, self.refused.map(|(_, message)| message)),
        ];
        for note in notes.into_iter().flatten() {
            unit.record_missed(&note).await?;
        }
        Ok(())
    }
}

/// What every run of the schedule has its key from.
fn key<S: OwnedSchedule>(schedule: &S, fire_time: &str) -> String {
    let id: Uuid = schedule.id().into();
    format!("schedule:{id}:{fire_time}")
}

/// A schedule that knows how to start what it is for.
trait Startable: OwnedSchedule {
    fn owner(&self) -> (Option<courier_domain::JobId>, Option<courier_domain::JobChainId>);

    async fn start(
        &self,
        services: &Services,
        unit: &mut UnitOfWork,
        fire_time: Timestamp,
    ) -> Result<Result<(), Refusal>, StoreError>;
}

fn started_by<'a, S: OwnedSchedule>(schedule: &'a S, fire_time: Timestamp) -> Start<'a> {
    Start {
        triggered_by: TriggerKind::Schedule.to_string(),
        parameters: &schedule.schedule().parameters,
        trigger_key: Some(key(schedule, &fire_time.to_rfc3339())),
        chain_execution_id: None,
    }
}

impl Startable for JobSchedule {
    fn owner(&self) -> (Option<courier_domain::JobId>, Option<courier_domain::JobChainId>) {
        (Some(self.job_id), None)
    }

    async fn start(
        &self,
        services: &Services,
        unit: &mut UnitOfWork,
        fire_time: Timestamp,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let job = unit.job(self.job_id).await?;
        let started = start_job(unit, &*services.ids, &job, started_by(self, fire_time)).await?;
        Ok(started.map(drop))
    }
}

impl Startable for ChainSchedule {
    fn owner(&self) -> (Option<courier_domain::JobId>, Option<courier_domain::JobChainId>) {
        (None, Some(self.chain_id))
    }

    async fn start(
        &self,
        services: &Services,
        unit: &mut UnitOfWork,
        fire_time: Timestamp,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let chain = unit.chain(self.chain_id).await?;
        let started = start_chain(unit, &*services.ids, &chain, started_by(self, fire_time)).await?;
        Ok(started.map(drop))
    }
}
