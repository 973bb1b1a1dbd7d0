//! Schedules of jobs and of chains; every case holds for both.

use crate::chains::{entries_of, insert_chain, literal, refused_by_tables};
use crate::fixture::{Fixture, ME};
use chrono::TimeDelta;
use courier_domain::audit::AuditableEntityType;
use courier_domain::schedule::{ChainSchedule, JobSchedule, Schedule, ScheduleDraft};
use courier_domain::{ChainScheduleId, ErrorCode, IdSource, JobChainId, JobId, JobScheduleId, Timestamp};
use courier_store::{OwnedSchedule, StoreError};
use serde_json::{Value, json};
use uuid::Uuid;

fn content(f: &Fixture, draft: Value) -> Schedule {
    let draft: ScheduleDraft = serde_json::from_value(draft).unwrap();
    assert!(!draft.check().has_errors());
    Schedule::new(draft, None, f.now())
}

/// Every hour; the fixture's clock begins at 08:00:00.000001.
pub(crate) fn hourly(f: &Fixture) -> Schedule {
    content(
        f,
        json!({ "schedule_type": "cron", "cron_expression": "0 0 * * * ?", "time_zone": "Europe/Berlin",
            "misfire_policy": "run_all", "overlap_policy": "skip", "parameters": { "day": "{{ now }}", "n": [1] } }),
    )
}

fn once(f: &Fixture, at: &str) -> Schedule {
    content(f, json!({ "schedule_type": "one_shot", "run_at": at }))
}

pub(crate) fn of_job(f: &Fixture, job_id: JobId, schedule: Schedule) -> JobSchedule {
    JobSchedule { id: JobScheduleId(f.ids.new_id()), job_id, schedule }
}

fn of_chain(f: &Fixture, chain_id: JobChainId, schedule: Schedule) -> ChainSchedule {
    ChainSchedule { id: ChainScheduleId(f.ids.new_id()), chain_id, schedule }
}

async fn insert<S: OwnedSchedule>(f: &Fixture, schedule: &S) {
    let mut work = f.store.begin(ME).await.unwrap();
    work.insert_schedule(schedule).await.unwrap();
    work.commit().await.unwrap();
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) async fn schedules_come_back_as_they_were_saved(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let chain = insert_chain(f, "Nightly", &job).await;
    kept(f, of_job(f, job.id, hourly(f)), of_job(f, job.id, once(f, "2026-03-01T09:30:00Z"))).await;
    kept(f, of_chain(f, chain.id, hourly(f)), of_chain(f, chain.id, once(f, "2026-03-01T09:30:00Z"))).await;
    let orphan = of_job(f, JobId(Uuid::from_u128(1)), hourly(f));
    let mut work = f.store.begin(ME).await.unwrap();
    assert_eq!(work.insert_schedule(&orphan).await.unwrap_err().code(), ErrorCode::NotFound);
    work.rollback().await;
}

async fn kept<S: OwnedSchedule + PartialEq + std::fmt::Debug>(f: &Fixture, cron: S, shot: S) {
    insert(f, &cron).await;
    insert(f, &shot).await;
    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.schedule::<S>(cron.id()).await.unwrap(), cron);
    assert_eq!(session.schedules_of::<S>(cron.owner_id()).await.unwrap(), [cron.clone(), shot.clone()]);
    assert_eq!(session.schedules::<S>().await.unwrap(), [cron.clone(), shot.clone()]);
    drop(session);
    let mut work = f.store.begin(ME).await.unwrap();
    work.delete_schedule::<S>(shot.id()).await.unwrap();
    assert_eq!(work.schedule::<S>(shot.id()).await.unwrap_err().code(), ErrorCode::NotFound);
    work.commit().await.unwrap();
    let entries = entries_of(f, shot.id()).await;
    let operations: Vec<_> = entries.iter().map(|e| e.operation.as_str()).collect();
    assert_eq!(operations, ["Deleted", "Created"]);
    assert!(entries.iter().all(|e| e.entity_type == AuditableEntityType::Schedule));
    assert_eq!(entries_of(f, cron.id()).await[0].details["cron_expression"], "0 0 * * * ?");
}

pub(crate) async fn a_stale_edit_of_a_schedule_is_refused_but_a_fire_is_no_edit(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let chain = insert_chain(f, "Nightly", &job).await;
    edited(f, of_job(f, job.id, hourly(f))).await;
    edited(f, of_chain(f, chain.id, hourly(f))).await;
}

async fn edited<S: OwnedSchedule + PartialEq + std::fmt::Debug>(f: &Fixture, first: S) {
    insert(f, &first).await;
    let seen = first.schedule().updated_at;
    f.clock.advance(TimeDelta::hours(1));
    let mut work = f.store.begin("system").await.unwrap();
    let next = first.schedule().next_after(f.now(), None);
    let fired = work.fire_schedule(&first, next).await.unwrap().unwrap();
    work.commit().await.unwrap();
    assert_eq!((fired.schedule().last_fired_at, fired.schedule().next_fire_at), (Some(f.now()), next));

    // The editor has loaded it before it fired.
    let mut mine = first.clone();
    let draft = ScheduleDraft { cron_expression: Some("0 15 * * * ?".into()), ..first.schedule().to_draft() };
    mine.schedule_mut().edit(draft, None, f.now());
    let mut work = f.store.begin("ben@desk").await.unwrap();
    let saved = work.update_schedule(&mine, seen).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(saved.schedule().last_fired_at, fired.schedule().last_fired_at);
    assert_eq!(saved.schedule().next_fire_at, mine.schedule().next_fire_at);
    assert_eq!(f.store.read().await.unwrap().schedule::<S>(first.id()).await.unwrap(), saved);

    let mut work = f.store.begin(ME).await.unwrap();
    let refused = work.update_schedule(&first, seen).await.unwrap_err();
    work.rollback().await;
    let StoreError::OutOfDate { sides, .. } = refused else { panic!("{refused}") };
    assert_eq!(
        (sides.changed_by.as_str(), &sides.current["cron_expression"]),
        ("ben@desk", &json!("0 15 * * * ?"))
    );
    assert_eq!(sides.yours["cron_expression"], "0 0 * * * ?");
}

pub(crate) async fn a_schedule_that_is_off_has_no_next_time(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let chain = insert_chain(f, "Nightly", &job).await;
    switched(f, of_job(f, job.id, hourly(f))).await;
    switched(f, of_chain(f, chain.id, hourly(f))).await;
}

async fn switched<S: OwnedSchedule + PartialEq + std::fmt::Debug>(f: &Fixture, schedule: S) {
    insert(f, &schedule).await;
    let mut work = f.store.begin(ME).await.unwrap();
    let off = work.set_schedule_enabled::<S>(schedule.id(), false).await.unwrap();
    assert_eq!((off.schedule().is_enabled, off.schedule().next_fire_at), (false, None));
    assert_eq!(work.schedule::<S>(schedule.id()).await.unwrap(), off);
    assert_eq!(work.fire_schedule(&schedule, None).await.unwrap(), None, "its time is gone");
    work.commit().await.unwrap();
    f.clock.advance(TimeDelta::hours(5));
    let mut work = f.store.begin(ME).await.unwrap();
    let on = work.set_schedule_enabled::<S>(schedule.id(), true).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(on.schedule().next_fire_at, schedule.schedule().next_after(f.now(), None));
    assert_eq!(f.store.read().await.unwrap().schedule::<S>(schedule.id()).await.unwrap(), on);
}

pub(crate) async fn due_schedules_come_earliest_first_and_deleted_owners_wait(f: &Fixture) {
    let (job, gone) = (f.insert_job("Invoices").await, f.insert_job("Gone").await);
    let late = of_job(f, job.id, once(f, "2026-03-01T08:30:00Z"));
    let early = of_job(f, job.id, once(f, "2026-03-01T08:15:00.5Z"));
    let future = of_job(f, job.id, once(f, "2026-03-01T20:00:00Z"));
    let hidden = of_job(f, gone.id, hourly(f));
    for schedule in [&late, &early, &future, &hidden] {
        insert(f, schedule).await;
    }
    let mut work = f.store.begin(ME).await.unwrap();
    work.delete_job(gone.id).await.unwrap();
    work.commit().await.unwrap();
    let now = at("2026-03-01T10:00:00Z");
    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.due_schedules::<JobSchedule>(now, 10).await.unwrap(), [early.clone(), late.clone()]);
    assert_eq!(session.due_schedules::<JobSchedule>(now, 1).await.unwrap(), std::slice::from_ref(&early));
    let edge = at("2026-03-01T08:15:00.5Z");
    assert_eq!(session.due_schedules::<JobSchedule>(edge, 10).await.unwrap(), [early]);
    assert_eq!(
        session.due_schedules::<JobSchedule>(edge - TimeDelta::microseconds(1), 10).await.unwrap(),
        []
    );
    assert_eq!(session.due_schedules::<ChainSchedule>(now, 10).await.unwrap(), []);
    assert_eq!(session.schedules::<JobSchedule>().await.unwrap().len(), 3);
    drop(session);
    // What it missed while it was deleted is no misfire.
    f.clock.advance(TimeDelta::hours(3));
    let mut work = f.store.begin(ME).await.unwrap();
    work.restore_job(gone.id).await.unwrap();
    let woken = work.schedule::<JobSchedule>(hidden.id).await.unwrap();
    assert_eq!(woken.schedule.next_fire_at, Some(at("2026-03-01T12:00:00Z")));
    work.commit().await.unwrap();
}

pub(crate) async fn a_fire_time_is_taken_once_however_many_fire(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let chain = insert_chain(f, "Nightly", &job).await;
    fired_once(f, of_job(f, job.id, hourly(f))).await;
    fired_once(f, of_chain(f, chain.id, hourly(f))).await;
}

async fn fired_once<S: OwnedSchedule + PartialEq + std::fmt::Debug + 'static>(f: &Fixture, schedule: S) {
    insert(f, &schedule).await;
    let other = f.another().await.unwrap();
    let mut seen = schedule;
    for _ in 0..3 {
        f.clock.advance(TimeDelta::hours(1));
        let next = seen.schedule().next_after(f.now(), None);
        let fired = futures::future::join_all((0..8).map(|n| {
            let store = if n % 2 == 0 { f.store.clone() } else { other.clone() };
            let seen = seen.clone();
            tokio::spawn(async move {
                let mut work = store.begin("system").await.unwrap();
                let fired = work.fire_schedule(&seen, next).await.unwrap();
                work.commit().await.unwrap();
                fired
            })
        }))
        .await;
        let mut won: Vec<S> = fired.into_iter().filter_map(Result::unwrap).collect();
        assert_eq!(won.len(), 1, "{won:?}");
        seen = won.remove(0);
        assert_eq!((seen.schedule().last_fired_at, seen.schedule().next_fire_at), (Some(f.now()), next));
    }
    let entries = entries_of(f, seen.id()).await;
    assert_eq!(entries.iter().filter(|e| e.operation == "Fired").count(), 3);
    other.close().await;
}

pub(crate) async fn a_one_shot_fires_once_and_never_again(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let schedule = of_job(f, job.id, once(f, "2026-03-01T08:30:00Z"));
    insert(f, &schedule).await;
    f.clock.advance(TimeDelta::hours(1));
    let mut work = f.store.begin("system").await.unwrap();
    let next = schedule.schedule.next_after(f.now(), None);
    let fired = work.fire_schedule(&schedule, next).await.unwrap().unwrap();
    assert_eq!((fired.schedule.next_fire_at, fired.schedule.is_enabled), (None, true));
    assert_eq!(work.fire_schedule(&fired, None).await.unwrap(), None);
    assert!(work.due_schedules::<JobSchedule>(f.now(), 9).await.unwrap().is_empty());
    work.commit().await.unwrap();
}

pub(crate) async fn the_tables_refuse_bad_schedules(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let chain = insert_chain(f, "Nightly", &job).await;
    insert(f, &of_job(f, job.id, hourly(f))).await;
    insert(f, &of_chain(f, chain.id, hourly(f))).await;
    let nobody = literal(f, Uuid::from_u128(1));
    for (table, owner) in [("job_schedules", "job_id"), ("chain_schedules", "chain_id")] {
        for bad in [
            "schedule_type = 'weekly'".to_owned(),
            "schedule_type = 'one_shot'".into(),
            "cron_expression = NULL".into(),
            "run_at = created_at".into(),
            "time_zone = ''".into(),
            "misfire_policy = 'panic'".into(),
            "overlap_policy = 'both'".into(),
            "is_enabled = FALSE".into(),
            format!("{owner} = {nobody}"),
        ] {
            refused_by_tables(f, &format!("UPDATE {table} SET {bad}")).await;
        }
    }
    refused_by_tables(
        f,
        "DELETE FROM job_chain_edges; DELETE FROM job_chain_members; DELETE FROM job_chains",
    )
    .await;
}
