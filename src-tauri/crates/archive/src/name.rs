//! Names inside archives: which are safe to make files of, and which two would meet on one name.
//!
//! The rules are those of the strictest system a file may travel to, so that an archive is judged alike everywhere.
//! Letters that are written in two ways of Unicode (`é` as one character or as two) are one. Invariant: a `SafeName` has at least one part, and joining its parts to a
//! directory stays below that directory.

use crate::error::UnsafeReason;
use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use unicode_normalization::UnicodeNormalization;

/// Bytes of one part; the limit of ext4, APFS and (in UTF-16 units) NTFS.
const MAX_PART_BYTES: usize = 255;
/// Bytes of the whole name, and its parts; real archives stay far below, and the folder around it needs room too.
const MAX_NAME_BYTES: usize = 1024;
const MAX_PARTS: usize = 64;

/// A relative name whose parts are plain file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SafeName {
    parts: Vec<String>,
}

impl SafeName {
    /// Judges a name from an archive. `/` and `\` both separate; empty parts and `.` are skipped.
    pub(crate) fn parse(name: &str) -> Result<Self, UnsafeReason> {
        if name.starts_with(is_separator) {
            return Err(UnsafeReason::Absolute);
        }
        if name.chars().any(char::is_control) {
            return Err(UnsafeReason::ControlCharacter);
        }
        if name.len() > MAX_NAME_BYTES {
            return Err(UnsafeReason::TooLong);
        }
        let mut parts = Vec::new();
        for part in name.split(is_separator).filter(|part| !part.is_empty() && *part != ".") {
            judge_part(part)?;
            parts.push(part.to_owned());
        }
        if parts.is_empty() {
            return Err(UnsafeReason::Empty);
        }
        if parts.len() > MAX_PARTS {
            return Err(UnsafeReason::TooLong);
        }
        Ok(Self { parts })
    }

    /// The name without its folders.
    pub(crate) fn flattened(&self) -> Self {
        Self { parts: self.parts.last().cloned().into_iter().collect() }
    }

    pub(crate) fn to_path(&self) -> PathBuf {
        self.parts.iter().collect()
    }

    /// Equal for names that some file system takes for one.
    pub(crate) fn key(&self) -> String {
        self.parts.iter().map(|part| part_key(part)).collect::<Vec<_>>().join("/")
    }
}

impl fmt::Display for SafeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.parts.join("/"))
    }
}

fn is_separator(c: char) -> bool {
    c == '/' || c == '\\'
}

fn judge_part(part: &str) -> Result<(), UnsafeReason> {
    // Windows drops trailing dots and spaces, so `.. ` is `..` there and `...` is nothing.
    let kept = part.trim_end_matches(['.', ' ']);
    if part == ".." || (kept.is_empty() && part.starts_with("..")) {
        return Err(UnsafeReason::Parent);
    }
    if kept.is_empty() {
        return Err(UnsafeReason::UnportableName);
    }
    let bytes = part.as_bytes();
    if bytes.len() > MAX_PART_BYTES {
        return Err(UnsafeReason::TooLong);
    }
    if bytes[0].is_ascii_alphabetic() && bytes.get(1) == Some(&b':') {
        return Err(UnsafeReason::DriveLetter);
    }
    // On Windows a colon names a hidden stream of another file.
    if cfg!(windows) && part.contains(':') {
        return Err(UnsafeReason::UnportableName);
    }
    if is_device(kept) {
        return Err(UnsafeReason::DeviceName);
    }
    Ok(())
}

/// Windows' reserved names, alone or before an extension.
fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or_default().trim_end_matches(' ').to_ascii_uppercase();
    if matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") {
        return true;
    }
    ["COM", "LPT"].iter().any(|port| {
        stem.strip_prefix(port).is_some_and(|number| {
            let mut digits = number.chars();
            matches!((digits.next(), digits.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
        })
    })
}

/// Composed after the change of case, because a changed letter may be written in two ways again.
fn part_key(part: &str) -> String {
    part.trim_end_matches(['.', ' ']).to_lowercase().nfc().collect()
}

/// Code page 437 from 0x80 on: what names are in when they say nothing of it and are no UTF-8.
const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// A name as text: UTF-8 if it is valid, else code page 437, in which every byte is a character.
pub(crate) fn from_bytes(name: &[u8]) -> String {
    match std::str::from_utf8(name) {
        Ok(text) => text.to_owned(),
        Err(_) => name
            .iter()
            .map(|byte| match byte.checked_sub(0x80) {
                Some(index) => CP437.chars().nth(index.into()).unwrap_or(char::REPLACEMENT_CHARACTER),
                None => char::from(*byte),
            })
            .collect(),
    }
}

/// The names met so far, as a tree, so that memory stays in proportion to the names themselves.
#[derive(Debug, Default)]
pub(crate) struct NameSet {
    children: HashMap<String, Node>,
}

#[derive(Debug)]
struct Node {
    exact: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    File,
    Folder(NameSet),
}

impl NameSet {
    pub(crate) fn insert_file(&mut self, name: &SafeName) -> Result<(), UnsafeReason> {
        let Some((last, folders)) = name.parts.split_last() else { return Err(UnsafeReason::Empty) };
        let folder = self.folder(folders)?;
        match folder.children.get(&part_key(last)) {
            Some(Node { place: Place::File, .. }) => Err(UnsafeReason::SameName),
            Some(Node { place: Place::Folder(_), .. }) => Err(UnsafeReason::FileAndFolder),
            None => {
                folder.children.insert(part_key(last), Node { exact: last.clone(), place: Place::File });
                Ok(())
            }
        }
    }

    /// A folder may be named any number of times, but always in the same letters.
    pub(crate) fn insert_folder(&mut self, name: &SafeName) -> Result<(), UnsafeReason> {
        self.folder(&name.parts).map(|_| ())
    }

    fn folder(&mut self, parts: &[String]) -> Result<&mut Self, UnsafeReason> {
        let mut here = self;
        for part in parts {
            let node = here
                .children
                .entry(part_key(part))
                .or_insert_with(|| Node { exact: part.clone(), place: Place::Folder(Self::default()) });
            if node.exact != *part {
                return Err(UnsafeReason::SameName);
            }
            match &mut node.place {
                Place::Folder(folder) => here = folder,
                Place::File => return Err(UnsafeReason::FileAndFolder),
            }
        }
        Ok(here)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::{Component, Path};

    fn refusal(name: &str) -> Option<UnsafeReason> {
        SafeName::parse(name).err()
    }

    #[test]
    fn names_that_leave_the_folder_are_refused() {
        assert_eq!(refusal("/etc/passwd"), Some(UnsafeReason::Absolute));
        assert_eq!(refusal("\\\\server\\share\\a"), Some(UnsafeReason::Absolute));
        assert_eq!(refusal("../a"), Some(UnsafeReason::Parent));
        assert_eq!(refusal("a/../../b"), Some(UnsafeReason::Parent));
        assert_eq!(refusal("a\\..\\b"), Some(UnsafeReason::Parent));
        assert_eq!(refusal("a/.. /b"), Some(UnsafeReason::Parent));
        assert_eq!(refusal("C:\\a"), Some(UnsafeReason::DriveLetter));
        assert_eq!(refusal("c:a"), Some(UnsafeReason::DriveLetter));
        assert_eq!(refusal("x/z:/a"), Some(UnsafeReason::DriveLetter));
    }

    #[test]
    fn names_that_are_devices_or_nothing_are_refused() {
        for name in ["con", "NUL", "nul.txt", "a/Aux.tar.gz", "com1", "LPT9.csv", "COM²", "prn ", "nul .txt"]
        {
            assert_eq!(refusal(name), Some(UnsafeReason::DeviceName), "{name}");
        }
        for name in ["console.txt", "com10", "comX", "nullable", "aux_1.csv"] {
            assert_eq!(refusal(name), None, "{name}");
        }
        assert_eq!(refusal(""), Some(UnsafeReason::Empty));
        assert_eq!(refusal("./"), Some(UnsafeReason::Empty));
        assert_eq!(refusal("a/ /b"), Some(UnsafeReason::UnportableName));
        assert_eq!(refusal("a\nb"), Some(UnsafeReason::ControlCharacter));
        assert_eq!(refusal("a\0b"), Some(UnsafeReason::ControlCharacter));
        assert_eq!(refusal(&"x".repeat(256)), Some(UnsafeReason::TooLong));
        assert_eq!(refusal(&"x/".repeat(65)), Some(UnsafeReason::TooLong));
        assert_eq!(refusal(&"long/".repeat(300)), Some(UnsafeReason::TooLong));
    }

    #[test]
    fn a_name_that_is_no_utf8_is_of_code_page_437() {
        assert_eq!(CP437.chars().count(), 128);
        assert_eq!(from_bytes("März".as_bytes()), "März");
        assert_eq!(from_bytes(b"M\x84rz \xff"), "März \u{a0}");
    }

    #[test]
    fn both_slashes_separate_and_dots_are_skipped() {
        assert_eq!(SafeName::parse("./a\\b//c.txt").unwrap().to_string(), "a/b/c.txt");
        assert_eq!(
            SafeName::parse("Rechnung März 12:30.csv").unwrap().to_string(),
            "Rechnung März 12:30.csv"
        );
    }

    #[test]
    fn names_that_meet_on_one_name_are_refused() {
        let mut names = NameSet::default();
        let name = |text| SafeName::parse(text).unwrap();
        names.insert_file(&name("Dir/Readme.txt")).unwrap();
        names.insert_file(&name("Dir/other.txt")).unwrap();
        names.insert_folder(&name("Dir")).unwrap();
        assert_eq!(names.insert_file(&name("Dir/README.TXT")), Err(UnsafeReason::SameName));
        assert_eq!(names.insert_file(&name("Dir/readme.txt.")), Err(UnsafeReason::SameName));
        assert_eq!(names.insert_file(&name("dir/third.txt")), Err(UnsafeReason::SameName));
        assert_eq!(names.insert_file(&name("Dir")), Err(UnsafeReason::FileAndFolder));
        assert_eq!(names.insert_file(&name("Dir/other.txt/x")), Err(UnsafeReason::FileAndFolder));
        assert_eq!(names.insert_folder(&name("Dir/other.txt")), Err(UnsafeReason::FileAndFolder));
    }

    #[test]
    fn letters_composed_and_in_two_characters_are_one() {
        for (composed, apart) in [
            ("M\u{e4}rz.csv", "Ma\u{308}rz.csv"),
            ("\u{c4}rger", "a\u{308}rger"),
            ("\u{1e0b}\u{323}", "d\u{323}\u{307}"),
            ("\u{d55c}", "\u{1112}\u{1161}\u{11ab}"),
        ] {
            let mut names = NameSet::default();
            names.insert_file(&SafeName::parse(composed).unwrap()).unwrap();
            let refused = names.insert_file(&SafeName::parse(apart).unwrap());
            assert_eq!(refused, Err(UnsafeReason::SameName), "{composed} {apart}");
        }
        assert_ne!(SafeName::parse("\u{e4}").unwrap().key(), SafeName::parse("a").unwrap().key());
    }

    proptest! {
        #[test]
        fn an_accepted_name_stays_below_its_folder(name in r"[a-cA-C./\\: \x00-\x1f]{0,24}|\PC{0,40}") {
            if let Ok(safe) = SafeName::parse(&name) {
                let path = safe.to_path();
                prop_assert!(path.components().count() > 0);
                prop_assert!(path.components().all(|part| matches!(part, Component::Normal(_))));
                prop_assert!(Path::new("/target").join(&path).starts_with("/target"));
                prop_assert_eq!(SafeName::parse(&safe.to_string()), Ok(safe));
            }
        }

        #[test]
        fn changing_case_never_makes_a_new_name(name in "[a-z]{1,4}(/[a-z]{1,4}){0,3}") {
            let mut names = NameSet::default();
            if let (Ok(lower), Ok(upper)) = (SafeName::parse(&name), SafeName::parse(&name.to_uppercase())) {
                names.insert_file(&lower).unwrap();
                prop_assert!(names.insert_file(&upper).is_err());
            }
        }
    }
}
