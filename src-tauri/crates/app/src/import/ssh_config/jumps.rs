//! ProxyJump: each server on the way becomes a connection of its own, unless the file has it as a Host already.
//!
//! As in OpenSSH the first hop goes its own way, as the file has it, and every further one through the hop before it.
//! Invariant: no candidate is reached through itself, and none over more jump hosts than a connection may have.

use super::{Values, candidate};
use crate::import::candidate::{Candidate, short};
use crate::import::ssh_config::{Local, syntax::Line};
use courier_transfer::MOST_JUMPS;
use std::collections::HashMap;

/// `[user@]host[:port]`, also as `ssh://` writes it.
#[derive(Debug, PartialEq, Eq)]
struct Hop<'a> {
    text: &'a str,
    user: Option<&'a str>,
    host: &'a str,
    port: Option<u16>,
}

impl<'a> Hop<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let bare = text.strip_prefix("ssh://").unwrap_or(text).trim_end_matches('/');
        let (user, rest) = match bare.rsplit_once('@') {
            Some((user, rest)) => (Some(user).filter(|u| !u.is_empty()), rest),
            None => (None, bare),
        };
        let (host, port) = match rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
            Some((host, "")) => (host, None),
            Some((host, port)) => (host, Some(port.strip_prefix(':')?)),
            None => match rest.split_once(':') {
                // Several colons are an address without brackets.
                Some((host, port)) if !port.contains(':') => (host, Some(port)),
                Some(_) | None => (rest, None),
            },
        };
        let port = match port {
            Some(text) => Some(text.parse().ok().filter(|port| *port > 0)?),
            None => None,
        };
        let odd = |c: char| c.is_whitespace() || matches!(c, '%' | '/' | '$' | '[' | ']');
        (!host.is_empty() && !host.contains(odd)).then_some(Self { text, user, host, port })
    }
}

/// Takes over every ProxyJump of `found`, whose texts are `ways`.
pub(super) fn lay(found: &mut Vec<Candidate>, ways: &[Option<String>], lines: &[Line], local: &Local) {
    let known = found.iter().enumerate().map(|(at, c)| (c.name.clone(), at)).collect();
    let mut road = Road { found, ways, lines, local, known };
    for (at, way) in ways.iter().enumerate() {
        if let Some(way) = way {
            road.take(at, way, 0);
        }
    }
    road.refuse_circles();
}

struct Road<'a> {
    found: &'a mut Vec<Candidate>,
    ways: &'a [Option<String>],
    lines: &'a [Line],
    local: &'a Local,
    /// Where each name is in `found`.
    known: HashMap<String, usize>,
}

impl Road<'_> {
    fn take(&mut self, at: usize, way: &str, depth: usize) {
        let hops: Option<Vec<Hop<'_>>> = way.split(',').map(Hop::read).collect();
        let Some(hops) = hops.filter(|hops| hops.len() <= MOST_JUMPS && depth <= MOST_JUMPS) else {
            return left_out(&mut self.found[at], way);
        };
        let mut before: Option<String> = None;
        let mut passed = String::new();
        for hop in hops {
            before = Some(self.hop(&hop, before, &passed, depth));
            if !passed.is_empty() {
                passed.push(',');
            }
            passed.push_str(hop.text);
        }
        self.found[at].jump = before;
    }

    /// The name of the candidate that is this hop, behind `before`.
    fn hop(&mut self, hop: &Hop<'_>, before: Option<String>, passed: &str, depth: usize) -> String {
        let as_it_is = hop.user.is_none() && hop.port.is_none();
        if let Some(at) = self.known.get(hop.host).copied().filter(|_| as_it_is) {
            let own = self.ways.get(at).and_then(Option::as_deref).unwrap_or_default();
            if before.is_none() || own == passed {
                return self.found[at].name.clone();
            }
        }
        let label = match &before {
            None => hop.text.to_owned(),
            Some(before) => format!("{} via {before}", hop.text),
        };
        let mut values = Values::default();
        values.fill(self.lines, hop.host, true);
        let mut made = candidate(hop.host, &values, self.local);
        made.name = Candidate::new(&label, made.protocol, &made.host).name;
        if self.known.contains_key(&made.name) {
            return made.name;
        }
        if let Some(user) = hop.user {
            made.username = crate::import::candidate::plain(user);
        }
        made.port = hop.port.or(made.port);
        let (name, at) = (made.name.clone(), self.found.len());
        self.known.insert(name.clone(), at);
        self.found.push(made);
        match before {
            Some(before) => self.found[at].jump = Some(before),
            None => {
                if let Some(way) = super::way(&values) {
                    self.take(at, &way, depth + 1);
                }
            }
        }
        name
    }

    /// Opens every circle at a server that is in it, then shortens what is too long.
    fn refuse_circles(&mut self) {
        for at in 0..self.found.len() {
            if self.passed(at).get(1..).is_some_and(|way| way.contains(&at)) {
                self.cut(at);
            }
        }
        for at in 0..self.found.len() {
            if self.passed(at).len() > MOST_JUMPS + 1 {
                self.cut(at);
            }
        }
    }

    /// The candidate, then the servers on the way to it; at most one more than there may be in a file without circles.
    fn passed(&self, at: usize) -> Vec<usize> {
        let next = |at: &usize| self.known.get(self.found.get(*at)?.jump.as_ref()?).copied();
        std::iter::successors(Some(at), next).take(self.found.len() + 1).collect()
    }

    fn cut(&mut self, at: usize) {
        let way = self.found[at].jump.take().unwrap_or_default();
        left_out(&mut self.found[at], &way);
    }
}

fn left_out(found: &mut Candidate, way: &str) {
    let way = short(way, 200);
    found.warn(
        "ProxyJump",
        format!(
            "`{way}` is left out: it names no server, leads in a circle, or over more than {MOST_JUMPS}."
        ),
    );
    found.note(&format!("ProxyJump {way} was left out."));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hops_are_read_as_ssh_reads_them() {
        let hop = |text| Hop::read(text).map(|h| (h.user, h.host, h.port));
        assert_eq!(hop("bastion"), Some((None, "bastion", None)));
        assert_eq!(hop(" ops@bastion:2222"), Some((Some("ops"), "bastion", Some(2222))));
        assert_eq!(hop("ssh://ops@bastion:22/"), Some((Some("ops"), "bastion", Some(22))));
        assert_eq!(hop("me@[2001:db8::1]:22"), Some((Some("me"), "2001:db8::1", Some(22))));
        assert_eq!(hop("2001:db8::1"), Some((None, "2001:db8::1", None)));
        for text in ["", "a:b", "a:0", "%h", "a b", "[::1", "[::1]x"] {
            assert!(hop(text).is_none(), "{text}");
        }
    }
}
