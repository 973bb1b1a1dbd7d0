//! One `courier agent`: a process that can be killed, stopped and let go on.

use crate::patience::PATIENCE;
use anyhow::{Result, ensure};
use courier_testkit::process::{Log, Running};
use std::process::Command;

pub(crate) struct Node {
    process: Running,
}

impl Node {
    /// Returns when it takes work.
    pub(crate) fn start(mut command: Command) -> Result<Self> {
        let process = Running::start(&mut command)?;
        process.log.wait_for("Courier is running", PATIENCE)?;
        Ok(Self { process })
    }

    /// kill -9.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    pub(crate) fn freeze(&self) -> Result<()> {
        self.process.freeze()
    }

    pub(crate) fn wake(&self) -> Result<()> {
        self.process.wake()
    }

    /// What it says while it works, on standard error.
    pub(crate) fn log(&self) -> &Log {
        &self.process.log
    }

    /// Ends it in order; it must not have ended before.
    pub(crate) fn end(mut self) -> Result<()> {
        ensure!(!self.process.has_ended(), "an agent ended by itself:\n{}", self.log().text());
        let status = self.process.end()?;
        ensure!(status.success(), "an agent ended with {status}:\n{}", self.log().text());
        Ok(())
    }
}
