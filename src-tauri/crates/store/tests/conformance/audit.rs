//! The audit log: complete, append-only, and able to say where it was touched.

use crate::chain_runs::insert_run;
use crate::chains::{insert_chain, literal, refused_by_tables};
use crate::fixture::{Fixture, ME};
use crate::tags::insert_tag;
use chrono::TimeDelta;
use courier_domain::audit::{AuditLogEntry, AuditableEntityType};
use courier_domain::execution::StepExecutionState;
use courier_store::{
    AuditCheckpoint, AuditExportFormat, AuditFault, AuditFilter, AuditSigner, AuditTrust, AuditVerdict,
    AuditVerification, Checkpoint, CheckpointPlace, EventFilter, StoreUrl, verify_audit_export,
};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A signing key of the test's own.
pub(crate) struct Key(SigningKey);

pub(crate) fn key(n: u8) -> Key {
    Key(SigningKey::from_bytes(&[n; 32]))
}

impl AuditSigner for Key {
    fn public_key(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }
    fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

/// Our key is known, and these checkpoints were kept elsewhere.
fn trust(outside: &[AuditCheckpoint]) -> AuditTrust {
    AuditTrust { public_keys: vec![hex::encode(key(1).public_key())], outside: outside.to_vec() }
}

async fn verify(f: &Fixture, trust: AuditTrust) -> AuditVerification {
    f.store.read().await.unwrap().verify_audit_against(trust).await.unwrap()
}

async fn checkpoint(f: &Fixture) -> u64 {
    let mut work = f.store.begin("system").await.unwrap();
    let made = work.checkpoint_audit(&key(1)).await.unwrap();
    work.commit().await.unwrap();
    made
}

async fn checkpoints(f: &Fixture) -> Vec<AuditCheckpoint> {
    f.store.read().await.unwrap().audit_checkpoints(0, 1_000).await.unwrap()
}

/// Entries about nothing in particular, in one unit of work.
async fn record(f: &Fixture, entries: usize) {
    let mut work = f.store.begin(ME).await.unwrap();
    for n in 0..entries {
        work.audit(AuditableEntityType::Job, Uuid::from_u128(7), "Exported", json!({ "n": n }));
    }
    work.commit().await.unwrap();
}

/// All entries, oldest first.
async fn entries(f: &Fixture) -> Vec<AuditLogEntry> {
    let filter = AuditFilter { limit: 10_000, ..Default::default() };
    let mut all = f.store.read().await.unwrap().audit_entries(&filter).await.unwrap();
    all.reverse();
    all
}

/// Whoever owns the database can take the triggers away.
async fn take_triggers_away(f: &Fixture) {
    f.raw(match &f.url {
        StoreUrl::Sqlite(_) => {
            "DROP TRIGGER audit_log_entries_refuse_update; DROP TRIGGER audit_log_entries_refuse_delete; \
             DROP TRIGGER audit_checkpoints_refuse_delete; DROP TRIGGER audit_prunes_refuse_delete;"
        }
        StoreUrl::Postgres(_) => {
            "ALTER TABLE audit_log_entries DISABLE TRIGGER USER; ALTER TABLE audit_checkpoints DISABLE TRIGGER USER; \
             ALTER TABLE audit_prunes DISABLE TRIGGER USER;"
        }
    })
    .await
    .unwrap();
}

/// Computes hashes anew from a sequence on, as somebody who knows how the chain is made would; written from its
/// description, not from the store's code.
async fn hash_anew(f: &Fixture, from: i64) {
    let all = entries(f).await;
    let mut previous = "0".repeat(64);
    let mut updates = String::new();
    for entry in all {
        if entry.sequence < from {
            previous = entry.entry_hash;
            continue;
        }
        let mut covered = Vec::new();
        for field in [
            entry.sequence.to_string().as_bytes(),
            previous.as_bytes(),
            entry.id.0.as_bytes(),
            entry.entity_type.as_str().as_bytes(),
            entry.entity_id.as_bytes(),
            entry.operation.as_bytes(),
            entry.performed_by.as_bytes(),
            entry.performed_at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string().as_bytes(),
            entry.details.to_string().as_bytes(),
        ] {
            covered.extend((field.len() as u64).to_be_bytes());
            covered.extend(field);
        }
        let hash = hex::encode(Sha256::digest(&covered));
        updates += &format!(
            "UPDATE audit_log_entries SET previous_hash = '{previous}', entry_hash = '{hash}' WHERE sequence = {};",
            entry.sequence
        );
        previous = hash;
    }
    f.raw(&updates).await.unwrap();
}

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

    let events = session.domain_events(&EventFilter { limit: 10, ..Default::default() }).await.unwrap();
    assert_eq!(events.iter().map(|e| e.event_type.as_str()).collect::<Vec<_>>(), ["JobStarted"]);
    assert_eq!((events[0].entity_id, events[0].processed_at), (execution.id.0, None));
    let after = EventFilter { after: Some(events[0].id), limit: 10, ..Default::default() };
    assert!(session.domain_events(&after).await.unwrap().is_empty());
}

pub(crate) async fn the_log_is_filtered_and_paged(f: &Fixture) {
    let (job, execution, _) = f.running("Invoices").await;
    let first_day = f.now();
    f.clock.advance(TimeDelta::days(1));
    record(f, 1).await;
    let mut session = f.store.read().await.unwrap();
    let all = AuditFilter { limit: 100, ..Default::default() };
    let second_day = f.now();
    for (what, filter, expected) in [
        ("run", AuditFilter { entity_ids: vec![execution.id.0], ..all.clone() }, vec![3, 2]),
        ("both", AuditFilter { entity_ids: vec![execution.id.0, job.id.0], ..all.clone() }, vec![3, 2, 1]),
        ("by", AuditFilter { performed_by: Some("system".into()), ..all.clone() }, vec![3]),
        ("type", AuditFilter { entity_type: Some(AuditableEntityType::Job), ..all.clone() }, vec![4, 1]),
        ("operation", AuditFilter { operation: Some("StateChanged".into()), ..all.clone() }, vec![3, 2]),
        ("since", AuditFilter { since: Some(second_day), ..all.clone() }, vec![4]),
        ("until", AuditFilter { until: Some(second_day), ..all.clone() }, vec![3, 2, 1]),
        ("from the first", AuditFilter { since: Some(first_day), ..all.clone() }, vec![4, 3, 2, 1]),
        ("future", AuditFilter { since: Some(second_day + TimeDelta::days(1)), ..all.clone() }, vec![]),
        ("page", AuditFilter { before_sequence: Some(3), limit: 1, ..Default::default() }, vec![2]),
    ] {
        let found = session.audit_entries(&filter).await.unwrap();
        assert_eq!(found.iter().map(|e| e.sequence).collect::<Vec<_>>(), expected, "{what}");
    }
    assert_eq!(session.audited_ids("INVOICES").await.unwrap(), [job.id.0]);
    let mut work = f.store.begin(ME).await.unwrap();
    work.set_setting("job.concurrency_limit", "6").await.unwrap();
    work.commit().await.unwrap();
    let entity_ids = session.audited_ids("job.concurrency_limit").await.unwrap();
    let found = session.audit_entries(&AuditFilter { entity_ids, ..all }).await.unwrap();
    assert_eq!(found[0].details["to"], "6");
}

/// Everything that a person could point at in the log.
pub(crate) async fn what_entries_are_about_has_a_name_and_an_owner(f: &Fixture) {
    use AuditableEntityType as K;
    let (job, run, lease) = f.running("Invoices").await;
    let step = f.step(&job, 0, StepExecutionState::Running);
    let schedule = crate::schedules::of_job(f, job.id, crate::schedules::hourly(f));
    let mut work = f.store.begin(ME).await.unwrap();
    work.checkpoint(
        &lease,
        &Checkpoint { steps: std::slice::from_ref(&step), begun: &[], context_snapshot: None },
    )
    .await
    .unwrap();
    work.insert_schedule(&schedule).await.unwrap();
    work.set_setting("job.concurrency_limit", "6").await.unwrap();
    work.commit().await.unwrap();
    let gone = insert_tag(f, "partner-x").await;
    let mut work = f.store.begin(ME).await.unwrap();
    work.delete_tag(gone.id).await.unwrap();
    work.commit().await.unwrap();
    let chain = insert_chain(f, "nightly", &job).await;
    let night = insert_run(f, &chain).await;
    let mut session = f.store.read().await.unwrap();
    let setting = session.audited_ids("job.concurrency_limit").await.unwrap()[0];

    let of_job = Some((K::Job, job.id.0));
    let of_step = format!("Invoices › {}", job.steps[0].name);
    let wanted = [
        (K::Job, job.id.0, Some(("Invoices", None))),
        (K::JobExecution, run.id.0, Some(("Invoices", None))),
        (K::StepExecution, step.id.0, Some((of_step.as_str(), Some((K::JobExecution, run.id.0))))),
        (K::Schedule, schedule.id.0, Some(("Invoices", of_job))),
        (K::Chain, chain.id.0, Some(("nightly", None))),
        (K::ChainExecution, night.id.0, Some(("nightly", Some((K::Chain, chain.id.0))))),
        (K::Tag, gone.id.0, Some(("partner-x", None))),
        (K::SystemSetting, setting, Some(("job.concurrency_limit", None))),
        (K::Vault, Uuid::nil(), None),
        (K::Connection, job.id.0, None),
    ];
    let things: Vec<_> = wanted.iter().map(|(kind, id, _)| (*kind, *id)).collect();
    let found = session.audited_things(&things).await.unwrap();
    for (kind, id, expected) in wanted {
        let thing = found.get(&(kind, id)).map(|thing| (thing.name.as_str(), thing.owner));
        assert_eq!(thing, expected, "{kind}");
    }
    // No kind is asked for in a place that is not there.
    let every: Vec<_> = K::ALL.iter().map(|kind| (*kind, job.id.0)).collect();
    assert_eq!(session.audited_things(&every).await.unwrap().len(), 1);
}

pub(crate) async fn the_log_tells_what_it_can_be_filtered_by(f: &Fixture) {
    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.audited_operations().await.unwrap(), Vec::<String>::new());
    assert_eq!(session.audit_span().await.unwrap(), None);
    drop(session);
    f.running("Invoices").await;
    record(f, 3).await;
    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.audited_operations().await.unwrap(), ["Created", "Exported", "StateChanged"]);
    assert_eq!(session.audited_people().await.unwrap(), [ME, "system"]);
    assert_eq!(session.audit_span().await.unwrap(), Some((1, 6)));
    let mut read = Vec::new();
    let found = session.verify_audit_followed(AuditTrust::default(), &mut |to| read.push(to)).await.unwrap();
    assert_eq!((found.verdict, read), (AuditVerdict::Whole { entries: 6 }, vec![6]));
    let mut export = session.export_audit(AuditExportFormat::Csv, None, None).await.unwrap();
    assert_eq!(export.left(), 6);
    export.page(&mut session).await.unwrap();
    assert_eq!(export.left(), 0);
}

pub(crate) async fn the_log_refuses_to_be_changed(f: &Fixture) {
    record(f, 3).await;
    checkpoint(f).await;
    f.store.prune_audit(ME, 1, &key(1)).await.unwrap();
    for sql in [
        "UPDATE audit_log_entries SET performed_by = 'nobody'",
        "DELETE FROM audit_log_entries",
        "DELETE FROM audit_log_entries WHERE sequence = 2",
        "UPDATE audit_checkpoints SET sequence = 2",
        "DELETE FROM audit_checkpoints",
        "UPDATE audit_prunes SET pruned_to = 2",
        "DELETE FROM audit_prunes",
    ] {
        let refused = f.raw(sql).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{sql}: {refused}");
    }
    let around = match &f.url {
        StoreUrl::Sqlite(_) => {
            "INSERT OR REPLACE INTO audit_log_entries SELECT * FROM audit_log_entries WHERE sequence = 2"
        }
        StoreUrl::Postgres(_) => "TRUNCATE audit_log_entries",
    };
    let refused = f.raw(around).await.unwrap_err().to_string();
    assert!(refused.contains("append-only"), "{refused}");
}

/// What is done, from where hashes are made anew, what is trusted, and what must be found at which entry.
type Tampering = (&'static str, String, Option<i64>, AuditTrust, i64, AuditFault);

pub(crate) async fn each_kind_of_tampering_is_found_and_named(f: &Fixture) {
    record(f, 4).await;
    checkpoint(f).await;
    let early = checkpoints(f).await;
    record(f, 2).await;
    checkpoint(f).await;
    let outside = checkpoints(f).await;
    assert_eq!(outside.iter().map(|c| c.sequence).collect::<Vec<_>>(), [4, 6]);
    let whole = verify(f, trust(&outside)).await;
    assert_eq!(whole.verdict, AuditVerdict::Whole { entries: 6 });
    assert_eq!((whole.checkpoints, whole.outside_checkpoints, whole.sealed_outside_to), (2, 2, Some(6)));
    assert_eq!(whole.notes, Vec::<String>::new());

    take_triggers_away(f).await;
    f.raw(
        "CREATE TABLE saved_entries AS SELECT * FROM audit_log_entries; \
         CREATE TABLE saved_checkpoints AS SELECT * FROM audit_checkpoints;",
    )
    .await
    .unwrap();
    let restore = "DELETE FROM audit_log_entries; INSERT INTO audit_log_entries SELECT * FROM saved_entries; \
                   DELETE FROM audit_checkpoints; INSERT INTO audit_checkpoints SELECT * FROM saved_checkpoints;";
    let new_id = match &f.url {
        StoreUrl::Sqlite(_) => "x'00112233445566778899aabbccddeeff'",
        StoreUrl::Postgres(_) => "'00112233-4455-6677-8899-aabbccddeeff'::uuid",
    };
    let inserted = format!(
        "UPDATE audit_log_entries SET sequence = sequence + 1000 WHERE sequence >= 4; \
         UPDATE audit_log_entries SET sequence = sequence - 999 WHERE sequence >= 1004; \
         INSERT INTO audit_log_entries (id, entity_type, entity_id, operation, performed_by, performed_at, details, \
         sequence, previous_hash, entry_hash) SELECT {new_id}, entity_type, entity_id, operation, performed_by, \
         performed_at, details, 4, previous_hash, entry_hash FROM audit_log_entries WHERE sequence = 3;"
    );
    let (store, file) = (CheckpointPlace::Store, CheckpointPlace::File);
    let forget = "DELETE FROM audit_checkpoints;";
    let edit = "UPDATE audit_log_entries SET performed_by = 'nobody' WHERE sequence = 5;";
    let kinds: Vec<Tampering> = vec![
        ("edited field", edit.into(), None, trust(&outside), 5, AuditFault::FieldsChanged),
        (
            "edited details",
            "UPDATE audit_log_entries SET details = '{}' WHERE sequence = 2".into(),
            None,
            AuditTrust::default(),
            2,
            AuditFault::FieldsChanged,
        ),
        (
            "edited time",
            "UPDATE audit_log_entries SET performed_at = '2026-03-01T08:00:00.000002+00:00' WHERE sequence = 2".into(),
            None,
            AuditTrust::default(),
            2,
            AuditFault::FieldsChanged,
        ),
        (
            "edited hash",
            "UPDATE audit_log_entries SET entry_hash = previous_hash WHERE sequence = 3".into(),
            None,
            AuditTrust::default(),
            3,
            AuditFault::FieldsChanged,
        ),
        (
            "deleted row",
            "DELETE FROM audit_log_entries WHERE sequence = 3".into(),
            None,
            AuditTrust::default(),
            4,
            AuditFault::Missing,
        ),
        (
            "deleted first row",
            "DELETE FROM audit_log_entries WHERE sequence = 1".into(),
            None,
            AuditTrust::default(),
            2,
            AuditFault::Missing,
        ),
        ("inserted row", inserted, None, AuditTrust::default(), 4, AuditFault::NotContinued),
        (
            "swapped rows",
            "UPDATE audit_log_entries SET sequence = 1000 WHERE sequence = 2; \
             UPDATE audit_log_entries SET sequence = 2 WHERE sequence = 3; \
             UPDATE audit_log_entries SET sequence = 3 WHERE sequence = 1000;"
                .into(),
            None,
            AuditTrust::default(),
            2,
            AuditFault::NotContinued,
        ),
        (
            "deleted tail",
            "DELETE FROM audit_log_entries WHERE sequence >= 5".into(),
            None,
            AuditTrust::default(),
            5,
            AuditFault::TailMissing { until: 6, place: store },
        ),
        (
            "deleted tail with its checkpoints",
            format!("{forget} DELETE FROM audit_log_entries WHERE sequence >= 4"),
            None,
            trust(&outside),
            4,
            AuditFault::TailMissing { until: 6, place: file },
        ),
        (
            "everything deleted",
            format!("{forget} DELETE FROM audit_log_entries"),
            None,
            trust(&outside),
            1,
            AuditFault::TailMissing { until: 6, place: file },
        ),
        (
            "tail hashed anew",
            edit.into(),
            Some(5),
            AuditTrust::default(),
            6,
            AuditFault::Rewritten { since: 5, place: store },
        ),
        (
            "tail hashed anew, checkpoints forgotten",
            format!("{forget} {edit}"),
            Some(5),
            trust(&outside),
            6,
            AuditFault::Rewritten { since: 5, place: file },
        ),
        (
            "all hashed anew, checkpoints forgotten",
            format!("{forget} UPDATE audit_log_entries SET performed_by = 'nobody'"),
            Some(1),
            trust(&early),
            4,
            AuditFault::Rewritten { since: 1, place: file },
        ),
        (
            "edited checkpoint",
            "DELETE FROM audit_checkpoints WHERE sequence = 4; INSERT INTO audit_checkpoints \
             SELECT 3, entry_hash, created_at, public_key, signature FROM audit_checkpoints WHERE sequence = 6"
                .into(),
            None,
            AuditTrust::default(),
            3,
            AuditFault::CheckpointForged { place: store },
        ),
    ];
    for (what, sql, anew, trust, bad, fault) in kinds {
        f.raw(&sql).await.unwrap();
        if let Some(from) = anew {
            hash_anew(f, from).await;
        }
        let verdict = verify(f, trust).await.verdict;
        let AuditVerdict::Broken { sequence, reason, .. } = verdict else { panic!("not found: {what}") };
        assert_eq!((sequence, reason), (bad, fault), "{what}");
        f.raw(restore).await.unwrap();
        assert_eq!(
            verify(f, self::trust(&outside)).await.verdict,
            AuditVerdict::Whole { entries: 6 },
            "{what}"
        );
    }

    // Past the last checkpoint that was kept elsewhere nobody can tell, and that is said.
    f.raw(&format!("{forget} {edit}")).await.unwrap();
    hash_anew(f, 5).await;
    let found = verify(f, trust(&early)).await;
    assert_eq!(found.verdict, AuditVerdict::Whole { entries: 6 });
    assert!(found.notes[0].starts_with("Entries after 4 are covered by no checkpoint"), "{:?}", found.notes);
    let found = verify(f, AuditTrust::default()).await;
    assert!(found.notes[0].starts_with("No checkpoint kept outside"), "{:?}", found.notes);
}

pub(crate) async fn a_log_signed_anew_with_another_key_is_found(f: &Fixture) {
    record(f, 3).await;
    checkpoint(f).await;
    let outside = checkpoints(f).await;
    take_triggers_away(f).await;
    f.raw("DELETE FROM audit_checkpoints; UPDATE audit_log_entries SET operation = 'Nothing'").await.unwrap();
    hash_anew(f, 1).await;
    let mut work = f.store.begin("system").await.unwrap();
    assert_eq!(work.checkpoint_audit(&key(2)).await.unwrap(), 1);
    work.commit().await.unwrap();
    // Without our key and without an outside checkpoint it looks whole, and the report says what that is worth.
    let blind = verify(f, AuditTrust::default()).await;
    assert_eq!(blind.verdict, AuditVerdict::Whole { entries: 3 });
    assert!(!blind.keys_known && blind.notes.iter().any(|n| n.contains("made both")), "{:?}", blind.notes);
    let place = CheckpointPlace::Store;
    let by_key = verify(f, trust(&[])).await.verdict;
    let reason = AuditFault::CheckpointKeyUnknown { place };
    assert_eq!(by_key, AuditVerdict::Broken { sequence: 3, entry_id: None, reason });
    let by_file = verify(f, AuditTrust { public_keys: Vec::new(), outside }).await.verdict;
    assert!(matches!(by_file, AuditVerdict::Broken { sequence: 3, .. }), "{by_file:?}");
}

pub(crate) async fn checkpoints_are_due_by_number_and_by_age(f: &Fixture) {
    let due = async || f.store.read().await.unwrap().audit_checkpoint_due(f.now()).await.unwrap();
    assert!(!due().await, "nothing to seal");
    assert_eq!(checkpoint(f).await, 0);
    record(f, 1).await;
    assert!(!due().await, "one young entry");
    f.clock.advance(TimeDelta::minutes(15));
    assert!(due().await, "one old entry");
    assert_eq!(checkpoint(f).await, 1);
    f.clock.advance(TimeDelta::hours(9));
    assert!(!due().await, "nothing new");
    record(f, 999).await;
    assert!(!due().await, "999 new ones");
    record(f, 1_501).await;
    assert!(due().await, "2,500 new ones");
    checkpoint(f).await;
    assert!(!due().await, "all sealed");
    let sealed: Vec<_> = checkpoints(f).await.into_iter().map(|c| c.sequence).collect();
    assert_eq!(sealed, [1, 1_001, 2_001, 2_501]);
    let found = verify(f, trust(&[])).await;
    assert_eq!((found.verdict, found.sealed_to), (AuditVerdict::Whole { entries: 2_501 }, Some(2_501)));
}

pub(crate) async fn a_pruned_log_is_whole_from_where_it_begins(f: &Fixture) {
    record(f, 700).await;
    checkpoint(f).await;
    let outside = checkpoints(f).await;
    f.clock.advance(TimeDelta::days(40));
    let kept_from = f.now();
    record(f, 5).await;
    checkpoint(f).await;
    f.clock.advance(TimeDelta::days(1));
    let cut = kept_from - TimeDelta::days(1);
    assert_eq!(f.store.prune_audit_before(ME, cut, &key(1)).await.unwrap(), 700);
    assert_eq!(f.store.prune_audit_before(ME, cut, &key(1)).await.unwrap(), 0);
    let found = verify(f, trust(&outside)).await;
    // Five were kept, and the pruning is an entry itself.
    assert_eq!(found.verdict, AuditVerdict::Whole { entries: 6 });
    assert_eq!((found.first_sequence, found.last_sequence), (701, 706));
    assert_eq!(
        (found.pruned_to, found.pruned_by.as_deref(), found.pruned_at),
        (Some(700), Some(ME), Some(f.now()))
    );
    assert_eq!(checkpoints(f).await.iter().map(|c| c.sequence).collect::<Vec<_>>(), [705]);
    let all = entries(f).await;
    assert_eq!((all.len(), all[5].operation.as_str()), (6, "AuditPruned"));
    assert!(f.raw("DELETE FROM audit_log_entries WHERE sequence = 701").await.is_err());

    // Everything may go but the entry that says so, and the log goes on behind it.
    assert_eq!(f.store.prune_audit_before(ME, f.now() + TimeDelta::days(1), &key(1)).await.unwrap(), 6);
    record(f, 1).await;
    let found = verify(f, trust(&[])).await;
    assert_eq!((found.verdict, found.first_sequence), (AuditVerdict::Whole { entries: 2 }, 707));
}

pub(crate) async fn a_prune_that_was_interrupted_leaves_no_hole_and_is_finished(f: &Fixture) {
    record(f, 20).await;
    f.raw("CREATE TABLE saved_entries AS SELECT * FROM audit_log_entries").await.unwrap();
    f.store.prune_audit(ME, 15, &key(1)).await.unwrap();
    // As after a crash when ten of the fifteen were gone.
    f.raw("INSERT INTO audit_log_entries SELECT * FROM saved_entries WHERE sequence BETWEEN 11 AND 15")
        .await
        .unwrap();
    assert_eq!(verify(f, trust(&[])).await.verdict, AuditVerdict::Whole { entries: 6 });
    let long_ago = f.now() - TimeDelta::days(400);
    assert_eq!(f.store.prune_audit_before(ME, long_ago, &key(1)).await.unwrap(), 5);
    assert_eq!(entries(f).await[0].sequence, 16);
}

pub(crate) async fn a_prune_that_nobody_signed_is_found(f: &Fixture) {
    record(f, 10).await;
    f.store.prune_audit(ME, 5, &key(2)).await.unwrap();
    let verdict = verify(f, trust(&[])).await.verdict;
    let reason = AuditFault::PruneKeyUnknown;
    assert_eq!(verdict, AuditVerdict::Broken { sequence: 5, entry_id: None, reason });
    // The statement taken away, rows are missing; edited, its signature does not fit.
    take_triggers_away(f).await;
    f.raw("CREATE TABLE saved_prunes AS SELECT * FROM audit_prunes; DELETE FROM audit_prunes").await.unwrap();
    let verdict = verify(f, trust(&[])).await.verdict;
    assert!(
        matches!(verdict, AuditVerdict::Broken { sequence: 6, reason: AuditFault::Missing, .. }),
        "{verdict:?}"
    );
    f.raw(
        "INSERT INTO audit_prunes SELECT pruned_to, entry_hash, pruned_at, 'somebody', public_key, signature \
         FROM saved_prunes",
    )
    .await
    .unwrap();
    let verdict = verify(f, trust(&[])).await.verdict;
    let reason = AuditFault::PruneForged;
    assert_eq!(verdict, AuditVerdict::Broken { sequence: 5, entry_id: None, reason });
}

async fn export(f: &Fixture, format: AuditExportFormat, since: Option<courier_domain::Timestamp>) -> String {
    let mut session = f.store.read().await.unwrap();
    let mut export = session.export_audit(format, since, None).await.unwrap();
    let mut file = Vec::new();
    loop {
        let page = export.page(&mut session).await.unwrap();
        if page.is_empty() {
            return String::from_utf8(file).unwrap();
        }
        file.extend(page);
    }
}

pub(crate) async fn an_export_is_checked_by_itself(f: &Fixture) {
    record(f, 2_500).await;
    checkpoint(f).await;
    let outside = checkpoints(f).await;
    f.clock.advance(TimeDelta::days(1));
    let mut work = f.store.begin("=cmd|'/c calc'!A1").await.unwrap();
    let details = json!({ "float": 1.0, "z": [null, true], "a": "line\nend \u{1f600}" });
    work.audit(AuditableEntityType::Job, Uuid::from_u128(7), "Exported", details);
    work.commit().await.unwrap();

    let file = export(f, AuditExportFormat::JsonLines, None).await;
    assert_eq!(file.lines().count(), 2_501);
    let check = |file: &str, trust| verify_audit_export(file.as_bytes(), trust).unwrap();
    let found = check(&file, trust(&outside));
    assert_eq!(found.verdict, AuditVerdict::Whole { entries: 2_501 });
    assert_eq!((found.first_sequence, found.outside_checkpoints), (1, 3));
    assert!(found.notes[0].starts_with("Entries after 2500 are covered"), "{:?}", found.notes);

    let piece = export(f, AuditExportFormat::JsonLines, Some(f.now())).await;
    let found = check(&piece, trust(&outside));
    assert_eq!((found.verdict, found.first_sequence), (AuditVerdict::Whole { entries: 1 }, 2_501));

    let mut lines: Vec<&str> = file.lines().collect();
    let edited = file.replacen("\"n\":7", "\"n\":8", 1);
    lines.remove(9);
    let cut = lines.join("\n");
    lines.swap(20, 21);
    lines.insert(4, "{}");
    for (file, bad, fault) in [
        (edited, 8, AuditFault::FieldsChanged),
        (cut, 11, AuditFault::Missing),
        (lines.join("\n"), 5, AuditFault::Unreadable { line: 5 }),
    ] {
        let verdict = check(&file, trust(&outside)).verdict;
        let AuditVerdict::Broken { sequence, reason, .. } = verdict else { panic!("not found: {fault}") };
        assert_eq!((sequence, reason), (bad, fault));
    }
    assert_eq!(check("", AuditTrust::default()).verdict, AuditVerdict::Whole { entries: 0 });

    let csv = export(f, AuditExportFormat::Csv, None).await;
    assert!(csv.starts_with("sequence,id,entity_type,"), "{}", &csv[..80]);
    let last = csv.lines().last().unwrap();
    assert!(last.contains(",'=cmd|'/c calc'!A1,"), "{last}");
}

pub(crate) async fn the_log_is_about_every_known_kind_and_no_other(f: &Fixture) {
    let mut work = f.store.begin(ME).await.unwrap();
    for kind in AuditableEntityType::ALL {
        work.audit(*kind, Uuid::from_u128(9), "Tested", json!({}));
    }
    work.commit().await.unwrap();
    let columns = "entity_id, operation, performed_by, performed_at, details";
    let copy = |kind: &str, more: usize| {
        format!(
            "INSERT INTO audit_log_entries (id, entity_type, {columns}, sequence, previous_hash, entry_hash) \
             SELECT {}, '{kind}', {columns}, sequence + {more}, previous_hash, entry_hash \
             FROM audit_log_entries WHERE sequence = 1",
            literal(f, Uuid::from_u128(more as u128)),
        )
    };
    f.raw(&copy("calendar", 1_000)).await.unwrap();
    refused_by_tables(f, &copy("planet", 2_000)).await;
}
