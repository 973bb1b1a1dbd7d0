//! Writing a remote file with many requests in flight.

use super::error::request;
use super::line::Line;
use super::remote::{Extensions, SftpRemote, Shape};
use crate::TransferError;
use crate::remote::RemoteWriter;
use async_trait::async_trait;
use futures::future::BoxFuture;
use futures::stream::{FuturesOrdered, StreamExt};
use russh_sftp::client::error::Error as SftpError;
use russh_sftp::protocol::FileAttributes;
use std::sync::Arc;
use std::task::Poll;

pub(crate) struct SftpWriter {
    line: Line,
    handle: Arc<str>,
    path: String,
    in_flight: FuturesOrdered<BoxFuture<'static, Result<u64, SftpError>>>,
    shape: Shape,
    extensions: Extensions,
    offset: u64,
    acknowledged: u64,
    closed: bool,
}

impl std::fmt::Debug for SftpWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SftpWriter")
            .field("path", &self.path)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

impl SftpWriter {
    pub(crate) fn new(line: Line, handle: String, path: &str, shape: Shape, extensions: Extensions) -> Self {
        Self {
            line,
            handle: handle.into(),
            path: path.to_owned(),
            in_flight: FuturesOrdered::new(),
            shape,
            extensions,
            offset: 0,
            acknowledged: 0,
            closed: false,
        }
    }

    /// Sets the mode of the open file: the server's umask may have taken bits away when it was made. Done before it
    /// has content, so that a file that is gone on with has them, too.
    pub(crate) async fn with_permissions(mut self, permissions: u32) -> Result<Self, TransferError> {
        let attributes = FileAttributes { permissions: Some(permissions), ..FileAttributes::empty() };
        match self.line.ask(self.line.raw.fsetstat(&*self.handle, attributes)).await {
            Ok(_) => Ok(self),
            Err(error) => Err(self.failed(error, "setting the permissions of").await),
        }
    }

    /// Goes on behind the first `offset` bytes of the open file and cuts off the rest.
    pub(crate) async fn going_on_at(mut self, offset: u64) -> Result<Self, TransferError> {
        let found = self.line.ask(self.line.raw.fstat(&*self.handle)).await;
        let size = found.map_err(|error| request(error, "looking at", &self.path))?.attrs.size;
        if size.is_none_or(|size| size < offset) {
            return Err(TransferError::Server {
                path: self.path.clone(),
                doing: "going on with it".to_owned(),
                message: format!("it has fewer than the {offset} bytes that were acknowledged"),
            });
        }
        if size != Some(offset) {
            let cut = FileAttributes { size: Some(offset), ..FileAttributes::empty() };
            match self.line.ask(self.line.raw.fsetstat(&*self.handle, cut)).await {
                // A server that cannot cut keeps bytes that are about to be written over.
                Ok(_) | Err(SftpError::Status(_)) => {}
                Err(error) => return Err(request(error, "cutting", &self.path)),
            }
        }
        (self.offset, self.acknowledged) = (offset, offset);
        Ok(self)
    }

    async fn take(&mut self, answer: Result<u64, SftpError>) -> Result<(), TransferError> {
        match answer {
            Ok(length) => {
                self.acknowledged += length;
                Ok(())
            }
            Err(error) => Err(self.failed(error, "writing").await),
        }
    }

    async fn failed(&mut self, error: SftpError, doing: &str) -> TransferError {
        let failed = request(error, doing, &self.path);
        let unclear = matches!(failed, TransferError::Server { .. });
        if unclear && self.extensions.statvfs && SftpRemote::is_full(&self.line, &self.path).await {
            return TransferError::DiskFull { path: self.path.clone(), cause: Some(Box::new(failed)) };
        }
        failed
    }
}

#[async_trait]
impl RemoteWriter for SftpWriter {
    fn block_len(&self) -> usize {
        self.shape.write_len
    }

    async fn write(&mut self, block: Vec<u8>) -> Result<(), TransferError> {
        if block.len() > self.shape.write_len {
            return Err(TransferError::Internal {
                detail: "a block is longer than the server takes".to_owned(),
            });
        }
        while self.in_flight.len() >= self.shape.in_flight {
            if let Some(answer) = self.in_flight.next().await {
                self.take(answer).await?;
            }
        }
        let (line, handle, offset) = (self.line.clone(), Arc::clone(&self.handle), self.offset);
        let length = block.len() as u64;
        self.in_flight.push_back(Box::pin(async move {
            line.ask(line.raw.write(&*handle, offset, block)).await.map(|_| length)
        }));
        self.offset += length;
        // A request leaves when its future is first polled: poll now, not when the queue is full.
        while let Some(answer) = futures::future::poll_fn(|cx| match self.in_flight.poll_next_unpin(cx) {
            Poll::Ready(answer) => Poll::Ready(answer),
            Poll::Pending => Poll::Ready(None),
        })
        .await
        {
            self.take(answer).await?;
        }
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), TransferError> {
        while let Some(answer) = self.in_flight.next().await {
            self.take(answer).await?;
        }
        if self.extensions.fsync
            && let Err(error) = self.line.ask(self.line.raw.fsync(&*self.handle)).await
        {
            return Err(self.failed(error, "making durable").await);
        }
        self.closed = true;
        match self.line.ask(self.line.raw.close(&*self.handle)).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.failed(error, "closing").await),
        }
    }

    fn acknowledged(&self) -> u64 {
        self.acknowledged
    }
}

impl Drop for SftpWriter {
    fn drop(&mut self) {
        if !self.closed {
            close_later(self.line.clone(), Arc::clone(&self.handle));
        }
    }
}

/// Gives a handle back whose owner went away in the middle, so that a pooled session does not run out of them.
pub(crate) fn close_later(line: Line, handle: Arc<str>) {
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(async move {
            if let Err(error) = line.ask(line.raw.close(&*handle)).await {
                tracing::debug!(%error, "an abandoned handle could not be closed");
            }
        });
    }
}
