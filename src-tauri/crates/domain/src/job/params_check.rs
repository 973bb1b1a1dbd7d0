//! What is wrong with values that have the right types: ranges, and fields of a step that need each other.

use crate::Timestamp;
use crate::pattern;
use crate::problem::{Problem, Problems};
use crate::step::{AfterTransfer, FlowWait, StepParams};

impl StepParams {
    /// What is wrong with values that have the right types: ranges, and fields that need each other. Paths are the
    /// fields' names.
    pub(crate) fn check(&self) -> Problems {
        let mut problems = Problems::default();
        match self {
            StepParams::SftpDownload(p) | StepParams::FtpDownload(p) | StepParams::FtpsDownload(p) => {
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
            StepParams::SftpUpload(p) | StepParams::FtpUpload(p) | StepParams::FtpsUpload(p) => {
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
            StepParams::SftpList(p) | StepParams::FtpList(p) | StepParams::FtpsList(p) => {
                if let Err(error) = pattern::compile(&p.pattern) {
                    let message = format!("This is not a pattern: {}.", error.kind());
                    problems.push(Problem::error("pattern", "invalid", message));
                }
            }
            StepParams::SftpMkdir(p) | StepParams::FtpMkdir(p) | StepParams::FtpsMkdir(p) => {
                if let Some(wild) = p.paths.0.iter().find(|path| path.literal().is_none()) {
                    problems.push(Problem::error(
                        "paths",
                        "invalid",
                        format!("Name each folder to make; `{}` has a wildcard.", wild.as_str()),
                    ));
                }
            }
            StepParams::SftpRename(p) | StepParams::FtpRename(p) | StepParams::FtpsRename(p) => {
                if p.to.fill("name").is_none() {
                    problems.push(Problem::error(
                        "to",
                        "invalid",
                        "Of the wildcards only * can stand here, for the old name.",
                    ));
                }
            }
            StepParams::FlowWait(p) => check_wait(p, &mut problems),
            StepParams::HttpRequest(p) => problems.extend(p.check()),
            StepParams::CommandRun(p) => problems.extend(p.check()),
            StepParams::FlowIf(p) => problems.extend(p.check()),
            StepParams::FlowForEach(p) => check_concurrency(p.concurrency, &mut problems),
            StepParams::SftpRmdir(_)
            | StepParams::FtpRmdir(_)
            | StepParams::FtpsRmdir(_)
            | StepParams::SftpDelete(_)
            | StepParams::FtpDelete(_)
            | StepParams::FtpsDelete(_)
            | StepParams::PgpDecrypt(_)
            | StepParams::PgpEncrypt(_)
            | StepParams::PgpSign(_)
            | StepParams::PgpVerify(_)
            | StepParams::FileUnzip(_)
            | StepParams::FileZip(_)
            | StepParams::FileMove(_)
            | StepParams::FileCopy(_)
            | StepParams::FileDelete(_)
            | StepParams::FileRename(_)
            | StepParams::FileList(_)
            | StepParams::FileChecksum(_)
            | StepParams::FlowElse(_)
            | StepParams::FlowEnd(_)
            | StepParams::FlowFail(_)
            | StepParams::ContextSet(_)
            | StepParams::JobRun(_) => {}
        }
        problems
    }
}

fn check_wait(params: &FlowWait, problems: &mut Problems) {
    match (&params.seconds, &params.until) {
        (None, None) => {
            problems.push(Problem::error("seconds", "required", "Say how long, or until when."));
        }
        (Some(_), Some(_)) => {
            problems.push(Problem::error("until", "invalid", "Say how long or until when, not both."));
        }
        (None, Some(until)) if until.parse::<Timestamp>().is_err() => {
            problems.push(Problem::error("until", "invalid", FlowWait::NO_MOMENT));
        }
        (Some(_), None) | (None, Some(_)) => {}
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
