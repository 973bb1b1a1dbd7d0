//! The names in a folder while a server is still telling them, in as little room as they need: nobody knows how many
//! will come.
//!
//! Invariant: what is held stays within [`MOST_ENTRIES`] and [`MOST_BYTES`].

use crate::TransferError;
use std::mem::size_of;

const MOST_ENTRIES: u64 = 1_000_000;
const MOST_BYTES: u64 = 48 * 1024 * 1024;
/// Text of one block.
const BLOCK: usize = 64 * 1024;

/// Names, each with what else is known of it.
#[derive(Debug)]
pub(crate) struct Names<T> {
    folder: String,
    blocks: Vec<Block<T>>,
    told: u64,
    bytes: u64,
}

#[derive(Debug)]
struct Block<T> {
    text: String,
    /// Where each name ends in the text.
    rows: Vec<(u32, T)>,
}

impl<T> Names<T> {
    pub(crate) fn of(folder: &str) -> Self {
        Self { folder: folder.to_owned(), blocks: Vec::new(), told: 0, bytes: 0 }
    }

    /// Counts something that is not kept.
    pub(crate) fn pass(&mut self) -> Result<(), TransferError> {
        self.told += 1;
        if self.told > MOST_ENTRIES { Err(self.too_large(MOST_ENTRIES, "entries")) } else { Ok(()) }
    }

    pub(crate) fn push(&mut self, name: &str, row: T) -> Result<(), TransferError> {
        self.pass()?;
        self.bytes += (name.len() + size_of::<(u32, T)>()) as u64;
        if self.bytes > MOST_BYTES {
            return Err(self.too_large(MOST_BYTES, "bytes"));
        }
        if self.blocks.last().is_none_or(|block| block.text.len() >= BLOCK) {
            if let Some(full) = self.blocks.last_mut() {
                full.text.shrink_to_fit();
                full.rows.shrink_to_fit();
            }
            self.blocks.push(Block { text: String::new(), rows: Vec::new() });
        }
        if let Some(block) = self.blocks.last_mut() {
            block.text.push_str(name);
            // A block is cut far below that.
            block.rows.push((u32::try_from(block.text.len()).unwrap_or(u32::MAX), row));
        }
        Ok(())
    }

    /// Takes the last one back.
    pub(crate) fn pop(&mut self) -> Option<T> {
        let block = self.blocks.last_mut()?;
        let (_, row) = block.rows.pop()?;
        let end = block.rows.last().map_or(0, |(end, _)| *end as usize);
        block.text.truncate(end);
        if block.rows.is_empty() {
            self.blocks.pop();
        }
        Some(row)
    }

    /// In the order in which they came; what was read is let go of.
    pub(crate) fn into_rows(self) -> impl Iterator<Item = (String, T)> {
        self.blocks.into_iter().flat_map(|block| {
            let mut from = 0;
            let text = block.text;
            block.rows.into_iter().map(move |(end, row)| {
                let name = text.get(from..end as usize).unwrap_or_default().to_owned();
                from = end as usize;
                (name, row)
            })
        })
    }

    fn too_large(&self, limit: u64, unit: &str) -> TransferError {
        TransferError::TooLarge { path: self.folder.clone(), limit, unit: unit.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_as_they_went_in() {
        let mut names = Names::of("/in");
        let told: Vec<String> = (0..20_000).map(|n| format!("ü{n}-{}", "x".repeat(n % 50))).collect();
        for (n, name) in told.iter().enumerate() {
            names.push(name, n).unwrap();
            names.push("taken back", n).unwrap();
            assert_eq!(names.pop(), Some(n));
        }
        assert!(names.blocks.len() > 1);
        let back: Vec<(String, usize)> = names.into_rows().collect();
        assert_eq!(back.len(), told.len());
        assert!(back.iter().enumerate().all(|(n, (name, row))| (name, *row) == (&told[n], n)));
    }

    #[test]
    fn taking_back_from_nothing_is_nothing() {
        let mut names: Names<()> = Names::of("/in");
        assert_eq!(names.pop(), None);
        names.push("a", ()).unwrap();
        assert_eq!((names.pop(), names.pop()), (Some(()), None));
        assert_eq!(names.into_rows().count(), 0);
    }

    #[test]
    fn too_many_and_too_much_are_refused() {
        let mut many: Names<()> = Names::of("/in");
        let cut = (0..=MOST_ENTRIES).map(|_| many.pass()).find_map(Result::err).unwrap();
        assert!(cut.to_string().contains("more than 1000000 entries"), "{cut}");
        let mut much: Names<()> = Names::of("/in");
        let name = "x".repeat(10_000);
        let cut = (0..=MOST_BYTES / 10_000).map(|_| much.push(&name, ())).find_map(Result::err).unwrap();
        assert!(cut.to_string().contains("bytes"), "{cut}");
    }
}
