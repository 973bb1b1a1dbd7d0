//! `command.run`: a program of this computer, with its arguments as they are and no shell.
//!
//! It sees no variable of Courier's own. Invariant: when the step ends, the program and what it started have been told to
//! end too.

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
    let mut child = start(context, &params)?;
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
            end(child).await;
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

fn start(context: &StepContext, params: &CommandRun) -> Result<Child, StepError> {
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
    command.process_group(0);
    command.spawn().map_err(|error| not_started(&params.program, error))
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
async fn end(mut child: Child) {
    signal(&child, Signal::Terminate);
    if tokio::time::timeout(GRACE, child.wait()).await.is_err() {
        signal(&child, Signal::Kill);
        // What cannot be ended now is the system's.
        let _ = child.kill().await;
    }
}

enum Signal {
    Terminate,
    Kill,
}

#[cfg(unix)]
fn signal(child: &Child, which: Signal) {
    use rustix::process::{Pid, Signal as S, kill_process_group};
    let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    if let Some(group) = group {
        let signal = match which {
            Signal::Terminate => S::TERM,
            Signal::Kill => S::KILL,
        };
        // It may be gone already.
        let _ = kill_process_group(group, signal);
    }
}

#[cfg(not(unix))]
fn signal(_child: &Child, _which: Signal) {}

fn exit_code(status: std::process::ExitStatus) -> Option<i32> {
    status.code()
}
