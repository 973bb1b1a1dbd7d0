//! Deflate (RFC 1951) on all cores. The content is cut into blocks that are compressed independently, each primed with
//! the 32 KiB before it, and joined at byte boundaries by empty stored blocks ("sync flush"); any reader takes the
//! result for one stream. Without a container: gzip and zip put their headers and the checksum around it.
//!
//! Two ways in: [`deflate`] for one stream that is written piece by piece (gzip, tar.gz), and [`Cutter`], [`Block`] and
//! [`pack`] for a caller with an own line of blocks (zip, where small files share the line).
//! Invariant: at most [`parallel::in_flight`] blocks are in memory, and the result depends on the content and the
//! level only, not on the machine.

use crate::parallel::{self, Line};
use crc32fast::Hasher;
use flate2::{Compress, CompressError, Compression, FlushCompress, Status};
use std::io::{self, Read, Write};
use std::mem;

/// Content bytes of one block. Smaller ones cost size, larger ones memory and the speed of short files.
pub(crate) const BLOCK_BYTES: usize = 256 * 1024;

/// How far back deflate can point.
const WINDOW_BYTES: usize = 32 * 1024;

/// A piece of content, with what stood before it.
#[derive(Debug, Default)]
pub(crate) struct Block {
    /// The window before the piece, then the piece.
    bytes: Vec<u8>,
    window: usize,
    /// Whether the stream ends with this block.
    last: bool,
}

impl Block {
    /// The piece itself.
    pub(crate) fn content(&self) -> &[u8] {
        self.bytes.get(self.window..).unwrap_or_default()
    }

    pub(crate) fn into_content(mut self) -> Vec<u8> {
        self.bytes.drain(..self.window);
        self.bytes
    }

    pub(crate) fn is_last(&self) -> bool {
        self.last
    }
}

/// A block after compression.
#[derive(Debug)]
pub(crate) struct Packed {
    pub(crate) bytes: Vec<u8>,
    /// CRC-32 and length of the content.
    pub(crate) checksum: Checksum,
}

/// CRC-32 (as in gzip and zip) and length of some content.
#[derive(Debug, Clone, Default)]
pub(crate) struct Checksum(Hasher, u64);

impl Checksum {
    pub(crate) fn of(content: &[u8]) -> Self {
        let mut hasher = Hasher::new();
        hasher.update(content);
        Self(hasher, content.len() as u64)
    }

    /// Goes on with the checksum of the content that follows.
    pub(crate) fn append(&mut self, next: &Self) {
        self.0.combine(&next.0);
        self.1 += next.1;
    }

    pub(crate) fn crc(&self) -> u32 {
        self.0.clone().finalize()
    }

    pub(crate) fn length(&self) -> u64 {
        self.1
    }
}

/// Cuts one stream into blocks. Every stream has a last block, which may be empty.
#[derive(Debug, Default)]
pub(crate) struct Cutter {
    filling: Block,
}

impl Cutter {
    /// For a stream of about this many bytes.
    pub(crate) fn expecting(bytes: u64) -> Self {
        let room = usize::try_from(bytes).map_or(BLOCK_BYTES, |bytes| bytes.min(BLOCK_BYTES));
        Self { filling: Block { bytes: Vec::with_capacity(room), ..Block::default() } }
    }

    /// Takes some of `content` and says how much; gives a block whenever one is full.
    pub(crate) fn fill(&mut self, content: &[u8]) -> (usize, Option<Block>) {
        let room = self.room();
        let (taken, _) = content.split_at(content.len().min(room));
        self.filling.bytes.extend_from_slice(taken);
        (taken.len(), if taken.len() == room { Some(self.cut()) } else { None })
    }

    /// Reads until a block is full (then gives it) or the reader is at its end (then gives `None`; call
    /// [`Cutter::finish`]). For large blocks from files: nothing is copied twice.
    pub(crate) fn fill_from(&mut self, reader: &mut impl Read) -> io::Result<Option<Block>> {
        let mut limited = reader.take(self.room() as u64);
        limited.read_to_end(&mut self.filling.bytes)?;
        Ok(if limited.limit() == 0 { Some(self.cut()) } else { None })
    }

    /// The last block.
    pub(crate) fn finish(mut self) -> Block {
        self.filling.last = true;
        self.filling
    }

    fn room(&mut self) -> usize {
        let whole = self.filling.window + BLOCK_BYTES;
        let missing = whole.saturating_sub(self.filling.bytes.len());
        // Small streams take no more than they need.
        if self.filling.window > 0 {
            self.filling.bytes.reserve_exact(missing);
        }
        missing
    }

    fn cut(&mut self) -> Block {
        let full = mem::take(&mut self.filling);
        let from = full.bytes.len().saturating_sub(WINDOW_BYTES);
        let window = full.bytes.get(from..).unwrap_or_default();
        self.filling.bytes.extend_from_slice(window);
        self.filling.window = window.len();
        full
    }
}

/// Compresses one block. `level` is 1 (fastest) to 9 (smallest).
pub(crate) fn pack(level: u32, block: &Block) -> io::Result<Packed> {
    // A new one each time: after a reset zlib-rs finds other matches than a new one does, and the result would depend
    // on which thread took which block.
    let mut compress = Compress::new(Compression::new(level), false);
    if let Some(window) = block.bytes.get(..block.window).filter(|window| !window.is_empty()) {
        compress.set_dictionary(window).map_err(io::Error::other)?;
    }
    let flush = if block.last { FlushCompress::Finish } else { FlushCompress::Sync };
    let content = block.content();
    let bytes = run(&mut compress, content, flush).map_err(io::Error::other)?;
    Ok(Packed { bytes, checksum: Checksum::of(content) })
}

fn run(compress: &mut Compress, content: &[u8], flush: FlushCompress) -> Result<Vec<u8>, CompressError> {
    // Most content shrinks by half and more; what does not grows the buffer once or twice.
    let mut packed = Vec::with_capacity(content.len() / 2 + 64);
    loop {
        let taken = usize::try_from(compress.total_in()).unwrap_or(usize::MAX);
        let rest = content.get(taken..).unwrap_or_default();
        let status = compress.compress_vec(rest, &mut packed, flush)?;
        // Room that is left over means that everything has come out.
        if status == Status::StreamEnd || packed.len() < packed.capacity() {
            return Ok(packed);
        }
        packed.reserve(content.len() / 4 + 64);
    }
}

/// Deflates what `body` writes, on all cores, into `sink`, which is written to by the calling thread only. Gives what
/// `body` gave, with CRC-32 and length of the content, once the stream is complete.
///
/// An error of the sink comes out of the writer's next `write`, so `body` needs no way of its own to see it; looking
/// at a stop signal is up to `body`. After an error of `body` the stream stays unfinished. Dropping the writer does
/// nothing and `flush` neither: blocks are cut by size alone.
///
/// ```ignore
/// gzip_header(&mut sink)?;
/// let (count, content) = deflate::deflate(6, &mut sink, |writer| {
///     let mut tar = tar::Builder::new(writer);
///     …
///     tar.finish()?;
///     Ok::<_, ArchiveError>(count)
/// })?;
/// sink.write_all(&content.crc().to_le_bytes())?;
/// sink.write_all(&(content.length() as u32).to_le_bytes())?;
/// ```
///
/// `level` is 1 to 9. The inner `Result` of the sink's last blocks is turned into the caller's error type by `From`.
pub(crate) fn deflate<O, E>(
    level: u32,
    sink: &mut dyn Write,
    body: impl FnOnce(&mut DeflateWriter<'_, '_>) -> Result<O, E>,
) -> Result<(O, Checksum), E>
where
    E: From<io::Error>,
{
    parallel::in_order(
        || (),
        |(), block: Block| pack(level, &block),
        |line| {
            let mut writer =
                DeflateWriter { line, sink, cutter: Cutter::default(), done: Checksum::default() };
            let output = body(&mut writer)?;
            Ok((output, writer.finish()?))
        },
    )
}

/// See [`deflate`].
pub(crate) struct DeflateWriter<'a, 's> {
    line: &'a mut Line<Block, io::Result<Packed>>,
    sink: &'s mut dyn Write,
    cutter: Cutter,
    done: Checksum,
}

impl DeflateWriter<'_, '_> {
    fn finish(mut self) -> io::Result<Checksum> {
        let last = mem::take(&mut self.cutter).finish();
        self.push(last)?;
        while let Some(packed) = self.line.next() {
            self.store(packed?)?;
        }
        Ok(self.done)
    }

    fn push(&mut self, block: Block) -> io::Result<()> {
        match self.line.push(block) {
            Some(packed) => self.store(packed?),
            None => Ok(()),
        }
    }

    fn store(&mut self, packed: Packed) -> io::Result<()> {
        self.done.append(&packed.checksum);
        self.sink.write_all(&packed.bytes)
    }
}

impl Write for DeflateWriter<'_, '_> {
    fn write(&mut self, content: &[u8]) -> io::Result<usize> {
        let (taken, full) = self.cutter.fill(content);
        if let Some(block) = full {
            self.push(block)?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::bufread::DeflateDecoder;
    use proptest::prelude::*;

    /// Lines that repeat at distances within a window, across the edges of blocks too.
    fn text(length: usize) -> Vec<u8> {
        let mut text = Vec::with_capacity(length + 64);
        let mut n = 0_u64;
        while text.len() < length {
            n += 1;
            text.extend(format!("{n};invoice {};{}.{:02} EUR\n", n % 977, n * 37 % 10_007, n % 100).bytes());
        }
        text.truncate(length);
        text
    }

    fn deflated(content: &[u8], level: u32, step: usize) -> (Vec<u8>, Checksum) {
        let mut packed = Vec::new();
        let (_, checksum) = deflate(level, &mut packed, |writer| {
            content.chunks(step.max(1)).try_for_each(|piece| writer.write_all(piece))
        })
        .unwrap();
        (packed, checksum)
    }

    fn unpack(packed: &[u8]) -> Vec<u8> {
        let mut decoder = DeflateDecoder::new(packed);
        let mut content = Vec::new();
        decoder.read_to_end(&mut content).unwrap();
        assert!(decoder.into_inner().is_empty(), "something follows the stream's end");
        content
    }

    #[test]
    fn streams_of_every_length_around_a_block_come_back_with_their_checksum() {
        let whole = text(3 * BLOCK_BYTES + 1);
        for length in [
            0,
            1,
            WINDOW_BYTES,
            BLOCK_BYTES - 1,
            BLOCK_BYTES,
            BLOCK_BYTES + 1,
            2 * BLOCK_BYTES,
            3 * BLOCK_BYTES + 1,
        ] {
            let content = &whole[..length];
            let (packed, checksum) = deflated(content, 6, 10_007);
            assert!(unpack(&packed) == content, "length {length}");
            assert_eq!(checksum.crc(), crc32fast::hash(content), "length {length}");
            assert_eq!(checksum.length(), length as u64);
        }
    }

    #[test]
    fn every_level_comes_back() {
        let content = text(BLOCK_BYTES + 50_000);
        for level in 1..=9 {
            assert!(unpack(&deflated(&content, level, 65_536).0) == content, "level {level}");
        }
    }

    #[test]
    fn blocks_know_what_stood_before_them() {
        // Noise repeats only over a distance: a block that did not know the one before could not shrink its start.
        let mut noise = 1_u32;
        let half: Vec<u8> = (0..WINDOW_BYTES / 2)
            .map(|_| {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (noise >> 24) as u8
            })
            .collect();
        let mut content = vec![0; BLOCK_BYTES - half.len()];
        content.extend(&half);
        content.extend(&half);
        let packed = deflated(&content, 6, 65_536).0;
        assert!(packed.len() < half.len() + half.len() / 4, "{} bytes", packed.len());
        assert!(unpack(&packed) == content);
    }

    #[test]
    fn a_cut_stream_is_hardly_larger_than_a_whole_one() {
        let content = text(8 * BLOCK_BYTES);
        let mut whole = flate2::write::DeflateEncoder::new(Vec::new(), Compression::new(6));
        whole.write_all(&content).unwrap();
        let (whole, cut) = (whole.finish().unwrap().len(), deflated(&content, 6, 65_536).0.len());
        assert!(cut < whole + whole / 100, "{cut} bytes instead of {whole}");
    }

    #[test]
    fn the_result_is_the_same_each_time() {
        let content = text(5 * BLOCK_BYTES);
        assert!(deflated(&content, 6, 1_000).0 == deflated(&content, 6, 77_777).0);
    }

    #[test]
    fn an_error_of_the_sink_comes_out_and_ends_everything() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let content = vec![7; BLOCK_BYTES];
        let mut written = 0;
        let result = deflate(6, &mut Full, |writer| {
            while written < 1_000 {
                writer.write_all(&content)?;
                written += 1;
            }
            Ok::<_, io::Error>(())
        });
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert!(written <= parallel::in_flight(), "went on for {written} blocks");
        assert!(deflate(6, &mut Full, |_| Ok::<_, io::Error>(())).is_err());
    }

    #[test]
    fn reading_from_a_file_cuts_as_writing_does() {
        let content = text(2 * BLOCK_BYTES + 100);
        let (mut cutter, mut reader) = (Cutter::default(), content.as_slice());
        let mut blocks = Vec::new();
        while let Some(block) = cutter.fill_from(&mut reader).unwrap() {
            blocks.push(block);
        }
        blocks.push(cutter.finish());
        assert_eq!(
            blocks.iter().map(|block| block.content().len()).collect::<Vec<_>>(),
            [BLOCK_BYTES, BLOCK_BYTES, 100]
        );
        assert_eq!(blocks.iter().filter(|block| block.is_last()).count(), 1);
        let packed: Vec<u8> = blocks.iter().flat_map(|block| pack(6, block).unwrap().bytes).collect();
        assert!(packed == deflated(&content, 6, 4_096).0);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]
        #[test]
        fn checksums_of_parts_join_to_that_of_the_whole(
            parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 0..6),
        ) {
            let mut joined = Checksum::default();
            for part in &parts {
                joined.append(&Checksum::of(part));
            }
            let whole = parts.concat();
            prop_assert_eq!(joined.crc(), crc32fast::hash(&whole));
            prop_assert_eq!(joined.length(), whole.len() as u64);
        }
    }
}
