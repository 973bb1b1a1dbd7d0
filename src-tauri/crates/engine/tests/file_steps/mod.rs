//! `file.*` steps on real files and two real file systems.

mod taken_over;

use crate::rig::{Rig, files_below};
use courier_domain::ErrorCode;
use courier_domain::execution::{JobExecution, JobExecutionState};
use serde_json::{Value, json};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

/// Runs one step.
async fn step(rig: &Rig, type_key: &str, configuration: Value) -> (JobExecution, Value) {
    let steps = json!([{ "name": "Step", "type_key": type_key, "configuration": configuration }]);
    let job = rig.job(json!({ "type": "stop" }), steps).await;
    let run = rig.run(job).await;
    let outputs = rig.outputs(run.id, 0).await;
    (run, outputs)
}

async fn done(rig: &Rig, type_key: &str, configuration: Value) -> Value {
    let (run, outputs) = step(rig, type_key, configuration).await;
    assert_eq!(run.state, JobExecutionState::Completed, "{:?}", run.error_message);
    outputs
}

async fn refused(rig: &Rig, type_key: &str, configuration: Value) -> (ErrorCode, String) {
    let (run, _) = step(rig, type_key, configuration).await;
    assert_eq!(run.state, JobExecutionState::Failed);
    (run.error_code.unwrap(), run.error_message.unwrap_or_default())
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_get_names_of_their_own_parts() {
    let rig = Rig::new().await;
    for name in ["in/a.csv", "in/sub/b.csv", "in/c.txt"] {
        rig.write(name, name.as_bytes());
    }
    let pattern = "{{ stem }}-{{ now | date('%Y') }}.{{ extension }}.done";
    let outputs =
        done(&rig, "file.rename", json!({ "path": text(&rig.path("in/**/*.csv")), "pattern": pattern }))
            .await;
    let year = chrono::Datelike::year(&rig.store.clock().now());
    assert_eq!(
        files_below(&rig.path("in")),
        [format!("a-{year}.csv.done"), "c.txt".into(), format!("sub/b-{year}.csv.done")]
    );
    assert_eq!(outputs["file_count"], 2);
    assert_eq!(outputs["file"], text(&rig.path(&format!("in/a-{year}.csv.done"))));
    let (code, message) = refused(
        &rig,
        "file.rename",
        json!({ "path": text(&rig.path("in/c.txt")), "pattern": "../{{ name }}" }),
    )
    .await;
    assert_eq!(code, ErrorCode::UnsafeName, "{message}");
    let (_, message) =
        refused(&rig, "file.rename", json!({ "path": text(&rig.path("in")), "pattern": "same" })).await;
    assert!(message.contains("c.txt"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_hand_their_names_on_without_loss() {
    let rig = Rig::new().await;
    for n in 1..=4 {
        rig.write(&format!("log/app.{n}"), format!("log {n}").as_bytes());
    }
    let next = json!({ "path": text(&rig.path("log")), "pattern": "app.{{ extension | int + 1 }}" });
    done(&rig, "file.rename", next).await;
    assert_eq!(files_below(&rig.path("log")), ["app.2", "app.3", "app.4", "app.5"]);
    for n in 1..=4 {
        let path = rig.path(&format!("log/app.{}", n + 1));
        assert_eq!(std::fs::read_to_string(path).unwrap(), format!("log {n}"));
    }
    let swap = json!({ "path": [text(&rig.path("log/app.2")), text(&rig.path("log/app.3"))], "pattern": "app.{{ 5 - extension | int }}" });
    let (code, message) = refused(&rig, "file.rename", swap).await;
    assert_eq!(code, ErrorCode::Validation);
    assert!(message.contains("in a circle"), "{message}");
    let taken = json!({ "path": text(&rig.path("log/app.2")), "pattern": "app.5" });
    assert_eq!(refused(&rig, "file.rename", taken.clone()).await.0, ErrorCode::AlreadyExists);
    let mut skip = taken;
    skip["overwrite"] = json!("skip");
    assert_eq!(done(&rig, "file.rename", skip).await["results"][0]["result"], "skipped");
    assert_eq!(files_below(&rig.path("log")), ["app.2", "app.3", "app.4", "app.5"], "nothing was changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_has_files_and_folders() {
    let rig = Rig::new().await;
    for name in ["in/a.csv", "in/sub/b.csv", "in/sub/c.txt"] {
        rig.write(name, name.as_bytes());
    }
    let names = |outputs: &Value| -> Vec<String> {
        let entries = outputs["entries"].as_array().unwrap();
        entries
            .iter()
            .map(|e| {
                format!("{}{}", e["name"].as_str().unwrap(), if e["is_directory"] == true { "/" } else { "" })
            })
            .collect()
    };
    let folder = text(&rig.path("in"));
    let flat = done(&rig, "file.list", json!({ "path": folder })).await;
    assert_eq!(names(&flat), ["a.csv", "sub/"]);
    assert_eq!((&flat["entries"][0]["size"], &flat["file_count"]), (&json!(8), &json!(1)));
    assert!(flat["entries"][0]["modified_at"].as_str().unwrap().ends_with('Z'));
    let deep =
        done(&rig, "file.list", json!({ "path": folder, "pattern": "*.csv", "recursive": true })).await;
    assert_eq!(names(&deep), ["a.csv", "b.csv"]);
    let found = done(&rig, "file.list", json!({ "path": format!("{folder}/s*") })).await;
    assert_eq!(names(&found), ["sub/"]);
    assert_eq!(done(&rig, "file.list", json!({ "path": format!("{folder}/*.pdf") })).await["file_count"], 0);
    let gone = json!({ "path": text(&rig.path("none")) });
    assert_eq!(refused(&rig, "file.list", gone).await.0, ErrorCode::FileNotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn checksums_are_those_of_the_usual_programs() {
    let rig = Rig::new().await;
    for (name, content) in [("in/a b.bin", &[7; 300_000][..]), ("in/sub/c", b""), ("in/odd\\name", b"x")] {
        rig.write(name, content);
    }
    let folder = rig.path("in");
    for (algorithm, program) in [("sha256", "sha256sum"), ("sha512", "sha512sum"), ("md5", "md5sum")] {
        let list = rig.path(&format!("in/{program}.txt"));
        let write = json!({ "path": [text(&rig.path("in/a b.bin")), text(&rig.path("in/sub")), text(&rig.path("in/odd\\name"))],
            "algorithm": algorithm, "write_to": text(&list) });
        let outputs = done(&rig, "file.checksum", write).await;
        assert_eq!((&outputs["file_count"], &outputs["bytes"]), (&json!(3), &json!(300_001)));
        let checked = Command::new(program)
            .args(["--check", "--strict"])
            .arg(&list)
            .current_dir(&folder)
            .output()
            .unwrap();
        assert!(checked.status.success(), "{program}: {}", String::from_utf8_lossy(&checked.stderr));
        let theirs = Command::new(program)
            .args(["a b.bin", "sub/c", "odd\\name"])
            .current_dir(&folder)
            .output()
            .unwrap();
        std::fs::write(&list, theirs.stdout).unwrap();
        let path = json!([
            text(&rig.path("in/a b.bin")),
            text(&rig.path("in/sub")),
            text(&rig.path("in/odd\\name"))
        ]);
        done(&rig, "file.checksum", json!({ "path": path, "algorithm": algorithm, "expected": text(&list) }))
            .await;
        std::fs::remove_file(list).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_checksum_names_the_file_and_both_values() {
    let rig = Rig::new().await;
    rig.write("in/good", b"good");
    rig.write("in/bad", b"bad");
    let good = done(&rig, "file.checksum", json!({ "path": text(&rig.path("in/good")) })).await["checksum"]
        .as_str()
        .unwrap()
        .to_owned();
    let one = json!({ "path": text(&rig.path("in/good")), "expected": good.to_uppercase() });
    done(&rig, "file.checksum", one).await;
    let lines = format!("{good}  good\n{good}  bad\n");
    let (code, message) =
        refused(&rig, "file.checksum", json!({ "path": text(&rig.path("in")), "expected": lines })).await;
    assert_eq!(code, ErrorCode::VerificationFailed);
    assert!(message.contains("in/bad has the sha256") && message.contains(&good), "{message}");
    let more = format!("{good}  good\n{good}  missing\n");
    let (code, message) =
        refused(&rig, "file.checksum", json!({ "path": text(&rig.path("in/good")), "expected": more })).await;
    assert_eq!(code, ErrorCode::FileNotFound);
    assert!(message.contains("missing"), "{message}");
    let unlisted = json!({ "path": text(&rig.path("in")), "expected": format!("{good}  good\n") });
    assert_eq!(refused(&rig, "file.checksum", unlisted).await.0, ErrorCode::VerificationFailed);
    for rubbish in ["hello\nworld", "abc", &good[1..]] {
        let (code, _) = refused(
            &rig,
            "file.checksum",
            json!({ "path": text(&rig.path("in/good")), "expected": rubbish }),
        )
        .await;
        assert!([ErrorCode::Validation, ErrorCode::FileNotFound].contains(&code), "{rubbish}: {code:?}");
    }
}

/// A folder on another file system than the temporary one.
fn elsewhere(rig: &Rig) -> tempfile::TempDir {
    let other = tempfile::tempdir_in("/dev/shm").expect("a file system in memory is needed for this test");
    let device = |path: &Path| std::fs::metadata(path).unwrap().dev();
    assert_ne!(device(other.path()), device(rig.home.path()), "the test needs two file systems");
    other
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_to_another_file_system_is_a_proven_copy() {
    let rig = Rig::new().await;
    let other = elsewhere(&rig);
    let source = rig.write("in/sub/a.csv", &vec![3; 5_000_000]);
    let old = SystemTime::from(rig.store.clock().now()) - Duration::from_secs(86_400);
    std::fs::File::options().write(true).open(&source).unwrap().set_modified(old).unwrap();
    std::fs::set_permissions(&source, std::fs::Permissions::from_mode(0o640)).unwrap();
    let to = format!("{}/", text(other.path()));
    let outputs = done(
        &rig,
        "file.move",
        json!({ "source_path": text(&rig.path("in")), "destination_path": to, "verify": "sha256" }),
    )
    .await;
    let arrived = other.path().join("sub/a.csv");
    assert_eq!(outputs["files"], json!([text(&arrived)]));
    assert!(!source.exists() && files_below(other.path()) == ["sub/a.csv"]);
    let meta = std::fs::metadata(&arrived).unwrap();
    assert_eq!((meta.len(), meta.permissions().mode() & 0o777), (5_000_000, 0o640));
    let drift = meta.modified().unwrap().duration_since(old).unwrap_or_default();
    assert!(drift < Duration::from_millis(10), "{drift:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_moved_stays_and_is_told() {
    let rig = Rig::new().await;
    rig.write("in/a", b"a");
    let pipe = rig.path("in/pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let to = format!("{}/", text(&rig.path("out")));
    let (_, message) =
        refused(&rig, "file.copy", json!({ "source_path": text(&pipe), "destination_path": to })).await;
    assert!(message.contains("neither a file nor a folder"), "{message}");
    // In a folder it is passed over, as a device or socket is.
    done(&rig, "file.copy", json!({ "source_path": text(&rig.path("in")), "destination_path": to })).await;
    assert_eq!(files_below(&rig.path("out")), ["a"]);
    let missing = json!({ "source_path": text(&rig.path("in/a")), "destination_path": text(&rig.path("no/where")), "create_directories": false });
    assert_eq!(refused(&rig, "file.move", missing).await.0, ErrorCode::FileNotFound);
    assert!(rig.path("in/a").exists());
    let itself =
        json!({ "source_path": text(&rig.path("in/a")), "destination_path": text(&rig.path("in/a")) });
    done(&rig, "file.move", itself).await;
    assert_eq!(std::fs::read(rig.path("in/a")).unwrap(), b"a");
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_follows_no_link_and_spares_what_courier_needs() {
    let rig = Rig::new().await;
    rig.write("kept/precious", b"x");
    rig.write("in/deep/er/file", b"x");
    symlink(rig.path("kept"), rig.path("in/deep/link")).unwrap();
    symlink(rig.path("kept"), rig.path("link")).unwrap();
    let folder = json!({ "path": text(&rig.path("in")) });
    assert_eq!(
        refused(&rig, "file.delete", folder).await.0,
        ErrorCode::Validation,
        "a folder needs `recursive`"
    );
    let tree = json!({ "path": [text(&rig.path("in")), text(&rig.path("link"))], "recursive": true });
    done(&rig, "file.delete", tree.clone()).await;
    done(&rig, "file.delete", tree).await;
    assert!(!rig.path("in").exists() && rig.path("link").symlink_metadata().is_err());
    assert_eq!(files_below(&rig.path("kept")), ["precious"]);
    for spared in [text(rig.home.path()), ".".into(), "/".into()] {
        let (code, message) =
            refused(&rig, "file.delete", json!({ "path": spared, "recursive": true })).await;
        assert_eq!(code, ErrorCode::Validation, "{message}");
        assert!(message.contains("is not deleted"), "{message}");
    }
    let gone = json!({ "path": text(&rig.path("none")), "on_missing": "fail" });
    assert_eq!(refused(&rig, "file.delete", gone).await.0, ErrorCode::FileNotFound);
}
