//! The connection's `transport_retries`: a lost connection is made again, and what can safely be asked twice is asked
//! again. A rename or delete is not: whether it happened before the cut only its caller can find out.
//!
//! Invariant: a session that is taken up again is with the very host key it began with.

use crate::TransferError;
use crate::remote::{Access, Capabilities, Entry, Listing, Remote, RemoteReader, RemoteWriter, Replace};
use async_trait::async_trait;
use courier_domain::Timestamp;
use futures::future::BoxFuture;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// Makes the connection anew; is given the identity that the server must have.
pub(crate) type Reopen =
    Box<dyn Fn(String) -> BoxFuture<'static, Result<Arc<dyn Remote>, TransferError>> + Send + Sync>;

pub(crate) struct Reconnect {
    current: RwLock<(u64, Arc<dyn Remote>)>,
    /// Attempts that are left; held while one is made.
    left: tokio::sync::Mutex<u32>,
    most: u32,
    reopen: Reopen,
}

impl std::fmt::Debug for Reconnect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reconnect").field("most", &self.most).finish_non_exhaustive()
    }
}

impl Reconnect {
    pub(crate) fn new(first: Arc<dyn Remote>, retries: u32, reopen: Reopen) -> Self {
        Self {
            current: RwLock::new((0, first)),
            left: tokio::sync::Mutex::new(retries),
            most: retries,
            reopen,
        }
    }

    fn current(&self) -> (u64, Arc<dyn Remote>) {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the session of `generation`, unless somebody has done so already.
    async fn again(&self, generation: u64, lost: TransferError) -> Result<(), TransferError> {
        let mut left = self.left.lock().await;
        if self.current().0 != generation {
            return Ok(());
        }
        let mut last = lost;
        while *left > 0 {
            let tried = self.most - *left;
            *left -= 1;
            tokio::time::sleep(Duration::from_millis(500) * tried).await;
            let identity = self.server_identity();
            match (self.reopen)(identity).await {
                Ok(fresh) => {
                    *self.current.write().unwrap_or_else(PoisonError::into_inner) = (generation + 1, fresh);
                    return Ok(());
                }
                Err(error) if error.retry() == courier_domain::Retry::Later => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    async fn twice<T, F>(&self, ask: impl Fn(Arc<dyn Remote>) -> F + Send) -> Result<T, TransferError>
    where
        F: Future<Output = Result<T, TransferError>> + Send,
        T: Send,
    {
        loop {
            let (generation, remote) = self.current();
            match ask(remote).await {
                Err(lost) if lost.is_lost() => self.again(generation, lost).await?,
                done => return done,
            }
        }
    }
}

#[async_trait]
impl Remote for Reconnect {
    fn capabilities(&self) -> Capabilities {
        self.current().1.capabilities()
    }
    fn server_identity(&self) -> String {
        self.current().1.server_identity()
    }
    async fn list(&self, path: &str) -> Result<Listing, TransferError> {
        self.twice(|remote| async move { remote.list(path).await }).await
    }
    async fn stat(&self, path: &str) -> Result<Option<Entry>, TransferError> {
        self.twice(|remote| async move { remote.stat(path).await }).await
    }
    async fn access(&self, path: &str) -> Result<Access, TransferError> {
        self.twice(|remote| async move { remote.access(path).await }).await
    }
    async fn open_read(&self, path: &str, offset: u64) -> Result<Box<dyn RemoteReader>, TransferError> {
        self.twice(|remote| async move { remote.open_read(path, offset).await }).await
    }
    async fn open_write(
        &self,
        path: &str,
        permissions: Option<u32>,
    ) -> Result<Box<dyn RemoteWriter>, TransferError> {
        self.twice(|remote| async move { remote.open_write(path, permissions).await }).await
    }
    async fn open_write_at(&self, path: &str, offset: u64) -> Result<Box<dyn RemoteWriter>, TransferError> {
        self.twice(|remote| async move { remote.open_write_at(path, offset).await }).await
    }
    async fn sha256(&self, path: &str) -> Result<Option<String>, TransferError> {
        self.twice(|remote| async move { remote.sha256(path).await }).await
    }
    async fn rename(&self, from: &str, to: &str, replace: Replace) -> Result<(), TransferError> {
        self.current().1.rename(from, to, replace).await
    }
    async fn delete(&self, path: &str) -> Result<(), TransferError> {
        self.current().1.delete(path).await
    }
    async fn mkdir(&self, path: &str) -> Result<(), TransferError> {
        self.current().1.mkdir(path).await
    }
    async fn rmdir(&self, path: &str) -> Result<(), TransferError> {
        self.current().1.rmdir(path).await
    }
    async fn set_mtime(&self, path: &str, at: Timestamp) -> Result<(), TransferError> {
        self.twice(|remote| async move { remote.set_mtime(path, at).await }).await
    }
    async fn close(&self) {
        // A closed connection stays closed.
        *self.left.lock().await = 0;
        self.current().1.close().await;
    }
}
