//! Login: user, password, nothing else.
//!
//! Invariant: runs only on a session that TLS and trust are done with, or on plain `ftp`, which has neither.

use super::control::{Control, Reply};
use super::error::{is_crowded, unexpected, wants_tls};
use crate::{Target, TransferError};
use courier_vault::SecretString;

pub(crate) async fn log_in(control: &mut Control, target: &Target) -> Result<(), TransferError> {
    let connection = &target.connection;
    let reply = control.command("USER", Some(&connection.username)).await?;
    match reply.code {
        230 | 232 => return Ok(()),
        331 => {}
        _ => return Err(refused(target, &reply)),
    }
    let password = target.credentials.password.as_ref().map(SecretString::expose);
    let password =
        password.ok_or_else(|| TransferError::CredentialMissing { what: "password".to_owned() })?;
    if password.contains(char::is_control) {
        return Err(TransferError::AuthenticationFailed {
            detail: "The password contains control characters, which FTP cannot carry. Enter it again."
                .to_owned(),
        });
    }
    let reply = control.command("PASS", Some(password)).await?;
    match reply.code {
        202 | 230 | 232 => Ok(()),
        332 => Err(TransferError::AuthenticationFailed {
            detail: format!(
                "{} asks for an account besides user and password (ACCT), which Courier cannot give. Ask its owner for a login without.",
                connection.host
            ),
        }),
        _ => Err(refused(target, &reply)),
    }
}

fn refused(target: &Target, reply: &Reply) -> TransferError {
    let (host, user) = (&target.connection.host, &target.connection.username);
    if is_crowded(reply) {
        return TransferError::Crowded { host: host.clone(), detail: reply.shown() };
    }
    if wants_tls(reply) {
        return TransferError::AuthenticationFailed {
            detail: format!(
                "{host} lets nobody in without TLS (it said `{}`). Choose the protocol ftps.",
                reply.shown()
            ),
        };
    }
    match reply.code {
        // 550 and 421 are not by the book, and in use.
        430 | 530..=535 | 550 => TransferError::AuthenticationFailed {
            detail: format!(
                "{host} refuses the password of the user {user}. Check user name and password. It said `{}`.",
                reply.shown()
            ),
        },
        _ => unexpected(reply, "logging in"),
    }
}
