//! Connections, host keys, OpenPGP and SSH keys.

use crate::fixture::{Fixture, ME};
use courier_domain::connection::{Connection, KnownHost, Sealed};
use courier_domain::job::JobDraft;
use courier_domain::key::{PgpAlgorithm, PgpKey, PgpKeyStatus, PgpKeyType, SshKey, SshKeyStatus, SshKeyType};
use courier_domain::setting::CONCURRENCY_LIMIT;
use courier_domain::{
    ConnectionId, ErrorCode, IdSource, JobStepId, KnownHostId, PgpKeyId, SshKeyId, Timestamp,
};
use courier_store::{AuditFilter, FirstHostKey, SealedColumn, StoreError};
use serde_json::json;

pub(crate) fn connection(f: &Fixture, name: &str) -> Connection {
    let draft = serde_json::from_value(json!({
        "name": name, "group": "Partners", "protocol": "sftp", "host": "sftp.example.org", "username": "courier",
        "port": 2222, "host_key_policy": "trust_on_first_use", "tls_version_floor": "tls_1_2",
        "ssh_algorithms": { "encryption": ["aes256-gcm@openssh.com"] }, "notes": "ask for Ms. Ünal",
        "keepalive_interval_sec": 0,
    }))
    .unwrap();
    let password = Sealed(vec![0, 159, 146, 150]);
    Connection::new(ConnectionId(f.ids.new_id()), draft, Some(password), f.now()).unwrap()
}

pub(crate) fn ssh_key(f: &Fixture, name: &str, fingerprint: &str) -> SshKey {
    SshKey {
        id: SshKeyId(f.ids.new_id()),
        name: name.into(),
        key_type: SshKeyType::Ed25519,
        public_key_data: "ssh-ed25519 AAAA ops".into(),
        private_key_data: Sealed(vec![1, 2, 3]),
        passphrase_hash: Some(Sealed(vec![4])),
        fingerprint: fingerprint.into(),
        status: SshKeyStatus::Active,
        notes: None,
        created_by: ME.into(),
        created_at: f.now(),
        updated_at: f.now(),
        is_deleted: false,
        deleted_at: None,
    }
}

pub(crate) fn pgp_key(f: &Fixture, name: &str, fingerprint: &str) -> PgpKey {
    PgpKey {
        id: PgpKeyId(f.ids.new_id()),
        name: name.into(),
        fingerprint: fingerprint.into(),
        short_key_id: "0123456789ABCDEF".into(),
        algorithm: PgpAlgorithm::EccCurve25519,
        key_type: PgpKeyType::KeyPair,
        purpose: Some("invoices".into()),
        status: PgpKeyStatus::Active,
        public_key_data: "-----BEGIN PGP PUBLIC KEY BLOCK-----".into(),
        private_key_data: Some(Sealed(vec![9; 300])),
        revocation_certificate: Some(Sealed(vec![7; 200])),
        passphrase_hash: None,
        expires_at: Some(f.now() + chrono::TimeDelta::days(730)),
        successor_key_id: None,
        created_by: ME.into(),
        created_at: f.now(),
        updated_at: f.now(),
        is_deleted: false,
        deleted_at: None,
        user_ids: vec!["Ours <ours@example.org>".into(), "Zweite <2@example.org>".into()],
    }
}

pub(crate) async fn a_connection_comes_back_as_it_was_saved(f: &Fixture) {
    let saved = connection(f, "Partner");
    let mut work = f.store.begin(ME).await.unwrap();
    work.insert_connection(&saved).await.unwrap();
    work.commit().await.unwrap();
    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.connection(saved.id).await.unwrap(), saved);
    assert_eq!(session.find_connection("partner").await.unwrap(), saved);
    assert_eq!(session.connections().await.unwrap(), vec![saved.clone()]);
    drop(session);

    let mut work = f.store.begin(ME).await.unwrap();
    let taken = work.insert_connection(&connection(f, "PARTNER")).await.unwrap_err();
    assert_eq!(taken.code(), ErrorCode::Conflict, "{taken}");
    work.rollback().await;

    let mut work = f.store.begin(ME).await.unwrap();
    work.delete_connection(saved.id).await.unwrap();
    assert_eq!(work.find_connection("partner").await.unwrap_err().code(), ErrorCode::NotFound);
    assert!(work.connection(saved.id).await.unwrap().is_deleted);
    work.restore_connection(saved.id).await.unwrap();
    assert_eq!(work.find_connection("partner").await.unwrap(), saved);
    work.commit().await.unwrap();
}

pub(crate) async fn a_changed_password_is_recorded_without_it(f: &Fixture) {
    let mut connection = connection(f, "Partner");
    let mut work = f.store.begin(ME).await.unwrap();
    work.insert_connection(&connection).await.unwrap();
    let mut draft = connection.to_draft();
    draft.host = "new.example.org".into();
    let seen = connection.updated_at;
    connection.edit(draft, Some(Sealed(b"sealed-but-still-nobodys-business".to_vec())), f.now()).unwrap();
    let connection = work.update_connection(&connection, seen).await.unwrap();
    assert!(connection.updated_at > seen, "also when the clock stands still");
    work.commit().await.unwrap();
    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.connection(connection.id).await.unwrap(), connection);
    let entries = session.audit_entries(&AuditFilter { limit: 9, ..Default::default() }).await.unwrap();
    assert_eq!(
        entries[0].details,
        json!({ "host": { "from": "sftp.example.org", "to": "new.example.org" }, "password": "changed" })
    );
    assert!(!format!("{entries:?}").contains("nobodys-business"));
}

pub(crate) async fn a_connection_that_a_job_names_is_not_deleted(f: &Fixture) {
    let connection = connection(f, "Partner");
    let mut work = f.store.begin(ME).await.unwrap();
    work.insert_connection(&connection).await.unwrap();
    work.commit().await.unwrap();
    let job = f
        .insert_job_with("Invoices", |draft| {
            draft.steps[0].configuration.insert("connection_id".into(), json!(connection.id));
        })
        .await;
    let mut work = f.store.begin(ME).await.unwrap();
    let refused = work.delete_connection(connection.id).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Conflict);
    assert!(refused.to_string().contains("Invoices"), "{refused}");
    work.delete_job(job.id).await.unwrap();
    work.delete_connection(connection.id).await.unwrap();
    work.commit().await.unwrap();
}

fn known(f: &Fixture, connection_id: ConnectionId, fingerprint: &str, approved_by: &str) -> KnownHost {
    KnownHost {
        id: KnownHostId(f.ids.new_id()),
        connection_id,
        fingerprint: fingerprint.into(),
        key_type: "ssh-ed25519".into(),
        first_seen: f.now(),
        last_seen: f.now(),
        approved_by: approved_by.into(),
        revoked_at: None,
    }
}

pub(crate) async fn host_keys_are_trusted_once_and_revoked(f: &Fixture) {
    let connection = connection(f, "Partner");
    let host = |fingerprint: &str, approved_by: &str| known(f, connection.id, fingerprint, approved_by);
    let first = host("SHA256:one", "system");
    let mut work = f.store.begin("system").await.unwrap();
    work.insert_connection(&connection).await.unwrap();
    work.insert_known_host(&first).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(f.store.read().await.unwrap().known_hosts(connection.id).await.unwrap(), vec![first.clone()]);

    f.clock.advance(chrono::TimeDelta::hours(1));
    let mut work = f.store.begin(ME).await.unwrap();
    work.touch_known_host(first.id).await.unwrap();
    work.revoke_known_host(first.id).await.unwrap();
    work.insert_known_host(&host("SHA256:two", ME)).await.unwrap();
    let known = work.known_hosts(connection.id).await.unwrap();
    assert_eq!((known[0].last_seen, known[0].revoked_at), (f.now(), Some(f.now())));
    assert_eq!((known.len(), known[1].approved_by.as_str()), (2, ME));
    // A person may trust it again; the row stays one.
    work.insert_known_host(&host("SHA256:one", ME)).await.unwrap();
    let known = work.known_hosts(connection.id).await.unwrap();
    assert_eq!((known.len(), known[0].revoked_at, known[0].approved_by.as_str()), (2, None, ME));
    work.commit().await.unwrap();
}

pub(crate) async fn of_two_first_host_keys_one_is_first(f: &Fixture) {
    let mut connection = connection(f, "Partner");
    let id = connection.id;
    let host = |fingerprint: &str| known(f, id, fingerprint, "system");
    let (one, two) = (host("SHA256:one"), host("SHA256:two"));
    let mut work = f.store.begin("system").await.unwrap();
    work.insert_connection(&connection).await.unwrap();
    work.commit().await.unwrap();
    let keep = async |host: &KnownHost| {
        let mut work = f.store.begin("system").await.unwrap();
        let kept = work.keep_first_known_host(host).await.unwrap();
        work.commit().await.unwrap();
        kept
    };
    // Both sessions saw no known key when they began.
    let (a, b) = tokio::join!(keep(&one), keep(&two));
    let (first, other) = if a == FirstHostKey::Kept { (&one, b) } else { (&two, a) };
    assert_eq!(other, FirstHostKey::Other(vec![first.fingerprint.clone()]));
    let known = f.store.read().await.unwrap().known_hosts(connection.id).await.unwrap();
    assert_eq!(known, vec![first.clone()]);
    assert_eq!(keep(first).await, FirstHostKey::Known);

    let mut work = f.store.begin(ME).await.unwrap();
    work.revoke_known_host(first.id).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(keep(first).await, FirstHostKey::Revoked);
    assert_eq!(keep(&host("SHA256:three")).await, FirstHostKey::Other(Vec::new()));

    let expected = format!("SHA256:{}", "a".repeat(43));
    connection.stored_host_fingerprint = Some(expected.clone());
    let mut work = f.store.begin(ME).await.unwrap();
    work.update_connection(&connection, connection.updated_at).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(keep(&host(&expected)).await, FirstHostKey::Kept);
}

pub(crate) async fn keys_come_back_as_they_were_saved(f: &Fixture) {
    let (mut pgp, mut ssh) = (pgp_key(f, "ours", "AB"), ssh_key(f, "ops", "SHA256:x"));
    let successor = pgp_key(f, "next", "CD");
    let mut work = f.store.begin(ME).await.unwrap();
    work.insert_pgp_key(&pgp).await.unwrap();
    work.insert_pgp_key(&successor).await.unwrap();
    work.insert_ssh_key(&ssh).await.unwrap();
    assert_eq!(work.find_pgp_key("OURS").await.unwrap(), pgp);
    assert_eq!(work.find_ssh_key("OPS").await.unwrap(), ssh);
    pgp.status = PgpKeyStatus::Retired;
    pgp.successor_key_id = Some(successor.id);
    ssh.notes = Some("until May".into());
    let pgp = work.update_pgp_key(&pgp, pgp.updated_at).await.unwrap();
    let ssh = work.update_ssh_key(&ssh, ssh.updated_at).await.unwrap();
    work.commit().await.unwrap();
    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.pgp_key_by_fingerprint("AB").await.unwrap(), Some(pgp.clone()));
    assert_eq!(session.pgp_keys().await.unwrap(), vec![successor, pgp]);
    assert_eq!(session.ssh_keys().await.unwrap(), vec![ssh.clone()]);
    assert_eq!(session.ssh_key_by_fingerprint("SHA256:x").await.unwrap(), Some(ssh));
}

/// Two have loaded the same; the second to save is refused, told what it would have overwritten, and changes nothing.
pub(crate) async fn a_lost_update_is_refused_and_shows_both_sides(f: &Fixture) {
    let (loaded, pgp, ssh) =
        (connection(f, "Partner"), pgp_key(f, "ours", "AB"), ssh_key(f, "ops", "SHA256:x"));
    let mut work = f.store.begin(ME).await.unwrap();
    work.insert_connection(&loaded).await.unwrap();
    work.insert_pgp_key(&pgp).await.unwrap();
    work.insert_ssh_key(&ssh).await.unwrap();
    work.commit().await.unwrap();

    let mut work = f.store.begin("ben@attic").await.unwrap();
    let theirs =
        Connection { port: 4_222, password_encrypted: Some(Sealed(b"canary".to_vec())), ..loaded.clone() };
    let theirs = work.update_connection(&theirs, loaded.updated_at).await.unwrap();
    let their_pgp = PgpKey { status: PgpKeyStatus::Retired, ..pgp.clone() };
    let their_pgp = work.update_pgp_key(&their_pgp, pgp.updated_at).await.unwrap();
    let their_ssh = SshKey { notes: Some("theirs".into()), ..ssh.clone() };
    let their_ssh = work.update_ssh_key(&their_ssh, ssh.updated_at).await.unwrap();
    work.commit().await.unwrap();

    let yours = Connection { host: "new.example.org".into(), ..loaded.clone() };
    let mut work = f.store.begin(ME).await.unwrap();
    let refused = work.update_connection(&yours, loaded.updated_at).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Conflict, "{refused}");
    assert!(refused.to_string().contains("`Partner` was changed by ben@attic"), "{refused}");
    assert!(
        !format!("{refused:?}").contains("canary") && !format!("{refused:?}").contains("99, 97"),
        "{refused:?}"
    );
    let StoreError::OutOfDate { kind: "connection", sides, .. } = refused else { panic!("{refused}") };
    assert_eq!((&sides.yours["host"], &sides.yours["port"]), (&json!("new.example.org"), &json!(2_222)));
    assert_eq!((&sides.current["host"], &sides.current["port"]), (&json!("sftp.example.org"), &json!(4_222)));
    assert_eq!((sides.changed_by.as_str(), sides.changed_at), ("ben@attic", f.now()));
    for refused in [
        work.update_pgp_key(&pgp, pgp.updated_at).await.unwrap_err(),
        work.update_ssh_key(&ssh, ssh.updated_at).await.unwrap_err(),
    ] {
        let StoreError::OutOfDate { sides, .. } = refused else { panic!("{refused}") };
        assert_eq!(sides.changed_by, "ben@attic");
    }
    // Whoever has seen the newest may go on.
    let merged = Connection { host: "new.example.org".into(), ..theirs.clone() };
    let merged = work.update_connection(&merged, theirs.updated_at).await.unwrap();
    work.commit().await.unwrap();
    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.connection(loaded.id).await.unwrap(), merged);
    assert_eq!(session.pgp_key(pgp.id).await.unwrap(), their_pgp);
    assert_eq!(session.ssh_key(ssh.id).await.unwrap(), their_ssh);
    drop(session);
    // To delete what somebody else has just changed is fine; to change what was deleted is not.
    let mut work = f.store.begin(ME).await.unwrap();
    work.delete_connection(loaded.id).await.unwrap();
    let gone = work.update_connection(&merged, merged.updated_at).await.unwrap_err();
    assert_eq!(gone.code(), ErrorCode::NotFound, "{gone}");
    work.rollback().await;
}

/// Many load the same and save at once: one lands, every other is refused.
pub(crate) async fn of_concurrent_edits_of_one_thing_one_lands(f: &Fixture) {
    let loaded = connection(f, "Partner");
    let job = f.insert_job("Invoices").await;
    let mut work = f.store.begin(ME).await.unwrap();
    work.insert_connection(&loaded).await.unwrap();
    work.commit().await.unwrap();
    let of_ports = futures::future::join_all((1..=10).map(|n| {
        let mine = Connection { port: 1_000 + n, ..loaded.clone() };
        async move {
            let mut work = f.store.begin(ME).await?;
            let saved = work.update_connection(&mine, mine.updated_at).await?;
            work.commit().await.map(|()| saved)
        }
    }));
    let of_jobs = futures::future::join_all((1..=10).map(|n| {
        let mut mine = job.clone();
        let draft = JobDraft { description: Some(format!("edit {n}")), ..job.to_draft() };
        mine.edit(draft, f.now(), || JobStepId(f.ids.new_id()));
        async move {
            let mut work = f.store.begin(ME).await?;
            work.update_job(&mine).await?;
            work.commit().await.map(|()| mine)
        }
    }));
    let of_settings = futures::future::join_all((1..=10).map(|n| async move {
        let mut work = f.store.begin(ME).await?;
        work.replace_setting(CONCURRENCY_LIMIT, &format!("1{n}"), Timestamp::UNIX_EPOCH).await?;
        work.commit().await.map(|()| format!("1{n}"))
    }));
    let (ports, jobs, settings) = futures::join!(of_ports, of_jobs, of_settings);
    let mut session = f.store.read().await.unwrap();
    assert_eq!(one_landed(ports), session.connection(loaded.id).await.unwrap());
    assert_eq!(one_landed(jobs), session.job(job.id).await.unwrap());
    assert_eq!(one_landed(settings), session.setting(CONCURRENCY_LIMIT).await.unwrap());
}

fn one_landed<T: std::fmt::Debug>(results: Vec<Result<T, StoreError>>) -> T {
    let (mut landed, refused): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert!(refused.iter().all(|r| matches!(r, Err(StoreError::OutOfDate { .. }))), "{refused:?}");
    assert_eq!(landed.len(), 1, "{landed:?}");
    landed.remove(0).unwrap()
}

pub(crate) async fn a_setting_that_somebody_else_changed_is_not_overwritten_unseen(f: &Fixture) {
    let mut work = f.store.begin("ben@attic").await.unwrap();
    work.replace_setting(CONCURRENCY_LIMIT, "7", Timestamp::UNIX_EPOCH).await.unwrap();
    work.commit().await.unwrap();
    let mut work = f.store.begin(ME).await.unwrap();
    let refused = work.replace_setting(CONCURRENCY_LIMIT, "9", Timestamp::UNIX_EPOCH).await.unwrap_err();
    let StoreError::OutOfDate { kind: "setting", name, sides } = refused else { panic!("{refused}") };
    assert_eq!((name.as_str(), sides.changed_by.as_str()), (CONCURRENCY_LIMIT, "ben@attic"));
    assert_eq!((&sides.yours["value"], &sides.current["value"]), (&json!("9"), &json!("7")));
    let settings = work.settings().await.unwrap();
    let seen = settings.iter().find(|s| s.key == CONCURRENCY_LIMIT).unwrap().updated_at;
    work.replace_setting(CONCURRENCY_LIMIT, "9", seen).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(f.store.read().await.unwrap().setting(CONCURRENCY_LIMIT).await.unwrap(), "9");
}

pub(crate) async fn a_key_is_not_stored_twice(f: &Fixture) {
    let mut work = f.store.begin(ME).await.unwrap();
    work.insert_pgp_key(&pgp_key(f, "ours", "AB")).await.unwrap();
    work.insert_ssh_key(&ssh_key(f, "ops", "SHA256:x")).await.unwrap();
    let twice = work.insert_pgp_key(&pgp_key(f, "other name", "AB")).await.unwrap_err();
    assert_eq!((twice.code(), twice.to_string().contains("AB")), (ErrorCode::Conflict, true), "{twice}");
    let twice = work.insert_ssh_key(&ssh_key(f, "other name", "SHA256:x")).await.unwrap_err();
    assert_eq!(twice.code(), ErrorCode::Conflict, "{twice}");
    work.commit().await.unwrap();
}

pub(crate) async fn a_deleted_key_leaves_no_secret_material(f: &Fixture) {
    let (pgp, ssh) = (pgp_key(f, "ours", "AB"), ssh_key(f, "ops", "SHA256:x"));
    let mut user = connection(f, "Partner");
    user.auth_method = courier_domain::connection::AuthMethod::SshKey;
    user.ssh_key_id = Some(ssh.id);
    let mut work = f.store.begin(ME).await.unwrap();
    work.insert_pgp_key(&pgp).await.unwrap();
    work.insert_ssh_key(&ssh).await.unwrap();
    work.insert_connection(&user).await.unwrap();
    let refused = work.delete_ssh_key(ssh.id).await.unwrap_err();
    assert!(refused.to_string().contains("Partner"), "{refused}");
    work.delete_connection(user.id).await.unwrap();
    work.delete_ssh_key(ssh.id).await.unwrap();
    work.delete_pgp_key(pgp.id).await.unwrap();
    work.commit().await.unwrap();
    let mut session = f.store.read().await.unwrap();
    let (pgp, ssh) = (session.pgp_key(pgp.id).await.unwrap(), session.ssh_key(ssh.id).await.unwrap());
    assert_eq!((pgp.status, pgp.private_key_data, pgp.passphrase_hash), (PgpKeyStatus::Deleted, None, None));
    assert_eq!(pgp.revocation_certificate, None);
    assert_eq!((ssh.private_key_data, ssh.passphrase_hash), (Sealed(vec![]), None));
    assert!(session.pgp_keys().await.unwrap().is_empty() && session.ssh_keys().await.unwrap().is_empty());
}

pub(crate) async fn sealed_columns_are_gone_through_in_order_and_rewrapped_only_as_they_were(f: &Fixture) {
    let column = SealedColumn { table: "pgp_keys", column: "private_key_data" };
    let passphrases = SealedColumn { table: "pgp_keys", column: "passphrase_hash" };
    let keys: Vec<_> = (0..5).map(|n| pgp_key(f, &format!("key {n}"), &format!("{n:040X}"))).collect();
    let mut unit = f.store.begin(ME).await.unwrap();
    for key in &keys {
        unit.insert_pgp_key(key).await.unwrap();
    }
    unit.commit().await.unwrap();

    let (mut seen, mut after) = (Vec::new(), uuid::Uuid::nil());
    loop {
        let batch = f.store.read().await.unwrap().sealed_after(column, after, 2).await.unwrap();
        let Some((last, _)) = batch.last() else { break };
        after = *last;
        seen.extend(batch);
    }
    let expected: Vec<_> = keys.iter().map(|key| (key.id.0, Sealed(vec![9; 300]))).collect();
    assert_eq!(seen, expected);
    let none = f.store.read().await.unwrap().sealed_after(passphrases, uuid::Uuid::nil(), 10).await.unwrap();
    assert_eq!(none, []);

    let (id, old, new) = (keys[0].id, Sealed(vec![9; 300]), Sealed(vec![8; 300]));
    let mut unit = f.store.begin(ME).await.unwrap();
    assert!(unit.replace_sealed(column, id.0, &old, &new).await.unwrap());
    assert!(
        !unit.replace_sealed(column, id.0, &old, &Sealed(vec![7; 300])).await.unwrap(),
        "it is another one by now"
    );
    unit.commit().await.unwrap();
    let stored = f.store.read().await.unwrap().pgp_key(id).await.unwrap();
    assert_eq!(stored.private_key_data, Some(new));
    assert_eq!(stored.updated_at, keys[0].updated_at, "whoever edits it is not out of date");
}
