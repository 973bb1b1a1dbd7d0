//! Names of parts: the archive's name and a number of at least three digits.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Digits that a number has at least.
const DIGITS: usize = 3;
/// Digits that a number has at most; more is a date or an invoice.
const MOST_DIGITS: usize = 6;

/// `NAME` for the part `NAME.017`, and 17. `None` for a name that is none of a part.
pub(super) fn split(path: &Path) -> Option<(PathBuf, u64)> {
    let digits = path.extension()?.to_str()?;
    // `.0001` beside `.001` would be a second part one.
    let plain = digits.len() == DIGITS || (digits.len() <= MOST_DIGITS && !digits.starts_with('0'));
    if digits.len() < DIGITS || !plain || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = digits.parse().ok().filter(|number| *number > 0)?;
    Some((path.with_extension(""), number))
}

pub(super) fn part(whole: &Path, number: u64) -> PathBuf {
    let mut name = OsString::from(whole.as_os_str());
    name.push(format!(".{number:0DIGITS$}"));
    PathBuf::from(name)
}

/// The first part's name, if this is the name of a later one.
pub(crate) fn first_of(path: &Path) -> Option<PathBuf> {
    let (whole, number) = split(path)?;
    (number > 1).then(|| part(&whole, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_numbered_with_three_digits_or_more() {
        let whole = Path::new("out/a.zip");
        for (number, name) in [(1, "out/a.zip.001"), (999, "out/a.zip.999"), (1000, "out/a.zip.1000")] {
            assert_eq!(part(whole, number), Path::new(name));
            assert_eq!(split(Path::new(name)), Some((whole.into(), number)));
        }
        for name in ["a.zip", "a.01", "a.000", "a.0001", "a.20260101", "001", "a.1e3", "a.+12"] {
            assert_eq!(split(Path::new(name)), None, "{name}");
        }
    }

    #[test]
    fn a_later_part_knows_the_first() {
        assert_eq!(first_of(Path::new("x/a.7z.012")), Some("x/a.7z.001".into()));
        assert_eq!(first_of(Path::new("x/a.7z.001")), None);
        assert_eq!(first_of(Path::new("x/a.7z")), None);
    }
}
