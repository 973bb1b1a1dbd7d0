//! What a running step may use: its workspace, its stop signal, its progress, and the records it writes.
//!
//! Everything written through it carries the lease, so a stale worker's writes are refused. Left out: the order of
//! steps and what a failure means; that is the worker's.

use crate::archive_limits::archive_limits;
use crate::copy;
use crate::error::StepError;
use crate::file_result::FileResult;
use crate::places;
use crate::progress::{ProgressHub, StepProgress};
use crate::publish;
use crate::relay::DesktopHub;
use crate::run_log::RunLog;
use crate::sessions::{Session, SessionPool, Sessions};
use crate::stop::Stop;
use crate::worker::KeptFiles;
use crate::workspace::Workspace;
use courier_archive::Limits;
use courier_domain::execution::FileProof;
use courier_domain::job::JobStep;
use courier_domain::receipt::Receipt;
use courier_domain::schedule::ScheduleHold;
use courier_domain::step::{Overwrite, StepType};
use courier_domain::{Clock, ConnectionId, ErrorCode, IdSource, ReceiptId, SecretId, StepExecutionId};
use courier_store::{Intent, Lease, LogLevel, Store};
use courier_transfer::{FileReceipt, Owner, Paced};
use courier_vault::{SecretString, Vault};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// The parts that every step shares.
#[derive(Debug)]
pub(crate) struct Services {
    pub(crate) store: Store,
    pub(crate) vault: Vault,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) hub: ProgressHub,
    pub(crate) desktop: DesktopHub,
    pub(crate) log: RunLog,
    pub(crate) sessions: SessionPool,
    pub(crate) paced: Paced,
    /// Runs of this node that only wait for another one.
    pub(crate) waiting: AtomicUsize,
    /// How many runs this node works on.
    pub(crate) working: watch::Sender<usize>,
    /// Why schedules do not fire on this node, if they do not.
    pub(crate) hold: watch::Sender<Option<ScheduleHold>>,
    /// Where executions have their folders.
    pub(crate) workspaces: PathBuf,
}

impl Services {
    /// Opens a secret of a step's configuration.
    pub(crate) async fn secret(
        &self,
        id: Option<SecretId>,
        field: &'static str,
    ) -> Result<Option<Arc<SecretString>>, StepError> {
        let Some(id) = id else { return Ok(None) };
        let sealed = self.store.read().await?.secret(id).await.map_err(|error| StepError {
            code: ErrorCode::SecretMissing,
            message: format!(
                "The {field} of this step is not in the vault any more; enter it again in the job."
            ),
            cause: Some(Box::new(error)),
        })?;
        let bytes = self.vault.open_secret(&places::step_secret(id), &sealed)?;
        let text = bytes.into_string().map_err(|_| {
            StepError::new(ErrorCode::SecretDamaged, format!("The {field} of this step is not a text."))
        })?;
        Ok(Some(Arc::new(text)))
    }
}

/// One attempt of one step.
#[derive(Debug)]
pub(crate) struct StepContext {
    pub(crate) services: Arc<Services>,
    pub(crate) lease: Lease,
    pub(crate) step: JobStep,
    pub(crate) step_execution: StepExecutionId,
    /// As [`courier_domain::execution::StepExecution::iteration_path`].
    pub(crate) iteration_path: String,
    pub(crate) workspace: Workspace,
    pub(crate) cancel: CancellationToken,
    /// Why the run stops, if it does.
    pub(crate) stop: Stop,
    pub(crate) progress: StepProgress,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) receipts: Mutex<Vec<Receipt>>,
    pub(crate) results: Mutex<Vec<FileResult>>,
    /// Local files that the step took away before it ended, well or not.
    pub(crate) consumed: Mutex<Vec<PathBuf>>,
    /// Files that other steps made and later ones may still need.
    pub(crate) kept: Arc<KeptFiles>,
}

/// A file that a step made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) path: PathBuf,
    /// Known when the bytes went through the step's hands; else computed at the checkpoint.
    pub(crate) sha256: Option<String>,
    /// The local files that it was made of.
    pub(crate) from: Vec<PathBuf>,
}

impl Made {
    pub(crate) fn at(path: impl AsRef<Path>) -> Self {
        Self { path: path.as_ref().to_owned(), sha256: None, from: Vec::new() }
    }

    pub(crate) fn of(self, source: impl Into<PathBuf>) -> Self {
        Self { from: vec![source.into()], ..self }
    }
}

/// Files on a server by the name they had, each with the one it has now, or none.
pub(crate) type Renames = Vec<(String, Option<String>)>;

/// What a finished step hands on.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) outputs: Map<String, Value>,
    /// Local files that later steps may rely on.
    pub(crate) made: Vec<Made>,
    /// Local files and folders that are gone on purpose; earlier steps' proofs for them no longer count.
    pub(crate) consumed: Vec<PathBuf>,
    /// Local files that the step has looked at and left as they are.
    pub(crate) checked: Vec<Made>,
    /// Files on a server that have another name now, or none.
    pub(crate) on_server: Option<(ConnectionId, Renames)>,
    pub(crate) bytes: Option<u64>,
}

impl Outcome {
    /// The outputs that every step with local files has.
    pub(crate) fn files(made: Vec<Made>, bytes: u64) -> Self {
        let paths: Vec<Value> = made.iter().map(|m| m.path.to_string_lossy().into_owned().into()).collect();
        let mut outputs = Map::new();
        if let Some(first) = paths.first() {
            outputs.insert("file".into(), first.clone());
        }
        outputs.insert("file_count".into(), paths.len().into());
        outputs.insert("files".into(), paths.into());
        outputs.insert("bytes".into(), bytes.into());
        Self { outputs, made, bytes: Some(bytes), ..Self::default() }
    }
}

/// What blocking code of a step may use.
#[derive(Debug)]
pub(crate) struct BlockingWork {
    pub(crate) cancel: CancellationToken,
    pub(crate) progress: StepProgress,
}

impl StepContext {
    /// Runs file work on a blocking thread. A panic there is this step's error.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&BlockingWork) -> Result<T, StepError> + Send + 'static,
    ) -> Result<T, StepError> {
        let parts = BlockingWork { cancel: self.cancel.clone(), progress: self.progress.clone() };
        match tokio::task::spawn_blocking(move || work(&parts)).await {
            Ok(result) => result,
            Err(error) => Err(StepError {
                code: ErrorCode::Internal,
                message: "A part of this step broke. Please report it with the log.".into(),
                cause: Some(Box::new(error)),
            }),
        }
    }

    /// File work that a step does on its way out, when it was told to stop.
    pub(crate) async fn leave(&self, work: impl FnOnce() + Send + 'static) {
        if let Err(error) = tokio::task::spawn_blocking(work).await {
            tracing::warn!(%error, "what a stopped step left was not tidied up");
        }
    }

    pub(crate) fn owner(&self) -> Owner {
        Owner { execution: self.lease.execution_id, epoch: self.lease.epoch }
    }

    /// Fails unless this worker still holds the execution. Called right before anything gets its final name.
    pub(crate) async fn check_lease(&self) -> Result<(), StepError> {
        Ok(self.services.store.read().await?.check_lease(&self.lease).await?)
    }

    /// Gives a finished temporary file its final name.
    pub(crate) async fn publish(
        &self,
        temporary: PathBuf,
        destination: PathBuf,
        overwrite: Overwrite,
    ) -> Result<(), StepError> {
        let lease = self.check_lease().await;
        self.blocking(move |_| {
            let published =
                lease.and_then(|()| publish::rename_into_place(&temporary, &destination, overwrite));
            if published.is_err() {
                publish::remove(&temporary);
            }
            published
        })
        .await
    }

    /// What earlier attempts of this step were about to publish.
    pub(crate) async fn intents(&self) -> Result<Vec<Intent>, StepError> {
        let mut session = self.services.store.read().await?;
        let (run, order) = (self.lease.execution_id, self.step.step_order);
        Ok(session.intents(run, order, Some(&self.iteration_path)).await?)
    }

    /// Records what this step is about to publish; one unit of work for all.
    pub(crate) async fn record_intents(&self, intents: Vec<Intent>) -> Result<(), StepError> {
        if intents.is_empty() {
            return Ok(());
        }
        let mut unit = self.services.store.begin("system").await?;
        unit.record_intents(&self.lease, self.step.step_order, &self.iteration_path, &intents).await?;
        Ok(unit.commit().await?)
    }

    /// Keeps the proof of a moved file; written with the step's checkpoint, also when the step fails later.
    pub(crate) fn receipt(&self, connection_id: ConnectionId, moved: &FileReceipt) {
        let receipt = Receipt {
            id: ReceiptId(self.services.ids.new_id()),
            job_execution_id: self.lease.execution_id,
            step_execution_id: self.step_execution,
            connection_id,
            direction: moved.direction,
            remote_path: moved.remote_path.clone(),
            local_path: moved.local_path.to_string_lossy().into_owned(),
            size: moved.size,
            sha256: moved.sha256.clone(),
            started_at: moved.started_at,
            completed_at: moved.completed_at,
            resumed_bytes: moved.resumed_bytes,
            verified_by: moved.verified_by,
            server_identity: moved.server_identity.clone(),
            source_modified_at: moved.source_modified_at,
        };
        self.receipts.lock().unwrap_or_else(PoisonError::into_inner).push(receipt);
    }

    pub(crate) fn take_receipts(&self) -> Vec<Receipt> {
        std::mem::take(&mut self.receipts.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps what became of one file; written with the step's row, also when the step fails.
    pub(crate) fn result(&self, result: FileResult) {
        self.results.lock().unwrap_or_else(PoisonError::into_inner).push(result);
    }

    pub(crate) fn take_results(&self) -> Vec<FileResult> {
        std::mem::take(&mut self.results.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes a local file as gone on purpose, so that nobody misses it, even if the step fails later.
    pub(crate) fn consume(&self, path: PathBuf) {
        self.consumed.lock().unwrap_or_else(PoisonError::into_inner).push(path);
    }

    pub(crate) fn take_consumed(&self) -> Vec<PathBuf> {
        std::mem::take(&mut self.consumed.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The run's session with the server of a connection, which must speak what the step speaks.
    pub(crate) async fn session(&self, connection: ConnectionId) -> Result<Session, StepError> {
        let step_type = self.step.type_key.parse::<StepType>().ok();
        let waits = |limit: u32| {
            let message = format!(
                "Waiting for a session: the connection allows {limit} at once, and other runs have them all."
            );
            self.log(LogLevel::Info, None, message);
        };
        self.sessions.open(&self.services, connection, step_type, waits).await
    }

    /// Writes a line to the run's log.
    pub(crate) fn log(&self, level: LogLevel, file: Option<&str>, message: impl Into<String>) {
        self.services.log.line(self.lease.execution_id, level, Some(&self.step.alias), file, message.into());
    }

    /// Opens a secret of the step's configuration.
    pub(crate) async fn secret(
        &self,
        id: Option<SecretId>,
        field: &'static str,
    ) -> Result<Option<Arc<SecretString>>, StepError> {
        self.services.secret(id, field).await
    }

    /// The settings `archive.*`.
    pub(crate) async fn archive_limits(&self) -> Result<Limits, StepError> {
        Ok(archive_limits(&mut self.services.store.read().await?).await?)
    }

    /// Size and hash of every file the step made, for the checkpoint.
    pub(crate) async fn proofs(&self, made: &[Made]) -> Result<Vec<FileProof>, StepError> {
        let made = made.to_vec();
        let step = self.step.alias.clone();
        self.blocking(move |work| {
            made.into_iter()
                .map(|file| {
                    let (size, sha256) = match file.sha256 {
                        Some(sha256) => {
                            let meta = std::fs::metadata(&file.path);
                            (meta.map_err(|e| StepError::io("read", &file.path, e))?.len(), sha256)
                        }
                        None => {
                            let digested = copy::digest(&file.path, &work.cancel)?;
                            (digested.size, digested.sha256)
                        }
                    };
                    let path = file.path.to_string_lossy().into_owned();
                    Ok(FileProof { step: step.clone(), path, size, sha256 })
                })
                .collect()
        })
        .await
    }
}
