//! What is wrong with an input, said once for the window, the command line and bundles.

use crate::macros::text_enum;
use serde::{Deserialize, Serialize};
use specta::Type;

text_enum! {
    /// Whether a problem stops a save.
    pub enum Severity { Error = "error", Warning = "warning" }
}

/// One thing wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Problem {
    /// Where: `steps[2].configuration.remote_path`; empty for the whole input.
    pub path: String,
    /// A stable word for programs: `required`, `unknown_field`, `unknown_name`, …
    pub code: String,
    /// What is wrong and what to do, in a sentence.
    pub message: String,
    pub severity: Severity,
}

impl Problem {
    pub fn error(path: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self { path: path.into(), code: code.into(), message: message.into(), severity: Severity::Error }
    }

    pub fn warning(path: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self { path: path.into(), code: code.into(), message: message.into(), severity: Severity::Warning }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.path, self.message)
        }
    }
}

/// Every problem of one input. Never empty when it is returned as an error.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    pub fn one(problem: Problem) -> Self {
        Self(vec![problem])
    }

    pub fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|p| p.severity == Severity::Error)
    }

    /// Puts `prefix` before every path: `remote_path` in `steps[2].configuration` becomes
    /// `steps[2].configuration.remote_path`.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        for problem in &mut self.0 {
            problem.path = join(prefix, &problem.path);
        }
        self
    }

    pub fn extend(&mut self, other: Problems) {
        self.0.extend(other.0);
    }

    /// `Ok` unless one of them is an error.
    pub fn into_result(self) -> Result<(), Problems> {
        if self.has_errors() { Err(self) } else { Ok(()) }
    }
}

fn join(prefix: &str, path: &str) -> String {
    match (prefix.is_empty(), path.is_empty()) {
        (true, _) => path.to_owned(),
        (_, true) => prefix.to_owned(),
        _ if path.starts_with('[') => format!("{prefix}{path}"),
        _ => format!("{prefix}.{path}"),
    }
}

impl std::fmt::Display for Problems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// A text that is none of an enum's members.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not one of {}", allowed.join(", "))]
pub struct UnknownText {
    text: String,
    allowed: Vec<&'static str>,
}

impl UnknownText {
    pub(crate) fn new(text: &str, allowed: &[&'static str]) -> Self {
        Self { text: text.into(), allowed: allowed.to_vec() }
    }
}
