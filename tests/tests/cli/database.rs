//! `courier db`: the database as a whole, while Courier runs and while it does not.

use crate::courier::Courier;
use anyhow::{Context, Result, ensure};
use courier_testkit::postgres::PrivatePostgres;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

const JOB: &str = r#"
courier: 1
jobs:
  - name: tidy
    steps: [{ name: Delete, type_key: file.delete, configuration: { path: /none/such } }]
"#;

fn text(path: &std::path::Path) -> Result<&str> {
    path.to_str().context("not UTF-8")
}

fn findings(report: &Value, state: &str) -> Vec<String> {
    let all = report["findings"].as_array().into_iter().flatten();
    all.filter(|f| f["state"] == state).filter_map(|f| f["name"].as_str().map(str::to_owned)).collect()
}

#[test]
fn a_database_is_migrated_once_and_examined() -> Result<()> {
    let courier = Courier::new()?;
    let first = courier.json(&["db", "migrate"])?;
    ensure!(first["from"] == 0 && first["to"].as_i64() > Some(0) && first["backup"].is_null(), "{first}");
    let again = courier.json(&["db", "migrate"])?;
    ensure!(again["from"] == first["to"] && again["to"] == first["to"], "{again}");
    ensure!(courier.ok(&["db", "migrate"])?.contains("up to date"));

    let report = courier.json(&["db", "check"])?;
    ensure!(report["whole"] == true && report["version"] == first["to"], "{report}");
    ensure!(report["size"].as_i64() > Some(0) && report["free"].as_i64() > Some(0), "{report}");
    ensure!(findings(&report, "whole") == ["migrations", "pages", "references", "audit"], "{report}");

    std::fs::write(courier.home().join("courier.db"), "Dear Sir or Madam, ".repeat(100))?;
    let done = courier.run(&["--json", "db", "check"])?.expect(1)?;
    ensure!(done.json()?["whole"] == false && done.stderr.contains("not whole"), "{done:?}");
    courier.run(&["db", "migrate"])?.expect(7)?;
    std::fs::remove_file(courier.home().join("courier.db"))?;
    courier.run(&["db", "check"])?.expect(3)?;
    Ok(())
}

#[test]
fn a_backup_is_made_while_an_agent_runs_and_restored_when_it_does_not() -> Result<()> {
    let courier = Courier::new()?;
    courier.apply(JOB)?.expect(0)?;
    let ready = courier.folder().join("ready");
    let mut agent = courier
        .command(&["agent", "--ready-file", text(&ready)?])?
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    while !ready.exists() {
        ensure!(agent.try_wait()?.is_none(), "the agent ended");
        std::thread::yield_now();
    }
    let copy = courier.folder().join("copy.sqlite");
    let made = courier.json(&["db", "backup", text(&copy)?])?;
    ensure!(made["file"] == json!(text(&copy)?) && made["size"] == copy.metadata()?.len(), "{made}");
    ensure!(copy.metadata()?.permissions().mode() & 0o777 == 0o600);
    courier.run(&["db", "backup", text(&copy)?])?.expect(5)?;
    courier.ok(&["db", "backup", text(&copy)?, "--overwrite"])?;
    let store = courier.home().join("courier.db");
    courier.run(&["db", "backup", text(&store)?, "--overwrite"])?.expect(2)?;
    ensure!(courier.json(&["db", "check"])?["whole"] == true);

    courier.ok(&["job", "delete", "tidy"])?;
    let refused = courier.run(&["db", "restore", text(&copy)?])?.expect(5)?;
    ensure!(refused.stderr.contains("open in a Courier"), "{refused:?}");
    agent.kill()?;
    agent.wait()?;
    let done = courier.json(&["db", "restore", text(&copy)?])?;
    let kept = done["kept"].as_str().context("nothing was kept")?.to_owned();
    courier.ok(&["job", "show", "tidy"])?;
    courier.run(&["--database", &kept, "job", "show", "tidy"])?.expect(3)?;
    ensure!(courier.json(&["audit", "verify"])?["verdict"] != "broken");
    Ok(())
}

#[test]
fn a_servers_database_is_dumped_and_examined() -> Result<()> {
    let courier = Courier::new()?;
    let cluster = PrivatePostgres::start()?;
    let url = cluster.create_database("courier")?.replace("postgres@", "postgres:s3cret@");
    let at = |args: &[&str]| {
        let mut all = vec!["--json", "--database", url.as_str()];
        all.extend(args);
        courier.run(&all)
    };
    ensure!(at(&["db", "migrate"])?.expect(0)?.json()?["from"] == 0);
    let dump = courier.folder().join("copy.pgdump");
    at(&["db", "backup", text(&dump)?])?.expect(0)?;
    ensure!(std::fs::read(&dump)?.starts_with(b"PGDMP"));
    ensure!(dump.metadata()?.permissions().mode() & 0o777 == 0o600);
    let report = at(&["db", "check"])?.expect(0)?;
    ensure!(report.json()?["whole"] == true && !report.stdout.contains("s3cret"), "{report:?}");
    let refused = at(&["db", "restore", text(&dump)?])?.expect(2)?;
    ensure!(refused.stderr.contains("pg_restore") && !refused.stderr.contains("s3cret"), "{refused:?}");

    // Where pg_dump is not to be found.
    let mut command =
        courier.command(&["--database", &url, "db", "backup", text(&courier.folder().join("no"))?])?;
    command.env("PATH", courier.folder());
    let refused = crate::courier::finish(command)?.expect(7)?;
    ensure!(refused.stderr.contains("pg_dump"), "{refused:?}");
    Ok(())
}
