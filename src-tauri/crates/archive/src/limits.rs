//! What an archive may cost before it is taken for an attack.
//!
//! Declared sizes are checked before anything is written and real sizes while writing, because declarations lie.

use crate::error::{ArchiveError, Result};
use std::path::Path;

/// Bounds of one extraction. `Default` is what the settings `archive.*` start with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all entries together, unpacked.
    pub max_uncompressed_bytes: u64,
    /// Bytes of one entry, unpacked.
    pub max_entry_size: u64,
    /// Entries, directories included.
    pub max_file_count: u64,
    /// Unpacked bytes for each packed byte, of an entry and of the whole archive.
    pub max_compression_ratio: u64,
    /// The ratio is judged only beyond this many unpacked bytes: small files may shrink a lot.
    pub ratio_grace_bytes: u64,
    /// Levels of archives inside that are unpacked too.
    pub max_nesting_depth: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_uncompressed_bytes: 20_000_000_000,
            max_entry_size: 10_000_000_000,
            max_file_count: 10_000,
            max_compression_ratio: 200,
            ratio_grace_bytes: 10 * 1024 * 1024,
            max_nesting_depth: 0,
        }
    }
}

impl Limits {
    pub(crate) fn check_count(&self, archive: &Path, count: u64) -> Result<()> {
        if count > self.max_file_count {
            return Err(exceeded(
                archive,
                format!("it has {count} entries, {} are allowed", self.max_file_count),
            ));
        }
        Ok(())
    }

    pub(crate) fn check_entry(&self, archive: &Path, name: &str, packed: u64, unpacked: u64) -> Result<()> {
        if unpacked > self.max_entry_size {
            let limit = self.max_entry_size;
            return Err(exceeded(archive, format!("{name:?} is larger than {limit} bytes unpacked")));
        }
        if self.is_bomb(packed, unpacked) {
            let ratio = self.max_compression_ratio;
            return Err(exceeded(
                archive,
                format!("{name:?} unpacks to more than {ratio} times its packed size"),
            ));
        }
        Ok(())
    }

    pub(crate) fn check_total(&self, archive: &Path, packed: u64, unpacked: u64) -> Result<()> {
        if unpacked > self.max_uncompressed_bytes {
            let limit = self.max_uncompressed_bytes;
            return Err(exceeded(archive, format!("it unpacks to more than {limit} bytes")));
        }
        if self.is_bomb(packed, unpacked) {
            let ratio = self.max_compression_ratio;
            return Err(exceeded(archive, format!("it unpacks to more than {ratio} times its own size")));
        }
        Ok(())
    }

    fn is_bomb(&self, packed: u64, unpacked: u64) -> bool {
        unpacked > self.ratio_grace_bytes && unpacked > packed.saturating_mul(self.max_compression_ratio)
    }
}

fn exceeded(archive: &Path, limit: String) -> ArchiveError {
    ArchiveError::Limit { archive: archive.to_path_buf(), limit }
}
