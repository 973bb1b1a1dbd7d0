//! Lines of MLSD and MLST (RFC 3659, section 7): facts, a blank, the name. Times are in UTC.

use crate::remote::Entry;
use courier_domain::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Folder,
    /// Where it leads must be looked at.
    Link,
    /// The listed folder itself.
    This,
    /// The folder above it.
    Above,
    /// Pipes, sockets, devices.
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) kind: Kind,
    pub(crate) size: u64,
    pub(crate) modified_at: Option<Timestamp>,
    /// What the user may do, one letter for each (`perm`, section 7.5.5).
    pub(crate) rights: Option<String>,
    /// As it came.
    pub(crate) name: Vec<u8>,
}

impl Facts {
    pub(crate) fn entry(&self, name: String, path: String) -> Entry {
        let is_directory = self.kind == Kind::Folder;
        Entry {
            name,
            path,
            size: if is_directory { 0 } else { self.size },
            modified_at: self.modified_at,
            is_directory,
            is_link: false,
        }
    }
}

pub(crate) fn read(line: &[u8]) -> Option<Facts> {
    let blank = line.iter().position(|b| *b == b' ')?;
    let (facts, name) = line.split_at(blank);
    let facts = std::str::from_utf8(facts).ok()?;
    let name = name.get(1..)?.to_vec();
    if name.is_empty() || !(facts.is_empty() || facts.ends_with(';')) {
        return None;
    }
    // Without a type there are only files, as far as can be known.
    let mut found = Facts { kind: Kind::File, size: 0, modified_at: None, rights: None, name };
    for fact in facts.split(';').filter(|f| !f.is_empty()) {
        let (fact, value) = fact.split_once('=')?;
        match fact.to_ascii_lowercase().as_str() {
            "type" => found.kind = kind(value),
            "size" => found.size = value.parse().ok()?,
            "perm" => found.rights = Some(value.to_ascii_lowercase()),
            "modify" => found.modified_at = time(value),
            _ => {}
        }
    }
    Some(found)
}

fn kind(value: &str) -> Kind {
    let value = value.to_ascii_lowercase();
    match value.as_str() {
        "file" => Kind::File,
        "dir" => Kind::Folder,
        "cdir" => Kind::This,
        "pdir" => Kind::Above,
        other if other.starts_with("os.unix=slink") || other.starts_with("os.unix=symlink") => Kind::Link,
        _ => Kind::Other,
    }
}

/// `YYYYMMDDHHMMSS`, with a fraction where the server has one.
pub(crate) fn time(text: &str) -> Option<Timestamp> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.len() != 14 || !whole.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let at = chrono::NaiveDateTime::parse_from_str(whole, "%Y%m%d%H%M%S").ok()?.and_utc();
    let digits: String =
        fraction.chars().take_while(char::is_ascii_digit).chain("000000".chars()).take(6).collect();
    Some(at + chrono::Duration::microseconds(digits.parse().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn lines_of_real_servers_are_read() {
        let proftpd =
            read(b"modify=20261124001002;perm=adfrw;size=12;type=file;unique=1U2;UNIX.mode=0644; a b  c")
                .unwrap();
        assert_eq!(proftpd.name, b"a b  c");
        assert_eq!((proftpd.kind, proftpd.size), (Kind::File, 12));
        assert_eq!(proftpd.rights.as_deref(), Some("adfrw"));
        assert_eq!(proftpd.modified_at, Some(at("2026-11-24T00:10:02Z")));
        let kinds = [("cdir", Kind::This), ("PDIR", Kind::Above), ("dir", Kind::Folder)];
        let links = [
            ("OS.unix=slink:/x", Kind::Link),
            ("OS.unix=symlink", Kind::Link),
            ("OS.unix=pipe", Kind::Other),
        ];
        for (value, kind) in kinds.into_iter().chain(links) {
            assert_eq!(read(format!("Type={value}; n").as_bytes()).unwrap().kind, kind, "{value}");
        }
        let fraction = read(b"type=file;modify=20200101000000.25; n").unwrap();
        assert_eq!(fraction.modified_at, Some(at("2020-01-01T00:00:00.25Z")));
    }

    #[test]
    fn what_is_no_such_line_is_not_read() {
        for line in
            [&b""[..], b"type=file;", b"type=file; ", b"size=x; n", b"-rw-r--r-- 1 a b 1 Jan 1 2020 n"]
        {
            assert_eq!(read(line), None, "{}", String::from_utf8_lossy(line));
        }
    }
}
