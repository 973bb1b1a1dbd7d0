//! What a node had done of a step when it died, and told nobody but by its intents: the next one does not do it again.

use crate::rig::{Rig, files_below};
use courier_domain::NodeId;
use courier_domain::execution::{JobExecution, JobExecutionState};
use courier_store::{Checkpoint, ClaimRequest, Intent, Lease};
use serde_json::{Value, json};
use std::path::Path;

/// Runs a step whose first node recorded `intent` and died.
async fn taken_over(rig: &Rig, type_key: &str, configuration: Value, intent: Intent) -> JobExecution {
    let steps = json!([{ "name": "Step", "type_key": type_key, "configuration": configuration }]);
    goes_on(rig, steps, 0, None, intent).await
}

/// Runs steps whose first node died in the step `order`, with what it knew after those before, and `intent` recorded.
async fn goes_on(rig: &Rig, steps: Value, order: i32, known: Option<Value>, intent: Intent) -> JobExecution {
    let id = rig.enqueue(rig.job(json!({ "type": "stop" }), steps).await).await;
    let dead = NodeId(rig.store.ids().new_id());
    let request = ClaimRequest { node_id: dead, node_name: "dead".into(), slots: 1, only: Some(id) };
    let mut unit = rig.store.begin("system").await.unwrap();
    let held = unit.claim(&request).await.unwrap();
    let lease = Lease::of(&held[0]).unwrap();
    if let Some(known) = known {
        let known = known.to_string();
        let checkpoint = Checkpoint { steps: &[], begun: &[], context_snapshot: Some(&known) };
        unit.checkpoint(&lease, &checkpoint).await.unwrap();
    }
    unit.record_intents(&lease, order, "", &[intent]).await.unwrap();
    unit.expire_leases(dead).await.unwrap();
    unit.commit().await.unwrap();
    let running = rig.start().await;
    let ended = rig.until(id, |e| e.state.is_terminal()).await;
    running.shutdown().await;
    ended
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
        let run = goes_on(&rig, steps, 1, Some(known), done).await;
        assert_eq!(run.state, JobExecutionState::Completed, "{kind}: {:?}", run.error_message);
        let expected: &[&str] = if kind == "file.move" { &["a"] } else { &[] };
        assert_eq!(files_below(&rig.path("out")), expected, "{kind}");
    }
}
