//! Exit statuses: what a script may rely on.

use courier_app::AppError;
use courier_domain::execution::{JobExecution, JobExecutionState};
use courier_domain::{CauseClass, ErrorCode};

pub(crate) const DONE: u8 = 0;
/// The run or the check failed.
pub(crate) const FAILED: u8 = 1;
pub(crate) const INVALID: u8 = 2;
const NOT_FOUND: u8 = 3;
const VAULT: u8 = 4;
const CONFLICT: u8 = 5;
const CONNECTION: u8 = 6;
const STORE: u8 = 7;
pub(crate) const CANCELLED: u8 = 130;

/// The status for a command that could not do what it was asked.
pub(crate) fn status_of(error: &AppError) -> u8 {
    match error.code {
        ErrorCode::Validation
        | ErrorCode::TemplateFailed
        | ErrorCode::Unsupported
        | ErrorCode::WrongPassphrase
        | ErrorCode::KeyUnreadable => INVALID,
        ErrorCode::NotFound | ErrorCode::FileNotFound => NOT_FOUND,
        ErrorCode::Conflict | ErrorCode::InvalidTransition | ErrorCode::AlreadyExists => CONFLICT,
        ErrorCode::Cancelled => CANCELLED,
        code => of_class(code),
    }
}

/// The status of a run that ended.
pub(crate) fn status_of_run(run: &JobExecution) -> u8 {
    match run.state {
        JobExecutionState::Completed => DONE,
        JobExecutionState::Cancelled => CANCELLED,
        JobExecutionState::Failed => run.error_code.map_or(FAILED, of_class),
        JobExecutionState::Created
        | JobExecutionState::Queued
        | JobExecutionState::Running
        | JobExecutionState::Paused => FAILED,
    }
}

/// What the cause of a failure is worth by itself.
pub(crate) fn of_class(code: ErrorCode) -> u8 {
    if code == ErrorCode::ConnectionDisabled {
        return CONNECTION;
    }
    match code.class() {
        CauseClass::Vault => VAULT,
        CauseClass::Store => STORE,
        CauseClass::Network | CauseClass::Trust | CauseClass::Authentication => CONNECTION,
        CauseClass::Configuration
        | CauseClass::Permission
        | CauseClass::Disk
        | CauseClass::Data
        | CauseClass::Key
        | CauseClass::Timeout
        | CauseClass::Stopped
        | CauseClass::Internal => FAILED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_have_the_documented_statuses() {
        let status = |code| status_of(&AppError::new(code, "x"));
        assert_eq!(status(ErrorCode::Validation), 2);
        assert_eq!(status(ErrorCode::WrongPassphrase), 2);
        assert_eq!(status(ErrorCode::NotFound), 3);
        assert_eq!(status(ErrorCode::VaultLocked), 4);
        assert_eq!(status(ErrorCode::Conflict), 5);
        assert_eq!(status(ErrorCode::HostKeyChanged), 6);
        assert_eq!(status(ErrorCode::AuthenticationFailed), 6);
        assert_eq!(status(ErrorCode::ConnectionRefused), 6);
        assert_eq!(status(ErrorCode::StoreUnavailable), 7);
        assert_eq!(status(ErrorCode::SignatureInvalid), 1);
    }
}
