//! `*.download`, `*.upload`: fetch files from a server, deliver files to one; the same for every protocol.
//!
//! What happens to single files and folders on a server is in [`super::remote`].

use super::declare::{choice, params};
use super::field::PathList;
use crate::ConnectionId;
use crate::receipt::Verification;

choice! {
    /// What happens to a file that is already at the destination.
    pub enum Overwrite {
        Overwrite = "overwrite" / "Replace",
        Skip = "skip" / "Skip",
        Newer = "newer" / "Newer",
        Rename = "rename" / "Rename",
        Fail = "fail" / "Fail",
    }
}
choice! {
    /// What happens to the source once the copy is proven.
    pub enum AfterTransfer { Keep = "keep" / "Keep", Delete = "delete" / "Delete", Move = "move" / "Move" }
}
choice! { pub enum OnNoFiles { Fail = "fail" / "Fail", Succeed = "succeed" / "Go on" } }
choice! { pub enum OnMissing { Succeed = "succeed" / "Go on", Fail = "fail" / "Fail" } }

impl crate::step::FieldValue for Verification {
    const TYPE: crate::step::FieldType = crate::step::FieldType::Choice;
    fn choices() -> Vec<crate::step::Choice> {
        vec![
            crate::step::Choice { value: "size".into(), label: "Size".into() },
            crate::step::Choice { value: "sha256".into(), label: "SHA-256".into() },
        ]
    }
    fn from_value(value: &serde_json::Value) -> Result<Self, String> {
        let text = value.as_str().ok_or_else(|| "choose size or sha256".to_owned())?;
        text.parse().map_err(|e: crate::problem::UnknownText| e.to_string())
    }
}

params! {
    Download, "{protocol} download", Transfer, "download", "Fetch files from an {protocol} server.";
    fields {
        connection_id: ConnectionId, Connection, "Server", "The connection to fetch from.";
        remote_path: PathList, RemotePath, "What to fetch", "A file, a folder or a pattern such as /out/*.pgp; ** crosses folders.";
        exclude_patterns: Vec<String>, Globs, "Leave out", "Files whose name matches one of these stay on the server.", advanced;
        recursive: bool = false, Switch, "Folders inside too", "Also fetch from folders inside; the tree is kept.";
        local_path: Option<String>, LocalPath, "Where to", "A folder; empty means the run's own workspace.";
        overwrite: Overwrite = "overwrite", Choice, "If a file is already there", "What to do with a file of the same name.";
        resume: bool = true, Switch, "Go on after a cut", "Continue a partly fetched file instead of starting again.", advanced;
        verify: Verification = "size", Choice, "Check after fetching", "Compare the size, or read the file again and compare SHA-256.";
        after_download: AfterTransfer = "keep", Choice, "Then the file on the server", "What happens to it, only after the copy is proven.";
        move_to: Option<String>, RemotePath, "Move to", "The folder on the server for files that were fetched.", advanced;
        only_new: bool = false, Switch, "Only new files", "Leave out what this job fetched before and has not changed.", advanced;
        min_age_sec: u32 = 0, Number, "Minimum age", "Seconds since the last change; younger files are left alone.", advanced;
        preserve_mtime: bool = true, Switch, "Keep the date", "Give the local file the date it has on the server.", advanced;
        concurrency: u32 = 4, Number, "At the same time", "Files fetched in parallel.", advanced;
        max_files: Option<u32>, Number, "At most", "Fetch no more than so many files, oldest first.", advanced;
        on_no_files: OnNoFiles = "fail", Choice, "If nothing matches", "Whether the step fails when there is no file.";
    }
    outputs {
        files: FileList, "The fetched files, absolute paths.";
        file: File, "The first of them.";
        file_count: Integer, "How many.";
        bytes: Integer, "Bytes moved.";
        results: Entries, "What became of each file: file, result (moved, resumed, done_before, skipped, failed or refused), size, reason.";
    }
}

params! {
    Upload, "{protocol} upload", Transfer, "upload", "Deliver files to an {protocol} server.";
    fields {
        connection_id: ConnectionId, Connection, "Server", "The connection to deliver to.";
        local_path: PathList, LocalPath, "What to send", "Files, a folder or a pattern.";
        remote_path: String, RemotePath, "Where to", "A folder (ending in /) or, for one file, its full path.";
        atomic_upload: bool = true, Switch, "Appear only when whole", "Write under a temporary name, check, then rename.", advanced;
        atomic_suffix: Option<String>, Template, "Temporary ending", "An ending the partner expects, such as .filepart; empty uses Courier's own.", advanced;
        overwrite: Overwrite = "overwrite", Choice, "If a file is already there", "What to do with a file of the same name.";
        resume: bool = true, Switch, "Go on after a cut", "Continue a partly sent file instead of starting again.", advanced;
        verify: Verification = "size", Choice, "Check after sending", "Compare the size, or read the file back and compare SHA-256.";
        create_directories: bool = true, Switch, "Make missing folders", "Create the folders of the path.";
        preserve_mtime: bool = false, Switch, "Keep the date", "Give the remote file the local date.", advanced;
        permissions: Option<String>, Template, "Permissions", "Octal, such as 640; empty leaves them to the server.", advanced;
        after_upload: AfterTransfer = "keep", Choice, "Then the local file", "What happens to it, only after the copy is proven.";
        move_to: Option<String>, LocalPath, "Move to", "The folder for files that were sent.", advanced;
        concurrency: u32 = 4, Number, "At the same time", "Files sent in parallel.", advanced;
        on_no_files: OnNoFiles = "fail", Choice, "If nothing matches", "Whether the step fails when there is no file.";
    }
    outputs {
        files: FileList, "The remote paths.";
        file: File, "The first of them.";
        file_count: Integer, "How many.";
        bytes: Integer, "Bytes moved.";
        results: Entries, "What became of each file: file, result (moved, resumed, done_before, skipped, failed or refused), size, reason.";
    }
}
