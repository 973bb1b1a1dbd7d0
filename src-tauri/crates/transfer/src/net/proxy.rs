//! A connection's proxy: what it is asked, and what its answers mean whatever it speaks.

use super::dial::{self, Limit, dial};
use super::{http_connect, socks5};
use crate::{Target, TransferError};
use courier_domain::connection::{ProxyConfig, ProxyKind};
use courier_vault::SecretString;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpStream;

/// See the module. Connections through it are made again and again, so it has a password of its own.
#[derive(Debug)]
pub(crate) struct Proxy {
    config: ProxyConfig,
    password: Option<SecretString>,
}

/// Whom the proxy is told that we are.
pub(super) struct Login<'a> {
    pub(super) user: &'a str,
    pub(super) password: &'a str,
}

/// Why a proxy did not connect.
pub(super) enum Refusal {
    /// The server refuses connections, the proxy says.
    Refused,
    /// The proxy did not come through to the server. What it says, continuing "the proxy says that ".
    Unreachable(String),
    /// It is about the proxy itself: what it did, and what to do.
    Proxy { detail: String, cause: Option<crate::error::Cause> },
}

impl Proxy {
    pub(crate) fn of(target: &Target) -> Option<Arc<Self>> {
        let config = target.connection.proxy.clone()?;
        let password = target.credentials.proxy_password.as_ref().map(SecretString::duplicate);
        Some(Arc::new(Self { config, password }))
    }

    /// `SOCKS5 proxy proxy.example:1080`
    pub(crate) fn shown(&self) -> String {
        let kind = match self.config.kind {
            ProxyKind::Socks5 => "SOCKS5",
            ProxyKind::Http => "HTTP",
        };
        format!("{kind} proxy {}", self.address())
    }

    fn address(&self) -> String {
        dial::shown(self.config.host.trim(), self.config.port)
    }

    /// Where the proxy is.
    pub(crate) async fn resolve(&self, limit: &Limit) -> Result<Vec<SocketAddr>, TransferError> {
        let own = limit.for_address(format!("The {}", self.shown()));
        let found =
            own.on("looking up its name", dial::resolve(self.config.host.trim(), self.config.port)).await;
        found.map_err(|error| match error {
            TransferError::DnsFailed { host, cause } => {
                TransferError::DnsFailed { host: format!("{host} of the proxy"), cause }
            }
            other => other,
        })
    }

    /// A stream to `host` and `port`, which the proxy at `addresses` makes.
    pub(crate) async fn connect(
        &self,
        addresses: &[SocketAddr],
        host: &str,
        port: u16,
        limit: &Limit,
    ) -> Result<TcpStream, TransferError> {
        let own = limit.for_address(format!("The {}", self.shown()));
        let mut stream = own.on("connecting to the proxy", dial(addresses, own.address())).await?;
        let server = dial::shown(host, port);
        let asking = async {
            let asked = match self.config.kind {
                ProxyKind::Socks5 => {
                    socks5::connect(&mut stream, (dial::bare(host), port), self.login().as_ref()).await
                }
                ProxyKind::Http => http_connect::connect(&mut stream, &server, self.login().as_ref()).await,
            };
            asked.map_err(|refusal| self.refused(refusal, &server))
        };
        own.on(&format!("connecting to {server}"), asking).await?;
        Ok(stream)
    }

    fn login(&self) -> Option<Login<'_>> {
        let user = self.config.username.as_deref()?;
        Some(Login { user, password: self.password.as_ref().map(SecretString::expose).unwrap_or_default() })
    }

    fn refused(&self, refusal: Refusal, server: &str) -> TransferError {
        let through = format!("{server} (through the {})", self.shown());
        let said = |what: &str| Box::new(std::io::Error::other(format!("the proxy says that {what}")));
        match refusal {
            Refusal::Refused => {
                TransferError::Refused { address: through, cause: said("the server refuses connections") }
            }
            Refusal::Unreachable(what) => TransferError::Unreachable {
                address: through,
                reason: format!("the proxy says that {what}"),
                cause: said(&what),
            },
            Refusal::Proxy { detail, cause } => {
                TransferError::ProxyFailed { proxy: self.address(), detail, cause }
            }
        }
    }
}

impl Refusal {
    pub(super) fn proxy(detail: impl Into<String>) -> Self {
        Refusal::Proxy { detail: detail.into(), cause: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_with_brackets_where_they_need_them() {
        assert_eq!(dial::shown("h", 22), "h:22");
        assert_eq!(dial::shown("::1", 22), "[::1]:22");
        assert_eq!(dial::shown("[::1]", 22), "[::1]:22");
    }

    #[test]
    fn the_password_is_shown_nowhere() {
        let config = ProxyConfig {
            kind: ProxyKind::Http,
            host: "p".to_owned(),
            port: 3128,
            username: Some("u".to_owned()),
        };
        let proxy = Proxy { config, password: Some(SecretString::new("canary".to_owned())) };
        let refused = proxy.refused(Refusal::proxy("it does not take the login"), "h:22");
        assert!(!format!("{proxy:?} {refused:?} {refused}").contains("canary"));
        assert_eq!(
            refused.to_string(),
            "The proxy p:3128 did not let the connection through: it does not take the login"
        );
    }
}
