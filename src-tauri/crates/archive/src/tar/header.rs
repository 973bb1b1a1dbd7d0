//! One header block (POSIX.1-2017, pax, "ustar Interchange Format", with GNU's extensions).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(crate) const BLOCK: usize = 512;

/// The 512 bytes before an entry.
#[derive(Clone)]
pub(super) struct Header(pub(super) [u8; BLOCK]);

/// Whether a block is a header: its checksum fits.
pub(crate) fn is_header(block: &[u8]) -> bool {
    <[u8; BLOCK]>::try_from(block).is_ok_and(|block| Header(block).checksum_fits())
}

impl Header {
    pub(super) fn is_zero(&self) -> bool {
        self.0.iter().all(|byte| *byte == 0)
    }

    pub(super) fn checksum_fits(&self) -> bool {
        let Some(stored) = number(self.field(148, 8)) else { return false };
        let own = |index: usize| (148..156).contains(&index);
        let bytes = || self.0.iter().enumerate().map(|(index, byte)| if own(index) { b' ' } else { *byte });
        let unsigned: u64 = bytes().map(u64::from).sum();
        // Some old programs summed signed bytes.
        let signed: i64 = bytes().map(|byte| i64::from(byte as i8)).sum();
        stored == unsigned || i64::try_from(stored) == Ok(signed)
    }

    pub(super) fn kind(&self) -> u8 {
        self.0[156]
    }

    /// `None` when it is no number.
    pub(super) fn size(&self) -> Option<u64> {
        number(self.field(124, 12))
    }

    pub(super) fn mode(&self) -> u64 {
        number(self.field(100, 8)).unwrap_or(0)
    }

    pub(super) fn modified(&self) -> Option<SystemTime> {
        number(self.field(136, 12)).and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)))
    }

    /// Prefix and name, as bytes.
    pub(super) fn name(&self) -> Vec<u8> {
        let name = text(self.field(0, 100));
        // GNU keeps other things where POSIX has the prefix.
        let prefix = if self.field(257, 6) == b"ustar\0" { text(self.field(345, 155)) } else { &[] };
        if prefix.is_empty() { name.to_vec() } else { [prefix, b"/", name].concat() }
    }

    fn field(&self, at: usize, length: usize) -> &[u8] {
        self.0.get(at..at + length).unwrap_or_default()
    }
}

/// Up to the first NUL.
fn text(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// Octal digits, or (GNU) a binary number behind a set bit. Negative numbers are none.
fn number(field: &[u8]) -> Option<u64> {
    match field.first() {
        Some(0x80) => field
            .iter()
            .skip(1)
            .try_fold(0_u64, |all, byte| all.checked_mul(256).map(|all| all | u64::from(*byte))),
        Some(0x81..) => None,
        _ => {
            let digits = std::str::from_utf8(text(field)).ok()?.trim();
            if digits.is_empty() { Some(0) } else { u64::from_str_radix(digits, 8).ok() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_octal_or_binary_and_never_negative() {
        assert_eq!(number(b"0000644\0"), Some(0o644));
        assert_eq!(number(b"   644 \0"), Some(0o644));
        assert_eq!(number(&[0; 12]), Some(0));
        assert_eq!(number(b"99\0"), None);
        let mut big = [0; 12];
        (big[0], big[6]) = (0x80, 1);
        assert_eq!(number(&big), Some(1 << 40));
        assert_eq!(number(&[0xff; 12]), None);
        assert_eq!(number(&[0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), None, "more than 64 bits");
    }
}
