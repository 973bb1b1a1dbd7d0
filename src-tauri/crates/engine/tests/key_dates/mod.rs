//! Keys near and behind their end, as a node that starts finds them.

use crate::rig::Rig;
use courier_domain::PgpKeyId;
use courier_domain::event::EventType;
use courier_domain::key::{PgpAlgorithm, PgpKey, PgpKeyStatus, PgpKeyType};
use courier_engine::{Engine, Work};
use courier_store::{AuditFilter, EventFilter};

fn key(rig: &Rig, name: &str, days: i64, status: PgpKeyStatus) -> PgpKey {
    let now = rig.store.clock().now();
    PgpKey {
        id: PgpKeyId(rig.store.ids().new_id()),
        name: name.into(),
        fingerprint: format!("{:0>40}", name.to_uppercase()),
        short_key_id: "0123456789ABCDEF".into(),
        algorithm: PgpAlgorithm::EccCurve25519,
        key_type: PgpKeyType::PublicOnly,
        purpose: None,
        status,
        public_key_data: "-----BEGIN PGP PUBLIC KEY BLOCK-----".into(),
        private_key_data: None,
        passphrase_hash: None,
        expires_at: Some(now + chrono::TimeDelta::days(days)),
        successor_key_id: None,
        created_by: "tester@here".into(),
        created_at: now,
        updated_at: now,
        is_deleted: false,
        deleted_at: None,
        user_ids: vec!["Partner".into()],
        revocation_certificate: None,
    }
}

/// Starts a node and lets it look at the keys once.
async fn look(rig: &Rig, engine: &Engine, id: PgpKeyId, wanted: PgpKeyStatus) {
    let mut changes = rig.store.changes();
    let running = engine.start(Work::All).await.unwrap();
    while rig.store.read().await.unwrap().pgp_key(id).await.unwrap().status != wanted {
        changes.recv().await.unwrap();
    }
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_expires_step_by_step_and_each_step_is_told_once() {
    let rig = Rig::new().await;
    let far = key(&rig, "far", 2_000, PgpKeyStatus::Active);
    let near = key(&rig, "near", 10, PgpKeyStatus::Active);
    let extended = key(&rig, "extended", 2_000, PgpKeyStatus::Expiring);
    let revoked = key(&rig, "revoked", 10, PgpKeyStatus::Revoked);
    let mut unit = rig.store.begin("tester@here").await.unwrap();
    for key in [&far, &near, &extended, &revoked] {
        unit.insert_pgp_key(key).await.unwrap();
    }
    unit.commit().await.unwrap();

    look(&rig, &rig.engine, near.id, PgpKeyStatus::Expiring).await;
    look(&rig, &rig.engine, extended.id, PgpKeyStatus::Active).await;
    look(&rig, &rig.two_years_later(), near.id, PgpKeyStatus::Retired).await;
    look(&rig, &rig.two_years_later(), near.id, PgpKeyStatus::Retired).await;

    let mut session = rig.store.read().await.unwrap();
    assert_eq!(session.pgp_key(far.id).await.unwrap(), far, "its time has not come");
    assert_eq!(session.pgp_key(revoked.id).await.unwrap(), revoked);
    let events = session.domain_events(&EventFilter { limit: 50, ..EventFilter::default() }).await.unwrap();
    let told: Vec<_> = events
        .iter()
        .filter(|e| matches!(e.event_type, EventType::KeyExpiringSoon | EventType::KeyExpired))
        .map(|e| (e.event_type, e.entity_id))
        .collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.contains(&(EventType::KeyExpiringSoon, near.id.0)));
    assert!(told.contains(&(EventType::KeyExpired, near.id.0)));
    let filter = AuditFilter { entity_ids: vec![near.id.0], limit: 50, ..AuditFilter::default() };
    let record = session.audit_entries(&filter).await.unwrap();
    let record: Vec<_> = record.iter().map(|e| (e.operation.as_str(), e.performed_by.as_str())).collect();
    assert_eq!(record, [("StateChanged", "system"), ("StateChanged", "system"), ("Created", "tester@here")]);
}
