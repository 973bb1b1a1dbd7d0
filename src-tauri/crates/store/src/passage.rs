//! Passages: which file became which, and the search for what became of a file.

use crate::column::Whole;
use crate::iteration::push_in;
use crate::queue::Lease;
use crate::receipt::{self, FoundReceipt};
use crate::session::{Session, on, sql};
use crate::{StoreError, UnitOfWork};
use courier_domain::passage::{FileAt, Passage};
use courier_domain::{ConnectionId, JobExecutionId, JobId, PassageId, StepExecutionId, Timestamp};
use sqlx::{FromRow, QueryBuilder};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Rows in one statement; far below both databases' limits of bound values.
const ROWS: usize = 1_000;

#[derive(FromRow)]
struct Row {
    id: Uuid,
    job_execution_id: Option<Uuid>,
    step_execution_id: Option<Uuid>,
    operation: String,
    performed_by: String,
    connection_id: Option<Uuid>,
    source_path: Option<String>,
    source_size: Option<Whole<u64>>,
    source_sha256: Option<String>,
    result_path: Option<String>,
    result_size: Option<Whole<u64>>,
    result_sha256: Option<String>,
    at: Timestamp,
}

impl From<Row> for Passage {
    fn from(row: Row) -> Self {
        let end = |path: Option<String>, size: Option<Whole<u64>>, sha256| {
            path.map(|path| FileAt { path, size: size.map(|size| size.0), sha256 })
        };
        Passage {
            id: PassageId(row.id),
            job_execution_id: row.job_execution_id.map(JobExecutionId),
            step_execution_id: row.step_execution_id.map(StepExecutionId),
            operation: row.operation,
            performed_by: row.performed_by,
            connection_id: row.connection_id.map(ConnectionId),
            source: end(row.source_path, row.source_size, row.source_sha256),
            result: end(row.result_path, row.result_size, row.result_sha256),
            at: row.at,
        }
    }
}

/// The run that something belongs to, by its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRun {
    pub job_id: JobId,
    pub job_name: String,
    /// Of the chain that the run was a part of.
    pub chain_name: Option<String>,
}

/// A passage with the names of what it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundPassage {
    pub passage: Passage,
    pub run: Option<FoundRun>,
    pub connection_name: Option<String>,
}

#[derive(FromRow)]
struct FoundRow {
    #[sqlx(flatten)]
    row: Row,
    job_id: Option<Uuid>,
    job_name: Option<String>,
    chain_name: Option<String>,
    connection_name: Option<String>,
}

/// A file that jobs or people have handled, as its newest record names it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct KnownFile {
    /// Lower-case hex.
    pub sha256: String,
    pub path: String,
    pub size: Option<i64>,
    pub at: Timestamp,
}

/// Every record of a file: both ends of receipts and passages, as `path`, `sha256`, `size` and `at`.
const RECORDS: &str = "SELECT remote_path AS path, sha256, size, completed_at AS at FROM receipts \
    UNION ALL SELECT local_path, sha256, size, completed_at FROM receipts \
    UNION ALL SELECT source_path, source_sha256, source_size, at FROM file_passages \
    WHERE source_path IS NOT NULL AND source_sha256 IS NOT NULL \
    UNION ALL SELECT result_path, result_sha256, result_size, at FROM file_passages \
    WHERE result_path IS NOT NULL AND result_sha256 IS NOT NULL";

impl Session {
    /// Files that were called `name` (the last part of a path, or all of it), the newest record first.
    pub async fn files_named(&mut self, name: &str, limit: u32) -> Result<Vec<KnownFile>, StoreError> {
        let condition = "path = $1 OR SUBSTR(path, LENGTH(path) - LENGTH($1)) = '/' || $1";
        self.known_files(condition, name, limit).await
    }

    /// Files with `part` in a path, whatever the case of its ASCII letters, or any file when it is empty; the newest
    /// record first.
    pub async fn files_like(&mut self, part: &str, limit: u32) -> Result<Vec<KnownFile>, StoreError> {
        let condition = sql!(self,
            sqlite: "INSTR(LOWER(path), $1) > 0",
            postgres: "POSITION($1 IN LOWER(path COLLATE \"C\")) > 0",
        );
        self.known_files(condition, &part.to_ascii_lowercase(), limit).await
    }

    async fn known_files(
        &mut self,
        condition: &str,
        text: &str,
        limit: u32,
    ) -> Result<Vec<KnownFile>, StoreError> {
        // Of each file the newest name.
        let sql = format!(
            "SELECT sha256, path, size, at FROM (SELECT path, sha256, size, at, ROW_NUMBER() OVER \
             (PARTITION BY sha256 ORDER BY at DESC, path) AS nth FROM ({RECORDS}) AS records WHERE {condition}) \
             AS named WHERE nth = 1 ORDER BY at DESC, sha256 LIMIT $2"
        );
        Ok(on!(self, |c| sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str()))
            .bind(text)
            .bind(i64::from(limit))
            .fetch_all(c)
            .await?))
    }

    /// Passages that files with these bytes went into or came out of, oldest first.
    pub async fn passages_of(
        &mut self,
        hashes: &BTreeSet<String>,
        limit: u32,
    ) -> Result<Vec<FoundPassage>, StoreError> {
        if hashes.is_empty() {
            return Ok(Vec::new());
        }
        let select = "SELECT p.*, j.id AS job_id, j.name AS job_name, n.name AS chain_name, \
             c.name AS connection_name FROM file_passages p LEFT JOIN job_executions e ON e.id = p.job_execution_id \
             LEFT JOIN jobs j ON j.id = e.job_id LEFT JOIN chain_executions x ON x.id = e.chain_execution_id \
             LEFT JOIN job_chains n ON n.id = x.chain_id LEFT JOIN connections c ON c.id = p.connection_id \
             WHERE p.id IN (SELECT id FROM file_passages WHERE TRUE";
        let rows: Vec<FoundRow> = on!(self, |c| {
            let mut query = QueryBuilder::new(select);
            push_in(&mut query, "source_sha256", hashes.iter().cloned());
            query.push(" UNION SELECT id FROM file_passages WHERE TRUE");
            push_in(&mut query, "result_sha256", hashes.iter().cloned());
            query.push(") ORDER BY p.at, p.id LIMIT ").push_bind(i64::from(limit));
            query.build_query_as().fetch_all(c).await?
        });
        let found = |found: FoundRow| FoundPassage {
            run: found.job_id.zip(found.job_name).map(|(job_id, job_name)| FoundRun {
                job_id: JobId(job_id),
                job_name,
                chain_name: found.chain_name,
            }),
            connection_name: found.connection_name,
            passage: found.row.into(),
        };
        Ok(rows.into_iter().map(found).collect())
    }

    /// Every transfer of files with these bytes, by any job and under any name, oldest first.
    pub async fn receipts_of(
        &mut self,
        hashes: &BTreeSet<String>,
        limit: u32,
    ) -> Result<Vec<FoundReceipt>, StoreError> {
        if hashes.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<receipt::FoundRow> = on!(self, |c| {
            let mut query = QueryBuilder::new(receipt::FOUND);
            query.push(" WHERE TRUE");
            push_in(&mut query, "r.sha256", hashes.iter().cloned());
            query.push(" ORDER BY r.completed_at, r.id LIMIT ").push_bind(i64::from(limit));
            query.build_query_as().fetch_all(c).await?
        });
        Ok(rows.into_iter().map(FoundReceipt::from).collect())
    }

    /// What a run has put to a server or fetched from it, by the path there.
    pub async fn transferred_files(
        &mut self,
        execution: JobExecutionId,
        connection: ConnectionId,
    ) -> Result<HashMap<String, FileAt>, StoreError> {
        let sql = "SELECT remote_path, size, sha256 FROM receipts WHERE job_execution_id = $1 \
                   AND connection_id = $2 ORDER BY id";
        let rows: Vec<(String, Whole<u64>, String)> =
            on!(self, |c| sqlx::query_as(sql).bind(execution.0).bind(connection.0).fetch_all(c).await?);
        let file = |(path, size, sha256): (String, Whole<u64>, String)| {
            (path.clone(), FileAt { path, size: Some(size.0), sha256: Some(sha256) })
        };
        Ok(rows.into_iter().map(file).collect())
    }
}

impl UnitOfWork {
    /// Stores what a run's steps did to files.
    pub async fn insert_passages_of_run(
        &mut self,
        lease: &Lease,
        passages: &[Passage],
    ) -> Result<(), StoreError> {
        if passages.is_empty() {
            return Ok(());
        }
        self.hold(lease).await?;
        self.insert_passages(passages).await
    }

    /// Stores what people did to files by hand.
    pub async fn insert_passages(&mut self, passages: &[Passage]) -> Result<(), StoreError> {
        for passages in passages.chunks(ROWS) {
            on!(self, |c| {
                let mut query = QueryBuilder::new(
                    "INSERT INTO file_passages (id, job_execution_id, step_execution_id, operation, performed_by, \
                     connection_id, source_path, source_size, source_sha256, result_path, result_size, \
                     result_sha256, at) ",
                );
                query.push_values(passages, |mut values, passage| {
                    values
                        .push_bind(passage.id.0)
                        .push_bind(passage.job_execution_id.map(|id| id.0))
                        .push_bind(passage.step_execution_id.map(|id| id.0))
                        .push_bind(&passage.operation)
                        .push_bind(&passage.performed_by)
                        .push_bind(passage.connection_id.map(|id| id.0));
                    for end in [&passage.source, &passage.result] {
                        let end = end.as_ref();
                        values
                            .push_bind(end.map(|end| &end.path))
                            .push_bind(end.and_then(|end| end.size).map(Whole))
                            .push_bind(end.and_then(|end| end.sha256.as_ref()));
                    }
                    values.push_bind(passage.at);
                });
                query.build().execute(c).await.map(drop)?;
            });
        }
        Ok(())
    }
}
