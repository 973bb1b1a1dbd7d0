//! What a server's replies mean, in Courier's words.
//!
//! 550 stands for nearly everything; its text decides where it can, a look at the path where it cannot
//! (see [`super::look::explain`]).

use super::control::Reply;
use crate::{TransferError, escaped};

/// The connection broke.
pub(crate) fn hung_up(doing: &str, cause: Option<std::io::Error>) -> TransferError {
    TransferError::Lost { doing: doing.to_owned(), cause: cause.map(|cause| Box::new(cause) as _) }
}

/// The server said that it ends the session.
pub(crate) fn ended(reply: &Reply) -> TransferError {
    if is_crowded(reply) {
        return TransferError::Crowded { host: "The server".to_owned(), detail: reply.shown() };
    }
    hung_up(&format!("talking to it (it said `{}`)", reply.shown()), None)
}

/// The reply as the cause of an error.
pub(crate) fn said(reply: &Reply) -> crate::error::Cause {
    Box::new(std::io::Error::other(format!("the server said `{}`", reply.shown())))
}

/// Too many sessions at once, which FTP has no code for.
pub(crate) fn is_crowded(reply: &Reply) -> bool {
    let words = reply.words();
    matches!(reply.code, 421 | 530 | 531 | 534)
        && ["too many", "maximum", "max number", "already logged in", "already connected", "connection limit"]
            .iter()
            .any(|w| words.contains(w))
}

/// The server wants TLS and does not get it.
pub(crate) fn wants_tls(reply: &Reply) -> bool {
    let words = reply.words();
    !reply.is_done() && ["tls", "ssl", "encrypt", "auth first", "secure"].iter().any(|w| words.contains(w))
}

/// A path's refusal as far as the reply alone tells; `None` where only a look does.
pub(crate) fn refusal(reply: &Reply, doing: &str, path: &str) -> Option<TransferError> {
    let words = reply.words();
    let has = |any: &[&str]| any.iter().any(|w| words.contains(w));
    let own = path.to_owned();
    Some(match reply.code {
        421 => ended(reply),
        425 | 426 => hung_up(&format!("{doing} {} (it said `{}`)", escaped(path), reply.shown()), None),
        452 | 552 => TransferError::DiskFull { path: own, cause: Some(said(reply)) },
        500 | 502 | 504 | 522 => TransferError::Unsupported(format!(
            "The server cannot do this: {doing} {} (it said `{}`).",
            escaped(path),
            reply.shown()
        )),
        530 | 532 => TransferError::AuthenticationFailed {
            detail: format!(
                "The server no longer takes this login while {doing} {} (it said `{}`).",
                escaped(path),
                reply.shown()
            ),
        },
        450 | 451 | 550 | 551 | 553 | 501 | 521 => {
            if has(&["no space", "disk full", "quota", "insufficient storage"]) {
                TransferError::DiskFull { path: own, cause: Some(said(reply)) }
            } else if has(&["no such file", "not found", "does not exist", "doesn't exist", "cannot find"]) {
                TransferError::NotFound { path: own }
            } else if has(&["permission", "access is denied", "access denied", "not permitted", "read-only"])
            {
                TransferError::PermissionDenied { path: own, cause: Some(said(reply)) }
            } else if has(&["file exists", "already exists"]) {
                TransferError::AlreadyExists { path: own }
            } else if reply.code == 550 || reply.code == 553 {
                return None;
            } else {
                server(reply, doing, path)
            }
        }
        _ => server(reply, doing, path),
    })
}

pub(crate) fn server(reply: &Reply, doing: &str, path: &str) -> TransferError {
    TransferError::Server { path: path.to_owned(), doing: doing.to_owned(), message: reply.shown() }
}

/// A reply that does not belong to what was asked.
pub(crate) fn unexpected(reply: &Reply, doing: &str) -> TransferError {
    TransferError::Protocol { doing: doing.to_owned(), detail: format!("it said `{}`", reply.shown()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(code: u16, text: &str) -> Reply {
        Reply { code, lines: vec![text.as_bytes().to_vec()] }
    }

    #[test]
    fn a_refusal_is_told_by_its_words_where_it_has_some() {
        use courier_domain::ErrorCode as C;
        for (code, text, meant) in [
            (550, "/x: No such file or directory", Some(C::FileNotFound)),
            (550, "x: Permission denied", Some(C::PermissionDenied)),
            (550, "Access is denied.", Some(C::PermissionDenied)),
            (550, "Can't create directory: File exists", Some(C::AlreadyExists)),
            (550, "Failed to open file.", None),
            (553, "Could not create file.", None),
            (452, "Insufficient storage space", Some(C::DiskFull)),
            (552, "Exceeded storage allocation", Some(C::DiskFull)),
            (451, "Disk quota exceeded", Some(C::DiskFull)),
            (425, "Failed to establish connection.", Some(C::ConnectionLost)),
            (426, "Failure writing network stream.", Some(C::ConnectionLost)),
            (500, "Unknown command.", Some(C::Unsupported)),
            (530, "Please login with USER and PASS.", Some(C::AuthenticationFailed)),
            (451, "Local error", Some(C::IoFailed)),
        ] {
            let error = refusal(&reply(code, text), "opening", "x");
            assert_eq!(error.map(|e| e.code()), meant, "{code} {text}");
        }
    }

    #[test]
    fn a_full_house_is_no_wrong_password() {
        assert!(is_crowded(&reply(421, "There are too many connections from your internet address.")));
        assert!(is_crowded(&reply(
            530,
            "Sorry, the maximum number of clients (3) for this user are already connected."
        )));
        assert!(is_crowded(&reply(421, "10 users (the maximum) are already logged in, sorry")));
        assert!(!is_crowded(&reply(530, "Login incorrect.")));
    }
}
