//! One SFTP channel to ask over, which notices its own end.
//!
//! russh-sftp forgets requests that are made in the moment the channel ends; whoever waits for such an answer would
//! wait for ever. Invariant: nothing asked through [`Line::ask`] outlives the channel.

use russh_sftp::client::RawSftpSession;
use russh_sftp::client::error::Error as SftpError;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) raw: Arc<RawSftpSession>,
    /// Set by [`super::trust::Judge`] when the channel or its session ends.
    pub(crate) ended: CancellationToken,
}

impl Line {
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
}
