//! The first steps: from nothing to a job of one's own that has run, worked out from what there is.
//!
//! The sample counts as a server to work with, not as a job of one's own. That a connection was tested or a job tried
//! without writing is nowhere in the store, so a person's window notes it in the home. Left out: whether somebody still
//! wants to see the steps; the window remembers that.
//!
//! Invariant: a step that is done was done by somebody here; nothing is ticked by looking at it.

use crate::app::{App, blocking};
use crate::demo::JOB_NAME;
use crate::error::{AppError, Result};
use courier_domain::connection::ConnectionStatus;
use courier_domain::{ConnectionId, JobId};
use courier_engine::Rehearsal;
use courier_transfer::TestReport;
use courier_vault::VaultState;
use serde::{Deserialize, Serialize};
use specta::Type;
use std::path::Path;

const FILE: &str = "first-steps.json";

/// In the order in which they are done best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum FirstStepKey {
    Vault,
    Connection,
    Test,
    Keys,
    Job,
    DryRun,
    Run,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum FirstStepState {
    Done,
    /// The one to do now.
    Next,
    Open,
    /// Nothing here asks for it so far.
    NotNeeded,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
pub struct FirstStep {
    pub key: FirstStepKey,
    pub state: FirstStepState,
}

/// How far the first steps are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct FirstSteps {
    pub steps: Vec<FirstStep>,
    /// Those that are done, of those that are needed.
    pub done: u32,
    pub needed: u32,
    /// A job of one's own has run to its end: nobody has to be led any more, whatever else is open.
    pub is_finished: bool,
    /// Whether there are connections, but only disabled ones: an import left out their secrets.
    pub waits_for_secrets: bool,
    /// The connection that the steps are about: one that is enabled, else one that is not yet.
    pub connection_id: Option<ConnectionId>,
    /// The job that the steps are about: the newest of one's own.
    pub job_id: Option<JobId>,
}

/// What a person did that leaves nothing in the store.
#[derive(Debug, Clone, Copy)]
pub enum FirstSign<'a> {
    Tested(&'a TestReport),
    DryRun(&'a Rehearsal),
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Noted {
    tested: bool,
    dry_run: bool,
}

/// What is known of each step.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    vault: bool,
    connection: bool,
    tested: bool,
    keys: bool,
    needs_keys: bool,
    job: bool,
    dry_run: bool,
    run: bool,
}

impl App {
    pub async fn first_steps(&self) -> Result<FirstSteps> {
        let mut session = self.read().await?;
        let connections = session.connections().await?;
        let jobs = session.jobs().await?;
        let has_keys = !session.pgp_keys().await?.is_empty() || !session.ssh_keys().await?.is_empty();
        let signs = session.first_signs(JOB_NAME).await?;
        drop(session);
        let home = self.home().to_owned();
        let noted = blocking(move || noted(&home)).await?;
        let enabled = connections.iter().find(|c| c.status == ConnectionStatus::Active);
        let own = jobs.iter().filter(|job| job.name != JOB_NAME);
        let own = own.max_by_key(|job| job.created_at);
        let steps = |with: &str| jobs.iter().flat_map(|job| &job.steps).any(|s| s.type_key.starts_with(with));
        let known = Known {
            vault: self.vault().state() != VaultState::Uninitialised,
            connection: enabled.is_some(),
            tested: noted.tested || signs.has_known_host,
            keys: has_keys,
            needs_keys: steps("pgp."),
            job: own.is_some(),
            dry_run: noted.dry_run || signs.has_completed,
            run: signs.has_completed,
        };
        let steps = known.steps();
        let count =
            |state| u32::try_from(steps.iter().filter(|step| step.state == state).count()).unwrap_or(0);
        let all = u32::try_from(steps.len()).unwrap_or(0);
        Ok(FirstSteps {
            done: count(FirstStepState::Done),
            needed: all - count(FirstStepState::NotNeeded),
            is_finished: known.run,
            waits_for_secrets: enabled.is_none() && !connections.is_empty(),
            connection_id: enabled.or(connections.first()).map(|c| c.id),
            job_id: own.map(|job| job.id),
            steps,
        })
    }

    /// Notes a test that passed, or a dry run of a job of one's own. What is noted stays; that it cannot be noted is no
    /// failure of what was done.
    pub async fn first_steps_note(&self, sign: FirstSign<'_>) {
        let change: fn(&mut Noted) = match sign {
            FirstSign::Tested(report) if report.passed => |noted| noted.tested = true,
            FirstSign::DryRun(rehearsal) if rehearsal.job_name != JOB_NAME => |noted| noted.dry_run = true,
            FirstSign::Tested(_) | FirstSign::DryRun(_) => return,
        };
        let home = self.home().to_owned();
        if let Err(error) = blocking(move || note(&home, change)).await.flatten() {
            tracing::warn!(%error, "a first step could not be noted");
        }
    }
}

impl Known {
    fn steps(self) -> Vec<FirstStep> {
        use FirstStepKey as K;
        let all = [
            (K::Vault, self.vault, true),
            (K::Connection, self.connection, true),
            (K::Test, self.tested, true),
            (K::Keys, self.keys, self.needs_keys),
            (K::Job, self.job, true),
            (K::DryRun, self.dry_run, true),
            (K::Run, self.run, true),
        ];
        let mut is_first = true;
        all.into_iter()
            .map(|(key, done, needed)| {
                let state = match (done, needed) {
                    (true, _) => FirstStepState::Done,
                    (false, false) => FirstStepState::NotNeeded,
                    (false, true) if std::mem::take(&mut is_first) => FirstStepState::Next,
                    (false, true) => FirstStepState::Open,
                };
                FirstStep { key, state }
            })
            .collect()
    }
}

/// A file that is not there or was damaged says that nothing was noted yet.
fn noted(home: &Path) -> Noted {
    let text = std::fs::read_to_string(home.join(FILE)).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

fn note(home: &Path, change: fn(&mut Noted)) -> Result<()> {
    let before = noted(home);
    let mut after = before;
    change(&mut after);
    if after == before {
        return Ok(());
    }
    let path = home.join(FILE);
    let text = serde_json::to_string(&after).map_err(AppError::internal)?;
    std::fs::write(&path, text).map_err(|e| AppError::disk("write", &path, &e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surroundings::SystemClock;
    use crate::{OpenOptions, SecretString, VaultMethod, VaultOptions};
    use FirstStepState::{Done, Next, NotNeeded, Open};
    use courier_domain::connection::ConnectionDraft;
    use courier_domain::job::JobDraft;
    use serde_json::json;
    use std::sync::Arc;

    fn states(known: Known) -> Vec<FirstStepState> {
        known.steps().into_iter().map(|step| step.state).collect()
    }

    #[test]
    fn the_first_open_step_is_the_next_one() {
        assert_eq!(states(Known::default()), [Next, Open, Open, NotNeeded, Open, Open, Open]);
        let connected = Known { vault: true, connection: true, tested: true, ..Known::default() };
        assert_eq!(states(connected), [Done, Done, Done, NotNeeded, Next, Open, Open]);
        let out_of_order = Known { vault: true, job: true, ..Known::default() };
        assert_eq!(states(out_of_order), [Done, Next, Open, NotNeeded, Done, Open, Open]);
    }

    #[test]
    fn keys_are_a_step_once_a_job_asks_for_them() {
        let needed =
            Known { vault: true, connection: true, tested: true, needs_keys: true, ..Known::default() };
        assert_eq!(states(needed), [Done, Done, Done, Next, Open, Open, Open]);
        assert_eq!(states(Known { keys: true, ..needed })[3], Done);
    }

    #[test]
    fn what_was_noted_stays_and_adds_up() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(noted(home.path()), Noted::default());
        note(home.path(), |noted| noted.tested = true).unwrap();
        note(home.path(), |noted| noted.dry_run = true).unwrap();
        assert_eq!(noted(home.path()), Noted { tested: true, dry_run: true });
        std::fs::write(home.path().join(FILE), "{ no").unwrap();
        assert_eq!(noted(home.path()), Noted::default());
    }

    async fn open(home: &Path) -> App {
        let vault = Some(VaultOptions::new(Arc::new(SystemClock)));
        App::open(OpenOptions { home: Some(home.join("home")), database_url: None, vault }).await.unwrap()
    }

    fn states_of(first: &FirstSteps) -> Vec<FirstStepState> {
        first.steps.iter().map(|step| step.state).collect()
    }

    #[tokio::test]
    async fn what_there_is_ticks_the_steps() {
        let folder = tempfile::tempdir().unwrap();
        let app = open(folder.path()).await;
        let first = app.first_steps().await.unwrap();
        assert_eq!(states_of(&first), [Next, Open, Open, NotNeeded, Open, Open, Open]);
        assert_eq!((first.done, first.needed, first.is_finished), (0, 6, false));

        let path = app.home().join("vault.key").display().to_string();
        app.vault_init(VaultMethod::KeyFile { path }).await.unwrap();
        let draft = |status: &str| {
            serde_json::from_value::<ConnectionDraft>(json!({
                "name": "partner", "protocol": "sftp", "host": "127.0.0.1", "username": "u", "status": status,
            }))
            .unwrap()
        };
        let password = Some(SecretString::from("p"));
        let saved = app.connections_save(None, draft("disabled"), password, None, None).await.unwrap();
        let first = app.first_steps().await.unwrap();
        assert_eq!((first.waits_for_secrets, first.connection_id), (true, Some(saved.id)));
        app.connections_save(Some(saved.id), draft("active"), None, None, None).await.unwrap();
        let job: JobDraft = serde_json::from_value(json!({
            "name": "Own",
            "steps": [{ "name": "Decrypt", "type_key": "pgp.decrypt", "configuration": { "input_path": "/x/*.pgp" } }],
        }))
        .unwrap();
        let job = app.jobs_save(None, job, None).await.unwrap();
        let first = app.first_steps().await.unwrap();
        // The job decrypts, so keys are a step now.
        assert_eq!(states_of(&first), [Done, Done, Next, Open, Done, Open, Open]);
        assert_eq!((first.done, first.needed, first.job_id), (3, 7, Some(job.id)));

        let rehearsal = |job_name: &str| Rehearsal {
            job_name: job_name.to_owned(),
            verdict: courier_engine::Verdict::Cannot,
            steps: Vec::new(),
        };
        app.first_steps_note(FirstSign::DryRun(&rehearsal(JOB_NAME))).await;
        assert_eq!(states_of(&app.first_steps().await.unwrap())[5], Open, "the sample is not one's own");
        app.first_steps_note(FirstSign::DryRun(&rehearsal("Own"))).await;
        assert_eq!(states_of(&app.first_steps().await.unwrap())[5], Done);
        app.close().await;
    }
}
