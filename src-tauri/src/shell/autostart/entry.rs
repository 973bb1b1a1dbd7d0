//! On Linux: a desktop entry in the folder that sessions start from (freedesktop.org: Desktop Application Autostart).

use courier_app::{AppError, Result};
use directories::BaseDirs;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const NAME: &str = "courier.desktop";

pub(super) fn is_on(program: &str, arguments: &[&str]) -> Result<bool> {
    is_on_in(&folder()?, program, arguments)
}

pub(super) fn switch_on(program: &str, arguments: &[&str]) -> Result<()> {
    switch_on_in(&folder()?, program, arguments)
}

pub(super) fn switch_off() -> Result<()> {
    switch_off_in(&folder()?)
}

/// `$XDG_CONFIG_HOME/autostart`.
fn folder() -> Result<PathBuf> {
    let dirs = BaseDirs::new().ok_or_else(|| AppError::internal("this user has no home folder"))?;
    Ok(dirs.config_dir().join("autostart"))
}

fn is_on_in(folder: &Path, program: &str, arguments: &[&str]) -> Result<bool> {
    let file = folder.join(NAME);
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(AppError::disk("read", &file, &error)),
    };
    let value = |key: &str| {
        text.lines().find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix('=')).map(str::trim)
    };
    // Desktops switch an entry off by marking it.
    let is_marked = value("Hidden") == Some("true") || value("X-GNOME-Autostart-enabled") == Some("false");
    Ok(!is_marked && value("Exec") == Some(exec(program, arguments).as_str()))
}

fn switch_on_in(folder: &Path, program: &str, arguments: &[&str]) -> Result<()> {
    fs::create_dir_all(folder).map_err(|error| AppError::disk("make", folder, &error))?;
    let file = folder.join(NAME);
    let text = format!(
        "[Desktop Entry]\n\
         Type=Application\n\
         Name=Courier\n\
         Comment=Managed file transfer, started in the tray\n\
         Icon=courier-desktop\n\
         TryExec={}\n\
         Exec={}\n\
         Terminal=false\n\
         StartupNotify=false\n",
        escaped(program),
        exec(program, arguments)
    );
    // A session that starts meanwhile finds the old one or the new one.
    let new = folder.join(format!(".{NAME}.new"));
    let written = fs::write(&new, text).and_then(|()| fs::rename(&new, &file));
    written.map_err(|error| AppError::disk("write", &file, &error))
}

fn switch_off_in(folder: &Path) -> Result<()> {
    let file = folder.join(NAME);
    match fs::remove_file(&file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(AppError::disk("remove", &file, &error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The command line: each part in quotes, and what is special in there made harmless; a `%` alone would be a field.
fn exec(program: &str, arguments: &[&str]) -> String {
    let quoted = |part: &str| {
        let mut quoted = String::from('"');
        for c in part.chars() {
            match c {
                '"' | '`' | '$' | '\\' => quoted.extend(['\\', c]),
                '%' => quoted.push_str("%%"),
                c => quoted.push(c),
            }
        }
        quoted.push('"');
        quoted
    };
    let parts: Vec<String> = std::iter::once(&program).chain(arguments).map(|part| quoted(part)).collect();
    escaped(&parts.join(" "))
}

/// As values of desktop entries are written.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARGUMENTS: &[&str] = &["--hidden", "--home", "/data/100 %"];

    #[test]
    fn it_is_written_found_and_taken_away() {
        let config = tempfile::tempdir().unwrap();
        let folder = config.path().join("autostart");
        let is_on = |program| is_on_in(&folder, program, ARGUMENTS).unwrap();
        assert!(!is_on("/opt/my courier/courier"));
        switch_on_in(&folder, "/opt/my courier/courier", ARGUMENTS).unwrap();
        let text = fs::read_to_string(folder.join(NAME)).unwrap();
        let exec = r#"Exec="/opt/my courier/courier" "--hidden" "--home" "/data/100 %%""#;
        assert!(text.lines().any(|line| line == exec), "{text}");
        assert!(text.lines().any(|line| line == "TryExec=/opt/my courier/courier"), "{text}");
        assert!(is_on("/opt/my courier/courier"));
        assert!(!is_on("/elsewhere/courier"), "of a Courier that was moved");
        assert!(!is_on_in(&folder, "/opt/my courier/courier", &["--hidden"]).unwrap(), "of another folder");
        let names: Vec<_> = fs::read_dir(&folder).unwrap().map(|f| f.unwrap().file_name()).collect();
        assert_eq!(names, [NAME]);

        for mark in ["Hidden=true", "X-GNOME-Autostart-enabled = false"] {
            fs::write(folder.join(NAME), format!("{text}{mark}\n")).unwrap();
            assert!(!is_on("/opt/my courier/courier"), "{mark}");
        }
        switch_off_in(&folder).unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        switch_off_in(&folder).unwrap();
    }

    #[test]
    fn special_characters_stay_what_they_are() {
        assert_eq!(exec(r#"/a "b" $c `d` \e"#, &[]), r#""/a \\"b\\" \\$c \\`d\\` \\\\e""#);
    }

    #[test]
    fn what_cannot_be_written_is_told() {
        let config = tempfile::tempdir().unwrap();
        let folder = config.path().join("autostart");
        fs::write(&folder, "no folder").unwrap();
        let error = switch_on_in(&folder, "/opt/courier", &[]).unwrap_err();
        assert!(error.message.contains("autostart"), "{error}");
    }
}
