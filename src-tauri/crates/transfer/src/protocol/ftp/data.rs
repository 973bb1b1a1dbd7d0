//! Data connections: who opens them, TLS on them, and the beginning and end of what they carry.
//!
//! Invariant: a data connection goes to the host of the control connection, whatever address a reply names, and
//! through the same proxy; it is protected whenever the control connection is.

use super::control::Reply;
use super::error::{hung_up, refusal, server, unexpected};
use super::session::{DataMode, Session, argument};
use super::tls::is_resumed;
use super::wire::{Gulp, Wire};
use crate::net::{Limit, dial, shown};
use crate::{TransferError, escaped};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How long a server has to say that it does not take a data connection with a new TLS session. Asked once.
const OBJECTION: Duration = Duration::from_millis(400);
/// The most that is read meanwhile.
const FIRST: usize = 16 * 1024;

/// What flows.
#[derive(Debug)]
pub(crate) struct Flow {
    pub(crate) wire: Wire,
    /// The last reply, where it came before the data had ended.
    early: Option<Reply>,
    /// Data that came while it was not sure that the server takes the connection, and what followed it.
    first: Vec<u8>,
    end: Option<io::Result<()>>,
}

/// A command that opens a data connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order<'a> {
    pub(crate) verb: &'a str,
    /// Sent as it is.
    pub(crate) argument: Option<&'a str>,
    /// The remote path, for errors.
    pub(crate) path: &'a str,
    pub(crate) doing: &'a str,
    /// Where in the file it begins.
    pub(crate) restart: u64,
}

/// Why a data connection did not come to be.
#[derive(Debug)]
pub(crate) enum NoFlow {
    /// The path was refused with a reply that alone does not say why.
    Refused(Reply),
    /// The server broke off a TLS 1.3 data connection, as some do when tickets have run out.
    Unresumed(TransferError),
    Failed(TransferError),
}

impl From<TransferError> for NoFlow {
    fn from(error: TransferError) -> Self {
        NoFlow::Failed(error)
    }
}

enum Way {
    Open(TcpStream),
    Waiting(TcpListener, IpAddr),
}

impl Session {
    /// Begins a transfer. Until [`Session::end`] the session can do nothing else.
    pub(crate) async fn begin(&mut self, order: Order<'_>) -> Result<Flow, NoFlow> {
        let way = match self.mode {
            DataMode::Passive => Way::Open(self.passive().await?),
            DataMode::Active => self.active().await?,
        };
        if order.restart > 0 {
            let reply = self.ask("REST", &order.restart.to_string()).await?;
            if reply.code != 350 {
                return Err(TransferError::Unsupported(format!(
                    "The server does not go on in the middle of a file (it said `{}` for {}).",
                    reply.shown(),
                    escaped(order.path)
                ))
                .into());
            }
        }
        let sent = order.argument.map(argument);
        self.control.send(order.verb, sent.as_deref()).await?;
        let first = self.control.reply().await?;
        let early = match first.code / 100 {
            1 => None,
            2 => Some(first),
            _ => {
                self.control.settled();
                return Err(self.refused(first, order));
            }
        };
        let limit = self.connect_limit;
        let late = |what: &str| TransferError::Timeout {
            doing: format!("{} {} ({what})", order.doing, escaped(order.path)),
            seconds: limit.as_secs(),
        };
        let stream = match way {
            Way::Open(stream) => stream,
            Way::Waiting(listener, server) => {
                let accepted = tokio::time::timeout(limit, self.accept(&listener, server, order)).await;
                accepted.map_err(|_| {
                    late("the server did not open the data connection; behind a firewall use passive mode")
                })??
            }
        };
        let flow = Flow { wire: Wire::Clear(stream), early, first: Vec::new(), end: None };
        if self.tls.is_none() {
            return Ok(flow);
        }
        let protected = tokio::time::timeout(limit, self.protect(flow, order)).await;
        protected.map_err(|_| late("in the TLS handshake of the data connection"))?
    }

    async fn protect(&mut self, mut flow: Flow, order: Order<'_>) -> Result<Flow, NoFlow> {
        let (Some(tls), Wire::Clear(stream)) = (self.tls.clone(), flow.wire) else {
            return Err(TransferError::Internal { detail: "TLS is on already".to_owned() }.into());
        };
        let begun = tls.begin(stream, Gulp::Large, "opening the data connection").await;
        let is_13 = self.agreed.as_ref().is_some_and(|a| a.is_tls13);
        let stream = match begun {
            Ok(stream) => stream,
            // The reason stands on the control connection, if the server gives one.
            Err(error) => {
                return Err(match tokio::time::timeout(OBJECTION, self.control.reply()).await {
                    Ok(Ok(reply)) => {
                        self.control.settled();
                        self.objection(reply, order, is_13)
                    }
                    Ok(Err(_)) | Err(_) => error.into(),
                });
            }
        };
        let is_new = !is_resumed(&stream);
        flow.wire = Wire::Protected(Box::new(stream));
        if is_13 && is_new && !self.takes_new_sessions && flow.early.is_none() {
            self.await_objection(&mut flow, order).await?;
        }
        Ok(flow)
    }

    /// Servers that insist on resumption break the connection off now, and what was sent by then would be lost.
    async fn await_objection(&mut self, flow: &mut Flow, order: Order<'_>) -> Result<(), NoFlow> {
        let mut came = Vec::with_capacity(FIRST);
        let reply = tokio::select! {
            biased;
            got = flow.wire.read_buf(&mut came) => match got {
                Ok(n) if n > 0 => {
                    flow.first = came;
                    None
                }
                ended => {
                    flow.end = Some(ended.map(|_| ()));
                    // Some say why only when our half has ended too.
                    let _ = flow.wire.shutdown().await;
                    Some(self.control.reply().await?)
                }
            },
            reply = self.control.reply() => Some(reply?),
            () = tokio::time::sleep(OBJECTION) => None,
        };
        match reply {
            Some(reply) if !reply.is_done() => {
                self.control.settled();
                return Err(self.objection(reply, order, true));
            }
            early => flow.early = early,
        }
        self.takes_new_sessions = true;
        Ok(())
    }

    fn objection(&self, reply: Reply, order: Order<'_>, is_13: bool) -> NoFlow {
        let about_tls = matches!(reply.code, 425 | 426 | 522);
        if about_tls && is_13 {
            let doing = format!("{} {} (it said `{}`)", order.doing, escaped(order.path), reply.shown());
            return NoFlow::Unresumed(hung_up(&doing, None));
        }
        self.refused(reply, order)
    }

    fn refused(&self, reply: Reply, order: Order<'_>) -> NoFlow {
        match refusal(&reply, order.doing, order.path) {
            Some(error) => NoFlow::Failed(error),
            None => NoFlow::Refused(reply),
        }
    }

    /// We connect: to a port that the server names, never to an address.
    async fn passive(&mut self) -> Result<TcpStream, TransferError> {
        let peer = self.peer()?;
        let port = self.passive_port().await?;
        if let Some(proxy) = &self.proxy {
            let limit = Limit::new(shown(&self.host, port), self.connect_limit);
            let addresses = proxy.resolve(&limit).await?;
            return proxy.connect(&addresses, &self.host, port, &limit).await;
        }
        let address = SocketAddr::new(peer, port);
        let limit = Limit::new(address.to_string(), self.connect_limit);
        let doing = "opening the data connection; a firewall may not let the server's passive ports through";
        limit.on(doing, dial(&[address], limit.address())).await
    }

    async fn passive_port(&mut self) -> Result<u16, TransferError> {
        if self.extended {
            let reply = self.control.command("EPSV", None).await?;
            if reply.code == 229 {
                return extended_port(&reply).ok_or_else(|| unexpected(&reply, "opening a data connection"));
            }
            self.extended = false;
        }
        let reply = self.control.command("PASV", None).await?;
        match reply.code {
            227 => passive_port(&reply).ok_or_else(|| unexpected(&reply, "opening a data connection")),
            _ => Err(match refusal(&reply, "opening a data connection", "") {
                Some(error @ (TransferError::Lost { .. } | TransferError::AuthenticationFailed { .. })) => {
                    error
                }
                _ => unexpected(&reply, "opening a data connection"),
            }),
        }
    }

    /// The server connects to us, from the address that the control connection goes to.
    async fn active(&mut self) -> Result<Way, TransferError> {
        let failed = |error| hung_up("opening a port for the data connection", Some(error));
        let own = self.control.wire().tcp().local_addr().map_err(failed)?.ip().to_canonical();
        let listener = TcpListener::bind((own, 0)).await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let reply = match own {
            IpAddr::V4(own) => {
                let [a, b, c, d] = own.octets();
                let [high, low] = port.to_be_bytes();
                self.ask("PORT", &format!("{a},{b},{c},{d},{high},{low}")).await?
            }
            IpAddr::V6(own) => self.ask("EPRT", &format!("|2|{own}|{port}|")).await?,
        };
        if !reply.is_done() {
            return Err(TransferError::Unsupported(format!(
                "The server does not open data connections itself (it said `{}`). Use passive mode.",
                reply.shown()
            )));
        }
        Ok(Way::Waiting(listener, self.peer()?))
    }

    async fn accept(
        &mut self,
        listener: &TcpListener,
        server: IpAddr,
        order: Order<'_>,
    ) -> Result<TcpStream, NoFlow> {
        loop {
            tokio::select! {
                biased;
                accepted = listener.accept() => {
                    let (stream, from) =
                        accepted.map_err(|error| hung_up("opening the data connection", Some(error)))?;
                    if from.ip().to_canonical() == server {
                        return Ok(stream);
                    }
                    // Somebody else was faster.
                    tracing::warn!(%from, "a data connection from a foreign address was not taken");
                }
                reply = self.control.reply() => {
                    let reply = reply?;
                    self.control.settled();
                    return Err(self.refused(reply, order));
                }
            }
        }
    }

    fn peer(&self) -> Result<IpAddr, TransferError> {
        let peer = self.control.wire().tcp().peer_addr();
        peer.map(|p| p.ip().to_canonical())
            .map_err(|error| hung_up("opening the data connection", Some(error)))
    }

    /// After the data: what the server says of it. Only then is a transfer whole.
    pub(crate) async fn end(
        &mut self,
        early: Option<Reply>,
        doing: &str,
        path: &str,
    ) -> Result<(), TransferError> {
        let reply = match early {
            Some(reply) => reply,
            None => self.control.reply().await?,
        };
        self.control.settled();
        verdict(&reply, doing, path)
    }
}

/// A reply that says how a transfer went.
pub(crate) fn verdict(reply: &Reply, doing: &str, path: &str) -> Result<(), TransferError> {
    if reply.is_done() {
        return Ok(());
    }
    Err(refusal(reply, doing, path).unwrap_or_else(|| server(reply, doing, path)))
}

impl Flow {
    /// Data as it comes; nothing at its end.
    pub(crate) async fn read(&mut self, into: &mut Vec<u8>) -> io::Result<usize> {
        if !self.first.is_empty() {
            into.append(&mut self.first);
            return Ok(into.len());
        }
        match &self.end {
            None => self.wire.read_buf(into).await,
            Some(Ok(())) => Ok(0),
            Some(Err(error)) => Err(io::Error::new(error.kind(), error.to_string())),
        }
    }

    pub(crate) fn take_early(&mut self) -> Option<Reply> {
        self.early.take()
    }

    pub(crate) fn came_early(&mut self, reply: Reply) {
        self.early = Some(reply);
    }

    pub(crate) fn has_early(&self) -> bool {
        self.early.is_some()
    }
}

/// `229 Entering Extended Passive Mode (|||6446|)` (RFC 2428).
fn extended_port(reply: &Reply) -> Option<u16> {
    let text = reply.words();
    let inner = text.split_once('(')?.1.split_once(')')?.0;
    let mark = inner.chars().next()?;
    let mut parts = inner.split(mark);
    parts.nth(3)?.parse().ok().filter(|port| *port > 0)
}

/// `227 Entering Passive Mode (h1,h2,h3,h4,p1,p2)`: the address is not looked at.
fn passive_port(reply: &Reply) -> Option<u16> {
    let text = reply.words();
    let numbers = text
        .split(|c: char| !c.is_ascii_digit() && c != ',')
        .map(|run| run.split(',').map(str::parse).collect::<Result<Vec<u8>, _>>());
    let six = numbers.flatten().find(|numbers| numbers.len() == 6)?;
    Some(u16::from_be_bytes([*six.get(4)?, *six.get(5)?])).filter(|port| *port > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(code: u16, text: &str) -> Reply {
        Reply { code, lines: vec![text.as_bytes().to_vec()] }
    }

    #[test]
    fn ports_are_read_from_replies() {
        let extended = |text| extended_port(&reply(229, text));
        assert_eq!(extended("Entering Extended Passive Mode (|||6446|)"), Some(6446));
        assert_eq!(extended("ok (!!!1!)"), Some(1));
        assert_eq!(extended("Entering Extended Passive Mode (|||0|)"), None);
        assert_eq!(extended("Entering Extended Passive Mode (|||99999|)"), None);
        let passive = |text| passive_port(&reply(227, text));
        assert_eq!(passive("Entering Passive Mode (127,0,0,1,4,1)."), Some(1025));
        assert_eq!(passive("=10,0,0,1,1,0"), Some(256));
        assert_eq!(passive("Entering Passive Mode (127,0,0,1,4)"), None);
        assert_eq!(passive("Entering Passive Mode (127,0,0,1,400,1)"), None);
    }
}
