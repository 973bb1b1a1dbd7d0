//! The ways to tell: each sends one notice and says whether it was taken.
//!
//! Invariant: no error holds a secret, whatever the other side says.

mod amqp;
mod desktop;
mod email;
mod webhook;

pub use desktop::DesktopHub;

use super::message::Notice;
use crate::context::Services;
use crate::places;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use courier_domain::notification::{NotificationChannel, NotificationRule};
use courier_domain::setting;
use courier_vault::SecretString;
use std::time::Duration;

/// A peer that has not taken a notice by then has not taken it.
const LIMIT: Duration = Duration::from_secs(30);
/// Of what a peer said, characters.
const LONGEST_ERROR: usize = 400;

/// Why a notice was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SendError {
    pub(super) message: String,
    /// It may work later without anybody doing anything.
    pub(super) again: bool,
}

impl SendError {
    /// Nobody was there, or who was there could not.
    fn later(message: impl Into<String>) -> Self {
        Self { message: message.into(), again: true }
    }

    /// A person has to change something first.
    fn never(message: impl Into<String>) -> Self {
        Self { message: message.into(), again: false }
    }
}

/// Sends a notice as the rule says.
pub(super) async fn send(
    services: &Services,
    rule: &NotificationRule,
    notice: &Notice,
) -> Result<(), SendError> {
    let secret = secret(services, rule)?;
    let secret = secret.as_ref();
    let sent = async {
        match &rule.channel {
            NotificationChannel::Desktop {} => services.desktop.show(notice),
            NotificationChannel::Email { host, port, security, username, from, to } => {
                let server = email::Server { host, port: *port, security: *security };
                email::send(server, username.as_deref(), secret, (from, to), notice).await
            }
            NotificationChannel::Webhook { url } => {
                let session = services.store.read().await;
                let allowed = async { session?.setting_bool(setting::WEBHOOK_ALLOW_LOOPBACK).await };
                let allowed = allowed.await.map_err(|error| SendError::later(error.to_string()))?;
                webhook::send(url, secret, webhook::Reach::of(allowed), notice).await
            }
            NotificationChannel::Amqp { url, exchange, routing_key } => {
                amqp::send(url, secret, (exchange, routing_key), notice).await
            }
        }
    };
    let sent = match tokio::time::timeout(LIMIT, sent).await {
        Ok(sent) => sent,
        Err(_) => Err(SendError::later(format!("There was no answer within {} s.", LIMIT.as_secs()))),
    };
    sent.map_err(|error| SendError { message: without(secret, rule, &error.message), ..error })
}

fn secret(services: &Services, rule: &NotificationRule) -> Result<Option<SecretString>, SendError> {
    let Some(sealed) = &rule.secret_encrypted else { return Ok(None) };
    let opened = services.vault.open_secret(&places::notification_secret(rule.id), sealed);
    let opened = opened.map_err(|error| SendError::later(error.to_string()))?;
    let text = opened.into_string().map_err(|_| SendError::never("The rule's secret is not a text."))?;
    Ok(Some(text))
}

/// An error as it is kept: one line, not too long, and nothing of the secret if a peer repeats what it was sent.
fn without(secret: Option<&SecretString>, rule: &NotificationRule, message: &str) -> String {
    let mut shown: String = message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if let Some(secret) = secret.filter(|secret| !secret.is_empty()) {
        let plain = secret.expose();
        let user = match &rule.channel {
            NotificationChannel::Email { username, .. } => username.clone().unwrap_or_default(),
            NotificationChannel::Desktop {}
            | NotificationChannel::Webhook { .. }
            | NotificationChannel::Amqp { .. } => String::new(),
        };
        // As SMTP's PLAIN and LOGIN send it.
        let sent = [STANDARD.encode(plain), STANDARD.encode(format!("\0{user}\0{plain}"))];
        if sent.iter().any(|sent| shown.contains(sent)) || shown.contains(plain) {
            "The other side refused, and repeated what must not be shown.".clone_into(&mut shown);
        }
    }
    shown.chars().take(LONGEST_ERROR).collect()
}
