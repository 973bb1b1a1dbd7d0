//! Connections: editing, testing, looking around.
//!
//! Invariant: a password comes in once and never goes out.

use crate::algorithms::{self, legacy};
use crate::app::App;
use crate::error::{AppError, Result};
use crate::jumps;
use crate::uses::{StepUse, step_uses};
use courier_domain::audit::AuditableEntityType;
use courier_domain::connection::{Connection, ConnectionDraft, ConnectionProtocol, HostKeyPolicy, KnownHost};
use courier_domain::key::SshKeyStatus;
use courier_domain::tag::{Tag, TaggableEntityType};
use courier_domain::{ConnectionId, ErrorCode, JobId, Problem, Problems, Timestamp};
use courier_engine::places;
use courier_engine::remote::{StoreTrust, target};
use courier_store::Session;
use courier_transfer::{
    Entry, Listing, MOST_JUMPS, Probe, Remote, StageReport, Target, TestReport, TrustSink,
};
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
    /// Algorithms that it lists although they are no longer safe.
    pub legacy_algorithms: Vec<String>,
    /// By name.
    pub tags: Vec<Tag>,
}

/// A connection as its page shows it.
#[derive(Debug, Clone, Serialize, Type)]
pub struct ConnectionView {
    pub connection: Connection,
    pub has_password: bool,
    pub has_proxy_password: bool,
    pub known_hosts: Vec<KnownHost>,
    pub used_by: Vec<ConnectionUse>,
    /// Algorithms that it lists although they are no longer safe.
    pub legacy_algorithms: Vec<String>,
    /// By name.
    pub tags: Vec<Tag>,
}

/// What a folder on a server holds.
#[derive(Debug, Clone, Serialize, Type)]
pub struct RemoteFolder {
    /// Folders first, then by name.
    pub entries: Vec<Entry>,
    /// What else is there and cannot be used here.
    pub refused: Vec<RefusedName>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct RefusedName {
    /// Escaped, as it may be shown.
    pub name: String,
    /// In words, continuing the name.
    pub reason: String,
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
        let ids: Vec<_> = connections.iter().map(|connection| connection.id.0).collect();
        let mut tags = session.tags_of(TaggableEntityType::Connection, &ids).await?;
        Ok(connections
            .into_iter()
            .map(|connection| ConnectionRow {
                has_password: connection.password_encrypted.is_some(),
                used_by: uses.get(&connection.id.0).map_or(0, Vec::len),
                legacy_algorithms: legacy(connection.ssh_algorithms.as_ref()),
                tags: tags.remove(&connection.id.0).unwrap_or_default(),
                connection,
            })
            .collect())
    }

    pub async fn connections_get(&self, id: ConnectionId) -> Result<ConnectionView> {
        let mut session = self.read().await?;
        let connection = session.connection(id).await?;
        let uses = step_uses(&session.jobs().await?).remove(&id.0).unwrap_or_default();
        let mut tags = session.tags_of(TaggableEntityType::Connection, &[id.0]).await?;
        Ok(ConnectionView {
            has_password: connection.password_encrypted.is_some(),
            has_proxy_password: connection.proxy_password_encrypted.is_some(),
            known_hosts: session.known_hosts(id).await?,
            used_by: uses.into_iter().map(ConnectionUse::from).collect(),
            legacy_algorithms: legacy(connection.ssh_algorithms.as_ref()),
            tags: tags.remove(&id.0).unwrap_or_default(),
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
        algorithms::check(&draft, &mut problems);
        jumps::check(&unit.connections().await?, target, &draft, &mut problems);
        let connection = match id {
            None => {
                problems.extend(draft.check(sealed.is_some()));
                problems.into_result()?;
                let mut connection = Connection::new(target, draft, sealed, unit.now())?;
                connection.set_proxy_password(proxy_sealed);
                unit.insert_connection(&connection).await?;
                algorithms::note_legacy(&mut unit, None, &connection);
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
                algorithms::note_legacy(&mut unit, Some(&before), &connection);
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

    /// What a folder on the server holds. An empty path is where the login lands.
    pub async fn connections_browse(&self, id: ConnectionId, path: &str) -> Result<RemoteFolder> {
        let remote = self.connect(id).await?;
        let listed = remote.list(if path.is_empty() { "." } else { path }).await;
        remote.close().await;
        let Listing { mut entries, refused } = listed?;
        entries.sort_by(|a, b| (!a.is_directory, &a.name).cmp(&(!b.is_directory, &b.name)));
        let refused =
            refused.into_iter().map(|one| RefusedName { name: one.name, reason: one.reason }).collect();
        Ok(RemoteFolder { entries, refused })
    }

    /// An open session with the connection's server, outside any run.
    pub(crate) async fn connect(&self, id: ConnectionId) -> Result<Arc<dyn Remote>> {
        self.connect_until(id, CancellationToken::new()).await
    }

    /// [`App::connect`], which may be given up.
    pub(crate) async fn connect_until(
        &self,
        id: ConnectionId,
        cancel: CancellationToken,
    ) -> Result<Arc<dyn Remote>> {
        let target = self.target(id).await?;
        let paces = self.engine().paces(&target.connection).await?;
        let target = Target { paces, ..target };
        Ok(courier_transfer::connect(Arc::new(target), self.trust_sink(id), cancel).await?)
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
        let way = way_to(&mut session, connection.clone()).await?;
        Ok(way.iter().any(|at| {
            at.password_encrypted.is_some()
                || at.proxy_password_encrypted.is_some()
                || at.auth_method.needs_key()
        }))
    }

    /// Refuses a server, or a jump host before it, whose first key would be trusted now: that is for whoever asks for a
    /// connection, and not for what the window does by itself.
    pub(crate) async fn must_be_met(&self, id: ConnectionId) -> Result<()> {
        let mut session = self.read().await?;
        let connection = session.connection(id).await?;
        for at in way_to(&mut session, connection).await? {
            let trusts_the_first = at.protocol == ConnectionProtocol::Sftp
                && at.host_key_policy == HostKeyPolicy::TrustOnFirstUse;
            if trusts_the_first && session.known_hosts(at.id).await?.is_empty() {
                let message =
                    format!("Nobody has connected to `{}` yet. Test the connection first.", at.name);
                return Err(AppError::new(ErrorCode::HostKeyUnknown, message));
            }
        }
        Ok(())
    }

    fn trust_sink(&self, id: ConnectionId) -> Arc<dyn TrustSink> {
        Arc::new(StoreTrust::new(self.store().clone(), self.store().ids().clone(), id, self.actor()))
    }
}

/// The connection, and the jump hosts that lead to it.
async fn way_to(session: &mut Session, connection: Connection) -> Result<Vec<Connection>> {
    let mut way = vec![connection];
    // A circle is told when the way is looked up.
    while let Some(jump) = way.last().and_then(|at| at.jump_connection_id)
        && way.len() <= MOST_JUMPS
    {
        way.push(session.connection(jump).await?);
    }
    Ok(way)
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
