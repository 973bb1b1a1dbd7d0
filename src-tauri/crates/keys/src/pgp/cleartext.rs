//! A readable signed text must be all of its file: what stands before or behind it is not signed, and whoever gets the
//! file cannot tell.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

const BEGIN: &[u8] = b"-----BEGIN PGP SIGNED MESSAGE-----";
const END: &[u8] = b"-----END PGP SIGNATURE-----";
/// No line that matters is longer; a longer one is looked at in pieces.
const LINE: u64 = 4096;

/// Whether the file has a readable signed text with something else around it. Lines of the text itself that look like
/// its borders are escaped, so a border is a border.
pub(super) fn has_unsigned_text(path: &Path) -> io::Result<bool> {
    let mut file = BufReader::new(File::open(path)?);
    let (mut begins, mut ends, mut around) = (0, 0, false);
    let mut line = Vec::new();
    let mut is_start = true;
    loop {
        line.clear();
        if (&mut file).take(LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(begins > 0 && (around || begins > 1 || ends != 1));
        }
        let text = line.strip_prefix(b"\xef\xbb\xbf").filter(|_| begins == 0).unwrap_or(&line).trim_ascii();
        let is_border = |border| is_start && text == border;
        if is_border(BEGIN) {
            begins += 1;
            around |= ends > 0;
        } else if is_border(END) {
            ends += 1;
        } else if !text.is_empty() && (begins == 0 || ends > 0) {
            around = true;
        }
        is_start = line.ends_with(b"\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_signed_text_may_be_in_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("text.asc");
        let signed = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n- -----END PGP SIGNATURE-----\nwords\n\
                      -----BEGIN PGP SIGNATURE-----\n\nabc=\n-----END PGP SIGNATURE-----\n";
        let long = format!("{}-----BEGIN PGP SIGNED MESSAGE-----\n", "x".repeat(8192));
        let unsigned = |text: &str| {
            std::fs::write(&path, text).unwrap();
            has_unsigned_text(&path).unwrap()
        };
        for good in
            [signed, &format!("\u{feff}\n{signed}\n \r\n"), &signed.replace('\n', "\r\n"), "words", "", &long]
        {
            assert!(!unsigned(good), "{good}");
        }
        for bad in [
            format!("words\n{signed}"),
            format!("{signed}words"),
            format!("{signed}{signed}"),
            signed.replace("-----END PGP SIGNATURE-----\n", ""),
        ] {
            assert!(unsigned(&bad), "{bad}");
        }
    }
}
