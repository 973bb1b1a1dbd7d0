//! A connection, in clear or protected: what control and data connections read from and write to.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, BufReader, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// TLS takes its records in small bites; what has come is fetched from the kernel at once.
pub(crate) type Protected = TlsStream<BufReader<TcpStream>>;

/// Bytes that one read of a protected connection may fetch.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Gulp {
    /// Of replies.
    Small = 8 * 1024,
    /// Of files.
    Large = 256 * 1024,
}

#[derive(Debug)]
pub(crate) enum Wire {
    Clear(TcpStream),
    Protected(Box<Protected>),
}

impl Wire {
    pub(crate) fn tcp(&self) -> &TcpStream {
        match self {
            Wire::Clear(stream) => stream,
            Wire::Protected(stream) => stream.get_ref().0.get_ref(),
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Wire::Clear(stream) => Pin::new(stream).poll_read(cx, into),
            // Fails where the other side ends without saying so.
            Wire::Protected(stream) => Pin::new(stream).poll_read(cx, into),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Wire::Clear(stream) => Pin::new(stream).poll_write(cx, from),
            Wire::Protected(stream) => Pin::new(stream).poll_write(cx, from),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Wire::Clear(stream) => Pin::new(stream).poll_flush(cx),
            Wire::Protected(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Wire::Clear(stream) => Pin::new(stream).poll_shutdown(cx),
            Wire::Protected(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
