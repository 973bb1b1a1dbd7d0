//! Servers, put together from what is stored: the connection, its opened secrets, the keys we know, the servers on the
//! way, and where new knowledge about host keys goes. The window's tests and the command line use the same.

use crate::error::StepError;
use crate::places;
use async_trait::async_trait;
use courier_domain::audit::AuditableEntityType;
use courier_domain::connection::{Connection, KnownHost, Learned};
use courier_domain::event::{EventType, NewEvent};
use courier_domain::{ConnectionId, ErrorCode, IdSource, KnownHostId, setting};
use courier_store::{FirstHostKey, Store, StoreError};
use courier_transfer::{Credentials, Hop, MOST_JUMPS, Paces, Target, TransferError, TrustSink};
use courier_vault::Vault;
use serde_json::json;
use std::sync::{Arc, Mutex, PoisonError};

/// Everything needed to reach a connection's server, and the servers on the way. Opens their secrets. `actor` is who
/// is recorded for what is learnt about the servers on the way.
pub async fn target(
    store: &Store,
    vault: &Vault,
    connection: Connection,
    actor: &str,
) -> Result<Target, StepError> {
    target_learning(store, vault, connection, &Learning::Stored { actor: actor.to_owned() }).await
}

/// As [`target`], where it is said what becomes of what is learnt.
pub(crate) async fn target_learning(
    store: &Store,
    vault: &Vault,
    connection: Connection,
    learning: &Learning,
) -> Result<Target, StepError> {
    let mut way = vec![connection];
    while let Some(next) = way.last().and_then(|last| last.jump_connection_id) {
        if way.iter().any(|c| c.id == next) || way.len() > MOST_JUMPS {
            return Err(endless(&way));
        }
        way.push(store.read().await?.connection(next).await?);
    }
    let mut jump = None;
    while let Some(connection) = way.pop() {
        let reached = Target { jump, ..alone(store, vault, connection).await? };
        if way.is_empty() {
            return Ok(reached);
        }
        let trust = learning.sink(store, &reached.connection);
        jump = Some(Arc::new(Hop::new(reached, trust)));
    }
    Err(endless(&way))
}

fn endless(way: &[Connection]) -> StepError {
    let name = way.first().map(|c| c.name.as_str()).unwrap_or_default();
    StepError::new(
        ErrorCode::Validation,
        format!(
            "The jump hosts of the connection {name} lead in a circle, or are more than {MOST_JUMPS}. Change the jump \
             host of one of them."
        ),
    )
}

/// The target without the servers on the way.
async fn alone(store: &Store, vault: &Vault, connection: Connection) -> Result<Target, StepError> {
    let mut session = store.read().await?;
    let known_hosts = session.known_hosts(connection.id).await?;
    let insecure_trust_allowed = session.setting_bool(setting::INSECURE_TRUST_ALLOWED).await?;
    let mut credentials = Credentials::default();
    if let Some(sealed) = &connection.password_encrypted {
        let bytes = vault.open_secret(&places::connection_password(connection.id), sealed)?;
        let text = bytes.into_string().map_err(|_| {
            StepError::new(
                ErrorCode::SecretDamaged,
                "The connection's password is not a text; enter it again.",
            )
        })?;
        credentials.password = Some(text);
    }
    if let Some(id) = connection.ssh_key_id.filter(|_| connection.auth_method.needs_key()) {
        let key = session.ssh_key(id).await?;
        if key.status != courier_domain::key::SshKeyStatus::Active {
            return Err(StepError::new(
                ErrorCode::KeyUnusable,
                format!("The SSH key {} is {}; choose another for this connection.", key.name, key.status),
            ));
        }
        if key.private_key_data.0.is_empty() {
            return Err(StepError::new(
                ErrorCode::SecretMissing,
                format!(
                    "The private part of the SSH key {0} is still to be imported: \
                     courier key ssh import FILE --name \"{0}\".",
                    key.name
                ),
            ));
        }
        let private = vault.open_secret(&places::ssh_private(id), &key.private_key_data)?;
        let passphrase = match &key.passphrase_hash {
            Some(sealed) => vault.open_secret(&places::ssh_passphrase(id), sealed)?.into_string().ok(),
            None => None,
        };
        let loaded = courier_keys::ssh::load_private(&private, passphrase.as_ref())?;
        credentials.key = Some(Arc::new(loaded));
    }
    if let Some(sealed) = &connection.proxy_password_encrypted {
        let bytes = vault.open_secret(&places::proxy_password(connection.id), sealed)?;
        let text = bytes.into_string().map_err(|_| {
            StepError::new(ErrorCode::SecretDamaged, "The proxy's password is not a text; enter it again.")
        })?;
        credentials.proxy_password = Some(text);
    }
    Ok(Target {
        connection,
        credentials,
        known_hosts,
        insecure_trust_allowed,
        jump: None,
        paces: Paces::default(),
    })
}

/// What becomes of what is learnt about servers while they are reached.
#[derive(Debug, Clone)]
pub(crate) enum Learning {
    /// It is stored, on record for `actor`.
    Stored { actor: String },
    /// Nothing is stored; whoever looks is told what would have been.
    Noted(Arc<TrustNotes>),
}

impl Learning {
    pub(crate) fn sink(&self, store: &Store, connection: &Connection) -> Arc<dyn TrustSink> {
        match self {
            Self::Stored { actor } => {
                Arc::new(StoreTrust::new(store.clone(), Arc::clone(store.ids()), connection.id, actor))
            }
            Self::Noted(notes) => {
                Arc::new(NotedTrust { name: connection.name.clone(), notes: Arc::clone(notes) })
            }
        }
    }
}

/// What a look at servers would have recorded, in sentences.
#[derive(Debug, Default)]
pub(crate) struct TrustNotes(Mutex<Vec<String>>);

impl TrustNotes {
    fn add(&self, note: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(note);
    }

    /// What came since the last time.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Judges as a run does and stores nothing: a key that is met for the first time is accepted, and noted.
#[derive(Debug)]
struct NotedTrust {
    name: String,
    notes: Arc<TrustNotes>,
}

#[async_trait]
impl TrustSink for NotedTrust {
    async fn first_key(&self, fingerprint: &str, key_type: &str) -> Result<(), TransferError> {
        self.notes.add(format!(
            "A run would trust the host key of {} on first use and keep it: {fingerprint} ({key_type}).",
            self.name
        ));
        Ok(())
    }

    async fn seen(&self, _fingerprint: &str) -> Result<(), TransferError> {
        Ok(())
    }

    async fn insecure_used(&self, fingerprint: &str, key_type: &str) -> Result<(), TransferError> {
        self.notes.add(format!(
            "{} trusts any server; this one showed {fingerprint} ({key_type}), unchecked.",
            self.name
        ));
        Ok(())
    }

    async fn changed(&self, _expected: &[String], _presented: &str, _key_type: &str) {}

    async fn learnt(&self, _met: &Connection, _learned: Learned) {}
}

/// Writes what is learnt about host keys into the store, with audit and events.
#[derive(Debug)]
pub struct StoreTrust {
    store: Store,
    ids: Arc<dyn IdSource>,
    connection_id: ConnectionId,
    actor: String,
}

impl StoreTrust {
    pub fn new(store: Store, ids: Arc<dyn IdSource>, connection_id: ConnectionId, actor: &str) -> Self {
        Self { store, ids, connection_id, actor: actor.to_owned() }
    }

    async fn note(
        &self,
        operation: &'static str,
        event: Option<EventType>,
        details: serde_json::Value,
    ) -> Result<(), StoreError> {
        let mut unit = self.store.begin(&self.actor).await?;
        unit.audit(AuditableEntityType::Connection, self.connection_id, operation, details.clone());
        if let Some(event_type) = event {
            unit.event(NewEvent {
                event_type,
                entity_type: AuditableEntityType::Connection,
                entity_id: self.connection_id.0,
                payload: details,
            });
        }
        unit.commit().await
    }
}

fn not_recorded(error: StoreError) -> TransferError {
    TransferError::TrustNotRecorded { detail: error.to_string(), code: error.code() }
}

#[async_trait]
impl TrustSink for StoreTrust {
    async fn first_key(&self, fingerprint: &str, key_type: &str) -> Result<(), TransferError> {
        let store = async {
            let mut unit = self.store.begin(&self.actor).await?;
            let now = unit.now();
            let first = KnownHost {
                id: KnownHostId(self.ids.new_id()),
                connection_id: self.connection_id,
                fingerprint: fingerprint.to_owned(),
                key_type: key_type.to_owned(),
                first_seen: now,
                last_seen: now,
                approved_by: "system".to_owned(),
                revoked_at: None,
            };
            let kept = unit.keep_first_known_host(&first).await?;
            unit.commit().await?;
            Ok(kept)
        };
        match store.await.map_err(not_recorded)? {
            FirstHostKey::Kept | FirstHostKey::Known => Ok(()),
            FirstHostKey::Revoked => Err(TransferError::HostKeyRevoked { presented: fingerprint.to_owned() }),
            FirstHostKey::Other(expected) => {
                self.changed(&expected, fingerprint, key_type).await;
                Err(TransferError::HostKeyChanged {
                    expected,
                    presented: fingerprint.to_owned(),
                    key_type: key_type.to_owned(),
                })
            }
        }
    }

    async fn seen(&self, fingerprint: &str) -> Result<(), TransferError> {
        let store = async {
            let mut unit = self.store.begin(&self.actor).await?;
            let known = unit.known_hosts(self.connection_id).await?;
            if let Some(host) = known.iter().find(|k| k.fingerprint == fingerprint) {
                unit.touch_known_host(host.id).await?;
            }
            unit.commit().await
        };
        store.await.map_err(not_recorded)
    }

    async fn insecure_used(&self, fingerprint: &str, key_type: &str) -> Result<(), TransferError> {
        let details = json!({ "fingerprint": fingerprint, "key_type": key_type });
        self.note("InsecureTrustUsed", Some(EventType::InsecureTrustUsed), details)
            .await
            .map_err(not_recorded)
    }

    async fn changed(&self, expected: &[String], presented: &str, key_type: &str) {
        let details = json!({ "expected": expected, "presented": presented, "key_type": key_type });
        if let Err(error) = self.note("HostKeyChanged", Some(EventType::HostKeyChanged), details).await {
            tracing::warn!(%error, "a changed host key was not recorded");
        }
    }

    async fn learnt(&self, met: &Connection, learned: Learned) {
        let store = async {
            let mut unit = self.store.begin("system").await?;
            unit.learn_of_connection(met, learned).await?;
            unit.commit().await
        };
        let stored: Result<(), StoreError> = store.await;
        if let Err(error) = stored {
            tracing::warn!(%error, "what was found out about a server was not recorded");
        }
    }
}
