//! Notification rules: who is told of which events, and how.
//!
//! Left out: sending (the engine does). A channel's secret (password or signing key) is sealed and never part of it.

use crate::connection::{Sealed, check_name};
use crate::event::EventType;
use crate::macros::text_enum;
use crate::problem::{Problem, Problems};
use crate::{
    DomainEventId, EventDeliveryId, FileMonitorId, JobChainId, JobId, NotificationRuleId, TagId, Timestamp,
};
use serde::{Deserialize, Serialize};
use specta::Type;

text_enum! {
    /// How a mail server is talked to.
    pub enum SmtpSecurity { StartTls = "starttls", Tls = "tls", None = "none" }
}
text_enum! {
    pub enum DeliveryState {
        Pending = "pending", Delivered = "delivered",
        /// Told before within the flood window: counted, not sent.
        Suppressed = "suppressed",
        /// Given up after the last retry; can be sent again.
        Dead = "dead",
    }
}

/// Where a notification goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum NotificationChannel {
    Desktop {},
    Email {
        host: String,
        port: u16,
        security: SmtpSecurity,
        #[serde(default)]
        username: Option<String>,
        from: String,
        to: Vec<String>,
    },
    /// Signed with the rule's secret by HMAC-SHA256.
    Webhook {
        url: String,
    },
    /// AMQP 0.9.1; the rule's secret is the password.
    Amqp {
        /// `amqp://` or `amqps://`, without a password.
        url: String,
        exchange: String,
        #[serde(default)]
        routing_key: String,
    },
}

/// A rule as it is stored. With no tag, job, chain or monitor it is about all of them.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct NotificationRule {
    pub id: NotificationRuleId,
    pub name: String,
    pub is_enabled: bool,
    pub event_types: Vec<EventType>,
    pub tags: Vec<TagId>,
    pub jobs: Vec<JobId>,
    pub chains: Vec<JobChainId>,
    pub monitors: Vec<FileMonitorId>,
    pub channel: NotificationChannel,
    #[serde(skip)]
    pub secret_encrypted: Option<Sealed>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub is_deleted: bool,
    pub deleted_at: Option<Timestamp>,
}

/// What people enter about a rule, without its secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct RuleDraft {
    pub name: String,
    #[serde(default = "yes")]
    pub is_enabled: bool,
    pub event_types: Vec<EventType>,
    #[serde(default)]
    pub tags: Vec<TagId>,
    #[serde(default)]
    pub jobs: Vec<JobId>,
    #[serde(default)]
    pub chains: Vec<JobChainId>,
    #[serde(default)]
    pub monitors: Vec<FileMonitorId>,
    pub channel: NotificationChannel,
}

fn yes() -> bool {
    true
}

/// One event on its way to one rule.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct EventDelivery {
    pub id: EventDeliveryId,
    pub event_id: DomainEventId,
    pub rule_id: NotificationRuleId,
    pub state: DeliveryState,
    pub attempts: i32,
    pub next_attempt_at: Option<Timestamp>,
    pub delivered_at: Option<Timestamp>,
    pub last_error: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl RuleDraft {
    /// Everything wrong with it, each with its path. Whether tags, jobs, chains and monitors exist is the store's to
    /// say.
    pub fn check(&self) -> Problems {
        let mut problems = Problems::default();
        check_name(&self.name, "name", &mut problems);
        if self.event_types.is_empty() {
            problems.push(Problem::error("event_types", "required", "Choose at least one event."));
        }
        self.channel.check(&mut problems);
        problems
    }
}

impl NotificationChannel {
    fn check(&self, problems: &mut Problems) {
        let mut refuse = |field: &str, message: &str| {
            problems.push(Problem::error(format!("channel.{field}"), "invalid", message));
        };
        match self {
            Self::Desktop {} => {}
            Self::Email { host, port, security: _, username: _, from, to } => {
                if host.trim().is_empty() {
                    refuse("host", "Enter the name of the mail server.");
                }
                if *port == 0 {
                    refuse("port", "Enter a port from 1 to 65535.");
                }
                let address = |text: &str| {
                    let at = text.find('@');
                    at.is_some_and(|at| at > 0 && at + 1 < text.len())
                        && !text.contains(|c: char| c.is_control())
                };
                if !address(from) {
                    refuse("from", "Enter the sender's address, such as courier@example.org.");
                }
                if to.is_empty() || !to.iter().all(|to| address(to)) {
                    refuse("to", "Enter at least one address, such as ops@example.org.");
                }
            }
            Self::Webhook { url } => {
                if !(url.starts_with("https://") || url.starts_with("http://")) || has_password(url) {
                    refuse("url", "Enter an address that begins with https://, without a password in it.");
                }
            }
            Self::Amqp { url, exchange: _, routing_key: _ } => {
                if !(url.starts_with("amqp://") || url.starts_with("amqps://")) || has_password(url) {
                    refuse(
                        "url",
                        "Enter an address that begins with amqps://; the password is the rule's secret.",
                    );
                }
            }
        }
    }
}

/// Whether there is something between `user:` and `@` in front of the host.
fn has_password(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
}

impl NotificationRule {
    /// A new rule from a draft whose check found no error.
    pub fn new(
        id: NotificationRuleId,
        draft: RuleDraft,
        secret_encrypted: Option<Sealed>,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            name: draft.name,
            is_enabled: draft.is_enabled,
            event_types: draft.event_types,
            tags: draft.tags,
            jobs: draft.jobs,
            chains: draft.chains,
            monitors: draft.monitors,
            channel: draft.channel,
            secret_encrypted,
            created_at: now,
            updated_at: now,
            is_deleted: false,
            deleted_at: None,
        }
    }

    /// Takes over a draft whose check found no error. The secret stays with the channel that it was given for; another
    /// channel must not get it.
    pub fn edit(&mut self, draft: RuleDraft, now: Timestamp) {
        let is_same_channel = std::mem::discriminant(&self.channel) == std::mem::discriminant(&draft.channel);
        let (created_at, secret) =
            (self.created_at, self.secret_encrypted.take().filter(|_| is_same_channel));
        *self = Self { created_at, ..Self::new(self.id, draft, secret, now) };
    }

    /// The draft that describes the rule as it is.
    pub fn to_draft(&self) -> RuleDraft {
        RuleDraft {
            name: self.name.clone(),
            is_enabled: self.is_enabled,
            event_types: self.event_types.clone(),
            tags: self.tags.clone(),
            jobs: self.jobs.clone(),
            chains: self.chains.clone(),
            monitors: self.monitors.clone(),
            channel: self.channel.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn paths(channel: Value) -> Vec<String> {
        let draft: RuleDraft = serde_json::from_value(
            json!({ "name": "tell-ops", "event_types": ["JobFailed"], "channel": channel }),
        )
        .unwrap();
        draft.check().0.into_iter().map(|p| p.path).collect()
    }

    #[test]
    fn a_secret_stays_with_the_channel_that_it_was_given_for() {
        let draft = |channel: Value| -> RuleDraft {
            serde_json::from_value(
                json!({ "name": "tell-ops", "event_types": ["JobFailed"], "channel": channel }),
            )
            .unwrap()
        };
        let hook = |url: &str| draft(json!({ "type": "webhook", "url": url }));
        let now = Timestamp::UNIX_EPOCH;
        let id = NotificationRuleId(uuid::Uuid::nil());
        let mut rule = NotificationRule::new(id, hook("https://a.example/"), Some(Sealed(vec![1])), now);
        rule.edit(hook("https://a.example/new"), now);
        assert!(rule.secret_encrypted.is_some());
        rule.edit(
            draft(json!({ "type": "amqp", "url": "amqps://me@mq.example.org/v", "exchange": "x" })),
            now,
        );
        assert!(rule.secret_encrypted.is_none());
    }

    #[test]
    fn a_channel_says_what_it_lacks() {
        assert!(paths(json!({ "type": "desktop" })).is_empty());
        assert!(paths(json!({ "type": "webhook", "url": "https://hooks.example.org/x" })).is_empty());
        assert_eq!(paths(json!({ "type": "webhook", "url": "ftp://example.org" })), ["channel.url"]);
        assert_eq!(
            paths(json!({ "type": "webhook", "url": "https://me:word@example.org/" })),
            ["channel.url"]
        );
        assert!(
            paths(json!({ "type": "amqp", "url": "amqps://me@mq.example.org/v", "exchange": "x" }))
                .is_empty()
        );
        let email =
            json!({ "type": "email", "host": "", "port": 25, "security": "tls", "from": "a@b", "to": [] });
        assert_eq!(paths(email), ["channel.host", "channel.to"]);
    }

    #[test]
    fn unknown_fields_of_a_channel_are_refused() {
        let draft = json!({ "name": "x", "event_types": ["JobFailed"], "channel": { "type": "webhook",
            "url": "https://example.org", "colour": "red" } });
        assert!(serde_json::from_value::<RuleDraft>(draft).is_err());
    }
}
