//! What russh and russh-sftp report, in Courier's words.

use crate::TransferError;
use russh_sftp::client::error::Error as SftpError;
use russh_sftp::protocol::StatusCode;

impl From<russh::Error> for TransferError {
    fn from(error: russh::Error) -> Self {
        ssh(error, "talking to it")
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
        E::ChannelOpenFailure(reason) => {
            TransferError::Protocol { doing, detail: format!("it refused to open a session ({reason:?})") }
        }
        other => TransferError::Protocol { doing, detail: other.to_string() },
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
