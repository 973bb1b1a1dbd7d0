//! A disk that fills up under a step: said so, nothing half done stays, the source is as it was, and with space the
//! same job works.

use crate::courier::{Courier, finish};
use anyhow::{Context, Result, ensure};
use courier_testkit::data;
use serde_json::{Value, json};
use std::process::{Command, Stdio};

/// What the small disk holds, far less than the file.
const DISK: &str = "256k";
const FILE: usize = 1_000_000;

/// Runs the command with a small disk of its own at `small`, and lists what lies there afterwards.
pub(crate) fn on_a_small_disk(courier: &Courier, args: &[&str]) -> Result<(crate::courier::Done, String)> {
    let inner = courier.command(args)?;
    let script = "mount -t tmpfs -o size=$1 tmpfs \"$2\" || exit 99; small=$2 listing=$3; shift 3; \
                  \"$@\"; status=$?; find \"$small\" -mindepth 1 >\"$listing\"; exit $status";
    let listing = courier.folder().join("listing");
    let mut command = Command::new("unshare");
    command
        .args(["--map-root-user", "--mount", "sh", "-c", script, "sh", DISK])
        .arg(courier.folder().join("small"))
        .arg(&listing)
        .arg(inner.get_program())
        .args(inner.get_args())
        .stdin(Stdio::null());
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let done = finish(command)?;
    ensure!(done.status != 99, "no disk could be mounted: {}", done.stderr);
    Ok((done, std::fs::read_to_string(listing)?))
}

#[test]
fn a_full_disk_is_said_so_and_leaves_nothing_behind() -> Result<()> {
    let courier = Courier::new()?;
    let at = |name: &str| courier.folder().join(name).display().to_string();
    std::fs::create_dir(at("small"))?;
    let (large, small) = (at("large.bin"), at("small/"));
    std::fs::write(&large, data::bytes(FILE, 3))?;
    courier.ok(&["key", "pgp", "generate", "ours", "--user-id", "Ours <ours@example.org>"])?;
    let (sealed, packed) = (at("large.bin.pgp"), at("packed.zip"));
    courier.ok(&["pgp", "encrypt", &large, "--recipient", "ours", "--output", &sealed])?;
    courier.ok(&["archive", "create", &packed, &large, "--format", "zip"])?;
    let zip = |format: &str| json!({ "source_paths": large, "output_path": format!("{small}made.{format}"), "format": format });
    let moved = json!({ "source_path": large, "destination_path": small });
    let cases: [(&str, Value); 10] = [
        ("file.copy", moved.clone()),
        ("file.zip", zip("zip")),
        ("file.zip", zip("tar")),
        ("file.zip", zip("tar.gz")),
        ("file.zip", zip("tar.zst")),
        ("file.zip", zip("7z")),
        ("file.unzip", json!({ "archive_path": packed, "output_directory": small })),
        ("pgp.encrypt", json!({ "input_path": large, "output_path": small, "recipient_key_ids": ["ours"] })),
        ("pgp.decrypt", json!({ "input_path": sealed, "output_path": small })),
        // The last one: with space it takes the source away.
        ("file.move", moved),
    ];
    for (kind, configuration) in cases {
        let bundle = json!({ "courier": 1, "jobs": [{ "name": "one", "failure_policy": { "type": "stop" },
            "steps": [{ "name": "Step", "type_key": kind, "configuration": configuration }] }] });
        courier.apply(&bundle.to_string())?.expect(0)?;
        let (run, left) = on_a_small_disk(&courier, &["--json", "run", "one"])?;
        let last: Value = serde_json::from_str(run.stdout.lines().last().context("nothing was printed")?)?;
        let words = last["error_message"].as_str().unwrap_or_default();
        ensure!(
            run.status == 1 && words.contains("no space left"),
            "{kind} {configuration}: {words}\n{last}"
        );
        ensure!(left.is_empty(), "{kind} {configuration} left {left}");
        ensure!(std::fs::read(&large)?.len() == FILE, "{kind} changed its source");
        courier.run(&["run", "one"])?.expect(0)?;
    }
    ensure!(!std::path::Path::new(&large).exists(), "nothing was moved");
    Ok(())
}
