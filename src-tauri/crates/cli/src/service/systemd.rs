//! A unit of systemd for the user.

use super::{Service, ServiceFile, UserFolders, Words, environment_file, environment_path, words};
use std::path::Path;

const UNIT: &str = "courier-agent.service";

pub(super) fn files(service: &Service, user: &UserFolders) -> Vec<ServiceFile> {
    let environment = environment_file(service);
    let reads = environment.as_ref().map_or_else(String::new, |_| {
        // The whole line is the path; quotes would be a part of it.
        let path = environment_path(&service.home).to_string_lossy().replace('%', "%%");
        format!("EnvironmentFile={path}\n")
    });
    // Running work pauses within 20 s of the signal.
    let text = format!(
        "[Unit]\nDescription=Courier: runs jobs, schedules and monitors\nAfter=network-online.target\n\n\
         [Service]\nType=exec\n{reads}ExecStart={}{} --home {} agent\nRestart=on-failure\nRestartSec=5\n\
         TimeoutStopSec=30\nKillSignal=SIGTERM\nNoNewPrivileges=yes\n\n[Install]\nWantedBy=default.target\n",
        escaped(&service.program.path),
        if service.program.is_image { " courier" } else { "" },
        escaped(&service.home),
    );
    let unit = ServiceFile { path: user.config.join("systemd/user").join(UNIT), text, private: false };
    environment.into_iter().chain([unit]).collect()
}

/// One word of a unit: quoted, with what systemd would replace doubled.
fn escaped(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", text.replace('%', "%%").replace('$', "$$"))
}

pub(super) fn start() -> Vec<Words> {
    vec![
        words(&["systemctl", "--user", "daemon-reload"]),
        words(&["systemctl", "--user", "enable", "--now", UNIT]),
    ]
}

pub(super) fn end() -> Vec<Words> {
    vec![
        words(&["systemctl", "--user", "disable", "--now", UNIT]),
        words(&["systemctl", "--user", "daemon-reload"]),
    ]
}

pub(super) fn ask() -> Words {
    words(&["systemctl", "--user", "is-active", "--quiet", UNIT])
}
