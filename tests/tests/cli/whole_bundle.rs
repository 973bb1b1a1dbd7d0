//! A bundle with every kind: out and in again without a change, seen before it is written, and nothing left over.

use crate::courier::{Courier, Done, finish};
use anyhow::Result;
use serde_json::Value;

const WHOLE: &str = r##"
courier: 1
settings: { job.concurrency_limit: "7" }
tags: [{ name: partner-x, color: "#2563EB", category: Partner }, { name: nightly }]
ssh_keys:
  - { name: ops, generate: { key_type: ed25519 }, tags: [partner-x] }
pgp_keys:
  - { name: ours, generate: { algorithm: ecc_curve25519, user_id: "Ours <ours@example.org>", expires_in_days: 730 }, tags: [partner-x] }
connections:
  - name: partner
    group: Partner X
    protocol: sftp
    host: sftp.example.org
    username: courier
    auth_method: password_and_ssh_key
    ssh_key_id: ops
    password: { env: BUNDLE_SECRET }
    tags: [Partner-X]
jobs:
  - name: load-invoices
    is_enabled: false
    steps:
      - { name: Move, type_key: file.move, configuration: { source_path: "a", destination_path: "/data/b/" } }
  - name: fetch-invoices
    failure_policy: { type: retry_step, max_retries: 3, backoff_base_seconds: 1, backoff_max_seconds: 60 }
    parameters: [{ name: day, type: text, default: "{{ now | date('%Y-%m-%d') }}" }, { name: again, type: boolean, default: false }]
    tags: [partner-x, nightly]
    steps:
      - { name: Download, type_key: sftp.download, configuration: { connection_id: partner, remote_path: "/out/*.pgp" }, timeout_seconds: 600 }
      - { name: Decrypt, type_key: pgp.decrypt, configuration: { input_path: "{{ steps.download.files }}", require_signature: true, signer_key_ids: [ours] } }
      - { name: Unpack, type_key: file.unzip, configuration: { archive_path: "{{ steps.decrypt.files }}", password: { env: BUNDLE_SECRET } } }
    schedules:
      - { schedule_type: cron, cron_expression: "0 30 6 ? * MON-FRI", time_zone: Europe/Berlin, misfire_policy: skip, overlap_policy: queue }
      - { schedule_type: one_shot, run_at: "2127-01-01T00:00:00Z", is_enabled: false }
    dependencies: [{ upstream_job_id: load-invoices, run_on_failure: true }]
chains:
  - name: nightly
    tags: [nightly]
    members:
      - { name: fetch, job_id: fetch-invoices, parameters: { day: "2026-01-01" } }
      - { name: load, job_id: load-invoices, depends_on: [{ member: fetch, run_on_upstream_failure: true }] }
      - { name: load again, job_id: load-invoices, depends_on: [{ member: fetch }, { member: load }] }
    schedules: [{ schedule_type: one_shot, run_at: "2127-01-01T00:00:00Z" }]
monitors:
  - name: inbox
    watch_target: { type: local, path: /data/inbox }
    trigger_events: [file_created, file_modified]
    file_patterns: ["*.csv"]
    state: paused
    bindings: [{ job_id: fetch-invoices }, { chain_id: nightly }]
    tags: [partner-x]
  - name: far
    watch_target: { type: remote, connection_id: partner, path: /out }
notification_rules:
  - name: tell-ops
    event_types: [JobFailed, MonitorFailed]
    tags: [partner-x]
    monitors: [inbox]
    channel: { type: webhook, url: "https://hooks.example.org/x", secret: { env: BUNDLE_SECRET } }
"##;

fn run(courier: &Courier, args: &[&str]) -> Result<Done> {
    let mut command = courier.command(args)?;
    command.env("BUNDLE_SECRET", "canary-51c0-secret");
    finish(command)
}

fn whole() -> Result<Courier> {
    let courier = Courier::new()?;
    std::fs::write(courier.folder().join("whole.yaml"), WHOLE)?;
    let file = path(&courier, "whole.yaml");
    run(&courier, &["apply", "-f", &file])?.expect(0)?;
    Ok(courier)
}

fn path(courier: &Courier, name: &str) -> String {
    courier.folder().join(name).display().to_string()
}

fn changes(done: &Done) -> Result<Vec<Value>> {
    let applied: Value = serde_json::from_str(&done.stdout)?;
    let changes = applied["changes"].as_array().cloned().unwrap_or_default();
    Ok(changes.into_iter().filter(|change| change["action"] != "unchanged").collect())
}

#[test]
fn every_kind_comes_out_again_and_an_empty_store_exports_the_same_text() -> Result<()> {
    let first = whole()?;
    let again = run(&first, &["apply", "-f", &path(&first, "whole.yaml"), "--json"])?.expect(0)?;
    assert_eq!(changes(&again)?, Vec::<Value>::new(), "applying again changes nothing");
    let text = first.ok(&["export"])?;
    assert!(!text.contains("canary-51c0"), "{text}");
    let second = Courier::new()?;
    std::fs::write(second.folder().join("export.yaml"), &text)?;
    let file = path(&second, "export.yaml");
    second.run(&["apply", "-f", &file])?.expect(2)?;
    second.run(&["apply", "-f", &file, "--allow-missing-secrets"])?.expect(0)?;
    assert_eq!(second.ok(&["export"])?, text);
    let own = run(
        &first,
        &[
            "apply",
            "-f",
            &{
                std::fs::write(first.folder().join("own.yaml"), &text)?;
                path(&first, "own.yaml")
            },
            "--prune",
            "--json",
        ],
    )?
    .expect(0)?;
    assert_eq!(changes(&own)?, Vec::<Value>::new(), "an export applies to its own store without a change");
    Ok(())
}

#[test]
fn what_lacks_its_secret_is_disabled_until_the_secret_is_given() -> Result<()> {
    let text = whole()?.ok(&["export"])?;
    let courier = Courier::new()?;
    std::fs::write(courier.folder().join("export.yaml"), text)?;
    std::fs::write(courier.folder().join("whole.yaml"), WHOLE)?;
    let done = courier
        .run(&["apply", "-f", &path(&courier, "export.yaml"), "--allow-missing-secrets"])?
        .expect(0)?;
    for place in ["ssh_keys[0]", "connections[0].password", "configuration.password", "channel.secret"] {
        assert!(done.stderr.contains(place), "{place}: {}", done.stderr);
    }
    let field = |kind: &str, name: &str, field: &str| -> Result<Value> {
        let shown: Value = serde_json::from_str(&courier.ok(&[kind, "show", name, "--json"])?)?;
        Ok(shown.get(field).or_else(|| shown["job"].get(field)).cloned().unwrap_or_default())
    };
    assert_eq!(field("connection", "partner", "status")?, "disabled");
    assert_eq!(field("job", "fetch-invoices", "is_enabled")?, false);
    let given = run(&courier, &["apply", "-f", &path(&courier, "whole.yaml"), "--json"])?.expect(0)?;
    let names: Vec<String> =
        changes(&given)?.iter().map(|c| c["name"].as_str().unwrap_or_default().to_owned()).collect();
    assert_eq!(names, ["partner", "fetch-invoices", "tell-ops"], "{}", given.stdout);
    assert_eq!(field("connection", "partner", "status")?, "active");
    assert_eq!(field("job", "fetch-invoices", "is_enabled")?, true);
    assert_eq!(field("job", "load-invoices", "is_enabled")?, false, "what was disabled on purpose stays so");
    Ok(())
}

#[test]
fn a_dry_run_shows_each_field_by_name_and_writes_nothing() -> Result<()> {
    let courier = whole()?;
    let before = courier.ok(&["export"])?;
    let changed = WHOLE
        .replace("/out/*.pgp", "/out/*.gpg")
        .replace("run_on_upstream_failure: true", "run_on_upstream_failure: false")
        .replace("state: paused", "state: disabled")
        .replace("job.concurrency_limit: \"7\"", "job.concurrency_limit: \"8\"");
    std::fs::write(courier.folder().join("changed.yaml"), changed)?;
    let file = path(&courier, "changed.yaml");
    let done = run(&courier, &["apply", "-f", &file, "--dry-run", "--json"])?.expect(0)?;
    let mut fields = Vec::new();
    for change in changes(&done)? {
        assert_eq!(change["action"], "update", "{change}");
        for field in change["fields"].as_array().into_iter().flatten() {
            fields.push(
                format!("{} {}: {} {}", change["kind"], field["path"], field["from"], field["to"])
                    .replace('"', ""),
            );
        }
    }
    assert_eq!(
        fields,
        [
            "setting value: 7 8",
            "job steps[Download].configuration.remote_path: /out/*.pgp /out/*.gpg",
            "chain members[load].depends_on[0].run_on_upstream_failure: true null",
            "monitor state: paused disabled",
        ]
    );
    assert_eq!(courier.ok(&["export"])?, before);
    run(&courier, &["apply", "-f", &file])?.expect(0)?;
    assert_ne!(courier.ok(&["export"])?, before);
    Ok(())
}

#[test]
fn prune_deletes_what_is_not_named_of_the_kinds_that_are_there() -> Result<()> {
    let courier = whole()?;
    let apply = |text: &str, more: &[&str]| -> Result<Done> {
        std::fs::write(courier.folder().join("small.yaml"), text)?;
        let file = path(&courier, "small.yaml");
        run(&courier, &[&["apply", "-f", &file, "--prune", "--json"], more].concat())
    };
    // A chain and a monitor still name the jobs: all or nothing, and the dry run says so too.
    let jobs = "courier: 1\njobs: []\n";
    assert!(apply(jobs, &["--dry-run"])?.expect(5)?.stderr.contains("nightly"));
    apply(jobs, &[])?.expect(5)?;
    let done =
        apply("courier: 1\nnotification_rules: []\nmonitors: []\nchains: []\njobs: []\nsettings: {}\n", &[])?
            .expect(0)?;
    let gone: Vec<String> = changes(&done)?
        .iter()
        .map(|c| format!("{} {} {}", c["action"], c["kind"], c["name"]).replace('"', ""))
        .collect();
    for line in [
        "delete setting job.concurrency_limit",
        "delete job fetch-invoices",
        "delete job load-invoices",
        "delete chain nightly",
        "delete monitor inbox",
        "delete monitor far",
        "delete notification_rule tell-ops",
    ] {
        assert!(gone.iter().any(|g| g == line), "{line}: {gone:?}");
    }
    assert_eq!(gone.len(), 7, "{gone:?}");
    assert!(courier.ok(&["connection", "list"])?.contains("partner"), "a kind without a section stays");
    // A named object that says nothing of its tags loses them.
    apply("courier: 1\ntags: [{ name: nightly }]\nconnections: [{ name: partner, protocol: sftp, host: sftp.example.org, \
        group: Partner X, username: courier, auth_method: password_and_ssh_key, ssh_key_id: ops, password: { prompt: true } }]\n", &[])?
    .expect(0)?;
    let text = courier.ok(&["export", "--kind", "connections", "--kind", "tags"])?;
    assert!(!text.contains("partner-x"), "{text}");
    Ok(())
}

#[test]
fn versions_are_compared_and_an_old_one_comes_back_as_a_new_one() -> Result<()> {
    let courier = whole()?;
    std::fs::write(courier.folder().join("changed.yaml"), WHOLE.replace("/out/*.pgp", "/out/*.gpg"))?;
    run(&courier, &["apply", "-f", &path(&courier, "changed.yaml")])?.expect(0)?;
    let diff: Value = serde_json::from_str(&courier.ok(&["job", "diff", "fetch-invoices", "--json"])?)?;
    assert_eq!((&diff["from"], &diff["to"]), (&1.into(), &2.into()));
    assert_eq!(diff["changes"][0]["path"], "steps[download].configuration.remote_path");
    let job: Value =
        serde_json::from_str(&courier.ok(&["job", "revert", "fetch-invoices", "--to", "1", "--json"])?)?;
    assert_eq!(job["current_version"], 3);
    let same: Value = serde_json::from_str(&courier.ok(&[
        "job",
        "diff",
        "fetch-invoices",
        "--from",
        "1",
        "--to",
        "3",
        "--json",
    ])?)?;
    assert_eq!(same["changes"], Value::Array(Vec::new()));
    courier.run(&["job", "revert", "fetch-invoices", "--to", "9"])?.expect(3)?;
    Ok(())
}

#[test]
fn everything_that_names_a_job_or_a_connection_is_listed() -> Result<()> {
    let courier = whole()?;
    let used = |kind: &str, name: &str| -> Result<Vec<String>> {
        let rows: Vec<Value> = serde_json::from_str(&courier.ok(&[kind, "where-used", name, "--json"])?)?;
        Ok(rows
            .iter()
            .map(|r| format!("{} {} {}", r["kind"], r["name"], r["how"]).replace('"', ""))
            .collect())
    };
    assert_eq!(
        used("connection", "partner")?,
        ["job fetch-invoices steps[Download].configuration.connection_id", "file_monitor far watch_target"]
    );
    assert_eq!(
        used("job", "fetch-invoices")?,
        ["chain nightly members[fetch]", "file_monitor inbox bindings"]
    );
    assert_eq!(
        used("job", "load-invoices")?,
        [
            "chain nightly members[load]",
            "chain nightly members[load again]",
            "job fetch-invoices dependencies"
        ]
    );
    Ok(())
}

#[test]
fn a_section_without_a_value_prunes_nothing() -> Result<()> {
    let courier = whole()?;
    let before = courier.ok(&["export"])?;
    std::fs::write(
        courier.folder().join("empty.yaml"),
        "courier: 1\njobs:\nchains:\nmonitors:\nsettings:\n",
    )?;
    let done =
        courier.run(&["apply", "-f", &path(&courier, "empty.yaml"), "--prune", "--json"])?.expect(0)?;
    assert_eq!(changes(&done)?, Vec::<Value>::new());
    assert_eq!(courier.ok(&["export"])?, before);
    Ok(())
}

#[test]
fn jobs_that_would_wait_for_each_other_are_refused_at_their_place() -> Result<()> {
    let courier = Courier::new()?;
    let step = "steps: [{ name: Delete, type_key: file.delete, configuration: { path: x } }]";
    let refused = |text: String| -> Result<String> {
        std::fs::write(courier.folder().join("wait.yaml"), text)?;
        Ok(courier.run(&["apply", "-f", &path(&courier, "wait.yaml"), "--dry-run"])?.expect(2)?.stderr)
    };
    let circle = refused(format!(
        "courier: 1\njobs:\n  - {{ name: a, {step}, dependencies: [{{ upstream_job_id: b }}] }}\n  \
         - {{ name: b, {step}, dependencies: [{{ upstream_job_id: a }}] }}\n"
    ))?;
    assert!(circle.contains("jobs[0].dependencies[0].upstream_job_id: "), "{circle}");
    assert!(circle.contains("b → a → b") || circle.contains("a → b → a"), "{circle}");
    let twice = refused(format!(
        "courier: 1\njobs:\n  - {{ name: a, {step} }}\n  \
         - {{ name: b, {step}, dependencies: [{{ upstream_job_id: a }}, {{ upstream_job_id: A }}] }}\n"
    ))?;
    assert!(twice.contains("jobs[1].dependencies[1].upstream_job_id: "), "{twice}");
    Ok(())
}

#[test]
fn named_things_are_searched_sorted_and_paged() -> Result<()> {
    let courier = whole()?;
    let names = |args: &[&str]| -> Result<Vec<String>> {
        let rows = courier.json(args)?;
        let name = |row: &Value| row["name"].as_str().unwrap_or_default().to_owned();
        Ok(rows.as_array().into_iter().flatten().map(name).collect())
    };
    assert_eq!(names(&["job", "list"])?, ["fetch-invoices", "load-invoices"]);
    assert_eq!(names(&["job", "list", "--search", "LOAD"])?, ["load-invoices"]);
    assert_eq!(names(&["job", "list", "--tag", "nightly"])?, ["fetch-invoices"]);
    courier.ok(&["job", "enable", "load-invoices"])?;
    assert_eq!(names(&["job", "list", "--sort", "changed"])?, ["load-invoices", "fetch-invoices"]);
    let first = courier.json(&["job", "list", "--limit", "1"])?;
    let id = first[0]["id"].as_str().unwrap_or_default();
    assert_eq!(names(&["job", "list", "--limit", "1", "--after", id])?, ["load-invoices"]);
    for list in [&["connection", "list"][..], &["key", "pgp", "list"], &["key", "ssh", "list"]] {
        assert_eq!(names(&[list, &["--search", "nothing like it"]].concat())?, Vec::<String>::new());
        assert_eq!(names(&[list, &["--sort", "changed", "--limit", "1"]].concat())?.len(), 1);
        courier.run(&[list, &["--after", "rubbish"]].concat())?.expect(2)?;
        courier.run(&[list, &["--limit", "0"]].concat())?.expect(2)?;
    }
    Ok(())
}
