//! The way to a server: by itself or through a proxy, as a TCP stream on which the server speaks next.
//!
//! SOCKS5 is spoken by tokio-socks. HTTP's CONNECT is spoken here: the libraries for it read past the proxy's answer,
//! and SSH and FTP servers speak first, so their first words would be lost. Left out: jump hosts, which SSH makes
//! ([`crate::protocol::sftp::jump`]), and retry. Invariant: the proxy's password is in no message, also not where the
//! proxy says it.

mod dial;
mod http_connect;
mod proxy;
mod socks5;

pub(crate) use dial::{Limit, bare, dial, shown};
pub(crate) use proxy::Proxy;

use crate::protocol::watch::Watch;
use crate::{Stage, Target, TransferError};
use tokio::net::TcpStream;

/// A connection to the target's host and port. Each part has the limit for itself.
pub(crate) async fn reach(
    target: &Target,
    limit: &Limit,
    watch: &mut dyn Watch,
) -> Result<TcpStream, TransferError> {
    let connection = &target.connection;
    watch.enter(Stage::Dns);
    let Some(proxy) = Proxy::of(target) else {
        let looking = dial::resolve(&connection.host, connection.port);
        let addresses = limit.on("looking up the name", looking).await?;
        watch.found(dial::listed(&addresses));
        watch.enter(Stage::Tcp);
        return limit.on("connecting", dial(&addresses, limit.address())).await;
    };
    let addresses = proxy.resolve(limit).await?;
    watch.found(format!("left to the {}, which is at {}", proxy.shown(), dial::listed(&addresses)));
    watch.enter(Stage::Tcp);
    let stream = proxy.connect(&addresses, &connection.host, connection.port, limit).await?;
    watch.found(format!("through the {}", proxy.shown()));
    Ok(stream)
}
