//! Connections: editing, testing, trusting, looking around.
//!
//! Invariant: a password comes in once and never goes out.

use crate::app::App;
use crate::error::{AppError, Result};
use crate::jumps;
use crate::uses::{StepUse, step_uses};
use courier_domain::audit::AuditableEntityType;
use courier_domain::connection::{
    Connection, ConnectionDraft, ConnectionProtocol, HostKeyPolicy, KnownHost, TlsCertPolicy,
    normal_fingerprint, normal_thumbprint,
};
use courier_domain::key::SshKeyStatus;
use courier_domain::{ConnectionId, ErrorCode, JobId, Problem, Problems, Timestamp};
use courier_engine::places;
use courier_engine::remote::{StoreTrust, target};
use courier_store::Session;
use courier_transfer::{Entry, MOST_JUMPS, Probe, Remote, StageReport, Target, TestReport, TrustSink};
use courier_vault::SecretString;
use serde::Serialize;
use specta::Type;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// A connection in the list.
#[derive(Debug, Clone, Serialize, Type)]
pub struct ConnectionRow {
    pub connection: Connection,
    pub has_password: bool,
    /// Steps that use it.
    pub used_by: usize,
}

/// A connection as its page shows it.
#[derive(Debug, Clone, Serialize, Type)]
pub struct ConnectionView {
    pub connection: Connection,
    pub has_password: bool,
    pub has_proxy_password: bool,
    pub known_hosts: Vec<KnownHost>,
    pub used_by: Vec<ConnectionUse>,
}

/// A step that uses a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct ConnectionUse {
    pub job_id: JobId,
    pub job_name: String,
    pub step_name: String,
}

impl From<StepUse> for ConnectionUse {
    fn from(step: StepUse) -> Self {
        Self { job_id: step.job_id, job_name: step.job_name, step_name: step.step_name }
    }
}

impl App {
    pub async fn connections_list(&self) -> Result<Vec<ConnectionRow>> {
        let mut session = self.read().await?;
        let uses = step_uses(&session.jobs().await?);
        let connections = session.connections().await?;
        Ok(connections
            .into_iter()
            .map(|connection| ConnectionRow {
                has_password: connection.password_encrypted.is_some(),
                used_by: uses.get(&connection.id.0).map_or(0, Vec::len),
                connection,
            })
            .collect())
    }

    pub async fn connections_get(&self, id: ConnectionId) -> Result<ConnectionView> {
        let mut session = self.read().await?;
        let connection = session.connection(id).await?;
        let uses = step_uses(&session.jobs().await?).remove(&id.0).unwrap_or_default();
        Ok(ConnectionView {
            has_password: connection.password_encrypted.is_some(),
            has_proxy_password: connection.proxy_password_encrypted.is_some(),
            known_hosts: session.known_hosts(id).await?,
            used_by: uses.into_iter().map(ConnectionUse::from).collect(),
            connection,
        })
    }

    /// The connection with that name (in any case) or id.
    pub async fn connections_find(&self, name_or_id: &str) -> Result<Connection> {
        Ok(self.read().await?.find_connection(name_or_id).await?)
    }

    /// Saves a new connection or a change. Without a password a stored one stays; the proxy's goes when the proxy asks
    /// for no user any more. `seen` is the `updated_at` that the editor had loaded; with it a change is refused when
    /// somebody else saved meanwhile.
    pub async fn connections_save(
        &self,
        id: Option<ConnectionId>,
        draft: ConnectionDraft,
        password: Option<SecretString>,
        proxy_password: Option<SecretString>,
        seen: Option<Timestamp>,
    ) -> Result<Connection> {
        let password = password.filter(|p| !p.is_empty() && draft.auth_method.needs_password());
        let target = id.unwrap_or_else(|| self.new_id());
        let sealed = match &password {
            Some(text) => {
                self.vault_needed()?;
                Some(self.vault().seal(&places::connection_password(target), text.expose().as_bytes())?)
            }
            None => None,
        };
        let asks = draft.proxy.as_ref().is_some_and(|proxy| proxy.username.is_some());
        let proxy_sealed = match proxy_password.filter(|p| asks && !p.is_empty()) {
            Some(text) => {
                self.vault_needed()?;
                Some(self.vault().seal(&places::proxy_password(target), text.expose().as_bytes())?)
            }
            None => None,
        };
        let mut unit = self.begin().await?;
        let mut problems = Problems::default();
        check_ssh_key(&mut unit, &draft, &mut problems).await?;
        jumps::check(&unit.connections().await?, target, &draft, &mut problems);
        let connection = match id {
            None => {
                problems.extend(draft.check(sealed.is_some()));
                problems.into_result()?;
                let mut connection = Connection::new(target, draft, sealed, unit.now())?;
                connection.set_proxy_password(proxy_sealed);
                unit.insert_connection(&connection).await?;
                connection
            }
            Some(id) => {
                let before = unit.connection(id).await?;
                problems.extend(draft.check(sealed.is_some() || before.password_encrypted.is_some()));
                problems.into_result()?;
                let mut connection = before.clone();
                connection.edit(draft, sealed, unit.now())?;
                if proxy_sealed.is_some() {
                    connection.set_proxy_password(proxy_sealed);
                }
                if connection.to_draft() == before.to_draft()
                    && connection.password_encrypted == before.password_encrypted
                    && connection.proxy_password_encrypted == before.proxy_password_encrypted
                {
                    return Ok(before);
                }
                unit.update_connection(&connection, seen.unwrap_or(before.updated_at)).await?
            }
        };
        unit.commit().await?;
        Ok(connection)
    }

    /// # Errors
    /// A job uses it; the message names the job.
    pub async fn connections_delete(&self, id: ConnectionId) -> Result<()> {
        let mut unit = self.begin().await?;
        unit.delete_connection(id).await?;
        Ok(unit.commit().await?)
    }

    /// Walks the stages of a connection, telling each as it ends. A stage that fails is in the report, not an error.
    pub async fn connections_test(
        &self,
        id: ConnectionId,
        probe: Probe,
        on_stage: impl Fn(&StageReport) + Send + Sync,
    ) -> Result<TestReport> {
        let target = self.target(id).await?;
        let cancel = CancellationToken::new();
        let clock = self.clock().clone();
        let trust = self.trust_sink(id);
        let report =
            courier_transfer::test_connection(&target, trust, probe, clock.as_ref(), &cancel, &on_stage)
                .await;
        let mut unit = self.begin().await?;
        let failed = report.stages.iter().find_map(|s| s.code);
        let details = serde_json::json!({ "failed_with": failed, "fingerprint": report.fingerprint });
        unit.audit(AuditableEntityType::Connection, id.0, "Tested", details);
        unit.commit().await?;
        Ok(report)
    }

    /// Accepts a host key as this server's.
    ///
    /// # Errors
    /// Not a fingerprint; a key that was revoked here.
    pub async fn connections_trust(&self, id: ConnectionId, fingerprint: &str, key_type: &str) -> Result<()> {
        let Some(fingerprint) = normal_fingerprint(fingerprint) else {
            return Err(AppError::problem(
                "fingerprint",
                "invalid",
                "A host key fingerprint looks like `SHA256:` followed by 43 letters, digits, `+` or `/`.",
            ));
        };
        let mut unit = self.begin().await?;
        let mut connection = unit.connection(id).await?;
        let known = unit.known_hosts(id).await?;
        match known.iter().find(|k| k.fingerprint == fingerprint) {
            Some(row) if row.revoked_at.is_some() => {
                return Err(AppError::new(
                    ErrorCode::HostKeyRevoked,
                    format!("The host key {fingerprint} was revoked for `{}`.", connection.name),
                )
                .with_hint("Make a new connection if the key is good after all."));
            }
            Some(_) => {}
            None => {
                let now = unit.now();
                let host = KnownHost {
                    id: self.new_id(),
                    connection_id: id,
                    fingerprint: fingerprint.clone(),
                    key_type: if key_type.is_empty() { "unknown".to_owned() } else { key_type.to_owned() },
                    first_seen: now,
                    last_seen: now,
                    approved_by: self.actor().to_owned(),
                    revoked_at: None,
                };
                unit.insert_known_host(&host).await?;
            }
        }
        let expected = connection.stored_host_fingerprint.as_deref();
        if connection.host_key_policy == HostKeyPolicy::Manual && expected != Some(fingerprint.as_str()) {
            connection.stored_host_fingerprint = Some(fingerprint);
            unit.update_connection(&connection, connection.updated_at).await?;
        }
        Ok(unit.commit().await?)
    }

    /// Pins the certificate that a person has compared: from now on the server must present it.
    pub async fn connections_pin(&self, id: ConnectionId, thumbprint: &str) -> Result<()> {
        let Some(thumbprint) = normal_thumbprint(thumbprint) else {
            return Err(AppError::problem(
                "fingerprint",
                "invalid",
                "A certificate's SHA-256 has 64 hex digits, with or without colons.",
            ));
        };
        let mut unit = self.begin().await?;
        let before = unit.connection(id).await?;
        if before.protocol != ConnectionProtocol::Ftps {
            return Err(AppError::problem(
                "connection",
                "invalid",
                "Only FTPS servers present a certificate.",
            ));
        }
        let mut draft = before.to_draft();
        draft.tls_cert_policy = TlsCertPolicy::PinnedThumbprint;
        draft.tls_pinned_thumbprint = Some(thumbprint);
        if draft != before.to_draft() {
            let mut connection = before.clone();
            connection.edit(draft, None, unit.now())?;
            unit.update_connection(&connection, before.updated_at).await?;
        }
        Ok(unit.commit().await?)
    }

    /// What a folder on the server holds. An empty path is where the login lands.
    pub async fn connections_browse(&self, id: ConnectionId, path: &str) -> Result<Vec<Entry>> {
        let remote = self.connect(id).await?;
        let listed = remote.list(if path.is_empty() { "." } else { path }).await;
        remote.close().await;
        let mut entries = listed?.entries;
        entries.sort_by(|a, b| (!a.is_directory, &a.name).cmp(&(!b.is_directory, &b.name)));
        Ok(entries)
    }

    /// An open session with the connection's server, outside any run.
    pub(crate) async fn connect(&self, id: ConnectionId) -> Result<Arc<dyn Remote>> {
        let target = self.target(id).await?;
        let paces = self.engine().paces(&target.connection).await?;
        let target = Target { paces, ..target };
        Ok(courier_transfer::connect(Arc::new(target), self.trust_sink(id), CancellationToken::new()).await?)
    }

    async fn target(&self, id: ConnectionId) -> Result<Target> {
        self.sandbox_for(id).await?;
        let connection = self.read().await?.connection(id).await?;
        if self.needs_vault(&connection).await? {
            self.vault_needed()?;
        }
        Ok(target(self.store(), self.vault(), connection, self.actor()).await?)
    }

    /// Whether reaching the server, by its jump hosts too, takes a secret.
    async fn needs_vault(&self, connection: &Connection) -> Result<bool> {
        let mut session = self.read().await?;
        let mut next = Some(connection.clone());
        // A circle is told when the way is looked up.
        for _ in 0..=MOST_JUMPS {
            let Some(at) = next else { return Ok(false) };
            if at.password_encrypted.is_some()
                || at.proxy_password_encrypted.is_some()
                || at.auth_method.needs_key()
            {
                return Ok(true);
            }
            next = match at.jump_connection_id {
                Some(id) => Some(session.connection(id).await?),
                None => None,
            };
        }
        Ok(false)
    }

    fn trust_sink(&self, id: ConnectionId) -> Arc<dyn TrustSink> {
        Arc::new(StoreTrust::new(self.store().clone(), self.store().ids().clone(), id, self.actor()))
    }
}

/// The key that a draft logs in with must be there and in use.
pub(crate) async fn check_ssh_key(
    session: &mut Session,
    draft: &ConnectionDraft,
    problems: &mut Problems,
) -> Result<()> {
    let Some(id) = draft.ssh_key_id.filter(|_| draft.auth_method.needs_key()) else { return Ok(()) };
    let keys = session.ssh_keys().await?;
    match keys.iter().find(|k| k.id == id) {
        None => problems.push(Problem::error("ssh_key_id", "unknown_name", "This SSH key does not exist.")),
        Some(key) if key.status != SshKeyStatus::Active => problems.push(Problem::error(
            "ssh_key_id",
            "unusable",
            format!("The SSH key `{}` is {}; choose another.", key.name, key.status),
        )),
        Some(_) => {}
    }
    Ok(())
}
