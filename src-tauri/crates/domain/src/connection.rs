//! Connections: how to reach a server, who we are there, and whom we trust.

use crate::macros::text_enum;
use crate::problem::{Problem, Problems};
use crate::{ConnectionId, KnownHostId, SshKeyId, Timestamp};
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

/// What a person enters about a connection, without its secrets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct ConnectionDraft {
    pub name: String,
    #[serde(default)]
    pub group: Option<String>,
    pub protocol: ConnectionProtocol,
    pub host: String,
    /// The protocol's default when absent.
    #[serde(default)]
    pub port: Option<u16>,
    #[serde(default = "default_auth_method")]
    pub auth_method: AuthMethod,
    pub username: String,
    #[serde(default)]
    pub ssh_key_id: Option<SshKeyId>,
    #[serde(default = "default_host_key_policy")]
    pub host_key_policy: HostKeyPolicy,
    #[serde(default)]
    pub stored_host_fingerprint: Option<String>,
    #[serde(default = "yes")]
    pub passive_mode: bool,
    #[serde(default)]
    pub tls_version_floor: Option<TlsVersion>,
    #[serde(default = "default_tls_cert_policy")]
    pub tls_cert_policy: TlsCertPolicy,
    #[serde(default)]
    pub tls_pinned_thumbprint: Option<String>,
    #[serde(default)]
    pub ssh_algorithms: Option<SshAlgorithmConfig>,
    /// Seconds until a connection attempt is given up.
    #[serde(default = "default_connect_timeout")]
    pub connect_timeout_sec: u32,
    /// Seconds without progress until an operation is given up.
    #[serde(default = "default_operation_timeout")]
    pub operation_timeout_sec: u32,
    /// Seconds between keepalives; 0 switches them off.
    #[serde(default = "default_keepalive")]
    pub keepalive_interval_sec: u32,
    #[serde(default = "default_transport_retries")]
    pub transport_retries: u32,
    #[serde(default = "default_status")]
    pub status: ConnectionStatus,
    #[serde(default)]
    pub fips_override: bool,
    #[serde(default)]
    pub notes: Option<String>,
}

fn default_auth_method() -> AuthMethod {
    AuthMethod::Password
}
fn default_host_key_policy() -> HostKeyPolicy {
    HostKeyPolicy::TrustOnFirstUse
}
fn default_tls_cert_policy() -> TlsCertPolicy {
    TlsCertPolicy::SystemTrust
}
fn default_connect_timeout() -> u32 {
    30
}
fn default_operation_timeout() -> u32 {
    300
}
fn default_keepalive() -> u32 {
    60
}
fn default_transport_retries() -> u32 {
    2
}
fn default_status() -> ConnectionStatus {
    ConnectionStatus::Active
}
fn yes() -> bool {
    true
}

impl ConnectionDraft {
    /// Everything wrong with the draft. `has_password` says whether one is stored or comes with the draft. A disabled
    /// connection may wait for its password; it cannot be enabled without.
    pub fn check(&self, has_password: bool) -> Problems {
        let mut problems = Problems::default();
        check_name(&self.name, "name", &mut problems);
        if self.host.trim().is_empty() {
            problems.push(Problem::error("host", "required", "Enter the server's name or address."));
        } else if self.host.contains(|c: char| c.is_whitespace() || c.is_control() || c == '/' || c == '@') {
            problems.push(Problem::error(
                "host",
                "invalid",
                "Enter only the server's name or address, without user, path or spaces.",
            ));
        } else if self.host.starts_with('-') {
            problems.push(Problem::error("host", "invalid", "A server's name does not begin with `-`."));
        }
        if self.port == Some(0) {
            problems.push(Problem::error("port", "out_of_range", "A port is between 1 and 65535."));
        }
        if self.username.trim().is_empty() {
            problems.push(Problem::error("username", "required", "Enter the user name to log in with."));
        } else if self.username.contains(char::is_control) {
            problems.push(Problem::error("username", "invalid", "A user name has no control characters."));
        }
        if self.auth_method.needs_key() {
            if self.protocol != ConnectionProtocol::Sftp {
                problems.push(Problem::error(
                    "auth_method",
                    "invalid",
                    "Only SFTP can log in with an SSH key.",
                ));
            } else if self.ssh_key_id.is_none() {
                problems.push(Problem::error("ssh_key_id", "required", "Choose the SSH key to log in with."));
            }
        }
        let waits = self.status == ConnectionStatus::Disabled;
        if self.auth_method.needs_password() && !has_password && !waits {
            problems.push(Problem::error("password", "required", "Enter the password to log in with."));
        }
        if self.host_key_policy == HostKeyPolicy::Manual && self.protocol == ConnectionProtocol::Sftp {
            match self.stored_host_fingerprint.as_deref() {
                None | Some("") => problems.push(Problem::error(
                    "stored_host_fingerprint",
                    "required",
                    "With the policy `manual`, enter the host key's fingerprint as the server's owner gave it to you.",
                )),
                Some(text) if normal_fingerprint(text).is_none() => problems.push(Problem::error(
                    "stored_host_fingerprint",
                    "invalid",
                    "A host key fingerprint looks like `SHA256:` followed by 43 letters, digits, `+` or `/`.",
                )),
                Some(_) => {}
            }
        }
        for (path, value, low, high) in [
            ("connect_timeout_sec", self.connect_timeout_sec, 1, 3_600),
            ("operation_timeout_sec", self.operation_timeout_sec, 1, 86_400),
            ("keepalive_interval_sec", self.keepalive_interval_sec, 0, 3_600),
            ("transport_retries", self.transport_retries, 0, 100),
        ] {
            if !(low..=high).contains(&value) {
                problems.push(Problem::error(
                    path,
                    "out_of_range",
                    format!("Enter a number from {low} to {high}."),
                ));
            }
        }
        problems
    }
}

/// `SHA256:…` as OpenSSH prints it, or `None` if the text is no such fingerprint. Accepts a missing prefix and
/// padding.
pub fn normal_fingerprint(text: &str) -> Option<String> {
    let body = text.trim();
    let body = body.strip_prefix("SHA256:").unwrap_or(body).trim_end_matches('=');
    let good = body.len() == 43 && body.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/');
    good.then(|| format!("SHA256:{body}"))
}

/// A name is 1 to 200 characters, without control characters, not only spaces.
pub fn check_name(name: &str, path: &str, problems: &mut Problems) {
    if name.trim().is_empty() {
        problems.push(Problem::error(path, "required", "Enter a name."));
    } else if name.chars().count() > 200 {
        problems.push(Problem::error(path, "too_long", "A name has at most 200 characters."));
    } else if name.chars().any(char::is_control) || name.trim() != name {
        problems.push(Problem::error(
            path,
            "invalid",
            "A name has no control characters and no spaces at its ends.",
        ));
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
    pub ssh_algorithms: Option<SshAlgorithmConfig>,
    pub connect_timeout_sec: u32,
    pub operation_timeout_sec: u32,
    pub keepalive_interval_sec: u32,
    pub transport_retries: u32,
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
            ssh_algorithms: None,
            connect_timeout_sec: 0,
            operation_timeout_sec: 0,
            keepalive_interval_sec: 0,
            transport_retries: 0,
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
        self.name = draft.name;
        self.group = draft.group.filter(|g| !g.trim().is_empty());
        self.protocol = draft.protocol;
        self.host = draft.host.trim().to_owned();
        self.port = draft.port.unwrap_or_else(|| draft.protocol.default_port());
        self.auth_method = draft.auth_method;
        self.username = draft.username;
        self.ssh_key_id = draft.ssh_key_id;
        self.host_key_policy = draft.host_key_policy;
        self.passive_mode = draft.passive_mode;
        self.tls_version_floor = draft.tls_version_floor;
        self.tls_cert_policy = draft.tls_cert_policy;
        self.tls_pinned_thumbprint = draft.tls_pinned_thumbprint;
        self.ssh_algorithms = draft.ssh_algorithms;
        self.connect_timeout_sec = draft.connect_timeout_sec;
        self.operation_timeout_sec = draft.operation_timeout_sec;
        self.keepalive_interval_sec = draft.keepalive_interval_sec;
        self.transport_retries = draft.transport_retries;
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

    /// Disabled, and only its password is missing: it is of use as soon as somebody gives one.
    pub fn waits_for_password(&self) -> bool {
        self.status == ConnectionStatus::Disabled
            && self.auth_method.needs_password()
            && self.password_encrypted.is_none()
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
            ssh_algorithms: self.ssh_algorithms.clone(),
            connect_timeout_sec: self.connect_timeout_sec,
            operation_timeout_sec: self.operation_timeout_sec,
            keepalive_interval_sec: self.keepalive_interval_sec,
            transport_retries: self.transport_retries,
            status: self.status,
            fips_override: self.fips_override,
            notes: self.notes.clone(),
        }
    }
}

/// A host key seen on a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct KnownHost {
    pub id: KnownHostId,
    pub connection_id: ConnectionId,
    /// `SHA256:` and the unpadded base64 of the key's SHA-256, as OpenSSH prints it.
    pub fingerprint: String,
    /// `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`, …
    pub key_type: String,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    /// `user@host`, or `system` for trust on first use.
    pub approved_by: String,
    pub revoked_at: Option<Timestamp>,
}

/// What a server's host key means under a connection's policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostKeyVerdict {
    /// Known, or expected by `stored_host_fingerprint`.
    Trusted,
    /// First contact under `trust_on_first_use`: go on and store it.
    TrustAndStore,
    /// Accepted without any check under `always_trust`: go on and audit it.
    Insecure,
    /// Another key than the known one.
    Changed { expected: Vec<String> },
    /// A key that a person has marked as no longer valid.
    Revoked,
}

/// Judges a presented host key. Pure; `known` are the connection's rows.
pub fn judge_host_key(
    policy: HostKeyPolicy,
    stored: Option<&str>,
    known: &[KnownHost],
    presented_fingerprint: &str,
) -> HostKeyVerdict {
    let row = known.iter().find(|k| k.fingerprint == presented_fingerprint);
    if row.is_some_and(|k| k.revoked_at.is_some()) {
        return HostKeyVerdict::Revoked;
    }
    match policy {
        HostKeyPolicy::AlwaysTrust => HostKeyVerdict::Insecure,
        HostKeyPolicy::Manual => {
            let expected = stored.and_then(normal_fingerprint);
            if expected.as_deref() == Some(presented_fingerprint) {
                HostKeyVerdict::Trusted
            } else {
                HostKeyVerdict::Changed { expected: expected.into_iter().collect() }
            }
        }
        HostKeyPolicy::TrustOnFirstUse => {
            if row.is_some() {
                return HostKeyVerdict::Trusted;
            }
            let mut expected: Vec<String> =
                known.iter().filter(|k| k.revoked_at.is_none()).map(|k| k.fingerprint.clone()).collect();
            expected.extend(stored.and_then(normal_fingerprint));
            expected.dedup();
            let first_ever = expected.is_empty() && known.is_empty();
            if first_ever || expected.iter().any(|f| f == presented_fingerprint) {
                HostKeyVerdict::TrustAndStore
            } else {
                HostKeyVerdict::Changed { expected }
            }
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
