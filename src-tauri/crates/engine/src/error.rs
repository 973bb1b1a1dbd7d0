//! What a step or the engine itself can fail with.
//!
//! A step's failure is a code and a sentence for a person, with the cause kept; whether it is retried follows from the
//! code alone ([`ErrorCode::retry`]).

use courier_domain::{ErrorCode, Problems, Retry};

/// The original error behind a step's failure.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct StepError {
    pub code: ErrorCode,
    pub message: String,
    #[source]
    pub cause: Option<Cause>,
}

impl StepError {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), cause: None }
    }

    /// A file operation's failure, told by what the system said.
    pub fn io(doing: &str, path: &std::path::Path, error: std::io::Error) -> Self {
        use std::io::ErrorKind as K;
        let at = path.display();
        let (code, message) = match error.kind() {
            K::NotFound => (ErrorCode::FileNotFound, format!("There is no {at}.")),
            K::PermissionDenied => (
                ErrorCode::PermissionDenied,
                format!("Courier may not {doing} {at}. Check the rights on it."),
            ),
            K::StorageFull | K::QuotaExceeded => (
                ErrorCode::DiskFull,
                format!("There is no space left to {doing} {at}. Free some, then resume."),
            ),
            K::AlreadyExists => (ErrorCode::AlreadyExists, format!("{at} exists already.")),
            K::NotADirectory => (
                ErrorCode::AlreadyExists,
                format!("Courier cannot {doing} {at}: a folder of this path is a file."),
            ),
            K::ReadOnlyFilesystem => (
                ErrorCode::PermissionDenied,
                format!("Courier cannot {doing} {at}: the file system is read-only."),
            ),
            _ => (ErrorCode::IoFailed, format!("Courier could not {doing} {at}: {error}.")),
        };
        Self { code, message, cause: Some(Box::new(error)) }
    }

    pub fn cancelled() -> Self {
        Self::new(ErrorCode::Cancelled, "The run was cancelled.")
    }

    /// Whether the failure policy may try again.
    pub fn is_retryable(&self) -> bool {
        self.code.retry() == Retry::Later
    }

    /// The chain of causes, for the record of a failed step.
    pub fn trace(&self) -> Option<String> {
        let mut causes = Vec::new();
        let mut next = self.cause.as_deref().map(|c| c as &dyn std::error::Error);
        while let Some(cause) = next {
            causes.push(cause.to_string());
            next = cause.source();
        }
        (!causes.is_empty()).then(|| causes.join("\ncaused by: "))
    }
}

impl From<courier_transfer::TransferError> for StepError {
    fn from(error: courier_transfer::TransferError) -> Self {
        Self { code: error.code(), message: error.to_string(), cause: Some(Box::new(error)) }
    }
}

impl From<courier_archive::ArchiveError> for StepError {
    fn from(error: courier_archive::ArchiveError) -> Self {
        if let courier_archive::ArchiveError::Io { action, path, source } = error {
            return Self::io(action, &path, source);
        }
        Self { code: error.code(), message: error.to_string(), cause: Some(Box::new(error)) }
    }
}

impl From<courier_keys::KeysError> for StepError {
    fn from(error: courier_keys::KeysError) -> Self {
        if let courier_keys::KeysError::Io { doing, path, source } = error {
            return Self::io(doing, &path, source);
        }
        Self { code: error.code(), message: error.to_string(), cause: Some(Box::new(error)) }
    }
}

impl From<courier_vault::VaultError> for StepError {
    fn from(error: courier_vault::VaultError) -> Self {
        Self { code: error.code(), message: error.to_string(), cause: Some(Box::new(error)) }
    }
}

impl From<courier_store::StoreError> for StepError {
    fn from(error: courier_store::StoreError) -> Self {
        Self { code: error.code(), message: error.to_string(), cause: Some(Box::new(error)) }
    }
}

impl From<Problems> for StepError {
    fn from(problems: Problems) -> Self {
        Self { code: ErrorCode::Validation, message: problems.to_string(), cause: Some(Box::new(problems)) }
    }
}

impl From<courier_domain::template::TemplateError> for StepError {
    fn from(error: courier_domain::template::TemplateError) -> Self {
        Self { code: ErrorCode::TemplateFailed, message: error.to_string(), cause: Some(Box::new(error)) }
    }
}

/// What stops the engine as a whole.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error(transparent)]
    Store(#[from] courier_store::StoreError),
    #[error(transparent)]
    Vault(#[from] courier_vault::VaultError),
    #[error("The system gives no random numbers, so no key can be made")]
    NoRandomness,
    #[error("Checkpoints cannot be written to {}: {cause}; allow it or choose another file in audit.checkpoint_file", path.display())]
    CheckpointFile { path: std::path::PathBuf, cause: std::io::Error },
    #[error("The folder for running jobs, {path}, cannot be used: {cause}")]
    Workspace { path: std::path::PathBuf, cause: std::io::Error },
}

impl EngineError {
    pub fn code(&self) -> ErrorCode {
        match self {
            EngineError::Store(error) => error.code(),
            EngineError::Vault(error) => error.code(),
            EngineError::NoRandomness => ErrorCode::Internal,
            EngineError::CheckpointFile { .. } => ErrorCode::IoFailed,
            EngineError::Workspace { .. } => ErrorCode::PermissionDenied,
        }
    }
}
