//! The audit log: complete, append-only, and able to say where it was touched.

use crate::fixture::{Fixture, ME};
use courier_domain::audit::AuditableEntityType;
use courier_store::{AuditFilter, AuditVerdict, EventFilter, StoreUrl};
use serde_json::json;

pub(crate) async fn every_change_has_its_entry_newest_first(f: &Fixture) {
    let (job, execution, _) = f.running("Invoices").await;
    let mut work = f.store.begin(ME).await.unwrap();
    work.audit(
        AuditableEntityType::Job,
        job.id,
        "Exported",
        json!({ "to": "a \"file\"", "zeta": 1, "alpha": 1.5 }),
    );
    work.commit().await.unwrap();
    let mut session = f.store.read().await.unwrap();
    let all = AuditFilter { limit: 100, ..Default::default() };
    let entries = session.audit_entries(&all).await.unwrap();
    let seen: Vec<_> = entries.iter().map(|e| (e.sequence, e.operation.as_str())).collect();
    assert_eq!(seen, [(4, "Exported"), (3, "StateChanged"), (2, "StateChanged"), (1, "Created")]);
    assert_eq!(entries[0].details, json!({ "to": "a \"file\"", "zeta": 1, "alpha": 1.5 }));
    assert_eq!((entries[0].performed_by.as_str(), entries[0].performed_at), (ME, f.now()));
    assert_eq!(
        (&entries[1].details["from"], &entries[1].details["to"]),
        (&json!("queued"), &json!("running"))
    );
    assert_eq!(entries[0].previous_hash, entries[1].entry_hash);

    let about_run = AuditFilter { entity_id: Some(execution.id.0), ..all.clone() };
    assert_eq!(session.audit_entries(&about_run).await.unwrap().len(), 2);
    let by_system = AuditFilter { performed_by: Some("system".into()), ..all.clone() };
    assert_eq!(session.audit_entries(&by_system).await.unwrap()[0].sequence, 3);
    let of_jobs = AuditFilter { entity_type: Some(AuditableEntityType::Job), ..all.clone() };
    assert_eq!(session.audit_entries(&of_jobs).await.unwrap().len(), 2);
    let next_page = AuditFilter { before_sequence: Some(3), limit: 1, ..Default::default() };
    assert_eq!(session.audit_entries(&next_page).await.unwrap()[0].sequence, 2);

    let events = session.domain_events(&EventFilter { limit: 10, ..Default::default() }).await.unwrap();
    assert_eq!(events.iter().map(|e| e.event_type.as_str()).collect::<Vec<_>>(), ["JobStarted"]);
    assert_eq!((events[0].entity_id, events[0].processed_at), (execution.id.0, None));
    let after = EventFilter { after: Some(events[0].id), limit: 10, ..Default::default() };
    assert!(session.domain_events(&after).await.unwrap().is_empty());
}

pub(crate) async fn the_log_refuses_to_be_changed(f: &Fixture) {
    f.insert_job("Invoices").await;
    for sql in ["UPDATE audit_log_entries SET performed_by = 'nobody'", "DELETE FROM audit_log_entries"] {
        let refused = f.raw(sql).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{refused}");
    }
}

pub(crate) async fn each_kind_of_tampering_is_found_and_named(f: &Fixture) {
    for n in 0..6 {
        f.insert_job(&format!("job {n}")).await;
    }
    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.verify_audit().await.unwrap(), AuditVerdict::Whole { entries: 6 });
    drop(session);
    // Whoever owns the database can take the triggers away; the chain still shows what they did.
    f.raw(match &f.url {
        StoreUrl::Sqlite(_) => {
            "DROP TRIGGER audit_log_entries_refuse_update; DROP TRIGGER audit_log_entries_refuse_delete;"
        }
        StoreUrl::Postgres(_) => "ALTER TABLE audit_log_entries DISABLE TRIGGER USER;",
    })
    .await
    .unwrap();
    let edits = [
        ("UPDATE audit_log_entries SET performed_by = 'nobody' WHERE sequence = 5", 5, "fields"),
        ("UPDATE audit_log_entries SET sequence = 100 WHERE sequence = 4", 5, "missing"),
        ("UPDATE audit_log_entries SET entry_hash = previous_hash WHERE sequence = 3", 3, "fields"),
        ("DELETE FROM audit_log_entries WHERE sequence = 1", 2, "missing"),
    ];
    for (sql, bad, why) in edits {
        f.raw(sql).await.unwrap();
        let verdict = f.store.read().await.unwrap().verify_audit().await.unwrap();
        let AuditVerdict::Broken { sequence, reason, .. } = verdict else { panic!("not found: {sql}") };
        assert_eq!(sequence, bad, "{sql}");
        assert!(reason.contains(why), "{sql}: {reason}");
    }
}
