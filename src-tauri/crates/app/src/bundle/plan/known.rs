//! What is in the store, and what the bundle adds, by lower-case name and by id.

use super::super::export::{NamesById, tag_names};
use crate::app::App;
use crate::error::Result;
use courier_domain::calendar::Calendar;
use courier_domain::chain::JobChain;
use courier_domain::connection::Connection;
use courier_domain::dependency::JobDependency;
use courier_domain::job::{Job, KnownJob};
use courier_domain::key::{PgpKey, SshKey};
use courier_domain::monitor::FileMonitor;
use courier_domain::notification::NotificationRule;
use courier_domain::schedule::{ChainSchedule, JobSchedule};
use courier_domain::tag::{Tag, TaggableEntityType};
use courier_domain::{
    CalendarId, ConnectionId, FileMonitorId, JobChainId, JobId, PgpKeyId, Problem, Problems, SshKeyId, TagId,
};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

pub(super) struct Known {
    pub(super) tags: Names<TagId>,
    pub(super) calendars: Names<CalendarId>,
    pub(super) ssh_keys: Names<SshKeyId>,
    pub(super) pgp_keys: Names<PgpKeyId>,
    pub(super) connections: Names<ConnectionId>,
    pub(super) jobs: Names<JobId>,
    pub(super) chains: Names<JobChainId>,
    pub(super) monitors: Names<FileMonitorId>,
    /// Every job as it will be, once the bundle's own are announced.
    pub(super) called: BTreeMap<JobId, KnownJob>,
    pub(super) names: NamesById,
    /// Calendars as they will be.
    pub(super) days: BTreeMap<CalendarId, Calendar>,
    pub(super) stored: Stored,
}

/// The rows as they are.
pub(super) struct Stored {
    pub(super) tags: Vec<Tag>,
    pub(super) calendars: Vec<Calendar>,
    pub(super) ssh_keys: Vec<SshKey>,
    pub(super) pgp_keys: Vec<PgpKey>,
    pub(super) connections: Vec<Connection>,
    pub(super) jobs: Vec<Job>,
    pub(super) chains: Vec<JobChain>,
    pub(super) monitors: Vec<FileMonitor>,
    pub(super) rules: Vec<NotificationRule>,
    pub(super) job_schedules: Vec<JobSchedule>,
    pub(super) chain_schedules: Vec<ChainSchedule>,
    pub(super) dependencies: Vec<JobDependency>,
    /// Names of the tags on each thing, in their order.
    pub(super) tagged: HashMap<Uuid, Vec<String>>,
}

pub(super) struct Names<T>(HashMap<String, T>);

impl<T: Copy + std::fmt::Display> Names<T> {
    fn new<'a>(rows: impl Iterator<Item = (&'a str, T)>) -> Self {
        let mut names = Self(HashMap::new());
        for (name, id) in rows {
            names.add(name, id);
        }
        names
    }

    pub(super) fn add(&mut self, name: &str, id: T) {
        self.0.insert(id.to_string(), id);
        self.0.insert(name.to_lowercase(), id);
    }

    pub(super) fn find(&self, name_or_id: &str) -> Option<T> {
        self.0.get(&name_or_id.to_lowercase()).copied()
    }

    /// Every id there is.
    pub(super) fn ids<C: FromIterator<T>>(&self) -> C {
        self.0.values().copied().collect()
    }

    /// The id of what is named, or a problem.
    pub(super) fn resolve(&self, name: &str, path: &str, kind: &str, problems: &mut Problems) -> Option<T> {
        let found = self.find(name);
        if found.is_none() {
            let message = format!("There is no {kind} with the name or id `{name}`.");
            problems.push(Problem::error(path, "unknown_name", message));
        }
        found
    }

    /// Puts ids where names stand. A template stays; the job's own check refuses it.
    pub(super) fn put(&self, value: &mut Value, path: &str, kind: &str, problems: &mut Problems) {
        match value {
            Value::String(name) if courier_domain::template::is_template(name) || name.is_empty() => {}
            Value::String(name) => {
                if let Some(id) = self.resolve(name, path, kind, problems) {
                    *value = Value::String(id.to_string());
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.put(item, &format!("{path}[{index}]"), kind, problems);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {}
        }
    }
}

/// The stored one with this name.
pub(super) fn by_name<'a, T>(rows: &'a [T], name: &str, name_of: impl Fn(&T) -> &str) -> Option<&'a T> {
    rows.iter().find(|row| name_of(row).to_lowercase() == name.to_lowercase())
}

impl Known {
    pub(super) async fn load(app: &App) -> Result<Self> {
        let mut session = app.read().await?;
        let tags = session.tags().await?.into_iter().map(|row| row.tag).collect();
        let calendars = session.calendars().await?;
        let ssh_keys = session.ssh_keys().await?;
        let pgp_keys = session.pgp_keys().await?;
        let connections = session.connections().await?;
        let jobs = session.jobs().await?;
        let chains = session.chains().await?;
        let monitors = session.monitors().await?;
        let mut tagged: HashMap<Uuid, Vec<String>> = HashMap::new();
        macro_rules! tagged {
            ($rows:expr, $kind:ident) => {
                let ids = $rows.iter().map(|row| row.id);
                tagged.extend(tag_names(&mut session, TaggableEntityType::$kind, ids).await?);
            };
        }
        tagged!(ssh_keys, SshKey);
        tagged!(pgp_keys, PgpKey);
        tagged!(connections, Connection);
        tagged!(jobs, Job);
        tagged!(chains, JobChain);
        tagged!(monitors, FileMonitor);
        let stored = Stored {
            tags,
            calendars,
            ssh_keys,
            pgp_keys,
            connections,
            jobs,
            chains,
            monitors,
            rules: session.notification_rules().await?,
            job_schedules: session.schedules().await?,
            chain_schedules: session.schedules().await?,
            dependencies: session.dependencies().await?,
            tagged,
        };
        drop(session);
        Ok(Self {
            tags: Names::new(stored.tags.iter().map(|t| (t.name.as_str(), t.id))),
            calendars: Names::new(stored.calendars.iter().map(|c| (c.name.as_str(), c.id))),
            ssh_keys: Names::new(stored.ssh_keys.iter().map(|k| (k.name.as_str(), k.id))),
            pgp_keys: Names::new(stored.pgp_keys.iter().map(|k| (k.name.as_str(), k.id))),
            connections: Names::new(stored.connections.iter().map(|c| (c.name.as_str(), c.id))),
            jobs: Names::new(stored.jobs.iter().map(|j| (j.name.as_str(), j.id))),
            chains: Names::new(stored.chains.iter().map(|c| (c.name.as_str(), c.id))),
            monitors: Names::new(stored.monitors.iter().map(|m| (m.name.as_str(), m.id))),
            called: BTreeMap::new(),
            names: app.names_by_id().await?,
            days: stored.calendars.iter().map(|c| (c.id, c.clone())).collect(),
            stored,
        })
    }
}
