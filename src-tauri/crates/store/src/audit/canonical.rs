//! The bytes that an entry's hash covers, the same whether the entry comes from a caller, a database or a file.

use courier_domain::Timestamp;
use sha2::{Digest, Sha256};

/// The fields of an entry that its hash covers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a> {
    pub(super) sequence: i64,
    pub(super) previous_hash: &'a [u8],
    /// 16 bytes, as is `entity_id`.
    pub(super) id: &'a [u8],
    pub(super) entity_type: &'a [u8],
    pub(super) entity_id: &'a [u8],
    pub(super) operation: &'a [u8],
    pub(super) performed_by: &'a [u8],
    /// As [`instant`] writes it.
    pub(super) performed_at: &'a [u8],
    pub(super) details: &'a [u8],
}

/// Appends the entry's bytes: each field behind its length.
pub(super) fn write(out: &mut Vec<u8>, fields: &Fields<'_>) {
    let mut digits = [0; 20];
    for field in [
        decimal(fields.sequence, &mut digits),
        fields.previous_hash,
        fields.id,
        fields.entity_type,
        fields.entity_id,
        fields.operation,
        fields.performed_by,
        fields.performed_at,
        fields.details,
    ] {
        put(out, field);
    }
}

/// Appends one field behind its length.
pub(super) fn put(out: &mut Vec<u8>, field: &[u8]) {
    out.extend_from_slice(&(field.len() as u64).to_be_bytes());
    out.extend_from_slice(field);
}

/// The hash in lower-case hex.
pub(super) fn hash(bytes: &[u8]) -> [u8; 64] {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    let mut out = [0; 64];
    for (pair, byte) in out.chunks_exact_mut(2).zip(digest) {
        pair[0] = HEX[usize::from(byte >> 4)];
        pair[1] = HEX[usize::from(byte & 15)];
    }
    out
}

/// RFC 3339 in UTC with six digits and `Z`.
pub(super) fn instant(at: Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// [`instant`] of a time as SQLite holds it (`…T08:00:00+00:00`, with no, three or six digits of a second), made
/// without reading it as a time. Any other spelling was not written by Courier and gives nothing.
pub(super) fn instant_of_text(stored: &[u8]) -> Option<[u8; 27]> {
    const WHOLE: usize = 19;
    let local = stored.strip_suffix(b"+00:00")?;
    let (seconds, fraction) = local.split_at_checked(WHOLE)?;
    let digits = match fraction {
        [] => fraction,
        [b'.', digits @ ..] if matches!(digits.len(), 3 | 6) => digits,
        _ => return None,
    };
    let mut out = *b"0000-00-00T00:00:00.000000Z";
    for (place, byte) in out.iter_mut().zip(seconds) {
        let fits = if place.is_ascii_digit() { byte.is_ascii_digit() } else { byte == place };
        if !fits {
            return None;
        }
        *place = *byte;
    }
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    out[WHOLE + 1..WHOLE + 1 + digits.len()].copy_from_slice(digits);
    Some(out)
}

/// The number in decimal digits.
fn decimal(number: i64, digits: &mut [u8; 20]) -> &[u8] {
    let mut rest = number.unsigned_abs();
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        at -= 1;
        digits[at] = b'-';
    }
    &digits[at..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    #[test]
    fn a_stored_time_has_one_canonical_text() {
        for micros in [0, 1, 500_000, 123_000, 999_999, 1_700_000_000_000_000, 1_700_000_000_120_000] {
            let at = DateTime::from_timestamp_micros(micros).unwrap();
            let stored = at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, false);
            assert_eq!(instant_of_text(stored.as_bytes()).unwrap(), instant(at).as_bytes(), "{stored}");
        }
    }

    #[test]
    fn another_spelling_of_a_time_is_none() {
        for other in [
            "2026-03-01T08:00:00Z",
            "2026-03-01T09:00:00+01:00",
            "2026-03-01 08:00:00+00:00",
            "2026-03-01T08:00:00.12+00:00",
            "2026-03-01T08:00:00.12x+00:00",
            "2026-03-01T08:00:0x+00:00",
            "+00:00",
            "",
        ] {
            assert!(instant_of_text(other.as_bytes()).is_none(), "{other}");
        }
    }

    #[test]
    fn numbers_are_written_as_text_writes_them() {
        for number in [0, 7, -7, 10, 1_234_567, i64::MAX, i64::MIN] {
            assert_eq!(decimal(number, &mut [0; 20]), number.to_string().as_bytes());
        }
    }

    #[test]
    fn hashes_are_lower_case_hex() {
        assert_eq!(hash(b"abc").as_slice(), hex::encode(Sha256::digest(b"abc")).as_bytes());
    }
}
