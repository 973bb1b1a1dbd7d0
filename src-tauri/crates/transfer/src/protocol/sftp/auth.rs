//! Login: key, password, both. Keyboard-interactive answers a password prompt and nothing else.
//!
//! Invariant: runs only on a session whose host key was accepted.

use super::error::ssh;
use super::trust::Judge;
use crate::{Target, TransferError};
use russh::client::{AuthResult, Handle, KeyboardInteractiveAuthResponse};
use russh::keys::{HashAlg, PrivateKeyWithHashAlg};
use russh::{MethodKind, MethodSet};
use std::sync::Arc;

/// Rounds of questions before a server is given up as confused or hostile.
const MOST_QUESTIONS: usize = 8;

/// Logs in with what the connection has. Says what was tried and what the server wants when it fails.
pub(crate) async fn log_in(session: &mut Handle<Judge>, target: &Target) -> Result<(), TransferError> {
    let user = &target.connection.username;
    let method = target.connection.auth_method;
    let mut remaining = match session.authenticate_none(user.clone()).await.map_err(broken)? {
        AuthResult::Success => return Ok(()),
        AuthResult::Failure { remaining_methods, .. } => remaining_methods,
    };
    alive(session)?;
    let mut attempts: Vec<Attempt> = Vec::new();
    let mut key = method.needs_key();
    let mut password = method.needs_password();
    loop {
        let attempt = if key && remaining.contains(&MethodKind::PublicKey) {
            key = false;
            Attempt::Key
        } else if password && remaining.contains(&MethodKind::Password) {
            password = false;
            Attempt::Password
        } else if method.needs_password()
            && remaining.contains(&MethodKind::KeyboardInteractive)
            && !attempts.contains(&Attempt::Prompt)
        {
            password = false;
            Attempt::Prompt
        } else {
            break;
        };
        attempts.push(attempt);
        let result = match attempt {
            Attempt::Key => with_key(session, target).await?,
            Attempt::Password => with_password(session, target).await?,
            Attempt::Prompt => answer_prompts(session, target).await?,
        };
        alive(session)?;
        match result {
            AuthResult::Success => return Ok(()),
            AuthResult::Failure { remaining_methods, .. } => remaining = remaining_methods,
        }
    }
    Err(TransferError::AuthenticationFailed { detail: explain(target, &attempts, &remaining) })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attempt {
    Key,
    Password,
    Prompt,
}

/// russh answers "refused" for a session that ended; tell them apart.
fn alive(session: &Handle<Judge>) -> Result<(), TransferError> {
    if session.is_closed() {
        return Err(TransferError::Lost { doing: "logging in".to_owned(), cause: None });
    }
    Ok(())
}

fn broken(error: russh::Error) -> TransferError {
    ssh(error, "logging in")
}

async fn with_key(session: &mut Handle<Judge>, target: &Target) -> Result<AuthResult, TransferError> {
    let Some(key) = &target.credentials.key else {
        return Err(TransferError::CredentialMissing { what: "SSH key".to_owned() });
    };
    let hash = if key.algorithm().is_rsa() {
        // SHA-1 signatures are never made, whatever the server says.
        session.best_supported_rsa_hash().await.map_err(broken)?.flatten().or(Some(HashAlg::Sha256))
    } else {
        None
    };
    let key = PrivateKeyWithHashAlg::new(Arc::clone(key), hash);
    session.authenticate_publickey(target.connection.username.clone(), key).await.map_err(broken)
}

fn password(target: &Target) -> Result<&str, TransferError> {
    let password = target.credentials.password.as_ref();
    password
        .map(courier_vault::SecretString::expose)
        .ok_or_else(|| TransferError::CredentialMissing { what: "password".to_owned() })
}

async fn with_password(session: &mut Handle<Judge>, target: &Target) -> Result<AuthResult, TransferError> {
    let user = target.connection.username.clone();
    session.authenticate_password(user, password(target)?).await.map_err(broken)
}

async fn answer_prompts(session: &mut Handle<Judge>, target: &Target) -> Result<AuthResult, TransferError> {
    use KeyboardInteractiveAuthResponse as R;
    let user = target.connection.username.clone();
    let mut response = session.authenticate_keyboard_interactive_start(user, None).await.map_err(broken)?;
    let mut told = false;
    for _ in 0..MOST_QUESTIONS {
        let answers = match response {
            R::Success => return Ok(AuthResult::Success),
            R::Failure { remaining_methods, partial_success } => {
                return Ok(AuthResult::Failure { remaining_methods, partial_success });
            }
            R::InfoRequest { prompts, .. } => match prompts.as_slice() {
                [] => Vec::new(),
                [only] if !only.echo && !told => {
                    told = true;
                    vec![password(target)?.to_owned()]
                }
                _ => {
                    return Err(TransferError::AuthenticationFailed {
                        detail: format!(
                            "{} asks for more than the password, which Courier cannot answer. Ask its owner for a login with password or key only.",
                            target.connection.host
                        ),
                    });
                }
            },
        };
        response = session.authenticate_keyboard_interactive_respond(answers).await.map_err(broken)?;
    }
    Err(TransferError::Protocol { doing: "logging in".to_owned(), detail: "it asks without end".to_owned() })
}

fn explain(target: &Target, attempts: &[Attempt], remaining: &MethodSet) -> String {
    let user = &target.connection.username;
    let host = &target.connection.host;
    let offered = remaining.iter().map(<&str>::from).collect::<Vec<_>>().join(", ");
    let tried_key = attempts.contains(&Attempt::Key);
    let tried_password = attempts.iter().any(|a| *a != Attempt::Key);
    match (tried_key, tried_password) {
        (false, true) => {
            format!("{host} refuses the password of the user {user}. Check user name and password.")
        }
        (true, false) if target.connection.auth_method.needs_password() => format!(
            "{host} did not let the user {user} in with the SSH key, and then takes no password (it offers: {offered}). Check that the public key is installed there."
        ),
        (true, false) => format!(
            "{host} refuses the SSH key of the user {user}. Check the user name, and that the public key is installed there."
        ),
        (true, true) => format!(
            "{host} refuses the SSH key and the password of the user {user}. Check the user name, the password, and that the public key is installed there."
        ),
        (false, false) => format!(
            "{host} does not accept the connection's way to log in ({}). It offers the user {user}: {offered}.",
            target.connection.auth_method
        ),
    }
}
