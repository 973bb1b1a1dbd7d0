//! How a rehearsal counts things in sentences.

use super::imagined_disk::Size;
use crate::amount::amount;

/// `1 file`, `3 files`.
pub(super) fn files(count: usize) -> String {
    counted(count, "file", "files")
}

pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// `3 files (about 1.2 MB)`.
pub(super) fn sized(count: usize, size: Size) -> String {
    let about = if size.is_estimate { "about " } else { "" };
    format!("{} ({about}{})", files(count), amount(size.bytes))
}

/// Adds sizes up.
pub(super) fn sum(sizes: impl IntoIterator<Item = Size>) -> Size {
    sizes.into_iter().fold(Size::default(), |sum, size| Size {
        bytes: sum.bytes.saturating_add(size.bytes),
        is_estimate: sum.is_estimate || size.is_estimate,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_told_from_many_and_an_estimate_from_a_count() {
        assert_eq!(sized(1, Size::known(999)), "1 file (999 B)");
        let both = sum([Size::known(1_000_000), Size::about(200_000)]);
        assert_eq!(sized(3, both), "3 files (about 1.2 MB)");
    }
}
