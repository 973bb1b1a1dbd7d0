//! The connection's `operation_timeout_sec`: time without progress, for each request and each block.
//!
//! Invariant: no call on a [`Remote`] waits longer than the limit for a server that stays silent.

use crate::remote::{
    Access, Capabilities, Entry, FileState, Listing, Remote, RemoteReader, RemoteWriter, Replace,
};
use crate::{TransferError, escaped};
use async_trait::async_trait;
use courier_domain::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// A server reads the whole file for its checksum and says nothing meanwhile, so it gets more time for that.
const HASHING: u32 = 20;

#[derive(Debug)]
pub(crate) struct Deadline {
    pub(crate) inner: Arc<dyn Remote>,
    pub(crate) limit: Duration,
}

async fn within<T>(
    limit: Duration,
    doing: impl FnOnce() -> String,
    work: impl Future<Output = Result<T, TransferError>>,
) -> Result<T, TransferError> {
    match tokio::time::timeout(limit, work).await {
        Ok(done) => done,
        Err(_) => Err(TransferError::Timeout { doing: doing(), seconds: limit.as_secs() }),
    }
}

impl Deadline {
    async fn on<T>(
        &self,
        verb: &str,
        path: &str,
        work: impl Future<Output = Result<T, TransferError>>,
    ) -> Result<T, TransferError> {
        within(self.limit, || format!("{verb} {}", escaped(path)), work).await
    }
}

#[async_trait]
impl Remote for Deadline {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }
    fn server_identity(&self) -> String {
        self.inner.server_identity()
    }
    async fn list(&self, path: &str) -> Result<Listing, TransferError> {
        self.on("listing", path, self.inner.list(path)).await
    }
    async fn stat(&self, path: &str) -> Result<Option<Entry>, TransferError> {
        self.on("looking at", path, self.inner.stat(path)).await
    }
    async fn access(&self, path: &str) -> Result<Access, TransferError> {
        self.on("looking at", path, self.inner.access(path)).await
    }
    async fn open_read(&self, path: &str, offset: u64) -> Result<Box<dyn RemoteReader>, TransferError> {
        let inner = self.on("opening", path, self.inner.open_read(path, offset)).await?;
        Ok(Box::new(TimedReader { inner, limit: self.limit, path: path.to_owned() }))
    }
    async fn open_write(
        &self,
        path: &str,
        permissions: Option<u32>,
    ) -> Result<Box<dyn RemoteWriter>, TransferError> {
        let inner = self.on("creating", path, self.inner.open_write(path, permissions)).await?;
        Ok(Box::new(TimedWriter { inner, limit: self.limit, path: path.to_owned() }))
    }
    async fn open_write_at(&self, path: &str, offset: u64) -> Result<Box<dyn RemoteWriter>, TransferError> {
        let inner = self.on("going on with", path, self.inner.open_write_at(path, offset)).await?;
        Ok(Box::new(TimedWriter { inner, limit: self.limit, path: path.to_owned() }))
    }
    async fn sha256(&self, path: &str) -> Result<Option<String>, TransferError> {
        let limit = self.limit * HASHING;
        within(limit, || format!("waiting for the checksum of {}", escaped(path)), self.inner.sha256(path))
            .await
    }
    async fn rename(&self, from: &str, to: &str, replace: Replace) -> Result<(), TransferError> {
        self.on("renaming", from, self.inner.rename(from, to, replace)).await
    }
    async fn delete(&self, path: &str) -> Result<(), TransferError> {
        self.on("deleting", path, self.inner.delete(path)).await
    }
    async fn mkdir(&self, path: &str) -> Result<(), TransferError> {
        self.on("making the folder", path, self.inner.mkdir(path)).await
    }
    async fn rmdir(&self, path: &str) -> Result<(), TransferError> {
        self.on("removing the folder", path, self.inner.rmdir(path)).await
    }
    async fn set_mtime(&self, path: &str, at: Timestamp) -> Result<(), TransferError> {
        self.on("setting the time of", path, self.inner.set_mtime(path, at)).await
    }
    async fn close(&self) {
        self.inner.close().await;
    }
}

#[derive(Debug)]
struct TimedReader {
    inner: Box<dyn RemoteReader>,
    limit: Duration,
    path: String,
}

#[async_trait]
impl RemoteReader for TimedReader {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, TransferError> {
        within(self.limit, || format!("reading {}", escaped(&self.path)), self.inner.next()).await
    }
    async fn state(&mut self) -> Result<FileState, TransferError> {
        within(self.limit, || format!("looking at {}", escaped(&self.path)), self.inner.state()).await
    }
    async fn close(&mut self) -> Result<(), TransferError> {
        within(self.limit, || format!("closing {}", escaped(&self.path)), self.inner.close()).await
    }
}

#[derive(Debug)]
struct TimedWriter {
    inner: Box<dyn RemoteWriter>,
    limit: Duration,
    path: String,
}

#[async_trait]
impl RemoteWriter for TimedWriter {
    fn block_len(&self) -> usize {
        self.inner.block_len()
    }
    async fn write(&mut self, block: Vec<u8>) -> Result<(), TransferError> {
        within(self.limit, || format!("writing {}", escaped(&self.path)), self.inner.write(block)).await
    }
    async fn finish(&mut self) -> Result<(), TransferError> {
        within(self.limit, || format!("finishing {}", escaped(&self.path)), self.inner.finish()).await
    }
    fn size(&self) -> Option<u64> {
        self.inner.size()
    }
    fn acknowledged(&self) -> u64 {
        self.inner.acknowledged()
    }
}
