//! The local end of a transfer: a thread of its own hashes and writes (or reads) blocks, so that a slow disk never
//! stalls the connection. What waits in between is bounded by [`QUEUE`] blocks and by a share of the budget.

use crate::TransferError;
use crate::journal::{BLOCK, Journal, Proven};
use crate::memory::{Budget, Ends, Load};
use courier_domain::Timestamp;
use courier_domain::receipt::{Direction, Verification};
use sha2::Digest;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Blocks between the connection and the disk.
const QUEUE: usize = 32;

/// The proof of one moved file; see [`courier_domain::receipt::Receipt`], which adds whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReceipt {
    pub direction: Direction,
    pub remote_path: String,
    pub local_path: PathBuf,
    pub size: u64,
    /// Lower-case hex, of the bytes that were moved.
    pub sha256: String,
    pub started_at: Timestamp,
    pub completed_at: Timestamp,
    pub resumed_bytes: u64,
    pub verified_by: Verification,
    pub server_identity: String,
    /// The source's time of last change.
    pub source_modified_at: Option<Timestamp>,
    /// Whether the destination appeared in one step. False only for uploads to servers that cannot do it, or where
    /// the step asked for it.
    pub atomic: bool,
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Moved(FileReceipt),
    /// The overwrite rule left the destination as it was.
    Skipped {
        path: String,
        reason: String,
    },
}

/// A finished local file.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) size: u64,
    pub(crate) sha256: String,
}

/// Takes blocks in order, hashes and writes them.
#[derive(Debug)]
pub(crate) struct FileSink {
    blocks: mpsc::Sender<Vec<u8>>,
    load: Arc<Load>,
    whole: Arc<AtomicBool>,
    /// `None` once its end was seen: a handle must not be awaited again.
    thread: Option<JoinHandle<Result<Written, TransferError>>>,
}

impl FileSink {
    /// Goes on after what is proven. `journal` records each block from there.
    pub(crate) fn open(
        part: PathBuf,
        proven: Proven,
        journal: Option<Journal>,
        mtime: Option<Timestamp>,
        memory: &Arc<Budget>,
    ) -> Self {
        Self::start(part, memory, move |part, queue, finished| {
            write_blocks(part, proven, journal, mtime, queue, finished)
        })
    }

    /// Runs `write` on a thread of its own.
    fn start(
        part: PathBuf,
        memory: &Arc<Budget>,
        write: impl FnOnce(&Path, Queue, &AtomicBool) -> std::io::Result<Written> + Send + 'static,
    ) -> Self {
        let (blocks, queue) = mpsc::channel(QUEUE);
        let load = Load::new(memory);
        let queue = Queue { blocks: queue, load: Ends(Arc::clone(&load)), last: 0 };
        let whole = Arc::new(AtomicBool::new(false));
        let finished = Arc::clone(&whole);
        let thread = tokio::task::spawn_blocking(move || {
            write(&part, queue, &finished).map_err(|error| TransferError::local("writing", part, error))
        });
        Self { blocks, load, whole, thread: Some(thread) }
    }

    /// `Err` holds the disk's failure.
    pub(crate) async fn write(&mut self, block: Vec<u8>) -> Result<(), TransferError> {
        self.load.add(block.len()).await;
        if self.blocks.send(block).await.is_ok() {
            return Ok(());
        }
        match self.end().await {
            Err(error) => Err(error),
            Ok(_) => Err(TransferError::Internal { detail: "the writer stopped early".to_owned() }),
        }
    }

    /// Waits for the thread. Can be dropped and called again.
    async fn end(&mut self) -> Result<Written, TransferError> {
        let Some(thread) = &mut self.thread else {
            return Err(TransferError::Internal { detail: "the writer has stopped already".to_owned() });
        };
        let ended = thread.await;
        self.thread = None;
        ended.map_err(|panic| TransferError::Internal { detail: panic.to_string() })?
    }

    fn no_more_blocks(&mut self) {
        let (nowhere, _) = mpsc::channel(1);
        self.blocks = nowhere;
    }

    /// Everything is on the disk when this returns.
    pub(crate) async fn finish(mut self) -> Result<Written, TransferError> {
        self.whole.store(true, Ordering::Release);
        self.no_more_blocks();
        self.end().await
    }

    /// Stops; what was handed over so far stays in the partial file.
    pub(crate) async fn abandon(mut self) {
        self.no_more_blocks();
        // After a failed write there is nothing to wait for.
        if self.thread.is_some()
            && let Err(error) = self.end().await
        {
            tracing::debug!(%error, "an abandoned file could not be written");
        }
    }
}

/// The thread's end of a [`FileSink`]: a block counts until the next one is asked for.
struct Queue {
    blocks: mpsc::Receiver<Vec<u8>>,
    load: Ends,
    last: usize,
}

impl Queue {
    fn next(&mut self) -> Option<Vec<u8>> {
        self.load.0.free(std::mem::take(&mut self.last));
        let block = self.blocks.blocking_recv()?;
        self.last = block.len();
        Some(block)
    }
}

fn write_blocks(
    part: &Path,
    proven: Proven,
    mut journal: Option<Journal>,
    mtime: Option<Timestamp>,
    mut queue: Queue,
    finished: &AtomicBool,
) -> std::io::Result<Written> {
    let mut file = if proven.length == 0 {
        match std::fs::remove_file(part) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => OpenOptions::new().write(true).create_new(true).open(part)?,
        }
    } else {
        let mut file = OpenOptions::new().write(true).open(part)?;
        file.set_len(proven.length)?;
        file.seek(SeekFrom::Start(proven.length))?;
        file
    };
    let (mut size, mut hash) = (proven.length, proven.hash);
    let mut noted = size;
    if let Some(journal) = journal.as_mut().filter(|_| size > 0) {
        journal.note(size, &hash)?;
    }
    while let Some(block) = queue.next() {
        file.write_all(&block)?;
        hash.update(&block);
        size += block.len() as u64;
        if size - noted >= BLOCK {
            noted = size;
            if let Some(journal) = &mut journal {
                journal.note(size, &hash)?;
            }
        }
    }
    if finished.load(Ordering::Acquire) {
        if let Some(mtime) = mtime {
            file.set_modified(system_time(mtime))?;
        }
        file.sync_all()?;
        let on_disk = file.metadata()?.len();
        if on_disk != size {
            return Err(std::io::Error::other(format!(
                "{on_disk} bytes are on the disk, {size} were written"
            )));
        }
    }
    Ok(Written { size, sha256: hex::encode(hash.finalize()) })
}

/// A local file being read for an upload: blocks in order, then the hash of all of them.
#[derive(Debug)]
pub(crate) struct FileSource {
    blocks: mpsc::Receiver<SourceBlock>,
    load: Ends,
    thread: JoinHandle<Result<Proven, TransferError>>,
}

/// A piece of a source.
#[derive(Debug)]
pub(crate) struct SourceBlock {
    pub(crate) bytes: Vec<u8>,
    /// Length and hash of everything up to the end of this block, every so often.
    pub(crate) mark: Option<Proven>,
}

impl FileSource {
    /// Reads on behind `from`; at least `spacing` bytes lie between two marks.
    pub(crate) fn open(
        path: PathBuf,
        block_len: usize,
        from: Proven,
        spacing: u64,
        memory: &Arc<Budget>,
    ) -> Self {
        let (sender, blocks) = mpsc::channel(QUEUE);
        let load = Load::new(memory);
        let filled = Arc::clone(&load);
        let thread = tokio::task::spawn_blocking(move || {
            read_blocks(&path, block_len, from, spacing, (&sender, &filled))
                .map_err(|error| TransferError::local("reading", path, error))
        });
        Self { blocks, load: Ends(load), thread }
    }

    /// The next block; from now on the caller's to hold.
    pub(crate) async fn next(&mut self) -> Option<SourceBlock> {
        let block = self.blocks.recv().await?;
        self.load.0.free(block.bytes.len());
        Some(block)
    }

    /// Length and hash of everything, after the last block.
    pub(crate) async fn finish(mut self) -> Result<Proven, TransferError> {
        self.blocks.close();
        self.load.0.end();
        self.thread.await.map_err(|panic| TransferError::Internal { detail: panic.to_string() })?
    }
}

fn read_blocks(
    path: &Path,
    block_len: usize,
    from: Proven,
    spacing: u64,
    (blocks, load): (&mpsc::Sender<SourceBlock>, &Load),
) -> std::io::Result<Proven> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(from.length))?;
    let Proven { mut length, mut hash } = from;
    let mut marked = length;
    loop {
        let mut block = Vec::with_capacity(block_len);
        let got = (&mut file).take(block_len as u64).read_to_end(&mut block)?;
        if got == 0 {
            break;
        }
        hash.update(&block);
        length += got as u64;
        let mark = (length - marked >= spacing).then(|| Proven { length, hash: hash.clone() });
        if mark.is_some() {
            marked = length;
        }
        load.add_blocking(got);
        if blocks.blocking_send(SourceBlock { bytes: block, mark }).is_err() {
            break;
        }
    }
    Ok(Proven { length, hash })
}

pub(crate) fn system_time(at: Timestamp) -> SystemTime {
    let since = Duration::from_micros(at.timestamp_micros().unsigned_abs());
    if at.timestamp_micros() >= 0 { SystemTime::UNIX_EPOCH + since } else { SystemTime::UNIX_EPOCH - since }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_disk_is_said_and_the_file_can_be_abandoned() {
        let mut sink = FileSink::start("/dev/full".into(), &Arc::default(), |part, mut queue, _| {
            let mut file = OpenOptions::new().write(true).open(part)?;
            while let Some(block) = queue.next() {
                file.write_all(&block)?;
            }
            Err(std::io::Error::other("the disk was not full"))
        });
        let error = loop {
            if let Err(error) = sink.write(vec![0; 1024]).await {
                break error;
            }
        };
        assert!(matches!(error, TransferError::DiskFull { .. }), "{error}");
        sink.abandon().await;
    }
}
