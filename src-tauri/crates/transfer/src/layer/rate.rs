//! The limits of a connection and of the node, around every other layer: what waits for its turn here is no
//! silence of the server.
//!
//! Invariant: each byte of a file's content passes [`Paces::take`] once, as it is read or before it is written.

use crate::TransferError;
use crate::memory::Budget;
use crate::pace::Paces;
use crate::remote::{
    Access, Capabilities, Entry, FileState, Listing, Remote, RemoteReader, RemoteWriter, Replace,
};
use async_trait::async_trait;
use courier_domain::Timestamp;
use std::sync::Arc;

#[derive(Debug)]
pub(crate) struct Rate {
    pub(crate) inner: Arc<dyn Remote>,
    pub(crate) paces: Paces,
}

impl Rate {
    fn writer(&self, inner: Box<dyn RemoteWriter>) -> Box<dyn RemoteWriter> {
        Box::new(PacedWriter { inner, paces: self.paces.clone() })
    }
}

#[async_trait]
impl Remote for Rate {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }
    fn memory(&self) -> Arc<Budget> {
        Arc::clone(self.paces.memory())
    }
    fn server_identity(&self) -> String {
        self.inner.server_identity()
    }
    async fn list(&self, path: &str) -> Result<Listing, TransferError> {
        self.inner.list(path).await
    }
    async fn stat(&self, path: &str) -> Result<Option<Entry>, TransferError> {
        self.inner.stat(path).await
    }
    async fn access(&self, path: &str) -> Result<Access, TransferError> {
        self.inner.access(path).await
    }
    async fn open_read(&self, path: &str, offset: u64) -> Result<Box<dyn RemoteReader>, TransferError> {
        let inner = self.inner.open_read(path, offset).await?;
        Ok(Box::new(PacedReader { inner, paces: self.paces.clone(), arrived: None }))
    }
    async fn open_write(
        &self,
        path: &str,
        permissions: Option<u32>,
    ) -> Result<Box<dyn RemoteWriter>, TransferError> {
        Ok(self.writer(self.inner.open_write(path, permissions).await?))
    }
    async fn open_write_at(&self, path: &str, offset: u64) -> Result<Box<dyn RemoteWriter>, TransferError> {
        Ok(self.writer(self.inner.open_write_at(path, offset).await?))
    }
    async fn sha256(&self, path: &str) -> Result<Option<String>, TransferError> {
        self.inner.sha256(path).await
    }
    async fn rename(&self, from: &str, to: &str, replace: Replace) -> Result<(), TransferError> {
        self.inner.rename(from, to, replace).await
    }
    async fn delete(&self, path: &str) -> Result<(), TransferError> {
        self.inner.delete(path).await
    }
    async fn mkdir(&self, path: &str) -> Result<(), TransferError> {
        self.inner.mkdir(path).await
    }
    async fn rmdir(&self, path: &str) -> Result<(), TransferError> {
        self.inner.rmdir(path).await
    }
    async fn set_mtime(&self, path: &str, at: Timestamp) -> Result<(), TransferError> {
        self.inner.set_mtime(path, at).await
    }
    async fn close(&self) {
        self.inner.close().await;
    }
}

#[derive(Debug)]
struct PacedReader {
    inner: Box<dyn RemoteReader>,
    paces: Paces,
    /// Waits for its turn, also when whoever asked for it has given up meanwhile.
    arrived: Option<Vec<u8>>,
}

#[async_trait]
impl RemoteReader for PacedReader {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, TransferError> {
        if self.arrived.is_none() {
            self.arrived = self.inner.next().await?;
        }
        if let Some(block) = &self.arrived {
            self.paces.take(block.len()).await;
        }
        Ok(self.arrived.take())
    }
    async fn state(&mut self) -> Result<FileState, TransferError> {
        self.inner.state().await
    }
    async fn close(&mut self) -> Result<(), TransferError> {
        self.inner.close().await
    }
}

#[derive(Debug)]
struct PacedWriter {
    inner: Box<dyn RemoteWriter>,
    paces: Paces,
}

#[async_trait]
impl RemoteWriter for PacedWriter {
    fn block_len(&self) -> usize {
        let usual = self.inner.block_len();
        usize::try_from(self.paces.block(usual as u64)).unwrap_or(usual)
    }
    async fn write(&mut self, block: Vec<u8>) -> Result<(), TransferError> {
        self.paces.take(block.len()).await;
        self.inner.write(block).await
    }
    async fn finish(&mut self) -> Result<(), TransferError> {
        self.inner.finish().await
    }
    fn size(&self) -> Option<u64> {
        self.inner.size()
    }
    fn acknowledged(&self) -> u64 {
        self.inner.acknowledged()
    }
}
