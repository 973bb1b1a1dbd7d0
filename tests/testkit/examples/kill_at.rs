//! `kill_at N PROGRAM ARGS…` kills a program right before the `N`th system call (1 is the first) by which it makes
//! something durable: a file synced, renamed, linked, cut, removed, or a folder made. Calls of all its threads and
//! children count in the order in which they come. Ends as the program does, with 137 when it was killed.

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod tracer {
    use anyhow::{Context, Result};
    use nix::libc;
    use nix::sys::ptrace::{self, Options};
    use nix::sys::signal::{Signal, kill};
    use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
    use nix::unistd::Pid;
    use std::collections::BTreeSet;
    use std::process::{Command, ExitCode};

    const KILLED: u8 = 137;
    const DURABLE: &[libc::c_long] = &[
        libc::SYS_fsync,
        libc::SYS_fdatasync,
        libc::SYS_ftruncate,
        libc::SYS_linkat,
        libc::SYS_mkdirat,
        libc::SYS_renameat,
        libc::SYS_renameat2,
        libc::SYS_unlinkat,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_link,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_mkdir,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_rename,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_rmdir,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_unlink,
    ];

    pub(crate) fn main() -> Result<ExitCode> {
        let mut args = std::env::args_os().skip(1);
        let at: u64 = args.next().and_then(|n| n.to_str()?.parse().ok()).context("the number of the call")?;
        // It waits until it is watched.
        let child = Command::new("sh").args(["-c", "kill -STOP $$; exec \"$@\"", "sh"]).args(args).spawn()?;
        let program = Pid::from_raw(i32::try_from(child.id())?);
        waitpid(program, Some(WaitPidFlag::WUNTRACED))?;
        let everything = Options::PTRACE_O_TRACESYSGOOD
            | Options::PTRACE_O_TRACECLONE
            | Options::PTRACE_O_TRACEFORK
            | Options::PTRACE_O_TRACEVFORK
            | Options::PTRACE_O_EXITKILL;
        ptrace::seize(program, everything)?;
        kill(program, Signal::SIGCONT)?;
        Ok(ExitCode::from(follow(program, at)?))
    }

    fn follow(program: Pid, at: u64) -> Result<u8> {
        let mut inside = BTreeSet::new();
        let mut seen = 0;
        loop {
            match waitpid(None, Some(WaitPidFlag::__WALL))? {
                WaitStatus::PtraceSyscall(thread) => {
                    // Each call stops a thread twice: before and after.
                    if !inside.remove(&thread) {
                        inside.insert(thread);
                        if call(thread).is_some_and(|number| DURABLE.contains(&number)) {
                            seen += 1;
                            if seen == at {
                                kill(program, Signal::SIGKILL)?;
                                continue;
                            }
                        }
                    }
                    go_on(thread, None);
                }
                WaitStatus::PtraceEvent(thread, _, _) => go_on(thread, None),
                WaitStatus::Stopped(thread, signal) => go_on(thread, Some(signal)),
                WaitStatus::Exited(process, status) if process == program => {
                    return Ok(u8::try_from(status)?);
                }
                WaitStatus::Signaled(process, _, _) if process == program => return Ok(KILLED),
                WaitStatus::Exited(..)
                | WaitStatus::Signaled(..)
                | WaitStatus::Continued(_)
                | WaitStatus::StillAlive => {}
            }
        }
    }

    /// A thread that is gone by now is told of by the next wait.
    fn go_on(thread: Pid, signal: Option<Signal>) {
        let _ = ptrace::syscall(thread, signal);
    }

    #[cfg(target_arch = "x86_64")]
    fn call(thread: Pid) -> Option<libc::c_long> {
        ptrace::getregs(thread).ok().and_then(|registers| registers.orig_rax.try_into().ok())
    }

    #[cfg(target_arch = "aarch64")]
    fn call(thread: Pid) -> Option<libc::c_long> {
        ptrace::getregs(thread).ok().and_then(|registers| registers.regs[8].try_into().ok())
    }
}

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn main() -> anyhow::Result<std::process::ExitCode> {
    tracer::main()
}

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn main() -> anyhow::Result<()> {
    anyhow::bail!("programs are watched on Linux only")
}
