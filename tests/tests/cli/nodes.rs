//! Who runs the jobs: an agent, or the command itself; and how both stop.

use crate::courier::Courier;
use crate::world::World;
use anyhow::{Context, Result, ensure};
use courier_testkit::Proxy;
use courier_testkit::proxy::Rules;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// Ends a program that a failed test leaves behind.
pub(crate) struct Ended(pub(crate) Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn signal(child: &Child, name: &str) -> Result<()> {
    let sent = Command::new("kill").arg(format!("-{name}")).arg(child.id().to_string()).status()?;
    ensure!(sent.success(), "the signal was not sent");
    Ok(())
}

/// The agent, once it takes work.
pub(crate) fn agent(courier: &Courier) -> Result<Ended> {
    let mut child = courier.command(&["agent"])?.stderr(Stdio::piped()).spawn()?;
    let stderr = child.stderr.take().context("no stderr")?;
    let child = Ended(child);
    let mut line = String::new();
    BufReader::new(stderr).read_line(&mut line)?;
    ensure!(line.contains("Courier is running"), "{line}");
    Ok(child)
}

/// Ends an agent in order.
pub(crate) fn end(mut agent: Ended) -> Result<()> {
    signal(&agent.0, "TERM")?;
    ensure!(agent.0.wait()?.success(), "the agent failed");
    Ok(())
}

#[test]
fn an_agent_runs_what_others_queue_and_ends_on_sigterm() -> Result<()> {
    let world = World::new()?;
    let mut agent = agent(&world.courier)?;
    let doctor = world.courier.ok(&["doctor"])?;
    ensure!(doctor.contains("One Courier runs jobs: "), "{doctor}");
    ensure!(doctor.contains(&format!("(process {}, ", agent.0.id())), "{doctor}");
    ensure!(doctor.contains("ok      clock  It agrees"), "{doctor}");
    world.run()?.expect(0)?;
    let queued = world.courier.json(&["run", "fetch-invoices", "--detach"])?;
    ensure!(queued["id"].is_string(), "{queued}");
    signal(&agent.0, "TERM")?;
    let asked = Instant::now();
    let status = agent.0.wait()?;
    assert_eq!(status.code(), Some(0));
    assert!(asked.elapsed() < Duration::from_secs(20));
    Ok(())
}

/// `courier run` in the middle of a slow download, what it prints from then on, and the proxy that slows it.
fn slow_run(world: &World) -> Result<(Ended, std::io::Lines<BufReader<ChildStdout>>, Proxy)> {
    // Slow enough that it cannot end before it is cancelled.
    let rules = Rules { rate: Some(20_000), ..Rules::default() };
    let proxy = Proxy::start(world.sshd.port(), rules)?;
    let slow =
        world.bundle().replace(&format!("port: {}", world.sshd.port()), &format!("port: {}", proxy.port()));
    world.courier.apply(&slow)?.expect(0)?;
    let mut child = Ended(
        world
            .courier
            .command(&["run", "fetch-invoices", "--json"])?
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?,
    );
    let mut lines = BufReader::new(child.0.stdout.take().context("no stdout")?).lines();
    // The handshake is over and the file is on its way.
    let first = lines.next().context("nothing was printed")??;
    ensure!(proxy.wait_for_bytes(20_000, Duration::from_secs(30)), "no bytes moved: {first}");
    Ok((child, lines, proxy))
}

#[test]
fn ctrl_c_cancels_the_run_and_exits_130() -> Result<()> {
    let world = World::new()?;
    let (mut child, lines, _proxy) = slow_run(&world)?;
    signal(&child.0, "INT")?;
    let asked = Instant::now();
    let last = lines.last().context("nothing more was printed")??;
    let status = child.0.wait()?;
    assert_eq!(status.code(), Some(130), "{last}");
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    assert_eq!(serde_json::from_str::<Value>(&last)?["state"], "cancelled");
    assert!(!world.delivered().exists());
    Ok(())
}

#[test]
fn a_shutdown_pauses_the_run_which_goes_on_with_the_next_node() -> Result<()> {
    for name in ["TERM", "HUP"] {
        let world = World::new()?;
        let (mut child, lines, proxy) = slow_run(&world)?;
        signal(&child.0, name)?;
        let last = lines.last().context("nothing more was printed")??;
        assert_eq!(child.0.wait()?.code(), Some(130), "{last}");
        let left: Value = serde_json::from_str(&last)?;
        assert_eq!(left["state"], "paused", "SIG{name}: {left}");
        assert!(!world.delivered().exists());

        proxy.set(Rules::default());
        let id = left["id"].as_str().context("no id")?;
        let _agent = agent(&world.courier)?;
        let run = crate::kills::until_over(&world.courier, id)?;
        assert_eq!(run["state"], "completed", "SIG{name}: {run}");
        for (file, content) in &world.invoices {
            assert_eq!(&std::fs::read(world.delivered().join(file))?, content, "{file}");
        }
    }
    Ok(())
}

#[test]
fn a_shutdown_of_the_command_leaves_another_nodes_run_alone() -> Result<()> {
    let world = World::new()?;
    let _agent = agent(&world.courier)?;
    let (mut child, lines, proxy) = slow_run(&world)?;
    signal(&child.0, "TERM")?;
    let last = lines.last().context("nothing more was printed")??;
    assert_eq!(child.0.wait()?.code(), Some(130), "{last}");
    let left: Value = serde_json::from_str(&last)?;
    assert_eq!(left["state"], "running", "{left}");
    proxy.set(Rules::default());
    let run = crate::kills::until_over(&world.courier, left["id"].as_str().context("no id")?)?;
    assert_eq!(run["state"], "completed", "{run}");
    Ok(())
}

#[test]
fn an_agent_under_nohup_outlives_the_terminal() -> Result<()> {
    let world = World::new()?;
    let courier = world.courier.command(&["agent"])?;
    let mut command = Command::new("nohup");
    command.arg(courier.get_program()).args(courier.get_args()).stdin(Stdio::null()).stdout(Stdio::null());
    for (name, value) in courier.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let mut child = command.stderr(Stdio::piped()).spawn()?;
    let mut stderr = BufReader::new(child.stderr.take().context("no stderr")?).lines();
    let mut agent = Ended(child);
    stderr
        .find(|l| l.as_ref().is_ok_and(|l| l.contains("Courier is running")))
        .context("it did not start")??;
    signal(&agent.0, "HUP")?;
    world.run()?.expect(0)?;
    ensure!(agent.0.try_wait()?.is_none(), "the agent ended");
    Ok(())
}

#[test]
fn the_sample_works_on_a_bare_machine_and_again() -> Result<()> {
    let courier = Courier::new()?;
    let bare = |args: &[&str]| {
        let mut command = courier.command(args)?;
        command.env_remove("COURIER_VAULT_KEY_FILE");
        crate::courier::finish(command)
    };
    let done = bare(&["demo"])?.expect(0)?;
    assert!(done.stderr.contains("recovery code"), "{}", done.stderr);
    for _ in 0..2 {
        let files: Vec<&str> = done.stdout.lines().filter(|l| l.ends_with(".csv")).map(str::trim).collect();
        assert_eq!(files.len(), 3, "{}", done.stdout);
        for file in files {
            assert!(std::fs::read_to_string(file)?.starts_with("invoice,customer"), "{file}");
            std::fs::remove_file(file)?;
        }
        bare(&["demo"])?.expect(0)?;
    }
    bare(&["run", "Sample: fetch invoices"])?.expect(0)?;
    bare(&["connection", "test", "Sample server"])?.expect(0)?;
    Ok(())
}

#[test]
fn runs_at_the_same_time_all_end_well() -> Result<()> {
    let world = World::new()?;
    let start = || -> Result<Ended> {
        let mut command = world.courier.command(&["run", "fetch-invoices"])?;
        Ok(Ended(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?))
    };
    let mut children = vec![start()?, start()?, start()?];
    for child in &mut children {
        assert_eq!(child.0.wait()?.code(), Some(0));
    }
    let runs = world.courier.json(&["execution", "list", "--state", "completed"])?;
    assert_eq!(runs.as_array().map(Vec::len), Some(3));
    Ok(())
}
