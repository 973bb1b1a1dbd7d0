//! Jobs, versions, settings, secrets.

use crate::fixture::{Fixture, ME};
use courier_domain::IdSource;
use courier_domain::connection::Sealed;
use courier_domain::setting::{CONCURRENCY_LIMIT, INSECURE_TRUST_ALLOWED};
use courier_domain::{ErrorCode, JobStepId, SecretId};
use courier_store::StoreError;
use serde_json::json;

pub(crate) async fn a_job_comes_back_as_it_was_saved(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.job(job.id).await.unwrap(), job);
    assert_eq!(session.find_job("INVOICES").await.unwrap(), job);
    assert_eq!(session.find_job(&job.id.to_string()).await.unwrap(), job);
    assert_eq!(session.jobs().await.unwrap(), vec![job]);
    let missing = session.find_job("Orders").await.unwrap_err();
    assert_eq!(missing.code(), ErrorCode::NotFound);
    assert_eq!(missing.to_string(), "there is no job `Orders`");
}

pub(crate) async fn names_are_unique_without_regard_to_case(f: &Fixture) {
    f.insert_job("Überweisungen").await;
    let taken = f.try_insert_job("überweisungen").await.unwrap_err();
    assert_eq!(taken.code(), ErrorCode::Conflict);
    assert!(taken.to_string().contains("`überweisungen`"), "{taken}");
    // The refused one left nothing, not even an entry.
    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.jobs().await.unwrap().len(), 1);
    let filter = courier_store::AuditFilter { limit: 10, ..Default::default() };
    assert_eq!(session.audit_entries(&filter).await.unwrap().len(), 1);
}

pub(crate) async fn a_deleted_job_frees_its_name_and_can_come_back(f: &Fixture) {
    let old = f.insert_job("Invoices").await;
    let mut work = f.store.begin(ME).await.unwrap();
    work.delete_job(old.id).await.unwrap();
    work.commit().await.unwrap();
    let new = f.insert_job("invoices").await;

    let mut work = f.store.begin(ME).await.unwrap();
    assert_eq!(work.jobs().await.unwrap(), vec![new.clone()]);
    assert_eq!(work.deleted_jobs().await.unwrap()[0].id, old.id);
    assert_eq!(work.restore_job(old.id).await.unwrap_err().code(), ErrorCode::Conflict);
    work.rollback().await;

    let mut work = f.store.begin(ME).await.unwrap();
    work.delete_job(new.id).await.unwrap();
    let back = work.restore_job(old.id).await.unwrap();
    assert!(!back.is_deleted && back.deleted_at.is_none());
    work.commit().await.unwrap();
    assert_eq!(f.store.read().await.unwrap().find_job("Invoices").await.unwrap(), back);
}

pub(crate) async fn every_save_is_a_version_and_a_stale_save_is_refused(f: &Fixture) {
    let first = f.insert_job("Invoices").await;
    let mut second = first.clone();
    let mut draft = second.to_draft();
    draft.description = Some("twice a day".into());
    second.edit(draft.clone(), f.now(), || JobStepId(f.ids.new_id()));
    let mut work = f.store.begin("ben@desk").await.unwrap();
    work.update_job(&second).await.unwrap();
    work.commit().await.unwrap();

    let mut stale = first.clone();
    stale.edit(draft, f.now(), || JobStepId(f.ids.new_id()));
    let mut work = f.store.begin(ME).await.unwrap();
    let refused = work.update_job(&stale).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Conflict, "{refused}");
    let StoreError::OutOfDate { kind: "job", name, sides } = refused else { panic!("{refused}") };
    assert_eq!(
        (name.as_str(), sides.changed_by.as_str(), sides.changed_at),
        ("Invoices", "ben@desk", f.now())
    );
    assert_eq!((&sides.yours["current_version"], &sides.current["current_version"]), (&json!(2), &json!(2)));
    work.rollback().await;

    let mut session = f.store.read().await.unwrap();
    let versions = session.job_versions(first.id).await.unwrap();
    assert_eq!(versions.iter().map(|v| v.version_number).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(versions[0].created_by, "ben@desk");
    let pinned = session.job_version(first.id, 1).await.unwrap();
    let (draft, steps) = courier_domain::job::steps_of_snapshot(first.id, &pinned.config_snapshot).unwrap();
    assert_eq!(draft, first.to_draft());
    assert_eq!(steps, first.steps);
}

pub(crate) async fn a_step_that_left_its_job_is_kept_and_steps_may_trade_places(f: &Fixture) {
    let mut job = f.insert_job("Invoices").await;
    let mut draft = job.to_draft();
    draft.steps.reverse();
    let aliases: Vec<_> = draft.steps.iter().map(|s| s.alias.clone()).collect();
    draft.steps[0].alias = aliases[1].clone();
    draft.steps[1].alias = aliases[0].clone();
    job.edit(draft, f.now(), || JobStepId(f.ids.new_id()));
    let mut work = f.store.begin(ME).await.unwrap();
    work.update_job(&job).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(f.store.read().await.unwrap().job(job.id).await.unwrap(), job);

    let left = job.steps[1].id;
    let mut draft = job.to_draft();
    draft.steps.pop();
    job.edit(draft, f.now(), || JobStepId(f.ids.new_id()));
    let mut work = f.store.begin(ME).await.unwrap();
    work.update_job(&job).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(f.store.read().await.unwrap().job(job.id).await.unwrap().steps, job.steps);
    let kept = f.raw("UPDATE job_steps SET name = 'kept' WHERE is_deleted").await.unwrap();
    assert_eq!(kept, 1, "{left} is gone");
}

pub(crate) async fn a_job_with_unfinished_runs_is_not_deleted(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let run = f.enqueue(&job).await;
    let mut work = f.store.begin(ME).await.unwrap();
    let refused = work.delete_job(job.id).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Conflict);
    assert!(refused.to_string().contains("1 unfinished run"), "{refused}");
    work.request_cancel(run.id).await.unwrap();
    work.delete_job(job.id).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(f.store.read().await.unwrap().jobs().await.unwrap(), vec![]);
}

pub(crate) async fn settings_have_defaults_and_refuse_bad_values(f: &Fixture) {
    let mut work = f.store.begin(ME).await.unwrap();
    assert_eq!(work.setting_i64(CONCURRENCY_LIMIT).await.unwrap(), 5);
    assert!(!work.setting_bool(INSECURE_TRUST_ALLOWED).await.unwrap());
    work.set_setting(CONCURRENCY_LIMIT, " 12 ").await.unwrap();
    for (key, value) in [(CONCURRENCY_LIMIT, "many"), (INSECURE_TRUST_ALLOWED, "yes"), ("job.colour", "red")]
    {
        let refused = work.set_setting(key, value).await.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::Validation);
        assert!(refused.to_string().contains(key), "{refused}");
    }
    work.commit().await.unwrap();
    let settings = f.store.read().await.unwrap().settings().await.unwrap();
    assert_eq!(settings.len(), courier_domain::setting::SETTINGS.len());
    let limit = settings.iter().find(|s| s.key == CONCURRENCY_LIMIT).unwrap();
    assert_eq!((limit.value.as_str(), limit.updated_by.as_str()), ("12", ME));
}

pub(crate) async fn secrets_are_replaced_and_forgotten(f: &Fixture) {
    let id = SecretId(f.ids.new_id());
    for bytes in [vec![1, 2, 3], vec![0, 255]] {
        let mut work = f.store.begin(ME).await.unwrap();
        work.put_secret(id, &Sealed(bytes.clone())).await.unwrap();
        assert_eq!(work.secret(id).await.unwrap(), Sealed(bytes));
        work.commit().await.unwrap();
    }
    let mut work = f.store.begin(ME).await.unwrap();
    work.delete_secret(id).await.unwrap();
    assert_eq!(work.secret(id).await.unwrap_err().code(), ErrorCode::NotFound);
    work.commit().await.unwrap();
}

pub(crate) async fn a_job_may_have_thousands_of_steps(f: &Fixture) {
    let mut job = f
        .insert_job_with("Long", |draft| {
            let step = draft.steps[0].clone();
            draft.steps = vec![step; 3_500];
        })
        .await;
    assert_eq!(f.store.read().await.unwrap().job(job.id).await.unwrap(), job);
    let mut draft = job.to_draft();
    draft.steps.rotate_left(1_700);
    job.edit(draft, f.now(), || JobStepId(f.ids.new_id()));
    let mut work = f.store.begin(ME).await.unwrap();
    work.update_job(&job).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(f.store.read().await.unwrap().job(job.id).await.unwrap(), job);
}
