//! Calendars, who uses them, and what their days move.
//!
//! Invariants: what a living schedule or monitor names lives; whenever a calendar changes, the next times of all who use
//! it move in the same unit of work. Whoever computes a next time holds the calendar until the unit of work ends, so that
//! no change of its days comes between.

use crate::audit::{changes, facts};
use crate::column::name_key;
use crate::job::taken;
use crate::session::{Session, on, sql};
use crate::{StoreError, UnitOfWork};
use courier_domain::audit::AuditableEntityType;
use courier_domain::calendar::{Calendar, CalendarDate, Weekday};
use courier_domain::problem::Problem;
use courier_domain::schedule::{ChainSchedule, JobSchedule};
use courier_domain::{CalendarId, Problems, Timestamp};
use serde_json::json;
use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

pub(crate) const KIND: &str = "calendar";
/// Users that a refusal names.
const NAMED: usize = 5;

#[derive(FromRow)]
struct Row {
    id: Uuid,
    name: String,
    description: Option<String>,
    weekdays: Json<Vec<Weekday>>,
    dates: Json<Vec<CalendarDate>>,
    created_at: Timestamp,
    updated_at: Timestamp,
    is_deleted: bool,
    deleted_at: Option<Timestamp>,
}

impl From<Row> for Calendar {
    fn from(row: Row) -> Self {
        Calendar {
            id: CalendarId(row.id),
            name: row.name,
            description: row.description,
            weekdays: row.weekdays.0,
            dates: row.dates.0,
            created_at: row.created_at,
            updated_at: row.updated_at,
            is_deleted: row.is_deleted,
            deleted_at: row.deleted_at,
        }
    }
}

/// Something that lives and names a calendar: a job or chain by its schedules, or a monitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarUse {
    pub calendar_id: CalendarId,
    /// `job`, `chain` or `file_monitor`.
    pub kind: AuditableEntityType,
    pub id: Uuid,
    pub name: String,
}

impl Session {
    /// A calendar, also a deleted one.
    pub async fn calendar(&mut self, id: CalendarId) -> Result<Calendar, StoreError> {
        let sql = "SELECT * FROM calendars WHERE id = $1";
        let row: Option<Row> = on!(self, |c| sqlx::query_as(sql).bind(id.0).fetch_optional(c).await?);
        row.map(Calendar::from).ok_or_else(|| StoreError::not_found(KIND, id))
    }

    /// A calendar that is not deleted, by its name (without regard to case) or its id.
    pub async fn find_calendar(&mut self, name_or_id: &str) -> Result<Calendar, StoreError> {
        let sql = "SELECT * FROM calendars WHERE (name_key = $1 OR id = $2) AND NOT is_deleted";
        let id = name_or_id.parse::<Uuid>().ok();
        let row: Option<Row> = on!(self, |c| {
            sqlx::query_as(sql).bind(name_key(name_or_id)).bind(id).fetch_optional(c).await?
        });
        row.map(Calendar::from).ok_or_else(|| StoreError::not_found(KIND, name_or_id))
    }

    /// Every calendar that is not deleted, by name.
    pub async fn calendars(&mut self) -> Result<Vec<Calendar>, StoreError> {
        let sql = "SELECT * FROM calendars WHERE NOT is_deleted ORDER BY name_key";
        let rows: Vec<Row> = on!(self, |c| sqlx::query_as(sql).fetch_all(c).await?);
        Ok(rows.into_iter().map(Calendar::from).collect())
    }

    /// Deleted calendars, newest deletion first.
    pub async fn deleted_calendars(&mut self) -> Result<Vec<Calendar>, StoreError> {
        let sql = "SELECT * FROM calendars WHERE is_deleted ORDER BY deleted_at DESC";
        let rows: Vec<Row> = on!(self, |c| sqlx::query_as(sql).fetch_all(c).await?);
        Ok(rows.into_iter().map(Calendar::from).collect())
    }

    /// Who uses calendars, or this one, by kind and name. One query.
    pub async fn calendar_uses(
        &mut self,
        calendar: Option<CalendarId>,
    ) -> Result<Vec<CalendarUse>, StoreError> {
        // The id stands in the clock's JSON as text; calendars are few, so they are joined by that.
        let monitor = sql!(self,
            sqlite: "lower(hex(c.id)) = replace(json_extract(o.expected_files, '$.calendar_id'), '-', '')",
            postgres: "c.id::text = o.expected_files ->> 'calendar_id'");
        let rows: Vec<(Uuid, String, Uuid, String)> = on!(self, |c| {
            let mut query = QueryBuilder::new("");
            for (index, (kind, from)) in [
                (
                    "job",
                    "jobs o JOIN job_schedules s ON s.job_id = o.id JOIN calendars c ON c.id = s.calendar_id",
                ),
                (
                    "chain",
                    "job_chains o JOIN chain_schedules s ON s.chain_id = o.id \
                     JOIN calendars c ON c.id = s.calendar_id",
                ),
                ("file_monitor", "file_monitors o JOIN calendars c ON "),
            ]
            .into_iter()
            .enumerate()
            {
                query
                    .push(if index == 0 {
                        "SELECT DISTINCT c.id, '"
                    } else {
                        " UNION ALL SELECT DISTINCT c.id, '"
                    })
                    .push(kind)
                    .push("' AS kind, o.id AS user_id, o.name FROM ")
                    .push(from);
                if kind == "file_monitor" {
                    query.push(monitor);
                }
                query.push(" WHERE NOT o.is_deleted");
                if let Some(id) = calendar {
                    query.push(" AND c.id = ").push_bind(id.0);
                }
            }
            query.push(" ORDER BY 4, 3");
            query.build_query_as().fetch_all(c).await?
        });
        rows.into_iter()
            .map(|(calendar_id, kind, id, name)| {
                let kind = kind.parse().map_err(|_| StoreError::Damaged { what: format!("kind {kind}") })?;
                Ok(CalendarUse { calendar_id: CalendarId(calendar_id), kind, id, name })
            })
            .collect()
    }
}

impl UnitOfWork {
    pub async fn insert_calendar(&mut self, calendar: &Calendar) -> Result<(), StoreError> {
        let sql = "INSERT INTO calendars (id, name, name_key, description, weekdays, dates, created_at, updated_at, \
                   is_deleted) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, FALSE)";
        let inserted = on!(self, |c| sqlx::query(sql)
            .bind(calendar.id.0)
            .bind(&calendar.name)
            .bind(name_key(&calendar.name))
            .bind(&calendar.description)
            .bind(Json(&calendar.weekdays))
            .bind(Json(&calendar.dates))
            .bind(calendar.created_at)
            .bind(calendar.updated_at)
            .execute(c)
            .await
            .map(drop));
        taken(inserted, KIND, &calendar.name)?;
        self.audit(AuditableEntityType::Calendar, calendar.id, "Created", facts(calendar));
        Ok(())
    }

    /// Stores an edited calendar, as `updated_at` the instant at which this happens, and moves the next times of all who
    /// use it. `seen` is the `updated_at` that the editor had loaded: refused if somebody else has changed it since.
    pub async fn update_calendar(
        &mut self,
        calendar: &Calendar,
        seen: Timestamp,
    ) -> Result<Calendar, StoreError> {
        let before = self.living_calendar(calendar.id).await?;
        if before.updated_at != seen {
            let about = (KIND, before.name.as_str());
            let entity = (AuditableEntityType::Calendar, calendar.id.0);
            return Err(self.out_of_date(about, entity, calendar, &before).await);
        }
        let calendar = Calendar { updated_at: self.later_than(before.updated_at), ..calendar.clone() };
        let sql = "UPDATE calendars SET name = $2, name_key = $3, description = $4, weekdays = $5, dates = $6, \
                   updated_at = $7 WHERE id = $1";
        let updated = on!(self, |c| sqlx::query(sql)
            .bind(calendar.id.0)
            .bind(&calendar.name)
            .bind(name_key(&calendar.name))
            .bind(&calendar.description)
            .bind(Json(&calendar.weekdays))
            .bind(Json(&calendar.dates))
            .bind(calendar.updated_at)
            .execute(c)
            .await
            .map(drop));
        taken(updated, KIND, &calendar.name)?;
        if (&calendar.weekdays, &calendar.dates) != (&before.weekdays, &before.dates) {
            self.move_schedules_under::<JobSchedule>(&calendar).await?;
            self.move_schedules_under::<ChainSchedule>(&calendar).await?;
            self.move_deadlines_under(&calendar).await?;
        }
        self.audit(AuditableEntityType::Calendar, calendar.id, "Updated", changes(&before, &calendar));
        Ok(calendar)
    }

    /// Hides a calendar that nothing uses.
    pub async fn delete_calendar(&mut self, id: CalendarId) -> Result<(), StoreError> {
        let calendar = self.living_calendar(id).await?;
        let uses = self.calendar_uses(Some(id)).await?;
        if !uses.is_empty() {
            let mut by: Vec<String> = uses
                .iter()
                .take(NAMED)
                .map(|user| {
                    let what = if user.kind == AuditableEntityType::Job {
                        "the schedule of the job"
                    } else if user.kind == AuditableEntityType::Chain {
                        "the schedule of the chain"
                    } else {
                        "the monitor"
                    };
                    format!("{what} {}", user.name)
                })
                .collect();
            if let Some(more) = uses.len().checked_sub(NAMED).filter(|more| *more > 0) {
                by.push(format!("{more} more"));
            }
            return Err(StoreError::InUse { kind: KIND, name: calendar.name, by: by.join(", ") });
        }
        let at = self.later_than(calendar.updated_at);
        let sql = "UPDATE calendars SET is_deleted = TRUE, deleted_at = $2, updated_at = $2 WHERE id = $1";
        on!(self, |c| sqlx::query(sql).bind(id.0).bind(at).execute(c).await.map(drop)?);
        self.audit(AuditableEntityType::Calendar, id, "Deleted", json!({ "name": calendar.name }));
        Ok(())
    }

    /// Brings a deleted calendar back, if its name is still free.
    pub async fn restore_calendar(&mut self, id: CalendarId) -> Result<Calendar, StoreError> {
        let mut calendar = self.calendar(id).await?;
        if calendar.is_deleted {
            let at = self.later_than(calendar.updated_at);
            let sql =
                "UPDATE calendars SET is_deleted = FALSE, deleted_at = NULL, updated_at = $2 WHERE id = $1";
            let restored = on!(self, |c| sqlx::query(sql).bind(id.0).bind(at).execute(c).await.map(drop));
            taken(restored, KIND, &calendar.name)?;
            (calendar.is_deleted, calendar.deleted_at, calendar.updated_at) = (false, None, at);
            self.audit(AuditableEntityType::Calendar, id, "Restored", json!({ "name": calendar.name }));
        }
        Ok(calendar)
    }

    /// These calendars, also deleted ones, none of which changes until the unit of work ends.
    pub async fn hold_calendars(
        &mut self,
        ids: impl IntoIterator<Item = CalendarId>,
    ) -> Result<BTreeMap<CalendarId, Calendar>, StoreError> {
        let ids: BTreeSet<CalendarId> = ids.into_iter().collect();
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        // SQLite's one writer is lock enough.
        let lock = sql!(self, sqlite: "", postgres: " FOR SHARE");
        let rows: Vec<Row> = on!(self, |c| {
            let mut query = QueryBuilder::new("SELECT * FROM calendars WHERE id IN (");
            let mut separated = query.separated(", ");
            for id in &ids {
                separated.push_bind(id.0);
            }
            // In one order, so that two who want the same ones do not wait for each other.
            query.push(") ORDER BY id").push(lock);
            query.build_query_as().fetch_all(c).await?
        });
        Ok(rows.into_iter().map(|row| (CalendarId(row.id), row.into())).collect())
    }

    /// The calendar that something names, held as [`UnitOfWork::hold_calendars`] does.
    ///
    /// # Errors
    /// It is deleted.
    pub async fn hold_calendar(&mut self, id: Option<CalendarId>) -> Result<Option<Calendar>, StoreError> {
        let Some(id) = id else { return Ok(None) };
        let calendar =
            self.hold_calendars([id]).await?.remove(&id).ok_or_else(|| StoreError::not_found(KIND, id))?;
        if calendar.is_deleted { Err(StoreError::not_found(KIND, calendar.name)) } else { Ok(Some(calendar)) }
    }

    /// As [`UnitOfWork::hold_calendar`], for something that comes back after a deletion.
    pub(crate) async fn hold_calendar_of_restored(
        &mut self,
        id: Option<CalendarId>,
    ) -> Result<Option<Calendar>, StoreError> {
        self.hold_calendar(id).await.map_err(|error| match error {
            StoreError::NotFound { what, .. } => {
                let message =
                    format!("It needs the calendar `{what}`, which is deleted; restore that first.");
                Problems::one(Problem::error("", "unknown_reference", message)).into()
            }
            other => other,
        })
    }

    async fn living_calendar(&mut self, id: CalendarId) -> Result<Calendar, StoreError> {
        // SQLite's one writer is lock enough.
        let sql = sql!(self,
            sqlite: "SELECT * FROM calendars WHERE id = $1",
            postgres: "SELECT * FROM calendars WHERE id = $1 FOR UPDATE");
        let row: Option<Row> = on!(self, |c| sqlx::query_as(sql).bind(id.0).fetch_optional(c).await?);
        let calendar = row.map(Calendar::from).ok_or_else(|| StoreError::not_found(KIND, id))?;
        if calendar.is_deleted { Err(StoreError::not_found(KIND, calendar.name)) } else { Ok(calendar) }
    }
}
