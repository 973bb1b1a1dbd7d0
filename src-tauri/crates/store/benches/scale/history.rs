//! What the history is like: 400 days of runs of 200 jobs, busy and idle ones, most of them completed.

use crate::copy::{Field, Table};
use chrono::{DurationRound, TimeDelta};
use courier_domain::Timestamp;
use courier_domain::job::Job;
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub(crate) const DAYS: i64 = 400;
pub(crate) const JOBS: usize = 200;
pub(crate) const STEPS: usize = 5;
/// Runs that wait at the end of it, in front of them a long line of one job.
pub(crate) const QUEUED: u64 = 10_000;
pub(crate) const RUNNING: u64 = 5;
/// Runs older than this have their logs and receipts, for what removes them.
const WITH_LOGS: TimeDelta = TimeDelta::days(DAYS - 70);

pub(crate) const EXECUTIONS: Table = Table {
    name: "job_executions",
    columns: "id, job_id, job_version_number, triggered_by, state, queued_at, started_at, completed_at, \
              context_snapshot, priority, parameters, retry_of, attempt, had_skips, error_code, error_message, \
              claimed_by, lease_expires_at, epoch, rescues, created_at, updated_at, files, bytes",
};
pub(crate) const STEP_EXECUTIONS: Table = Table {
    name: "step_executions",
    columns: "id, job_execution_id, job_step_id, step_order, state, started_at, completed_at, duration_ms, \
              bytes_processed, output_data, error_message, retry_attempt, iteration_path, error_code",
};
pub(crate) const AUDIT: Table = Table {
    name: "audit_log_entries",
    columns: "id, entity_type, entity_id, operation, performed_by, performed_at, details, sequence, previous_hash, \
              entry_hash",
};
pub(crate) const LOG_LINES: Table =
    Table { name: "execution_log_lines", columns: "job_execution_id, at, level, step_alias, file, message" };
pub(crate) const RECEIPTS: Table = Table {
    name: "receipts",
    columns: "id, job_execution_id, step_execution_id, connection_id, direction, remote_path, local_path, size, \
              sha256, started_at, completed_at, resumed_bytes, verified_by, server_identity",
};
pub(crate) const EVENTS: Table = Table {
    name: "domain_events",
    columns: "id, event_type, entity_type, entity_id, payload, occurred_at, processed_at, processed_by",
};

/// Numbers that look like chance and are the same each time (splitmix64).
#[derive(Debug)]
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// A UUIDv7 of that time.
    fn id(&mut self, at: Timestamp, order: u64) -> Uuid {
        let mut tail = [0; 10];
        tail[2..].copy_from_slice(&self.next().to_be_bytes());
        // What is made in one millisecond keeps its order.
        tail[..2].copy_from_slice(&u16::try_from(order & 0x0fff).unwrap_or(0).to_be_bytes());
        let millis = u64::try_from(at.timestamp_millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
    }
}

/// Rows by table, to be written together.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) executions: Vec<Vec<Field>>,
    pub(crate) steps: Vec<Vec<Field>>,
    pub(crate) audit: Vec<Vec<Field>>,
    pub(crate) logs: Vec<Vec<Field>>,
    pub(crate) receipts: Vec<Vec<Field>>,
    pub(crate) events: Vec<Vec<Field>>,
}

pub(crate) struct History {
    jobs: Vec<Job>,
    connection: Uuid,
    now: Timestamp,
    runs: u64,
    chance: Chance,
    /// The audit chain's end.
    sequence: i64,
    hash: String,
    last_failed: Option<Uuid>,
}

/// How a run went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Completed,
    Failed,
    Cancelled,
    Paused,
    Running,
    Queued,
}

impl History {
    /// `end` is the sequence and hash of the audit chain's last entry so far.
    pub(crate) fn new(
        jobs: Vec<Job>,
        connection: Uuid,
        now: Timestamp,
        runs: u64,
        end: (i64, String),
    ) -> Self {
        let (sequence, hash) = end;
        Self { jobs, connection, now, runs, chance: Chance(1), sequence, hash, last_failed: None }
    }

    fn made_at(&mut self, n: u64) -> Timestamp {
        let span = TimeDelta::days(DAYS).num_milliseconds().unsigned_abs();
        let gap = (span / self.runs).max(1);
        let millis = n * gap + self.chance.below(gap);
        let start = self.now - TimeDelta::days(DAYS);
        let at = start + TimeDelta::milliseconds(i64::try_from(millis).unwrap_or(0));
        at.duration_trunc(TimeDelta::milliseconds(1)).unwrap_or(at)
    }

    fn fate(&mut self, n: u64) -> Fate {
        let waiting = QUEUED.min(self.runs / 10);
        let left = self.runs - n;
        if left <= waiting {
            return Fate::Queued;
        }
        if left <= waiting + RUNNING {
            return Fate::Running;
        }
        match self.chance.below(10_000) {
            0 => Fate::Paused,
            1..=500 => Fate::Failed,
            501..=700 => Fate::Cancelled,
            _ => Fate::Completed,
        }
    }

    /// The rows of run number `n` and of all that came of it.
    pub(crate) fn run(&mut self, n: u64, rows: &mut Rows) {
        let (created, fate) = (self.made_at(n), self.fate(n));
        // A few jobs run most of the time; most of what waits is of one job.
        let share = self.chance.below(1_000_000) as f64 / 1_000_000.0;
        let busiest = fate == Fate::Queued && self.chance.below(10) < 9;
        let place = if busiest { 0 } else { ((JOBS as f64) * share.powi(3)) as usize };
        let (job_id, step_ids) = {
            let job = &self.jobs[place.min(self.jobs.len() - 1)];
            (job.id.0, job.steps.iter().map(|s| s.id.0).collect::<Vec<_>>())
        };
        let id = self.chance.id(created, n);
        let started = created + TimeDelta::milliseconds(20);
        let steps = match fate {
            Fate::Completed => STEPS,
            Fate::Failed | Fate::Cancelled | Fate::Paused => 1 + n as usize % STEPS,
            Fate::Running => 2,
            Fate::Queued => 0,
        };
        // As many rows as a run has steps, so that the table is as large as it should be.
        let attempts = if fate == Fate::Queued { 0 } else { STEPS };
        let each = TimeDelta::milliseconds(40 + i64::try_from(self.chance.below(400)).unwrap_or(0));
        let ended = started + each * i32::try_from(attempts).unwrap_or(0);
        let over = matches!(fate, Fate::Completed | Fate::Failed | Fate::Cancelled);
        let trigger = match self.chance.below(100) {
            0..70 => "schedule".to_owned(),
            70..85 => format!("monitor:{}", Uuid::from_u128(u128::from(n % 7))),
            85..96 => format!("manual:{}", person(n)),
            96..99 => format!("dependency:{id}"),
            _ => self.last_failed.map_or_else(|| "schedule".to_owned(), |failed| format!("retry:{failed}")),
        };
        let retry_of = self.last_failed.filter(|_| trigger.starts_with("retry"));
        if fate == Fate::Failed {
            self.last_failed = Some(id);
        }
        let state = match fate {
            Fate::Completed => "completed",
            Fate::Failed => "failed",
            Fate::Cancelled => "cancelled",
            Fate::Paused => "paused",
            Fate::Running => "running",
            Fate::Queued => "queued",
        };
        let at = |yes: bool, at: Timestamp| if yes { Field::At(at) } else { Field::Null };
        let (error, message) = match fate {
            Fate::Failed => {
                ("connection_lost".into(), "the server ended the connection in the middle of a file".into())
            }
            Fate::Cancelled => ("cancelled".into(), Field::Null),
            Fate::Completed | Fate::Paused | Fate::Running | Fate::Queued => (Field::Null, Field::Null),
        };
        let running = fate == Fate::Running;
        rows.executions.push(vec![
            Field::Id(id),
            Field::Id(job_id),
            Field::Int(1),
            Field::Text(trigger.clone()),
            state.into(),
            Field::At(created),
            at(fate != Fate::Queued, started),
            at(over, ended),
            Field::Text(snapshot(n)),
            Field::Int(0),
            r#"{"day":"2026-03-01"}"#.into(),
            retry_of.map_or(Field::Null, Field::Id),
            Field::Int(0),
            Field::Flag(false),
            error,
            message,
            if running { Field::Id(Uuid::from_u128(1)) } else { Field::Null },
            at(running, self.now + TimeDelta::days(1)),
            Field::Int(i64::from(fate != Fate::Queued)),
            Field::Int(0),
            Field::At(created),
            Field::At(if over { ended } else { started }),
            if steps > 0 { Field::Int(1 + (n % 4) as i64) } else { Field::Null },
            if steps > 0 { Field::Int((n * 7_919 % 50_000_000) as i64) } else { Field::Null },
        ]);
        let actor = if trigger.starts_with("manual") { person(n) } else { "system".to_owned() };
        let facts = |from: &str, to: &str| json!({ "from": from, "job_id": job_id, "job_version_number": 1, "to": to });
        self.entry(rows, "job_execution", id, &actor, created, &facts("created", "queued").to_string());
        let mut last_step = None;
        for order in 0..attempts {
            let (begun, done) = (started + each * order as i32, started + each * (order as i32 + 1));
            let step = self.chance.id(begun, order as u64);
            let how = if order + 1 < steps || (order + 1 == steps && matches!(fate, Fate::Completed)) {
                "completed"
            } else if order + 1 == steps && fate == Fate::Failed {
                "failed"
            } else if over {
                "skipped"
            } else if order + 1 == steps && running {
                "running"
            } else {
                "pending"
            };
            let ran = matches!(how, "completed" | "failed" | "running");
            let bytes = 1_000 + self.chance.below(50_000_000);
            let outputs = format!(
                r#"{{"file_count":{},"files":["/data/in/invoice-{n:08}.csv"],"total_bytes":{bytes}}}"#,
                1 + n % 4
            );
            rows.steps.push(vec![
                Field::Id(step),
                Field::Id(id),
                Field::Id(step_ids[order % step_ids.len()]),
                Field::Int(order as i64),
                how.into(),
                at(ran, begun),
                at(matches!(how, "completed" | "failed" | "skipped"), done),
                if how == "completed" { Field::Int(each.num_milliseconds()) } else { Field::Null },
                if how == "completed" { Field::Int(bytes as i64) } else { Field::Null },
                if how == "completed" { Field::Text(outputs) } else { Field::Null },
                if how == "failed" { "the server ended the connection".into() } else { Field::Null },
                Field::Int(0),
                "".into(),
                if how == "failed" { "connection_lost".into() } else { Field::Null },
            ]);
            if how == "completed" {
                last_step = Some(step);
            }
            if order < 3 {
                let details = json!({ "bytes_processed": bytes, "job_execution_id": id, "step_order": order, "to": how });
                self.entry(rows, "step_execution", step, "system", done, &details.to_string());
            }
        }
        if over {
            self.entry(rows, "job_execution", id, "system", ended, &facts("running", state).to_string());
            let event = self.chance.id(ended, n);
            rows.events.push(vec![
                Field::Id(event),
                if fate == Fate::Completed { "JobCompleted" } else { "JobFailed" }.into(),
                "job_execution".into(),
                Field::Id(id),
                Field::Text(facts("running", state).to_string()),
                Field::At(ended),
                Field::At(ended + TimeDelta::seconds(1)),
                "relay".into(),
            ]);
        }
        if self.now - created > WITH_LOGS {
            self.logs_and_receipt(n, id, last_step, ended, rows);
        }
    }

    fn logs_and_receipt(&mut self, n: u64, id: Uuid, step: Option<Uuid>, at: Timestamp, rows: &mut Rows) {
        for line in 0..8 {
            rows.logs.push(vec![
                Field::Id(id),
                Field::At(at),
                "info".into(),
                "download".into(),
                Field::Null,
                Field::Text(format!("line {line}: invoice-{n:08}.csv, 1.2 MB of 3.4 MB")),
            ]);
        }
        let Some(step) = step else { return };
        let receipt = self.chance.id(at, n);
        rows.receipts.push(vec![
            Field::Id(receipt),
            Field::Id(id),
            Field::Id(step),
            Field::Id(self.connection),
            "download".into(),
            Field::Text(format!("/out/invoice-{n:08}.csv")),
            Field::Text(format!("invoice-{n:08}.csv")),
            Field::Int(3_400_000),
            Field::Text(hex::encode(Sha256::digest(n.to_be_bytes()))),
            Field::At(at),
            Field::At(at),
            Field::Int(0),
            "sha256".into(),
            "SHA256:bench".into(),
        ]);
    }

    /// The next entry of the chain; its hash as the store computes it.
    fn entry(
        &mut self,
        rows: &mut Rows,
        kind: &str,
        entity: Uuid,
        actor: &str,
        at: Timestamp,
        details: &str,
    ) {
        self.sequence += 1;
        let id = self.chance.id(at, self.sequence.unsigned_abs());
        let (sequence, instant) =
            (self.sequence.to_string(), at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true));
        let mut hasher = Sha256::new();
        for field in [
            sequence.as_bytes(),
            self.hash.as_bytes(),
            id.as_bytes(),
            kind.as_bytes(),
            entity.as_bytes(),
            b"StateChanged",
            actor.as_bytes(),
            instant.as_bytes(),
            details.as_bytes(),
        ] {
            hasher.update((field.len() as u64).to_be_bytes());
            hasher.update(field);
        }
        let hash = hex::encode(hasher.finalize());
        let previous = std::mem::replace(&mut self.hash, hash.clone());
        rows.audit.push(vec![
            Field::Id(id),
            kind.into(),
            Field::Id(entity),
            "StateChanged".into(),
            actor.into(),
            Field::At(at),
            details.into(),
            Field::Int(self.sequence),
            Field::Text(previous),
            Field::Text(hash),
        ]);
    }
}

pub(crate) fn person(n: u64) -> String {
    format!("{}@desk-{}", ["ana", "ben", "cleo", "dora"][n as usize % 4], n % 3)
}

fn snapshot(n: u64) -> String {
    format!(
        r#"{{"params":{{"day":"2026-03-01"}},"steps":{{"download":{{"file_count":1,"files":["/data/in/invoice-{n:08}.csv"]}},"copy":{{"file_count":1,"files":["/data/out/invoice-{n:08}.csv"]}}}},"files":[],"finished":[0,1,2,3,4],"had_skips":false}}"#
    )
}
