//! FileZilla's sitemanager.xml: sites in folders.
//!
//! Read event by event, so that depth and length cost nothing; document types, and with them entities of one's own, are
//! refused. A password is base64 of clear text unless FileZilla has a master password. Left out: bookmarks and trusted
//! certificates. Invariant: any text gives sites, warnings or an error, never a panic.

use super::candidate::{Candidate, KeyFiles, StoredPassword, plain, short};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use courier_domain::Problem;
use courier_domain::connection::ConnectionProtocol;
use courier_vault::SecretString;
use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};
use std::collections::HashMap;
use std::path::PathBuf;

/// FileZilla's own files are not deeper than their folders.
const MAX_DEPTH: usize = 100;

/// One site while it is read: the text of its elements by name, and how its password is written.
#[derive(Default)]
struct Server {
    depth: usize,
    texts: HashMap<String, String>,
    encoding: Option<String>,
}

#[derive(Default)]
struct Reading {
    /// Names of the open elements.
    open: Vec<String>,
    /// Names of the open folders, with the depth of each.
    folders: Vec<(usize, String)>,
    server: Option<Server>,
    has_servers: bool,
    sites: Vec<Candidate>,
    warnings: Vec<Problem>,
}

/// The sites of the file.
///
/// # Errors
/// The text is no XML, or none of FileZilla's.
pub(super) fn read(text: &str) -> Result<(Vec<Candidate>, Vec<Problem>), Problem> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut reading = Reading::default();
    loop {
        let event = reader.read_event().map_err(|error| {
            refused(&format!("it is no XML at byte {} ({error})", reader.error_position()))
        })?;
        match event {
            // With the configuration above, an empty element comes as its start and its end.
            Event::Start(element) | Event::Empty(element) => reading.start(&element)?,
            Event::End(_) => reading.end(),
            Event::Text(text) => reading.text(&text.xml10_content()),
            Event::CData(text) => reading.text(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let name = reference.xml10_content();
                let text = match reference.resolve_char_ref() {
                    Ok(Some(found)) => Some(found.to_string()),
                    Ok(None) => resolve_xml_entity(&name).map(str::to_owned),
                    Err(_) => None,
                };
                reading.text(&text.ok_or_else(|| refused("it uses an entity that XML does not have"))?);
            }
            Event::DocType(_) => return Err(refused("it has a document type, which FileZilla never writes")),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    if !reading.open.is_empty() {
        return Err(refused("it ends too early"));
    }
    if !reading.has_servers {
        return Err(refused("it has no element Servers"));
    }
    Ok((reading.sites, reading.warnings))
}

fn refused(why: &str) -> Problem {
    Problem::error(
        "file",
        "syntax",
        plain(&format!(
            "This is no sitemanager.xml of FileZilla: {why}. In FileZilla, choose File, Export, Site Manager."
        )),
    )
}

impl Reading {
    fn start(&mut self, element: &BytesStart<'_>) -> Result<(), Problem> {
        let name = element.name().into_inner();
        if self.open.len() >= MAX_DEPTH {
            return Err(refused("its elements lie too deep in each other"));
        }
        let depth = self.open.len();
        match (name, &mut self.server) {
            ("Servers", None) => self.has_servers = true,
            ("Folder", None) if self.has_servers => self.folders.push((depth, String::new())),
            ("Server", None) if self.has_servers => {
                self.server = Some(Server { depth, ..Server::default() });
            }
            ("Pass", Some(server)) if depth == server.depth + 1 => {
                server.encoding = element
                    .attributes()
                    .flatten()
                    .find(|a| a.key.into_inner() == "encoding")
                    .map(|a| a.value.to_string());
            }
            _ => {}
        }
        self.open.push(name.to_owned());
        Ok(())
    }

    fn end(&mut self) {
        self.open.pop();
        let depth = self.open.len();
        if let Some(server) = self.server.take_if(|server| server.depth == depth) {
            let group: Vec<&str> =
                self.folders.iter().map(|(_, name)| name.trim()).filter(|n| !n.is_empty()).collect();
            match site(server, &group.join("/")) {
                Ok(site) => self.sites.push(site),
                Err(warning) => self.warnings.push(warning),
            }
        }
        if self.folders.last().is_some_and(|(at, _)| *at == depth) {
            self.folders.pop();
        }
    }

    /// Text belongs to the innermost element: a field of the site, or the name of a folder or of an old file's site.
    fn text(&mut self, text: &str) {
        let depth = self.open.len();
        let Some(innermost) = self.open.last() else { return };
        match (&mut self.server, self.folders.last_mut()) {
            (Some(server), _) if depth == server.depth + 1 => {
                server.texts.entry(String::new()).or_default().push_str(text);
            }
            (Some(server), _) if depth == server.depth + 2 => {
                server.texts.entry(innermost.clone()).or_default().push_str(text);
            }
            (None, Some((at, name))) if depth == *at + 1 => name.push_str(text),
            _ => {}
        }
    }
}

impl Server {
    fn text(&self, name: &str) -> &str {
        self.texts.get(name).map(|t| t.trim()).unwrap_or_default()
    }

    fn number(&self, name: &str) -> Option<i64> {
        self.text(name).parse().ok()
    }

    /// The password, which is its whole text: it may begin or end with spaces only where it is base64.
    fn password(&mut self) -> StoredPassword {
        let text = SecretString::new(self.texts.remove("Pass").unwrap_or_default());
        match self.encoding.as_deref() {
            _ if text.is_empty() => StoredPassword::None,
            Some("base64") => {
                let clear = STANDARD.decode(text.expose().trim()).ok().map(String::from_utf8);
                match clear {
                    Some(Ok(clear)) if clear.is_empty() => StoredPassword::None,
                    Some(Ok(clear)) => StoredPassword::Clear(SecretString::new(clear)),
                    Some(Err(_)) | None => StoredPassword::Sealed,
                }
            }
            None => StoredPassword::Clear(text),
            Some(_) => StoredPassword::Sealed,
        }
    }
}

fn site(mut server: Server, group: &str) -> Result<Candidate, Problem> {
    let own = |server: &Server| match server.text("Name") {
        // Old files have the name beside the elements.
        "" => server.text("").to_owned(),
        name => name.to_owned(),
    };
    let name = own(&server);
    let left_out = |why: &str| {
        let shown = if name.is_empty() { server.text("Host") } else { &name };
        Err(Problem::warning(short(&plain(shown), 200), "left_out", why))
    };
    let (protocol, implicit) = match server.number("Protocol").unwrap_or(0) {
        // With or without TLS, as the server likes. Courier does not leave that to the server.
        0 => (ConnectionProtocol::Ftp, false),
        1 => (ConnectionProtocol::Sftp, false),
        3 => (ConnectionProtocol::Ftps, true),
        4 => (ConnectionProtocol::Ftps, false),
        6 => (ConnectionProtocol::Ftp, false),
        _ => return left_out("Its protocol is none of SFTP, FTP and FTPS."),
    };
    let mut site = Candidate::new(&name, protocol, server.text("Host"));
    site.set_group(group);
    match server.text("Port") {
        "" | "0" if implicit => site.port = Some(990),
        "" | "0" => {}
        port => site.set_port("Port", port),
    }
    if server.number("Protocol").unwrap_or(0) == 0 {
        site.warn(
            "Protocol",
            "FileZilla uses TLS here if the server has it. Courier's ftp never does; choose ftps if the server can.",
        );
    }
    login(&mut server, &mut site);
    site.passive_mode = server.text("PasvMode") != "MODE_ACTIVE";
    if let Some(folder) = remote_folder(server.text("RemoteDir")) {
        site.note(&format!("Remote folder: {folder}"));
    }
    site.note(server.text("Comments"));
    Ok(site)
}

/// By FileZilla's Logontype: 0 anonymous, 1 normal, 2 ask, 3 interactive, 4 account, 5 key file.
fn login(server: &mut Server, site: &mut Candidate) {
    site.username = plain(server.text("User"));
    site.password = server.password();
    match server.number("Logontype") {
        Some(0) => {
            site.username = "anonymous".to_owned();
            // What FileZilla and others send; it is no secret.
            site.password = StoredPassword::Clear(SecretString::from("anonymous@example.com"));
        }
        Some(4) => site.warn("Logontype", "The FTP account is left out."),
        Some(5) if site.protocol == ConnectionProtocol::Sftp => {
            let key = server.text("Keyfile");
            if !key.is_empty() {
                site.key_files = KeyFiles::Named(vec![PathBuf::from(key)]);
            }
        }
        _ => {}
    }
    if matches!(site.password, StoredPassword::Sealed) {
        site.warn("Pass", "The password is under FileZilla's master password; enter it in Courier.");
    }
}

/// FileZilla's own form of a path: the server's type, the length of a prefix with the prefix, then each part after its
/// length, as `1 0 3 out 5 daily`.
fn remote_folder(text: &str) -> Option<String> {
    let (kind, rest) = text.split_once(' ')?;
    let kind: u32 = kind.parse().ok()?;
    // Only paths with slashes; 0 and 1 are the server's default and Unix.
    if kind > 1 {
        return None;
    }
    let mut rest = rest.strip_prefix('0')?;
    let mut folder = String::new();
    while let Some((length, tail)) = rest.strip_prefix(' ').and_then(|r| r.split_once(' ')) {
        let length: usize = length.parse().ok()?;
        let end = tail.char_indices().nth(length).map_or(tail.len(), |(at, _)| at);
        let (part, after) = tail.split_at_checked(end)?;
        folder.push('/');
        folder.push_str(part);
        rest = after;
    }
    Some(folder).filter(|f| !f.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = include_str!("../../tests/import/sitemanager.xml");

    #[test]
    fn sites_come_with_folder_protocol_and_login() {
        let (sites, warnings) = read(FILE).unwrap();
        let shown: Vec<_> = sites
            .iter()
            .map(|s| {
                let group = s.group.as_deref().unwrap_or("-");
                let port = s.port.map_or("-".to_owned(), |p| p.to_string());
                format!("{group} | {} | {} {}@{}:{port}", s.name, s.protocol, s.username, s.host)
            })
            .collect();
        assert_eq!(
            shown,
            [
                "- | mirror | ftp anonymous@ftp.example.org:21",
                "Partner & Co/Live | Rechnungen | sftp alice@sftp.example.org:2222",
                "Partner & Co/Live | by key | sftp bob@sftp.example.org:-",
                "Partner & Co | implicit | ftps carol@ftps.example.org:990",
                "Partner & Co | explicit | ftps carol@ftps.example.org:-",
                "- | named the old way | ftp dave@old.example.org:21",
            ]
        );
        assert_eq!(sites[2].key_files, KeyFiles::Named(vec![PathBuf::from("/home/bob/.ssh/id_ed25519")]));
        assert_eq!(sites[1].notes, ["Remote folder: /out/ein Ordner", "first line", "second <line>"]);
        assert_eq!((sites[3].passive_mode, sites[4].passive_mode), (false, true));
        assert_eq!(warnings.iter().map(|w| w.path.as_str()).collect::<Vec<_>>(), ["cloud"]);
    }

    #[test]
    fn passwords_are_read_as_they_are_written() {
        let (sites, _) = read(FILE).unwrap();
        let of = |name: &str| match &sites.iter().find(|s| s.name == name).unwrap().password {
            StoredPassword::Clear(text) => text.expose().to_owned(),
            StoredPassword::Sealed => "(sealed)".to_owned(),
            StoredPassword::None => "(none)".to_owned(),
        };
        assert_eq!(of("Rechnungen"), " not a real pässword ");
        assert_eq!(of("named the old way"), "example");
        assert_eq!(of("implicit"), "(sealed)");
        assert_eq!(of("explicit"), "(none)");
        assert_eq!(of("mirror"), "anonymous@example.com");
    }

    #[test]
    fn entities_and_deep_nesting_are_refused() {
        let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><FileZilla3><Servers>&b;</Servers></FileZilla3>";
        assert!(read(bomb).unwrap_err().message.contains("document type"));
        assert!(
            read("<FileZilla3><Servers>&other;</Servers></FileZilla3>")
                .unwrap_err()
                .message
                .contains("entity")
        );
        let deep = "<a>".repeat(200_000);
        assert!(read(&deep).unwrap_err().message.contains("deep"));
    }

    #[test]
    fn another_file_is_refused() {
        for text in ["", "Host a\n", "<a/>", "<FileZilla3><Servers><Server>", "<a></b>"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn remote_folders_are_read_by_their_lengths() {
        assert_eq!(remote_folder("1 0 4 home 2 me").as_deref(), Some("/home/me"));
        assert_eq!(remote_folder("1 0 3 a b 1 c").as_deref(), Some("/a b/c"));
        for text in ["", "1 0", "x", "1 0 99999999999999999999 a", "3 0 1 C", "1 5 a"] {
            assert_eq!(remote_folder(text), None, "{text}");
        }
    }
}
