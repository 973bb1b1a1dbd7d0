//! Names that come from a server are data: here is decided which of them may become a file on this disk.
//!
//! Invariant: a name that passes is one path component on every platform that Courier runs on.

/// The longest name, in bytes, that common file systems take.
pub(crate) const LONGEST: usize = 255;

/// Says why `name` must not be used, or `Ok`.
pub fn safe_name(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("it is empty");
    }
    if name == "." || name == ".." {
        return Err("it would lead to another folder");
    }
    if name.contains(['/', '\\']) {
        return Err("it contains a path separator");
    }
    if name.contains('\u{FFFD}') {
        return Err("it is not valid UTF-8");
    }
    if name.chars().any(char::is_control) {
        return Err("it contains control characters");
    }
    if name.len() > LONGEST {
        return Err("it is longer than 255 bytes");
    }
    if is_device(name) {
        return Err("it is a device name on Windows");
    }
    if cfg!(windows) && (name.ends_with(['.', ' ']) || name.contains(['<', '>', ':', '"', '|', '?', '*'])) {
        return Err("Windows does not allow it");
    }
    Ok(())
}

/// `CON`, `nul.txt`, `COM1` and their kin: Windows opens the device, whatever the extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end_matches(' ').to_ascii_uppercase();
    match stem.as_str() {
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" => true,
        other => ["COM", "LPT"].iter().any(|port| {
            other.strip_prefix(port).is_some_and(|n| {
                let mut chars = n.chars();
                matches!(chars.next(), Some('1'..='9' | '¹' | '²' | '³')) && chars.next().is_none()
            })
        }),
    }
}

/// The name as it may be shown: control characters, backslashes and what is not text are escaped, the length is cut.
pub fn escaped(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars().take(120) {
        if c.is_control() || c == '\\' || c == '\u{FFFD}' || is_bidi(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    if name.chars().nth(120).is_some() {
        out.push('…');
    }
    out
}

/// Characters that turn the reading direction and so can make one name look like another.
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_pass() {
        for name in [
            "a",
            "-rf",
            ".hidden",
            "a b",
            "it's \"quoted\"",
            "übung.csv",
            "名前.txt",
            "console.txt",
            "COM10",
            "a..b",
            "com",
        ] {
            assert_eq!(safe_name(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn names_that_could_escape_or_lie_are_refused() {
        for name in [
            "",
            ".",
            "..",
            "a/b",
            "/etc/passwd",
            "a\\b",
            "a\nb",
            "a\0b",
            "\u{1b}[31m",
            "bad\u{FFFD}",
            "NUL",
            "nul.txt",
            "Com1.csv",
            "LPT9",
            "aux",
            "con .txt",
        ] {
            assert!(safe_name(name).is_err(), "{name:?}");
        }
        assert!(safe_name(&"x".repeat(256)).is_err());
        assert!(safe_name(&"ü".repeat(128)).is_err());
        assert!(safe_name(&"x".repeat(255)).is_ok());
    }

    #[test]
    fn a_refused_name_is_shown_escaped() {
        assert_eq!(escaped("a\nb"), "a\\nb");
        assert_eq!(escaped("a\u{202E}b"), "a\\u{202e}b");
        assert!(escaped(&"x".repeat(300)).chars().count() < 130);
    }
}
