//! Whom we talk to: no credential leaves before the host key was judged.

use crate::fixture::*;
use courier_domain::ErrorCode;
use courier_transfer::TransferError;
use serde_json::json;
use std::sync::Arc;

#[tokio::test]
async fn a_first_key_is_stored_and_the_second_connection_knows_it() {
    let server = server();
    let sink = Arc::new(Sink::default());
    let remote = open_with(target(&server), &sink).await.unwrap();
    let first = sink.first.lock().unwrap().clone();
    assert_eq!(first, vec![(server.fingerprint().unwrap(), "ssh-ed25519".to_owned())]);
    assert_eq!(remote.server_identity(), first[0].0);

    let mut again = target(&server);
    again.known_hosts = vec![known(&first[0].0, &first[0].1)];
    open_with(again, &sink).await.unwrap();
    assert_eq!(sink.first.lock().unwrap().len(), 1);
    assert_eq!(*sink.seen.lock().unwrap(), vec![first[0].0.clone()]);
}

#[tokio::test]
async fn a_changed_key_is_refused_before_any_login_is_tried() {
    let mut server = server();
    let old = server.fingerprint().unwrap();
    server.restart_with_other_host_key().unwrap();
    let new = server.fingerprint().unwrap();
    let attempts = server.login_attempts();
    let sink = Arc::new(Sink::default());
    let mut wrong = target(&server);
    wrong.known_hosts = vec![known(&old, "ssh-ed25519")];
    let error = open_with(wrong, &sink).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::HostKeyChanged);
    let text = error.to_string();
    assert!(text.contains(&old) && text.contains(&new), "{text}");
    assert_eq!(*sink.changed.lock().unwrap(), vec![(vec![old], new)]);
    // The control: the same server logs the attempt of a connection that trusts it.
    assert_eq!(server.login_attempts(), attempts);
    open(target(&server)).await.unwrap();
    assert!(server.login_attempts() > attempts, "{}", server.log());
}

#[tokio::test]
async fn a_key_of_another_type_counts_as_changed() {
    let server = server();
    let mut wrong = target(&server);
    wrong.known_hosts = vec![known(&format!("SHA256:{}", "a".repeat(43)), "ssh-rsa")];
    let error = open(wrong).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::HostKeyChanged);
    assert_eq!(server.login_attempts(), 0);
}

#[tokio::test]
async fn a_revoked_key_is_refused() {
    let server = server();
    let mut revoked = target(&server);
    let mut row = known(&server.fingerprint().unwrap(), "ssh-ed25519");
    row.revoked_at = Some(row.last_seen);
    revoked.known_hosts = vec![row];
    assert_eq!(open(revoked).await.unwrap_err().code(), ErrorCode::HostKeyRevoked);
    assert_eq!(server.login_attempts(), 0);
}

#[tokio::test]
async fn the_manual_policy_takes_only_the_entered_fingerprint() {
    let server = server();
    let with = |fingerprint: String| {
        let change = json!({ "host_key_policy": "manual", "stored_host_fingerprint": fingerprint });
        target_with(&server, server.port(), change)
    };
    let error = open(with(format!("SHA256:{}", "a".repeat(43)))).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::HostKeyChanged);
    assert_eq!(server.login_attempts(), 0);
    open(with(server.fingerprint().unwrap())).await.unwrap();
}

#[tokio::test]
async fn insecure_trust_needs_the_setting_and_is_told_each_time() {
    let server = server();
    let change = json!({ "host_key_policy": "always_trust" });
    let refused = open(target_with(&server, server.port(), change.clone())).await.unwrap_err();
    assert!(matches!(refused, TransferError::InsecureTrustRefused));
    assert_eq!(server.log().matches("Connection from").count(), 0);
    let sink = Arc::new(Sink::default());
    for _ in 0..2 {
        let mut allowed = target_with(&server, server.port(), change.clone());
        allowed.insecure_trust_allowed = true;
        open_with(allowed, &sink).await.unwrap();
    }
    assert_eq!(sink.insecure.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_key_that_cannot_be_stored_is_not_trusted() {
    let server = server();
    let sink = Arc::new(Sink { refuses: true, ..Sink::default() });
    let error = open_with(target(&server), &sink).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::StoreUnavailable);
    assert_eq!(server.login_attempts(), 0);
}
