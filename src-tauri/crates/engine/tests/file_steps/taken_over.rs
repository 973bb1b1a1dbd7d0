//! What a node had done of a step when it died, and told nobody but by its intents: the next one does not do it again.
//! Nor does it stumble over what a node that is not quite dead still does.

use crate::rig::{Rig, files_below};
use courier_domain::execution::{JobExecution, JobExecutionState};
use courier_domain::{JobExecutionId, NodeId};
use courier_store::{Checkpoint, ClaimRequest, Intent, Lease};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Runs a step whose first node recorded `intent` and died.
async fn taken_over(rig: &Rig, type_key: &str, configuration: Value, intent: Intent) -> JobExecution {
    let steps = json!([{ "name": "Step", "type_key": type_key, "configuration": configuration }]);
    goes_on(rig, steps, 0, None, &[intent]).await
}

/// Runs steps whose first node died in the step `order`, with what it knew after those before, and `intents` recorded.
async fn goes_on(
    rig: &Rig,
    steps: Value,
    order: i32,
    known: Option<Value>,
    intents: &[Intent],
) -> JobExecution {
    let id = given_up(rig, steps, order, known, intents).await;
    let running = rig.start().await;
    let ended = rig.until(id, |e| e.state.is_terminal()).await;
    running.shutdown().await;
    ended
}

/// A run whose first node died in the step `order`.
async fn given_up(
    rig: &Rig,
    steps: Value,
    order: i32,
    known: Option<Value>,
    intents: &[Intent],
) -> JobExecutionId {
    let id = rig.enqueue(rig.job(json!({ "type": "stop" }), steps).await).await;
    let dead = NodeId(rig.store.ids().new_id());
    let request = ClaimRequest { node_id: dead, node_name: "dead".into(), slots: 1, only: Some(id.0) };
    let mut unit = rig.store.begin("system").await.unwrap();
    let held = unit.claim(&request).await.unwrap();
    let lease = Lease::of(&held[0]).unwrap();
    if let Some(known) = known {
        let known = known.to_string();
        let checkpoint = Checkpoint { steps: &[], begun: &[], context_snapshot: Some(&known) };
        unit.checkpoint(&lease, &checkpoint).await.unwrap();
    }
    unit.record_intents(&lease, order, "", intents).await.unwrap();
    unit.expire_leases(dead).await.unwrap();
    unit.commit().await.unwrap();
    id
}

fn intent(source: &Path, destination: &Path) -> Intent {
    let text = |path: &Path| path.display().to_string();
    Intent { source: text(source), destination: text(destination), size: 4, sha256: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_was_published_is_the_steps_own_under_every_rule() {
    for overwrite in ["overwrite", "skip", "newer", "rename", "fail"] {
        let rig = Rig::new().await;
        let (from, to) = (rig.write("in/a", b"ours"), rig.write("out/a", b"ours"));
        let copy = json!({ "source_path": from, "destination_path": to, "overwrite": overwrite });
        let run = taken_over(&rig, "file.copy", copy, intent(&from, &to)).await;
        assert_eq!(run.state, JobExecutionState::Completed, "{overwrite}: {:?}", run.error_message);
        assert_eq!(files_below(&rig.path("out")), ["a"], "{overwrite}");
        assert_eq!(rig.outputs(run.id, 0).await["files"], json!([to]), "{overwrite}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_under_another_name_is_not_made_under_a_third() {
    let rig = Rig::new().await;
    let (from, theirs) = (rig.write("in/a", b"ours"), rig.write("out/a", b"theirs"));
    let ours = rig.write("out/a (2)", b"ours");
    let copy = json!({ "source_path": from, "destination_path": theirs, "overwrite": "rename" });
    let run = taken_over(&rig, "file.copy", copy, intent(&from, &ours)).await;
    assert_eq!(run.state, JobExecutionState::Completed, "{:?}", run.error_message);
    assert_eq!(files_below(&rig.path("out")), ["a", "a (2)"]);
    assert_eq!(std::fs::read(&theirs).unwrap(), b"theirs");
    assert_eq!(rig.outputs(run.id, 0).await["files"], json!([ours]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_put_there_is_never_taken_for_the_steps_own() {
    let rig = Rig::new().await;
    let (from, theirs) = (rig.write("in/a", b"ours"), rig.write("out/a", b"them"));
    let copy = json!({ "source_path": from, "destination_path": theirs, "overwrite": "fail" });
    let run = taken_over(&rig, "file.copy", copy, intent(&from, &rig.path("out/b"))).await;
    assert_eq!(run.state, JobExecutionState::Failed);
    assert_eq!(std::fs::read(&theirs).unwrap(), b"them");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_dead_step_took_away_is_not_missed() {
    for (kind, configuration, destination) in [
        ("file.move", json!({ "destination_path": "OUT/", "overwrite": "fail" }), "out/a"),
        ("file.delete", json!({ "on_missing": "fail" }), "gone"),
    ] {
        let rig = Rig::new().await;
        let (from, made) = (rig.path("in/a"), rig.path("made/a"));
        let place = |text: &str| text.replace("OUT", &rig.path("out").display().to_string());
        let mut configuration: Value = serde_json::from_str(&place(&configuration.to_string())).unwrap();
        let field = if kind == "file.move" { "source_path" } else { "path" };
        configuration[field] = json!("{{ steps.fetch.files }}");
        let steps = json!([
            { "name": "Fetch", "type_key": "file.move", "configuration": { "source_path": from, "destination_path": made } },
            { "name": "Step", "type_key": kind, "configuration": configuration },
        ]);
        // The first step is over; the second had just done all it does.
        let sha256 = "0".repeat(64);
        let known = json!({ "params": {}, "finished": [0], "steps": { "fetch": { "files": [made] } },
                            "files": [{ "step": "fetch", "path": made, "size": 4, "sha256": sha256 }] });
        let done = match kind {
            "file.move" => intent(&made, &rig.write(destination, b"ours")),
            _ => {
                let source = made.display().to_string();
                Intent { destination: format!("gone:{source}"), source, size: 0, sha256: None }
            }
        };
        let run = goes_on(&rig, steps, 1, Some(known), &[done]).await;
        assert_eq!(run.state, JobExecutionState::Completed, "{kind}: {:?}", run.error_message);
        let expected: &[&str] = if kind == "file.move" { &["a"] } else { &[] };
        assert_eq!(files_below(&rig.path("out")), expected, "{kind}");
    }
}

/// One step of a run that came to its end, and the same step of another that died behind the last name it gave, or
/// before some: `spoil` makes what is there what that one had left. Gives both.
async fn twice(rig: &Rig, type_key: &str, configuration: &Value, spoil: impl Fn()) -> [JobExecution; 2] {
    let steps = json!([{ "name": "Step", "type_key": type_key, "configuration": configuration }]);
    let first = rig.run(rig.job(json!({ "type": "stop" }), steps.clone()).await).await;
    assert_eq!(first.state, JobExecutionState::Completed, "{:?}", first.error_message);
    let recorded = rig.store.read().await.unwrap().intents(first.id, 0, None).await.unwrap();
    spoil();
    let second = goes_on(rig, steps, 0, None, &recorded).await;
    [first, second]
}

const RULES: [&str; 5] = ["overwrite", "skip", "newer", "rename", "fail"];

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_was_published_is_the_steps_own_under_every_rule() {
    for overwrite in RULES {
        for (parts, left) in [(None, 1), (Some(1), 3), (Some(1), 2)] {
            let rig = Rig::new().await;
            let from = rig.write("in/a", &courier_testkit::data::bytes(2_500_000, 7));
            let pack = json!({ "source_paths": from, "output_path": rig.path("out/a.zip"),
                               "max_part_size_mb": parts, "overwrite": overwrite });
            let whole = || files_below(&rig.path("out"));
            let spoil = || match left {
                // It had not come to the first part, by which the others are found.
                2 => std::fs::remove_file(rig.path("out/a.zip.001")).unwrap(),
                _ => assert_eq!(whole().len(), left),
            };
            let [first, second] = twice(&rig, "file.zip", &pack, spoil).await;
            let what = format!("{overwrite}, {parts:?}, {left}");
            assert_eq!(second.state, JobExecutionState::Completed, "{what}: {:?}", second.error_message);
            assert_eq!(rig.outputs(second.id, 0).await, rig.outputs(first.id, 0).await, "{what}");
            assert_eq!(whole().len(), parts.map_or(1, |_| 3), "{what}: {:?}", whole());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_unpacked_is_the_steps_own_under_every_rule() {
    for overwrite in RULES {
        let rig = Rig::new().await;
        for name in ["in/a.csv", "in/sub/b.csv", "in/sub/c.csv"] {
            rig.write(name, name.as_bytes());
        }
        let zip = rig.path("in.zip");
        super::done(&rig, "file.zip", json!({ "source_paths": rig.path("in"), "output_path": zip })).await;
        let unpack =
            json!({ "archive_path": zip, "output_directory": rig.path("out"), "overwrite": overwrite });
        let taken_on = std::cell::Cell::new(0);
        let spoil = || {
            // Of three files it had come to two.
            std::fs::remove_file(rig.path("out/in/sub/b.csv")).unwrap();
            taken_on.set(files_below(&rig.path("out")).len());
        };
        let [first, second] = twice(&rig, "file.unzip", &unpack, spoil).await;
        assert_eq!(second.state, JobExecutionState::Completed, "{overwrite}: {:?}", second.error_message);
        assert_eq!(taken_on.get(), 2);
        assert_eq!(files_below(&rig.path("out/in")), ["a.csv", "sub/b.csv", "sub/c.csv"], "{overwrite}");
        assert_eq!(rig.outputs(second.id, 0).await, rig.outputs(first.id, 0).await, "{overwrite}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_took_the_place_of_a_packed_or_unpacked_file_is_somebody_elses() {
    let rig = Rig::new().await;
    let (from, zip) = (rig.write("in/a", b"ours"), rig.path("out/a.zip"));
    let others =
        |path: &Path| std::fs::write(path, vec![0; path.metadata().unwrap().len() as usize]).unwrap();
    let pack = json!({ "source_paths": from, "output_path": zip, "overwrite": "fail" });
    let [_, packed] = twice(&rig, "file.zip", &pack, || others(&zip)).await;
    assert_eq!(packed.error_code, Some(courier_domain::ErrorCode::AlreadyExists));
    assert!(std::fs::read(&zip).unwrap().iter().all(|byte| *byte == 0));

    let (zip, to) = (rig.path("b.zip"), rig.path("unpacked/a"));
    super::done(&rig, "file.zip", json!({ "source_paths": from, "output_path": zip })).await;
    let unpack =
        json!({ "archive_path": zip, "output_directory": rig.path("unpacked"), "overwrite": "fail" });
    let [_, unpacked] = twice(&rig, "file.unzip", &unpack, || others(&to)).await;
    assert_eq!(unpacked.error_code, Some(courier_domain::ErrorCode::AlreadyExists));
    assert_eq!(std::fs::read(&to).unwrap(), [0; 4]);
}

/// Files that two nodes are at.
const FILES: usize = 60;

/// A node that was taken for dead gives the last of its files their names while the next one does the first.
async fn both_at_it(
    rig: &Rig,
    type_key: &str,
    configuration: Value,
    files: &[(PathBuf, PathBuf)],
    last_act: impl Fn(JobExecutionId, &Path, &Path) + Send + 'static,
    prepare: impl Fn(JobExecutionId, &Path, &Path),
) -> JobExecution {
    let intents: Vec<Intent> = files.iter().map(|(from, to)| intent(from, to)).collect();
    let steps = json!([{ "name": "Step", "type_key": type_key, "configuration": configuration }]);
    let id = given_up(rig, steps, 0, None, &intents).await;
    files.iter().for_each(|(from, to)| prepare(id, from, to));
    let over = std::sync::Arc::new(AtomicBool::new(false));
    let (files, seen) = (files.to_vec(), over.clone());
    let stale = std::thread::spawn(move || {
        for (ours, theirs) in files.iter().zip(files.iter().rev()) {
            while !ours.1.exists() {
                if seen.load(Ordering::Relaxed) {
                    return;
                }
                std::thread::yield_now();
            }
            last_act(id, &theirs.0, &theirs.1);
        }
    });
    let running = rig.start().await;
    let ended = rig.until(id, |e| e.state.is_terminal()).await;
    over.store(true, Ordering::Relaxed);
    stale.join().unwrap();
    running.shutdown().await;
    ended
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_that_a_node_not_quite_dead_still_publishes_are_not_in_the_way() {
    for overwrite in RULES {
        let rig = Rig::new().await;
        let file = |n: usize| (rig.write(&format!("in/{n:02}"), b"ours"), rig.path(&format!("out/{n:02}")));
        let files: Vec<_> = (0..FILES).map(file).collect();
        std::fs::create_dir_all(rig.path("out")).unwrap();
        let copy = json!({ "source_path": format!("{}/*", rig.path("in").display()),
                           "destination_path": format!("{}/", rig.path("out").display()), "overwrite": overwrite });
        let part = |id: JobExecutionId, to: &Path| {
            let owner = courier_transfer::Owner { execution: id, epoch: 1 };
            to.with_file_name(owner.part_name(&to.file_name().unwrap().to_string_lossy()))
        };
        let run = both_at_it(
            &rig,
            "file.copy",
            copy,
            &files,
            // It looks whether it still holds the run before each file; what it is at then, it does.
            move |id, _, to| drop(std::fs::hard_link(part(id, to), to)),
            |id, _, to| std::fs::write(part(id, to), b"ours").unwrap(),
        )
        .await;
        assert_eq!(run.state, JobExecutionState::Completed, "{overwrite}: {:?}", run.error_message);
        let names: Vec<String> = (0..FILES).map(|n| format!("{n:02}")).collect();
        assert_eq!(files_below(&rig.path("out")), names, "{overwrite}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_a_node_not_quite_dead_still_moves_are_moved() {
    for (kind, folder, ending) in [("file.move", "out", ""), ("file.rename", "in", ".x")] {
        let rig = Rig::new().await;
        let name = |n: usize| format!("{n:02}{ending}");
        let file =
            |n| (rig.write(&format!("in/{n:02}"), b"ours"), rig.path(&format!("{folder}/{}", name(n))));
        let files: Vec<_> = (0..FILES).map(file).collect();
        std::fs::create_dir_all(rig.path(folder)).unwrap();
        let from = format!("{}/[0-9][0-9]", rig.path("in").display());
        let configuration = match kind {
            "file.move" => {
                json!({ "source_path": from, "destination_path": format!("{}/", rig.path("out").display()), "overwrite": "fail" })
            }
            _ => json!({ "path": from, "pattern": "{{ name }}.x", "overwrite": "fail" }),
        };
        let run = both_at_it(
            &rig,
            kind,
            configuration,
            &files,
            |_, from, to| drop(std::fs::rename(from, to)),
            |_, _, _| (),
        )
        .await;
        assert_eq!(run.state, JobExecutionState::Completed, "{kind}: {:?}", run.error_message);
        let names: Vec<String> = (0..FILES).map(name).collect();
        assert_eq!(files_below(&rig.path(folder)), names, "{kind}");
    }
}
