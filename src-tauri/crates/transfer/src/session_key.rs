//! What an open session depends on: everything that decides which server is reached, as whom, and with what trust.
//!
//! Two equal keys mean that a session opened for one may be used for the other. Invariant: whatever a connection gets
//! in future counts, unless it is named here as a thing that does not matter to an open session.

use crate::{Hop, Target};
use courier_domain::connection::{Connection, Learned};
use std::collections::BTreeSet;
use std::sync::Arc;

/// See the module. Holds sealed secrets and public keys only.
#[derive(Clone, PartialEq)]
pub struct SessionKey {
    connection: Box<Connection>,
    /// Fingerprint of the key to log in with.
    login_key: Option<String>,
    /// Fingerprint, and whether it was revoked.
    known: BTreeSet<(String, bool)>,
    insecure_trust_allowed: bool,
    jump: Option<Way>,
}

/// The server on the way.
#[derive(Clone)]
struct Way {
    key: Box<SessionKey>,
    hop: Arc<Hop>,
}

impl PartialEq for Way {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl std::fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionKey").field("connection", &self.connection.id).finish_non_exhaustive()
    }
}

impl SessionKey {
    pub fn of(target: &Target) -> Self {
        let connection = Connection {
            name: String::new(),
            group: None,
            notes: None,
            // Sessions are counted apart, and what one found out is no reason to open another.
            session_limit: 0,
            // Holds for open sessions as it changes.
            rate_limit: None,
            learned: Learned::default(),
            created_at: chrono::DateTime::UNIX_EPOCH,
            updated_at: chrono::DateTime::UNIX_EPOCH,
            ..target.connection.clone()
        };
        let login_key = target.credentials.key.as_ref();
        Self {
            connection: Box::new(connection),
            login_key: login_key.map(|key| key.fingerprint(russh::keys::HashAlg::Sha256).to_string()),
            known: target
                .known_hosts
                .iter()
                .map(|host| (host.fingerprint.clone(), host.revoked_at.is_some()))
                .collect(),
            insecure_trust_allowed: target.insecure_trust_allowed,
            jump: target
                .jump
                .as_ref()
                .map(|hop| Way { key: Box::new(Self::of(&hop.target)), hop: Arc::clone(hop) }),
        }
    }

    /// Whether a session with this key may serve `wanted`: the same, or the same once `identity`, its server's,
    /// is among the known ones, as it is after a first use. The same holds for the servers on the way.
    pub fn serves(&self, wanted: &Self, identity: &str) -> bool {
        let jump = match (&self.jump, &wanted.jump) {
            (None, None) => true,
            (Some(own), Some(other)) => own.key.serves(&other.key, own.hop.met().unwrap_or_default()),
            (None, Some(_)) | (Some(_), None) => false,
        };
        let own = Self { jump: wanted.jump.clone(), ..self.clone() };
        let mut first_use = own.clone();
        first_use.known.insert((identity.to_owned(), false));
        jump && (own == *wanted || first_use == *wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Credentials;
    use courier_domain::connection::{ConnectionDraft, KnownHost, Sealed};
    use serde_json::json;

    const NIL: &str = "00000000-0000-0000-0000-000000000000";

    fn target(change: serde_json::Value, sealed: u8) -> Target {
        let mut draft = json!({ "name": "a", "protocol": "ftps", "host": "h", "username": "u" });
        draft.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let draft: ConnectionDraft = serde_json::from_value(draft).unwrap();
        let id = NIL.parse().unwrap();
        let connection =
            Connection::new(id, draft, Some(Sealed(vec![sealed])), chrono::DateTime::UNIX_EPOCH).unwrap();
        Target {
            connection,
            credentials: Credentials::default(),
            known_hosts: Vec::new(),
            insecure_trust_allowed: true,
            jump: None,
            paces: crate::Paces::default(),
        }
    }

    fn known(fingerprint: &str, revoked: bool) -> KnownHost {
        let now = chrono::DateTime::UNIX_EPOCH;
        KnownHost {
            id: NIL.parse().unwrap(),
            connection_id: NIL.parse().unwrap(),
            fingerprint: fingerprint.to_owned(),
            key_type: "ssh-ed25519".to_owned(),
            first_seen: now,
            last_seen: now,
            approved_by: "system".to_owned(),
            revoked_at: revoked.then_some(now),
        }
    }

    #[test]
    fn whatever_decides_server_user_or_trust_makes_another_session() {
        let key = SessionKey::of(&target(json!({}), 1));
        let pin = "a".repeat(64);
        for change in [
            json!({ "host": "other" }),
            json!({ "port": 990 }),
            json!({ "username": "v" }),
            json!({ "tls_mode": "implicit" }),
            json!({ "tls_version_floor": "tls_1_3" }),
            json!({ "tls_cert_policy": "insecure" }),
            json!({ "tls_cert_policy": "pinned_thumbprint", "tls_pinned_thumbprint": pin }),
            json!({ "proxy": { "kind": "socks5", "host": "p", "port": 1080 } }),
            json!({ "protocol": "ftp" }),
            json!({ "operation_timeout_sec": 7 }),
        ] {
            assert_ne!(SessionKey::of(&target(change.clone(), 1)), key, "{change}");
        }
        assert_ne!(SessionKey::of(&target(json!({}), 2)), key, "another password");
        let same = json!({ "name": "b", "notes": "n", "group": "g", "session_limit": 9 });
        assert_eq!(SessionKey::of(&target(same, 1)), key);
    }

    #[test]
    fn a_first_use_keeps_its_session_and_a_revoked_key_does_not() {
        let before = target(json!({}), 1);
        let mut after = target(json!({}), 1);
        after.known_hosts.push(known("SHA256:x", false));
        let mut revoked = target(json!({}), 1);
        revoked.known_hosts.push(known("SHA256:x", true));
        let key = SessionKey::of(&before);
        assert!(key.serves(&SessionKey::of(&after), "SHA256:x"));
        assert!(!key.serves(&SessionKey::of(&after), "SHA256:y"));
        assert!(!key.serves(&SessionKey::of(&revoked), "SHA256:x"));
    }
}
