//! Receipts: the stored proof of each file's transfer.

use crate::column::{Text, Whole};
use crate::passage::FoundRun;
use crate::queue::Lease;
use crate::session::{Session, on};
use crate::{StoreError, UnitOfWork};
use courier_domain::receipt::{Direction, Receipt, Verification};
use courier_domain::{ConnectionId, JobExecutionId, JobId, ReceiptId, StepExecutionId, Timestamp};
use sqlx::{AssertSqlSafe, FromRow};
use uuid::Uuid;

#[derive(FromRow)]
struct Row {
    id: Uuid,
    job_execution_id: Uuid,
    step_execution_id: Uuid,
    connection_id: Uuid,
    direction: Text<Direction>,
    remote_path: String,
    local_path: String,
    size: Whole<u64>,
    sha256: String,
    started_at: Timestamp,
    completed_at: Timestamp,
    resumed_bytes: Whole<u64>,
    verified_by: Text<Verification>,
    server_identity: String,
    source_modified_at: Option<Timestamp>,
}

impl From<Row> for Receipt {
    fn from(row: Row) -> Self {
        Receipt {
            id: ReceiptId(row.id),
            job_execution_id: JobExecutionId(row.job_execution_id),
            step_execution_id: StepExecutionId(row.step_execution_id),
            connection_id: ConnectionId(row.connection_id),
            direction: row.direction.0,
            remote_path: row.remote_path,
            local_path: row.local_path,
            size: row.size.0,
            sha256: row.sha256,
            started_at: row.started_at,
            completed_at: row.completed_at,
            resumed_bytes: row.resumed_bytes.0,
            verified_by: row.verified_by.0,
            server_identity: row.server_identity,
            source_modified_at: row.source_modified_at,
        }
    }
}

/// A receipt with the names of what it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundReceipt {
    pub receipt: Receipt,
    pub run: FoundRun,
    pub connection_name: String,
}

#[derive(FromRow)]
pub(crate) struct FoundRow {
    #[sqlx(flatten)]
    row: Row,
    job_id: Uuid,
    job_name: String,
    chain_name: Option<String>,
    connection_name: String,
}

/// Every receipt, as [`FoundRow`].
pub(crate) const FOUND: &str = "SELECT r.*, j.id AS job_id, j.name AS job_name, n.name AS chain_name, \
    c.name AS connection_name FROM receipts r JOIN job_executions e ON e.id = r.job_execution_id \
    JOIN jobs j ON j.id = e.job_id LEFT JOIN chain_executions x ON x.id = e.chain_execution_id \
    LEFT JOIN job_chains n ON n.id = x.chain_id JOIN connections c ON c.id = r.connection_id";

impl From<FoundRow> for FoundReceipt {
    fn from(found: FoundRow) -> Self {
        FoundReceipt {
            receipt: found.row.into(),
            run: FoundRun {
                job_id: JobId(found.job_id),
                job_name: found.job_name,
                chain_name: found.chain_name,
            },
            connection_name: found.connection_name,
        }
    }
}

impl Session {
    /// One receipt.
    pub async fn receipt(&mut self, id: ReceiptId) -> Result<FoundReceipt, StoreError> {
        let sql = format!("{FOUND} WHERE r.id = $1");
        let row: Option<FoundRow> =
            on!(self, |c| sqlx::query_as(AssertSqlSafe(sql.as_str())).bind(id.0).fetch_optional(c).await?);
        row.map(FoundReceipt::from).ok_or_else(|| StoreError::not_found("receipt", id))
    }

    /// An execution's receipts, oldest first.
    pub async fn receipts(&mut self, execution: JobExecutionId) -> Result<Vec<Receipt>, StoreError> {
        let sql = "SELECT * FROM receipts WHERE job_execution_id = $1 ORDER BY id";
        let rows: Vec<Row> = on!(self, |c| sqlx::query_as(sql).bind(execution.0).fetch_all(c).await?);
        Ok(rows.into_iter().map(Receipt::from).collect())
    }

    /// The receipts after one of them, oldest first: ids grow with time.
    pub async fn receipts_after(
        &mut self,
        execution: JobExecutionId,
        after: Option<ReceiptId>,
        limit: u32,
    ) -> Result<Vec<Receipt>, StoreError> {
        let sql = "SELECT * FROM receipts WHERE job_execution_id = $1 AND id > $2 ORDER BY id LIMIT $3";
        let after = after.map_or_else(Uuid::nil, |id| id.0);
        let rows: Vec<Row> = on!(self, |c| {
            sqlx::query_as(sql).bind(execution.0).bind(after).bind(i64::from(limit)).fetch_all(c).await?
        });
        Ok(rows.into_iter().map(Receipt::from).collect())
    }

    /// How many receipts an execution has, and for how many bytes.
    pub async fn receipt_totals(&mut self, execution: JobExecutionId) -> Result<ReceiptTotals, StoreError> {
        let sql = "SELECT COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM receipts WHERE job_execution_id = $1";
        let (files, bytes) = on!(self, |c| sqlx::query_as(sql).bind(execution.0).fetch_one(c).await?);
        Ok(ReceiptTotals { files, bytes })
    }

    /// Whether another execution of the job has fetched this very file: same path, size and time of last change.
    pub async fn was_fetched(
        &mut self,
        job: JobId,
        besides: JobExecutionId,
        file: &FetchedFile<'_>,
    ) -> Result<bool, StoreError> {
        let sql = "SELECT COUNT(*) FROM receipts r JOIN job_executions e ON e.id = r.job_execution_id \
                   WHERE r.connection_id = $1 AND r.remote_path = $2 AND r.size = $3 AND r.direction = $4 \
                   AND r.source_modified_at IS NOT DISTINCT FROM $5 AND e.job_id = $6 AND e.id <> $7";
        let found: i64 = on!(self, |c| sqlx::query_scalar(sql)
            .bind(file.connection.0)
            .bind(file.remote_path)
            .bind(Whole(file.size))
            .bind(Text(Direction::Download))
            .bind(file.modified_at)
            .bind(job.0)
            .bind(besides.0)
            .fetch_one(c)
            .await?);
        Ok(found > 0)
    }
}

/// What an execution moved by its receipts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceiptTotals {
    pub files: i64,
    pub bytes: i64,
}

/// A file on a server, as a receipt would know it.
#[derive(Debug, Clone, Copy)]
pub struct FetchedFile<'a> {
    pub connection: ConnectionId,
    pub remote_path: &'a str,
    pub size: u64,
    pub modified_at: Option<Timestamp>,
}

impl UnitOfWork {
    /// Stores a receipt of the execution that the lease holds.
    pub async fn insert_receipt(&mut self, lease: &Lease, receipt: &Receipt) -> Result<(), StoreError> {
        self.hold(lease).await?;
        let sql = "INSERT INTO receipts (id, job_execution_id, step_execution_id, connection_id, direction, \
                   remote_path, local_path, size, sha256, started_at, completed_at, resumed_bytes, verified_by, \
                   server_identity, source_modified_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
        on!(self, |c| sqlx::query(sql)
            .bind(receipt.id.0)
            .bind(lease.execution_id.0)
            .bind(receipt.step_execution_id.0)
            .bind(receipt.connection_id.0)
            .bind(Text(receipt.direction))
            .bind(&receipt.remote_path)
            .bind(&receipt.local_path)
            .bind(Whole(receipt.size))
            .bind(&receipt.sha256)
            .bind(receipt.started_at)
            .bind(receipt.completed_at)
            .bind(Whole(receipt.resumed_bytes))
            .bind(Text(receipt.verified_by))
            .bind(&receipt.server_identity)
            .bind(receipt.source_modified_at)
            .execute(c)
            .await
            .map(drop)?);
        Ok(())
    }
}
