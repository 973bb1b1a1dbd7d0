//! What a rehearsal tells: for each step whether it would do its work, with which files and how many bytes.

use courier_domain::ErrorCode;
use serde::Serialize;
use specta::Type;

/// Files of a step that are named; the rest is counted.
pub const FILES_NAMED: usize = 20;

/// What would become of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    WouldDo,
    /// Something stands in the way; the problems say what.
    Cannot,
    /// It depends on what cannot be known before the run.
    Unknown,
    /// The step is disabled.
    Skipped,
}

/// Something that stands in a step's way, as the run would say it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct RehearsalProblem {
    pub code: ErrorCode,
    pub message: String,
}

/// One file that a step would make, move, change or take away. Local paths in the run's own folder are relative to it,
/// as they are in steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct PlannedFile {
    pub source: Option<String>,
    /// Nothing for what would be read or taken away.
    pub destination: Option<String>,
    /// Bytes that would be moved or written; `None` where nobody can tell.
    pub bytes: Option<u64>,
    /// The bytes are an estimate, such as the size of what would be encrypted.
    pub is_estimate: bool,
}

/// A step as it would go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct RehearsedStep {
    pub step_order: i32,
    pub alias: String,
    pub name: String,
    pub type_key: String,
    pub verdict: Verdict,
    /// One sentence: what it would do, or why that cannot be told.
    pub summary: String,
    pub problems: Vec<RehearsalProblem>,
    /// What is worth knowing and stops nothing.
    pub notes: Vec<String>,
    /// The first [`FILES_NAMED`].
    pub files: Vec<PlannedFile>,
    /// All of them; `None` where that cannot be known, or the step is not about files.
    pub file_count: Option<u64>,
    /// Of all of them, as far as it is known.
    pub bytes: Option<u64>,
    /// Part of the bytes is an estimate.
    pub is_estimate: bool,
}

/// A whole job as it would go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct Rehearsal {
    pub job_name: String,
    /// [`Verdict::Cannot`] if some step cannot, else [`Verdict::Unknown`] if of some step it cannot be told.
    pub verdict: Verdict,
    pub steps: Vec<RehearsedStep>,
}

impl Rehearsal {
    pub(super) fn of(job_name: String, steps: Vec<RehearsedStep>) -> Self {
        let any = |verdict| steps.iter().any(|step| step.verdict == verdict);
        let verdict = if any(Verdict::Cannot) {
            Verdict::Cannot
        } else if any(Verdict::Unknown) {
            Verdict::Unknown
        } else {
            Verdict::WouldDo
        };
        Self { job_name, verdict, steps }
    }

    /// What the first step that cannot would fail with.
    pub fn first_problem(&self) -> Option<&RehearsalProblem> {
        self.steps.iter().flat_map(|step| &step.problems).next()
    }
}
