//! `courier agent install|uninstall|status`.

use crate::args::AgentCommand;
use crate::exit;
use crate::output::Out;
use crate::service::{Service, ServiceFile, Supervisor, UserFolders, Words};
use courier_app::{App, AppError, program_file};
use courier_domain::ErrorCode;
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What the agent hears from its environment; the service has no other.
const VARIABLES: [&str; 2] = ["COURIER_DATABASE_URL", "COURIER_VAULT_KEY_FILE"];

pub(super) fn run(app: &App, command: AgentCommand, out: &Out) -> Result<u8, AppError> {
    let (supervisor, user) = (Supervisor::here(), user_folders()?);
    let service = Service {
        program: program_file()
            .ok_or_else(|| AppError::new(ErrorCode::Unsupported, "Where this program lies is not known."))?,
        home: std::path::absolute(app.home()).map_err(AppError::internal)?,
        environment: VARIABLES
            .iter()
            .filter_map(|name| {
                Some(((*name).to_owned(), std::env::var(name).ok().filter(|v| !v.is_empty())?))
            })
            .collect(),
    };
    let files = supervisor.files(&service, &user);
    match command {
        AgentCommand::Install { files_only } => {
            for file in &files {
                write(file)?;
                out.hint(&format!("Wrote {}.", file.path.display()));
            }
            let commands = supervisor.start(&service, &user);
            if files_only {
                tell(&commands, out);
                return Ok(exit::DONE);
            }
            for words in &commands {
                if let Err(why) = run_quietly(words) {
                    out.note(&format!(
                        "{} could not be asked ({why}). The files are written; where it runs, enter:",
                        supervisor.name()
                    ));
                    tell(&commands, out);
                    return Ok(exit::FAILED);
                }
            }
            out.hint(&format!("{} runs the agent now, and whenever you log in.", capital(supervisor.name())));
            if supervisor == Supervisor::Systemd {
                out.hint("It also runs while you are not logged in after: loginctl enable-linger");
            }
            Ok(exit::DONE)
        }
        AgentCommand::Uninstall => {
            let there = files.iter().any(|file| file.path.exists());
            for words in supervisor.end(&user) {
                // What is not there need not be ended.
                let _ = run_quietly(&words);
            }
            for path in all_files(supervisor, &service, &user) {
                match std::fs::remove_file(&path) {
                    Ok(()) => out.hint(&format!("Removed {}.", path.display())),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                    Err(error) => return Err(AppError::disk("remove", &path, &error)),
                }
            }
            out.hint(if there { "The agent is no service any more." } else { "The agent was no service." });
            Ok(exit::DONE)
        }
        AgentCommand::Status => {
            let installed = files.iter().all(|file| file.path.exists());
            let running = installed && run_quietly(&supervisor.ask()).is_ok();
            if out.json {
                out.json(&json!({
                    "supervisor": supervisor.name(), "installed": installed, "running": running,
                    "files": files.iter().map(|file| &file.path).collect::<Vec<_>>(),
                }));
            } else {
                out.line(match (installed, running) {
                    (false, _) => "The agent is not installed as a service: courier agent install",
                    (true, false) => "The agent is installed as a service, and does not run.",
                    (true, true) => "The agent is installed as a service, and runs.",
                });
            }
            Ok(if running { exit::DONE } else { exit::FAILED })
        }
    }
}

/// Also the file of variables that an earlier installation may have left.
fn all_files(supervisor: Supervisor, service: &Service, user: &UserFolders) -> Vec<PathBuf> {
    let with = Service { environment: vec![("A".into(), "B".into())], ..service.clone() };
    supervisor.files(&with, user).into_iter().map(|file| file.path).collect()
}

fn user_folders() -> Result<UserFolders, AppError> {
    let home = std::env::home_dir()
        .ok_or_else(|| AppError::new(ErrorCode::Validation, "You have no home folder."))?;
    let config = std::env::var_os("XDG_CONFIG_HOME").filter(|path| !path.is_empty());
    Ok(UserFolders { config: config.map_or_else(|| home.join(".config"), PathBuf::from), home })
}

fn write(file: &ServiceFile) -> Result<(), AppError> {
    let failed = |error: std::io::Error| AppError::disk("write", &file.path, &error);
    if let Some(folder) = file.path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let beside = file.path.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(if file.private { 0o600 } else { 0o644 });
    }
    // One that is there may be open to others.
    let _ = std::fs::remove_file(&beside);
    options.open(&beside).and_then(|mut open| open.write_all(file.text.as_bytes())).map_err(failed)?;
    std::fs::rename(&beside, &file.path).map_err(failed)
}

/// Runs a command of the system; what it said if it failed.
fn run_quietly(words: &Words) -> Result<(), String> {
    let Some((program, arguments)) = words.split_first() else { return Ok(()) };
    let done = Command::new(Path::new(program))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{program}: {error}"))?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    Err(said.lines().next().unwrap_or("it failed").trim().to_owned())
}

fn tell(commands: &[Words], out: &Out) {
    for words in commands {
        let quoted = |word: &String| if word.contains(' ') { format!("\"{word}\"") } else { word.clone() };
        out.line(&words.iter().map(quoted).collect::<Vec<_>>().join(" "));
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
