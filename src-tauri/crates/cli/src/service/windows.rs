//! A task of the Task Scheduler for the user: it needs no administrator and has the user's keychain, which a service of
//! the machine has not.

use super::{Service, ServiceFile, Words, environment_file, environment_path, words};
use std::path::{Path, PathBuf};

const TASK: &str = "Courier agent";

fn path(home: &Path) -> PathBuf {
    home.join("courier-agent.xml")
}

pub(super) fn files(service: &Service) -> Vec<ServiceFile> {
    let environment = environment_file(service);
    let (program, home) = (service.program.path.to_string_lossy(), service.home.to_string_lossy());
    let (command, arguments) = match &environment {
        None => (program.into_owned(), format!("--home \"{home}\" agent")),
        // The scheduler gives a task no variables; PowerShell reads them and waits for the agent.
        Some(_) => {
            let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
            let script = format!(
                "Get-Content -LiteralPath {} | ForEach-Object {{ if ($_ -match '^(\\w+)=\"(.*)\"$') {{ \
                 [Environment]::SetEnvironmentVariable($Matches[1], ($Matches[2] -replace '\\\\(.)', '$1')) }} }}; \
                 & {} --home {} agent; exit $LASTEXITCODE",
                quoted(&environment_path(&service.home).to_string_lossy()),
                quoted(&program),
                quoted(&home),
            );
            (
                "powershell.exe".to_owned(),
                format!("-NoProfile -WindowStyle Hidden -Command \"{}\"", script.replace('"', "\\\"")),
            )
        }
    };
    let text = format!(
        "<?xml version=\"1.0\"?>\n<Task version=\"1.3\" xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\">\n\
         \x20 <RegistrationInfo>\n    <Description>Courier: runs jobs, schedules and monitors</Description>\n  </RegistrationInfo>\n\
         \x20 <Triggers>\n    <LogonTrigger>\n      <Enabled>true</Enabled>\n    </LogonTrigger>\n  </Triggers>\n\
         \x20 <Settings>\n    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>\n\
         \x20   <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>\n\
         \x20   <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>\n    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>\n\
         \x20   <RestartOnFailure>\n      <Interval>PT1M</Interval>\n      <Count>999</Count>\n    </RestartOnFailure>\n\
         \x20 </Settings>\n  <Actions>\n    <Exec>\n      <Command>{}</Command>\n      <Arguments>{}</Arguments>\n    </Exec>\n\
         \x20 </Actions>\n</Task>\n",
        escaped(&command),
        escaped(&arguments),
    );
    let task = ServiceFile { path: path(&service.home), text, private: false };
    environment.into_iter().chain([task]).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

pub(super) fn start(service: &Service) -> Vec<Words> {
    let file = path(&service.home).to_string_lossy().into_owned();
    vec![
        words(&["schtasks", "/Create", "/F", "/TN", TASK, "/XML", &file]),
        words(&["schtasks", "/Run", "/TN", TASK]),
    ]
}

pub(super) fn end() -> Vec<Words> {
    vec![words(&["schtasks", "/End", "/TN", TASK]), words(&["schtasks", "/Delete", "/F", "/TN", TASK])]
}

pub(super) fn ask() -> Words {
    words(&["schtasks", "/Query", "/TN", TASK])
}
