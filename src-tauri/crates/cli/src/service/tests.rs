use super::*;

fn service(environment: &[(&str, &str)]) -> Service {
    Service {
        program: ProgramFile { path: "/opt/Courier & Co/courier".into(), is_image: false },
        home: "/home/ann/100% \"own\"/courier".into(),
        environment: environment.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
    }
}

fn user() -> UserFolders {
    UserFolders { home: "/home/ann".into(), config: "/home/ann/.config".into() }
}

fn shown(supervisor: Supervisor, environment: &[(&str, &str)]) -> String {
    let files = supervisor.files(&service(environment), &user());
    let told = files.iter().map(|file| {
        let who = if file.private { " (private)" } else { "" };
        format!("--- {}{who}\n{}", file.path.display(), file.text)
    });
    told.collect::<Vec<_>>().join("\n")
}

const SECRET: &[(&str, &str)] = &[("COURIER_DATABASE_URL", "postgres://ann:a\"b\\c@db/courier")];

#[test]
fn systemd_gets_a_unit_of_the_user() {
    insta::assert_snapshot!(shown(Supervisor::Systemd, &[]));
    insta::assert_snapshot!(shown(Supervisor::Systemd, SECRET));
}

#[test]
fn the_unit_of_an_appimage_says_that_the_command_is_meant() {
    let image = ProgramFile { path: "/home/ann/Courier.AppImage".into(), is_image: true };
    let service = Service { program: image, ..service(&[]) };
    let unit = &Supervisor::Systemd.files(&service, &user())[0].text;
    assert!(unit.contains("ExecStart=\"/home/ann/Courier.AppImage\" courier --home "), "{unit}");
}

#[test]
fn launchd_gets_an_agent_of_the_user() {
    insta::assert_snapshot!(shown(Supervisor::Launchd, &[]));
    insta::assert_snapshot!(shown(Supervisor::Launchd, SECRET));
}

#[test]
fn the_task_scheduler_gets_a_task_of_the_user() {
    insta::assert_snapshot!(shown(Supervisor::TaskScheduler, &[]));
    insta::assert_snapshot!(shown(Supervisor::TaskScheduler, SECRET));
}

#[test]
fn what_may_be_secret_stands_only_in_a_private_file() {
    for supervisor in [Supervisor::Systemd, Supervisor::Launchd, Supervisor::TaskScheduler] {
        for file in supervisor.files(&service(SECRET), &user()) {
            assert_eq!(file.text.contains("postgres://"), file.private, "{}", file.path.display());
        }
    }
}
