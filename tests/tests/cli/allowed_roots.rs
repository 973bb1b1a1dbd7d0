//! `security.allowed_roots`: what a job may touch on this computer, and that nothing leads around it.

use crate::courier::Courier;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// The exit status of a run of one step, and its error.
fn step(courier: &Courier, kind: &str, configuration: &Value) -> Result<(i32, String)> {
    let bundle = json!({ "courier": 1, "jobs": [{ "name": "one", "failure_policy": { "type": "stop" },
        "steps": [{ "name": "Step", "type_key": kind, "configuration": configuration }] }] });
    courier.apply(&bundle.to_string())?.expect(0)?;
    let run = courier.run(&["--json", "run", "one"])?;
    let last: Value = serde_json::from_str(run.stdout.lines().last().context("nothing was printed")?)?;
    Ok((run.status, last["error_message"].as_str().unwrap_or_default().to_owned()))
}

#[test]
fn steps_touch_nothing_outside_the_allowed_folders() -> Result<()> {
    let courier = Courier::new()?;
    let at = |name: &str| courier.folder().join(name).display().to_string();
    for (name, content) in [("open/a.csv", "a"), ("closed/b.csv", "b")] {
        let path = courier.folder().join(name);
        std::fs::create_dir_all(path.parent().context("no folder")?)?;
        std::fs::write(path, content)?;
    }
    std::os::unix::fs::symlink(at("closed/b.csv"), at("open/link.csv"))?;
    std::os::unix::fs::symlink(at("closed"), at("open/way"))?;
    courier.ok(&["settings", "set", "security.allowed_roots", &json!([at("open")]).to_string()])?;

    let copy = |from: &str, to: &str| json!({ "source_path": at(from), "destination_path": at(to) });
    let zip =
        |from: &str, to: &str| json!({ "source_paths": at(from), "output_path": at(to), "format": "tar" });
    let refused = [
        ("file.copy", copy("closed/b.csv", "open/c.csv")),
        ("file.copy", copy("closed/*.csv", "open/out/")),
        ("file.copy", copy("open/../closed/*.csv", "open/out/")),
        ("file.copy", copy("open/*.csv", "open/out/")),
        ("file.copy", copy("open/link.csv", "open/c.csv")),
        ("file.copy", copy("open/a.csv", "closed/")),
        ("file.copy", copy("open/a.csv", "open/way/")),
        ("file.move", copy("open/a.csv", "closed/")),
        ("file.delete", json!({ "path": at("closed/b.csv") })),
        ("file.delete", json!({ "path": at("open/way/*") })),
        ("file.list", json!({ "path": at("closed") })),
        ("file.checksum", json!({ "path": at("open/a.csv"), "write_to": at("closed/sums") })),
        ("file.zip", zip("closed", "open/made.tar")),
        ("file.zip", zip("open/a.csv", "closed/made.tar")),
        ("file.unzip", json!({ "archive_path": at("open/good.tar"), "output_directory": at("closed") })),
        ("pgp.verify", json!({ "input_path": at("open/a.csv"), "signature_path": at("closed/b.csv") })),
        (
            "sftp.upload",
            json!({ "connection_id": "far", "local_path": at("closed/b.csv"), "remote_path": "/x/" }),
        ),
        ("sftp.download", json!({ "connection_id": "far", "remote_path": "/x", "local_path": at("closed") })),
    ];
    let far = json!({ "courier": 1, "connections": [{ "name": "far", "protocol": "sftp", "host": "127.0.0.1",
        "port": 9, "username": "u", "auth_method": "ssh_key", "ssh_key_id": "k" }],
        "ssh_keys": [{ "name": "k", "generate": { "key_type": "ed25519" } }] });
    courier.apply(&far.to_string())?.expect(0)?;
    ensure!(step(&courier, "file.zip", &zip("open/a.csv", "open/good.tar"))?.0 == 0);
    for (kind, configuration) in &refused {
        let (status, words) = step(&courier, kind, configuration)?;
        ensure!(
            status == 1 && words.contains("security.allowed_roots"),
            "{kind} {configuration}: {status} {words}"
        );
    }
    let closed: Vec<_> = std::fs::read_dir(at("closed"))?.flatten().map(|entry| entry.file_name()).collect();
    ensure!(closed == ["b.csv"], "{closed:?}");
    ensure!(
        !std::path::Path::new(&at("open/out")).exists() && std::path::Path::new(&at("open/a.csv")).exists()
    );

    // An archive does not lead out either, through a link that is there or with one that unpacks into it.
    std::fs::create_dir_all(at("made/way"))?;
    std::fs::write(at("made/way/b.csv"), "evil")?;
    let pack = |archive: &str, base: &str| {
        courier.ok(&["archive", "create", &at(archive), &at(base), "--base", &at(base), "--format", "zip"])
    };
    pack("open/through.zip", "made")?;
    pack("made/way.zip", "made/way")?;
    std::fs::remove_dir_all(at("made/way"))?;
    pack("open/inside.zip", "made")?;
    std::fs::create_dir_all(at("made/way/empty"))?;
    std::fs::remove_file(at("made/way.zip"))?;
    pack("open/folder.zip", "made")?;
    courier.ok(&["settings", "set", "archive.max_nesting_depth", "1"])?;
    for archive in ["open/through.zip", "open/inside.zip", "open/folder.zip"] {
        let unzip = json!({ "archive_path": at(archive), "output_directory": at("open") });
        let (status, words) = step(&courier, "file.unzip", &unzip)?;
        ensure!(status == 1 && words.contains("is a link"), "{archive}: {status} {words}");
        let by_hand =
            courier.run(&["archive", "extract", &at(archive), "--output", &at("open")])?.expect(1)?;
        ensure!(by_hand.stderr.contains("is a link"), "{}", by_hand.stderr);
    }
    let closed: Vec<_> = std::fs::read_dir(at("closed"))?.flatten().map(|entry| entry.file_name()).collect();
    ensure!(closed == ["b.csv"] && std::fs::read(at("closed/b.csv"))? == b"b", "{closed:?}");

    // What lies inside is as free as before, and so is everything once nothing is set.
    ensure!(step(&courier, "file.copy", &copy("open/a.csv", "open/sub/"))?.0 == 0);
    courier.ok(&["settings", "set", "security.allowed_roots", "[]"])?;
    ensure!(step(&courier, "file.copy", &copy("closed/b.csv", "open/c.csv"))?.0 == 0);
    Ok(())
}
