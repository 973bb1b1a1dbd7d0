//! On macOS a launch agent, on Windows an entry of this user's in the registry.

use auto_launch::{AutoLaunch, AutoLaunchBuilder, WindowsEnableMode};
use courier_app::domain::ErrorCode;
use courier_app::{AppError, Result};

pub(super) fn is_on(program: &str, arguments: &[&str]) -> Result<bool> {
    launcher(program, arguments)?.is_enabled().map_err(failed)
}

pub(super) fn switch_on(program: &str, arguments: &[&str]) -> Result<()> {
    launcher(program, arguments)?.enable().map_err(failed)
}

pub(super) fn switch_off() -> Result<()> {
    let launcher = launcher("", &[])?;
    // Windows takes it for a failure when there is nothing to take away.
    if launcher.is_enabled().map_err(failed)? { launcher.disable().map_err(failed) } else { Ok(()) }
}

fn launcher(program: &str, arguments: &[&str]) -> Result<AutoLaunch> {
    let arguments: Vec<String> = arguments.iter().map(|argument| quoted(argument)).collect();
    AutoLaunchBuilder::new()
        .set_app_name("Courier")
        .set_app_path(&quoted(program))
        .set_args(&arguments)
        .set_windows_enable_mode(WindowsEnableMode::CurrentUser)
        .build()
        .map_err(failed)
}

/// Windows keeps one line for all; a backslash before the last quote would make it part of the name.
fn quoted(part: &str) -> String {
    if !cfg!(windows) {
        return part.to_owned();
    }
    let trailing = part.len() - part.trim_end_matches('\\').len();
    format!("\"{part}{}\"", "\\".repeat(trailing))
}

fn failed(error: auto_launch::Error) -> AppError {
    AppError::new(
        ErrorCode::IoFailed,
        format!("The system does not let Courier start with the session: {error}."),
    )
}
