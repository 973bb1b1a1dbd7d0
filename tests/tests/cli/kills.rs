//! kill -9 in the middle of a run: nothing is lost, nothing is done twice, and no mix of bytes appears.

use crate::courier::Courier;
use crate::nodes::agent;
use crate::world::World;
use anyhow::{Result, ensure};
use courier_testkit::proxy::Rules;
use courier_testkit::{Proxy, data};
use serde_json::Value;
use std::time::{Duration, Instant};

const SIZE: u64 = 6_000_000;
/// Bytes after which the node is killed: before the first block, in the middle, near the end.
const POINTS: [u64; 5] = [1, 700_000, 2_500_000, 4_900_000, 5_990_000];
const PATIENCE: Duration = Duration::from_secs(60);

/// A job that fetches one file through a proxy and delivers it.
fn bundle(world: &World, port: u16) -> String {
    let original = world.bundle().replace(&format!("port: {}", world.sshd.port()), &format!("port: {port}"));
    format!(
        r#"{original}
  - name: fetch-one
    steps:
      - {{ name: Download, type_key: sftp.download, configuration: {{ connection_id: partner, remote_path: "{file}" }} }}
      - {{ name: Deliver, type_key: file.move, configuration: {{ source_path: "{{{{ steps.download.files }}}}", destination_path: "{target}/" }} }}
"#,
        file = world.sshd.remote("one.bin"),
        target = world.courier.folder().join("one").display(),
    )
}

pub(crate) fn until_over(courier: &Courier, id: &str) -> Result<Value> {
    let begun = Instant::now();
    loop {
        let run = courier.json(&["execution", "show", id])?;
        if matches!(run["state"].as_str(), Some("completed" | "failed" | "cancelled")) {
            return Ok(run);
        }
        ensure!(begun.elapsed() < PATIENCE, "the run did not end: {run}");
    }
}

#[test]
fn a_run_survives_kill_9_in_a_download_and_ends_with_the_right_bytes() -> Result<()> {
    let world = World::new()?;
    let source = world.sshd.data().join("one.bin");
    data::write_file(&source, SIZE, 11)?;
    let fast = Rules { rate: Some(8_000_000), ..Rules::default() };
    let proxy = Proxy::start(world.sshd.port(), fast)?;
    world.courier.apply(&bundle(&world, proxy.port()))?.expect(0)?;
    let delivered = world.courier.folder().join("one").join("one.bin");
    for point in POINTS {
        let _ = std::fs::remove_file(&delivered);
        proxy.set(fast);
        let mut node = agent(&world.courier)?;
        let id = world.courier.json(&["run", "fetch-one", "--detach"])?["id"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        ensure!(proxy.wait_for_bytes(point, PATIENCE), "{point} bytes never came");
        node.0.kill()?;
        node.0.wait()?;
        if let Ok(early) = std::fs::read(&delivered) {
            ensure!(
                data::sha256(&early) == data::sha256(&std::fs::read(&source)?),
                "a mix after {point} bytes"
            );
        }

        let node = agent(&world.courier)?;
        let run = until_over(&world.courier, &id)?;
        assert_eq!(run["state"], "completed", "killed after {point} bytes: {run}");
        assert_eq!(data::sha256(&std::fs::read(&delivered)?), data::sha256(&std::fs::read(&source)?));
        assert_eq!(run["receipts"].as_array().map(Vec::len), Some(1), "fetched once: {run}");
        drop(node);
    }
    let left: Vec<_> = crate::courier::files_below(&world.courier.folder().join("one"));
    assert_eq!(left, [delivered], "nothing unfinished stays behind");
    world.courier.ok(&["audit", "verify"])?;
    Ok(())
}

#[test]
fn a_cancelled_download_leaves_nothing_beside_its_destination() -> Result<()> {
    let world = World::new()?;
    data::write_file(&world.sshd.data().join("one.bin"), SIZE, 12)?;
    let slow = Rules { rate: Some(1_000_000), ..Rules::default() };
    let proxy = Proxy::start(world.sshd.port(), slow)?;
    let folder = world.courier.folder().join("kept");
    let into = format!("\"{}\", local_path: \"{}/\"", world.sshd.remote("one.bin"), folder.display());
    let text = bundle(&world, proxy.port()).replace(&format!("\"{}\"", world.sshd.remote("one.bin")), &into);
    world.courier.apply(&text)?.expect(0)?;
    let _node = agent(&world.courier)?;
    let id =
        world.courier.json(&["run", "fetch-one", "--detach"])?["id"].as_str().unwrap_or_default().to_owned();
    ensure!(proxy.wait_for_bytes(1_500_000, PATIENCE), "the download never came so far");
    ensure!(!crate::courier::files_below(&folder).is_empty(), "nothing is under way");
    world.courier.ok(&["execution", "cancel", &id])?;
    let run = until_over(&world.courier, &id)?;
    assert_eq!(run["state"], "cancelled");
    let begun = Instant::now();
    while !crate::courier::files_below(&folder).is_empty() {
        ensure!(begun.elapsed() < PATIENCE, "{:?} stays behind", crate::courier::files_below(&folder));
    }
    Ok(())
}
