//! What a person enters about a connection, and everything that can be wrong with it.

use super::transport::{IMPLICIT_TLS_PORT, default_session_limit};
use super::{
    AuthMethod, ConnectionProtocol, ConnectionStatus, HostKeyPolicy, ProxyConfig, RateLimit,
    SshAlgorithmConfig, TlsCertPolicy, TlsMode, TlsVersion, TransferProfile, normal_fingerprint,
    normal_thumbprint,
};
use crate::problem::{Problem, Problems};
use crate::{ConnectionId, SshKeyId};
use serde::{Deserialize, Serialize};
use specta::Type;

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
    /// Implicit on port 990 when absent, else explicit.
    #[serde(default)]
    pub tls_mode: Option<TlsMode>,
    /// The newest TLS that is offered; the newest there is when absent.
    #[serde(default)]
    pub tls_version_ceiling: Option<TlsVersion>,
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
    /// Sessions with the server at once.
    #[serde(default = "default_session_limit")]
    pub session_limit: u32,
    #[serde(default = "default_transfer_profile")]
    pub transfer_profile: TransferProfile,
    #[serde(default)]
    pub rate_limit: Option<RateLimit>,
    /// The SFTP connection through whose server this one is reached.
    #[serde(default)]
    pub jump_connection_id: Option<ConnectionId>,
    #[serde(default)]
    pub proxy: Option<ProxyConfig>,
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
fn default_transfer_profile() -> TransferProfile {
    TransferProfile::Auto
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
            ("session_limit", self.session_limit, 1, 32),
        ] {
            if !(low..=high).contains(&value) {
                problems.push(Problem::error(
                    path,
                    "out_of_range",
                    format!("Enter a number from {low} to {high}."),
                ));
            }
        }
        self.check_tls(&mut problems);
        self.check_way(&mut problems);
        problems
    }

    fn check_tls(&self, problems: &mut Problems) {
        if self.protocol != ConnectionProtocol::Ftps {
            return;
        }
        if self.tls_cert_policy == TlsCertPolicy::PinnedThumbprint {
            match self.tls_pinned_thumbprint.as_deref() {
                None | Some("") => problems.push(Problem::error(
                    "tls_pinned_thumbprint",
                    "required",
                    "Enter the SHA-256 thumbprint of the server's certificate as its owner gave it to you.",
                )),
                Some(text) if normal_thumbprint(text).is_none() => problems.push(Problem::error(
                    "tls_pinned_thumbprint",
                    "invalid",
                    "A certificate's SHA-256 thumbprint has 64 hexadecimal digits.",
                )),
                Some(_) => {}
            }
        }
        let floor = self.tls_version_floor.unwrap_or(TlsVersion::Tls12);
        if let Some(ceiling) = self.tls_version_ceiling {
            if ceiling < TlsVersion::Tls12 {
                problems.push(Problem::error(
                    "tls_version_ceiling",
                    "invalid",
                    "TLS 1.0 and 1.1 are broken and not available; choose 1.2 or 1.3.",
                ));
            } else if ceiling < floor {
                problems.push(Problem::error(
                    "tls_version_ceiling",
                    "invalid",
                    "The newest TLS version cannot be older than the oldest.",
                ));
            }
        }
        if floor < TlsVersion::Tls12 {
            problems.push(Problem::warning(
                "tls_version_floor",
                "not_available",
                "TLS 1.0 and 1.1 are broken and not available; 1.2 is the oldest that is used.",
            ));
        }
    }

    fn check_way(&self, problems: &mut Problems) {
        if self.jump_connection_id.is_some() {
            if self.protocol != ConnectionProtocol::Sftp {
                problems.push(Problem::error(
                    "jump_connection_id",
                    "invalid",
                    "Only SFTP can go through a jump host; use a proxy.",
                ));
            } else if self.proxy.is_some() {
                problems.push(Problem::error(
                    "proxy",
                    "invalid",
                    "The jump host is reached through its own proxy; choose one of the two.",
                ));
            }
        }
        if let Some(proxy) = &self.proxy {
            proxy.check(problems);
            if self.protocol != ConnectionProtocol::Sftp && !self.passive_mode {
                problems.push(Problem::error(
                    "passive_mode",
                    "invalid",
                    "In active mode the server opens the data connections, and through a proxy it cannot. Use passive mode.",
                ));
            }
        }
        if let Some(limit) = &self.rate_limit {
            limit.check("rate_limit", problems);
        }
    }

    /// The port that is meant.
    pub(super) fn meant_port(&self) -> u16 {
        let implicit = self.protocol == ConnectionProtocol::Ftps && self.tls_mode == Some(TlsMode::Implicit);
        let usual = if implicit { IMPLICIT_TLS_PORT } else { self.protocol.default_port() };
        self.port.unwrap_or(usual)
    }

    /// When TLS begins.
    pub(super) fn meant_tls_mode(&self) -> TlsMode {
        self.tls_mode.unwrap_or(if self.meant_port() == IMPLICIT_TLS_PORT {
            TlsMode::Implicit
        } else {
            TlsMode::Explicit
        })
    }
}

/// A name is 1 to 200 characters, without control characters, not only spaces.
pub fn check_name(name: &str, path: &str, problems: &mut Problems) {
    if name.trim().is_empty() {
        problems.push(Problem::error(path, "required", "Enter a name."));
    } else if name.chars().count() > 200 {
        problems.push(Problem::error(path, "too_long", "A name has at most 200 characters."));
    } else if name.chars().any(unreadable) || name.trim() != name {
        problems.push(Problem::error(
            path,
            "invalid",
            "A name has no control characters and no spaces at its ends.",
        ));
    }
}

/// What nobody sees in a name but that changes how it, or the text around it, is read: control characters, marks that
/// turn the direction of writing, line ends and what has no width. A joiner within a word or an emoji is none of them.
fn unreadable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}
