//! What was found out about one step while it was rehearsed.

use super::imagined_disk::Size;
use super::report::PlannedFile;
use super::words;
use crate::error::StepError;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// A step as far as it could be looked into.
#[derive(Debug, Default)]
pub(super) struct Foreseen {
    /// One sentence with what it would do.
    pub(super) summary: String,
    /// What stands in its way.
    pub(super) problems: Vec<StepError>,
    pub(super) notes: Vec<String>,
    /// `None` where it is not about files, or which ones cannot be known.
    pub(super) files: Option<Vec<PlannedFile>>,
    /// What it would hand on, as far as it is known.
    pub(super) outputs: Map<String, Value>,
}

/// Why a step could not be looked into to its end.
#[derive(Debug)]
pub(super) enum Halt {
    /// It would fail here.
    Cannot(StepError),
    /// It depends on what cannot be known; in a sentence.
    Unknown(String),
}

impl<E: Into<StepError>> From<E> for Halt {
    fn from(error: E) -> Self {
        Self::Cannot(error.into())
    }
}

pub(super) type Look<T> = Result<T, Halt>;

impl Foreseen {
    pub(super) fn doing(summary: String) -> Self {
        Self { summary, ..Self::default() }
    }

    pub(super) fn plan(&mut self, source: Option<&str>, destination: Option<&str>, size: Option<Size>) {
        self.files.get_or_insert_default().push(PlannedFile {
            source: source.map(str::to_owned),
            destination: destination.map(str::to_owned),
            bytes: size.map(|size| size.bytes),
            is_estimate: size.is_some_and(|size| size.is_estimate),
        });
    }

    /// Hands on local files, as every step with local results does.
    pub(super) fn hand_on(&mut self, files: &[(PathBuf, Size)]) {
        let paths = files.iter().map(|(path, _)| path.to_string_lossy().into_owned()).collect();
        self.hand_on_paths(paths);
        let size = words::sum(files.iter().map(|(_, size)| *size));
        if !size.is_estimate {
            self.outputs.insert("bytes".into(), size.bytes.into());
        }
    }

    /// Hands on paths, local or on a server.
    pub(super) fn hand_on_paths(&mut self, paths: Vec<String>) {
        if let Some(first) = paths.first() {
            self.outputs.insert("file".into(), first.clone().into());
        }
        self.outputs.insert("file_count".into(), paths.len().into());
        self.outputs.insert("files".into(), paths.into());
    }

    /// Many problems of one kind: the first few are told, the rest counted.
    pub(super) fn trouble(&mut self, mut problems: Vec<StepError>) {
        const TOLD: usize = 5;
        if let Some(more) = problems.len().checked_sub(TOLD).filter(|more| *more > 0) {
            problems.truncate(TOLD);
            if let Some(last) = problems.last_mut() {
                last.message.push_str(&format!(" And {more} more like this."));
            }
        }
        self.problems.extend(problems);
    }
}

/// A path as texts have it.
pub(super) fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
