//! Reading a remote file with many requests in flight, handed out in order.
//!
//! A short answer is legal: what was asked beyond it is dropped and asked again from the gap. Invariant: the blocks
//! handed out follow each other without gap or overlap.

use super::error::request;
use super::line::Line;
use super::list::modified;
use super::remote::Shape;
use crate::TransferError;
use crate::remote::{FileState, RemoteReader};
use async_trait::async_trait;
use futures::future::BoxFuture;
use futures::stream::{FuturesOrdered, StreamExt};
use russh_sftp::client::error::Error as SftpError;
use russh_sftp::protocol::StatusCode;
use std::sync::Arc;

type Answer = (u64, u32, Result<Vec<u8>, SftpError>);

pub(crate) struct SftpReader {
    line: Line,
    handle: Arc<str>,
    path: String,
    in_flight: FuturesOrdered<BoxFuture<'static, Answer>>,
    most: usize,
    block: u32,
    /// Where the next request begins.
    ask_at: u64,
    /// Where asking ends: the size, once known.
    end: Option<u64>,
    at_end: bool,
    closed: bool,
}

impl std::fmt::Debug for SftpReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SftpReader")
            .field("path", &self.path)
            .field("ask_at", &self.ask_at)
            .finish_non_exhaustive()
    }
}

impl SftpReader {
    pub(crate) fn new(line: Line, handle: String, path: &str, offset: u64, shape: Shape) -> Self {
        Self {
            line,
            handle: handle.into(),
            path: path.to_owned(),
            in_flight: FuturesOrdered::new(),
            most: shape.in_flight,
            block: shape.read_len,
            ask_at: offset,
            end: None,
            at_end: false,
            closed: false,
        }
    }

    fn ask(&mut self) {
        while self.in_flight.len() < self.most {
            let left = self.end.map_or(u64::MAX, |end| end.saturating_sub(self.ask_at));
            if left == 0 {
                return;
            }
            let length = u64::from(self.block).min(left) as u32;
            let (line, handle, offset) = (self.line.clone(), Arc::clone(&self.handle), self.ask_at);
            self.in_flight.push_back(Box::pin(async move {
                let answer = line.ask(line.raw.read(&*handle, offset, length)).await;
                (offset, length, answer.map(|data| data.data))
            }));
            self.ask_at += u64::from(length);
        }
    }

    fn failed(&self, error: SftpError) -> TransferError {
        request(error, "reading", &self.path)
    }
}

#[async_trait]
impl RemoteReader for SftpReader {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, TransferError> {
        if self.at_end {
            return Ok(None);
        }
        self.ask();
        let Some((offset, length, answer)) = self.in_flight.next().await else {
            self.at_end = true;
            return Ok(None);
        };
        let ended = match &answer {
            Ok(data) => data.is_empty(),
            Err(SftpError::Status(status)) => status.status_code == StatusCode::Eof,
            Err(_) => false,
        };
        if ended {
            self.at_end = true;
            self.in_flight.clear();
            return Ok(None);
        }
        let data = answer.map_err(|error| self.failed(error))?;
        let got = data.len() as u64;
        if got > u64::from(length) {
            return Err(TransferError::Protocol {
                doing: format!("reading {}", self.path),
                detail: "it sent more than was asked for".to_owned(),
            });
        }
        if got < u64::from(length) {
            self.in_flight.clear();
            self.ask_at = offset + got;
            if self.end.is_none_or(|end| self.ask_at < end) {
                self.block = self.block.min((got as u32).max(4096));
            }
        }
        Ok(Some(data))
    }

    async fn state(&mut self) -> Result<FileState, TransferError> {
        let found = self
            .line
            .ask(self.line.raw.fstat(&*self.handle))
            .await
            .map_err(|error| self.failed(error))?
            .attrs;
        let Some(size) = found.size else {
            return Err(TransferError::Protocol {
                doing: format!("reading {}", self.path),
                detail: "it does not tell the file's size".to_owned(),
            });
        };
        self.end.get_or_insert(size);
        Ok(FileState { size, modified_at: modified(&found) })
    }

    async fn close(&mut self) -> Result<(), TransferError> {
        self.in_flight.clear();
        self.closed = true;
        self.line
            .ask(self.line.raw.close(&*self.handle))
            .await
            .map(|_| ())
            .map_err(|error| self.failed(error))
    }
}

impl Drop for SftpReader {
    fn drop(&mut self) {
        if !self.closed {
            super::write::close_later(self.line.clone(), Arc::clone(&self.handle));
        }
    }
}
