//! What russh and russh-sftp report, in Courier's words.

use crate::TransferError;
use russh_sftp::client::error::Error as SftpError;
use russh_sftp::protocol::StatusCode;

/// Where nobody said what was being done.
const TALKING: &str = "talking to it";

impl From<russh::Error> for TransferError {
    fn from(error: russh::Error) -> Self {
        ssh(error, TALKING)
    }
}

/// An error of the SSH layer. Whatever ends the session is a lost connection; the rest is a fault of the protocol.
pub(crate) fn ssh(error: russh::Error, doing: &str) -> TransferError {
    use russh::Error as E;
    let doing = doing.to_owned();
    match error {
        E::NoCommonAlgo { kind, ours, theirs } => TransferError::NoCommonAlgorithm {
            kind: format!("{kind:?}").to_lowercase(),
            ours: ours.join(", "),
            theirs: crate::escaped(&theirs.join(", ")),
        },
        E::IO(_)
        | E::Disconnect
        | E::HUP
        | E::ConnectionTimeout
        | E::KeepaliveTimeout
        | E::InactivityTimeout
        | E::SendError
        | E::RecvError
        | E::Join(_)
        | E::Elapsed(_) => TransferError::Lost { doing, cause: Some(Box::new(error)) },
        E::Version => TransferError::Protocol {
            doing,
            detail: "it is no SSH server, it greets otherwise. Check the port and the protocol.".to_owned(),
        },
        E::PacketSize(bytes) => TransferError::Protocol {
            doing,
            detail: format!("it announces a packet of {bytes} bytes, which no SSH server sends"),
        },
        E::ChannelOpenFailure(reason) => {
            TransferError::Protocol { doing, detail: format!("it refused to open a session ({reason:?})") }
        }
        other => TransferError::Protocol { doing, detail: other.to_string() },
    }
}

/// The same error, with what was being done where it does not say.
pub(crate) fn during(error: TransferError, now: &str) -> TransferError {
    match error {
        TransferError::Lost { doing, cause } if doing == TALKING => {
            TransferError::Lost { doing: now.to_owned(), cause }
        }
        TransferError::Protocol { doing, detail } if doing == TALKING => {
            TransferError::Protocol { doing: now.to_owned(), detail }
        }
        other => other,
    }
}

/// An error of one SFTP request.
pub(crate) fn request(error: SftpError, doing: &str, path: &str) -> TransferError {
    match error {
        SftpError::Status(status) => {
            let message = crate::escaped(&status.error_message);
            let path = path.to_owned();
            match status.status_code {
                StatusCode::NoSuchFile => TransferError::NotFound { path },
                StatusCode::PermissionDenied => TransferError::PermissionDenied { path, cause: None },
                StatusCode::ConnectionLost | StatusCode::NoConnection => {
                    TransferError::Lost { doing: doing.to_owned(), cause: None }
                }
                StatusCode::OpUnsupported => {
                    TransferError::Unsupported(format!("The server cannot do this: {doing} {path}."))
                }
                StatusCode::Ok | StatusCode::Eof | StatusCode::Failure | StatusCode::BadMessage => {
                    TransferError::Server { path, doing: doing.to_owned(), message }
                }
            }
        }
        SftpError::IO(_) | SftpError::Timeout | SftpError::UnexpectedBehavior(_) => {
            TransferError::Lost { doing: format!("{doing} {path}"), cause: Some(Box::new(error)) }
        }
        SftpError::Limited(_) | SftpError::UnexpectedPacket => {
            TransferError::Protocol { doing: format!("{doing} {path}"), detail: error.to_string() }
        }
    }
}
