//! Connections: how to reach a server, who we are there, and whom we trust.

mod draft;
mod host_key;
mod transport;

pub use draft::{ConnectionDraft, check_name};
pub use host_key::{HostKeyVerdict, KnownHost, judge_host_key, normal_fingerprint};
pub use transport::{
    IMPLICIT_TLS_PORT, Learned, ProxyConfig, ProxyKind, RateLimit, RateWindow, TlsMode, TransferProfile,
    normal_thumbprint,
};

use crate::macros::text_enum;
use crate::problem::Problems;
use crate::{ConnectionId, SshKeyId, Timestamp};
use serde::{Deserialize, Serialize};
use specta::Type;

text_enum! { pub enum ConnectionProtocol { Sftp = "sftp", Ftp = "ftp", Ftps = "ftps" } }
text_enum! { pub enum AuthMethod { Password = "password", SshKey = "ssh_key", PasswordAndSshKey = "password_and_ssh_key" } }
text_enum! {
    pub enum HostKeyPolicy {
        /// Stores the first key seen, refuses any change.
        TrustOnFirstUse = "trust_on_first_use",
        /// Accepts anything; only where the setting `security.insecure_trust_allowed` permits it.
        AlwaysTrust = "always_trust",
        /// Needs `stored_host_fingerprint` before the first connection.
        Manual = "manual",
    }
}
text_enum! { pub enum TlsCertPolicy { SystemTrust = "system_trust", PinnedThumbprint = "pinned_thumbprint", Insecure = "insecure" } }
text_enum! { pub enum ConnectionStatus { Active = "active", Disabled = "disabled" } }
text_enum! { pub enum TlsVersion { Tls10 = "tls_1_0", Tls11 = "tls_1_1", Tls12 = "tls_1_2", Tls13 = "tls_1_3" } }

impl ConnectionProtocol {
    /// As people write it.
    pub const fn label(self) -> &'static str {
        match self {
            ConnectionProtocol::Sftp => "SFTP",
            ConnectionProtocol::Ftp => "FTP",
            ConnectionProtocol::Ftps => "FTPS",
        }
    }

    /// The port a server of this protocol listens on unless told otherwise.
    pub const fn default_port(self) -> u16 {
        match self {
            ConnectionProtocol::Sftp => 22,
            ConnectionProtocol::Ftp | ConnectionProtocol::Ftps => 21,
        }
    }
}

impl AuthMethod {
    pub const fn needs_password(self) -> bool {
        matches!(self, AuthMethod::Password | AuthMethod::PasswordAndSshKey)
    }
    pub const fn needs_key(self) -> bool {
        matches!(self, AuthMethod::SshKey | AuthMethod::PasswordAndSshKey)
    }
}

/// Restricts and orders what an SSH handshake may use; `None` is Courier's default list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields, default)]
pub struct SshAlgorithmConfig {
    pub key_exchange: Option<Vec<String>>,
    pub encryption: Option<Vec<String>>,
    pub mac: Option<Vec<String>>,
    pub host_key: Option<Vec<String>>,
}

/// An encrypted secret as the store keeps it. Opaque here: only the vault can read it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub Vec<u8>);

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// A connection as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct Connection {
    pub id: ConnectionId,
    pub name: String,
    pub group: Option<String>,
    pub protocol: ConnectionProtocol,
    pub host: String,
    pub port: u16,
    pub auth_method: AuthMethod,
    pub username: String,
    #[serde(skip)]
    #[specta(skip)]
    pub password_encrypted: Option<Sealed>,
    pub ssh_key_id: Option<SshKeyId>,
    pub host_key_policy: HostKeyPolicy,
    pub stored_host_fingerprint: Option<String>,
    pub passive_mode: bool,
    pub tls_version_floor: Option<TlsVersion>,
    pub tls_cert_policy: TlsCertPolicy,
    pub tls_pinned_thumbprint: Option<String>,
    pub tls_mode: TlsMode,
    pub tls_version_ceiling: Option<TlsVersion>,
    pub ssh_algorithms: Option<SshAlgorithmConfig>,
    pub connect_timeout_sec: u32,
    pub operation_timeout_sec: u32,
    pub keepalive_interval_sec: u32,
    pub transport_retries: u32,
    pub session_limit: u32,
    pub transfer_profile: TransferProfile,
    pub rate_limit: Option<RateLimit>,
    pub jump_connection_id: Option<ConnectionId>,
    pub proxy: Option<ProxyConfig>,
    #[serde(skip)]
    #[specta(skip)]
    pub proxy_password_encrypted: Option<Sealed>,
    /// Not entered by anybody: what sessions found out.
    pub learned: Learned,
    pub status: ConnectionStatus,
    pub fips_override: bool,
    pub notes: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub is_deleted: bool,
    pub deleted_at: Option<Timestamp>,
}

impl Connection {
    /// A connection from a checked draft.
    pub fn new(
        id: ConnectionId,
        draft: ConnectionDraft,
        password: Option<Sealed>,
        now: Timestamp,
    ) -> Result<Self, Problems> {
        draft.check(password.is_some()).into_result()?;
        let mut connection = Self {
            id,
            name: String::new(),
            group: None,
            protocol: draft.protocol,
            host: String::new(),
            port: 0,
            auth_method: draft.auth_method,
            username: String::new(),
            password_encrypted: None,
            ssh_key_id: None,
            host_key_policy: draft.host_key_policy,
            stored_host_fingerprint: None,
            passive_mode: true,
            tls_version_floor: None,
            tls_cert_policy: draft.tls_cert_policy,
            tls_pinned_thumbprint: None,
            tls_mode: TlsMode::Explicit,
            tls_version_ceiling: None,
            ssh_algorithms: None,
            connect_timeout_sec: 0,
            operation_timeout_sec: 0,
            keepalive_interval_sec: 0,
            transport_retries: 0,
            session_limit: 1,
            transfer_profile: draft.transfer_profile,
            rate_limit: None,
            jump_connection_id: None,
            proxy: None,
            proxy_password_encrypted: None,
            learned: Learned::default(),
            status: draft.status,
            fips_override: false,
            notes: None,
            created_at: now,
            updated_at: now,
            is_deleted: false,
            deleted_at: None,
        };
        connection.fill(draft, password, now);
        Ok(connection)
    }

    /// Takes over a changed draft. `password` replaces the stored one only when it is given.
    pub fn edit(
        &mut self,
        draft: ConnectionDraft,
        password: Option<Sealed>,
        now: Timestamp,
    ) -> Result<(), Problems> {
        draft.check(password.is_some() || self.password_encrypted.is_some()).into_result()?;
        self.fill(draft, password, now);
        Ok(())
    }

    fn fill(&mut self, draft: ConnectionDraft, password: Option<Sealed>, now: Timestamp) {
        if draft.host_key_policy == HostKeyPolicy::Manual || draft.stored_host_fingerprint.is_some() {
            self.stored_host_fingerprint =
                draft.stored_host_fingerprint.as_deref().and_then(normal_fingerprint);
        }
        let port = draft.meant_port();
        self.tls_mode = draft.meant_tls_mode();
        if (self.protocol, self.host.as_str(), self.port) != (draft.protocol, draft.host.trim(), port) {
            self.learned = Learned::default();
        }
        self.name = draft.name;
        self.group = draft.group.filter(|g| !g.trim().is_empty());
        self.protocol = draft.protocol;
        self.host = draft.host.trim().to_owned();
        self.port = port;
        self.auth_method = draft.auth_method;
        self.username = draft.username;
        self.ssh_key_id = draft.ssh_key_id;
        self.host_key_policy = draft.host_key_policy;
        self.passive_mode = draft.passive_mode;
        self.tls_version_floor = draft.tls_version_floor;
        self.tls_cert_policy = draft.tls_cert_policy;
        self.tls_pinned_thumbprint = draft.tls_pinned_thumbprint.as_deref().and_then(normal_thumbprint);
        self.tls_version_ceiling = draft.tls_version_ceiling;
        self.ssh_algorithms = draft.ssh_algorithms;
        self.connect_timeout_sec = draft.connect_timeout_sec;
        self.operation_timeout_sec = draft.operation_timeout_sec;
        self.keepalive_interval_sec = draft.keepalive_interval_sec;
        self.transport_retries = draft.transport_retries;
        self.session_limit = draft.session_limit;
        self.transfer_profile = draft.transfer_profile;
        self.rate_limit = draft.rate_limit.filter(|limit| *limit != RateLimit::default());
        self.jump_connection_id = draft.jump_connection_id;
        self.proxy = draft.proxy;
        if self.proxy.as_ref().is_none_or(|proxy| proxy.username.is_none()) {
            self.proxy_password_encrypted = None;
        }
        self.status = draft.status;
        self.fips_override = draft.fips_override;
        self.notes = draft.notes.filter(|n| !n.trim().is_empty());
        if password.is_some() {
            self.password_encrypted = password;
        }
        if !self.auth_method.needs_password() {
            self.password_encrypted = None;
        }
        self.updated_at = now;
    }

    /// The proxy's password; kept only where the proxy asks for a user.
    pub fn set_proxy_password(&mut self, password: Option<Sealed>) {
        let asks = self.proxy.as_ref().is_some_and(|proxy| proxy.username.is_some());
        self.proxy_password_encrypted = password.filter(|_| asks);
    }

    /// Disabled, and only its password or its proxy's is missing: it is of use as soon as somebody gives it.
    pub fn waits_for_password(&self) -> bool {
        let own = self.auth_method.needs_password() && self.password_encrypted.is_none();
        let asks = self.proxy.as_ref().is_some_and(ProxyConfig::needs_password);
        self.status == ConnectionStatus::Disabled && (own || asks && self.proxy_password_encrypted.is_none())
    }

    /// The draft that would make this connection, for editing and export.
    pub fn to_draft(&self) -> ConnectionDraft {
        ConnectionDraft {
            name: self.name.clone(),
            group: self.group.clone(),
            protocol: self.protocol,
            host: self.host.clone(),
            port: Some(self.port),
            auth_method: self.auth_method,
            username: self.username.clone(),
            ssh_key_id: self.ssh_key_id,
            host_key_policy: self.host_key_policy,
            stored_host_fingerprint: self.stored_host_fingerprint.clone(),
            passive_mode: self.passive_mode,
            tls_version_floor: self.tls_version_floor,
            tls_cert_policy: self.tls_cert_policy,
            tls_pinned_thumbprint: self.tls_pinned_thumbprint.clone(),
            tls_mode: Some(self.tls_mode),
            tls_version_ceiling: self.tls_version_ceiling,
            ssh_algorithms: self.ssh_algorithms.clone(),
            connect_timeout_sec: self.connect_timeout_sec,
            operation_timeout_sec: self.operation_timeout_sec,
            keepalive_interval_sec: self.keepalive_interval_sec,
            transport_retries: self.transport_retries,
            session_limit: self.session_limit,
            transfer_profile: self.transfer_profile,
            rate_limit: self.rate_limit.clone(),
            jump_connection_id: self.jump_connection_id,
            proxy: self.proxy.clone(),
            status: self.status,
            fips_override: self.fips_override,
            notes: self.notes.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_no_names_of_a_server_or_a_user_are_refused() {
        let problems = |host: &str, username: &str| {
            let draft =
                serde_json::json!({ "name": "n", "protocol": "sftp", "host": host, "username": username });
            let draft: ConnectionDraft = serde_json::from_value(draft).unwrap();
            draft.check(true).0.into_iter().map(|p| p.path).collect::<Vec<_>>()
        };
        assert!(problems("sftp.example.org", "o'neil@example.org").is_empty());
        assert_eq!(problems("-oProxyCommand=x", "u\n"), ["host", "username"]);
        assert_eq!(problems(" -x", "\u{1b}[31mu"), ["host", "username"]);
    }

    #[test]
    fn the_way_of_a_draft_is_checked() {
        let problems = |change: serde_json::Value| {
            let mut draft =
                serde_json::json!({ "name": "n", "protocol": "ftp", "host": "h", "username": "u" });
            draft.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let draft: ConnectionDraft = serde_json::from_value(draft).unwrap();
            draft.check(true).0.into_iter().map(|p| p.path).collect::<Vec<_>>()
        };
        let proxy = |change: serde_json::Value| {
            let mut proxy = serde_json::json!({ "kind": "socks5", "host": "p", "port": 1080 });
            proxy.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            serde_json::json!({ "proxy": proxy })
        };
        assert!(problems(proxy(serde_json::json!({ "username": "u" }))).is_empty());
        assert_eq!(problems(proxy(serde_json::json!({ "host": "p\u{7}" }))), ["proxy.host"]);
        assert_eq!(problems(proxy(serde_json::json!({ "port": 0 }))), ["proxy.port"]);
        assert_eq!(problems(proxy(serde_json::json!({ "username": "" }))), ["proxy.username"]);
        assert_eq!(problems(proxy(serde_json::json!({ "username": "a:b" }))), ["proxy.username"]);
        let active = serde_json::json!({ "passive_mode": false });
        assert!(problems(active.clone()).is_empty());
        let mut both = proxy(serde_json::json!({}));
        both.as_object_mut().unwrap().extend(active.as_object().unwrap().clone());
        assert_eq!(problems(both), ["passive_mode"]);
    }

    #[test]
    fn a_connection_waits_for_its_password_only_while_it_is_disabled() {
        let draft = |status: &str| -> ConnectionDraft {
            serde_json::from_value(serde_json::json!({
                "name": "n", "protocol": "sftp", "host": "h", "username": "u", "status": status
            }))
            .unwrap()
        };
        let id = ConnectionId(uuid::Uuid::nil());
        let now = Timestamp::UNIX_EPOCH;
        assert!(Connection::new(id, draft("active"), None, now).is_err());
        let mut waiting = Connection::new(id, draft("disabled"), None, now).unwrap();
        let refused = waiting.edit(draft("active"), None, now).unwrap_err();
        assert_eq!(refused.0.iter().map(|p| p.path.as_str()).collect::<Vec<_>>(), ["password"]);
        assert!(waiting.edit(draft("active"), Some(Sealed(vec![1])), now).is_ok());
    }
}
