//! What is counted at once.

use crate::fixture::{Fixture, ME};
use crate::keys::pgp_key;
use crate::monitors::insert_monitor;
use crate::runs::finish;
use courier_domain::ErrorCode;
use courier_domain::job::Job;
use courier_domain::key::PgpKeyStatus;
use courier_domain::monitor::MonitorEvent;
use courier_store::{FirstSigns, Glance, Lease, Outcome};

async fn ran(f: &Fixture, job: &Job, outcome: Outcome) {
    f.enqueue(job).await;
    let run = f.claim(f.node(), 1).await.remove(0);
    finish(f, &Lease::of(&run).unwrap(), outcome).await;
}

pub(crate) async fn what_works_and_what_needs_somebody_is_counted(f: &Fixture) {
    let glance = async || f.store.read().await.unwrap().glance().await.unwrap();
    assert_eq!(glance().await, Glance::default());
    let failed = || Outcome::Failed { code: ErrorCode::IoFailed, message: "no".into() };
    let (failing, mended, disabled) =
        (f.insert_job("Failing").await, f.insert_job("Mended").await, f.insert_job("Disabled").await);
    ran(f, &failing, failed()).await;
    ran(f, &mended, failed()).await;
    ran(f, &mended, Outcome::Completed { had_skips: false }).await;
    ran(f, &disabled, failed()).await;
    let mut monitors = Vec::new();
    for name in ["Fine", "Broken", "Resting", "Gone"] {
        monitors.push(insert_monitor(f, name, &failing).await.id);
    }
    let mut key = pgp_key(f, "Partner", "AAAA");
    key.status = PgpKeyStatus::Expiring;
    let mut work = f.store.begin(ME).await.unwrap();
    work.set_job_enabled(disabled.id, false).await.unwrap();
    work.move_monitor(monitors[1], MonitorEvent::Fail, Some("no such folder")).await.unwrap();
    work.move_monitor(monitors[2], MonitorEvent::Pause, None).await.unwrap();
    work.delete_monitor(monitors[3]).await.unwrap();
    work.insert_pgp_key(&key).await.unwrap();
    work.commit().await.unwrap();
    let running = f.insert_job("Running").await;
    f.enqueue(&running).await;
    f.claim(f.node(), 1).await;
    f.enqueue(&running).await;
    let seen = Glance {
        running: 1,
        queued: 1,
        jobs_failed: 1,
        monitors_in_error: 1,
        monitors_active: 1,
        monitors_paused_with_all: 0,
        keys_expiring: 1,
    };
    assert_eq!(glance().await, seen);
    let mut work = f.store.begin(ME).await.unwrap();
    work.pause_all_monitors().await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(glance().await, Glance { monitors_active: 0, monitors_paused_with_all: 1, ..seen });
}

pub(crate) async fn first_signs_are_seen_once_there_are_any(f: &Fixture) {
    let signs = async || f.store.read().await.unwrap().first_signs("Sample").await.unwrap();
    assert_eq!(signs().await, FirstSigns::default());
    let (sample, own) = (f.insert_job("Sample").await, f.insert_job("Own").await);
    ran(f, &sample, Outcome::Completed { had_skips: false }).await;
    ran(f, &own, Outcome::Failed { code: ErrorCode::IoFailed, message: "no".into() }).await;
    assert_eq!(
        signs().await,
        FirstSigns::default(),
        "the sample is not one's own, and what failed is not done"
    );
    ran(f, &own, Outcome::Completed { had_skips: false }).await;
    assert_eq!(signs().await, FirstSigns { has_known_host: false, has_completed: true });
}
