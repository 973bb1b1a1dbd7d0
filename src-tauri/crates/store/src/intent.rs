//! Intents: what a step is about to give its final name, recorded before it does.
//!
//! A later attempt of the same step knows its own work by them; whatever else is at a destination belongs to somebody
//! else and is the overwrite rule's matter.

use crate::column::Whole;
use crate::fence::held;
use crate::queue::Lease;
use crate::session::{Session, on};
use crate::{StoreError, UnitOfWork};
use courier_domain::JobExecutionId;
use sqlx::{FromRow, QueryBuilder};

/// Rows in one statement; far below both databases' limits of bound values.
const ROWS: usize = 1_000;

/// One file that a step is about to publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// Where it comes from: a local path, or a path on a server; of what a step makes itself, the name wanted for it.
    pub source: String,
    pub destination: String,
    pub size: u64,
    /// Lower-case hex, where the bytes went through the step's hands.
    pub sha256: Option<String>,
}

#[derive(FromRow)]
struct Row {
    source: String,
    destination: String,
    size: Whole<u64>,
    sha256: Option<String>,
}

impl Session {
    /// Fails with [`StoreError::LeaseLost`] unless the lease is the execution's newest.
    pub async fn check_lease(&mut self, lease: &Lease) -> Result<(), StoreError> {
        let sql = held!("SELECT COUNT(*) FROM job_executions", "");
        let held: i64 = on!(self, |c| sqlx::query_scalar(sql)
            .bind(lease.execution_id.0)
            .bind(lease.node_id.0)
            .bind(lease.epoch)
            .fetch_one(c)
            .await?);
        if held == 1 { Ok(()) } else { Err(lease.lost()) }
    }

    /// Every destination that steps of a run were working towards.
    pub async fn intended_destinations(
        &mut self,
        execution: JobExecutionId,
    ) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT destination FROM step_intents WHERE job_execution_id = $1 \
                   UNION SELECT destination FROM iteration_intents WHERE job_execution_id = $1";
        Ok(on!(self, |c| sqlx::query_scalar(sql).bind(execution.0).fetch_all(c).await?))
    }

    /// What earlier attempts of a step were about to publish, in one iteration or in all.
    pub async fn intents(
        &mut self,
        execution: JobExecutionId,
        step_order: i32,
        iteration_path: Option<&str>,
    ) -> Result<Vec<Intent>, StoreError> {
        let (of_steps, of_iterations) = (
            "SELECT source, destination, size, sha256, recorded_at FROM step_intents \
             WHERE job_execution_id = $1 AND step_order = $2 AND ($3 IS NULL OR $3 = '') \
             ORDER BY recorded_at, destination",
            "SELECT source, destination, size, sha256, recorded_at FROM iteration_intents \
             WHERE job_execution_id = $1 AND step_order = $2 AND ($3 IS NULL OR iteration_path = $3) \
             ORDER BY recorded_at, destination",
        );
        let mut rows: Vec<Row> = Vec::new();
        for (sql, wanted) in [
            (of_steps, iteration_path.is_none_or(str::is_empty)),
            (of_iterations, iteration_path != Some("")),
        ] {
            if wanted {
                let found: Vec<Row> = on!(self, |c| sqlx::query_as(sql)
                    .bind(execution.0)
                    .bind(step_order)
                    .bind(iteration_path)
                    .fetch_all(c)
                    .await?);
                rows.extend(found);
            }
        }
        let intent = |row: Row| Intent {
            source: row.source,
            destination: row.destination,
            size: row.size.0,
            sha256: row.sha256,
        };
        Ok(rows.into_iter().map(intent).collect())
    }
}

impl UnitOfWork {
    /// Records what the step is about to publish; a newer intent for the same destination takes the older one's place.
    /// Fails with [`StoreError::LeaseLost`] when the lease is no longer the execution's.
    pub async fn record_intents(
        &mut self,
        lease: &Lease,
        step_order: i32,
        iteration_path: &str,
        intents: &[Intent],
    ) -> Result<(), StoreError> {
        self.hold(lease).await?;
        let now = self.now();
        let (insert, replace) = if iteration_path.is_empty() {
            (
                "INSERT INTO step_intents \
                 (job_execution_id, step_order, source, destination, size, sha256, recorded_at) ",
                " ON CONFLICT (job_execution_id, step_order, destination) DO UPDATE SET ",
            )
        } else {
            (
                "INSERT INTO iteration_intents \
                 (job_execution_id, step_order, iteration_path, source, destination, size, sha256, recorded_at) ",
                " ON CONFLICT (job_execution_id, step_order, iteration_path, destination) DO UPDATE SET ",
            )
        };
        let newer = "source = excluded.source, size = excluded.size, sha256 = excluded.sha256, \
                     recorded_at = excluded.recorded_at";
        for intents in intents.chunks(ROWS) {
            on!(self, |c| {
                let mut query = QueryBuilder::new(insert);
                query.push_values(intents, |mut values, intent| {
                    values.push_bind(lease.execution_id.0).push_bind(step_order);
                    if !iteration_path.is_empty() {
                        values.push_bind(iteration_path);
                    }
                    values
                        .push_bind(&intent.source)
                        .push_bind(&intent.destination)
                        .push_bind(Whole(intent.size))
                        .push_bind(&intent.sha256)
                        .push_bind(now);
                });
                query.push(replace).push(newer);
                query.build().execute(c).await.map(drop)?;
            });
        }
        Ok(())
    }
}
