//! Branches and loops: what is done, what is not, and where a run that stopped goes on.

use crate::courier::{Courier, Done, files_below};
use crate::kills::until_over;
use crate::nodes::agent;
use crate::world::World;
use anyhow::{Context, Result, ensure};
use courier_testkit::proxy::Rules;
use courier_testkit::{Proxy, data};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

fn step(name: &str, kind: &str, configuration: Value) -> Value {
    json!({ "name": name, "type_key": kind, "configuration": configuration })
}

fn end(name: &str) -> Value {
    step(name, "flow.end", json!({}))
}

fn set(name: &str, value: &str) -> Value {
    step(name, "context.set", json!({ "values": { "v": value } }))
}

fn job(steps: Value, policy: Value) -> Value {
    json!({ "name": "one", "failure_policy": policy, "steps": steps })
}

fn apply(courier: &Courier, job: Value) -> Result<Done> {
    courier.apply(&json!({ "courier": 1, "jobs": [job] }).to_string())
}

fn last(done: &Done) -> Result<Value> {
    Ok(serde_json::from_str(done.stdout.lines().last().context("nothing was printed")?)?)
}

fn ran(courier: &Courier, status: i32) -> Result<Value> {
    last(&courier.run(&["--json", "run", "one"])?.expect(status)?)
}

/// `alias@path state` of every row of a run as it ended up, each with how often it is there.
fn rows(courier: &Courier, run: &Value) -> Result<BTreeMap<String, usize>> {
    let aliases: BTreeMap<i64, &str> = run["steps"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|step| Some((step["step_order"].as_i64()?, step["alias"].as_str()?)))
        .collect();
    let mut newest: BTreeMap<String, String> = BTreeMap::new();
    for line in courier.ok(&["audit", "export"])?.lines() {
        let entry: Value = serde_json::from_str(line)?;
        let details = &entry["details"];
        if entry["entity_type"] == "step_execution" && details["job_execution_id"] == run["id"] {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let alias =
                details["step_order"].as_i64().and_then(|order| aliases.get(&order)).context("no step")?;
            let at = format!("{alias}@{} {}", text(&details["iteration_path"]), text(&details["to"]));
            newest.insert(text(&entry["entity_id"]), at);
        }
    }
    let mut rows = BTreeMap::new();
    for at in newest.into_values() {
        *rows.entry(at).or_insert(0) += 1;
    }
    Ok(rows)
}

fn context(run: &Value) -> Result<Value> {
    Ok(serde_json::from_str(run["context_snapshot"].as_str().context("no context")?)?)
}

#[test]
fn the_branch_that_holds_is_done_and_the_other_is_skipped() -> Result<()> {
    let courier = Courier::new()?;
    let compare = |left: &str, operator: &str, right: &str| json!({ "left": left, "operator": operator, "right": right });
    let steps = json!([
        step("Set", "context.set", json!({ "values": { "n": 12, "names": ["a", "b"] } })),
        step("Larger", "flow.if", compare("{{ steps.set.n }}", "greater_than", "9")),
        set("Yes", "larger"),
        step("Inner", "flow.if", json!({ "expression": "'c' in steps.set.names" })),
        set("Never", "never"),
        step("Inner else", "flow.else", json!({})),
        set("Inner other", "{{ steps.inner.result }}"),
        end("Inner end"),
        step("Else", "flow.else", json!({})),
        set("No", "smaller"),
        end("End"),
        step("Missing", "flow.if", json!({ "left": "{{ steps.no.v }}", "operator": "exists" })),
        step("Fail", "flow.fail", json!({ "message": "it is not there" })),
        end("Missing end"),
        set("After", "{{ steps.yes.v }}"),
    ]);
    apply(&courier, job(steps, json!({ "type": "stop" })))?.expect(0)?;
    let run = ran(&courier, 0)?;
    let context = context(&run)?;
    assert_eq!(context["steps"]["after"]["v"], "larger");
    assert_eq!(context["steps"]["inner_other"]["v"], false);
    assert_eq!(context["steps"]["missing"]["result"], false);
    let rows = rows(&courier, &run)?;
    for skipped in ["never", "no", "fail"] {
        ensure!(rows.contains_key(&format!("{skipped}@ skipped")), "{skipped}: {rows:?}");
    }
    ensure!(!rows.keys().any(|row| row.contains("else") || row.contains("end")), "{rows:?}");
    courier.ok(&["audit", "verify"])?;
    Ok(())
}

#[test]
fn loops_go_through_every_item_also_inside_each_other_and_at_once() -> Result<()> {
    let courier = Courier::new()?;
    let out = courier.folder().join("out");
    std::fs::write(courier.folder().join("a.txt"), "a")?;
    let copy = json!({
        "source_path": courier.folder().join("a.txt"),
        "destination_path": format!("{}/{{{{ loop.parent.item.name }}}}-{{{{ steps.name.v }}}}-{{{{ loop.parent.index }}}}{{{{ loop.index }}}}.txt", out.display()),
    });
    let steps = json!([
        step(
            "Set",
            "context.set",
            json!({ "values": { "outer": [{ "name": "x" }, { "name": "y" }, { "name": "z" }] } })
        ),
        step("Outer", "flow.foreach", json!({ "source": "{{ steps.set.outer }}", "concurrency": 3 })),
        step("Inner", "flow.foreach", json!({ "source": "{{ range(2) }}" })),
        set("Name", "{{ loop.item + 1 }}"),
        step("Copy", "file.copy", copy),
        end("Inner end"),
        end("Outer end"),
        set("After", "{{ steps.outer.count }}"),
        step("None", "flow.foreach", json!({ "source": "{{ [] }}" })),
        step("Fail", "flow.fail", json!({ "message": "there is no item" })),
        end("None end"),
    ]);
    apply(&courier, job(steps, json!({ "type": "stop" })))?.expect(0)?;
    let run = ran(&courier, 0)?;
    let mut names: Vec<String> = files_below(&out)
        .iter()
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    assert_eq!(names, ["x-1-00.txt", "x-2-01.txt", "y-1-10.txt", "y-2-11.txt", "z-1-20.txt", "z-2-21.txt"]);
    let rows = rows(&courier, &run)?;
    assert_eq!(rows.keys().filter(|row| row.starts_with("copy@") && row.ends_with(" completed")).count(), 6);
    assert_eq!(rows.get("copy@2/1 completed"), Some(&1), "{rows:?}");
    assert_eq!(rows.get("outer_end@2 completed"), Some(&1), "{rows:?}");
    assert_eq!(context(&run)?["steps"]["after"]["v"], 3);
    courier.ok(&["audit", "verify"])?;
    Ok(())
}

#[test]
fn blocks_that_are_not_whole_and_names_from_elsewhere_are_refused() -> Result<()> {
    let courier = Courier::new()?;
    for (steps, words) in [
        (
            json!([step("If", "flow.if", json!({ "expression": "true" }))]),
            "steps[0].type_key: This If has no End",
        ),
        (json!([end("End")]), "This End ends nothing"),
        (
            json!([
                step("Each", "flow.foreach", json!({ "source": "{{ [1] }}" })),
                step("Else", "flow.else", json!({})),
                end("End")
            ]),
            "An Otherwise stands in an If",
        ),
        (json!([set("Set", "{{ loop.item }}")]), "`loop` is known only inside a For each"),
        (
            json!([step("Each", "flow.foreach", json!({ "source": "abc" })), end("End")]),
            "configuration.source: This needs a list, not the text `abc`",
        ),
        (
            json!([
                step("If", "flow.if", json!({ "left": "a", "operator": "regex", "right": "(" })),
                end("End")
            ]),
            "This is not a regular expression: unclosed group",
        ),
        (
            json!([step("If", "flow.if", json!({ "operator": "equals" })), end("End")]),
            "configuration.left: This is needed",
        ),
    ] {
        let refused = apply(&courier, job(steps, json!({ "type": "stop" })))?.expect(2)?;
        ensure!(refused.stderr.contains(words), "{words}: {}", refused.stderr);
    }
    let not_a_list = json!([
        set("Set", "{{ 5 }}"),
        step("Each", "flow.foreach", json!({ "source": "{{ steps.set.v }}" })),
        end("End"),
    ]);
    apply(&courier, job(not_a_list, json!({ "type": "stop" })))?.expect(0)?;
    let run = ran(&courier, 1)?;
    ensure!(
        run["error_message"].as_str().is_some_and(|m| m.contains("needs a list, not the number 5")),
        "{run}"
    );
    Ok(())
}

/// Files and bytes of the newest run, as the list has them.
fn moved(courier: &Courier) -> Result<(i64, i64)> {
    let runs = courier.json(&["execution", "list", "--limit", "1"])?;
    let of = |field: &str| runs[0][field].as_i64().context("not counted");
    Ok((of("files")?, of("bytes")?))
}

#[test]
fn items_that_fail_are_skipped_where_the_policy_says_so() -> Result<()> {
    let courier = Courier::new()?;
    let out = courier.folder().join("out");
    for name in ["a.txt", "c.txt"] {
        std::fs::write(courier.folder().join(name), name)?;
    }
    let copy = json!({
        "source_path": format!("{}/{{{{ loop.item }}}}", courier.folder().display()),
        "destination_path": format!("{}/", out.display()),
    });
    let steps = |each: Value| {
        let mut first =
            step("Each", "flow.foreach", json!({ "source": "{{ ['a.txt', 'b.txt', 'c.txt'] }}" }));
        first["failure_policy"] = each;
        json!([
            first,
            step("Copy", "file.copy", copy.clone()),
            end("End"),
            set("After", "{{ steps.each.skipped }}")
        ])
    };
    apply(&courier, job(steps(json!({ "type": "skip_and_continue" })), json!({ "type": "stop" })))?
        .expect(0)?;
    let run = ran(&courier, 0)?;
    assert_eq!(run["had_skips"], true);
    assert_eq!(moved(&courier)?, (2, 10), "of all items together");
    assert_eq!(context(&run)?["steps"]["after"]["v"], 1);
    assert_eq!(files_below(&out).len(), 2);
    let found = rows(&courier, &run)?;
    assert_eq!((found.get("copy@1 failed"), found.get("end@1 skipped")), (Some(&1), Some(&1)), "{found:?}");

    std::fs::remove_dir_all(&out)?;
    apply(&courier, job(steps(json!({ "type": "stop" })), json!({ "type": "stop" })))?.expect(0)?;
    let run = ran(&courier, 1)?;
    ensure!(run["error_message"].as_str().is_some_and(|m| m.starts_with("Item 2 of 3: ")), "{run}");
    assert_eq!(run["error_code"], "file_not_found");
    // What was done stays done when the cause is gone and the run goes on.
    std::fs::remove_file(out.join("a.txt"))?;
    std::fs::write(courier.folder().join("b.txt"), "b")?;
    let id = run["id"].as_str().context("no id")?.to_owned();
    courier.ok(&["execution", "resume", &id])?;
    let node = agent(&courier)?;
    let run = until_over(&courier, &id)?;
    drop(node);
    assert_eq!(run["state"], "completed", "{run}");
    assert_eq!(moved(&courier)?, (3, 11), "none of them twice");
    let found = rows(&courier, &run)?;
    assert_eq!(found.get("copy@0 completed"), Some(&2), "its file was gone, so it was done again: {found:?}");
    assert_eq!(
        (found.get("copy@1 completed"), found.get("copy@2 completed")),
        (Some(&1), Some(&1)),
        "{found:?}"
    );
    Ok(())
}

#[test]
fn a_loop_survives_kill_9_and_goes_on_with_the_item_it_was_at() -> Result<()> {
    let world = World::new()?;
    let names: Vec<String> = (0..6).map(|n| format!("f{n}.bin")).collect();
    for (seed, name) in names.iter().enumerate() {
        data::write_file(&world.sshd.data().join(name), 400_000, seed as u64)?;
    }
    let slow = Rules { rate: Some(1_200_000), ..Rules::default() };
    let proxy = Proxy::start(world.sshd.port(), slow)?;
    let out = world.courier.folder().join("looped");
    let steps = |concurrency: u32| {
        json!([
            step(
                "Each",
                "flow.foreach",
                json!({ "source": format!("{{{{ {} }}}}", json!(names)), "concurrency": concurrency })
            ),
            step(
                "Download",
                "sftp.download",
                json!({ "connection_id": "partner", "remote_path": world.sshd.remote("{{ loop.item }}") })
            ),
            step(
                "Deliver",
                "file.move",
                json!({ "source_path": "{{ steps.download.files }}", "destination_path": format!("{}/", out.display()) })
            ),
            end("End"),
        ])
    };
    let bundle =
        world.bundle().replace(&format!("port: {}", world.sshd.port()), &format!("port: {}", proxy.port()));
    world.courier.apply(&bundle)?.expect(0)?;
    for (concurrency, point) in [(1, 900_000), (1, 1_700_000), (3, 1_000_000)] {
        let _ = std::fs::remove_dir_all(&out);
        apply(&world.courier, job(steps(concurrency), json!({ "type": "stop" })))?.expect(0)?;
        proxy.set(slow);
        let mut node = agent(&world.courier)?;
        let id =
            world.courier.json(&["run", "one", "--detach"])?["id"].as_str().unwrap_or_default().to_owned();
        ensure!(proxy.wait_for_bytes(point, PATIENCE), "{point} bytes never came");
        node.0.kill()?;
        node.0.wait()?;
        let node = agent(&world.courier)?;
        let run = until_over(&world.courier, &id)?;
        drop(node);
        assert_eq!(run["state"], "completed", "killed after {point} bytes: {run}");
        for name in &names {
            let (theirs, ours) = (world.sshd.data().join(name), out.join(name));
            assert_eq!(
                data::sha256(&std::fs::read(&theirs)?),
                data::sha256(&std::fs::read(&ours)?),
                "{name}"
            );
        }
        assert_eq!(run["receipts"].as_array().map(Vec::len), Some(6), "each is fetched once: {run}");
        let found = rows(&world.courier, &run)?;
        let done = |alias: &str| {
            found
                .iter()
                .filter(|(row, _)| row.starts_with(alias) && row.ends_with(" completed"))
                .map(|(_, n)| n)
                .sum::<usize>()
        };
        assert_eq!((done("download@"), done("deliver@"), done("end@")), (6, 6, 6), "{found:?}");
    }
    world.courier.ok(&["audit", "verify"])?;
    Ok(())
}

#[test]
fn a_pause_in_a_loop_keeps_what_is_done() -> Result<()> {
    let courier = Courier::new()?;
    let steps = json!([
        step("Each", "flow.foreach", json!({ "source": "{{ [0, 0, 3600, 0] }}" })),
        set("Mark", "{{ loop.index }}"),
        step("Wait", "flow.wait", json!({ "seconds": "{{ loop.item }}" })),
        end("End"),
    ]);
    apply(&courier, job(steps, json!({ "type": "stop" })))?.expect(0)?;
    let node = agent(&courier)?;
    let id = courier.json(&["run", "one", "--detach"])?["id"].as_str().context("no id")?.to_owned();
    let until = |wanted: &dyn Fn(&Value) -> bool| -> Result<Value> {
        let begun = Instant::now();
        loop {
            let shown = courier.json(&["execution", "show", &id])?;
            if wanted(&shown) {
                return Ok(shown);
            }
            ensure!(begun.elapsed() < PATIENCE, "it did not come so far: {shown}");
        }
    };
    let third_is = |state: &str| -> Result<()> {
        let begun = Instant::now();
        loop {
            let shown = courier.json(&["execution", "iterations", &id, "each"])?;
            if shown[2]["state"] == state {
                return Ok(());
            }
            ensure!(begun.elapsed() < PATIENCE, "item 3 did not come to {state}: {shown}");
        }
    };
    third_is("running")?;
    courier.ok(&["execution", "pause", &id])?;
    until(&|shown| shown["state"] == "paused")?;
    third_is("pending")?;
    courier.ok(&["execution", "resume", &id])?;
    third_is("running")?;
    let found = rows(&courier, &until(&|_| true)?)?;
    assert_eq!(
        (found.get("mark@0 completed"), found.get("mark@2 completed")),
        (Some(&1), Some(&1)),
        "{found:?}"
    );
    courier.ok(&["execution", "cancel", &id])?;
    until(&|shown| shown["state"] == "cancelled")?;
    drop(node);
    Ok(())
}

#[test]
fn a_job_that_begins_anew_from_within_a_loop_goes_through_all_of_it_again() -> Result<()> {
    let world = World::new()?;
    let policy =
        json!({ "type": "retry_job", "max_retries": 1, "backoff_base_seconds": 1, "backoff_max_seconds": 1 });
    let source = "{{ ['partner', 'away'] }}";
    let steps = json!([
        step("Each", "flow.foreach", json!({ "source": source })),
        set("Mark", "{{ loop.item }}"),
        step("Away", "flow.if", json!({ "left": "{{ loop.item }}", "right": "away" })),
        step("List", "sftp.list", json!({ "connection_id": "away", "remote_path": "/x" })),
        end("Away end"),
        end("End"),
    ]);
    let mut bundle = json!({ "courier": 1,
        "ssh_keys": [{ "name": "k", "generate": { "key_type": "ed25519" } }],
        "connections": [{ "name": "away", "protocol": "sftp", "host": "127.0.0.1", "port": 9, "username": "u",
            "auth_method": "ssh_key", "ssh_key_id": "k" }] });
    bundle["jobs"] = json!([job(steps, policy)]);
    world.courier.apply(&bundle.to_string())?.expect(0)?;
    let run = ran(&world.courier, 6)?;
    assert_eq!(run["error_code"], "connection_refused");
    let found = rows(&world.courier, &run)?;
    assert_eq!(
        (found.get("mark@0 completed"), found.get("list@1 failed")),
        (Some(&2), Some(&2)),
        "{found:?}"
    );
    Ok(())
}

#[test]
fn a_loop_that_begins_anew_counts_only_what_was_done_since() -> Result<()> {
    let courier = Courier::new()?;
    let policy =
        json!({ "type": "retry_job", "max_retries": 1, "backoff_base_seconds": 1, "backoff_max_seconds": 1 });
    // The second time it fails at the second item, which it had behind it the first time.
    let limit = "{{ 1 if execution.attempt else 5 }}";
    let steps = json!([
        step("Each", "flow.foreach", json!({ "source": "{{ range(8) | list }}" })),
        set("Mark", "{{ loop.item }}"),
        step("Far", "flow.if", json!({ "left": "{{ loop.index }}", "operator": "equals", "right": limit })),
        step("Move", "file.move", json!({ "source_path": "*.never", "destination_path": "x/" })),
        end("Far end"),
        end("End"),
    ]);
    apply(&courier, job(steps, policy))?.expect(0)?;
    let run = ran(&courier, 1)?;
    assert_eq!((&run["attempt"], &run["error_code"]), (&json!(1), &json!("no_files")), "{run}");
    let id = run["id"].as_str().context("no id")?;
    let shown = courier.json(&["execution", "show", id])?;
    let counted = &shown["steps"][0]["iterations"];
    let of = |name: &str| counted[name].as_i64();
    assert_eq!((of("begun"), of("completed"), of("failed")), (Some(2), Some(1), Some(1)), "{counted}");
    Ok(())
}

#[test]
fn more_results_than_a_run_may_hold_fail_with_what_to_do() -> Result<()> {
    let courier = Courier::new()?;
    // One text alone may be 16 MiB.
    let large = format!("{{{{ [{}] }}}}", "steps.small.v * 14000, ".repeat(5));
    let steps = json!([set("Small", "{{ 'x' * 1000 }}"), set("Large", &large)]);
    apply(&courier, job(steps, json!({ "type": "stop" })))?.expect(0)?;
    let run = ran(&courier, 1)?;
    assert_eq!(run["error_code"], "context_too_large");
    ensure!(run["error_message"].as_str().is_some_and(|m| m.contains("it may be 64 MiB")), "{run}");
    Ok(())
}

#[test]
fn a_run_is_done_again_from_behind_a_loop_with_what_the_loop_made() -> Result<()> {
    let courier = Courier::new()?;
    std::fs::write(courier.folder().join("a.txt"), "a")?;
    let copy = json!({ "source_path": courier.folder().join("a.txt"), "destination_path": "copies/{{ loop.item }}.txt" });
    let steps = json!([
        step("Each", "flow.foreach", json!({ "source": "{{ [1, 2] }}" })),
        step("Copy", "file.copy", copy),
        end("End"),
        step(
            "Pack",
            "file.zip",
            json!({ "source_paths": "copies/*.txt", "output_path": courier.folder().join("out.zip") })
        ),
        step("Fail", "flow.fail", json!({ "message": "not today" })),
    ]);
    apply(&courier, job(steps, json!({ "type": "stop" })))?.expect(0)?;
    let run = ran(&courier, 1)?;
    let id = run["id"].as_str().context("no id")?;
    let refused = courier.run(&["execution", "retry", id, "--from", "copy"])?.expect(5)?;
    ensure!(refused.stderr.contains("stands in the block of `each`"), "{}", refused.stderr);
    let again = courier.json(&["execution", "retry", id, "--from", "pack"])?;
    let again = again["id"].as_str().context("no id")?;
    let _node = agent(&courier)?;
    let run = until_over(&courier, again)?;
    assert_eq!(run["error_code"], "failed_on_purpose", "{run}");
    let found = rows(&courier, &run)?;
    ensure!(!found.keys().any(|row| row.starts_with("copy@")), "the loop was done again: {found:?}");
    assert_eq!(context(&run)?["steps"]["pack"]["file_count"], 2);
    Ok(())
}
