//! The start of Courier with a person's session, in the tray.
//!
//! Invariant: what the system will do is the truth; nothing is remembered beside it. It counts as on only if it starts
//! this program with this data folder, so that switching it on mends an entry of a Courier that was moved.
//!
//! The database is never named there: its address may hold a password. Who gives one in the environment gives it to the
//! session, too.

#[cfg(target_os = "linux")]
mod entry;
#[cfg(not(target_os = "linux"))]
mod launcher;

#[cfg(target_os = "linux")]
use entry as system;
#[cfg(not(target_os = "linux"))]
use launcher as system;

use super::HIDDEN;
use courier_app::domain::ErrorCode;
use courier_app::{AppError, Result, program_file};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What is to be started.
#[derive(Debug)]
pub(crate) struct Autostart {
    program: Option<PathBuf>,
    arguments: Vec<OsString>,
}

impl Autostart {
    /// This program, as it was started: with `home` only where a person chose one.
    pub(crate) fn of_this_program(home: Option<&Path>) -> Self {
        let mut arguments = vec![OsString::from(HIDDEN)];
        if let Some(home) = home {
            arguments.push("--home".into());
            arguments.push(std::path::absolute(home).unwrap_or_else(|_| home.to_owned()).into());
        }
        Self { program: program_file().map(|file| file.path), arguments }
    }

    pub(crate) fn is_on(&self) -> Result<bool> {
        let (program, arguments) = self.command()?;
        system::is_on(program, &arguments)
    }

    pub(crate) fn set(&self, enabled: bool) -> Result<()> {
        if !enabled {
            return system::switch_off();
        }
        let (program, arguments) = self.command()?;
        system::switch_on(program, &arguments)
    }

    /// The program and its arguments as the text that systems keep.
    fn command(&self) -> Result<(&str, Vec<&str>)> {
        let refused = |what: &str| {
            let message = format!("Courier cannot be started by the system: {what}.");
            AppError::new(ErrorCode::Unsupported, message)
        };
        let program = self.program.as_deref().ok_or_else(|| refused("its own place is not known"))?;
        let all = std::iter::once(program.as_os_str()).chain(self.arguments.iter().map(OsString::as_os_str));
        let mut texts = Vec::with_capacity(1 + self.arguments.len());
        for part in all {
            let text = part.to_str().filter(|text| !text.chars().any(char::is_control));
            texts.push(text.ok_or_else(|| refused("a folder on the way to it has a name that is no text"))?);
        }
        Ok((texts.remove(0), texts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn autostart(program: &str, home: Option<&str>) -> Autostart {
        Autostart { program: Some(program.into()), ..Autostart::of_this_program(home.map(Path::new)) }
    }

    #[test]
    fn a_chosen_folder_is_named_and_the_usual_one_is_not() {
        let usual = autostart("/opt/courier", None);
        assert_eq!(usual.command().unwrap(), ("/opt/courier", vec!["--hidden"]));
        let chosen = autostart("/opt/courier", Some("/data/my courier"));
        let (_, arguments) = chosen.command().unwrap();
        assert_eq!(arguments, ["--hidden", "--home", "/data/my courier"]);
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        let broken = autostart("/opt/two\nlines", None);
        assert_eq!(broken.command().unwrap_err().code, ErrorCode::Unsupported);
        let lost = Autostart { program: None, ..Autostart::of_this_program(None) };
        assert_eq!(lost.command().unwrap_err().code, ErrorCode::Unsupported);
    }
}
