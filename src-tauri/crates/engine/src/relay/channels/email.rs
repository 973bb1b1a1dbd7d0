//! E-mail: one plain text to all of the rule's addresses, over SMTP with STARTTLS, TLS or neither.
//!
//! A server's certificate is judged by the system's trust store.

use super::SendError;
use crate::relay::message::Notice;
use courier_domain::notification::SmtpSecurity;
use courier_vault::SecretString;
use lettre::message::{Mailbox, header::ContentType};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::time::{Duration, SystemTime};

const ANSWER_LIMIT: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, Copy)]
pub(super) struct Server<'a> {
    pub(super) host: &'a str,
    pub(super) port: u16,
    pub(super) security: SmtpSecurity,
}

pub(super) async fn send(
    server: Server<'_>,
    username: Option<&str>,
    secret: Option<&SecretString>,
    (from, to): (&str, &[String]),
    notice: &Notice,
) -> Result<(), SendError> {
    let message = letter(from, to, notice)?;
    let tls = match server.security {
        SmtpSecurity::None => Tls::None,
        SmtpSecurity::StartTls => Tls::Required(parameters(server.host)?),
        SmtpSecurity::Tls => Tls::Wrapper(parameters(server.host)?),
    };
    let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.host)
        .port(server.port)
        .tls(tls)
        .timeout(Some(ANSWER_LIMIT));
    if let (Some(user), Some(secret)) = (username, secret) {
        transport = transport.credentials(Credentials::new(user.to_owned(), secret.expose().to_owned()));
    }
    match transport.build().send(message).await {
        Ok(_) => Ok(()),
        Err(error) => {
            let mut text = error.to_string();
            let mut next = std::error::Error::source(&error);
            // The library says some causes itself.
            while let Some(cause) = next {
                let said = cause.to_string();
                if !text.contains(&said) {
                    text = format!("{text}: {said}");
                }
                next = cause.source();
            }
            let message = format!("The mail server {} did not take it: {text}.", server.host);
            Err(SendError { message, again: !error.is_permanent() })
        }
    }
}

fn parameters(host: &str) -> Result<TlsParameters, SendError> {
    TlsParameters::new(host.to_owned())
        .map_err(|error| SendError::never(format!("TLS cannot be used: {error}.")))
}

fn letter(from: &str, to: &[String], notice: &Notice) -> Result<Message, SendError> {
    let address = |text: &str| {
        text.trim()
            .parse::<Address>()
            .map_err(|_| SendError::never(format!("`{text}` is no address for mail.")))
    };
    let from = address(from)?;
    let domain = from.domain().to_owned();
    let mut builder = Message::builder()
        .from(Mailbox::new(Some("Courier".into()), from))
        .subject(format!("[Courier] {}", notice.title))
        .date(SystemTime::from(notice.occurred_at))
        // The same when it is sent again, so that mail programs show it once.
        .message_id(Some(format!("<{}@{domain}>", notice.delivery_id)))
        .header(ContentType::TEXT_PLAIN);
    for to in to {
        builder = builder.to(Mailbox::new(None, address(to)?));
    }
    builder
        .body(notice.text.clone())
        .map_err(|error| SendError::never(format!("The mail cannot be written: {error}.")))
}
