//! The guard against messages that unpack to far more than they are.
//!
//! Only compression makes a message grow, so what is not compressed never meets this, whatever its size.

use crate::error::{KeysError, Result};
use std::cell::Cell;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The ratio is judged only beyond this many bytes: small files may shrink a lot.
const GRACE_BYTES: u64 = 10 * 1024 * 1024;

/// How far one message may grow.
#[derive(Debug)]
pub(super) struct Expansion {
    path: PathBuf,
    max_ratio: u64,
    /// Bytes that may come out.
    allowed: u64,
    exceeded: Cell<bool>,
}

impl Expansion {
    /// # Errors
    /// [`KeysError::Io`] when the file is gone.
    pub(super) fn of(path: &Path, max_ratio: u64) -> Result<Self> {
        let failed = |source| KeysError::Io { doing: "read", path: path.to_owned(), source };
        let packed = std::fs::metadata(path).map_err(failed)?.len();
        let allowed = packed.saturating_mul(max_ratio).max(GRACE_BYTES);
        Ok(Self { path: path.to_owned(), max_ratio, allowed, exceeded: Cell::new(false) })
    }

    /// What is read through it ends with an error where it grows too far.
    pub(super) fn reader<R: Read>(&self, from: R) -> impl Read {
        Bounded { from, left: self.allowed, exceeded: &self.exceeded }
    }

    /// That it did, if it did.
    pub(super) fn cause(&self) -> Option<KeysError> {
        self.exceeded.get().then(|| KeysError::Bomb { path: self.path.clone(), max_ratio: self.max_ratio })
    }
}

struct Bounded<'a, R> {
    from: R,
    left: u64,
    exceeded: &'a Cell<bool>,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(out)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            None => {
                self.exceeded.set(true);
                return Err(io::Error::other("it grows too far"));
            }
        }
        Ok(count)
    }
}
