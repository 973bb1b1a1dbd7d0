//! `command.run`: a program of this computer, with its arguments as they are and no shell.
//!
//! It sees no variable of Courier's own. Invariant: when the step ends, the program and what it started have been told to
//! end too; when Courier is killed, they are.

use crate::context::{Outcome, StepContext};
use crate::error::StepError;
use courier_domain::ErrorCode;
use courier_domain::setting::ALLOW_COMMANDS;
use courier_domain::step::CommandRun;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

/// How much of its output is kept.
const TAIL: usize = 64 << 10;
/// Between the polite signal and the other.
const GRACE: Duration = Duration::from_secs(5);
/// What a program may need to know of its surroundings; Courier's own variables may hold secrets.
const PASSED_ON: [&str; 12] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "SHELL",
    "SYSTEMROOT",
    "TEMP",
    "USERPROFILE",
];

pub(crate) async fn run(context: &StepContext, params: CommandRun) -> Result<Outcome, StepError> {
    let allowed = context.services.store.read().await?.setting(ALLOW_COMMANDS).await?;
    if allowed != "true" {
        return Err(StepError::new(
            ErrorCode::CommandsNotAllowed,
            "This Courier may not run programs: the setting security.allow_commands is off.",
        ));
    }
    // It goes when this does, however the step ends.
    #[cfg(unix)]
    let guard = Guard::new()?;
    let mut child = start(
        context,
        &params,
        #[cfg(unix)]
        &guard,
    )?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let input = params.stdin.clone().unwrap_or_default();
    let feed = async move {
        if let Some(mut stdin) = stdin {
            // A program that does not read its input is none of our business.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
    };
    let work = async {
        let ((), out, err) = tokio::join!(feed, tail(stdout), tail(stderr));
        let status = child.wait().await;
        (status, out, err)
    };
    let (status, out, err) = tokio::select! {
        done = work => done,
        () = context.cancel.cancelled() => {
            end(
                child,
                #[cfg(unix)]
                &guard,
            )
            .await;
            return Err(StepError::cancelled());
        }
    };
    let status = status.map_err(|error| not_started(&params.program, error))?;
    let code = exit_code(status);
    let expected = CommandRun::exit_codes(&params.expected_exit_codes).unwrap_or_else(|| vec![0]);
    if !code.is_some_and(|code| expected.contains(&code)) {
        let how = code.map_or_else(
            || "was ended by a signal".to_owned(),
            |code| format!("ended with exit status {code}"),
        );
        let said =
            err.lines().rev().find(|line| !line.trim().is_empty()).map(|line| format!(": {}", line.trim()));
        let message = format!("{} {how}{}", params.program, said.unwrap_or_else(|| ".".into()));
        return Err(StepError::new(ErrorCode::CommandFailed, message));
    }
    let Value::Object(outputs) = json!({ "exit_code": code, "stdout": out, "stderr": err }) else {
        return Ok(Outcome::default());
    };
    Ok(Outcome { outputs, ..Outcome::default() })
}

fn start(context: &StepContext, params: &CommandRun, #[cfg(unix)] guard: &Guard) -> Result<Child, StepError> {
    let folder = params.working_directory.as_deref().filter(|path| !path.is_empty());
    let folder = folder.map_or_else(|| context.workspace.to_path_buf(), |path| context.workspace.join(path));
    if !folder.is_dir() {
        let message = format!("There is no folder {} to run in.", folder.display());
        return Err(StepError::new(ErrorCode::FileNotFound, message));
    }
    let mut command = Command::new(&params.program);
    command.args(&params.arguments).current_dir(folder).env_clear().kill_on_drop(true);
    command.envs(PASSED_ON.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    for (name, value) in params.environment.iter().flat_map(|values| &values.0) {
        command.env(name, value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    command.process_group(guard.group().unwrap_or(0));
    command.spawn().map_err(|error| not_started(&params.program, error))
}

/// A shell that waits for Courier's end, and then ends everything in its group: the program, and what that started. It
/// notices by its input, whose other end only Courier holds. It is there before the program, which is born into its group.
/// (A signal at a parent's death would reach the program alone, and at the death of the thread that started it.)
#[cfg(unix)]
struct Guard {
    shell: Child,
}

#[cfg(unix)]
impl Guard {
    fn new() -> Result<Self, StepError> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "trap '' TERM; read -r end; kill -s KILL 0"]);
        command.env_clear().current_dir("/").kill_on_drop(true).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let shell = command.spawn().map_err(|error| not_started("/bin/sh", error))?;
        Ok(Self { shell })
    }

    fn group(&self) -> Option<i32> {
        self.shell.id().and_then(|id| i32::try_from(id).ok())
    }
}

fn not_started(program: &str, error: std::io::Error) -> StepError {
    use std::io::ErrorKind as K;
    let (code, message) = match error.kind() {
        K::NotFound => (ErrorCode::FileNotFound, format!("There is no program {program}.")),
        K::PermissionDenied => (ErrorCode::PermissionDenied, format!("Courier may not run {program}.")),
        _ => (ErrorCode::IoFailed, format!("{program} could not be run: {error}.")),
    };
    StepError { code, message, cause: Some(Box::new(error)) }
}

/// The end of what a program writes; all of it is read, so that it never waits for us.
async fn tail(pipe: Option<impl AsyncRead + Unpin>) -> String {
    let Some(mut pipe) = pipe else { return String::new() };
    let (mut kept, mut block) = (VecDeque::with_capacity(TAIL), vec![0; 16 << 10]);
    while let Ok(read @ 1..) = pipe.read(&mut block).await {
        kept.extend(block.iter().take(read));
        let surplus = kept.len().saturating_sub(TAIL);
        kept.drain(..surplus);
    }
    String::from_utf8_lossy(kept.make_contiguous()).into_owned()
}

/// Ends the program and everything it started: politely, then not.
async fn end(mut child: Child, #[cfg(unix)] guard: &Guard) {
    #[cfg(unix)]
    signal(guard, rustix::process::Signal::TERM);
    if tokio::time::timeout(GRACE, child.wait()).await.is_err() {
        #[cfg(unix)]
        signal(guard, rustix::process::Signal::KILL);
        // What cannot be ended now is the system's.
        let _ = child.kill().await;
    }
}

#[cfg(unix)]
fn signal(guard: &Guard, signal: rustix::process::Signal) {
    if let Some(group) = guard.group().and_then(rustix::process::Pid::from_raw) {
        // It may be gone already.
        let _ = rustix::process::kill_process_group(group, signal);
    }
}

fn exit_code(status: std::process::ExitStatus) -> Option<i32> {
    status.code()
}
