//! Calendars, who may use them, and what moves when their days change.

use crate::chains::{entries_of, insert_chain, refused_by_tables};
use crate::fixture::{Fixture, ME};
use crate::monitors::insert_monitor;
use crate::schedules::of_job;
use chrono::TimeDelta;
use courier_domain::audit::AuditableEntityType;
use courier_domain::calendar::{Calendar, CalendarDraft};
use courier_domain::schedule::{ChainSchedule, JobSchedule, Schedule};
use courier_domain::{CalendarId, ChainScheduleId, ErrorCode, IdSource, Timestamp};
use courier_store::{OwnedSchedule, StoreError};
use serde_json::{Value, json};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) async fn insert_calendar(f: &Fixture, draft: Value) -> Calendar {
    let draft: CalendarDraft = serde_json::from_value(draft).unwrap();
    let calendar = Calendar::new(CalendarId(f.ids.new_id()), draft, f.now());
    let mut work = f.store.begin(ME).await.unwrap();
    work.insert_calendar(&calendar).await.unwrap();
    work.commit().await.unwrap();
    calendar
}

pub(crate) async fn with_dates(f: &Fixture, calendar: &Calendar, dates: &[&str]) -> Calendar {
    let mut calendar = calendar.clone();
    let seen = calendar.updated_at;
    let dates = dates.iter().map(|date| serde_json::from_value(json!({ "date": date })).unwrap()).collect();
    calendar.edit(CalendarDraft { dates, ..calendar.to_draft() }, f.now());
    let mut work = f.store.begin(ME).await.unwrap();
    let saved = work.update_calendar(&calendar, seen).await.unwrap();
    work.commit().await.unwrap();
    saved
}

/// At noon of every day, in UTC.
fn noon(f: &Fixture, calendar: &Calendar) -> Schedule {
    let draft = serde_json::from_value(json!({ "schedule_type": "cron", "cron_expression": "0 0 12 * * ?",
        "time_zone": "UTC", "calendar_id": calendar.id }))
    .unwrap();
    Schedule::new(draft, Some(calendar), f.now())
}

async fn insert<S: OwnedSchedule>(f: &Fixture, schedule: &S) -> Result<(), StoreError> {
    let mut work = f.store.begin(ME).await.unwrap();
    work.insert_schedule(schedule).await?;
    work.commit().await
}

pub(crate) async fn a_calendar_comes_back_as_it_was_saved(f: &Fixture) {
    let saved = insert_calendar(
        f,
        json!({ "name": "Feiertage Größe", "description": "of Berlin", "weekdays": ["sunday"],
            "dates": [{ "date": "12-25", "name": "Weihnachten" }, { "date": "2026-04-03" }] }),
    )
    .await;
    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.calendar(saved.id).await.unwrap(), saved);
    assert_eq!(session.find_calendar("feiertage grÖße").await.unwrap(), saved);
    assert_eq!(session.find_calendar(&saved.id.to_string()).await.unwrap(), saved);
    assert_eq!(session.calendars().await.unwrap(), std::slice::from_ref(&saved));
    drop(session);
    let mut work = f.store.begin(ME).await.unwrap();
    let twin = Calendar { id: CalendarId(f.ids.new_id()), name: "FEIERTAGE GRÖßE".into(), ..saved.clone() };
    let taken = work.insert_calendar(&twin).await.unwrap_err();
    assert!(matches!(taken, StoreError::NameTaken { kind: "calendar", .. }), "{taken}");
    work.rollback().await;

    let changed = with_dates(f, &saved, &["2026-05-01"]).await;
    assert!(changed.updated_at > saved.updated_at);
    let mut work = f.store.begin(ME).await.unwrap();
    let refused = work.update_calendar(&saved, saved.updated_at).await.unwrap_err();
    assert!(matches!(refused, StoreError::OutOfDate { kind: "calendar", .. }), "{refused}");
    work.rollback().await;

    let mut work = f.store.begin(ME).await.unwrap();
    work.delete_calendar(saved.id).await.unwrap();
    assert_eq!(work.find_calendar("Feiertage Größe").await.unwrap_err().code(), ErrorCode::NotFound);
    assert_eq!(work.deleted_calendars().await.unwrap().len(), 1);
    let back = work.restore_calendar(saved.id).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!((back.is_deleted, &back.dates), (false, &changed.dates));
    assert_eq!(f.store.read().await.unwrap().calendar(saved.id).await.unwrap(), back);
    let entries = entries_of(f, saved.id).await;
    let operations: Vec<_> = entries.iter().map(|e| e.operation.as_str()).collect();
    assert_eq!(operations, ["Restored", "Deleted", "Updated", "Created"]);
    assert!(entries.iter().all(|e| e.entity_type == AuditableEntityType::Calendar));
}

pub(crate) async fn a_calendar_that_is_used_stays(f: &Fixture) {
    let calendar = insert_calendar(f, json!({ "name": "Holidays" })).await;
    let job = f.insert_job("Invoices").await;
    let chain = insert_chain(f, "Nightly", &job).await;
    let of_chain = ChainSchedule {
        id: ChainScheduleId(f.ids.new_id()),
        chain_id: chain.id,
        schedule: noon(f, &calendar),
    };
    insert(f, &of_job(f, job.id, noon(f, &calendar))).await.unwrap();
    insert(f, &of_chain).await.unwrap();
    let mut monitor = insert_monitor(f, "Inbox", &job).await;
    let seen = monitor.updated_at;
    monitor.expected_files =
        Some(serde_json::from_value(json!({ "by": "09:00", "calendar_id": calendar.id })).unwrap());
    let mut work = f.store.begin(ME).await.unwrap();
    work.update_monitor(&monitor, seen).await.unwrap();
    work.commit().await.unwrap();

    let uses = f.store.read().await.unwrap().calendar_uses(Some(calendar.id)).await.unwrap();
    use AuditableEntityType as T;
    let found: Vec<_> = uses.iter().map(|user| (user.kind, user.name.as_str())).collect();
    assert_eq!(found, [(T::FileMonitor, "Inbox"), (T::Job, "Invoices"), (T::Chain, "Nightly")]);
    assert_eq!(f.store.read().await.unwrap().calendar_uses(None).await.unwrap(), uses);
    let mut work = f.store.begin(ME).await.unwrap();
    let refused = work.delete_calendar(calendar.id).await.unwrap_err();
    let StoreError::InUse { by, .. } = &refused else { panic!("{refused}") };
    assert_eq!(by, "the monitor Inbox, the schedule of the job Invoices, the schedule of the chain Nightly");
    work.rollback().await;

    // What is deleted does not hold it, and does not come back without it.
    let mut work = f.store.begin(ME).await.unwrap();
    work.delete_monitor(monitor.id).await.unwrap();
    work.delete_schedule::<ChainSchedule>(of_chain.id).await.unwrap();
    work.delete_chain(chain.id).await.unwrap();
    work.delete_job(job.id).await.unwrap();
    work.delete_calendar(calendar.id).await.unwrap();
    work.commit().await.unwrap();
    let mut work = f.store.begin(ME).await.unwrap();
    let refused = work.restore_job(job.id).await.unwrap_err();
    work.rollback().await;
    assert!(refused.to_string().contains("`Holidays`, which is deleted"), "{refused}");
    let mut work = f.store.begin(ME).await.unwrap();
    work.restore_calendar(calendar.id).await.unwrap();
    work.restore_job(job.id).await.unwrap();
    work.restore_monitor(monitor.id).await.unwrap();
    work.commit().await.unwrap();
}

pub(crate) async fn only_living_calendars_are_named(f: &Fixture) {
    let calendar = insert_calendar(f, json!({ "name": "Holidays" })).await;
    let job = f.insert_job("Invoices").await;
    let mut work = f.store.begin(ME).await.unwrap();
    work.delete_calendar(calendar.id).await.unwrap();
    work.commit().await.unwrap();
    let refused = insert(f, &of_job(f, job.id, noon(f, &calendar))).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::NotFound);
    refused_by_tables(f, "UPDATE calendars SET name = ''").await;
    refused_by_tables(f, "UPDATE calendars SET is_deleted = FALSE").await;
}

pub(crate) async fn other_days_move_what_comes_next_in_the_same_unit(f: &Fixture) {
    let calendar = insert_calendar(f, json!({ "name": "Holidays" })).await;
    let job = f.insert_job("Invoices").await;
    let schedule = of_job(f, job.id, noon(f, &calendar));
    let off = {
        let mut schedule = of_job(f, job.id, noon(f, &calendar));
        schedule.schedule.set_enabled(false, Some(&calendar), f.now());
        schedule
    };
    insert(f, &schedule).await.unwrap();
    insert(f, &off).await.unwrap();
    let next = async |id| {
        let found: JobSchedule = f.store.read().await.unwrap().schedule(id).await.unwrap();
        (found.schedule.next_fire_at, found.schedule.updated_at)
    };
    assert_eq!(next(schedule.id).await.0, Some(at("2026-03-01T12:00:00Z")));
    let calendar = with_dates(f, &calendar, &["2026-03-01", "2026-03-02"]).await;
    assert_eq!(next(schedule.id).await.0, Some(at("2026-03-03T12:00:00Z")));
    assert_eq!(next(schedule.id).await.1, schedule.schedule.updated_at, "that is no edit of the schedule");
    assert_eq!(next(off.id).await.0, None);
    let calendar = with_dates(f, &calendar, &["2026-03-01"]).await;
    assert_eq!(next(schedule.id).await.0, Some(at("2026-03-02T12:00:00Z")));

    // It has come, and nobody was there: a change of other days does not make it forgotten.
    f.clock.advance(TimeDelta::days(3));
    let calendar = with_dates(f, &calendar, &["2026-12-25"]).await;
    assert_eq!(next(schedule.id).await.0, Some(at("2026-03-02T12:00:00Z")));
    let mut work = f.store.begin("system").await.unwrap();
    let held = work.hold_calendar(Some(calendar.id)).await.unwrap();
    let due: Vec<JobSchedule> = work.due_schedules(f.now(), 9).await.unwrap();
    let firing = due[0].schedule.firing(held.as_ref(), f.now()).unwrap();
    assert_eq!(firing.missed, [at("2026-03-02T12:00:00Z"), at("2026-03-03T12:00:00Z")]);
    assert!(work.fire_schedule(&due[0], firing.next).await.unwrap().is_some());
    work.commit().await.unwrap();
    assert_eq!(next(schedule.id).await.0, Some(at("2026-03-04T12:00:00Z")));
}

/// Whoever fires sees the calendar of before or of after a change, and next times follow the newest.
pub(crate) async fn fires_and_changes_of_a_calendar_do_not_cross(f: &Fixture) {
    let mut calendar = insert_calendar(f, json!({ "name": "Holidays" })).await;
    let job = f.insert_job("Invoices").await;
    let schedule = of_job(f, job.id, noon(f, &calendar));
    insert(f, &schedule).await.unwrap();
    let other = f.another().await.unwrap();
    for day in 2..8 {
        f.clock.advance(TimeDelta::days(1));
        let (tomorrow, after) =
            (format!("2026-03-{:02}", day + 1), format!("2026-03-{:02}T12:00:00Z", day + 2));
        let fire = async {
            let mut work = other.begin("system").await.unwrap();
            let held = work.hold_calendar(Some(calendar.id)).await.unwrap();
            for due in work.due_schedules::<JobSchedule>(f.now(), 9).await.unwrap() {
                let firing = due.schedule.firing(held.as_ref(), f.now()).unwrap();
                work.fire_schedule(&due, firing.next).await.unwrap();
            }
            work.commit().await.unwrap();
        };
        let skipped = [tomorrow.as_str()];
        let (changed, ()) = futures::join!(with_dates(f, &calendar, &skipped), fire);
        calendar = changed;
        let found: JobSchedule = f.store.read().await.unwrap().schedule(schedule.id).await.unwrap();
        let next = found.schedule.next_fire_at.unwrap();
        assert!(next <= at(&after), "{next}");
        assert!(!calendar.skips(next.date_naive()), "{next} is skipped by {:?}", calendar.dates);
    }
    other.close().await;
}
