//! One SFTP channel to ask over, which notices its own end and knows how much is under way on it.
//!
//! russh-sftp forgets requests that are made in the moment the channel ends; whoever waits for such an answer would
//! wait for ever. Invariant: nothing asked through [`Line::ask`] outlives the channel.

use futures::FutureExt;
use russh_sftp::client::RawSftpSession;
use russh_sftp::client::error::Error as SftpError;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio_util::sync::CancellationToken;

#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) raw: Arc<RawSftpSession>,
    /// Set by [`super::trust::Judge`] when the channel or its session ends.
    ended: CancellationToken,
    under_way: Arc<AtomicU64>,
}

impl Line {
    pub(crate) fn new(raw: RawSftpSession, ended: CancellationToken) -> Self {
        Self { raw: Arc::new(raw), ended, under_way: Arc::default() }
    }

    /// Waits for an answer, or for the end of the channel.
    pub(crate) async fn ask<T>(
        &self,
        answer: impl Future<Output = Result<T, SftpError>>,
    ) -> Result<T, SftpError> {
        tokio::select! {
            biased;
            answer = answer => answer,
            () = self.ended.cancelled() => Err(SftpError::IO("the connection has ended".to_owned())),
        }
    }

    pub(crate) fn is_alive(&self) -> bool {
        !self.ended.is_cancelled()
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.raw, &other.raw)
    }

    /// Ends the channel, not its connection.
    pub(crate) fn hang_up(&self) {
        if self.raw.close_session().is_err() {
            tracing::debug!("the SFTP channel had ended already");
        }
    }

    /// Bytes that were asked for or sent and not answered yet.
    pub(crate) fn under_way(&self) -> u64 {
        self.under_way.load(Ordering::Relaxed)
    }

    /// Counts `bytes` as under way until the result is dropped.
    pub(crate) fn carry(&self, bytes: u64) -> Load {
        self.under_way.fetch_add(bytes, Ordering::Relaxed);
        Load { under_way: Arc::clone(&self.under_way), bytes }
    }

    /// Gives a handle back. The request leaves now, so that whatever is asked next on this line comes after it; the
    /// answer is not waited for.
    pub(crate) fn close_unheard(&self, handle: Arc<str>) {
        let line = self.clone();
        let mut closing = Box::pin(async move {
            if let Err(error) = line.ask(line.raw.close(&*handle)).await {
                tracing::debug!(%error, "a handle could not be closed");
            }
        });
        if (&mut closing).now_or_never().is_none()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(closing);
        }
    }
}

/// Bytes under way on a line; see [`Line::carry`].
pub(crate) struct Load {
    under_way: Arc<AtomicU64>,
    bytes: u64,
}

impl Drop for Load {
    fn drop(&mut self) {
        self.under_way.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
