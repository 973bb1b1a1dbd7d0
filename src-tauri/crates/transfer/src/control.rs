//! How a caller steers a running transfer: cancel it, watch it, and decide at the last moment whether it may publish.

use crate::TransferError;
use courier_domain::Clock;
use futures::future::BoxFuture;
use serde::Serialize;
use specta::Type;
use std::path::PathBuf;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// How far one file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct ProgressTick {
    /// The remote path of a download, the local path of an upload.
    pub file: String,
    /// Bytes of this file that are done, those of earlier attempts included. May fall when a file starts again.
    pub bytes: u64,
    pub total: Option<u64>,
}

/// Steers one transfer. Ticks come for each block that moved (about 255 KiB); the receiver throttles.
#[derive(Clone)]
pub struct Control {
    pub cancel: CancellationToken,
    pub progress: Arc<dyn Fn(ProgressTick) + Send + Sync>,
    pub clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control").field("cancelled", &self.cancel.is_cancelled()).finish_non_exhaustive()
    }
}

impl Control {
    pub(crate) fn check(&self) -> Result<(), TransferError> {
        if self.cancel.is_cancelled() { Err(TransferError::Cancelled) } else { Ok(()) }
    }

    /// Runs `work` unless the transfer is cancelled first.
    pub(crate) async fn or_cancelled<T>(
        &self,
        work: impl Future<Output = Result<T, TransferError>>,
    ) -> Result<T, TransferError> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(TransferError::Cancelled),
            done = work => done,
        }
    }
}

/// What is about to get its final name: verified, complete, durable under `temporary`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// Local for a download, remote for an upload.
    pub temporary: PathBuf,
    pub destination: PathBuf,
    pub size: u64,
    /// Lower-case hex.
    pub sha256: String,
}

/// Called once, right before the rename: records the intent and checks that the lease is still ours. An error
/// (usually [`TransferError::LeaseLost`]) leaves the destination untouched.
pub type BeforePublish =
    Arc<dyn Fn(Publication) -> BoxFuture<'static, Result<(), TransferError>> + Send + Sync>;

/// For transfers outside an execution: nothing to check.
pub fn publish_freely() -> BeforePublish {
    Arc::new(|_| Box::pin(async { Ok(()) }))
}
