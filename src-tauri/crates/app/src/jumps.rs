//! Jump hosts as connections name them: there, SFTP, no circle, not too many.
//!
//! Pure: what is stored comes in. The same is looked at again when a connection is used, since a store may be changed
//! by others.

use courier_domain::connection::{Connection, ConnectionDraft, ConnectionProtocol};
use courier_domain::{ConnectionId, Problem, Problems};
use courier_transfer::MOST_JUMPS;

/// What the way from one connection over its jump hosts comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// So many jump hosts.
    Ends(usize),
    Circle,
}

/// Follows the jump hosts that `next` tells.
pub(crate) fn way(from: ConnectionId, next: impl Fn(ConnectionId) -> Option<ConnectionId>) -> Way {
    let mut passed = vec![from];
    while let Some(jump) = passed.last().and_then(|last| next(*last)) {
        if passed.contains(&jump) {
            return Way::Circle;
        }
        passed.push(jump);
    }
    Way::Ends(passed.len() - 1)
}

/// Why a way cannot be taken.
pub(crate) fn fault(way: Way) -> Option<(&'static str, String)> {
    match way {
        Way::Circle => Some(("cycle", "The jump hosts lead in a circle.".to_owned())),
        Way::Ends(jumps) if jumps > MOST_JUMPS => Some((
            "too_long",
            format!("There can be at most {MOST_JUMPS} jump hosts on the way to a server."),
        )),
        Way::Ends(_) => None,
    }
}

/// The problems of a draft with its jump host, and with the connections that go over it.
pub(crate) fn check(
    stored: &[Connection],
    id: ConnectionId,
    draft: &ConnectionDraft,
    problems: &mut Problems,
) {
    const FIELD: &str = "jump_connection_id";
    if draft.protocol != ConnectionProtocol::Sftp
        && let Some(user) = stored.iter().find(|c| c.jump_connection_id == Some(id))
    {
        problems.push(Problem::error(
            "protocol",
            "in_use",
            format!("It is the jump host of `{}`, so it must be SFTP.", user.name),
        ));
    }
    let Some(jump) = draft.jump_connection_id else { return };
    match stored.iter().find(|c| c.id == jump) {
        None if jump != id => {
            problems.push(Problem::error(FIELD, "unknown_name", "This connection does not exist."));
        }
        Some(other) if other.protocol != ConnectionProtocol::Sftp => problems.push(Problem::error(
            FIELD,
            "invalid",
            format!("`{}` is {}; only SFTP servers can be jump hosts.", other.name, other.protocol.label()),
        )),
        None | Some(_) => {}
    }
    let next = |at: ConnectionId| {
        if at == id {
            return Some(jump);
        }
        stored.iter().find(|c| c.id == at).and_then(|c| c.jump_connection_id)
    };
    // The longest way over this one begins at whoever goes over it.
    let ways = stored.iter().map(|c| c.id).chain([id]).map(|from| way(from, next));
    if let Some((code, message)) = ways.filter_map(fault).next() {
        problems.push(Problem::error(FIELD, code, message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use courier_domain::connection::Sealed;
    use uuid::Uuid;

    fn id(number: u128) -> ConnectionId {
        ConnectionId(Uuid::from_u128(number))
    }

    fn draft(protocol: &str, jump: Option<u128>) -> ConnectionDraft {
        serde_json::from_value(serde_json::json!({
            "name": "n", "protocol": protocol, "host": "h", "username": "u", "jump_connection_id": jump.map(id),
        }))
        .unwrap()
    }

    /// `1 → 2` means that 1 is reached through 2.
    fn stored(protocol: &str, ways: &[(u128, Option<u128>)]) -> Vec<Connection> {
        let password = || Some(Sealed(vec![1]));
        let now = courier_domain::Timestamp::UNIX_EPOCH;
        ways.iter()
            .map(|(own, jump)| Connection::new(id(*own), draft(protocol, *jump), password(), now).unwrap())
            .collect()
    }

    fn found(stored: &[Connection], own: u128, draft: &ConnectionDraft) -> Vec<(String, String)> {
        let mut problems = Problems::default();
        check(stored, id(own), draft, &mut problems);
        problems.0.into_iter().map(|p| (p.path, p.code)).collect()
    }

    fn at_jump(code: &str) -> Vec<(String, String)> {
        vec![("jump_connection_id".to_owned(), code.to_owned())]
    }

    #[test]
    fn a_circle_is_found_wherever_it_closes() {
        let chain = stored("sftp", &[(1, None), (2, Some(1)), (3, Some(2))]);
        assert!(found(&chain, 4, &draft("sftp", Some(3))).is_empty());
        assert_eq!(found(&chain, 1, &draft("sftp", Some(3))), at_jump("cycle"));
        assert_eq!(found(&chain, 1, &draft("sftp", Some(1))), at_jump("cycle"));
        assert_eq!(found(&chain, 4, &draft("sftp", Some(4))), at_jump("cycle"));
    }

    #[test]
    fn a_way_can_also_become_too_long_for_those_behind() {
        let long: Vec<_> = (0..=MOST_JUMPS as u128).map(|n| (n + 1, (n > 0).then_some(n))).collect();
        let long = stored("sftp", &long);
        assert_eq!(found(&long, 90, &draft("sftp", Some(MOST_JUMPS as u128 + 1))), at_jump("too_long"));
        assert!(found(&long, 90, &draft("sftp", Some(MOST_JUMPS as u128))).is_empty());
        let first = [stored("sftp", &[(99, None)]), long].concat();
        assert_eq!(found(&first, 1, &draft("sftp", Some(99))), at_jump("too_long"));
    }

    #[test]
    fn a_jump_host_is_there_and_speaks_sftp() {
        assert_eq!(found(&[], 1, &draft("sftp", Some(2))), at_jump("unknown_name"));
        assert_eq!(found(&stored("ftp", &[(2, None)]), 1, &draft("sftp", Some(2))), at_jump("invalid"));
        let used = stored("sftp", &[(1, None), (2, Some(1))]);
        assert_eq!(found(&used, 1, &draft("ftp", None)), [("protocol".to_owned(), "in_use".to_owned())]);
    }
}
