//! A finished run done again as another run: whole, from a step, in its version or the newest.

use crate::courier::Courier;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

fn bundle(courier: &Courier, archive: &str, message: Option<&str>) -> Value {
    let at = |name: &str| courier.folder().join(name).display().to_string();
    let mut steps = vec![
        json!({ "name": "Pack", "type_key": "file.zip", "configuration": { "source_paths": at("a.csv"), "output_path": archive, "format": "zip" } }),
        json!({ "name": "Deliver", "type_key": "file.copy", "configuration": { "source_path": "{{ steps.pack.archive }}", "destination_path": at("out/") } }),
    ];
    if let Some(message) = message {
        steps.insert(
            1,
            json!({ "name": "Check", "type_key": "flow.fail", "configuration": { "message": message } }),
        );
    }
    json!({ "courier": 1, "jobs": [{ "name": "one", "failure_policy": { "type": "stop" }, "steps": steps }] })
}

fn last_run(courier: &Courier) -> Result<Value> {
    let runs = courier.json(&["execution", "list", "--limit", "1"])?;
    Ok(runs.get(0).context("no run")?.clone())
}

/// Does the queued run here, and shows it.
fn done(courier: &Courier, id: &str) -> Result<Value> {
    // A run of its own makes this process the node, which first takes what is queued.
    let mut node = crate::nodes::agent(courier)?;
    let begun = std::time::Instant::now();
    let shown = loop {
        let shown = courier.json(&["execution", "show", id])?;
        if !["queued", "running"].contains(&shown["state"].as_str().unwrap_or_default()) {
            break shown;
        }
        ensure!(begun.elapsed().as_secs() < 60, "it did not end: {shown}");
    };
    node.0.kill()?;
    Ok(shown)
}

fn states(run: &Value) -> Vec<String> {
    let steps = run["steps"].as_array().into_iter().flatten();
    steps
        .map(|step| {
            let attempts = step["attempts"].as_array().map_or(0, Vec::len);
            format!("{}:{attempts}", step["alias"].as_str().unwrap_or_default())
        })
        .collect()
}

#[test]
fn a_failed_run_goes_on_in_another_one_from_a_step_with_what_was_made_before() -> Result<()> {
    let courier = Courier::new()?;
    std::fs::write(courier.folder().join("a.csv"), "one")?;
    let apply =
        |archive: &str, message| courier.apply(&bundle(&courier, archive, message).to_string())?.expect(0);
    // The archive lies in the run's own folder.
    apply("packed.zip", Some("not today"))?;
    let told = courier.run(&["run", "one"])?.expect(1)?.stderr;
    assert!(told.contains("one failed at `Check` (configuration): not today"), "{told}");
    let failed = last_run(&courier)?["id"].as_str().context("no id")?.to_owned();
    let retry = |more: &[&str]| courier.run(&[&["--json", "execution", "retry", &failed], more].concat());

    let new = |more: &[&str]| -> Result<String> {
        Ok(retry(more)?.expect(0)?.json()?["id"].as_str().context("no id")?.to_owned())
    };
    let shown = courier.json(&["execution", "show", &failed])?;
    assert_eq!(
        (&shown["error_code"], &shown["cause_class"]),
        (&json!("failed_on_purpose"), &json!("configuration"))
    );
    assert_eq!(shown["steps"][1]["cause_class"], "configuration");
    let spoken = courier.ok(&["execution", "show", &failed])?;
    assert!(spoken.contains("error failed_on_purpose (configuration): not today"), "{spoken}");
    let refused = courier.run(&["--json", "execution", "iterations", &failed, "check"])?.expect(3)?;
    assert!(refused.stderr.contains(r#""cause_class":"configuration""#), "{}", refused.stderr);

    // The version that ran, from the step that failed: it fails again, and packs nothing again.
    let again = done(&courier, &new(&["--from", "check"])?)?;
    assert_eq!(
        (&again["state"], states(&again)),
        (&json!("failed"), vec!["pack:0".into(), "check:1".into(), "deliver:0".into()]),
        "{again}"
    );
    assert_eq!(again["retry_of"], failed.as_str());
    let taken_over: Vec<&Value> =
        again["steps"].as_array().into_iter().flatten().map(|step| &step["taken_over"]).collect();
    assert_eq!(taken_over, [true, false, false]);
    let id = again["id"].as_str().context("no id")?;
    let spoken = courier.ok(&["execution", "show", id])?;
    assert!(
        spoken.contains("done by the run that this one repeats") && spoken.contains("not begun"),
        "{spoken}"
    );

    // The job without that step, from the one behind it, by its name.
    std::fs::write(courier.folder().join("a.csv"), "two")?;
    apply("packed.zip", None)?;
    let fixed = done(&courier, &new(&["--from", "Deliver", "--current"])?)?;
    assert_eq!(
        (&fixed["state"], states(&fixed)),
        (&json!("completed"), vec!["pack:0".into(), "deliver:1".into()]),
        "{fixed}"
    );
    let listed =
        courier.json(&["archive", "list", &courier.folder().join("out/packed.zip").display().to_string()])?;
    assert_eq!(listed["total_entries"], 1);
    // Nothing was taken from the run that failed: it can still go on itself.
    let first = courier.json(&["execution", "show", &failed])?;
    assert_eq!(first["state"], "failed");

    // Nothing starts a job that is disabled, or lets a failed run of it begin again.
    courier.ok(&["job", "disable", "one"])?;
    for verb in [&["execution", "retry", &failed][..], &["execution", "resume", &failed]] {
        let refused = courier.run(verb)?.expect(5)?.stderr;
        assert!(refused.contains("The job `one` is disabled."), "{refused}");
    }
    courier.ok(&["job", "enable", "one"])?;

    // A file that is gone is made again.
    std::fs::remove_dir_all(courier.home().join("work").join(&failed))?;
    let remade = done(&courier, &new(&["--from", "deliver", "--current"])?)?;
    assert_eq!(
        (&remade["state"], states(&remade)),
        (&json!("completed"), vec!["pack:1".into(), "deliver:1".into()]),
        "{remade}"
    );

    let whole = done(&courier, &new(&["--current"])?)?;
    assert_eq!(
        (&whole["state"], states(&whole)),
        (&json!("completed"), vec!["pack:1".into(), "deliver:1".into()])
    );
    Ok(())
}

#[test]
fn what_cannot_be_begun_with_is_refused_and_queues_nothing() -> Result<()> {
    let courier = Courier::new()?;
    std::fs::write(courier.folder().join("a.csv"), "one")?;
    courier.apply(&bundle(&courier, "packed.zip", Some("no")).to_string())?.expect(0)?;
    courier.run(&["run", "one"])?.expect(1)?;
    let id = last_run(&courier)?["id"].as_str().context("no id")?.to_owned();
    let unknown = courier.run(&["execution", "retry", &id, "--from", "nothing"])?.expect(3)?;
    ensure!(unknown.stderr.contains("there are pack, check, deliver"), "{}", unknown.stderr);
    let early = courier.run(&["execution", "retry", &id, "--from", "deliver"])?.expect(5)?;
    ensure!(early.stderr.contains("`check` has no results"), "{}", early.stderr);
    assert_eq!(courier.json(&["execution", "list"])?.as_array().map(Vec::len), Some(1));
    assert_eq!(
        std::fs::read_dir(courier.home().join("work"))?.count(),
        1,
        "no folder is left of what was refused"
    );
    Ok(())
}
