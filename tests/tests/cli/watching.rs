//! Monitors of an agent that is killed, that is held up until events are lost, and that people ask for things.

use crate::courier::Courier;
use crate::nodes::{Ended, agent, signal};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(120);
/// An interval that no test lives to see.
const NEVER: u32 = 86_400;

struct Inbox {
    courier: Courier,
    folder: PathBuf,
}

impl Inbox {
    fn new(interval: u32, more: &str) -> Result<Self> {
        let courier = Courier::new()?;
        let folder = courier.folder().join("in");
        std::fs::create_dir(&folder)?;
        std::fs::write(folder.join("old.csv"), "old")?;
        let inbox = Self { courier, folder };
        let text = format!(
            r#"
courier: 1
jobs:
  - {{ name: Look, steps: [{{ name: L, type_key: file.list, configuration: {{ path: "{folder}" }} }}] }}
monitors:
  - {{ name: Inbox, watch_target: {{ type: local, path: "{folder}" }}, stability_window_sec: 1, polling_interval_sec: {interval}, bindings: [{{ job_id: Look }}] }}
{more}
"#,
            folder = inbox.folder.display()
        );
        inbox.courier.apply(&text)?.expect(0)?;
        Ok(inbox)
    }

    fn put(&self, names: impl Iterator<Item = String>) -> Result<()> {
        for name in names {
            std::fs::write(self.folder.join(&name), &name)?;
        }
        Ok(())
    }

    fn logged(&self) -> Result<Vec<String>> {
        let logs = self.courier.json(&["monitor", "files", "Inbox", "--limit", "10000"])?;
        let path = |log: &Value| log["file_path"].as_str().map(str::to_owned);
        Ok(logs.as_array().into_iter().flatten().filter_map(path).collect())
    }

    /// What is logged once it is so many files.
    fn until(&self, count: usize) -> Result<Vec<String>> {
        let begun = Instant::now();
        loop {
            let logged = self.logged()?;
            if logged.len() >= count {
                return Ok(logged);
            }
            ensure!(begun.elapsed() < PATIENCE, "{} files of {count}", logged.len());
        }
    }

    fn shown(&self) -> Result<Value> {
        self.courier.json(&["monitor", "show", "Inbox"])
    }

    /// Holds the agent up while more happens than the system remembers.
    fn overflow(&self, agent: &Ended, files: usize) -> Result<()> {
        let limit = std::fs::read_to_string("/proc/sys/fs/inotify/max_queued_events")?;
        let limit: usize = limit.trim().parse()?;
        signal(&agent.0, "STOP")?;
        self.put((0..files).map(|n| format!("{n}.csv")))?;
        // Each write is at least three events; the same one twice in a row counts once.
        let names = [self.folder.join("busy-1.tmp"), self.folder.join("busy-2.tmp")];
        for _ in 0..=limit / 4 {
            for name in &names {
                std::fs::write(name, "x")?;
            }
        }
        signal(&agent.0, "CONT")
    }
}

#[test]
fn files_start_something_once_although_the_agent_is_killed_again_and_again() -> Result<()> {
    const FILES: usize = 1_500;
    const KILLS: usize = 5;
    let inbox = Inbox::new(1, "")?;
    for round in 0..=KILLS {
        let mut node = agent(&inbox.courier)?;
        let from = round * FILES / (KILLS + 1);
        let to = (round + 1) * FILES / (KILLS + 1);
        inbox.put((from..to).map(|n| format!("{n}.csv")))?;
        // Somewhere in the middle of what it has to do.
        inbox.until(from + round * 20)?;
        if round < KILLS {
            node.0.kill()?;
            node.0.wait()?;
        } else {
            inbox.until(FILES)?;
            inbox.put(std::iter::once("last.csv".to_owned()))?;
            let logged = inbox.until(FILES + 1)?;
            let different: BTreeSet<&String> = logged.iter().collect();
            assert_eq!((logged.len(), different.len()), (FILES + 1, FILES + 1));
        }
    }
    inbox.courier.ok(&["audit", "verify"])?;
    Ok(())
}

#[test]
fn nothing_is_lost_or_doubled_when_the_system_drops_events() -> Result<()> {
    const FILES: usize = 3_000;
    let inbox = Inbox::new(NEVER, "")?;
    let node = agent(&inbox.courier)?;
    inbox.put(std::iter::once("first.csv".to_owned()))?;
    inbox.until(1)?;
    inbox.overflow(&node, FILES)?;
    inbox.until(FILES + 1)?;
    inbox.put(std::iter::once("last.csv".to_owned()))?;
    let logged = inbox.until(FILES + 2)?;
    let different: BTreeSet<&String> = logged.iter().collect();
    assert_eq!((logged.len(), different.len()), (FILES + 2, FILES + 2));
    assert_eq!(inbox.shown()?["degraded"], Value::Null, "once is not too often");
    Ok(())
}

#[test]
fn a_watcher_that_loses_too_much_is_switched_off_and_the_folder_scanned() -> Result<()> {
    let inbox = Inbox::new(4, "settings: { monitor.watcher_overflow_threshold: \"0\" }")?;
    let node = agent(&inbox.courier)?;
    inbox.put(std::iter::once("first.csv".to_owned()))?;
    inbox.until(1)?;
    inbox.overflow(&node, 10)?;
    inbox.until(11)?;
    let begun = Instant::now();
    while inbox.shown()?["degraded"].is_null() {
        ensure!(begun.elapsed() < PATIENCE, "the watcher is still on");
    }
    assert!(inbox.courier.ok(&["monitor", "show", "Inbox"])?.contains("only scanned: "));
    inbox.put(std::iter::once("later.csv".to_owned()))?;
    inbox.until(12)?;
    let told = inbox.courier.json(&["events", "list", "--type", "WatcherAutoDisabled"])?;
    assert_eq!(told.as_array().map(Vec::len), Some(1), "{told}");
    inbox.courier.ok(&["monitor", "disable", "Inbox"])?;
    inbox.courier.ok(&["monitor", "activate", "Inbox"])?;
    assert_eq!(inbox.shown()?["degraded"], Value::Null, "who activates it has it watched again");
    Ok(())
}

#[test]
fn files_are_scanned_for_marked_and_run_again_by_hand() -> Result<()> {
    let inbox = Inbox::new(NEVER, "")?;
    let path = |name: &str| inbox.folder.join(name).display().to_string();
    inbox.courier.run(&["monitor", "scan", "Inbox"])?.expect(5)?;
    inbox.put(["a.csv", "b.csv"].into_iter().map(str::to_owned))?;
    assert_eq!(inbox.courier.json(&["monitor", "mark", "Inbox", &path("b.csv")])?["marked"], 1);
    inbox.courier.run(&["monitor", "mark", "Inbox", &path("none.csv")])?.expect(3)?;
    let _node = agent(&inbox.courier)?;
    assert_eq!(inbox.until(1)?, [path("a.csv")]);
    let before = inbox.shown()?["looked_at"].as_str().context("no look")?.to_owned();
    let scanned = inbox.courier.json(&["monitor", "scan", "Inbox"])?;
    assert!(scanned["looked_at"].as_str().context("no look")? > before.as_str(), "{scanned}");
    assert_eq!(inbox.courier.json(&["monitor", "rerun", "Inbox", &path("a.csv")])?["rerun"], 1);
    inbox.courier.run(&["monitor", "rerun", "Inbox", &path("b.csv")])?.expect(3)?;
    assert_eq!(inbox.logged()?, [path("a.csv"), path("a.csv")]);
    assert_eq!(inbox.courier.json(&["monitor", "forget", "Inbox", &path("a.csv")])?["forgotten"], 2);
    assert_eq!(inbox.until(1)?, [path("a.csv")]);

    // What is there when it is switched on again is no news.
    inbox.courier.ok(&["monitor", "disable", "Inbox"])?;
    inbox.put(std::iter::once("meanwhile.csv".to_owned()))?;
    inbox.courier.ok(&["monitor", "activate", "Inbox"])?;
    inbox.put(std::iter::once("c.csv".to_owned()))?;
    assert_eq!(inbox.until(2)?, [path("c.csv"), path("a.csv")]);
    Ok(())
}

#[test]
fn an_edited_monitor_starts_nothing_for_what_it_sees_from_then_on() -> Result<()> {
    let inbox = Inbox::new(NEVER, "")?;
    let path = |name: &str| inbox.folder.join(name).display().to_string();
    let text = std::fs::read_to_string(inbox.courier.folder().join("bundle.yaml"))?;
    let only = |glob: &str| {
        text.replace("stability_window_sec", &format!("file_patterns: [\"{glob}\"], stability_window_sec"))
    };
    inbox.courier.apply(&only("*.csv"))?.expect(0)?;
    inbox.put(["a.csv", "a.txt"].into_iter().map(str::to_owned))?;
    inbox.courier.apply(&only("*"))?.expect(0)?;
    let _node = agent(&inbox.courier)?;
    assert_eq!(inbox.until(1)?, [path("a.csv")], "it came before the edit and was waited for");
    inbox.put(std::iter::once("b.txt".to_owned()))?;
    assert_eq!(inbox.until(2)?, [path("b.txt"), path("a.csv")]);
    Ok(())
}

#[test]
fn a_chain_hands_its_members_what_the_monitor_told() -> Result<()> {
    let courier = Courier::new()?;
    let [from, to] = ["in", "out"].map(|name| courier.folder().join(name));
    std::fs::create_dir(&from)?;
    let bundle = format!(
        r#"
courier: 1
jobs:
  - name: Take
    parameters: [{{ name: file, type: text, required: true }}]
    steps: [{{ name: Copy, type_key: file.copy, configuration: {{ source_path: "{{{{ params.file }}}}", destination_path: "{to}/" }} }}]
chains:
  - name: Deliver
    members: [{{ name: take, job_id: Take, parameters: {{ file: "{{{{ monitor.files[0].path }}}}" }} }}]
monitors:
  - {{ name: Inbox, watch_target: {{ type: local, path: "{from}" }}, stability_window_sec: 1, polling_interval_sec: 1, bindings: [{{ chain_id: Deliver }}] }}
"#,
        from = from.display(),
        to = to.display()
    );
    courier.apply(&bundle)?.expect(0)?;
    let _node = agent(&courier)?;
    std::fs::write(from.join("a note.csv"), "a note")?;
    let begun = Instant::now();
    let ended = loop {
        let runs = courier.json(&["chain", "executions", "Deliver"])?;
        let state = runs[0]["state"].as_str().unwrap_or_default();
        if matches!(state, "completed" | "failed") {
            break runs[0].clone();
        }
        ensure!(begun.elapsed() < PATIENCE, "{runs}");
    };
    assert_eq!(ended["state"], "completed", "{ended}");
    assert_eq!(std::fs::read_to_string(to.join("a note.csv"))?, "a note");

    // Who starts it by hand is told what is missing.
    let by_hand = courier.run(&["chain", "run", "Deliver"])?;
    assert!(by_hand.stderr.contains("`monitor.files` is not known here"), "{}", by_hand.stderr);
    Ok(())
}
