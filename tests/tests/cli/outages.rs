//! The store goes away under a running agent, says so in plain words, and work goes on by itself when it is back.

use crate::courier::{Courier, Done, finish};
use crate::nodes::Ended;
use anyhow::{Context, Result, ensure};
use courier_testkit::postgres::PrivatePostgres;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(90);
const STORE_UNAVAILABLE: i32 = 7;

/// A job that copies one file.
fn bundle(courier: &Courier) -> Result<String> {
    let (from, to) = (courier.folder().join("letter.txt"), courier.folder().join("copied"));
    std::fs::write(&from, "Dear Sir or Madam")?;
    std::fs::create_dir_all(&to)?;
    let configuration = json!({ "source_path": from, "destination_path": format!("{}/", to.display()), "overwrite": "overwrite" });
    Ok(json!({ "courier": 1, "jobs": [{ "name": "copy", "steps": [
        { "name": "Copy", "type_key": "file.copy", "configuration": configuration },
    ] }] })
    .to_string())
}

/// Waits for the agent's word that it takes work.
fn ready(child: Child) -> Result<Ended> {
    let mut child = Ended(child);
    let mut lines = BufReader::new(child.0.stderr.take().context("no stderr")?).lines();
    lines
        .find(|l| l.as_ref().is_ok_and(|l| l.contains("Courier is running")))
        .context("it did not start")??;
    // What it says later must not fill the pipe.
    std::thread::spawn(move || lines.for_each(drop));
    Ok(child)
}

fn until_completed(run: impl Fn(&[&str]) -> Result<Done>, id: &str) -> Result<()> {
    let begun = Instant::now();
    loop {
        let shown: Value = run(&["--json", "execution", "show", id])?.expect(0)?.json()?;
        match shown["state"].as_str() {
            Some("completed") => return Ok(()),
            Some("queued" | "running") => ensure!(begun.elapsed() < PATIENCE, "the run did not end: {shown}"),
            _ => anyhow::bail!("the run ended otherwise: {shown}"),
        }
    }
}

fn queued(done: &Done) -> Result<String> {
    Ok(done.json()?["id"].as_str().context("no id")?.to_owned())
}

#[test]
fn an_agent_goes_on_by_itself_when_its_database_server_is_back() -> Result<()> {
    let courier = Courier::new()?;
    let cluster = PrivatePostgres::start()?;
    let url = cluster.create_database("agent")?;
    let command = |args: &[&str]| courier.command(&[&["--database", &url], args].concat());
    let run = |args: &[&str]| finish(command(args)?);
    let file = courier.bundle(&bundle(&courier)?)?;
    run(&["apply", "-f", &file])?.expect(0)?;
    let mut agent = ready(command(&["agent"])?.stderr(Stdio::piped()).spawn()?)?;
    let first = queued(&run(&["--json", "run", "copy", "--detach"])?.expect(0)?)?;
    until_completed(run, &first)?;

    let waiting = queued(&run(&["--json", "run", "copy", "--detach"])?.expect(0)?)?;
    cluster.stop()?;
    let refused = run(&["run", "copy", "--detach"])?.expect(STORE_UNAVAILABLE)?;
    ensure!(refused.stderr.contains("check that it runs"), "{}", refused.stderr);
    ensure!(agent.0.try_wait()?.is_none(), "the agent ended");
    cluster.start_again()?;
    // What was acknowledged before is done, and what comes now.
    until_completed(run, &waiting)?;
    let next = queued(&run(&["--json", "run", "copy", "--detach"])?.expect(0)?)?;
    until_completed(run, &next)?;
    ensure!(agent.0.try_wait()?.is_none(), "the agent ended");
    run(&["audit", "verify"])?.expect(0)?;
    Ok(())
}

/// A file system of its own for Courier's home, in memory, which only the programs started here see.
struct SmallDisk {
    holder: Ended,
    home: PathBuf,
}

impl SmallDisk {
    fn new(courier: &Courier) -> Result<Self> {
        let home = courier.home();
        std::fs::create_dir_all(&home)?;
        let mount = "mount -t tmpfs -o size=8m,mode=700 none \"$0\" && echo mounted && exec cat";
        let mut holder = Command::new("unshare");
        holder.args(Self::user_namespace(&["-r"])?).args(["-m", "sh", "-c", mount]).arg(&home);
        let child = holder
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start unshare, of the package util-linux")?;
        let mut holder = Ended(child);
        let mut line = String::new();
        BufReader::new(holder.0.stdout.take().context("no stdout")?).read_line(&mut line)?;
        ensure!(
            line.trim() == "mounted",
            "this test must be able to mount a file system of its own: see above"
        );
        Ok(Self { holder, home })
    }

    /// An ordinary account may mount in a user namespace of its own; root needs none.
    fn user_namespace(args: &[&'static str]) -> Result<Vec<&'static str>> {
        let id = Command::new("id").arg("-u").output()?;
        Ok(if id.stdout.trim_ascii() == b"0" { Vec::new() } else { args.to_vec() })
    }

    fn inside(&self, program: &str) -> Result<Command> {
        let mut command = Command::new("nsenter");
        command.args(["-t", &self.holder.0.id().to_string(), "-m"]);
        command.args(Self::user_namespace(&["-U", "--preserve-credentials"])?).arg("--").arg(program);
        Ok(command)
    }

    fn courier(&self, courier: &Courier, args: &[&str]) -> Result<Command> {
        let plain = courier.command(args)?;
        let mut command = self.inside(plain.get_program().to_str().context("an odd path")?)?;
        command.args(plain.get_args()).stdin(Stdio::null());
        for (name, value) in plain.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        Ok(command)
    }

    fn mount(&self, how: &str) -> Result<()> {
        let status = self.inside("mount")?.args(["-o", how]).arg(&self.home).status()?;
        ensure!(status.success(), "mount -o {how} failed");
        Ok(())
    }

    /// The home as it is inside, seen from here.
    fn seen(&self) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.holder.0.id()));
        root.join(self.home.strip_prefix("/").unwrap_or(&self.home))
    }

    /// Takes every free byte.
    fn fill(&self) -> Result<PathBuf> {
        let path = self.seen().join("filler");
        let mut file = std::fs::File::create(&path)?;
        for size in [65_536, 512, 1] {
            while file.write_all(&vec![b'x'; size]).is_ok() {}
        }
        Ok(path)
    }
}

#[test]
fn an_agent_goes_on_by_itself_when_its_full_disk_has_space_again() -> Result<()> {
    let courier = Courier::new()?;
    let disk = SmallDisk::new(&courier)?;
    let run = |args: &[&str]| finish(disk.courier(&courier, args)?);
    let file = courier.bundle(&bundle(&courier)?)?;
    run(&["apply", "-f", &file])?.expect(0)?;
    let mut agent = ready(disk.courier(&courier, &["agent"])?.stderr(Stdio::piped()).spawn()?)?;
    let mut done = vec![queued(&run(&["--json", "run", "copy", "--detach"])?.expect(0)?)?];
    until_completed(run, &done[0])?;

    let filler = disk.fill()?;
    // The write-ahead log has a few pages left that are written over; after them nothing goes in.
    let refused = loop {
        let tried = run(&["--json", "run", "copy", "--detach"])?;
        if tried.status != 0 {
            break tried.expect(STORE_UNAVAILABLE)?;
        }
        done.push(queued(&tried)?);
        ensure!(done.len() < 200, "the disk is never full");
    };
    ensure!(refused.stderr.contains("the disk is full; free some space"), "{}", refused.stderr);
    ensure!(agent.0.try_wait()?.is_none(), "the agent ended");

    std::fs::remove_file(filler)?;
    done.push(queued(&run(&["--json", "run", "copy", "--detach"])?.expect(0)?)?);
    for id in &done {
        until_completed(run, id)?;
    }
    ensure!(agent.0.try_wait()?.is_none(), "the agent ended");
    run(&["audit", "verify"])?.expect(0)?;
    Ok(())
}

#[test]
fn a_read_only_disk_is_said_plainly_and_used_again_when_it_may_be_written() -> Result<()> {
    let courier = Courier::new()?;
    let disk = SmallDisk::new(&courier)?;
    let run = |args: &[&str]| finish(disk.courier(&courier, args)?);
    let file = courier.bundle(&bundle(&courier)?)?;
    run(&["apply", "-f", &file])?.expect(0)?;
    disk.mount("remount,ro")?;
    for args in [&["settings", "set", "job.concurrency_limit", "7"][..], &["job", "list"]] {
        let refused = run(args)?.expect(STORE_UNAVAILABLE)?;
        ensure!(refused.stderr.to_lowercase().contains("read-only"), "{args:?}: {}", refused.stderr);
    }
    disk.mount("remount,rw")?;
    run(&["settings", "set", "job.concurrency_limit", "7"])?.expect(0)?;
    run(&["run", "copy"])?.expect(0)?;
    run(&["audit", "verify"])?.expect(0)?;
    Ok(())
}
