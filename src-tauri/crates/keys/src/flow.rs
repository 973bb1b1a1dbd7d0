//! Files as streams for the ciphers: read, cipher and write each have a thread, so that they overlap. The writer hashes
//! what it writes, so that nobody has to read a result again to prove it.
//!
//! Invariants: at most some MiB are in flight; the output is a new file only its owner can read, and it is gone unless
//! [`Output::keep`] was called. Left out: flushing to the disk, which belongs to the final rename.

use crate::control::Control;
use crate::error::{KeysError, Result};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) const CHUNK: usize = 1 << 18;
const IN_FLIGHT: usize = 4;

/// What stopped a thread; kept aside, because the cipher's own error may not carry it.
#[derive(Clone, Default)]
struct Failure(Arc<Mutex<Option<io::Error>>>);

impl Failure {
    fn set(&self, error: io::Error) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }
    fn take(&self) -> Option<io::Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// An input file, read ahead on its own thread.
pub(crate) struct Input<'a> {
    chunks: Mutex<Receiver<Vec<u8>>>,
    current: Vec<u8>,
    used: usize,
    seen: u64,
    failure: Failure,
    control: Control<'a>,
}

/// What remains to ask about an input after it was given away.
pub(crate) struct InputFate {
    path: PathBuf,
    failure: Failure,
    cancel: CancellationToken,
}

impl<'a> Input<'a> {
    pub(crate) fn open(path: &Path, control: Control<'a>) -> Result<(Self, InputFate)> {
        let failed = |source| KeysError::Io { doing: "read", path: path.to_owned(), source };
        // Asked before opening, because opening a pipe would wait for its other end.
        if !fs::metadata(path).map_err(failed)?.is_file() {
            return Err(failed(io::Error::other("it is not a file")));
        }
        let mut file = File::open(path).map_err(failed)?;
        let (sender, chunks) = sync_channel(IN_FLIGHT);
        let failure = Failure::default();
        let theirs = failure.clone();
        std::thread::Builder::new()
            .name("pgp-read".into())
            .spawn(move || {
                if let Err(error) = read_all(&mut file, &sender) {
                    theirs.set(error);
                }
            })
            .map_err(failed)?;
        let fate =
            InputFate { path: path.to_owned(), failure: failure.clone(), cancel: control.cancel.clone() };
        let chunks = Mutex::new(chunks);
        Ok((Self { chunks, current: Vec::new(), used: 0, seen: 0, failure, control }, fate))
    }
}

fn read_all(file: &mut File, sender: &SyncSender<Vec<u8>>) -> io::Result<()> {
    loop {
        let mut chunk = Vec::with_capacity(CHUNK);
        file.take(CHUNK as u64).read_to_end(&mut chunk)?;
        if chunk.is_empty() || sender.send(chunk).is_err() {
            return Ok(());
        }
    }
}

impl Read for Input<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.used == self.current.len() {
            if self.control.cancel.is_cancelled() {
                return Err(io::Error::other("cancelled"));
            }
            let chunks = self.chunks.get_mut().unwrap_or_else(PoisonError::into_inner);
            match chunks.recv() {
                Ok(chunk) => {
                    self.seen += chunk.len() as u64;
                    (self.control.progress)(self.seen);
                    self.current = chunk;
                    self.used = 0;
                }
                // The reader is done; the end of its file and a failure must not look alike.
                Err(_) => {
                    return match self.failure.take() {
                        Some(error) => {
                            self.failure.set(io::Error::new(error.kind(), error.to_string()));
                            Err(error)
                        }
                        None => Ok(0),
                    };
                }
            }
        }
        let count = out.len().min(self.current.len() - self.used);
        out[..count].copy_from_slice(&self.current[self.used..self.used + count]);
        self.used += count;
        Ok(count)
    }
}

impl InputFate {
    pub(crate) fn cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// The cause outside the message, if there is one: a stop or a failing disk.
    pub(crate) fn cause(&self) -> Option<KeysError> {
        if self.cancel.is_cancelled() {
            return Some(KeysError::Cancelled);
        }
        self.failure.take().map(|source| KeysError::Io { doing: "read", path: self.path.clone(), source })
    }
}

/// A new output file, written behind on its own thread.
pub(crate) struct Output {
    path: PathBuf,
    chunk: Vec<u8>,
    written: u64,
    sender: Option<SyncSender<Vec<u8>>>,
    writer: Option<JoinHandle<Sha256>>,
    failure: Failure,
    kept: bool,
}

/// What an output came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Length of the file.
    pub bytes: u64,
    /// Lower-case hex.
    pub sha256: String,
}

impl Output {
    /// Makes the file; fails if something is there already.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let failed = |source| KeysError::Io { doing: "write", path: path.to_owned(), source };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(failed)?;
        let (sender, chunks) = sync_channel::<Vec<u8>>(IN_FLIGHT);
        let failure = Failure::default();
        let theirs = failure.clone();
        let writer = std::thread::Builder::new().name("pgp-write".into()).spawn(move || {
            let mut hash = Sha256::new();
            for chunk in chunks {
                if let Err(error) = file.write_all(&chunk) {
                    theirs.set(error);
                    break;
                }
                hash.update(&chunk);
            }
            hash
        });
        let mut output = Self {
            path: path.to_owned(),
            chunk: Vec::new(),
            written: 0,
            sender: Some(sender),
            writer: None,
            failure,
            kept: false,
        };
        output.writer = Some(writer.map_err(failed)?);
        Ok(output)
    }

    /// Writes what is left and keeps the file.
    pub(crate) fn keep(mut self) -> Result<Written> {
        // A failure shows when the writer ends, with its reason.
        let _ = self.send();
        let hash = self.end()?;
        self.kept = true;
        Ok(Written { bytes: self.written, sha256: hex::encode(hash.finalize()) })
    }

    /// Ends the writer and says why it failed, if it did.
    pub(crate) fn cause(&mut self) -> Option<KeysError> {
        self.end().err()
    }

    fn end(&mut self) -> Result<Sha256> {
        self.sender = None;
        let ended = self.writer.take().map(JoinHandle::join);
        let failed = |source| KeysError::Io { doing: "write", path: self.path.clone(), source };
        match (self.failure.take(), ended) {
            (Some(source), _) => Err(failed(source)),
            (None, Some(Err(_))) => Err(failed(io::Error::other("the writer broke off"))),
            (None, Some(Ok(hash))) => Ok(hash),
            // It was ended before; its failure was told then.
            (None, None) => Ok(Sha256::new()),
        }
    }

    fn send(&mut self) -> io::Result<()> {
        if self.chunk.is_empty() {
            return Ok(());
        }
        let chunk = std::mem::take(&mut self.chunk);
        self.written += chunk.len() as u64;
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        self.sender.as_ref().ok_or_else(gone)?.send(chunk).map_err(|_| gone())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.chunk.capacity() == 0 {
            self.chunk.reserve_exact(CHUNK);
        }
        let count = bytes.len().min(CHUNK - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..count]);
        if self.chunk.len() == CHUNK {
            self.send()?;
        }
        Ok(count)
    }

    /// Buffered on purpose until the end.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        self.cause();
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::error!(path = %self.path.display(), %error, "cannot remove an unfinished file");
        }
    }
}
