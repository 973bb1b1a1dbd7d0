//! Reading the files that are imported, and those that they include.
//!
//! Invariant: nothing is read without an end, and only regular files are opened by a name that a foreign file gives.

use super::ImportKind;
use super::ssh_config::{Included, matches, under_home};
use crate::error::{AppError, Result};
use courier_vault::{SecretBytes, SecretString};
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// Bytes; thousands of sites fit in.
pub(super) const MAX_BYTES: u64 = 10 * 1024 * 1024;

/// Files of one pattern.
const MAX_MATCHES: usize = 256;

/// The text of a file that a person names. It may hold passwords, so it is treated as one.
///
/// # Errors
/// The file cannot be read, is too long, or is no text.
pub(super) fn read_text(path: &Path) -> Result<SecretString> {
    let unreadable = |e: std::io::Error| {
        AppError::problem("file", "missing_file", format!("Cannot read {}: {e}.", path.display()))
    };
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    text_of(SecretBytes::new(bytes))
}

/// Text from UTF-8, or from UTF-16 with a byte order mark as Windows writes it.
pub(super) fn text_of(bytes: SecretBytes) -> Result<SecretString> {
    if bytes.expose().len() as u64 > MAX_BYTES {
        return Err(AppError::problem(
            "file",
            "too_long",
            "The file is longer than 10 MiB, so it is no list of connections.",
        ));
    }
    let no_text = || AppError::problem("file", "invalid", "The file is not text.");
    let wide = |pairs: &[u8], read: fn([u8; 2]) -> u16| {
        let (units, []) = pairs.as_chunks::<2>() else { return Err(no_text()) };
        let units: Vec<u16> = units.iter().copied().map(read).collect();
        String::from_utf16(&units).map(SecretString::new).map_err(|_| no_text())
    };
    let text = match bytes.expose() {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes)?,
        [0xef, 0xbb, 0xbf, rest @ ..] => {
            SecretString::from(std::str::from_utf8(rest).map_err(|_| no_text())?)
        }
        _ => bytes.into_string().map_err(|_| no_text())?,
    };
    if text.expose().contains('\0') { Err(no_text()) } else { Ok(text) }
}

/// Whose file a text is. What neither WinSCP nor FileZilla writes is taken for OpenSSH's, which has no mark of its own.
pub(super) fn kind_of(text: &str) -> ImportKind {
    let of_winscp = |line: &str| line.starts_with("[Sessions\\") || line.starts_with("[Configuration");
    if text.trim_start().starts_with('<') {
        ImportKind::Filezilla
    } else if text.lines().map(str::trim_start).any(of_winscp) {
        ImportKind::Winscp
    } else {
        ImportKind::SshConfig
    }
}

/// The files of an Include: `~` is the home, and a relative pattern starts from `folder`. No file is no fault.
pub(super) fn included(pattern: &str, folder: &Path, home: &Path) -> Vec<Included> {
    let pattern =
        if pattern.starts_with('~') { under_home(pattern, home) } else { Some(folder.join(pattern)) };
    let files = pattern.map(|pattern| expanded(&pattern)).unwrap_or_default();
    files.into_iter().map(|path| read_included(&path)).collect()
}

fn read_included(path: &Path) -> Included {
    let name = path.canonicalize().unwrap_or_else(|_| path.to_owned()).display().to_string();
    let text = read_text(path).map(|text| text.expose().to_owned()).map_err(|error| error.message);
    Included { name, text }
}

/// The regular files that a path with `*` and `?` in its parts names, in order.
fn expanded(pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for part in pattern.components() {
        let text = part.as_os_str().to_string_lossy();
        if !matches!(part, Component::Normal(_)) || !text.contains(['*', '?']) {
            found.iter_mut().for_each(|path| path.push(part));
            continue;
        }
        let mut next = Vec::new();
        for folder in &found {
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
            // As a shell does, a star leaves hidden files alone.
            let mut names: Vec<String> = names
                .filter(|name| matches(&text, name) && (text.starts_with('.') || !name.starts_with('.')))
                .collect();
            names.sort();
            next.extend(names.into_iter().map(|name| folder.join(name)));
            next.truncate(MAX_MATCHES);
        }
        found = next;
    }
    found.retain(|path| path.is_file());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_comes_in_the_encodings_of_windows_too() {
        let wide = |text: &str, write: fn(u16) -> [u8; 2]| -> Vec<u8> {
            std::iter::once('\u{feff}')
                .chain(text.chars())
                .collect::<String>()
                .encode_utf16()
                .flat_map(write)
                .collect()
        };
        for bytes in [
            "Ü".as_bytes().to_vec(),
            "\u{feff}Ü".as_bytes().to_vec(),
            wide("Ü", u16::to_le_bytes),
            wide("Ü", u16::to_be_bytes),
        ] {
            assert_eq!(text_of(SecretBytes::new(bytes)).unwrap().expose(), "Ü");
        }
        for bytes in [vec![0xff, 0xfe, 0x41], vec![0x41, 0xfc], vec![0x41, 0], vec![0xff, 0xfe, 0, 0xd8]] {
            assert!(text_of(SecretBytes::new(bytes.clone())).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn a_file_tells_whose_it_is() {
        let kinds = [
            include_str!("../../tests/import/ssh_config"),
            include_str!("../../tests/import/WinSCP.ini"),
            include_str!("../../tests/import/sitemanager.xml"),
            "",
        ]
        .map(kind_of);
        assert_eq!(
            kinds,
            [ImportKind::SshConfig, ImportKind::Winscp, ImportKind::Filezilla, ImportKind::SshConfig]
        );
    }

    #[test]
    fn endless_files_are_refused() {
        assert!(read_text(Path::new("/dev/zero")).unwrap_err().message.contains("10 MiB"));
        assert!(read_text(Path::new("/nowhere/at/all")).unwrap_err().message.contains("/nowhere/at/all"));
    }

    #[test]
    fn patterns_name_regular_files_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("conf.d");
        std::fs::create_dir_all(folder.join("folder.conf")).unwrap();
        for name in ["b.conf", "a.conf", ".hidden.conf", "a.txt"] {
            std::fs::write(folder.join(name), name).unwrap();
        }
        let texts = |pattern: &str| -> Vec<String> {
            included(pattern, dir.path(), dir.path()).into_iter().map(|i| i.text.unwrap()).collect()
        };
        assert_eq!(texts("conf.d/*.conf"), ["a.conf", "b.conf"]);
        assert_eq!(texts("~/conf.?/a.*"), ["a.conf", "a.txt"]);
        assert_eq!(texts("conf.d/none"), Vec::<String>::new());
        assert_eq!(texts("~other/x"), Vec::<String>::new());
        assert_eq!(texts("/dev/zero"), Vec::<String>::new());
    }
}
