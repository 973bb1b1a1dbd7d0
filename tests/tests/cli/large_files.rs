//! kill -9 in the middle of a large file, both ways: the next node goes on where it is proven, and little moves twice.
//!
//! The point of the kill is thrown; `COURIER_SEED` repeats it.

use crate::courier::files_below;
use crate::kills::until_over;
use crate::nodes::agent;
use crate::world::World;
use anyhow::{Result, ensure};
use courier_testkit::Proxy;
use courier_testkit::data::{self, Dice};
use courier_testkit::proxy::Rules;
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;

const MIB: u64 = 1 << 20;
const SIZE: u64 = 64 * MIB + 4321;
/// What may move twice: back to the last 8 MiB that are proven, what was in flight, and the session around it.
const AGAIN: u64 = (8 + 15 + 1) * MIB;
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

/// A large file, where it goes, and the job that moves it through a proxy.
struct Move {
    way: Way,
    world: World,
    proxy: Proxy,
    source: PathBuf,
    arrives: PathBuf,
}

impl Move {
    fn new(way: Way) -> Result<Self> {
        let world = World::new()?;
        let (here, there) = (world.courier.folder().join("here"), world.sshd.data().join("there"));
        std::fs::create_dir_all(&here)?;
        std::fs::create_dir_all(&there)?;
        let (source, arrives) = match way {
            Way::Up => (here.join("big.bin"), there.join("big.bin")),
            Way::Down => (there.join("big.bin"), here.join("big.bin")),
        };
        data::write_file(&source, SIZE, 31)?;
        std::fs::write(&arrives, "old")?;
        let rules = Rules { rate: Some(25_000_000), ..Rules::default() };
        let proxy = Proxy::start(world.sshd.port(), rules)?;
        let remote = world.sshd.remote("there");
        let step = match way {
            Way::Up => format!(
                r#"type_key: sftp.upload, configuration: {{ connection_id: partner, local_path: "{}", remote_path: "{remote}/" }}"#,
                source.display()
            ),
            Way::Down => format!(
                r#"type_key: sftp.download, configuration: {{ connection_id: partner, remote_path: "{remote}/big.bin", local_path: "{}/" }}"#,
                here.display()
            ),
        };
        let original = world
            .bundle()
            .replace(&format!("port: {}", world.sshd.port()), &format!("port: {}", proxy.port()));
        let job = format!("{original}  - name: move-one\n    steps:\n      - {{ name: Move, {step} }}\n");
        world.courier.apply(&job)?.expect(0)?;
        Ok(Self { way, world, proxy, source, arrives })
    }

    /// Bytes that went the file's way.
    fn moved(&self) -> u64 {
        match self.way {
            Way::Up => self.proxy.sent(),
            Way::Down => self.proxy.bytes(),
        }
    }

    fn wait_for(&self, bytes: u64) -> bool {
        match self.way {
            Way::Up => self.proxy.wait_for_sent(bytes, PATIENCE),
            Way::Down => self.proxy.wait_for_bytes(bytes, PATIENCE),
        }
    }

    /// Kills the node after `bytes`, and lets another one end the run. How many bytes moved twice.
    fn kill_after(&self, bytes: u64) -> Result<(Value, u64)> {
        let mut node = agent(&self.world.courier)?;
        let run = self.world.courier.json(&["run", "move-one", "--detach"])?;
        let id = run["id"].as_str().unwrap_or_default();
        ensure!(self.wait_for(bytes), "the file never came so far");
        node.0.kill()?;
        node.0.wait()?;
        ensure!(std::fs::read(&self.arrives)? == b"old", "something was published early");
        let before = self.moved();
        self.proxy.set(Rules::default());
        let node = agent(&self.world.courier)?;
        let run = until_over(&self.world.courier, id)?;
        drop(node);
        Ok((run, (before + self.moved()).saturating_sub(SIZE)))
    }

    fn arrived(&self) -> Result<()> {
        ensure!(std::fs::read(&self.arrives)? == std::fs::read(&self.source)?, "other bytes arrived");
        for place in [&self.source, &self.arrives] {
            let there = place.parent().map(files_below).unwrap_or_default();
            ensure!(there == [place.clone()], "left behind: {there:?}");
        }
        Ok(())
    }
}

/// After how many bytes the node was killed, and how many moved twice.
fn little_moves_twice(way: Way, mut dice: Dice) -> Result<(u64, u64)> {
    let file = Move::new(way)?;
    let bytes = 40 * MIB + dice.below(20 * MIB);
    let (run, again) = file.kill_after(bytes)?;
    assert_eq!(run["state"], "completed", "{run}");
    file.arrived()?;
    assert!(again <= AGAIN, "{again} bytes moved twice");
    let resumed = run["receipts"][0]["resumed_bytes"].as_u64().unwrap_or_default();
    assert!(resumed + AGAIN >= bytes, "the receipt says that {resumed} bytes were there: {run}");
    Ok((bytes, again))
}

#[test]
fn kill_9_in_a_large_upload_sends_little_again() -> Result<()> {
    let dice = Dice::new();
    println!("COURIER_SEED={}", dice.seed);
    let (bytes, again) = little_moves_twice(Way::Up, dice)?;
    println!("killed after {bytes} bytes; {again} moved twice");
    Ok(())
}

#[test]
fn kill_9_in_a_large_download_fetches_little_again() -> Result<()> {
    let dice = Dice::new();
    println!("COURIER_SEED={}", dice.seed);
    let (bytes, again) = little_moves_twice(Way::Down, dice)?;
    println!("killed after {bytes} bytes; {again} moved twice");
    Ok(())
}

#[test]
fn a_source_that_changed_while_no_node_lived_is_sent_from_its_first_byte() -> Result<()> {
    let file = Move::new(Way::Up)?;
    let mut node = agent(&file.world.courier)?;
    let run = file.world.courier.json(&["run", "move-one", "--detach"])?;
    let id = run["id"].as_str().unwrap_or_default();
    ensure!(file.wait_for(40 * MIB), "the file never came so far");
    node.0.kill()?;
    node.0.wait()?;
    data::write_file(&file.source, SIZE, 77)?;
    file.proxy.set(Rules::default());
    let _node = agent(&file.world.courier)?;
    let run = until_over(&file.world.courier, id)?;
    assert_eq!(run["state"], "completed", "{run}");
    assert_eq!(run["receipts"][0]["resumed_bytes"], 0, "{run}");
    file.arrived()
}

#[test]
fn a_cancelled_upload_leaves_nothing_on_the_server() -> Result<()> {
    let file = Move::new(Way::Up)?;
    let _node = agent(&file.world.courier)?;
    let run = file.world.courier.json(&["run", "move-one", "--detach"])?;
    let id = run["id"].as_str().unwrap_or_default();
    ensure!(file.wait_for(30 * MIB), "the file never came so far");
    file.world.courier.ok(&["execution", "cancel", id])?;
    let run = until_over(&file.world.courier, id)?;
    assert_eq!(run["state"], "cancelled", "{run}");
    ensure!(std::fs::read(&file.arrives)? == b"old", "something was published");
    let there = file.arrives.parent().map(files_below).unwrap_or_default();
    assert_eq!(there, std::slice::from_ref(&file.arrives));
    Ok(())
}
