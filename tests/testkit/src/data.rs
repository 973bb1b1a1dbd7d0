//! Bytes to move: the same for the same seed, not compressible, with every value in them.

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::Path;

/// `length` bytes that depend only on `seed`.
pub fn bytes(length: usize, seed: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(length + 8);
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    while out.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out.extend_from_slice(&state.to_le_bytes());
    }
    out.truncate(length);
    out
}

/// Writes a file of `length` such bytes without holding them in memory.
pub fn write_file(path: &Path, length: u64, seed: u64) -> Result<()> {
    const PIECE: u64 = 1 << 20;
    let mut file = std::fs::File::create(path).with_context(|| format!("cannot make {}", path.display()))?;
    let (mut left, mut n) = (length, 0);
    while left > 0 {
        let piece = left.min(PIECE);
        file.write_all(&bytes(usize::try_from(piece)?, seed.wrapping_add(n)))?;
        left -= piece;
        n += 1;
    }
    Ok(())
}

/// Lower-case hex.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
