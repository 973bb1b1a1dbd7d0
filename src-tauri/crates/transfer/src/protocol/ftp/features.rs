//! What a server says it can do: FEAT (RFC 2389) and SYST.

use super::control::Reply;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Features {
    pub(crate) mlst: bool,
    pub(crate) size: bool,
    pub(crate) mdtm: bool,
    /// MDTM with a time sets it.
    pub(crate) mdtm_sets: bool,
    pub(crate) mfmt: bool,
    pub(crate) restart: bool,
    pub(crate) utf8: bool,
    pub(crate) hash_sha256: bool,
    pub(crate) xsha256: bool,
    pub(crate) system: System,
}

/// Which file system is behind the server, as far as SYST tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum System {
    /// Renames by `rename(2)`: an existing file is replaced in one step.
    Unix,
    #[default]
    Other,
}

impl Features {
    /// `features` and `system` are the replies, whatever they are; `banner` the greeting.
    pub(crate) fn read(features: &Reply, system: &Reply, banner: &Reply) -> Self {
        // vsftpd sets times by MDTM and does not say so.
        let mut found = Self { mdtm_sets: banner.words().contains("vsftpd"), ..Self::default() };
        if system.is_done() {
            let words = system.words();
            let lives_on_unix = words.trim_start().starts_with("unix") && !words.contains("emulat");
            found.system = if lives_on_unix { System::Unix } else { System::Other };
        }
        if !features.is_done() {
            return found;
        }
        for line in &features.lines {
            let line = String::from_utf8_lossy(line).trim().to_ascii_uppercase();
            let (name, value) = line.split_once([' ', '\t']).unwrap_or((&line, ""));
            match name {
                "MLST" | "MLSD" => found.mlst = true,
                "SIZE" => found.size = true,
                "MDTM" => {
                    found.mdtm = true;
                    found.mdtm_sets |= value.contains("YYYYMMDD");
                }
                "MFMT" => found.mfmt = true,
                "REST" => found.restart = value.contains("STREAM"),
                "UTF8" => found.utf8 = true,
                "HASH" => {
                    found.hash_sha256 = value.split(';').any(|h| h.trim().trim_end_matches('*') == "SHA-256");
                }
                "XSHA256" => found.xsha256 = true,
                _ => {}
            }
        }
        found
    }

    pub(crate) fn sets_mtime(&self) -> bool {
        self.mfmt || self.mdtm_sets
    }

    pub(crate) fn has_checksum(&self) -> bool {
        self.hash_sha256 || self.xsha256
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(code: u16, text: &str) -> Reply {
        Reply { code, lines: text.lines().map(|l| l.as_bytes().to_vec()).collect() }
    }

    #[test]
    fn a_servers_features_are_read() {
        let features = "Features:\n MDTM\n MFMT\n MLST modify*;perm*;size*;type*;\n REST STREAM\n SIZE\n UTF8\n HASH SHA-1;SHA-256*;MD5\nEnd";
        let found = Features::read(&reply(211, features), &reply(215, "UNIX Type: L8"), &reply(220, "x"));
        assert!(found.mlst && found.size && found.mdtm && found.mfmt && found.restart && found.utf8);
        assert!(found.hash_sha256 && !found.xsha256 && !found.mdtm_sets);
        assert_eq!(found.system, System::Unix);
    }

    #[test]
    fn a_server_without_feat_has_none() {
        let found = Features::read(
            &reply(502, "no"),
            &reply(215, "UNIX emulated by FileZilla"),
            &reply(220, "hello"),
        );
        assert_eq!(found, Features::default());
    }
}
