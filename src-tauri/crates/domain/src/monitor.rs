//! File monitors: folders that are watched, and what is started for the files in them.
//!
//! Left out: watching and listing (the engine does), and which file is ready. Invariant: a remote target names a
//! connection, a local one does not; each binding names a job or a chain, never both.

use crate::calendar::Calendar;
use crate::connection::check_name;
use crate::execution::InvalidTransition;
use crate::expected::ExpectedFiles;
use crate::macros::text_enum;
use crate::pattern::{Case, compile, compile_in};
use crate::problem::{Problem, Problems};
use crate::{
    CalendarId, ChainExecutionId, ConnectionId, FileMonitorId, JobChainId, JobExecutionId, JobId,
    MonitorDirectoryStateId, MonitorFileLogId, MonitorJobBindingId, Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use specta::Type;
use std::collections::{BTreeMap, BTreeSet};

text_enum! {
    pub enum MonitorState { Active = "active", Paused = "paused", Disabled = "disabled", Error = "error" }
}
text_enum! { pub enum WatchTargetType { Local = "local", Remote = "remote" } }
text_enum! {
    /// What about a file starts a run.
    pub enum TriggerEvent {
        /// Never seen, or gone and back.
        FileCreated = "file_created",
        /// Its size or time changed.
        FileModified = "file_modified",
        /// It is there, at every look.
        FileExists = "file_exists",
    }
}
text_enum! {
    /// What can happen to a monitor's state.
    pub enum MonitorEvent {
        Pause = "pause", Resume = "resume", Disable = "disable", Activate = "activate",
        /// Too many failures in a row, or one that only a person can mend.
        Fail = "fail",
        /// A person has seen the error.
        Acknowledge = "acknowledge",
    }
}

impl MonitorState {
    /// The state after `event`, or a refusal.
    pub fn apply(self, event: MonitorEvent) -> Result<Self, InvalidTransition> {
        use MonitorEvent as E;
        use MonitorState as S;
        Ok(match (self, event) {
            (S::Active, E::Pause) => S::Paused,
            (S::Paused, E::Resume) => S::Active,
            (S::Active | S::Paused | S::Error, E::Disable) => S::Disabled,
            (S::Disabled, E::Activate) => S::Active,
            (S::Active, E::Fail) => S::Error,
            (S::Error, E::Acknowledge) => S::Active,
            (state, event) => {
                return Err(InvalidTransition { state: state.as_str(), event: event.as_str() });
            }
        })
    }
}

impl TriggerEvent {
    /// Its bit in [`TriggerEventFlags`].
    pub const fn flag(self) -> u8 {
        match self {
            Self::FileCreated => 1,
            Self::FileModified => 2,
            Self::FileExists => 4,
        }
    }
}

/// A set of [`TriggerEvent`]s: bits in the database, a list of names everywhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(from = "Vec<TriggerEvent>", into = "Vec<TriggerEvent>")]
pub struct TriggerEventFlags(u8);

impl TriggerEventFlags {
    /// As stored; None for bits that mean nothing.
    pub const fn from_bits(bits: u8) -> Option<Self> {
        if bits < 8 { Some(Self(bits)) } else { None }
    }
    pub const fn bits(self) -> u8 {
        self.0
    }
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
    pub const fn contains(self, event: TriggerEvent) -> bool {
        self.0 & event.flag() != 0
    }
}

impl From<Vec<TriggerEvent>> for TriggerEventFlags {
    fn from(events: Vec<TriggerEvent>) -> Self {
        Self(events.into_iter().fold(0, |bits, event| bits | event.flag()))
    }
}

impl From<TriggerEventFlags> for Vec<TriggerEvent> {
    fn from(flags: TriggerEventFlags) -> Self {
        TriggerEvent::ALL.iter().copied().filter(|event| flags.contains(*event)).collect()
    }
}

/// The folder that is watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct WatchTarget {
    #[serde(rename = "type")]
    pub target_type: WatchTargetType,
    pub path: String,
    #[serde(default)]
    pub connection_id: Option<ConnectionId>,
}

/// A monitor as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct FileMonitor {
    pub id: FileMonitorId,
    pub name: String,
    pub description: Option<String>,
    pub watch_target: WatchTarget,
    pub trigger_events: TriggerEventFlags,
    /// Globs; a file that matches one of them counts. None means every file.
    pub file_patterns: Vec<String>,
    /// Globs; a file that matches one of them never counts.
    pub exclude_patterns: Vec<String>,
    /// Folders inside the folder too.
    pub recursive: bool,
    pub polling_interval_sec: u32,
    /// Seconds that a file's size and time must stand still.
    pub stability_window_sec: u32,
    /// One run with all files of a look; else one for each file.
    pub batch_mode: bool,
    /// In one run, oldest first; none means all.
    pub max_files_per_run: Option<u32>,
    /// A changed time with the same SHA-256 is no change.
    pub compare_content: bool,
    pub max_consecutive_failures: u32,
    /// What must have come by when, if anything must.
    pub expected_files: Option<ExpectedFiles>,
    pub consecutive_failure_count: u32,
    pub state: MonitorState,
    /// Why it is in Error, or what the last look met.
    pub last_error: Option<String>,
    /// `any`, or a node's name.
    pub run_on: String,
    /// Why the folder is only scanned and no longer watched, if so.
    pub degraded: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub is_deleted: bool,
    pub deleted_at: Option<Timestamp>,
    pub bindings: Vec<MonitorJobBinding>,
}

/// What a monitor starts: a job or a chain.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct MonitorJobBinding {
    pub id: MonitorJobBindingId,
    pub monitor_id: FileMonitorId,
    pub job_id: Option<JobId>,
    pub chain_id: Option<JobChainId>,
    /// Values for the parameters, may be templates over `monitor.files`.
    pub parameters: BTreeMap<String, Value>,
}

/// A file as a listing shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct ListedFile {
    pub path: String,
    /// Bytes.
    pub size: u64,
    pub last_modified: Timestamp,
    /// SHA-256 in hex, where contents are compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[specta(optional)]
    pub sha256: Option<String>,
}

/// A folder as it was at one look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct MonitorDirectoryState {
    pub id: MonitorDirectoryStateId,
    pub monitor_id: FileMonitorId,
    /// A list of [`ListedFile`]s as JSON.
    pub directory_listing: String,
    pub captured_at: Timestamp,
}

/// A file for which something was started. One row for each (path, generation, size, time, event).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct MonitorFileLog {
    pub id: MonitorFileLogId,
    pub monitor_id: FileMonitorId,
    pub file_path: String,
    /// Bytes.
    pub file_size: u64,
    pub file_hash: Option<String>,
    pub last_modified: Timestamp,
    pub triggered_at: Timestamp,
    /// The first of `executions`: a run of a job, or of a chain where that is what the monitor starts.
    pub execution_id: uuid::Uuid,
    pub trigger_event: TriggerEvent,
    /// Grows when a file was gone and came back.
    pub generation: u32,
    pub executions: Vec<TriggeredExecution>,
}

/// What one file started, by the binding that asked for it. One of the two runs is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
pub struct TriggeredExecution {
    pub binding_id: MonitorJobBindingId,
    pub job_execution_id: Option<JobExecutionId>,
    pub chain_execution_id: Option<ChainExecutionId>,
}

/// What templates of a run that a monitor started see as `monitor`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonitorFacts {
    pub name: String,
    /// The event of the first file.
    pub event: TriggerEvent,
    /// Oldest first.
    pub files: Vec<TriggeringFile>,
}

/// A file as templates see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriggeringFile {
    pub name: String,
    pub path: String,
    /// Bytes.
    pub size: u64,
    pub modified_at: Timestamp,
    pub is_directory: bool,
    pub event: TriggerEvent,
}

/// Names that other programs, and Courier itself, give to what is not finished. They never count, unless a pattern of the
/// monitor ends in the same way.
pub const UNFINISHED: &[&str] = &["*.filepart", "*.part", "*.tmp", "*.courier-*"];

/// Which files of a folder count for a monitor.
#[derive(Debug, Clone)]
pub struct FileFilter {
    include: Vec<NamePattern>,
    exclude: Vec<NamePattern>,
}

#[derive(Debug, Clone)]
struct NamePattern {
    matcher: globset::GlobMatcher,
    /// Has a `/`: it is about the path below the folder. Else about the name.
    is_path: bool,
}

impl NamePattern {
    fn of(glob: &str, target: WatchTargetType) -> Option<Self> {
        // As the file system of this machine has it; servers are taken at their word.
        let case = match target {
            WatchTargetType::Local if cfg!(any(windows, target_os = "macos")) => Case::Any,
            WatchTargetType::Local | WatchTargetType::Remote => Case::Exact,
        };
        Some(Self { matcher: compile_in(glob, case).ok()?, is_path: glob.contains('/') })
    }

    fn matches(&self, relative: &str) -> bool {
        let name = relative.rsplit('/').next().unwrap_or(relative);
        self.matcher.is_match(if self.is_path { relative } else { name })
    }
}

impl FileFilter {
    /// Whether a file counts. `relative` is its path below the folder, with `/` between names.
    pub fn accepts(&self, relative: &str) -> bool {
        (self.include.is_empty() || self.include.iter().any(|pattern| pattern.matches(relative)))
            && !self.exclude.iter().any(|pattern| pattern.matches(relative))
    }
}

/// What people enter about a monitor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct MonitorDraft {
    pub name: String,
    #[serde(default)]
    pub description: Option<String>,
    pub watch_target: WatchTarget,
    #[serde(default = "created")]
    pub trigger_events: TriggerEventFlags,
    #[serde(default)]
    pub file_patterns: Vec<String>,
    #[serde(default)]
    pub exclude_patterns: Vec<String>,
    #[serde(default)]
    pub recursive: bool,
    #[serde(default = "sixty")]
    pub polling_interval_sec: u32,
    #[serde(default = "five")]
    pub stability_window_sec: u32,
    #[serde(default = "yes")]
    pub batch_mode: bool,
    #[serde(default)]
    pub max_files_per_run: Option<u32>,
    #[serde(default)]
    pub compare_content: bool,
    #[serde(default = "five")]
    pub max_consecutive_failures: u32,
    #[serde(default)]
    pub expected_files: Option<ExpectedFiles>,
    /// `any` or a node's name; absent means any for a remote folder, and for a local one the node that saves it.
    #[serde(default)]
    pub run_on: Option<String>,
    #[serde(default)]
    pub bindings: Vec<BindingDraft>,
}

/// What people enter about what a monitor starts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct BindingDraft {
    #[serde(default)]
    pub job_id: Option<JobId>,
    #[serde(default)]
    pub chain_id: Option<JobChainId>,
    #[serde(default)]
    pub parameters: BTreeMap<String, Value>,
}

fn created() -> TriggerEventFlags {
    TriggerEventFlags(TriggerEvent::FileCreated.flag())
}
fn sixty() -> u32 {
    60
}
fn five() -> u32 {
    5
}
fn yes() -> bool {
    true
}

/// What exists outside the monitor, for checking its references.
#[derive(Debug, Clone, Default)]
pub struct MonitorReferences {
    pub connections: BTreeSet<ConnectionId>,
    pub jobs: BTreeSet<JobId>,
    pub chains: BTreeSet<JobChainId>,
    pub calendars: BTreeMap<CalendarId, Calendar>,
}

impl MonitorDraft {
    /// Everything wrong with it, each with its path.
    pub fn check(&self, references: &MonitorReferences) -> Problems {
        let mut problems = Problems::default();
        check_name(&self.name, "name", &mut problems);
        self.check_target(references, &mut problems);
        if self.trigger_events.is_empty() {
            problems.push(Problem::error("trigger_events", "required", "Choose at least one event."));
        }
        for (field, patterns) in
            [("file_patterns", &self.file_patterns), ("exclude_patterns", &self.exclude_patterns)]
        {
            for (index, pattern) in patterns.iter().enumerate() {
                if let Err(error) = compile(pattern) {
                    problems.push(Problem::error(format!("{field}[{index}]"), "invalid", error.to_string()));
                }
            }
        }
        let least = match self.watch_target.target_type {
            WatchTargetType::Local => 1,
            WatchTargetType::Remote => 10,
        };
        for (field, value, low, high) in [
            ("polling_interval_sec", Some(self.polling_interval_sec), least, 86_400),
            ("stability_window_sec", Some(self.stability_window_sec), 0, 86_400),
            ("max_consecutive_failures", Some(self.max_consecutive_failures), 1, 1_000),
            ("max_files_per_run", self.max_files_per_run, 1, 100_000),
        ] {
            if value.is_some_and(|n| !(low..=high).contains(&n)) {
                let message = format!("Enter a number from {low} to {high}.");
                problems.push(Problem::error(field, "out_of_range", message));
            }
        }
        self.check_bindings(references, &mut problems);
        if let Some(expected) = &self.expected_files {
            problems.extend(expected.check(&references.calendars).under("expected_files"));
            if self.bindings.is_empty() {
                let message = "Choose what the monitor starts: only files that start something are counted.";
                problems.push(Problem::error("expected_files", "nothing_started", message));
            }
        }
        problems
    }

    fn check_target(&self, references: &MonitorReferences, problems: &mut Problems) {
        let target = &self.watch_target;
        if target.path.trim().is_empty() {
            problems.push(Problem::error("watch_target.path", "required", "Name the folder to watch."));
        }
        let path = "watch_target.connection_id";
        match (target.target_type, target.connection_id) {
            (WatchTargetType::Remote, None) => {
                problems.push(Problem::error(path, "required", "Choose the connection of the folder."));
            }
            (WatchTargetType::Remote, Some(id)) if !references.connections.contains(&id) => {
                let message = "This connection does not exist any more; choose another.";
                problems.push(Problem::error(path, "unknown_reference", message));
            }
            (WatchTargetType::Local, Some(_)) => {
                problems.push(Problem::error(path, "not_allowed", "A local folder has no connection."));
            }
            (WatchTargetType::Remote, Some(_)) | (WatchTargetType::Local, None) => {}
        }
    }

    fn check_bindings(&self, references: &MonitorReferences, problems: &mut Problems) {
        let mut seen = BTreeSet::new();
        for (index, binding) in self.bindings.iter().enumerate() {
            let path = format!("bindings[{index}]");
            let (field, known) = match (binding.job_id, binding.chain_id) {
                (Some(job), None) => ("job_id", references.jobs.contains(&job)),
                (None, Some(chain)) => ("chain_id", references.chains.contains(&chain)),
                (None, None) | (Some(_), Some(_)) => {
                    problems.push(Problem::error(path, "invalid", "Choose a job or a chain, one of them."));
                    continue;
                }
            };
            if !known {
                let message = "What this started does not exist any more; choose another.";
                problems.push(Problem::error(format!("{path}.{field}"), "unknown_reference", message));
            }
            if !seen.insert((binding.job_id, binding.chain_id)) {
                problems.push(Problem::error(path, "duplicate", "It is bound twice."));
            }
        }
    }
}

impl FileMonitor {
    /// A new monitor, active, from a draft whose check found no error. `node` is the name of the node that saves it.
    pub fn new(
        id: FileMonitorId,
        draft: MonitorDraft,
        node: &str,
        now: Timestamp,
        binding_id: impl FnMut() -> MonitorJobBindingId,
    ) -> Self {
        let mut monitor = Self {
            id,
            name: String::new(),
            description: None,
            watch_target: draft.watch_target.clone(),
            trigger_events: draft.trigger_events,
            file_patterns: Vec::new(),
            exclude_patterns: Vec::new(),
            recursive: false,
            polling_interval_sec: sixty(),
            stability_window_sec: five(),
            batch_mode: true,
            max_files_per_run: None,
            compare_content: false,
            max_consecutive_failures: five(),
            expected_files: None,
            consecutive_failure_count: 0,
            state: MonitorState::Active,
            last_error: None,
            run_on: String::new(),
            degraded: None,
            created_at: now,
            updated_at: now,
            is_deleted: false,
            deleted_at: None,
            bindings: Vec::new(),
        };
        monitor.edit(draft, node, now, binding_id);
        monitor
    }

    /// Takes over a draft whose check found no error. State and failures stay; a binding keeps its id.
    pub fn edit(
        &mut self,
        draft: MonitorDraft,
        node: &str,
        now: Timestamp,
        mut binding_id: impl FnMut() -> MonitorJobBindingId,
    ) {
        let mine: BTreeMap<(Option<JobId>, Option<JobChainId>), MonitorJobBindingId> =
            self.bindings.iter().map(|b| ((b.job_id, b.chain_id), b.id)).collect();
        let monitor_id = self.id;
        self.bindings = draft
            .bindings
            .into_iter()
            .map(|binding| MonitorJobBinding {
                id: mine.get(&(binding.job_id, binding.chain_id)).copied().unwrap_or_else(&mut binding_id),
                monitor_id,
                job_id: binding.job_id,
                chain_id: binding.chain_id,
                parameters: binding.parameters,
            })
            .collect();
        self.run_on = draft.run_on.unwrap_or_else(|| match draft.watch_target.target_type {
            WatchTargetType::Local => node.to_owned(),
            WatchTargetType::Remote => "any".to_owned(),
        });
        self.name = draft.name;
        self.description = draft.description.filter(|d| !d.trim().is_empty());
        self.watch_target = draft.watch_target;
        self.trigger_events = draft.trigger_events;
        self.file_patterns = draft.file_patterns;
        self.exclude_patterns = draft.exclude_patterns;
        self.recursive = draft.recursive;
        self.polling_interval_sec = draft.polling_interval_sec;
        self.stability_window_sec = draft.stability_window_sec;
        self.batch_mode = draft.batch_mode;
        self.max_files_per_run = draft.max_files_per_run;
        self.compare_content = draft.compare_content;
        self.max_consecutive_failures = draft.max_consecutive_failures;
        self.expected_files = draft.expected_files.map(|mut expected| {
            expected.file_pattern = expected.file_pattern.filter(|glob| !glob.trim().is_empty());
            expected
        });
        self.updated_at = now;
    }

    /// Which files of the folder count. A pattern that does not compile matches nothing; [`MonitorDraft::check`] has
    /// refused it.
    pub fn filter(&self) -> FileFilter {
        let target = self.watch_target.target_type;
        let patterns = |globs: &[String]| globs.iter().filter_map(|g| NamePattern::of(g, target)).collect();
        let mut exclude: Vec<NamePattern> = patterns(&self.exclude_patterns);
        for unfinished in UNFINISHED {
            let ending = unfinished.trim_start_matches('*').trim_end_matches('*');
            if !self.file_patterns.iter().any(|glob| glob.trim_end_matches('*').ends_with(ending)) {
                exclude.extend(NamePattern::of(unfinished, target));
            }
        }
        FileFilter { include: patterns(&self.file_patterns), exclude }
    }

    /// Whether a file that started something is one that is waited for. `relative` as [`FileFilter::accepts`] has it.
    pub fn expects(&self, relative: &str) -> bool {
        let pattern = self.expected_files.as_ref().and_then(|expected| expected.file_pattern.as_deref());
        pattern.is_none_or(|glob| {
            NamePattern::of(glob, self.watch_target.target_type).is_some_and(|glob| glob.matches(relative))
        })
    }

    /// Whether `other` looks at the same files: what is in the folder is known for both.
    pub fn sees_the_same(&self, other: &Self) -> bool {
        self.watch_target == other.watch_target
            && self.file_patterns == other.file_patterns
            && self.exclude_patterns == other.exclude_patterns
            && self.recursive == other.recursive
    }

    /// The draft that describes the monitor as it is.
    pub fn to_draft(&self) -> MonitorDraft {
        MonitorDraft {
            name: self.name.clone(),
            description: self.description.clone(),
            watch_target: self.watch_target.clone(),
            trigger_events: self.trigger_events,
            file_patterns: self.file_patterns.clone(),
            exclude_patterns: self.exclude_patterns.clone(),
            recursive: self.recursive,
            polling_interval_sec: self.polling_interval_sec,
            stability_window_sec: self.stability_window_sec,
            batch_mode: self.batch_mode,
            max_files_per_run: self.max_files_per_run,
            compare_content: self.compare_content,
            max_consecutive_failures: self.max_consecutive_failures,
            expected_files: self.expected_files.clone(),
            run_on: Some(self.run_on.clone()),
            bindings: self
                .bindings
                .iter()
                .map(|binding| BindingDraft {
                    job_id: binding.job_id,
                    chain_id: binding.chain_id,
                    parameters: binding.parameters.clone(),
                })
                .collect(),
        }
    }
}

#[cfg(test)]
#[path = "monitor_tests.rs"]
mod tests;
