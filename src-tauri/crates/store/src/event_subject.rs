//! What an event is about in the eyes of people: not the run or the step that raised it, but its job, chain, monitor,
//! key or connection.

use crate::StoreError;
use crate::session::{Session, on};
use courier_domain::DomainEventId;
use courier_domain::audit::AuditableEntityType;
use courier_domain::event::DomainEvent;
use sqlx::QueryBuilder;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Ids in one statement.
const ROWS: usize = 5_000;

/// The thing that an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    pub kind: AuditableEntityType,
    pub id: Uuid,
}

/// Where to look an owner up: the column of the owner, and the table of what it owns.
type Owned = (&'static str, &'static str, AuditableEntityType);

const RUNS: Owned = ("job_id", "job_executions", AuditableEntityType::Job);
const CHAIN_RUNS: Owned = ("chain_id", "chain_executions", AuditableEntityType::Chain);
const JOB_SCHEDULES: Owned = ("job_id", "job_schedules", AuditableEntityType::Job);
const CHAIN_SCHEDULES: Owned = ("chain_id", "chain_schedules", AuditableEntityType::Chain);

impl Session {
    /// What each event is about; an event whose owner nobody knows is about its own entity.
    pub async fn subjects_of(
        &mut self,
        events: &[DomainEvent],
    ) -> Result<BTreeMap<DomainEventId, Subject>, StoreError> {
        let mut subjects = BTreeMap::new();
        // Owner unknown as yet: the event by what has to be looked up.
        let mut open: BTreeMap<Owned, BTreeMap<Uuid, Vec<DomainEventId>>> = BTreeMap::new();
        for event in events {
            let kind = event.entity_type.parse::<AuditableEntityType>();
            let kind = kind.map_err(|error| StoreError::Damaged { what: error.to_string() })?;
            subjects.insert(event.id, Subject { kind, id: event.entity_id });
            let of_payload =
                |field: &str| event.payload[field].as_str().and_then(|id| id.parse::<Uuid>().ok());
            let (owner, of, places): (_, _, &[Owned]) = match kind {
                AuditableEntityType::JobExecution => (of_payload("job_id"), Some(event.entity_id), &[RUNS]),
                AuditableEntityType::StepExecution => (None, of_payload("job_execution_id"), &[RUNS]),
                AuditableEntityType::ChainExecution => {
                    (of_payload("chain_id"), Some(event.entity_id), &[CHAIN_RUNS])
                }
                AuditableEntityType::Schedule => {
                    (None, Some(event.entity_id), &[JOB_SCHEDULES, CHAIN_SCHEDULES])
                }
                AuditableEntityType::Job
                | AuditableEntityType::Chain
                | AuditableEntityType::Connection
                | AuditableEntityType::PgpKey
                | AuditableEntityType::SshKey
                | AuditableEntityType::FileMonitor
                | AuditableEntityType::Tag
                | AuditableEntityType::SystemSetting
                | AuditableEntityType::Vault
                | AuditableEntityType::NotificationRule
                | AuditableEntityType::Calendar => (None, None, &[]),
            };
            match (owner, of) {
                (Some(id), _) => {
                    let kind = places.first().map_or(kind, |place| place.2);
                    subjects.insert(event.id, Subject { kind, id });
                }
                (None, Some(of)) => {
                    for place in places {
                        open.entry(*place).or_default().entry(of).or_default().push(event.id);
                    }
                }
                (None, None) => {}
            }
        }
        for ((column, table, kind), wanted) in open {
            let rows: Vec<(Uuid, Uuid)> = on!(self, |c| {
                let mut query = QueryBuilder::new("SELECT id, ");
                query.push(column).push(" FROM ").push(table).push(" WHERE id IN (");
                let mut separated = query.separated(", ");
                for id in wanted.keys() {
                    separated.push_bind(*id);
                }
                query.push(")");
                query.build_query_as().fetch_all(c).await?
            });
            for (of, id) in rows {
                for event in wanted.get(&of).into_iter().flatten() {
                    subjects.insert(*event, Subject { kind, id });
                }
            }
        }
        Ok(subjects)
    }

    /// What people call it; nothing for what has no name.
    pub async fn subject_name(&mut self, subject: Subject) -> Result<Option<String>, StoreError> {
        let sql = match subject.kind {
            AuditableEntityType::Job => "SELECT name FROM jobs WHERE id = $1",
            AuditableEntityType::Chain => "SELECT name FROM job_chains WHERE id = $1",
            AuditableEntityType::Connection => "SELECT name FROM connections WHERE id = $1",
            AuditableEntityType::PgpKey => "SELECT name FROM pgp_keys WHERE id = $1",
            AuditableEntityType::SshKey => "SELECT name FROM ssh_keys WHERE id = $1",
            AuditableEntityType::FileMonitor => "SELECT name FROM file_monitors WHERE id = $1",
            AuditableEntityType::Tag => "SELECT name FROM tags WHERE id = $1",
            AuditableEntityType::Calendar => "SELECT name FROM calendars WHERE id = $1",
            AuditableEntityType::NotificationRule => "SELECT name FROM notification_rules WHERE id = $1",
            AuditableEntityType::JobExecution
            | AuditableEntityType::StepExecution
            | AuditableEntityType::ChainExecution
            | AuditableEntityType::SystemSetting
            | AuditableEntityType::Vault
            | AuditableEntityType::Schedule => return Ok(None),
        };
        Ok(on!(self, |c| sqlx::query_scalar(sql).bind(subject.id).fetch_optional(c).await?))
    }

    /// An event by its id.
    pub async fn domain_event(&mut self, id: DomainEventId) -> Result<DomainEvent, StoreError> {
        let sql = "SELECT * FROM domain_events WHERE id = $1";
        let row: Option<crate::domain_event::Row> =
            on!(self, |c| sqlx::query_as(sql).bind(id.0).fetch_optional(c).await?);
        row.map(DomainEvent::from).ok_or_else(|| StoreError::not_found("event", id))
    }

    /// Those of these events that are there.
    pub async fn events_by_id(&mut self, ids: &[DomainEventId]) -> Result<Vec<DomainEvent>, StoreError> {
        let mut events = Vec::with_capacity(ids.len());
        for ids in ids.chunks(ROWS) {
            let rows: Vec<crate::domain_event::Row> = on!(self, |c| {
                let mut query = QueryBuilder::new("SELECT * FROM domain_events WHERE id IN (");
                let mut separated = query.separated(", ");
                for id in ids {
                    separated.push_bind(id.0);
                }
                query.push(")");
                query.build_query_as().fetch_all(c).await?
            });
            events.extend(rows.into_iter().map(DomainEvent::from));
        }
        Ok(events)
    }

    /// The tags that subjects of any kind carry, by subject.
    pub async fn tags_of_subjects(
        &mut self,
        subjects: &[Subject],
    ) -> Result<BTreeMap<Subject, Vec<courier_domain::TagId>>, StoreError> {
        use courier_domain::tag::TaggableEntityType;
        let mut tags = BTreeMap::new();
        for kind in TaggableEntityType::ALL {
            let of_kind: Vec<Uuid> =
                subjects.iter().filter(|s| s.kind == kind.audited_as()).map(|s| s.id).collect();
            if of_kind.is_empty() {
                continue;
            }
            for (id, carried) in self.tags_of(*kind, &of_kind).await? {
                let subject = Subject { kind: kind.audited_as(), id };
                tags.insert(subject, carried.into_iter().map(|tag| tag.id).collect());
            }
        }
        Ok(tags)
    }
}
