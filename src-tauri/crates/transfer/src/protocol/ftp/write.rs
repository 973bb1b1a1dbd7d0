//! Writing a remote file as one stream.
//!
//! Invariant: [`FtpWriter::finish`] is well only after the server said that the transfer is complete. The server
//! acknowledges nothing before. A writer that fails gives its session up at once.

use super::data::{Flow, verdict};
use super::error::{hung_up, refusal, server};
use super::pool::Lease;
use crate::remote::RemoteWriter;
use crate::{TransferError, escaped};
use async_trait::async_trait;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const BLOCK: usize = 256 * 1024;
/// How long a server that broke the data connection off has to say why.
const WHY: Duration = Duration::from_secs(5);
/// How long it has to end its half of the data connection once it has said that all is well.
const LINGER: Duration = Duration::from_millis(200);

#[derive(Debug)]
pub(crate) struct FtpWriter {
    lease: Option<Lease>,
    flow: Option<Flow>,
    path: String,
    permissions: Option<u32>,
    /// What was there before.
    from: u64,
    sent: u64,
    is_finished: bool,
}

impl FtpWriter {
    pub(crate) fn new(lease: Lease, flow: Flow, path: &str, from: u64, permissions: Option<u32>) -> Self {
        Self {
            lease: Some(lease),
            flow: Some(flow),
            path: path.to_owned(),
            permissions,
            from,
            sent: 0,
            is_finished: false,
        }
    }

    fn parts(&mut self) -> Result<(&mut Lease, &mut Flow), TransferError> {
        match (&mut self.lease, &mut self.flow) {
            (Some(lease), Some(flow)) => Ok((lease, flow)),
            _ => Err(hung_up(&format!("writing {}", escaped(&self.path)), None)),
        }
    }

    async fn send(&mut self, block: &[u8]) -> Result<(), TransferError> {
        let (lease, flow) = self.parts()?;
        let control = &mut lease.session()?.control;
        let early = flow.take_early();
        let step = match early {
            Some(reply) => Err(reply),
            None => tokio::select! {
                biased;
                sent = flow.wire.write_all(block) => Ok(sent),
                reply = control.reply() => Err(reply?),
            },
        };
        match step {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(self.broken_off(error).await),
            Err(reply) => {
                control.settled();
                lease.suspect(&reply).await;
                verdict(&reply, "writing", &self.path)?;
                Err(TransferError::Protocol {
                    doing: format!("writing {}", escaped(&self.path)),
                    detail: "it says that it has the whole file while it is still being sent".to_owned(),
                })
            }
        }
    }

    /// The data connection broke; the reason stands on the control connection, if the server gives one.
    async fn broken_off(&mut self, error: std::io::Error) -> TransferError {
        let lost = hung_up(&format!("writing {}", escaped(&self.path)), Some(error));
        let Some(lease) = &mut self.lease else { return lost };
        let Ok(session) = lease.session() else { return lost };
        match tokio::time::timeout(WHY, session.control.reply()).await {
            Ok(Ok(reply)) => {
                session.control.settled();
                lease.suspect(&reply).await;
                verdict(&reply, "writing", &self.path).err().unwrap_or(lost)
            }
            Ok(Err(_)) | Err(_) => lost,
        }
    }

    async fn complete(&mut self) -> Result<(), TransferError> {
        let path = self.path.clone();
        let (_, flow) = self.parts()?;
        if let Err(error) = flow.wire.shutdown().await {
            return Err(self.broken_off(error).await);
        }
        let (lease, flow) = self.parts()?;
        let session = lease.session()?;
        let mut early = flow.take_early();
        if session.tls.is_some() {
            // TLS tickets come this way, which the next data connection needs; and bytes left unread would make the
            // system break the connection off before the server has read it all.
            let mut nowhere = [0; 1024];
            let mut rest =
                Box::pin(async { while matches!(flow.wire.read(&mut nowhere).await, Ok(n) if n > 0) {} });
            tokio::select! {
                biased;
                () = &mut rest => {}
                reply = session.control.reply(), if early.is_none() => {
                    early = Some(reply?);
                    let _ = tokio::time::timeout(LINGER, rest).await;
                }
            }
        }
        self.flow = None;
        let Some(lease) = &mut self.lease else { return Ok(()) };
        let session = lease.session()?;
        let reply = match early {
            Some(reply) => reply,
            None => session.control.reply().await?,
        };
        session.control.settled();
        lease.suspect(&reply).await;
        verdict(&reply, "writing", &path)?;
        if let Some(permissions) = self.permissions {
            let command = format!("CHMOD {:03o} {path}", permissions & 0o7777);
            let reply = lease.session()?.ask("SITE", &command).await?;
            if !reply.is_done() {
                let doing = "setting the permissions of";
                return Err(refusal(&reply, doing, &path).unwrap_or_else(|| server(&reply, doing, &path)));
            }
        }
        Ok(())
    }
}

#[async_trait]
impl RemoteWriter for FtpWriter {
    fn block_len(&self) -> usize {
        BLOCK
    }

    async fn write(&mut self, block: Vec<u8>) -> Result<(), TransferError> {
        if block.len() > BLOCK {
            return Err(TransferError::Internal { detail: "a block is longer than it may be".to_owned() });
        }
        let sent = self.send(&block).await;
        match sent {
            Ok(()) => self.sent += block.len() as u64,
            Err(_) => {
                self.flow = None;
                self.lease = None;
            }
        }
        sent
    }

    async fn finish(&mut self) -> Result<(), TransferError> {
        let done = self.complete().await;
        self.is_finished = done.is_ok();
        self.flow = None;
        self.lease = None;
        done
    }

    fn acknowledged(&self) -> u64 {
        self.from + if self.is_finished { self.sent } else { 0 }
    }
}
