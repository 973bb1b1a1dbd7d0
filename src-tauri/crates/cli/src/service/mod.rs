//! The agent as a service of the user: the file that the system's own supervisor reads, and the commands that make it
//! read it.
//!
//! Left out: services of the whole machine. Invariant: no secret stands in a file that others may read; what the
//! environment has for Courier goes into a file of the user's own.

mod launchd;
mod systemd;
mod windows;

use courier_app::ProgramFile;
use std::path::{Path, PathBuf};

/// The supervisor of a kind of system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Supervisor {
    Systemd,
    Launchd,
    TaskScheduler,
}

impl Supervisor {
    /// Of this system.
    pub(crate) const fn here() -> Self {
        if cfg!(windows) {
            Self::TaskScheduler
        } else if cfg!(target_os = "macos") {
            Self::Launchd
        } else {
            Self::Systemd
        }
    }

    /// What people call it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Systemd => "systemd",
            Self::Launchd => "launchd",
            Self::TaskScheduler => "the Task Scheduler",
        }
    }
}

/// What the service runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Service {
    pub(crate) program: ProgramFile,
    pub(crate) home: PathBuf,
    /// Variables for Courier, which may hold secrets.
    pub(crate) environment: Vec<(String, String)>,
}

/// A file of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServiceFile {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    /// For nobody but the user.
    pub(crate) private: bool,
}

/// A command of the system, with the words that it is given.
pub(crate) type Words = Vec<String>;

fn words(words: &[&str]) -> Words {
    words.iter().map(|word| (*word).to_owned()).collect()
}

impl Supervisor {
    /// The files of the service, below the user's `config` and home folder.
    pub(crate) fn files(self, service: &Service, user: &UserFolders) -> Vec<ServiceFile> {
        match self {
            Self::Systemd => systemd::files(service, user),
            Self::Launchd => launchd::files(service, user),
            Self::TaskScheduler => windows::files(service),
        }
    }

    /// What makes the system run it, now and at every log-in.
    pub(crate) fn start(self, service: &Service, user: &UserFolders) -> Vec<Words> {
        match self {
            Self::Systemd => systemd::start(),
            Self::Launchd => launchd::start(user),
            Self::TaskScheduler => windows::start(service),
        }
    }

    /// What ends it for good.
    pub(crate) fn end(self, user: &UserFolders) -> Vec<Words> {
        match self {
            Self::Systemd => systemd::end(),
            Self::Launchd => launchd::end(user),
            Self::TaskScheduler => windows::end(),
        }
    }

    /// What succeeds when it runs.
    pub(crate) fn ask(self) -> Words {
        match self {
            Self::Systemd => systemd::ask(),
            Self::Launchd => launchd::ask(),
            Self::TaskScheduler => windows::ask(),
        }
    }
}

/// Where the user's own files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UserFolders {
    pub(crate) home: PathBuf,
    pub(crate) config: PathBuf,
}

/// The variables, one for each line, as a file that the supervisor or the shell reads.
fn environment_file(service: &Service) -> Option<ServiceFile> {
    if service.environment.is_empty() {
        return None;
    }
    let quoted = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"");
    let lines = service.environment.iter().map(|(name, value)| format!("{name}=\"{}\"\n", quoted(value)));
    Some(ServiceFile { path: environment_path(&service.home), text: lines.collect(), private: true })
}

fn environment_path(home: &Path) -> PathBuf {
    home.join("agent.env")
}

#[cfg(test)]
mod tests;
