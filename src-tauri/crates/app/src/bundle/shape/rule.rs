//! Notification rules. What they are about is still names, their secret only where it comes from.

use super::{names, take_secret};
use crate::bundle::read::{fields, join, object};
use crate::bundle::secret::SecretSource;
use courier_domain::notification::{NotificationChannel, RuleDraft};
use courier_domain::{Problem, Problems};
use serde_json::{Value, json};

#[derive(Debug)]
pub(in crate::bundle) struct RuleEntry {
    pub(in crate::bundle) path: String,
    /// What it is about is still to be set.
    pub(in crate::bundle) draft: RuleDraft,
    pub(in crate::bundle) tags: Vec<String>,
    pub(in crate::bundle) jobs: Vec<String>,
    pub(in crate::bundle) chains: Vec<String>,
    pub(in crate::bundle) monitors: Vec<String>,
    pub(in crate::bundle) secret: Option<SecretSource>,
}

/// The fields that a rule needs, with stand-ins.
pub(in crate::bundle) fn minimal_rule() -> Value {
    json!({ "name": "", "event_types": [], "channel": { "type": "desktop" } })
}

pub(super) fn rule(path: String, value: Value, problems: &mut Problems) -> Option<RuleEntry> {
    let mut map = object(value, &path, problems)?;
    let mut about = |name: &str, problems: &mut Problems| {
        names(map.remove(name), &join(&path, name), problems).unwrap_or_default()
    };
    let tags = about("tags", problems);
    let jobs = about("jobs", problems);
    let chains = about("chains", problems);
    let monitors = about("monitors", problems);
    let mut secret = None;
    if let Some(value) = map.remove("channel").filter(|v| !v.is_null()) {
        let at = join(&path, "channel");
        let mut channel = object(value, &at, problems)?;
        secret = take_secret(&mut channel, "secret", &at, problems);
        let channel = Value::Object(channel);
        // Which fields there are depends on the type, so serde says what is wrong.
        if let Err(error) = serde_json::from_value::<NotificationChannel>(channel.clone()) {
            problems.push(Problem::error(at, "invalid", crate::bundle::read::said(&error)));
            return None;
        }
        map.insert("channel".to_owned(), channel);
    }
    let draft = fields(&minimal_rule(), map, &path, problems)?;
    Some(RuleEntry { path, draft, tags, jobs, chains, monitors, secret })
}
