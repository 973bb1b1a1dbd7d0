//! Writing a remote file with many requests in flight, over one lane or several.
//!
//! OpenSSH takes 2 MiB a channel and round trip, so a transfer over a long path soon spreads over further lanes, where
//! the file is opened again. After a cut the file may have gaps behind what was acknowledged in order. Invariant: what
//! [`RemoteWriter::acknowledged`] counts has no gap.

use super::error::request;
use super::flow::{Flow, Start};
use super::lanes::{Lanes, Transfer};
use super::line::Line;
use super::remote::{Extensions, SftpRemote, Shape};
use super::ways::{Way, Ways};
use crate::TransferError;
use crate::remote::RemoteWriter;
use async_trait::async_trait;
use futures::FutureExt;
use futures::future::{BoxFuture, join_all};
use futures::stream::{FuturesOrdered, StreamExt};
use russh_sftp::client::error::Error as SftpError;
use russh_sftp::protocol::{FileAttributes, OpenFlags};
use std::sync::Arc;
use std::time::Instant;

/// What one lane carries in a round trip: OpenSSH's window.
const LANE: u64 = 2 * 1024 * 1024;

pub(crate) struct SftpWriter {
    ways: Ways,
    transfer: Transfer,
    path: String,
    in_flight: FuturesOrdered<BoxFuture<'static, Result<u64, SftpError>>>,
    flow: Flow,
    shape: Shape,
    extensions: Extensions,
    began_at: u64,
    offset: u64,
    acknowledged: u64,
    size: Option<u64>,
}

impl std::fmt::Debug for SftpWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SftpWriter")
            .field("path", &self.path)
            .field("offset", &self.offset)
            .field("lanes", &self.ways.len())
            .finish_non_exhaustive()
    }
}

impl SftpWriter {
    /// `flags` say whether the file is made or emptied; `doing` is how a failure is told.
    pub(crate) async fn open(
        lanes: &Lanes,
        (shape, extensions): (Shape, Extensions),
        path: &str,
        (flags, permissions): (OpenFlags, Option<u32>),
        doing: &str,
    ) -> Result<Self, TransferError> {
        // On the first lane, so that looking at the file and renaming it come after the last write.
        let line = lanes.first().clone();
        let attributes = FileAttributes { permissions, ..FileAttributes::empty() };
        let opened = line.ask(line.raw.open(path, flags, attributes)).await;
        let handle = opened.map_err(|error| request(error, doing, path))?.handle;
        let now = Instant::now();
        let flow = if shape.compat {
            Flow::single(shape.write_len as u64, now)
        } else {
            let (block, round_trip) = (shape.write_len as u64, shape.round_trip);
            Flow::new(Start { block, round_trip, ceiling: Transfer::CEILING }, now)
        };
        Ok(Self {
            ways: Ways::one(Way::new(line, handle)),
            transfer: lanes.transfer(shape.paces.memory()),
            path: path.to_owned(),
            in_flight: FuturesOrdered::new(),
            flow,
            shape,
            extensions,
            began_at: 0,
            offset: 0,
            acknowledged: 0,
            size: None,
        })
    }

    fn first(&self) -> &Way {
        self.ways.first()
    }

    /// Sets the mode of the open file: the server's umask may have taken bits away when it was made. Done before it
    /// has content, so that a file that is gone on with has them, too.
    pub(crate) async fn with_permissions(mut self, permissions: u32) -> Result<Self, TransferError> {
        let attributes = FileAttributes { permissions: Some(permissions), ..FileAttributes::empty() };
        let (line, handle) = (self.first().line.clone(), Arc::clone(&self.first().handle));
        match line.ask(line.raw.fsetstat(&*handle, attributes)).await {
            Ok(_) => Ok(self),
            Err(error) => Err(self.failed(error, "setting the permissions of").await),
        }
    }

    /// Goes on behind the first `offset` bytes of the open file and cuts off the rest.
    pub(crate) async fn going_on_at(mut self, offset: u64) -> Result<Self, TransferError> {
        let (line, handle) = (self.first().line.clone(), Arc::clone(&self.first().handle));
        let found = line.ask(line.raw.fstat(&*handle)).await;
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
            match line.ask(line.raw.fsetstat(&*handle, cut)).await {
                // A server that cannot cut keeps bytes that are about to be written over.
                Ok(_) | Err(SftpError::Status(_)) => {}
                Err(error) => return Err(request(error, "cutting", &self.path)),
            }
        }
        (self.began_at, self.offset, self.acknowledged) = (offset, offset, offset);
        Ok(self)
    }

    async fn take(&mut self, answer: Result<u64, SftpError>) -> Result<(), TransferError> {
        match answer {
            Ok(length) => {
                self.acknowledged += length;
                self.flow.arrived(length, Instant::now());
                Ok(())
            }
            Err(error) => Err(self.failed(error, "writing").await),
        }
    }

    async fn failed(&mut self, error: SftpError, doing: &str) -> TransferError {
        let failed = request(error, doing, &self.path);
        let unclear = matches!(failed, TransferError::Server { .. });
        if unclear && self.extensions.statvfs && SftpRemote::is_full(&self.first().line, &self.path).await {
            return TransferError::DiskFull { path: self.path.clone(), cause: Some(Box::new(failed)) };
        }
        if !self.shape.compat && (unclear || failed.is_lost()) {
            self.shape.temper.failed_after(self.acknowledged - self.began_at);
        }
        failed
    }

    /// Begins to open the file on further lanes, once one has been filled.
    fn widen(&mut self) {
        if !self.shape.is_far() || self.offset - self.began_at < LANE {
            return;
        }
        // Opening them takes the time in which the flow doubles.
        let wanted = usize::try_from((2 * self.flow.target()).div_ceil(LANE)).unwrap_or(1);
        let path: Arc<str> = self.path.as_str().into();
        self.ways.widen(&self.transfer.lanes, wanted, move |line| join(line, Arc::clone(&path)));
    }

    /// Waits until there is room for `length` more bytes, or with `None` until all is acknowledged.
    async fn settle(&mut self, length: Option<u64>) -> Result<(), TransferError> {
        loop {
            let under_way = self.offset - self.acknowledged;
            let most = self.flow.target().min(self.transfer.share());
            if under_way == 0 || length.is_some_and(|length| under_way + length <= most) {
                return Ok(());
            }
            let answer = tokio::select! {
                biased;
                answer = self.in_flight.next() => answer,
                () = self.ways.joined() => continue,
            };
            match answer {
                Some(answer) => self.take(answer).await?,
                None => return Ok(()),
            }
        }
    }

    /// What can be had without waiting. A request leaves when its future is first polled: that is now, not when the
    /// queue is full.
    async fn poll_now(&mut self) -> Result<(), TransferError> {
        let _ = self.ways.joined().now_or_never();
        while let Some(Some(answer)) = self.in_flight.next().now_or_never() {
            self.take(answer).await?;
        }
        Ok(())
    }
}

async fn join(line: Line, path: Arc<str>) -> Option<Way> {
    let opened = line.ask(line.raw.open(&*path, OpenFlags::WRITE, FileAttributes::empty())).await;
    Some(Way::new(line, opened.ok()?.handle))
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
        let length = block.len() as u64;
        self.settle(Some(length)).await?;
        let way = self.ways.quietest();
        let (line, handle, offset) = (way.line.clone(), Arc::clone(&way.handle), self.offset);
        let load = line.carry(length);
        self.in_flight.push_back(Box::pin(async move {
            let written = line.ask(line.raw.write(&*handle, offset, block)).await;
            drop(load);
            written.map(|_| length)
        }));
        self.offset += length;
        self.widen();
        self.poll_now().await
    }

    async fn finish(&mut self) -> Result<(), TransferError> {
        if self.ways.len() > 1 || self.shape.compat {
            self.settle(None).await?;
        }
        let mut further = self.ways.narrow();
        for way in std::iter::once(self.ways.first_mut()).chain(&mut further) {
            way.forget();
        }
        let (line, handle) = (self.first().line.clone(), Arc::clone(&self.first().handle));
        // A server does what regards one file on one channel in the order it was asked: no need to wait in between.
        let durable = async {
            match self.extensions.fsync {
                true => line.ask(line.raw.fsync(&*handle)).await.map(|_| ()),
                false => Ok(()),
            }
        };
        let look = async { line.ask(line.raw.fstat(&*handle)).await.map(|found| found.attrs.size) };
        let close = async { line.ask(line.raw.close(&*handle)).await.map(|_| ()) };
        let close_further =
            join_all(further.iter().map(|way| way.line.ask(way.line.raw.close(&*way.handle))));
        let mut answers = Vec::new();
        let writes = async {
            while let Some(answer) = self.in_flight.next().await {
                answers.push(answer);
            }
        };
        let ((), durable, size, close, _) = if self.shape.compat {
            (writes.await, durable.await, look.await, close.await, close_further.await)
        } else {
            tokio::join!(biased; writes, durable, look, close, close_further)
        };
        for answer in answers {
            self.take(answer).await?;
        }
        for (done, doing) in [(durable, "making durable"), (close, "closing")] {
            if let Err(error) = done {
                return Err(self.failed(error, doing).await);
            }
        }
        // Whoever wants to know it and cannot see it here asks by name.
        self.size = size.ok().flatten();
        self.shape.temper.finished(self.acknowledged - self.began_at).await;
        Ok(())
    }

    fn size(&self) -> Option<u64> {
        self.size
    }

    fn acknowledged(&self) -> u64 {
        self.acknowledged
    }
}
