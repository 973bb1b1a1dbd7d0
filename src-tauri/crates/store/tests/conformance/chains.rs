//! Chains and their members, and what they keep from being deleted.

use crate::chain_runs::{insert_run, new_run};
use crate::dependencies::{add, edge};
use crate::fixture::{Fixture, ME};
use courier_domain::audit::{AuditLogEntry, AuditableEntityType};
use courier_domain::chain::{ChainDraft, ChainEvent, JobChain};
use courier_domain::job::Job;
use courier_domain::{ErrorCode, IdSource, JobChainId, JobChainMemberId};
use courier_store::{AuditFilter, StoreError, StoreUrl};
use serde_json::json;
use uuid::Uuid;

/// a → b → d and a → c → d; the job stands in it four times.
pub(crate) fn diamond(f: &Fixture, name: &str, job: &Job) -> JobChain {
    let draft: ChainDraft = serde_json::from_value(json!({
        "name": name, "description": "every night",
        "members": [
            { "name": "a", "job_id": job.id, "parameters": { "day": "{{ now }}", "n": 3, "list": ["x", null] } },
            { "name": "b", "job_id": job.id, "depends_on": [{ "member": "a", "run_on_upstream_failure": true }] },
            { "name": "c", "job_id": job.id, "depends_on": [{ "member": "a" }] },
            { "name": "d", "job_id": job.id, "depends_on": [
                { "member": "c" }, { "member": "b", "run_on_upstream_failure": true }] },
        ],
    }))
    .unwrap();
    JobChain::new(JobChainId(f.ids.new_id()), draft, f.now(), || JobChainMemberId(f.ids.new_id()))
}

pub(crate) async fn insert_chain(f: &Fixture, name: &str, job: &Job) -> JobChain {
    let chain = diamond(f, name, job);
    let mut work = f.store.begin(ME).await.unwrap();
    work.insert_chain(&chain).await.unwrap();
    work.commit().await.unwrap();
    chain
}

/// An id as SQL writes it.
pub(crate) fn literal(f: &Fixture, id: impl Into<Uuid>) -> String {
    let id: Uuid = id.into();
    match &f.url {
        StoreUrl::Sqlite(_) => format!("x'{}'", id.simple()),
        StoreUrl::Postgres(_) => format!("'{id}'"),
    }
}

/// What the audit says of something, newest first.
pub(crate) async fn entries_of(f: &Fixture, id: impl Into<Uuid>) -> Vec<AuditLogEntry> {
    let filter = AuditFilter { entity_ids: vec![id.into()], limit: 100, ..Default::default() };
    f.store.read().await.unwrap().audit_entries(&filter).await.unwrap()
}

/// Runs a statement that the tables must refuse.
pub(crate) async fn refused_by_tables(f: &Fixture, sql: &str) {
    let foreign_keys = if matches!(f.url, StoreUrl::Sqlite(_)) { "PRAGMA foreign_keys = ON; " } else { "" };
    let done = f.raw(&format!("{foreign_keys}{sql};")).await;
    let error = done.expect_err(sql);
    let error = error.as_database_error().unwrap_or_else(|| panic!("{sql}: {error}"));
    let rule = error.is_check_violation()
        || error.is_foreign_key_violation()
        || error.is_unique_violation()
        || error.message().contains("FOREIGN KEY");
    assert!(rule, "{sql}: {error}");
}

/// A monitor that starts something, written past the store.
async fn bind_monitor(f: &Fixture, name: &str, column: &str, id: Uuid) {
    let (monitor, binding) = (literal(f, f.ids.new_id()), literal(f, f.ids.new_id()));
    let sql = format!(
        "INSERT INTO file_monitors (id, name, name_key, watch_target, trigger_events, file_patterns, \
         exclude_patterns, recursive, polling_interval_sec, stability_window_sec, batch_mode, compare_content, \
         max_consecutive_failures, consecutive_failure_count, state, run_on, created_at, updated_at, is_deleted) \
         VALUES ({monitor}, '{name}', '{name}', '{{\"type\":\"local\",\"path\":\"/in\"}}', 1, '[]', '[]', FALSE, \
         60, 5, TRUE, FALSE, 5, 0, 'active', 'any', '2026-03-01T08:00:00+00:00', '2026-03-01T08:00:00+00:00', FALSE); \
         INSERT INTO monitor_job_bindings (id, monitor_id, {column}, parameters, position, is_deleted) \
         VALUES ({binding}, {monitor}, {}, '{{}}', 0, FALSE);",
        literal(f, id)
    );
    f.raw(&sql).await.unwrap();
}

pub(crate) async fn a_chain_comes_back_as_it_was_saved(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let chain = insert_chain(f, "Nightly", &job).await;
    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.chain(chain.id).await.unwrap(), chain);
    assert_eq!(session.find_chain("NIGHTLY").await.unwrap(), chain);
    assert_eq!(session.find_chain(&chain.id.to_string()).await.unwrap(), chain);
    assert_eq!(session.chains().await.unwrap(), vec![chain.clone()]);
    let missing = session.find_chain("weekly").await.unwrap_err();
    assert_eq!(missing.to_string(), "there is no chain `weekly`");
    drop(session);
    let entry = entries_of(f, chain.id).await.remove(0);
    assert_eq!((entry.entity_type, &*entry.operation), (AuditableEntityType::Chain, "Created"));
    assert_eq!(entry.details["members"][3]["depends_on"].as_array().map(Vec::len), Some(2));
}

pub(crate) async fn a_deleted_chain_frees_its_name_and_can_come_back(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let old = insert_chain(f, "Nightly", &job).await;
    let mut work = f.store.begin(ME).await.unwrap();
    assert!(matches!(
        work.insert_chain(&diamond(f, "nightlY", &job)).await,
        Err(StoreError::NameTaken { kind: "chain", .. })
    ));
    work.rollback().await;
    let mut work = f.store.begin(ME).await.unwrap();
    work.delete_chain(old.id).await.unwrap();
    work.commit().await.unwrap();
    let new = insert_chain(f, "nightly", &job).await;

    let mut work = f.store.begin(ME).await.unwrap();
    assert_eq!(work.chains().await.unwrap(), vec![new.clone()]);
    let hidden = work.deleted_chains().await.unwrap();
    assert_eq!((hidden.len(), hidden[0].id, hidden[0].deleted_at.is_some()), (1, old.id, true));
    assert_eq!(work.restore_chain(old.id).await.unwrap_err().code(), ErrorCode::Conflict);
    work.rollback().await;

    let mut work = f.store.begin(ME).await.unwrap();
    work.delete_chain(new.id).await.unwrap();
    let back = work.restore_chain(old.id).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(f.store.read().await.unwrap().find_chain("Nightly").await.unwrap(), back);
    assert_eq!(back.members, old.members);
}

pub(crate) async fn a_stale_save_of_a_chain_is_refused_with_both_sides(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let first = insert_chain(f, "Nightly", &job).await;
    let edited = |description: &str| {
        let mut chain = first.clone();
        let draft = ChainDraft { description: Some(description.into()), ..chain.to_draft() };
        chain.edit(draft, f.now(), || JobChainMemberId(f.ids.new_id()));
        chain
    };
    let mut work = f.store.begin("ben@desk").await.unwrap();
    let second = work.update_chain(&edited("theirs"), first.updated_at).await.unwrap();
    work.commit().await.unwrap();
    assert!(second.updated_at > first.updated_at);
    let mut work = f.store.begin(ME).await.unwrap();
    let refused = work.update_chain(&edited("mine"), first.updated_at).await.unwrap_err();
    work.rollback().await;
    let StoreError::OutOfDate { kind, sides, .. } = refused else { panic!("{refused}") };
    assert_eq!((kind, sides.changed_by.as_str()), ("chain", "ben@desk"));
    assert_eq!(
        (&sides.yours["description"], &sides.current["description"]),
        (&json!("mine"), &json!("theirs"))
    );
    assert_eq!(f.store.read().await.unwrap().chain(first.id).await.unwrap(), second);

    let mut work = f.store.begin(ME).await.unwrap();
    assert!(!work.set_chain_enabled(first.id, false).await.unwrap().is_enabled);
    // An edit keeps it off.
    let seen = work.chain(first.id).await.unwrap().updated_at;
    assert!(!work.update_chain(&edited("mine"), seen).await.unwrap().is_enabled);
    work.commit().await.unwrap();
    let entries = entries_of(f, first.id).await;
    let operations: Vec<_> = entries.iter().map(|e| e.operation.as_str()).collect();
    assert_eq!(operations, ["Updated", "Disabled", "Updated", "Created"]);
    assert_eq!(entries[0].details["description"], json!({ "from": "theirs", "to": "mine" }));
}

pub(crate) async fn a_member_that_left_is_kept_and_members_may_trade_places(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let mut chain = insert_chain(f, "Nightly", &job).await;
    let save = async |chain: &JobChain| {
        let mut work = f.store.begin(ME).await.unwrap();
        let seen = work.chain(chain.id).await.unwrap().updated_at;
        let saved = work.update_chain(chain, seen).await.unwrap();
        work.commit().await.unwrap();
        let stored = f.store.read().await.unwrap().chain(chain.id).await.unwrap();
        assert_eq!((&stored, &stored.members), (&saved, &chain.members));
    };
    // Everything turned round: places, names and edges.
    let mut draft = chain.to_draft();
    draft.members.reverse();
    for (member, name) in draft.members.iter_mut().zip(["a", "b", "c", "d"]) {
        member.name = name.to_owned();
        member.depends_on.clear();
    }
    draft.members[0].depends_on = serde_json::from_value(
        json!([{ "member": "d" }, { "member": "b", "run_on_upstream_failure": true }]),
    )
    .unwrap();
    let before: Vec<_> = chain.members.iter().map(|m| m.id).collect();
    chain.edit(draft, f.now(), || panic!("no member is new"));
    assert_eq!(chain.members[0].id, before[3]);
    save(&chain).await;

    let run = insert_run(f, &chain).await;
    let mut draft = chain.to_draft();
    draft.members.retain(|m| m.name == "b" || m.name == "c");
    chain.edit(draft, f.now(), || panic!("no member is new"));
    save(&chain).await;
    assert_eq!(f.raw("UPDATE job_chain_members SET parameters = '{}' WHERE is_deleted").await.unwrap(), 2);
    assert_eq!(f.store.read().await.unwrap().chain_execution(run.id).await.unwrap(), run);
    // Its name is free again, for another member.
    let mut draft = chain.to_draft();
    draft.members.push(serde_json::from_value(json!({ "name": "a", "job_id": job.id })).unwrap());
    chain.edit(draft, f.now(), || JobChainMemberId(f.ids.new_id()));
    save(&chain).await;

    let mut work = f.store.begin(ME).await.unwrap();
    let mut thief = diamond(f, "Thief", &job);
    thief.members[3].id = chain.members[0].id;
    assert!(matches!(work.insert_chain(&thief).await, Err(StoreError::Damaged { .. })));
    work.rollback().await;
}

pub(crate) async fn a_chain_in_use_is_not_deleted(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let chain = insert_chain(f, "Nightly", &job).await;
    let run = insert_run(f, &chain).await;
    bind_monitor(f, "inbox", "chain_id", chain.id.0).await;
    let mut work = f.store.begin(ME).await.unwrap();
    let refused = work.delete_chain(chain.id).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Conflict);
    assert!(refused.to_string().contains("1 unfinished run and the monitor inbox"), "{refused}");
    work.move_chain_execution(run.id, ChainEvent::Cancel, None).await.unwrap();
    let refused = work.delete_chain(chain.id).await.unwrap_err();
    assert!(refused.to_string().contains("used by the monitor inbox"), "{refused}");
    work.commit().await.unwrap();
    f.raw("UPDATE monitor_job_bindings SET is_deleted = TRUE").await.unwrap();
    let mut work = f.store.begin(ME).await.unwrap();
    work.delete_chain(chain.id).await.unwrap();
    work.commit().await.unwrap();
    let mut work = f.store.begin(ME).await.unwrap();
    let late = work.insert_chain_execution(&new_run(f, &chain, None)).await.unwrap_err();
    assert_eq!(late.to_string(), "there is no chain `Nightly`");
    assert_eq!(work.delete_chain(chain.id).await.unwrap_err().code(), ErrorCode::NotFound);
    work.rollback().await;
}

pub(crate) async fn a_job_that_others_name_is_not_deleted(f: &Fixture) {
    let (job, other) = (f.insert_job("Invoices").await, f.insert_job("Load").await);
    let chain = insert_chain(f, "Nightly", &job).await;
    bind_monitor(f, "inbox", "job_id", job.id.0).await;
    let waits = edge(f, &job, &other);
    add(f, &waits).await.unwrap();
    let mut work = f.store.begin(ME).await.unwrap();
    let refused = work.delete_job(job.id).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Conflict);
    assert_eq!(
        refused.to_string(),
        "the job `Invoices` is still used by the chain Nightly and the monitor inbox and the dependent job Load; \
         change that first"
    );
    work.delete_chain(chain.id).await.unwrap();
    work.commit().await.unwrap();
    f.raw("UPDATE monitor_job_bindings SET is_deleted = TRUE").await.unwrap();
    let mut work = f.store.begin(ME).await.unwrap();
    // What waits does not hold itself, and takes its dependency along.
    work.delete_job(other.id).await.unwrap();
    assert!(work.dependencies().await.unwrap().is_empty());
    work.delete_job(job.id).await.unwrap();
    work.commit().await.unwrap();

    let mut work = f.store.begin(ME).await.unwrap();
    for refused in [work.restore_job(other.id).await.map(drop), work.restore_chain(chain.id).await.map(drop)]
    {
        let refused = refused.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::Validation);
        assert!(refused.to_string().contains("needs the job `Invoices`"), "{refused}");
    }
    work.restore_job(job.id).await.unwrap();
    work.restore_job(other.id).await.unwrap();
    work.restore_chain(chain.id).await.unwrap();
    assert_eq!(work.dependencies().await.unwrap(), vec![waits]);
    work.commit().await.unwrap();
    let mut work = f.store.begin(ME).await.unwrap();
    work.delete_chain(chain.id).await.unwrap();
    work.delete_job(other.id).await.unwrap();
    let refused = work.insert_chain(&diamond(f, "Late", &other)).await.unwrap_err();
    assert_eq!(refused.to_string(), "there is no job `Load`");
    work.rollback().await;
}

pub(crate) async fn the_tables_refuse_bad_chains(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let chain = insert_chain(f, "Nightly", &job).await;
    let run = insert_run(f, &chain).await;
    f.enqueue(&job).await;
    let nobody = literal(f, Uuid::from_u128(1));
    let member = |n: usize| literal(f, chain.members[n].id);
    for bad in [
        "UPDATE job_chains SET name = ''".to_owned(),
        "UPDATE job_chains SET is_deleted = TRUE".into(),
        "DELETE FROM job_chains".into(),
        "DELETE FROM job_chain_members".into(),
        "DELETE FROM jobs".into(),
        format!("UPDATE job_chain_members SET job_id = {nobody}"),
        format!("UPDATE job_chain_members SET depends_on_member_id = id WHERE id = {}", member(1)),
        format!("UPDATE job_chain_members SET run_on_upstream_failure = TRUE WHERE id = {}", member(0)),
        format!("UPDATE job_chain_members SET execution_order = 1 WHERE id = {}", member(0)),
        format!("UPDATE job_chain_members SET name_key = 'b' WHERE id = {}", member(0)),
        "UPDATE job_chain_members SET name = ''".into(),
        format!("UPDATE job_chain_edges SET depends_on_member_id = {nobody}"),
        "UPDATE job_chain_edges SET depends_on_member_id = member_id".into(),
        "UPDATE job_chain_edges SET position = -1".into(),
        "UPDATE chain_executions SET state = 'asleep'".into(),
        "UPDATE chain_executions SET state = 'running'".into(),
        "UPDATE chain_executions SET state = 'completed', started_at = created_at".into(),
        "UPDATE chain_executions SET completed_at = created_at".into(),
        "UPDATE chain_executions SET triggered_by = ''".into(),
        "UPDATE chain_executions SET trigger_key = ''".into(),
        format!("UPDATE chain_executions SET chain_id = {nobody}"),
        "DELETE FROM chain_executions".into(),
        "UPDATE chain_member_executions SET state = 'queued'".into(),
        "UPDATE chain_member_executions SET state = 'completed'".into(),
        format!("UPDATE chain_member_executions SET member_id = {nobody}"),
        format!("UPDATE chain_member_executions SET member_id = {}", member(0)),
        format!("UPDATE chain_member_executions SET job_execution_id = {nobody}"),
        format!("UPDATE job_executions SET chain_execution_id = {nobody}"),
        "UPDATE job_executions SET trigger_key = ''".into(),
    ] {
        refused_by_tables(f, &bad).await;
    }
    assert_eq!(f.store.read().await.unwrap().chain_execution(run.id).await.unwrap(), run);
}

/// The same for a job that is deleted while something begins to refer to it.
pub(crate) async fn a_job_is_not_deleted_under_what_begins_to_name_it(f: &Fixture) {
    let other = f.another().await.unwrap();
    for n in 0..5 {
        let job = f.insert_job(&format!("job {n}")).await;
        let chain = diamond(f, &format!("chain {n}"), &job);
        let (store, id) = (other.clone(), job.id);
        let deleting = tokio::spawn(async move {
            let mut work = store.begin(ME).await?;
            work.delete_job(id).await?;
            work.commit().await
        });
        let store = f.store.clone();
        let naming = tokio::spawn(async move {
            let mut work = store.begin(ME).await?;
            work.insert_chain(&chain).await?;
            work.commit().await
        });
        let (deleted, named) = (deleting.await.unwrap(), naming.await.unwrap());
        assert!(deleted.is_ok() != named.is_ok(), "{deleted:?} {named:?}");
    }
    other.close().await;
}
