//! OpenSSH's client configuration: every Host that is a name and no pattern becomes a connection, with the values that
//! `ssh NAME` would use.
//!
//! Pure: included files come through a function. Left out: Match blocks, whose conditions only a connection knows;
//! ProxyCommand, which is any program; known hosts, which are never trusted silently. Invariant: as in OpenSSH, the first value of an option wins.

mod jumps;
mod syntax;

use super::candidate::{Candidate, KeyFiles, plain, short};
use courier_domain::Problem;
use courier_domain::connection::{ConnectionProtocol, SshAlgorithmConfig};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
pub(super) use syntax::{Included, Load, matches};
use syntax::{Line, Reader, is_match_all};

/// Who would connect.
#[derive(Debug, Clone)]
pub(super) struct Local {
    pub(super) home: PathBuf,
    pub(super) user: String,
}

/// The keys that `ssh` tries when none is named, in its order, without those on security tokens.
const USUAL_KEYS: [&str; 3] = ["id_rsa", "id_ecdsa", "id_ed25519"];

/// The connections of the file, in its order.
pub(super) fn read(text: &str, local: &Local, load: &Load<'_>) -> (Vec<Candidate>, Vec<Problem>) {
    let mut reader = Reader::new(load);
    let lines = reader.read(text);
    let mut warnings = reader.warnings;
    let mut names = Names::default();
    names.collect(&lines, &mut Vec::new());
    if names.too_many {
        warnings.push(Problem::warning(
            "Host",
            "left_out",
            format!("Only the first {MAX_NAMES} hosts are read."),
        ));
    }
    if names.found.is_empty() {
        warnings.push(Problem::warning(
            "Host",
            "none",
            "No Host in this file is a plain name, only patterns.",
        ));
    }
    let (mut candidates, ways): (Vec<_>, Vec<_>) = names
        .found
        .iter()
        .map(|name| {
            let mut values = Values::default();
            values.fill(&lines, name, true);
            (candidate(name, &values, local), way(&values))
        })
        .unzip();
    jumps::lay(&mut candidates, &ways, &lines, local);
    (candidates, warnings)
}

const MAX_NAMES: usize = 1_000;

/// The names that Host lines have, each once.
#[derive(Default)]
struct Names {
    found: Vec<String>,
    seen: HashSet<String>,
    too_many: bool,
}

impl Names {
    /// `around` are the Host lines that an included file stands under.
    fn collect<'a>(&mut self, lines: &'a [Line], around: &mut Vec<&'a [String]>) {
        let mut own: Option<&'a [String]> = None;
        for line in lines {
            match line {
                Line::Host(patterns) => {
                    own = Some(patterns);
                    for name in patterns.iter().filter(|p| is_name(p)) {
                        if !around.iter().all(|outer| applies(outer, name)) || !applies(patterns, name) {
                            continue;
                        }
                        if self.found.len() >= MAX_NAMES {
                            self.too_many = true;
                        } else if self.seen.insert(name.clone()) {
                            self.found.push(name.clone());
                        }
                    }
                }
                Line::Match(_) => own = None,
                Line::Include(lines) => {
                    around.extend(own);
                    self.collect(lines, around);
                    if own.is_some() {
                        around.pop();
                    }
                }
                Line::Option(..) => {}
            }
        }
    }
}

fn is_name(pattern: &str) -> bool {
    !pattern.is_empty() && !pattern.contains(['*', '?', '!'])
}

/// Whether a Host line applies: one of its patterns fits, and none with `!` does.
fn applies(patterns: &[String], name: &str) -> bool {
    let mut fits = false;
    for pattern in patterns {
        match pattern.strip_prefix('!') {
            Some(not) if matches(not, name) => return false,
            Some(_) => {}
            None => fits |= matches(pattern, name),
        }
    }
    fits
}

/// What `ssh` would use for one name.
#[derive(Default)]
struct Values {
    first: HashMap<String, Vec<String>>,
    /// IdentityFile adds up instead.
    identity_files: Vec<String>,
}

impl Values {
    fn fill(&mut self, lines: &[Line], name: &str, outer: bool) {
        let mut active = outer;
        for line in lines {
            match line {
                Line::Host(patterns) => active = outer && applies(patterns, name),
                Line::Match(arguments) => active = outer && is_match_all(arguments),
                Line::Include(lines) => self.fill(lines, name, active),
                Line::Option(keyword, arguments) if active => {
                    if keyword == "identityfile" {
                        self.identity_files.extend(arguments.first().cloned());
                    } else if !self.first.contains_key(keyword) {
                        self.first.insert(keyword.clone(), arguments.clone());
                    }
                }
                Line::Option(..) => {}
            }
        }
    }

    fn get(&self, keyword: &str) -> Option<&str> {
        self.first.get(keyword).and_then(|arguments| arguments.first()).map(String::as_str)
    }

    /// All of an option that may be `none`.
    fn text(&self, keyword: &str) -> Option<String> {
        let arguments = self.first.get(keyword).filter(|_| !self.is(keyword, "none"))?;
        Some(arguments.join(" "))
    }

    fn is(&self, keyword: &str, value: &str) -> bool {
        self.get(keyword).is_some_and(|v| v.eq_ignore_ascii_case(value))
    }
}

fn candidate(name: &str, values: &Values, local: &Local) -> Candidate {
    let host = values.get("hostname").unwrap_or("%h");
    let host = replaced(host, |token| (token == 'h').then(|| name.to_owned())).unwrap_or(host.to_owned());
    let mut found = Candidate::new(name, ConnectionProtocol::Sftp, &host);
    found.username = plain(values.get("user").unwrap_or(&local.user));
    if let Some(port) = values.get("port") {
        found.set_port("Port", port);
    }
    found.connect_timeout_sec = seconds(values, "connecttimeout", 1, &mut found);
    found.keepalive_interval_sec = seconds(values, "serveraliveinterval", 0, &mut found);
    algorithms(values, &mut found);
    keys(values, local, &mut found);
    if let Some(how) = values.text("proxycommand") {
        let how = short(&how, 200);
        found.warn("ProxyCommand", format!("`{how}` is left out: Courier runs no program for a connection. Choose a proxy or a jump host instead."));
        found.note(&format!("ProxyCommand {how} was left out."));
    }
    if values.is("stricthostkeychecking", "no") || values.is("stricthostkeychecking", "off") {
        found.warn(
            "StrictHostKeyChecking",
            "Courier trusts the key that it sees first, and refuses any change.",
        );
    }
    if values.get("userknownhostsfile").is_some() && !values.is("userknownhostsfile", "none") {
        found.warn(
            "UserKnownHostsFile",
            "Known hosts are not taken over; Courier trusts the key that it sees first.",
        );
    }
    if values.get("certificatefile").is_some() {
        found.warn("CertificateFile", "Courier does not log in with certificates.");
    }
    found
}

/// The hops of its ProxyJump.
fn way(values: &Values) -> Option<String> {
    values.text("proxyjump")
}

/// Where the key may lie, with `~` and the percent signs that OpenSSH replaces.
fn keys(values: &Values, local: &Local, found: &mut Candidate) {
    if values.is("pubkeyauthentication", "no") {
        return;
    }
    if values.identity_files.is_empty() {
        let folder = local.home.join(".ssh");
        found.key_files = KeyFiles::Usual(USUAL_KEYS.iter().map(|name| folder.join(name)).collect());
        return;
    }
    let mut paths = Vec::new();
    for file in values.identity_files.iter().filter(|f| !f.eq_ignore_ascii_case("none")) {
        match expanded(file, found, local) {
            Some(path) => paths.push(path),
            None => found.warn("IdentityFile", format!("`{}` is left out.", short(file, 200))),
        }
    }
    if paths.len() > 1 {
        found.warn("IdentityFile", "There are several; the first that exists is taken.");
    }
    if !paths.is_empty() {
        found.key_files = KeyFiles::Named(paths);
    }
}

fn expanded(file: &str, found: &Candidate, local: &Local) -> Option<PathBuf> {
    let text = replaced(file, |token| match token {
        'd' => local.home.to_str().map(str::to_owned),
        'h' => Some(found.host.clone()),
        'n' => Some(found.name.clone()),
        'p' => Some(found.port.unwrap_or(22).to_string()),
        'r' => Some(found.username.clone()),
        'u' => Some(local.user.clone()),
        _ => None,
    })?;
    if text.contains("${") {
        return None;
    }
    under_home(&text, &local.home)
}

/// Text with what stands for its percent signs; `None` if one of them is unknown.
fn replaced(text: &str, value: impl Fn(char) -> Option<String>) -> Option<String> {
    let mut out = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '%' => match rest.next()? {
                '%' => out.push('%'),
                token => out.push_str(&value(token)?),
            },
            c => out.push(c),
        }
    }
    Some(out)
}

/// A path of the user: `~/` is the home, as is what a relative path starts from. `~other` is nobody we know.
pub(super) fn under_home(text: &str, home: &Path) -> Option<PathBuf> {
    match text.strip_prefix('~') {
        Some("") => Some(home.to_owned()),
        Some(rest) => rest.strip_prefix('/').map(|rest| home.join(rest)),
        None => Some(home.join(text)),
    }
}

/// Plain lists replace Courier's own, as they replace OpenSSH's. What is added to or taken from OpenSSH's list means
/// nothing for another list.
fn algorithms(values: &Values, found: &mut Candidate) {
    let mut list = |keyword: &str, shown: &str| -> Option<Vec<String>> {
        let text = values.get(keyword)?;
        if text.starts_with(['+', '-', '^']) {
            found.warn(shown, format!("`{}` changes OpenSSH's own list; it is left out.", short(text, 200)));
            return None;
        }
        let names: Vec<String> =
            text.split(',').map(str::trim).filter(|n| !n.is_empty()).map(str::to_owned).collect();
        if names.is_empty() { None } else { Some(names) }
    };
    let key_exchange = list("kexalgorithms", "KexAlgorithms");
    let encryption = list("ciphers", "Ciphers");
    let mac = list("macs", "MACs");
    let host_key = list("hostkeyalgorithms", "HostKeyAlgorithms");
    found.ssh_algorithms = SshAlgorithmConfig { key_exchange, encryption, mac, host_key };
}

fn seconds(values: &Values, keyword: &str, least: u32, found: &mut Candidate) -> Option<u32> {
    let text = values.get(keyword)?;
    let seconds = duration(text).filter(|s| (least..=3_600).contains(s));
    if seconds.is_none() && !text.eq_ignore_ascii_case("none") {
        found.warn(
            keyword,
            format!("`{}` is left out: Courier waits {least} to 3600 seconds.", short(text, 40)),
        );
    }
    seconds
}

/// Seconds of OpenSSH's times: `90`, `1m30s`, `2h`.
fn duration(text: &str) -> Option<u32> {
    let mut total: u32 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (digits, tail) = rest.split_at(end);
        let mut tail = tail.chars();
        let unit = match tail.next() {
            None | Some('s' | 'S') => 1,
            Some('m' | 'M') => 60,
            Some('h' | 'H') => 3_600,
            Some('d' | 'D') => 86_400,
            Some('w' | 'W') => 604_800,
            Some(_) => return None,
        };
        total = total.checked_add(digits.parse::<u32>().ok()?.checked_mul(unit)?)?;
        rest = tail.as_str();
    }
    Some(total).filter(|_| !text.is_empty())
}

#[cfg(test)]
mod tests;
