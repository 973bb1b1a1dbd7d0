//! The rows of a run that does nothing, written by nobody in particular: what the database alone can do.

use anyhow::{Context, Result};
use courier_domain::JobExecutionId;
use courier_store::StoreUrl;
use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::types::Json;
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, SqliteConnection};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use uuid::Uuid;

/// Connections that write: SQLite has one writer, and others would only wait for it.
const SQLITE: usize = 1;
const POSTGRES: usize = 20;

const CLAIM: &str = "UPDATE job_executions SET state = 'running', claimed_by = $2, started_at = created_at, \
                     lease_expires_at = created_at, epoch = 1 WHERE id = $1";
const CHECKPOINT: &str =
    "UPDATE job_executions SET context_snapshot = $2, updated_at = created_at WHERE id = $1";
const FINISH: &str = "UPDATE job_executions SET state = 'completed', completed_at = created_at, claimed_by = NULL, \
                      lease_expires_at = NULL, context_snapshot = $2 WHERE id = $1";
const STEP: &str = "INSERT INTO step_executions (id, job_execution_id, job_step_id, step_order, state, started_at, \
                    retry_attempt, iteration_path) SELECT $1, $2, s.id, 0, 'running', e.created_at, 0, '' \
                    FROM job_executions e JOIN job_steps s ON s.job_id = e.job_id WHERE e.id = $2";
const STEP_DONE: &str = "UPDATE step_executions SET state = 'completed', completed_at = started_at, duration_ms = 0, \
                         output_data = '{\"done\":true}' WHERE id = $1";
const EVENT: &str = "INSERT INTO domain_events (id, event_type, entity_type, entity_id, payload, occurred_at) \
                     SELECT $1, $2, 'job_execution', $3, $4, created_at FROM job_executions WHERE id = $3";
const ENTRY: &str = "INSERT INTO audit_log_entries (id, entity_type, entity_id, operation, performed_by, performed_at, \
                     details, sequence, previous_hash, entry_hash) SELECT $1, 'job_execution', $2, 'StateChanged', \
                     'system', created_at, $3, $4, $5, $5 FROM job_executions WHERE id = $2";
const LINES: &str = "INSERT INTO execution_log_lines (job_execution_id, at, level, step_alias, message) \
                     SELECT id, created_at, 'info', 'set', 'Step Set began.' FROM job_executions WHERE id = $1 UNION ALL \
                     SELECT id, created_at, 'info', 'set', 'Step Set completed after 0 ms.' FROM job_executions WHERE id = $1 UNION ALL \
                     SELECT id, created_at, 'info', NULL, 'The run completed.' FROM job_executions WHERE id = $1";
const DETAILS: &str = "{\"epoch\":1,\"from\":\"queued\",\"job_id\":\"01900000-0000-7000-8000-000000000000\",\
                       \"job_version_number\":1,\"to\":\"running\",\"claimed_by\":\"01900000-0000-7000-8000-000000000000\"}";
const CONTEXT: &str = "{\"files\":[],\"finished\":[0],\"params\":{},\"steps\":{\"set\":{\"done\":true}}}";

/// Writes the rows of every run.
pub(crate) async fn write(
    url: &StoreUrl,
    runs: Vec<JobExecutionId>,
    new_id: &(dyn Fn() -> Uuid + Sync),
) -> Result<()> {
    let writers = match url {
        StoreUrl::Sqlite(_) => SQLITE,
        StoreUrl::Postgres(_) => POSTGRES,
    };
    let (sequence, node) = (Arc::new(AtomicI64::new(1 << 40)), new_id());
    let mut tasks = Vec::new();
    for runs in runs.chunks(runs.len().div_ceil(writers)) {
        // Ids are made outside of what is measured least: a few microseconds a run.
        let runs: Vec<_> =
            runs.iter().map(|run| (run.0, std::array::from_fn::<Uuid, 10, _>(|_| new_id()))).collect();
        let sequence = sequence.clone();
        tasks.push(match url {
            StoreUrl::Sqlite(path) => {
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .synchronous(SqliteSynchronous::Full)
                    .foreign_keys(true)
                    .busy_timeout(Duration::from_secs(60));
                let connection = options.connect().await?;
                tokio::spawn(sqlite(connection, runs, node, sequence))
            }
            StoreUrl::Postgres(address) => {
                let connection = PgConnection::connect(address).await?;
                tokio::spawn(postgres(connection, runs, node, sequence))
            }
        });
    }
    for task in tasks {
        task.await?.context("the bare loop failed")?;
    }
    Ok(())
}

/// Claim; begin; end. Each with its events and entries.
macro_rules! writer {
    ($name:ident, $connection:ty, $begin:literal) => {
        async fn $name(
            mut connection: $connection,
            runs: Vec<(Uuid, [Uuid; 10])>,
            node: Uuid,
            sequence: Arc<AtomicI64>,
        ) -> Result<()> {
            let hash = "0".repeat(64);
            for (run, ids) in runs {
                let mut ids = ids.into_iter();
                let step = ids.next().unwrap_or_default();
                for (transaction, events) in
                    [["JobStarted", ""], ["StepStarted", ""], ["StepCompleted", "JobCompleted"]]
                        .into_iter()
                        .enumerate()
                {
                    connection.execute($begin).await?;
                    match transaction {
                        0 => sqlx::query(CLAIM)
                            .bind(run)
                            .bind(node)
                            .execute(&mut connection)
                            .await
                            .map(drop)?,
                        1 => {
                            sqlx::query(CHECKPOINT).bind(run).bind(CONTEXT).execute(&mut connection).await?;
                            sqlx::query(STEP).bind(step).bind(run).execute(&mut connection).await?;
                        }
                        _ => {
                            sqlx::query(FINISH).bind(run).bind(CONTEXT).execute(&mut connection).await?;
                            sqlx::query(STEP_DONE).bind(step).execute(&mut connection).await?;
                            sqlx::query(LINES).bind(run).execute(&mut connection).await?;
                        }
                    }
                    for event in events.into_iter().filter(|event| !event.is_empty()) {
                        let details: serde_json::Value = serde_json::from_str(DETAILS)?;
                        sqlx::query(EVENT)
                            .bind(ids.next())
                            .bind(event)
                            .bind(run)
                            .bind(Json(details))
                            .execute(&mut connection)
                            .await?;
                        sqlx::query(ENTRY)
                            .bind(ids.next())
                            .bind(run)
                            .bind(DETAILS)
                            .bind(sequence.fetch_add(1, Ordering::Relaxed))
                            .bind(&hash)
                            .execute(&mut connection)
                            .await?;
                    }
                    connection.execute("COMMIT").await?;
                }
            }
            connection.close().await?;
            Ok(())
        }
    };
}

writer!(sqlite, SqliteConnection, "BEGIN IMMEDIATE");
writer!(postgres, PgConnection, "BEGIN");
