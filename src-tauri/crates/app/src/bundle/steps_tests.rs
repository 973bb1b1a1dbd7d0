//! What is copied comes back as it was, and what is no step is refused in plain words.

use super::{ApplyMode, ApplyRequest, Prompt, Unnamed};
use crate::surroundings::SystemClock;
use crate::{App, OpenOptions, VaultOptions};
use courier_domain::job::StepDraft;
use std::sync::Arc;
use tempfile::TempDir;

const BUNDLE: &str = r#"
courier: 1
connections:
  - { name: Harbour bank, protocol: sftp, host: h.example.org, username: u, auth_method: password, password: { prompt: true } }
jobs:
  - name: Fetch
    steps:
      - name: Get
        type_key: sftp.download
        configuration: { connection_id: Harbour bank, remote_path: "/in/*.pgp", local_path: /in/ }
        failure_policy: { type: retry_step, max_retries: 5 }
      - { name: Each file, alias: every, type_key: flow.foreach, configuration: { source: "{{ steps.get.files }}" } }
      - { name: Pause, type_key: flow.wait, configuration: { seconds: 1 }, enabled: false, timeout_seconds: 9 }
      - { name: End, type_key: flow.end }
"#;

struct Opened {
    app: App,
    _home: TempDir,
}

async fn opened() -> Opened {
    let home = tempfile::tempdir().unwrap();
    let options = OpenOptions {
        home: Some(home.path().join("home")),
        database_url: None,
        vault: Some(VaultOptions::new(Arc::new(SystemClock))),
    };
    let app = App::open(options).await.unwrap();
    app.bundle_apply(ApplyRequest {
        text: BUNDLE.to_owned(),
        folder: home.path().to_owned(),
        mode: ApplyMode::Write,
        unnamed: Unnamed::Keep,
        allow_missing_secrets: true,
        prompt: Prompt::nobody(),
    })
    .await
    .unwrap();
    Opened { app, _home: home }
}

/// The steps of the only job, as a builder holds new ones.
async fn steps(app: &App) -> Vec<StepDraft> {
    let id = app.jobs_list().await.unwrap().first().unwrap().id;
    let mut steps = app.jobs_get(id).await.unwrap().job.to_draft().steps;
    for step in &mut steps {
        step.id = None;
    }
    steps
}

#[tokio::test]
async fn what_is_written_is_read_again_as_it_was() {
    let Opened { app, _home } = opened().await;
    let steps = steps(&app).await;
    let text = app.steps_write(&steps).await.unwrap();
    assert!(text.starts_with("steps:\n"), "{text}");
    assert!(text.contains("connection_id: Harbour bank") && text.contains("alias: every"), "{text}");
    let read = app.steps_read(&text).await.unwrap();
    assert_eq!((read.steps, read.missing), (steps, Vec::new()));
    app.close().await;
}

#[tokio::test]
async fn steps_are_found_in_a_list_a_job_and_a_bundle_with_one_job() {
    let Opened { app, _home } = opened().await;
    let wait = "{ name: Pause, type_key: flow.wait, configuration: { seconds: 1 } }";
    for text in [
        wait.to_owned(),
        format!("- {wait}\n- {wait}"),
        format!("steps: [{wait}]"),
        format!("name: Nightly\nsteps:\n- {wait}"),
        format!("courier: 1\njobs: [{{ name: Nightly, steps: [{wait}] }}]"),
    ] {
        let read = app.steps_read(&text).await.unwrap();
        let aliases: Vec<_> = read.steps.iter().map(|s| s.alias.clone().unwrap_or_default()).collect();
        assert!(aliases == ["pause"] || aliases == ["pause", "pause_2"], "{text}: {aliases:?}");
    }
    app.close().await;
}

#[tokio::test]
async fn a_text_without_steps_is_refused_in_plain_words() {
    let Opened { app, _home } = opened().await;
    let two = "courier: 1\njobs:\n- { name: a, steps: [{ name: s, type_key: flow.wait }] }\n- { name: b }";
    for text in ["", "Dear Sirs", "name: Nightly", "steps: []", "[1, 2]", "steps: [", "a: b: c", two] {
        let error = app.steps_read(text).await.unwrap_err();
        assert_eq!(error.message, "There are no steps in this text.", "{text}");
    }
    app.close().await;
}

#[tokio::test]
async fn everything_that_is_wrong_with_steps_is_said_with_its_path() {
    let Opened { app, _home } = opened().await;
    let text = "- { name: a, type_key: file.fold }\n- { name: b, type_key: flow.if, tmeout: 3 }\n- { type_key: flow.wait }";
    let error = app.steps_read(text).await.unwrap_err();
    let mut places: Vec<_> = error.problems.iter().map(|p| (p.path.as_str(), p.code.as_str())).collect();
    places.sort_unstable();
    assert_eq!(
        places,
        [
            ("steps[0].type_key", "unknown_type"),
            ("steps[1].tmeout", "unknown_field"),
            ("steps[1].type_key", "bad_block"),
            ("steps[2].name", "required"),
        ]
    );
    app.close().await;
}

#[tokio::test]
async fn what_this_store_does_not_have_is_left_empty_and_named() {
    let Opened { app, _home } = opened().await;
    let text = "steps:\n- { name: Get, type_key: sftp.download, configuration: { connection_id: Elsewhere, remote_path: /a } }\n\
                - { name: Open, type_key: file.unzip, configuration: { archive_path: /a.zip, password: { prompt: true } } }";
    let read = app.steps_read(text).await.unwrap();
    let missing: Vec<_> = read.missing.iter().map(|p| (p.path.as_str(), p.code.as_str())).collect();
    assert_eq!(
        missing,
        [
            ("steps[0].configuration.connection_id", "unknown_name"),
            ("steps[1].configuration.password", "secret")
        ]
    );
    let left: Vec<Vec<_>> = read.steps.iter().map(|s| s.configuration.keys().collect()).collect();
    assert_eq!(left, [vec!["remote_path"], vec!["archive_path"]]);
    app.close().await;
}
