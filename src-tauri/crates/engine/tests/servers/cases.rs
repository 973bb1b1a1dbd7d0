//! Each step type: works, fails plainly, is stopped, and goes on without doing anything twice.

use super::partner::{Partner, Speaks};
use crate::rig::files_below;
use courier_domain::execution::{JobExecution, JobExecutionState};
use courier_domain::{ErrorCode, setting};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;

macro_rules! on_every_server {
    ($($case:ident),+ $(,)?) => {
        on_every_server!(sftp Sftp: $($case),+);
        on_every_server!(ftp Ftp: $($case),+);
        on_every_server!(ftps Ftps: $($case),+);
    };
    ($protocol:ident $speaks:ident: $($case:ident),+) => {
        mod $protocol {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                Box::pin(super::$case(super::Speaks::$speaks)).await;
            })+
        }
    };
}

on_every_server! {
    a_tree_is_fetched_by_pattern_and_outcomes_are_told,
    fetched_sources_are_moved_away_and_a_second_attempt_counts_them,
    one_file_that_fails_stops_no_other,
    files_too_young_or_fetched_before_are_left_alone,
    uploads_obey_the_rule_and_take_the_source_away,
    two_sources_of_one_name_are_refused_before_anything_moves,
    folders_are_made_listed_renamed_and_removed,
    what_is_done_already_is_success_on_a_retry,
    a_cancel_stops_a_transfer_and_leaves_nothing,
    limits_that_are_lifted_free_what_is_under_way,
    a_connection_of_another_protocol_is_told_at_the_run,
    a_whole_job_that_is_retried_loses_nothing_it_took_from_the_server,
    what_was_sent_and_deleted_is_not_missed_when_the_run_goes_on,
}

fn stop() -> Value {
    json!({ "type": "stop" })
}

fn results(outputs: &Value) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = outputs["results"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|r| {
            let file = r["file"].as_str().unwrap();
            (file.rsplit('/').next().unwrap().to_owned(), r["result"].as_str().unwrap().to_owned())
        })
        .collect();
    found.sort();
    found
}

fn pairs(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
    wanted.iter().map(|(file, result)| ((*file).to_owned(), (*result).to_owned())).collect()
}

async fn completed(partner: &Partner, run: &JobExecution) {
    let log = partner.rig.log(run.id).await;
    assert_eq!(run.state, JobExecutionState::Completed, "{:?}\n{log}", run.error_message);
}

async fn a_tree_is_fetched_by_pattern_and_outcomes_are_told(speaks: Speaks) {
    let p = Partner::new(speaks).await;
    for name in ["out/a.csv", "out/x/b.csv", "out/x/y/c d'ü.csv", "out/x/skip.tmp.csv", "out/no.txt"] {
        p.put(name, name.as_bytes());
    }
    let into = p.rig.write("in/a.csv", b"mine").parent().unwrap().display().to_string();
    let get = json!({ "remote_path": p.remote("out/**/*.csv"), "exclude_patterns": ["*.tmp.csv"],
        "local_path": into, "overwrite": "skip", "verify": "sha256", "concurrency": 3 });
    let job = p.rig.job(stop(), json!([p.step("Get", "download", get)])).await;
    let run = p.rig.run(job).await;
    completed(&p, &run).await;
    assert_eq!(files_below(&p.rig.path("in")), ["a.csv", "x/b.csv", "x/y/c d'ü.csv"]);
    assert_eq!(std::fs::read(p.rig.path("in/a.csv")).unwrap(), b"mine", "it was to be skipped");
    assert_eq!(std::fs::read(p.rig.path("in/x/b.csv")).unwrap(), b"out/x/b.csv");
    let outputs = p.rig.outputs(run.id, 0).await;
    assert_eq!(outputs["file_count"], 2);
    let told = [("a.csv", "skipped"), ("b.csv", "moved"), ("c d'ü.csv", "moved")];
    assert_eq!(results(&outputs), pairs(&told));
    let receipts = p.rig.store.read().await.unwrap().receipts(run.id).await.unwrap();
    assert_eq!(receipts.len(), 2);
    assert!(receipts.iter().all(|r| !r.server_identity.is_empty() || speaks.key() == "ftp"));
}

async fn fetched_sources_are_moved_away_and_a_second_attempt_counts_them(speaks: Speaks) {
    let p = Partner::new(speaks).await;
    p.put("out/a.csv", b"one");
    p.put("out/b.csv", b"two");
    p.put("done/a.csv", b"of last week");
    // The second file cannot be read at first.
    let locked = p.put("out/c.csv", b"three");
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o000)).unwrap();
    let into = p.rig.path("in").display().to_string();
    let get = json!({ "remote_path": p.remote("out/*.csv"), "local_path": into, "after_download": "move",
        "move_to": p.remote("done") });
    let job = p.rig.job(stop(), json!([p.step("Get", "download", get)])).await;
    let failed = p.rig.run(job).await;
    assert_eq!(failed.error_code, Some(ErrorCode::PermissionDenied), "{:?}", failed.error_message);
    let message = failed.error_message.unwrap();
    assert!(message.contains("1 of 3 files failed") && message.contains("c.csv"), "{message}");
    let told = [("a.csv", "moved"), ("b.csv", "moved"), ("c.csv", "failed")];
    assert_eq!(results(&p.rig.outputs(failed.id, 0).await), pairs(&told));
    assert!(p.has("done/a (2).csv") && p.has("done/b.csv") && p.has("out/c.csv"));
    assert_eq!(std::fs::read(p.data().join("done/a.csv")).unwrap(), b"of last week");

    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o666)).unwrap();
    let run = p.rig.resume(failed.id).await;
    completed(&p, &run).await;
    let outputs = p.rig.outputs(run.id, 0).await;
    assert_eq!(outputs["file_count"], 3, "{outputs}");
    let told = [("a.csv", "done_before"), ("b.csv", "done_before"), ("c.csv", "moved")];
    assert_eq!(results(&outputs), pairs(&told));
    assert_eq!(files_below(&p.rig.path("in")), ["a.csv", "b.csv", "c.csv"]);
    let receipts = p.rig.store.read().await.unwrap().receipts(run.id).await.unwrap();
    assert_eq!(receipts.len(), 3, "one for each file, over both attempts");
}

async fn one_file_that_fails_stops_no_other(speaks: Speaks) {
    let p = Partner::new(speaks).await;
    for n in 0..6 {
        p.put(&format!("out/{n}.csv"), b"x");
    }
    for n in [0, 3] {
        let locked = p.data().join(format!("out/{n}.csv"));
        std::fs::set_permissions(locked, std::fs::Permissions::from_mode(0o000)).unwrap();
    }
    let into = p.rig.path("in").display().to_string();
    let get = json!({ "remote_path": p.remote("out/*.csv"), "local_path": into, "concurrency": 1 });
    let job = p.rig.job(stop(), json!([p.step("Get", "download", get)])).await;
    let run = p.rig.run(job).await;
    assert_eq!(run.error_code, Some(ErrorCode::PermissionDenied));
    assert!(run.error_message.unwrap().starts_with("2 of 6 files failed."));
    assert_eq!(files_below(&p.rig.path("in")), ["1.csv", "2.csv", "4.csv", "5.csv"]);
}

async fn files_too_young_or_fetched_before_are_left_alone(speaks: Speaks) {
    let p = Partner::new(speaks).await;
    let old = p.put("out/old.csv", b"old");
    let past =
        std::fs::FileTimes::new().set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1));
    std::fs::File::options().write(true).open(old).unwrap().set_times(past).unwrap();
    p.put("out/young.csv", b"young");
    let into = p.rig.path("in").display().to_string();
    let get = json!({ "remote_path": p.remote("out/*.csv"), "local_path": into, "min_age_sec": 86_400,
        "only_new": true, "on_no_files": "succeed", "max_files": 5 });
    let job = p.rig.job(stop(), json!([p.step("Get", "download", get)])).await;
    let first = p.rig.run(job).await;
    completed(&p, &first).await;
    assert_eq!(files_below(&p.rig.path("in")), ["old.csv"]);
    let second = p.rig.run(job).await;
    completed(&p, &second).await;
    assert_eq!(p.rig.outputs(second.id, 0).await["file_count"], 0, "it was fetched before");

    let none = json!({ "remote_path": p.remote("out/*.pdf") });
    let job = p.rig.job(stop(), json!([p.step("Get", "download", none)])).await;
    assert_eq!(p.rig.run(job).await.error_code, Some(ErrorCode::NoFiles));
}

async fn uploads_obey_the_rule_and_take_the_source_away(speaks: Speaks) {
    let p = Partner::new(speaks).await;
    p.put("in/b.csv", b"theirs");
    for name in ["out/a.csv", "out/b.csv", "out/sub/c.csv"] {
        p.rig.write(name, name.as_bytes());
    }
    let send = json!({ "local_path": p.rig.path("out/**/*.csv").display().to_string(), "remote_path": p.remote("in/"),
        "overwrite": "fail", "after_upload": "delete", "verify": "sha256", "permissions": "640" });
    let job = p.rig.job(stop(), json!([p.step("Send", "upload", send)])).await;
    let failed = p.rig.run(job).await;
    assert_eq!(failed.error_code, Some(ErrorCode::AlreadyExists), "{:?}", failed.error_message);
    assert_eq!(std::fs::read(p.data().join("in/b.csv")).unwrap(), b"theirs");
    assert_eq!(std::fs::read(p.data().join("in/sub/c.csv")).unwrap(), b"out/sub/c.csv");
    assert_eq!(files_below(&p.rig.path("out")), ["b.csv"], "sent files are gone, the refused one stays");
    let told = [("a.csv", "moved"), ("b.csv", "failed"), ("c.csv", "moved")];
    assert_eq!(results(&p.rig.outputs(failed.id, 0).await), pairs(&told));
    let left = files_below(p.data());
    assert!(!left.iter().any(|f| f.contains(".courier-")), "{left:?}");

    // The partner collects one file and removes the other: both stay delivered.
    std::fs::remove_file(p.data().join("in/a.csv")).unwrap();
    std::fs::remove_file(p.data().join("in/b.csv")).unwrap();
    let run = p.rig.resume(failed.id).await;
    completed(&p, &run).await;
    let outputs = p.rig.outputs(run.id, 0).await;
    assert_eq!(outputs["file_count"], 3, "{outputs}");
    assert!(!p.has("in/a.csv"), "what was delivered is not delivered again");
    assert_eq!(std::fs::read(p.data().join("in/b.csv")).unwrap(), b"out/b.csv");
}

async fn two_sources_of_one_name_are_refused_before_anything_moves(speaks: Speaks) {
    let p = Partner::new(speaks).await;
    p.put("one/a.csv", b"1");
    p.put("two/a.csv", b"2");
    let get = json!({ "remote_path": [p.remote("one/*"), p.remote("two/*")],
        "local_path": p.rig.path("in").display().to_string() });
    let send = json!({ "local_path": [p.rig.write("x/a", b"1").display().to_string(),
        p.rig.write("y/a", b"2").display().to_string()], "remote_path": p.remote("in/") });
    for (verb, configuration) in [("download", get), ("upload", send)] {
        let job = p.rig.job(stop(), json!([p.step("Go", verb, configuration)])).await;
        let run = p.rig.run(job).await;
        assert_eq!(run.error_code, Some(ErrorCode::Validation), "{verb}: {:?}", run.error_message);
        assert!(run.error_message.unwrap().contains("Nothing was changed"));
    }
    assert!(!p.rig.path("in").exists() && !p.has("in"));
}

async fn folders_are_made_listed_renamed_and_removed(speaks: Speaks) {
    let p = Partner::new(speaks).await;
    p.put("box/a.csv", b"1");
    p.put("box/b.csv", b"22");
    p.put("box/keep.txt", b"3");
    p.put("old/x/y.txt", b"4");
    p.put("empty/.gone", b"");
    std::fs::remove_file(p.data().join("empty/.gone")).unwrap();
    let steps = json!([
        p.step("Make", "mkdir", json!({ "paths": [p.remote("new/deep/er"), p.remote("box")] })),
        p.step("Ext", "rename", json!({ "paths": p.remote("box/*.csv"), "to": "*.done" })),
        p.step("Move", "rename", json!({ "paths": "{{ steps.ext.files }}", "to": p.remote("new/") })),
        p.step("One", "rename", json!({ "paths": p.remote("box/keep.txt"), "to": "kept.txt" })),
        p.step("Folders", "rmdir", json!({ "paths": [p.remote("empty"), p.remote("gone")] })),
        p.step("Tree", "rmdir", json!({ "paths": p.remote("o*"), "recursive": true })),
        p.step("List", "list", json!({ "remote_path": p.remote("new"), "pattern": "*.done" })),
        p.step("Files", "delete", json!({ "paths": [p.remote("new/a*"), p.remote("gone.txt")] })),
        p.step("All", "list", json!({ "remote_path": [p.remote("box"), p.remote("n*")], "recursive": true })),
    ]);
    let job = p.rig.job(stop(), steps).await;
    let run = p.rig.run(job).await;
    completed(&p, &run).await;
    assert_eq!(files_below(p.data()), ["box/kept.txt", "new/b.csv.done"]);
    assert!(p.data().join("new/deep/er").is_dir() && !p.has("empty") && !p.has("old"));
    let listed = p.rig.outputs(run.id, 6).await;
    let names: Vec<_> = listed["entries"].as_array().unwrap().iter().map(|e| e["name"].clone()).collect();
    assert_eq!(names, ["a.csv.done", "b.csv.done"]);
    assert_eq!(listed["entries"][1]["size"], 2);
    assert_eq!(p.rig.outputs(run.id, 7).await["file_count"], 1);
    let all = p.rig.outputs(run.id, 8).await;
    let names: Vec<_> = all["entries"].as_array().unwrap().iter().map(|e| e["name"].clone()).collect();
    assert_eq!(
        (names, &all["file_count"]),
        (["kept.txt", "new", "b.csv.done", "deep", "er"].map(Value::from).to_vec(), &json!(2))
    );
}

async fn what_is_done_already_is_success_on_a_retry(speaks: Speaks) {
    let p = Partner::new(speaks).await;
    p.put("a/1.csv", b"1");
    p.put("a/2.csv", b"2");
    p.put("b/x.txt", b"x");
    p.put("full/x.txt", b"x");
    // Each step does its first part, then fails on the second.
    let cases = [
        (
            "rename",
            json!({ "paths": [p.remote("a/1.csv"), p.remote("a/2.csv")], "to": p.remote("c/") }),
            "c/2.csv",
        ),
        ("delete", json!({ "paths": [p.remote("b/x.txt"), p.remote("full")], "on_missing": "fail" }), ""),
        ("rmdir", json!({ "paths": [p.remote("b"), p.remote("full")], "on_missing": "fail" }), ""),
    ];
    p.put("c/2.csv", b"in the way");
    for (verb, configuration, in_the_way) in cases {
        let job = p.rig.job(stop(), json!([p.step("Do", verb, configuration)])).await;
        let failed = p.rig.run(job).await;
        assert_eq!(failed.state, JobExecutionState::Failed, "{verb}");
        let log = p.rig.log(failed.id).await;
        assert!(failed.error_message.as_deref().unwrap().contains("1 of 2 files failed"), "{verb}: {log}");
        match in_the_way {
            "" if verb == "rmdir" => std::fs::remove_file(p.data().join("full/x.txt")).unwrap(),
            "" => {
                // The folder becomes a file, which may be deleted.
                std::fs::rename(p.data().join("full"), p.data().join("aside")).unwrap();
                p.put("full", b"a file");
            }
            other => std::fs::remove_file(p.data().join(other)).unwrap(),
        }
        let run = p.rig.resume(failed.id).await;
        completed(&p, &run).await;
        if verb == "rename" {
            assert_eq!(p.rig.outputs(run.id, 0).await["file_count"], 2);
            assert_eq!(std::fs::read(p.data().join("c/1.csv")).unwrap(), b"1");
        }
        if verb == "delete" {
            assert!(!p.has("full"));
            std::fs::rename(p.data().join("aside"), p.data().join("full")).unwrap();
        }
    }
    assert!(!p.has("b") && !p.has("full"));

    let missing = json!({ "paths": p.remote("nowhere"), "on_missing": "fail" });
    for verb in ["delete", "rmdir"] {
        let job = p.rig.job(stop(), json!([p.step("Do", verb, missing.clone())])).await;
        assert_eq!(p.rig.run(job).await.error_code, Some(ErrorCode::FileNotFound), "{verb}");
    }
    let root = json!({ "paths": "/", "recursive": true });
    let job = p.rig.job(stop(), json!([p.step("Do", "rmdir", root)])).await;
    assert_eq!(p.rig.run(job).await.error_code, Some(ErrorCode::Validation));
}

async fn a_cancel_stops_a_transfer_and_leaves_nothing(speaks: Speaks) {
    let p = Partner::new(speaks).await;
    let big = p.put("out/big.bin", b"");
    std::fs::File::options().write(true).open(&big).unwrap().set_len(4 << 30).unwrap();
    let local = p.rig.write("big.bin", b"");
    std::fs::File::options().write(true).open(&local).unwrap().set_len(4 << 30).unwrap();
    let into = p.rig.path("in").display().to_string();
    let get = json!({ "remote_path": p.remote("out/big.bin"), "local_path": into });
    let send = json!({ "local_path": local.display().to_string(), "remote_path": p.remote("in/") });
    let running = p.rig.start().await;
    for (verb, configuration) in [("download", get), ("upload", send)] {
        let mut step = p.step("Go", verb, configuration);
        step["timeout_seconds"] = json!(0);
        let job = p.rig.job(stop(), json!([step])).await;
        let mut reports = p.rig.engine.progress().subscribe();
        let id = p.rig.enqueue(job).await;
        while reports.recv().await.unwrap().bytes_transferred == 0 {}
        let mut unit = p.rig.store.begin("tester@here").await.unwrap();
        unit.request_cancel(id).await.unwrap();
        unit.commit().await.unwrap();
        let run = p.rig.until(id, |e| e.state.is_terminal()).await;
        assert_eq!(run.state, JobExecutionState::Cancelled, "{verb}");
        assert!(!p.has("in/big.bin") && !p.rig.path("in/big.bin").exists());
    }
    running.shutdown().await;
    assert_eq!(files_below(&p.rig.path("in")), [""; 0]);
}

/// With its limit the file would take twenty minutes.
async fn limits_that_are_lifted_free_what_is_under_way(speaks: Speaks) {
    const SLOW: u64 = 200_000;
    let p = Partner::with(speaks, json!({ "rate_limit": { "bytes_per_sec": SLOW } })).await;
    let big = p.put("out/big.bin", b"");
    std::fs::File::options().write(true).open(&big).unwrap().set_len(256 << 20).unwrap();
    let into = p.rig.path("in").display().to_string();
    let get = json!({ "remote_path": p.remote("out/big.bin"), "local_path": into });
    let running = p.rig.start().await;
    let until_it_moves = async || {
        let job = p.rig.job(stop(), json!([p.step("Get", "download", get.clone())])).await;
        let mut reports = p.rig.engine.progress().subscribe();
        let id = p.rig.enqueue(job).await;
        while reports.recv().await.unwrap().bytes_transferred == 0 {}
        id
    };
    let id = until_it_moves().await;
    let mut faster = p.connection.clone();
    faster.rate_limit = None;
    let mut unit = p.rig.store.begin("tester@here").await.unwrap();
    unit.set_setting(setting::TRANSFER_RATE_LIMIT, &SLOW.to_string()).await.unwrap();
    unit.commit().await.unwrap();
    let mut unit = p.rig.store.begin("tester@here").await.unwrap();
    let seen = unit.connection(faster.id).await.unwrap().updated_at;
    unit.update_connection(&faster, seen).await.unwrap();
    unit.commit().await.unwrap();
    assert!(!p.rig.store.read().await.unwrap().execution(id).await.unwrap().state.is_terminal());
    let mut unit = p.rig.store.begin("tester@here").await.unwrap();
    unit.set_setting(setting::TRANSFER_RATE_LIMIT, "0").await.unwrap();
    unit.commit().await.unwrap();
    let run = p.rig.until(id, |e| e.state.is_terminal()).await;
    assert_eq!(run.state, JobExecutionState::Completed, "{:?}", run.error_message);
    running.shutdown().await;
}

async fn a_connection_of_another_protocol_is_told_at_the_run(speaks: Speaks) {
    let p = Partner::new(speaks).await;
    let other = if speaks.key() == "ftps" { "ftp" } else { "ftps" };
    let mut step = p.step("Get", "list", json!({ "remote_path": p.remote("") }));
    step["type_key"] = json!(format!("{other}.list"));
    let job = p.rig.job(stop(), json!([step])).await;
    let run = p.rig.run(job).await;
    assert_eq!(run.error_code, Some(ErrorCode::Validation));
    let message = run.error_message.unwrap();
    assert!(message.contains(&format!("{}.list", speaks.key())), "{message}");
}

async fn a_whole_job_that_is_retried_loses_nothing_it_took_from_the_server(speaks: Speaks) {
    let p = Partner::new(speaks).await;
    p.put("out/a.csv", b"the only one");
    let again = json!({ "type": "retry_job", "max_retries": 1, "backoff_base_seconds": 0 });
    let steps = json!([
        p.step("Get", "download", json!({ "remote_path": p.remote("out/*.csv"), "after_download": "delete" })),
        { "name": "Late", "type_key": "file.copy", "configuration":
            { "source_path": p.rig.path("late/*").display().to_string(), "destination_path": "x/" } },
    ]);
    let job = p.rig.job(again, steps).await;
    let run = p.rig.run(job).await;
    assert_eq!((run.error_code, run.attempt), (Some(ErrorCode::NoFiles), 1));
    assert!(!p.has("out/a.csv"));
    let kept = courier_engine::workspace_of(p.rig.home.path(), run.id).join("a.csv");
    assert_eq!(std::fs::read(kept).unwrap(), b"the only one");
    assert_eq!(results(&p.rig.outputs(run.id, 0).await), pairs(&[("a.csv", "done_before")]));
}

async fn what_was_sent_and_deleted_is_not_missed_when_the_run_goes_on(speaks: Speaks) {
    let p = Partner::new(speaks).await;
    p.put("in/b.csv", b"theirs");
    for name in ["a.csv", "b.csv"] {
        p.rig.write(&format!("from/{name}"), name.as_bytes());
    }
    let steps = json!([
        { "name": "Take", "type_key": "file.move", "configuration":
            { "source_path": p.rig.path("from/*").display().to_string(), "destination_path": "./" } },
        p.step("Send", "upload", json!({ "local_path": "{{ steps.take.files }}", "remote_path": p.remote("in/"),
            "overwrite": "fail", "after_upload": "delete" })),
    ]);
    let job = p.rig.job(stop(), steps).await;
    let failed = p.rig.run(job).await;
    assert_eq!(failed.error_code, Some(ErrorCode::AlreadyExists), "{:?}", failed.error_message);
    std::fs::remove_file(p.data().join("in/b.csv")).unwrap();
    // `a.csv` is gone here, and taking it again would not bring it back.
    let run = p.rig.resume(failed.id).await;
    completed(&p, &run).await;
    assert_eq!(p.rig.outputs(run.id, 1).await["file_count"], 2);
    assert_eq!(files_below(p.data()), ["in/a.csv", "in/b.csv"]);
}
