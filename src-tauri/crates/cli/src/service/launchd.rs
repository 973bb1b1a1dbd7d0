//! An agent of launchd for the user.

use super::{Service, ServiceFile, UserFolders, Words, environment_file, environment_path, words};
use std::path::PathBuf;

const LABEL: &str = "org.courier.agent";

fn path(user: &UserFolders) -> PathBuf {
    user.home.join("Library/LaunchAgents").join(format!("{LABEL}.plist"))
}

pub(super) fn files(service: &Service, user: &UserFolders) -> Vec<ServiceFile> {
    let environment = environment_file(service);
    let (program, home) = (service.program.path.to_string_lossy(), service.home.to_string_lossy());
    let arguments = match &environment {
        None => vec![program.into_owned(), "--home".into(), home.into_owned(), "agent".into()],
        // launchd reads no file of variables; the shell does, and becomes the agent.
        Some(_) => vec![
            "/bin/sh".to_owned(),
            "-c".into(),
            "set -a; . \"$0\"; set +a; exec \"$1\" --home \"$2\" agent".into(),
            environment_path(&service.home).to_string_lossy().into_owned(),
            program.into_owned(),
            home.into_owned(),
        ],
    };
    let arguments: String =
        arguments.iter().map(|word| format!("    <string>{}</string>\n", escaped(word))).collect();
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\">\n<dict>\n  <key>Label</key>\n  <string>{LABEL}</string>\n\
         \x20 <key>ProgramArguments</key>\n  <array>\n{arguments}  </array>\n  <key>RunAtLoad</key>\n  <true/>\n\
         \x20 <key>KeepAlive</key>\n  <dict>\n    <key>SuccessfulExit</key>\n    <false/>\n  </dict>\n\
         \x20 <key>ExitTimeOut</key>\n  <integer>30</integer>\n  <key>ProcessType</key>\n  <string>Background</string>\n\
         </dict>\n</plist>\n"
    );
    let agent = ServiceFile { path: path(user), text, private: false };
    environment.into_iter().chain([agent]).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

pub(super) fn start(user: &UserFolders) -> Vec<Words> {
    vec![words(&["launchctl", "load", "-w", &path(user).to_string_lossy()])]
}

pub(super) fn end(user: &UserFolders) -> Vec<Words> {
    vec![words(&["launchctl", "unload", "-w", &path(user).to_string_lossy()])]
}

pub(super) fn ask() -> Words {
    words(&["launchctl", "list", LABEL])
}
