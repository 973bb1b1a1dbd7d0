//! What is wrong with values that have the right types: ranges, and fields of a step that need each other.

use crate::problem::{Problem, Problems};
use crate::step::{AfterTransfer, StepParams};

impl StepParams {
    /// What is wrong with values that have the right types: ranges, and fields that need each other. Paths are the
    /// fields' names.
    pub(super) fn check(&self) -> Problems {
        let mut problems = Problems::default();
        match self {
            StepParams::SftpDownload(p) => {
                check_move(p.after_download, p.move_to.as_deref(), &mut problems);
                check_concurrency(p.concurrency, &mut problems);
                if p.max_files == Some(0) {
                    problems.push(Problem::error(
                        "max_files",
                        "out_of_range",
                        "Enter a number from 1, or leave it empty for every file.",
                    ));
                }
            }
            StepParams::SftpUpload(p) => {
                check_move(p.after_upload, p.move_to.as_deref(), &mut problems);
                check_concurrency(p.concurrency, &mut problems);
                let octal = |text: &str| {
                    (1..=4).contains(&text.len()) && text.bytes().all(|b| (b'0'..=b'7').contains(&b))
                };
                if p.permissions.as_deref().is_some_and(|text| !octal(text)) {
                    problems.push(Problem::error(
                        "permissions",
                        "invalid",
                        "Enter an octal mode such as 640, or leave it empty.",
                    ));
                }
                if p.atomic_suffix
                    .as_deref()
                    .is_some_and(|text| text.contains(|c: char| c == '/' || c.is_control()))
                {
                    problems.push(Problem::error(
                        "atomic_suffix",
                        "invalid",
                        "An ending of a file's name has no `/` and no control characters.",
                    ));
                }
            }
            StepParams::SftpList(_)
            | StepParams::PgpDecrypt(_)
            | StepParams::PgpEncrypt(_)
            | StepParams::PgpSign(_)
            | StepParams::PgpVerify(_)
            | StepParams::FileUnzip(_)
            | StepParams::FileZip(_)
            | StepParams::FileMove(_)
            | StepParams::FileCopy(_)
            | StepParams::FileDelete(_) => {}
        }
        problems
    }
}

fn check_move(after: AfterTransfer, move_to: Option<&str>, problems: &mut Problems) {
    if after == AfterTransfer::Move && move_to.is_none_or(|folder| folder.trim().is_empty()) {
        problems.push(Problem::error(
            "move_to",
            "required",
            "Name the folder for files that were transferred.",
        ));
    }
}

/// What the engine does at most.
fn check_concurrency(count: u32, problems: &mut Problems) {
    if !(1..=32).contains(&count) {
        problems.push(Problem::error("concurrency", "out_of_range", "Enter a number from 1 to 32."));
    }
}
