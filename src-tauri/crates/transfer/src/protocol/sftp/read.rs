//! Reading a remote file with many requests in flight, over one lane or several, handed out in order.
//!
//! A short answer is legal: what was asked beyond it is dropped and asked again from the gap. A file over several
//! lanes is open once on each; a lane joins only if it sees the same size and time. Invariant: the blocks handed out
//! follow each other without gap or overlap.

use super::error::request;
use super::flow::{Flow, Start};
use super::lanes::{Lanes, Transfer};
use super::line::Line;
use super::list::modified;
use super::remote::Shape;
use super::ways::{Way, Ways};
use crate::TransferError;
use crate::remote::{FileState, RemoteReader};
use async_trait::async_trait;
use futures::future::{BoxFuture, try_join_all};
use futures::stream::{FuturesOrdered, StreamExt};
use russh_sftp::client::error::Error as SftpError;
use russh_sftp::protocol::{FileAttributes, OpenFlags, StatusCode};
use std::sync::Arc;
use std::time::Instant;

/// Files with less to come stay on one lane.
const LARGE: u64 = 64 * 1024 * 1024;
/// What one lane is trusted to carry in a round trip: most of our window.
const LANE: u64 = 12 * 1024 * 1024;

/// An answer with fewer bytes than this, in the middle of a file, brings next to nothing.
const LITTLE: u64 = 512;
/// So many of them in a row would take for ever.
const MOST_MEAGRE: u32 = 200;

enum Answer {
    Data {
        offset: u64,
        length: u32,
        data: Result<Vec<u8>, SftpError>,
    },
    State(Result<FileAttributes, SftpError>),
    /// Whether there is more than the size says.
    Beyond(Result<Vec<u8>, SftpError>),
}

pub(crate) struct SftpReader {
    ways: Ways,
    transfer: Transfer,
    shape: Shape,
    path: String,
    in_flight: FuturesOrdered<BoxFuture<'static, Answer>>,
    /// Bytes asked for and not handed out.
    asked: u64,
    flow: Flow,
    block: u32,
    /// Where the next request begins.
    ask_at: u64,
    received: u64,
    /// Answers in a row with next to nothing in them.
    meagre: u32,
    /// A block that came with the first look at the file.
    ahead: Option<Vec<u8>>,
    /// What the file was at the first look. Asking ends at its size.
    first: Option<FileState>,
    /// A look that the server took after the last byte was read.
    last: Option<FileState>,
    asked_last: bool,
    at_end: bool,
}

impl std::fmt::Debug for SftpReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SftpReader")
            .field("path", &self.path)
            .field("ask_at", &self.ask_at)
            .field("lanes", &self.ways.len())
            .finish_non_exhaustive()
    }
}

impl SftpReader {
    pub(crate) async fn open(
        lanes: &Lanes,
        shape: Shape,
        path: &str,
        offset: u64,
    ) -> Result<Self, TransferError> {
        let line = lanes.quietest();
        let opened = line.ask(line.raw.open(path, OpenFlags::READ, FileAttributes::empty())).await;
        let handle = opened.map_err(|error| request(error, "opening", path))?.handle;
        let now = Instant::now();
        let flow = if shape.compat {
            Flow::single(u64::from(shape.read_len), now)
        } else {
            let (block, round_trip) = (u64::from(shape.read_len), shape.round_trip);
            Flow::new(Start { block, round_trip, ceiling: Transfer::CEILING }, now)
        };
        Ok(Self {
            ways: Ways::one(Way::new(line, handle)),
            transfer: lanes.transfer(shape.paces.memory()),
            block: shape.read_len,
            shape,
            path: path.to_owned(),
            in_flight: FuturesOrdered::new(),
            asked: 0,
            flow,
            ask_at: offset,
            received: 0,
            meagre: 0,
            ahead: None,
            first: None,
            last: None,
            asked_last: false,
            at_end: false,
        })
    }

    fn left(&self) -> u64 {
        self.left_from(self.ask_at)
    }

    fn left_from(&self, offset: u64) -> u64 {
        self.first.map_or(u64::MAX, |first| first.size.saturating_sub(offset))
    }

    fn ask(&mut self) {
        let allowed = self.transfer.share().min(self.shape.paces.ahead(u64::MAX));
        let most = self.flow.target().min(allowed).max(u64::from(self.block));
        while self.left() > 0 && (self.asked == 0 || self.asked + u64::from(self.block) <= most) {
            let length = u64::from(self.block).min(self.left()) as u32;
            let way = self.ways.quietest();
            let (line, handle, offset) = (way.line.clone(), Arc::clone(&way.handle), self.ask_at);
            let load = line.carry(u64::from(length));
            self.in_flight.push_back(Box::pin(async move {
                let answer = line.ask(line.raw.read(&*handle, offset, length)).await;
                drop(load);
                Answer::Data { offset, length, data: answer.map(|data| data.data) }
            }));
            self.ask_at += u64::from(length);
            self.asked += u64::from(length);
        }
        // A server answers what regards one file on one channel in the order it was asked.
        if self.left() == 0 && !self.asked_last && !self.shape.compat && self.ways.len() == 1 {
            let way = self.ways.first();
            self.asked_last = true;
            let (line, handle, end) = (way.line.clone(), Arc::clone(&way.handle), self.ask_at);
            self.in_flight.push_back(Box::pin(async move {
                Answer::Beyond(line.ask(line.raw.read(&*handle, end, 1)).await.map(|answer| answer.data))
            }));
            let (line, handle) = (way.line.clone(), Arc::clone(&way.handle));
            self.in_flight.push_back(Box::pin(async move {
                Answer::State(line.ask(line.raw.fstat(&*handle)).await.map(|found| found.attrs))
            }));
        }
    }

    /// Begins to open the file on further lanes, if this transfer needs them.
    fn widen(&mut self) {
        let Some(first) = self.first.filter(|_| self.shape.is_far() && self.left() >= LARGE) else { return };
        let wanted = usize::try_from(self.flow.target().div_ceil(LANE)).unwrap_or(1);
        let path: Arc<str> = self.path.as_str().into();
        self.ways.widen(&self.transfer.lanes, wanted, move |line| join(line, Arc::clone(&path), first));
    }

    async fn answer(&mut self) -> Option<Answer> {
        loop {
            self.ask();
            tokio::select! {
                biased;
                answer = self.in_flight.next() => return answer,
                () = self.ways.joined() => {}
            }
        }
    }

    fn accept(&mut self, offset: u64, length: u32, data: Vec<u8>) -> Result<Vec<u8>, TransferError> {
        let got = data.len() as u64;
        if got > u64::from(length) {
            return Err(TransferError::Protocol {
                doing: format!("reading {}", self.path),
                detail: "it sent more than was asked for".to_owned(),
            });
        }
        self.meagre = if got < LITTLE.min(u64::from(length)) && self.left_from(offset + got) > 0 {
            self.meagre + 1
        } else {
            0
        };
        if self.meagre > MOST_MEAGRE {
            return Err(TransferError::Protocol {
                doing: format!("reading {}", self.path),
                detail: format!("it sends {got} bytes where far more was asked for, again and again"),
            });
        }
        if got < u64::from(length) {
            self.in_flight.clear();
            (self.asked, self.asked_last, self.last) = (0, false, None);
            self.ask_at = offset + got;
            if self.left() > 0 {
                self.block = self.block.min((got as u32).max(4096));
            }
        }
        self.received += got;
        self.flow.arrived(got, Instant::now());
        self.widen();
        Ok(data)
    }

    fn failed(&self, error: SftpError) -> TransferError {
        let failed = request(error, "reading", &self.path);
        if !self.shape.compat
            && !matches!(failed, TransferError::NotFound { .. } | TransferError::PermissionDenied { .. })
        {
            self.shape.temper.failed_after(self.received);
        }
        failed
    }

    fn state_of(&self, found: &FileAttributes) -> Result<FileState, TransferError> {
        let Some(size) = found.size else {
            return Err(TransferError::Protocol {
                doing: format!("reading {}", self.path),
                detail: "it does not tell the file's size".to_owned(),
            });
        };
        Ok(FileState { size, modified_at: modified(found) })
    }

    /// The first look, and with it the first block and a second look: all there is to ask of a small file.
    async fn look(&mut self) -> Result<FileState, TransferError> {
        let (line, handle) = (self.ways.first().line.clone(), Arc::clone(&self.ways.first().handle));
        let (offset, length) = (self.ask_at, self.block);
        if self.shape.compat {
            let found = line.ask(line.raw.fstat(&*handle)).await.map_err(|error| self.failed(error))?.attrs;
            let state = self.state_of(&found)?;
            self.first = Some(state);
            return Ok(state);
        }
        let load = line.carry(u64::from(length));
        let (found, data, again) = tokio::join!(
            biased;
            line.ask(line.raw.fstat(&*handle)),
            line.ask(line.raw.read(&*handle, offset, length)),
            line.ask(line.raw.fstat(&*handle)),
        );
        drop(load);
        let state = self.state_of(&found.map_err(|error| self.failed(error))?.attrs)?;
        let again = self.state_of(&again.map_err(|error| self.failed(error))?.attrs)?;
        self.first = Some(state);
        match data {
            Err(SftpError::Status(status)) if status.status_code == StatusCode::Eof => {}
            Err(error) => return Err(self.failed(error)),
            Ok(data) if data.data.is_empty() => {}
            Ok(data) => {
                self.ask_at = offset + data.data.len() as u64;
                self.ahead = Some(self.accept(offset, length, data.data)?);
            }
        }
        if self.left() == 0 {
            (self.last, self.asked_last) = (Some(again), true);
        }
        Ok(state)
    }
}

/// Opens the file on a further lane, if it is the same there.
async fn join(line: Line, path: Arc<str>, first: FileState) -> Option<Way> {
    let opened = line.ask(line.raw.open(&*path, OpenFlags::READ, FileAttributes::empty())).await;
    let way = Way::new(line, opened.ok()?.handle);
    let found = way.line.ask(way.line.raw.fstat(&*way.handle)).await.ok()?.attrs;
    (found.size == Some(first.size) && modified(&found) == first.modified_at).then_some(way)
}

#[async_trait]
impl RemoteReader for SftpReader {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, TransferError> {
        if self.first.is_none() {
            self.look().await?;
        }
        if let Some(block) = self.ahead.take() {
            return Ok(Some(block));
        }
        while !self.at_end {
            let (offset, length, data) = match self.answer().await {
                Some(Answer::Data { offset, length, data }) => (offset, length, data),
                Some(Answer::Beyond(Ok(more))) => {
                    if more.is_empty() {
                        continue;
                    }
                    // Longer than it is said to be: whoever takes it sees that it is too much.
                    return Ok(Some(more));
                }
                Some(Answer::Beyond(Err(SftpError::Status(status))))
                    if status.status_code == StatusCode::Eof =>
                {
                    continue;
                }
                Some(Answer::Beyond(Err(error))) => return Err(self.failed(error)),
                Some(Answer::State(found)) => {
                    let found = found.map_err(|error| self.failed(error))?;
                    self.last = Some(self.state_of(&found)?);
                    continue;
                }
                None => {
                    self.at_end = true;
                    break;
                }
            };
            self.asked = self.asked.saturating_sub(u64::from(length));
            let ended = match &data {
                Ok(data) => data.is_empty(),
                Err(SftpError::Status(status)) => status.status_code == StatusCode::Eof,
                Err(_) => false,
            };
            if ended {
                self.at_end = true;
                self.in_flight.clear();
                self.last = None;
                break;
            }
            let data = data.map_err(|error| self.failed(error))?;
            return self.accept(offset, length, data).map(Some);
        }
        self.shape.temper.finished(self.received).await;
        Ok(None)
    }

    async fn state(&mut self) -> Result<FileState, TransferError> {
        let Some(first) = self.first else { return self.look().await };
        if let Some(last) = self.last.take_if(|_| self.at_end) {
            return Ok(last);
        }
        let looks = self.ways.all().map(|way| way.line.ask(way.line.raw.fstat(&*way.handle)));
        let looks = try_join_all(looks).await.map_err(|error| self.failed(error))?;
        let mut state = first;
        for look in looks {
            let seen = self.state_of(&look.attrs)?;
            if seen != first {
                state = seen;
            }
        }
        Ok(state)
    }

    async fn close(&mut self) -> Result<(), TransferError> {
        self.in_flight.clear();
        let mut ways = self.ways.narrow();
        // What is asked on the session's first lane after this comes after it there; of other lanes it must be known.
        let mut closing = Vec::new();
        for way in std::iter::once(self.ways.first_mut()).chain(&mut ways) {
            way.forget();
            if way.line.is(self.transfer.lanes.first()) {
                way.line.close_unheard(Arc::clone(&way.handle));
            } else {
                let (line, handle) = (way.line.clone(), Arc::clone(&way.handle));
                closing.push(async move { line.ask(line.raw.close(&*handle)).await });
            }
        }
        try_join_all(closing).await.map(|_| ()).map_err(|error| request(error, "closing", &self.path))
    }
}
