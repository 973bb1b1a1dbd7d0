//! Requests for transfers with sensible fields, and what they need.

use courier_domain::receipt::Verification;
use courier_domain::{Clock, Timestamp};
use courier_transfer::{
    Control, DownloadRequest, Entry, FileReceipt, Outcome, Overwrite, Owner, ProgressTick, Resume,
    UploadRequest, publish_freely,
};
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

#[derive(Debug)]
pub(crate) struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap()
    }
}

pub(crate) fn control() -> Control {
    control_with(CancellationToken::new(), |_| {})
}

pub(crate) fn control_with(
    cancel: CancellationToken,
    progress: impl Fn(ProgressTick) + Send + Sync + 'static,
) -> Control {
    Control { cancel, progress: Arc::new(progress), clock: Arc::new(StoppedClock) }
}

pub(crate) fn owner(epoch: i64) -> Owner {
    Owner { execution: "018f0000-0000-7000-8000-000000000001".parse().unwrap(), epoch }
}

pub(crate) fn entry(path: &str) -> Entry {
    Entry {
        name: path.rsplit('/').next().unwrap().into(),
        path: path.into(),
        size: 0,
        modified_at: None,
        is_directory: false,
        is_link: false,
    }
}

pub(crate) fn fetch(remote_path: &str, to: &Path) -> DownloadRequest {
    DownloadRequest {
        source: entry(remote_path),
        destination: to.to_path_buf(),
        owner: owner(1),
        overwrite: Overwrite::Overwrite,
        resume: true,
        verify: Verification::Size,
        preserve_mtime: true,
        before_publish: publish_freely(),
    }
}

pub(crate) fn deliver(from: &Path, remote_path: &str) -> UploadRequest {
    UploadRequest {
        source: from.to_path_buf(),
        destination: remote_path.into(),
        owner: owner(1),
        atomic: true,
        suffix: None,
        overwrite: Overwrite::Overwrite,
        resume: Resume::Here,
        create_directories: true,
        verify: Verification::Size,
        preserve_mtime: false,
        permissions: None,
        before_publish: publish_freely(),
    }
}

pub(crate) fn moved(outcome: Outcome) -> FileReceipt {
    match outcome {
        Outcome::Moved(receipt) => receipt,
        Outcome::Skipped { path, reason } => panic!("{path} was skipped: {reason}"),
    }
}
