//! Connections. Their passwords are sealed bytes here and never part of an audit entry.

use crate::audit::{changes, facts};
use crate::column::{Text, Whole, name_key};
use crate::job::taken;
use crate::session::{Session, on};
use crate::{StoreError, UnitOfWork};
use courier_domain::audit::AuditableEntityType;
use courier_domain::connection::{
    AuthMethod, Connection, ConnectionProtocol, ConnectionStatus, HostKeyPolicy, Learned, ProxyConfig,
    RateLimit, Sealed, SshAlgorithmConfig, TlsCertPolicy, TlsMode, TlsVersion, TransferProfile,
};
use courier_domain::{ConnectionId, SshKeyId, Timestamp};
use serde_json::{Value, json};
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

const KIND: &str = "connection";

#[derive(FromRow)]
struct Row {
    id: Uuid,
    name: String,
    group: Option<String>,
    protocol: Text<ConnectionProtocol>,
    host: String,
    port: Whole<u16>,
    auth_method: Text<AuthMethod>,
    username: String,
    password_encrypted: Option<Vec<u8>>,
    ssh_key_id: Option<Uuid>,
    host_key_policy: Text<HostKeyPolicy>,
    stored_host_fingerprint: Option<String>,
    passive_mode: bool,
    tls_version_floor: Option<Text<TlsVersion>>,
    tls_cert_policy: Text<TlsCertPolicy>,
    tls_pinned_thumbprint: Option<String>,
    ssh_algorithms: Option<Json<SshAlgorithmConfig>>,
    connect_timeout_sec: Whole<u32>,
    operation_timeout_sec: Whole<u32>,
    keepalive_interval_sec: Whole<u32>,
    transport_retries: Whole<u32>,
    status: Text<ConnectionStatus>,
    fips_override: bool,
    notes: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
    is_deleted: bool,
    deleted_at: Option<Timestamp>,
    tls_mode: Text<TlsMode>,
    tls_version_ceiling: Option<Text<TlsVersion>>,
    session_limit: Whole<u32>,
    transfer_profile: Text<TransferProfile>,
    rate_limit: Option<Json<RateLimit>>,
    jump_connection_id: Option<Uuid>,
    proxy: Option<Json<ProxyConfig>>,
    proxy_password_encrypted: Option<Vec<u8>>,
    learned: Option<Json<Learned>>,
}

impl From<Row> for Connection {
    fn from(row: Row) -> Self {
        Connection {
            id: ConnectionId(row.id),
            name: row.name,
            group: row.group,
            protocol: row.protocol.0,
            host: row.host,
            port: row.port.0,
            auth_method: row.auth_method.0,
            username: row.username,
            password_encrypted: row.password_encrypted.map(Sealed),
            ssh_key_id: row.ssh_key_id.map(SshKeyId),
            host_key_policy: row.host_key_policy.0,
            stored_host_fingerprint: row.stored_host_fingerprint,
            passive_mode: row.passive_mode,
            tls_version_floor: row.tls_version_floor.map(|v| v.0),
            tls_cert_policy: row.tls_cert_policy.0,
            tls_pinned_thumbprint: row.tls_pinned_thumbprint,
            tls_mode: row.tls_mode.0,
            tls_version_ceiling: row.tls_version_ceiling.map(|v| v.0),
            ssh_algorithms: row.ssh_algorithms.map(|a| a.0),
            connect_timeout_sec: row.connect_timeout_sec.0,
            operation_timeout_sec: row.operation_timeout_sec.0,
            keepalive_interval_sec: row.keepalive_interval_sec.0,
            transport_retries: row.transport_retries.0,
            session_limit: row.session_limit.0,
            transfer_profile: row.transfer_profile.0,
            rate_limit: row.rate_limit.map(|l| l.0),
            jump_connection_id: row.jump_connection_id.map(ConnectionId),
            proxy: row.proxy.map(|p| p.0),
            proxy_password_encrypted: row.proxy_password_encrypted.map(Sealed),
            learned: row.learned.map(|l| l.0).unwrap_or_default(),
            status: row.status.0,
            fips_override: row.fips_override,
            notes: row.notes,
            created_at: row.created_at,
            updated_at: row.updated_at,
            is_deleted: row.is_deleted,
            deleted_at: row.deleted_at,
        }
    }
}

impl Session {
    /// A connection, also a deleted one.
    pub async fn connection(&mut self, id: ConnectionId) -> Result<Connection, StoreError> {
        let sql = "SELECT * FROM connections WHERE id = $1";
        let row: Option<Row> = on!(self, |c| sqlx::query_as(sql).bind(id.0).fetch_optional(c).await?);
        row.map(Connection::from).ok_or_else(|| StoreError::not_found(KIND, id))
    }

    /// A connection that is not deleted, by its name (without regard to case) or its id.
    pub async fn find_connection(&mut self, name_or_id: &str) -> Result<Connection, StoreError> {
        let sql = "SELECT * FROM connections WHERE (name_key = $1 OR id = $2) AND NOT is_deleted";
        let id = name_or_id.parse::<Uuid>().ok();
        let row: Option<Row> = on!(self, |c| {
            sqlx::query_as(sql).bind(name_key(name_or_id)).bind(id).fetch_optional(c).await?
        });
        row.map(Connection::from).ok_or_else(|| StoreError::not_found(KIND, name_or_id))
    }

    /// Every connection that is not deleted, by name.
    pub async fn connections(&mut self) -> Result<Vec<Connection>, StoreError> {
        let sql = "SELECT * FROM connections WHERE NOT is_deleted ORDER BY name_key";
        let rows: Vec<Row> = on!(self, |c| sqlx::query_as(sql).fetch_all(c).await?);
        Ok(rows.into_iter().map(Connection::from).collect())
    }
}

/// Binds every column in the order both statements below name them.
macro_rules! bound {
    ($sql:expr, $connection:expr) => {
        sqlx::query($sql)
            .bind($connection.id.0)
            .bind(&$connection.name)
            .bind(name_key(&$connection.name))
            .bind(&$connection.group)
            .bind(Text($connection.protocol))
            .bind(&$connection.host)
            .bind(Whole($connection.port))
            .bind(Text($connection.auth_method))
            .bind(&$connection.username)
            .bind($connection.password_encrypted.as_ref().map(|s| s.0.as_slice()))
            .bind($connection.ssh_key_id.map(|k| k.0))
            .bind(Text($connection.host_key_policy))
            .bind(&$connection.stored_host_fingerprint)
            .bind($connection.passive_mode)
            .bind($connection.tls_version_floor.map(Text))
            .bind(Text($connection.tls_cert_policy))
            .bind(&$connection.tls_pinned_thumbprint)
            .bind($connection.ssh_algorithms.as_ref().map(Json))
            .bind(Whole($connection.connect_timeout_sec))
            .bind(Whole($connection.operation_timeout_sec))
            .bind(Whole($connection.keepalive_interval_sec))
            .bind(Whole($connection.transport_retries))
            .bind(Text($connection.status))
            .bind($connection.fips_override)
            .bind(&$connection.notes)
            .bind($connection.updated_at)
            .bind(Text($connection.tls_mode))
            .bind($connection.tls_version_ceiling.map(Text))
            .bind(Whole($connection.session_limit))
            .bind(Text($connection.transfer_profile))
            .bind($connection.rate_limit.as_ref().map(Json))
            .bind($connection.jump_connection_id.map(|c| c.0))
            .bind($connection.proxy.as_ref().map(Json))
            .bind($connection.proxy_password_encrypted.as_ref().map(|s| s.0.as_slice()))
            .bind(Json($connection.learned))
    };
}

impl UnitOfWork {
    pub async fn insert_connection(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let sql = "INSERT INTO connections (id, name, name_key, \"group\", protocol, host, port, auth_method, \
                   username, password_encrypted, ssh_key_id, host_key_policy, stored_host_fingerprint, \
                   passive_mode, tls_version_floor, tls_cert_policy, tls_pinned_thumbprint, ssh_algorithms, \
                   connect_timeout_sec, operation_timeout_sec, keepalive_interval_sec, transport_retries, status, \
                   fips_override, notes, updated_at, tls_mode, tls_version_ceiling, session_limit, \
                   transfer_profile, rate_limit, jump_connection_id, proxy, proxy_password_encrypted, learned, \
                   created_at, is_deleted) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, \
                   $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, FALSE)";
        let inserted =
            on!(self, |c| bound!(sql, connection).bind(connection.created_at).execute(c).await.map(drop));
        taken(inserted, KIND, &connection.name)?;
        self.audit(AuditableEntityType::Connection, connection.id, "Created", facts(connection));
        Ok(())
    }

    /// Stores an edited connection, as `updated_at` the instant at which this happens. `seen` is the `updated_at` that the
    /// editor had loaded: refused if somebody else has changed it since.
    pub async fn update_connection(
        &mut self,
        connection: &Connection,
        seen: Timestamp,
    ) -> Result<Connection, StoreError> {
        let before = self.living_connection(connection.id).await?;
        let mut connection = connection.clone();
        connection.updated_at = self.later_than(before.updated_at);
        let sql = "UPDATE connections SET name = $2, name_key = $3, \"group\" = $4, protocol = $5, host = $6, \
                   port = $7, auth_method = $8, username = $9, password_encrypted = $10, ssh_key_id = $11, \
                   host_key_policy = $12, stored_host_fingerprint = $13, passive_mode = $14, \
                   tls_version_floor = $15, tls_cert_policy = $16, tls_pinned_thumbprint = $17, \
                   ssh_algorithms = $18, connect_timeout_sec = $19, operation_timeout_sec = $20, \
                   keepalive_interval_sec = $21, transport_retries = $22, status = $23, fips_override = $24, \
                   notes = $25, updated_at = $26, tls_mode = $27, tls_version_ceiling = $28, session_limit = $29, \
                   transfer_profile = $30, rate_limit = $31, jump_connection_id = $32, proxy = $33, \
                   proxy_password_encrypted = $34, learned = $35 WHERE id = $1 \
                   AND updated_at = $36 AND NOT is_deleted";
        let updated = on!(self, |c| bound!(sql, connection)
            .bind(seen)
            .execute(c)
            .await
            .map(|done| done.rows_affected()));
        if taken(updated, KIND, &connection.name)? == 0 {
            let current = self.living_connection(connection.id).await?;
            let (about, entity) =
                ((KIND, current.name.as_str()), (AuditableEntityType::Connection, connection.id.0));
            return Err(self.out_of_date(about, entity, &connection, &current).await);
        }
        let mut details = changes(&before, &connection);
        if let Value::Object(fields) = &mut details
            && before.password_encrypted != connection.password_encrypted
        {
            fields.insert("password".into(), json!("changed"));
        }
        if let Value::Object(fields) = &mut details
            && before.proxy_password_encrypted != connection.proxy_password_encrypted
        {
            fields.insert("proxy_password".into(), json!("changed"));
        }
        self.audit(AuditableEntityType::Connection, connection.id, "Updated", details);
        Ok(connection)
    }

    /// Hides a connection; its history and known hosts stay. Refused while a job's current steps or a monitor name it.
    pub async fn delete_connection(&mut self, id: ConnectionId) -> Result<(), StoreError> {
        let connection = self.living_connection(id).await?;
        self.refuse_if_jobs_name(id.0, KIND, &connection.name).await?;
        self.refuse_if_monitors_watch(id, &connection.name).await?;
        self.refuse_if_jumped_over(id, &connection.name).await?;
        let now = self.now();
        let sql = "UPDATE connections SET is_deleted = TRUE, deleted_at = $2, updated_at = $2 WHERE id = $1";
        on!(self, |c| sqlx::query(sql).bind(id.0).bind(now).execute(c).await.map(drop)?);
        self.audit(AuditableEntityType::Connection, id, "Deleted", json!({ "name": connection.name }));
        Ok(())
    }

    /// Remembers what sessions found out about a connection's server. No edit: `updated_at` stays, so that an open
    /// editor is not out of date. Nothing happens if the connection has been pointed elsewhere meanwhile.
    pub async fn learn_of_connection(
        &mut self,
        met: &Connection,
        learned: Learned,
    ) -> Result<(), StoreError> {
        let now = self.living_connection(met.id).await?;
        if (now.protocol, &now.host, now.port) != (met.protocol, &met.host, met.port)
            || now.learned == learned
        {
            return Ok(());
        }
        let sql = "UPDATE connections SET learned = $2 WHERE id = $1";
        on!(self, |c| sqlx::query(sql).bind(met.id.0).bind(Json(learned)).execute(c).await.map(drop)?);
        self.audit(AuditableEntityType::Connection, met.id, "Learned", json!({ "learned": learned }));
        Ok(())
    }

    async fn refuse_if_jumped_over(&mut self, id: ConnectionId, name: &str) -> Result<(), StoreError> {
        let sql = "SELECT name FROM connections WHERE jump_connection_id = $1 AND NOT is_deleted \
                   ORDER BY name_key LIMIT 5";
        let others: Vec<String> = on!(self, |c| sqlx::query_scalar(sql).bind(id.0).fetch_all(c).await?);
        if others.is_empty() {
            return Ok(());
        }
        let by = format!("the connection{} {}", if others.len() == 1 { "" } else { "s" }, others.join(", "));
        Err(StoreError::InUse { kind: KIND, name: name.to_owned(), by })
    }

    /// Brings a deleted connection back, if its name is still free.
    pub async fn restore_connection(&mut self, id: ConnectionId) -> Result<Connection, StoreError> {
        let mut connection = self.connection(id).await?;
        if connection.is_deleted {
            let now = self.now();
            let sql =
                "UPDATE connections SET is_deleted = FALSE, deleted_at = NULL, updated_at = $2 WHERE id = $1";
            let restored = on!(self, |c| sqlx::query(sql).bind(id.0).bind(now).execute(c).await.map(drop));
            taken(restored, KIND, &connection.name)?;
            (connection.is_deleted, connection.deleted_at, connection.updated_at) = (false, None, now);
            self.audit(AuditableEntityType::Connection, id, "Restored", json!({ "name": connection.name }));
        }
        Ok(connection)
    }

    async fn living_connection(&mut self, id: ConnectionId) -> Result<Connection, StoreError> {
        let connection = self.connection(id).await?;
        if connection.is_deleted { Err(StoreError::not_found(KIND, connection.name)) } else { Ok(connection) }
    }

    /// Refuses if the current steps of a living job hold the id anywhere in their configuration.
    pub(crate) async fn refuse_if_jobs_name(
        &mut self,
        id: Uuid,
        kind: &'static str,
        name: &str,
    ) -> Result<(), StoreError> {
        let sql = "SELECT DISTINCT j.name FROM jobs j JOIN job_steps s ON s.job_id = j.id \
                   WHERE NOT j.is_deleted AND NOT s.is_deleted AND CAST(s.configuration AS TEXT) LIKE $1 \
                   ORDER BY j.name LIMIT 5";
        let pattern = format!("%\"{id}\"%");
        let jobs: Vec<String> = on!(self, |c| sqlx::query_scalar(sql).bind(&pattern).fetch_all(c).await?);
        if jobs.is_empty() {
            return Ok(());
        }
        let by = format!("the job{} {}", if jobs.len() == 1 { "" } else { "s" }, jobs.join(", "));
        Err(StoreError::InUse { kind, name: name.to_owned(), by })
    }
}
