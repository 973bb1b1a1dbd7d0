//! Programs that tests start: run to the end with their output, or kept running until dropped.

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Runs a program to its end and returns what it printed. Fails with its complaints.
pub fn run(command: &mut Command) -> Result<Vec<u8>> {
    let shown = format!("{command:?}");
    let done = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {shown}"))?;
    if !done.status.success() {
        bail!("{shown} failed with {}:\n{}", done.status, String::from_utf8_lossy(&done.stderr));
    }
    Ok(done.stdout)
}

/// What a running program has written to its standard error so far.
#[derive(Debug, Clone, Default)]
pub struct Log {
    inner: Arc<(Mutex<Lines>, Condvar)>,
}

#[derive(Debug, Default)]
struct Lines {
    text: String,
    ended: bool,
}

impl Log {
    /// All of it.
    pub fn text(&self) -> String {
        self.inner.0.lock().unwrap_or_else(PoisonError::into_inner).text.clone()
    }

    /// Waits until the log holds `needle`; fails with the log when the program ends or the time is up.
    pub fn wait_for(&self, needle: &str, limit: Duration) -> Result<()> {
        let until = Instant::now() + limit;
        let mut lines = self.inner.0.lock().unwrap_or_else(PoisonError::into_inner);
        while !lines.text.contains(needle) {
            let left = until.saturating_duration_since(Instant::now());
            if lines.ended || left.is_zero() {
                bail!("`{needle}` did not come; the log:\n{}", lines.text);
            }
            lines = self.inner.1.wait_timeout(lines, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(())
    }

    fn follow(&self, from: impl std::io::Read + Send + 'static) {
        let log = self.clone();
        std::thread::spawn(move || {
            let mut from = BufReader::new(from);
            let mut line = Vec::new();
            while from.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
                let mut lines = log.inner.0.lock().unwrap_or_else(PoisonError::into_inner);
                lines.text.push_str(&String::from_utf8_lossy(&line));
                log.inner.1.notify_all();
                line.clear();
            }
            log.inner.0.lock().unwrap_or_else(PoisonError::into_inner).ended = true;
            log.inner.1.notify_all();
        });
    }
}

/// A program that runs until this is dropped; then it is killed with all that it started.
#[derive(Debug)]
pub struct Running {
    child: Child,
    pub log: Log,
}

impl Running {
    pub fn start(command: &mut Command) -> Result<Self> {
        let shown = format!("{command:?}");
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {shown}"))?;
        let log = Log::default();
        if let Some(stderr) = child.stderr.take() {
            log.follow(stderr);
        }
        Ok(Self { child, log })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Stops the program as a machine that sleeps would: nothing in it goes on until [`Running::wake`].
    pub fn freeze(&self) -> Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets a frozen program go on as if nothing had been.
    pub fn wake(&self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    /// Asks the program to end, as a service manager does, and waits for it.
    pub fn end(&mut self) -> Result<ExitStatus> {
        self.signal(Signal::TERM)?;
        Ok(self.child.wait()?)
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).with_context(|| format!("process {} cannot be signalled", self.child.id()))
    }

    /// Kills the program and its children, and waits for its end.
    pub fn kill(&mut self) {
        // Taken before the kill: orphans lose their parent. Servers put sessions into groups of their own.
        let children = descendants(self.child.id());
        let _ = self.child.kill();
        let _ = self.child.wait();
        for child in children {
            if let Some(child) = i32::try_from(child).ok().and_then(Pid::from_raw) {
                // It may have ended by itself.
                let _ = kill_process(child, Signal::KILL);
            }
        }
    }
}

/// Everything that `ancestor` and its children have started, as `/proc` tells.
fn descendants(ancestor: u32) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let status = std::fs::read_to_string(entry.path().join("status")).unwrap_or_default();
        let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"));
        if let Some(parent) = parent.and_then(|p| p.trim().parse().ok()) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    let mut open = vec![ancestor];
    while let Some(pid) = open.pop() {
        let below = children.remove(&pid).unwrap_or_default();
        found.extend_from_slice(&below);
        open.extend(below);
    }
    found
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}
