//! WinSCP.ini: the sites that WinSCP keeps in, or exports to, an INI file.
//!
//! Values and section names are percent-encoded. What a missing value means is WinSCP's default, not ours. Left out:
//! stored passwords, which are hidden or under a master password, and host keys. Invariant: any text gives sites and
//! warnings, never a panic.

use super::candidate::{Candidate, KeyFiles, StoredPassword, plain, short};
use courier_domain::Problem;
use courier_domain::connection::{ConnectionProtocol, ProxyConfig, ProxyKind, TlsVersion};
use std::collections::HashMap;
use std::path::PathBuf;

const SESSIONS: &str = "Sessions\\";

/// Not a site: what WinSCP proposes for new ones.
const DEFAULTS: &str = "Default Settings";

/// A section of the file: keys in lower case, values as they stand.
struct Section {
    name: String,
    values: HashMap<String, String>,
}

impl Section {
    fn text(&self, key: &str) -> String {
        self.values.get(&key.to_lowercase()).map(|v| decoded(v)).unwrap_or_default()
    }

    fn number(&self, key: &str) -> Option<u32> {
        self.values.get(&key.to_lowercase())?.trim().parse().ok()
    }

    fn is_set(&self, key: &str) -> bool {
        self.values.get(&key.to_lowercase()).is_some_and(|v| !v.trim().is_empty())
    }
}

/// The sites of the file.
///
/// # Errors
/// The text has no section of WinSCP.
pub(super) fn read(text: &str) -> Result<(Vec<Candidate>, Vec<Problem>), Problem> {
    let sections = sections(text);
    let ours = |s: &Section| s.name.starts_with(SESSIONS) || s.name.starts_with("Configuration");
    if !sections.iter().any(ours) {
        return Err(Problem::error(
            "file",
            "syntax",
            "This is no WinSCP.ini: it has no section [Sessions\\…]. In WinSCP, choose Tools, Export/Backup Configuration.",
        ));
    }
    let mut warnings = Vec::new();
    let mut tunnels = Vec::new();
    let mut sites: Vec<Candidate> = sections
        .iter()
        .filter_map(|section| {
            let path = decoded(section.name.strip_prefix(SESSIONS)?);
            if path == DEFAULTS {
                return None;
            }
            let mut site = site(&path, section, &mut warnings)?;
            tunnels.extend(way(&path, section, &mut site));
            Some(site)
        })
        .collect();
    sites.extend(tunnels);
    if sections.iter().any(|s| s.name == "SshHostKeys") {
        warnings.push(Problem::warning(
            "SshHostKeys",
            "left_out",
            "WinSCP's known host keys are not taken over; Courier trusts the key that it sees first.",
        ));
    }
    Ok((sites, warnings))
}

fn site(path: &str, section: &Section, warnings: &mut Vec<Problem>) -> Option<Candidate> {
    let mut left_out = |why: &str| {
        warnings.push(Problem::warning(plain(path), "left_out", why));
        None
    };
    if section.number("IsWorkspace") == Some(1) {
        return left_out("A workspace is not imported, only its sites are.");
    }
    let encryption = section.number("Ftps").unwrap_or(0);
    // 1 is the default: SFTP, and SCP where a server has none.
    let (protocol, scp) = match section.number("FSProtocol").unwrap_or(1) {
        0 => (ConnectionProtocol::Sftp, true),
        1 | 2 => (ConnectionProtocol::Sftp, false),
        5 if encryption == 0 => (ConnectionProtocol::Ftp, false),
        5 => (ConnectionProtocol::Ftps, false),
        6 => return left_out("WebDAV is no protocol of Courier."),
        7 => return left_out("S3 is no protocol of Courier."),
        _ => return left_out("Its protocol is unknown."),
    };
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let (user, host) = address(section);
    let mut site = Candidate::new(name, protocol, &host);
    site.username = plain(&user);
    site.set_group(folder);
    match section.values.get("portnumber") {
        Some(port) => site.set_port("PortNumber", port),
        None if protocol == ConnectionProtocol::Ftps && encryption == 1 => site.port = Some(990),
        None => {}
    }
    if scp {
        site.warn("FSProtocol", "SCP is no protocol of Courier; the server must also have SFTP.");
    }
    login(section, &mut site);
    waiting(section, &mut site);
    site.passive_mode = section.number("FtpPasvMode") != Some(0);
    site.tls_version_floor = match section.number("MinTlsVersion") {
        Some(10) => Some(TlsVersion::Tls10),
        Some(11) => Some(TlsVersion::Tls11),
        Some(12) => Some(TlsVersion::Tls12),
        Some(13) => Some(TlsVersion::Tls13),
        _ => None,
    };
    let folder = section.text("RemoteDirectory");
    if !folder.is_empty() {
        site.note(&format!("Remote folder: {folder}"));
    }
    site.note(&section.text("Note"));
    Some(site)
}

/// Takes over proxy and SSH tunnel. The tunnel's server is a connection of its own, and the proxy is on the way to it.
fn way(path: &str, section: &Section, site: &mut Candidate) -> Option<Candidate> {
    let proxy = proxy(section, site);
    let host = section.text("TunnelHostName");
    if section.number("Tunnel") == Some(1) {
        if site.protocol == ConnectionProtocol::Sftp && !host.is_empty() {
            let mut tunnel =
                Candidate::new(&format!("{} (tunnel)", short(path, 180)), ConnectionProtocol::Sftp, &host);
            tunnel.username = plain(&section.text("TunnelUserName"));
            tunnel.group = site.group.clone();
            if let Some(port) = section.values.get("tunnelportnumber") {
                tunnel.set_port("TunnelPortNumber", port);
            }
            let key = section.text("TunnelPublicKeyFile");
            if !key.is_empty() {
                tunnel.key_files = KeyFiles::Named(vec![PathBuf::from(key)]);
            }
            if section.is_set("TunnelPassword") || section.is_set("TunnelPasswordPlain") {
                tunnel.password = StoredPassword::Sealed;
                tunnel
                    .warn("TunnelPassword", "Passwords are not taken over from WinSCP; enter it in Courier.");
            }
            tunnel.proxy = proxy;
            site.jump = Some(tunnel.name.clone());
            return Some(tunnel);
        }
        site.warn(
            "Tunnel",
            "The SSH tunnel is left out: only SFTP goes through one, and it must name a server.",
        );
    }
    if proxy.is_some() && site.protocol != ConnectionProtocol::Sftp && !site.passive_mode {
        site.passive_mode = true;
        site.warn("FtpPasvMode", "Through a proxy only passive mode works; it is chosen.");
    }
    site.proxy = proxy;
    None
}

fn proxy(section: &Section, site: &mut Candidate) -> Option<ProxyConfig> {
    let kind = match section.number("ProxyMethod").unwrap_or(0) {
        0 => return None,
        2 => ProxyKind::Socks5,
        3 => ProxyKind::Http,
        _ => {
            site.warn("ProxyMethod", "The proxy is left out: Courier knows SOCKS5 and HTTP proxies.");
            return None;
        }
    };
    let host = plain(&section.text("ProxyHost"));
    if host.is_empty() {
        site.warn("ProxyHost", "The proxy is left out, because the file does not say where it is.");
        return None;
    }
    if section.is_set("ProxyPassword") {
        site.warn("ProxyPassword", "Passwords are not taken over from WinSCP; enter it in Courier.");
    }
    // WinSCP's default.
    let port = section.number("ProxyPort").and_then(|p| u16::try_from(p).ok()).unwrap_or(80);
    let username = Some(plain(&section.text("ProxyUsername"))).filter(|user| !user.is_empty());
    Some(ProxyConfig { kind, host, port, username })
}

/// User and host; an old file has both in HostName.
fn address(section: &Section) -> (String, String) {
    let (user, host) = (section.text("UserName"), section.text("HostName"));
    match host.rsplit_once('@') {
        Some((inside, host)) if user.is_empty() => (inside.to_owned(), host.to_owned()),
        _ => (user, host),
    }
}

fn login(section: &Section, site: &mut Candidate) {
    let key = section.text("PublicKeyFile");
    if !key.is_empty() && site.protocol == ConnectionProtocol::Sftp {
        site.key_files = KeyFiles::Named(vec![PathBuf::from(key)]);
    }
    if section.is_set("Password") || section.is_set("PasswordPlain") {
        site.password = StoredPassword::Sealed;
        site.warn("Password", "Passwords are not taken over from WinSCP; enter it in Courier.");
    }
}

fn waiting(section: &Section, site: &mut Candidate) {
    site.connect_timeout_sec = section.number("Timeout").filter(|s| (1..=3_600).contains(s));
    let ping = match site.protocol {
        ConnectionProtocol::Sftp => {
            let minutes = section.number("PingInterval").unwrap_or(0).saturating_mul(60);
            let seconds = section.number("PingIntervalSecs").or(section.number("PingIntervalSec"));
            let seconds = minutes.saturating_add(seconds.unwrap_or(0));
            section.number("PingType").filter(|t| *t > 0).map(|_| if seconds == 0 { 30 } else { seconds })
        }
        ConnectionProtocol::Ftp | ConnectionProtocol::Ftps => match section.number("FtpPingType") {
            Some(0) => Some(0),
            _ => section.number("FtpPingInterval"),
        },
    };
    site.keepalive_interval_sec = ping.filter(|s| *s <= 3_600);
}

fn sections(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            sections.push(Section { name: name.to_owned(), values: HashMap::new() });
        } else if let (Some(section), Some((key, value))) = (sections.last_mut(), line.split_once('=')) {
            section.values.insert(key.trim().to_lowercase(), value.trim().to_owned());
        }
    }
    sections
}

/// Text without its percent-encoding. What is beyond ASCII is UTF-8 after an encoded byte order mark, or, in old
/// files, Latin-1.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte == b'%'
            && let [high, low, after @ ..] = tail
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            bytes.push(high * 16 + low);
            rest = after;
        } else {
            bytes.push(byte);
        }
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => error.into_bytes().into_iter().map(char::from).collect(),
    };
    text.trim_start_matches('\u{feff}').to_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = include_str!("../../tests/import/WinSCP.ini");

    #[test]
    fn sites_come_with_folder_protocol_and_login() {
        let (sites, _) = read(FILE).unwrap();
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
                "- | plain site | sftp alice@sftp.example.org:-",
                "Partner X/Live | Müller & Söhne | sftp müller@files.example.net:2222",
                "Partner X | old style | sftp bob@scp.example.org:-",
                "Partner X | web | ftp anonymous@ftp.example.org:21",
                "Partner X | implicit | ftps carol@ftps.example.org:990",
                "Partner X | explicit | ftps carol@ftps.example.org:21",
                "Partner X/Live | Partner X/Live/Müller & Söhne (tunnel) | sftp @jump.example.net:-",
            ]
        );
        assert_eq!(
            sites[1].key_files,
            KeyFiles::Named(vec![PathBuf::from("C:\\Users\\m\u{fc}ller\\keys\\live key.ppk")])
        );
        assert_eq!((sites[1].connect_timeout_sec, sites[1].keepalive_interval_sec), (Some(45), Some(90)));
        assert_eq!(sites[1].notes, ["Remote folder: /out/daily", "ask Mr. X", "before changes"]);
        assert_eq!((sites[3].passive_mode, sites[5].passive_mode), (false, true));
        assert_eq!(sites[5].tls_version_floor, Some(TlsVersion::Tls12));
    }

    #[test]
    fn what_is_left_out_is_said() {
        let (sites, warnings) = read(FILE).unwrap();
        let of = |name: &str| -> Vec<&str> {
            let site = sites.iter().find(|s| s.name == name).unwrap();
            site.warnings.iter().map(|w| w.path.as_str()).collect()
        };
        assert_eq!(of("plain site"), ["Password"]);
        assert_eq!(of("Müller & Söhne"), ["ProxyHost"]);
        assert_eq!(of("old style"), ["FSProtocol"]);
        assert!(of("explicit").is_empty());
        let paths: Vec<_> = warnings.iter().map(|w| w.path.as_str()).collect();
        assert_eq!(paths, ["dav", "bucket", "my workspace/0000", "SshHostKeys"]);
    }

    #[test]
    fn a_proxy_is_taken_over_and_stands_before_a_tunnel() {
        let proxy =
            "ProxyMethod=2\nProxyHost=p.example.org\nProxyPort=1080\nProxyUsername=me\nProxyPassword=A3\n";
        let tunnel = "Tunnel=1\nTunnelHostName=gate.example.org\nTunnelPortNumber=2222\nTunnelUserName=ops\n";
        let text = format!(
            "[Sessions\\a]\nHostName=a\nUserName=u\n{proxy}{tunnel}[Sessions\\b]\nHostName=b\nFSProtocol=5\n\
             FtpPasvMode=0\n{proxy}[Sessions\\c]\nHostName=c\nProxyMethod=1\nProxyHost=p\n"
        );
        let (sites, _) = read(&text).unwrap();
        let wanted = ProxyConfig {
            kind: ProxyKind::Socks5,
            host: "p.example.org".to_owned(),
            port: 1080,
            username: Some("me".to_owned()),
        };
        assert_eq!((sites[0].jump.as_deref(), &sites[0].proxy), (Some("a (tunnel)"), &None));
        assert_eq!((sites[3].port, sites[3].username.as_str()), (Some(2222), "ops"));
        assert_eq!(sites[3].proxy.as_ref(), Some(&wanted));
        assert_eq!((sites[1].proxy.as_ref(), sites[1].passive_mode), (Some(&wanted), true));
        assert_eq!(sites[2].proxy, None);
        assert_eq!(sites[2].warnings[0].path, "ProxyMethod");
    }

    #[test]
    fn no_stored_password_is_read() {
        let (sites, _) = read(FILE).unwrap();
        let site = sites.iter().find(|s| s.name == "plain site").unwrap();
        assert!(matches!(site.password, StoredPassword::Sealed));
    }

    #[test]
    fn percent_signs_that_encode_nothing_stay() {
        assert_eq!(decoded("100%"), "100%");
        assert_eq!(decoded("a%2"), "a%2");
        assert_eq!(decoded("%zz%41"), "%zzA");
        assert_eq!(decoded("%FC"), "ü");
        assert_eq!(decoded("%EF%BB%BF%C3%BC"), "ü");
    }

    #[test]
    fn another_file_is_refused() {
        assert!(read("[General]\nkey=value\n").is_err());
        assert!(read("").is_err());
        assert!(read("[Configuration\\Interface]\n").unwrap().0.is_empty());
    }
}
