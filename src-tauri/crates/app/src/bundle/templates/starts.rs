//! What a template has beside its job, so that the job starts by itself: a schedule, or a monitor of its folder.
//!
//! It is made with the first version of the job, and is off until somebody has looked at it. A monitor watches what the
//! job's first step sends. Invariant: nothing is made where the job is started by something already.

use super::{Template, named};
use crate::app::{App, blocking};
use crate::error::{AppError, Result};
use crate::{ScheduleFilter, ScheduleOwner, ScheduleRow, monitors};
use courier_domain::job::Job;
use courier_domain::monitor::{
    BindingDraft, FileMonitor, MonitorDraft, MonitorEvent, WatchTarget, WatchTargetType,
};
use courier_domain::pattern::{PathPattern, escape};
use courier_domain::step::{FieldValue, PathList};
use courier_domain::template::is_template;
use courier_domain::{FileMonitorId, JobId};
use serde::Serialize;
use specta::Type;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a template makes beside its job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum TemplateStart {
    Schedule,
    Monitor,
}

/// What was made beside a job. It is off.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum MadeStart {
    Schedule { schedule: ScheduleRow },
    Monitor { id: FileMonitorId, name: String, path: String },
}

impl App {
    /// Makes what the template `key` has beside its job for the job that was saved from it; nothing where the template
    /// has none, or the job is started by something already.
    ///
    /// # Errors
    /// No such template or job; a folder that is no single one, or known in a run only.
    pub async fn job_templates_start(&self, key: &str, job: JobId) -> Result<Option<MadeStart>> {
        let Template { schedule, monitor, .. } = named(key)?;
        let mut session = self.read().await?;
        let owner = ScheduleOwner::Job(job);
        let bound =
            session.monitors().await?.iter().any(|m| m.bindings.iter().any(|b| b.job_id == Some(job)));
        let job = session.job(job).await?;
        drop(session);
        let scheduled = !self
            .schedules_list(ScheduleFilter { owner: Some(owner), ..Default::default() })
            .await?
            .is_empty();
        if bound || scheduled {
            return Ok(None);
        }
        if let Some(draft) = schedule {
            let schedule = self.schedules_add(owner, draft).await?;
            return Ok(Some(MadeStart::Schedule { schedule }));
        }
        match monitor {
            Some(draft) => Ok(Some(self.watch_for(&job, draft).await?)),
            None => Ok(None),
        }
    }

    async fn watch_for(&self, job: &Job, draft: MonitorDraft) -> Result<MadeStart> {
        let paths = sent(job)?;
        let watched = blocking(move || Watched::of(&paths, |path| path.is_dir())).await??;
        let mut unit = self.begin().await?;
        let taken: Vec<String> = unit.monitors().await?.iter().map(|m| m.name.to_lowercase()).collect();
        let name = (1..)
            .map(|n| if n == 1 { job.name.clone() } else { format!("{} ({n})", job.name) })
            .find(|name| !taken.contains(&name.to_lowercase()))
            .unwrap_or_default();
        let draft = MonitorDraft {
            name: name.clone(),
            watch_target: WatchTarget {
                target_type: WatchTargetType::Local,
                path: watched.folder.clone(),
                connection_id: None,
            },
            file_patterns: watched.patterns,
            recursive: watched.recursive,
            bindings: vec![BindingDraft {
                job_id: Some(job.id),
                chain_id: None,
                parameters: BTreeMap::new(),
            }],
            ..draft
        };
        monitors::check(&draft, &mut unit).await?.into_result()?;
        let new = FileMonitor::new(self.new_id(), draft, self.node_name(), unit.now(), || self.new_id());
        unit.insert_monitor(&new).await?;
        // What is in the folder is looked at when it is switched on.
        unit.move_monitor(new.id, MonitorEvent::Disable, None).await?;
        unit.commit().await?;
        Ok(MadeStart::Monitor { id: new.id, name, path: watched.folder })
    }
}

/// The local paths that the job's first step sends.
fn sent(job: &Job) -> Result<Vec<PathPattern>> {
    let value = job.steps.first().and_then(|step| step.configuration.get("local_path"));
    let paths =
        value.and_then(|value| PathList::from_value(value).ok()).map(|list| list.0).unwrap_or_default();
    if paths.is_empty() {
        return Err(cannot("required", "The first step sends no folder of this computer."));
    }
    match paths.iter().any(|path| is_template(path.as_str()) || !Path::new(path.as_str()).is_absolute()) {
        true => {
            Err(cannot("run_only", "Which folder is sent is known in a run only. Make the monitor by hand."))
        }
        false => Ok(paths),
    }
}

fn cannot(code: &str, message: &str) -> AppError {
    AppError::problem("watch_target.path", code, message)
}

/// A folder with what counts in it.
#[derive(Debug, PartialEq, Eq)]
struct Watched {
    folder: String,
    patterns: Vec<String>,
    recursive: bool,
}

impl Watched {
    /// All that the paths mean, where that is in one folder. `is_folder` looks at the disk.
    fn of(paths: &[PathPattern], is_folder: impl Fn(&Path) -> bool) -> Result<Self> {
        let mut found: Option<Self> = None;
        for path in paths {
            let one = match path.literal() {
                Some(literal) if literal.ends_with('/') || is_folder(Path::new(&literal)) => {
                    Self { folder: literal, patterns: Vec::new(), recursive: true }
                }
                Some(literal) => {
                    let file = PathBuf::from(literal);
                    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                    let folder = file.parent().unwrap_or(Path::new("/")).display().to_string();
                    Self { folder, patterns: vec![escape(&name)], recursive: false }
                }
                None => {
                    let (folder, below) = path.split_base();
                    Self { folder, recursive: below.contains('/'), patterns: vec![below] }
                }
            };
            let one = Self {
                folder: Path::new(&one.folder).components().collect::<PathBuf>().display().to_string(),
                ..one
            };
            match &mut found {
                None => found = Some(one),
                Some(all) if all.folder == one.folder => {
                    all.recursive |= one.recursive;
                    // No pattern is every file.
                    if all.patterns.is_empty() || one.patterns.is_empty() {
                        all.patterns.clear();
                    } else {
                        all.patterns.extend(one.patterns);
                    }
                }
                Some(_) => {
                    let message =
                        "The job sends from different folders. A monitor watches one: make them by hand.";
                    return Err(cannot("different_folders", message));
                }
            }
        }
        found.ok_or_else(|| cannot("required", "The first step sends no folder of this computer."))
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::surroundings::SystemClock;
    use crate::{ApplyMode, ApplyRequest, OpenOptions, Prompt, Unnamed, VaultOptions};
    use courier_domain::monitor::MonitorState;
    use serde_json::json;
    use std::sync::Arc;

    const BANK: &str = r#"
courier: 1
connections:
  - { name: Bank, protocol: sftp, host: h.example.org, username: u, auth_method: password, password: { prompt: true } }
"#;

    fn watched(paths: &[&str]) -> Result<(String, Vec<String>, bool)> {
        let paths: Vec<_> = paths.iter().map(|path| PathPattern((*path).to_owned())).collect();
        let found = Watched::of(&paths, |path| path == Path::new("/in"))?;
        Ok((found.folder, found.patterns, found.recursive))
    }

    #[test]
    fn the_folder_of_what_is_sent_is_watched_for_what_is_sent() {
        let only = |pattern: &str| vec![pattern.to_owned()];
        assert_eq!(watched(&["/in/*.csv"]).unwrap(), ("/in".into(), only("*.csv"), false));
        assert_eq!(watched(&["/in/**/*.csv"]).unwrap(), ("/in".into(), only("**/*.csv"), true));
        assert_eq!(watched(&["/in"]).unwrap(), ("/in".into(), vec![], true));
        assert_eq!(watched(&["/out/new/"]).unwrap(), ("/out/new".into(), vec![], true));
        assert_eq!(watched(&["/out/a[1].csv"]).unwrap(), ("/out".into(), only("a1.csv"), false));
        let two = vec!["*.csv".to_owned(), "*.xml".to_owned()];
        assert_eq!(watched(&["/in/*.csv", "/in/*.xml"]).unwrap(), ("/in".into(), two, false));
        assert_eq!(watched(&["/in/*.csv", "/in/"]).unwrap(), ("/in".into(), vec![], true));
        let apart = watched(&["/in/*.csv", "/out/*.csv"]).unwrap_err();
        assert_eq!(apart.problems[0].code, "different_folders");
    }

    struct Opened {
        app: App,
        home: tempfile::TempDir,
    }

    async fn opened() -> Opened {
        let home = tempfile::tempdir().unwrap();
        let options = OpenOptions {
            home: Some(home.path().join("home")),
            database_url: None,
            vault: Some(VaultOptions::new(Arc::new(SystemClock))),
        };
        Opened { app: App::open(options).await.unwrap(), home }
    }

    /// The job of a template, filled in and saved.
    async fn saved(app: &App, key: &str, local_path: &str) -> Job {
        app.bundle_apply(ApplyRequest {
            text: BANK.to_owned(),
            folder: PathBuf::from("/"),
            mode: ApplyMode::Write,
            unnamed: Unnamed::Keep,
            allow_missing_secrets: true,
            prompt: Prompt::nobody(),
        })
        .await
        .unwrap();
        let server = app.connections_find("bank").await.unwrap();
        let mut draft = app.job_templates().unwrap().into_iter().find(|one| one.key == key).unwrap().draft;
        let fields = &mut draft.steps[0].configuration;
        fields.insert("connection_id".into(), json!(server.id));
        fields.insert("local_path".into(), json!(local_path));
        fields.insert("remote_path".into(), json!("/in/"));
        app.jobs_save(None, draft, None).await.unwrap()
    }

    #[tokio::test]
    async fn a_schedule_is_made_once_and_is_off() {
        let Opened { app, home: _home } = opened().await;
        let job = saved(&app, "nightly_mirror", "/data/").await;
        let made = app.job_templates_start("nightly_mirror", job.id).await.unwrap();
        let Some(MadeStart::Schedule { schedule }) = made else { panic!("no schedule: {made:?}") };
        assert_eq!((schedule.job_id, schedule.schedule.is_enabled), (Some(job.id), false));
        assert_eq!(schedule.schedule.cron_expression.as_deref(), Some("0 0 2 * * ?"));
        assert_eq!(schedule.schedule.next_fire_at, None);
        assert_eq!(app.job_templates_start("nightly_mirror", job.id).await.unwrap(), None);
        assert_eq!(app.job_templates_start("check_and_sort", job.id).await.unwrap(), None);
        app.close().await;
    }

    #[tokio::test]
    async fn a_monitor_of_the_folder_is_made_once_and_is_off() {
        let Opened { app, home } = opened().await;
        let folder = home.path().join("out");
        let job = saved(&app, "watch_and_upload", &format!("{}/*.csv", folder.display())).await;
        let made = app.job_templates_start("watch_and_upload", job.id).await.unwrap();
        let Some(MadeStart::Monitor { id, name, path }) = made else { panic!("no monitor: {made:?}") };
        assert_eq!((&name, &path), (&job.name, &folder.display().to_string()));
        let monitor = app.monitors_get(id).await.unwrap().monitor;
        assert_eq!(
            (monitor.state, monitor.file_patterns),
            (MonitorState::Disabled, vec!["*.csv".to_owned()])
        );
        assert_eq!(monitor.bindings[0].job_id, Some(job.id));
        assert_eq!(app.job_templates_start("watch_and_upload", job.id).await.unwrap(), None);
        app.close().await;
    }

    #[tokio::test]
    async fn a_folder_that_only_a_run_knows_is_said_to_be_so() {
        let Opened { app, home: _home } = opened().await;
        let job = saved(&app, "watch_and_upload", "/out/{{ now | date('%Y') }}/").await;
        let error = app.job_templates_start("watch_and_upload", job.id).await.unwrap_err();
        assert_eq!(error.problems[0].code, "run_only");
        assert!(app.monitors_list(Default::default()).await.unwrap().is_empty());
        app.close().await;
    }

    #[test]
    fn the_templates_say_what_they_make() {
        let starts = |key: &str| named(key).unwrap().starts();
        assert_eq!(starts("nightly_mirror"), Some(TemplateStart::Schedule));
        assert_eq!(starts("watch_and_upload"), Some(TemplateStart::Monitor));
        assert_eq!(starts("collect_and_archive"), None);
        assert_eq!(named("none").err().map(|error| error.code), Some(courier_domain::ErrorCode::NotFound));
    }
}
