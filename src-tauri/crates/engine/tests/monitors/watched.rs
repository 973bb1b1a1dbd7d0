//! A monitor in a rig, and what it has started.

use crate::rig::{Ids, Now, Rig};
use courier_domain::event::EventType;
use courier_domain::monitor::{FileMonitor, MonitorDraft, MonitorFacts, MonitorFileLog};
use courier_domain::{Clock, FileMonitorId, IdSource, JobId, MonitorJobBindingId};
use courier_store::{EventFilter, FileLogFilter};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(90);

pub(super) struct Watched<'a> {
    pub(super) rig: &'a Rig,
    pub(super) id: FileMonitorId,
}

impl<'a> Watched<'a> {
    /// A monitor of the folder `in`, which starts the job; `more` are fields of its draft.
    pub(super) async fn new(rig: &'a Rig, job: JobId, more: Value) -> Self {
        std::fs::create_dir_all(rig.path("in")).unwrap();
        Self::bound(rig, json!([{ "job_id": job }]), more).await
    }

    pub(super) async fn bound(rig: &'a Rig, bindings: Value, more: Value) -> Self {
        let mut draft = json!({
            "name": "Inbox", "watch_target": { "type": "local", "path": rig.path("in") },
            "polling_interval_sec": 1, "stability_window_sec": 1, "max_consecutive_failures": 1_000,
            "bindings": bindings,
        });
        draft.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let draft: MonitorDraft = serde_json::from_value(draft).unwrap();
        let id = FileMonitorId(Ids.new_id());
        let monitor = FileMonitor::new(id, draft, "test", Now.now(), || MonitorJobBindingId(Ids.new_id()));
        let mut unit = rig.store.begin("tester@here").await.unwrap();
        unit.insert_monitor(&monitor).await.unwrap();
        if let Some(files) = courier_engine::monitors::baseline(&monitor).unwrap() {
            unit.put_directory_state(id, &files).await.unwrap();
        }
        unit.commit().await.unwrap();
        Self { rig, id }
    }

    pub(super) async fn monitor(&self) -> FileMonitor {
        self.rig.store.read().await.unwrap().monitor(self.id).await.unwrap()
    }

    /// Waits for the store's news until the monitor is as wanted.
    pub(super) async fn until(&self, wanted: impl Fn(&FileMonitor) -> bool) -> FileMonitor {
        let waits = async {
            loop {
                let monitor = self.monitor().await;
                if wanted(&monitor) {
                    return monitor;
                }
                self.rig.beat().await;
            }
        };
        tokio::time::timeout(PATIENCE, waits).await.expect("the monitor did not come to it")
    }

    /// Everything it has started something for, oldest first.
    pub(super) async fn logged(&self) -> Vec<MonitorFileLog> {
        let filter = FileLogFilter { monitor_id: self.id, path: None, before: None, limit: 100_000 };
        let mut logs = self.rig.store.read().await.unwrap().monitor_files(&filter).await.unwrap();
        logs.reverse();
        logs
    }

    /// Waits until it has started something for so many files.
    pub(super) async fn until_logged(&self, count: usize) -> Vec<MonitorFileLog> {
        let waits = async {
            loop {
                let logs = self.logged().await;
                if logs.len() >= count {
                    return logs;
                }
                self.rig.beat().await;
            }
        };
        match tokio::time::timeout(PATIENCE, waits).await {
            Ok(logs) => logs,
            Err(_) => panic!("{} files of {count}", self.logged().await.len()),
        }
    }

    /// Puts a file there as a program does that knows how: what comes before has been dealt with when it is logged.
    pub(super) fn put(&self, name: &str, content: &[u8]) -> PathBuf {
        self.rig.write(&format!("in/{name}"), content)
    }

    pub(super) async fn events(&self, event: EventType) -> usize {
        let filter = EventFilter { entity_id: Some(self.id.0), after: None, limit: 10_000 };
        let events = self.rig.store.read().await.unwrap().domain_events(&filter).await.unwrap();
        events.iter().filter(|found| found.event_type == event).count()
    }

    /// What each run was told, by the first run of the files.
    pub(super) async fn told(&self) -> Vec<MonitorFacts> {
        let mut runs = Vec::new();
        for log in self.logged().await {
            let run = log.executions[0].job_execution_id.unwrap();
            if !runs.contains(&run) {
                runs.push(run);
            }
        }
        let mut told = Vec::new();
        for run in runs {
            let text = self.rig.store.read().await.unwrap().run_trigger(run).await.unwrap().unwrap();
            told.push(serde_json::from_str(&text).unwrap());
        }
        told
    }
}

/// Names of files, in order.
pub(super) fn names(logs: &[MonitorFileLog]) -> Vec<String> {
    let mut names: Vec<String> =
        logs.iter().map(|log| log.file_path.rsplit('/').next().unwrap().to_owned()).collect();
    names.sort();
    names
}
