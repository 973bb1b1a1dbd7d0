//! Courier's engine: takes executions from the queue and runs their steps, so that nothing is lost and nothing is done
//! twice.
//!
//! [`Engine::start`] makes this process a node. A run goes on from its last checkpoint after a pause, a crash or a
//! rescue; temporary names and leases keep a stale worker from leaving an effect. Left out: what people can ask for
//! (the app), and every rule about states (the domain).
//!
//! Invariant: a final file name, local or remote, is only given by the worker whose lease was just checked.

mod amount;
mod archive_limits;
mod attempt;
pub mod audit;
mod context;
mod copy;
mod error;
mod file_result;
mod files;
mod key_dates;
pub mod key_use;
mod limits;
mod local;
mod maintenance;
mod matching;
pub mod monitors;
mod node;
pub mod parameters;
pub mod places;
mod progress;
mod publish;
mod rehearsal;
mod relay;
pub mod remote;
mod retention;
mod roots;
mod run_log;
mod scope;
mod sessions;
mod steps;
mod stop;
pub mod triggers;
mod unlock;
mod worker;
mod workspace;

pub use archive_limits::archive_limits;
pub use copy::{Digested, digest};
pub use error::{EngineError, StepError};
pub use matching::{PathsLook, PathsMatch, decided_by};
pub use node::{Engine, EngineParts, RunningEngine, Work};
pub use progress::{ExecutionProgress, ProgressHub};
pub use publish::{MadeFolders, temporary_name, write_whole};
pub use rehearsal::{
    FILES_NAMED, PlannedFile, Rehearsal, RehearsalProblem, RehearsalRequest, RehearsedStep, Verdict,
};
pub use relay::{DesktopHub, Notice};
pub use steps::{globs, place_unpacked};

use courier_domain::JobExecutionId;
use std::path::{Path, PathBuf};

/// Where the folders of runs are, below Courier's home.
pub(crate) fn workspaces_in(home: &Path) -> PathBuf {
    home.join("work")
}

/// The folder of one run, while it is kept.
pub fn workspace_of(home: &Path, execution: JobExecutionId) -> PathBuf {
    workspace::path(&workspaces_in(home), execution)
}
