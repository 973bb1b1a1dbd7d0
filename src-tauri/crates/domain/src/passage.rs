//! A file's passage through a step: which file became which.
//!
//! Passages and receipts together are a file's passport: its bytes' hash ties one to the next, over steps, jobs and chains.

use crate::{ConnectionId, JobExecutionId, PassageId, StepExecutionId, Timestamp};
use serde::Serialize;
use specta::Type;

/// What people do to files by hand, outside any run; all other operations are the keys of step types.
pub const FETCHED_BY_HAND: &str = "hand.fetch";
pub const SENT_BY_HAND: &str = "hand.send";
pub const SENT_AGAIN: &str = "hand.send_again";

/// A file at one end of a passage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct FileAt {
    pub path: String,
    /// Bytes.
    pub size: Option<u64>,
    /// Lower-case hex; unknown when the file was gone before anybody could read it.
    pub sha256: Option<String>,
}

/// One file that a step made of another, looked at, or took away.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct Passage {
    pub id: PassageId,
    /// None when a person did it outside any run.
    pub job_execution_id: Option<JobExecutionId>,
    pub step_execution_id: Option<StepExecutionId>,
    /// The type of the step, or what a person did.
    pub operation: String,
    pub performed_by: String,
    /// The server that the paths are on. Of what people fetched and sent, only one end is there.
    pub connection_id: Option<ConnectionId>,
    pub source: Option<FileAt>,
    /// None when the file was taken away.
    pub result: Option<FileAt>,
    pub at: Timestamp,
}
