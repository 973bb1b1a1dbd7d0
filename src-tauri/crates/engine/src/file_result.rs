//! What became of each file of a step: kept with the step's row, also when the step fails, and handed on as `results`.

use courier_transfer::{FileReceipt, Refused, escaped, join_remote};
use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FileFate {
    Moved,
    /// Moved, going on from what an earlier attempt had proved.
    Resumed,
    /// An earlier attempt of the step did it, and it is still so.
    DoneBefore,
    /// A rule of the step left it alone.
    Skipped,
    Failed,
    /// Its name is not safe to use.
    Refused,
}

/// One file, named by its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct FileResult {
    pub(crate) file: String,
    pub(crate) result: FileFate,
    /// Bytes.
    pub(crate) size: Option<u64>,
    /// Why it was skipped, failed or refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
}

impl FileResult {
    pub(crate) fn moved(file: &str, receipt: &FileReceipt) -> Self {
        let result = if receipt.resumed_bytes > 0 { FileFate::Resumed } else { FileFate::Moved };
        Self { file: file.to_owned(), result, size: Some(receipt.size), reason: None }
    }

    pub(crate) fn done_before(file: &str, size: u64) -> Self {
        Self { file: file.to_owned(), result: FileFate::DoneBefore, size: Some(size), reason: None }
    }

    pub(crate) fn skipped(file: &str, reason: &str) -> Self {
        let reason = Some(reason.to_owned());
        Self { file: file.to_owned(), result: FileFate::Skipped, size: None, reason }
    }

    pub(crate) fn failed(file: &str, reason: &str) -> Self {
        let reason = Some(reason.to_owned());
        Self { file: file.to_owned(), result: FileFate::Failed, size: None, reason }
    }

    pub(crate) fn refused(refused: &Refused) -> Self {
        Self {
            file: join_remote(&escaped(&refused.folder), &refused.name),
            result: FileFate::Refused,
            size: None,
            reason: Some(refused.reason.clone()),
        }
    }
}
