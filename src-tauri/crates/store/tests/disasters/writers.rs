//! Twenty writers, and the process that they work in.
//!
//! Invariant: a line is written, and flushed, only after the commit of what it tells; except in the control.

use courier_domain::execution::{JobExecution, NewExecution};
use courier_domain::job::{Job, JobDraft};
use courier_domain::{Clock, IdSource, JobExecutionId, JobId, JobStepId, NodeId, Timestamp};
use courier_store::{ClaimRequest, Ending, Lease, Outcome, Store, StoreError, StoreUrl};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use uuid::Uuid;

pub(crate) const WRITERS: usize = 20;
const URL: &str = "COURIER_TEST_WRITERS_URL";
const TELLS: &str = "COURIER_TEST_WRITERS_TELL";

/// When a writer tells of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tells {
    AfterCommit,
    /// The fault that the check must find.
    BeforeCommit,
}

/// A change that a writer told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) what: What,
    pub(crate) id: Uuid,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// A job was stored and, in the same unit of work, one run of it went from created to completed.
    Ran,
    Disabled,
    Deleted,
}

impl Told {
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let (what, id) = line.trim().strip_prefix("told ")?.split_once(' ')?;
        let what = match what {
            "ran" => What::Ran,
            "disabled" => What::Disabled,
            "deleted" => What::Deleted,
            _ => return None,
        };
        Some(Self { what, id: id.parse().ok()? })
    }
}

#[derive(Debug)]
pub(crate) struct WallClock;
impl Clock for WallClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "a process that is killed and started again lives in real time"
    )]
    fn now(&self) -> Timestamp {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        chrono::DateTime::from_timestamp_micros(now.as_micros().try_into().unwrap()).unwrap()
    }
}

#[derive(Debug)]
pub(crate) struct RandomIds;
impl IdSource for RandomIds {
    #[expect(clippy::disallowed_methods, reason = "ids of several processes must differ")]
    fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }
}

pub(crate) async fn open(url: &StoreUrl) -> Result<Store, StoreError> {
    Store::open(url, Arc::new(WallClock), Arc::new(RandomIds)).await
}

/// The writers' process, working.
pub(crate) fn start(url: &str, tells: Tells) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "writers::write_until_killed", "--ignored", "--nocapture", "--test-threads=1"])
        .env(URL, url)
        .env(TELLS, if tells == Tells::AfterCommit { "after" } else { "before" })
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "the process that the other tests start and kill"]
fn write_until_killed() {
    let Ok(url) = std::env::var(URL) else { return };
    let tells =
        if std::env::var(TELLS).unwrap() == "after" { Tells::AfterCommit } else { Tells::BeforeCommit };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = open(&StoreUrl::parse(&url).unwrap()).await.unwrap();
        let writers = (0..WRITERS).map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let tell = |what: &str, id| {
                    let mut out = std::io::stdout().lock();
                    writeln!(out, "told {what} {id}").unwrap();
                    out.flush().unwrap();
                };
                while let Ok(()) = one_round(&store, tells, tell).await {}
            })
        });
        futures::future::join_all(writers).await;
        panic!("the writers were refused");
    });
}

/// Three units of work, each told of.
pub(crate) async fn one_round(
    store: &Store,
    tells: Tells,
    tell: impl Fn(&str, Uuid),
) -> Result<(), StoreError> {
    let early = |what, id| {
        if tells == Tells::BeforeCommit {
            tell(what, id)
        }
    };
    let late = |what, id| {
        if tells == Tells::AfterCommit {
            tell(what, id)
        }
    };
    let ids = store.ids().clone();
    let id = JobId(ids.new_id());
    let mut work = store.begin("writer@disaster").await?;
    let job = Job::new(id, draft(&format!("job {id}")), work.now(), || JobStepId(ids.new_id()));
    work.insert_job(&job).await?;
    let run = JobExecution::new(NewExecution {
        id: JobExecutionId(ids.new_id()),
        job_id: id,
        job_version_number: 1,
        triggered_by: "manual:writer@disaster".into(),
        priority: 0,
        parameters: BTreeMap::new(),
        retry_of: None,
        trigger_key: None,
        now: work.now(),
    });
    work.enqueue(&run).await?;
    let request = ClaimRequest {
        node_id: NodeId(ids.new_id()),
        node_name: "desk".into(),
        slots: 1,
        only: Some(run.id.0),
    };
    let claimed = work.claim(&request).await?;
    let lease = claimed.first().and_then(Lease::of).ok_or(StoreError::LeaseLost { execution_id: run.id })?;
    let ending = Ending {
        outcome: Outcome::Completed { had_skips: false },
        steps: &[],
        begun: &[],
        context_snapshot: None,
    };
    work.finish(&lease, &ending).await?;
    early("ran", id.0);
    work.commit().await?;
    late("ran", id.0);

    let mut work = store.begin("writer@disaster").await?;
    work.set_job_enabled(id, false).await?;
    early("disabled", id.0);
    work.commit().await?;
    late("disabled", id.0);

    let mut work = store.begin("writer@disaster").await?;
    work.delete_job(id).await?;
    early("deleted", id.0);
    work.commit().await?;
    late("deleted", id.0);
    Ok(())
}

fn draft(name: &str) -> JobDraft {
    serde_json::from_value(json!({
        "name": name,
        "steps": [
            { "name": "Copy", "type_key": "file.copy",
              "configuration": { "source_path": "/in/*", "destination_path": "/out/" } },
            { "name": "Delete", "type_key": "file.delete", "configuration": { "path": "/in/*" } },
        ],
    }))
    .unwrap()
}
