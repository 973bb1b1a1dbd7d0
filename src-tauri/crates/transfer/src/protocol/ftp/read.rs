//! Reading a remote file as it comes, in blocks, until the server has said that this was all.
//!
//! Invariant: the end is told only after the data ended in order (with TLS: after its own end) and the last reply said
//! that the transfer is complete. A reader that fails gives its session up at once.

use super::data::Flow;
use super::error::hung_up;
use super::pool::Lease;
use crate::remote::{FileState, RemoteReader};
use crate::{TransferError, escaped};
use async_trait::async_trait;
use std::io;
use std::time::Duration;

const BLOCK: usize = 256 * 1024;
/// How long a block waits to be filled after its first byte.
const GATHERING: Duration = Duration::from_millis(20);
/// How long a server has to notice that a transfer was broken off; after that its session is closed.
const BREAKING_OFF: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(crate) struct FtpReader {
    lease: Option<Lease>,
    flow: Option<Flow>,
    path: String,
    /// As it was before the data began.
    before: FileState,
    /// What a read came to that could not be told yet, since bytes came before it.
    next: Option<io::Result<()>>,
}

impl FtpReader {
    pub(crate) fn new(lease: Lease, flow: Flow, path: &str, before: FileState) -> Self {
        Self { lease: Some(lease), flow: Some(flow), path: path.to_owned(), before, next: None }
    }

    /// The next bytes; empty at the end of the data.
    async fn receive(&mut self) -> Result<Vec<u8>, TransferError> {
        let lost = |error| hung_up(&format!("reading {}", escaped(&self.path)), Some(error));
        let (Some(lease), Some(flow)) = (&mut self.lease, &mut self.flow) else {
            return Err(hung_up(&format!("reading {}", escaped(&self.path)), None));
        };
        if let Some(waiting) = self.next.take() {
            return waiting.map(|()| Vec::new()).map_err(lost);
        }
        let control = &mut lease.session()?.control;
        let mut block = Vec::with_capacity(BLOCK);
        let got = loop {
            tokio::select! {
                biased;
                got = flow.read(&mut block) => break got,
                reply = control.reply(), if !flow.has_early() => {
                    let reply = reply?;
                    if reply.is_done() {
                        // The rest is still on its way.
                        flow.came_early(reply);
                    } else {
                        control.settled();
                        super::data::verdict(&reply, "reading", &self.path)?;
                    }
                }
            }
        };
        if got.map_err(lost)? == 0 {
            return Ok(Vec::new());
        }
        // Handing each bite over would wake the writer for each.
        let until = tokio::time::Instant::now() + GATHERING;
        while block.len() < BLOCK {
            match tokio::time::timeout_at(until, flow.read(&mut block)).await {
                Err(_) => break,
                Ok(Ok(0)) => {
                    self.next = Some(Ok(()));
                    break;
                }
                Ok(Ok(_)) => {}
                Ok(Err(error)) => {
                    self.next = Some(Err(error));
                    break;
                }
            }
        }
        Ok(block)
    }

    async fn end(&mut self) -> Result<(), TransferError> {
        let early = self.flow.take().and_then(|mut flow| flow.take_early());
        match &mut self.lease {
            Some(lease) => lease.session()?.end(early, "reading", &self.path).await,
            None => Ok(()),
        }
    }
}

#[async_trait]
impl RemoteReader for FtpReader {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, TransferError> {
        if self.flow.is_none() && self.lease.is_some() {
            return Ok(None);
        }
        let step = match self.receive().await {
            Ok(block) if block.is_empty() => self.end().await.map(|()| None),
            Ok(block) => Ok(Some(block)),
            Err(error) => Err(error),
        };
        if step.is_err() {
            self.flow = None;
            self.lease = None;
        }
        step
    }

    async fn state(&mut self) -> Result<FileState, TransferError> {
        if self.flow.is_some() {
            // Nothing can be asked while data flows.
            return Ok(self.before);
        }
        let gone = || hung_up(&format!("looking at {}", escaped(&self.path)), None);
        let session = self.lease.as_mut().ok_or_else(gone)?.session()?;
        match session.look(&self.path).await? {
            Some(entry) => Ok(FileState { size: entry.size, modified_at: entry.modified_at }),
            None => Err(TransferError::NotFound { path: self.path.clone() }),
        }
    }

    async fn close(&mut self) -> Result<(), TransferError> {
        if let (Some(flow), Some(lease)) = (self.flow.take(), &mut self.lease) {
            let is_ended = flow.has_early();
            drop(flow);
            let session = lease.session()?;
            if is_ended {
                session.control.settled();
            } else if let Ok(Ok(_)) = tokio::time::timeout(BREAKING_OFF, session.control.reply()).await {
                session.control.settled();
            }
        }
        self.lease = None;
        Ok(())
    }
}
