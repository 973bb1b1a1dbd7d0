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

/// Chance that can be repeated: whoever throws prints the seed, and `COURIER_SEED` sets it.
#[derive(Debug)]
pub struct Dice {
    pub seed: u64,
    state: u64,
}

impl Dice {
    #[expect(clippy::new_without_default, reason = "each is another one, which no default should be")]
    pub fn new() -> Self {
        use std::hash::{BuildHasher, Hasher, RandomState};
        let given = std::env::var("COURIER_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| RandomState::new().build_hasher().finish() >> 16);
        Self { seed, state: seed }
    }

    /// A number from 0 to `limit` - 1; 0 when there is none.
    pub fn below(&mut self, limit: u64) -> u64 {
        // SplitMix64.
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit.max(1)
    }
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
