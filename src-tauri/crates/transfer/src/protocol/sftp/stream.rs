//! What an SSH connection runs on: TCP, or a channel through a jump host. Its first bytes may be looked at.

use super::channel::Session;
use russh::ChannelStream;
use russh::client::Msg;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

pub(crate) struct Stream {
    /// Read already, and still to be given out.
    head: Vec<u8>,
    wire: Wire,
}

enum Wire {
    Tcp(TcpStream),
    Tunnel(Box<Tunnel>),
}

/// A channel to the server, and the session with the jump host that it is in: both end together.
pub(crate) struct Tunnel {
    pub(crate) channel: ChannelStream<Msg>,
    pub(crate) _session: Session,
}

impl From<TcpStream> for Stream {
    fn from(stream: TcpStream) -> Self {
        Self { head: Vec::new(), wire: Wire::Tcp(stream) }
    }
}

impl From<Tunnel> for Stream {
    fn from(tunnel: Tunnel) -> Self {
        Self { head: Vec::new(), wire: Wire::Tunnel(Box::new(tunnel)) }
    }
}

impl Stream {
    /// The first bytes, as many as come at once and at most `most`. They are read again afterwards. Empty at the end.
    pub(crate) async fn peek(&mut self, most: usize) -> io::Result<&[u8]> {
        let mut first = vec![0; most];
        let got = self.read(&mut first).await?;
        first.truncate(got);
        first.append(&mut self.head);
        self.head = first;
        Ok(&self.head)
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.head.is_empty() {
            let length = this.head.len().min(into.remaining());
            into.put_slice(&this.head[..length]);
            this.head.drain(..length);
            return Poll::Ready(Ok(()));
        }
        match &mut this.wire {
            Wire::Tcp(stream) => Pin::new(stream).poll_read(cx, into),
            Wire::Tunnel(tunnel) => Pin::new(&mut tunnel.channel).poll_read(cx, into),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().wire {
            Wire::Tcp(stream) => Pin::new(stream).poll_write(cx, from),
            Wire::Tunnel(tunnel) => Pin::new(&mut tunnel.channel).poll_write(cx, from),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().wire {
            Wire::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Wire::Tunnel(tunnel) => Pin::new(&mut tunnel.channel).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().wire {
            Wire::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Wire::Tunnel(tunnel) => Pin::new(&mut tunnel.channel).poll_shutdown(cx),
        }
    }
}
