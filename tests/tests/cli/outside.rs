//! Steps that hand work to somebody else: another job, a web service, a program.

use crate::courier::{Courier, Done, files_below, finish};
use crate::kills::until_over;
use crate::nodes::{Ended, agent};
use anyhow::{Context, Result, ensure};
use courier_testkit::https::Https;
use courier_testkit::{Authority, Leaf, ServerCertificate};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

fn step(name: &str, kind: &str, configuration: Value) -> Value {
    json!({ "name": name, "type_key": kind, "configuration": configuration })
}

fn job(name: &str, steps: Value) -> Value {
    json!({ "name": name, "failure_policy": { "type": "stop" }, "steps": steps })
}

fn apply(courier: &Courier, jobs: Value) -> Result<Done> {
    courier.apply(&json!({ "courier": 1, "jobs": jobs }).to_string())
}

fn last(done: &Done) -> Result<Value> {
    Ok(serde_json::from_str(done.stdout.lines().last().context("nothing was printed")?)?)
}

fn ran(courier: &Courier, name: &str, status: i32) -> Result<Value> {
    last(&courier.run(&["--json", "run", name])?.expect(status)?)
}

fn handed_on(run: &Value) -> Result<Value> {
    let context: Value = serde_json::from_str(run["context_snapshot"].as_str().context("no context")?)?;
    Ok(context["steps"].clone())
}

#[test]
fn a_job_runs_another_and_gets_what_it_handed_on() -> Result<()> {
    let courier = Courier::new()?;
    let child = json!({ "name": "child", "failure_policy": { "type": "stop" },
        "parameters": [{ "name": "day", "required": true }],
        "steps": [step("Say", "context.set", json!({ "values": { "said": "{{ params.day }}!" } }))] });
    let parent = job(
        "parent",
        json!([
            step("Each", "flow.foreach", json!({ "source": "{{ ['mon', 'tue'] }}", "concurrency": 2 })),
            step(
                "Child",
                "job.run",
                json!({ "job_id": "child", "parameters": { "day": "{{ loop.item }}" } })
            ),
            step(
                "Use",
                "flow.if",
                json!({ "left": "{{ steps.child.steps.say.said }}", "operator": "not_equals", "right": "{{ loop.item }}!" })
            ),
            step("Wrong", "flow.fail", json!({ "message": "{{ steps.child.steps.say.said }}" })),
            step("Use end", "flow.end", json!({})),
            step("End", "flow.end", json!({})),
        ]),
    );
    // One place for all: who waits takes none.
    courier.ok(&["settings", "set", "job.concurrency_limit", "1"])?;
    apply(&courier, json!([child, parent]))?.expect(0)?;
    let run = ran(&courier, "parent", 0)?;
    let runs = courier.json(&["execution", "list", "--job", "child"])?;
    let children = runs.as_array().context("no list")?;
    ensure!(children.len() == 2, "{runs}");
    let by = format!("job:{}", run["id"].as_str().unwrap_or_default());
    ensure!(
        children.iter().all(|child| child["triggered_by"] == by.as_str() && child["state"] == "completed"),
        "{runs}"
    );
    // It is named, not numbered, in a bundle.
    let exported = courier.ok(&["job", "export", "parent"])?;
    ensure!(exported.contains("job_id: child"), "{exported}");
    Ok(())
}

#[test]
fn a_run_that_a_job_started_is_found_again_after_kill_9() -> Result<()> {
    let courier = Courier::new()?;
    let child = job("child", json!([step("Wait", "flow.wait", json!({ "seconds": 3 }))]));
    let parent = job("parent", json!([step("Child", "job.run", json!({ "job_id": "child" }))]));
    apply(&courier, json!([child, parent]))?.expect(0)?;
    let mut node = agent(&courier)?;
    let id = courier.json(&["run", "parent", "--detach"])?["id"].as_str().context("no id")?.to_owned();
    let begun = Instant::now();
    while courier
        .json(&["execution", "list", "--job", "child", "--state", "running"])?
        .as_array()
        .is_none_or(Vec::is_empty)
    {
        ensure!(begun.elapsed() < PATIENCE, "the child never ran");
    }
    node.0.kill()?;
    node.0.wait()?;
    let node = agent(&courier)?;
    let run = until_over(&courier, &id)?;
    drop(node);
    assert_eq!(run["state"], "completed", "{run}");
    let runs = courier.json(&["execution", "list", "--job", "child"])?;
    assert_eq!(runs.as_array().map(Vec::len), Some(1), "{runs}");
    Ok(())
}

#[test]
fn a_run_that_waits_for_another_is_paused_and_cancelled_with_it() -> Result<()> {
    let courier = Courier::new()?;
    let long = step("Wait", "flow.wait", json!({ "seconds": 3_600 }));
    let never = step("Never", "flow.wait", json!({ "seconds": 1 }));
    let branch = [
        step("If", "flow.if", json!({ "left": "a", "operator": "equals", "right": "a" })),
        step("Inside", "flow.wait", json!({ "seconds": 1 })),
        step("Otherwise", "flow.else", json!({})),
        step("End", "flow.end", json!({})),
    ];
    let child = job("child", Value::Array([vec![long, never], branch.to_vec()].concat()));
    let parent = job("parent", json!([step("Child", "job.run", json!({ "job_id": "child" }))]));
    apply(&courier, json!([child, parent]))?.expect(0)?;
    let _node = agent(&courier)?;
    let id = courier.json(&["run", "parent", "--detach"])?["id"].as_str().context("no id")?.to_owned();
    let both = |wanted: &str| -> Result<Value> {
        let begun = Instant::now();
        loop {
            let runs = courier.json(&["execution", "list"])?;
            let runs = runs.as_array().context("no list")?;
            if runs.len() == 2 && runs.iter().all(|run| run["state"] == wanted) {
                let child = runs.iter().find(|run| run["job_name"] == "child").context("no child")?;
                return courier.json(&["execution", "show", child["id"].as_str().context("no id")?]);
            }
            ensure!(begun.elapsed() < PATIENCE, "not both {wanted}: {runs:?}");
        }
    };
    both("running")?;
    courier.ok(&["execution", "pause", &id])?;
    both("paused")?;
    courier.ok(&["execution", "resume", &id])?;
    both("running")?;
    courier.ok(&["execution", "cancel", &id])?;
    let child = both("cancelled")?;
    let states: Vec<&Value> = child["steps"].as_array().into_iter().flatten().map(|s| &s["state"]).collect();
    assert_eq!(
        states,
        [
            &json!("failed"),
            &json!("skipped"),
            &json!("skipped"),
            &json!("skipped"),
            &Value::Null,
            &Value::Null
        ]
    );
    Ok(())
}

#[test]
fn jobs_that_fail_or_go_round_in_a_circle_are_told() -> Result<()> {
    let courier = Courier::new()?;
    let bad = job("bad", json!([step("Fail", "flow.fail", json!({ "message": "no delivery today" }))]));
    let uses = job("uses", json!([step("Child", "job.run", json!({ "job_id": "bad" }))]));
    let ring =
        |name: &str, next: &str| job(name, json!([step("Next", "job.run", json!({ "job_id": next }))]));
    apply(&courier, json!([bad, uses]))?.expect(0)?;
    let run = ran(&courier, "uses", 1)?;
    assert_eq!(run["error_code"], "job_failed");
    ensure!(run["error_message"].as_str().is_some_and(|m| m.contains("no delivery today")), "{run}");
    let circle = apply(&courier, json!([ring("a", "b"), ring("b", "c"), ring("c", "a")]))?.expect(2)?;
    ensure!(circle.stderr.contains("The job would start itself: a → b → c → a."), "{}", circle.stderr);
    apply(
        &courier,
        json!([
            ring("a", "b"),
            ring("b", "c"),
            job("c", json!([step("Ok", "flow.wait", json!({ "seconds": 0 }))]))
        ]),
    )?
    .expect(0)?;
    let circle = apply(&courier, json!([ring("c", "a")]))?.expect(2)?;
    ensure!(circle.stderr.contains("The job would start itself: c → a → b → c."), "{}", circle.stderr);
    let refused = apply(&courier, json!([ring("c", "nobody")]))?.expect(2)?;
    ensure!(refused.stderr.contains("There is no job with the name or id `nobody`"), "{}", refused.stderr);
    Ok(())
}

/// A request as a server got it: its lines, then its body.
type Got = (Vec<String>, String);

/// Answers each connection with the next answer, then ends.
fn server<A: AsRef<[u8]> + Send + 'static>(answers: Vec<A>) -> Result<(String, Receiver<Got>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("http://{}", listener.local_addr()?);
    let (sender, got) = channel();
    std::thread::spawn(move || {
        for answer in answers {
            let Ok((stream, _)) = listener.accept() else { return };
            if let Ok(request) = answer_one(stream, answer.as_ref()) {
                let _ = sender.send(request);
            }
        }
    });
    Ok((address, got))
}

fn answer_one(stream: TcpStream, answer: &[u8]) -> Result<Got> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let length = lines
        .iter()
        .find_map(|l| l.to_ascii_lowercase().strip_prefix("content-length: ").and_then(|n| n.parse().ok()));
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let mut stream = stream;
    stream.write_all(answer)?;
    Ok((lines, String::from_utf8_lossy(&body).into_owned()))
}

fn answer(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nX-Kind: test\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

#[test]
fn a_web_service_gets_what_it_shall_and_its_answer_goes_on() -> Result<()> {
    let courier = Courier::new()?;
    let (address, got) = server(vec![answer("201 Created", "made 7"), answer("200 OK", "a,b\n1,2\n")])?;
    let file = courier.folder().join("answers/day.csv");
    std::fs::write(courier.folder().join("token"), "Bearer not-a-real-token")?;
    let steps = json!([
        step(
            "Post",
            "http.request",
            json!({
                "method": "post", "url": format!("{address}/deliveries?key=hidden"), "body": "{\"day\": \"{{ job.name }}\"}",
                "headers": { "Content_Type": "application/json" },
                "authorization": { "file": courier.folder().join("token") },
            })
        ),
        step("Get", "http.request", json!({ "url": format!("{address}/day.csv"), "response_to": file })),
    ]);
    apply(&courier, json!([job("one", steps)]))?.expect(0)?;
    let run = ran(&courier, "one", 0)?;
    let (lines, body) = got.recv_timeout(PATIENCE)?;
    assert_eq!(lines[0], "POST /deliveries?key=hidden HTTP/1.1");
    assert_eq!(body, "{\"day\": \"one\"}");
    let lower: Vec<String> = lines.iter().map(|l| l.to_ascii_lowercase()).collect();
    for header in ["content-type: application/json", "authorization: bearer not-a-real-token"] {
        ensure!(lower.iter().any(|line| line == header), "{lines:?}");
    }
    let steps = handed_on(&run)?;
    assert_eq!((&steps["post"]["status"], &steps["post"]["body"]), (&json!(201), &json!("made 7")));
    assert_eq!(steps["post"]["headers"]["x-kind"], "test");
    assert_eq!(std::fs::read_to_string(&file)?, "a,b\n1,2\n");
    assert_eq!(files_below(&courier.folder().join("answers")), [file]);
    Ok(())
}

#[test]
fn what_a_web_service_refuses_is_told_and_asked_again_only_where_that_is_harmless() -> Result<()> {
    let courier = Courier::new()?;
    let busy = || answer("503 Service Unavailable", "come back later");
    let retried = |method: &str, address: &str| {
        json!([{ "name": "one",
            "failure_policy": { "type": "retry_step", "max_retries": 1, "backoff_base_seconds": 1, "backoff_max_seconds": 1 },
            "steps": [step("Call", "http.request", json!({ "method": method, "url": format!("{address}/x?key=hidden") }))] }])
    };
    let (address, got) = server(vec![busy(), answer("200 OK", "")])?;
    apply(&courier, retried("get", &address))?.expect(0)?;
    ran(&courier, "one", 0)?;
    assert_eq!(got.iter().count(), 2);

    let (address, _got) = server(vec![busy(), answer("200 OK", "")])?;
    apply(&courier, retried("post", &address))?.expect(0)?;
    let run = ran(&courier, "one", 6)?;
    assert_eq!((&run["error_code"], &run["cause_class"]), (&json!("http_uncertain"), &json!("network")));
    let message = run["error_message"].as_str().unwrap_or_default();
    ensure!(!message.contains("hidden"), "{message}");
    ensure!(message.ends_with("/x answered 503 Service Unavailable: come back later"), "{message}");

    let free = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let steps =
        json!([step("Call", "http.request", json!({ "url": format!("http://{free}/x?key=hidden") }))]);
    apply(&courier, json!([job("one", steps)]))?.expect(0)?;
    let run = ran(&courier, "one", 6)?;
    assert_eq!(run["error_code"], "connection_refused", "{run}");
    let message = run["error_message"].as_str().unwrap_or_default();
    ensure!(!message.contains("hidden"), "{run}");
    ensure!(
        message.contains("refuses connections. Check host and port") && !message.contains("os error"),
        "{run}"
    );
    Ok(())
}

#[test]
fn an_answer_that_is_no_text_is_kept_whole_in_a_file_or_refused() -> Result<()> {
    let courier = Courier::new()?;
    let bytes = [0xff, 0x00, 0xfe, 0x80];
    let mut answered = answer("200 OK", "1234").into_bytes();
    answered.truncate(answered.len() - bytes.len());
    answered.extend(bytes);
    let (address, _got) = server(vec![answered.clone(), answered])?;
    let call = |more: Value| {
        let mut configuration = json!({ "url": format!("{address}/x"), "headers": { "X-Dash": "1" } });
        configuration
            .as_object_mut()
            .into_iter()
            .for_each(|c| c.extend(more.as_object().cloned().unwrap_or_default()));
        json!([job("one", json!([step("Call", "http.request", configuration)]))])
    };
    apply(&courier, call(json!({})))?.expect(0)?;
    let run = ran(&courier, "one", 1)?;
    assert_eq!((&run["error_code"], &run["cause_class"]), (&json!("http_failed"), &json!("data")));
    ensure!(
        run["error_message"].as_str().is_some_and(|m| m.contains("no text in UTF-8. Name a file")),
        "{run}"
    );

    let file = courier.folder().join("answer.bin");
    apply(&courier, call(json!({ "response_to": file })))?.expect(0)?;
    let run = ran(&courier, "one", 0)?;
    assert_eq!(handed_on(&run)?["call"]["bytes"], 4);
    assert_eq!(std::fs::read(&file)?, bytes);
    Ok(())
}

#[test]
fn a_web_service_is_asked_only_where_its_certificate_is_trusted() -> Result<()> {
    let courier = Courier::new()?;
    let authority = Authority::new()?;
    let good = Https::start(&authority.issue(Leaf::Good)?, answer("200 OK", "over TLS"))?;
    let call = |server: &Https| {
        json!([job(
            "one",
            json!([step(
                "Call",
                "http.request",
                json!({ "method": "post", "url": format!("https://{}/x", server.address()), "body": "b" })
            )])
        )])
    };
    apply(&courier, call(&good))?.expect(0)?;
    // The step trusts whom the computer trusts, and on this one that is the authority of the test.
    let trusting = |courier: &Courier| -> Result<Done> {
        let mut command = courier.command(&["--json", "run", "one"])?;
        command.env("SSL_CERT_FILE", authority.certificate()).env_remove("SSL_CERT_DIR");
        finish(command)
    };
    let run = last(&trusting(&courier)?.expect(0)?)?;
    assert_eq!(handed_on(&run)?["call"]["body"], "over TLS");
    ensure!(good.requests() == ["POST /x HTTP/1.1"], "{:?}", good.requests());

    let refused = [
        (
            ServerCertificate::self_signed()?,
            ["nobody whom this computer trusts", "authority, not of a server"],
        ),
        (authority.issue(Leaf::WrongHost)?, ["for another host"; 2]),
        (authority.issue(Leaf::Expired)?, ["has expired"; 2]),
    ];
    for (certificate, words) in refused {
        let server = Https::start(&certificate, answer("200 OK", ""))?;
        apply(&courier, call(&server))?.expect(0)?;
        let run = last(&trusting(&courier)?.expect(6)?)?;
        assert_eq!(run["error_code"], "certificate_untrusted", "{run}");
        let message = run["error_message"].as_str().unwrap_or_default();
        ensure!(words.iter().any(|words| message.contains(words)), "{message}");
        ensure!(server.requests().is_empty(), "{:?} were sent", server.requests());
    }
    Ok(())
}

#[cfg(unix)]
#[test]
fn programs_run_only_where_the_settings_allow_it_and_without_a_shell() -> Result<()> {
    let courier = Courier::new()?;
    let folder = courier.folder().join("work");
    std::fs::create_dir(&folder)?;
    let steps = json!([
        step(
            "Echo",
            "command.run",
            json!({
                "program": "printf", "arguments": ["%s|", "a b", "$HOME; touch x", "{{ job.name }}"], "working_directory": folder,
            })
        ),
        step(
            "Environment",
            "command.run",
            json!({ "program": "/usr/bin/env", "environment": { "MINE": "1" } })
        ),
        step(
            "Input",
            "command.run",
            json!({ "program": "tr", "arguments": ["a-z", "A-Z"], "stdin": "said {{ steps.echo.exit_code }}" })
        ),
        step("Other", "command.run", json!({ "program": "false", "expected_exit_codes": "0, 1" })),
        step("Fails", "command.run", json!({ "program": "ls", "arguments": ["/nowhere at all"] })),
    ]);
    apply(&courier, json!([job("one", steps)]))?.expect(0)?;
    let run = ran(&courier, "one", 1)?;
    assert_eq!(run["error_code"], "commands_not_allowed", "{run}");

    courier.ok(&["settings", "set", "security.allow_commands", "true"])?;
    let run = ran(&courier, "one", 1)?;
    assert_eq!(run["error_code"], "command_failed", "{run}");
    ensure!(
        run["error_message"]
            .as_str()
            .is_some_and(|m| m.contains("ls ended with exit status 2: ") && m.contains("/nowhere at all")),
        "{run}"
    );
    let steps = handed_on(&run)?;
    assert_eq!(steps["echo"]["stdout"], "a b|$HOME; touch x|one|");
    ensure!(files_below(&folder).is_empty(), "a shell was there");
    let environment = steps["environment"]["stdout"].as_str().unwrap_or_default();
    ensure!(environment.contains("MINE=1") && environment.contains("PATH="), "{environment}");
    ensure!(!environment.contains("COURIER"), "Courier's own variables are passed on: {environment}");
    assert_eq!(steps["input"]["stdout"], "SAID 0");
    assert_eq!(steps["other"]["exit_code"], 1);
    Ok(())
}

/// A program that runs for long, and another that it started.
#[cfg(unix)]
struct Long {
    courier: Courier,
    node: Ended,
    run: String,
    pids: Vec<String>,
}

#[cfg(unix)]
impl Long {
    fn new() -> Result<Self> {
        let courier = Courier::new()?;
        courier.ok(&["settings", "set", "security.allow_commands", "true"])?;
        let marks = courier.folder().join("pids");
        let script = format!("echo $$ >> {0}; sleep 600 & echo $! >> {0}; wait", marks.display());
        let steps =
            json!([step("Long", "command.run", json!({ "program": "sh", "arguments": ["-c", script] }))]);
        apply(&courier, json!([job("one", steps)]))?.expect(0)?;
        let node = agent(&courier)?;
        let run = courier.json(&["run", "one", "--detach"])?["id"].as_str().context("no id")?.to_owned();
        let begun = Instant::now();
        let pids = loop {
            let pids: Vec<String> =
                std::fs::read_to_string(&marks).unwrap_or_default().lines().map(str::to_owned).collect();
            if pids.len() == 2 {
                break pids;
            }
            ensure!(begun.elapsed() < PATIENCE, "it never began");
        };
        Ok(Self { courier, node, run, pids })
    }

    fn until_gone(&self) -> Result<()> {
        let begun = Instant::now();
        let alive = |pid: &String| {
            // One that has ended and waits for its parent is gone as well.
            let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            !status.is_empty() && !status.contains(") Z ")
        };
        while self.pids.iter().any(alive) {
            ensure!(begun.elapsed() < PATIENCE, "{:?} live on", self.pids);
        }
        Ok(())
    }
}

#[cfg(unix)]
#[test]
fn a_program_ends_with_its_run_and_so_does_what_it_started() -> Result<()> {
    let long = Long::new()?;
    long.courier.ok(&["execution", "cancel", &long.run])?;
    let run = until_over(&long.courier, &long.run)?;
    assert_eq!(run["state"], "cancelled", "{run}");
    long.until_gone()
}

#[cfg(unix)]
#[test]
fn a_program_does_not_outlive_a_courier_that_was_killed() -> Result<()> {
    let mut long = Long::new()?;
    long.node.0.kill()?;
    long.node.0.wait()?;
    long.until_gone()
}
